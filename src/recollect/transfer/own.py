"""Our own export: one JSON object a line, in an order that an import keeps, so that export → import → export gives the same bytes.

The first line says what the file is. Then owners (their language), then every kind's records in the order of writing, deleted ones too,
then closed versions. The change log stays behind: it vouches for one file's history, and an import begins a new one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any, TextIO

from ..core.clock import micros
from ..core.effects import Begin, Statement, many, value
from ..core.ids import id_bytes, id_text
from ..core.operation import Async, Room, query
from ..core.paths import checked_path
from ..core.scope import PARTS, checked
from ..core.table import JSON, Table
from ..core.text import clean
from ..core.traits import Clause, held, holds, walls
from ..engines.connection import in_use
from ..engines.vectors import first_stamp
from ..errors import Conflict, Denied, Full, Invalid
from ..shapes.collection import frozen, line_of, plain, thawed
from ..shapes.values import checked_count, checked_share
from ..upkeep.owners import NEW_OWNER
from .foreign import BadRecord

NAME = "recollect"
HEADER = {"recollect": "export", "format": 1}
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an export, read and checked."""

    where: str
    kind: str
    record: Any  # a record; of `versions` and `owners` the mapping itself


def recognises(head: bytes) -> bool:
    return re.match(rb'\s*\{\s*"recollect"\s*:\s*"export"', head) is not None


def check_format(head: bytes) -> None:
    """Refuse what a later version wrote: its lines may mean something else."""
    try:
        written = json.loads(head.split(b"\n", 1)[0])["format"]
    except (ValueError, KeyError, TypeError):
        written = None
    if written != HEADER["format"]:
        raise Invalid(f"this export has the format {written!r}, this version reads {HEADER['format']}; use the version that wrote it")


async def write(house: Any, file: TextIO) -> int:
    """Write every line; returns how many records that was. One snapshot, however long it takes."""
    await Begin()
    lines = 0
    file.write(_dumped(HEADER))
    scope = house._scope
    inside = Clause("tenant >= ''") if not any(scope.values()) else walls(scope)
    for owner in await many(
        lambda tenant, user, language: {"kind": "owners", "tenant": tenant, "user": user, "language": language},
        f'select tenant, "user", language from owners where {inside.sql} order by tenant, "user"',
        **inside.params,
    ):
        file.write(_dumped(owner))
    for name, kind in house._kinds.items():
        if kind.table.tenant_wide and scope.user:
            continue
        lines += await _table(kind.table, inside if not any(scope.values()) else held(kind.table, scope), file, name)
    return lines + await _versions(house, inside, file)


async def _table(table: Table[Any], inside: Clause, file: TextIO, name: str) -> int:
    lines = after = 0
    while True:
        rows: list[Any] = await Statement(
            f"select seq, {table.selected} from {table.name} where {inside.sql} and seq > :after order by seq limit :page",
            {**inside.params, "after": after, "page": PAGE},
            list,
        )
        for row in rows:
            file.write(_dumped(line_of(name, plain(table.decode(*row[1:])))))
        lines += len(rows)
        if len(rows) < PAGE:
            return lines
        after = rows[-1][0]


async def _versions(house: Any, inside: Clause, file: TextIO) -> int:
    lines = after = 0
    while True:
        rows: list[Any] = await Statement(
            f"""select seq, kind, record, version, began_at, ended_at, body from versions
            where {inside.sql} and seq > :after order by seq limit :page""",
            {**inside.params, "after": after, "page": PAGE},
            list,
        )
        for _, kind, record, version, began_at, ended_at, body in rows:
            was = thawed(house._kinds[kind].table, body)
            if not holds(house._scope, house._kinds[kind].table, was):
                continue
            lines += 1
            line = {"kind": "versions", "of": kind, "record": id_text(record), "version": version, "began_at": began_at, "ended_at": ended_at}
            file.write(_dumped({**line, "body": plain(was)}))
        if len(rows) < PAGE:
            return lines
        after = rows[-1][0]


