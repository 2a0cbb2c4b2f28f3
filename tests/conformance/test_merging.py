"""Merging an alias moves records of every kind to the user it stands for, and folds what both have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from samples import SAMPLES, Sample

from recollect.kinds import KINDS
from recollect.shapes.register import Register

OF_A_USER = [each for each in SAMPLES.values() if not each.tenant_wide]


@pytest.fixture(params=OF_A_USER, ids=lambda each: each.name)
def sample(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_what_the_alias_held_is_the_users(memory: Any, sample: Sample) -> None:
    old, user = memory.scope(user="+351"), memory.scope(user="mira")
    records = [sample.make(old, n) for n in range(2)]
    memory.aliases.add("+351", "mira")
    assert memory.aliases.merge("+351") >= 2
    assert [getattr(old, sample.name).count(), getattr(user, sample.name).count()] == [0, 2]
    for record in records:
        assert getattr(user, sample.name).get(record.id).created_at == record.created_at
    assert memory.verify() == []


def test_what_both_have_is_one_afterwards(memory: Any, clock: Any, sample: Sample) -> None:
    old, user = memory.scope(user="+351"), memory.scope(user="mira")
    sample.make(old, 1)
    clock.advance(timedelta(hours=1))
    kept = sample.make(user, 1)
    memory.aliases.add("+351", "mira")
    memory.aliases.merge("+351")
    one_each = issubclass(KINDS[sample.name], Register) or KINDS[sample.name].table.derived
    if one_each and sample.name != "links":  # those connect other records
        assert [one.id for one in getattr(user, sample.name).list()] == [kept.id]
    assert getattr(user, sample.name).get(kept.id) is not None
    assert memory.verify() == []


def test_erasing_a_merged_user_leaves_a_sound_memory_and_names_what_is_under_the_alias(memory: Any, clock: Any, sample: Sample) -> None:
    old, user = memory.scope(user="+351"), memory.scope(user="mira")
    sample.make(old, 1)
    clock.advance(timedelta(hours=1))
    sample.make(user, 1)
    memory.aliases.add("+351", "mira")
    memory.aliases.merge("+351")
    report = memory.erase(user="mira")
    assert "what is stored under the alias '+351'" in report.remaining
    assert memory.verify() == []
    assert getattr(memory, sample.name).count() == 0
    memory.erase(user="+351")
    assert memory.verify() == []
