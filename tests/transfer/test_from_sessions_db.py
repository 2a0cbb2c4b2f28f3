"""Coming from the "Memory Database System" of agent-studio: every table of its file, before its migration 004 and after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from recollect.transfer.foreign import BadRecord
from recollect.transfer.own import Line
from recollect.transfer.readers import sessions_db

FIRST = """
create table schema_version (version integer primary key, applied_at text, description text);
create table sessions (session_id text primary key, user_id text not null, project_id text, created_at text, updated_at text,
    last_active_at text, status text not null, metadata_json text default '{}');
create table conversations (id integer primary key autoincrement, session_id text not null, conversation_id text unique not null, title text,
    started_at text, ended_at text, message_count integer default 0, summary text, metadata_json text default '{}');
create table messages (id integer primary key autoincrement, conversation_id integer not null, role text not null, content text not null,
    token_count integer, created_at text, importance_score real default 0.5, is_summarized integer default 0, original_content text);
create virtual table messages_fts using fts5(content, content='messages', content_rowid='id', tokenize='porter unicode61');
create trigger messages_ai after insert on messages begin insert into messages_fts (rowid, content) values (new.id, new.content); end;
create table agent_interactions (id integer primary key autoincrement, conversation_id integer, agent_type text not null, task_description text,
    result_summary text, input_tokens integer default 0, output_tokens integer default 0, cost_usd real default 0, started_at text,
    completed_at text, status text default 'running');
create table routing_decisions (id integer primary key autoincrement, conversation_id integer, intent text, complexity text, confidence real,
    selected_workflow text, routing_method text, decided_at text, reasoning text);
create table cost_tracking (id integer primary key autoincrement, session_id text, model text not null, input_tokens integer, output_tokens integer,
    cost_usd real, recorded_at text);
create table message_embeddings (message_id integer primary key, embedding blob, embedding_model text default 'text-embedding-3-small',
    created_at text);
create table user_preferences (user_id text, preference_key text, preference_value text, updated_at text,
    primary key (user_id, preference_key));
create table learned_patterns (id integer primary key autoincrement, pattern_type text, pattern_key text, pattern_value text,
    occurrence_count integer default 1, confidence_score real default 0.5, first_seen text, last_seen text, unique (pattern_type, pattern_key));
create table session_handoffs (id integer primary key autoincrement, from_session_id text, to_session_id text, summary text not null,
    context_preserved text, handoff_reason text, handoff_at text);
create table memory_metrics (id integer primary key autoincrement, timestamp text, metric_name text, metric_value real, metric_unit text,
    session_id text);
create table cleanup_log (id integer primary key autoincrement, cleanup_type text, records_affected integer, bytes_freed integer,
    executed_at text, duration_ms integer);
create view v_active_sessions as select session_id from sessions where status = 'active';
"""
FOURTH = """
create table entities (id text primary key, type text, value text, confidence real, context text, metadata text, occurrence_count integer default 1,
    first_seen text, last_seen text, is_active integer default 1, is_global integer default 0, last_updated_by_agent text,
    version integer default 1, merge_count integer default 0);
create table entity_attributes (id integer primary key, entity_id text, attribute_key text, attribute_value text);
create table entity_relationships (id integer primary key, from_entity_id text, to_entity_id text, relationship_type text,
    strength real default 0.5, created_at text);
create table agent_collaborations (id integer primary key, session_id text, workflow_id text, source_agent_id text, target_agent_id text,
    handoff_id text unique, handoff_context text, handoff_type text, status text default 'pending', created_at text, applied_at text);
create table session_resume_checkpoints (id integer primary key, session_id text, checkpoint_id text unique, checkpoint_type text,
    memory_snapshot text, entity_snapshot text, agents_involved text, resume_count integer default 0, created_at text, last_resumed_at text,
    is_archived integer default 0);
