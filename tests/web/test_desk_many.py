"""The desk with many rows: what is left out is said, a book of many goes out, no class is lost."""

import io
import re
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.services.desk_bulk import MOST
from gridgov.storage.cases import Case
from gridgov.storage.session import unit_of_work
from tests.support.app import token_in
from tests.support.classes import end_class
from tests.web.edge import DISTRICT, Edge


def post(edge: Edge, address: str, **form: Any) -> TestResponse:
    desk = edge.staff("dispatcher")
    token = token_in(desk.get("/desk/new").text)
    return desk.post(address, data={"csrf_token": token, **form})


def open_case(edge: Edge) -> Case:
    with edge.rows() as session:
        wanted = select(Case).where(Case.district_code == DISTRICT, Case.state == "handling")
        return session.scalars(wanted.where(~Case.confidential).order_by(Case.number)).first()  # type: ignore[return-value]


def test_more_cases_than_one_act_takes_are_said_to_be_left(edge: Edge) -> None:
    case = open_case(edge)
    many = [str(case.id), *(str(uuid4()) for _ in range(MOST + 4))]
    first = post(edge, "/desk/bulk", case_id=many, do="urge")
    assert first.status_code == 200
    left = re.search(r'name="left" value="(\d+)"', first.text)
    assert left is not None
    assert left[1] == "5"
    assert "另外 5 件不变" in first.text
    shown = re.findall(r'name="case_id" value="([^"]+)"', first.text)
    done = post(edge, "/desk/bulk/do", case_id=shown, do="urge", left="5", text="请尽快")
    assert "另外 5 件不变" in done.text
    few = post(edge, "/desk/bulk", case_id=many[:3], do="urge")
    assert "件不变" not in few.text


def test_a_thousand_chosen_rows_leave_as_a_book(edge: Edge) -> None:
    case = open_case(edge)
    many = [*(str(uuid4()) for _ in range(1_000)), str(case.id)]
    answer = post(edge, "/desk/bulk", case_id=many, do="export")
    assert answer.status_code == 200
    sheet = ZipFile(io.BytesIO(answer.data)).read("xl/worksheets/sheet1.xml").decode()
    assert case.number in sheet


def test_cases_of_a_class_that_ended_stand_under_it_and_its_major_class(edge: Edge) -> None:
    case = open_case(edge)
    with edge.app.app_context(), unit_of_work() as session:
        end_class(session, case.category_code)
    desk = edge.staff("dispatcher")
    for code in (case.category_code, case.category_code[:2]):
        page = desk.get(f"/desk?tab=open&category={code}&rows=2000").text
        assert str(case.id) in page
