"""The working copy of a net that the checks read, and its measures in metres.

The checks go from the top down and carry out their own proposals on this copy, so that a
grid is judged against the village as it will be, and all proposals together heal the net.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import metric_scale

Geometries = NDArray[Any]
Numbers = NDArray[np.int64]

RANK = {kind: rank for rank, kind in enumerate(AreaKind)}
NOBODY = -1

# The kinds that divide their parent's ground among them; professional grids overlay it.
LEVELS = (AreaKind.TOWN, AreaKind.VILLAGE, AreaKind.GRID)


class Draft:
    """A net under examination: one entry an area, in the order given.

    `geometries` holds valid polygons, or None where an area has no usable one;
    `parents` holds the position of each area's parent, or NOBODY; `twice` are the codes
    that several areas have.
    """

    def __init__(
        self, shapes: Sequence[AreaShape], staffed: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        """Take the areas; nothing is judged yet."""
        self.shapes = shapes
        self.staffed = staffed
        self.codes = [shape.code for shape in shapes]
        self.kinds = [shape.kind for shape in shapes]
        self.geometries: Geometries = np.empty(len(shapes), dtype=object)
        self.geometries[:] = [shape.geometry for shape in shapes]
        self.parents: Numbers = np.full(len(shapes), NOBODY)
        self.twice: set[str] = set()

    def of_kind(self, kind: AreaKind) -> Numbers:
        """Return the positions of the areas of a kind that have a usable polygon."""
        found = [
            i
            for i, (own, shape) in enumerate(zip(self.kinds, self.geometries, strict=True))
            if own is kind and shape is not None
        ]
        return np.array(found, dtype=np.int64)

    def repairable(self, *positions: int) -> bool:
        """Tell whether a code means one area only, for each of them."""
        return all(self.codes[i] not in self.twice for i in positions if i != NOBODY)


def as_array(geometries: Iterable[BaseGeometry]) -> Geometries:
    """Return geometries as an array, which numpy alone would take apart."""
    listed = list(geometries)
    found: Geometries = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found


def square_metres(geometries: Geometries) -> NDArray[np.float64]:
    """Return the areas in square metres of geometries in degrees (0.1 % over a district)."""
    per_lon, per_lat = _scales(_middles(geometries)[:, 1])
    areas: NDArray[np.float64] = shapely.area(geometries) * per_lon * per_lat
    return areas


def mean_widths_m(geometries: Geometries) -> NDArray[np.float64]:
    """Return the mean widths in metres: twice the area by the perimeter, a strip's own width."""
    flat = flattened(geometries)
    lengths = shapely.length(flat)
    widths: NDArray[np.float64] = 2.0 * shapely.area(flat) / np.maximum(lengths, 1e-12)
    return widths


def flattened(geometries: Geometries) -> Geometries:
    """Return copies in metres from their own middle, each at the scale there."""
    if len(geometries) == 0:
        return geometries
    middles = _middles(geometries)
    per_lon, per_lat = _scales(middles[:, 1])
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    coordinates = (coordinates - middles[owner]) * np.column_stack((per_lon[owner], per_lat[owner]))
    copies: Geometries = shapely.force_2d(geometries).copy()
    flat: Geometries = shapely.set_coordinates(copies, coordinates)
    return flat


def _middles(geometries: Geometries) -> NDArray[np.float64]:
    """Return the middle of each geometry's box, zero where there is nothing."""
    boxes = shapely.bounds(geometries)
    middles: NDArray[np.float64] = np.nan_to_num((boxes[:, :2] + boxes[:, 2:]) / 2.0)
    return middles


def _scales(lats: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the metres per degree of longitude and of latitude at each latitude."""
    pairs = np.array([metric_scale(lat) for lat in lats.tolist()]).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def polygons_of(geometry: BaseGeometry) -> BaseGeometry | None:
    """Return the polygons in a geometry as one polygon or multipolygon, or None."""
    if geometry.geom_type == "Polygon":
        return None if geometry.is_empty else geometry
    parts = [part for part in _leaves(geometry) if part.geom_type == "Polygon"]
    solid = [part for part in parts if not part.is_empty]
    if not solid:
        return None
    return solid[0] if len(solid) == 1 else shapely.MultiPolygon(solid)


def _leaves(geometry: BaseGeometry) -> list[BaseGeometry]:
    parts = shapely.get_parts(geometry)
    if len(parts) == 1 and parts[0].geom_type == geometry.geom_type:
        return [geometry]
    return [leaf for part in parts for leaf in _leaves(part)]


def union_of(faces: Geometries) -> BaseGeometry:
    """Return the union of faces that share their vertices where they meet."""
    try:
        return shapely.coverage_union_all(faces)
    except shapely.errors.GEOSException:
        # Two of them met along a line with different vertices after all.
        return shapely.union_all(faces)


def place_on(geometry: BaseGeometry) -> LonLat:
    """Return a position on a geometry, on the largest of its parts."""
    parts = shapely.get_parts(geometry)
    sizes = shapely.area(parts)
    point = shapely.point_on_surface(parts[int(np.argmax(sizes))])
    return LonLat(lon=float(point.x), lat=float(point.y))
