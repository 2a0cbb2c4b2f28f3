"""The memories of nexo-rs, read into ours: the decisions of its driver loop and the long-term memory of its agents, in one file or several."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from recollect.transfer.foreign import BadRecord
from recollect.transfer.own import Line
from recollect.transfer.readers import detect, nexo

JUNE = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)
AT = 1717236000  # the same, in seconds

DECISIONS = """
    create table driver_decisions (id text primary key, goal_id text not null, turn_index integer not null, tool text not null,
        input_summary text not null, choice_kind text not null, choice_message text, rationale text not null, decided_at integer not null,
        full_input_json text not null, schema_version integer not null default 1);
    create index driver_decisions_goal on driver_decisions (goal_id);
    """
MEMORIES = """
    create table memories (id text primary key, agent_id text not null, content text not null, tags text not null default '[]',
        created_at integer not null, concept_tags text not null default '[]', memory_type text);
    create virtual table memories_fts using fts5 (content, id unindexed, agent_id unindexed);
    create table recall_events (id integer primary key autoincrement, agent_id text not null, memory_id text not null, query text not null,
        score real not null, ts_ms integer not null);
    create table memory_promotions (memory_id text primary key, agent_id text not null, promoted_at integer not null, score real, phase text);
    """
INTERACTIONS = """
    create table interactions (id text primary key, session_id text not null, agent_id text not null, role text not null, content text not null,
        created_at integer not null);
    """
REMINDERS = """
    create table reminders (id text primary key, agent_id text not null, session_id text not null, plugin text not null,
        recipient text not null, message text not null, due_at integer not null, claimed_at integer, delivered_at integer,
        created_at integer not null);
    """
FOLLOW_UPS = """
    create table email_followups (flow_id text primary key, agent_id text not null, instruction text not null);
    """
GOAL, OTHER = "7f000000-0000-4000-8000-0000000000aa", "7f000000-0000-4000-8000-0000000000bb"


def decision(number: int, choice: str = "allow", **more: Any) -> dict[str, Any]:
    row = {
        "id": f"7f000000-0000-4000-8000-00000000000{number}", "goal_id": GOAL, "turn_index": number, "tool": "shell",
        "input_summary": "rm build", "choice_kind": choice, "choice_message": None, "rationale": "It is a build folder.",
        "decided_at": AT + number, "full_input_json": '{"command": "rm -r build"}', "schema_version": 1,
    }  # fmt: skip
    return row | more


def told(id: str, content: str, **more: Any) -> dict[str, Any]:
    row = {
        "id": id, "agent_id": "ana", "content": content, "tags": '["travel"]', "created_at": AT * 1000 + 250, "concept_tags": '["ferry", "travel"]',
        "memory_type": '"project"',
    }  # fmt: skip
    return row | more


def said(id: str, content: str, at: int = AT * 1000, **more: Any) -> dict[str, Any]:
    return {"id": id, "session_id": "s-1", "agent_id": "ana", "role": "user", "content": content, "created_at": at} | more


def reminder(id: str, message: str, **more: Any) -> dict[str, Any]:
    row = {
        "id": id, "agent_id": "ana", "session_id": "s-1", "plugin": "telegram", "recipient": "chat-7", "message": message,
        "due_at": (AT + 3600) * 1000, "claimed_at": None, "delivered_at": None, "created_at": AT * 1000,
    }  # fmt: skip
    return row | more


def recalled(memory: str, at: int) -> dict[str, Any]:
    return {"agent_id": "ana", "memory_id": memory, "query": "ferry", "score": 1.0, "ts_ms": at}


def built(path: Path, *schema: str, **tables: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        for sql in schema:
            db.executescript(sql)
        for table, rows in tables.items():
            for row in rows:
                db.execute(f"insert into {table} ({', '.join(row)}) values ({', '.join(f':{name}' for name in row)})", row)
        db.commit()
        db.execute("pragma journal_mode = wal")
    return path


def with_vectors(path: Path, table: str, column: str) -> Path:
    """The same file as an extension of SQLite leaves it that is not here: its table cannot even be looked at."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"create table {table}_chunks (chunk_id integer primary key, validity blob)")
        db.execute(f"create table {table}_vector_chunks00 (rowid integer primary key, vectors blob)")
        db.execute(f"insert into {table}_chunks values (1, x'00ff')")
        db.execute("pragma writable_schema = on")
        db.execute(
            "insert into sqlite_master (type, name, tbl_name, rootpage, sql) values ('table', ?, ?, 0, ?)",
            (table, table, f"CREATE VIRTUAL TABLE {table} USING vec0({column} FLOAT[8])"),
        )
        db.commit()
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.OperationalError, match="no such module"):
        db.execute(f"select * from {table}")
    return path


