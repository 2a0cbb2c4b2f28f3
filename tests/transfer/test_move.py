"""Moving a memory to another database: everything arrives as it was, a killed move goes on, and a difference is reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_own import lived

from faces import written
from recollect import Conflict, Corrupt, Denied, Invalid, Memory, NotFound
from recollect.cli.main import cli
from recollect.engines.analyst import Analyst
from recollect.transfer import move as moving
from recollect.transfer.move import move
from servers import DATABASES

QUESTIONS = ["Where did I move? Lisbon", "the flat", "wo ist die Wohnung", "three", "Really 愛", "boat 17", "what did we say about boats last week?"]


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    yield
    DATABASES.release()


@pytest.fixture
def source(tmp_path: Path, clock: Any) -> Path:
    """Two tenants and several users, whose writes take turns, and a conversation of some length."""
    path = tmp_path / "agent.db"
    with Memory(path, clock=clock) as memory:
        for tenant, user in (("", "alice"), ("acme", "alice"), ("", "bob"), ("acme", "b'o%b_")):
            parts = {name: value for name, value in (("tenant", tenant), ("user", user)) if value}
            lived(memory.scope(**parts), clock)
        talk = memory.scope(user="alice").conversations.start("Boats")
        for number in range(30):
            clock.advance(timedelta(minutes=7))
            said = {"content": f"Boat {number} sails from Porto on Monday", "role": "user", "conversation": talk.id}
            memory.scope(user="alice").messages.add_many([said, {**said, "role": "assistant", "content": f"Boat {number} is noted."}])
        memory.aliases.add("phone", "alice")
        memory.aliases.add("phone", "bob")
        memory.scope(user="bob").erase(id=memory.scope(user="bob").remember("A secret").id)
    return path


def exported(where: str | Path, path: Path, clock: Any, **scope: str) -> bytes:
    with Memory(where, clock=clock) as memory:
        assert memory.verify() == []
        (memory.scope(**scope) if scope else memory).export(path)
    return path.read_bytes()


def answers(where: Path | str, clock: Any) -> tuple[list[Any], list[float]]:
    """Whom each question finds, and how well."""
    with Memory(where, clock=clock) as memory:
        views = [memory.scope(user="alice"), memory.scope(tenant="acme", user="alice"), memory]
        hits = [hit for view in views for asked in QUESTIONS for hit in view.recall(asked)]
    return [(hit.record, hit.text) for hit in hits], [hit.score for hit in hits]


def kept(path: Path) -> dict[str, list[str]]:
    """The rows of the tables that an export leaves out or tells in its own way, without the numbers that a database gives them."""
    found = written(path)
    return {table: sorted(repr(row if table == "chains" else row[1:]) for row in found[table]) for table in ("versions", "changes", "chains")}


def moved(source: str | Path, target: str | Path, clock: Any, tenant: str | None = None, **more: Any) -> Any:
    with Memory(source, clock=clock, read_only=isinstance(source, Path)) as old, Memory(target, clock=clock) as new:
        return move(old, new, tenant, **more)


def test_there_and_back_everything_is_the_same(source: Path, tmp_path: Path, clock: Any) -> None:
    first = exported(source, tmp_path / "first.jsonl", clock)
    server, back = DATABASES.url("there"), tmp_path / "back.db"
    seen: list[tuple[int, int]] = []
    report = moved(source, server, clock, progress=lambda done, total: seen.append((done, total)))
    assert report.tenants == 2 and report.rows["messages"] > 60 and report.rows["chains"] == 2 and report.seconds > 0
    assert seen[-1] == (sum(report.rows.values()), sum(report.rows.values()))
    assert exported(server, tmp_path / "there.jsonl", clock) == first
    assert moved(server, back, clock).rows == report.rows
    assert exported(back, tmp_path / "back.jsonl", clock) == first
    assert kept(source) == kept(back)
    hits, scores = answers(source, clock)
    assert len(hits) > 50
    for where in (server, back):
        again, as_well = answers(where, clock)
        assert again == hits and as_well == pytest.approx(scores, abs=1e-6)


def test_the_log_goes_on_where_it_was(source: Path, tmp_path: Path, clock: Any) -> None:
    server = DATABASES.url("there")
    moved(source, server, clock)
    with Memory(server, clock=clock) as memory:
        memory.scope(user="alice").remember("Written on the server")
        memory.scope(tenant="acme", user="alice").facts.set("home_city", "Setúbal")
        assert memory.verify() == []
    other = DATABASES.url("other")
    moved(server, other, clock)
    again = tmp_path / "again.db"
    moved(other, again, clock)
    assert exported(again, tmp_path / "again.jsonl", clock) == exported(server, tmp_path / "server.jsonl", clock)


def test_one_tenant_only(source: Path, tmp_path: Path, clock: Any) -> None:
    server = DATABASES.url("there")
    with Memory(server, clock=clock) as memory:
        memory.scope(tenant="globex", user="hank").remember("Somebody else's")
    assert moved(source, server, clock, "acme").tenants == 1
    assert exported(server, tmp_path / "a.jsonl", clock, tenant="acme") == exported(source, tmp_path / "b.jsonl", clock, tenant="acme")
    back = tmp_path / "back.db"
    moved(server, back, clock, "acme")
    with Memory(back, clock=clock) as memory:
        assert memory.stats().users == 2 and memory._tenants() == ["acme"]
        assert memory.verify() == []
    with pytest.raises(NotFound, match="nothing of tenant 'nobody'"):
        moved(source, server, clock, "nobody")


@pytest.mark.promise("writes")
@pytest.mark.parametrize("on_server", [False, True])
def test_what_was_interrupted_goes_on(source: Path, tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch, on_server: bool) -> None:
    target = DATABASES.url("there") if on_server else tmp_path / "target.db"
    monkeypatch.setattr(moving, "PAGE", 7)
    note, pages = moving.Target._note, []

    async def failing(self: Any, mark: Any) -> None:
        pages.append(mark)
        await note(self, mark)
        if len(pages) % 8 == 0:
            raise RuntimeError("killed")

    monkeypatch.setattr(moving.Target, "_note", failing)
    for _ in range(4):
        with pytest.raises(RuntimeError, match="killed"):
            moved(source, target, clock)
    other = tmp_path / "other.db"
    Memory(other, clock=clock).close()
    with pytest.raises(Conflict, match=r"a move from .*agent\.db into this target was begun"):
        moved(other, target, clock)
    monkeypatch.setattr(moving.Target, "_note", note)
    report = moved(source, target, clock)
    assert len(pages) == 32 and len({mark.rows for mark in pages}) == 29  # a page that was undone came again
    assert report.rows["messages"] > 60
    assert exported(target, tmp_path / "a.jsonl", clock) == exported(source, tmp_path / "b.jsonl", clock)
    with pytest.raises(Conflict, match="holds something of tenant '' already"):
        moved(source, target, clock)


def test_an_answer_that_was_lost_does_not_write_a_page_twice(source: Path, tmp_path: Path, clock: Any) -> None:
    with Memory(source, clock=clock) as old, Memory(tmp_path / "target.db", clock=clock) as new:
        one, other = moving.Source(old, None), moving.Target(new, None)
        mark = other.begin("there", one.tenants())
        given: list[Any] = []
        one.carry(mark, lambda page, order: given.append((page, order)), Analyst(apart=False))
        after = moving.Bookmark("there", given[0][0].table.name, given[0][1], len(given[0][0].rows))
        other.put(mark, after, given[0][0])
        other.put(mark, after, given[0][0])
        assert other.digests().keys() == {("", "owners"), ("acme", "owners")}
        with pytest.raises(Conflict, match="somebody else moves into this target too"):
            other.put(mark, moving.Bookmark("there", "sessions", 1, 99), given[1][0])


def test_a_big_move_reads_its_texts_in_another_process(source: Path, tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "MANY", 10)
    moved(source, tmp_path / "target.db", clock)
    assert exported(tmp_path / "target.db", tmp_path / "a.jsonl", clock) == exported(source, tmp_path / "b.jsonl", clock)


def test_what_is_refused(source: Path, tmp_path: Path, clock: Any) -> None:
    with Memory(tmp_path / "full.db", clock=clock) as memory:
        memory.scope(tenant="acme").aliases.add("mail", "alice")
    before = (tmp_path / "full.db").read_bytes()
    for tenant in (None, "acme"):
        with pytest.raises(Conflict, match="holds something of tenant 'acme' already"):
            moved(source, tmp_path / "full.db", clock, tenant)
    assert (tmp_path / "full.db").read_bytes() == before
    (tmp_path / "link.db").symlink_to(source)
    with pytest.raises(Invalid, match="the same memory"):
        moved(source, tmp_path / "link.db", clock)
    with Memory(source, clock=clock) as memory, pytest.raises(Invalid, match="the same memory"):
        move(memory, memory)
    Memory(tmp_path / "empty.db", clock=clock).close()
    with Memory(source, clock=clock) as old, Memory(tmp_path / "empty.db", read_only=True) as new, pytest.raises(Denied, match="read_only"):
        move(old, new)


def test_a_log_that_is_not_sealed_is_refused_by_who_cannot_seal_it(tmp_path: Path, clock: Any) -> None:
    server = DATABASES.url("there")
    with Memory(server, clock=clock) as writing:
        writing.scope(user="alice").remember("Just now")
        with Memory(server, read_only=True) as old, Memory(tmp_path / "t.db") as new, pytest.raises(Conflict, match="not sealed yet"):
            move(old, new)


def test_a_difference_is_reported(source: Path, tmp_path: Path, clock: Any) -> None:
    seen: list[int] = []

    def late(done: int, total: int) -> None:
        if not seen:
            with Memory(source, clock=clock) as memory:
                memory.scope(user="alice").remember("Too late")
        seen.append(done)

    for _ in range(2):
        with pytest.raises(Corrupt, match=r"cha(nges|ins) of tenant '' are not the same on both sides \(\d+ rows in the source, \d+ in the target\)"):
            moved(source, tmp_path / "target.db", clock, progress=late)
        moved_rows = seen[-1]
    assert moved_rows > 100


# the command


def run(*words: object, code: int = 0) -> Any:
    result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="recollect")
    assert result.exit_code == code, (words, result.exit_code, result.stdout, result.stderr, result.exception)
    return result


def test_the_command(source: Path, tmp_path: Path) -> None:
    server = DATABASES.url("there")
    said = run("move", source, server).stdout
    assert "moved" in said and "messages" in said and "are the same" in said
    (line,) = run("move", server, tmp_path / "acme.db", "--tenant", "acme", "--json").stdout.splitlines()
    report = json.loads(line)
    assert report["tenants"] == 1 and report["rows"]["owners"] == 2 and report["target"] == str(tmp_path / "acme.db")
    assert "recollect move agent.db postgresql://" in run("move", "--help").stdout


def test_what_the_command_refuses(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.db"
    assert "there is no memory at" in run("move", tmp_path / "none.db", target, code=3).stderr
    assert "leave --user out" in run("move", source, target, "--user", "alice", code=2).stderr.replace("\n", " ")
    assert "ends with this command" in run("move", ":memory:", target, code=2).stderr
    assert "the same memory" in run("move", source, source, code=2).stderr
    assert not target.exists()
    run("move", source, target)
    assert "holds something" in run("move", source, target, code=4).stderr
