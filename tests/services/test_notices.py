"""Planning notices: who is told what of a case's way, once, in which words, and when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from gridgov.domain.approvals import Applied
from gridgov.domain.escalation import TimerKind
from gridgov.domain.messages import IMPORTED, MessageKind
from gridgov.domain.notices import REPORT, STALE, NoticeKind, Recipient, Way
from gridgov.domain.workflow import Action
from gridgov.services import notice_audience, notices, sweep, timers
from gridgov.services.notice_audience import DUE, SILENT, TELLS
from gridgov.storage import messages
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.notice_words import Words
from tests.support import notices as desk
from tests.support.acts import (
    AFTER,
    DISTRICT,
    NOON,
    case_of,
    do,
    person,
    report,
    set_ladder,
)
from tests.support.notices import ALL_WAYS, FILE, told

MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # 23:00 in Gaoming
MORNING = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)  # 8:30 the next day

pytestmark = pytest.mark.usefixtures("nothing_told")


def made(**more: object) -> UUID:
    """A case that a resident reported, with the grid's worker."""
    with unit_of_work() as session:
        return case_of(session, report(session, **more)).id


def act(case_id: UUID, action: Action, who: str, now: datetime = NOON, **given: object) -> None:
    with unit_of_work() as session:
        do(session, session.get_one(Case, case_id), action, person(session, who), now, **given)


def holder(case_id: UUID) -> str:
    with read_only() as session:
        return str(Recipient("person", str(session.get_one(Case, case_id).assignee_id)))


def test_every_action_and_every_timer_is_told_or_silent_on_purpose() -> None:
    assert set(TELLS) | SILENT | {Action.RETURN} == set(Action)
    assert not set(TELLS) & SILENT
    acting = set(TimerKind) - set(DUE)
    assert acting == {
        *(TimerKind.INFO_ENDS, TimerKind.RESUME, TimerKind.CLIMB),
        *(TimerKind.OVERDUE, TimerKind.YELLOW, TimerKind.RED),
    }


def test_a_new_case_is_told_to_whom_it_was_given_and_nobody_else() -> None:
    case_id = made()
    desk.plan(ALL_WAYS, NOON)
    assert told() == {(holder(case_id), "assigned")}
    (one,) = desk.planned()
    assert one.text.startswith("新案件，请签收：")
    assert one.path == f"/work/cases/{case_id}"
    assert one.due_at == NOON, "in working hours it goes at once"


def test_a_notice_names_class_and_number_and_nothing_a_person_wrote() -> None:
    case_id = made(phone="13800138000", reporter_name="王小明")
    act(case_id, Action.SIGN, "worker", NOON + MINUTE)
    act(case_id, Action.RESOLVE, "worker", NOON + 2 * MINUTE, text="已清运干净", photos=(AFTER,))
    desk.plan(ALL_WAYS, NOON + 2 * MINUTE)
    with read_only() as session:
        number = session.get_one(Case, case_id).number
    assert len(desk.planned()) >= 2
    for one in desk.planned():
        assert number in one.text
        for said in ("垃圾堆了", "已清运", "138", "王小明"):
            assert said not in one.text


def test_the_way_of_a_case_is_told_to_whose_turn_it_is() -> None:
    case_id = made()
    act(case_id, Action.RETURN, "worker", NOON + MINUTE, reason="wrong_duty", text="不归我们管")
    desk.plan(ALL_WAYS, NOON + MINUTE)
    dispatcher = desk.recipient("towndispatcher")
    assert (dispatcher, "returned") in told(case_id)
    act(case_id, Action.DISPATCH, "dispatcher", NOON + 2 * MINUTE, target="lead:")
    act(case_id, Action.SIGN, "worker", NOON + 3 * MINUTE)
    act(case_id, Action.RESOLVE, "worker", NOON + 4 * MINUTE, text="好了", photos=(AFTER,))
    desk.plan(ALL_WAYS, NOON + 5 * MINUTE)
    with read_only() as session:
        case = session.get_one(Case, case_id)
        checker = str(Recipient("person", str(case.checker_id)))
    assert (checker, "to_check") in told(case_id)
    assert not any(kind == "to_check" for who, kind in told() if who == holder(case_id))


