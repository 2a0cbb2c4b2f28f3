"""Commands that say how things are: the first page, stats, verify, vacuum, where, completion."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import click

from . import show
from .base import PARTS, command, exists, memory, noted, path, scope_parts, shown, size_of, whole

TRY = (
    ('recollect recall "…"', "find what answers a question, with reasons"),
    ('recollect context "…" --budget 2000', "what an agent would be given"),
    ('recollect remember "…"', "keep something"),
    ("recollect list messages", "read what was said"),
    ("recollect facts list", "what is known; `facts history KEY` what it was before"),
)
BEGIN = (
    ("recollect demo", "see it work: ten seconds, nothing is left behind"),
    ('recollect remember "…"', "keep a first note"),
    ("recollect import conversations.json", "bring your ChatGPT or Claude chats"),
    ("recollect --help", "all commands"),
)


def home() -> None:
    """What is in the memory, and what to try: `recollect` without a word."""
    where = path()
    if not exists(where):
        show.put([{"where": where, "exists": False}], lambda: _welcome(where))
        return
    with memory() as house:
        stats, last = house.stats(), _last(house)
    stats = _sized(stats)
    data = {"where": shown(), "exists": True, "scope": scope_parts(), **asdict(stats), "last_activity": last}
    show.put([data], lambda: _home(shown(), stats, last))


def _sized(stats: Any) -> Any:
    """The file's size belongs to whoever has the file, whatever the scope; a server's is the administrator's."""
    size = size_of(path())
    return stats if size is None else replace(stats, bytes=size)


def _last(house: Any) -> datetime | None:
    """When something was last written or said."""
    times = [one.created_at for one in house.messages.recent(1)]
    times += [one.updated_at for one in [*house.notes.list(limit=1), *house.facts.list(limit=1000)]]
    return max(times, default=None)


def _title(rest: str) -> Any:
    from rich.text import Text

    return Text.assemble(("recollect", "bold cyan"), ("  " + rest, "dim"))


def _suggested(lines: tuple[tuple[str, str], ...]) -> Any:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 3))
    for line, why in lines:
        grid.add_row(Text(f"  {line}", style="green"), Text(why, style="dim"))
    return grid


def _welcome(where: str) -> Any:
    from rich.console import Group
    from rich.text import Text

    return Group(
        _title("everything an AI agent has to remember: one file, one transaction, one search"),
        Text(),
        Text.assemble("There is no memory yet. The first note makes it: ", (show.safe(where), "bold")),
        Text(),
        Text("Begin with", style="bold"),
        _suggested(BEGIN),
    )


def _home(where: str, stats: Any, last: datetime | None) -> Any:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from . import views

    state = f"{views.size(stats.bytes)}   " + (f"last activity {views.stamp(last)}" if last else "nothing in it yet")
    parts = "  ".join(f"{name} {show.safe(value)}" for name, value in scope_parts().items())
    who = parts or (f"{stats.users:,} users" if stats.users != 1 else "one user") + "; --user NAME looks at one"
    found = {kind: count for kind, count in stats.counts.items() if count} or stats.counts
    return Group(
        _title("what is remembered here"), Text(), Text(show.safe(where), style="bold"), Text(state, style="dim"), Text(who, style="cyan"), Text(),
        Padding(views.counts(found, stats.deleted), (0, 0, 1, 2)), Text("Try", style="bold"), _suggested(TRY),
    )  # fmt: skip


@command("stats", "stats", "stats --user mira --json")
def stats() -> None:
    """Counts by kind, size, and work that waits; of the whole file if no scope is named."""
    with memory() as house:
        found = _sized(house.stats())
    show.put([{"where": shown(), "scope": scope_parts(), **asdict(found)}], lambda: _stats(found))


def _stats(found: Any) -> Any:
    from rich.console import Group
    from rich.text import Text

    from . import views

    waits = ", ".join(f"{count:,} {name}" for name, count in found.pending.items() if count) or "nothing"
    rest = {"memory": shown(), "size": views.size(found.bytes), "users": f"{found.users:,}", "recall goes by": found.search, "waiting": waits}
    return Group(views.counts(found.counts, found.deleted), Text(), views.pairs(rest))


