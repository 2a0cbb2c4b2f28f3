"""A session that calls every public verb once or more, in an order in which they make sense: for what must hold of every statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recollect import Memory
from recollect.kinds import KINDS
from recollect.testing import FrozenClock

Step = Callable[[Any], Any]


class Told:
    """What the scripted session remembers from step to step."""

    def __init__(self, folder: Path, where: str | Path | None = None) -> None:
        self.folder = folder
        self.clock = FrozenClock(datetime(2025, 1, 6, 9, tzinfo=UTC))
        self.memory = Memory(where or folder / "memory.db", clock=self.clock)
        self.user = self.memory.scope(user="mira", project="move", agent="planner", channel="phone")
        self.held: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return self.held[name]


def _keep(name: str, step: Step) -> Step:
    def kept(told: Told) -> None:
        told.held[name] = step(told)

    return kept


def _in_session(told: Told) -> Any:
    return told.user.scope(session=told.session.id)


SESSION: dict[str, Step] = {
    "sessions.start": _keep("session", lambda told: told.user.sessions.start("The move", external_id="s-1", metadata={"city": "Lisbon"})),
    "sessions.bind": lambda told: _in_session(told).sessions.bind("s-2"),
    "sessions.bound": lambda told: told.user.sessions.bound("s-2"),
    "sessions.pause": lambda told: told.user.sessions.pause(told.session.id),
    "sessions.resume": lambda told: told.user.sessions.resume(told.session.id),
    "sessions.update": lambda told: told.user.sessions.update(told.session.id, metadata={"rooms": 2}),
    "sessions.active": lambda told: told.user.sessions.active(),
    "conversations.start": _keep("talk", lambda told: _in_session(told).conversations.start("Flats", external_id="c-1")),
    "conversations.current": lambda told: _in_session(told).conversations.current(),
    "messages.add": _keep("message", lambda told: _in_session(told).messages.add("user", "We moved to Lisbon in May.", name="Mira", external_id="m")),
    "messages.add_many": lambda told: _in_session(told).messages.add_many(
        [{"role": "user", "content": f"Flat {number} has a balcony"} for number in range(12)]
    ),
    "messages.exchange": lambda told: _in_session(told).messages.exchange("Where did we move?", "To Lisbon."),
    "messages.recent": lambda told: told.user.messages.recent(5, before=told.message.id),
    "messages.list": lambda told: told.user.messages.list(conversation=told.talk, before=told.message.id),
    "messages.between": lambda told: told.user.messages.between(told.clock(), told.clock() + timedelta(days=1)),
    "messages.iterate": lambda told: list(told.user.messages.iterate(conversation=told.talk)),
    "messages.search": lambda told: told.user.messages.search("Lisbon", roles=["user"], exclude_conversation=told.message.id, since=told.clock()),
    "sessions.usage": lambda told: told.user.sessions.usage(told.session.id),
    "sessions.compress": lambda told: told.user.sessions.compress(told.session.id, keep=2),
    "sessions.brief": lambda told: told.user.sessions.brief(told.session.id),
    "conversations.active": lambda told: told.user.conversations.active(),
    "conversations.close": lambda told: told.user.conversations.close(told.talk.id, "They looked for flats."),
    "conversations.close_current": lambda told: (told.user.messages.add("user", "One more thing"), told.user.conversations.close_current("Short.")),
    "conversations.history": lambda told: told.user.conversations.history(),
    "conversations.recent_summaries": lambda told: told.user.conversations.recent_summaries(),
    "conversations.idle": lambda told: (
        told.user.messages.add("user", "Hello"), told.clock.advance(timedelta(hours=3)), told.user.conversations.idle(),
    ),
    "facts.set": lambda told: [told.user.facts.set("home_city", city, source=told.message) for city in ("Berlin", "Lisbon")],
    "facts.history": lambda told: told.user.facts.history("home_city"),
    "facts.as_of": lambda told: told.user.facts.as_of(told.clock()),
    "facts.by_key": lambda told: told.user.facts.by_key("home_city"),
    "facts.revert": lambda told: told.user.facts.revert("home_city", 1),
    "notes.add": _keep(
        "note", lambda told: told.user.notes.add("Flats in Lisbon are small", tags=["home"], expires_at=told.clock() + timedelta(days=9))
    ),
    "notes.update": lambda told: told.user.notes.update(told.note.id, text="Flats in Lisbon are small and dear"),
    "notes.pin": lambda told: told.user.notes.pin(told.note.id),
    "notes.promote": lambda told: told.user.notes.promote(told.note.id),
    "notes.search": lambda told: told.user.notes.search("Lisbon", type="note", tags=["home"]),
    "notes.history": lambda told: told.user.notes.history(told.note.id),
    "aliases.add": _keep("alias", lambda told: told.memory.aliases.add("+351 1", "mira")),
    "aliases.resolve": lambda told: told.user.aliases.resolve("+351 1"),
    "aliases.history": lambda told: told.user.aliases.history("+351 1"),
    "aliases.as_of": lambda told: told.user.aliases.as_of(told.clock()),
    "aliases.by_key": lambda told: told.user.aliases.by_key("+351 1"),
    "aliases.revert": lambda told: (told.memory.aliases.add("+351 1", "tom"), told.memory.aliases.revert("+351 1", 1)),
    "aliases.merge": lambda told: (
        told.memory.scope(user="+351 1").facts.set("home_city", "Porto"), told.memory.scope(user="+351 1").remember("Ferries run hourly"),
        told.memory.scope(user="+351 1", project="move").facts.set("home_city", "Faro"), told.memory.aliases.merge("+351 1"),
    ),
    "memory.remember": lambda told: told.user.remember("The landlord is Mr Alves"),
    "memory.recall": lambda told: (
        told.user.recall("Where did Mira move last year?", explain=True), told.memory.recall("balcony before the move", as_of=told.clock()),
        told.user.recall("Lisbon", kinds=["facts"], where={"key": "home_city"}),
    ),
    "memory.context": lambda told: (told.user.context("Lisbon", budget=900), told.user.context("Lisbon", budget=900, as_of=told.clock())),
    "memory.profile": lambda told: told.user.profile(),
    "memory.get": lambda told: told.user.get(told.note.id),
    "memory.get_many": lambda told: told.user.get_many([told.note.id, told.message.id]),
    "memory.forget": lambda told: told.user.forget(told.message.id),
    "memory.undelete": lambda told: told.user.undelete(told.message.id),
    "memory.stats": lambda told: (told.memory.stats(), told.user.stats()),
    "memory.verify": lambda told: (told.memory.verify(), told.user.verify()),
    "memory.backup": lambda told: told.memory.backup(told.folder / "copy.db"),
    "memory.vacuum": lambda told: told.memory.vacuum(),
    "memory.export": lambda told: (told.memory.export(told.folder / "all.jsonl"), told.user.export(told.folder / "mira.jsonl")),
    "memory.import_": lambda told: told.memory.import_(told.folder / "all.jsonl"),
}  # fmt: skip
"""What each particular verb is called with, in an order in which they make sense."""

LAST: dict[str, Step] = {
    "sessions.complete": lambda told: told.user.sessions.complete(told.session.id),
    "sessions.archive": lambda told: told.user.sessions.archive(told.session.id),
    "memory.erase": lambda told: (
        told.user.erase(id=told.user.remember("a secret").id), told.user.erase(session=told.session.id), told.memory.erase(user="mira"),
        told.memory.scope(tenant="t").remember("theirs"), told.memory.erase(tenant="t"),
    ),
    "language": lambda told: told.user.facts.set("preferred_language", "pt"),
}  # fmt: skip


def _common(name: str) -> Iterator[tuple[str, Step]]:
    """What every kind can do, on whatever this one holds."""

    def room(told: Told) -> Any:
        return getattr(told.memory if KINDS[name].table.tenant_wide else told.user, name)

    def some(told: Told) -> str:
        return str(room(told).list(limit=1)[0].id)

    yield f"{name}.get", _keep(name, lambda told: room(told).get(some(told)).id)
    for verb in ("need", "delete", "undelete"):
        yield f"{name}.{verb}", lambda told, verb=verb: getattr(room(told), verb)(told.held[name])
    yield f"{name}.list", lambda told: room(told).list(**{"before" if name == "messages" else "after": some(told)})
    yield f"{name}.iterate", lambda told: list(room(told).iterate())
    yield f"{name}.export", lambda told: list(room(told).export())
    yield f"{name}.count", lambda told: room(told).count()
    yield f"{name}.search", lambda told: room(told).search("Lisbon") if room(told).table.text else None


def _clear(name: str) -> tuple[str, Step]:
    return f"{name}.clear", lambda told: getattr(told.user, name).clear()


STEPS = [*SESSION.items(), *(step for name in KINDS for step in _common(name)), *list(LAST.items())[:2], *map(_clear, KINDS), *list(LAST.items())[2:]]


def statements_of(told: Told, *, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """Every statement that the session runs, with the verb that ran it first."""
    found: dict[str, str] = {}
    with told.memory:
        for name, step in STEPS:
            if name not in without:
                told.memory._opened.watching(lambda sql, name=name: found.setdefault(sql, name))  # type: ignore[misc]
                step(told)
                told.clock.advance(timedelta(minutes=1))
    return found
