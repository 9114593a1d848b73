"""What a person reads before and after an act: what comes of it, that it is done, who has it."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gridgov.storage.cases import Case
from gridgov.web.case_done import DONE
from gridgov.web.case_order import STAFF_ACTIONS
from tests.web.casework import DONE as RESULT
from tests.web.casework import assert_refused, do, handling, local, page, unit_case
from tests.web.edge import Edge, picture
from tests.web.reading import links_of, words_of


def said(html: str) -> list[str]:
    """Return the sentences that tell of the act before."""
    found = re.findall(r'<p class="done-note"[^>]*>(.*?)</p>', html, re.DOTALL)
    return [words_of(one) for one in found]


def test_every_act_of_the_case_page_has_a_sentence() -> None:
    assert set(DONE) == set(STAFF_ACTIONS)


def test_an_act_is_confirmed_once_where_it_leads(edge: Edge) -> None:
    worker = edge.staff("worker")
    case_id = edge.case(edge.report()).id
    do(edge, worker, case_id, "sign")
    assert said(page(worker, case_id)) == ["已签收，现由您办理。"]
    assert said(page(worker, case_id)) == [], "said once"
    answer = edge.act(worker, case_id, "resolve", **RESULT, photo=picture(2))
    listed = said(worker.get(answer.headers["Location"]).text)
    assert re.fullmatch("暴露垃圾，.+：已办结，由.+核查，通过后结案。", listed[0]), listed


def test_the_desk_says_which_case_went_to_whom_and_a_live_list_does_not(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    case_id = edge.case(edge.report()).id
    back = f"/desk?tab=open&case={case_id}"
    answer = edge.act(desk, case_id, "dispatch", target="unit:CG", back=back)
    assert answer.headers["Location"] == back
    assert said(desk.get("/desk?tab=open&fragment=1").text) == []
    html = desk.get(back).text
    assert re.fullmatch("暴露垃圾，.+：已派给高明区城市管理.+，等待签收。", said(html)[0])
    assert re.search("待签收 高明区城市管理", words_of(html)), "with whom it is, beside the list"
    assert "改派" in words_of(html), "who takes it from them now should know it"


def test_yes_and_no_to_an_application_stand_together(edge: Edge) -> None:
    code, case_id = unit_case(edge)
    until = local(edge.case(code).due_at + timedelta(minutes=30))
    do(edge, edge.staff("handler"), case_id, "ask_extension", text="等检测", until=until)
    desk = edge.staff("dispatcher")
    acts = re.findall(r'<form class="act-form[^>]+id="act-(\w+)"', page(desk, case_id))
    at = acts.index("grant_extension")
    assert acts[at : at + 2] == ["grant_extension", "refuse_extension"]
    do(edge, desk, case_id, "grant_extension")
    assert "已同意延期，时限改为" in said(page(desk, case_id))[0]


def overdue(edge: Edge, case_id: UUID) -> None:
    with edge.writing() as session:
        case = session.get_one(Case, case_id)
        case.due_at = case.limit_at = case.received_at - timedelta(hours=1)


def test_nobody_is_asked_for_a_moment_that_cannot_be(edge: Edge) -> None:
    _code, case_id = handling(edge)
    desk, leader = edge.staff("dispatcher"), edge.staff("supervisor")
    assert 'id="instruct-moment"' in page(leader, case_id)
    assert "最晚" in words_of(page(desk, case_id))
    overdue(edge, case_id)
    assert 'id="instruct-moment"' not in page(leader, case_id), "no target before what is over"
    html = page(desk, case_id)
    assert 'id="call_in-moment"' in html and "不选时间，最晚" in words_of(html)
    latest = re.search(r'id="call_in-moment"[^>]*max="([^"]+)"', html)
    assert latest is not None
    beyond = {"target": "unit:CG", "text": "请到场", "until": "9999-01-01T00:00"}
    assert_refused(edge, desk, case_id, "call_in", f"最晚 {latest[1][:10]}", **beyond)
    do(edge, desk, case_id, "call_in", target="unit:CG", text="请到场")
    until = local(datetime.now(UTC) + timedelta(days=1))
    do(edge, desk, case_id, "call_in", target="unit:ZJSL", text="请派车", until=until)


def test_whoever_is_called_in_reads_first_what_for(edge: Edge) -> None:
    _code, case_id = handling(edge)
    do(edge, edge.staff("worker"), case_id, "call_in", target="unit:ZJSL", text="请拖走废车")
    assert "请您协办 “请拖走废车”" in words_of(page(edge.staff("handler"), case_id))
    assert "请您协办" not in words_of(page(edge.staff("worker"), case_id))


def test_an_instruction_is_read_on_top_with_who_gave_it(edge: Edge) -> None:
    _code, case_id = handling(edge)
    do(edge, edge.staff("supervisor"), case_id, "instruct", text="请今天办完")
    assert re.search("罗家辉 .+ 批示 “请今天办完”", words_of(page(edge.staff("worker"), case_id)))


def test_a_merged_case_leads_to_the_one_that_goes_on(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    case, other = edge.case(edge.report()), edge.case(edge.report())
    do(edge, desk, case.id, "merge", case=other.number)
    html = page(desk, case.id)
    assert said(html) == [f"已合并，随案件 {other.number} 办理。"]
    assert f"/work/cases/{other.id}" in [at for at, _words in links_of(html)]


def test_the_desk_splits_and_answers_from_the_page_of_the_case_too(edge: Edge) -> None:
    case_id = edge.case(edge.report()).id
    wanted = f"/desk/cases/{case_id}/split"
    assert wanted in [at for at, _ in links_of(page(edge.staff("dispatcher"), case_id))]
    assert wanted not in [at for at, _ in links_of(page(edge.staff("worker"), case_id))]
