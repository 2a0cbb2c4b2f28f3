"""Reads the memories of nexo-rs: the decisions of its driver loop, and the long-term memory of its agents, in one file or in several."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from ...core.tokens import estimate
from ...kinds.decisions import CHOICES
from ...kinds.notes import Note
from .. import databases as db
from ..foreign import role_of, sound
from ..own import Line

NAME = "nexo"

PROMOTED = 0.8  # what `notes.promote` makes of the importance
KNOWN = {
    "driver_decisions": (
        "id", "goal_id", "turn_index", "tool", "input_summary", "choice_kind", "choice_message", "rationale", "decided_at", "full_input_json",
        "schema_version",
    ),
    "memories": ("id", "agent_id", "content", "tags", "created_at", "concept_tags", "memory_type"),
    "interactions": ("id", "session_id", "agent_id", "role", "content", "created_at"),
    "reminders": (
        "id", "agent_id", "session_id", "plugin", "recipient", "message", "due_at", "claimed_at", "delivered_at", "created_at",
    ),
    "recall_events": ("id", "agent_id", "memory_id", "ts_ms"),
    "memory_promotions": ("memory_id", "agent_id", "promoted_at"),
}  # fmt: skip
SIGNS = (
    ("driver_decisions", {"goal_id", "choice_kind"}),
    ("memories", {"agent_id", "content", "tags"}),
    ("interactions", {"agent_id", "session_id", "role"}),
    ("reminders", {"agent_id", "recipient", "due_at"}),
    ("recall_events", {"agent_id", "memory_id", "ts_ms"}),
)


def recognises(path: Path, head: bytes) -> bool:
    """Whether this is an SQLite file with a table of nexo's decisions or of its agents."""
    return db.has(path, head, *SIGNS)


def read(path: Path) -> Iterator[db.Found]:
    """Everything in the file, whichever of the tables there are; the vectors are left alone."""
    yield from db.read(path, lambda source: _Reading(source).all())


@dataclass(slots=True)
class _Recalled:
    """How often a memory was recalled, and when."""

    times: int = 0
    days: set[object] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, at: datetime) -> None:
        self.times += 1
        self.days.add(at.date())
        self.first, self.last = min(at, self.first or at), max(at, self.last or at)


@dataclass(slots=True)
class _Talk:
    """What an agent and a person said to each other in one session."""

    first: datetime
    last: datetime


