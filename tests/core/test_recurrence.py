"""When something that recurs is due: on the wall clock of its time zone, through month ends, leap years and changes of the clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Invalid
from recollect.core.recurrence import Recurrence, recurrence, zone

pytestmark = pytest.mark.promise("time")

LISBON, BERLIN = ZoneInfo("Europe/Lisbon"), ZoneInfo("Europe/Berlin")
NEVER_ENDING = ["daily", "weekdays", "weekly", "monthly", "yearly", "30 1 * * *", "*/20 * * * *", "FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5"]


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


HALF_PAST = at(2025, 3, 30, 1, 30)  # half past three in Berlin, where the clocks had just skipped half past two


def times(rule: Recurrence, count: int) -> list[datetime]:
    """The first so many times."""
    found: list[datetime] = []
    following = rule.first()
    while following is not None and len(found) < count:
        found.append(following)
        following = rule.after(following)
    return found


def days(rule: str, start: datetime, count: int) -> list[str]:
    return [f"{one:%Y-%m-%d}" for one in times(recurrence(start, rule, "UTC"), count)]


# simple rules


def test_daily_is_every_day_and_begins_with_the_first() -> None:
    assert days("daily", at(2025, 2, 27, 9), 4) == ["2025-02-27", "2025-02-28", "2025-03-01", "2025-03-02"]


def test_weekdays_leave_out_saturday_and_sunday() -> None:
    assert days("weekdays", at(2025, 3, 6, 9), 4) == ["2025-03-06", "2025-03-07", "2025-03-10", "2025-03-11"]


def test_weekdays_that_start_on_a_saturday_begin_on_monday() -> None:
    assert days("weekdays", at(2025, 3, 1, 9), 2) == ["2025-03-03", "2025-03-04"]


def test_monthly_on_the_31st_takes_the_last_day_of_shorter_months_and_returns() -> None:
    """Defect 9 of kernex: a month after 31 January was 3 March, and the day drifted from then on."""
    assert days("monthly", at(2025, 1, 31, 9), 5) == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]


def test_yearly_on_29_february_takes_the_28th_in_common_years_and_returns() -> None:
    """Defect 1 of omega: yearly was promised and did not exist."""
    assert days("yearly", at(2024, 2, 29, 9), 5) == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


@pytest.mark.parametrize("rule", ["daily", "weekdays", "weekly", "monthly", "yearly"])
def test_a_time_long_after_the_start_is_found_without_walking_there(rule: str) -> None:
    known = recurrence(at(1900, 1, 31, 9), rule, "Europe/Lisbon")
    begun = time.perf_counter()
    for _ in range(50):
        found = known.after(at(2400, 5, 5))
    assert time.perf_counter() - begun < 1
    assert found is not None and found > at(2400, 5, 5)


def test_case_and_blanks_of_a_rule_do_not_matter() -> None:
    assert recurrence(at(2025, 1, 1), " Daily ", "UTC").rule == "daily"
    assert recurrence(at(2025, 1, 1), "0  9\t* * 1", "UTC").first() == at(2025, 1, 6, 9)
    assert recurrence(at(2025, 1, 1), "rrule:freq=daily", "UTC").first() == at(2025, 1, 1)


# cron and RRULE


def test_cron_counts_on_the_wall_clock() -> None:
    rule = recurrence(datetime(2025, 3, 28, 12, tzinfo=LISBON), "0 9 * * 1-5", "Europe/Lisbon")
    assert times(rule, 2) == [at(2025, 3, 31, 8), at(2025, 4, 1, 8)]


def test_cron_allows_its_own_start() -> None:
    assert recurrence(at(2025, 3, 3, 9), "0 9 * * 1", "UTC").first() == at(2025, 3, 3, 9)


def test_an_rrule_follows_its_standard_and_leaves_out_months_without_the_day() -> None:
    assert days("FREQ=MONTHLY", at(2025, 1, 31, 9), 3) == ["2025-01-31", "2025-03-31", "2025-05-31"]
    assert days("FREQ=MONTHLY;BYDAY=-1FR", at(2025, 1, 1, 9), 3) == ["2025-01-31", "2025-02-28", "2025-03-28"]


def test_an_rrule_ends_with_its_count() -> None:
    assert days("RRULE:FREQ=DAILY;COUNT=2", at(2025, 1, 31, 9), 9) == ["2025-01-31", "2025-02-01"]


@pytest.mark.parametrize("until", ["20250202T090000Z", "20250202T090000", "20250203"])
def test_an_rrule_ends_with_its_until_in_either_form(until: str) -> None:
    assert days(f"FREQ=DAILY;UNTIL={until}", at(2025, 1, 31, 9), 9) == ["2025-01-31", "2025-02-01", "2025-02-02"]


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR", "FREQ=DAILY;INTERVAL=7", "FREQ=HOURLY;INTERVAL=5;BYHOUR=9,14"])
def test_an_rrule_keeps_its_rhythm_however_late_it_is_asked(rule: str) -> None:
    known = recurrence(at(2025, 1, 1, 9), rule, "UTC")
    every = times(known, 120)
    assert every == sorted(set(every))
    for place in (0, 50, 118):
        assert known.after(every[place]) == every[place + 1]
        assert known.after(every[place + 1] - timedelta(microseconds=1)) == every[place + 1]


def test_a_rule_of_minutes_is_as_fast_after_years() -> None:
    known = recurrence(at(2015, 1, 1), "FREQ=MINUTELY;INTERVAL=7", "UTC")
    begun = time.perf_counter()
    assert known.after(at(2035, 1, 1)) == at(2015, 1, 1) + ((at(2035, 1, 1) - at(2015, 1, 1)) // timedelta(minutes=7) + 1) * timedelta(minutes=7)
    assert time.perf_counter() - begun < 1


def test_an_rrule_that_starts_within_a_second_begins_with_its_start() -> None:
    start = at(2025, 1, 1, 9) + timedelta(microseconds=123_457)
    assert times(recurrence(start, "FREQ=DAILY", "UTC"), 2) == [start, start + timedelta(days=1)]


# what is no rule


@pytest.mark.parametrize(
    "rule",
    ["", "hourly", "every day", "@daily", "0 9 * *", "0 0 9 * * 1", "61 9 * * *", "0 0 30 2 *", "FREQ=FOO", "FREQ=DAILY;BYHOUR=99", "BYDAY=MO"]
    + ["FREQ=DAILY;WHAT=1", "FREQ=DAILY;COUNT=2;UNTIL=20260101", "RRULE:RRULE:FREQ=DAILY", "DTSTART:20250101T090000\nRRULE:FREQ=DAILY", "🦜"],
)  # fmt: skip
def test_an_unknown_rule_is_invalid_and_never_taken_for_another(rule: str) -> None:
    """Defect 9 of kernex: an unknown repeat was silently daily."""
    with pytest.raises(Invalid, match="is no rule; use daily"):
        recurrence(at(2025, 1, 1), rule, "UTC")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=2;INTERVAL=5", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO",
        "FREQ=DAILY;BYWEEKNO=3", "FREQ=MONTHLY;BYYEARDAY=5", "FREQ=WEEKLY;BYMONTHDAY=3", "FREQ=YEARLY;BYSETPOS=1", "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY;COUNT=0", "FREQ=HOURLY;COUNT=3;BYHOUR=9", "FREQ=HOURLY;BYDAY=MO",
    ],
)  # fmt: skip
def test_an_rrule_that_its_standard_does_not_know_is_invalid(rule: str) -> None:
    with pytest.raises(Invalid, match=r"RRULE|RFC 5545|reckoned"):
        recurrence(at(2025, 1, 1), rule, "Europe/Lisbon")


@pytest.mark.parametrize("count", [3, 10**8])
def test_a_rule_of_hours_ends_with_its_count_without_walking_there(count: int) -> None:
    found = recurrence(at(2024, 3, 1, 9), f"FREQ=HOURLY;INTERVAL=2;COUNT={count}", "UTC")
    last = at(2024, 3, 1, 13)
    assert found.after(last - timedelta(seconds=1)) == last
    assert (found.after(last) is None) == (count == 3)


@pytest.mark.parametrize("interval", ["0", "00", "-1", "x", "9" * 12])
def test_an_interval_that_stands_still_is_invalid(interval: str) -> None:
    with pytest.raises(Invalid, match="is no rule"):
        recurrence(at(2025, 1, 1), f"FREQ=DAILY;INTERVAL={interval}", "UTC")


@pytest.mark.parametrize("rule", ["FREQ=DAILY;UNTIL=20240101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"])
def test_a_rule_that_never_comes_is_invalid(rule: str) -> None:
    with pytest.raises(Invalid, match="has no time at or after"):
        recurrence(at(2025, 1, 1), rule, "UTC")


@pytest.mark.parametrize("name", ["", "Lisbon", "Europe", "../UTC", "a\0b", "\ud800", "x" * 300])
def test_an_unknown_time_zone_is_invalid(name: str) -> None:
    with pytest.raises(Invalid, match="time zone"):
        zone(name)


@pytest.mark.parametrize("rule", [*NEVER_ENDING, "FREQ=YEARLY"])
@pytest.mark.parametrize("name", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_a_rule_ends_with_the_calendar(rule: str, name: str) -> None:
    assert recurrence(at(9999, 6, 1, 1, 30), rule, name).after(at(9999, 12, 31, 23, 59, 59)) is None
    with pytest.raises(Invalid, match="has no time at or after"):
        recurrence(datetime.min.replace(tzinfo=UTC), rule, name)


# changes of the clocks


@pytest.mark.parametrize("rule", ["daily", "0 9 * * *", "FREQ=DAILY"])
def test_nine_in_the_morning_stays_nine_when_the_clocks_change(rule: str) -> None:
    """Defect 9 of kernex: everything was reckoned in UTC, and drifted by an hour."""
    found = times(recurrence(datetime(2025, 3, 29, 9, tzinfo=LISBON), rule, "Europe/Lisbon"), 3)
    assert found == [at(2025, 3, 29, 9), at(2025, 3, 30, 8), at(2025, 3, 31, 8)]


@pytest.mark.parametrize("rule", ["daily", "30 1 * * *", "FREQ=DAILY"])
def test_a_time_that_comes_twice_is_taken_once(rule: str) -> None:
    known = recurrence(datetime(2025, 10, 25, 1, 30, tzinfo=LISBON), rule, "Europe/Lisbon")
    assert times(known, 3) == [at(2025, 10, 25, 0, 30), at(2025, 10, 26, 0, 30), at(2025, 10, 27, 1, 30)]
    assert known.after(at(2025, 10, 26, 1, 10)) == at(2025, 10, 27, 1, 30)  # asked when the wall shows 1:10 for the second time


@pytest.mark.parametrize(("rule", "hour"), [("daily", HALF_PAST), ("FREQ=DAILY", HALF_PAST), ("30 2 * * *", at(2025, 3, 30, 1))])
def test_a_time_that_is_skipped_is_taken_when_the_clocks_go_on(rule: str, hour: datetime) -> None:
    known = recurrence(datetime(2025, 3, 29, 2, 30, tzinfo=BERLIN), rule, "Europe/Berlin")
    assert times(known, 3) == [at(2025, 3, 29, 1, 30), hour, at(2025, 3, 31, 0, 30)]
    assert known.after(hour - timedelta(microseconds=1)) == hour


def test_what_starts_in_the_second_round_of_an_hour_starts_then() -> None:
    second = datetime(2025, 10, 26, 1, 30, tzinfo=LISBON, fold=1)
    assert times(recurrence(second, "daily", "Europe/Lisbon"), 2) == [at(2025, 10, 26, 1, 30), at(2025, 10, 27, 1, 30)]


_ZONES = st.sampled_from(["UTC", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
_TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@given(rule=st.sampled_from(NEVER_ENDING), name=_ZONES, start=_TIMES, asked=_TIMES)
def test_what_comes_after_a_time_is_later_than_it_and_nothing_is_left_out(rule: str, name: str, start: datetime, asked: datetime) -> None:
    known = recurrence(start, rule, name)
    first, found = known.first(), known.after(asked)
    assert first is not None and found is not None
    assert first >= start
    assert found > asked and found >= first
    assert known.after(found - timedelta(microseconds=1)) == found
    before = known.after(asked - timedelta(days=3))
    while before is not None and before <= asked:
        before = known.after(before)
    assert before == found


def test_a_recurrence_read_again_says_the_same() -> None:
    for rule in NEVER_ENDING:
        one = recurrence(at(2025, 1, 31, 9), rule, "Europe/Lisbon")
        assert times(Recurrence(*one), 3) == times(one, 3)
