"""Each writing verb beside the very statements that it runs, by bare apsw; and many processes at one file. Parts of `benchmarks.speed`."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from benchmarks import corpus

Verb = Callable[[Any, int], Any]
PAST = datetime(2025, 1, 1, tzinfo=UTC)


def _text(n: int) -> str:
    return _TEXTS[n % len(_TEXTS)]


_TEXTS = corpus.mixed(500)


def _prepared(memory: Any, count: int) -> dict[str, list[Any]]:
    """What verbs that change something are given."""
    view = memory.scope(user="user")
    view.blocks.create("persona", "I am kind.", max_tokens=100_000)
    notes = [view.notes.add(f"note {n}") for n in range(2 * count + 2)]
    for n in range(count):
        view.tasks.schedule(f"task {n}", PAST + timedelta(minutes=n))
    return {
        "notes": [note.id for note in notes],
        "calls": [view.interactions.start("coder", f"call {n}").id for n in range(count)],
    }


VERBS: dict[str, Callable[[dict[str, list[Any]]], Verb]] = {
    "messages.exchange": lambda held: lambda view, n: view.messages.exchange(_text(n), _text(n + 1)),
    "facts.set": lambda held: lambda view, n: view.facts.set(f"key {n % 20}", f"value {n}"),
    "preferences.set": lambda held: lambda view, n: view.preferences.set(f"key {n % 20}", f"value {n}"),
    "blocks.append": lambda held: lambda view, n: view.blocks.append("persona", f"line {n}"),
    "notes.add": lambda held: lambda view, n: view.notes.add(_text(n) + f" {n}"),
    "notes.delete": lambda held: lambda view, n: view.notes.delete(held["notes"][n]),
    "entities.add": lambda held: lambda view, n: view.entities.add(f"name {n}", "person"),
    "links.add": lambda held: lambda view, n: view.links.add(held["notes"][-n - 1], held["notes"][-n - 2]),
    "observations.add": lambda held: lambda view, n: view.observations.add(f"title {n}", _text(n)),
    "decisions.record": lambda held: lambda view, n: view.decisions.record("shell", {"command": f"ls {n}"}, "allow"),
    "outcomes.add": lambda held: lambda view, n: view.outcomes.add(1, "code", f"lesson {n}"),
    "lessons.learn": lambda held: lambda view, n: view.lessons.learn(f"rule {n % 30} holds", "code"),
    "patterns.observe": lambda held: lambda view, n: view.patterns.observe("workflow", f"step {n % 30}"),
    "limitations.report": lambda held: lambda view, n: view.limitations.report(f"cannot do {n}"),
    "tasks.schedule": lambda held: lambda view, n: view.tasks.schedule(f"another {n}", PAST + timedelta(days=1000 + n)),
    "tasks.claim": lambda held: lambda view, n: view.tasks.claim(),
    "checkpoints.save": lambda held: lambda view, n: view.checkpoints.save("run", f"phase {n}", "completed", {"n": n}),
    "handoffs.offer": lambda held: lambda view, n: view.handoffs.offer("reviewer", f"work {n}"),
    "interactions.finish": lambda held: lambda view, n: view.interactions.finish(held["calls"][n], "done", input=10),
    "usage.record": lambda held: lambda view, n: view.usage.record("gpt-4o", 1000, 100),
    "metrics.record": lambda held: lambda view, n: view.metrics.record("latency", n),
    "audit.log": lambda held: lambda view, n: view.audit.log(_text(n), _text(n + 1)),
    "memory.used": lambda held: lambda view, n: view.used([held["notes"][-n - 1]]),
}
"""Durable writes of one record or two, given what `_prepared` made."""


def verbs(folder: Path, quick: bool) -> Iterator[tuple[str, float, float, float]]:
    """Name, milliseconds by recollect, milliseconds by bare apsw, and the median ratio of rounds that take turns."""
    from recollect import Memory

    rounds, each = (3, 40) if quick else (5, 80)
    count = rounds * each
    start = folder / "start.db"
    with Memory(start) as memory:
        held = _prepared(memory, count)
    for name, make in VERBS.items():
        ours, traced, bare = (folder / f"{side}-{name}.db" for side in ("ours", "traced", "bare"))
        for copy in (ours, traced, bare):
            shutil.copyfile(start, copy)
            copy.chmod(0o600)
        verb = make(held)
        statements = _traced(traced, verb, count)
        yield (name, *_compared(ours, bare, verb, statements, rounds, each))
        for copy in (ours, traced, bare):
            for end in ("", "-wal", "-shm"):
                Path(f"{copy}{end}").unlink(missing_ok=True)


Statement = tuple[str, Any]


def _traced(path: Path, verb: Verb, count: int) -> list[list[Statement]]:
    """What the writer's connection runs in each of so many calls."""
    from recollect import Memory

    calls: list[list[Statement]] = []
    with Memory(path) as memory:
        view = memory.scope(user="user")
        db = memory._opened._writer.transaction.db

        def seen(cursor: Any, sql: str, bindings: Any) -> bool:
            if "pragma" not in sql:
                calls[-1].append((sql, bindings))
            return True

        for n in range(count):
            calls.append([])
            db.exec_trace = seen
            verb(view, n)
            db.exec_trace = None
    return calls


