"""Metres on a map of degrees.

Geometries stay in WGS-84 degrees, because borders must keep their exact
coordinates (scaling them moves edges by a rounding error, and a point on a
border could fall between two grids). Only lengths are turned into metres, with
the scale of the WGS-84 ellipsoid at the latitude concerned. Around one point
that is exact to a millimetre in a hundred metres; over 100 km it is good to 0.1 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.datum import LonLat

_AXIS_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669437999014
_ECCENTRICITY = math.sqrt(_ECCENTRICITY_SQUARED)

_CIRCLE_CORNERS = 64  # the polygon misses 0.12 % of the radius between two corners
_TURNS = np.linspace(0.0, 2.0 * math.pi, _CIRCLE_CORNERS, endpoint=False)
_UNIT_CIRCLE = np.column_stack((np.cos(_TURNS), np.sin(_TURNS)))

# Overlap below this share of the disc is rounding, not a second owner.
_SHARE_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class BorderPoint:
    """The place on a border that is nearest to a position."""

    distance_m: float
    lon: float
    lat: float


def metric_scale(lat: float) -> tuple[float, float]:
    """Return (metres per degree of longitude, metres per degree of latitude) at a latitude.

    Source: radii of curvature of the WGS-84 ellipsoid (prime vertical, meridian).
    """
    radians = math.radians(lat)
    magic = 1.0 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    prime_vertical = _AXIS_M / math.sqrt(magic)
    meridian = prime_vertical * (1.0 - _ECCENTRICITY_SQUARED) / magic
    return math.radians(prime_vertical * math.cos(radians)), math.radians(meridian)


def metres_between(a: LonLat, b: LonLat) -> float:
    """Return the distance in metres between two positions, good to 0.1 % up to 100 km."""
    per_lon, per_lat = metric_scale((a.lat + b.lat) / 2.0)
    east = (b.lon - a.lon + 180.0) % 360.0 - 180.0
    return math.hypot(east * per_lon, (b.lat - a.lat) * per_lat)


def degrees_reaching(lat: float, metres: float) -> float:
    """Return a number of degrees that spans at least `metres` in every direction at a latitude."""
    return metres / min(metric_scale(lat))


def circle(centre: LonLat, radius_m: float) -> BaseGeometry:
    """Return a polygon in degrees that is round in metres, of 64 corners on the circle."""
    per_lon, per_lat = metric_scale(centre.lat)
    steps = (radius_m / per_lon, radius_m / per_lat)
    return shapely.Polygon(_UNIT_CIRCLE * steps + (centre.lon, centre.lat))


def nearest_border(geometry: BaseGeometry, position: LonLat) -> BorderPoint:
    """Find the place on a polygon's border (outer or hole) nearest to a position.

    The nearest place in degrees is not the nearest in metres, so the edges are
    measured here, in metres around the position (10 µs for 60 vertices).
    """
    ends, breaks = _edge_ends(geometry)
    per_lon, per_lat = metric_scale(position.lat)
    x = (ends[:, 0] - position.lon) * per_lon
    y = (ends[:, 1] - position.lat) * per_lat
    dx, dy = np.diff(x), np.diff(y)
    x, y = x[:-1], y[:-1]
    length = dx * dx + dy * dy
    length[length == 0.0] = 1.0  # a repeated vertex: its foot is the vertex itself
    foot = np.clip(-(x * dx + y * dy) / length, 0.0, 1.0)
    x, y = x + foot * dx, y + foot * dy
    squared = x * x + y * y
    if breaks is not None:
        squared[breaks] = np.inf
    nearest = int(squared.argmin())
    return BorderPoint(
        distance_m=math.sqrt(float(squared[nearest])),
        lon=position.lon + float(x[nearest]) / per_lon,
        lat=position.lat + float(y[nearest]) / per_lat,
    )


def distance_to_border_m(geometry: BaseGeometry, position: LonLat) -> float:
    """Return the distance in metres from a position, inside or outside, to a polygon's border."""
    return nearest_border(geometry, position).distance_m


def _edge_ends(geometry: BaseGeometry) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Return the border's vertices in order, and which steps between two of them are no edge."""
    if geometry.geom_type == "Polygon" and not geometry.interiors:
        return shapely.get_coordinates(geometry), None
    rings = shapely.get_parts(geometry.boundary)
    ends, ring = shapely.get_coordinates(rings, return_index=True)
    return ends, ring[1:] != ring[:-1]


def shares(disc: BaseGeometry, geometries: Sequence[BaseGeometry]) -> list[float]:
    """Return which share of a disc's area each geometry owns, in the order given.

    Where geometries overlap, the earlier one owns the ground, so the shares sum
    to at most 1.
    """
    if not geometries:
        return []
    whole = disc.area
    areas = shapely.area(shapely.intersection(np.asarray(geometries, dtype=object), disc))
    if float(areas.sum()) <= whole * (1.0 + _SHARE_NOISE):
        return [_share(float(area), whole) for area in areas]
    owned: list[float] = []
    rest = disc
    for geometry in geometries:
        part = shapely.intersection(rest, geometry)
        owned.append(_share(part.area, whole))
        rest = shapely.difference(rest, geometry)
    return owned


def _share(area: float, whole: float) -> float:
    """Return area / whole, with rounding noise taken for nothing."""
    share = area / whole
    return share if share > _SHARE_NOISE else 0.0


def area_m2(geometry: BaseGeometry) -> float:
    """Return the area of a polygon in square metres on the WGS-84 ellipsoid.

    Source: Lambert's cylindrical equal-area projection of the ellipsoid (Snyder,
    Map Projections, equations 3-12 and 10-13), whose plane area is the true area.
    """
    return float(shapely.transform(geometry, _equal_area).area)


def _equal_area(degrees: NDArray[Any]) -> NDArray[Any]:
    """Project (lon, lat) in degrees to equal-area metres."""
    sine = np.sin(np.radians(degrees[:, 1]))
    q = (1.0 - _ECCENTRICITY_SQUARED) * (
        sine / (1.0 - _ECCENTRICITY_SQUARED * sine * sine)
        + np.arctanh(_ECCENTRICITY * sine) / _ECCENTRICITY
    )
    return np.column_stack((_AXIS_M * np.radians(degrees[:, 0]), _AXIS_M * q / 2.0))
