"""Handoffs: work goes from one agent to another whole, to one at a time, and never in a circle without end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recollect import Conflict, Denied, Invalid, NotFound

UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


@pytest.fixture
def coder(alice: Any) -> Any:
    return alice.scope(agent="coder")


@pytest.fixture
def reviewer(alice: Any) -> Any:
    return alice.scope(agent="reviewer")


def given(giver: Any, taker: Any, session: Any) -> Any:
    """A handoff that was offered and accepted."""
    return taker.handoffs.accept(giver.handoffs.offer(taker._scope.agent, "go on", session).id)


def summaries(handoffs: Any) -> list[str]:
    return [handoff.summary for handoff in handoffs]


# offer


def test_an_offer_keeps_everything_that_was_said_of_it(coder: Any) -> None:
    session = coder.sessions.start("the parser")
    offer = coder.handoffs.offer("reviewer", "It parses.", session, "I am done", {"files": ["parser.py"]})
    assert coder.handoffs.get(offer.id) == offer
    assert (offer.from_agent, offer.to, offer.from_session, offer.to_session) == ("coder", "reviewer", session.id, None)
    assert (offer.summary, offer.reason, offer.context, offer.status) == ("It parses.", "I am done", {"files": ["parser.py"]}, "offered")
    assert (offer.answer, offer.decided_at) == (None, None)


def test_the_scopes_session_is_given_unless_one_is_named(coder: Any) -> None:
    here, other = coder.sessions.start(), coder.sessions.start()
    view = coder.scope(session=here.id)
    assert view.handoffs.offer("reviewer", "x").from_session == here.id
    assert view.handoffs.offer("reviewer", "x", other.id).from_session == other.id
    assert coder.handoffs.offer("reviewer", "x").from_session is None
    assert coder.scope(session="none of ours").handoffs.offer("reviewer", "x").from_session is None


@pytest.mark.parametrize(
    "bad",
    [
        {"to": ""}, {"to": None}, {"to": "a\nb"}, {"to": "coder"}, {"summary": ""}, {"summary": "  "}, {"summary": None}, {"reason": ""},
        {"reason": 5}, {"context": "x"}, {"context": {"a": {1}}}, {"rounds": 0}, {"rounds": True},
    ],
    ids=repr,
)  # fmt: skip
def test_an_offer_of_nonsense_is_invalid_and_nothing_is_written(coder: Any, bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        coder.handoffs.offer(**{"to": "reviewer", "summary": "x", **bad})
    assert coder.handoffs.list() == []


@pytest.mark.parametrize("session", [UNKNOWN, "", "x", 5])
def test_a_session_that_is_not_there_is_not_found(coder: Any, session: Any) -> None:
    with pytest.raises(NotFound):
        coder.handoffs.offer("reviewer", "x", session)


def test_another_users_session_cannot_be_given_away(memory: Any, coder: Any) -> None:
    session = coder.sessions.start()
    with pytest.raises(NotFound):
        memory.scope(user="bob", agent="coder").handoffs.offer("reviewer", "x", session)


def test_a_session_is_offered_to_one_at_a_time(coder: Any, reviewer: Any) -> None:
    session = coder.sessions.start()
    offer = coder.handoffs.offer("reviewer", "x", session)
    with pytest.raises(Conflict, match="offered already"):
        coder.handoffs.offer("tester", "x", session)
    reviewer.handoffs.decline(offer.id)
    assert coder.handoffs.offer("tester", "x", session).status == "offered"


def test_a_session_is_offered_to_one_at_a_time_whatever_the_project(alice: Any) -> None:
    session = alice.scope(project="atlas").sessions.start()
    alice.handoffs.offer("reviewer", "x", session)
    with pytest.raises(Conflict, match="offered already"):
        alice.scope(project="atlas").handoffs.offer("tester", "x", session)


def test_undelete_never_leaves_two_offers_of_one_session(coder: Any) -> None:
    session = coder.sessions.start()
    first = coder.handoffs.offer("reviewer", "x", session)
    coder.handoffs.delete(first.id)
    coder.handoffs.offer("tester", "x", session)
    with pytest.raises(Conflict, match="offered already"):
        coder.handoffs.undelete(first.id)
    assert [handoff.to for handoff in coder.handoffs.list()] == ["tester"]


# accept and decline


def test_accepting_begins_a_session_and_completes_the_one_that_was_given(coder: Any, reviewer: Any, clock: Any) -> None:
    """Defect 9 of sessions-db: four statements without a transaction, and the old session archived for good."""
    session = coder.sessions.start("the parser")
    offer = coder.handoffs.offer("reviewer", "It parses.", session)
    clock.advance(timedelta(hours=1))
    accepted = reviewer.handoffs.accept(offer.id)
    going = reviewer.sessions.get(accepted.to_session)
    assert (accepted.status, accepted.decided_at) == ("accepted", clock())
    assert (going.title, going.status, going.agent, going.metadata) == ("the parser", "active", "reviewer", {"handoff": offer.id})
    assert coder.sessions.get(session.id).status == "completed"


def test_what_was_given_can_be_resumed(coder: Any, reviewer: Any) -> None:
    """Defect 9 of sessions-db: a session that was handed over could not be resumed."""
    session = coder.sessions.start()
    given(coder, reviewer, session)
    assert coder.sessions.resume(session.id).status == "active"


def test_work_goes_on_where_it_is_whoever_accepts(memory: Any, alice: Any) -> None:
    session = alice.scope(project="atlas").sessions.start()
    offer = alice.scope(project="atlas").handoffs.offer("reviewer", "x", session)
    going = alice.sessions.get(alice.handoffs.accept(offer.id).to_session)
    assert (going.user, going.project) == ("alice", "atlas")
    again = alice.scope(project="atlas").handoffs.offer("tester", "x", going)
    assert alice.scope(project="atlas").sessions.get(memory.handoffs.accept(again.id).to_session).project == "atlas"


def test_work_without_a_session_begins_one(coder: Any, reviewer: Any) -> None:
    accepted = reviewer.handoffs.accept(coder.handoffs.offer("reviewer", "x").id)
    assert reviewer.sessions.get(accepted.to_session).title is None


def test_a_paused_session_is_completed_and_an_archived_one_stays_archived(coder: Any, reviewer: Any) -> None:
    paused, archived = coder.sessions.start(), coder.sessions.start()
    coder.sessions.pause(paused.id)
    coder.sessions.archive(archived.id)
    given(coder, reviewer, paused)
    given(coder, reviewer, archived)
    assert coder.sessions.get(paused.id).status == "completed"
    assert coder.sessions.get(archived.id).status == "archived"


def test_a_session_that_was_deleted_meanwhile_stops_nobody(coder: Any, reviewer: Any) -> None:
    session = coder.sessions.start("the parser")
    offer = coder.handoffs.offer("reviewer", "x", session)
    coder.sessions.delete(session.id)
    assert reviewer.handoffs.accept(offer.id).status == "accepted"


def test_accepting_twice_begins_one_session(coder: Any, reviewer: Any) -> None:
    session = coder.sessions.start()
    first = given(coder, reviewer, session)
    assert reviewer.handoffs.accept(first.id) == first
    assert reviewer.sessions.count() == 2


def test_nobody_accepts_what_was_offered_to_another(coder: Any, reviewer: Any, alice: Any) -> None:
    offer = coder.handoffs.offer("reviewer", "x")
    for other in (coder, alice.scope(agent="tester")):
        with pytest.raises(Denied, match="reviewer"):
            other.handoffs.accept(offer.id)
    assert alice.sessions.list() == []
    assert alice.handoffs.accept(offer.id).status == "accepted"


def test_what_was_declined_cannot_be_accepted_nor_the_other_way_round(coder: Any, reviewer: Any) -> None:
    declined = reviewer.handoffs.decline(coder.handoffs.offer("reviewer", "x").id)
    with pytest.raises(Conflict, match="is declined"):
        reviewer.handoffs.accept(declined.id)
    accepted = reviewer.handoffs.accept(coder.handoffs.offer("reviewer", "y").id)
    with pytest.raises(Conflict, match="is accepted"):
        reviewer.handoffs.decline(accepted.id)


def test_declining_leaves_the_work_where_it_is(coder: Any, reviewer: Any, clock: Any) -> None:
    session = coder.sessions.start()
    declined = reviewer.handoffs.decline(coder.handoffs.offer("reviewer", "x", session).id, "too late")
    assert (declined.status, declined.answer, declined.decided_at, declined.to_session) == ("declined", "too late", clock(), None)
    assert coder.sessions.get(session.id).status == "active"
    assert reviewer.handoffs.decline(declined.id, "again") == declined


def test_the_giver_may_take_an_offer_back_and_nobody_else(coder: Any, alice: Any) -> None:
    offer = coder.handoffs.offer("reviewer", "x")
    with pytest.raises(Denied, match="coder"):
        alice.scope(agent="tester").handoffs.decline(offer.id)
    assert coder.handoffs.decline(offer.id).status == "declined"


@pytest.mark.parametrize("reason", ["", 5])
def test_a_reason_that_is_none_is_invalid_and_the_offer_stands(coder: Any, reviewer: Any, reason: Any) -> None:
    offer = coder.handoffs.offer("reviewer", "x")
    with pytest.raises(Invalid):
        reviewer.handoffs.decline(offer.id, reason)
    assert reviewer.handoffs.get(offer.id) == offer


def test_an_unknown_a_deleted_and_another_users_handoff_are_not_found(memory: Any, coder: Any, reviewer: Any) -> None:
    offer = coder.handoffs.offer("reviewer", "x")
    bob = memory.scope(user="bob", agent="reviewer")
    for view, id in ((reviewer, UNKNOWN), (bob, offer.id)):
        for verb in (view.handoffs.accept, view.handoffs.decline):
            with pytest.raises(NotFound):
                verb(id)
    coder.handoffs.delete(offer.id)
    with pytest.raises(NotFound):
        reviewer.handoffs.accept(offer.id)
    assert bob.sessions.list() == []


def test_what_an_atomic_block_undoes_was_never_accepted(alice: Any, coder: Any) -> None:
    session = coder.sessions.start()
    offer = coder.handoffs.offer("reviewer", "x", session)
    with pytest.raises(RuntimeError), alice.atomic() as tx:
        tx.handoffs.accept(offer.id)
        raise RuntimeError
    assert [one.status for one in alice.sessions.list()] == ["active"]
    assert alice.handoffs.get(offer.id) == offer


# pending and chain


def test_pending_shows_what_is_not_answered_the_oldest_first(coder: Any, reviewer: Any, alice: Any) -> None:
    for summary in ("first", "second"):
        coder.handoffs.offer("reviewer", summary)
    coder.handoffs.offer("tester", "third")
    reviewer.handoffs.decline(coder.handoffs.offer("reviewer", "declined").id)
    assert summaries(reviewer.handoffs.pending()) == summaries(coder.handoffs.pending("reviewer")) == ["first", "second"]
    assert summaries(alice.handoffs.pending()) == ["first", "second", "third"]
    assert summaries(coder.handoffs.pending()) == []


@pytest.mark.parametrize("to", ["", 5, "a\0b"])
def test_pending_of_a_name_that_cannot_be_is_invalid_and_never_everything(coder: Any, to: Any) -> None:
    coder.handoffs.offer("reviewer", "x")
    with pytest.raises(Invalid, match="to must"):
        coder.handoffs.pending(to)
    assert coder.handoffs.pending("%") == []


def test_an_offer_stays_in_its_project_and_with_its_user(memory: Any, alice: Any) -> None:
    alice.scope(project="atlas").handoffs.offer("reviewer", "x")
    assert alice.scope(project="other").handoffs.pending("reviewer") == []
    assert memory.scope(user="bob").handoffs.pending("reviewer") == []
    assert len(alice.handoffs.pending("reviewer")) == 1


def test_chain_is_the_whole_way_of_the_work_from_any_of_its_sessions(alice: Any, coder: Any, reviewer: Any) -> None:
    """Defect 9 of sessions-db: there was no way to see the chain."""
    start = coder.sessions.start()
    reviewer.handoffs.decline(coder.handoffs.offer("reviewer", "declined", start).id)
    first = given(coder, reviewer, start)
    second = given(reviewer, coder, first.to_session)
    waiting = coder.handoffs.offer("tester", "waiting", second.to_session)
    given(coder, reviewer, coder.sessions.start())
    whole = ["declined", "go on", "go on", "waiting"]
    for session in (start, start.id, start.id[-8:], first.to_session, waiting.from_session):
        assert summaries(alice.handoffs.chain(session)) == whole


def test_chain_begins_with_the_handoff_that_began_the_work(coder: Any, reviewer: Any) -> None:
    accepted = reviewer.handoffs.accept(coder.handoffs.offer("reviewer", "from nothing").id)
    assert summaries(reviewer.handoffs.chain(accepted.to_session)) == ["from nothing"]


@pytest.mark.parametrize("session", [UNKNOWN, "", "x", "a\0b", 5, None])
def test_chain_of_no_session_is_empty(coder: Any, reviewer: Any, session: Any) -> None:
    reviewer.handoffs.accept(coder.handoffs.offer("reviewer", "x").id)
    assert coder.handoffs.chain(session) == []


def test_chain_of_another_users_work_is_empty(memory: Any, coder: Any, reviewer: Any) -> None:
    session = coder.sessions.start()
    given(coder, reviewer, session)
    assert memory.scope(user="bob").handoffs.chain(session) == []
    assert len(memory.handoffs.chain(session)) == 1


def test_work_may_go_back_and_forth_and_a_circle_is_stopped(coder: Any, reviewer: Any) -> None:
    """Defect 19 of sessions-db: developer to tester and back was blocked for the whole session."""
    session: Any = coder.sessions.start()
    for _ in range(3):
        session = given(coder, reviewer, session).to_session
        session = given(reviewer, coder, session).to_session
    with pytest.raises(Conflict, match="3 times already"):
        coder.handoffs.offer("reviewer", "x", session)
    assert coder.handoffs.offer("tester", "x", session).status == "offered"


def test_the_number_of_rounds_can_be_chosen(coder: Any, reviewer: Any) -> None:
    session = given(reviewer, coder, given(coder, reviewer, coder.sessions.start()).to_session).to_session
    with pytest.raises(Conflict, match="1 times"):
        coder.handoffs.offer("reviewer", "x", session, rounds=1)
    assert coder.handoffs.offer("reviewer", "x", session, rounds=2).status == "offered"


def test_a_declined_round_does_not_count(coder: Any, reviewer: Any) -> None:
    session = coder.sessions.start()
    for _ in range(5):
        reviewer.handoffs.decline(coder.handoffs.offer("reviewer", "x", session).id)
    assert given(coder, reviewer, session).status == "accepted"


def test_erasing_a_session_erases_its_handoffs(memory: Any, coder: Any, reviewer: Any) -> None:
    """Defect 6 of sessions-db: a session with handoffs could not be deleted."""
    session = coder.sessions.start()
    handoff = given(coder, reviewer, session)
    memory.erase(session=session.id)
    assert coder.handoffs.get(handoff.id) is None
    assert memory.verify() == []
