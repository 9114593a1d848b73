"""What reporters do to the case they follow: answer, add, urge, take back, correct, appeal.

Whoever reported a case that was merged follows the one it went into and acts there; words
and photos stand in both histories, so that they are still there after an un-merge.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import STEPS, Action, CaseState
from gridgov.services import casework, dispatch, merging
from gridgov.services.effects import Given
from gridgov.services.effects_intake import in_hand
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, merges
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report


class TakenBack(Conflict):
    """The report was taken back before; its reporter only looks on."""

    code = "taken_back"


def act(
    session: Session,
    report_id: UUID,
    action: Action,
    *,
    now: datetime,
    given: Given | None = None,
    role: Role = Role.RESIDENT,
) -> Case:
    """Let the reporter do something to the case that is followed. Raises as `perform`."""
    report = standing_report(session, report_id)
    case = merges.followed(session, cases.get(session, report.case_id))
    by = actor_of(report, role)
    return casework.perform(session, case.id, action, by=by, now=now, given=given)


def add(
    session: Session,
    report_id: UUID,
    given: Given,
    *,
    now: datetime,
    role: Role = Role.RESIDENT,
) -> Case:
    """Add words or photos to the own case, and to the one that goes on with it; return that.

    Raises as `perform`.
    """
    report = standing_report(session, report_id)
    chain = merging.locked_chain(session, report.case_id)
    own, followed = chain[0], chain[-1]
    by = actor_of(report, role)
    for case in (own, followed) if own.id != followed.id else (own,):
        casework.perform(session, case.id, Action.ADD, by=by, now=now, given=given)
        session.flush()
    return followed


def withdraw(
    session: Session,
    report_id: UUID,
    *,
    now: datetime,
    text: str | None = None,
    role: Role = Role.RESIDENT,
) -> Case:
    """Take a report back: the case with it, or where others reported it too, only the report.

    The figures of those who go on stay right at each case it counted for. Raises as
    `perform` (InvalidTransition or WorkBegan once somebody works on the case), TakenBack.
    """
    report = standing_report(session, report_id)
    chain = merging.locked_chain(session, report.case_id)
    session.refresh(report)
    report = standing_report(session, report_id)
    by, given = actor_of(report, role), Given(text=text)
    if chain[-1].report_count <= 1:
        case = casework.perform(session, chain[-1].id, Action.WITHDRAW, by=by, now=now, given=given)
    else:
        for one in reversed(chain):
            case = casework.perform(session, one.id, Action.LEAVE, by=by, now=now, given=given)
            session.flush()
    report.withdrawn_at = now
    return case


def correct_spot(
    session: Session, case_id: UUID, given: Given, *, by: Actor, now: datetime
) -> Case:
    """Move the pin of a case to where it really is; what nobody has goes to who has that grid.

    Raises as `perform`; OutsideJurisdiction.
    """
    case = casework.perform(session, case_id, Action.CORRECT_SPOT, by=by, now=now, given=given)
    if case.state != CaseState.SUBMITTED or case.confidential:
        return case
    reference = reference_of(session, case.district_code)
    category = reference.category_of(case)
    holder = dispatch.first_holder(session, case, category, reference, now)
    if holder is not None:
        session.flush()
        system, to = Actor.system(case.district_code), Given(assignment=holder)
        casework.perform(session, case.id, Action.DISPATCH, by=system, now=now, given=to)
    return case


def may(case: Case, action: Action) -> bool:
    """Tell whether the workflow has an action where a case stands now."""
    if action is Action.WITHDRAW and in_hand(case):
        return False
    return (CaseState(case.state), action) in STEPS


def standing_report(session: Session, report_id: UUID) -> Report:
    """Return a report that was not taken back. Raises: TakenBack."""
    report = session.get_one(Report, report_id)
    if report.withdrawn_at is not None:
        raise TakenBack("the report was taken back")
    return report


def actor_of(report: Report, role: Role = Role.RESIDENT) -> Actor:
    """Return the reporter, or the program that brought the report in, as an actor."""
    return Actor(report.district_code, role, report_id=report.id)
