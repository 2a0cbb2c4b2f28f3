"""What all commands share: the options that are taken anywhere, dates, short ids, and the opening of the memory."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:  # generic in the newest click only
    _ParamType = click.ParamType

PARTS = ("tenant", "user", "project", "agent")
_OPTIONS = {
    "db": ("PATH", "The file; else the setting `db`, else the default file."),
    "tenant": ("NAME", "Whose memory: the tenant."),
    "user": ("NAME", "Whose memory: the user; else the setting `user`, else the tenant itself."),
    "project": ("NAME", "In which project."),
    "agent": ("NAME", "Of which agent."),
}


def noted() -> dict[str, Any]:
    """What was said with the options that are taken anywhere; the last one counts."""
    found: dict[str, Any] = click.get_current_context().meta.setdefault("recollect", {})
    return found


def as_json() -> bool:
    return bool(noted().get("json"))


def _note(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value is not None and value is not False:
        ctx.meta.setdefault("recollect", {})[str(param.name).removeprefix("any_")] = value


def _anywhere(*, hidden: bool) -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option([f"--{name}", f"any_{name}"], metavar=metavar, help=help, expose_value=False, callback=_note, hidden=hidden)
        for name, (metavar, help) in _OPTIONS.items()
    ]
    said = "One JSON object a line, for programs."
    options.append(click.Option(["--json", "any_json"], is_flag=True, help=said, expose_value=False, callback=_note, hidden=hidden))
    options.append(click.Option(["--debug", "any_debug"], is_flag=True, expose_value=False, callback=_note, hidden=True))
    return options


class Declined(Exception):
    """A question was answered with no."""


_OUTSIDE = "(?=(?:[^`]*`[^`]*`)*[^`]*$)"  # of what stands in backticks


def brief(help: str) -> str:
    """The first sentence without its asides, or as many of its clauses as a line holds."""
    told = re.sub(r" \([^()]*\)", "", " ".join(help.split()))
    first = re.split(rf"(?:[.;:] |\.$){_OUTSIDE}", told, maxsplit=1)[0]
    clauses = re.split(f",{_OUTSIDE}", first)
    while len(clauses) > 1 and len(",".join(clauses)) > 60:
        clauses.pop()
    return ",".join(clauses)


class Command(click.Command):
    """A command that takes the common options, and whose help ends with examples."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = examples
        self.short_help = self.short_help or brief(self.help or "")
        own = {option for param in self.params for option in param.opts}
        self.params += [param for param in _anywhere(hidden=not isinstance(self, Group) or self.name != "cli") if not own & set(param.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but what is one argument too many is told where it may belong."""
        if isinstance(self, click.Group):
            return super().parse_args(ctx, args)
        ctx.allow_extra_args = True
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            ctx.fail(f"{left[0]!r} is one argument too many; {self.name} takes {self._takes()}")
        return left

    def _takes(self) -> str:
        placed = " ".join(param.human_readable_name for param in self.params if isinstance(param, click.Argument))
        options = ", ".join(param.opts[0] for param in self.params if isinstance(param, click.Option) and param.expose_value)
        return (f"{placed} (several words in quotes)" if placed else "no argument") + (f" and the options {options}" if options else "")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Example" if len(self.examples) == 1 else "Examples"):
                for example in self.examples:
                    formatter.write(f"  {example}\n")
        if ctx.parent is not None:
            formatter.write_paragraph()
            formatter.write_text("Also, as everywhere: --db --tenant --user --project --agent --json (see `recollect --help`).")


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command


def command(name: str, *examples: str, **more: Any) -> Callable[[Callable[..., Any]], Command]:
    """A command with its examples (written without the leading `recollect`)."""
    return click.command(name, cls=Command, examples=tuple(f"recollect {example}" for example in examples), **more)


class Date(_ParamType):
    """An ISO 8601 time, or a day; UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            said = datetime.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"{value!r} is no time; write 2025-03-31 or 2025-03-31T18:30 (UTC), or 2025-03-31T18:30+02:00", param, ctx)
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said


class Span(_ParamType):
    """A stretch of time: a number and a unit."""

    name = "span"
    _UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", value.strip())
        if not found:
            self.fail(f"{value!r} is no time span; write 90s, 30m, 12h, 7d or 2w", param, ctx)
        return timedelta(**{self._UNITS[found[2]]: float(found[1])})

    @classmethod
    def said(cls, span: timedelta) -> str:
        """In the largest unit that says it without a fraction."""
        whole = [(timedelta(**{name: 1}), unit) for unit, name in cls._UNITS.items() if not span % timedelta(**{name: 1})]
        return f"{span // whole[-1][0]}{whole[-1][1]}" if whole else f"{span.total_seconds():g}s"


class Json(_ParamType):
    """A value as JSON; what is none is the text that it is."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        import json

        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return value


class Condition(_ParamType):
    """What a field of a record must be, as `where` of the library says it: `type=plan`, `importance>=0.5`, `source!=web`."""

    name = "condition"
    _OPERATORS = {"=": "$eq", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte", "~": "$contains"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str, Any]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"\s*([\w.]+)\s*(!=|>=|<=|=|>|<|~)(.*)", value, re.DOTALL)
        if not found:
            self.fail(f"{value!r} is no condition; write type=plan, importance>=0.5, source!=web or tags~health", param, ctx)
        field, sign, said = found[1], found[2], found[3].strip()
        given = Date().convert(said, param, ctx) if field.endswith("_at") else Json().convert(said, param, ctx)
        return field, self._OPERATORS[sign], given


def _conditions(_context: click.Context, _parameter: click.Parameter, said: tuple[tuple[str, str, Any], ...]) -> dict[str, dict[str, Any]] | None:
    """As the library takes them: several about one field all have to hold."""
    conditions: dict[str, dict[str, Any]] = {}
    for field, operator, given in said:
        if operator in conditions.setdefault(field, {}):
            raise click.UsageError(f'--where says twice what {field} must be; one of several is {field}=\'["a", "b"]\'')
        conditions[field][operator] = given
    return conditions or None


filtered = click.option(
    "--where", multiple=True, type=Condition(), metavar="CONDITION", callback=_conditions,
    help="What a field must be: type=plan, importance>=0.5, source!=web, tags~health; may be said several times.",
)  # fmt: skip


def of(kind: str) -> str:
    """One of this kind: `notes` are made of notes, each `note`."""
    return {"aliases": "alias", "entities": "entity"}.get(kind, kind.removesuffix("s"))


def said(words: tuple[str, ...] | str) -> str:
    """The words of a command line as one text; `-` alone is what comes on standard input."""
    text = words if isinstance(words, str) else " ".join(words)
    if text != "-":
        return text
    return sys.stdin.buffer.read().decode("utf-8", "replace").removesuffix("\n")


def path() -> str:
    """The file that this command is about."""
    from ..settings import where

    return os.fspath(where(noted().get("db")))


def shown() -> str:
    """The same as it may be shown: a URL without its password."""
    from ..settings import without_password

    return without_password(path())


def scope_parts() -> dict[str, str]:
    """The scope: what was said, else what is set."""
    from ..settings import settings

    known = settings()
    parts: dict[str, str] = {}
    for part in PARTS:
        value = noted().get(part, getattr(known, part) or None)
        if value is not None:
            parts[part] = value
    return parts


@contextmanager
def memory(*, write: bool = False, create: bool = False, parts: Mapping[str, str] | None = None, **options: Any) -> Iterator[Any]:
    """The memory in its scope (or in these parts of one). A command that only reads opens it read-only and never makes a file."""
    from ..memory import Memory

    where = path()
    if not create and not exists(where):
        from ..errors import NotFound

        raise NotFound(f"there is no memory at {where} yet; begin with `recollect remember TEXT` or `recollect import PATH`, or see `recollect demo`")
    with _opened(partial(Memory, **options), where, write or create) as opened:
        chosen = scope_parts() if parts is None else parts
        yield opened.scope(**chosen) if chosen else opened


def _opened(memory: Any, where: str, write: bool) -> Any:
    from ..errors import SchemaTooOld

    if write or where == ":memory:":
        return memory(where)
    try:
        return memory(where, read_only=True)
    except SchemaTooOld:  # an older file is migrated, after a copy
        return memory(where)


def whole(verb: str) -> dict[str, str]:
    """No scope at all: for what concerns the file. Naming a scope is a mistake then, having one in the settings is not."""
    named = [f"--{part}" for part in PARTS if part in noted()]
    if named:
        raise click.UsageError(f"{verb} concerns the whole file; leave {' and '.join(named)} out", click.get_current_context())
    return {}


def exists(where: str) -> bool:
    """Whether there is something to read: a URL and `:memory:` answer for themselves."""
    from ..engines.connection import resolved
    from ..settings import is_url

    if where == ":memory:" or is_url(where):
        return True

    found = resolved(where)
    return os.path.isdir(found) or (os.path.exists(found) and os.path.getsize(found) > 0)


def size_of(where: str) -> int | None:
    """The bytes of the file and of what is written but not folded into it yet. Whoever calls us owns the file, whatever the scope.

    None for a server, which has to be asked.
    """
    from ..engines.connection import resolved
    from ..settings import is_url

    if is_url(where):
        return None
    if where == ":memory:":
        return 0
    return sum(os.path.getsize(name) for name in (resolved(where), resolved(where) + "-wal") if os.path.exists(name))
