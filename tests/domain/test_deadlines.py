"""Clocks against an independent reference that walks minute by minute, and published cases."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.domain.deadlines import (
    Limit,
    LimitUnit,
    WorkingCalendar,
    due_at,
    parse_limit,
    working_minutes_between,
)
from gridgov.domain.errors import InvalidInput
from tests.domain.calendars import (
    BERLIN,
    CALENDAR,
    CLOCK_CHANGES,
    HOURS,
    MINUTE,
    NEW_YEAR,
    SPRING_FESTIVAL,
    calendar_in,
    clock_at,
    is_open,
    moment_at,
    slow_days,
    slow_hours,
    starts,
)


def _due(start: str, limit: str) -> str:
    return clock_at(due_at(moment_at(start), parse_limit(limit), CALENDAR).at)


@settings(max_examples=60, deadline=None)
@given(start=st.one_of(SPRING_FESTIVAL, NEW_YEAR), minutes=st.integers(0, 40 * 60))
def test_working_hours_agree_with_the_minute_walk(start: datetime, minutes: int) -> None:
    limit = Limit(minutes / 60, LimitUnit.WORKING_HOUR)
    expected = slow_hours(start, minutes, CALENDAR)
    assert abs(due_at(start, limit, CALENDAR).at - expected) < timedelta(milliseconds=1)


@settings(max_examples=60, deadline=None)
@given(start=st.one_of(SPRING_FESTIVAL, NEW_YEAR), days=st.integers(0, 8))
def test_working_days_agree_with_the_minute_walk(start: datetime, days: int) -> None:
    limit = Limit(days, LimitUnit.WORKING_DAY)
    assert due_at(start, limit, CALENDAR).at == slow_days(start, days, CALENDAR)


@settings(max_examples=60, deadline=None)
@given(start=CLOCK_CHANGES, minutes=st.integers(0, 30 * 60), days=st.integers(0, 4))
def test_clock_changes_of_other_zones_are_seen(start: datetime, minutes: int, days: int) -> None:
    hours_due = due_at(start, Limit(minutes / 60, LimitUnit.WORKING_HOUR), BERLIN).at
    assert abs(hours_due - slow_hours(start, minutes, BERLIN)) < timedelta(milliseconds=1)
    days_due = due_at(start, Limit(days, LimitUnit.WORKING_DAY), BERLIN).at
    assert days_due == slow_days(start, days, BERLIN)


@settings(max_examples=60, deadline=None)
@given(
    calendar=st.sampled_from([CALENDAR, BERLIN]),
    start=st.one_of(SPRING_FESTIVAL, NEW_YEAR, CLOCK_CHANGES),
    span=st.integers(-12 * 1440, 12 * 1440),
)
def test_working_minutes_agree_with_the_minute_walk(
    calendar: WorkingCalendar, start: datetime, span: int
) -> None:
    end = start + span * MINUTE
    early, late = min(start, end), max(start, end)
    steps = int((late - early) / MINUTE)
    counted = sum(is_open(early + n * MINUTE, calendar) for n in range(steps))
    expected = counted if span >= 0 else -counted
    assert working_minutes_between(start, end, calendar) == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 11 * 366 * 1440), min_size=3, max_size=3),
)
def test_working_minutes_of_long_spans_add_up(minutes: list[int]) -> None:
    a, b, c = (datetime(2018, 6, 1, tzinfo=UTC) + n * MINUTE for n in sorted(minutes))
    parts = working_minutes_between(a, b, CALENDAR) + working_minutes_between(b, c, CALENDAR)
    assert parts == pytest.approx(working_minutes_between(a, c, CALENDAR))


@settings(max_examples=60, deadline=None)
@given(start=st.one_of(SPRING_FESTIVAL, NEW_YEAR), hours=st.integers(1, 200))
def test_a_limit_in_working_hours_lasts_as_long_as_it_says(start: datetime, hours: int) -> None:
    due = due_at(start, Limit(hours, LimitUnit.WORKING_HOUR), CALENDAR)
    assert working_minutes_between(start, due.at, CALENDAR) == pytest.approx(hours * 60)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # Friday before Spring Festival; Saturday the 14th is worked, 15 to 23 February is not.
        ("2026-02-13 16:30", "4WH", "2026-02-14 11:30"),
        ("2026-02-14 16:30", "2WH", "2026-02-24 09:30"),
        ("2026-02-13 10:00", "2WD", "2026-02-24 10:00"),
        # Saturday the 28th makes up for it.
        ("2026-02-24 10:00", "5WD", "2026-03-02 10:00"),
        # In the middle of the holiday: counts from the next opening.
        ("2026-02-18 21:00", "1WD", "2026-02-25 08:30"),
        ("2026-02-18 21:00", "4WH", "2026-02-24 14:30"),
        # National Day: Sunday 20 September and Saturday 10 October are worked.
        ("2026-09-18 17:00", "1WD", "2026-09-20 17:00"),
        ("2026-09-30 17:00", "1WH", "2026-10-08 09:00"),
        ("2026-10-09 09:00", "2WD", "2026-10-12 09:00"),
    ],
)
def test_holidays_and_make_up_days_of_2026(start: str, limit: str, due: str) -> None:
    assert _due(start, limit) == due


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-11-02 09:00", "1WD", "2026-11-03 09:00"),
        # One working day is not eight working hours.
        ("2026-11-02 09:00", "8WH", "2026-11-03 10:00"),
        # A limit used up exactly at closing ends then, not at the next opening.
        ("2026-11-02 08:30", "7WH", "2026-11-02 17:30"),
        ("2026-11-02 11:00", "2WH", "2026-11-02 15:00"),
        # At lunch, in the evening, before opening, at the very moment of closing, at the weekend.
        ("2026-11-02 12:30", "1WD", "2026-11-03 14:00"),
        ("2026-11-02 20:00", "1WD", "2026-11-04 08:30"),
        ("2026-11-02 06:00", "30min H", "2026-11-02 06:30"),
        ("2026-11-02 06:00", "1WH", "2026-11-02 09:30"),
        ("2026-11-02 17:30", "1WD", "2026-11-04 08:30"),
        ("2026-11-07 10:00", "0WH", "2026-11-09 08:30"),
        ("2026-11-07 10:00", "0WD", "2026-11-09 08:30"),
        # Natural units do not know weekends.
        ("2026-11-07 22:00", "6H", "2026-11-08 04:00"),
        ("2026-11-07 22:00", "15D", "2026-11-22 22:00"),
        ("2026-11-07 22:00", "0H", "2026-11-07 22:00"),
    ],
)
def test_the_four_units(start: str, limit: str, due: str) -> None:
    assert _due(start, limit) == due


def test_seconds_are_kept() -> None:
    start = moment_at("2026-11-02 09:00") + timedelta(seconds=7, microseconds=5)
    for limit in ("4WH", "2WD", "6H", "3D"):
        due = due_at(start, parse_limit(limit), CALENDAR).at
        assert (due.second, due.microsecond) == (7, 5)


def test_a_natural_day_is_the_same_local_time_across_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    due = due_at(moment_at("2026-03-28 10:00", berlin), parse_limit("1D"), BERLIN).at
    assert clock_at(due, berlin) == "2026-03-29 10:00"
    due = due_at(moment_at("2026-03-28 10:00", berlin), parse_limit("24H"), BERLIN).at
    assert clock_at(due, berlin) == "2026-03-29 11:00"


def test_a_deadline_across_new_year_is_provisional() -> None:
    inside = due_at(moment_at("2026-12-31 14:00"), parse_limit("2WH"), CALENDAR)
    assert (clock_at(inside.at), inside.provisional) == ("2026-12-31 16:00", False)
    # Nobody has published 2027: the law has Friday 1 January off, Monday is a workday until
    # somebody says otherwise.
    beyond = due_at(moment_at("2026-12-31 17:00"), parse_limit("2WH"), CALENDAR)
    assert (clock_at(beyond.at), beyond.provisional) == ("2027-01-04 10:00", True)
    days = due_at(moment_at("2026-12-30 10:00"), parse_limit("5WD"), CALENDAR)
    assert (clock_at(days.at), days.provisional) == ("2027-01-07 10:00", True)
    for natural in ("48H", "30D"):
        assert not due_at(moment_at("2026-12-30 10:00"), parse_limit(natural), CALENDAR).provisional


def test_a_year_nobody_published_has_the_fixed_days_of_the_law_off() -> None:
    off = [
        day
        for day in (date(2028, 1, 1) + n * timedelta(days=1) for n in range(366))
        if day.weekday() < 5 and not CALENDAR.is_workday(day)
    ]
    # 1 January 2028 is a Saturday, 1 October a Sunday: nobody guesses what makes up for it.
    assert [f"{day:%m-%d}" for day in off] == ["05-01", "05-02", "10-02", "10-03"]
    # A year that is published has what its notice says, and nothing else.
    plain = WorkingCalendar("Asia/Shanghai", HOURS, {}, date(2028, 1, 1), date(2028, 12, 31))
    assert plain.is_workday(date(2028, 5, 1))


@settings(max_examples=40, deadline=None)
@given(
    start=st.one_of(NEW_YEAR, starts("2027-04-24", 12), starts("2027-09-24", 16)),
    span=st.integers(0, 400 * 1440),
)
def test_working_minutes_over_provisional_years_leave_the_same_days_out(
    start: datetime, span: int
) -> None:
    end = start + span * MINUTE
    first, last = CALENDAR.local(start).date(), CALENDAR.local(end).date()
    day, expected = first, 0.0
    while day <= last:  # day by day, each as `is_workday` says
        for opens, closes in CALENDAR.openings(day):
            expected += max(0.0, (min(closes, end) - max(opens, start)) / MINUTE)
        day += timedelta(days=1)
    assert working_minutes_between(start, end, CALENDAR) == pytest.approx(expected)


def test_publishing_the_year_moves_a_provisional_deadline_and_makes_it_firm() -> None:
    published = WorkingCalendar(
        "Asia/Shanghai",
        HOURS,
        {**CALENDAR.days, date(2027, 1, 1): False, date(2027, 1, 4): False},
        date(2026, 1, 1),
        date(2027, 12, 31),
    )
    guessed = due_at(moment_at("2026-12-31 15:00"), parse_limit("1WD"), CALENDAR)
    assert (clock_at(guessed.at), guessed.provisional) == ("2027-01-04 15:00", True)
    firm = due_at(moment_at("2026-12-31 15:00"), parse_limit("1WD"), published)
    assert (clock_at(firm.at), firm.provisional) == ("2027-01-05 15:00", False)


@given(
    start=st.one_of(SPRING_FESTIVAL, NEW_YEAR),
    later=st.integers(0, 5 * 1440),
    amount=st.integers(1, 30),
    unit=st.sampled_from(list(LimitUnit)),
)
def test_told_later_is_never_due_earlier(
    start: datetime, later: int, amount: int, unit: LimitUnit
) -> None:
    due = due_at(start, Limit(amount, unit), CALENDAR).at
    assert due_at(start + later * MINUTE, Limit(amount, unit), CALENDAR).at >= due > start
    assert due.utcoffset() == timedelta(0)


NEW_YORK = calendar_in("America/New_York")


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # Clocks go forward on Sunday 2026-03-08 and back on Sunday 2026-11-01.
        ("2026-03-06 17:00", "2WH", "2026-03-09 10:00"),
        ("2026-03-06 16:00", "1WD", "2026-03-09 16:00"),
        ("2026-03-06 16:00", "3D", "2026-03-09 16:00"),
        ("2026-03-07 20:00", "24H", "2026-03-08 21:00"),
        ("2026-10-30 17:00", "2WH", "2026-11-02 10:00"),
        ("2026-10-30 16:00", "3D", "2026-11-02 16:00"),
        ("2026-10-31 20:00", "24H", "2026-11-01 19:00"),
        # 02:30 does not exist on the day clocks go forward.
        ("2026-03-07 02:30", "1D", "2026-03-08 03:30"),
    ],
)
def test_in_new_york_days_keep_the_time_of_day_and_hours_their_length(
    start: str, limit: str, due: str
) -> None:
    zone = NEW_YORK.zone
    assert clock_at(due_at(moment_at(start, zone), parse_limit(limit), NEW_YORK).at, zone) == due


def test_a_district_without_any_workday_is_told_so() -> None:
    never = WorkingCalendar(
        timezone="Asia/Shanghai",
        hours=HOURS,
        days={date(2026, 1, 1) + timedelta(days=n): False for n in range(6000)},
        first=date(2026, 1, 1),
        last=date(2026, 1, 1) + timedelta(days=5999),
    )
    for limit in ("1WH", "1WD"):
        with pytest.raises(InvalidInput) as refused:
            due_at(moment_at("2026-11-02 09:00"), parse_limit(limit), never)
        assert refused.value.field == "calendar"


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("4WH", 4, LimitUnit.WORKING_HOUR),
        ("2WD", 2, LimitUnit.WORKING_DAY),
        ("6H", 6, LimitUnit.NATURAL_HOUR),
        ("30min H", 0.5, LimitUnit.NATURAL_HOUR),
        ("15min", 0.25, LimitUnit.NATURAL_HOUR),
        ("15D", 15, LimitUnit.NATURAL_DAY),
        ("0H", 0, LimitUnit.NATURAL_HOUR),
    ],
)
def test_limits_are_read_and_written_back(text: str, amount: float, unit: LimitUnit) -> None:
    limit = parse_limit(text)
    assert limit == Limit(amount, unit)
    assert parse_limit(str(limit)) == limit


@given(minutes=st.integers(0, 600))
def test_any_whole_minutes_survive_writing(minutes: int) -> None:
    limit = parse_limit(f"{minutes}min")
    assert parse_limit(str(limit)).amount == pytest.approx(limit.amount)


@pytest.mark.parametrize(
    "text",
    ["", "4", "4X", "-1WH", "WH", "1e3H", "4 WH 2", "四WH", "nanH", "2001D", "9" * 400 + "H"],
)
def test_anything_else_is_no_limit(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_limit(text)
    assert refused.value.field == "limit"
