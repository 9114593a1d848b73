"""The small map of a case: the grids around the pin, drawn from our own borders."""

from typing import Any

import shapely
from flask_babel import gettext as _
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import metric_scale
from gridgov.services.grids_borders import WRONG_SPOT
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.web.places import name_of

WIDTH, HEIGHT = 390, 160
AROUND_M = 300.0
SMALLEST_R = 6.0


def of_case(case: Case, reference: Reference) -> dict[str, Any] | None:
    """Return paths and pin for the inline SVG, None for a case without a position on the net."""
    if case.lon is None or case.lat is None:
        return None
    frame = _Frame(LonLat(lon=case.lon, lat=case.lat), AROUND_M)
    window = shapely.box(*frame.bounds())
    codes = reference.net.layer(AreaKind.GRID).touching(window)
    own = case.home_grid
    paths = {code: frame.path(_clip(reference, code, window)) for code in codes}
    # How good the resident's position was says nothing of a pin a worker may have moved.
    accuracy = None if case.duty_reason == WRONG_SPOT else case.routing.get("accuracy_m")
    own_area = reference.net.find(own)
    if own_area is not None and own not in paths:
        paths[own_area.code] = frame.path(_clip(reference, own_area.code, window))
    if not paths:
        return None  # far outside: a pin on nothing tells nobody where it is
    return {
        "viewbox": f"0 0 {WIDTH} {HEIGHT}",
        "grid_path": paths.get(own or "", ""),
        "neighbour_paths": [path for code, path in paths.items() if code != own],
        "pin": {"x": WIDTH / 2, "y": HEIGHT / 2},
        "accuracy_r": max(SMALLEST_R, (accuracy or 0.0) * frame.per_metre),
        "labels": _labels(codes, own, reference, frame, window),
        "words": _("The spot in %(grid)s", grid=name_of(own_area) if own_area else case.place),
        "synthetic": reference.net.synthetic,
    }


def _clip(reference: Reference, code: str, window: BaseGeometry) -> BaseGeometry:
    geometry = reference.net.area(code).geometry
    return shapely.intersection(geometry, window)


def _labels(
    codes: list[str], own: str | None, reference: Reference, frame: "_Frame", window: BaseGeometry
) -> list[dict[str, Any]]:
    found = []
    for code in codes:
        piece = _clip(reference, code, window)
        if piece.is_empty or frame.area(piece) < 0.08:
            continue
        at = shapely.point_on_surface(piece)
        x, y = frame.xy(at.x, at.y)
        if abs(x - WIDTH / 2) < 60 and abs(y - HEIGHT / 2) < 26:
            y += 40 if y >= HEIGHT / 2 else -40
        name = _("Grid %(number)s", number=code[-3:].lstrip("0").zfill(2))
        x = min(max(x, 40), WIDTH - 40)
        found.append(
            {
                "x": round(x),
                "y": round(min(max(y, 16), HEIGHT - 8)),
                "words": name,
                "own": code == own,
            }
        )
    return found


class _Frame:
    """A window in metres around a position, as SVG units."""

    def __init__(self, centre: LonLat, around_m: float) -> None:
        self.centre = centre
        self.x_scale, self.y_scale = metric_scale(centre.lat)
        self.per_metre = WIDTH / (2 * around_m)

    def bounds(self) -> tuple[float, float, float, float]:
        half_x = WIDTH / 2 / self.per_metre / self.x_scale
        half_y = HEIGHT / 2 / self.per_metre / self.y_scale
        lon, lat = self.centre.lon, self.centre.lat
        return lon - half_x, lat - half_y, lon + half_x, lat + half_y

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        x = WIDTH / 2 + (lon - self.centre.lon) * self.x_scale * self.per_metre
        y = HEIGHT / 2 - (lat - self.centre.lat) * self.y_scale * self.per_metre
        return x, y

    def area(self, geometry: BaseGeometry) -> float:
        west, south, east, north = self.bounds()
        return float(geometry.area / ((east - west) * (north - south)))

    def path(self, geometry: BaseGeometry) -> str:
        return svg_path(geometry, self.xy)


def svg_path(geometry: BaseGeometry, xy: Any) -> str:
    """Return a polygon or multipolygon as SVG path data, projected by `xy(lon, lat)`."""
    parts = []
    for polygon in getattr(geometry, "geoms", [geometry]):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            points = [xy(*point[:2]) for point in ring.coords[:-1]]
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)
