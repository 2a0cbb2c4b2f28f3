"""Group commit: whatever happens to a group, exactly what was acknowledged is in the file."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import Blocking, Memory, engine_of, kept, one_group, rows

from recollect import Busy, Conflict, Full, NotFound

pytestmark = pytest.mark.promise("writes")

JOBS = 20
SEVENTH = 6
NOBODY = "00000000-0000-7000-8000-000000000000"


def add(place: int, text: str = "") -> Callable[[Any], Any]:
    return lambda memory: memory.scope(user="alice").messages.add("user", text or f"item {place}", external_id=str(place))


def jobs(seventh: Callable[[Any], Any] | None = None) -> list[Callable[[Any], Any]]:
    return [seventh if seventh and place == SEVENTH else add(place) for place in range(JOBS)]


def stored(path: Path) -> set[int]:
    return {int(found) for (found,) in rows(path, "select external_id from messages where external_id is not null")}


def ours(memory: Any, work: Callable[[apsw.Connection], Any]) -> Any:
    """Through the engine's own connection, on the writer's thread."""
    return engine_of(memory).maintain(work)


def close_and_check(memory: Any, path: Path, expected: set[int]) -> None:
    """After reopening exactly these are there: as rows, as search results, in an unbroken log."""
    memory.close()
    with Memory(path) as again:
        assert stored(path) == expected
        alice = again.scope(user="alice")
        assert {int(message.external_id) for message in alice.messages.search("item", limit=100)} == expected
        assert again.verify() == []


@pytest.fixture
def alice(mem: Any) -> Any:
    """Begun before the group, so that its jobs differ in nothing but themselves."""
    mem.scope(user="alice").conversations.start("the one")
    return mem


def pages(db: apsw.Connection) -> int:
    return int(db.execute("pragma page_count").fetchall()[0][0])


def no_more_than(more: int) -> Callable[[apsw.Connection], Any]:
    return lambda db: db.execute(f"pragma max_page_count = {pages(db) + more}").fetchall()


def test_a_full_disk_met_by_the_seventh_row_costs_only_the_seventh(alice: Any, path: Path) -> None:
    ours(alice, no_more_than(60))
    done = one_group(alice, jobs(add(SEVENTH, "item " + "x" * 600_000)))
    assert isinstance(done[SEVENTH].error, Full)
    assert kept(done) == set(range(JOBS)) - {SEVENTH}
    close_and_check(alice, path, kept(done))


def test_a_full_disk_met_by_the_seventh_index_entry_costs_only_the_seventh(alice: Any, path: Path) -> None:
    chance = random.Random(7)
    words = " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=12)) for _ in range(15_000))
    ours(alice, no_more_than(len(words) // 4096 + 25))
    done = one_group(alice, jobs(add(SEVENTH, "item " + words)))
    assert isinstance(done[SEVENTH].error, Full)
    assert kept(done) == set(range(JOBS)) - {SEVENTH}
    close_and_check(alice, path, kept(done))


def test_a_full_disk_for_everybody_acknowledges_nothing_that_is_not_kept(alice: Any, path: Path) -> None:
    ours(alice, no_more_than(25))
    done = one_group(alice, [add(place, f"item {place} " + "word " * 3000) for place in range(JOBS)])
    assert 0 < len(kept(done)) < JOBS
    assert all(isinstance(done[place].error, Full) for place in range(JOBS) if place not in kept(done))
    close_and_check(alice, path, kept(done))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_small_disk_that_fills_up_keeps_what_was_acknowledged(small_disk: Path, path: Path) -> None:
    where = small_disk / "agent.db"
    memory = Memory(where)
    memory.scope(user="alice").conversations.start("the one")
    done = one_group(memory, jobs(add(SEVENTH, "item " + "x" * 5_000_000)))
    assert isinstance(done[SEVENTH].error, Full)
    assert kept(done) == set(range(JOBS)) - {SEVENTH}
    close_and_check(memory, where, kept(done))


def test_a_memory_on_a_full_disk_can_still_be_read(small_disk: Path) -> None:
    with Memory(small_disk / "agent.db") as memory:
        memory.facts.set("home", "Lisbon")
        (small_disk / "ballast").write_bytes(bytes(0))
        with pytest.raises(OSError), open(small_disk / "ballast", "wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)) == 4096:
                continue
            raise OSError("a short write")
        with pytest.raises(Full):
            for number in range(2000):
                memory.facts.set(f"key {number}", "x" * 4000)
        assert memory.facts.get("home").value == "Lisbon"
        assert [hit.record.key for hit in memory.recall("Lisbon")] == ["home"]
        (small_disk / "ballast").unlink()
        memory.facts.set("home", "Porto")
        assert memory.verify() == []


def poisoned(db: apsw.Connection, stop: Callable[[], bool]) -> None:
    """Every statement that writes the text 'item poison' meets `stop` after its first step."""
    state = {"now": False}

    def trace(cursor: Any, sql: str, bindings: Any) -> bool:
        state["now"] = isinstance(bindings, dict) and bindings.get("content") == "item poison"
        return True

    db.set_exec_trace(trace)
    db.set_progress_handler(lambda: state["now"] and stop(), 1)


def test_an_interrupt_costs_only_the_job_that_meets_it(alice: Any, path: Path) -> None:
    ours(alice, lambda db: poisoned(db, lambda: True))
    done = one_group(alice, jobs(add(SEVENTH, "item poison")))
    assert isinstance(done[SEVENTH].error, Busy)
    assert kept(done) == set(range(JOBS)) - {SEVENTH}
    close_and_check(alice, path, kept(done))


def test_one_interrupt_costs_nobody_anything(alice: Any, path: Path) -> None:
    once = [True]
    ours(alice, lambda db: poisoned(db, lambda: bool(once) and (once.clear(), db.interrupt())[1] is not None))
    done = one_group(alice, jobs(add(SEVENTH, "item poison")))
    assert once == []
    assert kept(done) == set(range(JOBS))
    close_and_check(alice, path, kept(done))


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_commit_that_fails_is_never_acknowledged(alice: Any, path: Path, times: int) -> None:
    left = [1] * times
    ours(alice, lambda db: db.set_commit_hook(lambda: left.pop() if left else 0))
    done = one_group(alice, jobs())
    assert len(kept(done)) == JOBS - (times - 1)  # the first took the group, each other one job
    close_and_check(alice, path, kept(done))


def test_a_lock_by_another_connection_is_busy_and_nothing_is_kept(alice: Any, path: Path) -> None:
    ours(alice, lambda db: db.set_busy_timeout(20))
    other = apsw.Connection(str(path))
    other.execute("begin immediate")
    done = one_group(alice, jobs())
    other.execute("rollback")
    other.close()
    assert kept(done) == set()
    assert all(isinstance(one.error, Busy) for one in done)
    assert stored(path) == set()
    again = one_group(alice, jobs())
    assert kept(again) == set(range(JOBS))
    close_and_check(alice, path, kept(again))


def test_a_lock_that_ends_in_time_costs_nobody_anything(alice: Any, path: Path) -> None:
    other = apsw.Connection(str(path))
    other.execute("begin immediate")

    def busy(tries: int) -> bool:
        other.execute("rollback")
        return True

    ours(alice, lambda db: db.set_busy_handler(busy))
    done = one_group(alice, jobs())
    other.close()
    assert kept(done) == set(range(JOBS))
    close_and_check(alice, path, kept(done))


def test_a_job_that_fails_halfway_harms_nobody_and_leaves_nothing(alice: Any, path: Path) -> None:
    """The seventh begins a conversation (a row, an index entry, a log entry) before it meets the unknown one."""

    def seventh(memory: Any) -> Any:
        return memory.scope(user="alice", channel="elsewhere").messages.add_many(
            [{"role": "user", "content": "item half"}, {"role": "user", "content": "item half", "conversation": NOBODY}]
        )

    done = one_group(alice, jobs(seventh))
    assert isinstance(done[SEVENTH].error, NotFound)
    assert kept(done) == set(range(JOBS)) - {SEVENTH}
    assert rows(path, "select count(*) from conversations") == [(1,)]
    assert rows(path, "select count(*) from changes where channel = 'elsewhere'") == [(0,)]
    close_and_check(alice, path, kept(done))


def test_two_contradicting_jobs_of_one_group_get_one_answer_each(alice: Any, path: Path) -> None:
    calls = [lambda memory, text=text: memory.scope(user="alice").messages.add("user", text, external_id="7") for text in ("item a", "item b")]
    done = one_group(alice, calls)
    assert done[0].error is None
    assert isinstance(done[1].error, Conflict)
    close_and_check(alice, path, {7})


def failing_once(db: apsw.Connection) -> None:
    left = [1]
    db.set_commit_hook(lambda: left.pop() if left else 0)


def test_a_generator_of_messages_survives_that_its_group_runs_again(alice: Any, path: Path) -> None:
    def seventh(memory: Any) -> Any:
        return memory.scope(user="alice").messages.add_many({"role": "user", "content": f"item g{n}"} for n in range(3))

    ours(alice, failing_once)
    done = one_group(alice, jobs(seventh))
    assert kept(done) == set(range(JOBS))
    assert [message.content for message in done[SEVENTH].result] == ["item g0", "item g1", "item g2"]
    assert rows(path, "select count(*) from messages where content like 'item g_'") == [(3,)]


def test_a_generator_of_tags_survives_that_its_group_runs_again(alice: Any) -> None:
    ours(alice, failing_once)
    calls = [lambda memory: memory.remember("a note", tags=(tag for tag in ("one", "two"))), *jobs()]
    done = one_group(alice, calls)
    assert done[0].error is None
    assert done[0].result.tags == ("one", "two")


def test_a_job_that_runs_again_draws_its_time_and_writes_its_log_once(alice: Any, path: Path) -> None:
    before = rows(path, "select count(*) from changes")[0][0]
    ours(alice, failing_once)
    done = one_group(alice, jobs())
    assert kept(done) == set(range(JOBS))
    assert rows(path, "select count(*) from changes")[0][0] == before + JOBS
    assert rows(path, "select count(*) from documents where kind = 'messages'") == [(JOBS,)]


def test_the_order_of_writing_is_the_order_of_the_calls(alice: Any, path: Path) -> None:
    one_group(alice, jobs())
    assert [int(found) for (found,) in rows(path, "select external_id from messages order by seq")] == list(range(JOBS))


def test_both_faces_are_tested_as_what_they_are(alice: Any, face: str) -> None:
    assert isinstance(alice, Blocking if face == "async" else Memory)
