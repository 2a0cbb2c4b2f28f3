"""Files of many messages, made by the library's own verbs: of one user who owns all, or of many who took turns."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from benchmarks.scale import texts

CALL = 10_000  # messages that are written together
SHARES = 10  # a user's messages come in so many pieces, between those of the others
ROLES = ("user", "assistant")
BEGAN = datetime(2023, 1, 1, 8, tzinfo=UTC)
STEP = timedelta(minutes=8)  # from a conversation to the next


def name(source: texts.Source, size: int, users: int) -> str:
    """What a file of these messages is called: it is made again only if it is not there."""
    return f"{source.name}-{size}-of-{users}.db"


def pieces(size: int, users: int) -> Iterator[tuple[int, int, int]]:
    """(user, first conversation, conversations) in the order in which they are written; every user has the same number of messages."""
    talks = -(-(size // users) // texts.TALK)
    share = -(-talks // SHARES)
    for first in range(0, talks, share):
        for user in range(users):
            yield user, first, min(share, talks - first)


def made(file: Path, source: texts.Source, size: int, users: int) -> None:
    """Make the file: messages by the library, their vectors at the end by `vectors`; it gets its name when it is complete."""
    from recollect import Memory

    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    each = size // users
    with Memory(unfinished, embedder="none", durability="normal") as memory:
        waiting: list[tuple[int, list[dict[str, Any]]]] = []
        many = written = 0
        for user, first, count in pieces(size, users):
            for number in range(first, first + count):
                at = BEGAN + STEP * (written := written + 1)
                said = source.talk(user, number)[: each - number * texts.TALK]
                waiting.append((user, [{"role": ROLES[place % 2], "content": text, "at": at} for place, text in enumerate(said)]))
                many += len(said)
                if many >= CALL:
                    _put(memory, waiting)
                    waiting, many = [], 0
        _put(memory, waiting)
    vectors(unfinished)
    unfinished.rename(file)


def vectors(file: Path) -> None:
    """The vectors of all that a file says, written as the library would write them, but thousands at a time."""
    from recollect import Memory
    from recollect.core.dialect import SQLITE
    from recollect.core.documents import pieces
    from recollect.embedders import embedding

    local = embedding("local")
    if local is None:
        raise ValueError("there is no local embedder")
    Memory(file, embedder="local").close()  # all that is there waits for vectors now
    db = apsw.Connection(str(file))
    try:
        db.set_busy_timeout(60_000)
        db.execute("pragma synchronous = normal")
        while rows := list[Any](db.execute(_WAITING, (CALL,))):
            made = local.documents([pieces(content)[part] for *_, content, part in rows])
            with db:
                db.executemany(
                    SQLITE.put_vector,
                    [dict(zip(_WHOSE, row, strict=False), vector=vector) for row, vector in zip(rows, made, strict=True)],
                )
                db.executemany("delete from pending where space = ? and document = ?", [(row[1], row[0]) for row in rows])
        db.execute("update spaces set ready = 1")
    finally:
        db.close()


_WHOSE = ("document", "space", "owner", "tenant", "stamp")  # what stands first in a row of:
_WAITING = """select p.document, p.space, p.owner, p.tenant, o.stamp, m.content, d.part from pending p
    cross join documents d on d.number = p.document cross join owners o on o.number = p.owner
    cross join messages m on m.tenant = p.tenant and m.id = d.record order by p.space, p.document limit ?"""


def counted(file: Path) -> tuple[int, int, int]:
    """How many messages, index entries and vectors a file has."""
    db = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found: list[Any] = db.execute(
            "select (select count(*) from messages), (select count(*) from documents where kind = 'messages'), (select count(*) from vectors)"
        ).fetchall()
    finally:
        db.close()
    return tuple(found[0])


def _put(memory: Any, waiting: list[tuple[int, list[dict[str, Any]]]]) -> None:
    """One transaction, and one call for what follows of a user."""
    with memory.atomic() as tx:
        together: list[tuple[int, list[dict[str, Any]]]] = []
        for user, said in waiting:
            conversation = tx.scope(user=asker(user)).conversations.start(at=said[0]["at"])
            if not together or together[-1][0] != user:
                together.append((user, []))
            together[-1][1].extend(one | {"conversation": conversation} for one in said)
        for user, messages in together:
            tx.scope(user=asker(user)).messages.add_many(messages)


def asker(user: int) -> str:
    return f"user-{user}"


def questions(source: texts.Source, users: range, each: int, count: int, seed: int = 5) -> list[tuple[str, str]]:
    """(user, question) about messages of the users in turn; each of them has `each` messages."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        user, place = users[number % len(users)], rng.randrange(each)
        text = source.talk(user, place // texts.TALK)[place % texts.TALK]
        found.append((asker(user), texts.question(text, number)))
    return found
