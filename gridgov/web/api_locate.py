"""The machine door: where a point belongs, and why."""

from typing import Literal

from flask import Response

from gridgov.domain.datum import to_wgs84
from gridgov.domain.errors import OutsideJurisdiction
from gridgov.domain.routing import Placement, Rule
from gridgov.services import routing
from gridgov.services.reference import Reference
from gridgov.web import places, routing_words
from gridgov.web.access import public
from gridgov.web.api_base import READS, api, described, limited, reference_of, said
from gridgov.web.api_input import query
from gridgov.web.api_schemas_net import (
    BorderQuestion,
    CandidateOut,
    GridName,
    LocatedOut,
    LocateQuery,
    PathStep,
)
from gridgov.web.errors import known


@api.get("/locate")
@public("areas of the net, which are public")
@limited(READS)
@described("Places", LocatedOut, query=LocateQuery, problems=(404, 422))
def locate() -> Response:
    """Say which grid a position belongs to, and why.

    A position outside every area of the district is a problem 422 with `state` "outside",
    or, where the district hands such reports over, an answer with that state and the
    district itself as `grid`.
    """
    asked = query(LocateQuery)
    reference = reference_of(asked.district)
    spot = to_wgs84(lon=asked.lon, lat=asked.lat, datum=asked.datum)
    accuracy = asked.accuracy_m if asked.accuracy_m is not None else asked.accuracy
    try:
        placement = routing.locate(reference, spot, asked.category, accuracy)
    except OutsideJurisdiction as error:
        return known(error, state="outside")
    return said(_located(reference, placement))


def _state(placement: Placement) -> Literal["found", "vague", "outside"]:
    if placement.too_vague:
        return "vague"
    return "outside" if placement.rule is Rule.OUTSIDE else "found"


def _located(reference: Reference, placement: Placement) -> LocatedOut:
    area = reference.net.area(placement.area_code)
    question = places.border_question(reference, placement)
    steps = [reference.net.area(code) for code in placement.path]
    return LocatedOut(
        state=_state(placement),
        grid=GridName(code=area.code, name=area.name, name_en=area.name_en),
        name=places.place_words(reference, placement),
        path=[PathStep(code=step.code, name=step.name) for step in steps],
        rule=placement.rule,
        reason=routing_words.sentence(reference, placement),
        near_boundary=placement.near_boundary,
        candidates=[CandidateOut(code=c.code, share=c.share) for c in placement.candidates],
        question=None if question is None else BorderQuestion.model_validate(question),
        version=placement.version,
        synthetic=reference.net.synthetic,
    )
