"""The machine door: reports in, where a point belongs, names, borders, the board's figures."""

import json
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gridgov.domain.datum import Datum, LonLat, from_wgs84
from gridgov.services import board as boards
from gridgov.storage.access import ApiKey, hash_key
from gridgov.storage.reports import Report
from tests.support import images
from tests.web.edge import DISTRICT, GRID, SMALL, TEXT, TOWN, Edge, file, picture
from tests.web.reading import links_of, words_of

REPORTS, LOCATE, BOARD = "/api/v1/reports", "/api/v1/locate", "/api/v1/board"
ANSWER = {
    "area",
    "from",
    "to",
    "received",
    "closed",
    "open",
    "overdue",
    "closure_rate",
    "numerator",
    "denominator",
    "definition",
    "cursor",
}


def count(edge: Edge) -> int:
    with edge.rows() as session:
        return session.scalar(select(func.count()).select_from(Report)) or 0


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Return a problem document after looking at its frame."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert body["type"] == f"urn:gridgov:{body['code']}"
    assert body["title"] and body["detail"]
    for error in body["errors"]:
        assert set(error) == {"field", "reason", "message"}
    return body


# Reports in -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_a_report_comes_in_once_in_each_form(edge: Edge, kind: str) -> None:
    form = edge.form()
    photos = {"photos": [picture(1), picture(2)]} if kind == "multipart" else {}

    def send() -> TestResponse:
        if kind == "json":
            exact = {"lon": float(form["lon"]), "lat": float(form["lat"]), "accuracy_m": 8}
            return edge.visitor().post(REPORTS, json={**form, **exact})
        return edge.visitor().post(REPORTS, data={**form, **photos})

    before = count(edge)
    first = send()
    assert first.status_code == 201
    body = first.json
    case = edge.case(body["receipt_code"])
    assert (case.grid_code, case.number) == (GRID, body["case_number"])
    assert (body["repeated"], body["code"]) == (False, body["receipt_code"])
    assert body["receipt_url"] == f"/r/{body['code']}?sent=1"
    assert edge.visitor().get(body["receipt_url"]).status_code == 200
    assert body["title"].startswith("暴露垃圾")
    assert len(edge.photos(body["code"])) == (2 if photos else 0)
    photos = {"photos": [picture(1), picture(2)]} if photos else {}
    again = send()
    assert (again.status_code, again.json["repeated"]) == (200, True)
    assert again.json["code"] == body["code"]
    assert count(edge) == before + 1


