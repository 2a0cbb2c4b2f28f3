"""Decisions: what was allowed and denied, found again for requests like it, and what that suggests."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Conflict, Decision, Invalid

HOUR = timedelta(hours=1)
WIPE = {"tool": "shell", "input": {"command": "rm -rf /"}}
MINE = "3b241101-e2bb-4255-8caf-4136c566a962"


def ids(decisions: Any) -> list[str]:
    return [decision.id for decision in decisions]


def decided(view: Any, choice: str, times: int = 1, request: Any = WIPE, **more: Any) -> list[Decision]:
    return [view.decisions.record(request["tool"], request["input"], choice, **more) for _ in range(times)]


def test_record_keeps_everything_about_a_decision(alice: Any, clock: Any) -> None:
    made = alice.decisions.record(
        "shell", {"command": "ls"}, "allow", message="fine", rationale="only reads", goal="g-1", turn=3, recommended=True, at=clock() - HOUR
    )
    assert (made.tool, made.input, made.choice, made.message, made.rationale) == ("shell", {"command": "ls"}, "allow", "fine", "only reads")
    assert (made.goal, made.turn, made.recommended, made.created_at) == ("g-1", 3, True, clock() - HOUR)
    assert alice.decisions.get(made.id) == made


def test_a_decision_needs_no_more_than_a_tool_an_input_and_a_choice(alice: Any) -> None:
    made = alice.decisions.record("shell", None, "observe")
    assert (made.input, made.message, made.rationale, made.goal, made.turn, made.recommended) == (None, None, None, None, None, False)


@pytest.mark.parametrize("choice", ["Allow", "allowed", "", "ask", None, True, 1, ["allow"]])
def test_another_choice_is_refused_and_never_read_as_allow(alice: Any, choice: Any) -> None:
    """Defect 2 of nexo: a choice that was not known was read as allow."""
    with pytest.raises(Invalid, match="allow, deny, observe"):
        alice.decisions.record("shell", "ls", choice)
    assert alice.decisions.count() == 0


@pytest.mark.parametrize("input", ["ls", "", 0, 1.5, [], {}, {"a": [None, True, "ß"]}, "x" * 100_000, {"text": "🦜"}])
def test_the_input_is_kept_whole(alice: Any, input: Any) -> None:
    """Defect 5 of nexo: an input was cut after 512 characters, so that long ones could not be told apart."""
    assert alice.decisions.get(alice.decisions.record("shell", input, "allow").id).input == input


@pytest.mark.parametrize(
    "arguments", [{"tool": ""}, {"tool": " "}, {"tool": 5}, {"input": object()}, {"input": float("nan")}, {"message": ""}, {"rationale": 5},
                  {"goal": ""}, {"goal": " "}, {"turn": -1}, {"turn": 1.5}, {"turn": True}, {"turn": 2**63}, {"at": datetime(2025, 1, 1)}],
)  # fmt: skip
def test_a_decision_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.decisions.record(**{"tool": "shell", "input": "ls", "choice": "allow"} | arguments)
    assert alice.decisions.count() == 0


def test_the_same_decision_twice_is_two(alice: Any) -> None:
    decided(alice, "deny", 2)
    assert alice.decisions.count() == 2


def test_a_goal_may_be_any_record(alice: Any) -> None:
    task = alice.notes.add("Clean up")
    assert decided(alice, "deny", goal=task)[0].goal == task.id
    assert len(alice.decisions.similar(WIPE, goal=task)) == 1


# an id of one's own


@pytest.mark.parametrize("id", [MINE, MINE.upper(), "{" + MINE + "}", MINE.replace("-", ""), uuid.UUID(MINE)])
def test_an_id_may_be_any_uuid(alice: Any, id: Any) -> None:
    assert alice.decisions.record("shell", "ls", "allow", id=id).id == MINE
    assert alice.get(MINE).tool == "shell"


@pytest.mark.parametrize("id", ["", "1", 5, "x" * 36, MINE[:-1], "\0"])
def test_an_id_that_is_no_uuid_is_invalid(alice: Any, id: Any) -> None:
    with pytest.raises(Invalid, match="UUID"):
        alice.decisions.record("shell", "ls", "allow", id=id)


def test_the_same_again_under_an_id_is_the_same_decision(alice: Any, clock: Any) -> None:
    first = alice.decisions.record("shell", {"a": 1, "b": 2}, "allow", id=MINE)
    clock.advance(HOUR)
    assert alice.decisions.record("shell", {"b": 2, "a": 1}, "allow", id=MINE) == first
    assert alice.decisions.count() == 1


@pytest.mark.parametrize(
    "other", [{"choice": "deny"}, {"tool": "bash"}, {"input": {"a": True}}, {"message": "no"}, {"goal": "g"}, {"turn": 1}, {"recommended": True}]
)
def test_something_else_under_an_id_is_a_conflict(alice: Any, other: Any) -> None:
    """Defect 7 of nexo: recording something else under an id was silently ignored."""
    given = {"tool": "shell", "input": {"a": 1}, "choice": "allow", "id": MINE}
    first = alice.decisions.record(**given)
    with pytest.raises(Conflict, match=MINE):
        alice.decisions.record(**given | other)
    assert alice.decisions.list() == [first]


def test_another_records_id_is_a_conflict(alice: Any, memory: Any) -> None:
    note, bobs = alice.notes.add("x"), memory.scope(user="bob").decisions.record("shell", "ls", "allow")
    for id in (note.id, bobs.id):
        with pytest.raises(Conflict, match=id):
            alice.decisions.record("shell", "ls", "allow", id=id)
    assert memory.verify() == []


@pytest.mark.promise("forgetting")
def test_a_uuid_of_zeros_is_an_id_like_any_other(alice: Any, memory: Any) -> None:
    """The log's entries about no record, that something was erased or pruned, name zeros too."""
    memory.erase(id=alice.notes.add("x").id)
    nil = str(uuid.UUID(int=0))
    assert alice.decisions.record("shell", "ls", "deny", id=nil).id == nil
    memory.erase(id=alice.notes.add("y").id)
    assert memory.verify() == []
    assert alice.decisions.record("shell", "ls", "deny", id=nil).id == nil
    memory.erase(id=nil)
    assert memory.verify() == []