def _dumped(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


class Exporter(Room[Async]):
    """The one query of an export, so that all of it is one snapshot."""

    def __init__(self, house: Any) -> None:
        self._house, self._door, self._scope = house, house._door, house._scope

    @property
    def _inner(self) -> Exporter:
        return Exporter(self._house._inner)

    @query
    async def written(self: Exporter, path: str) -> int:
        """Write beside the file, then put it in its place: a reader never sees half an export."""
        part = path + ".part"
        try:
            with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline="\n") as file:
                lines = await write(self._house, file)
            os.replace(part, path)
        except OSError as error:
            _remove(part)
            if error.errno == 28:
                raise Full("the disk is full; free some space and export again") from error
            raise Denied(f"{path} cannot be written ({error.strerror}); choose another place") from error
        except BaseException:
            _remove(part)
            raise
        return lines


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)


async def export(house: Any, path: str | os.PathLike[str]) -> int:
    target = os.path.abspath(os.path.expanduser(checked_path(path)))
    if os.path.isdir(target):
        raise Invalid(f"{target} is a directory; name a file in it, such as {os.path.join(target, 'memory.jsonl')}")
    if in_use(target):
        raise Conflict(f"{target} is a memory that is open; name another file")
    return int(await Exporter(house).written(target))


# reading


def lines(path: Path, kinds: Mapping[str, Any]) -> Iterator[Line | BadRecord]:
    """The lines of an export; a bad one is named and passed over."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if number == 1 or not raw.strip():
                continue
            where = f"line {number}"
            try:
                yield _line(where, json.loads(raw.decode()), kinds)
            except UnicodeDecodeError:
                yield BadRecord(where, "this line is not UTF-8")
            except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
                yield BadRecord(where, f"this line is no record of an export ({error})")


def _line(where: str, found: dict[str, Any], kinds: Mapping[str, Any]) -> Line:
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    kind = found.pop("kind")
    if kind == "owners":
        return Line(where, kind, {name: str(found[name]) for name in ("tenant", "user", "language")})
    if kind == "versions":
        table = kinds[found["of"]].table
        numbers = {name: int(found[name]) for name in ("version", "began_at", "ended_at")}
        return Line(where, kind, {**found, **numbers, "body": record_from(table, found["body"])})
    if kind not in kinds:
        raise ValueError(f"the kind {kind!r} is not known")
    if "kind_" in found:
        found["kind"] = found.pop("kind_")
    return Line(where, kind, record_from(kinds[kind].table, found))


def record_from(table: Table[Any], found: Mapping[str, Any]) -> Any:
    """A record from its plain form; every value must be of its column's type."""
    values: dict[str, Any] = {}
    for column in table.columns:
        held = found.get(column.name)
        if held is None and column.required:
            raise ValueError(f"{column.name} is missing")
        values[column.name] = None if held is None else _typed(column, held)
        if column.name == table.key:
            checked("its key", held)
    record = table.record(**values)
    if id_bytes(record.id) is None:
        raise ValueError(f"{record.id!r} is no id")
    table.encode(record)
    if table.check is not None:
        table.check(record)
    return record


def _typed(column: Any, held: Any) -> Any:
    """A value of the column's type, as we would have stored it."""
    sort = column.codec
    if sort.encode is micros:
        at = datetime.fromisoformat(held)
        micros(at)
        return at
    if sort.encode is id_bytes and id_bytes(held) is None:
        raise ValueError(f"{column.name} is no id")
    if sort.decode is bool and not isinstance(held, bool):
        raise ValueError(f"{column.name} must be true or false")
    if sort.sql == "integer" and sort.decode is not bool and (not isinstance(held, int) or isinstance(held, bool) or not -(2**63) <= held < 2**63):
        raise ValueError(f"{column.name} must be a whole number")
    if sort.sql == "text" and sort.encode is None and (not isinstance(held, str) or clean(held, column.name, empty=True) != held):
        raise ValueError(f"{column.name} must be a text")
    if sort is JSON:
        return held
    if sort.sql == "real" and (isinstance(held, bool) or not isinstance(held, (int, float)) or not isfinite(held)):
        raise ValueError(f"{column.name} must be a number")
    if sort.sql == "text" and sort.encode is not None and not isinstance(held, (list, dict)):
        raise ValueError(f"{column.name} must be a list or a mapping")
    if check := _CHECKS.get(column.name):
        check(held)
    return tuple(held) if isinstance(held, list) else held


def _filled(held: Any) -> None:
    if held == "":
        raise ValueError("a text is empty")


def _texts(held: list[Any]) -> None:
    if not isinstance(held, list) or not all(isinstance(one, str) and one for one in held):
        raise ValueError("tags must be texts")


def _counted(held: int) -> None:
    if held < 1:
        raise ValueError("a version is 1 or more")


