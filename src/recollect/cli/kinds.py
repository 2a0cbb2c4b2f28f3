"""A group of commands for each kind of memory, derived from the registry: its verbs, their parameters and their first sentence of help.

A verb becomes a command if a command line can say its parameters. Those without a default are arguments, the rest are options; a later
kind gets its commands by being in `KINDS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import fields
from datetime import timedelta
from functools import cache
from typing import Any

import click

from ..core.operation import flow, operation
from ..kinds import KINDS
from . import show
from .base import Command, Date, Group, Json, Span, memory, said
from .choices import Kind, choice
from .commands import as_data, kind_of
from .examples import example
from .prose import prose

_ELSEWHERE = frozenset({"clear", "need", "export", "iterate"})  # dangerous, or said by other commands
_NEVER = frozenset({("sessions", "bind")})  # is about the session of the scope, which a command line does not name
_TYPES: dict[str, Any] = {
    "str": str, "str | None": str, "str | Sequence[Any]": str, "str | Record | None": str, "Any": str,
    "int": int, "int | None": int, "float": float, "float | None": float, "bool": bool,
    "datetime": Date(), "datetime | None": Date(), "Iterable[str]": [str], "Iterable[str] | None": [str], "timedelta": Span(),
    "str | Mapping[str, Any]": Json(), "str | Sequence[Any] | Mapping[str, Any]": Json(), "Mapping[str, Any] | None": Json(),
}  # fmt: skip
_FINDING = frozenset({"get", "need", "bound", "resolve", "close_current"})
"""Verbs whose None says that there is no such record."""

_BEGIN = frozenset({"set", "add", "start", "exchange", "record", "create", "schedule", "learn", "observe", "report", "log", "save", "offer"})
"""Verbs with which a memory may begin."""
_BY_KEY = frozenset({"get", "delete", "undelete"})
_JSON = frozenset({"input", "value", "output"})  # of what JSON holds; what is none is the text that it is
_IDS = frozenset({"id", "key", "after", "before", "conversation", "exclude_conversation"})
_SINGULAR = {"aliases": "alias"}
_LONG = frozenset({"value", "content", "text", "query", "assistant"})  # the rest of the line, if it is the last argument


def _verbs(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Every public verb of a kind, its own first, then those of its shape."""
    seen: set[str] = set()
    for owner in kind.__mro__:
        for name, verb in vars(owner).items():
            if name not in seen and not name.startswith("_") and isinstance(verb, (operation, flow)) and name not in _ELSEWHERE:
                yield name, verb
            seen.add(name)


def _params(verb: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(verb.body).parameters.values())[1:]


def _argument(param: inspect.Parameter) -> bool:
    """Whether it is said by its place: what has no default, and what a message says."""
    return param.default is inspect.Parameter.empty or param.name == "content"


def _sayable(kind: type[Any], name: str, params: list[inspect.Parameter]) -> bool:
    """Whether a command line can say it and there is something to say: `search` wants texts."""
    if (kind.table.name, name) in _NEVER or (name == "search" and kind.table.text is None):
        return False
    return all(param.annotation in _TYPES for param in params if _argument(param) and param.name != "content")


def _spoken(kind: str, verb: str, name: str) -> str:
    """What a parameter is called here: of what has a key, the key is given where the library says that an id is taken."""
    return "key" if name == "id" and verb in _BY_KEY and KINDS[kind].table.key is not None else name


def _declared(kind: str, param: inspect.Parameter, spoken: str, last: bool) -> click.Parameter | None:
    """A verb's parameter as an argument or an option; None if a command line cannot say it."""
    taken = str if param.name == "content" else _TYPES.get(param.annotation)
    if taken is None:
        return None
    words = choice(kind, param.name)
    if _argument(param):
        many = last and param.name in _LONG and taken is str
        named = spoken.upper() + ("..." if many else "")
        return click.Argument([param.name], metavar=named, nargs=-1 if many else 1, required=True, type=words or taken)
    dashed = param.name.replace("_", "-")
    if taken is bool:
        return click.Option([f"--{dashed}/--no-{dashed}", param.name], default=param.default, show_default=True)
    metavar = _metavar(param.name, words or taken)
    if isinstance(taken, list):
        single = _SINGULAR.get(dashed, dashed.removesuffix("s"))
        return click.Option([f"--{single}", param.name], multiple=True, type=words or str, metavar=metavar, help="May be said several times.")
    default = Span.said(param.default) if isinstance(param.default, timedelta) else param.default
    shown = default not in (None, "")
    return click.Option([f"--{dashed}", param.name], type=words or taken, default=default, show_default=shown, metavar=metavar)


def _metavar(name: str, taken: Any) -> str | None:
    if isinstance(taken, (Date, Span, Json, Kind)):
        return {"time": "TIME", "span": "SPAN", "json": "JSON", "kind": "KIND"}[taken.name]
    if isinstance(taken, click.Choice):
        return None  # the words themselves
    return "NUMBER" if taken in (int, float) else "ID" if name in _IDS else "TEXT"


