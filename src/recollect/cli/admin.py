"""Commands for who runs the server: the roles of programs, and the distribution over several machines."""

from __future__ import annotations

from typing import Any

import click

from . import show
from .base import Group, command, memory, path, shown, whole


@click.group("admin", cls=Group, examples=('recollect admin roles | psql "postgresql://owner@server/agents"',))
def admin() -> None:
    """What concerns a PostgreSQL server: roles for programs, distribution with Citus."""


@command("roles", 'admin roles | psql "postgresql://owner@server/agents"')
def roles() -> None:
    """Print the SQL that makes the least-privilege role `recollect_app`, and the row-level security behind it."""
    from ..schema.server import roles as sql

    show.text(sql())


@command("distribute", "admin distribute --db postgresql://owner@coordinator/agents", "admin distribute --print")
@click.option("--print", "only", is_flag=True, help="Print the SQL instead of running it.")
def distribute(only: bool) -> None:
    """Distribute the tables over a Citus cluster by tenant. Tables that are distributed already stay as they are."""
    from ..errors import Invalid
    from ..schema.server import distribution
    from ..settings import is_url

    whole("distribute")
    if only:
        show.text("\n".join(f"{sql};" for sql in distribution().values()))
        return
    if not is_url(path()):
        raise Invalid(f"{path()} is a file, and stays on one machine; name a server with --db postgresql://…, or see `recollect move`")
    with memory(write=True, create=True) as house:
        done = house._engine.distributed()
    show.put([{"where": shown(), "distributed": done}], lambda: _distributed(done))


def _distributed(done: list[str]) -> Any:
    from rich.text import Text

    return Text.assemble(("distributed ", "bold green"), ", ".join(done) or "nothing new: all tables are distributed already")


admin.add_command(roles)
admin.add_command(distribute)
