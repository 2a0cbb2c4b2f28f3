"""Opening a SQLite file the way recollect wants it: who may read it, what is checked first, one function and a reason per rule."""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import apsw

from ..core.paths import checked_path
from ..errors import Busy, Closed, Conflict, Corrupt, Denied, Full, Invalid, NotFound, NotInstalled, RecollectError

log = logging.getLogger("recollect")

MAGIC = b"SQLite format 3\x00"
APPLICATION = 0x52434C54  # "RCLT", the application id in the file's header
BUSY_SECONDS = 30.0
WRITER_CACHE_KIB = 16 * 1024
READER_CACHE_KIB = 6 * 1024  # four of them and the writer's stay below 48 MB together

_SAID: tuple[tuple[type[apsw.Error], type[RecollectError], str], ...] = (
    (apsw.BusyError, Busy, "the database is held by another process for more than {seconds:.0f} s; try again, or close the other one"),
    (apsw.LockedError, Busy, "the database is locked by another statement; try again in a moment"),
    (apsw.FullError, Full, "the disk is full; free some space and repeat the call, nothing of it was written"),
    (apsw.NotADBError, Corrupt, "the file is no SQLite database, or it is encrypted; open it with its key, or restore it from a backup"),
    (apsw.CorruptError, Corrupt, "the file is damaged; run `recollect verify` on it and restore it from a backup ({error})"),
    (apsw.ReadOnlyError, Denied, "the file may not be written; open it with read_only=True or change its permissions"),
    (apsw.CantOpenError, Denied, "the file cannot be opened; check its path and permissions ({error})"),
    (apsw.PermissionsError, Denied, "the file may not be used by this process; check its permissions"),
    (apsw.ConstraintError, Conflict, "this contradicts what is stored ({error}); read the record again and decide"),
    (apsw.TooBigError, Invalid, "a value is larger than SQLite holds; split it"),
    (apsw.InterruptError, Busy, "the call was interrupted and nothing of it was written; repeat it"),
    (apsw.ConnectionClosedError, Closed, "this memory is closed; open it again"),
)


def translated(error: BaseException) -> BaseException:
    """The error of ours that says what a driver's error means to a caller."""
    if isinstance(error, UnicodeDecodeError):
        return Corrupt("a stored text is damaged; run `recollect verify` to see which record, and restore it from a backup")
    if isinstance(error, apsw.SQLError) and str(error).startswith("no such table"):
        return Corrupt(f"the file is damaged ({error}); restore it from a backup")
    if isinstance(error, (OverflowError, UnicodeEncodeError)):
        return Invalid(f"a value cannot be stored ({error}); check what was passed")
    if isinstance(error, apsw.IOError) and _no_space(error):
        return Full("the disk is full; free some space and repeat the call, nothing of it was written")
    for theirs, ours, sentence in _SAID:
        if isinstance(error, theirs):
            said = ours(sentence.format(error=str(error), seconds=BUSY_SECONDS))
            said.__cause__ = error
            return said
    return error


