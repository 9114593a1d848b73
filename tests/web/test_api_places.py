"""The machine door about places: where a point belongs, names of areas, and borders."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from gridgov.domain.datum import Datum, LonLat, from_wgs84
from tests.web.edge import DISTRICT, GRID, TOWN, Edge
from tests.web.machine import LOCATE, assert_problem, borders

# Where does a point belong? ---------------------------------------------------------------


def spot(edge: Edge, grid: str = GRID) -> LonLat:
    mark = edge.reference().landmarks[grid][0]
    return LonLat(lon=float(mark["lon"]), lat=float(mark["lat"]))


def locate(edge: Edge, english: bool = False, **query: Any) -> TestResponse:
    return edge.visitor(english=english).get(LOCATE, query_string=query)


def test_a_point_is_placed_with_path_rule_and_reason(edge: Edge) -> None:
    at = spot(edge)
    answer = locate(edge, lon=at.lon, lat=at.lat, datum="wgs84", accuracy=8)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.json
    grid = edge.area(GRID)
    assert body["grid"] == {"code": GRID, "name": grid.name, "name_en": grid.name_en}
    assert [step["code"] for step in body["path"]] == [DISTRICT, TOWN, GRID[:12], GRID]
    assert (body["state"], body["rule"], body["version"]) == ("found", "covers", 1)
    assert grid.name in body["reason"] and "误差 8 米" in body["reason"]
    assert body["near_boundary"] is False
    assert body["question"] is None
    assert body["synthetic"] is True
    assert [candidate["code"] for candidate in body["candidates"]] == [GRID]
    assert body["candidates"][0]["share"] == pytest.approx(1)
    english = locate(edge, english=True, lon=at.lon, lat=at.lat, datum="wgs84").json
    assert english["reason"].startswith(f"Lies in {grid.name_en}")


def border(edge: Edge) -> LonLat:
    """Return a spot on the border between two grids of the home village."""
    net = edge.reference().net
    shape = net.area(GRID).geometry
    others = [area.geometry for area in net.children(GRID[:12]) if area.code != GRID]
    line = next(g.intersection(shape) for g in others if g and g.intersection(shape).length > 0)
    point = line.interpolate(0.5, normalized=True)
    return LonLat(lon=point.x, lat=point.y)


def test_near_a_border_the_neighbours_and_their_shares_are_told(edge: Edge) -> None:
    at = border(edge)
    bodies = [
        locate(edge, lon=at.lon, lat=at.lat, datum="wgs84", accuracy_m=25).json for _ in range(3)
    ]
    assert bodies[0] == bodies[1] == bodies[2], "deterministic"
    body = bodies[0]
    assert body["near_boundary"] is True
    shares = {candidate["code"]: candidate["share"] for candidate in body["candidates"]}
    assert {GRID, body["grid"]["code"]} <= set(shares)
    assert len(shares) >= 2
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)
    assert "在哪一边" in body["question"]["question"]
    assert {choice["code"] for choice in body["question"]["choices"]} <= set(shares)


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "cgcs2000", "GCJ-02"])
def test_every_datum_leads_to_the_same_grid(edge: Edge, datum: str) -> None:
    kinds = {"gcj02": Datum.GCJ02, "GCJ-02": Datum.GCJ02, "bd09": Datum.BD09}
    for grid in sorted(edge.reference().landmarks)[::97]:
        at = spot(edge, grid)
        lon, lat = from_wgs84(at, kinds.get(datum, Datum.CGCS2000))
        here = locate(edge, lon=at.lon, lat=at.lat, datum="wgs84").json
        there = locate(edge, lon=lon, lat=lat, datum=datum).json
        assert there["grid"] == here["grid"]


def test_a_shifted_point_taken_for_wgs84_would_be_elsewhere(edge: Edge) -> None:
    at = spot(edge)
    lon, lat = from_wgs84(at, Datum.GCJ02)
    wrong = locate(edge, lon=lon, lat=lat, datum="wgs84")
    assert wrong.status_code == 422 or wrong.json["grid"]["code"] != GRID


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ({"lon": "112.89", "lat": "22.9"}, 400, "missing"),
        ({"lon": "112.89", "lat": "22.9", "datum": "mars"}, 400, "unknown"),
        ({}, 400, "missing"),
        ({"lon": "112.89", "datum": "wgs84"}, 400, "missing"),
        ({"lon": "a", "lat": "b", "datum": "wgs84"}, 400, "not_a_number"),
        ({"lon": "１１２", "lat": "22.9", "datum": "wgs84"}, 400, "not_a_number"),
        ({"lon": "112.89", "lat": "22.9", "datum": "wgs84", "zoom": "3"}, 400, "unknown_name"),
        ({"lon": "22.9", "lat": "112.89", "datum": "wgs84"}, 400, "out_of_range"),
        ({"lon": "112.89", "lat": "22.9", "datum": "wgs84", "accuracy": "x"}, 400, "not_a_number"),
    ],
)
@pytest.mark.parametrize("english", [False, True])
def test_what_cannot_be_placed_is_named(
    edge: Edge, query: dict[str, str], status: int, reason: str, english: bool
) -> None:
    body = assert_problem(locate(edge, english, **query), status)
    assert body["errors"][0]["reason"] == reason
    assert body["errors"][0]["message"].isascii() is english


def test_outside_the_district_says_whom_to_call(edge: Edge) -> None:
    for english in (False, True):
        body = assert_problem(
            locate(edge, english, lon="113.2644", lat="23.1291", datum="wgs84"), 422
        )
        assert (body["state"], "12345" in body["title"]) == ("outside", True)
        assert body["title"].isascii() is english
    assert_problem(locate(edge, lon="112.89", lat="22.9", datum="wgs84", district="000000"), 404)


def test_a_vague_position_says_so(edge: Edge) -> None:
    at = spot(edge)
    body = locate(edge, lon=at.lon, lat=at.lat, datum="wgs84", accuracy=3000).json
    assert body["state"] == "vague"


# Names and borders ---------------------------------------------------------------------


def search(edge: Edge, words: str, english: bool = False) -> list[dict[str, str]]:
    answer = edge.visitor(english=english).get("/api/v1/areas", query_string={"q": words})
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.json["areas"]
    return found


def test_grids_are_found_by_name_landmark_and_pinyin(edge: Edge) -> None:
    grid, mark = edge.area(GRID), edge.reference().landmarks[GRID][0]
    assert search(edge, grid.name)[0]["code"] == GRID
    by_mark = search(edge, str(mark["name"]))
    assert GRID in {found["code"] for found in by_mark}
    assert any(str(mark["name"]) in found["note"] for found in by_mark)
    village = edge.area(GRID[:12])
    english = search(edge, grid.name_en.lower(), english=True)
    assert english[0] == {**english[0], "code": GRID, "name": grid.name_en}
    pinyin = village.name_en.split()[0]
    assert any(found["code"].startswith(village.code) for found in search(edge, pinyin))
    assert search(edge, "") == search(edge, "nowhere at all") == []
    assert len(search(edge, "网格")) <= 8


def test_borders_come_by_parent_and_by_place(edge: Edge) -> None:
    towns = borders(edge.visitor(), parent=DISTRICT)["features"]
    assert {town["properties"]["kind"] for town in towns} == {"town"}
    assert len(towns) == 4
    at = spot(edge)
    near = borders(edge.visitor(), near=f"{at.lon},{at.lat}")["features"]
    assert near[0]["id"] == GRID, "the nearest first"
    assert 1 < len(near) <= 60
    assert near[0]["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    lon, lat = near[0]["geometry"]["coordinates"][0][0][:2]
    assert 112 < lon < 113 and 22 < lat < 23.2
    assert borders(edge.visitor(), near="0,0")["features"] == []


@pytest.mark.parametrize("query", [{}, {"near": "x"}, {"near": "1,2,3"}, {"near": "nan,nan"}])
def test_a_place_that_is_no_place_is_a_problem(edge: Edge, query: dict[str, str]) -> None:
    answer = edge.visitor().get("/api/v1/areas.geojson", query_string=query)
    assert assert_problem(answer, 400)["errors"][0]["field"] == "near"


def test_borders_of_an_unknown_area_are_empty_or_not_found(edge: Edge) -> None:
    answer = edge.visitor().get("/api/v1/areas.geojson", query_string={"parent": "999"})
    assert answer.status_code == 404 or answer.json["features"] == []
