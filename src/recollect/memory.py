"""Opening and closing a memory. Its verbs are in `house`; both faces have the same."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Literal, NamedTuple

from .core.clock import Clock, system_clock
from .core.dialect import POSTGRES, SQLITE
from .core.house import Shared
from .core.languages import language as known_language
from .core.operation import Async, Sync
from .core.paths import checked_path
from .core.prices import prices
from .core.scope import Scope
from .core.tokens import counter
from .embedders import Embedder, embedding
from .engines.doors import SyncDoor
from .engines.files import restore
from .engines.index import prefix
from .engines.sqlite import Sqlite
from .engines.worker import Worker
from .errors import Closed, Invalid, NotInstalled, RecollectError
from .house import House
from .recall.matching import Counted
from .recall.nearest import Nearest
from .recall.weights import WEIGHTS
from .settings import is_url, settings
from .settings import where as chosen
from .upkeep.spaces import Spaces

Durability = Literal["full", "normal"]


class Memory(House[Sync]):
    """Everything an agent has to remember, in one file, or on a PostgreSQL server.

    `where` is a path, ``":memory:"``, a ``postgresql://`` URL, or left out for the default file (`recollect where` names it).
    `embedder` makes recall find what says the same in other words: a name such as ``"local"`` or ``"ollama:nomic-embed-text"``, a callable
    from texts to vectors, an object of your own, or ``"none"``; left out it is `local` if that extra is installed. `tokenizer` counts
    tokens (a callable, or an object with ``encode``), `prices` says what models cost (a mapping, or the path of a TOML or JSON file),
    before the shipped table. `clock` says the time. ``durability="full"`` survives a power
    cut, ``"normal"`` only a crash of the process. `key` encrypts a file and needs apsw-sqlite3mc. `replica` is a second URL, of a server
    that follows the first: it answers what is only read. Use it with ``with``, or call `close`.
    """

    def __init__(
        self,
        where: str | os.PathLike[str] | None = None,
        *,
        embedder: Embedder | Callable[[list[str]], Any] | str | None = None,
        tokenizer: Any = None,
        prices: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        clock: Clock | None = None,
        durability: Durability | None = None,
        key: str | None = None,
        read_only: bool = False,
        replica: str | None = None,
    ) -> None:
        plan = _plan(where, embedder, tokenizer, prices, clock, durability, key, read_only, replica, lambda: self._opened)
        self._opened = plan.make()
        super().__init__(plan.door(self._opened), Scope(), plan.shared)

    @staticmethod
    def restore(backup: str | os.PathLike[str], where: str | os.PathLike[str] | None = None) -> str:
        """Replace a memory by a backup of it; refused while anybody has it open. Returns the path of the restored file."""
        return restore(backup, _file(where))

    def close(self) -> None:
        """Finish what is being written and let the file go. Calling it twice is fine."""
        self._opened.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


ScopedMemory = House[Sync]
"""What `scope` and `atomic` hand out, and what to annotate a function with that takes either that or a `Memory`."""


class AsyncMemory(House[Async]):
    """The same memory, awaited. It opens at ``async with``, or at the first call."""

    def __init__(
        self,
        where: str | os.PathLike[str] | None = None,
        *,
        embedder: Embedder | Callable[[list[str]], Any] | str | None = None,
        tokenizer: Any = None,
        prices: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        clock: Clock | None = None,
        durability: Durability | None = None,
        key: str | None = None,
        read_only: bool = False,
        replica: str | None = None,
    ) -> None:
        plan = _plan(where, embedder, tokenizer, prices, clock, durability, key, read_only, replica, lambda: self._async_door.engine)
        self._async_door = plan.async_door(plan.make)
        super().__init__(self._async_door, Scope(), plan.shared)

    @staticmethod
    async def restore(backup: str | os.PathLike[str], where: str | os.PathLike[str] | None = None) -> str:
        """Replace a memory by a backup of it; refused while anybody has it open. Returns the path of the restored file."""
        import asyncio

        return await asyncio.to_thread(restore, backup, _file(where))

    async def close(self) -> None:
        """Finish what is being written and let the file go. Calling it twice is fine."""
        await self._async_door.close()

    async def __aenter__(self) -> AsyncMemory:
        await self._async_door.opened()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


AsyncScopedMemory = House[Async]
"""The same for `AsyncMemory`."""


class _Plan(NamedTuple):
    """How to open the engine, how each face reaches it, and what all scopes will share."""

    make: Callable[[], Any]
    door: Callable[[Any], Any]
    async_door: Callable[[Callable[[], Any]], Any]
    shared: Shared


def _plan(
    where: str | os.PathLike[str] | None,
    embedder: object,
    tokenizer: Any,
    own_prices: object,
    clock: Clock | None,
    durability: str | None,
    key: str | None,
    read_only: bool,
    replica: str | None,
    engine: Callable[[], Any],
) -> _Plan:
    """Refuses what cannot be opened at all."""
    path = checked_path(chosen(where))
    known = settings()
    told = clock or system_clock
    if not callable(told):
        raise Invalid("clock must be a callable that returns an aware datetime, such as recollect.testing.FrozenClock")
    try:
        language = known_language(known.language).code
    except ValueError as error:
        raise Invalid(f"the setting language = {known.language!r} cannot be used: {error}") from error
    on_server = is_url(path)
    meant = embedding(embedder, known.embedder)
    dialect = POSTGRES if on_server else SQLITE
    shared = Shared(
        clock=told, count=counter(tokenizer), prices=prices(own_prices), dialect=dialect, prefix=prefix, weights=WEIGHTS, language=language,
        embedding=meant, nearest=Nearest(), counted=Counted(), engine=engine,
    )  # fmt: skip
    if on_server:
        opening, door, async_door = _server(path, told, language, key, read_only, replica, meant)
    else:
        if replica is not None:
            raise Invalid("a file has no replica; leave replica out, or name a postgresql:// URL")
        opening, door, async_door = _local(path, told, language, durability or known.durability, key, read_only, meant)

    def make() -> Any:
        opened = opening()
        if opened.stale:  # indexed by another version of the analyser: it would not find what is there
            House(door(opened), Scope(), shared)._reindexed()
        if meant is not None:
            _with_vectors(opened, door, shared)
        return opened

    return _Plan(make, door, async_door, shared)


def _with_vectors(opened: Any, door: Callable[[Any], Any], shared: Shared) -> None:
    """Join the embedder's space; what waits there is worked off by a thread that does not keep the engine alive."""
    engine = weakref.ref(opened)

    def work(stopped: Callable[[], bool]) -> float | None:
        still = engine()
        if still is None:
            raise Closed()
        return House(door(still), Scope(), replace(shared, engine=lambda: still))._worked_off(stopped)

    spaces = Spaces[Sync](House(door(opened), Scope(), shared))
    standing = spaces.standing()
    if not (standing.fresh or opened.read_only):  # most openings only read, and wait for no writer
        spaces.join()
        standing = spaces.standing()
    opened.maker.space, opened.maker.answering = standing.own, standing.answering
    if not opened.read_only:
        opened.attend(Worker(work))
        if standing.waiting:
            opened.maker.wake()


