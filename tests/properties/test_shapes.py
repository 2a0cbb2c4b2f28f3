"""Each shape against a model in plain Python: whatever is called in whatever order, after a crash and a reopening too."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from recollect import Conflict, Memory
from recollect.testing import FrozenClock

pytestmark = pytest.mark.promise("writes")

KEYS, VALUES, PROJECTS = st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y", "z"]), st.sampled_from(["", "atlas"])
MINUTE = timedelta(minutes=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Machine(RuleBasedStateMachine):
    """A memory in a file that can crash: its files as they are on the disk are all that the next opening has."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="recollect-shapes-"))
        self.clock = FrozenClock(datetime(2025, 1, 1, tzinfo=UTC))
        self.number = 0
        self.memory = self._open()

    def _open(self) -> Memory:
        return Memory(self.folder / f"{self.number}.db", clock=self.clock, durability="normal")

    @rule()
    def reopen(self) -> None:
        self.memory.close()
        self.memory = self._open()

    @rule()
    def crash(self) -> None:
        for end in ("", "-wal"):
            here = self.folder / f"{self.number}.db{end}"
            if here.exists():
                shutil.copyfile(here, self.folder / f"{self.number + 1}.db{end}")
                (self.folder / f"{self.number + 1}.db{end}").chmod(0o600)
        self.memory.close()
        self.number += 1
        self.memory = self._open()

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes * MINUTE)

    def view(self, project: str = "") -> Any:
        return self.memory.scope(user="alice", **({"project": project} if project else {}))

    def teardown(self) -> None:
        if hasattr(self, "memory"):
            assert self.memory.verify() == []
            self.memory.close()
            shutil.rmtree(self.folder)


class Registers(Machine):
    """Facts in a project and outside of any."""

    @initialize()
    def model(self) -> None:
        self.held: dict[tuple[str, str], list[str | None]] = {}  # by project and key: every version, None being deleted

    def _meant(self, project: str, key: str) -> tuple[str, str] | None:
        """Which record a scope gets."""
        levels = [(project, key), ("", key)]
        return next((level for level in levels if self.held.get(level, [None])[-1] is not None), None)

    @rule(project=PROJECTS, key=KEYS, value=VALUES)
    def set(self, project: str, key: str, value: str) -> None:
        fact = self.view(project).facts.set(key, value)
        versions = self.held.setdefault((project, key), [])
        if not versions or versions[-1] != value:
            versions.append(value)
        assert (fact.value, fact.version, fact.project) == (value, len(versions), project)

    @rule(project=PROJECTS, key=KEYS)
    def delete(self, project: str, key: str) -> None:
        meant = self._meant(project, key)
        assert self.view(project).facts.delete(key) is (meant is not None)
        if meant is not None:
            self.held[meant].append(None)

    @rule(project=PROJECTS, key=KEYS, version=st.integers(1, 4))
    def revert(self, project: str, key: str, version: int) -> None:
        meant = self._meant(project, key)
        if meant is None or version >= len(self.held[meant]):
            return
        earlier = self.held[meant][version - 1] or next(value for value in reversed(self.held[meant][: version - 1]) if value)
        if earlier != self.held[meant][-1]:
            assert self.view(project).facts.revert(key, version).value == earlier
            self.held[meant].append(earlier)

    @invariant()
    def is_as_the_model_says(self) -> None:
        for project in ("", "atlas"):
            facts = self.view(project).facts
            shown = {}
            for key in "abc":
                meant = self._meant(project, key)
                found = facts.get(key)
                assert (found.value if found else None) == (self.held[meant][-1] if meant else None)
                if meant:
                    shown[key] = self.held[meant][-1]
                    assert [old.version for old in facts.history(key)] == list(range(len(self.held[meant]), 0, -1))
            assert {fact.key: fact.value for fact in facts.list()} == shown
            assert {hit.record.key for hit in self.view(project).recall("a b c x y z", kinds=["facts"])} == set(shown)


