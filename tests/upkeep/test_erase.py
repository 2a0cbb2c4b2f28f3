"""Forgetting means forgetting: after `erase` no byte of it is left in the database, its log, or beside them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from enginekit import Call, Memory, raw, rows, run

from recollect import Denied, ErasureReport, Invalid, NotFound
from recollect.core.traits import Clause

pytestmark = pytest.mark.promise("forgetting")

SECRET = "zqxj"  # in every text, key, name, tag … of who is erased, and in nobody else's


def secret(what: str) -> str:
    return f"{SECRET}{what}vkwm"


def left(path: Path) -> list[bytes]:
    """Where a secret is still to be read: with what stands around it."""
    content = raw(path)
    found, place = [], content.find(SECRET.encode())
    while place >= 0:
        found.append(content[max(0, place - 30) : place + 40])
        place = content.find(SECRET.encode(), place + 1)
    lower = content.lower()
    return found or ([b"in another case"] if SECRET.encode() in lower else [])


def fill(scope: Any, word: Callable[[str], str]) -> None:
    """Everything a user can leave behind: texts, keys, values, names, metadata, tags, old versions, deleted rows, overflow pages."""
    session = scope.sessions.start(word("session title"), external_id=word("session id"), metadata={word("meta key"): [word("meta value")]})
    scope.sessions.update(session.id, title=word("new session title"), metadata={word("more"): 1})
    there = scope.scope(session=session.id, channel=word("channel"))
    talk = there.conversations.start(word("talk title"), external_id=word("talk id"))
    text = f"my {word('message')} is here, at {word('mail')}@example.org and /home/{word('path')}/file.txt"
    more = {"name": word("name"), "metadata": {word("key"): word("value")}, "external_id": word("message id")}
    there.messages.add("user", text, conversation=talk, **more)
    function = {"name": word("tool"), "arguments": {word("argument"): word("said")}}
    there.messages.add("assistant", "", tool_calls=[{"function": function}], conversation=talk)
    there.messages.add("tool", word("result"), tool_call_id=word("call id"), conversation=talk)
    there.messages.add("user", [{"type": "text", "text": word("part")}, {"type": "image", "url": word("url")}], conversation=talk)
    there.messages.add("user", (word("overflow") + " filler ") * 4000, conversation=talk)
    gone = there.messages.add("user", word("deleted message"), conversation=talk)
    there.messages.delete(gone.id)
    there.conversations.close(talk.id, word("summary"))
    there.conversations.close(talk.id, word("second summary"))
    for turn in range(4):
        scope.facts.set(word("fact key"), f"{word('fact value')} {turn} " + "long " * 500 * turn, source=word("source"))
    scope.facts.set(word("huge"), (word("huge value") + " ") * 5000)
    scope.facts.set(word("huge"), "small now")
    scope.facts.set(word("gone"), word("gone value"))
    scope.facts.delete(word("gone"))
    note = scope.remember(word("note") + " and its text", type=word("type"), tags=[word("tag")], source=word("note source"))
    scope.remember(word("note") + " and its text", tags=[word("second tag")])
    scope.notes.update(note.id, text=word("new note"))
    scope.notes.delete(scope.remember(word("deleted note")).id)
    scope.scope(project=word("project"), agent=word("agent")).facts.set(word("own"), word("own value"))
    if scope._scope.user:
        scope.aliases.add(word("alias"), scope._scope.user)
        scope.aliases.add(word("other alias"), word("other name"))
        scope.aliases.add(word("moved alias"), scope._scope.user)
        scope.aliases.add(word("moved alias"), "somebody")


def plain(what: str) -> str:
    return f"plain {what}"


def contents(path: Path, user: str) -> list[Any]:
    """What is stored of a user, all of it."""
    tables = ("sessions", "conversations", "messages", "facts", "notes", "versions")
    return [rows(path, f'select * from {name} where "user" = ? order by seq', user) for name in tables]


def test_erasing_a_user_leaves_no_trace_at_once(mem: Any, path: Path) -> None:
    user = secret("user")
    fill(mem.scope(user="bob"), plain)
    fill(mem.scope(user=user), secret)
    fill(mem.scope(user="bob", project="other"), lambda what: f"more {what}")
    before = contents(path, "bob")
    assert left(path)
    report = mem.erase(user=user)
    mine = [alias for (alias,) in rows(path, "select alias from aliases where alias like ?", f"%{SECRET}%")]
    assert mine in ([], [secret("moved alias"), secret("other alias")], [secret("other alias"), secret("moved alias")])
    for alias in mine:  # aliases belong to the tenant: those that do not name the user are not the user's
        mem.erase(id=mem.aliases.get(alias).id)
    assert left(path) == []
    assert report.complete
    assert contents(path, "bob") == before
    assert len(mem.scope(user="bob").recall("plain message")) > 0
    assert mem.verify() == []


def test_erasing_a_user_leaves_no_trace_of_the_name_in_what_others_keep(mem: Any, path: Path) -> None:
    user = secret("user")
    alice = mem.scope(user=user)
    alice.facts.set("key", "value")
    alice.aliases.add("one", "two")
    mem.aliases.add("three", user)
    mem.aliases.add("three", "four")
    mem.aliases.add("five", user)
    mem.aliases.delete("five")
    mem.erase(user=user)
    assert left(path) == []
    assert mem.verify() == []


def test_erasing_a_user_blinds_a_search_for_the_analysed_words(mem: Any, path: Path) -> None:
    """Words go through stemming and folding; what is in the index is not what was typed."""
    mem.scope(user="alice").messages.add("user", "Zqxjológisches FLÜGELHORNS running-shoes zqxjing")
    mem.scope(user="bob").messages.add("user", "hello")
    mem.erase(user="alice")
    content = raw(path).lower()
    for word in (b"zqxj", b"flugelhorn", "flügelhorn".encode(), b"shoe"):
        assert word not in content
    assert mem.verify() == []


@pytest.mark.parametrize("seed", range(4))
def test_erasing_among_many_rows_leaves_no_stale_copies_in_rebalanced_pages(path: Path, seed: int) -> None:
    """A b-tree that was balanced keeps old copies of moved cells in the gaps of its pages; `secure_delete` does not clear those."""
    chance = random.Random(seed)
    with Memory(path, durability="normal") as memory:
        alice, bob = memory.scope(user=secret("user")), memory.scope(user="bob")
        for number in range(250):
            who, word = (alice, secret(str(number))) if number % 2 else (bob, f"plain{number}")
            who.messages.add("user", f"{word} " * chance.randint(1, 60), name=f"name{word}" if who is alice else None)
            if number % 3 == 0:
                who.facts.set(f"key{word}", f"{word} " * chance.randint(1, 300))
            if number % 5 == 0:
                who.facts.set(f"key{word}", f"{word} " * chance.randint(1, 30))
            if number % 7 == 0:
                note = who.notes.add(word + " lorem" * chance.randint(1, 2000), tags=[word])
                if number % 14 == 0:
                    who.notes.delete(note.id)
            if number % 25 == 0:
                who.messages.add("user", f"{word} " * 12_000)
        before = contents(path, "bob")
        memory.erase(user=secret("user"))
        assert left(path) == []
        assert contents(path, "bob") == before
        assert memory.verify() == []


def test_erasing_one_record_leaves_no_trace_of_it_at_once(mem: Any, path: Path) -> None:
    alice = mem.scope(user="alice")
    alice.facts.set("other", "stays")
    fact = alice.facts.set(secret("key"), secret("value") * 2000)
    alice.facts.set(secret("key"), secret("second value"), source=secret("source"))
    note = alice.remember(secret("note") * 100, tags=[secret("tag")])
    message = alice.messages.add("user", secret("message"), name=secret("name"), metadata={secret("k"): secret("v")})
    alice.messages.add("user", "stays as well")
    reports = [mem.erase(id=fact.id), alice.erase(id=note.id), mem.erase(id=message.id)]
    assert [dict(report.records) for report in reports] == [{"facts": 1}, {"notes": 1}, {"messages": 1}]
    assert [report.versions for report in reports] == [1, 0, 0]
    assert left(path) == []
    assert alice.facts.get("other").value == "stays"
    assert [message.content for message in alice.messages.list()] == ["stays as well"]
    assert mem.verify() == []


def test_erasing_a_deleted_record_leaves_no_trace(mem: Any, path: Path) -> None:
    """Defects 24 of kernex and 23 of engram: what had been deleted softly could never be removed for good."""
    note = mem.remember(secret("note"))
    mem.forget(note.id)
    assert mem.erase(id=note.id).records == {"notes": 1}
    assert left(path) == []
    assert not mem.undelete(note.id)
    assert mem.verify() == []


def test_erasing_a_session_leaves_no_trace_of_what_was_said_in_it(mem: Any, path: Path) -> None:
    alice = mem.scope(user="alice")
    session = alice.sessions.start(secret("title"), external_id=secret("id"), metadata={secret("k"): secret("v")})
    inside = alice.scope(session=session.id)
    inside.messages.exchange(secret("question"), secret("answer") * 1000)
    inside.facts.set(secret("key"), secret("value"))
    inside.remember(secret("note"), tags=[secret("tag")])
    inside.conversations.close_current(secret("summary"))
    alice.scope(session="another").messages.add("user", "stays")
    report = alice.erase(session=session.id)
    assert report.records == {"sessions": 1, "conversations": 1, "messages": 2, "facts": 1, "notes": 1}
    assert left(path) == []
    assert alice.messages.count() == 1
    assert mem.verify() == []


def test_erasing_a_session_of_any_name_leaves_no_trace_of_the_name(mem: Any, path: Path) -> None:
    alice = mem.scope(user="alice")
    alice.facts.set("before", "other value")
    inside = alice.scope(session=secret("session"))
    inside.messages.add("user", "hello")
    inside.facts.set("new", "value")
    inside.facts.set("before", "value")
    mem.erase(session=secret("session"))
    assert left(path) == []
    assert mem.verify() == []


def test_erasing_a_tenant_leaves_no_trace_of_it(mem: Any, path: Path) -> None:
    tenant = secret("tenant")
    fill(mem.scope(user="bob"), plain)
    fill(mem.scope(tenant=tenant, user=secret("user")), secret)
    fill(mem.scope(tenant=tenant), lambda what: secret(f"own {what}"))
    before = contents(path, "bob")
    report = mem.erase(tenant=tenant)
    assert left(path) == []
    assert report.complete
    assert contents(path, "bob") == before
    assert mem.verify() == []
    assert rows(path, "select distinct tenant from changes") == [("",)]


def test_erasing_the_unnamed_tenant_leaves_the_others_alone(mem: Any, path: Path) -> None:
    fill(mem.scope(user=secret("user")), secret)
    fill(mem.scope(tenant="acme", user="bob"), plain)
    before = contents(path, "bob")
    mem.erase(tenant="")
    assert left(path) == []
    assert contents(path, "bob") == before
    assert mem.verify() == []


def test_erasing_what_belongs_to_the_tenant_itself_leaves_its_users_alone(mem: Any, path: Path) -> None:
    fill(mem, secret)
    fill(mem.scope(user="bob"), plain)
    before = contents(path, "bob")
    mem.erase(user="")
    assert left(path) == []
    assert contents(path, "bob") == before
    assert mem.verify() == []


def test_a_merged_users_memory_goes_with_the_user_it_was_merged_into(mem: Any, path: Path) -> None:
    mem.scope(user=secret("old")).facts.set("pet", secret("iguana"))
    mem.scope(user=secret("old")).messages.add("user", secret("message"))
    mem.scope(user=secret("new")).facts.set("pet", secret("gecko"))
    mem.scope(user=secret("new")).aliases.add(secret("old"), secret("new"))
    mem.aliases.merge(secret("old"))
    mem.erase(user=secret("new"))
    mem.erase(user=secret("old"))
    assert left(path) == []
    assert mem.verify() == []


def test_nothing_is_left_after_a_language_was_changed(mem: Any, path: Path) -> None:
    alice = mem.scope(user="alice")
    alice.messages.add("user", f"{secret('houses')} were running")
    alice.facts.set("preferred_language", "de")
    alice.messages.add("user", f"{secret('Häuser')} liefen")
    mem.erase(user="alice")
    assert left(path) == []
    assert mem.verify() == []


def test_nothing_is_left_of_what_was_only_in_an_undone_block(mem: Any, path: Path) -> None:
    mem.scope(user="alice").facts.set("key", "v")
    with pytest.raises(KeyError), mem.scope(user="alice").atomic() as tx:
        for number in range(200):
            tx.facts.set(secret(f"key {number}"), secret("value") * 50)
        tx.recall(secret("value"))
        raise KeyError
    mem.erase(user="alice")
    assert left(path) == []


# the report


def test_the_report_counts_what_was_erased(mem: Any) -> None:
    alice = mem.scope(user="alice")
    for number in range(3):
        alice.facts.set("key", f"value {number}")
    alice.messages.exchange("hello", "good day")
    alice.messages.delete(alice.messages.list()[0].id)
    mem.scope(user="bob").facts.set("key", "v")
    report = mem.erase(user="alice")
    assert isinstance(report, ErasureReport)
    assert dict(report.what) == {"user": "alice"}
    assert dict(report.records) == {"facts": 1, "conversations": 1, "messages": 2}
    assert report.versions == 2
    assert report.changes == 3 + 1 + 2 + 1
    assert report.complete
    assert report.remaining == ()


def test_erasing_nobody_is_an_empty_report(mem: Any) -> None:
    report = mem.erase(user="nobody")
    assert (dict(report.records), report.versions, report.complete) == ({}, 0, True)
    assert mem.verify() == []


def test_a_record_is_erased_by_its_short_id_too_even_deleted(mem: Any, path: Path) -> None:
    note = mem.scope(user="alice").remember(secret("short"))
    mem.scope(user="alice").forget(note.id)
    mem.scope(user="bob").remember("stays")
    report = mem.scope(user="alice").erase(id=note.id[-8:])
    assert report.records == {"notes": 1}
    assert left(path) == []
    assert mem.scope(user="bob").notes.count() == 1


def test_a_short_id_of_several_records_erases_none(mem: Any) -> None:
    ids = [mem.remember(text).id for text in ("one", "two")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recollect.upkeep.erase._match", lambda *_: Clause("id is not null"))
        with pytest.raises(Invalid, match="several"):
            mem.erase(id=ids[0][-8:])
    assert mem.notes.count() == 2


def test_erasing_an_unknown_record_is_not_found(mem: Any) -> None:
    for unknown in ("00000000-0000-7000-8000-000000000000", "nonsense"):
        with pytest.raises(NotFound):
            mem.erase(id=unknown)


def test_copies_that_a_migration_left_are_named(mem: Any, path: Path) -> None:
    mem.scope(user="alice").facts.set("key", "v")
    copy = path.with_name(path.name + ".before-0999_next")
    copy.write_bytes(b"")
    assert mem.erase(user="alice").remaining == (str(copy),)


def test_a_reader_that_still_looks_makes_the_report_say_incomplete(impatient: None, mem: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process's snapshot keeps the write-ahead log; that must be said, not hidden."""
    import apsw

    from recollect.engines import files

    monkeypatch.setattr(files, "PATIENCE", 0.05)
    mem.scope(user="alice").facts.set("key", secret("value"))
    other = apsw.Connection(str(path))
    other.execute("begin")
    other.execute("select count(*) from facts").fetchall()
    report = mem.erase(user="alice")
    other.close()
    assert not report.complete
    assert mem.erase(user="alice").complete
    assert left(path) == []


