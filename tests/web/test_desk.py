"""The desk: the queue, its filters and search, common acts, approvals, export, taking in."""

import io
import re
from html import unescape
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.domain.replies import ReplyText
from gridgov.services import reference as references
from gridgov.services import replies
from gridgov.storage import history
from gridgov.storage.cases import Case
from gridgov.storage.exports import Export
from gridgov.storage.reports import Report, Reporter
from gridgov.storage.session import unit_of_work
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import words_of

ORDER = {
    "channel": "12345",
    "caller": "何伯",
    "phone": "13800138000",
    "text": "荷香路口的路灯不亮，晚上看不见路",
    "place_words": "荷香路12号",
    "category": "0101",
    "step": "send",
}


def listed(html: str) -> list[str]:
    return re.findall(r'data-case="([0-9a-f-]+)"', html)


def post(edge: Edge, address: str, **form: Any) -> TestResponse:
    desk = edge.staff("dispatcher")
    token = token_in(desk.get("/desk/new").text)
    return desk.post(address, data={"csrf_token": token, **form})


def order(**more: str) -> dict[str, str]:
    """Return a form that was filled in, with a number nobody used before."""
    return {**ORDER, "external_id": f"2026-{uuid4().hex[:8]}", **more}


def take_in(edge: Edge, **more: str) -> Case:
    """Type an order in and return the case it became."""
    form = order(**more)
    answer = post(edge, "/desk/new", **form)
    assert answer.status_code == 303, unescape(answer.text)
    return case_of(edge, form["external_id"])


def case_of(edge: Edge, number: str) -> Case:
    with edge.rows() as session:
        return session.scalars(
            select(Case).join(Report, Report.case_id == Case.id).where(Report.external_id == number)
        ).one()


def test_an_order_is_taken_in_once(edge: Edge) -> None:
    form = order()
    taken = post(edge, "/desk/new", **form).headers["Location"]
    assert form["external_id"] in edge.staff("dispatcher").get(taken).text
    again = post(edge, "/desk/new", **{**form, "text": "同一张单又来一次"}).headers["Location"]
    assert "again=1" in again
    assert taken in again
    case = case_of(edge, form["external_id"])
    assert case.channel == "12345"
    with edge.rows() as session:
        report = session.scalars(select(Report).where(Report.case_id == case.id)).one()
        reporter = session.get(Reporter, report.reporter_id)
        assert reporter is not None
        assert reporter.phone_sealed is not None
        assert reporter.name_sealed is not None
        assert b"138" not in reporter.phone_sealed
    other = post(edge, "/desk/new", **{**form, "channel": "phone"}).headers["Location"]
    assert "again" not in other  # the same number of another channel is another report


def test_a_form_that_lacks_something_says_so_and_keeps_every_word(edge: Edge) -> None:
    answer = post(edge, "/desk/new", **{**order(), "external_id": ""})
    assert answer.status_code == 400
    assert ORDER["text"] in unescape(answer.text)
    assert "请填写热线工单编号" in answer.text
    danger = post(edge, "/desk/new", **{**order(), "text": "燃气泄漏，有人晕倒了"})
    assert danger.status_code == 400
    assert 'name="emergency_ack"' in danger.text
    no_class = post(edge, "/desk/new", **{**order(), "category": "", "text": "楼下垃圾堆了几天"})
    assert no_class.status_code == 400
    assert 'name="suggested"' in no_class.text


def test_looking_first_changes_nothing_and_proposes(edge: Edge) -> None:
    case = take_in(edge)
    asked = {**order(external_id="77", text="垃圾堆了"), "step": "look"}
    answer = post(edge, "/desk/new", **asked)
    assert answer.status_code == 200
    assert case.number in answer.text  # told of with the words of this place
    with edge.rows() as session:
        assert session.scalar(select(Report).where(Report.external_id == "77")) is None


