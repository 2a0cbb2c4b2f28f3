"""Many writers on one server: what one writer at a time would have made is what is there, and a replica never shows its writer less."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from enginekit import Call, until
from psycopg.errors import DuplicatePreparedStatement
from serverkit import own_server, replica_of, rows

from recollect import AsyncMemory, Busy, Invalid, Memory
from recollect.engines.exchange import Exchange
from recollect.engines.server import ServerBlock
from servers import DATABASES, altered


@pytest.fixture
def url() -> Iterator[str]:
    yield DATABASES.url("many")
    DATABASES.release()


def together(*works: Any) -> None:
    """All at the same time, each in a thread."""
    met = threading.Barrier(len(works))

    def begun(work: Any) -> None:
        met.wait(10)
        work()

    for call in [Call(lambda work=work: begun(work)) for work in works]:
        call.outcome()


@pytest.mark.promise("writes")
def test_one_key_set_by_many_at_once_has_a_version_for_each(url: str) -> None:
    with Memory(url) as one, Memory(url) as other:
        memories = [one, other] * 4

        def setting(number: int) -> None:
            for turn in range(5):
                memories[number].scope(user="alice").facts.set("counter", f"{number} {turn}")

        together(*(lambda number=number: setting(number) for number in range(8)))
        history = one.scope(user="alice").facts.history("counter", limit=100)
        assert [fact.version for fact in history] == list(range(40, 0, -1))
        assert len({fact.value for fact in history}) == 40
        assert one.verify() == []


def test_writers_who_wait_for_one_user_leave_connections_to_others(url: str) -> None:
    """Each took one of the pool's with it, and while a block was open nobody could read."""
    with Memory(altered(url, pool_size="4")) as memory:
        alice, bob = memory.scope(user="alice"), memory.scope(user="bob")
        bob.facts.set("city", "Porto")
        with memory.atomic() as tx:
            tx.scope(user="alice").notes.add("one")
            waiting = [Call(lambda n=n: alice.notes.add(f"note {n}")) for n in range(10)]
            until(lambda: len(rows(url, "select 1 from pg_locks where not granted and locktype = 'advisory'")) > 0)
            read = Call(lambda: bob.facts.get("city").value)
            assert read.outcome() == "Porto"
            assert not any(call.over(0) for call in waiting)
        for call in waiting:
            call.outcome()
        assert alice.notes.count() == 11 and memory.verify() == []


def test_one_text_remembered_by_many_at_once_is_one_note(url: str) -> None:
    with Memory(url) as one, Memory(url) as other:
        together(*(lambda memory=memory: memory.scope(user="alice").remember("The harbour opens at nine") for memory in [one, other] * 4))
        (note,) = one.scope(user="alice").notes.list()
        assert note.reinforced == 7
        assert one.verify() == []


@pytest.mark.promise("writes")
def test_one_external_id_added_by_many_at_once_is_one_message(url: str) -> None:
    """Defect 8 of kernex: two who spoke at once began a conversation each."""
    with Memory(url) as one, Memory(url) as other:
        together(*(lambda memory=memory: memory.scope(user="alice").messages.add("user", "Hello", external_id="m") for memory in [one, other] * 4))
        assert one.scope(user="alice").messages.count() == 1
        assert one.scope(user="alice").conversations.count() == 1
        assert one.verify() == []


def test_an_alias_set_by_many_users_at_once_is_one_alias(url: str) -> None:
    with Memory(url) as memory:
        together(*(lambda number=number: memory.scope(user=f"user {number}").aliases.add("boss", "mira") for number in range(6)))
        assert memory.aliases.resolve("boss") == "mira"
        assert memory.aliases.count() == 1
        assert memory.verify() == []


def test_turns_of_one_conversation_have_their_places_whoever_adds_them(url: str) -> None:
    with Memory(url) as one, Memory(url) as other:
        talk = one.scope(user="alice").conversations.start()
        memories = [one, other] * 3

        def adding(number: int) -> None:
            for turn in range(10):
                memories[number].scope(user="alice").messages.add("user", f"item {number} {turn}", conversation=talk.id)

        together(*(lambda number=number: adding(number) for number in range(6)))
        assert [place for (place,) in rows(url, "select place from documents where thread is not null order by place")] == list(range(60))
        ((documents,),) = rows(url, "select documents from owners where \"user\" = 'alice'")
        assert documents == 60
        assert one.verify() == []


def test_users_do_not_wait_for_each_other(url: str) -> None:
    with Memory(url) as memory, memory.scope(user="alice").atomic() as tx:
        tx.facts.set("home", "Lisbon")
        assert Call(lambda: memory.scope(user="bob").facts.set("home", "Porto")).over(10)
        waiting = Call(lambda: memory.facts.set("home", "of the tenant"))
        assert not waiting.over(0.3)  # the tenant's administrator may touch anybody's rows, so it waits
    assert waiting.over(10)


def test_200_tasks_on_a_small_pool_are_all_served(url: str) -> None:
    async def main() -> None:
        async with AsyncMemory(altered(url, pool_size=4)) as memory:

            async def work(number: int) -> None:
                for turn in range(3):
                    await memory.scope(user=f"user {number % 20}").messages.add("user", f"item {number} {turn}")

            await asyncio.gather(*(work(number) for number in range(200)))
            assert await memory.verify() == []

    asyncio.run(main())
    assert rows(url, "select count(*), count(distinct content) from messages") == [(600, 600)]


