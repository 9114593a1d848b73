"""Periods of reports: day, week, month, quarter, year, each with the ones it is compared with.

Days are local days of the district, both ends included. Weeks are those of ISO 8601, from
Monday, which is also how Chinese offices count them.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gridgov.domain.errors import InvalidInput

WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
MONTH = re.compile(r"(\d{4})-(\d{1,2})")
QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
YEAR = re.compile(r"\d{4}")


class PeriodKind(StrEnum):
    """How long a report looks back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A period of a kind: first and last local day, both included."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def code(self) -> str:
        """Return the period as it is asked for: 2020-09-30, 2020-W36, 2020-09, 2020-Q3, 2020."""
        first = self.first
        if self.kind is PeriodKind.WEEK:
            year, week, _day = first.isocalendar()
            return f"{year}-W{week:02}"
        return {
            PeriodKind.DAY: first.isoformat(),
            PeriodKind.MONTH: f"{first:%Y-%m}",
            PeriodKind.QUARTER: f"{first:%Y}-Q{(first.month + 2) // 3}",
            PeriodKind.YEAR: f"{first:%Y}",
        }[self.kind]

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> "ReportPeriod":
        """Return the period of the same kind that ends the day before this one begins."""
        return containing(self.kind, self.first - timedelta(days=1))

    def after(self) -> "ReportPeriod":
        """Return the period of the same kind that begins the day after this one ends."""
        return containing(self.kind, self.last + timedelta(days=1))

    def year_before(self) -> "ReportPeriod":
        """Return the same period of the year before: the same month, quarter, week number or day.

        A week 53 is compared with the last week of a year that has 52; 29 February with the 28th.
        """
        if self.kind is PeriodKind.WEEK:
            year, week, _day = self.first.isocalendar()
            last_week = date(year - 1, 12, 28).isocalendar().week
            return containing(self.kind, date.fromisocalendar(year - 1, min(week, last_week), 1))
        year = self.first.year - 1
        day = min(self.first.day, calendar.monthrange(year, self.first.month)[1])
        return containing(self.kind, self.first.replace(year=year, day=day))


def containing(kind: PeriodKind, day: date) -> ReportPeriod:
    """Return the period of a kind that a day lies in."""
    if kind is PeriodKind.DAY:
        return ReportPeriod(kind, day, day)
    if kind is PeriodKind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return ReportPeriod(kind, monday, monday + timedelta(days=6))
    if kind is PeriodKind.MONTH:
        return _months(kind, day.year, day.month, 1)
    if kind is PeriodKind.QUARTER:
        return _months(kind, day.year, 3 * ((day.month - 1) // 3) + 1, 3)
    return _months(kind, day.year, 1, 12)


def _months(kind: PeriodKind, year: int, month: int, number: int) -> ReportPeriod:
    end = month + number - 1
    return ReportPeriod(
        kind, date(year, month, 1), date(year, end, calendar.monthrange(year, end)[1])
    )


def read(kind: PeriodKind, code: str) -> ReportPeriod:
    """Read a period as people and programs write it: see `ReportPeriod.code`.

    Raises: InvalidInput (field period) when the text is no period of this kind.
    """
    try:
        found = READERS[kind](code.strip())
    except ValueError as error:
        raise InvalidInput("period", "no_such_period", text=code, kind=str(kind)) from error
    return found


def _day(code: str) -> ReportPeriod:
    return containing(PeriodKind.DAY, date.fromisoformat(code))


def _week(code: str) -> ReportPeriod:
    year, week = _matched(WEEK, code)
    return containing(PeriodKind.WEEK, date.fromisocalendar(int(year), int(week), 1))


def _month(code: str) -> ReportPeriod:
    year, month = _matched(MONTH, code)
    return containing(PeriodKind.MONTH, date(int(year), int(month), 1))


def _quarter(code: str) -> ReportPeriod:
    year, quarter = _matched(QUARTER, code)
    return containing(PeriodKind.QUARTER, date(int(year), 3 * int(quarter), 1))


def _year(code: str) -> ReportPeriod:
    if not YEAR.fullmatch(code):
        raise ValueError("write it as 2020")
    return containing(PeriodKind.YEAR, date(int(code), 1, 1))


def _matched(pattern: re.Pattern[str], code: str) -> tuple[str, ...]:
    found = pattern.fullmatch(code)
    if found is None:
        raise ValueError("write it as 2020-09, 2020-W36 or 2020-Q3")
    return found.groups()


READERS: dict[PeriodKind, Callable[[str], ReportPeriod]] = {
    PeriodKind.DAY: _day,
    PeriodKind.WEEK: _week,
    PeriodKind.MONTH: _month,
    PeriodKind.QUARTER: _quarter,
    PeriodKind.YEAR: _year,
}
