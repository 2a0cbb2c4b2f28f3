"""Texts read into words: here, or, if there are many, by another process while they are put together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from ..core.documents import Reading, read

MANY = 5000
"""Texts, or rows, that are worth a process of their own, which takes a fifth of a second to begin."""

AT_ONCE = 1000
"""Texts that a process reads before it looks what is left."""


def reader(count: int, language: str) -> Reader:
    """Who reads so many texts: of many, two processes, if there can be two."""
    if count >= MANY:
        from .analyst import Analyst

        analyst = Analyst(apart=True)
        try:
            if analyst.apart:
                return _Ahead(language, analyst)
        except RuntimeError:  # no more threads can be had: the texts are read here
            analyst.close()
    return Reader(language)


class Reader:
    """Reads texts when they are all there."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._texts: list[str] = []
        self._readings: list[Reading] | None = None

    def put(self, text: str) -> None:
        if self._readings is None:  # else the body runs again, and says the same
            self._texts.append(text)

    def all(self) -> list[Reading]:
        """What the texts say, in the order in which they came."""
        if self._readings is None:
            self._readings = self._made()
        return self._readings

    def _made(self) -> list[Reading]:
        return [read(text, self._language) for text in self._texts]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nobody wants the rest."""


class _Ahead(Reader):
    """Another process begins with the first text that comes; who wants them all helps from the last on."""

    def __init__(self, language: str, analyst: Any) -> None:
        super().__init__(language)
        self._waiting = deque[int]()  # the first text of each batch that nobody has taken
        self._there = threading.Semaphore(0)  # a batch, or the end
        self._batches: dict[int, list[Reading]] = {}
        self._thread = threading.Thread(target=self._ask, args=(analyst,), name="recollect-readings", daemon=True)
        self._thread.start()

    def put(self, text: str) -> None:
        super().put(text)
        if self._readings is None and len(self._texts) % AT_ONCE == 0:
            self._offer(len(self._texts) - AT_ONCE)

    def _made(self) -> list[Reading]:
        if rest := len(self._texts) % AT_ONCE:
            self._offer(len(self._texts) - rest)
        while (first := _next(self._waiting.pop)) is not None:
            self._batches[first] = self._batch(first)
        self._there.release()
        self._thread.join()
        batches = range(0, len(self._texts), AT_ONCE)
        return [reading for first in batches for reading in self._batches.pop(first, None) or self._batch(first)]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._waiting.clear()
        self._there.release()

    def _ask(self, analyst: Any) -> None:
        with analyst:
            while self._there.acquire() and (first := _next(self._waiting.popleft)) is not None:
                analyst.ask([(text, self._language) for text in self._texts[first : first + AT_ONCE]])
                self._batches[first] = analyst.answer()

    def _offer(self, first: int) -> None:
        self._waiting.append(first)
        self._there.release()

    def _batch(self, first: int) -> list[Reading]:
        return [read(text, self._language) for text in self._texts[first : first + AT_ONCE]]


def _next(take: Callable[[], int]) -> int | None:
    try:
        return take()
    except IndexError:
        return None