def test_whoever_acts_is_not_told_of_the_own_act() -> None:
    case_id = made()
    act(case_id, Action.SIGN, "worker", NOON + MINUTE)
    act(
        case_id,
        Action.ASK_EXTENSION,
        "worker",
        NOON + 2 * MINUTE,
        reason="building_work",
        text="要等材料",
        until=NOON + timedelta(days=1),
    )
    desk.plan(ALL_WAYS, NOON + 3 * MINUTE)
    deciders = {who for who, kind in told(case_id) if kind == "to_decide"}
    assert desk.recipient("towndispatcher") in deciders
    assert desk.recipient("worker") not in deciders
    assert str(Applied.EXTENSION) == "extension"


def test_reading_the_log_again_plans_nothing_new() -> None:
    start = desk.position()
    for number in range(3):
        case_id = made()
        if number:
            act(case_id, Action.SIGN, "worker", NOON + MINUTE)
    desk.plan(ALL_WAYS, NOON + MINUTE)
    before = told()
    count = desk.count_notices()
    assert count >= 3
    desk.rewind(start)
    assert desk.plan(ALL_WAYS, NOON + MINUTE) == 0
    assert (told(), desk.count_notices()) == (before, count)


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=st.lists(st.sampled_from(["report", "sign", "plan", "rewind", "bundle"]), max_size=8))
def test_in_any_order_of_reading_each_message_tells_each_person_once(
    stage: Flask, steps: list[str]
) -> None:
    start = desk.begin()
    open_cases: list[UUID] = []
    for step in [*steps, "plan", "rewind", "plan"]:
        if step == "report":
            open_cases.append(made())
        elif step == "sign" and open_cases:
            act(open_cases.pop(), Action.SIGN, "worker", NOON + MINUTE)
        elif step == "plan":
            desk.plan(ALL_WAYS, NOON + MINUTE)
        elif step == "rewind":
            desk.rewind(start)
        elif step == "bundle":
            desk.bundle(ALL_WAYS, NOON + MINUTE)
    keys = [(one.key, one.recipient, one.kind) for one in desk.planned()]
    assert len(keys) == len(set(keys))
    assert sum(kind == "assigned" for _, _, kind in keys) == steps.count("report")
    carried = [one.delivery_id for one in desk.planned() if one.delivery_id is not None]
    assert len(desk.deliveries()) == len(set(carried))


def test_a_district_begins_at_the_end_of_its_log() -> None:
    """The sample's replay, and what happened before notices were there, is no news."""
    with unit_of_work() as session:
        session.execute(
            messages.ConsumerCursor.__table__.delete().where(
                messages.ConsumerCursor.consumer == notices.NOTIFIER
            )
        )
    made()
    assert desk.plan(FILE, NOON) == 0
    made()
    assert desk.plan(FILE, NOON) == 1


def test_what_is_imported_and_what_is_old_is_not_told() -> None:
    made()
    with unit_of_work() as session:
        last = messages.last_position(session, DISTRICT)
        imported = session.get_one(Message, (DISTRICT, last))
        imported.body = {**imported.body, "origin": IMPORTED}
    assert desk.plan(ALL_WAYS, NOON) == 0
    made()
    assert desk.plan(ALL_WAYS, NOON + STALE + MINUTE) == 0
    assert desk.position() == last + 2, "both are read for good: submitted and dispatched"


def test_what_can_wait_waits_for_the_morning_and_what_is_urgent_does_not() -> None:
    with unit_of_work() as session:
        usual = case_of(session, report(session, now=NIGHT)).id
        urgent = case_of(session, report(session, now=NIGHT)).id
        session.execute(update(Case).where(Case.id == urgent).values(severity=4))
    desk.plan(ALL_WAYS, NIGHT)
    due = {one.case_id: one.due_at for one in desk.planned()}
    assert due == {usual: MORNING, urgent: NIGHT}


def test_time_that_is_up_is_told_to_whose_time_it_is() -> None:
    case_id = made()
    act(case_id, Action.RETURN, "worker", NOON + MINUTE, reason="wrong_duty", text="不归我们管")
    desk.plan(ALL_WAYS, NOON + MINUTE)
    late = NOON + timedelta(hours=5)
    with unit_of_work() as session:
        set_ladder(session, on=True)
    after, first = None, True
    while first or after is not None:
        first = False
        with unit_of_work() as session:
            after = timers.fill(session, DISTRICT, after, now=NOON)
    more = True
    while more:
        with unit_of_work() as session:
            more = sweep.fire(session, DISTRICT, now=late).more
    desk.plan(ALL_WAYS, late)
    assert (desk.recipient("towndispatcher"), "time_up") in told(case_id)
    with unit_of_work() as session:
        set_ladder(session, on=False)


