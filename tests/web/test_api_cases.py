"""Cases for programs: filters, pages, one case, its history, and who sees which."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from gridgov.domain.workflow import CaseState
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from tests.web.edge import DISTRICT, GRID, TOWN, Edge, picture
from tests.web.machine import OTHER, Program, assert_problem, other_district, program, there

VILLAGE = GRID[:12]


@pytest.fixture(scope="module")
def everything(edge: Edge) -> Program:
    """A program that may do everything."""
    return program(edge)


def numbers(found: Any) -> list[str]:
    return [case["number"] for case in found]


def rows(edge: Edge, *conditions: Any) -> list[str]:
    """Return the numbers of the cases that are not confidential, newest first."""
    query = select(Case.number).where(Case.district_code == DISTRICT, ~Case.confidential)
    with edge.rows() as session:
        return list(session.scalars(query.where(*conditions).order_by(Case.number.desc())))


# Lists -----------------------------------------------------------------------------------


def test_all_cases_of_the_district_come_in_pages(edge: Edge, everything: Program) -> None:
    found = numbers(everything.every("/cases", "cases", limit=7))
    assert found == rows(edge)
    assert len(found) == len(set(found)) > 20
    whole = everything.get("/cases", limit=500).json
    assert (numbers(whole["cases"]), whole["next"]) == (found, None)


def test_pages_do_not_shift_when_cases_come_in(edge: Edge, everything: Program) -> None:
    before = rows(edge)
    first = everything.get("/cases", limit=5).json
    edge.report(text="翻页时进来的")
    rest = everything.every("/cases", "cases", limit=5, cursor=first["next"])
    assert numbers(first["cases"]) + numbers(rest) == before


@pytest.mark.parametrize("cursor", ["x", "!!!!", "abcde", "a" * 90])
def test_a_bad_cursor_is_named(everything: Program, cursor: str) -> None:
    (error,) = assert_problem(everything.get("/cases", cursor=cursor), 400)["errors"]
    assert error["field"] == "cursor"


def test_each_filter_keeps_what_it_says(edge: Edge, everything: Program) -> None:
    edge.closed(category="0102")
    handling = Case.state == "handling"
    wanted: list[tuple[dict[str, Any], list[Any]]] = [
        ({"state": "handling"}, [handling]),
        ({"state": ["handling", "closed"]}, [Case.state.in_(["handling", "closed"])]),
        ({"category": "0101"}, [Case.category_code == "0101"]),
        ({"category": "01"}, [Case.category_code.like("01__")]),
        ({"area": TOWN}, [Case.town_code == TOWN]),
        ({"area": VILLAGE}, [Case.village_code == VILLAGE]),
        ({"area": GRID, "state": "closed"}, [Case.grid_code == GRID, Case.state == "closed"]),
        ({"area": DISTRICT}, []),
        ({}, []),
    ]
    for query, conditions in wanted:
        found = numbers(everything.every("/cases", "cases", **query))
        assert found == rows(edge, *conditions), query
    assert numbers(everything.every("/cases", "cases", category="0102", state="closed"))


def test_days_of_receipt_are_local_and_both_included(edge: Edge, everything: Program) -> None:
    with edge.rows() as session:
        days = sorted(set(session.scalars(select(Case.received_on))))
    assert len(days) > 2
    first, last = days[1], days[-2]
    found = list(everything.every("/cases", "cases", first=first, last=last))
    assert numbers(found) == rows(edge, Case.received_on.between(first, last))
    assert {case["received_on"] for case in found} >= {first.isoformat(), last.isoformat()}
    assert not numbers(everything.every("/cases", "cases", first="2019-01-01", last="2019-01-02"))


def test_what_changed_since_is_found(edge: Edge, everything: Program) -> None:
    code = edge.report()
    case = edge.case(code)
    moment = case.updated_at
    told = everything.get(f"/cases/{case.number}").json["updated_at"]
    assert case.number not in numbers(everything.every("/cases", "cases", updated_after=told))
    earlier = (moment - timedelta(seconds=1)).isoformat()
    assert case.number in numbers(everything.every("/cases", "cases", updated_after=earlier))
    edge.done(edge.staff("worker"), case.id, "sign")
    again = numbers(everything.every("/cases", "cases", updated_after=moment.isoformat()))
    assert case.number in again


def test_overdue_is_what_the_board_calls_so(edge: Edge, everything: Program) -> None:
    edge.fold()
    late = list(everything.every("/cases", "cases", overdue="true"))
    fine = list(everything.every("/cases", "cases", overdue="false"))
    assert late and fine
    assert all(case["overdue"] for case in late) and not any(case["overdue"] for case in fine)
    assert sorted(numbers(late) + numbers(fine)) == sorted(rows(edge))
    hidden = everything.get("/board").json["overdue"] - len(late)
    with edge.rows() as session:
        secret = select(Case.number).where(Case.confidential)
        assert 0 <= hidden <= len(session.scalars(secret).all())


def test_own_cases_are_those_of_the_key_s_reports(edge: Edge) -> None:
    one, other = program(edge), program(edge)
    mine = [one.report()["case_number"] for _ in range(3)]
    theirs = other.report()["case_number"]
    assert numbers(one.every("/cases", "cases", own="true", limit=2)) == sorted(mine, reverse=True)
    assert numbers(other.every("/cases", "cases", own="true")) == [theirs]
    assert theirs in numbers(one.every("/cases", "cases"))
    staff = edge.staff("supervisor").get("/api/v1/cases?own=true")
    assert assert_problem(staff, 400)["errors"][0]["reason"] == "needs_key"


BAD = [
    ({"state": "lost"}, "state", "unknown"),
    ({"category": "4711"}, "category", "unknown"),
    ({"area": "999"}, "area", "unknown"),
    ({"first": "yesterday"}, "from", "not_a_day"),
    ({"first": "2026-11-02", "last": "2026-11-01"}, "to", "before_first"),
    ({"updated_after": "2026-11-01"}, "updated_after", "not_a_moment"),
    ({"updated_after": "2026-11-01T08:00:00"}, "updated_after", "not_a_moment"),
    ({"updated_after": "0001-01-01T00:00:00+14:00"}, "updated_after", "not_a_moment"),
    ({"overdue": "1"}, "overdue", "not_true_or_false"),
    ({"limit": "0"}, "limit", "out_of_range"),
    ({"limit": "501"}, "limit", "out_of_range"),
    ({"limit": "ten"}, "limit", "not_a_whole_number"),
    ({"stat": "closed"}, "stat", "unknown_name"),
    ({"area": [TOWN, GRID]}, "area", "repeated"),
]


@pytest.mark.parametrize(("query", "field", "reason"), BAD)
def test_a_wrong_filter_is_named_in_both_languages(
    everything: Program, query: dict[str, Any], field: str, reason: str
) -> None:
    (error,) = assert_problem(everything.get("/cases", **query), 400)["errors"]
    assert (error["field"], error["reason"]) == (field, reason)
    assert error["message"].endswith("。")
    english = everything.get("/cases", english=True, **query).json["errors"][0]["message"]
    assert english.isascii() and english.endswith(".") or reason == "unknown"


def test_everything_that_is_wrong_is_named_at_once(everything: Program) -> None:
    body = assert_problem(everything.get("/cases", limit="0", overdue="x", zoom="1"), 400)
    assert {error["field"] for error in body["errors"]} == {"limit", "overdue", "zoom"}


# One case --------------------------------------------------------------------------------


def test_a_case_by_number_and_by_id(edge: Edge, everything: Program) -> None:
    row = edge.case(edge.report(place_words="桥头，电话 13800138000"))
    by_number = everything.get(f"/cases/{row.number}").json
    assert everything.get(f"/cases/{row.id}").json == by_number
    assert by_number["number"] == row.number
    assert by_number["state"] == row.state == "dispatched"
    assert by_number["public_state"] == "accepted"
    assert by_number["category"] == {
        "code": "0101",
        "name": "暴露垃圾",
        "name_en": "Exposed rubbish",
    }
    assert by_number["path"] == [DISTRICT, TOWN, VILLAGE, GRID]
    assert by_number["area"] == GRID
    assert by_number["position"] == {"lon": row.lon, "lat": row.lat}
    assert by_number["received_at"] == f"{row.received_at:%Y-%m-%dT%H:%M:%SZ}"
    assert (by_number["overdue"], by_number["closed_at"]) == (False, None)
    assert "13800138000" not in str(by_number), "personal data is masked"
    assert row.assignee_id is not None and str(row.assignee_id) not in str(by_number)


def test_what_is_not_there_and_what_is_not_theirs_look_the_same(
    edge: Edge, everything: Program
) -> None:
    secret = edge.case(edge.report(category="0505", text="半夜倒废液"))
    assert secret.confidential
    answers = [
        everything.get(f"/cases/{name}{rest}")
        for name in (secret.number, secret.id, "440608-990101-00001", uuid4(), "x")
        for rest in ("", "/history")
    ]
    bodies = {str(assert_problem(answer, 404)) for answer in answers}
    assert len(bodies) == 1
    assert secret.number not in numbers(everything.every("/cases", "cases"))
    supervisor = edge.staff("supervisor")
    assert supervisor.get(f"/api/v1/cases/{secret.number}").json["confidential"] is True


# History ---------------------------------------------------------------------------------


def lived(edge: Edge) -> Case:
    """Return a closed case with words of all kinds in it."""
    code = edge.report()
    case = edge.case(code)
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    edge.done(worker, case.id, "sign")
    edge.visitor().post(f"/r/{code}/more", data={"text": "我家在三楼"})
    resolve = {"text": "已清走，致电 13800138000", "photo": picture(2)}
    assert edge.act(worker, case.id, "resolve", **resolve).status_code == 303
    assert edge.act(deputy, case.id, "send_back", text="墙角还有，叫老陈去").status_code == 303
    edge.done(worker, case.id, "resolve")
    edge.done(deputy, case.id, "check_pass")
    return edge.case(code)


def test_a_program_reads_codes_and_public_words_only(edge: Edge, everything: Program) -> None:
    case = lived(edge)
    body = everything.get(f"/cases/{case.number}/history").json
    lines = body["entries"]
    assert body["number"] == case.number
    with edge.rows() as session:
        query = select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.seq)
        entries = session.scalars(query).all()
    assert [line["action"] for line in lines] == [entry.action for entry in entries]
    assert [line["to_state"] for line in lines] == [entry.to_state for entry in entries]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0]["from_state"] is None and lines[-1]["to_state"] == "closed"
    said = {line["action"]: line["text"] for line in lines if line["text"]}
    assert set(said) == {"resolve"}, "words for the public only"
    text = str(body)
    assert "138****8000" in text and "13800138000" not in text
    for hidden in ("三楼", "老陈", "墙角"):
        assert hidden not in text


def test_staff_read_all_words_of_a_case_they_may_see(edge: Edge) -> None:
    case = lived(edge)
    body = edge.staff("supervisor").get(f"/api/v1/cases/{case.id}/history").json
    assert "墙角还有，叫老陈去" in str(body)
    assert_problem(edge.staff("handler").get(f"/api/v1/cases/{case.id}/history"), 404)


# Who sees which --------------------------------------------------------------------------


def test_staff_see_by_session_what_the_policy_shows_them(edge: Edge) -> None:
    edge.report()
    edge.report(category="0505", text="半夜倒废液")
    supervisor = edge.staff("supervisor").get("/api/v1/cases?limit=500").json["cases"]
    assert any(case["confidential"] for case in supervisor)
    town = edge.staff("town_dispatcher").get("/api/v1/cases?limit=500").json["cases"]
    assert town and all(TOWN in case["path"] for case in town)
    assert not any(case["confidential"] for case in town)
    worker = edge.staff("worker").get("/api/v1/cases?limit=500").json["cases"]
    assert 0 < len(worker) < len(town)
    assert_problem(edge.staff("system_admin").get("/api/v1/cases"), 403)


def test_a_key_of_one_district_never_sees_another(edge: Edge, everything: Program) -> None:
    other_district(edge)
    harbor = program(edge, district=OTHER)
    sent = harbor.post("/reports", json=there())
    assert sent.status_code == 201, sent.text
    number, report_id = sent.json["case_number"], sent.json["report_id"]
    ours = everything.report()
    assert numbers(harbor.every("/cases", "cases")) == [number]
    assert number not in numbers(everything.every("/cases", "cases"))
    for path in (f"/cases/{number}", f"/cases/{number}/history", f"/reports/{report_id}"):
        assert harbor.get(path).status_code == 200, path
        assert_problem(everything.get(path), 404)
    for path in (f"/cases/{ours['case_number']}", f"/reports/{ours['report_id']}"):
        assert_problem(harbor.get(path), 404)
    assert_problem(harbor.get("/cases", area=TOWN), 400)
    assert_problem(harbor.get("/board", area=DISTRICT), 404)
    assert_problem(harbor.get("/facts", area=GRID, first="2026-01-01", last="2026-01-02"), 404)
    assert harbor.get("/board").json["area"] == OTHER
    assert [area["code"] for area in harbor.get("/areas", kind="grid").json["areas"]] == [
        "harbor-1"
    ]
    assert [one["code"] for one in harbor.get("/categories").json["categories"]] == ["01", "0101"]


def test_every_state_a_case_can_have_may_be_asked_for(everything: Program) -> None:
    for state in CaseState:
        found = everything.get("/cases", state=str(state)).json["cases"]
        assert all(case["state"] == state for case in found)
