"""Values of a foreign row beyond those of `databases`: shares, numbers, JSON of any shape, and what evidence a row is of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from math import isfinite
from typing import Any

from .databases import Row, text, time
from .foreign import sound

MOST = 2**40


def real(row: Row, column: str, default: float | None = None) -> float | None:
    """The number of this column, or the default."""
    value = row.get(column)
    if value is None:
        return default
    if not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{column} is no number: {value!r}")
    return float(value)


def share(row: Row, column: str, default: float) -> float:
    """A number from 0 to 1; what lies outside becomes the nearer of the two."""
    value = real(row, column)
    return default if value is None else min(1.0, max(0.0, value))


def count(row: Row, column: str, default: int = 0) -> int:
    """A count, or the default."""
    value = row.get(column)
    if value is None:
        return default
    if not isinstance(value, int) or not 0 <= value <= MOST:
        raise ValueError(f"{column} is no count: {value!r}")
    return value


def parsed(row: Row, column: str) -> Any:
    """What the text of this column says as JSON, or the text itself where it is none; None if it says nothing."""
    said = text(row, column)
    if said is None:
        return None
    try:
        return sound(json.loads(said, parse_constant=_refused))
    except (ValueError, RecursionError):
        return sound(said)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, each once; a text by itself is a list of one."""
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(one for one in listed if isinstance(one, str) and one))


def first_time(row: Row, columns: Iterable[str]) -> datetime:
    """The first of these times that there is."""
    names = tuple(columns)
    for column in names:
        if (at := time(row, column)) is not None:
            return at
    raise ValueError(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} empty")


def evidence(confidence: float, seen: int, at: datetime) -> dict[str, Any]:
    """What a record with evidence holds of it, when what it is now is all that is known."""
    return {"confidence": confidence, "strength": confidence, "seen": seen, "seen_at": at}
