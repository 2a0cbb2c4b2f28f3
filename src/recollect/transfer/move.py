"""Moving a memory to another database, a file or a server: rows as they are stored, the change log and its chain too, and a fresh text index.

The source is read as one snapshot, page by page; each page is one transaction of the target, with a bookmark, so a move that was killed is
completed by the same command. While a page is written the next one is read and analysed. At the end both sides are read again and compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.documents import documents
from ..core.effects import Batch, Document, Index, OwnersChanged, Statement, many, run, value
from ..core.operation import Room, Sync, operation, query
from ..core.scope import Scope
from ..core.table import quoted
from ..core.traits import Clause
from ..engines.analyst import Analyst
from ..engines.log import ENTRY
from ..engines.readings import MANY
from ..engines.vectors import first_stamp
from ..errors import Conflict, Corrupt, Denied, Invalid, NotFound
from ..upkeep.owners import NEW_OWNER

PAGE = 1000
Progress = Callable[[int, int], None]
Digests = dict[tuple[str, str], tuple[int, str]]  # by tenant and table: how many rows, and a hash over them in their order


@dataclass(frozen=True, slots=True)
class MoveReport:
    """How many tenants were moved, how many rows of each table, in how many seconds."""

    tenants: int
    rows: Mapping[str, int]
    seconds: float


class Moved(NamedTuple):
    """A table that is moved: in which order it is read, and how a row is written."""

    name: str
    order: str
    columns: tuple[str, ...]
    insert: str
    kind: Any = None  # what a row of it means, if it is a kind of memory

    @property
    def selected(self) -> str:
        return ", ".join(map(quoted, (self.order, *self.columns)))


class Bookmark(NamedTuple):
    """How far a move has come: from where, the last row that was written, and how many there were."""

    source: str
    table: str = ""
    order: Any = None
    rows: int = 0


class Page(NamedTuple):
    """Rows of one table as they are stored, and what is searched of them."""

    table: Moved
    rows: list[dict[str, Any]]
    found: tuple[Document, ...] = ()


def moved(kinds: Mapping[str, Any]) -> list[Moved]:
    """The tables of a memory: what refers to another comes after it. Owners' counts and the text index are made anew."""
    return [
        Moved("owners", "number", ("tenant", "user", "language"), f"{NEW_OWNER} on conflict do nothing"),
        *(_of_kind(kind.table) for kind in kinds.values()),
        _as_it_is("versions", "seq", "tenant", "user", "kind", "record", "version", "began_at", "ended_at", "body"),
        _as_it_is("changes", "seq", *ENTRY.replace('"', "").split(", "), "position", "hash"),
        _as_it_is("chains", "tenant", "tenant", "position", "hash", "anchor_position", "anchor_hash", "anchor_at"),
    ]  # fmt: skip


def _of_kind(table: Any) -> Moved:
    columns = (*(column.name for column in table.columns), *(table.derived or ()))
    return Moved(table.name, "seq", columns, f"{table.insert} on conflict do nothing", table)


def _as_it_is(name: str, order: str, *columns: str) -> Moved:
    marks = ", ".join(f":{column}" for column in columns)
    return Moved(name, order, columns, f"insert into {name} ({', '.join(map(quoted, columns))}) values ({marks}) on conflict do nothing")


class _Side(Room[Sync]):
    """One of the two memories: all of it, or one tenant's part."""

    def __init__(self, house: Any, tenant: str | None) -> None:
        self._house, self._door, self._tenant = house, house._door, tenant
        self._scope = Scope(tenant=tenant or "")
        self._inside = Clause("tenant >= ''") if tenant is None else Clause("tenant = :tenant", {"tenant": tenant})
        self._tables = moved(house._kinds)

    @property
    def _inner(self) -> Any:
        return type(self)(self._house._inner, self._tenant)

    @query
    async def digests(self: _Side) -> Digests:
        """Everything that is moved, in numbers that are the same on both sides."""
        found: Digests = {}
        await self._patiently()
        for table in self._tables:
            counts: dict[str, int] = {}
            hashes: dict[str, Any] = {}
            place = 1 + table.columns.index("tenant")
            pages = _Pages(self, table)
            while rows := await pages.next():
                for row in rows:
                    tenant = row[place]
                    if tenant not in counts:
                        counts[tenant], hashes[tenant] = 0, hashlib.blake2b(digest_size=16)
                    counts[tenant] += 1
                    hashes[tenant].update(repr(row[1:]).encode())
            found.update({(tenant, table.name): (count, hashes[tenant].hexdigest()) for tenant, count in counts.items()})
        return found

    async def _patiently(self) -> None:
        """What follows reads everything."""
        for sql in self._house._shared.dialect.walk.patience:
            await run(sql)

    async def _tenants(self) -> list[str]:
        """Of whom there is a trace."""
        tables = [*(table.name for table in self._tables), "documents"]
        sql = " union ".join(f"select tenant from {table} where {self._inside.sql}" for table in tables)
        return await many(lambda tenant: str(tenant), sql, **self._inside.params)


