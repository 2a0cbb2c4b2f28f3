"""Consolidation: what an agent does with its memory when nobody is talking to it.

Idle conversations are closed with a summary, closed ones without one get it, confidence fades, what was useful is kept for good, the
language that somebody writes in is noticed. Nothing is deleted but what a `retention` asks for, and only where a summary stands in for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ..core.clock import micros, moment
from ..core.detect import detect_language
from ..core.effects import Begin, many, run, value
from ..core.ids import id_bytes, id_text
from ..core.operation import Async, Room, operation, query
from ..core.traits import Clause
from ..kinds.conversations import IDLE
from ..shapes.values import checked_callable

PAUSE = timedelta(hours=24)
CONVERSATIONS = 5
"""Gates, as in kernex: not sooner than a day after the last time, and not for fewer new conversations."""

LEASE = timedelta(hours=1)
USES, DAYS, IMPORTANCE = 3, 2, 0.8
"""A note that was useful so often, on so many days, is kept for good, and is at least this important."""

SAMPLE, LEAST = 50, 3  # messages of somebody that are looked at for their language, and how many there must be
_NAME = "consolidate"


@dataclass(frozen=True, slots=True)
class Consolidation:
    """What was done, or with ``dry_run`` would be: ids of conversations and notes, counts of the rest.

    `ran` is False where it was not time yet, or another process is at it; `reason` says which.
    """

    dry_run: bool
    ran: bool
    reason: str
    closed: tuple[str, ...] = ()
    summarised: tuple[str, ...] = ()
    promoted: tuple[str, ...] = ()
    faded: int = 0
    deleted: int = 0
    languages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What there is to do in one scope."""

    idle: tuple[Any, ...]
    unsummarised: tuple[Any, ...]
    useful: tuple[Any, ...]
    expired: tuple[str, ...]
    fading: int
    language: str | None


