"""How to make a record of each kind, and two different ones; and a whole life of one owner for the twins."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

WORDS = ["walnut", "zebra", "harbour", "pepper", "glacier", "violin", "saffron", "comet", "lantern", "orchid", "tundra", "meadow"]


def word(n: int) -> str:
    """A word that only the nth record holds."""
    return WORDS[n] if n < len(WORDS) else f"{WORDS[n % len(WORDS)]}{n}"


@dataclass(frozen=True)
class Sample:
    """One kind: how its nth record is made, and what the contract says of the kind."""

    name: str
    make: Callable[[Any, int], Any]
    order: str  # of lists: "chat" oldest first, "key" by the natural key, "newest" first
    knowledge: bool = False  # the general is seen from every project
    key: str | None = None  # the field that `get` takes
    versioned: bool = False
    all_agents: bool = False
    tenant_wide: bool = False

    def handle(self, record: Any) -> str:
        """What `get` and `delete` take."""
        return str(getattr(record, self.key or "id"))

    def listed(self, records: list[Any]) -> list[Any]:
        """Records, given in the order of writing, as a list shows them."""
        if self.order == "key":
            return sorted(records, key=self.handle)
        return list(records) if self.order == "chat" else records[::-1]


def _conversation(view: Any, n: int) -> Any:
    return view.conversations.close(view.conversations.start(f"Talk {n}").id, f"We spoke about the {word(n)}.")


def _block(view: Any, n: int) -> Any:
    known = view.blocks.get(f"block_{n:03}")
    own = known is not None and (known.user, known.project, known.agent) == _level(view)
    return known if own else view.blocks.create(f"block_{n:03}", f"The {word(n)} is mine.")


def _level(view: Any) -> tuple[str, str, str]:
    """A scope's own level, of either face."""
    scope = getattr(view, "_room", view)._scope
    return scope.user, scope.project, scope.agent


def _passage(view: Any, n: int) -> Any:
    block = view.blocks.create(f"full_{next(_NUMBERS)}", f"The {word(n)} is long", 1, overflow="archive")
    return view.blocks.archived(block.name)[0]


def _link(view: Any, n: int) -> Any:
    return view.links.add(view.notes.add(f"from {n}"), view.notes.add(f"to {n}"), word(n))


def _run(view: Any, n: int) -> Any:
    task = view.tasks.schedule(f"run {next(_NUMBERS)}", EARLIER)
    view.tasks.complete(view.tasks.claim()[0].token, f"The {word(n)} is done")
    return view.tasks.runs(task.id)[0]


def _signal(view: Any, n: int) -> Any:
    note = view.notes.add(f"useful {n}")
    view.used([note])
    return next(signal for signal in view.signals.list(limit=1000) if signal.record == note.id)


EARLIER, LATER = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 6, 1, tzinfo=UTC)
_NUMBERS = itertools.count()

SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("sessions", lambda view, n: view.sessions.start(f"The {word(n)} job"), "newest", all_agents=True),
        Sample("conversations", _conversation, "newest", all_agents=True),
        Sample("messages", lambda view, n: view.messages.add("user", f"Remember the {word(n)}."), "chat"),
        Sample("facts", lambda view, n: view.facts.set(f"key_{n:03}", f"the {word(n)}"), "key", knowledge=True, key="key", versioned=True),
        Sample("notes", lambda view, n: view.notes.add(f"The {word(n)} is blue."), "newest", knowledge=True, versioned=True),
        Sample(
            "aliases",
            lambda view, n: view.aliases.add(f"alias-{n:03}", f"person {word(n)}"),
            "key",
            key="alias",
            versioned=True,
            tenant_wide=True,
        ),
        Sample(
            "preferences", lambda view, n: view.preferences.set(f"likes_{n:03}", f"the {word(n)}"), "key", knowledge=True, key="key", versioned=True
        ),
        Sample("blocks", lambda view, n: _block(view, n), "key", knowledge=True, key="name", versioned=True),
        Sample("passages", lambda view, n: _passage(view, n), "newest", knowledge=True),
        Sample("entities", lambda view, n: view.entities.add(f"{n:03} {word(n)}"), "key", knowledge=True, key="key", versioned=True),
        Sample("links", lambda view, n: _link(view, n), "newest", knowledge=True, versioned=True),
        Sample("observations", lambda view, n: view.observations.add(f"The {word(n)} leaks"), "newest"),
        Sample("decisions", lambda view, n: view.decisions.record("shell", f"open the {word(n)}", "allow"), "newest", knowledge=True),
        Sample("outcomes", lambda view, n: view.outcomes.add(1, f"The {word(n)} business"), "newest"),
        Sample("lessons", lambda view, n: view.lessons.learn(f"Mind the {word(n)}."), "newest", knowledge=True, versioned=True),
        Sample("patterns", lambda view, n: view.patterns.observe("workflow", f"{word(n)} first"), "newest", knowledge=True, versioned=True),
        Sample("limitations", lambda view, n: view.limitations.report(f"Cannot see the {word(n)}"), "newest", knowledge=True, versioned=True),
        Sample("tasks", lambda view, n: view.tasks.schedule(f"Water the {word(n)}", LATER + timedelta(days=n)), "newest"),
        Sample("task_runs", lambda view, n: _run(view, n), "newest"),
        Sample(
            "checkpoints",
            lambda view, n: view.checkpoints.save(f"run {n:03} {word(n)}", "plan", "completed"),
            "key",
            knowledge=True,
            key="key",
            versioned=True,
        ),
        Sample("handoffs", lambda view, n: view.handoffs.offer("reviewer", f"The {word(n)} is done"), "newest", all_agents=True),
        Sample("interactions", lambda view, n: view.interactions.start("painter", f"paint the {word(n)}"), "newest"),
        Sample("routes", lambda view, n: view.routes.record(f"buy a {word(n)}", "shop"), "newest"),
        Sample("usage", lambda view, n: view.usage.record(f"model {word(n)}", n + 1), "newest"),
        Sample("metrics", lambda view, n: view.metrics.record(f"size of {word(n)}", n), "newest"),
        Sample("audit", lambda view, n: view.audit.log(f"Where is the {word(n)}?", "There."), "newest"),
        Sample("signals", lambda view, n: _signal(view, n), "newest", knowledge=True),
    )
}
