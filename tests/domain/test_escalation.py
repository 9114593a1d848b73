"""What comes due if nobody acts, and that a forecast is nothing else than the plan in turn."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.catalogue import Level
from gridgov.domain.deadlines import NO_LIMIT, Limit, WorkingCalendar, parse_limit
from gridgov.domain.escalation import (
    ACTION_OF,
    FORESEEN,
    TELLS,
    Assist,
    CaseView,
    Planned,
    Rung,
    TimerKind,
    after,
    forecast,
    plan,
)
from gridgov.domain.milestones import Milestone, dated, done, parse, stopped
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import OPEN_STATES, STEPS, CaseState, Relation

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar(
    "Asia/Shanghai",
    ((time(8, 30), time(12)), (time(14), time(17, 30))),
    {},
    date(2026, 1, 1),
    date(2026, 12, 31),
)
LIMITS = {
    Stage.ACCEPT: "2WH",
    Stage.INFO: "3WD",
    Stage.VERIFY: "2WH",
    Stage.DISPATCH: "1WH",
    Stage.SIGN: "2WH",
    Stage.HANDLE: "2WD",
    Stage.CHECK: "1WD",
    Stage.RULING: "4WH",
    Stage.APPEAL: "5WD",
    Stage.RECORD: "2H",
}
RUNGS = (
    Rung(Level.VILLAGE, "V"),
    Rung(Level.TOWN, "T"),
    Rung(Level.DISTRICT, "D"),
)


def limits(stage: Stage) -> Limit:
    return parse_limit(LIMITS[stage])


def at(text: str) -> datetime:
    """A moment of November 2026 in Gaoming: "18 10:30"; the 18th is a Wednesday."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


def view(state: CaseState = CaseState.DISPATCHED, **more: Any) -> CaseView:
    """A case of Wednesday 10:00: to be signed by 12:00, to be handled by Friday 10:00."""
    values = {
        "stage_since": at("18 10:00"),
        "stage_due_at": at("18 12:00"),
        "due_at": at("20 10:00"),
        "limit_at": at("18 12:00") if state is CaseState.DISPATCHED else at("20 10:00"),
        "rungs": RUNGS,
    }
    return CaseView(state=state, **{**values, **more})


def said(planned: list[Planned]) -> list[str]:
    return [
        f"{one.kind} {one.due_at.astimezone(SHANGHAI):%d %H:%M}"
        + (f" {one.data['unit']}" if "unit" in one.data else "")
        for one in planned
    ]


def foreseen(case: CaseView, now: str = "18 10:00") -> list[str]:
    return said(forecast(case, limits, CALENDAR, now=at(now)))


def test_what_nobody_signs_climbs_level_by_level_with_a_new_limit_each_time() -> None:
    assert said(plan(view(), limits, CALENDAR)) == ["climb 18 12:00 V", "overdue 20 10:00"]
    assert foreseen(view()) == [
        "climb 18 12:00 V",
        "climb 18 16:00 T",
        "climb 19 09:00 D",
        # At the top nobody is above: from there on it is late to be signed, and stays.
        "overdue 19 11:00",
        "yellow 20 10:00",
        "red 23 10:00",
    ]


def test_a_signed_case_stays_with_whom_signed_it_and_is_supervised() -> None:
    handled = view(CaseState.HANDLING)
    assert foreseen(handled) == ["overdue 20 10:00", "yellow 20 10:00", "red 23 10:00"]
    yellow = forecast(handled, limits, CALENDAR, now=at("18 10:00"))[1]
    assert yellow.data == {"tell": "V"}, "the level above is told"


def test_without_the_ladder_it_is_marked_and_nothing_else() -> None:
    for state in (CaseState.DISPATCHED, CaseState.HANDLING, CaseState.SUBMITTED):
        found = forecast(view(state, ladder=False), limits, CALENDAR, now=at("18 10:00"))
        assert [one.kind for one in found] == [TimerKind.OVERDUE], state
    # A signature that is late is what the mark was about, and is again.
    assert foreseen(view(ladder=False)) == ["overdue 18 12:00"]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (CaseState.SUBMITTED, TimerKind.ACCEPT_DUE),
        (CaseState.VERIFYING, TimerKind.VERIFY_DUE),
        (CaseState.REGISTERED, TimerKind.DISPATCH_DUE),
        (CaseState.RESOLVED, TimerKind.CHECK_DUE),
    ],
)
def test_a_stage_that_takes_too_long_is_told_and_changes_nothing(
    state: CaseState, kind: TimerKind
) -> None:
    case = view(state)
    told = next(one for one in plan(case, limits, CALENDAR) if one.kind is kind)
    assert told.due_at == at("18 12:00")
    assert kind in TELLS
    assert after(case, told, limits, CALENDAR) == case


