"""Each fault a net can have: found with its place, and healed by its repair."""

from dataclasses import replace

import pytest
import shapely

from gridgov.domain import coverage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage import FindingKind, RepairAction, Severity, Tolerances
from tests.domain.faults import (
    BEYOND,
    EAST,
    MIDDLE,
    NET,
    OTHER,
    VILLAGE,
    area_of,
    assert_healed,
    found,
    lies_in,
    the_one,
)
from tests.support.nets import area_m2, metres, moved, sample_areas, square, with_geometry


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
    assert_healed(net)


def test_a_gap_at_the_rim_of_the_parent_is_found_too() -> None:
    net = with_geometry(NET, g440608004001001=square(0.5, 0, 0.5))
    gap = the_one(net, FindingKind.GAP)
    assert lies_in(gap, square(0, 0, 0.5))
    assert gap.measure == pytest.approx(5000.0, rel=1e-3)
    assert_healed(net)


def test_a_grid_that_is_missing_altogether_leaves_a_gap() -> None:
    net = [area for area in NET.values() if area.code != MIDDLE]
    gap = the_one(net, FindingKind.GAP)
    assert gap.measure == pytest.approx(10_000.0, rel=1e-3)
    assert_healed(net)


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
    after = assert_healed(net)
    assert area_of(after, EAST) == pytest.approx(10_000.0, rel=1e-3)


def test_ground_with_even_borders_goes_to_the_smaller_code_as_in_routing() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, 1.2)})
    overlap = the_one(net, FindingKind.OVERLAP)
    assert overlap.repair is not None
    (move,) = overlap.repair.moves
    assert (move.winner, move.losers) == (MIDDLE, (EAST,))
    assert_healed(net)


def test_a_small_grid_drawn_over_a_large_one_is_cut_out_of_it() -> None:
    small = replace(NET[MIDDLE], code=f"{VILLAGE}010", geometry=square(1.2, 1.2, 0.3, 0.3))
    after = assert_healed([*NET.values(), small])
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
    assert_healed(net)


def test_slivers_along_one_border_are_one_finding() -> None:
    # A border that crosses the true one back and forth: gap, overlap, gap, overlap.
    ring = [(100, 100), (200, 100), (200.4, 112), (199.6, 137), (200.4, 162), (199.6, 187),
            (200, 200), (100, 200)]  # fmt: skip
    drawn = shapely.Polygon([metres(*corner) for corner in ring])
    sliver = the_one(with_geometry(NET, **{f"g{MIDDLE}": drawn}), FindingKind.SLIVER)
    assert sliver.detail == "both"
    assert sliver.codes == (MIDDLE, EAST)
    assert_healed(with_geometry(NET, **{f"g{MIDDLE}": drawn}))


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
    after = assert_healed(bulging(8.0))
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
    assert area_of(assert_healed(net), MIDDLE) == pytest.approx(6_400.0, rel=1e-3)


def test_beyond_the_district_ground_is_given_up() -> None:
    net = with_geometry(NET, g440608004001001=square(-0.5, 0, 1.5))
    outside = the_one(net, FindingKind.OUTSIDE)
    assert outside.repair is not None
    assert outside.repair.moves[0].winner is None
    assert_healed(net)


def test_a_grid_that_lies_in_another_village_is_adopted_there() -> None:
    net = [
        replace(area, parent_code=OTHER) if area.code == MIDDLE else area for area in NET.values()
    ]
    outside = the_one(net, FindingKind.OUTSIDE)
    assert outside.detail == "wrong_parent"
    assert outside.repair is not None
    assert (outside.repair.code, outside.repair.parent_code) == (MIDDLE, VILLAGE)
    assert_healed(net)


def test_villages_are_held_to_the_same_rules_as_grids() -> None:
    # The second village is drawn too small: its own ground is bare, its grids stick out.
    net = with_geometry(NET, **{f"g{OTHER}": square(3, 0, 2.5, 3)})
    gap = the_one(net, FindingKind.GAP)
    assert gap.parent_code == "440608004"
    assert lies_in(gap, square(5.5, 0, 0.5, 3))
    assert_healed(net)


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
    assert_healed(net)


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
    assert coverage.check(assert_healed(net)) == []


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
    assert_healed([*NET.values(), out])


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
