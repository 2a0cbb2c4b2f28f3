"""Outcomes: how things went, and what several of them come to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Invalid, OutcomeTotal

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def lessons(outcomes: Any) -> list[str]:
    return [outcome.lesson for outcome in outcomes]


def test_add_keeps_a_judgement(alice: Any, clock: Any) -> None:
    outcome = alice.outcomes.add(-1, "code", "Run the tests first", source="a review", at=clock() - HOUR)
    assert (outcome.score, outcome.domain, outcome.lesson, outcome.source) == (-1, "code", "Run the tests first", "a review")
    assert outcome.created_at == clock() - HOUR
    assert alice.outcomes.get(outcome.id) == outcome


def test_a_lesson_need_not_be_known_yet(alice: Any) -> None:
    assert alice.outcomes.add(0, "code").lesson is None


@pytest.mark.parametrize("score", [2, -2, 0.5, True, False, "1", None, [1], float("nan")])
def test_another_score_is_refused(alice: Any, score: Any) -> None:
    with pytest.raises(Invalid, match="score"):
        alice.outcomes.add(score, "code")
    assert alice.outcomes.count() == 0


@pytest.mark.parametrize("arguments", [{"domain": ""}, {"domain": None}, {"lesson": ""}, {"lesson": 5}, {"at": datetime(2025, 1, 1)}])
def test_an_outcome_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.outcomes.add(**{"score": 1, "domain": "code"} | arguments)


def test_the_source_may_be_a_record(alice: Any) -> None:
    note = alice.notes.add("It went well")
    assert alice.outcomes.add(1, "code", source=note).source == note.id


def test_recent_runs_newest_first(alice: Any, clock: Any) -> None:
    for lesson in ("one", "two", "three"):
        alice.outcomes.add(1, "code", lesson)
        clock.advance(HOUR)
    alice.outcomes.add(1, "code", "long ago", at=clock() - 10 * DAY)
    assert lessons(alice.outcomes.recent()) == ["three", "two", "one", "long ago"]
    assert lessons(alice.outcomes.recent(2)) == ["three", "two"]
    assert alice.outcomes.recent(0) == []


def test_equal_times_go_by_the_order_of_writing(alice: Any) -> None:
    for lesson in ("one", "two", "three"):
        alice.outcomes.add(1, "code", lesson)
    assert lessons(alice.outcomes.recent()) == ["three", "two", "one"]


def test_recent_of_a_domain_or_since_a_time(alice: Any, clock: Any) -> None:
    alice.outcomes.add(1, "code", "one", at=clock() - HOUR)
    alice.outcomes.add(1, "mail", "two")
    assert lessons(alice.outcomes.recent(domain="code")) == ["one"]
    assert lessons(alice.outcomes.recent(since=clock())) == ["two"]
    assert lessons(alice.outcomes.recent(since=clock() - HOUR)) == ["two", "one"]
    assert alice.outcomes.recent(domain="cod%") == alice.outcomes.recent(domain="\ud800") == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"limit": "5"}, {"domain": 5}, {"domain": ""}, {"since": datetime(2025, 1, 1)}])
def test_wrong_arguments_of_recent_are_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.outcomes.recent(**arguments)


def test_what_happened_in_one_project_is_not_seen_in_another(alice: Any, memory: Any) -> None:
    """Defect 12 of kernex: outcomes without a project returned those of every project."""
    alice.scope(project="atlas").outcomes.add(1, "code", "atlas")
    alice.outcomes.add(1, "code", "none")
    memory.scope(user="bob").outcomes.add(1, "code", "bob")
    assert lessons(alice.scope(project="atlas").outcomes.recent()) == ["atlas"]
    assert alice.scope(project="other").outcomes.recent() == []
    assert lessons(alice.outcomes.recent()) == ["none", "atlas"]


def test_summary_counts_good_and_bad_and_their_mean(alice: Any) -> None:
    for score, domain in ((1, "code"), (1, "code"), (-1, "code"), (0, "code"), (-1, "mail")):
        alice.outcomes.add(score, domain)
    assert alice.outcomes.summary() == [OutcomeTotal("code", 4, 2, 1, 0.25), OutcomeTotal("mail", 1, 0, 1, -1.0)]


def test_summary_of_nothing_is_empty(alice: Any) -> None:
    assert alice.outcomes.summary() == []


def test_summary_by_day_goes_by_utc_and_before_1970_too(alice: Any, clock: Any) -> None:
    for at in ("2025-03-01T23:59:59.999999+00:00", "2025-03-02T00:30:00+01:00", "2025-03-02T00:00:00+00:00", "1969-12-31T23:00:00+00:00"):
        alice.outcomes.add(1, "code", at=datetime.fromisoformat(at))
    assert [(total.key, total.outcomes) for total in alice.outcomes.summary("day")] == [("1969-12-31", 1), ("2025-03-01", 2), ("2025-03-02", 1)]


def test_summary_by_any_part_of_the_scope(alice: Any, memory: Any) -> None:
    view = memory.scope(user="bob", agent="scout", project="atlas", channel="mail", session="s-1")
    view.outcomes.add(1, "code")
    alice.outcomes.add(-1, "code")
    for by, key in (("user", "bob"), ("agent", "scout"), ("project", "atlas"), ("channel", "mail"), ("session", "s-1")):
        totals = {total.key: total.mean for total in memory.outcomes.summary(by)}
        assert totals == {key: 1.0, "alice" if by == "user" else "": -1.0}


def test_summary_of_a_time_leaves_out_the_rest_and_the_deleted(alice: Any, clock: Any) -> None:
    now = clock()
    for at in (now - HOUR, now, now + HOUR):
        alice.outcomes.add(1, "code", at=at)
    alice.outcomes.delete(alice.outcomes.add(-1, "code").id)
    assert alice.outcomes.summary(since=now, until=now + HOUR) == [OutcomeTotal("code", 1, 1, 0, 1.0)]


@pytest.mark.parametrize("by", ["score", "tenant", "", None, "domain; drop table outcomes", ["domain"]])
def test_summary_by_anything_else_is_invalid(alice: Any, by: Any) -> None:
    with pytest.raises(Invalid, match="domain"):
        alice.outcomes.summary(by)


def test_an_outcome_is_found_by_its_lesson(alice: Any) -> None:
    outcome = alice.outcomes.add(-1, "harbour", "Mind the crane")
    assert [one.id for one in alice.outcomes.search("cranes")] == [one.id for one in alice.outcomes.search("harbour")] == [outcome.id]
