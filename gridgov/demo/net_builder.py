"""Building the sample district's net from the bottom up: grids, villages, towns, district.

The villages' borders are drawn first, then the grids inside each; all lines are noded
together on a lattice of seven decimals of a degree, and only the faces they cut out become
grids. A village is the exact union of its grids, a town of its villages, the district of
its towns: nesting holds by construction and neighbours share every vertex of their border.
"""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely import LineString, Polygon

from gridgov.demo.geography import AreaRecord
from gridgov.demo.net_borders import roughen
from gridgov.demo.net_landmarks import with_landmarks
from gridgov.demo.net_overlay import professional_areas
from gridgov.demo.net_plane import (
    PLANE_LATTICE_M,
    XY,
    SizeField,
    lattice,
    lonlat_of,
    match_faces,
    relaxed_seeds,
    split,
    to_plane,
)
from gridgov.demo.net_villages import (
    STEPS_PER_GRID,
    Place,
    VillageLand,
    lay_out_villages,
    read_places,
)

DISTRICT = Place("440608", "", "高明区", "Gaoming", "district")
SEED = "gridgov sample district 440608"
SAMPLES_PER_GRID = 120
RELAXING_ROUNDS = 4
# At the rim of a village a grid is wanted wider than at its centre by this part.
RIM_WIDENING = 0.8
# Seven decimals of a degree, about a centimetre.
LATTICE_DEGREES = 1e-7
DECIMALS = 7


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The grids of one village on the metre plane: a point inside each and the borders."""

    land: VillageLand
    seeds: list[XY]
    borders: list[LineString]


def build_areas(folder: Path) -> list[AreaRecord]:
    """Return the whole net of the sample district, made anew from outline and place lists.

    `folder` holds outline.geojson, towns.csv and villages.csv. District first, then towns,
    villages, unit grids and professional grids, each kind sorted by code. The same files
    give the same net on every call.
    """
    towns = read_places(folder / "towns.csv", None, DISTRICT.code)
    villages = read_places(folder / "villages.csv", "town_code", "")
    outline = read_outline(folder / "outline.geojson")
    rng = random.Random(SEED)
    drawings = [_draw(land, rng) for land in lay_out_villages(to_plane(outline), villages, rng)]
    faces = iter(_noded_faces(drawings))
    grids: list[AreaRecord] = []
    for drawing in drawings:
        own = [next(faces) for _ in drawing.seeds]
        grids += with_landmarks(_numbered(drawing.land.place, own), drawing.land.place, rng)
    village_areas = _unions(villages, grids)
    town_areas = _unions(towns, village_areas)
    tree = [*_unions([DISTRICT], town_areas), *town_areas, *village_areas, *grids]
    return [*tree, *professional_areas(tree, rng)]


def read_outline(path: Path) -> Polygon:
    """Return the district's outline, WGS-84; the file holds one feature of one part."""
    document = json.loads(path.read_text(encoding="utf-8"))
    (coordinates,) = document["features"][0]["geometry"]["coordinates"]
    (shell,) = coordinates
    return Polygon(shell)


def _draw(land: VillageLand, rng: random.Random) -> _Drawing:
    width_m = math.sqrt(land.polygon.area / land.grids)
    samples = lattice(land.polygon, width_m / math.sqrt(SAMPLES_PER_GRID), rng)
    seeds = relaxed_seeds(samples, land.grids, _size_field(land, width_m), RELAXING_ROUNDS, rng)
    cells = split(land.polygon, seeds)
    step_m = width_m / STEPS_PER_GRID
    borders = roughen(cells, land.polygon.exterior, lambda _first, _second: step_m, rng)
    return _Drawing(land, seeds, borders)


def _size_field(land: VillageLand, width_m: float) -> SizeField:
    reach_m = math.sqrt(land.polygon.area / math.pi)

    def size_at(point: XY) -> float:
        share = min(1.0, math.dist(point, land.centre) / reach_m)
        return width_m * (1.0 - RIM_WIDENING / 2 + RIM_WIDENING * share)

    return size_at


def _noded_faces(drawings: Sequence[_Drawing]) -> list[Polygon]:
    """Return one face for each seed of each drawing in order, in degrees of seven decimals.

    Noding in metres first makes every end on a border a vertex of that border, so both
    round to the same degrees; noding again in degrees removes what rounding made cross.
    """
    lines = [line for drawing in drawings for line in drawing.borders]
    rims = [drawing.land.polygon.exterior for drawing in drawings]
    noded = shapely.union_all([*lines, *rims], grid_size=PLANE_LATTICE_M)
    rounded = [
        LineString([lonlat_of(point) for point in line.coords]) for line in shapely.get_parts(noded)
    ]
    linework = shapely.union_all(rounded, grid_size=LATTICE_DEGREES)
    faces = [_rounded(face) for face in shapely.polygonize([linework]).geoms]
    seeds = [lonlat_of(seed) for drawing in drawings for seed in drawing.seeds]
    return match_faces(faces, seeds)


def _rounded(face: Polygon) -> Polygon:
    return Polygon(
        [(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in face.exterior.coords]
    )


def _numbered(village: Place, faces: Sequence[Polygon]) -> list[AreaRecord]:
    """Return the village's grids with codes and names, numbered as one reads a page.

    Rows from north to south, in each row from west to east (GB/T 30428.1).
    """
    southward = sorted(faces, key=lambda face: (-face.centroid.y, face.centroid.x))
    per_row = math.ceil(math.sqrt(len(faces)))
    rows = [southward[start : start + per_row] for start in range(0, len(faces), per_row)]
    ordered = [face for row in rows for face in sorted(row, key=lambda face: face.centroid.x)]
    return [
        AreaRecord(
            code=f"{village.code}{serial:03d}",
            parent_code=village.code,
            kind="grid",
            name=f"{village.name} {serial:02d} 网格",
            name_en=f"{village.name_en} grid {serial:02d}",
            geometry=face,
        )
        for serial, face in enumerate(ordered, start=1)
    ]


def _unions(places: Sequence[Place], children: Sequence[AreaRecord]) -> list[AreaRecord]:
    kinds = {6: "district", 9: "town", 12: "village"}
    return [
        AreaRecord(
            code=place.code,
            parent_code=place.parent_code,
            kind=kinds[len(place.code)],
            name=place.name,
            name_en=place.name_en,
            geometry=shapely.coverage_union_all(
                [child.geometry for child in children if child.parent_code == place.code]
            ),
        )
        for place in places
    ]
