"""Sessions: one piece of work with an agent, that can be paused, resumed and handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.effects import Begin, value
from ..core.operation import Async, Face, operation, query
from ..core.scope import checked
from ..core.table import VOLATILE, Record, Table
from ..core.text import clean
from ..core.traits import Clause, walls
from ..errors import Conflict, Invalid, NotFound
from ..shapes.collection import LIVE
from ..shapes.lifecycle import Lifecycle
from ..shapes.values import checked_limit, checked_mapping, extract


@dataclass(frozen=True, slots=True)
class Session(Record):
    """One piece of work with an agent."""

    title: str | None
    status: str
    external_id: str | None
    metadata: Mapping[str, Any]
    last_activity: datetime = field(metadata=VOLATILE)


@dataclass(frozen=True, slots=True)
class SessionUsage:
    """How much of a model's window a session's messages fill. `ratio` is tokens / window; `stage` is what to do about it."""

    tokens: int
    messages: int
    window: int
    ratio: float
    stage: str


STAGES: Mapping[str, float] = {"ok": 0.0, "warn": 0.7, "compress": 0.8, "summarise": 0.9, "hand_off": 0.95}
"""From which ratio each stage begins."""


class Sessions(Lifecycle[Face, Session]):
    """Begin one with `start`, then work in ``memory.scope(session=session.id)``."""

    table: ClassVar = Table(name="sessions", record=Session, all_agents=True, text=lambda session: session.title or "")
    moves: ClassVar = {
        "active": frozenset({"paused", "completed"}),
        "paused": frozenset({"active"}),
        "completed": frozenset({"active", "paused"}),
        "archived": frozenset({"active", "paused", "completed"}),
    }

    @operation
    async def start(
        self: Sessions[Async], title: str | None = None, *, external_id: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> Session:
        """Begin a session. With an `external_id` that is known already, the session it belongs to is returned as it is."""
        title = clean(title, "title") if title is not None else None
        kept = checked_mapping(metadata, "metadata")
        moment_ = await Begin()
        if external_id is not None and (known := await self._external(checked("external_id", external_id))):
            self._refuse_deleted(known)
            if (known.title, known.metadata) != (title, kept) and (title is not None or kept):
                raise Conflict(f"session {external_id!r} exists with another title or metadata; use update, or another external_id")
            return known
        values = self._fresh(moment_)
        session = Session(
            **values, title=title, status="active", external_id=external_id, metadata=kept, last_activity=values["created_at"]
        )  # fmt: skip
        await self._insert(session)
        return session

    @operation
    async def update(self: Sessions[Async], id: str, *, title: str | None = None, metadata: Mapping[str, Any] | None = None) -> Session:
        """Change the title; merge `metadata` into what is there (a value of None removes its key)."""
        title = clean(title, "title") if title is not None else None
        more = checked_mapping(metadata, "metadata")
        moment_ = await Begin()
        session = await self._need(id)
        merged = {key: kept for key, kept in {**session.metadata, **more}.items() if kept is not None}
        return await self._change(session, replace(session, title=title or session.title, metadata=merged), "update", moment_)

    @operation
    async def pause(self: Sessions[Async], id: str) -> Session:
        """Lay an active session aside."""
        return await self._move(id, "paused")

    @operation
    async def resume(self: Sessions[Async], id: str) -> Session:
        """Go on with a paused or completed session."""
        return await self._move(id, "active")

    @operation
    async def complete(self: Sessions[Async], id: str) -> Session:
        """Say that the work is done."""
        return await self._move(id, "completed")

    @operation
    async def archive(self: Sessions[Async], id: str) -> Session:
        """Put a session away for good; it stays searchable and readable."""
        return await self._move(id, "archived")

    @query
    async def active(self: Sessions[Async], limit: int = 20) -> list[Session]:
        """Active sessions, the most recently used first."""
        where = self._visible((await Begin()).now, follow=True) & Clause("status = 'active'")
        return await self._select(where, "order by last_activity desc, seq desc limit :limit", limit=checked_limit(limit))

    @operation
    async def bind(self: Sessions[Async], external_id: str) -> Session:
        """Give the scope's session the id that an outside system knows it by."""
        checked("external_id", external_id)
        if not self._scope.session:
            raise Invalid("bind needs a scope that names a session; call it on memory.scope(session=session.id).sessions")
        moment_ = await Begin()
        session = await self._need(self._scope.session)
        other = await self._external(external_id)
        if other is not None and other.id != session.id:
            raise Conflict(f"{external_id!r} is bound to session {other.id} already; choose another id")
        if session.external_id == external_id:
            return session
        return await self._change(session, replace(session, external_id=external_id), "bind", moment_)

    @query
    async def bound(self: Sessions[Async], external_id: str) -> Session | None:
        """The session that an outside system knows by this id, or None."""
        found = await self._external(external_id)
        return None if found is None or found.deleted_at is not None else found

    @query
    async def usage(self: Sessions[Async], id: str, window: int = 200_000, *, stages: Mapping[str, float] = STAGES) -> SessionUsage:
        """How much of a model's `window` (tokens) the session's messages fill, and which of the `stages` that is."""
        if not isinstance(window, int) or window < 1:
            raise Invalid(f"window must be a positive number of tokens, not {window!r}")
        if not isinstance(stages, Mapping) or not all(isinstance(begin, (int, float)) for begin in stages.values()):
            raise Invalid(f"stages must map names to the share of the window at which each begins, such as {{'compress': 0.8}}, not {stages!r}")
        session = await self._need(id)
        where = 'tenant = :tenant and "user" = :user and session = :session and deleted_at is null and compressed_at is null'
        params = {"tenant": session.tenant, "user": session.user, "session": session.id}
        tokens = await value(f"select cast(coalesce(sum(tokens), 0) as bigint) from messages where {where}", **params)
        messages = await value(f"select count(*) from messages where {where}", **params)
        ratio = tokens / window
        stage = max((name for name in stages if ratio >= stages[name]), key=lambda name: stages[name], default="ok")
        return SessionUsage(tokens, messages, window, ratio, stage)

    async def _compressible(self, session: Session, keep: int) -> list[Any]:
        messages = self._house.messages
        where = Clause(
            'tenant = :tenant and "user" = :user and session = :session and deleted_at is null and compressed_at is null',
            {"tenant": session.tenant, "user": session.user, "session": session.id},
        )
        found: list[Any] = await messages._select(where, "order by created_at, seq")
        return found[: max(0, len(found) - keep)]

    @operation
    async def compress(self: Sessions[Async], id: str, *, summary: str | None = None, keep: int = 10) -> int:
        """Leave all but the newest `keep` messages out of future contexts; they stay stored and searchable.

        What stands in for them is `summary`, or without one their first sentences; it becomes the newest summary of their
        conversation. Returns how many messages were compressed.
        """
        moment_ = await Begin()
        session = await self._need(id)
        old = await self._compressible(session, checked_limit(keep))
        for conversation in dict.fromkeys(message.conversation for message in old):
            texts = [f"{message.name or message.role}: {message.content}" for message in old if message.conversation == conversation]
            await self._house.conversations._summarise(conversation, clean(summary, "summary") if summary else extract(texts), moment_)
        for message in old:
            await self._house.messages._compress(message, moment_)
        return len(old)

    @query
    async def brief(self: Sessions[Async], id: str, budget: int = 1000) -> str:
        """The session as a text for a prompt, at most `budget` tokens: its title and state, its summaries, its newest messages."""
        from ..recall.brief import brief

        found = await self._meant(id, walls(self._scope) & LIVE)
        if found is None:
            raise NotFound(f"there is no session {id!r} in this scope ({self._scope}); see sessions.list()")
        return await brief(self._house, found, budget)
