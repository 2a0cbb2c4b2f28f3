"""What one transaction of the writer collects until its end, on one connection.

Index entries wait for the end of the group, because FTS5 flushes at every savepoint; so do the entries of the change log, because a tenant's
chain has one head.
"""

from __future__ import annotations

import os
from typing import Any

import apsw

from ..core.clock import Clock, micros
from ..core.effects import Answering, Batch, Begin, Change, Embed, Index, Language, Lock, Moment, OwnersChanged, Read, Statement, Unindex
from .connection import BUSY_SECONDS
from .index import TextIndex
from .log import seal
from .readings import reader
from .vectors import Maker

Entry = Index | Unindex


class Transaction:
    """One after the other: `begin`, then jobs, each drawn, then `commit` or `rollback`."""

    def __init__(self, db: apsw.Connection, clock: Clock, language: str, guesses: dict[tuple[str, str], str], maker: Maker) -> None:
        self.db, self._clock, self._maker = db, clock, maker
        self._index = TextIndex(db, language, guesses, maker)
        self._entries: list[Entry] = []
        self._written = 0
        self._changes: list[tuple[Moment, Change]] = []
        self.moment = Moment(0, b"")
        self._seen: list[Any] = []
        self.alone = False  # one job has the transaction to itself
        self.dirty = 0  # index entries since the last tidying
        self.watch: Any = None

    def begin(self, *, alone: bool = False, wait: bool = True) -> bool:
        """False if another process is writing and this is not to `wait` for it."""
        self.alone = alone
        self._entries.clear()
        self._changes.clear()
        self._written = 0
        if self.db.in_transaction:  # an interrupt between two lines left it open: nobody has been told that it succeeded
            self.rollback()
        if not self._begun(wait):
            return False
        version = self.db.execute("pragma data_version").fetchall()
        if version != self._seen:  # another process has written: what is remembered of owners may be theirs no more
            self._seen = version
            self._index.forget()
        return True

    def _begun(self, wait: bool) -> bool:
        if wait:
            self.db.execute("begin immediate")
            return True
        self.db.set_busy_timeout(0)
        try:
            self.db.execute("begin immediate")
        except apsw.BusyError:
            return False
        finally:
            self.db.set_busy_timeout(int(BUSY_SECONDS * 1000))
        return True

    def draw(self) -> None:
        """A new job: its time, and the id under which its changes stand in the log."""
        self.moment = Moment(micros(self._clock()), os.urandom(16))

    def mark(self) -> tuple[int, int, int]:
        return len(self._entries), self._written, len(self._changes)

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """After a rollback to a savepoint: what was collected since is gone, what was flushed since waits again."""
        entries, self._written, changes = mark
        del self._entries[entries:]
        del self._changes[changes:]
        self._index.forget()

    def flush(self) -> None:
        if self._written < len(self._entries):
            waiting = self._entries[self._written :]
            self._index.write(waiting)
            self.dirty += len(waiting)
            if self.alone:  # nothing can be undone but all of it, so nothing need be kept
                self._entries.clear()
            self._written = len(self._entries)

    def commit(self) -> None:
        self.flush()
        seal(self.db, self._changes)
        self.db.execute("commit")

    def rollback(self) -> None:
        self._index.forget()
        if self.db.in_transaction:
            self.db.execute("rollback")

    def execute(self, effect: Any) -> Any:
        kind = type(effect)
        if kind is Statement:
            if effect.indexed:
                self.flush()
            if self.watch is not None:
                self.watch(effect.sql)
            return self.db.execute(effect.sql, effect.params).fetchall()
        if kind is Begin:
            return self.moment
        if kind is Change:
            self._changes.append((self.moment, effect))
        elif kind is Batch:
            if self.watch is not None:
                self.watch(effect.sql)
            self.db.executemany(effect.sql, effect.rows)
        elif kind is Language:
            return self._index.language(effect.tenant, effect.user)
        elif kind is Read:
            return reader(effect.count, effect.language)
        elif kind is Answering or kind is Embed:
            return self._maker.inside(effect)
        elif kind is OwnersChanged:
            self._index.forget()
        elif kind is Lock:
            return None  # a file has one writer at a time
        else:
            self._entries.append(effect)
        return None
