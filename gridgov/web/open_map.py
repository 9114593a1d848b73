"""The borders of a community as an inline SVG: no script, printable, sharp at any size."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.geometry import metric_scale
from gridgov.services.reference import Reference

WIDTH, MARGIN, TALLEST = 640, 8, 480
DETAIL = 1.0  # what is smaller than a pixel is left out


def drawing(reference: Reference, code: str) -> dict[str, Any] | None:
    """Return width, height and paths of a community and its grids; None without borders."""
    area = reference.net.area(code)
    if area.geometry is None:
        return None
    west, south, east, north = area.geometry.bounds
    per_lon, per_lat = metric_scale((south + north) / 2)
    wide, tall = max((east - west) * per_lon, 1.0), max((north - south) * per_lat, 1.0)
    scale = min((WIDTH - 2 * MARGIN) / wide, (TALLEST - 2 * MARGIN) / tall)

    def path(shape: AreaShape) -> str:
        moved = shapely.transform(
            shape.geometry,
            lambda at: (at - (west, north)) * (per_lon * scale, -per_lat * scale) + MARGIN,
        )
        return _path(moved.simplify(DETAIL))

    grids = [
        path(grid)
        for grid in reference.net.children(code)
        if grid.kind is AreaKind.GRID and grid.geometry is not None
    ]
    return {
        "width": round(wide * scale) + 2 * MARGIN,
        "height": round(tall * scale) + 2 * MARGIN,
        "border": path(area),
        "grids": grids,
    }


def _path(shape: BaseGeometry) -> str:
    """Return the rings of a polygon as the commands of an SVG path, in whole pixels."""
    rings = [
        ring
        for polygon in shapely.get_parts(shape)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings
    )
