"""The machine door: open cases near a spot that a new report may join."""

from flask import Response, jsonify, request

from gridgov.domain.datum import to_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import similar, submissions
from gridgov.web.access import home_district, public
from gridgov.web.api_base import api
from gridgov.web.security import limiter
from gridgov.web.submissions import Sent


@api.get("/nearby")
@public("open cases of public classes: class, distance and age, no words of anybody")
@limiter.limit("600/minute")
def nearby() -> Response:
    """Return up to five open cases that may be the same. Query: lon, lat, datum, category."""
    sent = Sent(request.args.to_dict())
    position = submissions.read_position(sent)
    if position is None:
        raise InvalidInput("position", "missing")
    with read_only() as session:
        reference = references.of(session, request.args.get("district") or home_district())
    spot = to_wgs84(lon=position.lon, lat=position.lat, datum=position.datum)
    return jsonify({"similar": similar.around(reference, spot, sent.text("category"))})
