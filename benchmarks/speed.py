"""`python -m benchmarks.speed [--json] [--quick] [--only NAME] [--dir DIR]`: speed and size, each beside what it is compared with."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from benchmarks import corpus, default, report, slow_disk, verbs
from benchmarks.raw import messages as raw
from benchmarks.raw import same

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result. `met` is None where a figure is given for comparison and has no goal."""

    name: str
    ours: float | None
    other: float | None
    ratio: float | None
    unit: str
    goal: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Plan:
    folder: Path
    quick: bool


class Wrong(Exception):
    """What was written is not what is there."""


def ratio(ours: float | None, other: float | None) -> float | None:
    return ours / other if ours is not None and other else None


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def checked(path: Path, rows: int, *, ours: bool) -> None:
    """After the timing: are the rows there, and is the file sound?"""
    if ours:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        found = db.execute("select count(*) from messages").fetchall()[0][0]
        entries = db.execute("select count(*) from documents where kind = 'messages'").fetchall()[0][0]
        said = db.execute("pragma integrity_check").fetchall()[0][0]
        db.close()
    else:
        found, entries, said = raw.sound(str(path))
    if (found, entries, said) != (rows, rows, "ok"):
        raise Wrong(f"{path.name}: {rows} messages were written, {found} rows and {entries} index entries found; integrity: {said}")


# writing


def _disk(plan: Plan) -> Row:
    """What making something durable costs here and now: it decides most of the figures with durable writes."""
    times = []
    with tempfile.NamedTemporaryFile(dir=plan.folder) as file:
        for _ in range(200):
            file.write(bytes(16 * 1024))
            file.flush()
            times.append(1000 * _timed(lambda: os.fsync(file.fileno())))
    return Row("fsync of 16 KiB on this disk, p50", None, statistics.median(times), None, "ms", "for comparison", None)


def single(plan: Plan) -> Iterator[Row]:
    """One message after the other, each on the disk before the next, in rounds that take turns with plain apsw."""
    from recollect import Memory

    yield _disk(plan)
    rounds, each, warm = (3, 150, 50) if plan.quick else (5, 300, 50)
    texts = corpus.mixed(rounds * each + warm)
    ours_file, raw_file = plan.folder / "single.db", plan.folder / "single-raw.db"
    ours: list[float] = []
    theirs: list[float] = []
    with Memory(ours_file) as memory:
        scope, other = memory.scope(user="user"), raw.Raw(str(raw_file))
        for text in texts[:warm]:
            scope.messages.add("user", text)
            other.add("user", "user", text)
        for number in range(rounds):
            some = texts[warm + number * each : warm + (number + 1) * each]
            ours.append(_timed(lambda some=some: [scope.messages.add("user", text) for text in some]) / each)
            time.sleep(0.5)  # what recollect puts off until nobody writes must not slow the other side
            theirs.append(_timed(lambda some=some: [other.add("user", "user", text) for text in some]) / each)
        other.close()
    checked(ours_file, len(texts), ours=True)
    checked(raw_file, len(texts), ours=False)
    found = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    milliseconds = [1000 * statistics.median(side) for side in (ours, theirs)]
    yield Row("messages.add, durable, one thread", *milliseconds, found, "ms", "ratio <= 2.5 (aim 1.8)", found <= 2.5)


def bulk(plan: Plan) -> Iterator[Row]:
    """Many messages in one call, against one transaction of plain apsw."""
    from recollect import Memory

    count, rounds = (10_000, 3) if plan.quick else (100_000, 2)
    texts = corpus.mixed(count)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        ours_file, raw_file = plan.folder / f"bulk-{number}.db", plan.folder / f"bulk-raw-{number}.db"
        with Memory(ours_file) as memory:
            scope = memory.scope(user="user")
            given = [{"role": "user", "content": text} for text in texts]
            ours.append(count / _timed(lambda scope=scope, given=given: scope.messages.add_many(given)))
        other = raw.Raw(str(raw_file))
        theirs.append(count / _timed(lambda other=other: other.add_many(("user", "user", text) for text in texts)))
        other.close()
        checked(ours_file, count, ours=True)
        checked(raw_file, count, ours=False)
        _remove(ours_file, raw_file)
    found = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    rates = [statistics.median(side) for side in (ours, theirs)]
    yield Row(f"add_many of {count:,} in one call", *rates, found, "messages/s", "ratio >= 0.2 (aim 0.3)", found >= 0.2)


