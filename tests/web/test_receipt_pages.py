"""The receipt: what a resident can follow, add and answer with nothing but the code."""

import re
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from gridgov.domain.workflow import Action
from gridgov.services import reporters
from gridgov.services.effects import Given
from gridgov.storage.photos import AFTER
from gridgov.storage.reports import Report
from gridgov.web.instance import utc_now
from tests.support import images
from tests.support.app import token_in
from tests.web.edge import TEXT, Edge, file, picture
from tests.web.reading import fields_of, words_of


def page(edge: Edge, code: str, *, english: bool = False) -> str:
    answer = edge.visitor(english=english).get(f"/r/{code}")
    assert answer.status_code == 200
    return answer.text


def words(edge: Edge, code: str) -> str:
    return words_of(page(edge, code))


def rate(edge: Edge, code: str, **answer: str) -> TestResponse:
    return edge.visitor().post(f"/r/{code}/rate", data=answer)


@pytest.mark.parametrize("written", ["{}", "{lower}", "{bare}", "  {spaced} ", "{bare_lower}"])
def test_a_code_is_found_however_it_is_typed(edge: Edge, written: str) -> None:
    code = edge.report()
    bare = code.replace("-", "")
    typed = written.format(
        code, lower=code.lower(), bare=bare, bare_lower=bare.lower(), spaced=code.replace("-", " ")
    )
    answer = edge.visitor().get("/r", query_string={"code": typed})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/r/{code}")
    assert code in words_of(edge.visitor().get(f"/r/{typed.strip()}").text)


def test_a_wrong_code_says_so_and_stays_in_the_field(edge: Edge) -> None:
    answer = edge.visitor(address="10.0.3.1").get("/r", query_string={"code": "7KQ4-M2XP"})
    assert answer.status_code == 404
    assert "没有这个回执码，请对照回执再看一遍" in words_of(answer.text)
    assert fields_of(answer.text)["code"] == ["7KQ4-M2XP"]
    direct = edge.visitor(address="10.0.3.2").get("/r/7KQ4-M2XP-9DHT")
    assert direct.status_code == 404
    assert "这里没有内容，或者不对您开放" in words_of(direct.text)


def test_what_went_elsewhere_says_so_in_one_line_and_not_that_it_was_turned_down(
    edge: Edge,
) -> None:
    desk = edge.staff("dispatcher")
    code = edge.report(phone="13800138000")
    given = {"target": "区法院", "text": "已起诉", "receipt": "2026-0117"}
    assert edge.act(desk, edge.case(code).id, "transfer", **given).status_code == 303
    html = page(edge, code)
    assert 'data-summary="已移交"' in html, "the list the phone keeps"
    assert "已移交其他部门办理" in words_of(html) and "不予受理" not in words_of(html)
    assert 'data-summary="Transferred"' in page(edge, code, english=True)
    token = token_in(desk.get("/desk/receipts").text)
    asked = {"csrf_token": token, "phone": "13800138000"}
    found = words_of(desk.post("/desk/receipts", data=asked).text)
    assert code in found and "已移交" in found and "不予受理" not in found
    back = edge.report()
    form = {"csrf_token": token, "text": "弄错了"}
    assert edge.visitor().post(f"/r/{back}/withdraw", data=form).status_code == 303
    assert "不予受理" not in words(edge, back)


def test_the_receipt_follows_the_case_from_hand_to_hand(edge: Edge) -> None:
    code = edge.report(photos=[picture()])
    case = edge.case(code)
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    seen = [words(edge, code)]
    for browser, step in ((worker, "sign"), (worker, "resolve"), (deputy, "check_pass")):
        edge.done(browser, case.id, step)
        fragment = edge.visitor().get(f"/r/{code}/fragment")
        assert "<html" not in fragment.text
        assert words_of(fragment.text) in words(edge, code), "the live part says the same"
        seen.append(words(edge, code))
    for said, headline in zip(
        seen, ("已受理，已安排人去办", "正在处理", "另一人会核查", "请您看看修好没有"), strict=True
    ):
        assert headline in said
        for always in (code, case.number, TEXT, "承诺时间", "办理单位"):
            assert always in said
    assert "到场核查" in seen[-1] and "已清走" in seen[-1]
    for name in ("陈海怡", "黄志文"):
        assert not any(name in said for said in seen), "a unit, never a person"


def test_the_page_in_english_says_the_same_with_english_words(edge: Edge) -> None:
    said = words_of(page(edge, edge.report(), english=True))
    for phrase in ("Receipt code", "Accepted", "Exposed rubbish", "Promised"):
        assert phrase in said


