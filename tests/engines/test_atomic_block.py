"""`atomic`: several calls as one, on both faces."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import AsyncMemory, Call, Memory, engine_of, rows, run, until

from recollect import Busy, Closed, Conflict, Denied, Full, Invalid, NotFound, RecollectError
from recollect.engines.atomic import Block
from recollect.engines.server import ServerBlock

pytestmark = pytest.mark.promise("writes")

ON_BOTH = True  # on a file and on a server
NOBODY = "00000000-0000-7000-8000-000000000000"


class Stop(Exception):
    """What a user's own code raises."""


def keys(memory: Any) -> list[str]:
    return [fact.key for fact in memory.facts.list()]


# all or nothing


def test_a_block_keeps_all_of_its_calls(mem: Any) -> None:
    with mem.atomic() as tx:
        tx.facts.set("one", "first")
        tx.remember("a note")
        tx.messages.add("user", "a message")
    assert keys(mem) == ["one"]
    assert mem.stats().counts["messages"] == mem.stats().counts["notes"] == 1
    assert len(mem.recall("note message first")) == 3
    assert mem.verify() == []


def test_an_exception_undoes_all_of_it(mem: Any, path: Path) -> None:
    mem.facts.set("before", "v")
    changes = rows(path, "select count(*) from changes")
    with pytest.raises(Stop), mem.atomic() as tx:
        tx.facts.set("one", "iguana")
        tx.facts.set("before", "changed iguana")
        tx.messages.add("user", "an iguana")
        raise Stop
    assert keys(mem) == ["before"]
    assert mem.facts.get("before").value == "v"
    assert mem.facts.history("before", limit=10)[1:] == []
    assert mem.recall("iguana") == []
    assert rows(path, "select count(*) from changes") == changes
    assert mem.verify() == []


def test_even_a_keyboard_interrupt_undoes_it(mem: Any) -> None:
    with pytest.raises(KeyboardInterrupt), mem.atomic() as tx:
        tx.facts.set("one", "v")
        raise KeyboardInterrupt
    assert keys(mem) == []
    mem.facts.set("next", "v")


@pytest.mark.file
def test_a_block_without_calls_takes_no_lock(mem: Any, path: Path) -> None:
    other = apsw.Connection(str(path))
    other.execute("begin immediate")
    with mem.atomic():
        pass
    with pytest.raises(Stop), mem.atomic():
        raise Stop
    other.close()


def test_a_block_belongs_to_the_scope_it_was_made_in(mem: Any) -> None:
    with mem.scope(user="alice", project="atlas").atomic() as tx:
        tx.facts.set("one", "v")
        with pytest.raises(Denied):
            tx.scope(user="bob")
    assert keys(mem.scope(user="alice")) == []
    assert keys(mem.scope(user="alice", project="atlas")) == ["one"]
    assert keys(mem.scope(user="bob")) == []


def test_scopes_taken_from_the_block_belong_to_it(mem: Any) -> None:
    with pytest.raises(Stop), mem.atomic() as tx:
        tx.scope(user="alice").facts.set("one", "v")
        tx.scope(user="bob").facts.set("two", "v")
        raise Stop
    assert mem.stats().counts["facts"] == 0


@pytest.mark.file
def test_a_commit_that_fails_keeps_nothing_and_says_so(mem: Any) -> None:
    left = [1]
    engine_of(mem).maintain(lambda db: db.set_commit_hook(lambda: left.pop() if left else 0))
    with pytest.raises(RecollectError), mem.atomic() as tx:
        tx.facts.set("one", "iguana")
    assert keys(mem) == []
    assert mem.recall("iguana") == []
    mem.facts.set("next", "v")
    assert mem.verify() == []


@pytest.mark.file
def test_a_full_disk_in_a_block_ends_it_and_keeps_nothing(mem: Any) -> None:
    mem.facts.set("before", "v")
    engine_of(mem).maintain(lambda db: db.execute(f"pragma max_page_count = {db.execute('pragma page_count').fetchall()[0][0] + 20}").fetchall())
    with pytest.raises(RecollectError), mem.atomic() as tx:
        tx.facts.set("one", "v")
        with pytest.raises(Full):
            tx.messages.add("user", "x" * 500_000)
        tx.facts.set("two", "v")
    assert keys(mem) == ["before"]
    assert mem.verify() == []


