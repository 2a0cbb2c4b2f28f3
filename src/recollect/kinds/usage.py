"""Usage: tokens that models took, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import moment, optional_micros
from ..core.effects import Begin, many
from ..core.operation import Async, Face, operation, query
from ..core.table import Record, Table
from ..errors import Invalid
from ..shapes.log import Log, period
from ..shapes.values import checked_count, checked_mapping, checked_number, titled


@dataclass(frozen=True, slots=True)
class Usage(Record):
    """One call of a model. `input` excludes cached tokens; `cost` is in USD, and None where the model's price is not known."""

    model: str
    input: int
    output: int
    cache_read: int
    cache_creation: int
    cost: float | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """The usage of one `key`. `cost` is that of the requests whose price is known, `unpriced` how many there were without."""

    key: str
    requests: int
    input: int
    output: int
    cache_read: int
    cache_creation: int
    cost: float
    unpriced: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What was spent of a budget, in USD. `unpriced` requests cost something that is not known, and come on top."""

    budget: float
    spent: float
    left: float
    unpriced: int

    @property
    def exceeded(self) -> bool:
        """Whether more was spent than there was."""
        return self.spent > self.budget


class UsageLog(Log[Face, Usage]):
    """Each call of a model, priced when it is recorded, from a table that you can replace: ``Memory(prices=…)``."""

    table: ClassVar = Table(name="usage", record=Usage, aside=True, text=lambda usage: usage.model)
    groups: ClassVar = ("model", *Log.groups)

    @operation
    async def record(
        self: UsageLog[Async],
        model: str,
        input: int = 0,
        output: int = 0,
        cache_read: int = 0,
        cache_creation: int = 0,
        *,
        cost: float | None = None,
        metadata: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Usage:
        """Keep what one call took. `input` are the tokens that were not cached; `cost` (USD) goes before the table's price.

        Counts are whole numbers, not negative. The price is that of the day of the call (`at`); without one `cost` is None, never 0.
        """
        given = {"input": input, "output": output, "cache_read": cache_read, "cache_creation": cache_creation}
        tokens = {name: checked_count(count, name) for name, count in given.items()}
        name, kept, when = titled(model, "model"), checked_mapping(metadata, "metadata"), optional_micros(at)
        known = None if cost is None else _money(cost, "cost")
        moment_ = await Begin()
        if known is None:
            known = self._house._shared.prices.cost(name, moment(moment_.now if when is None else when), **tokens)
        return await self._add_new({"model": name, **tokens, "cost": known, "metadata": kept}, at=when)

    @query
    async def summary(self: UsageLog[Async], by: str = "model", *, since: datetime | None = None, until: datetime | None = None) -> list[UsageTotal]:
        """What was used, by `model`, `session`, `user`, `agent`, `project`, `channel` or `day` (UTC).

        From `since` (inclusive) to `until` (exclusive), in the order of the keys; what has none stands under ``""``.
        """
        return await self._summed(by, _SUMS, UsageTotal, since, until)

    @query
    async def against_budget(self: UsageLog[Async], budget: float, *, since: datetime | None = None, until: datetime | None = None) -> Budget:
        """What this scope has spent of a budget (USD), from `since` (inclusive) to `until` (exclusive)."""
        most = _money(budget, "budget")
        where = self._visible((await Begin()).now, follow=True) & period(since, until)
        sums = f"select coalesce(sum(cost), 0.0), count(*) - count(cost) from usage where {where.sql}"
        ((spent, unpriced),) = await many(lambda *row: row, sums, **where.params)
        return Budget(most, spent, most - spent, unpriced)


_SUMS = """count(*), cast(sum(input) as bigint), cast(sum(output) as bigint), cast(sum(cache_read) as bigint),
    cast(sum(cache_creation) as bigint), coalesce(sum(cost), 0.0), count(*) - count(cost)"""


def _money(amount: object, name: str) -> float:
    """USD. A cost below nothing would hide what was spent."""
    usd = checked_number(amount, name)
    if not 0 <= usd <= 1e12:
        raise Invalid(f"{name} must be an amount of USD from 0 to 1e12, not {amount!r}")
    return usd
