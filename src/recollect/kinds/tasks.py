"""Tasks: what is to be done at a time, once or again and again, by whoever claims it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..core.clock import micros, moment
from ..core.effects import Begin, Moment
from ..core.operation import Async, Face, operation, query
from ..core.recurrence import exactly, planned, replanned, zone
from ..core.scope import checked
from ..core.table import Table
from ..core.text import essence
from ..core.traits import Clause
from ..errors import Conflict, Invalid
from ..shapes.recurring import MISSED, UNDONE, Recurring, Recurs, in_time, was_missed
from ..shapes.values import checked_choice, checked_count, checked_limit, checked_span, optional_text, titled

BACK_OFF, LONGEST = timedelta(minutes=2), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Task(Recurs):
    """One task. `due_at` is when it was meant to run, `run_at` when it will be offered, which a retry or `defer` moves.

    `starts_at` is from when its recurrence counts, `attempts` how often it failed since it was due, `finished_at` when it was done or failed
    for good.
    """

    description: str
    type: str
    reply_target: str | None


class Tasks(Recurring[Face, Task]):
    """`schedule`, then `claim` what is due and `complete` or `fail` it with the claim's token."""

    table: ClassVar = Table(name="tasks", record=Task, text=lambda task: task.description, check=lambda task: task.checked())
    moves: ClassVar = {
        "claimed": frozenset({"pending", "claimed"}),
        "pending": frozenset({"pending", "claimed", "failed"}),
        "done": frozenset({"claimed"}),
        "failed": frozenset({"claimed"}),
        "cancelled": frozenset({"pending", "claimed", "failed"}),
    }

    @operation
    async def schedule(
        self: Tasks[Async],
        description: str,
        due: datetime,
        *,
        repeat: str | None = None,
        timezone: str | None = None,
        missed: str = "once",
        type: str = "reminder",
        reply_target: str | None = None,
    ) -> Task:
        """Plan a task; one that waits already, with the same words and times in the same channel, project and type, is returned.

        `due` is an aware datetime; one that has passed is due at once. `repeat` is daily, weekdays, weekly, monthly, yearly, five fields of
        cron, or an RRULE, and counts from `due` on the wall clock of `timezone` (else of the user's fact `timezone`, else UTC). `missed`
        says what becomes of recurrences that nobody claimed in time: one run for all of them (`once`), none of those that are more than an
        hour late (`skip`), or each (`all`). A rule or a time zone that is none, or never comes, is `Invalid`.
        """
        said = titled(description, "description")
        values: dict[str, Any] = {
            "description": said, "type": checked("type", type), "missed": checked_choice(missed, "missed", MISSED),
            "reply_target": optional_text(reply_target, "reply_target"),
        }  # fmt: skip
        values |= planned(due, repeat, "UTC" if timezone is None else timezone)  # before any lock is held: a rule takes its time
        moment_ = await Begin()
        if timezone is None and (own := await self._timezone()) != "UTC":
            values |= planned(due, repeat, own)
        for known in await self._select(self._waiting(values)):
            if essence(known.description) == essence(said) and all(getattr(known, name) == values[name] for name in _TOLD_APART):
                return known
        waiting = {"status": "pending", "attempts": 0, "last_error": None, **UNDONE}
        draft, reading = await self._drafted({**values, **waiting})
        task = replace(draft, **self._fresh(moment_))
        await self._insert(task, reading)
        return task

    @query
    async def pending(self: Tasks[Async], limit: int = 100) -> list[Task]:
        """What waits to be done, claimed by nobody, the earliest first, whether it is due or not."""
        where = self._visible((await Begin()).now, follow=True) & Clause("status = 'pending'")
        return await self._select(where, "order by run_at, seq limit :limit", limit=checked_limit(limit))

    @query
    async def due(self: Tasks[Async], limit: int = 100) -> list[Task]:
        """What could be claimed now, at most `limit`, the longest due first. Looking changes nothing."""
        most, now = checked_limit(limit), moment((await Begin()).now)
        found: list[Task] = []
        place, tail = 0, "order by run_at, seq limit :limit offset :place"
        while len(found) < most and (page := await self._select(self._claimable(now), tail, limit=most, place=place)):
            place += len(page)
            found += [task for task in page if not was_missed(task, now) or ((again := in_time(task, now)) and again <= now)]
        return found[:most]

    @operation
    async def complete(self: Tasks[Async], token: str, result: str | None = None, tokens: int | None = None) -> Task:
        """Say that it is done, and what came of it (`tokens` are those that it took). What recurs waits for its next time.

        The claim is over with it. One that was over before is a `Conflict`, and nothing is written: somebody else has the task.
        """
        said, spent = optional_text(result, "result"), None if tokens is None else checked_count(tokens, "tokens")
        moment_ = await Begin()
        task = await self._held(token)
        await self._ran(task, moment_, "completed", result=said, tokens=spent)
        return await self._on(task, moment_, "done", last_error=None)

    @operation
    async def fail(self: Tasks[Async], token: str, error: str, max_attempts: int = 3, *, back_off: timedelta = BACK_OFF) -> Task:
        """Say that it went wrong. It is offered again after `back_off`, until it has failed `max_attempts` times for one due time.

        The pause doubles each time, to six hours at most (or to a longer `back_off`). In the end it has failed for good; what recurs waits
        for its next time instead, with all attempts before it. A claim that is over is a `Conflict`.
        """
        said, most = titled(error, "error"), checked_count(max_attempts, "max_attempts", least=1)
        pause = checked_span(back_off, "back_off")
        moment_ = await Begin()
        task = await self._held(token)
        await self._ran(task, moment_, "failed", error=said)
        attempts = task.attempts + 1
        if attempts >= most:
            return await self._on(task, moment_, "failed", last_error=said)
        again = moment(moment_.now) + max(pause, min(min(pause, LONGEST) * 2 ** min(attempts - 1, 30), LONGEST))
        waiting = replace(task, status="pending", attempts=attempts, last_error=said, run_at=again, **UNDONE)
        return await self._change(task, waiting, "fail", moment_)

    @operation
    async def defer(self: Tasks[Async], id: str, until: datetime) -> Task:
        """Put off a task that waits; what recurs keeps its rhythm afterwards. One that has failed for good is tried again.

        A task that is claimed, done or cancelled is a `Conflict`.
        """
        later = exactly(until)
        task = await self._movable(id, "pending", "failed")
        due_at = task.due_at if task.repeat else later
        return await self._change(task, replace(task, status="pending", attempts=0, due_at=due_at, run_at=later, **UNDONE), "defer", await Begin())

    @operation
    async def edit(
        self: Tasks[Async],
        id: str,
        *,
        description: str | None = None,
        due: datetime | None = None,
        repeat: str | None = None,
        timezone: str | None = None,
        missed: str | None = None,
        type: str | None = None,
        reply_target: str | None = None,
    ) -> Task:
        """Change what is named, of a task that waits; any other is a `Conflict`.

        A new `due` is a new start. Without one, a new `repeat` or `timezone` counts from the old start, on the same wall clock, and its first
        time from now on is next; ``repeat="once"`` leaves the next time as the last one.
        """
        values: dict[str, Any] = {
            "description": None if description is None else titled(description, "description"),
            "missed": None if missed is None else checked_choice(missed, "missed", MISSED),
            "type": None if type is None else checked("type", type),
            "reply_target": optional_text(reply_target, "reply_target"),
        }
        moment_ = await Begin()
        task = await self._movable(id, "pending")
        values = {name: value for name, value in values.items() if value is not None}
        if (due, repeat, timezone) != (None, None, None):
            values |= replanned(task, due, repeat, timezone, moment(moment_.now))
        return await self._change(task, replace(task, **values), "edit", moment_)

    @operation
    async def cancel(self: Tasks[Async], id: str) -> Task:
        """Call it off for good; whoever works on it learns so from `heartbeat` or `complete`. A task that is done is a `Conflict`."""
        task = await self._need(id)
        return await self._move(task.id, "cancelled", **UNDONE) if task.status != "cancelled" else task

    @query
    async def runs(self: Tasks[Async], id: str | None = None, limit: int = 20) -> list[Any]:
        """What came of it, the latest run first; without an id, of all tasks of this scope."""
        return list(await self._house.task_runs._of(None if id is None else (await self._need(id)).id, checked_limit(limit)))

    async def _timezone(self) -> str:
        known = await self._house.facts.get("timezone")
        try:
            return "UTC" if known is None else str(zone(known.value).key)
        except Invalid:
            return "UTC"

    def _waiting(self, values: dict[str, Any]) -> Clause:
        scope = self._scope
        return Clause(
            """tenant = :tenant and "user" = :user and agent = :agent and project = :project and channel = :channel and type = :type
            and starts_at = :starts_at and status in ('pending', 'claimed') and deleted_at is null""",
            {
                "tenant": scope.tenant, "user": scope.user, "agent": scope.agent, "project": scope.project, "channel": scope.channel,
                "type": values["type"], "starts_at": micros(values["starts_at"]),
            },
        )  # fmt: skip

    async def _movable(self, id: str, *states: str) -> Task:
        task: Task = await self._need(id)
        if task.status not in states:
            raise Conflict(f"this task is {task.status}; only one that is {' or '.join(states)} can be changed")
        return task

    async def _ran(self, record: Task, moment_: Moment, status: str, **what: Any) -> None:
        await self._house.task_runs._ran(record, moment_, status, **what)


_TOLD_APART = ("repeat", "timezone", "reply_target")
