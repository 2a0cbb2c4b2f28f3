"""What is measured in a process of its own: `python -m benchmarks.scale.child WHAT`, told by a line of JSON how; it answers with another."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import default
from benchmarks.scale import files, texts

WARM = 3  # questions that are not counted


def make(given: dict[str, Any]) -> dict[str, Any]:
    """Make a file of messages."""
    source = texts.source(Path(given["texts"]) if given["texts"] else None)
    before = time.perf_counter()
    files.made(Path(given["file"]), source, given["size"], given["users"])
    return {"seconds": time.perf_counter() - before}


def ask(given: dict[str, Any]) -> dict[str, Any]:
    """Questions to a file, and the memory that this takes: all of it, and without the pages of files, which the system may take back."""
    before, own = _resident()
    from recollect import Memory

    times: list[float] = []
    busy: list[float] = []
    hits = 0
    with Memory(given["file"], embedder=given["embedder"]) as memory:
        for user, question in given["asked"]:
            scope = memory.scope(user=user)
            began, worked = time.perf_counter(), time.process_time()
            found = scope.recall(question, limit=10)
            times.append(1000 * (time.perf_counter() - began))
            busy.append(1000 * (time.process_time() - worked))
            hits += len(found)
        peak, _ = _resident("VmHWM")
        _, after = _resident()
    counted = times[WARM:] or times
    return {
        "first": times[0],
        "p50": statistics.median(counted),
        "p95": sorted(counted)[int(0.95 * len(counted))],
        "processor": statistics.median(busy[WARM:] or busy),
        "hits": hits / len(times),
        "growth": peak - before,
        "own": after - own,
    }


def write(given: dict[str, Any]) -> dict[str, Any]:
    """Each question three times: before a write, after a message was added, and after that was deleted."""
    from recollect import Memory

    times: dict[str, list[float]] = {"before": [], "added": [], "deleted": []}
    with Memory(given["file"], embedder=given["embedder"]) as memory:
        for user, question in given["asked"]:
            scope = memory.scope(user=user)
            for name, of in times.items():
                if name == "added":
                    message = scope.messages.add("user", f"{question} indeed")
                elif name == "deleted":
                    scope.forget(message.id)
                began = time.perf_counter()
                scope.recall(question, limit=10)
                of.append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(of[WARM:] or of) for name, of in times.items()}


def bring(given: dict[str, Any]) -> dict[str, Any]:
    """The same import with vectors and without, in turns, on two processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    from recollect import Memory

    rates: dict[str, list[float]] = {"local": [], "none": []}
    sizes: dict[str, int] = {}
    for number in range(-1, given["rounds"]):  # the first is not counted
        for embedder, of in rates.items():
            file = Path(given["folder"]) / f"import-{number}-{embedder}.db"
            with Memory(file, embedder=embedder) as memory:
                scope = memory.scope(user="user")
                began = time.perf_counter()
                scope.import_(given["warm"] if number < 0 else given["file"], "chat-jsonl")
                took = time.perf_counter() - began
            _, entries, vectors = files.counted(file)
            wanted = given["warming"] if number < 0 else given["count"]
            if (entries, vectors) != (wanted, wanted if embedder == "local" else 0):
                raise ValueError(f"{wanted} messages were brought; the file has {entries}, and {vectors} vectors")
            sizes[embedder] = file.stat().st_size
            if number >= 0:
                of.append(wanted / took)
            file.unlink()
    return {"rates": rates, "sizes": sizes}


def embed(given: dict[str, Any]) -> dict[str, Any]:
    """What the vector of a question takes, by itself."""
    from recollect.embedders import embedding

    local = embedding("local")
    if local is None:
        raise ValueError("there is no local embedder")
    times = []
    for _, question in given["asked"]:
        began = time.perf_counter()
        local.question(question)
        times.append(1000 * (time.perf_counter() - began))
    counted = times[WARM:] or times
    return {"first": times[0], "p50": statistics.median(counted)}


def _resident(name: str = "VmRSS") -> tuple[float, float]:
    """Resident memory in MB, and how much of it is the process's own; where /proc is missing, the most that it ever was, twice."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        said = {line.partition(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(("Vm", "Rss")) and "kB" in line}
        return said[name], said["RssAnon"]
    except (OSError, KeyError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
        return most, most


WORKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"make": make, "ask": ask, "write": write, "bring": bring, "embed": embed}


if __name__ == "__main__":
    default.environment()
    print(json.dumps(WORKS[sys.argv[1]](json.loads(sys.stdin.read()))))
