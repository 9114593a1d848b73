"""The map of the queue: the borders of the desk's area with a point for each case listed."""

from collections.abc import Iterable, Sequence
from typing import Any

import shapely

from gridgov.domain.deadlines import Lamp
from gridgov.domain.geometry import metric_scale
from gridgov.domain.roles import Actor, Role
from gridgov.services import deadlines
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.web import cards, words
from gridgov.web.board_map import parts_of
from gridgov.web.case_map import svg_path

WIDTH = 390.0
MARGIN = 8.0
MOST_POINTS = 500
SIMPLE = 1 / 600  # of the width: what is finer than a pixel


def of_queue(
    actor: Actor, cases: Sequence[Case], reference: Reference, now: Any
) -> dict[str, Any] | None:
    """Return borders and points for the inline SVG, None where nothing has a place."""
    codes = sorted(actor.areas(Role.DISPATCHER))
    shapes = list(_shapes(codes, reference))
    placed = [case for case in cases if case.lon is not None and case.lat is not None]
    if not shapes or not placed:
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    per_lon, per_lat = metric_scale((south + north) / 2)
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * per_lon)

    def xy(lon: float, lat: float) -> tuple[float, float]:
        return MARGIN + (lon - west) * per_lon * scale, MARGIN + (north - lat) * per_lat * scale

    points = []
    for case in placed[:MOST_POINTS]:
        x, y = xy(case.lon or 0.0, case.lat or 0.0)
        colour = _colour(case, reference, now)
        points.append(
            {
                "id": case.id,
                "x": round(x, 1),
                "y": round(y, 1),
                "colour": str(colour),
                "words": words.joined(
                    cards.title_of(case, reference), str(words.LAMP_WORDS[colour])
                ),
            }
        )
    simple = shapely.simplify(shapes, (east - west) * SIMPLE)
    height = (north - south) * per_lat * scale + 2 * MARGIN
    return {
        "viewbox": f"0 0 {WIDTH:.0f} {height:.0f}",
        "paths": [svg_path(shape, xy) for shape in simple],
        "points": points,
        "rest": len(placed) - len(points),
    }


def _shapes(codes: Iterable[str], reference: Reference) -> Iterable[Any]:
    for code in codes:
        area = reference.net.find(code)
        if area is not None:
            yield from (one.geometry for one in parts_of(reference, code) or [area])


def _colour(case: Case, reference: Reference, now: Any) -> Lamp:
    if not case.is_open:
        return Lamp.GREY
    return deadlines.lamp_of(case, reference.category_of(case), reference, now)