def test_the_square_code_leads_to_the_receipt(edge: Edge) -> None:
    html = page(edge, edge.report())
    assert re.search(r"<svg[^>]*>.*?<title>[^<]*二维码", html, re.DOTALL)


def test_only_own_pictures_and_those_taken_afterwards_are_shown(edge: Edge) -> None:
    code, other = edge.report(photos=[picture(1)]), edge.report(photos=[picture(2)])
    edge.done(edge.staff("worker"), edge.case(code).id, "sign", "resolve")
    own, after = edge.photos(code)
    assert after.purpose == AFTER
    foreign = edge.photos(other)[0]
    visitor = edge.visitor()
    for size in ("thumb", "full"):
        for photo in (own, after):
            answer = visitor.get(f"/r/{code}/photos/{photo.id}/{size}.jpg")
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.headers["Cache-Control"] == "private, no-cache"
            known = {"If-None-Match": answer.headers["ETag"]}
            path = f"/r/{code}/photos/{photo.id}/{size}.jpg"
            assert visitor.get(path, headers=known).status_code == 304
        for unknown in (foreign.id, UUID(int=3)):
            assert visitor.get(f"/r/{code}/photos/{unknown}/{size}.jpg").status_code == 404
    assert visitor.get(f"/r/{code}/photos/{own.id}/huge.jpg").status_code == 404
    shown = page(edge, code)
    assert str(own.id) in shown and str(after.id) in shown


def test_a_second_report_of_a_case_does_not_open_the_first_ones_pictures(edge: Edge) -> None:
    code, second = edge.report(photos=[picture(1)]), edge.report(photos=[picture(2)])
    with edge.writing() as session:
        joined = session.get_one(Report, edge.told(second).id)
        joined.case_id = edge.case(code).id
    photo = edge.photos(code)[0]
    assert photo.report_id == edge.told(code).id
    answer = edge.visitor().get(f"/r/{second}/photos/{photo.id}/full.jpg")
    assert answer.status_code == 404
    assert str(photo.id) not in page(edge, second)
    assert TEXT in words(edge, second), "the own words"


def test_what_one_reporter_adds_another_does_not_read(edge: Edge) -> None:
    code, second = edge.report(), edge.report()
    with edge.writing() as session:
        session.get_one(Report, edge.told(second).id).case_id = edge.case(code).id
    edge.visitor().post(f"/r/{code}/more", data={"text": "我住三楼"})
    assert "我住三楼" in words(edge, code)
    assert "我住三楼" not in words(edge, second)


def test_numbers_in_the_workers_words_are_masked(edge: Edge) -> None:
    code = edge.report()
    case_id = edge.case(code).id
    edge.done(edge.staff("worker"), case_id, "sign")
    note = "已联系业主 13923456789，下午清走"
    answer = edge.act(edge.staff("worker"), case_id, "resolve", text=note, photo=picture(2))
    assert answer.status_code == 303
    assert "139****6789" in words(edge, code)
    assert "13923456789" not in page(edge, code)


def test_solved_and_satisfied_is_kept_and_thanked_for(edge: Edge) -> None:
    code = edge.closed()
    assert "请选" not in words(edge, code)
    answer = rate(edge, code, solved="yes", satisfaction="2")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/r/{code}")
    case = edge.case(code)
    assert (case.state, case.solved, case.satisfaction) == ("closed", True, "satisfied")
    said = words(edge, code)
    assert "解决了" in said and "满意" in said
    again = rate(edge, code, solved="no")
    assert again.status_code == 409
    assert "您选了" in words_of(again.text), "the answer that was given stands there"
    assert edge.case(code).state == "closed"


def test_not_solved_reopens_the_case_once(edge: Edge) -> None:
    code = edge.closed()
    case_id = edge.case(code).id
    assert rate(edge, code, solved="no", satisfaction="4").status_code == 303
    case = edge.case(code)
    assert (case.state, case.reopen_count, case.closed_at) == ("handling", 1, None)
    assert "会有人再到现场" in words(edge, code)
    edge.done(edge.staff("worker"), case_id, "resolve")
    edge.done(edge.staff("deputy"), case_id, "check_pass")
    assert rate(edge, code, solved="no").status_code == 303
    case = edge.case(code)
    assert (case.state, case.solved, case.reopen_count) == ("closed", False, 1)


def test_the_receipt_says_who_had_the_case_taken_up_again(edge: Edge) -> None:
    code = edge.closed()
    with edge.writing() as session:
        report_id, now = edge.told(code).id, utc_now()
        reporters.act(session, report_id, Action.APPEAL, now=now, given=Given(text="没有清走"))
    case_id = edge.case(code).id
    assert (
        edge.act(edge.staff("dispatcher"), case_id, "grant_appeal", text="再去").status_code == 303
    )
    said = words(edge, code)
    assert "申诉成立，会有人再到现场" in said and "您说没解决" not in said


