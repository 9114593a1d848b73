"""Reports by programs: the key's district and mark, numbers from elsewhere, and back again."""

import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from gridgov.gateways.vault import Vault
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Reporter
from tests.web.edge import GRID, Edge, picture
from tests.web.machine import OTHER, Program, assert_problem, other_district, program, there


@pytest.fixture(scope="module")
def hotline(edge: Edge) -> Program:
    """The program of the hotline."""
    return program(edge, ["reports:write", "reports:read"], channel="12345")


def test_a_program_s_report_carries_key_mark_and_number(edge: Edge, hotline: Program) -> None:
    answer = hotline.post("/reports", json=edge.form(external_id="GD-2026-000017"))
    assert answer.status_code == 201
    body = answer.json
    report = edge.told(body["code"])
    assert (report.channel, report.api_key_id) == ("12345", hotline.key_id)
    assert report.external_id == "GD-2026-000017"
    assert answer.headers["Location"] == f"/api/v1/reports/{body['report_id']}"
    case = edge.case(body["code"])
    assert (case.grid_code, case.state) == (GRID, "dispatched")
    with edge.rows() as session:
        line = session.get_one(CaseEntry, (case.id, 1))
    assert (line.by_role, line.by_person_id) == ("program", None)


def test_it_comes_back_as_it_was_sent(edge: Edge, hotline: Program) -> None:
    form = edge.form(text="路面 有坑\n很深", place_words="桥头 东侧", external_id="A-1")
    sent = hotline.post("/reports", json=form).json
    body = hotline.get(f"/reports/{sent['report_id']}").json
    assert (body["text"], body["place_words"]) == ("路面 有坑\n很深", "桥头 东侧")
    assert body["sent_position"] == {
        "lon": float(form["lon"]),
        "lat": float(form["lat"]),
        "datum": "wgs84",
        "source": "browser",
        "accuracy_m": 8.0,
    }
    assert body["position"]["lon"] == pytest.approx(float(form["lon"]))
    assert body["case"] == {
        "number": sent["case_number"],
        "public_state": "accepted",
        "goes_on_with": None,
    }
    assert (body["receipt_code"], body["channel"]) == (sent["code"], "12345")
    assert (body["external_id"], body["category"], body["photos"]) == ("A-1", "0101", 0)


def test_contact_is_sealed_and_never_comes_back(edge: Edge, hotline: Program) -> None:
    contact = {"phone": "0757-88880000", "email": "a@b.cn", "reporter_name": "黄先生"}
    sent = hotline.report(**contact)
    report = edge.told(sent["code"])
    with edge.rows() as session:
        kept = session.get_one(Reporter, report.reporter_id)
    vault: Vault = edge.app.extensions["gridgov"].vault
    for name, sealed in (
        ("phone", kept.phone_sealed),
        ("email", kept.email_sealed),
        ("name", kept.name_sealed),
    ):
        told = contact["reporter_name" if name == "name" else name]
        assert sealed is not None and told.encode() not in sealed
        assert vault.open(sealed, context=f"reporter.{name}:{kept.id}") == told
    back = hotline.get(f"/reports/{sent['report_id']}").text
    assert not [told for told in contact.values() if told in back]


def test_a_place_in_words_is_enough_for_a_program(edge: Edge, hotline: Program) -> None:
    words = {"lon": None, "lat": None, "datum": None, "place_words": "不知道在哪里的一条巷"}
    refused = hotline.post("/reports", json=edge.form(**words))
    assert assert_problem(refused, 400)["errors"][0]["field"] == "position"
    sent = hotline.report(**words, by_words=True)
    case = edge.case(sent["code"])
    assert (case.lon, case.grid_code) == (None, None)
    assert hotline.get(f"/reports/{sent['report_id']}").json["sent_position"] is None


def test_lists_come_in_pages_newest_first_and_by_number(edge: Edge) -> None:
    own = program(edge)
    sent = [own.report(external_id=f"N-{at}")["report_id"] for at in range(5)]
    found = [one["id"] for one in own.every("/reports", "reports", limit=2)]
    assert found == sent[::-1]
    (one,) = own.every("/reports", "reports", external_id="N-3")
    assert one["id"] == sent[3]
    assert not list(own.every("/reports", "reports", external_id="N"))
    first = own.get("/reports", limit=3).json
    own.report()
    rest = own.every("/reports", "reports", cursor=first["next"])
    assert [one["id"] for one in first["reports"]] + [one["id"] for one in rest] == found
    for cursor in ("x", "A" * 21, "A" * 21 + "B"):
        assert_problem(own.get("/reports", cursor=cursor), 400)


def test_only_the_key_that_sent_it_reads_it(edge: Edge, hotline: Program) -> None:
    sent = hotline.report()
    stranger = program(edge)
    assert_problem(stranger.get(f"/reports/{sent['report_id']}"), 404)
    assert not list(stranger.every("/reports", "reports"))
    for name in (str(uuid4()), "x", "0"):
        assert_problem(hotline.get(f"/reports/{name}"), 404)
    supervisor = edge.staff("supervisor")
    assert_problem(supervisor.get("/api/v1/reports"), 403)
    snapped = edge.report()
    assert_problem(hotline.get(f"/reports/{edge.told(snapped).id}"), 404)


