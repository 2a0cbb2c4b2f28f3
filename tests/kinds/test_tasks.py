"""Tasks: due at a time, claimed by one at a time, done once; what recurs never drifts, and nothing that was cancelled comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from recollect import Conflict, Invalid, NotFound, RecollectError

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"
LISBON = ZoneInfo("Europe/Lisbon")


def said(tasks: Any) -> list[str]:
    return [task.description for task in tasks]


def claimed(view: Any) -> Any:
    (claim,) = view.tasks.claim()
    return claim


def done(view: Any) -> Any:
    return view.tasks.complete(claimed(view).token)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


# schedule


def test_a_task_keeps_everything_that_was_said_of_it(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule(
        "Water the plants", clock() + DAY, repeat="weekly", timezone="Europe/Lisbon", missed="skip", type="action", reply_target="chat 7"
    )
    assert alice.tasks.get(task.id) == task
    assert (task.description, task.due_at, task.run_at, task.starts_at) == ("Water the plants", clock() + DAY, clock() + DAY, clock() + DAY)
    assert (task.repeat, task.timezone, task.missed, task.type, task.reply_target) == ("weekly", "Europe/Lisbon", "skip", "action", "chat 7")
    assert (task.status, task.attempts, task.last_error, task.finished_at, task.token) == ("pending", 0, None, None, None)


def test_times_come_back_in_utc_wherever_they_were_said(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: an offset such as +02:00 was not understood."""
    task = alice.tasks.schedule("Call", datetime(2025, 7, 1, 9, tzinfo=timezone(2 * HOUR)))
    assert (task.due_at, task.due_at.tzinfo, task.run_at.tzinfo) == (at(2025, 7, 1, 7), UTC, UTC)
    assert alice.tasks.defer(task.id, datetime(2025, 7, 2, 9, tzinfo=LISBON)).run_at.isoformat() == "2025-07-02T08:00:00+00:00"


@pytest.mark.parametrize(
    "bad",
    [
        {"description": ""}, {"description": " \n"}, {"description": 5}, {"due": datetime(2025, 3, 2)}, {"due": "tomorrow"}, {"due": None},
        {"repeat": "hourly"}, {"repeat": ""}, {"repeat": 5}, {"timezone": "Lisbon"}, {"timezone": ""}, {"timezone": 5}, {"timezone": []},
        {"missed": "never"}, {"missed": None}, {"type": ""}, {"type": 5}, {"reply_target": ""}, {"reply_target": 5},
        {"repeat": "FREQ=DAILY;UNTIL=20200101"}, {"repeat": "FREQ=DAILY;INTERVAL=0"},
    ],
    ids=repr,
)  # fmt: skip
def test_bad_input_is_invalid_and_nothing_is_planned(alice: Any, clock: Any, bad: dict[str, Any]) -> None:
    """Defect 9 of kernex: a due time that cannot be read never came, and an unknown repeat was daily."""
    with pytest.raises(Invalid):
        alice.tasks.schedule(**{"description": "Call", "due": clock(), **bad})
    assert alice.tasks.list() == []


