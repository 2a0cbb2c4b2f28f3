"""The verbs that look after a memory: counting, checking, erasing, copying, tidying, exporting. The rest of a memory is in `house`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from .core.effects import Call
from .core.house import Shared
from .core.operation import Async, Face, flow, operation, query
from .errors import Corrupt, Denied
from .kinds import Rooms
from .kinds.conversations import Summarizer
from .shapes.values import checked_span
from .transfer.report import ImportReport
from .upkeep.consolidate import Consolidation, consolidate, users_of
from .upkeep.embedding import Embedded, embed_pending, worked_off
from .upkeep.erase import ErasureReport, erase, target
from .upkeep.owners import reindex
from .upkeep.problem import Problem
from .upkeep.spaces import Spaces
from .upkeep.stats import Stats, stats
from .upkeep.verify import tenants, verify_chain, verify_index, verify_records


class Keeping(Rooms[Face]):
    """What a memory does for its own good."""

    _shared: Shared

    @flow
    async def embed_pending(self: Keeping[Async], *, progress: Callable[[int, int], None] | None = None) -> Embedded:
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
    async def stats(self: Keeping[Async]) -> Stats:
        """Counts by kind, bytes, and what is still to be done; of the whole file if the scope names nothing."""
        return await stats(self)

    @flow
    async def verify(self: Keeping[Async]) -> list[Problem]:
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
        self: Keeping[Async], *, user: str | None = None, tenant: str | None = None, session: str | None = None, id: str | None = None
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
        self: Keeping[Async],
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

    @query
    async def _users(self: Keeping[Async]) -> list[str]:
        return await users_of(self)

    @flow
    async def backup(self: Keeping[Async], path: str | os.PathLike[str]) -> str:
        """Copy the whole memory to a new file while it is in use; returns the copy's path. An existing file is never overwritten."""
        self._whole("backup")
        return str(await Call(self._engine.backup, (path,)))

    @flow
    async def vacuum(self: Keeping[Async]) -> int:
        """Give free space back to the file system and merge the text index; returns by how many bytes the file shrank.

        Vectors of an embedder with which nobody opened the memory for 30 days go first, if those of another one answer.
        """
        self._whole("vacuum")
        await Spaces[Async](self).drop_unused()
        return int(await Call(self._engine.vacuum))

    @flow
    async def sql(self: Keeping[Async], query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """Ask anything of the whole memory in SQL: one statement that only reads, over the views ``recollect_<kind>``; a mapping for each row.

        ``:name`` in the statement is the parameter of that name. For the unscoped memory only: a view is no wall between users.
        """
        self._whole("sql")
        return list(await Call(self._engine.sql, (query, parameters)))

    @flow
    async def export(self: Keeping[Async], path: str | os.PathLike[str]) -> int:
        """Write everything this scope holds to a file, one JSON object a line, versions and deleted records too; returns the number of lines."""
        from .transfer.own import export

        return await export(self, path)

    @flow
    async def import_(
        self: Keeping[Async],
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
    async def _tenants(self: Keeping[Async]) -> list[str]:
        return await tenants(self)

    @query
    async def _verified_records(self: Keeping[Async], tenant: str) -> list[Problem]:
        return await verify_records(self, tenant)

    @query
    async def _verified_index(self: Keeping[Async], tenant: str) -> list[Problem]:
        return await verify_index(self, tenant)

    async def _verified_chain(self) -> list[Problem]:
        return await verify_chain(self._scope.tenant)

    @operation
    async def _erased(self: Keeping[Async], what: Mapping[str, str]) -> ErasureReport:
        return await erase(self, what)

    @property
    def _engine(self) -> Any:
        return self._shared.engine()

    def _whole(self, verb: str) -> None:
        if any(self._scope.values()):
            raise Denied(f"{verb} concerns the whole file; call it on the unscoped memory")

    @flow
    async def _worked_off(self: Keeping[Async], stopped: Callable[[], bool]) -> float | None:
        return await worked_off(self, stopped)

    @operation
    async def _reindexed(self: Keeping[Async]) -> None:
        await reindex(self)
