import json
import math
import random
from collections.abc import Iterable

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.geometry import metric_scale
from gridgov.domain.routing import (
    AreaKind,
    AreaShape,
    Net,
    Outside,
    Placement,
    RoutingSettings,
    Rule,
    reason_parts,
)

# The hand-made net, in squares of 0.01° (about 1 km) from a corner near Gaoming:
#
#   0         1         2 .     3         4         5         6
# 2 +---------+---------+ +-----+---------+---------+---------+
#   |   G3    |   G4    |g|     |         |         |         |
# 1 +---------+---------+a| G5  | village |  town   | district|
#   |   G1  [ P1 ]  G2  |p|     |  only   |  only   |  only   |
# 0 +---------+---------+ +-----+---------+---------+---------+
WEST, SOUTH, SQUARE = 112.80, 22.90, 0.01
GAP = 0.02  # of a square: about 20 m between G2/G4 and G5

DISTRICT, TOWN = "440608", "440608004"
V1, V2 = "440608004001", "440608004002"
G1, G2, G3, G4 = (f"{V1}00{n}" for n in (1, 2, 3, 4))
G5 = f"{V2}001"
P1 = f"{TOWN}Z01"
FACTORY = "0701"


def at(x: float, y: float) -> LonLat:
    return LonLat(lon=WEST + x * SQUARE, lat=SOUTH + y * SQUARE)


def metres(east: float = 0.0, north: float = 0.0) -> tuple[float, float]:
    """Metres as squares of the net."""
    per_lon, per_lat = metric_scale(SOUTH + SQUARE)
    return east / per_lon / SQUARE, north / per_lat / SQUARE


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    low, high = at(west, south), at(east, north)
    return shapely.box(low.lon, low.lat, high.lon, high.lat)


def shape(
    code: str,
    parent: str | None,
    kind: AreaKind,
    ground: shapely.Polygon,
    name: str = "",
    categories: Iterable[str] = (),
    landmarks: tuple[str, ...] = (),
) -> AreaShape:
    return AreaShape(
        code, parent, kind, name or f"网格{code}", f"Area {code}", ground,
        frozenset(categories), landmarks,
    )  # fmt: skip


def areas() -> list[AreaShape]:
    grid = AreaKind.GRID
    return [
        shape(DISTRICT, None, AreaKind.DISTRICT, box(0, 0, 6, 2), "高明区"),
        shape(TOWN, DISTRICT, AreaKind.TOWN, box(0, 0, 5, 2), "荷城街道"),
        shape(V1, TOWN, AreaKind.VILLAGE, box(0, 0, 2, 2), "中山社区"),
        shape(V2, TOWN, AreaKind.VILLAGE, box(2, 0, 4, 2), "阮埇村"),
        shape(G1, V1, grid, box(0, 0, 1, 1), "中山第一网格", landmarks=("文昌路", "人民医院")),
        shape(G2, V1, grid, box(1, 0, 2, 1), "中山第二网格", landmarks=("人民广场",)),
        shape(G3, V1, grid, box(0, 1, 1, 2), "中山第三网格"),
        shape(G4, V1, grid, box(1, 1, 2, 2), "中山第四网格"),
        shape(G5, V2, grid, box(2 + GAP, 0, 3, 2), "阮埇第一网格", landmarks=("文昌塔",)),
        shape(P1, TOWN, AreaKind.PROFESSIONAL, box(0.8, 0.2, 1.2, 0.6), "工业园", {FACTORY}),
    ]


@pytest.fixture(scope="module")
def net() -> Net:
    return Net(7, DISTRICT, areas(), synthetic=True)


def test_a_point_well_inside_goes_to_the_grid_that_covers_it(net: Net) -> None:
    east, _ = metres(east=40)
    placed = net.locate(at(1 - east, 0.9), accuracy_m=20)
    assert (placed.area_code, placed.rule, placed.version) == (G1, Rule.COVERS, 7)
    assert placed.path == (DISTRICT, TOWN, V1, G1)
    assert placed.grid_code == G1
    assert placed.border_m == pytest.approx(40, rel=0.01)
    assert placed.neighbour_code == G2
    assert not placed.near_boundary
    assert not placed.too_vague
    assert [(c.code, c.share) for c in placed.candidates] == [(G1, 1.0)]


