"""Whether a run is worse than an earlier one, and, where both say what each question got, how sure that is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.quality.intervals import interval
from benchmarks.quality.sets import APART

TOLERANCE = 0.01
"""One point: what a figure may fall without being called worse."""

Row = Mapping[str, Any]


def earlier(path: Path) -> list[dict[str, Any]]:
    """The rows of an earlier run with --json."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except ValueError as error:
        raise ValueError(f"{path} is no earlier --json output: {error}") from error


def fallen(before: Iterable[Row], now: Iterable[Row]) -> list[str]:
    """A sentence for each figure that fell by more than a point, or whose questions are no longer the same, or that is no longer measured."""
    found = []
    current = {(row["set"], row["recipe"]): row for row in now if _measured(row)}
    for old in filter(_measured, before):
        name = f"{old['set']}, {old['recipe']}"
        new = current.get((old["set"], old["recipe"]))
        if new is None:
            found.append(f"{name}: was measured before and is not now")
            continue
        if new["n"] != old["n"]:
            found.append(f"{name}: {old['n']} questions before, {new['n']} now")
        for figure in _figures(old):
            if figure not in new:
                found.append(f"{name}: {figure} was measured before and is not now")
            elif old[figure] - new[figure] > TOLERANCE + 1e-9:
                found.append(f"{name}: {figure} fell from {100 * old[figure]:.1f} to {100 * new[figure]:.1f}")
    return found


def paired(before: Iterable[Row], now: Iterable[Row]) -> list[dict[str, Any]]:
    """The mean change of each figure over the questions of the main line that both runs asked, and its 95 % interval."""
    current = {(row["set"], row["recipe"], row["question"]): row for row in now if "question" in row and row["category"] not in APART}
    differences: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for old in before:
        new = current.get((old["set"], old["recipe"], old["question"])) if "question" in old else None
        for figure in _figures(old) if new else ():
            if new and figure in new:
                differences[old["set"], old["recipe"], figure].append(new[figure] - old[figure])
    rows = []
    for (name, recipe, figure), changes in differences.items():
        change, low, high = interval(changes)
        row = {"set": name, "changed": recipe, "figure": figure, "n": len(changes), "change": change, "change_low": low, "change_high": high}
        rows.append(row | {"questions_better": sum(one > 0 for one in changes), "questions_worse": sum(one < 0 for one in changes)})
    return rows


PERCENT = ("change", "change_low", "change_high")


def _measured(row: Row) -> bool:
    """Means of a recipe: neither a single question nor a comparison."""
    return "recipe" in row and "question" not in row


def _figures(row: Row) -> list[str]:
    return [name for name, value in row.items() if isinstance(value, float)]
