"""Splitting a polygon into cells, on a flat metre plane around the sample district.

The synthetic net is drawn in metres and turned into WGS-84 degrees at the end. All
arithmetic that steers the drawing is plain Python on doubles, and every seed is
rounded to the millimetre, so that two machines draw the same net.
"""

import math
import random
from collections.abc import Callable, Sequence

import shapely
from shapely import LineString, MultiPoint, Polygon, STRtree

# Length of a degree at the latitude of the origin on the WGS-84 ellipsoid, in metres.
ORIGIN_LON = 112.65
ORIGIN_LAT = 22.83
METRES_PER_DEGREE_LON = 102_650.474
METRES_PER_DEGREE_LAT = 110_741.640

# Lines that are noded against each other are snapped to this lattice (metres), so that an
# end computed to lie on a border really is a vertex of it.
PLANE_LATTICE_M = 0.001

XY = tuple[float, float]
SizeField = Callable[[XY], float]


def plane_point(lonlat: XY) -> XY:
    """Return a WGS-84 (lon, lat) in degrees as (east, north) of the origin in metres."""
    return (
        (lonlat[0] - ORIGIN_LON) * METRES_PER_DEGREE_LON,
        (lonlat[1] - ORIGIN_LAT) * METRES_PER_DEGREE_LAT,
    )


def lonlat_of(point: XY) -> XY:
    """Return (east, north) in metres as a WGS-84 (lon, lat) rounded to seven decimals."""
    return (
        round(ORIGIN_LON + point[0] / METRES_PER_DEGREE_LON, 7),
        round(ORIGIN_LAT + point[1] / METRES_PER_DEGREE_LAT, 7),
    )


def to_plane(polygon: Polygon) -> Polygon:
    """Return a WGS-84 polygon without holes in metres."""
    return Polygon([plane_point(lonlat) for lonlat in polygon.exterior.coords])


def millimetre(point: XY) -> XY:
    """Return the point on the millimetre lattice."""
    return round(point[0], 3), round(point[1], 3)


def lattice(region: Polygon, spacing_m: float, rng: random.Random) -> list[XY]:
    """Return jittered sample points inside a region, one per square of `spacing_m`."""
    west, south, east, north = region.bounds
    points: list[XY] = []
    for row in range(math.ceil((north - south) / spacing_m)):
        for column in range(math.ceil((east - west) / spacing_m)):
            x = west + (column + rng.random()) * spacing_m
            y = south + (row + rng.random()) * spacing_m
            points.append(millimetre((x, y)))
    inside = shapely.contains_xy(region, points)
    return [point for point, keep in zip(points, inside, strict=True) if keep]


def nearest_seed(seeds: Sequence[XY], points: Sequence[XY]) -> list[int]:
    """Return for each point the index of its nearest seed."""
    tree = STRtree(shapely.points(seeds))
    found: list[int] = tree.nearest(shapely.points(points)).tolist()
    return found


def relaxed_seeds(
    samples: Sequence[XY], count: int, size_at: SizeField, rounds: int, rng: random.Random
) -> list[XY]:
    """Return `count` seeds whose cells are about `size_at(point)` metres wide.

    Lloyd's relaxation with density size⁻⁴: the cells of a centroidal tessellation in the
    plane grow with density^(-1/4). Few rounds leave the cells irregular. A seed is always
    one of the samples, thus inside the region, however concave.
    Source: Du, Faber, Gunzburger, Centroidal Voronoi tessellations, SIAM Review 41 (1999).
    """
    weights = [size_at(point) ** -4 for point in samples]
    cell_weights = [size_at(point) ** -2 for point in samples]
    seeds: list[XY] = []
    spread = 0.8
    while len(seeds) < count:
        seed = rng.choices(samples, cell_weights)[0]
        if all(math.dist(seed, other) > spread * size_at(seed) for other in seeds):
            seeds.append(seed)
        else:
            spread *= 0.99
    for _ in range(rounds):
        sums = [[0.0, 0.0, 0.0] for _ in seeds]
        for point, weight, owner in zip(
            samples, weights, nearest_seed(seeds, samples), strict=True
        ):
            total = sums[owner]
            total[0] += weight
            total[1] += weight * point[0]
            total[2] += weight * point[1]
        seeds = [
            millimetre((x / total, y / total)) if total else seed
            for seed, (total, x, y) in zip(seeds, sums, strict=True)
        ]
    return [samples[index] for index in nearest_seed(samples, seeds)]


def split(region: Polygon, seeds: Sequence[XY]) -> list[Polygon]:
    """Return the region cut into one connected cell per seed, in the order of the seeds.

    The cells are the Voronoi cells, except that a piece cut off from its seed by a bay of
    the region goes to the neighbour with which it shares the longest border.
    """
    walls = shapely.voronoi_polygons(
        MultiPoint(seeds), extend_to=region.envelope.buffer(region.length), only_edges=True
    )
    lines = shapely.union_all([walls, region.boundary], grid_size=PLANE_LATTICE_M)
    pieces = [
        piece
        for piece in shapely.polygonize([lines]).geoms
        if region.contains(piece.representative_point())
    ]
    tree = STRtree(pieces)
    homes: list[int] = tree.nearest(shapely.points(seeds)).tolist()
    if len(set(homes)) != len(seeds):
        raise ValueError("two seeds of a region fall into one piece")
    return _adopt_strays(pieces, homes)


def _adopt_strays(pieces: Sequence[Polygon], homes: Sequence[int]) -> list[Polygon]:
    cells = [pieces[home] for home in homes]
    strays = [piece for index, piece in enumerate(pieces) if index not in set(homes)]
    while strays:
        waiting: list[Polygon] = []
        for stray in strays:
            shared = [shapely.intersection(cell.boundary, stray.boundary).length for cell in cells]
            longest = max(shared)
            if longest == 0:
                waiting.append(stray)
                continue
            owner = shared.index(longest)
            cells[owner] = shapely.union_all([cells[owner], stray])
        if len(waiting) == len(strays):
            raise ValueError("a piece of the region touches no cell")
        strays = waiting
    return cells


def faces_around(lines: Sequence[LineString], points: Sequence[XY]) -> list[Polygon]:
    """Return the face around each point that lines on the plane cut out, in their order.

    Raises ValueError unless faces and points match one to one.
    """
    noded = shapely.union_all(list(lines), grid_size=PLANE_LATTICE_M)
    return match_faces(list(shapely.polygonize([noded]).geoms), points)


def match_faces(faces: Sequence[Polygon], points: Sequence[XY]) -> list[Polygon]:
    """Return the faces in the order of the points they hold.

    Raises ValueError unless faces and points match one to one.
    """
    owners: list[int] = STRtree(faces).nearest(shapely.points(points)).tolist()
    if sorted(owners) != list(range(len(faces))):
        raise ValueError(f"{len(faces)} faces do not match {len(points)} points one to one")
    return [faces[owner] for owner in owners]
