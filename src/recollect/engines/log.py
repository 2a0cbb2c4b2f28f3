"""The change log: what an entry says, and how SQLite seals entries into their tenant's chain in the transaction that made them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import apsw

from ..core.chain import START, entry_hash, personal_digest
from ..core.effects import Change, Moment
from ..core.table import content_digest

ENTRY = 'tenant, operation, at, kind, action, "user", agent, project, channel, session, record, actor, content, salt, digest'
"""The columns of an entry before it is sealed; its position and its hash come then."""

WIDTH = ENTRY.count(",") + 1

_INSERT = f"insert into changes ({ENTRY}, position, hash) values ({', '.join('?' * (WIDTH + 2))})"


def entry(moment: Moment, change: Change) -> tuple[Any, ...]:
    """The values of `ENTRY`."""
    salt = os.urandom(16)
    content = content_digest(salt, change.values)[:16]
    digest = personal_digest(salt, change.scope, change.record, change.actor, content)
    tenant, *personal = change.scope
    return (tenant, moment.operation, moment.now, change.kind, change.action, *personal, change.record, change.actor, content, salt, digest)


def seal(db: apsw.Connection, changes: Iterable[tuple[Moment, Change]]) -> None:
    """Give these entries their positions and hashes. The heads are read here, inside the transaction: another process may have moved them."""
    heads: dict[str, tuple[int, bytes]] = {}
    rows = []
    for moment, change in changes:
        tenant = change.scope[0]
        if tenant not in heads:
            known: list[Any] = db.execute("select position, hash from chains where tenant = ?", (tenant,)).fetchall()
            heads[tenant] = known[0] if known else (0, START)
        position, before = heads[tenant]
        values = entry(moment, change)
        sealed = entry_hash(before, position + 1, moment.operation, moment.now, change.kind, change.action, values[-1])
        heads[tenant] = (position + 1, sealed)
        rows.append((*values, position + 1, sealed))
    if len(rows) == 1:
        db.execute(_INSERT, rows[0])
    elif rows:
        db.executemany(_INSERT, rows)
    for tenant, (position, sealed) in heads.items():
        db.execute(
            """insert into chains (tenant, position, hash, anchor_position, anchor_hash) values (?, ?, ?, 0, ?)
            on conflict (tenant) do update set position = excluded.position, hash = excluded.hash""",
            (tenant, position, sealed, START),
        )
