"""Forgetting for good: rows, versions, index entries and the personal half of the change log, in one transaction.

The chain still verifies afterwards, because a log entry's hash covers only a salted digest of its personal columns, and the salt goes with
them. The file's write-ahead log is folded in and emptied by the flow that calls this; pages that become free are overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.chain import ERASURE, NO_RECORD
from ..core.documents import documents
from ..core.effects import Begin, Change, Lock, OwnersChanged, Statement, Unindex, many, run, value
from ..core.ids import id_bytes, id_text, short_bytes
from ..core.scope import Scope, checked
from ..core.table import content_digest
from ..core.traits import Clause, among, walls
from ..errors import Denied, Invalid, NotFound
from ..shapes.collection import ending, thawed
from ..shapes.values import one_of


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was erased: records by kind, versions, log entries that were blanked. `remaining` names copies of the file that still hold it."""

    what: Mapping[str, str]
    records: Mapping[str, int]
    versions: int
    changes: int
    complete: bool = True
    remaining: tuple[str, ...] = field(default=())


def target(scope: Scope, given: Mapping[str, str | None]) -> dict[str, str]:
    """The one thing to erase, checked against what the scope may."""
    named = {name: value for name, value in given.items() if value is not None}
    if len(named) != 1:
        raise Invalid("erase takes exactly one of user=, tenant=, session= or id=")
    ((name, value),) = named.items()
    if value or name not in ("user", "tenant"):  # the tenant '' and its own user '' can be erased too
        checked(name, value)
    if not _may(scope, name, value):
        raise Denied(f"this scope may not erase {name} {value!r}; use one that holds it, or the unscoped memory")
    return {name: value}


def _may(scope: Scope, name: str, value: str) -> bool:
    if name == "user":
        return scope.user in ("", value)
    if name == "tenant":
        return scope == Scope() or (scope.tenant == value != "" and not scope.user)
    return True


async def erase(house: Any, what: Mapping[str, str]) -> ErasureReport:
    await Begin()
    ((name, wanted),) = what.items()
    tenant = wanted if name == "tenant" else house._scope.tenant
    if name == "tenant":  # another one's than the scope's, if the memory is unscoped
        await Lock(tenant, "")
    if name == "session" and (meant := await house.sessions._id_meant(wanted)) is not None:
        wanted = id_text(meant)
    chosen = await _chosen(house, name, wanted, tenant)
    if name == "id" and not any(chosen.values()):
        raise NotFound(f"there is no record {wanted!r} in this scope ({house._scope}); nothing was erased")
    remaining = await _under_aliases(tenant, wanted, chosen) if name == "user" else ()
    versions = 0
    for kind, records in reversed(chosen.items()):  # what refers to another goes first
        for record in records:
            versions += await _erase_record(getattr(house, kind), record)
    versions += await _erase_versions(house, name, wanted, tenant)
    changes = await _blank(house, name, wanted, tenant, chosen)
    if name in ("user", "tenant"):
        await _forget_owner(house, tenant, wanted if name == "user" else None)
    counts = {kind: len(records) for kind, records in chosen.items() if records}
    if name == "tenant":
        await _drop_tenant(tenant)
    else:
        await Change(ERASURE, NO_RECORD, "erase", (tenant, "", "", "", "", ""), (sum(counts.values()),), "")
    return ErasureReport({name: wanted}, counts, versions, changes, remaining=remaining)


async def _chosen(house: Any, name: str, wanted: str, tenant: str) -> dict[str, list[Any]]:
    """The records to erase by kind; what belongs to an erased conversation goes with it."""
    scope = house._scope
    inside = Clause("tenant = :tenant", {"tenant": tenant})
    if scope.user:
        inside &= Clause('"user" = :owner', {"owner": scope.user})
    chosen: dict[str, list[Any]] = {}
    for kind, room_type in house._kinds.items():
        room = getattr(house, kind)
        if room_type.table.tenant_wide and name in ("user", "session"):
            where = Clause("tenant = :tenant and (alias = :wanted or canonical = :wanted)", {"tenant": tenant, "wanted": wanted})
            chosen[kind] = await room._select(where) if name == "user" else []
            continue
        where = inside & _match(name, wanted, kind)
        chosen[kind] = await room._select(where)
    if name == "id":
        found = [f"{kind} {record.id}" for kind, records in chosen.items() for record in records]
        one_of(wanted, found, found)
    if name != "tenant":
        await _with_parts(house, inside, chosen)
    return chosen


async def _under_aliases(tenant: str, user: str, chosen: Mapping[str, list[Any]]) -> tuple[str, ...]:
    """Other names of the user under which there is something still: erasing one name is not erasing them all."""
    names = sorted({alias.alias for alias in chosen.get("aliases", []) if alias.canonical == user})
    held = 'select 1 from owners where tenant = :tenant and "user" = :user'
    full = [name for name in names if await value(held, tenant=tenant, user=name) is not None]
    return tuple(f"what is stored under the alias {name!r}" for name in full)


async def _with_parts(house: Any, inside: Clause, chosen: dict[str, list[Any]]) -> None:
    """What is a part of an erased record, or holds its id, goes with it; and what is a part of that."""
    ids = {record.id for records in chosen.values() for record in records}
    fresh = list(ids)
    tenant = Clause("tenant = :tenant", {"tenant": inside.params["tenant"]})  # an administrator's links to it too
    while fresh:
        found: list[Any] = []
        for kind, room_type in house._kinds.items():
            columns = [*(column for column, _ in room_type.table.part_of), *room_type.table.mentions]
            for column in columns:
                for start in range(0, len(fresh), 500):
                    where = tenant & among(column, map(id_bytes, fresh[start : start + 500]))
                    more = [record for record in await getattr(house, kind)._select(where) if record.id not in ids]
                    chosen[kind] += more
                    ids |= {record.id for record in more}
                    found += more
        fresh = [record.id for record in found]


