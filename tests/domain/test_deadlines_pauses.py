"""Clocks that stand and go on, and what is left, against a walk minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.domain.catalogue import Category, Level
from gridgov.domain.deadlines import (
    YELLOW_FROM,
    Lamp,
    Limit,
    LimitUnit,
    WorkingCalendar,
    after_pause,
    due_at,
    lamp,
    parse_limit,
    remaining,
    share_used,
    since_going_on,
    started_for,
)
from gridgov.domain.stage_limits import parse_allowed
from gridgov.domain.stages import URGENT, Stage, as_it_counts, in_force, limit_of
from tests.domain.calendars import CALENDAR, MINUTE, NEW_YEAR, SPRING_FESTIVAL, is_usual_workday

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = st.sampled_from([LimitUnit.WORKING_HOUR, LimitUnit.NATURAL_HOUR])


def is_open(moment: datetime, unit: LimitUnit) -> bool:
    """The slow reference knows nothing but whether a minute counts."""
    if unit is LimitUnit.NATURAL_HOUR:
        return True
    local = moment.astimezone(SHANGHAI)
    works = CALENDAR.days.get(local.date(), is_usual_workday(local.date(), CALENDAR))
    return works and any(opens <= local.time() < closes for opens, closes in CALENDAR.hours)


def count(start: datetime, minutes: int, unit: LimitUnit, stands: list[range]) -> int:
    """How many of so many minutes counted, leaving out those in which it stood."""
    return sum(
        is_open(start + n * MINUTE, unit)
        for n in range(minutes)
        if not any(n in span for span in stands)
    )


def walk(start: datetime, minutes: int, unit: LimitUnit, stands: list[range]) -> datetime:
    """Go on minute by minute until so many counted, leaving out those in which it stood."""
    moment, passed, counted = start, 0, 0
    while counted < minutes:
        if not any(passed in span for span in stands):
            counted += is_open(moment, unit)
        moment, passed = moment + MINUTE, passed + 1
    return moment


@settings(max_examples=60, deadline=None)
@given(
    start=st.one_of(SPRING_FESTIVAL, NEW_YEAR),
    minutes=st.integers(1, 16 * 60),
    unit=UNITS,
    pauses=st.lists(
        st.tuples(st.integers(1, 2 * 1440), st.integers(1, 6 * 1440)), min_size=1, max_size=3
    ),
)
def test_whatever_stands_in_between_a_limit_is_as_long_as_it_was(
    start: datetime, minutes: int, unit: LimitUnit, pauses: list[tuple[int, int]]
) -> None:
    """Stop and go on as services/deadlines does, as often as one likes."""
    due = due_at(start, Limit(minutes / 60, unit), CALENDAR).at
    now, stands = start, []
    for runs, stood in pauses:
        stops = now + runs * MINUTE
        if stops >= due:
            break  # it ended before anybody could stop it
        left = remaining(due, stops, unit, CALENDAR)
        assert not left.overdue
        now = stops + stood * MINUTE
        begins = int((stops - start) / MINUTE)
        stands.append(range(begins, begins + stood))
        again = after_pause(left.minutes / 60, unit, now, CALENDAR)
        due = due if again is None else again.at
    # The end of a minute that counted, or the opening after it, is the same end.
    expected = walk(start, minutes, unit, stands)
    assert abs(due - expected) < timedelta(milliseconds=1)


@settings(max_examples=80, deadline=None)
@given(
    start=st.one_of(SPRING_FESTIVAL, NEW_YEAR),
    limit=st.one_of(
        st.builds(Limit, st.integers(1, 16).map(float), UNITS),
        st.builds(Limit, st.integers(1, 3).map(float), st.just(LimitUnit.WORKING_DAY)),
    ),
    pauses=st.lists(
        st.tuples(st.integers(1, 2 * 1440), st.integers(1, 6 * 1440)), min_size=1, max_size=3
    ),
    later=st.integers(0, 3 * 1440),
)
def test_the_lamp_says_what_share_was_used_whatever_stood_in_between(
    start: datetime, limit: Limit, pauses: list[tuple[int, int]], later: int
) -> None:
    """Stop and go on as services/deadlines does; a clock that stood used nothing meanwhile."""
    unit, due = limit.unit, due_at(start, limit, CALENDAR).at
    whole = count(start, int((due - start) / MINUTE), unit, [])
    since, now, stands = start, start, list[range]()
    for runs, stood in pauses:
        stops = now + runs * MINUTE
        left = remaining(due, stops, unit, CALENDAR)
        if left.overdue or not left.minutes:
            break
        now = stops + stood * MINUTE
        begins = int((stops - start) / MINUTE)
        stands.append(range(begins, begins + stood))
        again = after_pause(left.minutes / 60, unit, now, CALENDAR)
        assert again is not None
        due, since = again.at, since_going_on(since, stops, now, unit, CALENDAR)
    now += later * MINUTE
    if now >= due:
        return
    used = count(start, int((now - start) / MINUTE), unit, stands) / whole
    assert share_used(since, due, now, unit, CALENDAR) == pytest.approx(used)
    shown = lamp(started_at=since, due_at=due, now=now, unit=unit, calendar=CALENDAR)
    if abs(used - YELLOW_FROM) > 1e-9:
        assert shown is (Lamp.YELLOW if used > YELLOW_FROM else Lamp.GREEN)


@settings(max_examples=60, deadline=None)
@given(
    start=st.one_of(SPRING_FESTIVAL, NEW_YEAR),
    limit=st.builds(Limit, st.integers(1, 9).map(float), st.sampled_from(list(LimitUnit))),
)
def test_a_limit_walked_back_from_its_end_is_as_long_as_it_says(
    start: datetime, limit: Limit
) -> None:
    due = due_at(start, limit, CALENDAR).at
    since = started_for(due, limit, CALENDAR)
    assert since >= start, "it counts from the moment it counted first"
    minutes = count(since, round((due - since) / MINUTE), limit.unit, [])
    assert minutes == count(start, round((due - start) / MINUTE), limit.unit, [])


def test_three_and_a_half_of_four_hours_are_used_after_an_evening_asked_back() -> None:
    start, due = moment("2026-11-20 14:00"), moment("2026-11-23 09:00")
    asked, answered = moment("2026-11-20 17:30"), moment("2026-11-20 21:00")
    unit = LimitUnit.WORKING_HOUR
    since = since_going_on(start, asked, answered, unit, CALENDAR)
    morning = moment("2026-11-23 08:50")
    assert share_used(since, due, morning, unit, CALENDAR) == pytest.approx(23 / 24)


@settings(max_examples=60, deadline=None)
@given(
    due=st.one_of(SPRING_FESTIVAL, NEW_YEAR), offset=st.integers(-8 * 1440, 8 * 1440), unit=UNITS
)
def test_what_is_left_agrees_with_the_walk(due: datetime, offset: int, unit: LimitUnit) -> None:
    now = due + offset * MINUTE
    early = min(now, due)
    counted = sum(is_open(early + n * MINUTE, unit) for n in range(abs(offset)))
    left = remaining(due, now, unit, CALENDAR)
    assert left.minutes == pytest.approx(counted)
    assert left.overdue is (now > due)


def test_what_was_over_stays_over() -> None:
    for left in (None, 0.0, -3.5):
        assert after_pause(left, LimitUnit.WORKING_HOUR, datetime.now(UTC), CALENDAR) is None


def local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def test_a_pause_over_spring_festival_takes_nothing_and_gives_nothing() -> None:
    # Asked back on the last afternoon before the holiday, answered in the middle of it:
    # two and a half working hours were left, and count from Tuesday the 24th on.
    due = due_at(moment("2026-02-14 15:00"), parse_limit("4WH"), CALENDAR).at
    assert local(due) == "2026-02-24 10:00"
    left = remaining(due, moment("2026-02-14 16:30"), LimitUnit.WORKING_HOUR, CALENDAR)
    assert left.minutes == 150
    again = after_pause(
        left.minutes / 60, LimitUnit.WORKING_HOUR, moment("2026-02-19 20:00"), CALENDAR
    )
    assert again is not None
    assert local(again.at) == "2026-02-24 11:00"


def test_a_pause_into_a_year_nobody_published_is_provisional() -> None:
    again = after_pause(3.0, LimitUnit.WORKING_HOUR, moment("2026-12-31 16:00"), CALENDAR)
    assert again is not None
    assert (local(again.at), again.provisional) == ("2027-01-04 10:00", True)


@pytest.mark.parametrize(
    ("limit", "severity", "counts"),
    [
        ("4WH", 2, "4WH"),
        ("4WH", 3, "4H"),
        ("10WD", 4, "10D"),
        ("6H", 4, "6H"),
        ("30D", 3, "30D"),
    ],
)
def test_from_severity_three_on_limits_run_by_night_and_on_holidays(
    limit: str, severity: int, counts: str
) -> None:
    assert in_force(parse_limit(limit), severity, URGENT) == parse_limit(counts)
    assert in_force(parse_limit(limit), severity, None) == parse_limit(limit), "switched off"


def test_a_dangerous_report_of_saturday_night_is_due_on_sunday() -> None:
    told = moment("2026-11-21 23:00")
    usual = due_at(told, in_force(parse_limit("4WH"), 2, URGENT), CALENDAR).at
    urgent = due_at(told, in_force(parse_limit("4WH"), 3, URGENT), CALENDAR).at
    assert (local(usual), local(urgent)) == ("2026-11-23 14:30", "2026-11-22 03:00")


def category(severity: int) -> Category:
    """A class with the usual limits of an office."""
    return Category(
        code="0604",
        parent_code="06",
        name="企业安全生产隐患",
        name_en="Work safety",
        severity=severity,
        default_level=Level.TOWN,
        unit_code=None,
        self_close=False,
        accept_limit=parse_limit("4WH"),
        handle_limit=parse_limit("10WD"),
        confidential=False,
        public=True,
        after_photo=False,
        hand_over=None,
        direct_unit=False,
        icon="shield",
        keywords=(),
        tile=None,
        stages="",
        stage_limits={"check": parse_allowed("2WD")},
    )


def test_what_pages_say_of_a_class_is_what_counts() -> None:
    shown = as_it_counts(category(3), URGENT)
    assert (str(shown.accept_limit), str(shown.handle_limit)) == ("4H", "10D")
    assert as_it_counts(category(2), URGENT) == category(2)
    # A single case may be worse than its class usually is.
    assert str(limit_of(category(2), Stage.HANDLE, 4, URGENT)) == "10D"
    assert str(limit_of(category(2), Stage.CHECK, 4, URGENT)) == "2D"
    assert str(limit_of(category(2), Stage.HANDLE, 4)) == "10WD"


def test_hours_of_other_districts_count_as_well() -> None:
    shops = WorkingCalendar(
        "Asia/Shanghai", ((time(10), time(22)),), {}, date(2026, 1, 1), date(2026, 12, 31)
    )
    due = due_at(moment("2026-11-18 20:00"), parse_limit("4WH"), shops).at
    left = remaining(due, moment("2026-11-18 21:00"), LimitUnit.WORKING_HOUR, shops)
    assert (local(due), left.minutes) == ("2026-11-19 12:00", 180)
