"""The worker's, the unit's and the dispatcher's hands on a case, through their pages."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.services.intake import MAX_PHOTOS
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.photos import AFTER, BEFORE
from tests.support import images
from tests.web.edge import GRID, TEXT, Edge, file, picture
from tests.web.reading import fields_of, links_of, words_of

TABS = ("sign", "handling", "check", "done")
DONE = {"text": "已清走"}
WORDS_ONLY = {"note", "reply"}  # what whoever has or had it can still do while others act


def listed(html: str) -> list[UUID]:
    """Return the cases a list links to, in its order."""
    found = [re.fullmatch(r"/work/cases/([0-9a-f-]{36})", at) for at, _ in links_of(html)]
    rows = re.findall(r'data-case="([0-9a-f-]{36})"', html)  # the desk shows them beside the list
    return list(dict.fromkeys(UUID(one) for one in [*(m[1] for m in found if m), *rows]))


def tab(browser: FlaskClient, name: str) -> list[UUID]:
    answer = browser.get("/work", query_string={"tab": name})
    assert answer.status_code == 200
    return listed(answer.text)


def counts(browser: FlaskClient) -> dict[str, int]:
    """Return the numbers on the tabs of the list."""
    links = {at: said for at, said in links_of(browser.get("/work").text)}
    found = {name: re.search(r"\d+$", links[f"/work?tab={name}"]) for name in TABS}
    return {name: int(match[0]) for name, match in found.items() if match}


def page(browser: FlaskClient, case_id: UUID) -> str:
    answer = browser.get(f"/work/cases/{case_id}")
    assert answer.status_code == 200
    return answer.text


def offered(html: str, case_id: UUID) -> set[str]:
    """Return the actions a case page has a form for."""
    return set(re.findall(rf'action="/work/cases/{case_id}/([a-z_]+)"', html))


def handling(edge: Edge, **form: Any) -> tuple[str, UUID]:
    """Return a case the worker has signed."""
    code = edge.report(**form)
    case_id = edge.case(code).id
    edge.done(edge.staff("worker"), case_id, "sign")
    return code, case_id


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


# The dispatcher ----------------------------------------------------------------------------


def returned(edge: Edge) -> tuple[str, UUID]:
    code = edge.report()
    case_id = edge.case(code).id
    given = {"reason": "wrong_duty", "text": "不归网格"}
    assert edge.act(edge.staff("worker"), case_id, "return", **given).status_code == 303
    return code, case_id


def test_the_dispatcher_gives_a_case_to_a_unit_or_a_person(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    html = page(desk, case_id)
    others = {"ask_info", "ask_void", "hand_neighbour", "urge", "supervise", *WORDS_ONLY}
    others |= {"merge", "correct_spot"}
    assert offered(html, case_id) == {"dispatch", "reject", "transfer", *others}
    for target in ("unit:CG", "unit:T440608004", f"unit:V{GRID[:12]}", "lead"):
        assert f'value="{target}"' in html
    assert 'value="unit:T440608106"' not in html, "no office of another town"
    for form, sentence in (({}, "请选派给谁"), ({"target": "unit:NONE"}, "请从列表里选")):
        answer = edge.act(desk, case_id, "dispatch", **form)
        assert (answer.status_code, sentence in words_of(answer.text)) == (400, True)
    answer = edge.act(desk, case_id, "dispatch", target="unit:CG", text="请尽快")
    assert answer.headers["Location"] == f"/work/cases/{case_id}", "the dispatcher stays"
    assert (edge.case(code).state, edge.case(code).unit_code) == ("dispatched", "CG")
    assert "城市管理" in words_of(page(desk, case_id))
    again = edge.act(desk, case_id, "dispatch", target="lead")
    assert again.status_code == 303
    assert case_id in tab(edge.staff("worker"), "sign")


def test_the_dispatcher_rejects_with_a_reason_the_resident_reads(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    empty = edge.act(desk, case_id, "reject", text="不在本区")
    assert (empty.status_code, "请选一个理由" in words_of(empty.text)) == (400, True)
    assert "不在本区" in fields_of(empty.text)["text"]
    given = {"reason": "outside", "text": "不在本区，请打邻区 12345"}
    assert edge.act(desk, case_id, "reject", **given).status_code == 303
    assert edge.case(code).state == "rejected"
    assert given["text"] in words_of(edge.visitor().get(f"/r/{code}").text)
    assert offered(page(desk, case_id), case_id) == set()


def test_transferring_needs_the_number_of_the_other_side(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    answer = edge.act(desk, case_id, "transfer", target="区法院", text="已起诉")
    assert (answer.status_code, "请填对方的受理编号" in words_of(answer.text)) == (400, True)
    assert "区法院" in fields_of(answer.text)["target"]
    given = {"target": "区法院", "text": "已起诉", "receipt": "2026-0117"}
    assert edge.act(desk, case_id, "transfer", **given).status_code == 303
    assert edge.case(code).state == "transferred"


def test_the_desk_counts_what_it_lists(edge: Edge) -> None:
    returned(edge)
    for role in ("dispatcher", "town_dispatcher"):
        desk = edge.staff(role)
        links = dict(links_of(desk.get("/desk").text))
        for name in ("to_dispatch", "returned", "open", "overdue"):
            said = re.search(r"\d+$", links[f"/desk?tab={name}"])
            assert said is not None, name
            cases = listed(desk.get(f"/desk?tab={name}").text)
            assert len(cases) == int(said[0]), (role, name)


def test_a_towns_dispatcher_reaches_the_own_town_only(edge: Edge) -> None:
    desk = edge.staff("town_dispatcher")
    elsewhere = next(c for c in sorted(edge.reference().landmarks) if c.startswith("440608108"))
    there, here = edge.report(elsewhere), edge.report()
    assert edge.case(here).id in listed(desk.get("/desk?tab=open").text)
    assert edge.case(there).id not in listed(desk.get("/desk?tab=open").text)
    assert desk.get(f"/work/cases/{edge.case(there).id}").status_code == 404
    secret = edge.case(edge.report(category="0505", text="倒废液")).id
    assert desk.get(f"/work/cases/{secret}").status_code == 404
    assert secret not in listed(desk.get("/desk?tab=open").text)
    assert edge.staff("dispatcher").get(f"/work/cases/{secret}").status_code == 200


# Two at once ------------------------------------------------------------------------------


def test_the_slower_of_two_is_told_who_was_faster_and_keeps_the_words(edge: Edge) -> None:
    """Two handlers of one unit open the same case; both resolve it."""
    first, second = edge.staff("handler"), edge.colleague("u-zjsl")
    code = edge.report(category="0402", text="半夜打桩")
    case_id = edge.case(code).id
    edge.done(first, case_id, "sign")
    open_page = stale_form(second, case_id)
    assert edge.act(first, case_id, "resolve", text="已责令停工").status_code == 303
    answer = second.post(
        f"/work/cases/{case_id}/resolve", data={**open_page, "text": "我也去看过了"}
    )
    assert answer.status_code == 409
    words = words_of(answer.text)
    assert "何志强快了一步" in words
    assert "这件现在是：待核查" in words
    assert "我也去看过了" in words, "what was typed is there to copy"
    assert edge.case(code).history_seq == 4, "one of the two counted"


def stale_form(browser: FlaskClient, case_id: UUID) -> dict[str, str]:
    """Return token and version of a page that lies open while the case moves on."""
    form = fields_of(page(browser, case_id))
    return {"csrf_token": form["csrf_token"][0], "version": form["version"][0]}


def test_who_lost_the_case_meanwhile_is_told_and_keeps_the_words(edge: Edge) -> None:
    handler, desk = edge.staff("handler"), edge.staff("dispatcher")
    code = edge.report(category="0402", text="半夜打桩")
    case_id = edge.case(code).id
    open_page = stale_form(handler, case_id)
    assert edge.act(desk, case_id, "dispatch", target="unit:CG").status_code == 303
    words = {"reason": "wrong_duty", "text": "应由城管来办"}
    answer = handler.post(f"/work/cases/{case_id}/return", data={**open_page, **words})
    assert answer.status_code == 409
    assert "林晓彤快了一步" in words_of(answer.text)
    assert "应由城管来办" in words_of(answer.text)
    assert handler.get(f"/work/cases/{case_id}").status_code == 404
    assert edge.case(code).state == "dispatched"


def test_a_word_of_the_resident_does_not_stop_the_worker(edge: Edge) -> None:
    worker = edge.staff("worker")
    code, case_id = handling(edge)
    open_page = stale_form(worker, case_id)
    edge.visitor().post(f"/r/{code}/more", data={"text": "又多了两袋"})
    answer = worker.post(
        f"/work/cases/{case_id}/resolve", data={**open_page, **DONE, "photo": picture(2)}
    )
    assert answer.status_code == 303
    assert edge.case(code).state == "resolved"


def test_the_language_can_be_changed_on_a_page_that_answers_a_form(edge: Edge) -> None:
    worker = edge.staff("worker")
    _, case_id = handling(edge)
    refused = edge.act(worker, case_id, "resolve")
    assert refused.status_code == 400
    address = next(at for at, words in links_of(refused.text) if words == "English")
    try:
        back = worker.get(address, follow_redirects=True)
        assert back.status_code == 200
        assert "Tasks" in words_of(back.text)
    finally:
        worker.get("/language?to=zh-Hans")


def test_pressing_sign_twice_tells_what_happened(edge: Edge) -> None:
    worker = edge.staff("worker")
    code = edge.report()
    case_id = edge.case(code).id
    stale = stale_form(worker, case_id)
    answers = [worker.post(f"/work/cases/{case_id}/sign", data=stale) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "快了一步" in words_of(answers[1].text)
    assert "这件现在是：办理中" in words_of(answers[1].text)


def test_an_action_that_does_not_exist_is_no_page(edge: Edge) -> None:
    case_id = edge.case(edge.report()).id
    for action in ("close", "submit", "rate", "mark_overdue", "add", "reopen"):
        assert edge.act(edge.staff("worker"), case_id, action).status_code == 404, action
    assert edge.act(edge.staff("worker"), case_id, "resolve").status_code == 409, "not yet"


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