def test_one_reporters_no_is_not_put_into_anothers_mouth(edge: Edge) -> None:
    code = edge.report()
    case_id = edge.case(code).id
    other = edge.report(join=edge.case(code).number)
    edge.done(edge.staff("worker"), case_id, "sign", "resolve")
    edge.done(edge.staff("deputy"), case_id, "check_pass")
    assert rate(edge, code, solved="no").status_code == 303
    assert "您说没解决" in words(edge, code)
    said = words(edge, other)
    assert "有上报人说没解决" in said and "您说没解决" not in said


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({}, "请选解决了没有"),
        ({"solved": "perhaps"}, "请选解决了没有"),
        ({"satisfaction": "1"}, "请选解决了没有"),
        ({"solved": "yes", "satisfaction": "6"}, "请从五个里选一个"),
        ({"solved": "yes", "satisfaction": "very"}, "请从五个里选一个"),
    ],
)
def test_an_incomplete_answer_is_asked_for_again(
    edge: Edge, answer: dict[str, str], sentence: str
) -> None:
    code = edge.closed()
    refused = rate(edge, code, **answer)
    assert refused.status_code == 400
    assert sentence in words_of(refused.text)
    assert edge.case(code).solved is None
    if answer.get("solved") == "yes":
        assert fields_of(refused.text)["solved"] == ["yes"], "what was chosen stays chosen"


def test_a_case_that_runs_cannot_be_rated(edge: Edge) -> None:
    code = edge.report()
    answer = rate(edge, code, solved="yes")
    assert answer.status_code == 409
    assert edge.case(code).solved is None


def test_a_word_and_a_photo_can_be_added_and_the_worker_sees_them(edge: Edge) -> None:
    code = edge.report(photos=[picture(1)])
    case_id = edge.case(code).id
    sent = edge.visitor().post(
        f"/r/{code}/more", data={"text": "又多了两袋", "photos": [picture(5)]}
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/r/{code}")
    assert "您补充" in words(edge, code) and "又多了两袋" in words(edge, code)
    assert len(edge.photos(code)) == 2
    case_page = edge.staff("worker").get(f"/work/cases/{case_id}")
    assert "又多了两袋" in words_of(case_page.text)
    assert all(str(photo.id) in case_page.text for photo in edge.photos(code))
    assert edge.case(code).state == "dispatched", "the state does not change"


def test_what_cannot_be_added_gets_a_sentence_and_stays(edge: Edge) -> None:
    code = edge.report()
    visitor = edge.visitor()
    empty = visitor.post(f"/r/{code}/more", data={"text": "  "})
    assert (empty.status_code, "请写几个字" in words_of(empty.text)) == (400, True)
    long = visitor.post(f"/r/{code}/more", data={"text": "长" * 5000})
    assert "写了 5000 个字，最多 4000 个" in words_of(long.text)
    assert fields_of(long.text)["text"] == ["长" * 5000]
    program = file(images.PRETENDERS["Linux executable"], "photo.jpg")
    wrong = visitor.post(f"/r/{code}/more", data={"text": "看图", "photos": [program]})
    assert "这个文件不是照片" in words_of(wrong.text)
    assert fields_of(wrong.text)["text"] == ["看图"]
    assert edge.case(code).history_seq == 2, "nothing was added"


def test_a_case_that_is_not_taken_up_says_why_and_takes_no_more(edge: Edge) -> None:
    code = edge.report()
    case_id = edge.case(code).id
    back = {"reason": "wrong_duty", "text": "不归网格"}
    assert edge.act(edge.staff("worker"), case_id, "return", **back).status_code == 303
    reply = {"reason": "outside", "text": "这里归邻区管，请打那边的 12345。"}
    assert edge.act(edge.staff("dispatcher"), case_id, "reject", **reply).status_code == 303
    said = words(edge, code)
    assert "不予受理" in said and reply["text"] in said
    assert "不归网格" not in said, "words between staff"
    answer = edge.visitor().post(f"/r/{code}/more", data={"text": "为什么"})
    assert answer.status_code == 409
    assert "这件已经到了下一步" in words_of(answer.text)


def test_a_confidential_report_can_be_followed_by_who_sent_it(edge: Edge) -> None:
    code = edge.report(category="0505", text="半夜有车来倒桶装废液")
    said = words(edge, code)
    assert "工业固废/危废倾倒" in said and "半夜有车来倒桶装废液" in said
