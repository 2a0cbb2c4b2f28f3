"""Backups of a file in use, restoring them, giving space back, counting."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import Call, Memory, rows, run, script

from recollect import AsyncMemory, Busy, Conflict, Corrupt, Denied, Full, Invalid, NotFound, RecollectError
from recollect.engines import files

# backup


def test_a_backup_is_the_whole_memory(mem: Any, tmp_path: Path) -> None:
    mem.scope(user="alice").facts.set("pet", "an iguana")
    mem.scope(user="alice").facts.set("pet", "a turtle")
    assert mem.backup(tmp_path / "copy.db") == str(tmp_path / "copy.db")
    mem.scope(user="alice").facts.set("pet", "a gecko")
    with Memory(tmp_path / "copy.db") as copy:
        alice = copy.scope(user="alice")
        assert [fact.value for fact in alice.facts.history("pet")] == ["a turtle", "an iguana"]
        assert [hit.record.value for hit in alice.recall("turtle")] == ["a turtle"]
        assert copy.verify() == []
    assert sorted(os.listdir(tmp_path)) == ["agent.db", "agent.db-shm", "agent.db-wal", "copy.db"]


def test_a_backup_under_load_is_consistent_and_ends(mem: Any, path: Path, tmp_path: Path) -> None:
    """Defect 2 of sessions-db: a copy of a file in use was torn."""
    stop = threading.Event()

    def work(number: int) -> int:
        turn = 0
        while not stop.is_set():
            mem.scope(user=f"user {number}").messages.exchange(f"question {turn}", f"answer {turn}")
            turn += 1
        return turn

    calls = [Call(lambda number=number: work(number)) for number in range(4)]
    for number in range(4):
        mem.backup(tmp_path / f"copy {number}.db")
    stop.set()
    written = sum(call.outcome() for call in calls)
    for number in range(4):
        with Memory(tmp_path / f"copy {number}.db") as copy:
            assert copy.verify() == []
            assert copy.messages.count() % 2 == 0
    assert rows(path, "select count(*) from messages") == [(2 * written,)]
    assert mem.verify() == []


def test_a_backup_never_overwrites(mem: Any, tmp_path: Path, path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    for there in (tmp_path / "precious", path, tmp_path):
        with pytest.raises((Conflict, Invalid)):
            mem.backup(there)
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_a_backup_is_for_the_whole_memory_only(mem: Any, tmp_path: Path) -> None:
    for scope in (mem.scope(user="alice"), mem.scope(tenant="acme"), mem.scope(project="atlas")):
        with pytest.raises(Denied):
            scope.backup(tmp_path / "copy.db")
        with pytest.raises(Denied):
            scope.vacuum()
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_that_cannot_be_made_leaves_nothing(mem: Any, tmp_path: Path) -> None:
    import subprocess

    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        mem.remember("word " * 100_000)
        with pytest.raises(Full):
            mem.backup(folder / "copy.db")
        assert os.listdir(folder) == []
        mem.remember("life goes on")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("where", ["", "nul\x00"])
def test_a_backup_needs_a_path(mem: Any, where: str) -> None:
    with pytest.raises(Invalid):
        mem.backup(where)


def test_a_backup_can_be_made_of_a_memory_that_only_reads(mem: Any, path: Path, tmp_path: Path) -> None:
    mem.facts.set("key", "v")
    with Memory(path, read_only=True) as reader:
        reader.backup(tmp_path / "copy.db")
    with Memory(tmp_path / "copy.db") as copy:
        assert copy.facts.get("key").value == "v"


def test_the_async_face_backs_up_and_restores(path: Path, tmp_path: Path) -> None:
    async def main() -> str:
        async with AsyncMemory(path) as memory:
            await memory.facts.set("key", "v")
            await memory.backup(tmp_path / "copy.db")
            await memory.facts.set("key", "w")
        assert await AsyncMemory.restore(tmp_path / "copy.db", path) == str(path)
        async with AsyncMemory(path) as memory:
            return str((await memory.facts.get("key")).value)

    assert asyncio.run(main()) == "v"


# restore


@pytest.fixture
def saved(mem: Any, tmp_path: Path) -> Path:
    """A backup from before the last change."""
    mem.facts.set("pet", "an iguana")
    mem.backup(tmp_path / "copy.db")
    mem.facts.set("pet", "a turtle")
    mem.facts.set("other", "v")
    return tmp_path / "copy.db"


def test_restoring_brings_the_backup_back(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    assert Memory.restore(saved, path) == str(path)
    with Memory(path) as again:
        assert [fact.value for fact in again.facts.list()] == ["an iguana"]
        assert [hit.record.value for hit in again.recall("iguana turtle")] == ["an iguana"]
        assert again.verify() == []
    assert path.stat().st_mode & 0o777 == 0o600
    with Memory(saved) as backup:
        assert backup.facts.get("pet").value == "an iguana"


def test_restoring_into_a_new_file_makes_it(mem: Any, tmp_path: Path, saved: Path) -> None:
    Memory.restore(saved, tmp_path / "new" / "agent.db")
    with Memory(tmp_path / "new" / "agent.db") as again:
        assert again.facts.get("pet").value == "an iguana"
        assert again.verify() == []
    assert (tmp_path / "new" / "agent.db").stat().st_mode & 0o777 == 0o600


def test_restoring_over_an_open_memory_is_refused_and_harms_nothing(mem: Any, path: Path, saved: Path) -> None:
    """Defect 24 of nexo: who had the file open went on with the one that was renamed."""
    with pytest.raises(Busy, match="close every memory"):
        Memory.restore(saved, path)
    mem.facts.set("later", "v")
    assert mem.facts.get("pet").value == "a turtle"
    assert mem.verify() == []
    mem.close()
    with Memory(path) as again:
        assert {fact.key for fact in again.facts.list()} == {"pet", "other", "later"}


def test_restoring_over_a_memory_that_only_reads_is_refused(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    with Memory(path, read_only=True) as reader:
        with pytest.raises(Busy):
            Memory.restore(saved, path)
        assert reader.facts.get("pet").value == "a turtle"


def test_restoring_over_a_memory_open_in_another_process_is_refused(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    other = script(
        """
        from recollect import Memory
        with Memory(sys.argv[1]) as memory:
            print("open", flush=True)
            sys.stdin.readline()
            memory.facts.set("from there", "v")
        """,
        path,
        stdin=-1,
    )
    assert other.stdout
    assert other.stdout.readline().strip() == "open"
    with pytest.raises(Busy):
        Memory.restore(saved, path)
    _, err = other.communicate("go\n", timeout=60)
    assert other.returncode == 0, err
    with Memory(path) as again:
        assert {fact.key for fact in again.facts.list()} == {"pet", "other", "from there"}
        assert again.verify() == []


def test_a_memory_opened_in_the_middle_of_restoring_is_refused_or_restoring_is(
    mem: Any, path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look whether anybody has it open, and the first copied page."""
    from recollect.engines import connection

    mem.close()
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    look = files._alone
    opened: list[Any] = []
    refused: list[RecollectError] = []

    def then_another_opens(target: apsw.Connection, where: str) -> None:
        look(target, where)
        try:
            opened.append(Memory(path))
        except Busy as error:
            refused.append(error)

    monkeypatch.setattr(files, "_alone", then_another_opens)
    try:
        Memory.restore(saved, path)
    except RecollectError as error:
        refused.append(error)
    assert len(refused) == 1
    for memory in opened:
        memory.facts.set("acknowledged", "v")
        memory.close()
    with Memory(path) as again:
        assert again.verify() == []
        assert len(opened) == (again.facts.get("acknowledged") is not None)


