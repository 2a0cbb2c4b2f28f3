"""Several processes on one file, processes that fork, processes that are killed."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from enginekit import Memory, rows, run, said, script

pytestmark = pytest.mark.promise("writes")

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

WRITER = """
    from recollect import Memory
    path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with Memory(path, durability="normal") as memory:
        mine = memory.scope(user=name)
        for turn in range(count):
            mine.messages.add("user", f"{name} item {turn}")
            memory.scope(user="shared").messages.add("user", f"{name} shared {turn}")
    print("done")
"""


def test_four_processes_write_one_file_at_once(path: Path) -> None:
    running = [script(WRITER, path, f"p{number}", 50) for number in range(4)]
    assert [said(one) for one in running] == ["done"] * 4
    with Memory(path) as memory:
        assert memory.verify() == []
        for number in range(4):
            assert memory.scope(user=f"p{number}").messages.count() == 50
        assert memory.scope(user="shared").messages.count() == 200
        assert len(memory.scope(user="shared").messages.search("p2 shared", limit=200)) == 200


@pytest.mark.parametrize("turn", range(5))
def test_eight_processes_may_make_the_same_new_file_at_once(tmp_path: Path, turn: int) -> None:
    path = tmp_path / "made" / "by" / "all.db"
    code = """
        from recollect import Memory
        sys.stdin.readline()
        with Memory(sys.argv[1]) as memory:
            memory.scope(user=sys.argv[2]).facts.set("who", sys.argv[2])
        print("done")
    """
    running = [script(code, path, f"p{number}", stdin=-1) for number in range(8)]
    for one in running:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [said(one) for one in running] == ["done"] * 8
    assert rows(path, "select count(*) from facts") == [(8,)]
    assert rows(path, "select count(*) from migrations")[0][0] == rows(path, "select count(distinct name) from migrations")[0][0]
    assert path.stat().st_mode & 0o777 == 0o600
    with Memory(path) as memory:
        assert memory.verify() == []


def test_processes_that_open_and_close_all_the_time_never_see_a_damaged_file(path: Path) -> None:
    code = """
        from recollect import Memory
        for turn in range(25):
            with Memory(sys.argv[1], durability="normal") as memory:
                memory.scope(user=sys.argv[2]).facts.set(f"key {turn}", "v " * 1500)
        print("done")
    """
    running = [script(code, path, f"p{number}") for number in range(4)]
    assert [said(one) for one in running] == ["done"] * 4
    assert rows(path, "select count(*) from facts") == [(100,)]
    with Memory(path) as memory:
        assert memory.verify() == []


ACKNOWLEDGE = """
    import threading
    from recollect import Memory
    memory = Memory(sys.argv[1], durability="normal")
    out = threading.Lock()
    def work(number):
        for turn in range(1_000_000):
            stored = memory.scope(user=f"u{number}").messages.add("user", f"item {number} {turn}")
            with out:
                print(stored.id, flush=True)
    for number in range(8):
        threading.Thread(target=work, args=(number,)).start()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("lines", [40, 150, 400])
def test_a_process_killed_in_the_middle_of_writing_loses_nothing_it_acknowledged(path: Path, lines: int) -> None:
    victim = script(ACKNOWLEDGE, path)
    assert victim.stdout
    acknowledged = [victim.stdout.readline().strip() for _ in range(lines)]
    victim.send_signal(signal.SIGKILL)
    rest = victim.communicate(timeout=30)[0].splitlines()
    acknowledged += [line for line in rest if len(line) == 36]
    with Memory(path) as memory:
        assert memory.verify() == []
        assert None not in memory.get_many(acknowledged)
        memory.facts.set("life", "goes on")


