"""The command that moves a memory to another database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from . import show
from .base import command, exists, noted


@command("move", "move agent.db postgresql://me@server/agents", "move postgresql://me@server/agents acme.db --tenant acme")
@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
def move(source: str, target: str) -> None:
    """Copy a memory to another file or a PostgreSQL server, in any direction, and compare the two. The source stays as it is.

    Ids, times, versions, deleted records and the change log with its chain are the same afterwards. The target must hold nothing yet of
    what is moved: everything, or with --tenant one tenant. Nobody should write meanwhile. After Ctrl-C the same command completes it.
    """
    from ..memory import Memory
    from ..transfer.move import move as moved

    _refuse(source, target)
    with _opened(source) as old, Memory(target) as new, show.progress("moving") as bar:
        report = moved(old, new, noted().get("tenant"), progress=bar)
        ends = {"source": old._engine.path, "target": new._engine.path}
    show.put([{**ends, **show.plain(report)}], lambda: _moved(report, ends["target"]))


def _refuse(source: str, target: str) -> None:
    from ..errors import Invalid, NotFound

    if named := [f"--{part}" for part in ("db", "user", "project", "agent") if part in noted()]:
        raise click.UsageError(f"move takes everything or one --tenant; leave {' and '.join(named)} out", click.get_current_context())
    if ":memory:" in (source, target):
        raise Invalid("':memory:' ends with this command; name a file or a postgresql:// URL")
    if not exists(source):
        raise NotFound(f"there is no memory at {source}; name the file or the postgresql:// URL that is to be moved")


@contextmanager
def _opened(source: str) -> Iterator[Any]:
    """The source, to read. A server's log entries that nobody has sealed yet are sealed before, by whoever may."""
    from ..errors import Denied, SchemaTooOld
    from ..memory import Memory
    from ..settings import is_url

    try:
        opened = Memory(source, read_only=True)
    except SchemaTooOld:  # an older memory is migrated
        opened = Memory(source)
    with opened:
        if is_url(source):
            with suppress(Denied), Memory(source) as writing:
                writing._engine.seal()
        yield opened


def _moved(report: Any, target: str) -> Any:
    from rich.text import Text

    from . import views

    rows = dict(report.rows)
    owners, versions, changes, _ = (rows.pop(name) for name in ("owners", "versions", "changes", "chains"))
    said = ", ".join(views.counted(count, kind) for kind, count in rows.items() if count) or "no records"
    more = f"\n{owners:,} owners, {versions:,} earlier versions, {changes:,} log entries, in {report.seconds:.1f} s"
    last = f"\nto {show.safe(target)}\nboth sides were read again and are the same"
    return Text.assemble(("moved ", "bold green"), said, (more + last, "dim"))