class _Pages:
    """A table's rows in their order, each behind what orders it."""

    def __init__(self, side: _Side, table: Moved, after: Any = None) -> None:
        self._table, self._inside, self._after = table, side._inside, after
        self._walk = side._house._shared.dialect.walk
        self._begun = False

    async def next(self) -> list[Any]:
        if not self._begun:
            self._begun = True
            for sql in self._walk.first:
                await self._said(sql)
        rows = await self._said(self._walk.page)
        self._after = rows[-1][0] if rows else self._after
        return rows

    def _said(self, sql: str) -> Statement[list[Any]]:
        t = self._table
        beyond = "" if self._after is None else f"and {t.order} > :after"
        params = {**self._inside.params, "after": self._after}
        return Statement(
            sql.format(**t._asdict() | {"selected": t.selected, "inside": self._inside.sql, "beyond": beyond, "most": PAGE}), params, list
        )


class Source(_Side):
    """The memory that is moved."""

    @query
    async def tenants(self: Source) -> list[str]:
        """Who is moved. Log entries that wait to be sealed have no place in the chain yet, and cannot be."""
        await self._patiently()
        if await value(f"select 1 from changes where {self._inside.sql} and position is null limit 1", **self._inside.params):
            raise Conflict("the source has log entries that are not sealed yet; open it once for writing, close it, and move again")
        return await self._tenants()

    @query
    async def count(self: Source) -> int:
        """How many rows there are to move."""
        await self._patiently()
        counts = [await value(f"select count(*) from {table.name} where {self._inside.sql}", **self._inside.params) for table in self._tables]
        return sum(counts)

    @query
    async def carry(self: Source, mark: Bookmark, give: Callable[[Page, Any], None], analyst: Analyst) -> None:
        """Give away every page after the bookmark. All of it is one snapshot, however long it takes."""
        await self._patiently()
        found = await many(lambda *row: row, f'select tenant, "user", language from owners where {self._inside.sql}', **self._inside.params)
        maker = _Maker({(tenant, user): language for tenant, user, language in found}, self._house._shared.language, analyst, give)
        names = [table.name for table in self._tables]
        for table in self._tables[names.index(mark.table) if mark.table else 0 :]:
            pages = _Pages(self, table, mark.order if table.name == mark.table else None)
            while rows := await pages.next():
                maker.take(table, rows)
        maker.end()


class _Maker:
    """Makes pages of rows. While the texts of one page are being analysed, the next one is read and the one before is written."""

    def __init__(self, languages: Mapping[tuple[str, str], str], other: str, analyst: Analyst, give: Callable[[Page, Any], None]) -> None:
        self._languages, self._other, self._analyst, self._give = languages, other, analyst, give
        self._waiting: tuple[Page, list[tuple[Any, dict[str, Any]]], Any] | None = None

    def take(self, table: Moved, rows: list[Any]) -> None:
        stored = [dict(zip(table.columns, row[1:], strict=True)) for row in rows]
        searched: list[tuple[Any, dict[str, Any]]] = []
        if table.kind is not None and table.kind.text is not None:
            width = 1 + len(table.kind.columns)
            both = zip(rows, stored, strict=True)
            searched = [(table.kind.decode(*row[1:width]), params) for row, params in both if params["deleted_at"] is None]
        before, self._waiting = self._made(), (Page(table, stored), searched, rows[-1][0])
        if searched:
            said = [(table.kind.text(record), self._languages.get((record.tenant, record.user), self._other)) for record, _ in searched]
            self._analyst.ask(said)
        if before is not None:
            self._give(*before)

    def end(self) -> None:
        if (last := self._made()) is not None:
            self._give(*last)

    def _made(self) -> tuple[Page, Any] | None:
        """The page that waited, with what is searched of it."""
        if self._waiting is None:
            return None
        (page, searched, order), self._waiting = self._waiting, None
        if not searched:
            return page, order
        found: list[Document] = []
        for (record, params), reading in zip(searched, self._analyst.answer(), strict=True):
            found += documents(page.table.kind, record, reading, params)
        return page._replace(found=tuple(found)), order


