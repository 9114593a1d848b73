"""Where staff publish: announcements, pictures and replies by a second person, rules."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.domain.roles import Actor, Grant, Role
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.publishing import Announcement, PublishingAct, Release
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge, picture
from tests.web.reading import fields_of, words_of

PUBLISH = "/admin/publish"
TAIHUA, TOWN, OTHER_TOWN = "440608004025", "440608004", "440608101"
NOTICE = {
    "area_code": TAIHUA,
    "title": "周三停水",
    "text": "周三 9:00–17:00 检修水管，请提前储水。",
    "title_en": "",
    "text_en": "",
    "first_on": "2026-01-01",
    "last_on": "",
}
CHECKS = ["face", "plate", "door", "names", "numbers"]
PHONE = "13812345678"


def supervisor_of(edge: Edge) -> Actor:
    """Return the sample's supervisor, for acts behind the pages."""
    with edge.rows() as session:
        name = edge.installation.login("supervisor")["username"]
        person = session.scalars(select(Person.id).where(Person.username == name)).one()
    grants = (Grant(Role.SUPERVISOR, area_code=DISTRICT),)
    return Actor(DISTRICT, Role.SUPERVISOR, person_id=person, grants=grants)


def send(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    token = token_in(client.get(PUBLISH).text)
    return client.post(path, data={"csrf_token": token, **form})


def office(edge: Edge, area: str) -> FlaskClient:
    """Return the browser of somebody who publishes for one area alone."""
    name = f"office{area}"
    if name not in edge.kept:
        with edge.writing() as session:
            person = Person(district_code=DISTRICT, username=name, name="公开员")
            session.add(person)
            session.flush()
            session.add(GrantRow(person_id=person.id, role="office", area_code=area))
    return edge.colleague(name)


def acts(edge: Edge) -> list[str]:
    with edge.rows() as session:
        return list(session.scalars(select(PublishingAct.act).order_by(PublishingAct.id)))


def shown(edge: Edge, code: str = TAIHUA, *, english: bool = False) -> str:
    return words_of(edge.visitor(english=english).get(f"/open/communities/{code}").text)


def test_an_announcement_is_shown_where_it_belongs_until_it_is_withdrawn(
    edge_on_both: Edge,
) -> None:
    edge = edge_on_both
    supervisor = edge.staff("supervisor")
    assert send(supervisor, PUBLISH, **NOTICE).status_code == 303
    everywhere = NOTICE | {"area_code": DISTRICT, "title": "全区大扫除", "title_en": "Clean-up"}
    assert send(supervisor, PUBLISH, **everywhere).status_code == 303
    page = shown(edge)
    assert "周三停水" in page and "请提前储水" in page and "全区大扫除" in page
    assert "周三停水" not in shown(edge, "440608004026")
    assert "Clean-up" in shown(edge, "440608004026", english=True)
    assert "全区大扫除" in words_of(edge.visitor().get("/open").text)
    with edge.rows() as session:
        found = session.scalars(select(Announcement).order_by(Announcement.id)).all()
    assert send(supervisor, f"{PUBLISH}/{found[0].id}/withdraw").status_code == 303
    assert "周三停水" not in shown(edge)
    assert acts(edge) == ["announce", "announce", "withdraw_announcement"]
    record = words_of(supervisor.get(f"{PUBLISH}/rules").text)
    assert "撤回了公告" in record and "周三停水" in record


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": " "}, "title", "请填写标题"),
        ({"text": ""}, "text", "写"),
        ({"text": "长" * 4001}, "text", "4001"),
        ({"area_code": ""}, "area_code", "请选择发给哪里"),
        ({"first_on": "soon"}, "first_on", "2026-11-22"),
        ({"last_on": "2025-12-31"}, "last_on", "不能早于"),
    ],
)
def test_a_wrong_announcement_comes_back_with_all_that_was_typed(
    edge: Edge, change: dict[str, str], field: str, words: str
) -> None:
    answer = send(edge.staff("supervisor"), PUBLISH, **(NOTICE | change))
    assert answer.status_code == 400
    assert words in words_of(answer.text)
    kept = fields_of(answer.text)
    for name in set(NOTICE) - {field, "area_code"}:
        assert kept[name] == [NOTICE[name]], name


