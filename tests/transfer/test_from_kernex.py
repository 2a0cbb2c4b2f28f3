"""The memory of kernex-memory and of omega-memory, read into ours: every table of it, at every stage, for whoever imports it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from foreign_kernex import ALL, built

from recollect import Invalid
from recollect.transfer.foreign import BadRecord
from recollect.transfer.own import Line
from recollect.transfer.readers import detect, kernex

JUNE = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)
HOMELESS = ["kernex.db", "kernex.db, phase_checkpoints"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file after all migrations, in a folder of its own."""
    return built(tmp_path / "theirs" / "kernex.db")


@pytest.fixture
def everything(memory: Any, file: Path) -> Any:
    """The memory, with that file in it."""
    assert [where for where, _ in memory.import_(file).bad] == HOMELESS
    return memory


def counted(memory: Any) -> dict[str, int]:
    return {kind: count for kind, count in memory.stats().counts.items() if count}


def reasons(report: Any) -> str:
    return "\n".join(f"{where}: {why}" for where, why in report.bad)


def sequel(file: Path, *sql: str, **values: Any) -> Path:
    with closing(sqlite3.connect(file)) as db:
        for statement in sql:
            db.execute(statement, values if ":" in statement else ())
        db.commit()
    return file


# every stage

ADDED = (  # the migration from which on these records are there, and how many
    (1, "conversations", 2), (1, "messages", 3), (1, "facts", 1), (2, "audit", 2), (3, "facts", 3), (5, "tasks", 4), (6, "limitations", 2),
    (8, "aliases", 1), (10, "outcomes", 2), (10, "lessons", 1), (12, "sessions", 1), (13, "lessons", 2), (14, "usage", 2), (15, "checkpoints", 2),
    (16, "usage", 3), (17, "facts", 4), (18, "observations", 2), (19, "task_runs", 2),
)  # fmt: skip


def expected(migrations: int) -> dict[str, int]:
    return {kind: count for first, kind, count in ADDED if first <= migrations}


@pytest.mark.parametrize("migrations", range(1, 14))
def test_omega_is_read_after_any_prefix_of_its_migrations(tmp_path: Path, memory: Any, migrations: int) -> None:
    report = memory.import_(built(tmp_path / "theirs" / "omega.db", migrations))
    assert (report.format, dict(report.added), report.known, report.bad) == ("kernex", expected(migrations), 0, ())
    assert memory.verify() == []


@pytest.mark.parametrize("migrations", range(14, ALL + 1))
def test_kernex_is_read_after_any_prefix_of_its_migrations(tmp_path: Path, memory: Any, migrations: int) -> None:
    report = memory.import_(built(tmp_path / "theirs" / "kernex.db", migrations))
    assert dict(report.added) == expected(migrations)
    assert {where for where, _ in report.bad} <= set(HOMELESS)
    assert memory.verify() == []


def test_facts_from_before_they_had_a_sender_belong_to_nobody(tmp_path: Path, memory: Any) -> None:
    memory.import_(built(tmp_path / "omega.db", 2))
    (fact,) = memory.facts.list()
    assert (fact.user, fact.key, fact.value) == ("", "home_city", "Lisbon")


def test_a_file_is_recognised_by_itself(file: Path, tmp_path: Path) -> None:
    assert detect(file) is kernex
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("create table conversations (id text)")
    assert detect(tmp_path / "other.db") is None


# every table


def test_conversations_arrive_with_their_place_state_and_times(everything: Any) -> None:
    open_one, closed = everything.conversations.list()
    assert (closed.user, closed.channel, closed.project, closed.status, closed.summary) == (
        "alice", "telegram", "atlas", "closed", "About the harbour.",
    )  # fmt: skip
    assert (closed.created_at, closed.updated_at, closed.closed_at) == (JUNE, JUNE + timedelta(minutes=5), JUNE + timedelta(minutes=5))
    assert (open_one.user, open_one.status, open_one.closed_at) == ("bob", "active", None)


def test_messages_keep_the_order_in_which_they_were_written(everything: Any) -> None:
    """Defect 1 of kernex: within one second the answer could come before the question."""
    asked, answered = everything.scope(user="alice").messages.list()
    assert asked.created_at == answered.created_at == JUNE
    assert [(one.role, one.content) for one in (asked, answered)] == [
        ("user", "Where is the old harbour?"), ("assistant", "Behind the church of Santa Clara."),
    ]  # fmt: skip
    assert (asked.channel, asked.project, asked.metadata, answered.metadata) == ("telegram", "atlas", {}, {"model": "opus"})
    assert answered.tokens > 0


