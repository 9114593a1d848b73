"""Emergencies: called first, dispatched at once to the unit of the class, recorded later."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.workflow import Action
from gridgov.services import emergencies
from gridgov.services.intake import EmergencyFirst
from gridgov.storage import history as lines
from tests.support.acts import NOON, case_of, do, person, report

SOON = NOON + timedelta(minutes=20)
GAS = {"text": "楼下煤气泄漏，味道很大", "category_code": "0603"}
LAMP_ON_FIRE = {"text": "路灯着火了", "category_code": "0202"}


def test_nothing_is_taken_before_the_number_to_call_was_shown(rolled: Session) -> None:
    with pytest.raises(EmergencyFirst):
        report(rolled, **GAS)


@pytest.mark.parametrize(
    ("told", "unit", "number"), [(GAS, "RQ", "119"), (LAMP_ON_FIRE, "ZJSL", "119")]
)
def test_the_shadow_case_goes_at_once_to_the_unit_of_its_class(
    rolled: Session, told: dict[str, str], unit: str, number: str
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
