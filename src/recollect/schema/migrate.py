"""Bringing a file's tables up to date: each step whole or not at all, after a copy of the file, never backwards."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import apsw

from ..core.clock import Clock, micros
from ..core.text import version
from ..errors import Corrupt, Invalid, SchemaTooNew, SchemaTooOld

log = logging.getLogger("recollect")

FOLDER = Path(__file__).parent / "migrations"


@cache
def steps(database: str = "sqlite") -> tuple[tuple[str, str, str], ...]:
    """(name, SQL, checksum) of every migration of this version for this database, in order."""
    found = []
    for path in sorted(FOLDER.glob(f"*.{database}.sql")):
        sql = path.read_text(encoding="utf-8")
        found.append((path.name.removesuffix(f".{database}.sql"), sql, hashlib.sha256(sql.encode()).hexdigest()))
    return tuple(found)


def compared(applied: Mapping[str, str], database: str, what: str) -> int:
    """Refuse a history that is newer than ours, or another one; how many of our steps it lacks."""
    known = {name: checksum for name, _, checksum in steps(database)}
    for name, checksum in applied.items():
        if name not in known:
            raise SchemaTooNew(f"{what} was written by a later version of recollect (it has {name!r}); upgrade recollect to open it")
        if checksum != known[name]:
            raise Corrupt(f"{what} says that {name!r} was applied with other content; restore it from a backup")
    return len(known) - len(applied)


Reader = Callable[[], apsw.Connection]


def migrate(db: apsw.Connection, path: str, clock: Clock, application: int, reader: Reader) -> None:
    """Apply what is missing. Two processes may do this at once: each step looks again inside its own transaction."""
    applied = check(db, path)
    old = reader if applied and path != ":memory:" else None  # a new file needs no copy
    for step in steps():
        if step[0] not in applied:
            _apply(db, path, step, micros(clock()), application, old)


def check(db: apsw.Connection, path: str, *, whole: bool = False) -> set[str]:
    """Refuse another application's file, a newer one, and one whose history was edited. With `whole`, also one that lacks a step."""
    tables = {row[0] for row in db.execute("select name from sqlite_schema where type = 'table'")}
    if "migrations" not in tables:
        if tables:
            raise Invalid(f"{path} belongs to another application (it has the table {min(tables)!r}); name another file")
        if whole:
            raise SchemaTooOld(f"{path} is empty; open it once without read_only")
        return set()
    applied = dict(db.execute("select name, checksum from migrations"))
    lacking = compared(applied, "sqlite", path)
    if whole and lacking:
        raise SchemaTooOld(f"{path} was written by an earlier version; open it once without read_only to migrate it")
    return set(applied)


def stale(db: apsw.Connection) -> bool:
    """Whether the text index was made by another version of the analyser."""
    return db.execute("select value from settings where name = 'analyser'").fetchall() != [(version(),)]


def _apply(db: apsw.Connection, path: str, step: tuple[str, str, str], now: int, application: int, old: Reader | None) -> None:
    name, sql, checksum = step
    db.execute("begin immediate")
    try:
        if name not in check(db, path):
            if old is not None:
                _copy(path, name, old)
            db.execute("create table if not exists migrations (name text primary key, checksum text not null, applied_at integer not null) strict")
            db.execute(f"pragma application_id = {application}")
            db.execute(sql)
            db.execute("insert into migrations values (?, ?, ?)", (name, checksum, now))
            db.execute("insert into settings values ('analyser', ?) on conflict (name) do nothing", (version(),))
        db.execute("commit")
    except BaseException:
        if db.in_transaction:  # a full disk has ended it already
            db.execute("rollback")
        raise


def _copy(path: str, step: str, reader: Reader) -> None:
    """The file as it was, beside it: `agent.db.before-0002_name`. Called under the write lock, so that nobody migrates it meanwhile."""
    copy = f"{path}.before-{step}"
    if os.path.exists(copy):
        return
    part = f"{copy}.{os.getpid()}"
    os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    source, target = reader(), apsw.Connection(part)
    try:
        with target.backup("main", source, "main") as backup:
            backup.step(-1)
    finally:
        target.close()
        source.close()
    os.replace(part, copy)
    log.warning("%s is migrated to a newer version; the file as it was is kept at %s", path, copy)
