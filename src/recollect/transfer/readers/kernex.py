"""Reads the memory of kernex-memory after any of its migrations, and that of its ancestor omega-memory, which has the first 13 of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.languages import language
from ...core.scope import checked
from ...core.tokens import estimate
from ...errors import Invalid
from ...kinds.checkpoints import STATUSES, _key
from ...kinds.lessons import Lesson
from ...kinds.limitations import Limitation
from ...kinds.observations import TYPES
from ...shapes.evidence import gained
from .. import databases as db
from ..own import Line

NAME = "kernex"

SYSTEM = "__system__"  # under this name the consolidator keeps its own notes
FIRST, ENOUGH = 0.5, 100  # the confidence of a lesson that was learned once, and after how many times it grows no more
REPEATS = ("once", "daily", "weekdays", "weekly", "monthly", "yearly")
TASK_STATES = {"pending": "pending", "claimed": "pending", "delivered": "done", "failed": "failed", "cancelled": "cancelled"}
ROLES = {role: role for role in ("user", "assistant", "system", "tool")}

KNOWN = {
    "conversations": ("id", "channel", "sender_id", "started_at", "updated_at", "summary", "last_activity", "status", "project"),
    "messages": ("id", "conversation_id", "role", "content", "timestamp", "metadata_json"),
    "facts": ("id", "sender_id", "key", "value", "source_message_id", "created_at", "updated_at", "deleted_at"),
    "audit_log": (
        "id", "timestamp", "channel", "sender_id", "sender_name", "input_text", "output_text", "provider_used", "model", "processing_ms",
        "status", "denial_reason",
    ),
    "scheduled_tasks": (
        "id", "channel", "sender_id", "reply_target", "description", "due_at", "repeat", "status", "created_at", "delivered_at", "task_type",
        "retry_count", "last_error", "project", "claimed_at",
    ),
    "task_runs": ("id", "task_id", "started_at", "finished_at", "status", "result", "error", "tokens_used"),
    "limitations": ("id", "title", "description", "proposed_plan", "status", "created_at", "resolved_at"),
    "user_aliases": ("alias_sender_id", "canonical_sender_id"),
    "outcomes": ("id", "timestamp", "sender_id", "domain", "score", "lesson", "source", "project"),
    "lessons": ("id", "sender_id", "domain", "rule", "project", "occurrences", "created_at", "updated_at"),
    "project_sessions": ("id", "channel", "sender_id", "project", "session_id", "parent_project", "created_at", "updated_at"),
    "token_usage": (
        "id", "sender_id", "session_id", "model", "tokens", "cost_usd", "timestamp", "input_tokens", "output_tokens", "cache_read_tokens",
        "cache_creation_tokens",
    ),
    "phase_checkpoints": (
        "id", "run_id", "phase_name", "sender_id", "project", "status", "output", "error_message", "attempt", "created_at", "updated_at",
    ),
    "observations": ("id", "sender_id", "type", "title", "what", "why", "where_field", "learned", "created_at", "updated_at", "deleted_at"),
}  # fmt: skip


def recognises(path: Path, head: bytes) -> bool:
    """Whether this is an SQLite file with conversations of channels and senders."""
    return db.has(path, head, ("conversations", {"channel", "sender_id", "started_at"}))


def read(path: Path) -> Iterator[db.Found]:
    """Everything in the file, deleted records too; what has no home here is reported, a line for each table."""
    yield from db.read(path, lambda source: _Reading(source).all())


@dataclass(slots=True)
class _Reading:
    source: db.Source
    owned: int = 0  # rows of the system itself
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    talks: dict[str, dict[str, str]] = field(default_factory=dict)  # the parts of the scope of a conversation, and its id
    quoted: dict[str, str] = field(default_factory=dict)  # messages that facts name
    tasks: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def all(self) -> Iterator[db.Found]:
        """What refers to another comes after it."""
        yield from self.languages()
        self.quoted = {str(row["source_message_id"]): "" for row in self.source.readable("facts") if row.get("source_message_id")}
        for table, tell in (
            ("project_sessions", self.session), ("conversations", self.conversation), ("messages", self.message), ("facts", self.fact),
            ("observations", self.observation), ("outcomes", self.outcome),
        ):  # fmt: skip
            yield from db.lines(self.source, table, tell)
        yield from db.folded(db.lines(self.source, "lessons", self.lesson), _learned_again)
        yield from db.folded(db.lines(self.source, "limitations", self.limitation), _reported_again)
        for table, tell in (
            ("scheduled_tasks", self.task), ("task_runs", self.task_run), ("phase_checkpoints", self.checkpoint), ("token_usage", self.usage),
            ("audit_log", self.audit), ("user_aliases", self.alias),
        ):  # fmt: skip
            yield from db.lines(self.source, table, tell)
        yield from db.unhoused(self.source.name, self.owned, f"what the system kept under {SYSTEM!r}")
        yield from db.homeless(self.source, KNOWN, ("_migrations",))

    def languages(self) -> Iterator[db.Found]:
        """By which language's words a sender's memory is searched, before anything of theirs is indexed."""
        for row in self.source.readable("facts"):
            if row.get("key") != "preferred_language" or row.get("deleted_at"):
                continue
            try:
                sender, code = self._sender(row), language(db.needed(row, "value")).code
                yield Line(f"{self.source.name}, facts", "owners", {"tenant": "", "user": sender and checked("user", sender), "language": code})
            except (ValueError, Invalid):
                continue  # the fact itself is kept, or reported

    def session(self, where: str, row: db.Row) -> Line | None:
        place, external = self._place(row), db.needed(row, "session_id")
        if self._system(row):
            return None
        id = db.record_id(NAME, "project_sessions", *place.values(), external)
        line = db.made(
            "sessions", where, id=id, **place, status="active", external_id=external, metadata=_only(parent_project=db.text(row, "parent_project")),
            created_at=db.time(row, "created_at"), **_changed(row), last_activity=db.time(row, "updated_at") or db.time(row, "created_at"),
        )  # fmt: skip
        self.sessions.setdefault((place["user"], external), id)
        return line

    def conversation(self, where: str, row: db.Row) -> Line | None:
        place, theirs = self._place(row), db.needed(row, "id")
        if self._system(row):
            return None
        status = db.choice(row, "status", {"active": "active", "closed": "closed"}, "active")
        changed = db.time(row, "updated_at") or db.time(row, "started_at")
        id = db.record_id(NAME, "conversations", theirs, row.get("started_at"))
        line = db.made(
            "conversations", where, id=id, **place, created_at=db.time(row, "started_at"), updated_at=changed, status=status,
            summary=db.text(row, "summary"), last_activity=db.time(row, "last_activity") or changed,
            closed_at=changed if status == "closed" else None,
        )  # fmt: skip
        self.talks[theirs] = {"conversation": id, **place}
        return line

    def message(self, where: str, row: db.Row) -> Line | None:
        theirs, talk, content = db.needed(row, "id"), self.talks.get(db.needed(row, "conversation_id")), db.spoken(row, "content")
        if talk is None:
            raise ValueError("its conversation could not be read, or is not there")
        id = db.record_id(NAME, "messages", theirs, content, row.get("timestamp"))
        line = db.made(
            "messages", where, id=id, **talk, created_at=db.time(row, "timestamp"), role=db.choice(row, "role", ROLES), content=content,
            tokens=estimate(content), importance=0.5, metadata=db.structure(row, "metadata_json"),
        )  # fmt: skip
        if theirs in self.quoted:
            self.quoted[theirs] = id
        return line

    def fact(self, where: str, row: db.Row) -> Line | None:
        sender, key = self._sender(row), db.needed(row, "key")
        if self._system(row):
            return None
        return db.made(
            "facts", where, id=db.record_id(NAME, "facts", db.text(row, "id"), sender, key, row.get("created_at")), user=sender,
            created_at=db.time(row, "created_at"), **_changed(row), deleted_at=db.time(row, "deleted_at"), key=key, value=db.spoken(row, "value"),
            source=self.quoted.get(db.text(row, "source_message_id") or "") or None,
        )  # fmt: skip

    def observation(self, where: str, row: db.Row) -> Line | None:
        sender, title = self._sender(row), db.needed(row, "title")
        return db.made(
            "observations", where, id=db.record_id(NAME, "observations", db.text(row, "id"), title, row.get("created_at")), user=sender,
            created_at=db.time(row, "created_at"), **_changed(row), deleted_at=db.time(row, "deleted_at"),
            type=db.choice(row, "type", {type: type for type in TYPES}), title=title, what=db.text(row, "what"), why=db.text(row, "why"),
            where=db.text(row, "where_field"), learned=db.text(row, "learned"),
        )  # fmt: skip

    def outcome(self, where: str, row: db.Row) -> Line | None:
        sender, domain, score, at = self._sender(row), db.needed(row, "domain"), db.number(row, "score"), db.time(row, "timestamp")
        if score not in (-1, 0, 1):
            raise ValueError(f"score is {score!r}, which is not -1, 0 or 1")
        lesson = db.text(row, "lesson")
        return db.made(
            "outcomes", where, id=db.record_id(NAME, "outcomes", db.text(row, "id"), domain, score, lesson, at), user=sender,
            project=db.text(row, "project"), created_at=at, domain=domain, score=score, lesson=lesson, source=db.text(row, "source"),
        )  # fmt: skip

    def lesson(self, where: str, row: db.Row) -> Line | None:
        sender, domain, rule = self._sender(row), db.needed(row, "domain"), db.needed(row, "rule")
        seen = max(1, db.count(row, "occurrences", 1) or 1)
        confidence = _confidence(seen)
        return db.made(
            "lessons", where, id=db.record_id(NAME, "lessons", db.text(row, "id"), domain, rule, row.get("created_at")), user=sender,
            project=db.text(row, "project"), created_at=db.time(row, "created_at"), **_changed(row), confidence=confidence, strength=confidence,
            seen=seen, seen_at=db.time(row, "updated_at") or db.time(row, "created_at"), domain=domain, rule=rule,
        )  # fmt: skip

    def limitation(self, where: str, row: db.Row) -> Line | None:
        title, resolved = db.needed(row, "title"), db.time(row, "resolved_at")
        status = db.choice(row, "status", {"open": "open", "resolved": "resolved"}, "open")
        return db.made(
            "limitations", where, id=db.record_id(NAME, "limitations", db.text(row, "id"), title, row.get("created_at")),
            created_at=db.time(row, "created_at"), updated_at=resolved or db.time(row, "created_at"), title=title,
            description=db.text(row, "description") or "", plan=db.text(row, "proposed_plan"), status="resolved" if resolved else status,
            resolved_at=resolved or (db.time(row, "created_at") if status == "resolved" else None), seen=1, seen_at=db.time(row, "created_at"),
        )  # fmt: skip

    def task(self, where: str, row: db.Row) -> Line | None:
        place, theirs, description = self._place(row), db.needed(row, "id"), db.needed(row, "description")
        due, created, done = db.time(row, "due_at"), db.time(row, "created_at"), db.time(row, "delivered_at")
        if due is None or created is None:
            raise ValueError("it has no due_at or no created_at")
        status = db.choice(row, "status", TASK_STATES, "pending")
        id = db.record_id(NAME, "scheduled_tasks", theirs, description, created)
        line = db.made(
            "tasks", where, id=id, **place, created_at=created, updated_at=max(filter(None, (created, done))), status=status,
            run_at=due, description=description, type=db.text(row, "task_type") or "reminder", due_at=due, starts_at=due,
            repeat=_repeat(row), timezone="UTC", missed="once", reply_target=db.text(row, "reply_target"),
            attempts=db.count(row, "retry_count", 0), last_error=db.text(row, "last_error"),
            finished_at=(done or due) if status in ("done", "failed") else None,
        )  # fmt: skip
        self.tasks[theirs] = {"task": id, **place}
        return line

    def task_run(self, where: str, row: db.Row) -> Line | None:
        task, started = self.tasks.get(db.needed(row, "task_id")), db.time(row, "started_at")
        if task is None or started is None:
            raise ValueError("its task could not be read, or is not there" if task is None else "it has no started_at")
        return db.made(
            "task_runs", where, id=db.record_id(NAME, "task_runs", db.text(row, "id"), task["task"], started), **task,
            created_at=db.time(row, "finished_at") or started, status=db.choice(row, "status", {"completed": "completed", "failed": "failed"}),
            due_at=started, started_at=started, attempt=1, result=db.text(row, "result"), error=db.text(row, "error"),
            tokens=db.count(row, "tokens_used"),
        )  # fmt: skip

    def checkpoint(self, where: str, row: db.Row) -> Line | None:
        run, phase = db.needed(row, "run_id"), db.needed(row, "phase_name")
        return db.made(
            "checkpoints", where, id=db.record_id(NAME, "phase_checkpoints", db.text(row, "id"), run, phase, row.get("created_at")),
            user=self._sender(row), project=db.text(row, "project"), created_at=db.time(row, "created_at"), **_changed(row), key=_key(run, phase),
            run=run, phase=phase, status=db.choice(row, "status", {status: status for status in STATUSES}, "pending"),
            output=db.text(row, "output"), error=db.text(row, "error_message"), attempt=db.count(row, "attempt", 0),
        )  # fmt: skip

    def usage(self, where: str, row: db.Row) -> Line | None:
        sender, model, at, session = self._sender(row), db.needed(row, "model"), db.time(row, "timestamp"), db.text(row, "session_id") or ""
        tokens, cost = _tokens(row), row.get("cost_usd", 0.0)
        total = db.count(row, "tokens", 0)
        if not isinstance(cost, int | float | None):
            raise ValueError("cost_usd is no number")
        id = db.record_id(NAME, "token_usage", row.get("id"), sender, session, model, total, at)
        return db.made(
            "usage", where, id=id, user=sender, session=self.sessions.get((sender, session), session), created_at=at, model=model, **tokens,
            # An unknown model was priced at nothing; our word for that is that nobody knows.
            cost=None if cost is None or (total and not cost) else float(cost),
            metadata={"tokens": total} if total != sum(tokens.values()) else {},
        )  # fmt: skip

    def audit(self, where: str, row: db.Row) -> Line | None:
        place, said = self._place(row), db.text(row, "input_text") or ""
        return db.made(
            "audit", where, id=db.record_id(NAME, "audit_log", db.text(row, "id"), said, row.get("timestamp")), **place,
            created_at=db.time(row, "timestamp"), input=said, output=db.text(row, "output_text"),
            status=db.choice(row, "status", {status: status for status in ("ok", "error", "denied")}, "ok"), reason=db.text(row, "denial_reason"),
            sender=db.text(row, "sender_name"), provider=db.text(row, "provider_used"), model=db.text(row, "model"),
            milliseconds=db.count(row, "processing_ms"),
        )  # fmt: skip

    def alias(self, where: str, row: db.Row) -> Line | None:
        alias, canonical = db.needed(row, "alias_sender_id"), db.needed(row, "canonical_sender_id")
        last = canonical
        while last in self.aliases and last != alias:
            last = self.aliases[last]
        if last == alias:
            raise ValueError(f"{alias!r} would stand for itself")
        self.aliases[alias] = canonical
        # The table has no times; it is as old as the file at least.
        return db.made(
            "aliases", where, id=db.record_id(NAME, "user_aliases", alias, canonical), created_at=self.source.written_at, alias=alias,
            canonical=canonical,
        )  # fmt: skip

    def _sender(self, row: db.Row) -> str:
        return db.text(row, "sender_id") or ""

    def _place(self, row: db.Row) -> dict[str, str]:
        return {"user": self._sender(row), "channel": db.text(row, "channel") or "", "project": db.text(row, "project") or ""}

    def _system(self, row: db.Row) -> bool:
        if row.get("sender_id") != SYSTEM:
            return False
        self.owned += 1
        return True


def _changed(row: db.Row) -> dict[str, Any]:
    return {"updated_at": db.time(row, "updated_at") or db.time(row, "created_at")}


def _only(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _repeat(row: db.Row) -> str | None:
    said = db.text(row, "repeat") or "once"
    if said not in REPEATS:
        raise ValueError(f"repeat is {said!r}, which is not one of {', '.join(REPEATS)}")
    return None if said == "once" else said


def _tokens(row: db.Row) -> dict[str, int]:
    """The breakdown. A row from before there was one only knows the sum, which is then put down as input."""
    names = {"input": "input_tokens", "output": "output_tokens", "cache_read": "cache_read_tokens", "cache_creation": "cache_creation_tokens"}
    found = {name: db.count(row, column) for name, column in names.items()}
    if all(count is None for count in found.values()):
        found["input"] = db.count(row, "tokens", 0)
    return {name: count or 0 for name, count in found.items()}


def _confidence(seen: int) -> float:
    """What a lesson that was learned so often would be worth if it had been learned here."""
    confidence = FIRST
    for count in range(1, min(seen, ENOUGH)):
        confidence = gained(confidence, count)
    return confidence


def _learned_again(first: Lesson, more: Lesson) -> Lesson:
    seen = first.seen + more.seen
    confidence = _confidence(seen)
    return replace(
        first, seen=seen, confidence=confidence, strength=confidence, seen_at=max(first.seen_at, more.seen_at),
        created_at=min(first.created_at, more.created_at), updated_at=max(first.updated_at, more.updated_at),
    )  # fmt: skip


def _reported_again(first: Limitation, more: Limitation) -> Limitation:
    standing = first if first.status == "open" else more  # what one of them says is still so
    return replace(
        first, seen=first.seen + more.seen, seen_at=max(first.seen_at, more.seen_at), status=standing.status, resolved_at=standing.resolved_at,
    )  # fmt: skip
