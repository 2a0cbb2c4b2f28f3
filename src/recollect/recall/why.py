"""Why a record was found for a question, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..core.clock import micros, moment
from ..core.effects import Begin
from ..core.traits import held
from .asking import Ask, asked, expired
from .hits import Hit
from .search import search

ALL = 10_000
"""Hits among which the record is looked for."""


UNKNOWN = "there is no record with this id in this scope"
"""The reason given for any other id."""


@dataclass(frozen=True, slots=True)
class Why:
    """What became of a record when a question was asked: its place among the hits (from 1), the hit itself, and the reason in a sentence."""

    id: str
    place: int | None
    reason: str
    hit: Hit | None = None


async def why(house: Any, query: str, id: str, **filters: Any) -> Why:
    """Ask the question again, look where the record stands, and if it does not, which filter keeps it out."""
    ask = asked(house, query, explain=True, **filters)
    record = await _meant(house, id)
    id = id if record is None else record.id
    hits = await search(house, replace(ask, limit=ALL))
    for place, hit in enumerate(hits, start=1):
        if hit.id == id:
            return Why(id, place, _placed(place, hit, hits, ask), hit)
        if id in hit.folded:
            return Why(id, None, f"it says the same as {hit.id}, which stands for both in place {place}", hit)
    return Why(id, None, await _kept_out(house, ask, record))


def _placed(place: int, hit: Hit, hits: list[Hit], ask: Ask) -> str:
    best = max(hit.signals, key=lambda name: hit.signals[name], default="nothing")
    said = f"it is hit {place} of {len(hits)}, most of all by its {best}"
    if place <= ask.limit:
        return said
    last = hits[ask.limit - 1]
    return f"{said}; with limit={ask.limit} it is not shown: the last one that is has a score of {last.score:.3f}, and this one {hit.score:.3f}"


async def _kept_out(house: Any, ask: Ask, record: Any) -> str:
    now = (await Begin()).now
    if record is None:
        return UNKNOWN
    name = house._kind_of(record)
    table = house._kinds[name].table
    at = now if ask.as_of is None else ask.as_of
    against = ask.where.against(record)
    checks = [
        (table.text is None, f"{name} are not searched by their text"),
        (record.deleted_at is not None, f"it was deleted at {record.deleted_at}; undelete brings it back"),
        (expired(record, at), f"it expired at {getattr(record, 'expires_at', None)}"),
        (table.hidden is not None and table.hidden(record), f"a record of {name} in its state is not searched"),
        (name not in ask.kinds, f"{name} are only searched if kinds names them"),
        (ask.since is not None and micros(record.created_at) < ask.since, f"it is older ({record.created_at}) than since={_time(ask.since)}"),
        (ask.until is not None and micros(record.created_at) >= ask.until, f"it is not older ({record.created_at}) than until={_time(ask.until)}"),
        (ask.as_of is not None and micros(record.created_at) > ask.as_of, f"it was not there yet as of {_time(ask.as_of)}"),
        (against is not None, against or ""),
    ]
    for kept_out, reason in checks:
        if kept_out:
            return reason
    return "it has no word of the question, nor have the turns beside it, and its vector is not among the nearest"


async def _meant(house: Any, id: str) -> Any:
    """The record of this scope with this id, or the short one, in whatever state."""
    for name in await house._with_id(id):
        room = getattr(house, name)
        record = await room._meant(id, held(room.table, house._scope))
        if record is not None:
            return record
    return None


def _time(at: int | None) -> str:
    return "" if at is None else moment(at).isoformat()