@command("verify", "verify", "verify --db agent.db --json")
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Look for damage in the file, the records, the text index and the change log. Exit code 8 if there is any."""
    begun = time.perf_counter()
    with memory(write=True, parts=whole("verify")) as house:
        problems = house.verify()
    seconds = time.perf_counter() - begun
    summary = {"ok": not problems, "problems": len(problems), "seconds": round(seconds, 3)}
    show.put([*({"problem": asdict(one)} for one in problems), summary], lambda: _problems(problems, seconds))
    if problems:
        ctx.exit(8)


def _problems(problems: list[Any], seconds: float) -> Any:
    from rich.table import Table
    from rich.text import Text

    if not problems:
        return Text.assemble(("no problems", "bold green"), f"  file, records, text index and change log agree ({seconds:.2f} s)")
    table = Table(box=None, padding=(0, 2, 0, 0), title=f"{len(problems)} problems", title_style="bold red", title_justify="left")
    for name in ("where", "what", "message"):
        table.add_column(name, overflow="fold")
    for one in problems:
        table.add_row(*(Text(show.safe(said)) for said in (one.where, one.what, one.message)))
    return table


_EMBEDDER = (
    "local, ollama:MODEL, openai:MODEL, fastembed:MODEL …; else the setting `embedder`, else local if the extra `local` is installed. "
    "Without any of them no vectors are made."
)


@command("embed", "embed", "embed --embedder ollama:nomic-embed-text", "embed --user mira --json")
@click.option("--embedder", metavar="NAME", help=_EMBEDDER)
def embed(embedder: str | None) -> None:
    """Make the vectors of all texts that wait for one, also of those that failed before. After Ctrl-C the same command goes on.

    With a new embedder this fills its vectors beside the old ones, which answer until the new ones are complete. Exit code 1 if some could
    not be made; the last error of the embedder is shown.
    """
    with show.progress("making vectors", "texts") as bar, memory(write=True, embedder=embedder) as house:
        done = house.embed_pending(progress=bar)
        search = house.stats().search
    show.put([{**asdict(done), "search": search}], lambda: _embedded(done, search))
    if done.error is not None:
        show.warning(f"the embedder failed: {done.error}")
    if done.waiting:
        raise SystemExit(1)


def _embedded(done: Any, search: str) -> Any:
    from rich.text import Text

    left = f", {done.waiting:,} still wait" if done.waiting else ""
    return Text.assemble((f"{done.made:,}", "bold green"), f" vectors made{left}; recall goes by {search}")


@command("vacuum", "vacuum")
def vacuum() -> None:
    """Give free space back to the file system and merge the text index."""
    with memory(write=True, parts=whole("vacuum")) as house:
        saved = house.vacuum()
    show.put([{"path": shown(), "bytes": saved}], lambda: _vacuumed(saved))


def _vacuumed(saved: int) -> Any:
    from rich.text import Text

    from . import views

    return Text.assemble(("tidied", "bold green"), f" the file is {views.size(saved)} smaller" if saved > 0 else " there was no space to give back")


@command("where", "where", "where --json")
def where() -> None:
    """Which file this is about, what decided that, and the settings in force."""
    from ..settings import config_path, is_url

    file, config = path(), config_path()
    known = {name: {"value": value, "from": source} for name, (value, source) in _sources().items()}
    size = size_of(file) if exists(file) and not os.path.isdir(os.path.expanduser(file)) else None
    data = {"where": shown(), "from": known["db"]["from"], "exists": size is not None or is_url(file), "bytes": size, "settings_file": str(config)}
    data |= {"settings_file_exists": config.exists(), "settings": known}
    show.put([data], lambda: _where(data))


def _sources() -> dict[str, tuple[str, str]]:
    """Each setting's value, and where it comes from."""
    from ..settings import Settings, config_path, settings, without_password

    default, file, now = Settings(), settings({}), settings()
    found: dict[str, tuple[str, str]] = {}
    for field in fields(Settings):
        name = field.name
        value = without_password(getattr(now, name))
        if name in noted() and name in ("db", *PARTS):
            found[name] = (without_password(noted()[name]), f"--{name}")
        elif value != without_password(getattr(file, name)):
            found[name] = (value, f"RECOLLECT_{name.upper()}")
        elif value != getattr(default, name):
            found[name] = (value, str(config_path()))
        else:
            found[name] = (value or _in_force(name), "default")
    return found


def _in_force(name: str) -> str:
    """What a setting means that nobody has set."""
    from ..embedders import by_default

    if name == "embedder":
        return by_default()
    return path() if name == "db" else ""


def _where(data: dict[str, Any]) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from . import views

    state = views.size(data["bytes"]) if data["exists"] else "not there yet"
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("setting", "value", "from"):
        table.add_column(name, overflow="fold", style="dim" if name == "from" else "")
    for name, one in data["settings"].items():
        table.add_row(Text(name, style="cyan"), Text(show.safe(one["value"]) or "–"), Text(show.safe(one["from"])))
    there = "" if data["settings_file_exists"] else " (not there)"
    head = Text.assemble((show.safe(data["where"]), "bold"), (f"  {state}", "dim"))
    return Group(head, Text(f"settings file {data['settings_file']}{there}", style="dim"), Text(), table)


@command(
    "completion",
    "completion bash > ~/.local/share/bash-completion/completions/recollect",
    'completion zsh > "${fpath[1]}/_recollect"',
    "completion fish > ~/.config/fish/completions/recollect.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets a shell complete our commands."""
    from click.shell_completion import ShellComplete, get_completion_class

    from .main import cli

    made = get_completion_class(shell)
    assert made is not None
    show.text(ShellComplete.source(made(cli, {}, "recollect", "_RECOLLECT_COMPLETE")))
