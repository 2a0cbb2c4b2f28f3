"""Foreign SQLite files: read without a trace, and their rows made into records by one rule."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from recollect import Invalid
from recollect.kinds.facts import Fact
from recollect.transfer import databases as db
from recollect.transfer.foreign import BadRecord

JUNE = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "theirs" / "any.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            create table pets (name text primary key, legs integer, photo blob, note text) without rowid;
            create table "odd "" name" ("a b" text, "select" integer);
            create table numbered (id integer primary key autoincrement, said text);
            create virtual table found using fts5 (said);
            create table found_again (x);
            create view busy as select * from pets;
            insert into pets values ('Rex', 4, x'ff00', null), ('Ada', 2, null, 'sings');
            insert into "odd "" name" values ('x', 1);
            insert into numbered (said) values ('c'), ('a'), ('b');
            """)
        connection.commit()
    return path


@pytest.fixture
def source(file: Path) -> Iterator[db.Source]:
    with db.opened(file) as opened:
        yield opened


def test_tables_are_the_ordinary_ones_without_search_indexes_and_views(source: db.Source) -> None:
    assert source.tables == ("numbered", 'odd " name', "pets")


def test_columns_come_in_their_order_and_of_a_missing_table_there_are_none(source: db.Source) -> None:
    assert source.columns("pets") == ("name", "legs", "photo", "note")
    assert source.columns('odd " name') == ("a b", "select")
    assert source.columns("gone") == ()


def test_rows_are_mappings_in_the_order_asked_for(source: db.Source) -> None:
    assert [row["said"] for row in source.rows("numbered")] == ["c", "a", "b"]
    assert [row["said"] for row in source.rows("numbered", "said desc")] == ["c", "b", "a"]
    assert list(source.rows("pets", "name")) == [
        {"name": "Ada", "legs": 2, "photo": None, "note": "sings"}, {"name": "Rex", "legs": 4, "photo": b"\xff\x00", "note": None},
    ]  # fmt: skip
    assert list(source.rows("gone")) == []


