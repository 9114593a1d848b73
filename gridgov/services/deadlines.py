"""The clocks of a case, computed from its category and the working calendar."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import (
    NO_LIMIT,
    Lamp,
    Limit,
    LimitUnit,
    due_at,
    lamp,
    remaining,
)
from gridgov.domain.stages import STAGE_OF, Stage, limit_of
from gridgov.domain.workflow import OPEN_STATES, PAUSED_STATES, CaseState, Clock
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case

# Back from a failed check there is always time for one more visit.
LEAST_AFTER_CHECK = Limit(1, LimitUnit.WORKING_HOUR)
HOURS = {True: LimitUnit.WORKING_HOUR, False: LimitUnit.NATURAL_HOUR}


def start(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Set both limits of a new case; the handling clock runs from the receipt."""
    _restart(case, category, reference, now)
    start_stage(case, CaseState.SUBMITTED, category, reference, now)
    case.limit_at = case.due_at


def start_stage(
    case: Case, state: CaseState, category: Category, reference: Reference, now: datetime
) -> None:
    """Start the limit of the stage a state begins; of the others nothing is started."""
    stage = STAGE_OF.get(state)
    if stage is not None:
        limit = limit_of(category, stage, case.severity)
        case.stage_due_at = due_at(now, limit, reference.calendar).at


def _restart(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    fresh = due_at(now, category.handle_limit, reference.calendar)
    case.due_at, case.due_provisional = fresh.at, fresh.provisional
    case.handle_since = now


def apply(
    case: Case, clock: Clock, category: Category, reference: Reference, now: datetime
) -> None:
    """Do to the clocks of a case what a step of the workflow says; its state is set already."""
    if clock is Clock.START_SIGN:
        start_stage(case, CaseState.DISPATCHED, category, reference, now)
    elif clock is Clock.RESTART:
        _restart(case, category, reference, now)
    elif clock is Clock.PAUSE:
        _pause(case, category, reference, now)
    elif clock is Clock.CONTINUE:
        _continue(case, category, reference, now)
    elif clock is Clock.RESUME and case.overdue_at is None:
        least = due_at(now, LEAST_AFTER_CHECK, reference.calendar)
        if case.due_at < least.at:
            case.due_at, case.due_provisional = least.at, least.provisional


def _pause(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Keep what is left of both limits, in hours of their unit; below zero they are over."""
    if case.paused_at is not None:
        return
    case.paused_at = now
    case.paused_left = _hours_left(case.due_at, category.handle_limit.unit, reference, now)
    unit = stage_unit(case, category)
    case.paused_stage_left = _hours_left(case.stage_due_at, unit, reference, now)


def _hours_left(
    due: datetime, unit: LimitUnit, reference: Reference, now: datetime
) -> float | None:
    if due >= NO_LIMIT:
        return None
    left = remaining(due, now, unit, reference.calendar)
    return -left.minutes / 60 if left.overdue else left.minutes / 60


def _continue(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Let what was left count from now. What was over stays over, at its old moment."""
    if case.paused_at is None:
        return
    if case.paused_left is not None and case.paused_left > 0:
        unit = HOURS[category.handle_limit.unit.working]
        again = due_at(now, Limit(case.paused_left, unit), reference.calendar)
        case.due_at, case.due_provisional = again.at, again.provisional
        case.handle_since += now - case.paused_at
    if case.paused_stage_left is not None and case.paused_stage_left > 0:
        unit = HOURS[stage_unit(case, category).working]
        case.stage_due_at = due_at(now, Limit(case.paused_stage_left, unit), reference.calendar).at
    case.paused_at = case.paused_left = case.paused_stage_left = None


def stage_unit(case: Case, category: Category) -> LimitUnit:
    """Return the unit of the limit of the stage a case is in, or was in before it was paused."""
    state = CaseState(case.back_to or case.state)
    stage = STAGE_OF.get(state, Stage.SIGN)
    return limit_of(category, stage, case.severity).unit


def choose_limit(case: Case) -> None:
    """Set the limit that runs now: to sign while nobody has signed, else to handle.

    A case that was late to be signed is no longer overdue once it is signed in time
    to be handled: the mark goes when another limit starts to run. While the clocks stand
    no limit runs.
    """
    if CaseState(case.state) in PAUSED_STATES:
        limit = NO_LIMIT
    elif case.state == CaseState.DISPATCHED:
        limit = min(case.stage_due_at, case.due_at)
    else:
        limit = case.due_at
    if limit != case.limit_at:
        case.limit_at, case.overdue_at = limit, None


def is_paused(case: Case) -> bool:
    """Tell whether the clocks of a case stand."""
    return CaseState(case.state) in PAUSED_STATES


def to_sign(case: Case) -> bool:
    """Tell whether the limit that runs now is the one to sign."""
    return case.state == CaseState.DISPATCHED and case.limit_at == case.stage_due_at


def running_since(case: Case) -> datetime:
    """Return when the clock of the running limit started."""
    return case.stage_since if to_sign(case) else case.handle_since


def running_unit(case: Case, category: Category) -> LimitUnit:
    """Return the unit of the limit that runs now."""
    return category.accept_limit.unit if to_sign(case) else category.handle_limit.unit


def lamp_of(case: Case, category: Category, reference: Reference, now: datetime) -> Lamp:
    """Return the lamp of an open case; it follows from the clock and nothing else."""
    return lamp(
        started_at=running_since(case),
        due_at=case.limit_at,
        now=now,
        unit=running_unit(case, category),
        calendar=reference.calendar,
        paused=is_paused(case),
    )


def newly_overdue(session: Session, district_code: str, now: datetime, limit: int) -> list[Case]:
    """Return open cases whose running limit has passed and that were not marked yet.

    They are locked, and rows another sweep holds are left to it: any number of
    processes may sweep, and each case is marked once.
    """
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.district_code == district_code,
                Case.state.in_(sorted(OPEN_STATES)),
                Case.limit_at < now,
                Case.overdue_at.is_(None),
            )
            .order_by(Case.limit_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
