"""The lamp of a limit, the share of it that is used, and what is left of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.deadlines import Lamp, LimitUnit, lamp, remaining, share_used
from tests.domain.calendars import CALENDAR, MINUTE, SHANGHAI, moment_at


def _lamp(now: str, *, paused: bool = False) -> Lamp:
    # Friday 14:00 plus 7WH: three and a half hours on Friday, the rest on Monday till 12:00.
    return lamp(
        started_at=moment_at("2026-11-06 14:00"),
        due_at=moment_at("2026-11-09 12:00"),
        now=moment_at(now),
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
    begin = moment_at("2026-11-06 14:00")
    lamps = [_lamp((begin + n * MINUTE).astimezone(SHANGHAI).strftime("%F %H:%M")) for n in minutes]
    order = [Lamp.GREEN, Lamp.YELLOW, Lamp.RED]
    assert [order.index(colour) for colour in lamps] == sorted(map(order.index, lamps))


def test_the_lamp_of_a_natural_limit() -> None:
    start = moment_at("2026-11-07 20:00")
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
    start, due = moment_at("2026-11-06 14:00"), moment_at("2026-11-09 12:00")
    unit = LimitUnit.WORKING_HOUR
    assert share_used(start, due, moment_at("2026-11-06 13:00"), unit, CALENDAR) <= 0
    assert share_used(start, due, start, unit, CALENDAR) == 0
    assert share_used(start, due, moment_at("2026-11-06 17:30"), unit, CALENDAR) == pytest.approx(
        0.5
    )
    assert share_used(start, due, moment_at("2026-11-08 12:00"), unit, CALENDAR) == pytest.approx(
        0.5
    )
    assert share_used(start, due, due, unit, CALENDAR) == pytest.approx(1)
    assert share_used(start, due, moment_at("2026-11-20 12:00"), unit, CALENDAR) >= 1


def test_a_limit_of_nothing_has_no_share_to_divide() -> None:
    moment = moment_at("2026-11-06 14:00")
    for unit in LimitUnit:
        assert share_used(moment, moment, moment, unit, CALENDAR) >= 1
        assert share_used(moment, moment, moment - timedelta(hours=1), unit, CALENDAR) <= 0


def test_what_is_left_is_counted_in_the_limits_own_time() -> None:
    due, friday = moment_at("2026-11-09 12:00"), moment_at("2026-11-06 17:00")
    left = remaining(due, friday, LimitUnit.WORKING_HOUR, CALENDAR)
    assert (left.minutes, left.overdue) == (30 + 210, False)
    left = remaining(due, friday, LimitUnit.NATURAL_HOUR, CALENDAR)
    assert (left.minutes, left.overdue) == (67 * 60, False)
    late = remaining(due, moment_at("2026-11-10 09:30"), LimitUnit.WORKING_DAY, CALENDAR)
    assert (late.minutes, late.overdue) == (210 + 60, True)
    assert not remaining(due, due, LimitUnit.WORKING_HOUR, CALENDAR).overdue
