"""Work that one of many takes for a time: a claim has a token and a lease, and is lost with its holder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from ..core.clock import micros, moment
from ..core.effects import Begin, Moment
from ..core.ids import id_bytes, id_text
from ..core.operation import Async, Face, operation
from ..core.table import VOLATILE, Id, Record
from ..core.traits import Clause, walls
from ..errors import Conflict
from .lifecycle import Lifecycle
from .values import checked_limit, checked_span

LEASE = timedelta(minutes=10)

FREE: dict[str, Any] = {"token": None, "claimed_at": None, "lease_until": None}
"""The columns of what nobody holds."""


@dataclass(frozen=True, slots=True)
class Leased(Record):
    """A record that can be claimed. `run_at` is from when on it is offered."""

    status: str
    run_at: datetime
    token: Id | None
    claimed_at: datetime | None
    lease_until: datetime | None = field(metadata=VOLATILE)


C = TypeVar("C", bound=Leased)


@dataclass(frozen=True, slots=True)
class Claim(Generic[C]):
    """The right to work on a task until `lease_until`; `heartbeat` prolongs it, `complete` and `fail` end it."""

    token: str
    task: C
    lease_until: datetime


class Claims(Lifecycle[Face, C]):
    """A lifecycle whose pending records are claimed by workers, each by one at a time."""

    @operation
    async def claim(self: Claims[Async, C], limit: int = 1, lease: timedelta = LEASE) -> list[Claim[C]]:
        """Take up to `limit` of what is due, the longest due first, for the time of the lease. Nobody else gets it meanwhile.

        A worker that is gone loses its claim when the lease ends: another one can take it, and the old token is worth nothing.
        """
        most, span = checked_limit(limit), checked_span(lease, "lease")
        moment_ = await Begin()
        now = moment(moment_.now)
        claims: list[Claim[C]] = []
        while len(claims) < most and (found := await self._next_due(now, most - len(claims))):
            for record in found:
                if await self._passed_over(record, moment_):
                    continue
                free = await self._lost(record, moment_) if record.status == "claimed" else record
                if free is None:
                    continue
                held = replace(free, status="claimed", token=id_text(moment_.new_id()), claimed_at=now, lease_until=now + span)
                held = await self._change(record, held, "claim", moment_)
                claims.append(Claim(str(held.token), held, now + span))
        return claims

    @operation
    async def heartbeat(self: Claims[Async, C], token: str, lease: timedelta = LEASE) -> Claim[C]:
        """Say that the work goes on: the lease is counted anew from now. A claim that is over is a `Conflict`: stop working."""
        span = checked_span(lease, "lease")
        moment_ = await Begin()
        record = await self._held(token)
        held = await self._change(record, replace(record, lease_until=moment(moment_.now) + span), "heartbeat", moment_)
        return Claim(token, held, moment(moment_.now) + span)

    async def _next_due(self, now: datetime, limit: int) -> list[C]:
        return await self._select(self._claimable(now), "order by run_at, seq limit :limit", limit=limit)

    def _claimable(self, now: datetime) -> Clause:
        free = "status in ('pending', 'claimed') and run_at <= :at and (status = 'pending' or lease_until <= :at)"
        return self._visible(micros(now), follow=True) & Clause(free, {"at": micros(now)})

    async def _held(self, token: str) -> C:
        where = walls(self._scope) & Clause("token = :token and status = 'claimed' and deleted_at is null", {"token": id_bytes(token)})
        found = await self._select(where)
        if not found:
            raise Conflict("this claim is over: its lease ended and another worker took the task, or it was finished or cancelled; claim again")
        return found[0]

    async def _passed_over(self, record: C, moment_: Moment) -> bool:
        """Whether this one is not to be done after all; it must not be claimable any more then."""
        return False

    async def _lost(self, record: C, moment_: Moment) -> C | None:
        """A worker went away with its claim: what the next one takes, or None if nobody should any more."""
        return record
