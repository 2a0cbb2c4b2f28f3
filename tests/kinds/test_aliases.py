"""Aliases: several names of one user, resolved to the end, never round in a circle; merging moves what was stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from recollect import Conflict, Denied, Invalid, NotFound, RecollectError

HOUR = timedelta(hours=1)


def test_an_alias_stands_for_its_name(memory: Any) -> None:
    alias = memory.aliases.add("+351 555", "mira@example.org")
    assert (alias.alias, alias.canonical) == ("+351 555", "mira@example.org")
    assert memory.aliases.resolve("+351 555") == "mira@example.org"
    assert memory.aliases.get("+351 555") == alias


def test_a_name_that_is_no_alias_stands_for_itself(memory: Any) -> None:
    """Defects 13 of kernex and 2 of omega: a new sender was taken for the first user who had been welcomed."""
    memory.aliases.add("a", "b")
    for name in ("nobody", "b", "A", "%", "_", ""):
        assert memory.aliases.resolve(name) == name


def test_aliases_are_resolved_to_the_end(memory: Any) -> None:
    """Defect 13 of kernex: one hop only."""
    for n in range(50):
        memory.aliases.add(f"name{n}", f"name{n + 1}")
    assert memory.aliases.resolve("name0") == "name50"
    assert memory.aliases.resolve("name30") == "name50"


def test_an_alias_can_be_given_to_somebody_else(memory: Any) -> None:
    """Defect 13 of kernex: aliasing again was silently ignored."""
    memory.aliases.add("phone", "mira")
    assert memory.aliases.add("phone", "tom").canonical == "tom"
    assert memory.aliases.resolve("phone") == "tom"
    assert [alias.canonical for alias in memory.aliases.history("phone")] == ["tom", "mira"]


@pytest.mark.parametrize("chain", [("a", "a"), ("a", "b", "a"), ("a", "b", "c", "a")])
def test_a_circle_is_refused(memory: Any, chain: tuple[str, ...]) -> None:
    """Defect 13 of kernex: cycles were allowed."""
    pairs = list(pairwise(chain))
    for alias, canonical in pairs[:-1]:
        memory.aliases.add(alias, canonical)
    with pytest.raises(Conflict, match="itself"):
        memory.aliases.add(*pairs[-1])
    assert memory.aliases.count() == len(pairs) - 1


def test_undelete_cannot_close_a_circle(memory: Any) -> None:
    memory.aliases.add("a", "b")
    memory.aliases.delete("a")
    memory.aliases.add("b", "a")
    with pytest.raises(Conflict):
        memory.aliases.undelete("a")
    assert memory.aliases.resolve("a") == memory.aliases.resolve("b") == "a"


def test_revert_cannot_close_a_circle(memory: Any) -> None:
    memory.aliases.add("a", "b")
    memory.aliases.add("a", "c")
    memory.aliases.add("b", "a")
    with pytest.raises(Conflict):
        memory.aliases.revert("a", 1)
    assert memory.aliases.resolve("a") == memory.aliases.resolve("b") == "c"


def test_aliases_belong_to_the_tenant(memory: Any) -> None:
    memory.scope(tenant="acme", user="mira", project="atlas").aliases.add("phone", "mira")
    assert memory.scope(tenant="acme", user="tom").aliases.resolve("phone") == "mira"
    assert memory.scope(tenant="acme").aliases.resolve("phone") == "mira"
    assert memory.scope(tenant="other").aliases.resolve("phone") == "phone"
    assert memory.aliases.resolve("phone") == "phone"


def test_list_and_as_of_and_by_key_show_what_stands_for_what(memory: Any, clock: Any) -> None:
    memory.aliases.add("phone", "mira")
    then = clock()
    clock.advance(HOUR)
    memory.aliases.add("phone", "tom")
    memory.aliases.add("mail", "tom")
    assert [(alias.alias, alias.canonical) for alias in memory.aliases.list()] == [("mail", "tom"), ("phone", "tom")]
    assert [(alias.alias, alias.canonical) for alias in memory.aliases.as_of(then)] == [("phone", "mira")]
    assert [alias.canonical for alias in memory.aliases.by_key("phone")] == ["tom"]
    assert memory.aliases.revert("phone", 1).canonical == "mira"


def test_a_deleted_alias_stands_for_itself_again(memory: Any) -> None:
    memory.aliases.add("phone", "mira")
    assert memory.aliases.delete("phone") is True
    assert memory.aliases.resolve("phone") == "phone"


# merging


@pytest.fixture
def phone(memory: Any) -> Any:
    """What somebody wrote before it was known who they are."""
    memory.aliases.add("+351 555", "phone")
    memory.aliases.add("phone", "mira")
    return memory.scope(user="phone")


def test_merge_moves_everything_that_was_stored_under_the_alias(memory: Any, phone: Any) -> None:
    """Defect 13 of kernex: data stored under an alias was not merged."""
    session = phone.sessions.start("Flats")
    message = phone.scope(session=session.id).messages.add("user", "Is the harbour flat free?")
    note = phone.notes.add("Likes balconies.")
    phone.facts.set("home_city", "Porto")
    phone.facts.set("home_city", "Lisbon")
    moved = memory.aliases.merge("phone")
    mira = memory.scope(user="mira")
    assert moved == 5  # the conversation of the message too
    assert mira.sessions.get(session.id).user == "mira"
    assert mira.messages.get(message.id).content == "Is the harbour flat free?"
    assert mira.notes.get(note.id).text == "Likes balconies."
    assert [fact.value for fact in mira.facts.history("home_city")][:1] == ["Lisbon"]
    assert {"Porto", "Lisbon"} == {fact.value for fact in mira.facts.history("home_city")}
    assert phone.stats().counts == dict.fromkeys(phone.stats().counts, 0) | {"aliases": 2}
    assert [hit.id for hit in mira.recall("harbour")] == [message.id]
    assert phone.recall("harbour") == []
    assert memory.verify() == []


def test_merge_follows_the_alias_to_the_end(memory: Any, phone: Any) -> None:
    memory.scope(user="+351 555").notes.add("Likes balconies.")
    memory.aliases.merge("+351 555")
    assert [note.text for note in memory.scope(user="mira").notes.list()] == ["Likes balconies."]


def test_of_a_key_that_both_have_the_newer_value_stays_and_the_older_is_history(memory: Any, phone: Any, clock: Any) -> None:
    mira = memory.scope(user="mira")
    mira.facts.set("home_city", "Porto")
    phone.facts.set("pet", "a parrot")
    clock.advance(HOUR)
    phone.facts.set("home_city", "Lisbon")
    mira.facts.set("pet", "a dog")
    clock.advance(HOUR)
    memory.aliases.merge("phone")
    assert {fact.key: fact.value for fact in mira.facts.list()} == {"home_city": "Lisbon", "pet": "a dog"}
    homes = [fact.value for fact in mira.facts.history("home_city")]
    assert homes[0] == "Lisbon"
    assert "Porto" in homes
    assert "a parrot" in [fact.value for fact in mira.facts.history("pet")]
    assert phone.facts.list() == []
    assert memory.verify() == []


def test_merge_moves_deleted_records_too_so_that_they_can_come_back(memory: Any, phone: Any) -> None:
    note = phone.notes.add("Likes balconies.")
    phone.notes.delete(note.id)
    memory.aliases.merge("phone")
    mira = memory.scope(user="mira")
    assert mira.notes.get(note.id) is None
    assert mira.notes.undelete(note.id) is True
    assert phone.notes.undelete(note.id) is False


def test_merge_makes_the_same_note_of_both_one(memory: Any, phone: Any) -> None:
    memory.scope(user="mira").notes.add("Likes balconies.", tags=["flat"])
    phone.notes.add("Likes  balconies.", tags=["home"])
    memory.aliases.merge("phone")
    assert [note.text for note in memory.scope(user="mira").notes.list()] == ["Likes balconies."]
    assert memory.verify() == []


def test_merge_keeps_two_records_with_one_external_id(memory: Any, phone: Any) -> None:
    memory.scope(user="mira").messages.add("user", "from her mail", external_id="e1")
    phone.messages.add("user", "from her phone", external_id="e1")
    memory.aliases.merge("phone")
    assert [message.content for message in memory.scope(user="mira").messages.list()] == ["from her mail", "from her phone"]


def test_what_was_known_then_is_the_same_after_merge(memory: Any, phone: Any, clock: Any) -> None:
    phone.facts.set("home_city", "Porto")
    then = clock()
    clock.advance(HOUR)
    phone.facts.set("home_city", "Lisbon")
    memory.aliases.merge("phone")
    assert [(fact.user, fact.value) for fact in memory.scope(user="mira").facts.as_of(then)] == [("mira", "Porto")]
    assert phone.facts.as_of(then) == []


def test_every_version_of_a_merged_record_is_the_new_owners(memory: Any, phone: Any) -> None:
    phone.facts.set("home_city", "Porto")
    phone.facts.set("home_city", "Lisbon")
    memory.aliases.merge("phone")
    assert {fact.user for fact in memory.scope(user="mira").facts.history("home_city")} == {"mira"}


def test_merging_again_moves_nothing(memory: Any, phone: Any) -> None:
    phone.notes.add("Likes balconies.")
    assert memory.aliases.merge("phone") == 1
    assert memory.aliases.merge("phone") == 0


def test_merge_is_the_administrators(memory: Any, phone: Any) -> None:
    phone.notes.add("Likes balconies.")
    for user in ("mira", "phone", "tom"):
        with pytest.raises(Denied):
            memory.scope(user=user).aliases.merge("phone")
    assert phone.notes.count() == 1


def test_merge_of_what_is_no_alias_is_invalid(memory: Any) -> None:
    with pytest.raises(Invalid, match="nobody"):
        memory.aliases.merge("nobody")


def test_merge_reaches_no_other_tenant(memory: Any) -> None:
    memory.scope(tenant="acme").aliases.add("phone", "mira")
    note = memory.scope(tenant="other", user="phone").notes.add("Likes balconies.")
    assert memory.scope(tenant="acme").aliases.merge("phone") == 0
    assert memory.scope(tenant="other", user="phone").notes.get(note.id) == note


BAD: list[tuple[str, Callable[[Any], Any]]] = [
    ("an empty alias", lambda room: room.add("", "mira")),
    ("an empty name", lambda room: room.add("phone", "")),
    ("a line break", lambda room: room.add("pho\nne", "mira")),
    ("256 characters", lambda room: room.add("p" * 256, "mira")),
    ("a number", lambda room: room.add(5, "mira")),
    ("a lone surrogate", lambda room: room.add("\ud800", "mira")),
    ("merging an empty name", lambda room: room.merge("")),
    ("reverting what is not there", lambda room: room.revert("phone", 1)),
]


@pytest.mark.parametrize(("what", "call"), BAD, ids=[what for what, _ in BAD])
def test_bad_input_is_a_typed_error_and_nothing_is_written(memory: Any, what: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(RecollectError):
        call(memory.aliases)
    assert memory.aliases.count() == 0


def test_need_of_an_unknown_alias_is_not_found(memory: Any) -> None:
    with pytest.raises(NotFound, match="phone"):
        memory.aliases.need("phone")
