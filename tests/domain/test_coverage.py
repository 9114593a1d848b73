"""Each fault a net can have: found with its place, and healed by its repair."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely

from gridgov.domain import coverage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage import Finding, FindingKind, RepairAction, Severity, Tolerances
from gridgov.domain.repairs import apply
from tests.support.nets import (
    area_m2,
    metres,
    moved,
    sample_areas,
    small_net,
    square,
    uncovered_and_double_m2,
    with_geometry,
)

NET = small_net()
VILLAGE, OTHER = "440608004001", "440608004002"
# The middle grid of the first village; its east neighbour; the one beyond the border.
MIDDLE, EAST, BEYOND = "440608004001005", "440608004001006", "440608004002004"


def found(net: Sequence[AreaShape], kind: FindingKind) -> list[Finding]:
    return [finding for finding in coverage.check(net) if finding.kind is kind]


def the_one(net: Sequence[AreaShape], kind: FindingKind) -> Finding:
    (finding,) = found(net, kind)
    return finding


def lies_in(finding: Finding, ground: shapely.Geometry) -> bool:
    assert finding.place is not None
    return bool(ground.covers(shapely.Point(finding.place.lon, finding.place.lat)))


def healed(net: Sequence[AreaShape]) -> list[AreaShape]:
    """Carry out everything proposed; nothing may block, and the ground must be whole."""
    after = apply(net, [f.repair for f in coverage.check(net) if f.repair])
    assert [f for f in coverage.check(after) if f.blocks] == []
    bare, double = uncovered_and_double_m2(after)
    assert abs(bare) < 1.0
    assert abs(double) < 1.0
    return after


def area_of(net: Sequence[AreaShape], code: str) -> float:
    return area_m2(next(area.geometry for area in net if area.code == code))


def test_a_sound_net_has_no_findings() -> None:
    assert coverage.check(list(NET.values())) == []


def test_the_samples_net_has_nothing_that_blocks() -> None:
    findings = coverage.check(sample_areas())
    assert [finding for finding in findings if finding.blocks] == []
    assert {finding.kind for finding in findings} <= {FindingKind.SIZE}


def test_the_order_of_the_areas_does_not_matter() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1.1, 1.0, 0.9)})
    there, back = coverage.check(net), coverage.check(net[::-1])
    assert [f.key for f in there] == [f.key for f in back]


def test_a_hole_is_a_gap_with_its_size_and_goes_to_the_longest_border() -> None:
    net = with_geometry(
        NET, **{f"g{MIDDLE}": square(1, 1, 0.8), f"g{EAST}": square(2, 1.1, 1, 0.9)}
    )
    gap = the_one(net, FindingKind.GAP)
    hole = square(1.8, 1, 0.2).union(square(2, 1, 1, 0.1))
    assert gap.severity is Severity.BLOCKS
    assert lies_in(gap, hole)
    assert gap.measure == pytest.approx(area_m2(hole), rel=1e-4)
    assert gap.geometry is not None
    assert gap.geometry.symmetric_difference(hole).area < 1e-12
    assert gap.parent_code == VILLAGE
    assert gap.repair is not None
    assert gap.repair.action is RepairAction.FILL
    winner = gap.repair.moves[0].winner
    assert winner == gap.codes[0] == EAST  # 110 m of common border, 100 m with the others
    healed(net)


def test_a_gap_at_the_rim_of_the_parent_is_found_too() -> None:
    net = with_geometry(NET, g440608004001001=square(0.5, 0, 0.5))
    gap = the_one(net, FindingKind.GAP)
    assert lies_in(gap, square(0, 0, 0.5))
    assert gap.measure == pytest.approx(5000.0, rel=1e-3)
    healed(net)


def test_a_grid_that_is_missing_altogether_leaves_a_gap() -> None:
    net = [area for area in NET.values() if area.code != MIDDLE]
    gap = the_one(net, FindingKind.GAP)
    assert gap.measure == pytest.approx(10_000.0, rel=1e-3)
    healed(net)


def test_a_village_without_any_grid_is_a_gap_that_only_a_person_can_fill() -> None:
    net = [area for area in NET.values() if area.parent_code != OTHER]
    gap = the_one(net, FindingKind.GAP)
    assert gap.parent_code == OTHER
    assert gap.measure == pytest.approx(90_000.0, rel=1e-3)
    assert gap.repair is None


def test_ground_held_twice_goes_to_whom_it_borders_most() -> None:
    corner = square(2, 1, 0.2, 0.2)
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1).union(corner)})
    overlap = the_one(net, FindingKind.OVERLAP)
    assert overlap.codes == (MIDDLE, EAST)
    assert lies_in(overlap, corner)
    assert overlap.measure == pytest.approx(400.0, rel=1e-3)
    after = healed(net)
    assert area_of(after, EAST) == pytest.approx(10_000.0, rel=1e-3)


def test_ground_with_even_borders_goes_to_the_smaller_code_as_in_routing() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, 1.2)})
    overlap = the_one(net, FindingKind.OVERLAP)
    assert overlap.repair is not None
    (move,) = overlap.repair.moves
    assert (move.winner, move.losers) == (MIDDLE, (EAST,))
    healed(net)


def test_a_small_grid_drawn_over_a_large_one_is_cut_out_of_it() -> None:
    small = replace(NET[MIDDLE], code=f"{VILLAGE}010", geometry=square(1.2, 1.2, 0.3, 0.3))
    after = healed([*NET.values(), small])
    assert area_of(after, small.code) == pytest.approx(900.0, rel=1e-3)
    assert area_of(after, MIDDLE) == pytest.approx(9_100.0, rel=1e-3)


def test_two_grids_on_the_same_ground_are_left_to_a_person() -> None:
    twin = replace(NET[MIDDLE], code=f"{VILLAGE}010")
    overlap = the_one([*NET.values(), twin], FindingKind.OVERLAP)
    assert overlap.codes == (MIDDLE, twin.code)
    assert overlap.repair is None


def test_a_grid_shifted_by_a_metre_leaves_slivers_with_their_width() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": moved(square(1, 1), 0.9, 0.0)})
    slivers = found(net, FindingKind.SLIVER)
    assert {(s.detail, s.codes) for s in slivers} == {
        ("gap", ("440608004001004", MIDDLE)), ("overlap", (MIDDLE, EAST)),
    }  # fmt: skip
    for sliver in slivers:
        assert sliver.width_m == pytest.approx(0.9, rel=0.02)
        assert sliver.measure == pytest.approx(90.0, rel=0.02)
        assert sliver.severity is Severity.BLOCKS
    assert {f.kind for f in coverage.check(net)} == {FindingKind.SLIVER}
    healed(net)


def test_slivers_along_one_border_are_one_finding() -> None:
    # A border that crosses the true one back and forth: gap, overlap, gap, overlap.
    ring = [(100, 100), (200, 100), (200.4, 112), (199.6, 137), (200.4, 162), (199.6, 187),
            (200, 200), (100, 200)]  # fmt: skip
    drawn = shapely.Polygon([metres(*corner) for corner in ring])
    sliver = the_one(with_geometry(NET, **{f"g{MIDDLE}": drawn}), FindingKind.SLIVER)
    assert sliver.detail == "both"
    assert sliver.codes == (MIDDLE, EAST)
    healed(with_geometry(NET, **{f"g{MIDDLE}": drawn}))


@pytest.mark.parametrize(
    ("east_m", "expected"), [(0.005, None), (0.05, Severity.WARNS), (0.5, Severity.BLOCKS)]
)
def test_the_tolerances_decide_what_is_told(east_m: float, expected: Severity | None) -> None:
    # Strips of 0.5, 5 and 50 m²: below a square metre, below ten, above.
    net = with_geometry(NET, **{f"g{MIDDLE}": moved(square(1, 1), east_m, 0.0)})
    told = {f.severity for f in coverage.check(net)}
    assert told == (set() if expected is None else {expected})


def test_tolerances_may_be_set() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, 0.8)})
    assert coverage.check(net, tolerances=Tolerances(gap_m2=2_500.0)) == []


def test_ground_outside_the_parent_is_clipped_beyond_five_metres() -> None:
    # The last grid of the first village reaches into the second, which has drawn back.
    def bulging(by_m: float) -> list[AreaShape]:
        strip = by_m / 100.0
        return with_geometry(
            NET,
            **{f"g{EAST}": square(2, 1, 1 + strip), f"g{BEYOND}": square(3 + strip, 1, 1 - strip)},
        )

    assert coverage.check(bulging(4.9)) == []
    outside = the_one(bulging(8.0), FindingKind.OUTSIDE)
    assert outside.codes == (EAST,)
    assert outside.parent_code == VILLAGE
    assert lies_in(outside, square(3, 1, 0.08))
    assert outside.measure == pytest.approx(800.0, rel=1e-3)
    after = healed(bulging(8.0))
    assert area_of(after, EAST) == pytest.approx(10_000.0, rel=1e-3)
    assert area_of(after, BEYOND) == pytest.approx(10_000.0, rel=1e-3)


def test_an_enclave_of_another_district_that_a_grid_covers_lies_outside() -> None:
    # All corners of that ground lie on the parents' borders; only its middle is far off.
    enclave = square(1.2, 1.2, 0.6, 0.6)
    net = [
        area
        if area.kind is AreaKind.GRID
        else replace(area, geometry=shapely.difference(area.geometry, enclave))
        for area in NET.values()
    ]
    (outside,) = coverage.check(net)
    assert (outside.kind, outside.codes) == (FindingKind.OUTSIDE, (MIDDLE,))
    assert outside.measure == pytest.approx(area_m2(enclave), rel=1e-4)
    assert area_of(healed(net), MIDDLE) == pytest.approx(6_400.0, rel=1e-3)


def test_beyond_the_district_ground_is_given_up() -> None:
    net = with_geometry(NET, g440608004001001=square(-0.5, 0, 1.5))
    outside = the_one(net, FindingKind.OUTSIDE)
    assert outside.repair is not None
    assert outside.repair.moves[0].winner is None
    healed(net)


def test_a_grid_that_lies_in_another_village_is_adopted_there() -> None:
    net = [
        replace(area, parent_code=OTHER) if area.code == MIDDLE else area for area in NET.values()
    ]
    outside = the_one(net, FindingKind.OUTSIDE)
    assert outside.detail == "wrong_parent"
    assert outside.repair is not None
    assert (outside.repair.code, outside.repair.parent_code) == (MIDDLE, VILLAGE)
    healed(net)


def test_villages_are_held_to_the_same_rules_as_grids() -> None:
    # The second village is drawn too small: its own ground is bare, its grids stick out.
    net = with_geometry(NET, **{f"g{OTHER}": square(3, 0, 2.5, 3)})
    gap = the_one(net, FindingKind.GAP)
    assert gap.parent_code == "440608004"
    assert lies_in(gap, square(5.5, 0, 0.5, 3))
    healed(net)


def test_a_hole_in_every_level_is_told_and_healed_in_every_level() -> None:
    hole = square(1.2, 1.2, 0.5, 0.5)
    net = [
        area
        if area.kind is AreaKind.DISTRICT
        else replace(area, geometry=shapely.difference(area.geometry, hole))
        for area in NET.values()
    ]
    gaps = found(net, FindingKind.GAP)
    assert [gap.parent_code for gap in gaps] == ["440608", "440608004", VILLAGE]
    assert all(lies_in(gap, hole) for gap in gaps)
    healed(net)


def test_a_grid_of_two_parts_is_flagged_and_the_part_offered_to_its_host() -> None:
    exclave = square(2.3, 1.3, 0.3, 0.3)
    net = with_geometry(
        NET,
        **{f"g{MIDDLE}": shapely.union(square(1, 1), exclave), f"g{EAST}": square(2, 1) - exclave},
    )
    finding = the_one(net, FindingKind.EXCLAVE)
    assert finding.severity is Severity.WARNS
    assert finding.codes == (MIDDLE, EAST)
    assert lies_in(finding, exclave)
    assert finding.measure == pytest.approx(900.0, rel=1e-3)
    assert coverage.check(healed(net)) == []


def test_an_exclave_in_another_village_stays() -> None:
    exclave = square(4.3, 1.3, 0.3, 0.3)
    village = shapely.union(NET[VILLAGE].geometry, exclave)
    net = with_geometry(
        NET,
        **{
            f"g{MIDDLE}": shapely.union(square(1, 1), exclave),
            f"g{VILLAGE}": village,
            f"g{OTHER}": shapely.difference(NET[OTHER].geometry, exclave),
            "g440608004002005": square(4, 1) - exclave,
        },
    )
    (finding,) = coverage.check(net)
    assert (finding.kind, finding.repair) == (FindingKind.EXCLAVE, None)


with np.errstate(invalid="ignore"):
    NOWHERE = shapely.from_wkt("POLYGON ((112.8 22.8, 112.9 22.8, NaN 22.9, 112.8 22.8))")
BOW_TIE = shapely.Polygon([metres(*c) for c in [(100, 100), (200, 200), (200, 100), (100, 200)]])


def test_an_invalid_polygon_is_shown_where_it_crosses_itself() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": BOW_TIE})
    invalid = the_one(net, FindingKind.INVALID)
    assert (invalid.detail, invalid.codes) == ("self_intersection", (MIDDLE,))
    assert lies_in(invalid, square(1.49, 1.49, 0.02, 0.02))
    healed(net)


@pytest.mark.parametrize(
    ("geometry", "detail"),
    [
        (None, "none"),
        (shapely.Polygon(), "empty"),
        (shapely.LineString([metres(0, 0), metres(9, 9)]), "line"),
        (shapely.Point(metres(150, 150)), "point"),
        (shapely.box(500_000, 2_500_000, 500_100, 2_500_100), "out_of_range"),
        (NOWHERE, "out_of_range"),
    ],
)
def test_what_is_no_polygon_blocks(geometry: shapely.Geometry | None, detail: str) -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": geometry})
    finding = the_one(net, FindingKind.NO_POLYGON)
    assert (finding.detail, finding.codes, finding.blocks) == (detail, (MIDDLE,), True)
    gap = the_one(net, FindingKind.GAP)
    assert gap.measure == pytest.approx(10_000.0, rel=1e-3)


def test_a_collection_keeps_its_polygons() -> None:
    mixed = shapely.GeometryCollection([square(1, 1), shapely.Point(metres(5, 5))])
    net = with_geometry(NET, **{f"g{MIDDLE}": mixed})
    assert the_one(net, FindingKind.INVALID).detail == "collection"
    assert coverage.check(healed(net)) == []


def test_towns_and_villages_may_be_names_only() -> None:
    net = with_geometry(NET, g440608004=None, **{f"g{VILLAGE}": None, "g440608": None})
    assert {(f.kind, f.blocks) for f in coverage.check(net)} == {(FindingKind.NO_POLYGON, False)}


def test_without_a_parents_polygon_a_hole_is_still_a_gap() -> None:
    net = with_geometry(
        NET, g440608=None, g440608004=None, **{f"g{VILLAGE}": None, f"g{MIDDLE}": square(1, 1, 0.8)}
    )
    gap = the_one(net, FindingKind.GAP)
    assert lies_in(gap, square(1.8, 1, 0.2))


def test_duplicate_codes_block_and_are_never_repaired_by_guess() -> None:
    twin = replace(NET[EAST], code=MIDDLE)
    net = [area if area.code != EAST else twin for area in NET.values()]
    twice = found(net, FindingKind.DUPLICATE_CODE)
    assert [f.codes for f in twice] == [(MIDDLE,), (MIDDLE,)]
    assert all(f.repair is None for f in coverage.check(net))


@pytest.mark.parametrize(
    ("parent", "detail"), [("440608004009", "unknown"), (None, "none"), (EAST, "kind")]
)
def test_an_orphan_is_adopted_where_it_lies(parent: str | None, detail: str) -> None:
    net = [replace(a, parent_code=parent) if a.code == MIDDLE else a for a in NET.values()]
    orphan = the_one(net, FindingKind.ORPHAN)
    assert (orphan.codes, orphan.detail, orphan.blocks) == ((MIDDLE,), detail, True)
    assert {f.kind for f in coverage.check(net)} <= {FindingKind.ORPHAN, FindingKind.CODE_SHAPE}
    after = healed(net)
    assert next(a for a in after if a.code == MIDDLE).parent_code == VILLAGE


def test_codes_are_held_to_the_convention_only_where_the_district_follows_it() -> None:
    def renamed(change: Callable[[str], str]) -> list[AreaShape]:
        return [
            replace(a, code=change(a.code)) if a.kind is AreaKind.GRID else a for a in NET.values()
        ]

    odd = the_one(renamed(lambda code: "G-5" if code == MIDDLE else code), FindingKind.CODE_SHAPE)
    assert (odd.codes, odd.blocks) == (("G-5",), False)
    assert coverage.check(renamed(lambda code: f"G-{code[-6:]}")) == []
    missing = renamed(lambda code: "" if code == MIDDLE else code)
    assert the_one(missing, FindingKind.CODE_SHAPE).blocks


def test_grids_without_lead_or_deputy_are_named() -> None:
    everybody = frozenset({"lead", "deputy"})
    staffed = {code: everybody for code, a in NET.items() if a.kind is AreaKind.GRID}
    assert coverage.check(list(NET.values()), staffed=staffed) == []
    staffed[MIDDLE] = frozenset({"lead"})
    del staffed[EAST]
    told = coverage.check(list(NET.values()), staffed=staffed)
    assert {(f.kind, f.codes[0]) for f in told} == {
        (FindingKind.NO_DEPUTY, MIDDLE), (FindingKind.NO_LEAD, EAST), (FindingKind.NO_DEPUTY, EAST),
    }  # fmt: skip
    assert not any(f.blocks for f in told)


def test_a_size_out_of_proportion_is_told_with_its_ratio() -> None:
    # A grid of 5 m beside one of 195 m, among squares of 100 m: only the first is odd.
    net = with_geometry(
        NET, **{f"g{MIDDLE}": square(1, 1, 0.05), f"g{EAST}": square(1.05, 1, 1.95)}
    )
    small = the_one(net, FindingKind.SIZE)
    assert (small.codes, small.detail) == ((MIDDLE,), "small")
    assert small.measure == pytest.approx(0.05, rel=0.01)
    assert small.unit == "ratio"


def test_professional_grids_may_lie_over_anything_inside_the_district() -> None:
    park = AreaShape(
        f"{VILLAGE}Z01", VILLAGE, AreaKind.PROFESSIONAL, "公园", "Park", square(2.5, 0.5, 1, 1)
    )
    also = replace(park, code=f"{VILLAGE}Z02", geometry=square(2.6, 0.4, 1, 1))
    assert coverage.check([*NET.values(), park, also]) == []
    out = replace(park, geometry=square(2.5, 2.5, 1, 1))
    finding = the_one([*NET.values(), out], FindingKind.OUTSIDE)
    assert finding.codes == (park.code,)
    assert lies_in(finding, square(2.5, 3, 1, 0.5))
    healed([*NET.values(), out])


def test_a_towns_own_grid_counts_for_the_villages_too() -> None:
    # The last column belongs to the town directly: no village covers it, and none has to.
    own = AreaShape("440608004900", "440608004", AreaKind.GRID, "林场", "Farm", square(5, 0, 1, 3))
    eastern = {f"{OTHER}{n:03d}" for n in (3, 6, 9)}
    net = [
        a for a in with_geometry(NET, **{f"g{OTHER}": square(3, 0, 2, 3)}) if a.code not in eastern
    ]
    assert {f.kind for f in coverage.check([*net, own])} == {FindingKind.CODE_SHAPE}


def test_borders_with_different_corners_are_no_fault() -> None:
    # One side has a corner in the middle of the border, the other a straight line.
    bent = shapely.Polygon([metres(*c) for c in
        [(100, 100), (200, 100), (200, 137), (200, 200), (100, 200)]])  # fmt: skip
    assert coverage.check(with_geometry(NET, **{f"g{MIDDLE}": bent})) == []


def test_nothing_gives_nothing() -> None:
    assert coverage.check([]) == []
