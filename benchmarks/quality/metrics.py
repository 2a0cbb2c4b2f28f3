"""What a ranking is worth, from the ids of its hits and those of the evidence. README.md says it in words.

A ranking is a list of places; a place holds the ids that it stands for: the hit's own and those of the near-duplicates folded into it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean

Ranking = Sequence[Collection[str]]

TURN_FIGURES = ("turn_recall_10", "turn_ndcg_10", "turn_recall_20", "turn_recall_50", "turn_hit_10", "turn_mrr")
SESSION_FIGURES = ("session_recall_5", "session_recall_10", "any_5", "all_5")
FIGURES = TURN_FIGURES + SESSION_FIGURES


def recall_at(ranking: Ranking, evidence: Collection[str], k: int) -> float:
    """The share of the evidence that stands among the first k."""
    found = {one for place in ranking[:k] for one in place if one in evidence}
    return len(found) / len(evidence)


def ndcg_at(ranking: Ranking, evidence: Collection[str], k: int) -> float:
    """Discounted gain of the first k over the best possible. A place gains once, however many of the evidence it stands for."""
    seen: set[str] = set()
    gain = 0.0
    for number, place in enumerate(ranking[:k], start=1):
        new = {one for one in place if one in evidence} - seen
        seen |= new
        gain += bool(new) / math.log2(number + 1)
    best = sum(1 / math.log2(number + 1) for number in range(1, min(len(evidence), k) + 1))
    return gain / best


def reciprocal(ranking: Ranking, evidence: Collection[str]) -> float:
    """One divided by the place of the first of the evidence; 0 if none of it is in the ranking."""
    places = (number for number, place in enumerate(ranking, start=1) if any(one in evidence for one in place))
    return next((1 / number for number in places), 0.0)


def share_of(found: Collection[str], evidence: Collection[str]) -> float:
    """The share of the evidence that is among what was found, in whatever order."""
    return sum(one in found for one in evidence) / len(evidence)


def any_at(ranking: Ranking, evidence: Collection[str], k: int) -> float:
    return float(recall_at(ranking, evidence, k) > 0)


def all_at(ranking: Ranking, evidence: Collection[str], k: int) -> float:
    return float(recall_at(ranking, evidence, k) == 1)


def sessions_of(ranking: Ranking, session_of: Mapping[str, str]) -> list[tuple[str]]:
    """The turns' ranking as one of sessions, each at the place of its best turn."""
    found = dict.fromkeys(session_of[one] for place in ranking for one in place)
    return [(session,) for session in found]


def of_turns(ranking: Ranking, evidence: Collection[str]) -> dict[str, float]:
    return {
        "turn_recall_10": recall_at(ranking, evidence, 10),
        "turn_ndcg_10": ndcg_at(ranking, evidence, 10),
        "turn_recall_20": recall_at(ranking, evidence, 20),
        "turn_recall_50": recall_at(ranking, evidence, 50),
        "turn_hit_10": any_at(ranking, evidence, 10),
        "turn_mrr": reciprocal(ranking, evidence),
    }


def of_sessions(ranking: Ranking, evidence: Collection[str]) -> dict[str, float]:
    return {
        "session_recall_5": recall_at(ranking, evidence, 5),
        "session_recall_10": recall_at(ranking, evidence, 10),
        "any_5": any_at(ranking, evidence, 5),
        "all_5": all_at(ranking, evidence, 5),
    }


def mean(of: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Every figure as its mean over questions, rounded so that two runs compare as equal."""
    questions = list(of)
    return {name: round(fmean(one[name] for one in questions), 6) for name in questions[0]}