def _sum(held: Any) -> None:
    if isinstance(held, int):
        checked_count(held, "a count")


# A name means the same in every kind, so its rule is the same too.
_CHECKS: Mapping[str, Callable[[Any], object]] = {
    **dict.fromkeys(PARTS, lambda held: held and checked("a part of its scope", held)),
    **dict.fromkeys(("text", "value", "title", "summary"), _filled),
    **dict.fromkeys(("type", "canonical", "external_id"), lambda held: checked("its name", held)),
    "importance": lambda held: checked_share(held, "importance"),
    "tags": _texts,
    "version": _counted,
    **dict.fromkeys(("tokens", "input", "output", "cache_read", "cache_creation", "reinforced", "seen", "used", "days", "attempts"), _sum),
}


def owner_of(line: Line) -> tuple[str, str]:
    """Whose rows a line is about."""
    if line.kind == "owners":
        return line.record["tenant"], line.record["user"]
    record = line.record["body"] if line.kind == "versions" else line.record
    return record.tenant, record.user


async def insert(house: Any, line: Line) -> str | None:
    """Put one line into the house; returns the kind that grew, or None if it was known. Raises what the house refuses."""
    if line.kind == "owners":
        return await _owner(house, line.record)
    if line.kind == "versions":
        return await _version(house, line.record)
    room = getattr(house, line.kind)
    table, record = room.table, line.record
    _allowed(house, record.tenant, record.user)
    params = table.encode(record)
    await _check_wholes(house, table, params)
    put = await value(f"{table.insert} on conflict do nothing returning 1", **params)
    if put is None:
        return None
    await room._log(record, params, "import")
    if record.deleted_at is None:
        await room._indexed(record)
    return line.kind


async def _check_wholes(house: Any, table: Table[Any], params: Mapping[str, Any]) -> None:
    """What a record is a part of must be here, and be its owner's: else it would hang in the air, or in another's memory."""
    owner = {"tenant": params["tenant"], "user": params["user"]}
    for column, whole in table.part_of:
        kinds, mine = ([whole], '"user" = :user') if whole != "*" else (house._kinds, """(:user = '' or "user" in (:user, ''))""")
        held = " union all ".join(f"select 1 from {kind} where tenant = :tenant and {mine} and id = :id" for kind in kinds)
        if await value(f"select 1 from ({held}) w", **owner, id=params[column]) is None:
            raise Invalid(f"the record that it belongs to ({column} {id_text(params[column])}) is not here; import that one too")


def _allowed(house: Any, tenant: str, user: str) -> None:
    scope = house._scope
    if any(scope.values()) and (tenant != scope.tenant or (scope.user and user != scope.user)):
        raise Denied(f"it belongs to tenant {tenant!r}, user {user!r}; import it into that scope, or into the unscoped memory")


async def _owner(house: Any, owner: Mapping[str, str]) -> str | None:
    """An owner's language counts as long as nothing of theirs is here; else what is here was indexed by another."""
    _allowed(house, owner["tenant"], owner["user"])
    await value(f"{NEW_OWNER} on conflict do nothing returning 1", **owner, stamp=first_stamp())
    return None


async def _version(house: Any, found: Mapping[str, Any]) -> str | None:
    body, kind = found["body"], found["of"]
    _allowed(house, body.tenant, body.user)
    if id_bytes(found["record"]) is None or found["of"] not in house._kinds:
        raise Invalid("a version must name its record and kind")
    table = house._kinds[kind].table
    owner = {"tenant": body.tenant, "user": body.user, "id": id_bytes(found["record"])}
    if body.id != found["record"] or not await value(f'select 1 from {table.name} where tenant = :tenant and "user" = :user and id = :id', **owner):
        return None  # its record did not come in: another holds its place here
    put = await value(
        """insert into versions (tenant, "user", kind, record, version, began_at, ended_at, body)
        values (:tenant, :user, :kind, :record, :version, :began_at, :ended_at, :body) on conflict do nothing returning 1""",
        tenant=body.tenant,
        user=body.user,
        kind=kind,
        record=id_bytes(found["record"]),
        version=int(found["version"]),
        began_at=int(found["began_at"]),
        ended_at=int(found["ended_at"]),
        body=frozen(table, body),
    )
    if put is not None:
        await getattr(house, kind)._log(body, table.encode(body), "import version")
    return None