def test_the_idempotency_key_of_the_header_counts_as_the_token(edge: Edge) -> None:
    key, form = uuid4().hex, edge.form()
    headers = {"Idempotency-Key": key}
    first = edge.visitor().post(REPORTS, json=form, headers=headers)
    again = edge.visitor().post(REPORTS, json={**form, "client_token": None}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["code"] == first.json["code"], "the header alone is enough"
    assert edge.told(first.json["code"]).client_token == key


@pytest.mark.parametrize(
    "other",
    [{"text": "另一段话"}, {"category": "0102"}, {"lon": "112.8"}, {"place_words": "桥头"}],
    ids=lambda other: next(iter(other)),
)
def test_a_token_with_other_content_is_a_conflict_for_programs(
    edge: Edge, other: dict[str, str]
) -> None:
    form = edge.form()
    first = edge.visitor().post(REPORTS, json=form)
    before = count(edge)
    body = problem(edge.visitor().post(REPORTS, json={**form, **other}), 409)
    assert body["code"] == "idempotency_conflict"
    assert count(edge) == before
    assert edge.visitor().post(REPORTS, json=form).json["code"] == first.json["code"]


def test_a_form_with_an_old_token_gets_the_first_receipt_again(edge: Edge) -> None:
    """The page's queue must not be stuck with a report that arrived although nobody heard."""
    form = edge.form()
    first = edge.visitor().post(REPORTS, data=form)
    again = edge.visitor().post(REPORTS, data={**form, "text": "另一段话"})
    assert (again.status_code, again.json["code"]) == (200, first.json["code"])


FIELDS = [
    ({"lon": None, "lat": None}, "position", "missing", 400),
    ({"lon": "113.26", "lat": "23.13"}, "position", "outside", 422),
    ({"accuracy_m": "3000"}, "position", "too_vague", 400),
    ({"lat": "north"}, "position", "not_a_number", 400),
    ({"datum": "wgs99"}, "position", "unknown", 400),
    ({"datum": None}, "position", "missing", 400),
    ({"accuracy_m": "far"}, "position", "not_a_number", 400),
    ({"category": "4711"}, "category", "unknown", 400),
    ({"category": None}, "category", "missing", 400),
    ({"text": ""}, "text", "nothing_told", 400),
    ({"text": "长" * 10_000}, "text", "too_long", 400),
    ({"phone": "123"}, "phone", "wrong_length", 400),
    ({"client_token": "short"}, "client_token", "wrong_length", 400),
    ({"client_token": "t" * 101}, "client_token", "wrong_length", 400),
    ({"place_words": "路" * 201}, "place_words", "too_long", 400),
    ({"text": ["a"]}, "text", "not_a_text", 400),
    ({"by_words": "true"}, "by_words", "needs_key", 400),
    ({"external_id": "7"}, "external_id", "needs_key", 400),
    ({"email": "a@b.cn"}, "email", "needs_key", 400),
    ({"reporter_name": "某"}, "reporter_name", "needs_key", 400),
    ({"join_case": "440608-990101-00001"}, "join", "unknown", 400),
    ({"client_token": None}, "client_token", "wrong_length", 400),
    ({"near_choice": "440608108001001"}, "near_choice", "not_a_candidate", 400),
    ({"area_code": "1", "lon": None, "lat": None}, "area_code", "unknown", 400),
]


@pytest.mark.parametrize(("wrong", "name", "reason", "status"), FIELDS)
def test_what_is_wrong_is_named_by_field_reason_and_sentence(
    edge: Edge, wrong: dict[str, Any], name: str, reason: str, status: int
) -> None:
    before = count(edge)
    body = problem(edge.visitor().post(REPORTS, json=edge.form(**wrong)), status)
    (error,) = body["errors"]
    assert (error["field"], error["reason"]) == (name, reason)
    assert error["message"].endswith("。")
    assert count(edge) == before
    english = edge.visitor(english=True).post(REPORTS, json=edge.form(**wrong)).json
    assert english["errors"][0]["message"].isascii()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (images.PRETENDERS["Linux executable"], "not_an_image"),
        (images.truncated_jpeg(), "damaged"),
        (b"", "empty"),
    ],
)
def test_a_bad_photo_is_named_under_photos(edge: Edge, content: bytes, reason: str) -> None:
    answer = edge.visitor().post(REPORTS, data=edge.form(photos=[file(content, "a.jpg")]))
    (error,) = problem(answer, 400)["errors"]
    assert (error["field"], error["reason"]) == ("photos", reason)


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "7"])
def test_a_body_that_is_no_object_is_a_problem_not_a_fault(edge: Edge, body: str) -> None:
    answer = edge.visitor().post(REPORTS, data=body, content_type="application/json")
    problem(answer, 400)


def test_odd_values_are_refused_and_odd_signs_taken_out(edge: Edge) -> None:
    odd: list[dict[str, Any]] = [{"lon": True}, {"lon": [112]}, {"lat": {"a": 1}}]
    odd += [{"lon": "1e400"}, {"lat": 1e9}, {"text": 12345}, {"split": "maybe"}, {"phone": None}]
    for values in odd:
        form = edge.form()
        problem(edge.visitor().post(REPORTS, json={**form, **values}), 400)
    broken = json.dumps(edge.form(text="很脏\ud83d", place_words="\ud83d路\x00"))
    answer = edge.visitor().post(REPORTS, data=broken, content_type="application/json")
    assert answer.status_code == 201
    assert edge.told(answer.json["code"]).text == "很脏"
    assert edge.case(answer.json["code"]).place == "路"


