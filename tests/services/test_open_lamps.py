"""Lamps of a view, counted: they are those of its cases one by one, and add up to its open ones."""

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import Lamp
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import OPEN_STATES, CaseState
from gridgov.services import deadlines, open_lamps
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.storage.cases import Case
from gridgov.storage.scope import in_area
from tests.support.acts import DISTRICT, GRID, NOON, case_of, report

TOWN, VILLAGE = GRID[:9], GRID[:12]
EVERYTHING = (date(2000, 1, 1), date(2030, 1, 1))


def view(area: str = DISTRICT, first: date = EVERYTHING[0], last: date = EVERYTHING[1]) -> View:
    return View(DISTRICT, area, first, last, frozenset(CaseClass))


def one_by_one(session: Session, area: str, now: datetime) -> Counter[str]:
    reference = references.of(session, DISTRICT)
    cases = session.scalars(
        select(Case).where(Case.state.in_(sorted(OPEN_STATES)), in_area(area))
    ).all()
    return Counter(
        str(deadlines.lamp_of(case, reference.category_of(case), reference, now)) for case in cases
    )


def test_the_lamps_are_those_of_the_cases(rolled: Session) -> None:
    for n in range(6):
        case = case_of(rolled, report(rolled, now=NOON - timedelta(hours=n)))
    case.state = str(CaseState.SUSPENDED)
    rolled.flush()
    seen: set[str] = set()
    for hours in (0, 1, 3, 5, 7, 24, 300):
        now = NOON + timedelta(hours=hours)
        for area in (DISTRICT, TOWN, VILLAGE, GRID):
            found = open_lamps.lamps(rolled, view(area), now=now)
            wanted = one_by_one(rolled, area, now)
            assert found == open_lamps.Lamps(
                wanted["green"], wanted["yellow"], wanted["red"], wanted["grey"]
            )
            seen |= {colour for colour, count in wanted.items() if count}
            assert found.open == sum(wanted.values())
    assert {"green", "yellow", "red", "grey"} <= seen


def test_each_lamp_opens_its_cases_page_by_page(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_lamps, "CHUNK", 7)
    for n in range(6):
        case = case_of(rolled, report(rolled, now=NOON - timedelta(hours=n)))
    case.state = str(CaseState.SUSPENDED)
    rolled.flush()
    by = Actor(DISTRICT, Role.SUPERVISOR, grants=(Grant(Role.SUPERVISOR, DISTRICT),))
    seen: set[Lamp] = set()
    for hours in (0, 1, 3, 5, 7, 24, 300):
        now = NOON + timedelta(hours=hours)
        counted = open_lamps.lamps(rolled, view(), now=now)
        for lamp in Lamp:
            found: list[Case] = []
            before: UUID | None = None
            while page := open_lamps.cases_with(
                rolled, by, view(), lamp, now=now, before=before, limit=20
            ):
                found += page
                before = page[-1].id
            assert len({one.id for one in found}) == len(found) == getattr(counted, str(lamp))
            assert set(lamps_of(rolled, found, now)) <= {lamp}
            seen |= set(lamps_of(rolled, found, now))
    assert seen == set(Lamp)


def lamps_of(session: Session, cases: list[Case], now: datetime) -> list[Lamp]:
    reference = references.of(session, DISTRICT)
    return [deadlines.lamp_of(one, reference.category_of(one), reference, now) for one in cases]


def test_only_the_days_of_the_view_are_counted(rolled: Session) -> None:
    report(rolled, now=NOON)
    rolled.flush()
    day = references.of(rolled, DISTRICT).local_day(NOON)
    before = view(first=day - timedelta(days=1), last=day - timedelta(days=1))
    that_day = view(first=day, last=day)
    now = NOON + timedelta(minutes=1)
    rows = rolled.scalars(
        select(Case).where(Case.state.in_(sorted(OPEN_STATES)), Case.received_on == day)
    ).all()
    assert open_lamps.lamps(rolled, that_day, now=now).open == len(rows) > 0
    everything = open_lamps.lamps(rolled, view(), now=now).open
    assert open_lamps.lamps(rolled, before, now=now).open < everything


def test_overdue_cases_are_told_by_unit_and_add_up_to_the_red_ones(rolled: Session) -> None:
    report(rolled, now=NOON)
    rolled.flush()
    later = NOON + timedelta(days=30)
    found = open_lamps.overdue_by_unit(rolled, view(), now=later)
    assert found == sorted(found, key=lambda one: (-one[1], one[0]))
    assert sum(count for _unit, count in found) == open_lamps.lamps(rolled, view(), now=later).red
    assert open_lamps.overdue_by_unit(rolled, view(GRID), now=NOON) == []


def test_a_confidential_case_shows_no_lamp_to_who_may_not_count_it(rolled: Session) -> None:
    day = references.of(rolled, DISTRICT).local_day(NOON)
    case = case_of(rolled, report(rolled, now=NOON))
    case.confidential = True
    rolled.flush()
    now = NOON + timedelta(minutes=1)
    everything = View(DISTRICT, GRID, day, day, frozenset(CaseClass))
    public = View(DISTRICT, GRID, day, day, frozenset({CaseClass.OPEN}))
    counted = open_lamps.lamps(rolled, everything, now=now).open
    assert open_lamps.lamps(rolled, public, now=now).open == counted - 1