@pytest.mark.promise("writes")
def test_a_task_that_is_cancelled_leaves_no_half_and_no_connection_behind(url: str) -> None:
    async def main() -> None:
        async with AsyncMemory(altered(url, pool_size=2)) as memory:
            alice = memory.scope(user="alice")
            for delay in range(30):
                task = asyncio.ensure_future(alice.messages.exchange(f"question {delay}", f"answer {delay}"))
                await asyncio.sleep(delay / 4000)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await alice.facts.set("still", "works")
            texts = [message.content async for message in alice.messages.iterate()]
            assert len(texts) % 2 == 0
            assert all(texts[place + 1] == texts[place].replace("question", "answer") for place in range(0, len(texts), 2))
            assert await memory.verify() == []

    asyncio.run(main())


def test_log_entries_are_sealed_a_moment_later_and_at_the_end(url: str) -> None:
    with Memory(url) as memory:
        for number in range(20):
            memory.scope(tenant=f"t{number % 3}").facts.set("key", str(number))
        until(lambda: rows(url, "select count(*) from changes where position is null") == [(0,)])
        memory.facts.set("key", "last")
    assert rows(url, "select count(*) from changes where position is null") == [(0,)]
    found = rows(url, "select tenant, array_agg(position order by seq) from changes group by tenant")
    assert len(found) == 4
    assert all(positions == list(range(1, len(positions) + 1)) for _, positions in found)


def test_verify_is_never_wrong_while_others_write(url: str) -> None:
    with Memory(url) as memory, Memory(url) as other:
        over = threading.Event()

        def writing() -> None:
            turn = 0
            while not over.is_set():
                other.scope(user="alice").facts.set("home", str(turn))
                other.scope(user="alice").messages.add("user", f"item {turn}")
                turn += 1

        call = Call(writing)
        found = [memory.verify() for _ in range(12)]
        over.set()
        call.outcome()
        assert found == [[]] * 12


def test_a_tenant_erased_while_it_is_written_and_sealed_leaves_whole_chains(url: str) -> None:
    with Memory(url) as one, Memory(url) as other:
        over = threading.Event()

        def writing() -> None:
            while not over.is_set():
                other.scope(tenant="acme", user="alice").facts.set("home", "Lisbon")
                other.scope(tenant="acme", user="alice").facts.delete("home")
                other._opened.seal()

        call = Call(writing)
        for _ in range(8):
            one.erase(tenant="acme")
        over.set()
        call.outcome()
        assert one.verify() == []


def test_a_second_event_loop_is_told_to_open_its_own(url: str) -> None:
    memory = AsyncMemory(url)

    async def asking() -> None:
        await memory.facts.get("home")

    async def closing() -> None:
        await memory.close()

    with asyncio.Runner() as runner:
        runner.run(asking())
        with asyncio.Runner() as second, pytest.raises(Invalid, match="another event loop"):
            second.run(asking())
        runner.run(closing())


def test_a_pooler_that_lets_no_statement_be_prepared_is_noticed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [DuplicatePreparedStatement("already exists")]
    commit = Exchange.commit

    async def failing(exchange: Exchange) -> None:
        if left:
            raise left.pop()
        await commit(exchange)

    with Memory(url) as memory:
        monkeypatch.setattr(Exchange, "commit", failing)
        memory.facts.set("home", "Lisbon")
        assert len(memory.facts.history("home")) == 1
        assert not memory._opened._prepares


def test_a_block_that_sleeps_is_ended_by_the_server_so_that_others_go_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerBlock.__init__, "__defaults__", (0.3,))
    awake = threading.Event()
    with Memory(url) as memory:

        def sleeper() -> None:
            with memory.atomic() as tx:
                tx.facts.set("dreamt", "v")
                awake.wait(30)

        asleep = Call(sleeper)
        until(lambda: rows(url, "select 1 from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"))
        memory.facts.set("awake", "v")
        awake.set()
        with pytest.raises(Busy, match="keep blocks short"):
            asleep.outcome()
        assert [fact.key for fact in memory.facts.list()] == ["awake"]


def test_a_replica_answers_and_never_shows_a_writer_less_than_it_wrote() -> None:
    with own_server() as server:
        with Memory(server.url) as memory:
            memory.scope(user="alice").facts.set("home", "Lisbon")
        with replica_of(server) as following, Memory(server.url, replica=following.url) as memory:
            alice, bob = memory.scope(user="alice"), memory.scope(user="bob")
            until(lambda: rows(following.url, "select count(*) from facts") == [(1,)])
            assert alice.facts.get("home").value == "Lisbon"
            rows(following.url, "select pg_wal_replay_pause()")
            alice.facts.set("home", "Porto")
            assert alice.facts.get("home").value == "Porto"  # from the server itself
            assert memory.facts.by_key("home")[0].value == "Porto"  # and so for the administrator, who sees what alice wrote
            assert bob.facts.get("home") is None
            rows(server.url, "update facts set value = 'Faro' where value = 'Porto'")
            with Memory(server.url, replica=following.url) as reader:
                assert reader.scope(user="alice").facts.get("home").value == "Lisbon"  # who wrote nothing reads the replica
            rows(following.url, "select pg_wal_replay_resume()")
            until(lambda: rows(following.url, "select value from facts") == [("Faro",)])
            assert alice.facts.get("home").value == "Faro"
            following.kill()
            assert alice.facts.get("home").value == "Faro"  # without its replica it still answers


def test_a_replica_serves_tasks_too() -> None:
    async def main(url: str, replica: str) -> None:
        async with AsyncMemory(url, replica=replica) as memory:
            alice = memory.scope(user="alice")
            for number in range(5):
                await alice.facts.set("home", str(number))
                found = await alice.facts.get("home")
                assert found is not None
                assert found.value == str(number)

    with own_server() as server, replica_of(server) as following:
        asyncio.run(main(server.url, following.url))
