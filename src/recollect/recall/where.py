"""The filter on what a record holds: `{"role": "user", "metadata.score": {"$gte": 3}}`.

The operators are those of LangGraph's stores and of Mongo's queries, so that nobody learns another set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from ..core.clock import micros
from ..errors import Invalid

_SEVERAL = (list, tuple, set, frozenset)  # values of which one must be held


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that all have to hold, checked by `checked`."""

    conditions: Mapping[str, Any] = field(default_factory=dict)

    def admits(self, record: Any) -> bool:
        return self.against(record) is None

    def against(self, record: Any) -> str | None:
        """The first condition that does not hold, as a sentence."""
        for name, wanted in self.conditions.items():
            if not _holds(_held(record, name), wanted):
                return f"where wants {name} = {wanted!r}, and that is not so"
        return None


def checked(where: object, known: Mapping[str, bool]) -> Where:
    """Fields are among those that are known, and whether they are times; and so are operators: a wrong one would silently find nothing."""
    if not isinstance(where, Mapping):
        raise Invalid(f"where must be a mapping of field to value, such as {{'role': 'user'}}, not {type(where).__name__}")
    for name, wanted in where.items():
        if not isinstance(name, str) or name.split(".")[0] not in known:
            raise Invalid(f"where has the unknown field {name!r}; the kinds searched have {', '.join(sorted(known))}")
        for operator, value in wanted.items() if _asks(wanted) else [("$eq", wanted)]:
            if operator not in _OPERATORS:
                raise Invalid(f"where has the unknown operator {operator!r} for {name}; there are {', '.join(_OPERATORS)}")
            for one in value if isinstance(value, _SEVERAL) else [value]:
                if isinstance(one, datetime) or (known.get(name) and one is not None and operator != "$exists"):
                    micros(one)  # refuses what is no time, and a naive one
    return Where(dict(where))


def _asks(wanted: Any) -> bool:
    """Whether these are operators, and not an object that the field must equal."""
    return isinstance(wanted, Mapping) and any(isinstance(name, str) and name.startswith("$") for name in wanted)


def _held(record: Any, name: str) -> Any:
    held: Any = record
    for part in name.split("."):
        held = held.get(part) if isinstance(held, Mapping) else getattr(held, part, None)
    return held


def _holds(held: Any, wanted: Any) -> bool:
    return all(_OPERATORS[operator](held, value) for operator, value in wanted.items()) if _asks(wanted) else _equals(held, wanted)


def _equals(held: Any, wanted: Any) -> bool:
    """Equal to the value, or to one of a list; a field of several holds all that is wanted."""
    several = isinstance(wanted, _SEVERAL)
    if isinstance(held, tuple):
        return all(one in held for one in (wanted if several else [wanted]))
    if several:
        return any(held == one for one in wanted)
    return bool(held == wanted)


def _compared(comparison: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers with numbers, texts with texts, times with times; what is not there is neither more nor less than anything."""

    def holds(held: Any, wanted: Any) -> bool:
        return any(_is(held, types) and _is(wanted, types) for types in _ORDERED) and comparison(held, wanted)

    return holds


_ORDERED: tuple[Any, ...] = ((int, float), str, datetime)


def _is(value: Any, types: Any) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _contains(held: Any, wanted: Any) -> bool:
    return wanted in held if isinstance(held, (tuple, list)) else isinstance(held, str) and isinstance(wanted, str) and wanted in held


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": _equals,
    "$ne": lambda held, wanted: not _equals(held, wanted),
    "$gt": _compared(gt),
    "$gte": _compared(ge),
    "$lt": _compared(lt),
    "$lte": _compared(le),
    "$contains": _contains,
    "$exists": lambda held, wanted: (held is not None) is bool(wanted),
}