# the log


def test_the_chain_verifies_after_each_erasure(mem: Any, path: Path) -> None:
    for user in ("alice", "bob", "carol"):
        fill(mem.scope(user=user), lambda what, user=user: f"{user} {what}")
    length = rows(path, "select count(*) from changes")[0][0]
    for user in ("bob", "alice", "carol"):
        mem.erase(user=user)
        assert mem.verify() == []
        assert rows(path, "select count(*) from changes")[0][0] >= length
    mem.scope(user="alice").facts.set("a new", "life")
    assert mem.verify() == []


def test_an_erased_log_entry_holds_nothing_to_guess_from(mem: Any, path: Path) -> None:
    mem.scope(user="alice", agent="a", project="p", channel="c", session="s").facts.set("key", "v")
    mem.erase(user="alice")
    personal = "select \"user\", agent, project, channel, session, record, actor, content, salt from changes where kind = 'facts'"
    assert rows(path, personal) == [(None,) * 9]


def test_erasing_does_not_touch_the_log_of_anothers_session_of_the_same_name(mem: Any) -> None:
    for user in ("alice", "bob"):
        mem.scope(user=user, session="monday").facts.set("key", "v")
    mem.scope(user="alice").erase(session="monday")
    assert mem.scope(user="bob").facts.get("key").value == "v"
    assert mem.verify() == []


