"""From matching documents to scores: BM25 with evidence from the turns around, then what speaks for a turn beside its words.

Pure: the statements are in `search`. The formulas are those of `weights`, whose docstring says where they come from.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..core.clock import DAY
from .weights import HALF_LIFE, Weights


class Found(NamedTuple):
    """A document, as the index describes it."""

    number: int
    kind: str
    record: bytes
    part: int
    agent: str
    project: str
    thread: bytes | None
    place: int | None
    role: str
    speaker: str
    at: int
    length: int
    questions: float
    timed: int
    importance: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """An owner's collection: number of documents, mean length, and mean length together with what neighbours lend."""

    documents: int
    mean: float
    mean_around: float

    @staticmethod
    def of(documents: int, words: int, near: int, weights: Weights) -> Statistics:
        documents = max(documents, 1)
        return Statistics(documents, max(words, 1) / documents, max(words + 2 * weights.around * near, 1) / documents)


@dataclass(slots=True)
class Candidate:
    """A document that might be an answer, and what speaks for it."""

    found: Found
    terms: dict[int, float]  # place of the word in the question -> its share of `lexical`
    lexical: float
    around: float = 0.0  # the part of `lexical` that neighbours lent
    alike: float | None = None  # by vectors, with the turn before
    least: float = 0.0  # what any of the owner's texts is, alike at least
    signals: dict[str, float] = field(default_factory=dict)
    score: float = 0.0
    stored: Any = None  # the record itself, where it is not what the table holds now


def idf(documents: int, frequency: int) -> float:
    """Robertson and Sparck Jones's weight, in the form that is never negative."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


Frequencies = Mapping[int, Mapping[int, float]]  # document -> place of the word in the question -> occurrences


class Lexical:
    """BM25 over one owner's documents."""

    def __init__(self, statistics: Statistics, frequencies: Mapping[int, int], weights: Weights) -> None:
        self._statistics, self._weights = statistics, weights
        self._gain = {term: (weights.k1 + 1) * idf(statistics.documents, max(count, 1)) for term, count in frequencies.items()}
        self._shares = _Shares(weights)

    def at_best(self, terms: Mapping[int, float]) -> float:
        """What these words could be worth in the shortest of texts, which has no other word."""
        return self.own(terms, sum(terms.values()))

    def own(self, terms: Mapping[int, float], length: float) -> float:
        """By the document's own words only: what decides who becomes a candidate."""
        return self._sum(terms, self._norm(length, self._statistics.mean))

    def candidate(self, found: Found, occurrences: Frequencies, *neighbours: Found | None) -> Candidate | None:
        """With what the neighbours lend: their occurrences, less for a long one, and their length with it."""
        own = occurrences.get(found.number, _NONE)
        terms, length = own, float(found.length)
        for neighbour in neighbours:
            if neighbour is not None:
                share = self._shares[neighbour.length]
                length += share * neighbour.length
                lent = occurrences.get(neighbour.number)
                if lent:
                    terms = dict(terms)
                    for term, count in lent.items():
                        terms[term] = terms.get(term, 0.0) + share * count
        if not terms:
            return None
        norm = self._norm(length, self._statistics.mean_around if found.thread else self._statistics.mean)
        gain = self._gain
        scores = {term: gain[term] * count / (count + norm) for term, count in terms.items()}
        total = sum(scores.values())
        return Candidate(found, scores, total, around=0.0 if terms is own else max(0.0, total - self._sum(own, norm)))

    def _norm(self, length: float, mean: float) -> float:
        return self._weights.k1 * (1 - self._weights.b + self._weights.b * length / mean)

    def _sum(self, terms: Mapping[int, float], norm: float) -> float:
        total = 0.0
        for term, count in terms.items():
            total += self._gain[term] * count / (count + norm)
        return total


