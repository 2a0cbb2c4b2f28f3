"""Which questions a line of a table is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.quality.sets import APART, ORDER


class Group(NamedTuple):
    name: str
    categories: frozenset[str]


def groups(name: str, categories: Iterable[str]) -> list[Group]:
    """The set as a whole, with the questions that are set apart if it has any, and by category."""
    listed = sorted(set(categories), key=lambda one: (one in APART, ORDER.index(one) if one in ORDER else len(ORDER), one))
    main = [one for one in listed if one not in APART]
    apart = [one for one in listed if one in APART]
    found = [Group(name, frozenset(main))] if main else []
    if apart:
        found.append(Group(f"{name} with {' and '.join(apart)}", frozenset(listed)))
    return found + [Group(f"{name}: {one}", frozenset([one])) for one in listed]