def test_a_case_that_was_returned_twice_waits_for_a_ruling() -> None:
    case = view(CaseState.REGISTERED, needs_ruling=True)
    kinds = {one.kind for one in plan(case, limits, CALENDAR)}
    assert TimerKind.RULING_DUE in kinds
    assert TimerKind.DISPATCH_DUE not in kinds


def test_a_question_that_is_not_answered_ends_after_three_working_days() -> None:
    asked = view(
        CaseState.NEED_INFO,
        back_to=CaseState.HANDLING,
        stage_since=at("18 10:00"),
        limit_at=NO_LIMIT,
        left=7.0,
        stage_left=0.0,
    )
    # Monday 10:00, and seven working hours from then on.
    assert foreseen(asked) == [
        "info_ends 23 10:00",
        "overdue 24 10:00",
        "yellow 24 10:00",
        "red 25 10:00",
    ]
    assert said(plan(asked, limits, CALENDAR)) == ["info_ends 23 10:00"], "its clocks stand"


def test_a_suspended_case_is_taken_up_again_on_the_day_of_review() -> None:
    put_aside = view(CaseState.SUSPENDED, review_at=at("25 09:00"), limit_at=NO_LIMIT, left=3.5)
    assert foreseen(put_aside)[:2] == ["resume 25 09:00", "overdue 25 14:30"]
    assert plan(replace(put_aside, review_at=None), limits, CALENDAR) == []


def test_what_somebody_was_called_in_for_has_a_limit_of_its_own() -> None:
    helped = view(CaseState.HANDLING, assists=(Assist("a", at("19 09:00")), Assist("b", NO_LIMIT)))
    found = plan(helped, limits, CALENDAR)
    assert [one.data for one in found if one.kind is TimerKind.ASSIST_DUE] == [{"task": "a"}]


def test_the_facts_of_an_emergency_are_registered_within_two_hours_by_night_too() -> None:
    night = view(unrecorded_since=at("21 23:30"))
    record = next(one for one in plan(night, limits, CALENDAR) if one.kind is TimerKind.RECORD_DUE)
    assert record.due_at == at("22 01:30")


def test_an_appeal_has_its_days_although_the_case_is_closed() -> None:
    closed = view(CaseState.CLOSED, appealed_at=at("18 10:00"))
    assert said(plan(closed, limits, CALENDAR)) == ["appeal_due 25 10:00"]


def test_whoever_is_watched_by_hand_already_is_not_watched_again() -> None:
    red = view(CaseState.HANDLING, overdue=True, supervision="red")
    assert plan(red, limits, CALENDAR) == []
    ordinary = replace(red, supervision="ordinary")
    assert [one.kind for one in plan(ordinary, limits, CALENDAR)] == [TimerKind.YELLOW]


def test_what_rests_on_an_unpublished_year_says_so() -> None:
    late = datetime(2027, 1, 5, 2, tzinfo=UTC)
    case = view(due_at=late, stage_due_at=late, limit_at=late, due_provisional=True)
    assert all(one.provisional for one in plan(case, limits, CALENDAR))


def test_a_case_without_a_limit_is_never_late() -> None:
    for state in OPEN_STATES:
        case = view(state, due_at=NO_LIMIT, stage_due_at=NO_LIMIT, limit_at=NO_LIMIT)
        kinds = {one.kind for one in plan(case, limits, CALENDAR)}
        assert kinds <= {TimerKind.INFO_ENDS, TimerKind.RESUME}, state


def test_the_system_may_do_in_every_state_what_is_planned_there() -> None:
    for state in CaseState:
        case = view(state, review_at=at("25 09:00"), overdue=False, supervision="yellow")
        for one in plan(case, limits, CALENDAR):
            if one.kind in ACTION_OF:
                assert Relation.SYSTEM in STEPS[state, ACTION_OF[one.kind]].who, (state, one)