def test_a_deleted_decision_recorded_again_under_its_id_stays_deleted(alice: Any) -> None:
    first = alice.decisions.record("shell", "ls", "allow", id=MINE)
    alice.decisions.delete(first.id)
    assert alice.decisions.record("shell", "ls", "allow", id=MINE).deleted_at is not None
    assert alice.decisions.count() == 0
    assert alice.decisions.undelete(MINE) is True


# similar


def test_similar_finds_the_nearest_first(alice: Any) -> None:
    """Defect 11 of nexo: what was ordered by nearness was shown as the most recent first."""
    other = alice.decisions.record("mail", {"to": "everybody", "text": "hello"}, "deny")
    near = alice.decisions.record("shell", {"command": "rm -rf /tmp"}, "allow")
    nearest = alice.decisions.record("shell", {"command": "rm -rf /tmp/cache"}, "allow")
    assert ids(alice.decisions.similar({"tool": "shell", "input": {"command": "rm -rf /tmp/cache"}})) == [nearest.id, near.id]
    assert ids(alice.decisions.similar("hello everybody")) == [other.id]


def test_what_has_nothing_in_common_is_not_similar(alice: Any) -> None:
    """Defect 4 of nexo: where there were few decisions, irrelevant ones were always returned."""
    decided(alice, "deny")
    assert alice.decisions.similar({"tool": "mail", "input": {"text": "hello"}}) == []


def test_the_order_of_an_inputs_keys_does_not_matter(alice: Any) -> None:
    made = decided(alice, "deny", request={"tool": "mail", "input": {"to": "Mira", "text": "hello"}})
    assert ids(alice.decisions.similar({"input": {"text": "hello", "to": "Mira"}, "tool": "mail"}, 1)) == ids(made)


def test_each_of_several_decisions_that_say_the_same_is_found_the_newest_first(alice: Any, clock: Any) -> None:
    made = []
    for _ in range(4):
        made += decided(alice, "deny")
        clock.advance(HOUR)
    assert ids(alice.decisions.similar(WIPE)) == ids(made[::-1])
    assert ids(alice.decisions.similar(WIPE, 2)) == ids(made[:1:-1])
    assert alice.decisions.similar(WIPE, 0) == []


@pytest.mark.promise("isolation")
def test_a_goal_gets_as_many_as_it_has_whatever_others_have(alice: Any) -> None:
    """Defect 1 of nexo: the nearest were chosen before the goal was looked at, so a goal could get none of its own."""
    own = decided(alice, "allow", 3, {"tool": "shell", "input": {"command": "rm something else altogether, far away"}}, goal="g-1")
    decided(alice, "deny", 30, goal="g-2")
    assert sorted(ids(alice.decisions.similar(WIPE, 3, goal="g-1"))) == sorted(ids(own))


def test_what_a_goal_has_too_few_of_can_be_filled_from_all_others(alice: Any) -> None:
    """Defect 10 of nexo: the goal first and then everything was not possible."""
    own = decided(alice, "allow", goal="g-1")
    others = decided(alice, "deny", 3, goal="g-2") + decided(alice, "deny")
    assert ids(alice.decisions.similar(WIPE, goal="g-1")) == ids(own)
    filled = ids(alice.decisions.similar(WIPE, goal="g-1", fallback_to_global=True))
    assert (filled[0], sorted(filled)) == (own[0].id, sorted(ids(own + others)))
    assert len(alice.decisions.similar(WIPE, 3, goal="g-1", fallback_to_global=True)) == 3
    assert len(alice.decisions.similar(WIPE, fallback_to_global=True)) == 5


