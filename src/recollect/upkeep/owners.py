"""What concerns all of an owner's records at once: the language of its words, and moving them to another user."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ..core.chain import SEEN
from ..core.documents import documents, read
from ..core.effects import Begin, Index, Lock, Moment, OwnersChanged, Statement, Unindex, many, run, value
from ..core.ids import id_bytes
from ..core.languages import language as known_language
from ..core.table import Versioned
from ..core.text import version
from ..core.traits import Clause
from ..engines.vectors import first_stamp
from ..errors import Invalid
from ..kinds.limitations import Limitation
from ..shapes.collection import LIVE, frozen, thawed
from ..shapes.evidence import Evidenced

NEW_OWNER = """insert into owners (tenant, "user", language, documents, words, near, stamp, shrank)
    values (:tenant, :user, :language, 0, 0, 0, :stamp, :stamp)"""
"""What to do if there is one goes behind it; the stamp is `first_stamp()`."""


async def speak(house: Any, name: str) -> None:
    """From now on this owner's texts and questions use this language's stop words and stems; what is indexed is indexed anew."""
    try:
        new = known_language(name).code
    except ValueError as error:
        raise Invalid(str(error)) from error
    await Begin()
    owner = {"tenant": house._scope.tenant, "user": house._scope.user}
    old = await value('select language from owners where tenant = :tenant and "user" = :user', **owner) or house._shared.language
    if new == old:
        return
    live = [(room.table, record) for room in _rooms(house) if room.table.text for record in await _owned(room, owner, Clause("deleted_at is null"))]
    for table, record in live:
        await Unindex(documents(table, record, read(table.text(record), old)))
    await Statement("select 1 from owners where tenant = :tenant", owner, list, indexed=True)  # the old words must be out before the switch
    await run(
        f'{NEW_OWNER} on conflict (tenant, "user") do update set language = excluded.language',
        **owner,
        language=new,
        stamp=first_stamp(),
    )
    await OwnersChanged()
    for table, record in live:
        await Index(documents(table, record, read(table.text(record), new)))


async def reindex(house: Any) -> None:
    """Index everything anew, with the analyser of this version. The words it was indexed with are not known any more, so all go."""
    await Begin()
    await run(house._shared.dialect.empty_index)
    for table in ("documents", "vectors", "pending"):
        await run(f"delete from {table} where tenant >= ''")
    await run("update owners set documents = 0, words = 0, near = 0, stamp = stamp + 1, shrank = stamp + 1 where tenant >= ''")
    await OwnersChanged()
    owners = await many(lambda *row: row, "select tenant, \"user\", language from owners where tenant >= ''")
    for tenant, user, language in sorted(owners):
        await Lock(tenant, user)
        for room in (room for room in _rooms(house) if room.table.text):
            inside = Clause('tenant = :tenant and "user" = :user and deleted_at is null', {"tenant": tenant, "user": user})
            after = 0
            while page := await Statement(*_page(room.table, inside, after), list, indexed=True):
                for _, *row in page:
                    record = room.table.decode(*row)
                    await Index(documents(room.table, record, read(room.table.text(record), language)))
                after = page[-1][0]
    await run("update settings set value = :version where name = 'analyser'", version=version())


def _page(table: Any, inside: Clause, after: int) -> tuple[str, dict[str, Any]]:
    sql = f"select seq, {table.selected} from {table.name} where {inside.sql} and seq > :after order by seq limit 1000"
    return sql, {**inside.params, "after": after}


async def move_user(house: Any, alias: str, target: str) -> int:
    """Give one user's records to another. Where both have the same key, the newer value stays and the other becomes its history."""
    moment = await Begin()
    moved: list[Any] = []
    owner = {"tenant": house._scope.tenant, "user": alias}
    for room in _rooms(house):
        if room.table.tenant_wide:
            continue
        for record in await _owned(room, owner, Clause("")):
            moved += [id_bytes(record.id)] if await _move(room, record, target, moment) else []
    await _move_versions(house, owner, target, frozenset(moved))
    return len(moved)


async def _move_versions(house: Any, owner: dict[str, str], target: str, those: frozenset[Any]) -> None:
    """What a record was is the new owner's too; what stayed keeps its own."""
    rows = await many(lambda *row: row, 'select record, version, kind, body from versions where tenant = :tenant and "user" = :user', **owner)
    for record, number, kind, body in rows:
        if record not in those:
            continue
        table = house._kinds[kind].table
        moved = frozen(table, replace(thawed(table, body), user=target))
        await run(
            'update versions set "user" = :user, body = :body where tenant = :tenant and record = :record and version = :version',
            tenant=owner["tenant"], user=target, body=moved, record=record, version=number,
        )  # fmt: skip


