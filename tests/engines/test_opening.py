"""Opening a file: who may read it, what is refused and how, and that nothing refused is changed."""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from enginekit import AsyncMemory, Memory, behind, raw, rows, run, writer_held

from recollect import Busy, Closed, Corrupt, Denied, Full, Invalid, NotFound, NotInstalled, RecollectError, SchemaTooNew, SchemaTooOld
from recollect.engines import connection

posix = pytest.mark.skipif(os.name != "posix", reason="needs file modes")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def wide_umask() -> Iterator[None]:
    old = os.umask(0o022)
    yield
    os.umask(old)


# file modes


@posix
def test_the_file_and_what_lies_beside_it_are_its_owners_alone(path: Path) -> None:
    with Memory(path) as memory:
        memory.facts.set("key", "v")
        memory.facts.get("key")
        assert {found.name: mode(found) for found in path.parent.iterdir()} == {
            path.name: 0o600, f"{path.name}-wal": 0o600, f"{path.name}-shm": 0o600
        }  # fmt: skip


@posix
def test_a_folder_that_we_make_is_its_owners_alone(tmp_path: Path) -> None:
    Memory(tmp_path / "new" / "er" / "agent.db").close()
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "er") == 0o700


@posix
def test_a_folder_that_we_did_not_make_is_left_alone(tmp_path: Path) -> None:
    """Defect 6 of kernex: any folder that the file lay in was closed to others, the home folder too."""
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    Memory(folder / "agent.db").close()
    assert mode(folder) == 0o755


