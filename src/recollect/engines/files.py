"""What concerns the database file as a whole: its integrity, its free space, copies of it."""

from __future__ import annotations

import glob
import os
import time

import apsw

from ..errors import Busy, Conflict, Corrupt, Invalid, NotFound
from .connection import in_use, prepare_file, resolved, translating
from .index import prefix

PATIENCE = 5.0  # seconds that erasing waits for readers of other processes


def integrity(db: apsw.Connection) -> list[tuple[str, str, str]]:
    """(where, what, what is wrong with it): the engine's own checks of its pages and of the text index."""
    try:
        said = [str(row[0]) for row in db.execute("pragma integrity_check(20)") if row[0] != "ok"]
    except apsw.Error as error:
        return [("file", "pages", f"the file's pages are damaged ({error}); restore it from a backup")]
    index = [one for one in said if "FTS5" in one]  # the check looks into the text index as well
    found = [("file", "pages", one) for one in said if one not in index]
    return found + [_index_damaged(one) for one in index] if index else found + _words_of_nobody(db)


def _index_damaged(how: object) -> tuple[str, str, str]:
    return "index", "words", f"the text index is damaged ({how}); export the memory and import it into a new file"


def _words_of_nobody(db: apsw.Connection) -> list[tuple[str, str, str]]:
    """Words behind the number of an owner that does not exist."""
    try:
        db.execute("create virtual table temp.every_word using fts5vocab (main, words, row)")
        try:
            prefixes = {str(row[0]) for row in db.execute("select distinct substr(term, 1, instr(term, '_')) from temp.every_word")}
        finally:
            db.execute("drop table temp.every_word")
        known = {prefix(int(row[0] or 0)) for row in db.execute("select number from owners")}
    except apsw.Error as error:
        return [_index_damaged(error)]
    return [("index", "words", f"the text index holds words behind {one!r}, which is no owner's") for one in sorted(prefixes - known)]


def emptied(db: apsw.Connection) -> tuple[bool, tuple[str, ...]]:
    """Write the file anew and empty its log, so that nothing erased is left in either. (done, copies beside the file)

    SQLite's secure_delete overwrites what is deleted, but not the stale copies of cells that were moved when pages were split before.
    """
    try:
        db.execute("vacuum")
    except (apsw.FullError, apsw.BusyError, apsw.LockedError):  # it is erased all the same, but for those copies
        checkpointed(db)
        return False, _copies(db)
    return checkpointed(db), _copies(db)


def _copies(db: apsw.Connection) -> tuple[str, ...]:
    path = db.filename
    return tuple(sorted(glob.glob(glob.escape(path) + ".before-*"))) if path else ()


def checkpointed(db: apsw.Connection) -> bool:
    deadline = time.monotonic() + PATIENCE
    while True:
        busy = db.execute("pragma wal_checkpoint(truncate)").fetchall()[0][0]
        if not busy or time.monotonic() > deadline:
            return not busy
        time.sleep(0.05)


def vacuum(db: apsw.Connection) -> int:
    before = size(db)
    db.execute("insert into words (words) values ('optimize')")
    db.execute("vacuum")
    checkpointed(db)
    return before - size(db)


def size(db: apsw.Connection) -> int:
    ((pages, page),) = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchall()
    return int(pages or 0) * int(page or 0)


def backup(db: apsw.Connection, where: str | os.PathLike[str]) -> str:
    """A copy in one step: a stepped backup of a file in use may never end."""
    path = resolved(where)
    if os.path.exists(path):
        raise Conflict(f"{path} exists already; name a new file, backups are never overwritten")
    prepare_file(path, read_only=False, key=None)
    try:
        _copy(db, path)
    except BaseException:
        os.unlink(path)
        raise
    return path


def _copy(db: apsw.Connection, path: str) -> None:
    with translating():
        target = apsw.Connection(path)
        try:
            with target.backup("main", db, "main") as copying:
                copying.step(-1)
            target.execute("pragma journal_mode = wal")
        finally:
            target.close()


def restore(source: str | os.PathLike[str], where: str | os.PathLike[str]) -> str:
    """Copy a backup into a file through SQLite itself: renaming files under a living write-ahead log would mix the two."""
    origin, path = resolved(source), resolved(where)
    if not os.path.exists(origin):
        raise NotFound(f"{origin} does not exist; name the backup to restore")
    if os.path.exists(path) and os.path.samefile(origin, path):
        raise Invalid("a backup cannot be restored onto itself; name another file")
    prepare_file(origin, read_only=True, key=None)
    prepare_file(path, read_only=False, key=None, damaged=True)
    with translating():
        try:
            _restored(origin, path)
        except (apsw.CorruptError, apsw.NotADBError):  # so damaged that SQLite cannot copy into it: begin with an empty file
            _emptied_file(path)
            _restored(origin, path)
    return path


def _emptied_file(path: str) -> None:
    if in_use(path):
        raise Busy(f"{path} is open in another place; close every memory that uses it, then restore again")
    for name in (path + "-wal", path + "-shm"):
        if os.path.exists(name):
            os.unlink(name)
    os.truncate(path, 0)


def _restored(origin: str, path: str) -> None:
    source = apsw.Connection(origin, flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        if not _ours(source):
            raise Corrupt(f"{origin} is no backup of recollect; name another file")
        target = apsw.Connection(path)
        try:
            _alone(target, path)
            with target.backup("main", source, "main") as copying:
                copying.step(-1)
        finally:
            target.close()
    finally:
        source.close()


def _alone(target: apsw.Connection, path: str) -> None:
    """Only a file that nobody has open leaves the write-ahead mode; that is the test. The lock is kept until the copy is done."""
    target.set_busy_timeout(1000)
    try:
        mode = target.execute("pragma journal_mode = delete").fetchall()[0][0] if os.path.getsize(path) else "delete"
        target.execute("pragma locking_mode = exclusive").fetchall()
        target.execute("begin exclusive; commit")
    except (apsw.BusyError, apsw.LockedError):
        mode = "wal"
    if mode == "wal":
        raise Busy(f"{path} is open in another place; close every memory that uses it, then restore again")


def _ours(db: apsw.Connection) -> bool:
    return bool(db.execute("select count(*) from sqlite_schema where name = 'migrations'").fetchall()[0][0])
