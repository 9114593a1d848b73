"""Returning, ruling, assisting, merging and more, each through the page of its person."""

import re
from datetime import timedelta

from sqlalchemy import select

from gridgov.domain.routing import Outside
from gridgov.domain.workflow import Action
from gridgov.services import districts
from gridgov.services import reference as references
from gridgov.storage import people
from gridgov.storage.cases import Case, Task
from gridgov.storage.people import Person
from gridgov.storage.session import unit_of_work
from gridgov.web import case_fields
from gridgov.web.case_fields import Look
from gridgov.web.case_form_model import Kind
from tests.support import acts
from tests.web.casework import (
    assert_refused,
    do,
    handling,
    listed,
    local,
    offered,
    page,
    returned_twice,
    tab,
    unit_case,
)
from tests.web.edge import DISTRICT, GRID, Edge, picture
from tests.web.reading import fields_of, words_of
from tests.web.test_outside import BEYOND

# Returning and ruling -----------------------------------------------------------------------


def test_the_return_form_names_the_rule_and_takes_a_proposal(edge: Edge) -> None:
    worker = edge.staff("worker")
    code = edge.report(category="0402", text="半夜打桩")
    case_id = edge.case(code).id
    html = page(edge.staff("handler"), case_id)
    assert "按目录，此类由" in words_of(html)
    unknown = {"reason": "wrong_duty", "text": "归别人", "target": "unit:NOBODY"}
    html = assert_refused(edge, edge.staff("handler"), case_id, "return", "请从列表里选", **unknown)
    assert "归别人" in fields_of(html)["text"], "what was typed stays"
    assert edge.act(worker, case_id, "return", **unknown).status_code == 403


def test_a_proposed_owner_is_chosen_already_when_the_desk_dispatches(edge: Edge) -> None:
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    case_id = edge.case(edge.report()).id
    given = {"reason": "wrong_duty", "text": "属城管", "target": "unit:CG"}
    do(edge, worker, case_id, "return", **given)
    html = page(desk, case_id)
    assert '<option value="unit:CG" selected>' in html
    assert "退回时建议：" in words_of(html)
    assert re.search("陈海怡 ?退回，.{5,14}职能不符，“属城管”", words_of(html)), "said on top"
    assert "建议由" in words_of(html), "the history says it too"


def test_a_proposed_owner_for_whom_nobody_works_any_more_is_not_chosen(edge: Edge) -> None:
    case_id = edge.case(edge.report()).id
    given = {"reason": "wrong_duty", "text": "属城管", "target": "unit:CG"}
    do(edge, edge.staff("worker"), case_id, "return", **given)
    with edge.app.test_request_context(), unit_of_work() as session:
        case = session.get_one(Case, case_id)
        desk = acts.person(session, "dispatcher")
        look = Look(session, case, desk, references.of(session, DISTRICT), case.updated_at)
        for chosen in ("unit:CG", ""):
            (target,) = (
                one for one in case_fields.of(look, Action.DISPATCH) if one.kind is Kind.TARGET
            )
            assert target.value == chosen
            for person_id in people.of_unit(session, DISTRICT, "CG"):
                session.get_one(Person, person_id).active = False
            session.flush()
        session.rollback()  # the others of this file need them


def test_after_two_returns_only_the_level_above_decides_and_for_good(edge: Edge) -> None:
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    town = edge.staff("town_dispatcher")
    code, case_id = returned_twice(edge)
    html = page(desk, case_id)
    assert "已两次退回，待镇街裁定" in words_of(html)
    assert "由镇街裁定责任单位" in words_of(html), "why it cannot be dispatched"
    assert not {"dispatch", "hand_neighbour"} & offered(html, case_id)
    assert_refused(edge, desk, case_id, "dispatch", "由上一级裁定责任单位", target="lead")
    assert_refused(edge, town, case_id, "rule", "请写几个字", target="unit:CG")
    assert_refused(edge, town, case_id, "rule", "请选派给谁", text="按职责清单")
    do(edge, town, case_id, "rule", target="lead", text="按职责清单，由网格办理")
    case = edge.case(code)
    assert (case.state, case.ruled, case.return_count) == ("dispatched", True, 2)
    html = page(worker, case_id)
    assert "已裁定，不得再退回" in words_of(html)
    assert not {"return", "hand_neighbour", "pass_up"} & offered(html, case_id)
    given = {"reason": "wrong_duty", "text": "不归网格"}
    assert_refused(edge, worker, case_id, "return", "裁定为最终决定", **given)
    assert_refused(edge, worker, case_id, "pass_up", "裁定为最终决定", text="做不了")
    assert "dispatch" in offered(page(town, case_id), case_id), "who ruled may change it"


