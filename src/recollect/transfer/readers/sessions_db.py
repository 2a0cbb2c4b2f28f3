"""Reads `sessions.db`, the "Memory Database System" of agent-studio, with its migration 004 or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ...core.text import essence
from ...core.tokens import estimate
from ...kinds.checkpoints import _key as checkpoint_key
from ...shapes.values import extract
from .. import databases
from ..databases import Found, Row, Source, choice, has, homeless, lines, made, needed, record_id, structure, text, time
from ..own import Line
from ..values import count, evidence, first_time, parsed, real, share
from .sessions_db_entities import Entities
from .sessions_db_tables import KNOWN, MET, NAME

__all__ = ["NAME", "read", "recognises"]

SESSION = {name: name for name in ("active", "paused", "completed", "archived")}
ROLE = {name: name for name in ("user", "assistant", "system", "tool")}
CALL = {name: name for name in ("running", "completed", "failed", "cancelled")}
HANDOFF = {"pending": "offered", "applied": "accepted", "rejected": "declined"}


@dataclass(frozen=True, slots=True)
class Work:
    """A session that was read: whose work it was, and where."""

    id: str
    user: str
    project: str

    def place(self, **more: str) -> dict[str, str]:
        return {"user": self.user, "project": self.project, "session": self.id, **more}


NOBODY = Work("", "", "")


@dataclass(slots=True)
class Talk:
    """A conversation, and what its messages say of it: the last of them, and those that contexts leave out."""

    id: str
    work: Work
    last: datetime | None = None
    left_out: list[str] = field(default_factory=list)

    def place(self, **more: str) -> dict[str, str]:
        return self.work.place(**more)


ALONE = Talk("", NOBODY)


def recognises(path: Path, head: bytes) -> bool:
    """Whether the file is such a database."""
    return has(path, head, ("learned_patterns", {"pattern_key", "occurrence_count"})) and has(path, head, ("sessions", {"last_active_at"}))


def read(path: Path) -> Iterator[Found]:
    """Everything that has a home here, sessions first, and at the end what has none."""
    return databases.read(path, lambda source: _Reader(source).found())


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._works: dict[str, Work] = {}
        self._talks: dict[Any, Talk] = {}

    def found(self) -> Iterator[Found]:
        yield from lines(self._source, "sessions", self._session)
        self._survey()
        for table, tell in self._tellers().items():
            yield from lines(self._source, table, tell)
        yield from self._patterns()
        yield from Entities(self._source).found()
        yield from lines(self._source, "messages", self._reference)
        yield from homeless(self._source, KNOWN, ("schema_version",))

    def _tellers(self) -> dict[str, Callable[[str, Row], Line | None]]:
        return {
            "conversations": self._conversation,
            "messages": self._message,
            "user_preferences": self._preference,
            "agent_interactions": self._interaction,
            "routing_decisions": self._route,
            "cost_tracking": self._usage,
            "session_handoffs": self._handoff,
            "agent_collaborations": self._collaboration,
            "session_resume_checkpoints": self._checkpoint,
            "memory_metrics": self._metric,
        }

    # what the rest refers to

    def _session(self, where: str, row: Row) -> Line:
        theirs, begun = needed(row, "session_id"), first_time(row, ["created_at"])
        project = text(row, "project_id")
        # There every session has a project; this is the one of those who named none.
        work = Work(record_id(NAME, "sessions", theirs, begun), needed(row, "user_id"), "" if project in (None, "default") else str(project))
        line = made(
            "sessions", where, id=work.id, user=work.user, project=work.project, created_at=begun, updated_at=time(row, "updated_at"),
            title=None, status=choice(row, "status", SESSION), external_id=_external(theirs), metadata=structure(row, "metadata_json"),
            last_activity=time(row, "last_active_at") or begun,
        )  # fmt: skip
        self._works[theirs] = work
        return line

    def _survey(self) -> None:
        """The conversations by their keys, and of their messages what a conversation has to know before they come."""
        for row in self._source.readable("conversations"):
            if (work := self._works.get(str(row.get("session_id")))) is not None:
                self._talks[row.get("id")] = Talk(record_id(NAME, "conversations", work.id, row.get("conversation_id"), row.get("started_at")), work)
        for row in self._source.readable("messages"):
            if (talk := self._talks.get(row.get("conversation_id"))) is not None:
                _hear(talk, row)

    def _conversation(self, where: str, row: Row) -> Line:
        # Until its line stands there is nothing that its messages could belong to.
        talk = self._talks.pop(row.get("id"), None)
        if talk is None:
            raise ValueError(f"its session {row['session_id']!r} was not read")
        begun, ended = first_time(row, ["started_at"]), time(row, "ended_at")
        last = max(begun, talk.last or begun)
        summary = text(row, "summary") or (extract(talk.left_out) if talk.left_out else None)
        line = made(
            "conversations", where, id=talk.id, **talk.place(), created_at=begun, updated_at=max(last, ended or last), title=text(row, "title"),
            status="closed", external_id=_external(needed(row, "conversation_id")), summary=summary, last_activity=last, closed_at=ended or last,
        )  # fmt: skip
        self._talks[row.get("id")] = talk
        return line

    def _talk(self, row: Row) -> Talk:
        """The conversation that a row names."""
        key = row.get("conversation_id")
        if key is not None and key not in self._talks:
            raise ValueError(f"its conversation {key!r} was not read")
        return ALONE if key is None else self._talks[key]

    def _work(self, row: Row, column: str = "session_id") -> Work:
        """The session that a row names, or nobody's."""
        key = text(row, column)
        if key is not None and key not in self._works:
            raise ValueError(f"its session {key!r} was not read")
        return NOBODY if key is None else self._works[key]

    # what was said and done

    def _message(self, where: str, row: Row) -> Line:
        talk, at, role, content = self._said(row)
        counted = count(row, "token_count") if row.get("token_count") is not None and not text(row, "original_content") else estimate(content)
        return made(
            "messages", where, id=_message_id(row, talk, at, role, content),
            **talk.place(agent=_speaker(row)), created_at=at, conversation=talk.id, role=role, content=content,
            tokens=counted, importance=share(row, "importance_score", 0.5), metadata=_shared(row),
            compressed_at=at if row.get("is_summarized") else None,
        )  # fmt: skip

    def _said(self, row: Row) -> tuple[Talk, datetime, str, str]:
        return self._talk(row), first_time(row, ["created_at"]), choice(row, "role", ROLE), _content(row)

    def _reference(self, where: str, row: Row) -> Line | None:
        """A message that was referred to was useful; on how many days is not known, so it is one."""
        if not row.get("reference_count"):
            return None
        talk, at, role, content = self._said(row)
        id, last = _message_id(row, talk, at, role, content), time(row, "last_referenced_at") or at
        return made(
            "signals", where, id=record_id(NAME, "references", id), **talk.place(agent=_speaker(row)), created_at=last, record=id,
            kind="messages", used=count(row, "reference_count"), days=1, used_at=last,
        )  # fmt: skip

    def _interaction(self, where: str, row: Row) -> Line:
        talk, begun, name = self._talk(row), first_time(row, ["started_at", "completed_at"]), needed(row, "agent_type")
        return made(
            "interactions", where, id=record_id(NAME, "agent_interactions", talk.id, row.get("id"), name, begun), **talk.place(), created_at=begun,
            updated_at=time(row, "completed_at"), name=name, task=text(row, "task_description"), status=choice(row, "status", CALL),
            result=text(row, "result_summary"), input=count(row, "input_tokens"), output=count(row, "output_tokens"), cost=real(row, "cost_usd"),
            conversation=talk.id or None, finished_at=time(row, "completed_at"),
        )  # fmt: skip

    def _route(self, where: str, row: Row) -> Line:
        talk, at, intent, chosen = self._talk(row), first_time(row, ["decided_at"]), needed(row, "intent"), needed(row, "selected_workflow")
        return made(
            "routes", where, id=record_id(NAME, "routing_decisions", talk.id, row.get("id"), intent, chosen, at), **talk.place(), created_at=at,
            intent=intent, chosen=chosen, method=text(row, "routing_method"), complexity=text(row, "complexity"),
            confidence=None if row.get("confidence") is None else share(row, "confidence", 0.0), reasoning=text(row, "reasoning"),
            conversation=talk.id or None,
        )  # fmt: skip

    def _usage(self, where: str, row: Row) -> Line:
        work, at, model = self._work(row), first_time(row, ["recorded_at"]), needed(row, "model")
        return made(
            "usage", where, id=record_id(NAME, "cost_tracking", work.id, row.get("id"), model, at), **work.place(), created_at=at, model=model,
            input=count(row, "input_tokens"), output=count(row, "output_tokens"), cache_read=0, cache_creation=0, cost=real(row, "cost_usd"),
            metadata={},
        )  # fmt: skip

    def _metric(self, where: str, row: Row) -> Line:
        work, at, name = self._work(row), first_time(row, ["timestamp"]), needed(row, "metric_name")
        return made(
            "metrics", where, id=record_id(NAME, "memory_metrics", work.id, row.get("id"), name, at), **work.place(), created_at=at, name=name,
            value=real(row, "metric_value"), unit=text(row, "metric_unit"),
        )  # fmt: skip

    def _handoff(self, where: str, row: Row) -> Line:
        given, taken, at = self._work(row, "from_session_id"), self._work(row, "to_session_id"), first_time(row, ["handoff_at"])
        return made(
            "handoffs", where, id=record_id(NAME, "session_handoffs", given.id, taken.id, row.get("id"), at), **given.place(), created_at=at,
            from_agent="", to="", from_session=given.id or None, to_session=taken.id or None, summary=needed(row, "summary"),
            reason=text(row, "handoff_reason"), context=structure(row, "context_preserved"), status="accepted", decided_at=at,
        )  # fmt: skip

    def _collaboration(self, where: str, row: Row) -> Line:
        work, giver, taker, theirs = self._work(row), *(needed(row, name) for name in ("source_agent_id", "target_agent_id", "handoff_id"))
        at, answered = first_time(row, ["created_at", "handoff_timestamp", "applied_at"]), time(row, "applied_at")
        status, told = choice(row, "status", HANDOFF), structure(row, "handoff_context")
        said = told.get("summary")
        return made(
            "handoffs", where, id=record_id(NAME, "agent_collaborations", work.id, theirs, at), **work.place(agent=giver), created_at=at,
            updated_at=answered, from_agent=giver, to=taker, from_session=work.id or None,
            summary=said if isinstance(said, str) and said.strip() else f"from {giver} to {taker}", reason=text(row, "handoff_type"),
            context={**told, "handoff_id": theirs, "workflow_id": text(row, "workflow_id")}, status=status,
            decided_at=None if status == "offered" else answered or at,
        )  # fmt: skip

    def _checkpoint(self, where: str, row: Row) -> Line:
        work, phase, run = self._work(row), needed(row, "checkpoint_id"), needed(row, "session_id")
        at, resumed = first_time(row, ["created_at", "checkpoint_timestamp"]), time(row, "last_resumed_at")
        last = max(at, resumed or at)
        kept = {name: parsed(row, name) for name in ("memory_snapshot", "entity_snapshot", "agents_involved")}
        kept |= {"type": text(row, "checkpoint_type") or text(row, "type"), "resumed": count(row, "resume_count")}
        return made(
            "checkpoints", where, id=record_id(NAME, "session_resume_checkpoints", work.id, phase), **work.place(), created_at=at, updated_at=last,
            deleted_at=last if row.get("is_archived") else None, key=checkpoint_key(run, phase), run=run, phase=phase, status="completed",
            output={name: value for name, value in kept.items() if value is not None}, attempt=1,
        )  # fmt: skip

    # what is known

    def _preference(self, where: str, row: Row) -> Line:
        user, key, at = needed(row, "user_id"), needed(row, "preference_key"), first_time(row, ["updated_at"])
        value, confidence = _believed(parsed(row, "preference_value"))
        if value is None:
            raise ValueError("preference_value is empty")
        return made(
            "preferences", where, id=record_id(NAME, "user_preferences", user, key), user=user, created_at=at, key=key, value=value,
            **evidence(confidence, 1, at),
        )  # fmt: skip

    def _patterns(self) -> Iterator[Found]:
        """One for each that we would tell apart; theirs differ by how something was written down."""
        merged: dict[bytes, Line] = {}
        for found in lines(self._source, "learned_patterns", self._pattern):
            if isinstance(found, Line):
                same = essence(f"{found.record.type}\n{found.record.key}")
                merged[same] = _united(merged[same], found) if same in merged else found
            else:
                yield found
        yield from merged.values()

    def _pattern(self, where: str, row: Row) -> Line:
        type, key, first, last = needed(row, "pattern_type"), needed(row, "pattern_key"), first_time(row, MET), first_time(row, MET[::-1])
        return made(
            "patterns", where, id=record_id(NAME, "learned_patterns", type, key, first), created_at=first, updated_at=last, type=type, key=key,
            value=parsed(row, "pattern_value"), **evidence(share(row, "confidence_score", 0.5), max(1, count(row, "occurrence_count", 1)), last),
        )  # fmt: skip