class _Shares(dict[int, float]):
    """Which share of its words a neighbour lends, by its length."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, length: int) -> float:
        share = self[length] = self._weights.around * min(1.0, self._weights.near / max(length, 1))
        return share


_NONE: Mapping[int, float] = {}


@dataclass(frozen=True, slots=True)
class Clues:
    """What the question says beside its words."""

    speaker: str | None = None  # the one participant that it names
    role: str | None = None  # whose words it means
    asks_when: bool = False
    start: int | None = None  # the stretch of time that it names
    end: int | None = None

    def covers(self, at: int) -> bool:
        """Whether it names a stretch of time, and this is in it."""
        dated = self.start is not None or self.end is not None
        return dated and (self.start is None or at >= self.start) and (self.end is None or at < self.end)


def weigh(
    candidates: list[Candidate], clues: Mapping[bytes | str, Clues], weights: Weights, owner_of: Mapping[int, str], knowledge: Collection[str]
) -> None:
    """Fill in each candidate's signals and score. The best match, by words or by words and meaning, is 1; all else is worth its weight beside it.

    `knowledge` names the kinds whose records were set down to be known.
    """
    best = max((candidate.lexical for candidate in candidates), default=0.0) or 1.0
    sessions = _sessions(candidates)
    best_session = max(sessions.values(), default=0.0) or 1.0
    likeness = _likeness(candidates)
    share = 0.0 if likeness is None else weights.meaning
    newest = max((candidate.found.at for candidate in candidates), default=0)
    for candidate in candidates:
        found = candidate.found
        clue, signals, words = clues[owner_of[found.number]], candidate.signals, candidate.lexical / best
        if words and (said := (1 - share) * words):
            signals["words"] = said
        if likeness is not None:  # a text whose vector is not made yet is taken to mean what its words say
            meaning = share * (words if candidate.alike is None else likeness(candidate.alike))
            if meaning:
                signals["meaning"] = meaning
        if found.thread is not None and (session := weights.session * sessions[found.thread] / best_session):
            signals["session"] = session
        if clue.speaker and found.speaker == clue.speaker and weights.speaker:
            signals["speaker"] = weights.speaker
        if clue.role and not found.speaker and found.role == clue.role and weights.role:
            signals["role"] = weights.role
        if clue.asks_when and found.timed and weights.when:
            signals["when"] = weights.when
        if found.questions and weights.question:
            signals["question"] = weights.question * found.questions
        if clue.covers(found.at) and weights.time:
            signals["time"] = weights.time
        if weights.recency and (age := (newest - found.at) // DAY) < 10 * HALF_LIFE:
            signals["recency"] = weights.recency * 0.5 ** (age / HALF_LIFE)
        if importance := weights.importance * (2 * found.importance - 1):
            signals["importance"] = importance
        if weights.kind and found.kind in knowledge:
            signals["kind"] = weights.kind
        candidate.score = math.fsum(signals.values())


def _likeness(candidates: list[Candidate]) -> Callable[[float], float] | None:
    """From what vectors say to a share of the likest: 0 is a little less than the least like of all the owners' texts, 1 the likest candidate.

    The scale is the scope's own, since one embedder finds all texts alike and another none. The little is what one text takes of the span.
    """
    compared = [candidate.alike for candidate in candidates if candidate.alike is not None]
    if not compared:
        return None
    likest, least = max(compared), min(candidate.least for candidate in candidates if candidate.alike is not None)
    zero = least - (likest - least) / len(compared)
    return lambda alike: (alike - zero) / (likest - zero) if likest > zero else float(alike > 0)


def _sessions(candidates: list[Candidate]) -> dict[bytes, float]:
    """A conversation is worth its three best turns."""
    turns: dict[bytes, list[float]] = defaultdict(list)
    for candidate in candidates:
        if candidate.found.thread is not None:
            turns[candidate.found.thread].append(candidate.lexical)
    return {thread: sum(sorted(scores, reverse=True)[:3]) for thread, scores in turns.items()}
