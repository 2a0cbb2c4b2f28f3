"""Signals: what recall was good for, one small record for each record that was useful."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import micros, moment
from ..core.effects import Begin, Moment, run
from ..core.ids import id_bytes
from ..core.operation import Face
from ..core.scope import PARTS
from ..core.table import VOLATILE, Id, Record, Table
from ..core.traits import Clause
from ..shapes.log import Log
from ..shapes.values import checked_list, id_of


@dataclass(frozen=True, slots=True)
class Signal(Record):
    """How often a record was useful, on how many days, and when last."""

    record: Id
    kind: str
    used: int = field(metadata=VOLATILE)
    days: int = field(metadata=VOLATILE)
    used_at: datetime = field(metadata=VOLATILE)


class Signals(Log[Face, Signal]):
    """Written by ``memory.used(hits)`` and by nothing else. `recall` and `context` never read them; `consolidate` does."""

    table: ClassVar = Table(name="signals", record=Signal, knowledge=True, part_of=(("record", "*"),))

    async def _used(self, useful: Iterable[Any]) -> int:
        moment_ = await Begin()
        count = 0
        for id in dict.fromkeys(map(id_of, checked_list(useful, "hits"))):
            record = await self._house._any(id)
            if record is not None:
                await self._count_one(record, moment_)
                count += 1
        return count

    async def _count_one(self, record: Any, moment_: Moment) -> None:
        known = await self._select(Clause("tenant = :tenant and record = :record", {"tenant": record.tenant, "record": id_bytes(record.id)}))
        now = moment(moment_.now)
        if not known:
            fresh = self._fresh(moment_) | {part: getattr(record, part) for part in PARTS}
            await self._insert(Signal(**fresh, record=record.id, kind=self._house._kind_of(record), used=1, days=1, used_at=now))
            return
        if known[0].deleted_at is not None:  # counted anew: what was counted before is deleted
            await self._change(known[0], replace(known[0], deleted_at=None, used=1, days=1, used_at=now), "undelete", moment_)
            return
        days = known[0].days + (known[0].used_at.date() != now.date())
        await run(
            "update signals set used = used + 1, days = :days, used_at = :at where tenant = :tenant and record = :record",
            days=days, at=micros(now), tenant=record.tenant, record=id_bytes(record.id),
        )  # fmt: skip
