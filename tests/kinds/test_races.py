"""Several processes on one file: a task runs once, no edit is lost, work has one owner. Whatever dies in between."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "engines"))

from enginekit import Memory, said, script, until

pytestmark = [
    pytest.mark.promise("writes"),
    pytest.mark.file,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

WORKER = """
    import time
    from datetime import timedelta
    from recollect import Conflict, Memory
    path, name, lease, patience = *sys.argv[1:3], *map(float, sys.argv[3:])
    with Memory(path, durability="normal") as memory:
        tasks = memory.scope(user="alice").tasks
        print("ready", flush=True)
        sys.stdin.readline()
        last = time.monotonic()
        while time.monotonic() - last < patience:
            for claim in tasks.claim(3, timedelta(seconds=lease)):
                last = time.monotonic()
                print("claimed", claim.task.description, flush=True)
                if name == "slow":
                    sys.stdin.readline()
                try:
                    tasks.complete(claim.token, name)
                except Conflict:
                    print("lost", claim.task.description, flush=True)
                else:
                    print("done", claim.task.description, flush=True)
"""

EDITOR = """
    from recollect import Conflict, Memory
    path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with Memory(path, durability="normal") as memory:
        blocks = memory.scope(user="alice", agent=name).blocks
        print("ready", flush=True)
        sys.stdin.readline()
        for turn in range(count):
            while True:
                block = blocks.get("log")
                try:
                    after = blocks.edit("log", f"{block.content}{name} {turn}\\n", expected_version=block.version)
                except Conflict:
                    continue
                print(after.version, flush=True)
                break
"""

RECEIVER = """
    from recollect import Memory
    path, ids = sys.argv[1], sys.argv[2].split(",")
    with Memory(path, durability="normal") as memory:
        handoffs = memory.scope(user="alice", agent="reviewer").handoffs
        print("ready", flush=True)
        sys.stdin.readline()
        print(",".join(handoffs.accept(id).to_session for id in ids))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"


def told(process: subprocess.Popen[str]) -> None:
    """Let a process that waits go on."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def together(code: str, path: Path, *arguments: Sequence[object]) -> list[list[str]]:
    """What these processes said, each started with its arguments, and begun when all were ready."""
    running = [script(code, path, *given, stdin=subprocess.PIPE) for given in arguments]
    assert [line(one) for one in running] == ["ready"] * len(running)
    for one in running:
        told(one)
    return [said(one).splitlines() for one in running]


def planned(path: Path, count: int) -> list[str]:
    """So many tasks that are due."""
    names = [f"task {number}" for number in range(count)]
    with Memory(path, durability="normal") as memory, memory.atomic() as tx:
        for name in names:
            tx.scope(user="alice").tasks.schedule(name, LONG_AGO)
    return names


def test_each_task_is_done_by_exactly_one_of_several_processes(path: Path) -> None:
    """Defect 9 of kernex: without a claim's token two workers could finish the same task."""
    names = planned(path, 60)
    lines = list(chain.from_iterable(together(WORKER, path, *[(f"w{number}", 60, 0.5) for number in range(3)])))
    assert Counter(lines) == Counter([f"{what} {name}" for name in names for what in ("claimed", "done")])
    with Memory(path) as memory:
        alice = memory.scope(user="alice")
        assert {task.status for task in alice.tasks.list()} == {"done"}
        assert Counter(run.task for run in alice.tasks.runs(limit=1000)) == Counter(task.id for task in alice.tasks.list())
        assert memory.verify() == []


def test_what_a_killed_worker_held_is_done_by_another_when_its_lease_ends(path: Path) -> None:
    """Defect 17 of nexo: what was claimed before a crash was stuck for ever."""
    names = planned(path, 6)
    victim = script(WORKER, path, "slow", 1.5, 60, stdin=subprocess.PIPE)
    assert line(victim) == "ready"
    told(victim)
    assert line(victim).startswith("claimed")
    victim.send_signal(signal.SIGKILL)
    victim.communicate(timeout=30)
    lines = list(chain.from_iterable(together(WORKER, path, ("w1", 60, 2.5), ("w2", 60, 2.5))))
    assert Counter(one for one in lines if one.startswith("done")) == Counter(f"done {name}" for name in names)
    with Memory(path) as memory:
        runs = memory.scope(user="alice").tasks.runs(limit=1000)
        assert Counter(run.status for run in runs) == {"completed": 6, "lost": 3}
        assert memory.verify() == []


def test_a_worker_that_outlives_its_lease_finishes_nothing_of_anothers(path: Path) -> None:
    planned(path, 1)
    slow = script(WORKER, path, "slow", 0.2, 0.1, stdin=subprocess.PIPE)
    assert line(slow) == "ready"
    told(slow)
    assert line(slow) == "claimed task 0"
    with Memory(path, durability="normal") as memory:
        tasks = memory.scope(user="alice").tasks
        until(tasks.due)
        quick = tasks.claim()[0]
        told(slow)
        assert said(slow) == "lost task 0"
        assert tasks.complete(quick.token, "quick").status == "done"
        assert [(run.status, run.attempt) for run in tasks.runs()] == [("completed", 2), ("lost", 1)]


def test_of_edits_with_an_expected_version_exactly_the_accepted_ones_are_there_in_their_order(path: Path) -> None:
    """Defect 4 of engram blocks: an update read, then wrote, and one of two was lost."""
    with Memory(path) as memory:
        memory.scope(user="alice").blocks.create("log")
    names = ("ann", "ben", "eve")
    versions = zip(names, together(EDITOR, path, *[(name, 15) for name in names]), strict=True)
    accepted = {int(version): f"{name} {turn}" for name, said in versions for turn, version in enumerate(said)}
    assert sorted(accepted) == list(range(2, 47))
    with Memory(path) as memory:
        blocks = memory.scope(user="alice").blocks
        assert blocks.get("log").content.splitlines() == [accepted[version] for version in sorted(accepted)]
        history = blocks.history("log", limit=1000)
        assert [old.version for old in history] == list(range(46, 0, -1))
        assert all(old.author == accepted[old.version].split()[0] for old in history[:-1])
        assert memory.verify() == []


def test_a_handoff_that_several_accept_at_once_begins_one_session(path: Path) -> None:
    """Defect 9 of sessions-db: a handoff was four statements, each on its own."""
    with Memory(path, durability="normal") as memory:
        coder = memory.scope(user="alice", agent="coder")
        given = [coder.sessions.start(f"work {number}") for number in range(10)]
        offers = [coder.handoffs.offer("reviewer", "go on", session) for session in given]
    answers = {one[0] for one in together(RECEIVER, path, *[(",".join(offer.id for offer in offers),)] * 3)}
    with Memory(path) as memory:
        alice = memory.scope(user="alice")
        assert answers == {",".join(alice.handoffs.get(offer.id).to_session for offer in offers)}
        assert Counter(session.status for session in alice.sessions.list(limit=100)) == {"completed": 10, "active": 10}
        assert memory.verify() == []