# who may


def test_exactly_one_thing_is_erased_at_a_time(mem: Any) -> None:
    for what in ({}, {"user": "alice", "tenant": "acme"}, {"user": "alice", "id": "x"}, {"session": "s", "id": "x"}):
        with pytest.raises(Invalid, match="exactly one"):
            mem.erase(**what)


@pytest.mark.parametrize(
    ("scope", "what"),
    [
        ({"user": "alice"}, {"user": "bob"}),
        ({"user": "alice"}, {"user": ""}),
        ({"user": "alice"}, {"tenant": ""}),
        ({"user": "alice"}, {"tenant": "acme"}),
        ({"tenant": "acme"}, {"tenant": "globex"}),
        ({"tenant": "acme"}, {"tenant": ""}),
        ({"tenant": "acme", "user": "alice"}, {"tenant": "acme"}),
        ({"tenant": "acme", "user": "alice"}, {"user": "bob"}),
        ({"tenant": "acme", "user": "alice"}, {"tenant": ""}),
        ({"project": "atlas"}, {"tenant": "acme"}),
    ],
)
def test_a_scope_may_not_erase_what_it_does_not_hold(mem: Any, path: Path, scope: dict[str, str], what: dict[str, str]) -> None:
    for tenant in ("", "acme", "globex"):
        for user in ("", "alice", "bob"):
            mem.scope(**({"tenant": tenant} if tenant else {}), **({"user": user} if user else {})).facts.set("key", "v")
    with pytest.raises(Denied):
        mem.scope(**scope).erase(**what)
    assert rows(path, "select count(*) from facts") == [(9,)]
    assert mem.verify() == []


