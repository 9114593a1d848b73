"""Borders of any version of the own district for maps, drafts included.

Never public: a draft is nobody's business before it is the net. The mark of an answer is
the version's revision, so that a map which asks again costs nothing until somebody edits.
"""

import hashlib
from typing import Annotated

from flask import Response, request
from pydantic import Field

from gridgov.domain.areas import AreaKind
from gridgov.services import area_maps
from gridgov.services import grids as versions
from gridgov.storage.areas import GridVersion
from gridgov.storage.session import read_only
from gridgov.web.access import current_actor, requires
from gridgov.web.api_area_maps import GEOJSON, document, packed_up, window_of
from gridgov.web.api_input import Query, Whole, query
from gridgov.web.api_schemas_net import BOX
from gridgov.web.grids import AREA, LOOK, grids, version_of

KEEP = "private, no-cache"
GZIP_QUICK = 1  # sent once to one browser of the office: 6 takes three times as long


class NetQuery(Query):
    """What a map of a version shows."""

    kind: AreaKind = AreaKind.GRID
    bbox: str = Field("", max_length=160, pattern=BOX)
    zoom: Annotated[Annotated[int, Field(ge=0, le=24)] | None, Whole] = None


@grids.get("/<int:number>/areas.geojson")
@requires(*LOOK, area=AREA)
def areas_geojson(number: int) -> Response:
    """Return the areas of a version that a map shows, generalised to its zoom."""
    asked = query(NetQuery)
    window = window_of(asked.bbox)
    with read_only() as session:
        version = version_of(session, current_actor(), number)
        mark = _mark(version, asked)
        if request.if_none_match.contains_weak(mark):
            return _marked(Response(status=304), mark)
        net = versions.net_of(session, version)
    body = document(net, area_maps.look(net, asked.kind, asked.zoom, window))
    return _marked(packed_up(body, KEEP, level=GZIP_QUICK), mark)


def _mark(version: GridVersion, asked: NetQuery) -> str:
    what = f"{version.id} {version.revision} {asked.kind} {asked.bbox} {asked.zoom}"
    return hashlib.sha256(what.encode()).hexdigest()[:32]


def _marked(response: Response, mark: str) -> Response:
    response.mimetype = GEOJSON
    response.headers["Cache-Control"] = KEEP
    response.set_etag(mark, weak=True)  # weak: the same whether it is packed or not
    return response
