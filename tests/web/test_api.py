"""The machine door: reports come in, and what is wrong with one is named."""

import json
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.support import images
from tests.web.edge import GRID, SMALL, TEXT, Edge, file, picture
from tests.web.machine import REPORTS, assert_problem
from tests.web.open311 import count
from tests.web.reading import words_of


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
    body = assert_problem(edge.visitor().post(REPORTS, json={**form, **other}), 409)
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
    body = assert_problem(edge.visitor().post(REPORTS, json=edge.form(**wrong)), status)
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
    (error,) = assert_problem(answer, 400)["errors"]
    assert (error["field"], error["reason"]) == ("photos", reason)


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "7"])
def test_a_body_that_is_no_object_is_a_problem_not_a_fault(edge: Edge, body: str) -> None:
    answer = edge.visitor().post(REPORTS, data=body, content_type="application/json")
    assert_problem(answer, 400)


def test_odd_values_are_refused_and_odd_signs_taken_out(edge: Edge) -> None:
    odd: list[dict[str, Any]] = [{"lon": True}, {"lon": [112]}, {"lat": {"a": 1}}]
    odd += [{"lon": "1e400"}, {"lat": 1e9}, {"text": 12345}, {"split": "maybe"}, {"phone": None}]
    for values in odd:
        form = edge.form()
        assert_problem(edge.visitor().post(REPORTS, json={**form, **values}), 400)
    broken = json.dumps(edge.form(text="很脏\ud83d", place_words="\ud83d路\x00"))
    answer = edge.visitor().post(REPORTS, data=broken, content_type="application/json")
    assert answer.status_code == 201
    assert edge.told(answer.json["code"]).text == "很脏"
    assert edge.case(answer.json["code"]).place == "路"


def test_a_body_that_is_neither_json_nor_a_form_is_not_taken(edge: Edge) -> None:
    for kind in ("text/plain", "application/xml", "image/jpeg"):
        body = assert_problem(edge.visitor().post(REPORTS, data="x", content_type=kind), 415)
        assert body["code"] == "http_415"
    deep = edge.visitor().post(REPORTS, data="[" * 90_000, content_type="application/json")
    assert assert_problem(deep, 400)["errors"][0]["reason"] == "not_json"


def test_words_of_danger_come_back_with_the_number_to_call(edge: Edge) -> None:
    form = edge.form(text="隔壁着火了")
    body = assert_problem(edge.visitor().post(REPORTS, json=form), 400)
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


def test_unknown_addresses_and_methods_are_problems(edge: Edge) -> None:
    assert_problem(edge.visitor().get("/api/v1/nothing"), 404)
    assert_problem(edge.visitor().get("/api"), 404)
    answer = edge.visitor().delete(REPORTS)
    assert assert_problem(answer, 405)["code"] == "http_405"
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert TEXT not in words_of(edge.visitor().get("/api/v1/areas").text)
