"""Borders for maps: at every zoom all areas are there, and no seam between them tears."""

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks import nets
from gridgov.domain.areas import AreaKind
from gridgov.domain.generalise import (
    BLOCK,
    EXACT_ZOOM,
    FARTHEST_ZOOM,
    WHOLE,
    blocks,
    decimals,
    generalise,
    level_of,
    tolerance_m,
)
from gridgov.domain.geometry import metric_scale
from tests.support.nets import sample_areas, square

LEVELS = range(FARTHEST_ZOOM, EXACT_ZOOM + 1)
Polygons = NDArray[Any]


def polygons(kind: AreaKind) -> Polygons:
    return np.array([a.geometry for a in sample_areas() if a.kind is kind], dtype=object)


def middle(shapes: Polygons) -> float:
    return float(shapely.total_bounds(shapes)[[1, 3]].mean())


def drawn(shapes: Polygons, level: int) -> Polygons:
    """All polygons as a level draws them, block by block."""
    found = np.empty(len(shapes), dtype=object)
    members = blocks(shapely.bounds(shapes))
    for places in members:
        one = len(members) == 1
        found[places] = generalise(shapes[places], level, middle(shapes), outer=one)
    return found


def holes(shapes: Polygons) -> list[Any]:
    """The rings inside the union: gaps, which `coverage_is_valid` does not see."""
    union = shapely.get_parts(shapely.union_all(shapes))
    rings = [ring for part in union for ring in part.interiors]
    return [shapely.Polygon(ring) for ring in rings]


def assert_seamless(before: Polygons, after: Polygons, level: int) -> None:
    """Every polygon is still there, and gaps and overlaps are no wider than rounding."""
    assert len(after) == len(before)
    assert set(shapely.get_type_id(after)) <= {3, 6}
    assert shapely.is_valid(after).all()
    assert not shapely.is_empty(after).any()
    step = 10.0 ** -decimals(level)
    ends = shapely.get_coordinates(after)
    assert np.abs(ends / step - np.round(ends / step)).max() < 1e-2
    union = shapely.union_all(after)
    seams = float(shapely.length(after).sum())
    assert float(shapely.area(after).sum()) - union.area <= step * seams * 1e-3
    wide = [gap for gap in holes(after) if gap.area > 2 * step * gap.length]
    assert len(wide) <= len(holes(before)), "a gap came into being"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", [AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN])
def test_the_sample_stays_seamless_at_every_zoom(kind: AreaKind, level: int) -> None:
    before = polygons(kind)
    after = drawn(before, level)
    assert_seamless(before, after, level)
    assert shapely.coverage_is_valid(after), "neighbours have the same vertices"


def test_the_farther_away_the_fewer_vertices() -> None:
    grids = polygons(AreaKind.GRID)
    counts = [int(shapely.get_num_coordinates(drawn(grids, level)).sum()) for level in LEVELS]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 4
    assert counts[-1] == int(shapely.get_num_coordinates(grids).sum()), "near by nothing is lost"


@pytest.mark.parametrize("level", LEVELS)
def test_no_border_moves_further_than_can_be_seen(level: int) -> None:
    """A long thin piece may be cut off; two or three pixels is what the eye forgives."""
    grids = polygons(AreaKind.GRID)
    lat = middle(grids)
    allowed = 4 * tolerance_m(level, lat) + 10.0 ** -decimals(level) * 111_000
    per_lon, per_lat = metric_scale(lat)
    plane = shapely.transform(grids, lambda ends: ends * (per_lon, per_lat))
    moved = shapely.transform(drawn(grids, level), lambda ends: ends * (per_lon, per_lat))
    apart = shapely.hausdorff_distance(shapely.boundary(plane), shapely.boundary(moved))
    assert float(np.quantile(apart, 0.95)) <= allowed