def test_without_a_goal_the_decisions_of_all_goals_are_found(alice: Any) -> None:
    made = decided(alice, "allow", goal="g-1") + decided(alice, "deny", goal="g-2") + decided(alice, "deny")
    assert sorted(ids(alice.decisions.similar(WIPE))) == sorted(ids(made))


@pytest.mark.parametrize("request_", [{}, {"input": "ls"}, 5, None, ["shell", "ls"], {"tool": "shell", "input": object()}])
def test_a_request_that_is_none_is_invalid(alice: Any, request_: Any) -> None:
    for verb in (alice.decisions.similar, alice.decisions.recommend):
        with pytest.raises(Invalid):
            verb(request_)


@pytest.mark.parametrize("request_", ["", "what's up", "C++", "AND", '"', "\0", "\ud800", "🦜", {"tool": "x"}, {"tool": "x", "input": None}])
def test_any_text_is_a_request(alice: Any, request_: Any) -> None:
    decided(alice, "deny")
    assert alice.decisions.similar(request_) == []
    assert alice.decisions.recommend(request_).choice is None


@pytest.mark.parametrize("arguments", [{"k": -1}, {"k": True}, {"k": "5"}, {"goal": ""}])
def test_wrong_arguments_of_similar_are_invalid(alice: Any, arguments: Any) -> None:
    for verb in (alice.decisions.similar, alice.decisions.recommend):
        with pytest.raises(Invalid):
            verb(WIPE, **arguments)


# recommend


def test_enough_denials_recommend_to_deny(alice: Any) -> None:
    made = decided(alice, "deny", 3)
    advice = alice.decisions.recommend(WIPE)
    assert (advice.choice, advice.denied, sorted(ids(advice.decisions))) == ("deny", 1.0, sorted(ids(made)))


def test_too_few_decisions_recommend_nothing(alice: Any) -> None:
    decided(alice, "deny", 2)
    assert alice.decisions.recommend(WIPE).choice is None
    assert alice.decisions.recommend(WIPE, least=2).choice == "deny"
    assert alice.decisions.recommend({"tool": "nothing", "input": "like it"}) == alice.decisions.recommend("")


@pytest.mark.parametrize(("denied", "allowed", "choice"), [(3, 2, "deny"), (2, 3, "allow"), (0, 3, "allow"), (1, 1, None)])
def test_the_greater_share_decides(alice: Any, denied: int, allowed: int, choice: str | None) -> None:
    decided(alice, "deny", denied)
    decided(alice, "allow", allowed)
    assert alice.decisions.recommend(WIPE).choice == choice


def test_where_both_shares_are_reached_it_is_denied(alice: Any) -> None:
    decided(alice, "deny", 2)
    decided(alice, "allow", 2)
    assert alice.decisions.recommend(WIPE, share=0.5).choice == "deny"
    assert alice.decisions.recommend(WIPE).choice is None


def test_an_observation_is_on_neither_side(alice: Any) -> None:
    decided(alice, "observe", 3)
    decided(alice, "allow", 2)
    advice = alice.decisions.recommend(WIPE)
    assert (advice.choice, advice.denied, len(advice.decisions)) == (None, 0.0, 5)


def test_decisions_that_are_not_near_do_not_count(alice: Any) -> None:
    """Defect 12 of nexo: the short cut to a denial ignored how far away the precedents were."""
    for place in ("the attic", "the cellar", "the garden", "the garage"):
        alice.decisions.record("shell", {"command": f"paint everything green in {place} tomorrow morning"}, "deny")
    other = {"tool": "shell", "input": {"command": "list green files"}}
    assert len(alice.decisions.similar(other)) == 4
    assert alice.decisions.recommend(other).choice is None
    assert alice.decisions.recommend(other, near=0).choice == "deny"


def test_a_tools_name_and_its_parameters_names_make_no_request_like_another(alice: Any) -> None:
    decided(alice, "allow", 3, {"tool": "shell", "input": {"command": "ls"}})
    assert alice.decisions.recommend({"tool": "shell", "input": {"command": "ls"}}).choice == "allow"
    assert alice.decisions.recommend({"tool": "shell", "input": {"command": "rm"}}).choice is None


def test_decisions_about_another_tool_do_not_count(alice: Any) -> None:
    decided(alice, "allow", 3, {"tool": "read file", "input": {"path": "/etc/passwd"}})
    for near in (0.5, 0):
        assert alice.decisions.recommend({"tool": "write file", "input": {"path": "/etc/passwd"}}, near=near).decisions == ()


