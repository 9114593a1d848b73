"""Clocks against an independent reference that walks minute by minute, and published cases."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.domain.deadlines import (
    Lamp,
    Limit,
    LimitUnit,
    WorkingCalendar,
    due_at,
    lamp,
    parse_limit,
    remaining,
    share_used,
    working_minutes_between,
)
from gridgov.domain.errors import InvalidInput

MINUTE = timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = ((time(8, 30), time(12)), (time(14), time(17, 30)))
# State Council notice for 2026 (国办发明电〔2025〕7号), typed from its text.
OFF_2026 = "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25"
OFF_2026_AUTUMN = "10-01 10-02 10-05 10-06 10-07"
MAKE_UP_2026 = "01-04 02-14 02-28 05-09 09-20 10-10"


def _calendar(timezone: str = "Asia/Shanghai") -> WorkingCalendar:
    off = f"{OFF_2026} {OFF_2026_AUTUMN}".split()
    return WorkingCalendar(
        timezone=timezone,
        hours=HOURS,
        days={date.fromisoformat(f"2026-{day}"): False for day in off}
        | {date.fromisoformat(f"2026-{day}"): True for day in MAKE_UP_2026.split()},
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
    )


CALENDAR = _calendar()
BERLIN = _calendar("Europe/Berlin")


def _at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _local(moment: datetime, zone: ZoneInfo = SHANGHAI) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _due(start: str, limit: str) -> str:
    return _local(due_at(_at(start), parse_limit(limit), CALENDAR).at)


# --- the slow reference: knows nothing but "is this minute open?" ---


def _open(moment: datetime, calendar: WorkingCalendar) -> bool:
    local = moment.astimezone(ZoneInfo(calendar.timezone))
    working = calendar.days.get(local.date(), local.weekday() < 5)
    return working and any(opens <= local.time() < closes for opens, closes in calendar.hours)


def _next_open(moment: datetime, calendar: WorkingCalendar) -> datetime:
    while not _open(moment, calendar):
        moment += MINUTE
    return moment


def slow_hours(start: datetime, minutes: int, calendar: WorkingCalendar) -> datetime:
    moment = _next_open(start, calendar)
    while minutes > 0:
        moment = _next_open(moment, calendar) + MINUTE
        minutes -= 1
    return moment


def slow_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    zone = ZoneInfo(calendar.timezone)
    moment = _next_open(start, calendar)
    clock, seen = moment.astimezone(zone).time(), moment.astimezone(zone).date()
    while days > 0:
        moment = _next_open(moment, calendar)
        local = moment.astimezone(zone)
        if local.date() != seen:
            seen, days = local.date(), days - 1
        if days > 0:
            moment += MINUTE
    while moment.astimezone(zone).time() != clock:
        moment += MINUTE
    return moment


def _starts(first: str, days: int) -> st.SearchStrategy[datetime]:
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return st.integers(0, days * 1440).map(lambda minutes: begin + minutes * MINUTE)


SPRING_FESTIVAL = _starts("2026-02-09", 24)
NEW_YEAR = _starts("2026-12-28", 10)
CLOCK_CHANGES = st.one_of(_starts("2026-03-26", 5), _starts("2026-10-22", 5))


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
    counted = sum(_open(early + n * MINUTE, calendar) for n in range(steps))
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
    start = _at("2026-11-02 09:00") + timedelta(seconds=7, microseconds=5)
    for limit in ("4WH", "2WD", "6H", "3D"):
        due = due_at(start, parse_limit(limit), CALENDAR).at
        assert (due.second, due.microsecond) == (7, 5)


def test_a_natural_day_is_the_same_local_time_across_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    due = due_at(_at("2026-03-28 10:00", berlin), parse_limit("1D"), BERLIN).at
    assert _local(due, berlin) == "2026-03-29 10:00"
    due = due_at(_at("2026-03-28 10:00", berlin), parse_limit("24H"), BERLIN).at
    assert _local(due, berlin) == "2026-03-29 11:00"


def test_a_deadline_across_new_year_is_provisional() -> None:
    inside = due_at(_at("2026-12-31 14:00"), parse_limit("2WH"), CALENDAR)
    assert (_local(inside.at), inside.provisional) == ("2026-12-31 16:00", False)
    # Nobody has published 2027: Friday 1 January counts as a workday until somebody does.
    beyond = due_at(_at("2026-12-31 17:00"), parse_limit("2WH"), CALENDAR)
    assert (_local(beyond.at), beyond.provisional) == ("2027-01-01 10:00", True)
    days = due_at(_at("2026-12-30 10:00"), parse_limit("5WD"), CALENDAR)
    assert (_local(days.at), days.provisional) == ("2027-01-06 10:00", True)
    for natural in ("48H", "30D"):
        assert not due_at(_at("2026-12-30 10:00"), parse_limit(natural), CALENDAR).provisional


def test_publishing_the_year_moves_a_provisional_deadline_and_makes_it_firm() -> None:
    published = WorkingCalendar(
        "Asia/Shanghai",
        HOURS,
        {**CALENDAR.days, date(2027, 1, 1): False},
        date(2026, 1, 1),
        date(2027, 12, 31),
    )
    firm = due_at(_at("2026-12-31 15:00"), parse_limit("1WD"), published)
    assert (_local(firm.at), firm.provisional) == ("2027-01-04 15:00", False)


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


NEW_YORK = _calendar("America/New_York")


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
    assert _local(due_at(_at(start, zone), parse_limit(limit), NEW_YORK).at, zone) == due


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
            due_at(_at("2026-11-02 09:00"), parse_limit(limit), never)
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


def _lamp(now: str, *, paused: bool = False) -> Lamp:
    # Friday 14:00 plus 7WH: three and a half hours on Friday, the rest on Monday till 12:00.
    return lamp(
        started_at=_at("2026-11-06 14:00"),
        due_at=_at("2026-11-09 12:00"),
        now=_at(now),
        unit=LimitUnit.WORKING_HOUR,
        calendar=CALENDAR,
        paused=paused,
    )


@pytest.mark.parametrize(
    ("now", "colour"),
    [
        ("2026-11-06 14:00", Lamp.GREEN),
        ("2026-11-08 23:00", Lamp.GREEN),  # half used: the weekend does not count
        ("2026-11-09 10:35", Lamp.GREEN),
        ("2026-11-09 10:36", Lamp.YELLOW),  # 5.6 of 7 hours
        ("2026-11-09 12:00", Lamp.YELLOW),
        ("2026-11-09 12:01", Lamp.RED),  # at lunch: over all the same
        ("2026-12-01 12:00", Lamp.RED),
    ],
)
def test_the_lamp_follows_the_clock(now: str, colour: Lamp) -> None:
    assert _lamp(now) is colour
    assert _lamp(now, paused=True) is Lamp.GREY


@given(minutes=st.lists(st.integers(0, 30 * 1440), min_size=2, max_size=6).map(sorted))
def test_a_lamp_never_turns_back(minutes: list[int]) -> None:
    begin = _at("2026-11-06 14:00")
    lamps = [_lamp((begin + n * MINUTE).astimezone(SHANGHAI).strftime("%F %H:%M")) for n in minutes]
    order = [Lamp.GREEN, Lamp.YELLOW, Lamp.RED]
    assert [order.index(colour) for colour in lamps] == sorted(map(order.index, lamps))


def test_the_lamp_of_a_natural_limit() -> None:
    start = _at("2026-11-07 20:00")
    due = start + timedelta(hours=10)

    def at(hours: float) -> Lamp:
        return lamp(
            started_at=start,
            due_at=due,
            now=start + timedelta(hours=hours),
            unit=LimitUnit.NATURAL_HOUR,
            calendar=CALENDAR,
        )

    assert [at(7.9), at(8), at(10), at(10.1)] == [Lamp.GREEN, Lamp.YELLOW, Lamp.YELLOW, Lamp.RED]


def test_the_used_share_grows_from_nothing_to_all() -> None:
    start, due = _at("2026-11-06 14:00"), _at("2026-11-09 12:00")
    unit = LimitUnit.WORKING_HOUR
    assert share_used(start, due, _at("2026-11-06 13:00"), unit, CALENDAR) <= 0
    assert share_used(start, due, start, unit, CALENDAR) == 0
    assert share_used(start, due, _at("2026-11-06 17:30"), unit, CALENDAR) == pytest.approx(0.5)
    assert share_used(start, due, _at("2026-11-08 12:00"), unit, CALENDAR) == pytest.approx(0.5)
    assert share_used(start, due, due, unit, CALENDAR) == pytest.approx(1)
    assert share_used(start, due, _at("2026-11-20 12:00"), unit, CALENDAR) >= 1


def test_a_limit_of_nothing_has_no_share_to_divide() -> None:
    moment = _at("2026-11-06 14:00")
    for unit in LimitUnit:
        assert share_used(moment, moment, moment, unit, CALENDAR) >= 1
        assert share_used(moment, moment, moment - timedelta(hours=1), unit, CALENDAR) <= 0


def test_what_is_left_is_counted_in_the_limits_own_time() -> None:
    due, friday = _at("2026-11-09 12:00"), _at("2026-11-06 17:00")
    left = remaining(due, friday, LimitUnit.WORKING_HOUR, CALENDAR)
    assert (left.minutes, left.overdue) == (30 + 210, False)
    left = remaining(due, friday, LimitUnit.NATURAL_HOUR, CALENDAR)
    assert (left.minutes, left.overdue) == (67 * 60, False)
    late = remaining(due, _at("2026-11-10 09:30"), LimitUnit.WORKING_DAY, CALENDAR)
    assert (late.minutes, late.overdue) == (210 + 60, True)
    assert not remaining(due, due, LimitUnit.WORKING_HOUR, CALENDAR).overdue