THEIRS: dict[str, list[dict[str, Any]]] = {
    "memories": [
        told("a", "The ferry to Bergen leaves at nine."),
        told("b", "Mira dislikes early ferries.", agent_id="ben", memory_type='"user"', tags="[]", concept_tags="[]"),
        told("c", "The ferry to Bergen  leaves at nine.", tags='["timetable"]', created_at=AT * 1000 + 90_000),
    ],
    "recall_events": [recalled("a", AT * 1000), recalled("a", AT * 1000 + 86_400_000), recalled("c", AT * 1000 + 86_400_500)],
    "memory_promotions": [{"memory_id": "b", "agent_id": "ben", "promoted_at": AT * 1000, "score": 0.7, "phase": "light"}],
    "interactions": [
        said("i-3", "Which ferry?"), said("i-1", "The one at nine.", role="assistant"),
        said("i-2", "Ben here.", agent_id="ben", at=AT * 1000 + 5), said("i-4", "Another day.", session_id="s-2", at=AT * 1000 + 86_400_000),
    ],
    "reminders": [
        reminder("r-1", "Buy tickets"), reminder("r-2", "Pack", delivered_at=(AT + 3700) * 1000),
        reminder("r-3", "Leave", claimed_at=(AT + 3600) * 1000, session_id="s-9"),
    ],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Everything in one file, with both kinds of vectors."""
    decisions = [
        decision(1), decision(2, "deny", choice_message="Not there.", goal_id=OTHER), decision(3, "observe", choice_message="Odd."),
    ]  # fmt: skip
    path = built(
        tmp_path / "theirs" / "nexo.db", DECISIONS, MEMORIES, INTERACTIONS, REMINDERS, driver_decisions=decisions, **THEIRS
    )  # fmt: skip
    return with_vectors(with_vectors(path, "driver_decisions_vec", "embedding"), "vec_memories", "embedding")


HOMELESS = ["nexo.db, memory_promotions", "nexo.db, recall_events"]


@pytest.fixture
def everything(memory: Any, file: Path) -> Any:
    report = memory.import_(file)
    assert [where for where, _ in report.bad] == HOMELESS
    return memory


def reasons(report: Any) -> str:
    return "\n".join(f"{where}: {why}" for where, why in report.bad)


def test_every_table_of_both_memories_arrives(memory: Any, file: Path) -> None:
    assert detect(file) is nexo
    report = memory.import_(file)
    assert dict(report.added) == {
        "sessions": 2, "conversations": 3, "messages": 4, "notes": 2, "signals": 1, "decisions": 3, "tasks": 3,
    }  # fmt: skip
    assert memory.verify() == []


# decisions


def test_decisions_arrive_with_their_choice_input_and_time(everything: Any) -> None:
    observed, denied, allowed = everything.decisions.list()
    assert (allowed.choice, allowed.message, allowed.tool, allowed.input) == ("allow", None, "shell", {"command": "rm -r build"})
    assert (denied.choice, denied.message, denied.goal) == ("deny", "Not there.", OTHER)
    assert (observed.choice, observed.message) == ("observe", "Odd.")
    assert (allowed.rationale, allowed.turn, allowed.goal, allowed.created_at) == ("It is a build folder.", 1, GOAL, JUNE + timedelta(seconds=1))
    assert not allowed.recommended


def test_a_decision_is_known_by_its_own_id(everything: Any) -> None:
    assert everything.decisions.get("7f000000-0000-4000-8000-000000000002").choice == "deny"


def test_decisions_of_a_goal_are_found_before_all_others(everything: Any) -> None:
    """Defect 1 of nexo: the goal was looked at after the nearest had been chosen, so it could find nothing where there was something."""
    found = everything.decisions.similar({"tool": "shell", "input": {"command": "rm -r build"}}, 1, goal=OTHER)
    assert [one.choice for one in found] == ["deny"]


def test_a_choice_that_is_not_known_is_reported_and_never_an_allow(tmp_path: Path, memory: Any) -> None:
    """Defect 2 of nexo: an unknown choice was read as allow."""
    file = built(tmp_path / "d.db", DECISIONS, driver_decisions=[decision(1, "Allow"), decision(2, "escalate"), decision(3, ""), decision(4)])
    report = memory.import_(file)
    assert [where for where, _ in report.bad] == ["d.db, driver_decisions 1", "d.db, driver_decisions 2", "d.db, driver_decisions 3"]
    assert "escalate" in reasons(report)
    assert [one.turn for one in memory.decisions.list()] == [4]


def test_an_id_that_is_no_uuid_any_more_becomes_the_same_one_each_time(tmp_path: Path, memory: Any) -> None:
    """Defect 18 of nexo: such an id became another one with every reading."""
    file = built(tmp_path / "d.db", DECISIONS, driver_decisions=[decision(1, id="torn")])
    assert memory.import_(file).added["decisions"] == 1
    assert (dict(memory.import_(file).added), memory.decisions.count()) == ({}, 1)


def test_an_input_that_is_no_json_is_kept_as_the_text_it_is(tmp_path: Path, memory: Any) -> None:
    memory.import_(built(tmp_path / "d.db", DECISIONS, driver_decisions=[decision(1, full_input_json="{torn")]))
    assert memory.decisions.list()[0].input == "{torn"


@pytest.mark.parametrize("turn", [-1, 2**41, "first"])
def test_a_turn_that_is_none_is_reported(tmp_path: Path, memory: Any, turn: Any) -> None:
    """Defect 10 of nexo: a turn could wrap into another one."""
    report = memory.import_(built(tmp_path / "d.db", DECISIONS, driver_decisions=[decision(1, turn_index=turn)]))
    assert "turn_index" in reasons(report)
    assert dict(report.added) == {}


def test_decisions_are_read_without_the_table_of_vectors(tmp_path: Path, memory: Any) -> None:
    """Defect 3 of nexo: a decision without its vector was none."""
    assert memory.import_(built(tmp_path / "d.db", DECISIONS, driver_decisions=[decision(1)])).bad == ()
    assert [one.turn for one in memory.decisions.similar("rm build")] == [1]


# long-term memory


def test_memories_become_notes_of_their_agent(everything: Any) -> None:
    """Defect 19 of nexo: the type of a memory stood in quotes."""
    (note,) = everything.scope(agent="ana").notes.list()
    assert (note.type, note.agent, note.created_at) == ("project", "ana", JUNE + timedelta(milliseconds=250))
    (other,) = everything.scope(agent="ben").notes.list()
    assert (other.type, other.text, other.tags) == ("user", "Mira dislikes early ferries.", ())


def test_a_memory_that_was_told_twice_is_one_note_reinforced(everything: Any) -> None:
    """Defect 25 of nexo: the same memory was kept as often as it was told."""
    (note,) = everything.scope(agent="ana").notes.list()
    assert (note.reinforced, note.tags, note.updated_at) == (1, ("travel", "ferry", "timetable"), JUNE + timedelta(seconds=90))


def test_the_tags_that_nexo_derived_are_searched(everything: Any) -> None:
    """Defect 14 of nexo: derived tags were stored and never searched."""
    assert [note.agent for note in everything.scope(agent="ana").notes.search("timetable")] == ["ana"]


def test_a_promoted_memory_is_as_important_as_a_promoted_note(everything: Any) -> None:
    here = everything.scope(agent="ben")
    (note,) = here.notes.list()
    assert note.importance == 0.8
    own = here.notes.promote(here.notes.add("Something else").id)
    assert own.importance == note.importance


def test_of_a_memory_that_was_told_twice_the_promotion_counts_whichever_it_was_of(tmp_path: Path, memory: Any) -> None:
    promoted = [{"memory_id": "c", "agent_id": "ana", "promoted_at": AT}]
    memory.import_(built(tmp_path / "m.db", MEMORIES, memories=THEIRS["memories"], memory_promotions=promoted))
    assert [note.importance for note in memory.scope(agent="ana").notes.list()] == [0.8]


def test_what_was_recalled_is_counted_for_the_note_it_became(everything: Any) -> None:
    (note,) = everything.scope(agent="ana").notes.list()
    (signal,) = everything.scope(agent="ana").signals.list()
    assert (signal.record, signal.kind, signal.used, signal.days) == (note.id, "notes", 3, 2)
    assert signal.used_at == JUNE + timedelta(days=1, milliseconds=500)
    assert everything.scope(agent="ana").used([note.id]) == 1
    assert everything.scope(agent="ana").signals.list()[0].used == 4


def test_a_note_cannot_be_deleted_by_another_agent(everything: Any) -> None:
    """Defect 15 of nexo: any agent could forget any memory, for good."""
    (note,) = everything.scope(agent="ana").notes.list()
    assert not everything.scope(agent="ben").notes.delete(note.id)
    assert everything.scope(agent="ana").notes.delete(note.id)
    assert everything.scope(agent="ana").notes.undelete(note.id)


def test_interactions_become_messages_of_their_session_and_agent_in_their_order(everything: Any) -> None:
    """Defect 16 of nexo: whose agent's they were was not looked at, and two of one moment changed places."""
    session = everything.sessions.bound("s-1")
    assert (session.agent, session.status, session.created_at, session.last_activity) == (
        "", "completed", JUNE, JUNE + timedelta(milliseconds=5),
    )  # fmt: skip
    here = everything.scope(session=session.id)
    assert [(one.role, one.content) for one in here.scope(agent="ana").messages.list()] == [
        ("user", "Which ferry?"), ("assistant", "The one at nine."),
    ]  # fmt: skip
    assert [one.content for one in here.scope(agent="ben").messages.list()] == ["Ben here."]
    assert {talk.status for talk in everything.conversations.list()} == {"closed"}
    assert everything.sessions.bound("s-2").agent == "ana"


def test_messages_are_found(everything: Any) -> None:
    assert everything.recall("which ferry", kinds=["messages"])[0].record.content == "Which ferry?"


def test_reminders_become_tasks_and_what_was_only_claimed_is_still_to_be_done(everything: Any, clock: Any) -> None:
    """Defect 17 of nexo: a claim had no end, so what a crash interrupted was never done."""
    tasks = {task.description: task for task in everything.tasks.list()}
    assert {said: task.status for said, task in tasks.items()} == {"Buy tickets": "pending", "Pack": "done", "Leave": "pending"}
    buy = tasks["Buy tickets"]
    assert (buy.agent, buy.channel, buy.reply_target, buy.session) == ("ana", "telegram", "chat-7", everything.sessions.bound("s-1").id)
    assert (buy.due_at, buy.created_at) == (JUNE + timedelta(hours=1), JUNE)
    assert tasks["Pack"].finished_at == JUNE + timedelta(seconds=3700)
    assert [claim.task.description for claim in everything.tasks.claim(5)] == ["Buy tickets", "Leave"]


# files


@pytest.mark.parametrize(
    ("schema", "table", "kinds"),
    [
        (MEMORIES, "memories", {"notes": 2}),
        (INTERACTIONS, "interactions", {"sessions": 2, "conversations": 3, "messages": 4}),
        (REMINDERS, "reminders", {"tasks": 3}),
    ],
)
def test_each_memory_may_be_in_a_file_of_its_own(tmp_path: Path, memory: Any, schema: str, table: str, kinds: dict[str, int]) -> None:
    file = built(tmp_path / "one.db", schema, **{table: THEIRS[table]})
    report = memory.import_(file)
    assert (report.format, dict(report.added), report.bad) == ("nexo", kinds, ())
    assert memory.verify() == []


def test_sessions_of_several_files_are_the_same(tmp_path: Path, memory: Any) -> None:
    memory.import_(built(tmp_path / "reminders.db", REMINDERS, reminders=THEIRS["reminders"]))
    memory.import_(built(tmp_path / "interactions.db", INTERACTIONS, interactions=THEIRS["interactions"]))
    session = memory.sessions.bound("s-1")
    assert [task.description for task in memory.scope(session=session.id).tasks.list()] == ["Pack", "Buy tickets"]


def test_a_recall_of_a_memory_that_is_not_there_is_reported(tmp_path: Path, memory: Any) -> None:
    """Defect 23 of nexo: what belonged to a row that was gone stayed for ever."""
    file = built(tmp_path / "m.db", MEMORIES, memories=THEIRS["memories"][:1], recall_events=[recalled("a", AT), recalled("gone", AT)])
    report = memory.import_(file)
    assert "m.db, recall_events 2: This cannot be read: its memory could not be read, or is not there." in reasons(report)
    assert memory.scope(agent="ana").signals.list()[0].used == 1


def test_what_has_no_home_is_reported_once_a_table_with_its_count(tmp_path: Path, memory: Any) -> None:
    flows = [{"flow_id": str(number), "agent_id": "ana", "instruction": "Ask again"} for number in range(3)]
    file = built(tmp_path / "m.db", MEMORIES, FOLLOW_UPS, memories=THEIRS["memories"], recall_events=[recalled("a", AT)], email_followups=flows)
    assert memory.import_(file).bad == (
        ("m.db, email_followups", "Nothing here corresponds to this table; left out: 3 rows."),
        ("m.db, recall_events", "What stands in these columns has no home here: query (1 row), score (1 row)."),
    )


def test_the_same_file_again_adds_nothing(everything: Any, file: Path) -> None:
    again = everything.import_(file)
    assert (dict(again.added), again.known) == ({}, 18)
    assert [where for where, _ in again.bad] == HOMELESS


def test_the_file_and_its_folder_are_left_as_they_are(memory: Any, file: Path) -> None:
    before = {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in file.parent.iterdir()}
    memory.import_(file)
    assert {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in file.parent.iterdir()} == before
    assert list(before) == ["nexo.db"]


def test_a_user_who_imports_gets_everything_since_nexo_knows_no_users(memory: Any, file: Path) -> None:
    mira = memory.scope(user="mira")
    mira.import_(file)
    assert (mira.decisions.count(), mira.messages.count(), mira.tasks.count()) == (3, 4, 3)
    assert memory.scope(user="tom").decisions.list() == []
    assert [note.user for note in mira.scope(agent="ana").notes.search("ferry to Bergen")] == ["mira"]
    assert memory.verify() == []


# bad rows

BAD: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a memory of nothing": (MEMORIES, "memories", told("x", ""), "content is empty"),
    "a memory that is a blob": (MEMORIES, "memories", told("x", b"\xff\xfe"), "content is no text in UTF-8"),  # type: ignore[arg-type]
    "tags that are no JSON": (MEMORIES, "memories", told("x", "A", tags="[torn"), "tags is no JSON"),
    "tags that are no texts": (MEMORIES, "memories", told("x", "A", concept_tags="[1]"), "concept_tags is no list of texts"),
    "a memory without a time": (MEMORIES, "memories", told("x", "A", created_at="noon"), "created_at is no time: 'noon'"),
    "an agent with a NUL": (MEMORIES, "memories", told("x", "A", agent_id="a\0b"), "agent"),
    "a role that is not known": (INTERACTIONS, "interactions", said("x", "A", role="wizard"), "wizard"),
    "a message without a time": (INTERACTIONS, "interactions", said("x", "A", created_at=""), "created_at"),
    "a message without a session": (INTERACTIONS, "interactions", said("x", "A", session_id=""), "session_id is empty"),
    "a reminder without a due time": (REMINDERS, "reminders", reminder("x", "A", due_at=""), "due_at"),
    "a decision without a tool": (DECISIONS, "driver_decisions", decision(9, tool=""), "tool is empty"),
    "a decision in no time": (DECISIONS, "driver_decisions", decision(9, decided_at=2**62), "decided_at"),
}
GOOD = {
    "memories": told("good", "A ferry."), "interactions": said("good", "Hello"), "reminders": reminder("good", "Pack"),
    "driver_decisions": decision(8),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.file  # what is reported is decided before anything is stored
def test_a_bad_row_is_reported_with_its_place_and_the_rest_comes_in(tmp_path: Path, memory: Any, name: str) -> None:
    schema, table, row, reason = BAD[name]
    report = memory.import_(built(tmp_path / "m.db", schema, **{table: [row, GOOD[table]]}))
    ((where, why),) = report.bad
    assert where == f"m.db, {table} 1"
    assert reason in why
    kind = {"memories": "notes", "interactions": "messages", "reminders": "tasks", "driver_decisions": "decisions"}[table]
    assert report.added[kind] == 1
    assert memory.verify() == []


def test_deeply_nested_input_is_kept_as_the_text_it_is(tmp_path: Path, memory: Any) -> None:
    deep = "[" * 5000 + "]" * 5000
    memory.import_(built(tmp_path / "d.db", DECISIONS, driver_decisions=[decision(1, full_input_json=deep)]))
    assert memory.decisions.list()[0].input == deep


def test_tags_keep_what_json_escapes(tmp_path: Path, memory: Any) -> None:
    tags = json.dumps(["caf\u00e9", "a\0b"])
    memory.import_(built(tmp_path / "m.db", MEMORIES, memories=[told("x", "A", tags=tags, concept_tags="[]")]))
    assert memory.scope(agent="ana").notes.list()[0].tags == ("caf\u00e9", "a\ufffdb")


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_to_the_file_raises(tmp_path: Path, seed: int) -> None:
    file = built(tmp_path / "whole.db", DECISIONS, MEMORIES, INTERACTIONS, REMINDERS, driver_decisions=[decision(1)], **THEIRS)
    whole, path, chance = file.read_bytes(), tmp_path / "torn.db", Random(seed)
    for changes in (1, 3, 20, 200) * 8:
        torn = bytearray(whole)
        for _ in range(changes):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        path.write_bytes(torn[: chance.choice([len(torn), len(torn), chance.randrange(len(torn))])])
        nexo.recognises(path, bytes(torn[:100]))
        assert all(isinstance(found, Line | BadRecord) for found in nexo.read(path))