alter table messages add column source_agent_id text;
alter table messages add column shared_with_agents text default '[]';
alter table messages add column handoff_id text;
"""
TIERS = """
alter table messages add column tier text default 'conversation';
alter table messages add column promotion_count integer default 0;
alter table messages add column tier_promoted_at text;
alter table messages add column agent_id text;
alter table messages add column reference_count integer default 0;
alter table messages add column last_referenced_at text;
"""
SAID = [("user", "Where is the old harbour?"), ("assistant", "Behind the church of Santa Clara.")]


def put(db: sqlite3.Connection, table: str, **values: Any) -> int:
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    return int(db.execute(f"insert into {table} ({names}) values ({marks})", tuple(values.values())).lastrowid or 0)


def session(db: sqlite3.Connection, id: str = "s1", user: str = "alice", project: str = "atlas", status: str = "active", **more: Any) -> str:
    times = dict.fromkeys(("created_at", "updated_at", "last_active_at"), "2024-06-01 10:00:00") | more
    put(db, "sessions", session_id=id, user_id=user, project_id=project, status=status, **times)
    return id


def conversation(db: sqlite3.Connection, within: str = "s1", id: str = "c1", **more: Any) -> int:
    return put(db, "conversations", session_id=within, conversation_id=id, **{"title": "Harbour", "started_at": "2024-06-01 10:00:00"} | more)


def say(db: sqlite3.Connection, within: int, role: str = "user", content: Any = "hello", at: Any = "2024-06-01 10:00:05", **more: Any) -> int:
    return put(db, "messages", conversation_id=within, role=role, content=content, created_at=at, **more)


def talk(db: sqlite3.Connection, user: str = "alice", id: str = "s1") -> None:
    within = conversation(db, session(db, id, user), f"c-{id}")
    for role, content in SAID:
        say(db, within, role, content)


def early(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    db.executescript(FIRST)
    return db


def late(path: Path) -> sqlite3.Connection:
    db = early(path)
    db.executescript(FOURTH)
    return db


def tiered(path: Path) -> sqlite3.Connection:
    db = late(path)
    db.executescript(TIERS)
    return db


@pytest.fixture(params=[early, late, tiered], ids=["before 004", "after 004", "with tiers"])
def theirs(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Writes their file, of either stage, and says where it is."""
    return writer(request.param, tmp_path)


@pytest.fixture
def whole(tmp_path: Path) -> Callable[..., Path]:
    """Writes their file as it is after migration 004."""
    return writer(late, tmp_path)


def writer(begin: Callable[[Path], sqlite3.Connection], folder: Path) -> Callable[..., Path]:
    def write(*fill: Callable[[sqlite3.Connection], Any], name: str = "sessions.db") -> Path:
        db = begin(folder / name)
        for one in fill:
            one(db)
        db.commit()
        db.close()
        return folder / name

    return write


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 6, 1, hour, minute, second, tzinfo=UTC)


# the whole file


def test_it_is_recognised_and_read(memory: Any, theirs: Callable[..., Path]) -> None:
    report = memory.import_(theirs(talk))
    assert (report.format, report.added, report.known, report.bad) == ("sessions-db", {"sessions": 1, "conversations": 1, "messages": 2}, 0, ())
    alice = memory.scope(user="alice")
    assert [(message.role, message.content) for message in alice.messages.list()] == SAID
    assert memory.verify() == []


def test_what_was_said_there_is_recalled_here(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(talk))
    assert SAID[1][1] in [hit.text for hit in memory.scope(user="alice").recall("church Santa Clara")]


def test_the_same_file_again_adds_nothing(memory: Any, whole: Callable[..., Path]) -> None:
    path = whole(everything)
    first = memory.import_(path)
    again = memory.import_(path)
    assert (again.added, again.known, again.bad) == ({}, sum(first.added.values()), first.bad)


def test_a_file_that_has_grown_adds_what_is_new(memory: Any, theirs: Callable[..., Path]) -> None:
    path = theirs(talk)
    memory.import_(path)
    with sqlite3.connect(path) as db:
        say(db, 1, "user", "And the new one?", "2024-06-01 11:00:00")
    db.close()
    assert memory.import_(path).added == {"messages": 1}
    assert [message.content for message in memory.scope(user="alice").messages.list()][-1] == "And the new one?"


