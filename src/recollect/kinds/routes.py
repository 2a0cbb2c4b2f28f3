"""Routes: which way a request was sent, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import optional_micros
from ..core.operation import Async, Face, operation, query
from ..core.table import Record, Table
from ..shapes.log import Log
from ..shapes.values import checked_share, id_of, optional_text, titled


@dataclass(frozen=True, slots=True)
class Route(Record):
    """One routing decision: the intent that was seen, and what was chosen for it."""

    intent: str
    chosen: str
    method: str | None
    complexity: str | None
    confidence: float | None
    reasoning: str | None
    conversation: str | None


@dataclass(frozen=True, slots=True)
class RouteTotal:
    """The routing decisions of one `key`: how many, and the mean of their confidences (None if none had one)."""

    key: str
    routes: int
    confidence: float | None


class Routes(Log[Face, Route]):
    """Kept as they were decided."""

    table: ClassVar = Table(
        name="routes", record=Route, aside=True, text=lambda route: "\n".join(filter(None, (route.intent, route.chosen, route.reasoning)))
    )
    groups: ClassVar = ("chosen", "intent", "method", "complexity", *Log.groups)

    @operation
    async def record(
        self: Routes[Async],
        intent: str,
        chosen: str,
        *,
        method: str | None = None,
        complexity: str | None = None,
        confidence: float | None = None,
        reasoning: str | None = None,
        conversation: Any = None,
        at: datetime | None = None,
    ) -> Route:
        """Keep that this intent was sent to this workflow, agent or model.

        `confidence` goes from 0 to 1. `conversation` is a record or any id of yours; it is kept as it is and need not be known here.
        """
        values = {
            "intent": titled(intent, "intent"),
            "chosen": titled(chosen, "chosen"),
            "method": optional_text(method, "method"),
            "complexity": optional_text(complexity, "complexity"),
            "confidence": None if confidence is None else checked_share(confidence, "confidence"),
            "reasoning": optional_text(reasoning, "reasoning"),
            "conversation": None if conversation is None else titled(id_of(conversation), "conversation"),
        }
        return await self._add_new(values, at=optional_micros(at))

    @query
    async def summary(self: Routes[Async], by: str = "chosen", *, since: datetime | None = None, until: datetime | None = None) -> list[RouteTotal]:
        """How often each way was taken, by `chosen`, `intent`, `method`, `complexity`, `user`, `agent`, `project`, `channel`, `session` or `day`.

        Days are those of UTC; from `since` (inclusive) to `until` (exclusive), in the order of the keys. What had none stands under ``""``.
        """
        return await self._summed(by, "count(*), avg(confidence)", RouteTotal, since, until)
