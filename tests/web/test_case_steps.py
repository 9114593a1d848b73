"""The steps of a staged limit on the case page: what comes due, and saying that one is done."""

from uuid import UUID

from tests.web.casework import assert_refused, do, page
from tests.web.edge import Edge
from tests.web.machine import program
from tests.web.reading import words_of


def illegal_building(edge: Edge) -> tuple[str, UUID]:
    """An illegal building (stop within 4 WH, penalty 7 WD, demolition 20 WD), signed."""
    code = edge.report(category="0401", text="楼顶加建")
    case_id = edge.case(code).id
    do(edge, edge.staff("dispatcher"), case_id, "dispatch", target="lead")
    edge.done(edge.staff("worker"), case_id, "sign")
    return code, case_id


def test_whoever_has_the_case_says_that_a_step_is_done(edge: Edge) -> None:
    code, case_id = illegal_building(edge)
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    html = page(worker, case_id)
    assert "已完成的步骤" in words_of(html) and 'name="step"' in html
    assert 'name="step"' not in page(desk, case_id), "the desk has not got it in hand"
    do(edge, worker, case_id, "note", text="停工通知书已送达", step="1")
    words = words_of(page(worker, case_id))
    assert "步骤已完成：停工" in words and "停工通知书已送达" in words
    options = page(worker, case_id).split('name="step"')[1].split("</select>")[0]
    assert 'value="2"' in options and 'value="1"' not in options
    found = program(edge).get(f"/cases/{edge.case(code).number}").json
    assert found is not None
    assert [one["done_at"] is not None for one in found["steps"]] == [True, False, False]
    assert_refused(edge, worker, case_id, "note", "已有人说明完成", text="再记一次", step="1")
    assert_refused(edge, worker, case_id, "note", "请选择本案的一个步骤", text="错", step="x")
    assert_refused(edge, desk, case_id, "note", "由正在办理的人", text="听说", step="2")


def test_a_note_without_a_step_is_a_note(edge: Edge) -> None:
    code, case_id = illegal_building(edge)
    do(edge, edge.staff("worker"), case_id, "note", text="已联系业主", step="")
    assert all(one["done"] is None for one in edge.case(code).steps)
