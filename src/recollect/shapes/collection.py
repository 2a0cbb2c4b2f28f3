"""Verbs that every kind of memory has, and the one way in which any kind reads and writes its rows."""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from operator import itemgetter
from typing import Any, ClassVar, Generic, TypeVar

from ..core.clock import micros, moment, optional_micros
from ..core.documents import Reading, documents, embedded, read
from ..core.effects import Begin, Change, Index, Language, Moment, Statement, Unindex, many, one, run, value
from ..core.ids import id_bytes, id_text, short_bytes
from ..core.operation import Async, Face, Room, operation, query, stream
from ..core.scope import PARTS, Scope
from ..core.table import Record, Table
from ..core.traits import Clause, alive, among, divided, held, visible, walls
from ..errors import Conflict, NotFound
from .values import checked_limit, one_of

R = TypeVar("R", bound=Record)

_parts = itemgetter(*PARTS)


def _who(user: str, agent: str) -> str:
    return f"{user or 'administrator'} {agent}".rstrip()


def ending(tail: bytes | None) -> Clause:
    """Those whose ids end like this."""
    return Clause("substr(id, 13, 4) = :tail", {"tail": tail})


LIVE = Clause("deleted_at is null")
_BASE = tuple(field.name for field in fields(Record))
PAGE = 500  # rows that a stream reads at once