def test_sending_twice_is_one_report_and_another_body_a_conflict(
    edge: Edge, hotline: Program
) -> None:
    form = edge.form(external_id="T-1", place_words="东门")
    key = {"Idempotency-Key": uuid4().hex}
    headers = hotline.headers() | key
    first = edge.visitor().post("/api/v1/reports", json=form, headers=headers)
    again = edge.visitor().post("/api/v1/reports", json=form, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json["code"], again.json["repeated"]) == (first.json["code"], True)
    for other in ({"external_id": "T-2"}, {"text": "别的"}, {"lat": "22.9"}, {"place_words": ""}):
        answer = edge.visitor().post("/api/v1/reports", json={**form, **other}, headers=headers)
        assert assert_problem(answer, 409)["code"] == "idempotency_conflict", other
    as_form = edge.visitor().post("/api/v1/reports", data={**form, "text": "x"}, headers=headers)
    assert_problem(as_form, 409)


def test_photos_of_a_program_are_compared_too(edge: Edge, hotline: Program) -> None:
    form = edge.form()

    def send(*seeds: int) -> Any:
        photos = {"photos": [picture(seed) for seed in seeds]}
        return hotline.post("/reports", data={**form, **photos})

    first = send(1)
    assert first.status_code == 201
    assert send(1).json["code"] == first.json["code"]
    assert_problem(send(2), 409)
    assert_problem(send(), 409)


def test_answers_to_the_questions_of_a_class_are_kept_and_checked(
    edge: Edge, hotline: Program
) -> None:
    catalogue = edge.reference().catalogue.values()
    asked = next((one, q) for one in catalogue for q in one.questions if q.values)
    category, question = asked
    key = question.values[0].key
    listed = hotline.get("/categories").json["categories"]
    told = next(one for one in listed if one["code"] == category.code)["questions"]
    assert question.code in {one["code"] for one in told}
    good = {"category": category.code, "emergency_ack": True}
    sent = hotline.report(**good, answers={question.code: key, "unasked": "x"})
    back = hotline.get(f"/reports/{sent['report_id']}").json["answers"]
    assert back in ({question.code: key}, {question.code: [key]})
    bad = edge.form(**good, answers={question.code: "nonsense"})
    (error,) = assert_problem(hotline.post("/reports", json=bad), 400)["errors"]
    assert (error["field"], error["reason"]) == (f"answers.{question.code}", "unknown")
    form = edge.form(**good, answers=json.dumps({question.code: key}))
    assert hotline.post("/reports", data=form).status_code == 201
    broken = hotline.post("/reports", data={**edge.form(**good), "answers": "{"})
    assert assert_problem(broken, 400)["errors"][0]["field"] == "answers"


def test_a_report_joins_an_open_case_by_its_number(edge: Edge, hotline: Program) -> None:
    first = hotline.report()
    second = hotline.report(join_case=first["case_number"])
    assert (second["joined"], second["case_number"]) == (True, first["case_number"])
    assert edge.case(first["code"]).report_count == 2
    assert hotline.get(f"/reports/{second['report_id']}").json["joined"] is True


def test_several_problems_become_a_report_each(edge: Edge, hotline: Program) -> None:
    text = "1. 路灯不亮，晚上很黑。2. 垃圾堆了几天没人清。"
    sent = hotline.report(text=text, split=True)
    assert len(sent["receipts"]) == 2
    assert sent["receipts"][0]["report_id"] == sent["report_id"]
    assert len({one["case_number"] for one in sent["receipts"]}) == 2


def test_danger_comes_first_for_programs_too(edge: Edge, hotline: Program) -> None:
    form = edge.form(text="隔壁着火了")
    body = assert_problem(hotline.post("/reports", json=form), 400)
    assert (body["code"], body["emergency"]["number"]) == ("emergency_first", "119")
    assert hotline.post("/reports", json={**form, "emergency_ack": True}).status_code == 201


def test_a_good_key_without_the_scope_sends_nothing(edge: Edge) -> None:
    reader = program(edge, ["board:read"])
    assert assert_problem(reader.post("/reports", json=edge.form()), 403)["code"] == "scope_missing"
    headers = {"X-Api-Key": "gg_nobody"}
    answer = edge.visitor().post("/api/v1/reports", json=edge.form(), headers=headers)
    assert assert_problem(answer, 401)["code"] == "key_refused", "a wrong key is not a resident"


def test_the_key_decides_the_district(edge: Edge, hotline: Program) -> None:
    other_district(edge)
    harbor = program(edge, district=OTHER)
    sent = harbor.post("/reports", json=there())
    assert sent.status_code == 201, sent.text
    assert edge.case(sent.json["code"]).district_code == OTHER
    assert_problem(harbor.post("/reports", json=edge.form()), 422)
    assert_problem(hotline.post("/reports", json=there()), 422)
    token = uuid4().hex
    both = [
        harbor.post("/reports", json=there(client_token=token)).json["code"],
        hotline.post("/reports", json=edge.form(client_token=token)).json["code"],
    ]
    assert both[0] != both[1], "each district has tokens of its own"


def test_a_report_of_a_program_is_marked_on_the_desk(edge: Edge, hotline: Program) -> None:
    sent = hotline.report(place_words="看得见的记号")
    with edge.rows() as session:
        query = select(CaseEntry).where(CaseEntry.case_id == edge.case(sent["code"]).id)
        assert session.scalars(query.order_by(CaseEntry.seq)).first().by_role == "program"  # type: ignore[union-attr]
    page = edge.staff("supervisor").get(f"/work/cases/{edge.case(sent['code']).id}").text
    assert "程序" in page
