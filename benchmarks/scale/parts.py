"""What is measured, part by part: each gives rows."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.peers import environments
from benchmarks.peers.table import PEERS, ROOT
from benchmarks.scale import candidates, child, files, texts
from benchmarks.speed import Row, Wrong, ratio

MILLION, COMPARED = 1_000_000, 100_000
USERS = 1000
ASKED = 100
KINDS = (("local", "words and vectors"), ("none", "words only"))


@dataclass
class Plan:
    folder: Path  # where the files of messages are
    scratch: Path  # what is thrown away
    cache: Path  # of environments
    sizes: Sequence[int]
    path: Path | None  # of a data set, or None for invented messages
    built: dict[str, float] = field(default_factory=dict)

    @cached_property
    def source(self) -> texts.Source:
        return texts.source(self.path)

    def users(self, size: int) -> int:
        """1000 users, or fewer if they had less than a conversation each."""
        return min(USERS, max(2, size // texts.TALK))

    def file(self, size: int, users: int) -> Path:
        return self.folder / files.name(self.source, size, users)

    @property
    def compared(self) -> int:
        return min(COMPARED, max(self.sizes))


def ready(plan: Plan, *wanted: tuple[int, int]) -> list[Path]:
    """The files of (size, users), those that are missing made at the same time."""
    places = [plan.file(*one) for one in wanted]

    def make(one: tuple[int, int]) -> None:
        size, users = one
        file = plan.file(size, users)
        given = {"file": str(file), "texts": str(plan.path.resolve()) if plan.path else "", "size": size, "users": users}
        report.say(f"  making {file.name} …", as_json=True)
        plan.built[file.name] = run("make", given)["seconds"]
        found = files.counted(file)
        whole = size // users * users
        if found != (whole, whole, whole):
            raise Wrong(f"{file.name}: {whole} messages were written; messages, index entries, vectors found: {found}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, [one for one, place in zip(wanted, places, strict=True) if not place.exists()]))
    return places


def run(what: str, given: dict[str, Any]) -> dict[str, Any]:
    """Measure something in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale.child", what], input=json.dumps(given), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def row(name: str, ours: float | None, other: float | None, unit: str, goal: str, met: bool | None) -> Row:
    return Row(name, ours, other, ratio(ours, other), unit, goal, met)


def below(name: str, ours: float, unit: str, most: float | None, other: float | None = None) -> Row:
    """A figure that should be less than `most`, if there is a goal."""
    if most is None:
        return row(name, ours, other, unit, "for comparison", None)
    return row(name, ours, other, unit, f"ours < {most:g} {unit}", ours < most)


# recall