def test_a_user_may_not_erase_anothers_record_or_session(mem: Any) -> None:
    bob, alice = mem.scope(user="bob"), mem.scope(user="alice")
    fact = bob.facts.set("key", "v")
    session = bob.sessions.start("work")
    bob.scope(session=session.id).messages.add("user", "hello")
    with pytest.raises(NotFound):
        alice.erase(id=fact.id)
    assert dict(alice.erase(session=session.id).records) == {}
    assert bob.messages.count() == 1
    assert bob.sessions.get(session.id) is not None
    assert mem.verify() == []


def test_a_tenants_administrator_does_not_reach_the_same_user_of_another_tenant(mem: Any) -> None:
    for tenant in ("acme", "globex"):
        mem.scope(tenant=tenant, user="alice").facts.set("key", tenant)
    mem.scope(tenant="acme").erase(user="alice")
    assert mem.scope(tenant="globex", user="alice").facts.get("key").value == "globex"
    assert mem.scope(tenant="acme", user="alice").facts.get("key") is None
    assert mem.verify() == []


def test_erasing_is_refused_in_names_that_cannot_be(mem: Any) -> None:
    for what in ({"user": "x" * 256}, {"tenant": "a\x00b"}, {"session": ""}, {"id": ""}):
        with pytest.raises(Invalid):
            mem.erase(**what)


