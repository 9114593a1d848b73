"""Applications through the pages: more time, a suspension, a void case, and who decides them."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from gridgov.storage.applications import Application
from tests.support.app import token_in
from tests.web.casework import ZONE, assert_refused, do, handling, local, offered, page, tab
from tests.web.edge import Edge
from tests.web.reading import fields_of, words_of


def test_more_time_is_applied_for_and_granted_by_somebody_else(edge: Edge) -> None:
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    code, case_id = handling(edge)
    due = edge.case(code).due_at
    html = page(worker, case_id)
    assert f'min="{local(due)}"' in html, "the earliest and latest are said"
    assert "最晚可延到" in words_of(html)
    asked = due + timedelta(minutes=30)
    assert_refused(edge, worker, case_id, "ask_extension", "请填到几时", text="缺料")
    html = assert_refused(
        edge, worker, case_id, "ask_extension", "日期不对", text="缺料", until="tomorrow"
    )
    assert "缺料" in fields_of(html)["text"]
    past = local(due - timedelta(hours=1))
    assert_refused(
        edge, worker, case_id, "ask_extension", "不晚于现在的时限", text="缺料", until=past
    )
    far = local(due + timedelta(days=200))
    html = assert_refused(edge, worker, case_id, "ask_extension", "最晚", text="缺料", until=far)
    latest = re.search(r'id="ask_extension-moment"[^>]*max="([^"]+)"', html)
    assert latest is not None
    assert f"最晚 {latest[1].replace('T', ' ')}" in words_of(html), "by the clock of the district"
    do(edge, worker, case_id, "ask_extension", text="缺料", until=local(asked))
    assert "ask_suspension" not in offered(page(worker, case_id), case_id)
    assert "已申请延期，尚未决定" in words_of(page(worker, case_id)), "why it must wait"
    assert edge.act(worker, case_id, "grant_extension").status_code == 403
    html = page(desk, case_id)
    assert "申请延期" in words_of(html)
    assert "缺料" in words_of(html)
    assert {"grant_extension", "refuse_extension"} <= offered(html, case_id)
    do(edge, desk, case_id, "grant_extension")
    case = edge.case(code)
    assert (case.first_due_at, case.extension_count) == (due, 1)
    assert local(case.due_at) == local(asked)
    assert "时限由" in words_of(page(worker, case_id)), "old and new limit stand in the history"


def test_a_refused_extension_says_why_and_leaves_the_limit(edge: Edge) -> None:
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    code, case_id = handling(edge)
    due = edge.case(code).due_at
    until = local(due + timedelta(minutes=30))
    do(edge, worker, case_id, "ask_extension", text="缺料", until=until)
    assert_refused(edge, desk, case_id, "refuse_extension", "请写几个字")
    do(edge, desk, case_id, "refuse_extension", text="料已到，请按时办")
    assert (edge.case(code).due_at, edge.case(code).extension_count) == (due, 0)
    html = page(worker, case_id)
    assert "料已到，请按时办" in words_of(html)
    assert "ask_extension" in offered(html, case_id), "it may be asked for again"
    with edge.rows() as session:
        asked = session.scalars(select(Application).where(Application.case_id == case_id)).one()
        assert (asked.granted, asked.decided_at is not None) == (False, True)


def test_who_applied_never_decides_also_with_the_office_to_decide(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = handling(edge)
    do(edge, desk, case_id, "ask_void", reason="opened_in_error", text="重复录入")
    assert not {"grant_void", "refuse_void"} & offered(page(desk, case_id), case_id)
    assert edge.act(desk, case_id, "grant_void").status_code == 403
    do(edge, edge.staff("town_dispatcher"), case_id, "grant_void")
    assert edge.case(code).state == "void"
    assert offered(page(desk, case_id), case_id) == set()


def test_suspended_the_clock_stands_until_the_day_of_review(edge: Edge) -> None:
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    code, case_id = handling(edge)
    given = {"reason": "building_work", "text": "等管道改造"}
    review = (datetime.now(UTC).astimezone(ZONE) + timedelta(days=10)).date()
    long = (review + timedelta(days=90)).isoformat()
    assert_refused(edge, worker, case_id, "ask_suspension", "最晚", until=long, **given)
    assert_refused(edge, worker, case_id, "ask_suspension", "请填到几时", **given)
    do(edge, worker, case_id, "ask_suspension", until=review.isoformat(), **given)
    do(edge, desk, case_id, "grant_suspension")
    case = edge.case(code)
    assert case.state == "suspended"
    assert case.review_at is not None
    assert case.review_at.astimezone(ZONE).date() == review
    html = page(worker, case_id)
    # A day of another year is said with it.
    assert re.search(rf"挂账至 ({review:%Y}-)?{review:%m-%d}", words_of(html))
    assert case_id in tab(worker, "waiting")
    do(edge, worker, case_id, "resume")
    assert edge.case(code).state == "handling"


def test_a_supervisor_of_the_board_may_decide_and_others_may_not(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge)
    until = local(edge.case(code).due_at + timedelta(minutes=30))
    do(edge, worker, case_id, "ask_extension", text="缺料", until=until)
    assert edge.act(edge.staff("deputy"), case_id, "grant_extension").status_code == 403
    handler = edge.staff("handler")
    token = token_in(handler.get("/work").text)
    form = {"csrf_token": token}
    answer = handler.post(f"/work/cases/{case_id}/grant_extension", data=form)
    assert answer.status_code == 404, "another unit does not learn that it exists"
    assert "grant_extension" in offered(page(edge.staff("supervisor"), case_id), case_id)


def test_no_form_is_offered_that_would_be_refused_whatever_is_sent(edge: Edge) -> None:
    worker, desk, town = (edge.staff(one) for one in ("worker", "dispatcher", "town_dispatcher"))
    _code, case_id = handling(edge)
    html = page(worker, case_id)
    latest = re.search(r'id="ask_extension-moment"[^>]*max="([^"]+)"', html)
    assert latest is not None
    do(edge, worker, case_id, "ask_extension", text="缺料", until=latest[1])
    assert "merge" not in offered(page(desk, case_id), case_id), "first it is decided"
    do(edge, town, case_id, "grant_extension")
    html = page(worker, case_id)
    assert "ask_extension" not in offered(html, case_id)
    assert "已延到办理时限的两倍" in words_of(html)
    assert "merge" in offered(page(desk, case_id), case_id)
    review = local(datetime.now(UTC) + timedelta(days=9))[:10]
    do(edge, worker, case_id, "ask_suspension", reason="funds", text="等经费", until=review)
    with edge.writing() as session:
        for one in session.scalars(select(Application).where(Application.case_id == case_id)):
            if one.decided_at is None:
                one.until = datetime.now(UTC) - timedelta(hours=1)
    html = page(town, case_id)
    assert "grant_suspension" not in offered(html, case_id) and "复核日已过" in words_of(html)
    assert "refuse_suspension" in offered(html, case_id)


def test_the_history_says_who_decides_since_a_case_went_up(edge: Edge) -> None:
    worker, village = edge.staff("worker"), edge.staff("village")
    code, case_id = handling(edge)
    until = local(edge.case(code).due_at + timedelta(minutes=30))
    do(edge, worker, case_id, "ask_extension", text="缺料", until=until)
    do(edge, worker, case_id, "pass_up", text="做不了")
    do(edge, village, case_id, "sign")
    assert "延期，由镇街审批" not in words_of(page(edge.staff("dispatcher"), case_id))
    do(edge, village, case_id, "pass_up", text="做不了")
    assert "延期，由镇街审批" in words_of(page(edge.staff("dispatcher"), case_id))
