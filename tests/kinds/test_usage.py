"""Usage: tokens, what they cost, and what is left of a budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect import Budget, Invalid

HOUR = timedelta(hours=1)
PRICES = {"sage": {"input": 1.0, "output": 10.0, "cache_read": 0.1, "cache_creation": 2.0}, "plain": {"input": 3.0, "output": 6.0}}
MILLION = 1_000_000


@pytest.fixture
def priced(fresh: Callable[..., Any]) -> Any:
    """A user's view of a memory with prices of its own."""
    return fresh("priced.db", prices=PRICES).scope(user="alice")


def test_record_keeps_what_one_call_took(alice: Any, clock: Any) -> None:
    used = alice.usage.record("sage", 10, 20, 30, 40, cost=0.5, metadata={"request": "r-1"}, at=clock() - HOUR)
    assert (used.model, used.input, used.output, used.cache_read, used.cache_creation) == ("sage", 10, 20, 30, 40)
    assert (used.cost, used.metadata, used.created_at) == (0.5, {"request": "r-1"}, clock() - HOUR)
    assert alice.usage.get(used.id) == used


def test_a_model_is_enough(alice: Any) -> None:
    used = alice.usage.record("sage")
    assert (used.input, used.output, used.cache_read, used.cache_creation, used.metadata) == (0, 0, 0, 0, {})


def test_each_kind_of_token_has_its_own_price(priced: Any) -> None:
    """Defect 15 of kernex: the mean of two prices was taken for all tokens, and those of the cache were ignored."""
    for tokens, cost in (("input", 1.0), ("output", 10.0), ("cache_read", 0.1), ("cache_creation", 2.0)):
        assert priced.usage.record("sage", **{tokens: MILLION}).cost == pytest.approx(cost)
    assert priced.usage.record("sage", 1000, 200, 300, 400).cost == pytest.approx((1000 + 2000 + 30 + 800) / MILLION)


def test_what_has_no_price_has_no_cost_rather_than_none_at_all(priced: Any) -> None:
    """Defect 15 of kernex: a model that was not known cost nothing."""
    assert priced.usage.record("unknown", MILLION).cost is None
    assert priced.usage.record("sage").cost == 0.0


def test_a_cost_that_is_given_goes_before_the_tables(priced: Any) -> None:
    assert priced.usage.record("sage", MILLION, cost=7).cost == 7.0
    assert priced.usage.record("sage", MILLION, cost=0).cost == 0.0


def test_the_price_is_that_of_the_day_of_the_call(fresh: Any) -> None:
    table = {"sage": [{"since": "2025-01-01", "input": 1, "output": 1}, {"since": "2025-02-01", "input": 2, "output": 2}]}
    usage = fresh("priced.db", prices=table).scope(user="alice").usage
    days = [datetime(2024, 12, 31, 23, tzinfo=UTC), datetime(2025, 1, 31, 23, 59, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)]
    assert [usage.record("sage", MILLION, at=day).cost for day in days] == [None, 1.0, 2.0]
    assert usage.record("sage", MILLION).cost == 2.0


@pytest.mark.parametrize(
    "arguments", [{"model": ""}, {"model": " "}, {"model": None}, {"input": -1}, {"output": 1.5}, {"cache_read": True}, {"cache_creation": "5"},
                  {"input": 2**41}, {"cost": -0.01}, {"cost": float("nan")}, {"cost": 1e13}, {"cost": "5"}, {"metadata": ["a"]},
                  {"metadata": {"a": object()}}, {"at": datetime(2025, 1, 1)}],
)  # fmt: skip
def test_a_usage_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.usage.record(**{"model": "sage"} | arguments)
    assert alice.usage.count() == 0


def test_summary_adds_up_by_model(priced: Any) -> None:
    priced.usage.record("sage", 1000, 100, 10, 1)
    priced.usage.record("sage", 2000, 200, 20, 2)
    priced.usage.record("unknown", 5)
    sage, unknown = priced.usage.summary()
    assert (sage.key, sage.requests, sage.input, sage.output, sage.cache_read, sage.cache_creation) == ("sage", 2, 3000, 300, 30, 3)
    assert (sage.cost, sage.unpriced) == (pytest.approx((3000 + 3000 + 3 + 6) / MILLION), 0)
    assert (unknown.key, unknown.cost, unknown.unpriced, unknown.input) == ("unknown", 0.0, 1, 5)


