"""The working calendar as a file: every day that differs from plain Monday to Friday."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gridgov.importers.rows import Row, read_records

COLUMNS = ("date", "workday", "name_zh", "name_en", "source")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A holiday on a weekday or a make-up workday (调休), with the notice that says so."""

    date: date
    workday: bool
    name: str
    name_en: str
    source: str


def read_calendar(path: Path) -> list[CalendarDay]:
    """Return the days of a calendar file (date,workday,name_zh,name_en,source) by date.

    Raises: InvalidInput (field is the column, or `calendar` for the file as a whole;
    `line`; reason blank, not_0_or_1, not_a_date, twice, usual_workday; `rows` names every
    refused row).
    """
    seen: set[date] = set()

    def read(row: Row) -> CalendarDay:
        day = _read_day(row)
        if day.date in seen:
            row.refuse("date", "twice")
        seen.add(day.date)
        return day

    return sorted(read_records(path, COLUMNS, "calendar", read), key=lambda day: day.date)


def _read_day(row: Row) -> CalendarDay:
    day, workday = _read_date(row), row.flag("workday")
    # A make-up workday always takes the place of a weekend: on a weekday the date is wrong,
    # and the row would silently change nothing. A free weekend day is harmless.
    if workday and day.weekday() < 5:
        row.refuse("workday", "usual_workday")
    return CalendarDay(day, workday, row.text("name_zh"), row.text("name_en"), row.text("source"))


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
