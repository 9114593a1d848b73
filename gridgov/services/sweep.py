"""What the timetable does: mark what has become overdue."""

from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, deadlines

BATCH = 200


def mark_overdue(session: Session, district_code: str, *, now: datetime, limit: int = BATCH) -> int:
    """Mark open cases whose running limit has passed; return how many were marked."""
    due = deadlines.newly_overdue(session, district_code, now, limit)
    for case in due:
        casework.perform(
            session, case.id, Action.MARK_OVERDUE, by=Actor.system(district_code), now=now
        )
    return len(due)
