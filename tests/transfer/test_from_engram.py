"""Coming from engram (schema v34): blocks with their edits, memories with tags, versions and links, the graph, and what has no home here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from recollect.transfer.foreign import BadRecord
from recollect.transfer.own import Line
from recollect.transfer.readers import engram

SCHEMA = """
create table schema_version (version integer primary key);
create table memories (id integer primary key autoincrement, content text not null, memory_type text default 'note', importance real default 0.5,
    access_count integer default 0, created_at text, updated_at text, last_accessed_at text, owner_id text, visibility text default 'private',
    version integer default 1, has_embedding integer default 0, embedding_queued_at text, valid_from text, valid_to text, metadata text default '{}',
    scope_type text default 'global', scope_id text, expires_at text, content_hash text, workspace text default 'default',
    tier text default 'permanent', event_time text, event_duration_seconds integer, trigger_pattern text, procedure_success_count integer default 0,
    procedure_failure_count integer default 0, summary_of_id integer, lifecycle_state text default 'active', quality_score real default 0.5,
    validation_status text default 'unverified', embedding_model text default 'tfidf', scope_path text default 'global', compressed_content text,
    compression_ratio real, compression_method text, sentiment_score real, sentiment_label text, snapshot_origin text, snapshot_loaded_at text,
    media_url text);
create virtual table memories_fts using fts5(content, tags, metadata, content='memories', content_rowid='id', tokenize='porter unicode61');
create table tags (id integer primary key autoincrement, name text unique collate nocase);
create table memory_tags (memory_id integer, tag_id integer, primary key (memory_id, tag_id));
create table crossrefs (id integer primary key autoincrement, from_id integer, to_id integer, edge_type text default 'related_to', score real,
    confidence real default 1.0, strength real default 1.0, source text default 'auto', source_context text, created_at text, valid_from text,
    valid_to text, pinned integer default 0, metadata text default '{}', unique (from_id, to_id, edge_type));
create table memory_versions (id integer primary key autoincrement, memory_id integer, version integer, content text, tags text default '[]',
    metadata text default '{}', created_at text, created_by text, change_summary text, unique (memory_id, version));
create table embeddings (memory_id integer primary key, embedding blob, model text, dimensions integer, created_at text);
create table audit_log (id integer primary key autoincrement, timestamp text, user_id text, action text, memory_id integer, changes text,
    ip_address text);
create table entities (id integer primary key autoincrement, name text, normalized_name text, entity_type text, aliases text default '[]',
    metadata text default '{}', mention_count integer default 1, created_at text, updated_at text, unique (normalized_name, entity_type));
create table memory_entities (memory_id integer, entity_id integer, relation text default 'mentions', confidence real default 1.0,
    char_offset integer, created_at text, primary key (memory_id, entity_id, relation));
create table sessions (id integer primary key autoincrement, session_id text unique, title text, agent_id text, started_at text,
    last_indexed_at text, message_count integer default 0, chunk_count integer default 0, workspace text default 'default',
    metadata text default '{}', summary text, context text, ended_at text);
create table session_chunks (id integer primary key autoincrement, session_id text, memory_id integer, chunk_index integer,
    start_message_index integer, end_message_index integer);
create table session_memories (session_id text, memory_id integer, added_at text, relevance_score real default 1.0,
    context_role text default 'referenced');
create table identities (id integer primary key autoincrement, canonical_id text unique, display_name text, entity_type text default 'person',
    description text, metadata text default '{}', created_at text, updated_at text);
create table identity_aliases (id integer primary key autoincrement, canonical_id text, alias text, alias_normalized text unique, source text,
    confidence real default 1.0, created_at text);
create table memory_identity_links (id integer primary key autoincrement, memory_id integer, canonical_id text, mention_text text,
    mention_count integer default 1, created_at text);
create table facts (id integer primary key autoincrement, subject text, predicate text, object text, confidence real default 0.8,
    source_memory_id integer, created_at text);
create table graph_entities (id integer primary key autoincrement, scope_path text default 'global', name text, type text, metadata text,
    created_at text);
create table temporal_edges (id integer primary key autoincrement, from_id integer, to_id integer, relation text, properties text default '{}',
    valid_from text, valid_to text, confidence real default 1.0, source text, created_at text, scope_path text default 'global');
create table shared_memories (id integer primary key autoincrement, memory_id integer, from_agent text, to_agent text, message text,
    acknowledged integer default 0, acknowledged_at text, created_at text, expires_at text);
