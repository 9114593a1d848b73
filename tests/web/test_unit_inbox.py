"""The inbox of a unit (/work of a handler): what comes in is named, answered, put off, shared."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from gridgov.storage.people import Person
from tests.web.casework import do, local, offered, tab
from tests.web.edge import Edge
from tests.web.reading import links_of, words_of

MATTER = {"category": "0402", "text": "半夜打桩"}


def opened(edge: Edge, case_id: UUID, list_name: str) -> str:
    """Open a case by its link in the handler's list."""
    handler = edge.staff("handler")
    links = links_of(handler.get(f"/work?tab={list_name}").text)
    address = next(at for at, _ in links if str(case_id) in at)
    answer = handler.get(address)
    assert answer.status_code == 200
    return answer.text


def test_what_comes_in_is_given_to_a_colleague_from_the_inbox(edge: Edge) -> None:
    edge.colleague("u-zjsl")
    case_id = edge.case(edge.report(**MATTER)).id
    html = opened(edge, case_id, "sign")
    assert "name_person" in offered(html, case_id), "before anybody has signed"
    with edge.rows() as session:
        named = session.scalars(select(Person).where(Person.username == "uzjsl")).one()
    assert named.name in words_of(html), "who there is to choose from"
    do(edge, edge.staff("handler"), case_id, "name_person", target=f"person:{named.id}")
    card = edge.staff("handler").get("/work?tab=sign").text.split(f'data-case="{case_id}"')[1]
    assert f"经办：{named.name}" in words_of(card.split("</li>")[0]), "the list says who has it"


def test_a_signed_case_is_answered_put_off_and_shared_from_the_inbox(edge: Edge) -> None:
    handler = edge.staff("handler")
    code = edge.report(**MATTER)
    case_id = edge.case(code).id
    do(edge, handler, case_id, "sign")
    html = opened(edge, case_id, "handling")
    assert {"name_person", "reply", "ask_extension", "call_in"} <= offered(html, case_id)

    do(edge, handler, case_id, "reply", text="已约谈工地，今晚停工")
    assert "已约谈工地，今晚停工" in words_of(edge.visitor().get(f"/r/{code}").text)

    until = local(edge.case(code).due_at + timedelta(minutes=30))
    do(edge, handler, case_id, "ask_extension", text="等检测报告", until=until)
    card = handler.get("/work?tab=handling").text.split(f'data-case="{case_id}"')[1]
    assert "延期" in words_of(card.split("</li>")[0]), "the list says what it waits for"
    assert str(case_id) in edge.staff("dispatcher").get("/desk?tab=approvals").text

    html = opened(edge, case_id, "handling")
    units = re.findall(r'value="unit:([A-Z]{4,})"', html)
    unit = next(one for one in units if one != "ZJSL")
    do(edge, handler, case_id, "call_in", target=f"unit:{unit}", text="请到场取证", required="1")
    helper = edge.colleague(f"u-{unit.lower()}")
    assert case_id in tab(helper, "assist")
    assert "请到场取证" in words_of(helper.get(f"/work/cases/{case_id}").text)
    assert "resolve" not in offered(opened(edge, case_id, "handling"), case_id)