def _compared(ours: Path, bare: Path, verb: Verb, statements: list[list[Statement]], rounds: int, each: int) -> tuple[float, float, float]:
    from recollect import Memory

    db = apsw.Connection(str(bare))
    db.set_busy_timeout(30_000)
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
        db.execute(f"pragma {pragma}")
    mine: list[float] = []
    theirs: list[float] = []
    with Memory(ours) as memory:
        view = memory.scope(user="user")
        for number in range(rounds):
            some = range(number * each, (number + 1) * each)
            began = time.perf_counter()
            for n in some:
                verb(view, n)
            mine.append((time.perf_counter() - began) / each)
            time.sleep(0.3)  # what recollect puts off until nobody writes must not slow the other side
            began = time.perf_counter()
            for n in some:
                for sql, bindings in statements[n]:
                    db.execute(sql, bindings).fetchall()
            theirs.append((time.perf_counter() - began) / each)
    db.close()
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    return 1000 * statistics.median(mine), 1000 * statistics.median(theirs), ratio


# many processes at one file

_CLAIMING = """
import sys
from recollect import Memory
with Memory(sys.argv[1]) as memory:
    while claims := memory.tasks.claim(20):
        for claim in claims:
            print(claim.task.id, memory.tasks.complete(claim.token).status)
"""

_EDITING = """
import sys
from recollect import Conflict, Memory
path, who, edits = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Memory(path) as memory:
    done = 0
    while done < edits:
        block = memory.blocks.get("shared")
        try:
            memory.blocks.append("shared", f"{who}-{done}", expected_version=block.version)
        except Conflict:
            continue
        done += 1
"""


def claims(folder: Path, quick: bool) -> tuple[int, int, float]:
    """Tasks that were claimed and completed by 8 processes, how many of those more than once, and tasks a second."""
    from recollect import Memory

    path, count = folder / "claims.db", 2000 if quick else 10_000
    with Memory(path, durability="normal") as memory:
        for start in range(0, count, 1000):
            with memory.atomic() as tx:
                for n in range(start, start + 1000):
                    tx.tasks.schedule(f"task {n}", PAST + timedelta(seconds=n))
    began = time.perf_counter()
    done = _ran([[_CLAIMING, str(path)]] * 8)
    took = time.perf_counter() - began
    ids = [line.split()[0] for said in done for line in said.splitlines()]
    with Memory(path, read_only=True) as memory:
        finished = memory.sql("select count(*) as n from recollect_tasks where status = 'done'")[0]["n"]
        runs = memory.sql("select count(*) as n from recollect_task_runs")[0]["n"]
    return min(finished, len(set(ids))), max(len(ids), runs) - count, count / took


def edits(folder: Path, quick: bool) -> tuple[int, int, float]:
    """Versions of a block that 20 writers appended to with compare-and-set, how many there should be, and edits a second."""
    from recollect import Memory

    path, each = folder / "edits.db", 5 if quick else 20
    with Memory(path) as memory:
        memory.blocks.create("shared", "", max_tokens=1_000_000)
    began = time.perf_counter()
    _ran([[_EDITING, str(path), f"writer{n}", str(each)] for n in range(20)])
    took = time.perf_counter() - began
    with Memory(path, read_only=True) as memory:
        block = memory.blocks.get("shared")
    lines = block.content.split("\n")
    accepted = len(lines) if len(lines) == len(set(lines)) == block.version - 1 else -1
    return accepted, 20 * each, 20 * each / took


def _ran(programs: list[list[str]]) -> list[str]:
    running = [subprocess.Popen([sys.executable, "-c", *program], stdout=subprocess.PIPE, text=True) for program in programs]
    said = [process.communicate()[0] for process in running]
    failed = [process.returncode for process in running if process.returncode]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(running)} processes failed")
    return said