@posix
def test_a_fork_is_told_to_open_again_and_the_parent_goes_on(path: Path) -> None:
    code = """
        import gc, os
        from recollect import Closed, Memory
        memory = Memory(sys.argv[1])
        memory.facts.set("before", "v")
        memory.facts.get("before")
        scope = memory.scope(user="alice")
        child = os.fork()
        if not child:
            told = []
            for call in (lambda: memory.facts.set("child", "v"), lambda: memory.facts.get("before"), lambda: scope.recall("before"),
                         lambda: memory.atomic().__enter__(), lambda: memory.verify(), lambda: list(memory.facts.iterate())):
                try:
                    call()
                except Closed as error:
                    told.append("open it again" in str(error))
            memory.close()
            del memory, scope, call
            gc.collect()
            with Memory(sys.argv[1]) as mine:
                mine.facts.set("child's own", "v")
            print(told, flush=True)
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        memory.facts.set("after", "v")
        print([fact.key for fact in memory.facts.list()], memory.verify())
        memory.close()
    """
    first, second = run(code, path).splitlines()
    assert first == str([True] * 6)
    assert second == "['after', 'before', \"child's own\"] []"
    with Memory(path) as memory:
        assert memory.verify() == []


@posix
def test_a_fork_of_an_async_memory_is_told_to_open_again(path: Path) -> None:
    code = """
        import asyncio, os
        from recollect import AsyncMemory, Closed
        memory = AsyncMemory(sys.argv[1])
        asyncio.run(memory.facts.set("before", "v"))
        child = os.fork()
        if not child:
            for call in (lambda: memory.facts.set("child", "v"), lambda: memory.facts.get("before")):
                try:
                    asyncio.run(call())
                except Closed as error:
                    print("told", flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        asyncio.run(memory.facts.set("after", "v"))
        asyncio.run(memory.close())
    """
    assert run(code, path).split() == ["told", "told"]
    assert rows(path, "select key from facts order by key") == [("after",), ("before",)]


@posix
def test_a_fork_inside_an_atomic_block_does_not_wait_for_a_writer_that_is_not_there(path: Path) -> None:
    code = """
        import os
        from recollect import Closed, Memory
        memory = Memory(sys.argv[1])
        with memory.atomic() as tx:
            tx.facts.set("inside", "v")
            child = os.fork()
            if not child:
                try:
                    tx.facts.set("child", "v")
                except Closed:
                    print("told", flush=True)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        memory.close()
    """
    assert run(code, path, timeout=20) == "told"
    assert rows(path, "select key from facts") == [("inside",)]


@posix
def test_a_fork_while_threads_write_leaves_the_file_intact(path: Path) -> None:
    code = """
        import os, threading
        from recollect import Closed, Memory
        memory = Memory(sys.argv[1], durability="normal")
        def work(number):
            for turn in range(40):
                memory.scope(user=f"u{number}").facts.set(f"key {turn}", "v")
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        children = []
        for _ in range(5):
            child = os.fork()
            if not child:
                try:
                    memory.facts.set("child", "v")
                except Closed:
                    os._exit(7)
                os._exit(1)
            children.append(child)
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [7] * 5
        for thread in threads:
            thread.join()
        print(memory.verify())
        memory.close()
    """
    assert run(code, path) == "[]"
    assert rows(path, "select count(*) from facts") == [(240,)]


OPEN_AND_WRITE = """
    from recollect import Memory
    with Memory(sys.argv[1]) as memory:
        memory.scope(user="other").facts.set("key", "v")
    print("done")
"""


def test_opening_the_same_file_twice_in_one_process_loses_nothing_to_another(path: Path) -> None:
    """Closing any descriptor of a file drops a process's POSIX locks on it; another process may then take the file for its own."""
    first = Memory(path)
    first.scope(user="alice").facts.set("zero", "v")
    Memory(path).close()
    run(OPEN_AND_WRITE, path)
    first.scope(user="alice").facts.set("one", "v")
    Memory(path, read_only=True).close()
    run(OPEN_AND_WRITE, path)
    first.scope(user="alice").facts.set("two", "v")
    first.close()
    with Memory(path) as again:
        assert [fact.key for fact in again.scope(user="alice").facts.list()] == ["one", "two", "zero"]
        assert again.verify() == []


