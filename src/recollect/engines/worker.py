"""A thread that works off the texts that wait for vectors. It lives as long as there is something to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..errors import Closed

log = logging.getLogger("recollect")

SOON = 0.02  # seconds: what is being written is committed meanwhile, and texts that come together go together
IDLE = 30.0  # after so many without anything to do the thread ends; longer than an atomic block may last
TROUBLE = 5.0  # until the next try, if the database could not be reached
PATIENCE = 5.0  # for the batch under way, when the memory is closed


class Worker:
    """Calls `work` until nothing is left. `work` is given a way to ask whether to stop, and says when to come again, or None for nothing left."""

    def __init__(self, work: Callable[[Callable[[], bool]], float | None]) -> None:
        self._work = work
        self._gate = threading.Lock()
        self._news = threading.Event()
        self._stopped = False
        self._resting = 0
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is something to do, now or in a moment."""
        if self._news.is_set():
            return
        with self._gate:
            self._news.set()
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="recollect-vectors", daemon=True)
                self._thread.start()

    def rest(self) -> None:
        """Let somebody else work: returns when the batch under way is done. `resume` ends it."""
        with self._gate:
            self._resting += 1
        with self._busy:
            return

    def resume(self) -> None:
        with self._gate:
            self._resting -= 1

    def stop(self) -> None:
        """Finish the batch under way; what has not been done waits for another time."""
        with self._gate:
            self._stopped = True
            self._news.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE)

    def _run(self) -> None:
        pause = SOON
        while True:
            if self._news.wait(pause):
                self._news.clear()
                pause = SOON
            if self._stopped:
                return
            again = self._round()
            if again is not None:
                pause = max(again, SOON)
            elif pause < IDLE:  # a block that is open may still commit something
                pause *= 2
            elif self._ended():
                return

    def _ended(self) -> bool:
        with self._gate:
            if self._news.is_set() and not self._stopped:
                return False
            self._thread = None
            return True

    def _round(self) -> float | None:
        try:
            with self._busy:
                return SOON if self._resting else self._work(lambda: self._stopped or self._resting > 0)
        except Closed:
            self._stopped = True
            return None
        except Exception:  # whatever it was, the thread is needed
            log.warning("vectors could not be stored; trying again in %g s", TROUBLE, exc_info=True)
            return TROUBLE
