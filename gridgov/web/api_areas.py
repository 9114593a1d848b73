"""The machine door: names and borders of the net."""

import json
from typing import Any

from flask import Response, jsonify, request
from shapely import to_geojson
from shapely.geometry import Point

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only
from gridgov.web import places
from gridgov.web.access import home_district, public
from gridgov.web.api_base import api
from gridgov.web.i18n import pick
from gridgov.web.security import limiter

NEARBY_DEGREES = 0.02
NEARBY_MOST = 60


@api.get("/areas")
@public("names of the net, which are public")
@limiter.limit("600/minute")
def search_areas() -> Response:
    """Return grids whose name or landmark fits the words in `q`."""
    with read_only() as session:
        reference = references.of(session, home_district())
    return jsonify({"areas": places.search(reference, request.args.get("q", "")[:100])})


@api.get("/areas.geojson")
@public("borders of the net, which are public")
@limiter.limit("300/minute")
def areas_geojson() -> Response:
    """Return areas as GeoJSON: grids near `near`=lon,lat, or the children of `parent`."""
    with read_only() as session:
        reference = references.of(session, home_district())
    net = reference.net
    parent = request.args.get("parent")
    found = net.children(parent) if parent else _near(reference, request.args.get("near", ""))
    collection = {
        "type": "FeatureCollection",
        "synthetic": net.synthetic,
        "version": net.version,
        "features": [_feature(area, reference) for area in found],
    }
    response = jsonify(collection)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _near(reference: Reference, text: str) -> list[AreaShape]:
    """Return the unit grids closest to a spot given as "lon,lat". Raises: InvalidInput."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput("position", "not_numbers") from error
    at = LonLat(lon=lon, lat=lat)
    spot = Point(at.lon, at.lat)
    layer = reference.net.layer(AreaKind.GRID)
    codes = layer.within(spot, NEARBY_DEGREES)
    grids = [reference.net.area(code) for code in codes]
    grids.sort(key=lambda area: area.geometry.distance(spot) if area.geometry else 0.0)
    return grids[:NEARBY_MOST]


def _feature(area: AreaShape, reference: Reference) -> dict[str, Any]:
    geometry = None if area.geometry is None else json.loads(to_geojson(area.geometry))
    properties = {
        "code": area.code,
        "name": area.name,
        "name_en": area.name_en,
        "kind": str(area.kind),
        "label": places.name_of(area),
        "landmarks": [
            {"name": pick(str(m["name"]), str(m["name_en"])), "lon": m["lon"], "lat": m["lat"]}
            for m in reference.landmarks.get(area.code, ())
        ],
    }
    return {"type": "Feature", "id": area.code, "properties": properties, "geometry": geometry}
