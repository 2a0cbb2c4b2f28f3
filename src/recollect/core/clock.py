"""The one place where time comes from: aware UTC, whole microseconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ..errors import Invalid

Clock = Callable[[], datetime]
"""Anything that answers a call with an aware datetime; `recollect.testing.FrozenClock` is one."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = ((end.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND for end in (datetime.min, datetime.max))
DAY = timedelta(days=1) // _MICROSECOND  # in microseconds


def system_clock() -> datetime:
    return datetime.now(UTC)


def micros(moment: datetime) -> int:
    """Microseconds since 1970. Exact: no float is involved, so order never depends on rounding."""
    if not isinstance(moment, datetime):
        raise Invalid(f"a time must be a datetime, not {type(moment).__name__}; pass datetime.now(UTC), say")
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise Invalid(f"{moment.isoformat()} has no time zone; pass an aware datetime, such as datetime.now(UTC)")
    since = (moment - EPOCH) // _MICROSECOND
    if not _FIRST <= since <= _LAST:
        raise Invalid(f"{moment.isoformat()} is outside the years 1 to 9999 in UTC; pass a time within them")
    return since


def moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def optional_micros(value: datetime | None) -> int | None:
    return None if value is None else micros(value)