def test_who_has_one_town_publishes_for_that_town(edge: Edge) -> None:
    other = office(edge, OTHER_TOWN)
    assert send(other, PUBLISH, **NOTICE).status_code == 403
    assert send(other, f"{PUBLISH}/rules", k="5", cell_m="200").status_code == 403
    assert send(other, f"{PUBLISH}/months/2026-10/withdraw").status_code == 403
    assert TAIHUA not in other.get(PUBLISH).text
    assert send(office(edge, TOWN), PUBLISH, **NOTICE).status_code == 303
    code = edge.closed()
    case_id = edge.case(code).id
    assert other.get(f"{PUBLISH}/cases/{case_id}").status_code == 404
    form = {"with_reply": "1", "reply": "已清走", "checks": CHECKS}
    assert send(other, f"{PUBLISH}/cases/{case_id}", **form).status_code == 404
    assert send(other, f"{PUBLISH}/{uuid4()}/withdraw").status_code == 404


def real(edge: Edge) -> None:
    """Make the sample a real district: its pictures are no drawings any more."""
    with edge.writing() as session:
        session.get_one(District, DISTRICT).sample = False


def closed(edge: Edge) -> tuple[UUID, list[UUID]]:
    code = edge.closed(photos=[picture()])
    return edge.case(code).id, [photo.id for photo in edge.photos(code)]


def test_a_picture_and_a_reply_are_let_out_and_taken_back(edge_on_both: Edge) -> None:
    edge = edge_on_both
    real(edge)
    case_id, ids = closed(edge)
    supervisor, address = edge.staff("supervisor"), f"{PUBLISH}/cases/{case_id}"
    assert "还没有公开的内容" in shown(edge)
    assert str(ids[0]) not in edge.visitor().get("/").text
    listed = supervisor.get(f"{PUBLISH}/cases").text
    assert address in listed
    form = {"photos": [str(one) for one in ids], "with_reply": "1", "reply": "垃圾已清走。"}
    assert send(supervisor, address, **form, checks=CHECKS).status_code == 303
    page = edge.visitor().get(f"/open/communities/{TAIHUA}").text
    assert "垃圾已清走。" in page and all(f"/open/pictures/{one}.jpg" in page for one in ids)
    assert f"/recent/{ids[0]}.jpg" in edge.visitor().get("/").text
    answer = edge.visitor().get(f"/open/pictures/{ids[0]}.jpg")
    assert answer.status_code == 200 and "immutable" not in answer.headers["Cache-Control"]
    with edge.rows() as session:
        found = session.scalars(select(Release).where(Release.photo_id == ids[0])).one()
    assert found.checks == sorted(CHECKS)
    assert send(supervisor, f"{PUBLISH}/releases/{found.id}/withdraw").status_code == 303
    for path in (f"/open/pictures/{ids[0]}.jpg", f"/recent/{ids[0]}.jpg"):
        assert edge.visitor().get(path).status_code == 404
    assert edge.visitor().get(f"/open/pictures/{ids[1]}.jpg").status_code == 200
    # It can be let out again, and the record has each step.
    again = {"photos": [str(ids[0])], "reply": "", "checks": CHECKS}
    assert send(supervisor, address, **again).status_code == 303
    assert edge.visitor().get(f"/open/pictures/{ids[0]}.jpg").status_code == 200
    assert acts(edge) == ["release", "withdraw_release", "release"]


def test_what_was_let_out_ends_when_the_case_is_reopened(edge: Edge) -> None:
    case_id, ids = closed(edge)
    form = {"photos": [str(one) for one in ids], "checks": CHECKS}
    assert send(edge.staff("supervisor"), f"{PUBLISH}/cases/{case_id}", **form).status_code == 303
    with edge.writing() as session:
        session.get_one(District, DISTRICT).sample = False
    assert edge.visitor().get(f"/open/pictures/{ids[0]}.jpg").status_code == 200
    with edge.writing() as session:
        case = session.get_one(Case, case_id)
        before, case.closed_at = case.closed_at, datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    assert edge.visitor().get(f"/open/pictures/{ids[0]}.jpg").status_code == 404
    with edge.writing() as session:
        session.get_one(Case, case_id).closed_at = before
        session.get_one(Case, case_id).confidential = True
    assert edge.visitor().get(f"/open/pictures/{ids[0]}.jpg").status_code == 404
    with edge.writing() as session:
        session.get_one(Case, case_id).confidential = False
        session.get_one(District, DISTRICT).sample = True


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"photos": [], "checks": CHECKS}, "请选择照片或答复"),
        ({"with_reply": "1", "reply": "已清走", "checks": ["names"]}, "逐项查看并勾选"),
        ({"with_reply": "1", "reply": f"请找老张 {PHONE}", "checks": CHECKS}, PHONE),
        ({"with_reply": "1", "reply": "长" * 1001, "checks": CHECKS}, "1001"),
    ],
)
def test_what_is_not_looked_at_stays_in(edge: Edge, form: dict[str, Any], words: str) -> None:
    case_id, ids = closed(edge)
    answer = send(edge.staff("supervisor"), f"{PUBLISH}/cases/{case_id}", **form)
    assert answer.status_code == 400 and words in words_of(answer.text)
    if "reply" in form:
        assert fields_of(answer.text)["reply"] == [form["reply"]], "nothing that was typed is lost"
    unticked = {"photos": [str(ids[0])], "checks": ["face", "plate"]}
    refused = send(edge.staff("supervisor"), f"{PUBLISH}/cases/{case_id}", **unticked)
    assert refused.status_code == 400
    with edge.rows() as session:
        assert session.scalars(select(Release).where(Release.case_id == case_id)).all() == []


