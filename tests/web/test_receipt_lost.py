"""A lost code: asked for by phone without learning anything, read out at the desk."""

import pytest
from sqlalchemy import func, select

from gridgov.storage.recoveries import Recovery
from tests.support.app import token_in
from tests.web.edge import Edge
from tests.web.reading import words_of

KNOWN, UNKNOWN = "13800138000", "13900139000"


def ask(edge: Edge, phone: str, address: str = "10.0.9.1", **more: str):
    form = {"phone": phone, "day": "", "category": "", **more}
    return edge.visitor(address=address).post("/r/lost", data=form)


def noted(edge: Edge) -> int:
    with edge.rows() as session:
        return session.scalar(select(func.count()).select_from(Recovery)) or 0


def look(edge: Edge, phone: str) -> str:
    desk = edge.staff("dispatcher")
    token = token_in(desk.get("/desk/receipts").text)
    answer = desk.post("/desk/receipts", data={"csrf_token": token, "phone": phone})
    return words_of(answer.text)


def test_known_and_unknown_numbers_get_the_same_answer_and_no_code(edge: Edge) -> None:
    code = edge.report(phone=KNOWN)
    answers = [ask(edge, phone) for phone in (KNOWN, UNKNOWN)]
    assert {answer.status_code for answer in answers} == {200}
    first, second = (words_of(answer.text) for answer in answers)
    assert first == second and "拨打 12345" in first
    assert code not in answers[0].text


def test_the_desk_finds_the_code_by_the_number_and_answers_the_request(edge: Edge) -> None:
    code = edge.report(phone=KNOWN)
    ask(edge, KNOWN, category="0101")
    desk = edge.staff("dispatcher")
    assert "暴露垃圾" in words_of(desk.get("/desk/receipts").text)
    said = look(edge, "138-0013-8000")
    assert code in said and "网页上要求找回" in said
    assert "没有人在等回执码" in words_of(desk.get("/desk/receipts").text)
    assert "没有用这个号码的上报" in look(edge, UNKNOWN)


def test_a_request_for_an_unknown_number_is_not_shown_to_the_desk(edge: Edge) -> None:
    ask(edge, UNKNOWN)
    assert "没有人在等回执码" in words_of(edge.staff("dispatcher").get("/desk/receipts").text)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"phone": ""}, "请填写上报时留的手机号"),
        ({"phone": "1380013"}, "手机号应为 11 位"),
        ({"phone": KNOWN, "day": "昨天"}, "日期写成 2026-11-22 这样"),
        ({"phone": KNOWN, "category": "7777"}, "没有这种问题"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence_and_stays(
    edge: Edge, form: dict[str, str], sentence: str
) -> None:
    answer = ask(edge, address="10.0.9.2", **form)
    assert answer.status_code == 400
    assert sentence in words_of(answer.text), words_of(answer.text)
    assert form["phone"] in answer.text


def test_one_number_is_noted_three_times_a_day_and_one_address_is_stopped(edge: Edge) -> None:
    before = noted(edge)
    for _ in range(5):
        assert ask(edge, "13700137000", address="10.0.9.3").status_code == 200
    assert noted(edge) == before + 3
    for number in range(15):
        ask(edge, f"137001370{number:02}", address="10.0.9.3")
    stopped = ask(edge, KNOWN, address="10.0.9.3")
    assert stopped.status_code == 429 and "请 10 分钟后再试" in words_of(stopped.text)


def test_a_caller_without_a_number_gets_a_sentence(edge: Edge) -> None:
    assert "请填写上报时留的手机号" in look(edge, " ")