def test_metadata_that_is_no_json_is_kept_as_the_text_it_is(everything: Any) -> None:
    (message,) = everything.scope(user="bob").messages.list()
    assert message.metadata == {"metadata_json": "not json"}


def test_both_sides_of_a_conversation_are_found(everything: Any) -> None:
    """Defect 3 of kernex: what the assistant said was never found, nor any word out of its order."""
    alice = everything.scope(user="alice")
    assert alice.messages.search("church of Clara")[0].role == "assistant"
    assert "user" in [message.role for message in alice.messages.search("harbour, where is it?")]
    assert everything.scope(user="bob").messages.search("Santa Clara") == []


def test_facts_arrive_with_their_times_and_the_message_they_are_from(everything: Any) -> None:
    alice = everything.scope(user="alice")
    fact = alice.facts.get("home_city")
    assert (fact.value, fact.created_at, fact.updated_at, fact.version) == ("Lisbon", JUNE, JUNE + timedelta(days=2), 1)
    assert alice.get(fact.source).content == "Where is the old harbour?"


def test_system_keys_are_kept_and_stay_hidden(everything: Any) -> None:
    alice = everything.scope(user="alice")
    assert alice.facts.get("welcomed").value == "true"
    assert [fact.key for fact in alice.facts.list()] == ["home_city"]


def test_a_soft_deleted_fact_arrives_deleted_and_can_be_brought_back(everything: Any) -> None:
    alice = everything.scope(user="alice")
    assert alice.facts.get("shoe_size") is None
    assert alice.facts.undelete("shoe_size")
    assert alice.facts.get("shoe_size").value == "41"


def test_a_soft_deleted_observation_can_be_brought_back_and_is_found_again(everything: Any) -> None:
    """Defect 4 of kernex: bringing an observation back corrupted the search index."""
    alice = everything.scope(user="alice")
    assert alice.observations.search("SQLite") == []
    (deleted,) = [row for row in alice.observations.export() if row["deleted_at"]]
    assert deleted["deleted_at"] == "2024-06-08T10:00:00+00:00"
    assert alice.observations.undelete(deleted["id"])
    assert [one.title for one in alice.observations.search("SQLite")] == ["We keep SQLite"]
    assert everything.verify() == []


def test_observations_arrive_with_all_they_say(everything: Any) -> None:
    (seen,) = everything.scope(user="alice").observations.list()
    assert (seen.type, seen.title, seen.what, seen.why, seen.where, seen.learned) == (
        "bugfix", "Ferry times were wrong", "Time zones", "DST", "ferry.py", "Use UTC",
    )  # fmt: skip
    assert (seen.created_at, seen.updated_at) == (JUNE, JUNE + timedelta(days=1))


def test_outcomes_arrive_with_their_score_and_project(everything: Any) -> None:
    bad, good = everything.scope(user="alice").outcomes.list()
    assert (good.score, good.domain, good.lesson, good.source, good.project) == (1, "travel", "Ask for the date first", "conversation", "")
    assert (bad.score, bad.lesson, bad.project, bad.created_at) == (-1, None, "atlas", JUNE + timedelta(hours=1))


def test_occurrences_of_a_lesson_arrive_as_evidence_and_variants_of_it_are_one(everything: Any) -> None:
    """Defect 14 of kernex: how often a lesson was learned was counted and never used, and a variant of it was another lesson."""
    (lesson,) = everything.scope(user="alice").lessons.list()
    assert (lesson.rule, lesson.seen, lesson.seen_at) == ("Ask for the date first", 6, JUNE + timedelta(days=5))
    (own, general) = everything.scope(user="alice", project="atlas").lessons.top()
    assert (own.rule, own.seen, general.id) == ("Book early", 1, lesson.id)
    assert general.confidence > own.confidence == 0.5


def test_a_lesson_is_worth_as_much_as_if_it_had_been_learned_here(everything: Any, fresh: Callable[..., Any]) -> None:
    here = fresh("here.db")
    learned = [here.lessons.learn("Ask for the date first", "travel") for _ in range(6)][-1]
    assert everything.scope(user="alice").lessons.list()[0].confidence == learned.confidence