create table search_feedback (id integer primary key autoincrement, query text, memory_id integer, signal text, rank_position integer,
    original_score real, workspace text, created_at text);
create table reflections (id integer primary key autoincrement, content text, source_ids text, depth text default 'surface', created_at text);
create table consolidated_memories (id integer primary key autoincrement, source_ids text, summary text, strategy text, tokens_before integer,
    tokens_after integer, workspace text default 'default', created_at text);
create table query_log (id integer primary key autoincrement, query text);
create table agents (agent_id text primary key, display_name text);
create table memory_blocks (name text primary key, content text default '', version integer default 1, max_tokens integer default 4096,
    created_at text, updated_at text);
create table block_edit_log (id integer primary key autoincrement, block_name text, old_content text, new_content text,
    edit_reason text default '', timestamp text);
"""
DAY = "2024-06-01T10:00:00.000Z"


def put(db: sqlite3.Connection, table: str, **values: Any) -> int:
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    return int(db.execute(f"insert into {table} ({names}) values ({marks})", tuple(values.values())).lastrowid or 0)


def memorise(db: sqlite3.Connection, content: Any = "The harbour is behind the church.", tags: tuple[str, ...] = (), **more: Any) -> int:
    id = put(db, "memories", content=content, **{"created_at": DAY, "updated_at": DAY} | more)
    for tag in tags:
        db.execute("insert or ignore into tags (name) values (?)", (tag,))
        db.execute("insert into memory_tags select ?, id from tags where name = ?", (id, tag))
    return id


def two(db: sqlite3.Connection) -> tuple[int, int]:
    return memorise(db, "The harbour is closed."), memorise(db, "The ferry does not run.")


def block(db: sqlite3.Connection, name: str = "persona", content: str = "I am patient.", version: int = 1, **more: Any) -> None:
    put(db, "memory_blocks", name=name, content=content, version=version, **{"created_at": DAY, "updated_at": DAY} | more)


def session(db: sqlite3.Connection, id: str = "s1", **more: Any) -> str:
    put(db, "sessions", session_id=id, **{"title": "Harbour", "started_at": DAY, "last_indexed_at": "2024-06-01T11:00:00Z"} | more)
    return id


def entity(db: sqlite3.Connection, name: str, type: str = "person", **more: Any) -> int:
    return put(db, "entities", name=name, normalized_name=name.lower(), entity_type=type, **{"created_at": DAY, "updated_at": DAY} | more)


@pytest.fixture
def theirs(tmp_path: Path) -> Callable[..., Path]:
    """Writes their file, and says where it is."""

    def write(*fill: Callable[[sqlite3.Connection], Any], name: str = "engram.db") -> Path:
        db = sqlite3.connect(tmp_path / name)
        db.executescript(SCHEMA)
        for one in fill:
            one(db)
        db.commit()
        db.close()
        return tmp_path / name

    return write


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 6, 1, hour, minute, tzinfo=UTC)


def texts(view: Any) -> set[str]:
    return {note.text for note in view.notes.list()}


# the whole file


def test_it_is_recognised_and_read(memory: Any, theirs: Callable[..., Path]) -> None:
    report = memory.import_(theirs(memorise, block))
    assert (report.format, report.added, report.known, report.bad) == ("engram", {"blocks": 1, "notes": 1}, 0, ())
    assert memory.verify() == []


def test_what_was_kept_there_is_recalled_here(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(memorise))
    assert memory.recall("where is the harbour?")[0].text == "The harbour is behind the church."


def test_any_words_find_what_was_kept(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 2 of engram: ordinary words such as `what's up` were a syntax error."""
    memory.import_(theirs(lambda db: memorise(db, "Mail mira@example.org, and/or ask what's up with C# code.")))
    for query in ("what's up", "mira@example.org", "C#", "and/or", "AND", '"'):
        assert len(memory.recall(query)) <= 1
    assert [len(memory.recall(query)) for query in ("mira@example.org", "C#")] == [1, 1]


def test_the_same_file_again_adds_nothing(memory: Any, theirs: Callable[..., Path]) -> None:
    path = theirs(everything)
    first = memory.import_(path)
    again = memory.import_(path)
    assert (again.added, again.known, again.bad) == ({}, sum(first.added.values()), first.bad)