def test_a_body_that_is_neither_json_nor_a_form_is_not_taken(edge: Edge) -> None:
    for kind in ("text/plain", "application/xml", "image/jpeg"):
        body = problem(edge.visitor().post(REPORTS, data="x", content_type=kind), 415)
        assert body["code"] == "http_415"
    deep = edge.visitor().post(REPORTS, data="[" * 90_000, content_type="application/json")
    assert problem(deep, 400)["errors"][0]["reason"] == "not_json"


def test_words_of_danger_come_back_with_the_number_to_call(edge: Edge) -> None:
    form = edge.form(text="隔壁着火了")
    body = problem(edge.visitor().post(REPORTS, json=form), 400)
    assert body["type"] == "urn:gridgov:emergency_first"
    assert body["emergency"] == {"number": "119", "words": "着火"}
    assert body["errors"][0]["field"] == "emergency"
    sent = edge.visitor().post(REPORTS, json={**form, "emergency_ack": "1"})
    assert sent.status_code == 201


def test_a_kept_photo_can_be_named_by_a_program_too(edge: Edge) -> None:
    mark = edge.reference().landmarks[GRID][0]
    raw = images.jpeg_with_gps(float(mark["lon"]), float(mark["lat"]), SMALL)
    form = {**edge.form(lon=None, lat=None), "photos": [file(raw, "a.jpg")]}
    sent = edge.visitor().post(REPORTS, data=form)
    assert sent.status_code == 201
    assert edge.told(sent.json["code"]).position_source == "exif"


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
    body = problem(locate(edge, english, **query), status)
    assert body["errors"][0]["reason"] == reason
    assert body["errors"][0]["message"].isascii() is english


def test_outside_the_district_says_whom_to_call(edge: Edge) -> None:
    for english in (False, True):
        body = problem(locate(edge, english, lon="113.2644", lat="23.1291", datum="wgs84"), 422)
        assert (body["state"], "12345" in body["title"]) == ("outside", True)
        assert body["title"].isascii() is english
    problem(locate(edge, lon="112.89", lat="22.9", datum="wgs84", district="000000"), 404)


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


def borders(browser: FlaskClient, **query: str) -> dict[str, Any]:
    answer = browser.get("/api/v1/areas.geojson", query_string=query)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json
    assert (body["type"], body["synthetic"], body["version"]) == ("FeatureCollection", True, 1)
    return body


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
    assert problem(answer, 400)["errors"][0]["field"] == "near"


def test_borders_of_an_unknown_area_are_empty_or_not_found(edge: Edge) -> None:
    answer = edge.visitor().get("/api/v1/areas.geojson", query_string={"parent": "999"})
    assert answer.status_code == 404 or answer.json["features"] == []


# The board's figures -------------------------------------------------------------------


def figures(edge: Edge, key: str | None = None, **query: str) -> TestResponse:
    key = edge.installation.access()["api_key"] if key is None else key
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return edge.visitor().get(BOARD, query_string=query, headers=headers)


def test_the_figures_are_those_of_the_page_and_of_the_lists(edge_on_both: Edge) -> None:
    edge = edge_on_both
    edge.closed()
    edge.fold()
    for area in (DISTRICT, TOWN, GRID):
        body = figures(edge, area=area).json
        assert set(body) == ANSWER
        assert body["area"] == area
        assert body["denominator"] == body["received"] == body["closed"] + body["open"]
        assert body["numerator"] == body["closed"]
        assert body["closure_rate"] == pytest.approx(body["closed"] / body["received"])
        assert 0 <= body["overdue"] <= body["open"]
        assert body["cursor"] > 0 and len(body["definition"]) > 20
        supervisor = edge.staff("supervisor")
        page = links_of(supervisor.get("/board", query_string={"area": area}).text)
        for figure in boards.Figure:
            days = {"area": area, "from": body["from"], "to": body["to"]}
            shown = supervisor.get("/board/cases", query_string={**days, "figure": figure})
            rows = {at for at, _ in links_of(shown.text) if at.startswith("/work/cases/")}
            assert len(rows) == body[figure], figure
            said = {
                int(words.split("，")[0].replace(",", ""))
                for at, words in page
                if f"area={area}&" in at and at.startswith("/board/cases?") and figure in at
            }
            assert said == {body[figure]}, figure


