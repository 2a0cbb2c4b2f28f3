"""The verbs of a memory in one scope, once for both faces. `memory` opens it; the work itself is in `kinds`, `recall` and `upkeep`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Generic

from .core.effects import Begin, many, value
from .core.house import Shared
from .core.ids import id_bytes, id_text, short_bytes
from .core.operation import INSIDE, Async, Door, Face, Sync, operation, query, question
from .core.scope import Scope
from .core.table import Record
from .errors import Invalid
from .keeping import Keeping
from .kinds import KINDS
from .kinds.notes import Note
from .recall.asking import asked
from .recall.context import Context, context
from .recall.hits import Hit
from .recall.refining import Expand, Rerank, recalled
from .recall.search import search
from .recall.why import Why, why
from .shapes.values import checked_list, one_of
from .upkeep.owners import move_user, speak

_HOLDING = " union all ".join(f"select '{name}' from {name} where tenant = :tenant and id = :id" for name in KINDS)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who this is: the facts as a text for a prompt, the facts themselves, the language, and whether nothing is known yet."""

    text: str
    facts: Mapping[str, str]
    language: str
    is_new: bool


class House(Keeping[Face]):
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

    @question
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
        rerank: Rerank | None = None,
        expand: Expand | None = None,
        diversity: float = 0.0,
        explain: bool = False,
    ) -> list[Hit]:
        """Find what answers this, best first, with the reasons. Any text is a valid query; k is k whenever k exist.

        `since` (inclusive) and `until` (exclusive) bound the time of what is found, `as_of` answers as it would have been answered then.
        `where` maps a field of the record (`role`, `type`, `tags`, `conversation`, `metadata.key` …) to the value it must have, to a
        list of values, or to what it must be: `{"confidence": {"$gte": 0.7}}`, with `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$contains`
        and `$exists`. `expand` gives other phrasings of a question, `rerank` takes the question and a list of texts and gives a number for
        each, higher is better; neither can be used in an atomic block. `diversity` from 0 to 1 prefers hits that differ from those before
        them. Reads only: recalling changes nothing.
        """
        return await recalled(
            self, query, limit=limit, kinds=kinds, since=since, until=until, as_of=as_of, where=where,
            rerank=rerank, expand=expand, diversity=diversity, explain=explain,
        )  # fmt: skip

    @query
    async def _recalled(self: House[Async], query: str, filters: Mapping[str, Any]) -> list[Hit]:
        return await self._recall(query, **filters)

    async def _recall(self, query: str, **filters: Any) -> list[Hit]:
        return await search(self, asked(self, query, **filters))

    @query
    async def why(
        self: House[Async],
        query: str,
        id: str,
        *,
        limit: int = 10,
        kinds: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> Why:
        """Say why a record is found for this question, in which place, or what keeps it out. The arguments are those of `recall`."""
        return await why(self, query, id, limit=limit, kinds=kinds, since=since, until=until, as_of=as_of, where=where)

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
        """Any record of this scope by its id, or None. A scope without a project or an agent has those of all of them."""
        return await self._held(id)

    @query
    async def get_many(self: House[Async], ids: Iterable[str]) -> list[Record | None]:
        """Records by their ids, in the same order; None where there is none."""
        return [await self._held(id) for id in checked_list(ids, "ids")]

    @operation
    async def forget(self: House[Async], id: str) -> bool:
        """Delete any record; `undelete` brings it back, `erase` makes it final. False if there is none."""
        moment = await Begin()
        record = await self._held(id)
        if record is None:
            return False
        await getattr(self, self._kind_of(record))._remove(record, moment)
        return True

    @operation
    async def undelete(self: House[Async], id: str) -> bool:
        """Bring any deleted record back as it was. False if there is nothing to bring back."""
        await Begin()
        record = await self._only(id, lambda room: room._find_deleted(id))
        return record is not None and bool(await getattr(self, self._kind_of(record)).undelete(record.id))

    async def _any(self, id: str) -> Record | None:
        """What this scope sees under the id."""
        now = (await Begin()).now
        return await self._only(id, lambda room: room._find_id(id, now))

    async def _held(self, id: str) -> Record | None:
        """What this scope holds under the id, whether or not its lists show it."""
        now = (await Begin()).now
        return await self._only(id, lambda room: room._find_held(id, now))

    async def _only(self, id: str, find: Callable[[Any], Awaitable[Record | None]]) -> Record | None:
        """The only record that the id can mean, of all kinds."""
        found = [record for name in await self._with_id(id) if (record := await find(getattr(self, name))) is not None]
        return one_of(id, [f"{self._kind_of(record)} {record.id}" for record in found], found)

    async def _id_meant(self, id: object) -> bytes | None:
        """The id that is meant, of any kind, deleted or not; see `Collection._id_meant`."""
        if short_bytes(id) is None:
            return id_bytes(id)
        found = [(name, raw) for name in KINDS if (raw := await getattr(self, name)._id_meant(id)) is not None]
        return one_of(id, [f"{name} {id_text(raw)}" for name, raw in found], [raw for _, raw in found])

    async def _with_id(self, id: str) -> list[str]:
        """The kinds that have a record with this id; of its last part alone nobody knows, so all of them are asked."""
        raw = id_bytes(id)
        if raw is None:
            return list(KINDS) if short_bytes(id) is not None else []
        return await many(str, _HOLDING, tenant=self._scope.tenant, id=raw)

    # what bodies elsewhere use

    def _unparted(self) -> House[Face]:
        """The same owner's memory, whatever the project, agent, channel and session."""
        return House(self._door, Scope(self._scope.tenant, self._scope.user), self._shared)

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
