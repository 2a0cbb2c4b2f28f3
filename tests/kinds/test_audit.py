"""Audit: interactions, every change to every kind, and the chain that vouches for both."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Denied, Invalid

HOUR = timedelta(hours=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


def inputs(entries: Any) -> list[str]:
    return [entry.input for entry in entries]


def seal(memory: Any) -> None:
    """On a server entries wait a moment for their place in the chain; only what has one is pruned."""
    memory._engine.seal()


def did(changes: Any) -> list[tuple[str, str]]:
    return [(change.kind, change.action) for change in changes]


def test_log_keeps_an_interaction(alice: Any, clock: Any) -> None:
    entry = alice.audit.log(
        "Where is it?", "There.", status="denied", reason="no", sender="+351", provider="p", model="m", milliseconds=12, at=clock() - HOUR
    )
    assert (entry.input, entry.output, entry.status, entry.reason) == ("Where is it?", "There.", "denied", "no")
    assert (entry.sender, entry.provider, entry.model, entry.milliseconds, entry.created_at) == ("+351", "p", "m", 12, clock() - HOUR)
    assert alice.audit.get(entry.id) == entry


def test_what_came_in_is_enough_and_may_be_empty(alice: Any) -> None:
    entry = alice.audit.log("", "")
    assert (entry.input, entry.output, entry.status) == ("", "", "ok")
    assert alice.audit.log("x").output is None


@pytest.mark.parametrize(
    "arguments", [{"input": None}, {"output": 5}, {"status": "OK"}, {"status": ""}, {"status": None}, {"reason": ""}, {"sender": 5},
                  {"milliseconds": -1}, {"milliseconds": 1.5}, {"at": datetime(2025, 1, 1)}],
)  # fmt: skip
def test_an_interaction_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.audit.log(**{"input": "x"} | arguments)
    assert alice.audit.count() == 0


def test_a_long_text_is_kept_whole(alice: Any) -> None:
    text = "🦜" * 100_000
    assert alice.audit.get(alice.audit.log(text).id).input == text


def test_between_runs_oldest_first_from_the_beginning_to_before_the_end(alice: Any, clock: Any) -> None:
    """Defect 21 of kernex: what was logged could not be read."""
    now = clock()
    for name, at in (("new", now), ("old", now - HOUR), ("next", now + HOUR)):
        alice.audit.log(name, at=at)
    assert inputs(alice.audit.between()) == ["old", "new", "next"]
    assert inputs(alice.audit.between(now, now + HOUR)) == ["new"]
    assert inputs(alice.audit.between(limit=2)) == ["old", "new"]


def test_between_of_one_status(alice: Any) -> None:
    for status in ("ok", "denied", "error"):
        alice.audit.log(status, status=status)
    assert inputs(alice.audit.between(status="denied")) == ["denied"]
    with pytest.raises(Invalid, match="status"):
        alice.audit.between(status="deny")


def test_interactions_are_seen_by_their_user_only(alice: Any, memory: Any) -> None:
    alice.scope(project="atlas").audit.log("one")
    memory.scope(user="bob").audit.log("two")
    assert inputs(alice.audit.between()) == ["one"]
    assert alice.scope(project="other").audit.between() == []
    assert inputs(memory.audit.between()) == ["one", "two"]


# every change


def test_changes_tell_what_was_done_to_a_record_newest_first(alice: Any, clock: Any) -> None:
    note = alice.notes.add("x")
    clock.advance(HOUR)
    alice.scope(agent="scout", project="atlas").notes.delete(note.id)
    last, first = alice.audit.changes(note)
    assert (first.kind, first.action, first.id, first.user, first.at) == ("notes", "add", note.id, "alice", clock() - HOUR)
    assert (last.action, last.at, last.actor, first.actor) == ("delete", clock(), "alice scout", "alice")
    assert did(alice.audit.changes(note.id, limit=1)) == [("notes", "delete")]
    assert alice.audit.changes(limit=0) == []


def test_changes_of_one_kind_in_one_time(alice: Any, clock: Any) -> None:
    alice.notes.add("x")
    clock.advance(HOUR)
    alice.facts.set("home", "Lisbon")
    assert did(alice.audit.changes()) == [("facts", "add"), ("notes", "add")]
    assert did(alice.audit.changes(kind="notes")) == did(alice.audit.changes(until=clock())) == [("notes", "add")]
    assert did(alice.audit.changes(since=clock())) == [("facts", "add")]
    assert alice.audit.changes(kind="note%") == alice.audit.changes(UNKNOWN) == alice.audit.changes("nothing") == []


def test_a_user_sees_the_changes_of_their_own_records(alice: Any, memory: Any) -> None:
    note = alice.notes.add("x")
    assert memory.scope(user="bob").audit.changes(note) == memory.scope(tenant="acme").audit.changes() == []
    assert [change.user for change in memory.audit.changes(note)] == ["alice"]


@pytest.mark.promise("forgetting")
def test_what_was_erased_names_neither_its_record_nor_its_owner(alice: Any, memory: Any) -> None:
    note = alice.notes.add("x")
    alice.erase(id=note.id)
    assert memory.audit.changes(note) == []
    assert (None, None, None) in [(change.id, change.user, change.actor) for change in memory.audit.changes(kind="notes")]
    assert memory.audit.verify_chain() == []


@pytest.mark.parametrize("arguments", [{"kind": 5}, {"kind": ""}, {"limit": -1}, {"since": "yesterday"}, {"until": datetime(2025, 1, 1)}])
def test_wrong_arguments_of_changes_are_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.audit.changes(**arguments)


def test_a_block_that_failed_left_no_change(alice: Any) -> None:
    with pytest.raises(Denied), alice.atomic() as block:
        block.notes.add("x")
        raise Denied("no")
    assert alice.audit.changes() == []


# the chain


def test_the_chain_of_what_was_written_verifies(alice: Any, memory: Any) -> None:
    note = alice.notes.add("x")
    alice.audit.log("Where is it?")
    alice.notes.delete(note.id)
    assert memory.audit.verify_chain() == alice.audit.verify_chain() == []


@pytest.mark.file
def test_an_entry_that_was_altered_is_found(fresh: Any, tmp_path: Any, face: str) -> None:
    import apsw

    memory = fresh("altered.db")
    memory.notes.add("x")
    memory.close()
    with apsw.Connection(str(tmp_path / "altered.db")) as db:
        db.execute("update changes set action = 'delete'")
    db.close()
    assert ["altered" in problem.message for problem in fresh("altered.db").audit.verify_chain()] == [True]


def test_prune_before_deletes_old_interactions_and_log_entries(memory: Any, alice: Any, clock: Any) -> None:
    """Defect 21 of kernex: what was logged never expired."""
    alice.audit.log("old")
    alice.notes.add("x")
    clock.advance(HOUR)
    cut = clock()
    alice.audit.log("new")
    seal(memory)
    assert memory.audit.prune_before(cut) == 3
    assert inputs(memory.audit.between()) == ["new"]
    assert all(change.at >= cut for change in memory.audit.changes())
    assert ("log", "prune") in did(memory.audit.changes())
    assert memory.audit.verify_chain() == memory.verify() == []


def test_what_is_written_after_pruning_goes_on_with_the_chain(memory: Any, alice: Any, clock: Any) -> None:
    preference = alice.preferences.set("theme", "dark", 0.8)
    alice.preferences.set("theme", "light", 0.8)
    for _ in range(3):
        clock.advance(HOUR)
        seal(memory)
        memory.audit.prune_before(clock())
        alice.preferences.set("theme", "light")
        alice.preferences.decay()
    alice.preferences.delete(preference.id)
    assert memory.audit.verify_chain() == memory.verify() == []


def test_pruning_what_is_not_there_deletes_nothing(memory: Any, alice: Any, clock: Any) -> None:
    assert memory.audit.prune_before(clock()) == 0
    alice.notes.add("x")
    assert memory.audit.prune_before(clock()) == 0
    assert did(memory.audit.changes()) == [("notes", "add")]


def test_pruning_everything_leaves_an_anchor(memory: Any, alice: Any, clock: Any) -> None:
    alice.notes.add("x")
    seal(memory)
    assert memory.audit.prune_before(clock() + HOUR) == 1
    assert did(memory.audit.changes()) == [("log", "prune")]
    assert memory.audit.verify_chain() == memory.verify() == []


def test_pruning_one_tenant_leaves_the_others_alone(memory: Any, clock: Any) -> None:
    acme, other = memory.scope(tenant="acme"), memory.scope(tenant="other")
    for tenant in (acme, other):
        tenant.audit.log("x")
    seal(memory)
    assert acme.audit.prune_before(clock() + HOUR) == 2
    assert inputs(other.audit.between()) == ["x"]
    assert did(other.audit.changes()) == [("audit", "add")]


@pytest.mark.parametrize("part", ["user", "agent", "project", "channel", "session"])
def test_only_the_whole_tenant_can_prune(memory: Any, alice: Any, clock: Any, part: str) -> None:
    alice.audit.log("x")
    with pytest.raises(Denied, match="tenant"):
        memory.scope(**{part: "alice"}).audit.prune_before(clock() + HOUR)
    assert inputs(alice.audit.between()) == ["x"]


@pytest.mark.parametrize("time", [None, "yesterday", datetime(2025, 1, 1)])
def test_pruning_before_no_time_is_invalid(memory: Any, time: Any) -> None:
    with pytest.raises(Invalid):
        memory.audit.prune_before(time)


def test_the_newest_hash_changes_with_every_write_and_can_be_kept_elsewhere(memory: Any, alice: Any) -> None:
    hashes = []
    for number in range(3):
        alice.notes.add(f"note {number}")
        memory.audit.verify_chain()  # seals what waits
        hashes.append(memory.audit.changes(limit=1)[0].hash)
    assert len({*hashes}) == 3
    assert [change.hash for change in memory.audit.changes()] == hashes[::-1]
    assert all(len(digits) == 64 for digits in hashes)
