"""`verify` names each kind of damage, and nothing where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import Memory, behind, rows

from recollect import Problem


@pytest.fixture
def filled(path: Path) -> Iterator[Any]:
    """Something of every kind, for two users and two tenants, with history and deletions."""
    with Memory(path, durability="normal") as memory:
        for scope in (memory.scope(user="alice"), memory.scope(user="bob"), memory.scope(tenant="acme", user="carol"), memory):
            session = scope.sessions.start("work")
            there = scope.scope(session=session.id)
            there.messages.add("user", "my iguana lives in Lisbon")
            there.messages.exchange("what does an iguana eat", "leaves and flowers")
            scope.messages.delete(scope.messages.list()[0].id)
            scope.facts.set("pet", "a gecko")
            scope.facts.set("pet", "an iguana")
            scope.facts.set("gone", "a turtle")
            scope.facts.delete("gone")
            scope.remember("iguanas like the sun", tags=["pets"])
            scope.remember("iguanas like the sun", tags=["sun"])
            scope.conversations.close_current("about an iguana")
        memory.scope(user="alice").aliases.add("al", "alice")
        memory.scope(tenant="acme").aliases.add("caro", "carol")
        yield memory


def told(memory: Any) -> list[Problem]:
    found: list[Problem] = memory.verify()
    assert all(isinstance(one, Problem) and one.where and one.what and one.message for one in found)
    return found


def named(memory: Any, where: str, *words: str) -> list[Problem]:
    """The problems of this place; there must be one that says all of these words."""
    found = told(memory)
    fitting = [one for one in found if one.where == where and all(word in f"{one.what} {one.message}" for word in words)]
    assert fitting, found
    return found


def test_a_clean_memory_has_no_problems(filled: Any) -> None:
    assert told(filled) == []


def test_a_new_memory_has_no_problems(mem: Any) -> None:
    assert told(mem) == []


def test_a_memory_that_was_erased_and_merged_and_vacuumed_has_no_problems(filled: Any) -> None:
    filled.aliases.merge("al") if filled.scope(user="al").facts.list() else None
    filled.scope(user="bob").facts.set("preferred_language", "de")
    filled.erase(user="alice")
    filled.scope(user="alice").facts.set("pet", "a new one")
    filled.vacuum()
    assert told(filled) == []


def test_a_view_of_a_tenant_looks_at_that_tenant_only(filled: Any, path: Path) -> None:
    behind(path, "update facts set value = 'a snake' where tenant = 'acme'")
    assert told(filled.scope(tenant="acme"))
    assert told(filled.scope(user="alice")) == []


# the file


def test_a_byte_flipped_in_a_message_is_found_even_where_sqlite_sees_nothing(filled: Any, path: Path) -> None:
    message = filled.scope(user="bob").messages.add("user", "the pelican is unmistakable")
    filled.close()
    content = bytearray(path.read_bytes())
    place = content.find(b"the pelican is unmistakable")
    assert place > 0
    content[place + 4] ^= 0x01  # "pelican" becomes "qelican"
    path.write_bytes(content)
    db = apsw.Connection(str(path))
    assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
    db.close()
    with Memory(path) as again:
        named(again, "records", "messages", message.id)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_page_is_found_or_changes_nothing(path: Path, seed: int) -> None:
    """64 bytes of one page are overwritten: opening refuses, or verify finds it, or no record is other than it was."""
    import random

    from recollect import RecollectError

    with Memory(path, durability="normal") as memory:
        for number in range(200):
            memory.scope(user=f"user {number % 3}").messages.add("user", f"item {number} " + "word " * 30)
        memory.vacuum()
        before = rows(path, "select id, content from messages order by seq")
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    place = chance.randrange(4096, len(content) - 64)
    content[place : place + 64] = chance.randbytes(64)
    path.write_bytes(content)
    try:
        with Memory(path) as again:
            found = again.verify()
    except RecollectError:
        return
    if not found:
        assert rows(path, "select id, content from messages order by seq") == before


def test_a_table_that_is_gone_is_found(filled: Any, path: Path) -> None:
    behind(path, "drop table notes")
    assert told(filled)


# records

KINDS = ["sessions", "conversations", "messages", "facts", "notes", "aliases"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_deleted_behind_our_back_is_found(filled: Any, path: Path, kind: str) -> None:
    ((raw,),) = rows(path, f"select id from {kind} order by seq desc limit 1")
    db = apsw.Connection(str(path))
    db.execute("pragma foreign_keys = off")
    db.execute(f"delete from {kind} where id = ?", (raw,))
    db.close()
    named(filled, "records", kind, raw.hex()[-12:])


CHANGES = {
    "sessions": ["title = 'other'", "status = 'archived'", "metadata = '{\"a\":1}'", "external_id = 'x'", "deleted_at = 1"],
    "conversations": ["title = 'other'", "summary = 'other'", "closed_at = 1"],
    "messages": ["content = 'other'", "role = 'system'", "name = 'other'", "created_at = 1", "importance = 1.0", "tokens = 1", "deleted_at = 1"],
    "facts": ["value = 'other'", "key = 'other'", "source = 'other'", "version = 9", "updated_at = 1"],
    "notes": ["text = 'other'", "tags = '[]'", "pinned = 1", "type = 'other'", "expires_at = 1"],
    "aliases": ["canonical = 'other'", "alias = 'other'"],
}
SCOPES = ["\"user\" = 'mallory'", "project = 'other'", "agent = 'other'", "channel = 'other'", "session = 'other'"]


@pytest.mark.parametrize(("kind", "change"), [(kind, change) for kind, changes in CHANGES.items() for change in changes])
def test_a_row_changed_behind_our_back_is_found(filled: Any, path: Path, kind: str, change: str) -> None:
    (raw, *_) = rows(path, f"select id from {kind} order by seq desc limit 1")[0]
    behind(path, f"update {kind} set {change} where id = ?", raw)
    named(filled, "records", kind, raw.hex()[-12:])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", SCOPES)
def test_a_row_given_to_somebody_else_behind_our_back_is_found(filled: Any, path: Path, kind: str, change: str) -> None:
    (raw, *_) = rows(path, f"select id from {kind} order by seq desc limit 1")[0]
    behind(path, f"update {kind} set {change} where id = ?", raw)
    named(filled, "records", kind, raw.hex()[-12:])


def test_a_row_inserted_behind_our_back_is_found(filled: Any, path: Path) -> None:
    behind(
        path,
        """insert into facts (id, tenant, "user", agent, project, channel, session, created_at, updated_at, version, key, value)
        values (randomblob(16), '', 'alice', '', '', '', '', 1, 1, 1, 'planted', 'do as I say')""",
    )
    named(filled, "records", "facts", "not in the change log")


def test_a_row_inserted_for_a_tenant_that_never_was_is_found(filled: Any, path: Path) -> None:
    behind(
        path,
        """insert into facts (id, tenant, "user", agent, project, channel, session, created_at, updated_at, version, key, value)
        values (randomblob(16), 'planted', 'alice', '', '', '', '', 1, 1, 1, 'planted', 'do as I say')""",
    )
    named(filled, "records", "facts")


def test_an_old_version_changed_behind_our_back_is_found(filled: Any, path: Path) -> None:
    behind(path, "update versions set body = replace(body, 'gecko', 'snake') where kind = 'facts' and \"user\" = 'bob' and body like '%gecko%'")
    assert any(fact.value == "a snake" for fact in filled.scope(user="bob").facts.history("pet"))
    assert told(filled)


@pytest.mark.parametrize("change", ["ended_at = ended_at + 1000000", "ended_at = ended_at - 1000000", "began_at = began_at + 1", "version = 7"])
def test_a_version_moved_in_time_behind_our_back_is_found(filled: Any, path: Path, change: str) -> None:
    behind(path, f"update versions set {change} where kind = 'facts' and \"user\" = 'bob' and body like '%gecko%'")
    assert told(filled)


def test_an_old_version_deleted_behind_our_back_is_found(filled: Any, path: Path) -> None:
    behind(path, "delete from versions where kind = 'facts' and \"user\" = 'bob'")
    assert told(filled)


# the index


def entry(path: Path, user: str, kind: str) -> tuple[int, int]:
    sql = """select d.number, o.number from documents d join owners o on o.number = d.owner
        where o."user" = ? and o.tenant = '' and d.kind = ? order by d.number"""
    found: Any = rows(path, sql, user, kind)[-1]
    return int(found[0]), int(found[1])


def words_of(path: Path, document: int) -> str:
    return " ".join(term for (term,) in rows(path, "select term from postings where doc = ? order by offset", document))


def test_a_missing_index_entry_is_found(filled: Any, path: Path) -> None:
    document, _ = entry(path, "bob", "facts")
    behind(path, "insert into words (words, rowid, tokens) values ('delete', ?, ?)", document, words_of(path, document))
    named(filled, "index", "facts")


def test_a_missing_document_is_found(filled: Any, path: Path) -> None:
    document, _ = entry(path, "bob", "facts")
    behind(path, "delete from documents where number = ?", document)
    named(filled, "index")


def test_an_index_entry_with_other_words_is_found(filled: Any, path: Path) -> None:
    document, owner = entry(path, "bob", "facts")
    old = words_of(path, document)
    behind(path, "insert into words (words, rowid, tokens) values ('delete', ?, ?)", document, old)
    behind(path, "insert into words (rowid, tokens) values (?, ?)", document, old.replace("iguana", "snake"))
    assert owner
    named(filled, "index", "facts")


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (base36(number // 36) if number >= 36 else "") + digits[number % 36]


def test_an_extra_index_entry_of_a_document_that_is_not_is_found(filled: Any, path: Path) -> None:
    _, owner = entry(path, "bob", "facts")
    behind(path, "insert into words (rowid, tokens) values (999999, ?)", f"{base36(owner)}_snake")
    named(filled, "index")


def test_an_extra_index_entry_of_an_owner_that_is_not_is_found(filled: Any, path: Path) -> None:
    behind(path, "insert into words (rowid, tokens) values (999999, 'zz_snake')")
    assert any("index" in f"{one.where} {one.what}" and "zz_" in one.message for one in told(filled))


def test_an_extra_word_of_another_owner_in_a_document_is_found(filled: Any, path: Path) -> None:
    document, _ = entry(path, "bob", "facts")
    _, alice = entry(path, "alice", "facts")
    old = words_of(path, document)
    behind(path, "insert into words (words, rowid, tokens) values ('delete', ?, ?)", document, old)
    behind(path, "insert into words (rowid, tokens) values (?, ?)", document, f"{old} {base36(alice)}_snake")
    named(filled, "index")


def test_an_extra_document_is_found(filled: Any, path: Path) -> None:
    columns = [name for _, name, *_ in rows(path, "pragma table_info(documents)") if name not in ("number", "record")]
    listed = ", ".join(f'"{name}"' for name in columns)
    behind(path, f"insert into documents (record, {listed}) select randomblob(16), {listed} from documents limit 1")
    named(filled, "index")


DOCUMENT = ["project = 'other'", "agent = 'other'", "role = 'system'", "at = 1", "kind = 'notes'", "speaker = 'Eve'", "thread = null", "length = 99"]


@pytest.mark.parametrize("change", DOCUMENT)
def test_a_document_that_says_something_else_than_its_record_is_found(filled: Any, path: Path, change: str) -> None:
    """Recall filters by these columns: a wrong one hides a record, or shows it where it does not belong."""
    document, _ = entry(path, "bob", "messages")
    behind(path, f"update documents set {change} where number = ?", document)
    named(filled, "index")


@pytest.mark.parametrize("change", ["documents = documents + 1", "words = words + 100", "near = near + 100"])
def test_counts_of_an_owner_that_are_wrong_are_found(filled: Any, path: Path, change: str) -> None:
    behind(path, f"update owners set {change} where \"user\" = 'bob'")
    named(filled, "index", "bob")


def test_an_owner_that_is_gone_is_found(filled: Any, path: Path) -> None:
    behind(path, "delete from owners where \"user\" = 'bob'")
    named(filled, "index")


# the change log

COLUMNS = {
    "at": "at + 1", "kind": "'notes'", "action": "'other'", "user": "'mallory'", "agent": "'other'", "project": "'other'", "channel": "'other'",
    "session": "'other'", "record": "randomblob(16)", "actor": "'other'", "content": "randomblob(16)", "salt": "randomblob(16)",
    "digest": "randomblob(32)", "hash": "randomblob(32)", "operation": "randomblob(16)",
}  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_log_entry_is_found(filled: Any, path: Path, column: str) -> None:
    behind(path, f"update changes set \"{column}\" = {COLUMNS[column]} where tenant = '' and position = 5")
    named(filled, "log", "5")


def test_a_log_entry_blanked_behind_our_back_as_if_it_were_erased_does_not_hide_its_record(filled: Any, path: Path) -> None:
    behind(
        path,
        """update changes set "user" = null, agent = null, project = null, channel = null, session = null, record = null, actor = null,
        content = null, salt = null where tenant = '' and kind = 'facts'""",
    )
    assert told(filled)


def test_a_log_entry_deleted_in_the_middle_is_found(filled: Any, path: Path) -> None:
    behind(path, "delete from changes where tenant = '' and position = 5")
    named(filled, "log", "5")


def test_two_log_entries_that_changed_places_are_found(filled: Any, path: Path) -> None:
    for old, new in ((5, -1), (6, 5), (-1, 6)):
        behind(path, "update changes set position = ? where tenant = '' and position = ?", new, old)
    named(filled, "log", "5")


def test_a_cut_tail_of_the_log_is_found(filled: Any, path: Path) -> None:
    ((last,),) = rows(path, "select max(position) from changes where tenant = ''")
    behind(path, "delete from changes where tenant = '' and position > ?", last - 3)
    named(filled, "log", "cut")


def test_a_log_emptied_is_found(filled: Any, path: Path) -> None:
    behind(path, "delete from changes where tenant = 'acme'")
    named(filled, "log", "acme")


def test_a_cut_tail_with_a_forged_head_is_found_by_the_records(filled: Any, path: Path) -> None:
    ((last,),) = rows(path, "select max(position) from changes where tenant = ''")
    behind(path, "delete from changes where tenant = '' and position > ?", last - 3)
    behind(
        path,
        "update chains set position = ?, hash = (select hash from changes where tenant = '' and position = ?) where tenant = ''",
        last - 3, last - 3,
    )  # fmt: skip
    assert told(filled)


def test_a_chain_whose_head_is_gone_is_found(filled: Any, path: Path) -> None:
    behind(path, "delete from chains where tenant = 'acme'")
    named(filled, "log", "acme")


def test_a_chain_emptied_with_its_head_is_found_by_the_records(filled: Any, path: Path) -> None:
    behind(path, "delete from chains where tenant = 'acme'")
    behind(path, "delete from changes where tenant = 'acme'")
    assert told(filled)


def test_an_entry_added_behind_our_back_is_found(filled: Any, path: Path) -> None:
    columns = [name for _, name, *_ in rows(path, "pragma table_info(changes)") if name not in ("seq", "position")]
    listed = ", ".join(f'"{name}"' for name in columns)
    last = "from changes where tenant = '' order by position desc limit 1"
    behind(path, f"insert into changes (position, {listed}) select position + 1, {listed} {last}")
    named(filled, "log")


def test_every_damage_is_named_not_only_the_first(filled: Any, path: Path) -> None:
    behind(path, "update facts set value = 'a snake' where \"user\" = 'bob' and key = 'pet'")
    behind(path, "update changes set action = 'other' where tenant = 'acme' and position = 2")
    document, _ = entry(path, "alice", "notes")
    behind(path, "insert into words (words, rowid, tokens) values ('delete', ?, ?)", document, words_of(path, document))
    assert {one.where for one in told(filled)} == {"records", "log", "index"}


def test_verifying_changes_nothing(filled: Any, path: Path) -> None:
    def everything() -> list[Any]:
        return [rows(path, f"select * from {name}") for name in (*KINDS, "changes", "chains", "owners", "documents", "versions")]

    before = everything()
    told(filled)
    assert everything() == before


def test_a_record_is_vouched_for_on_every_python(filled: Any) -> None:
    """Digests are of JSON, never of repr."""
    filled.scope(user="alice").remember("snow ☃ man \u2028 \U0001fae8 ﷽ \u0378", tags=["é"], importance=0.1 + 0.2)
    filled.scope(user="alice").messages.add("user", "x", metadata={"π": [1.5, None, True, {"b": "\u2029"}]})
    assert told(filled) == []
    assert sys.version_info >= (3, 11)
