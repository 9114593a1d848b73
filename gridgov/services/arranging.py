"""Duties and shifts, arranged by those who have an office over the area; nothing is deleted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.assignment import HOME_KINDS, DutyKind, OnDuty
from gridgov.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from gridgov.domain.roles import Actor
from gridgov.services import leaves
from gridgov.services.grids_roster import ADMINISTRATORS
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import people, roster_posts
from gridgov.storage.ids import new_id
from gridgov.storage.people import Duty, Person
from gridgov.storage.rosters import ShiftRow

GRIDS = (AreaKind.GRID, AreaKind.PROFESSIONAL)
WEEK = 7


class HasDuty(Conflict):
    """The person has this duty for the area already, or the grid has a lead."""

    code = "has_duty"


@dataclass(frozen=True, slots=True)
class NewDuty:
    """A duty as it is arranged: local days, both included; no last day for as long as it goes."""

    area_code: str
    person_id: UUID
    kind: str
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class NewShift:
    """Hours as they are arranged: on weekdays (0 Monday), or on one day."""

    person_id: UUID
    opens: time
    closes: time
    weekdays: tuple[int, ...] = ()
    on: date | None = None
    first: date | None = None
    last: date | None = None


def _may(session: Session, by: Actor, codes: Collection[str], reference: Reference) -> None:
    if not leaves.arranged_areas(by, reference) & set(codes):
        raise NotAllowed("duties of another area")


def add_duty(session: Session, new: NewDuty, *, by: Actor, now: datetime) -> Duty:
    """Give somebody a duty for an area, from a day on.

    Raises: NotAllowed; InvalidInput (area: unknown; kind: unknown, not_above; person: nobody,
    administrator; first: in_the_past; last: before_start), HasDuty.
    """
    reference = reference_of(session, by.district_code)
    area = reference.net.find(new.area_code)
    if area is None:
        raise InvalidInput("area", "unknown", code=new.area_code)
    _may(session, by, [one.code for one in reference.net.path(area.code)], reference)
    if new.kind not in set(DutyKind):
        raise InvalidInput("kind", "unknown")
    if area.kind not in GRIDS and new.kind not in (DutyKind.NIGHT, DutyKind.COVER):
        raise InvalidInput("kind", "not_above")
    if new.first < reference.local_day(now):
        raise InvalidInput("first", "in_the_past")
    if new.last is not None and new.last < new.first:
        raise InvalidInput("last", "before_start")
    person = roster_posts.lock_person(session, new.person_id)
    if person is None or person.district_code != by.district_code or not person.active:
        raise InvalidInput("person", "nobody", name="")
    if people.has_role(session, person.id, ADMINISTRATORS):
        raise InvalidInput("person", "administrator", name=person.name)
    _check_free(session, new, reference)
    duty = OnDuty(new.person_id, DutyKind(new.kind))
    duty_id = people.add_duty(
        session, by.district_code, area.code, duty, new.first, ends_on=new.last
    )
    session.flush()
    return session.get_one(Duty, duty_id)


def _check_free(session: Session, new: NewDuty, reference: Reference) -> None:
    """Refuse what is there in the same days: one lead a grid, one duty of a kind a person."""
    there = roster_posts.duties_from(session, reference.district_code, [new.area_code], new.first)
    for duty in there:
        if new.last is not None and duty.starts_on > new.last:
            continue
        leads = new.kind == duty.kind == DutyKind.LEAD
        same = duty.person_id == new.person_id
        if leads or (same and duty.kind == new.kind):
            raise HasDuty("the duty is taken in these days", kind=duty.kind)
        if same and {duty.kind, new.kind} <= set(HOME_KINDS):
            raise HasDuty("lead and deputy are two people", kind=duty.kind)


def end_duty(session: Session, duty_id: UUID, *, last: date, by: Actor, now: datetime) -> Duty:
    """End a duty after a local day; yesterday ends it at once.

    Raises: NotFound, NotAllowed, InvalidInput (last).
    """
    reference = reference_of(session, by.district_code)
    duty = roster_posts.lock_duty(session, duty_id)
    if duty is None or duty.district_code != by.district_code:
        raise NotFound(f"no duty {duty_id}")
    known = reference.net.find(duty.area_code)
    path = [] if known is None else reference.net.path(known.code)
    _may(session, by, [reference.district_code, *(one.code for one in path)], reference)
    yesterday = reference.local_day(now) - timedelta(days=1)
    if last < yesterday or (duty.ends_on is not None and duty.ends_on <= yesterday):
        raise InvalidInput("last", "in_the_past")
    duty.ends_on = last
    session.flush()
    return duty


def add_shift(session: Session, new: NewShift, *, by: Actor, now: datetime) -> list[ShiftRow]:
    """Write hours in which somebody is there; a row for each weekday, or one for a day.

    Raises: NotAllowed, InvalidInput (day: missing; closes: same; first: in_the_past).
    """
    reference = reference_of(session, by.district_code)
    today = reference.local_day(now)
    _check_person(session, new.person_id, by, reference, now)
    if not new.weekdays and new.on is None:
        raise InvalidInput("day", "missing")
    if any(not 0 <= day < WEEK for day in new.weekdays):
        raise InvalidInput("day", "unknown")
    if new.opens == new.closes:
        raise InvalidInput("closes", "same")
    first = new.first or new.on or today
    if first < today:
        raise InvalidInput("first", "in_the_past")
    days: list[tuple[int | None, date | None]] = [(day, None) for day in new.weekdays]
    if new.on is not None:
        days = [(None, new.on)]
    rows = [
        ShiftRow(
            id=new_id(),
            district_code=by.district_code,
            person_id=new.person_id,
            weekday=weekday,
            on_day=on,
            opens=new.opens,
            closes=new.closes,
            starts_on=first,
            ends_on=new.last,
            set_at=now,
            set_by_id=by.person_id,
        )
        for weekday, on in days
    ]
    session.add_all(rows)
    session.flush()
    return rows


def end_shift(session: Session, shift_id: UUID, *, by: Actor, now: datetime) -> None:
    """End hours: they begin no more from today on. Raises: NotFound, NotAllowed."""
    reference = reference_of(session, by.district_code)
    row = session.get(ShiftRow, shift_id)
    if row is None or row.district_code != by.district_code:
        raise NotFound(f"no shift {shift_id}")
    _check_person(session, row.person_id, by, reference, now)
    row.ends_on = reference.local_day(now) - timedelta(days=1)
    session.flush()


def _check_person(
    session: Session, person_id: UUID, by: Actor, reference: Reference, now: datetime
) -> None:
    person = session.get(Person, person_id)
    if person is None or person.district_code != by.district_code:
        raise InvalidInput("person", "nobody", name="")
    if not leaves.may_arrange(session, by, person_id, reference, now):
        raise NotAllowed("shifts of another area")
