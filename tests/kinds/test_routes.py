"""Routes: which way requests were sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Invalid, RouteTotal

HOUR = timedelta(hours=1)


def test_record_keeps_what_was_chosen_and_why(alice: Any, clock: Any) -> None:
    route = alice.routes.record(
        "book a flat", "travel", method="rules", complexity="high", confidence=0.8, reasoning="names a place", conversation="c-1", at=clock() - HOUR
    )
    assert (route.intent, route.chosen, route.method, route.complexity) == ("book a flat", "travel", "rules", "high")
    assert (route.confidence, route.reasoning, route.conversation, route.created_at) == (0.8, "names a place", "c-1", clock() - HOUR)
    assert alice.routes.get(route.id) == route


def test_an_intent_and_a_choice_are_enough(alice: Any) -> None:
    route = alice.routes.record("book a flat", "travel")
    assert (route.method, route.complexity, route.confidence, route.reasoning, route.conversation) == (None, None, None, None, None)


def test_a_conversation_may_be_the_record(alice: Any) -> None:
    talk = alice.conversations.start("Flats")
    assert alice.routes.record("book", "travel", conversation=talk).conversation == talk.id


@pytest.mark.parametrize(
    "arguments", [{"intent": ""}, {"intent": " "}, {"intent": 5}, {"chosen": ""}, {"chosen": None}, {"method": ""}, {"complexity": 3},
                  {"confidence": 1.1}, {"confidence": True}, {"reasoning": ""}, {"conversation": ""}, {"conversation": " "},
                  {"at": datetime(2025, 1, 1)}],
)  # fmt: skip
def test_a_route_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.routes.record(**{"intent": "book", "chosen": "travel"} | arguments)
    assert alice.routes.count() == 0


@pytest.mark.parametrize("text", ["\0", "\ud800x", "🦜", "x" * 10_000])
def test_any_text_is_an_intent_a_choice_and_a_conversation(alice: Any, text: str) -> None:
    route = alice.routes.record(text, text, conversation=text)
    kept = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert (route.intent, route.chosen, route.conversation) == (kept, kept, kept)
    assert alice.routes.get(route.id) == route


def test_summary_counts_each_way_and_the_mean_of_what_confidences_there_are(alice: Any) -> None:
    for chosen, confidence in (("travel", 0.5), ("travel", None), ("travel", 1.0), ("mail", None)):
        alice.routes.record("book", chosen, confidence=confidence)
    assert alice.routes.summary() == [RouteTotal("mail", 1, None), RouteTotal("travel", 3, 0.75)]


def test_summary_shows_what_had_none_under_an_empty_key(alice: Any) -> None:
    alice.routes.record("book", "travel", method="rules")
    alice.routes.record("buy", "shop")
    assert {(total.key, total.routes) for total in alice.routes.summary("method")} == {("", 1), ("rules", 1)}
    assert [total.key for total in alice.routes.summary("intent")] == ["book", "buy"]


def test_summary_of_a_time_and_of_this_scope_only(alice: Any, memory: Any, clock: Any) -> None:
    now = clock()
    for at in (now - HOUR, now, now + HOUR):
        alice.routes.record("book", "travel", at=at)
    memory.scope(user="bob").routes.record("book", "travel")
    alice.scope(channel="mail").routes.record("book", "mail")
    assert [(total.key, total.routes) for total in alice.routes.summary(since=now, until=now + HOUR)] == [("mail", 1), ("travel", 1)]
    assert [(total.key, total.routes) for total in alice.scope(channel="mail").routes.summary()] == [("mail", 1)]
    assert [(total.key, total.routes) for total in memory.routes.summary("user")] == [("alice", 4), ("bob", 1)]


@pytest.mark.parametrize("by", ["confidence", "", None, "chosen desc"])
def test_summary_by_anything_else_is_invalid(alice: Any, by: Any) -> None:
    with pytest.raises(Invalid, match="chosen"):
        alice.routes.summary(by)


def test_routes_are_found_when_they_are_asked_for_and_stay_out_of_the_prompt(alice: Any) -> None:
    route = alice.routes.record("book a flat near the harbour", "travel", reasoning="names a place")
    assert alice.routes.search("harbour") == alice.routes.search("place") == [route]
    assert alice.recall("harbour") == []
    assert "harbour" not in alice.context("harbour").text