@pytest.mark.file
def test_a_block_whose_transaction_was_taken_by_an_interrupt_refuses_the_rest(mem: Any) -> None:
    stop = {"now": False}

    def trace(cursor: Any, sql: str, bindings: Any) -> bool:
        stop["now"] = isinstance(bindings, dict) and bindings.get("value") == "poison"
        return True

    def poison(db: apsw.Connection) -> None:
        db.set_exec_trace(trace)
        db.set_progress_handler(lambda: stop["now"], 1)

    engine_of(mem).maintain(poison)
    with pytest.raises(Busy), mem.atomic() as tx:
        tx.facts.set("one", "v")
        with pytest.raises(Busy):
            tx.facts.set("two", "poison")
        tx.facts.set("three", "v")
    assert keys(mem) == []
    mem.facts.set("next", "v")
    assert mem.verify() == []


# calls that fail


def test_a_call_that_fails_can_be_caught_and_the_block_goes_on(mem: Any) -> None:
    with mem.atomic() as tx:
        tx.messages.add("user", "one", external_id="1")
        with pytest.raises(Conflict):
            tx.messages.add("user", "two", external_id="1")
        with pytest.raises(NotFound):
            tx.conversations.close(NOBODY)
        with pytest.raises(Invalid):
            tx.facts.set("", "v")
        tx.facts.set("three", "v")
    assert [message.content for message in mem.messages.list()] == ["one"]
    assert keys(mem) == ["three"]
    assert mem.verify() == []


def test_a_call_that_fails_halfway_leaves_nothing_of_itself(mem: Any, path: Path) -> None:
    with mem.atomic() as tx:
        tx.facts.set("one", "v")
        with pytest.raises(NotFound):
            tx.messages.add_many([{"role": "user", "content": "half an iguana"}, {"role": "user", "content": "x", "conversation": NOBODY}])
        assert tx.recall("iguana") == []
        assert tx.conversations.count() == 0
    assert mem.conversations.count() == 0
    assert rows(path, "select distinct kind from changes") == [("facts",)]
    assert mem.verify() == []


# nested


def test_an_inner_block_that_fails_undoes_itself_and_nothing_else(mem: Any, path: Path) -> None:
    with mem.atomic() as tx:
        tx.facts.set("outer", "a lizard")
        with pytest.raises(Stop), tx.atomic() as inner:
            inner.facts.set("inner", "an iguana")
            inner.facts.set("outer", "changed to a gecko")
            raise Stop
        tx.facts.set("later", "a turtle")
    assert keys(mem) == ["later", "outer"]
    assert mem.facts.get("outer").value == "a lizard"
    assert mem.recall("iguana gecko") == []
    assert {hit.record.key for hit in mem.recall("lizard turtle")} == {"later", "outer"}
    assert rows(path, "select count(*) from changes") == [(2,)]
    assert mem.verify() == []


def test_search_inside_finds_what_the_block_wrote_before_and_after_an_inner_undo(mem: Any) -> None:
    def found(room: Any) -> set[str]:
        return {hit.record.key for hit in room.recall("lizard iguana turtle")}

    with mem.atomic() as tx:
        tx.facts.set("outer", "a lizard")
        assert found(tx) == {"outer"}
        with pytest.raises(Stop), tx.atomic() as inner:
            inner.facts.set("inner", "an iguana")
            assert found(inner) == {"outer", "inner"}
            raise Stop
        assert found(tx) == {"outer"}
        tx.facts.set("later", "a turtle")
        assert found(tx) == {"outer", "later"}
    assert found(mem) == {"outer", "later"}
    assert mem.verify() == []


def test_what_was_searched_only_inside_an_undone_part_is_indexed_again(mem: Any) -> None:
    """The outer's entry is flushed by the inner's search and undone with it; it must be written once more."""
    with mem.atomic() as tx:
        tx.facts.set("outer", "a lizard")
        with pytest.raises(Stop), tx.atomic() as inner:
            assert len(inner.recall("lizard")) == 1
            raise Stop
    assert [hit.record.key for hit in mem.recall("lizard")] == ["outer"]
    assert mem.verify() == []


