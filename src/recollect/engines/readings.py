"""Texts read into words: here, or, if there are many, by two processes."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.documents import Reading, read

MANY = 5000
"""Texts, or rows, that are worth a process of their own, which takes a fifth of a second to begin."""

AT_ONCE = 1000
"""Texts that each of the two processes reads before they meet."""


def readings(texts: Sequence[str], language: str) -> list[Reading]:
    """What these texts say. Of many, another process begins at one end and this one at the other."""
    if len(texts) < MANY:
        return [read(text, language) for text in texts]
    from .analyst import Analyst

    first, last = 0, len(texts)
    found: list[Reading] = []
    rest: list[list[Reading]] = []  # from the other end
    with Analyst(apart=True) as analyst:
        while first < last:
            theirs = texts[first : min(first + AT_ONCE, last)]
            analyst.ask([(text, language) for text in theirs])
            first += len(theirs)
            ours = texts[max(first, last - AT_ONCE) : last]
            rest.append([read(text, language) for text in ours])
            last -= len(ours)
            found += analyst.answer()
    return found + [reading for some in reversed(rest) for reading in some]
