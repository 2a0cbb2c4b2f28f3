"""Sealing the change log of a server a moment after it was written, on a thread of its own."""

from __future__ import annotations

import threading
import weakref
from typing import Any

SEAL_SECONDS = 1.0  # how long log entries wait to be sealed into their chain


class Sealer:
    """A thread that seals log entries a moment after they were written. It knows the engine weakly, so that an engine nobody uses can go."""

    def __init__(self, engine: Any) -> None:
        self._engine = weakref.ref(engine, lambda _: self._stop())
        self._work, self._over = threading.Event(), threading.Event()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self.waiting = False  # entries that nobody has sealed

    def wake(self) -> None:
        """Something was logged."""
        self.waiting = True
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
        if engine is None or not self.waiting:
            return
        self.waiting = False
        try:
            engine.seal()
        except Exception:  # the next write, or verify, tries again
            self.waiting = True

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
