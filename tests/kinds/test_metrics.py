"""Metrics: numbers over time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Invalid, MetricTotal

HOUR = timedelta(hours=1)


def test_record_keeps_a_number_under_a_name(alice: Any, clock: Any) -> None:
    metric = alice.metrics.record("latency", 12, "ms", at=clock() - HOUR)
    assert (metric.name, metric.value, metric.unit, metric.created_at) == ("latency", 12.0, "ms", clock() - HOUR)
    assert alice.metrics.get(metric.id) == metric
    assert alice.metrics.record("latency", 12).unit is None


@pytest.mark.parametrize("value", [0, -1.5, 1e300, -1e300, 5e-324, 0.1])
def test_any_number_comes_back_as_it_was(alice: Any, value: float) -> None:
    assert alice.metrics.get(alice.metrics.record("x", value).id).value == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.1e300, -1.1e300, True, "5", None])
def test_what_is_no_number_is_invalid(alice: Any, value: Any) -> None:
    with pytest.raises(Invalid, match="value"):
        alice.metrics.record("x", value)
    assert alice.metrics.count() == 0


@pytest.mark.parametrize("arguments", [{"name": ""}, {"name": 5}, {"name": "x" * 256}, {"name": "a\nb"}, {"unit": ""}, {"at": datetime(2025, 1, 1)}])
def test_a_metric_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.metrics.record(**{"name": "x", "value": 1} | arguments)


def test_a_summary_holds_numbers_whose_squares_no_machine_does(alice: Any) -> None:
    for value in (1e200, 2e200):
        alice.metrics.record("x", value)
    (total,) = alice.metrics.summary()
    assert (total.mean, total.sum) == (1.5e200, 3e200)


def test_summary_has_count_sum_mean_and_bounds_of_each_name(alice: Any) -> None:
    for name, value in (("latency", 1), ("latency", 2), ("latency", 6), ("size", -4)):
        alice.metrics.record(name, value)
    assert alice.metrics.summary() == [MetricTotal("latency", 3, 9.0, 3.0, 1.0, 6.0), MetricTotal("size", 1, -4.0, -4.0, -4.0, -4.0)]
    assert [total.key for total in alice.metrics.summary(name="size")] == ["size"]
    assert alice.metrics.summary(name="siz%") == []


def test_sums_of_the_greatest_numbers_are_numbers(alice: Any) -> None:
    for _ in range(3):
        alice.metrics.record("x", 1e300)
    assert alice.metrics.summary()[0].sum == pytest.approx(3e300)


def test_summary_of_one_name_by_day_is_a_line_over_time(alice: Any, clock: Any) -> None:
    for days in (0, 0, 1):
        alice.metrics.record("latency", days + 1, at=clock() + timedelta(days=days))
    alice.metrics.record("size", 100)
    totals = alice.metrics.summary("day", name="latency")
    assert [(total.key, total.mean) for total in totals] == [("2025-03-01", 1.0), ("2025-03-02", 2.0)]


def test_summary_of_a_time_and_of_this_scope_only(alice: Any, memory: Any, clock: Any) -> None:
    now = clock()
    for at in (now - HOUR, now, now + HOUR):
        alice.metrics.record("x", 1, at=at)
    memory.scope(user="bob").metrics.record("x", 10)
    assert [total.sum for total in alice.metrics.summary(since=now, until=now + HOUR)] == [1.0]
    assert [(total.key, total.sum) for total in memory.metrics.summary("user")] == [("alice", 3.0), ("bob", 10.0)]
    assert alice.scope(project="atlas").metrics.summary() == []


@pytest.mark.parametrize("arguments", [{"by": "value"}, {"by": "unit"}, {"by": None}, {"name": 5}, {"name": ""}, {"since": datetime(2025, 1, 1)}])
def test_wrong_arguments_of_summary_are_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.metrics.summary(**arguments)
