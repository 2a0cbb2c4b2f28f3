"""A file and a server: after the same random life both hold the same records, in the same order, and answer alike."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from faces import SERVED, opened
from recollect import Conflict, Denied, Invalid, NotFound
from recollect.core import ids
from recollect.kinds import KINDS
from recollect.recall.weights import CANDIDATES
from recollect.testing import FrozenClock
from servers import DATABASES, with_roles

BEGAN = datetime(2025, 1, 5, 9, 0, tzinfo=UTC)
WORDS = (
    *("lisbon", "porto", "flat", "balcony", "harbour", "boat", "tomato", "garden", "piano", "concert", "müller", "東京", "naïve", "C++"),
    *("joe@example.org", "v1.2.3", "monday", "last", "the", "of"),
)
QUESTIONS = [
    "Where is the flat?", "lisbon", "concert in Porto last monday", "東京", "joe@example.org", "who plays the piano", "the of", "before the move",
    "v1.2.3 C++", "What did you recommend?", "balcony AND harbour OR NOT", "garden tomatoes two weeks ago",
]  # fmt: skip


class Life:
    """Random calls, the same for the same seed; what they raise is part of the answer."""

    def __init__(self, seed: int, memory: Any, clock: FrozenClock) -> None:
        self._chance, self._memory, self._clock = random.Random(seed), memory, clock
        self._known: list[str] = []
        self.said: list[str] = []

    def _text(self) -> str:
        return " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 12))) + self._chance.choice([".", "?", "!", ""])

    def _some(self) -> str:
        return self._chance.choice(self._known) if self._known and self._chance.random() < 0.9 else "nothing"

    def _scope(self) -> Any:
        parts = {"user": self._chance.choice(["alice", "alice", "bob"])}
        if self._chance.random() < 0.3:
            parts["project"] = self._chance.choice(["boat", "house"])
        if self._chance.random() < 0.15:
            parts["agent"] = "helper"
        return self._memory.scope(**parts)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self._clock.advance(timedelta(minutes=self._chance.randint(1, 300)))
            try:
                done = self._step(self._scope())
            except (Conflict, Denied, Invalid, NotFound) as error:
                done = error
            for record in done if isinstance(done, (list, tuple)) else [done]:
                if hasattr(record, "id"):
                    self._known.append(record.id)
            self.said.append(repr(done))

    def _step(self, view: Any) -> Any:
        chance = self._chance
        calls = [
            lambda: view.messages.add(chance.choice(["user", "assistant"]), self._text(), name=chance.choice([None, "Mira", "Tom"])),
            lambda: view.messages.add_many([{"role": "user", "content": self._text()} for _ in range(chance.randint(1, 5))]),
            lambda: view.messages.add("user", self._text(), external_id=f"m{chance.randint(1, 6)}"),
            lambda: view.facts.set(chance.choice(["home", "pet", "job"]), self._text()),
            lambda: view.facts.delete(chance.choice(["home", "pet", "job"])),
            lambda: view.facts.revert(chance.choice(["home", "pet"]), chance.randint(1, 3)),
            lambda: view.remember(
                self._text(), tags=[chance.choice(["a", "b"])], expires_at=chance.choice([None, self._clock() + timedelta(days=3)])
            ),
            lambda: view.notes.update(self._some(), text=self._text()),
            lambda: view.forget(self._some()),
            lambda: view.undelete(self._some()),
            lambda: view.conversations.start(chance.choice([None, "Plans"]), external_id=chance.choice([None, "c1", "c2"])),
            lambda: view.conversations.close_current("All said."),
            lambda: view.sessions.start("Work", external_id=chance.choice([None, "s1"])),
            lambda: self._block(view),
            lambda: self._of_another_kind(view),
        ]
        weights = [8, 4, 4, 4, 2, 2, 4, 2, 3, 2, 1, 1, 1, 2, 24]
        return chance.choices(calls, weights)[0]()

    def _of_another_kind(self, view: Any) -> Any:
        """Any verb of the other kinds, with arguments that meet what is there already."""
        chance, text, some = self._chance, self._text, self._some
        block, tasks, soon = chance.choice(["persona", "plan"]), view.tasks, self._clock() + timedelta(minutes=chance.randint(-60, 2000))
        calls = [
            lambda: view.preferences.set(chance.choice(["tea", "tone"]), chance.choice(["green", ["a", 1], {"b": None}]), chance.choice([None, 0])),
            lambda: view.preferences.decay(),
            lambda: view.preferences.match("t*"),
            lambda: view.blocks.create(block, text(), chance.randint(3, 40), overflow=chance.choice(["refuse", "archive"])),
            lambda: view.blocks.append(block, text(), expected_version=chance.choice([None, None, 1, 2])),
            lambda: view.blocks.insert(block, chance.choice([0, 1, -1]), text(), "for order"),
            lambda: [view.blocks.archive_overflow(block), view.blocks.archived(block), view.blocks.history(block)],
            lambda: view.blocks.revert(block, chance.randint(1, 4)),
            lambda: view.blocks.rename(block, chance.choice(["self", "plan"])),
            lambda: view.blocks.delete(block),
            lambda: view.entities.add(chance.choice(["Mira", "Lisbon"]), chance.choice(["person", "city"]), aliases=[chance.choice(["Mimi", "x"])]),
            lambda: view.entities.resolve(chance.choice(["Mira", "Mimi"])),
            lambda: view.links.add(some(), some(), chance.choice(["knows", "near"]), chance.choice([0.5, 1]), valid_from=chance.choice([None, soon])),
            lambda: [view.links.of(some()), view.entities.neighbours("person:Mira", 3)],
            lambda: view.observations.add(text(), text(), where=text(), type=chance.choice(["bugfix", "config"])),
            lambda: view.decisions.record("shell", {"what": text()}, chance.choice(["allow", "deny"]), goal=chance.choice([None, "g"])),
            lambda: [view.decisions.similar(text(), goal="g", fallback_to_global=True), view.decisions.recommend("shell flat", least=1, near=0.1)],
            lambda: view.outcomes.add(chance.choice([-1, 0, 1]), chance.choice(["code", "talk"]), chance.choice([None, text()])),
            lambda: [view.outcomes.summary(by) for by in ("domain", "day", "user")],
            lambda: view.lessons.learn(chance.choice(["Book early.", "book EARLY", text()]), chance.choice(["code", "talk"])),
            lambda: [view.lessons.decay(), view.lessons.top(), view.lessons.recent(3)],
            lambda: view.patterns.observe("workflow", chance.choice(["a then b", ["a", "b"], {"b": 1, "a": 2}])),
            lambda: [view.patterns.decay(timedelta(days=1)), view.patterns.frequent(confidence=0), view.patterns.confident(confidence=0.05)],
            lambda: view.limitations.report(chance.choice(["No sound", "no SOUND", text()]), text()),
            lambda: view.limitations.resolve(chance.choice([one.id for one in view.limitations.open()] or ["none"]), text()),
            lambda: tasks.schedule(chance.choice(["call", "pay"]), soon, repeat=chance.choice([None, "daily", "0 9 * * 1", "FREQ=WEEKLY"])),
            lambda: [tasks.complete(claim.token, text()) for claim in tasks.claim(2, timedelta(hours=1))],
            lambda: [tasks.fail(claim.token, text(), 2) for claim in tasks.claim(1)],
            lambda: [tasks.claim(1, timedelta(minutes=5)), tasks.due(), tasks.runs()],
            lambda: [tasks.cancel(task.id) for task in tasks.list(limit=1)],
            lambda: view.checkpoints.save("run", "plan", chance.choice(["in_progress", "completed"]), chance.choice([None, {"n": 1}])),
            lambda: [view.checkpoints.resume("run"), view.checkpoints.list()],
            lambda: view.handoffs.offer("mover", text(), chance.choice([None, some()])),
            lambda: [view.handoffs.accept(one.id) for one in view.handoffs.pending("mover")[:1]],
            lambda: [view.handoffs.chain(one.id) for one in view.sessions.list(limit=3)],
            lambda: view.interactions.start("finder", text()),
            lambda: [view.interactions.finish(one.id, text(), input=3, cost=0.25) for one in view.interactions.list(limit=1)],
            lambda: [view.routes.record(text(), "finder", confidence=0.5), view.routes.summary(), view.interactions.summary()],
            lambda: view.usage.record(chance.choice(["gpt-4o", "unknown"]), chance.randint(0, 9999), 10),
            lambda: [view.usage.summary(by) for by in ("model", "day", "project")] + [view.usage.against_budget(1)],
            lambda: [view.metrics.record("size", chance.choice([1, 2.5])), view.metrics.summary()],
            lambda: view.audit.log(text(), text(), status=chance.choice(["ok", "error"])),
            lambda: [(one.kind, one.action, one.id, one.actor) for one in view.audit.changes(limit=5)],
            lambda: view.used([some(), some()]),
            lambda: view.outcomes.prune(self._clock() - timedelta(days=2)),
            lambda: view.consolidate(force=True, retention=chance.choice([None, timedelta(days=2)])),
            lambda: self._memory.audit.prune_before(self._clock() - timedelta(days=6)),
            lambda: self._memory.sql("select kind, count(*) as n from recollect_changes where user_id is not null group by kind order by kind"),
        ]  # fmt: skip
        return chance.choice(calls)()

    def _block(self, view: Any) -> Any:
        undone = self._chance.random() < 0.4
        try:
            with view.atomic() as tx:
                made = [tx.facts.set("plan", self._text()), tx.messages.add("user", self._text())]
                found = [hit.text for hit in tx.recall("flat lisbon")]
                if undone:
                    raise Conflict("changed my mind")
        finally:
            self.said.append(str(undone))
        return [*made, SimpleNamespace(found=found)]


@pytest.fixture
def served() -> Iterator[None]:
    yield
    DATABASES.release()


def lived(face: str, where: Path, seed: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Life]:
    chance = random.Random(seed)
    monkeypatch.setattr(ids, "os", SimpleNamespace(urandom=chance.randbytes))  # the same ids for both
    clock = FrozenClock(BEGAN)
    memory = opened(face, where, clock=clock)
    if face in SERVED:
        with_roles(DATABASES.url(str(where)))
    life = Life(seed, memory, clock)
    life.live(steps)
    return memory, life


def answers(memory: Any) -> list[Any]:
    found = []
    for view in (memory.scope(user="alice"), memory.scope(user="bob", project="boat"), memory):
        for question in QUESTIONS:
            for more in ({}, {"kinds": ["messages"], "limit": 3}, {"as_of": BEGAN + timedelta(days=2)}):
                found.append([(hit.id, hit.text, hit.words, hit.score, dict(hit.signals)) for hit in view.recall(question, **more)])
        found.append(view.context("flat in Lisbon", budget=600).text)
        found.append([getattr(view, kind).list() for kind in KINDS])
        found.append([view.facts.list(), view.notes.list(), view.messages.recent(50), view.facts.history("home") if view is not memory else None])
    return found


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return abs(one - other) < 1e-6
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    return bool(one == other)


@pytest.mark.parametrize("seed", range(6))
def test_after_the_same_life_a_file_and_a_server_are_the_same(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: None) -> None:
    pair = [lived(face, tmp_path / f"{face}.db", seed, 260, monkeypatch) for face in ("sync", "postgres" if seed % 2 else "postgres-async")]
    (file, one), (server, other) = pair
    try:
        assert one.said == other.said
        assert alike(answers(file), answers(server))
        exports = []
        for memory, name in ((file, "file.jsonl"), (server, "server.jsonl")):
            memory.export(tmp_path / name)
            exports.append((tmp_path / name).read_bytes())
            assert memory.verify() == []
        assert exports[0] == exports[1]
    finally:
        file.close()
        server.close()


def test_beyond_the_cut_most_of_the_first_ten_are_the_same(tmp_path: Path, served: None) -> None:
    chance = random.Random(4)
    texts = [" ".join(chance.choices(WORDS, k=8)) for _ in range(CANDIDATES.most * 2)]
    overlaps = []
    pair = [opened(face, tmp_path / f"{face}.db", clock=FrozenClock(BEGAN)) for face in ("sync", "postgres")]
    try:
        for memory in pair:
            memory.scope(user="alice").messages.add_many({"role": "user", "content": text} for text in texts)
        for question in QUESTIONS[:6]:
            one, other = ([hit.text for hit in memory.scope(user="alice").recall(question)] for memory in pair)
            if one or other:
                overlaps.append(len(set(one) & set(other)) / max(len(one), len(other)))
        assert sum(overlaps) / len(overlaps) >= 0.9
    finally:
        for memory in pair:
            memory.close()
