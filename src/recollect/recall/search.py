"""Recall, by words and by meaning: which statements find the documents, how filters apply before the cut, how k stays k.

One owner after the other (an administrator's scope has several), then one ranking over all of them. A record is only looked up for the
documents that rank highest, so a search costs what its answer costs.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, NamedTuple

from ..core.clock import micros, moment, optional_micros
from ..core.clues import asks_for_time, names_a_time, question_share, role_meant
from ..core.documents import importance
from ..core.effects import Answering, Begin, Statement, many
from ..core.ids import id_bytes
from ..core.scope import Scope
from ..core.text import Analyser, analyser
from ..core.traits import Clause
from ..embedders import Asked
from ..shapes.collection import thawed
from . import times
from .answer import Answer
from .asking import Ask, expired
from .hits import Hit
from .matching import Matching
from .nearest import Similarities, without
from .scoring import Beside, Candidate, Clues, Found, Statistics, weigh
from .weights import ALIKE, BESIDE, CANDIDATES


class Owner(NamedTuple):
    number: int
    user: str
    language: str
    documents: int
    words: int
    near: int
    stamp: int
    shrank: int


async def search(house: Any, ask: Ask) -> list[Hit]:
    """The hits for this question in the house's scope, best first."""
    now = (await Begin()).now
    scope: Scope = house._scope
    where = Clause("tenant = :tenant", {"tenant": scope.tenant})
    if scope.user:
        wide = any(house._kinds[kind].table.tenant_wide for kind in ask.kinds)
        where &= Clause("\"user\" in (:user, '')" if wide else '"user" = :user', {"user": scope.user})
    owners = await Statement(
        f'select number, "user", language, documents, words, near, stamp, shrank from owners where {where.sql} order by number',
        where.params,
        lambda rows: [Owner(*row) for row in rows],
        indexed=True,
    )
    if not ask.limit or not ask.query.strip():
        return []
    spoken = {owner.user: analyser(owner.language) for owner in owners}
    meaning = await _meaning(house)
    hits, cut = await _ranked(house, ask, owners, now, spoken, meaning, whole=False)
    if cut and ask.insist and len(hits) < ask.limit:  # a filter that only records can answer took too many: look at everything that matches
        hits, _ = await _ranked(house, ask, owners, now, spoken, meaning, whole=True)
    return hits


async def ready_spaces(house: Any) -> list[int]:
    """The spaces in which every document has had its turn. In the same breath the engine learns whether its own is one of them by now."""
    ready = await many(int, "select number from spaces where ready = 1")
    house._engine.maker.settle(ready)
    return ready


async def _meaning(house: Any) -> Asked | None:
    """The space that answers, if one does."""
    if house._shared.embedding is None:
        return None
    await ready_spaces(house)
    answering: Asked | None = await Answering()
    return answering


async def _ranked(
    house: Any, ask: Ask, owners: Sequence[Owner], now: int, spoken: Mapping[str, Analyser], meaning: Asked | None, *, whole: bool
) -> tuple[list[Hit], bool]:
    """The hits, and whether matching documents were left out for being many."""
    found = [await _Search(house, ask, owner, now, house._scope, meaning, whole).run() for owner in owners]
    knowledge = {name for name, kind in house._kinds.items() if kind.table.knowledge}
    weigh([(one.clues, one.candidates) for one in found], house._shared.weights, knowledge)
    candidates = [candidate for one in found for candidate in one.candidates if candidate.matches]
    candidates.sort(key=lambda one: (-one.score, -one.found.at, one.found.number))
    return await Answer(house, ask, now, spoken).of(candidates), any(one.cut for one in found)


class _Found(NamedTuple):
    candidates: list[Candidate]
    clues: Clues
    cut: bool


