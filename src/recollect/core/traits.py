"""The conditions that traits add to every statement: whose rows, which project's, alive, not expired.

`docs/explanation/scope.md` says the rules in words; this is the only place that says them in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .scope import Scope
from .table import Table

EVERYTHING = "\x1f"
"""What stands for all tenants where the database itself keeps them apart: no part of a scope can hold it."""

LEVEL = "case when {0}project <> '' then 2 else 0 end + case when {0}agent <> '' then 1 else 0 end"
"""Precedence of knowledge: project and agent, project, agent, general."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition and its parameters."""

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __and__(self, other: Clause) -> Clause:
        if not other.sql or not self.sql:
            return self if self.sql else other
        return Clause(f"{self.sql} and {other.sql}", {**self.params, **other.params})


def among(column: str, values: Iterable[Any]) -> Clause:
    """The column holds one of these values; at least one must be given, and no more than a statement takes parameters."""
    given = {f"{column}_{place}": one for place, one in enumerate(dict.fromkeys(values))}
    return Clause(f"{column} in ({', '.join(f':{name}' for name in given)})", given)


def walls(scope: Scope, *, tenant_wide: bool = False, alias: str = "") -> Clause:
    """The tenant always; the user too unless the scope is the administrator's."""
    clause = Clause(f"{alias}tenant = :tenant", {"tenant": scope.tenant})
    if scope.user and not tenant_wide:
        clause &= Clause(f'{alias}"user" = :user', {"user": scope.user})
    return clause


def divided(scope: Scope, *, knowledge: bool, all_agents: bool = False, alias: str = "") -> Clause:
    """What `project` and `agent` leave to see: of knowledge the general and the scope's own, of what happened the scope's own."""
    clause = Clause("")
    for part in ("project", "agent"):
        named = getattr(scope, part)
        if part == "agent" and all_agents:
            continue
        if knowledge:
            more = Clause(f"{alias}{part} in ('', :{part})", {part: named}) if named else Clause(f"{alias}{part} = ''")
        elif named:
            more = Clause(f"{alias}{part} = :{part}", {part: named})
        else:
            continue
        clause &= more
    return clause


def held(table: Table[Any], scope: Scope) -> Clause:
    """Everything that the scope holds, deleted or not: without a project or an agent, all of them."""
    clause = walls(scope, tenant_wide=table.tenant_wide)
    if table.tenant_wide:
        return clause
    for part in ("project", "agent"):
        if getattr(scope, part) and not (part == "agent" and table.all_agents):
            sql = f"{part} in ('', :{part})" if table.knowledge else f"{part} = :{part}"
            clause &= Clause(sql, {part: getattr(scope, part)})
    return clause


def holds(scope: Scope, table: Table[Any], record: Any) -> bool:
    """The same of one record that is at hand, inside the walls."""
    if table.tenant_wide:
        return True
    parts = [part for part in ("project", "agent") if getattr(scope, part) and not (part == "agent" and table.all_agents)]
    return all(getattr(record, part) in (("", getattr(scope, part)) if table.knowledge else (getattr(scope, part),)) for part in parts)


def followed(scope: Scope) -> Clause:
    """Lists of what happened follow the channel and the session that the scope names."""
    clause = Clause("")
    for part in ("channel", "session"):
        if named := getattr(scope, part):
            clause &= Clause(f"{part} = :{part}", {part: named})
    return clause


def alive(table: Table[Any], now: int) -> Clause:
    clause = Clause("deleted_at is null")
    if table.expiring:
        clause &= Clause("(expires_at is null or expires_at > :now)", {"now": now})
    return clause


def unshadowed(table: Table[Any], scope: Scope) -> Clause:
    """Of one key in several levels only the most particular is seen."""
    if table.key is None or not table.knowledge or not (scope.project or scope.agent):
        return Clause("")
    own = divided(scope, knowledge=True, alias="o.").sql
    name, level = table.name, LEVEL
    return Clause(
        f"""not exists (
            select 1 from {name} o
            where o.tenant = {name}.tenant and o."user" = {name}."user" and o.{table.key} = {name}.{table.key}
            and o.deleted_at is null and {own} and {level.format("o.")} > {level.format(name + ".")})"""
    )


def visible(table: Table[Any], scope: Scope, now: int, *, follow: bool = False) -> Clause:
    """Every condition that stands between this scope and this table's rows."""
    clause = walls(scope, tenant_wide=table.tenant_wide)
    if not table.tenant_wide:
        clause &= divided(scope, knowledge=table.knowledge, all_agents=table.all_agents)
    if follow and not table.knowledge and not table.tenant_wide:
        clause &= followed(scope)
    return clause & alive(table, now) & unshadowed(table, scope)