def test_an_owner_first_seen_in_an_undone_part_is_forgotten(mem: Any) -> None:
    with mem.atomic() as tx:
        with pytest.raises(Stop), tx.atomic() as inner:
            inner.scope(user="alice").facts.set("pet", "an iguana")
            assert len(inner.scope(user="alice").recall("iguana")) == 1
            raise Stop
        tx.scope(user="bob").facts.set("pet", "a turtle")
        tx.scope(user="alice").facts.set("pet", "a lizard")
    assert [hit.record.value for hit in mem.scope(user="alice").recall("lizard turtle iguana")] == ["a lizard"]
    assert [hit.record.value for hit in mem.scope(user="bob").recall("lizard turtle iguana")] == ["a turtle"]
    assert mem.verify() == []


def test_a_message_undone_leaves_no_hole_in_its_conversation(mem: Any, path: Path) -> None:
    with mem.atomic() as tx:
        tx.messages.add("user", "zero")
        with pytest.raises(Stop), tx.atomic() as inner:
            inner.messages.add("user", "undone")
            assert inner.recall("undone")[0].text == "undone"
            raise Stop
        tx.messages.add("user", "one")
    assert [place for (place,) in rows(path, "select place from documents order by number")] == [0, 1]


def test_blocks_nest_deeply(mem: Any) -> None:
    def deeper(room: Any, depth: int) -> None:
        with room.atomic() as inner:
            inner.facts.set(f"depth {depth}", "v")
            if depth < 12:
                deeper(inner, depth + 1)
            if depth == 7:
                raise Stop

    with mem.atomic() as tx, pytest.raises(Stop):
        deeper(tx, 0)
    assert keys(mem) == []
    with mem.atomic() as tx:
        tx.facts.set("kept", "v")
        with pytest.raises(Stop), tx.atomic() as inner:
            deeper(inner, 5)
    assert keys(mem) == ["kept"]
    assert mem.verify() == []


def test_the_outer_block_may_not_be_used_beside_the_inner_one(mem: Any) -> None:
    """It would land in the inner's savepoint, and be undone with it."""
    with mem.atomic() as tx:
        with tx.atomic() as inner:
            inner.facts.set("inner", "v")
            with pytest.raises(Invalid):
                tx.facts.set("outer", "v")
        tx.facts.set("later", "v")
    assert keys(mem) == ["inner", "later"]


def test_an_outer_exception_undoes_what_an_inner_block_kept(mem: Any) -> None:
    with pytest.raises(Stop), mem.atomic() as tx:
        with tx.atomic() as inner:
            inner.facts.set("inner", "v")
        raise Stop
    assert keys(mem) == []


# what does not belong to it


def test_the_memory_itself_raises_at_once_inside_its_block(mem: Any) -> None:
    alice = mem.scope(user="alice")
    with mem.atomic() as tx:
        tx.facts.set("one", "v")
        for call in (
            lambda: mem.facts.set("two", "v"),
            lambda: mem.facts.get("one"),
            lambda: alice.facts.set("two", "v"),
            lambda: mem.recall("one"),
            lambda: mem.scope(user="bob").messages.add("user", "x"),
            lambda: mem.verify(),
            lambda: list(mem.facts.iterate()),
            lambda: mem.atomic().__enter__(),
        ):
            with pytest.raises(Invalid, match="wait for itself"):
                call()
        tx.facts.set("three", "v")
    assert keys(mem) == ["one", "three"]
    mem.facts.set("free again", "v")


