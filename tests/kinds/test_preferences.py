"""Preferences: what is preferred, how sure that is, and how it fades."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound, RecollectError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALF_LIFE = 90 * DAY


def values(preferences: Any) -> dict[str, Any]:
    return {preference.key: preference.value for preference in preferences}


def test_set_holds_a_value_certain_unless_it_is_said_otherwise(alice: Any, clock: Any) -> None:
    preference = alice.preferences.set("editor.theme", "dark", source="a chat")
    assert (preference.key, preference.value, preference.source, preference.version) == ("editor.theme", "dark", "a chat", 1)
    assert (preference.confidence, preference.strength, preference.seen, preference.seen_at) == (1.0, 1.0, 1, clock())
    assert alice.preferences.get("editor.theme") == preference


@pytest.mark.parametrize("value", ["", "dark", 0, 1.5, False, [], ["a", {"b": None}], {"a": [1, 2], "ß": "愛"}, "🦜" * 10_000, 2**70])
def test_a_value_comes_back_as_it_was_given(alice: Any, value: Any) -> None:
    alice.preferences.set("likes", value)
    back = alice.preferences.get("likes").value
    assert (back, type(back)) == (value, type(value))


def test_none_is_no_preference(alice: Any) -> None:
    with pytest.raises(Invalid, match="delete"):
        alice.preferences.set("likes", None)


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), float("inf"), b"x", "x" * (10 * 1024 * 1024 + 1)])
def test_what_json_cannot_hold_is_invalid(alice: Any, value: Any) -> None:
    with pytest.raises(Invalid, match="value"):
        alice.preferences.set("likes", value)
    assert alice.preferences.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "\0", "\ud800", 5, None])
def test_a_key_that_cannot_be_one_is_invalid(alice: Any, key: Any) -> None:
    with pytest.raises(Invalid, match="key"):
        alice.preferences.set(key, "x")


@pytest.mark.parametrize("confidence", [-0.1, 1.1, "high", True, float("nan")])
def test_a_confidence_that_is_no_share_is_invalid(alice: Any, confidence: Any) -> None:
    with pytest.raises(Invalid, match="confidence"):
        alice.preferences.set("likes", "tea", confidence)


def test_a_confidence_of_nothing_is_kept(alice: Any) -> None:
    """Defect 14 of sessions-db: a confidence of 0 became 0.5."""
    assert alice.preferences.set("likes", "tea", 0).confidence == 0.0
    assert alice.preferences.get("likes").confidence == 0.0


# evidence


def test_the_same_value_again_is_more_evidence_and_no_new_version(alice: Any, clock: Any) -> None:
    first = alice.preferences.set("likes", "tea", 0.5, source="a chat")
    clock.advance(HOUR)
    again = alice.preferences.set("likes", "tea", source="another chat")
    assert (again.id, again.version, again.updated_at) == (first.id, 1, first.updated_at)
    assert (again.confidence, again.seen, again.seen_at) == (0.6, 2, clock())
    assert again.source == "a chat"
    assert len(alice.preferences.history("likes")) == 1


def test_a_confidence_given_with_the_same_value_is_what_it_has_now(alice: Any) -> None:
    alice.preferences.set("likes", "tea", 0.9)
    again = alice.preferences.set("likes", "tea", 0.2)
    assert (again.confidence, again.strength, again.seen) == (0.2, 0.2, 2)


def test_evidence_never_lowers_what_is_certain(alice: Any) -> None:
    alice.preferences.set("likes", "tea")
    assert alice.preferences.set("likes", "tea").confidence == 1.0


def test_another_value_is_a_new_version_whose_evidence_begins_anew(alice: Any, clock: Any) -> None:
    alice.preferences.set("likes", "tea", 0.5)
    alice.preferences.set("likes", "tea")
    clock.advance(HOUR)
    other = alice.preferences.set("likes", "coffee", 0.3)
    assert (other.version, other.confidence, other.seen, other.seen_at) == (2, 0.3, 1, clock())
    assert [(old.value, old.seen) for old in alice.preferences.history("likes")] == [("coffee", 1), ("tea", 2)]


@pytest.mark.parametrize(("one", "other"), [(True, 1), (0, False), ({"on": True}, {"on": 1}), ([1], [True])])
def test_true_and_one_are_different_values(alice: Any, clock: Any, one: Any, other: Any) -> None:
    alice.preferences.set("likes", one)
    clock.advance(HOUR)
    assert repr(alice.preferences.set("likes", other).value) == repr(other)
    assert len(alice.preferences.history("likes")) == 2


def test_the_order_of_a_mappings_keys_does_not_matter(alice: Any) -> None:
    alice.preferences.set("likes", {"a": 1, "b": 2})
    assert alice.preferences.set("likes", {"b": 2, "a": 1}).seen == 2


# decay


def test_confidence_fades_by_half_in_a_half_life(alice: Any, clock: Any) -> None:
    alice.preferences.set("likes", "tea", 0.8)
    clock.advance(HALF_LIFE)
    assert alice.preferences.decay() == 1
    faded = alice.preferences.get("likes")
    assert (faded.confidence, faded.strength, faded.version) == (0.4, 0.8, 1)


def test_decay_is_reckoned_from_the_last_evidence_however_often_it_is_called(alice: Any, clock: Any) -> None:
    """Defect 14 of sessions-db: decaying moved the time that it was reckoned from, so it happened once only."""
    alice.preferences.set("likes", "tea", 0.8)
    for _ in range(3):
        clock.advance(10 * DAY)
        assert alice.preferences.decay(10 * DAY) == 1
        assert alice.preferences.decay(10 * DAY) == 0
    assert alice.preferences.get("likes").confidence == 0.1


def test_evidence_after_decay_goes_on_from_what_was_left(alice: Any, clock: Any) -> None:
    alice.preferences.set("likes", "tea", 0.8)
    clock.advance(HALF_LIFE)
    alice.preferences.decay()
    again = alice.preferences.set("likes", "tea")
    assert (again.confidence, again.strength, again.seen_at) == (0.5, 0.5, clock())
    assert alice.preferences.decay() == 0


def test_a_clock_that_was_set_back_never_raises_confidence_above_its_strength(alice: Any, clock: Any) -> None:
    alice.preferences.set("likes", "tea", 0.8)
    clock.advance(-HALF_LIFE)
    assert alice.preferences.decay() == 0
    assert alice.preferences.get("likes").confidence == 0.8


@pytest.mark.parametrize("span", [timedelta(0), -DAY, 90, None])
def test_a_half_life_that_is_no_time_is_invalid(alice: Any, span: Any) -> None:
    with pytest.raises(Invalid, match="half_life"):
        alice.preferences.decay(span)


def test_decay_touches_only_what_the_scope_sees(memory: Any, alice: Any, clock: Any) -> None:
    """Defect 8 of engram: fading within one workspace always failed, and reached what was deleted."""
    bob, atlas = memory.scope(user="bob"), alice.scope(project="atlas")
    for view in (alice, bob, atlas):
        view.preferences.set("likes", "tea", 0.8)
    alice.preferences.set("deleted", "tea", 0.8)
    alice.preferences.delete("deleted")
    clock.advance(HALF_LIFE)
    assert alice.preferences.decay() == 1
    assert bob.preferences.get("likes").confidence == 0.8
    assert atlas.preferences.get("likes").confidence == 0.8


def test_decay_leaves_the_file_sound(alice: Any, memory: Any, clock: Any) -> None:
    alice.preferences.set("likes", "tea", 0.8)
    clock.advance(HALF_LIFE)
    alice.preferences.decay()
    alice.preferences.set("likes", "coffee")
    assert memory.verify() == []


# match


def test_match_finds_keys_by_a_pattern_in_the_order_of_keys(alice: Any) -> None:
    for key in ("editor.theme", "editor.font", "shell", "Editor.theme"):
        alice.preferences.set(key, "x")
    assert list(values(alice.preferences.match("editor.*"))) == ["editor.font", "editor.theme"]
    assert list(values(alice.preferences.match("[Ee]ditor.?heme"))) == ["Editor.theme", "editor.theme"]
    assert len(alice.preferences.match("*")) == 4
    assert alice.preferences.match("") == alice.preferences.match("editor") == []


def test_match_takes_the_wildcards_of_sql_as_letters(alice: Any) -> None:
    """Defect 14 of sessions-db: keys were matched with LIKE, whose wildcards stand in ordinary keys."""
    alice.preferences.set("a_b", "x")
    alice.preferences.set("axb", "x")
    assert list(values(alice.preferences.match("a_*"))) == ["a_b"]
    assert alice.preferences.match("%") == []


def test_match_leaves_out_what_is_less_certain(alice: Any) -> None:
    alice.preferences.set("a", "x", 0.5)
    alice.preferences.set("b", "x", 0.49)
    assert list(values(alice.preferences.match("*", confidence=0.5))) == ["a"]


def test_match_sees_the_projects_own_value_instead_of_the_general_one(alice: Any, memory: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.preferences.set("theme", "dark")
    alice.preferences.set("font", "mono")
    atlas.preferences.set("theme", "light")
    memory.scope(user="bob").preferences.set("theme", "green")
    assert values(atlas.preferences.match("*")) == {"font": "mono", "theme": "light"}
    assert values(alice.preferences.match("*")) == {"font": "mono", "theme": "dark"}
    assert memory.preferences.match("*") == []


@pytest.mark.parametrize("arguments", [{"glob": 5}, {"glob": None}, {"glob": "*", "confidence": 2}])
def test_a_pattern_that_is_none_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.preferences.match(**arguments)


@pytest.mark.parametrize("glob", ["[", "[a", "\ud800", "\0", "*" * 500, "愛*"])
def test_any_text_is_a_pattern(alice: Any, glob: str) -> None:
    alice.preferences.set("theme", "dark")
    assert len(alice.preferences.match(glob)) == (1 if glob == "*" * 500 else 0)


# levels and lives


def test_a_project_and_an_agent_have_their_own_value(alice: Any) -> None:
    """Defect 14 of sessions-db: what was learned was the same for everybody and everywhere."""
    views = [alice, alice.scope(agent="scout"), alice.scope(project="atlas"), alice.scope(project="atlas", agent="scout")]
    for place, view in enumerate(views):
        view.preferences.set("theme", f"theme {place}")
    assert [view.preferences.get("theme").value for view in views] == [f"theme {place}" for place in range(4)]
    assert alice.scope(project="other").preferences.get("theme").value == "theme 0"


def test_the_same_value_in_a_project_is_no_evidence_for_the_general_one(alice: Any) -> None:
    general = alice.preferences.set("theme", "dark", 0.5)
    own = alice.scope(project="atlas").preferences.set("theme", "dark", 0.5)
    assert own.id != general.id
    assert alice.preferences.get("theme").seen == 1


def test_other_users_preferences_are_never_touched(alice: Any, memory: Any) -> None:
    bob = memory.scope(user="bob")
    bobs = bob.preferences.set("theme", "light", 0.4)
    alice.preferences.set("theme", "dark")
    alice.preferences.delete("theme")
    assert bob.preferences.get("theme") == bobs


def test_a_deleted_preference_set_again_begins_anew_with_its_history(alice: Any) -> None:
    first = alice.preferences.set("theme", "dark", 0.9)
    alice.preferences.set("theme", "dark")
    alice.preferences.delete("theme")
    again = alice.preferences.set("theme", "dark", 0.3)
    assert (again.id, again.version, again.seen, again.confidence) == (first.id, 3, 1, 0.3)


def test_undelete_brings_the_evidence_back(alice: Any) -> None:
    alice.preferences.set("theme", "dark", 0.5)
    before = alice.preferences.set("theme", "dark")
    alice.preferences.delete("theme")
    alice.preferences.undelete("theme")
    back = alice.preferences.get("theme")
    assert (back.seen, back.confidence, back.seen_at) == (before.seen, before.confidence, before.seen_at)


def test_revert_brings_an_earlier_value_and_its_evidence_back(alice: Any) -> None:
    alice.preferences.set("theme", "dark", 0.4)
    alice.preferences.set("theme", "light")
    back = alice.preferences.revert("theme", 1)
    assert (back.value, back.confidence, back.seen, back.version) == ("dark", 0.4, 1, 3)
    with pytest.raises(NotFound, match="version 9"):
        alice.preferences.revert("theme", 9)


def test_as_of_shows_what_was_preferred_then(alice: Any, clock: Any) -> None:
    alice.preferences.set("theme", "dark")
    then = clock()
    clock.advance(HOUR)
    alice.preferences.set("theme", "light")
    assert values(alice.preferences.as_of(then)) == {"theme": "dark"}
    assert values(alice.preferences.as_of(clock())) == {"theme": "light"}
    assert alice.preferences.as_of(then - HOUR) == []


def test_by_key_shows_an_administrator_what_every_user_prefers(memory: Any, alice: Any) -> None:
    alice.preferences.set("theme", "dark")
    memory.scope(user="bob").preferences.set("theme", "light")
    assert sorted(one.value for one in memory.preferences.by_key("theme")) == ["dark", "light"]
    assert [one.value for one in alice.preferences.by_key("theme")] == ["dark"]


def test_a_preference_is_found_by_its_key_and_by_its_value(alice: Any) -> None:
    alice.preferences.set("favourite_drink", ["green tea", True])
    alice.preferences.set("editor", {"name": "helix"})
    assert [one.key for one in alice.preferences.search("drink")] == ["favourite_drink"]
    assert [one.key for one in alice.preferences.search("green")] == ["favourite_drink"]
    assert [one.key for one in alice.preferences.search("helix")] == ["editor"]


def test_a_long_mapping_is_found_and_leaves_the_index_sound(alice: Any, memory: Any) -> None:
    """It is indexed in parts, so the order of its keys must be the same before and after it is stored."""
    alice.preferences.set("style", {"z": "walnut " * 1500, "a": "pepper " * 1500})
    assert memory.verify() == []
    alice.preferences.set("style", "plain")
    assert memory.verify() == []
    assert alice.preferences.search("walnut") == []


def test_a_block_that_fails_leaves_the_evidence_as_it_was(alice: Any) -> None:
    before = alice.preferences.set("theme", "dark", 0.5)
    with pytest.raises(Conflict), alice.atomic() as block:
        assert block.preferences.set("theme", "dark").seen == 2
        raise Conflict("no")
    assert alice.preferences.get("theme") == before


def test_nothing_is_written_by_a_refused_set(alice: Any) -> None:
    before = alice.preferences.set("theme", "dark")
    for wrong in ({"value": float("nan")}, {"value": "x", "confidence": 3}, {"value": "x", "source": ""}):
        with pytest.raises(RecollectError):
            alice.preferences.set("theme", **wrong)
    assert alice.preferences.history("theme") == [before]