class Beliefs(Machine):
    """Notes: the same text is the same note."""

    @initialize()
    def model(self) -> None:
        self.notes: dict[str, dict[str, Any]] = {}  # by id: text, reinforced, deleted

    def _live(self, text: str) -> str | None:
        return next((id for id, note in self.notes.items() if note["text"] == text and not note["deleted"]), None)

    def _some(self, n: int) -> str | None:
        return sorted(self.notes)[n % len(self.notes)] if self.notes else None

    @rule(text=VALUES)
    def add(self, text: str) -> None:
        known = self._live(text)
        note = self.view().notes.add(text)
        if known is None:
            assert note.id not in self.notes
            self.notes[note.id] = {"text": text, "reinforced": 0, "deleted": False}
        else:
            self.notes[known]["reinforced"] += 1
        assert (note.id, note.reinforced) == (known or note.id, self.notes[note.id]["reinforced"])

    @rule(n=st.integers(0, 20), text=VALUES)
    def update(self, n: int, text: str) -> None:
        id = self._some(n)
        if id is None or self.notes[id]["deleted"]:
            return
        if self._live(text) not in (None, id):
            with pytest.raises(Conflict):
                self.view().notes.update(id, text=text)
        else:
            self.view().notes.update(id, text=text)
            self.notes[id]["text"] = text

    @rule(n=st.integers(0, 20))
    def delete(self, n: int) -> None:
        id = self._some(n)
        if id is not None:
            assert self.view().notes.delete(id) is not self.notes[id]["deleted"]
            self.notes[id]["deleted"] = True

    @rule(n=st.integers(0, 20))
    def undelete(self, n: int) -> None:
        id = self._some(n)
        if id is None or not self.notes[id]["deleted"]:
            return
        if self._live(self.notes[id]["text"]) is not None:
            with pytest.raises(Conflict):
                self.view().notes.undelete(id)
        else:
            assert self.view().notes.undelete(id)
            self.notes[id]["deleted"] = False

    @invariant()
    def is_as_the_model_says(self) -> None:
        live = {id: note["text"] for id, note in self.notes.items() if not note["deleted"]}
        assert {note.id: note.text for note in self.view().notes.list()} == live
        assert {hit.id for hit in self.view().recall("x y z")} == set(live)


@dataclass
class Job:
    """A task as the model has it."""

    status: str = "pending"
    run_at: datetime = LONG_AGO
    token: str | None = None
    lease_until: datetime | None = None
    attempts: int = 0
    spent: list[str] = field(default_factory=list)


