"""The working calendar as a file: every day that differs from plain Monday to Friday."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from gridgov.domain.published_days import PublishedDay
from gridgov.importers.rows import Row, read_records
from gridgov.services import calendars
from gridgov.services.calendars import Published
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.session import unit_of_work

Progress = Callable[[int], None]
COLUMNS = ("date", "workday", "name_zh", "name_en", "source")


def read_calendar(path: Path) -> list[PublishedDay]:
    """Return the days of a calendar file (date,workday,name_zh,name_en,source) by date.

    Raises: InvalidInput (field is the column, or `calendar` for the file as a whole;
    `line`; reason blank, not_0_or_1, not_a_date, twice, usual_workday; `rows` names every
    refused row).
    """
    seen: set[date] = set()

    def read(row: Row) -> PublishedDay:
        day = _read_day(row)
        if day.day in seen:
            row.refuse("date", "twice")
        seen.add(day.day)
        return day

    return sorted(read_records(path, COLUMNS, "calendar", read), key=lambda day: day.day)


def _read_day(row: Row) -> PublishedDay:
    day, workday = _read_date(row), row.flag("workday")
    # A make-up workday always takes the place of a weekend: on a weekday the date is wrong,
    # and the row would silently change nothing. A free weekend day is harmless.
    if workday and day.weekday() < 5:
        row.refuse("workday", "usual_workday")
    return PublishedDay(day, workday, row.text("name_zh"), row.text("name_en"), row.text("source"))


def _read_date(row: Row) -> date:
    text = row.text("date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        row.refuse("date", "not_a_date")
    # fromisoformat also takes 20260214 and 2026-W07-6, which no other reader of the file may.
    if day.isoformat() != text:
        row.refuse("date", "not_a_date")
    return day


def load(
    path: Path, district_code: str, *, now: datetime, progress: Progress
) -> tuple[Published, int]:
    """Publish the years of a file and count again every open case that rested on a guess.

    Returns what was published and how many cases got another limit; `progress` is told
    after each page. Raises: as `read_calendar`, and NotFound, InvalidInput (calendar: gap).
    """
    days = [CalendarDay.of(district_code, day) for day in read_calendar(path)]
    with unit_of_work() as session:
        published = calendars.publish(session, district_code, days)
    moved, after, more = 0, None, True
    while more:
        with unit_of_work() as session:
            after, count = calendars.recount(session, district_code, after, now=now)
        moved, more = moved + count, after is not None
        progress(moved)
    return published, moved
