"""The writer thread: whom it serves, what it survives, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from enginekit import AsyncMemory, Call, Memory, engine_of, one_group, rows, submitted, until, writer_held

from recollect import Closed, Conflict, RecollectError
from recollect.engines import writer as writer_module

# many callers


@pytest.mark.promise("writes")
def test_64_threads_are_all_served(path: Path) -> None:
    with Memory(path, durability="normal") as memory:

        def work(number: int) -> None:
            for turn in range(15):
                memory.scope(user=f"user {number % 8}").messages.add("user", f"item {number} {turn}")

        calls = [Call(lambda number=number: work(number)) for number in range(64)]
        for call in calls:
            call.outcome()
        assert memory.verify() == []
    assert rows(path, "select count(*), count(distinct content) from messages") == [(64 * 15, 64 * 15)]


@pytest.mark.promise("writes")
def test_200_tasks_are_all_served(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path, durability="normal") as memory:

            async def work(number: int) -> None:
                for turn in range(4):
                    await memory.scope(user=f"user {number % 8}").messages.add("user", f"item {number} {turn}")

            await asyncio.gather(*(work(number) for number in range(200)))
            assert await memory.verify() == []

    asyncio.run(main())
    assert rows(path, "select count(*), count(distinct content) from messages") == [(800, 800)]


def test_a_thread_reads_what_it_has_just_written(path: Path) -> None:
    with Memory(path, durability="normal") as memory:

        def work(number: int) -> None:
            facts = memory.scope(user=f"user {number}").facts
            for turn in range(20):
                facts.set("turn", f"turn{turn}")
                assert facts.get("turn").value == f"turn{turn}"
                assert [hit.record.value for hit in memory.scope(user=f"user {number}").recall(f"turn{turn}")] == [f"turn{turn}"]

        for call in [Call(lambda number=number: work(number)) for number in range(12)]:
            call.outcome()


# cancellation


class HeldClock:
    """Stands still on the writer's thread until it is let go: a job that asks it the time has begun, and is not done."""

    def __init__(self, thread: str = "recollect-writer") -> None:
        self._thread = thread
        self.armed = False
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self) -> Any:
        from datetime import UTC, datetime

        if self.armed and threading.current_thread().name.startswith(self._thread):
            self.begun.set()
            assert self.go.wait(30)
        return datetime.now(UTC)