def recall(plan: Plan) -> Iterator[Row]:
    """One user of 1000, and one who owns all; each by words and vectors, and by words only. `other` is the first question of a fresh process."""
    for size in plan.sizes:
        users = plan.users(size)
        many, one = ready(plan, (size, users), (size, 1))
        each = size // users
        one_of_them = files.questions(plan.source, range(users // 2, users // 2 + 1), each, ASKED)
        some = range(0, users, max(1, users // ASKED))
        another = files.questions(plan.source, some, each, len(some))
        of_all = files.questions(plan.source, range(1), size, ASKED)
        for embedder, kind in KINDS:
            goals = (5.0, 30.0) if size == MILLION and embedder == "local" else (None, None)
            of = f"{size:,} messages, {kind}"
            yield from _answering(f"{of}, one user of {users:,}", many, embedder, one_of_them, goals[0])
            yield from _answering(f"{of}, another user of {users:,} each time", many, embedder, another, None)
            yield from _answering(f"{of}, one user owning all", one, embedder, of_all, goals[1])
        weight = one.stat().st_size / size
        yield row(f"{size:,} messages: the file, vectors and all, a message", weight, None, "bytes", "for comparison", None)
        if {one.name, many.name} <= plan.built.keys():
            name = f"{size:,} messages of one user and as many of {users:,}: making both files at once"
            yield row(name, max(plan.built[one.name], plan.built[many.name]), None, "s", "for comparison", None)


def _answering(name: str, file: Path, embedder: str, asked: Sequence[tuple[str, str]], goal: float | None) -> Iterator[Row]:
    found = run("ask", {"file": str(file), "embedder": embedder, "asked": asked})
    yield below(f"{name}: recall p50 (beside the first)", found["p50"], "ms", goal, found["first"])
    yield below(f"{name}: the same in processor time", found["processor"], "ms", None)


def writing(plan: Plan) -> Iterator[Row]:
    """The owner of all asks after each write, which is what an agent does; `other` is the same question before it."""
    for size in plan.sizes:
        (file,) = ready(plan, (size, 1))
        asked = files.questions(plan.source, range(1), size, 30, seed=7)
        copy = plan.scratch / "written.db"
        shutil.copy(file, copy)
        found = run("write", {"file": str(copy), "embedder": "local", "asked": asked})
        copy.unlink()
        for name, after in (("added", "a message was added"), ("deleted", "it was deleted")):
            yield below(f"{size:,} messages, one user owning all: recall p50 after {after} (beside before)", found[name], "ms", None, found["before"])


def memory(plan: Plan) -> Iterator[Row]:
    """The most resident memory of a fresh process that asks the owner of all, less what it had before it imported recollect."""
    size = max(plan.sizes)
    (file,) = ready(plan, (size, 1))
    asked = files.questions(plan.source, range(1), size, 30, seed=6)
    words, found = (run("ask", {"file": str(file), "embedder": embedder, "asked": asked}) for embedder in ("none", "local"))
    most = 250.0 if size == MILLION else None
    yield below(
        f"memory while searching {size:,} vectors: growth of a fresh process (beside words only)", found["growth"], "MB", most, words["growth"]
    )
    yield below("… after it, without pages of files", found["own"], "MB", None, words["own"])


def embedding(plan: Plan) -> Iterator[Row]:
    """The vector of one question; `other` is the first, which reads the model."""
    asked = files.questions(plan.source, range(1), 10_000, 500)
    found = run("embed", {"asked": asked})
    yield below("the vector of a question, [local] (beside the first)", found["p50"], "ms", 1.0, found["first"])


def importing(plan: Plan) -> Iterator[Row]:
    """JSON lines of conversations brought in with vectors, and without, in turns; the median of the rounds' ratios."""
    count, warming, rounds = min(20_000, max(plan.sizes)), min(1000, max(plan.sizes)), 3 if max(plan.sizes) >= 10_000 else 1
    whole, warm = plan.scratch / "import.jsonl", plan.scratch / "warm.jsonl"
    for file, messages in ((whole, count), (warm, warming)):
        file.write_text("".join(_lines(plan, messages)), encoding="utf-8")
    given = {"file": str(whole), "warm": str(warm), "warming": warming, "count": count, "rounds": rounds, "folder": str(plan.scratch)}
    found = run("bring", given)
    share = statistics.median(a / b for a, b in zip(found["rates"]["local"], found["rates"]["none"], strict=True))
    here, there = (statistics.median(found["rates"][one]) for one in ("local", "none"))
    name = f"import of {count:,} messages with vectors, [local], beside without"
    yield Row(name, here, there, share, "messages/s", "ratio >= 0.6", share >= 0.6)
    here, there = (found["sizes"][one] / count for one in ("local", "none"))
    yield row("… bytes of the file a message", here, there, "bytes", "for comparison", None)


def _lines(plan: Plan, count: int) -> Iterator[str]:
    for number, said in enumerate(texts.messages(plan.source, 0, count)):
        messages = [{"role": files.ROLES[place % 2], "content": text} for place, text in enumerate(said)]
        yield json.dumps({"id": f"talk-{number}", "messages": messages}, ensure_ascii=False) + "\n"


def bm25s(plan: Plan) -> Iterator[Row]:
    """The same questions to bm25s over the same texts, held in memory by a process of its own; question by question in turns."""
    size = plan.compared
    names = [f"one scope of {size:,}, {kind}: recall p50 beside bm25s in memory" for _, kind in KINDS]
    try:
        place = environments.made(next(peer for peer in PEERS if peer.name == "bm25s"), plan.cache)
    except environments.Failed as reason:
        for name in names:
            yield Row(f"{name} ({reason})", None, None, None, "ms", "ratio <= 3", None)
        return
    (file,) = ready(plan, (size, 1))
    asked = files.questions(plan.source, range(1), size, ASKED)
    command = [place.python, "-m", "benchmarks.scale.beside"]
    environment = environments.variables(plan.scratch / "home", {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"})
    with subprocess.Popen(command, env=environment, cwd=plan.scratch, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        found = in_turns(other, [text for some in texts.messages(plan.source, 0, size) for text in some], file, asked)
    for name, side in zip(names, ("local", "none"), strict=True):
        ours, theirs = (statistics.median(wall for wall, _ in found[one][child.WARM :]) for one in (side, "bm25s"))
        yield Row(name, ours, theirs, ours / theirs, "ms", "ratio <= 3", ours / theirs <= 3)
        ours, theirs = (statistics.median(busy for _, busy in found[one][child.WARM :]) for one in (side, "bm25s"))
        yield row(f"{name}, in processor time", ours, theirs, "ms", "for comparison", None)


def in_turns(other: subprocess.Popen[str], said: Sequence[str], file: Path, asked: Sequence[tuple[str, str]]) -> dict[str, list[tuple[float, float]]]:
    """What every question took each side, in milliseconds by the clock and of the processor."""
    from recollect import Memory

    assert other.stdin is not None and other.stdout is not None
    found: dict[str, list[tuple[float, float]]] = {"bm25s": [], "local": [], "none": []}
    with Memory(file, embedder="local") as both, Memory(file, embedder="none") as words:
        other.stdin.write(json.dumps(said) + "\n")
        for user, question in asked:
            other.stdin.write(json.dumps(question) + "\n")
            other.stdin.flush()
            answer = other.stdout.readline()
            if not answer:
                raise Wrong(f"bm25s ended with {other.wait()}")
            wall, busy = json.loads(answer)
            found["bm25s"].append((wall, busy))
            for side, memory in (("local", both), ("none", words)):
                began, worked = time.perf_counter(), time.process_time()
                memory.scope(user=user).recall(question, limit=10)
                found[side].append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)))
        other.stdin.close()
    return found


def chosen(plan: Plan) -> Iterator[Row]:
    """Of the ten texts most alike by exact comparison, how many are among those that the search of vectors names."""
    size = plan.compared
    (file,) = ready(plan, (size, 1))
    asked = [question for _, question in files.questions(plan.source, range(1), size, 2 * ASKED, seed=7)]
    share, count = candidates.recall(file, asked)
    name = f"one scope of {size:,}: of the 10 most alike, the share among the candidates by vectors"
    yield Row(name, share, 1.0, share, "", "ours >= 0.99", share >= 0.99)
    yield row("… candidates that are named for a question", count, float(size), "documents", "for comparison", None)


PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "embedding": embedding, "importing": importing, "bm25s": bm25s, "candidates": chosen, "recall": recall, "writing": writing, "memory": memory,
}  # fmt: skip
