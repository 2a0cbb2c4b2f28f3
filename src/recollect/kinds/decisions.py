"""Decisions: what a tool was allowed or denied to do, and why, as precedents for the next time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from ..core.chain import ERASURE, PRUNING
from ..core.clock import optional_micros
from ..core.effects import Begin, value
from ..core.ids import id_bytes
from ..core.operation import Async, Face, operation, query
from ..core.table import Json, Record, Table
from ..core.traits import Clause, among
from ..errors import Conflict, Invalid
from ..shapes.log import Log
from ..shapes.requests import as_json, asked, likeness, nearness, request_text
from ..shapes.values import checked_choice, checked_count, checked_json, checked_limit, checked_share, id_of, optional_text, titled

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
        text=lambda one: "\n".join(filter(None, (request_text(one.tool, one.input), f"{one.choice}: {one.message or ''}", one.rationale))),
    )

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

        `input` is what JSON holds, `goal` any id of yours, `turn` a whole number. `id` is any UUID of yours: recording the same under it
        again is the same decision (a deleted one stays deleted), recording something else is a `Conflict`, as is another record's id.
        Say ``recommended=True`` of a decision that only followed `recommend`.
        """
        values: dict[str, Any] = {
            "tool": titled(tool, "tool"), "input": None if input is None else checked_json(input, "input"),
            "choice": checked_choice(choice, "choice", CHOICES), "message": optional_text(message, "message"),
            "rationale": optional_text(rationale, "rationale"), "goal": None if goal is None else _goal(goal),
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
            await self._refuse_taken(own)
            decision = replace(decision, id=own)
        await self._insert(decision, reading)
        return decision

    @query
    async def similar(
        self: Decisions[Async], request: str | Mapping[str, Any], k: int = 5, goal: Any = None, fallback_to_global: bool = False
    ) -> list[Decision]:
        """The `k` decisions nearest to this request, nearest first: those of this goal only, if one is named.

        Of several that say the same the newest comes first. With `fallback_to_global` what the goal has too few of is filled from all
        others. What shares no word with the request is found if an embedder says that it means something near; what is far is not.
        """
        words, most = asked(request), checked_limit(k)
        found = [one for one, _ in await self._near(words, most, {} if goal is None else {"goal": _goal(goal)})]
        if goal is not None and fallback_to_global and len(found) < most:
            found += [one for one, _ in await self._near(words, most + len(found), {}) if one not in found]
        return found[:most]

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
        """What was decided before in cases like this one: `deny` if `share` of them were denials, else `allow` if as many were that.

        The `k` nearest count, of equally near ones the newest: only decisions about the request's tool whose input shares `near` (0 to 1)
        of its words, or means as much the same if there is an embedder, and none that followed a recommendation itself. An observation is
        on neither side. Of fewer than `least` the choice is None. To be like what was allowed is not to be harmless: ask with ``near=1``
        before you allow something unasked.
        """
        floor, part, enough = checked_share(near, "near"), checked_share(share, "share"), checked_count(least, "least", least=1)
        most, others = checked_limit(k), {"recommended": False}
        close = await self._close(request, most, floor, others if goal is None else {**others, "goal": _goal(goal)})
        if goal is not None and fallback_to_global and len(close) < most:
            close += [one for one in await self._close(request, most + len(close), floor, others) if one not in close]
        close = close[:most]
        denied, allowed = (sum(one.choice == choice for one in close) / max(len(close), 1) for choice in ("deny", "allow"))
        choice = None
        if len(close) >= enough:
            choice = "deny" if denied >= part else "allow" if allowed >= part else None
        return Recommendation(choice, denied, tuple(close))

    async def _close(self, request: str | Mapping[str, Any], k: int, floor: float, where: Mapping[str, Any]) -> list[Decision]:
        """The nearest by their share of common words, or by what they mean; of equally near ones the newest."""
        found = [(one, alike, likeness(request, one.tool, one.input)) for one, alike in await self._near(asked(request), 10 * k, where)]
        least = min((alike for _, alike, like in found if alike is not None and like >= 0), default=0.0)
        near = []
        for one, alike, like in found:
            # Calls of one tool are alike by its name and its parameters: what counts is how much more than the least of them.
            share = like if alike is None or like < 0 else max(like, nearness(alike, least))
            if share >= floor:
                near.append((share, one.created_at, one))
        near.sort(key=lambda three: three[:2], reverse=True)
        return [one for *_, one in near[:k]]

    async def _near(self, request: str, k: int, where: Mapping[str, Any]) -> list[tuple[Decision, float | None]]:
        """With how alike they are by vectors. Recall shows one of several that say the same; here each counts, the newest first."""
        hits = [hit for hit in await self._house._recall(request, limit=k, kinds=["decisions"], where=where, explain=True) if _is_near(hit)]
        alike = {id: hit.details.get("alike") for hit in hits for id in (hit.id,) + hit.folded}
        ids = list(alike)[:k]
        tenant = Clause("tenant = :tenant", {"tenant": self._scope.tenant})
        found = {one.id: one for one in await self._select(tenant & among("id", map(id_bytes, ids)))} if ids else {}
        return [(found[id], alike[id]) for id in ids]

    async def _refuse_taken(self, id: str) -> None:
        taken = "select 1 from changes where tenant = :tenant and record = :record and kind <> :erasure and kind <> :pruning limit 1"
        if await value(taken, tenant=self._scope.tenant, record=id_bytes(id), erasure=ERASURE, pruning=PRUNING):
            raise Conflict(f"another record has the id {id}; use another one, or leave it out to have one made")

    def _same_as(self, known: Decision, values: Mapping[str, Any]) -> Decision:
        if known.user != self._scope.user or any(as_json(getattr(known, name)) != as_json(held) for name, held in values.items()):
            raise Conflict(f"another decision is recorded under the id {known.id}; decisions are not edited, so use another id")
        return known


def _is_near(hit: Any) -> bool:
    """Whether it shares a word with the request, or means something near: where little was stored, not all of it is similar."""
    return bool(hit.words) or nearness(hit.details.get("alike", -1.0), hit.details.get("least", -1.0)) >= NEAR


def _goal(goal: object) -> str:
    return titled(id_of(goal), "goal")


def _own_id(id: Any) -> str | None:
    if id is None:
        return None
    try:
        return str(id if isinstance(id, UUID) else UUID(str(id)))
    except ValueError as error:
        raise Invalid(f"id must be a UUID, not {id!r}; leave it out to have one made") from error
