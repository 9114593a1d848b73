"""The rows of what comes due on cases, kept in line with the plan, and the forecast from it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import NO_LIMIT, Limit
from gridgov.domain.escalation import (
    TELLS,
    Assist,
    CaseView,
    Limits,
    Planned,
    TimerKind,
)
from gridgov.domain.escalation import forecast as foresee
from gridgov.domain.escalation import plan as plan_of
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import OPEN_STATES, Action, CaseState
from gridgov.services import deadlines, emergencies, ladder, steps
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import applications, cases, districts
from gridgov.storage import timers as store
from gridgov.storage.cases import ASSIST, Case
from gridgov.storage.timers import Wanted

# Words beside the way: no clock and no holder changes.
WITHOUT_CLOCKS = frozenset(
    {
        *(Action.ADD, Action.RATE, Action.JOIN, Action.LEAVE, Action.NOTE, Action.REPLY),
        *(Action.URGE, Action.TAKE_IN, Action.LET_GO, Action.SPOT_CHECK, Action.INSTRUCT),
    }
)
# Of an urgent case these say more: facts are registered, or somebody told of danger, by which
# its limits may have moved.
_OF_DANGER = frozenset({Action.NOTE, Action.JOIN, Action.TAKE_IN})
# After these somebody else may be called in, or the clocks of those who are run again.
_ASSISTANCE = frozenset(
    {
        *(Action.CALL_IN, Action.FINISH_TASK, Action.WAIVE_TASK, Action.STAND_IN),
        *(Action.RESUME, Action.ANSWER, Action.GO_ON, Action.UNMERGE),
    }
)
# Assistance goes on while the lead changes hands.
_ASSISTED = frozenset({CaseState.REGISTERED, CaseState.DISPATCHED, CaseState.HANDLING})
# What lay before a district began to watch is on record, and nobody is told of it now.
NOT_MADE_UP_FOR = TELLS | {TimerKind.YELLOW, TimerKind.RED}
FILLED = "timers_filled"
# Which plan the rows of a district were filled by: 2 warns of steps, 3 has the facts of an
# emergency registered while its clock stands, and goes over appeals against closed cases. With
# a newer one the next sweep goes over all open cases once; what lay before is on record and
# not told.
PLAN = 3
A_PAGE = 200


def follow(session: Session, case: Case, action: Action, reference: Reference) -> None:
    """Bring what is to come due in line with a case that was just changed by an action."""
    danger = action in _OF_DANGER and case.severity > 1
    step_done = action is Action.NOTE and bool(case.steps)
    if action in WITHOUT_CLOCKS and not danger and not step_done:
        return
    looked = action in _ASSISTANCE and CaseState(case.state) in _ASSISTED
    view = view_of(session, case, reference, action=action, assists=looked)
    keep = () if looked else kept(case)
    store.want(session, case, wanted(case, view, reference), at=case.updated_at, keep=keep)


def kept(case: Case) -> tuple[str, ...]:
    """Return the kinds of rows an action leaves as they are that says nothing of assistance."""
    return (str(TimerKind.ASSIST_DUE),) if CaseState(case.state) in _ASSISTED else ()


def wanted(
    case: Case, view: CaseView, reference: Reference, *, past: datetime | None = None
) -> list[Wanted]:
    """Return what the rows of a case should say; what lay before `past` may be over already."""
    return [
        Wanted(
            str(one.kind),
            one.due_at,
            one.provisional,
            dict(one.data),
            past=past is not None and one.due_at < past and one.kind in NOT_MADE_UP_FOR,
        )
        for one in plan_of(view, limits_of(case, reference), reference.calendar)
    ]


def limits_of(case: Case, reference: Reference) -> Limits:
    """Return the limits of the stages of a case."""
    category = reference.category_of(case)

    def limit(stage: Stage) -> Limit:
        return deadlines.limit(case, category, stage, reference)

    return limit


def view_of(
    session: Session,
    case: Case,
    reference: Reference,
    *,
    action: Action | None = None,
    assists: bool = True,
) -> CaseView:
    """Return what of a case decides about what comes due, after an action that was just done.

    `assists` looks up who was called in to assist.
    """
    state = CaseState(case.state)
    risky = reference.ladder and state in OPEN_STATES and case.due_at < NO_LIMIT
    return CaseView(
        state=state,
        stage_since=case.stage_since,
        stage_due_at=case.stage_due_at,
        due_at=case.due_at,
        limit_at=case.limit_at,
        due_provisional=case.due_provisional,
        overdue=case.overdue_at is not None,
        supervision=case.supervision,
        needs_ruling=deadlines.stage_of(case) is Stage.RULING,
        unrecorded_since=emergencies.recorded_from(case),
        back_to=None if case.back_to is None else CaseState(case.back_to),
        review_at=case.review_at,
        left=case.paused_left,
        stage_left=case.paused_stage_left,
        appealed_at=_appealed_at(session, case, action),
        rungs=ladder.rungs(session, case, reference) if risky else (),
        assists=_assists(session, case, reference) if assists and reference.ladder else (),
        steps=steps.of(case),
        ladder=reference.ladder,
    )


def _appealed_at(session: Session, case: Case, action: Action | None) -> datetime | None:
    if case.applied_for != "appeal":
        return None
    if action is Action.APPEAL:
        return case.updated_at
    asked = applications.pending(session, case)
    return None if asked is None else asked.asked_at


def _assists(session: Session, case: Case, reference: Reference) -> tuple[Assist, ...]:
    """Return the assisting tasks to be done, and what is left of each while the clock stands."""
    if CaseState(case.back_to or case.state) not in _ASSISTED:
        return ()
    found = [
        (str(task.id), task.due_at)
        for task in cases.open_tasks(session, case.id)
        if task.kind == ASSIST and task.ended_at is None and task.due_at is not None
    ]
    stands = case.paused_at
    if stands is None:
        return tuple(Assist(task, due) for task, due in found)
    unit = limits_of(case, reference)(Stage.HANDLE).unit
    return tuple(
        Assist(task, due, deadlines.hours_left(due, unit, reference, stands)) for task, due in found
    )


def forecast(session: Session, case: Case, reference: Reference, now: datetime) -> list[Planned]:
    """Return what will happen to a case if nobody acts, the first thing first."""
    view = view_of(session, case, reference)
    done = store.came(session, case.id)
    limits = limits_of(case, reference)
    return foresee(view, limits, reference.calendar, now=now, done=done)


def needs_filling(session: Session, district_code: str) -> bool:
    """Tell whether open cases may lack rows: of an older database, or from an import."""
    return districts.get(session, district_code).settings.get(FILLED) != PLAN


def fill(session: Session, district_code: str, after: UUID | None, *, now: datetime) -> UUID | None:
    """Bring the rows of a page of cases in line; return where to go on, None at the end.

    Of those that are open, or closed while an appeal is decided.

    Marks, reviews and climbs that are late are done by the next sweep; supervision and
    warnings that lay before `now` are only put on record. At the end the district is noted
    as filled. Doing it again changes nothing.
    """
    districts.hold(session, district_code)
    reference = reference_of(session, district_code)
    page = _open_after(session, district_code, after)
    for case in page:
        if case.is_open:
            steps.fill(case, reference.category_of(case), reference)
        rows = wanted(case, view_of(session, case, reference), reference, past=now)
        store.want(session, case, rows, at=now)
    if len(page) == A_PAGE:
        return page[-1].id
    _note_filled(session, district_code, filled=True)
    return None


def _open_after(session: Session, district_code: str, after: UUID | None) -> Sequence[Case]:
    watched = or_(Case.state.in_(sorted(OPEN_STATES)), Case.applied_for.is_not(None))
    query = select(Case).where(Case.district_code == district_code, watched)
    if after is not None:
        query = query.where(Case.id > after)
    return session.scalars(query.order_by(Case.id).limit(A_PAGE).with_for_update()).all()


def fill_again(session: Session, district_code: str) -> None:
    """Let the next sweep go over all open cases: they came in bulk, or rules have changed."""
    if not needs_filling(session, district_code):
        _note_filled(session, district_code, filled=False)


def _note_filled(session: Session, district_code: str, *, filled: bool) -> None:
    district = districts.get(session, district_code)
    session.refresh(district, with_for_update=True)  # others change other settings
    district.settings = {**district.settings, FILLED: PLAN if filled else False}
