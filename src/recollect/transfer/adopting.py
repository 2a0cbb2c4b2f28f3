"""Whose the records of a foreign database become, and what of it stays out because of what is here already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.clock import micros
from ..core.effects import one, value
from ..core.ids import id_bytes
from ..core.scope import Scope
from ..errors import NotFound
from . import own
from .foreign import BadRecord

DIVISIONS = ("agent", "project", "channel", "session")


def adopted(read: Callable[[], Iterable[Any]], scope: Scope, kinds: Mapping[str, Any], path: Path) -> Iterator[Any]:
    """The lines as this scope's. Without a user, each foreign user becomes the user of that name.

    A scope with a user takes everything from a file of one user, and from one of several the rows of the user of the same name.
    """
    users = {own.owner_of(item)[1] for item in read() if isinstance(item, own.Line)} - {""} if scope.user else set[str]()
    others = 0
    for item in read():
        if not isinstance(item, own.Line):
            yield item
        elif scope.user and (_shared(item, kinds) or (len(users) > 1 and own.owner_of(item)[1] != scope.user)):
            others += 1
        else:
            yield _of(item, scope, kinds)
    if others:
        count = "1 record is" if others == 1 else f"{others:,} records are"
        whose = f"of other users than {scope.user!r}, or of all; import into a scope without a user to have everything"
        yield BadRecord(path.name, f"{count} {whose}.")


def _shared(line: own.Line, kinds: Mapping[str, Any]) -> bool:
    return line.kind in kinds and kinds[line.kind].table.tenant_wide


def _of(line: own.Line, scope: Scope, kinds: Mapping[str, Any]) -> own.Line:
    owner = {"tenant": scope.tenant, "user": scope.user or own.owner_of(line)[1]}
    if line.kind == "owners":
        return replace(line, record={**line.record, **owner})
    record = line.record["body"] if line.kind == "versions" else line.record
    if not _shared(line, kinds):
        owner |= {part: getattr(record, part) or getattr(scope, part) for part in DIVISIONS}
    record = replace(record, **owner)
    return replace(line, record={**line.record, "body": record} if line.kind == "versions" else record)


class Places:
    """What is here already, as far as it decides about lines that come in."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self._gone: dict[tuple[str, str], bool] = {}

    async def withheld(self, line: own.Line) -> bool:
        """Whether it is a part of something that was deleted here: then it stays out, as it would have gone with it."""
        record = line.record
        for column, kind in self._house._kinds[line.kind].table.part_of if line.kind in self._house._kinds else ():
            if record.deleted_at is None and await self._deleted(kind, getattr(record, column), record):
                return True
        return False

    async def _deleted(self, kind: str, id: str, part: Any) -> bool:
        key = (kind, id)
        if key not in self._gone:
            tables = self._house._kinds if kind == "*" else (kind,)
            each = (f'select deleted_at from {table} where tenant = :tenant and "user" = :user and id = :id' for table in tables)
            found = await one(lambda at: (at,), " union all ".join(each), tenant=part.tenant, user=part.user, id=id_bytes(id))
            if found is None:
                which = "a record of any kind" if kind == "*" else f"one of the {kind}"
                raise NotFound(f"what it belongs to did not come in ({which})")
            self._gone[key] = found[0] is not None
        return self._gone[key]

    async def came_in(self, line: own.Line) -> None:
        """A message that was said in a conversation: it is as recent as that."""
        if line.kind == "messages":
            await self._house.conversations._touch(line.record.conversation, micros(line.record.created_at))

    async def displaced(self, line: own.Line) -> BadRecord | None:
        """Why a line that was not put here is not known either: a record of its own is not what stands in its place."""
        if line.kind not in self._house._kinds:
            return None
        record = line.record
        sql = f'select 1 from {line.kind} where tenant = :tenant and "user" = :user and id = :id'
        if await value(sql, tenant=record.tenant, user=record.user, id=id_bytes(record.id)):
            return None
        return BadRecord(line.where, f"Another of the {line.kind} stands in its place here, and stays.")
