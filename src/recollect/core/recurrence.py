"""When something that recurs is due: reckoned from its first time on the wall clock of a time zone, so that it never drifts.

A time that the clocks skip in spring is taken an hour later (by cron when the gap ends, as Debian's cron does), one that they repeat in
autumn the first time round.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import Invalid
from .clock import micros, moment
from .scope import checked
from .text import clean

SIMPLE = ("daily", "weekdays", "weekly", "monthly", "yearly")
_CRON = re.compile(r"\S+(?: \S+){4}\Z")
_STANDARD = re.compile(r"(?:RRULE:)?([A-Z]+=[^\s:;=]+(?:;[A-Z]+=[^\s:;=]+)*);?\Z")
_PERIODS = {
    "SECONDLY": timedelta(seconds=1), "MINUTELY": timedelta(minutes=1), "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1),
}  # fmt: skip
_INTERVAL = re.compile(r"0*[1-9]\d{0,8}\Z")
TICK = timedelta(microseconds=1)
_SHIFT = timedelta(hours=3)  # more than any change of the clocks: what comes twice, or not at all, is never beyond it


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
        return self.after(self._utc(self.start) - TICK)

    def after(self, time: datetime) -> datetime | None:
        """The first time after this one; None if there is none any more."""
        try:
            if self.rule in SIMPLE:
                return self._simple(time)
            return self._cron(time) if _CRON.match(self.rule) else self._standard(time)
        except OverflowError:  # beyond the year 9999
            return None

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

        least = max(time, self._utc(self.start) - TICK).astimezone(zone(self.timezone))
        try:
            times = (found.astimezone(UTC) for found in CronSim(self.rule, least))
            return next((found for found in times if found > time), None)
        except CronSimError as error:
            raise _unknown(self.rule) from error

    def _standard(self, time: datetime) -> datetime | None:
        from dateutil.rrule import rrulestr

        parts = _ended(_parts(self.rule), self.start)
        wall = time.astimezone(zone(self.timezone)).replace(tzinfo=None) - _SHIFT
        start = _nearer(parts, self.start, wall)
        aware = parts.get("UNTIL", "").endswith("Z")
        try:
            rule = rrulestr(";".join(map("=".join, parts.items())), dtstart=start.replace(tzinfo=zone(self.timezone)) if aware else start)
            walls = rule.xafter(wall.replace(tzinfo=zone(self.timezone)) if aware else wall)
            times = (self._utc(found.replace(tzinfo=None, microsecond=start.microsecond)) for found in walls)  # dateutil drops them
            return next((found for found in times if found > time), None)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise _unknown(self.rule) from error

    def _utc(self, wall: datetime) -> datetime:
        fold = self.start.fold if wall == self.start else 0  # what begins in an hour's second round begins then
        return wall.replace(tzinfo=zone(self.timezone), fold=fold).astimezone(UTC)


def recurrence(due: datetime, rule: str, timezone: str) -> Recurrence:
    """A rule that counts from this time; refused if it cannot be read, or never comes."""
    words = " ".join(rule.split())
    said = words.lower() if words.lower() in SIMPLE else words
    try:
        found = Recurrence(due.astimezone(zone(timezone)).replace(tzinfo=None), said, timezone)
        begins = found.first()
    except OverflowError:
        begins = None
    if begins is None:
        raise Invalid(f"{rule!r} has no time at or after {due.isoformat()}; choose an earlier start or another rule")
    return found


def _parts(rule: str) -> dict[str, str]:
    """What an RRULE says; an interval of 0, which would stand still for ever, is none."""
    shape = _STANDARD.match(rule.upper())
    if shape is None:
        raise _unknown(rule)
    pairs = [part.split("=") for part in shape[1].split(";")]
    parts = dict(pairs)
    if (
        len(parts) < len(pairs)
        or parts.keys() - _RANGES.keys() - _OTHERS
        or "FREQ" not in parts
        or {"UNTIL", "COUNT"} <= parts.keys()
        or any(not _INTERVAL.match(parts.get(name, "1")) for name in ("INTERVAL", "COUNT"))
    ):
        raise _unknown(rule)
    if any(not _in_range(name, value) for name, said in parts.items() if name in _RANGES for value in said.split(",")):
        raise _unknown(rule)
    if misplaced := [name for name in parts if not _may_say(parts, name)]:
        raise Invalid(f"{rule!r} is no rule: RFC 5545 knows no {misplaced[0]}={parts[misplaced[0]]} with the rest of it; leave it out")
    return _plain(rule, parts) if parts["FREQ"] in _FAST else parts


def _may_say(parts: dict[str, str], name: str) -> bool:
    """Whether the standard's table of parts (RFC 5545, 3.3.10) has this one beside the others."""
    often = parts["FREQ"]
    if name == "BYDAY" and re.search(r"\d", parts[name]):
        return often == "MONTHLY" or (often == "YEARLY" and "BYWEEKNO" not in parts)
    if name == "BYSETPOS":
        return any(other.startswith("BY") and other != name for other in parts)
    return often not in _NEVER_WITH.get(name, ())


