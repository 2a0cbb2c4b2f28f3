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
from ..core.documents import Reading, documents
from ..core.effects import Batch, Begin, Document, Index, Language, Moment, Read, run
from ..core.operation import Async, Face, operation, query
from ..core.table import VOLATILE, Id, Record, Table
from ..errors import Conflict
from ..shapes.chat import arguments_of, called, checked_message, checked_role, conversation_id
from ..shapes.turns import Turns
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
    """A message as it was asked for: checked and counted, but not yet read, and not in a conversation."""

    values: Mapping[str, Any]
    conversation: str | None
    at: int | None
    text: str  # that is searched


def searched(message: Message) -> str:
    """A message that only calls tools is found by what it calls them with."""
    return message.content or called(message.tool_calls)


class Messages(Turns[Face, Message]):
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
        `external_id` again is the same message, and one that was deleted stays so (its `deleted_at` says when); with other content it is a
        `Conflict`.
        """
        draft = self._draft(
            role, content, conversation=conversation, name=name, tool_calls=tool_calls, tool_call_id=tool_call_id,
            tokens=tokens, importance=importance, metadata=metadata, at=at, external_id=external_id,
        )  # fmt: skip
        (message,) = await self._add([draft], 1)
        return message

    @operation
    async def add_many(self: Messages[Async], messages: Iterable[Mapping[str, Any]]) -> list[Message]:
        """Keep many messages, all or none. Each is a mapping with the arguments of `add`.

        More than 5,000 are analysed by a second process as well, where there is a second core.
        """
        listed = checked_list(messages, "messages")
        with _many_objects(len(listed)):
            return await self._add((self._draft(**arguments_of(place, message)) for place, message in enumerate(listed)), len(listed))

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
        both = (("user", user), ("assistant", assistant))
        drafts = [self._draft(role, content, conversation=conversation, metadata=metadata, at=at) for role, content in both]
        asked, answered = await self._add(drafts, len(drafts))
        return asked, answered

    @query
    async def search(
        self: Messages[Async],
        query: str,
        roles: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        exclude_conversation: str | Record | None = None,
        *,
        limit: int = 10,
    ) -> builtins.list[Message]:
        """Messages that answer the query best, best first: of these roles, of this time, not of that conversation."""
        chosen = None if roles is None else [checked_role(role) for role in ([roles] if isinstance(roles, str) else checked_list(roles, "roles"))]
        outside = await self._house.conversations._id_meant(conversation_id(exclude_conversation))
        return await self._searched(query, limit=limit, since=since, until=until, roles=chosen, outside=outside)

    # how bodies read and write

    def _draft(self, role: str, content: str | Sequence[Any] = "", **more: Any) -> _Draft:
        values, conversation, at = checked_message(role, content, **more)
        text = values["content"] or called(values["tool_calls"])
        if values["tokens"] is None:
            calls = called(values["tool_calls"]) if values["content"] else ""
            values["tokens"] = self._house._count(text) + (self._house._count(calls) if calls else 0)
        return _Draft(values, conversation, at, text)

    async def _add(self, drafts: Iterable[_Draft], count: int) -> builtins.list[Message]:
        """Read all of them before the transaction begins, while they are put together, and write them in it."""
        if not count:
            return []
        language = await Language(self._scope.tenant, self._scope.user)
        with await Read(count, language) as reader:
            made: builtins.list[_Draft] = []
            for draft in drafts:
                made.append(draft)
                reader.put(draft.text)
            readings = await self._embedded(reader.all())
        moment_ = await Begin()
        known = await self._known([draft.values["external_id"] for draft in made if draft.values["external_id"] is not None])
        places = await self._conversations_of(made, known, moment_)
        fresh: builtins.list[tuple[Message, Reading]] = []
        result: builtins.list[Message] = []
        for draft, reading in zip(made, readings, strict=True):
            external_id = draft.values["external_id"]
            if external_id in known:
                result.append(_same(known[external_id], draft))
                continue
            message = Message(
                **self._fresh(moment_, at=draft.at), conversation=places[draft.conversation], compressed_at=None, **draft.values
            )  # fmt: skip
            fresh.append((message, reading))
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
        found: builtins.list[Document] = []
        for (message, reading), params in zip(fresh, rows, strict=True):
            await self._log(message, params, "add")
            found += documents(self.table, message, reading, params)
        await Index(tuple(found))
        latest: dict[str, int] = {}
        for (message, _), params in zip(fresh, rows, strict=True):
            latest[message.conversation] = max(latest.get(message.conversation, 0), params["created_at"])
        for conversation, at in latest.items():
            await self._house.conversations._touch(conversation, at)
        if self._scope.session:
            await self._house.sessions._touch(self._scope.session, max(latest.values()))

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


def _same(stored: Message, draft: _Draft) -> Message:
    """The same external id again: the same message, or a contradiction."""
    for name in ("role", "content", "parts", "name", "tool_calls", "tool_call_id"):
        if getattr(stored, name) != draft.values[name]:
            raise Conflict(f"message {stored.external_id!r} is stored with another {name}; messages are not edited, so use another external_id")
    return stored
