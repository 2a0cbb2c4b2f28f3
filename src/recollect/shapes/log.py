"""What happened: added once, never edited, only deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from ..core.clock import DAY, EPOCH, micros
from ..core.effects import Begin, many
from ..core.operation import Async, Face, operation, query
from ..core.table import quoted
from ..core.traits import Clause
from ..errors import Invalid
from .collection import Collection, R
from .values import checked_limit

_DATE = f"(created_at - ((created_at % {DAY}) + {DAY}) % {DAY}) / {DAY}"  # days since 1970, before it too
EVERY = Clause("")
T = TypeVar("T")


class Log(Collection[Face, R]):
    """A kind whose records are kept as they happened, ordered by (time, order of writing)."""

    @query
    async def between(self: Log[Async, R], since: datetime | None = None, until: datetime | None = None, *, limit: int = 1000) -> list[R]:
        """What happened from `since` (inclusive) to `until` (exclusive), oldest first, at most `limit`."""
        where = self._visible((await Begin()).now, follow=True) & period(since, until)
        return await self._select(where, "order by created_at, seq limit :limit", limit=checked_limit(limit))

    @operation
    async def prune(self: Log[Async, R], before: datetime) -> int:
        """Delete what happened before this time, of what this scope lists; returns how many records that was. `undelete` brings one back."""
        until = micros(before)
        moment_ = await Begin()
        records = await self._select(
            self._visible(moment_.now, follow=True) & Clause("created_at < :until", {"until": until}), "order by created_at, seq"
        )
        for record in records:
            await self._remove(record, moment_)
        return len(records)

    groups: ClassVar[tuple[str, ...]] = ("user", "agent", "project", "channel", "session", "day")
    """By what `summary` adds up, where a kind has one."""

    async def _summed(
        self, by: str, sums: str, into: Callable[..., T], since: datetime | None, until: datetime | None, more: Clause = EVERY
    ) -> list[T]:
        """One row for each value of `by`: the value and these sums, in the order of the values."""
        if by not in self.groups:
            raise Invalid(f"by must be one of {', '.join(self.groups)}, not {by!r}")
        where = self._visible((await Begin()).now, follow=True) & period(since, until) & more
        group = _DATE if by == "day" else f"coalesce({quoted(by)}, '')"  # nulls come first in one database and last in the other
        sql = f"select {group}, {sums} from {self.table.name} where {where.sql} group by {group} order by {group}"
        return await many(lambda key, *row: into(_day(key) if by == "day" else key, *row), sql, **where.params)


def _day(number: Any) -> str:
    return (EPOCH + timedelta(days=int(number))).date().isoformat()


def period(since: datetime | None, until: datetime | None, column: str = "created_at") -> Clause:
    """A half-open stretch of time as a condition."""
    clause = Clause("")
    if since is not None:
        clause &= Clause(f"{column} >= :since", {"since": micros(since)})
    if until is not None:
        clause &= Clause(f"{column} < :until", {"until": micros(until)})
    return clause
