"""Runs inside the environment of one peer: fills it, asks it, and writes down what it answered and what that cost.

`python -m benchmarks.peers.runner MODULE:CLASS WAY EMBEDDER FOLDER INPUT OUTPUT`. It and what it imports need the standard library only,
and what the adapter needs.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

K = 10  # hits that are asked for
ONES = 30  # turns that are added by a call each
WARMING = 8  # turns and questions that nobody times, in a store of their own


def main(arguments: Sequence[str]) -> int:
    adapter, way, embedder, folder, given, output = arguments
    histories = [json.loads(line) for line in Path(given).read_text(encoding="utf-8").splitlines()]
    try:
        result = measured(adapter, way, embedder == "ours", Path(folder), histories)
    except BaseException as error:
        traceback.print_exc()
        result = {"error": sentence(error)}
    Path(output).write_text(json.dumps(result), encoding="utf-8")
    return int("error" in result)


def measured(adapter: str, way: str, ours: bool, folder: Path, histories: list[dict[str, Any]]) -> dict[str, Any]:
    """Fill a store, ask it everything, and weigh it."""
    module, _, name = adapter.partition(":")
    make = getattr(importlib.import_module(module), name)
    embed = None
    if ours:
        from benchmarks.peers.static import Static

        embed = Static()
    _warmed(make(_empty(folder / "warm"), way, embed), histories[0])
    home = _empty(folder / "store")
    memory = make(home, way, embed)
    bulk, ones, refused = 0.0, [], 0
    for number, history in enumerate(histories):
        scope, turns = history["scope"], history["turns"]
        # The last turns of the first conversation come by themselves, to a store that has something in it.
        apart = min(ONES, len(turns) // 2) if number == 0 else 0
        began = time.perf_counter()
        refused += memory.add(scope, turns[: len(turns) - apart])
        bulk += time.perf_counter() - began
        for turn in turns[len(turns) - apart :]:
            began = time.perf_counter()
            refused += memory.add(scope, [turn])
            ones.append(time.perf_counter() - began)
    times, places = [], {}
    for history in histories:
        for question in history["questions"]:
            began = time.perf_counter()
            found = memory.search(history["scope"], question["text"], K)
            times.append(time.perf_counter() - began)
            places[question["key"]] = [[place] if isinstance(place, str) else list(place) for place in found][:K]
    memory.close()
    return {
        "refused": refused,
        "add_ms": 1000 * statistics.median(ones),
        "bulk_ms": 1000 * bulk / (sum(len(history["turns"]) for history in histories) - len(ones)),
        "search_ms": 1000 * statistics.median(times),
        "memory_mb": _peak(),
        "disk_mb": _size(home),
        "places": places,
    }


def _warmed(memory: Any, history: dict[str, Any]) -> None:
    """What is loaded or made at first use is not charged to the first calls that are timed."""
    turns = history["turns"]
    memory.add("warm", turns[:WARMING])
    for turn in turns[WARMING : 2 * WARMING]:
        memory.add("warm", [turn])
    for question in history["questions"][:WARMING]:
        memory.search("warm", question["text"], K)
    memory.close()


def sentence(error: BaseException) -> str:
    """An error as one line of moderate length: the deepest cause says the most, and its first line."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = next((" ".join(line.split()) for line in str(error).splitlines() if line.strip()), "")
    text = text if len(text) <= 200 else text[:199] + "…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _peak() -> float:
    """The most memory that this process has had resident, in MB."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
