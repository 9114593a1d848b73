"""Hours, night duty, volunteers and vacancies, in the sample district on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.assignment import DutyKind, OnDuty, Why
from gridgov.domain.errors import InvalidInput, NotAllowed
from gridgov.domain.rosters import is_enforcement
from gridgov.domain.workflow import Action
from gridgov.services import arranging, leaves, vacancies
from gridgov.services import reference as references
from gridgov.services.arranging import HasDuty, NewDuty, NewShift
from gridgov.services.leaves import Wanted
from gridgov.storage import history, messages, people
from gridgov.storage.history import CaseEntry
from gridgov.storage.people import Duty, Person
from gridgov.storage.rosters import Vacancy
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT, GRID, NOON, case_of, person, report
from tests.support.threads import at_once

VILLAGE = "440608004025"
TODAY = date(2026, 11, 18)  # a Wednesday in Gaoming
NIGHT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # 23:00 there


def id_of(session: Session, username: str) -> UUID:
    found = person(session, username).person_id
    assert found is not None
    return found


def hours(session: Session, who: str, opens: str, closes: str, *weekdays: int) -> None:
    new = NewShift(
        id_of(session, who),
        time.fromisoformat(opens),
        time.fromisoformat(closes),
        weekdays or tuple(range(7)),
    )
    arranging.add_shift(session, new, by=person(session, "supervisor"), now=NOON)


def named(session: Session, area: str, who: str, kind: DutyKind) -> Duty:
    new = NewDuty(area, id_of(session, who), str(kind), TODAY)
    return arranging.add_duty(session, new, by=person(session, "supervisor"), now=NOON)


def holder_of(session: Session, now: datetime) -> str:
    case = case_of(session, report(session, now=now))
    if case.assignee_id is None:
        return f"unit {case.unit_code}"
    return session.get_one(Person, case.assignee_id).username


def test_outside_the_hours_of_the_lead_the_deputy_gets_it(rolled: Session) -> None:
    hours(rolled, "worker", "08:30", "17:30")
    assert holder_of(rolled, NOON) == "worker"
    assert holder_of(rolled, NIGHT) == "deputy"
    hours(rolled, "deputy", "08:30", "17:30")
    # Both are at home, and so is everybody next door who has hours; the rest are asked.
    case = case_of(rolled, report(rolled, now=NIGHT))
    because = history.of_case(rolled, case.id)[-1].data["because"]
    assert [one["why"] for one in because["passed"][:2]] == [Why.OFF_SHIFT] * 2
    until = datetime.fromisoformat(because["passed"][0]["until"])
    assert until == datetime(2026, 11, 19, 0, 30, tzinfo=UTC)


def test_the_night_duty_of_a_village_has_all_its_grids_at_night(rolled: Session) -> None:
    named(rolled, VILLAGE, "w1640", DutyKind.NIGHT)
    assert holder_of(rolled, NIGHT) == "w1640"
    assert holder_of(rolled, NIGHT + timedelta(hours=8)) == "w1640"  # 07:00
    assert holder_of(rolled, NOON) == "worker"
    assert VILLAGE in {grant.area_code for grant in person(rolled, "w1640").grants}


def test_a_volunteer_is_asked_last_and_never_for_enforcement(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    stages = {one.code: is_enforcement(one) for one in reference.catalogue.values()}
    assert any(stages.values())
    assert not stages["0101"]
    named(rolled, GRID, "w1641", DutyKind.VOLUNTEER)
    assert holder_of(rolled, NOON) == "worker"


def test_equals_share_the_load(rolled: Session) -> None:
    lead = rolled.scalars(select(Duty).where(Duty.area_code == GRID, Duty.kind == "lead")).one()
    arranging.end_duty(
        rolled,
        lead.id,
        last=TODAY - timedelta(days=1),
        by=person(rolled, "supervisor"),
        now=NOON,
    )
    named(rolled, GRID, "w1642", DutyKind.DEPUTY)
    named(rolled, GRID, "w1643", DutyKind.DEPUTY)
    got = Counter(holder_of(rolled, NOON) for _ in range(6))
    assert got == {"deputy": 2, "w1642": 2, "w1643": 2}


def test_what_cannot_be_a_duty_is_refused(rolled: Session) -> None:
    supervisor = person(rolled, "supervisor")
    with pytest.raises(HasDuty):
        named(rolled, GRID, "w1644", DutyKind.LEAD)
    with pytest.raises(HasDuty):
        named(rolled, GRID, "worker", DutyKind.DEPUTY)
    for area, who, kind, first, field in (
        (VILLAGE, "w1644", "lead", TODAY, "kind"),
        (GRID, "systemadmin", "cover", TODAY, "person"),
        (GRID, "w1644", "cover", TODAY - timedelta(days=1), "first"),
        ("nowhere", "w1644", "cover", TODAY, "area"),
    ):
        with pytest.raises(InvalidInput) as caught:
            new = NewDuty(area, id_of(rolled, who), kind, first)
            arranging.add_duty(rolled, new, by=supervisor, now=NOON)
        assert caught.value.field == field
    new = NewDuty(GRID, id_of(rolled, "w1644"), "cover", TODAY)
    for who in ("worker", "handler"):
        with pytest.raises(NotAllowed):
            arranging.add_duty(rolled, new, by=person(rolled, who), now=NOON)
    arranging.add_duty(rolled, new, by=person(rolled, "village"), now=NOON)


def test_a_grid_that_loses_everybody_is_told_of_once(rolled: Session) -> None:
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 0
    for duty in rolled.scalars(select(Duty).where(Duty.area_code == GRID)):
        duty.ends_on = TODAY - timedelta(days=1)
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 1
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 0
    messages.write_pending(rolled)
    told = [
        one.body
        for one in messages.after(rolled, DISTRICT, 0, 10_000)
        if one.kind == "grids.vacant"
    ]
    assert [one["grids"] for one in told] == [[GRID]]
    assert f"V{VILLAGE}" in told[0]["units"]
    named(rolled, GRID, "w1644", DutyKind.COVER)
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 0
    row = rolled.scalars(select(Vacancy).where(Vacancy.area_code == GRID)).one()
    assert row.ended_at == NOON


def test_nobody_is_missing_at_night_who_comes_in_the_morning(rolled: Session) -> None:
    for who in ("worker", "deputy"):
        hours(rolled, who, "08:30", "17:30", 0, 1, 2, 3, 4)
    assert vacancies.sweep(rolled, DISTRICT, now=NIGHT) == 0


def test_next_door_is_proposed_with_what_they_have_in_hand(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    found = vacancies.by_grid(rolled, reference, vacancies.grids(reference), NOON)
    offered = vacancies.proposals(rolled, reference, GRID, found, NOON)
    assert 1 <= len(offered) <= 3
    assert GRID not in {one.grid.code for one in offered}
    assert [one.load for one in offered] == sorted(one.load for one in offered)


@pytest.fixture
def leave_now(stage: Flask) -> Iterator[UUID]:
    """A granted leave of the sample's worker that has come due, with a case in hand."""
    begin = NOON + timedelta(days=400)
    with unit_of_work() as session:
        case = case_of(session, report(session, now=begin - timedelta(hours=1)))
        wanted = Wanted(begin, begin + timedelta(days=1), "leave")
        by, supervisor = person(session, "worker"), person(session, "supervisor")
        assert by.person_id is not None
        leave = leaves.ask(session, by.person_id, wanted, by=by, now=NOON)
        leaves.decide(session, leave.id, granted=True, by=supervisor, now=NOON)
        case_id = case.id
    yield case_id
    with unit_of_work() as session:
        leaves.end(session, leave.id, by=person(session, "worker"), now=begin)