@pytest.mark.parametrize(
    ("known", "asked", "choice"), [(None, None, "deny"), ({}, None, None), ("", "", "deny"), ("<", ">", None), ({"a": []}, {"a": []}, "deny")]
)
def test_an_input_without_words_is_like_itself_only(alice: Any, known: Any, asked: Any, choice: str | None) -> None:
    decided(alice, "deny", 3, {"tool": "reboot", "input": known})
    assert alice.decisions.recommend({"tool": "reboot", "input": asked}).choice == choice


def test_a_request_in_words_is_compared_with_the_whole_of_what_was_asked(alice: Any) -> None:
    decided(alice, "deny", 3)
    assert alice.decisions.recommend("shell command rm rf").choice == "deny"
    assert alice.decisions.recommend("what about the shell").choice is None


def test_a_decision_that_followed_a_recommendation_never_counts(alice: Any) -> None:
    """Defect 12 of nexo: each denial by the short cut was a reason for the next."""
    decided(alice, "deny", 2)
    decided(alice, "deny", 20, recommended=True)
    advice = alice.decisions.recommend(WIPE)
    assert (advice.choice, len(advice.decisions)) == (None, 2)


def test_who_changed_their_mind_is_followed(alice: Any, clock: Any) -> None:
    decided(alice, "deny", 5)
    clock.advance(HOUR)
    decided(alice, "allow", 5)
    assert alice.decisions.recommend(WIPE).choice == "allow"


def test_a_goals_own_precedents_count_before_all_others(alice: Any) -> None:
    decided(alice, "deny", 5, goal="g-2")
    assert alice.decisions.recommend(WIPE, goal="g-1").choice is None
    assert alice.decisions.recommend(WIPE, goal="g-1", fallback_to_global=True).choice == "deny"
    decided(alice, "allow", 5, goal="g-1")
    assert alice.decisions.recommend(WIPE, goal="g-1", fallback_to_global=True).choice == "allow"


def test_a_goal_whose_decisions_are_all_far_away_falls_back_as_well(alice: Any) -> None:
    for n in range(6):
        alice.decisions.record("shell", {"command": f"paint everything green in the attic and the cellar {n}"}, "allow", goal="g-1")
    decided(alice, "deny", 3, goal="g-2")
    assert alice.decisions.recommend(WIPE, goal="g-1", fallback_to_global=True).choice == "deny"


@pytest.mark.parametrize("arguments", [{"least": 0}, {"least": True}, {"share": 1.1}, {"share": "most"}, {"near": -1}, {"near": None}])
def test_wrong_arguments_of_recommend_are_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.decisions.recommend(WIPE, **arguments)


# whose they are, how long they stay


def test_other_users_precedents_never_count(alice: Any, memory: Any) -> None:
    decided(memory.scope(user="bob"), "deny", 5)
    assert alice.decisions.similar(WIPE) == []
    assert alice.decisions.recommend(WIPE).decisions == ()


def test_a_project_sees_the_general_precedents_and_its_own(alice: Any) -> None:
    general, own = decided(alice, "deny"), decided(alice.scope(project="atlas"), "deny")
    decided(alice.scope(project="other"), "deny")
    assert sorted(ids(alice.scope(project="atlas").decisions.similar(WIPE))) == sorted(ids(general + own))


def test_a_deleted_decision_is_no_precedent(alice: Any) -> None:
    """Defect 9 of nexo: decisions could be neither deleted nor pruned."""
    made = decided(alice, "deny", 3)
    alice.decisions.delete(made[1].id)
    assert sorted(ids(alice.decisions.recommend(WIPE).decisions)) == sorted([made[0].id, made[2].id])
    alice.decisions.undelete(made[1].id)
    assert alice.decisions.recommend(WIPE).choice == "deny"


def test_prune_deletes_what_is_older_and_can_be_undone(alice: Any, clock: Any) -> None:
    """Defect 9 of nexo: decisions grew without bound."""
    old, new = decided(alice, "deny", at=clock() - HOUR), decided(alice, "deny")
    assert alice.decisions.prune(clock()) == 1
    assert ids(alice.decisions.similar(WIPE)) == ids(new)
    assert alice.decisions.undelete(old[0].id) is True


def test_a_decision_is_found_by_its_rationale(alice: Any) -> None:
    made = alice.decisions.record("shell", "ls", "allow", message="go on", rationale="the harbour is public")
    assert ids(alice.decisions.search("harbour")) == [made.id]


def test_a_block_that_fails_decided_nothing(alice: Any) -> None:
    with pytest.raises(Conflict), alice.atomic() as block:
        decided(block, "deny", 3)
        assert block.decisions.recommend(WIPE).choice == "deny"
        raise Conflict("no")
    assert alice.decisions.recommend(WIPE).choice is None