def _external(theirs: str) -> str:
    """As every import names what it brought; a very long id keeps its end, where it differs."""
    return f"{NAME}:{theirs[-230:]}"


def _content(row: Row) -> str:
    """What was said, before it was shortened."""
    return text(row, "original_content") or needed(row, "content")


def _message_id(row: Row, talk: Talk, at: datetime, role: str, content: str) -> str:
    return record_id(NAME, "messages", talk.id, row.get("id"), role, at, content)


def _speaker(row: Row) -> str:
    """The agent that said it, where they kept that."""
    return text(row, "source_agent_id") or text(row, "agent_id") or ""


def _hear(talk: Talk, row: Row) -> None:
    """What a message says of its conversation; what is wrong with it is reported when it is read itself."""
    try:
        at, said = first_time(row, ["created_at"]), f"{choice(row, 'role', ROLE)}: {_content(row)}"
    except ValueError:
        return
    talk.last = max(talk.last or at, at)
    if row.get("is_summarized"):
        talk.left_out.append(said)


def _shared(row: Row) -> dict[str, Any]:
    """What a message says of other agents, and how far it was promoted if it was."""
    found = {"shared_with": parsed(row, "shared_with_agents"), "handoff": text(row, "handoff_id"), "tier": text(row, "tier")}
    return {name: value for name, value in found.items() if value not in (None, [], "conversation")}


def _believed(value: Any) -> tuple[Any, float]:
    """A preference and how sure it is: their tracker keeps both in one JSON text."""
    if not isinstance(value, dict) or "value" not in value or not isinstance(value.get("confidence"), int | float):
        return value, 1.0
    return value["value"], min(1.0, max(0.0, float(value["confidence"])))


def _united(one: Line, other: Line) -> Line:
    """Two of theirs that are one of ours: seen as often as both, and as sure as the surer."""
    a, b = one.record, other.record
    seen_at, confidence = max(a.seen_at, b.seen_at), max(a.confidence, b.confidence)
    seen = {"seen": a.seen + b.seen, "seen_at": seen_at, "confidence": confidence, "strength": confidence}
    return replace(one, record=replace(a, updated_at=max(a.updated_at, b.updated_at), **seen))
