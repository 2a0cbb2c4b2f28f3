"""Metrics: numbers over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ..core.clock import optional_micros
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Record, Table
from ..core.traits import Clause
from ..errors import Invalid
from ..shapes.log import Log
from ..shapes.values import checked_number, optional_text

MOST = 1e300


@dataclass(frozen=True, slots=True)
class Metric(Record):
    """One number at one time."""

    name: str
    value: float
    unit: str | None


@dataclass(frozen=True, slots=True)
class MetricTotal:
    """The numbers of one `key`: how many, their sum, mean, least and greatest."""

    key: str
    count: int
    sum: float
    mean: float
    least: float
    greatest: float


class Metrics(Log[Face, Metric]):
    """Latencies, sizes, scores: whatever is worth a line over time."""

    table: ClassVar = Table(name="metrics", record=Metric, aside=True, text=lambda metric: metric.name)
    groups: ClassVar = ("name", *Log.groups)

    @operation
    async def record(self: Metrics[Async], name: str, value: float, unit: str | None = None, *, at: datetime | None = None) -> Metric:
        """Keep one number under a name of 1 to 255 characters. It is finite and at most 1e300, so that sums are too."""
        number = checked_number(value, "value")
        if abs(number) > MOST:
            raise Invalid(f"value must be from -1e300 to 1e300, not {value!r}; record it in a larger unit")
        values = {"name": checked("name", name), "value": number, "unit": optional_text(unit, "unit")}
        return await self._add_new(values, at=optional_micros(at))

    @query
    async def summary(
        self: Metrics[Async],
        by: str = "name",
        *,
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[MetricTotal]:
        """Count, sum, mean and bounds, by `name`, `user`, `agent`, `project`, `channel`, `session` or `day` (UTC).

        Of this name, if given, from `since` (inclusive) to `until` (exclusive), in the order of the keys. Units are not converted: keep
        to one for each name.
        """
        more = Clause("") if name is None else Clause("name = :name", {"name": checked("name", name)})
        sums = "count(*), sum(value), sum(value) / count(*), min(value), max(value)"  # avg of a server squares on the way, and overflows
        return await self._summed(by, sums, MetricTotal, since, until, more)
