"""What every kind of memory promises, over all kinds of the registry. Special verbs have their tests in tests/kinds."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from samples import SAMPLES, Sample, word

from recollect import Invalid, NotFound, Record
from recollect.kinds import KINDS

UNKNOWN = "0195aaaa-0000-7000-8000-000000000000"
NO_IDS = [UNKNOWN, "", "nothing", "%", "_", "*", "'; drop table notes; --", "\0", "\ud800", "x" * 10_000, "🦜"]

# Made of what other systems trip over: wildcards, quotes, paths, other scripts, one letter more or less, another case.
PARTS = ["%", "_", "*", "al%", "al_ce", "Alice", "alice ", "alic", "O'Brien", 'say "hi"', "a\\b", "a/b", "ä", "a\u0308", "愛", "🦜", "x" * 255]


@pytest.fixture(params=list(SAMPLES))
def sample(request: pytest.FixtureRequest) -> Sample:
    return SAMPLES[request.param]


def over(condition: Callable[[Sample], bool]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", [pytest.param(each, id=each.name) for each in SAMPLES.values() if condition(each)])


not_of_the_tenant = over(lambda sample: not sample.tenant_wide)
knowledge = over(lambda sample: sample.knowledge)
what_happened = over(lambda sample: not sample.knowledge and not sample.tenant_wide)
versioned = over(lambda sample: sample.versioned)
versioned_of_a_user = over(lambda sample: sample.versioned and not sample.tenant_wide)
indexed = over(lambda sample: KINDS[sample.name].table.text is not None)


def room(view: Any, sample: Sample) -> Any:
    return getattr(view, sample.name)


def made(view: Any, sample: Sample, many: int) -> list[Any]:
    return [sample.make(view, n) for n in range(many)]


def ids(records: Any) -> list[str]:
    return [record.id for record in records]


def test_every_kind_of_the_registry_is_tested_here() -> None:
    assert set(SAMPLES) == set(KINDS)


# reading what was written


def test_get_returns_what_was_written(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert room(alice, sample).get(sample.handle(record)) == record
    assert room(alice, sample).get(record.id) == record


def test_need_returns_the_record(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert room(alice, sample).need(sample.handle(record)) == record


def test_any_record_is_found_by_its_id_from_the_memory_itself(alice: Any, sample: Sample) -> None:
    first, second = made(alice, sample, 2)
    assert alice.get(first.id) == first
    assert alice.get_many([second.id, UNKNOWN, first.id]) == [second, None, first]


def test_the_last_part_of_an_id_is_the_id(alice: Any, sample: Sample) -> None:
    first, second = made(alice, sample, 2)
    kind = room(alice, sample)
    assert kind.get(first.id[-8:]) == kind.get(first.id[-8:].upper()) == alice.get(first.id[-8:]) == first
    pages = {"before": second.id[-8:]} if sample.order == "chat" else {"after": second.id[-8:]}
    whole = dict.fromkeys(pages, second.id)
    assert kind.list(**pages) == kind.list(**whole)
    assert kind.delete(first.id[-8:]) is True and alice.undelete(first.id[-8:]) is True
    if sample.versioned:
        assert kind.history(first.id[-8:]) == kind.history(first.id) != []
    changes = alice.audit.changes(first.id)
    assert alice.audit.changes(first.id[-8:]) == changes and bool(changes) is not sample.tenant_wide


@not_of_the_tenant
def test_an_id_finds_what_a_project_or_an_agent_holds(memory: Any, alice: Any, sample: Sample) -> None:
    record = sample.make(alice.scope(project="atlas", agent="coder"), 0)
    for view in (memory, alice, alice.scope(project="atlas"), alice.scope(agent="coder")):
        assert view.get(record.id) == record
        assert view.get_many([record.id]) == [record]
    assert memory.scope(user="bob").get(record.id) is None
    if not sample.all_agents:
        assert alice.scope(agent="writer").get(record.id) is None
    assert alice.scope(project="zephyr").forget(record.id) is False
    assert alice.forget(record.id) is True and alice.get(record.id) is None and alice.undelete(record.id) is True


def test_two_different_records_have_different_ids(alice: Any, sample: Sample) -> None:
    first, second = made(alice, sample, 2)
    assert first.id != second.id


def test_an_unknown_id_is_none_to_get(alice: Any, sample: Sample) -> None:
    sample.make(alice, 0)
    for id in NO_IDS:
        assert room(alice, sample).get(id) is None, id
        assert alice.get(id) is None, id


def test_an_unknown_id_is_not_found_to_need_and_the_message_names_it(alice: Any, sample: Sample) -> None:
    with pytest.raises(NotFound, match=UNKNOWN):
        room(alice, sample).need(UNKNOWN)


def test_an_unknown_id_is_false_to_delete_and_undelete(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert room(alice, sample).delete(UNKNOWN) is False
    assert room(alice, sample).undelete(UNKNOWN) is False
    assert room(alice, sample).undelete(record.id) is False
    assert alice.forget(UNKNOWN) is False
    assert alice.undelete(UNKNOWN) is False
    assert room(alice, sample).get(record.id) == record


def test_an_id_in_capitals_is_the_same_id(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert room(alice, sample).get(record.id.upper()) == record


# the shape of records


def test_ids_are_canonical_uuids_of_version_seven(alice: Any, sample: Sample) -> None:
    for record in made(alice, sample, 3):
        parsed = uuid.UUID(record.id)
        assert str(parsed) == record.id
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


def test_an_id_begins_with_the_time_of_its_making(alice: Any, sample: Sample, clock: Any) -> None:
    record = sample.make(alice, 0)
    assert int(record.id.replace("-", "")[:12], 16) == int(clock().timestamp() * 1000)


@pytest.mark.promise("time")
def test_times_are_aware_utc_to_the_microsecond(alice: Any, sample: Sample, clock: Any) -> None:
    clock.advance(timedelta(microseconds=123_457))
    record = sample.make(alice, 0)
    assert record.created_at == clock()
    assert record.created_at.tzinfo is UTC
    assert record.created_at.microsecond == 123_457
    assert record.updated_at.tzinfo is UTC
    assert room(alice, sample).get(record.id).created_at == record.created_at


def test_a_record_is_a_frozen_dataclass(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert isinstance(record, Record)
    assert dataclasses.is_dataclass(record)
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.id = UNKNOWN


def test_a_record_knows_where_it_was_written(memory: Any, sample: Sample) -> None:
    view = memory.scope(tenant="acme", user="alice", agent="scout", project="atlas", channel="mail", session="s-1")
    record = sample.make(view, 0)
    expected = ("acme", "", "", "", "", "") if sample.tenant_wide else ("acme", "alice", "scout", "atlas", "mail", "s-1")
    assert record.scope.values() == expected


# lists and pages


def test_list_has_everything_in_the_order_of_its_kind(alice: Any, sample: Sample) -> None:
    records = made(alice, sample, 5)
    assert room(alice, sample).list() == sample.listed(records)


@pytest.mark.promise("time")
def test_equal_times_are_ordered_by_writing_never_by_id(alice: Any, sample: Sample) -> None:
    """Defect 1 of kernex: history came reversed inside one second."""
    records = made(alice, sample, 30)
    assert len({record.created_at for record in records}) == 1
    assert ids(room(alice, sample).list()) == ids(sample.listed(records))


@pytest.mark.promise("time")
def test_later_times_come_later_whatever_the_order_of_writing(alice: Any, sample: Sample, clock: Any) -> None:
    """Time orders, and only a tie goes by the order of writing: a clock that was set back is believed."""
    later = sample.make(alice, 0)
    clock.advance(timedelta(hours=-1))
    earlier = sample.make(alice, 1)
    expected = [later, earlier] if sample.order == "key" else sample.listed([earlier, later])
    assert ids(room(alice, sample).list()) == ids(expected)


def test_list_gives_at_most_the_limit(alice: Any, sample: Sample) -> None:
    records = made(alice, sample, 5)
    shown = sample.listed(records)
    expected = shown[-2:] if sample.order == "chat" else shown[:2]
    assert ids(room(alice, sample).list(limit=2)) == ids(expected)
    assert room(alice, sample).list(limit=0) == []


def test_a_limit_that_is_no_count_is_invalid(alice: Any, sample: Sample) -> None:
    for limit in (-1, True, 2.5, "10", None):
        with pytest.raises(Invalid, match="limit"):
            room(alice, sample).list(limit=limit)


def test_a_limit_larger_than_any_table_means_everything(alice: Any, sample: Sample) -> None:
    records = made(alice, sample, 2)
    assert len(room(alice, sample).list(limit=10**20)) == len(records)


def test_pages_join_without_a_gap_and_without_a_repeat(alice: Any, sample: Sample) -> None:
    made(alice, sample, 7)
    whole = room(alice, sample).list()
    pages: list[Any] = []
    if sample.order == "chat":
        place = None
        while page := room(alice, sample).list(limit=3, before=place):
            pages = page + pages
            place = page[0].id
    else:
        place = None
        while page := room(alice, sample).list(limit=3, after=place):
            pages += page
            place = page[-1].id
    assert ids(pages) == ids(whole)


def test_a_page_goes_on_after_a_record_that_was_deleted_meanwhile(alice: Any, sample: Sample) -> None:
    made(alice, sample, 5)
    whole = room(alice, sample).list()
    turn = "before" if sample.order == "chat" else "after"
    at = whole[-2] if sample.order == "chat" else whole[1]
    room(alice, sample).delete(at.id)
    assert ids(room(alice, sample).list(**{turn: at.id})) == ids(whole[:3] if sample.order == "chat" else whole[2:])


def test_a_page_after_an_unknown_id_is_not_found(alice: Any, sample: Sample) -> None:
    made(alice, sample, 2)
    turn = "before" if sample.order == "chat" else "after"
    with pytest.raises(NotFound, match=UNKNOWN):
        room(alice, sample).list(**{turn: UNKNOWN})


def test_iterate_gives_each_record_once_over_all_pages(alice: Any, sample: Sample, monkeypatch: Any) -> None:
    monkeypatch.setattr("recollect.shapes.collection.PAGE", 3)
    monkeypatch.setattr("recollect.shapes.turns.PAGE", 3)
    records = made(alice, sample, 7)
    assert ids(room(alice, sample).iterate()) == ids(sample.listed(records))


def test_count_says_how_many_there_are(alice: Any, sample: Sample) -> None:
    assert room(alice, sample).count() == 0
    records = made(alice, sample, 4)
    assert room(alice, sample).count() == 4
    room(alice, sample).delete(records[0].id)
    assert room(alice, sample).count() == 3


@indexed
def test_search_finds_the_record_by_its_word(alice: Any, sample: Sample) -> None:
    records = made(alice, sample, 6)
    assert ids(room(alice, sample).search(word(3)))[:1] == [records[3].id]


@indexed
def test_search_gives_at_most_the_limit_and_ten_by_default(alice: Any, sample: Sample) -> None:
    for n in range(12):
        sample.make(alice, n)
    every = " ".join(map(word, range(12)))
    assert len(room(alice, sample).search(every)) == 10
    assert len(room(alice, sample).search(every, limit=3)) == 3


def test_a_kind_without_words_says_that_it_cannot_be_searched(alice: Any) -> None:
    with pytest.raises(Invalid, match="kinds must be among"):
        alice.signals.search("walnut")


# deleting


def test_delete_says_whether_something_was_deleted(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert room(alice, sample).delete(sample.handle(record)) is True
    assert room(alice, sample).delete(sample.handle(record)) is False


@pytest.mark.promise("forgetting")
def test_a_deleted_record_is_not_seen_anywhere(alice: Any, sample: Sample) -> None:
    record, other = made(alice, sample, 2)
    room(alice, sample).delete(record.id)
    assert room(alice, sample).get(sample.handle(record)) is None
    assert alice.get(record.id) is None
    assert ids(room(alice, sample).list()) == [other.id]
    assert ids(room(alice, sample).iterate()) == [other.id]
    assert room(alice, sample).count() == 1
    assert record.id not in [hit.id for hit in alice.recall(word(0))]


@pytest.mark.promise("forgetting")
def test_undelete_brings_the_record_back_as_it_was(alice: Any, sample: Sample) -> None:
    record, other = made(alice, sample, 2)
    room(alice, sample).delete(record.id)
    assert room(alice, sample).undelete(record.id) is True
    back = room(alice, sample).get(sample.handle(record))
    kept = {"deleted_at", "updated_at", "version"}
    for field in dataclasses.fields(record):
        if field.name not in kept:
            assert getattr(back, field.name) == getattr(record, field.name), field.name
    assert back.deleted_at is None
    assert ids(room(alice, sample).list()) == ids(sample.listed([record, other]))


@pytest.mark.promise("forgetting")
@indexed
def test_undelete_makes_the_record_findable_again_and_the_index_stays_sound(alice: Any, memory: Any, sample: Sample) -> None:
    """Defect 4 of kernex: undelete corrupted the text index."""
    record = sample.make(alice, 0)
    for _ in range(3):
        room(alice, sample).delete(record.id)
        assert alice.recall(word(0), kinds=[sample.name]) == []
        room(alice, sample).undelete(record.id)
        assert [hit.id for hit in alice.recall(word(0), kinds=[sample.name])] == [record.id]
    assert memory.verify() == []


def test_forget_and_undelete_of_the_memory_work_for_every_kind(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    assert alice.forget(record.id) is True
    assert alice.forget(record.id) is False
    assert alice.undelete(record.id) is True
    assert alice.undelete(record.id) is False
    assert alice.get(record.id) is not None


def test_clear_deletes_everything_softly_and_counts_it(alice: Any, sample: Sample) -> None:
    records = made(alice, sample, 3)
    assert room(alice, sample).clear() == 3
    assert room(alice, sample).clear() == 0
    assert room(alice, sample).list() == []
    assert room(alice, sample).undelete(records[1].id) is True
    assert ids(room(alice, sample).list()) == [records[1].id]


def test_export_yields_plain_mappings_deleted_ones_too_in_the_order_of_writing(alice: Any, sample: Sample) -> None:
    records = made(alice, sample, 3)
    room(alice, sample).delete(records[1].id)
    lines = list(room(alice, sample).export())
    assert [line["id"] for line in lines] == ids(records)
    assert [line["deleted_at"] is not None for line in lines] == [False, True, False]
    assert json.loads(json.dumps(lines)) == lines


def test_everything_that_was_written_can_be_verified(alice: Any, memory: Any, sample: Sample) -> None:
    records = made(alice, sample, 3)
    room(alice, sample).delete(records[0].id)
    assert memory.verify() == []


@versioned
def test_a_versioned_kind_shows_every_version_newest_first(alice: Any, sample: Sample) -> None:
    record = sample.make(alice, 0)
    room(alice, sample).delete(record.id)
    room(alice, sample).undelete(record.id)
    versions = room(alice, sample).history(sample.handle(record))
    assert [version.version for version in versions] == [3, 2, 1]
    assert [version.deleted_at is None for version in versions] == [True, False, True]
    assert versions[2] == record
    assert room(alice, sample).history(UNKNOWN) == []


def test_records_written_in_one_atomic_block_stand_or_fall_together(alice: Any, sample: Sample) -> None:
    class Doubt(Exception): ...

    with alice.atomic() as block:
        kept = sample.make(block, 0)
    with pytest.raises(Doubt), alice.atomic() as block:
        sample.make(block, 1)
        assert room(block, sample).count() == 2
        raise Doubt
    assert ids(room(alice, sample).list()) == [kept.id]


# walls


def blind(view: Any, sample: Sample, record: Any, path: Any) -> None:
    """This view neither sees nor touches that record."""
    kind = room(view, sample)
    assert kind.get(record.id) is None
    if sample.key:
        assert kind.get(sample.handle(record)) is None
    with pytest.raises(NotFound):
        kind.need(record.id)
    assert view.get(record.id) is None
    assert view.get_many([record.id]) == [None]
    assert kind.list() == []
    assert list(kind.iterate()) == []
    assert kind.count() == 0
    if KINDS[sample.name].table.text is not None:
        assert kind.search(word(0)) == []
    assert view.recall(word(0)) == []
    assert word(0) not in view.context(word(0), budget=2000).text
    assert list(kind.export()) == []
    view.export(path)
    assert record.id not in path.read_text()
    stats = view.stats()
    assert (stats.counts[sample.name], stats.deleted[sample.name]) == (0, 0)
    if sample.versioned:
        assert kind.history(sample.handle(record)) == []
        assert kind.history(record.id) == []
    assert kind.delete(record.id) is False
    assert kind.undelete(record.id) is False
    assert kind.clear() == 0
    assert view.forget(record.id) is False
    assert view.undelete(record.id) is False


@pytest.mark.promise("isolation")
@not_of_the_tenant
def test_another_user_sees_nothing_and_can_touch_nothing(memory: Any, sample: Sample, tmp_path: Any) -> None:
    """Defects 15 of nexo, 19 of engram and 4 of sessions-db: whose records they are was not asked when they were read, searched or deleted."""
    alice, bob = memory.scope(user="alice"), memory.scope(user="bob")
    record = sample.make(alice, 0)
    blind(bob, sample, record, tmp_path / "bob.jsonl")
    assert room(alice, sample).get(record.id) == record


@pytest.mark.promise("isolation")
@not_of_the_tenant
def test_another_user_cannot_bring_back_what_was_deleted(memory: Any, sample: Sample) -> None:
    alice, bob = memory.scope(user="alice"), memory.scope(user="bob")
    record = sample.make(alice, 0)
    room(alice, sample).delete(record.id)
    assert room(bob, sample).undelete(record.id) is False
    assert bob.undelete(record.id) is False
    assert room(alice, sample).get(record.id) is None


@pytest.mark.promise("isolation")
def test_another_tenant_sees_nothing_and_can_touch_nothing(memory: Any, sample: Sample, tmp_path: Any) -> None:
    view = memory.scope(tenant="acme", user="alice")
    record = sample.make(view, 0)
    for number, other in enumerate([memory.scope(tenant="other", user="alice"), memory.scope(tenant="other"), memory.scope(user="alice")]):
        blind(other, sample, record, tmp_path / f"{number}.jsonl")
    assert room(view, sample).get(record.id) == record


def test_what_belongs_to_the_tenant_is_seen_by_its_users_and_by_no_other_tenant(memory: Any) -> None:
    acme = memory.scope(tenant="acme", user="alice")
    alias = acme.aliases.add("al", "alice")
    assert memory.scope(tenant="acme", user="bob").aliases.get("al") == alias
    assert memory.scope(tenant="other", user="alice").aliases.get("al") is None


def test_the_administrator_sees_the_whole_tenant_and_no_other(memory: Any, sample: Sample) -> None:
    first = sample.make(memory.scope(tenant="acme", user="alice"), 0)
    second = sample.make(memory.scope(tenant="acme", user="bob"), 1)
    sample.make(memory.scope(tenant="other", user="alice"), 2)
    admin = memory.scope(tenant="acme")
    kind = room(admin, sample)
    assert sorted(ids(kind.list())) == sorted([first.id, second.id])
    assert kind.count() == 2
    assert kind.get(second.id) == second
    assert admin.get(first.id) == first
    if KINDS[sample.name].table.text is not None:
        assert ids(kind.search(word(1))) == [second.id]


def test_the_administrator_may_delete_a_users_record(memory: Any, sample: Sample) -> None:
    record = sample.make(memory.scope(user="alice"), 0)
    assert room(memory, sample).delete(record.id) is True
    assert room(memory.scope(user="alice"), sample).get(record.id) is None
    assert room(memory, sample).undelete(record.id) is True
    assert room(memory.scope(user="alice"), sample).get(record.id) is not None


@not_of_the_tenant
def test_what_a_scope_without_user_writes_is_the_tenants_own_and_no_user_sees_it(memory: Any, sample: Sample, tmp_path: Any) -> None:
    record = sample.make(memory, 0)
    assert record.user == ""
    assert room(memory, sample).get(record.id) == record
    blind(memory.scope(user="alice"), sample, record, tmp_path / "alice.jsonl")


@not_of_the_tenant
def test_scope_parts_are_compared_letter_by_letter(memory: Any, sample: Sample) -> None:
    records = {part: sample.make(memory.scope(user=part), 0) for part in PARTS}
    for part, record in records.items():
        view = memory.scope(user=part)
        assert ids(room(view, sample).list()) == [record.id], part
        assert {hit.record.user for hit in view.recall(word(0))} <= {part}
    assert room(memory.scope(user="alice"), sample).list() == []
    assert memory.scope(user="alice").recall(word(0)) == []


# project and agent


def seen(view: Any, sample: Sample) -> set[str]:
    """What this view sees of a kind: by lists, by get and by search alike."""
    kind = room(view, sample)
    listed = set(ids(kind.list()))
    assert kind.count() == len(listed)
    assert set(ids(kind.iterate())) == listed
    if KINDS[sample.name].table.text is not None:
        found = {hit.id for n in range(4) for hit in view.recall(word(n), kinds=[sample.name])}
        assert found == listed
    return listed


@knowledge
def test_knowledge_without_a_project_is_seen_from_every_project(alice: Any, sample: Sample) -> None:
    general = sample.make(alice, 0)
    assert seen(alice.scope(project="atlas"), sample) == {general.id}
    assert room(alice.scope(project="atlas"), sample).get(sample.handle(general)) == general


@knowledge
def test_a_projects_knowledge_is_seen_from_that_project_only(alice: Any, sample: Sample) -> None:
    """Defects 3 of omega and 13 and 19 of engram: a list did not ask for the project, and what was said never to leak did."""
    general, own = sample.make(alice, 0), sample.make(alice.scope(project="atlas"), 1)
    assert seen(alice.scope(project="atlas"), sample) == {general.id, own.id}
    assert seen(alice.scope(project="other"), sample) == {general.id}
    assert seen(alice, sample) == {general.id}
    assert room(alice, sample).get(own.id) is None


@knowledge
def test_an_agents_knowledge_is_seen_by_that_agent_only(alice: Any, sample: Sample) -> None:
    general, own = sample.make(alice, 0), sample.make(alice.scope(agent="scout"), 1)
    both = sample.make(alice.scope(agent="scout", project="atlas"), 2)
    assert seen(alice.scope(agent="scout"), sample) == {general.id, own.id}
    assert seen(alice.scope(agent="scout", project="atlas"), sample) == {general.id, own.id, both.id}
    assert seen(alice.scope(agent="writer", project="atlas"), sample) == {general.id}


@what_happened
def test_what_happened_belongs_to_its_project_and_to_no_other(alice: Any, sample: Sample) -> None:
    """Defects 2 and 12 of kernex: histories that were never loaded, and projects that leaked."""
    loose, own = sample.make(alice, 0), sample.make(alice.scope(project="atlas"), 1)
    assert seen(alice.scope(project="atlas"), sample) == {own.id}
    assert seen(alice.scope(project="other"), sample) == set()
    assert room(alice.scope(project="other"), sample).get(own.id) is None
    assert room(alice.scope(project="atlas"), sample).get(loose.id) is None


@what_happened
def test_a_scope_without_a_project_sees_what_happened_in_all_of_them(alice: Any, sample: Sample) -> None:
    expected = {sample.make(view, n).id for n, view in enumerate([alice, alice.scope(project="atlas"), alice.scope(project="other")])}
    assert seen(alice, sample) == expected


@what_happened
def test_what_happened_is_seen_by_its_agent_or_by_all_agents_as_the_kind_says(alice: Any, sample: Sample) -> None:
    own = sample.make(alice.scope(agent="scout"), 0)
    assert seen(alice.scope(agent="scout"), sample) == {own.id}
    assert seen(alice.scope(agent="writer"), sample) == ({own.id} if sample.all_agents else set())
    assert seen(alice, sample) == {own.id}


@not_of_the_tenant
def test_a_project_cannot_delete_or_bring_back_what_another_project_holds(alice: Any, sample: Sample) -> None:
    own = sample.make(alice.scope(project="atlas"), 0)
    other = alice.scope(project="other")
    assert room(other, sample).delete(own.id) is False
    assert other.forget(own.id) is False
    room(alice.scope(project="atlas"), sample).delete(own.id)
    assert room(other, sample).undelete(own.id) is False
    assert other.undelete(own.id) is False
    assert room(alice.scope(project="atlas"), sample).get(own.id) is None


@versioned_of_a_user
def test_a_projects_history_is_not_shown_in_another_project(alice: Any, sample: Sample) -> None:
    own = sample.make(alice.scope(project="atlas"), 0)
    room(alice.scope(project="atlas"), sample).delete(own.id)
    assert room(alice.scope(project="other"), sample).history(own.id) == []


@not_of_the_tenant
def test_a_projects_export_of_a_kind_holds_what_the_project_sees(alice: Any, sample: Sample) -> None:
    own = sample.make(alice.scope(project="atlas"), 0)
    sample.make(alice.scope(project="other"), 1)
    assert [line["id"] for line in room(alice.scope(project="atlas"), sample).export()] == [own.id]


# channel and session


@pytest.mark.parametrize("part", ["channel", "session"])
@what_happened
def test_lists_of_what_happened_follow_the_channel_and_session(alice: Any, sample: Sample, part: str) -> None:
    mail, chat = alice.scope(**{part: "mail"}), alice.scope(**{part: "chat"})
    first, second = sample.make(mail, 0), sample.make(chat, 1)
    assert ids(room(mail, sample).list()) == [first.id]
    assert ids(room(chat, sample).iterate()) == [second.id]
    assert room(mail, sample).count() == 1
    assert len(room(alice, sample).list()) == 2


@pytest.mark.parametrize("part", ["channel", "session"])
def test_recall_and_get_look_across_channels_and_sessions(alice: Any, sample: Sample, part: str) -> None:
    mail, chat = alice.scope(**{part: "mail"}), alice.scope(**{part: "chat"})
    record = sample.make(chat, 1)
    assert room(mail, sample).get(record.id) == record
    if KINDS[sample.name].table.text is not None:
        wide = KINDS[sample.name].table.aside  # found when it is asked for, and in nobody's prompt unasked
        assert [hit.id for hit in mail.recall(word(1), kinds=[sample.name] if wide else None)] == [record.id]
        assert ids(room(mail, sample).search(word(1))) == [record.id]
        assert (word(1) in mail.context(word(1)).text) is not wide


@pytest.mark.parametrize("part", ["channel", "session"])
@knowledge
def test_knowledge_is_the_same_in_every_channel_and_session(alice: Any, sample: Sample, part: str) -> None:
    record = sample.make(alice.scope(**{part: "mail"}), 0)
    assert seen(alice.scope(**{part: "chat"}), sample) == {record.id}
    assert seen(alice, sample) == {record.id}


@not_of_the_tenant
def test_clear_deletes_what_the_scope_lists_and_nothing_else(alice: Any, sample: Sample) -> None:
    general, own = sample.make(alice, 0), sample.make(alice.scope(project="atlas"), 1)
    assert room(alice.scope(project="other"), sample).clear() == (1 if sample.knowledge else 0)
    assert room(alice.scope(project="atlas"), sample).get(own.id) is not None
    assert (room(alice, sample).get(general.id) is None) == sample.knowledge
