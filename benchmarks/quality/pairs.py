"""Two runs side by side, question by question: what changed over each set, over all sets together, and without each conversation in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean
from typing import Any, NamedTuple

from benchmarks.quality.intervals import interval
from benchmarks.quality.recipes import OURS
from benchmarks.quality.sets import APART

FIGURES = ("turn_recall_10", "turn_ndcg_10")
PERCENT = ("first", "second", "change", "change_low", "change_high")
TOGETHER = "all sets together"
NOTHING = "nothing"
MANY = 10
"""Of a set with more conversations than this, people are shown only those whose absence changes most."""

Row = Mapping[str, Any]


class Pair(NamedTuple):
    """What both runs made of one question."""

    of: str  # the set
    conversation: str
    first: Row
    second: Row


def pairs(first: Iterable[Row], second: Iterable[Row]) -> list[Pair]:
    """The questions of the main line that both runs asked, as recall answered them."""
    before, after = _asked(first, "the first file"), _asked(second, "the second file")
    both = [Pair(row["set"], row["conversation"], row, after[key]) for key, row in before.items() if key in after]
    if not both:
        raise ValueError("the two files have no question in common")
    return both


def alone(first: Iterable[Row], second: Iterable[Row]) -> int:
    """How many questions only one of the runs asked."""
    return len(_asked(first, "the first file").keys() ^ _asked(second, "the second file").keys())


def _asked(rows: Iterable[Row], file: str) -> dict[tuple[str, str], Row]:
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        if "question" not in row or not row["recipe"].startswith(OURS) or FIGURES[0] not in row or row["category"] in APART:
            continue
        key = row["set"], row["question"]
        if key in found:
            raise ValueError(f"{file} has two lines of recall for the question {row['question']} of {row['set']}")
        found[key] = row
    if not found:
        raise ValueError(f"{file} has no lines of questions; make it with --json --each")
    return found


def rows(both: Iterable[Pair]) -> list[dict[str, Any]]:
    """For each set and figure the change and its interval, first of all questions, then without each conversation in turn."""
    every = list(both)
    sets = list(dict.fromkeys(pair.of for pair in every))
    found: list[dict[str, Any]] = []
    for name in sets:
        found += _of_set(name, [pair for pair in every if pair.of == name])
    if len(sets) > 1:
        found += _of_set(TOGETHER, every)
    return found


def _of_set(name: str, some: list[Pair]) -> Iterator[dict[str, Any]]:
    conversations = list(dict.fromkeys((pair.of, pair.conversation) for pair in some))
    for figure in FIGURES:
        yield _row(name, NOTHING, figure, some)
    if len(conversations) > 1:
        for out in conversations:
            left = [pair for pair in some if (pair.of, pair.conversation) != out]
            for figure in FIGURES:
                yield _row(name, out[1], figure, left)


def _row(name: str, out: str, figure: str, some: list[Pair]) -> dict[str, Any]:
    changes = [pair.second[figure] - pair.first[figure] for pair in some]
    first, second = (round(fmean(side), 6) for side in ([pair.first[figure] for pair in some], [pair.second[figure] for pair in some]))
    change, low, high = interval(changes)
    row = {"set": name, "left_out": out, "figure": figure, "n": len(some), "first": first, "second": second}
    row |= {"change": change, "change_low": low, "change_high": high}
    return row | {"questions_better": sum(one > 0 for one in changes), "questions_worse": sum(one < 0 for one in changes)}


def condensed(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows for people: where very many conversations are left out in turn, only the lowest and the highest result."""
    kept: list[dict[str, Any]] = []
    for name in dict.fromkeys(row["set"] for row in some):
        of = [row for row in some if row["set"] == name]
        for figure in FIGURES:
            whole, *turns = [row for row in of if row["figure"] == figure]
            if len(turns) > MANY:
                turns = [min(turns, key=_change), max(turns, key=_change)]
            kept += [whole, *turns]
    return kept


def _change(row: Row) -> float:
    return float(row["change"])