def test_a_case_is_found_by_number_words_place_and_phone(edge: Edge) -> None:
    case = take_in(edge)
    desk = edge.staff("dispatcher")
    with edge.rows() as session:
        told = session.scalars(select(Report).where(Report.case_id == case.id)).one()
    for asked in ("路灯", "荷香路 12号", told.external_id, case.number, "看不见路"):
        answer = post(edge, "/desk/search", q=asked)
        assert str(case.id) in listed(desk.get(answer.headers["Location"]).text), asked
    answer = post(edge, "/desk/search", q="138 0013 8000")
    there = answer.headers["Location"]
    assert "138" not in re.sub(r"caller=[0-9a-f]+", "", there)
    assert str(case.id) in listed(desk.get(there).text)
    nothing = post(edge, "/desk/search", q="没有这样的词")
    assert listed(desk.get(nothing.headers["Location"]).text) == []


def test_filters_of_the_address_narrow_and_count(edge: Edge) -> None:
    case = take_in(edge)
    desk = edge.staff("dispatcher")
    everything = listed(desk.get("/desk?tab=open").text)
    by_channel = listed(desk.get("/desk?tab=open&channel=12345").text)
    assert str(case.id) in by_channel
    assert len(by_channel) < len(everything)
    with edge.rows() as session:
        rows = {str(c.id): c for c in session.scalars(select(Case))}
    assert {rows[one].channel for one in by_channel} == {"12345"}
    for query, holds in (
        ("category=01", lambda c: c.category_code.startswith("01")),
        (f"from={case.received_on}", lambda c: c.received_on >= case.received_on),
        ("state=handling", lambda c: c.state == "handling"),
        ("lamp=grey", lambda c: c.state in ("need_info", "suspended")),
    ):
        found = listed(desk.get(f"/desk?tab=open&{query}").text)
        assert found == [one for one in everything if holds(rows[one])], query
    for wrong in ("lamp=x", "from=x", "caller=zz", "order=x", "rows=x", "case=x", "after=x"):
        assert desk.get(f"/desk?tab=open&{wrong}").status_code == 200


