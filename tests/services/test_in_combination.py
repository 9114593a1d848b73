"""Two things at once on a case: neither takes a right, a duty or a clock away."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.errors import InvalidInput, NotAllowed
from gridgov.domain.escalation import TimerKind
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, Relation
from gridgov.services import emergencies, feedback, merging, reporters, standing, timers, worklists
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.services.effects_intake import AppealedBefore
from gridgov.services.intake import Receipt
from gridgov.services.worklists import Tab
from gridgov.storage import applications, cases, districts
from gridgov.storage import history as lines
from gridgov.storage import timers as timer_store
from gridgov.storage.cases import ASSIST, Case, Task
from gridgov.storage.reports import Report
from gridgov.storage.timers import Timer
from tests.support.acts import (
    AFTER,
    DISTRICT,
    NOON,
    case_of,
    do,
    holder,
    inside,
    person,
    pin,
    report,
    set_ladder,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOON = NOON + 5 * MINUTE
LIGHT = "0202"  # with the worker, three working days
FIRE = "楼道着火了，快来"


def signed(session: Session, **more: object) -> tuple[Case, Actor, Receipt]:
    """A case in hand, whoever has it, and its receipt."""
    receipt = report(session, **more)
    case = case_of(session, receipt)
    by = holder(session, case.assignee_id, case.unit_code, NOON)
    return do(session, case, Action.SIGN, by, SOON), by, receipt


def assisted(session: Session, until: datetime) -> tuple[Case, Actor, Task]:
    """A case in hand to which the department of works was called in."""
    set_ladder(session, on=True)
    case, worker, _ = signed(session, category_code=LIGHT)
    called = {"target": "unit:ZJSL", "text": "请派车", "until": until}
    do(session, case, Action.CALL_IN, worker, SOON, **called)
    timer_store.write_pending(session)
    (task,) = (one for one in cases.open_tasks(session, case.id) if one.kind == ASSIST)
    return case, worker, task


def closed(session: Session, case: Case, by: Actor, at: datetime) -> None:
    do(session, case, Action.RESOLVE, by, at, text="好", photos=(AFTER,))
    checker = holder(session, case.checker_id, case.checker_unit_code, at)
    do(session, case, Action.CHECK_PASS, checker, at)


def coming(session: Session, case: Case) -> dict[str, datetime]:
    """What the rows say comes due."""
    session.flush()
    timer_store.write_pending(session)
    rows = session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.ended_at.is_(None)))
    return {row.kind: row.due_at for row in rows}


def foretold(session: Session, case: Case, now: datetime) -> dict[TimerKind, datetime]:
    reference = references.of(session, DISTRICT)
    return {one.kind: one.due_at for one in timers.forecast(session, case, reference, now)}


# Assistance ------------------------------------------------------------------------------


def test_the_limit_of_who_assists_stands_while_the_clock_of_the_case_stands(
    rolled: Session,
) -> None:
    case, worker, task = assisted(rolled, NOON + 5 * HOUR)  # 15:00; of 11:00 on two working hours
    handler, dispatcher = person(rolled, "handler"), person(rolled, "dispatcher")
    do(rolled, case, Action.ASK_INFO, worker, NOON + HOUR, text="哪一栋？")
    assert "assist_due" not in coming(rolled, case)
    assert [one.id for one in worklists.tasks(rolled, handler, Tab.WAITING)] == [case.id]
    went_on = NOON + 2 * DAY  # a Friday, 10:00
    told = foretold(rolled, case, NOON + HOUR)[TimerKind.ASSIST_DUE]
    do(rolled, case, Action.GO_ON, dispatcher, went_on)
    assert coming(rolled, case)["assist_due"] == task.due_at == went_on + 2 * HOUR
    assert told > NOON + 2 * DAY, "the forecast says it with the pause in it, too"


def test_who_assists_can_report_it_done_while_the_lead_changes_hands(rolled: Session) -> None:
    case, worker, task = assisted(rolled, NOON + 5 * HOUR)
    handler = person(rolled, "handler")
    do(rolled, case, Action.PASS_UP, worker, SOON, text="要上级办")
    assert "assist_due" in coming(rolled, case), "their limit runs on"
    assert [one.id for one in worklists.tasks(rolled, handler, Tab.ASSIST)] == [case.id]
    do(rolled, case, Action.FINISH_TASK, handler, SOON, task_id=task.id, text="车到了")
    assert task.outcome == "done" and "assist_due" not in coming(rolled, case)


def test_two_acts_in_one_unit_of_work_leave_the_row_of_the_assistance(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    case, worker, _ = signed(rolled, category_code=LIGHT)
    until = NOON + 5 * HOUR
    called = {"target": "unit:ZJSL", "text": "请派车", "until": until}
    do(rolled, case, Action.CALL_IN, worker, SOON, **called)
    do(rolled, case, Action.PASS_UP, worker, SOON, text="要上级办")
    assert coming(rolled, case)["assist_due"] == until


def test_who_is_called_in_after_the_limit_is_not_late_at_once(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    case, worker, _ = signed(rolled)
    late = case.due_at + HOUR
    do(rolled, case, Action.CALL_IN, worker, late, target="unit:ZJSL", text="请派车")
    own = {"target": "unit:CG", "text": "请派人", "until": late + 3 * HOUR}
    do(rolled, case, Action.CALL_IN, worker, late, **own)
    first, second = (one for one in cases.open_tasks(rolled, case.id) if one.kind == ASSIST)
    assert second.due_at == late + 3 * HOUR
    assert first.due_at is not None and first.due_at > late + 12 * HOUR, "one working day"
    with pytest.raises(InvalidInput):
        past = {"target": "unit:GA", "text": "请派人", "until": late - MINUTE}
        do(rolled, case, Action.CALL_IN, worker, late, **past)


def test_who_did_a_part_of_it_does_not_check_it(rolled: Session) -> None:
    case = case_of(rolled, report(rolled, category_code=LIGHT))
    dispatcher, handler = person(rolled, "dispatcher"), person(rolled, "handler")
    do(rolled, case, Action.DISPATCH, dispatcher, SOON, target="unit:ZJSL")
    do(rolled, case, Action.SIGN, handler, SOON)
    do(rolled, case, Action.CALL_IN, handler, SOON, target="unit:V440608004025", text="请协助")
    (task,) = (one for one in cases.open_tasks(rolled, case.id) if one.kind == ASSIST)
    village = person(rolled, "village")
    do(rolled, case, Action.FINISH_TASK, village, SOON, task_id=task.id, text="清了")
    do(rolled, case, Action.RESOLVE, handler, SOON, text="好", photos=(AFTER,))
    case.checker_id, case.checker_unit_code = None, "V440608004025"
    assert Relation.CHECKER not in standing.relations(rolled, case, village)


@pytest.mark.parametrize("far", [NO_LIMIT, datetime(9998, 12, 31, tzinfo=UTC)])
def test_a_limit_of_assistance_no_calendar_reaches_holds_up_no_case(
    rolled: Session, far: datetime
) -> None:
    case, worker, task = assisted(rolled, NOON + 5 * HOUR)
    task.due_at = far  # as rows of before have it
    dispatcher = person(rolled, "dispatcher")
    do(rolled, case, Action.ASK_INFO, worker, NOON + HOUR, text="哪一栋？")
    assert TimerKind.INFO_ENDS in foretold(rolled, case, NOON + HOUR)
    do(rolled, case, Action.GO_ON, dispatcher, NOON + 2 * DAY)
    assert (case.state, task.due_at) == ("handling", far)


def test_who_assists_in_a_case_without_a_limit_has_one_all_the_same(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    case, worker, _ = signed(rolled, category_code=LIGHT)
    case.due_at = case.limit_at = NO_LIMIT  # as an open case that was imported
    called = {"target": "unit:ZJSL", "text": "请派车"}
    for until in (NO_LIMIT - DAY, NOON + 150 * DAY):
        with pytest.raises(InvalidInput) as refused:
            do(rolled, case, Action.CALL_IN, worker, SOON, **called, until=until)
        assert refused.value.reason == "beyond_the_case"
    do(rolled, case, Action.CALL_IN, worker, SOON, **called, until=NOON + 60 * DAY)
    do(rolled, case, Action.ASK_INFO, worker, NOON + HOUR, text="哪一栋？")
    do(rolled, case, Action.GO_ON, person(rolled, "dispatcher"), NOON + 2 * DAY)
    assert case.due_at == NO_LIMIT and coming(rolled, case)["assist_due"] > NOON + 60 * DAY


# More time, rulings, appeals -------------------------------------------------------------


def test_a_pause_that_gives_the_time_asked_for_uses_up_no_extension(rolled: Session) -> None:
    case, worker, _ = signed(rolled, category_code=LIGHT)
    until = case.due_at + 4 * HOUR
    do(rolled, case, Action.ASK_EXTENSION, worker, SOON, text="等配件", until=until)
    do(rolled, case, Action.ASK_INFO, worker, SOON, text="哪一栋？")
    assert case.applied_for == "extension"
    do(rolled, case, Action.GO_ON, person(rolled, "dispatcher"), NOON + 2 * DAY)
    assert case.due_at > until and (case.applied_for, case.extension_count) == (None, 0)
    assert lines.of_case(rolled, case.id)[-1].data["lapsed"] == "extension"


def test_the_desk_below_decides_no_more_on_a_case_that_went_up(rolled: Session) -> None:
    case, worker, _ = signed(rolled, category_code=LIGHT)
    more = {"text": "等配件", "until": case.due_at + 4 * HOUR}
    do(rolled, case, Action.ASK_EXTENSION, worker, SOON, **more)
    for _ in range(2):  # to the village, to the town
        by = holder(rolled, case.assignee_id, case.unit_code, SOON)
        do(rolled, case, Action.PASS_UP, by, SOON, text="要上级办")
    asked = applications.pending(rolled, case)
    assert case.level == "town" and asked is not None and asked.level == "town"
    assert lines.of_case(rolled, case.id)[-1].data["decides"] == "town"


def test_a_suspension_is_not_granted_after_its_day_of_review(rolled: Session) -> None:
    case, worker, _ = signed(rolled, category_code=LIGHT)
    asked = {"reason": "funds", "text": "等经费", "until": NOON + 5 * HOUR}
    do(rolled, case, Action.ASK_SUSPENSION, worker, SOON, **asked)
    with pytest.raises(InvalidInput) as refused:
        do(rolled, case, Action.GRANT_SUSPENSION, person(rolled, "supervisor"), NOON + DAY)
    assert (refused.value.field, refused.value.reason) == ("until", "past")


def test_a_case_to_be_ruled_on_waits_for_its_ruling_after_a_question_too(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    case, worker, _ = signed(rolled, category_code=LIGHT)
    dispatcher = person(rolled, "dispatcher")
    back = {"reason": "wrong_duty", "text": "不归我们管"}
    do(rolled, case, Action.RETURN, worker, SOON, **back)
    do(rolled, case, Action.DISPATCH, dispatcher, SOON, target="unit:ZJSL")
    do(rolled, case, Action.RETURN, person(rolled, "handler"), SOON, **back)
    due = coming(rolled, case)["ruling_due"]
    do(rolled, case, Action.ASK_INFO, dispatcher, SOON, text="哪一栋？")
    told = foretold(rolled, case, SOON)
    assert TimerKind.RULING_DUE in told and TimerKind.DISPATCH_DUE not in told
    do(rolled, case, Action.GO_ON, dispatcher, SOON)
    assert coming(rolled, case)["ruling_due"] == due


def test_an_appeal_nobody_decided_is_not_used_up(rolled: Session) -> None:
    case, worker, receipt = signed(rolled)
    spot = pin(inside(rolled))
    other = report(rolled, join_case_id=case.id, position=spot, now=SOON)
    closed(rolled, case, worker, NOON + HOUR)
    appealed = Given(text="没有清走")
    mine = receipt.report_id
    reporters.act(rolled, mine, Action.APPEAL, now=NOON + 2 * HOUR, given=appealed)
    feedback.rate(rolled, other.report_id, solved=False, satisfaction=None, now=NOON + 3 * HOUR)
    closed(rolled, case, worker, NOON + 4 * HOUR)
    reporters.act(rolled, mine, Action.APPEAL, now=NOON + 5 * HOUR, given=appealed)
    do(rolled, case, Action.DENY_APPEAL, person(rolled, "dispatcher"), NOON + DAY, text="已清")
    with pytest.raises(AppealedBefore):
        reporters.act(rolled, mine, Action.APPEAL, now=NOON + DAY, given=appealed)


def test_a_leaders_target_ends_with_the_round_it_was_for(rolled: Session) -> None:
    case, worker, receipt = signed(rolled)
    wanted = {"text": "今天办好", "until": NOON + HOUR}
    do(rolled, case, Action.INSTRUCT, person(rolled, "supervisor"), SOON, **wanted)
    closed(rolled, case, worker, NOON + 30 * MINUTE)
    assert case.target_at == NOON + HOUR
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=NOON + DAY)
    assert (case.state, case.target_at) == ("handling", None)


# Emergencies -----------------------------------------------------------------------------


def test_an_emergency_that_is_merged_is_one_where_it_goes_on(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    emergency = case_of(rolled, report(rolled, text=FIRE, emergency_seen=True))
    case, _, _ = signed(rolled)
    dispatcher = person(rolled, "dispatcher")
    merging.merge(rolled, emergency.id, case.id, by=dispatcher, now=NOON + HOUR)
    assert (case.severity, emergencies.number_of(case)) == (4, "119")
    assert emergencies.recorded_from(case) == NOON
    assert coming(rolled, case)["record_due"] == NOON + 2 * HOUR, "from the call"


def test_danger_does_not_wait_for_an_answer(rolled: Session) -> None:
    set_ladder(rolled, on=True)
    case, by, _ = signed(rolled, text=FIRE, emergency_seen=True)
    do(rolled, case, Action.ASK_INFO, by, SOON, text="几楼？")
    rows = coming(rolled, case)
    assert rows["record_due"] == NOON + 2 * HOUR and "info_ends" in rows
    do(rolled, case, Action.NOTE, person(rolled, "dispatcher"), SOON, text="119 已到场")
    assert "record_due" not in coming(rolled, case)


def test_an_older_database_gets_the_row_of_an_emergency_whose_clock_stands(
    rolled: Session,
) -> None:
    set_ladder(rolled, on=True)
    case, by, _ = signed(rolled, text=FIRE, emergency_seen=True)
    do(rolled, case, Action.ASK_INFO, by, SOON, text="几楼？")
    coming(rolled, case)
    rolled.execute(delete(Timer).where(Timer.case_id == case.id))
    district = districts.get(rolled, DISTRICT)
    district.settings = {**district.settings, timers.FILLED: 2}
    assert timers.needs_filling(rolled, DISTRICT)
    after, first = None, True
    while first or after is not None:
        after, first = timers.fill(rolled, DISTRICT, after, now=SOON), False
    assert coming(rolled, case)["record_due"] == NOON + 2 * HOUR


# Who may ---------------------------------------------------------------------------------


def test_who_only_joined_does_not_move_the_pin_of_others(rolled: Session) -> None:
    case, worker, receipt = signed(rolled, category_code=LIGHT)
    back = {"reason": "wrong_area", "text": "不在这里"}
    do(rolled, case, Action.RETURN, worker, SOON, **back)
    spot = pin(inside(rolled))
    joined = report(rolled, join_case_id=case.id, position=spot, now=SOON)
    there = Given(position=inside(rolled, "440608004025005"))
    for one, may in ((joined, False), (receipt, True)):
        by = reporters.actor_of(rolled.get_one(Report, one.report_id))
        if may:
            reporters.correct_spot(rolled, case.id, there, by=by, now=SOON)
        else:
            with pytest.raises(NotAllowed):
                reporters.correct_spot(rolled, case.id, there, by=by, now=SOON)
    assert case.duty_grid_code == "440608004025005"
