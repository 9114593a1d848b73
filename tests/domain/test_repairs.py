"""Repairs as data: carried out exactly, in any order, and on nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import shapely

from gridgov.domain import coverage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage import Move, Repair, RepairAction
from gridgov.domain.repairs import apply, is_safe, mended
from tests.support.nets import area_m2, metres, moved, small_net, square, with_geometry

NET = small_net()
VILLAGE = "440608004001"
MIDDLE, EAST = "440608004001005", "440608004001006"


def by_code(net: Sequence[AreaShape]) -> dict[str, AreaShape]:
    return {area.code: area for area in net}


def grids(net: Sequence[AreaShape]) -> list[shapely.Geometry]:
    return [area.geometry for area in net if area.kind is AreaKind.GRID]


def proposals(net: Sequence[AreaShape]) -> list[Repair]:
    return [finding.repair for finding in coverage.check(net) if finding.repair]


def test_no_repairs_leave_the_net_as_it_is() -> None:
    net = list(NET.values())
    assert apply(net, []) == net


def test_moved_ground_leaves_the_losers_and_joins_the_winner() -> None:
    strip = square(2, 1, 0.25)
    repair = Repair(RepairAction.DIVIDE, moves=(Move(AreaKind.GRID, strip, (EAST,), MIDDLE),))
    after = by_code(apply(list(NET.values()), [repair]))
    assert round(area_m2(after[MIDDLE].geometry)) == 12_500
    assert round(area_m2(after[EAST].geometry)) == 7_500
    assert after[MIDDLE].geometry.geom_type == "Polygon"
    assert coverage.check(list(after.values())) == []


def test_borders_still_share_every_corner_afterwards() -> None:
    # The strip ends in the middle of the neighbours' borders, where they have no corner.
    repair = Repair(
        RepairAction.DIVIDE, moves=(Move(AreaKind.GRID, square(2, 1, 0.25), (EAST,), MIDDLE),)
    )
    after = apply(list(NET.values()), [repair])
    assert shapely.coverage_is_valid(grids(after))
    assert shapely.coverage_union_all(grids(after)).equals(by_code(after)["440608"].geometry)


def test_areas_that_nothing_touches_are_the_same_objects() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, 0.8)})
    after = by_code(apply(net, proposals(net)))
    far = [code for code in NET if code.startswith("440608004002") and len(code) == 15]
    assert all(after[code] is NET[code] for code in far)


def test_the_order_of_repairs_does_not_matter() -> None:
    bow_tie = shapely.Polygon(
        [metres(*c) for c in [(100, 100), (200, 200), (200, 100), (100, 200)]]
    )
    net = with_geometry(
        NET,
        **{f"g{MIDDLE}": bow_tie, f"g{EAST}": moved(square(2, 1), 3.0, 2.0)},
        g440608004002=square(3.1, 0, 2.9, 3),
    )
    repairs = proposals(net)
    assert len(repairs) > 3
    straight = apply(net, repairs)
    Random(5).shuffle(repairs)
    shuffled = apply(net, repairs)
    for one, other in zip(straight, shuffled, strict=True):
        assert shapely.equals(one.geometry, other.geometry)


def test_one_repair_of_several_heals_its_own_place_only() -> None:
    net = with_geometry(
        NET, **{f"g{MIDDLE}": square(1, 1, 0.8), "g440608004002005": square(4, 1, 0.8)}
    )
    first, second = coverage.check(net)
    assert first.repair is not None
    (left,) = coverage.check(apply(net, [first.repair]))
    assert left.key == second.key


def test_a_repair_carried_out_twice_changes_nothing_more() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": square(1, 1, 1.2)})
    repairs = proposals(net)
    once = apply(net, repairs)
    twice = apply(once, repairs)
    assert all(shapely.equals(a.geometry, b.geometry) for a, b in zip(once, twice, strict=True))


def test_a_repair_of_an_area_the_net_lacks_changes_nothing() -> None:
    net = list(NET.values())
    strange = [
        Repair(RepairAction.MAKE_VALID, "999"),
        Repair(RepairAction.ADOPT, "999", VILLAGE),
        Repair(RepairAction.CLIP, moves=(Move(AreaKind.GRID, square(20, 20), ("999",), "998"),)),
    ]
    assert apply(net, strange) == net


def test_an_area_without_a_polygon_may_win_ground() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": None})
    repair = Repair(RepairAction.FILL, moves=(Move(AreaKind.GRID, square(1, 1), (), MIDDLE),))
    assert coverage.check(apply(net, [repair])) == []


def test_ground_may_be_given_up_entirely() -> None:
    repair = Repair(RepairAction.CLIP, moves=(Move(AreaKind.GRID, square(1, 1), (MIDDLE,), None),))
    after = by_code(apply(list(NET.values()), [repair]))
    assert after[MIDDLE].geometry is not None
    assert after[MIDDLE].geometry.is_empty


def test_adoption_keeps_everything_but_the_parent() -> None:
    repair = Repair(RepairAction.ADOPT, MIDDLE, "440608004002")
    after = by_code(apply(list(NET.values()), [repair]))
    assert after[MIDDLE].parent_code == "440608004002"
    assert after[MIDDLE].geometry is NET[MIDDLE].geometry


def test_mending_keeps_the_ground_a_polygon_means() -> None:
    assert mended(None) is None
    assert mended(shapely.Point(1, 1)) is None
    sound = square(1, 1)
    assert mended(sound) is sound
    spike = shapely.Polygon([metres(*c) for c in
        [(0, 0), (100, 0), (100, 50), (180, 50), (100, 50), (100, 100), (0, 100)]])  # fmt: skip
    assert not spike.is_valid
    whole = mended(spike)
    assert whole is not None
    assert whole.is_valid
    assert round(area_m2(whole)) == 10_000


def test_a_net_of_full_precision_is_healed_like_one_of_seven_decimals() -> None:
    # Coordinates that lie on no lattice: thirds of a metre, turned by an angle.
    def turned(geometry: shapely.Geometry) -> shapely.Geometry:
        return shapely.affinity.rotate(geometry, 17.3, origin=metres(300, 150))

    net = [replace(area, geometry=turned(area.geometry)) for area in NET.values()]
    assert coverage.check(net) == []
    broken = [
        replace(a, geometry=moved(a.geometry, 2.0, 1.0)) if a.code == MIDDLE else a for a in net
    ]
    assert coverage.check(apply(broken, proposals(broken))) == []


def test_safe_is_what_a_pen_slips_and_not_what_a_person_decides() -> None:
    def safe(**changed: shapely.Geometry) -> set[bool]:
        return {is_safe(finding) for finding in coverage.check(with_geometry(NET, **changed))}

    assert safe(**{f"g{MIDDLE}": square(1, 1, 0.97)}) == {True}  # 3 m × 100 m
    assert safe(**{f"g{MIDDLE}": square(1, 1, 0.5)}) == {False}  # half a grid
    exclave = square(2.3, 1.3, 0.1, 0.1)
    assert safe(
        **{f"g{MIDDLE}": shapely.union(square(1, 1), exclave), f"g{EAST}": square(2, 1) - exclave}
    ) == {False}
    orphan = [replace(a, parent_code=None) if a.code == MIDDLE else a for a in NET.values()]
    assert {is_safe(finding) for finding in coverage.check(orphan)} == {False}
    twice = [a for a in NET.values() if a.code != EAST]
    twice.append(replace(NET[EAST], code=MIDDLE))
    assert {is_safe(finding) for finding in coverage.check(twice)} == {False}