def test_text_that_is_no_utf_8_comes_as_bytes_and_stops_nothing(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("insert into numbered (said) values (cast(x'41ff' as text))")
        connection.commit()
    with db.opened(file) as source:
        assert [row["said"] for row in source.rows("numbered")] == ["c", "a", "b", b"A\xff"]


def test_a_source_cannot_be_written_to(source: db.Source) -> None:
    with pytest.raises(sqlite3.OperationalError):
        source._db.execute("delete from numbered")


def test_a_source_is_read_on_from_another_thread(source: db.Source) -> None:
    rows, found = source.rows("numbered"), list[Any]()
    next(rows)
    thread = threading.Thread(target=lambda: found.extend(rows))
    thread.start()
    thread.join()
    assert [row["said"] for row in found] == ["a", "b"]


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_copy_that_was_needed_is_gone_afterwards(file: Path, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    beside = file.with_name(file.name + end)
    beside.write_bytes(b"left by a crash")
    before = file.read_bytes()
    with db.opened(file) as source:
        assert len(list(source.rows("numbered"))) == 3
        assert len(list(copies.iterdir())) == 1
    assert list(copies.iterdir()) == []
    assert (file.read_bytes(), beside.read_bytes()) == (before, b"left by a crash")
    assert sorted(each.name for each in file.parent.iterdir()) == [file.name, beside.name]


def test_a_copy_is_of_one_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file and its `-wal` from before and after a change contradict each other."""
    beside, copied, copy = file.with_name(file.name + "-wal"), list[str](), shutil.copyfile
    beside.write_bytes(b"first")

    def meanwhile(source: Path, target: Path) -> None:
        copy(source, target)
        copied.append(source.name)
        if copied == [file.name]:
            beside.write_bytes(b"second, and longer")

    monkeypatch.setattr(shutil, "copyfile", meanwhile)
    with db.opened(file):
        assert copied == [file.name, beside.name] * 2


def test_a_file_that_is_written_to_all_the_time_is_a_bad_record_that_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside, copy = file.with_name(file.name + "-wal"), shutil.copyfile
    beside.write_bytes(b"x")

    def meanwhile(source: Path, target: Path) -> None:
        copy(source, target)
        beside.write_bytes(beside.read_bytes() + b"x")

    monkeypatch.setattr(shutil, "copyfile", meanwhile)
    (found,) = db.read(file, lambda source: iter(()))
    assert isinstance(found, BadRecord)
    assert "close the program that uses it" in found.reason


def test_an_interrupted_change_is_undone_in_what_is_read_and_not_in_the_file(tmp_path: Path) -> None:
    """Opened without its journal, the file would show half of a change that was never made."""
    alive, left = tmp_path / "alive.db", tmp_path / "theirs" / "left.db"
    left.parent.mkdir()
    with closing(sqlite3.connect(alive)) as connection:
        connection.executescript("pragma cache_size = 1; create table t (x integer, filling blob);")
        connection.executemany("insert into t values (?, zeroblob(3000))", [(1,)] * 200)
        connection.commit()
        connection.execute("update t set x = 2, filling = randomblob(3000)")  # more than the cache holds, so it is in the file
        for end in ("", "-journal"):
            left.with_name(left.name + end).write_bytes(alive.with_name(alive.name + end).read_bytes())
        connection.rollback()
    before = {each.name: each.read_bytes() for each in left.parent.iterdir()}
    assert len(before) == 2
    with db.opened(left) as source:
        assert {row["x"] for row in source.rows("t")} == {1}
    assert {each.name: each.read_bytes() for each in left.parent.iterdir()} == before


def test_what_is_no_database_is_one_bad_record(tmp_path: Path) -> None:
    path = tmp_path / "any.db"
    path.write_bytes(db.MAGIC + b"nonsense" * 100)
    (found,) = db.read(path, lambda source: iter(()))
    assert isinstance(found, BadRecord)
    assert not db.has(path, path.read_bytes(), ("pets", {"name"}))


def test_a_file_is_told_by_the_columns_of_its_tables(file: Path) -> None:
    head = file.read_bytes()[:64]
    assert db.has(file, head, ("gone", {"name"}), ("pets", {"name", "legs"}))
    assert not db.has(file, head, ("pets", {"name", "wings"}))
    assert not db.has(file, b"PK", ("pets", {"name"}))


# ids


def test_the_same_content_has_the_same_id_everywhere_and_always() -> None:
    assert db.record_id("kernex", "messages", 1, "Hello", JUNE) == "1af4d89d-3f54-8ff5-8b0b-58acfb820305"


def test_ids_are_canonical_uuids_of_version_8() -> None:
    for number in range(50):
        id = db.record_id("kernex", "messages", number)
        assert (str(UUID(id)), UUID(id).version, UUID(id).variant) == (id, 8, "specified in RFC 4122")


def test_ids_of_different_content_differ() -> None:
    parts: list[tuple[object, ...]] = [
        (), ("",), ("", ""), (None,), (1,), ("1",), (1.5,), (True,), ("a", "b"), ("ab",), ("a,b",), ('a","b',), (b"a",), ("61",), (JUNE,),
        (JUNE.isoformat(),), (JUNE + timedelta(microseconds=1),), ("\ufffd",), (["a"],), (("a", "b"),),
    ]  # fmt: skip
    ids = [db.record_id(format, table, *some) for format in ("kernex", "nexo") for table in ("messages", "facts") for some in parts]
    assert len(set(ids)) == len(ids)


def test_a_time_is_the_same_id_in_any_zone() -> None:
    assert db.record_id("f", "t", JUNE) == db.record_id("f", "t", JUNE.astimezone(timezone(timedelta(hours=5))))


# times


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2024-06-01 10:00:00", JUNE),
        ("2024-06-01 10:00:00.123456", JUNE + timedelta(microseconds=123456)),
        ("2024-06-01T10:00:00Z", JUNE),
        ("2024-06-01T12:00:00+02:00", JUNE),
        (" 2024-06-01T10:00:00 ", JUNE),
        (1717236000, JUNE),
        (1717236000.5, JUNE + timedelta(milliseconds=500)),
        ("1717236000", JUNE),
        (1717236000123, JUNE + timedelta(milliseconds=123)),
        (1717236000123456, JUNE + timedelta(microseconds=123456)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_to_the_microsecond(said: object, meant: datetime) -> None:
    assert db.when(said) == meant


@pytest.mark.parametrize("said", ["", "noon", "2024-13-01", "99999-01-01", b"2024-06-01", None, True, [], 2**62, float("nan"), float("inf"), 10**20])
def test_what_is_no_time_is_refused(said: object) -> None:
    with pytest.raises((ValueError, OverflowError)):
        db.when(said)


# records


def test_a_record_is_made_of_what_is_particular_to_it() -> None:
    id = db.record_id("f", "t", 1)
    line = db.made("facts", "any.db, t 1", id=id, user="alice", created_at="2024-06-01 10:00:00", key="pet", value="a cat")
    assert (line.where, line.kind) == ("any.db, t 1", "facts")
    assert line.record == Fact(id, "", "alice", "", "", "", "", JUNE, JUNE, None, 1, "pet", "a cat", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": ""}, {"value": 1}, {"user": "a\0b"}, {"user": "a" * 256}, {"key": ""}, {"key": "a\nb"}, {"created_at": None}, {"id": "17"},
        {"version": 0},
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_before_anything_is_written(wrong: dict[str, Any]) -> None:
    right = {"id": db.record_id("f", "t", 1), "created_at": JUNE, "key": "pet", "value": "a cat"}
    db.made("facts", "", **right)
    with pytest.raises((ValueError, Invalid)):
        db.made("facts", "", **{**right, **wrong})


def test_a_field_that_the_kind_does_not_have_is_a_mistake_of_the_reader() -> None:
    with pytest.raises(TypeError, match="colour"):
        db.made("facts", "", id=db.record_id("f", "t"), created_at=JUNE, key="a", value="b", colour="red")


def test_a_nul_in_a_text_is_replaced_and_in_a_name_refused() -> None:
    line = db.made("facts", "", id=db.record_id("f", "t"), created_at=JUNE, key="pet", value="a\0cat")
    assert line.record.value == "a\ufffdcat"


# rows


def test_a_row_that_is_refused_is_reported_with_its_place_and_the_rest_goes_on(source: db.Source) -> None:
    def tell(where: str, row: db.Row) -> db.Line | None:
        if row["said"] == "a":
            raise ValueError("it says a.")
        return db.made("notes", where, id=db.record_id("f", "numbered", row["id"]), created_at=JUNE, text=row["said"], type="note", tags=[],
            importance=0.5, pinned=False, reinforced=0)  # fmt: skip

    first, bad, last = db.lines(source, "numbered", tell)
    assert bad == BadRecord("any.db, numbered 2", "This cannot be read: it says a.")
    assert [line.record.text for line in (first, last) if isinstance(line, db.Line)] == ["c", "b"]


def test_a_mistake_of_a_reader_is_no_bad_row(source: db.Source) -> None:
    def tell(where: str, row: db.Row) -> None:
        raise KeyError("a column that I forgot")

    with pytest.raises(KeyError):
        list(db.lines(source, "numbered", tell))


def test_what_has_no_home_is_counted_by_table_and_column(source: db.Source) -> None:
    known = {"pets": ("name", "legs"), "numbered": ("id", "said")}
    assert list(db.homeless(source, known)) == [
        BadRecord('any.db, odd " name', "Nothing here corresponds to this table; left out: 1 row."),
        BadRecord("any.db, pets", "What stands in these columns has no home here: photo (1 row), note (1 row)."),
    ]
    assert list(db.homeless(source, known, ('odd " name', "pets"))) == []
