"""A question and its filters, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.clock import moment, optional_micros
from ..errors import Invalid
from ..shapes.values import checked_limit, checked_list, meant
from .where import Where, checked


@dataclass(frozen=True, slots=True)
class Ask:
    """A question and its filters, checked."""

    query: str
    limit: int
    kinds: tuple[str, ...]
    since: int | None = None
    until: int | None = None
    as_of: int | None = None
    where: Where = field(default_factory=Where)
    roles: frozenset[str] | None = None
    outside: bytes | None = None
    explain: bool = False
    fold: bool = True  # what says the same as a better hit into that
    snippets: bool = True
    insist: bool = True  # look at everything that matches, if the best candidates are not enough
    at_hand: Mapping[str, Any] = field(default_factory=dict)  # records by their id, as they are now: not read again

    @property
    def before(self) -> int | None:
        """The time before which everything lies that may be found."""
        return min((bound for bound in (self.until, None if self.as_of is None else self.as_of + 1) if bound is not None), default=None)


def asked(house: Any, query: object, **filters: Any) -> Ask:
    """Check a question's arguments; any text at all is a valid query."""
    if not isinstance(query, str):
        raise Invalid(f"query must be a string, not {type(query).__name__}")
    searchable = tuple(name for name, kind in house._kinds.items() if kind.table.text is not None)
    kinds = filters.get("kinds")
    own = tuple(name for name in searchable if not house._kinds[name].table.aside)
    chosen = own if kinds is None else tuple([kinds] if isinstance(kinds, str) else checked_list(kinds, "kinds"))
    for kind in chosen:
        if kind not in searchable:
            raise Invalid(f"kinds must be among {', '.join(searchable)}, not {kind!r}{meant(kind, searchable)}")
    where = checked_where(house, filters.get("where"), chosen)
    roles = filters.get("roles")
    return Ask(
        query=query,
        limit=checked_limit(filters.get("limit", 10)),
        kinds=chosen,
        since=optional_micros(filters.get("since")),
        until=optional_micros(filters.get("until")),
        as_of=optional_micros(filters.get("as_of")),
        where=where,
        roles=None if roles is None else frozenset(roles),
        outside=filters.get("outside"),
        explain=bool(filters.get("explain")),
        fold=bool(filters.get("fold", True)),
        snippets=bool(filters.get("snippets", True)),
        insist=bool(filters.get("insist", True)),
    )


def checked_where(house: Any, where: object, kinds: Sequence[str]) -> Where:
    """Its fields are those of at least one of the kinds."""
    if where is None:
        return Where()
    return checked(where, {column.name: column.codec.decode is moment for kind in kinds for column in house._kinds[kind].table.columns})


def checked_budget(budget: object) -> None:
    if not isinstance(budget, int) or isinstance(budget, bool) or budget < 0:
        raise Invalid(f"budget must be a whole number of tokens that is not negative, not {budget!r}")


def expired(record: Any, at: int | None) -> bool:
    expires_at = optional_micros(getattr(record, "expires_at", None))
    return expires_at is not None and at is not None and expires_at <= at
