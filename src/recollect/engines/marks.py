"""How far a replica must have come to show a scope what this memory wrote."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.scope import Scope

Owner = tuple[str, str]

MOST = 10_000  # owners that are remembered one by one


class Marks:
    """The place in the server's log of the last write to each owner's rows, and to each tenant's."""

    NEVER = 1 << 63  # where no replica comes to

    def __init__(self) -> None:
        self._owners: dict[Owner, int] = {}
        self._tenants: dict[str, int] = {}
        self._last = self._floor = 0

    def note(self, owners: Iterable[Owner], place: int) -> None:
        if len(self._owners) > MOST:  # from here on everybody waits for what anybody wrote before
            self._owners.clear()
            self._tenants.clear()
            self._floor = self._last
        for owner in owners:
            self._owners[owner] = max(place, self._owners.get(owner, 0))
            self._tenants[owner[0]] = max(place, self._tenants.get(owner[0], 0))
        self._last = max(place, self._last)

    def of(self, whose: Scope) -> int:
        """The place that must be reached: a user sees its own rows and the tenant's, an administrator the tenant's, the unscoped all."""
        if whose == Scope():
            return self._last
        if not whose.user:
            return max(self._floor, self._tenants.get(whose.tenant, 0))
        return max(self._floor, self._owners.get((whose.tenant, whose.user), 0), self._owners.get((whose.tenant, ""), 0))
