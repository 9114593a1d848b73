"""The machine door: open cases near a spot that a new report may join."""

from flask import Response

from gridgov.domain.datum import to_wgs84
from gridgov.web import similar
from gridgov.web.access import public
from gridgov.web.api_base import READS, api, described, limited, reference_of, said
from gridgov.web.api_input import query
from gridgov.web.api_schemas_net import NearbyOut, NearbyQuery


@api.get("/nearby")
@public("open cases of public classes: class, distance and age, no words of anybody")
@limited(READS)
@described("Places", NearbyOut, query=NearbyQuery, problems=(404,))
def nearby() -> Response:
    """Return up to five open cases near a position that may be the same problem."""
    asked = query(NearbyQuery)
    reference = reference_of(asked.district)
    spot = to_wgs84(lon=asked.lon, lat=asked.lat, datum=asked.datum)
    found = similar.around(reference, spot, asked.category)
    return said(NearbyOut.model_validate({"similar": found}))
