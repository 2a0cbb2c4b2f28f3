"""How the awaitable face reaches the engine: a call is waited for by an asyncio task, and the loop goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..core.drive import Work
from ..core.operation import Make
from ..core.scope import Scope
from ..errors import Closed
from .answers import Job, no_body
from .atomic import Block, Control
from .doors import BlockDoor
from .faces import AsyncFace
from .held import Hold
from .sqlite import READERS, Sqlite


class TaskJob(Job):
    """Waited for by an asyncio task."""

    __slots__ = ("_future", "_loop")

    def __init__(self, work: Work, *, write: bool = True) -> None:
        super().__init__(work, write=write)
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()

    def wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._done)
        except RuntimeError:  # its loop is closed: nobody waits any more, and the writer must live on
            return

    def _done(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> Any:
        try:
            await self._future
        except asyncio.CancelledError:
            self.claim()  # not begun: dropped; begun: it completes, and nobody is told
            raise
        return self.outcome()


class AsyncDoor(AsyncFace):
    """The awaitable face. The engine is opened by the first call, in a thread."""

    def __init__(self, open_engine: Callable[[], Sqlite]) -> None:
        self._open = open_engine
        self._gate = threading.Lock()
        self._engine: Sqlite | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    async def opened(self) -> Sqlite:
        if self._engine is None:
            await asyncio.get_running_loop().run_in_executor(None, self._open_once)
            if self._closed:  # while it was being opened
                await self.close()
                raise Closed()
        assert self._engine is not None
        return self._engine

    def _open_once(self) -> None:
        with self._gate:
            if self._closed:
                raise Closed()
            if self._engine is None:
                self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="recollect-reader")
                self._engine = self._open()

    async def _perform(self, make: Make, *, write: bool, whose: Scope, patient: bool) -> Any:
        engine = self._engine or await self.opened()
        engine.ready()
        work = self._prepared(engine, make, patient)
        if work.done:
            return work.result
        if engine.on_reader(write):
            return await self._aside(lambda: self._read(engine, work))
        job = TaskJob(work, write=write)
        engine.submit(job)
        return await job.wait()

    def _read(self, engine: Sqlite, work: Work) -> Any:
        with engine.held():
            return engine.read(work)

    async def block(self, whose: Scope) -> AsyncBlockDoor:
        engine = await self.opened()
        engine.ready()
        return AsyncBlockDoor(engine, Block()).begin(engine)

    async def _aside(self, function: Callable[[], Any]) -> Any:
        await self.opened()
        assert self._pool is not None
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def close(self) -> None:
        if self._engine is not None and not self._closed:
            self._engine.ready()  # here, where the context is known: the threads of the pool hold nothing
        self._closed = True
        if self._engine is not None and self._pool is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._engine.close)
            self._pool.shutdown(wait=False)


class AsyncBlockDoor(BlockDoor):
    """Calls inside ``async with memory.atomic() as tx``."""

    async def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        job = TaskJob(self._prepared(make), write=write)
        self._enter(job)
        return await job.wait()

    async def _steer(self, control: str) -> Any:
        job = TaskJob(Work(no_body))
        self._enter(job, control)
        return await asyncio.shield(asyncio.ensure_future(job.wait()))  # a cancelled task must still end its block

    def begin(self, holder: Any) -> AsyncBlockDoor:
        self._hold = Hold(holder)
        return self

    async def block(self, whose: Scope) -> AsyncBlockDoor:
        self._prepared(no_body)
        return AsyncBlockDoor(self.engine, self._block, await self._steer(Control.SAVEPOINT)).begin(self)

    async def leave(self, done: bool) -> None:
        control = self._leave(done)
        if control is not None and (done or self._block.over is None):
            await self._steer(control)
