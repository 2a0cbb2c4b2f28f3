"""A block of several calls in one transaction, held open on the writer's thread.

It begins at its first call. Each call is a savepoint, so one that fails can be caught and the block goes on. A nested block is a level of
its own: what comes from an outer level meanwhile, from another task, waits in line until the inner one has ended. A block that holds the
writer longer than its time-out is rolled back, and says so to whoever calls next.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import NamedTuple

from ..errors import Closed
from .answers import Job
from .connection import translated
from .faces import OVER, too_long
from .transaction import Transaction

SECONDS = 30.0

Mark = tuple[int, int, int]


class Control:
    """What a call that is no body tells the block to do."""

    COMMIT, ROLLBACK, SAVEPOINT, RELEASE, UNDO = "commit", "rollback", "savepoint", "release", "undo"


class _Call(NamedTuple):
    level: int
    control: str | None
    job: Job


class Block:
    """One atomic block: a line of calls, and what became of it."""

    def __init__(self, seconds: float | None = None) -> None:
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._waiting: list[_Call] = []  # calls of an outer level, while an inner one is open
        self._seconds = SECONDS if seconds is None else seconds
        self._levels: list[tuple[int, Mark]] = [(0, (0, 0, 0))]
        self._opened = 0
        self._gate = threading.Lock()  # a call is either in line before the end, or refused
        self._current: Job | None = None  # claimed, and not answered yet
        self.over: BaseException | None = None
        self.submitted = False

    def put(self, job: Job, level: int, control: str | None = None) -> bool:
        """Put a call in line; True for the first one, whose caller brings the block to the writer."""
        with self._gate:
            if self.over is not None:
                raise self.over
            self._calls.put(_Call(level, control, job))
            first, self.submitted = not self.submitted, True
        return first

    @property
    def settled(self) -> bool:
        return self.over is not None

    def settle(self, result: object, error: BaseException | None) -> None:
        """The writer died, or was closed, before or while the block ran."""
        self._end(error or Closed())

    def run(self, transaction: Transaction) -> None:
        """On the writer's thread: take calls until the block ends, one way or another."""
        deadline = time.monotonic() + self._seconds
        try:
            transaction.begin()
            while self._turn(transaction, self._next(deadline)):
                pass
        except queue.Empty:
            self._lost(transaction, too_long(self._seconds))
        except BaseException as error:
            self._lost(transaction, error)

    def _lost(self, transaction: Transaction, error: BaseException) -> None:
        """Everybody hears it first: if rolling back fails as well, the writer ends."""
        self._end(translated(error))
        transaction.rollback()
        if not isinstance(error, Exception):
            raise error

    def _next(self, deadline: float) -> _Call:
        """The next call whose turn it is: of the innermost level first, then in the order of arrival."""
        for place, call in enumerate(self._waiting):
            if call.level == self._levels[-1][0]:
                return self._waiting.pop(place)
        while True:
            call = self._calls.get(timeout=max(0.0, deadline - time.monotonic()))
            if call.level == self._levels[-1][0]:
                return call
            self._waiting.append(call)

    def _turn(self, transaction: Transaction, call: _Call) -> bool:
        """Do what is asked; False when that was the end."""
        if not call.job.claim():
            return True
        self._current = call.job
        if call.control in (Control.COMMIT, Control.ROLLBACK):
            self._finish(transaction, call)
            return False
        try:
            result = self._body(transaction, call.job) if call.control is None else self._steer(transaction, call.control)
        except Exception as error:
            if not transaction.db.in_transaction:  # a full disk or an interrupt took all of it
                raise
            call.job.settle(None, translated(error))
        else:
            call.job.settle(result, None)
        self._current = None
        return True

    def _finish(self, transaction: Transaction, call: _Call) -> None:
        if call.control == Control.COMMIT:
            transaction.commit()
        else:
            transaction.rollback()
        self._current = None
        self._end(Closed(OVER))
        call.job.settle(None, None)

    def _steer(self, transaction: Transaction, control: str) -> object:
        """Open a level, or end the innermost one; what a new level is called is the answer."""
        db = transaction.db
        if control == Control.SAVEPOINT:
            self._opened += 1
            db.execute(f"savepoint level{self._opened}")
            self._levels.append((self._opened, transaction.mark()))
            return self._opened
        level, mark = self._levels.pop()
        if control == Control.UNDO:
            db.execute(f"rollback to level{level}")
            transaction.back_to(mark)
        db.execute(f"release level{level}")
        return None

    def _body(self, transaction: Transaction, job: Job) -> object:
        transaction.draw()
        mark = transaction.mark()
        transaction.db.execute("savepoint call")
        try:
            result: object = job.work.carry(transaction.execute)
        except BaseException:
            if transaction.db.in_transaction:
                transaction.db.execute("rollback to call")
                transaction.db.execute("release call")
                transaction.back_to(mark)
            raise
        transaction.db.execute("release call")
        return result

    def _end(self, error: BaseException) -> None:
        """From now on every call is refused; those that wait in line hear it too."""
        with self._gate:
            self.over = error
        waiting, self._waiting = self._waiting, []
        while True:
            try:
                waiting.append(self._calls.get_nowait())
            except queue.Empty:
                break
        for call in waiting:
            if call.job.claim():
                call.job.settle(None, error)
        if self._current is not None:
            self._current.settle(None, error)
            self._current = None
