"""Audit: what was asked and answered, and the log of every change to every kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..core.chain import NO_RECORD, PRUNING
from ..core.clock import micros, moment, optional_micros
from ..core.effects import Begin, Call, Change, many, run, value
from ..core.ids import id_text
from ..core.operation import Async, Face, flow, operation, query
from ..core.scope import Scope, checked
from ..core.table import Record, Table
from ..core.text import clean
from ..core.traits import Clause, walls
from ..errors import Denied
from ..shapes.log import Log, period
from ..shapes.values import checked_choice, checked_count, checked_limit, id_of, optional_text

STATUSES = ("ok", "error", "denied")


@dataclass(frozen=True, slots=True)
class AuditEntry(Record):
    """One interaction: what came in, what went out, how it ended, and for a denial why."""

    input: str
    output: str | None
    status: str
    reason: str | None
    sender: str | None
    provider: str | None
    model: str | None
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """One entry of the change log. What was erased since names neither its record nor its owner.

    `position` and `hash` are None until the entry is sealed, which on a server takes a second. The hash, as hex digits, covers all entries
    of the tenant up to this one: keep it elsewhere now and then, and nobody can rewrite the log unnoticed.
    """

    position: int | None
    at: datetime
    kind: str
    action: str
    id: str | None
    user: str | None
    agent: str | None
    project: str | None
    actor: str | None
    hash: str | None


class Audit(Log[Face, AuditEntry]):
    """`log` keeps interactions. `changes` reads what every write of every kind left behind, a chain of hashes that `verify_chain` follows."""

    table: ClassVar = Table(
        name="audit", record=AuditEntry, aside=True, text=lambda entry: "\n".join(filter(None, (entry.input, entry.output, entry.reason)))
    )

    @operation
    async def log(
        self: Audit[Async],
        input: str,
        output: str | None = None,
        *,
        status: str = "ok",
        reason: str | None = None,
        sender: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        milliseconds: int | None = None,
        at: datetime | None = None,
    ) -> AuditEntry:
        """Keep one interaction: ok, error or denied. What came in and what went out may be empty; `milliseconds` is a whole number."""
        values = {
            "input": clean(input, "input", empty=True), "output": None if output is None else clean(output, "output", empty=True),
            "status": checked_choice(status, "status", STATUSES), "reason": optional_text(reason, "reason"),
            "sender": optional_text(sender, "sender"), "provider": optional_text(provider, "provider"), "model": optional_text(model, "model"),
            "milliseconds": None if milliseconds is None else checked_count(milliseconds, "milliseconds"),
        }  # fmt: skip
        return await self._add_new(values, at=optional_micros(at))

    @query
    async def between(
        self: Audit[Async], since: datetime | None = None, until: datetime | None = None, *, status: str | None = None, limit: int = 1000
    ) -> list[AuditEntry]:
        """Interactions from `since` (inclusive) to `until` (exclusive), oldest first, at most `limit`: of this status, if one is named."""
        where = self._visible((await Begin()).now, follow=True) & period(since, until)
        if status is not None:
            where &= Clause("status = :status", {"status": checked_choice(status, "status", STATUSES)})
        return await self._select(where, "order by created_at, seq limit :limit", limit=checked_limit(limit))

    @query
    async def changes(
        self: Audit[Async],
        record: Any = None,
        *,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[LoggedChange]:
        """What was changed, newest first, at most `limit`: of this record, of this kind, from `since` (inclusive) to `until` (exclusive).

        A user's scope sees the changes of all that is this user's, whatever their project and agent; an administrator's the tenant's.
        """
        where = walls(self._scope) & period(since, until, "at")
        if record is not None:
            where &= Clause("record = :record", {"record": await self._house._id_meant(id_of(record))})
        if kind is not None:
            where &= Clause("kind = :kind", {"kind": checked("kind", kind)})
        sql = f"""select position, hash, at, kind, action, record, "user", agent, project, actor from changes
            where {where.sql} order by seq desc limit :limit"""
        return await many(_change, sql, **where.params, limit=checked_limit(limit))

    @flow
    async def verify_chain(self: Audit[Async]) -> list[Any]:
        """Follow the tenant's chain from its beginning, or from where it was pruned; an empty list says that no entry was altered or taken out."""
        await Call(self._house._engine.seal)
        return list(await self._followed())

    @query
    async def _followed(self: Audit[Async]) -> list[Any]:
        return list(await self._house._verified_chain())

    @flow
    async def prune_before(self: Audit[Async], time: datetime) -> int:
        """Delete the interactions and the log entries from before this time; returns how many those were. For the whole tenant only.

        What is left of the log begins at an anchor, the hash of the last entry that went, so it still verifies; that it was pruned is an entry.
        The interactions can be undeleted, the entries not.
        """
        if self._scope != Scope(self._scope.tenant):
            raise Denied("the change log belongs to the tenant; call prune_before on a scope that names nothing else")
        micros(time)
        await Call(self._house._engine.seal)  # what has no place in the chain yet cannot be taken out of it
        return int(await self._prune_all(time))

    @operation
    async def _prune_all(self: Audit[Async], time: datetime) -> int:
        return int(await self.prune(time)) + await self._prune_log(micros(time))

    async def _prune_log(self, until: int) -> int:
        await Begin()
        tenant = {"tenant": self._scope.tenant}
        later = "select min(position) from changes where tenant = :tenant and at >= :until and position is not null"
        first = await value(later, **tenant, until=until)
        sealed = await value("select max(position) from changes where tenant = :tenant", **tenant)
        last = (sealed or 0) if first is None else first - 1
        found = await many(lambda *row: row, "select hash, at from changes where tenant = :tenant and position = :last", **tenant, last=last)
        if not found:
            return 0
        count = int(await value("select count(*) from changes where tenant = :tenant and position <= :last", **tenant, last=last))
        await run("delete from changes where tenant = :tenant and position <= :last", **tenant, last=last)
        await run(
            "update chains set anchor_position = :last, anchor_hash = :hash, anchor_at = :at where tenant = :tenant",
            **tenant, last=last, hash=found[0][0], at=max(until - 1, found[0][1]),
        )  # fmt: skip
        await Change(PRUNING, NO_RECORD, "prune", (self._scope.tenant, "", "", "", "", ""), (count, last), self._scope.agent)
        return count


def _change(position: Any, hash: Any, at: int, kind: str, action: str, record: Any, *owner: Any) -> LoggedChange:
    user, agent, project, actor = owner
    id, sealed = None if record is None else id_text(record), None if hash is None else hash.hex()
    return LoggedChange(position, moment(at), kind, action, id, user, agent, project, actor, sealed)
