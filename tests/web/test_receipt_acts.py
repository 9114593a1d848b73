"""What a reporter can do with a receipt: answer, urge, take back, appeal, correct the spot."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, merging
from gridgov.services.effects import Given
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from gridgov.storage.timers import Timer
from gridgov.web import words
from gridgov.web.instance import utc_now
from tests.web.edge import Edge, picture
from tests.web.reading import fields_of, words_of


def page(edge: Edge, code: str, *, english: bool = False) -> str:
    answer = edge.visitor(english=english).get(f"/r/{code}")
    assert answer.status_code == 200
    return words_of(answer.text)


def post(edge: Edge, code: str, act: str, **form: Any) -> TestResponse:
    return edge.visitor().post(f"/r/{code}/{act}", data=form)


def staff(edge: Edge, case_id: UUID, action: Action, username: str, **given: Any) -> None:
    """Let somebody of the sample act; pages of staff have tests of their own."""
    with edge.writing() as session:
        row = session.scalars(select(Person).where(Person.username == username)).one()
        by: Actor = people.load_actor(session, row, utc_now().date())
        casework.perform(session, case_id, action, by=by, now=utc_now(), given=Given(**given))


def dispatcher(edge: Edge) -> Actor:
    with edge.rows() as session:
        row = session.scalars(select(Person).where(Person.username == "dispatcher")).one()
        return people.load_actor(session, row, utc_now().date())


def waiting(edge: Edge, **more: Any) -> str:
    """A report the worker gave back: the desk has it, and nobody is sent there."""
    code = edge.report(**more)
    case_id = edge.case(code).id
    staff(edge, case_id, Action.RETURN, "worker", reason="wrong_area", text="不在本网格")
    return code


def asked(edge: Edge) -> str:
    code = waiting(edge)
    staff(edge, edge.case(code).id, Action.ASK_INFO, "dispatcher", text="请问是几楼？")
    return code


def test_the_question_stands_on_top_and_says_that_the_clock_stands(edge: Edge) -> None:
    said = page(edge, asked(edge))
    assert said.index("请问是几楼") < said.index("承诺时间")
    for phrase in ("有个问题想请您回答", "时钟已暂停", "您回答后继续计时"):
        assert phrase in said, phrase


def test_an_answer_lets_the_case_go_on_and_is_kept(edge: Edge) -> None:
    code = asked(edge)
    answer = post(edge, code, "answer", answer="二楼左边", photos=[picture(5)])
    assert answer.status_code == 303, words_of(answer.text)
    assert edge.case(code).state == "registered"
    said = page(edge, code)
    assert "您回答了：二楼左边" in said and "有个问题想请您回答" not in said


def test_an_empty_answer_gets_a_sentence_at_its_field(edge: Edge) -> None:
    code = asked(edge)
    answer = post(edge, code, "answer", answer=" ")
    assert answer.status_code == 400 and "请写几个字" in words_of(answer.text)
    assert edge.case(code).state == "need_info"
    assert post(edge, code, "answer", answer="二楼").status_code == 303
    assert post(edge, code, "answer", answer="再答一次").status_code == 409


def test_urging_works_once_a_day_and_says_when_again(edge: Edge) -> None:
    code = edge.report()
    assert post(edge, code, "urge").status_code == 303
    assert "您已催办" in page(edge, code)
    again = post(edge, code, "urge")
    assert again.status_code == 409 and "每天可以催一次" in words_of(again.text)


def test_the_only_reporter_takes_the_case_back_before_work_begins(edge: Edge) -> None:
    code = edge.report()
    assert "还没有人开始处理" in page(edge, code)
    assert post(edge, code, "withdraw", why="已经有人清走了").status_code == 303
    case = edge.case(code)
    assert case.state == "void"
    said = page(edge, code)
    assert "您已撤回" in said and "您撤回时说：已经有人清走了" in said
    assert post(edge, code, "more", text="再说一句").status_code == 409


def test_once_somebody_works_on_it_the_page_says_why_not(edge: Edge) -> None:
    code = edge.report()
    edge.done(edge.staff("worker"), edge.case(code).id, "sign")
    assert "已经有人在处理，不能再撤回" in page(edge, code)
    assert post(edge, code, "withdraw").status_code == 409


def test_what_is_in_hand_is_not_taken_back_while_its_reporter_is_asked(edge: Edge) -> None:
    code = edge.report()
    case_id = edge.case(code).id
    edge.done(edge.staff("worker"), case_id, "sign")
    staff(edge, case_id, Action.ASK_INFO, "worker", text="请问是几楼？")
    said = page(edge, code)
    assert "已经有人在处理，不能再撤回" in said and "还没有人开始处理" not in said
    refused = post(edge, code, "withdraw")
    assert refused.status_code == 409 and "已经有人在处理，不能再撤回" in words_of(refused.text)
    assert edge.case(code).state == "need_info"
    assert post(edge, asked(edge), "withdraw").status_code == 303, "asked before anybody began"


def test_an_urgent_question_waits_as_long_as_its_row_says(edge: Edge) -> None:
    edge.setting(natural_from=3)
    code = waiting(edge)
    now = utc_now()
    friday = now + timedelta(days=(4 - now.weekday()) % 7 + 7)
    with edge.writing() as session:
        case = session.get_one(Case, edge.case(code).id)
        case.severity = 3
        given = Given(text="请问是几楼？")
        casework.perform(
            session, case.id, Action.ASK_INFO, by=dispatcher(edge), now=friday, given=given
        )
    with edge.rows() as session:
        row = session.scalars(
            select(Timer).where(Timer.case_id == case.id, Timer.kind == "info_ends")
        ).one()
    assert row.due_at == friday + timedelta(days=3), "weekends count for what is urgent"
    with edge.app.test_request_context():
        until = words.day_clock(row.due_at, now, edge.reference().zone)
    assert f"{until} 前没有回答" in page(edge, code)


def test_where_others_reported_it_too_only_the_own_report_goes(edge: Edge) -> None:
    first = edge.report()
    case = edge.case(first)
    second = edge.report(join=case.number)
    assert "还有 1 人也上报了同一件事" in page(edge, first)
    assert post(edge, first, "withdraw").status_code == 303
    again = edge.case(first)
    assert (again.state, again.report_count) == ("dispatched", 1)
    assert "您已撤回" in page(edge, first) and "您已撤回" not in page(edge, second)


def test_not_accepted_can_be_appealed_once_and_the_decision_is_shown(edge: Edge) -> None:
    code = waiting(edge)
    case_id = edge.case(code).id
    staff(edge, case_id, Action.REJECT, "dispatcher", reason="cannot_verify", text="找不到这个地方")
    assert "可以申诉一次" in page(edge, code)
    empty = post(edge, code, "appeal", appeal="")
    assert empty.status_code == 400 and "请写几个字" in words_of(empty.text)
    assert post(edge, code, "appeal", appeal="就在文华路口").status_code == 303
    assert "您的申诉正在复核" in page(edge, code)
    assert post(edge, code, "appeal", appeal="再申诉").status_code == 409
    with edge.writing() as session:
        case = session.get_one(Case, case_id)
        assert case.applied_for == "appeal"


def test_after_fifteen_days_there_is_no_form_to_appeal(edge: Edge) -> None:
    code = waiting(edge)
    case_id = edge.case(code).id
    staff(edge, case_id, Action.REJECT, "dispatcher", reason="outside", text="不在本区")
    with edge.writing() as session:
        session.get_one(Case, case_id).stage_since -= timedelta(days=16)
    assert "可以申诉一次" not in page(edge, code)
    late = post(edge, code, "appeal", appeal="还是要申诉")
    assert late.status_code == 409 and "申诉期已过" in words_of(late.text)


def test_the_spot_is_corrected_by_pin_or_by_name_until_somebody_is_sent(edge: Edge) -> None:
    code = waiting(edge)
    browser = edge.visitor()
    shown = browser.get(f"/r/{code}/spot")
    assert shown.status_code == 200
    assert fields_of(shown.text)["lon"] == [str(edge.case(code).lon)]
    same = browser.post(f"/r/{code}/spot", data={k: v[0] for k, v in fields_of(shown.text).items()})
    assert same.status_code == 400 and "图钉还在原来的位置" in words_of(same.text)
    other = "440608004025007"
    moved = browser.post(f"/r/{code}/spot", data={"area_code": other})
    assert moved.status_code == 303, words_of(moved.text)
    case = edge.case(code)
    assert case.grid_code == "440608004025006" and case.duty.grid_code == other
    away = browser.post(f"/r/{code}/spot", data={"lon": "116.4", "lat": "39.9", "datum": "wgs84"})
    assert away.status_code == 422 and "不在本区" in words_of(away.text)
    sent = edge.report()
    assert "已经有人被派往那里" in words_of(browser.get(f"/r/{sent}/spot").text)


def test_words_for_a_place_are_offered_to_choose_from(edge: Edge) -> None:
    code = waiting(edge)
    form = fields_of(edge.visitor().get(f"/r/{code}/spot").text)
    values = {name: value[0] for name, value in form.items()} | {"place_words": "泰华"}
    answer = edge.visitor().post(f"/r/{code}/spot", data=values)
    assert answer.status_code == 400 and "泰华" in words_of(answer.text)
    assert 'name="area_code"' in answer.text


def test_replies_are_shown_and_notes_are_not(edge: Edge) -> None:
    code = edge.report()
    case_id = edge.case(code).id
    staff(edge, case_id, Action.NOTE, "dispatcher", text="内部：此人常投诉")
    staff(edge, case_id, Action.REPLY, "dispatcher", text="明天上午到场清理")
    said = page(edge, code)
    assert "明天上午到场清理" in said and "此人常投诉" not in said


def test_who_reported_a_merged_case_follows_the_other_one_and_comes_back(edge: Edge) -> None:
    first, second = edge.report(), edge.report()
    one, other = edge.case(first), edge.case(second)
    by = dispatcher(edge)
    with edge.writing() as session:
        merging.merge(session, one.id, other.id, by=by, now=utc_now())
    said = page(edge, first)
    assert one.number in said and other.number in said and "已与另一件一起办理" in said
    assert post(edge, first, "more", text="味道更大了").status_code == 303
    edge.done(edge.staff("worker"), other.id, "sign", "resolve")
    said = page(edge, first)
    assert "您补充：味道更大了" in said and "已清走" in said and "另一人会核查" in said
    assert "味道更大了" not in page(edge, second), "what one adds is for that one's eyes"
    with edge.writing() as session:
        merging.unmerge(session, one.id, by=by, now=utc_now(), given=Given(text="不是同一处"))
    said = page(edge, first)
    assert "已清走" not in said and "味道更大了" in said and "已与另一件一起办理" not in said


def test_every_part_is_there_in_english(edge: Edge) -> None:
    code = asked(edge)
    said = page(edge, code, english=True)
    for phrase in ("A question for you", "The clock stands", "Take it back", "The spot is wrong"):
        assert phrase in said, phrase


def test_what_one_reporter_said_is_not_put_into_the_mouth_of_another(edge: Edge) -> None:
    first = edge.report()
    case = edge.case(first)
    second = edge.report(join=case.number)
    edge.done(edge.staff("worker"), case.id, "sign", "resolve")
    edge.done(edge.staff("deputy"), case.id, "check_pass")
    assert post(edge, first, "appeal", appeal="没有清走").status_code == 303
    assert "您的申诉正在复核" in page(edge, first)
    assert "另一位上报人的申诉正在复核" in page(edge, second)
    staff(edge, case.id, Action.DENY_APPEAL, "dispatcher", text="已清走")
    assert "另一位上报人的申诉未采纳" in page(edge, second)
    assert post(edge, first, "rate", solved="yes").status_code == 303
    assert "您选了：解决了" in page(edge, first)
    said = page(edge, second)
    assert "有上报人选了：解决了" in said and "谢谢您的评价" not in said


def test_a_receipt_says_why_it_waits_or_ended_and_that_the_promise_was_moved(edge: Edge) -> None:
    code = edge.report(category="0202")
    case_id = edge.case(code).id
    staff(edge, case_id, Action.SIGN, "worker")
    until = edge.case(code).due_at + timedelta(minutes=30)
    staff(edge, case_id, Action.ASK_EXTENSION, "worker", text="等配件", until=until)
    assert "最初承诺" not in page(edge, code)
    staff(edge, case_id, Action.GRANT_EXTENSION, "dispatcher")
    assert "最初承诺" in page(edge, code) and "后来批准延期" in page(edge, code)
    review = utc_now() + timedelta(days=9)
    asked_for = {"reason": "funds", "text": "内部说明", "until": review}
    staff(edge, case_id, Action.ASK_SUSPENSION, "worker", **asked_for)
    staff(edge, case_id, Action.GRANT_SUSPENSION, "dispatcher")
    said = page(edge, code)
    assert str(words.REASON_WORDS["funds"]) in page(edge, code, english=True)
    assert "原因" in said and "内部说明" not in said
    staff(edge, case_id, Action.ASK_VOID, "worker", reason="no_longer_there", text="内部说明")
    staff(edge, case_id, Action.GRANT_VOID, "dispatcher")
    assert str(words.REASON_WORDS["no_longer_there"]) in page(edge, code, english=True)


def test_who_only_joined_is_not_offered_the_pin_of_others(edge: Edge) -> None:
    first = waiting(edge)
    second = edge.report(join=edge.case(first).number)
    assert f"/r/{first}/spot" in edge.visitor().get(f"/r/{first}").text
    assert f"/r/{second}/spot" not in edge.visitor().get(f"/r/{second}").text
    refused = edge.visitor().post(f"/r/{second}/spot", data={"area_code": "440608004025005"})
    assert refused.status_code == 403
