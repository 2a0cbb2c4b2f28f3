"""Commands that move memories in and out, or away for good: import, export, backup, restore, erase."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import Any

import click

from . import show
from .base import Declined, command, exists, memory, noted, path, scope_parts, whole
from .choices import formats

SHOWN = 20  # bad records that are named one by one


@command("import", "import conversations.json --user mira", "import ~/.claude/projects --format claude-code", "import export.jsonl --strict")
@click.argument("source", metavar="PATH", type=click.Path())
@click.option(
    "--format", metavar="NAME", shell_complete=formats, help="Instead of finding out: recollect, chat-jsonl, chatgpt, claude, claude-code, locomo …"
)
@click.option("--strict", is_flag=True, help="Read everything first, then write all or nothing.")
def import_(source: str, format: str | None, strict: bool) -> None:
    """Read chats of other tools, or an export of ours. Doing it again adds nothing; what was deleted stays deleted.

    A record that cannot be read is named on standard error and passed over, and the exit code is still 0. With --strict it ends the import
    (exit code 2) and nothing is written. After Ctrl-C the same command completes it.
    """
    with show.progress(f"reading {os.path.basename(source) or source}") as bar, memory(write=True, create=True) as house:
        report = house.import_(source, format, strict=strict, progress=bar)
    data = {"format": report.format, "added": report.added, "known": report.known, "bad": [{"where": where, "why": why} for where, why in report.bad]}
    show.put([data], lambda: _imported(report))
    if report.bad and not noted().get("json"):
        for where, why in report.bad[:SHOWN]:
            show.warning(f"{where}: {why}")
        if len(report.bad) > SHOWN:
            show.warning(f"and {len(report.bad) - SHOWN} more; --json lists all")


def _imported(report: Any) -> Any:
    from rich.text import Text

    from . import views

    added = ", ".join(views.counted(count, kind) for kind, count in report.added.items()) or "nothing new"
    parts = " ".join(f"{name}={value}" for name, value in scope_parts().items())
    line = Text.assemble(("added ", "bold green"), added, (f"  {report.known:,} known already", "dim"), (f"  {report.format}", "cyan"))
    if report.bad:
        line.append(f"  {len(report.bad):,} bad", style="bold yellow")
    return line.append(f"\ninto {parts}" if parts else "\ninto the memory as a whole; --user keeps people apart", style="dim")


@command("export", "export mira.jsonl --user mira", "export - | gzip > memory.jsonl.gz")
@click.argument("target", metavar="PATH|-", type=click.Path())
def export(target: str) -> None:
    """Write everything as JSON lines: ids, versions and deleted records too. `-` is standard output."""
    if target == "-":
        with tempfile.TemporaryDirectory(prefix="recollect-") as folder, memory() as house:
            file = os.path.join(folder, "export.jsonl")
            house.export(file)
            show.raw(_chunks(file))
        return
    _spare(target)
    with memory() as house:
        lines = house.export(target)
    show.put([{"path": os.path.abspath(os.path.expanduser(target)), "records": lines}], lambda: _line("wrote", f"{lines:,} records to {target}"))


def _spare(target: str) -> None:
    """An export replaces the file it is written to; the memory itself must not be that file."""
    from ..errors import Invalid

    named, memory_file = os.path.expanduser(target), os.path.expanduser(path())
    if os.path.exists(named) and os.path.exists(memory_file) and os.path.samefile(named, memory_file):
        raise Invalid(f"{target} is the memory itself; name another file, such as {target}.jsonl")


def _chunks(file: str) -> Iterator[bytes]:
    with open(file, "rb") as stream:
        while chunk := stream.read(1 << 20):
            yield chunk


@command("backup", "backup /mnt/usb/agent-2025-09-20.db")
@click.argument("target", metavar="PATH", type=click.Path())
def backup(target: str) -> None:
    """Copy the whole file while it is in use. An existing file is never overwritten."""
    with memory(parts=whole("backup")) as house:
        made = house.backup(target)
    show.put([{"path": made, "bytes": os.path.getsize(made)}], lambda: _backed_up(made))


def _backed_up(made: str) -> Any:
    from . import views

    return _line("copied", f"to {made} ({views.size(os.path.getsize(made))}); `recollect restore` puts it back")


@command("restore", "restore /mnt/usb/agent-2025-09-20.db --yes")
@click.argument("source", metavar="BACKUP", type=click.Path())
@click.option("--yes", is_flag=True, help="Without being asked.")
def restore(source: str, yes: bool) -> None:
    """Replace the memory by a backup of it. Refused while anybody has it open."""
    from ..memory import Memory

    whole("restore")
    where = path()
    if exists(where) and not yes and not show.ask(f"Replace {where} by {source}? What is in it now is lost."):
        raise Declined
    made = Memory.restore(source, where)
    show.put([{"path": made, "restored": True}], lambda: _line("restored", f"{made} is as it was in {source}"))


@command("erase", "erase --user mira", "erase --id 3f9a1c07 --yes", "erase --session 0198f2c4-77aa-7e01-b3c1-5d2e3f9a1c07")
@click.option("--session", metavar="ID", help="Everything of this session.")
@click.option("--id", "id", metavar="ID", help="This one record.")
@click.option("--yes", is_flag=True, help="Without being asked.")
def erase(session: str | None, id: str | None, yes: bool) -> None:
    """Erase for good: records, versions, index, log and free pages. It cannot be undone.

    Of --id, --session, --user and --tenant the narrowest that is named says what is erased, the others where it is. A user from the
    settings is never meant. Backups are not touched.
    """
    target, parts = _target(session, id)
    with memory(write=True, parts=parts) as house:
        ((name, value),) = target.items()
        if not yes and not show.ask(f"Erase {'record' if name == 'id' else name} {value} and all that belongs to it, for good?"):
            raise Declined
        report = house.erase(**target)
    show.put([show.plain(report)], lambda: _erased(report))
    if not report.complete:
        show.warning("another process still reads the old pages; close it and run `recollect vacuum`")
    for copy in report.remaining:
        show.warning(f"this copy still holds it: {copy}", copy=copy)


def _target(session: str | None, id: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """What is erased, and the scope in which it is looked for."""
    parts: dict[str, str] = {name: noted()[name] for name in ("tenant", "user") if name in noted()}
    if id is not None:
        return {"id": id}, {**scope_parts(), **parts}
    if session is not None:
        return {"session": session}, {**scope_parts(), **parts}
    for name in ("user", "tenant"):
        if name in parts:
            value = parts.pop(name)
            return {name: value}, parts
    raise click.UsageError("say what to erase: --user, --session, --id or --tenant", click.get_current_context())


def _erased(report: Any) -> Any:
    from . import views

    records = ", ".join(views.counted(count, kind) for kind, count in report.records.items()) or "no records"
    return _line("erased", f"{records}, {report.versions:,} earlier versions, {report.changes:,} log entries")


def _line(what: str, more: str) -> Any:
    from rich.text import Text

    return Text.assemble((what, "bold green"), f" {show.safe(more)}")
