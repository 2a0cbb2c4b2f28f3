"""The one place that prints: JSON lines for programs, tables and trees for people, errors for both.

What is printed for people is made in `views`; here it is only let out. `NO_COLOR`, `FORCE_COLOR` and not being a terminal are honoured by
rich. Stored text can hold anything, so its control characters are made visible before a terminal sees them.
"""

from __future__ import annotations

import json as json_
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any, TextIO

import click

from .base import as_json

PIPED_WIDTH = 100
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_VISIBLE = {code: 0x2400 + code for code in range(32) if code not in (9, 10)}
_VISIBLE |= {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)


def safe(text: object) -> str:
    """Text that a terminal shows and does not obey: no escape sequences, no turning of the writing direction."""
    return str(text).translate(_VISIBLE)


def put(data: Iterable[Mapping[str, Any]] | Callable[[], Iterable[Mapping[str, Any]]], view: Callable[[], Any]) -> None:
    """The same for both: these objects as JSON lines, or this view of them."""
    if as_json():
        for each in data() if callable(data) else data:
            _write(sys.stdout, dumped(each))
    else:
        shown = view()
        if shown is not None:
            _print(sys.stdout, shown)


def text(said: str) -> None:
    """A text as it is, when a program reads; harmless, when a terminal does."""
    _write(sys.stdout, safe(said) if sys.stdout.isatty() else said)


def raw(chunks: Iterable[bytes]) -> None:
    """Bytes, untouched."""
    sys.stdout.flush()
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)


def remark(said: str, style: str = "dim") -> None:
    """Something beside the answer: on stderr, for people only."""
    if not as_json():
        from rich.text import Text

        _print(sys.stderr, Text(safe(said), style=style))


def warning(said: str, **more: Any) -> None:
    """Something that should be known, on stderr; for programs too."""
    if as_json():
        _write(sys.stderr, dumped({"warning": said, **more}))
    else:
        remark(said, "yellow")


def error(name: str, message: str, *, json: bool) -> None:
    """One sentence on stderr."""
    if json:
        _write(sys.stderr, dumped({"error": name, "message": message}))
        return
    from rich.text import Text

    _print(sys.stderr, Text.assemble(("recollect: ", "bold red"), safe(message)), soft_wrap=True)


def ask(question: str) -> bool:
    """A question that is answered with y; silence is a mistake in the call, since nobody is there."""
    if as_json():
        raise click.UsageError("this asks before it does it; add --yes", click.get_current_context())
    from rich.text import Text

    _print(sys.stderr, Text.assemble(safe(question), (" [y/N] ", "bold")), end="")
    answer = sys.stdin.readline()
    if not answer:
        _write(sys.stderr, "")
        raise click.UsageError("nobody answered; add --yes to do it without being asked", click.get_current_context())
    return answer.strip().lower() in ("y", "yes")


@contextmanager
def progress(title: str, what: str = "read") -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr while something goes on; nothing where no terminal is."""
    if as_json() or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(28), TextColumn("{task.fields[done]}"), TimeElapsedColumn())
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task(safe(title), total=None, done="")
        yield lambda done, total: bar.update(task, completed=done, total=total or None, done=f"{done:,} {what}")


def plain(value: Any) -> Any:
    """Anything of ours as JSON knows it: records as mappings, times as ISO texts."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def dumped(value: Any) -> str:
    return json_.dumps(plain(value), ensure_ascii=False)


def _write(stream: TextIO, said: str) -> None:
    print(said, file=stream)


def _print(stream: TextIO, view: Any, **how: Any) -> None:
    console = _console(stream)
    with console.capture() as captured:
        console.print(view, **how)
    said = captured.get()
    stream.write(said if console.is_terminal else _TRAILING.sub("", said))


def _console(stream: TextIO) -> Any:
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else PIPED_WIDTH, highlight=False, markup=False, emoji=False)