def test_what_was_deleted_here_stays_deleted_with_its_links(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        one, other = two(db)
        put(db, "crossrefs", from_id=one, to_id=other, created_at=DAY)

    path = theirs(fill)
    memory.import_(path)
    memory.notes.delete(memory.notes.search("ferry")[0].id)
    assert memory.import_(path).added == {}
    assert (texts(memory), memory.links.list()) == ({"The harbour is closed."}, [])


def test_the_source_is_left_as_it_was(memory: Any, theirs: Callable[..., Path], tmp_path: Path) -> None:
    path = theirs(memorise, lambda db: (db.commit(), db.execute("pragma journal_mode = wal")))
    before = path.read_bytes()
    memory.import_(path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("engram.db")) == ["engram.db"]


def test_two_files_with_the_same_numbers_stay_apart(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(memorise))
    assert memory.import_(theirs(lambda db: memorise(db, "Something else.", created_at="2024-07-01T10:00:00Z"), name="b.db")).added == {"notes": 1}


# blocks


def test_a_block_keeps_its_content_budget_and_times(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: block(db, max_tokens=100, updated_at="2024-06-01T11:00:00Z")))
    one = memory.blocks.get("persona")
    assert (one.content, one.max_tokens, one.version, one.created_at, one.updated_at) == ("I am patient.", 100, 1, at(10), at(11))
    assert one.tokens > 0
    assert memory.blocks.edit("persona", "I am very patient.", expected_version=1).version == 2


def edited(db: sqlite3.Connection) -> None:
    block(db, content="three", version=3, updated_at="2024-06-01T12:00:00Z")
    for hour, old, new in ((11, "one", "two"), (12, "two", "three")):
        reason, time = f"at {hour}", f"2024-06-01T{hour}:00:00Z"
        put(db, "block_edit_log", block_name="persona", old_content=old, new_content=new, edit_reason=reason, timestamp=time)


