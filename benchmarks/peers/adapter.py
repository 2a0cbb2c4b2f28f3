"""What an adapter is: the little that every memory here is asked to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypedDict

Embed = Callable[[Sequence[str]], Any]
"""Texts to an array of float32, one row of length 1 a text."""


class Item(TypedDict):
    """One turn, as every memory gets it."""

    key: str  # what `search` names it by; unique in its scope
    text: str
    speaker: str
    role: str  # "user" or "assistant"
    session: str
    at: str  # ISO 8601, with its offset


class Adapter:
    """A memory. It is made in an empty folder, filled scope by scope, asked, and closed."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        """`way` is the name of one of the peer's ways in `table`; `embed` is given where that way uses our embedder."""
        raise NotImplementedError

    def add(self, scope: str, items: Sequence[Item]) -> int:
        """Store the turns: by the call for many if there is one and they are many. Returns how many were refused."""
        raise NotImplementedError

    def search(self, scope: str, question: str, k: int) -> Sequence[str] | Sequence[Sequence[str]]:
        """Keys, best first; a place may hold several keys where a memory folds near-duplicates."""
        raise NotImplementedError

    def close(self) -> None:
        """Write everything, and let go of it."""
