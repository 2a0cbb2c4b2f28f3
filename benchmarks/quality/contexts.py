"""Evidence in budget: how much of what answers a question stands in a context of so many tokens, beside two simpler ways to fill it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.quality import metrics
from benchmarks.quality.groups import Group, groups
from benchmarks.quality.recipes import Filled
from benchmarks.quality.retrieval import asked
from benchmarks.quality.sets import History, Question
from benchmarks.raw import contexts as raw
from recollect.core.tokens import estimate

BUDGETS = (500, 1000, 2000, 4000)
FIGURES = tuple(f"evidence_{budget}" for budget in BUDGETS)
GOALS: Mapping[str, float] = {raw.LAST: 2.0, raw.CHUNKS: 1.0}
"""How many times as much evidence there should be in 2000 tokens."""


class Contexts:
    """Collects the shares of every question with evidence."""

    def __init__(self, recipe: str) -> None:
        self.recipe = f"{recipe} context"
        self.found: dict[str, list[tuple[History, Question, dict[str, float]]]] = {name: [] for name in (self.recipe, raw.LAST, raw.CHUNKS)}

    def add(self, history: History, filled: Filled) -> None:
        lines = [_line(turn.key, f"{turn.name or turn.role}: {turn.text}\n") for turn in history.turns]
        chunks = raw.Chunks(lines, estimate)
        newest = {budget: raw.last(lines, budget) for budget in BUDGETS}
        for question in history.questions:
            if not question.evidence:
                continue
            ranking = chunks.best(question.text)
            standing = {
                self.recipe: {budget: filled.context(question.text, budget) for budget in BUDGETS},
                raw.LAST: newest,
                raw.CHUNKS: {budget: chunks.fitting(ranking, budget) for budget in BUDGETS},
            }
            for name, of in standing.items():
                shares = {f"evidence_{budget}": metrics.share_of(of[budget], question.evidence) for budget in BUDGETS}
                self.found[name].append((history, question, shares))

    def rows(self, name: str) -> list[dict[str, Any]]:
        result = []
        for group in self._groups(name):
            for recipe, of in self.found.items():
                shares = [one for _, question, one in of if question.category in group.categories]
                result.append({"set": group.name, "recipe": recipe, "n": len(shares), **metrics.mean(shares)})
        return result

    def each(self, name: str) -> list[dict[str, Any]]:
        """A row for every question."""
        return [
            {"set": name, "recipe": recipe, **asked(history, question), **shares}
            for recipe, of in self.found.items() for history, question, shares in of
        ]  # fmt: skip

    def ratios(self, name: str) -> list[dict[str, Any]]:
        """How many times as much evidence as beside it, for the set as a whole."""
        rows = {row["recipe"]: row for row in self.rows(name) if row["set"] == name}
        result = []
        for beside, goal in GOALS.items():
            ours, theirs = rows[self.recipe], rows[beside]
            times = {f"times_{budget}": _times(ours[f"evidence_{budget}"], theirs[f"evidence_{budget}"]) for budget in BUDGETS}
            reached = times["times_2000"]
            met = reached is None or reached > goal
            result.append({"set": name, "context": self.recipe, "beside": beside, **times, "goal": f"times_2000 > {goal:g}", "met": met})
        return result

    def _groups(self, name: str) -> list[Group]:
        return groups(name, [question.category for _, question, _ in self.found[self.recipe]])


def _line(key: str, text: str) -> raw.Line:
    return raw.Line(key, key.partition(":")[0], text, estimate(text))


def _times(ours: float, theirs: float) -> float | None:
    """None stands for infinitely many."""
    return round(ours / theirs, 6) if theirs else None
