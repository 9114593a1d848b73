"""Faulty ground by the edges left over: exact, complete, and in portions where it is much."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gridgov.domain import coverage, coverage_faces
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage import FindingKind
from gridgov.domain.coverage_draft import Draft
from gridgov.domain.coverage_edges import left_over, segments_of
from gridgov.domain.coverage_tree import check_parents
from gridgov.domain.repairs import apply
from tests.support.nets import area_m2, moved, sample_areas, small_net, square

NET = small_net()
MIDDLE, EAST = "440608004001005", "440608004001006"
ONE_GROUP = np.zeros(1, dtype=np.int64)


def array(*geometries: shapely.Geometry) -> np.ndarray:
    found = np.empty(len(geometries), dtype=object)
    found[:] = geometries
    return found


def rest_of(*children: shapely.Geometry, of: shapely.Geometry) -> int:
    groups = np.zeros(len(children), dtype=np.int64)
    return len(left_over(array(*children), groups, array(of), ONE_GROUP)[0])


def test_children_that_divide_their_parent_leave_no_edge() -> None:
    whole = shapely.union_all([square(0, 0), square(1, 0)])
    assert rest_of(square(0, 0), square(1, 0), of=whole) == 0
    # However the rings turn, and wherever they begin.
    assert rest_of(square(0, 0).reverse(), shapely.normalize(square(1, 0)), of=whole) == 0


def test_holes_and_parts_are_walked_with_their_ground_on_the_left() -> None:
    frame = square(0, 0, 3, 3)
    ring = shapely.difference(frame, square(1, 1))
    assert rest_of(ring, square(1, 1), of=frame) == 0
    parts = shapely.union_all([square(0, 0), square(2, 0)])
    assert rest_of(parts, square(1, 0), of=shapely.union_all([parts, square(1, 0)])) == 0


@pytest.mark.parametrize(
    "children",
    [
        (square(0, 0),),  # bare ground
        (square(0, 0), square(1, 0), square(1, 0)),  # the same ground twice
        (square(0, 0), square(1, 0), square(5, 5)),  # a stranger's ground
    ],
)
def test_every_fault_leaves_edges(children: tuple[shapely.Geometry, ...]) -> None:
    whole = shapely.union_all([square(0, 0), square(1, 0)])
    assert rest_of(*children, of=whole) > 0


def test_groups_do_not_pay_for_each_other() -> None:
    children = array(square(0, 0), square(1, 0, 0.5))
    groups = np.array([7, 9])
    rest, of_groups = left_over(children, groups, array(square(0, 0), square(1, 0)), groups)
    assert len(rest) > 0
    assert set(of_groups.tolist()) == {9}


def test_the_samples_villages_leave_no_edge() -> None:
    areas = sample_areas()
    draft = Draft(areas)
    check_parents(draft, coverage.Tolerances())
    grids = draft.of_kind(AreaKind.GRID)
    villages = draft.of_kind(AreaKind.VILLAGE)
    rest, _ = left_over(
        draft.geometries[grids], draft.parents[grids], draft.geometries[villages], villages
    )
    assert len(rest) == 0
    assert len(segments_of(draft.geometries[grids])) > 10_000


@pytest.mark.parametrize("offset", [0.0, 2e-10, 3.3e-10, 4.9e-10, 7e-10])
def test_upright_borders_off_the_lattice_hide_nothing(offset: float) -> None:
    # Faces are rounded to the lattice: a border along the side of a face's box must not
    # fall out of it by that much.
    def off(geometry: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(geometry, lambda ends: ends + offset)

    net = [replace(area, geometry=off(area.geometry)) for area in NET.values()]
    assert coverage.check(net) == []
    wide = off(square(1, 1, 1.2))
    broken = [replace(a, geometry=wide) if a.code == MIDDLE else a for a in net]
    (overlap,) = coverage.check(broken)
    assert (overlap.kind, overlap.codes) == (FindingKind.OVERLAP, (MIDDLE, EAST))
    assert overlap.measure == pytest.approx(2_000.0, rel=1e-3)
    narrow = off(square(1, 1, 0.8))
    broken = [replace(a, geometry=narrow) if a.code == MIDDLE else a for a in net]
    (gap,) = coverage.check(broken)
    assert (gap.kind, gap.measure) == (FindingKind.GAP, pytest.approx(2_000.0, rel=1e-3))


def test_one_grid_over_many_is_named_with_each_of_them() -> None:
    # The borders between those below answer each other and are not left over.
    cover = AreaShape(
        "440608004001010", "440608004001", AreaKind.GRID, "大", "Large", square(0.5, 0.5, 2, 2)
    )
    overlaps = [f for f in coverage.check([*NET.values(), cover]) if f.kind is FindingKind.OVERLAP]
    assert {f.codes for f in overlaps} == {
        (f"440608004001{number:03d}", cover.code) for number in range(1, 10)
    }
    assert sum(f.measure or 0.0 for f in overlaps) == pytest.approx(40_000.0, rel=1e-3)


def all_shifted() -> list[AreaShape]:
    """A net of which every grid is a little off."""
    rng = np.random.default_rng(4)
    return [
        replace(a, geometry=moved(a.geometry, *rng.uniform(-3.0, 3.0, 2)))
        if a.kind is AreaKind.GRID
        else a
        for a in NET.values()
    ]


def test_portions_tell_what_one_go_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = coverage.check(all_shifted())
    monkeypatch.setattr(coverage_faces, "_PORTION", 1)
    portions = coverage.check(all_shifted())
    assert [(f.kind, f.codes) for f in portions] == [(f.kind, f.codes) for f in whole]
    for one, other in zip(whole, portions, strict=True):
        assert one.measure == pytest.approx(other.measure, rel=1e-6)


def test_what_is_too_much_at_once_is_healed_in_several_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coverage_faces, "_PORTION", 1)
    monkeypatch.setattr(coverage_faces, "_MOST_PIECES", 1)
    net = all_shifted()
    findings = coverage.check(net)
    (rest,) = [f for f in findings if f.kind is FindingKind.UNEXAMINED]
    assert rest.blocks
    assert (rest.codes, rest.measure, rest.unit) == (("440608004002",), 1.0, "areas")
    rounds = 0
    while any(finding.blocks for finding in findings):
        net = apply(net, [finding.repair for finding in findings if finding.repair])
        findings = coverage.check(net)
        rounds += 1
        assert rounds < 5
    assert rounds > 1


def test_a_gap_along_many_neighbours_is_cut_among_them() -> None:
    # Every grid drawn 20 cm too small on each side: one web of gaps through the whole net.
    net = [
        replace(a, geometry=shapely.buffer(a.geometry, -2e-6, join_style="mitre"))
        if a.kind is AreaKind.GRID
        else a
        for a in NET.values()
    ]
    after = apply(net, [f.repair for f in coverage.check(net) if f.repair])
    assert coverage.check(after) == []
    for area in after:
        if area.kind is AreaKind.GRID:
            # Nobody gets more than the strips beside it.
            assert area_m2(area.geometry) == pytest.approx(10_000.0, rel=0.02)
            assert area.geometry is not None
            assert area.geometry.within(NET[area.code].geometry.buffer(1e-5))
