"""Bringing a PostgreSQL database up to date: all missing steps in one transaction, under a lock, so that two who start at once do it once."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from ..core.clock import Clock, micros
from ..core.text import version
from ..errors import Invalid, SchemaTooOld
from .migrate import FOLDER, compared, steps

LOCK = 0x52434C54  # "RCLT"

SHARED = ("settings", "migrations", "spaces")
"""Tables that belong to nobody. Every other one belongs to its rows' tenants."""


def migrate(connection: Any, clock: Clock) -> None:
    """Apply what is missing. A role that may not change tables can open a database that lacks nothing."""
    if len(check(connection)) == len(steps("postgres")):
        return
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        applied = check(connection)
        connection.execute(
            'create table if not exists migrations (name text collate "C" primary key, checksum text not null, applied_at bigint not null)'
        )
        for name, sql, checksum in steps("postgres"):
            if name not in applied:
                connection.execute(sql)
                connection.execute("insert into migrations values (%s, %s, %s)", (name, checksum, micros(clock())))
        connection.execute("insert into settings values ('analyser', %s) on conflict (name) do nothing", (version(),))


def roles() -> str:
    """The SQL that makes the role for programs, which may touch rows but no tables."""
    return (FOLDER.parent / "roles.postgres.sql").read_text(encoding="utf-8")


@cache
def by_tenant() -> tuple[str, ...]:
    """The tables whose rows belong to tenants, as the migrations make them: what refers to another comes after it."""
    made = [found for _, sql, _ in steps("postgres") for found in re.findall(r"^create table (\w+) \((.*?)^\);", sql, re.DOTALL | re.MULTILINE)]
    return tuple(name for name, columns in made if re.search(r"^    tenant ", columns, re.MULTILINE))


def distribution() -> dict[str, str]:
    """Table to the Citus statement that distributes it: all by tenant and in one place, so that a tenant's transaction has one node."""
    first, *others = by_tenant()
    found = {first: f"select create_distributed_table('{first}', 'tenant')"}
    found |= {table: f"select create_distributed_table('{table}', 'tenant', colocate_with => '{first}')" for table in others}
    return found | {table: f"select create_reference_table('{table}')" for table in SHARED}


def distribute(connection: Any) -> list[str]:
    """Run those that are still to be run; which tables they were."""
    if not connection.execute("select 1 from pg_extension where extname = 'citus'").fetchall():
        raise Invalid("this server has no Citus; run `create extension citus` on the coordinator and every worker first")
    there = {name for (name,) in connection.execute("select logicalrelid::text from pg_dist_partition").fetchall()}
    missing = {table: sql for table, sql in distribution().items() if table not in there}
    for sql in missing.values():
        connection.execute(sql)
    return list(missing)


def check(connection: Any, *, whole: bool = False) -> set[str]:
    """Refuse a newer database, and one whose history was edited. With `whole`, also one that lacks a step."""
    # Not to_regclass: it may answer from a cache that has not heard of what another process has just committed.
    there = connection.execute("select 1 from pg_tables where tablename = 'migrations' and schemaname = any(current_schemas(false))").fetchall()
    applied = dict(connection.execute("select name, checksum from migrations").fetchall()) if there else {}
    lacking = compared(applied, "postgres", "this database")
    if whole and lacking:
        raise SchemaTooOld("this database lacks a migration; open it once without read_only, as a role that may change tables")
    return set(applied)
