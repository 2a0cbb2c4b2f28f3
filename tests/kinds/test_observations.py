"""Observations: what was found out, of seven types, kept as it happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Invalid
from recollect.kinds.observations import TYPES

HOUR = timedelta(hours=1)


def ids(records: Any) -> list[str]:
    return [record.id for record in records]


def test_add_keeps_everything_that_was_found_out(alice: Any, clock: Any) -> None:
    seen = alice.observations.add("The pump leaks", "Water", "An old seal", "the cellar", "Seals age", type="bugfix", at=clock() - HOUR)
    assert (seen.title, seen.what, seen.why, seen.where, seen.learned) == ("The pump leaks", "Water", "An old seal", "the cellar", "Seals age")
    assert (seen.type, seen.created_at, seen.updated_at) == ("bugfix", clock() - HOUR, clock() - HOUR)
    assert alice.observations.get(seen.id) == seen


def test_what_add_returns_is_what_is_stored(alice: Any, clock: Any) -> None:
    """Defect 23 of kernex: the time that was returned was not the one that was stored."""
    clock.advance(timedelta(microseconds=123_456))
    seen = alice.observations.add("The pump leaks")
    assert alice.observations.list() == [seen]
    assert seen.created_at.microsecond == 123_456


def test_a_title_is_enough_and_makes_a_discovery(alice: Any) -> None:
    seen = alice.observations.add("The pump leaks")
    assert (seen.type, seen.what, seen.why, seen.where, seen.learned) == ("discovery", None, None, None, None)


@pytest.mark.parametrize("type", TYPES)
def test_there_are_seven_types(alice: Any, type: str) -> None:
    assert alice.observations.add("The pump leaks", type=type).type == type
    assert len(TYPES) == 7


@pytest.mark.parametrize("type", ["Bugfix", "", "bug", None, 5, ["bugfix"]])
def test_another_type_is_refused(alice: Any, type: Any) -> None:
    with pytest.raises(Invalid, match="architecture, bugfix"):
        alice.observations.add("The pump leaks", type=type)


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "\u3000", None, 5])
def test_a_blank_title_is_refused(alice: Any, title: Any) -> None:
    """Defect 23 of kernex: blank titles were accepted."""
    with pytest.raises(Invalid, match="title"):
        alice.observations.add(title)


@pytest.mark.parametrize("field", ["what", "why", "where", "learned"])
@pytest.mark.parametrize("value", ["", 5])
def test_what_is_said_of_the_rest_may_not_be_empty(alice: Any, field: str, value: Any) -> None:
    with pytest.raises(Invalid, match=field):
        alice.observations.add("The pump leaks", **{field: value})
    assert alice.observations.count() == 0


def test_a_time_without_a_zone_is_refused(alice: Any) -> None:
    with pytest.raises(Invalid, match="time zone"):
        alice.observations.add("The pump leaks", at=datetime(2025, 1, 1))


def test_the_same_thing_twice_is_two_observations(alice: Any) -> None:
    assert len({alice.observations.add("The pump leaks").id for _ in range(3)}) == 3
    assert alice.observations.count() == 3


@pytest.mark.parametrize(("field", "word"), [("what", "walnut"), ("why", "zebra"), ("where", "harbour"), ("learned", "glacier")])
def test_search_finds_every_part(alice: Any, field: str, word: str) -> None:
    seen = alice.observations.add("The pump leaks", **{field: f"the {word}"})
    alice.observations.add("Another pump")
    assert ids(alice.observations.search(word)) == [seen.id]


def test_search_finds_words_that_stand_apart_and_short_ones(alice: Any) -> None:
    """Defect 3 of kernex: the whole question was one phrase, and nothing below three bytes was found."""
    seen = alice.observations.add("The pump of the harbour leaks", "愛")
    assert ids(alice.observations.search("leaking pump")) == ids(alice.observations.search("愛")) == [seen.id]


def test_search_of_one_type_gives_as_many_as_there_are(alice: Any) -> None:
    for n in range(12):
        alice.observations.add(f"pump {n}", type="config")
    bugs = {alice.observations.add(f"the old pump of the mill {n}", type="bugfix").id for n in range(3)}
    assert set(ids(alice.observations.search("pump", type="bugfix", limit=3))) == bugs
    with pytest.raises(Invalid, match="type"):
        alice.observations.search("pump", type="bug")


def test_search_of_a_time_includes_its_beginning_and_not_its_end(alice: Any, clock: Any) -> None:
    start = clock()
    old, new = alice.observations.add("pump one"), alice.observations.add("pump two", at=start + HOUR)
    assert ids(alice.observations.search("pump", until=start + HOUR)) == [old.id]
    assert ids(alice.observations.search("pump", since=start + HOUR)) == [new.id]
    assert alice.observations.search("pump", since=start + HOUR, until=start + HOUR) == []


@pytest.mark.parametrize("query", ["", "what's up", "C++", "AND", '"', "*", "\0", "🦜"])
def test_any_text_is_a_question(alice: Any, query: str) -> None:
    alice.observations.add("The pump leaks")
    assert alice.observations.search(query) == []


def test_search_sees_this_users_and_this_projects_only(alice: Any, memory: Any) -> None:
    own = alice.scope(project="atlas").observations.add("pump")
    alice.observations.add("pump")
    memory.scope(user="bob").observations.add("pump")
    assert ids(alice.scope(project="atlas").observations.search("pump")) == [own.id]
    assert alice.scope(project="other").observations.search("pump") == []


def test_a_deleted_observation_comes_back_and_is_found_again(alice: Any, memory: Any) -> None:
    """Defect 4 of kernex: bringing an observation back broke the index."""
    seen = alice.observations.add("The pump leaks", "Water", where="the cellar")
    alice.observations.delete(seen.id)
    assert alice.observations.search("cellar") == []
    alice.observations.undelete(seen.id)
    assert ids(alice.observations.search("cellar")) == [seen.id]
    assert memory.verify() == []


def test_between_runs_oldest_first_and_prune_takes_what_is_older(alice: Any, clock: Any) -> None:
    old, new = alice.observations.add("one", at=clock() - HOUR), alice.observations.add("two")
    assert ids(alice.observations.between()) == [old.id, new.id]
    assert ids(alice.observations.between(limit=1)) == [old.id]
    assert alice.observations.prune(clock()) == 1
    assert ids(alice.observations.list()) == [new.id]
    assert alice.observations.undelete(old.id) is True
