"""How both faces reach a PostgreSQL engine: what a call, a flow, a stream and an atomic block are there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, NoReturn, Self

import psycopg

from ..core.clock import micros
from ..core.drive import Work
from ..core.operation import Make
from ..core.scope import Scope
from ..errors import Closed, Invalid
from .answers import no_body
from .atomic import SECONDS
from .exchange import Exchange, Mark, new_operation
from .faces import OVER, AsyncFace, InBlock, SyncFace, too_long
from .gates import AsyncGates, Gates
from .held import Hold
from .postgres import Postgres
from .server_errors import is_lost, translated
from .wire import Give, Pools, Sql, Take, adrive, async_pool, drive


class SyncServerDoor(SyncFace):
    """The ordinary face: a call returns its result."""

    def __init__(self, engine: Postgres) -> None:
        self.engine = engine
        self._gates = Gates()

    def _perform(self, make: Make, *, write: bool, whose: Scope, patient: bool) -> Any:
        engine = self.engine
        engine.ready()
        with engine.held():
            work = engine.prepared(make, patient=patient)
            if work.done:
                return work.result
            with self._gates.through(whose, engine.options.timeout) if write else nullcontext():
                return drive(engine.performed(work, whose, write=write), engine.pools())

    def block(self, whose: Scope) -> SyncServerBlock:
        self.engine.ready()
        return SyncServerBlock(self.engine, ServerBlock(self.engine, whose), threading.Condition(), self.engine.pools(), self.engine)


class AsyncServerDoor(AsyncFace):
    """The awaitable face. The engine is opened by the first call, in a thread; its connections belong to the loop."""

    def __init__(self, open_engine: Callable[[], Postgres]) -> None:
        self._open = open_engine
        self._engine: Postgres | None = None
        self._pools: Pools | None = None
        self._opening: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gates = AsyncGates()
        self._closed = False

    async def opened(self) -> Postgres:
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):
            raise Invalid("this memory was opened in another event loop, and its connections belong to that; open one in each loop")
        self._loop = loop
        if self._engine is None or self._pools is None:
            if self._opening is None:
                self._opening = asyncio.Lock()
            async with self._opening:
                await self._open_once()
        assert self._engine is not None
        return self._engine

    async def _open_once(self) -> None:
        if self._closed:
            raise Closed()
        if self._engine is None:
            self._engine = await asyncio.to_thread(self._open)
        if self._pools is None:
            engine = self._engine
            replica = await async_pool(engine.replica, *engine.pooling) if engine.replica else None
            self._pools = Pools(await async_pool(engine.conninfo, *engine.pooling), replica)
        if self._closed:  # while it was being opened
            await self._shut()
            raise Closed()

    async def _aside(self, function: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(function)

    async def _perform(self, make: Make, *, write: bool, whose: Scope, patient: bool) -> Any:
        engine = await self.opened()
        engine.ready()
        work = self._prepared(engine, make, patient)
        if work.done:
            return work.result
        assert self._pools is not None
        async with self._gates.through(whose, engine.options.timeout) if write else nullcontext():
            return await adrive(engine.performed(work, whose, write=write), self._pools)

    async def block(self, whose: Scope) -> AsyncServerBlock:
        engine = await self.opened()
        engine.ready()
        assert self._pools is not None
        return AsyncServerBlock(engine, ServerBlock(engine, whose), asyncio.Condition(), self._pools, engine)

    async def close(self) -> None:
        if self._engine is not None and not self._closed:
            self._engine.ready()
        self._closed = True
        await self._shut()

    async def _shut(self) -> None:
        pools, self._pools = self._pools, None
        async with AsyncExitStack() as last:
            if self._engine is not None:
                last.push_async_callback(asyncio.to_thread, self._engine.close)
            for pool in pools or ():
                if pool is not None:
                    last.push_async_callback(pool.close)
            if self._engine is not None and pools is not None:
                with suppress(psycopg.Error):  # then the engine does it by a connection of its own
                    await adrive(self._engine.seal_the_last(), pools)


class ServerBlock:
    """An atomic block on a connection of its own: one transaction, a savepoint for each call and each level."""

    def __init__(self, engine: Postgres, whose: Scope, seconds: float = SECONDS) -> None:
        self._engine, self._whose, self._seconds = engine, whose, seconds
        self._exchange: Exchange | None = None
        self._deadline = 0.0
        self._opened = 0
        self._marks: list[Mark] = []
        self.levels = [0]
        self.busy = False
        self._over: BaseException | None = None
        self._attempts = 3

    @property
    def over(self) -> BaseException | None:
        """Why there is nothing more to call. The server ends a block that sleeps as well, so that nobody waits for it for ever."""
        if self._over is None and self._exchange is not None and time.monotonic() > self._deadline:
            self._over = too_long(self._seconds)
        return self._over

    @property
    def left(self) -> float:
        """Seconds until it has held the database for too long."""
        return max(0.0, self._deadline - time.monotonic()) if self._exchange is not None else self._seconds

    async def _begun(self) -> Exchange:
        if self.over is not None:
            await self._lose(self.over)
        while self._exchange is None:
            self._engine.writable()
            self._deadline = time.monotonic() + self._seconds
            connection = await Take()
            try:
                exchange = self._engine.exchange(connection, self._whose, write=True)
                milliseconds = str(int(self._seconds * 1000))
                await exchange.send(Sql("select set_config('idle_in_transaction_session_timeout', %s, true)", (milliseconds,)))
            except BaseException as error:
                await Give(connection, broken=True)
                if not is_lost(error) or self._attempts == 0:
                    raise
                self._attempts -= 1  # a connection that died in the pool: nothing has been done on it yet
            else:
                self._exchange = exchange
        return self._exchange

    async def call(self, work: Work, whose: Scope) -> Any:
        exchange = await self._begun()
        exchange.draw(new_operation(micros(self._engine.clock())))
        try:
            await exchange.flush()  # what this call's savepoint can undo is this call's only
            mark = exchange.mark()
            await exchange.send(Sql("savepoint call"))
        except BaseException as error:
            await self._lose(error)
        try:
            await exchange.hold(whose)
            result = await work.acarry(exchange.execute)
            await exchange.send(Sql("release call"))
        except BaseException as error:
            if is_lost(error) or not isinstance(error, Exception):
                await self._lose(error)
            await self._back("call", mark, error)
            raise
        return result

    async def _back(self, savepoint: str, mark: Mark, error: BaseException | None = None) -> None:
        assert self._exchange is not None
        try:
            await self._exchange.send(Sql(f"rollback to {savepoint}"), Sql(f"release {savepoint}"))
        except BaseException as worse:
            await self._lose(error or worse)
        self._exchange.back_to(mark)

    async def down(self) -> int:
        """Open a level inside the innermost one."""
        exchange = await self._begun()
        await exchange.flush()
        self._opened += 1
        await exchange.send(Sql(f"savepoint level{self._opened}"))
        self._marks.append(exchange.mark())
        self.levels.append(self._opened)
        return self._opened

    async def up(self, done: bool) -> None:
        """End the innermost level."""
        level, mark = self.levels.pop(), self._marks.pop()
        if self._exchange is None or self.over is not None:
            return
        if done:
            await self._exchange.send(Sql(f"release level{level}"))
        else:
            await self._back(f"level{level}", mark)

    async def end(self, done: bool) -> None:
        """Commit, or undo all of it."""
        over = self.over
        exchange, self._exchange = self._exchange, None
        self._over = over or Closed(OVER)
        if exchange is not None and (not done or over is not None):
            await self._engine.undone(exchange.connection, exchange)
        if done and over is not None:
            raise over
        if exchange is None or not done:
            return
        try:
            await exchange.commit()
        except BaseException as error:
            await self._engine.undone(exchange.connection, exchange, error)
            if is_lost(error) and await self._engine.happened(exchange, self._whose):
                return
            raise
        await self._engine.noted(exchange)

    async def _lose(self, error: BaseException) -> NoReturn:
        """All of it is gone, or soon will be: whoever calls from now on hears why."""
        exchange, self._exchange = self._exchange, None
        self._engine.heard(error)
        said = translated(error)
        self._over = said if isinstance(said, Exception) else Closed(OVER)
        if exchange is not None:
            await self._engine.undone(exchange.connection, exchange, error)
        raise said from (error if said is not error else None)


class _ServerBlock(InBlock):
    """What the doors of a block share. A call of an outer level waits in line until the inner one has ended."""

    def __init__(self, engine: Postgres, block: ServerBlock, turn: Any, pools: Pools, outer: Any, level: int = 0) -> None:
        self.engine, self._block, self._turn, self._pools, self._level = engine, block, turn, pools, level
        self._hold = Hold(outer)

    def _inner(self, level: int) -> Self:
        return type(self)(self.engine, self._block, self._turn, self._pools, self, level)

    def _leave(self, done: bool) -> Callable[[], Any]:
        """No more calls; what is still to be done is returned."""
        self._over = True
        self._hold.end()
        return lambda: self._block.up(done) if self._level else self._block.end(done)

    def _mine(self) -> bool:
        """Whether it is this door's turn: never while another call is on the connection."""
        return not self._block.busy and (self._block.over is not None or self._block.levels[-1] == self._level)


