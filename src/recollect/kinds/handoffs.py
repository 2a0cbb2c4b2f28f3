"""Handoffs: work that one agent gives to another, with what the other has to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import moment
from ..core.effects import Begin, Moment
from ..core.ids import id_bytes
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Id, Record, Table
from ..core.traits import Clause, walls
from ..errors import Conflict, Denied, Invalid
from ..shapes.collection import LIVE
from ..shapes.lifecycle import Lifecycle
from ..shapes.values import checked_count, checked_mapping, id_of, optional_text, titled

ROUNDS = 3
"""How often the same agent may give the same work to the same other one before it is taken for a circle."""


@dataclass(frozen=True, slots=True)
class Handoff(Record):
    """One handoff. `from_session` is the work that is given, `to_session` the session in which the receiver goes on with it.

    `status` is offered, accepted or declined; `answer` is why it was declined, `decided_at` when either happened.
    """

    from_agent: str
    to: str
    from_session: Id | None
    to_session: Id | None
    summary: str
    reason: str | None
    context: Mapping[str, Any]
    status: str
    answer: str | None
    decided_at: datetime | None


class Handoffs(Lifecycle[Face, Handoff]):
    """`offer` it, and the other one accepts or declines. A session is offered to one at a time.

    Work may go back and forth, as from developer to reviewer to developer; only the same step for the fourth time is refused as a circle.
    """

    table: ClassVar = Table(
        name="handoffs", record=Handoff, all_agents=True, mentions=("from_session", "to_session"),
        text=lambda handoff: "\n".join(filter(None, (handoff.summary, handoff.reason))),
    )  # fmt: skip
    moves: ClassVar = dict.fromkeys(("accepted", "declined"), frozenset({"offered"}))

    @operation
    async def offer(
        self: Handoffs[Async],
        to: str,
        summary: str,
        session: Any = None,
        reason: str | None = None,
        context: Mapping[str, Any] | None = None,
        *,
        rounds: int = ROUNDS,
    ) -> Handoff:
        """Offer the work of this session (the scope's, if none is named) to another agent, with what that one has to know.

        `to` is the other's name, `context` a mapping of what JSON holds. A session that is on offer already is a `Conflict`, and so is work
        that the same agent gave to the same other one `rounds` times before; an unknown session is `NotFound`, oneself as `to` is `Invalid`.
        """
        values: dict[str, Any] = {
            "from_agent": self._scope.agent, "to": checked("to", to), "summary": titled(summary, "summary"),
            "reason": optional_text(reason, "reason"), "context": checked_mapping(context, "context"),
        }  # fmt: skip
        most = checked_count(rounds, "rounds", least=1)
        if to == self._scope.agent:
            raise Invalid(f"{to!r} would hand the work to itself; name another agent")
        moment_ = await Begin()
        given = await self._given(session, moment_.now)
        if given is not None:
            await self._check_circle(given, self._scope.agent, to, most)
        waiting = {"from_session": given, "to_session": None, "status": "offered", "answer": None, "decided_at": None}
        draft, reading = await self._drafted({**values, **waiting})
        handoff = replace(draft, **self._fresh(moment_))
        await self._insert(handoff, reading)
        return handoff

    @operation
    async def accept(self: Handoffs[Async], id: str) -> Handoff:
        """Take the work over. A session is begun for it, where the work is, and the one that was given is completed: both, or neither.

        Accepted again it is returned as it is; what was declined is a `Conflict`. Another agent than `to` is `Denied`.
        """
        moment_ = await Begin()
        handoff = await self._need(id)
        self._check_agent(handoff.to)
        if handoff.status != "offered":
            return await self._move(handoff.id, "accepted")
        given = await self._house.sessions._find_id(handoff.from_session, moment_.now) if handoff.from_session else None
        if given is not None and given.status in ("active", "paused"):
            await self._house.sessions._move(given.id, "completed")
        place = given or handoff
        there = self._house.scope(user=place.user or None, project=place.project or None)
        going = await there.sessions.start(given.title if given else None, metadata={"handoff": handoff.id})
        return await self._move(handoff.id, "accepted", to_session=going.id, decided_at=moment(moment_.now))

    @operation
    async def decline(self: Handoffs[Async], id: str, reason: str | None = None) -> Handoff:
        """Leave the work with the one who offered it, who may take the offer back in the same way. Anybody else is `Denied`.

        What was accepted is a `Conflict`; declined again it is returned as it is.
        """
        said = optional_text(reason, "reason")
        moment_ = await Begin()
        handoff = await self._need(id)
        self._check_agent(handoff.to, handoff.from_agent)
        if handoff.status != "offered":
            return await self._move(handoff.id, "declined")
        return await self._move(handoff.id, "declined", answer=said, decided_at=moment(moment_.now))

    @query
    async def chain(self: Handoffs[Async], session: Any) -> list[Handoff]:
        """Every handoff of the work that this session is a part of, declined ones too, from the first to the last."""
        now = (await Begin()).now
        found = await self._house.sessions._find_id(id_of(session), now)
        return await self._chain(found.id if found else id_of(session), self._visible(now))

    @query
    async def pending(self: Handoffs[Async], to: str | None = None) -> list[Handoff]:
        """What is offered to this agent (the scope's, if none is named; else anybody) and not answered, the oldest first."""
        who = self._scope.agent if to is None else checked("to", to)
        where = self._visible((await Begin()).now) & Clause("status = 'offered'")
        if who:
            where &= Clause('"to" = :who', {"who": who})
        return await self._select(where, "order by created_at, seq")

    async def _given(self, session: Any, now: int) -> str | None:
        """The session whose work is given; the scope may name one that is none of ours."""
        if session is not None:
            return str((await self._house.sessions._need(id_of(session))).id)
        here = await self._house.sessions._find_id(self._scope.session, now)
        return here.id if here is not None else None

    async def _restore(self, record: Handoff, moment_: Moment) -> Handoff:
        if record.status == "offered" and record.from_session is not None:
            await self._check_free(record.from_session)
        return await super()._restore(record, moment_)

    def _check_agent(self, *names: str) -> None:
        if self._scope.agent and self._scope.agent not in names:
            raise Denied(f"this handoff is a matter of {' and '.join(filter(None, names))}, not of {self._scope.agent!r}")

    async def _check_free(self, session: str) -> None:
        """In whatever project it was offered."""
        where = walls(self._scope) & LIVE & Clause("status = 'offered' and from_session = :session", {"session": id_bytes(session)})
        if await self._select(where, "limit 1"):
            raise Conflict("this session is offered already; wait for the answer, or decline the offer first")

    async def _chain(self, session: str, seen: Clause) -> list[Handoff]:
        """One walk over the sessions that handoffs connect, in both directions."""
        sql = f"""id in (
            with recursive work (session) as (
                select cast(:session as {self._house._shared.dialect.blob})
                union
                select case when h.from_session = w.session then h.to_session else h.from_session end
                from work w join handoffs h on (h.from_session = w.session or h.to_session = w.session)
                where h.tenant = :tenant and h.status = 'accepted' and h.deleted_at is null
            )
            select h.id from handoffs h join work w on (h.from_session = w.session or h.to_session = w.session) where h.tenant = :tenant
        )"""
        return await self._select(seen & Clause(sql, {"session": id_bytes(session), "tenant": self._scope.tenant}), "order by created_at, seq")

    async def _check_circle(self, session: str, giver: str, to: str, most: int) -> None:
        await self._check_free(session)
        chain = await self._chain(session, walls(self._scope) & LIVE)
        same = sum(one.status == "accepted" and (one.from_agent, one.to) == (giver, to) for one in chain)
        if same >= most:
            steps = f"this work went from {giver or 'its owner'!r} to {to!r} {same} times already"
            raise Conflict(f"{steps}; it goes in a circle, so let somebody decide")