def test_returning_and_ruling_leave_the_handling_limit_where_it_was(edge: Edge) -> None:
    code = edge.report()
    case_id, due = edge.case(code).id, edge.case(code).due_at
    do(edge, edge.staff("worker"), case_id, "return", reason="wrong_area", text="邻格的")
    do(edge, edge.staff("dispatcher"), case_id, "dispatch", target="unit:CG")
    assert edge.case(code).due_at == due


# Joint handling -----------------------------------------------------------------------------


def test_who_is_called_in_sees_the_case_and_reports_the_own_part(edge: Edge) -> None:
    worker, handler = edge.staff("worker"), edge.staff("handler")
    code, case_id = handling(edge)
    assert handler.get(f"/work/cases/{case_id}").status_code == 404
    assert_refused(edge, worker, case_id, "call_in", "请选派给谁", text="请断水")
    beyond = local(edge.case(code).due_at + timedelta(days=3))
    kept = {"target": "unit:ZJSL", "text": "请断水"}
    html = assert_refused(edge, worker, case_id, "call_in", "最晚", until=beyond, **kept)
    assert "请断水" in fields_of(html)["text"]
    do(edge, worker, case_id, "call_in", required="1", **kept)
    assert_refused(edge, worker, case_id, "call_in", "对方已经参与本案", **kept)
    assert case_id in tab(handler, "assist")
    html = page(handler, case_id)
    assert "请断水" in words_of(html)
    assert {"finish_task", "note"} <= offered(html, case_id)
    assert "resolve" not in offered(html, case_id)
    html = page(worker, case_id)
    assert "还有 1 项协办未完成" in words_of(html)
    assert "resolve" not in offered(html, case_id)
    given = {"text": "已清走", "photo": picture(2)}
    answer = edge.act(worker, case_id, "resolve", **given)
    assert (answer.status_code, "协办未完成" in words_of(answer.text)) == (409, True)
    with edge.rows() as session:
        task = session.scalars(select(Task).where(Task.case_id == case_id, Task.kind == "assist"))
        task_id = str(task.one().id)
    assert_refused(edge, handler, case_id, "finish_task", "请写几个字", task=task_id)
    assert_refused(
        edge, handler, case_id, "finish_task", "请选一项未完成的协办", task="7", text="x"
    )
    do(edge, handler, case_id, "finish_task", task=task_id, text="已断水")
    assert handler.get(f"/work/cases/{case_id}").status_code == 404, "its part is done"
    edge.done(worker, case_id, "resolve")
    assert edge.case(code).state == "resolved"


def test_an_assistant_can_be_let_off_with_a_reason(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge)
    do(edge, worker, case_id, "call_in", target="unit:ZJSL", text="请断水", required="1")
    task_id = fields_of(page(worker, case_id))["task"][0]
    assert_refused(edge, worker, case_id, "waive_task", "请写几个字", task=task_id)
    do(edge, worker, case_id, "waive_task", task=task_id, text="自己断了")
    assert "已免除" in words_of(page(worker, case_id))
    assert case_id not in tab(edge.staff("handler"), "assist")
    edge.done(worker, case_id, "resolve")
    assert edge.case(code).state == "resolved"


def test_help_that_is_not_required_does_not_hold_the_case_up(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge)
    do(edge, worker, case_id, "call_in", target="unit:ZJSL", text="如有空请来")
    edge.done(worker, case_id, "resolve")
    assert edge.case(code).state == "resolved"
    assert case_id not in tab(edge.staff("handler"), "assist"), "the work is over for all"


