"""Reports from outside the district: refused, or taken in so that somebody hands them over."""

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import NotFound, OutsideJurisdiction
from gridgov.domain.routing import Outside
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, desk_queue, districts
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.storage.cases import Case
from tests.support.acts import DISTRICT, NOON, case_of, person, pin, report

GUANGZHOU = LonLat(lon=113.2644, lat=23.1291)


def taken_in(session: Session, **more: object) -> Case:
    districts.set_outside(session, DISTRICT, Outside.TRAY)
    session.flush()
    return case_of(session, report(session, position=pin(GUANGZHOU), **more))


def test_without_the_setting_it_is_refused(rolled: Session) -> None:
    with pytest.raises(OutsideJurisdiction):
        report(rolled, position=pin(GUANGZHOU))


def test_with_the_setting_the_dispatcher_has_it_and_hands_it_over(rolled: Session) -> None:
    case = taken_in(rolled)
    assert case.routing["rule"] == "outside"
    assert case.routing["border_m"] > 20_000
    assert (case.grid_code, case.village_code, case.town_code) == (None, None, None)
    assert (case.state, case.assignee_id, case.unit_code) == (CaseState.SUBMITTED, None, None)
    dispatcher = person(rolled, "dispatcher")
    wanted = desk_queue.Filters(desk_queue.DeskTab.TO_DISPATCH)
    reference = references.of(rolled, DISTRICT)
    queue = desk_queue.page(rolled, dispatcher, wanted, reference, now=NOON)
    assert case.id in {one.id for one in queue}
    told = Given(target="广州市", receipt="GZ-1", text="已转广州市 12345")
    casework.perform(rolled, case.id, Action.TRANSFER, by=dispatcher, now=NOON, given=told)
    assert case.state == CaseState.TRANSFERRED


def test_no_department_of_ours_is_sent_there(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    direct = next(c.code for c in reference.catalogue.values() if c.direct_unit and c.public)
    case = taken_in(rolled, category_code=direct)
    assert (case.state, case.unit_code) == (CaseState.SUBMITTED, None)


def test_the_setting_can_be_taken_back(rolled: Session) -> None:
    taken_in(rolled)
    districts.set_outside(rolled, DISTRICT, Outside.REFUSE)
    rolled.flush()
    with pytest.raises(OutsideJurisdiction):
        report(rolled, position=pin(GUANGZHOU))
    with pytest.raises(NotFound):
        districts.set_outside(rolled, "000000", Outside.TRAY)
