"""The machine door, first version: reports in, locate, areas, the board's figures."""

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from shapely import to_geojson
from shapely.geometry import Point

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat, to_wgs84
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.indicators import DEFINITION
from gridgov.domain.roles import Actor, Role
from gridgov.domain.routing import Placement
from gridgov.services import board, intake
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.session import read_only
from gridgov.web import periods, places, receipts, routing_words, sentences, submissions, uploads
from gridgov.web.access import current_actor, home_district, program, public
from gridgov.web.errors import problem, status_of
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.security import csrf, limiter

api = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(api)  # no session is read for writing; see security._same_origin_only

NEARBY_DEGREES = 0.02
NEARBY_MOST = 60


@api.post("/reports")
@public("a new report of one's own")
@limiter.limit("300/minute;3000/hour")
def create_report() -> Response:
    """Take a report as form, multipart or JSON. The same token again gives the same receipt."""
    values: Any = request.get_json() if request.is_json else request.form.to_dict()
    if not isinstance(values, dict):
        raise InvalidInput("form", "not_an_object")
    district_code = home_district()
    try:
        pictures = uploads.kept_before(request.form.getlist("kept_photo")) + uploads.take("photos")
        receipt = submissions.take_in(
            district_code,
            values,
            channel="snap",
            by=Actor.resident(district_code),
            pictures=pictures,
        )
    except intake.EmergencyFirst as error:
        return problem(
            400, error.code, sentences.of(error), emergency=error.values, errors=[_field(error)]
        )
    except InvalidInput as error:
        return problem(400, error.code, sentences.of(error), errors=[_field(error)])
    except OutsideJurisdiction as error:
        sentence = sentences.of(error)
        fields = [{"field": "position", "reason": "outside", "message": sentence}]
        return problem(422, error.code, sentence, errors=fields)
    code = show_receipt_code(receipt.receipt_code)
    body = {
        "receipt_code": code,
        "code": code,
        "receipt_url": url_for("resident.receipt", code=code, sent=1),
        "case_number": receipt.case_number,
        "repeated": receipt.repeated,
        **_receipt_words(receipt.case),
    }
    response = jsonify(body)
    response.status_code = 200 if receipt.repeated else 201
    return response


# The form's names for what the rules call otherwise.
FORM_FIELDS = {"photo": "photos", "datum": "position", "accuracy": "position"}


def _field(error: InvalidInput) -> dict[str, Any]:
    name = FORM_FIELDS.get(error.field, error.field)
    return {"field": name, "reason": error.reason, "message": sentences.of(error)}


def _receipt_words(case: Case) -> dict[str, str]:
    """Return title and state for the list that the device keeps."""
    with read_only() as session:
        reference = references.of(session, case.district_code)
    return {
        "title": receipts.title_of(case, reference),
        "summary": receipts.summary(case, receipts.public_state(case), reference, utc_now()),
    }


@api.get("/locate")
@public("areas of the net, which are public")
@limiter.limit("600/minute")
def locate() -> Response:
    """Say which grid a position belongs to, and why. Query: lon, lat, datum, accuracy, category."""
    values = {**request.args.to_dict()}
    values.setdefault("accuracy_m", values.get("accuracy", ""))
    sent = submissions.read_position(submissions.Sent(values))
    if sent is None:
        raise InvalidInput("position", "missing")
    with read_only() as session:
        reference = references.of(session, request.args.get("district") or home_district())
    spot = to_wgs84(lon=sent.lon, lat=sent.lat, datum=sent.datum)
    try:
        placement = intake.locate(reference, spot, values.get("category"), sent.accuracy_m)
    except OutsideJurisdiction as error:
        return problem(status_of(error), error.code, sentences.of(error), state="outside")
    return jsonify(_located(reference, placement))


def _located(reference: Reference, placement: Placement) -> dict[str, Any]:
    area = reference.net.area(placement.area_code)
    return {
        "state": "vague" if placement.too_vague else "found",
        "grid": {"code": area.code, "name": area.name, "name_en": area.name_en},
        "name": places.name_of(area),
        "path": [{"code": code, "name": reference.net.area(code).name} for code in placement.path],
        "rule": str(placement.rule),
        "reason": routing_words.sentence(reference, placement),
        "near_boundary": placement.near_boundary,
        "candidates": [{"code": c.code, "share": c.share} for c in placement.candidates],
        "question": places.border_question(reference, placement),
        "version": placement.version,
        "synthetic": reference.net.synthetic,
    }


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


@api.get("/board")
@program(
    "board:read",
    staff=(Role.SUPERVISOR, Role.DISPATCHER, Role.OFFICE),
    area="areas granted to the person; the whole district of the key",
)
def board_figures() -> Response:
    """Return the headline figures of an area and a period; days are local, both included."""
    actor = current_actor()
    now = utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        first, last = periods.read(request.args, session, reference, now)
        area = request.args.get("area") or actor.district_code
        view = board.open_view(session, actor, area, first, last)
        found = board.snapshot(session, view, now=now)
    figures = found.figures
    return jsonify(
        {
            "area": area,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "received": figures.received,
            "closed": figures.closed,
            "open": figures.open,
            "overdue": figures.overdue,
            "closure_rate": figures.closure_rate,
            "numerator": figures.closed,
            "denominator": figures.received,
            "definition": DEFINITION,
            "cursor": figures.cursor,
        }
    )
