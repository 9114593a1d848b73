"""What comes due: rows that follow each act, fire once, and do what the forecast said."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, select

from gridgov.domain.escalation import TimerKind
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, history, indicators, sweep, timers
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.storage import districts
from gridgov.storage import history as entries
from gridgov.storage import timers as store
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.session import read_only, unit_of_work
from gridgov.storage.timers import Timer
from tests.support.acts import (
    AFTER,
    DISTRICT,
    NOON,
    case_of,
    do,
    holder,
    person,
    report,
    set_ladder,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def laddered(stage: Flask) -> Iterator[None]:
    """The ladder is on, and every case of the sample has its rows."""
    switch(on=True)
    yield
    switch(on=False)


def switch(*, on: bool) -> None:
    with unit_of_work() as session:
        set_ladder(session, on=on)
    fill(NOON)


def fill(now: datetime) -> None:
    after, first = None, True
    while first or after is not None:
        first = False
        with unit_of_work() as session:
            after = timers.fill(session, DISTRICT, after, now=now)


def swept(now: datetime) -> int:
    """Fire everything that is due at a moment, as the timetable does."""
    fired, more = 0, True
    while more:
        with unit_of_work() as session:
            done = sweep.fire(session, DISTRICT, now=now)
        fired, more = fired + done.fired, done.more
    return fired


def new_case(category: str = "0101") -> Case:
    with unit_of_work() as session:
        return case_of(session, report(session, category_code=category, emergency_seen=True))


def act(case: Case, action: Action, by: str, now: datetime = NOON + MINUTE, **given: Any) -> Case:
    with unit_of_work() as session:
        return do(session, case, action, person(session, by), now, **given)


def fresh(case: Case) -> Case:
    with read_only() as session:
        return session.get_one(Case, case.id)


def rows(case: Case, *, running: bool = True) -> list[str]:
    with read_only() as session:
        query = select(Timer).where(Timer.case_id == case.id).order_by(Timer.due_at, Timer.kind)
        found = [row for row in session.scalars(query) if (row.ended_at is None) is running]
        return [f"{row.kind} {local(row.due_at)}" for row in found]


def outcomes(case: Case) -> list[tuple[str, str | None]]:
    with read_only() as session:
        query = select(Timer.kind, Timer.outcome).where(Timer.case_id == case.id)
        return [
            (row.kind, row.outcome)
            for row in session.execute(query.order_by(Timer.due_at, Timer.kind))
        ]


def local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%d %H:%M")


def acts(case: Case) -> list[str]:
    with read_only() as session:
        return [entry.action for entry in entries.of_case(session, case.id)]


def foreseen(case: Case, now: datetime) -> list[tuple[str, datetime]]:
    with read_only() as session:
        known = references.of(session, DISTRICT)
        found = timers.forecast(session, session.get_one(Case, case.id), known, now)
        return [(str(one.kind), one.due_at) for one in found]


def test_the_rows_of_a_case_follow_each_act(stage: Flask) -> None:
    case = new_case()  # to sign within 2 working hours, to handle within 4
    assert rows(case) == ["climb 18 12:00", "overdue 18 16:00"]
    act(case, Action.SIGN, "worker")
    assert rows(case) == ["overdue 18 16:00"]
    act(case, Action.RESOLVE, "worker", text="已清走", photos=(AFTER,))
    assert [row.split()[0] for row in rows(case)] == ["overdue", "check_due"]
    act(case, Action.CHECK_PASS, "deputy")
    assert rows(case) == []
    assert swept(NOON + 30 * DAY) >= 0
    assert acts(case)[-1] == "check_pass", "nothing comes due on what is closed"


def test_what_nobody_signs_climbs_for_real_and_as_it_was_foretold(stage: Flask) -> None:
    case = new_case()
    expected = foreseen(case, NOON)
    units, levels = [], []
    for number, (kind, moment) in enumerate(expected, 1):
        swept(moment + number * MINUTE)  # each sweep comes a little late, and so the next limit
        now = fresh(case)
        if kind == TimerKind.CLIMB:
            units.append(now.unit_code)
            levels.append(now.level)
            assert now.stage_due_at > moment, "each level has its own time to sign"
    assert levels == ["village", "town", "district"]
    assert len(set(units)) == 3 and None not in units
    done = [(kind, outcome) for kind, outcome in outcomes(case) if outcome != "overtaken"]
    assert sorted(kind for kind, _ in done) == sorted(kind for kind, _ in expected)
    assert {outcome for _, outcome in done} == {store.FIRED}
    assert acts(case).count("climb") == 3
    assert fresh(case).supervision == "red"
    with read_only() as session:
        assert history.verify(session, DISTRICT)[1] is None


def test_the_way_up_can_be_signed_and_then_nobody_takes_it_away(stage: Flask) -> None:
    case = new_case()
    swept(fresh(case).stage_due_at + MINUTE)
    village = fresh(case)
    assert (village.state, village.level) == ("dispatched", "village")
    with unit_of_work() as session:
        someone = holder(session, None, village.unit_code, NOON)
        do(session, village, Action.SIGN, someone, village.stage_due_at - MINUTE)
    swept(village.due_at + 20 * DAY)
    kept = fresh(case)
    assert (kept.unit_code, kept.level, kept.state) == (village.unit_code, "village", "handling")
    assert kept.supervision == "red" and kept.overdue_at is not None
    line = next(entry for entry in lines_of(case) if entry.action == "supervise")
    assert line.reason == "overdue" and line.by_role == "system"
    assert line.data["tell"] not in (None, village.unit_code), "the level above is told"


def lines_of(case: Case) -> list[Any]:
    with read_only() as session:
        return list(entries.of_case(session, case.id))


def test_a_confidential_case_climbs_past_the_units_of_its_own_place(stage: Flask) -> None:
    case = new_case("0803")
    with read_only() as session:
        found = session.get_one(Case, case.id)
        known = references.of(session, DISTRICT)
        local_places = {*found.path()} - {DISTRICT}
        for one in timers.forecast(session, found, known, NOON):
            unit = known.units.get(str(one.data.get("unit", "")))
            assert unit is None or unit.area_code not in local_places


def test_a_question_nobody_answers_goes_on_by_itself(stage: Flask) -> None:
    case = new_case()
    act(case, Action.SIGN, "worker")
    act(case, Action.ASK_INFO, "worker", NOON + 2 * MINUTE, text="是哪一栋？")
    assert rows(case) == ["info_ends 23 10:02"]
    left = fresh(case).paused_left
    swept(NOON + 5 * DAY + HOUR)
    now = fresh(case)
    assert (now.state, now.paused_at) == ("handling", None)
    assert acts(case)[-1] == "go_on"
    assert left == pytest.approx(4 - 2 / 60, abs=0.01), "what was left counts from then on"
    assert now.due_at > NOON + 5 * DAY


def test_an_answer_overtakes_the_end_of_the_wait(stage: Flask) -> None:
    with unit_of_work() as session:
        receipt = report(session)
        case = case_of(session, receipt)
    act(case, Action.SIGN, "worker")
    act(case, Action.ASK_INFO, "worker", NOON + 2 * MINUTE, text="是哪一栋？")
    with unit_of_work() as session:
        by = Actor.resident(DISTRICT, report_id=receipt.report_id)
        do(session, case, Action.ANSWER, by, NOON + HOUR, text="三栋")
    assert "info_ends 23 10:02" not in rows(case)
    swept(NOON + 5 * DAY + HOUR)
    assert "go_on" not in acts(case)


def test_the_clock_may_step_back_and_forth_and_each_thing_comes_once(stage: Flask) -> None:
    case = new_case()
    act(case, Action.SIGN, "worker")
    due = fresh(case).due_at
    for moment in (due + MINUTE, due - DAY, due + 2 * MINUTE, due - HOUR, due + HOUR):
        swept(moment)
        # Somebody writes a note meanwhile, at a time before the marks.
        act(case, Action.NOTE, "worker", due - DAY, text="看过")
    found = acts(case)
    assert (found.count("mark_overdue"), found.count("supervise")) == (1, 1)
    with read_only() as session:
        assert history.verify(session, DISTRICT)[1] is None


def test_a_leader_who_ends_the_supervision_is_not_overruled_by_the_clock(stage: Flask) -> None:
    case = new_case()
    act(case, Action.SIGN, "worker")
    swept(fresh(case).due_at + MINUTE)
    assert fresh(case).supervision == "yellow"
    with unit_of_work() as session:
        leader = person(session, "supervisor")
        do(session, case, Action.END_SUPERVISION, leader, NOON + DAY, text="情况已说明")
    swept(NOON + 40 * DAY)
    assert fresh(case).supervision is None


def test_a_stage_that_takes_too_long_is_told_and_the_case_is_left_alone(stage: Flask) -> None:
    case = new_case()
    act(case, Action.SIGN, "worker")
    act(case, Action.RESOLVE, "worker", text="已清走", photos=(AFTER,))
    before = lines_of(case)
    swept(fresh(case).stage_due_at + MINUTE)
    with read_only() as session:
        told = [
            message.body
            for message in session.scalars(select(Message).where(Message.kind == "case.due"))
            if message.body["case_id"] == str(case.id)
        ]
    assert [one["due"] for one in told] == ["check_due"]
    marks = {"mark_overdue", "supervise"}
    assert [one.action for one in lines_of(case) if one.action not in marks] == [
        one.action for one in before
    ]
    with unit_of_work() as session:
        while indicators.fold_pending(session, DISTRICT):
            session.flush()


def test_assistance_has_a_limit_of_its_own_until_it_is_done(stage: Flask) -> None:
    case = new_case("0401")
    with unit_of_work() as session:
        found = session.get_one(Case, case.id)
        who = holder(session, found.assignee_id, found.unit_code, NOON)
        if found.state != "handling":
            do(session, found, Action.SIGN, who, NOON + MINUTE)
        until = NOON + DAY
        do(
            session, found, Action.CALL_IN, who, NOON + HOUR,
            target="unit:JT", text="请派人", until=until,
        )  # fmt: skip
    assert f"assist_due {local(until)}" in rows(case)
    task = next(entry for entry in lines_of(case) if entry.action == "call_in").data["task"]
    with unit_of_work() as session:
        who = holder(session, found.assignee_id, found.unit_code, NOON)
        casework.perform(
            session,
            case.id,
            Action.WAIVE_TASK,
            by=who,
            now=NOON + 2 * HOUR,
            given=Given(text="不用了", task_id=UUID(task)),
        )
    assert f"assist_due {local(until)}" not in rows(case)


def test_an_older_database_gets_its_rows_and_the_past_is_not_made_up_for(stage: Flask) -> None:
    old, young = new_case(), new_case()
    act(old, Action.SIGN, "worker")
    act(young, Action.SIGN, "worker")
    swept(fresh(old).due_at + MINUTE)  # marked, and yellow is noted
    with unit_of_work() as session:
        session.execute(delete(Timer).where(Timer.case_id.in_([old.id, young.id])))
        session.get_one(Case, old.id).supervision = None
    later = NOON + 3 * DAY
    fill(later)
    with read_only() as session:
        assert not timers.needs_filling(session, DISTRICT)
    assert ("yellow", store.PAST) in outcomes(old), "on record, and nobody is told of it now"
    before = fresh(old).history_seq
    swept(later)
    assert fresh(old).history_seq == before
    again = outcomes(old)
    fill(later)
    assert outcomes(old) == again, "doing it again changes nothing"


def test_without_the_ladder_nothing_climbs_and_nobody_is_supervised(stage: Flask) -> None:
    switch(on=False)
    case = new_case()
    assert rows(case) == [f"overdue {local(fresh(case).stage_due_at)}"]
    swept(NOON + 30 * DAY)
    late = fresh(case)
    assert (late.level, late.supervision, late.overdue_at) == ("grid", None, NOON + 30 * DAY)


def test_a_case_the_workflow_refuses_holds_up_no_other(stage: Flask) -> None:
    broken, sound = new_case(), new_case()
    with unit_of_work() as session:
        # As if the net had changed under it: nobody is above any more.
        session.get_one(Case, broken.id).level = "district"
    swept(fresh(broken).stage_due_at + MINUTE)
    assert ("climb", store.REFUSED) in outcomes(broken)
    assert fresh(sound).level == "village"
    assert fresh(broken).state == "dispatched"


def test_two_things_of_one_case_come_in_their_order(stage: Flask) -> None:
    case = new_case()
    swept(NOON + 60 * DAY)  # nobody looked for two months
    found = [one for one in acts(case) if one in {"climb", "mark_overdue", "supervise"}]
    assert found[0] == "climb"
    assert found.index("mark_overdue") < found.index("supervise")


def test_rows_are_written_with_the_act_or_not_at_all(stage: Flask) -> None:
    case = new_case()
    before = rows(case)
    with pytest.raises(RuntimeError), unit_of_work() as session:
        do(session, case, Action.SIGN, person(session, "worker"), NOON + MINUTE)
        raise RuntimeError("the power went")
    assert rows(case) == before
    assert fresh(case).state == "dispatched"


def test_the_setting_is_off_for_a_district_that_never_set_it(stage: Flask) -> None:
    with unit_of_work() as session:
        district = districts.get(session, DISTRICT)
        district.settings = {
            name: kept
            for name, kept in district.settings.items()
            if name not in ("ladder", "natural_from")
        } | {"revision": district.settings["revision"] + 1}
    with read_only() as session:
        known = references.of(session, DISTRICT)
    assert (known.ladder, known.natural_from) == (False, None)


def test_the_ladder_brings_the_night_rule_with_it(stage: Flask) -> None:
    with read_only() as session:
        on = references.of(session, DISTRICT)
    assert str(on.category("0604").handle_limit) == "10D"
    switch(on=False)
    with read_only() as session:
        off = references.of(session, DISTRICT)
    assert str(off.category("0604").handle_limit) == "10WD"
