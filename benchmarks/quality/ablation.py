"""What each ingredient of recall is worth: each weight set to 0 by itself, question by question against the full recipe."""

from __future__ import annotations

from collections.abc import Iterator
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

VECTORS = "vectors"
"""The ingredient that is no weight: as if the memory had been opened without an embedder."""

OF_VECTORS = frozenset({"meaning", "before"})
"""Weights that weigh nothing without an embedder."""


def variants(weights: Weights, vectors: bool) -> Iterator[tuple[str, Weights]]:
    """The name of each ingredient, and the weights without it; a weight that is 0 already is not listed."""
    for field in fields(weights):
        value = getattr(weights, field.name)
        if isinstance(value, (int, float)) and value and (vectors or field.name not in OF_VECTORS):
            yield field.name, replace(weights, **{field.name: 0})
    if vectors:
        yield VECTORS, weights


class Ablation:
    """Collects what the questions of the main line get from each variant."""

    def __init__(self, weights: Weights, vectors: bool) -> None:
        self._weights = weights
        self._variants = dict(variants(weights, vectors))
        self._full: list[dict[str, float]] = []
        self._without: dict[str, list[dict[str, float]]] = {name: [] for name in self._variants}

    def add(self, history: History, filled: Filled) -> None:
        for question in history.questions:
            if question.evidence and question.category not in APART:
                self._full.append(_figures(filled.first(question.text, K, self._weights), question.evidence))
                for name, weights in self._variants.items():
                    self._without[name].append(_figures(filled.first(question.text, K, weights, vectors=name != VECTORS), question.evidence))

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


def _figures(ranking: metrics.Ranking, evidence: frozenset[str]) -> dict[str, float]:
    return {"turn_recall_10": metrics.recall_at(ranking, evidence, K), "turn_ndcg_10": metrics.ndcg_at(ranking, evidence, K)}