class Collection(Room[Face], Generic[Face, R]):
    """One kind of memory in one scope."""

    table: ClassVar[Table[Any]]

    def __init__(self, house: Any) -> None:
        self._house, self._door, self._scope = house, house._door, house._scope

    @property
    def _inner(self) -> Any:
        return getattr(self._house._inner, self.table.name)

    @property
    def _flowing(self) -> Any:
        return getattr(self._house._flowing, self.table.name)

    @property
    def _whose(self) -> Scope:
        return replace(self._scope, user="") if self.table.tenant_wide else self._scope

    # what every kind can do

    @query
    async def get(self: Collection[Async, R], id: str) -> R | None:
        """The record with this id in this scope, or None."""
        return await self._find(id, (await Begin()).now)

    @query
    async def need(self: Collection[Async, R], id: str) -> R:
        """The record with this id; `NotFound` if there is none."""
        return await self._need(id)

    @query
    async def list(self: Collection[Async, R], *, limit: int = 100, after: str | None = None) -> builtins.list[R]:
        """Records of this scope, newest first (or by their natural key), at most `limit`; the next page begins `after` the last one's id."""
        return await self._page(checked_limit(limit), after)

    @stream
    async def iterate(self: Collection[Async, R], cursor: Any) -> tuple[builtins.list[R], Any]:
        """All records of this scope, one by one, in the order of `list`."""
        records = await self._page(PAGE, cursor)
        return records, records[-1].id if len(records) == PAGE else None

    @stream
    async def export(self: Collection[Async, R], cursor: Any) -> tuple[builtins.list[dict[str, Any]], Any]:
        """All records of this scope as plain mappings, deleted ones too, in the order of writing."""
        t = self.table
        where = held(t, self._scope)
        sql = f"select seq, {t.selected} from {t.name} where {where.sql} and seq > :cursor order by seq limit :page"
        rows = await Statement(sql, {**where.params, "cursor": cursor or 0, "page": PAGE}, list)
        return [plain(t.decode(*row[1:])) for row in rows], rows[-1][0] if len(rows) == PAGE else None

    @query
    async def count(self: Collection[Async, R]) -> int:
        """How many records this scope holds."""
        where = self._visible((await Begin()).now, follow=True) & self._shown()
        return int(await value(f"select count(*) from {self.table.name} where {where.sql}", **where.params))

    @query
    async def search(self: Collection[Async, R], query: str, *, limit: int = 10) -> builtins.list[R]:
        """The records that answer the query best, best first."""
        return await self._searched(query, limit=limit)

    @operation
    async def delete(self: Collection[Async, R], id: str) -> bool:
        """Delete the record; `undelete` brings it back. False if there is none."""
        moment_ = await Begin()
        record = await self._find(id, moment_.now)
        if record is None:
            return False
        await self._remove(record, moment_)
        return True

    @operation
    async def undelete(self: Collection[Async, R], id: str) -> bool:
        """Bring a deleted record back as it was. False if there is nothing to bring back."""
        moment_ = await Begin()
        record = await self._find_deleted(id)
        if record is None:
            return False
        await self._check_whole(record)
        await self._restore(record, moment_)
        return True

    @operation
    async def clear(self: Collection[Async, R]) -> int:
        """Delete everything that this scope lists; returns how many records that was."""
        moment_ = await Begin()
        records = await self._select(self._visible(moment_.now, follow=True) & self._shown(), "order by created_at, seq")
        for record in records:
            await self._remove(record, moment_)
        return len(records)

    # how bodies read

    async def _searched(self, query: str, **filters: Any) -> builtins.list[R]:
        """A search returns records, so what says the same as another is not folded into it."""
        return [hit.record for hit in await self._house._recall(query, kinds=[self.table.name], fold=False, **filters)]

    def _shown(self) -> Clause:
        """What lists leave out beside the deleted; a kind may have keys of the system."""
        return Clause("")

    def _visible(self, now: int, *, follow: bool = False) -> Clause:
        return visible(self.table, self._scope, now, follow=follow)

    def _those(self, ids: Iterable[bytes], where: Clause) -> Statement[builtins.list[R]]:
        """Of the records with these ids those that fit. They are looked up by id alone: what else is asked may hold for all that a user has."""
        t, named = self.table, among("id", ids)
        source = f"(select * from {t.name} where tenant = :tenant and {named.sql} {self._house._shared.dialect.fence}) as {t.name}"
        return many(t.decode, f"select {t.selected} from {source} where {where.sql}", **where.params, **named.params)

    def _select(self, where: Clause, tail: str = "", **params: Any) -> Statement[builtins.list[R]]:
        t = self.table
        return many(t.decode, f"select {t.selected} from {t.name} where {where.sql} {tail}", **where.params, **params)

    async def _find(self, id: str, now: int) -> R | None:
        """What `get` returns; a kind with a natural key looks for that first."""
        return await self._find_id(id, now)

    async def _find_id(self, id: str, now: int) -> R | None:
        return await self._meant(id, self._visible(now))

    async def _find_held(self, id: str, now: int) -> R | None:
        """By its id anything that the scope holds: of knowledge also what another level shadows, or is some project's."""
        return await self._meant(id, held(self.table, self._scope) & alive(self.table, now))

    async def _find_deleted(self, id: str) -> R | None:
        return await self._meant(id, held(self.table, self._scope) & Clause("deleted_at is not null"))

    async def _meant(self, id: str, among: Clause) -> R | None:
        """The record with this id, or the one whose id ends in these 8 characters; several such are an error that names them."""
        if (raw := id_bytes(id)) is not None:
            found = await self._select(among & Clause("id = :id", {"id": raw}))
        elif (tail := short_bytes(id)) is not None:
            found = await self._select(among & ending(tail), "limit 10")
        else:
            return None
        return one_of(id, [f"{self.table.name} {one.id}" for one in found], found)

    async def _id_meant(self, id: object) -> bytes | None:
        """The id that is meant: a whole one as it is, or the one within the walls that ends in these 8 characters, deleted or not."""
        tail = short_bytes(id)
        if tail is None:
            return id_bytes(id)
        where = walls(self._scope, tenant_wide=self.table.tenant_wide) & ending(tail)
        found = await many(bytes, f"select id from {self.table.name} where {where.sql} limit 10", **where.params)
        return one_of(id, [f"{self.table.name} {id_text(raw)}" for raw in found], found)

    async def _need(self, id: str) -> R:
        found = await self._find(id, (await Begin()).now)
        if found is None:
            raise NotFound(f"there is no {self.table.name} record {id!r} in this scope ({self._scope}); list them, or look in another scope")
        return found

    async def _page(self, limit: int, after: str | None) -> builtins.list[R]:
        where = self._visible((await Begin()).now, follow=True)
        if after is not None:
            place = await self._place(after)
            where &= Clause("(created_at, seq) < (:after_at, :after_seq)", {"after_at": place[0], "after_seq": place[1]})
        return await self._select(where, "order by created_at desc, seq desc limit :limit", limit=limit)

    async def _place(self, id: str) -> tuple[int, int]:
        """Where a record stands in the order of its kind, deleted or not, so that paging survives a deletion."""
        where = walls(self._scope, tenant_wide=self.table.tenant_wide)
        raw = await self._id_meant(id)
        found = await one(lambda *row: row, f"select created_at, seq from {self.table.name} where {where.sql} and id = :id", **where.params, id=raw)
        if found is None:
            raise NotFound(f"there is no {self.table.name} record {id!r} to go on after; begin again without after=")
        return found

    async def _versions(self, record: R, *, limit: int) -> builtins.list[R]:
        return await many(
            lambda body: thawed(self.table, body),
            "select body from versions where tenant = :tenant and record = :record order by version desc limit :limit",
            tenant=record.tenant,
            record=id_bytes(record.id),
            limit=limit,
        )

    async def _then(self, time: int) -> builtins.list[R]:
        """Rows that have stood since before `time`, and versions that stood at it, in this scope's levels."""
        t = self.table
        inside = walls(self._scope, tenant_wide=t.tenant_wide)
        seen = Clause("") if t.tenant_wide else divided(self._scope, knowledge=t.knowledge)
        standing = await self._select(inside & seen & self._shown() & Clause("updated_at <= :time", {"time": time}))
        closed = await many(
            lambda body: thawed(t, body),
            f"select body from versions where {inside.sql} and kind = :kind and began_at <= :time and ended_at > :time",
            **inside.params,
            kind=t.name,
            time=time,
        )
        levels = [part for part in ("project", "agent") if not t.tenant_wide]
        closed = [old for old in closed if t.hidden is None or not t.hidden(old)]
        return standing + [old for old in closed if all(getattr(old, part) in ("", getattr(self._scope, part)) for part in levels)]

    # how bodies write

    def _fresh(self, moment_: Moment, *, at: int | None = None) -> dict[str, Any]:
        """The fields of a new record that every kind has."""
        when = moment(moment_.now if at is None else at)
        scope = dict(zip(PARTS, self._scope.values(), strict=True))
        return {"id": id_text(moment_.new_id()), **scope, "created_at": when, "updated_at": when, "deleted_at": None}

    async def _read(self, text: str, user: str | None = None) -> Reading:
        owner = self._scope.user if user is None else user
        (reading,) = await self._embedded([read(text, await Language(self._scope.tenant, owner))])
        return reading

    async def _embedded(self, readings: builtins.list[Reading]) -> builtins.list[Reading]:
        """With their vectors, as far as those can be made at once."""
        return await embedded(readings) if self.table.embedded and self._house._shared.embedding is not None else readings

    async def _reading(self, record: R) -> Reading:
        text = self.table.text(record) if self.table.text else ""
        return read(text, await Language(record.tenant, record.user))

    async def _drafted(self, values: Mapping[str, Any]) -> tuple[R, Reading | None]:
        """A record of these values that has no id yet, and its text, analysed: the part that needs no transaction."""
        draft: R = self.table.record(**dict.fromkeys(_BASE, None), **values)
        if self.table.text is None:
            return draft, None
        return draft, await self._read(self.table.text(draft))

    async def _add_new(self, values: Mapping[str, Any], *, at: int | None = None) -> R:
        """Write a new record of these values."""
        draft, reading = await self._drafted(values)
        record = replace(draft, **self._fresh(await Begin(), at=at))
        await self._insert(record, reading)
        return record

    async def _insert(self, record: R, reading: Reading | None = None) -> None:
        """Write a new row, make it findable, log it."""
        params = self.table.encode(record)
        await run(self.table.insert, **params)
        await self._log(record, params, "add")
        await self._indexed(record, reading, params)

    async def _indexed(self, record: R, reading: Reading | None = None, params: Mapping[str, Any] | None = None) -> None:
        if self.table.text is not None:
            await Index(documents(self.table, record, reading or await self._reading(record), params))

    async def _change(self, before: R, after: R, action: str, moment_: Moment, *, keep: bool = True) -> R:
        """Write a record anew: what it was is kept if the kind is versioned, the index follows, the change is logged.

        Without `keep` it is still the same version: it says the same, and was only heard again.
        """
        if after == before and self.table.encode(after) == self.table.encode(before):  # to Python true and 1 are equal
            return before
        if keep:
            after = replace(after, updated_at=max(moment(moment_.now), before.updated_at))
        if self.table.versioned and keep:
            await self._keep(before, micros(after.updated_at))
            after = replace(after, version=before.version + 1)  # type: ignore[attr-defined, call-arg]
        params = self.table.encode(after)
        await run(self.table.update, **params)
        await self._log(after, params, action)
        await self._reindex(before, after)
        return after

    async def _restore(self, record: R, moment_: Moment) -> R:
        """What is a part of it, and was deleted with it, comes back with it."""
        together = Clause("deleted_at = :deleted_at", {"deleted_at": optional_micros(record.deleted_at)})
        for room, part in await self._parts(record, together):
            await room._restore(part, moment_)
        return await self._change(record, replace(record, deleted_at=None), "undelete", moment_)

    async def _remove(self, record: R, moment_: Moment) -> R:
        removed = await self._change(record, replace(record, deleted_at=moment(moment_.now)), "delete", moment_)
        for room, part in await self._parts(record, LIVE):
            await room._remove(part, moment_)
        return removed

    async def _check_whole(self, record: R) -> None:
        """A part does not come back without the whole."""
        for column, whole in self.table.part_of:
            if whole != "*" and await getattr(self._house, whole)._select(
                Clause("tenant = :tenant and id = :id and deleted_at is not null", {"tenant": record.tenant, "id": id_bytes(getattr(record, column))})
            ):
                raise Conflict(f"this is a part of the deleted {whole} record {getattr(record, column)}; call {whole}.undelete with that id first")

    async def _parts(self, record: R, more: Clause, kind: str | None = None) -> builtins.list[tuple[Any, Any]]:
        """Records of other kinds that are parts of this one, with their rooms, in the order of time."""
        found: builtins.list[tuple[Any, Any]] = []
        for name, column in self._part_columns:
            if kind in (None, name):
                room = getattr(self._house, name)
                where = Clause(f"tenant = :tenant and {column} = :whole", {"tenant": record.tenant, "whole": id_bytes(record.id)})
                if room.table.part_of[0][1] != "*":  # links may lead into anybody's memory of the tenant; a message is its conversation's owner's
                    where &= Clause('"user" = :owner', {"owner": record.user})
                found += [(room, part) for part in await room._select(where & more, "order by created_at, seq")]
        return found

    @property
    def _part_columns(self) -> builtins.list[tuple[str, str]]:
        kinds = self._house._kinds.items()
        return [(name, column) for name, kind in kinds for column, whole in kind.table.part_of if whole in ("*", self.table.name)]

    async def _reindex(self, before: R, after: R) -> None:
        if self.table.text is None:
            return
        old = documents(self.table, before, await self._reading(before)) if before.deleted_at is None else ()
        new = documents(self.table, after, await self._reading(after)) if after.deleted_at is None else ()
        if old != new:
            await Unindex(old)
            await Index(new)

    async def _keep(self, record: R, until: int) -> None:
        """Close the current version: it was true until now."""
        await run(
            """
            insert into versions (tenant, "user", kind, record, version, began_at, ended_at, body)
            values (:tenant, :user, :kind, :record, :version, :began_at, :ended_at, :body)
            """,
            tenant=record.tenant,
            user=record.user,
            kind=self.table.name,
            record=id_bytes(record.id),
            version=record.version,  # type: ignore[attr-defined]
            began_at=micros(record.updated_at),
            ended_at=until,
            body=frozen(self.table, record),
        )

    async def _log(self, record: R, params: Mapping[str, Any], action: str) -> None:
        t = self.table
        who = "" if t.tenant_wide else _who(self._scope.user, self._scope.agent)
        await Change(t.name, params["id"], action, _parts(params), t.logged(params), who)

    def __repr__(self) -> str:
        return f"<{self.table.name} of {self._scope}>"


def plain(record: Record) -> dict[str, Any]:
    """A record as JSON knows it: times as ISO strings, tuples as lists."""

    def said(value: Any) -> Any:
        if hasattr(value, "isoformat"):
            return value.isoformat()
        return list(value) if isinstance(value, tuple) else value

    return {field.name: said(getattr(record, field.name)) for field in fields(record)}


def line_of(kind: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """A plain record with its kind; what a link calls its own kind stands under ``kind_``."""
    return {"kind": kind, **{"kind_" if name == "kind" else name: value for name, value in held.items()}}


def frozen(table: Table[Any], record: Record) -> str:
    """A record as a version keeps it: its stored values by column, so that a column added later can be missing."""
    params = table.encode(record)
    return json.dumps({name: {"b": raw.hex()} if isinstance(raw, bytes) else raw for name, raw in params.items()}, separators=(",", ":"))


def thawed(table: Table[Any], body: str) -> Any:
    params = {name: bytes.fromhex(raw["b"]) if isinstance(raw, dict) else raw for name, raw in json.loads(body).items()}
    return table.decode(*(params.get(column.name) for column in table.columns))