def test_a_point_on_a_border_goes_to_the_smaller_code_and_says_so(net: Net) -> None:
    placed = net.locate(at(1, 0.7))
    assert net.covering(at(1, 0.7)) == (G1, G2)
    assert (placed.area_code, placed.rule, placed.neighbour_code) == (G1, Rule.COVERS, G2)
    assert placed.border_m == pytest.approx(0, abs=1e-6)
    assert placed.near_boundary
    assert placed.candidates == ()  # nobody said how accurate it is


def test_a_vertex_of_four_grids_has_one_owner(net: Net) -> None:
    assert net.covering(at(1, 1)) == (G1, G2, G3, G4)
    placed = net.locate(at(1, 1), accuracy_m=30)
    assert (placed.area_code, placed.neighbour_code) == (G1, G2)
    assert [c.code for c in placed.candidates] == [G1, G2, G3, G4]
    assert [c.share for c in placed.candidates] == pytest.approx([0.25] * 4, abs=1e-3)


def test_every_point_of_the_lattice_is_placed_in_the_first_grid_that_covers_it(net: Net) -> None:
    for i in range(41):
        for j in range(41):
            position = at(i / 20, j / 20)
            assert net.locate(position).area_code == net.covering(position)[0]


def test_the_circle_of_accuracy_is_shared_out(net: Net) -> None:
    east, _ = metres(east=10)
    placed = net.locate(at(1 - east, 0.8), accuracy_m=25)
    # The part of a disc beyond a chord at distance d: (acos(q) - q·sqrt(1-q²))/π, q = d/r.
    q = 10 / 25
    beyond = (math.acos(q) - q * math.sqrt(1 - q * q)) / math.pi
    assert [c.code for c in placed.candidates] == [G1, G2]
    assert placed.candidates[1].share == pytest.approx(beyond, abs=0.002)
    assert sum(c.share for c in placed.candidates) == pytest.approx(1.0, abs=1e-6)
    assert placed.near_boundary


def test_ground_outside_the_net_has_no_share_and_is_no_neighbour(net: Net) -> None:
    placed = net.locate(at(0, 0.5), accuracy_m=20)
    assert [c.code for c in placed.candidates] == [G1]
    assert placed.candidates[0].share == pytest.approx(0.5, abs=0.01)
    assert placed.neighbour_code is None
    east, _ = metres(east=10)
    assert not net.locate(at(east, 0.5), accuracy_m=20).near_boundary


def test_an_accuracy_of_three_kilometres_is_too_vague(net: Net) -> None:
    placed = net.locate(at(0.5, 0.5), accuracy_m=3_000)
    assert placed.too_vague
    assert placed.near_boundary
    assert {c.code for c in placed.candidates} == {G1, G2, G3, G4, G5}
    assert sum(c.share for c in placed.candidates) <= 1.0
    hopeless = net.locate(at(0.5, 0.5), accuracy_m=1e7)
    assert hopeless.too_vague
    assert hopeless.near_boundary
    assert hopeless.candidates == ()


def test_only_as_many_candidates_as_asked_for_are_kept(net: Net) -> None:
    settings = RoutingSettings(candidate_limit=2, accuracy_limit_m=10)
    placed = net.locate(at(0.9, 0.95), accuracy_m=400, settings=settings)
    assert len(placed.candidates) == 2
    assert placed.candidates[0].share >= placed.candidates[1].share
    assert placed.too_vague


@pytest.mark.parametrize("accuracy", [-1.0, math.nan, math.inf])
def test_an_impossible_accuracy_is_refused(net: Net, accuracy: float) -> None:
    with pytest.raises(InvalidInput) as refusal:
        net.locate(at(0.5, 0.5), accuracy_m=accuracy)
    assert (refusal.value.field, refusal.value.reason) == ("accuracy", "out_of_range")


def test_a_professional_grid_takes_its_category_only(net: Net) -> None:
    inside = at(0.9, 0.4)
    placed = net.locate(inside, category=FACTORY, accuracy_m=10)
    assert (placed.area_code, placed.rule) == (P1, Rule.PROFESSIONAL)
    assert placed.grid_code == G1
    # The village of the ground is filled in under the town the grid hangs on.
    assert placed.path == (DISTRICT, TOWN, V1, P1)
    assert placed.neighbour_code == G1
    assert [(c.code, c.share) for c in placed.candidates] == [(P1, 1.0)]
    assert net.locate(inside, category="0101").area_code == G1
    assert net.locate(inside).area_code == G1