async def _move(room: Any, record: Any, target: str, moment: Moment) -> bool:
    """Whether the record itself moved; of what both have, one stays behind, deleted."""
    moved = replace(record, user=target)
    if getattr(record, "external_id", None) is not None and await _taken(room, moved, "external_id"):
        moved = replace(moved, external_id=None)
    same = await _same_key(room, moved)
    if same is None:
        await room._change(record, moved, "merge", moment)
        return True
    if record.deleted_at is None:
        await _fold(room, same, record, moment)
        await _hand_over(room, record, same, target, moment)
        await room._remove(record, moment)
    return False


async def _hand_over(room: Any, record: Any, same: Any, target: str, moment: Moment) -> None:
    """What was a part of the record that goes is a part of the one that stays, and its owner's; what that has already goes."""
    for parts, part in await room._parts(record, LIVE):
        moved = replace(part, user=target, **{column: same.id for column, _ in parts.table.part_of if getattr(part, column) == record.id})
        if await _same_key(parts, moved) is None and not await _doubled(parts, moved):
            await parts._change(part, moved, "merge", moment)


async def _doubled(room: Any, record: Any) -> bool:
    """Signals are one for each record."""
    if room.table.name != "signals":
        return False
    return bool(await room._select(Clause("tenant = :tenant and record = :record", {"tenant": record.tenant, "record": id_bytes(record.record)})))


async def _fold(room: Any, same: Any, record: Any, moment: Moment) -> None:
    """Write the older value first, so that the newer one is current and the other its history."""
    held = {field.name for field in fields(record)} - {field.name for field in fields(Versioned)} - {room.table.key}
    if isinstance(record, Evidenced) and not room.table.key:
        await room._change(same, _both_seen(same, record), SEEN, moment, keep=False)
        return
    if isinstance(record, Limitation):
        later = {name: getattr(record, name) for name in ("description", "plan", "status", "resolution", "resolved_at", "seen_at")}
        both = {"seen": same.seen + record.seen, **(later if record.seen_at > same.seen_at else {})}
        await room._change(same, replace(same, **both), "merge", moment)
        return
    own = {name: getattr(record, name) for name in (held if room.table.key else held & {"source"})}
    if not own:
        return
    theirs = {name: getattr(same, name) for name in own}
    if record.updated_at > same.updated_at or same.deleted_at is not None:
        await room._change(same, replace(same, deleted_at=None, **own), "merge", moment)
    else:
        older = await room._change(same, replace(same, **own), "merge", moment)
        await room._change(older, replace(older, **theirs), "merge", moment)


def _both_seen(same: Any, record: Any) -> Any:
    """All the evidence of both."""
    confidence, strength = max(same.confidence, record.confidence), max(same.strength, record.strength)
    return replace(same, confidence=confidence, strength=strength, seen=same.seen + record.seen, seen_at=max(same.seen_at, record.seen_at))


async def _same_key(room: Any, record: Any) -> Any:
    """The target's record that says, or keys, the same."""
    unique = room.table.key or ("digest" if room.table.derived else None)
    if unique is None:
        return None
    wanted = room.table.encode(record)
    where = Clause(
        f'tenant = :tenant and "user" = :user and project = :project and agent = :agent and {unique} = :unique',
        {name: wanted[name] for name in ("tenant", "user", "project", "agent")} | {"unique": wanted[unique]},
    )
    if room.table.key is None:
        if record.deleted_at is not None:
            return None
        where &= Clause("deleted_at is null")
    found = await room._select(where)
    return found[0] if found else None


async def _taken(room: Any, record: Any, column: str) -> bool:
    sql = f'select 1 from {room.table.name} where tenant = :tenant and "user" = :user and {column} = :wanted'
    return await value(sql, tenant=record.tenant, user=record.user, wanted=getattr(record, column)) is not None


def _rooms(house: Any) -> list[Any]:
    return [getattr(house, name) for name in house._kinds]


async def _owned(room: Any, owner: dict[str, str], more: Clause) -> list[Any]:
    found = await room._select(Clause('tenant = :tenant and "user" = :user', owner) & more, "order by created_at, seq")
    return list(found)