# while others work


def test_erasing_while_others_write_takes_all_of_one_and_none_of_the_others(mem: Any, path: Path) -> None:
    for number in range(50):
        mem.scope(user="alice").facts.set(f"key {number}", secret("value"))
    stop = threading.Event()
    counts: dict[int, int] = {}

    def work(number: int) -> None:
        turn = 0
        while not stop.is_set():
            mem.scope(user=f"user {number}").facts.set(f"key {turn}", "v")
            turn += 1
            counts[number] = turn

    calls = [Call(lambda number=number: work(number)) for number in range(4)]
    mem.erase(user="alice")
    stop.set()
    for call in calls:
        call.outcome()
    assert mem.erase(user="alice").complete
    assert left(path) == []
    for number, turn in counts.items():
        assert mem.scope(user=f"user {number}").facts.count() == turn
    assert mem.verify() == []


def test_an_erased_user_may_come_back_as_somebody_new(mem: Any) -> None:
    alice = mem.scope(user="alice")
    alice.facts.set("pet", "an iguana")
    alice.messages.add("user", "hello", external_id="1")
    mem.erase(user="alice")
    assert alice.profile().is_new
    alice.facts.set("pet", "a turtle")
    alice.messages.add("user", "another hello", external_id="1")
    assert [fact.version for fact in alice.facts.history("pet")] == [1]
    assert alice.recall("iguana") == []
    assert [hit.record.value for hit in alice.recall("turtle")] == ["a turtle"]
    assert mem.verify() == []


