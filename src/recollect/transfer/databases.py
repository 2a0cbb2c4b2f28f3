"""Foreign SQLite files: opened so that nothing in or beside them changes, and their rows made into records of ours.

What a reader of such a file does with a table is always the same: `lines` hands each row to a function of the reader that makes a record
of it, and reports the rows that it refuses. Whose records they are, and in which tenant, is decided when they are imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..core.clock import EPOCH, micros
from ..core.ids import id_text
from ..core.scope import PARTS
from ..core.text import clean
from ..errors import RecollectError
from ..kinds import KINDS
from ..shapes.values import checked_count
from .foreign import BadRecord, sound
from .own import Line, record_from

MAGIC = b"SQLite format 3\0"
BESIDE = ("-wal", "-journal")  # what holds changes that are not in the file itself
TRIES = 5
Row = Mapping[str, Any]
Found = Line | BadRecord

_VIRTUAL = re.compile(r"create\s+virtual\s+table\b", re.IGNORECASE)
_NAMES = frozenset({*PARTS, "key", "type", "alias", "canonical", "external_id"})
"""Columns in which nothing may be replaced: what is told apart by them would become one."""


class Source:
    """A foreign SQLite file, open for reading. Neither it nor its folder is written to.

    SQLite itself would leave a `-shm` beside a file that has a `-wal`, and would roll a `-journal` back into it. Such a file is read
    from a copy, that goes when it is closed. Any other one is opened as `immutable`, which touches nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        if any(_size(_beside(path, end)) for end in BESIDE):
            self._copy = tempfile.TemporaryDirectory(prefix="recollect-", ignore_cleanup_errors=True)
        try:
            self._db = _opened(_copied(path, Path(self._copy.name)) if self._copy else path, immutable=self._copy is None)
        except BaseException:
            self._clean()
            raise

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The ordinary tables, by name. Search indexes are left alone: what they hold stands in an ordinary table, and they may need an extension."""
        found = self._db.execute("select name, sql from sqlite_master where type = 'table' order by name").fetchall()
        virtual = [name for name, sql in found if isinstance(sql, str) and _VIRTUAL.match(sql)]
        hidden = re.compile("|".join([r"sqlite_.*", *(rf"{re.escape(name)}(_.*)?" for name in map(str, virtual))]), re.IGNORECASE | re.DOTALL)
        return tuple(name for name, _ in found if isinstance(name, str) and not hidden.fullmatch(name))

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table, in order; none of a table that is not there."""
        found = self._db.execute("select name from pragma_table_info(?)", (table,)).fetchall() if table in self.tables else []
        return tuple(str(name) for (name,) in found)

    def rows(self, table: str, order: str = "rowid") -> Iterator[dict[str, Any]]:
        """The rows of a table as mappings, in this order (SQL); none of a table that is not there. What is no UTF-8 stays bytes."""
        if table not in self.tables:
            return
        cursor = self._db.execute(f"select * from {_quoted(table)} order by {order}")
        names = [str(about[0]) for about in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def readable(self, table: str, order: str = "rowid") -> Iterator[dict[str, Any]]:
        """The rows as far as they can be read, for a first look: what stops it is reported when the table itself is read."""
        try:
            yield from self.rows(table, order)
        except sqlite3.Error:
            return

    def count(self, table: str, column: str | None = None) -> int:
        """How many rows there are, or how many of them say anything in this column."""
        said = f" where {_quoted(column)} is not null and {_quoted(column)} not in ('', '[]', '{{}}')" if column else ""
        return int(self._db.execute(f"select count(*) from {_quoted(table)}{said}").fetchone()[0])

    @cached_property
    def written_at(self) -> datetime:
        """When the file was last written: the time of what has none of its own."""
        return datetime.fromtimestamp(int(self.path.stat().st_mtime), UTC)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        self._clean()

    def _clean(self) -> None:
        if self._copy is not None:
            self._copy.cleanup()


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _state(path: Path) -> list[tuple[int, int]]:
    files = [path, *(_beside(path, end) for end in BESIDE)]
    return [(at.st_size, at.st_mtime_ns) for at in (file.stat() for file in files if file.exists())]


def _copied(path: Path, folder: Path) -> Path:
    """A copy with what lies beside it. Taken again if somebody wrote meanwhile: the parts must be of one moment."""
    for _ in range(TRIES):
        before = _state(path)
        for end in ("", *BESIDE):
            if _beside(path, end).exists():
                shutil.copyfile(_beside(path, end), folder / f"source{end}")
        if _state(path) == before:
            return folder / "source"
    raise ValueError("it is being written to; close the program that uses it")


def _opened(path: Path, *, immutable: bool) -> sqlite3.Connection:
    how = "?mode=ro&immutable=1" if immutable else ""
    # An import reads on from whichever thread is free, one at a time.
    db = sqlite3.connect(f"file:{quote(os.fspath(path.absolute()))}{how}", uri=True, check_same_thread=False, isolation_level=None)
    db.text_factory = _text
    return db


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The file as long as the block lasts."""
    source = Source(path)
    try:
        yield source
    finally:
        source.close()


def has(path: Path, head: bytes, *signs: tuple[str, set[str]]) -> bool:
    """Whether this is an SQLite file with one of these tables, each told by some of its columns."""
    if not head.startswith(MAGIC):
        return False
    try:
        known = _shape(path, tuple(_state(path)))
    except (OSError, ValueError, sqlite3.Error):
        return False
    return any(columns <= known.get(table, frozenset()) for table, columns in signs)


@lru_cache(8)
def _shape(path: Path, state: object) -> Mapping[str, frozenset[str]]:
    """The columns of each table: every reader asks for them, and a file with a `-wal` is copied to be looked at."""
    with opened(path) as source:
        return {table: frozenset(source.columns(table)) for table in source.tables}


# Reading


def read(path: Path, tell: Callable[[Source], Iterator[Found]]) -> Iterator[Found]:
    """What a reader tells of the file; a file that cannot be read is one bad record."""
    try:
        with opened(path) as source:
            yield from tell(source) if source.tables else ()
    except (OSError, ValueError, sqlite3.Error) as error:
        yield BadRecord(path.name, f"This cannot be read as an SQLite file: {str(error).rstrip('.')}.")


def lines(source: Source, table: str, tell: Callable[[str, Row], Line | None], order: str = "rowid") -> Iterator[Found]:
    """What `tell` makes of each row, called with its place and the row. A row that it refuses is reported, and the rest goes on."""
    place = 0
    try:
        for place, row in enumerate(source.rows(table, order), 1):
            where = f"{source.name}, {table} {place}"
            if (found := attempted(where, partial(tell, where, row))) is not None:
                yield found
    except sqlite3.Error as error:
        yield BadRecord(f"{source.name}, {table} {place + 1}", f"The table cannot be read from here on: {error}.")


def attempted(where: str, make: Callable[[], Line | None]) -> Found | None:
    """What `make` makes, or why it could not."""
    try:
        return make()
    except (ValueError, OverflowError, RecursionError, RecollectError) as error:
        return BadRecord(where, f"This cannot be read: {str(error).rstrip('.')}.")


def homeless(source: Source, known: Mapping[str, Collection[str]], ignored: Collection[str] = ()) -> Iterator[BadRecord]:
    """Tables that are not known, and columns that are not known of those that are: one report for each table, if there is anything in it."""
    for table in source.tables:
        if table in ignored:
            continue
        where = f"{source.name}, {table}"
        try:
            if table not in known:
                yield from unhoused(where, source.count(table))
                continue
            more = {column: source.count(table, column) for column in source.columns(table) if column not in known[table]}
        except sqlite3.Error as error:
            yield BadRecord(where, f"This table cannot be read: {error}.")
            continue
        if said := {column: count for column, count in more.items() if count}:
            columns = ", ".join(f"{column} ({_many(count)})" for column, count in said.items())
            yield BadRecord(where, f"What stands in these columns has no home here: {columns}.")


def unhoused(where: str, count: int, what: str = "") -> Iterator[BadRecord]:
    """The report of so many rows of a table that nothing here corresponds to."""
    if count:
        yield BadRecord(where, f"Nothing here corresponds to {what or 'this table'}; left out: {_many(count)}.")


def _many(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def folded(found: Iterable[Found], join: Callable[[Any, Any], Any]) -> Iterator[Found]:
    """Records of which we keep one for all that say the same: `join` makes one of the earlier and the later. They come in the order of the first."""
    kept: dict[object, Line] = {}
    for each in found:
        if isinstance(each, BadRecord):
            yield each
            continue
        key = _essence(each)
        kept[key] = replace(kept[key], record=join(kept[key].record, each.record)) if key in kept else each
    yield from kept.values()


def _essence(line: Line) -> object:
    record = line.record
    derived = KINDS[line.kind].table.derived
    if record.deleted_at is not None or not derived:
        return record.id
    return record.user, record.project, record.agent, derived["digest"][1](record)


# Values of a row


def text(row: Row, column: str) -> str | None:
    """The text of this column; None if it has none, or the row no such column."""
    value = row.get(column)
    if isinstance(value, bytes):
        raise ValueError(f"{column} is no text in UTF-8")
    return None if value is None or value == "" else str(value)


def needed(row: Row, column: str) -> str:
    """The text of a column that must name something, so it may not be blank."""
    said = text(row, column)
    if said is None or not said.strip():
        raise ValueError(f"{column} is empty")
    return said


def spoken(row: Row, column: str) -> str:
    """The text of a column as it was said, blanks too; it must not be empty."""
    said = text(row, column)
    if said is None:
        raise ValueError(f"{column} is empty")
    return said


def number(row: Row, column: str, default: int | None = None) -> int | None:
    """The whole number of this column, or the default."""
    value = row.get(column)
    if value is None:
        return default
    if not isinstance(value, int):
        raise ValueError(f"{column} is no whole number")
    return value


def count(row: Row, column: str, default: int | None = None) -> int | None:
    """The number of things that this column says, or the default. So large a one that sums of it could not be stored is refused."""
    value = number(row, column, default)
    return None if value is None else checked_count(value, column)


def choice(row: Row, column: str, choices: Mapping[str, str], default: str | None = None) -> str:
    """Our word for theirs. One that is not known is refused: the nearest could mean the opposite."""
    said = text(row, column) or default or ""
    if said not in choices:
        raise ValueError(f"{column} is {said!r}, which is not one of {', '.join(choices)}")
    return choices[said]


def structure(row: Row, column: str) -> dict[str, Any]:
    """The JSON object of this column; anything else is kept as the text it is."""
    said = text(row, column)
    if said is None:
        return {}
    try:
        value = sound(json.loads(said))
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {column: clean(said, column)}


def when(value: object) -> datetime:
    """The time that is meant: ISO 8601 (UTC unless it says otherwise), or seconds, milliseconds or microseconds since 1970, by their size."""
    if isinstance(value, str) and not re.fullmatch(r"-?\d+(\.\d+)?", value.strip()):
        stated = datetime.fromisoformat(value.strip())
        return stated.replace(tzinfo=UTC) if stated.tzinfo is None else stated.astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no time")
    exact = int(value) if isinstance(value, str) and "." not in value else value
    count = float(exact) if isinstance(exact, str) else exact
    unit = 1 if abs(count) > 10**14 else 1000 if abs(count) > 10**11 else 1_000_000
    return EPOCH + timedelta(microseconds=round(count * unit))


def time(row: Row, column: str) -> datetime | None:
    """The time of this column; None if it has none."""
    value = row.get(column)
    return None if value is None or value == "" else _timed(column, value)


def _timed(name: str, value: object) -> datetime:
    try:
        return when(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name} is no time: {value!r}") from error


# Records


def record_id(format: str, table: str, *parts: object) -> str:
    """The id of what stands there: the same for the same parts, so that reading it again adds nothing.

    Many files number their rows 1, 2, 3. Name beside such a key what tells the rows of two files apart: a text, a time.
    """
    told = json.dumps([format, table, *(_told(part) for part in parts)], ensure_ascii=True)
    raw = bytearray(hashlib.sha256(told.encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80  # RFC 9562: version 8, made by an application's own rule
    return id_text(bytes(raw))


def _told(part: object) -> object:
    if isinstance(part, datetime):
        return ["time", micros(part)]
    return ["bytes", part.hex()] if isinstance(part, bytes) else part


def made(kind: str, where: str, /, **values: Any) -> Line:
    """A record of this kind from its `id`, its `created_at` and what is particular to it; the rest of what every record has is filled in.

    Times may be given as the file has them. What cannot be stored is a ValueError or an `Invalid`, before anything is written.
    """
    table = KINDS[kind].table
    absent = {"tenant": "", **dict.fromkeys(PARTS, ""), "updated_at": values.get("created_at"), "deleted_at": None}
    absent |= {"version": 1} if table.versioned else {}
    given = absent | {name: value for name, value in values.items() if value is not None}
    if unknown := set(values) - {column.name for column in table.columns}:
        raise TypeError(f"{kind} have no {', '.join(sorted(unknown))}")
    return Line(where, kind, record_from(table, {column.name: _plain(column, given.get(column.name)) for column in table.columns}))


def _plain(column: Any, value: Any) -> Any:
    """A value as an export has it, which is what our own check of it takes."""
    if value is None:
        return None
    if column.codec.encode is micros:
        return (value if isinstance(value, datetime) else _timed(column.name, value)).isoformat()
    if isinstance(value, str) and column.codec.sql == "text" and column.codec.encode is None and column.name not in _NAMES:
        return clean(value, column.name, empty=True)
    return list(value) if isinstance(value, tuple) else value
