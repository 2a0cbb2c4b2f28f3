"""Observations: what was found out while working, with the why and the where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import optional_micros
from ..core.operation import Async, Face, operation, query
from ..core.table import Record, Table
from ..shapes.log import Log
from ..shapes.values import checked_choice, optional_text, titled

TYPES = ("architecture", "bugfix", "config", "decision", "discovery", "learning", "pattern")


@dataclass(frozen=True, slots=True)
class Observation(Record):
    """One thing that was found out."""

    type: str
    title: str
    what: str | None
    why: str | None
    where: str | None
    learned: str | None


class Observations(Log[Face, Observation]):
    """Kept as they happened: the same thing observed twice is two observations."""

    table: ClassVar = Table(name="observations", record=Observation, text=lambda seen: "\n".join(filter(None, _said(seen))))

    @operation
    async def add(
        self: Observations[Async],
        title: str,
        what: str | None = None,
        why: str | None = None,
        where: str | None = None,
        learned: str | None = None,
        *,
        type: str = "discovery",
        at: datetime | None = None,
    ) -> Observation:
        """Keep what was found out. `type` is architecture, bugfix, config, decision, discovery, learning or pattern.

        The title may not be blank; what is said of the rest may not be empty. `at` is when it was, now if it is left out.
        """
        values = {
            "type": checked_choice(type, "type", TYPES),
            "title": titled(title, "title"),
            "what": optional_text(what, "what"),
            "why": optional_text(why, "why"),
            "where": optional_text(where, "where"),
            "learned": optional_text(learned, "learned"),
        }
        return await self._add_new(values, at=optional_micros(at))

    @query
    async def search(
        self: Observations[Async],
        query: str,
        *,
        type: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 10,
    ) -> list[Observation]:
        """Observations that answer the query best, best first: of this type, from `since` (inclusive) to `until` (exclusive)."""
        where: dict[str, Any] = {} if type is None else {"type": checked_choice(type, "type", TYPES)}
        return await self._searched(query, limit=limit, since=since, until=until, where=where)


def _said(seen: Observation) -> tuple[str | None, ...]:
    return seen.title, seen.what, seen.why, seen.where, seen.learned
