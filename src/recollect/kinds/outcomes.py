"""Outcomes: how well something went, as it was judged then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import optional_micros
from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.table import Record, Table
from ..core.traits import Clause
from ..errors import Invalid
from ..shapes.log import Log, period
from ..shapes.values import checked_limit, optional_text, source_text, titled


@dataclass(frozen=True, slots=True)
class Outcome(Record):
    """One judgement: −1 bad, 0 neutral, 1 good."""

    domain: str
    score: int
    lesson: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class OutcomeTotal:
    """The outcomes of one `key`: how many, how many of them good and bad, and the mean of their scores."""

    key: str
    outcomes: int
    good: int
    bad: int
    mean: float


class Outcomes(Log[Face, Outcome]):
    """Kept as they happened. What is to be learned from several of them is a lesson: `lessons.learn`."""

    table: ClassVar = Table(
        name="outcomes", record=Outcome, text=lambda outcome: f"{outcome.domain}: {outcome.lesson}" if outcome.lesson else outcome.domain
    )
    groups: ClassVar = ("domain", *Log.groups)

    @operation
    async def add(
        self: Outcomes[Async], score: int, domain: str, lesson: str | None = None, *, source: Any = None, at: datetime | None = None
    ) -> Outcome:
        """Say how something in this domain went: −1 badly, 0 so so, 1 well; and what that teaches.

        Any other score is `Invalid`. A domain is any text that is not blank. `source` is a text of yours or a record, whose id is kept.
        """
        if isinstance(score, bool) or score not in (-1, 0, 1):
            raise Invalid(f"score must be -1, 0 or 1, not {score!r}")
        values = {"domain": titled(domain, "domain"), "score": int(score), "lesson": optional_text(lesson, "lesson"), "source": source_text(source)}
        return await self._add_new(values, at=optional_micros(at))

    @query
    async def recent(self: Outcomes[Async], limit: int = 20, *, domain: str | None = None, since: datetime | None = None) -> list[Outcome]:
        """The newest outcomes, newest first, at most `limit`: of this domain, since this time (inclusive)."""
        where = self._visible((await Begin()).now, follow=True) & period(since, None)
        if domain is not None:
            where &= Clause("domain = :domain", {"domain": titled(domain, "domain")})
        return await self._select(where, "order by created_at desc, seq desc limit :limit", limit=checked_limit(limit))

    @query
    async def summary(
        self: Outcomes[Async], by: str = "domain", *, since: datetime | None = None, until: datetime | None = None
    ) -> list[OutcomeTotal]:
        """How things went, by `domain`, `user`, `agent`, `project`, `channel`, `session` or `day` (UTC).

        From `since` (inclusive) to `until` (exclusive), in the order of the keys.
        """
        sums = """count(*), count(case when score > 0 then 1 end), count(case when score < 0 then 1 end),
            cast(sum(score) as double precision) / count(*)"""
        return await self._summed(by, sums, OutcomeTotal, since, until)
