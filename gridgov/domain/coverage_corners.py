"""Giving polygons a corner wherever a neighbour has one on their border."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.coverage_draft import Geometries, Numbers

# A corner this near to a border lies on it: 0.1 mm.
TOUCH_DEGREES = 1e-9

Places = NDArray[np.float64]  # (n, 2): lon, lat


@dataclass(frozen=True, slots=True)
class _Rings:
    """The rings of some geometries, one vertex after the other."""

    ends: Places
    ring_of: Numbers  # of each vertex
    polygon_of: Numbers  # of each ring
    geometry_of: Numbers  # of each ring


def with_corners(geometries: Geometries, corners: Places) -> Geometries:
    """Return polygons that have each of some corners that lies on their border.

    A corner within 0.1 mm of a vertex replaces it, one within 0.1 mm of an edge is put
    into the edge. Polygons that no corner touches are the same objects.
    """
    parts, part_of = shapely.get_parts(geometries, return_index=True)
    all_rings, polygon_of = shapely.get_rings(parts, return_index=True)
    ends, ring_of = shapely.get_coordinates(all_rings, return_index=True)
    if len(ends) == 0 or len(corners) == 0:
        return geometries
    rings = _Rings(ends, ring_of, polygon_of, part_of[polygon_of])
    corner, edge = _meetings(rings, corners)
    if len(edge) == 0:
        return geometries
    order = np.argsort(edge, kind="stable")
    corner, edge = corner[order], edge[order]
    owner = rings.geometry_of[ring_of[edge]]
    touched, firsts = np.unique(owner, return_index=True)
    result = geometries.copy()
    for number, mine in zip(
        touched.tolist(), np.split(np.arange(len(edge)), firsts[1:]), strict=True
    ):
        changed = _rebuilt(rings, number, edge[mine], corners[corner[mine]])
        if changed.is_valid:
            result[number] = changed
    return result


def _meetings(rings: _Rings, corners: Places) -> tuple[Numbers, Numbers]:
    """Return pairs of a corner and the edge it lies on, where it is not the edge's end yet.

    An edge is named by its first vertex.
    """
    ends = rings.ends
    edges = np.flatnonzero(rings.ring_of[1:] == rings.ring_of[:-1])
    tree = shapely.STRtree(shapely.linestrings(np.stack((ends[edges], ends[edges + 1]), axis=1)))
    corner, place = tree.query(shapely.points(corners), "dwithin", distance=TOUCH_DEGREES)
    edge = edges[place]
    there = corners[corner]
    new = (there != ends[edge]).any(axis=1) & (there != ends[edge + 1]).any(axis=1)
    return corner[new], edge[new]


def _rebuilt(rings: _Rings, number: int, edge: Numbers, corners: Places) -> BaseGeometry:
    """Return one geometry with corners on its edges; the edges are sorted."""
    first_ring, last_ring = np.searchsorted(rings.geometry_of, [number, number + 1])
    polygons: dict[int, list[Places]] = {}
    for ring in range(first_ring, last_ring):
        start, stop = np.searchsorted(rings.ring_of, [ring, ring + 1])
        mine = slice(*np.searchsorted(edge, [start, stop]))
        own = _ring(rings.ends[start:stop], edge[mine] - start, corners[mine])
        polygons.setdefault(int(rings.polygon_of[ring]), []).append(own)
    whole = [shapely.Polygon(shell, holes) for shell, *holes in polygons.values()]
    return whole[0] if len(whole) == 1 else shapely.MultiPolygon(whole)


def _ring(ends: Places, edge: Numbers, corners: Places) -> Places:
    """Return a closed ring with corners put in their places."""
    if len(edge) == 0:
        return ends
    start, end = ends[edge], ends[edge + 1]
    at_start = np.hypot(*(corners - start).T) <= TOUCH_DEGREES
    at_end = ~at_start & (np.hypot(*(corners - end).T) <= TOUCH_DEGREES)
    moved = ends.copy()
    last = len(ends) - 1
    for here, place in ((at_start, edge), (at_end, edge + 1)):
        moved[place[here] % last] = corners[here]
    moved[last] = moved[0]
    between = ~at_start & ~at_end
    along = np.hypot(*(corners - start).T)[between]
    order = np.lexsort((along, edge[between]))
    filled: Places = np.insert(moved, edge[between][order] + 1, corners[between][order], axis=0)
    return filled
