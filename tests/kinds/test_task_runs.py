"""Task runs: what came of each run; they go where their task goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recollect import Invalid, NotFound

HOUR = timedelta(hours=1)


def ran(view: Any, clock: Any, result: str, name: str = "Call") -> Any:
    """A task that was completed once, with this result."""
    view.tasks.schedule(name, clock())
    return view.tasks.complete(view.tasks.claim()[0].token, result)


def test_runs_show_the_latest_first_and_at_most_the_limit(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    for turn in range(3):
        alice.tasks.complete(alice.tasks.claim()[0].token, f"turn {turn}")
        clock.advance(timedelta(days=1))
    assert [run.result for run in alice.tasks.runs(task.id)] == ["turn 2", "turn 1", "turn 0"]
    assert [run.result for run in alice.tasks.runs(task.id, limit=1)] == ["turn 2"]
    assert alice.tasks.runs(task.id, limit=0) == []
    with pytest.raises(Invalid, match="limit"):
        alice.tasks.runs(task.id, limit=-1)


def test_each_due_time_counts_its_tries_from_one(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    start = clock()
    alice.tasks.fail(alice.tasks.claim()[0].token, "no answer")
    clock.advance(HOUR)
    alice.tasks.complete(alice.tasks.claim()[0].token)
    clock.set(start + timedelta(days=1))
    alice.tasks.complete(alice.tasks.claim()[0].token)
    assert [(run.due_at, run.attempt) for run in alice.tasks.runs(task.id)] == [(start + timedelta(days=1), 1), (start, 2), (start, 1)]


def test_without_a_task_the_runs_of_the_whole_scope_are_shown(alice: Any, clock: Any) -> None:
    ran(alice, clock, "one", "first")
    ran(alice.scope(project="atlas"), clock, "two", "second")
    assert [run.result for run in alice.tasks.runs()] == ["two", "one"]
    assert [run.result for run in alice.scope(project="atlas").tasks.runs()] == ["two"]


def test_a_run_stands_where_its_task_stands(memory: Any, clock: Any) -> None:
    place = {"user": "alice", "agent": "scout", "project": "atlas", "channel": "mail", "session": "s-1"}
    memory.scope(**place).tasks.schedule("Call", clock())
    memory.tasks.complete(memory.tasks.claim()[0].token)
    (run,) = memory.scope(**place).tasks.runs()
    assert run.scope.values() == ("", "alice", "scout", "atlas", "mail", "s-1")


def test_runs_go_with_their_task_and_come_back_with_it(alice: Any, clock: Any) -> None:
    task = ran(alice, clock, "an iguana")
    alice.tasks.delete(task.id)
    assert alice.task_runs.list() == alice.tasks.runs() == []
    with pytest.raises(NotFound):
        alice.tasks.runs(task.id)
    alice.tasks.undelete(task.id)
    assert [run.result for run in alice.tasks.runs(task.id)] == ["an iguana"]


def test_a_run_is_found_by_what_came_of_it_when_its_kind_is_named(alice: Any, clock: Any) -> None:
    ran(alice, clock, "an iguana")
    assert [run.result for run in alice.task_runs.search("iguana")] == ["an iguana"]
    assert alice.recall("iguana") == []


def test_pruned_runs_leave_the_task_alone(alice: Any, clock: Any) -> None:
    task = ran(alice, clock, "old")
    clock.advance(HOUR)
    assert alice.task_runs.prune(clock()) == 1
    assert alice.tasks.runs(task.id) == []
    assert alice.tasks.get(task.id) == task


def test_erasing_a_task_erases_its_runs(memory: Any, alice: Any, clock: Any) -> None:
    task = ran(alice, clock, "secret")
    memory.erase(id=task.id)
    assert alice.task_runs.list() == []
    assert list(alice.task_runs.export()) == []
