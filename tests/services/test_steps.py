"""Staged limits: each step comes due as a row, moves with the limit, and ends when it is done."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.domain.approvals import desk_level
from gridgov.domain.catalogue import Level
from gridgov.domain.deadlines import DAY
from gridgov.domain.errors import InvalidInput
from gridgov.domain.escalation import TimerKind
from gridgov.domain.messages import MessageKind
from gridgov.domain.notices import Recipient, Way
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import calendars, casework, steps, sweep, timers
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.services.notice_audience import News, staff_told
from gridgov.services.notice_staff import Staff
from gridgov.services.notices import Planner
from gridgov.storage import districts, history, messages
from gridgov.storage import timers as store
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.timers import Timer
from gridgov.web.notice_words import Words
from tests.support.acts import (
    DISTRICT,
    NOON,
    case_of,
    do,
    holder,
    person,
    report,
    set_ladder,
)

ILLEGAL_BUILDING = "0401"  # 停工4WH·处罚7WD·拆除20WD
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def laddered(rolled: Session) -> Iterator[None]:
    set_ladder(rolled, on=True)
    rolled.flush()
    yield


def made(session: Session, now: datetime = NOON) -> Case:
    """An illegal building, signed by somebody of the unit it went to."""
    case = case_of(session, report(session, category_code=ILLEGAL_BUILDING, now=now))
    if case.state == "submitted":
        desk = person(session, "dispatcher")
        do(session, case, Action.DISPATCH, desk, now + MINUTE, target="unit:CG")
    do(session, case, Action.SIGN, who(session, case), now + 2 * MINUTE)
    return case


def who(session: Session, case: Case) -> Actor:
    return holder(session, case.assignee_id, case.unit_code, NOON)


def rows(session: Session, case: Case, kind: TimerKind = TimerKind.STEP_DUE) -> dict[str, datetime]:
    """The steps (or the warnings of them) that are to come, by name."""
    store.write_pending(session)
    found = session.scalars(
        select(Timer).where(
            Timer.case_id == case.id,
            Timer.kind == str(kind),
            Timer.ended_at.is_(None),
        )
    )
    return {row.data["name"]: row.due_at for row in found}


def told_of(session: Session, case: Case) -> list[dict[str, Any]]:
    """What was told because time is up or nearly up, in its order."""
    messages.write_pending(session)
    query = select(Message).where(Message.kind == str(MessageKind.CASE_DUE))
    found = session.scalars(query.order_by(Message.position))
    return [one.body for one in found if one.body["case_id"] == str(case.id)]


def said(session: Session, case: Case, body: dict[str, Any]) -> tuple[set[Recipient], list[str]]:
    """Who is told of a message, and the notice in Chinese and English."""
    reference = references.of(session, DISTRICT)
    planner = Planner(session, reference, Words(), frozenset(Way), NOON)
    found = staff_told(News(Staff(session, reference), body, case, None))
    content = planner.content_of(found[0], case)
    lines = [Words().notice(content, language, reference) for language in ("zh-Hans", "en")]
    return {one.recipient for one in found}, lines


def swept(session: Session, now: datetime) -> None:
    more = True
    while more:
        more = sweep.fire(session, DISTRICT, now=now).more


def utc(text: str) -> datetime:
    return (datetime.fromisoformat(f"2026-{text}") - 8 * HOUR).replace(tzinfo=UTC)


def test_each_step_is_a_row_of_what_comes_due(rolled: Session) -> None:
    case = made(rolled)
    assert rows(rolled, case) == {
        "停工": utc("11-18T16:00"),
        "处罚": utc("11-27T10:00"),
        "拆除": utc("12-16T10:00"),
    }
    known = references.of(rolled, DISTRICT)
    coming = timers.forecast(rolled, case, known, NOON + HOUR)
    assert [one.data["name"] for one in coming if one.kind is TimerKind.STEP_DUE] == [
        *("停工", "处罚", "拆除")
    ]
    assert coming[0].kind is TimerKind.STEP_DUE


def test_a_step_nobody_did_is_told_once_to_who_has_the_case_and_to_the_desk(
    rolled: Session,
) -> None:
    case = made(rolled)
    swept(rolled, utc("11-18T16:01"))
    swept(rolled, utc("11-19T09:00"))
    told = told_of(rolled, case)
    assert [(one["due"], one["data"]["name"]) for one in told] == [("step_due", "停工")]
    assert set(rows(rolled, case)) == {"处罚", "拆除"}
    staff = Staff(rolled, references.of(rolled, DISTRICT))
    recipients, lines = said(rolled, case, told[0])
    assert recipients >= {*staff.of(case.assignee_id, case.unit_code), *staff.desk(case)}
    assert lines == [
        f"“停工”已到时限：违法搭建（{case.number}）",
        f"The time for “Work stopped” is up: Illegal structure ({case.number})",
    ]


def test_who_has_the_case_is_warned_of_a_step_once_when_most_of_its_time_is_used(
    rolled: Session,
) -> None:
    case = made(rolled)
    swept(rolled, utc("11-18T15:11"))
    assert told_of(rolled, case) == []
    swept(rolled, utc("11-18T15:13"))
    swept(rolled, utc("11-18T15:30"))
    (told,) = told_of(rolled, case)
    assert (told["due"], told["data"]["name"]) == ("step_soon", "停工")
    recipients, lines = said(rolled, case, told)
    assert recipients == {
        *Staff(rolled, references.of(rolled, DISTRICT)).of(case.assignee_id, case.unit_code)
    }
    assert lines == [
        f"“停工”须于 11-18 16:00 前完成：违法搭建（{case.number}）",
        f"“Work stopped” is due by 11-18 16:00: Illegal structure ({case.number})",
    ]
    coming = timers.forecast(rolled, case, references.of(rolled, DISTRICT), utc("11-18T15:30"))
    assert TimerKind.STEP_SOON not in {one.kind for one in coming}, "it names the step itself"


def test_of_a_confidential_case_no_step_is_named(rolled: Session) -> None:
    case = made(rolled)
    case.confidential = True
    swept(rolled, utc("11-18T15:13"))
    swept(rolled, utc("11-18T16:01"))
    for told, line in zip(
        told_of(rolled, case),
        ("有一个环节须于 11-18 16:00 前完成：一件保密案件", "本环节已到时限：一件保密案件"),
        strict=True,
    ):
        assert said(rolled, case, told)[1][0] == f"{line}（{case.number}）"


def test_a_warning_goes_to_the_desk_while_nobody_has_the_case(rolled: Session) -> None:
    case = made(rolled)
    by, told = who(rolled, case), {"reason": "wrong_duty", "text": "不归我管"}
    do(rolled, case, Action.RETURN, by, NOON + HOUR, **told)
    swept(rolled, utc("11-18T15:13"))
    warning = next(one for one in told_of(rolled, case) if one["due"] == "step_soon")
    desk = Staff(rolled, references.of(rolled, DISTRICT)).desk(case, desk_level(Level(case.level)))
    assert said(rolled, case, warning)[0] == set(desk) != set()


def test_nobody_is_warned_of_a_step_that_is_done_or_over(rolled: Session) -> None:
    done = made(rolled)
    do(rolled, done, Action.NOTE, who(rolled, done), NOON + HOUR, text="已停工", step=1)
    late = made(rolled)
    swept(rolled, utc("11-18T16:01"))
    assert told_of(rolled, done) == []
    assert [one["due"] for one in told_of(rolled, late)] == ["step_due"]


def test_a_warning_moves_with_its_step(rolled: Session) -> None:
    case = made(rolled)
    swept(rolled, utc("11-18T15:13"))
    by = who(rolled, case)
    do(rolled, case, Action.ASK_INFO, by, utc("11-18T15:20"), text="哪一层？")
    assert rows(rolled, case, TimerKind.STEP_SOON) == {}
    do(rolled, case, Action.GO_ON, person(rolled, "dispatcher"), utc("11-19T10:00"))
    # Forty minutes were left, of which the last are warned of again: it is another day now.
    assert rows(rolled, case)["停工"] == utc("11-19T10:40")
    assert rows(rolled, case, TimerKind.STEP_SOON)["停工"] == utc("11-19T09:52")


def test_the_rows_of_a_database_of_before_are_filled_once_more(rolled: Session) -> None:
    district = districts.get(rolled, DISTRICT)
    district.settings = {**district.settings, timers.FILLED: True}
    assert timers.needs_filling(rolled, DISTRICT)
    after, first = None, True
    while first or after is not None:
        after, first = timers.fill(rolled, DISTRICT, after, now=NOON), False
    assert not timers.needs_filling(rolled, DISTRICT)


def test_a_note_of_who_has_the_case_ends_a_step(rolled: Session) -> None:
    case = made(rolled)
    by = who(rolled, case)
    do(rolled, case, Action.NOTE, by, NOON + HOUR, text="停工通知书已送达", step=1)
    assert set(rows(rolled, case)) == {"处罚", "拆除"}
    line = history.of_case(rolled, case.id)[-1]
    assert line.data == {"step": 1, "name": "停工", "on_time": True}
    assert steps.of(case)[0].done_at == NOON + HOUR
    swept(rolled, utc("11-18T16:01"))
    fired = select(Timer).where(Timer.case_id == case.id, Timer.outcome == store.FIRED)
    assert [row.kind for row in rolled.scalars(fired)] == []
    do(rolled, case, Action.NOTE, by, utc("11-30T10:00"), text="处罚决定", step=2)
    assert history.of_case(rolled, case.id)[-1].data["on_time"] is False
    with pytest.raises(steps.StepDone):
        do(rolled, case, Action.NOTE, by, utc("11-30T10:01"), text="又一次", step=1)
    with pytest.raises(InvalidInput) as refused:
        do(rolled, case, Action.NOTE, by, utc("11-30T10:02"), text="没有这一步", step=9)
    assert (refused.value.field, refused.value.reason) == ("step", "unknown")


def test_only_who_has_the_case_says_that_a_step_is_done(rolled: Session) -> None:
    case = made(rolled)
    with pytest.raises(InvalidInput) as refused:
        desk = person(rolled, "dispatcher")
        do(rolled, case, Action.NOTE, desk, NOON + HOUR, text="听说停了", step=1)
    assert (refused.value.field, refused.value.reason) == ("step", "not_yours")
    assert "停工" in rows(rolled, case)


def test_steps_stand_while_the_case_does_and_go_on_with_what_was_left(rolled: Session) -> None:
    receipt = report(rolled, category_code=ILLEGAL_BUILDING)
    case = case_of(rolled, receipt)
    if case.state == "submitted":
        desk = person(rolled, "dispatcher")
        do(rolled, case, Action.DISPATCH, desk, NOON + MINUTE, target="unit:CG")
    do(rolled, case, Action.SIGN, who(rolled, case), NOON + 2 * MINUTE)
    # Two of the four hours are used at noon; the answer comes on Saturday evening.
    do(rolled, case, Action.ASK_INFO, who(rolled, case), NOON + 2 * HOUR, text="哪一层？")
    assert rows(rolled, case) == {}
    by = Actor.resident(DISTRICT, report_id=receipt.report_id)
    given = Given(text="六楼")
    casework.perform(rolled, case.id, Action.ANSWER, by=by, now=utc("11-21T20:00"), given=given)
    found = rows(rolled, case)
    assert found["停工"] == utc("11-23T10:30")
    assert found["拆除"] == case.due_at


def test_more_time_moves_the_steps_to_come(rolled: Session) -> None:
    case = made(rolled)
    due = case.due_at
    assert rows(rolled, case)["拆除"] == due
    asked = utc("12-18T10:00")
    do(
        rolled,
        case,
        Action.ASK_EXTENSION,
        who(rolled, case),
        utc("11-19T10:00"),
        text="住户外出",
        until=asked,
    )
    decider = person(rolled, "supervisor")
    do(rolled, case, Action.GRANT_EXTENSION, decider, utc("11-19T11:00"))
    found = rows(rolled, case)
    assert found["拆除"] == case.due_at == asked
    assert found["处罚"] == utc("12-01T10:00"), "two working days more"


def test_a_case_of_before_gets_its_steps_and_is_not_told_of_what_is_long_past(
    rolled: Session,
) -> None:
    case = made(rolled)
    rolled.execute(update(Case).where(Case.id == case.id).values(steps=[]))
    rolled.expire_all()
    now = utc("11-30T09:00")
    after, first = None, True
    while first or after is not None:
        after, first = timers.fill(rolled, DISTRICT, after, now=now), False
    assert [one.name for one in steps.of(case)] == ["停工", "处罚", "拆除"]
    assert set(rows(rolled, case)) == {"拆除"}
    past = select(Timer.outcome).where(
        Timer.case_id == case.id, Timer.kind == str(TimerKind.STEP_DUE), Timer.ended_at.is_not(None)
    )
    assert store.FIRED not in set(rolled.scalars(past))


def test_a_published_year_moves_the_steps_that_rested_on_a_guess(rolled: Session) -> None:
    case = made(rolled, now=NOON + 40 * DAY)  # Monday 28 December
    guessed = rows(rolled, case)
    assert guessed["处罚"] == utc("12-28T10:00") + 10 * DAY  # 1 January is off by law
    free = [
        CalendarDay(
            district_code=DISTRICT,
            day=date(2027, 1, number),
            workday=False,
            name="",
            name_en="",
            source="test",
        )
        for number in (1, 4)
    ]
    calendars.publish(rolled, DISTRICT, free)
    after, first = None, True
    while first or after is not None:
        after, _ = calendars.recount(rolled, DISTRICT, after, now=NOON + 40 * DAY + HOUR)
        first = False
    assert rows(rolled, case)["处罚"] == utc("12-28T10:00") + 11 * DAY
    assert not steps.of(case)[1].provisional
    assert steps.of(case)[2].due_at == case.due_at


def test_a_class_without_steps_has_none(rolled: Session, stage: Flask) -> None:
    case = case_of(rolled, report(rolled))
    assert steps.of(case) == ()
    given: dict[str, Any] = {"text": "看过了", "step": 1}
    do(rolled, case, Action.SIGN, person(rolled, "worker"), NOON + MINUTE)
    with pytest.raises(InvalidInput):
        do(rolled, case, Action.NOTE, person(rolled, "worker"), NOON + HOUR, **given)
