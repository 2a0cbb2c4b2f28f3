"""Two yardsticks that are no product: FTS5 by itself, and the embedder by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.adapter import Adapter, Embed, Item


class Words(Adapter):
    """A table of FTS5 for each scope, in memory: the yardstick of `benchmarks.quality`."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        self._said: dict[str, list[Item]] = {}
        self._tables: dict[str, Any] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        from benchmarks.raw.plain import Plain

        said = self._said.setdefault(scope, [])
        said += items
        self._tables[scope] = Plain((item["key"], item["text"]) for item in said)
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        found: Sequence[str] = self._tables[scope].search(question, k)
        return found


class Vectors(Adapter):
    """Cosine of the question's vector with each turn's, in memory."""

    def __init__(self, folder: Path, way: str, embed: Embed | None) -> None:
        assert embed is not None
        self._embed = embed
        self._keys: dict[str, list[str]] = {}
        self._rows: dict[str, Any] = {}

    def add(self, scope: str, items: Sequence[Item]) -> int:
        import numpy

        self._keys.setdefault(scope, []).extend(item["key"] for item in items)
        rows = self._embed([item["text"] for item in items])
        self._rows[scope] = numpy.concatenate([self._rows[scope], rows]) if scope in self._rows else rows
        return 0

    def search(self, scope: str, question: str, k: int) -> Sequence[str]:
        near = self._rows[scope] @ self._embed([question])[0]
        return [self._keys[scope][number] for number in (-near).argsort(kind="stable")[:k]]
