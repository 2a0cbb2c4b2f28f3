"""The help of the derived commands: what the library says of a verb, in the words of a command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set

_CODE = re.compile(r'(?<!fact )`(\w+)(?:="?([^`"]+)"?)?`')
_SAID = (
    (re.compile("``"), "`"),
    (re.compile(r'`"(\w+)"`'), r"`\1`"),
    (re.compile(r"(?<=; )(?:None|False) if there is"), "exit code 3 if there is"),
    (re.compile(r"\b(?:None|False) if there is"), "Exit code 3 if there is"),
    (re.compile(r", or None(?=[.,])"), ""),
)


def prose(help: str, written: Mapping[str, str], values: Set[str] = frozenset()) -> str:
    """This text with each parameter as it is written on the command line; a word that is a value stays one."""
    for pattern, instead in _SAID:
        help = pattern.sub(instead, help)
    return _CODE.sub(_parameter({name: as_ for name, as_ in written.items() if name not in values}), help)


def _parameter(written: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    def said(found: re.Match[str]) -> str:
        name, value = found.groups()
        as_ = written.get(name, "")
        if not as_ or (value and not as_.startswith("--")):
            return found[0]
        if value == "False":
            return f"`--no-{as_.removeprefix('--')}`"
        return f"`{as_}`" if value in (None, "True") else f"`{as_} {value}`"

    return said
