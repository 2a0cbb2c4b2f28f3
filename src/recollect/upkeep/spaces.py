"""Spaces of vectors: a memory's documents have vectors of one model or of several side by side, and vectors of two models never meet.

A new model's space is filled while the old one answers. It answers itself from the transaction on in which the last document had its turn.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from ..core.clock import DAY
from ..core.dialect import SPACES
from ..core.effects import Begin, Moment, OwnersChanged, many, run, value
from ..core.ids import id_text
from ..core.operation import Async, Face, Room, operation, query
from ..core.traits import Clause
from ..embedders import Asked, Embedding, embedding
from ..errors import Conflict, RecollectError
from .problem import Problem

UNUSED = 30 * DAY
"""A space that no opening asked for so long is dropped when the memory is vacuumed, if another one can answer."""


class Space(NamedTuple):
    number: int
    name: str
    spec: str | None
    dimension: int
    ready: int
    used_at: int


class Standing(NamedTuple):
    """What an engine has to know of the spaces when it opens."""

    own: int | None
    answering: Asked | None
    waiting: bool  # whether texts wait in the own space
    fresh: bool  # whether it was noted within a day that the own space is used


async def spaces() -> list[Space]:
    """All there are, the newest last."""
    return await many(Space, "select number, name, spec, dimension, ready, used_at from spaces order by number")


class Spaces(Room[Face]):
    """What is done about spaces, for the whole memory."""

    def __init__(self, house: Any) -> None:
        self._house, self._door, self._scope = house, house._door, house._scope

    @property
    def _inner(self) -> Spaces[Any]:
        return Spaces(self._house._inner)

    @query
    async def standing(self: Spaces[Async]) -> Standing:
        """The own space, if it is known yet, and which one answers."""
        now, own, known = (await Begin()).now, self._house._shared.embedding, await spaces()
        found = _of(own, known)
        if found is None:
            return Standing(None, _former(known), waiting=False, fresh=False)
        if found.dimension != own.dimension:
            raise Conflict(
                f"this memory has vectors of {own.name!r} with {found.dimension} numbers each, and the embedder now makes {own.dimension}; "
                "give the changed model another name"
            )
        waiting = await value("select 1 from pending where space = :space and tenant >= '' limit 1", space=found.number)
        answering = Asked(found.number, own) if found.ready else _former(known)
        return Standing(found.number, answering, waiting=waiting is not None, fresh=found.used_at >= now - DAY)

    @operation
    async def join(self: Spaces[Async]) -> None:
        """Begin the own space if it is new: every document that takes part gets in line. Note that it is used."""
        moment, own = await Begin(), self._house._shared.embedding
        known = _of(own, await spaces())
        if known is None:
            await self._begin(own, moment)
        else:
            await run("update spaces set used_at = :now where number = :number", now=moment.now, number=known.number)

    async def _begin(self, own: Embedding, moment: Moment) -> None:
        number = 1 + await _last()
        if number >= SPACES:
            raise Conflict(f"this memory has had {SPACES - 1} embedders, which is all that it has room for; export it into a new one")
        kinds = ", ".join(f"'{name}'" for name in _taking_part(self._house))
        there = Clause(f"tenant >= '' and kind in ({kinds})")
        waiting = await value(f"select 1 from documents where {there.sql} limit 1")
        await run(
            """insert into spaces (number, name, spec, dimension, ready, made_at, used_at)
            values (:number, :name, :spec, :dimension, :ready, :now, :now)""",
            number=number, name=own.name, spec=own.spec, dimension=own.dimension, ready=int(waiting is None), now=moment.now,
        )  # fmt: skip
        if waiting is not None:
            await run(
                f"""insert into pending (document, space, owner, tenant, ticket, attempts, retry_at)
                select number, :number, owner, tenant, :ticket + number, 0, 0 from documents where {there.sql}""",
                number=number,
                ticket=random.getrandbits(61),
            )
        await OwnersChanged()

    @operation
    async def drop_unused(self: Spaces[Async]) -> int:
        """Drop the spaces that nobody asked for in `UNUSED`, unless it is the only one that answers; returns how many."""
        until, known = (await Begin()).now - UNUSED, await spaces()
        gone = [space for space in known if space.used_at < until and any(other.ready for other in known if other.used_at > space.used_at)]
        if gone:  # some process may still ask for it, so its number is never another's
            sql = "insert into settings values ('spaces', :last) on conflict (name) do update set value = excluded.value"
            await run(sql, last=str(await _last()))
        for space in gone:
            for table in ("vectors", "pending"):
                await run(f"delete from {table} where tenant >= '' and space = :space", space=space.number)
            await run("delete from spaces where number = :number", number=space.number)
        if gone:
            await OwnersChanged()
        return len(gone)


async def _last() -> int:
    """The highest number that a space has, or had."""
    dropped = await value("select value from settings where name = 'spaces'")
    return max(int(await value("select coalesce(max(number), 0) from spaces")), int(dropped or 0))


def _of(own: Embedding, known: list[Space]) -> Space | None:
    return next((space for space in known if space.name == own.name), None)


def _former(known: list[Space]) -> Asked | None:
    """The newest space that answers and whose model can be had again by its name."""
    for space in reversed(known):
        if space.ready and space.spec is not None:
            try:
                model = embedding(space.spec)
            except RecollectError:  # it is not installed any more: words answer meanwhile
                continue
            if model is not None and (model.name, model.dimension) == (space.name, space.dimension):
                return Asked(space.number, model)
    return None


def _taking_part(house: Any) -> list[str]:
    """The kinds whose texts have vectors."""
    return [name for name, kind in house._kinds.items() if kind.table.embedded]


async def verify_vectors(house: Any, inside: Clause) -> list[Problem]:
    """Whether each document that takes part has a vector of the right length, or a place in the line, in each space; and nothing else has."""
    owners = Clause(f"tenant = :tenant and owner in (select number from owners where {inside.sql})", inside.params)
    problems = []
    taking_part = _taking_part(house)
    documents = await many(lambda *row: row, f"select number, kind, record from documents where {owners.sql}", **owners.params)
    expected = {number: f"{kind} {id_text(record)}" for number, kind, record in documents if kind in taking_part}
    for space in await spaces():
        held = f"where space = :space and {owners.sql}"
        sizes = await many(lambda *row: row, f"select document, length(vector) from vectors {held}", space=space.number, **owners.params)
        waiting = {*await many(int, f"select document from pending {held}", space=space.number, **owners.params)}
        sized = dict(sizes)
        for document, size in sizes:
            if document not in expected:
                problems.append(Problem("vectors", f"vector {document}", f"there is a vector of {space.name} that belongs to no text"))
            elif size != 2 * space.dimension:
                problems.append(
                    Problem("vectors", expected[document], f"the vector of {expected[document]} is not as it was written; restore it from a backup")
                )
        for document, what in expected.items():
            if (document in sized) == (document in waiting):
                said = "has no vector" if document not in sized else "has a vector, and waits for one,"
                problems.append(Problem("vectors", what, f"{what} {said} in the space of {space.name}"))
    return problems
