"""Big tables on a server, made there by a few statements: messages of many owners, with everything that recall looks at.

Every owner has 100 messages in conversations of ten, every tenant ten owners; the rows of all owners alternate, as time went. What an owner
said is the same in a table of any size.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg

from benchmarks import corpus

EACH, TENANT, TALK = 100, 10, 10  # messages of an owner, owners of a tenant, messages of a conversation
POOL = 10_000  # different texts; an owner has a hundred of them, and the next owner others
BEGAN = datetime(2025, 1, 1, 8, tzinfo=UTC)
_BEGAN = int(BEGAN.timestamp() * 1_000_000)
_STEP = 6 * 3600 * 1_000_000  # from a message of an owner to its next


def asker(owner: int) -> dict[str, str]:
    """The scope of an owner."""
    return {"tenant": f"tenant-{owner // TENANT}", "user": f"user-{owner % TENANT}"}


def said(owner: int) -> list[str]:
    """What an owner said, the first first."""
    return [corpus.mixed(POOL)[_text(owner, place)] for place in range(EACH)]


def _text(owner: int, place: int) -> int:
    return (owner * 31 + place * 97) % POOL


_ROWS = f"""(select n, n %% %(owners)s as owner, n / %(owners)s as place, {_BEGAN} + (n / %(owners)s)::bigint * {_STEP} + n %% %(owners)s as at,
    decode(lpad(to_hex(n), 16, '0') || substr(md5(n::text), 1, 16), 'hex') as id,
    (n %% %(owners)s * 31 + n / %(owners)s * 97) %% {POOL} as text,
    decode(lpad(to_hex(n %% %(owners)s * {EACH // TALK} + n / %(owners)s / {TALK}), 32, '0'), 'hex') as talk
    from generate_series(0, %(rows)s - 1) n)"""

_CONVERSATIONS = f"""insert into conversations
    (id, tenant, "user", agent, project, channel, session, created_at, updated_at, status, last_activity)
    select r.talk, o.tenant, o."user", '', '', '', '', min(r.at), max(r.at), 'active', max(r.at)
    from {_ROWS} r join names o on o.number = r.owner + 1 group by 1, 2, 3 order by 1"""
_MESSAGES = f"""insert into messages
    (id, tenant, "user", agent, project, channel, session, created_at, updated_at, conversation, role, content, tokens, importance, metadata)
    select r.id, o.tenant, o."user", '', '', '', '', r.at, r.at, r.talk, 'user', t.content, t.length, 0.5, '{{}}'
    from {_ROWS} r join names o on o.number = r.owner + 1 join texts t on t.number = r.text"""
_CHANGES = f"""insert into changes
    (tenant, position, operation, at, kind, action, "user", agent, project, channel, session, record, actor, content, salt, digest, hash)
    select o.tenant, r.n + 1, r.id, r.at, 'messages', 'add', o."user", '', '', '', '', r.id, o."user", r.id, r.id, r.id || r.id, r.id || r.id
    from {_ROWS} r join names o on o.number = r.owner + 1 where r.n %% 10 = 0"""
_VERSIONS = f"""insert into versions (tenant, "user", kind, record, version, began_at, ended_at, body)
    select o.tenant, o."user", 'facts', r.id, 1, r.at, r.at + 1, '{{}}'
    from {_ROWS} r join names o on o.number = r.owner + 1 where r.n %% 10 = 0"""
_DOCUMENTS = f"""insert into documents
    (owner, tenant, kind, record, part, agent, project, thread, place, role, speaker, at, length, questions, timed, importance, tokens, repeated)
    select o.number, o.tenant, 'messages', r.id, 0, '', '', r.talk, r.place %% {TALK}, 'user', '', r.at, t.length, 0, 0, 0.5,
        array_to_tsvector(string_to_array(replace(t.words, '~', o.mark), ' ')), replace(t.repeated, '~', o.mark)::jsonb
    from {_ROWS} r join names o on o.number = r.owner + 1 join texts t on t.number = r.text"""
_OWNERS = f"""insert into owners (number, tenant, "user", language, documents, words, near, stamp, shrank)
    select o.number, o.tenant, o."user", 'en', count(*), sum(t.length), sum(least(t.length, 20)), 0, 0
    from {_ROWS} r join names o on o.number = r.owner + 1 join texts t on t.number = r.text group by 1, 2, 3 order by 1"""


@cache
def _texts() -> list[tuple[int, str, str, str | None, int]]:
    """The texts with their words behind `~`, which stands for the owner."""
    from recollect.core.text import analyser

    found = []
    for number, text in enumerate(corpus.mixed(POOL)):
        words = [f"~{word}" for word in analyser("en").words(text)]
        times = Counter(words)
        repeated = {word: count for word, count in times.items() if count > 1}
        found.append((number, text, " ".join(times), json.dumps(repeated) if repeated else None, len(words)))
    return found


def filled(url: str, rows: int) -> None:
    """Make so many messages in an empty database; their indexes are built afterwards, and the server looks at all of it as it would by itself."""
    from recollect import Memory

    Memory(url).close()
    with psycopg.connect(url, autocommit=True) as db:
        later = _unindexed(db)
    both = [(_MESSAGES,), (_OWNERS, _DOCUMENTS, _CONVERSATIONS, _CHANGES, _VERSIONS)]
    _together([lambda some=some: _made(url, rows, some) for some in both])
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("set maintenance_work_mem = '1GB'")
        for statement in later:
            db.execute(statement)
        for table in ("owners", "documents", "versions", "changes", "conversations", "messages"):
            db.execute(f"vacuum (analyze) {table}")
        db.execute("checkpoint")


def _made(url: str, rows: int, statements: Sequence[str]) -> None:
    from recollect.engines.index import prefix

    owners = rows // EACH
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as db:
        db.execute("create temporary table texts (number integer, content text, words text, repeated text, length integer)")
        db.execute('create temporary table names (number bigint, tenant text, "user" text, mark text)')
        _copied(db, "texts", _texts())
        _copied(db, "names", ((owner + 1, *asker(owner).values(), prefix(owner + 1)) for owner in range(owners)))
        db.execute("analyze texts")
        db.execute("analyze names")
        db.execute("set work_mem = '256MB'")
        for statement in statements:
            db.execute(statement, {"rows": rows, "owners": owners})
        if _OWNERS in statements:
            db.execute(f"alter table owners alter column number restart with {owners + 1}")


def _copied(db: psycopg.Connection[Any], table: str, rows: Any) -> None:
    with db.cursor().copy(f"copy {table} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _unindexed(db: psycopg.Connection[Any]) -> list[str]:
    """Take away the indexes and references that cost time while rows are loaded; how to make them again."""
    indexes = db.execute(
        """select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
        where c.relnamespace = current_schema()::regnamespace and not exists (select from pg_constraint where conindid = i.indexrelid)"""
    ).fetchall()
    references = db.execute("select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f'").fetchall()
    for table, name, _ in references:
        db.execute(f"alter table {table} drop constraint {name}")
    for name, _ in indexes:
        db.execute(f"drop index {name}")
    return [made for _, made in indexes] + [f"alter table {table} add constraint {name} {made}" for table, name, made in references]


def _together(works: Sequence[Callable[[], None]]) -> None:
    failed: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
