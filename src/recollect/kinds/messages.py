"""Messages: what was said, by whom, in which conversation; kept as it was said, never edited."""

from __future__ import annotations

import builtins
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from ..core.clock import moment
from ..core.documents import Reading, documents, read
from ..core.effects import Batch, Begin, Index, Language, Moment, one, run
from ..core.ids import id_bytes, id_text
from ..core.operation import Async, Face, operation, query, stream
from ..core.table import VOLATILE, Id, Record, Table
from ..core.traits import Clause, walls
from ..errors import Conflict, Denied, NotFound
from ..shapes.chat import arguments_of, called, checked_message, checked_role, conversation_id
from ..shapes.collection import PAGE, checked_limit
from ..shapes.log import Log
from ..shapes.values import checked_list


@dataclass(frozen=True, slots=True)
class Message(Record):
    """One message. `content` is its text; `parts` is what was given if that was structured."""

    conversation: Id
    role: str
    content: str
    parts: tuple[Any, ...] | None
    name: str | None
    tool_calls: tuple[Any, ...] | None
    tool_call_id: str | None
    tokens: int
    importance: float
    metadata: Mapping[str, Any]
    external_id: str | None
    compressed_at: datetime | None = field(metadata=VOLATILE)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A message as it was asked for: checked, counted and analysed, but not yet in a conversation."""

    values: Mapping[str, Any]
    conversation: str | None
    at: int | None
    reading: Reading


def searched(message: Message) -> str:
    """A message that only calls tools is found by what it calls them with."""
    return message.content or called(message.tool_calls)


class Messages(Log[Face, Message]):
    """A conversation is found or begun for each message, unless one is named."""

    table: ClassVar = Table(name="messages", record=Message, threaded=True, part_of=(("conversation", "conversations"),), text=searched)

    @operation
    async def add(
        self: Messages[Async],
        role: str,
        content: str | Sequence[Any] = "",
        *,
        conversation: str | Record | None = None,
        name: str | None = None,
        tool_calls: Sequence[Any] | None = None,
        tool_call_id: str | None = None,
        tokens: int | None = None,
        importance: float = 0.5,
        metadata: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        external_id: str | None = None,
    ) -> Message:
        """Keep what was said. `content` is a text, or a list of parts as chat APIs have them.

        Without `conversation` it joins the one that goes on in this scope, or begins one after 120 quiet minutes. The same
        `external_id` again is the same message; with other content it is a `Conflict`.
        """
        draft = await self._draft(
            role, content, conversation=conversation, name=name, tool_calls=tool_calls, tool_call_id=tool_call_id,
            tokens=tokens, importance=importance, metadata=metadata, at=at, external_id=external_id,
        )  # fmt: skip
        return (await self._add([draft], await Begin()))[0]

    @operation
    async def add_many(self: Messages[Async], messages: Iterable[Mapping[str, Any]]) -> list[Message]:
        """Keep many messages, all or none. Each is a mapping with the arguments of `add`."""
        listed = checked_list(messages, "messages")
        with _many_objects(len(listed)):
            drafts = [await self._draft(**arguments_of(place, message)) for place, message in enumerate(listed)]
            return await self._add(drafts, await Begin()) if drafts else []

    @operation
    async def exchange(
        self: Messages[Async],
        user: str | Sequence[Any],
        assistant: str | Sequence[Any],
        *,
        conversation: str | Record | None = None,
        metadata: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> tuple[Message, Message]:
        """Keep a question and its answer: both or none, in this order."""
        drafts = [
            await self._draft(role, content, conversation=conversation, metadata=metadata, at=at)
            for role, content in (("user", user), ("assistant", assistant))
        ]
        asked, answered = await self._add(drafts, await Begin())
        return asked, answered

    @query
    async def recent(self: Messages[Async], limit: int = 20, *, before: str | None = None) -> list[Message]:
        """The newest messages of this scope, oldest first, like a chat; `before` a message's id turns the page back."""
        return await self._newest(Clause(""), checked_limit(limit), before)

    @query
    async def list(  # type: ignore[override]
        self: Messages[Async], *, conversation: str | Record | None = None, limit: int = 100, before: str | None = None
    ) -> builtins.list[Message]:
        """The newest `limit` messages, of one conversation if it is named, oldest first; `before` turns the page back."""
        return await self._newest(_in(conversation), checked_limit(limit), before)

    @stream
    async def iterate(
        self: Messages[Async], cursor: Any, *, conversation: str | Record | None = None
    ) -> tuple[builtins.list[Message], Any]:
        """All messages of this scope, or of one conversation, from the first to the last."""
        where = self._visible((await Begin()).now, follow=True) & _in(conversation)
        if cursor is not None:
            at, seq = await self._place(cursor)
            where &= Clause("(created_at, seq) > (:at, :seq)", {"at": at, "seq": seq})
        found = await self._select(where, "order by created_at, seq limit :page", page=PAGE)
        return found, found[-1].id if len(found) == PAGE else None

    @query
    async def search(
        self: Messages[Async],
        query: str,
        *,
        roles: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        exclude_conversation: str | Record | None = None,
        limit: int = 10,
    ) -> builtins.list[Message]:
        """Messages that answer the query best, best first: of these roles, of this time, not of that conversation."""
        chosen = None if roles is None else [checked_role(role) for role in ([roles] if isinstance(roles, str) else roles)]
        hits = await self._house._recall(
            query, limit=limit, kinds=["messages"], since=since, until=until, roles=chosen, outside=conversation_id(exclude_conversation)
        )
        return [hit.record for hit in hits]

    # how bodies read and write

    async def _draft(self, role: str, content: str | Sequence[Any] = "", **more: Any) -> _Draft:
        values, conversation, at = checked_message(role, content, **more)
        text = values["content"] or called(values["tool_calls"])
        if values["tokens"] is None:
            values["tokens"] = self._house._count(text) + (self._house._count(called(values["tool_calls"])) if values["content"] else 0)
        reading = read(text, await Language(self._scope.tenant, self._scope.user))
        return _Draft(values, conversation, at, reading)

    async def _add(self, drafts: builtins.list[_Draft], moment_: Moment) -> builtins.list[Message]:
        known = await self._known([draft.values["external_id"] for draft in drafts if draft.values["external_id"] is not None])
        places = await self._conversations_of(drafts, known, moment_)
        fresh: builtins.list[tuple[Message, Reading]] = []
        result: builtins.list[Message] = []
        for draft in drafts:
            external_id = draft.values["external_id"]
            if external_id in known:
                result.append(_same(known[external_id], draft))
                continue
            message = Message(
                **self._fresh(moment_, at=draft.at), conversation=places[draft.conversation], compressed_at=None, **draft.values
            )  # fmt: skip
            fresh.append((message, draft.reading))
            result.append(message)
            if external_id is not None:
                known[external_id] = message
        await self._write(fresh)
        return result

    async def _write(self, fresh: builtins.list[tuple[Message, Reading]]) -> None:
        if not fresh:
            return
        rows = [self.table.encode(message) for message, _ in fresh]
        if len(rows) == 1:
            await run(self.table.insert, **rows[0])
        else:
            await Batch(self.table.insert, rows)
        for (message, reading), params in zip(fresh, rows, strict=True):
            await self._log(message, params, "add")
            await Index(documents(self.table, message, reading, params))
        latest: dict[str, int] = {}
        for (message, _), params in zip(fresh, rows, strict=True):
            latest[message.conversation] = max(latest.get(message.conversation, 0), params["created_at"])
        for conversation, at in latest.items():
            await self._house.conversations._touch(conversation, at)
        if self._scope.session:
            await self._house.sessions._touch(self._scope.session, max(latest.values()))

    async def _known(self, external_ids: builtins.list[str]) -> dict[str, Message]:
        """Messages of this owner that are stored under these external ids, deleted ones too."""
        found: dict[str, Message] = {}
        for start in range(0, len(external_ids), PAGE):
            some = {f"e{place}": external_id for place, external_id in enumerate(external_ids[start : start + PAGE])}
            where = Clause('tenant = :tenant and "user" = :user', {"tenant": self._scope.tenant, "user": self._scope.user})
            where &= Clause(f"external_id in ({', '.join(f':{name}' for name in some)})", some)
            found |= {str(message.external_id): message for message in await self._select(where)}
        return found

    async def _conversations_of(self, drafts: builtins.list[_Draft], known: Mapping[str, Message], moment_: Moment) -> dict[str | None, str]:
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
        where = walls(self._scope) & Clause("id = :id and deleted_at is null", {"id": id_bytes(id)})
        found = await one(lambda raw, user: (id_text(raw), user), f'select id, "user" from conversations where {where.sql}', **where.params)
        if found is None:
            raise NotFound(f"there is no conversation {id!r} in this scope ({self._scope}); start one, or leave conversation out")
        if found[1] != self._scope.user:
            raise Denied(f"conversation {id!r} belongs to user {found[1]!r}; write in memory.scope(user={found[1]!r})")
        return str(found[0])

    async def _newest(self, more: Clause, limit: int, before: str | None, *, follow: bool = True) -> builtins.list[Message]:
        where = self._visible((await Begin()).now, follow=follow) & more
        if before is not None:
            at, seq = await self._place(before)
            where &= Clause("(created_at, seq) < (:at, :seq)", {"at": at, "seq": seq})
        found = await self._select(where, "order by created_at desc, seq desc limit :limit", limit=limit)
        return found[::-1]

    async def _compress(self, message: Message, moment_: Moment) -> None:
        await self._change(message, replace(message, compressed_at=moment(moment_.now)), "compress", moment_)


@contextmanager
def _many_objects(count: int) -> Iterator[None]:
    """A bulk load holds its rows until it is committed; the cyclic collector would walk them again and again (a tenth of the time)."""
    pause = count > 1000 and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def _in(conversation: str | Record | None) -> Clause:
    if conversation is None:
        return Clause("")
    return Clause("conversation = :conversation", {"conversation": id_bytes(conversation_id(conversation))})


def _same(stored: Message, draft: _Draft) -> Message:
    """The same external id again: the same message, or a contradiction."""
    for name in ("role", "content", "parts", "name", "tool_calls", "tool_call_id"):
        if getattr(stored, name) != draft.values[name]:
            raise Conflict(f"message {stored.external_id!r} is stored with another {name}; messages are not edited, so use another external_id")
    return stored
