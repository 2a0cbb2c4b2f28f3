"""Interactions: calls of agents and tools, from their start to their end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import moment, optional_micros
from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Record, Table
from ..errors import Conflict, Invalid
from ..shapes.lifecycle import Lifecycle
from ..shapes.log import Log
from ..shapes.values import checked_choice, checked_count, checked_number, id_of, optional_text

ENDS = ("completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Interaction(Record):
    """One call of an agent or a tool. `cost` is in USD and None if it is not known."""

    name: str
    task: str | None
    status: str
    result: str | None
    model: str | None
    input: int
    output: int
    cost: float | None
    conversation: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class InteractionTotal:
    """The interactions of one `key`: how many, how many failed, their tokens, cost (of those whose cost is known) and seconds."""

    key: str
    interactions: int
    failed: int
    input: int
    output: int
    cost: float
    seconds: float


class Interactions(Lifecycle[Face, Interaction], Log[Face, Interaction]):
    """Begin one with `start`; it is running until `finish` says how it ended."""

    table: ClassVar = Table(
        name="interactions", record=Interaction, aside=True, text=lambda call: "\n".join(filter(None, (call.name, call.task, call.result)))
    )
    moves: ClassVar = dict.fromkeys(ENDS, frozenset({"running"}))
    groups: ClassVar = ("name", "model", "status", *Log.groups)

    @operation
    async def start(
        self: Interactions[Async],
        name: str,
        task: str | None = None,
        *,
        model: str | None = None,
        conversation: Any = None,
        at: datetime | None = None,
    ) -> Interaction:
        """Say that an agent or a tool was called, and with what task. `at` is when, if not now.

        `name`, `model` and `conversation` (a record, its id, or a name of your own) have 1 to 255 characters.
        """
        values = {
            "name": checked("name", name), "task": optional_text(task, "task"), "status": "running", "result": None,
            "model": None if model is None else checked("model", model), "input": 0, "output": 0, "cost": None,
            "conversation": None if conversation is None else checked("conversation", id_of(conversation)), "finished_at": None,
        }  # fmt: skip
        return await self._add_new(values, at=optional_micros(at))

    @operation
    async def finish(
        self: Interactions[Async],
        id: str,
        result: str | None = None,
        *,
        status: str = "completed",
        input: int = 0,
        output: int = 0,
        cost: float | None = None,
    ) -> Interaction:
        """Say how it ended: completed, failed or cancelled. An end is final: a second one is a `Conflict`, unless it says the same.

        `input` and `output` are tokens, `cost` is in USD and not negative; without it the cost is unknown, not zero.
        """
        values: dict[str, Any] = {
            "status": checked_choice(status, "status", ENDS), "result": optional_text(result, "result"),
            "input": checked_count(input, "input"), "output": checked_count(output, "output"),
            "cost": None if cost is None else checked_number(cost, "cost"),
        }  # fmt: skip
        if values["cost"] is not None and values["cost"] < 0:
            raise Invalid(f"cost must not be negative, as {cost!r} is; leave it out if it is not known")
        moment_ = await Begin()
        call = await self._need(id)
        if call.status in ENDS:
            if replace(call, **values) == call:
                return call
            raise Conflict(f"this interaction is {call.status} already; start another one")
        return await self._change(call, replace(call, **values, finished_at=moment(moment_.now)), "finish", moment_)

    @query
    async def summary(
        self: Interactions[Async], by: str = "name", *, since: datetime | None = None, until: datetime | None = None
    ) -> list[InteractionTotal]:
        """What calls came to, by `name`, `model`, `status`, `user`, `agent`, `project`, `channel`, `session` or `day` (UTC)."""
        sums = """count(*), count(case when status = 'failed' then 1 end), cast(sum(input) as bigint), cast(sum(output) as bigint),
            coalesce(sum(cost), 0.0), coalesce(sum((finished_at - created_at) / 1000000.0), 0.0)"""
        return await self._summed(by, sums, _total, since, until)


def _total(key: str, count: int, failed: int, input: int, output: int, cost: Any, seconds: Any) -> InteractionTotal:
    return InteractionTotal(key, count, failed, input, output, float(cost), float(seconds))
