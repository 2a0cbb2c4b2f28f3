"""What is held true: the same thing said again is reinforced, not repeated; every edit keeps what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.effects import Begin, Moment
from ..core.operation import Async, Face, query
from ..core.traits import Clause
from ..errors import Conflict
from .collection import Collection, R
from .values import checked_limit

_LEVEL = 'tenant = :tenant and "user" = :user and project = :project and agent = :agent and digest = :digest and deleted_at is null'


class Belief(Collection[Face, R]):
    """A kind whose records are told apart by what they say."""

    @query
    async def history(self: Belief[Async, R], id: str, *, limit: int = 100) -> list[R]:
        """Every version of this record, newest first."""
        limit = checked_limit(limit)
        record: R | None = await self._find(id, (await Begin()).now) or await self._find_deleted(id)
        if record is None:
            return []
        older: Any = await self._versions(record, limit=limit)
        return [record, *older][:limit]

    async def _restore(self, record: R, moment_: Moment) -> R:
        same = await self._same_as(record)
        if same is not None:
            raise Conflict(f"record {same.id} says the same and is live; delete that one first, or leave this one deleted")
        return await super()._restore(record, moment_)

    async def _same_as(self, record: R) -> R | None:
        """The live record of this record's own level that says the same."""
        params = self.table.encode(record)
        return await self._saying({name: params[name] for name in ("tenant", "user", "project", "agent", "digest")})

    async def _same(self, digest: bytes) -> R | None:
        """The live record of this scope's own level that says the same."""
        scope = self._scope
        return await self._saying({"tenant": scope.tenant, "user": scope.user, "project": scope.project, "agent": scope.agent, "digest": digest})

    async def _saying(self, level: Mapping[str, Any]) -> R | None:
        found = await self._select(Clause(_LEVEL, level))
        return found[0] if found else None
