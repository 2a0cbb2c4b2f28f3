"""What each ingredient of recall is worth: each weight switched off by itself, question by question against the full recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from benchmarks.quality import metrics
from benchmarks.quality.intervals import interval
from benchmarks.quality.recipes import Filled
from benchmarks.quality.sets import APART, History
from recollect.recall.weights import Weights

K = 10
FIGURES = ("turn_recall_10", "turn_ndcg_10")
PERCENT = tuple(f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high"))

INSTEAD: Mapping[str, float] = {"b": 0.75}
"""Constants that cannot be switched off, and the usual value that they are compared with."""

KEPT = frozenset({"k1", "near"})
"""Constants that are no ingredient: k1 is flat over a wide range, and by `near` lengths are counted when a turn is stored."""


def variants(weights: Weights) -> Iterator[tuple[str, Weights]]:
    """A name and the weights for each ingredient that is left out; one that is off already is not listed."""
    for field in fields(weights):
        value, instead = getattr(weights, field.name), INSTEAD.get(field.name, 0)
        if field.name in KEPT or not isinstance(value, (int, float)) or value == instead:
            continue
        name = f"{field.name} {instead:g} instead of {value:g}" if field.name in INSTEAD else field.name
        yield name, replace(weights, **{field.name: type(value)(instead)})


class Ablation:
    """Collects what the questions of the main line get from each variant."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._full: list[dict[str, float]] = []
        self._without: dict[str, list[dict[str, float]]] = {name: [] for name, _ in variants(weights)}

    def add(self, history: History, filled: Filled) -> None:
        for question in history.questions:
            if question.evidence and question.category not in APART:
                self._full.append(_figures(filled, question.text, question.evidence, self._weights))
                for name, weights in variants(self._weights):
                    self._without[name].append(_figures(filled, question.text, question.evidence, weights))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The full recipe, then each ingredient with the change that leaving it out makes and its interval."""
        if not self._full:
            return []
        unchanged = {f"{figure}_{end}": None for figure in FIGURES for end in ("low", "high")}
        whole = metrics.mean(self._full)
        rows = [{"set": name, "without": "nothing", "n": len(self._full), **{key: (whole | unchanged)[key] for key in PERCENT}}]
        for ingredient, some in self._without.items():
            row: dict[str, Any] = {"set": name, "without": ingredient, "n": len(some)}
            for figure in FIGURES:
                change = interval([one[figure] - full[figure] for one, full in zip(some, self._full, strict=True)])
                row |= dict(zip((figure, f"{figure}_low", f"{figure}_high"), change, strict=True))
            rows.append(row)
        return rows


def _figures(filled: Filled, question: str, evidence: frozenset[str], weights: Weights) -> dict[str, float]:
    ranking = filled.first(question, K, weights)
    return {"turn_recall_10": metrics.recall_at(ranking, evidence, K), "turn_ndcg_10": metrics.ndcg_at(ranking, evidence, K)}
