"""Whose duty a case becomes when a net comes: the rule, case by case."""

import pytest
import shapely

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.handover import DutyPlace, NewNet, place_at
from gridgov.domain.lineage import changed, compare
from gridgov.domain.routing import Net


def area(
    code: str, up: str | None, kind: AreaKind, west: float, east: float, takes: str = ""
) -> AreaShape:
    ground = shapely.box(112 + west / 100, 22, 112 + east / 100, 22.01)
    return AreaShape(code, up, kind, code, code, ground, frozenset({takes} - {""}))


HALL = (
    area("D", None, AreaKind.DISTRICT, 0, 4),
    area("T", "D", AreaKind.TOWN, 0, 4),
    area("V", "T", AreaKind.VILLAGE, 0, 2),
    area("W", "T", AreaKind.VILLAGE, 2, 4),
)
A, B, C = (
    area("a", "V", AreaKind.GRID, 0, 2),
    area("b", "W", AreaKind.GRID, 2, 3),
    area("c", "W", AreaKind.GRID, 3, 4),
)
OLD = Net(1, "D", (*HALL, A, B, C))
IN_A, IN_B, IN_C = (DutyPlace(1, "T", v, g) for v, g in (("V", "a"), ("W", "b"), ("W", "c")))


def after(*grids: AreaShape) -> NewNet:
    net = Net(2, "D", (*HALL, *grids))
    return NewNet(net, changed(compare(OLD, net)))


SPLIT = after(area("a1", "V", AreaKind.GRID, 0, 0.5), area("a2", "V", AreaKind.GRID, 0.5, 2), B, C)


def test_a_case_follows_the_ground_it_lies_on() -> None:
    assert SPLIT.place_of(IN_A, "a1", "a1") == DutyPlace(2, "T", "V", "a1")
    assert SPLIT.place_of(IN_A, "a2", "a2") == DutyPlace(2, "T", "V", "a2")


def test_a_case_in_a_grid_that_stayed_stays_whatever_its_position_says() -> None:
    assert SPLIT.place_of(IN_B, "b", "b") is None
    assert SPLIT.place_of(IN_B, "a2", "a2") is None  # a person put it into b


def test_a_case_without_a_position_goes_where_most_of_the_ground_went() -> None:
    assert SPLIT.place_of(IN_A, None, None) == DutyPlace(2, "T", "V", "a2")
    merged = after(A, area("b", "W", AreaKind.GRID, 2, 4))
    assert merged.place_of(IN_C, None, None) == DutyPlace(2, "T", "W", "b")
    assert merged.place_of(IN_B, None, None) is None


def test_a_case_of_a_grid_that_is_no_more_falls_to_its_village() -> None:
    gone = after(A, area("n", "W", AreaKind.GRID, 3, 4))
    place = DutyPlace(1, "T", "W", "b")
    assert gone.place_of(place, None, None) == DutyPlace(2, "T", "W")
    assert gone.place_of(place, "W", None) == DutyPlace(2, "T", "W")


def test_a_grid_under_another_village_takes_its_cases_along() -> None:
    moved = after(A, B, area("c", "V", AreaKind.GRID, 3, 4))
    assert moved.place_of(IN_C, "c", "c") == DutyPlace(2, "T", "V", "c")


def test_a_new_professional_grid_takes_what_it_is_for_and_gives_it_back_when_it_goes() -> None:
    school = area("Z", "W", AreaKind.PROFESSIONAL, 2, 3, takes="0607")
    come = after(A, B, C, school)
    taken = DutyPlace(2, "T", "W", "b", "Z")
    assert come.place_of(IN_B, "Z", "b") == taken
    assert come.place_of(IN_B, "b", "b") is None  # of another class
    gone = NewNet(OLD, changed(compare(come.net, OLD)))
    assert gone.place_of(taken, "b", "b") == IN_B
    assert gone.place_of(taken, None, None) == IN_B


def test_what_lay_in_a_tray_goes_to_the_grid_that_closes_the_gap() -> None:
    tray = DutyPlace(1, "T", "W")
    filled = after(A, B, C)
    assert filled.place_of(tray, "c", "c") == DutyPlace(2, "T", "W", "c")
    assert filled.place_of(tray, "W", None) is None
    assert filled.place_of(DutyPlace(1), None, None) is None


def test_a_place_in_json_is_the_same_place() -> None:
    place = DutyPlace(3, "T", None, "b", "Z")
    assert DutyPlace.from_json(place.as_json()) == place
    assert (place.home, place.anchor) == ("Z", "Z")
    assert (DutyPlace(3, "T").home, DutyPlace(3, "T").anchor) == (None, "T")


@pytest.mark.parametrize(("code", "place"), [("a", IN_A), ("V", DutyPlace(1, "T", "V"))])
def test_the_place_of_an_area_holds_the_codes_above_it(code: str, place: DutyPlace) -> None:
    assert place_at(OLD, code) == place
