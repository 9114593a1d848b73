"""Notices of a class of problem that ended while it has open cases."""

from datetime import timedelta

import pytest

from gridgov.domain.workflow import Action
from gridgov.services import notices
from gridgov.services import reference as references
from gridgov.storage.cases import Case
from gridgov.storage.session import unit_of_work
from gridgov.web.notice_words import Words
from tests.support import notices as desk
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, person, report
from tests.support.classes import end_class
from tests.support.notices import ALL_WAYS, told

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("nothing_told")


def test_a_class_that_ended_stops_no_notice_of_its_cases_or_of_others() -> None:
    with unit_of_work() as session:
        case_id = case_of(session, report(session)).id
        other_id = case_of(session, report(session, category_code="0201")).id
        code = session.get_one(Case, case_id).category_code
        name = references.of(session, DISTRICT).category(code).name
        end_class(session, code)
    with unit_of_work() as session:
        case = session.get_one(Case, case_id)
        do(session, case, Action.SIGN, person(session, "worker"), NOON + MINUTE)
        limit = case.limit_at
    desk.plan(ALL_WAYS, NOON + MINUTE)
    assert {one.case_id for one in desk.planned()} >= {case_id, other_id}
    with unit_of_work() as session:
        notices.plan_near(session, DISTRICT, now=limit - MINUTE, say=Words(), ways=ALL_WAYS)
    assert "due_soon" in {kind for _who, kind in told(case_id)}
    with unit_of_work() as session:
        case, worker = session.get_one(Case, case_id), person(session, "worker")
        do(session, case, Action.RESOLVE, worker, NOON + 2 * MINUTE, text="好", photos=(AFTER,))
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert "to_check" in {kind for _who, kind in told(case_id)}
    assert all(name in one.text for one in desk.planned() if one.case_id == case_id)
