"""Faults of an area by itself: its shape, its code, its place in the tree, its people, its size."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely

from gridgov.domain import coverage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage import FindingKind
from tests.domain.faults import EAST, MIDDLE, NET, VILLAGE, assert_healed, found, lies_in, the_one
from tests.support.nets import metres, square, with_geometry

with np.errstate(invalid="ignore"):
    NOWHERE = shapely.from_wkt("POLYGON ((112.8 22.8, 112.9 22.8, NaN 22.9, 112.8 22.8))")
BOW_TIE = shapely.Polygon([metres(*c) for c in [(100, 100), (200, 200), (200, 100), (100, 200)]])


def test_an_invalid_polygon_is_shown_where_it_crosses_itself() -> None:
    net = with_geometry(NET, **{f"g{MIDDLE}": BOW_TIE})
    invalid = the_one(net, FindingKind.INVALID)
    assert (invalid.detail, invalid.codes) == ("self_intersection", (MIDDLE,))
    assert lies_in(invalid, square(1.49, 1.49, 0.02, 0.02))
    assert_healed(net)


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
    assert coverage.check(assert_healed(net)) == []


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
    after = assert_healed(net)
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