def test_an_empty_period_has_no_rate(edge: Edge) -> None:
    body = figures(edge, **{"from": "2019-01-01", "to": "2019-01-31"}).json
    assert (body["closure_rate"], body["numerator"], body["denominator"]) == (None, 0, 0)
    assert (body["from"], body["to"]) == ("2019-01-01", "2019-01-31")
    assert [body[name] for name in ("received", "closed", "open", "overdue")] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "days",
    [
        {"from": "yesterday"},
        {"to": "2026-02-30"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "20261101T00"},
        {"from": "20261101"},
    ],
)
def test_bad_days_are_named(edge: Edge, days: dict[str, str]) -> None:
    (error,) = problem(figures(edge, **days), 400)["errors"]
    assert error["field"] in days
    assert error["reason"] in {"not_a_day", "before_first"}
    assert error["reason"] == "before_first" or "2026-11-22" in error["message"]


def test_only_a_key_with_the_right_scope_opens_the_board(edge: Edge) -> None:
    for key in ("", "gg_wrong", "' OR 1=1 --"):
        body = problem(figures(edge, key=key), 401)
        assert body["type"] == "urn:gridgov:key_refused"
    key = edge.installation.access()["api_key"]
    assert edge.visitor().get(BOARD, headers={"X-Api-Key": key}).status_code == 200
    assert edge.visitor().get(BOARD, query_string={"api_key": key}).status_code == 401
    basic = {"Authorization": f"Basic {key}"}
    assert edge.visitor().get(BOARD, headers=basic).status_code == 401
    scopes = _change_key(edge, key, ["reports:write"])
    try:
        answer = figures(edge)
        assert problem(answer, 403)["code"] == "scope_missing"
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    finally:
        _change_key(edge, key, scopes)
    assert figures(edge).status_code == 200


def _change_key(edge: Edge, key: str, scopes: list[str]) -> list[str]:
    with edge.writing() as session:
        row = session.scalars(select(ApiKey).where(ApiKey.key_hash == hash_key(key))).one()
        before, row.scopes = row.scopes, scopes
    return before


def test_an_area_that_is_not_the_callers_is_refused(edge: Edge) -> None:
    problem(figures(edge, area="440607"), 404)
    problem(figures(edge, area="nowhere"), 404)
    town = edge.staff("town_dispatcher")
    assert town.get(BOARD, query_string={"area": TOWN}).status_code == 200
    assert town.get(BOARD, query_string={"area": GRID}).status_code == 200
    for foreign in (DISTRICT, "440608106"):
        problem(town.get(BOARD, query_string={"area": foreign}), 403)
    problem(edge.staff("worker").get(BOARD), 403)


def test_a_key_opens_nothing_but_the_board(edge: Edge) -> None:
    key = {"Authorization": f"Bearer {edge.installation.access()['api_key']}"}
    for path in ("/board", "/work", "/desk", "/admin"):
        assert edge.visitor().get(path, headers=key).status_code == 302, path
    case_id = edge.case(edge.report()).id
    assert edge.visitor().get(f"/work/cases/{case_id}", headers=key).status_code == 302


def test_unknown_addresses_and_methods_are_problems(edge: Edge) -> None:
    problem(edge.visitor().get("/api/v1/nothing"), 404)
    problem(edge.visitor().get("/api"), 404)
    answer = edge.visitor().delete(REPORTS)
    assert problem(answer, 405)["code"] == "http_405"
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert TEXT not in words_of(edge.visitor().get("/api/v1/areas").text)