class Target(_Side):
    """The memory that it becomes."""

    @operation
    async def begin(self: Target, source: str, tenants: Sequence[str]) -> Bookmark:
        """Where to begin, or to go on. Who holds anything here already is not moved here: the two would be mixed."""
        known = await self._bookmark()
        if known is None:
            await self._patiently()
            if both := sorted({*tenants} & {*await self._tenants()}):
                raise Conflict(f"the target holds something of tenant {both[0]!r} already; move into a new file or an empty database")
            known = Bookmark(source)
            await self._note(known)
        elif known.source != source:
            raise Conflict(f"a move from {known.source} into this target was begun; complete that one, or move into another target")
        return known

    @operation
    async def put(self: Target, before: Bookmark, after: Bookmark, page: Page) -> None:
        """Write a page, and that it was written. One that is there already, since only the answer was lost, is not written again."""
        known = await self._bookmark()
        if known == after:
            return
        if known != before:
            raise Conflict("somebody else moves into this target too; let one of the two end")
        if page.table.name == "owners":
            await Batch(page.table.insert, [{**row, "stamp": first_stamp()} for row in page.rows])
            await OwnersChanged()
        else:
            await Batch(page.table.insert, page.rows)
        if page.found:
            await Index(page.found)
        await self._note(after)

    @operation
    async def end(self: Target) -> None:
        """The move is over: the bookmark can go."""
        await run("delete from settings where name = :name", name=self._name)

    @property
    def _name(self) -> str:
        return "move" if self._tenant is None else f"move tenant {self._tenant}"

    async def _bookmark(self) -> Bookmark | None:
        known = await value("select value from settings where name = :name", name=self._name)
        return None if known is None else Bookmark(*json.loads(known))

    async def _note(self, mark: Bookmark) -> None:
        await run(
            "insert into settings (name, value) values (:name, :value) on conflict (name) do update set value = excluded.value",
            name=self._name, value=json.dumps(mark),
        )  # fmt: skip


class _Carrier:
    """Hands pages to the target: one is written while the next is made."""

    def __init__(self, target: Target, mark: Bookmark, pool: ThreadPoolExecutor, progress: Callable[[int], None]) -> None:
        self._target, self._mark, self._pool, self._progress = target, mark, pool, progress
        self._writing: Future[None] | None = None

    def give(self, page: Page, order: Any) -> None:
        self.wait()
        before, self._mark = self._mark, Bookmark(self._mark.source, page.table.name, order, self._mark.rows + len(page.rows))
        self._writing = self._pool.submit(self._target.put, before, self._mark, page)

    def wait(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()
            self._progress(self._mark.rows)


def move(source: Any, target: Any, tenant: str | None = None, *, progress: Progress | None = None) -> MoveReport:
    """Copy a memory, or one tenant's part of it, into another one, and compare the two. Nobody should write to either meanwhile.

    Both are open memories, of any two databases. Interrupted, the same call goes on where it stopped. Raises `Conflict` if the target
    holds anything of who is to be moved, and `Corrupt` if the two differ at the end; the source is only read.
    """
    since = time.monotonic()
    if _same(source._engine, target._engine):
        raise Invalid("the source and the target are the same memory; name another target")
    with suppress(Denied):  # a server's role that may only read: then somebody else must have sealed all of it
        source._engine.seal()
    old, new = Source(source, tenant), Target(target, tenant)
    tenants = old.tenants()
    if tenant is not None and not tenants:
        raise NotFound(f"the source holds nothing of tenant {tenant!r}; see `recollect export -` for what it holds")
    total = old.count()
    mark = new.begin(source._engine.path, tenants)
    with ThreadPoolExecutor(1, "recollect-move") as pool, Analyst(apart=total - mark.rows > MANY) as analyst:
        carrier = _Carrier(new, mark, pool, lambda done: progress(done, total) if progress else None)
        old.carry(mark, carrier.give, analyst)
        carrier.wait()
        found = pool.submit(new.digests)
        rows = _compared(old.digests(), found.result(), tenants)
    new.end()
    return MoveReport(len(tenants), {table.name: rows.get(table.name, 0) for table in moved(source._kinds)}, time.monotonic() - since)


def _same(one: Any, other: Any) -> bool:
    if one.memory or other.memory:
        return one is other
    return bool(one.path == other.path or (os.path.exists(one.path) and os.path.exists(other.path) and os.path.samefile(one.path, other.path)))


def _compared(old: Digests, new: Digests, tenants: Sequence[str]) -> dict[str, int]:
    """How many rows of each table there are, on both sides."""
    whose = {*tenants}
    rows: dict[str, int] = {}
    for tenant, table in sorted({*old, *new}):
        there, here = old.get((tenant, table), (0, "")), new.get((tenant, table), (0, ""))
        if there != here and (tenant in whose or (tenant, table) in old):
            raise Corrupt(
                f"{table} of tenant {tenant!r} are not the same on both sides ({there[0]} rows in the source, {here[0]} in the target); "
                "somebody wrote to one of them meanwhile, or it is damaged: move again into a new file or an empty database"
            )
        rows[table] = rows.get(table, 0) + there[0]
    return rows
