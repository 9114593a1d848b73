"""Who gets a case: at intake, when it is passed up, and for the check."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment, OnDuty, Why
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.errors import InvalidInput, InvalidTransition
from gridgov.domain.handover import DutyPlace
from gridgov.domain.routing import Rule
from gridgov.services import rosters, standing
from gridgov.services.reference import Reference
from gridgov.storage import cases, history, people
from gridgov.storage.cases import Case


def _inbox(reference: Reference, case: Case, level: Level) -> str | None:
    return _inbox_at(reference, case.duty, level)


def _inbox_at(reference: Reference, place: DutyPlace, level: Level) -> str | None:
    area_of = {Level.VILLAGE: place.village_code, Level.TOWN: place.town_code}
    return reference.inboxes.get(area_of.get(level, reference.district_code))


Units = tuple[tuple[str, str], ...]


def first_holder(
    session: Session, case: Case, category: Category, reference: Reference, now: datetime
) -> Assignment | None:
    """Return who handles a new case; None leaves it in the dispatcher's queue.

    A class that belongs to a unit goes straight there, everything else to the people of the
    grid who are there (services/rosters), then to the village; never to a unit in which
    nobody works. Never somebody the policy hides the case from: a confidential case goes to
    its unit or waits for the district's dispatcher.
    """
    if case.routing["rule"] == Rule.OUTSIDE and case.duty_reason is None:
        return None  # no unit of ours goes there: the dispatcher hands it over
    own = category.unit_code if category.direct_unit else None
    if own is not None and people.works_anybody(session, case.district_code, own):
        return Assignment(None, own, "category_unit")
    if case.confidential or own is not None:
        return None  # a unit in which nobody works cannot act: the dispatcher finds another
    village = _inbox(reference, case, Level.VILLAGE)
    units: Units = () if village is None else ((village, "village_cover"),)
    found = rosters.holder(session, case, reference, now, units=units)
    # Most grids have somebody: only where the village comes out is it asked who works there.
    unit = None if found is None else found.unit_code
    if unit is not None and not people.works_anybody(session, case.district_code, unit):
        return rosters.holder(session, case, reference, now, units=())
    return found


def next_holder(
    session: Session,
    case: Case,
    reference: Reference,
    now: datetime,
    *,
    barred: Mapping[UUID, Why],
    without: Collection[str | None] = (),
) -> Assignment | None:
    """Return who takes a case, or a task on it, from somebody who cannot act.

    `barred` is out of the question, and so are the units in `without`. The people of the
    grid come first, then the village, the town and the district's centre.
    """
    levels = (Level.DISTRICT,) if case.confidential else tuple(Level)[1:]
    offered = [(level, _inbox(reference, case, level)) for level in levels]
    units = tuple(
        (unit, f"{level}_cover")
        for level, unit in offered
        if unit is not None
        and unit not in without
        and may_have(case, reference, unit)
        and (level is Level.DISTRICT or people.works_anybody(session, case.district_code, unit))
    )
    if case.confidential:
        return Assignment(None, units[0][0], units[0][1]) if units else None
    return rosters.holder(session, case, reference, now, units=units, barred=barred)


def after_reopening(
    session: Session, case: Case, reference: Reference, now: datetime
) -> Assignment:
    """Return who handles a reopened case: who had it, or today's holder if they left the grid.

    What was done elsewhere nobody here ever had, and what a unit did for which nobody works
    any more, goes where a new one would go, and to the district where that is nobody.
    """
    had = Assignment(case.assignee_id, case.unit_code, "reopened")
    nobody_there = case.unit_code is not None and not (
        may_have(case, reference, case.unit_code)
        and can_act(session, case, reference, case.unit_code)
    )
    if nobody_there or (case.unit_code is None and case.assignee_id is None):
        category = reference.category_of(case)
        unit = unit_at(session, case, Level.DISTRICT, reference)
        first = first_holder(session, case, category, reference, now)
        return first or Assignment(None, unit, "district_cover")
    if case.unit_code is not None or case.assignee_id is None or case.home_grid is None:
        return had
    duties = rosters.on_duty(session, reference, case.home_grid, now)
    if case.assignee_id in {duty.person_id for duty in duties}:
        return had
    category = reference.category_of(case)
    return first_holder(session, case, category, reference, now) or had


@dataclass(frozen=True, slots=True)
class Duties:
    """Who can act: grid → who of its people is there, leads first; the units that have people."""

    on_duty: Callable[[str | None], Sequence[OnDuty]]
    staffed: Collection[str]


def duties_of(session: Session, reference: Reference, now: datetime) -> Duties:
    """Return who can act now, by the roster."""

    def on_duty(grid_code: str | None) -> Sequence[OnDuty]:
        if grid_code is None:
            return ()
        return rosters.on_duty(session, reference, grid_code, now)

    return Duties(on_duty, people.staffed(session, reference.district_code))


def holder_at(reference: Reference, place: DutyPlace, duties: Duties) -> Assignment | None:
    """Return who handles what lies in a place: its grid's people, else the unit above them.

    A village or town for which nobody works is passed over; the centre takes what is left.
    """
    first = next(iter(duties.on_duty(place.home)), None)
    if first is not None:
        return Assignment(first.person_id, None, f"grid_{first.kind}")
    return _cover(reference, place, duties, Level.VILLAGE)


def _cover(
    reference: Reference, place: DutyPlace, duties: Duties, lowest: Level
) -> Assignment | None:
    levels = list(Level)
    for level in levels[levels.index(lowest) :]:
        unit = _inbox_at(reference, place, level)
        if unit is not None and (level is Level.DISTRICT or unit in duties.staffed):
            return Assignment(None, unit, f"{level}_cover")
    return None


def holder_after_change(
    case: Case, place: DutyPlace, reference: Reference, duties: Duties
) -> Assignment | None:
    """Return who takes a case over when its duty goes to a place; None keeps who has it.

    A grid's worker passes it to the worker of the other grid, a village or town to the
    other village or town. What a department or the district has stays there, and a
    confidential case with whom it was given to.
    """
    if case.confidential:
        return None
    if case.unit_code is not None:
        return _other_unit(case, place, reference, duties)
    if case.assignee_id in {None, *(duty.person_id for duty in duties.on_duty(place.home))}:
        return None
    return holder_at(reference, place, duties)


def _other_unit(
    case: Case, place: DutyPlace, reference: Reference, duties: Duties
) -> Assignment | None:
    for level in (Level.VILLAGE, Level.TOWN):
        other = _inbox_at(reference, place, level)
        if case.unit_code == _inbox_at(reference, case.duty, level) and other is not None:
            return None if other == case.unit_code else _cover(reference, place, duties, level)
    return None


def still_checks(case: Case, place: DutyPlace, reference: Reference, duties: Duties) -> bool:
    """Tell whether who was asked to check a case is one to ask where its duty goes."""
    if case.checker_id is not None:
        return case.checker_id in {duty.person_id for duty in duties.on_duty(place.home)}
    unit = reference.units.get(case.checker_unit_code or "")
    return unit is not None and unit.area_code in {reference.district_code, *place.codes()}


def level_above(session: Session, case: Case, reference: Reference) -> tuple[Level, Assignment]:
    """Return the next level and its unit (小事不出村，大事不出镇).

    At the district the category's own unit takes over from the command centre; a level
    whose unit has nobody is passed over. Raises: InvalidTransition at the top.
    """
    level = Level(case.level)
    while level is not Level.DISTRICT:
        level = level.above()
        unit = unit_at(session, case, level, reference)
        if unit is not None and unit != case.unit_code:
            return level, Assignment(None, unit, f"passed_up_{level}")
    raise InvalidTransition("there is no level above", state=case.state)


def unit_at(session: Session, case: Case, level: Level, reference: Reference) -> str | None:
    """Return the unit that takes a case over at a level: at the district the category's own.

    Never one in which nobody works: then it is the centre at the district, and below it
    None. The centre takes what nobody else can, whoever works there.
    """
    staffed = people.staffed(session, case.district_code)
    inbox = _inbox(reference, case, level)
    if level is not Level.DISTRICT:
        return inbox if inbox in staffed else None
    own = reference.category_of(case).unit_code
    return own if own in staffed or inbox is None else inbox


def named_target(
    session: Session, case: Case, target: str, reference: Reference, now: datetime
) -> Assignment:
    """Return the holder a dispatcher chose: `unit:CODE` or `lead` for the grid's worker.

    Raises: InvalidInput (target: unknown, unmanned).
    """
    kind, _, code = target.partition(":")
    if kind == "unit" and code in reference.units and may_have(case, reference, code):
        if not can_act(session, case, reference, code):
            raise InvalidInput("target", "unmanned")
        return Assignment(None, code, "dispatcher")
    if kind == "lead" and case.home_grid is not None and not case.confidential:
        duties = rosters.on_duty(session, reference, case.home_grid, now)
        if duties:
            return Assignment(duties[0].person_id, None, "dispatcher")
    raise InvalidInput("target", "unknown")


def may_have(case: Case, reference: Reference, unit_code: str) -> bool:
    """Tell whether a unit may have a case: a confidential one no unit of its own town.

    A unit that ended gets none any more.
    """
    local = {*case.path(), *case.duty_path()} - {case.district_code}
    unit = reference.units[unit_code]
    return not unit.ended and not (case.confidential and unit.area_code in local)


def can_act(session: Session, case: Case, reference: Reference, unit_code: str) -> bool:
    """Tell whether a case may be given to a unit by hand: somebody works there.

    The centre takes what nobody else can, whoever works there.
    """
    centre = _inbox(reference, case, Level.DISTRICT)
    return unit_code == centre or unit_code in people.staffed(session, case.district_code)


def checker(
    session: Session,
    case: Case,
    reference: Reference,
    now: datetime,
    *,
    resolver: UUID | None,
    barred: Mapping[UUID, Why] = rosters.NOBODY,
) -> Assignment:
    """Return who checks a resolved case: never a person or unit that handled it.

    `resolver` resolves it in this very act, so the history does not name them yet. A
    confidential case is checked at the district, never in its own grid or village.
    """
    handlers = history.people_who(session, case.id, standing.HANDLED)
    if resolver is not None:
        handlers |= {resolver}
    local = not case.confidential
    led = cases.units_that_led(session, case.id)

    def others(unit: str) -> bool:
        # Who signed for a unit that returned it, or elsewhere, may be all it has; or nobody is.
        its = people.of_unit(session, case.district_code, unit)
        return not its.keys() <= handlers

    def free(level: Level) -> str | None:
        # A unit that signed and passed it up may have nobody left who never handled it.
        unit = _inbox(reference, case, level) if local else None
        if unit is None or unit in led or unit == case.unit_code:
            return None
        return unit if others(unit) else None

    offered = ((free(level), f"check_{level}") for level in (Level.VILLAGE, Level.TOWN))
    units = tuple((unit, reason) for unit, reason in offered if unit is not None)
    if local:
        not_these = {**barred, **dict.fromkeys(handlers, Why.HANDLED)}
        found = rosters.checker(session, case, reference, now, units=units, barred=not_these)
        if found is not None:
            return found
    centre = _inbox(reference, case, Level.DISTRICT)
    own = reference.category_of(case).unit_code
    new = (unit for unit in (centre, own) if unit is not None and unit not in led)
    return Assignment(None, next(filter(others, new), centre), "check_district")
