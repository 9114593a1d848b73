"""The resident's last word: solved or not, and how it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework
from gridgov.services.effects import Given
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report


def rate(
    session: Session,
    report_id: UUID,
    *,
    solved: bool | None,
    satisfaction: str | None,
    now: datetime,
) -> Case:
    """Keep the answer to a closed case; "not solved" reopens it, once.

    Raises: InvalidInput (solved), InvalidTransition for a case that is not closed,
    Conflict when it was rated already.
    """
    report = session.get_one(Report, report_id)
    by = Actor.resident(report.district_code, report.id)
    given = Given(solved=solved, satisfaction=satisfaction)
    case = casework.perform(session, report.case_id, Action.RATE, by=by, now=now, given=given)
    if solved is False and not case.reopen_count:
        session.flush()
        casework.perform(session, report.case_id, Action.REOPEN, by=by, now=now)
    return case