def test_a_limit_that_is_near_is_told_once_and_again_when_it_was_moved() -> None:
    case_id = made()
    act(case_id, Action.SIGN, "worker", NOON + MINUTE)
    desk.plan(ALL_WAYS, NOON + MINUTE)

    def near(now: datetime) -> int:
        with unit_of_work() as session:
            notices.plan_near(session, DISTRICT, now=now, say=Words(), ways=ALL_WAYS)
        return sum(one.kind == "due_soon" and one.case_id == case_id for one in desk.planned())

    with read_only() as session:
        case = session.get_one(Case, case_id)
        limit, started = case.limit_at, case.handle_since
    assert near(started + (limit - started) / 10) == 0, "the lamp is green"
    assert near(limit - MINUTE) == 1
    assert near(limit - MINUTE / 2) == 1
    (one,) = [one for one in desk.planned() if one.kind == "due_soon" and one.case_id == case_id]
    assert one.recipient == holder(case_id)
    assert "前到期：" in one.text
    with unit_of_work() as session:
        later = limit + timedelta(hours=2)
        session.execute(
            update(Case)
            .where(Case.id == case_id)
            .values(limit_at=later, due_at=later, updated_at=limit)
        )
    assert near(later - MINUTE) == 2


def test_a_resident_hears_of_what_changes_only_where_a_phone_was_left() -> None:
    without, with_phone = made(), made(phone="13800138000")
    for case_id in (without, with_phone):
        act(case_id, Action.SIGN, "worker", NOON + MINUTE)
        act(case_id, Action.RESOLVE, "worker", NOON + 2 * MINUTE, text="好", photos=(AFTER,))
        act(case_id, Action.CHECK_PASS, "deputy", NOON + 3 * MINUTE)
    desk.plan(ALL_WAYS, NOON + 4 * MINUTE)
    public = [one for one in desk.planned() if one.recipient.startswith(f"{REPORT}:")]
    assert {one.case_id for one in public} == {with_phone}
    assert [one.kind for one in public] == [NoticeKind.PUBLIC], "one SMS: that it is done"
    assert public[0].text.endswith("已办结")
    assert public[0].path.startswith("/r/")


def test_without_an_sms_service_no_resident_is_promised_one() -> None:
    case_id = made(phone="13800138000")
    with unit_of_work() as session:
        case = session.get_one(Case, case_id)
        do(
            session,
            case,
            Action.REJECT,
            person(session, "dispatcher"),
            NOON + MINUTE,
            reason="outside",
            text="不在本区",
        ) if case.state == "submitted" else None
    act(case_id, Action.SIGN, "worker", NOON + MINUTE)
    desk.plan(ALL_WAYS - {Way.SMS}, NOON + MINUTE)
    assert not [one for one in desk.planned() if one.recipient.startswith(REPORT)]


def test_a_lost_code_is_planned_once_for_a_known_number_and_never_for_another() -> None:
    made(phone="13700137000")
    for number in ("13700137000", "13900139000"):
        desk.lose_code(number)
    desk.begin()
    for _ in range(2):
        desk.plan_lost_codes()
    (one,) = [one for one in desk.planned() if one.kind == NoticeKind.LOST_CODE]
    assert one.path.startswith("/r/")
    assert "137" not in one.text


def test_a_confidential_case_is_told_without_its_class() -> None:
    with unit_of_work() as session:
        case = case_of(session, report(session))
        case.confidential = True
        name = "垃圾"
    desk.plan(ALL_WAYS, NOON)
    (one,) = desk.planned()
    assert "保密案件" in one.text
    assert name not in one.text


def test_messages_of_a_net_concern_nobody() -> None:
    with unit_of_work() as session:
        body = {"version": 2, "areas": [DISTRICT]}
        messages.append(session, DISTRICT, MessageKind.GRIDS_ACTIVATED, at=NOON, body=body)
    assert desk.plan(ALL_WAYS, NOON) == 0
    assert notice_audience.DUE
