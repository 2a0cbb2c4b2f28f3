"""Notes: anything worth keeping that has no key of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import moment, optional_micros
from ..core.effects import Begin
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import Codec, Table, Versioned
from ..core.text import clean
from ..errors import Conflict, Invalid
from ..shapes.belief import Belief
from ..shapes.values import checked_share, checked_tags, digest, exact, source_text


@dataclass(frozen=True, slots=True)
class Note(Versioned):
    """One thing worth keeping. `reinforced` counts how often it was said again."""

    text: str
    type: str
    tags: tuple[str, ...]
    importance: float
    pinned: bool
    expires_at: datetime | None
    source: str | None
    reinforced: int


class Notes(Belief[Face, Note]):
    """The same text again is the same note, reinforced. Expired notes are not seen; `promote` keeps one for good."""

    table: ClassVar = Table(
        name="notes",
        record=Note,
        knowledge=True,
        versioned=True,
        expiring=True,
        text=lambda note: note.text if not note.tags else f"{note.text}\n{' '.join(note.tags)}",
        shown=lambda note: note.text,
        derived={"digest": (Codec("blob"), lambda note: digest(note.text))},
    )

    @operation
    async def add(
        self: Notes[Async],
        text: str,
        *,
        type: str = "note",
        tags: Iterable[str] = (),
        importance: float = 0.5,
        at: datetime | None = None,
        expires_at: datetime | None = None,
        source: Any = None,
        pinned: bool = False,
    ) -> Note:
        """Keep this text. If it is known already, the note is reinforced: more tags, the higher importance, the later expiry (or none)."""
        values: dict[str, Any] = {
            "text": clean(text),
            "type": checked("type", type),
            "tags": checked_tags(tags),
            "importance": checked_share(importance, "importance"),
            "pinned": bool(pinned),
            "expires_at": exact(expires_at),
            "source": source_text(source),
        }
        when = optional_micros(at)
        reading = await self._read("\n".join([values["text"], " ".join(values["tags"])]) if values["tags"] else values["text"])
        moment_ = await Begin()
        if values["expires_at"] is not None and values["expires_at"] <= moment(moment_.now):
            raise Invalid(f"expires_at {values['expires_at'].isoformat()} has passed already; pass a time to come, or none")
        known = await self._same(digest(values["text"]))
        if known is not None:
            return await self._change(known, _reinforced(known, values), "reinforce", moment_)
        note = Note(**self._fresh(moment_, at=when), version=1, **values, reinforced=0)
        await self._insert(note, reading)
        return note

    @operation
    async def update(
        self: Notes[Async],
        id: str,
        *,
        text: str | None = None,
        type: str | None = None,
        tags: Iterable[str] | None = None,
        importance: float | None = None,
        expires_at: datetime | None = None,
        source: Any = None,
    ) -> Note:
        """Change what is named; what the note was is kept as a version."""
        values: dict[str, Any] = {
            "text": clean(text) if text is not None else None,
            "type": checked("type", type) if type is not None else None,
            "tags": checked_tags(tags) if tags is not None else None,
            "importance": checked_share(importance, "importance") if importance is not None else None,
            "expires_at": exact(expires_at),
            "source": source_text(source),
        }
        moment_ = await Begin()
        note = await self._need(id)
        if values["text"] is not None:
            other = await self._same(digest(values["text"]))
            if other is not None and other.id != note.id:
                raise Conflict(f"note {other.id} says the same already; delete one of the two")
        return await self._change(note, replace(note, **{name: value for name, value in values.items() if value is not None}), "update", moment_)

    @operation
    async def pin(self: Notes[Async], id: str, pinned: bool = True) -> Note:
        """Always put this note into contexts; `pinned=False` lets it go."""
        moment_ = await Begin()
        note = await self._need(id)
        return note if note.pinned == bool(pinned) else await self._change(note, replace(note, pinned=bool(pinned)), "pin", moment_)

    @operation
    async def promote(self: Notes[Async], id: str, *, importance: float = 0.8) -> Note:
        """Keep this note for good: it no longer expires, and is at least this important."""
        least = checked_share(importance, "importance")
        moment_ = await Begin()
        note = await self._need(id)
        return await self._change(note, replace(note, expires_at=None, importance=max(note.importance, least)), "promote", moment_)

    @query
    async def search(self: Notes[Async], query: str, *, type: str | None = None, tags: Iterable[str] = (), limit: int = 10) -> list[Note]:
        """Notes that answer the query best, best first: of this type, with all of these tags."""
        where: dict[str, Any] = {} if type is None else {"type": type}
        if wanted := checked_tags(tags):
            where["tags"] = wanted
        return await self._searched(query, limit=limit, where=where)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The longer of two lives; without an end it is the longest."""
    return None if one is None or other is None else max(one, other)


def _reinforced(known: Note, values: dict[str, Any]) -> Note:
    return replace(
        known,
        tags=tuple(dict.fromkeys([*known.tags, *values["tags"]])),
        importance=max(known.importance, values["importance"]),
        pinned=known.pinned or values["pinned"],
        expires_at=_later(known.expires_at, values["expires_at"]),
        source=known.source or values["source"],
        reinforced=known.reinforced + 1,
    )
