"""A session that calls every public verb once or more, in an order in which they make sense: for what must hold of every statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from recollect import Memory
from recollect.kinds import KINDS
from recollect.shapes.log import Log
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


def _logs() -> list[str]:
    return [name for name, kind in KINDS.items() if issubclass(kind, Log)]


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
    "preferences.set": lambda told: [told.user.preferences.set("editor.theme", "dark", share) for share in (0.5, None)],
    "preferences.match": lambda told: told.user.preferences.match("editor.*"),
    "preferences.history": lambda told: told.user.preferences.history("editor.theme"),
    "preferences.as_of": lambda told: told.user.preferences.as_of(told.clock()),
    "preferences.by_key": lambda told: told.user.preferences.by_key("editor.theme"),
    "preferences.revert": lambda told: (told.user.preferences.set("editor.theme", "light"), told.user.preferences.revert("editor.theme", 1)),
    "preferences.decay": lambda told: told.user.preferences.decay(timedelta(days=1)),
    "blocks.create": lambda told: (
        told.user.blocks.create("persona", "I plan moves."), told.user.blocks.create("diary", "Monday " * 30, 20, overflow="archive"),
        told.user.blocks.create("spare", "Lisbon"),
    ),
    "blocks.edit": lambda told: told.user.blocks.edit("persona", "I plan moves to Lisbon.", "the city", 1),
    "blocks.append": lambda told: told.user.blocks.append("persona", "I am kind."),
    "blocks.replace": lambda told: told.user.blocks.replace("persona", "kind", "patient"),
    "blocks.insert": lambda told: told.user.blocks.insert("persona", 0, "Planner:"),
    "blocks.history": lambda told: told.user.blocks.history("persona"),
    "blocks.as_of": lambda told: told.user.blocks.as_of(told.clock()),
    "blocks.by_key": lambda told: told.user.blocks.by_key("persona"),
    "blocks.revert": lambda told: told.user.blocks.revert("persona", 2),
    "blocks.rename": lambda told: told.user.blocks.rename("persona", "self"),
    "blocks.pin": lambda told: told.user.blocks.pin("self"),
    "blocks.protect": lambda told: [told.user.blocks.protect("self", on) for on in (True, False)],
    "blocks.resize": lambda told: told.user.blocks.resize("self", 3),
    "blocks.archive_overflow": lambda told: told.user.blocks.archive_overflow("self"),
    "blocks.archived": lambda told: told.user.blocks.archived("self"),
    "passages.between": lambda told: told.user.passages.between(),
    "entities.add": lambda told: [told.user.entities.add(*one, aliases=["Mimi"] if one[0] == "Mira" else []) for one in _NAMED],
    "entities.resolve": lambda told: told.user.entities.resolve("Mimi"),
    "entities.history": lambda told: told.user.entities.history("person:Mira"),
    "entities.as_of": lambda told: told.user.entities.as_of(told.clock()),
    "entities.by_key": lambda told: told.user.entities.by_key("person:Mira"),
    "entities.revert": lambda told: (
        told.user.entities.add("Mira", "person", attributes={"age": 30}), told.user.entities.revert("person:Mira", 1),
    ),
    "links.add": _keep("link", lambda told: told.user.links.add(*told.user.entities.list(limit=2), "lives_in", valid_from=told.clock())),
    "links.of": lambda told: told.user.links.of(told.link.source, kind="lives_in", at=told.clock()),
    "links.history": lambda told: told.user.links.history(told.link.id),
    "entities.neighbours": lambda told: told.user.entities.neighbours("person:Mira", 2, kind="lives_in"),
    "observations.add": lambda told: told.user.observations.add("The lift is slow", "two minutes", "it is old", "Rua Um", "walk", type="bugfix"),
    "observations.search": lambda told: told.user.observations.search("lift", type="bugfix"),
    "observations.between": lambda told: told.user.observations.between(),
    "decisions.record": lambda told: [told.user.decisions.record("pay", {"sum": sum_}, "deny", goal="g", turn=1, id=uuid4()) for sum_ in (1, 2)],
    "decisions.similar": lambda told: told.user.decisions.similar({"tool": "pay", "input": {"sum": 3}}, goal="g", fallback_to_global=True),
    "decisions.recommend": lambda told: told.user.decisions.recommend({"tool": "pay", "input": {"sum": 3}}, goal="h", fallback_to_global=True),
    "decisions.between": lambda told: told.user.decisions.between(),
    "outcomes.add": lambda told: told.user.outcomes.add(1, "moving", "book early"),
    "outcomes.recent": lambda told: told.user.outcomes.recent(domain="moving"),
    "outcomes.summary": lambda told: [told.user.outcomes.summary(by) for by in ("domain", "day", "user")],
    "outcomes.between": lambda told: told.user.outcomes.between(),
    "lessons.learn": lambda told: [told.user.lessons.learn("Book early.", "moving") for _ in range(2)],
    "lessons.recent": lambda told: told.user.lessons.recent(domain="moving"),
    "lessons.top": lambda told: told.user.lessons.top(),
    "lessons.history": lambda told: told.user.lessons.history(told.user.lessons.top()[0].id),
    "lessons.decay": lambda told: told.user.lessons.decay(timedelta(days=1)),
    "patterns.observe": lambda told: [told.user.patterns.observe("workflow", ["look", "ask"], {"n": n}) for n in range(2)],
    "patterns.frequent": lambda told: told.user.patterns.frequent(type="workflow", confidence=0.1),
    "patterns.confident": lambda told: told.user.patterns.confident(),
    "patterns.history": lambda told: told.user.patterns.history(told.user.patterns.list()[0].id),
    "patterns.decay": lambda told: told.user.patterns.decay(timedelta(days=1)),
    "limitations.report": _keep("limit", lambda told: told.user.limitations.report("No Portuguese", "yet", "a course")),
    "limitations.resolve": lambda told: told.user.limitations.resolve(told.limit.id, "a course"),
    "limitations.open": lambda told: (told.user.limitations.report("no portuguese"), told.user.limitations.open()),
    "limitations.history": lambda told: told.user.limitations.history(told.limit.id),
    "tasks.schedule": lambda told: [
        told.user.tasks.schedule(f"{what} the landlord", told.clock(), repeat=rule, missed=missed, timezone="Europe/Lisbon")
        for what, rule, missed in _CALLS
    ],
    "tasks.due": lambda told: told.user.tasks.due(),
    "tasks.pending": lambda told: told.user.tasks.pending(5),
    "tasks.claim": _keep("claims", lambda told: (told.clock.advance(timedelta(hours=2)), told.user.tasks.claim(3))[1]),
    "tasks.heartbeat": lambda told: told.user.tasks.heartbeat(told.claims[0].token),
    "tasks.complete": lambda told: told.user.tasks.complete(told.claims[0].token, "he agreed", 12),
    "tasks.fail": lambda told: [told.user.tasks.fail(claim.token, "no answer", 1 + place) for place, claim in enumerate(told.claims[1:])],
    "tasks.defer": lambda told: told.user.tasks.defer(told.claims[1].task.id, told.clock() + timedelta(days=1)),
    "tasks.edit": lambda told: told.user.tasks.edit(told.claims[1].task.id, description="pay the rent", repeat="monthly"),
    "tasks.cancel": lambda told: told.user.tasks.cancel(told.claims[1].task.id),
    "tasks.runs": lambda told: (
        told.user.tasks.runs(told.claims[0].task.id), told.user.tasks.claim(9), told.clock.advance(timedelta(hours=1)), told.user.tasks.claim(9),
        told.user.tasks.runs(),
    ),
    "task_runs.between": lambda told: told.user.task_runs.between(),
    "checkpoints.save": lambda told: [told.user.checkpoints.save("run", phase, state, {"n": 1}) for phase, state in _PHASES],
    "checkpoints.resume": lambda told: told.user.checkpoints.resume("run"),
    "checkpoints.history": lambda told: told.user.checkpoints.history("run/pack"),
    "checkpoints.as_of": lambda told: told.user.checkpoints.as_of(told.clock()),
    "checkpoints.by_key": lambda told: told.user.checkpoints.by_key("run/pack"),
    "checkpoints.revert": lambda told: told.user.checkpoints.revert("run/pack", 1),
    "handoffs.offer": _keep("handoff", lambda told: told.user.handoffs.offer("mover", "Pack it all", told.session, "I cannot lift", {"boxes": 9})),
    "handoffs.pending": lambda told: told.user.handoffs.pending("mover"),
    "handoffs.accept": lambda told: told.user.scope(agent="mover").handoffs.accept(told.handoff.id),
    "handoffs.decline": lambda told: told.user.handoffs.decline(told.user.handoffs.offer("mover", "And unpack").id, "too late"),
    "handoffs.chain": lambda told: told.user.handoffs.chain(told.session),
    "interactions.start": _keep("call", lambda told: told.user.interactions.start("finder", "find flats", model="gpt-4o")),
    "interactions.finish": lambda told: told.user.interactions.finish(told.call.id, "three flats", input=10, output=5, cost=0.1),
    "interactions.summary": lambda told: [told.user.interactions.summary(by) for by in ("name", "day")],
    "interactions.between": lambda told: told.user.interactions.between(),
    "routes.record": lambda told: told.user.routes.record("find a flat", "finder", method="rules", confidence=0.8, reasoning="it says flat"),
    "routes.summary": lambda told: told.user.routes.summary("chosen"),
    "routes.between": lambda told: told.user.routes.between(),
    "usage.record": lambda told: [told.user.usage.record(model, 100, 20, 1000, 10) for model in ("gpt-4o", "somebody-elses")],
    "usage.summary": lambda told: [told.user.usage.summary(by) for by in ("model", "day", "session")],
    "usage.against_budget": lambda told: told.user.usage.against_budget(5.0, since=told.clock() - timedelta(days=1)),
    "usage.between": lambda told: told.user.usage.between(),
    "metrics.record": lambda told: told.user.metrics.record("latency", 0.3, "s"),
    "metrics.summary": lambda told: told.user.metrics.summary("name", name="latency"),
    "metrics.between": lambda told: told.user.metrics.between(),
    "audit.log": lambda told: told.user.audit.log("Find a flat", "Here are three", model="gpt-4o", milliseconds=300),
    "audit.between": lambda told: told.user.audit.between(status="ok"),
    "audit.changes": lambda told: told.user.audit.changes(told.note, kind="notes", since=told.clock() - timedelta(days=9)),
    "audit.verify_chain": lambda told: told.memory.audit.verify_chain(),
    "memory.used": lambda told: [told.user.used(told.user.recall("Lisbon")) for _ in range(2)],
    "signals.between": lambda told: told.user.signals.between(),
    "conversations.close_idle": lambda told: (
        told.user.messages.add("user", "Anybody there?"), told.clock.advance(timedelta(hours=3)), told.user.conversations.close_idle(),
    ),
    "memory.consolidate": lambda told: (
        told.user.messages.add("user", "Still there?"), told.clock.advance(timedelta(hours=3)), told.memory.consolidate(dry_run=True),
        told.memory.consolidate(force=True, retention=timedelta(days=1)),
    ),
    "memory.sql": lambda told: told.memory.sql("select count(*) as n from recollect_messages where tenant = ''"),
    "memory.remember": lambda told: told.user.remember("The landlord is Mr Alves"),
    "memory.recall": lambda told: (
        told.user.recall("Where did Mira move last year?", explain=True), told.memory.recall("balcony before the move", as_of=told.clock()),
        told.user.recall("Lisbon", kinds=["facts"], where={"key": "home_city"}),
    ),
    "memory.embed_pending": lambda told: told.memory.embed_pending(),
    "memory.why": lambda told: told.user.why("Where is the balcony?", told.user.messages.recent(1)[0].id),
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

_CALLS = (("call", "daily", "once"), ("pay", None, "once"), ("see", "weekly", "skip"), ("ask", None, "all"), ("thank", None, "once"))
_NAMED = (("Mira", "person"), ("Lisbon", "city"))
_PHASES = (("pack", "in_progress"), ("pack", "completed"), ("drive", "pending"))

LAST: dict[str, Step] = {
    "sessions.complete": lambda told: told.user.sessions.complete(told.session.id),
    "sessions.archive": lambda told: told.user.sessions.archive(told.session.id),
    "memory.erase": lambda told: (
        told.user.erase(id=told.user.remember("a secret").id), told.user.erase(session=told.session.id), told.memory.erase(user="mira"),
        told.memory.scope(tenant="t").remember("theirs"), told.memory.erase(tenant="t"),
    ),
    "language": lambda told: told.user.facts.set("preferred_language", "pt"),
    "audit.prune_before": lambda told: told.memory.audit.prune_before(told.clock()),
    **{f"{name}.prune": lambda told, name=name: getattr(told.user, name).prune(told.clock()) for name in _logs()},
    "checkpoints.clear": lambda told: told.user.checkpoints.clear("run"),
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
