"""The lines a new version of a net draws that were not there: what a map shows strong."""

from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaIndex, AreaKind
from gridgov.domain.geometry import degrees_reaching
from gridgov.domain.lineage import Link

# Two drawings of one border differ by a rounding; half a metre is less than any street.
SAME_LINE_M = 0.5
# A stub where a new border meets an old one is nobody's news.
SHORTEST_M = 2.0
MOST_AREAS = 2_000


def new_borders(active: AreaIndex, draft: AreaIndex, news: Iterable[Link]) -> BaseGeometry | None:
    """Return the borders of grids that only the draft has, as lines in WGS-84 degrees.

    None where there is none, and where more than MOST_AREAS grids changed: then the whole
    net is new, and no line says more than another.
    """
    links = list(news)
    found = [
        line
        for kind in (AreaKind.GRID, AreaKind.PROFESSIONAL)
        if (line := _of_kind(active, draft, [link for link in links if link.kind is kind]))
    ]
    return shapely.union_all(found) if found else None


def _of_kind(active: AreaIndex, draft: AreaIndex, links: list[Link]) -> BaseGeometry | None:
    after = _outlines(draft, (link.to_code for link in links))
    if not after or len(after) > MOST_AREAS:
        return None
    lat = float(after[0].centroid.y)
    before = _outlines(active, (link.from_code for link in links))
    known = shapely.union_all(before).buffer(degrees_reaching(lat, SAME_LINE_M))
    lines = shapely.line_merge(shapely.union_all(after).difference(known))
    shortest = degrees_reaching(lat, SHORTEST_M)
    parts = [part for part in shapely.get_parts(lines) if part.length > shortest]
    return shapely.union_all(parts) if parts else None


def _outlines(net: AreaIndex, codes: Iterable[str | None]) -> list[BaseGeometry]:
    areas = [net.find(code) for code in sorted({code for code in codes if code})]
    return [area.geometry.boundary for area in areas if area is not None and area.geometry]