def test_a_reply_is_offered_with_what_is_personal_hidden(edge: Edge) -> None:
    code = edge.report(photos=[picture()])
    case_id = edge.case(code).id
    edge.done(edge.staff("worker"), case_id, "sign")
    said = {"text": f"已电话告知 {PHONE}", "photo": picture(2)}
    assert edge.act(edge.staff("worker"), case_id, "resolve", **said).status_code == 303
    edge.done(edge.staff("deputy"), case_id, "check_pass")
    page = edge.staff("supervisor").get(f"{PUBLISH}/cases/{case_id}").text
    assert PHONE not in fields_of(page)["reply"][0] and "138****5678" in page


def test_whoever_had_the_case_does_not_let_it_out(edge: Edge) -> None:
    case_id, ids = closed(edge)
    name = edge.installation.login("worker")["username"]
    with edge.writing() as session:
        worker = session.scalars(select(Person).where(Person.username == name)).one()
        session.add(GrantRow(person_id=worker.id, role="office", area_code=DISTRICT))
    client, address = edge.staff("worker"), f"{PUBLISH}/cases/{case_id}"
    assert "您经办过" in words_of(client.get(address).text)
    answer = send(client, address, photos=[str(ids[0])], checks=CHECKS)
    assert answer.status_code == 403 and "您经办过" in words_of(answer.text)


def test_a_picture_of_another_case_is_not_let_out(edge: Edge) -> None:
    case_id, _ids = closed(edge)
    _other, theirs = closed(edge)
    form = {"photos": [str(theirs[0])], "checks": CHECKS}
    for photos in (form, form | {"photos": ["x"]}):
        answer = send(edge.staff("supervisor"), f"{PUBLISH}/cases/{case_id}", **photos)
        assert answer.status_code == 404


def test_a_case_that_is_not_public_is_not_offered(edge: Edge) -> None:
    code = edge.report()
    open_case = edge.case(code).id
    client = edge.staff("supervisor")
    assert client.get(f"{PUBLISH}/cases/{open_case}").status_code == 404
    form = {"with_reply": "1", "reply": "已清走", "checks": CHECKS}
    assert send(client, f"{PUBLISH}/cases/{open_case}", **form).status_code == 403


def test_the_rules_of_the_district_are_kept_and_checked(edge: Edge) -> None:
    client, path = edge.staff("supervisor"), f"{PUBLISH}/rules"
    rules = {"data": "1", "points": "1", "k": "7", "cell_m": "500", "contact": "0757-88889999"}
    rules |= {"licence": "政府数据开放许可", "licence_url": "https://example.org/l"}
    assert send(client, path, **rules).status_code == 303
    kept = fields_of(client.get(path).text)
    assert (kept["k"], kept["contact"]) == (["7"], ["0757-88889999"])
    assert kept["data"] == ["1"] and "rates" not in kept
    assert "0757-88889999" in shown(edge)
    licence = edge.visitor().get("/open/data/dictionary.json").get_json()["licence"]
    assert licence == {"name": "政府数据开放许可", "url": "https://example.org/l"}
    wrong = {"k": "2", "cell_m": "20", "licence_url": "javascript:1"}
    for name, value in wrong.items():
        answer = send(client, path, **(rules | {name: value}))
        assert answer.status_code == 400 and "0757-88889999" in answer.text, name
    assert send(client, f"{PUBLISH}/months/2026-99/withdraw").status_code == 404
    assert send(client, f"{PUBLISH}/months/2020-01/withdraw").status_code == 404