def _match(name: str, wanted: str, kind: str) -> Clause:
    if name == "tenant":
        return Clause("")
    if name == "user":
        return Clause('"user" = :wanted', {"wanted": wanted})
    if name == "session":
        own = " or id = :session_id" if kind == "sessions" else ""
        return Clause(f"(session = :wanted{own})", {"wanted": wanted, "session_id": id_bytes(wanted)})
    if (whole := id_bytes(wanted)) is None:  # its last characters, perhaps
        return ending(short_bytes(wanted))
    return Clause("id = :wanted_id", {"wanted_id": whole})


async def _erase_record(room: Any, record: Any) -> int:
    table = room.table
    if table.text is not None and record.deleted_at is None:
        await Unindex(documents(table, record, await room._reading(record)))
    key = {"tenant": record.tenant, "id": id_bytes(record.id)}
    versions = int(await value("select count(*) from versions where tenant = :tenant and record = :id", **key))
    if versions:
        await run("delete from versions where tenant = :tenant and record = :id", **key)
    await run(f"delete from {table.name} where tenant = :tenant and id = :id", **key)
    return versions


async def _erase_versions(house: Any, name: str, wanted: str, tenant: str) -> int:
    """Versions of what stays that were written in the session, or name the user: an alias once pointed to them."""
    if name not in ("user", "session"):
        return 0
    inside = walls(Scope(tenant=tenant, user="" if name == "user" else house._scope.user))
    wide = [kind for kind, room in house._kinds.items() if room.table.tenant_wide]  # a user's own go with their records
    if name == "user":
        inside &= Clause(f"kind in ({', '.join(repr(kind) for kind in wide)})")
    standing = Statement(f"select version, kind, body from versions where {inside.sql}", inside.params, list)
    erased = 0
    for version, kind, body in await standing:
        table = house._kinds[kind].table
        record = thawed(table, body)
        names = (record.alias, record.canonical) if table.tenant_wide else ()
        if (name == "session" and record.session == wanted) or (name == "user" and wanted in names):
            key = {"tenant": tenant, "record": id_bytes(record.id), "version": version}
            await run("delete from versions where tenant = :tenant and record = :record and version = :version", **key)
            await _blank_version(tenant, table, record)
            erased += 1
    return erased


async def _blank_version(tenant: str, table: Any, record: Any) -> None:
    """The log entry that vouched for this version."""
    params = table.encode(record)
    rows = await many(
        lambda *row: row,
        "select salt, content from changes where tenant = :tenant and record = :record and salt is not null order by seq",
        tenant=tenant,
        record=params["id"],
    )
    for salt, content in rows:
        if content_digest(salt, table.logged(params))[:16] == content:
            await run(_BLANK + "record = :record and salt = :salt", tenant=tenant, record=params["id"], salt=salt)
            return


_BLANK = """update changes set "user" = null, agent = null, project = null, channel = null, session = null, record = null, actor = null,
    content = null, salt = null where tenant = :tenant and salt is not null and """


async def _blank(house: Any, name: str, wanted: str, tenant: str, chosen: Mapping[str, list[Any]]) -> int:
    """Clear the personal half of log entries: of these records, and of everything that was the user's or the session's."""
    if name == "tenant":
        return int(await value("select count(*) from changes where tenant = :tenant", tenant=tenant))
    cleared = 0
    ids = [id_bytes(record.id) for records in chosen.values() for record in records]
    conditions = []
    if name in ("user", "session"):
        owner = walls(Scope(tenant=tenant, user=house._scope.user)) & Clause(f'"{name}" = :wanted', {"wanted": wanted})
        conditions.append((owner.sql + (_own_kinds(house) if name == "user" else ""), owner.params))
    for start in range(0, len(ids), 500):
        those = among("record", ids[start : start + 500])
        conditions.append((those.sql, those.params))
    for condition, params in conditions:
        standing = f"select count(*) from changes where tenant = :tenant and salt is not null and {condition}"
        given = {**params, "tenant": tenant}
        cleared += int(await value(standing, **given))
        await run(_BLANK + condition, **given)
    return cleared


def _own_kinds(house: Any) -> str:
    """Not what is the tenant's, which is erased where it names the user."""
    wide = [kind for kind, room in house._kinds.items() if room.table.tenant_wide]
    return f" and kind not in ({', '.join(repr(kind) for kind in wide)})"


async def _forget_owner(house: Any, tenant: str, user: str | None) -> None:
    owner = Clause("tenant = :tenant", {"tenant": tenant})
    own = _own_kinds(house) if user == "" else ""
    if user is not None:
        owner &= Clause('"user" = :user', {"user": user})
    await Statement(f"select number from owners where {owner.sql}", owner.params, list, indexed=True)  # their words are out before they are
    await run(f"delete from versions where {owner.sql}{own}", **owner.params)
    await run(f"delete from leases where {owner.sql}", **owner.params)
    if user != "":  # the tenant's own words stay in the index: its aliases
        await run(f"delete from owners where {owner.sql}", **owner.params)
    await OwnersChanged()


async def _drop_tenant(tenant: str) -> None:
    for table in ("changes", "chains"):
        await run(f"delete from {table} where tenant = :tenant", tenant=tenant)