def test_many_sweep_and_a_leave_begins_once(stage: Flask, leave_now: UUID) -> None:
    begin = NOON + timedelta(days=400)

    def sweep() -> int:
        with unit_of_work() as session:
            return leaves.sweep(session, DISTRICT, now=begin)

    assert sum(at_once(stage, [sweep] * 4)) == 1
    with read_only() as session:
        lines = session.scalar(
            select(func.count()).where(
                CaseEntry.case_id == leave_now, CaseEntry.action == str(Action.RELIEVE)
            )
        )
        told = [
            one.body["what"]
            for one in messages.after(session, DISTRICT, 0, 10_000)
            if one.kind == "leave.noted"
        ]
    assert lines == 1
    assert told.count("begun") == 1


def test_a_duty_of_a_day_is_over_on_the_next(rolled: Session) -> None:
    duty = OnDuty(id_of(rolled, "w1645"), DutyKind.COVER)
    people.add_duty(rolled, DISTRICT, GRID, duty, TODAY, ends_on=TODAY)
    rolled.flush()
    assert GRID in {grant.area_code for grant in person(rolled, "w1645").grants}
    tomorrow = person(rolled, "w1645", NOON + timedelta(days=1))
    assert GRID not in {grant.area_code for grant in tomorrow.grants}
