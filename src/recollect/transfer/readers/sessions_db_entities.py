"""The entities of sessions.db, which its migration 004 brought, with their attributes and relations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..databases import Found, Row, Source, lines, made, needed, record_id, structure, text, time
from ..own import Line
from ..values import count, first_time, parsed, real, share
from .sessions_db_tables import MADE, MET, NAME


class Entities:
    """Two of theirs that have the same type and name are one of ours; nothing is merged for looking alike."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._things: dict[Any, tuple[str, dict[str, Any]]] = {}  # by their id: where each stands, and as what it will be made
        self._keys: dict[str, dict[str, Any]] = {}

    def found(self) -> Iterator[Found]:
        yield from lines(self._source, "entities", self._entity)
        yield from lines(self._source, "entity_attributes", self._attribute)
        for where, thing in {thing["id"]: (where, thing) for where, thing in self._things.values()}.values():
            yield made("entities", where, **thing)
        yield from lines(self._source, "entity_relationships", self._relationship)

    def _entity(self, where: str, row: Row) -> None:
        theirs, type, name = needed(row, "id"), needed(row, "type").replace(":", "-"), needed(row, "value")
        first, last = first_time(row, MET), first_time(row, MET[::-1])
        said = {"context": text(row, "context"), "confidence": real(row, "confidence"), "mentions": count(row, "occurrence_count")}
        more = structure(row, "metadata") | {name: value for name, value in said.items() if value is not None and (name, value) != ("mentions", 1)}
        id, key = record_id(NAME, "entities", type, name), f"{type}:{name}"
        thing = {
            "id": id, "created_at": first, "updated_at": last, "deleted_at": last if row.get("is_active") == 0 else None, "key": key, "type": type,
            "name": name, "aliases": (), "attributes": more, "source": text(row, "last_updated_by_agent"),
        }  # fmt: skip
        made("entities", where, **thing)  # what cannot be one is refused here, where its row can be named
        known = self._keys.setdefault(key, thing)
        known["attributes"] |= more
        self._things[theirs] = where, known

    def _attribute(self, where: str, row: Row) -> None:
        self._thing(row, "entity_id")["attributes"][needed(row, "attribute_key")] = parsed(row, "attribute_value")

    def _relationship(self, where: str, row: Row) -> Line:
        one, other, kind = self._thing(row, "from_entity_id"), self._thing(row, "to_entity_id"), needed(row, "relationship_type")
        if one is other:
            raise ValueError("it leads from an entity to itself")
        at = next((at for column in MADE if (at := time(row, column))), one["created_at"])
        gone = min((thing["deleted_at"] for thing in (one, other) if thing["deleted_at"]), default=None)  # a link goes where its ends go
        return made(
            "links", where, id=record_id(NAME, "entity_relationships", one["id"], other["id"], kind), created_at=at, deleted_at=gone,
            source=one["id"], target=other["id"], kind=kind, weight=share(row, "strength", 1.0),
        )  # fmt: skip

    def _thing(self, row: Row, column: str) -> dict[str, Any]:
        if row.get(column) not in self._things:
            raise ValueError(f"its entity {row.get(column)!r} was not read")
        return self._things[row.get(column)][1]