def _command(kind: str, name: str, verb: Any) -> Command:
    params = _params(verb)
    arguments = [param for param in params if _argument(param)]
    spoken = {param.name: _spoken(kind, name, param.name) for param in params}
    sayable = [_declared(kind, param, spoken[param.name], param is arguments[-1] if arguments else False) for param in params]
    declared = [one for one in sayable if one is not None]
    dashed = name.replace("_", "-")
    numbers = any(_TYPES.get(param.annotation) in (int, float) for param in arguments)
    return Command(
        dashed,
        context_settings={"ignore_unknown_options": True} if numbers else {},  # -1 is a number
        params=declared,
        callback=_called(kind, name, getattr(verb, "write", True), {param.name for param in params if param.annotation == "Any"} & _JSON),
        help=_help(kind, verb.body, declared),
        examples=(example(kind, dashed, [spoken[param.name] for param in arguments]),),
    )


def _help(kind: str, body: Callable[..., Any], declared: Iterable[click.Parameter]) -> str:
    """What the library says of a verb, about these arguments and options."""
    written = {str(one.name): one.opts[0] if isinstance(one, click.Option) else str(one.metavar).rstrip(".") for one in declared}
    said = prose(inspect.getdoc(body) or "", written, frozenset(getattr(KINDS[kind], "groups", ()) if "by" in written else ()))
    return said.replace("with this id", "with this key") if written.get("id") == "KEY" else said


def _called(kind: str, name: str, write: bool, json: Set[str]) -> Callable[..., None]:
    def run(**given: Any) -> None:
        values = {key: said(value) if isinstance(value, tuple) and key in _LONG else value for key, value in given.items()}
        values = {key: value for key, value in values.items() if value is not None and value != ()}
        values |= {key: Json().convert(values[key], None, None) for key in json & values.keys()}
        with memory(write=write, create=name in _BEGIN) as house:
            _show(kind, name, getattr(getattr(house, kind), name)(**values), values)

    return run


def _show(kind: str, name: str, found: Any, values: dict[str, Any]) -> None:
    """A verb's answer, whatever it is."""
    if found is None and name not in _FINDING:
        show.put([{"done": False}], lambda: _said("nothing to do", ""))
    elif found is None or found is False:
        from ..errors import NotFound

        what = next((values[key] for key in ("key", "id", "external_id") if key in values), None)
        named = f" {what!r}" if what else ""
        raise NotFound(f"{kind} {name.replace('_', '-')}: there is no such record{named} in this scope; see `recollect {kind} list`")
    elif found is True:
        show.put([{"done": True}], lambda: _said("done", ""))
    elif isinstance(found, (list, tuple)) and found and not hasattr(found[0], "created_at"):
        show.put([show.plain(one) for one in found], lambda: _rows(found))
    elif isinstance(found, (list, tuple)):
        show.put([as_data(kind_of(one), one) for one in found], lambda: _several(name, list(found)))
    elif hasattr(found, "created_at"):
        show.put([as_data(kind_of(found), found)], lambda: _one(kind, name, found))
    elif isinstance(found, (str, int)):
        show.put([{"result": found}], lambda: show.text(str(found)))
    else:
        show.put([show.plain(found)], lambda: _pairs(found))


def _several(name: str, found: list[Any]) -> Any:
    from . import views

    return views.versions(found) if name == "history" and found and hasattr(found[0], "version") else views.records(found)


def _one(kind: str, name: str, found: Any) -> Any:
    """A fact that is asked for is its value, so that a script can use it; the rest is said beside it."""
    from . import views

    if name == "get" and hasattr(found, "value"):
        show.text(found.value)
        source = f", from {found.source}" if getattr(found, "source", None) else ""
        show.remark(f"since {views.stamp(found.updated_at)}, version {found.version}{source}")
        return None
    return views.record(kind, found)


def _rows(found: Any) -> Any:
    """What is no record: totals, claims, neighbours, log entries."""
    from . import views

    names = [field.name for field in fields(found[0]) if any(getattr(one, field.name) not in (None, "") for one in found)]
    return views.rows([{name: views.told(getattr(one, name), name) for name in names} for one in found])


def _pairs(found: Any) -> Any:
    from . import views

    return views.pairs({field.name: views.told(getattr(found, field.name), field.name) for field in fields(found)})


def _said(what: str, more: str) -> Any:
    from rich.text import Text

    return Text.assemble((what, "bold green"), more)


def _group(name: str) -> Group:
    kind = KINDS[name]
    made = Group(name, help=inspect.getdoc(kind), examples=(f"recollect {name} list --limit 5",))
    for verb_name, verb in _verbs(kind):
        if _sayable(kind, verb_name, _params(verb)):
            made.add_command(_command(name, verb_name, verb))
    return made


@cache
def group(name: str) -> Group:
    """The commands of one kind."""
    return _group(name)


def __getattr__(name: str) -> Group:
    if name in KINDS:
        return group(name)
    raise AttributeError(name)