# The unit's inbox ---------------------------------------------------------------------------


def test_a_unit_names_who_has_a_case_and_keeps_it(edge: Edge) -> None:
    handler, colleague = edge.staff("handler"), edge.colleague("u-zjsl")
    code, case_id = unit_case(edge)
    with edge.rows() as session:
        named = session.scalars(select(Person).where(Person.username == "uzjsl")).one()
        stranger = session.scalars(select(Person).where(Person.username == "worker")).one()
    other = {"target": f"person:{stranger.id}"}
    assert_refused(edge, handler, case_id, "name_person", "请从列表里选", **other)
    do(edge, handler, case_id, "name_person", target=f"person:{named.id}")
    case = edge.case(code)
    assert (case.assignee_id, case.unit_code) == (named.id, "ZJSL")
    assert f"经办：{named.name}" in words_of(handler.get("/work?tab=handling").text)
    assert f"指定经办人 {named.name}" in words_of(page(handler, case_id))
    for browser in (handler, colleague):
        assert case_id in tab(browser, "handling"), "colleagues stand in"
        assert "resolve" in offered(page(browser, case_id), case_id)


def test_a_reply_reaches_the_reporter_and_a_note_does_not(edge: Edge) -> None:
    handler = edge.staff("handler")
    code, case_id = unit_case(edge)
    do(edge, handler, case_id, "reply", text="已约谈工地，今晚停工")
    do(edge, handler, case_id, "note", text="老板电话打不通")
    receipt = words_of(edge.visitor().get(f"/r/{code}").text)
    assert "老板电话打不通" not in receipt
    assert "已约谈工地，今晚停工" in receipt
    assert "老板电话打不通" in words_of(page(edge.staff("dispatcher"), case_id))


def test_who_is_sent_to_look_says_how_it_is(edge: Edge) -> None:
    desk, handler = edge.staff("dispatcher"), edge.staff("handler")
    with edge.writing() as session:
        districts.set_outside(session, DISTRICT, Outside.TRAY)  # such cases wait at the desk
    codes = [edge.report(**BEYOND) for _ in range(2)]
    cases = [edge.case(code).id for code in codes]
    for case_id in cases:
        assert {"register", "ask_verify"} <= offered(page(desk, case_id), case_id)
        do(edge, desk, case_id, "ask_verify", target="unit:ZJSL", text="请去看看")
        assert case_id in tab(handler, "verify")
        assert {"confirm", "refute"} <= offered(page(handler, case_id), case_id)
    do(edge, handler, cases[0], "confirm", text="确有其事")
    assert_refused(edge, handler, cases[1], "refute", "请选一个理由", text="没有")
    do(edge, handler, cases[1], "refute", reason="not_found", text="没有发现")
    assert edge.case(codes[0]).state == "registered"
    assert edge.case(codes[1]).state == "submitted"
    assert cases[1] in listed(desk.get("/desk?tab=open").text)


# Two cases that are one -------------------------------------------------------------------------


def test_the_desk_merges_by_number_and_takes_out_again(edge: Edge) -> None:
    desk, worker = edge.staff("dispatcher"), edge.staff("worker")
    code, case_id = handling(edge)
    other, other_id = handling(edge)
    assert_refused(edge, desk, case_id, "merge", "编号", case="440608-000000-00000", text="同一处")
    assert_refused(edge, desk, case_id, "merge", "编号", text="同一处")
    do(edge, desk, case_id, "merge", case=edge.case(other).number, text="同一处")
    assert edge.case(code).state == "merged"
    assert f"已并入案件 {edge.case(other).number}" in words_of(page(desk, case_id))
    assert edge.case(code).number in words_of(page(worker, other_id)), "the other says it too"
    assert edge.act(worker, case_id, "unmerge", text="不是").status_code == 403
    do(edge, desk, case_id, "unmerge", text="是另一处")
    assert edge.case(code).state == "handling"


# An appeal ---------------------------------------------------------------------------------------


