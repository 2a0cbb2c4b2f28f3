"""The raw side of the comparisons on a server writes what recollect writes."""

import re
from typing import Any

import psycopg
import pytest
from benchmarks.raw import server as raw

from benchmarks import postgres, speed, tables
from recollect import Memory
from servers import DATABASES

TEXTS = ("The green kayak is green", "Two kayaks for two", "Where is the kayak?")


def _documents(url: str) -> list[Any]:
    with psycopg.connect(url) as db:
        return db.execute(
            """select owner, tenant, kind, part, agent, project, thread is not null, place, role, speaker, length, tokens::text, repeated
            from documents order by number"""
        ).fetchall()


def _words(url: str) -> list[list[str]]:
    """The words of each document, as often as they occur, without their owner."""
    with psycopg.connect(url) as db:
        found = db.execute("select tsvector_to_array(tokens), repeated from documents order by number").fetchall()
    return [[word.removeprefix("1_") for word in words for _ in range((times or {}).get(word, 1))] for words, times in found]


def test_the_raw_side_writes_what_we_write() -> None:
    ours, theirs = DATABASES.made(tables=False), DATABASES.made(tables=False)
    with Memory(ours) as memory:
        for text in TEXTS:
            memory.scope(user=raw.USER).messages.add("user", text)
    side = raw.Raw(theirs)
    for text, words in zip(TEXTS, _words(ours), strict=True):
        side.add(raw.cut(text, words))
    side.close()
    written, by_hand = raw.counted(ours), raw.counted(theirs)
    # The raw side's conversation is made before, without an entry in the log.
    assert written == {**by_hand, "changes": by_hand["changes"] + 1}
    assert [row[7:] for row in _documents(ours)] == [row[7:] for row in _documents(theirs)]
    assert _documents(ours) == _documents(theirs)
    postgres.checked(ours, messages=3, changes=4)
    with pytest.raises(speed.Wrong, match="2 messages were written"):
        postgres.checked(theirs, messages=2, changes=2)


def test_the_raw_side_sends_what_we_send() -> None:
    sent: list[str] = []
    with Memory(DATABASES.made(tables=False)) as memory:
        scope = memory.scope(user=raw.USER)
        scope.messages.add("user", TEXTS[0])
        memory._opened.watching(sent.append)
        scope.messages.add("user", TEXTS[1])
    assert [_plain(one) for one in sent] == [_plain(one) for one in raw.STATEMENTS]


def _plain(statement: str) -> str:
    """Without what marks are called, and how lines are broken."""
    return re.sub(r"\s+", "", re.sub(r"%\(\w+\)s", "%s", statement))


def test_what_was_loaded_is_found() -> None:
    """The rows that are made for the big tables are such as recollect writes."""
    url = DATABASES.made(tables=False)
    tables.filled(url, 1000)
    with Memory(url) as memory:
        mine = tables.said(0)
        assert mine[3] in [hit.text for hit in memory.scope(**tables.asker(0)).recall(mine[3], limit=5)]
        assert memory.scope(tenant=tables.asker(0)["tenant"]).messages.count() == 1000


def test_a_statement_as_the_server_explains_it() -> None:
    assert postgres.numbered("select %(a)s, %(b)s, %(a)s, '%%'") == "select $1, $2, $1, '%'"
    assert postgres.numbered("select %s, %s::text[]") == "select $1, $2::text[]"
