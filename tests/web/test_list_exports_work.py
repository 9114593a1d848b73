"""The lists of the daily work as Excel books: approvals, roster, borders, closed cases, cases."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.domain.roles import Role
from gridgov.storage.cases import Case
from gridgov.storage.people import GrantRow, Person
from tests.web.books import Taken, book_of, link_of, taken
from tests.web.casework import handling
from tests.web.edge import DISTRICT, GRID, TOWN, Edge
from tests.web.reading import words_of
from tests.web.test_desk_approvals import asked_for_more
from tests.web.test_grids_borders import handed, next_door
from tests.web.test_grids_checks import bitten_draft
from tests.web.test_roster import asks, decide, end, leave_of

__all__ = ["handed", "next_door"]

VILLAGE, OTHER_TOWN = "440608004025", "440608101"


def somebody(edge: Edge, role: Role, area: str) -> FlaskClient:
    """Return the browser of somebody with one office over one area alone."""
    username = f"{role}{area}".replace("_", "")
    if username not in edge.kept:
        with edge.writing() as session:
            person = Person(district_code=DISTRICT, username=username, name="文员")
            session.add(person)
            session.flush()
            session.add(GrantRow(person_id=person.id, role=str(role), area_code=area))
    return edge.colleague(username)


def number(edge: Edge, case_id: UUID) -> str:
    with edge.rows() as session:
        return session.get_one(Case, case_id).number


def numbers(book: Taken) -> set[str]:
    return {row["编号"] for row in book.rows()}


# --- approvals -------------------------------------------------------------------------------


def test_approvals_leave_masked_with_who_decides(edge: Edge) -> None:
    _code, case_id, _until = asked_for_more(edge)
    with edge.writing() as session:
        session.get_one(Case, case_id).place = "荷香路12号3栋501房"
    book = book_of(edge.staff("dispatcher"), "/desk/approvals")
    (row,) = [one for one in book.rows() if one["编号"] == number(edge, case_id)]
    assert row["位置"] == "荷香路12号3栋***"
    assert "要等吊车" in row["申请内容"]
    assert row["由谁审批"] == "本人"
    assert row["类别"] == "暴露垃圾"
    watched = book_of(edge.staff("supervisor"), "/desk/approvals").rows()
    (row,) = [one for one in watched if one["编号"] == number(edge, case_id)]
    page = words_of(edge.staff("supervisor").get("/desk/approvals").text)
    other = page[page.index("待他人审批") :] if "待他人审批" in page else ""
    assert (row["由谁审批"] == "他人") is (number(edge, case_id) in other)


def test_nobody_takes_out_what_others_decide_elsewhere(edge: Edge) -> None:
    _code, case_id, _until = asked_for_more(edge)
    ours, theirs = (
        somebody(edge, Role.DISPATCHER, TOWN),
        somebody(edge, Role.DISPATCHER, OTHER_TOWN),
    )
    assert number(edge, case_id) in numbers(book_of(ours, "/desk/approvals"))
    assert numbers(book_of(theirs, "/desk/approvals")) == set()
    for role in ("worker", "handler", "system_admin"):
        assert edge.staff(role).get("/desk/approvals.xlsx").status_code == 403


# --- lists of cases --------------------------------------------------------------------------


def test_a_case_is_of_its_class_and_lies_at_its_place(edge: Edge) -> None:
    code, case_id = handling(edge, place_words="荷香路12号")
    for browser, page in (
        (edge.staff("dispatcher"), "/desk?tab=open"),
        (edge.staff("worker"), "/work?tab=handling"),
    ):
        (row,) = [
            one for one in book_of(browser, page).rows() if one["编号"] == number(edge, case_id)
        ]
        assert (row["类别"], row["位置"]) == ("暴露垃圾", "荷香路12号")
        assert row["上报"] == edge.case(code).report_count  # a number, to be added up


def test_a_list_of_cases_too_long_for_a_book_says_so(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    handling(edge)
    handling(edge)
    whole = book_of(edge.staff("dispatcher"), "/desk?tab=open").rows()
    monkeypatch.setattr("gridgov.services.desk_queue.MOST", 1)  # one case a page
    assert book_of(edge.staff("dispatcher"), "/desk?tab=open").rows() == whole
    monkeypatch.setattr("gridgov.web.desk_export.MOST_ROWS", 1)
    short = book_of(edge.staff("dispatcher"), "/desk?tab=open").rows()
    assert short[0] == whole[0] and len(short) == 2
    assert "只有前 1 行" in short[1]["编号"]


# --- the roster ------------------------------------------------------------------------------


def test_the_roster_of_a_village_leaves_as_on_the_page(edge: Edge) -> None:
    village = edge.staff("village")
    assert asks(edge).status_code == 303
    assert decide(edge, "village", leave_of(edge).id).status_code == 303
    page = village.get(f"/admin/roster?area={VILLAGE}").text
    book = taken(village, link_of(page))
    shown = re.findall(r'<span class="roster-post">(.*?)</span> <strong>(.*?)</strong>', page)
    named = [(row["岗位"], row["姓名"]) for row in book.rows() if row["姓名"]]
    assert sorted(named) == sorted(shown)
    nobody = [row["区域"] for row in book.rows() if row["当前"] == "当前无人"]
    assert len(nobody) == page.count('<span class="roster-lack">当前无人</span>')
    (leave,) = book.rows(1)
    assert leave["姓名"] and leave["姓名"] in words_of(page)
    grids = {area.code for area in edge.reference().net.children(VILLAGE)}
    assert {row["编码"] for row in book.rows()} <= grids | {VILLAGE}
    end(edge)


def test_a_refused_leave_is_in_no_book_and_other_towns_are_closed(edge: Edge) -> None:
    village = edge.staff("village")
    before = len(book_of(village, f"/admin/roster?area={VILLAGE}").rows(1))
    assert asks(edge, "deputy").status_code == 303
    assert len(book_of(village, f"/admin/roster?area={VILLAGE}").rows(1)) == before + 1
    assert decide(edge, "village", leave_of(edge, "deputy").id, "no").status_code == 303
    assert len(book_of(village, f"/admin/roster?area={VILLAGE}").rows(1)) == before
    assert village.get(f"/admin/roster/export.xlsx?area={OTHER_TOWN}").status_code == 404
    town = book_of(edge.staff("supervisor"), f"/admin/roster?area={TOWN}")
    assert GRID in {row["编码"] for row in town.rows()}, "a town has the grids of its villages"


# --- the net and publishing ------------------------------------------------------------------


def test_confusing_borders_leave_for_the_days_that_are_shown(
    edge: Edge, handed: list[UUID], next_door: str
) -> None:
    supervisor, page = edge.staff("supervisor"), "/admin/grids/borders?days=30"
    assert "days=30" in link_of(supervisor.get(page).text)
    (row,) = book_of(supervisor, page).rows()
    net = edge.reference().net
    sides = {net.area(GRID).name: 1, net.area(next_door).name: 4}
    assert {row["一侧网格"]: row["移交到此"], row["另一侧网格"]: row["移交到彼"]} == sides
    elsewhere = somebody(edge, Role.SUPERVISOR, OTHER_TOWN)
    assert taken(elsewhere, "/admin/grids/borders.xlsx").rows() == []


def test_what_the_checks_found_leaves_for_the_check_that_is_shown(edge: Edge) -> None:
    draft, admin = bitten_draft(edge, 40, 60), edge.staff("system_admin")
    page = f"/admin/grids/{draft.number}/checks"
    html = admin.get(page).text
    titles = [row["问题"] for row in taken(admin, link_of(html)).rows()]
    assert titles and all(title in words_of(html) for title in titles)
    gaps = book_of(admin, f"{page}?check=gaps").rows()
    assert len(gaps) == 2 < len(titles) + 1
    assert {row["程度"] for row in gaps} == {"必须修复"}, gaps
    assert admin.get("/admin/grids/999/checks.xlsx").status_code == 404


def test_closed_cases_to_publish_leave_for_the_own_areas(edge: Edge) -> None:
    case = edge.case(edge.closed())
    office = somebody(edge, Role.OFFICE, TOWN)
    assert case.number in numbers(book_of(office, "/admin/publish/cases"))
    other = somebody(edge, Role.OFFICE, OTHER_TOWN)
    assert case.number not in numbers(taken(other, "/admin/publish/cases.xlsx"))
    with edge.rows() as session:
        kept = {one for one in session.scalars(select(Case.number).where(Case.confidential))}
    assert not kept & numbers(book_of(office, "/admin/publish/cases"))
