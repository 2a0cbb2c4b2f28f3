"""From matching documents to scores: BM25 with evidence from the turns around, then what speaks for a turn beside its words.

Pure: the statements are in `search`. The formulas are those of `weights`, whose docstring says where they come from.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
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


class Beside(NamedTuple):
    """A turn beside another: where it stands, and what of it counts there."""

    thread: bytes
    place: int
    number: int
    length: int


Terms = Mapping[int, float]  # place of a word in the question -> a number
_NONE: Terms = {}

SIGNALS = ("words", "meaning", "session", "speaker", "role", "when", "question", "time", "recency", "importance", "kind")
"""What a score is made of."""


@dataclass(slots=True)
class Candidate:
    """A document that might be an answer, and what speaks for it."""

    found: Found
    lexical: float  # what its words are worth, with those that the turns beside it lend
    terms: Terms  # how often each stands there, with them
    own: Terms  # and without
    gain: Terms  # what a word is worth at most
    norm: float
    alike: float | None = None  # by vectors, with the turn before
    least: float = 0.0  # what any of the owner's texts is, alike at least
    evidence: Sequence[float] = ()  # for each of the signals, what it adds
    score: float = 0.0
    stored: Any = None  # the record itself, where it is not what the table holds now

    @property
    def matches(self) -> bool:
        """Whether it has to do with the question at all, by its words or by what it means."""
        words, meaning, *_ = self.evidence
        return bool(words or meaning)

    @property
    def signals(self) -> dict[str, float]:
        """What adds to the score, or takes away."""
        return {name: worth for name, worth in zip(SIGNALS, self.evidence, strict=True) if worth}

    @property
    def worth(self) -> dict[int, float]:
        """What each word's share of `lexical` is."""
        return {term: self.gain[term] * count / (count + self.norm) for term, count in self.terms.items()}

    @property
    def around(self) -> float:
        """The part of `lexical` that the turns beside it lent."""
        return 0.0 if self.terms is self.own else max(0.0, self.lexical - total(self.gain, self.own, self.norm))


def idf(documents: int, frequency: int) -> float:
    """Robertson and Sparck Jones's weight, in the form that is never negative."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def total(gain: Terms, terms: Terms, norm: float) -> float:
    """BM25: what words that stand so often in a text are worth together."""
    found = 0.0
    for term, count in terms.items():
        found += gain[term] * count / (count + norm)
    return found


class Lexical:
    """BM25 over one owner's documents."""

    def __init__(self, statistics: Statistics, frequencies: Mapping[int, int], weights: Weights) -> None:
        self._statistics, self._weights = statistics, weights
        self._gain = {term: (weights.k1 + 1) * idf(statistics.documents, max(count, 1)) for term, count in frequencies.items()}
        self._shares = _Shares(weights)

    def at_best(self, terms: Terms) -> float:
        """What these words could be worth in the shortest of texts, which has no other word."""
        return self.own(terms, sum(terms.values()))

    def own(self, terms: Terms, length: float) -> float:
        """By the document's own words only: what decides who becomes a candidate."""
        return total(self._gain, terms, self._norm(length, self._statistics.mean))

    def candidate(self, found: Found, occurrences: Mapping[int, Terms], *neighbours: Beside | None) -> Candidate:
        """With what the neighbours lend: their occurrences, less for a long one, and their length with it."""
        own = occurrences.get(found.number, _NONE)
        terms, length = own, float(found.length)
        for neighbour in neighbours:
            if neighbour is not None:
                _, _, number, words = neighbour
                share = self._shares[words]
                length += share * words
                if number in occurrences:
                    terms = dict(terms)
                    for term, count in occurrences[number].items():
                        terms[term] = terms.get(term, 0.0) + share * count
        if not terms:
            return Candidate(found, 0.0, terms, own, self._gain, 0.0)
        norm = self._norm(length, self._statistics.mean_around if found.thread else self._statistics.mean)
        return Candidate(found, total(self._gain, terms, norm), terms, own, self._gain, norm)

    def _norm(self, length: float, mean: float) -> float:
        return self._weights.k1 * (1 - self._weights.b + self._weights.b * length / mean)


class _Shares(dict[int, float]):
    """Which share of its words a neighbour lends, by its length."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, length: int) -> float:
        share = self[length] = self._weights.around * min(1.0, self._weights.near / max(length, 1))
        return share


@dataclass(frozen=True, slots=True)
class Clues:
    """What the question says beside its words."""

    speaker: str | None = None  # the one participant that it names
    role: str | None = None  # whose words it means
    asks_when: bool = False
    start: int | None = None  # the stretch of time that it names
    end: int | None = None

    @property
    def dated(self) -> bool:
        """Whether it names a stretch of time."""
        return self.start is not None or self.end is not None

    def covers(self, at: int) -> bool:
        """Whether this is in that stretch."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)


def weigh(owners: Sequence[tuple[Clues, Sequence[Candidate]]], weights: Weights, knowledge: Collection[str]) -> None:
    """Fill in the evidence and the score of each owner's candidates. The best match, by words or by words and meaning, is 1; all else is
    worth its weight beside it.

    `knowledge` names the kinds whose records were set down to be known.
    """
    candidates = [candidate for _, some in owners for candidate in some]
    best = max((candidate.lexical for candidate in candidates), default=0.0) or 1.0
    sessions = _sessions(candidates)
    best_session = max(sessions.values(), default=0.0) or 1.0
    likeness = _likeness(candidates)
    share = 0.0 if likeness is None else weights.meaning
    newest = max((candidate.found.at for candidate in candidates), default=0)
    for clue, some in owners:
        dated = clue.dated
        for candidate in some:
            found, words = candidate.found, candidate.lexical / best
            meaning = 0.0
            if likeness is not None:  # a text whose vector is not made yet is taken to mean what its words say
                meaning = words if candidate.alike is None else likeness(candidate.alike)
            age = (newest - found.at) // DAY
            candidate.evidence = (
                (1 - share) * words,
                share * meaning,
                0.0 if found.thread is None else weights.session * sessions[found.thread] / best_session,
                weights.speaker if clue.speaker and found.speaker == clue.speaker else 0.0,
                weights.role if clue.role and not found.speaker and found.role == clue.role else 0.0,
                weights.when if clue.asks_when and found.timed else 0.0,
                weights.question * found.questions,
                weights.time if dated and clue.covers(found.at) else 0.0,
                weights.recency * 0.5 ** (age / HALF_LIFE) if age < 10 * HALF_LIFE else 0.0,
                weights.importance * (2 * found.importance - 1),
                weights.kind if found.kind in knowledge else 0.0,
            )
            candidate.score = math.fsum(candidate.evidence)


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