def test_pages_follow_each_other_without_a_gap(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    for order in ("left", "newest"):
        whole = listed(desk.get(f"/desk?tab=all&order={order}&rows=2000").text)
        page = desk.get(f"/desk?tab=all&order={order}&rows=3").text
        assert listed(page) == whole[:3]
        more = re.search(r'data-more="([^"]+)"', page)
        assert more is not None
        assert listed(desk.get(unescape(more[1])).text) == whole[3:203]


def test_a_closed_case_is_not_said_to_be_late(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    page = desk.get("/desk?tab=all&state=closed").text
    rows = re.findall(r'<tr role="row" class="desk-row".*?</tr>', page, re.S)
    assert rows
    for row in rows:
        said = words_of(row)
        assert "已结案" in said, said
        assert "超期" not in said, said
        assert "−" not in said, said


def test_among_all_cases_the_newest_stand_on_top_where_nobody_asked(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    newest = listed(desk.get("/desk?tab=all&order=newest").text)
    assert listed(desk.get("/desk?tab=all").text) == newest
    assert listed(desk.get("/desk?tab=all&order=left").text) != newest
    tab = re.search(r'<a class="tab" href="([^"]+)" id="tab-all"', desk.get("/desk?tab=open").text)
    assert tab is not None
    assert listed(desk.get(unescape(tab[1])).text) == newest
    found = post(edge, "/desk/search", q="路灯").headers["Location"]
    assert "order=left" not in found


def test_who_took_an_order_in_reads_who_has_it(edge: Edge) -> None:
    answer = post(edge, "/desk/new", **order())
    taken = words_of(edge.staff("dispatcher").get(answer.headers["Location"]).text)
    assert "承办 还没派人" in taken


def test_the_panel_acts_and_leads_back_to_the_list(edge: Edge) -> None:
    case = take_in(edge)
    desk = edge.staff("dispatcher")
    page = desk.get(f"/desk?tab=open&case={case.id}").text
    assert 'id="act-note"' in page
    assert 'aria-current="true"' in page
    back = "/desk?tab=open&channel=12345"
    answer = edge.act(desk, case.id, "note", text="热线已知会", back=back)
    assert answer.headers["Location"].endswith(back)
    outside = edge.act(desk, case.id, "note", text="再记", back="//evil.example/desk")
    assert "evil" not in outside.headers["Location"]


def test_a_common_act_shows_each_outcome_first_and_refuses_by_row(edge: Edge) -> None:
    can = take_in(edge)
    with edge.rows() as session:
        closed = session.scalars(select(Case).where(Case.state == "closed")).first()
        assert closed is not None
    rows = {"case_id": [str(can.id), str(closed.id)], "do": "supervise"}
    given = {"level": "ordinary", "reason": "complaint", "text": "请尽快"}
    first = post(edge, "/desk/bulk", **rows)
    assert first.status_code == 200
    reason = re.search(r'name="reason" value="([^"]+)"', first.text)
    level = re.search(r'name="level" value="([^"]+)"', first.text)
    assert reason is not None
    assert level is not None
    given |= {"reason": reason[1], "level": level[1]}
    look = post(edge, "/desk/bulk", **rows, **given, look="1")
    assert re.findall(r'data-outcome="(\w+)"', look.text) == ["yes", "no"]
    with edge.rows() as session:
        assert session.get_one(Case, can.id).supervision is None  # only looked
    done = post(edge, "/desk/bulk/do", **rows, **given, look="1")
    assert re.findall(r'data-outcome="(\w+)"', done.text) == ["yes", "no"]
    with edge.rows() as session:
        assert session.get_one(Case, can.id).supervision == level[1]
        assert session.get_one(Case, closed.id).supervision == closed.supervision


def test_turning_several_down_offers_the_texts_that_fit_them_all(edge: Edge) -> None:
    wanted = select(Case).where(Case.state.in_(("submitted", "registered")), ~Case.confidential)
    with edge.rows() as session:
        one, *more = session.scalars(wanted.order_by(Case.id)).all()
    other = next(case for case in more if case.category_code != one.category_code)
    outside = ReplyText("*", "不在本区", "", "您反映的地点不在本区范围内。", "")
    texts = [outside, ReplyText(one.category_code, "只说这类", "", "已登记。", "")]
    texts += [ReplyText(other.category_code, "只说那类", "", "已转交。", "")]
    with edge.app.app_context(), unit_of_work() as session:
        replies.set_texts(session, references.of(session, DISTRICT), texts)
    rows: dict[str, Any] = {"case_id": [str(one.id), str(other.id)], "do": "reject"}
    assert offered(post(edge, "/desk/bulk", **rows)) == ["不在本区"]
    alone = post(edge, "/desk/bulk", **rows | {"case_id": [str(one.id)]})
    assert offered(alone) == ["只说这类", "不在本区"]
    given = {"reason": "outside", "ready": outside.text, "text": "", "look": "1"}
    done = post(edge, "/desk/bulk/do", **rows, **given)
    assert re.findall(r'data-outcome="(\w+)"', done.text) == ["yes", "yes"]
    with edge.rows() as session:
        entries = [history.of_case(session, case.id)[-1] for case in (one, other)]
    assert [(line.action, line.text) for line in entries] == [("reject", outside.text)] * 2


def offered(page: TestResponse) -> list[str]:
    """The ready texts a form offers, without the words for one's own."""
    ready = re.search(r'<select[^>]*name="ready">(.*?)</select>', page.text, re.DOTALL)
    return [] if ready is None else re.findall(r"<option[^>]*>([^<]+)</option>", ready[1])[1:]


def test_nothing_chosen_is_a_sentence(edge: Edge) -> None:
    answer = post(edge, "/desk/bulk", do="urge")
    assert answer.status_code == 400
    assert "请先勾选" in answer.text


def test_a_list_leaves_as_a_marked_book_and_is_written_down(edge: Edge) -> None:
    case = take_in(edge, place_words="荷香路12号3栋501房", text="=1+1 找 13800138000")
    desk = edge.staff("dispatcher")
    answer = desk.get("/desk/export.xlsx?tab=open&channel=12345")
    assert answer.status_code == 200
    book = ZipFile(io.BytesIO(answer.data))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert case.number in sheet
    assert "导出" in sheet
    assert "<oddHeader>" in sheet
    assert "<f>" not in sheet
    assert "501" not in sheet
    with edge.rows() as session:
        kept = session.scalars(select(Export)).one()
        assert kept.row_count >= 1
        assert kept.person_id is not None


def test_an_answered_order_can_be_copied(edge: Edge) -> None:
    case = take_in(edge)
    desk = edge.staff("dispatcher")
    before = desk.get(f"/desk/cases/{case.id}/answer")
    assert "还没有答复" in before.text
    edge.act(desk, case.id, "reply", text="路灯已于今日修复")
    after = desk.get(f"/desk/cases/{case.id}/answer.txt").text
    assert "路灯已于今日修复" in after
    with edge.rows() as session:
        told = session.scalars(select(Report).where(Report.case_id == case.id)).one()
    assert str(told.external_id) in after


def test_a_case_with_two_problems_is_split(edge: Edge) -> None:
    text, number = "1、楼下垃圾堆了几天。2、路口井盖不见了。", f"2026-{uuid4().hex[:8]}"
    case = take_in(edge, text=text, external_id=number)
    desk = edge.staff("dispatcher")
    page = desk.get(f"/desk/cases/{case.id}/split").text
    assert page.count('name="take_') >= 2
    wrong = post(
        edge,
        f"/desk/cases/{case.id}/split",
        take_0="1",
        text_0="完全不同的话",
        category_0="0101",
        version=str(case.history_seq),
    )
    assert wrong.status_code == 400
    assert "完全不同的话" in wrong.text
    done = post(
        edge,
        f"/desk/cases/{case.id}/split",
        take_0="1",
        text_0="路口井盖不见了",
        category_0="0101",
        version=str(case.history_seq),
    )
    assert done.status_code == 303, done.text
    with edge.rows() as session:
        found = session.scalars(select(Report).where(Report.external_id == number))
        assert len({one.case_id for one in found}) == 2


def test_what_is_filled_in_at_the_end_is_split_off_without_a_tick(edge: Edge) -> None:
    case = take_in(edge, text="路口井盖不见了", external_id=f"2026-{uuid4().hex[:8]}")
    address, version = f"/desk/cases/{case.id}/split", str(case.history_seq)
    empty = post(edge, address, added_0="1", text_0="", category_0="", version=version)
    assert empty.status_code == 400, "nothing was filled in"
    given = {"added_0": "1", "text_0": "井盖不见了", "category_0": "0101", "version": version}
    done = post(edge, address, **given)
    assert done.status_code == 303, done.text
    assert "已拆分，另立 440608-" in edge.staff("dispatcher").get(done.headers["Location"]).text


def test_the_tabs_come_before_the_filters_and_decisions_have_one_way(edge: Edge) -> None:
    html = edge.staff("dispatcher").get("/desk").text
    assert html.index('id="tab-to_dispatch"') < html.index('id="filters"') < html.index("data-rows")
    tools = html.split('class="desk-order"')[1].split("</p>")[0]
    assert "审批" not in tools, "the tab says so already"


def test_what_waits_for_a_decision_is_listed_with_its_forms(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    with edge.writing() as session:
        case = session.scalars(select(Case).where(Case.state == "handling")).first()
        assert case is not None
    page = desk.get("/desk/approvals")
    assert page.status_code == 200
