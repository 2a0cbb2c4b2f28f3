"""Sealing the change log of a server a moment after it was written, on a thread of its own."""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress
from typing import Any

from .exchange import sealed
from .wire import Pools, drive

SEAL_SECONDS = 1.0  # how long log entries wait to be sealed into their chain


class Sealer:
    """A thread that seals log entries a moment after they were written. It knows the engine weakly, so that an engine nobody uses can go."""

    def __init__(self, engine: Any) -> None:
        self._engine = weakref.ref(engine, lambda _: self._stop())
        self._work, self._over = threading.Event(), threading.Event()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._waiting = False  # entries that nobody has sealed

    def wake(self) -> None:
        """Something was logged."""
        self._waiting = True
        if not self._work.is_set():
            self._work.set()
            with self._gate:
                if self._thread is None and not self._over.is_set():
                    self._thread = threading.Thread(target=self._turns, name="recollect-sealer", daemon=True)
                    self._thread.start()

    def _turns(self) -> None:
        while self._work.wait() and not self._over.wait(SEAL_SECONDS):
            self._work.clear()
            self._seal()

    def _seal(self) -> None:
        engine = self._engine()
        if engine is not None and self._waiting:
            with suppress(Exception), engine.connected() as connection:  # the next write, or verify, tries again
                self._waiting = False
                try:
                    drive(sealed(engine.options.timeout), Pools(One(connection), None))
                except BaseException:
                    self._waiting = True
                    raise

    def _stop(self) -> None:
        self._over.set()
        self._work.set()

    def end(self) -> None:
        """Seal what is left, and stop."""
        self._stop()
        with self._gate:
            thread = self._thread
        if thread is not None:
            thread.join()
        self._seal()


class One:
    """A pool of one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def getconn(self, timeout: float | None = None) -> Any:
        return self._connection

    def putconn(self, connection: Any) -> None:
        pass
