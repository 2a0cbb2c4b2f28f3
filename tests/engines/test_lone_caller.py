"""A caller that finds nobody at the file does its own job, in its own thread; everything else goes by the line."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import Call, Memory, engine_of, rows, run, until, writer_held

from recollect import Closed, Full, Invalid
from recollect.core.clock import system_clock


class Watched:
    """A clock that remembers in which threads it was asked, and does what it is told."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.then: Any = None

    def __call__(self) -> datetime:
        self.threads.append(threading.current_thread().name)
        if self.then is not None:
            then, self.then = self.then, None
            then()
        return system_clock()


@pytest.fixture
def clock() -> Watched:
    return Watched()


def test_a_lone_caller_writes_in_its_own_thread(path: Path, clock: Watched) -> None:
    with Memory(path, clock=clock) as memory:
        clock.threads.clear()
        memory.facts.set("home", "Lisbon")
        assert set(clock.threads) == {threading.current_thread().name}


def test_a_caller_that_finds_the_writer_at_work_stands_in_line(path: Path, clock: Watched) -> None:
    with Memory(path, clock=clock) as memory:
        clock.threads.clear()
        with writer_held(engine_of(memory)):
            call = Call(lambda: memory.facts.set("home", "Lisbon"))
            until(lambda: not engine_of(memory)._writer._jobs.empty())
        assert call.outcome().value == "Lisbon"
        assert set(clock.threads) == {"recollect-writer"}


def test_two_lone_callers_never_share_the_connection(path: Path, clock: Watched) -> None:
    with Memory(path, clock=clock) as memory:
        go = threading.Event()
        clock.then = lambda: go.wait(10)  # the first is inside its transaction
        first = Call(lambda: memory.facts.set("one", "1"))
        until(lambda: clock.then is None)
        second = Call(lambda: memory.facts.set("two", "2"))
        assert not second.over(0.1)
        go.set()
        assert (first.outcome().value, second.outcome().value) == ("1", "2")
        assert memory.verify() == []


def test_an_error_inside_a_lone_job_leaves_nothing_and_the_memory_usable(path: Path, clock: Watched) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with Memory(path, clock=clock) as memory:
        clock.then = interrupt
        with pytest.raises(KeyboardInterrupt):
            memory.facts.set("home", "Lisbon")
        assert memory.facts.get("home") is None
        memory.facts.set("home", "Porto")
        assert memory.verify() == []


def test_a_transaction_that_an_interrupt_left_open_is_rolled_back_by_the_next(path: Path) -> None:
    with Memory(path) as memory:
        transaction = engine_of(memory)._writer.transaction
        transaction.begin()
        transaction.db.execute("insert into settings (name, value) values ('half', 'done')")
        memory.facts.set("home", "Lisbon")
    assert rows(path, "select count(*) from settings where name = 'half'") == [(0,)]


def test_a_clock_that_calls_the_memory_is_refused_instead_of_waiting_for_itself(path: Path, clock: Watched) -> None:
    with Memory(path, clock=clock) as memory:
        heard: list[BaseException] = []

        def call() -> None:
            try:
                memory.facts.set("inner", "1")
            except Invalid as error:
                heard.append(error)

        clock.then = call
        memory.facts.set("outer", "1")
        assert len(heard) == 1
        assert memory.facts.get("inner") is None


def test_what_lone_callers_leave_behind_is_put_in_order_when_nobody_writes(path: Path) -> None:
    with Memory(path) as memory:
        writer = engine_of(memory)._writer
        for number in range(20):
            memory.messages.add("user", f"a message with words in it, number {number}")
        until(lambda: not writer._untidy)
        memory.messages.add("user", "another")
        until(lambda: not writer._untidy)


def test_a_lone_caller_waits_for_another_process_in_line_where_ctrl_c_is_heard(path: Path) -> None:
    if os.name != "posix":
        pytest.skip("Windows has no SIGINT for one process")
    with Memory(path):
        pass
    other = apsw.Connection(str(path))
    other.execute("begin immediate")
    code = """
        import signal, threading, os, time
        from recollect import Memory
        memory = Memory(sys.argv[1])
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        began = time.monotonic()
        try:
            memory.facts.set("home", "Lisbon")
        except KeyboardInterrupt:
            print("heard" if time.monotonic() - began < 5 else "late", flush=True)
        os._exit(0)
    """
    try:
        assert run(code, path) == "heard"
    finally:
        other.execute("rollback")
        other.close()


def test_ctrl_c_in_a_long_lone_write_leaves_nothing_of_it(path: Path, clock: Watched) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGINT for one process")
    with Memory(path, clock=clock, durability="normal") as memory:
        memory.messages.add("user", "before")
        given = [{"role": "user", "content": f"message number {number}"} for number in range(20_000)]
        timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
        until(lambda: not engine_of(memory)._writer._untidy)
        clock.then = timer.start  # the transaction has begun
        with pytest.raises(KeyboardInterrupt):
            memory.messages.add_many(given)
        assert clock.threads[-1] == threading.current_thread().name
        assert [message.content for message in memory.messages.recent()] == ["before"]
        assert memory.verify() == []


def test_a_lone_caller_after_close_is_refused(path: Path) -> None:
    memory = Memory(path)
    facts = memory.facts
    memory.close()
    with pytest.raises(Closed):
        facts.set("home", "Lisbon")


def test_what_a_lone_caller_meets_at_the_beginning_is_said_as_in_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(path) as memory:
        transaction = engine_of(memory)._writer.transaction

        def full(**_: Any) -> bool:
            raise apsw.FullError("disk full")

        monkeypatch.setattr(transaction, "begin", full)
        with pytest.raises(Full):
            memory.facts.set("home", "Lisbon")


def test_an_interrupt_before_the_job_leaves_the_file_to_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(path) as memory:
        writer = engine_of(memory)._writer

        def interrupted(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(writer, "_commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            memory.facts.set("home", "Lisbon")
        monkeypatch.undo()
        with Memory(path) as other:
            other.facts.set("home", "Porto")
        assert memory.facts.get("home").value == "Porto"


def test_a_new_file_can_be_written_beside_a_memory_that_has_none(tmp_path: Path) -> None:
    with Memory(":memory:"), Memory(tmp_path / "agent.db") as memory:
        memory.facts.set("home", "Lisbon")
        assert memory.export(tmp_path / "all.jsonl") > 0


def test_leaving_one_memorys_block_does_not_forget_anothers(tmp_path: Path) -> None:
    with Memory(tmp_path / "one.db") as one, Memory(tmp_path / "two.db") as two:
        first, second = one.atomic(), two.atomic()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        with pytest.raises(Invalid):
            two.facts.set("home", "Lisbon")  # still inside its own block
        second.__exit__(None, None, None)
        two.facts.set("home", "Lisbon")
