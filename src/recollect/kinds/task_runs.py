"""Task runs: what came of each run of a task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import micros, moment
from ..core.effects import Begin, Moment, value
from ..core.ids import id_bytes
from ..core.operation import Face
from ..core.scope import PARTS
from ..core.table import Id, Record, Table
from ..core.traits import Clause
from ..shapes.log import Log


@dataclass(frozen=True, slots=True)
class TaskRun(Record):
    """One run: completed, failed, or lost with its worker. `attempt` counts the tries of one due time from 1, lost ones too.

    `created_at` is when it ended, `tokens` what it took, if the worker said so.
    """

    task: Id
    status: str
    due_at: datetime
    started_at: datetime
    attempt: int
    result: str | None
    error: str | None
    tokens: int | None


class TaskRuns(Log[Face, TaskRun]):
    """Written by tasks when they are completed or fail; `tasks.runs` reads those of one task. They go where their task goes."""

    table: ClassVar = Table(
        name="task_runs", record=TaskRun, aside=True, part_of=(("task", "tasks"),), text=lambda run: "\n".join(filter(None, (run.result, run.error)))
    )

    async def _ran(
        self, task: Any, moment_: Moment, status: str, *, result: str | None = None, error: str | None = None, tokens: int | None = None
    ) -> None:
        fresh = self._fresh(moment_) | {part: getattr(task, part) for part in PARTS}
        started = task.claimed_at or moment(moment_.now)
        before = "select coalesce(max(attempt), 0) from task_runs where tenant = :tenant and task = :task and due_at = :due_at"
        tried = await value(before, tenant=task.tenant, task=id_bytes(task.id), due_at=micros(task.due_at))  # lost runs are tries as well
        run = TaskRun(
            **fresh, task=task.id, status=status, due_at=task.due_at, started_at=started, attempt=tried + 1,
            result=result, error=error, tokens=tokens,
        )  # fmt: skip
        await self._insert(run)

    async def _of(self, task: str | None, limit: int) -> list[TaskRun]:
        where = self._visible((await Begin()).now, follow=task is None)
        if task is not None:
            where &= Clause("task = :task", {"task": id_bytes(task)})
        return await self._select(where, "order by created_at desc, seq desc limit :limit", limit=limit)
