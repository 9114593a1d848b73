"""Who stands around a piece of ground, and who gets it."""

from collections import defaultdict

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.coverage_corners import TOUCH_DEGREES
from gridgov.domain.coverage_draft import (
    Geometries,
    Numbers,
    as_array,
    flattened,
    mean_widths_m,
    union_of,
)
from gridgov.domain.geometry import metric_scale

# A probe stands this far outside the middle of each edge.
_PROBE_M = 0.01
# Strips thinner than this are shared out along their neighbours, not given to one.
_STRIP_M = 5.0
# Triangles of a ground of so many corners take 0.2 s, and the time grows with the square.
_MOST_CORNERS = 10_000

Shares = list[tuple[BaseGeometry, int]]


def borders_m(
    tree: shapely.STRtree, cells: Numbers, pieces: Geometries, *, among_themselves: bool = True
) -> list[dict[int, float]]:
    """Return for each piece the length of border in metres it has with each cell around.

    `tree` holds the polygons of `cells` in their order. A cell that also covers the piece
    counts only for the border along which it goes on beyond it. Without
    `among_themselves`, a border with another piece counts for nobody.
    """
    found: list[dict[int, float]] = [defaultdict(float) for _ in pieces]
    if len(pieces) == 0:
        return found
    parts, piece_of_part = shapely.get_parts(shapely.orient_polygons(pieces), return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    ends, ring_of = shapely.get_coordinates(rings, return_index=True)
    edge = ring_of[1:] == ring_of[:-1]
    start, end = ends[:-1][edge], ends[1:][edge]
    scale = np.array(metric_scale(float(ends[:, 1].mean())))
    step = (end - start) * scale
    length = np.hypot(step[:, 0], step[:, 1])
    # The ground is on the left, so the outside is to the right of each edge.
    outward = np.column_stack((step[:, 1], -step[:, 0])) / np.maximum(length, 1e-12)[:, None]
    probes = shapely.points((start + end) / 2.0 + outward * _PROBE_M / scale)
    edge_number, cell = tree.query(probes, "intersects")
    if not among_themselves:
        doubtful = np.unique(shapely.STRtree(pieces).query(probes, "intersects")[0])
        sound = ~np.isin(edge_number, doubtful)
        edge_number, cell = edge_number[sound], cell[sound]
    piece = piece_of_part[part_of_ring[ring_of[:-1][edge]]][edge_number]
    for p, c, metres in zip(
        piece.tolist(), cells[cell].tolist(), length[edge_number].tolist(), strict=True
    ):
        found[p][c] += metres
    return found


def longest_first(borders: dict[int, float], codes: list[str]) -> list[int]:
    """Return the cells with a common border, the longest first, then by code."""
    return sorted(borders, key=lambda cell: (-round(borders[cell], 3), codes[cell]))


def share_out(piece: BaseGeometry, heirs: list[int], geometries: Geometries) -> Shares:
    """Divide ground among heirs (the best first) that stand around it.

    Ground as wide as a strip at most is cut between its own corners, so that each heir
    gets what lies along it and nobody a tentacle; wider ground goes to the first heir.
    """
    width = float(mean_widths_m(as_array([piece]))[0])
    if len(heirs) < 2 or width >= _STRIP_M or piece.geom_type != "Polygon":
        return [(piece, heirs[0])]
    if shapely.get_num_coordinates(piece) > _MOST_CORNERS:
        return [share for tile in _halves(piece) for share in share_out(tile, heirs, geometries)]
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(piece))
    corners, triangle_of = shapely.get_coordinates(triangles, return_index=True)
    tree = shapely.STRtree(geometries[heirs])
    corner, heir = tree.query(shapely.points(corners), "dwithin", distance=TOUCH_DEGREES)
    best = np.full(len(triangles), len(heirs))
    np.minimum.at(best, triangle_of[corner], heir)
    best[best == len(heirs)] = 0
    shares = [
        (part, heirs[number])
        for number in np.unique(best).tolist()
        for part in shapely.get_parts(union_of(triangles[best == number]))
    ]
    return _rooted(shares, np.array(heirs), tree)


def _rooted(shares: Shares, heirs: Numbers, tree: shapely.STRtree) -> Shares:
    """Return shares where none hangs on its heir by a corner while another lies along it."""
    around = borders_m(tree, heirs, as_array([part for part, _ in shares]))
    rooted: Shares = []
    for (part, heir), borders in zip(shares, around, strict=True):
        best = max(borders, key=lambda other: borders[other], default=None)
        if best is None:
            best = _beside(part, shares) or heir
        own = borders.get(heir, 0.0)
        rooted.append((part, heir if own and 2.0 * own >= borders[best] else best))
    return rooted


def _beside(part: BaseGeometry, shares: Shares) -> int | None:
    """Return the heir of the share with the longest border to a part, or None."""
    rims = shapely.boundary([other for other, _ in shares])
    common = shapely.length(shapely.intersection(rims, part.boundary))
    common[[other is part for other, _ in shares]] = 0.0
    best = int(np.argmax(common))
    return shares[best][1] if common[best] > 0.0 else None


def _halves(piece: BaseGeometry) -> list[BaseGeometry]:
    """Cut ground in two across its longer side; the parts are polygons."""
    west, south, east, north = piece.bounds
    if east - west > north - south:
        middle = (west + east) / 2.0
        boxes = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    else:
        middle = (south + north) / 2.0
        boxes = [shapely.box(west, south, east, middle), shapely.box(west, middle, east, north)]
    return [
        part
        for box in boxes
        for part in shapely.get_parts(shapely.intersection(piece, box))
        if part.geom_type == "Polygon"
    ]


def nearest(piece: BaseGeometry, cells: list[int], geometries: Geometries) -> int | None:
    """Return the cell nearest to a piece, or None where there are no cells."""
    if not cells:
        return None
    return cells[int(np.argmin(shapely.distance(geometries[cells], piece)))]


def reaches_beyond(part: BaseGeometry, reference: BaseGeometry, metres: float) -> bool:
    """Tell whether ground outside a polygon reaches more than `metres` beyond its border."""
    west, south, east, north = part.bounds
    margin = 2.0 * metres / min(metric_scale((south + north) / 2.0))
    rim = shapely.clip_by_rect(
        reference.boundary, west - margin, south - margin, east + margin, north + margin
    )
    if rim.is_empty:
        return True
    flat_part, flat_rim = _together(part, rim)
    if not flat_part.is_valid:  # a hair's breadth, closed by rounding
        flat_part = shapely.make_valid(flat_part, method="structure")
    beyond = shapely.difference(flat_part, shapely.buffer(flat_rim, metres, quad_segs=32))
    return bool(beyond.area > _PROBE_M)


def _together(part: BaseGeometry, rim: BaseGeometry) -> tuple[BaseGeometry, BaseGeometry]:
    """Return two geometries in metres at one scale."""
    both = flattened(np.array([shapely.GeometryCollection([part, rim])], dtype=object))[0]
    first, second = shapely.get_parts(both)
    return first, second
