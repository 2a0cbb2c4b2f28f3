"""Links: what connects two records, how strongly, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import micros, optional_micros
from ..core.effects import Begin, Moment, many
from ..core.ids import id_bytes, id_text
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Codec, Id, Record, Table, Versioned
from ..core.traits import Clause
from ..errors import Conflict, Invalid, NotFound
from ..shapes.belief import Belief
from ..shapes.values import checked_choice, checked_share, digest, exact, id_of

DIRECTIONS = ("both", "out", "in")


@dataclass(frozen=True, slots=True)
class Link(Versioned):
    """One connection, from `source` to `target`; valid from `valid_from` (inclusive) to `valid_to` (exclusive), None being always."""

    source: Id
    target: Id
    kind: str
    weight: float
    valid_from: datetime | None
    valid_to: datetime | None


def _same(link: Link) -> bytes:
    return digest(" ".join(map(str, (link.source, link.target, link.kind.encode().hex(), optional_micros(link.valid_from)))))


class Links(Belief[Face, Link]):
    """Between any two records. The same records, kind and beginning are the same link. Links go where the records at their ends go."""

    table: ClassVar = Table(
        name="links",
        record=Link,
        knowledge=True,
        versioned=True,
        aside=True,
        text=lambda link: link.kind.replace("_", " "),
        part_of=(("source", "*"), ("target", "*")),
        derived={"digest": (Codec("blob"), _same)},
    )

    @operation
    async def add(
        self: Links[Async],
        source: Any,
        target: Any,
        kind: str = "related_to",
        weight: float = 1.0,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
    ) -> Link:
        """Connect two records of this scope (or their ids). Known already, the link gets this weight and this end.

        `kind` has 1 to 255 characters, `weight` goes from 0 to 1, `valid_to` is after `valid_from`; a record is not linked to itself
        (`Invalid`), and what this scope does not see is `NotFound`.
        """
        checked("kind", kind)
        strength, begins, ends = checked_share(weight, "weight"), exact(valid_from), exact(valid_to)
        if begins is not None and ends is not None and ends <= begins:
            raise Invalid(f"valid_to {ends.isoformat()} is not after valid_from {begins.isoformat()}; exchange them")
        moment_ = await Begin()
        one, other = [await self._end(end) for end in (source, target)]
        if one == other:
            raise Invalid("a link connects two records; these are the same one")
        values: dict[str, Any] = {"source": one, "target": other, "kind": kind, "weight": strength, "valid_from": begins, "valid_to": ends}
        link = Link(**self._fresh(moment_), version=1, **values)
        known = await self._same(_same(link))
        if known is not None:
            return await self._change(known, replace(known, weight=strength, valid_to=ends), "update", moment_)
        await self._insert(link)
        return link

    @query
    async def of(self: Links[Async], record: Any, *, kind: str | None = None, direction: str = "both", at: datetime | None = None) -> list[Link]:
        """The links of a record, newest first: of this kind, leading `out` of it or `in` to it or both, valid at this time (any)."""
        ends = {"both": "(source = :end or target = :end)", "out": "source = :end", "in": "target = :end"}
        end = Clause(ends[checked_choice(direction, "direction", DIRECTIONS)], {"end": await self._house._id_meant(id_of(record))})
        where = self._visible((await Begin()).now) & end
        if at is not None:
            where &= _valid(micros(at))
        if kind is not None:
            where &= Clause("kind = :kind", {"kind": checked("kind", kind)})
        return await self._select(where, "order by created_at desc, seq desc")

    @operation
    async def undelete(self: Links[Async], id: str) -> bool:
        """Bring a deleted link back as it was. False if there is nothing to bring back; a `Conflict` while an end of it is deleted."""
        link = await self._find_deleted(id)
        if link is not None and (dead := await self._dead_ends(link)):
            raise Conflict(f"the link {link.id} connects the record {dead[0].id}, which is deleted; undelete that one first")
        return await super().undelete(id)

    async def _restore(self, record: Link, moment_: Moment) -> Link:
        """It comes back with the end that it went with; while the other one is deleted, it waits for that."""
        dead = await self._dead_ends(record)
        if len(dead) < 2:
            return await super()._restore(record, moment_)
        other = next((end for end in dead if end.deleted_at != record.deleted_at), dead[0])
        return await self._change(record, replace(record, deleted_at=other.deleted_at), "delete", moment_)

    async def _dead_ends(self, link: Link) -> list[Record]:
        ends = {"tenant": link.tenant, "source": id_bytes(link.source), "target": id_bytes(link.target)}
        where = Clause("tenant = :tenant and id in (:source, :target) and deleted_at is not null", ends)
        return [end for name in self._house._kinds for end in await getattr(self._house, name)._select(where)]

    async def _walk(self, start: str, depth: int, kind: str | None, at: int) -> list[tuple[str, int]]:
        """The ids of what can be reached, with the number of steps: one statement, however far."""
        where = self._visible((await Begin()).now) & _valid(at)
        if kind is not None:
            where &= Clause("kind = :kind", {"kind": kind})
        blob = self._house._shared.dialect.blob
        sql = f"""with recursive near (place, far) as (
                select cast(:start as {blob}), 0
                union
                select case when source = place then target else source end, far + 1
                from near join links on source = place or target = place
                where {where.sql} and far < :depth
            )
            select place, min(far) from near where place <> :start group by place order by 2, 1"""
        return await many(lambda place, far: (id_text(place), far), sql, **where.params, start=id_bytes(start), depth=depth)

    async def _end(self, record: Any) -> str:
        found = await self._house._any(id_of(record))
        if found is None:
            raise NotFound(f"there is no record {id_of(record)!r} in this scope ({self._scope}) to link; store it first")
        return str(found.id)


def _valid(at: int) -> Clause:
    return Clause("(valid_from is null or valid_from <= :valid) and (valid_to is null or valid_to > :valid)", {"valid": at})
