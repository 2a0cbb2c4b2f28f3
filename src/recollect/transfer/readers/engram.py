"""Reads the database of engram: its memory blocks, its memories with tags, versions and links, and its graph of entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.text import clean
from ...core.tokens import estimate
from ...errors import RecollectError
from .. import databases
from ..databases import Found, Row, Source, has, homeless, lines, made, needed, record_id, structure, text, time, unhoused
from ..foreign import BadRecord
from ..own import Line
from ..values import count, first_time, parsed
from .engram_graph import Graph
from .engram_notes import NAME, Notes, Sessions, project_of, version_line
from .engram_tables import DERIVED, KNOWN, USUAL

__all__ = ["NAME", "read", "recognises"]


def recognises(path: Path, head: bytes) -> bool:
    """Whether the file is such a database."""
    return has(path, head, ("memories", {"memory_type", "valid_to"})) and has(path, head, ("crossrefs", {"edge_type"}))


def read(path: Path) -> Iterator[Found]:
    """Everything that has a home here, what is referred to first, and at the end what has none."""
    return databases.read(path, lambda source: _Reader(source).found())


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._sessions: Sessions = {}
        self._notes = Notes(source, self._sessions)
        self._graph = Graph(source, self._notes, self._sessions)

    def found(self) -> Iterator[Found]:
        yield from lines(self._source, "sessions", self._session)
        yield from lines(self._source, "sessions", self._summary)
        yield from self._blocks()
        yield from self._notes.found()
        yield from self._graph.found()
        yield from lines(self._source, "shared_memories", self._shared)
        yield from lines(self._source, "audit_log", self._audited)
        yield from homeless(self._source, KNOWN, DERIVED)
        yield from self._unusual()

    # sessions

    def _session(self, where: str, row: Row) -> Line:
        theirs, begun = needed(row, "session_id"), first_time(row, ["started_at", "created_at"])
        id, ended = record_id(NAME, "sessions", theirs, begun), time(row, "ended_at")
        last = ended or time(row, "last_indexed_at") or begun
        told = {**structure(row, "metadata"), "context": parsed(row, "context")}
        line = made(
            "sessions", where, id=id, user=self._notes.everybody, project=project_of(row), agent=text(row, "agent_id"), created_at=begun,
            updated_at=last, title=text(row, "title"), status="completed" if ended else "active", external_id=f"{NAME}:{theirs[-230:]}",
            metadata={name: value for name, value in told.items() if value is not None}, last_activity=last,
        )  # fmt: skip
        self._sessions[theirs] = line.record
        return line

    def _summary(self, where: str, row: Row) -> Line | None:
        """What a session came to is what its conversation came to: contexts look for it there."""
        session, summary = self._sessions.get(row.get("session_id")), text(row, "summary")
        if session is None or summary is None:
            return None
        last = session.last_activity
        return made(
            "conversations", where, id=record_id(NAME, "sessions", session.id, "summary"), user=session.user, project=session.project,
            agent=session.agent, session=session.id, created_at=session.created_at, updated_at=last, title=session.title, status="closed",
            summary=summary, last_activity=last, closed_at=last,
        )  # fmt: skip

    # blocks

    def _blocks(self) -> Iterator[Found]:
        edits: dict[Any, list[Row]] = defaultdict(list)
        for row in self._source.readable("block_edit_log"):
            edits[row.get("block_name")].append(row)
        for found in lines(self._source, "memory_blocks", self._block):
            yield found
            if isinstance(found, Line):
                yield from self._edits(found, edits.pop(found.record.name, []))
        left = sum(map(len, edits.values()))
        yield from unhoused(f"{self._source.name}, block_edit_log", left, "edits of blocks that are gone or could not be read")

    def _block(self, where: str, row: Row) -> Line:
        name, begun, content = needed(row, "name"), first_time(row, ["created_at"]), _content(row, "content")
        most = row.get("max_tokens")
        if not isinstance(most, int) or not 1 <= most <= 2**40:
            raise ValueError(f"max_tokens is no budget: {most!r}")
        return made(
            "blocks", where, id=record_id(NAME, "memory_blocks", name, begun), user=self._notes.everybody, created_at=begun,
            updated_at=time(row, "updated_at"), name=name, content=content, max_tokens=most, tokens=estimate(content),
            overflow="refuse", read_only=False, pinned=False, version=max(1, count(row, "version", 1)),
        )  # fmt: skip

    def _edits(self, block: Line, edits: list[Row]) -> Iterator[Found]:
        """What the block was. Their log does not number its edits; the last one led to the block as it is, so they count back from there."""
        now = block.record
        first = now.version - len(edits)
        try:
            times = [now.created_at, *(first_time(row, ["timestamp"]) for row in edits)]
            said = [_content(row, "old_content") for row in edits[:1]] + [_content(row, "new_content") for row in edits]
            reasons = [None, *(text(row, "edit_reason") for row in edits)]
        except (ValueError, RecollectError) as error:
            yield BadRecord(f"{self._source.name}, block_edit_log", f"The history of block {now.name!r} cannot be read: {error}.")
            return
        for place in range(max(0, 1 - first), len(edits)):
            was = {"content": said[place], "tokens": estimate(said[place]), "reason": reasons[place], "updated_at": times[place]}
            yield version_line(block.where, "blocks", replace(now, version=first + place, **was), times[place], times[place + 1])

    # what happened

    def _shared(self, where: str, row: Row) -> Line:
        """A memory that one agent gave to another, who acknowledges it, is a handoff."""
        note, at = self._notes.need("memories", row.get("memory_id")), first_time(row, ["created_at"])
        giver, taker, taken = needed(row, "from_agent"), needed(row, "to_agent"), bool(row.get("acknowledged"))
        answered = time(row, "acknowledged_at")
        return made(
            "handoffs", where, id=record_id(NAME, "shared_memories", note["id"], giver, taker, at), user=note["user"], agent=giver,
            project=note["project"], created_at=at, updated_at=answered, from_agent=giver, to=taker, summary=text(row, "message") or note["text"],
            context={"note": note["id"]}, status="accepted" if taken else "offered", decided_at=answered or at if taken else None,
        )  # fmt: skip

    def _audited(self, where: str, row: Row) -> Line:
        at, action, user = first_time(row, ["timestamp"]), needed(row, "action"), text(row, "user_id")
        note = self._notes.get("memories", row.get("memory_id"))
        return made(
            "audit", where, id=record_id(NAME, "audit_log", row.get("id"), at, action, user), created_at=at, sender=user,
            user=user if user in self._notes.users else self._notes.everybody, input=f"{action} {note['id']}" if note else action,
            output=text(row, "changes"), status="ok",
        )  # fmt: skip

    def _unusual(self) -> Iterator[Found]:
        """Columns without a home in which every row of theirs has a value: reported where somebody chose another."""
        for table, columns in USUAL.items():
            for column in (name for name in self._source.columns(table) if name in columns):
                strange = sum(1 for row in self._source.readable(table) if row.get(column) not in (None, columns[column]))
                yield from unhoused(f"{self._source.name}, {table}", strange, f"a {column} other than {columns[column]!r}")


def _content(row: Row, column: str) -> str:
    """A content as it is stored here; a block may be empty."""
    return clean(text(row, column) or "", column, empty=True)
