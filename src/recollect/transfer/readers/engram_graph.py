"""The graph of engram: entities, identities and the nodes of its graph as entities, everything that leads from one to another as links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.ids import id_text
from ..databases import Found, Row, Source, lines, made, needed, record_id, structure, text, time
from ..foreign import BadRecord
from ..own import Line
from ..values import count, parsed, share, texts
from .engram_notes import NAME, TIMES, Note, Notes, Sessions, level

Teller = Callable[[str, Row], Line | None]


@dataclass(slots=True)
class Thing:
    """An entity of theirs: what it is called, and by whom it is known here."""

    where: str
    values: dict[str, Any]
    users: set[str]

    def of(self, user: str) -> str:
        """The id that it has among this user's entities, from now on one of them."""
        self.users.add(user)
        return record_id(NAME, "entities", user, self.values["key"])


class Graph:
    """Several of their entities that have the same type and name are one of ours. Each user has those that their memories lead to."""

    def __init__(self, source: Source, notes: Notes, sessions: Sessions) -> None:
        self._source, self._notes, self._sessions = source, notes, sessions
        self._things: dict[str, Thing] = {}  # by key
        self._called: dict[str, Thing] = {}  # by name and alias
        self._meant: dict[tuple[str, Any], Thing] = {}  # by table and their id

    def found(self) -> Iterator[Found]:
        yield from lines(self._source, "entities", self._entity)
        yield from lines(self._source, "identities", self._identity)
        yield from lines(self._source, "identity_aliases", self._alias)
        yield from lines(self._source, "graph_entities", self._node)
        for table, tell in self._to_entities().items():  # read twice: an entity is known to those whose memories lead to it
            for _ in lines(self._source, table, tell):
                pass
        for thing in self._things.values():
            for user in sorted(thing.users or {self._notes.everybody}):
                yield made("entities", thing.where, id=thing.of(user), user=user, **thing.values)
        for table, tell in {**self._to_entities(), "crossrefs": self._crossref, "session_memories": self._used}.items():
            yield from lines(self._source, table, tell)
        for table, kind in (("memories", "summary_of"), ("reflections", "reflects_on"), ("consolidated_memories", "summary_of")):
            yield from self._made_of(table, kind)

    def _to_entities(self) -> dict[str, Teller]:
        return {"memory_entities": self._mention, "memory_identity_links": self._named, "facts": self._fact, "temporal_edges": self._edge}

    # entities

    def _entity(self, where: str, row: Row) -> None:
        more = {**structure(row, "metadata"), "mentions": count(row, "mention_count") or None}
        self._thing("entities", where, row, needed(row, "entity_type"), needed(row, "name"), texts(parsed(row, "aliases")), more)

    def _identity(self, where: str, row: Row) -> None:
        canonical, type = needed(row, "canonical_id"), text(row, "entity_type") or "person"
        more = {**structure(row, "metadata"), "description": text(row, "description")}
        self._meant["canonical", canonical] = self._thing("identities", where, row, type, needed(row, "display_name"), (canonical,), more)

    def _alias(self, where: str, row: Row) -> None:
        self._call(self._meaning("canonical", row.get("canonical_id")), (needed(row, "alias"),))

    def _node(self, where: str, row: Row) -> None:
        self._thing("graph_entities", where, row, text(row, "type") or "thing", needed(row, "name"), (), structure(row, "metadata"))

    def _thing(self, table: str, where: str, row: Row, type: str, name: str, aliases: Iterable[str], more: Mapping[str, Any]) -> Thing:
        kind, at = type.replace(":", "-"), self._at(row, None)
        key = f"{kind}:{name}"
        values: dict[str, Any] = {"created_at": at, "updated_at": time(row, "updated_at") or at, "key": key, "type": kind, "name": name}
        values |= {"aliases": [], "attributes": {}}
        made("entities", where, id=id_text(bytes(16)), **values)  # what cannot be one is refused here, where its row can be named
        thing = self._things.setdefault(key, Thing(where, values, set()))
        thing.values["attributes"] |= {held: value for held, value in more.items() if value is not None}
        self._call(thing, (name, *aliases))
        self._meant[table, row.get("id")] = thing
        return thing

    def _call(self, thing: Thing, names: Iterable[str]) -> None:
        """Further names of it."""
        for name in names:
            self._called.setdefault(name, thing)
            if name != thing.values["name"] and name not in thing.values["aliases"]:
                thing.values["aliases"].append(name)

    def _meaning(self, table: str, key: Any) -> Thing:
        thing = self._meant.get((table, key))
        if thing is None:
            raise ValueError(f"what it leads to ({key!r}) was not read")
        return thing

    # links to entities

    def _mention(self, where: str, row: Row) -> Line:
        note, thing = self._notes.need("memories", row.get("memory_id")), self._meaning("entities", row.get("entity_id"))
        kind, weight = text(row, "relation") or "mentions", share(row, "confidence", 1.0)
        return self._link(where, note["id"], thing.of(note["user"]), kind, weight, self._at(row, note), level(note), gone=note["deleted_at"])

    def _named(self, where: str, row: Row) -> Line:
        note, thing = self._notes.need("memories", row.get("memory_id")), self._meaning("canonical", row.get("canonical_id"))
        return self._link(where, note["id"], thing.of(note["user"]), "mentions", 1.0, self._at(row, note), level(note), gone=note["deleted_at"])

    def _fact(self, where: str, row: Row) -> Line:
        """A subject, a predicate and an object: a link between the entities that have these names, or that begin to be."""
        note = self._notes.get("memories", row.get("source_memory_id"))
        user = note["user"] if note else self._notes.everybody
        one, other = (self._one_called(where, row, needed(row, name)).of(user) for name in ("subject", "object"))
        weight = share(row, "confidence", 0.8)
        return self._link(where, one, other, needed(row, "predicate"), weight, self._at(row, note), {"user": user})

    def _one_called(self, where: str, row: Row, name: str) -> Thing:
        return self._called.get(name) or self._thing("facts", where, {}, "thing", name, (), {})

    def _edge(self, where: str, row: Row) -> Line:
        """Between two nodes of the graph if there are such, else between two memories."""
        ends = [row.get("from_id"), row.get("to_id")]
        kind, weight = needed(row, "relation"), share(row, "confidence", 1.0)
        valid = {"valid_from": time(row, "valid_from"), "valid_to": time(row, "valid_to")}
        at = time(row, "created_at") or valid["valid_from"] or self._source.written_at
        if all(("graph_entities", end) in self._meant for end in ends):
            user = self._notes.everybody
            one, other = (self._meaning("graph_entities", end).of(user) for end in ends)
            return self._link(where, one, other, kind, weight, at, {"user": user}, **valid)
        source, target = (self._notes.need("memories", end) for end in ends)
        return self._link(where, source["id"], target["id"], kind, weight, at, level(source), gone=_gone(source, target), **valid)

    # links between memories

    def _crossref(self, where: str, row: Row) -> Line:
        source, target = (self._notes.need("memories", row.get(name)) for name in ("from_id", "to_id"))
        kind, weight = text(row, "edge_type") or "related_to", share(row, "strength", 1.0)
        return self._link(
            where, source["id"], target["id"], kind, weight, self._at(row, source), level(source), gone=_gone(source, target),
            valid_from=time(row, "valid_from"), valid_to=time(row, "valid_to"),
        )  # fmt: skip

    def _used(self, where: str, row: Row) -> Line:
        note, session = self._notes.need("memories", row.get("memory_id")), self._sessions.get(row.get("session_id"))
        if session is None:
            raise ValueError(f"its session {row['session_id']!r} was not read")
        kind, weight, at = text(row, "context_role") or "referenced", share(row, "relevance_score", 1.0), time(row, "added_at")
        return self._link(where, session.id, note["id"], kind, weight, at or self._at(row, note), level(note), gone=note["deleted_at"])

    def _made_of(self, table: str, kind: str) -> Iterator[Found]:
        """What a summary or a reflection was made of."""

        def parts(where: str, row: Row) -> Iterator[Line]:
            whole = self._notes.get(table, row.get("id"))
            told = [row.get("summary_of_id")] if table == "memories" else parsed(row, "source_ids")
            for key in told if isinstance(told, list) and whole is not None else ():
                part = self._notes.get("memories", key) if isinstance(key, int) else None
                if whole is not None and part is not None and part is not whole:
                    yield self._link(where, whole["id"], part["id"], kind, 1.0, whole["created_at"], level(whole), gone=_gone(whole, part))

        for place, row in enumerate(self._source.readable(table), 1):
            where = f"{self._source.name}, {table} {place}"
            try:
                yield from parts(where, row)
            except ValueError as error:
                yield BadRecord(where, f"What it was made of cannot be read: {error}.")

    def _link(
        self, where: str, source: str, target: str, kind: str, weight: float, at: datetime, place: Mapping[str, str], *,
        gone: datetime | None = None, valid_from: datetime | None = None, valid_to: datetime | None = None,
    ) -> Line:  # fmt: skip
        if source == target:
            raise ValueError("it leads from a record to itself")
        if valid_from and valid_to and valid_to <= valid_from:
            raise ValueError(f"it ends at {valid_to.isoformat()}, which is not after its beginning at {valid_from.isoformat()}")
        return made(
            "links", where, id=record_id(NAME, "links", source, target, kind, valid_from), **place, created_at=at, deleted_at=gone,
            source=source, target=target, kind=kind, weight=weight, valid_from=valid_from, valid_to=valid_to,
        )  # fmt: skip

    def _at(self, row: Row, note: Note | None) -> datetime:
        """When it was written; where they did not keep that, when its memory was, or else the file."""
        found = next((at for column in TIMES if (at := time(row, column))), None)
        return found or (note["created_at"] if note else self._source.written_at)


def _gone(*notes: Note) -> datetime | None:
    """When the first of them was deleted: a link goes where its ends go."""
    return min((note["deleted_at"] for note in notes if note["deleted_at"]), default=None)
