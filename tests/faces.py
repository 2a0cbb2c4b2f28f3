"""One way to write a test for both faces: `opened("async", …)` behaves like `Memory`, and awaits for the test."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

import servers
from recollect import AsyncMemory, Memory
from recollect.core.operation import Room
from recollect.engines import server
from servers import DATABASES, LASTING

FACES = ("sync", "async")
"""The two faces over a file."""

SERVED = ("postgres", "postgres-async")
"""The two faces over a PostgreSQL server: where a test names a file, it gets a database of that name."""
PATIENCE = 120  # seconds that a test waits for one call
_END = object()


def opened(face: str, where: Any, **options: Any) -> Any:
    """A memory of this face, open; close it, or use it with ``with``."""
    if face in SERVED:
        where = DATABASES.url(str(where))
        options.pop("durability", None)
    return AwaitedMemory.opened(where, **options) if face.endswith("async") else Memory(where, **options)


@cache
def _new() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        Memory(path).close()
        return path.read_bytes()


def as_new(path: Path) -> None:
    """Let there be a file as `Memory` makes it, if there is none. Making its tables takes longer than most of what is tested with it."""
    if not path.exists() and path.parent.is_dir():
        path.write_bytes(_new())
        path.chmod(0o600)


def restored(face: str, backup: Any, where: Any) -> str:
    """`restore` of this face."""
    if not face.endswith("async"):
        return Memory.restore(backup, where)
    loop = Loop()
    try:
        return str(loop.run(AsyncMemory.restore(backup, where)))
    finally:
        loop.stop()


def written(path: Any, face: str = "sync") -> dict[str, list[Any]]:
    """Every row of every ordinary table of a file, read beside whoever has it open. The text index may merge itself in idle time."""
    if face in SERVED:
        return servers.written(DATABASES.url(str(path)))
    with apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_schema where type = 'table' and sql like '%strict' order by name")]
        found = {name: db.execute(f"select * from {name} order by rowid").fetchall() for name in tables}
    db.close()
    return found


class Loop:
    """An event loop in a thread of its own. Calls of one thread share a context, as they would in one task."""

    def __init__(self, name: str = "face") -> None:
        self._loop = asyncio.new_event_loop()
        self._contexts = threading.local()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, awaitable: Awaitable[Any]) -> Any:
        result: Future[Any] = Future()
        if not hasattr(self._contexts, "own"):
            self._contexts.own = contextvars.copy_context()
        context = self._contexts.own

        async def carried() -> None:
            try:
                result.set_result(await awaitable)
            except BaseException as error:
                result.set_exception(error)

        kept: set[asyncio.Task[None]] = set()

        def begin() -> None:
            task = self._loop.create_task(carried(), context=context)
            kept.add(task)
            task.add_done_callback(kept.discard)

        self._loop.call_soon_threadsafe(begin)
        return result.result(PATIENCE)

    def stop(self) -> None:
        if self._thread.name == LASTING:
            return
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


@cache
def lasting() -> Loop:
    """The loop whose connections are kept."""
    return Loop(LASTING)


class Awaited:
    """A room of the async face, called as if it were the other one."""

    def __init__(self, room: Any, loop: Loop) -> None:
        self._room, self._loop = room, loop

    @contextmanager
    def atomic(self) -> Iterator[Awaited]:
        block = self._room.atomic()
        inside = Awaited(self._loop.run(block.__aenter__()), self._loop)
        try:
            yield inside
        except BaseException as error:
            self._loop.run(block.__aexit__(type(error), error, error.__traceback__))
            raise
        else:
            self._loop.run(block.__aexit__(None, None, None))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._room, name)
        if isinstance(found, Room):
            return Awaited(found, self._loop)
        if not callable(found) or name.startswith("_"):
            return found
        return self._called(found)

    def _called(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            answer = verb(*args, **kwargs)
            if isinstance(answer, Room):
                return Awaited(answer, self._loop)
            if inspect.isasyncgen(answer):
                return self._walked(answer)
            return self._loop.run(answer) if inspect.isawaitable(answer) else answer

        return call

    def _walked(self, answer: Any) -> Iterator[Any]:
        while (item := self._loop.run(anext(answer, _END))) is not _END:
            yield item

    def __repr__(self) -> str:
        return repr(self._room)


class AwaitedMemory(Awaited):
    """The memory itself: what can be opened and closed."""

    @classmethod
    def opened(cls, where: Any, **options: Any) -> AwaitedMemory:
        room = AsyncMemory(where, **options)
        loop = lasting() if server.async_pool is servers.kept_async_pool else Loop()
        try:
            loop.run(room.__aenter__())
        except BaseException:
            loop.stop()
            raise
        return cls(room, loop)

    def close(self) -> None:
        if self._loop._thread.is_alive():
            self._loop.run(self._room.close())
            self._loop.stop()

    def __enter__(self) -> AwaitedMemory:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
