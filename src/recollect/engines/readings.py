"""Texts read into words: here, or, if there are many, by another process meanwhile."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from ..core.documents import Reading, read

MANY = 5000
"""Texts, or rows, that are worth a process of their own, which takes a fifth of a second to begin."""

AT_ONCE = 1000
"""Texts that a process reads before it looks what is left."""


def readings(texts: Sequence[str], language: str) -> Sequence[Reading]:
    """What these texts say. Of many, another process begins to read, and there is time for something else until one is looked at."""
    if len(texts) >= MANY:
        from .analyst import Analyst

        analyst = Analyst(apart=True)
        if analyst.apart:
            return _Ahead(texts, language, analyst)
    return [read(text, language) for text in texts]


class _Ahead(Sequence[Reading]):
    """Readings that another process makes, from the first text on. Whoever wants one helps from the last text on until they are all there."""

    def __init__(self, texts: Sequence[str], language: str, analyst: Any) -> None:
        self._texts, self._language = texts, language
        self._waiting = deque(range(0, len(texts), AT_ONCE))
        self._made: dict[int, list[Reading]] = {}
        self._all: list[Reading] | None = None
        work = (texts, language, self._waiting, self._made, analyst)
        self._thread = threading.Thread(target=_ask, args=work, name="recollect-readings", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, place: Any) -> Any:
        if self._all is None:
            while (first := _next(self._waiting.pop)) is not None:
                self._made[first] = self._read(first)
            self._thread.join()
            self._all = [reading for first in range(0, len(self), AT_ONCE) for reading in self._made.pop(first, None) or self._read(first)]
        return self._all[place]

    def _read(self, first: int) -> list[Reading]:
        return [read(text, self._language) for text in self._texts[first : first + AT_ONCE]]

    def __del__(self) -> None:
        self._waiting.clear()  # nobody wants the rest


def _ask(texts: Sequence[str], language: str, waiting: deque[int], made: dict[int, list[Reading]], analyst: Any) -> None:
    with analyst:
        while (first := _next(waiting.popleft)) is not None:
            analyst.ask([(text, language) for text in texts[first : first + AT_ONCE]])
            made[first] = analyst.answer()


def _next(take: Callable[[], int]) -> int | None:
    try:
        return take()
    except IndexError:
        return None