def test_a_circle_over_a_professional_border_names_both(net: Net) -> None:
    placed = net.locate(at(0.8, 0.4), category=FACTORY, accuracy_m=30)
    assert placed.area_code == P1
    assert [c.code for c in placed.candidates] == [G1, P1]
    assert [c.share for c in placed.candidates] == pytest.approx([0.5, 0.5], abs=1e-3)
    east, _ = metres(east=10)
    beside = net.locate(at(0.8 - east, 0.4), category=FACTORY, accuracy_m=30)
    assert (beside.area_code, beside.rule, beside.near_boundary) == (G1, Rule.COVERS, True)
    assert {c.code for c in beside.candidates} == {G1, P1}


def test_a_professional_grid_of_its_own_village_keeps_its_path() -> None:
    shapes = [a for a in areas() if a.code != P1]
    shapes.append(shape(P1, V2, AreaKind.PROFESSIONAL, box(0.8, 0.2, 1.2, 0.6), "园", {FACTORY}))
    placed = Net(1, DISTRICT, shapes).locate(at(0.9, 0.4), category=FACTORY)
    assert placed.path == (DISTRICT, TOWN, V2, P1)
    assert placed.grid_code == G1


def test_a_gap_goes_to_the_nearest_grid_in_metres(net: Net) -> None:
    placed = net.locate(at(2 + GAP * 0.7, 0.5))
    assert (placed.area_code, placed.rule, placed.neighbour_code) == (G5, Rule.NEAREST, G2)
    assert placed.grid_code == G5
    assert placed.border_m == pytest.approx(GAP * 0.3 * SQUARE * metric_scale(22.9)[0], rel=0.01)
    # Beside the corner of G2 and G4 both are equally near: the smaller code.
    assert net.locate(at(2 + GAP * 0.3, 1)).area_code == G2


def test_a_gap_wider_than_the_tolerance_goes_to_the_tray(net: Net) -> None:
    strict = RoutingSettings(nearest_tolerance_m=0)
    placed = net.locate(at(2 + GAP / 2, 0.5), settings=strict, accuracy_m=30)
    assert (placed.area_code, placed.rule, placed.grid_code) == (V2, Rule.VILLAGE_TRAY, None)
    assert placed.neighbour_code is None
    # The circle still says which grids it may have been.
    assert placed.near_boundary
    assert {c.code for c in placed.candidates} == {G2, G5}


@pytest.mark.parametrize(
    ("x", "rule", "path"),
    [
        (3.5, Rule.VILLAGE_TRAY, (DISTRICT, TOWN, V2)),
        (4.5, Rule.TOWN_TRAY, (DISTRICT, TOWN)),
        (5.5, Rule.DISTRICT_TRAY, (DISTRICT,)),
    ],
)
def test_where_no_grid_is_the_smallest_area_takes_it(
    net: Net, x: float, rule: Rule, path: tuple[str, ...]
) -> None:
    placed = net.locate(at(x, 1.5))
    assert (placed.rule, placed.path, placed.area_code) == (rule, path, path[-1])
    assert placed.grid_code is None


def test_outside_everything_is_refused(net: Net) -> None:
    with pytest.raises(OutsideJurisdiction) as refusal:
        net.locate(at(6.5, 1))
    assert refusal.value.values["district"] == DISTRICT
    _, north = metres(north=40)
    assert net.locate(at(0.5, -north)).rule is Rule.NEAREST
    _, north = metres(north=60)
    with pytest.raises(OutsideJurisdiction):
        net.locate(at(0.5, -north))


def test_an_empty_net_refuses_everything() -> None:
    with pytest.raises(OutsideJurisdiction):
        Net(1, DISTRICT, []).locate(at(1, 1), category=FACTORY, accuracy_m=10)


def test_a_flat_net_needs_no_tree() -> None:
    flat = Net(1, "", [shape("A1", None, AreaKind.GRID, box(0, 0, 1, 1))])
    placed = flat.locate(at(0.5, 0.5), category="x", accuracy_m=10)
    assert (placed.area_code, placed.path) == ("A1", ("A1",))


