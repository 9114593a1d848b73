"""The pages for everybody: figures and files without anything about a person."""

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.publishing import Rules
from gridgov.domain.workflow import INVALID_STATES
from gridgov.jobs.editions import publish_district
from gridgov.services import publishing
from gridgov.services import reference as references
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.people import Person
from gridgov.storage.publishing import PublishingRules
from gridgov.web.instance import utc_now
from tests.support.many_closed import SECRET, Told, make
from tests.web.edge import DISTRICT, Edge, picture
from tests.web.reading import links_of, words_of
from tests.web.test_publish import supervisor_of

NOW = datetime(2026, 11, 9, 4, 0, tzinfo=UTC)
TAIHUA, OTHER, FAR = "440608004025", "440608004026", "440608004202"
PLAN = {(TAIHUA, "0101"): 9, (TAIHUA, "0202"): 7, (OTHER, "0101"): 6, (FAR, "0101"): 2}
FILES = ("cells", "cases", "received")


def a_closed_case(session: Session) -> Case:
    query = select(Case).where(Case.state == "closed", ~Case.confidential)
    return session.scalars(query.order_by(Case.number).limit(1)).one()


def prepared(edge: Edge) -> list[Told]:
    """Fill October with closed cases full of secrets, and publish it."""
    with edge.writing() as session:
        made = make(session, a_closed_case(session), PLAN)
    with edge.app.app_context():
        assert publish_district(DISTRICT, now=NOW) == 1
        assert publish_district(DISTRICT, now=NOW) == 0
    return made