@pytest.mark.promise("writes")
def test_a_task_cancelled_before_its_job_begins_writes_nothing(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            with writer_held(memory._async_door.engine):
                tasks = [asyncio.create_task(memory.facts.set(f"key {n}", "v")) for n in range(3)]
                await asyncio.sleep(0)
                tasks[1].cancel()
                with pytest.raises(asyncio.CancelledError):
                    await tasks[1]
            await asyncio.gather(tasks[0], tasks[2])
            assert await memory.verify() == []

    asyncio.run(main())
    assert rows(path, "select key from facts order by key") == [("key 0",), ("key 2",)]


@pytest.mark.promise("writes")
def test_a_task_cancelled_after_its_job_began_leaves_no_half(path: Path) -> None:
    clock = HeldClock()

    async def main() -> None:
        async with AsyncMemory(path, clock=clock) as memory:
            clock.armed = True
            task = asyncio.create_task(memory.messages.exchange("a question", "an answer"))
            await asyncio.to_thread(clock.begun.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            clock.armed = False
            clock.go.set()
            await memory.facts.set("the writer", "lives on")
            assert await memory.messages.count() == 2
            assert await memory.verify() == []

    asyncio.run(main())


def test_wait_for_with_a_time_out_does_not_hold_the_writer(path: Path) -> None:
    async def main() -> None:
        async with AsyncMemory(path) as memory:
            with writer_held(memory._async_door.engine), pytest.raises(TimeoutError):
                await asyncio.wait_for(memory.facts.set("late", "v"), 0.01)
            await memory.facts.set("next", "v")
            assert [fact.key for fact in await memory.facts.list()] == ["next"]

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_event_loop_that_is_closed_while_it_waits_does_not_kill_the_writer(path: Path) -> None:
    memory = AsyncMemory(path)
    asyncio.run(memory.facts.set("first", "v"))
    loop = asyncio.new_event_loop()
    with writer_held(memory._async_door.engine):
        waiting = [loop.create_task(memory.facts.set(f"lost {n}", "v")) for n in range(3)]
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    async def after() -> list[str]:
        await memory.facts.set("second", "v")
        assert await memory.verify() == []
        keys = [fact.key for fact in await memory.facts.list()]
        await memory.close()
        return keys

    assert {"first", "second"} <= set(asyncio.run(after()))
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task._log_destroy_pending = False  # the loop they ran on is gone
    del waiting
    gc.collect()


def test_one_memory_serves_two_event_loops_one_after_the_other(path: Path) -> None:
    memory = AsyncMemory(path)

    async def turn(number: int) -> list[str]:
        await memory.facts.set(f"key {number}", "v")
        async with memory.atomic() as tx:
            await tx.facts.set(f"more {number}", "v")
        return [fact.key for fact in await memory.facts.list()]

    assert asyncio.run(turn(1)) == ["key 1", "more 1"]
    assert asyncio.run(turn(2)) == ["key 1", "key 2", "more 1", "more 2"]
    asyncio.run(memory.close())


# a writer that dies


class Death(Exception):
    pass


def deadly(memory: Any) -> None:
    """The next transaction can neither be committed nor rolled back."""

    def die(*_: Any) -> None:
        raise Death("the disk caught fire")

    transaction = engine_of(memory)._writer.transaction
    transaction.commit = transaction.rollback = die


@pytest.mark.promise("writes")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dying_writer_fails_everybody_who_waits_with_its_cause(path: Path) -> None:
    memory = Memory(path)
    deadly(memory)
    done = one_group(memory, [lambda memory, n=n: memory.facts.set(f"key {n}", "v") for n in range(5)])
    assert all("fire" in str(call.error) for call in done), [call.error for call in done]
    Call(memory.close).outcome()
    assert rows(path, "select count(*) from facts") == [(0,)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_writer_refuses_every_later_call_with_its_cause(path: Path) -> None:
    memory = Memory(path)
    deadly(memory)
    for _ in range(3):
        call = Call(lambda: memory.facts.set("key", "v"))
        assert call.over(), "the call hangs"
        assert "fire" in str(call.error)
    block = Call(lambda: in_a_block(memory))
    assert block.over(), "the block hangs"
    assert "fire" in str(block.error)
    Call(memory.close).outcome()


def in_a_block(memory: Any) -> None:
    with memory.atomic() as tx:
        tx.facts.set("key", "v")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_dies_in_an_atomic_block_does_not_leave_it_waiting(path: Path) -> None:
    memory = Memory(path)
    deadly(memory)
    block = Call(lambda: in_a_block(memory))
    assert block.over(10), "the block hangs"
    assert isinstance(block.error, Death)
    later = Call(lambda: memory.facts.set("key", "v"))
    assert later.over(10), "later calls hang"
    assert "fire" in str(later.error)
    Call(memory.close).outcome()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_dies_after_it_answered_some_fails_the_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was answered is not answered twice: that would end the failing of the others."""
    memory = Memory(path)
    writer = engine_of(memory)._writer

    def die(mode: str) -> None:
        raise Death("the disk caught fire")

    writer._checkpoint = die
    for bound in ("PAGES", "MOST_PAGES"):
        monkeypatch.setattr(writer_module, bound, -1, raising=False)
    engine = engine_of(memory)
    with writer_held(engine):
        entered = submitted(engine)
        calls = []
        for number in range(3):
            calls.append(Call(lambda number=number: memory.facts.set(f"key {number}", "v")))
            assert entered.acquire(timeout=30)
        calls.append(Call(lambda: in_a_block(memory)))
        assert entered.acquire(timeout=30)
        calls.append(Call(lambda: memory.facts.set("after", "v")))
        assert entered.acquire(timeout=30)
    assert all(call.over(10) for call in calls), "calls hang"
    acknowledged = {call.result.key for call in calls[:3] if call.error is None}
    assert acknowledged <= {key for (key,) in rows(path, "select key from facts")}
    assert ["fire" in str(call.error) for call in calls[3:]] == [True, True], [call.error for call in calls]
    Call(memory.close).outcome()


# the end


@pytest.mark.promise("writes")
def test_close_finishes_what_is_queued(path: Path) -> None:
    memory = Memory(path)
    engine = engine_of(memory)
    with writer_held(engine) as go:
        entered = submitted(engine)
        calls = []
        for number in range(20):
            calls.append(Call(lambda number=number: memory.facts.set(f"key {number}", "v")))
            assert entered.acquire(timeout=30)
        closing = Call(memory.close)
        until(lambda: engine._writer._cause is not None)
        go.set()
        closing.outcome()
    for call in calls:
        call.outcome()
    assert rows(path, "select count(*) from facts") == [(20,)]


VERBS: dict[str, Callable[[Any], Any]] = {
    "set": lambda m: m.facts.set("key", "v"),
    "get": lambda m: m.facts.get("key"),
    "list": lambda m: m.messages.list(),
    "add": lambda m: m.messages.add("user", "hello"),
    "remember": lambda m: m.remember("a note"),
    "recall": lambda m: m.recall("a note"),
    "context": lambda m: m.context("a note"),
    "stats": lambda m: m.stats(),
    "verify": lambda m: m.verify(),
    "vacuum": lambda m: m.vacuum(),
    "backup": lambda m: m.backup("/tmp/never-made.db"),
    "erase": lambda m: m.erase(user="x"),
    "scope": lambda m: m.scope(user="alice").facts.get("key"),
    "iterate": lambda m: list(m.facts.iterate()),
}


@pytest.mark.parametrize("verb", VERBS)
def test_after_close_every_verb_says_closed(mem: Any, verb: str) -> None:
    mem.facts.set("key", "v")
    mem.close()
    with pytest.raises(Closed, match="open it again"):
        VERBS[verb](mem)


def test_after_close_an_atomic_block_says_closed(mem: Any) -> None:
    mem.close()
    with pytest.raises(Closed), mem.atomic() as tx:
        tx.facts.set("key", "v")


def test_an_open_block_of_a_closed_memory_says_closed_or_busy_and_keeps_nothing(path: Path) -> None:
    memory = Memory(path)
    block_open, go = threading.Event(), threading.Event()

    def block() -> None:
        with memory.atomic() as tx:
            tx.facts.set("key", "v")
            block_open.set()
            go.wait(30)

    running = Call(block)
    assert block_open.wait(30)
    closing = Call(memory.close)
    until(lambda: engine_of(memory)._writer._cause is not None)
    go.set()
    closing.outcome()
    assert running.over()
    there = rows(path, "select key from facts")
    assert there == ([("key",)] if running.error is None else [])


def test_closing_twice_is_fine(mem: Any) -> None:
    mem.facts.set("key", "v")
    mem.close()
    mem.close()


def test_closing_what_was_never_used_is_fine(path: Path) -> None:
    asyncio.run(AsyncMemory(path).close())
    Memory(path).close()


def test_closing_from_many_threads_at_once_is_fine(path: Path) -> None:
    memory = Memory(path)
    memory.facts.set("key", "v")
    for call in [Call(memory.close) for _ in range(8)]:
        call.outcome()


def test_threads_that_use_a_memory_while_it_closes_hear_closed_and_nothing_else(path: Path) -> None:
    memory = Memory(path, durability="normal")
    acknowledged: set[str] = set()
    enough = threading.Event()

    def write(number: int) -> None:
        for turn in range(1_000_000):
            key = f"key {number} {turn}"
            memory.scope(user=f"user {number}").facts.set(key, "v")
            acknowledged.add(key)
            if len(acknowledged) > 200:
                enough.set()

    def read(number: int) -> None:
        while True:
            memory.scope(user=f"user {number}").recall("key")

    calls = [Call(lambda number=number: write(number)) for number in range(8)] + [Call(lambda number=number: read(number)) for number in range(8)]
    assert enough.wait(30)
    Call(memory.close).outcome()
    for call in calls:
        assert call.over(), "a thread hangs"
        assert isinstance(call.error, Closed), repr(call.error)
    assert acknowledged <= {key for (key,) in rows(path, "select key from facts")}
    with Memory(path) as again:
        assert again.verify() == []


def test_after_close_nothing_is_left_beside_the_file(mem: Any, path: Path) -> None:
    mem.facts.set("key", "v")
    mem.facts.get("key")
    mem.close()
    assert [found.name for found in path.parent.iterdir()] == [path.name]


# not closed at all


def used(memory: Any) -> None:
    memory.facts.set("key", "v")
    memory.facts.get("key")


def failed(memory: Any) -> None:
    memory.messages.add("user", "one", external_id="1")
    with pytest.raises(Conflict):
        memory.messages.add("user", "two", external_id="1")


def blocked(memory: Any) -> None:
    with memory.atomic() as tx:
        tx.facts.set("key", "v")


def looked_after(memory: Any) -> None:
    memory.verify()


@pytest.mark.parametrize("use", [lambda memory: None, used, failed, blocked, looked_after], ids=["unused", "used", "failed", "atomic", "verified"])
def test_a_memory_that_nobody_closed_is_collected_and_its_thread_ends(path: Path, use: Callable[[Any], None]) -> None:
    memory = Memory(path)
    thread = engine_of(memory)._writer._thread
    use(memory)
    gone = weakref.ref(memory)
    del memory
    until(lambda: gc.collect() >= 0 and gone() is None)  # a thread that just answered may hold it a moment longer
    thread.join(30)
    assert not thread.is_alive()
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_an_async_memory_that_nobody_closed_is_collected_and_its_thread_ends(path: Path) -> None:
    memory = AsyncMemory(path)

    async def use(memory: AsyncMemory) -> None:
        await memory.facts.set("key", "v")
        await memory.facts.get("key")

    asyncio.run(use(memory))
    thread, gone = memory._async_door.engine._writer._thread, weakref.ref(memory)
    del memory
    until(lambda: gc.collect() >= 0 and gone() is None)  # a thread that just answered may hold it a moment longer
    thread.join(30)
    assert not thread.is_alive()


def test_a_scope_keeps_its_memory_open(path: Path) -> None:
    alice = Memory(path).scope(user="alice")
    gc.collect()
    alice.facts.set("key", "v")
    assert alice.facts.get("key").value == "v"


@pytest.mark.promise("input")
def test_every_error_of_the_end_is_one_of_ours(mem: Any) -> None:
    mem.close()
    with pytest.raises(RecollectError):
        mem.facts.set("key", "v")
