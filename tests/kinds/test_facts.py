"""Facts: one value per key and level, with everything it ever was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Invalid, NotFound, RecollectError
from recollect.kinds.facts import SYSTEM_KEYS

HOUR = timedelta(hours=1)


def values(facts: Any) -> dict[str, str]:
    return {fact.key: fact.value for fact in facts}


def moved(alice: Any, clock: Any) -> list[Any]:
    """Three homes, an hour apart."""
    times = []
    for city in ("Porto", "Faro", "Lisbon"):
        alice.facts.set("home_city", city)
        times.append(clock())
        clock.advance(HOUR)
    return times


def test_set_holds_a_value_under_its_key(alice: Any) -> None:
    fact = alice.facts.set("home_city", "Lisbon", source="a letter")
    assert (fact.key, fact.value, fact.source, fact.version) == ("home_city", "Lisbon", "a letter", 1)
    assert alice.facts.get("home_city") == fact


def test_set_replaces_the_value_and_keeps_the_record(alice: Any, clock: Any) -> None:
    first = alice.facts.set("home_city", "Porto")
    clock.advance(HOUR)
    second = alice.facts.set("home_city", "Lisbon")
    assert (second.id, second.created_at, second.version) == (first.id, first.created_at, 2)
    assert second.updated_at == clock()
    assert values(alice.facts.list()) == {"home_city": "Lisbon"}


def test_setting_the_same_again_changes_nothing(alice: Any, clock: Any) -> None:
    first = alice.facts.set("home_city", "Lisbon", source="a letter")
    clock.advance(HOUR)
    assert alice.facts.set("home_city", "Lisbon", source="a letter") == first
    assert len(alice.facts.history("home_city")) == 1


def test_a_source_may_be_any_record(alice: Any) -> None:
    """Defect 21 of kernex: the message that a fact is from could be stored, and no call did it."""
    message = alice.messages.add("user", "I live in Lisbon")
    assert alice.facts.set("home_city", "Lisbon", source=message).source == message.id


def test_get_takes_the_key_or_the_id_and_nothing_like_it(alice: Any) -> None:
    """Defect 11 of kernex: wildcards and prefixes matched."""
    fact = alice.facts.set("home_city", "Lisbon")
    assert alice.facts.get(fact.id) == fact
    for other in ("home%", "home_cit_", "HOME_CITY", "home", "home_city ", "*", "%", ""):
        assert alice.facts.get(other) is None
        assert alice.facts.delete(other) is False


def test_need_of_an_unknown_key_is_not_found_and_names_it(alice: Any) -> None:
    with pytest.raises(NotFound, match="home_city"):
        alice.facts.need("home_city")


def test_list_goes_by_key(alice: Any) -> None:
    for key in ("b", "c", "a", "B", "ä"):
        alice.facts.set(key, "x")
    assert [fact.key for fact in alice.facts.list()] == ["B", "a", "b", "c", "ä"]
    assert [fact.key for fact in alice.facts.list(after="a", limit=2)] == ["b", "c"]


# what it was


def test_history_shows_every_value_newest_first(alice: Any, clock: Any) -> None:
    """Defect 21 of kernex: overwriting lost the previous value."""
    moved(alice, clock)
    history = alice.facts.history("home_city")
    assert [fact.value for fact in history] == ["Lisbon", "Faro", "Porto"]
    assert [fact.version for fact in history] == [3, 2, 1]
    assert [fact.value for fact in alice.facts.history("home_city", limit=2)] == ["Lisbon", "Faro"]
    assert alice.facts.history("home_city", limit=0) == []
    assert alice.facts.history("unknown") == []


def test_history_of_a_deleted_fact_can_still_be_read(alice: Any) -> None:
    """Defect 24 of kernex: hard deletes left no trace."""
    alice.facts.set("home_city", "Lisbon")
    alice.facts.delete("home_city")
    history = alice.facts.history("home_city")
    assert [fact.value for fact in history] == ["Lisbon", "Lisbon"]
    assert history[0].deleted_at is not None


def test_as_of_shows_what_was_known_then(alice: Any, clock: Any) -> None:
    first, second, third = moved(alice, clock)
    assert values(alice.facts.as_of(first - timedelta(microseconds=1))) == {}
    assert values(alice.facts.as_of(first)) == {"home_city": "Porto"}
    assert values(alice.facts.as_of(second - timedelta(microseconds=1))) == {"home_city": "Porto"}
    assert values(alice.facts.as_of(second)) == {"home_city": "Faro"}
    assert values(alice.facts.as_of(third + HOUR)) == {"home_city": "Lisbon"}


def test_as_of_leaves_out_what_was_deleted_then_and_shows_it_before(alice: Any, clock: Any) -> None:
    alice.facts.set("pet", "a parrot")
    before = clock()
    clock.advance(HOUR)
    alice.facts.delete("pet")
    deleted = clock()
    clock.advance(HOUR)
    alice.facts.set("pet", "a dog")
    assert values(alice.facts.as_of(before)) == {"pet": "a parrot"}
    assert values(alice.facts.as_of(deleted)) == {}
    assert values(alice.facts.as_of(clock())) == {"pet": "a dog"}


def test_as_of_goes_by_key(alice: Any, clock: Any) -> None:
    for key in ("c", "a", "b"):
        alice.facts.set(key, "x")
    assert [fact.key for fact in alice.facts.as_of(clock())] == ["a", "b", "c"]


def test_as_of_a_naive_time_is_invalid(alice: Any) -> None:
    with pytest.raises(Invalid, match="time zone"):
        alice.facts.as_of(datetime(2025, 1, 1))


def test_a_deleted_key_that_is_set_again_goes_on_with_its_history(alice: Any) -> None:
    first = alice.facts.set("pet", "a parrot")
    alice.facts.delete("pet")
    again = alice.facts.set("pet", "a dog")
    assert (again.id, again.version, again.deleted_at) == (first.id, 3, None)
    assert [fact.value for fact in alice.facts.history("pet")] == ["a dog", "a parrot", "a parrot"]


def test_undelete_takes_the_key_too(alice: Any) -> None:
    alice.facts.set("pet", "a parrot")
    alice.facts.delete("pet")
    assert alice.facts.undelete("pet") is True
    assert alice.facts.get("pet").value == "a parrot"


def test_revert_makes_an_earlier_version_current(alice: Any, clock: Any) -> None:
    moved(alice, clock)
    reverted = alice.facts.revert("home_city", 1)
    assert (reverted.value, reverted.version) == ("Porto", 4)
    assert alice.facts.get("home_city") == reverted
    assert [fact.value for fact in alice.facts.history("home_city")] == ["Porto", "Lisbon", "Faro", "Porto"]
    assert [fact.value for fact in alice.facts.search("home city Porto")] == ["Porto"]


def test_revert_brings_a_deleted_fact_back(alice: Any) -> None:
    alice.facts.set("pet", "a parrot")
    alice.facts.delete("pet")
    assert alice.facts.revert("pet", 1).deleted_at is None
    assert alice.facts.get("pet").value == "a parrot"


@pytest.mark.parametrize("version", [0, 3, 99, -1])
def test_revert_to_a_version_that_is_not_there_is_not_found(alice: Any, version: int) -> None:
    alice.facts.set("home_city", "Porto")
    alice.facts.set("home_city", "Lisbon")
    with pytest.raises(NotFound, match=r"history\('home_city'\)"):
        alice.facts.revert("home_city", version)
    with pytest.raises(NotFound):
        alice.facts.revert("unknown", 1)


# levels


def test_a_projects_own_value_shadows_the_general_one(alice: Any) -> None:
    alice.facts.set("tone", "formal")
    atlas = alice.scope(project="atlas")
    atlas.facts.set("tone", "casual")
    assert atlas.facts.get("tone").value == "casual"
    assert values(atlas.facts.list()) == {"tone": "casual"}
    assert atlas.facts.count() == 1
    assert [fact.value for fact in atlas.facts.search("tone")] == ["casual"]
    assert "formal" not in atlas.context("tone").text
    assert atlas.profile().facts == {"tone": "casual"}
    assert alice.facts.get("tone").value == "formal"
    assert alice.scope(project="other").facts.get("tone").value == "formal"


def test_precedence_is_project_and_agent_then_project_then_agent_then_general(alice: Any) -> None:
    scout = alice.scope(agent="scout")
    atlas = alice.scope(project="atlas")
    both = alice.scope(agent="scout", project="atlas")
    for view, value in ((alice, "general"), (scout, "agent"), (atlas, "project"), (both, "both")):
        view.facts.set("tone", value)
        assert both.facts.get("tone").value == value
        assert values(both.facts.list()) == {"tone": value}
    assert scout.facts.get("tone").value == "agent"
    assert atlas.facts.get("tone").value == "project"
    assert alice.facts.get("tone").value == "general"


def test_set_writes_at_the_scopes_own_level(alice: Any) -> None:
    alice.facts.set("tone", "formal")
    fact = alice.scope(project="atlas", agent="scout").facts.set("tone", "casual")
    assert (fact.project, fact.agent) == ("atlas", "scout")
    assert alice.facts.get("tone").value == "formal"


def test_delete_and_revert_act_on_what_get_returns(alice: Any) -> None:
    alice.facts.set("tone", "formal")
    alice.facts.set("tone", "stiff")
    atlas = alice.scope(project="atlas")
    assert atlas.facts.revert("tone", 1).value == "formal"
    assert alice.facts.get("tone").value == "formal"
    atlas.facts.set("tone", "casual")
    assert atlas.facts.delete("tone") is True
    assert atlas.facts.get("tone").value == "formal"
    assert atlas.facts.delete("tone") is True
    assert alice.facts.get("tone") is None


def test_history_is_of_the_record_that_get_returns(alice: Any) -> None:
    alice.facts.set("tone", "formal")
    alice.scope(project="atlas").facts.set("tone", "casual")
    assert [fact.value for fact in alice.scope(project="atlas").facts.history("tone")] == ["casual"]
    assert [fact.value for fact in alice.scope(project="other").facts.history("tone")] == ["formal"]


def test_revert_acts_on_what_get_returns_even_beside_a_deleted_value_of_the_project(alice: Any) -> None:
    alice.facts.set("tone", "formal")
    alice.facts.set("tone", "stiff")
    atlas = alice.scope(project="atlas")
    atlas.facts.set("tone", "casual")
    atlas.facts.delete("tone")
    assert atlas.facts.get("tone").value == "stiff"
    assert [fact.value for fact in atlas.facts.history("tone")] == ["stiff", "formal"]
    assert atlas.facts.revert("tone", 1).value == "formal"
    assert alice.facts.get("tone").value == "formal"


def test_as_of_knows_the_levels(alice: Any, clock: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.facts.set("tone", "formal")
    early = clock()
    clock.advance(HOUR)
    atlas.facts.set("tone", "casual")
    late = clock()
    clock.advance(HOUR)
    atlas.facts.set("tone", "loud")
    alice.facts.set("tone", "stiff")
    assert values(atlas.facts.as_of(early)) == {"tone": "formal"}
    assert values(atlas.facts.as_of(late)) == {"tone": "casual"}
    assert values(alice.facts.as_of(late)) == {"tone": "formal"}
    assert values(alice.scope(project="other").facts.as_of(late)) == {"tone": "formal"}


def test_by_key_shows_every_users_value_to_the_administrator(memory: Any, clock: Any) -> None:
    for user, city in (("alice", "Lisbon"), ("bob", "Faro"), ("carol", "Porto")):
        memory.scope(user=user).facts.set("home_city", city)
        clock.advance(HOUR)
    assert [(fact.user, fact.value) for fact in memory.facts.by_key("home_city")] == [("carol", "Porto"), ("bob", "Faro"), ("alice", "Lisbon")]
    assert [fact.value for fact in memory.scope(user="bob").facts.by_key("home_city")] == ["Faro"]
    assert memory.scope(tenant="other").facts.by_key("home_city") == []
    assert memory.facts.by_key("home%") == []


def test_the_administrators_own_key_is_the_tenants_and_nobodys(memory: Any) -> None:
    memory.scope(user="alice").facts.set("home_city", "Lisbon")
    assert memory.facts.get("home_city") is None
    assert memory.facts.delete("home_city") is False
    memory.facts.set("home_city", "everywhere")
    assert memory.facts.get("home_city").value == "everywhere"
    assert memory.scope(user="alice").facts.get("home_city").value == "Lisbon"
    assert [fact.value for fact in memory.facts.list()] == ["everywhere", "Lisbon"]


# system keys


@pytest.fixture(params=SYSTEM_KEYS)
def hidden(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_system_key_can_be_read_and_is_never_shown(alice: Any, hidden: str) -> None:
    """Defect 16 of kernex: a row of the system leaked into all facts."""
    alice.facts.set(hidden, "german")
    alice.facts.set("colour", "green")
    assert alice.facts.get(hidden).value == "german"
    assert values(alice.facts.list()) == {"colour": "green"}
    assert values(alice.facts.iterate()) == {"colour": "green"}
    assert alice.recall("german") == []
    assert alice.facts.search("german") == []
    assert "german" not in alice.context("german").text
    assert alice.profile().facts == {"colour": "green"}


def test_count_counts_what_list_lists(alice: Any, hidden: str) -> None:
    alice.facts.set(hidden, "german")
    alice.facts.set("colour", "green")
    assert alice.facts.count() == len(alice.facts.list()) == 1


def test_clear_leaves_system_keys_alone(alice: Any, hidden: str) -> None:
    alice.facts.set(hidden, "german")
    alice.facts.set("colour", "green")
    assert alice.facts.clear() == 1
    assert alice.facts.get(hidden).value == "german"


def test_as_of_hides_system_keys_then_as_now(alice: Any, clock: Any, hidden: str) -> None:
    alice.facts.set(hidden, "german")
    then = clock()
    assert alice.facts.as_of(then) == []
    clock.advance(HOUR)
    alice.facts.set(hidden, "french")
    assert alice.facts.as_of(then) == []
    assert "german" not in alice.context("german", as_of=then).text
    assert alice.recall("german", as_of=then) == []


def test_a_text_that_is_read_in_a_language_of_before_is_indexed_in_that_of_now(memory: Any, fresh: Any) -> None:
    """What names a time does so in English only: it was left as it was read, and verify called it damage."""
    bob = memory.scope(user="bob")
    bob.messages.add("user", "Hallo")
    bob.facts.set("preferred_language", "de")
    bob.messages.add("user", "The concert was last monday?")
    assert memory.verify() == []


def test_the_preferred_language_decides_how_words_are_found(alice: Any) -> None:
    alice.notes.add("Die Häuser am Hafen sind teuer.")
    assert alice.recall("Haus") == []
    alice.facts.set("preferred_language", "German")
    assert [hit.text for hit in alice.recall("Haus")] == ["Die Häuser am Hafen sind teuer."]
    assert alice.profile().language == "de"
    alice.notes.add("Der Gärtner schneidet die Bäume.")
    assert [hit.text for hit in alice.recall("Baum")] == ["Der Gärtner schneidet die Bäume."]


def test_the_language_of_one_user_is_not_anothers(memory: Any) -> None:
    memory.scope(user="greta").facts.set("preferred_language", "de")
    assert memory.scope(user="greta").profile().language == "de"
    assert memory.scope(user="alice").profile().language == "en"


def test_an_unknown_language_is_invalid_and_nothing_is_written(alice: Any) -> None:
    with pytest.raises(Invalid, match="Klingonish"):
        alice.facts.set("preferred_language", "Klingonish")
    assert alice.facts.get("preferred_language") is None


# the profile


def test_a_profile_says_what_is_known(alice: Any) -> None:
    assert alice.profile().is_new is True
    alice.facts.set("name", "Alice")
    alice.facts.set("home_city", "Lisbon")
    profile = alice.profile()
    assert profile.facts == {"home_city": "Lisbon", "name": "Alice"}
    assert profile.text == "home_city: Lisbon\nname: Alice"
    assert (profile.is_new, profile.language) == (False, "en")


def test_somebody_who_has_spoken_is_not_new(alice: Any) -> None:
    alice.messages.add("user", "hello")
    assert alice.profile().is_new is False


BAD: list[tuple[str, Callable[[Any], Any]]] = [
    ("an empty key", lambda room: room.set("", "x")),
    ("a key of 256 characters", lambda room: room.set("k" * 256, "x")),
    ("a key with a line break", lambda room: room.set("a\nb", "x")),
    ("a key with NUL", lambda room: room.set("a\0b", "x")),
    ("a key with a lone surrogate", lambda room: room.set("a\ud800b", "x")),
    ("a key that is a number", lambda room: room.set(5, "x")),
    ("an empty value", lambda room: room.set("a", "")),
    ("a value that is a number", lambda room: room.set("a", 5)),
    ("a value of None", lambda room: room.set("a", None)),
    ("an empty source", lambda room: room.set("a", "x", source="")),
    ("a source that is a number", lambda room: room.set("a", "x", source=5)),
]


@pytest.mark.parametrize(("what", "call"), BAD, ids=[what for what, _ in BAD])
def test_bad_input_is_a_typed_error_and_nothing_is_written(alice: Any, what: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(RecollectError):
        call(alice.facts)
    assert alice.facts.count() == 0


def test_a_key_of_255_characters_of_any_script_is_fine(alice: Any) -> None:
    for key in ("k" * 255, "愛" * 255, "100% *sure*_", "'\"; drop table facts", "🦜"):
        alice.facts.set(key, "x")
        assert alice.facts.get(key).value == "x"
