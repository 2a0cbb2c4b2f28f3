"""Entities: things that have a name, such as people and places, and how they are connected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import optional_micros
from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Record, Table, Versioned
from ..core.text import clean
from ..errors import Conflict, Invalid
from ..shapes.register import Register
from ..shapes.values import checked_count, checked_list, checked_mapping, source_text


@dataclass(frozen=True, slots=True)
class Entity(Versioned):
    """One thing that has a name. `key` is ``type:name``; `aliases` are other names of it."""

    key: str
    type: str
    name: str
    aliases: tuple[str, ...]
    attributes: Mapping[str, Any]
    source: str | None


def _said(entity: Entity) -> str:
    return "\n".join([f"{entity.name} {entity.type}", *entity.aliases, *(f"{name}: {held}" for name, held in entity.attributes.items())])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A record that links lead to, in how many steps."""

    record: Record
    depth: int


class Entities(Register[Face, Entity]):
    """Two entities are the same if their types and names are, to the letter; nothing is ever merged for looking alike."""

    table: ClassVar = Table(
        name="entities",
        record=Entity,
        key="key",
        knowledge=True,
        versioned=True,
        text=_said,
    )

    @operation
    async def add(
        self: Entities[Async],
        name: str,
        type: str = "thing",
        *,
        aliases: Iterable[str] = (),
        attributes: Mapping[str, Any] | None = None,
        source: Any = None,
    ) -> Entity:
        """Keep an entity; one that is known gets the new aliases and attributes as well (an attribute of None is removed)."""
        if ":" in checked("type", type):
            raise Invalid(f"type must not hold a colon, since it stands before one in the key: {type!r}")
        key = checked("type and name together", f"{type}:{checked('name', name)}")
        names: list[str] = [clean(alias, "an alias") for alias in checked_list(aliases, "aliases")]
        more = checked_mapping(attributes, "attributes")
        said_from = source_text(source)
        await Begin()
        known: Entity | None = await self._at_own_level(key)
        live: Entity | None = known if known is not None and known.deleted_at is None else None
        held = {**live.attributes, **more} if live else more
        values = {
            "type": type,
            "name": name,
            "aliases": tuple(dict.fromkeys([*(live.aliases if live else ()), *names])),
            "attributes": {name: value for name, value in held.items() if value is not None},
            "source": said_from or (live.source if live else None),
        }
        return await self._set(key, values, None)

    @query
    async def resolve(self: Entities[Async], name: str, type: str | None = None) -> Entity | None:
        """The entity that has this name, or else this alias, to the letter. Several of them are a `Conflict`: name the type."""
        found = [one for one in await self._own(None, 2**62) if type in (None, one.type)]
        meant = [one for one in found if one.name == name] or [one for one in found if name in one.aliases]
        if len(meant) > 1:
            raise Conflict(f"{name!r} may be {', '.join(one.key for one in meant)}; say which type is meant")
        return meant[0] if meant else None

    @query
    async def neighbours(
        self: Entities[Async], key: str, depth: int = 1, *, kind: str | None = None, at: datetime | None = None
    ) -> list[Neighbour]:
        """What links lead to from here, in at most `depth` steps, the nearest first: by links of this kind, valid at this time (now)."""
        steps = checked_count(depth, "depth", least=1, most=20)
        now = (await Begin()).now
        start = await self._need(key)
        when = optional_micros(at)
        near = await self._house.links._walk(start.id, steps, kind, now if when is None else when)
        records = [(await self._house._any(id), far) for id, far in near]
        return [Neighbour(record, far) for record, far in records if record is not None]
