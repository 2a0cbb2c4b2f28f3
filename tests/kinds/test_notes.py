"""Notes: typed, tagged, expiring, pinned; the same text is the same note; every edit keeps what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound, RecollectError

HOUR = timedelta(hours=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


def texts(notes: Any) -> list[str]:
    return [note.text for note in notes]


def test_a_note_keeps_everything_that_was_said_of_it(alice: Any, clock: Any) -> None:
    note = alice.notes.add(
        "The landlord likes quiet.",
        type="insight",
        tags=["flat", "people"],
        importance=0.8,
        at=clock() - HOUR,
        expires_at=clock() + HOUR,
        source="a call",
        pinned=True,
    )
    assert alice.notes.get(note.id) == note
    assert (note.text, note.type, note.tags, note.importance) == ("The landlord likes quiet.", "insight", ("flat", "people"), 0.8)
    assert (note.created_at, note.expires_at, note.source, note.pinned) == (clock() - HOUR, clock() + HOUR, "a call", True)
    assert (note.version, note.reinforced) == (1, 0)


def test_remember_makes_a_note(alice: Any, clock: Any) -> None:
    note = alice.remember("Buy milk", tags=["list"], importance=0.2, at=clock() - HOUR, expires_at=clock() + HOUR, source="Mira")
    assert alice.notes.get(note.id) == note
    assert (note.type, note.tags, note.importance, note.source) == ("note", ("list",), 0.2, "Mira")
    assert (note.created_at, note.expires_at) == (clock() - HOUR, clock() + HOUR)
    assert alice.remember("An idea", type="idea").type == "idea"


# duplicates


@pytest.mark.parametrize("again", ["Buy milk", "  Buy milk\n", "Buy   milk", "Buy\n\tmilk"])
def test_the_same_text_white_space_aside_is_the_same_note_reinforced(alice: Any, again: str) -> None:
    """Defects 15 and 25 of nexo: the same memory was kept as often as it was told."""
    first = alice.notes.add("Buy milk")
    second = alice.notes.add(again)
    assert (second.id, second.text, second.reinforced, second.version) == (first.id, "Buy milk", 1, 2)
    assert alice.notes.count() == 1


@pytest.mark.parametrize("other", ["buy milk", "Buy milk.", "Buymilk", "Buy mïlk"])
def test_case_and_every_other_letter_matter(alice: Any, other: str) -> None:
    """Defect 22 of engram: texts that differ in case alone were one, in code too."""
    alice.notes.add("Buy milk")
    alice.notes.add(other)
    assert alice.notes.count() == 2


def test_reinforcing_joins_tags_keeps_the_higher_importance_and_the_pin(alice: Any, clock: Any) -> None:
    """Defect 22 of engram: what was told again replaced the importance."""
    alice.notes.add("Buy milk", tags=["list", "shop"], importance=0.9, pinned=True, source="Mira")
    note = alice.notes.add("Buy milk", tags=["shop", "home"], importance=0.3, source="Tom")
    assert (note.tags, note.importance, note.pinned, note.source) == (("list", "shop", "home"), 0.9, True, "Mira")
    assert alice.notes.search("milk", tags=["home"])[0].id == note.id


def test_reinforcing_an_expired_note_brings_it_back(alice: Any, clock: Any) -> None:
    alice.notes.add("Buy milk", expires_at=clock() + HOUR)
    clock.advance(2 * HOUR)
    assert alice.notes.list() == []
    alice.notes.add("Buy milk")
    assert texts(alice.notes.list()) == ["Buy milk"]
    assert texts(alice.notes.search("milk")) == ["Buy milk"]


def test_the_same_text_in_another_project_is_another_note(alice: Any) -> None:
    first = alice.scope(project="atlas").notes.add("Buy milk")
    second = alice.scope(project="other").notes.add("Buy milk")
    assert first.id != second.id


def test_the_same_text_of_a_deleted_note_is_a_new_note(alice: Any) -> None:
    first = alice.notes.add("Buy milk", tags=["old"])
    alice.notes.delete(first.id)
    second = alice.notes.add("Buy milk")
    assert second.id != first.id
    assert second.tags == ()


def test_undelete_never_leaves_two_notes_of_one_text(alice: Any, memory: Any) -> None:
    """A note with the same text is the same note: the older one cannot come back beside the newer."""
    first = alice.notes.add("Buy milk")
    alice.notes.delete(first.id)
    second = alice.notes.add("Buy milk")
    with pytest.raises(Conflict, match=second.id):
        alice.notes.undelete(first.id)
    assert [note.id for note in alice.notes.list()] == [second.id]
    assert memory.verify() == []


# expiry


def test_an_expired_note_is_not_seen_anywhere(alice: Any, clock: Any) -> None:
    """Defect 18 of engram: times were compared as texts, so what expired today was wrong until tomorrow."""
    note = alice.notes.add("The offer stands.", expires_at=clock() + HOUR, pinned=True)
    clock.advance(HOUR - timedelta(microseconds=1))
    assert texts(alice.notes.list()) == ["The offer stands."]
    clock.advance(timedelta(microseconds=1))
    assert alice.notes.list() == []
    assert alice.notes.get(note.id) is None
    assert alice.notes.count() == 0
    assert alice.notes.search("offer") == []
    assert alice.recall("offer") == []
    assert "offer" not in alice.context("offer").text
    assert alice.get(note.id) is None


def test_an_expiry_that_has_passed_is_invalid(alice: Any, clock: Any) -> None:
    for when in (clock(), clock() - HOUR):
        with pytest.raises(Invalid, match="passed"):
            alice.notes.add("Too late", expires_at=when)
    assert alice.notes.count() == 0


def test_an_expiry_of_another_zone_is_the_same_instant(alice: Any, clock: Any) -> None:
    local = (clock() + HOUR).astimezone(timezone(timedelta(hours=-5)))
    note = alice.notes.add("x", expires_at=local)
    assert note.expires_at == local
    assert note == alice.notes.get(note.id)
    assert note.expires_at.utcoffset() == timedelta(0)


def test_promote_keeps_a_note_for_good(alice: Any, clock: Any) -> None:
    note = alice.notes.add("The offer stands.", expires_at=clock() + HOUR, importance=0.3)
    promoted = alice.notes.promote(note.id)
    assert (promoted.expires_at, promoted.importance) == (None, 0.8)
    clock.advance(1000 * HOUR)
    assert texts(alice.notes.list()) == ["The offer stands."]


def test_a_promotion_keeps_what_the_note_was(alice: Any, clock: Any) -> None:
    """Defect 10 of engram: promoting a memory raised its version, and what it had been was kept nowhere."""
    note = alice.notes.add("The offer stands.", expires_at=clock() + HOUR, importance=0.3)
    alice.notes.promote(note.id)
    assert [(then.version, then.expires_at, then.importance) for then in alice.notes.history(note.id)] == [(2, None, 0.8), (1, clock() + HOUR, 0.3)]


def test_promote_never_lowers_the_importance(alice: Any) -> None:
    assert alice.notes.promote(alice.notes.add("x", importance=0.95).id).importance == 0.95
    assert alice.notes.promote(alice.notes.add("y").id, importance=0.6).importance == 0.6


# editing


def test_update_changes_what_is_named_and_keeps_what_it_was(alice: Any, clock: Any) -> None:
    """Defects 15 and 25 of nexo: a memory could not be edited."""
    note = alice.notes.add("Buy milk", tags=["list"], type="todo")
    clock.advance(HOUR)
    updated = alice.notes.update(note.id, text="Buy oat milk", importance=0.9)
    assert (updated.text, updated.tags, updated.type, updated.importance) == ("Buy oat milk", ("list",), "todo", 0.9)
    assert (updated.version, updated.updated_at, updated.created_at) == (2, clock(), note.created_at)
    assert texts(alice.notes.history(note.id)) == ["Buy oat milk", "Buy milk"]


def test_each_field_can_be_updated(alice: Any, clock: Any) -> None:
    id = alice.notes.add("Buy milk", tags=["list"]).id
    assert alice.notes.update(id, type="todo").type == "todo"
    assert alice.notes.update(id, tags=["shop"]).tags == ("shop",)
    assert alice.notes.update(id, tags=[]).tags == ()
    assert alice.notes.update(id, expires_at=clock() + HOUR).expires_at == clock() + HOUR
    assert alice.notes.update(id, source="Mira").source == "Mira"


def test_an_updated_note_is_found_by_its_new_words_only(alice: Any, memory: Any) -> None:
    note = alice.notes.add("The harbour flat")
    alice.notes.update(note.id, text="The mill house")
    assert alice.recall("harbour") == []
    assert [hit.id for hit in alice.recall("mill")] == [note.id]
    assert memory.verify() == []


def test_a_long_note_that_becomes_short_leaves_none_of_its_parts_behind(alice: Any, memory: Any) -> None:
    """Defect 14 of engram: the parts of a longer text stayed and were found when it was indexed again."""
    note = alice.notes.add("\n\n".join(f"Paragraph about harbour{number}. " + "And so on and on. " * 400 for number in range(5)))
    assert [hit.id for hit in alice.recall("harbour4")] == [note.id]
    alice.notes.update(note.id, text="The mill house")
    assert [alice.recall(f"harbour{number}") for number in range(5)] == [[]] * 5
    assert memory.verify() == []


def test_an_update_to_the_text_of_another_note_is_a_conflict(alice: Any) -> None:
    alice.notes.add("Buy milk")
    other = alice.notes.add("Buy bread")
    with pytest.raises(Conflict):
        alice.notes.update(other.id, text="Buy  milk")
    assert alice.notes.update(other.id, text="Buy   bread").text == "Buy   bread"


def test_pin_is_set_and_taken_away(alice: Any) -> None:
    note = alice.notes.add("Never share the address.")
    assert alice.notes.pin(note.id).pinned is True
    assert alice.notes.pin(note.id).version == 2
    assert alice.notes.pin(note.id, False).pinned is False


def test_a_pinned_note_stands_in_every_context(alice: Any) -> None:
    note = alice.notes.add("Never share the address.")
    assert "Never share" not in alice.context("weather").text
    alice.notes.pin(note.id)
    assert "Never share" in alice.context("weather").text


@pytest.mark.parametrize("verb", ["update", "pin", "promote"])
def test_editing_an_unknown_note_is_not_found(alice: Any, verb: str) -> None:
    with pytest.raises(NotFound, match=UNKNOWN):
        getattr(alice.notes, verb)(UNKNOWN)


def test_history_shows_every_version_newest_first(alice: Any) -> None:
    id = alice.notes.add("one").id
    alice.notes.update(id, text="two")
    alice.notes.pin(id)
    alice.notes.delete(id)
    history = alice.notes.history(id)
    assert [(note.version, note.text, note.pinned) for note in history] == [(4, "two", True), (3, "two", True), (2, "two", False), (1, "one", False)]
    assert [note.version for note in alice.notes.history(id, limit=2)] == [4, 3]
    assert alice.notes.history(UNKNOWN) == []


# searching


def test_search_can_be_bounded_by_type_and_by_all_of_some_tags(alice: Any) -> None:
    """Defect 5 of engram: a search heeded neither tags nor types."""
    alice.notes.add("Harbour one", type="todo", tags=["flat", "home"])
    alice.notes.add("Harbour two", type="todo", tags=["flat"])
    alice.notes.add("Harbour three", type="idea", tags=["home"])
    search = alice.notes.search
    assert sorted(texts(search("harbour", type="todo"))) == ["Harbour one", "Harbour two"]
    assert sorted(texts(search("harbour", tags=["flat"]))) == ["Harbour one", "Harbour two"]
    assert texts(search("harbour", tags=["flat", "home"])) == ["Harbour one"]
    assert search("harbour", type="idea", tags=["flat"]) == []
    assert len(search("harbour", limit=2)) == 2


def test_a_note_is_found_by_its_tags(alice: Any) -> None:
    """Defects 14 of nexo and 3 of engram: tags were stored and could not be searched."""
    note = alice.notes.add("Ask about the deposit", tags=["landlord"])
    assert [hit.id for hit in alice.recall("landlord")] == [note.id]


@pytest.mark.promise("isolation")
def test_k_notes_of_a_tag_are_found_though_hundreds_without_it_match_better(alice: Any) -> None:
    """Promise 2: asking for k gives k whenever k exist; a cut before the filter would find none."""
    with alice.atomic() as block:
        for n in range(560):
            block.notes.add(f"harbour harbour number{n}")
        for n in range(5):
            block.notes.add(f"a long remark in which the harbour is named once, among many other things, as remark {n}", tags=["rare"])
    assert len(alice.notes.search("harbour", tags=["rare"], limit=5)) == 5


BAD: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("an empty text", lambda room, now: room.add("")),
    ("a text that is a number", lambda room, now: room.add(5)),
    ("no text", lambda room, now: room.add(None)),
    ("tags that are one text", lambda room, now: room.add("x", tags="flat")),
    ("tags that are a number", lambda room, now: room.add("x", tags=5)),
    ("tags of None", lambda room, now: room.add("x", tags=None)),
    ("a tag that is a number", lambda room, now: room.add("x", tags=[5])),
    ("an empty tag", lambda room, now: room.add("x", tags=[""])),
    ("an empty type", lambda room, now: room.add("x", type="")),
    ("a type that is a number", lambda room, now: room.add("x", type=5)),
    ("importance below zero", lambda room, now: room.add("x", importance=-0.1)),
    ("importance that is true", lambda room, now: room.add("x", importance=True)),
    ("importance that is infinite", lambda room, now: room.add("x", importance=float("inf"))),
    ("a naive expiry", lambda room, now: room.add("x", expires_at=datetime(2030, 1, 1))),
    ("a naive time", lambda room, now: room.add("x", at=datetime(2020, 1, 1))),
    ("a source that is a number", lambda room, now: room.add("x", source=5)),
    ("a limit that is no count", lambda room, now: room.search("x", limit=-1)),
    ("a query that is no text", lambda room, now: room.search(5)),
]


@pytest.mark.parametrize(("what", "call"), BAD, ids=[what for what, _ in BAD])
def test_bad_input_is_a_typed_error_and_nothing_is_written(alice: Any, clock: Any, what: str, call: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(RecollectError):
        call(alice.notes, clock())
    assert alice.notes.count() == 0


@pytest.mark.parametrize("blank", [" ", "\n\t", "\u3000"])
def test_a_text_of_white_space_only_is_a_text(alice: Any, blank: str) -> None:
    """Text has 1 byte to 10 MiB and is stored as given."""
    assert alice.notes.get(alice.notes.add(blank).id).text == blank


def test_saying_it_again_never_shortens_a_notes_life(alice: Any, clock: Any) -> None:
    note = alice.notes.add("The lease ends", expires_at=clock() + timedelta(days=9))
    assert alice.notes.add("The lease ends", expires_at=clock() + timedelta(days=2)).expires_at == note.expires_at
    assert alice.notes.add("The lease ends", expires_at=clock() + timedelta(days=20)).expires_at == clock() + timedelta(days=20)
    alice.notes.promote(note.id)
    assert alice.notes.add("The lease ends", expires_at=clock() + timedelta(days=1)).expires_at is None
