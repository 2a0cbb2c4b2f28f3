"""What a caller may add to recall: other phrasings of the question, a reranker, and hits that differ from each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ..core.effects import Call
from ..core.text import analyser
from ..errors import Invalid
from ..shapes.values import checked_callable, checked_limit, checked_share
from .asking import asked
from .hits import Hit

Rerank = Callable[[str, list[str]], Sequence[float]]
Expand = Callable[[str], Iterable[str]]

POOL = 5
"""Times the limit: so many hits are looked at by a reranker, or for those that differ, and at least `LEAST`."""

LEAST = 50

PHRASINGS = 10
"""Searched at most: each costs a search."""


async def recalled(
    house: Any, query: str, *, rerank: Rerank | None = None, expand: Expand | None = None, limit: int = 10, diversity: float = 0.0, **filters: Any
) -> list[Hit]:
    """The flow around one or several searches. The callables run between them, under no lock and in no transaction."""
    checked_callable(rerank, "rerank")
    checked_callable(expand, "expand")
    checked_share(diversity, "diversity")
    checked_limit(limit)
    phrasings = [query]
    if expand is not None:
        asked(house, query, limit=limit, **filters)  # a wrong argument is said before a model is asked
        phrasings = _phrasings(query, await Call(expand, (query,)))
    pool = max(limit * POOL, LEAST) if limit and (rerank is not None or diversity) else limit
    hits: list[Hit] = []
    for phrasing in phrasings:
        found = await house._recalled(phrasing, {"limit": pool, **filters})
        hits = found if phrasing == query else _merged(hits, found, phrasing)
    if rerank is not None and hits:
        hits = _reranked(hits, await Call(rerank, (query, [hit.text for hit in hits])))
    if diversity:
        hits = diverse(hits, diversity, limit, analyser(house._shared.language).words)
    return hits[:limit]


def _phrasings(query: str, more: object) -> list[str]:
    """The question and what `expand` made of it; its own words come first and count as they did."""
    given: list[Any] = [more] if isinstance(more, str) else list(more) if isinstance(more, Iterable) else [more]
    if not all(isinstance(one, str) for one in given):
        raise Invalid(f"expand must return a string or several, not {more!r}")
    return list(dict.fromkeys([query, *(one for one in given if one.strip())]))[:PHRASINGS]


def _merged(hits: Sequence[Hit], more: Sequence[Hit], phrasing: str) -> list[Hit]:
    """Both, each record with the better of its scores: the scales are the same, since the best word match of any question is 1."""
    best = {hit.id: hit for hit in hits}
    for hit in more:
        if hit.id not in best or hit.score > best[hit.id].score:
            best[hit.id] = replace(hit, details={**hit.details, "query": phrasing}) if hit.details is not None else hit
    return sorted(best.values(), key=lambda hit: -hit.score)


def _reranked(hits: Sequence[Hit], scores: Any) -> list[Hit]:
    """In the order of the reranker, whose score is the hit's; what recall made of it is in the details."""
    try:
        given = [float(score) for score in scores]
    except (TypeError, ValueError) as error:
        raise Invalid("rerank must return a number for each text") from error
    if len(given) != len(hits) or not all(map(math.isfinite, given)):
        raise Invalid(f"rerank must return a finite number for each of the {len(hits)} texts, and returned {given[:5]} …, {len(given)} in all")
    put = [
        replace(hit, score=score, signals={"rerank": score}, details=None if hit.details is None else {**hit.details, "recall": dict(hit.signals)})
        for hit, score in zip(hits, given, strict=True)
    ]
    return sorted(put, key=lambda hit: -hit.score)


def diverse(hits: Sequence[Hit], diversity: float, limit: int, words_of: Callable[[str], Iterable[str]]) -> list[Hit]:
    """Maximal marginal relevance (Carbonell and Goldstein, 1998): what resembles a hit before it loses so much of the best score.

    Two texts resemble each other by the share of their words that both have (Jaccard), so it is the same with vectors and without.
    """
    words = {hit.id: frozenset(words_of(hit.text)) for hit in hits}
    left, chosen = list(hits), list[Hit]()
    nearest = dict.fromkeys(words, 0.0)
    span = max((hit.score for hit in hits), default=0.0) - min((hit.score for hit in hits), default=0.0) or 1.0
    while left and len(chosen) < limit:
        best = max(left, key=lambda hit: hit.score - diversity * span * nearest[hit.id])
        loss = diversity * span * nearest[best.id]
        chosen.append(replace(best, score=best.score - loss, signals={**best.signals, "diversity": -loss}) if loss else best)
        left.remove(best)
        for hit in left:
            nearest[hit.id] = max(nearest[hit.id], _shared(words[hit.id], words[best.id]))
    return chosen


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0
