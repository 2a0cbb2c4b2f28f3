"""Signals: what recall was good for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recollect import Conflict, Invalid

HOUR = timedelta(hours=1)
UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"


def counted(view: Any) -> list[tuple[str, int, int]]:
    return [(signal.record, signal.used, signal.days) for signal in view.signals.list()]


def test_used_counts_what_was_useful(alice: Any, clock: Any) -> None:
    """Defect 14 of nexo: what a program recalled left no signal."""
    note = alice.notes.add("The harbour")
    assert alice.used(alice.recall("harbour")) == 1
    (signal,) = alice.signals.list()
    assert (signal.record, signal.kind, signal.used, signal.days, signal.used_at) == (note.id, "notes", 1, 1, clock())


def test_hits_records_and_ids_are_the_same_to_it(alice: Any) -> None:
    note = alice.notes.add("The harbour")
    for useful in (alice.recall("harbour"), [note], (note.id,), iter([note])):
        assert alice.used(useful) == 1
    assert counted(alice) == [(note.id, 4, 1)]


def test_a_record_named_twice_at_once_counts_once(alice: Any) -> None:
    note = alice.notes.add("The harbour")
    assert alice.used([note, note.id, *alice.recall("harbour")]) == 1
    assert counted(alice) == [(note.id, 1, 1)]


def test_days_are_counted_apart_from_uses(alice: Any, clock: Any) -> None:
    note = alice.notes.add("The harbour")
    for hours in (0, 11, 1, 24):
        clock.advance(hours * HOUR)
        alice.used([note])
    assert counted(alice) == [(note.id, 4, 3)]
    assert alice.signals.list()[0].used_at == clock()


def test_what_is_not_known_or_not_seen_is_not_counted(alice: Any, memory: Any) -> None:
    bobs, gone = memory.scope(user="bob").notes.add("bob's"), alice.notes.add("gone")
    alice.notes.delete(gone.id)
    assert alice.used([UNKNOWN, "", bobs, gone]) == 0
    assert memory.signals.list() == []
    assert alice.used([]) == 0


@pytest.mark.parametrize("hits", ["0195aaaa-0000-7000-8000-000000000000", None, 5, {"a": 1}])
def test_what_is_no_list_of_hits_is_invalid(alice: Any, hits: Any) -> None:
    with pytest.raises(Invalid, match="hits"):
        alice.used(hits)


def test_a_signal_belongs_to_the_owner_of_its_record(alice: Any, memory: Any) -> None:
    note = alice.scope(project="atlas").notes.add("The harbour")
    administrator = memory.scope(project="atlas")
    administrator.used([note])
    (signal,) = alice.scope(project="atlas").signals.list()
    assert (signal.user, signal.project, signal.used) == ("alice", "atlas", 1)
    assert memory.scope(user="bob", project="atlas").signals.list() == []


def test_a_signal_goes_and_comes_back_with_its_record(alice: Any) -> None:
    """Defect 23 of nexo: what recall left behind stayed when its memory was gone."""
    note = alice.notes.add("The harbour")
    alice.used([note])
    alice.notes.delete(note.id)
    assert counted(alice) == []
    alice.notes.undelete(note.id)
    assert counted(alice) == [(note.id, 1, 1)]


def test_a_signal_that_was_deleted_counts_anew(alice: Any, memory: Any) -> None:
    note = alice.notes.add("The harbour")
    for _ in range(3):
        alice.used([note])
    assert alice.signals.clear() == 1
    assert alice.used([note]) == 1
    assert counted(alice) == [(note.id, 1, 1)]
    assert memory.verify() == []


@pytest.mark.promise("context")
def test_recall_and_context_leave_no_signal_and_do_not_heed_any(alice: Any) -> None:
    notes = [alice.notes.add("The harbour is old"), alice.notes.add("The harbour is new")]
    before = [hit.id for hit in alice.recall("harbour")]
    for _ in range(5):
        alice.used([notes[1]])
    assert [hit.id for hit in alice.recall("harbour")] == before
    alice.context("harbour")
    assert counted(alice) == [(notes[1].id, 5, 1)]


def test_erasing_a_record_erases_what_it_was_good_for(alice: Any, memory: Any) -> None:
    note = alice.notes.add("The harbour")
    alice.used([note])
    alice.erase(id=note.id)
    assert list(memory.signals.export()) == []
    assert memory.verify() == []


def test_a_block_that_fails_counts_nothing(alice: Any) -> None:
    note = alice.notes.add("The harbour")
    with pytest.raises(Conflict), alice.atomic() as block:
        block.used([note])
        raise Conflict("no")
    assert counted(alice) == []
