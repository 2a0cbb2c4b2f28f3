"""The one writer of a SQLite file: many jobs in one transaction, answered only after its commit.

Jobs wait in line for the writer's thread. A caller that finds nobody at it, and nobody in line, holds the baton for a moment and does its
own job: a change of thread, there and back, costs a fifth of a durable write.

A full disk, an interrupt or a failed commit takes the whole transaction with it, savepoints and all. Then nobody has been answered yet,
and each job runs again alone. What a transaction collects until its end is `transaction`'s.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Any

import apsw

from ..core.clock import Clock
from ..errors import Closed
from .answers import Errand, Job
from .atomic import Block
from .connection import translated
from .transaction import Transaction
from .vectors import Maker

log = logging.getLogger("recollect")

MOST = 256  # jobs in a group
PAUSE_SECONDS = 0.0003  # how often to look whether those who were just answered are back
IDLE_SECONDS = 0.05  # after so long without a job the writer tidies up
IDLE_PAGES = 200  # of WAL that are worth a checkpoint in idle time
PAGES = 1000  # of WAL after which it is folded in between two groups: writing it anew is cheaper than extending it
MOST_PAGES = 16 * 1024  # of WAL (64 MB): readers that never pause would let it grow for ever
MERGE_STEP = 300  # pages of FTS5 segments merged in one idle step

Special = Block | Errand  # has the writer to itself
Done = tuple[Job, Any, BaseException | None]


class Writer:
    """Owns the writing connection and the thread that uses it. Knows nothing of the engine, which can therefore be collected."""

    def __init__(self, db: apsw.Connection, clock: Clock, language: str, guesses: dict[tuple[str, str], str], maker: Maker) -> None:
        self.transaction = Transaction(db, clock, language, guesses, maker)
        self._db = db
        self._jobs: queue.SimpleQueue[Job | Special | None] = queue.SimpleQueue()
        self._baton = threading.Lock()  # who holds it uses the connection
        self._gate = threading.Lock()  # a job is either queued before the end, or refused
        self._cause: BaseException | None = None
        self._lost: BaseException | None = None
        self._running: list[Job | Special] = []  # what hears it if the writer dies
        self._answered = 0  # jobs in the last transaction: more than one, and there is company
        self._commits = 0
        self._asleep = False  # the thread waits for a job, and puts nothing in order meanwhile
        self._wal_pages = 0
        db.set_wal_hook(self._grew)
        self._thread = threading.Thread(target=self._work, name="recollect-writer", daemon=True)
        self._thread.start()

    # the callers' side

    def submit(self, job: Job | Special) -> None:
        with self._gate:
            if self._cause is not None:
                raise self._cause
            self._jobs.put(job)

    def take(self, job: Job) -> bool:
        """Do a job in the thread that brings it, if nobody is at the file or in line; False if it has to be submitted.

        Among many callers the line is better, since a group shares one commit; so is it while another process writes, since a thread
        that waits inside SQLite hears no Ctrl-C.
        """
        if self._answered > 1 or self._baton.locked() or not self._jobs.empty():
            return False
        with self._baton:
            try:
                if self._cause is not None or not self.transaction.begin(alone=True, wait=False):
                    return False
                self._commit([job], begun=True)
            except apsw.Error:  # nothing has begun: the writer's thread will meet the same, and say it
                return False
            except BaseException:
                self.transaction.rollback()  # an interrupt between two lines must not leave the file locked
                raise
        if self._wal_pages > PAGES or (self._asleep and self._untidy):
            self._asleep = False
            self._jobs.put(Errand(lambda db: self._fold()))
        return True

    def is_current(self) -> bool:
        """Whether the caller runs on the writer's own thread, and would wait for itself."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finish what is queued, then end. Calling it twice is fine."""
        with self._gate:
            first = self._cause is None
            self._cause = self._cause or Closed()
            if first:
                self._jobs.put(None)
        if not self.is_current():
            self._thread.join()

    # the writer's side

    def _work(self) -> None:
        try:
            while self._turn():
                pass
            with self._baton:
                self._db.close()
        except BaseException as error:  # it must not die silently: everybody who waits, or calls later, hears the cause
            log.exception("the writer ended")
            self._fail(error)

    def _turn(self) -> bool:
        """One group, or one block; False at the end. Nothing of it is remembered, so that what its callers dropped can be collected."""
        first = self._next()
        if first is None:
            return False
        after: Job | Special | None = first
        if isinstance(first, Job):
            self._await_company()
            group, after = self._gather(first)
            self._running = [*group, *([after] if after is not None and after is not first else [])]
            with self._baton:
                self._commit(group)
                self._fold()
        if after is not None and not isinstance(after, Job):
            self._running = [after]
            with self._baton:
                after.run(self.transaction)
        self._running = []
        return after is not None

    def _next(self) -> Job | Special | None:
        while True:
            self._asleep = True  # said before looking, so that whoever makes disorder from now on wakes us
            if not self._untidy:
                job = self._jobs.get()
                self._asleep = False
                return job
            self._asleep, commits = False, self._commits
            try:
                return self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                if commits == self._commits:
                    self._tidy()

    def _await_company(self) -> None:
        """Those who were answered together are about to come back: wait while they come, for a group has one commit, and the interpreter
        is not torn between them and us. 1.5 times as many adds by 64 threads or 200 tasks."""
        seen = -1
        while seen < (waiting := self._jobs.qsize()) < self._answered - 1:
            seen = waiting
            time.sleep(PAUSE_SECONDS)

    def _gather(self, first: Job) -> tuple[list[Job], Job | Special | None]:
        """Everything that is waiting, up to a block or the end: those come after the group."""
        group = [first]
        while len(group) < MOST:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if not isinstance(job, Job):
                return group, job
            group.append(job)
        return group, first

    def _commit(self, group: list[Job], *, begun: bool = False) -> None:
        group = [job for job in group if job.claim()]
        self._answered = len(group)
        if not group:
            return
        done = self._try(group, begun=begun)
        if done is None and len(group) > 1 and not isinstance(self._lost, apsw.BusyError):
            done = [result for job in group for result in self._alone(job)]
        elif done is None:
            done = [(job, None, self._lost) for job in group]
        for job, result, error in done:
            job.settle(result, translated(error) if error else None)
        self._commits += 1
        self._lost = None

    def _alone(self, job: Job) -> list[Done]:
        return self._try([job]) or [(job, None, self._lost)]

    def _try(self, group: list[Job], *, begun: bool = False) -> list[Done] | None:
        """Run the jobs in one transaction: what to answer now that it is committed, or None if all of it is gone."""
        done: list[Done] = []
        transaction = self.transaction
        try:
            if not begun:
                transaction.begin(alone=len(group) == 1)
            for job in group:
                done.append(self._one(job, alone=len(group) == 1))
            transaction.commit()
        except BaseException as error:
            self._lost = error
            transaction.rollback()
            return None
        return done

    def _one(self, job: Job, *, alone: bool) -> Done:
        transaction = self.transaction
        transaction.draw()
        mark = transaction.mark()
        if alone:  # its own rollback is the transaction's
            return job, job.work.carry(transaction.execute), None
        self._db.execute("savepoint job")
        try:
            result = job.work.carry(transaction.execute)
        except BaseException as error:
            if not self._db.in_transaction:
                raise
            self._db.execute("rollback to job")
            self._db.execute("release job")
            transaction.back_to(mark)
            return job, None, error
        self._db.execute("release job")
        return job, result, None

    def _fail(self, error: BaseException) -> None:
        with self._gate:
            self._cause = error
        waiting: list[Job | Special] = list(self._running)
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is not None:
                waiting.append(job)
        for one in waiting:
            if not one.settled:
                one.settle(None, error)

    def _grew(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._wal_pages = pages
        return 0  # SQLITE_OK

    @property
    def _untidy(self) -> bool:
        return self.transaction.dirty > 0 or self._wal_pages > IDLE_PAGES

    def _tidy(self) -> None:
        """What is better done while nobody waits: merge the text index's segments, move the WAL into the file."""
        try:
            with self._baton:
                if self.transaction.dirty:
                    self._db.execute(f"insert into words (words, rank) values ('merge', {MERGE_STEP})")
                    self.transaction.dirty = max(0, self.transaction.dirty - MERGE_STEP)
                elif self._wal_pages > IDLE_PAGES:
                    self._checkpoint("passive")
        except apsw.Error as error:  # tidying can wait: the next write will say what is wrong
            self.transaction.dirty = 0
            log.info("tidying was put off: %s", error)

    def _fold(self) -> None:
        if self._wal_pages > PAGES:
            self._checkpoint("truncate" if self._wal_pages > MOST_PAGES else "passive")

    def _checkpoint(self, mode: str) -> None:
        try:
            self._db.execute(f"pragma wal_checkpoint({mode})").fetchall()
        except apsw.Error as error:
            log.info("a checkpoint was put off: %s", error)
        self._wal_pages = 0
