"""Turns: a log that is read like a chat, each turn in its conversation."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from ..core.effects import Begin, Moment, many, one
from ..core.ids import id_bytes, id_text
from ..core.operation import Async, Face, query, stream
from ..core.table import Record
from ..core.traits import Clause, among, walls
from ..errors import Denied, NotFound
from .chat import conversation_id
from .collection import PAGE, R
from .log import Log
from .values import checked_limit


class Turns(Log[Face, R]):
    """What is written joins the conversation that it names, or the one that goes on; what is read is read oldest first, of the newest."""

    @query
    async def recent(self: Turns[Async, R], limit: int = 20, *, before: str | None = None) -> list[R]:
        """The newest messages of this scope, oldest first, like a chat; `before` a message's id turns the page back."""
        return await self._newest(Clause(""), checked_limit(limit), before)

    @query
    async def list(  # type: ignore[override]
        self: Turns[Async, R], *, conversation: str | Record | None = None, limit: int = 100, before: str | None = None
    ) -> builtins.list[R]:
        """The newest `limit` messages, of one conversation if it is named, oldest first; `before` turns the page back."""
        return await self._newest(await self._in(conversation), checked_limit(limit), before)

    @stream
    async def iterate(self: Turns[Async, R], cursor: Any, *, conversation: str | Record | None = None) -> tuple[builtins.list[R], Any]:
        """All messages of this scope, or of one conversation, from the first to the last."""
        where = self._visible((await Begin()).now, follow=True) & await self._in(conversation)
        if cursor is not None:
            at, seq = await self._place(cursor)
            where &= Clause("(created_at, seq) > (:at, :seq)", {"at": at, "seq": seq})
        found = await self._select(where, "order by created_at, seq limit :page", page=PAGE)
        return found, found[-1].id if len(found) == PAGE else None

    # how bodies read, and where what they write belongs

    async def _newest(self, more: Clause, limit: int, before: str | None, *, follow: bool = True) -> builtins.list[R]:
        where = self._visible((await Begin()).now, follow=follow) & more
        if before is not None:
            at, seq = await self._place(before)
            where &= Clause("(created_at, seq) < (:at, :seq)", {"at": at, "seq": seq})
        found = await self._select(where, "order by created_at desc, seq desc limit :limit", limit=limit)
        return found[::-1]

    async def _turns(self, ids: builtins.list[str]) -> dict[str, int]:
        """Where each of these stands in the order of writing, for those of one time."""
        if not ids:
            return {}
        those = among("id", map(id_bytes, ids))
        sql = f"select id, seq from {self.table.name} where tenant = :tenant and {those.sql}"
        return dict(await many(lambda raw, seq: (id_text(raw), seq), sql, tenant=self._scope.tenant, **those.params))

    async def _known(self, external_ids: builtins.list[str]) -> dict[str, R]:
        """Messages of this owner that are stored under these external ids, deleted ones too."""
        found: dict[str, R] = {}
        for start in range(0, len(external_ids), PAGE):
            where = Clause('tenant = :tenant and "user" = :user', {"tenant": self._scope.tenant, "user": self._scope.user})
            for message in await self._select(where & among("external_id", external_ids[start : start + PAGE])):
                found[str(message.external_id)] = message  # type: ignore[attr-defined]
        return found

    async def _conversations_of(self, drafts: builtins.list[Any], known: Mapping[str, R], moment_: Moment) -> dict[str | None, str]:
        """Which conversation each draft goes to: the one it names, checked once, or the one that goes on."""
        places: dict[str | None, str] = {}
        for draft in drafts:
            if draft.conversation in places or draft.values["external_id"] in known:
                continue
            if draft.conversation is None:
                places[None] = await self._house.conversations._current_id(moment_, moment_.now if draft.at is None else draft.at)
            else:
                places[draft.conversation] = await self._checked_conversation(draft.conversation)
        return places

    async def _checked_conversation(self, id: str) -> str:
        whole = await self._house.conversations._id_meant(id)
        where = walls(self._scope) & Clause("id = :id and deleted_at is null", {"id": whole})
        found = await one(lambda raw, user: (id_text(raw), user), f'select id, "user" from conversations where {where.sql}', **where.params)
        if found is None:
            raise NotFound(f"there is no conversation {id!r} in this scope ({self._scope}); start one, or leave conversation out")
        if found[1] != self._scope.user:
            raise Denied(f"conversation {id!r} belongs to user {found[1]!r}; write in memory.scope(user={found[1]!r})")
        return str(found[0])

    async def _in(self, conversation: str | Record | None) -> Clause:
        if conversation is None:
            return Clause("")
        return Clause("conversation = :conversation", {"conversation": await self._house.conversations._id_meant(conversation_id(conversation))})
