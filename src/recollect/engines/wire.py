"""What the PostgreSQL engine waits for, and the two loops that answer it: one with a connection that waits, one with one that is awaited.

All that this engine does on a server is written once, as coroutines that await nothing but these effects.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Coroutine, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from ..core.drive import adriven, driven

Rows = list[tuple[Any, ...]]


class Sql(NamedTuple):
    """One statement as psycopg takes it; with `many`, one for each of its parameters."""

    sql: str
    params: Any = None
    many: bool = False


@dataclass(slots=True)
class Take:
    """A connection to oneself: to a replica if it is good enough and there is one."""

    replica: bool = False
    seconds: float | None = None  # to wait, if not as long as the pool does

    def __await__(self) -> Generator[Take, Any, Any]:
        return (yield self)


@dataclass(slots=True)
class Give:
    """The connection back to where it is from; a broken one is closed and replaced."""

    connection: Any
    replica: bool = False
    broken: bool = False

    def __await__(self) -> Generator[Give, None, None]:
        return (yield self)


@dataclass(slots=True)
class Send:
    """Statements sent together, in one turn to the server and back; the rows of each."""

    connection: Any
    statements: Sequence[Sql]

    def __await__(self) -> Generator[Send, list[Rows], list[Rows]]:
        return (yield self)


@dataclass(slots=True)
class Pause:
    """A moment, for what may go well the next time."""

    seconds: float

    def __await__(self) -> Generator[Pause, None, None]:
        return (yield self)


_MARK = re.compile(r"'(?:[^']|'')*'|::|:([A-Za-z_]\w*)|%")


@lru_cache(1024)
def spoken(sql: str) -> str:
    """A statement with ``:name`` marks as psycopg wants it."""
    return _MARK.sub(lambda found: f"%({found[1]})s" if found[1] else found[0].replace("%", "%%"), sql)


class Pools(NamedTuple):
    """Where connections come from: the server that writes, and a replica that only reads."""

    main: Any
    replica: Any


class One:
    """A pool of one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def getconn(self, timeout: float | None = None) -> Any:
        return self._connection

    def putconn(self, connection: Any) -> None:
        pass


def drive(body: Coroutine[Any, Any, Any], pools: Pools) -> Any:
    """Carry one of the engine's coroutines to its end in this thread."""
    return driven(body, lambda wanted: _answer(wanted, pools))


def _answer(wanted: Any, pools: Pools) -> Any:
    if isinstance(wanted, Send):
        return _sent(wanted.connection, wanted.statements)
    if isinstance(wanted, Pause):
        return time.sleep(wanted.seconds)
    pool = pools.replica if wanted.replica else pools.main
    if isinstance(wanted, Take):
        return pool.getconn(wanted.seconds)
    if wanted.broken:
        with suppress(psycopg.Error):
            wanted.connection.close()
    return pool.putconn(wanted.connection)


def _sent(connection: psycopg.Connection[Any], statements: Sequence[Sql]) -> list[Rows]:
    if len(statements) == 1:
        return [_rows_of(_begun(connection.cursor(binary=True), statements[0]))]
    with connection.pipeline():
        cursors = [_begun(connection.cursor(binary=True), statement) for statement in statements]
    return [_rows_of(cursor) for cursor in cursors]


def _begun(cursor: Any, statement: Sql) -> Any:
    if statement.many:
        cursor.executemany(statement.sql, statement.params)
        return cursor
    return cursor.execute(statement.sql, statement.params)


def _rows_of(cursor: Any) -> Rows:
    return cursor.fetchall() if cursor.description else []


async def adrive(body: Coroutine[Any, Any, Any], pools: Pools) -> Any:
    """The same in a task."""
    return await adriven(body, lambda wanted: _aanswer(wanted, pools))


async def _aanswer(wanted: Any, pools: Pools) -> Any:
    if isinstance(wanted, Send):
        return await _asent(wanted.connection, wanted.statements)
    if isinstance(wanted, Pause):
        return await asyncio.sleep(wanted.seconds)
    pool = pools.replica if wanted.replica else pools.main
    if isinstance(wanted, Take):
        return await pool.getconn(wanted.seconds)
    if wanted.broken:
        with suppress(psycopg.Error):
            await wanted.connection.close()
    return await asyncio.shield(pool.putconn(wanted.connection))


async def _asent(connection: psycopg.AsyncConnection[Any], statements: Sequence[Sql]) -> list[Rows]:
    if len(statements) == 1:
        return [await _arows_of(await _abegun(connection.cursor(binary=True), statements[0]))]
    async with connection.pipeline():
        cursors = [await _abegun(connection.cursor(binary=True), statement) for statement in statements]
    return [await _arows_of(cursor) for cursor in cursors]


async def _abegun(cursor: Any, statement: Sql) -> Any:
    if statement.many:
        await cursor.executemany(statement.sql, statement.params)
        return cursor
    return await cursor.execute(statement.sql, statement.params)


async def _arows_of(cursor: Any) -> Rows:
    return await cursor.fetchall() if cursor.description else []


_DIRECT = "select pg_backend_pid()"


def _prepares(connection: Any, pid: int, prepare: str) -> None:
    """A pooler says another process's number than the server. What is prepared through it may be somebody else's, and run in its place."""
    if prepare == "off" or (prepare == "auto" and pid != connection.info.backend_pid):
        connection.prepare_threshold = None


def sync_pool(conninfo: str, size: int, seconds: float, prepare: str) -> ConnectionPool[Any]:
    def configure(connection: psycopg.Connection[Any]) -> None:
        _prepares(connection, connection.execute(_DIRECT, prepare=False).fetchall()[0][0], prepare)

    kwargs = {"autocommit": True}
    return ConnectionPool(conninfo, min_size=1, max_size=size, timeout=seconds, kwargs=kwargs, configure=configure, num_workers=1, open=True)


async def async_pool(conninfo: str, size: int, seconds: float, prepare: str) -> AsyncConnectionPool[Any]:
    async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
        rows = await (await connection.execute(_DIRECT, prepare=False)).fetchall()
        _prepares(connection, rows[0][0], prepare)

    pool = AsyncConnectionPool[Any](
        conninfo, min_size=1, max_size=size, timeout=seconds, kwargs={"autocommit": True}, configure=configure, open=False, name="recollect"
    )  # fmt: skip
    await pool.open()
    return pool
