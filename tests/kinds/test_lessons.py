"""Lessons: rules that experience taught, one lesson however often it is learned, and the most valuable kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound
from recollect.kinds import lessons as kind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rules(lessons: Any) -> list[str]:
    return [lesson.rule for lesson in lessons]


@pytest.fixture
def room_for_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "MOST", 3)


def test_learn_keeps_a_rule_of_a_domain(alice: Any, clock: Any) -> None:
    lesson = alice.lessons.learn("Run the tests first", "code", confidence=0.7, source="a review")
    assert (lesson.rule, lesson.domain, lesson.source, lesson.version) == ("Run the tests first", "code", "a review", 1)
    assert (lesson.confidence, lesson.strength, lesson.seen, lesson.seen_at) == (0.7, 0.7, 1, clock())
    assert alice.lessons.get(lesson.id) == lesson


def test_without_more_a_lesson_is_general_and_half_certain(alice: Any) -> None:
    lesson = alice.lessons.learn("Ask before deleting")
    assert (lesson.domain, lesson.confidence, lesson.source) == ("general", 0.5, None)


def test_a_source_may_be_any_record(alice: Any) -> None:
    outcome = alice.outcomes.add(-1, "code")
    assert alice.lessons.learn("Run the tests first", source=outcome).source == outcome.id


@pytest.mark.parametrize("again", ["Run the tests first", "run THE tests first.", "Run test first!", "  Run the tests:  first"])
def test_a_rule_that_says_the_same_is_the_same_lesson_reinforced(alice: Any, clock: Any, again: str) -> None:
    """Defect 14 of kernex: variants in case were several lessons, and how often one was learned was never shown."""
    first = alice.lessons.learn("Run the tests first", "code")
    clock.advance(HOUR)
    second = alice.lessons.learn(again, "code", confidence=0.1)
    assert (second.id, second.rule, second.version, second.updated_at) == (first.id, first.rule, 1, first.updated_at)
    assert (second.confidence, second.seen, second.seen_at) == (0.6, 2, clock())
    assert alice.lessons.count() == 1


def test_a_rule_that_several_learn_at_once_is_one_lesson(alice: Any) -> None:
    """Defect 14 of kernex: whoever learned a rule looked for it first and stored it then, so two at once stored two."""
    with ThreadPoolExecutor(8) as threads:
        learned = list(threads.map(lambda _: alice.lessons.learn("Always ask first"), range(8)))
    assert [(lesson.id, lesson.seen) for lesson in alice.lessons.list()] == [(learned[0].id, 8)]


@pytest.mark.parametrize("other", ["Never run the tests first", "First run the tests", "Run the tests", "Run the tests last"])
def test_a_rule_that_says_something_else_is_another_lesson(alice: Any, other: str) -> None:
    first = alice.lessons.learn("Run the tests first")
    assert alice.lessons.learn(other).id != first.id


def test_the_same_rule_in_another_domain_is_another_lesson(alice: Any) -> None:
    ids = {alice.lessons.learn("Run the tests first", domain).id for domain in ("code", "Code", "codes", "code ", "das Code")}
    assert len(ids) == 5


def test_a_word_of_the_domain_is_no_word_of_the_rule(alice: Any) -> None:
    first = alice.lessons.learn("run first", "python tests")
    second = alice.lessons.learn("tests run first", "python")
    assert (second.id != first.id, second.domain, second.rule) == (True, "python", "tests run first")


def test_what_is_learned_is_found_in_the_domain_it_was_learned_for(alice: Any) -> None:
    for domain in ("code", "Code", "el code"):
        alice.lessons.learn("Run the tests first", domain)
        assert [lesson.domain for lesson in alice.lessons.top(domain=domain)] == [domain]


@pytest.mark.parametrize(
    "arguments", [{"rule": ""}, {"rule": " \n"}, {"rule": 5}, {"rule": "x", "domain": ""}, {"rule": "x", "domain": None},
                  {"rule": "x", "confidence": 1.5}, {"rule": "x", "confidence": True}, {"rule": "x", "source": ""}],
)  # fmt: skip
def test_a_lesson_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.lessons.learn(**arguments)
    assert alice.lessons.count() == 0


@pytest.mark.parametrize("rule", ["Write “ß” as ß", "永远先运行测试", "🦜 first", "C++", "???", "x" * 100_000, "say \0 no"])
def test_any_text_is_a_rule(alice: Any, rule: str) -> None:
    lesson = alice.lessons.learn(rule)
    assert lesson.rule == rule.replace("\0", "\ufffd")
    assert alice.lessons.learn(rule).id == lesson.id


# which come first


def test_recent_shows_what_was_learned_last_even_if_it_was_known(alice: Any, clock: Any) -> None:
    for rule in ("one", "two", "three", "one"):
        alice.lessons.learn(rule)
        clock.advance(HOUR)
    assert rules(alice.lessons.recent()) == ["one", "three", "two"]
    assert rules(alice.lessons.recent(2)) == ["one", "three"]
    assert alice.lessons.recent(0) == []


def test_equal_times_go_by_the_order_of_writing(alice: Any) -> None:
    for rule in ("one", "two", "three"):
        alice.lessons.learn(rule)
    assert rules(alice.lessons.recent()) == rules(alice.lessons.top()) == ["three", "two", "one"]


def test_top_goes_by_confidence_and_then_by_how_often_it_was_seen(alice: Any) -> None:
    alice.lessons.learn("sure", confidence=0.9)
    alice.lessons.learn("seldom", confidence=0.6)
    alice.lessons.learn("often", confidence=0.4)
    for _ in range(2):
        alice.lessons.learn("often")
    assert [(lesson.rule, lesson.confidence) for lesson in alice.lessons.top()] == [("sure", 0.9), ("often", 0.6), ("seldom", 0.6)]
    assert rules(alice.lessons.top(1)) == ["sure"]


def test_top_shows_the_projects_own_lessons_before_the_general_ones(alice: Any, memory: Any) -> None:
    atlas = alice.scope(project="atlas")
    alice.lessons.learn("general", confidence=0.9)
    atlas.lessons.learn("own", confidence=0.1)
    alice.scope(project="other").lessons.learn("another's")
    memory.scope(user="bob").lessons.learn("bob's")
    assert rules(atlas.lessons.top()) == ["own", "general"]
    assert rules(alice.lessons.top()) == ["general"]


def test_recent_and_top_of_one_domain_leave_the_others_out(alice: Any) -> None:
    alice.lessons.learn("one", "code")
    alice.lessons.learn("two", "mail")
    assert rules(alice.lessons.recent(domain="code")) == rules(alice.lessons.top(domain="code")) == ["one"]
    assert alice.lessons.recent(domain="%") == alice.lessons.top(domain="\ud800") == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"limit": True}, {"domain": 5}, {"domain": ""}])
def test_wrong_arguments_of_recent_and_top_are_invalid(alice: Any, arguments: Any) -> None:
    for verb in (alice.lessons.recent, alice.lessons.top):
        with pytest.raises(Invalid):
            verb(**arguments)


# the most there are


@pytest.mark.usefixtures("room_for_three")
def test_one_too_many_takes_the_place_of_the_least_valuable(alice: Any) -> None:
    """Defect 14 of kernex: the cap went by time alone and forgot what had been learned most often."""
    for rule, confidence in (("sure", 0.9), ("unsure", 0.2), ("likely", 0.6)):
        alice.lessons.learn(rule, confidence=confidence)
    alice.lessons.learn("new", confidence=0.1)
    assert sorted(rules(alice.lessons.list())) == ["likely", "new", "sure"]


@pytest.mark.usefixtures("room_for_three")
def test_of_equally_certain_lessons_the_one_seen_least_and_longest_ago_goes(alice: Any, clock: Any) -> None:
    for rule in ("old", "older than it looks", "young"):
        alice.lessons.learn(rule, confidence=0.5)
        clock.advance(HOUR)
    alice.lessons.learn("new", confidence=0.5)
    assert "old" not in rules(alice.lessons.list())


@pytest.mark.usefixtures("room_for_three")
def test_what_had_to_go_can_be_brought_back(alice: Any) -> None:
    weak = alice.lessons.learn("weak", confidence=0.1)
    for rule in ("one", "two", "three"):
        alice.lessons.learn(rule)
    assert alice.lessons.get(weak.id) is None
    assert alice.lessons.undelete(weak.id) is True
    assert alice.lessons.count() == 4


@pytest.mark.usefixtures("room_for_three")
def test_the_cap_holds_for_each_domain_level_and_user_alone(alice: Any, memory: Any) -> None:
    views = [alice, alice.scope(project="atlas"), memory.scope(user="bob")]
    for view in views:
        for rule in ("one", "two", "three"):
            view.lessons.learn(rule)
            view.lessons.learn(rule, "code")
    assert memory.stats().counts["lessons"] == 18
    alice.lessons.learn("four")
    assert memory.stats().counts["lessons"] == 18


@pytest.mark.usefixtures("room_for_three")
def test_learning_what_is_known_takes_nobodys_place(alice: Any) -> None:
    for rule in ("one", "two", "three", "one", "two"):
        alice.lessons.learn(rule)
    assert alice.lessons.count() == 3


# their life


def test_a_lesson_fades_and_learning_it_again_strengthens_what_was_left(alice: Any, clock: Any) -> None:
    alice.lessons.learn("one", confidence=0.8)
    clock.advance(90 * DAY)
    assert (alice.lessons.decay(), alice.lessons.decay()) == (1, 0)
    assert alice.lessons.top()[0].confidence == 0.4
    assert alice.lessons.learn("one").confidence == 0.5


def test_an_administrators_decay_reaches_every_user_and_a_users_only_that_user(memory: Any, alice: Any, clock: Any) -> None:
    bob = memory.scope(user="bob")
    bobs, _ = bob.lessons.learn("one"), alice.lessons.learn("one")
    clock.advance(90 * DAY)
    assert alice.lessons.decay() == 1
    assert bob.lessons.get(bobs.id).confidence == 0.5
    assert memory.lessons.decay() == 1
    assert bob.lessons.get(bobs.id).confidence == 0.25


def test_a_deleted_lesson_learned_again_is_a_new_one_and_the_old_cannot_come_back_beside_it(alice: Any, memory: Any) -> None:
    first = alice.lessons.learn("one")
    alice.lessons.delete(first.id)
    second = alice.lessons.learn("One!")
    assert (second.id != first.id, second.seen) == (True, 1)
    with pytest.raises(Conflict, match=second.id):
        alice.lessons.undelete(first.id)
    assert memory.verify() == []


def test_history_shows_versions_and_not_how_often_it_was_seen(alice: Any) -> None:
    lesson = alice.lessons.learn("one")
    alice.lessons.learn("one")
    assert [version.seen for version in alice.lessons.history(lesson.id)] == [2]
    alice.lessons.delete(lesson.id)
    assert [(version.version, version.seen) for version in alice.lessons.history(lesson.id)] == [(2, 2), (1, 2)]


def test_another_users_lesson_is_not_reinforced(alice: Any, memory: Any) -> None:
    bobs = memory.scope(user="bob").lessons.learn("one")
    assert alice.lessons.learn("one").seen == 1
    assert memory.scope(user="bob").lessons.get(bobs.id) == bobs
    with pytest.raises(NotFound):
        alice.lessons.need(bobs.id)


def test_a_lesson_of_a_project_is_apart_from_the_general_one(alice: Any) -> None:
    general, own = alice.lessons.learn("one"), alice.scope(project="atlas").lessons.learn("one")
    assert general.id != own.id
    assert own.seen == 1


def test_a_lesson_is_found_by_its_domain_and_its_words(alice: Any) -> None:
    lesson = alice.lessons.learn("Run the tests first", "deployment")
    assert [one.id for one in alice.lessons.search("testing")] == [lesson.id]
    assert [one.id for one in alice.lessons.search("deployment")] == [lesson.id]


def test_a_block_that_fails_learned_nothing(alice: Any) -> None:
    first = alice.lessons.learn("one")
    with pytest.raises(Conflict), alice.atomic() as block:
        block.lessons.learn("one")
        block.lessons.learn("two")
        raise Conflict("no")
    assert alice.lessons.list() == [first]
