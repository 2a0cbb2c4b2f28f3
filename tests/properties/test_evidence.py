"""Lessons, patterns and preferences against a plain model of them: whatever is called in whatever order, both say the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from recollect import Conflict
from recollect.kinds import lessons as lessons_kind
from recollect.testing import FrozenClock, temp_memory

HOUR = timedelta(hours=1)
LEVELS = ("", "atlas")
KINDS = ("lessons", "patterns", "preferences")
ROOM = 2  # lessons of a domain, so that one has to go now and then

levels = st.sampled_from(LEVELS)
shares = st.sampled_from([0.0, 0.1, 0.35, 0.5, 0.9, 1.0])
likes = st.sampled_from(["dark", "light", 0, False])
rules = st.sampled_from([("run", "Run the tests"), ("run", "run test!"), ("ask", "Ask first"), ("stop", "Do not stop"), ("stop", "do not stop.")])


@dataclass
class Known:
    """What the model knows of one record."""

    id: str
    level: str
    saying: Any
    confidence: float
    seen_at: datetime
    place: int
    value: Any = None
    seen: int = 1
    version: int = 1
    deleted: bool = False
    strength: float = field(init=False)

    def __post_init__(self) -> None:
        self.strength = self.confidence

    def again(self, now: datetime, confidence: float | None = None) -> None:
        step = 0.1 if self.seen < 5 else 0.05 if self.seen < 10 else 0.02 if self.seen < 50 else 0.01
        more = max(self.confidence, min(0.99, round(self.confidence + step, 6)))
        self.confidence = self.strength = more if confidence is None else confidence
        self.seen, self.seen_at = self.seen + 1, now

    def anew(self, now: datetime, value: Any, confidence: float) -> None:
        self.value, self.confidence, self.strength, self.seen, self.seen_at = value, confidence, confidence, 1, now
        self.deleted, self.version = False, self.version + 1

    def fade(self, now: datetime, half_life: timedelta) -> bool:
        before = self.confidence
        self.confidence = round(self.strength * 0.5 ** (max(now - self.seen_at, timedelta(0)) / half_life), 4)
        return self.confidence != before

    def flip(self) -> None:
        self.deleted, self.version = not self.deleted, self.version + 1

    def told(self) -> tuple[Any, ...]:
        return self.id, self.level, self.value, self.confidence, self.strength, self.seen, self.seen_at, self.version


def told(record: Any) -> tuple[Any, ...]:
    value = getattr(record, "value", None)
    return record.id, record.project, value, record.confidence, record.strength, record.seen, record.seen_at, record.version


class Evidence(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.clock = FrozenClock(datetime(2025, 3, 1, 12, tzinfo=UTC))
        self.opening = temp_memory(clock=self.clock, durability="normal")
        self.memory = self.opening.__enter__()
        alice = self.memory.scope(user="alice")
        self.views = {"": alice, "atlas": alice.scope(project="atlas")}
        self.known: dict[str, list[Known]] = {kind: [] for kind in KINDS}

    def live(self, kind: str, level: str, saying: Any) -> Known | None:
        found = [one for one in self.known[kind] if (one.level, one.saying, one.deleted) == (level, saying, False)]
        assert len(found) <= 1
        return found[0] if found else None

    def seen_from(self, kind: str, level: str) -> list[Known]:
        """The general ones and the level's own; of a preference's levels only the level's own."""
        some = [one for one in self.known[kind] if not one.deleted and one.level in ("", level)]
        if kind != "preferences":
            return some
        own = {one.saying for one in some if one.level == level}
        return [one for one in some if one.level == level or one.saying not in own]

    def added(self, kind: str, record: Any, level: str, saying: Any, confidence: float, value: Any = None) -> None:
        place = sum(map(len, self.known.values()))
        self.known[kind].append(Known(record.id, level, saying, confidence, self.clock(), place, value))

    @rule(level=levels, said=rules, domain=st.sampled_from(["code", "Code"]), confidence=shares)
    def learn(self, level: str, said: tuple[str, str], domain: str, confidence: float) -> None:
        record = self.views[level].lessons.learn(said[1], domain, confidence=confidence)
        known = self.live("lessons", level, (domain, said[0]))
        if known is not None:
            return known.again(self.clock())
        others = [one for one in self.known["lessons"] if (one.level, one.saying[0], one.deleted) == (level, domain, False)]
        others.sort(key=lambda one: (one.confidence, one.seen, one.seen_at, one.place), reverse=True)
        for weak in others[ROOM - 1 :]:
            weak.flip()
        return self.added("lessons", record, level, (domain, said[0]), confidence)

    @rule(level=levels, said=rules, value=st.sampled_from([None, "x", 1, ["x"]]), confidence=shares)
    def observe(self, level: str, said: tuple[str, str], value: Any, confidence: float) -> None:
        record = self.views[level].patterns.observe("workflow", said[1], value, confidence=confidence)
        known = self.live("patterns", level, said[0])
        if known is None:
            return self.added("patterns", record, level, said[0], confidence, value)
        if value is not None and value != known.value:
            known.value, known.version = value, known.version + 1
        return known.again(self.clock())

    @rule(level=levels, key=st.sampled_from(["theme", "Theme", "font"]), value=likes, confidence=st.none() | shares)
    def prefer(self, level: str, key: str, value: Any, confidence: float | None) -> None:
        self.clock.advance(timedelta(microseconds=1))
        record = self.views[level].preferences.set(key, value, confidence)
        known = next((one for one in self.known["preferences"] if (one.level, one.saying) == (level, key)), None)
        if known is None:
            self.added("preferences", record, level, key, 1.0 if confidence is None else confidence, value)
        elif not known.deleted and repr(known.value) == repr(value):
            known.again(self.clock(), confidence)
        else:
            known.anew(self.clock(), value, 1.0 if confidence is None else confidence)

    @rule(kind=st.sampled_from(KINDS), level=levels, days=st.sampled_from([1, 90]))
    def decay(self, kind: str, level: str, days: int) -> None:
        half_life = timedelta(days=days)
        changed = getattr(self.views[level], kind).decay(half_life)
        assert changed == sum([one.fade(self.clock(), half_life) for one in self.seen_from(kind, level)])
        assert getattr(self.views[level], kind).decay(half_life) == 0

    @rule(kind=st.sampled_from(KINDS), place=st.integers(0, 20))
    def delete(self, kind: str, place: int) -> None:
        if not self.known[kind]:
            return
        one = self.known[kind][place % len(self.known[kind])]
        assert getattr(self.views[one.level], kind).delete(one.id) is not one.deleted
        if not one.deleted:
            one.flip()

    @rule(kind=st.sampled_from(KINDS), place=st.integers(0, 20))
    def undelete(self, kind: str, place: int) -> None:
        if not self.known[kind]:
            return
        one = self.known[kind][place % len(self.known[kind])]
        room = getattr(self.views[one.level], kind)
        if one.deleted and self.live(kind, one.level, one.saying) is not None:
            with pytest.raises(Conflict):
                room.undelete(one.id)
            return
        assert room.undelete(one.id) is one.deleted
        if one.deleted:
            one.flip()

    @rule(hours=st.sampled_from([0.5, 24, 24 * 90, -5]))
    def wait(self, hours: float) -> None:
        """The clock of a machine is set back now and then, too."""
        self.clock.advance(hours * HOUR)

    @invariant()
    def both_say_the_same(self) -> None:
        for kind in KINDS:
            for level, view in self.views.items():
                stored = sorted(map(told, getattr(view, kind).list(limit=1000)), key=repr)
                assert stored == sorted((one.told() for one in self.seen_from(kind, level)), key=repr)

    @invariant()
    def the_most_valuable_lesson_comes_first(self) -> None:
        for level, view in self.views.items():
            expected = self.seen_from("lessons", level)
            expected.sort(key=lambda one: (one.level == "atlas", one.confidence, one.seen, one.seen_at, one.place), reverse=True)
            assert [lesson.id for lesson in view.lessons.top(1000)] == [one.id for one in expected]

    def teardown(self) -> None:
        try:
            for kind in KINDS:
                for one in self.known[kind]:
                    versions = [old.version for old in getattr(self.views[one.level], kind).history(one.id)]
                    assert versions == list(range(one.version, 0, -1))
            assert self.memory.verify() == []
        finally:
            self.opening.__exit__(None, None, None)


def test_what_is_learned_observed_and_preferred_is_what_a_plain_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons_kind, "MOST", ROOM)
    run_state_machine_as_test(Evidence, settings=settings(max_examples=40, stateful_step_count=30))
