"""Erasing leaves nothing of any kind behind: not in tables, indexes, versions, the log, nor in free pages of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from samples import SAMPLES, word

from recollect.kinds import KINDS

pytestmark = pytest.mark.promise("forgetting")

NOT_FOUND_BY_A_WORD = {"signals"}


def content(folder: Path) -> bytes:
    return b"".join((folder / name).read_bytes() for name in ("memory.db", "memory.db-wal") if (folder / name).exists()).lower()


@pytest.mark.file
@pytest.mark.parametrize("kind", [name for name in SAMPLES if name not in NOT_FOUND_BY_A_WORD and not KINDS[name].table.tenant_wide])
def test_an_erased_user_leaves_no_trace_in_the_file(memory: Any, tmp_path: Path, kind: str) -> None:
    SAMPLES[kind].make(memory.scope(user="zqxalice"), 3)
    other = SAMPLES[kind].make(memory.scope(user="bob"), 4)
    assert word(3).encode() in content(tmp_path)
    memory.erase(user="zqxalice")
    left = content(tmp_path)
    assert word(3).encode() not in left
    assert b"zqxalice" not in left
    assert word(4).encode() in left
    assert memory.get(other.id) == other
    assert memory.verify() == []


@pytest.mark.file
@pytest.mark.parametrize("kind", [name for name in SAMPLES if name not in NOT_FOUND_BY_A_WORD and not KINDS[name].table.tenant_wide])
def test_an_erased_record_leaves_no_trace_in_the_file(alice: Any, tmp_path: Path, kind: str) -> None:
    record = SAMPLES[kind].make(alice, 3)
    alice.erase(id=record.id)
    assert word(3).encode() not in content(tmp_path)
    assert alice.get(record.id) is None
    assert alice.verify() == []


def test_parts_go_with_the_whole(alice: Any) -> None:
    block = alice.blocks.create("diary", "Monday was long and Tuesday longer", 2, overflow="archive")
    note, entity = alice.notes.add("She likes tea"), alice.entities.add("Mira", "person")
    link = alice.links.add(note, entity)
    alice.used([note])
    task = SAMPLES["task_runs"].make(alice, 0).task
    passage = alice.blocks.archived("diary")[0]
    runs = [run.id for run in alice.tasks.runs(task)]
    for whole, parts in ((block.id, [passage.id]), (note.id, [link.id, alice.signals.list()[0].id]), (task, runs)):
        assert alice.forget(whole)
        assert alice.get_many(parts) == [None] * len(parts)
        assert alice.undelete(whole)
        assert None not in alice.get_many(parts)
        alice.erase(id=whole)
        assert alice.get_many([whole, *parts]) == [None] * (1 + len(parts))
    assert alice.entities.neighbours("person:Mira") == []
    assert alice.verify() == []


def test_what_an_administrator_linked_to_an_erased_user_goes_too(memory: Any, alice: Any) -> None:
    mine, theirs = alice.notes.add("mine"), memory.notes.add("the tenant's")
    link = memory.links.add(theirs, mine)
    memory.erase(user="alice")
    assert memory.get(link.id) is None
    assert memory.get(theirs.id) == theirs
    assert memory.verify() == []


def test_a_session_is_erased_with_what_was_written_in_it_of_every_kind(alice: Any) -> None:
    """Defect 6 of sessions-db: a session with handoffs or metrics could not be deleted."""
    session = alice.sessions.start("Secret")
    inside = alice.scope(session=session.id)
    made = [SAMPLES[name].make(inside, 1).id for name in SAMPLES if not KINDS[name].table.tenant_wide and name != "sessions"]
    kept = alice.notes.add("Stays")
    alice.erase(session=session.id)
    assert [one for one in alice.get_many(made) if one is not None] == []
    assert alice.get(kept.id) == kept
    assert alice.verify() == []