@given(
    x=st.floats(-0.03, 6.0) | st.sampled_from([0.0, 1.0, 2.0, 2.01, 2.02, 3.0, 0.8, 1.2]),
    y=st.floats(0.0, 2.0) | st.sampled_from([0.0, 0.2, 0.6, 1.0, 2.0]),
    category=st.sampled_from([None, FACTORY, "0101"]),
    accuracy=st.none() | st.floats(0, 600),
    seed=st.integers(0, 5),
)
def test_the_order_in_which_areas_come_changes_nothing(
    net: Net, x: float, y: float, category: str | None, accuracy: float | None, seed: int
) -> None:
    shuffled = areas()
    random.Random(seed).shuffle(shuffled)
    position = at(x, y)
    placed = net.locate(position, category=category, accuracy_m=accuracy)
    other = Net(7, DISTRICT, shuffled).locate(position, category=category, accuracy_m=accuracy)
    assert placed == other
    assert sum(c.share for c in placed.candidates) <= 1.0 + 1e-9
    assert list(placed.candidates) == sorted(placed.candidates, key=lambda c: (-c.share, c.code))
    if any(c.code != placed.area_code for c in placed.candidates):
        assert placed.near_boundary


def test_the_written_reason_survives_the_database(net: Net) -> None:
    placed = net.locate(at(1, 0.9), accuracy_m=20)
    record = json.loads(json.dumps(placed.as_record()))
    assert record["area"] == G1
    assert record["rule"] == "covers"
    assert record["candidates"][0] == {"code": G1, "share": 0.5}
    assert Placement.from_record(record).as_record() == record


def test_the_parts_of_the_sentence(net: Net) -> None:
    east, _ = metres(east=14.2)
    parts = reason_parts(net.locate(at(1 - east, 0.9), accuracy_m=20), net)
    assert parts["rule"] == "covers"
    assert parts["synthetic"] is True
    assert parts["area"] == {"code": G1, "name": "中山第一网格", "name_en": f"Area {G1}"}
    assert parts["border_m"] == 14.2
    assert parts["neighbour"]["name"] == "中山第二网格"
    assert [(a["code"], a["share_percent"]) for a in parts["alternatives"]] == [(G2, 9)]
    assert [p["name"] for p in parts["path"]][:2] == ["高明区", "荷城街道"]


def test_a_reason_from_another_version_keeps_its_codes(net: Net) -> None:
    placed = net.locate(at(1, 0.9), accuracy_m=20)
    parts = reason_parts(placed, Net(8, DISTRICT, []))
    assert parts["area"] == {"code": G1, "name": None, "name_en": None}
    assert parts["neighbour"]["code"] == G2


# Outside the district ---------------------------------------------------------------------

TAKEN = RoutingSettings(outside=Outside.TRAY)


def test_a_position_outside_is_refused_unless_the_district_takes_it_in(net: Net) -> None:
    east, _ = metres(east=200)
    with pytest.raises(OutsideJurisdiction):
        net.locate(at(6 + east, 1))
    placed = net.locate(at(6 + east, 1), accuracy_m=20, settings=TAKEN)
    assert (placed.area_code, placed.rule, placed.path) == (DISTRICT, Rule.OUTSIDE, (DISTRICT,))
    assert placed.border_m == pytest.approx(200, rel=0.01)
    assert (placed.grid_code, placed.neighbour_code, placed.candidates) == (None, None, ())
    assert not placed.near_boundary
    assert Placement.from_record(placed.as_record()).rule is Rule.OUTSIDE


def test_what_is_inside_goes_where_it_went_before(net: Net) -> None:
    for spot in (at(0.5, 0.5), at(3.5, 1), at(5.5, 1), at(2 + GAP / 2, 1)):
        assert net.locate(spot, accuracy_m=8, settings=TAKEN) == net.locate(spot, accuracy_m=8)
    _, north = metres(north=49)
    assert net.locate(at(0.5, -north), settings=TAKEN).rule is Rule.NEAREST, "still within 50 m"


def test_the_circle_of_a_position_outside_is_shared_out_as_well(net: Net) -> None:
    _, north = metres(north=60)
    placed = net.locate(at(0.5, -north), accuracy_m=100, settings=TAKEN)
    assert (placed.rule, placed.near_boundary) == (Rule.OUTSIDE, True)
    assert [candidate.code for candidate in placed.candidates] == [G1]
    assert 0 < placed.candidates[0].share < 0.5


def test_a_district_without_an_outline_takes_nothing_in() -> None:
    bare = Net(1, DISTRICT, [area for area in areas() if area.kind is not AreaKind.DISTRICT])
    with pytest.raises(OutsideJurisdiction):
        bare.locate(at(9, 9), settings=TAKEN)