def test_the_edits_of_a_block_are_its_history_and_can_be_taken_back(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 1 of engram blocks: the edit log had no version numbers, and nothing could be reverted."""
    memory.import_(theirs(edited))
    history = memory.blocks.history("persona")
    assert [(one.version, one.content, one.reason) for one in history] == [(3, "three", None), (2, "two", "at 11"), (1, "one", None)]
    assert [one.content for one in memory.blocks.as_of(at(11, 30))] == ["two"]
    assert memory.blocks.revert("persona", 1).content == "one"
    assert memory.verify() == []


def test_a_log_that_does_not_reach_back_to_the_beginning_is_counted_from_its_end(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(edited, lambda db: db.execute("update memory_blocks set version = 9")))
    assert [(one.version, one.content) for one in memory.blocks.history("persona")] == [(9, "three"), (8, "two"), (7, "one")]


def test_a_block_that_is_over_its_budget_comes_in_whole_and_its_overflow_can_be_archived(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 1 of engram blocks: what `archive_overflow` cut off was returned and stored nowhere."""
    words = "Über die Brücke, 渡し船で。 " * 40
    memory.import_(theirs(lambda db: block(db, content=words, max_tokens=20)))
    assert memory.blocks.get("persona").content == words
    tail = memory.blocks.archive_overflow("persona")
    assert memory.blocks.get("persona").content + tail == words
    assert [passage.content for passage in memory.blocks.archived("persona")] == [tail]


def test_edits_of_a_block_that_is_gone_are_reported(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 1 of engram blocks: such edits came back with the next block of that name."""
    report = memory.import_(theirs(edited, lambda db: db.execute("delete from memory_blocks"), lambda db: block(db, "human", "Mira.")))
    assert "2 rows" in dict(report.bad)["engram.db, block_edit_log"]
    assert memory.blocks.history("human")[0].version == 1


# memories


def test_a_memory_keeps_its_type_tags_importance_and_times(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 3 of engram: tags could not be searched."""
    said = {"memory_type": "decision", "importance": 0.9, "updated_at": "2024-06-01T11:00:00Z"}
    memory.import_(theirs(lambda db: memorise(db, tags=("travel", "ports"), **said)))
    (note,) = memory.notes.search("ports")
    assert (note.type, set(note.tags), note.importance, note.created_at, note.updated_at) == ("decision", {"travel", "ports"}, 0.9, at(10), at(11))


def test_a_workspace_is_a_project(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 19 of engram: workspaces were never enforced on reads."""
    memory.import_(theirs(lambda db: (memorise(db, "general"), memorise(db, "of atlas", workspace="atlas"))))
    assert texts(memory) == {"general"}
    assert texts(memory.scope(project="atlas")) == {"general", "of atlas"}


def test_a_deleted_memory_comes_deleted_and_can_be_brought_back(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 23 of engram: deleted rows stayed in the text index."""
    memory.import_(theirs(lambda db: (memorise(db, "gone", valid_to="2024-06-02T10:00:00Z"), memorise(db, "here"))))
    assert (texts(memory), memory.recall("gone")) == ({"here"}, [])
    (gone,) = [change.id for change in memory.audit.changes(kind="notes") if memory.get(change.id) is None]
    assert memory.undelete(gone)
    assert [hit.text for hit in memory.recall("gone")] == ["gone"]
    assert memory.verify() == []


def test_a_daily_memory_expires_at_its_time(memory: Any, theirs: Callable[..., Path], clock: Any) -> None:
    """Defect 18 of engram: an expiry was compared as text, wrong on its own day."""
    memory.import_(theirs(lambda db: memorise(db, tier="daily", expires_at=(clock() + timedelta(minutes=5)).isoformat())))
    assert memory.notes.count() == 1
    clock.advance(timedelta(minutes=5))
    assert memory.notes.count() == 0


def test_an_episode_stands_at_the_time_when_it_happened(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: memorise(db, memory_type="episodic", event_time="2023-12-24T18:00:00Z")))
    assert memory.notes.list()[0].created_at == datetime(2023, 12, 24, 18, tzinfo=UTC)


def test_what_was_archived_is_live_and_says_so(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 15 of engram: its gardener destroyed what it archived."""
    memory.import_(theirs(lambda db: memorise(db, lifecycle_state="archived", tags=("ports",))))
    assert memory.notes.list()[0].tags == ("ports", "archived")


def test_a_text_that_was_stored_twice_is_one_note(memory: Any, theirs: Callable[..., Path]) -> None:
    """There the same text again was another record, unless the caller asked for something else."""

    def fill(db: sqlite3.Connection) -> None:
        one, other = memorise(db, "Same.", tags=("a",)), memorise(db, "Same.", tags=("b",), importance=0.8)
        put(db, "crossrefs", from_id=other, to_id=memorise(db, "Another."), created_at=DAY)
        assert one != other

    report = memory.import_(theirs(fill))
    assert (report.added, report.bad) == ({"notes": 2, "links": 1}, ())
    (note,) = [note for note in memory.notes.list() if note.text == "Same."]
    assert (set(note.tags), note.importance, note.reinforced) == ({"a", "b"}, 0.8, 1)
    assert len(memory.links.of(note)) == 1


def test_texts_that_differ_in_case_stay_two(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 22 of engram: texts that differ only in case were taken for the same."""
    memory.import_(theirs(lambda db: (memorise(db, "Port = 1"), memorise(db, "port = 1"))))
    assert texts(memory) == {"Port = 1", "port = 1"}


def test_the_versions_of_a_memory_are_its_history(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 12 of engram: an import lost dates and versions."""

    def fill(db: sqlite3.Connection) -> None:
        id = memorise(db, "third", version=3, updated_at="2024-06-01T12:00:00Z", tags=("new",))
        for version, hour, content in ((1, 10, "first"), (2, 11, "second"), (3, 12, "third")):
            put(db, "memory_versions", memory_id=id, version=version, content=content, tags='["old"]', created_at=f"2024-06-01T{hour}:00:00Z")

    memory.import_(theirs(fill))
    (note,) = memory.notes.list()
    assert [(one.version, one.text, one.tags) for one in memory.notes.history(note.id)] == [
        (3, "third", ("new",)), (2, "second", ("old",)), (1, "first", ("old",)),
    ]  # fmt: skip
    assert [hit.text for hit in memory.recall("second", as_of=at(11, 30))] == ["second"]
    assert memory.verify() == []


def test_feedback_that_something_was_useful_is_a_signal(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        id = memorise(db)
        for day, signal in ((1, "useful"), (1, "useful"), (2, "useful"), (3, "irrelevant")):
            put(db, "search_feedback", query="harbour", memory_id=id, signal=signal, created_at=f"2024-06-0{day}T10:00:00Z")

    report = memory.import_(theirs(fill))
    (signal,) = memory.signals.list()
    assert (signal.record, signal.used, signal.days) == (memory.notes.list()[0].id, 3, 2)
    assert "1 row" in report.bad[0][1]


def test_reflections_and_summaries_are_notes_that_lead_to_what_they_are_made_of(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        one, other = two(db)
        put(db, "reflections", content="Travel is hard.", source_ids=f"[{one}, {other}]", depth="deep", created_at=DAY)
        put(db, "consolidated_memories", summary="Closed, no ferry.", source_ids=f"[{one}]", created_at=DAY)
        memorise(db, "In short: stay.", summary_of_id=other)

    memory.import_(theirs(fill))
    found = {note.text: note for note in memory.notes.list()}
    assert (found["Travel is hard."].type, found["Travel is hard."].tags, found["Closed, no ferry."].type) == ("reflection", ("deep",), "summary")
    kinds = {text: [link.kind for link in memory.links.of(found[text], direction="out")] for text in found}
    assert kinds["Travel is hard."] == ["reflects_on", "reflects_on"]
    assert (kinds["Closed, no ferry."], kinds["In short: stay."]) == (["summary_of"], ["summary_of"])


# links and entities


def test_crossrefs_are_links_with_their_strength_and_their_time(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        one, other = two(db)
        put(db, "crossrefs", from_id=one, to_id=other, edge_type="depends_on", strength=0.4, created_at=DAY, valid_from=DAY)
        put(db, "crossrefs", from_id=other, to_id=one, created_at=DAY, valid_from=DAY, valid_to="2024-06-02T10:00:00Z")

    memory.import_(theirs(fill))
    note = next(note for note in memory.notes.list() if "harbour" in note.text)
    (now,) = memory.links.of(note, at=datetime(2024, 7, 1, tzinfo=UTC))
    assert (now.kind, now.weight, now.valid_from, now.source) == ("depends_on", 0.4, at(10), note.id)
    assert len(memory.links.of(note, at=at(12))) == 2


def test_a_link_that_ends_before_it_begins_is_reported(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 21 of engram: an edge added out of order closed another one before its beginning."""

    def fill(db: sqlite3.Connection) -> None:
        one, other = two(db)
        put(db, "temporal_edges", from_id=one, to_id=other, relation="blocks", valid_from="2024-06-02T10:00:00Z", valid_to=DAY, created_at=DAY)

    report = memory.import_(theirs(fill))
    assert (report.added, [where for where, _ in report.bad]) == ({"notes": 2}, ["engram.db, temporal_edges 1"])


def test_temporal_edges_lead_from_node_to_node_of_the_graph(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        mira, acme, other = (put(db, "graph_entities", name=name, type=type, created_at=DAY) for name, type in (
            ("Mira", "person"), ("Acme", "company"), ("Globex", "company")))  # fmt: skip
        put(db, "temporal_edges", from_id=mira, to_id=acme, relation="works_at", valid_from="2020-01-01T00:00:00Z", valid_to=DAY, created_at=DAY)
        put(db, "temporal_edges", from_id=mira, to_id=other, relation="works_at", valid_from=DAY, confidence=0.9, created_at=DAY)

    memory.import_(theirs(fill))
    then = memory.entities.neighbours("person:Mira", kind="works_at", at=datetime(2021, 1, 1, tzinfo=UTC))
    now = memory.entities.neighbours("person:Mira", kind="works_at")
    assert ([near.record.name for near in then], [near.record.name for near in now]) == (["Acme"], ["Globex"])


def test_entities_keep_their_aliases_and_what_mentions_them(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        mira = entity(db, "Mira", aliases='["M."]', metadata='{"city": "Lisbon"}', mention_count=4)
        put(db, "memory_entities", memory_id=memorise(db, "Mira called."), entity_id=mira, confidence=0.6)

    memory.import_(theirs(fill))
    mira = memory.entities.resolve("M.")
    assert (mira.key, mira.aliases, mira.attributes, mira.created_at) == ("person:Mira", ("M.",), {"city": "Lisbon", "mentions": 4}, at(10))
    (link,) = memory.links.of(mira)
    assert (link.kind, link.weight, memory.get(link.source).text) == ("mentions", 0.6, "Mira called.")


def test_an_identity_is_an_entity_that_is_found_by_each_of_its_names(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        put(db, "identities", canonical_id="user:mira", display_name="Mira", description="The designer.", created_at=DAY, updated_at=DAY)
        put(db, "identity_aliases", canonical_id="user:mira", alias="@mira", alias_normalized="mira")
        put(db, "memory_identity_links", memory_id=memorise(db), canonical_id="user:mira", mention_text="she")

    memory.import_(theirs(lambda db: entity(db, "Mira"), fill))
    for name in ("Mira", "@mira", "user:mira"):
        assert memory.entities.resolve(name).attributes["description"] == "The designer."
    assert len(memory.links.of(memory.entities.get("person:Mira"))) == 1


def test_a_triplet_is_a_link_between_two_entities(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        entity(db, "Mira")
        for thing in ("tea", "ferries"):
            put(db, "facts", subject="Mira", predicate="likes", object=thing, confidence=0.7, source_memory_id=None, created_at=DAY)

    memory.import_(theirs(fill))
    assert sorted(near.record.key for near in memory.entities.neighbours("person:Mira", kind="likes")) == ["thing:ferries", "thing:tea"]
    assert {link.weight for link in memory.links.of(memory.entities.get("person:Mira"))} == {0.7}


# sessions, and what happened


def test_a_session_keeps_its_state_and_its_summary_is_that_of_a_conversation(memory: Any, theirs: Callable[..., Path]) -> None:
    said = {"summary": "We closed the harbour.", "ended_at": "2024-06-01T12:00:00Z", "metadata": '{"a": 1}', "agent_id": "bot"}
    memory.import_(theirs(lambda db: session(db, **said)))
    one = memory.sessions.bound("engram:s1")
    assert (one.title, one.status, one.agent, one.metadata, one.last_activity) == ("Harbour", "completed", "bot", {"a": 1}, at(12))
    (talk,) = memory.conversations.recent_summaries()
    assert (talk.summary, talk.session, talk.status, talk.closed_at) == ("We closed the harbour.", one.id, "closed", at(12))


def test_pieces_of_a_transcript_stand_in_their_session_and_what_was_used_is_linked(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        piece, used = memorise(db, "user: hello", memory_type="transcript_chunk"), memorise(db, "Be polite.")
        put(db, "session_chunks", session_id=session(db), memory_id=piece, chunk_index=0)
        put(db, "session_memories", session_id="s1", memory_id=used, added_at=DAY, relevance_score=0.5, context_role="pinned")

    memory.import_(theirs(fill))
    one = memory.sessions.bound("engram:s1")
    assert [note.text for note in memory.notes.list() if note.session == one.id] == ["user: hello"]
    (link,) = memory.links.of(one)
    assert (link.kind, link.weight, memory.get(link.target).text) == ("pinned", 0.5, "Be polite.")


def test_a_shared_memory_is_a_handoff_that_waits_until_it_is_acknowledged(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        for taker, taken in (("qa", 0), ("ops", 1)):
            put(db, "shared_memories", memory_id=memorise(db, f"For {taker}."), from_agent="dev", to_agent=taker, message="See this.",
                acknowledged=taken, acknowledged_at="2024-06-01T11:00:00Z" if taken else None, created_at=DAY)  # fmt: skip

    memory.import_(theirs(fill))
    (waiting,) = memory.handoffs.pending("qa")
    assert (waiting.from_agent, waiting.summary, memory.get(waiting.context["note"]).text) == ("dev", "See this.", "For qa.")
    assert {one.to: (one.status, one.decided_at) for one in memory.handoffs.list()} == {"qa": ("offered", None), "ops": ("accepted", at(11))}


def test_the_audit_log_is_kept(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: put(db, "audit_log", timestamp=DAY, user_id="admin", action="delete", changes='{"a": 1}')))
    (entry,) = memory.audit.list()
    assert (entry.input, entry.output, entry.sender, entry.status, entry.created_at) == ("delete", '{"a": 1}', "admin", "ok", at(10))


# whose it is


def shared_house(db: sqlite3.Connection) -> None:
    for user in ("alice", "bob"):
        id = memorise(db, f"{user} likes tea", owner_id=user)
        put(db, "memory_entities", memory_id=id, entity_id=entity(db, f"tea of {user}", "drink"))
        put(db, "crossrefs", from_id=id, to_id=memorise(db, f"{user} drinks it at noon", scope_path=f"global/org:acme/user:{user}"), created_at=DAY)
    block(db)


def test_without_a_user_each_owner_becomes_a_user_and_the_rest_is_everybodys(memory: Any, theirs: Callable[..., Path]) -> None:
    """Defect 19 of engram: the owner of a memory was never asked for when it was read."""
    report = memory.import_(theirs(shared_house))
    assert report.bad == ()
    for user in ("alice", "bob"):
        view = memory.scope(user=user)
        assert texts(view) == {f"{user} likes tea", f"{user} drinks it at noon"}
        assert [one.name for one in view.entities.list()] == [f"tea of {user}"]
        assert view.links.count() == 2
        assert view.blocks.list() == []
    assert memory.blocks.get("persona") is not None
    assert memory.verify() == []


def test_an_entity_that_two_users_mention_is_one_for_each(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        tea = entity(db, "tea", "drink")
        for user in ("alice", "bob"):
            put(db, "memory_entities", memory_id=memorise(db, f"{user} likes tea", owner_id=user), entity_id=tea)

    assert memory.import_(theirs(fill)).bad == ()
    for user in ("alice", "bob"):
        view = memory.scope(user=user)
        assert [near.record.text for near in view.entities.neighbours("drink:tea")] == [f"{user} likes tea"]


def test_what_belongs_to_nobody_goes_to_the_only_owner_of_the_file(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: memorise(db, owner_id="alice"), block, session))
    view = memory.scope(user="alice")
    assert (view.notes.count(), view.blocks.count(), view.sessions.count()) == (1, 1, 1)


def test_a_user_takes_a_file_without_owners_or_with_one_as_their_own(memory: Any, theirs: Callable[..., Path]) -> None:
    mira = memory.scope(user="mira")
    mira.import_(theirs(lambda db: memorise(db, owner_id="alice"), block))
    mira.import_(theirs(lambda db: memorise(db, "Nobody's.", created_at="2024-07-01T10:00:00Z"), name="b.db"))
    assert (mira.notes.count(), mira.blocks.count()) == (2, 1)


def test_a_user_takes_of_several_only_the_one_of_that_name(memory: Any, theirs: Callable[..., Path]) -> None:
    bob = memory.scope(user="bob")
    report = bob.import_(theirs(shared_house))
    assert texts(bob) == {"bob likes tea", "bob drinks it at noon"}
    assert len(report.bad) == 1
    assert "6 records" in report.bad[0][1]


# what cannot be read, and what has no home


def test_tables_and_columns_without_a_home_are_reported_with_their_counts(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        id = memorise(db, metadata='{"a": 1}', trigger_pattern="on deploy", procedure_success_count=3)
        put(db, "embeddings", memory_id=id, embedding=b"\x00", model="tfidf")
        put(db, "query_log", query="harbour")
        put(db, "query_log", query="ferry")
        put(db, "agents", agent_id="bot", display_name="Bot")

    told = [(where.rpartition(", ")[2], why) for where, why in memory.import_(theirs(fill)).bad]
    assert sorted({where for where, _ in told}) == ["agents", "embeddings", "memories", "query_log"]
    assert "2 rows" in dict(told)["query_log"]
    said = " ".join(why for where, why in told if where == "memories")
    assert all(name in said for name in ("metadata (1 row)", "trigger_pattern (1 row)", "procedure_success_count"))


BAD = {
    "no time": {"created_at": "yesterday"},
    "a state that is none": {"lifecycle_state": "frozen"},
    "a blob": {"content": b"\xff\x00\xfe"},
    "nothing said": {"content": " "},
    "importance that is a word": {"importance": "high"},
    "a type with a line end": {"memory_type": "a\nb"},
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD)
def test_a_bad_memory_is_reported_with_what_leads_to_it_and_the_rest_is_read(
    memory: Any, theirs: Callable[..., Path], values: dict[str, Any]
) -> None:
    def fill(db: sqlite3.Connection) -> None:
        bad = memorise(db, **{"content": "bad"} | values)
        put(db, "crossrefs", from_id=memorise(db, "good"), to_id=bad, created_at=DAY)

    report = memory.import_(theirs(fill))
    assert [where for where, _ in report.bad] == ["engram.db, memories 1", "engram.db, crossrefs 1"]
    assert texts(memory) == {"good"}
    assert memory.verify() == []


def test_text_that_is_not_utf8_is_reported(memory: Any, theirs: Callable[..., Path]) -> None:
    report = memory.import_(theirs(two, lambda db: db.execute("update memories set content = cast(x'ff41' as text) where id = 1")))
    assert (len(report.bad), report.added) == (1, {"notes": 1})


def test_a_nul_in_a_text_is_replaced(memory: Any, theirs: Callable[..., Path]) -> None:
    memory.import_(theirs(lambda db: memorise(db, "a\0b")))
    assert texts(memory) == {"a\ufffdb"}


@pytest.mark.parametrize("budget", [0, -1, "many"])
def test_a_block_with_an_impossible_budget_is_reported(memory: Any, theirs: Callable[..., Path], budget: Any) -> None:
    """Defect 1 of engram blocks: a negative budget was taken, and overflowed later."""
    report = memory.import_(theirs(lambda db: block(db, max_tokens=budget), memorise))
    assert ([where for where, _ in report.bad], report.added) == (["engram.db, memory_blocks 1"], {"notes": 1})


def test_a_file_that_is_cut_off_is_reported_and_nothing_breaks(memory: Any, theirs: Callable[..., Path]) -> None:
    path = theirs(lambda db: [memorise(db, f"memory {n} " + "x" * 2000) for n in range(100)])
    path.write_bytes(path.read_bytes()[: -40 * 4096])
    report = memory.import_(path, "engram")
    assert report.bad
    assert memory.verify() == []


def everything(db: sqlite3.Connection) -> None:
    """A row for every table that has a home."""
    edited(db)
    one, other = memorise(db, "one", tags=("a",), version=2), memorise(db, "other", summary_of_id=1)
    put(db, "memory_versions", memory_id=one, version=1, content="was", created_at="2024-06-01T09:00:00Z")
    put(db, "crossrefs", from_id=one, to_id=other, created_at=DAY)
    put(db, "memory_entities", memory_id=one, entity_id=entity(db, "Mira"))
    put(db, "identities", canonical_id="tom", display_name="Tom", created_at=DAY)
    put(db, "identity_aliases", canonical_id="tom", alias="Tommy", alias_normalized="tommy")
    put(db, "memory_identity_links", memory_id=other, canonical_id="tom")
    put(db, "facts", subject="Tom", predicate="knows", object="Mira", source_memory_id=one, created_at=DAY)
    put(db, "temporal_edges", from_id=one, to_id=other, relation="blocks", valid_from=DAY, created_at=DAY)
    put(db, "session_memories", session_id=session(db, summary="Done."), memory_id=one, added_at=DAY)
    put(db, "session_chunks", session_id="s1", memory_id=other)
    put(db, "shared_memories", memory_id=one, from_agent="a", to_agent="b", created_at=DAY)
    put(db, "search_feedback", query="x", memory_id=one, signal="useful", created_at=DAY)
    put(db, "reflections", content="So it is.", source_ids="[1]", created_at=DAY)
    put(db, "consolidated_memories", summary="Both.", source_ids="[1, 2]", created_at=DAY)
    put(db, "audit_log", timestamp=DAY, action="create", memory_id=one)


def test_every_kind_that_a_file_can_hold_comes_in_and_the_memory_is_sound(memory: Any, theirs: Callable[..., Path]) -> None:
    report = memory.import_(theirs(everything))
    assert report.bad == ()
    assert report.added == {
        "sessions": 1, "conversations": 1, "blocks": 1, "notes": 4, "signals": 1, "entities": 2, "links": 10, "handoffs": 1, "audit": 1,
    }  # fmt: skip
    assert memory.verify() == []


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_to_the_file_raises(theirs: Callable[..., Path], tmp_path: Path, seed: int) -> None:
    whole, path, chance = theirs(everything).read_bytes(), tmp_path / "torn.db", Random(seed)
    for changes in (1, 3, 20, 200) * 8:
        torn = bytearray(whole)
        for _ in range(changes):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        path.write_bytes(torn[: chance.choice([len(torn), len(torn), chance.randrange(len(torn))])])
        engram.recognises(path, bytes(torn[:100]))
        assert all(isinstance(found, Line | BadRecord) for found in engram.read(path))


def test_a_file_of_another_version_is_read_as_far_as_it_is_known(memory: Any, theirs: Callable[..., Path]) -> None:
    def fill(db: sqlite3.Connection) -> None:
        everything(db)
        db.execute("drop table audit_log")
        db.execute("create table audit_log (id integer primary key, mood text)")
        db.execute("insert into audit_log (mood) values ('fine')")

    report = memory.import_(theirs(fill))
    assert report.added["notes"] >= 2
    assert [where.rpartition(", ")[2].split()[0] for where, _ in report.bad] == ["audit_log", "audit_log"]
    assert memory.verify() == []
