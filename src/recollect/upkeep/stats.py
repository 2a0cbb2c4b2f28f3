"""What is in a memory, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.effects import Begin, value
from ..core.traits import Clause, held, walls
from ..recall.search import ready_spaces
from .embedding import Line


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts by kind (live and deleted), users, what recall goes by, and work that waits (by name).

    `bytes` is the size of the whole database, and None in a scope: others' rows are none of its business.
    """

    counts: Mapping[str, int]
    deleted: Mapping[str, int]
    users: int
    bytes: int | None
    search: str
    pending: Mapping[str, int]


async def stats(house: Any) -> Stats:
    await Begin()
    scope = house._scope
    whole = not any(scope.values())
    counts: dict[str, int] = {}
    deleted: dict[str, int] = {}
    for name, kind in house._kinds.items():
        where = held(kind.table, scope)
        for target, condition in ((counts, "deleted_at is null"), (deleted, "deleted_at is not null")):
            if whole:  # the file, every tenant: `tenant` is named so that no statement goes without it
                target[name] = await value(f"select count(*) from {name} where tenant >= '' and {condition}")
            else:
                target[name] = await value(f"select count(*) from {name} where {where.sql} and {condition}", **where.params)
    space = house._engine.maker.space
    waiting = await Line(house, space).waiting() if space is not None else 0
    seen = walls(scope) if not whole else Clause("tenant >= ''")
    return Stats(
        counts=counts,
        deleted=deleted,
        users=await value(f"select count(*) from owners where {seen.sql}", **seen.params),
        bytes=await value(house._shared.dialect.bytes) if whole else None,
        search=await _search(house, waiting),
        pending={"vectors": waiting} if waiting else {},
    )


async def _search(house: Any, waiting: int) -> str:
    """What recall goes by, in words."""
    embedding, maker = house._shared.embedding, house._engine.maker
    if embedding is None:
        return "words"
    await ready_spaces(house)
    answering = maker.answering
    if answering is None:
        return f"words; vectors of {embedding.name} are being made ({waiting} texts wait)"
    said = f"words and vectors of {answering.embedding.name}"
    return said if answering.space == maker.space else f"{said}; those of {embedding.name} are being made ({waiting} texts wait)"
