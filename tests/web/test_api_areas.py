"""The net and the catalogue for programs: lists in pages, one area, classes, what may be kept."""

from typing import Any

import pytest

from gridgov.domain.areas import AreaKind
from tests.web.edge import DISTRICT, GRID, TOWN, Edge
from tests.web.machine import Program, assert_problem, borders, program

AREAS, CATEGORIES = "/api/v1/areas", "/api/v1/categories"


@pytest.fixture(scope="module")
def reader(edge: Edge) -> Program:
    """A program that may do nothing but read the net."""
    return program(edge, ["areas:read"])


def codes(found: Any) -> list[str]:
    return [area["code"] for area in found]


@pytest.mark.parametrize("kind", AreaKind)
def test_areas_of_a_kind_come_in_pages_by_code(edge: Edge, reader: Program, kind: AreaKind) -> None:
    found = list(reader.every("/areas", "areas", kind=str(kind), limit=200))
    assert codes(found) == [area.code for area in edge.reference().net.areas(kind)]
    assert {area["kind"] for area in found} == {str(kind)}


def test_all_areas_and_those_below_one(edge: Edge, reader: Program) -> None:
    net = edge.reference().net
    assert codes(reader.every("/areas", "areas", limit=500)) == [area.code for area in net.areas()]
    towns = list(reader.every("/areas", "areas", parent=DISTRICT))
    assert codes(towns) == [area.code for area in net.children(DISTRICT)]
    assert {area["parent_code"] for area in towns} == {DISTRICT}
    assert not list(reader.every("/areas", "areas", parent=DISTRICT, kind="grid"))
    page = reader.get("/areas", kind="town", limit=4).json
    assert (len(page["areas"]), page["next"]) == (4, None), "a full last page ends the list"
    assert (page["version"], page["synthetic"]) == (1, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [({"kind": "county"}, "kind"), ({"limit": "501"}, "limit"), ({"cursor": "?"}, "cursor")],
)
def test_wrong_parameters_are_named(reader: Program, query: dict[str, str], field: str) -> None:
    assert assert_problem(reader.get("/areas", **query), 400)["errors"][0]["field"] == field


def test_one_area_with_its_place(edge: Edge, reader: Program) -> None:
    body = reader.get(f"/areas/{GRID}").json
    area = edge.area(GRID)
    assert (body["name"], body["name_en"], body["kind"]) == (area.name, area.name_en, "grid")
    assert body["path"] == [DISTRICT, TOWN, GRID[:12], GRID]
    west, south, east, north = body["bbox"]
    lon, lat = body["center"]
    assert west < lon < east and south < lat < north
    assert body["landmarks"] and body["children"] == 0
    assert reader.get(f"/areas/{TOWN}").json["children"] == len(edge.reference().net.children(TOWN))
    assert_problem(reader.get("/areas/nowhere"), 404)
    assert_problem(reader.get(f"/areas/{GRID}", district="000000"), 404)


def test_the_catalogue_with_limits_and_questions(edge: Edge, reader: Program) -> None:
    body = reader.get("/categories").json
    reference = edge.reference()
    assert body["version"] == reference.catalogue_version
    assert codes(body["categories"]) == sorted({**reference.majors, **reference.catalogue})
    item = next(one for one in body["categories"] if one["code"] == "0101")
    assert (item["parent_code"], item["name"], item["name_en"]) == (
        "01",
        "暴露垃圾",
        "Exposed rubbish",
    )
    assert item["handle_limit"] == {"amount": 4.0, "unit": "wh"}
    assert item["after_photo"] is True and "垃圾" in item["keywords"]
    for one in body["categories"]:
        known = reference.catalogue.get(one["code"]) or reference.majors[one["code"]]
        assert [q["code"] for q in one["questions"]] == [q.code for q in known.questions]


@pytest.mark.parametrize("path", [f"{AREAS}?kind=town", f"{AREAS}/{GRID}", CATEGORIES])
def test_what_seldom_changes_may_be_kept_and_asked_about(edge: Edge, path: str) -> None:
    first = edge.visitor().get(path)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert {"Authorization", "X-Api-Key", "Cookie"} <= set(first.headers["Vary"].split(", "))
    asked = {"If-None-Match": first.headers["ETag"]}
    again = edge.visitor().get(path, headers=asked)
    assert (again.status_code, again.data) == (304, b"")
    assert edge.visitor().get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_borders_are_geojson_that_may_be_kept(edge: Edge) -> None:
    answer = edge.visitor().get(f"{AREAS}.geojson?parent={DISTRICT}")
    assert answer.mimetype == "application/geo+json"
    assert answer.headers["ETag"]
    assert len(borders(edge.visitor(), parent=DISTRICT)["features"]) == 4


def test_nothing_public_needs_a_key_and_no_other_site_may_read_it(edge: Edge) -> None:
    for path in (AREAS, f"{AREAS}/{GRID}", CATEGORIES, "/api/v1/openapi.json", "/api/docs"):
        answer = edge.visitor().get(path, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 200, path
        assert "Access-Control-Allow-Origin" not in answer.headers
