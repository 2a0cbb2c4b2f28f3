"""Checkpoints: a run of several phases goes on where it stopped, with what each phase had brought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recollect import Invalid, NotFound

HOUR = timedelta(hours=1)


def phases(checkpoints: Any) -> dict[str, str]:
    return {one.phase: one.status for one in checkpoints}


def test_a_checkpoint_keeps_everything_that_was_said_of_it(alice: Any) -> None:
    saved = alice.checkpoints.save("run 7", "plan", "failed", {"steps": [1, 2.5, None, "愛"]}, error="no network")
    assert alice.checkpoints.get("run 7/plan") == saved == alice.checkpoints.get(saved.id)
    assert (saved.run, saved.phase, saved.key, saved.status) == ("run 7", "plan", "run 7/plan", "failed")
    assert (saved.output, saved.error, saved.attempt, saved.version) == ({"steps": [1, 2.5, None, "愛"]}, "no network", 0, 1)


def test_resume_shows_the_phases_in_the_order_of_their_beginning(alice: Any, clock: Any) -> None:
    """Defect 20 of kernex: phases of one second came in any order."""
    for phase in ("plan", "build", "test", "act"):
        alice.checkpoints.save("run", phase, "pending")
    alice.checkpoints.save("run", "plan", "completed")
    alice.checkpoints.save("run", "build", "in_progress")
    assert list(phases(alice.checkpoints.resume("run")).items()) == [
        ("plan", "completed"), ("build", "in_progress"), ("test", "pending"), ("act", "pending"),
    ]  # fmt: skip
    assert alice.checkpoints.resume("another run") == []


def test_an_output_stays_until_another_one_is_saved(alice: Any) -> None:
    """Defect 20 of kernex: saving a state without an output erased the one that was stored."""
    alice.checkpoints.save("run", "plan", "in_progress", [1])
    assert alice.checkpoints.save("run", "plan", "completed").output == [1]
    assert alice.checkpoints.save("run", "plan", "completed", [2]).output == [2]


@pytest.mark.parametrize("output", [0, False, "", [], {}, 0.5, "x" * 100_000, {"a": {"b": [None]}}, "\\u0000", 2**70], ids=lambda one: repr(one)[:20])
def test_any_value_of_json_comes_back_as_it_was(alice: Any, output: Any) -> None:
    alice.checkpoints.save("run", "plan", "in_progress", {"older": 1})
    saved = alice.checkpoints.save("run", "plan", "completed", output)
    assert saved.output == output
    assert alice.checkpoints.get("run/plan") == saved


def test_nul_in_json_is_the_sign_for_what_cannot_be_kept(alice: Any) -> None:
    assert alice.checkpoints.save("run", "plan", "completed", {"a": "x\0\0y\\\0"}).output == {"a": "x\ufffd\ufffdy\\\ufffd"}


def test_an_error_belongs_to_the_state_that_it_was_saved_with(alice: Any) -> None:
    alice.checkpoints.save("run", "plan", "failed", error="no network")
    assert alice.checkpoints.save("run", "plan", "in_progress").error is None


def test_an_attempt_is_counted_each_time_a_phase_is_begun(alice: Any) -> None:
    states = ["pending", "in_progress", "in_progress", "failed", "in_progress", "completed"]
    assert [alice.checkpoints.save("run", "plan", state).attempt for state in states] == [0, 1, 1, 1, 2, 2]


def test_every_state_is_kept_and_can_be_asked_for(alice: Any, clock: Any) -> None:
    alice.checkpoints.save("run", "plan", "in_progress", {"n": 1})
    then = clock()
    clock.advance(HOUR)
    alice.checkpoints.save("run", "plan", "completed", {"n": 2})
    assert [(one.status, one.output) for one in alice.checkpoints.history("run/plan")] == [("completed", {"n": 2}), ("in_progress", {"n": 1})]
    assert [one.status for one in alice.checkpoints.as_of(then)] == ["in_progress"]
    assert alice.checkpoints.revert("run/plan", 1).output == {"n": 1}


def test_the_same_state_again_changes_nothing(alice: Any) -> None:
    first = alice.checkpoints.save("run", "plan", "completed", [1])
    assert alice.checkpoints.save("run", "plan", "completed", [1]) == first


@pytest.mark.parametrize(
    "bad",
    [
        {"run": ""}, {"run": None}, {"run": 5}, {"run": "a\0b"}, {"run": "r" * 256}, {"phase": ""}, {"phase": None}, {"phase": "a\nb"},
        {"run": "r" * 200, "phase": "p" * 100}, {"status": "done"}, {"status": None}, {"status": ""}, {"output": object()}, {"output": {1, 2}},
        {"output": float("nan")}, {"error": ""}, {"error": 5},
    ],
    ids=lambda one: repr(one)[:30],
)  # fmt: skip
def test_bad_input_is_invalid_and_nothing_is_saved(alice: Any, bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        alice.checkpoints.save(**{"run": "run", "phase": "plan", "status": "completed", **bad})
    assert alice.checkpoints.list() == []


@pytest.mark.parametrize("run", ["", 5, "a\0b", "a\ud800", "r" * 256])
def test_a_run_that_cannot_be_is_invalid_to_ask_for(alice: Any, run: Any) -> None:
    for verb in (alice.checkpoints.resume, alice.checkpoints.clear):
        with pytest.raises(Invalid, match="run"):
            verb(run)
    with pytest.raises(Invalid, match="run"):
        alice.checkpoints.resume(None)


def test_a_run_may_be_a_record(alice: Any, clock: Any) -> None:
    session = alice.sessions.start("work")
    alice.checkpoints.save(session, "plan", "completed")
    assert phases(alice.checkpoints.resume(session)) == phases(alice.checkpoints.resume(session.id)) == {"plan": "completed"}


def test_no_two_pairs_of_run_and_phase_are_the_same(alice: Any) -> None:
    pairs = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc"), ("A", "b/c")]
    for run, phase in pairs:
        alice.checkpoints.save(run, phase, "pending", [run, phase])
    assert alice.checkpoints.count() == len(pairs)
    found = {run: [one.output for one in alice.checkpoints.resume(run)] for run, _ in pairs}
    assert found == {"a/b": [["a/b", "c"]], "a": [["a", "b/c"], ["a", "b%2Fc"]], "a%2Fb": [["a%2Fb", "c"]], "A": [["A", "b/c"]]}


def test_clear_takes_one_run_and_leaves_the_others(alice: Any) -> None:
    for run in ("one", "two"):
        for phase in ("plan", "act"):
            alice.checkpoints.save(run, phase, "completed", 1)
    assert alice.checkpoints.clear("one") == 2
    assert alice.checkpoints.clear("one") == 0
    assert alice.checkpoints.resume("one") == []
    assert len(alice.checkpoints.resume("two")) == 2
    assert alice.checkpoints.clear() == 2
    assert alice.checkpoints.list() == []


def test_a_run_that_was_cleared_begins_anew(alice: Any) -> None:
    alice.checkpoints.save("run", "plan", "in_progress", [1])
    alice.checkpoints.clear("run")
    again = alice.checkpoints.save("run", "plan", "in_progress")
    assert (again.output, again.attempt, again.version) == (None, 1, 3)


def test_a_cleared_phase_can_be_brought_back(alice: Any) -> None:
    alice.checkpoints.save("run", "plan", "completed", [1])
    alice.checkpoints.clear("run")
    assert alice.checkpoints.undelete("run/plan") is True
    assert alice.checkpoints.resume("run")[0].output == [1]


def test_a_project_goes_on_with_its_own_run_before_the_general_one(alice: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.checkpoints.save("run", "plan", "completed", "general")
    assert atlas.checkpoints.resume("run")[0].output == "general"
    atlas.checkpoints.save("run", "plan", "in_progress", "atlas")
    assert [one.output for one in atlas.checkpoints.resume("run")] == ["atlas"]
    assert [one.output for one in alice.checkpoints.resume("run")] == ["general"]
    assert alice.scope(project="other").checkpoints.resume("run")[0].output == "general"


def test_another_users_run_is_never_touched(memory: Any, alice: Any) -> None:
    saved = alice.checkpoints.save("run", "plan", "completed", [1])
    bob = memory.scope(user="bob")
    assert bob.checkpoints.resume("run") == []
    assert bob.checkpoints.clear("run") == bob.checkpoints.clear() == 0
    assert bob.checkpoints.save("run", "plan", "pending").output is None
    with pytest.raises(NotFound):
        bob.checkpoints.revert(saved.id, 1)
    assert alice.checkpoints.resume("run") == [saved]


def test_an_administrator_resumes_and_clears_its_own_run(memory: Any, alice: Any) -> None:
    alice.checkpoints.save("run", "plan", "completed")
    assert memory.checkpoints.resume("run") == []
    assert memory.checkpoints.clear("run") == 0
    assert len(alice.checkpoints.resume("run")) == 1


def test_checkpoints_are_found_when_their_kind_is_named_and_are_in_no_prompt(alice: Any) -> None:
    saved = alice.checkpoints.save("migrate iguanas", "plan", "completed")
    assert [one.id for one in alice.checkpoints.search("iguanas")] == [saved.id]
    assert alice.recall("iguanas") == []
    assert "migrate iguanas" not in alice.context("iguanas").text


def test_a_phase_and_its_work_are_saved_together_or_not_at_all(alice: Any) -> None:
    with pytest.raises(RuntimeError), alice.atomic() as tx:
        tx.facts.set("city", "Lisbon")
        tx.checkpoints.save("run", "plan", "completed")
        raise RuntimeError
    assert alice.checkpoints.resume("run") == []
