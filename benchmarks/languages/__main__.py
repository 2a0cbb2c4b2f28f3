"""`python -m benchmarks.languages [--json] [--misses]`: whether recall finds in each language what it finds in English."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import default, report
from recollect import Memory

ENGLISH, GOAL = "en", 0.9
LIMIT = 10  # hits that are asked for; what stands further down counts as not found
TOLD, UNTOLD = "told", "untold"
RECIPES = (TOLD, UNTOLD)
FIGURES = ("hit_1", "hit_5", "mrr")
BEGAN = datetime(2025, 5, 5, 18, tzinfo=UTC)  # the first conversation; there is one a day, and a message a minute


@dataclass(frozen=True, slots=True)
class Turn:
    key: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    text: str
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Chat:
    """What one person said in a week, and what they ask about it later."""

    code: str
    name: str
    language: str
    conversations: tuple[tuple[Turn, ...], ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One question and where its answer stood: 1 is first, None is not among the first ten."""

    question: Question
    place: int | None
    hits: tuple[Any, ...]

    def within(self, k: int) -> float:
        return float(self.place is not None and self.place <= k)


@cache
def chats() -> tuple[Chat, ...]:
    """English first, what it is compared with after it."""
    files = sorted(Path(__file__).parent.glob("*.json"), key=lambda file: (file.stem != ENGLISH, file.stem))
    return tuple(_chat(file) for file in files)


def _chat(file: Path) -> Chat:
    raw = json.loads(file.read_text(encoding="utf-8"))
    talks = tuple(tuple(Turn(turn["id"], turn["role"], turn["text"]) for turn in talk) for talk in raw["conversations"])
    questions = tuple(Question(one["id"], one["text"], frozenset(one["answers"])) for one in raw["questions"])
    return Chat(file.stem, raw["name"], raw["language"], talks, questions)


class Asked:
    """All chats in one temporary memory, each a user of its own for each recipe."""

    def __init__(self, embedder: str = "none") -> None:
        self._stack = ExitStack()
        self._now = BEGAN
        self._embedder = embedder

    def __enter__(self) -> Asked:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="recollect-languages-"))
        # Nothing here has to survive a power cut, and durability changes no ranking.
        file = Path(folder) / "languages.db"
        self._memory = self._stack.enter_context(Memory(file, clock=lambda: self._now, durability="normal", embedder=self._embedder))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def judged(self, chat: Chat, recipe: str) -> list[Judged]:
        """Every question of a chat, asked a day after its last conversation."""
        scope = self._memory.scope(user=f"{chat.code}-{recipe}")
        self._now = BEGAN
        if recipe == TOLD:
            scope.facts.set("preferred_language", chat.language)
        key_of: dict[str, str] = {}
        for day, talk in enumerate(chat.conversations):
            self._now = BEGAN + timedelta(days=day)
            conversation = scope.conversations.start(at=self._now)
            for minute, turn in enumerate(talk):
                self._now = BEGAN + timedelta(days=day, minutes=minute)
                key_of[scope.messages.add(turn.role, turn.text, conversation=conversation, at=self._now).id] = turn.key
        self._now = BEGAN + timedelta(days=len(chat.conversations))
        self._memory.embed_pending()  # what is not embedded inline; without an embedder nothing waits
        return [self._asked(scope, question, key_of) for question in chat.questions]

    def _asked(self, scope: Any, question: Question, key_of: dict[str, str]) -> Judged:
        hits = tuple(scope.recall(question.text, limit=LIMIT, kinds=["messages"]))
        found = (place for place, hit in enumerate(hits, start=1) if question.answers & {key_of[one] for one in (hit.id, *hit.folded)})
        return Judged(question, next(found, None), hits)


def figures(of: Sequence[Judged]) -> dict[str, float]:
    """Means over questions, rounded so that two runs compare as equal."""
    return {
        "hit_1": round(fmean(one.within(1) for one in of), 6),
        "hit_5": round(fmean(one.within(5) for one in of), 6),
        "mrr": round(fmean(1 / one.place if one.place else 0.0 for one in of), 6),
    }


def measured(embedder: str = "none") -> dict[tuple[str, str], list[Judged]]:
    """By language and recipe."""
    with Asked(embedder) as asked:
        return {(chat.code, recipe): asked.judged(chat, recipe) for chat in chats() for recipe in RECIPES}


def by_words(found: dict[tuple[str, str], list[Judged]], embedder: str) -> float:
    """`hit_5` of English without vectors."""
    if embedder == "none":
        return figures(found[ENGLISH, TOLD])["hit_5"]
    with Asked() as asked:
        return figures(asked.judged(chats()[0], TOLD))["hit_5"]


def rows(found: dict[tuple[str, str], list[Judged]], english: float) -> list[dict[str, Any]]:
    """A row a language. The goal is for those who told their language; what becomes of the others stands beside it.

    `english` is what all are compared with: `hit_5` of English by words alone, whatever else was searched by.
    """
    result = []
    for chat in chats():
        told, untold = figures(found[chat.code, TOLD]), figures(found[chat.code, UNTOLD])
        ratio = round(told["hit_5"] / english, 6)
        row: dict[str, Any] = {"language": chat.code, "name": chat.name, "n": len(chat.questions), **told}
        row |= {"ratio": ratio, "goal": GOAL, "met": ratio >= GOAL}
        row |= {f"untold_{name}": untold[name] for name in FIGURES} | {"untold_ratio": round(untold["hit_5"] / english, 6)}
        result.append(row)
    return result


def misses(found: dict[tuple[str, str], list[Judged]]) -> str:
    """The questions whose answer is not among the first five, and what is."""
    lines = []
    for (code, recipe), of in found.items():
        for one in of:
            if not one.within(5):
                lines.append(f"\n[{code}, {recipe}] {one.question.key}: {one.question.text}  (place {one.place or '–'})")
                lines += [f"  {hit.score:.3f} {' '.join(hit.words)} | {hit.text}" for hit in one.hits[:5]]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=__doc__)
    parser.add_argument("--embedder", default="none", metavar="NAME", help="what Memory(embedder=…) is given; none (the default) is words only")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--misses", action="store_true", help="also print the questions whose answer is not among the first five")
    asked = parser.parse_args(arguments)
    default.environment()
    found = measured(asked.embedder)
    report.show(rows(found, by_words(found, asked.embedder)), as_json=asked.json, title="languages (per cent)", percent=_PERCENT)
    if asked.misses:
        report.say(misses(found), as_json=asked.json)
    return 0


_PERCENT = (*FIGURES, *(f"untold_{name}" for name in FIGURES))


if __name__ == "__main__":
    sys.exit(main())
