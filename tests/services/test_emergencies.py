"""Emergencies: called first, dispatched at once to the unit of the class, recorded later."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.workflow import Action
from gridgov.services import desk_queue, emergencies
from gridgov.services import reference as references
from gridgov.services.desk_queue import DeskTab, Filters
from gridgov.services.intake import EmergencyFirst
from gridgov.storage import history as lines
from gridgov.storage import timers as store
from gridgov.storage.cases import Case
from gridgov.storage.timers import Timer
from tests.support.acts import (
    DISTRICT,
    NOON,
    case_of,
    do,
    person,
    report,
    set_ladder,
)

SOON = NOON + timedelta(minutes=20)
GAS: dict[str, Any] = {"text": "楼下煤气泄漏，味道很大", "category_code": "0603"}
LAMP_ON_FIRE: dict[str, Any] = {"text": "路灯着火了", "category_code": "0202"}


def test_nothing_is_taken_before_the_number_to_call_was_shown(rolled: Session) -> None:
    with pytest.raises(EmergencyFirst):
        report(rolled, **GAS)


@pytest.mark.parametrize(
    ("told", "unit", "number"), [(GAS, "RQ", "119"), (LAMP_ON_FIRE, "ZJSL", "119")]
)
def test_the_shadow_case_goes_at_once_to_the_unit_of_its_class(
    rolled: Session, told: dict[str, Any], unit: str, number: str
) -> None:
    case = case_of(rolled, report(rolled, **told, emergency_seen=True))
    assert (case.state, case.unit_code, case.assignee_id) == ("dispatched", unit, None)
    assert case.severity == 4 and emergencies.number_of(case) == number
    first, second = lines.of_case(rolled, case.id)
    assert first.data["routing"]["emergency"] == number
    assert (second.by_role, second.data["why"]) == ("system", "emergency")


def test_a_dispatcher_registers_the_facts_afterwards_once(rolled: Session) -> None:
    case = case_of(rolled, report(rolled, **GAS, emergency_seen=True))
    assert emergencies.recorded_from(case) == NOON
    handler = person(rolled, "dispatcher")
    do(rolled, case, Action.NOTE, handler, SOON, text="19:02 与燃气公司电话核实，已关阀")
    assert emergencies.recorded_from(case) is None
    assert lines.of_case(rolled, case.id)[-1].data == {"recorded": True}
    do(rolled, case, Action.NOTE, handler, SOON, text="又通了一次电话")
    assert lines.of_case(rolled, case.id)[-1].data == {}


def test_an_ordinary_report_is_no_emergency(rolled: Session) -> None:
    case = case_of(rolled, report(rolled, emergency_seen=True))
    assert emergencies.number_of(case) is None and emergencies.recorded_from(case) is None
    do(rolled, case, Action.NOTE, person(rolled, "dispatcher"), SOON, text="已看")
    assert lines.of_case(rolled, case.id)[-1].data == {}


def test_an_emergency_stands_on_its_own_tab_until_its_facts_are_registered(
    rolled: Session,
) -> None:
    handler = person(rolled, "dispatcher")
    reference, wanted = references.of(rolled, DISTRICT), Filters(tab=DeskTab.EMERGENCY)

    def tab() -> list[Case]:
        return desk_queue.page(rolled, handler, wanted, reference, now=SOON, limit=1_000)

    before = len(tab())
    case = case_of(rolled, report(rolled, **GAS, emergency_seen=True))
    case_of(rolled, report(rolled))
    assert case in tab() and len(tab()) == before + 1
    counts = desk_queue.counts(rolled, handler, wanted, reference, now=SOON)
    assert counts[DeskTab.EMERGENCY] == before + 1
    do(rolled, case, Action.NOTE, handler, SOON, text="已到场")
    assert case not in tab() and len(tab()) == before


# Me too, and it burns ------------------------------------------------------------------------


def burns(session: Session, case: Case, text: str = "路灯杆下面着火了") -> None:
    """A second report of the same case, with words of danger."""
    joined: dict[str, Any] = {"join_case_id": case.id, "text": text}
    assert report(session, now=SOON, emergency_seen=True, **joined).joined
    session.flush()


def test_words_of_danger_come_before_joining_too(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    with pytest.raises(EmergencyFirst):
        report(rolled, join_case_id=case.id, text="着火了")


def test_a_joining_report_that_names_danger_makes_the_case_an_emergency(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    case = case_of(rolled, report(rolled))
    assert case.severity < 4 and case.assignee_id is not None
    due, sign = case.due_at, case.stage_due_at
    burns(rolled, case)
    unit = references.of(rolled, DISTRICT).category_of(case).unit_code
    assert (case.severity, emergencies.number_of(case)) == (4, "119")
    assert (case.state, case.unit_code, case.assignee_id) == ("dispatched", unit, None)
    assert emergencies.recorded_from(case) == SOON, "the two hours run from the danger on"
    assert case.due_at <= due and sign != case.stage_due_at
    joined, given = lines.of_case(rolled, case.id)[-2:]
    assert (joined.data["emergency"], joined.data["severity"]) == ("119", 4)
    assert (given.by_role, given.data["why"]) == ("system", "emergency")
    burns(rolled, case)
    again = lines.of_case(rolled, case.id)[-1]
    assert again.action == "join" and "emergency" not in again.data
    store.write_pending(rolled)
    rows = select(Timer.due_at).where(Timer.case_id == case.id, Timer.kind == "record_due")
    assert rolled.scalars(rows).all() == [SOON + timedelta(hours=2)]


def test_who_has_begun_keeps_a_case_that_becomes_an_emergency(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    worker = person(rolled, "worker")
    do(rolled, case, Action.SIGN, worker, NOON + timedelta(minutes=5))
    burns(rolled, case)
    assert (case.state, case.assignee_id) == ("handling", worker.person_id)
    assert (case.severity, emergencies.recorded_from(case)) == (4, SOON)


def test_words_that_ask_for_haste_raise_the_severity_of_what_they_join(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    assert case.severity == 1
    joined: dict[str, Any] = {"join_case_id": case.id, "text": "昨晚我阿姨在这里摔倒了"}
    report(rolled, now=SOON, **joined)
    assert (case.severity, emergencies.number_of(case)) == (2, None)
    assert case.state == "dispatched" and case.assignee_id is not None
