"""The memories of engram as notes: what they are, what they were, and what searches they were good for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from ...core.clock import micros
from ...core.text import clean
from ...kinds.sessions import Session
from ...shapes.values import digest
from ..databases import Found, Row, Source, choice, lines, made, needed, record_id, text, time, unhoused
from ..own import Line
from ..values import count, first_time, parsed, share, texts

NAME = "engram"
STATE = {name: name for name in ("active", "stale", "archived")}
TIMES = ("created_at", "timestamp", "ts")

Sessions = dict[Any, Session]
Note = dict[str, Any]  # the values of a note that will be made, and in which row of theirs it was said first: `where`, `row`


class Notes:
    """Texts that say the same at the same level become one note, since theirs may hold a text twice."""

    def __init__(self, source: Source, sessions: Sessions) -> None:
        self._source, self._sessions = source, sessions
        self._notes: dict[tuple[str, Any], Note] = {}  # by table and their id
        self._same: dict[tuple[Any, ...], Note] = {}  # live ones by what they say
        self._tags: dict[Any, list[str]] = defaultdict(list)
        self._chunks: dict[Any, str] = {}  # the session that a memory is a piece of
        self.users = set(_users(source))
        self.everybody = next(iter(self.users)) if len(self.users) == 1 else ""
        """Whose it is what belongs to nobody: the one user's, if there is one only."""

    def found(self) -> Iterator[Found]:
        self._survey()
        yield from lines(self._source, "memories", self._memory)
        yield from lines(self._source, "reflections", self._reflection)
        yield from lines(self._source, "consolidated_memories", self._consolidated)
        notes = {note["id"]: note for note in self._notes.values()}
        for note in notes.values():
            yield _made(note)
        yield from self._versions(notes)
        yield from self._signals(notes)

    def get(self, table: str, key: Any) -> Note | None:
        """What one of their texts became."""
        return self._notes.get((table, key))

    def need(self, table: str, key: Any) -> Note:
        note = self.get(table, key)
        if note is None:
            raise ValueError(f"its memory {key!r} was not read")
        return note

    # what they are

    def _survey(self) -> None:
        names = {row.get("id"): row.get("name") for row in self._source.readable("tags") if isinstance(row.get("name"), str) and row.get("name")}
        for row in self._source.readable("memory_tags"):
            if row.get("tag_id") in names:
                self._tags[row.get("memory_id")].append(clean(names[row.get("tag_id")]))
        for row in self._source.readable("session_chunks"):
            if (session := self._sessions.get(row.get("session_id"))) is not None:
                self._chunks[row.get("memory_id")] = session.id

    def _memory(self, where: str, row: Row) -> None:
        state, written = choice(row, "lifecycle_state", STATE, "active"), first_time(row, ["created_at"])
        tags = [*self._tags.get(row.get("id"), ()), *([state] if state != "active" else [])]
        self._keep("memories", row, {
            **self._place(row), "where": where, "created_at": time(row, "event_time") or written, "updated_at": time(row, "updated_at") or written,
            "deleted_at": time(row, "valid_to"), "version": max(1, count(row, "version", 1)), "text": needed(row, "content"),
            "type": text(row, "memory_type") or "note", "tags": tags, "importance": share(row, "importance", 0.5),
            "expires_at": time(row, "expires_at"),
        })  # fmt: skip

    def _reflection(self, where: str, row: Row) -> None:
        self._keep("reflections", row, self._plain(where, row, needed(row, "content"), "reflection", text(row, "depth")))

    def _consolidated(self, where: str, row: Row) -> None:
        self._keep("consolidated_memories", row, self._plain(where, row, needed(row, "summary"), "summary", None))

    def _plain(self, where: str, row: Row, said: str, type: str, tag: str | None) -> Note:
        at, level = first_time(row, TIMES), {"user": self.everybody, "agent": "", "project": project_of(row), "session": ""}
        return {
            **level, "where": where, "created_at": at, "updated_at": at, "deleted_at": None, "version": 1, "text": said, "type": type,
            "tags": [tag] if tag else [], "importance": 0.5, "expires_at": None,
        }  # fmt: skip

    def _keep(self, table: str, row: Row, note: Note) -> None:
        """A text of theirs becomes a note, or one more time that a note was said."""
        note |= {"id": record_id(NAME, table, row.get("id"), row.get("created_at")), "tags": list(dict.fromkeys(note["tags"]))}
        note |= {"row": row.get("id"), "pinned": False, "reinforced": 0}
        _made(note)  # what cannot be one is refused here, where its row can be named
        said = (note["user"], note["project"], note["agent"], digest(clean(note["text"])))
        if note["deleted_at"] is None and (known := self._same.setdefault(said, note)) is not note:
            _reinforce(known, note)
            note = known
        self._notes[table, row.get("id")] = note

    def _place(self, row: Row) -> dict[str, str]:
        """Whose memory it is, and where."""
        named = _scope(row)
        session = self._sessions.get(named.get("session"))
        return {
            "user": text(row, "owner_id") or named.get("user", "") or self.everybody, "agent": named.get("agent", ""), "project": project_of(row),
            "session": self._chunks.get(row.get("id")) or (session.id if session else ""),
        }  # fmt: skip

    # what they were

    def _versions(self, notes: Mapping[str, Note]) -> Iterator[Found]:
        """Each version lasted until the next. Theirs hold the current state as well, which the memory itself is."""
        earlier: dict[str, list[Line]] = defaultdict(list)
        for found in lines(self._source, "memory_versions", self._earlier, "memory_id, version"):
            if isinstance(found, Line):
                earlier[found.record.id].append(found)
            else:
                yield found
        for id, versions in earlier.items():
            ends = [*(line.record.updated_at for line in versions[1:]), notes[id]["updated_at"]]
            for line, until in zip(versions, ends, strict=True):
                yield version_line(line.where, "notes", line.record, line.record.updated_at, until)

    def _earlier(self, where: str, row: Row) -> Line | None:
        note, version = self.need("memories", row.get("memory_id")), count(row, "version")
        if note["row"] != row.get("memory_id") or not 1 <= version < note["version"]:
            return None  # of a text that was stored twice, the first one's history
        was = {"version": version, "text": needed(row, "content"), "updated_at": first_time(row, ["created_at"]), "deleted_at": None}
        return _made({**note, **was, "where": where, "tags": list(texts(parsed(row, "tags"))), "reinforced": 0})

    # what they were good for

    def _signals(self, notes: Mapping[str, Note]) -> Iterator[Found]:
        """One record for each note that was useful."""
        useful: dict[str, list[datetime]] = defaultdict(list)
        other = 0
        for row in chain(self._source.readable("search_feedback"), self._source.readable("utility_feedback")):
            note, at = self.get("memories", row.get("memory_id")), _moment(row)
            if note is None or note["deleted_at"] or at is None or not (row.get("signal") == "useful" or row.get("was_useful") == 1):
                other += 1
            else:
                useful[note["id"]].append(at)
        for id, times in useful.items():
            days = len({at.date() for at in times})
            yield made(
                "signals", notes[id]["where"], id=record_id(NAME, "signals", id), **level(notes[id]), created_at=min(times), updated_at=max(times),
                record=id, kind="notes", used=len(times), days=days, used_at=max(times),
            )  # fmt: skip
        yield from unhoused(f"{self._source.name}, search_feedback and utility_feedback", other, "feedback that called nothing useful")


