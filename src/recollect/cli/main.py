"""The entrance: which commands there are, and what an ending means to the shell.

Nothing here imports the memory or the terminal library: `recollect --help` answers from the table below, and a command's module is
imported when the command is called. The exit codes are documented in docs/reference/exit-codes.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from .base import Declined, Group


def _kinds() -> Iterator[tuple[str, tuple[str, str]]]:
    """Each kind's command, from the first line of its file: `Facts: what is known about somebody, …`. Importing them would take too long."""
    for path in sorted((Path(__file__).parent.parent / "kinds").glob("[!_]*.py")):
        with path.open(encoding="utf-8") as file:
            line = file.readline().strip('"\n. ').partition(": ")[2]
        yield path.stem, (f"kinds:{path.stem}", line[:1].upper() + line[1:].partition(", ")[0])


COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Begin": {
        "demo": ("demonstration:demo", "See in a few seconds what an agent gets"),
        "where": ("upkeep:where", "Which file this is about, and what decided that"),
        "completion": ("upkeep:completion", "Let the shell complete commands (bash, zsh, fish)"),
    },
    "Remember": {
        "remember": ("commands:remember", "Keep a text as a note"),
        "add": ("commands:add", "Keep a message of a conversation"),
        "import": ("moving:import_", "Read chats of other tools, or an export"),
    },
    "Find": {
        "recall": ("commands:recall", "Find what answers a question, with reasons"),
        "why": ("commands:why", "Why a record was found, or was not"),
        "context": ("commands:context", "What to put into a prompt, within a budget"),
        "list": ("commands:list_", "Page through one kind of record"),
        "show": ("commands:show_", "Everything about one record"),
    },
    "Correct": {
        "forget": ("commands:forget", "Delete a record; it can be brought back"),
        "undelete": ("commands:undelete", "Bring a deleted record back"),
        "erase": ("moving:erase", "Erase a user, a session or a record for good"),
    },
    "Look after": {
        "stats": ("upkeep:stats", "Counts, size, work that waits"),
        "verify": ("upkeep:verify", "Look for damage"),
        "export": ("moving:export", "Write everything as JSON lines"),
        "backup": ("moving:backup", "Copy the whole file while it is in use"),
        "restore": ("moving:restore", "Put a backup back"),
        "move": ("move:move", "Copy everything to another file or a server"),
        "consolidate": ("consolidate:consolidate", "Close idle conversations, tidy up"),
        "sql": ("sql:sql", "Ask anything in SQL; it only reads"),
        "vacuum": ("upkeep:vacuum", "Give free space back"),
        "embed": ("upkeep:embed", "Make the vectors that are still missing"),
        "admin": ("admin:admin", "A server's roles, and its distribution"),
    },
    "Kinds, with all their verbs": dict(_kinds()),
}
"""What `recollect --help` lists: name → (module:attribute, one line)."""

_PLACES = {name: place for section in COMMANDS.values() for name, (place, _) in section.items()}

CODES = {
    "Invalid": 2, "NotFound": 3, "Conflict": 4, "Busy": 5, "Full": 6, "Denied": 7, "Corrupt": 8, "SchemaTooNew": 9, "SchemaTooOld": 9,
    "NotInstalled": 10,
}  # fmt: skip
INTERRUPTED = 130


class ClosedOutput(Exception):
    """Whoever read our output has seen enough (`| head`)."""


class Recollect(Group):
    """The group of all commands; each is imported when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_PLACES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _PLACES:
            return None
        module, attribute = _PLACES[name].split(":")
        found: click.Command = getattr(import_module(f".{module}", __package__), attribute)
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in _PLACES and not name.startswith("-"):
            from ..shapes.values import meant

            ctx.fail(f"there is no command {name!r}{meant(name, _PLACES)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(13), line) for name, (_, line) in section.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click would make an exit code 1 of it
            raise ClosedOutput from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        if standalone_mode:
            _end(self._code(words, prog_name or "recollect", complete_var, extra))
        return super().main(words, prog_name, complete_var, standalone_mode=False, **extra)

    def _code(self, words: list[str], prog_name: str, complete_var: str | None, extra: dict[str, Any]) -> int:
        """Run, and say how it ended: a number for the shell, and for a failure one sentence on stderr."""
        try:
            ended = super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
            return ended if isinstance(ended, int) else 0
        except (ClosedOutput, BrokenPipeError):
            return 0
        except Declined:
            return _said("Interrupted", "nothing was done", words, INTERRUPTED)
        except (KeyboardInterrupt, click.Abort):
            return _said("Interrupted", "stopped; what had been acknowledged is kept, and the same command goes on from there", words, INTERRUPTED)
        except click.ClickException as error:
            return _said("Usage", _usage(error, prog_name), words, 2)
        except Exception as error:
            return _failed(error, words)


def _usage(error: click.ClickException, prog_name: str) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else prog_name
    return f"{error.format_message().rstrip('.')}; see `{path} --help`"


def _failed(error: Exception, words: list[str]) -> int:
    from ..errors import RecollectError

    if "--debug" in words:
        raise error
    if isinstance(error, RecollectError):
        name = type(error).__name__
        return _said(name, str(error), words, CODES.get(name, 1))
    return _said("Unexpected", f"{type(error).__name__}: {error}; run it again with --debug and report what it prints", words, 1)


def _said(name: str, message: str, words: list[str], code: int) -> int:
    from . import show

    with suppress(OSError):
        show.error(name, " ".join(message.split()), json="--json" in words)
    return code


def _end(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):  # so that the interpreter does not complain when it flushes once more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Recollect, invoke_without_command=True, no_args_is_help=False, context_settings=_SETTINGS)
@click.version_option(None, "--version", package_name="recollect", message="recollect %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Everything an AI agent has to remember: one file, one transaction, one search.

    Without a command: what is in the memory, and what to try next. The options below are taken before or after any command.
    """
    if ctx.invoked_subcommand is None:
        from .upkeep import home

        home()


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    cli.main(prog_name="recollect")