def test_what_was_deleted_here_stays_deleted(memory: Any, theirs: Callable[..., Path]) -> None:
    path, alice = theirs(talk), memory.scope(user="alice")
    memory.import_(path)
    alice.messages.delete(alice.messages.list()[0].id)
    assert memory.import_(path).added == {}
    assert [message.content for message in alice.messages.list()] == [SAID[1][1]]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_source_is_left_as_it_was(memory: Any, theirs: Callable[..., Path], mode: str) -> None:
    path = theirs(talk, lambda db: (db.commit(), db.execute(f"pragma journal_mode = {mode}")), name="their files.db")
    folder = path.parent / "only theirs"
    folder.mkdir()
    path = path.rename(folder / "a?b 50%#.db")
    before = path.read_bytes()
    memory.import_(path)
    assert path.read_bytes() == before
    assert [each.name for each in folder.iterdir()] == [path.name]


def test_what_is_in_a_log_beside_the_file_is_read_and_the_log_stays(memory: Any, theirs: Callable[..., Path], tmp_path: Path) -> None:
    path = theirs()
    db = sqlite3.connect(path)
    db.execute("pragma journal_mode = wal")
    talk(db)
    db.commit()
    found = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.name.startswith("sessions.db")}
    report = memory.import_(path)
    left = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.name.startswith("sessions.db")}
    db.close()
    assert report.added["messages"] == 2
    assert left == found


def test_two_files_with_the_same_numbers_stay_apart(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(talk))
    other = theirs(lambda db: say(db, conversation(db, session(db, "s9"), "c9"), "user", "Of another file."), name="other.db")
    assert memory.import_(other).added == {"sessions": 1, "conversations": 1, "messages": 1}
    assert memory.scope(user="alice").messages.count() == 3


def test_a_strict_import_reads_a_file_that_is_all_at_home(memory: Any, theirs: Callable[..., Path]) -> None:
    assert memory.import_(theirs(talk), strict=True).added["messages"] == 2


# sessions, conversations and messages


def test_sessions_keep_their_state_times_and_metadata(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        for status in ("active", "paused", "completed", "archived"):
            session(db, f"s-{status}", status=status, last_active_at="2024-06-01 12:00:00", metadata_json='{"branch": "main"}')

    memory.import_(theirs(fill))
    found = memory.scope(user="alice", project="atlas").sessions
    for status in ("active", "paused", "completed", "archived"):
        one = found.bound(f"sessions-db:s-{status}")
        assert (one.status, one.created_at, one.last_activity, one.metadata) == (status, at(10), at(12), {"branch": "main"})


def test_an_unnamed_project_is_none(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: session(db, project="default")))
    assert memory.scope(user="alice").sessions.bound("sessions-db:s1").project == ""


