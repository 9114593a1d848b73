"""Limits over the holidays and make-up days the State Council published, on the shipped calendar.

Each was counted by hand from the notice of its year; the slow walk, minute by minute, says
the same.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gridgov.domain.deadlines import LimitUnit, WorkingCalendar, due_at, parse_limit
from gridgov.importers.calendar import read_calendar
from tests.domain import calendars as reference

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIPPED = Path(__file__).parents[2] / "geodata" / "calendars" / "cn.csv"
CALENDAR = WorkingCalendar(
    timezone="Asia/Shanghai",
    hours=((time(8, 30), time(12)), (time(14), time(17, 30))),
    days={day.day: day.workday for day in read_calendar(SHIPPED)},
    first=date(2019, 1, 1),
    last=date(2026, 12, 31),
)
PUBLISHED = [
    # Labour Day 2019 became four days by a second notice; Sunday 5 May is worked.
    ("2019-04-30 17:00", "1WH", "2019-05-05 09:00", False),
    # Spring Festival 2020 was made longer, to 2 February, when the year had begun.
    ("2020-01-23 16:30", "2WH", "2020-02-03 09:30", False),
    # Mid-Autumn and National Day 2020 on one day; Saturday 10 October is worked.
    ("2020-09-30 10:00", "2WD", "2020-10-10 10:00", False),
    ("2021-02-10 15:00", "3WD", "2021-02-20 15:00", False),
    ("2022-05-06 17:00", "1WH", "2022-05-07 09:00", False),
    # Told after closing: counts from the next opening, a Saturday eight days on.
    ("2023-09-28 18:00", "4WH", "2023-10-07 14:30", False),
    # The eve of Spring Festival 2024 is worked, and so is the Sunday after it.
    ("2024-02-09 10:00", "1WD", "2024-02-18 10:00", False),
    ("2025-01-27 16:00", "1WD", "2025-02-05 16:00", False),
    ("2025-10-10 17:00", "1WD", "2025-10-11 17:00", False),
    # Over New Year into a year that is published: Sunday 4 January is worked.
    ("2025-12-31 16:30", "2WH", "2026-01-04 09:30", False),
    # Spring Festival 2026: the Saturdays of 14 and 28 February are worked.
    ("2026-02-13 16:30", "2WD", "2026-02-24 16:30", False),
    ("2026-02-27 17:00", "1WH", "2026-02-28 09:00", False),
    # Over New Year into a year nobody has published: the law has Friday 1 January off.
    ("2026-12-31 16:30", "4WH", "2027-01-04 11:30", True),
    ("2026-12-30 10:00", "3WD", "2027-01-05 10:00", True),
]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(("start", "limit", "due", "provisional"), PUBLISHED)
def test_published_days_count_as_the_notices_say(
    start: str, limit: str, due: str, provisional: bool
) -> None:
    found = due_at(moment(start), parse_limit(limit), CALENDAR)
    assert (found.at, found.provisional) == (moment(due), provisional)


@pytest.mark.parametrize(("start", "limit", "due", "provisional"), PUBLISHED)
def test_the_walk_minute_by_minute_says_the_same(
    start: str, limit: str, due: str, provisional: bool
) -> None:
    wanted = parse_limit(limit)
    if wanted.unit is LimitUnit.WORKING_HOUR:
        found = reference.slow_hours(moment(start), int(wanted.amount * 60), CALENDAR)
    else:
        found = reference.slow_days(moment(start), int(wanted.amount), CALENDAR)
    assert found == moment(due)
