"""Limitations: what cannot be done, reported once however it is written, and resolved some day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound

HOUR = timedelta(hours=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


def titles(limitations: Any) -> list[str]:
    return [limitation.title for limitation in limitations]


def test_report_keeps_what_cannot_be_done(alice: Any, clock: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes", "There is no line.", "Rent one")
    assert (limit.title, limit.description, limit.plan) == ("Cannot send faxes", "There is no line.", "Rent one")
    assert (limit.status, limit.resolution, limit.resolved_at) == ("open", None, None)
    assert (limit.seen, limit.seen_at, limit.version) == (1, clock(), 1)
    assert alice.limitations.get(limit.id) == limit


def test_a_title_is_enough(alice: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    assert (limit.description, limit.plan) == ("", None)


@pytest.mark.parametrize("again", ["cannot send faxes", "CANNOT SEND FAXES!", "  Cannot send  faxes.", "“Cannot send faxes”"])
def test_the_same_title_is_the_same_limitation_whatever_its_case(alice: Any, clock: Any, again: str) -> None:
    first = alice.limitations.report("Cannot send faxes")
    clock.advance(HOUR)
    second = alice.limitations.report(again)
    assert (second.id, second.title, second.seen, second.seen_at) == (first.id, first.title, 2, clock())
    assert (second.version, second.updated_at) == (1, first.updated_at)
    assert alice.limitations.count() == 1


@pytest.mark.parametrize("other", ["Can send faxes", "Cannot read faxes", "Cannot send faxes and cannot read them"])
def test_another_title_is_another_limitation(alice: Any, other: str) -> None:
    alice.limitations.report("Cannot send faxes")
    alice.limitations.report(other)
    assert alice.limitations.count() == 2


def test_what_is_said_anew_of_it_is_kept_and_what_was_said_before_is_history(alice: Any, clock: Any) -> None:
    first = alice.limitations.report("Cannot send faxes", "There is no line.")
    clock.advance(HOUR)
    second = alice.limitations.report("cannot send faxes", "The line is dead.", "Call the company")
    assert (second.description, second.plan, second.seen, second.version) == ("The line is dead.", "Call the company", 2, 2)
    assert [old.description for old in alice.limitations.history(first.id)] == ["The line is dead.", "There is no line."]
    assert [one.id for one in alice.limitations.search("company")] == [first.id]


def test_a_report_without_more_leaves_what_was_said(alice: Any) -> None:
    alice.limitations.report("Cannot send faxes", "There is no line.", "Rent one")
    again = alice.limitations.report("Cannot send faxes")
    assert (again.description, again.plan, again.version) == ("There is no line.", "Rent one", 1)


@pytest.mark.parametrize(
    "arguments", [{"title": ""}, {"title": " \t"}, {"title": None}, {"title": "x", "description": 5}, {"title": "x", "plan": ""}]
)
def test_a_limitation_that_says_nothing_is_invalid(alice: Any, arguments: Any) -> None:
    """Defect 23 of kernex: blank titles were accepted."""
    with pytest.raises(Invalid):
        alice.limitations.report(**arguments)
    assert alice.limitations.count() == 0


# resolving


def test_resolve_says_how_and_when(alice: Any, clock: Any) -> None:
    """Defect 21 of kernex: there was no way to resolve a limitation."""
    limit = alice.limitations.report("Cannot send faxes")
    clock.advance(HOUR)
    resolved = alice.limitations.resolve(limit.id, "A line was rented.")
    assert (resolved.status, resolved.resolution, resolved.resolved_at) == ("resolved", "A line was rented.", clock())
    assert (resolved.id, resolved.version) == (limit.id, 2)
    assert alice.limitations.open() == []
    assert [one.id for one in alice.limitations.search("rented")] == [limit.id]


def test_resolving_twice_changes_nothing(alice: Any, clock: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    resolved = alice.limitations.resolve(limit.id, "Rented.")
    clock.advance(HOUR)
    assert alice.limitations.resolve(limit.id) == resolved
    assert alice.limitations.resolve(limit.id, "Rented.") == resolved


def test_another_resolution_is_a_new_version_of_the_same_day(alice: Any, clock: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    first = alice.limitations.resolve(limit.id)
    clock.advance(HOUR)
    second = alice.limitations.resolve(limit.id, "By mail")
    assert (first.resolution, second.resolution, second.resolved_at, second.version) == (None, "By mail", first.resolved_at, 3)


def test_what_is_reported_after_it_was_resolved_is_open_again(alice: Any, clock: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    alice.limitations.resolve(limit.id, "Rented.")
    clock.advance(HOUR)
    again = alice.limitations.report("cannot send faxes")
    assert (again.id, again.status, again.resolution, again.resolved_at, again.seen) == (limit.id, "open", None, None, 2)
    assert [one.id for one in alice.limitations.open()] == [limit.id]
    assert [old.resolution for old in alice.limitations.history(limit.id)] == [None, "Rented.", None]


def test_resolve_of_what_is_not_there_is_not_found(alice: Any, memory: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    with pytest.raises(NotFound, match=UNKNOWN):
        alice.limitations.resolve(UNKNOWN)
    with pytest.raises(NotFound):
        memory.scope(user="bob").limitations.resolve(limit.id)
    alice.limitations.delete(limit.id)
    with pytest.raises(NotFound):
        alice.limitations.resolve(limit.id)


def test_an_empty_resolution_is_invalid(alice: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    with pytest.raises(Invalid, match="resolution"):
        alice.limitations.resolve(limit.id, "")
    assert alice.limitations.get(limit.id) == limit


def test_open_shows_the_oldest_first(alice: Any, clock: Any) -> None:
    for title in ("one", "two", "three"):
        alice.limitations.report(title)
        clock.advance(HOUR)
    alice.limitations.resolve(alice.limitations.list()[-1].id)
    alice.limitations.report("one")
    assert titles(alice.limitations.open()) == ["one", "two", "three"]
    assert titles(alice.limitations.open(2)) == ["one", "two"]
    assert alice.limitations.open(0) == []
    with pytest.raises(Invalid, match="limit"):
        alice.limitations.open(-1)


def test_a_project_sees_the_general_limitations_and_its_own(alice: Any, memory: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.limitations.report("general")
    atlas.limitations.report("own")
    memory.scope(user="bob").limitations.report("bob's")
    assert titles(atlas.limitations.open()) == ["general", "own"]
    assert titles(alice.limitations.open()) == ["general"]
    assert len(memory.limitations.open()) == 2


def test_a_report_in_a_project_does_not_touch_the_general_one(alice: Any) -> None:
    general = alice.limitations.report("Cannot send faxes")
    assert alice.scope(project="atlas").limitations.report("Cannot send faxes").id != general.id
    assert alice.limitations.get(general.id) == general


def test_a_deleted_limitation_reported_again_is_a_new_one(alice: Any, memory: Any) -> None:
    first = alice.limitations.report("Cannot send faxes")
    alice.limitations.delete(first.id)
    second = alice.limitations.report("Cannot send faxes")
    assert (second.id != first.id, second.seen) == (True, 1)
    with pytest.raises(Conflict, match=second.id):
        alice.limitations.undelete(first.id)
    assert memory.verify() == []


def test_a_block_that_fails_resolved_nothing(alice: Any, memory: Any) -> None:
    limit = alice.limitations.report("Cannot send faxes")
    with pytest.raises(Conflict), alice.atomic() as block:
        block.limitations.resolve(limit.id)
        block.limitations.report("Cannot send faxes", "again")
        raise Conflict("no")
    assert alice.limitations.history(limit.id) == [limit]
    assert memory.verify() == []
