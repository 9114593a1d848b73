"""Small nets to break in tests, and the sample's own as the domain reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.demo import geography
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage_draft import square_metres
from gridgov.domain.geometry import metric_scale

WEST, SOUTH = 112.8, 22.8
LON_M, LAT_M = metric_scale(SOUTH)
CELL_M = 100.0


def square(column: float, row: float, wide: float = 1.0, high: float = 1.0) -> BaseGeometry:
    """A box of cells of 100 m, counted from the south-west corner of the small net."""
    west, south = metres(column * CELL_M, row * CELL_M)
    east, north = metres((column + wide) * CELL_M, (row + high) * CELL_M)
    return shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])


def metres(east: float, north: float) -> tuple[float, float]:
    """Degrees of a place so many metres from the south-west corner of the small net."""
    return round(WEST + east / LON_M, 9), round(SOUTH + north / LAT_M, 9)


def moved(geometry: BaseGeometry, east: float, north: float) -> BaseGeometry:
    """A geometry so many metres further east and north."""
    step = np.array([east / LON_M, north / LAT_M])
    return shapely.transform(geometry, lambda ends: ends + step)


def small_net() -> dict[str, AreaShape]:
    """A district of one town, two villages side by side of 3 × 3 grids of 100 m, by code."""
    areas = [
        _area("440608", None, AreaKind.DISTRICT, square(0, 0, 6, 3)),
        _area("440608004", "440608", AreaKind.TOWN, square(0, 0, 6, 3)),
    ]
    for number in (1, 2):
        village = f"440608004{number:03d}"
        west = 3 * (number - 1)
        areas.append(_area(village, "440608004", AreaKind.VILLAGE, _noded(west, 0, 3, 3)))
        areas += [
            _area(f"{village}{3 * row + column + 1:03d}", village, AreaKind.GRID, cell)
            for row in range(3)
            for column in range(3)
            for cell in [square(west + column, row)]
        ]
    return {area.code: area for area in areas}


def _noded(column: int, row: int, wide: int, high: int) -> BaseGeometry:
    cells = [square(column + c, row + r) for c in range(wide) for r in range(high)]
    return shapely.union_all(cells)


def _area(code: str, parent: str | None, kind: AreaKind, geometry: BaseGeometry) -> AreaShape:
    return AreaShape(code, parent, kind, code, code, geometry)


@cache
def sample_records() -> Mapping[str, geography.AreaRecord]:
    """The sample district's areas by code, as its file has them; read once in a process."""
    return {area.code: area for area in geography.load_areas()}


@cache
def sample_areas() -> tuple[AreaShape, ...]:
    """The sample district's areas, sorted by code."""
    return tuple(
        AreaShape(
            area.code, area.parent_code or None, AreaKind(area.kind), area.name, area.name_en,
            area.geometry, frozenset(area.categories),
        )
        for area in sorted(sample_records().values(), key=lambda area: area.code)
    )  # fmt: skip


def with_geometry(net: dict[str, AreaShape], **geometries: BaseGeometry | None) -> list[AreaShape]:
    """The net with other polygons for some codes, written `g<code>=…`."""
    changed = {
        name.removeprefix("g"): replace(net[name.removeprefix("g")], geometry=geometry)
        for name, geometry in geometries.items()
    }
    return [changed.get(code, area) for code, area in net.items()]


def area_m2(geometry: BaseGeometry) -> float:
    """The area of one geometry in square metres."""
    return float(square_metres(np.array([geometry], dtype=object))[0])


def uncovered_and_double_m2(net: Sequence[AreaShape]) -> tuple[float, float]:
    """What the unit grids leave bare in the district, and what they hold more than once.

    By plain overlay, so that it shares nothing with the checks it judges.
    """
    grids: Any = np.array([a.geometry for a in net if a.kind is AreaKind.GRID], dtype=object)
    district = next(a.geometry for a in net if a.kind is AreaKind.DISTRICT)
    union = shapely.union_all(grids)
    bare = area_m2(shapely.difference(district, union))
    double = (float(shapely.area(grids).sum()) - union.area) / district.area * area_m2(district)
    return bare, double
