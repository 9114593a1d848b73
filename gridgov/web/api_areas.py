"""The machine door: names and places of the net."""

from typing import Any

from flask import Response

from gridgov.domain.areas import AreaShape
from gridgov.services.reference import Reference
from gridgov.web import places
from gridgov.web.access import public
from gridgov.web.api_base import READS, api, described, kept, limited, reference_of, said
from gridgov.web.api_input import key_cursor, query, read_key_cursor
from gridgov.web.api_schemas_net import (
    AreaDetail,
    AreaFound,
    AreaOut,
    AreaPage,
    AreaQuery,
    DistrictQuery,
    Landmark,
)
from gridgov.web.i18n import pick


@api.get("/areas")
@public("names of the net, which are public")
@limited(READS)
@described("Areas", AreaPage, query=AreaQuery, problems=(404,), cached=True)
def search_areas() -> Response:
    """List areas by code, or find grids by words.

    With `q` the best fits by name or landmark come back on one page. An unknown `parent`
    has nothing below it.
    """
    asked = query(AreaQuery)
    reference = reference_of(asked.district)
    net = reference.net
    if asked.q is not None:
        found: Any = [AreaFound(**one) for one in places.search(reference, asked.q[:100])]
        page = AreaPage(version=net.version, synthetic=net.synthetic, areas=found, next=None)
        return kept(said(page))
    listed = net.children(asked.parent) if asked.parent else net.areas(asked.kind)
    wanted = [area for area in listed if asked.kind is None or area.kind is asked.kind]
    after = read_key_cursor(asked.cursor)
    rest = [area for area in wanted if after is None or area.code > after]
    shown = rest[: asked.limit]
    last = shown[-1].code if len(rest) > len(shown) else None
    page = AreaPage(
        version=net.version,
        synthetic=net.synthetic,
        areas=[_area(area) for area in shown],
        next=None if last is None else key_cursor(last),
    )
    return kept(said(page))


def _area(area: AreaShape) -> AreaOut:
    return AreaOut(
        code=area.code,
        parent_code=area.parent_code,
        kind=area.kind,
        name=area.name,
        name_en=area.name_en,
        categories=sorted(area.categories),
    )


@api.get("/areas/<code>")
@public("names and places of the net, which are public")
@limited(READS)
@described(
    "Areas",
    AreaDetail,
    query=DistrictQuery,
    problems=(404,),
    path={"code": ("The code of an area.", "440608004025006")},
    cached=True,
)
def one_area(code: str) -> Response:
    """Return one area with its place in the tree and on the map."""
    reference = reference_of(query(DistrictQuery).district)
    net = reference.net
    area = net.area(code)
    inside = None if area.geometry is None else area.geometry.representative_point()
    detail = AreaDetail(
        **_area(area).model_dump(),
        version=net.version,
        synthetic=net.synthetic,
        path=[step.code for step in net.path(code)],
        children=len(net.children(code)),
        center=None if inside is None else [inside.x, inside.y],
        bbox=None if area.geometry is None else list(area.geometry.bounds),
        landmarks=[Landmark(**mark) for mark in landmarks_of(reference, code)],
    )
    return kept(said(detail))


def landmarks_of(reference: Reference, code: str) -> list[dict[str, Any]]:
    """Return what people know in a grid, by its name in the language of the request."""
    return [
        {"name": pick(str(m["name"]), str(m["name_en"])), "lon": m["lon"], "lat": m["lat"]}
        for m in reference.landmarks.get(code, ())
    ]