def _plain(rule: str, parts: dict[str, str]) -> dict[str, str]:
    """By the hour or faster: looking for certain days would take minutes where there are few of them, or none. A count is an end."""
    if parts.keys() - _PLAIN or ("COUNT" in parts and any(name in parts for name in _RANGES)):
        raise Invalid(
            f"{rule!r} cannot be reckoned; by the hour or faster a rule says {', '.join(sorted(_PLAIN))} only, and COUNT without hours or minutes"
        )
    return parts


_FAST = ("SECONDLY", "MINUTELY", "HOURLY")
_OTHERS = frozenset({"FREQ", "INTERVAL", "UNTIL", "COUNT", "WKST"})
_PLAIN = _OTHERS | {"BYHOUR", "BYMINUTE", "BYSECOND"}
_NEVER_WITH = {
    "BYWEEKNO": ("MONTHLY", "WEEKLY", "DAILY", *_FAST), "BYYEARDAY": ("MONTHLY", "WEEKLY", "DAILY"), "BYMONTHDAY": ("WEEKLY",),
}  # fmt: skip
_RANGES = {
    "BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366, "BYHOUR": 23, "BYMINUTE": 59, "BYSECOND": 59, "BYDAY": 53,
}  # fmt: skip


def _in_range(name: str, value: str) -> bool:
    """Whether a number is one that the standard knows for this part; of BYDAY the number before the day."""
    number = value[:-2] if name == "BYDAY" else value
    if name == "BYDAY" and (value[-2:] not in ("MO", "TU", "WE", "TH", "FR", "SA", "SU") or not number):
        return value in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    try:
        found = int(number)
    except ValueError:
        return False
    if name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        return 0 <= found <= _RANGES[name]
    return found != 0 and abs(found) <= _RANGES[name] and (found > 0 or name != "BYMONTH")


def _ended(parts: dict[str, str], start: datetime) -> dict[str, str]:
    """With the time of the last instead of their count, by the hour or faster: a billion seconds need not be walked."""
    if parts["FREQ"] not in _FAST or "COUNT" not in parts:
        return parts
    count = int(parts.pop("COUNT")) - 1
    try:
        last = start + count * int(parts.get("INTERVAL", "1")) * _PERIODS[parts["FREQ"]]
    except OverflowError:  # beyond the year 9999: so they never end
        return parts
    return {**parts, "UNTIL": last.isoformat(timespec="seconds").replace("-", "").replace(":", "")}


def _nearer(parts: dict[str, str], start: datetime, wall: datetime) -> datetime:
    """A start of the same rhythm just before this time, so that years need not be walked; what counts its times must count them all."""
    period = _PERIODS.get(parts["FREQ"])
    if period is None or "COUNT" in parts:
        return start
    step = period * int(parts.get("INTERVAL", "1"))
    return start + max(0, (wall - start) // step - 2) * step


def _unknown(rule: str) -> Invalid:
    known = f"{', '.join(SIMPLE)}, five fields of cron such as '0 9 * * 1', or an RRULE such as 'FREQ=WEEKLY;BYDAY=MO'"
    return Invalid(f"{rule!r} is no rule; use {known}")


def _months(start: datetime, count: int) -> datetime:
    """So many months later, on the same day or the last one of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if year > MAXYEAR:
        raise OverflowError
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


def exactly(time: datetime) -> datetime:
    """The same instant in UTC, as it will come back."""
    return moment(micros(time))


def planned(due: datetime, repeat: str | None, timezone: str) -> dict[str, Any]:
    """What says when a task is due: next, from when its rule counts, and where."""
    zone(checked("timezone", timezone))
    due = exactly(due)
    if repeat in (None, "once"):
        return {"due_at": due, "run_at": due, "starts_at": due, "repeat": None, "timezone": timezone}
    rule = recurrence(due, clean(repeat, "repeat"), timezone)
    begins = rule.first()
    return {"due_at": begins, "run_at": begins, "starts_at": due, "repeat": rule.rule, "timezone": timezone}


def replanned(task: Any, due: datetime | None, repeat: str | None, timezone: str | None, now: datetime) -> dict[str, Any]:
    """The same after an edit. What was due already, and not done, is still due."""
    rule, name = task.repeat if repeat is None else repeat, task.timezone if timezone is None else timezone
    if due is not None:
        return {**planned(due, rule, name), "attempts": 0}
    if rule in (None, "once"):
        return {"repeat": None, "timezone": zone(checked("timezone", name)).key, "starts_at": task.due_at}
    elsewhere = zone(checked("timezone", name))
    starts = task.starts_at.astimezone(zone(task.timezone)).replace(tzinfo=elsewhere) if task.repeat else task.due_at
    values = planned(starts, rule, name)
    following = recurrence(starts, values["repeat"], name).after(min(task.due_at - TICK, now))
    if following is None:
        raise Invalid(f"{rule!r} has no time any more; pass a new due time, or another rule")
    return {**values, "due_at": following, "run_at": following, "attempts": 0}
