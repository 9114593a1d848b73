"""What the timetable does: everything that has come due, each thing once.

The rows decide (storage/timers). Any number of processes may sweep: what one has taken the
others leave out, and an act and the end of its row are one transaction. So a process that
is killed has done a row or has not, and a clock that steps back finds nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gridgov.domain.errors import GridgovError
from gridgov.domain.escalation import ACTION_OF, MARKS, TELLS, Planned, TimerKind
from gridgov.domain.roles import Actor
from gridgov.services import casework, marks
from gridgov.services.effects import Given
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, districts
from gridgov.storage import timers as store
from gridgov.storage.session import attempt
from gridgov.storage.timers import Due

log = structlog.get_logger()

# Rows of a unit of work; acts are dearer than marks (0.6 ms against 0.1).
BATCH = 1000
ACTS = 300


@dataclass(frozen=True, slots=True)
class Swept:
    """What one unit of a sweep did; `more` tells that there may be more to do at once."""

    marked: int = 0  # overdue
    fired: int = 0
    more: bool = False


def fire(session: Session, district_code: str, *, now: datetime, limit: int = BATCH) -> Swept:
    """Do what has come due in a district, at most `limit` things, and one thing of a case."""
    districts.hold(session, district_code)
    session.flush()
    store.write_pending(session)  # what this unit did before decides too
    due = store.take_due(session, district_code, now, limit)
    if not due:
        return Swept()
    reference = reference_of(session, district_code)
    first = _first_of_each(due)
    told = [one for one in first if one.kind in TELLS]
    marked = [one for one in first if one.kind in MARKS]
    acts = [one for one in first if one.kind not in TELLS | MARKS]
    marks.tell(session, told, now=now)
    were_set = marks.set_marks(session, marked, reference, now=now)
    _act(session, acts[:ACTS], now)
    return Swept(
        marked=were_set[TimerKind.OVERDUE],
        fired=len(told) + len(marked) + len(acts[:ACTS]),
        more=True,  # what was done may let the next thing come due at once
    )


def mark_overdue(session: Session, district_code: str, *, now: datetime, limit: int = BATCH) -> int:
    """Do what has come due, one unit; return how many cases were marked as overdue."""
    return fire(session, district_code, now=now, limit=limit).marked


def _first_of_each(due: Sequence[Due]) -> list[Due]:
    """Return the first thing of each case: it may overtake the next one."""
    found: dict[UUID, Due] = {}
    for one in due:
        kept = found.get(one.case.id)
        if kept is None or _turn(one) < _turn(kept):
            found[one.case.id] = one
    return list(found.values())


def _turn(one: Due) -> tuple[datetime, int]:
    return Planned(TimerKind(one.kind), one.due_at).turn


def _act(session: Session, acts: Sequence[Due], now: datetime) -> None:
    """Do acts, each on a case of its own: together, or one by one where one is refused."""
    if not acts:
        return
    try:
        # Read, and written, many at a time: one by one each took 3 ms.
        with attempt(session), session.no_autoflush:
            cases.hold(session, [one.case.id for one in acts])
            for one in acts:
                _perform(session, one, now)
        refused: set[UUID] = set()
    except GridgovError:
        refused = {one.timer_id for one in acts if not _done(session, one, now)}
    ended = [
        (one.timer_id, store.REFUSED if one.timer_id in refused else store.FIRED) for one in acts
    ]
    session.flush()
    store.end(session, ended, at=now)


def _perform(session: Session, one: Due, now: datetime) -> None:
    by = Actor.system(one.case.district_code)
    action = ACTION_OF[TimerKind(one.kind)]
    casework.perform(session, one.case.id, action, by=by, now=now, given=Given())


def _done(session: Session, one: Due, now: datetime) -> bool:
    """Do one act; tell whether it was allowed. A case that cannot go on holds up no other."""
    case_id, number = one.case.id, one.case.number
    try:
        with attempt(session):
            _perform(session, one, now)
    except GridgovError as error:
        log.warning("what came due was refused", case=number, kind=one.kind, why=error, id=case_id)
        return False
    return True