@posix
def test_a_file_of_ours_that_is_wider_is_tightened_with_a_log_line(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Defect 6 of kernex: what lay beside a file that had been wide stayed wide."""
    Memory(path).close()
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING, "recollect"):
        Memory(path).close()
    assert mode(path) == 0o600
    assert any(str(path) in record.getMessage() for record in caplog.records)


@posix
def test_opening_to_read_only_changes_no_mode(path: Path) -> None:
    Memory(path).close()
    path.chmod(0o640)
    Memory(path, read_only=True).close()
    assert mode(path) == 0o640


@posix
def test_two_that_make_the_folder_at_once_still_make_the_file_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one makes the folder between our look and our own attempt."""
    path = tmp_path / "new" / "agent.db"
    made = os.makedirs

    def late(folder: Any, *args: Any, **kwargs: Any) -> None:
        made(folder, *args, **kwargs)
        made(folder, *args, **kwargs)

    monkeypatch.setattr(os, "makedirs", late)
    with Memory(path) as memory:
        memory.facts.set("key", "v")
    assert mode(path) == 0o600


@posix
def test_backups_are_their_owners_alone(path: Path, tmp_path: Path) -> None:
    with Memory(path) as memory:
        memory.backup(tmp_path / "copy.db")
    assert mode(tmp_path / "copy.db") == 0o600


# paths


NAMES = [
    "with space.db", "question?mode=ro.db", "percent%20.db", "hash#1.db", "tilde~.db", "~tilde.db", "ünïcödé-日本-🙂.db", "file:agent.db", "a&b=c.db",
    "quote'\".db", "-dash.db", "no-extension", ".hidden", ":memory:x",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_taken_literally(tmp_path: Path, name: str) -> None:
    """Defect 7 of kernex: a question mark or a percent sign in the name led to another file."""
    folder = tmp_path / f"in {name}"
    with Memory(folder / name) as memory:
        memory.facts.set("key", "v")
    assert [found.name for found in folder.iterdir()] == [name]
    with Memory(str(folder / name), read_only=True) as memory:
        assert memory.facts.get("key").value == "v"
        assert memory.backup(folder / f"copy of {name}") == str(folder / f"copy of {name}")
    with Memory(folder / f"copy of {name}") as memory:
        assert memory.facts.get("key").value == "v"


def test_a_leading_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    Memory("~/agent.db").close()
    assert (tmp_path / "agent.db").exists()


def test_a_relative_path_survives_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Memory("agent.db") as memory:
        memory.facts.set("key", "v")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert memory.facts.get("key").value == "v"
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("where", ["", "nul\x00.db", b"bytes.db", 5])
def test_what_cannot_be_a_path_is_refused(where: Any) -> None:
    with pytest.raises(Invalid):
        Memory(where)


@pytest.mark.parametrize("where", ["postgresql+psycopg://me:secret@host/db", "Postgresql://h/db", "postgres:/h/db", "mysql://x/y", "sqlite:///a.db"])
def test_a_url_that_cannot_be_opened_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Invalid, match="URL") as caught:
        Memory(where)
    assert "secret" not in str(caught.value) and list(tmp_path.iterdir()) == []


# in memory


def test_a_memory_without_a_file_does_everything_but_last(opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Memory(":memory:") as memory:
        memory.facts.set("key", "an iguana")
        with memory.atomic() as tx:
            tx.messages.add("user", "a turtle")
        assert len(memory.recall("iguana turtle")) == 2
        assert memory.verify() == []
        memory.backup(tmp_path / "copy.db")
    assert [found.name for found in tmp_path.iterdir()] == ["copy.db"]
    with Memory(":memory:") as memory:
        assert memory.facts.count() == 0


def test_a_read_only_memory_without_a_file_makes_no_sense() -> None:
    with pytest.raises(Invalid):
        Memory(":memory:", read_only=True)


# read only


def test_a_read_only_memory_reads_and_refuses_to_write(opened: Callable[..., Any], path: Path) -> None:
    with Memory(path) as memory:
        memory.facts.set("key", "an iguana")
    before = path.read_bytes()
    reader = opened(read_only=True)
    assert reader.facts.get("key").value == "an iguana"
    assert len(reader.recall("iguana")) == 1
    assert reader.context("iguana").text
    assert reader.verify() == []
    for call in (
        lambda: reader.facts.set("key", "w"),
        lambda: reader.messages.add("user", "x"),
        lambda: reader.erase(user="x"),
        lambda: reader.vacuum(),
        lambda: reader.forget(reader.facts.get("key").id),
    ):
        with pytest.raises(Denied, match="read_only"):
            call()
    reader.close()
    assert path.read_bytes() == before


def test_a_read_only_memory_sees_what_others_write(path: Path) -> None:
    with Memory(path) as writer, Memory(path, read_only=True) as reader:
        writer.facts.set("key", "v")
        assert reader.facts.get("key").value == "v"


def test_reading_what_does_not_exist_says_so_and_makes_nothing(path: Path) -> None:
    with pytest.raises(NotFound):
        Memory(path, read_only=True)
    assert not list(path.parent.iterdir())


def test_reading_an_empty_file_says_that_it_must_be_opened_to_write_once(path: Path) -> None:
    path.touch(0o600)
    with pytest.raises(SchemaTooOld, match="without read_only"):
        Memory(path, read_only=True)
    assert path.stat().st_size == 0


NOBODY = """
    import os
    os.environ["RECOLLECT_CONFIG"] = os.devnull
    from recollect import Denied, Memory, RecollectError
    with Memory(":memory:") as warm:  # whatever is imported late is imported now: nobody may read our interpreter
        warm.facts.set("key", "running houses")
        warm.recall("house")
    os.setgid(65534)
    os.setuid(65534)
    path = sys.argv[1]
"""

root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="dropping to another user needs root")


@pytest.fixture
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose parents everybody may enter."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="recollect-shared-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@root
def test_a_file_in_a_folder_that_may_not_be_written_is_read(shared: Path) -> None:
    path = shared / "agent.db"
    with Memory(path) as memory:
        memory.facts.set("key", "an iguana")
    path.chmod(0o644)
    code = (
        NOBODY
        + """
    with Memory(path, read_only=True) as memory:
        print(memory.facts.get("key").value, len(memory.recall("iguana")))
    """
    )
    assert run(code, path) == "an iguana 1"
    assert [found.name for found in shared.iterdir()] == ["agent.db"]


@root
@pytest.mark.parametrize("folder_mode", [0o755, 0o777])
def test_writing_a_file_that_may_only_be_read_is_denied(shared: Path, folder_mode: int) -> None:
    path = shared / "agent.db"
    with Memory(path) as memory:
        memory.facts.set("key", "v")
    path.chmod(0o644)
    shared.chmod(folder_mode)
    before = path.read_bytes()
    code = (
        NOBODY
        + """
    try:
        with Memory(path) as memory:
            memory.facts.set("key", "w")
    except Denied as error:
        print("read_only=True" in str(error) or "permissions" in str(error))
    """
    )
    assert run(code, path) == "True"
    assert path.read_bytes() == before


@root
def test_a_file_that_may_not_be_read_is_denied(shared: Path) -> None:
    path = shared / "agent.db"
    Memory(path).close()
    code = (
        NOBODY
        + """
    for read_only in (False, True):
        try:
            Memory(path, read_only=read_only)
        except Denied as error:
            print("permissions" in str(error))
    """
    )
    assert run(code, path).split() == ["True", "True"]


@root
def test_a_folder_that_may_not_be_written_is_denied(shared: Path) -> None:
    code = (
        NOBODY
        + """
    try:
        Memory(path)
    except Denied as error:
        print("folder" in str(error))
    """
    )
    assert run(code, shared / "new" / "agent.db") == "True"
    assert not list(shared.iterdir())


# what is no memory


def foreign(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.execute("create table customers (name text); insert into customers values ('Ana')")
    db.close()


def newer(path: Path) -> None:
    Memory(path).close()
    behind(path, "insert into migrations values ('9999_future', 'abc', 0)")


def edited(path: Path) -> None:
    Memory(path).close()
    behind(path, "update migrations set checksum = 'abc'")


def truncated(path: Path) -> None:
    with Memory(path) as memory:
        memory.remember("x" * 100_000)
    os.truncate(path, path.stat().st_size // 2)


def cut_in_the_header(path: Path) -> None:
    Memory(path).close()
    os.truncate(path, 50)


def scrambled(path: Path) -> None:
    with Memory(path) as memory:
        memory.remember("x" * 100_000)
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xa5" * 3996
    path.write_bytes(content)


REFUSED: dict[str, tuple[Callable[[Path], Any], type[RecollectError]]] = {
    "a text": (lambda path: path.write_text("Dear diary, today I wrote a file of more than a hundred letters. " * 3), Corrupt),
    "one byte": (lambda path: path.write_bytes(b"x"), Corrupt),
    "a picture": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000)), Corrupt),
    "encrypted": (lambda path: path.write_bytes(os.urandom(8192)), Corrupt),
    "zeros": (lambda path: path.write_bytes(bytes(8192)), Corrupt),
    "truncated": (truncated, Corrupt),
    "cut in the header": (cut_in_the_header, Corrupt),
    "scrambled": (scrambled, Corrupt),
    "a header and garbage": (lambda path: path.write_bytes(b"SQLite format 3\x00" + os.urandom(8176)), Corrupt),
    "another application's": (foreign, Invalid),
    "newer": (newer, SchemaTooNew),
    "edited": (edited, Corrupt),
}


