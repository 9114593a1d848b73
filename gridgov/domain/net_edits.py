"""Changing a seamless net without opening it: cutting a grid, joining grids, new codes.

A cut puts two new corners on the border of a grid. They are put into every area that
shares the border as well (`noded`), so that neighbours keep the very same edges: with
an edge A-B here and A-X-B there, rounding would leave points on the edge to nobody.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.errors import InvalidInput
from gridgov.domain.geometry import metric_scale

# A corner this near to the line's crossing is the crossing: no edge of a hand's breadth.
_SNAP_M = 0.2
# How far from an edge a computed crossing can lie by rounding, in degrees (0.1 mm).
_ON_EDGE = 1e-9
# A half smaller than this is a slip of the hand.
_LEAST_SHARE = 1e-4
# An end inside the ground is drawn on to the border, and a centimetre beyond.
_BEYOND = 1e-7

Pair = tuple[float, float]
Ring = list[Pair]


def cut(
    ground: BaseGeometry, line: Sequence[Pair]
) -> tuple[BaseGeometry, BaseGeometry, tuple[Pair, ...]]:
    """Cut ground in two along a line of (lon, lat) and return west, east, the new corners.

    A line that ends inside is drawn on straight to the border. Parts that the line does
    not meet, and holes, go with the half they are nearest to or in. Where neither half is
    further west, the northern one comes first.

    Raises: InvalidInput (field `line`: not_a_line, not_two_parts, too_small).
    """
    drawn = _drawn(ground, line)
    parts = list(shapely.get_parts(ground))
    met = [part for part in parts if _chords(part, drawn)]
    if len(met) != 1:
        raise InvalidInput("line", "not_two_parts")
    halves, corners = _cut_polygon(met[0], drawn)
    rest = [part for part in parts if part is not met[0]]
    for part in rest:
        nearer = min((0, 1), key=lambda half: shapely.distance(halves[half], part))
        halves[nearer] = shapely.union_all([halves[nearer], part])
    if min(half.area for half in halves) < _LEAST_SHARE * ground.area:
        raise InvalidInput("line", "too_small")
    first, second = sorted(halves, key=lambda half: (half.centroid.x, -half.centroid.y))
    return first, second, corners


def _drawn(ground: BaseGeometry, line: Sequence[Pair]) -> BaseGeometry:
    """Return the line as drawn, its ends drawn on to the border where they lie inside."""
    corners = list(dict.fromkeys((float(lon), float(lat)) for lon, lat in line))
    if len(corners) < 2 or not all(math.isfinite(number) for pair in corners for number in pair):
        raise InvalidInput("line", "not_a_line")
    corners[0] = _drawn_on(ground, corners[1], corners[0])
    corners[-1] = _drawn_on(ground, corners[-2], corners[-1])
    drawn = shapely.LineString(corners)
    if not drawn.is_simple:
        raise InvalidInput("line", "not_a_line")
    return drawn


def _drawn_on(ground: BaseGeometry, before: Pair, end: Pair) -> Pair:
    if not shapely.intersects_xy(ground, *end):
        return end
    west, south, east, north = ground.bounds
    step = np.subtract(end, before)
    step = step / np.hypot(*step)
    far = np.asarray(end) + step * 2.0 * math.hypot(east - west, north - south)
    hits = shapely.get_coordinates(
        shapely.intersection(ground.boundary, shapely.LineString([end, far]))
    )
    if not len(hits):
        return end
    reach = np.hypot(*(hits - end).T).min() + _BEYOND
    beyond = np.asarray(end) + step * reach
    return float(beyond[0]), float(beyond[1])


def _chords(polygon: BaseGeometry, drawn: BaseGeometry) -> list[BaseGeometry]:
    inside = shapely.get_parts(shapely.line_merge(shapely.intersection(polygon, drawn)))
    return [part for part in inside if part.geom_type == "LineString" and part.length > 0.0]


def _cut_polygon(
    polygon: BaseGeometry, drawn: BaseGeometry
) -> tuple[list[BaseGeometry], tuple[Pair, ...]]:
    """Cut a polygon along its one chord, keeping every corner of its border as it is."""
    chords = _chords(polygon, drawn)
    if len(chords) != 1:
        raise InvalidInput("line", "not_two_parts")
    inner: Ring = [(x, y) for x, y in chords[0].coords]
    ring: Ring = [(x, y) for x, y in polygon.exterior.coords[:-1]]
    known = set(ring)
    ring, inner[0] = _with_corner(ring, inner[0])
    ring, inner[-1] = _with_corner(ring, inner[-1])
    start, end = ring.index(inner[0]), ring.index(inner[-1])
    if start == end:
        raise InvalidInput("line", "not_two_parts")
    ring, end = ring[start:] + ring[:start], (end - start) % len(ring)
    shells = (ring[: end + 1] + inner[-2:0:-1], [*ring[end:], ring[0], *inner[1:-1]])
    if min(map(len, shells)) < 3:
        raise InvalidInput("line", "not_two_parts")  # along an edge
    holes = [shapely.Polygon(hole) for hole in polygon.interiors]
    halves = [_with_holes(shapely.Polygon(shell), holes) for shell in shells]
    # A chord that touches the border or a hole on its way leaves no two clean halves.
    whole = sum(half.area for half in halves)
    if not all(half.is_valid for half in halves) or abs(whole / polygon.area - 1.0) > 1e-9:
        raise InvalidInput("line", "not_two_parts")
    return halves, tuple(pair for pair in (inner[0], inner[-1]) if pair not in known)


def _with_holes(shell: BaseGeometry, holes: Sequence[BaseGeometry]) -> BaseGeometry:
    own = [hole.exterior for hole in holes if shapely.covers(shell, hole)]
    return shapely.Polygon(shell.exterior, own) if own else shell


def _with_corner(ring: Ring, corner: Pair) -> tuple[Ring, Pair]:
    """Return the ring with a corner on its nearest edge, or the corner that is there already."""
    ends = np.asarray(ring)
    scale = np.asarray(metric_scale(corner[1]))
    distances = np.hypot(*((ends - corner) * scale).T)
    nearest = int(distances.argmin())
    if distances[nearest] <= _SNAP_M:
        return ring, ring[nearest]
    edge, distance = _nearest_edge(np.vstack((ends, ends[:1])), corner)
    if distance > _ON_EDGE:
        raise InvalidInput("line", "not_two_parts")  # it ends at a hole
    return [*ring[: edge + 1], corner, *ring[edge + 1 :]], corner


def _nearest_edge(ends: NDArray[np.float64], corner: Pair) -> tuple[int, float]:
    """Return the edge (its first end) nearest to a corner, and how far it is, in degrees."""
    edges = shapely.linestrings(np.stack((ends[:-1], ends[1:]), axis=1))
    distances = shapely.distance(edges, shapely.Point(corner))
    nearest = int(distances.argmin())
    return nearest, float(distances[nearest])


def noded(geometry: BaseGeometry, corners: Iterable[Pair]) -> BaseGeometry:
    """Return an area with the corners put into those of its edges they lie on.

    Nothing else of it changes: not a coordinate, not the order of its rings.
    """
    found = geometry
    for corner in corners:
        found = _noded_once(found, corner)
    return found


def _noded_once(geometry: BaseGeometry, corner: Pair) -> BaseGeometry:
    if shapely.distance(geometry.boundary, shapely.Point(corner)) > _ON_EDGE:
        return geometry
    polygons = [
        shapely.Polygon(
            _ring_with(polygon.exterior, corner),
            [_ring_with(hole, corner) for hole in polygon.interiors],
        )
        for polygon in shapely.get_parts(geometry)
    ]
    return polygons[0] if geometry.geom_type == "Polygon" else shapely.MultiPolygon(polygons)


def _ring_with(ring: BaseGeometry, corner: Pair) -> NDArray[np.float64]:
    ends: NDArray[np.float64] = shapely.get_coordinates(ring)
    edge, distance = _nearest_edge(ends, corner)
    if distance <= _ON_EDGE and not (ends == corner).all(axis=1).any():
        ends = np.insert(ends, edge + 1, corner, axis=0)
    return ends


def joined(grounds: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return several pieces of ground as one, keeping the corners of their outer border.

    Raises: InvalidInput (field `codes`: apart) unless each borders on another of them.
    """
    reached, waiting = [grounds[0]], list(grounds[1:])
    while waiting:
        near = next((g for g in waiting if any(_border_on(g, other) for other in reached)), None)
        if near is None:
            raise InvalidInput("codes", "apart")
        reached.append(near)
        waiting = [ground for ground in waiting if ground is not near]
    whole = sum(ground.area for ground in grounds)
    # Only drops the edges that two of them share; where drawings do not match edge by
    # edge the general union has to find the crossings.
    union = shapely.coverage_union_all(list(grounds))
    if not union.is_valid or abs(union.area / whole - 1.0) > 1e-9:
        union = shapely.union_all(list(grounds))
    return union


