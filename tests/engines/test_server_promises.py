"""What must hold when a server, a pooler or a task does its worst at the worst moment: each of these was broken once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from enginekit import Call, until
from serverkit import rows

from recollect import AsyncMemory, Busy, Closed, Invalid, Memory, NotFound
from recollect.core.scope import Scope
from recollect.engines import wire
from recollect.engines.marks import MOST, Marks
from recollect.engines.server import ServerBlock
from recollect.engines.server_errors import is_lost
from servers import DATABASES, altered


@pytest.fixture
def url() -> Iterator[str]:
    yield DATABASES.url("promises")
    DATABASES.release()


def advisory(url: str) -> int:
    return int(rows(url, "select count(*) from pg_locks where locktype = 'advisory'")[0][0])


# poolers


@pytest.mark.parametrize(("prepare", "pid", "prepares"), [("auto", 7, True), ("auto", 8, False), ("on", 8, True), ("off", 7, False)])
def test_nothing_is_prepared_through_a_pooler(prepare: str, pid: int, prepares: bool) -> None:
    """Behind one, a name that this client prepared may be another client's statement: a rollback in the place of a commit."""
    connection = SimpleNamespace(info=SimpleNamespace(backend_pid=7), prepare_threshold=5)
    wire._prepares(connection, pid, prepare)
    assert (connection.prepare_threshold is not None) == prepares


def test_connections_without_a_pooler_prepare(url: str) -> None:
    with Memory(url) as memory:
        memory.facts.set("home", "Lisbon")
        with memory._opened.pools().main.connection() as connection:
            assert connection.prepare_threshold is not None


# the outcome of a commit


@pytest.mark.promise("writes")
def test_a_commit_whose_outcome_cannot_be_asked_is_not_done_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, failing = wire._sent, [0]

    def losing(connection: Any, statements: Any) -> Any:
        if failing[0]:
            failing[0] -= 1
            raise psycopg.OperationalError("gone")
        found = sent(connection, statements)
        if statements[-1].sql == "commit" and any("insert into changes" in one.sql for one in statements):
            failing[0] = 50
            raise psycopg.OperationalError("the answer is lost")
        return found

    with Memory(altered(url, timeout=0.4)) as memory:
        memory.messages.add("user", "before")
        monkeypatch.setattr(wire, "_sent", losing)
        with pytest.raises(Busy, match="read whether the call was written"):
            memory.messages.add("user", "once")
        monkeypatch.undo()
        assert [message.content for message in memory.messages.recent()] == ["before", "once"]


def test_only_a_connection_that_is_gone_is_lost() -> None:
    assert is_lost(psycopg.OperationalError("server closed the connection"))
    assert is_lost(psycopg.errors.AdminShutdown())
    assert is_lost(psycopg.errors.ConnectionFailure())
    assert not is_lost(psycopg.errors.ProgramLimitExceeded())
    assert not is_lost(psycopg.errors.DiskFull())
    assert not is_lost(psycopg.errors.QueryCanceled())


def test_a_name_that_no_index_takes_is_said_at_once(url: str) -> None:
    """Six parts of 255 letters, each of three bytes that no compression shortens."""
    parts = ["".join(chr(0x4E00 + (place * 7919 + letter * 104_729) % 20_000) for letter in range(255)) for place in range(5)]
    tenant, user, project, agent, key = parts
    with Memory(url) as memory:
        began = time.monotonic()
        with pytest.raises(Invalid, match="too long for the server"):
            memory.scope(tenant=tenant, user=user, project=project, agent=agent).facts.set(key, "v")
        assert time.monotonic() - began < 5
        name = "".join(parts) * 3
        assert memory.messages.add("user", "hi", name=name).name == name


# blocks


def test_a_block_that_is_late_never_writes_outside_its_transaction(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerBlock.__init__, "__defaults__", (0.4,))
    sent = wire._sent

    def slow(connection: Any, statements: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
        return sent(connection, statements)

    with Memory(url) as memory:
        memory.remember("before")
        monkeypatch.setattr(wire, "_sent", slow)
        with pytest.raises(RuntimeError), memory.atomic() as tx:
            tx.facts.set("one", "1")
            call = Call(lambda: tx.remember("half"))
            time.sleep(0.5)
            raise RuntimeError
        assert call.over()
        monkeypatch.undo()
        assert call.error is None or isinstance(call.error, (Busy, Closed))  # done or refused, but undone with the block
        assert [note.text for note in memory.notes.list()] == ["before"]
        assert memory.verify() == []


def test_locks_taken_in_an_undone_level_are_taken_again(url: str) -> None:
    with Memory(url) as memory, memory.atomic() as tx:
        tx.facts.set("one", "1")
        alone = advisory(url)
        other = tx.scope(tenant="b", user="u")
        with pytest.raises(RuntimeError), tx.atomic() as inner:
            inner.scope(tenant="b", user="u").facts.set("two", "2")
            assert advisory(url) > alone
            raise RuntimeError
        assert advisory(url) == alone
        other.facts.set("two", "2")
        assert advisory(url) > alone


def test_a_call_that_waits_for_an_inner_block_hears_when_its_time_is_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerBlock.__init__, "__defaults__", (0.5,))
    with Memory(url) as memory, pytest.raises(Busy), memory.atomic() as tx:
        tx.facts.set("one", "1")
        with tx.atomic():
            waiting = Call(lambda: tx.facts.set("two", "2"))
            assert waiting.over(10)
            assert isinstance(waiting.error, Busy)


