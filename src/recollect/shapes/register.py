"""One current value per key; every version is kept."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from ..core.clock import micros
from ..core.documents import Reading
from ..core.effects import Begin, many
from ..core.ids import short_bytes
from ..core.operation import Async, Face, operation, query
from ..core.scope import sayable
from ..core.table import Versioned
from ..core.traits import LEVEL, Clause, divided, walls
from ..errors import Invalid, NotFound
from .collection import Collection, R
from .values import checked_limit

_OWN = {field.name for field in fields(Versioned)}


class Register(Collection[Face, R]):
    """A kind whose records are looked up by their natural key. Everywhere a key is taken, the record's id does as well."""

    @query
    async def history(self: Register[Async, R], key: str, *, limit: int = 100) -> list[R]:
        """Every version of what stands, or stood, under this key, newest first."""
        limit = checked_limit(limit)
        now = (await Begin()).now
        record: Any = await self._find(key, now, deleted=True) or await self._find_held(key, now)
        return [record, *await self._versions(record, limit=limit)][:limit] if record is not None else []

    @query
    async def as_of(self: Register[Async, R], time: datetime) -> list[R]:
        """All records as they were at that time, by key."""
        return await self._as_of(micros(time))

    @query
    async def by_key(self: Register[Async, R], key: str) -> list[R]:
        """What every user of this scope has under this key (an administrator sees the whole tenant), newest first."""
        if not sayable(key):
            return []
        where = self._visible((await Begin()).now) & Clause(f"{self.table.key} = :key", {"key": key})
        return await self._select(where, "order by updated_at desc, seq desc")

    @operation
    async def revert(self: Register[Async, R], key: str, version: int) -> R:
        """Make an earlier version the current one; what it replaces is kept as history."""
        moment_ = await Begin()
        record: Any = await self._find(key, moment_.now, deleted=True)
        if record is not None and record.version == version and record.deleted_at is None:
            raise Invalid(f"version {version} of {key!r} is the current one; see history({key!r}) for those before it")
        earlier: list[Any] = [old for old in await self._versions(record, limit=2**62) if old.version == version] if record else []  # type: ignore[attr-defined]
        if record is None or not earlier:
            raise NotFound(f"{self.table.name} has no version {version} of {key!r} in this scope; see history({key!r})")
        values = {field.name: getattr(earlier[0], field.name) for field in fields(earlier[0]) if field.name not in _OWN}
        return await self._change(record, replace(record, deleted_at=None, **values), "revert", moment_)

    # how bodies read and write

    async def _find(self, id: str, now: int, *, deleted: bool = False) -> R | None:
        """By key at the most particular level that the scope sees, or by id."""
        found = await self._levels(id, Clause("deleted_at is null"))
        if deleted and not found:
            found = await self._levels(id, Clause("deleted_at is not null"))
        if found:
            return found[0]
        return await self._find_id(id, now) or (await super()._find_deleted(id) if deleted else None)

    async def _levels(self, key: str, more: Clause) -> list[R]:
        if not sayable(key):
            return []
        where = self._owned() & divided(self._scope, knowledge=True) & Clause(f"{self.table.key} = :key", {"key": key}) & more
        return await self._select(where, f"order by {LEVEL.format('')} desc limit 1")

    def _owned(self) -> Clause:
        """Exactly this owner's rows: an administrator's own key is the tenant's, not anybody's."""
        if self.table.tenant_wide:
            return walls(self._scope, tenant_wide=True)
        return Clause('tenant = :tenant and "user" = :user', {"tenant": self._scope.tenant, "user": self._scope.user})

    async def _find_deleted(self, id: str) -> R | None:
        found = await self._levels(id, Clause("deleted_at is not null"))
        return found[0] if found else await super()._find_deleted(id)

    async def _page(self, limit: int, after: str | None) -> list[R]:
        where = self._visible((await Begin()).now, follow=True) & self._shown()
        key = self.table.key
        if after is not None:
            place = await self._key_of(after)
            where &= Clause(f'({key}, "user", seq) > (:after_key, :after_user, :after_seq)', place)
        return await self._select(where, f'order by {key}, "user", seq limit :limit', limit=limit)

    async def _own(self, time: int | None, limit: int = 1000) -> list[R]:
        """What this owner itself holds, now or at a time: an administrator's profile is the tenant's, not everybody's."""
        if time is not None:
            return [record for record in await self._as_of(time) if record.user == self._scope.user]
        where = self._visible((await Begin()).now) & self._shown() & self._owned()
        return await self._select(where, f"order by {self.table.key} limit :limit", limit=limit)

    async def _key_of(self, after: str) -> dict[str, Any]:
        """Paging goes on after a key (of this owner) or after a record's id."""
        if not sayable(after):
            raise NotFound(f"there is no {self.table.name} record {after!r} to go on after; begin again without after=")
        key_like = short_bytes(after) is not None and await self._levels(after, Clause(""))  # eight digits may be a key as well
        raw = None if key_like else await self._id_meant(after)
        if raw is None:
            return {"after_key": after, "after_user": self._scope.user, "after_seq": 1 << 62}
        where = walls(self._scope, tenant_wide=self.table.tenant_wide)
        sql = f'select {self.table.key}, "user", seq from {self.table.name} where {where.sql} and id = :id'
        found = await many(lambda *row: row, sql, **where.params, id=raw)
        if not found:
            raise NotFound(f"there is no {self.table.name} record {after!r} to go on after; begin again without after=")
        return dict(zip(("after_key", "after_user", "after_seq"), found[0], strict=True))

    async def _at_own_level(self, key: str) -> R | None:
        """What stands under this key at the scope's own level, deleted or not."""
        own = {part: getattr(self._scope, part) for part in ("project", "agent")}
        level = Clause("") if self.table.tenant_wide else Clause("project = :project and agent = :agent", own)
        found = await self._select(self._owned() & level & Clause(f"{self.table.key} = :key", {"key": key}))
        return found[0] if found else None

    async def _set(self, key: str, values: dict[str, Any], reading: Reading | None) -> R:
        """Hold these values under this key at the scope's own level. The same values again change nothing."""
        moment_ = await Begin()
        record = await self._at_own_level(key)
        if record is None:
            fresh: R = self.table.record(**self._fresh(moment_), version=1, **{str(self.table.key): key}, **values)
            await self._insert(fresh, reading)
            return fresh
        if self.table.encode(replace(record, deleted_at=None, **values)) == self.table.encode(record):
            return record
        if not self.table.tenant_wide:  # where this value was written, not where the first one was
            values = {**values, "channel": self._scope.channel, "session": self._scope.session}
        return await self._change(record, replace(record, deleted_at=None, **values), "set", moment_)

    async def _as_of(self, time: int) -> list[R]:
        now = [record for record in await self._then(time) if record.deleted_at is None]
        key = str(self.table.key)
        best: dict[tuple[str, str], R] = {}
        for record in sorted(now, key=_level):  # the more particular level comes later and shadows
            best[record.user, getattr(record, key)] = record
        return [best[owner_key] for owner_key in sorted(best, key=lambda pair: (pair[1], pair[0]))]


def _level(record: Any) -> int:
    return (2 if record.project else 0) + (1 if record.agent else 0)
