"""One owner's documents that hold words of the question, in the order of what their own words are worth."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from ..core.dialect import Dialect
from ..core.effects import Statement
from .asking import Ask
from .scoring import Lexical, Statistics
from .weights import COMMON, LENGTHS, NEWEST, POSTINGS, TERMS, Weights

KEPT_OWNERS, KEPT_WORDS = 32, 2048
"""Whose counts are kept, and of how many words: some 10 megabytes, if so many owners ask for so many words and write nothing."""

Occurrences = dict[int, dict[int, float]]  # document -> place of the word in the question -> how often


class Counted:
    """In how many of an owner's documents a word stands, kept as long as none of them changes: of a word that stands in most of a million it
    takes a millisecond to count."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[int, dict[str, int]]] = OrderedDict()
        self._gate = threading.Lock()

    def of(self, owner: int, stamp: int) -> dict[str, int]:
        """What is known of this owner's documents as of this stamp; whoever counts more puts it there."""
        with self._gate:
            if owner not in self._kept or self._kept[owner][0] != stamp:
                self._kept[owner] = stamp, {}
            self._kept.move_to_end(owner)
            if len(self._kept) > KEPT_OWNERS:
                self._kept.popitem(last=False)
            return self._kept[owner][1]


class _Same:
    """What the same words of the question are worth in texts of different lengths: most documents share their few words with others."""

    __slots__ = ("_lexical", "_terms", "_worth", "most")

    def __init__(self, lexical: Lexical, terms: Mapping[int, float]) -> None:
        self._lexical, self._terms, self.most = lexical, terms, lexical.at_best(terms)
        self._worth: dict[int, float] = {}

    def worth(self, length: int) -> float:
        if length not in self._worth:
            self._worth[length] = self._lexical.own(self._terms, length)
        return self._worth[length]


class Matching:
    """What the index says of the words alone; of the documents it reads their lengths, and only of those that could be among the next.

    `enough` documents will do; without it all that match are wanted.
    """

    def __init__(
        self, ask: Ask, words: Sequence[str], tenant: str, prefix: str, dialect: Dialect, counted: dict[str, int], enough: int | None
    ) -> None:
        self._ask, self._tenant, self._dialect, self._counted, self._enough = ask, tenant, dialect, counted, enough
        self._indexed = [prefix + word for word in words]
        self.occurrences: Occurrences = {}
        self.cut = False  # whether documents with common words alone were left out
        self._waiting: list[int] = []  # of unknown length, what they can be worth at most ascending
        self._same: dict[int, _Same] = {}  # of each document that waits, or did
        self._lengths: dict[int, int] = {}  # that were read with the documents
        self._ranked: list[tuple[float, int]] = []  # a heap of those of known length

    async def read(self, statistics: Statistics, weights: Weights) -> None:
        """Find the documents, and what their words are worth."""
        counts = await self._counts()
        terms = sorted((place for place in counts if counts[place]), key=lambda place: (counts[place], place))[:TERMS]
        await self._read(counts, terms)
        self.lexical = Lexical(statistics, counts, weights)

    async def next(self, count: int) -> list[int]:
        """The next so many documents, once they are in order: those whose own words are worth most first."""
        found: list[int] = []
        while len(found) < count and (self._waiting or self._ranked):
            if self._waiting and (not self._ranked or -self._ranked[0][0] < self._same[self._waiting[-1]].most):
                await self._weigh()
            else:
                found.append(heappop(self._ranked)[1])
        return found

    @property
    def more(self) -> bool:
        """Whether `next` has documents yet."""
        return bool(self._waiting or self._ranked)

    def order(self) -> None:
        """Put the documents in the order of what their words can be worth, or are, where their lengths are known."""
        same: dict[tuple[tuple[int, float], ...], _Same] = {}
        for number, terms in self.occurrences.items():
            if number in self._lengths:
                heappush(self._ranked, (-self.lexical.own(terms, self._lengths[number]), number))
                continue
            key = tuple(terms.items())
            if key not in same:
                same[key] = _Same(self.lexical, terms)
            self._same[number] = same[key]
        self._waiting = sorted(self._same, key=lambda number: (self._same[number].most, number))

    async def _weigh(self) -> None:
        some = self._waiting[-LENGTHS:]
        del self._waiting[-LENGTHS:]
        given = {"numbers": json.dumps(some), "tenant": self._tenant}
        for number, length in await Statement(self._dialect.lengths, given, list):
            heappush(self._ranked, (-self._same[number].worth(length), number))

    async def _counts(self) -> dict[int, int]:
        """How many of the owner's documents hold each word."""
        known = {word: self._counted[word] for word in self._indexed if word in self._counted}
        if unknown := [word for word in self._indexed if word not in known]:
            given = {"terms": json.dumps(unknown), "tenant": self._tenant}
            known |= {unknown[place]: count for place, count in await Statement(self._dialect.frequencies, given, list)}
            if len(self._counted) + len(unknown) <= KEPT_WORDS:
                self._counted.update(known)
        return {place: known[word] for place, word in enumerate(self._indexed)}

    async def _read(self, counts: Mapping[int, int], terms: list[int]) -> None:
        """By the words that are rare enough; the common ones confirm."""
        rare: list[int] = []
        budget = POSTINGS
        for place in terms:
            if counts[place] > budget and self._enough is not None:
                self.cut = True
                break
            budget -= counts[place]
            rare.append(place)
        if rare:
            self.occurrences = await self._confirmed(rare, terms[len(rare) :])
        elif terms:
            await self._read_common(terms[:COMMON])

    async def _confirmed(self, rare: Sequence[int], common: Sequence[int]) -> Occurrences:
        """The documents with rare words, and which common ones they hold."""
        found: Occurrences = defaultdict(dict)
        given = {"terms": self._json(rare), "tenant": self._tenant}
        for number, place in await Statement(self._dialect.occurrences, given, list):
            document, term = found[number], rare[place]
            document[term] = document.get(term, 0.0) + 1.0
        for place in common:
            given = {"rare": self._json(rare), "common": self._indexed[place], "tenant": self._tenant}
            for (number,) in await Statement(self._dialect.together, given, list):
                found[number][place] = 1.0
        return dict(found)

    async def _read_common(self, terms: Sequence[int]) -> None:
        """The newest documents with the rarest of these words and another; if there are few, the newest with the rarest."""
        rarest, *others = terms
        found = {place: await self._newest([rarest, place]) for place in others}
        # Before this document not all are known that hold both words, so what it holds would be told wrongly.
        first = max((min(some) for some in found.values() if len(some) == NEWEST), default=0)
        for place, some in found.items():
            for number, length in some.items():
                if number >= first:
                    self._lengths[number] = length
                    self.occurrences.setdefault(number, {rarest: 1.0})[place] = 1.0
        if self._enough is not None and len(self.occurrences) < self._enough:
            for number, length in (await self._newest([rarest])).items():
                self._lengths[number] = length
                self.occurrences.setdefault(number, {rarest: 1.0})

    async def _newest(self, terms: Sequence[int]) -> dict[int, int]:
        ask = self._ask
        bounds = {"since": ask.since, "until": ask.before, "kinds": json.dumps(ask.kinds)}
        return await Statement(self._dialect.newest, {"terms": self._json(terms), "tenant": self._tenant, "most": NEWEST, **bounds}, dict)

    def _json(self, terms: Sequence[int]) -> str:
        return json.dumps([self._indexed[place] for place in terms])