def test_messages_of_one_second_keep_their_order(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 10 of sessions-db: times of one second resolution tie everywhere, so the order of messages was left to chance."""

    def fill(db: sqlite3.Connection) -> None:
        within = conversation(db, session(db))
        for n in range(30):
            say(db, within, "user", f"turn {n}")

    memory.import_(theirs(fill))
    assert [message.content for message in memory.scope(user="alice").messages.list()] == [f"turn {n}" for n in range(30)]


def test_messages_stand_in_their_session_and_conversation(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(talk))
    alice = memory.scope(user="alice")
    (held,), (work,) = alice.conversations.list(), alice.sessions.list()
    assert {(message.conversation, message.session, message.project) for message in alice.messages.list()} == {(held.id, work.id, "atlas")}
    assert (held.title, held.created_at, held.last_activity, held.session) == ("Harbour", at(10), at(10, 0, 5), work.id)


def test_tokens_and_importance_are_kept_and_counted_where_they_are_missing(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 18 of sessions-db: messages without a count were left out of the sum."""

    def fill(db: sqlite3.Connection) -> None:
        within = conversation(db, session(db))
        say(db, within, content="counted", token_count=77, importance_score=0.9)
        say(db, within, content="not counted at all")

    memory.import_(theirs(fill))
    counted, other = memory.scope(user="alice").messages.list()
    assert (counted.tokens, counted.importance) == (77, 0.9)
    assert other.tokens > 0


def test_a_shortened_message_comes_back_whole_and_stays_out_of_contexts(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 8 of sessions-db: a compressed message was searchable by its first hundred characters only."""
    long = "We met at noon. " + "Then it rained for hours. " * 10 + "The password of the gate is heliotrope."

    def fill(db: sqlite3.Connection) -> None:
        within = conversation(db, session(db))
        say(db, within, "user", long[:100] + "...", token_count=25, is_summarized=1, original_content=long)

    memory.import_(theirs(fill))
    alice = memory.scope(user="alice")
    (message,) = alice.messages.list()
    assert message.content == long
    assert message.compressed_at is not None
    assert message.tokens > 50
    assert [hit.record.id for hit in alice.recall("heliotrope")] == [message.id]
    assert alice.conversations.list()[0].summary == "user: We met at noon."


def test_an_imported_conversation_is_over(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 7 of sessions-db: the end of a conversation was never written."""
    memory.import_(theirs(talk, lambda db: conversation(db, "s1", "c2", ended_at="2024-06-01 10:30:00", summary="All is well.")))
    held = {one.external_id: one for one in memory.scope(user="alice").conversations.list()}
    assert {one.status for one in held.values()} == {"closed"}
    assert held["sessions-db:c-s1"].closed_at == at(10, 0, 5)
    assert (held["sessions-db:c2"].closed_at, held["sessions-db:c2"].summary) == (at(10, 30), "All is well.")


def test_what_an_agent_said_and_shared_is_told(memory: Any, whole: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        say(db, conversation(db, session(db)), "assistant", "Done.", source_agent_id="qa", shared_with_agents='["developer"]', handoff_id="h1")

    memory.import_(whole(fill))
    (message,) = memory.scope(user="alice").messages.list()
    assert (message.agent, message.metadata) == ("qa", {"shared_with": ["developer"], "handoff": "h1"})


def test_a_message_that_was_referred_to_was_useful_and_its_tier_is_told(memory: Any, tmp_path: Path) -> None:
    """Defect 13 of sessions-db: every message of the lowest tier was deleted after a day, however often it had been referred to."""

    def fill(db: sqlite3.Connection) -> None:
        within = conversation(db, session(db))
        say(db, within, "user", "Often needed.", tier="project", agent_id="qa", reference_count=5, last_referenced_at="2024-06-01 12:00:00")
        say(db, within, "user", "Never needed.")

    report = memory.import_(writer(tiered, tmp_path)(fill))
    alice = memory.scope(user="alice")
    needed, other = alice.messages.list()
    assert (report.bad, needed.agent, needed.metadata, other.metadata) == ((), "qa", {"tier": "project"}, {})
    (signal,) = memory.scope(user="alice", project="atlas", agent="qa").signals.list()
    assert (signal.record, signal.kind, signal.used, signal.used_at) == (needed.id, "messages", 5, at(12))
    assert memory.verify() == []


# what happened


def test_agent_calls_are_interactions(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        within = conversation(db, session(db))
        for place, status in enumerate(("running", "completed", "failed", "cancelled")):
            put(db, "agent_interactions", conversation_id=within, agent_type="qa", task_description="Test it.", result_summary="Green.",
                input_tokens=10, output_tokens=5, cost_usd=0.25, started_at=f"2024-06-01 10:0{place}:00", completed_at="2024-06-01 10:10:00",
                status=status)  # fmt: skip

    memory.import_(theirs(fill))
    alice = memory.scope(user="alice")
    found = alice.interactions.list()[::-1]
    assert [one.status for one in found] == ["running", "completed", "failed", "cancelled"]
    assert {(one.name, one.task, one.result, one.input, one.output, one.cost, one.finished_at) for one in found} == {
        ("qa", "Test it.", "Green.", 10, 5, 0.25, at(10, 10))
    }
    assert {one.conversation for one in found} == {alice.conversations.list()[0].id}


def test_routing_decisions_are_routes(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        put(db, "routing_decisions", conversation_id=conversation(db, session(db)), intent="fix", complexity="high", confidence=0.75,
            selected_workflow="bugfix", routing_method="semantic", decided_at="2024-06-01 10:01:00", reasoning="It is red.")  # fmt: skip

    memory.import_(theirs(fill))
    (one,) = memory.scope(user="alice").routes.list()
    assert (one.intent, one.chosen, one.method, one.complexity, one.confidence, one.reasoning, one.created_at) == (
        "fix", "bugfix", "semantic", "high", 0.75, "It is red.", at(10, 1),
    )  # fmt: skip


def test_costs_are_usage_and_are_added_up_once(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 5 of sessions-db: the view of active sessions counted a cost once for each message."""

    def fill(db: sqlite3.Connection) -> None:
        put(db, "cost_tracking", session_id="s1", model="sonnet", input_tokens=100, output_tokens=50, cost_usd=1.0, recorded_at="2024-06-01 10:01:00")

    memory.import_(theirs(talk, fill))
    (total,) = memory.scope(user="alice").usage.summary("session")
    assert (total.requests, total.input, total.output, total.cost) == (1, 100, 50, 1.0)


def test_metrics_keep_their_numbers_with_a_session_or_without(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        session(db)
        for owner, value in (("s1", 3.5), (None, 7)):
            put(db, "memory_metrics", timestamp="2024-06-01 10:01:00", metric_name="latency", metric_value=value, metric_unit="ms", session_id=owner)

    memory.import_(theirs(fill))
    found = {(one.user, one.name, one.value, one.unit) for one in memory.metrics.list()}
    assert found == {("alice", "latency", 3.5, "ms"), ("", "latency", 7.0, "ms")}


def test_a_handed_over_session_is_followed_to_the_next(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 9 of sessions-db: nothing looked up which session had become of another."""

    def fill(db: sqlite3.Connection) -> None:
        put(db, "session_handoffs", from_session_id=session(db, "s1", status="archived"), to_session_id=session(db, "s2"), summary="Half done.",
            context_preserved='{"last": ["a"]}', handoff_reason="context_overflow", handoff_at="2024-06-01 11:00:00")  # fmt: skip

    memory.import_(theirs(fill))
    alice = memory.scope(user="alice")
    old, new = (alice.sessions.bound(f"sessions-db:{name}") for name in ("s1", "s2"))
    (one,) = alice.handoffs.chain(new.id)
    assert (one.from_session, one.to_session, one.status, one.decided_at) == (old.id, new.id, "accepted", at(11))
    assert (one.summary, one.reason, one.context) == ("Half done.", "context_overflow", {"last": ["a"]})


def test_collaborations_are_handoffs_between_agents(memory: Any, whole: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        session(db)
        for status in ("pending", "applied", "rejected"):
            put(db, "agent_collaborations", session_id="s1", workflow_id="w1", source_agent_id="developer", target_agent_id="qa", handoff_id=status,
                handoff_context='{"summary": "Please test."}', handoff_type="sequential", status=status, created_at="2024-06-01 10:00:00",
                applied_at=None if status == "pending" else "2024-06-01 10:05:00")  # fmt: skip

    memory.import_(whole(fill))
    alice = memory.scope(user="alice")
    found = {one.context["handoff_id"]: one for one in alice.handoffs.list()}
    assert {key: one.status for key, one in found.items()} == {"pending": "offered", "applied": "accepted", "rejected": "declined"}
    assert {(one.from_agent, one.to, one.summary, one.reason) for one in found.values()} == {("developer", "qa", "Please test.", "sequential")}
    assert [one.id for one in alice.handoffs.pending("qa")] == [found["pending"].id]
    assert (found["pending"].decided_at, found["applied"].decided_at) == (None, at(10, 5))


def test_checkpoints_are_resumed_and_archived_ones_are_put_away(memory: Any, whole: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        session(db)
        for name, archived in (("k1", 1), ("k2", 0)):
            put(db, "session_resume_checkpoints", session_id="s1", checkpoint_id=name, checkpoint_type="milestone", memory_snapshot='{"step": 3}',
                agents_involved='["qa"]', resume_count=2, created_at="2024-06-01 10:00:00", last_resumed_at="2024-06-01 10:09:00",
                is_archived=archived)  # fmt: skip

    memory.import_(whole(fill))
    there = memory.scope(user="alice", project="atlas")
    (one,) = there.checkpoints.resume("s1")
    assert (one.phase, one.status, one.created_at, one.updated_at) == ("k2", "completed", at(10), at(10, 9))
    assert one.output == {"memory_snapshot": {"step": 3}, "agents_involved": ["qa"], "type": "milestone", "resumed": 2}
    assert memory.verify() == []


# what is known


def test_preferences_keep_their_values_and_how_sure_they_are(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 14 of sessions-db: a confidence of 0 became one half."""

    def fill(db: sqlite3.Connection) -> None:
        for key, value in (("theme", "dark"), ("editor", '{"value": "vim", "confidence": 0}'), ("size", "12"), ("langs", '["en", "de"]')):
            put(db, "user_preferences", user_id="alice", preference_key=key, preference_value=value, updated_at="2024-06-01 10:00:00")

    memory.import_(theirs(fill))
    found = {one.key: (one.value, one.confidence) for one in memory.scope(user="alice").preferences.list()}
    assert found == {"theme": ("dark", 1.0), "editor": ("vim", 0.0), "size": (12, 1.0), "langs": (["en", "de"], 1.0)}


def pattern(db: sqlite3.Connection, key: str, count: int = 7, value: str | None = None) -> None:
    put(db, "learned_patterns", pattern_type="workflow", pattern_key=key, pattern_value=value, occurrence_count=count, confidence_score=0.6,
        first_seen="2024-06-01 10:00:00", last_seen="2024-06-01 12:00:00")  # fmt: skip


def test_patterns_keep_how_often_and_when_they_were_seen(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: pattern(db, "test then commit", value='{"steps": 2}')))
    (one,) = memory.patterns.frequent()
    assert (one.type, one.key, one.value, one.seen, one.confidence) == ("workflow", "test then commit", {"steps": 2}, 7, 0.6)
    assert (one.created_at, one.seen_at) == (at(10), at(12))


def test_patterns_that_say_the_same_become_one(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 14 of sessions-db: a pattern's key depended on how it was written down."""
    report = memory.import_(theirs(lambda db: (pattern(db, "Run the tests", 7), pattern(db, "run tests", 5))))
    assert (report.added, report.bad) == ({"patterns": 1}, ())
    assert memory.patterns.list()[0].seen == 12


def entity(db: sqlite3.Connection, id: str, value: str, **more: Any) -> str:
    put(db, "entities", id=id, type="person", value=value, first_seen="2024-06-01 10:00:00", last_seen="2024-06-01 12:00:00", **more)
    return id


def test_entities_keep_their_attributes_and_relations(memory: Any, whole: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        one, other = entity(db, "e1", "Mira", confidence=0.8, context="the designer"), entity(db, "e2", "Tom")
        put(db, "entity_attributes", entity_id=one, attribute_key="email", attribute_value="mira@example.org")
        put(db, "entity_relationships", from_entity_id=one, to_entity_id=other, relationship_type="works_with", strength=0.7,
            created_at="2024-06-01 11:00:00")  # fmt: skip

    memory.import_(whole(fill))
    mira = memory.entities.get("person:Mira")
    assert (mira.name, mira.type, mira.created_at) == ("Mira", "person", at(10))
    assert mira.attributes == {"context": "the designer", "confidence": 0.8, "email": "mira@example.org"}
    assert [(near.record.name, near.depth) for near in memory.entities.neighbours("person:Mira")] == [("Tom", 1)]
    (link,) = memory.links.of(mira)
    assert (link.kind, link.weight, link.created_at) == ("works_with", 0.7, at(11))


def test_an_entity_that_was_given_up_is_deleted_with_its_links(memory: Any, whole: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        one, other = entity(db, "e1", "Mira", is_active=0), entity(db, "e2", "Tom")
        put(db, "entity_relationships", from_entity_id=one, to_entity_id=other, relationship_type="works_with")

    report = memory.import_(whole(fill))
    assert (report.added, report.bad) == ({"entities": 2, "links": 1}, ())
    assert [one.name for one in memory.entities.list()] == ["Tom"]
    assert memory.links.list() == []
    assert memory.verify() == []


def test_names_that_are_nearly_alike_stay_two_entities(memory: Any, whole: Callable[..., Path]) -> None:
    """Defect 17 of sessions-db: names that differ in a letter were merged."""
    memory.import_(whole(lambda db: (entity(db, "e1", "Miriam Holt"), entity(db, "e2", "Mirjam Holt"))))
    assert [one.name for one in memory.entities.list()] == ["Miriam Holt", "Mirjam Holt"]


# whose it is


def test_without_a_user_each_of_theirs_becomes_one_of_ours(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 4 of sessions-db: one user's search found what another had said."""
    memory.scope(tenant="acme").import_(theirs(talk, lambda db: talk(db, "bob", "s2")))
    for user in ("alice", "bob"):
        assert memory.scope(tenant="acme", user=user).messages.count() == 2
    assert memory.scope(user="alice").messages.count() == 0
    assert len(memory.scope(tenant="acme", user="bob").recall("harbour church", kinds=["messages"])) == 2


def test_a_user_takes_a_file_of_one_user_as_their_own(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.scope(user="mira").import_(theirs(talk, lambda db: pattern(db, "test then commit")))
    mira = memory.scope(user="mira")
    assert (mira.messages.count(), mira.patterns.count()) == (2, 1)
    assert memory.scope(user="alice").messages.count() == 0


def test_a_user_takes_of_several_only_the_one_of_that_name(memory: Any, theirs: Callable[..., Path]) -> None:
    report = memory.scope(user="bob").import_(theirs(talk, lambda db: talk(db, "bob", "s2")))
    assert report.added == {"sessions": 1, "conversations": 1, "messages": 2}
    assert len(report.bad) == 1
    assert "4 records" in report.bad[0][1]
    assert memory.scope(user="alice").messages.count() == 0


# what cannot be read, and what has no home


def test_tables_and_columns_without_a_home_are_reported_once_each_with_their_counts(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        talk(db)
        conversation(db, "s1", "c2", metadata_json='{"topic": "x"}')
        for id in (1, 2):
            put(db, "message_embeddings", message_id=id, embedding=b"\x00\x01")
        put(db, "cleanup_log", cleanup_type="sessions", records_affected=3)

    bad = {where.rpartition(", ")[2]: why for where, why in memory.import_(theirs(fill)).bad}
    assert set(bad) == {"message_embeddings", "cleanup_log", "conversations"}
    assert "2 rows" in bad["message_embeddings"]
    assert "1 row" in bad["cleanup_log"]
    assert "metadata_json (1 row)" in bad["conversations"]


BAD = {
    "no time": {"created_at": "yesterday"},
    "a role that is none": {"role": "wizard"},
    "a blob": {"content": b"\xff\x00\xfe"},
    "nothing said": {"content": ""},
    "importance that is a word": {"importance_score": "high"},
    "no such conversation": {"conversation_id": 99},
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD)
def test_a_bad_message_is_reported_and_the_rest_is_read(memory: Any, theirs: Callable[..., Path], values: dict[str, Any]) -> None:
    row = {"conversation_id": 1, "role": "user", "content": "bad", "created_at": "2024-06-01 10:00:06"} | values
    report = memory.import_(theirs(talk, lambda db: put(db, "messages", **row), lambda db: say(db, 1, "user", "and after it")))
    assert [where for where, _ in report.bad] == ["sessions.db, messages 3"]
    assert [message.content for message in memory.scope(user="alice").messages.list()] == [SAID[0][1], SAID[1][1], "and after it"]
    assert memory.verify() == []


def test_text_that_is_not_utf8_is_reported(memory: Any, theirs: Callable[..., Path]) -> None:
    report = memory.import_(theirs(talk, lambda db: db.execute("update messages set content = cast(x'ff41' as text) where id = 1")))
    assert (len(report.bad), report.added["messages"]) == (1, 1)


def test_a_nul_in_a_text_is_replaced(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: say(db, conversation(db, session(db)), "user", "a\0b")))
    assert memory.scope(user="alice").messages.list()[0].content == "a\ufffdb"


def test_a_session_that_cannot_be_read_takes_only_what_is_in_it(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        talk(db, "bob", "s2")
        db.execute("update sessions set status = 'lost' where session_id = 's2'")

    report = memory.import_(theirs(talk, fill))
    assert report.added == {"sessions": 1, "conversations": 1, "messages": 2}
    assert len(report.bad) == 4


def test_times_of_other_forms_are_understood(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        within = conversation(db, session(db))
        for said in ("2024-06-01 10:00:00", "2024-06-01T12:00:00.000+02:00", 1717236000, 1717236000000):
            say(db, within, "user", f"at {said}", said)

    memory.import_(theirs(fill))
    assert {message.created_at for message in memory.scope(user="alice").messages.list()} == {at(10)}


def everything(db: sqlite3.Connection) -> None:
    """A row for every table that has a home."""
    talk(db)
    put(db, "agent_interactions", conversation_id=1, agent_type="qa", started_at="2024-06-01 10:00:00", status="running")
    put(db, "routing_decisions", conversation_id=1, intent="fix", selected_workflow="bugfix", decided_at="2024-06-01 10:00:00")
    put(db, "cost_tracking", session_id="s1", model="sonnet", input_tokens=1, output_tokens=1, cost_usd=0.1, recorded_at="2024-06-01 10:00:00")
    put(db, "user_preferences", user_id="alice", preference_key="theme", preference_value="dark", updated_at="2024-06-01 10:00:00")
    pattern(db, "test then commit")
    put(db, "session_handoffs", from_session_id="s1", to_session_id="s1", summary="Go on.", handoff_at="2024-06-01 10:00:00")
    put(db, "memory_metrics", timestamp="2024-06-01 10:00:00", metric_name="latency", metric_value=1.0)
    put(db, "entity_relationships", from_entity_id=entity(db, "e1", "Mira"), to_entity_id=entity(db, "e2", "Tom"), relationship_type="knows")
    put(db, "agent_collaborations", session_id="s1", source_agent_id="a", target_agent_id="b", handoff_id="h", created_at="2024-06-01 10:00:00")
    put(db, "session_resume_checkpoints", session_id="s1", checkpoint_id="k", created_at="2024-06-01 10:00:00")


def test_every_kind_that_a_file_can_hold_comes_in_and_the_memory_is_sound(memory: Any, whole: Callable[..., Path]) -> None:
    report = memory.import_(whole(everything))
    assert report.bad == ()
    assert report.added == {
        "sessions": 1, "conversations": 1, "messages": 2, "interactions": 1, "routes": 1, "usage": 1, "preferences": 1, "patterns": 1,
        "handoffs": 2, "metrics": 1, "entities": 2, "links": 1, "checkpoints": 1,
    }  # fmt: skip
    assert memory.verify() == []


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_to_the_file_raises(tmp_path: Path, seed: int) -> None:
    whole, path, chance = writer(tiered, tmp_path)(everything).read_bytes(), tmp_path / "torn.db", Random(seed)
    for changes in (1, 3, 20, 200) * 8:
        torn = bytearray(whole)
        for _ in range(changes):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        path.write_bytes(torn[: chance.choice([len(torn), len(torn), chance.randrange(len(torn))])])
        sessions_db.recognises(path, bytes(torn[:100]))
        assert all(isinstance(found, Line | BadRecord) for found in sessions_db.read(path))


def test_a_file_of_another_version_is_read_as_far_as_it_is_known(memory: Any, tmp_path: Path) -> None:
    def fill(db: sqlite3.Connection) -> None:
        everything(db)
        db.execute("drop table agent_interactions")
        db.execute("create table agent_interactions (id integer primary key, mood text)")
        db.execute("insert into agent_interactions (mood) values ('fine')")

    report = memory.import_(writer(tiered, tmp_path)(fill))
    assert report.added["messages"] >= 2
    assert [where.rpartition(", ")[2].split()[0] for where, _ in report.bad] == ["agent_interactions", "agent_interactions"]
    assert memory.verify() == []
