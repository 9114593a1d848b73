"""An emergency as staff see it: banner, mark, tab and the form, until its facts stand."""

from uuid import UUID

from tests.web.casework import do, listed, offered, page
from tests.web.edge import Edge
from tests.web.reading import words_of

GAS = {"category": "0603", "text": "楼下煤气泄漏，味道很大", "emergency_ack": "1"}
TAB = "/desk?tab=emergency"


def gas(edge: Edge) -> UUID:
    """A report of leaking gas whose reporter has called."""
    return edge.case(edge.report(**GAS)).id


def test_until_its_facts_are_registered_an_emergency_is_marked_everywhere(edge: Edge) -> None:
    case_id = gas(edge)
    desk = edge.staff("dispatcher")
    html = page(desk, case_id)
    said = words_of(html)
    assert "紧急事件：已拨打 119" in said
    assert "前补录立案" in said
    assert "补录立案" in said and "险情和处置情况" in said and "内部备注" not in said
    assert next(iter(offered_in_order(html, case_id))) == "note", "it is asked for first"
    assert case_id in listed(desk.get(TAB).text)
    assert "紧急事件待补录" in words_of(desk.get(TAB).text)
    do(edge, desk, case_id, "note", text="燃气公司已到场关阀")
    said = words_of(page(desk, case_id))
    assert "紧急事件：已拨打" not in said and "已补录立案" in said and "内部备注" in said
    assert "已拨打电话" in said, "whom they called stays on the page"
    assert case_id not in listed(desk.get(TAB).text)


def test_who_does_not_register_it_is_told_who_does(edge: Edge) -> None:
    case_id = gas(edge)
    said = words_of(page(edge.staff("supervisor"), case_id))
    assert "紧急事件：已拨打 119" in said and "由调度台补录" in said
    assert "险情和处置情况" not in said


def test_in_english_too(edge: Edge) -> None:
    case_id = gas(edge)
    desk = edge.staff("dispatcher")
    desk.set_cookie("language", "en")
    said = words_of(page(desk, case_id))
    desk.set_cookie("language", "zh-Hans")
    assert "Emergency: 119 was called" in said and "Register the facts by" in said


def test_me_too_with_words_of_danger_makes_it_one(edge: Edge) -> None:
    code = edge.report()
    case_id = edge.case(code).id
    joined = {"join": edge.case(code).number, "text": "垃圾堆着火了", "emergency_ack": "1"}
    second = edge.report(**joined)
    assert edge.case(second).id == case_id
    said = words_of(page(edge.staff("dispatcher"), case_id))
    assert "紧急事件：已拨打 119" in said
    assert "转为紧急事件" in said
    assert edge.case(code).severity == 4


def offered_in_order(html: str, case_id: UUID) -> list[str]:
    found = offered(html, case_id)
    places = {name: html.index(f'action="/work/cases/{case_id}/{name}"') for name in found}
    return sorted(places, key=lambda name: places[name])
