"""Consolidation: what is done when nobody talks, by one process at a time, and nothing lost by it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from recollect import Invalid

ON_BOTH = True
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def talked(view: Any, clock: Any, times: int = 1, text: str = "We looked at a flat.") -> list[str]:
    """Conversations that are idle by now."""
    ids = []
    for number in range(times):
        ids.append(view.messages.add("user", f"{text} Number {number}.").conversation)
        view.messages.add("assistant", "It was small.")
        clock.advance(timedelta(hours=3))
    return ids


# idle conversations


def test_idle_conversations_are_closed_with_their_first_sentences(alice: Any, clock: Any) -> None:
    (talk,) = talked(alice, clock)
    (closed,) = alice.conversations.close_idle()
    assert (closed.id, closed.status) == (talk, "closed")
    assert closed.summary == "user: We looked at a flat.\nassistant: It was small."
    assert alice.conversations.get(talk) == closed


def test_a_conversation_that_goes_on_is_not_closed(alice: Any, clock: Any) -> None:
    talked(alice, clock)
    alice.messages.add("user", "Hello again")
    clock.advance(timedelta(minutes=119))
    assert len(alice.conversations.close_idle()) == 1
    assert [talk.status for talk in alice.conversations.active()] == ["active"]


def test_a_summarizer_is_given_the_messages_and_says_what_they_came_to(alice: Any, clock: Any) -> None:
    talked(alice, clock)
    seen: list[list[str]] = []

    def summarizer(messages: list[Any]) -> str:
        seen.append([message.content for message in messages])
        return "A flat was looked at."

    (closed,) = alice.conversations.close_idle(summarizer)
    assert closed.summary == "A flat was looked at."
    assert seen == [["We looked at a flat. Number 0.", "It was small."]]


@pytest.mark.parametrize("answer", ["", "  ", None, 5])
def test_a_summarizer_without_an_answer_does_not_lose_the_summary(alice: Any, clock: Any, answer: Any) -> None:
    talked(alice, clock)
    (closed,) = alice.conversations.close_idle(lambda messages: answer)
    assert closed.summary.startswith("user: We looked at a flat.")


def test_a_summarizer_that_fails_does_not_keep_a_conversation_open(alice: Any, clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    talked(alice, clock, 2)

    def failing(messages: list[Any]) -> str:
        raise OSError("no network")

    with caplog.at_level("WARNING", "recollect"):
        assert len(alice.conversations.close_idle(failing)) == 2
    assert "no network" in caplog.text


def test_somebody_who_speaks_while_it_is_summarised_keeps_the_conversation_open(alice: Any, clock: Any) -> None:
    (talk,) = talked(alice, clock)
    here = getattr(alice, "_room", alice)

    async def late(messages: list[Any]) -> str:
        await here.messages.add("user", "One more thing", conversation=talk)
        return "too early"

    def at_once(messages: list[Any]) -> str:
        here.messages.add("user", "One more thing", conversation=talk)
        return "too early"

    assert alice.conversations.close_idle(late if hasattr(alice, "_room") else at_once) == []
    assert alice.conversations.get(talk).status == "active"


def test_a_conversation_without_messages_is_closed_too(alice: Any, clock: Any) -> None:
    alice.conversations.start("Nothing")
    clock.advance(timedelta(hours=3))
    (closed,) = alice.conversations.close_idle()
    assert closed.summary == "(no text)"


# when


def test_it_waits_for_five_conversations(alice: Any, clock: Any) -> None:
    talked(alice, clock, 4)
    done = alice.consolidate()
    assert (done.ran, done.closed) == (False, ())
    assert "4 conversations" in done.reason
    talked(alice, clock)
    assert len(alice.consolidate().closed) == 5


def test_it_waits_for_a_day_after_the_last_time(alice: Any, clock: Any) -> None:
    talked(alice, clock, 5)
    assert alice.consolidate().ran
    talked(alice, clock, 5)
    assert not alice.consolidate().ran
    clock.advance(DAY)
    assert len(alice.consolidate().closed) == 5


def test_force_does_it_now(alice: Any, clock: Any) -> None:
    talked(alice, clock)
    assert len(alice.consolidate(force=True).closed) == 1
    assert alice.consolidate(force=True).closed == ()


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(alice: Any, clock: Any) -> None:
    """Defect 11 of engram: a dry run listed the rules and not what they would do."""
    ids = talked(alice, clock, 5)
    changes = len(alice.audit.changes())
    done = alice.consolidate(dry_run=True)
    assert (done.dry_run, done.ran, set(done.closed)) == (True, True, set(ids))
    assert len(alice.audit.changes()) == changes
    assert len(alice.conversations.idle()) == 5
    assert alice.consolidate().ran  # and it does not count as a time that it was done


def test_one_who_is_at_it_keeps_others_out(alice: Any, clock: Any) -> None:
    """Defect 21 of nexo: a lock was taken by writing and reading it again."""
    talked(alice, clock, 2)
    inside, over = threading.Event(), threading.Event()
    done: list[Any] = []

    def slow(messages: list[Any]) -> str:
        inside.set()
        over.wait(30)
        return "slowly"

    first = threading.Thread(target=lambda: done.append(alice.consolidate(force=True, summarizer=slow)))
    first.start()
    try:
        assert inside.wait(30)
        second = alice.consolidate(force=True)
        assert (second.ran, "another" in second.reason) == (False, True)
    finally:
        over.set()
        first.join(30)
    assert len(done[0].closed) == 2
    assert alice.consolidate(force=True).ran


def test_one_who_died_at_it_blocks_nobody_for_ever(alice: Any, clock: Any) -> None:
    talked(alice, clock)
    inside, over = threading.Event(), threading.Event()

    def stuck(messages: list[Any]) -> str:
        inside.set()
        over.wait(30)
        return "never"

    first = threading.Thread(target=lambda: alice.consolidate(force=True, summarizer=stuck))
    first.start()
    try:
        assert inside.wait(30)
        clock.advance(timedelta(hours=2))
        assert alice.consolidate(force=True).ran
    finally:
        over.set()
        first.join(30)


# what


def test_one_who_comes_too_late_does_not_let_others_in(alice: Any, clock: Any) -> None:
    """Defect 21 of nexo: a lock was released by whoever came, also by one whose time was up."""
    talked(alice, clock)
    inside, over = [threading.Event(), threading.Event()], [threading.Event(), threading.Event()]

    def stuck(number: int) -> Any:
        def summarizer(messages: list[Any]) -> str:
            inside[number].set()
            over[number].wait(30)
            return "slowly"

        return threading.Thread(target=lambda: alice.consolidate(force=True, summarizer=summarizer))

    late, now = stuck(0), stuck(1)
    try:
        late.start()
        assert inside[0].wait(30)
        clock.advance(timedelta(hours=2))
        now.start()
        assert inside[1].wait(30)
        over[0].set()
        late.join(30)
        assert not alice.consolidate(force=True).ran
    finally:
        for event in over:
            event.set()
        for thread in (late, now):
            thread.join(30)


def test_closed_conversations_without_a_summary_get_one(alice: Any, clock: Any) -> None:
    """Defect 7 of sessions-db: that a conversation was over was never written, so none was summarised."""
    talk = alice.messages.add("user", "We looked at a flat.").conversation
    alice.conversations.close(talk)
    done = alice.consolidate(force=True)
    assert (done.closed, done.summarised) == ((), (talk,))
    assert alice.conversations.get(talk).summary == "user: We looked at a flat."


def test_confidence_fades(alice: Any, clock: Any) -> None:
    alice.lessons.learn("Book early.")
    clock.advance(timedelta(days=90))
    assert alice.consolidate(dry_run=True, force=True).faded == 1
    assert alice.consolidate(force=True).faded == 1
    assert alice.consolidate(force=True).faded == 0
    assert alice.lessons.top()[0].confidence == 0.25


def test_a_note_that_was_useful_again_and_again_is_kept_for_good(alice: Any, clock: Any) -> None:
    note = alice.notes.add("The landlord is Mr Alves", expires_at=clock() + timedelta(days=30))
    other = alice.notes.add("It rained", expires_at=clock() + timedelta(days=30))
    for _ in range(3):
        alice.used([note])
        clock.advance(DAY)
    alice.used([other])
    assert alice.consolidate(force=True).promoted == (note.id,)
    kept = alice.notes.get(note.id)
    assert (kept.expires_at, kept.importance) == (None, 0.8)
    assert alice.notes.get(other.id) == other


def test_uses_of_one_day_do_not_make_a_note_permanent(alice: Any) -> None:
    """Defect 20 of nexo: the days on which a memory was used were guessed, so one day could be enough."""
    note = alice.notes.add("Only today")
    for _ in range(9):
        alice.used([note])
    assert alice.consolidate(force=True).promoted == ()


def test_nothing_is_deleted_unless_a_retention_asks_for_it(alice: Any, clock: Any) -> None:
    """Defects 16 of kernex, 15 of engram and 13 of sessions-db: what nobody had summarised was deleted after a day, a month or two."""
    talked(alice, clock, 3)
    clock.advance(timedelta(days=1000))
    assert alice.consolidate(force=True).deleted == 0
    assert alice.messages.count() == 6


def test_a_retention_deletes_only_what_a_summary_stands_in_for(alice: Any, clock: Any) -> None:
    """Defects 16 of kernex, 11 of engram and 3 of sessions-db: a retention ignored its own limits, and deleted what nothing stood in for."""
    talked(alice, clock, 2)
    alice.consolidate(force=True)
    clock.advance(timedelta(days=31))
    (late,) = talked(alice, clock)
    done = alice.consolidate(force=True, retention=timedelta(days=30))
    assert done.deleted == 4
    assert {message.conversation for message in alice.messages.recent()} == {late}
    assert len(alice.conversations.recent_summaries(9)) == 3


def test_a_retention_is_applied_to_a_memory_in_which_nobody_speaks_any_more(alice: Any, clock: Any) -> None:
    alice.messages.exchange("Where is the key?", "Under the mat.")
    clock.advance(timedelta(hours=3))
    assert alice.consolidate(force=True).ran
    clock.advance(timedelta(days=366))
    assert alice.consolidate(retention=timedelta(days=400)).ran is False  # nothing is that old, and nobody spoke
    assert alice.consolidate(retention=timedelta(days=365), dry_run=True).deleted == 2
    assert alice.consolidate(retention=timedelta(days=365)).deleted == 2
    assert alice.consolidate(retention=timedelta(days=365)).ran is False


def test_what_a_retention_deleted_can_be_brought_back(alice: Any, clock: Any) -> None:
    talked(alice, clock)
    message = alice.messages.recent(1)[0]
    alice.consolidate(force=True)
    clock.advance(2 * DAY)
    assert alice.consolidate(force=True, retention=DAY).deleted == 2
    assert alice.undelete(message.id)
    assert alice.messages.recent()[0].content == message.content


@pytest.mark.parametrize("retention", [timedelta(0), -DAY, 30, "a year"])
def test_a_retention_is_a_positive_time(alice: Any, retention: Any) -> None:
    with pytest.raises(Invalid, match="retention"):
        alice.consolidate(retention=retention)


# whose language

GERMAN = "Ich möchte gerne wissen, ob du morgen mit uns ins Kino kommen kannst."


def test_the_language_somebody_writes_in_is_noticed(alice: Any, clock: Any) -> None:
    talked(alice, clock, 3, GERMAN)
    assert alice.profile().language == "en"
    assert alice.consolidate(force=True).languages == {"alice": "de"}
    assert alice.profile().language == "de"
    assert alice.recall("Kino")[0].kind == "messages"


def test_one_message_does_not_fix_a_language(alice: Any, clock: Any) -> None:
    """Defect 18 of kernex: the first guess was stored for ever."""
    talked(alice, clock, 1, GERMAN)
    assert alice.consolidate(force=True).languages == {}
    talked(alice, clock, 9, "Could you tell me what the weather is going to be like in Lisbon?")
    assert alice.consolidate(force=True).languages == {}


def test_what_the_user_stated_wins(alice: Any, clock: Any) -> None:
    alice.facts.set("preferred_language", "English")
    talked(alice, clock, 5, GERMAN)
    assert alice.consolidate(force=True).languages == {}
    assert alice.profile().language == "en"


# whose memory


def test_a_user_consolidates_nobody_elses_memory(memory: Any, alice: Any, clock: Any) -> None:
    talked(memory.scope(user="bob"), clock)
    (mine,) = talked(alice, clock)
    assert alice.consolidate(force=True).closed == (mine,)
    assert len(memory.scope(user="bob").conversations.idle()) == 1


def test_an_administrator_consolidates_everybody_of_the_tenant(memory: Any, clock: Any) -> None:
    views = [memory.scope(user="alice"), memory.scope(user="bob"), memory, memory.scope(tenant="other", user="eve")]
    ids = [talked(view, clock)[0] for view in views]
    assert set(memory.consolidate(force=True).closed) == set(ids[:3])
    assert memory.verify() == []


def test_a_project_does_not_hide_what_is_to_be_done(alice: Any, clock: Any) -> None:
    (talk,) = talked(alice.scope(project="atlas"), clock)
    assert alice.consolidate(force=True).closed == (talk,)


def test_it_does_not_run_inside_an_atomic_block(alice: Any) -> None:
    with alice.atomic() as tx, pytest.raises(Invalid):
        tx.consolidate()


def test_an_erased_user_leaves_no_trace_of_when_it_was_done(memory: Any, alice: Any, clock: Any) -> None:
    talked(alice, clock, 5)
    alice.consolidate()
    memory.erase(user="alice")
    talked(alice, clock, 5)
    assert alice.consolidate().ran
