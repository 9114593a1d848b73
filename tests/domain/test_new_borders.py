"""The line a map draws strong: what only the new version has."""

from dataclasses import replace

import pytest
import shapely

from gridgov.domain import lineage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.net_edits import cut
from gridgov.domain.new_borders import new_borders
from gridgov.domain.routing import Net
from tests.support.edited_nets import a_line, sample_shapes

SHAPES = sample_shapes()
ACTIVE = Net(1, "440608", SHAPES)
GRID = "440608004025006"


def drawn(shapes: list[AreaShape]) -> shapely.Geometry | None:
    draft = Net(2, "440608", shapes)
    return new_borders(ACTIVE, draft, lineage.changed(lineage.compare(ACTIVE, draft)))


def split() -> tuple[list[AreaShape], shapely.Geometry]:
    """The sample's net with one grid cut in two, and the cut itself."""
    one = ACTIVE.area(GRID)
    west, east, _corners = cut(one.geometry, a_line(one.geometry, 1.5))
    others = [shape for shape in SHAPES if shape.code != GRID]
    halves = [replace(one, code=f"{GRID[:-2]}{n}", geometry=g) for n, g in ((91, west), (92, east))]
    return [*others, *halves], west.intersection(east)


def test_of_a_split_only_the_cut_is_new() -> None:
    shapes, seam = split()
    found = drawn(shapes)
    assert found is not None
    assert found.length == pytest.approx(seam.length, rel=0.01)
    assert seam.buffer(1e-9).contains(found)


def test_what_was_merged_or_renamed_or_left_alone_draws_no_line() -> None:
    assert drawn(list(SHAPES)) is None
    renamed = [replace(s, name="别名") if s.code == GRID else s for s in SHAPES]
    assert drawn(renamed) is None
    village = [s for s in SHAPES if s.parent_code == GRID[:12] and s.kind is AreaKind.GRID]
    one, other = next(
        (a, b) for a in village for b in village
        if a.code < b.code and a.geometry.intersection(b.geometry).length > 0
    )  # fmt: skip
    joined = replace(one, geometry=shapely.union_all([one.geometry, other.geometry]))
    rest = [s for s in SHAPES if s.code not in (one.code, other.code)]
    assert drawn([*rest, joined]) is None


def test_a_professional_grid_that_is_new_is_drawn_around() -> None:
    ground = ACTIVE.area(GRID).geometry.buffer(-0.0002)
    over = AreaShape(
        f"{GRID[:12]}P9", GRID[:12], AreaKind.PROFESSIONAL, "新", "new", ground, frozenset({"0607"})
    )
    found = drawn([*SHAPES, over])
    assert found is not None
    assert found.equals(ground.boundary)
