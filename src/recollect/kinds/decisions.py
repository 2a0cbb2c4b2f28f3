"""Decisions: what a tool was allowed or denied to do, and why, as precedents for the next time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from ..core.clock import optional_micros
from ..core.effects import Begin
from ..core.ids import id_bytes
from ..core.operation import Async, Face, operation, query
from ..core.table import Json, Record, Table
from ..core.text import analyser
from ..core.traits import Clause
from ..errors import Conflict, Invalid
from ..shapes.collection import checked_limit
from ..shapes.log import Log
from ..shapes.values import checked_choice, checked_count, checked_json, checked_share, id_of, optional_text, titled

CHOICES = ("allow", "deny", "observe")
NEAR = 0.5
"""How much of their words a request and a decision must share (Jaccard index) to count in a recommendation."""


@dataclass(frozen=True, slots=True)
class Decision(Record):
    """One decision. `recommended` ones followed a recommendation, and never count in another."""

    tool: str
    input: Json | None
    choice: str
    message: str | None
    rationale: str | None
    goal: str | None
    turn: int | None
    recommended: bool


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the nearest decisions suggest: their `choice` (None without enough of them), and the share of denials among `decisions`."""

    choice: str | None
    denied: float
    decisions: tuple[Decision, ...]


class Decisions(Log[Face, Decision]):
    """Kept as they were made. A request is a mapping with `tool` and `input`, or a text."""

    table: ClassVar = Table(
        name="decisions",
        record=Decision,
        knowledge=True,
        text=lambda one: "\n".join(filter(None, (_request(one.tool, one.input), f"{one.choice}: {one.message or ''}", one.rationale))),
    )
    groups: ClassVar = ("choice", "tool", "goal", *Log.groups)

    @operation
    async def record(
        self: Decisions[Async],
        tool: str,
        input: Any,
        choice: str,
        *,
        message: str | None = None,
        rationale: str | None = None,
        goal: Any = None,
        turn: int | None = None,
        id: Any = None,
        recommended: bool = False,
        at: datetime | None = None,
    ) -> Decision:
        """Keep a decision: allow, deny or observe. Any other choice is refused, never read as one of them.

        `id` is any UUID of yours: recording the same under it again is the same decision, recording something else is a `Conflict`.
        Say ``recommended=True`` of a decision that only followed `recommend`.
        """
        values: dict[str, Any] = {
            "tool": titled(tool, "tool"), "input": None if input is None else checked_json(input, "input"),
            "choice": checked_choice(choice, "choice", CHOICES), "message": optional_text(message, "message"),
            "rationale": optional_text(rationale, "rationale"), "goal": None if goal is None else titled(id_of(goal), "goal"),
            "turn": None if turn is None else checked_count(turn, "turn"), "recommended": bool(recommended),
        }  # fmt: skip
        own, when = _own_id(id), optional_micros(at)
        draft, reading = await self._drafted(values)
        moment_ = await Begin()
        decision = replace(draft, **self._fresh(moment_, at=when))
        if own is not None:
            known = await self._select(Clause("tenant = :tenant and id = :id", {"tenant": self._scope.tenant, "id": id_bytes(own)}))
            if known:
                return self._same_as(known[0], values)
            decision = replace(decision, id=own)
        await self._insert(decision, reading)
        return decision

    @query
    async def similar(
        self: Decisions[Async], request: str | Mapping[str, Any], k: int = 5, *, goal: Any = None, fallback_to_global: bool = False
    ) -> list[Decision]:
        """The `k` decisions nearest to this request, nearest first: those of this goal only, if one is named.

        With `fallback_to_global` what the goal has too few of is filled from all others.
        """
        found = await self._near(_asked(request), checked_limit(k), {} if goal is None else {"goal": id_of(goal)})
        if goal is not None and fallback_to_global and len(found) < k:
            more = await self._near(_asked(request), checked_limit(k) + len(found), {})
            known = {decision.id for decision in found}
            found += [decision for decision in more if decision.id not in known][: k - len(found)]
        return found

    @query
    async def recommend(
        self: Decisions[Async],
        request: str | Mapping[str, Any],
        k: int = 5,
        *,
        goal: Any = None,
        fallback_to_global: bool = False,
        least: int = 3,
        share: float = 0.6,
        near: float = NEAR,
    ) -> Recommendation:
        """What was decided before in cases like this one: deny if `share` of at least `least` near decisions were denials, allow if as many were not.

        Only decisions that share `near` of their words with the request count, and none that followed a recommendation itself.
        """
        floor, part = checked_share(near, "near"), checked_share(share, "share")
        asked = _words(_asked(request))
        where: dict[str, Any] = {"recommended": False} if goal is None else {"recommended": False, "goal": id_of(goal)}
        found = await self._near(_asked(request), 10 * checked_limit(k), where)
        if goal is not None and fallback_to_global and len(found) < k:
            found += [one for one in await self._near(_asked(request), 10 * k, {"recommended": False}) if one not in found]
        close = [one for one in found if _likeness(asked, _words(_request(one.tool, one.input))) >= floor][:k]
        denied = sum(one.choice == "deny" for one in close) / len(close) if close else 0.0
        allowed = sum(one.choice == "allow" for one in close) / len(close) if close else 0.0
        choice = None
        if len(close) >= checked_count(least, "least", least=1):
            choice = "deny" if denied >= part else "allow" if allowed >= part else None
        return Recommendation(choice, denied, tuple(close))

    async def _near(self, request: str, k: int, where: Mapping[str, Any]) -> list[Decision]:
        hits = await self._house.recall(request, limit=k, kinds=["decisions"], where=where)
        return [hit.record for hit in hits]

    def _same_as(self, known: Decision, values: Mapping[str, Any]) -> Decision:
        if known.user != self._scope.user or any(getattr(known, name) != value for name, value in values.items()):
            raise Conflict(f"another decision is recorded under the id {known.id}; decisions are not edited, so use another id")
        return known


def _own_id(id: Any) -> str | None:
    if id is None:
        return None
    try:
        return str(id if isinstance(id, UUID) else UUID(str(id)))
    except ValueError as error:
        raise Invalid(f"id must be a UUID, not {id!r}; leave it out to have one made") from error


def _asked(request: str | Mapping[str, Any]) -> str:
    if isinstance(request, str):
        return request
    if not isinstance(request, Mapping) or "tool" not in request:
        raise Invalid("a request is a text, or a mapping with 'tool' and 'input'")
    return _request(str(request["tool"]), checked_json(request.get("input"), "input"))


def _request(tool: str, input: Any) -> str:
    """A request as it is searched, the same when it is asked and when it is kept; the order of keys does not matter."""
    if input is None or isinstance(input, str):
        return f"{tool} {input or ''}".strip()
    return f"{tool} {json.dumps(input, sort_keys=True, ensure_ascii=False)}"


def _words(text: str) -> frozenset[str]:
    return frozenset(analyser("en").words(text))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
