"""The verbs of a memory in one scope, once for both faces. `memory` opens it; the work itself is in `kinds`, `recall` and `upkeep`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Generic

from .core.effects import Begin, Call, many, value
from .core.house import Shared
from .core.ids import id_bytes, short_bytes
from .core.operation import INSIDE, Async, Door, Face, Sync, flow, operation, query
from .core.scope import Scope
from .core.table import Record
from .errors import Corrupt, Denied, Invalid
from .kinds import KINDS, Rooms
from .kinds.conversations import Summarizer
from .kinds.notes import Note
from .recall.context import Context, context
from .recall.hits import Hit
from .recall.search import asked, search
from .shapes.values import checked_list, checked_span
from .transfer.report import ImportReport
from .upkeep.consolidate import Consolidation, consolidate, users_of
from .upkeep.embedding import Embedded, embed_pending, worked_off
from .upkeep.erase import ErasureReport, erase, target
from .upkeep.owners import move_user, reindex, speak
from .upkeep.problem import Problem
from .upkeep.spaces import Standing, drop_unused, joined, standing
from .upkeep.stats import Stats, stats
from .upkeep.verify import tenants, verify_chain, verify_index, verify_records

_HOLDING = " union all ".join(f"select '{name}' from {name} where tenant = :tenant and id = :id" for name in KINDS)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who this is: the facts as a text for a prompt, the facts themselves, the language, and whether nothing is known yet."""

    text: str
    facts: Mapping[str, str]
    language: str
    is_new: bool


