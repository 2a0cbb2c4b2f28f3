"""Every number that recall weighs with, its reason and where it was measured. Figures are R@10 in points, words only.

They were tuned on two-person chats (LoCoMo, three conversations) and on chats of
a user with an assistant (LongMemEval, a third of the questions) together: what lifts one and harms the other is not here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Weights:
    """What each piece of evidence is worth beside a best match of 1, by words or by words and meaning together."""

    k1: float = 1.2
    """BM25: how fast repeating a word stops counting. Flat from 0.6 to 2.0."""
    b: float = 0.9
    """BM25: how much length counts. Two-person chats like 0.4, long answers need 0.75 to 1."""
    around: float = 0.4
    """What the turns before and after lend of their words: an answer often shares no word with its question. +7.9 and +1.7."""
    near: int = 20
    """A neighbour of more words lends less, in proportion: long answers would drown the turn beside them."""
    session: float = 0.2
    """The conversation's three best turns, against the best conversation's. +0.5 and +0.7."""
    speaker: float = 0.35
    """The question names exactly one participant and this is a turn of theirs. +3.4 in two-person chats."""
    role: float = 0.5
    """The question means the user's or the assistant's own words. +7.0 in chats with an assistant."""
    when: float = 0.15
    """The question asks for a time and the turn names one. +0.1, and +0.7 in the order."""
    question: float = -0.15
    """Share of the turn's sentences that ask: a question is seldom an answer. +1.0. From -0.1 to -0.25 the two sets pull in two directions, by less
    than a point each."""
    meaning: float = 0.5
    """The share of a match that is its meaning; the rest is its words. Meaning is the text's likeness to the question by vectors, from the least
    alike text of the owner (0) to the most alike candidate (1). With static vectors and with those of a small transformer alike, from 0.45 to 0.55
    nothing changes by a point on two-person chats; 0.4 and 0.6 take up to two points away, on one set or the other."""
    before: float = 0.3
    """The share of the turn before in a turn's likeness: an answer often makes sense only after its question."""
    time: float = 0.3
    """The question names a stretch of time and the record falls into it. Not measured on those sets, whose questions do not date themselves."""
    recency: float = 0.03
    """How young a record is beside the newest candidate: of two that say as much, the newer one. Those sets ask for what happened and seldom for what
    holds now, so it can only cost there: no R@10, and 0.04 in the order. 0.1 costs 0.2 in the order, 0.2 costs 0.4 and 1.0."""
    importance: float = 0.1
    """What an importance of 1 adds and one of 0 takes away; 0.5 is what nobody rated. A third of what a speaker or a time is worth: a rating given
    once must not push away what answers. No set rates its turns. +1.6 in the mean reciprocal rank of notes and facts by `benchmarks.knowledge`."""
    kind: float = 0.2
    """Knowledge, such as a fact or a note, has no conversation to speak for it, so it is given what the best conversation gives its turns. Facts and
    notes among messages by `benchmarks.knowledge`: +10 in the mean reciprocal rank, and +16 with vectors. 0.3 would add 6 and 9 more there, where
    notes are few; where they are many it would leave the messages no room."""


WEIGHTS = Weights()

HALF_LIFE = 7
"""Days in which recency halves; after ten times as many nothing is left of it. With 30 or 90 days it takes away 0.3 and 0.4."""

# The bounds were chosen where much matches: both sets in the memory of one user, 25,000 messages, as `benchmarks.quality --together` does it.

POSTINGS = 3000
"""Occurrences read for one question and owner; above it the most common words only confirm what the rarer ones found. 6000 add nothing,
2000 take 0.2 and 1000 three points away."""

NEWEST = 500
"""Documents that are read, the newest, with the rarest of only common words and another of them."""

COMMON = 8
"""Of only common words, as many, the rarest, are searched."""

LENGTHS = 500
"""Documents whose lengths are read at once, to rank those that hold words of the question by what these are worth there."""

MANY = 25_000  # documents of an owner for which the bounds below were chosen, and those from `least` on for 600 and 2,000


class Reach(NamedTuple):
    """How many documents are looked at for a question. The more an owner has, the deeper an answer lies: the root of their number decides."""

    least: int
    most: int
    a_hit: int  # and so many for each hit that is wanted

    def of(self, documents: int, limit: int) -> int:
        return max(self.least, min(self.most, round(self.most * math.sqrt(documents / MANY))), self.a_hit * limit)


CANDIDATES = Reach(80, 150, 5)
"""Documents whose neighbours are looked at. Among 25,000, 500 add 0.2 to the first ten and 100 take 0.2 away; among 600 or 2,000, 80 find what 150 do
and 60 take 0.3 away."""

ALIKE = Reach(30, 60, 2)
"""Documents that are looked at for their likeness alone. Among 25,000, 120 add nothing and 40 take 0.5 away; among 2,000, 30 find as much."""

BESIDE = Reach(12, 80, 1)
"""Of the best by their words, and of the best by what they mean, those beside which an answer is looked for that neither its words nor its meaning
name. Among 25,000, 200 add nothing, 40 take 0.8 away and 20 another 0.5; among 600 or 2,000, 12 find as much."""

TERMS = 64
"""Distinct words of a question that are searched, the rarest first."""