def threads(plan: Plan) -> Iterator[Row]:
    """Many at once: 64 threads sharing one Memory, 200 tasks on one AsyncMemory, and 64 threads with a connection each."""
    seconds = 3.0 if plan.quick else 10.0
    texts = corpus.mixed(2000)
    raw_file = plan.folder / "threads-raw.db"
    theirs, took, failed = same.adding_threads(str(raw_file), 64, seconds, texts)
    checked(raw_file, len(theirs), ours=True)
    if failed:
        report.say(f"{failed} adds of plain apsw gave up after {raw.BUSY_SECONDS} s; they are not counted", as_json=True)
    raw_rate, raw_slow = len(theirs) / took, 1000 * percentile(theirs, 0.99)
    for name, measure in (("64 threads", _shared), ("200 asyncio tasks", _tasks)):
        file = plan.folder / f"{measure.__name__}.db"
        ours, took = measure(file, seconds, texts)
        checked(file, len(ours), ours=True)
        rate, slow = len(ours) / took, 1000 * percentile(ours, 0.99)
        found, found_slow = rate / raw_rate, slow / raw_slow
        yield Row(f"{name} adding: rate", rate, raw_rate, found, "messages/s", "ratio >= 5 (aim 10)", found >= 5)
        yield Row(f"{name} adding: p99", slow, raw_slow, found_slow, "ms", "ratio <= 0.2", found_slow <= 0.2)


def slow_threads(plan: Plan) -> Iterator[Row]:
    """The same, both sides, where each fsync takes a millisecond longer."""
    named = f", fsync {slow_disk.LONGER / 1000:g} ms longer"
    try:
        for row in slow_disk.rows(plan.folder, plan.quick):
            yield replace(Row(**row), name=row["name"] + named)
    except slow_disk.Unmeasured as reason:
        yield Row(f"64 threads adding{named} ({reason})", None, None, None, "messages/s", "ratio >= 5 (aim 10)", None)


def _shared(file: Path, seconds: float, texts: Sequence[str]) -> tuple[list[float], float]:
    from recollect import Memory

    latencies: list[list[float]] = [[] for _ in range(64)]
    start = threading.Barrier(65)
    end = [0.0]

    def work(number: int) -> None:
        start.wait()
        place = number
        while (before := time.perf_counter()) < end[0]:
            scope.messages.add("user", texts[place % len(texts)])
            latencies[number].append(time.perf_counter() - before)
            place += 64

    with Memory(file) as memory:
        scope = memory.scope(user="user")
        workers = [threading.Thread(target=work, args=(number,)) for number in range(64)]
        for worker in workers:
            worker.start()
        began = time.perf_counter()
        end[0] = began + seconds
        start.wait()
        for worker in workers:
            worker.join()
        took = time.perf_counter() - began
    return [one for some in latencies for one in some], took


def _tasks(file: Path, seconds: float, texts: Sequence[str]) -> tuple[list[float], float]:
    from recollect import AsyncMemory

    async def run() -> tuple[list[float], float]:
        latencies: list[float] = []
        async with AsyncMemory(file) as memory:
            scope = memory.scope(user="user")
            began = time.perf_counter()

            async def work(number: int) -> None:
                place = number
                while (before := time.perf_counter()) < began + seconds:
                    await scope.messages.add("user", texts[place % len(texts)])
                    latencies.append(time.perf_counter() - before)
                    place += 200

            await asyncio.gather(*(work(number) for number in range(200)))
            return latencies, time.perf_counter() - began

    return asyncio.run(run())


# reading

