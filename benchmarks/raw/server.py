"""What one `messages.add` of recollect runs on PostgreSQL, statement by statement, by hand in plain psycopg.

The tables are those of the schema file, read as text; nothing of recollect is imported. Words are cut and prefixed before the clock starts,
hashes are of fixed bytes: only the statements are compared. Each is sent by itself, planned once and then only named (`prepare=True`).
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

MIGRATIONS = Path(__file__).parents[2] / "src/recollect/schema/migrations"
TENANT, USER = "", "user"

SETTINGS = """select set_config('enable_seqscan', 'off', true), set_config('recollect.tenant', %s, true), set_config('recollect.user', %s, true),
    set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"""
LOCKS = "select pg_advisory_xact_lock_shared(%s), pg_advisory_xact_lock(%s)"
GOING = """select id from conversations where tenant = %s and "user" = %s and status = 'active' and last_activity > %s
    and created_at < %s and project = %s and channel = %s and session = %s and deleted_at is null order by last_activity desc, seq desc limit 1"""
MESSAGE = """insert into messages
    (id, tenant, "user", agent, project, channel, session, created_at, updated_at, deleted_at, conversation, role, content, parts, name,
     tool_calls, tool_call_id, tokens, importance, metadata, external_id, compressed_at)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
TOUCH = 'update conversations set last_activity = %s where tenant = %s and "user" = %s and id = %s and last_activity < %s'
OWNER = """insert into owners (tenant, "user", language, documents, words, near, stamp, shrank) values (%s, %s, %s, 0, 0, 0, %s, %s)
    on conflict (tenant, "user") do update set documents = owners.documents
    returning number, language, stamp, (select coalesce(array_agg(number), '{}') from spaces)"""
PLACE = "select thread, max(place) from documents where tenant = %s and owner = %s and thread = any(%s) group by thread"
DOCUMENT = """insert into documents
    (owner, tenant, kind, record, part, agent, project, thread, place, role, speaker, at, length, questions, timed, importance, tokens,
     repeated)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, array_to_tsvector(string_to_array(%s, ' ')), %s::jsonb)"""
COUNT = """update owners set documents = documents + %s, words = words + %s, near = near + %s, stamp = %s, shrank = greatest(shrank, %s)
    where tenant = %s and "user" = %s"""
CHANGE = """insert into changes
    (tenant, operation, at, kind, action, "user", agent, project, channel, session, record, actor, content, salt, digest)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
NEAR = 20

STATEMENTS = (GOING, MESSAGE, TOUCH, OWNER, PLACE, DOCUMENT, COUNT, CHANGE, "commit")
"""In their order; before them come `begin`, the settings and the locks."""


class Cut(NamedTuple):
    """A text and its words behind the number of the only owner there is, which is 1."""

    content: str
    words: str
    repeated: str | None
    length: int


def cut(content: str, words: Iterable[str] | None = None) -> Cut:
    said = [f"1_{word}" for word in (content.lower().split() if words is None else words)]
    times = Counter(said)
    repeated = {word: count for word, count in times.items() if count > 1}
    return Cut(content, " ".join(times), json.dumps(repeated) if repeated else None, len(said))


def number(*names: str) -> int:
    """Of an advisory lock."""
    return int.from_bytes(hashlib.sha256("\x1f".join(names).encode()).digest()[:8], "big", signed=True)


class Raw:
    """One database with the tables, one owner with one conversation, and a connection."""

    def __init__(self, url: str) -> None:
        self.db: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self.locks = (number("tenant", TENANT), number("user", TENANT, USER))
        now = time.time_ns() // 1000
        for step in sorted(MIGRATIONS.glob("*.postgres.sql")):
            self.db.execute(step.read_text(encoding="utf-8"))
        self.db.execute(
            "insert into owners (tenant, \"user\", language, documents, words, near, stamp, shrank) values (%s, %s, 'en', 0, 0, 0, 0, 0)",
            (TENANT, USER),
        )
        self.db.execute(
            """insert into conversations (id, tenant, "user", agent, project, channel, session, created_at, updated_at, status, last_activity)
            values (%s, %s, %s, '', '', '', '', %s, %s, 'active', %s)""",
            (uuid.uuid4().bytes, TENANT, USER, now, now, now),
        )

    def add(self, given: Cut) -> None:
        """One message, on the disk when this returns."""
        with self.db.cursor(binary=True) as cursor:

            def run(sql: str, *values: Any) -> None:
                cursor.execute(sql, values, prepare=True)

            run("begin isolation level read committed")
            try:
                _statements(run, cursor, self.locks, given)
                run("commit")
            except BaseException:
                run("rollback")
                raise

    def close(self) -> None:
        self.db.close()


def _statements(run: Any, cursor: psycopg.Cursor[Any], locks: tuple[int, int], given: Cut) -> None:
    id, now, fixed = uuid.uuid4().bytes, time.time_ns() // 1000, bytes(32)
    run(SETTINGS, TENANT, USER, "30000", "30000")
    run(LOCKS, *locks)
    run(GOING, TENANT, USER, now - 7_200_000_000, now + 7_200_000_000, "", "", "")
    ((talk,),) = cursor.fetchall()
    run(
        MESSAGE, id, TENANT, USER, "", "", "", "", now, now, None, talk, "user", given.content, None, None, None, None, given.length, 0.5, "{}",
        None, None,
    )  # fmt: skip
    run(TOUCH, now, TENANT, USER, talk, now)
    run(OWNER, TENANT, USER, "en", 1, 1)
    ((owner, *_),) = cursor.fetchall()
    run(PLACE, TENANT, owner, [talk])
    last = cursor.fetchall()
    place = last[0][1] + 1 if last else 0
    run(
        DOCUMENT, owner, TENANT, "messages", id, 0, "", "", talk, place, "user", "", now, given.length, 0.0, 0, 0.5, given.words,
        given.repeated,
    )  # fmt: skip
    run(COUNT, 1, given.length, min(given.length, NEAR), 2, 0, TENANT, USER)
    run(CHANGE, TENANT, id, now, "messages", "add", USER, "", "", "", "", id, USER, fixed[:16], fixed[:16], fixed)


def counted(url: str) -> dict[str, int]:
    """How many rows each table has in which an add writes."""
    tables = ("messages", "documents", "owners", "conversations", "changes")
    with psycopg.connect(url) as db:
        return {table: db.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables}
