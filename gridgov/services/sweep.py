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
from gridgov.domain.escalation import ACTION_OF, TimerKind
from gridgov.domain.roles import Actor
from gridgov.services import casework
from gridgov.services.effects import Given
from gridgov.services.marks import Marks
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, districts
from gridgov.storage import timers as store
from gridgov.storage.cases import Case
from gridgov.storage.session import attempt
from gridgov.storage.timers import Changes, Coming

log = structlog.get_logger()

# Rows of a unit of work, and what follows from them; acts are dearer than marks (0.6 ms
# against 0.15). More at once are not faster: collecting looks at all that a unit holds.
BATCH = 500
ACTS = 300

Act = tuple[Case, Coming]


@dataclass(frozen=True, slots=True)
class Swept:
    """What one unit of a sweep did; `more` tells that there may be more to do at once."""

    marked: int = 0  # overdue
    fired: int = 0
    more: bool = False


def fire(session: Session, district_code: str, *, now: datetime, limit: int = BATCH) -> Swept:
    """Do what has come due in a district on as many cases as `limit` rows are about.

    What comes due on a case is done in its order: warnings and marks, and what follows from
    them, up to one act. After it the next unit goes on.
    """
    districts.hold(session, district_code)
    session.flush()
    store.write_pending(session)  # what this unit did before decides too
    changes = Changes()
    taken = store.take_due(session, district_code, now, limit, changes)
    if not taken:
        return Swept()
    marks = Marks(session, reference_of(session, district_code), now, changes)
    reached = [(case, marks.run(case, rows)) for case, rows in taken]
    marks.write()
    acts = [(case, one) for case, one in reached if one is not None][:ACTS]
    _act(session, acts, now)
    return Swept(
        marked=marks.done[TimerKind.OVERDUE],
        fired=marks.done.total() + len(acts),
        more=True,  # what was done may let the next thing come due at once
    )


def mark_overdue(session: Session, district_code: str, *, now: datetime, limit: int = BATCH) -> int:
    """Do what has come due, one unit; return how many cases were marked as overdue."""
    return fire(session, district_code, now=now, limit=limit).marked


def _act(session: Session, acts: Sequence[Act], now: datetime) -> None:
    """Do acts, each on a case of its own: together, or one by one where one is refused."""
    if not acts:
        return
    try:
        # Read, and written, many at a time: one by one each took 3 ms.
        with attempt(session), session.no_autoflush:
            cases.hold(session, [case.id for case, _ in acts])
            for case, one in acts:
                _perform(session, case, one, now)
        refused: set[UUID] = set()
    except GridgovError:
        refused = {one.id for case, one in acts if not _done(session, case, one, now)}
    ended = [(one.id, store.REFUSED if one.id in refused else store.FIRED) for _, one in acts]
    session.flush()
    store.end(session, ended, at=now)


def _perform(session: Session, case: Case, one: Coming, now: datetime) -> None:
    by = Actor.system(case.district_code)
    action = ACTION_OF[TimerKind(one.kind)]
    casework.perform(session, case.id, action, by=by, now=now, given=Given())


def _done(session: Session, case: Case, one: Coming, now: datetime) -> bool:
    """Do one act; tell whether it was allowed. A case that cannot go on holds up no other."""
    case_id, number = case.id, case.number
    try:
        with attempt(session):
            _perform(session, case, one, now)
    except GridgovError as error:
        log.warning("what came due was refused", case=number, kind=one.kind, why=error, id=case_id)
        return False
    return True