def test_restoring_over_a_memory_whose_process_was_killed_leaves_nothing_of_it(mem: Any, path: Path, saved: Path) -> None:
    """Defects 24 of nexo and 2 of sessions-db: the old write-ahead log was replayed over what had been restored."""
    mem.close()
    run(
        """
        import os
        from recollect import Memory
        memory = Memory(sys.argv[1])
        for number in range(50):
            memory.facts.set(f"lost {number}", "v" )
        os._exit(0)
        """,
        path,
    )
    Memory.restore(saved, path)
    with Memory(path) as again:
        assert [fact.key for fact in again.facts.list()] == ["pet"]
        assert again.verify() == []


def test_restoring_over_a_damaged_file_is_what_backups_are_for(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(content)
    Memory.restore(saved, path)
    with Memory(path) as again:
        assert again.facts.get("pet").value == "an iguana"
        assert again.verify() == []


def test_restoring_over_a_truncated_file_is_what_backups_are_for(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    os.truncate(path, 5000)
    Memory.restore(saved, path)
    with Memory(path) as again:
        assert again.facts.get("pet").value == "an iguana"
        assert again.verify() == []


def test_restoring_what_is_no_backup_is_refused_and_harms_nothing(mem: Any, path: Path, tmp_path: Path, saved: Path) -> None:
    mem.close()
    before = rows(path, "select key, value from facts")
    db = apsw.Connection(str(tmp_path / "foreign.db"))
    db.execute("create table customers (name text)")
    db.close()
    (tmp_path / "text").write_text("no database " * 20)
    (tmp_path / "empty").touch()
    half = tmp_path / "half.db"
    half.write_bytes(saved.read_bytes()[: 4096 * 5])
    for source, error in (
        (tmp_path / "foreign.db", (Corrupt, Invalid)), (tmp_path / "text", Corrupt), (tmp_path / "empty", Corrupt), (half, Corrupt),
        (tmp_path / "nowhere.db", NotFound), (tmp_path, Invalid), (path, Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            Memory.restore(source, path)
    assert rows(path, "select key, value from facts") == before
    with Memory(path) as again:
        assert again.verify() == []


def test_restoring_does_not_touch_another_applications_file(mem: Any, tmp_path: Path, saved: Path) -> None:
    there = tmp_path / "foreign.db"
    db = apsw.Connection(str(there))
    db.execute("create table customers (name text); insert into customers values ('Ana')")
    db.close()
    before = there.read_bytes()
    with pytest.raises(RecollectError):
        Memory.restore(saved, there)
    assert there.read_bytes() == before


def test_restoring_a_backup_that_cannot_be_written_to_works(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    saved.chmod(0o400)
    Memory.restore(saved, path)
    with Memory(path) as again:
        assert again.facts.get("pet").value == "an iguana"


@pytest.mark.promise("files")
def test_a_backup_of_a_newer_version_is_refused(mem: Any, path: Path, saved: Path) -> None:
    mem.close()
    rows(saved, "insert into migrations values ('9999_future', 'abc', 0)")
    before = rows(path, "select key from facts")
    try:
        Memory.restore(saved, path)
    except RecollectError:
        assert rows(path, "select key from facts") == before
    else:
        with pytest.raises(RecollectError, match="upgrade"):
            Memory(path)


# vacuum


def test_vacuum_gives_space_back_and_changes_nothing(mem: Any, path: Path) -> None:
    for number in range(60):
        mem.scope(user="alice").remember(f"{number} " + "word " * 3000)
    mem.scope(user="bob").facts.set("pet", "an iguana")
    mem._opened.maintain(lambda db: db.execute("delete from notes where 0"))
    mem.erase(user="alice")
    before = path.stat().st_size
    freed = mem.vacuum()
    assert freed >= 0
    assert path.stat().st_size <= before
    assert [hit.record.value for hit in mem.scope(user="bob").recall("iguana")] == ["an iguana"]
    assert mem.verify() == []


def test_vacuum_after_deleting_half_of_it_says_how_much_came_back(mem: Any, path: Path) -> None:
    for number in range(60):
        mem.remember(f"{number} " + "word " * 3000)
    mem.vacuum()
    mem._opened.maintain(lambda db: db.execute("create table ballast (x); insert into ballast values (zeroblob(1000000)); drop table ballast"))
    before = path.stat().st_size
    freed = mem.vacuum()
    assert freed > 500_000
    assert path.stat().st_size <= before + 4096
    assert mem.verify() == []


def test_vacuum_while_others_write_loses_nothing(mem: Any) -> None:
    def work(number: int) -> None:
        for turn in range(40):
            mem.scope(user=f"user {number}").facts.set(f"key {turn}", "v")

    calls = [Call(lambda number=number: work(number)) for number in range(4)]
    for _ in range(3):
        mem.vacuum()
    for call in calls:
        call.outcome()
    assert mem.facts.count() == 160
    assert mem.verify() == []


def test_vacuum_while_another_reads_is_done_or_busy(impatient: None, mem: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.05)
    mem.facts.set("key", "v")
    other = apsw.Connection(str(path))
    other.execute("begin")
    other.execute("select * from facts").fetchall()
    with closing(other), suppress(Busy):
        mem.vacuum()
    assert mem.facts.get("key").value == "v"
    mem.facts.set("key", "w")
    assert mem.verify() == []


# stats


def test_stats_count_what_there_is(mem: Any, path: Path) -> None:
    alice = mem.scope(user="alice")
    alice.messages.exchange("hello", "good day")
    alice.facts.set("one", "v")
    alice.facts.set("two", "v")
    alice.facts.delete("two")
    mem.scope(tenant="acme", user="carol").remember("a note")
    whole, hers, acme = mem.stats(), alice.stats(), mem.scope(tenant="acme").stats()
    assert {kind: count for kind, count in whole.counts.items() if count} == {"conversations": 1, "messages": 2, "facts": 1, "notes": 1}
    assert {kind: count for kind, count in whole.deleted.items() if count} == {"facts": 1}
    assert {kind: count for kind, count in hers.counts.items() if count} == {"conversations": 1, "messages": 2, "facts": 1}
    assert {kind: count for kind, count in acme.counts.items() if count} == {"notes": 1}
    assert whole.users == 2
    assert whole.bytes == rows(path, "select page_count * page_size from pragma_page_count, pragma_page_size")[0][0]
    assert dict(whole.pending) == {}


def test_a_users_stats_say_nothing_of_others(mem: Any) -> None:
    alice = mem.scope(user="alice")
    alice.facts.set("one", "v")
    before = alice.stats()
    for number in range(30):
        mem.scope(user=f"user {number}").facts.set("one", "v " * 20_000)
    after = alice.stats()
    assert after.counts == before.counts
    assert after.users == before.users
