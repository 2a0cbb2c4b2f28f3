"""From ranked documents to hits: which records they are, which of them the filters let through, what is folded into what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.clock import moment
from ..core.ids import id_text
from ..core.text import Analyser, bare
from ..core.traits import walls
from .asking import Ask
from .hits import Hit
from .scoring import Candidate
from .snippets import Spelling, snippet

FOLDED = 4000  # characters; longer texts are folded only if they are the same to the letter


class Answer:
    """From ranked documents to hits: records are looked up in rank order until there are enough."""

    def __init__(self, house: Any, ask: Ask, now: int, spoken: Mapping[str, Analyser]) -> None:
        self._house, self._ask, self._now, self._spoken = house, ask, now, spoken
        self._spelling = {user: Spelling(ask.query, words) for user, words in spoken.items()}
        self._hits: list[Hit] = []
        self._records: set[str] = set()
        self._then: dict[str, dict[str, Any]] = {}
        self._texts: dict[tuple[Any, ...], int] = {}

    async def of(self, candidates: list[Candidate]) -> list[Hit]:
        step = self._ask.limit + 10  # near-duplicates and what a filter takes leave room for a few more
        for start in range(0, len(candidates), step):
            some = candidates[start : start + step]
            records = await self._looked_up(some)
            for kind in {one.found.kind for one in some if one.stored is not None and self._house._kinds[one.found.kind].table.key}:
                await self._keyed(kind)
            for candidate in some:
                self._take(candidate, records)
            if len(self._hits) >= self._ask.limit:
                break
        return self._hits

    async def _looked_up(self, candidates: Sequence[Candidate]) -> dict[tuple[str, str], Any]:
        wanted: dict[str, list[bytes]] = defaultdict(list)
        records: dict[tuple[str, str], Any] = {}
        at_hand = self._ask.at_hand
        for candidate in candidates:
            kind, raw = candidate.found.kind, candidate.found.record
            if at_hand and (id := id_text(raw)) in at_hand:
                records[kind, id] = at_hand[id]
            elif candidate.stored is None:
                wanted[kind].append(raw)
        then = self._now if self._ask.as_of is None else self._ask.as_of
        for kind, ids in wanted.items():
            room = getattr(self._house, kind)
            if self._ask.as_of is not None and room.table.key is not None and room.table.knowledge:
                records |= await self._standing(room, ids)
                continue
            for record in await room._those(ids, room._visible(then)):
                records[kind, record.id] = record
        return records

    async def _standing(self, room: Any, ids: Sequence[bytes]) -> dict[tuple[str, str], Any]:
        """Of records that the index finds as they are now, those that were the same then."""
        then = await self._keyed(room.table.name)
        live = await room._those(ids, walls(self._house._scope))
        return {(room.table.name, record.id): record for record in live if then.get(record.id) == record}

    async def _keyed(self, kind: str) -> dict[str, Any]:
        """What every key held at the time, and which level's value shadowed which: today's rows do not know."""
        if kind not in self._then:
            self._then[kind] = {record.id: record for record in await getattr(self._house, kind)._as_of(self._ask.as_of)}
        return self._then[kind]

    def _take(self, candidate: Candidate, records: Mapping[tuple[str, str], Any]) -> None:
        found = candidate.found
        record = candidate.stored if candidate.stored is not None else records.get((found.kind, id_text(found.record)))
        if candidate.stored is not None and found.kind in self._then and self._then[found.kind].get(candidate.stored.id) != candidate.stored:
            return  # shadowed by another level's value, or not the version of that time
        if record is None or record.id in self._records or not self._wanted(record, candidate):
            return
        self._records.add(record.id)
        text = self._house._kinds[found.kind].table.said(record)
        words = self._spoken[record.user]
        key = (getattr(record, "role", ""), *_plainly(text))
        if self._ask.fold and key in self._texts:
            place = self._texts[key]
            self._hits[place] = replace(self._hits[place], folded=(*self._hits[place].folded, record.id))
            return
        if len(self._hits) == self._ask.limit:
            return  # only what repeats a hit is still of interest
        self._texts[key] = len(self._hits)
        asked_words = self._spelling[record.user].of(candidate.terms)
        self._hits.append(
            Hit(
                kind=found.kind,
                id=record.id,
                text=text,
                score=candidate.score,
                signals=candidate.signals,
                record=record,
                words=tuple(asked_words.values()),
                snippet=snippet(text, words, asked_words) if self._ask.snippets else "",
                details=self._details(candidate, self._spelling[record.user].words) if self._ask.explain else None,
            )
        )

    def _wanted(self, record: Any, candidate: Candidate) -> bool:
        """The filters that only the record can answer."""
        table = self._house._kinds[candidate.found.kind].table
        if self._ask.as_of is not None and candidate.stored is None and record.updated_at > moment(self._ask.as_of) and not table.threaded:
            return False  # it was something else then; what it was is among the closed versions, if it is versioned
        return self._ask.where.admits(record)

    def _details(self, candidate: Candidate, asked_words: list[str]) -> dict[str, Any]:
        best = candidate.lexical / words if (words := candidate.signals.get("words")) else 1.0
        return {
            "bm25": candidate.lexical,
            "around": candidate.around / best,
            **({} if candidate.alike is None else {"alike": candidate.alike, "least": candidate.least}),
            "terms": {asked_words[place]: worth / best for place, worth in candidate.worth.items()},
        }


def _plainly(text: str) -> tuple[str | bytes, bool]:
    """What must be the same in near-duplicates: every word in its order, small ones too, and whether it asks; not case, signs or spaces."""
    if len(text) > FOLDED:
        return text, False
    return bare(text), text.rstrip().endswith(("?", "？"))
