"""Tools of the storage tests: both faces spoken to in one way, the writer held still, other processes, raw files."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import psycopg

from recollect import AsyncMemory, Memory
from recollect.core.operation import Room
from recollect.engines.answers import Errand
from recollect.house import Atomic
from servers import DATABASES

PATIENCE = 30.0
"""Seconds after which a test calls something hanging."""


class Blocking:
    """The async face, spoken to like the sync one: whatever it returns is awaited on the runner's loop."""

    def __init__(self, thing: Any, runner: asyncio.Runner) -> None:
        self._thing, self._runner = thing, runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if isinstance(found, Room):
            return Blocking(found, self._runner)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._settled(found(*args, **kwargs))

        return call

    def __enter__(self) -> Any:
        return self._settled(self._thing.__aenter__())

    def __exit__(self, *error: Any) -> Any:
        return self._settled(self._thing.__aexit__(*error))

    def _settled(self, got: Any) -> Any:
        if inspect.iscoroutine(got):
            return self._settled(self._runner.run(got))
        if inspect.isasyncgen(got):
            return self._runner.run(_all(got))
        if isinstance(got, (Room, Atomic)):
            return Blocking(got, self._runner)
        return got


async def _all(items: Any) -> list[Any]:
    return [item async for item in items]


def engine_of(memory: Any) -> Any:
    thing = memory._thing if isinstance(memory, Blocking) else memory
    return thing._opened if isinstance(thing, Memory) else thing._async_door.engine


class Call:
    """A call in a thread of its own, which no test waits for longer than it should."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self.result: Any = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._function()
        except BaseException as error:
            self.error = error

    def over(self, seconds: float = PATIENCE) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def outcome(self) -> Any:
        assert self.over(), "the call hangs"
        if self.error is not None:
            raise self.error
        return self.result


@contextmanager
def writer_held(engine: Any) -> Iterator[threading.Event]:
    """The writer is busy until the block ends, or the event is set: what is called meanwhile waits, and is one group."""
    go, begun = threading.Event(), threading.Event()

    def hold(db: apsw.Connection) -> None:
        begun.set()
        go.wait(PATIENCE)

    engine.submit(Errand(hold))
    assert begun.wait(PATIENCE)
    try:
        yield go
    finally:
        go.set()


def submitted(engine: Any) -> threading.Semaphore:
    """Released once for each job that is put into the writer's line from now on."""
    count, submit = threading.Semaphore(0), engine.submit

    def counted(job: Any) -> None:
        submit(job)
        count.release()

    engine.submit = counted
    return count


def one_group(memory: Any, calls: Sequence[Callable[[Any], Any]]) -> list[Call]:
    """Make these calls so that the writer meets them, in this order, as one group. Returns how each ended."""
    engine = engine_of(memory)
    groups: list[int] = []
    writer = engine._writer
    attempt = writer._try
    writer._try = lambda group, **more: (groups.append(len(group)), attempt(group, **more))[1]
    try:
        done = _tasks(memory, engine, calls) if isinstance(memory, Blocking) else _threads(memory, engine, calls)
    finally:
        del writer._try
    assert groups[0] == len(calls), groups
    return done


def _threads(memory: Memory, engine: Any, calls: Sequence[Callable[[Any], Any]]) -> list[Call]:
    with writer_held(engine):
        entered = submitted(engine)
        running = []
        for call in calls:
            running.append(Call(lambda call=call: call(memory)))
            assert entered.acquire(timeout=PATIENCE)
        del engine.submit
    for one in running:
        assert one.over(), "a call hangs"
    return running


def _tasks(memory: Blocking, engine: Any, calls: Sequence[Callable[[Any], Any]]) -> list[Call]:
    async def together() -> list[Any]:
        with writer_held(engine):
            entered = submitted(engine)
            tasks = [asyncio.ensure_future(call(memory._thing)) for call in calls]
            await asyncio.sleep(0)
            del engine.submit
            assert all(entered.acquire(blocking=False) for _ in calls)
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), PATIENCE)

    done = []
    for got in memory._runner.run(together()):
        one = Call(lambda got=got: got)
        assert one.over()
        if isinstance(got, BaseException):
            one.error = got
        done.append(one)
    return done


def kept(outcomes: Sequence[Call]) -> set[int]:
    """Which of the calls were acknowledged."""
    return {place for place, one in enumerate(outcomes) if one.error is None}


def until(condition: Callable[[], Any]) -> None:
    """Where there is nothing to wait for but the condition itself."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)


def rows(path: Any, sql: str, *parameters: Any) -> list[Any]:
    """Read the file, or the database that stands for it, through a connection that is none of ours."""
    if str(path) in DATABASES:
        with psycopg.connect(DATABASES.url(str(path)), autocommit=True) as connection:
            cursor = connection.execute(sql.replace("?", "%s"), parameters)
            return cursor.fetchall() if cursor.description else []
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        db.set_busy_timeout(10_000)
        return list(db.execute(sql, parameters))
    finally:
        db.close()


def behind(path: Any, sql: str, *parameters: Any) -> None:
    """Change the file behind our back."""
    rows(path, sql, *parameters)


def raw(path: Any) -> bytes:
    """Every byte of the database and what lies beside it."""
    return b"".join(Path(f"{path}{end}").read_bytes() for end in ("", "-wal", "-shm", "-journal") if os.path.exists(f"{path}{end}"))


def script(code: str, *arguments: Any, timeout: float = 60, **options: Any) -> subprocess.Popen[str]:
    """Another process that runs this code; ``sys`` is imported, the arguments are ``sys.argv[1:]``."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", "import sys\n" + inspect.cleandoc(code), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def said(process: subprocess.Popen[str], timeout: float = 60) -> str:
    """What it printed, once it ended well."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"the process hangs after saying {out!r}\n{err}") from None
    assert process.returncode == 0, (process.returncode, out, err)
    return out.strip()


def run(code: str, *arguments: Any, timeout: float = 60, **options: Any) -> str:
    return said(script(code, *arguments, **options), timeout)


__all__ = [
    "AsyncMemory", "Blocking", "Call", "Memory", "behind", "engine_of", "kept", "one_group", "raw", "rows", "run", "said", "script",
    "submitted", "until", "writer_held",
]  # fmt: skip