def test_limitations_arrive_open_or_resolved(everything: Any) -> None:
    (standing,) = everything.limitations.open()
    assert (standing.title, standing.description, standing.plan, standing.created_at) == ("Cannot read PDFs", "No parser", "Add one", JUNE)
    (resolved,) = [one for one in everything.limitations.list() if one.status == "resolved"]
    assert (resolved.title, resolved.plan, resolved.resolved_at) == ("Cannot send mail", None, JUNE + timedelta(days=4))


def test_tasks_arrive_in_their_state(everything: Any) -> None:
    tasks = {task.description: task for task in everything.tasks.list()}
    assert {said: task.status for said, task in tasks.items()} == {
        "Call the plumber": "pending", "Water the plants": "done", "Pay the rent": "cancelled", "Feed the cat": "failed",
    }  # fmt: skip
    done, failed = tasks["Water the plants"], tasks["Feed the cat"]
    assert (done.user, done.channel, done.reply_target, done.finished_at) == (
        "alice", "telegram", "chat-7", datetime(2024, 6, 2, 9, 0, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (failed.attempts, failed.last_error, failed.repeat) == (3, "no answer", None)


def test_a_task_that_was_claimed_there_can_be_claimed_here(everything: Any, clock: Any) -> None:
    """Defect 9 of kernex: a claim had no token, and monthly from the 31st drifted to the 3rd."""
    clock.set(datetime(2030, 1, 31, 9, 0, tzinfo=UTC))
    (claim,) = everything.scope(user="alice").tasks.claim()
    assert (claim.task.description, claim.task.project) == ("Call the plumber", "atlas")
    following = everything.scope(user="alice").tasks.complete(claim.token)
    assert following.due_at == datetime(2030, 2, 28, 9, 0, tzinfo=UTC)


def test_the_runs_of_a_task_arrive_with_it(everything: Any) -> None:
    tasks = {task.description: task for task in everything.tasks.list()}
    (run,) = everything.tasks.runs(tasks["Water the plants"].id)
    assert (run.status, run.result, run.tokens, run.user) == ("completed", "watered", 12, "alice")
    assert run.created_at - run.started_at == timedelta(seconds=20)
    (failed,) = everything.tasks.runs(tasks["Feed the cat"].id)
    assert (failed.status, failed.error, failed.tokens) == ("failed", "no answer", None)


def test_checkpoints_arrive_in_the_order_of_their_phases_with_their_output(everything: Any) -> None:
    """Defect 20 of kernex: saving a state without an output erased the stored one."""
    atlas = everything.scope(user="alice", project="atlas")
    plan, build = atlas.checkpoints.resume("run-1")
    assert (plan.phase, plan.status, plan.output, plan.attempt) == ("plan", "completed", "a plan", 1)
    assert (build.phase, build.status, build.error, build.attempt) == ("build", "failed", "no compiler", 2)
    assert atlas.checkpoints.save("run-1", "plan", "completed").output == "a plan"
    assert len(atlas.checkpoints.resume("run-1")) == 2


def test_usage_keeps_its_breakdown_and_its_cost(everything: Any) -> None:
    """Defect 15 of kernex: an unknown model cost nothing, and the breakdown was stored without being used."""
    newest, unknown, oldest = everything.usage.list()
    assert (newest.input, newest.output, newest.cache_read, newest.cache_creation, newest.cost) == (10, 20, 30, 40, 0.5)
    assert (oldest.input, oldest.cost, oldest.created_at) == (1000, 0.25, JUNE)
    assert (unknown.model, unknown.cost) == ("homemade", None)


def test_usage_belongs_to_the_session_that_has_the_id(everything: Any) -> None:
    alice = everything.scope(user="alice")
    session = alice.sessions.bound("cli-77")
    assert (session.project, session.channel, session.status, session.metadata) == ("atlas", "telegram", "active", {"parent_project": "globe"})
    totals = {total.key: total.requests for total in alice.usage.summary(by="session")}
    assert totals == {session.id: 2, "other": 1}


def test_the_audit_log_arrives_with_what_was_denied(everything: Any) -> None:
    """Defect 21 of kernex: the audit log could only be written."""
    ok, denied = everything.audit.between()
    assert (ok.user, ok.sender, ok.input, ok.output, ok.provider, ok.model, ok.milliseconds) == (
        "alice", "Alice", "Where?", "There.", "anthropic", "opus", 1200,
    )  # fmt: skip
    assert (denied.user, denied.status, denied.reason, denied.output) == ("mallory", "denied", "not on the list", None)


def test_aliases_belong_to_the_tenant(everything: Any) -> None:
    assert everything.aliases.resolve("alice@example.org") == "alice"
    assert everything.scope(user="bob").aliases.resolve("alice@example.org") == "alice"


def test_aliases_in_a_circle_are_reported(file: Path, memory: Any) -> None:
    """Defect 13 of kernex: aliases could stand for each other."""
    sequel(file, "insert into user_aliases values ('alice', 'alice@example.org')")
    report = memory.import_(file)
    assert "user_aliases 2: This cannot be read: 'alice' would stand for itself" in reasons(report)
    assert report.added["aliases"] == 1


def test_the_language_of_a_user_is_the_one_they_preferred(file: Path, memory: Any) -> None:
    sequel(
        file,
        "insert into facts (id, sender_id, key, value) values ('f-9', 'carla', 'preferred_language', 'German')",
        "insert into conversations (id, channel, sender_id) values ('talk-3', 'telegram', 'carla')",
        "insert into messages (id, conversation_id, role, content) values ('m-3', 'talk-3', 'user', 'Die Häuser am Hafen')",
    )
    memory.import_(file)
    carla = memory.scope(user="carla")
    assert carla.profile().language == "de"
    assert [message.content for message in carla.messages.search("Haus")] == ["Die Häuser am Hafen"]
    assert memory.verify() == []


# what has no home


def test_what_has_no_home_is_reported_once_a_table_with_its_count(file: Path, memory: Any) -> None:
    sequel(
        file,
        "create table mood (level integer)",
        "insert into mood values (1), (2), (3)",
        "create table empty (x)",
        "alter table messages add column emoji text",
        "update messages set emoji = 'x' where role = 'user'",
    )
    said = dict(memory.import_(file).bad)
    assert said["kernex.db, mood"] == "Nothing here corresponds to this table; left out: 3 rows."
    assert said["kernex.db, messages"] == "What stands in these columns has no home here: emoji (2 rows)."
    assert said["kernex.db"] == "Nothing here corresponds to what the system kept under '__system__'; left out: 1 row."
    assert "topology_name (2 rows)" in said["kernex.db, phase_checkpoints"]
    assert len(said) == 4


def test_what_the_consolidator_noted_for_itself_is_nobodys_fact(everything: Any) -> None:
    """Defect 16 of kernex: its own row came up among the facts of all users."""
    assert {fact.user for fact in everything.facts.list()} == {"alice", "bob"}
    assert everything.facts.by_key("last_consolidation") == []


# again and elsewhere


def test_the_same_file_again_adds_nothing(everything: Any, file: Path) -> None:
    before = counted(everything)
    again = everything.import_(file)
    assert (dict(again.added), again.known) == ({}, sum(before.values()) + 2)  # and the two that are deleted
    assert counted(everything) == before
    assert [where for where, _ in again.bad] == HOMELESS


def test_a_copy_that_has_grown_brings_what_is_new(everything: Any, file: Path) -> None:
    sequel(
        file,
        """insert into messages (id, conversation_id, role, content, timestamp)
            values ('m-3', 'talk-2', 'assistant', 'Booked.', '2024-06-02 09:30:00')""",
    )
    assert dict(everything.import_(file).added) == {"messages": 1}
    bob = everything.scope(user="bob")
    assert [message.content for message in bob.messages.list()] == ["Book the ferry to Bergen.", "Booked."]
    assert bob.conversations.list()[0].last_activity == datetime(2024, 6, 2, 9, 30, tzinfo=UTC)


def long_talk(file: Path) -> Path:
    """The file with 500 further messages in one conversation, within one second."""
    with closing(sqlite3.connect(file)) as db:
        db.executemany(
            "insert into messages (id, conversation_id, role, content, timestamp) values (?, 'talk-2', 'user', ?, '2024-06-02 09:00:01')",
            [(f"n-{(number * 37) % 500}", f"Message {number}") for number in range(500)],
        )
        db.commit()
    return file


def test_an_import_that_was_stopped_is_completed_by_the_same_command(file: Path, memory: Any) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    long_talk(file)
    with pytest.raises(KeyboardInterrupt):
        memory.import_(file, progress=stop)
    first = memory.messages.count()
    assert 0 < first <= 200
    report = memory.import_(file)
    assert (report.added["messages"], memory.messages.count()) == (503 - first, 503)
    assert memory.verify() == []


def test_messages_of_one_second_keep_their_order_across_transactions(file: Path, memory: Any) -> None:
    """Defect 1 of kernex: what was said within one second had no order."""
    memory.import_(long_talk(file))
    said = [message.content for message in memory.scope(user="bob").messages.iterate()]
    assert said[1:] == [f"Message {number}" for number in range(500)]


def test_what_was_deleted_here_stays_deleted(everything: Any, file: Path) -> None:
    bob = everything.scope(user="bob")
    bob.conversations.delete(bob.conversations.list()[0].id)
    bob.facts.delete("home_city")
    sequel(file, "insert into messages (id, conversation_id, role, content) values ('m-3', 'talk-2', 'assistant', 'Booked.')")
    assert dict(everything.import_(file).added) == {}
    assert (bob.messages.count(), bob.facts.get("home_city")) == (0, None)


def test_two_files_with_the_same_keys_for_other_content_stay_apart(file: Path, tmp_path: Path, everything: Any) -> None:
    other = sequel(
        built(tmp_path / "other" / "kernex.db", 14),
        "update messages set content = content || ' (the other file)'",
        "update conversations set started_at = '2023-01-01 00:00:00'",
        "update token_usage set model = 'haiku'",
    )
    added = everything.import_(other).added
    assert (added["messages"], added["conversations"], added["usage"]) == (3, 2, 2)


def test_a_fact_that_is_known_here_stays_and_theirs_is_reported(memory: Any, file: Path) -> None:
    memory.scope(user="alice").facts.set("home_city", "Porto")
    report = memory.import_(file)
    assert "kernex.db, facts 1: Another of the facts stands in its place here, and stays." in reasons(report)
    assert memory.scope(user="alice").facts.get("home_city").value == "Porto"


def test_an_import_is_verified_clean_and_exported_like_anything_else(everything: Any, fresh: Callable[..., Any], tmp_path: Path) -> None:
    assert everything.verify() == []
    everything.export(tmp_path / "export.jsonl")
    again = fresh("again.db")
    assert again.import_(tmp_path / "export.jsonl").bad == ()
    assert counted(again) == counted(everything)


# whose it becomes


def test_a_scope_without_a_user_gives_each_sender_a_memory_in_its_tenant(memory: Any, file: Path) -> None:
    acme = memory.scope(tenant="acme")
    acme.import_(file)
    assert acme.scope(user="alice").facts.get("home_city").value == "Lisbon"
    assert acme.scope(user="bob").facts.get("home_city").value == "Bergen"
    assert memory.facts.list() == []
    assert memory.verify() == []


def test_a_user_gets_the_rows_of_the_same_name_from_a_file_of_several(memory: Any, file: Path) -> None:
    bob = memory.scope(user="bob")
    report = bob.import_(file)
    assert dict(report.added) == {"conversations": 1, "messages": 1, "facts": 1, "tasks": 2, "task_runs": 1}
    assert report.bad[-1] == (
        "kernex.db", "26 records are of other users than 'bob', or of all; import into a scope without a user to have everything.",
    )  # fmt: skip
    assert {row["user"] for kind in ("messages", "facts", "tasks") for row in getattr(memory, kind).export()} == {"bob"}


def test_a_user_gets_everything_from_a_file_of_one(memory: Any, tmp_path: Path) -> None:
    file = sequel(
        built(tmp_path / "kernex.db", 9),
        "delete from messages where conversation_id = 'talk-2'",
        *(f"delete from {table} where sender_id <> 'alice'" for table in ("conversations", "facts", "scheduled_tasks", "audit_log")),
    )
    mira = memory.scope(user="mira")
    report = mira.import_(file)
    assert report.bad[-1][1].startswith("1 record is of other users than 'mira', or of all")  # the alias: it would be everybody's
    assert memory.aliases.list() == []
    assert mira.facts.get("home_city").value == "Lisbon"
    assert [limit.title for limit in mira.limitations.open()] == ["Cannot read PDFs"]
    assert memory.scope(user="alice").facts.list() == []
    assert {message.user for message in mira.messages.search("harbour")} == {"mira"}
    assert memory.verify() == []


def test_a_scope_with_a_project_takes_what_has_none(memory: Any, file: Path) -> None:
    memory.scope(project="globe").import_(file)
    assert {row["project"] for row in memory.observations.export()} == {"globe"}
    assert {row["project"] for row in memory.outcomes.export()} == {"globe", "atlas"}


# nothing of theirs is touched


def lying_beside(path: Path) -> dict[str, tuple[bytes, int]]:
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in sorted(path.parent.iterdir())}


def test_the_file_and_its_folder_are_left_as_they_are(memory: Any, file: Path) -> None:
    before = lying_beside(file)
    memory.import_(file)
    memory.scope(user="bob").import_(file)
    assert lying_beside(file) == before
    assert list(before) == ["kernex.db"]


def test_a_file_with_a_strange_name_is_read(memory: Any, tmp_path: Path) -> None:
    """Defect 7 of kernex: a question mark or a percent sign in the name led to another file."""
    file = built(tmp_path / "theirs" / "what? 100%25 #1&mode=rwc.db", 5)
    before = lying_beside(file)
    assert memory.import_(file).added["messages"] == 3
    assert lying_beside(file) == before


def test_what_only_stands_in_the_wal_is_read_and_the_wal_is_left(memory: Any, tmp_path: Path) -> None:
    file = built(tmp_path / "theirs" / "kernex.db", 5)
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma wal_autocheckpoint = 0")
        db.execute("insert into facts (id, sender_id, key, value) values ('f-8', 'alice', 'pet', 'a cat')")
        db.commit()
        before = lying_beside(file)
        assert sorted(before) == ["kernex.db", "kernex.db-shm", "kernex.db-wal"]
        memory.import_(file)
        assert lying_beside(file) == before
    assert memory.scope(user="alice").facts.get("pet").value == "a cat"


def test_a_wal_that_a_crash_left_is_read_and_nothing_is_made_beside_it(memory: Any, tmp_path: Path) -> None:
    file, left = built(tmp_path / "alive" / "kernex.db", 5), tmp_path / "theirs" / "kernex.db"
    left.parent.mkdir()
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma wal_autocheckpoint = 0")
        db.execute("insert into facts (id, sender_id, key, value) values ('f-8', 'alice', 'pet', 'a cat')")
        db.commit()
        for end in ("", "-wal"):
            left.with_name(left.name + end).write_bytes(file.with_name(file.name + end).read_bytes())
    before = lying_beside(left)
    memory.import_(left)
    assert lying_beside(left) == before
    assert memory.scope(user="alice").facts.get("pet").value == "a cat"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_file_in_a_folder_that_cannot_be_written_to_is_read(memory: Any, file: Path) -> None:
    file.parent.chmod(0o500)
    try:
        assert memory.import_(file).added["messages"] == 3
    finally:
        file.parent.chmod(0o700)


# bad rows

NEW_TALK = "insert into conversations (id, channel, sender_id, started_at, updated_at) values (:id, :channel, :sender, :at, :at)"
TALK = {"id": "x", "channel": "telegram", "sender": "alice", "at": "2024-07-01 10:00:00"}
NEW_MESSAGE = "insert into messages (id, conversation_id, role, content, timestamp) values (:id, :talk, :role, :content, :at)"
MESSAGE = {"id": "x", "talk": "talk-1", "role": "user", "content": "Hello", "at": "2024-07-01 10:00:00"}
NEW_FACT = "insert into facts (id, sender_id, key, value, created_at, updated_at) values ('x', :sender, :key, :value, :at, :at)"
FACT = {"sender": "alice", "key": "pet", "value": "a cat", "at": "2024-07-01 10:00:00"}
NEW_USAGE = "insert into token_usage (sender_id, session_id, model, tokens, cost_usd) values ('alice', 's', 'opus', :tokens, :cost)"
NEW_TASK = """insert into scheduled_tasks (id, channel, sender_id, reply_target, description, due_at, repeat, status, created_at)
    values ('x', 'c', 'alice', 'r', :said, :due, :repeat, :status, '2024-07-01 10:00:00')"""
TASK = {"said": "Water", "due": "2030-01-01 10:00:00", "repeat": None, "status": "pending"}
TORN = "cast(x'48c328' as text)"  # no UTF-8

BAD = {
    "a time that is none": (NEW_MESSAGE, MESSAGE | {"at": "yesterday"}, "messages 4", "yesterday"),
    "no time": (NEW_MESSAGE, MESSAGE | {"at": ""}, "messages 4", "created_at"),
    "a time beyond all calendars": (NEW_MESSAGE, MESSAGE | {"at": "99999-01-01 00:00:00"}, "messages 4", "99999"),
    "an empty message": (NEW_MESSAGE, MESSAGE | {"content": ""}, "messages 4", "content"),
    "a blob for a text": (NEW_MESSAGE, MESSAGE | {"content": b"\xff\x00"}, "messages 4", "content"),
    "no UTF-8": (NEW_MESSAGE.replace(":content", TORN), {**MESSAGE}, "messages 4", "UTF-8"),
    "a conversation that is not there": (NEW_MESSAGE, MESSAGE | {"talk": "gone"}, "messages 4", "conversation"),
    "a conversation with an unknown status": (NEW_TALK.replace("updated_at)", "updated_at, status)").replace(":at, :at", ":at, :at, 'odd'"),
        TALK, "conversations 3", "'odd'"),
    "a sender with a NUL": (NEW_TALK, TALK | {"sender": "ali\0ce"}, "conversations 3", "user"),
    "a sender that is too long": (NEW_TALK, TALK | {"sender": "a" * 300}, "conversations 3", "255"),
    "a channel with a line break": (NEW_TALK, TALK | {"channel": "a\nb"}, "conversations 3", "control"),
    "a key with a NUL": (NEW_FACT, FACT | {"key": "p\0et"}, "facts 6", "key"),
    "a fact without a value": (NEW_FACT, FACT | {"value": ""}, "facts 6", "value"),
    "a due time that is none": (NEW_TASK, TASK | {"due": "soon"}, "scheduled_tasks 5", "due_at"),
    "an unknown repeat": (NEW_TASK, TASK | {"repeat": "fortnightly"}, "scheduled_tasks 5", "fortnightly"),
    "a count below nothing": (NEW_USAGE, {"tokens": -1, "cost": 0.0}, "token_usage 4", "tokens"),
    "a count beyond all sums": (NEW_USAGE, {"tokens": 2**62, "cost": 0.0}, "token_usage 4", "tokens"),
    "a cost that is no number": (NEW_USAGE, {"tokens": 1, "cost": "much"}, "token_usage 4", "cost_usd"),
    "a cost without end": (NEW_USAGE, {"tokens": 1, "cost": float("inf")}, "token_usage 4", "cost"),
    "an unknown status of a task": (NEW_TASK, TASK | {"status": "zombie"}, "scheduled_tasks 5", "zombie"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.file  # what is reported is decided before anything is stored
def test_a_bad_row_is_reported_with_its_place_and_the_rest_comes_in(file: Path, memory: Any, name: str) -> None:
    sql, values, place, reason = BAD[name]
    sequel(file, sql, **values)
    report = memory.import_(file)
    (problem,) = [(where, why) for where, why in report.bad if where not in HOMELESS]
    assert problem[0] == f"kernex.db, {place}"
    assert reason in problem[1]
    assert dict(report.added) == expected(ALL)
    assert memory.verify() == []


def test_a_due_time_that_is_none_is_not_passed_over_in_silence(file: Path) -> None:
    """Defect 9 of kernex: a task whose time could not be read never ran, and nobody was told."""
    sequel(file, NEW_TASK, **TASK | {"due": "tomorrow-ish"})
    assert "tomorrow-ish" in "".join(found.reason for found in kernex.read(file) if isinstance(found, BadRecord))


@pytest.mark.parametrize(
    ("due", "meant"),
    [
        ("2030-01-01T10:00:00Z", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ("2030-01-01T10:00:00+02:00", datetime(2030, 1, 1, 8, tzinfo=UTC)),
        ("2030-01-01 10:00", datetime(2030, 1, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_due_time_means_what_it_says(file: Path, due: str, meant: datetime) -> None:
    """Defect 9 of kernex: an offset from UTC was not understood."""
    sequel(file, NEW_TASK, **TASK | {"due": due})
    tasks = [found.record for found in kernex.read(file) if isinstance(found, Line) and found.kind == "tasks"]
    task = next(task for task in tasks if task.description == "Water")
    assert task.due_at == task.run_at == meant


def test_a_nul_in_a_text_is_replaced_as_everywhere(file: Path, memory: Any) -> None:
    sequel(file, NEW_MESSAGE, **MESSAGE | {"content": "before\0after"})
    memory.import_(file)
    assert memory.messages.search("before")[0].content == "before\ufffdafter"


def test_a_message_of_blanks_is_kept_as_it_was_said(file: Path, memory: Any) -> None:
    sequel(file, NEW_MESSAGE, **MESSAGE | {"content": " \n"})
    memory.import_(file)
    assert memory.scope(user="alice").messages.list()[-1].content == " \n"


def test_variants_of_a_limitation_are_one_that_is_open_if_any_of_them_is(file: Path, memory: Any) -> None:
    sequel(file, "insert into limitations (id, title, description, created_at) values ('l-3', 'Cannot send the mail', '', '2024-06-09 10:00:00')")
    memory.import_(file)
    limits = {limit.title: limit for limit in memory.limitations.open()}
    assert sorted(limits) == ["Cannot read PDFs", "Cannot send mail"]
    assert (limits["Cannot send mail"].seen, limits["Cannot send mail"].resolved_at) == (2, None)


def test_a_conversation_that_cannot_be_read_takes_its_messages_with_it(file: Path, memory: Any) -> None:
    sequel(file, "update conversations set started_at = 'once upon a time' where id = 'talk-2'")
    report = memory.import_(file)
    assert [where.removeprefix("kernex.db, ") for where, _ in report.bad][:2] == ["conversations 2", "messages 3"]
    assert report.added["messages"] == 2


def test_all_or_nothing_imports_nothing_if_anything_has_no_home(file: Path, memory: Any) -> None:
    with pytest.raises(Invalid, match="nothing was imported"):
        memory.import_(file, strict=True)
    assert counted(memory) == {}


def test_all_or_nothing_imports_everything_where_everything_has_a_home(tmp_path: Path, memory: Any) -> None:
    file = built(tmp_path / "omega.db", 13)
    assert dict(memory.import_(file, strict=True).added) == expected(13)
    assert dict(memory.import_(file, strict=True).added) == {}
    assert memory.verify() == []


def test_a_file_that_another_user_imported_is_reported_and_not_passed_off_as_known(memory: Any, tmp_path: Path) -> None:
    file = sequel(
        built(tmp_path / "omega.db", 1),
        "delete from messages where conversation_id = 'talk-2'", "delete from conversations where sender_id = 'bob'", "delete from facts",
    )  # fmt: skip
    memory.scope(user="mira").import_(file)
    report = memory.scope(user="tom").import_(file)
    assert (dict(report.added), report.known, len(report.bad)) == ({}, 0, 3)
    assert "Another of the conversations stands in its place here" in reasons(report)
    assert memory.verify() == []


def test_a_damaged_table_is_reported_and_the_others_come_in(file: Path, memory: Any) -> None:
    with closing(sqlite3.connect(file)) as db:
        (page,) = db.execute("select rootpage from sqlite_master where name = 'facts'").fetchone()
        (size,) = db.execute("pragma page_size").fetchone()
    data = bytearray(file.read_bytes())
    data[(page - 1) * size : page * size] = b"\xa5" * size
    file.write_bytes(data)
    report = memory.import_(file)
    assert "kernex.db, facts 1: The table cannot be read from here on" in reasons(report)
    assert dict(report.added) == {kind: count for kind, count in expected(ALL).items() if kind != "facts"}
    assert memory.verify() == []


def test_a_file_that_is_cut_off_is_a_bad_record(file: Path, memory: Any) -> None:
    file.write_bytes(file.read_bytes()[:150])
    ((where, why),) = memory.import_(file, format="kernex").bad
    assert where == "kernex.db"
    assert why.startswith("This cannot be read as an SQLite file")


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_to_the_file_raises(tmp_path: Path, seed: int) -> None:
    whole, path, chance = built(tmp_path / "whole.db").read_bytes(), tmp_path / "torn.db", Random(seed)
    for changes in (1, 3, 20, 200) * 8:
        torn = bytearray(whole)
        for _ in range(changes):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        path.write_bytes(torn[: chance.choice([len(torn), len(torn), chance.randrange(len(torn))])])
        kernex.recognises(path, bytes(torn[:100]))
        assert all(isinstance(found, Line | BadRecord) for found in kernex.read(path))