def test_a_block_begins_on_a_living_connection_though_the_pool_holds_dead_ones(url: str) -> None:
    with Memory(altered(url, pool_size=2)) as memory:
        memory.facts.set("before", "1")
        rows(url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        with memory.atomic() as tx:
            tx.facts.set("one", "1")
        assert {fact.key for fact in memory.facts.list()} == {"before", "one"}


def test_a_server_that_goes_away_in_a_nested_block_is_busy(url: str) -> None:
    with Memory(url) as memory, pytest.raises(Busy), memory.atomic() as tx:
        tx.facts.set("one", "1")
        rows(url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        with tx.atomic() as inner:
            inner.facts.set("two", "2")


def test_cancelled_tasks_leave_every_connection_and_every_block_usable(url: str) -> None:
    async def missing(memory: Any) -> None:
        await memory.notes.need("00000000-0000-7000-8000-000000000000")

    async def nested(memory: Any) -> None:
        async with memory.atomic() as tx:
            await tx.facts.set("outer", "1")
            async with tx.atomic() as inner:
                await inner.facts.set("inner", "1")

    async def main() -> None:
        async with AsyncMemory(altered(url, pool_size=2, timeout=5)) as memory:
            for work in (missing, nested):
                for turn in range(60):
                    task = asyncio.ensure_future(work(memory))
                    await asyncio.sleep(turn / 6000)
                    task.cancel()
                    (said,) = await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 20)
                    assert said is None or isinstance(said, (NotFound, asyncio.CancelledError)), said
            await asyncio.wait_for(memory.facts.set("after", "1"), 10)
            assert await memory.verify() == []
            found = {fact.key for fact in await memory.facts.list()}
            assert found - {"after"} in (set(), {"outer", "inner"})

    asyncio.run(main())


def test_a_call_that_is_cancelled_inside_a_block_completes_with_it(url: str) -> None:
    async def main() -> None:
        async with AsyncMemory(url) as memory:
            async with memory.atomic() as tx:
                await tx.facts.set("one", "1")
                task = asyncio.ensure_future(tx.facts.set("two", "2"))
                await asyncio.sleep(0.001)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await tx.facts.set("three", "3")
            assert {"one", "three"} <= {fact.key for fact in await memory.facts.list()}
            assert await memory.verify() == []

    asyncio.run(main())


def test_a_memory_closed_while_it_opens_is_closed(url: str) -> None:
    async def main() -> None:
        memory = AsyncMemory(url)
        first = asyncio.ensure_future(memory.facts.set("home", "Lisbon"))
        await asyncio.sleep(0)
        await memory.close()
        await asyncio.gather(first, return_exceptions=True)
        with pytest.raises(Closed):
            await memory.facts.get("home")

    asyncio.run(main())


# erasure and imports


@pytest.mark.promise("forgetting")
def test_what_was_written_a_moment_ago_is_erased_from_the_log_as_well(url: str) -> None:
    with Memory(url) as memory:
        memory.aliases.add("phone", "bob")
        memory.aliases.add("phone", "carol")
        memory.erase(user="bob")
        assert memory.verify() == []


def test_an_unscoped_import_locks_the_owners_whose_rows_it_writes(url: str, tmp_path: Any) -> None:
    with Memory(":memory:") as source:
        for user in ("alice", "bob"):
            source.scope(tenant="acme", user=user).facts.set("home", user)
        source.export(tmp_path / "all.jsonl")
    with Memory(url) as memory, Memory(url) as other:
        with other.scope(tenant="acme", user="bob").atomic() as tx:
            tx.facts.set("pet", "a parrot")
            importing = Call(lambda: memory.import_(tmp_path / "all.jsonl"))
            until(lambda: rows(url, "select 1 from pg_locks where locktype = 'advisory' and not granted"))
            assert not importing.over(0.1)
        assert importing.outcome().added["facts"] == 2
        assert memory.verify() == []


# replicas


def test_a_mark_is_what_concerns_a_scope() -> None:
    marks = Marks()
    marks.note([("acme", "alice")], 10)
    assert [marks.of(scope) for scope in (Scope(tenant="acme", user="alice"), Scope(tenant="acme", user="bob"), Scope(tenant="acme"), Scope())] == [
        10, 0, 10, 10,
    ]  # fmt: skip
    marks.note([("acme", "")], 20)  # the tenant's own, or its administrator's: everybody there may see it
    assert marks.of(Scope(tenant="acme", user="alice")) == marks.of(Scope(tenant="acme", user="bob")) == 20
    assert marks.of(Scope(tenant="other", user="alice")) == 0
    marks.note([("t", str(number)) for number in range(MOST + 1)], 30)
    marks.note([("t", "one more")], 40)  # so many that the first are forgotten: whoever they were waits for what was written before
    assert marks.of(Scope(tenant="acme", user="alice")) == 30
    assert marks.of(Scope()) == 40
