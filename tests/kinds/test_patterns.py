"""Patterns: what is seen again and again, the surer the oftener."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from recollect import Conflict, Invalid

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def observed(view: Any, key: Any, times: int, **more: Any) -> Any:
    for _ in range(times):
        pattern = view.patterns.observe("workflow", key, **more)
    return pattern


def keys(patterns: Any) -> list[str]:
    return [pattern.key for pattern in patterns]


def test_observe_keeps_a_pattern_that_is_hardly_certain_yet(alice: Any, clock: Any) -> None:
    pattern = alice.patterns.observe("tool_sequence", ["read", "edit", "test"], {"minutes": 3})
    assert (pattern.type, pattern.key, pattern.value) == ("tool_sequence", '["read", "edit", "test"]', {"minutes": 3})
    assert (pattern.confidence, pattern.seen, pattern.seen_at, pattern.version) == (0.1, 1, clock(), 1)
    assert alice.patterns.get(pattern.id) == pattern


def test_each_time_adds_less_and_certainty_is_never_reached(alice: Any) -> None:
    steps = [observed(alice, "lint first", 1).confidence for _ in range(62)]
    assert steps[:10] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75]
    assert steps[10:12] == [0.77, 0.79]
    assert (max(steps), steps[-1]) == (0.99, 0.99)


def test_seen_again_is_no_new_version(alice: Any, clock: Any) -> None:
    first = observed(alice, "lint first", 1)
    clock.advance(HOUR)
    again = alice.patterns.observe("workflow", "lint first", confidence=0.9)
    assert (again.id, again.version, again.updated_at, again.seen, again.seen_at) == (first.id, 1, first.updated_at, 2, clock())
    assert again.confidence == 0.2


def test_the_order_of_a_mappings_keys_does_not_matter(alice: Any) -> None:
    """Defect 14 of sessions-db: the key depended on the order in which it was written."""
    first = alice.patterns.observe("error_pattern", {"tool": "pytest", "exit": 1})
    again = alice.patterns.observe("error_pattern", MappingProxyType({"exit": 1, "tool": "pytest"}))
    assert (again.id, again.seen) == (first.id, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [(["a b", "c"], ["a", "b c"]), (["read", "edit"], ["edit", "read"]), ({"exit": 1}, {"exit": -1}), ([0.5], [0.05]), (["test"], ["tests"]),
     (["read", "a"], ["read"]), ({"a": 1}, {"b": 1}), (["Read"], ["read"]), ([True], [1])],
)  # fmt: skip
def test_lists_and_mappings_are_the_same_to_the_letter_only(alice: Any, one: Any, other: Any) -> None:
    """Defect 14 of sessions-db: a hash of 32 bits took different patterns for one."""
    assert alice.patterns.observe("workflow", one).id != alice.patterns.observe("workflow", other).id


def test_a_tuple_is_a_list(alice: Any) -> None:
    assert alice.patterns.observe("workflow", ("a", "b")).id == alice.patterns.observe("workflow", ["a", "b"]).id


def test_a_text_is_the_same_if_it_says_the_same(alice: Any) -> None:
    first = alice.patterns.observe("workflow", "Run the linters first")
    assert alice.patterns.observe("workflow", "run linter first.").id == first.id
    assert alice.patterns.observe("workflow", "run the linter last").id != first.id


def test_a_text_in_brackets_is_still_a_text(alice: Any) -> None:
    assert alice.patterns.observe("error_pattern", "[Error] tests fail").id == alice.patterns.observe("error_pattern", "[error] test fails").id


def test_a_type_counts_to_the_letter_and_apart_from_the_key(alice: Any) -> None:
    pairs = [("workflow", "lint first"), ("Workflow", "lint first"), ("workflows", "lint first"), ("lint", "first"), ("lint first", "a")]
    assert len({alice.patterns.observe(type, key).id for type, key in pairs}) == 5


@pytest.mark.parametrize("key", ["", " ", None, 5, True, b"x", [], {}, (), {1, 2}, [object()], ["x" * (10 * 1024 * 1024)]])
def test_a_key_that_says_nothing_is_invalid(alice: Any, key: Any) -> None:
    with pytest.raises(Invalid, match="key"):
        alice.patterns.observe("workflow", key)


@pytest.mark.parametrize("arguments", [{"type": ""}, {"type": 5}, {"type": "x" * 256}, {"confidence": 2}, {"value": object()}])
def test_a_pattern_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.patterns.observe(**{"type": "workflow", "key": "x"} | arguments)
    assert alice.patterns.count() == 0


@pytest.mark.parametrize("key", ["运行测试", "🦜", "->", "a" * 100_000, ["🦜", {"愛": None}], "\ud800x"])
def test_any_text_and_any_list_is_a_key(alice: Any, key: Any) -> None:
    assert observed(alice, key, 2).seen == 2


# what is known beside the key


def test_another_value_replaces_the_known_one_which_history_keeps(alice: Any, clock: Any) -> None:
    """Defect 21 of kernex: overwriting lost the previous value."""
    pattern = alice.patterns.observe("workflow", "deploy", {"minutes": 3})
    clock.advance(HOUR)
    again = alice.patterns.observe("workflow", "deploy", {"minutes": 5})
    assert (again.value, again.seen, again.version) == ({"minutes": 5}, 2, 2)
    assert [version.value for version in alice.patterns.history(pattern.id)] == [{"minutes": 5}, {"minutes": 3}]


def test_no_value_leaves_what_is_known(alice: Any) -> None:
    alice.patterns.observe("workflow", "deploy", "by hand")
    again = alice.patterns.observe("workflow", "deploy")
    assert (again.value, again.version) == ("by hand", 1)


def test_the_same_value_is_no_new_version(alice: Any) -> None:
    alice.patterns.observe("workflow", "deploy", {"a": 1, "b": 2})
    assert alice.patterns.observe("workflow", "deploy", {"b": 2, "a": 1}).version == 1


def test_changed_values_leave_the_file_sound(alice: Any, memory: Any, clock: Any) -> None:
    for value in (1, 2, None, 2, 3):
        clock.advance(HOUR)
        alice.patterns.observe("workflow", "deploy", value)
    assert memory.verify() == []


# what is frequent, what is certain


def test_frequent_shows_what_is_half_certain_the_most_often_seen_first(alice: Any) -> None:
    observed(alice, "five times", 5)
    observed(alice, "seven times", 7)
    observed(alice, "four times", 4)
    alice.patterns.observe("workflow", "sure at once", confidence=0.9)
    assert keys(alice.patterns.frequent()) == ["seven times", "five times", "sure at once"]
    assert keys(alice.patterns.frequent(1)) == ["seven times"]
    assert len(alice.patterns.frequent(confidence=0)) == 4


def test_confident_shows_what_is_certain_first(alice: Any) -> None:
    observed(alice, "nine times", 9)
    observed(alice, "eight times", 8)
    alice.patterns.observe("workflow", "sure at once", confidence=0.9)
    assert keys(alice.patterns.confident()) == ["sure at once", "nine times"]
    assert keys(alice.patterns.confident(2, confidence=0.6)) == ["sure at once", "nine times"]
    assert alice.patterns.confident(confidence=1) == []


def test_both_can_be_of_one_type(alice: Any) -> None:
    alice.patterns.observe("workflow", "one", confidence=0.9)
    alice.patterns.observe("error_pattern", "two", confidence=0.9)
    assert keys(alice.patterns.frequent(type="error_pattern")) == keys(alice.patterns.confident(type="error_pattern")) == ["two"]
    assert alice.patterns.frequent(type="error%") == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"type": 5}, {"type": ""}, {"confidence": 1.1}, {"confidence": None}])
def test_wrong_arguments_of_both_are_invalid(alice: Any, arguments: Any) -> None:
    for verb in (alice.patterns.frequent, alice.patterns.confident):
        with pytest.raises(Invalid):
            verb(**arguments)


def test_what_faded_is_not_frequent_any_more_until_it_is_seen_again(alice: Any, clock: Any) -> None:
    observed(alice, "lint first", 5)
    clock.advance(90 * DAY)
    assert keys(alice.patterns.frequent()) == ["lint first"]
    assert (alice.patterns.decay(), alice.patterns.decay()) == (1, 0)
    assert alice.patterns.frequent() == []
    observed(alice, "lint first", 5)
    assert keys(alice.patterns.frequent()) == ["lint first"]


# whose they are


def test_patterns_are_a_users_own(alice: Any, memory: Any) -> None:
    """Defect 14 of sessions-db: patterns were the same for all users."""
    observed(memory.scope(user="bob"), "lint first", 6)
    assert observed(alice, "lint first", 1).seen == 1
    assert alice.patterns.frequent() == []
    assert keys(memory.scope(user="bob").patterns.frequent()) == ["lint first"]


def test_a_project_sees_the_general_patterns_and_its_own(alice: Any) -> None:
    atlas = alice.scope(project="atlas", agent="scout")
    observed(alice, "general", 5)
    observed(atlas, "own", 6)
    assert keys(atlas.patterns.frequent()) == ["own", "general"]
    assert keys(alice.patterns.frequent()) == ["general"]


def test_a_pattern_of_a_project_is_apart_from_the_general_one(alice: Any) -> None:
    general = observed(alice, "lint first", 3)
    assert observed(alice.scope(project="atlas"), "lint first", 1).seen == 1
    assert alice.patterns.get(general.id).seen == 3


def test_a_deleted_pattern_observed_again_is_a_new_one(alice: Any) -> None:
    first = observed(alice, "lint first", 5)
    alice.patterns.delete(first.id)
    assert alice.patterns.frequent() == []
    second = observed(alice, "lint first", 1)
    assert (second.id != first.id, second.seen, second.confidence) == (True, 1, 0.1)
    with pytest.raises(Conflict, match=second.id):
        alice.patterns.undelete(first.id)


def test_undelete_brings_back_how_often_it_was_seen(alice: Any) -> None:
    first = observed(alice, "lint first", 5)
    alice.patterns.delete(first.id)
    assert alice.patterns.undelete(first.id) is True
    assert observed(alice, "lint first", 1).seen == 6


def test_a_pattern_is_found_by_its_type_and_by_the_words_of_its_key(alice: Any) -> None:
    pattern = alice.patterns.observe("tool_sequence", ["read", "harbour"])
    assert [one.id for one in alice.patterns.search("harbour")] == [one.id for one in alice.patterns.search("sequence")] == [pattern.id]


def test_a_block_that_fails_observed_nothing(alice: Any) -> None:
    first = observed(alice, "lint first", 1)
    with pytest.raises(Conflict), alice.atomic() as block:
        observed(block, "lint first", 3)
        raise Conflict("no")
    assert alice.patterns.list() == [first]