@pytest.mark.skipif(not os.path.exists("/proc/locks"), reason="reads /proc/locks")
def test_opening_the_same_file_twice_in_one_process_keeps_the_locks_of_the_first(path: Path) -> None:
    def locks() -> int:
        inode = f":{path.stat().st_ino} "
        return sum(inode in line for line in Path("/proc/locks").read_text().splitlines())

    with Memory(path) as first:
        first.facts.set("key", "v")
        held = locks()
        assert held
        Memory(path).close()
        assert locks() == held


@pytest.mark.promise("forgetting")
def test_an_owner_erased_by_another_process_is_a_new_owner(path: Path) -> None:
    """The number of an erased owner may be given away: a process that remembers it would write into another's list."""
    with Memory(path) as ours, Memory(path) as theirs:
        ours.scope(user="alice").facts.set("city", "Lisbon")
        theirs.erase(user="alice")
        theirs.scope(user="bob").facts.set("car", "Volvo")
        ours.scope(user="alice").facts.set("pet", "iguana")
        assert ours.verify() == []
        assert [hit.record.value for hit in theirs.scope(user="alice").recall("iguana")] == ["iguana"]
        assert theirs.scope(user="bob").recall("iguana") == []


def test_a_language_chosen_by_another_process_is_used_from_the_next_write(path: Path) -> None:
    with Memory(path) as ours, Memory(path) as theirs:
        ours.scope(user="alice").facts.set("first", "running houses")
        theirs.scope(user="alice").facts.set("preferred_language", "de")
        ours.scope(user="alice").facts.set("second", "die laufenden Häuser")
        assert ours.verify() == []
        assert [hit.record.key for hit in theirs.scope(user="alice").recall("laufende Haus")] == ["second"]


def test_turns_written_by_two_processes_stand_in_one_order(path: Path) -> None:
    with Memory(path) as ours, Memory(path) as theirs:
        for turn in range(4):
            ours.scope(user="alice").messages.add("user", f"ours {turn}")
            theirs.scope(user="alice").messages.add("user", f"theirs {turn}")
    assert [place for (place,) in rows(path, "select place from documents order by number")] == list(range(8))


TIDYING = """
    from recollect import Memory
    path, name = sys.argv[1], sys.argv[2]
    def summarizer(messages):
        with open(path + ".said", "a") as file:
            file.write(messages[0].content + "\\n")
        return f"{name}: {messages[0].content}"
    with Memory(path) as memory:
        sys.stdin.readline()
        done = memory.scope(user="alice").consolidate(force=True, summarizer=summarizer)
        print(len(done.closed) if done.ran else "away")
"""


def test_of_several_processes_that_consolidate_at_once_one_does_it(path: Path) -> None:
    """Defect 16 of kernex: the gates held for one process only."""
    with Memory(path, durability="normal") as memory:
        view = memory.scope(user="alice")
        for number in range(40):
            talk = view.conversations.start(f"Talk {number}", at=datetime(2025, 1, 1, tzinfo=UTC))
            view.messages.add("user", f"Question {number}", conversation=talk, at=datetime(2025, 1, 1, tzinfo=UTC))
    running = [script(TIDYING, path, f"p{number}", stdin=-1) for number in range(4)]
    for one in running:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    closed = [said(one) for one in running]
    assert sum(int(count) for count in closed if count != "away") == 40
    assert sorted(Path(f"{path}.said").read_text().split("\n")[:-1]) == sorted(f"Question {number}" for number in range(40))
    with Memory(path) as memory:
        assert {talk.summary.partition(": ")[2] for talk in memory.conversations.history(99)} == {f"Question {number}" for number in range(40)}
        assert memory.verify() == []
