"""Who answers: recollect through its public API, and the plain yardstick. Both give rankings of turns' keys."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import shake_128
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.quality.metrics import Ranking
from benchmarks.quality.sets import History
from benchmarks.raw import plain
from recollect import Memory
from recollect.core import effects
from recollect.core.ids import new_id
from recollect.recall.weights import Weights

NONE = "none"  # the name of no embedder
OURS = "recollect-"  # what the names of recall's recipes begin with
WORDS = f"{OURS}words"
TURNS, SESSIONS = 50, 200  # hits that are asked for: turns are judged to the 50th, sessions rank by what 200 turns show


@dataclass(frozen=True, slots=True)
class Answer:
    turns: Ranking
    further: Ranking  # the longer ranking, for sessions
    hits: tuple[Any, ...] = ()


class Recollect(AbstractContextManager["Recollect"]):
    """Every history is its own user in one temporary memory, filled and asked at the times that the set states."""

    def __init__(self, embedder: str = NONE) -> None:
        self.name = WORDS if embedder == NONE else f"{OURS}{embedder}"
        self.embedder = embedder
        self._stack = ExitStack()
        self._now = datetime(2020, 1, 1, tzinfo=UTC)

    def __enter__(self) -> Recollect:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="recollect-quality-"))
            self._folder = Path(folder)
            stack.enter_context(mock.patch.object(effects, "new_id", _numbered()))
            # Nothing here has to survive a power cut, and durability changes no ranking.
            file = self._folder / "quality.db"
            self.memory = stack.enter_context(Memory(file, embedder=self.embedder, clock=lambda: self._now, durability="normal"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def weights(self) -> Weights:
        return self.memory._shared.weights  # type: ignore[no-any-return]

    def filled(self, history: History, user: str) -> Filled:
        self._now = history.asked_at
        scope = self.memory.scope(user=user)
        key_of = self._imported(scope, history) if history.sample is not None else self._added(scope, history)
        missing = {turn.key for turn in history.turns} - set(key_of.values())
        if missing:
            raise RuntimeError(f"{len(missing)} turns of {history.name} did not arrive, such as {min(missing)}")
        embedded = self.memory.embed_pending()  # what is not embedded inline; without an embedder nothing waits
        if embedded.waiting:
            raise RuntimeError(f"{embedded.waiting} texts up to {history.name} have no vectors ({embedded.error or 'the embedder does not say why'})")
        return Filled(self.memory, user, key_of)

    def asking(self, history: History, user: str, key_of: Mapping[str, str]) -> Filled:
        """What was filled before, at the time of this history's questions."""
        self._now = history.asked_at
        return Filled(self.memory, user, key_of)

    def _imported(self, scope: Any, history: History) -> dict[str, str]:
        before = {message.id for message in scope.messages.iterate()}
        file = self._folder / "sample.json"
        file.write_text(json.dumps(history.sample), encoding="utf-8")
        report = scope.import_(file, "locomo")
        if report.bad:
            raise RuntimeError(f"{history.name} was not imported whole: {report.bad[:3]}")
        return {message.id: message.metadata["dia_id"] for message in scope.messages.iterate() if message.id not in before}

    def _added(self, scope: Any, history: History) -> dict[str, str]:
        key_of = {}
        sessions: dict[str, list[Any]] = {}
        for turn in history.turns:
            sessions.setdefault(turn.key.partition(":")[0], []).append(turn)
        for place, turns in sessions.items():
            conversation = scope.conversations.start(external_id=f"{place}/{turns[0].session}", at=turns[0].at)
            messages = [
                {"role": turn.role, "content": turn.text, "name": turn.name, "at": turn.at, "conversation": conversation} for turn in turns
            ]  # fmt: skip
            for turn, message in zip(turns, scope.messages.add_many(messages), strict=True):
                key_of[message.id] = turn.key
        return key_of


def _numbered() -> Callable[[int], bytes]:
    """Ids that end with the digest of a number. A context shows the end of an id, its cost depends on the digits, and every run shall be alike."""
    numbers = itertools.count()
    return lambda micros: new_id(micros)[:12] + shake_128(f"id {next(numbers)}".encode()).digest(4)


class Filled:
    """A history in a memory, ready to be asked."""

    def __init__(self, memory: Memory, user: str, key_of: Mapping[str, str]) -> None:
        self._memory, self._user, self.key_of = memory, user, key_of
        self._scope = memory.scope(user=user)

    def answer(self, question: str) -> Answer:
        hits = self._scope.recall(question, limit=TURNS, kinds=["messages"])
        more = self._scope.recall(question, limit=SESSIONS, kinds=["messages"])
        return Answer(self._places(hits), self._places(more), tuple(hits))

    def first(self, question: str, k: int, weights: Weights, vectors: bool = True) -> Ranking:
        """The first k turns, weighed with other weights than recall's own, or as if there were no embedder."""
        shared = self._memory._shared
        self._memory._shared = replace(shared, weights=weights, embedding=shared.embedding if vectors else None)
        try:
            return self._places(self._memory.scope(user=self._user).recall(question, limit=k, kinds=["messages"]))
        finally:
            self._memory._shared = shared

    def context(self, question: str, budget: int) -> set[str]:
        """The turns that stand in the context for this question."""
        made = self._scope.context(question, budget=budget)
        if made.tokens > budget:
            raise RuntimeError(f"the context for {question!r} has {made.tokens} tokens, where {budget} are allowed")
        return {self.key_of[entry.id] for entry in made.manifest if entry.included and entry.kind == "messages"}

    def _places(self, hits: list[Any]) -> Ranking:
        return [[self.key_of[one] for one in (hit.id, *hit.folded)] for hit in hits]


class Plain(AbstractContextManager["Plain"]):
    """FTS5 with the porter stemmer and stop words, over the turns' texts only."""

    name = plain.RECIPE

    def __exit__(self, *error: object) -> None:
        return None

    def filled(self, history: History) -> PlainFilled:
        return PlainFilled(history)


class PlainFilled:
    """A history in a table, ready to be asked."""

    def __init__(self, history: History) -> None:
        self._table = plain.Plain((turn.key, turn.text) for turn in history.turns)

    def answer(self, question: str) -> Answer:
        ranking = [[key] for key in self._table.search(question)]
        return Answer(ranking[:TURNS], ranking)