MOMENTS = st.integers(0, 30 * 1440).map(
    lambda minutes: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(
    state=st.sampled_from(list(CaseState)),
    since=MOMENTS,
    stage=MOMENTS,
    due=MOMENTS,
    now=MOMENTS,
    rungs=st.integers(0, 3),
    overdue=st.booleans(),
    supervision=st.sampled_from([None, "ordinary", "yellow", "red"]),
    left=st.none() | st.floats(-5, 40),
    ladder=st.booleans(),
)
def test_a_forecast_is_the_plan_applied_step_by_step(
    state: CaseState,
    since: datetime,
    stage: datetime,
    due: datetime,
    now: datetime,
    rungs: int,
    overdue: bool,
    supervision: str | None,
    left: float | None,
    ladder: bool,
) -> None:
    case = view(
        state,
        stage_since=since,
        stage_due_at=stage,
        due_at=due,
        limit_at=min(stage, due) if state is CaseState.DISPATCHED else due,
        rungs=RUNGS[3 - rungs :],
        overdue=overdue,
        supervision=supervision,
        left=left,
        review_at=due,
        ladder=ladder,
    )
    found = forecast(case, limits, CALENDAR, now=now)
    assert len(found) <= FORESEEN
    moments = [one.due_at for one in found]
    assert moments == sorted(moments) and all(moment >= now for moment in moments)
    keys = set()
    for one in found:
        coming = [new for new in plan(case, limits, CALENDAR) if new.key not in keys]
        assert coming[0].kind is one.kind
        now = max(coming[0].due_at, now)
        assert one.due_at == now
        keys.add(coming[0].key)
        case = after(case, one, limits, CALENDAR)
    if state not in OPEN_STATES:
        assert found == []


def staged(*done_: int) -> tuple[Milestone, ...]:
    """Stop work within 4 WH, a penalty within 1 WD, both from Wednesday 10:00."""
    found = dated(
        parse("停工4WH·处罚1WD·移交"), at("18 10:00"), CALENDAR, severity=2, natural_from=3
    )
    return tuple(done(one, at("18 11:00")) if n in done_ else one for n, one in enumerate(found, 1))


def test_each_step_of_a_staged_limit_is_to_come_until_it_is_done() -> None:
    handled = view(CaseState.HANDLING, steps=staged(), rungs=())
    due = ["step_due 18 16:00", "step_due 19 10:00", "overdue 20 10:00"]
    soon = ["step_soon 18 15:12", "step_soon 19 08:36"]  # 80 % of 4 and of 7 working hours
    found = plan(handled, limits, CALENDAR)
    assert said(found) == [soon[0], due[0], soon[1], *due[1:]]
    assert foreseen(handled)[:3] == due, "what is foretold is what will be done"
    steps = [one.data for one in found if one.kind is TimerKind.STEP_DUE]
    assert steps == [{"step": 1, "name": "停工"}, {"step": 2, "name": "处罚"}]
    assert found[0].data == {**steps[0], "until": found[1].due_at.isoformat()}
    one_done = view(CaseState.HANDLING, steps=staged(1), rungs=())
    assert said(plan(one_done, limits, CALENDAR)) == [soon[1], *due[1:]]


def test_steps_come_due_while_work_is_to_be_done_and_only_there() -> None:
    def kinds(state: CaseState, **more: Any) -> set[TimerKind]:
        case = view(state, steps=staged(), **more)
        return {one.kind for one in plan(case, limits, CALENDAR)}

    running = set(OPEN_STATES) - {
        *(CaseState.RESOLVED, CaseState.NEED_INFO, CaseState.SUSPENDED),
    }
    for state in running:
        assert TimerKind.STEP_DUE in kinds(state), state
    for state in set(CaseState) - running:
        assert TimerKind.STEP_DUE not in kinds(state), state
    assert kinds(CaseState.HANDLING, ladder=False) == {TimerKind.OVERDUE}


def test_steps_that_stood_come_when_the_case_goes_on_as_it_was_foretold() -> None:
    asked = view(
        CaseState.NEED_INFO,
        stage_since=at("18 11:00"),
        back_to=CaseState.HANDLING,
        left=13.0,
        steps=stopped(staged(), at("18 11:00"), CALENDAR),
        rungs=(),
    )
    # Three working days nobody answers; three hours and six were left.
    assert foreseen(asked, "18 11:00")[:3] == [
        "info_ends 23 11:00",
        "step_due 23 16:00",
        "step_due 24 10:00",
    ]
