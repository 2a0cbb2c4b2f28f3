"""Aliases: several names of one user, such as a phone number and an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.effects import Begin, Moment
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Table, Versioned
from ..core.traits import Clause
from ..errors import Conflict, Denied, Invalid
from ..shapes.register import Register


@dataclass(frozen=True, slots=True)
class Alias(Versioned):
    """One name that stands for another."""

    alias: str
    canonical: str


class Aliases(Register[Face, Alias]):
    """They belong to the tenant, whoever adds them. Nothing is looked up through an alias unless you `resolve` it."""

    table: ClassVar = Table(
        name="aliases", record=Alias, key="alias", tenant_wide=True, versioned=True, aside=True,
        text=lambda alias: f"{alias.alias} {alias.canonical}",
    )  # fmt: skip

    @operation
    async def add(self: Aliases[Async], alias: str, canonical: str) -> Alias:
        """From now on `alias` stands for `canonical`. What is stored under the alias stays there until `merge`."""
        checked("alias", alias)
        checked("canonical", canonical)
        await Begin()
        await self._check_circle(alias, canonical)
        return await self._set(alias, {"canonical": canonical}, None)

    @query
    async def resolve(self: Aliases[Async], id: str) -> str:
        """The name that this name finally stands for; itself if it is no alias."""
        if not isinstance(id, str):
            raise Invalid(f"id must be a string, not {id!r}; pass the name of a user")
        await Begin()
        return (await self._chain(id))[-1]

    @operation
    async def merge(self: Aliases[Async], alias: str) -> int:
        """Move everything that is stored under the alias to the user it stands for; returns how many records moved.

        Only the administrator may (a scope without a user). Of a key that both have, the newer value stays and the older one
        becomes its history.
        """
        if self._scope.user:
            raise Denied("merge moves one user's memory to another; call it on a scope without a user")
        checked("alias", alias)
        await Begin()
        target = (await self._chain(alias))[-1]
        if target == alias:
            raise Invalid(f"{alias!r} is no alias; add it first with aliases.add({alias!r}, canonical)")
        return int(await self._house._move_user(alias, target))

    async def _change(self, before: Alias, after: Alias, action: str, moment_: Moment, *, keep: bool = True) -> Alias:
        if after.deleted_at is None:
            await self._check_circle(after.alias, after.canonical)
        return await super()._change(before, after, action, moment_, keep=keep)

    async def _check_circle(self, alias: str, canonical: str) -> None:
        chain: list[str] = await self._chain(canonical)
        if alias in chain:
            raise Conflict(f"{alias!r} would stand for itself ({' → '.join([alias, *chain])}); delete one of these aliases first")

    async def _chain(self, name: str) -> list[str]:
        """The names from this one to the last it stands for."""
        names = [name]
        while True:
            found: Any = await self._levels(names[-1], Clause("deleted_at is null"))
            if not found or found[0].canonical in names:
                return names
            names.append(found[0].canonical)

    def _fresh(self, moment_: Any, *, at: int | None = None) -> dict[str, Any]:
        own = {"user": "", "agent": "", "project": "", "channel": "", "session": ""}
        return {**super()._fresh(moment_, at=at), **own}