def test_closing_the_memory_inside_its_block_raises_at_once(mem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    short_blocks(monkeypatch, 2.0)
    with mem.atomic() as tx:
        tx.facts.set("one", "v")
        with pytest.raises(Invalid):
            mem.close()
        tx.facts.set("two", "v")
    assert keys(mem) == ["one", "two"]


def test_another_memory_may_be_used_inside_a_block(mem: Any, tmp_path: Path) -> None:
    with Memory(tmp_path / "other.db") as other, mem.atomic() as tx:
        tx.facts.set("one", "v")
        other.facts.set("two", "v")
        assert keys(other) == ["two"]


ENDED: dict[str, Callable[[Any], Any]] = {
    "set": lambda tx: tx.facts.set("two", "v"),
    "get": lambda tx: tx.facts.get("one"),
    "recall": lambda tx: tx.recall("one"),
    "scope": lambda tx: tx.scope(user="alice").facts.set("two", "v"),
    "atomic": lambda tx: tx.atomic().__enter__(),
}


@pytest.mark.parametrize("verb", ENDED)
@pytest.mark.parametrize("how", ["kept", "undone", "unused"])
def test_a_block_used_after_its_end_raises(mem: Any, verb: str, how: str) -> None:
    try:
        with mem.atomic() as tx:
            if how != "unused":
                tx.facts.set("one", "v")
            if how == "undone":
                raise Stop
    except Stop:
        assert how == "undone"
    with pytest.raises(Closed, match="over"):
        ENDED[verb](tx)


def test_an_inner_block_used_after_its_end_raises(mem: Any) -> None:
    with mem.atomic() as tx:
        with tx.atomic() as inner:
            inner.facts.set("one", "v")
        with pytest.raises(Closed, match="over"):
            inner.facts.set("two", "v")
        tx.facts.set("three", "v")
    assert keys(mem) == ["one", "three"]


FLOWS: dict[str, Callable[[Any], Any]] = {
    "verify": lambda tx: tx.verify(),
    "erase": lambda tx: tx.erase(user="alice"),
    "backup": lambda tx: tx.backup("/nowhere/at/all.db"),
    "vacuum": lambda tx: tx.vacuum(),
    "export": lambda tx: tx.export("/nowhere/at/all.jsonl"),
    "import_": lambda tx: tx.import_("/nowhere/at/all.jsonl"),
    "iterate": lambda tx: list(tx.facts.iterate()),
    "kind.export": lambda tx: list(tx.facts.export()),
}


@pytest.mark.parametrize("verb", FLOWS)
def test_what_is_made_of_several_transactions_is_refused_inside_a_block(mem: Any, verb: str) -> None:
    with mem.atomic() as tx:
        tx.facts.set("one", "v")
        with pytest.raises(Invalid, match="cannot run inside"):
            FLOWS[verb](tx)
    assert keys(mem) == ["one"]


def test_a_read_only_memory_refuses_a_block_at_its_first_call(opened: Any) -> None:
    opened().facts.set("one", "v")
    reader = opened(read_only=True)
    with pytest.raises(Denied), reader.atomic() as tx:
        tx.facts.set("two", "v")
    assert keys(reader) == ["one"]


# what others see


def test_others_see_nothing_of_a_block_until_it_is_over(path: Path) -> None:
    with Memory(path) as memory, Memory(path, read_only=True) as other:
        memory.facts.set("before", "v")
        with memory.atomic() as tx:
            tx.facts.set("one", "an iguana")
            assert keys(tx) == ["before", "one"]
            assert len(tx.recall("iguana")) == 1
            assert keys(other) == ["before"]
            assert Call(lambda: keys(memory)).outcome() == ["before"]
            assert Call(lambda: memory.recall("iguana")).outcome() == []
        assert keys(other) == ["before", "one"]


def test_other_tasks_see_nothing_of_a_block_until_it_is_over(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            wrote, seen = asyncio.Event(), asyncio.Event()

            async def outside() -> list[Any]:
                await wrote.wait()
                found = await memory.facts.list()
                seen.set()
                return found

            looking = asyncio.create_task(outside())
            async with memory.atomic() as tx:
                await tx.facts.set("one", "v")
                wrote.set()
                await seen.wait()
            assert await looking == []
            assert len(await memory.facts.list()) == 1

    asyncio.run(main())


def test_what_others_write_meanwhile_waits_for_the_end_and_is_kept(path: Path) -> None:
    with Memory(path) as memory:
        with pytest.raises(Stop), memory.atomic() as tx:
            tx.facts.set("one", "v")
            waiting = [Call(lambda number=number: memory.facts.set(f"other {number}", "v")) for number in range(5)]
            until(lambda: engine_of(memory)._writer._jobs.qsize() == 5)
            raise Stop
        for call in waiting:
            call.outcome()
        assert keys(memory) == [f"other {number}" for number in range(5)]


# several tasks, several threads


def test_calls_of_many_tasks_on_one_block_are_put_in_line(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            async with memory.atomic() as tx:
                await asyncio.gather(*(tx.scope(user=f"user {number % 5}").facts.set(f"key {number}", "v") for number in range(60)))
                await asyncio.gather(*(asyncio.create_task(tx.recall("key")) for _ in range(5)))
            assert await memory.verify() == []

    asyncio.run(main())
    assert rows(path, "select count(*) from facts") == [(60,)]


def test_calls_of_many_threads_on_one_block_are_put_in_line(path: Path) -> None:
    with Memory(path) as memory:
        with memory.atomic() as tx:
            for call in [Call(lambda number=number: tx.facts.set(f"key {number}", "v")) for number in range(20)]:
                call.outcome()
        assert memory.facts.count() == 20
        assert memory.verify() == []


def test_one_call_of_many_that_fails_harms_no_other(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            async with memory.atomic() as tx:
                done = await asyncio.gather(
                    *(tx.facts.set(f"key {number}" if number % 3 else "", "v") for number in range(30)), return_exceptions=True
                )
            assert sum(isinstance(one, Invalid) for one in done) == 10
            assert await memory.facts.count() == 20

    asyncio.run(main())


def test_inner_blocks_of_two_tasks_never_undo_each_other(path: Path) -> None:
    """What a task was told is kept, is kept: the other's rollback must wait, or the other must be refused."""

    async def main() -> tuple[list[str], list[Any]]:
        async with AsyncMemory(path) as memory:
            told: list[str] = []
            a_wrote, b_wrote, a_done = asyncio.Event(), asyncio.Event(), asyncio.Event()

            async def a(tx: Any) -> None:
                async with tx.atomic() as inner:
                    await inner.facts.set("a", "v")
                    a_wrote.set()
                    await asyncio.wait([asyncio.ensure_future(b_wrote.wait())], timeout=1)
                told.append("a")
                a_done.set()

            async def b(tx: Any) -> None:
                await a_wrote.wait()
                try:
                    async with tx.atomic() as inner:
                        await inner.facts.set("b", "v")
                        b_wrote.set()
                        await asyncio.wait([asyncio.ensure_future(a_done.wait())], timeout=1)
                        raise Stop
                finally:
                    b_wrote.set()

            async with memory.atomic() as tx:
                done = await asyncio.wait_for(asyncio.gather(a(tx), b(tx), return_exceptions=True), 20)
            assert await memory.verify() == []
            return told, [[fact.key for fact in await memory.facts.list()], done]

    told, (there, done) = asyncio.run(main())
    assert there == told, done


def test_an_outer_call_of_another_task_is_not_undone_with_an_inner_block(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            told = []
            inside, answered = asyncio.Event(), asyncio.Event()

            async def other(tx: Any) -> None:
                await inside.wait()
                with suppress(RecollectError):
                    await tx.facts.set("outer", "v")
                    told.append("outer")
                answered.set()

            async with memory.atomic() as tx:
                task = asyncio.create_task(other(tx))
                with pytest.raises(Stop):
                    async with tx.atomic() as inner:
                        await inner.facts.set("inner", "v")
                        inside.set()
                        await asyncio.wait([asyncio.ensure_future(answered.wait())], timeout=1)
                        raise Stop
                await asyncio.wait_for(task, 20)
            assert [fact.key for fact in await memory.facts.list()] == told

    asyncio.run(main())


def test_a_task_begun_inside_a_block_may_use_the_memory_once_the_block_is_over(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            over = asyncio.Event()

            async def later() -> None:
                await over.wait()
                await memory.facts.set("later", "v")

            async with memory.atomic() as tx:
                await tx.facts.set("one", "v")
                task = asyncio.create_task(later())
            over.set()
            await task
            assert [fact.key for fact in await memory.facts.list()] == ["later", "one"]

    asyncio.run(main())


def test_a_cancelled_task_rolls_its_block_back(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            wrote = asyncio.Event()

            async def block() -> None:
                async with memory.atomic() as tx:
                    await tx.facts.set("one", "an iguana")
                    wrote.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(block())
            await wrote.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await memory.facts.list() == []
            await memory.facts.set("next", "v")
            assert await memory.verify() == []

    asyncio.run(main())


def test_a_task_cancelled_at_its_blocks_first_call_rolls_it_back(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:

            async def block() -> None:
                async with memory.atomic() as tx:
                    await tx.facts.set("one", "v")
                    await tx.facts.set("two", "v")

            for turns in range(6):
                task = asyncio.create_task(block())
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert len(await memory.facts.list()) in (0, 2)
            await asyncio.wait_for(memory.facts.set("next", "v"), 20)
            assert await memory.verify() == []

    asyncio.run(main())


# how long


def short_blocks(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The time-out is a constructor argument; every block made from now on has this one."""
    for block in (Block, ServerBlock):
        monkeypatch.setattr(block.__init__, "__defaults__", (seconds,))


def test_a_block_that_holds_the_writer_too_long_is_rolled_back_with_busy(mem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    short_blocks(monkeypatch, 0.05)
    with pytest.raises(Busy, match="keep blocks short"), mem.atomic() as tx:
        tx.facts.set("one", "an iguana")
        until(lambda: block_over(tx))
        tx.facts.set("two", "v")
    assert keys(mem) == []
    assert mem.recall("iguana") == []
    assert mem.verify() == []


def block_over(tx: Any) -> bool:
    inside = getattr(tx, "_thing", tx)
    return inside._door._block.over is not None


def test_a_block_that_was_too_long_does_not_end_well_even_without_another_call(mem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    short_blocks(monkeypatch, 0.05)
    with pytest.raises(Busy), mem.atomic() as tx:
        tx.facts.set("one", "v")
        until(lambda: block_over(tx))
    assert keys(mem) == []


def test_an_exception_in_a_block_that_was_too_long_is_the_users_own(mem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    short_blocks(monkeypatch, 0.05)
    with pytest.raises(Stop), mem.atomic() as tx:
        tx.facts.set("one", "v")
        until(lambda: block_over(tx))
        raise Stop
    assert keys(mem) == []


def test_an_inner_block_of_a_block_that_was_too_long_says_busy(mem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    short_blocks(monkeypatch, 0.05)
    with pytest.raises(Busy), mem.atomic() as tx, tx.atomic() as inner:
        inner.facts.set("one", "v")
        until(lambda: block_over(inner))
    assert keys(mem) == []


def test_others_go_on_while_somebody_sleeps_in_a_block(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short_blocks(monkeypatch, 0.05)
    with Memory(path) as memory:
        dreaming, awake = threading.Event(), threading.Event()

        def sleeper() -> None:
            with memory.atomic() as tx:
                tx.facts.set("dreamt", "v")
                dreaming.set()
                awake.wait(30)

        asleep = Call(sleeper)
        assert dreaming.wait(30)
        Call(lambda: memory.facts.set("awake", "v")).outcome()
        awake.set()
        assert asleep.over()
        assert isinstance(asleep.error, Busy)
        assert keys(memory) == ["awake"]


# functions that the user gave us


def test_a_tokenizer_that_calls_the_memory_raises_at_once(opened: Any, face: str) -> None:
    told: list[BaseException] = []

    def tokenizer(text: str) -> int:
        if text == "trap":
            try:
                got = memory.facts.set("inner", "v") if not face.endswith("async") else memory._thing.facts.set("inner", "v").send(None)
                raise AssertionError(got)
            except Exception as error:
                told.append(error)
        return 1

    memory = opened(tokenizer=tokenizer)
    memory.messages.add("user", "trap")
    assert [type(error) for error in told] == [Invalid]
    assert "wait for itself" in str(told[0])


@pytest.mark.parametrize("way", ["memory.facts.set('inner', 'v')", "memory.facts.get('one')", "memory.verify()", "memory.close()"])
@pytest.mark.parametrize("outer", ["memory.facts.set('one', 'v')", "memory.facts.get('one')", "block()"])
def test_a_clock_that_calls_the_memory_raises_at_once(path: Path, way: str, outer: str) -> None:
    code = f"""
        from datetime import UTC, datetime
        from recollect import Invalid, Memory
        armed = []
        def clock():
            if armed:
                armed.clear()
                {way}
            return datetime.now(UTC)
        def block():
            with memory.atomic() as tx:
                tx.facts.set("two", "v")
        memory = Memory(sys.argv[1], clock=clock)
        armed.append(True)
        try:
            {outer}
        except Invalid as error:
            print("wait for itself" in str(error), flush=True)
        memory.facts.set("after", "v")
        memory.close()
    """
    assert run(code, path, timeout=15) == "True"


def test_a_clock_that_raises_in_a_block_is_heard_and_hangs_nobody(path: Path) -> None:
    code = """
        from datetime import UTC, datetime
        from recollect import Memory
        broken = []
        def clock():
            if broken:
                raise ValueError("the clock stands still")
            return datetime.now(UTC)
        with Memory(sys.argv[1], clock=clock) as memory:
            with memory.atomic() as tx:
                tx.facts.set("one", "v")
                broken.append(True)
                try:
                    tx.facts.set("two", "v")
                except ValueError as error:
                    print(error, flush=True)
                broken.clear()
            print([fact.key for fact in memory.facts.list()])
    """
    assert run(code, path, timeout=15).splitlines() == ["the clock stands still", "['one']"]