def test_the_same_task_again_is_the_one_that_waits(alice: Any, clock: Any) -> None:
    first = alice.tasks.schedule("Call Alice about the Q3 report", clock() + DAY)
    assert alice.tasks.schedule("call Alice about the Q3 report!", clock() + DAY).id == first.id
    assert alice.tasks.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"description": "Call Bob about the Q3 report"}, {"due": at(2025, 3, 2, 12, 1)}, {"repeat": "daily"}, {"type": "action"},
        {"reply_target": "chat 7"}, {"timezone": "Europe/Lisbon"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_task_that_differs_in_anything_is_another_one(alice: Any, other: dict[str, Any]) -> None:
    """Defect 10 of kernex: tasks with similar words were merged, whatever else they said."""
    task = {"description": "Call Alice about the Q3 report", "due": at(2025, 3, 2, 12)}
    alice.tasks.schedule(**task)
    alice.tasks.schedule(**{**task, **other})
    assert alice.tasks.count() == 2


def test_a_recurring_task_that_has_run_is_still_the_same_one(alice: Any, clock: Any) -> None:
    start = clock()
    task = alice.tasks.schedule("Call", start, repeat="daily")
    done(alice)
    assert alice.tasks.schedule("Call", start, repeat="daily").due_at == start + DAY
    assert alice.tasks.schedule("Call", start, repeat="daily").id == task.id
    assert alice.tasks.schedule("Call", start).id != task.id


@pytest.mark.parametrize("other", [{"channel": "mail"}, {"project": "atlas"}, {"agent": "scout"}], ids=repr)
def test_the_same_task_elsewhere_is_another_one(alice: Any, clock: Any, other: dict[str, str]) -> None:
    """Defect 10 of kernex: channel and project were ignored."""
    first = alice.tasks.schedule("Call", clock() + DAY)
    assert alice.scope(**other).tasks.schedule("Call", clock() + DAY).id != first.id


def test_what_is_done_cancelled_or_deleted_can_be_planned_again(alice: Any, clock: Any) -> None:
    ends: list[Callable[[Any], Any]] = [lambda task: done(alice), lambda task: alice.tasks.cancel(task.id), lambda task: alice.tasks.delete(task.id)]
    seen = []
    for end in ends:
        task = alice.tasks.schedule("Call", clock())
        seen.append(task.id)
        end(task)
    assert len(set(seen)) == 3


def test_the_time_zone_is_the_users_fact_unless_one_is_named(alice: Any, clock: Any) -> None:
    assert alice.tasks.schedule("a", clock()).timezone == "UTC"
    alice.facts.set("timezone", "Europe/Lisbon")
    assert alice.tasks.schedule("b", clock()).timezone == "Europe/Lisbon"
    assert alice.tasks.schedule("c", clock(), timezone="Asia/Tokyo").timezone == "Asia/Tokyo"
    alice.facts.set("timezone", "the moon")
    assert alice.tasks.schedule("d", clock()).timezone == "UTC"


# due and claim


def test_due_shows_what_has_come_the_longest_due_first(alice: Any, clock: Any) -> None:
    for name, when in (("later", clock() + MINUTE), ("now", clock()), ("long ago", clock() - DAY)):
        alice.tasks.schedule(name, when)
    assert said(alice.tasks.due()) == ["long ago", "now"]
    assert said(alice.tasks.due(1)) == ["long ago"]
    assert alice.tasks.due(0) == []
    clock.advance(MINUTE)
    assert said(alice.tasks.due()) == ["long ago", "now", "later"]


def test_looking_changes_nothing(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    assert alice.tasks.due() == alice.tasks.due() == [task]


def test_due_gives_as_many_as_there_are_beside_those_that_were_missed(alice: Any, clock: Any) -> None:
    for turn in range(3):
        alice.tasks.schedule(f"skipped {turn}", clock() - 2 * DAY, repeat="weekly", missed="skip")
    alice.tasks.schedule("wanted", clock() - HOUR)
    assert said(alice.tasks.due(1)) == ["wanted"]


def test_a_claim_is_a_token_for_a_time(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    assert (claim.task.id, claim.lease_until) == (task.id, clock() + 10 * MINUTE)
    assert (claim.task.status, claim.task.token, claim.task.claimed_at) == ("claimed", claim.token, clock())
    assert alice.tasks.claim() == []
    assert alice.tasks.due() == []


def test_claim_takes_up_to_its_limit_the_longest_due_first(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: a claim took everything, in no order."""
    for turn in range(5):
        alice.tasks.schedule(f"task {turn}", clock() - turn * HOUR)
    assert said(claim.task for claim in alice.tasks.claim(2)) == ["task 4", "task 3"]
    assert len(alice.tasks.claim(100)) == 3
    assert alice.tasks.claim(0) == []


@pytest.mark.parametrize("bad", [{"limit": -1}, {"limit": None}, {"lease": 60}, {"lease": timedelta(0)}, {"lease": -HOUR}], ids=repr)
def test_a_claim_of_nonsense_is_invalid(alice: Any, clock: Any, bad: dict[str, Any]) -> None:
    alice.tasks.schedule("Call", clock())
    with pytest.raises(Invalid):
        alice.tasks.claim(**bad)
    assert len(alice.tasks.due()) == 1


def test_a_claim_whose_lease_ended_goes_to_another_worker_and_the_old_token_is_worth_nothing(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: without a token a stale worker's completion moved the task on twice."""
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    first = claimed(alice)
    clock.advance(10 * MINUTE)
    second = claimed(alice)
    assert second.task.id == task.id and second.token != first.token
    for late in (alice.tasks.complete, alice.tasks.heartbeat):
        with pytest.raises(Conflict, match="claim again"):
            late(first.token)
    with pytest.raises(Conflict):
        alice.tasks.fail(first.token, "late")
    assert alice.tasks.complete(second.token).due_at == clock() - 10 * MINUTE + DAY
    assert [run.status for run in alice.tasks.runs(task.id)] == ["completed", "lost"]


def test_a_late_worker_whose_task_nobody_took_may_still_complete_it(alice: Any, clock: Any) -> None:
    alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    clock.advance(DAY)
    assert alice.tasks.complete(claim.token).status == "done"


def test_a_heartbeat_keeps_a_long_job_from_running_twice(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: a job of more than ten minutes was given to a second worker."""
    alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    for _ in range(3):
        clock.advance(9 * MINUTE)
        assert alice.tasks.heartbeat(claim.token).lease_until == clock() + 10 * MINUTE
        assert alice.tasks.claim() == []
    assert alice.tasks.heartbeat(claim.token, HOUR).lease_until == clock() + HOUR


@pytest.mark.parametrize("token", [UNKNOWN, "", "x", None, 5])
def test_a_token_that_is_none_is_a_conflict(alice: Any, clock: Any, token: Any) -> None:
    """Defect 9 of kernex: failing a task that does not exist was a success."""
    alice.tasks.schedule("Call", clock())
    claimed(alice)
    for verb in (alice.tasks.complete, alice.tasks.heartbeat, lambda token: alice.tasks.fail(token, "x")):
        with pytest.raises(Conflict):
            verb(token)


def test_nobody_claims_finishes_or_sees_another_users_task(memory: Any, alice: Any, clock: Any) -> None:
    """Defect 11 of kernex: runs were shown to anybody."""
    task = alice.tasks.schedule("Call", clock())
    bob = memory.scope(user="bob")
    assert bob.tasks.due() == bob.tasks.claim() == []
    claim = claimed(alice)
    with pytest.raises(Conflict):
        bob.tasks.complete(claim.token)
    for call in (bob.tasks.cancel, bob.tasks.runs, lambda id: bob.tasks.defer(id, clock()), lambda id: bob.tasks.edit(id, description="x")):
        with pytest.raises(NotFound):
            call(task.id)
    assert alice.tasks.complete(claim.token).status == "done"
    assert bob.tasks.runs() == bob.task_runs.list() == []


def test_an_administrators_worker_serves_every_user_and_the_runs_are_theirs(memory: Any, alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    memory.scope(user="bob").tasks.schedule("Write", clock())
    claims = memory.tasks.claim(5)
    assert said(claim.task for claim in claims) == ["Call", "Write"]
    assert memory.tasks.complete(claims[0].token, "called").user == "alice"
    assert [run.result for run in alice.tasks.runs(task.id)] == ["called"]


def test_a_projects_worker_takes_the_projects_tasks_only(alice: Any, clock: Any) -> None:
    """Defect 12 of kernex: tasks ignored the project."""
    alice.tasks.schedule("general", clock())
    alice.scope(project="atlas").tasks.schedule("atlas", clock())
    assert said(claim.task for claim in alice.scope(project="atlas").tasks.claim(5)) == ["atlas"]
    assert said(claim.task for claim in alice.tasks.claim(5)) == ["general"]


def test_a_deleted_task_is_not_offered_and_its_claim_is_over(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    alice.tasks.delete(task.id)
    with pytest.raises(Conflict):
        alice.tasks.complete(claim.token)
    clock.advance(HOUR)
    assert alice.tasks.claim() == []
    alice.tasks.undelete(task.id)
    assert claimed(alice).task.id == task.id


# complete and fail


def test_a_task_that_runs_once_is_done(alice: Any, clock: Any) -> None:
    alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    clock.advance(MINUTE)
    task = alice.tasks.complete(claim.token, "they agreed", 120)
    assert (task.status, task.finished_at, task.token, task.lease_until) == ("done", clock(), None, None)
    (run,) = alice.tasks.runs(task.id)
    assert (run.status, run.result, run.tokens, run.started_at, run.created_at) == ("completed", "they agreed", 120, clock() - MINUTE, clock())
    assert alice.tasks.claim() == []


@pytest.mark.parametrize("bad", [{"result": ""}, {"result": 5}, {"tokens": -1}, {"tokens": "many"}, {"tokens": True}], ids=repr)
def test_completing_with_nonsense_is_invalid_and_the_claim_stands(alice: Any, clock: Any, bad: dict[str, Any]) -> None:
    alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    with pytest.raises(Invalid):
        alice.tasks.complete(claim.token, **bad)
    assert alice.tasks.complete(claim.token).status == "done"


def test_completing_twice_is_a_conflict_and_moves_nothing(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    claim = claimed(alice)
    alice.tasks.complete(claim.token)
    with pytest.raises(Conflict):
        alice.tasks.complete(claim.token)
    assert alice.tasks.get(task.id).due_at == clock() + DAY
    assert len(alice.tasks.runs(task.id)) == 1


@pytest.mark.promise("time")
def test_what_recurs_waits_for_its_next_time_in_the_users_zone(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: recurrence knew UTC only, and drifted when the clocks changed."""
    clock.set(datetime(2025, 3, 29, 9, tzinfo=LISBON))
    task = alice.tasks.schedule("Call", clock(), repeat="daily", timezone="Europe/Lisbon")
    assert done(alice).due_at == at(2025, 3, 30, 8)
    assert alice.tasks.get(task.id).status == "pending"


@pytest.mark.promise("time")
def test_monthly_on_the_31st_returns_to_the_31st(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: after 31 January came 3 March."""
    clock.set(at(2025, 1, 31, 9))
    alice.tasks.schedule("Pay the rent", clock(), repeat="monthly")
    seen = []
    for _ in range(3):
        seen.append(done(alice).due_at)
        clock.set(seen[-1])
    assert seen == [at(2025, 2, 28, 9), at(2025, 3, 31, 9), at(2025, 4, 30, 9)]


def test_a_failure_is_tried_again_after_a_pause_that_doubles(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    due = clock()
    for attempts, pause in ((1, 2 * MINUTE), (2, 4 * MINUTE)):
        failed = alice.tasks.fail(claimed(alice).token, "no answer")
        assert (failed.status, failed.attempts, failed.last_error) == ("pending", attempts, "no answer")
        assert (failed.run_at, failed.due_at) == (clock() + pause, due)
        assert alice.tasks.claim() == []
        clock.advance(pause)
    failed = alice.tasks.fail(claimed(alice).token, "still no answer")
    assert (failed.status, failed.finished_at, failed.last_error) == ("failed", clock(), "still no answer")
    assert [(run.attempt, run.status) for run in alice.tasks.runs(task.id)] == [(3, "failed"), (2, "failed"), (1, "failed")]


def test_the_pause_grows_to_six_hours_or_to_a_longer_one_that_was_asked_for(alice: Any, clock: Any) -> None:
    alice.tasks.schedule("Call", clock())
    for _ in range(9):
        clock.set(alice.tasks.fail(claimed(alice).token, "x", 100).run_at)
    assert alice.tasks.fail(claimed(alice).token, "x", 100).run_at == clock() + 6 * HOUR
    clock.advance(6 * HOUR)
    assert alice.tasks.fail(claimed(alice).token, "x", 100, back_off=DAY).run_at == clock() + DAY


def test_a_recurring_task_that_fails_for_good_waits_for_its_next_time_with_all_attempts(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: attempts were never counted anew, so the third failure of a life ended a recurring task."""
    alice.tasks.schedule("Call", clock(), repeat="daily")
    due = clock()
    task = alice.tasks.fail(claimed(alice).token, "no answer", 1)
    assert (task.status, task.attempts, task.due_at, task.last_error) == ("pending", 0, due + DAY, "no answer")
    clock.set(due + DAY)
    assert alice.tasks.fail(claimed(alice).token, "x", 2).attempts == 1


@pytest.mark.promise("time")
def test_a_retry_does_not_move_the_rhythm(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: a retry moved the due time, and every later one with it."""
    alice.tasks.schedule("Call", clock(), repeat="daily")
    due = clock()
    alice.tasks.fail(claimed(alice).token, "x")
    clock.advance(2 * MINUTE)
    task = done(alice)
    assert (task.due_at, task.attempts, task.last_error) == (due + DAY, 0, None)


def test_a_run_that_was_lost_counts_as_a_try(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    claimed(alice)
    clock.advance(HOUR)
    alice.tasks.complete(claimed(alice).token)
    assert [(run.attempt, run.status) for run in alice.tasks.runs(task.id)] == [(2, "completed"), (1, "lost")]


@pytest.mark.parametrize(
    "bad",
    [{"error": ""}, {"error": " "}, {"error": None}, {"max_attempts": 0}, {"max_attempts": 2.5}, {"back_off": 5}, {"back_off": timedelta(0)}],
    ids=repr,
)  # fmt: skip
def test_failing_with_nonsense_is_invalid_and_the_claim_stands(alice: Any, clock: Any, bad: dict[str, Any]) -> None:
    alice.tasks.schedule("Call", clock())
    claim = claimed(alice)
    with pytest.raises(Invalid):
        alice.tasks.fail(claim.token, **{"error": "x", **bad})
    assert alice.tasks.get(claim.task.id).status == "claimed"


# what was missed


@pytest.mark.promise("time")
def test_missed_recurrences_run_once_and_go_on_in_the_future(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: after a pause every missed occurrence ran, one a poll."""
    start = clock()
    alice.tasks.schedule("Call", start, repeat="daily")
    clock.advance(10 * DAY + HOUR)
    assert done(alice).due_at == start + 11 * DAY
    assert alice.tasks.claim() == []


def test_missed_recurrences_are_skipped_where_that_was_asked_for(alice: Any, clock: Any) -> None:
    start = clock()
    task = alice.tasks.schedule("Call", start, repeat="daily", missed="skip")
    clock.advance(10 * DAY + 2 * HOUR)
    assert alice.tasks.due() == alice.tasks.claim() == []
    assert alice.tasks.get(task.id).due_at == start + 11 * DAY
    assert alice.tasks.runs(task.id) == []


def test_a_recurrence_within_the_hour_is_not_missed(alice: Any, clock: Any) -> None:
    start = clock()
    alice.tasks.schedule("Call", start, repeat="daily", missed="skip")
    clock.advance(10 * DAY + HOUR)
    assert len(alice.tasks.due()) == 1
    assert claimed(alice).task.due_at == start + 10 * DAY


def test_all_missed_recurrences_run_where_that_was_asked_for(alice: Any, clock: Any) -> None:
    start = clock()
    alice.tasks.schedule("Call", start, repeat="daily", missed="all")
    clock.advance(2 * DAY)
    assert [done(alice).due_at for _ in range(3)] == [start + turn * DAY for turn in (1, 2, 3)]
    assert alice.tasks.claim() == []


def test_a_skipped_rule_that_is_over_is_done(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="FREQ=DAILY;COUNT=2", missed="skip")
    clock.advance(5 * DAY)
    assert alice.tasks.claim() == []
    assert alice.tasks.get(task.id).status == "done"


def test_a_rule_with_an_end_is_done_after_its_last_time(alice: Any, clock: Any) -> None:
    alice.tasks.schedule("Call", clock(), repeat="FREQ=DAILY;COUNT=2")
    assert done(alice).status == "pending"
    clock.advance(DAY)
    assert done(alice).status == "done"


# defer, edit, cancel


def test_defer_puts_off_and_keeps_the_rhythm(alice: Any, clock: Any) -> None:
    start = clock()
    task = alice.tasks.schedule("Call", start, repeat="daily")
    assert alice.tasks.defer(task.id, start + 3 * HOUR).run_at == start + 3 * HOUR
    assert alice.tasks.due() == []
    clock.advance(3 * HOUR)
    assert done(alice).due_at == start + DAY


def test_a_task_that_failed_for_good_is_tried_again_after_defer(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    alice.tasks.fail(claimed(alice).token, "x", 1)
    again = alice.tasks.defer(task.id, clock() + HOUR)
    assert (again.status, again.attempts, again.due_at, again.finished_at) == ("pending", 0, clock() + HOUR, None)


@pytest.mark.parametrize("until", [None, "tomorrow", datetime(2025, 3, 2)])
def test_defer_to_what_is_no_time_is_invalid(alice: Any, clock: Any, until: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    with pytest.raises(Invalid):
        alice.tasks.defer(task.id, until)


def test_edit_changes_what_is_named_and_nothing_else(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: an update could not set everything, and read times in its own way."""
    task = alice.tasks.schedule("Call", clock() + DAY, repeat="daily", timezone="Europe/Lisbon", reply_target="chat 7")
    edited = alice.tasks.edit(task.id, description="Call the iguana", type="action", missed="all", reply_target="chat 8")
    assert (edited.description, edited.type, edited.missed, edited.reply_target) == ("Call the iguana", "action", "all", "chat 8")
    assert (edited.due_at, edited.repeat, edited.timezone) == (task.due_at, "daily", "Europe/Lisbon")
    assert [found.id for found in alice.tasks.search("iguana")] == [task.id]
    assert alice.tasks.edit(task.id) == edited


def test_a_new_due_time_is_a_new_start(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="weekly")
    alice.tasks.fail(claimed(alice).token, "x")
    edited = alice.tasks.edit(task.id, due=datetime(2025, 3, 5, 18, tzinfo=LISBON))
    assert (edited.due_at, edited.run_at, edited.attempts) == (at(2025, 3, 5, 18), at(2025, 3, 5, 18), 0)
    clock.set(at(2025, 3, 5, 18))
    assert done(alice).due_at == at(2025, 3, 12, 18)


def test_a_new_rule_never_brings_back_what_has_been_done(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    start = clock()
    for _ in range(3):
        done(alice)
        clock.advance(DAY)
    done(alice)
    assert alice.tasks.edit(task.id, repeat="weekly").due_at == start + 7 * DAY
    assert alice.tasks.claim() == []


def test_a_rule_that_is_taken_away_leaves_the_next_time_as_the_last(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: a repeat could never be cleared."""
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    done(alice)
    edited = alice.tasks.edit(task.id, repeat="once")
    assert (edited.repeat, edited.due_at) == (None, clock() + DAY)
    clock.advance(DAY)
    assert done(alice).status == "done"


def test_a_task_becomes_recurring_from_when_it_is_due(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock() - DAY)
    alice.tasks.defer(task.id, clock() + HOUR)
    assert alice.tasks.edit(task.id, repeat="daily").due_at == clock() + HOUR


def test_what_is_overdue_is_still_due_after_an_edit(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    clock.advance(HOUR)
    alice.tasks.edit(task.id, repeat="weekly")
    assert claimed(alice).task.due_at == clock() - HOUR


def test_nine_in_the_morning_is_nine_in_the_new_time_zone(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", at(2025, 3, 2, 9), repeat="daily", timezone="UTC")
    assert alice.tasks.edit(task.id, timezone="Asia/Tokyo").due_at == at(2025, 3, 2, 0)
    once = alice.tasks.schedule("Write", at(2025, 3, 2, 9))
    assert alice.tasks.edit(once.id, timezone="Asia/Tokyo").due_at == at(2025, 3, 2, 9)


@pytest.mark.parametrize(
    "bad",
    [{"description": ""}, {"due": datetime(2025, 1, 1)}, {"due": 5}, {"repeat": "hourly"}, {"repeat": ""}, {"timezone": "x"}, {"missed": "x"}]
    + [{"type": ""}, {"repeat": "FREQ=DAILY;UNTIL=20250301T120000Z"}],
    ids=repr,
)  # fmt: skip
def test_an_edit_of_nonsense_is_invalid_and_changes_nothing(alice: Any, clock: Any, bad: dict[str, Any]) -> None:
    alice.tasks.schedule("Call", clock(), repeat="daily")
    task = done(alice)
    with pytest.raises(Invalid):
        alice.tasks.edit(task.id, **bad)
    assert alice.tasks.get(task.id) == task


def test_a_cancelled_task_cannot_be_revived(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: completing a cancelled recurring task resurrected it."""
    task = alice.tasks.schedule("Call", clock(), repeat="daily")
    claim = claimed(alice)
    assert alice.tasks.cancel(task.id).status == "cancelled"
    calls = [
        lambda: alice.tasks.complete(claim.token), lambda: alice.tasks.fail(claim.token, "x"), lambda: alice.tasks.heartbeat(claim.token),
        lambda: alice.tasks.defer(task.id, clock()), lambda: alice.tasks.edit(task.id, description="x"),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Conflict):
            call()
    alice.tasks.delete(task.id)
    alice.tasks.undelete(task.id)
    clock.advance(DAY)
    assert alice.tasks.claim() == []
    assert alice.tasks.get(task.id).status == "cancelled"


def test_cancelling_twice_is_fine_and_cancelling_what_is_done_a_conflict(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    assert alice.tasks.cancel(task.id) == alice.tasks.cancel(task.id)
    alice.tasks.schedule("Write", clock())
    with pytest.raises(Conflict, match="is done"):
        alice.tasks.cancel(done(alice).id)


def test_what_failed_for_good_can_be_called_off(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    alice.tasks.fail(claimed(alice).token, "x", 1)
    assert alice.tasks.cancel(task.id).status == "cancelled"


def test_what_is_worked_on_can_be_listed_and_cancelled_but_not_changed(alice: Any, clock: Any) -> None:
    """Defect 9 of kernex: claimed tasks were on no list and could not be cancelled."""
    task = alice.tasks.schedule("Call", clock())
    claimed(alice)
    assert [one.status for one in alice.tasks.list()] == ["claimed"]
    for call in (lambda: alice.tasks.defer(task.id, clock()), lambda: alice.tasks.edit(task.id, description="x")):
        with pytest.raises(Conflict, match="is claimed"):
            call()
    assert alice.tasks.cancel(task.id).status == "cancelled"


@pytest.mark.parametrize("id", ["", "%", "_", "0195", UNKNOWN])
def test_no_pattern_cancels_anything(alice: Any, clock: Any, id: str) -> None:
    """Defect 11 of kernex: an empty prefix or a percent sign meant all of them."""
    alice.tasks.schedule("Call", clock())
    for call in (alice.tasks.cancel, alice.tasks.runs, lambda id: alice.tasks.defer(id, clock()), alice.tasks.edit):
        with pytest.raises(NotFound):
            call(id)
    assert [task.status for task in alice.tasks.list()] == ["pending"]


def test_the_last_eight_characters_of_an_id_are_enough(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    assert alice.tasks.cancel(task.id[-8:]).status == "cancelled"


def test_what_an_atomic_block_undoes_was_never_claimed(alice: Any, clock: Any) -> None:
    task = alice.tasks.schedule("Call", clock())
    with pytest.raises(RuntimeError), alice.atomic() as tx:
        tx.tasks.complete(tx.tasks.claim()[0].token)
        raise RuntimeError
    assert alice.tasks.get(task.id) == task
    assert alice.tasks.runs(task.id) == []


def test_errors_of_tasks_are_errors_of_ours(alice: Any, clock: Any) -> None:
    far = datetime.max.replace(tzinfo=UTC)
    task = alice.tasks.schedule("Call", far)
    assert alice.tasks.get(task.id).due_at == far
    with pytest.raises(RecollectError):
        alice.tasks.schedule("Call", far, repeat="daily", timezone="Asia/Tokyo")


def test_pending_lists_what_waits_the_earliest_first(alice: Any, clock: Any) -> None:
    late, soon = (alice.tasks.schedule(what, clock() + timedelta(hours=hours)) for what, hours in (("later", 5), ("soon", 1)))
    gone, held = alice.tasks.schedule("never", clock()), alice.tasks.schedule("now", clock() - timedelta(hours=1))
    alice.tasks.cancel(gone.id)
    assert alice.tasks.claim()[0].task.id == held.id
    assert [task.id for task in alice.tasks.pending()] == [soon.id, late.id]
    assert [task.id for task in alice.tasks.pending(1)] == [soon.id]
    assert alice.scope(project="other").tasks.pending() == []
