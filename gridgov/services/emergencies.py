"""Emergencies: the call comes first, a shadow case follows what becomes of it.

Words of danger, or a class whose number must be called, and the reporter says "I have
called": the case is of the highest severity, carries the number in its routing reason
(`routing["emergency"]`), and the system dispatches it at once to the unit of its class; no
state and no action of its own. Within two natural hours of the report a dispatcher must
register the facts (立案补录): the first note of one does, and is marked so.
"""

from datetime import datetime

from gridgov.domain.assignment import Assignment
from gridgov.domain.catalogue import Category
from gridgov.domain.routing import Rule
from gridgov.storage.cases import Case

HIGHEST = 4
NUMBER, RECORDED = "emergency", "recorded_at"


def mark(case: Case, number: str) -> None:
    """Make a new case the shadow of an emergency; `number` is whom the reporter called."""
    case.severity = HIGHEST
    case.routing = {**case.routing, NUMBER: number}


def number_of(case: Case) -> str | None:
    """Return the number that was called, None for a case that is no emergency."""
    found: str | None = case.routing.get(NUMBER)
    return found


def holder(case: Case, category: Category) -> Assignment | None:
    """Return the unit that gets an emergency at once: the one of its class, None without."""
    outside = case.routing["rule"] == Rule.OUTSIDE
    if number_of(case) is None or category.unit_code is None or outside:
        return None
    return Assignment(None, category.unit_code, "emergency")


def recorded_from(case: Case) -> datetime | None:
    """Return since when the facts of an emergency wait to be registered, None if they do not."""
    if number_of(case) is None or RECORDED in case.routing or not case.is_open:
        return None
    return case.received_at
