"""Emergencies: the call comes first, a shadow case follows what becomes of it.

Words of danger, or a class whose number must be called, and the reporter says "I have
called": the case is of the highest severity, carries the number in its routing reason
(`routing["emergency"]`), and the system dispatches it at once to the unit of its class; no
state and no action of its own. Within two natural hours of the report a dispatcher must
register the facts (立案补录): the first note of one does, and is marked so.

A report that joins an open case makes it one as well, from that moment on
(`routing["emergency_at"]`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment
from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import due_at
from gridgov.domain.emergency import severity_of
from gridgov.domain.routing import Rule
from gridgov.domain.stages import STAGE_OF, Stage
from gridgov.domain.workflow import CaseState
from gridgov.services import deadlines, standing
from gridgov.services.effects_base import Context
from gridgov.storage import people
from gridgov.storage.cases import Case

HIGHEST = 4
NUMBER, SINCE, RECORDED = "emergency", "emergency_at", "recorded_at"
SEVERITY = "severity"
# Nobody has begun: it may go to the unit of its class as a new one would.
_NOT_BEGUN = frozenset(
    {CaseState.SUBMITTED, CaseState.VERIFYING, CaseState.REGISTERED, CaseState.DISPATCHED}
)


def mark(case: Case, number: str, since: datetime | None = None) -> None:
    """Make a case the shadow of an emergency; `number` is whom the reporter called.

    `since` is when, where that was not with its first report.
    """
    case.severity = HIGHEST
    at = {} if since is None else {SINCE: since.isoformat()}
    case.routing = {**case.routing, NUMBER: number, **at}


def number_of(case: Case) -> str | None:
    """Return the number that was called, None for a case that is no emergency."""
    found: str | None = case.routing.get(NUMBER)
    return found


def holder(session: Session, case: Case, category: Category) -> Assignment | None:
    """Return the unit that gets an emergency at once: the one of its class, None without.

    None as well where nobody works there: then it goes as any other case goes.
    """
    outside = case.routing["rule"] == Rule.OUTSIDE
    if number_of(case) is None or category.unit_code is None or outside:
        return None
    if category.unit_code not in people.staffed(session, case.district_code):
        return None
    return Assignment(None, category.unit_code, "emergency")


def recorded_from(case: Case) -> datetime | None:
    """Return since when the facts of an emergency wait to be registered, None if they do not."""
    # The severity first: most cases are none, and need not be asked for their routing.
    if case.severity < HIGHEST or not case.is_open:
        return None
    if number_of(case) is None or RECORDED in case.routing:
        return None
    since = case.routing.get(SINCE)
    return case.received_at if since is None else datetime.fromisoformat(since)


def raised(case: Case, text: str, number: str | None) -> dict[str, Any]:
    """Return what a report that joins a case adds to it: a severity, a number that was called."""
    found: dict[str, Any] = {}
    severity = HIGHEST if number is not None else severity_of(text, case.severity)
    if severity > case.severity:
        found[SEVERITY] = severity
    if number is not None and number_of(case) is None:
        found[NUMBER] = number
    return found


def taken_in(context: Context, other: Case) -> dict[str, Any]:
    """Let a case take over the danger of one that was merged into it; return what it adds.

    Its severity, and the number that was called where nobody has registered the facts: the
    two hours run from the call as before. It stays when they are taken apart again.
    """
    case, told = context.case, dict[str, Any]()
    if other.severity > case.severity:
        told[SEVERITY] = other.severity
    number = number_of(other)
    if number is not None and RECORDED not in other.routing and number_of(case) is None:
        told[NUMBER] = number
    joined(context, told)
    if NUMBER in told:
        since = other.routing.get(SINCE) or other.received_at.isoformat()
        case.routing = {**case.routing, SINCE: since}
    return told


def joined(context: Context, told: Mapping[str, Any]) -> None:
    """Raise a case by what a report that joined it told (`raised`), and its limits with it.

    They end no later than those of a new case would; what is paused or done keeps its own.
    """
    case, now = context.case, context.now
    case.severity = max(case.severity, told.get(SEVERITY, case.severity))
    if NUMBER in told:
        mark(case, told[NUMBER], now)
    if SEVERITY not in told or case.paused_at is not None or case.state == CaseState.RESOLVED:
        return
    reference, category = context.reference, context.reference.category_of(case)
    handle = deadlines.limit(case, category, Stage.HANDLE, reference)
    fresh = due_at(now, handle, reference.calendar)
    if fresh.at < case.due_at:
        case.due_at, case.due_provisional, case.handle_since = fresh.at, fresh.provisional, now
    if CaseState(case.state) in STAGE_OF:
        stage = deadlines.limit(case, category, deadlines.stage_of(case), reference)
        case.stage_due_at = min(case.stage_due_at, due_at(now, stage, reference.calendar).at)


def next_holder(
    session: Session, case: Case, category: Category, told: Mapping[str, Any]
) -> Assignment | None:
    """Return the unit that gets a case a joining report made an emergency.

    None where it stays: somebody has begun, gave it back or it was ruled whose it is; the
    desk is told and decides.
    """
    if NUMBER not in told or CaseState(case.state) not in _NOT_BEGUN:
        return None
    if case.ruled or case.return_count or standing.needs_ruling(case):
        return None
    found = holder(session, case, category)
    return None if found is None or found.unit_code == case.unit_code else found
