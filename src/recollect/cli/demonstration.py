"""`recollect demo`: what an agent gets, on an invented conversation that comes with the package, in a file that is gone afterwards."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from . import show
from .base import command
from .commands import as_data, hit_data

DATA = Path(__file__).parent / "demo"
TODAY = datetime(2025, 9, 20, 9, 0, tzinfo=UTC)
USER = "mira"
QUESTIONS = (
    "When did Mira first have fish on her plate again?",
    "Why did Mira's import job crash night after night?",
    "Who adopted Mira's pot plants?",
    "Which positions has Tom held this year, and with which companies?",
)
FACT = "home_city"
TASK = "Book the Azores flights for Mira and Tom"
BUDGET = 600
COPIES = 10  # of the conversation, to time adding
LINES = (
    "from recollect import Memory",
    'with Memory("agent.db") as memory:',
    '    mira = memory.scope(user="mira")',
    '    mira.messages.exchange("I live in Lisbon now.", "How is the flat?")',
    '    print(mira.recall("Where does she live?")[0].text, mira.context())',
)


@dataclass(frozen=True, slots=True)
class Timings:
    """Measured in this very run, on this machine. Times are medians in milliseconds."""

    import_seconds: float
    add_many_per_second: float
    recall_ms: float
    context_ms: float


@command("demo", "demo", "demo --json")
def demo() -> None:
    """See what an agent gets: recall with reasons, a fact with its history, a context within a budget, timings.

    Two invented friends chat for nine months. They are loaded into a temporary file, which is removed at the end; nothing else is
    touched and no network is used.
    """
    from ..memory import Memory
    from ..testing import FrozenClock

    with tempfile.TemporaryDirectory(prefix="recollect-demo-", ignore_cleanup_errors=True) as folder:
        clock = FrozenClock(TODAY)
        with Memory(Path(folder) / "demo.db", clock=clock) as memory:
            mira = memory.scope(user=USER)
            begun = time.perf_counter()
            report = mira.import_(DATA / "mira_and_tom.json")
            seconds = time.perf_counter() - begun
            kept(mira, clock)
            _loaded(report, mira)
            _questions(mira)
            _fact(mira)
            _context(mira)
            _numbers(memory.stats(), _timed(mira, seconds, Path(folder) / "timed.db"))
    _code()


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def kept(mira: Any, clock: Any) -> None:
    """What an agent kept along the way: each fact and note at its own time, so that facts have a history."""
    known = _read("facts.json")
    for entry in sorted([*known["facts"], *known["notes"]], key=lambda entry: str(entry["at"])):
        clock.set(datetime.fromisoformat(entry["at"]))
        if "key" in entry:
            mira.facts.set(entry["key"], entry["value"], source=entry["source"])
        else:
            mira.notes.add(entry["text"], type=entry["type"], tags=entry["tags"], importance=entry["importance"])
    clock.set(TODAY)


def _loaded(report: Any, mira: Any) -> None:
    data = {"part": "loaded", "added": report.added, "facts": mira.facts.count(), "notes": mira.notes.count()}
    show.put([data], lambda: _opening(data))


def _opening(data: Mapping[str, Any]) -> Any:
    from rich.console import Group
    from rich.text import Text

    added = data["added"]
    held = f"{added['conversations']} conversations, {added['messages']} messages, {data['facts']} facts, {data['notes']} notes."
    return Group(
        Text.assemble(("recollect demo", "bold cyan"), ("   what an agent gets", "dim")),
        Text(),
        Text("Mira and Tom, two invented friends, chat from January to September 2025: a move, a trip, a new job."),
        Text(f"{held} Words only: no key, no model, no network.", style="dim"),
    )


def _questions(mira: Any) -> None:
    known = {one["question"]: one for one in _read("mira_and_tom.json")["qa"]}
    _title(1, "Recall, with reasons", "mira.recall(question, limit=3)", _legend)
    for question in QUESTIONS:
        begun = time.perf_counter()
        hits = mira.recall(question, limit=3)
        spent = (time.perf_counter() - begun) * 1000
        answers = frozenset(hit.id for hit in hits if getattr(hit.record, "metadata", {}).get("dia_id") in known[question]["evidence"])
        data = {"part": "recall", "question": question, "answer": known[question]["answer"], "milliseconds": round(spent, 2)}
        listed = [{**hit_data(hit), "holds_answer": hit.id in answers} for hit in hits]
        show.put([{**data, "hits": listed}], _asked(question, known[question]["answer"], hits, answers))


def _asked(question: str, answer: str, hits: list[Any], answers: frozenset[str]) -> Callable[[], Any]:
    def view() -> Any:
        from rich.console import Group
        from rich.padding import Padding
        from rich.text import Text

        from . import views

        found = views.hits(hits, "en", answers=answers | {""})
        return Group(Text.assemble(("? ", "bold green"), (question, "bold"), (f"   → {answer}", "dim")), Padding(found, (0, 0, 1, 2)))

    return view


def _legend() -> Any:
    from rich.text import Text

    from . import views

    line = Text("A score is the sum of its parts: ", style="dim")
    said = {"words": "shared words", "session": "the talk fits", "speaker": "who is asked about"}
    said |= {"when": "names a time", "time": "in the time asked about", "question": "only asks"}
    for name, why in said.items():
        line.append(f"█ {name} ", style=views.COLOURS[name]).append(f"{why}   ")
    return line


def _title(number: int, title: str, call: str, more: Callable[[], Any] | None = None) -> None:
    def view() -> Any:
        from rich.console import Group
        from rich.rule import Rule
        from rich.text import Text

        rule = Rule(Text.assemble((f"{number}  {title}  ", "bold cyan"), (call, "dim")), align="left", style="dim")
        return Group(Text(), rule, *([more()] if more else []), Text())

    show.put([], view)


def _fact(mira: Any) -> None:
    _title(2, "A fact, and what it was before", f'mira.facts.history("{FACT}")')
    fact, history = mira.facts.need(FACT), mira.facts.history(FACT)
    then = datetime(2025, 3, 1, tzinfo=UTC)
    was = next(one for one in mira.facts.as_of(then) if one.key == FACT)
    data = {"part": "fact", "fact": as_data("facts", fact), "history": [as_data("facts", one) for one in history], "as_of": then, "was": was.value}

    def view() -> Any:
        from rich.console import Group
        from rich.padding import Padding
        from rich.text import Text

        from . import views

        line = Text.assemble((FACT, "cyan"), " = ", (fact.value, "bold green"))
        line.append(f"     on {then:%d %B %Y} the memory would have said ", style="dim").append(was.value, style="bold")
        return Group(line, Padding(views.versions(history), (0, 0, 0, 2)))

    show.put([data], view)


def _context(mira: Any) -> None:
    _title(3, f"A context of at most {BUDGET} tokens", f"mira.context(task, budget={BUDGET})")
    context = mira.context(TASK, budget=BUDGET, base_prompt="You are Mira's assistant.")
    data = {"part": "context", "query": TASK, **show.plain(context)}

    def view() -> Any:
        from rich.console import Group
        from rich.padding import Padding
        from rich.text import Text

        from . import views

        said = Text(show.safe(context.text), style="dim")
        said.highlight_regex(r"(?m)^## .*$", "bold not dim")
        said.highlight_regex(r"(?m)^- [^:]*:\d\d [^:\n]*", "cyan")
        task = Text.assemble(("task  ", "bold green"), (TASK, "bold"))
        return Group(task, Text(), Padding(said, (0, 2)), Text(), views.gauge(context.tokens, context.budget), Text(), views.summary(context))

    show.put([data], view)


def _timed(mira: Any, seconds: float, path: Path) -> Timings:
    from ..memory import Memory

    turns = [{"role": one.role, "content": one.content, "name": one.name} for one in mira.messages.iterate()]
    with Memory(path) as other:
        begun = time.perf_counter()
        other.scope(user=USER).messages.add_many(turns * COPIES)
        rate = len(turns) * COPIES / (time.perf_counter() - begun)
    questions = [one["question"] for one in _read("mira_and_tom.json")["qa"]]
    recall = median(_milliseconds(mira.recall, question) for question in questions)
    context = median(_milliseconds(mira.context, question, budget=BUDGET) for question in questions[:20])
    return Timings(seconds, rate, recall, context)


def _milliseconds(verb: Callable[..., Any], *given: Any, **named: Any) -> float:
    begun = time.perf_counter()
    verb(*given, **named)
    return (time.perf_counter() - begun) * 1000


def _numbers(stats: Any, timings: Timings) -> None:
    _title(4, "What it holds, and how fast that was", "measured just now, on this machine")
    data: Iterator[dict[str, Any]] = iter([{"part": "stats", **asdict(stats)}, {"part": "timings", **asdict(timings)}])

    def view() -> Any:
        from rich.columns import Columns
        from rich.padding import Padding

        from . import views

        found = views.pairs(
            {
                "file": f"{views.size(stats.bytes)}, with index and change log",
                "import": f"{timings.import_seconds * 1000:,.0f} ms for the nine months",
                "add_many": f"{timings.add_many_per_second:,.0f} messages a second, durable and indexed",
                "recall": f"{timings.recall_ms:.1f} ms  (median of 60 questions)",
                "context": f"{timings.context_ms:.1f} ms  (median of 20)",
            }
        )
        counts = {kind: count for kind, count in stats.counts.items() if count}
        return Columns([Padding(views.counts(counts, {}), (0, 4, 0, 2)), found])

    show.put(data, view)


def _code() -> None:
    _title(5, "The same in five lines", "in Python")

    def view() -> Any:
        from rich.console import Group
        from rich.padding import Padding
        from rich.syntax import Syntax
        from rich.text import Text

        code = Syntax("\n".join(LINES), "python", theme="ansi_dark", background_color="default")
        ending = Text.assemble(("Now yours:  ", "bold"), ("recollect import conversations.json --user me", "green"), "   ")
        ending.append("ChatGPT, Claude, Claude Code and more", style="dim")
        return Group(Padding(code, (0, 2)), Text(), ending)

    show.put([{"part": "code", "lines": list(LINES)}], view)
