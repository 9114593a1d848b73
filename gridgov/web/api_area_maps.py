"""The machine door: borders of the net for maps, as GeoJSON."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from shapely import to_geojson
from shapely.geometry import Point

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.routing import Net
from gridgov.services import area_maps
from gridgov.services import reference as references
from gridgov.services.area_maps import AreaMap, Window
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only
from gridgov.web import places
from gridgov.web.access import public
from gridgov.web.api_areas import landmarks_of
from gridgov.web.api_base import (
    KEPT_S,
    READS,
    api,
    described,
    district_of,
    kept,
    limited,
    reference_of,
    said,
)
from gridgov.web.api_input import query
from gridgov.web.api_schemas_net import BorderQuery, Feature, FeatureCollection

GEOJSON = "application/geo+json"
NEARBY_DEGREES = 0.02
NEARBY_MOST = 60
# Borders of a version never change; a year is the longest that means anything (RFC 9111).
FOR_GOOD = "public, max-age=31536000, immutable"
GZIP_LEVEL = 6  # 9 takes twice as long for 1 % less


@api.get("/areas.geojson")
@public("borders of the net, which are public")
@limited(READS)
@described(
    "Areas",
    FeatureCollection,
    query=BorderQuery,
    problems=(404,),
    cached=True,
    media=GEOJSON,
)
def areas_geojson() -> Response:
    """Return areas with their borders: of a `kind`, near `near`, or what lies below `parent`.

    One of the three is needed. Of a `kind`: those in `bbox`, with as much detail as `zoom`
    shows; neighbours stay joined. Where more than 2,000 are in view, the level above comes
    instead: `coarser` is true and `kind` says which. With `version` in the address the
    answer may be kept for good. `near`: grids, the nearest first, at most 60. These and
    what lies below `parent` come with all detail and their landmarks.
    """
    asked = query(BorderQuery)
    _check(asked)
    if asked.kind is not None:
        return _map(asked, asked.kind)
    reference = reference_of(asked.district)
    net = reference.net
    found = net.children(asked.parent) if asked.parent else _near(reference, asked.near)
    collection = FeatureCollection(
        type="FeatureCollection",
        synthetic=net.synthetic,
        version=net.version,
        kind=None,
        coarser=False,
        features=[Feature(**_feature(area, reference)) for area in found],
    )
    response = said(collection)
    response.mimetype = GEOJSON
    return kept(response)


def _check(asked: BorderQuery) -> None:
    """Refuse what asks for nothing, or for two things at once. Raises: InvalidInput."""
    named = bool(asked.near) or bool(asked.parent)
    if asked.kind is not None and named:
        raise InvalidInput("kind", "not_with_near")
    if asked.kind is None and (asked.bbox or asked.zoom is not None or asked.version is not None):
        raise InvalidInput("kind", "missing")
    if asked.kind is None and not named:
        raise InvalidInput("near", "missing")


def _map(asked: BorderQuery, kind: AreaKind) -> Response:
    window = window_of(asked.bbox)
    with read_only() as session:
        reference = references.of(session, district_of(asked.district))
        net = area_maps.net_of(session, reference, asked.version)
    body = document(net, area_maps.look(net, kind, asked.zoom, window))
    return packed_up(body, FOR_GOOD if asked.version is not None else f"public, max-age={KEPT_S}")


def window_of(text: str) -> Window | None:
    """Return the window of "west,south,east,north". Raises: InvalidInput (field bbox)."""
    if not text:
        return None
    window = Window(*(float(part) for part in text.split(",")))
    if window.west >= window.east or window.south >= window.north:
        raise InvalidInput("bbox", "wrong_order")
    return window


def document(net: Net, found: AreaMap) -> bytes:
    """Return areas in view as GeoJSON. It names them in every language, so all may share it."""
    head = {
        "type": "FeatureCollection",
        "version": net.version,
        "synthetic": net.synthetic,
        "kind": str(found.kind),
        "coarser": found.coarser,
    }
    features = ",".join(
        f'{{"type":"Feature","id":{_text(area.code)},"properties":{_text(_properties(area))},'
        f'"geometry":{border}}}'
        for area, border in zip(found.areas, found.borders, strict=True)
    )
    return f'{_text(head)[:-1]},"features":[{features}]}}'.encode()


def _properties(area: AreaShape) -> dict[str, Any]:
    return {
        "code": area.code,
        "parent_code": area.parent_code,
        "kind": str(area.kind),
        "name": area.name,
        "name_en": area.name_en,
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def packed_up(body: bytes, keep: str, *, level: int = GZIP_LEVEL) -> Response:
    """Return a body, gzipped for who takes that: no server in front is needed for it."""
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(body, mimetype=GEOJSON)
    response.headers["Cache-Control"] = keep
    # Which district is meant may follow from the key.
    response.vary.update(("Accept-Encoding", "Authorization", "X-Api-Key"))
    mark = hashlib.sha256(body).hexdigest()[:32]
    response.set_etag(f"{mark}-gzip" if packed else mark)
    response.make_conditional(request)
    if packed and response.status_code == 200:
        response.set_data(gzip.compress(body, level, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _near(reference: Reference, text: str) -> Sequence[AreaShape]:
    """Return the unit grids closest to a spot given as "lon,lat"."""
    lon, lat = (float(part) for part in text.split(","))
    at = LonLat(lon=lon, lat=lat)
    spot = Point(at.lon, at.lat)
    layer = reference.net.layer(AreaKind.GRID)
    codes = layer.within(spot, NEARBY_DEGREES)
    grids = [reference.net.area(code) for code in codes]
    grids.sort(key=lambda area: area.geometry.distance(spot) if area.geometry else 0.0)
    return grids[:NEARBY_MOST]


def _feature(area: AreaShape, reference: Reference) -> dict[str, Any]:
    geometry = None if area.geometry is None else json.loads(to_geojson(area.geometry))
    properties = _properties(area) | {
        "label": places.name_of(area),
        "landmarks": landmarks_of(reference, area.code),
    }
    return {"type": "Feature", "id": area.code, "properties": properties, "geometry": geometry}