def warped(seed: int, cells: int, bend: float) -> Polygons:
    """A seamless net of random cells whose sides wind, about 10 km wide, and a grid in a hole."""
    rng = np.random.default_rng(seed)
    frame = shapely.box(112.8, 22.8, 112.9, 22.9)
    seeds = shapely.MultiPoint(rng.uniform((112.8, 22.8), (112.9, 22.9), (cells, 2)))
    found = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    found = shapely.intersection(found, frame)
    inner = shapely.transform(found[0], lambda ends: ends.mean(axis=0) + (ends - ends.mean(0)) / 9)
    found[0] = shapely.difference(found[0], inner)
    whole = np.append(found, inner)
    # The same place is moved the same way in every polygon, so that neighbours stay joined.
    wave = rng.uniform(0, math.tau, 2)

    def wind(ends: NDArray[np.float64]) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = ends + bend * np.sin(ends[:, ::-1] * 1500 + wave)
        return np.round(moved, 7)

    return shapely.transform(shapely.segmentize(whole, 0.0008), wind)


@given(
    seed=st.integers(0, 10_000),
    cells=st.integers(3, 60),
    bend=st.floats(0, 2e-4),
    level=st.sampled_from(LEVELS),
)
def test_random_nets_stay_seamless(seed: int, cells: int, bend: float, level: int) -> None:
    before = warped(seed, cells, bend)
    assume(shapely.is_valid(before).all() and shapely.coverage_is_valid(before))
    assert_seamless(before, drawn(before, level), level)


@pytest.mark.parametrize("level", [9, 12, 14, 16])
def test_a_big_net_is_drawn_in_blocks_that_fit(level: int) -> None:
    grids = [area for area in nets.net(2_500) if area.kind is AreaKind.GRID]
    before = np.array([area.geometry for area in grids], dtype=object)
    members = blocks(shapely.bounds(before))
    assert len(before) > WHOLE
    assert len(members) > 4
    assert max(map(len, members)) <= BLOCK + 1
    assert sorted(np.concatenate(members)) == list(range(len(before)))
    after = drawn(before, level)
    assert_seamless(before, after, level)
    assert shapely.coverage_is_valid(after)
    assert shapely.get_num_coordinates(after).sum() < shapely.get_num_coordinates(before).sum()


def test_a_small_grid_inside_another_is_seen_from_far_away() -> None:
    yard = square(1.4, 1.4, 0.2, 0.2)  # 20 m
    before = np.array([shapely.difference(square(0, 0, 3, 3), yard), yard], dtype=object)
    after = drawn(before, FARTHEST_ZOOM)
    assert after[1].area > 0
    assert not shapely.overlaps(after[0], after[1])


def test_where_areas_do_not_fit_no_border_is_simplified_alone() -> None:
    """An overlap of two grids stays the overlap it is: drawn as it was found."""
    rng = np.random.default_rng(1)
    ends = shapely.get_coordinates(shapely.segmentize(square(0, 0), 5e-5))[:-1]
    rough = shapely.Polygon(ends + rng.uniform(-1e-5, 1e-5, ends.shape))
    alone = drawn(np.array([rough], dtype=object), 14)
    assert shapely.get_num_coordinates(alone[0]) < len(ends) / 2
    both = drawn(np.array([rough, square(0.9, 0.5)], dtype=object), 14)
    assert both[0].equals_exact(rough, 1e-6)


def test_what_rounding_would_close_is_kept() -> None:
    sliver = shapely.Polygon([(112.8, 22.8), (112.81, 22.8), (112.81, 22.80000001)])
    after = drawn(np.array([sliver], dtype=object), 10)
    assert not after[0].is_empty
    assert after[0].is_valid


def test_zooms_beyond_the_ends_use_the_ends() -> None:
    assert [level_of(zoom) for zoom in (None, 0, 12, 24)] == [EXACT_ZOOM, FARTHEST_ZOOM, 12, 17]
    assert tolerance_m(EXACT_ZOOM, 22.9) == 0.0
    assert tolerance_m(12, 60.0) == pytest.approx(tolerance_m(12, 0.0) / 2)
    assert tolerance_m(12, 0.0) == pytest.approx(38.2, abs=0.1)
    assert blocks(np.empty((0, 4))) == []