def table(edge: Edge, name: str, **query: str) -> list[dict[str, str]]:
    answer = edge.visitor().get(f"/open/data/{name}.csv", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def crawled(edge: Edge) -> dict[str, str]:
    """Return address → answer of everything that is open, by following the links."""
    visitor, waiting = edge.visitor(), ["/", "/open", "/open/data/dictionary.json"]
    waiting += [f"/open/data/{name}.{kind}" for name in FILES for kind in ("csv", "json")]
    seen: dict[str, str] = {}
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        seen[address] = answer.get_data(as_text=True)
        if answer.mimetype == "text/html":
            links = [link.partition("#")[0] for link, _words in links_of(answer.text)]
            waiting += [link for link in links if link.startswith("/open")]
    return seen


def test_no_public_answer_holds_anything_of_a_person(edge_on_both: Edge) -> None:
    edge = edge_on_both
    made = prepared(edge)
    with edge.rows() as session:
        cases = session.scalars(select(Case)).all()
        concerned = {case.assignee_id for case in cases} | {case.checker_id for case in cases}
        staff = set(session.scalars(select(Person.name).where(Person.id.in_(concerned - {None}))))
    seen = crawled(edge)
    assert len(seen) > 60, "every community was looked at"
    everything = "\n".join(seen.values())
    secrets = {"13812345678", "王小明", "88888", "501房", "3栋2", SECRET[:12]}
    secrets |= {told.text for told in made} | {case.number for case in cases} | staff
    secrets |= {str(case.id) for case in cases} | {case.id.hex for case in cases}
    for case in cases:
        if case.lon is not None and case.lat is not None:
            secrets |= {f"{case.lon:.5f}", f"{case.lat:.5f}", repr(case.lon), repr(case.lat)}
    assert len(secrets) > 200
    assert [secret for secret in secrets if secret in everything] == []


def test_the_files_agree_and_hold_no_small_group(edge_on_both: Edge) -> None:
    edge = edge_on_both
    prepared(edge)
    where = ("month", "area_code", "category_code")
    cells = {tuple(row[name] for name in where): int(row["closed"]) for row in table(edge, "cells")}
    cases = table(edge, "cases")
    assert Counter(tuple(row[name] for name in where) for row in cases) == cells
    assert min(cells.values()) >= 5 and sum(cells.values()) == 24
    spots = Counter((*(row[name] for name in where), row["lon"], row["lat"]) for row in cases)
    assert min(spots.values()) >= 5
    assert {row["month"] for row in cases} == {"2026-10"}
    first = next(row for row in table(edge, "cells") if row["area_code"] == TAIHUA)
    assert (first["area"], first["category"]) == ("泰华社区", "暴露垃圾")
    assert (first["area_level"], first["category_level"]) == ("village", "minor")


@pytest.fixture(scope="module")
def told(edge: Edge) -> Edge:
    """A district with a published month, for tests that only look."""
    prepared(edge)
    return edge


def test_json_says_the_same_as_csv_and_the_dictionary_names_each_field(told: Edge) -> None:
    dictionary = told.visitor().get("/open/data/dictionary.json").get_json()
    assert dictionary["months"] == ["2026-10"] and dictionary["least_cases"] == 5
    for file in dictionary["files"]:
        rows = told.visitor().get(file["json"]).get_json()["rows"]
        names = [field["name"] for field in file["fields"]]
        assert rows and all(list(row) == names for row in rows)
        same = [{name: as_text(row[name]) for name in names} for row in rows]
        assert table(told, file["name"]) == same
        for field in file["fields"]:
            assert re.search("[\u4e00-\u9fff]", field["description"]["zh-Hans"]), field
            assert not re.search("[\u4e00-\u9fff]", field["description"]["en"]), field
            values = [row[field["name"]] for row in rows]
            kinds = {"string": str, "integer": int, "number": float}
            assert all(
                isinstance(value, kinds[field["type"]]) or (value is None and not field["required"])
                for value in values
            ), field


def as_text(value: Any) -> str:
    return "" if value is None else str(value)


def test_a_month_can_be_taken_alone(told: Edge) -> None:
    assert len(table(told, "cases", month="2026-10")) == 24
    assert table(told, "cases", month="2026-09") == []
    answer = told.visitor().get("/open/data/cases.csv?month=soon")
    assert answer.status_code == 400 and "2026-11" in words_of(answer.text)
    assert told.visitor().get("/open/data/people.csv").status_code == 404


def test_what_did_not_change_is_not_sent_again(told: Edge) -> None:
    for address in ("/open", "/open/communities", "/open/data", "/open/data/cases.csv"):
        answer = told.visitor().get(address)
        assert answer.headers["Cache-Control"].startswith("public, max-age="), address
        assert "Set-Cookie" not in answer.headers, address
        again = told.visitor().get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304, address
    answer = told.visitor().get("/open/data/cases.csv")
    since = {"If-Modified-Since": answer.headers["Last-Modified"]}
    assert told.visitor().get("/open/data/cases.csv", headers=since).status_code == 304


def test_who_is_signed_in_gets_a_page_that_nobody_keeps(told: Edge) -> None:
    answer = told.staff("supervisor").get("/open")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_community_page_says_what_may_be_told(told: Edge) -> None:
    page = words_of(told.visitor().get(f"/open/communities/{TAIHUA}").text)
    assert "暴露垃圾" in page and "路灯不亮" in page and "16" in page
    far = words_of(told.visitor().get(f"/open/communities/{FAR}").text)
    assert "案件太少，不单独公开" in far
    english = told.visitor(english=True).get(f"/open/communities/{TAIHUA}").text
    assert "Exposed rubbish" in english and "<svg" in english
    assert told.visitor().get("/open/communities/440608004025006").status_code == 404


def test_communities_are_found_by_name_and_landmark(told: Edge) -> None:
    found = words_of(told.visitor().get("/open/communities?q=泰华").text)
    assert "泰华社区" in found and "明湖社区" not in found
    mark = told.reference().landmarks["440608004026001"][0]["name"]
    near = words_of(told.visitor().get("/open/communities", query_string={"q": mark}).text)
    assert "明湖社区" in near
    assert "没有符合的社区" in words_of(told.visitor().get("/open/communities?q=火星").text)


def test_a_district_that_did_not_decide_shows_no_data(edge_on_both: Edge) -> None:
    edge = edge_on_both
    prepared(edge)
    with edge.writing() as session:
        session.get_one(District, DISTRICT).sample = False
    assert edge.visitor().get("/open/data/cases.csv").status_code == 404
    assert "尚未公开" in words_of(edge.visitor().get("/open/data").text)
    assert "16" not in words_of(edge.visitor().get(f"/open/communities/{TAIHUA}").text)
    actor = supervisor_of(edge)
    with edge.writing() as session:
        reference = references.of(session, DISTRICT)
        publishing.set_rules(session, reference, Rules(data=True), by=actor, now=NOW)
    assert len(table(edge, "cases")) == 24


def test_names_that_look_like_formulas_are_defused(edge_on_both: Edge) -> None:
    edge = edge_on_both
    prepared(edge)
    with edge.writing() as session:
        district = session.get_one(District, DISTRICT)
        district.name = "=cmd|' /C calc'!A0"
        district.settings = {**district.settings, "revision": 10_000}
        session.add(PublishingRules(district_code=DISTRICT, rules=Rules(data=True).as_json()))
    with edge.writing() as session:
        made = make(session, a_closed_case(session), {(FAR, "0301"): 4, (OTHER, "0301"): 3})
        for one in made:
            case = session.get_one(Case, one.case_id)
            case.town_code = case.village_code = None
            case.closed_at, case.received_on = datetime(2026, 9, 5, tzinfo=UTC), date(2026, 9, 1)
    with edge.app.app_context():
        publish_district(DISTRICT, now=NOW)
    rows = table(edge, "cells", month="2026-09")
    assert [row["area"] for row in rows] == ["'=cmd|' /C calc'!A0"]
    assert json.loads(edge.visitor().get("/open/data/cells.json").text)["rows"]


def test_the_first_page_leads_here_and_pictures_need_a_release(edge_on_both: Edge) -> None:
    edge = edge_on_both
    code = edge.closed(photos=[picture()])
    photo = edge.photos(code)[0].id
    assert ("/open" in [link for link, _ in links_of(edge.visitor().get("/").text)]) is True
    paths = (f"/open/pictures/{photo}.jpg", f"/recent/{photo}.jpg")
    assert [edge.visitor().get(path).status_code for path in paths] == [200, 200]
    with edge.writing() as session:
        session.get_one(District, DISTRICT).sample = False
    assert [edge.visitor().get(path).status_code for path in paths] == [404, 404]


def test_the_key_figures_are_those_of_a_slow_count(edge_on_both: Edge) -> None:
    edge = edge_on_both
    edge.fold()
    today = edge.reference().local_day(utc_now())
    with edge.rows() as session:
        cases = session.scalars(select(Case).where(~Case.confidential)).all()
    over = [case for case in cases if case.received_on < today]
    valid = [case for case in over if case.state not in INVALID_STATES]
    closed = [case for case in valid if case.state == "closed"]
    page = words_of(edge.visitor().get("/open").text)
    assert valid and f"办结：{len(valid)} 件中 {len(closed)} 件" in page
    assert f"受理 {len(valid)} 件，其中办结 {len(closed)} 件" in page
