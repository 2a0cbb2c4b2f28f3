"""PostgreSQL that goes away, is full, or is somebody else's for a while: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from enginekit import Call, until
from serverkit import Network, own_server, rows

from faces import SERVED, opened
from recollect import Busy, Closed, Denied, Full, Memory
from recollect.core.scope import Scope
from recollect.schema.migrate import steps
from servers import DATABASES, altered

pytestmark = pytest.mark.promise("writes")

STATEMENTS = [
    b"begin isolation", b"pg_advisory_xact_lock", b"insert into conversations", b"insert into messages", b"insert into owners",
    b"insert into documents", b"insert into changes", b"commit",
]  # fmt: skip


@pytest.fixture
def url() -> Iterator[str]:
    yield DATABASES.url("the test's")
    DATABASES.release()


@pytest.fixture
def network(url: str) -> Iterator[Network]:
    network = Network(url)
    yield network
    network.close()


def stored(url: str) -> list[str]:
    return [content for (content,) in rows(url, "select content from messages order by seq")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.decode().replace(" ", "_"))
@pytest.mark.parametrize("served", SERVED)
def test_a_connection_that_is_cut_anywhere_costs_nothing_and_doubles_nothing(
    served: str, statement: bytes, after: bool, network: Network, url: str
) -> None:
    DATABASES._taken["through the network"] = network.url
    try:
        memory = opened(served, "through the network")
        try:
            alice = memory.scope(user="alice")
            network.cut(statement, after=after)
            first = alice.messages.add("user", "I moved to Lisbon.")
            assert network.cuts == 1
            assert alice.messages.get(first.id) == first
            alice.messages.add("user", "It is sunny here.")
            assert memory.verify() == []
            assert [hit.text for hit in alice.recall("Lisbon", limit=1)] == ["I moved to Lisbon."]
        finally:
            memory.close()
    finally:
        del DATABASES._taken["through the network"]
    assert stored(url) == ["I moved to Lisbon.", "It is sunny here."]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("statement", [b"insert into facts", b"commit"], ids=["inside", "commit"])
def test_a_block_whose_connection_is_cut_is_whole_or_nothing_and_says_which(network: Network, url: str, statement: bytes, after: bool) -> None:
    with Memory(network.url) as memory:
        memory.facts.set("before", "1")
        kept = statement == b"commit" and after
        try:
            with memory.atomic() as tx:
                tx.facts.set("one", "1")
                network.cut(statement, after=after)
                tx.facts.set("two", "2")
            said = True
        except Busy:
            said = False
        assert said == kept
        assert {fact.key for fact in memory.facts.list()} == ({"before", "one", "two"} if kept else {"before"})
        assert memory.verify() == []


def test_a_block_over_other_tenants_knows_what_became_of_its_commit(network: Network, url: str) -> None:
    with Memory(network.url) as memory, memory.atomic() as tx:
        tx.facts.set("one", "1")
        network.cut(b"commit", after=True)
        tx.scope(tenant="acme", user="alice").facts.set("two", "2")
    assert rows(url, "select key from facts order by key") == [("one",), ("two",)]


def test_a_memory_that_only_reads_leaves_no_connection_behind_when_it_refuses(url: str) -> None:
    with Memory(altered(url, pool_size=1, timeout=1), read_only=True) as memory:
        for _ in range(3):
            with pytest.raises(Denied), memory.atomic() as tx:
                tx.facts.set("one", "1")
            with pytest.raises(Denied):
                memory.facts.set("one", "1")
        assert memory.facts.list() == []


def test_a_block_that_lost_its_connection_refuses_every_later_call(network: Network) -> None:
    with Memory(network.url) as memory, pytest.raises(Busy), memory.atomic() as tx:
        tx.facts.set("one", "1")
        network.cut(b"insert into facts", after=False)
        with pytest.raises(Busy):
            tx.facts.set("two", "2")
        tx.facts.set("three", "3")


def test_a_server_that_is_killed_in_mid_load_loses_and_doubles_nothing() -> None:
    with own_server() as server, Memory(server.url) as memory:
        memory.conversations.start("begun")
        acknowledged: list[list[str]] = [[] for _ in range(8)]
        over = threading.Event()

        def work(number: int) -> None:
            messages = memory.scope(user=f"user {number}").messages
            turn = 0
            while not over.is_set():
                text = f"{number} {turn}"
                messages.add("user", text)
                acknowledged[number].append(text)
                turn += 1

        calls = [Call(lambda number=number: work(number)) for number in range(8)]
        for _ in range(2):
            time.sleep(0.7)
            server.kill()
            server.start()
        time.sleep(0.7)
        over.set()
        for call in calls:
            call.outcome()
        said = sorted(text for some in acknowledged for text in some)
        assert len(said) > 50
        assert sorted(stored(server.url)) == said
        assert memory.verify() == []


def test_a_server_that_stays_away_is_busy_and_comes_back(tmp_path: Path) -> None:
    with own_server() as server, Memory(altered(server.url, timeout=1)) as memory:
        memory.facts.set("home", "Lisbon")
        server.kill()
        with pytest.raises(Busy, match="cannot be reached"):
            memory.facts.set("home", "Porto")
        with pytest.raises(Busy, match="cannot be reached"):
            memory.facts.get("home")
        server.start()
        until(lambda: _works(memory))
        assert memory.facts.get("home").value == "Faro"
        assert len(memory.facts.history("home")) == 2


def _works(memory: Any) -> bool:
    try:
        memory.facts.set("home", "Faro")
    except Busy:
        return False
    return True


def test_a_server_that_is_not_there_is_said_when_opening() -> None:
    with pytest.raises(Busy, match="cannot be reached"):
        Memory("postgresql://nobody@127.0.0.1:1/nothing?timeout=2")


def test_a_pool_that_is_used_up_is_busy(url: str) -> None:
    with Memory(altered(url, pool_size=1, timeout=0.5)) as memory:
        with memory.atomic() as tx:
            tx.facts.set("one", "1")
            call = Call(lambda: memory.facts.set("two", "2"))
            with pytest.raises(Busy, match="pool_size"):
                call.outcome()
        memory.facts.set("three", "3")
        assert {fact.key for fact in memory.facts.list()} == {"one", "three"}


def test_waiting_for_another_writer_ends_with_busy(url: str) -> None:
    with Memory(url) as first, Memory(altered(url, timeout=0.5)) as second, first.scope(user="alice").atomic() as tx:
        tx.facts.set("one", "1")
        second.scope(user="bob").facts.set("mine", "1")  # another user's rows are not held
        began = time.monotonic()
        with pytest.raises(Busy, match="too long"):
            second.scope(user="alice").facts.set("two", "2")
        assert time.monotonic() - began < 10
        assert second.scope(user="alice").facts.get("one") is None


def test_blocks_that_wait_for_each_other_end_and_the_other_one_is_kept(url: str) -> None:
    with Memory(url) as memory:
        met = threading.Barrier(2)
        ended: list[str] = []

        def work(first: str, then: str) -> None:
            try:
                with memory.scope(tenant=first).atomic() as tx:
                    tx.facts.set("of", first)
                    met.wait(10)
                    exchange = tx._door._block._exchange
                    tx._door._carried(lambda: exchange.hold(Scope(tenant=then)))
                ended.append(first)
            except (Busy, psycopg.Error):
                return

        calls = [Call(lambda: work("one", "two")), Call(lambda: work("two", "one"))]
        for call in calls:
            call.outcome()
        assert len(ended) == 1
        assert memory.scope(tenant=ended[0]).facts.get("of").value == ended[0]


def test_a_server_whose_disk_is_full_says_so_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        for path in (tmp_path, *tmp_path.parents):
            if path.stat().st_uid == os.geteuid() and path != Path("/"):
                path.chmod(path.stat().st_mode | 0o011)
        with own_server() as server:
            owner = os.stat(server.folder)
            os.chown(folder, owner.st_uid, owner.st_gid)
            rows(server.url, f"create tablespace small location '{folder}'")
            rows(server.url, "create database tight tablespace small")
            with Memory(server.url.replace("/postgres?", "/tight?")) as memory:
                kept = []
                with pytest.raises(Full, match="server's disk"):
                    for number in range(2000):
                        text = f"{number} " + os.urandom(8000).hex()
                        memory.notes.add(text)
                        kept.append(text)
                assert len(kept) > 5
                assert sorted(note.text for note in memory.notes.list(limit=5000)) == sorted(kept)
                subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True, capture_output=True)
                memory.notes.add("There is room again.")
                assert memory.verify() == []
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_closing_twice_is_fine_and_a_closed_memory_says_so(url: str) -> None:
    memory = Memory(url)
    memory.close()
    memory.close()
    with pytest.raises(Closed):
        memory.facts.get("home")


def test_two_that_open_an_empty_database_at_once_make_its_tables_once() -> None:
    for _ in range(3):
        url = DATABASES.made(tables=False)
        met = threading.Barrier(4)

        def opening(url: str = url, met: threading.Barrier = met) -> None:
            met.wait(10)
            Memory(url).close()

        calls = [Call(opening) for _ in range(4)]
        for call in calls:
            call.outcome()
        assert rows(url, "select count(*) from migrations") == [(len(steps("postgres")),)]
        with psycopg.connect(DATABASES.url("x"), autocommit=True) as connection:
            connection.execute(f"drop database {url.partition('?')[0].rpartition('/')[2]} with (force)")
    DATABASES.release()
