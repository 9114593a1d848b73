"""Corners put on borders: exactly where they are asked for, and nothing else moves."""

import numpy as np
import pytest
import shapely

from gridgov.domain.coverage_corners import with_corners

BOX = shapely.Polygon([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


def given(geometry: shapely.Geometry, *corners: tuple[float, float]) -> shapely.Geometry:
    geometries = np.array([geometry], dtype=object)
    return with_corners(geometries, np.array(corners, dtype=float).reshape(-1, 2))[0]


def ring(geometry: shapely.Geometry) -> list[tuple[float, ...]]:
    return list(geometry.exterior.coords)


def test_corners_are_put_into_an_edge_in_their_order() -> None:
    after = given(BOX, (0.75, 0.0), (0.25, 0.0), (1.0, 0.5))
    assert ring(after) == [
        (0, 0), (0.25, 0), (0.75, 0), (1, 0), (1, 0.5), (1, 1), (0, 1), (0, 0),
    ]  # fmt: skip


def test_a_corner_beside_a_vertex_replaces_it_and_the_ring_stays_closed() -> None:
    near = (4e-10, 3e-10)
    assert ring(given(BOX, near)) == [near, (1, 0), (1, 1), (0, 1), near]


@pytest.mark.parametrize("corner", [(0.5, 2e-9), (0.5, 0.5), (1.0, 1.0), (3.0, 3.0)])
def test_corners_elsewhere_or_there_already_change_nothing(corner: tuple[float, float]) -> None:
    assert given(BOX, corner) is BOX


def test_no_corners_and_no_polygons_are_fine() -> None:
    assert given(BOX) is BOX
    assert given(shapely.Polygon(), (0.0, 0.0)).is_empty


def test_holes_and_parts_get_their_corners_too() -> None:
    holed = shapely.Polygon(BOX.exterior, [[(0.2, 0.2), (0.2, 0.8), (0.8, 0.8), (0.8, 0.2)]])
    other = shapely.box(5.0, 5.0, 6.0, 6.0)
    both = shapely.MultiPolygon([holed, other])
    after = given(both, (0.2, 0.5), (5.0, 5.5))
    first, second = after.geoms
    assert (0.2, 0.5) in list(first.interiors[0].coords)
    assert (5.0, 5.5) in ring(second)
    assert after.equals(both)


def test_only_the_polygons_concerned_are_new() -> None:
    far = shapely.box(5.0, 5.0, 6.0, 6.0)
    before = np.array([BOX, far, shapely.box(1.0, 0.0, 2.0, 1.0)], dtype=object)
    after = with_corners(before, np.array([[1.0, 0.5]]))
    assert after[1] is far
    # Both sides of the border have it now: the border is one line again.
    assert (1.0, 0.5) in ring(after[0])
    assert (1.0, 0.5) in ring(after[2])
    assert before[0] is BOX