def project_of(row: Row) -> str:
    """A workspace; `default` is the one of what was put into none."""
    workspace = text(row, "workspace")
    return "" if workspace in (None, "default") else str(workspace)


def level(note: Note) -> dict[str, str]:
    """Where a record stands that goes with this note."""
    return {part: note[part] for part in ("user", "agent", "project")}


def version_line(where: str, kind: str, body: Any, began: datetime, ended: datetime) -> Line:
    """An earlier version of a record."""
    body = replace(body, deleted_at=None)
    told = {"of": kind, "record": body.id, "version": body.version, "began_at": micros(began), "ended_at": micros(max(began, ended)), "body": body}
    return Line(where, "versions", told)


def _made(note: Note) -> Line:
    return made("notes", note["where"], **{name: value for name, value in note.items() if name not in ("where", "row")})


def _users(source: Source) -> Iterator[str]:
    for row in source.readable("memories"):
        try:
            user = text(row, "owner_id") or _scope(row).get("user")
        except ValueError:
            continue
        if user:
            yield user


def _scope(row: Row) -> dict[str, str]:
    """A path such as global/user:ann/agent:bob, and the two columns that stood for it before there were paths."""
    named = dict(part.split(":", 1) for part in (text(row, "scope_path") or "").split("/") if ":" in part)
    kind, id = text(row, "scope_type"), text(row, "scope_id")
    if kind and id:
        named.setdefault(kind, id)
    return named


def _reinforce(note: Note, again: Note) -> None:
    note["tags"] = list(dict.fromkeys([*note["tags"], *again["tags"]]))
    note["importance"] = max(note["importance"], again["importance"])
    note["reinforced"] += 1
    if note["expires_at"] is not None:
        note["expires_at"] = max(note["expires_at"], again["expires_at"]) if again["expires_at"] else None


def _moment(row: Row) -> datetime | None:
    try:
        return first_time(row, TIMES)
    except ValueError:
        return None
