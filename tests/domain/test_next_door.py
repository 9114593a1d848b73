"""The grids next door as somebody at a spot sees them."""

import pytest

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.next_door import Side, seen_from, side_of
from tests.support.nets import metres, small_net

MIDDLE = "440608004001005"  # of the 3 × 3 grids of the western village
AROUND = {
    "440608004001008": Side.NORTH,
    "440608004001002": Side.SOUTH,
    "440608004001004": Side.WEST,
    "440608004001006": Side.EAST,
}


def spot(east: float, north: float) -> LonLat:
    lon, lat = metres(east, north)
    return LonLat(lon=lon, lat=lat)


def test_the_nearest_side_comes_first_with_its_distance() -> None:
    net = small_net()
    others = [a for a in net.values() if a.kind is AreaKind.GRID and a.code != MIDDLE]
    found = seen_from(spot(150, 160), others)
    assert (found[0].area.code, found[0].side) == ("440608004001008", Side.NORTH)
    assert found[0].away_m == pytest.approx(40, abs=0.1)
    seen = {one.area.code: one.side for one in found}
    assert {code: seen[code] for code in AROUND} == AROUND
    assert seen["440608004001009"] is Side.NORTH_EAST
    assert [one.away_m for one in found] == sorted(one.away_m for one in found)


def test_a_grid_the_spot_lies_in_has_no_side() -> None:
    net = small_net()
    (one,) = seen_from(spot(150, 150), [net[MIDDLE]])
    assert (one.holds, one.away_m, one.side) == (True, 0.0, None)


def test_on_the_very_border_the_middle_of_the_grid_says_the_side() -> None:
    net = small_net()
    just_below = LonLat(lon=metres(150, 0)[0], lat=metres(0, 200)[1] - 1e-9)
    (north,) = seen_from(just_below, [net["440608004001008"]])
    assert north.side is Side.NORTH
    assert north.away_m == pytest.approx(0, abs=0.01)


def test_without_a_spot_nothing_is_said_of_sides() -> None:
    net = small_net()
    found = seen_from(None, [net["440608004001008"], net["440608004001002"]])
    assert [one.area.code for one in found] == ["440608004001002", "440608004001008"]
    assert {(one.away_m, one.side, one.holds) for one in found} == {(None, None, False)}


@pytest.mark.parametrize(
    ("east", "north", "side"),
    [
        (0, 9, Side.NORTH),
        (9, 9, Side.NORTH_EAST),
        (9, 0, Side.EAST),
        (9, -9, Side.SOUTH_EAST),
        (0, -9, Side.SOUTH),
        (-9, -9, Side.SOUTH_WEST),
        (-9, 0, Side.WEST),
        (-9, 9, Side.NORTH_WEST),
        (1, 9, Side.NORTH),
        (-1, -9, Side.SOUTH),
    ],
)
def test_eight_directions(east: float, north: float, side: Side) -> None:
    assert side_of(spot(0, 0), *metres(east, north)) is side
