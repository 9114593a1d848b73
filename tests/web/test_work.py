"""The worker's and the unit's hands on a case, through their pages."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.services.intake import MAX_PHOTOS
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.photos import AFTER, BEFORE
from tests.support import images
from tests.web.casework import DONE, TABS, WORDS_ONLY, handling, listed, offered, page, tab
from tests.web.edge import GRID, TEXT, Edge, file, picture
from tests.web.reading import fields_of, links_of, words_of


def counts(browser: FlaskClient) -> dict[str, int]:
    """Return the numbers on the tabs of the list."""
    links = {at: said for at, said in links_of(browser.get("/work").text)}
    found = {name: re.search(r"\d+$", links[f"/work?tab={name}"]) for name in TABS}
    return {name: int(match[0]) for name, match in found.items() if match}


# The list -----------------------------------------------------------------------------


def test_a_case_wanders_through_the_tabs_of_those_who_have_it(edge: Edge) -> None:
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    code = edge.report()
    case_id = edge.case(code).id
    assert case_id in tab(worker, "sign")
    edge.done(worker, case_id, "sign")
    assert [name for name in TABS if case_id in tab(worker, name)] == ["handling"]
    edge.done(worker, case_id, "resolve")
    assert [name for name in TABS if case_id in tab(worker, name)] == ["done"]
    assert [name for name in TABS if case_id in tab(deputy, name)] == ["check"]
    edge.done(deputy, case_id, "check_pass")
    assert [name for name in TABS if case_id in tab(deputy, name)] == ["done"]


def test_each_tab_says_how_many_it_holds(edge: Edge) -> None:
    edge.report()
    handling(edge)
    for role in ("worker", "deputy", "handler", "village"):
        browser = edge.staff(role)
        said = counts(browser)
        assert set(said) == {"sign", "handling", "check"}, "the done ones are not counted"
        for name, number in said.items():
            assert len(tab(browser, name)) == number, (role, name)
    assert counts(edge.staff("worker"))["sign"] > 0


def test_what_is_due_next_stands_on_top_and_the_last_done_first(edge: Edge) -> None:
    slow, quick = edge.report(category="0105"), edge.report(category="0201")
    order = tab(edge.staff("worker"), "sign")
    assert order.index(edge.case(quick).id) < order.index(edge.case(slow).id)
    first, second = (edge.closed() for _ in range(2))
    done = tab(edge.staff("worker"), "done")
    assert done.index(edge.case(second).id) < done.index(edge.case(first).id)


def test_a_card_says_what_where_until_when_and_from_whom(edge: Edge) -> None:
    code = edge.report(category="0202", place_words="文昌路口", photos=[picture()])
    html = edge.staff("worker").get("/work?tab=sign").text
    words = words_of(html)
    for said in ("路灯不亮", "文昌路口", "随手拍"):
        assert said in words
    # Hours of work over noon or a night, plain ones within a morning: the present decides.
    assert re.search(r"剩 [\d.]+ (个工作)?小时", words)
    assert str(edge.photos(code)[0].id) in html


def test_the_fragment_is_the_list_alone(edge: Edge) -> None:
    edge.report()
    worker = edge.staff("worker")
    for name in TABS:
        whole = worker.get(f"/work?tab={name}").text
        part = worker.get(f"/work?tab={name}&fragment=1").text
        assert "<html" not in part
        assert listed(part) == listed(whole)
    desk = edge.staff("dispatcher")
    part = desk.get("/desk?tab=open&fragment=1").text
    assert "<html" not in part
    assert listed(part) == listed(desk.get("/desk?tab=open").text)


def test_long_lists_come_in_pages(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    edge.report(), edge.report(), edge.report()
    worker = edge.staff("worker")
    whole = tab(worker, "sign")
    monkeypatch.setattr("gridgov.services.worklists.PAGE", 2)
    seen: list[UUID] = []
    address: str | None = "/work?tab=sign"
    while address:
        html = worker.get(address).text
        seen += listed(html)
        address = next((at for at, _ in links_of(html) if "offset=" in at), None)
    assert seen == whole


def test_an_unknown_tab_or_offset_opens_the_list_all_the_same(edge: Edge) -> None:
    worker = edge.staff("worker")
    for query in ("tab=everything", "offset=-5", "offset=x", "offset=99999"):
        assert worker.get(f"/work?{query}").status_code == 200, query


# Sign, resolve, check ---------------------------------------------------------------------


def test_the_case_page_tells_all_and_offers_the_next_step(edge: Edge) -> None:
    code = edge.report(photos=[picture()], phone="13923456789")
    case = edge.case(code)
    html = page(edge.staff("worker"), case.id)
    words = words_of(html)
    for said in (case.number, "暴露垃圾", TEXT, "待签收", edge.area(GRID).name, "4 个工作小时"):
        assert said in words
    assert str(edge.photos(code)[0].id) in html
    asks = {"return", "pass_up", "hand_neighbour", "ask_extension", "ask_void"}
    assert offered(html, case.id) == {"sign", *asks, "note", "reply"}
    assert "泰华社区" in words, "who gets it when it is passed up"
    watching = {"instruct", "supervise", "urge", "note"}
    assert offered(page(edge.staff("supervisor"), case.id), case.id) == watching


def test_resolving_takes_words_and_a_photo_and_keeps_what_was_written(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge)
    no_photo = edge.act(worker, case_id, "resolve", **DONE)
    assert no_photo.status_code == 400
    assert "要有一张处理后的照片" in words_of(no_photo.text)
    assert "已清走" in fields_of(no_photo.text)["text"]
    no_words = edge.act(worker, case_id, "resolve", photo=picture())
    assert (no_words.status_code, "请写几个字" in words_of(no_words.text)) == (400, True)
    long = edge.act(worker, case_id, "resolve", text="长" * 4001, photo=picture())
    assert "写了 4001 个字，最多 4000 个" in words_of(long.text)
    assert "长" * 4001 in fields_of(long.text)["text"]
    pretender = file(images.PRETENDERS["PDF"], "after.jpg")
    wrong = edge.act(worker, case_id, "resolve", **DONE, photo=pretender)
    assert "这个文件不是照片" in words_of(wrong.text)
    assert "已清走" in fields_of(wrong.text)["text"]
    many = [picture(n) for n in range(MAX_PHOTOS + 1)]
    too_many = edge.act(worker, case_id, "resolve", **DONE, photo=many)
    assert (too_many.status_code, "最多 6 张照片" in words_of(too_many.text)) == (400, True)
    assert edge.case(code).state == "handling"
    done = edge.act(worker, case_id, "resolve", **DONE, photo=[picture(3), picture(4)])
    assert (done.status_code, done.headers["Location"]) == (303, "/work")
    assert edge.case(code).state == "resolved"
    assert [photo.purpose for photo in edge.photos(code)] == [AFTER, AFTER]


def test_a_class_without_an_after_photo_is_resolved_by_words(edge: Edge) -> None:
    code, case_id = handling(edge, category="0902", text="请问低保要什么材料")
    assert edge.act(edge.staff("worker"), case_id, "resolve", **DONE).status_code == 303
    assert edge.case(code).state == "resolved"


def test_the_checker_sees_before_and_after_and_the_handler_cannot_pass_it(edge: Edge) -> None:
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    code, case_id = handling(edge, photos=[picture(1)])
    edge.done(worker, case_id, "resolve")
    html = page(deputy, case_id)
    before, after = edge.photos(code)
    assert (before.purpose, after.purpose) == (BEFORE, AFTER)
    assert html.index(str(before.id)) < html.index(str(after.id)), "before, then after"
    for photo in (before, after):
        for size in ("thumb", "full"):
            answer = deputy.get(f"/work/photos/{photo.id}/{size}.jpg")
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "已清走" in words_of(html)
    assert offered(html, case_id) == {"check_pass", "send_back", "note"}
    assert offered(page(worker, case_id), case_id) == WORDS_ONLY
    own = edge.act(worker, case_id, "check_pass")
    assert own.status_code == 403
    assert edge.case(code).state == "resolved"
    edge.done(deputy, case_id, "check_pass")
    assert edge.case(code).state == "closed"


def test_sent_back_it_returns_to_the_handler_with_the_reason(edge: Edge) -> None:
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    code, case_id = handling(edge)
    edge.done(worker, case_id, "resolve")
    empty = edge.act(deputy, case_id, "send_back")
    assert (empty.status_code, "请写几个字" in words_of(empty.text)) == (400, True)
    back = edge.act(deputy, case_id, "send_back", text="墙角还有一袋")
    assert back.status_code == 303
    case = edge.case(code)
    assert (case.state, case.rework_count) == ("handling", 1)
    assert case_id in tab(worker, "handling")
    assert "墙角还有一袋" in words_of(page(worker, case_id))
    assert "墙角还有一袋" not in words_of(edge.visitor().get(f"/r/{code}").text)


# Return, pass up, the unit's handler -------------------------------------------------------


def test_returning_needs_a_reason_and_words_and_leads_to_the_dispatcher(edge: Edge) -> None:
    worker = edge.staff("worker")
    code = edge.report()
    case_id = edge.case(code).id
    for form, sentence in (
        ({"text": "属城管"}, "请选一个理由"),
        ({"text": "属城管", "reason": "too_hot"}, "请从给出的理由里选一个"),
        ({"reason": "wrong_duty"}, "请写几个字"),
    ):
        answer = edge.act(worker, case_id, "return", **form)
        assert answer.status_code == 400
        assert sentence in words_of(answer.text)
        kept = fields_of(answer.text)
        assert form.get("text", "") in kept["text"]
        if form.get("reason") == "wrong_duty":
            assert "wrong_duty" in kept["reason"]
    given = {"reason": "wrong_duty", "text": "属城管"}
    assert edge.act(worker, case_id, "return", **given).headers["Location"] == "/work"
    assert edge.case(code).state == "registered"
    desk = edge.staff("dispatcher")
    assert case_id in listed(desk.get("/desk?tab=returned").text)
    assert "属城管" in words_of(page(desk, case_id))


def test_passed_up_it_lies_with_the_village(edge: Edge) -> None:
    code, case_id = handling(edge)
    worker, village = edge.staff("worker"), edge.staff("village")
    empty = edge.act(worker, case_id, "pass_up")
    assert (empty.status_code, "请写几个字" in words_of(empty.text)) == (400, True)
    assert edge.act(worker, case_id, "pass_up", text="要吊车").status_code == 303
    case = edge.case(code)
    assert (case.state, case.level, case.unit_code) == ("dispatched", "village", f"V{GRID[:12]}")
    assert case_id in tab(village, "sign")
    assert case_id in tab(worker, "done")
    edge.done(village, case_id, "sign", "resolve")
    checker = edge.case(code)
    assert checker.checker_unit_code or checker.checker_id
    assert offered(page(village, case_id), case_id) == WORDS_ONLY, "who handled it never passes it"


def test_a_unit_handles_what_is_its_own(edge: Edge) -> None:
    handler, worker = edge.staff("handler"), edge.staff("worker")
    code = edge.report(category="0402", text="半夜打桩")
    case_id = edge.case(code).id
    assert case_id in tab(handler, "sign")
    assert case_id not in tab(worker, "sign")
    asks = {"return", "ask_extension", "ask_void", "name_person"}
    assert offered(page(handler, case_id), case_id) == {"sign", *asks, *WORDS_ONLY}, (
        "nobody is above it"
    )
    assert edge.act(worker, case_id, "sign").status_code == 403
    edge.done(handler, case_id, "sign")
    assert edge.act(handler, case_id, "resolve", **DONE).status_code == 303
    case = edge.case(code)
    assert case.state == "resolved"
    assert offered(page(handler, case_id), case_id) == WORDS_ONLY
    edge.done(_checker(edge, code), case_id, "check_pass")
    assert edge.case(code).state == "closed"


def _checker(edge: Edge, code: str) -> FlaskClient:
    """Return the browser of who was asked to check."""
    case = edge.case(code)
    with edge.rows() as session:
        person = case.checker_id
        if person is None:
            granted = select(GrantRow.person_id).where(GrantRow.unit_code == case.checker_unit_code)
            person = session.scalars(granted).first()
        username = session.get_one(Person, person).username
    return edge.colleague(username)


# The whole of it, on either database --------------------------------------------------------


def test_from_report_to_reopened_on_either_database(edge_on_both: Edge) -> None:
    edge = edge_on_both
    code = edge.closed(photos=[picture()], text="埇口垃圾 🕳️")
    answer = edge.visitor().post(f"/r/{code}/rate", data={"solved": "no", "satisfaction": "5"})
    assert answer.status_code == 303
    case_id = edge.case(code).id
    assert case_id in tab(edge.staff("worker"), "handling")
    nul = edge.act(
        edge.staff("worker"), case_id, "return", reason="wrong_area", text="归\u0000邻格"
    )
    assert nul.status_code == 303
    desk = edge.staff("dispatcher")
    given = {"target": "区\u0000法院", "receipt": "2026\u0000-1", "text": "移交"}
    assert edge.act(desk, case_id, "transfer", **given).status_code == 303
    assert edge.case(code).state == "transferred"
