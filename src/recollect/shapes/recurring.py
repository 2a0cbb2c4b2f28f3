"""Claimed work that comes again: what becomes of a time that was missed, of a worker that was lost, of the next time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ..core.clock import moment
from ..core.effects import Moment
from ..core.operation import Face
from ..core.recurrence import TICK, Recurrence, zone
from .claims import FREE, Claims, Leased

MISSED = ("once", "skip", "all")
LOSSES = 10
"""Work whose workers went away so often, without an answer, has failed: it may be what kills them."""

GRACE = timedelta(hours=1)
"""A recurrence that is claimed later than this was missed, for tasks with ``missed="skip"``."""

UNDONE: dict[str, Any] = {**FREE, "finished_at": None}
"""The columns of what nobody holds and is not over."""


@dataclass(frozen=True, slots=True)
class Recurs(Leased):
    """A record that is due at a time, once or by a rule that counts from `starts_at`."""

    due_at: datetime
    repeat: str | None
    timezone: str
    starts_at: datetime
    missed: str
    attempts: int
    last_error: str | None
    finished_at: datetime | None

    @property
    def rule(self) -> Recurrence | None:
        """When it recurs; None if it runs once."""
        wall = self.starts_at.astimezone(zone(self.timezone)).replace(tzinfo=None)
        return Recurrence(wall, self.repeat, self.timezone) if self.repeat else None

    def checked(self) -> None:
        """Raise `Invalid` if its rule or its time zone cannot be read: it would stop whoever claims work."""
        zone(self.timezone)
        if self.rule:
            self.rule.after(self.starts_at)


W = TypeVar("W", bound=Recurs)


class Recurring(Claims[Face, W]):
    """Claims whose records may come again."""

    async def _ran(self, record: W, moment_: Moment, status: str, **what: Any) -> None:
        """Keep what came of a run."""
        raise NotImplementedError

    async def _passed_over(self, record: W, moment_: Moment) -> bool:
        if not was_missed(record, moment(moment_.now)):
            return False
        await self._next(record, moment_, "skip", in_time(record, moment(moment_.now)))
        return True

    async def _lost(self, record: W, moment_: Moment) -> W | None:
        await self._ran(record, moment_, "lost", error=_LOST)
        tried = replace(record, attempts=record.attempts + 1, last_error=_LOST)
        if tried.attempts < LOSSES:
            return tried
        await self._on(tried, moment_, "failed", last_error=_LOST)
        return None

    async def _on(self, task: W, moment_: Moment, end: str, **values: Any) -> W:
        """To its next time if it recurs, else to its end."""
        since = task.due_at if task.missed == "all" else max(task.due_at, moment(moment_.now))
        following = task.rule.after(since) if task.rule else None
        if following is None:
            over = replace(task, **{**UNDONE, "status": end, "finished_at": moment(moment_.now), **values})
            return await self._change(task, over, end, moment_)
        return await self._next(task, moment_, end, following, **values)

    async def _next(self, task: W, moment_: Moment, action: str, due: datetime | None, **values: Any) -> W:
        state = {"status": "pending", "due_at": due, "run_at": due, "attempts": 0} if due else {"status": "done", "finished_at": moment(moment_.now)}
        return await self._change(task, replace(task, **{**UNDONE, **state, **values}), action, moment_)


_LOST = "the lease ended without an answer"


def in_time(task: Recurs, now: datetime) -> datetime | None:
    """The first recurrence that is not missed yet."""
    return task.rule.after(max(task.due_at, now - GRACE - TICK)) if task.rule else task.due_at


def was_missed(task: Recurs, now: datetime) -> bool:
    return task.missed == "skip" and task.repeat is not None and task.status == "pending" and not task.attempts and now - task.run_at > GRACE
