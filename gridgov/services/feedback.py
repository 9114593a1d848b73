"""The resident's last word: solved or not, and how it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.workflow import Action
from gridgov.services import reporters
from gridgov.services.effects import Given
from gridgov.storage import history
from gridgov.storage.cases import Case


def rate(
    session: Session,
    report_id: UUID,
    *,
    solved: bool | None,
    satisfaction: str | None,
    now: datetime,
) -> Case:
    """Keep the answer to a closed case; "not solved" reopens it, once.

    What a check or an appeal took up again is still the reporters' to reopen.

    Raises: InvalidInput (solved), InvalidTransition for a case that is not closed,
    Conflict when it was rated already.
    """
    given = Given(solved=solved, satisfaction=satisfaction)
    case = reporters.act(session, report_id, Action.RATE, now=now, given=given)
    if solved is False and not history.did(session, case.id, Action.REOPEN):
        session.flush()
        reporters.act(session, report_id, Action.REOPEN, now=now)
    return case
