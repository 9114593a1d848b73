"""What residents are told of a case's end: in the words of its page, and each phone once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gridgov.domain.notices import REPORT, Recipient
from gridgov.domain.workflow import Action
from gridgov.services import merging, notice_settings, reporters
from gridgov.services.effects import Given
from gridgov.storage.cases import Case
from gridgov.storage.notices import Notice
from gridgov.storage.session import unit_of_work
from tests.services.notice_desk import BROWSER
from tests.support import notices as desk
from tests.support.acts import AFTER, DISTRICT, NOON, case_of, do, person, report
from tests.support.notices import ALL_WAYS

MINUTE = timedelta(minutes=1)
ONE_PHONE, OTHER_PHONE = "13800138000", "13900139000"

pytestmark = pytest.mark.usefixtures("nothing_told")


def reported(**more: Any) -> tuple[UUID, UUID]:
    """A report and its case."""
    with unit_of_work() as session:
        receipt = report(session, **more)
        return receipt.report_id, case_of(session, receipt).id


def act(case_id: UUID, action: Action, who: str, after: int, **given: Any) -> None:
    with unit_of_work() as session:
        case, by = session.get_one(Case, case_id), person(session, who)
        do(session, case, action, by, NOON + after * MINUTE, **given)


def residents() -> list[Notice]:
    return [one for one in desk.planned() if one.recipient.startswith(f"{REPORT}:")]


def done(case_id: UUID) -> None:
    act(case_id, Action.SIGN, "worker", 1)
    act(case_id, Action.RESOLVE, "worker", 2, text="好", photos=(AFTER,))
    act(case_id, Action.CHECK_PASS, "deputy", 3)


def test_what_another_office_does_is_not_told_as_not_taken_up() -> None:
    _, case_id = reported(phone=ONE_PHONE)
    said = {"target": "区法院", "receipt": "2026-1", "text": "由法院办理"}
    act(case_id, Action.TRANSFER, "dispatcher", 1, **said)
    desk.plan(ALL_WAYS, NOON + MINUTE)
    (one,) = residents()
    assert one.text.endswith("：已移交其他部门办理")
    assert one.by_sms


def test_a_void_case_is_told_as_one_that_nobody_works_on() -> None:
    _, case_id = reported(phone=ONE_PHONE)
    act(case_id, Action.ASK_VOID, "worker", 1, reason="test_entry", text="演练")
    act(case_id, Action.GRANT_VOID, "dispatcher", 2)
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    (one,) = residents()
    assert "不予受理" not in one.text
    assert one.text.endswith("这件已撤回或误立，不再办理")


def test_what_is_not_taken_up_is_told_so() -> None:
    _, case_id = reported(phone=ONE_PHONE)
    act(case_id, Action.RETURN, "worker", 1, reason="wrong_duty", text="不归我们管")
    act(case_id, Action.REJECT, "dispatcher", 2, reason="outside", text="不在本区")
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    assert [one.text.rpartition("：")[2] for one in residents()] == ["不予受理"]


def test_of_three_who_reported_it_two_with_one_phone_two_phones_ring() -> None:
    first, case_id = reported(phone=ONE_PHONE)
    joined = {"join_case_id": case_id, "category_code": "0101"}
    again, _ = reported(phone=ONE_PHONE, **joined)
    other, _ = reported(phone=OTHER_PHONE, **joined)
    reported(**joined)
    done(case_id)
    desk.plan(ALL_WAYS, NOON + 4 * MINUTE)
    rung = [one.recipient for one in residents()]
    assert sorted(rung) == sorted(str(Recipient(REPORT, str(one))) for one in (first, other))
    assert str(Recipient(REPORT, str(again))) not in rung


def test_a_browser_hears_of_the_second_report_of_one_phone_too() -> None:
    first, case_id = reported(phone=ONE_PHONE)
    again, _ = reported(phone=ONE_PHONE, join_case_id=case_id)
    with unit_of_work() as session:
        who = Recipient(REPORT, str(again))
        notice_settings.subscribe(
            session, DISTRICT, who, BROWSER, name="Firefox", language="zh-Hans", now=NOON
        )
    done(case_id)
    desk.plan(ALL_WAYS, NOON + 4 * MINUTE)
    rings = {one.recipient: one.by_sms for one in residents() if one.text.endswith("已办结")}
    assert rings == {
        str(Recipient(REPORT, str(first))): True,
        str(Recipient(REPORT, str(again))): False,
    }


def test_who_read_that_it_was_closed_hears_that_it_goes_on_by_itself() -> None:
    first, case_id = reported(phone=ONE_PHONE)
    _, other_id = reported(phone=OTHER_PHONE)
    act(case_id, Action.SIGN, "worker", 1)
    with unit_of_work() as session:
        by = person(session, "dispatcher")
        merging.merge(session, case_id, other_id, by=by, now=NOON + MINUTE)
    done(other_id)
    desk.plan(ALL_WAYS, NOON + 3 * MINUTE)
    mine = str(Recipient(REPORT, str(first)))
    before = [one.text for one in residents() if one.recipient == mine]
    assert before[-1].endswith("已办结")
    with unit_of_work() as session:
        said, by = Given(text="不是同一处"), person(session, "dispatcher")
        merging.unmerge(session, case_id, by=by, now=NOON + 4 * MINUTE, given=said)
    desk.plan(ALL_WAYS, NOON + 4 * MINUTE)
    (after,) = [one for one in residents() if one.recipient == mine][len(before) :]
    assert after.text.endswith("处理中") and after.by_sms


def test_whoever_appealed_hears_that_it_was_not_granted_and_nobody_else() -> None:
    first, case_id = reported(phone=ONE_PHONE)
    other, _ = reported(phone=OTHER_PHONE, join_case_id=case_id)
    done(case_id)
    with unit_of_work() as session:
        appeal, at = Given(text="没有清走"), NOON + 4 * MINUTE
        reporters.act(session, first, Action.APPEAL, now=at, given=appeal)
    act(case_id, Action.DENY_APPEAL, "dispatcher", 5, text="已清走")
    desk.plan(ALL_WAYS, NOON + 5 * MINUTE)
    replied = {one.recipient: one.by_sms for one in residents() if one.kind == "replied"}
    assert replied == {str(Recipient(REPORT, str(first))): True} and other != first
