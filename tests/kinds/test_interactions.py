"""Interactions: calls of agents and tools, from start to end; an end is final, and the sums are right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


def called(view: Any, name: str = "finder", **end: Any) -> Any:
    return view.interactions.finish(view.interactions.start(name).id, **end)


def test_a_call_is_running_until_it_ends(alice: Any, clock: Any) -> None:
    conversation = alice.conversations.current()
    call = alice.interactions.start("finder", "find flats", model="gpt-4o", conversation=conversation)
    assert (call.name, call.task, call.status, call.model, call.conversation) == ("finder", "find flats", "running", "gpt-4o", conversation.id)
    assert (call.result, call.input, call.output, call.cost, call.finished_at) == (None, 0, 0, None, None)
    clock.advance(MINUTE)
    ended = alice.interactions.finish(call.id, "three flats", input=10, output=5, cost=0.25)
    assert (ended.status, ended.result, ended.finished_at) == ("completed", "three flats", clock())
    assert (ended.input, ended.output, ended.cost) == (10, 5, 0.25)
    assert alice.interactions.get(call.id) == ended
    assert ended.created_at == call.created_at


def test_a_call_may_have_begun_earlier(alice: Any, clock: Any) -> None:
    assert alice.interactions.start("finder", at=clock() - DAY).created_at == clock() - DAY
    with pytest.raises(Invalid, match="time zone"):
        alice.interactions.start("finder", at=datetime(2025, 1, 1))


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_an_end_is_final_and_may_be_said_again(alice: Any, status: str) -> None:
    end = called(alice, result="x", status=status, cost=0.5)
    assert alice.interactions.finish(end.id, "x", status=status, cost=0.5) == end
    for other in ({"result": "y"}, {"status": "completed" if status == "failed" else "failed"}, {"input": 1}, {"cost": None}):
        with pytest.raises(Conflict, match=status):
            alice.interactions.finish(end.id, **{"result": "x", "status": status, "cost": 0.5, **other})
    assert alice.interactions.get(end.id) == end


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""}, {"name": None}, {"name": "a\nb"}, {"task": ""}, {"task": 5}, {"model": ""}, {"model": 5}, {"model": "a\0b"},
        {"conversation": ""}, {"conversation": "a\0b"}, {"at": "now"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_start_of_nonsense_is_invalid_and_nothing_is_written(alice: Any, bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        alice.interactions.start(**{"name": "finder", **bad})
    assert alice.interactions.count() == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"status": "running"}, {"status": "done"}, {"status": None}, {"result": ""}, {"result": 5}, {"input": -1}, {"input": 1.5},
        {"output": "many"}, {"output": 2**63}, {"cost": -0.01}, {"cost": float("nan")}, {"cost": "free"}, {"cost": True},
    ],
    ids=repr,
)  # fmt: skip
def test_an_end_of_nonsense_is_invalid_and_the_call_goes_on(alice: Any, bad: dict[str, Any]) -> None:
    call = alice.interactions.start("finder")
    with pytest.raises(Invalid):
        alice.interactions.finish(call.id, **bad)
    assert alice.interactions.get(call.id) == call


def test_nobody_ends_an_unknown_a_deleted_or_another_users_call(memory: Any, alice: Any) -> None:
    call = alice.interactions.start("finder")
    with pytest.raises(NotFound):
        memory.scope(user="bob").interactions.finish(call.id)
    with pytest.raises(NotFound):
        alice.interactions.finish(UNKNOWN)
    alice.interactions.delete(call.id)
    with pytest.raises(NotFound):
        alice.interactions.finish(call.id)
    alice.interactions.undelete(call.id)
    assert alice.interactions.finish(call.id).status == "completed"


def test_summary_counts_calls_failures_tokens_cost_and_seconds(alice: Any, clock: Any) -> None:
    """Defect 5 of sessions-db: costs were added once for each joined row."""
    first = alice.interactions.start("finder")
    clock.advance(MINUTE)
    alice.interactions.finish(first.id, input=10, output=5, cost=0.25)
    called(alice, status="failed", input=1, cost=0.5)
    alice.interactions.start("finder")
    called(alice, "writer")
    totals = alice.interactions.summary()
    assert [(one.key, one.interactions, one.failed, one.input, one.output, one.cost, one.seconds) for one in totals] == [
        ("finder", 3, 1, 11, 5, 0.75, 60.0), ("writer", 1, 0, 0, 0, 0.0, 0.0),
    ]  # fmt: skip
    assert isinstance(totals[1].cost, float) and isinstance(totals[1].seconds, float)


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("name", ["finder"]), ("model", ["", "gpt-4o"]), ("status", ["completed", "running"]), ("user", ["alice"]), ("agent", ["", "scout"]),
        ("project", ["", "atlas"]), ("channel", ["", "mail"]), ("session", [""]), ("day", ["2025-02-28", "2025-03-01"]),
    ],
)  # fmt: skip
def test_summary_goes_by_any_of_its_groups(alice: Any, clock: Any, by: str, keys: list[str]) -> None:
    called(alice.scope(agent="scout", project="atlas", channel="mail"))
    alice.interactions.start("finder", model="gpt-4o", at=clock() - DAY)
    assert sorted(total.key for total in alice.interactions.summary(by)) == keys


@pytest.mark.parametrize("by", ["task", "", None, 5, "name; drop table interactions", ["name"]])
def test_summary_by_anything_else_is_invalid(alice: Any, by: Any) -> None:
    with pytest.raises(Invalid, match="by must be one of name"):
        alice.interactions.summary(by)


def test_summary_is_of_a_time_and_of_this_scope(memory: Any, alice: Any, clock: Any) -> None:
    called(alice)
    clock.advance(DAY)
    called(alice)
    called(memory.scope(user="bob"))
    assert [total.interactions for total in alice.interactions.summary(since=clock())] == [1]
    assert [total.interactions for total in alice.interactions.summary(until=clock())] == [1]
    assert [total.interactions for total in memory.interactions.summary()] == [3]
    assert alice.interactions.summary(since=datetime(2030, 1, 1, tzinfo=UTC)) == []


def test_between_and_prune_go_by_the_time_of_the_start(alice: Any, clock: Any) -> None:
    old = alice.interactions.start("old")
    clock.advance(DAY)
    alice.interactions.finish(old.id)
    alice.interactions.start("new")
    assert [call.name for call in alice.interactions.between(until=clock())] == ["old"]
    assert alice.interactions.prune(clock()) == 1
    assert [call.name for call in alice.interactions.list()] == ["new"]


def test_calls_are_found_when_their_kind_is_named(alice: Any) -> None:
    call = called(alice, result="an iguana")
    assert [found.id for found in alice.interactions.search("iguana")] == [call.id]
    assert alice.recall("iguana") == []
