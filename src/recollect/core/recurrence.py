"""When something that recurs is due: reckoned from its first time on the wall clock of a time zone, so that it never drifts.

A time that the clocks skip in spring is taken an hour later, one that they repeat in autumn the first time round.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import Invalid

SIMPLE = ("daily", "weekdays", "weekly", "monthly", "yearly")
_CRON = re.compile(r"\S+(?: \S+){4,5}\Z")


@lru_cache(256)
def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(f"there is no time zone {name!r}; use a name such as 'Europe/Lisbon' or 'UTC'") from error


class Recurrence(NamedTuple):
    """A rule, and the time from which it counts: `start` is a wall-clock time of the time zone, without one."""

    start: datetime
    rule: str
    timezone: str

    def first(self) -> datetime | None:
        """The first time, which is `start` itself if the rule allows it."""
        return self.after(self._utc(self.start) - timedelta(microseconds=1))

    def after(self, time: datetime) -> datetime | None:
        """The first time after this one; None if there is none any more."""
        if self.rule in SIMPLE:
            return self._simple(time)
        if _CRON.match(self.rule):
            return self._cron(time)
        return self._standard(time)

    def _simple(self, time: datetime) -> datetime:
        step = _STEPS[self.rule]
        place = max(0, _guess(self.rule, self.start, time.astimezone(zone(self.timezone)).replace(tzinfo=None)) - 2)
        while True:
            wall = step(self.start, place)
            if (self.rule != "weekdays" or wall.weekday() < 5) and (found := self._utc(wall)) > time:
                return found
            place += 1

    def _cron(self, time: datetime) -> datetime | None:
        from cronsim import CronSim, CronSimError

        least = max(time, self._utc(self.start) - timedelta(microseconds=1)).astimezone(zone(self.timezone))
        try:
            found: datetime = next(CronSim(self.rule, least))
        except StopIteration:
            return None
        except CronSimError as error:
            raise _unknown(self.rule) from error
        return found.astimezone(UTC)

    def _standard(self, time: datetime) -> datetime | None:
        from dateutil.rrule import rrulestr

        text = self.rule.upper().removeprefix("RRULE:")
        aware = "UNTIL=" in text and text.partition("UNTIL=")[2].partition(";")[0].endswith("Z")
        start = self.start.replace(tzinfo=zone(self.timezone)) if aware else self.start
        wall = time.astimezone(zone(self.timezone))
        try:
            found = rrulestr(text, dtstart=start).after(wall if aware else wall.replace(tzinfo=None))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _unknown(self.rule) from error
        return None if found is None else self._utc(found.replace(tzinfo=None))

    def _utc(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=zone(self.timezone), fold=0).astimezone(UTC)


def recurrence(due: datetime, rule: str, timezone: str) -> Recurrence:
    """A rule that counts from this time; refused if it cannot be read, or never comes."""
    found = Recurrence(due.astimezone(zone(timezone)).replace(tzinfo=None), rule.strip(), timezone)
    if found.first() is None:
        raise Invalid(f"{rule!r} has no time at or after {due.isoformat()}; choose an earlier start or another rule")
    return found


def _unknown(rule: str) -> Invalid:
    known = f"{', '.join(SIMPLE)}, five fields of cron such as '0 9 * * 1', or an RRULE such as 'FREQ=WEEKLY;BYDAY=MO'"
    return Invalid(f"{rule!r} is no rule; use {known}")


def _months(start: datetime, count: int) -> datetime:
    """So many months later, on the same day or the last one of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))


_STEPS: dict[str, Callable[[datetime, int], datetime]] = {
    "daily": lambda start, count: start + timedelta(days=count),
    "weekdays": lambda start, count: start + timedelta(days=count),
    "weekly": lambda start, count: start + timedelta(weeks=count),
    "monthly": _months,
    "yearly": lambda start, count: _months(start, 12 * count),
}


def _guess(rule: str, start: datetime, wall: datetime) -> int:
    """About how many steps lie between, so that years need not be walked."""
    days = (wall - start).days
    return {"daily": days, "weekdays": days, "weekly": days // 7}.get(rule) or (
        (wall.year - start.year) * 12 + wall.month - start.month if rule == "monthly" else wall.year - start.year if rule == "yearly" else 0
    )