USERS, ASKING = 1000, 100
ROLES = ("user", "assistant")
_BEGAN = datetime(2025, 1, 1, 8, tzinfo=UTC)


def reading(plan: Plan) -> Iterator[Row]:
    """One user of 1000 asks, and the same user alone in a file; plain FTS5 over the same messages for comparison."""
    from recollect import Memory

    count = 20_000 if plan.quick else 100_000
    sizes = corpus.sizes(USERS, count, ASKING)
    shared_file, alone_file, raw_file = (plan.folder / f"{name}.db" for name in ("shared", "alone", "shared-raw"))
    _fill(shared_file, sizes)
    _fill(alone_file, sizes[:1])
    other = raw.Raw(str(raw_file))
    other.add_many((f"user-{user}", "user", text) for user, size in enumerate(sizes) for text in corpus.texts(size, user))
    mine = corpus.texts(ASKING, 0)
    asked = [corpus.question(text, number) for number, text in enumerate(mine * (2 if plan.quick else 5))]
    with Memory(shared_file) as shared, Memory(alone_file) as alone:
        sides = [shared.scope(user="user-0"), alone.scope(user="user-0")]
        recalls: tuple[list[float], list[float]] = ([], [])
        contexts: tuple[list[float], list[float]] = ([], [])
        searches: list[float] = []
        for number, words in enumerate(asked):
            question = " ".join(words)
            for place in (0, 1) if number % 2 else (1, 0):
                recalls[place].append(1000 * _timed(lambda side=sides[place], question=question: side.recall(question)))
            searches.append(1000 * _timed(lambda words=words: other.search("user-0", words)))
        for number, words in enumerate(asked[:ASKING]):
            question = " ".join(words)
            for place in (0, 1) if number % 2 else (1, 0):
                contexts[place].append(1000 * _timed(lambda side=sides[place], question=question: side.context(question, budget=4000)))
        found = sides[0].recall(" ".join(asked[0]))
        if not found or [hit.text for hit in found] != [hit.text for hit in sides[1].recall(" ".join(asked[0]))]:
            raise Wrong("the user does not find the same in the shared file as alone")
    other.close()
    checked(shared_file, count, ours=True)
    checked(alone_file, ASKING, ours=True)
    checked(raw_file, count, ours=False)
    warm = len(asked) // 10
    here, there = (statistics.median(side[warm:]) for side in recalls)
    yield Row(f"recall p50, a user of 1000 in {count:,} messages", here, there, ratio(here, there), "ms", "ours < 3 ms", here < 3)
    more = here - there
    yield Row("recall p50, more than alone in a file", more, there, ratio(more, there), "ms", "ours <= 0.5 ms", more <= 0.5)
    plain = statistics.median(searches[warm:])
    yield Row("recall p50 beside a plain FTS5 search of the same file", here, plain, ratio(here, plain), "ms", "for comparison", None)
    here, there = (statistics.median(side[ASKING // 10 :]) for side in contexts)
    yield Row("context(budget=4000) p50, the same user", here, there, ratio(here, there), "ms", "ours < 8 ms", here < 8)


def _fill(file: Path, sizes: Sequence[int]) -> None:
    """Conversations of up to ten messages, of all users in turn, as time went."""
    from recollect import Memory

    talks = []
    for user, size in enumerate(sizes):
        texts = corpus.texts(size, user)
        for start in range(0, size, 10):
            talks.append((start / size + user / 1e6, user, texts[start : start + 10]))
    talks.sort(key=lambda talk: talk[:2])
    with Memory(file) as memory:
        for start in range(0, len(talks), 500):
            with memory.atomic() as tx:
                for number, (_, user, texts) in enumerate(talks[start : start + 500], start):
                    at = _BEGAN + timedelta(minutes=5 * number)
                    scope = tx.scope(user=f"user-{user}")
                    conversation = scope.conversations.start(at=at)
                    scope.messages.add_many(
                        {"role": ROLES[place % 2], "content": text, "at": at + timedelta(seconds=place), "conversation": conversation}
                        for place, text in enumerate(texts)
                    )


# the process


def starting(plan: Plan) -> Iterator[Row]:
    """What the import and the command line cost over a bare interpreter."""
    bare = [sys.executable, "-c", "pass"]
    command = Path(sys.executable).with_name("recollect")
    for name, tried, most in (
        ("import recollect", [sys.executable, "-c", "import recollect"], 100),
        ("recollect --help", [str(command), "--help"], 200),
    ):
        ours: list[float] = []
        theirs: list[float] = []
        # As pip leaves it, whatever this machine has set.
        compiled = {**os.environ, "PYTHONPYCACHEPREFIX": str(plan.folder / "compiled")}
        compiled.pop("PYTHONDONTWRITEBYTECODE", None)
        works = _works(tried, compiled)
        for _ in range(16):
            theirs.append(1000 * _timed(lambda compiled=compiled: _works(bare, compiled)))
            ours.append(1000 * _timed(lambda tried=tried, compiled=compiled: _works(tried, compiled)))
        there = statistics.median(theirs[1:])
        here = statistics.median(ours[1:]) if works else None
        met = here is not None and here - there < most
        yield Row(name, here, there, ratio(here, there), "ms", f"ours - other < {most} ms", met)


def _works(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    try:
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def memory_use(plan: Plan) -> Iterator[Row]:
    """Resident memory of a process that opens a file of a million messages and asks a hundred questions."""
    if plan.quick:
        return
    file = plan.folder / "million.db"
    built = _child("build", str(file))
    checked(file, built["messages"], ours=True)
    used = _child("open", str(file))
    yield Row("a million messages by add_many, 20,000 a call", built["seconds"], None, None, "s", "for comparison", None)
    yield Row(
        "resident memory, 1M messages open, 100 recalls", used["resident"], used["before"], ratio(used["resident"], used["before"]),
        "MB", "ours < 120 MB", used["resident"] < 120,
    )  # fmt: skip
    yield Row("recall p50 of those 100 (20,000 messages a user)", used["p50"], None, None, "ms", "for comparison", None)


def _child(what: str, file: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "benchmarks.speed", "--child", what, file], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


MILLION, CALL = 1_000_000, 20_000


def _build(file: str) -> dict[str, Any]:
    from recollect import Memory

    seconds = 0.0
    with Memory(file) as memory:
        users = MILLION // CALL
        for user in range(users):
            given = [{"role": "user", "content": text} for text in corpus.texts(CALL, user)]
            scope = memory.scope(user=f"user-{user}")
            seconds += _timed(lambda scope=scope, given=given: scope.messages.add_many(given))
            del given
            gc.collect()
    # Written here, so that the words cost the process that is measured no memory.
    asked = [" ".join(corpus.question(corpus.texts(number + 1, number % users)[-1], number)) for number in range(100)]
    Path(file + ".questions").write_text(json.dumps(asked), encoding="utf-8")
    return {"messages": MILLION, "seconds": round(seconds, 1)}


def _open(file: str) -> dict[str, Any]:
    before = _resident()
    from recollect import Memory

    questions = json.loads(Path(file + ".questions").read_text(encoding="utf-8"))
    times = []
    with Memory(file) as memory:
        for number, question in enumerate(questions):
            scope = memory.scope(user=f"user-{number % (MILLION // CALL)}")
            times.append(1000 * _timed(lambda scope=scope, question=question: scope.recall(question)))
        return {"resident": round(_resident(), 1), "before": round(before, 1), "p50": round(statistics.median(times), 3)}


def _resident() -> float:
    """Resident memory of this process in MB; where /proc is missing, the most that it ever was."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1000)


def installing(plan: Plan) -> Iterator[Row]:
    """What `pip install .` adds to an empty virtual environment."""
    home = plan.folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    place = Path(_said([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], environment).strip())
    before = _bytes(place)
    try:
        _said([*pip, "install", "--quiet", str(ROOT)], environment)
    except subprocess.CalledProcessError as error:
        report.say(f"pip install failed: {error.stderr.strip()[-500:]}", as_json=True)
        yield Row("default install: size", None, None, None, "MB", "ours < 35 MB", False)
        yield Row("default install: distributions beside recollect", None, None, None, "", "ours <= 12", False)
        return
    size = (_bytes(place) - before) / 1e6
    names = {one["name"].lower() for one in json.loads(_said([*pip, "list", "--format=json"], environment))} - {"pip", "setuptools", "recollect"}
    yield Row("default install: size", size, None, None, "MB", "ours < 35 MB", size < 35)
    yield Row("default install: distributions beside recollect", len(names), None, None, "", "ours <= 12", len(names) <= 12)


def _said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


# the reasons

SIGNALS = ("speaker", "role", "when", "question", "time", "session", "recency", "importance", "kind")
_CHAT = (
    ("I have a dentist's appointment on 14 March at 9 am. Which bus should I take?", "Bus 12 stops in front of the practice on Elm Street."),
    ("My bicycle's chain broke yesterday. Can it be mended?", "I recommended a new chain; the old one is worn. The shop on Elm Street has them."),
    ("I planted tomatoes and basil on the balcony last Sunday.", "Water the tomatoes every second day. Do they get sun in the morning?"),
    ("What could I cook for my sister? She eats no meat.", "You could cook a mushroom risotto, or the lentil stew that your sister liked in 2023."),
    ("The risotto was a success, my sister asked for the recipe.", "I suggest you send her the list: rice, mushrooms, broth, parmesan."),
    ("I want to repair the bicycle's brakes next week.", "You need brake pads and a 5 mm key. Shall I add both to the shopping list?"),
)
_ASKED = (
    "What did you recommend for the bicycle?", "When is my dentist's appointment?", "What did I plant on the balcony last week?",
    "Which recipe did my sister ask for yesterday?", "When did my bicycle's chain break?", "What did you suggest to cook for my sister?",
    "Which bus did you mention?", "What did we say about tomatoes in March?", "When do I want to repair the brakes?",
    "Remind me of the shopping list from our last conversation",
)  # fmt: skip


def explained(plan: Plan) -> Iterator[Row]:
    """Do a hit's signals add up to its score, and does a signal whose weight is 0 take just itself away?"""
    from recollect import Memory

    demo = ROOT / "src" / "recollect" / "cli" / "demo" / "mira_and_tom.json"
    now = _BEGAN + timedelta(days=80)
    with Memory(plan.folder / "explained.db", clock=lambda: now) as memory:
        shared = memory._shared
        memory.scope(user="demo").import_(demo, "locomo")
        for number, (asked, answered) in enumerate(_CHAT):
            chat = memory.scope(user="chat")
            conversation = chat.conversations.start(at=now - timedelta(days=3 * number + 1))
            chat.messages.exchange(asked, answered, conversation=conversation, at=now - timedelta(days=3 * number + 1))
            chat.notes.add(asked, importance=number / len(_CHAT), at=now - timedelta(days=3 * number))
        questions = [("chat", text) for text in _ASKED]
        questions += [("demo", one["question"]) for one in json.loads(demo.read_text(encoding="utf-8"))["qa"][:40]]

        def asking(**weights: float) -> list[dict[str, Any]]:
            memory._shared = replace(shared, weights=replace(shared.weights, **weights))
            scopes = {user: memory.scope(user=user) for user in ("chat", "demo")}
            return [{hit.id: hit for hit in scopes[user].recall(text, limit=1000)} for user, text in questions]

        usual = asking()
        sums = max(abs(sum(hit.signals.values()) - hit.score) for hits in usual for hit in hits.values())
        yield Row(f"explained: contributions less score, {len(questions)} questions", sums, None, None, "", "ours <= 1e-9", sums <= 1e-9)
        worst, seen = 0.0, []
        for signal in SIGNALS:
            without = asking(**{signal: 0.0})
            some = [hit.signals[signal] for hits in usual for hit in hits.values() if signal in hit.signals]
            seen += [signal] if some else []
            for before, after in zip(usual, without, strict=True):
                # Which of two near-duplicates stands for both depends on the order, so they are counted together and compared singly.
                if _all_ids(before) != _all_ids(after):
                    raise Wrong(f"without the signal {signal} other records are found")
                for id in before.keys() & after.keys():
                    expected = before[id].score - before[id].signals.get(signal, 0.0)
                    worst = max(worst, abs(after[id].score - expected), abs(after[id].signals.get(signal, 0.0)))
        met = worst <= 1e-9 and len(seen) == len(SIGNALS)
        if len(seen) < len(SIGNALS):
            report.say(f"no hit had the signals {', '.join(set(SIGNALS) - set(seen))}", as_json=True)
        yield Row(f"explained: a signal at 0 ({', '.join(SIGNALS)})", worst, None, None, "", "ours <= 1e-9", met)


def _all_ids(hits: dict[str, Any]) -> set[str]:
    return {id for hit in hits.values() for id in (hit.id, *hit.folded)}


# every kind


def every_verb(plan: Plan) -> Iterator[Row]:
    """Each writing verb, durable, one at a time, against the very statements that it runs by plain apsw."""
    ratios = []
    for name, ours, theirs, found in verbs.verbs(plan.folder, plan.quick):
        ratios.append(found)
        yield Row(f"{name}, beside its own statements", ours, theirs, found, "ms", "ratio <= 2.5", found <= 2.5)
    yield Row(f"the slowest of {len(ratios)} verbs", None, None, max(ratios), "", "ratio <= 2.5", max(ratios) <= 2.5)


def together(plan: Plan) -> Iterator[Row]:
    """Many processes at one file: every task done once, every accepted edit there."""
    done, doubled, rate = verbs.claims(plan.folder, plan.quick)
    wanted = 2000 if plan.quick else 10_000
    yield Row("tasks claimed and completed by 8 processes", done, wanted, None, "tasks", "each exactly once", done == wanted and not doubled)
    yield Row("… a second", rate, None, None, "tasks/s", "for comparison", None)
    accepted, edits, rate = verbs.edits(plan.folder, plan.quick)
    yield Row("edits of one block by 20 writers with compare-and-set", accepted, edits, None, "edits", "all accepted, none lost", accepted == edits)
    yield Row("… a second", rate, None, None, "edits/s", "for comparison", None)


# the command

PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "single": single, "bulk": bulk, "threads": threads, "slow-threads": slow_threads, "reading": reading, "starting": starting, "memory": memory_use,
    "installing": installing, "explained": explained, "verbs": every_verb, "together": together,
}  # fmt: skip


def _timed(work: Callable[[], Any]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _load() -> str:
    """A warning if the machine is busy with something else: then only ratios mean anything, and little."""
    try:
        busy = os.getloadavg()[0]
    except (AttributeError, OSError):
        return ""
    return f"(load {busy:.1f} on {os.cpu_count()} processors)"


def _remove(*paths: Path) -> None:
    for path in paths:
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="fewer messages, and no file of a million")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="only this part; may be repeated")
    parser.add_argument("--dir", type=Path, help="where to put the files; must be on a real disk")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    default.environment()
    if asked.child:
        what, file = asked.child
        print(json.dumps((_build if what == "build" else _open)(file)))
        return 0
    rows: list[Row] = []
    wrong = False
    with tempfile.TemporaryDirectory(prefix="recollect-speed-", dir=asked.dir) as folder:
        for name, part in PARTS.items():
            if asked.only and name not in asked.only:
                continue
            report.say(f"{name} … {_load()}", as_json=True)
            try:
                for row in part(Plan(Path(folder), asked.quick)):
                    rows.append(row)
                    if asked.json:
                        report.show([asdict(row)], as_json=True)
            except Wrong as error:
                wrong = True
                report.say(f"WRONG: {error}", as_json=True)
    if not asked.json:
        report.show([asdict(row) for row in rows], as_json=False, title="speed" + (" (quick)" if asked.quick else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