def test_what_was_erased_is_not_in_the_past_either(mem: Any) -> None:
    from recollect.testing import FrozenClock

    clock = FrozenClock(datetime(2025, 1, 1, tzinfo=UTC))
    with Memory(":memory:", clock=clock) as memory:
        alice = memory.scope(user="alice")
        fact = alice.facts.set("pet", "an iguana")
        clock.advance(timedelta(days=1))
        alice.facts.set("pet", "a turtle")
        clock.advance(timedelta(days=1))
        memory.erase(id=fact.id)
        assert alice.facts.as_of(datetime(2025, 1, 1, 12, tzinfo=UTC)) == []
        assert alice.recall("iguana", as_of=datetime(2025, 1, 1, 12, tzinfo=UTC)) == []
        assert alice.facts.history("pet") == []


def test_nothing_is_left_for_a_process_killed_right_after(path: Path) -> None:
    code = f"""
        import os
        from recollect import Memory
        memory = Memory(sys.argv[1])
        memory.scope(user="alice").messages.add("user", "{secret("message")} " * 5000)
        memory.erase(user="alice")
        os._exit(0)
    """
    run(code, path)
    assert left(path) == []


def test_the_async_face_erases_as_well(path: Path) -> None:
    import asyncio

    from recollect import AsyncMemory

    async def main() -> None:
        async with AsyncMemory(path) as memory:
            await memory.scope(user="alice").messages.add("user", secret("message"))
            assert (await memory.erase(user="alice")).complete
            assert left(path) == []
            assert await memory.verify() == []

    asyncio.run(main())
