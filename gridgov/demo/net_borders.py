"""Turning the straight borders of Voronoi cells into borders that look drawn by nature."""

import math
import random
from collections.abc import Callable, Sequence, Set
from itertools import pairwise

import shapely
from shapely import LineString, MultiPoint, Point, Polygon, STRtree
from shapely.ops import substring

from gridgov.demo.net_plane import PLANE_LATTICE_M, XY, millimetre

# Sideways swing of a border in parts of its length, tried from bold to plain until the border
# keeps clear of all the others.
ROUGHNESS = (0.2, 0.15, 0.11, 0.08, 0.05, 0.025)
# The finer wiggles of a border are weaker in proportion than its great bends.
ROUGHNESS_DECAY = 0.9
# The part of a border that must keep its distance from the others (its ends must touch them).
MIDDLE = (0.12, 0.88)
CLEARANCE = 0.05
# An end on the rim moves to a corner of the rim within this part of the vertex distance.
CORNER_REACH = 0.45

Arc = tuple[int, int, LineString]
StepOf = Callable[[int, int], float]


def shared_arcs(cells: Sequence[Polygon]) -> list[Arc]:
    """Return (first cell, second cell, line) for each border between two cells, by index."""
    tree = STRtree(cells)
    firsts, seconds = tree.query(cells, predicate="intersects").tolist()
    arcs: list[Arc] = []
    for first, second in sorted(zip(firsts, seconds, strict=True)):
        if first >= second:
            continue
        shared = shapely.intersection(cells[first].boundary, cells[second].boundary)
        pieces = [part for part in shapely.get_parts(shared) if part.geom_type == "LineString"]
        merged = shapely.line_merge(shapely.union_all(pieces))
        arcs.extend((first, second, line) for line in shapely.get_parts(merged))
    return arcs


def roughen(
    cells: Sequence[Polygon], boundary: LineString, step_of: StepOf, rng: random.Random
) -> list[LineString]:
    """Return the inner borders of the cells with natural bends, still crossing nothing.

    `step_of(i, j)` is the wanted distance of vertices in metres on the border of the cells
    i and j. `boundary` is the rim of all the cells and stays as it is.
    """
    arcs = shared_arcs(cells)
    lines = [line for _, _, line in arcs]
    rim = [LineString(pair) for pair in pairwise(boundary.coords)]
    free_corners = set(boundary.coords)
    for index, (first, second, line) in enumerate(arcs):
        others = lines[:index] + lines[index + 1 :] + rim
        step_m = step_of(first, second)
        anchored = _anchored(line, boundary, free_corners, CORNER_REACH * step_m)
        lines[index] = _bent([anchored, line], others, step_m, rng)
        free_corners -= {lines[index].coords[0], lines[index].coords[-1]}
    return lines


def _anchored(
    line: LineString, boundary: LineString, corners: Set[XY], reach_m: float
) -> LineString:
    """Return the line with its ends on the rim moved to a near corner that is still free.

    Without it the rim would get a vertex a few metres beside another one.
    """
    points = list(line.coords)
    for place in (0, -1):
        if boundary.distance(Point(points[place])) > 2 * PLANE_LATTICE_M:
            continue
        near = [(math.dist(points[place], corner), corner) for corner in corners]
        distance, corner = min(near, default=(math.inf, points[place]))
        if distance <= reach_m and corner not in points:
            points[place] = corner
    return LineString(points)


def _bent(
    lines: Sequence[LineString], others: Sequence[LineString], step_m: float, rng: random.Random
) -> LineString:
    """Return the first bent form of the first line that keeps clear, else the last line."""
    tree = STRtree(others)
    for line in lines:
        for roughness in ROUGHNESS:
            points: list[XY] = []
            for start, end in pairwise(line.coords):
                points += _wander(start, end, step_m, roughness, rng)
            candidate = LineString([*points, line.coords[-1]])
            if _keeps_clear(candidate, tree, others):
                return candidate
    return lines[-1]


def _wander(start: XY, end: XY, step_m: float, roughness: float, rng: random.Random) -> list[XY]:
    """Return the points from start up to, not including, end (midpoint displacement)."""
    length = math.dist(start, end)
    if length <= step_m:
        return [start]
    along = 0.5 + rng.uniform(-0.1, 0.1)
    aside = rng.uniform(-1, 1) * roughness
    east, north = end[0] - start[0], end[1] - start[1]
    middle = millimetre(
        (start[0] + along * east - aside * north, start[1] + along * north + aside * east)
    )
    finer = roughness * ROUGHNESS_DECAY
    return _wander(start, middle, step_m, finer, rng) + _wander(middle, end, step_m, finer, rng)


def _keeps_clear(line: LineString, tree: STRtree, others: Sequence[LineString]) -> bool:
    if not line.is_simple:
        return False
    clearance = CLEARANCE * line.length
    middle = substring(line, *MIDDLE, normalized=True)
    if tree.query(middle, predicate="dwithin", distance=clearance).size:
        return False
    ends = MultiPoint([line.coords[0], line.coords[-1]]).buffer(10 * PLANE_LATTICE_M)
    return all(
        ends.covers(shapely.intersection(line, others[index]))
        for index in tree.query(line, predicate="intersects").tolist()
    )
