"""Conversations: what is said in one go, until it ends by itself after 120 quiet minutes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..core.clock import moment, optional_micros
from ..core.effects import Begin, Call, Moment, value
from ..core.ids import id_text
from ..core.operation import Async, Face, flow, operation, query
from ..core.scope import checked
from ..core.table import VOLATILE, Record, Table
from ..core.text import clean
from ..core.traits import Clause
from ..errors import Conflict
from ..shapes.lifecycle import Lifecycle
from ..shapes.values import checked_callable, checked_limit, extract

IDLE = timedelta(minutes=120)
"""After so long without a message a conversation is idle, to the microsecond."""

Summarizer = Callable[[list[Any]], Any]
"""Given the messages of a conversation, says what it came to."""

log = logging.getLogger("recollect")
_IDLE_MICROS = IDLE // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Conversation(Record):
    """What was said in one go."""

    title: str | None
    status: str
    external_id: str | None
    summary: str | None
    last_activity: datetime = field(metadata=VOLATILE)
    closed_at: datetime | None


class Conversations(Lifecycle[Face, Conversation]):
    """Messages find their conversation by themselves; these verbs are for those who want to say more."""

    table: ClassVar = Table(
        name="conversations", record=Conversation, all_agents=True, text=lambda talk: "\n".join(filter(None, [talk.title, talk.summary]))
    )
    moves: ClassVar = {"closed": frozenset({"active"}), "active": frozenset()}

    @operation
    async def start(
        self: Conversations[Async], title: str | None = None, external_id: str | None = None, *, at: datetime | None = None
    ) -> Conversation:
        """Begin a new conversation; it is the current one from now on. A known `external_id` returns the conversation it belongs to."""
        title = clean(title, "title") if title is not None else None
        when = optional_micros(at)
        moment_ = await Begin()
        if external_id is not None and (known := await self._external(checked("external_id", external_id))):
            self._refuse_deleted(known)
            if title is not None and known.title != title:
                raise Conflict(f"conversation {external_id!r} exists with the title {known.title!r}; use another external_id")
            return known
        return await self._begin(moment_, title=title, external_id=external_id, at=when)

    @operation
    async def current(self: Conversations[Async]) -> Conversation:
        """The conversation that goes on in this scope, or a new one if the last has been quiet for 120 minutes."""
        moment_ = await Begin()
        return await self._current(moment_, moment_.now)

    @query
    async def idle(self: Conversations[Async]) -> list[Conversation]:
        """Active conversations without a message for 120 minutes or more, the longest quiet first: summarise and close them."""
        now = (await Begin()).now
        where = self._visible(now, follow=True) & Clause("status = 'active' and last_activity <= :since", {"since": now - _IDLE_MICROS})
        return await self._select(where, "order by last_activity, seq")

    @query
    async def active(self: Conversations[Async]) -> list[Conversation]:
        """Conversations that are not closed, idle ones too, the most recent first."""
        where = self._visible((await Begin()).now, follow=True) & Clause("status = 'active'")
        return await self._select(where, "order by last_activity desc, seq desc")

    @operation
    async def close(self: Conversations[Async], id: str, summary: str | None = None) -> Conversation:
        """End a conversation, with what it came to. Closing it again with another summary replaces the summary."""
        return await self._close(await self._need(id), summary, await Begin())

    @operation
    async def close_current(self: Conversations[Async], summary: str | None = None) -> Conversation | None:
        """End the conversation that goes on in this scope, if there is one."""
        moment_ = await Begin()
        going = await self._going(moment_.now)
        return await self._close(going, summary, moment_) if going else None

    @query
    async def history(self: Conversations[Async], limit: int = 20) -> list[Conversation]:
        """Closed conversations, the latest first."""
        where = self._visible((await Begin()).now, follow=True) & Clause("status = 'closed'")
        return await self._select(where, "order by closed_at desc, seq desc limit :limit", limit=checked_limit(limit))

    @query
    async def recent_summaries(self: Conversations[Async], limit: int = 3) -> list[Conversation]:
        """Conversations that have a summary, the latest first."""
        return await self._summaries((await Begin()).now, checked_limit(limit), follow=True)

    @flow
    async def close_idle(self: Conversations[Async], summarizer: Summarizer | None = None) -> list[Conversation]:
        """Close every idle conversation with a summary, and return them.

        `summarizer` is given the list of messages, outside of any transaction, and returns a text; without one, or if it fails, the summary
        is made of first sentences. A conversation that somebody goes on with meanwhile stays open.
        """
        checked_callable(summarizer, "summarizer")
        closed = []
        for talk in await self.idle():
            summary = await self._summary_of(talk.id, summarizer)
            if (done := await self._close_quiet(talk.id, summary, talk.last_activity)) is not None:
                closed.append(done)
        return closed

    # what other kinds' bodies use

    async def _summary_of(self, id: str, summarizer: Summarizer | None) -> str:
        """In a flow: what a conversation came to, in the user's words or ours."""
        messages = [message async for message in self._house.messages.iterate(conversation=id)]
        if summarizer is None or not messages:
            return said_shortly(messages)
        try:
            summary = await Call(summarizer, (messages,))
        except Exception as error:
            log.warning("the summarizer failed for conversation %s (%s: %s); its first sentences are kept instead", id, type(error).__name__, error)
            return said_shortly(messages)
        return clean(summary, "the summarizer's answer") if isinstance(summary, str) and summary.strip() else said_shortly(messages)

    @operation
    async def _close_quiet(self: Conversations[Async], id: str, summary: str, since: datetime) -> Conversation | None:
        """Close it if nothing was said in it since this time, and nobody else closed it."""
        moment_ = await Begin()
        talk = await self._find_id(id, moment_.now)
        if talk is None or talk.last_activity != since or (talk.status == "closed" and talk.summary is not None):
            return None
        return await self._close(talk, summary, moment_)

    async def _summaries(self, now: int, limit: int, *, follow: bool = False) -> list[Conversation]:
        where = self._visible(now, follow=follow) & Clause("summary is not null")
        return await self._select(where, "order by last_activity desc, seq desc limit :limit", limit=limit)

    async def _begin(self, moment_: Moment, *, title: str | None = None, external_id: str | None = None, at: int | None = None) -> Conversation:
        values = self._fresh(moment_, at=at)
        conversation = Conversation(
            **values, title=title, status="active", external_id=external_id, summary=None, last_activity=values["created_at"], closed_at=None
        )  # fmt: skip
        await self._insert(conversation)
        return conversation

    async def _going(self, at: int) -> Conversation | None:
        found = await self._select(self._here(at), "order by last_activity desc, seq desc limit 1")
        return found[0] if found else None

    def _here(self, at: int) -> Clause:
        """The conversation that goes on at this time: the same place exactly, so that an absent channel is not everybody's channel."""
        scope = self._scope
        return Clause(
            """tenant = :tenant and "user" = :user and status = 'active' and last_activity > :since and created_at < :until
            and project = :project and channel = :channel and session = :session and deleted_at is null""",
            {
                "tenant": scope.tenant, "user": scope.user, "project": scope.project, "channel": scope.channel,
                "session": scope.session, "since": at - _IDLE_MICROS, "until": at + _IDLE_MICROS,
            },
        )  # fmt: skip

    async def _current_id(self, moment_: Moment, at: int) -> str:
        """As `_current`, for the many messages that need no more than to know where they belong."""
        where = self._here(at)
        raw = await value(f"select id from conversations where {where.sql} order by last_activity desc, seq desc limit 1", **where.params)
        return id_text(raw) if raw is not None else (await self._begin(moment_, at=at)).id

    async def _current(self, moment_: Moment, at: int) -> Conversation:
        return await self._going(at) or await self._begin(moment_, at=at)

    async def _close(self, conversation: Conversation, summary: str | None, moment_: Moment) -> Conversation:
        said = clean(summary, "summary") if summary is not None else conversation.summary
        if conversation.status == "closed" and said == conversation.summary:
            return conversation
        closed = conversation.closed_at or moment(moment_.now)
        return await self._change(conversation, replace(conversation, status="closed", summary=said, closed_at=closed), "close", moment_)

    async def _summarise(self, id: str, summary: str, moment_: Moment) -> None:
        """Add to what stands in for earlier messages: those are out of contexts, so their summary must stay."""
        conversation = await self._need(id)
        whole = f"{conversation.summary}\n{summary}" if conversation.summary else summary
        await self._change(conversation, replace(conversation, summary=clean(whole, "summary")), "summarise", moment_)


def said_shortly(messages: Sequence[Any]) -> str:
    """A summary without a language model."""
    return extract(f"{message.name or message.role}: {message.content}" for message in messages if message.role in ("user", "assistant"))
