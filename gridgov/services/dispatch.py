"""Who gets a case: at intake, when it is passed up, and for the check."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment, choose_checker, choose_handler
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.errors import InvalidInput, InvalidTransition
from gridgov.services.reference import Reference
from gridgov.storage import cases, catalogue, history, people
from gridgov.storage.cases import Case

AREA_OF_LEVEL = {
    Level.VILLAGE: "village_code",
    Level.TOWN: "town_code",
    Level.DISTRICT: "district_code",
}


def _inbox(session: Session, case: Case, level: Level) -> str | None:
    area_code = getattr(case, AREA_OF_LEVEL[level])
    if area_code is None:
        return None
    return catalogue.inbox_unit(session, case.district_code, area_code)


def first_holder(
    session: Session, case: Case, category: Category, reference: Reference, now: datetime
) -> Assignment | None:
    """Return who handles a new case; None leaves it in the dispatcher's queue.

    Never somebody the policy hides the case from: a confidential case goes to
    its unit or waits for the district's dispatcher.
    """
    direct = category.unit_code if category.direct_unit else None
    if case.confidential and direct is None:
        return None
    duties = (
        people.on_duty(session, case.district_code, case.home_grid, reference.local_day(now))
        if case.home_grid is not None
        else []
    )
    return choose_handler(
        duties, direct_unit=direct, village_unit=_inbox(session, case, Level.VILLAGE)
    )


def after_reopening(
    session: Session, case: Case, reference: Reference, now: datetime
) -> Assignment:
    """Return who handles a reopened case: who had it, or today's holder if they left the grid."""
    had = Assignment(case.assignee_id, case.unit_code, "reopened")
    if case.assignee_id is None or case.home_grid is None:
        return had
    duties = people.on_duty(session, case.district_code, case.home_grid, reference.local_day(now))
    if case.assignee_id in {duty.person_id for duty in duties}:
        return had
    category = reference.category(case.category_code)
    return first_holder(session, case, category, reference, now) or had


def level_above(session: Session, case: Case, category: Category) -> tuple[Level, Assignment]:
    """Return the next level and its unit (小事不出村，大事不出镇).

    At the district the category's own unit takes over from the command centre.
    Raises: InvalidTransition at the top.
    """
    level = Level(case.level)
    while level is not Level.DISTRICT:
        level = level.above()
        unit = _inbox(session, case, level)
        if level is Level.DISTRICT and category.unit_code is not None:
            unit = category.unit_code
        if unit is not None and unit != case.unit_code:
            return level, Assignment(None, unit, f"passed_up_{level}")
    raise InvalidTransition("there is no level above", state=case.state)


def named_target(
    session: Session, case: Case, target: str, reference: Reference, now: datetime
) -> Assignment:
    """Return the holder a dispatcher chose: `unit:CODE` or `lead` for the grid's worker.

    Raises: InvalidInput (field target).
    """
    kind, _, code = target.partition(":")
    if kind == "unit" and code in reference.units and may_have(case, reference, code):
        return Assignment(None, code, "dispatcher")
    if kind == "lead" and case.home_grid is not None and not case.confidential:
        duties = people.on_duty(
            session, case.district_code, case.home_grid, reference.local_day(now)
        )
        if duties:
            return Assignment(duties[0].person_id, None, "dispatcher")
    raise InvalidInput("target", "unknown")


def may_have(case: Case, reference: Reference, unit_code: str) -> bool:
    """Tell whether a unit may have a case: a confidential one no unit of its own town."""
    local = set(case.path()) - {case.district_code}
    return not (case.confidential and reference.units[unit_code].area_code in local)


def checker(
    session: Session,
    case: Case,
    reference: Reference,
    now: datetime,
    *,
    resolver: UUID | None,
) -> Assignment:
    """Return who checks a resolved case: never a person or unit that handled it.

    `resolver` resolves it in this very act, so the history does not name them yet.
    A confidential case is checked at the district, never in its own grid or village.
    """
    handlers = history.people_who(session, case.id, ("sign", "resolve"))
    if resolver is not None:
        handlers |= {resolver}
    local = not case.confidential
    led = cases.units_that_led(session, case.id)

    def free(level: Level) -> str | None:
        # A unit that signed and passed it up may have nobody left who never handled it.
        unit = _inbox(session, case, level) if local else None
        return None if unit in led else unit

    duties = (
        people.on_duty(session, case.district_code, case.home_grid, reference.local_day(now))
        if local and case.home_grid is not None
        else []
    )
    found = choose_checker(
        duties,
        handlers=handlers,
        handling_unit=case.unit_code,
        village_unit=free(Level.VILLAGE),
        town_unit=free(Level.TOWN),
    )
    if found is not None:
        return found
    centre = _inbox(session, case, Level.DISTRICT)
    own = reference.category(case.category_code).unit_code
    unit = next((unit for unit in (centre, own) if unit is not None and unit not in led), centre)
    return Assignment(None, unit, "check_district")
