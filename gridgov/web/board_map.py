"""The board's choropleth as inline SVG paths, projected once per net and area."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import metric_scale
from gridgov.services.reference import Reference
from gridgov.web.case_map import svg_path

WIDTH = 1000.0
MARGIN = 12.0
# Borders are generalised together (coverage_simplify), so that neighbours stay joined.
TOLERANCE_OF_WIDTH = 1 / 1200


@dataclass(frozen=True, slots=True)
class Drawing:
    """The map of one area's parts: paths by code, points for labels and the room there.

    Room is the radius of the largest circle that fits in, in units of the map. `xy` puts a
    longitude and latitude on the map. `borders` are those of the areas in between, where the
    parts are parts of parts; their labels are among `labels`.
    """

    viewbox: str
    outline: str
    paths: dict[str, str]
    labels: dict[str, tuple[float, float]]
    room: dict[str, float]
    xy: Callable[[float, float], tuple[float, float]]
    borders: dict[str, str]


_lock = threading.Lock()
_drawn: dict[tuple[str, int, str, bool], Drawing] = {}


def parts_of(reference: Reference, code: str) -> list[AreaShape]:
    """Return the areas right below that make up the area: the partition, without overlays."""
    return [area for area in reference.net.children(code) if area.kind is not AreaKind.PROFESSIONAL]


def finer_parts_of(reference: Reference, code: str) -> list[AreaShape]:
    """Return the parts of an area's parts, where each has some: villages below a district."""
    below = [parts_of(reference, part.code) for part in parts_of(reference, code)]
    return [part for parts in below for part in parts] if all(below) else []


def drawing(reference: Reference, code: str, *, finer: bool = False) -> Drawing:
    """Return the map of an area, drawn once per net version and process.

    `finer` draws the parts of its parts, with the borders of those in between.
    """
    key = (reference.district_code, reference.net.version, code, finer)
    found = _drawn.get(key)
    if found is None:
        with _lock:
            found = _drawn.setdefault(key, _draw(reference, code, finer))
    return found


def _draw(reference: Reference, code: str, finer: bool) -> Drawing:
    area = reference.net.area(code)
    parts = (finer_parts_of if finer else parts_of)(reference, code) or [area]
    shapes = [part.geometry for part in parts if part.geometry is not None]
    west, south, east, north = shapely.total_bounds(shapes)
    x_scale, y_scale = metric_scale(LonLat(lon=(west + east) / 2, lat=(south + north) / 2).lat)
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * x_scale)
    height = (north - south) * y_scale * scale + 2 * MARGIN

    def xy(lon: float, lat: float) -> tuple[float, float]:
        return MARGIN + (lon - west) * x_scale * scale, MARGIN + (north - lat) * y_scale * scale

    simple = shapely.coverage_simplify(shapes, (east - west) * TOLERANCE_OF_WIDTH)
    outline = shapely.coverage_union_all(simple)
    by_code = {part.code: shape for part, shape in zip(parts, simple, strict=True)}
    between = _between(parts, by_code) if finer else {}
    middles = {key: _middle(shape, xy) for key, shape in (by_code | between).items()}
    return Drawing(
        viewbox=f"0 0 {WIDTH:.0f} {height:.0f}",
        outline=svg_path(outline, xy),
        paths={key: svg_path(shape, xy) for key, shape in by_code.items()},
        labels={key: point for key, (point, _room) in middles.items()},
        room={key: room for key, (_point, room) in middles.items()},
        xy=xy,
        borders={key: svg_path(shape, xy) for key, shape in between.items()},
    )


def _between(
    parts: Sequence[AreaShape], shapes: Mapping[str, BaseGeometry]
) -> dict[str, BaseGeometry]:
    """Return the areas in between, each as the sum of its simplified parts."""
    by_parent: dict[str, list[BaseGeometry]] = {}
    for part in parts:
        by_parent.setdefault(part.parent_code or "", []).append(shapes[part.code])
    return {code: shapely.coverage_union_all(found) for code, found in by_parent.items()}


def _middle(shape: BaseGeometry, xy: Any) -> tuple[tuple[float, float], float]:
    """Return the widest place of a shape in SVG units and how wide it is around: for a name."""
    circle = shapely.maximum_inscribed_circle(shape, tolerance=shape.length / 200)
    middle, rim = (xy(*point) for point in (circle.coords[0], circle.coords[-1]))
    return middle, math.dist(middle, rim)
