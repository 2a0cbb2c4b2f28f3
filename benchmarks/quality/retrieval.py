"""What the rankings of recall and of the yardstick are worth, by category, and the questions that fared worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.quality import metrics
from benchmarks.quality.groups import groups
from benchmarks.quality.recipes import Answer, Filled, PlainFilled
from benchmarks.quality.sets import APART, History, Question


def asked(history: History, question: Question) -> dict[str, str]:
    """What the row of a question says of it: where it belongs, so that a later comparison can take questions together or apart."""
    return {"question": question.key, "category": question.category, "conversation": history.name}


@dataclass(frozen=True, slots=True)
class Judged:
    """One question, what one recipe made of it, and what that is worth."""

    history: History
    question: Question
    answer: Answer
    figures: dict[str, float]


class Retrieval:
    """Collects what each recipe makes of every question with evidence."""

    def __init__(self) -> None:
        self.found: dict[str, list[Judged]] = {}

    def add(self, history: History, filled: Mapping[str, Filled | PlainFilled]) -> None:
        session_of = {turn.key: turn.session for turn in history.turns}
        for recipe, one in filled.items():
            of = self.found.setdefault(recipe, [])
            for question in history.questions:
                if question.evidence:
                    answer = one.answer(question.text)
                    sessions = metrics.sessions_of(answer.further, session_of)
                    figures = metrics.of_turns(answer.turns, question.evidence) | metrics.of_sessions(sessions, question.sessions)
                    of.append(Judged(history, question, answer, figures))

    def rows(self, name: str) -> list[dict[str, Any]]:
        every = next(iter(self.found.values()), [])
        result = []
        for group in groups(name, [one.question.category for one in every]):
            for recipe, of in self.found.items():
                chosen = [one.figures for one in of if one.question.category in group.categories]
                result.append({"set": group.name, "recipe": recipe, "n": len(chosen), **metrics.mean(chosen)})
        return result

    def each(self, name: str) -> list[dict[str, Any]]:
        """A row for every question."""
        return [
            {"set": name, "recipe": recipe, **asked(one.history, one.question), **one.figures} for recipe, of in self.found.items() for one in of
        ]  # fmt: skip

    def misses(self, recipe: str, most: int) -> str:
        """The questions that fared worst, what they should have found, and what they found."""
        main = [one for one in self.found[recipe] if one.question.category not in APART]
        worst = sorted(main, key=lambda one: (one.figures["turn_recall_10"], one.figures["turn_recall_50"], one.figures["turn_ndcg_10"]))[:most]
        lines = []
        for one in worst:
            text_of = {turn.key: f"{turn.role}: {turn.text}" for turn in one.history.turns}
            place = {key: number for number, keys in enumerate(one.answer.further, start=1) for key in keys}
            figures = ", ".join(f"{name} {100 * one.figures[name]:.0f}" for name in ("turn_recall_10", "turn_ndcg_10", "turn_recall_50"))
            lines.append(f"\n[{one.question.category}] {one.question.key}: {one.question.text}  ({figures})")
            for key in sorted(one.question.evidence):
                lines.append(f"  evidence {key} (place {place.get(key, '–')}): {_short(text_of[key])}")
            for hit, keys in zip(one.answer.hits[:5], one.answer.turns[:5], strict=True):
                why = " ".join(f"{signal}{worth:+.2f}" for signal, worth in hit.signals.items())
                key, *_ = keys
                lines.append(f"  {'*' if set(keys) & one.question.evidence else ' '} {key} {hit.score:.3f} ({why}) {_short(text_of[key])}")
        return "\n".join(lines)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 200 else flat[:197] + "…"
