"""What one `messages.add` of recollect runs, statement by statement, by hand in plain apsw: for the comparison of many writers at once.

The tables are those of the schema file, read as text; nothing of recollect is imported. Words are cut and prefixed before the clock starts,
hashes are of fixed bytes: only the statements are compared, with a connection for each thread.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import apsw

from .messages import connect

MIGRATIONS = Path(__file__).parents[2] / "src/recollect/schema/migrations"

GOING = """select id from conversations where tenant = '' and "user" = 'user' and status = 'active' and last_activity > ?
    and created_at < ? and project = '' and channel = '' and session = '' and deleted_at is null order by last_activity desc, seq desc limit 1"""
MESSAGE = """insert into messages
    (id, tenant, "user", agent, project, channel, session, created_at, updated_at, conversation, role, content, tokens, importance, metadata)
    values (?, '', 'user', '', '', '', '', ?, ?, ?, 'user', ?, ?, 0.5, '{}')"""
TOUCH = "update conversations set last_activity = ? where tenant = '' and \"user\" = 'user' and id = ? and last_activity < ?"
DOCUMENT = """insert into documents
    (owner, tenant, kind, record, part, agent, project, thread, place, role, speaker, at, length, questions, timed, importance)
    values (1, '', 'messages', ?, 0, '', '', ?, ?, 'user', '', ?, ?, 0.0, 0, 0.5)"""
PLACE = "select max(place) from documents where owner = 1 and thread = ?"
WORDS = "insert into words (rowid, tokens) values (?, ?)"
OWNER = (
    "update owners set documents = documents + 1, words = words + ?, near = near + 20, stamp = stamp + ?, shrank = max(shrank, 0) where number = 1"
)
HEAD = "select position, hash from chains where tenant = ''"
CHANGE = """insert into changes
    (tenant, position, operation, at, kind, action, "user", agent, project, channel, session, record, actor, content, salt, digest, hash)
    values ('', ?, ?, ?, 'messages', 'add', 'user', '', '', '', '', ?, 'user', ?, ?, ?, ?)"""
CHAIN = """insert into chains (tenant, position, hash, anchor_position, anchor_hash) values ('', ?, ?, 0, ?)
    on conflict (tenant) do update set position = excluded.position, hash = excluded.hash"""


def _made(path: str) -> None:
    db = connect(path)
    for step in sorted(MIGRATIONS.glob("*.sqlite.sql")):
        db.execute(step.read_text(encoding="utf-8"))
    now = time.time_ns() // 1000
    db.execute("insert into owners (tenant, \"user\", language, documents, words, near, stamp, shrank) values ('', 'user', 'en', 0, 0, 0, 0, 0)")
    db.execute(
        """insert into conversations (id, tenant, "user", agent, project, channel, session, created_at, updated_at, status, last_activity)
        values (?, '', 'user', '', '', '', '', ?, ?, 'active', ?)""",
        (uuid.uuid4().bytes, now, now, now),
    )
    db.close()


def _add(db: apsw.Connection, content: str, words: str, length: int) -> None:
    db.execute("begin immediate")
    try:
        id, now, fixed = uuid.uuid4().bytes, time.time_ns() // 1000, bytes(32)
        ((talk,),) = db.execute(GOING, (now - 7_200_000_000, now + 7_200_000_000)).fetchall()
        db.execute(MESSAGE, (id, now, now, talk, content, length))
        db.execute(TOUCH, (now, talk, now))
        ((last,),) = db.execute(PLACE, (talk,)).fetchall()
        db.execute(DOCUMENT, (id, talk, 0 if last is None else int(last) + 1, now, length))
        db.execute(WORDS, (db.last_insert_rowid(), words))
        db.execute(OWNER, (length, 1))
        head = db.execute(HEAD).fetchall()
        position = int(head[0][0]) + 1 if head else 1
        db.execute(CHANGE, (position, id, now, id, id, id, fixed, fixed))
        db.execute(CHAIN, (position, fixed, fixed))
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise


def adding_threads(path: str, threads: int, seconds: float, texts: Sequence[str]) -> tuple[list[float], float, int]:
    """So many threads, each with its own connection, adding for so long: the latencies in seconds, how long it took, and how many gave up."""
    _made(path)
    cut = [(text, " ".join(f"1_{word}" for word in text.lower().split()), len(text.split())) for text in texts]
    start = threading.Barrier(threads + 1)
    latencies: list[list[float]] = [[] for _ in range(threads)]
    failures = [0] * threads
    end = [0.0]

    def work(number: int) -> None:
        db = connect(path)
        start.wait()
        place = number
        while (before := time.perf_counter()) < end[0]:
            try:
                _add(db, *cut[place % len(cut)])
            except apsw.BusyError:
                failures[number] += 1
            else:
                latencies[number].append(time.perf_counter() - before)
            place += threads
        db.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    began = time.perf_counter()
    end[0] = began + seconds
    start.wait()
    for worker in workers:
        worker.join()
    return [one for some in latencies for one in some], time.perf_counter() - began, sum(failures)