class Lifecycles(Machine):
    """Tasks: claims, leases, retries; what is over stays over."""

    @initialize()
    def model(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.count = 0

    def _due(self) -> list[str]:
        now = self.clock()
        free = {
            id: job for id, job in self.jobs.items()
            if job.run_at <= now and (job.status == "pending" or (job.status == "claimed" and (job.lease_until or now) <= now))
        }  # fmt: skip
        return sorted(free, key=lambda id: (free[id].run_at, list(self.jobs).index(id)))

    def _token(self, n: int) -> tuple[str, str] | None:
        tokens = [(id, token) for id, job in self.jobs.items() for token in [*job.spent, *([job.token] if job.token else [])]]
        return tokens[n % len(tokens)] if tokens else None

    @rule(minutes=st.integers(-10, 10))
    def schedule(self, minutes: int) -> None:
        self.count += 1
        due = self.clock() + minutes * MINUTE
        task = self.view().tasks.schedule(f"task {self.count}", due)
        self.jobs[task.id] = Job(run_at=due)

    @rule(limit=st.integers(0, 3))
    def claim(self, limit: int) -> None:
        expected = self._due()[:limit]
        claims = self.view().tasks.claim(limit, 15 * MINUTE)
        assert [claim.task.id for claim in claims] == expected
        for claim in claims:
            job = self.jobs[claim.task.id]
            job.spent += [job.token] if job.token else []
            job.status, job.token, job.lease_until = "claimed", claim.token, self.clock() + 15 * MINUTE

    @rule(n=st.integers(0, 30), how=st.sampled_from(["heartbeat", "complete", "fail"]))
    def answer(self, n: int, how: str) -> None:
        known = self._token(n)
        if known is None:
            return
        id, token = known
        job, tasks = self.jobs[id], self.view().tasks
        calls = {
            "heartbeat": lambda: tasks.heartbeat(token, 15 * MINUTE),
            "complete": lambda: tasks.complete(token),
            "fail": lambda: tasks.fail(token, "no", 2),
        }
        call = calls[how]
        if job.status != "claimed" or token != job.token:
            with pytest.raises(Conflict):
                call()
            return
        call()
        if how == "heartbeat":
            job.lease_until = self.clock() + 15 * MINUTE
            return
        job.spent.append(token)
        job.token = job.lease_until = None
        if how == "complete":
            job.status = "done"
            return
        job.attempts += 1
        job.status = "pending" if job.attempts < 2 else "failed"
        job.run_at = self.clock() + 2 * MINUTE if job.status == "pending" else job.run_at

    @precondition(lambda self: self.jobs)
    @rule(n=st.integers(0, 30))
    def cancel(self, n: int) -> None:
        id = list(self.jobs)[n % len(self.jobs)]
        job = self.jobs[id]
        if job.status == "done":
            with pytest.raises(Conflict):
                self.view().tasks.cancel(id)
            return
        assert self.view().tasks.cancel(id).status == "cancelled"
        job.spent += [job.token] if job.token else []
        job.status, job.token = "cancelled", None

    @invariant()
    def is_as_the_model_says(self) -> None:
        assert {task.id: task.status for task in self.view().tasks.list(limit=1000)} == {id: job.status for id, job in self.jobs.items()}
        assert [task.id for task in self.view().tasks.due()] == self._due()


class Logs(Machine):
    """Outcomes: kept as they happened, in the order of time and of writing."""

    @initialize()
    def model(self) -> None:
        self.kept: list[tuple[str, datetime, bool]] = []  # id, when, deleted

    def _live(self) -> list[str]:
        live = [(at, place, id) for place, (id, at, deleted) in enumerate(self.kept) if not deleted]
        return [id for _, _, id in sorted(live)]

    @rule(minutes=st.integers(-60, 0), score=st.sampled_from([-1, 0, 1]))
    def add(self, minutes: int, score: int) -> None:
        at = self.clock() + minutes * MINUTE
        outcome = self.view().outcomes.add(score, "code", at=at)
        assert (outcome.score, outcome.created_at) == (score, at)
        self.kept.append((outcome.id, at, False))

    @rule(minutes=st.integers(0, 90))
    def prune(self, minutes: int) -> None:
        before = self.clock() - minutes * MINUTE
        old = {id for id, at, deleted in self.kept if at < before and not deleted}
        assert self.view().outcomes.prune(before) == len(old)
        self.kept = [(id, at, deleted or id in old) for id, at, deleted in self.kept]

    @precondition(lambda self: self.kept)
    @rule(n=st.integers(0, 30), back=st.booleans())
    def delete_or_undelete(self, n: int, back: bool) -> None:
        place = n % len(self.kept)
        id, at, deleted = self.kept[place]
        outcomes = self.view().outcomes
        assert (outcomes.undelete(id) if back else outcomes.delete(id)) is (deleted if back else not deleted)
        self.kept[place] = (id, at, not back)

    @rule(minutes=st.integers(0, 60))
    def between(self, minutes: int) -> None:
        since = self.clock() - minutes * MINUTE
        times = {id: at for id, at, _ in self.kept}
        found = self.view().outcomes.between(since, self.clock())
        assert [one.id for one in found] == [id for id in self._live() if since <= times[id] < self.clock()]

    @invariant()
    def is_as_the_model_says(self) -> None:
        assert [one.id for one in self.view().outcomes.list(limit=1000)] == self._live()[::-1]
        assert self.view().outcomes.count() == len(self._live())


STEPS = settings(max_examples=25, stateful_step_count=30, deadline=None)


def case_of(machine: type[Machine]) -> Any:
    machine.TestCase.settings = STEPS
    return machine.TestCase


TestRegisters, TestBeliefs, TestLifecycles, TestLogs = map(case_of, (Registers, Beliefs, Lifecycles, Logs))
