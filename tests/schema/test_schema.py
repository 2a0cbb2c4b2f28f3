"""All migrations == the snapshot == the declared columns; each step whole or not at all, after a copy of the file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import Memory, behind, rows, said, script

from recollect import Corrupt, SchemaTooNew, SchemaTooOld
from recollect.core.table import VOLATILE
from recollect.kinds import KINDS
from recollect.schema import migrate

SNAPSHOT = Path(__file__).parent / "schema.sqlite.sql"


def snapshot(path: Path) -> str:
    """What stands in sqlite_schema, but for what SQLite and FTS5 make by themselves."""
    found = rows(path, "select sql from sqlite_schema where sql is not null and name not glob 'words_*' order by type desc, name")
    return "\n\n".join(f"{sql};" for (sql,) in found) + "\n"


def test_the_migrations_make_the_schema_of_the_snapshot(path: Path) -> None:
    """Defect 16 of engram: an index had the name of another one, so it was never made.

    The snapshot is made anew by `python tests/schema/regenerate.py`, after a migration was added.
    """
    Memory(path).close()
    assert snapshot(path) == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", KINDS)
def test_a_kinds_columns_are_its_records_fields(path: Path, name: str) -> None:
    Memory(path).close()
    table = KINDS[name].table
    there = {column: (kind.lower(), bool(notnull)) for _, column, kind, notnull, _, _ in rows(path, f"pragma table_info({name})")}
    assert there.pop("seq") == ("integer", False)
    declared = {column.name: (column.codec.sql, column.required) for column in table.columns}
    declared |= {column: (codec.sql, True) for column, (codec, _) in (table.derived or {}).items()}
    assert there == declared


def test_every_table_of_a_kind_has_a_kind(path: Path) -> None:
    Memory(path).close()
    ours = {
        "owners",
        "documents",
        "words",
        "postings",
        "frequencies",
        "versions",
        "changes",
        "chains",
        "settings",
        "leases",
        "migrations",
        "spaces",
        "vectors",
        "pending",
    }
    there = {found for (found,) in rows(path, "select name from sqlite_schema where type = 'table' and name not glob 'words_*'")}
    assert there - ours == set(KINDS)


def test_every_table_is_strict_and_has_its_tenant_in_every_unique_index(path: Path) -> None:
    Memory(path).close()
    for name in KINDS:
        assert rows(path, "select strict from pragma_table_list where name = ?", name) == [(1,)]
        for index, unique in rows(path, f"select name, \"unique\" from pragma_index_list('{name}')"):
            first = rows(path, f"select name from pragma_index_info('{index}') order by seqno")[0][0]
            assert first == "tenant" or not unique, (name, index)


def test_fields_that_move_often_are_declared_volatile() -> None:
    assert {name for name, kind in KINDS.items() for column in kind.table.columns if column.volatile} <= {
        "sessions", "conversations", "messages", "tasks", "signals",
    }  # fmt: skip
    assert VOLATILE == {"volatile": True}


def test_a_file_knows_what_was_done_to_it(path: Path) -> None:
    """Defect 22 of nexo: there was no record of what had been migrated, and errors were told apart by their text."""
    Memory(path).close()
    known = [(name, hashlib.sha256(sql.encode()).hexdigest()) for name, sql, _ in migrate.steps()]
    assert rows(path, "select name, checksum from migrations order by name") == known
    assert rows(path, "pragma application_id") == [(0x52434C54,)]  # "RCLT"


@pytest.mark.promise("files")
def test_a_released_step_is_never_edited() -> None:
    """Add a line when a step is released."""
    released: dict[str, str] = {}
    assert {name: checksum for name, _, checksum in migrate.steps() if name in released} == released


# a step that is yet to come


def with_step(monkeypatch: pytest.MonkeyPatch, sql: str, name: str = "0999_next") -> None:
    known = migrate.steps()
    more = (*known, (name, sql, hashlib.sha256(sql.encode()).hexdigest()))
    monkeypatch.setattr(migrate, "steps", lambda database="sqlite": more)


ADD = "create table more (seq integer primary key, text text not null) strict; insert into more (text) values ('moved');"


@pytest.fixture
def old(path: Path) -> Path:
    """A file of this version, with something in it; a later version is about to open it."""
    with Memory(path) as memory:
        memory.facts.set("pet", "iguana")
    return path


@pytest.mark.promise("files")
def test_an_older_file_is_migrated_after_a_copy_was_made(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(rows(old, "select name from sqlite_schema order by name"))
    with_step(monkeypatch, ADD)
    with Memory(old) as memory:
        assert memory.facts.get("pet").value == "iguana"
        assert memory.verify() == []
    assert rows(old, "select text from more") == [("moved",)]
    copy = old.with_name(old.name + ".before-0999_next")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert list(rows(copy, "select name from sqlite_schema order by name")) == before
    assert rows(copy, "select value from facts") == [("iguana",)]
    assert rows(copy, "pragma integrity_check") == [("ok",)]
    assert not list(old.parent.glob("*.part*"))


def test_a_migration_is_told_in_the_log(old: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with_step(monkeypatch, ADD)
    with caplog.at_level("WARNING", "recollect"):
        Memory(old).close()
    assert any(".before-0999_next" in record.getMessage() for record in caplog.records)


def test_a_new_file_needs_no_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_step(monkeypatch, ADD)
    Memory(path).close()
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.promise("files")
def test_a_step_that_fails_in_the_middle_leaves_the_file_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defects 5 of kernex, 16 of engram and 12 of sessions-db: a migration that stopped halfway left a file that could not be opened any more."""
    before = rows(old, "select name, sql from sqlite_schema order by name"), rows(old, "select * from migrations")
    with monkeypatch.context() as patch:
        with_step(patch, ADD + "insert into nothing values (1);")
        with pytest.raises(Exception, match="nothing"):
            Memory(old)
        assert (rows(old, "select name, sql from sqlite_schema order by name"), rows(old, "select * from migrations")) == before
    with Memory(old) as memory:
        assert memory.facts.get("pet").value == "iguana"
    with_step(monkeypatch, ADD)
    with Memory(old) as memory:
        assert memory.facts.get("pet").value == "iguana"
    assert rows(old, "select text from more") == [("moved",)]


