"""Links: between any two records, from when to when, and gone with either of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound

HOUR = timedelta(hours=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


@pytest.fixture
def ends(alice: Any) -> list[Any]:
    """Three notes of hers."""
    return [alice.notes.add(text) for text in ("one", "two", "three")]


def ids(records: Any) -> list[str]:
    return [record.id for record in records]


def test_add_connects_two_records(alice: Any, ends: Any, clock: Any) -> None:
    link = alice.links.add(ends[0], ends[1].id, "caused_by", 0.5, valid_from=clock() - HOUR, valid_to=clock())
    assert (link.source, link.target, link.kind, link.weight) == (ends[0].id, ends[1].id, "caused_by", 0.5)
    assert (link.valid_from, link.valid_to, link.version) == (clock() - HOUR, clock(), 1)
    assert alice.links.get(link.id) == link


def test_without_more_records_are_related_for_good(alice: Any, ends: Any) -> None:
    link = alice.links.add(ends[0], ends[1])
    assert (link.kind, link.weight, link.valid_from, link.valid_to) == ("related_to", 1.0, None, None)


def test_records_of_any_two_kinds_can_be_linked(alice: Any) -> None:
    message, fact = alice.messages.add("user", "I live in Lisbon"), alice.facts.set("home", "Lisbon")
    link = alice.links.add(message, fact, "says")
    assert alice.links.of(fact) == alice.links.of(message.id) == [link]


def test_the_same_ends_kind_and_beginning_are_the_same_link(alice: Any, ends: Any, clock: Any) -> None:
    first = alice.links.add(ends[0], ends[1], weight=0.2)
    again = alice.links.add(ends[0].id, ends[1], weight=0.9, valid_to=clock())
    assert (again.id, again.version, again.weight, again.valid_to) == (first.id, 2, 0.9, clock())
    assert [link.weight for link in alice.links.history(first.id)] == [0.9, 0.2]


def test_adding_the_same_again_changes_nothing(alice: Any, ends: Any, clock: Any) -> None:
    first = alice.links.add(ends[0], ends[1], valid_from=clock())
    local = clock().astimezone(timezone(timedelta(hours=5)))
    clock.advance(HOUR)
    assert alice.links.add(ends[0], ends[1], valid_from=local) == first


def test_another_end_kind_direction_or_beginning_is_another_link(alice: Any, ends: Any, clock: Any) -> None:
    one, two, three = ends
    more: list[Any] = [(one, two), (two, one), (one, three), (one, two, "x"), (one, two, "x "), (one, two, "x  y"), (one, two, "x y")]
    links = [alice.links.add(*each) for each in more] + [alice.links.add(one, two, valid_from=clock())]
    assert len(set(ids(links))) == 8
    assert [link.kind for link in alice.links.of(one, kind="x  y")] == ["x  y"]


def test_an_interval_that_ends_before_it_begins_is_invalid(alice: Any, ends: Any, clock: Any) -> None:
    """Defect 21 of engram: a link could end before it began."""
    for end in (clock(), clock() - HOUR):
        with pytest.raises(Invalid, match="valid_to"):
            alice.links.add(ends[0], ends[1], valid_from=clock(), valid_to=end)


def test_adding_a_link_closes_no_other(alice: Any, ends: Any, clock: Any) -> None:
    """Defect 21 of engram: an earlier beginning closed the open link before it had begun."""
    later = alice.links.add(ends[0], ends[1], "works_at", valid_from=clock())
    alice.links.add(ends[0], ends[1], "works_at", valid_from=clock() - HOUR, valid_to=clock())
    assert alice.links.get(later.id) == later


@pytest.mark.parametrize(
    "arguments", [{"kind": ""}, {"kind": 5}, {"kind": "x" * 256}, {"weight": 1.1}, {"weight": -0.1}, {"weight": True}, {"weight": None},
                  {"valid_from": datetime(2025, 1, 1)}, {"valid_to": "tomorrow"}],
)  # fmt: skip
def test_a_link_that_cannot_be_one_is_invalid(alice: Any, ends: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.links.add(ends[0], ends[1], **arguments)
    assert alice.links.count() == 0


def test_a_record_is_not_linked_to_itself(alice: Any, ends: Any) -> None:
    with pytest.raises(Invalid, match="same"):
        alice.links.add(ends[0], ends[0].id.upper())


@pytest.mark.parametrize("end", [UNKNOWN, "", "nothing", None, 5, "\ud800"])
def test_what_is_not_there_cannot_be_linked(alice: Any, ends: Any, end: Any) -> None:
    for pair in ((ends[0], end), (end, ends[0])):
        with pytest.raises(NotFound, match="store it first"):
            alice.links.add(*pair)


def test_what_the_scope_does_not_see_cannot_be_linked(alice: Any, memory: Any, ends: Any) -> None:
    bobs, own = memory.scope(user="bob").notes.add("bob's"), alice.scope(project="atlas").notes.add("atlas'")
    for other in (bobs, own):
        with pytest.raises(NotFound):
            alice.links.add(ends[0], other)
    alice.notes.delete(ends[1].id)
    with pytest.raises(NotFound):
        alice.links.add(ends[0], ends[1])


# of


def test_of_shows_the_links_of_a_record_newest_first(alice: Any, ends: Any, clock: Any) -> None:
    first = alice.links.add(ends[0], ends[1])
    clock.advance(HOUR)
    second = alice.links.add(ends[2], ends[0])
    third = alice.links.add(ends[0], ends[2], "x")
    alice.links.add(ends[1], ends[2])
    assert ids(alice.links.of(ends[0])) == [third.id, second.id, first.id]
    assert ids(alice.links.of(ends[0], direction="out")) == [third.id, first.id]
    assert ids(alice.links.of(ends[0].id, direction="in")) == [second.id]
    assert ids(alice.links.of(ends[0], kind="x")) == [third.id]
    assert alice.links.of(ends[0], kind="x", direction="in") == []


def test_of_at_a_time_includes_the_beginning_and_not_the_end(alice: Any, ends: Any, clock: Any) -> None:
    now = clock()
    link = alice.links.add(ends[0], ends[1], valid_from=now, valid_to=now + HOUR)
    always = alice.links.add(ends[0], ends[2])
    shown = [ids(alice.links.of(ends[0], at=at)) for at in (now - timedelta(microseconds=1), now, now + HOUR)]
    assert shown == [[always.id], [always.id, link.id], [always.id]]
    assert len(alice.links.of(ends[0])) == 2


@pytest.mark.parametrize("record", [UNKNOWN, "", "%", None, 5, "\0"])
def test_of_what_is_not_there_is_empty(alice: Any, ends: Any, record: Any) -> None:
    alice.links.add(ends[0], ends[1])
    assert alice.links.of(record) == []


@pytest.mark.parametrize("arguments", [{"direction": "up"}, {"direction": None}, {"kind": 5}, {"kind": ""}, {"at": datetime(2025, 1, 1)}])
def test_wrong_arguments_of_of_are_invalid(alice: Any, ends: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.links.of(ends[0], **arguments)


def test_links_are_seen_where_they_were_made(alice: Any, memory: Any, ends: Any) -> None:
    general, own = alice.links.add(ends[0], ends[1]), alice.scope(project="atlas").links.add(ends[0], ends[1])
    assert general.id != own.id
    assert ids(alice.links.of(ends[0])) == [general.id]
    assert set(ids(alice.scope(project="atlas").links.of(ends[0]))) == {general.id, own.id}
    assert memory.scope(user="bob").links.of(ends[0]) == []


# with their ends


@pytest.mark.parametrize("end", [0, 1])
def test_a_link_is_deleted_and_brought_back_with_either_end(alice: Any, memory: Any, ends: Any, end: int) -> None:
    link = alice.links.add(ends[0], ends[1])
    alice.notes.delete(ends[end].id)
    assert alice.links.get(link.id) is None
    assert alice.links.of(ends[1 - end]) == []
    alice.notes.undelete(ends[end].id)
    assert ids(alice.links.of(ends[1 - end])) == [link.id]
    assert memory.verify() == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("apart", [timedelta(0), HOUR])
def test_a_link_comes_back_when_both_its_ends_are_back(alice: Any, memory: Any, ends: Any, clock: Any, order: Any, apart: timedelta) -> None:
    link = alice.links.add(ends[0], ends[1])
    for end in ends[:2]:
        clock.advance(apart)
        alice.notes.delete(end.id)
    clock.advance(apart)
    alice.notes.undelete(ends[order[0]].id)
    assert alice.links.of(ends[order[0]]) == []
    alice.notes.undelete(ends[order[1]].id)
    assert ids(alice.links.of(ends[order[0]])) == [link.id]
    assert memory.verify() == []


def test_a_link_cannot_come_back_without_its_ends(alice: Any, ends: Any) -> None:
    link = alice.links.add(ends[0], ends[1])
    alice.notes.delete(ends[1].id)
    for undelete in (alice.links.undelete, alice.undelete):
        with pytest.raises(Conflict, match=ends[1].id):
            undelete(link.id)
    assert alice.links.get(link.id) is None


def test_a_link_deleted_by_itself_does_not_come_back_with_its_end(alice: Any, ends: Any, clock: Any) -> None:
    link = alice.links.add(ends[0], ends[1])
    alice.links.delete(link.id)
    clock.advance(HOUR)
    alice.notes.delete(ends[0].id)
    alice.notes.undelete(ends[0].id)
    assert alice.links.of(ends[0]) == []
    assert alice.links.undelete(link.id) is True
    assert ids(alice.links.of(ends[0])) == [link.id]


def test_a_deleted_link_added_again_is_a_new_one(alice: Any, ends: Any) -> None:
    """Defect 9 of engram: a connection that had been removed could not be made again."""
    first = alice.links.add(ends[0], ends[1])
    alice.links.delete(first.id)
    second = alice.links.add(ends[0], ends[1])
    assert second.id != first.id
    with pytest.raises(Conflict, match=second.id):
        alice.links.undelete(first.id)


def test_erasing_an_end_erases_the_link(alice: Any, memory: Any, ends: Any) -> None:
    link = alice.links.add(ends[0], ends[1])
    alice.erase(id=ends[0].id)
    assert alice.links.of(ends[1]) == []
    assert alice.links.undelete(link.id) is False
    assert list(alice.links.export()) == []
    assert memory.verify() == []


def test_a_block_that_fails_links_nothing(alice: Any, ends: Any) -> None:
    with pytest.raises(Conflict), alice.atomic() as block:
        block.links.add(ends[0], block.notes.add("four"))
        raise Conflict("no")
    assert alice.links.of(ends[0]) == []