def test_summary_counts_each_call_once_whatever_else_is_stored(alice: Any) -> None:
    """Defect 5 of sessions-db: a session's costs were added up once for each of its messages."""
    view = alice.scope(session="s-1")
    view.usage.record("sage", cost=1.0)
    for n in range(5):
        view.messages.add("user", f"message {n}")
    assert [(total.key, total.cost) for total in view.usage.summary("session")] == [("s-1", 1.0)]


def test_summary_by_user_session_project_and_day(memory: Any, clock: Any) -> None:
    """Defect 15 of kernex: usage could not be asked for by user or by time."""
    for user, session, project, hours in (("alice", "s-1", "atlas", 0), ("alice", "s-2", "atlas", 0), ("bob", "s-3", "other", 12)):
        memory.scope(user=user, session=session, project=project).usage.record("sage", 1, at=clock() + hours * HOUR)
    counted = {by: [(total.key, total.requests) for total in memory.usage.summary(by)] for by in ("user", "session", "project", "day")}
    assert counted == {
        "user": [("alice", 2), ("bob", 1)], "session": [("s-1", 1), ("s-2", 1), ("s-3", 1)],
        "project": [("atlas", 2), ("other", 1)], "day": [("2025-03-01", 2), ("2025-03-02", 1)],
    }  # fmt: skip


def test_summary_of_a_time_includes_its_beginning_and_not_its_end(alice: Any, clock: Any) -> None:
    now = clock()
    for at in (now - HOUR, now, now + HOUR):
        alice.usage.record("sage", 1, at=at)
    assert [total.requests for total in alice.usage.summary(since=now, until=now + HOUR)] == [1]
    assert alice.usage.summary(since=now + 2 * HOUR) == []


def test_the_greatest_counts_can_be_added_up(alice: Any) -> None:
    """Defect 15 of kernex: large counts were cast into another number."""
    for _ in range(3):
        alice.usage.record("sage", 2**40, 2**40)
    assert alice.usage.summary()[0].input == 3 * 2**40


@pytest.mark.parametrize("by", ["cost", "tenant", "", None])
def test_summary_by_anything_else_is_invalid(alice: Any, by: Any) -> None:
    with pytest.raises(Invalid, match="model"):
        alice.usage.summary(by)


def test_a_budget_says_what_is_left(alice: Any) -> None:
    alice.usage.record("sage", cost=1.5)
    alice.usage.record("sage", cost=1.0)
    assert alice.usage.against_budget(4) == Budget(4.0, 2.5, 1.5, 0)
    assert [alice.usage.against_budget(budget).exceeded for budget in (2, 2.5, 3)] == [True, False, False]
    assert alice.usage.against_budget(2).left == -0.5


def test_what_has_no_price_is_named_beside_the_budget(alice: Any) -> None:
    alice.usage.record("unknown", 5)
    assert alice.usage.against_budget(1) == Budget(1.0, 0.0, 1.0, 1)


def test_a_budget_of_nothing_is_kept_by_who_spends_nothing(alice: Any) -> None:
    assert alice.usage.against_budget(0) == Budget(0.0, 0.0, 0.0, 0)
    assert alice.usage.against_budget(0).exceeded is False


def test_a_budget_looks_at_this_scope_and_time_only(alice: Any, memory: Any, clock: Any) -> None:
    now = clock()
    alice.usage.record("sage", cost=1, at=now - HOUR)
    alice.scope(project="atlas", session="s-1").usage.record("sage", cost=2)
    memory.scope(user="bob").usage.record("sage", cost=4)
    alice.usage.delete(alice.usage.record("sage", cost=8).id)
    views = (alice, alice.scope(project="atlas"), alice.scope(session="s-1"), alice.scope(project="other"), memory)
    assert [view.usage.against_budget(10).spent for view in views] == [3.0, 2.0, 2.0, 0.0, 7.0]
    assert alice.usage.against_budget(10, since=now).spent == 2.0
    assert alice.usage.against_budget(10, until=now).spent == 1.0


@pytest.mark.parametrize("budget", [-1, float("inf"), float("nan"), "5", None, True])
def test_a_budget_that_is_no_amount_is_invalid(alice: Any, budget: Any) -> None:
    with pytest.raises(Invalid, match="budget"):
        alice.usage.against_budget(budget)


def test_usage_is_found_when_it_is_asked_for_and_stays_out_of_the_prompt(alice: Any) -> None:
    used = alice.usage.record("walnut-9")
    assert alice.usage.search("walnut-9") == [used]
    assert alice.recall("walnut-9") == []
