"""A page that lies open while its case moves on: who was faster is told, what was typed is kept."""

from uuid import UUID

from flask.testing import FlaskClient

from tests.web.casework import DONE, handling, page
from tests.web.edge import Edge, picture
from tests.web.reading import fields_of, links_of, words_of


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
