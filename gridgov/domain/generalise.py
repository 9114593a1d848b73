"""Borders with fewer vertices for maps: less detail the farther away, and no torn seam.

Neighbours are simplified together (GEOS `coverage_simplify`: a line that two areas share
is one line, and the places where three meet stay), in metres, and rounded at the end: the
same vertex becomes the same number in both. A net that is too big to be simplified as a
whole is cut into blocks, whose outer lines stay as they are, so that blocks fit as well.

For drawing only. Where a point belongs is asked of the borders as they were drawn.
"""

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.geometry import metric_scale

# Web maps double the scale with each zoom; at 0 a tile of 256 pixels is the equator.
_EQUATOR_PIXEL_M = 2 * math.pi * 6378137.0 / 256
FARTHEST_ZOOM = 7  # a district is smaller than a screen: farther away nothing is gained
EXACT_ZOOM = 17  # a pixel is a metre: from here on borders are as they were drawn
# 6 decimals of a degree are 0.1 m; a metre is enough while a pixel is 18 m or more.
_ROUGH_ZOOM, _ROUGH_DECIMALS, DECIMALS = 13, 5, 6
# So many polygons and more are simplified in blocks: 2,000 of 37 vertices take 0.3 s.
WHOLE = 2_000
BLOCK = 256

Polygons = NDArray[Any]
Scale = tuple[float, float]


def level_of(zoom: int | None) -> int:
    """Return the zoom whose drawing serves a zoom of a web map; None asks for all detail."""
    return EXACT_ZOOM if zoom is None else min(max(zoom, FARTHEST_ZOOM), EXACT_ZOOM)


def tolerance_m(level: int, lat: float) -> float:
    """Return how far a border may move at a level, in metres: a pixel; 0 for none.

    The tolerance is that of Visvalingam and Whyatt: the root of the area of the triangles
    that may be cut off.
    """
    if level >= EXACT_ZOOM:
        return 0.0
    return float(_EQUATOR_PIXEL_M * math.cos(math.radians(lat)) / 2**level)


def decimals(level: int) -> int:
    """Return how many decimals of a degree the coordinates of a level have."""
    return _ROUGH_DECIMALS if level <= _ROUGH_ZOOM else DECIMALS


def blocks(boxes: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Return which polygons are simplified together: places of neighbours, block by block.

    `boxes` are the bounds of all polygons, shape (n, 4). A net of up to WHOLE polygons is
    one block; others are cut into columns, and these into blocks of up to BLOCK.
    """
    count = len(boxes)
    if count <= WHOLE:
        return [np.arange(count, dtype=np.int64)] if count else []
    columns = math.ceil(math.sqrt(count / BLOCK))
    middles = boxes[:, :2] + boxes[:, 2:]
    found: list[NDArray[np.int64]] = []
    for column in np.array_split(np.argsort(middles[:, 0], kind="stable"), columns):
        upwards = column[np.argsort(middles[column, 1], kind="stable")]
        found += np.array_split(upwards, math.ceil(len(upwards) / BLOCK))
    return found


def generalise(polygons: Polygons, level: int, lat: float, *, outer: bool) -> Polygons:
    """Return the polygons of a block as a level draws them, in their order, in degrees.

    `lat` is one latitude for the whole net, so that all its blocks are measured alike.
    `outer` says that the outer line of the block may be simplified: where nothing else
    lies beyond it. Polygons that are no seamless coverage keep the lines that do not fit.
    """
    tolerance = tolerance_m(level, lat)
    drawn = polygons
    if tolerance > 0.0 and len(polygons):
        # A line that fits no neighbour counts as outer. Simplified alone, it would tear more.
        seamless = outer and bool(shapely.coverage_is_valid(polygons))
        scale = metric_scale(lat)
        plane = _scaled(polygons, scale)
        simple = shapely.coverage_simplify(plane, tolerance, simplify_boundary=seamless)
        drawn = _scaled(simple, (1.0 / scale[0], 1.0 / scale[1]))
    places = decimals(level)
    rounded: Polygons = shapely.transform(drawn, lambda ends: np.round(ends, places))
    for i in np.flatnonzero(~shapely.is_valid(rounded)):
        rounded[i] = _mended(rounded[i], drawn[i])
    return rounded


def _scaled(polygons: Polygons, scale: Scale) -> Polygons:
    scaled: Polygons = shapely.transform(polygons, lambda ends: ends * scale)
    return scaled


def _mended(rounded: BaseGeometry, drawn: BaseGeometry) -> BaseGeometry:
    """Return a polygon that rounding folded over, as a valid one; it never vanishes."""
    mended = shapely.make_valid(rounded, method="structure", keep_collapsed=False)
    if mended.geom_type in ("Polygon", "MultiPolygon") and not mended.is_empty:
        return mended
    return drawn
