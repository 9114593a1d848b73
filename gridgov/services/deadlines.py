"""The clocks of a case, computed from its category and the working calendar."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import Lamp, Limit, LimitUnit, due_at, lamp
from gridgov.domain.workflow import OPEN_STATES, CaseState, Clock
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case

# Back from a failed check there is always time for one more visit.
LEAST_AFTER_CHECK = Limit(1, LimitUnit.WORKING_HOUR)


def start(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Set both limits of a new case; the handling clock runs from the receipt."""
    handle = due_at(now, category.handle_limit, reference.calendar)
    case.due_at = handle.at
    case.due_provisional = handle.provisional
    case.sign_due_at = due_at(now, category.accept_limit, reference.calendar).at
    case.limit_at = case.due_at
    case.handle_since = now


def apply(
    case: Case, clock: Clock, category: Category, reference: Reference, now: datetime
) -> None:
    """Do to the clocks of a case what a step of the workflow says."""
    if clock is Clock.START_SIGN:
        case.sign_due_at = due_at(now, category.accept_limit, reference.calendar).at
    elif clock is Clock.RESTART:
        fresh = due_at(now, category.handle_limit, reference.calendar)
        case.due_at, case.due_provisional = fresh.at, fresh.provisional
        case.handle_since = now
    elif clock is Clock.RESUME and case.overdue_at is None:
        least = due_at(now, LEAST_AFTER_CHECK, reference.calendar)
        if case.due_at < least.at:
            case.due_at, case.due_provisional = least.at, least.provisional


def choose_limit(case: Case) -> None:
    """Set the limit that runs now: to sign while nobody has signed, else to handle.

    A case that was late to be signed is no longer overdue once it is signed in time
    to be handled: the mark goes when another limit starts to run.
    """
    waiting = case.state == CaseState.DISPATCHED
    limit = min(case.sign_due_at, case.due_at) if waiting else case.due_at
    if limit != case.limit_at:
        case.limit_at, case.overdue_at = limit, None


def to_sign(case: Case) -> bool:
    """Tell whether the limit that runs now is the one to sign."""
    return case.state == CaseState.DISPATCHED and case.limit_at == case.sign_due_at


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
