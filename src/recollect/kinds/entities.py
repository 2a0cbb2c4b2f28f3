"""Entities: things that have a name, such as people and places, and how they are connected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import optional_micros
from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked, sayable
from ..core.table import Record, Table, Versioned
from ..core.traits import Clause
from ..errors import Conflict, Invalid
from ..shapes.register import Register
from ..shapes.values import checked_count, checked_list, checked_mapping, source_text, titled


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
    """In the order in which attributes are stored: the index must be told the same words when the entity changes."""
    attributes = [f"{name}: {_held(value)}" for name, value in sorted(entity.attributes.items())]
    return "\n".join([f"{entity.name} {entity.type}", *entity.aliases, *attributes])


def _held(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


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
        """Keep an entity; one that is known gets the new aliases and attributes as well (an attribute of None is removed).

        Type and name have 1 to 255 characters together; a type holds no colon. Attributes are what JSON holds. One that was deleted
        begins anew, with its history.
        """
        if ":" in checked("type", type):
            raise Invalid(f"type must not hold a colon, since it stands before one in the key: {type!r}")
        key = checked("type and name together", f"{type}:{checked('name', name)}")
        names: list[str] = [titled(alias, "an alias") for alias in checked_list(aliases, "aliases")]
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
        """The entity that has this name, or else this alias, to the letter; None if there is none.

        Of this type, if it is given. Several of them are a `Conflict`: name the type. Only the scope's own are looked at.
        """
        if not sayable(name):
            return None
        own = self._visible((await Begin()).now) & self._owned()
        if type is not None:
            own &= Clause("type = :type", {"type": checked("type", type)})
        meant = await self._select(own & Clause("name = :name", {"name": name}), "order by key")
        if not meant:
            meant = [one for one in await self._select(own & Clause("aliases <> '[]'"), "order by key") if name in one.aliases]
        if len(meant) > 1:
            raise Conflict(f"{name!r} may be {', '.join(one.key for one in meant)}; say which type is meant")
        return meant[0] if meant else None

    @query
    async def neighbours(self: Entities[Async], key: str, depth: int = 1, *, kind: str | None = None, at: datetime | None = None) -> list[Neighbour]:
        """What links lead to from here, in at most `depth` steps (1 to 20), the nearest first.

        By links of this kind in either direction, valid at this time (now, if it is left out). An unknown entity is `NotFound`.
        """
        steps, when = checked_count(depth, "depth", least=1, most=20), optional_micros(at)
        by = None if kind is None else checked("kind", kind)
        now = (await Begin()).now
        start = await self._need(key)
        near = await self._house.links._walk(start.id, steps, by, now if when is None else when)
        records = [(await self._house._any(id), far) for id, far in near]
        return [Neighbour(record, far) for record, far in records if record is not None]