def _local(path: Any, clock: Clock, language: str, durability: str, key: str | None, read_only: bool, meant: Any) -> tuple[Any, Any, Any]:
    def awaited(make: Callable[[], Any]) -> Any:
        from .engines.tasks import AsyncDoor  # asyncio is for those who use it

        return AsyncDoor(make)

    opening = partial(Sqlite, path, clock=clock, language=language, durability=durability, key=key, read_only=read_only, embedding=meant)
    return opening, SyncDoor, awaited


def _server(url: str, clock: Clock, language: str, key: str | None, read_only: bool, replica: str | None, meant: Any) -> tuple[Any, Any, Any]:
    if key is not None:
        raise Invalid("key encrypts a file; encrypt the server's disk and its connections (sslmode in the URL) instead")
    try:
        from .engines import postgres, server
    except ImportError as error:
        if isinstance(error, RecollectError) or (error.name or "").partition(".")[0] == "recollect":
            raise
        raise NotInstalled("PostgreSQL needs psycopg; pip install 'recollect[postgres]'") from error
    opening = partial(postgres.Postgres, url, clock=clock, language=language, read_only=read_only, replica=replica, embedding=meant)
    return opening, server.SyncServerDoor, server.AsyncServerDoor


def _file(where: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    named = chosen(where)
    if is_url(named):
        raise Invalid("a memory on PostgreSQL is restored by the server's own tools: pg_restore, or a recovered base backup")
    return named
