"""What belongs together comes, stays, moves and goes together, in every kind: found by reading the code as somebody who means it harm."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import apsw
import pytest

from recollect import Conflict, Denied, Invalid, Memory
from recollect.transfer.move import move

START = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LONG = "one two three four five six seven eight nine ten"


def test_a_project_s_export_holds_no_versions_of_another_project(memory: Any, tmp_path: Any) -> None:
    alice = memory.scope(user="alice")
    for pin in ("1234", "5678"):
        alice.scope(project="secret").facts.set("pin", pin)
    alice.scope(project="atlas").export(tmp_path / "atlas.jsonl")
    assert "1234" not in (tmp_path / "atlas.jsonl").read_text()


@pytest.mark.file
def test_a_memory_whose_log_was_pruned_is_sound_after_a_move(tmp_path: Any, clock: Any) -> None:
    with Memory(tmp_path / "a.db", clock=clock) as old, Memory(tmp_path / "b.db", clock=clock) as new:
        old.notes.add("one")
        clock.advance(DAY)
        old.audit.prune_before(clock())
        move(old, new)
        assert old.verify() == new.verify() == []


def test_a_record_dated_ahead_is_sound_after_the_log_is_pruned(memory: Any, clock: Any) -> None:
    memory.usage.record("gpt-4o", 1, 1, at=START + 30 * DAY)
    clock.advance(2 * DAY)
    memory.audit.prune_before(clock())
    assert memory.verify() == []


def test_a_link_goes_with_a_message_that_goes_with_its_conversation(memory: Any) -> None:
    alice = memory.scope(user="alice")
    talk = alice.conversations.start()
    said = alice.messages.add("user", "hello", conversation=talk)
    note = alice.notes.add("seen")
    alice.links.add(note, said)
    alice.conversations.delete(talk.id)
    assert alice.links.of(note) == []


def test_a_message_is_not_brought_back_into_a_deleted_conversation(memory: Any) -> None:
    alice = memory.scope(user="alice")
    talk = alice.conversations.start()
    said = alice.messages.add("user", "hello", conversation=talk)
    alice.conversations.delete(talk.id)
    with pytest.raises(Conflict):
        alice.messages.undelete(said.id)


def test_a_merge_keeps_links_of_a_note_that_both_have(memory: Any) -> None:
    memory.aliases.add("phone", "alice")
    alice, phone = memory.scope(user="alice"), memory.scope(user="phone")
    alice.notes.add("same")
    link = phone.links.add(phone.notes.add("same"), phone.notes.add("other"))
    memory.aliases.merge("phone")
    assert [one.kind for one in alice.links.list()] == [link.kind]


def test_a_merge_keeps_what_was_archived_from_a_block_that_both_have(memory: Any) -> None:
    memory.aliases.add("phone", "alice")
    for user in ("alice", "phone"):
        memory.scope(user=user).blocks.create("persona", f"{user} {LONG}", 5, overflow="archive")
    memory.aliases.merge("phone")
    assert len(memory.scope(user="alice").blocks.archived("persona")) == 2


def test_a_limitation_reported_after_it_was_resolved_is_open_after_a_merge(memory: Any, clock: Any) -> None:
    memory.aliases.add("phone", "alice")
    alice = memory.scope(user="alice")
    alice.limitations.resolve(alice.limitations.report("No mail").id)
    clock.advance(DAY)
    memory.scope(user="phone").limitations.report("No mail")
    memory.aliases.merge("phone")
    assert [one.title for one in alice.limitations.open()] == ["No mail"]


def test_a_merge_adds_up_evidence(memory: Any) -> None:
    memory.aliases.add("phone", "alice")
    for user, times in (("alice", 1), ("phone", 8)):
        for _ in range(times):
            memory.scope(user=user).lessons.learn("Test first")
    memory.aliases.merge("phone")
    assert memory.scope(user="alice").lessons.list()[0].seen >= 8


def test_consolidation_lets_a_project_s_patterns_fade_too(memory: Any, clock: Any) -> None:
    atlas = memory.scope(user="alice", project="atlas")
    atlas.patterns.observe("workflow", "x")
    clock.advance(90 * DAY)
    memory.scope(user="alice").consolidate(force=True)
    assert atlas.patterns.list()[0].confidence == 0.05


def test_consolidation_keeps_a_project_s_useful_note(memory: Any, clock: Any) -> None:
    atlas = memory.scope(user="alice", project="atlas")
    note = atlas.notes.add("x", expires_at=START + 60 * DAY)
    for _ in range(4):
        atlas.used([note])
        clock.advance(DAY)
    assert memory.scope(user="alice").consolidate(force=True).promoted == (note.id,)


def test_a_dry_run_counts_what_fades_once(memory: Any, clock: Any) -> None:
    for user in ("alice", "bob"):
        memory.scope(user=user).patterns.observe("workflow", "x")
    clock.advance(90 * DAY)
    assert memory.consolidate(dry_run=True, force=True).faded == memory.consolidate(force=True).faded


def test_what_it_is_not_time_for_does_not_fade(memory: Any, clock: Any) -> None:
    alice = memory.scope(user="alice")
    alice.patterns.observe("workflow", "x")
    for number in range(5):
        memory.conversations.start(f"{number}")
    clock.advance(90 * DAY)
    assert not alice.consolidate().ran
    memory.consolidate()
    assert alice.patterns.list()[0].confidence == 0.1


@pytest.mark.file
@pytest.mark.parametrize(
    "query",
    [
        "with x as (select '--'), recollect_notes as (select text from notes) select * from recollect_notes",
        'with recollect_notes("a)") as (select text from notes) select * from recollect_notes',
    ],
)
def test_a_common_table_expression_cannot_pass_for_a_view(memory: Any, query: Any) -> None:
    memory.notes.add("x")
    with pytest.raises(Denied):
        memory.sql(query)


def test_a_rule_with_an_impossible_weekday_is_refused(memory: Any) -> None:
    with pytest.raises(Invalid):
        memory.tasks.schedule("x", START, repeat="FREQ=YEARLY;BYDAY=99MO")


def _task_file(memory: Any, tmp_path: Any, **over: Any) -> Any:
    memory.scope(user="alice").tasks.schedule("x", START, repeat="daily", missed="skip")
    memory.export(tmp_path / "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps({**one, **(over if one.get("kind") == "tasks" else {})}) + "\n" for one in lines))
    return tmp_path / "b.jsonl"


@pytest.mark.parametrize("over", [{"timezone": "Mars/X"}, {"repeat": "nonsense"}, {"attempts": 2**40}])
def test_an_imported_task_that_cannot_be_planned_does_not_stop_the_workers(memory: Any, fresh: Any, tmp_path: Any, clock: Any, over: Any) -> None:
    path = _task_file(memory, tmp_path, **over)
    other = fresh("other.db")
    other.import_(path)
    other.scope(user="bob").tasks.schedule("good", START)
    clock.advance(3 * DAY)
    assert "good" in [claim.task.description for claim in other.tasks.claim(5)]


@pytest.mark.parametrize("bad", ['"x"', "null"])
def test_a_version_of_no_time_is_a_bad_record(memory: Any, fresh: Any, tmp_path: Any, bad: Any) -> None:
    memory.facts.set("k", "1")
    memory.facts.set("k", "2")
    memory.export(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_text(re.sub(r'"began_at":\d+', f'"began_at":{bad}', (tmp_path / "a.jsonl").read_text()))
    assert len(fresh("o.db").import_(tmp_path / "b.jsonl").bad) == 1


def test_a_line_of_brackets_is_a_bad_record(memory: Any, fresh: Any, tmp_path: Any) -> None:
    memory.facts.set("k", "1")
    memory.export(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").open("a").write("[" * 100_000 + "\n")
    assert len(fresh("o.db").import_(tmp_path / "a.jsonl").bad) == 1


def test_parts_of_a_record_that_did_not_come_in_do_not_come_in_either(memory: Any, fresh: Any, tmp_path: Any) -> None:
    alice = memory.scope(user="alice")
    alice.blocks.create("persona", LONG, 5, overflow="archive")
    alice.links.add(alice.notes.add("same"), alice.notes.add("other"))
    memory.export(tmp_path / "a.jsonl")
    other = fresh("o.db")
    mine = other.scope(user="alice")
    mine.blocks.create("persona", "mine")
    mine.notes.add("same")
    other.import_(tmp_path / "a.jsonl")
    assert all(mine.get(one.block) for one in mine.passages.list()) and all(mine.get(one.source) for one in mine.links.list())


def test_what_fades_does_not_grow(memory: Any) -> None:
    memory.preferences.set("k", 1, 0.12345)
    memory.preferences.decay()
    assert memory.preferences.get("k").confidence <= 0.12345


def test_erasing_a_note_takes_the_administrator_s_link_to_it(memory: Any) -> None:
    alice = memory.scope(user="alice")
    note = alice.notes.add("n")
    memory.links.add(note.id, alice.notes.add("m").id)
    alice.erase(id=note.id)
    assert memory.links.list() == []


@pytest.mark.file
@pytest.mark.parametrize("damage", ["update notes set digest = randomblob(16)", "update versions set version = version + 5"])
def test_damage_is_noticed(tmp_path: Any, clock: Any, damage: Any) -> None:
    with Memory(tmp_path / "m.db", clock=clock) as memory:
        note = memory.notes.add("one")
        clock.advance(DAY)
        memory.notes.update(note.id, text="two")
    apsw.Connection(str(tmp_path / "m.db")).execute(damage)
    with Memory(tmp_path / "m.db", clock=clock) as memory:
        assert memory.verify() != []


def _crafted(memory: Any, tmp_path: Any, kind: Any, **over: Any) -> Any:
    alice = memory.scope(user="alice")
    alice.blocks.create("persona", LONG, 5, overflow="archive")
    alice.messages.add("user", "hers")
    alice.export(tmp_path / "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    mine = {"id": "01955193-de00-7000-8588-fac73a80b200", **over}
    (tmp_path / "b.jsonl").write_text("".join(json.dumps({**one, **(mine if one.get("kind") == kind else {})}) + "\n" for one in lines))
    return alice.import_(tmp_path / "b.jsonl")


def test_an_import_puts_no_passage_into_another_user_s_block(memory: Any, tmp_path: Any) -> None:
    bob = memory.scope(user="bob")
    block = bob.blocks.create("persona", "mine")
    _crafted(memory, tmp_path, "passages", block=block.id)
    assert bob.blocks.archived("persona") == []


def test_an_import_cannot_keep_another_user_from_erasing_a_conversation(memory: Any, tmp_path: Any) -> None:
    bob = memory.scope(user="bob")
    talk = bob.conversations.start()
    _crafted(memory, tmp_path, "messages", conversation=talk.id)
    assert bob.erase(id=talk.id).records["conversations"] == 1


@pytest.mark.file
def test_a_view_says_null_where_there_is_no_id(memory: Any) -> None:
    memory.handoffs.offer("bob", "do x")
    assert memory.sql("select from_session from recollect_handoffs") == [{"from_session": None}]