class House(Rooms[Face]):
    """A memory in one scope. Rooms are made when they are first used, so a scope costs next to nothing."""

    def __init__(self, door: Door | None, scope: Scope, shared: Shared) -> None:
        self._door, self._scope, self._shared = door, scope, shared

    @property
    def _inner(self) -> House[Any]:
        inner = self.__dict__.get("_inner_house")
        if inner is None:
            inner = self.__dict__["_inner_house"] = House(None, self._scope, self._shared) if self._door is not None else self
        return inner

    @property
    def _flowing(self) -> House[Any]:
        return House(INSIDE, self._scope, self._shared)

    def scope(
        self,
        *,
        tenant: str | None = None,
        user: str | None = None,
        agent: str | None = None,
        project: str | None = None,
        channel: str | None = None,
        session: str | None = None,
    ) -> House[Face]:
        """The same memory for somebody, or in some place: a cheap view with the same verbs. Parts that are not named stay as they are.

        A part is any string of 1 to 255 characters without control characters. `tenant` and `user` are walls: a view that names them
        cannot become another's (`Denied`).
        """
        narrowed = self._scope.narrowed(tenant=tenant, user=user, agent=agent, project=project, channel=channel, session=session)
        return House(self._door, narrowed, self._shared)

    def atomic(self) -> Atomic[Face]:
        """Several calls as one: ``with memory.atomic() as tx:`` (or ``async with``). An exception undoes all of them.

        Only calls on `tx` belong to it. Using the memory itself inside the block, or `tx` after it, raises. A nested block is a savepoint.
        """
        return Atomic(self)

    # remembering and finding

    @operation
    async def remember(
        self: House[Async],
        text: str,
        *,
        type: str = "note",
        tags: Iterable[str] = (),
        importance: float = 0.5,
        at: datetime | None = None,
        expires_at: datetime | None = None,
        source: Any = None,
    ) -> Note:
        """Keep this text as a note. The same text again is the same note, reinforced."""
        return await self.notes.add(text, type=type, tags=tags, importance=importance, at=at, expires_at=expires_at, source=source)

    @query
    async def recall(
        self: House[Async],
        query: str,
        *,
        limit: int = 10,
        kinds: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        where: Mapping[str, Any] | None = None,
        explain: bool = False,
    ) -> list[Hit]:
        """Find what answers this, best first, with the reasons. Any text is a valid query; k is k whenever k exist.

        `since` (inclusive) and `until` (exclusive) bound the time of what is found, `as_of` answers as it would have been answered then.
        `where` maps a field of the record (`role`, `type`, `tags`, `conversation`, `metadata.key` …) to the value it must have, or to a
        list of values. Reads only: recalling changes nothing.
        """
        return await self._recall(query, limit=limit, kinds=kinds, since=since, until=until, as_of=as_of, where=where, explain=explain)

    async def _recall(self, query: str, **filters: Any) -> list[Hit]:
        return await search(self, asked(self, query, **filters))

    @query
    async def context(
        self: House[Async],
        query: str = "",
        *,
        budget: int = 4000,
        base_prompt: str = "",
        sections: Mapping[str, float] | Iterable[str] | None = None,
        as_of: datetime | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> Context:
        """What to put into the prompt for this question, in at most `budget` tokens, and why.

        The base prompt and the current conversation's system messages are always in; if they alone exceed the budget that is `Invalid`,
        with the number that is missing. `sections` names the parts wanted (profile, summaries, conversation, recall), or maps each to its share.
        """
        return await context(self, query, budget=budget, base_prompt=base_prompt, sections=sections, as_of=as_of, where=where)

    @operation
    async def used(self: House[Async], hits: Iterable[Hit | Record | str]) -> int:
        """Say which hits (or records, or ids) were useful; returns how many are known. `consolidate` learns from it, `recall` does not."""
        return await self.signals._used(hits)

    @query
    async def profile(self: House[Async]) -> Profile:
        """What is known of this scope's user."""
        scope = self._scope
        facts = {fact.key: fact.value for fact in await self.facts._own(None)}
        owner = {"tenant": scope.tenant, "user": scope.user}
        language = await value('select language from owners where tenant = :tenant and "user" = :user', **owner)
        said = await value('select 1 from messages where tenant = :tenant and "user" = :user limit 1', **owner)
        text = "\n".join(f"{key}: {known}" for key, known in facts.items())
        return Profile(text, facts, language or self._shared.language, is_new=not facts and said is None)

    # any record

    @query
    async def get(self: House[Async], id: str) -> Record | None:
        """Any record of this scope by its id, or None."""
        return await self._any(id)

    @query
    async def get_many(self: House[Async], ids: Iterable[str]) -> list[Record | None]:
        """Records by their ids, in the same order; None where there is none."""
        return [await self._any(id) for id in checked_list(ids, "ids")]

    @operation
    async def forget(self: House[Async], id: str) -> bool:
        """Delete any record; `undelete` brings it back, `erase` makes it final. False if there is none."""
        moment = await Begin()
        record = await self._any(id)
        if record is None:
            return False
        await getattr(self, self._kind_of(record))._remove(record, moment)
        return True

    @operation
    async def undelete(self: House[Async], id: str) -> bool:
        """Bring any deleted record back as it was. False if there is nothing to bring back."""
        await Begin()
        for name in await self._with_id(id):
            if await getattr(self, name).undelete(id):
                return True
        return False

    async def _any(self, id: str) -> Record | None:
        now = (await Begin()).now
        found = [(name, record) for name in await self._with_id(id) if (record := await getattr(self, name)._find_id(id, now)) is not None]
        if len(found) > 1:
            raise Invalid(f"{id} is short for several: {', '.join(f'{name} {record.id}' for name, record in found)}; give the whole id of one")
        return found[0][1] if found else None

    async def _with_id(self, id: str) -> list[str]:
        """The kinds that have a record with this id; of its last part alone nobody knows, so all of them are asked."""
        raw = id_bytes(id)
        if raw is None:
            return list(KINDS) if short_bytes(id) is not None else []
        return await many(str, _HOLDING, tenant=self._scope.tenant, id=raw)

    # upkeep

    @flow
    async def embed_pending(self: House[Async], *, progress: Callable[[int, int], None] | None = None) -> Embedded:
        """Make the vectors of all texts that wait for one, also of those that failed before. Says how many were made, and how many still wait.

        A background thread does the same while the memory is open. `progress` is called with the texts done and the texts there are. A
        failing embedder is no exception: its words are the result's `error`, and the texts stay in line.
        """
        await Call(self._engine.rest)
        try:
            return await embed_pending(self, again=True, progress=progress)
        finally:
            self._engine.resume()

    @query
    async def stats(self: House[Async]) -> Stats:
        """Counts by kind, bytes, and what is still to be done; of the whole file if the scope names nothing."""
        return await stats(self)

    @flow
    async def verify(self: House[Async]) -> list[Problem]:
        """Look for damage: in the file, the records, the text index and the change log. An empty list is good news."""
        problems: list[Problem] = [Problem(*said) for said in await Call(self._engine.integrity)]
        try:
            for tenant in await self._tenants():
                problems += await self._verified_records(tenant)
                problems += await self._verified_index(tenant)
        except Corrupt as error:  # so damaged that its tables cannot be read
            problems.append(Problem("file", "tables", str(error)))
        return problems

    @flow
    async def erase(
        self: House[Async], *, user: str | None = None, tenant: str | None = None, session: str | None = None, id: str | None = None
    ) -> ErasureReport:
        """Erase for good everything of a user, a tenant or a session, or one record: rows, versions, index, log, and the file's free pages.

        Exactly one of the four. It cannot be undone. Backups, and copies that a migration left, are not touched; the report names the latter.
        """
        what = target(self._scope, {"user": user, "tenant": tenant, "session": session, "id": id})
        report = await self._erased(what)
        complete, copies = await Call(self._engine.emptied)
        return replace(report, complete=complete, remaining=report.remaining + copies)

    @flow
    async def consolidate(
        self: House[Async],
        dry_run: bool = False,
        *,
        force: bool = False,
        summarizer: Summarizer | None = None,
        retention: timedelta | None = None,
    ) -> Consolidation:
        """Tidy up while nobody talks: close idle conversations with a summary, let confidence fade, keep useful notes for good.

        It waits for 24 hours since the last time and 5 new conversations, unless `force`; of several processes one does it. With `dry_run`
        it only says what it would do. `summarizer` is given a conversation's messages and returns a text; without one the first sentences
        are taken. With a `retention`, messages of conversations that are closed and summarised for so long are deleted; `undelete` brings
        one back. A scope without a user consolidates all users of its tenant.
        """
        if retention is not None:
            checked_span(retention, "retention")
        return await consolidate(self, dry_run=bool(dry_run), force=bool(force), summarizer=summarizer, retention=retention)

    def _unparted(self) -> House[Face]:
        """The same owner's memory, whatever the project, agent, channel and session."""
        return House(self._door, Scope(self._scope.tenant, self._scope.user), self._shared)

    @query
    async def _users(self: House[Async]) -> list[str]:
        return await users_of(self)

    @flow
    async def backup(self: House[Async], path: str | os.PathLike[str]) -> str:
        """Copy the whole memory to a new file while it is in use; returns the copy's path. An existing file is never overwritten."""
        self._whole("backup")
        return str(await Call(self._engine.backup, (path,)))

    @flow
    async def vacuum(self: House[Async]) -> int:
        """Give free space back to the file system and merge the text index; returns by how many bytes the file shrank.

        Vectors of an embedder with which nobody opened the memory for 30 days go first, if those of another one answer.
        """
        self._whole("vacuum")
        await self._dropped_unused()
        return int(await Call(self._engine.vacuum))

    @flow
    async def sql(self: House[Async], query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """Ask anything of the whole memory in SQL: one statement that only reads, over the views ``recollect_<kind>``; a mapping for each row.

        ``:name`` in the statement is the parameter of that name. For the unscoped memory only: a view is no wall between users.
        """
        self._whole("sql")
        return list(await Call(self._engine.sql, (query, parameters)))

    @flow
    async def export(self: House[Async], path: str | os.PathLike[str]) -> int:
        """Write everything this scope holds to a file, one JSON object a line, versions and deleted records too; returns the number of lines."""
        from .transfer.own import export

        return await export(self, path)

    @flow
    async def import_(
        self: House[Async],
        path: str | os.PathLike[str],
        format: str | None = None,
        *,
        strict: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> ImportReport:
        """Read a file of another tool, or our own export, into this scope. The same file again adds nothing; what was deleted stays deleted.

        Bad records are reported and skipped. With `strict` everything is read first, and a bad record means that nothing is written.
        """
        from .transfer.importing import import_

        return await import_(self, path, format, strict=strict, progress=progress)

    @query
    async def _tenants(self: House[Async]) -> list[str]:
        return await tenants(self)

    @query
    async def _verified_records(self: House[Async], tenant: str) -> list[Problem]:
        return await verify_records(self, tenant)

    @query
    async def _verified_index(self: House[Async], tenant: str) -> list[Problem]:
        return await verify_index(self, tenant)

    async def _verified_chain(self) -> list[Problem]:
        return await verify_chain(self._scope.tenant)

    @operation
    async def _erased(self: House[Async], what: Mapping[str, str]) -> ErasureReport:
        return await erase(self, what)

    @property
    def _engine(self) -> Any:
        return self._shared.engine()

    def _whole(self, verb: str) -> None:
        if any(self._scope.values()):
            raise Denied(f"{verb} concerns the whole file; call it on the unscoped memory")

    # vectors

    def _joined(self: House[Sync], engine: Any) -> bool:
        """At the opening: tell the engine into which space it writes and which one answers. Whether texts wait."""
        if not engine.read_only:
            self._joined_space()
        own, answering, waiting = self._standing()
        engine.maker.space, engine.maker.answering = own, answering
        return waiting

    @query
    async def _standing(self: House[Async]) -> Standing:
        return await standing(self)

    @operation
    async def _joined_space(self: House[Async]) -> None:
        await joined(self)

    @operation
    async def _dropped_unused(self: House[Async]) -> int:
        return await drop_unused()

    @flow
    async def _worked_off(self: House[Async], stopped: Callable[[], bool]) -> float | None:
        return await worked_off(self, stopped)

    @operation
    async def _reindexed(self: House[Async]) -> None:
        await reindex(self)

    # what kinds' bodies use

    @property
    def _kinds(self) -> Mapping[str, Any]:
        return KINDS

    def _kind_of(self, record: Record) -> str:
        return next(name for name, kind in KINDS.items() if kind.table.record is type(record))

    def _count(self, text: str) -> int:
        return self._shared.count(text)

    async def _speak(self, language: str) -> None:
        await speak(self, language)

    async def _move_user(self, alias: str, target: str) -> int:
        return await move_user(self, alias, target)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._scope}>"


class Atomic(Generic[Face]):
    """An atomic block, before it is entered."""

    def __init__(self, house: House[Face]) -> None:
        self._house: House[Face] = house
        self._door: Any = None

    def _inside(self) -> House[Any]:
        return House(self._door, self._house._scope, self._house._shared)

    def __enter__(self: Atomic[Sync]) -> House[Sync]:
        self._door = _door(self._house).block(self._house._whose)
        return self._inside()

    def __exit__(self: Atomic[Sync], kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._door.leave(error is None)

    async def __aenter__(self: Atomic[Async]) -> House[Async]:
        self._door = await _door(self._house).block(self._house._whose)
        return self._inside()

    async def __aexit__(self: Atomic[Async], kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._door.leave(error is None)


def _door(house: House[Any]) -> Any:
    if house._door is None or house._door is INSIDE:
        raise Invalid("an operation is one transaction already; it needs no atomic block")
    return house._door
