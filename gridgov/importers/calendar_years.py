"""A file of the calendar's next year: looked at without writing, then published."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.published_days import PublishedDay
from gridgov.domain.table_imports import (
    Change,
    ChangeKind,
    Place,
    Plan,
    PlanChanged,
    Refusal,
    TableRefused,
    change_of,
)
from gridgov.importers import calendar
from gridgov.importers.calendar import read_calendar
from gridgov.services import calendars, setup_base
from gridgov.services.setup_base import Source
from gridgov.storage import calendar as stored
from gridgov.storage.session import read_only, unit_of_work

CALENDAR = "calendar"


def dry_run(path: Path, district_code: str) -> Plan:
    """Return what publishing a file would change, day by day.

    Raises: InvalidInput (field file) where the file as a whole cannot be used; NotFound.
    """
    try:
        days = read_calendar(path)
    except InvalidInput as error:
        refusals = tuple(map(_refusal, error.values.get("rows", ())))
        if not refusals:
            raise InvalidInput("file", _whole(error), str(error), **error.values) from error
        return Plan(CALENDAR, (), refusals)
    with read_only() as session:
        return _plan(session, district_code, days)


def _whole(error: InvalidInput) -> str:
    return "wrong_calendar" if error.reason == "wrong_columns" else "unreadable"


def _refusal(row: dict[str, Any]) -> Refusal:
    place = Place("", int(row.get("line", 0)))
    return Refusal(place, str(row["column"]), str(row["reason"]), str(row.get("value", "")))


def _plan(session: Session, district_code: str, days: list[PublishedDay]) -> Plan:
    years = {one.day.year for one in days}
    known = {
        row.day: row
        for row in session.scalars(
            select(stored.CalendarDay).where(stored.CalendarDay.district_code == district_code)
        )
        if row.day.year in years
    }
    changes = []
    for one in days:
        row = known.pop(one.day, None)
        before = None if row is None else _fields(row.workday, row.name)
        after = _fields(one.workday, one.name)
        changes.append(change_of(one.day.isoformat(), one.name, before, after))
    changes += [
        Change(ChangeKind.ENDED, day.isoformat(), row.name) for day, row in sorted(known.items())
    ]
    try:
        calendars.check_years(session, district_code, years)
    except InvalidInput as error:
        gap = Refusal(Place(), "date", error.reason, str(min(years, default="")))
        return Plan(CALENDAR, tuple(changes), (gap,))
    return Plan(CALENDAR, tuple(changes))


def _fields(workday: bool, name: str) -> dict[str, str]:
    return {"workday": "01"[workday], "name": name}


def run(path: Path, district_code: str, *, source: Source, now: datetime, expected: str) -> Plan:
    """Publish the years of a file and count again what rested on a guess.

    Raises: as `dry_run`, TableRefused, PlanChanged.
    """
    plan = dry_run(path, district_code)
    if plan.refusals:
        raise TableRefused(plan)
    if plan.fingerprint() != expected:
        raise PlanChanged("the calendar changed since this was looked at")
    calendar.load(path, district_code, now=now, progress=lambda _moved: None)
    with unit_of_work() as session:
        setup_base.keep(session, district_code, CALENDAR, plan.done(), source, now)
    return plan
