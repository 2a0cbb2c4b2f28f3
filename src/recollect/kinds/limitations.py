"""Limitations: what an agent found that it cannot do, until somebody resolves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.chain import SEEN
from ..core.clock import moment
from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.table import Codec, Table, Versioned
from ..core.text import clean, essence
from ..core.traits import Clause
from ..shapes.belief import Belief
from ..shapes.values import checked_limit, optional_text, titled


@dataclass(frozen=True, slots=True)
class Limitation(Versioned):
    """One thing that cannot be done. `seen` counts how often it was reported."""

    title: str
    description: str
    plan: str | None
    status: str
    resolution: str | None
    resolved_at: datetime | None
    seen: int
    seen_at: datetime


class Limitations(Belief[Face, Limitation]):
    """The same title, whatever its case, is the same limitation, reported again. One that was resolved is open again then."""

    table: ClassVar = Table(
        name="limitations",
        record=Limitation,
        knowledge=True,
        versioned=True,
        text=lambda limit: "\n".join(filter(None, (limit.title, limit.description, limit.plan, limit.resolution))),
        derived={"digest": (Codec("blob"), lambda limit: essence(limit.title))},
    )

    @operation
    async def report(self: Limitations[Async], title: str, description: str = "", plan: str | None = None) -> Limitation:
        """Say what cannot be done, and what could be done about it.

        Reported again, a limitation counts once more and is open (again); a description or a plan that is given now replaces the earlier
        one, which `history` keeps. The title may not be blank.
        """
        values: dict[str, Any] = {
            "title": titled(title, "title"), "description": clean(description, "description", empty=True), "plan": optional_text(plan, "plan"),
            "status": "open", "resolution": None, "resolved_at": None,
        }  # fmt: skip
        moment_ = await Begin()
        seen_at = moment(moment_.now)
        known = await self._same(essence(title))
        if known is not None:
            news = {name: values[name] for name in ("description", "plan") if values[name]}
            again = replace(known, status="open", resolution=None, resolved_at=None, **news)
            known = await self._change(known, again, "update" if known.status == "open" else "reopen", moment_)
            return await self._change(known, replace(known, seen=known.seen + 1, seen_at=seen_at), SEEN, moment_, keep=False)
        return await self._add_new({**values, "version": 1, "seen": 1, "seen_at": seen_at})

    @operation
    async def resolve(self: Limitations[Async], id: str, resolution: str | None = None) -> Limitation:
        """Say that it can be done now, and how. Said again it changes nothing, unless the resolution is another; unknown is `NotFound`."""
        said = optional_text(resolution, "resolution")
        moment_ = await Begin()
        limit = await self._need(id)
        if limit.status == "resolved" and said in (None, limit.resolution):
            return limit
        resolved_at = limit.resolved_at or moment(moment_.now)
        return await self._change(limit, replace(limit, status="resolved", resolution=said, resolved_at=resolved_at), "resolve", moment_)

    @query
    async def open(self: Limitations[Async], limit: int = 100) -> list[Limitation]:
        """What still cannot be done, the oldest first, at most `limit`."""
        where = self._visible((await Begin()).now) & Clause("status = 'open'")
        return await self._select(where, "order by created_at, seq limit :limit", limit=checked_limit(limit))