def _no_space(error: apsw.Error) -> bool:
    system = getattr(error, "errno", None) or getattr(error.__cause__, "errno", None)
    return system in (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def translating() -> Iterator[None]:
    try:
        yield
    except (apsw.Error, OverflowError, UnicodeError) as error:
        raise translated(error) from error


_URL = re.compile(r"[a-z][a-z0-9+.-]+://|postgres(?:ql)?:/", re.IGNORECASE)


def resolved(where: str | os.PathLike[str]) -> str:
    """The absolute path, taken literally but for a leading ``~/``; never a URL, so `?`, `%` and `#` are ordinary."""
    path = checked_path(where)
    if url := _URL.match(path):
        raise Invalid(f"a URL that begins with {url[0]!r} cannot be opened; use postgresql://… for a server, or the path of a file")
    if path.startswith(("~/", "~" + os.sep)):
        path = os.path.expanduser(path)
    return os.path.abspath(path)


# Closing any descriptor of a file drops all POSIX locks that the process has on it, SQLite's too. So a file that this process has open
# is never opened by other means, and looking into a file and opening it are one step.
OPENING = threading.RLock()
NOWHERE = (0, 0)  # a file that is not there, or ':memory:'
_IN_USE: Counter[tuple[int, int]] = Counter()
_COUNTING = threading.Lock()
# Files that were let go and are not taken off the count yet. Letting go may happen in the garbage collector, which runs in any thread at any
# time, also in one that the holder of a lock is waiting for: so it takes none, and leaves the counting to whoever asks.
_LET_GO: deque[tuple[int, int]] = deque()


def in_use(path: str) -> bool:
    file = _identity(path)
    with _COUNTING:
        while _LET_GO:
            _IN_USE[_LET_GO.popleft()] -= 1
        return file != NOWHERE and _IN_USE[file] > 0


def used(path: str) -> Callable[[], None]:
    """Say that this process has the file open; call what is returned when that is over."""
    file = _identity(path)
    with _COUNTING:
        _IN_USE[file] += 1
    return lambda: _LET_GO.append(file)


def _identity(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return NOWHERE
    return found.st_dev, found.st_ino


def _make_folder(folder: str) -> None:
    """With those it lies in, as far as they are missing: each its owner's alone."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for one in reversed(missing):
        with suppress(FileExistsError):  # another process was first
            os.mkdir(one, mode=0o700)


def prepare_file(path: str, *, read_only: bool, key: str | None, damaged: bool = False) -> None:
    """Refuse what is no database of ours, with a sentence; create what is missing, for its owner only. What is to be replaced may be damaged."""
    if key is not None and not hasattr(apsw, "mc_version"):
        raise NotInstalled("encryption needs apsw-sqlite3mc instead of apsw; run `pip uninstall apsw && pip install apsw-sqlite3mc`")
    if os.path.isdir(path):
        raise Invalid(f"{path} is a directory; name a file in it, such as {os.path.join(path, 'agent.db')}")
    if not os.path.exists(path):
        if read_only:
            raise NotFound(f"{path} does not exist; open it once without read_only to create it")
        _create(path)
        return
    if not in_use(path):
        _check_content(path, key, damaged=damaged)
    if not read_only:
        _tighten(path)


def _create(path: str) -> None:
    folder = os.path.dirname(path)
    try:
        _make_folder(folder)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return  # another process was first: it is its file as much as ours
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Full(f"there is no room to create {path}; free some space") from error
        raise Denied(f"{path} cannot be created ({error.strerror}); choose a folder that you may write to") from error


def _check_content(path: str, key: str | None, *, damaged: bool) -> None:
    try:
        with open(path, "rb") as file:
            head = file.read(100)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise Denied(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    if not head:
        return
    plain = head.startswith(MAGIC)
    if key is not None and plain:
        raise Invalid(f"{path} is not encrypted; open it without a key, or export it and import it into a new encrypted file")
    if key is None and not plain:
        raise Corrupt(f"{path} is no SQLite database, or it is encrypted; name another file, or pass its key")
    if plain and not damaged and _cut_short(path, head, size):
        raise Corrupt(f"{path} is shorter than it says it is: it was cut off; restore it from a backup")
    if plain and int.from_bytes(head[68:72], "big") != APPLICATION:
        with suppress(*([Corrupt] if damaged else [])):
            _refuse_foreign(path)


def _refuse_foreign(path: str) -> None:
    """Before anything of it is changed. A file that is just being made by another process has no tables yet."""
    with translating():
        db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        try:
            db.set_busy_timeout(int(BUSY_SECONDS * 1000))
            tables = [str(row[0]) for row in db.execute("select name from sqlite_schema where type = 'table' order by name")]
        finally:
            db.close()
    if tables and "migrations" not in tables:
        raise Invalid(f"{path} belongs to another application (it has the table {tables[0]!r}); name another file")


def _cut_short(path: str, head: bytes, size: int) -> bool:
    """Only where no WAL is left: a checkpoint that was killed may have written the first page before the last."""
    if len(head) < 100:
        return True
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    wal = path + "-wal"
    return size < pages * (65536 if page == 1 else page) and not (os.path.exists(wal) and os.path.getsize(wal))


def _tighten(path: str) -> None:
    for name in (path, path + "-wal", path + "-shm"):
        try:
            mode = stat.S_IMODE(os.stat(name).st_mode)
            if os.name == "posix" and mode & 0o077:
                os.chmod(name, mode & 0o700)
                log.warning("%s was readable by others (mode %o); it is now %o", name, mode, mode & 0o700)
        except FileNotFoundError:
            continue
        except OSError as error:  # somebody else's file: opening it will say what is wrong, if anything is
            log.warning("%s could not be made private: %s", name, error)


def open_writer(path: str, *, durability: str, key: str | None) -> apsw.Connection:
    with translating():
        db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        _first(db, key)
        _switch_to_wal(db)
        _common(db, WRITER_CACHE_KIB)
        db.execute(f"pragma synchronous = {'full' if durability == 'full' else 'normal'}")
        if sys.platform == "darwin":
            db.execute("pragma fullfsync = on")  # fsync alone does not reach the disk there
        db.execute("pragma secure_delete = on")  # what is deleted is overwritten, not only unlinked
        db.execute("pragma wal_autocheckpoint = 0")  # the writer checkpoints when nobody waits
        return db


def open_reader(path: str, *, key: str | None) -> apsw.Connection:
    with translating():
        try:
            db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
            _first(db, key)
            db.execute("select count(*) from sqlite_schema").fetchall()
        except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.IOError):
            # A read-only folder has no room for the -shm file; nobody else can be writing then.
            if os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"):
                raise
            uri = f"file:{quote(Path(path).as_posix())}?immutable=1"
            db = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
            _first(db, key)
        _common(db, READER_CACHE_KIB)
        db.execute("pragma query_only = on")
        return db


def _first(db: apsw.Connection, key: str | None) -> None:
    """Before any other statement: even `pragma synchronous` fails under load without a busy handler."""
    db.set_busy_timeout(int(BUSY_SECONDS * 1000))
    if key is not None:
        db.pragma("key", key)


def _common(db: apsw.Connection, cache_kib: int) -> None:
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # else what has a range and an order is planned anew for each value: 8 us a statement
    db.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)  # an unknown column in double quotes is an error, as on a server, and no text
    db.execute("pragma foreign_keys = on")
    db.execute("pragma temp_store = memory")
    db.execute(f"pragma cache_size = -{cache_kib}")


def _switch_to_wal(db: apsw.Connection) -> None:
    """The switch can report busy whatever the time-out, when several processes make the same file: try again."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode = db.execute("pragma journal_mode = wal").fetchall()[0][0]
        except apsw.BusyError:
            mode = "busy"
        if mode in ("wal", "memory"):
            return
        if mode != "busy":
            raise Denied(f"the file system does not allow SQLite's write-ahead log (it stays in mode {mode!r}); choose a local folder")
        if time.monotonic() > deadline:
            raise Busy("another process holds the file while it is being made; try again in a moment")
        time.sleep(0.01)