def test_an_appeal_is_decided_by_somebody_who_did_not_take_the_decision(edge: Edge) -> None:
    desk, town = edge.staff("dispatcher"), edge.staff("town_dispatcher")
    code = edge.report()
    case_id = edge.case(code).id
    do(edge, edge.staff("worker"), case_id, "return", reason="wrong_duty", text="不归网格")
    do(edge, desk, case_id, "reject", reason="no_request", text="没有诉求")
    visitor = edge.visitor()
    token = fields_of(visitor.get(f"/r/{code}").text).get("csrf_token", [""])[0]
    appeal = {"appeal": "明明有诉求", "csrf_token": token}
    assert visitor.post(f"/r/{code}/appeal", data=appeal).status_code == 303
    assert edge.act(desk, case_id, "grant_appeal", text="x").status_code == 403
    html = page(town, case_id)
    assert {"grant_appeal", "deny_appeal"} <= offered(html, case_id)
    assert "明明有诉求" in words_of(html)
    assert_refused(edge, town, case_id, "grant_appeal", "请写几个字")
    do(edge, town, case_id, "grant_appeal", text="有诉求，应受理")
    assert edge.case(code).state == "registered"


# Next door, asking back, urging -------------------------------------------------------------------


def test_a_case_is_handed_to_the_grid_next_door(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge)
    options = re.findall(r'name="target" value="(440608\d+)"', page(worker, case_id))
    assert options, "the grids next door are offered"
    far = next(area for area in sorted(edge.reference().landmarks) if area not in options)
    given = {"reason": "other_duty", "text": "路对面归你们"}
    assert_refused(edge, worker, case_id, "hand_neighbour", "请选派给谁", **given)
    assert_refused(edge, worker, case_id, "hand_neighbour", "不相邻", target=far, **given)
    do(edge, worker, case_id, "hand_neighbour", target=options[0], **given)
    case = edge.case(code)
    assert (case.state, case.home_grid) == ("dispatched", options[0])
    assert case.grid_code != options[0], "where it was routed stays"


def test_the_reporter_is_asked_back_and_the_clock_stands(edge: Edge) -> None:
    desk, worker = edge.staff("dispatcher"), edge.staff("worker")
    code, case_id = handling(edge)
    assert_refused(edge, worker, case_id, "ask_info", "请写几个字")
    do(edge, worker, case_id, "ask_info", text="在几号楼？")
    assert edge.case(code).state == "need_info"
    assert "已请上报人补充，暂停计时" in words_of(page(worker, case_id))
    assert case_id in tab(worker, "waiting")
    do(edge, desk, case_id, "go_on")
    assert edge.case(code).state == "handling"
    do(edge, desk, case_id, "urge", text="请快")
    assert "催办" in words_of(page(worker, case_id))


def test_the_desk_corrects_the_spot_and_the_duty_follows(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code = edge.report()
    case_id = edge.case(code).id
    do(edge, edge.staff("worker"), case_id, "return", reason="wrong_area", text="在对面")
    other = next(area for area in sorted(edge.reference().landmarks) if area != GRID)
    mark = edge.reference().landmarks[other][0]
    wrong = {"lon": "x", "lat": "22.9", "datum": "wgs84"}
    assert_refused(edge, desk, case_id, "correct_spot", "以度为单位的数字", **wrong)
    spot = {"lon": str(mark["lon"]), "lat": str(mark["lat"]), "datum": "wgs84"}
    do(edge, desk, case_id, "correct_spot", **spot)
    assert edge.case(code).home_grid == other
    was, now = (edge.area(one).name for one in (GRID, other))
    told = words_of(page(desk, case_id))
    assert f"由{was}转到{now}" in told
    assert "图钉移动了" in told
    nearer = {**spot, "lon": str(mark["lon"] + 1e-5)}
    do(edge, desk, case_id, "correct_spot", **nearer)
    assert f"由{now}转到{now}" not in words_of(page(desk, case_id)), "only the pin moved"
    assert edge.case(code).grid_code == GRID, "where it was routed stays"