class SyncServerBlock(_ServerBlock):
    """Calls inside ``with memory.atomic() as tx``."""

    def _carried(self, body: Callable[[], Any]) -> Any:
        with self._turn:
            while not self._turn.wait_for(self._mine, self._block.left + 0.01):
                continue  # its time is up, or a call is on its way
            self._block.busy = True
        try:
            return drive(body(), self._pools)
        except psycopg.Error as error:
            raise translated(error) from error
        finally:
            with self._turn:
                self._block.busy = False
                self._turn.notify_all()

    def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        work = self._prepared(make)
        return self._carried(lambda: self._block.call(work, whose))

    def block(self, whose: Scope) -> SyncServerBlock:
        self._prepared(no_body)
        return self._inner(self._carried(self._block.down))

    def leave(self, done: bool) -> None:
        self._carried(self._leave(done))


@dataclass(slots=True)
class _Call:
    """A call on its way to its turn."""

    body: Callable[[], Any]
    wanted: bool = True


class AsyncServerBlock(_ServerBlock):
    """Calls inside ``async with memory.atomic() as tx``."""

    _ending: asyncio.Future[Any]

    async def _carried(self, call: _Call) -> Any:
        """What has begun completes, whatever becomes of the task that waits for it; what has not is dropped."""
        try:
            return await asyncio.shield(asyncio.ensure_future(self._turned(call)))
        except asyncio.CancelledError:
            call.wanted = False
            raise

    async def _turned(self, call: _Call) -> Any:
        async with self._turn:
            while not self._mine() and call.wanted:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._turn.wait(), self._block.left + 0.01)
            if not call.wanted:
                return None
            self._block.busy = True
        try:
            return await adrive(call.body(), self._pools)
        except psycopg.Error as error:
            raise translated(error) from error
        finally:
            async with self._turn:
                self._block.busy = False
                self._turn.notify_all()

    async def perform(self, make: Make, *, write: bool, whose: Scope) -> Any:
        work = self._prepared(make)
        return await self._carried(_Call(lambda: self._block.call(work, whose)))

    async def block(self, whose: Scope) -> AsyncServerBlock:
        self._prepared(no_body)
        opening = asyncio.ensure_future(self._turned(_Call(self._block.down)))
        try:
            level = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._abandoned)
            raise
        return self._inner(level)

    def _abandoned(self, opening: asyncio.Future[Any]) -> None:
        """A level that was opened for a task which is gone: it is closed again, or the block would wait for it."""
        if not opening.cancelled() and opening.exception() is None:
            inner = self._inner(opening.result())
            inner._hold.end()
            inner._ending = asyncio.ensure_future(inner._turned(_Call(lambda: self._block.up(False))))

    async def leave(self, done: bool) -> None:
        ending = self._turned(_Call(self._leave(done)))
        await asyncio.shield(asyncio.ensure_future(ending))  # a cancelled task must still end its block