class Keeper(Room[Async]):
    """The operations of a consolidation, in the scope of one user, or of the tenant's own."""

    def __init__(self, house: Any) -> None:
        self._house, self._door, self._scope = house, house._door, house._scope

    @property
    def _inner(self) -> Keeper:
        return Keeper(self._house._inner)

    @query
    async def since(self: Keeper) -> tuple[int | None, int]:
        """When it was done last, and how many conversations were begun since."""
        await Begin()
        last = await value('select ended_at from leases where tenant = :tenant and "user" = :user and name = :name', **self._owner())
        mine = self._mine()
        begun = await value(f"select count(*) from conversations where {mine.sql} and created_at >= :last", **mine.params, last=last or 0)
        return last, int(begun)

    @query
    async def planned(self: Keeper, retention: timedelta | None) -> _Plan:
        now = (await Begin()).now
        talks = self._house.conversations
        mine = self._mine()
        silent = await talks._select(mine & Clause("status = 'closed' and summary is null"), "order by created_at, seq")
        quiet = Clause("status = 'active' and last_activity <= :since", {"since": now - IDLE // timedelta(microseconds=1)})
        return _Plan(
            idle=tuple(await talks._select(mine & quiet, "order by last_activity, seq")),
            unsummarised=tuple(silent),
            useful=tuple(await self._useful(now)),
            expired=tuple(await self._expired(now, retention)),
            fading=sum([len(await room._fading(mine)) for room in self._fading()]),
            language=await self._language(),
        )

    @query
    async def overdue(self: Keeper, retention: timedelta) -> bool:
        """Whether there is something to be deleted by this rule."""
        return bool(await self._expired((await Begin()).now, retention))

    @operation
    async def begun(self: Keeper, holder: bytes) -> bool:
        """Take the lease, unless another process has it."""
        now = (await Begin()).now
        taken = await value(
            """insert into leases (tenant, "user", name, holder, until) values (:tenant, :user, :name, :holder, :until)
            on conflict (tenant, "user", name) do update set holder = excluded.holder, until = excluded.until
            where leases.holder is null or leases.until <= :now returning 1""",
            **self._owner(),
            holder=holder,
            until=now + LEASE // timedelta(microseconds=1),
            now=now,
        )
        return taken is not None

    @operation
    async def ended(self: Keeper, holder: bytes, done: bool) -> None:
        now = (await Begin()).now
        await run(
            """update leases set holder = null, ended_at = case when :done = 1 then :now else ended_at end
            where tenant = :tenant and "user" = :user and name = :name and holder = :holder""",
            **self._owner(),
            holder=holder,
            now=now,
            done=int(done),
        )

    @operation
    async def kept(self: Keeper, id: str) -> None:
        """Keep a useful note for good."""
        moment_ = await Begin()
        for note in await self._note(id, moment_.now):
            kept = replace(note, expires_at=None, importance=max(note.importance, IMPORTANCE))
            await self._house.notes._change(note, kept, "promote", moment_)

    @operation
    async def faded(self: Keeper) -> int:
        """Let the confidence of all that this user has fade, in whatever project."""
        moment_ = await Begin()
        return sum([await room._fade(self._mine(), moment_) for room in self._fading()])

    @operation
    async def dropped(self: Keeper, ids: list[str]) -> int:
        """Delete these messages, if a summary still stands in for them; `undelete` brings each back."""
        moment_ = await Begin()
        count = 0
        for id in ids:
            message = await self._house.messages._find_id(id, moment_.now)
            if message is not None and await self._summarised(message.conversation):
                await self._house.messages._remove(message, moment_)
                count += 1
        return count

    @operation
    async def speaks(self: Keeper, language: str) -> None:
        """From now on this is the user's language, unless they have stated one meanwhile."""
        await Begin()
        if await self._house.facts._find("preferred_language", 0) is None:
            await self._house._speak(language)

    def _fading(self) -> list[Any]:
        return [self._house.lessons, self._house.patterns, self._house.preferences]

    def _owner(self) -> dict[str, Any]:
        return {"tenant": self._scope.tenant, "user": self._scope.user, "name": _NAME}

    def _mine(self) -> Clause:
        return Clause('tenant = :tenant and "user" = :user and deleted_at is null', {"tenant": self._scope.tenant, "user": self._scope.user})

    async def _useful(self, now: int) -> list[Any]:
        mine = self._mine()
        often = Clause("kind = 'notes' and used >= :uses and days >= :days", {"uses": USES, "days": DAYS})
        signals = await self._house.signals._select(mine & often, "order by created_at, seq")
        notes = [note for signal in signals for note in await self._note(signal.record, now)]
        return [note for note in notes if note.expires_at is not None or note.importance < IMPORTANCE]

    async def _note(self, id: str, now: int) -> list[Any]:
        """The user's live note with this id, whatever its project."""
        alive = Clause("id = :id and (expires_at is null or expires_at > :now)", {"id": id_bytes(id), "now": now})
        return list(await self._house.notes._select(self._mine() & alive))

    async def _expired(self, now: int, retention: timedelta | None) -> list[str]:
        """Messages of closed and summarised conversations that are older than they are to be kept."""
        if retention is None:
            return []
        where = self._mine() & Clause(
            """exists (select 1 from conversations c where c.tenant = messages.tenant and c.id = messages.conversation
            and c.status = 'closed' and c.summary is not null and c.closed_at <= :until)""",
            {"until": now - retention // timedelta(microseconds=1)},
        )
        return await many(id_text, f"select id from messages where {where.sql} order by created_at, seq", **where.params)

    async def _summarised(self, conversation: str) -> bool:
        talk = await self._house.conversations._find_id(conversation, 0)
        return talk is not None and talk.status == "closed" and talk.summary is not None

    async def _language(self) -> str | None:
        """The language this user writes in, if that is clear, is another than is assumed, and none is stated."""
        if not self._scope.user or await self._house.facts._find("preferred_language", 0) is not None:
            return None
        theirs = self._mine() & Clause("role = 'user'")
        said = await self._house.messages._select(theirs, "order by created_at desc, seq desc limit :most", most=SAMPLE)
        found = detect_language("\n".join(message.content for message in said)) if len(said) >= LEAST else None
        known = await value('select language from owners where tenant = :tenant and "user" = :user', tenant=self._scope.tenant, user=self._scope.user)
        return found if found != (known or self._house._shared.language) else None


async def users_of(house: Any) -> list[str]:
    """Whose memory a scope consolidates: its user's, or everybody's of its tenant, and the tenant's own."""
    await Begin()
    if house._scope.user:
        return [house._scope.user]
    tables = ("owners", "conversations")
    sql = " union ".join(f'select "user" from {table} where tenant = :tenant' for table in tables)
    return sorted({"", *await many(lambda user: str(user), sql, tenant=house._scope.tenant)})


async def consolidate(house: Any, *, dry_run: bool, force: bool, summarizer: Any, retention: timedelta | None) -> Consolidation:
    """The flow: one user after the other, each under a lease of its own. A project's scope is its user's: memory is not tidied by halves."""
    checked_callable(summarizer, "summarizer")
    house = house._unparted()
    total = Consolidation(dry_run, False, "there is nobody here")
    for user in await house._users():
        one = await _one(house.scope(user=user) if user and not house._scope.user else house, dry_run, force, summarizer, retention, user)
        total = one if not total.ran else _added(total, one)
    return total


async def _one(house: Any, dry_run: bool, force: bool, summarizer: Any, retention: timedelta | None, user: str) -> Consolidation:
    keeper = Keeper(house)
    now = micros(house._shared.clock())
    if why := await _put_off(keeper, force, retention, now):
        return Consolidation(dry_run, False, why)
    if dry_run:
        plan: _Plan = await keeper.planned(retention)
        return Consolidation(
            True, True, "this is what would be done", tuple(talk.id for talk in plan.idle), tuple(talk.id for talk in plan.unsummarised),
            tuple(note.id for note in plan.useful), plan.fading, len(plan.expired), {user: plan.language} if plan.language else {},
        )  # fmt: skip
    holder = os.urandom(16)
    if not await keeper.begun(holder):
        return Consolidation(False, False, "another process is consolidating this memory")
    done = False
    try:
        why = await _put_off(keeper, force, retention, now)  # again: another process may have been at it until now
        made = Consolidation(False, False, why) if why else await _worked(house, keeper, await keeper.planned(retention), summarizer, user)
        done = not why
    finally:
        await keeper.ended(holder, done)
    return made


async def _put_off(keeper: Keeper, force: bool, retention: timedelta | None, now: int) -> str:
    """Why there is nothing to be done now. What is to be deleted by a retention rule is not put off because nobody spoke meanwhile."""
    why = "" if force else _too_soon(*await keeper.since(), now)
    return "" if why and retention is not None and await keeper.overdue(retention) else why


def _too_soon(last: int | None, begun: int, now: int) -> str:
    if last is not None and now - last < PAUSE // timedelta(microseconds=1):
        return f"the last time was at {moment(last).isoformat()}; it is done once in {PAUSE} (with `force` at any time)"
    if begun < CONVERSATIONS:
        return f"{begun} conversations were begun since the last time; it is done from {CONVERSATIONS} on (with `force` at any time)"
    return ""


async def _worked(house: Any, keeper: Keeper, plan: _Plan, summarizer: Any, user: str) -> Consolidation:
    closed = []
    for talk in [*plan.idle, *plan.unsummarised]:
        summary = await house.conversations._summary_of(talk.id, summarizer)
        if await house.conversations._close_quiet(talk.id, summary, talk.last_activity) is not None:
            closed.append(talk)
    for note in plan.useful:
        await keeper.kept(note.id)
    faded = await keeper.faded()
    deleted = 0
    for start in range(0, len(plan.expired), 200):
        deleted += await keeper.dropped(list(plan.expired[start : start + 200]))
    if plan.language:
        await keeper.speaks(plan.language)
    idle = {talk.id for talk in plan.idle}
    return Consolidation(
        False, True, "done", tuple(talk.id for talk in closed if talk.id in idle), tuple(talk.id for talk in closed if talk.id not in idle),
        tuple(note.id for note in plan.useful), faded, deleted, {user: plan.language} if plan.language else {},
    )  # fmt: skip


def _added(one: Consolidation, other: Consolidation) -> Consolidation:
    if not other.ran:
        return one
    return replace(
        one,
        closed=one.closed + other.closed,
        summarised=one.summarised + other.summarised,
        promoted=one.promoted + other.promoted,
        faded=one.faded + other.faded,
        deleted=one.deleted + other.deleted,
        languages={**one.languages, **other.languages},
    )
