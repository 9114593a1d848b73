"""The machine door: where a point belongs, and why."""

from typing import Any

from flask import Response, jsonify, request

from gridgov.domain.datum import to_wgs84
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.routing import Placement
from gridgov.services import reference as references
from gridgov.services import routing
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only
from gridgov.web import places, routing_words, sentences, submissions
from gridgov.web.access import home_district, public
from gridgov.web.api_base import api
from gridgov.web.errors import problem, status_of
from gridgov.web.security import limiter


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
        placement = routing.locate(reference, spot, values.get("category"), sent.accuracy_m)
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
