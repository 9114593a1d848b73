"""Borders for maps over HTTP: small on the wire, kept for good by version, honest about limits."""

import gzip
import json
from typing import Any

import pytest
import shapely
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.generalise import EXACT_ZOOM, FARTHEST_ZOOM
from gridgov.services import area_maps
from tests.web.edge import DISTRICT, GRID, Edge
from tests.web.machine import assert_problem

BORDERS = "/api/v1/areas.geojson"
ON_THE_WIRE = 150_000


def ask(edge: Edge, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
    return edge.visitor().get(BORDERS, query_string=query, headers=headers)


def body_of(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    packed = answer.headers.get("Content-Encoding") == "gzip"
    text = gzip.decompress(answer.data) if packed else answer.data
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("zoom", [*range(FARTHEST_ZOOM, EXACT_ZOOM + 1), None])
def test_the_whole_district_fits_150_kb_at_every_zoom(edge: Edge, zoom: int | None) -> None:
    query = {"kind": "grid", "version": 1} | ({} if zoom is None else {"zoom": zoom})
    answer = ask(edge, {"Accept-Encoding": "gzip"}, **query)
    assert answer.mimetype == "application/geo+json"
    assert len(answer.data) <= ON_THE_WIRE
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    body = body_of(answer)
    grids = edge.reference().net.areas(AreaKind.GRID)
    assert [feature["id"] for feature in body["features"]] == [grid.code for grid in grids]
    assert len(grids) > 600
    assert (body["type"], body["kind"], body["coarser"]) == ("FeatureCollection", "grid", False)
    assert (body["version"], body["synthetic"]) == (1, True)
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in body["features"]]
    assert shapely.coverage_is_valid(shapes)


def test_a_feature_names_its_area_in_both_languages(edge: Edge) -> None:
    body = body_of(ask(edge, kind="grid", zoom=12))
    grid = edge.area(GRID)
    [feature] = [one for one in body["features"] if one["id"] == GRID]
    assert feature["properties"] == {
        "code": GRID,
        "parent_code": grid.parent_code,
        "kind": "grid",
        "name": grid.name,
        "name_en": grid.name_en,
    }
    english = edge.visitor(english=True).get(BORDERS, query_string={"kind": "grid", "zoom": 12})
    assert body_of(english) == body, "one answer for everybody can be kept for everybody"


def test_with_a_version_it_is_kept_for_good_and_asked_for_by_its_mark(edge: Edge) -> None:
    first = ask(edge, kind="village", zoom=11, version=1)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in first.headers
    again = ask(edge, {"If-None-Match": first.headers["ETag"]}, kind="village", zoom=11, version=1)
    assert (again.status_code, again.data) == (304, b"")
    today = ask(edge, kind="village", zoom=11)
    assert today.headers["Cache-Control"] == "public, max-age=300"
    assert today.headers["ETag"] == first.headers["ETag"]
    packed = ask(edge, {"Accept-Encoding": "gzip"}, kind="village", zoom=11, version=1)
    assert packed.headers["ETag"] != first.headers["ETag"]
    assert "Accept-Encoding" in packed.vary
    assert body_of(packed) == body_of(first)
    plain = ask(edge, {"Accept-Encoding": "gzip;q=0"}, kind="village", zoom=11)
    assert "Content-Encoding" not in plain.headers


def test_only_what_is_in_view_comes(edge: Edge) -> None:
    shape = edge.area(GRID).geometry
    assert shape is not None
    box = ",".join(f"{end:.6f}" for end in shape.bounds)
    near = body_of(ask(edge, kind="grid", zoom=16, bbox=box))["features"]
    assert GRID in {one["id"] for one in near}
    assert 1 < len(near) < 60
    assert body_of(ask(edge, kind="grid", zoom=16, bbox="10,50,10.1,50.1"))["features"] == []
    kinds = {
        kind: {one["properties"]["kind"] for one in body_of(ask(edge, kind=kind))["features"]}
        for kind in ("district", "town", "village", "professional")
    }
    assert all(found == {kind} for kind, found in kinds.items())


def test_where_too_many_are_in_view_it_says_which_level_comes(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(area_maps, "MOST", 100)
    body = body_of(ask(edge, kind="grid", zoom=10))
    assert (body["kind"], body["coarser"]) == ("village", True)
    assert len(body["features"]) == len(edge.reference().net.areas(AreaKind.VILLAGE))
    monkeypatch.setattr(area_maps, "MOST", 0)
    refused = assert_problem(ask(edge, kind="grid", zoom=10), 400)
    assert refused["errors"][0]["field"] == "bbox"
    assert "视野内超过" in refused["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({"zoom": 12}, "kind", "missing"),
        ({"bbox": "112,22,113,23"}, "kind", "missing"),
        ({"version": 1, "parent": DISTRICT}, "kind", "missing"),
        ({"kind": "grid", "near": "112.9,22.9"}, "kind", "not_with_near"),
        ({"kind": "grid", "parent": DISTRICT}, "kind", "not_with_near"),
        ({"kind": "street"}, "kind", "unknown"),
        ({"kind": "grid", "zoom": 25}, "zoom", "out_of_range"),
        ({"kind": "grid", "zoom": "far"}, "zoom", "not_a_whole_number"),
        ({"kind": "grid", "bbox": "113,22,112,23"}, "bbox", "wrong_order"),
        ({"kind": "grid", "bbox": "112,23,113,23"}, "bbox", "wrong_order"),
        ({"kind": "grid", "bbox": "112,22,113"}, "bbox", "wrong_form"),
        ({"kind": "grid", "bbox": "112,22,113,99"}, "bbox", "wrong_form"),
        ({"kind": "grid", "version": 0}, "version", "out_of_range"),
    ],
)
@pytest.mark.parametrize("english", [False, True])
def test_what_cannot_be_drawn_is_named(
    edge: Edge, query: dict[str, Any], field: str, reason: str, english: bool
) -> None:
    answer = edge.visitor(english=english).get(BORDERS, query_string=query)
    [error] = assert_problem(answer, 400)["errors"]
    assert (error["field"], error["reason"]) == (field, reason)
    assert error["message"].isascii() is english


def test_a_version_that_never_was_is_not_found(edge: Edge) -> None:
    assert_problem(ask(edge, kind="grid", version=4711), 404)
    assert_problem(ask(edge, kind="grid", district="000000"), 404)
