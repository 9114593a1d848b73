"""The grids next door as somebody who stands at a spot sees them: on which side, how far."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import shapely

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import degrees_reaching, metric_scale, nearest_border
from gridgov.domain.routing import Net

GRIDS = (AreaKind.GRID, AreaKind.PROFESSIONAL)
# Two grids are neighbours where they come this close: wider than any sliver.
_TOUCH_M = 0.5

# Nearer than this the direction to the border itself is rounding; the middle says the side.
_AT_THE_BORDER_M = 0.5


class Side(StrEnum):
    """Eight directions, clockwise from the north."""

    NORTH = "n"
    NORTH_EAST = "ne"
    EAST = "e"
    SOUTH_EAST = "se"
    SOUTH = "s"
    SOUTH_WEST = "sw"
    WEST = "w"
    NORTH_WEST = "nw"


_CLOCKWISE = tuple(Side)


@dataclass(frozen=True, slots=True)
class NextDoor:
    """A grid seen from a spot.

    `away_m` is how far its ground begins, in metres, 0 where the spot lies in it
    (`holds`); both and `side` are None where no spot is known.
    """

    area: AreaShape
    away_m: float | None = None
    side: Side | None = None
    holds: bool = False


def neighbours(net: Net, code: str) -> tuple[AreaShape, ...]:
    """Return the grids that touch or overlay one, unit grids first, each by code.

    Raises: NotFound.
    """
    own = net.area(code).geometry
    if own is None:
        return ()
    reach = own.buffer(degrees_reaching(own.centroid.y, _TOUCH_M))
    return tuple(
        net.area(other)
        for kind in GRIDS
        for other in net.layer(kind).touching(reach)
        if other != code
    )


def seen_from(position: LonLat | None, areas: Iterable[AreaShape]) -> tuple[NextDoor, ...]:
    """Return grids as seen from a spot, the nearest first, then by code; without one by code."""
    found = [_seen(position, area) for area in areas]
    return tuple(sorted(found, key=lambda one: (round(one.away_m or 0.0, 1), one.area.code)))


def _seen(position: LonLat | None, area: AreaShape) -> NextDoor:
    if position is None or area.geometry is None:
        return NextDoor(area)
    if shapely.intersects_xy(area.geometry, position.lon, position.lat):
        return NextDoor(area, 0.0, None, holds=True)
    border = nearest_border(area.geometry, position)
    to_lon, to_lat = border.lon, border.lat
    if border.distance_m < _AT_THE_BORDER_M:
        middle = area.geometry.representative_point()
        to_lon, to_lat = middle.x, middle.y
    return NextDoor(area, border.distance_m, side_of(position, to_lon, to_lat))


def side_of(position: LonLat, lon: float, lat: float) -> Side:
    """Return on which side of a position another one lies (an eighth of the circle each)."""
    per_lon, per_lat = metric_scale(position.lat)
    east, north = (lon - position.lon) * per_lon, (lat - position.lat) * per_lat
    eighths = round(math.degrees(math.atan2(east, north)) / 45.0)
    return _CLOCKWISE[eighths % len(_CLOCKWISE)]
