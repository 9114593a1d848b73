"""To which grids a case's page offers to hand it: what is offered is taken."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import dispatch
from gridgov.services import reference as references
from gridgov.services.grids_borders import neighbours
from gridgov.services.grids_next_door import NEAREST, Offer, offer
from gridgov.storage.cases import Case
from tests.support.acts import DISTRICT, GRID, NOON, case_of, do, person, report

VILLAGE, TOWN = GRID[:12], GRID[:9]


def opened(session: Session, **more: Any) -> Case:
    return case_of(session, report(session, **more))


def offered(session: Session, case: Case, by: Actor) -> Offer:
    reference = references.of(session, DISTRICT)
    return offer(case, by, reference, dispatch.duties_of(session, reference, NOON))


def test_a_worker_is_offered_the_grids_around_with_who_is_there(rolled: Session) -> None:
    worker = person(rolled, "worker")
    found = offered(rolled, opened(rolled), worker)
    around = {area.code for area in neighbours(references.of(rolled, DISTRICT).net, GRID)}
    assert {way.grid.area.code for way in found.near} == around
    assert len(found.near) <= NEAREST
    assert found.others == ()
    assert all(way.is_manned for way in found.near)
    assert [way.grid.away_m for way in found.near] == sorted(way.grid.away_m for way in found.near)


def test_whatever_is_offered_is_taken(rolled: Session) -> None:
    worker = person(rolled, "worker")
    for way in offered(rolled, opened(rolled), worker).near:
        case = opened(rolled)
        code = way.grid.area.code
        do(rolled, case, Action.HAND_NEIGHBOUR, worker, NOON, target=code, reason="other_duty")
        assert case.home_grid == code
        assert (case.assignee_id, case.unit_code) == (way.person_id, way.unit_code)


def test_a_dispatcher_is_offered_the_rest_of_the_town_as_well(rolled: Session) -> None:
    desk = person(rolled, "dispatcher")
    found = offered(rolled, opened(rolled), desk)
    near = {way.grid.area.code for way in found.near}
    net = references.of(rolled, DISTRICT).net
    town = {area.code for area in net.areas(AreaKind.GRID) if area.code.startswith(TOWN)}
    assert town - near - {GRID} <= {area.code for area in found.others}
    assert not near & {area.code for area in found.others}


def test_a_case_in_a_tray_is_offered_the_grids_below_it(rolled: Session) -> None:
    case = opened(rolled, area_code=VILLAGE)
    assert case.home_grid is None
    found = offered(rolled, case, person(rolled, "dispatcher"))
    assert found.near == ()
    assert GRID in {area.code for area in found.others}
    do(
        rolled,
        case,
        Action.HAND_NEIGHBOUR,
        person(rolled, "dispatcher"),
        NOON,
        target=GRID,
        reason="other_duty",
    )
    assert case.home_grid == GRID


def test_a_case_of_a_named_grid_has_neighbours_without_sides(rolled: Session) -> None:
    found = offered(rolled, opened(rolled, area_code=GRID), person(rolled, "worker"))
    assert found.near
    assert {(way.grid.away_m, way.grid.side) for way in found.near} == {(None, None)}


def test_what_is_not_offered_to_a_worker_is_not_taken(rolled: Session) -> None:
    case, worker = opened(rolled), person(rolled, "worker")
    near = {way.grid.area.code for way in offered(rolled, case, worker).near}
    net = references.of(rolled, DISTRICT).net
    far = next(a.code for a in net.children(VILLAGE) if a.code not in {*near, GRID})
    with pytest.raises(InvalidInput):
        do(rolled, case, Action.HAND_NEIGHBOUR, worker, NOON, target=far, reason="other_duty")
