"""Handing a case to the grid next door, and the borders where that happens."""

from datetime import timedelta

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, NotAllowed
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import dispatch
from gridgov.services import reference as references
from gridgov.services.grids_borders import confusing_borders, neighbours
from gridgov.storage.cases import Case
from gridgov.storage.history import of_case
from gridgov.storage.reports import of_case as reports_of
from tests.support.acts import DISTRICT, GRID, NOON, case_of, do, inside, person, report

LATER = NOON + timedelta(hours=1)
FAR = "440608108001001"


@pytest.fixture
def next_door(rolled: Session) -> str:
    """A unit grid that borders on the worker's."""
    near = neighbours(references.of(rolled, DISTRICT).net, GRID)
    return next(area.code for area in near if area.kind is AreaKind.GRID)


def opened(session: Session) -> Case:
    return case_of(session, report(session))


def hand(session: Session, case: Case, to: str, reason: str = "other_duty", **more: object) -> Case:
    by = more.pop("by", None) or person(session, "worker")
    return do(session, case, Action.HAND_NEIGHBOUR, by, LATER, target=to, reason=reason, **more)


def lead_of(session: Session, code: str) -> object:
    duties = dispatch.duties_of(session, references.of(session, DISTRICT), NOON)
    return duties.on_duty(code)[0].person_id


def test_a_case_of_another_duty_goes_to_the_worker_next_door(
    rolled: Session, next_door: str
) -> None:
    case = opened(rolled)
    do(rolled, case, Action.SIGN, person(rolled, "worker"), NOON)
    spot, first = (case.lon, case.lat), of_case(rolled, case.id)[0].hash
    hand(rolled, case, next_door)
    assert (case.state, case.assignee_id) == ("dispatched", lead_of(rolled, next_door))
    assert (case.home_grid, case.duty_reason) == (next_door, "other_duty")
    assert (case.grid_code, case.lon, case.lat) == (GRID, *spot)
    entries = of_case(rolled, case.id)
    assert entries[0].hash == first
    last = entries[-1]
    assert (last.action, last.reason) == ("hand_neighbour", "other_duty")
    assert (last.data["duty_was"]["grid"], last.data["duty"]["grid"]) == (GRID, next_door)
    assert "position" not in last.data


def test_a_wrong_spot_moves_the_pin_and_nothing_that_was_told(
    rolled: Session, next_door: str
) -> None:
    case = opened(rolled)
    was, told = (case.lon, case.lat), case.routing
    right = inside(rolled, next_door)
    hand(rolled, case, next_door, "wrong_spot", position=right)
    assert (case.lon, case.lat) == (right.lon, right.lat)
    assert (case.routing, case.grid_code) == (told, GRID)
    (first,) = reports_of(rolled, case.id)
    assert (first.lon, first.lat) == was
    data = of_case(rolled, case.id)[-1].data
    assert data["position_was"] == list(was)
    assert data["routing"]["area"] == next_door


def test_a_wrong_spot_in_one_tap_needs_no_pin(rolled: Session, next_door: str) -> None:
    case = opened(rolled)
    spot = (case.lon, case.lat)
    hand(rolled, case, next_door, "wrong_spot")
    assert (case.home_grid, case.lon, case.lat) == (next_door, *spot)


def test_what_is_no_neighbour_or_no_grid_is_refused(rolled: Session, next_door: str) -> None:
    case = opened(rolled)
    worker = person(rolled, "worker")
    for target, reason, position, field, why in (
        (FAR, "other_duty", None, "target", "no_neighbour"),
        (GRID, "other_duty", None, "target", "same"),
        ("440608004025", "other_duty", None, "target", "unknown"),
        ("nothing", "other_duty", None, "target", "unknown"),
        ("", "other_duty", None, "target", "missing"),
        (next_door, "because", None, "reason", "unknown"),
        (next_door, "", None, "reason", "missing"),
        (next_door, "wrong_spot", inside(rolled, FAR), "position", "elsewhere"),
        (next_door, "wrong_spot", LonLat(lon=100, lat=20), "position", "elsewhere"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            hand(rolled, case, target, reason, position=position)
        assert (refusal.value.field, refusal.value.reason) == (field, why)
    assert (case.state, case.assignee_id) == ("dispatched", worker.person_id)
    assert case.duty_version is None
    with pytest.raises(NotAllowed):
        hand(rolled, case, next_door, by=person(rolled, "supervisor"))


def test_a_pin_in_a_far_grid_takes_the_case_there(rolled: Session) -> None:
    case = opened(rolled)
    hand(rolled, case, FAR, "wrong_spot", position=inside(rolled, FAR))
    assert case.home_grid == FAR
    assert confusing_borders(rolled, DISTRICT, NOON) == []  # no border lies between the two


def test_the_desk_may_name_any_grid_also_for_what_nobody_has(rolled: Session) -> None:
    case = opened(rolled)
    worker = person(rolled, "worker")
    do(rolled, case, Action.RETURN, worker, NOON, reason="wrong_area", text="不是这里")
    hand(rolled, case, FAR, by=person(rolled, "dispatcher"))
    assert (case.state, case.home_grid) == ("dispatched", FAR)
    assert case.assignee_id == lead_of(rolled, FAR)


def test_borders_that_confuse_are_counted_from_both_sides_with_their_line(
    rolled: Session, next_door: str
) -> None:
    there = opened(rolled)
    hand(rolled, there, next_door)
    back = Actor(
        DISTRICT,
        person(rolled, "worker").role,
        there.assignee_id,
        grants=person(rolled, "worker").grants,
    )
    hand(rolled, there, GRID, "wrong_spot", by=back)
    assert (there.home_grid, there.duty_version) == (GRID, None)
    hand(rolled, opened(rolled), next_door)
    (border,) = confusing_borders(rolled, DISTRICT, NOON)
    assert border.codes == tuple(sorted((GRID, next_door)))
    assert (border.count, border.reasons) == (3, {"other_duty": 2, "wrong_spot": 1})
    assert border.border is not None
    assert border.border.length > 0
    net = references.of(rolled, DISTRICT).net
    for code in border.codes:
        assert shapely.covers(net.area(code).geometry.boundary, border.border)
    assert confusing_borders(rolled, DISTRICT, LATER + timedelta(seconds=1)) == []


def test_neighbours_touch_and_overlays_count(rolled: Session) -> None:
    net = references.of(rolled, DISTRICT).net
    own = net.area(GRID).geometry
    near = {area.code for area in neighbours(net, GRID)}
    assert GRID not in near
    for area in net.areas(AreaKind.GRID):
        if area.code != GRID:
            assert (area.code in near) == area.geometry.intersects(own)
    overlay = net.areas(AreaKind.PROFESSIONAL)[0]
    below = net.covering(inside(rolled, overlay.code))[0]
    assert overlay.code in {area.code for area in neighbours(net, below)}
