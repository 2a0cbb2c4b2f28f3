"""Conversations: begun by themselves or by name, idle after exactly 120 minutes, closed with a summary."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Conflict, Denied, Invalid, NotFound

UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"
IDLE = timedelta(minutes=120)
MOMENT = timedelta(microseconds=1)


def ids(records: Any) -> list[str]:
    return [record.id for record in records]


def test_start_begins_an_active_conversation(alice: Any, clock: Any) -> None:
    talk = alice.conversations.start("Flats", "thread-1")
    assert (talk.title, talk.external_id, talk.status, talk.summary, talk.closed_at) == ("Flats", "thread-1", "active", None, None)
    assert talk.last_activity == clock()
    assert alice.conversations.get(talk.id) == talk


def test_at_says_when_it_began(alice: Any, clock: Any) -> None:
    long_ago = clock() - timedelta(days=400)
    assert alice.conversations.start("Flats", at=long_ago).created_at == long_ago


def test_starting_with_a_known_external_id_is_the_same_conversation(alice: Any) -> None:
    first = alice.conversations.start("Flats", "thread-1")
    assert alice.conversations.start("Flats", "thread-1") == first
    assert alice.conversations.start(external_id="thread-1") == first
    with pytest.raises(Conflict, match="thread-1"):
        alice.conversations.start("Houses", "thread-1")
    assert alice.conversations.count() == 1


def test_current_is_one_conversation_while_it_goes_on(alice: Any) -> None:
    first = alice.conversations.current()
    assert alice.conversations.current() == first
    assert alice.conversations.count() == 1


def test_the_conversation_begun_last_is_the_current_one(alice: Any) -> None:
    alice.conversations.start("Flats")
    second = alice.conversations.start("Houses")
    assert alice.conversations.current() == second


def test_idle_begins_at_exactly_120_minutes(alice: Any, clock: Any) -> None:
    """Defect 5 of omega: the documentation said 30 minutes where the program took 120."""
    talk = alice.conversations.current()
    clock.advance(IDLE - MOMENT)
    assert alice.conversations.current() == talk
    assert alice.conversations.idle() == []
    clock.advance(MOMENT)
    assert ids(alice.conversations.idle()) == [talk.id]
    assert alice.conversations.current().id != talk.id


def test_what_was_said_long_before_joins_the_conversation_of_its_time(alice: Any, clock: Any) -> None:
    today = alice.messages.add("user", "hello")
    then = clock() - timedelta(days=700)
    first = alice.messages.add("user", "long ago", at=then)
    later = alice.messages.add("user", "and a little later", at=then + timedelta(minutes=119))
    assert first.conversation == later.conversation != today.conversation
    assert alice.conversations.get(first.conversation).created_at == then
    assert alice.messages.add("user", "a clock that is slow", at=clock() - timedelta(minutes=119)).conversation == today.conversation


def test_those_who_speak_at_once_begin_one_conversation(alice: Any) -> None:
    """Defect 8 of kernex: two who spoke at once began a conversation each."""
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda number: alice.messages.add("user", f"Hello {number}"), range(8)))
    assert [talk.id for talk in alice.conversations.list()] == [said[0].conversation]
    assert {message.conversation for message in said} == {said[0].conversation}


def test_a_message_keeps_the_conversation_going(alice: Any, clock: Any) -> None:
    talk = alice.conversations.current()
    for _ in range(3):
        clock.advance(IDLE - MOMENT)
        assert alice.messages.add("user", "still here").conversation == talk.id
    clock.advance(IDLE)
    assert alice.messages.add("user", "back again").conversation != talk.id


def test_a_closed_conversation_is_not_the_current_one(alice: Any) -> None:
    talk = alice.conversations.current()
    alice.conversations.close(talk.id)
    assert alice.messages.add("user", "hello").conversation != talk.id


def test_a_deleted_conversation_is_not_the_current_one(alice: Any) -> None:
    talk = alice.conversations.current()
    alice.conversations.delete(talk.id)
    assert alice.conversations.current().id != talk.id


@pytest.mark.parametrize("part", ["channel", "session", "project"])
def test_each_channel_session_and_project_has_its_own_current_conversation(alice: Any, part: str) -> None:
    """Defect 2 of kernex: the runtime wrote under another project than it read."""
    mail, chat = alice.scope(**{part: "mail"}), alice.scope(**{part: "chat"})
    found = {view.conversations.current().id for view in (alice, mail, chat, alice, mail, chat)}
    assert len(found) == 3
    assert mail.messages.add("user", "x").conversation == mail.conversations.current().id


def test_all_agents_of_a_user_share_the_current_conversation(alice: Any) -> None:
    talk = alice.scope(agent="scout").conversations.current()
    assert alice.scope(agent="writer").conversations.current() == talk
    assert alice.conversations.current() == talk


def test_idle_lists_the_longest_quiet_first(alice: Any, clock: Any) -> None:
    first = alice.conversations.start("one")
    clock.advance(MOMENT)
    second = alice.conversations.start("two")
    clock.advance(IDLE)
    third = alice.conversations.start("three")
    assert ids(alice.conversations.idle()) == [first.id, second.id]
    alice.conversations.close(first.id)
    assert ids(alice.conversations.idle()) == [second.id]
    assert third.id not in ids(alice.conversations.idle())


def test_active_lists_idle_ones_too_the_most_recent_first(alice: Any, clock: Any) -> None:
    first = alice.conversations.start("one")
    clock.advance(IDLE)
    second = alice.conversations.start("two")
    third = alice.conversations.start("three")
    alice.conversations.close(third.id)
    assert ids(alice.conversations.active()) == [second.id, first.id]


def test_close_ends_it_with_a_summary(alice: Any, clock: Any) -> None:
    talk = alice.conversations.start("Flats")
    clock.advance(timedelta(minutes=5))
    closed = alice.conversations.close(talk.id, summary="We found one.")
    assert (closed.status, closed.summary, closed.closed_at) == ("closed", "We found one.", clock())
    assert alice.conversations.get(talk.id) == closed


def test_closing_again_replaces_the_summary_and_not_the_time(alice: Any, clock: Any) -> None:
    talk = alice.conversations.start("Flats")
    first = alice.conversations.close(talk.id, "We found one.")
    clock.advance(timedelta(minutes=5))
    second = alice.conversations.close(talk.id, "We found two.")
    assert (second.summary, second.closed_at) == ("We found two.", first.closed_at)
    assert alice.conversations.close(talk.id) == second


def test_closing_an_unknown_conversation_is_not_found(alice: Any) -> None:
    with pytest.raises(NotFound, match=UNKNOWN):
        alice.conversations.close(UNKNOWN)


def test_close_current_closes_what_goes_on_and_nothing_else(alice: Any) -> None:
    assert alice.conversations.close_current() is None
    mail = alice.scope(channel="mail").conversations.current()
    talk = alice.conversations.current()
    closed = alice.conversations.close_current("Enough.")
    assert (closed.id, closed.status, closed.summary) == (talk.id, "closed", "Enough.")
    assert alice.conversations.get(mail.id).status == "active"


def test_history_lists_closed_ones_the_latest_first(alice: Any, clock: Any) -> None:
    talks = [alice.conversations.start(f"talk {n}") for n in range(4)]
    for talk in talks[:3]:
        clock.advance(MOMENT)
        alice.conversations.close(talk.id)
    assert ids(alice.conversations.history()) == [talks[2].id, talks[1].id, talks[0].id]
    assert ids(alice.conversations.history(2)) == [talks[2].id, talks[1].id]


def test_history_of_equal_times_goes_by_the_order_of_writing(alice: Any) -> None:
    """Defect 1 of kernex: ties were split at random."""
    talks = [alice.conversations.close(alice.conversations.start(f"talk {n}").id) for n in range(10)]
    assert ids(alice.conversations.history()) == ids(talks[::-1])


def test_recent_summaries_lists_the_latest_first_and_three_by_default(alice: Any, clock: Any) -> None:
    """Defect 21 of nexo: the summary that was loaded was the one with the best words, not the last one."""
    for n in range(5):
        clock.advance(MOMENT)
        alice.conversations.close(alice.conversations.start(f"talk {n}").id, f"summary {n}")
    alice.conversations.start("without one")
    assert [talk.summary for talk in alice.conversations.recent_summaries()] == ["summary 4", "summary 3", "summary 2"]
    assert [talk.summary for talk in alice.conversations.recent_summaries(1)] == ["summary 4"]


def test_summaries_of_a_project_are_not_shown_in_another(alice: Any) -> None:
    """Defect 12 of kernex: summaries ignored the project."""
    atlas = alice.scope(project="atlas")
    atlas.conversations.close(atlas.conversations.start().id, "Atlas is late.")
    assert alice.scope(project="other").conversations.recent_summaries() == []
    assert "Atlas is late" not in alice.scope(project="other").context("atlas late").text
    assert [talk.summary for talk in alice.conversations.recent_summaries()] == ["Atlas is late."]


@pytest.mark.parametrize("verb", ["history", "recent_summaries", "active", "idle"])
def test_lists_follow_the_channel(alice: Any, clock: Any, verb: str) -> None:
    for channel in ("mail", "chat"):
        view = alice.scope(channel=channel)
        view.conversations.close(view.conversations.start().id, f"about {channel}")
        view.conversations.start(f"open {channel}")
    clock.advance(IDLE)
    found = getattr(alice.scope(channel="mail").conversations, verb)()
    assert {talk.channel for talk in found} == {"mail"}
    assert {talk.channel for talk in getattr(alice.conversations, verb)()} == {"mail", "chat"}


def test_a_summary_can_be_searched(alice: Any) -> None:
    talk = alice.conversations.close(alice.conversations.start().id, "We chose the flat by the harbour.")
    assert ids(alice.conversations.search("harbour")) == [talk.id]
    alice.conversations.close(talk.id, "We chose the house by the mill.")
    assert alice.conversations.search("harbour") == []
    assert ids(alice.conversations.search("mill")) == [talk.id]


def test_a_message_cannot_be_written_into_another_users_conversation(memory: Any) -> None:
    talk = memory.scope(user="bob").conversations.start("secret")
    with pytest.raises(NotFound, match=talk.id):
        memory.scope(user="alice").messages.add("user", "hello", conversation=talk.id)
    with pytest.raises(Denied, match="bob"):
        memory.messages.add("user", "hello", conversation=talk.id)


@pytest.mark.parametrize("at", [datetime(2025, 1, 1), "2025-01-01", 5])
def test_a_time_that_is_no_aware_datetime_is_invalid(alice: Any, at: Any) -> None:
    with pytest.raises(Invalid):
        alice.conversations.start("x", at=at)
    assert alice.conversations.count() == 0


@pytest.mark.parametrize("summary", ["", 5])
def test_a_summary_that_is_no_text_is_invalid(alice: Any, summary: Any) -> None:
    talk = alice.conversations.start()
    with pytest.raises(Invalid, match="summary"):
        alice.conversations.close(talk.id, summary)
    assert alice.conversations.get(talk.id).status == "active"
