"""A year is published: limits that rested on a guess are counted again, and say so."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from gridgov.domain.errors import InvalidInput
from gridgov.domain.workflow import Action
from gridgov.services import calendars, history, timers
from gridgov.services import reference as references
from gridgov.storage import history as entries
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.session import read_only, unit_of_work
from gridgov.storage.timers import Timer
from tests.support.acts import DISTRICT, case_of, do, person, report

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Wednesday: two working days from 15:00 lead over New Year's Day, a Friday.
LAST_DAYS = datetime(2026, 12, 30, 15, 0, tzinfo=SHANGHAI)
LAMP = "0202"  # 3 working days
RUBBISH = "0101"  # 4 working hours
NOTICE = "国办发明电〔2026〕号"


def day(text: str, *, workday: bool = False) -> CalendarDay:
    return CalendarDay(
        district_code=DISTRICT,
        day=date.fromisoformat(text),
        workday=workday,
        name="元旦",
        name_en="New Year",
        source=NOTICE,
    )


def new_case(category: str, now: datetime = LAST_DAYS) -> Case:
    with unit_of_work() as session:
        return case_of(session, report(session, now=now, category_code=category))


def fresh(case: Case) -> Case:
    with read_only() as session:
        return session.get_one(Case, case.id)


def recount(now: datetime) -> int:
    total, after, more = 0, None, True
    while more:
        with unit_of_work() as session:
            after, moved = calendars.recount(session, DISTRICT, after, now=now)
        total, more = total + moved, after is not None
    return total


def due(case: Case) -> str:
    return fresh(case).due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def lines(case: Case) -> list[CaseEntry]:
    with read_only() as session:
        return list(entries.of_case(session, case.id))


def info_ends(case: Case) -> str:
    """When it goes on without an answer, by the row."""
    with read_only() as session:
        rows = session.scalars(
            select(Timer).where(Timer.case_id == case.id, Timer.ended_at.is_(None))
        )
        (row,) = (one for one in rows if one.kind == "info_ends")
        return row.due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def watched(now: datetime) -> None:
    """What the timetable does first where rows may not say what is to come."""
    with unit_of_work() as session:
        assert timers.needs_filling(session, DISTRICT)
        assert timers.fill(session, DISTRICT, None, now=now) is None


def test_publishing_the_next_year_counts_provisional_limits_again(stage: Flask) -> None:
    lamp, firm = new_case(LAMP), new_case(RUBBISH, LAST_DAYS - timedelta(days=1))
    asked = new_case(LAMP)
    with unit_of_work() as session:
        worker = person(session, "worker")
        do(session, asked, Action.SIGN, worker, LAST_DAYS + timedelta(minutes=1))
        do(session, asked, Action.ASK_INFO, worker, LAST_DAYS + timedelta(hours=1), text="哪里？")
    assert (due(lamp), fresh(lamp).due_provisional) == ("01-05 15:00", True)
    kept, left = fresh(firm).due_at, fresh(asked).paused_left
    now = LAST_DAYS + timedelta(hours=2)
    with unit_of_work() as session:
        # As the law says the holiday is on the Friday; the Monday after it is free as well.
        published = calendars.publish(session, DISTRICT, [day("2027-01-01"), day("2027-01-04")])
    assert (published.years, published.last) == ((2027,), date(2027, 12, 31))
    moved = recount(now)
    assert (due(lamp), fresh(lamp).due_provisional) == ("01-06 15:00", False)
    last = lines(lamp)[-1]
    assert (last.action, last.by_role, last.at) == ("recompute", "system", now)
    assert last.data["due_was"].startswith("2027-01-05") and last.data["due"].startswith(
        "2027-01-06"
    )
    assert fresh(firm).due_at == kept
    assert all(line.action != "recompute" for line in [*lines(firm), *lines(asked)])
    assert info_ends(asked) == "01-05 16:00"
    watched(now)
    assert info_ends(asked) == "01-06 16:00", "the receipt says so, and so does what will do it"
    assert fresh(asked).paused_left == left, "counted when its clock goes on"
    assert moved >= 1
    assert recount(now) == 0, "once is enough"
    with read_only() as session:
        assert history.verify(session, DISTRICT)[1] is None
        rows = [row for row in session.query(Timer).filter_by(case_id=lamp.id, ended_at=None)]
        assert not any(row.provisional for row in rows)
        assert not references.of(session, DISTRICT).calendar.is_provisional(date(2027, 6, 1))


def test_a_calendar_with_a_year_missing_is_refused_and_nothing_is_changed(stage: Flask) -> None:
    with read_only() as session:
        before = references.of(session, DISTRICT).calendar
    for days in ([], [day("2031-01-01")], [day("2010-01-01")]):
        with pytest.raises(InvalidInput) as refused, unit_of_work() as session:
            calendars.publish(session, DISTRICT, days)
        assert refused.value.field == "calendar"
    with read_only() as session:
        assert references.of(session, DISTRICT).calendar == before


def test_a_year_that_is_corrected_replaces_what_was_known_of_it(stage: Flask) -> None:
    with unit_of_work() as session:
        calendars.publish(session, DISTRICT, [day("2027-01-01"), day("2027-02-05")])
    recount(LAST_DAYS)
    with unit_of_work() as session:
        calendars.publish(session, DISTRICT, [day("2027-01-01"), day("2027-02-08")])
    recount(LAST_DAYS)
    with read_only() as session:
        known = references.of(session, DISTRICT).calendar
    assert known.is_workday(date(2027, 2, 5)) and not known.is_workday(date(2027, 2, 8))
    assert not known.is_workday(date(2026, 10, 1)), "other years stay"