class _Search:
    """One owner's documents; `whole` takes all that match, however many."""

    def __init__(self, house: Any, ask: Ask, owner: Owner, now: int, scope: Scope, meaning: Asked | None, whole: bool) -> None:
        self._meaning = meaning
        self._house, self._ask, self._owner, self._now, self._scope, self._whole = house, ask, owner, now, scope, whole
        self._cut = False
        self._most, self._beside = (reach.of(owner.documents, ask.limit) for reach in (CANDIDATES, BESIDE))
        self._dialect = house._shared.dialect
        self._weights = house._shared.weights
        self._analyser: Analyser = analyser(owner.language)
        self._fit: dict[tuple[str, ...], bool] = {}  # kind, role, agent and project of documents -> whether the filters let them through
        self._within = (-math.inf if ask.since is None else ask.since, math.inf if ask.before is None else ask.before)

    async def run(self) -> _Found:
        ask = self._ask
        names = await self._names()
        near = await self._similarities(names)
        words = self._analyser.question(ask.query)
        shared, owner = self._house._shared, self._owner
        inside = (await Begin()).operation  # what a transaction sees that may yet be undone is not kept
        counted = {} if inside else shared.counted.of(owner.number, owner.stamp)
        enough = None if self._whole else self._most
        matching = Matching(ask, words, self._scope.tenant, shared.prefix(owner.number), self._dialect, counted, enough)
        statistics = Statistics.of(owner.documents, owner.words, owner.near, self._weights)
        await matching.read(statistics, self._weights)
        chosen = await self._best(matching)
        stored: dict[int, Any] = {}
        if ask.as_of is not None:
            chosen += await self._versions(words, matching, stored)
        if len(chosen) > self._beside:
            chosen.sort(key=lambda one: (-matching.lexical.own(matching.occurrences[one.number], one.length), one.number))
        alike = await self._alike(near, {one.number: one for one in chosen}) if near is not None else []
        first = len(chosen) + len(alike) if self._whole else self._beside
        self._cut = self._cut or max(len(chosen), len(alike)) > first
        seeds = {one.number for one in (*chosen[:first], *alike[:first])}
        candidates = await self._with_neighbours([*chosen, *alike], seeds, matching, stored, near)
        return _Found(candidates, self._clues(words, candidates, names), self._cut or matching.cut)

    async def _best(self, matching: Matching) -> list[Found]:
        """The documents whose own words are worth most, of those that the filters let through. If all are looked at, a turn that they
        keep out is there for those beside it."""
        most = self._most
        if self._whole or len(matching.occurrences) <= most:
            everything = await self._documents(list(matching.occurrences))
            return [one for one in everything if one.thread is not None or self._admits(one)]
        admitted: list[Found] = []
        matching.order()
        step = most
        while len(admitted) < most and (numbers := await matching.next(step)):
            found = {one.number: one for one in await self._documents(numbers)}
            admitted += [found[number] for number in numbers if self._admits(found[number])]
            step *= 2
        self._cut = matching.more or len(admitted) > most
        return admitted[:most]

    async def _similarities(self, names: Sequence[str]) -> Similarities | None:
        """What the owner's documents have in common with the question, whatever their words."""
        if self._meaning is None:
            return None
        space, embedding = self._meaning.space, self._meaning.embedding
        vector = self._meaning.of(without(self._ask.query, names))
        if vector is None:
            return None
        shared = self._house._shared
        tenant, ask = self._scope.tenant, self._ask
        matrix = await shared.nearest.of(tenant, self._owner.number, space, self._owner.stamp, self._owner.shrank, embedding.dimension)
        if not len(matrix):
            return None
        among = shared.nearest.among(matrix, ask.kinds, ask.since, ask.before)
        return Similarities(matrix, vector, among, self._dialect.vectors, {"tenant": tenant, "space": space})

    async def _alike(self, near: Similarities, known: Mapping[int, Found]) -> list[Found]:
        """The documents most like the question that the filters let through, without those that are known already."""
        most = near.count if self._whole else ALIKE.of(self._owner.documents, self._ask.limit)
        found: list[Found] = []
        done, step = 0, max(most, near.enough)
        while done < near.count and len(found) < most:
            numbers = await near.next(done, step)
            for start in range(0, len(numbers), most):
                some = numbers[start : start + most]
                read = {one.number: one for one in await self._documents([number for number in some if number not in known])}
                found += [one for number in some if (one := known.get(number) or read.get(number)) is not None and self._admits(one)]
                if len(found) >= most:
                    break
            done += len(numbers)
            step *= 4
        self._cut = self._cut or done < near.count
        return [one for one in found[:most] if one.number not in known]

    async def _documents(self, numbers: list[int]) -> list[Found]:
        if not numbers:
            return []
        given = {"numbers": json.dumps(sorted(numbers)), "tenant": self._scope.tenant}
        return await Statement(self._dialect.numbered, given, lambda rows: list(map(Found._make, rows)))

    def _admits(self, found: Found) -> bool:
        """Every filter that the index itself can answer; the rest is asked of the record, before the cut as well."""
        about = (found.kind, found.role, found.agent, found.project)
        if about not in self._fit:
            self._fit[about] = self._fits(*about)
        since, before = self._within
        return self._fit[about] and since <= found.at < before and (found.thread is None or found.thread != self._ask.outside)

    def _fits(self, kind: str, role: str, agent: str, project: str) -> bool:
        """What many documents have in common is looked at once."""
        ask, scope = self._ask, self._scope
        table = self._house._kinds[kind].table
        if scope.user != self._owner.user and scope.user and not table.tenant_wide:
            return False
        if kind not in ask.kinds or (ask.roles is not None and role not in ask.roles):
            return False
        if table.knowledge:
            return project in ("", scope.project) and agent in ("", scope.agent)
        return scope.project in ("", project) and (table.all_agents or scope.agent in ("", agent))

    async def _with_neighbours(
        self,
        chosen: Sequence[Found],
        seeds: Collection[int],
        matching: Matching,
        stored: Mapping[int, Any],
        near: Similarities | None,
    ) -> list[Candidate]:
        """Those chosen, and the turns beside the seeds among them, with what the turns beside each lend it."""
        turns = await self._around(chosen, seeds)

        def with_turns(one: Found) -> tuple[Found, Beside | None, Beside | None]:
            if one.thread is None or one.place is None:
                return one, None, None
            places = turns[one.thread]
            return one, places.get(one.place - 1), places.get(one.place + 1)

        known = {one.number: with_turns(one) for one in chosen}
        more = {turn.number for number in seeds for turn in known[number][1:] if turn is not None}
        found = [*known.values(), *map(with_turns, await self._documents(list(more - known.keys())))]
        found = [those for those in found if self._admits(those[0])]
        candidates = [matching.lexical.candidate(one, matching.occurrences, before, after) for one, before, after in found]
        for candidate in candidates if stored else ():
            candidate.stored = stored.get(candidate.found.number)
        if near is None:
            return [candidate for candidate in candidates if candidate.terms]
        alike = await near.of({one.number for one, *_ in found} | {before.number for _, before, _ in found if before is not None})
        least, share = near.least, self._weights.before
        for candidate, (one, before, _) in zip(candidates, found, strict=True):
            candidate.alike = _with_before(alike.get(one.number), None if before is None else alike.get(before.number), share)
            candidate.least = least
        return candidates

    async def _around(self, chosen: Sequence[Found], seeds: Collection[int]) -> dict[bytes, dict[int, Beside]]:
        """The turns beside those chosen, which lend them their words; and, beside a seed, the turns beside those, which may be the answer. Each
        conversation's by their places."""
        turns: dict[bytes, dict[int, Beside]] = defaultdict(dict)
        stretches: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for one in chosen:
            if one.thread is not None and one.place is not None:
                reach = 2 if one.number in seeds else 1
                stretches[one.thread].append((one.place - reach, one.place + reach))
        ranges = [(thread.hex(), first, last) for thread, some in stretches.items() for first, last in _joined(sorted(some))]
        if ranges:
            given = {"owner": self._owner.number, "ranges": json.dumps(ranges), "tenant": self._scope.tenant}
            for turn in await Statement(self._dialect.around, given, lambda rows: map(Beside._make, rows)):
                turns[turn.thread][turn.place] = turn
        return turns

    # what the question says beside its words

    def _clues(self, words: list[str], candidates: list[Candidate], names: Sequence[str]) -> Clues:
        query, language = self._ask.query, self._owner.language
        start, end = self._stretch(words, candidates)
        return Clues(
            speaker=self._speaker(names),
            role=role_meant(query, language),
            asks_when=asks_for_time(query, language),
            start=start,
            end=end,
        )

    async def _names(self) -> list[str]:
        """Who takes part in this owner's conversations."""
        return await many(
            lambda name: str(name),
            "select distinct speaker from documents where owner = :owner and speaker <> '' and tenant = :tenant",
            owner=self._owner.number,
            tenant=self._scope.tenant,
        )

    def _speaker(self, names: Sequence[str]) -> str | None:
        """The one participant whom the question names; with two named it is nobody's turn."""
        if not names:
            return None
        asked_words = {raw.casefold() for written, *_ in self._analyser.surface(self._ask.query) for raw in written.replace("’", "'").split("'")}
        named = [name for name in names if (parts := name.casefold().split()) and (set(parts) <= asked_words or parts[0] in asked_words)]
        return named[0] if len(named) == 1 else None

    def _stretch(self, words: list[str], candidates: list[Candidate]) -> tuple[int | None, int | None]:
        """The time that the question names: by itself, or as before or after something that is remembered."""
        now = moment(self._now if self._ask.as_of is None else self._ask.as_of).astimezone(UTC)
        said = times.understand(self._ask.query, now) if self._owner.language == "en" else None
        if isinstance(said, times.Span):
            return optional_micros(said.start), optional_micros(said.end)
        if not isinstance(said, times.Anchor):
            return None, None
        event = set(self._analyser.question(said.event))
        places = {place for place, word in enumerate(words) if word in event}
        best = max(candidates, key=lambda one: (sum(one.worth.get(place, 0.0) for place in places), -one.found.at), default=None)
        if best is None or places.isdisjoint(best.terms):
            return None, None
        return (None, best.found.at) if said.side == "before" else (best.found.at + 1, None)

    # as of a time: what was current then, and is not now

    async def _versions(self, words: list[str], matching: Matching, stored: dict[int, Any]) -> list[Found]:
        """The index holds what is current; closed versions are read and analysed here, by the same analyser."""
        rows = await many(
            lambda kind, body: (kind, body),
            'select kind, body from versions where tenant = :tenant and "user" = :user and began_at <= :at and ended_at > :at order by seq',
            tenant=self._scope.tenant,
            user=self._owner.user,
            at=self._ask.as_of,
        )
        found: list[Found] = []
        for place, (kind, body) in enumerate(rows, start=1):
            table = self._house._kinds[kind].table
            record = thawed(table, body) if table.text is not None else None
            if record is None or record.deleted_at is not None or expired(record, self._ask.as_of) or (table.hidden and table.hidden(record)):
                continue
            text = self._analyser.words(table.text(record))
            terms = {term: float(text.count(word)) for term, word in enumerate(words) if word in text}
            one = _described(-place, kind, record, len(text), table.text(record), self._owner.language)
            if terms and self._admits(one):
                matching.occurrences[-place] = terms
                stored[-place] = record
                found.append(one)
        if len(found) > self._most and not self._whole:
            self._cut = True
            found.sort(key=lambda one: -matching.lexical.own(matching.occurrences[one.number], one.length))
            del found[self._most :]
        return found


def _with_before(own: float | None, before: float | None, share: float) -> float | None:
    """What a text is like, the turn before it counted in: an answer often makes sense only after its question."""
    return own if own is None or before is None else (own + share * before) / (1 + share)


def _described(number: int, kind: str, record: Any, length: int, text: str, language: str) -> Found:
    raw = id_bytes(record.id) or b""
    at = micros(record.created_at)
    return Found(
        number, kind, raw, 0, record.agent, record.project, None, None, "", "", at, length, question_share(text),
        int(names_a_time(text, language)), importance(record),
    )  # fmt: skip


def _joined(stretches: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches in the order of their beginnings, those that touch as one."""
    first, last = stretches[0]
    for start, end in stretches[1:]:
        if start <= last + 1:
            last = max(last, end)
        else:
            yield first, last
            first, last = start, end
    yield first, last
