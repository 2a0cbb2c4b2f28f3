"""Raw queries on the command line."""

from __future__ import annotations

from typing import Any

import click

from . import show
from .base import command, memory, said, whole


@command(
    "sql",
    'sql "select role, count(*) as messages from recollect_messages group by role"',
    'sql "select content from recollect_messages where user_id = :who limit 5" --param who=alice --json',
)
@click.argument("query", metavar="QUERY...", nargs=-1, required=True)
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="What `:name` in the query stands for; may be said several times.")
def sql(query: tuple[str, ...], params: tuple[str, ...]) -> None:
    """Ask anything of the whole file: one statement that only reads, over the views `recollect_<kind>`. `-` reads it from standard input."""
    given = dict(_pair(param) for param in params)
    with memory(parts=whole("sql")) as house:
        rows = house.sql(said(query), **given)
    show.put(rows, lambda: _table(rows))


def _pair(param: str) -> tuple[str, str]:
    name, sign, value = param.partition("=")
    if not sign or not name.isidentifier():
        raise click.UsageError(f"--param takes NAME=VALUE, not {param!r}", click.get_current_context())
    return name, value


def _table(rows: list[dict[str, Any]]) -> Any:
    from . import views

    return views.rows(rows)