def _border_on(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(shapely.intersection(one.boundary, other.boundary).length > _ON_EDGE)


def fresh_codes(code: str, used: Collection[str], count: int) -> tuple[str, ...]:
    """Return codes like a given one that were never used, the lowest after all that were.

    The digits at the end count on (440608004025006 → …013); where they are used up, or
    there are none, a dash and a number follow the code.
    """
    taken = set(used) | {code}
    ending = re.search(r"\d{1,3}$", code)
    free: list[str] = []
    if ending is not None:
        stem, width = code[: ending.start()], len(ending[0])
        numbers = [int(c[len(stem) :]) for c in taken if re.fullmatch(_like(stem, width), c)]
        free = [f"{stem}{n:0{width}d}" for n in range(max(numbers) + 1, 10**width)]
    if len(free) < count:
        tails = (f"{code}-{n}" for n in range(1, len(taken) + count + 2))
        free = [name for name in tails if name not in taken]
    return tuple(free[:count])


def _like(stem: str, width: int) -> str:
    return rf"{re.escape(stem)}\d{{{width}}}"


def name_after(name: str, old_code: str, new_code: str) -> str:
    """Return the name of a piece of a grid: its number if the name has it, else its code's end.

    河江社区 02 网格 of code …002 becomes 河江社区 09 网格 for …009; a name without a number
    gets one.
    """
    old, new = _number(old_code), _number(new_code)
    if old is not None and new is not None:
        number = rf"(?<!\d)0*{old}(?!\d)"
        named, count = re.subn(number, lambda found: str(new).zfill(len(found[0])), name)
        if count == 1:
            return named
    return f"{name} {new_code[-3:] if new is None else new}"


def _number(code: str) -> int | None:
    ending = re.search(r"\d{1,3}$", code)
    return int(ending[0]) if ending is not None else None
