"""Units for which nobody works: no case climbs to them, and they are told of once."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from gridgov.domain.assignment import Why
from gridgov.domain.errors import InvalidInput, InvalidTransition
from gridgov.domain.escalation import TimerKind
from gridgov.domain.handover import DutyPlace
from gridgov.domain.messages import MessageKind
from gridgov.domain.workflow import Action
from gridgov.services import dispatch, feedback, ladder, sweep, timers, vacancies
from gridgov.services import reference as references
from gridgov.services.notice_roster import roster_told
from gridgov.services.notice_staff import Staff
from gridgov.storage import messages, people
from gridgov.storage import timers as store
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.people import Duty, Person
from gridgov.storage.rosters import Vacancy
from tests.support.acts import (
    AFTER,
    DISTRICT,
    NOON,
    case_of,
    do,
    holder,
    person,
    report,
    set_ladder,
)

VILLAGE, TOWN, CENTRE = "V440608004025", "T440608004", "ZX"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def laddered(rolled: Session) -> Iterator[None]:
    set_ladder(rolled, on=True)
    rolled.flush()
    yield


def leave(session: Session, *units: str) -> None:
    """Let everybody of some units leave the service."""
    for unit in units:
        for person_id in people.of_unit(session, DISTRICT, unit):
            session.get_one(Person, person_id).active = False
    session.flush()


def foretold(session: Session, case: Case) -> list[str]:
    """The units a case goes to if nobody acts."""
    store.write_pending(session)
    found = timers.forecast(session, case, references.of(session, DISTRICT), NOON)
    return [one.data["unit"] for one in found if one.kind is TimerKind.CLIMB]


def climbed(session: Session, case: Case) -> list[str | None]:
    """The units a case goes to while nobody signs: what the sweep really does."""
    found, moment = [], NOON
    for _ in range(60):
        moment += DAY / 4
        had = case.unit_code
        sweep.fire(session, DISTRICT, now=moment)
        if case.unit_code != had:
            found.append(case.unit_code)
    return found


@pytest.mark.parametrize(
    ("gone", "way"),
    [
        ((), [VILLAGE, TOWN, "CG"]),
        ((VILLAGE,), [TOWN, "CG"]),
        ((VILLAGE, TOWN), ["CG"]),
        ((TOWN, "CG"), [VILLAGE, CENTRE]),
        ((VILLAGE, TOWN, "CG", CENTRE), [CENTRE]),
    ],
)
def test_a_case_climbs_past_units_with_nobody_and_so_it_was_foretold(
    stage: Flask, rolled: Session, gone: tuple[str, ...], way: list[str]
) -> None:
    case = case_of(rolled, report(rolled))
    leave(rolled, *gone)
    reference = references.of(rolled, DISTRICT)
    assert [one.unit for one in ladder.rungs(rolled, case, reference)] == way
    assert foretold(rolled, case) == way
    assert climbed(rolled, case) == way


def test_passing_a_case_up_by_hand_goes_past_them_too(stage: Flask, rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    worker = holder(rolled, case.assignee_id, None, NOON)
    do(rolled, case, Action.SIGN, worker, NOON + MINUTE)
    leave(rolled, VILLAGE)
    do(rolled, case, Action.PASS_UP, worker, NOON + 2 * MINUTE, text="村里没有人")
    assert (case.unit_code, case.level) == (TOWN, "town")


def test_nobody_is_asked_to_check_where_nobody_works(stage: Flask, rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    reference = references.of(rolled, DISTRICT)
    alone = {person_id: Why.HANDLED for person_id in everybody(rolled)}

    def checks() -> str | None:
        found = dispatch.checker(rolled, case, reference, NOON, resolver=None, barred=alone)
        return found.unit_code

    assert checks() == VILLAGE
    leave(rolled, VILLAGE)
    assert checks() == TOWN
    leave(rolled, TOWN)
    assert checks() == CENTRE


def everybody(session: Session) -> list[UUID]:
    """Everybody who has the duty for a grid: none of them may check."""
    rows = session.scalars(select(Duty).where(Duty.district_code == DISTRICT))
    return [duty.person_id for duty in rows]


def test_an_emergency_does_not_go_to_a_unit_with_nobody(stage: Flask, rolled: Session) -> None:
    def told() -> Case:
        receipt = report(rolled, text="有人受伤了，还在流血", emergency_seen=True)
        return case_of(rolled, receipt)

    usual = told()
    assert usual.unit_code == "CG", "the unit of its class has it at once"
    leave(rolled, "CG")
    other = told()
    assert other.unit_code != "CG" and other.assignee_id is not None


def test_nobody_gives_a_case_or_a_task_to_a_unit_with_nobody(stage: Flask, rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    worker = holder(rolled, case.assignee_id, None, NOON)
    do(rolled, case, Action.RETURN, worker, NOON, reason="wrong_duty", text="不归我们管")
    leave(rolled, VILLAGE, CENTRE)
    desk = person(rolled, "dispatcher")
    with pytest.raises(InvalidInput) as refused:
        do(rolled, case, Action.DISPATCH, desk, NOON, target=f"unit:{VILLAGE}")
    assert (refused.value.field, refused.value.reason) == ("target", "unmanned")
    do(rolled, case, Action.DISPATCH, desk, NOON, target=f"unit:{TOWN}")
    town = holder(rolled, None, TOWN, NOON)
    do(rolled, case, Action.SIGN, town, NOON)
    with pytest.raises(InvalidInput):
        do(rolled, case, Action.CALL_IN, town, NOON, target=f"unit:{VILLAGE}", text="来人")


def test_a_case_is_not_reopened_for_a_unit_with_nobody(stage: Flask, rolled: Session) -> None:
    receipt = report(rolled)
    case = case_of(rolled, receipt)
    do(rolled, case, Action.SIGN, holder(rolled, case.assignee_id, None, NOON), NOON)
    case.assignee_id, case.unit_code = None, TOWN
    town = holder(rolled, None, TOWN, NOON)
    do(rolled, case, Action.RESOLVE, town, NOON, text="好", photos=(AFTER,))
    checker = holder(rolled, case.checker_id, case.checker_unit_code, NOON)
    do(rolled, case, Action.CHECK_PASS, checker, NOON)
    leave(rolled, TOWN)
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=NOON)
    assert case.state == "handling"
    assert case.assignee_id is not None, "the people of the grid are there"
    assert case.unit_code is None


def test_somebody_who_comes_back_is_seen_at_once(stage: Flask, rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    there = people.of_unit(rolled, DISTRICT, VILLAGE)
    leave(rolled, VILLAGE)
    assert foretold(rolled, case)[0] == TOWN
    rolled.get_one(Person, next(iter(there))).active = True
    rolled.flush()
    assert foretold(rolled, case)[0] == VILLAGE


def test_they_are_noted_and_told_once_until_somebody_works_there(
    stage: Flask, rolled: Session
) -> None:
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 0
    there = people.of_unit(rolled, DISTRICT, "GD")
    assert there, "the sample has somebody in every unit"
    leave(rolled, "GD")
    reference = references.of(rolled, DISTRICT)
    assert [unit.code for unit in vacancies.empty_units(rolled, reference)] == ["GD"]
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 1
    assert vacancies.sweep(rolled, DISTRICT, now=NOON + MINUTE) == 0
    assert timers.needs_filling(rolled, DISTRICT), "what comes due is planned anew"
    messages.write_pending(rolled)
    told = [one for one in messages.after(rolled, DISTRICT, 0, 10_000) if "vacant" in one.kind]
    assert [one.body["units_vacant"] for one in told] == [
        [[reference.units["GD"].name, reference.units["GD"].name_en]]
    ]
    rolled.get_one(Person, next(iter(there))).active = True
    rolled.flush()
    assert vacancies.sweep(rolled, DISTRICT, now=NOON + DAY) == 0
    row = rolled.scalars(select(Vacancy).where(Vacancy.area_code == "unit:GD")).one()
    assert row.ended_at == NOON + DAY


def test_the_desk_hears_which_units_have_nobody(stage: Flask, rolled: Session) -> None:
    leave(rolled, "GD")
    vacancies.sweep(rolled, DISTRICT, now=NOON)
    messages.write_pending(rolled)
    last = [one for one in messages.after(rolled, DISTRICT, 0, 10_000) if "vacant" in one.kind][-1]
    staff = Staff(rolled, references.of(rolled, DISTRICT))
    told = roster_told(staff, MessageKind(last.kind), last.body)
    name = references.of(rolled, DISTRICT).units["GD"].name
    assert told and {one.content.title[0] for one in told} == {name}
    assert {one.path for one in told} == {"/admin/roster"}


def test_a_report_asks_for_the_village_only_where_the_village_gets_it(
    stage: Flask, rolled: Session
) -> None:
    told: list[str] = []

    def note(_c: object, _k: object, statement: str, *_more: object) -> None:
        told.append(statement)

    reference = references.of(rolled, DISTRICT)
    case = case_of(rolled, report(rolled))
    event.listen(db.engine, "before_cursor_execute", note)
    found = dispatch.first_holder(rolled, case, reference.category_of(case), reference, NOON)
    event.remove(db.engine, "before_cursor_execute", note)
    assert found is not None and found.person_id is not None
    assert not [one for one in told if "grants.unit_code =" in one]


def test_the_top_has_nobody_above(stage: Flask, rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    case.level = "district"
    with pytest.raises(InvalidTransition):
        dispatch.level_above(rolled, case, references.of(rolled, DISTRICT))


def test_what_a_change_of_the_net_moves_goes_past_them(stage: Flask, rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    here, town = VILLAGE.removeprefix("V"), TOWN.removeprefix("T")
    there = next(code for code in reference.inboxes if code.startswith(town) and code > here)
    case = case_of(rolled, report(rolled))
    case.assignee_id, case.unit_code = None, reference.inboxes[there]
    case.duty_version, case.duty_town_code, case.duty_village_code = 1, town, there
    leave(rolled, VILLAGE)
    duties = dispatch.duties_of(rolled, reference, NOON)
    place = DutyPlace(reference.net.version, town, here)
    for found in (
        dispatch.holder_at(reference, place, duties),
        dispatch.holder_after_change(case, place, reference, duties),
    ):
        assert found is not None
        assert found.unit_code == TOWN
