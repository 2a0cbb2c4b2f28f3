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

K, ONES = 50, 50


def main(arguments: Sequence[str]) -> int:
    adapter, way, embedder, folder, given, output = arguments
    histories = [json.loads(line) for line in Path(given).read_text(encoding="utf-8").splitlines()]
    try:
        result = _measured(adapter, way, embedder == "ours", Path(folder), histories)
    except BaseException as error:
        traceback.print_exc()
        result = {"error": _sentence(error)}
    Path(output).write_text(json.dumps(result), encoding="utf-8")
    return int("error" in result)


def _measured(adapter: str, way: str, ours: bool, folder: Path, histories: list[dict[str, Any]]) -> dict[str, Any]:
    before = _memory("VmRSS")
    module, _, name = adapter.partition(":")
    make = getattr(importlib.import_module(module), name)
    embed = None
    if ours:
        from benchmarks.peers.static import Static

        embed = Static()
    # The first round also pays for what is loaded at first use, so that the second is not charged with it.
    one = _one_by_one(make(_empty(folder / "ones"), way, embed), histories[0]["turns"][:ONES])
    home = _empty(folder / "store")
    memory = make(home, way, embed)
    refused, adding = 0, 0.0
    for history in histories:
        began = time.perf_counter()
        refused += memory.add(history["scope"], history["turns"])
        adding += time.perf_counter() - began
    times, places = [], {}
    for history in histories:
        for question in history["questions"]:
            began = time.perf_counter()
            found = memory.search(history["scope"], question["text"], K)
            times.append(1000 * (time.perf_counter() - began))
            places[question["key"]] = [[place] if isinstance(place, str) else list(place) for place in found][:K]
    used = _memory("VmHWM") - before
    memory.close()
    return {
        "items": sum(len(history["turns"]) for history in histories), "refused": refused, "add_seconds": adding, "one_ms": one,
        "search_ms": statistics.median(times), "memory_mb": used, "disk_mb": _size(home), "places": places,
    }  # fmt: skip


def _one_by_one(memory: Any, turns: list[dict[str, Any]]) -> float:
    times = []
    for turn in turns:
        began = time.perf_counter()
        memory.add("ones", [turn])
        times.append(1000 * (time.perf_counter() - began))
    memory.search("ones", turns[0]["text"], K)
    memory.close()
    return statistics.median(times)


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _memory(which: str) -> float:
    """Resident memory of this process in MB, now (VmRSS) or at most (VmHWM); where /proc is missing, the most that it ever was."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(which):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1000)


def _sentence(error: BaseException) -> str:
    """An error as one line; the deepest cause says the most."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
