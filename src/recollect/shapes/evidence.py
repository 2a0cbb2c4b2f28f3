"""What is believed the more, the oftener it is seen, and fades when it is not seen any more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ..core.chain import FADED, SEEN
from ..core.clock import moment
from ..core.effects import Begin, Moment
from ..core.operation import Async, Face, operation
from ..core.table import Versioned
from ..core.traits import Clause
from .collection import Collection
from .values import checked_span

HALF_LIFE = timedelta(days=90)
"""After so long without new evidence half of the confidence is left."""

FIRST, MOST = 0.1, 0.99
_GAINS = ((5, 0.1), (10, 0.05), (50, 0.02))


@dataclass(frozen=True, slots=True)
class Evidenced(Versioned):
    """A record with evidence: `seen` counts it, `seen_at` is the last of it.

    `strength` is the confidence that the last evidence left, `confidence` what is left of that now.
    """

    confidence: float
    strength: float
    seen: int
    seen_at: datetime


E = TypeVar("E", bound=Evidenced)


def gained(confidence: float, seen: int) -> float:
    """The confidence after one more piece of evidence: the first ones count most, and certainty is never reached.

    The steps are those of the pattern learner of agent-studio's memory database: 0.1 below 5 pieces, then 0.05, 0.02 and 0.01.
    """
    gain = next((step for most, step in _GAINS if seen < most), 0.01)
    return max(confidence, min(MOST, round(confidence + gain, 6)))


class Evidence(Collection[Face, E]):
    """A kind whose records have evidence. Being seen again makes no new version: the record says what it said."""

    @operation
    async def decay(self: Evidence[Async, E], half_life: timedelta = HALF_LIFE) -> int:
        """Let confidence fade with the time since the last evidence, by half in `half_life`; returns how many records changed.

        It is reckoned from the last evidence, so that decaying twice changes nothing more, and what was 0 stays 0.
        """
        span = checked_span(half_life, "half_life")
        moment_ = await Begin()
        return await self._fade(self._visible(moment_.now), moment_, span)

    async def _fade(self, among: Clause, moment_: Moment, half_life: timedelta = HALF_LIFE) -> int:
        fading = await self._fading(among, half_life)
        for record, left in fading:
            await self._change(record, replace(record, confidence=left), FADED, moment_, keep=False)
        return len(fading)

    async def _fading(self, among: Clause, half_life: timedelta = HALF_LIFE) -> list[tuple[E, float]]:
        """Records whose confidence is not what it should be by now, and what it should be."""
        now = (await Begin()).now
        left = [
            (record, faded(record.strength, moment(now) - record.seen_at, half_life))
            for record in await self._select(among, "order by created_at, seq")
        ]
        return [(record, confidence) for record, confidence in left if confidence != record.confidence]

    async def _seen(self, record: E, moment_: Moment, **values: Any) -> E:
        """One more piece of evidence for what is known."""
        confidence = values.pop("confidence", None)
        now = gained(record.confidence, record.seen) if confidence is None else confidence
        again: dict[str, Any] = {"confidence": now, "strength": now, "seen": record.seen + 1, "seen_at": moment(moment_.now)}
        return await self._change(record, replace(record, **again, **values), SEEN, moment_, keep=False)


def faded(strength: float, age: timedelta, half_life: timedelta) -> float:
    return min(strength, float(round(strength * 0.5 ** (max(age, timedelta(0)) / half_life), 4)))


def first(confidence: float, moment_: Moment) -> dict[str, Any]:
    """The evidence of a new record."""
    return {"version": 1, "confidence": confidence, "strength": confidence, "seen": 1, "seen_at": moment(moment_.now)}
