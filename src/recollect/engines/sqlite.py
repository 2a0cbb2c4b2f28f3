"""SQLite, embedded: one writer thread, a few readers.

A body runs in its caller up to its first statement, so tokenising and encoding never hold a lock; then it becomes one job of the writer, or
runs on a reader's connection. `doors` and `tasks` are how the two faces reach this engine.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import apsw

from ..core.clock import Clock, micros
from ..core.drive import Work
from ..core.effects import Answering, Begin, Language, Moment, Statement
from ..embedders import Embedding
from ..errors import Closed, Denied, Invalid, SchemaTooOld
from ..schema.migrate import check, migrate, stale
from . import files, raw
from .answers import Errand, Job
from .atomic import Block
from .connection import APPLICATION, OPENING, open_reader, open_writer, prepare_file, resolved, translating, used
from .engine import Engine
from .writer import Writer

READERS = 4

_OPEN: weakref.WeakSet[Sqlite] = weakref.WeakSet()


class Sqlite(Engine):
    """One file (or ``:memory:``), opened by this process."""

    def __init__(
        self,
        where: str,
        *,
        clock: Clock,
        language: str,
        durability: str = "full",
        key: str | None = None,
        read_only: bool = False,
        embedding: Embedding | None = None,
    ) -> None:
        self.memory = where == ":memory:"
        super().__init__(where if self.memory else resolved(where), clock=clock, language=language, read_only=read_only, embedding=embedding)
        self._key = key
        self._languages: dict[tuple[str, str], str] = {}
        self._readers = _Readers(self._open_reader)
        if durability not in ("full", "normal"):
            raise Invalid(f"durability must be 'full' or 'normal', not {durability!r}")
        if self.memory and read_only:
            raise Invalid("':memory:' begins empty, so read_only makes no sense there; name a file")
        with OPENING:
            if not self.memory:
                prepare_file(self.path, read_only=read_only, key=key)
            self._writer = None if read_only else self._open_writer(durability)
            over = used(self.path)
        self._end = weakref.finalize(self, _shut, self._writer, self._readers, over, self._pid)
        if read_only:
            with self._readers.one() as db, translating():
                check(db, self.path, whole=True)
                self.stale = stale(db)
            if self.stale:
                raise SchemaTooOld(f"{self.path} was indexed by another version; open it once without read_only to index it anew")
        _OPEN.add(self)

    def _open_writer(self, durability: str) -> Writer:
        db = open_writer(self.path, durability=durability, key=self._key)
        try:
            with translating():
                migrate(db, self.path, self.clock, APPLICATION, self._open_reader)
                self.stale = stale(db)
        except BaseException:
            db.close()
            raise
        return Writer(db, self.clock, self.language, self._languages, self.maker)

    def _open_reader(self) -> apsw.Connection:
        return open_reader(self.path, key=self._key)

    def close(self) -> None:
        """Finish what is queued and let the file go. Calling it twice is fine."""
        if not self._closed and self._pid == os.getpid():
            self.ready()
            self._dismiss()
        self._closed = True
        self._end()

    def _at_work(self) -> bool:
        return self._writer is not None and self._writer.is_current()

    def watching(self, watch: Callable[[str], None] | None) -> None:
        super().watching(watch)
        if self._writer:
            self._writer.transaction.watch = watch

    # what both doors need

    def _language_of(self, wanted: Language) -> str:
        owner = (wanted.tenant, wanted.user)
        language = self._languages.get(owner) or self._look_up(owner)
        return language or self.language

    def _look_up(self, owner: tuple[str, str]) -> str | None:
        """A guess is enough: the writer looks again, and analyses anew where it was wrong. So nobody waits here for a free reader."""
        if self.memory:
            return None
        with self._readers.one(wait=False) as db, translating():
            if db is None:
                return None
            found: list[Any] = db.execute('select language from owners where tenant = ? and "user" = ?', owner).fetchall()
        if len(self._languages) > 10_000:
            self._languages.clear()
        self._languages[owner] = language = found[0][0] if found else self.language
        return language

    def read(self, work: Work) -> Any:
        """Run a query in one snapshot, on a connection of its own."""
        if work.done:
            return work.result
        with self._readers.one() as db, translating():
            return self._snapshot(db, work)

    def _snapshot(self, db: apsw.Connection, work: Work) -> Any:
        moment = Moment(micros(self.clock()), b"")
        db.execute("begin")
        try:
            return work.carry(lambda effect: self._answer(db, moment, effect))
        finally:
            if db.in_transaction:
                db.execute("rollback")

    def _answer(self, db: apsw.Connection, moment: Moment, effect: Any) -> Any:
        if type(effect) is Statement:
            if self.watch is not None:
                self.watch(effect.sql)
            return db.execute(effect.sql, effect.params).fetchall()
        if type(effect) is Begin:
            return moment
        if type(effect) is Answering:
            return self.maker.inside(effect)
        raise TypeError(f"a query only reads, and cannot await {type(effect).__name__}; make it an operation")

    def submit(self, job: Job | Block | Errand) -> None:
        self.writable()
        assert self._writer is not None
        self._writer.submit(job)

    def run(self, job: Job) -> None:
        """Have it done in this thread if nobody is at the file, by the writer's in its turn otherwise."""
        if self._writer is None or not self._writer.take(job):
            self.submit(job)

    def on_reader(self, write: bool) -> bool:
        return not write and not self.memory

    # work that is no body: it needs a connection to itself

    def maintain(self, work: Callable[[apsw.Connection], Any]) -> Any:
        """Run this on the writer's connection, outside any transaction (vacuum, checkpoint, integrity)."""
        self.ready()
        if self._writer is None:
            raise Denied("this memory was opened with read_only=True; open it again without to do this")
        errand = Errand(work)
        self._writer.submit(errand)
        return errand.wait()

    def integrity(self) -> list[tuple[str, str, str]]:
        """(where, what, what is wrong with it) of the file itself."""
        if self._writer is not None:
            return list(self.maintain(files.integrity))
        self.ready()
        db = self._open_reader()
        try:
            db.execute("pragma query_only = off")  # the check makes a temporary table; the file itself is opened to be read only
            return files.integrity(db)
        finally:
            db.close()

    def emptied(self) -> tuple[bool, tuple[str, ...]]:
        """After an erasure: (whether nothing of it is left in the file, copies that still hold it)."""
        return tuple(self.maintain(files.emptied))

    def vacuum(self) -> int:
        """Give free space back; by how many bytes the file shrank."""
        return int(self.maintain(files.vacuum))

    def backup(self, where: str) -> str:
        """Copy the file while it is in use."""
        self.ready()
        if self._writer is None or not self.memory:
            with self._readers.one() as db:
                return files.backup(db, where)
        return str(self.maintain(lambda db: files.backup(db, where)))

    def sql(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of one statement that only reads the documented views. A file gets a connection for it; memory has only one."""
        self.ready()
        if self.memory:
            found: list[dict[str, Any]] = self.maintain(lambda db: raw.query(db, query, parameters))
            return found
        db = self._open_reader()
        try:
            with translating():
                return raw.query(db, query, parameters)
        finally:
            db.close()


class _Readers:
    """Connections that only read, opened when first needed, used by one thread at a time."""

    def __init__(self, open_one: Callable[[], apsw.Connection]) -> None:
        self._open, self._free, self._all = weakref.WeakMethod(open_one), list[apsw.Connection](), list[apsw.Connection]()
        self._room = threading.Semaphore(READERS)
        self._closed = False

    @contextmanager
    def one(self, *, wait: bool = True) -> Iterator[Any]:
        """A connection to oneself for a while; without `wait` None if all are in use."""
        if not self._room.acquire(blocking=wait):
            yield None
            return
        try:
            if self._closed:
                raise Closed()
            db = self._free.pop() if self._free else self._opened()
            try:
                yield db
            finally:
                self._free.append(db)
                if self._closed:
                    self.close()
        finally:
            self._room.release()

    def _opened(self) -> apsw.Connection:
        make = self._open()
        if make is None:
            raise Closed()
        db = make()
        self._all.append(db)
        return db

    def close(self) -> None:
        self._closed = True
        while self._free:
            self._free.pop().close()

    def inherited(self) -> list[apsw.Connection]:
        return self._all


def _shut(writer: Writer | None, readers: _Readers, over: Callable[[], None], pid: int) -> None:
    if pid != os.getpid():
        return
    readers.close()
    if writer is not None:
        writer.close()
    over()


def _after_fork() -> None:
    """The child keeps, and never closes, what it inherited: closing would touch the parent's locks and its WAL."""
    import ctypes

    for engine in list(_OPEN):
        kept: list[object] = [engine, *engine._readers.inherited()]
        if engine._writer is not None:
            kept += [engine._writer, engine._writer.transaction.db]
        for one in kept:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
