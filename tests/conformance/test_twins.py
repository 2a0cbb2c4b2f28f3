"""Twins: two owners with the same texts and keys. What one answers does not change when the other is filled, and neither can move the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from samples import SAMPLES

from faces import written
from recollect.core.operation import flow, operation, query, stream
from recollect.house import House
from recollect.kinds import KINDS
from recollect.shapes.belief import Belief
from recollect.shapes.log import Log
from recollect.shapes.register import Register

pytestmark = pytest.mark.promise("isolation")

LATER = datetime(2025, 3, 2, 12, 0, tzinfo=UTC)
EARLIER = datetime(2025, 2, 1, 12, 0, tzinfo=UTC)


def filled(view: Any, clock: Any) -> SimpleNamespace:
    """The same life, whoever lives it."""
    session = view.sessions.start("Moving house", external_id="their-session", metadata={"topic": "flats"})
    paused = view.sessions.pause(view.sessions.start("Taxes").id)
    here = view.scope(session=session.id)
    here.sessions.bind("their-session")
    older = view.conversations.start("Flats", external_id="their-talk")
    view.messages.add("user", "Is the flat in Lisbon still free?", conversation=older, name="Mira", external_id="m-1", metadata={"mood": "keen"})
    view.messages.add("assistant", "It is free from May.", conversation=older, importance=0.9)
    older = view.conversations.close(older.id, summary="Mira wants the flat in Lisbon.")
    clock.advance(timedelta(hours=3))
    system = here.messages.add("system", "Answer briefly.")
    asked, answered = here.messages.exchange("I'm moving to Lisbon in May.", "Noted! Shall I look for flats?")
    call = here.messages.add("assistant", "", tool_calls=[{"id": "c1", "function": {"name": "find", "arguments": '{"city": "Lisbon"}'}}])
    here.messages.add("tool", "three flats", tool_call_id="c1", name="find")
    here.messages.add_many([{"role": "user", "content": f"Flat number {n} has a balcony."} for n in range(5)])
    fact = view.facts.set("home_city", "Porto", source="a letter")
    view.facts.set("home_city", "Lisbon", source=asked)
    gone = view.facts.set("pet", "a parrot")
    view.facts.delete("pet")
    view.facts.set("preferred_language", "English")
    note = view.remember("The landlord likes quiet people.", type="insight", tags=["flat"], importance=0.8)
    note = view.notes.update(note.id, tags=["flat", "landlord"])
    dropped = view.notes.add("The first flat was too small.")
    view.notes.delete(dropped.id)
    passing = view.notes.add("The offer stands for a week.", expires_at=LATER + timedelta(days=7))
    pinned = view.notes.pin(view.notes.add("Never share the address.").id)
    said = view.messages.add("user", "Forget this sentence.")
    view.messages.delete(said.id)
    alias = view.aliases.add("+351 555", "mira@example.org")
    clock.advance(timedelta(hours=3))
    view.blocks.create("persona", "I find flats.")
    view.blocks.append("persona", "I am kind.")
    packing = view.sessions.start("Packing")
    handoff = view.handoffs.offer("mover", "Pack it all", packing)
    view.scope(agent="mover").handoffs.accept(handoff.id)
    made = {name: SAMPLES[name].make(view, 0) for name in MADE}
    spare = {name: SAMPLES[name].make(view, 1) for name in MADE}
    claim = view.scope(channel="claims").tasks.schedule("Sign the lease", EARLIER) and view.scope(channel="claims").tasks.claim()[0]
    clock.advance(timedelta(hours=3))
    records = {name: held for name, held in locals().items() if dataclasses.is_dataclass(held) and hasattr(held, "id")}
    return SimpleNamespace(**records, here=here, made=made, spare=spare, claim=claim)


Verb = Callable[[Any, SimpleNamespace, Path], Any]

MADE = [name for name in SAMPLES if name not in ("sessions", "conversations", "messages", "facts", "notes", "aliases")]
"""Kinds of which a life holds the first two samples."""

READING: dict[str, Verb] = {
    "recall": lambda v, m, p: [v.recall("flat in Lisbon", explain=True), v.recall("lisbon", as_of=EARLIER), v.recall("what did Mira want in May")],
    "why": lambda v, m, p: [v.why("flat in Lisbon", m.note.id), v.why("flat in Lisbon", m.gone.id)],
    "context": lambda v, m, p: [v.context("flat in Lisbon"), v.context("", budget=300), m.here.context("balcony", base_prompt="Be kind.")],
    "profile": lambda v, m, p: v.profile(),
    "get": lambda v, m, p: [v.get(m.note.id), v.get(m.asked.id), v.get(m.dropped.id)],
    "get_many": lambda v, m, p: v.get_many([m.note.id, m.fact.id, m.gone.id]),
    "stats": lambda v, m, p: v.stats(),
    "verify": lambda v, m, p: v.verify(),
    "export": lambda v, m, p: (v.export(p / "mine.jsonl"), (p / "mine.jsonl").read_bytes()),
    "sessions.active": lambda v, m, p: v.sessions.active(),
    "sessions.bound": lambda v, m, p: v.sessions.bound("their-session"),
    "sessions.usage": lambda v, m, p: v.sessions.usage(m.session.id, window=100),
    "sessions.brief": lambda v, m, p: v.sessions.brief(m.session.id, 500),
    "conversations.idle": lambda v, m, p: v.conversations.idle(),
    "conversations.active": lambda v, m, p: v.conversations.active(),
    "conversations.history": lambda v, m, p: v.conversations.history(),
    "conversations.recent_summaries": lambda v, m, p: v.conversations.recent_summaries(),
    "messages.recent": lambda v, m, p: [v.messages.recent(), v.messages.recent(2, before=m.answered.id), m.here.messages.recent()],
    "messages.between": lambda v, m, p: v.messages.between(EARLIER, LATER),
    "facts.as_of": lambda v, m, p: [v.facts.as_of(LATER), v.facts.as_of(EARLIER)],
    "facts.by_key": lambda v, m, p: v.facts.by_key("home_city"),
    "facts.history": lambda v, m, p: [v.facts.history("home_city"), v.facts.history("pet")],
    "notes.history": lambda v, m, p: [v.notes.history(m.note.id), v.notes.history(m.dropped.id)],
    "aliases.resolve": lambda v, m, p: v.aliases.resolve("+351 555"),
    "aliases.as_of": lambda v, m, p: v.aliases.as_of(LATER),
    "aliases.by_key": lambda v, m, p: v.aliases.by_key("+351 555"),
    "aliases.history": lambda v, m, p: v.aliases.history("+351 555"),
    "preferences.match": lambda v, m, p: v.preferences.match("likes_*"),
    "blocks.archived": lambda v, m, p: [v.blocks.archived(m.made["passages"].name), v.blocks.history("persona")],
    "entities.resolve": lambda v, m, p: v.entities.resolve(m.made["entities"].name),
    "entities.neighbours": lambda v, m, p: v.entities.neighbours(m.made["entities"].key, 3),
    "links.of": lambda v, m, p: v.links.of(m.made["links"].source),
    "decisions.similar": lambda v, m, p: [v.decisions.similar({"tool": "shell", "input": "open the walnut"}), v.decisions.similar("open", goal="g")],
    "decisions.recommend": lambda v, m, p: v.decisions.recommend("shell open the walnut", least=1),
    "outcomes.recent": lambda v, m, p: v.outcomes.recent(),
    "lessons.recent": lambda v, m, p: v.lessons.recent(),
    "lessons.top": lambda v, m, p: v.lessons.top(domain="general"),
    "patterns.frequent": lambda v, m, p: v.patterns.frequent(confidence=0.0),
    "patterns.confident": lambda v, m, p: v.patterns.confident(confidence=0.0),
    "limitations.open": lambda v, m, p: v.limitations.open(),
    "tasks.due": lambda v, m, p: v.tasks.due(),
    "tasks.pending": lambda v, m, p: v.tasks.pending(),
    "tasks.runs": lambda v, m, p: [v.tasks.runs(), v.tasks.runs(m.made["task_runs"].task)],
    "checkpoints.resume": lambda v, m, p: v.checkpoints.resume(m.made["checkpoints"].run),
    "handoffs.chain": lambda v, m, p: v.handoffs.chain(m.packing.id),
    "handoffs.pending": lambda v, m, p: v.handoffs.pending("reviewer"),
    "outcomes.summary": lambda v, m, p: [v.outcomes.summary(by) for by in ("domain", "day", "user")],
    "interactions.summary": lambda v, m, p: v.interactions.summary(),
    "routes.summary": lambda v, m, p: v.routes.summary(),
    "usage.summary": lambda v, m, p: [v.usage.summary(by) for by in ("model", "user", "day")],
    "usage.against_budget": lambda v, m, p: v.usage.against_budget(1.0),
    "metrics.summary": lambda v, m, p: v.metrics.summary(),
    "audit.changes": lambda v, m, p: [(one.kind, one.action, one.user) for one in v.audit.changes()],  # positions are the tenant's
}

# Those that every kind has, with what stands for the kind in `filled`.
PER_KIND = {"sessions": "session", "conversations": "older", "messages": "asked", "facts": "fact", "notes": "note", "aliases": "alias"}


def _id(life: SimpleNamespace, kind: str) -> str:
    return str(getattr(life, PER_KIND[kind]).id if kind in PER_KIND else life.made[kind].id)


for _name, _kind in KINDS.items():
    READING[f"{_name}.get"] = lambda v, m, p, n=_name: getattr(v, n).get(_id(m, n))
    READING[f"{_name}.need"] = lambda v, m, p, n=_name: getattr(v, n).need(_id(m, n))
    if issubclass(_kind, Log):
        READING[f"{_name}.between"] = lambda v, m, p, n=_name: getattr(v, n).between(EARLIER, LATER)
    if issubclass(_kind, (Belief, Register)):
        READING.setdefault(f"{_name}.history", lambda v, m, p, n=_name: getattr(v, n).history(_id(m, n)))
    if issubclass(_kind, Register):
        READING.setdefault(f"{_name}.as_of", lambda v, m, p, n=_name: [getattr(v, n).as_of(LATER), getattr(v, n).as_of(EARLIER)])
        READING.setdefault(f"{_name}.by_key", lambda v, m, p, n=_name: getattr(v, n).by_key(getattr(m.made[n], KINDS[n].table.key)))
    READING[f"{_name}.list"] = lambda v, m, p, n=_name: [getattr(v, n).list(), getattr(v, n).list(limit=2)]
    READING[f"{_name}.iterate"] = lambda v, m, p, n=_name: list(getattr(v, n).iterate())
    READING[f"{_name}.export"] = lambda v, m, p, n=_name: list(getattr(v, n).export())
    READING[f"{_name}.count"] = lambda v, m, p, n=_name: getattr(v, n).count()
    if KINDS[_name].table.text is not None:
        READING[f"{_name}.search"] = lambda v, m, p, n=_name: getattr(v, n).search("flat in Lisbon")

WRITING: dict[str, Verb] = {
    "remember": lambda v, m, p: v.remember("A new thought about the flat."),
    "sessions.start": lambda v, m, p: v.sessions.start("Painting"),
    "sessions.update": lambda v, m, p: v.sessions.update(m.session.id, title="Moved", metadata={"topic": None, "done": True}),
    "sessions.pause": lambda v, m, p: v.sessions.pause(m.session.id),
    "sessions.resume": lambda v, m, p: v.sessions.resume(m.session.id),
    "sessions.compress": lambda v, m, p: v.sessions.compress(m.session.id, keep=1),
    "sessions.complete": lambda v, m, p: v.sessions.complete(m.session.id),
    "sessions.archive": lambda v, m, p: v.sessions.archive(m.session.id),
    "sessions.bind": lambda v, m, p: m.here.sessions.bind("another-name"),
    "conversations.start": lambda v, m, p: v.conversations.start("Paint"),
    "conversations.current": lambda v, m, p: v.conversations.current(),
    "conversations.close": lambda v, m, p: v.conversations.close(m.older.id, summary="All done."),
    "conversations.close_current": lambda v, m, p: v.conversations.close_current("Paint bought."),
    "messages.add": lambda v, m, p: v.messages.add("user", "Which paint?", external_id="m-2"),
    "messages.add_many": lambda v, m, p: v.messages.add_many([{"role": "assistant", "content": "The blue one."}]),
    "messages.exchange": lambda v, m, p: v.messages.exchange("And the floor?", "Oak."),
    "facts.set": lambda v, m, p: [v.facts.set("home_city", "Faro"), v.facts.set("preferred_language", "German")],
    "facts.revert": lambda v, m, p: v.facts.revert("home_city", 1),
    "notes.add": lambda v, m, p: v.notes.add("Never share the address."),
    "notes.update": lambda v, m, p: v.notes.update(m.note.id, text="The landlord likes loud people."),
    "notes.pin": lambda v, m, p: v.notes.pin(m.note.id),
    "notes.promote": lambda v, m, p: v.notes.promote(m.passing.id),
    "forget": lambda v, m, p: v.forget(m.pinned.id),
    "undelete": lambda v, m, p: v.undelete(m.pinned.id),
    "import_": lambda v, m, p: v.import_(_chat(p)),
    "used": lambda v, m, p: v.used([m.note, m.asked.id]),
    "conversations.close_idle": lambda v, m, p: v.conversations.close_idle(),
    "consolidate": lambda v, m, p: v.consolidate(force=True, retention=timedelta(days=1)),
    "preferences.set": lambda v, m, p: [v.preferences.set("likes_000", "the walnut"), v.preferences.set("likes_000", "tea")],
    "blocks.create": lambda v, m, p: v.blocks.create("other", "Hello", 1, overflow="archive"),
    "blocks.edit": lambda v, m, p: v.blocks.edit("persona", "I find houses.", "a change"),
    "blocks.append": lambda v, m, p: v.blocks.append("persona", "And gardens."),
    "blocks.replace": lambda v, m, p: v.blocks.replace("persona", "houses", "castles"),
    "blocks.insert": lambda v, m, p: v.blocks.insert("persona", 0, "Hear:"),
    "blocks.revert": lambda v, m, p: v.blocks.revert("persona", 1),
    "blocks.resize": lambda v, m, p: v.blocks.resize("persona", 2),
    "blocks.archive_overflow": lambda v, m, p: v.blocks.archive_overflow("persona"),
    "blocks.pin": lambda v, m, p: v.blocks.pin("persona"),
    "blocks.protect": lambda v, m, p: [v.blocks.protect("persona"), v.blocks.protect("persona", False)],
    "blocks.rename": lambda v, m, p: v.blocks.rename("persona", "self"),
    "entities.add": lambda v, m, p: v.entities.add(m.made["entities"].name, aliases=["nut"]),
    "links.add": lambda v, m, p: v.links.add(m.note, m.asked, "said_in"),
    "observations.add": lambda v, m, p: v.observations.add("The tap drips"),
    "decisions.record": lambda v, m, p: v.decisions.record("pay", None, "deny"),
    "outcomes.add": lambda v, m, p: v.outcomes.add(-1, "moving"),
    "lessons.learn": lambda v, m, p: [v.lessons.learn("Mind the walnut."), v.lessons.learn("Ask twice.")],
    "patterns.observe": lambda v, m, p: v.patterns.observe("workflow", "walnut first"),
    "limitations.report": lambda v, m, p: v.limitations.report("cannot see the walnut"),
    "limitations.resolve": lambda v, m, p: v.limitations.resolve(m.made["limitations"].id),
    "tasks.heartbeat": lambda v, m, p: v.tasks.heartbeat(m.claim.token),
    "tasks.complete": lambda v, m, p: v.tasks.complete(m.claim.token),
    "tasks.schedule": lambda v, m, p: v.tasks.schedule("Call the bank", EARLIER),
    "tasks.claim": lambda v, m, p: setattr(m, "claim", v.tasks.claim()[0]),
    "tasks.fail": lambda v, m, p: v.tasks.fail(m.claim.token, "closed"),
    "tasks.defer": lambda v, m, p: v.tasks.defer(m.made["tasks"].id, LATER),
    "tasks.edit": lambda v, m, p: v.tasks.edit(m.made["tasks"].id, description="Water it"),
    "tasks.cancel": lambda v, m, p: v.tasks.cancel(m.made["tasks"].id),
    "checkpoints.save": lambda v, m, p: v.checkpoints.save(m.made["checkpoints"].run, "drive", "pending"),
    "handoffs.offer": lambda v, m, p: v.handoffs.offer("cleaner", "Clean it"),
    "handoffs.accept": lambda v, m, p: v.handoffs.accept(m.made["handoffs"].id),
    "handoffs.decline": lambda v, m, p: v.handoffs.decline(m.spare["handoffs"].id),
    "interactions.start": lambda v, m, p: v.interactions.start("cook"),
    "interactions.finish": lambda v, m, p: v.interactions.finish(m.made["interactions"].id, "painted"),
    "routes.record": lambda v, m, p: v.routes.record("sell", "shop"),
    "usage.record": lambda v, m, p: v.usage.record("gpt-4o", 5),
    "metrics.record": lambda v, m, p: v.metrics.record("speed", 5),
    "audit.log": lambda v, m, p: v.audit.log("hm"),
    "lessons.decay": lambda v, m, p: v.lessons.decay(timedelta(hours=1)),
    "patterns.decay": lambda v, m, p: v.patterns.decay(timedelta(hours=1)),
    "preferences.decay": lambda v, m, p: v.preferences.decay(timedelta(hours=1)),
    "erase": lambda v, m, p: [v.erase(id=m.note.id), v.erase(session=m.session.id)],
}
# Of the aliases, which belong to the tenant, a user's twin shares them: they are written in the twins of two tenants only.
OF_THE_TENANT: dict[str, Verb] = {
    "aliases.add": lambda v, m, p: v.aliases.add("mira", "+351 555"),
    "aliases.revert": lambda v, m, p: [v.aliases.add("mira", "someone"), v.aliases.revert("mira", 1)],
    "aliases.delete": lambda v, m, p: v.aliases.delete("mira"),
    "aliases.undelete": lambda v, m, p: v.aliases.undelete("mira"),
    "aliases.clear": lambda v, m, p: v.aliases.clear(),
}


def _other(life: SimpleNamespace, kind: str) -> str:
    stands = {"messages": "answered", "sessions": "paused", "notes": "passing", **PER_KIND}
    return str(getattr(life, stands[kind]).id if kind in PER_KIND else life.spare[kind].id)


# A part first, then its whole: a link needs both its ends, a message its conversation, a run its task.
_parts = [name for name in [*MADE, "messages"] if KINDS[name].table.part_of]
for _name in dict.fromkeys(["links", *_parts, "conversations", "sessions", "facts", "notes", *MADE]):
    WRITING[f"{_name}.delete"] = lambda v, m, p, n=_name: getattr(v, n).delete(_other(m, n))
    WRITING[f"{_name}.undelete"] = lambda v, m, p, n=_name: getattr(v, n).undelete(_other(m, n))
    if issubclass(KINDS[_name], Register):
        WRITING.setdefault(f"{_name}.revert", lambda v, m, p, n=_name: _changed(v, m, n))
    if issubclass(KINDS[_name], Log):
        WRITING[f"{_name}.prune"] = lambda v, m, p, n=_name: getattr(v, n).prune(EARLIER)
    WRITING[f"{_name}.clear"] = lambda v, m, p, n=_name: getattr(v, n).clear()


def _changed(view: Any, life: SimpleNamespace, kind: str) -> None:
    """A second version, and back to the first."""
    change = {
        "preferences": lambda: view.preferences.set(life.spare[kind].key, "otherwise"),
        "entities": lambda: view.entities.add(life.spare[kind].name, attributes={"size": 2}),
        "checkpoints": lambda: view.checkpoints.save(life.spare[kind].run, "plan", "failed"),
    }[kind]
    assert change().version > 1
    getattr(view, kind).revert(life.spare[kind].id, 1)


ELSEWHERE = {
    "aliases.merge": "the administrator's, who stands above both twins: tests/kinds/test_aliases.py",
    "embed_pending": "these have no embedder: tests/recall/test_meaning.py",
    "backup": "of the whole file",
    "vacuum": "of the whole file",
    "sql": "of the whole file: tests/engines/test_raw.py",
    "audit.prune_before": "the administrator's: tests/kinds/test_audit.py",
    "audit.verify_chain": "of the whole tenant: tests/kinds/test_audit.py",
    "signals.search": "signals have no words",
    "sessions.search": "see test_every_kind.py",
    "aliases.search": "see test_every_kind.py",
}


def _chat(folder: Path) -> Path:
    path = folder / "chat.jsonl"
    path.write_text('{"id": "paint", "messages": [{"role": "user", "content": "Blue or green?"}, {"role": "assistant", "content": "Blue."}]}\n')
    return path


def _verbs(kinds: tuple[type, ...]) -> set[str]:
    found = {name for part in House.__mro__ for name, verb in part.__dict__.items() if isinstance(verb, kinds) and not name.startswith("_")}
    for kind, room in KINDS.items():
        for part in room.__mro__:
            found |= {f"{kind}.{name}" for name, verb in part.__dict__.items() if isinstance(verb, kinds) and not name.startswith("_")}
    return found


def answers(view: Any, life: SimpleNamespace, folder: Path) -> dict[str, str]:
    """What every reading verb says, to the byte."""
    return {name: repr(verb(view, life, folder)) for name, verb in READING.items()}


def differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def test_every_public_verb_takes_part() -> None:
    assert set(READING) | set(WRITING) | set(OF_THE_TENANT) | set(ELSEWHERE) == _verbs((operation, query, flow, stream))


def test_no_query_is_answered_otherwise_once_a_twin_user_is_there(memory: Any, clock: Any, tmp_path: Path) -> None:
    a = memory.scope(user="a")
    life = filled(a, clock)
    before = answers(a, life, tmp_path)
    filled(memory.scope(user="b"), _standing(clock))
    assert differing(before, answers(a, life, tmp_path)) == []


def test_no_query_is_answered_otherwise_once_a_twin_tenant_is_there(memory: Any, clock: Any, tmp_path: Path) -> None:
    a = memory.scope(tenant="a", user="mira")
    life = filled(a, clock)
    before = answers(a, life, tmp_path)
    filled(memory.scope(tenant="b", user="mira"), _standing(clock))
    assert differing(before, answers(a, life, tmp_path)) == []


def test_a_query_answers_the_same_twice(alice: Any, clock: Any, tmp_path: Path) -> None:
    life = filled(alice, clock)
    assert differing(answers(alice, life, tmp_path), answers(alice, life, tmp_path)) == []


def test_a_query_writes_nothing(face: str, alice: Any, clock: Any, tmp_path: Path) -> None:
    life = filled(alice, clock)
    before = written(tmp_path / "memory.db", face)
    assert len(before["changes"]) > 20
    for name, verb in READING.items():
        verb(alice, life, tmp_path)
        assert written(tmp_path / "memory.db", face) == before, name


def test_no_writing_verb_of_a_user_moves_its_twin(memory: Any, clock: Any, tmp_path: Path) -> None:
    a, b = memory.scope(user="a"), memory.scope(user="b")
    _moved_by(WRITING, a, b, clock, tmp_path)


def test_no_writing_verb_of_a_tenant_moves_its_twin(memory: Any, clock: Any, tmp_path: Path) -> None:
    a, b = memory.scope(tenant="a", user="mira"), memory.scope(tenant="b", user="mira")
    _moved_by(WRITING | OF_THE_TENANT, a, b, clock, tmp_path)


def test_erasing_a_user_leaves_its_twin_as_it_is(memory: Any, clock: Any, tmp_path: Path) -> None:
    a, b = memory.scope(user="a"), memory.scope(user="b")
    _moved_by({"erase": lambda v, m, p: v.erase(user="a")}, a, b, clock, tmp_path)


def test_erasing_a_tenant_leaves_its_twin_as_it_is(memory: Any, clock: Any, tmp_path: Path) -> None:
    a, b = memory.scope(tenant="a", user="mira"), memory.scope(tenant="b", user="mira")
    _moved_by({"erase": lambda v, m, p: memory.erase(tenant="a")}, a, b, clock, tmp_path)


def _moved_by(verbs: dict[str, Verb], a: Any, b: Any, clock: Any, folder: Path) -> None:
    life = filled(a, clock)
    other = filled(b, _standing(clock))
    mine, theirs = folder / "a.jsonl", folder / "b.jsonl"
    a.export(mine)
    b.export(theirs)
    mine_before, theirs_before = mine.read_bytes(), theirs.read_bytes()
    seen_before = repr([b.recall("flat in Lisbon"), b.context("flat in Lisbon"), b.profile()])
    assert theirs_before.count(b"\n") > 20
    for name, verb in verbs.items():
        verb(a, life, folder)
        b.export(theirs)
        assert theirs.read_bytes() == theirs_before, name
    a.export(mine)
    assert mine.read_bytes() != mine_before
    assert b.get(other.note.id) == other.note
    assert repr([b.recall("flat in Lisbon"), b.context("flat in Lisbon"), b.profile()]) == seen_before
    assert a.verify() == []
    assert b.verify() == []


def _standing(clock: Any) -> Any:
    """The clock that the second life is lived by: it begins where the first began, and afterwards stands where that one ended."""

    class Standing:
        def advance(self, delta: timedelta) -> None:
            clock.advance(delta - timedelta(hours=3))

    return Standing()
