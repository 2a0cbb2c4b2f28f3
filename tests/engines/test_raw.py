"""Raw queries: every view can be read, and nothing but the views."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from faces import SERVED, opened
from recollect import Busy, Denied, Invalid
from recollect.engines import raw
from recollect.kinds import KINDS
from servers import DATABASES, with_roles

ON_BOTH = True
UNSEEN = ("deleted_at", "token")  # who reads reports may not complete others' tasks
RENAMED = {"user": "user_id", "where": "location", "to": "to_agent"}


@pytest.fixture
def memory(fresh: Any, face: str, tmp_path: Path) -> Any:
    made = fresh("memory.db")
    if face in SERVED:
        with_roles(DATABASES.url(str(tmp_path / "memory.db")))
    return made


def test_every_kind_has_a_view_with_its_fields(memory: Any) -> None:
    for kind, room in KINDS.items():
        names = [RENAMED.get(column.name, column.name) for column in room.table.columns if column.name not in UNSEEN]
        assert memory.sql(f"select {', '.join(names)} from recollect_{kind}") == []


def test_a_row_is_a_mapping_with_readable_ids_and_times(memory: Any, alice: Any, clock: Any) -> None:
    clock.set(datetime(2025, 3, 1, 12, 30, 15, 7, tzinfo=UTC))
    message = alice.messages.add("user", "Hello")
    (row,) = memory.sql("select id, conversation, user_id, created_at, content from recollect_messages")
    assert row == {
        "id": message.id, "conversation": message.conversation, "user_id": "alice", "created_at": "2025-03-01T12:30:15.000007Z", "content": "Hello",
    }  # fmt: skip


def test_an_unknown_column_is_an_error_in_quotes_too(memory: Any, alice: Any) -> None:
    alice.facts.set("city", "Porto")
    with pytest.raises(Invalid, match="kye"):
        memory.sql('select "kye" from recollect_facts')
    assert memory.sql('select "key" from recollect_facts') == [{"key": "city"}]


def test_a_time_before_1970_is_readable_too(memory: Any, alice: Any) -> None:
    alice.messages.add("user", "A war is over", at=datetime(1945, 5, 8, 23, 1, 0, 999_999, tzinfo=UTC))
    assert memory.sql("select created_at from recollect_messages") == [{"created_at": "1945-05-08T23:01:00.999999Z"}]


def test_parameters_are_passed_by_name(memory: Any, alice: Any) -> None:
    for text in ("one", "100 %", "it's: :name"):
        alice.notes.add(text)
    assert memory.sql("select text from recollect_notes where text = :wanted", wanted="it's: :name") == [{"text": "it's: :name"}]
    assert memory.sql("select text from recollect_notes where text like '% \\%' escape '\\'") == [{"text": "100 %"}]


def test_what_is_deleted_is_in_no_view(memory: Any, alice: Any) -> None:
    note = alice.notes.add("secret")
    alice.notes.delete(note.id)
    assert memory.sql("select * from recollect_notes") == []


def test_an_active_session_has_its_true_cost(memory: Any, alice: Any) -> None:
    """Defect 5 of sessions-db: a join multiplied the cost by the number of messages."""
    session = alice.sessions.start("Work")
    inside = alice.scope(session=session.id)
    for number in range(5):
        inside.messages.add("user", f"Message {number}", tokens=10)
    inside.usage.record("gpt-4o", 1_000_000, cost=1.0)
    inside.usage.record("nobody-knows", 5)
    (row,) = memory.sql("select id, messages, tokens, cost, unpriced from recollect_active_sessions")
    assert row == {"id": session.id, "messages": 5, "tokens": 50, "cost": 1.0, "unpriced": 1}


def test_recent_activity_shows_calls_with_tokens_and_seconds(memory: Any, alice: Any, clock: Any) -> None:
    call = alice.interactions.start("coder", "fix it")
    clock.advance(timedelta(seconds=90))
    alice.interactions.finish(call.id, "fixed", input=7, output=3)
    (row,) = memory.sql("select name, status, tokens, seconds from recollect_recent_activity")
    assert row == {"name": "coder", "status": "completed", "tokens": 10, "seconds": 90.0}


def test_the_change_log_can_be_counted(memory: Any, alice: Any) -> None:
    alice.notes.add("one")
    assert memory.sql("select kind, action, count(*) as times from recollect_changes group by kind, action") == [
        {"kind": "notes", "action": "add", "times": 1}
    ]


REFUSED = [
    "select * from messages", "select rowid from notes", "select * from (select * from documents)", "select * from words",
    "delete from messages", "delete from recollect_notes", "update recollect_notes set text = ''", "insert into recollect_notes (text) values ('x')",
    "create table more (x integer)", "drop table notes", "select * from sqlite_master", "pragma table_info(notes)",
    "attach 'x.db' as x", "vacuum into 'x.db'",
    "with recollect_x as (select * from notes) select * from recollect_x",
    "with recollect_notes as (select * from notes) select * from recollect_notes",
    'with "recollect_notes" /* as */ as materialized (select * from messages) select * from "recollect_notes"',
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
def test_nothing_but_the_views_can_be_read_and_nothing_written(memory: Any, alice: Any, sql: str) -> None:
    note = alice.notes.add("stays")
    with pytest.raises((Denied, Invalid)):
        memory.sql(sql)
    assert alice.notes.list() == [note]


@pytest.mark.parametrize("sql", ["", "  ", "select nothing from recollect_notes", "select :missing", "select 1; select 2", "\0", "select '"])
def test_a_query_that_cannot_be_run_is_a_sentence(memory: Any, sql: str) -> None:
    with pytest.raises(Invalid):
        memory.sql(sql)


@pytest.mark.promise("isolation")
def test_a_scope_has_no_raw_queries(alice: Any) -> None:
    with pytest.raises(Denied, match="unscoped"):
        alice.sql("select 1")


def test_a_raw_query_does_not_run_inside_an_atomic_block(memory: Any) -> None:
    with memory.atomic() as tx, pytest.raises(Invalid):
        tx.sql("select 1")


def test_writing_goes_on_after_a_refused_query(memory: Any, alice: Any) -> None:
    with pytest.raises((Denied, Invalid)):
        memory.sql("delete from notes")
    assert alice.notes.add("still here").text == "still here"
    assert memory.verify() == []


@pytest.mark.file
def test_a_query_without_an_end_is_stopped(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "SECONDS", 0.1)
    with pytest.raises(Busy, match="longer"):
        memory.sql("with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) from n")


@pytest.mark.file
def test_a_memory_without_a_file_can_be_asked_and_written_again(face: str) -> None:
    with opened(face, ":memory:") as memory:
        memory.notes.add("one")
        assert memory.sql("select count(*) as n from recollect_notes") == [{"n": 1}]
        memory.notes.add("two")
        assert memory.sql("select count(*) as n from recollect_notes") == [{"n": 2}]
