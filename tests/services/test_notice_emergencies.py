"""An emergency is told to the desk at once, when it comes in and when a case becomes one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from gridgov.domain.workflow import Action
from gridgov.storage.cases import Case
from gridgov.storage.people import GrantRow
from gridgov.storage.session import read_only, unit_of_work
from tests.support import notices as desk
from tests.support.acts import case_of, do, person, report
from tests.support.notices import ALL_WAYS, told

NIGHT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # 23:00 in Gaoming
GAS = {"text": "楼下煤气泄漏，味道很大", "category_code": "0603", "emergency_seen": True}

pytestmark = pytest.mark.usefixtures("nothing_told")


def made(**more: Any) -> UUID:
    with unit_of_work() as session:
        return case_of(session, report(session, now=NIGHT, **more)).id


def kinds(case_id: UUID, who: str) -> set[str]:
    return {kind for recipient, kind in told(case_id) if recipient == who}


def test_the_desk_hears_of_an_emergency_at_once_and_its_unit_has_it_to_sign() -> None:
    case_id, usual = made(**GAS), made()
    desk.plan(ALL_WAYS, NIGHT)
    dispatcher = desk.recipient("dispatcher")  # its unit is the district's, and so its desk
    assert kinds(case_id, dispatcher) == {"emergency"}
    assert kinds(usual, dispatcher) == set()
    with read_only() as session:
        unit = session.get_one(Case, case_id).unit_code
        people = session.scalars(select(GrantRow.person_id).where(GrantRow.unit_code == unit))
        assert all(kinds(case_id, f"person:{one}") == {"assigned"} for one in people)
    (line,) = [one for one in desk.planned() if one.kind == "emergency"]
    assert (line.urgent, line.due_at) == (True, NIGHT), "it rings at night"
    assert line.text.startswith("紧急事件，请调度台补录立案：")


def test_desk_and_holder_hear_that_a_joining_report_made_a_case_an_emergency() -> None:
    case_id = made()
    worker, dispatcher = desk.recipient("worker"), desk.recipient("towndispatcher")
    with unit_of_work() as session:
        case = session.get_one(Case, case_id)
        do(session, case, Action.SIGN, person(session, "worker"), NIGHT)
    made(join_case_id=case_id)
    desk.plan(ALL_WAYS, NIGHT)
    assert "emergency" not in {kind for _who, kind in told(case_id)}, "words of no danger"
    made(join_case_id=case_id, text="垃圾堆着火了", emergency_seen=True)
    desk.plan(ALL_WAYS, NIGHT)
    assert "emergency" in kinds(case_id, worker) & kinds(case_id, dispatcher)


def test_a_facts_note_written_before_the_notice_went_out_silences_it() -> None:
    case_id = made(**GAS)
    with unit_of_work() as session:
        case = session.get_one(Case, case_id)
        do(session, case, Action.NOTE, person(session, "dispatcher"), NIGHT, text="已到场")
    desk.plan(ALL_WAYS, NIGHT)
    assert "emergency" not in {kind for _who, kind in told(case_id)}
