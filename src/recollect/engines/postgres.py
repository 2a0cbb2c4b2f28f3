"""PostgreSQL, one server or a cluster of them: connections from a pool, a transaction for each operation, and what to do when one is lost.

Several transactions write at once, so some are refused and run again; a connection may be lost at any statement. Lost before the commit was
sent, nothing is written and the body runs again. Lost at the commit, the outcome is open: the change log is asked for the operation's id.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import errors as refused
from psycopg_pool import PoolTimeout

from ..core.clock import Clock, micros
from ..core.drive import Work
from ..core.effects import Language, Moment
from ..core.scope import Scope
from ..embedders import Embedding
from ..errors import Busy, Closed, Denied, Invalid, RecollectError, SchemaTooOld
from ..schema.server import SHARED, by_tenant, check, distribute, migrate
from ..settings import without_password
from .address import options
from .engine import Engine
from .exchange import COMMIT, ROLLBACK, WRITE, Exchange, locking, new_operation, sealed, setting
from .marks import Marks
from .raw import REFUSED, SECONDS, check_parameters, checked
from .sealer import Sealer
from .server_errors import AGAIN, UNKNOWN, UNPREPARED, is_lost, translated
from .wire import Give, One, Pause, Pools, Send, Sql, Take, drive, spoken, sync_pool

ATTEMPTS = 8  # of a transaction that others keep overtaking
REPLICA_SECONDS, REPLICA_PAUSE = 1.0, 5.0  # how long to wait for a replica, and how long not to ask one that was away


class Postgres(Engine):
    """One database on a server, opened by this process."""

    memory = False

    def __init__(
        self, url: str, *, clock: Clock, language: str, read_only: bool = False, replica: str | None = None, embedding: Embedding | None = None
    ) -> None:
        super().__init__(without_password(url), clock=clock, language=language, read_only=read_only, embedding=embedding)
        self.conninfo, self.options = options(url)
        self.replica = options(replica)[0] if replica else None
        self._languages: dict[tuple[str, str], str] = {}
        self._marks = Marks()
        self._replica_away = 0.0
        self._prepares = True  # until it turns out that a pooler does not let us
        self._gate = threading.Lock()
        self._pools: Pools | None = None
        self._sealer = Sealer(self)
        with self.connected() as connection:
            if read_only:
                check(connection, whole=True)
            else:
                migrate(connection, clock)
            self.stale = _stale(connection)
        if read_only and self.stale:
            raise SchemaTooOld("this memory was indexed by another version; open it once without read_only to index it anew")

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of its own, for what concerns the whole database."""
        seconds = max(2, int(self.options.timeout))
        try:
            with psycopg.connect(self.conninfo, connect_timeout=seconds, autocommit=True, prepare_threshold=None) as connection:
                yield connection
        except psycopg.Error as error:
            raise translated(error) from error

    def close(self) -> None:
        if not self._closed and self._pid == os.getpid():
            self.ready()
            self._dismiss()
        self._closed = True
        if self._pid != os.getpid():
            return
        self._sealer.end()
        with self._gate:
            pools, self._pools = self._pools, None
        for pool in pools or ():
            if pool is not None:
                pool.close()

    @property
    def pooling(self) -> tuple[int, float, str]:
        """How many connections, how long to wait for one, and whether to prepare statements. Nothing is kept in a session."""
        return self.options.pool_size, self.options.timeout, self.options.prepare

    def pools(self) -> Pools:
        with self._gate:
            if self._closed:
                raise Closed()
            if self._pools is None:
                made = self.pooling
                self._pools = Pools(sync_pool(self.conninfo, *made), sync_pool(self.replica, *made) if self.replica else None)
            return self._pools

    # transactions

    def _language_of(self, wanted: Language) -> str:
        """A guess is enough: where it was wrong the text is analysed again under the owner's lock, and the guess is right from then on."""
        return self._languages.get((wanted.tenant, wanted.user), self.language)

    def heard(self, error: BaseException) -> None:
        """Learn from what went wrong: a pooler that was told to let statements be prepared, and does not."""
        if isinstance(error, UNPREPARED):
            self._prepares = False

    def exchange(self, connection: Any, whose: Scope, *, write: bool) -> Exchange:
        """A transaction that is about to begin."""
        if not self._prepares:
            connection.prepare_threshold = None
        now = micros(self.clock())
        moment = new_operation(now) if write else Moment(now, b"")
        exchange = Exchange(
            connection, whose, write=write, moment=moment, seconds=self.options.timeout,
            language=self.language, guesses=self._languages, maker=self.maker,
        )  # fmt: skip
        exchange.watch = self.watch
        return exchange

    async def performed(self, work: Work, whose: Scope, *, write: bool) -> Any:
        """Run a body in a transaction, again and again if others come first or the connection is lost, for a while."""
        if write:
            self.writable()
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            try:
                if self.replica is not None and not write and (result := await self._on_replica(work, whose)) is not _STALE:
                    return result
                return await self._carried(work, whose, write=write)
            except Exception as error:
                self.heard(error)
                if isinstance(error, UNPREPARED) and attempt < ATTEMPTS:
                    pause = 0.0
                elif isinstance(error, AGAIN) and attempt < ATTEMPTS:
                    pause = random.uniform(0, 0.01 * 2**attempt)
                elif is_lost(error) and waited < self.options.timeout:
                    pause = min(0.05 * 2**attempt, 1.0)
                else:
                    raise translated(error) from (error.__cause__ if isinstance(error, RecollectError) else error)
            waited += pause
            await Pause(pause)

    async def _carried(self, work: Work, whose: Scope, *, write: bool) -> Any:
        connection = await Take()
        exchange, result = None, None
        try:
            exchange = self.exchange(connection, whose, write=write)
            result = await work.acarry(exchange.execute)
            await exchange.commit()
        except BaseException as error:
            await self.undone(connection, exchange, error)
            if exchange is not None and write and is_lost(error) and await self.happened(exchange, whose):
                return result
            raise
        await self.noted(exchange)
        return result

    async def undone(self, connection: Any, exchange: Exchange | None, error: BaseException | None = None) -> None:
        """Roll back what can be; a connection on which that fails is not given to anybody else."""
        broken = error is not None and (is_lost(error) or not isinstance(error, Exception))
        if not broken and exchange is not None and exchange.begun:
            try:
                await Send(connection, [ROLLBACK])
            except BaseException as worse:
                await Give(connection, broken=True)
                if not isinstance(worse, psycopg.Error):
                    raise
                return
        await Give(connection, broken=broken)

    async def happened(self, exchange: Exchange, whose: Scope) -> bool:
        """Whether a transaction whose commit was not answered is there. Its lock is waited for, so it is not still on its way.

        One that logged nothing changed nothing that doing it twice would change.
        """
        trace = exchange.trace
        if not exchange.committing or trace is None:
            return False
        waited, pause = 0.0, 0.05
        while True:
            try:
                return await self._found(trace, whose)
            except psycopg.Error as error:
                if not (is_lost(error) or isinstance(error, PoolTimeout)) or waited > self.options.timeout:
                    raise Busy(UNKNOWN.format(error=str(error).partition("\n")[0])) from error
            waited += pause
            await Pause(pause)
            pause = min(pause * 2, 1.0)

    async def _found(self, trace: tuple[str, bytes], whose: Scope) -> bool:
        connection = await Take()
        try:
            asked = Sql("select 1 from changes where tenant = %s and operation = %s limit 1", trace)
            seen = setting(Scope(tenant=trace[0]), self.options.timeout)
            *_, found, _ = await Send(connection, [WRITE, seen, locking(whose), asked, COMMIT])
        except BaseException:
            await Give(connection, broken=True)
            raise
        await Give(connection)
        return bool(found)

    # replicas

    async def noted(self, exchange: Exchange) -> None:
        """After a commit: the connection back, and how far a replica must be to show it. What fails here is not the write's failure."""
        if not exchange.wrote:
            await Give(exchange.connection)
            return
        self._sealer.wake()
        place, broken = Marks.NEVER, self.replica is not None
        try:
            if self.replica is not None:
                ((row,),) = await Send(exchange.connection, [Sql("select pg_current_wal_lsn() - '0/0'")])
                place, broken = int(row[0]), False
        except psycopg.Error:
            place = Marks.NEVER
        finally:
            self._marks.note(exchange.owners, place)
            await Give(exchange.connection, broken=broken)

    async def _on_replica(self, work: Work, whose: Scope) -> Any:
        """What the replica answers, if it is there and has what concerns this scope."""
        if time.monotonic() < self._replica_away:
            return _STALE
        known = self._marks.of(whose)
        connection, broken = None, True
        try:
            connection = await Take(replica=True, seconds=REPLICA_SECONDS)
            if known:
                ((fresh,),) = await Send(connection, [Sql("select pg_last_wal_replay_lsn() - '0/0' >= %s", (known,))])
                if fresh[0] is False:
                    broken = False
                    return _STALE
            exchange = self.exchange(connection, whose, write=False)
            try:
                result = await work.acarry(exchange.execute)
            except RecollectError:  # the answer is that there is none
                await Send(connection, [ROLLBACK])
                broken = False
                raise
            await exchange.commit()
            broken = False
            return result
        except psycopg.Error:
            self._replica_away = time.monotonic() + REPLICA_PAUSE
            return _STALE
        finally:
            if connection is not None:
                await Give(connection, replica=True, broken=broken)

    # what concerns the whole database

    def seal(self) -> int:
        if self.read_only:
            return 0
        with self._gate:
            pools = self._pools
        if pools is not None:
            with suppress(psycopg.Error):  # of a connection that died in the pool
                return int(drive(sealed(self.options.timeout), pools))
        with self.connected() as connection:
            return int(drive(sealed(self.options.timeout), Pools(One(connection), None)))

    async def seal_the_last(self) -> None:
        """Before a loop's connections are closed: what is still to be sealed, through one of them."""
        if self._sealer.waiting:
            await sealed(self.options.timeout)
            self._sealer.waiting = False

    def integrity(self) -> list[tuple[str, str, str]]:
        """(where, what, what is wrong with it): what the server itself knows of damage. `pg_amcheck` looks closer."""
        self.seal()
        with self.connected() as connection:
            asked = "select indexrelid::regclass::text from pg_index where not indisvalid and indrelid = any(%s::regclass[])"
            found = connection.execute(asked, ([*by_tenant(), *SHARED],)).fetchall()
            problems = [("file", name, f"the index {name} is not valid; run `reindex index {name}` on the server") for (name,) in found]
            ((failed,),) = connection.execute(
                "select coalesce(checksum_failures, 0) from pg_stat_database where datname = current_database()"
            ).fetchall()
        if failed:
            problems.append(("file", "pages", f"the server met {failed} damaged pages; restore the database from a backup"))
        return problems

    def emptied(self) -> tuple[bool, tuple[str, ...]]:
        """After an erasure: the server is told to clear the space. Its own log, replicas and backups keep it until they are rotated."""
        try:
            self._vacuumed("vacuum")
        except Busy:  # it is erased all the same, and the server clears the space by itself sooner or later
            return False, (_LEFT,)
        return True, (_LEFT,)

    def vacuum(self) -> int:
        before = self._size()
        self._vacuumed("vacuum (analyze)")
        return max(0, before - self._size())

    def _vacuumed(self, command: str) -> None:
        with self.connected() as connection:
            for table in (*by_tenant(), *SHARED):
                with suppress(refused.InsufficientPrivilege):  # the server's own autovacuum does it sooner or later
                    connection.execute(f'{command} "{table}"')

    def _size(self) -> int:
        with self.connected() as connection:
            row = connection.execute("select pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    def sql(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of one statement, run by a role that may read the documented views and nothing else."""
        self.ready()
        check_parameters(parameters)
        with self.connected() as connection, connection.transaction():
            connection.execute("set transaction read only")
            connection.execute(f"set local statement_timeout = {int(SECONDS * 1000)}")
            try:
                connection.execute("set local role recollect_reader")
            except (refused.InvalidParameterValue, refused.InsufficientPrivilege) as error:
                raise Denied("raw queries need the role recollect_reader; run the SQL of `recollect admin roles` once") from error
            try:
                cursor = connection.cursor(binary=True).execute(spoken(checked(query)), dict(parameters), prepare=False)
            except refused.InsufficientPrivilege as error:
                raise Denied(REFUSED) from error
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]

    def distributed(self) -> list[str]:
        """Distribute the tables over a Citus cluster; which of them were not yet."""
        with self.connected() as connection:
            return distribute(connection)

    def backup(self, where: str | os.PathLike[str]) -> str:
        raise Invalid("a memory on PostgreSQL is backed up by the server's own tools: pg_dump for one database, pg_basebackup for all of them")


def _plain(value: Any) -> Any:
    """Sums and quotients come as decimals from a server, and as floats from a file."""
    return float(value) if isinstance(value, Decimal) else value


_STALE = object()
_LEFT = "the server's write-ahead log, replicas and backups, until they are rotated"


def _stale(connection: psycopg.Connection[Any]) -> bool:
    from ..core.text import version

    return connection.execute("select value from settings where name = 'analyser'").fetchall() != [(version(),)]