@pytest.mark.promise("input")
@pytest.mark.parametrize("read_only", [False, True], ids=["write", "read"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_memory_is_refused_with_a_typed_error_and_left_as_it_is(path: Path, what: str, read_only: bool) -> None:
    make, error = REFUSED[what]
    make(path)
    if what not in ("newer", "edited", "scrambled"):  # those are ours, and may be tightened
        path.chmod(0o644)
    before, width = path.read_bytes(), mode(path)
    with pytest.raises(error) as caught:
        Memory(path, read_only=read_only)
    assert type(caught.value) is error
    assert str(path) in str(caught.value) or "file" in str(caught.value)
    assert path.read_bytes() == before
    assert mode(path) == width
    beside = {found.name: found.stat().st_size for found in path.parent.iterdir() if found != path and not found.name.endswith("-shm")}
    assert beside in ({}, {f"{path.name}-wal": 0} if read_only or what == "scrambled" else {})  # who may not write may not tidy up either


def test_the_async_face_refuses_them_as_well(path: Path) -> None:
    import asyncio

    foreign(path)
    memory = AsyncMemory(path)
    with pytest.raises(Invalid, match="another application"):
        asyncio.run(memory.facts.get("key"))


@pytest.mark.parametrize("read_only", [False, True])
def test_a_directory_is_refused(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(Invalid, match="directory"):
        Memory(tmp_path, read_only=read_only)
    assert not list(tmp_path.iterdir())


def test_a_folder_below_a_file_is_refused(path: Path) -> None:
    path.write_text("x")
    with pytest.raises(RecollectError):
        Memory(path / "agent.db")
    assert path.read_text() == "x"


def test_an_empty_file_becomes_a_memory(path: Path) -> None:
    path.touch(0o644)
    with Memory(path) as memory:
        memory.facts.set("key", "v")
    if os.name == "posix":
        assert mode(path) == 0o600


def test_a_memory_that_was_killed_is_opened_with_its_wal(path: Path) -> None:
    code = """
        import os
        from recollect import Memory
        memory = Memory(sys.argv[1])
        memory.facts.set("key", "v")
        os._exit(0)
    """
    run(code, path)
    assert (path.parent / f"{path.name}-wal").exists()
    with Memory(path) as memory:
        assert memory.facts.get("key").value == "v"


def test_a_dangling_link_is_a_new_file_where_it_points(tmp_path: Path) -> None:
    link, there = tmp_path / "link.db", tmp_path / "there.db"
    link.symlink_to(there)
    try:
        with Memory(link) as memory:
            memory.facts.set("key", "v")
    except RecollectError:
        assert not there.exists()
    else:
        with Memory(there) as memory:
            assert memory.facts.get("key").value == "v"
        assert mode(there) == 0o600


def test_a_key_without_encryption_built_in_says_what_to_install(path: Path) -> None:
    if hasattr(apsw, "mc_version"):
        pytest.skip("this apsw encrypts")
    with pytest.raises(NotInstalled, match="apsw-sqlite3mc"):
        Memory(path, key="secret")
    assert not path.exists()


@pytest.mark.parametrize("durability", ["fast", "FULL", 1])
def test_an_unknown_durability_is_refused_before_a_file_is_made(path: Path, durability: Any) -> None:
    with pytest.raises(Invalid, match="durability"):
        Memory(path, durability=durability)
    assert not path.exists()


# who holds it


def test_a_file_that_somebody_holds_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    Memory(path).close()
    holder = apsw.Connection(str(path))
    holder.execute("pragma journal_mode = delete")
    holder.execute("begin exclusive")
    with pytest.raises(Busy):
        Memory(path)
    holder.execute("rollback")
    holder.close()
    Memory(path).close()


def test_a_file_being_restored_is_busy(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the pages are copied: whoever opens it now must wait, or be told."""
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with Memory(path) as memory:
        memory.remember("x" * 200_000)
        memory.backup(tmp_path / "copy.db")
    source, target = apsw.Connection(str(tmp_path / "copy.db")), apsw.Connection(str(path))
    target.execute("pragma journal_mode = delete")
    with target.backup("main", source, "main") as copying:
        copying.step(5)
        for read_only in (False, True):
            with pytest.raises(Busy):
                Memory(path, read_only=read_only)
        copying.step(-1)
    target.close()
    source.close()
    with Memory(path) as memory:
        assert memory.verify() == []


@pytest.mark.usefixtures("impatient")
def test_a_write_lock_held_too_long_is_busy_and_writes_nothing(path: Path) -> None:
    with Memory(path) as memory:
        holder = apsw.Connection(str(path))
        holder.execute("begin immediate")
        with pytest.raises(Busy):
            memory.facts.set("key", "v")
        with pytest.raises(Busy), memory.atomic() as tx:
            tx.facts.set("key", "v")
        holder.execute("rollback")
        holder.close()
        assert memory.facts.count() == 0


def test_reading_goes_on_while_another_writes(path: Path) -> None:
    with Memory(path) as memory:
        memory.facts.set("key", "v")
        holder = apsw.Connection(str(path))
        holder.execute("begin immediate")
        assert memory.facts.get("key").value == "v"
        holder.execute("rollback")
        holder.close()


def test_reading_goes_on_while_the_writer_works(path: Path) -> None:
    with Memory(path) as memory:
        memory.facts.set("key", "v")
        with writer_held(memory._opened):
            assert memory.facts.get("key").value == "v"


# no room


def test_a_full_disk_at_opening_is_said(tmp_path: Path) -> None:
    import subprocess

    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        with pytest.raises(Full, match="free some space"):
            Memory(folder / "agent.db")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


# settings of the connection


def test_durability_is_what_was_asked_for(path: Path) -> None:
    for asked, pragma in (("full", 2), ("normal", 1)):
        with Memory(path, durability=asked) as memory:
            assert memory._opened.maintain(lambda db: db.execute("pragma synchronous").fetchall()) == [(pragma,)]
            assert memory._opened.maintain(lambda db: db.execute("pragma foreign_keys").fetchall()) == [(1,)]
            assert memory._opened.maintain(lambda db: db.execute("pragma secure_delete").fetchall()) == [(1,)]
            assert memory._opened.maintain(lambda db: db.execute("pragma journal_mode").fetchall()) == [("wal",)]


def test_page_caches_stay_under_48_megabytes_together(path: Path) -> None:
    assert connection.WRITER_CACHE_KIB + 4 * connection.READER_CACHE_KIB <= 48 * 1024


def test_the_write_ahead_log_does_not_grow_for_ever(path: Path) -> None:
    """A bound of 64 MB plus one transaction; here the bound is made small."""
    from recollect.engines import writer

    with Memory(path, durability="normal") as memory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "MOST_PAGES", 500)
        for number in range(60):
            memory.remember(f"{number} " + "word " * 20_000)
        assert (path.parent / f"{path.name}-wal").stat().st_size < 500 * 4200 + 2_000_000


def test_a_moved_file_is_a_whole_memory(path: Path, tmp_path: Path) -> None:
    with Memory(path) as memory:
        memory.facts.set("key", "v")
    shutil.move(path, tmp_path / "moved.db")
    assert b"key" in raw(tmp_path / "moved.db")
    with Memory(tmp_path / "moved.db") as memory:
        assert memory.facts.get("key").value == "v"
    with pytest.raises(Closed):
        memory.facts.get("key")
    assert rows(tmp_path / "moved.db", "select count(*) from facts") == [(1,)]


def test_a_statement_is_planned_once_whatever_it_is_asked_for(path: Path) -> None:
    """Without the guarantee SQLite plans a statement with a range and an order anew for each value, which costs more than running it."""
    asks = -1
    with Memory(path) as memory:
        assert memory._opened.maintain(lambda db: db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, asks)) == 1
        with memory._opened._readers.one() as reader:
            assert reader.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, asks) == 1


def test_an_unclosed_memory_that_is_collected_while_another_is_opened_does_not_hang_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector may run in the writer's thread while that begins, which whoever opens is waiting for."""
    code = """
        import gc, os, threading
        from recollect import Memory
        gc.disable()
        keeper = [Memory(os.path.join(sys.argv[1], "one.db"))]
        keeper.append(keeper)
        del keeper
        begin = threading.Thread._bootstrap_inner
        threading.Thread._bootstrap_inner = lambda self: (gc.collect(), begin(self))
        with Memory(os.path.join(sys.argv[1], "two.db")) as memory:
            memory.facts.set("pet", "iguana")
        print("done")
    """
    assert run(code, tmp_path) == "done"
