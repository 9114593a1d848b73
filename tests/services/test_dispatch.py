"""Who gets a case and who checks it, in the sample district: somebody always can."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import reference as references
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, holder, person, report

VILLAGE, TOWN = "440608004014", "440608004"
LATER = NOON + timedelta(minutes=30)


def its_holder(session: Session, case: Case, now: datetime = NOON) -> Actor:
    return holder(session, case.assignee_id, case.unit_code, now)


def its_checker(session: Session, case: Case) -> Actor:
    return holder(session, case.checker_id, case.checker_unit_code, NOON)


def signed_and_passed_up(session: Session, case: Case) -> None:
    """Let the holder sign, find it too large, and pass it up."""
    do(session, case, Action.SIGN, its_holder(session, case), NOON)
    do(session, case, Action.PASS_UP, its_holder(session, case), NOON, text="做不了")


def resolved_and_checked(session: Session, case: Case) -> str | None:
    """Let the holder resolve it and the checker pass it; return the unit that checked."""
    do(session, case, Action.SIGN, its_holder(session, case), NOON)
    by = its_holder(session, case)
    do(session, case, Action.RESOLVE, by, LATER, text="已清走", photos=(AFTER,))
    unit = case.checker_unit_code
    do(session, case, Action.CHECK_PASS, its_checker(session, case), LATER)
    assert case.state == CaseState.CLOSED
    return unit


def test_the_village_that_passed_a_case_up_does_not_check_it(rolled: Session) -> None:
    """Its only handler signed and may never pass it: the case would wait for ever."""
    case = case_of(rolled, report(rolled, area_code=VILLAGE))
    assert case.unit_code == f"V{VILLAGE}"
    signed_and_passed_up(rolled, case)
    assert case.unit_code == f"T{TOWN}"
    assert resolved_and_checked(rolled, case) == "ZX"


def test_a_case_that_climbed_the_whole_way_is_checked_by_who_had_no_hand_in_it(
    rolled: Session,
) -> None:
    case = case_of(rolled, report(rolled, area_code=VILLAGE))
    signed_and_passed_up(rolled, case)
    signed_and_passed_up(rolled, case)
    assert (case.level, case.unit_code) == ("district", "CG")
    assert resolved_and_checked(rolled, case) == "ZX"


def test_a_village_that_returned_a_case_as_not_its_duty_may_check_it(rolled: Session) -> None:
    case = case_of(rolled, report(rolled, area_code=VILLAGE))
    by = its_holder(rolled, case)
    do(rolled, case, Action.RETURN, by, NOON, reason="wrong_duty", text="属城管")
    do(rolled, case, Action.DISPATCH, person(rolled, "dispatcher"), NOON, target="unit:CG")
    assert resolved_and_checked(rolled, case) == f"V{VILLAGE}"


def test_a_village_that_signed_before_it_returned_a_case_does_not_check_it(rolled: Session) -> None:
    """All its people had a hand in it: nobody of them could pass it."""
    case = case_of(rolled, report(rolled, area_code=VILLAGE))
    do(rolled, case, Action.SIGN, its_holder(rolled, case), NOON)
    by = its_holder(rolled, case)
    do(rolled, case, Action.RETURN, by, NOON, reason="wrong_duty", text="属城管")
    do(rolled, case, Action.DISPATCH, person(rolled, "dispatcher"), NOON, target="unit:CG")
    assert resolved_and_checked(rolled, case) == f"T{TOWN}"


def test_the_deputy_checks_what_the_lead_passed_up(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    signed_and_passed_up(rolled, case)
    do(rolled, case, Action.SIGN, its_holder(rolled, case), NOON)
    by = its_holder(rolled, case)
    do(rolled, case, Action.RESOLVE, by, LATER, text="已清走", photos=(AFTER,))
    assert case.checker_id == person(rolled, "deputy").person_id


def test_what_the_centre_handled_itself_is_checked_by_the_unit_of_its_class(
    rolled: Session,
) -> None:
    """A confidential case is never checked in its own place; the centre may not check itself."""
    case = case_of(rolled, report(rolled, category_code="0704", emergency_seen=True))
    do(rolled, case, Action.RETURN, its_holder(rolled, case), NOON, reason="wrong_duty", text="x")
    do(rolled, case, Action.DISPATCH, person(rolled, "dispatcher"), NOON, target="unit:ZX")
    assert resolved_and_checked(rolled, case) == "GA"


def test_a_unit_in_which_nobody_works_gets_no_case(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    direct = next(c for c in reference.catalogue.values() if c.direct_unit and not c.confidential)
    assert direct.unit_code is not None
    usual = case_of(rolled, report(rolled, category_code=direct.code, emergency_seen=True))
    assert usual.unit_code == direct.unit_code
    for person_id in people.of_unit(rolled, DISTRICT, direct.unit_code):
        rolled.get_one(Person, person_id).active = False
    rolled.flush()
    case = case_of(rolled, report(rolled, category_code=direct.code, emergency_seen=True))
    assert (case.unit_code, case.assignee_id) == (None, None)
    assert case.state == CaseState.SUBMITTED  # for the dispatcher to find another