@dataclass(slots=True)
class _Reading:
    source: db.Source
    talks: dict[tuple[str, str], _Talk] = field(default_factory=dict)  # by session and agent
    promoted: set[str] = field(default_factory=set)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)  # the note that a memory became, and its agent, by the memory's id
    memories: dict[str, str] = field(default_factory=dict)  # the other way round

    def all(self) -> Iterator[db.Found]:
        """What refers to another comes after it."""
        self._listen()
        where = f"{self.source.name}, interactions"
        for theirs in dict.fromkeys(session for session, _ in self.talks):
            yield from filter(None, [db.attempted(where, partial(self.session, where, theirs))])
        for session, agent in self.talks:
            yield from filter(None, [db.attempted(where, partial(self.conversation, where, session, agent))])
        yield from db.lines(self.source, "interactions", self.message)
        yield from self._memories()
        yield from self._signals()
        yield from db.lines(self.source, "driver_decisions", self.decision)
        yield from db.lines(self.source, "reminders", self.reminder)
        yield from db.homeless(self.source, KNOWN, ("compaction_locks_v1",))

    # what was said

    def _listen(self) -> None:
        """When each conversation began and ended, which its messages only say together."""
        for row in self.source.readable("interactions"):
            try:
                key, at = (db.needed(row, "session_id"), db.text(row, "agent_id") or ""), db.time(row, "created_at")
            except ValueError:
                continue  # reported as a message
            if at is not None:
                talk = self.talks.setdefault(key, _Talk(at, at))
                talk.first, talk.last = min(at, talk.first), max(at, talk.last)

    def session(self, where: str, theirs: str) -> Line:
        """One for each of nexo's, which several agents may share: who knows its id there finds it here."""
        agents = [agent for session, agent in self.talks if session == theirs]
        talks = [self.talks[theirs, agent] for agent in agents]
        last = max(talk.last for talk in talks)
        return db.made(
            "sessions", where, id=_session(theirs), agent=agents[0] if len(agents) == 1 else "", status="completed", external_id=theirs,
            metadata={}, created_at=min(talk.first for talk in talks), updated_at=last, last_activity=last,
        )  # fmt: skip

    def conversation(self, where: str, session: str, agent: str) -> Line:
        talk = self.talks[session, agent]
        return db.made(
            "conversations", where, id=_conversation(session, agent, talk), agent=agent, session=_session(session), status="closed",
            created_at=talk.first, updated_at=talk.last, last_activity=talk.last, closed_at=talk.last,
        )  # fmt: skip

    def message(self, where: str, row: db.Row) -> Line:
        session, agent, content = db.needed(row, "session_id"), db.text(row, "agent_id") or "", db.spoken(row, "content")
        at, role = db.time(row, "created_at"), role_of(row.get("role"))
        if role is None or at is None:
            raise ValueError(f"role is {row.get('role')!r}, which we do not know" if role is None else "it has no created_at")
        talk = self.talks.get((session, agent))
        if talk is None:
            raise ValueError("its conversation could not be read")
        return db.made(
            "messages", where, id=db.record_id(NAME, "interactions", row.get("id"), session, agent, content, at), agent=agent,
            session=_session(session), created_at=at, conversation=_conversation(session, agent, talk), role=role,
            content=content, tokens=estimate(content), importance=0.5, metadata={},
        )  # fmt: skip

    # what is held true

    def _memories(self) -> Iterator[db.Found]:
        self.promoted = {str(row.get("memory_id")) for row in self.source.readable("memory_promotions", "1")}
        yield from db.folded(db.lines(self.source, "memories", self.note), self._said_again)

    def note(self, where: str, row: db.Row) -> Line:
        theirs, agent, content = db.needed(row, "id"), db.text(row, "agent_id") or "", db.spoken(row, "content")
        id = db.record_id(NAME, "memories", theirs, agent, content, row.get("created_at"))
        line = db.made(
            "notes", where, id=id, agent=agent, created_at=db.time(row, "created_at"), text=content, type=_type(row),
            tags=list(dict.fromkeys([*_tags(row, "tags"), *_tags(row, "concept_tags")])),
            importance=PROMOTED if theirs in self.promoted else 0.5, pinned=False, reinforced=0,
        )  # fmt: skip
        self.notes[theirs], self.memories[id] = (id, agent), theirs
        return line

    def _said_again(self, first: Note, more: Note) -> Note:
        """nexo keeps a memory as often as it is told; here it is one note, and what was recalled of the others counts for it."""
        self.notes[self.memories[more.id]] = (first.id, first.agent)
        return replace(
            first, reinforced=first.reinforced + 1, tags=tuple(dict.fromkeys([*first.tags, *more.tags])),
            importance=max(first.importance, more.importance), created_at=min(first.created_at, more.created_at),
            updated_at=max(first.updated_at, more.updated_at),
        )  # fmt: skip

    def _signals(self) -> Iterator[db.Found]:
        found: dict[str, _Recalled] = {}
        agents: dict[str, str] = {}

        def count(where: str, row: db.Row) -> None:
            theirs, at = db.needed(row, "memory_id"), db.time(row, "ts_ms")
            if theirs not in self.notes or at is None:
                raise ValueError("its memory could not be read, or is not there" if at else "it has no ts_ms")
            id, agents[id] = self.notes[theirs]
            found.setdefault(id, _Recalled()).add(at)

        yield from db.lines(self.source, "recall_events", count)
        where = f"{self.source.name}, recall_events"
        for id, recalled in found.items():
            yield db.made(
                "signals", where, id=db.record_id(NAME, "recall_events", id), agent=agents[id], created_at=recalled.first,
                updated_at=recalled.last, record=id, kind="notes", used=recalled.times, days=len(recalled.days), used_at=recalled.last,
            )  # fmt: skip

    # what was decided, and what is to be done

    def decision(self, where: str, row: db.Row) -> Line:
        tool, at, turn = db.needed(row, "tool"), db.time(row, "decided_at"), db.count(row, "turn_index")
        return db.made(
            "decisions", where, id=_decision(row), created_at=at, tool=tool, input=_input(row),
            choice=db.choice(row, "choice_kind", {choice: choice for choice in CHOICES}), message=db.text(row, "choice_message"),
            rationale=db.text(row, "rationale"), goal=db.text(row, "goal_id"), turn=turn, recommended=False,
        )  # fmt: skip

    def reminder(self, where: str, row: db.Row) -> Line:
        said, session = db.needed(row, "message"), db.text(row, "session_id")
        due, created, delivered = (db.time(row, column) for column in ("due_at", "created_at", "delivered_at"))
        if due is None or created is None:
            raise ValueError("it has no due_at or no created_at")
        return db.made(
            "tasks", where, id=db.record_id(NAME, "reminders", db.text(row, "id"), said, created), agent=db.text(row, "agent_id"),
            channel=db.text(row, "plugin"), session=_session(session) if session else "", created_at=created, updated_at=delivered or created,
            # A claim without an end belongs to a process that is gone: what it did not deliver is still to be done.
            status="done" if delivered else "pending", run_at=due, description=said, type="reminder", due_at=due, timezone="UTC",
            starts_at=due, missed="once", reply_target=db.text(row, "recipient"), attempts=0, finished_at=delivered,
        )  # fmt: skip


def _session(theirs: str) -> str:
    return db.record_id(NAME, "sessions", theirs)


def _conversation(session: str, agent: str, talk: _Talk) -> str:
    return db.record_id(NAME, "conversations", session, agent, talk.first)


def _decision(row: db.Row) -> str:
    """Its own id, by which it can be asked for; one that is no UUID any more is made into one, the same each time."""
    theirs = db.needed(row, "id")
    try:
        return str(UUID(theirs))
    except ValueError:
        return db.record_id(NAME, "driver_decisions", theirs, row.get("goal_id"), row.get("tool"), row.get("decided_at"))


def _input(row: db.Row) -> Any:
    whole = db.text(row, "full_input_json")
    if whole is None:
        return db.text(row, "input_summary")
    try:
        return sound(json.loads(whole))
    except (ValueError, RecursionError):
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _type(row: db.Row) -> str:
    """The type, which nexo stores with the quotes of JSON around it."""
    return (db.text(row, "memory_type") or "").strip('"') or "note"


def _tags(row: db.Row, column: str) -> list[str]:
    try:
        found = json.loads(db.text(row, column) or "[]")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{column} is no JSON") from error
    if not isinstance(found, list) or not all(isinstance(tag, str) and tag for tag in found):
        raise ValueError(f"{column} is no list of texts")
    return [str(sound(tag)) for tag in found]
