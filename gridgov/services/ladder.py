"""Who takes a case, level by level, while nobody signs (小事不出村，大事不出镇)."""

from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment
from gridgov.domain.catalogue import Level
from gridgov.domain.errors import InvalidTransition
from gridgov.domain.escalation import SKIPS_VILLAGE, Rung
from gridgov.services import dispatch
from gridgov.services.effects_base import Context, Given, give
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case


def rungs(session: Session, case: Case, reference: Reference) -> tuple[Rung, ...]:
    """Return the levels above a case with the units that take it there, the next one first.

    A level is left out by rule alone: where it has no unit of its own or nobody works for
    it, where the unit must not see the case, and the village where life is in danger.
    """
    found: list[Rung] = []
    level, has = Level(case.level), case.unit_code
    while level is not Level.DISTRICT:
        level = level.above()
        if level is Level.VILLAGE and case.severity >= SKIPS_VILLAGE:
            continue
        unit = dispatch.unit_at(session, case, level, reference)
        if unit is not None and unit != has and dispatch.may_have(case, reference, unit):
            found.append(Rung(level, unit))
            has = unit
    return tuple(found)


def climb(context: Context, _given: Given) -> dict[str, Any]:
    """Give a case nobody signed to the level above. Raises: InvalidTransition at the top."""
    case = context.case
    above = rungs(context.session, case, context.reference)
    if not above:
        raise InvalidTransition("there is no level above", state=case.state)
    was, case.level = case.level, str(above[0].level)
    assignment = Assignment(None, above[0].unit, f"passed_up_{above[0].level}")
    told = give(context, assignment, "nobody_signed")
    return told | {"level": case.level, "level_was": was}
