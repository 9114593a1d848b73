"""What a program does for its reporters: answer a question, take a report back."""

import pytest

from gridgov.domain.workflow import Action
from gridgov.services import merging
from gridgov.services.effects import Given
from gridgov.web.instance import utc_now
from tests.web.edge import Edge, picture
from tests.web.machine import Program, program
from tests.web.test_receipt_acts import dispatcher, staff


@pytest.fixture(scope="module")
def hotline(edge: Edge) -> Program:
    """A program that sends and reads reports."""
    return program(edge, ["reports:write", "reports:read"], channel="12345")


def asked(edge: Edge, hotline: Program) -> str:
    """A report whose reporter was asked something; returns its id."""
    sent = hotline.report()
    case_id = edge.case(sent["code"]).id
    staff(edge, case_id, Action.RETURN, "worker", reason="wrong_area", text="不在本网格")
    staff(edge, case_id, Action.ASK_INFO, "dispatcher", text="请问是几楼？")
    return str(sent["report_id"])


def test_the_question_is_read_and_answered(edge: Edge, hotline: Program) -> None:
    report = asked(edge, hotline)
    assert hotline.get(f"/reports/{report}").json["question"]["text"] == "请问是几楼？"
    answer = hotline.post(f"/reports/{report}/answer", json={"text": "二楼左边"})
    assert answer.status_code == 200, answer.text
    assert answer.json["question"] is None
    assert answer.json["case"]["public_state"] == "accepted"
    again = hotline.post(f"/reports/{report}/answer", json={"text": "再答一次"})
    assert (again.status_code, again.json["code"]) == (409, "invalid_transition")


def test_a_photo_is_an_answer_and_nothing_is_none(edge: Edge, hotline: Program) -> None:
    report = asked(edge, hotline)
    empty = hotline.post(f"/reports/{report}/answer", json={"text": " "})
    assert empty.status_code == 400 and empty.json["errors"][0]["field"] == "text"
    shown = hotline.post(f"/reports/{report}/answer", data={"photos": [picture(7)]})
    assert shown.status_code == 200, shown.text


def test_a_report_is_taken_back_once(edge: Edge, hotline: Program) -> None:
    report = hotline.report()["report_id"]
    answer = hotline.post(f"/reports/{report}/withdraw", json={"text": "已经清走了"})
    assert answer.status_code == 200, answer.text
    assert answer.json["withdrawn_at"] and answer.json["case"]["public_state"] == "rejected"
    again = hotline.post(f"/reports/{report}/withdraw")
    assert (again.status_code, again.json["code"]) == (409, "taken_back")


def test_only_the_own_reports_of_a_key(edge: Edge, hotline: Program) -> None:
    report = hotline.report()["report_id"]
    other = program(edge, ["reports:write"], channel="app")
    for act in ("answer", "withdraw"):
        assert other.post(f"/reports/{report}/{act}", json={"text": "x"}).status_code == 404
    reader = program(edge, ["reports:read"], channel="app")
    assert reader.post(f"/reports/{report}/withdraw").status_code == 403


def test_a_merged_report_says_with_which_case_it_goes_on(edge: Edge, hotline: Program) -> None:
    one, other = hotline.report(), hotline.report()
    into = edge.case(other["code"])
    by = dispatcher(edge)
    with edge.writing() as session:
        merging.merge(session, edge.case(one["code"]).id, into.id, by=by, now=utc_now())
    edge.done(edge.staff("worker"), into.id, "sign")
    brief = hotline.get(f"/reports/{one['report_id']}").json["case"]
    assert brief == {
        "number": one["case_number"],
        "public_state": "handling",
        "goes_on_with": into.number,
    }
    with edge.writing() as session:
        case_id = edge.case(one["code"]).id
        merging.unmerge(session, case_id, by=by, now=utc_now(), given=Given(text="分开"))
    brief = hotline.get(f"/reports/{one['report_id']}").json["case"]
    assert (brief["public_state"], brief["goes_on_with"]) == ("accepted", None)
