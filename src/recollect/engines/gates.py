"""Who waits for an owner's lock on a server waits here first, and not with a connection in hand.

At most `TOGETHER` writers of an owner have one: one that works, and the next. The others would only take the pool from those who read, and from
the writers of other owners.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Generic, TypeVar

from ..core.scope import Scope
from ..errors import Busy

TOGETHER = 2

S = TypeVar("S", threading.Semaphore, asyncio.Semaphore)


class _Gates(Generic[S]):
    """A gate for each owner, as long as somebody is at it."""

    def __init__(self, make: Callable[[int], S]) -> None:
        self._make: Callable[[int], S] = make
        self._standing: dict[tuple[str, str], tuple[S, int]] = {}  # with how many there are
        self._lock = threading.Lock()

    @contextmanager
    def _at(self, whose: Scope) -> Iterator[S]:
        owner = (whose.tenant, whose.user)
        with self._lock:
            gate, count = self._standing.get(owner) or (self._make(TOGETHER), 0)
            self._standing[owner] = (gate, count + 1)
        try:
            yield gate
        finally:
            with self._lock:
                gate, count = self._standing.pop(owner)
                if count > 1:
                    self._standing[owner] = (gate, count - 1)


class Gates(_Gates[threading.Semaphore]):
    """For threads."""

    def __init__(self) -> None:
        super().__init__(threading.Semaphore)

    @contextmanager
    def through(self, whose: Scope, seconds: float) -> Iterator[None]:
        with self._at(whose) as gate:
            if not gate.acquire(timeout=seconds):
                raise _busy(seconds)
            try:
                yield
            finally:
                gate.release()


class AsyncGates(_Gates[asyncio.Semaphore]):
    """For the tasks of a loop."""

    def __init__(self) -> None:
        super().__init__(asyncio.Semaphore)

    @asynccontextmanager
    async def through(self, whose: Scope, seconds: float) -> AsyncIterator[None]:
        with self._at(whose) as gate:
            try:
                async with asyncio.timeout(seconds):
                    await gate.acquire()
            except TimeoutError:
                raise _busy(seconds) from None
            try:
                yield
            finally:
                gate.release()


def _busy(seconds: float) -> Busy:
    return Busy(f"other writers of the same user were at it for {seconds:g} s; nothing was written, try again")