@pytest.mark.promise("files")
def test_the_second_of_two_steps_that_fails_leaves_the_first_done(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        with_step(patch, ADD)
        with_step(patch, "insert into nothing values (1);", "0999_then")
        with pytest.raises(Exception, match="nothing"):
            Memory(old)
        assert ("0999_next",) in rows(old, "select name from migrations")
        assert ("0999_then",) not in rows(old, "select name from migrations")


@pytest.mark.promise("files")
def test_a_file_of_a_later_version_is_refused_with_a_sentence(old: Path) -> None:
    """Defect 5 of kernex: a file of a later version was opened as if it were known."""
    behind(old, "insert into migrations values ('0999_next', 'abc', 0)")
    with pytest.raises(SchemaTooNew, match="upgrade recollect"):
        Memory(old)


@pytest.mark.promise("files")
def test_a_step_that_was_applied_with_other_content_is_refused(old: Path) -> None:
    behind(old, "update migrations set checksum = 'abc'")
    with pytest.raises(Corrupt, match="other content"):
        Memory(old)


def test_an_older_file_is_not_migrated_for_reading(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_step(monkeypatch, ADD)
    with pytest.raises(SchemaTooOld, match="without read_only"):
        Memory(old, read_only=True)
    assert not list(old.parent.glob("*.before*"))


def test_a_memory_that_is_open_goes_on_beside_a_migration(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(old) as before:
        with monkeypatch.context() as patch:
            with_step(patch, ADD)
            Memory(old).close()
        before.facts.set("more", "v")
        assert before.verify() == []


@pytest.mark.promise("files")
def test_four_processes_that_migrate_at_once_do_it_once(old: Path) -> None:
    """Defect 5 of kernex: two processes that opened a file at once both migrated it."""
    code = f"""
        import hashlib
        from recollect import Memory
        from recollect.schema import migrate
        known, sql = migrate.steps(), {ADD!r}
        more = (*known, ("0999_next", sql, hashlib.sha256(sql.encode()).hexdigest()))
        migrate.steps = lambda database="sqlite": more
        sys.stdin.readline()
        with Memory(sys.argv[1]) as memory:
            print(memory.facts.get("pet").value, memory.verify())
    """
    running = [script(code, old, stdin=-1) for _ in range(4)]
    for one in running:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [said(one) for one in running] == ["iguana []"] * 4
    assert rows(old, "select text from more") == [("moved",)]
    copy = old.with_name(old.name + ".before-0999_next")
    assert rows(copy, "pragma integrity_check") == [("ok",)]
    assert rows(copy, "select count(*) from sqlite_schema where name = 'more'") == [(0,)]
    assert not list(old.parent.glob("*.part*"))


def test_a_copy_that_is_there_already_is_not_overwritten(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = old.with_name(old.name + ".before-0999_next")
    copy.write_bytes(b"precious")
    with_step(monkeypatch, ADD)
    Memory(old).close()
    assert copy.read_bytes() == b"precious"


def test_a_step_meets_the_words_table_as_well(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual tables take part in the transaction of a step."""
    with_step(monkeypatch, "insert into words (words, rank) values ('automerge', 4); insert into nothing values (1);")
    with pytest.raises(Exception, match="nothing"):
        Memory(old)
    assert rows(old, "select count(*) from words_config where k = 'automerge'") == [(0,)]


def test_schema_and_snapshot_name_no_time_of_the_database(path: Path) -> None:
    text: Any = SNAPSHOT.read_text(encoding="utf-8").lower()
    assert "current_timestamp" not in text
    assert "now()" not in text
    assert apsw.sqlite_lib_version() >= "3.50"
