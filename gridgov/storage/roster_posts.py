"""Who stands where: duties with leaves and shifts, and what somebody still has to do."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import Session

from gridgov.domain.assignment import DutyKind
from gridgov.domain.rosters import Shift, Standing
from gridgov.domain.workflow import OPEN_STATES, CaseState
from gridgov.storage.base import UtcDateTime
from gridgov.storage.cases import CHECK, IS_HELPING, LEAD, Case, Task
from gridgov.storage.ids import new_id
from gridgov.storage.people import Duty, GrantRow, Person, works_on
from gridgov.storage.rosters import Leave, ShiftRow

# A check waits after the handling, or after the closing of what was drawn (抽查).
CHECKED = (str(CaseState.RESOLVED), str(CaseState.CLOSED))

_NOW = bindparam("now", type_=UtcDateTime)
_DAY = bindparam("today", type_=Date)
# What began yesterday may run over midnight.
_YESTERDAY = bindparam("yesterday", type_=Date)
_LEAVE_UNTIL = (
    select(func.max(Leave.ends_at, type_=UtcDateTime))
    .where(
        Leave.person_id == Duty.person_id,
        Leave.ends_at > _NOW,
        Leave.starts_at <= _NOW,
        Leave.granted.is_(True),
        Leave.ended_at.is_(None),
    )
    .correlate(Duty)
    .scalar_subquery()
)
_HAS_SHIFTS = (
    exists(ShiftRow.id)
    .where(
        ShiftRow.person_id == Duty.person_id,
        or_(ShiftRow.ends_on.is_(None), ShiftRow.ends_on >= _YESTERDAY),
        or_(ShiftRow.on_day.is_(None), ShiftRow.on_day >= _YESTERDAY),
    )
    .correlate(Duty)
)
_IS_NIGHT = Duty.kind == str(DutyKind.NIGHT)
_POSTS = (
    select(
        Duty.area_code,
        Duty.person_id,
        Duty.kind,
        Person.active,
        _LEAVE_UNTIL,
        _HAS_SHIFTS,
        Duty.starts_on,
        Duty.ends_on,
    )
    .join(Person, Person.id == Duty.person_id)
    .where(
        Duty.district_code == bindparam("district_code"),
        Duty.starts_on <= _DAY,
        or_(
            Duty.ends_on.is_(None),
            Duty.ends_on >= _DAY,
            and_(_IS_NIGHT, Duty.ends_on == _YESTERDAY),
        ),
    )
    .order_by(Duty.area_code, Duty.kind, Duty.person_id)
)
_IN_AREAS = _POSTS.where(Duty.area_code.in_(bindparam("areas", expanding=True)))


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is for an area, and how the person stands now."""

    area_code: str
    standing: Standing


def posts(
    session: Session,
    district_code: str,
    areas: Collection[str] | None,
    *,
    today: date,
    now: datetime,
) -> list[Post]:
    """Return who has a duty for some areas (None: all) on a local day, and how they stand now.

    A night duty whose last day was yesterday is among them: its night ends this morning.
    One statement, and one more where anybody has shifts.
    """
    values: dict[str, Any] = {"district_code": district_code, "today": today, "now": now}
    values["yesterday"] = today - timedelta(days=1)
    if areas is None:
        rows = session.execute(_POSTS, values).all()
    else:
        rows = session.execute(_IN_AREAS, {**values, "areas": sorted(areas)}).all()
    hours = shifts_of(session, {row[1] for row in rows if row[5]})
    return [
        Post(area, _standing(person, kind, active, leave_until, hours.get(person, ()), days))
        for area, person, kind, active, leave_until, _has_shifts, *days in rows
    ]


def _standing(
    person_id: UUID,
    kind: str,
    active: bool,
    leave_until: datetime | None,
    shifts: tuple[Shift, ...],
    days: Sequence[date | None],
) -> Standing:
    """Return how somebody stands; only the nights of a night duty are bound to its days."""
    first, last = days if kind == DutyKind.NIGHT else (None, None)
    return Standing(person_id, kind, active, leave_until, shifts, first=first, last=last)


def shifts_of(session: Session, person_ids: Collection[UUID]) -> dict[UUID, tuple[Shift, ...]]:
    """Return person id → the hours in which they are there; nothing for who has none."""
    if not person_ids:
        return {}
    found: dict[UUID, list[Shift]] = defaultdict(list)
    rows = session.scalars(select(ShiftRow).where(ShiftRow.person_id.in_(list(person_ids))))
    for row in rows:
        found[row.person_id].append(row.as_shift())
    return {person_id: tuple(shifts) for person_id, shifts in found.items()}


def shift_rows(session: Session, person_ids: Collection[UUID], today: date) -> Sequence[ShiftRow]:
    """Return the shifts of people that have not ended, by person, day and hour."""
    query = select(ShiftRow).where(
        ShiftRow.person_id.in_(list(person_ids)),
        or_(ShiftRow.ends_on.is_(None), ShiftRow.ends_on >= today),
        or_(ShiftRow.on_day.is_(None), ShiftRow.on_day >= today),
    )
    return session.scalars(
        query.order_by(ShiftRow.person_id, ShiftRow.weekday, ShiftRow.on_day, ShiftRow.opens)
    ).all()


def loads(session: Session, person_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return person id → how many open cases the person has in hand."""
    if not person_ids:
        return {}
    rows = session.execute(
        select(Case.assignee_id, func.count())
        .where(Case.assignee_id.in_(list(person_ids)), Case.state.in_(sorted(OPEN_STATES)))
        .group_by(Case.assignee_id)
    )
    return {person_id: count for person_id, count in rows if person_id is not None}


def grids_led(session: Session, person_ids: Collection[UUID], today: date) -> dict[UUID, str]:
    """Return person id → a grid the person is lead of on a local day."""
    if not person_ids:
        return {}
    rows = session.execute(
        select(Duty.person_id, func.min(Duty.area_code))
        .where(
            Duty.person_id.in_(list(person_ids)),
            Duty.kind == str(DutyKind.LEAD),
            Duty.starts_on <= today,
            or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
        )
        .group_by(Duty.person_id)
    )
    return {row[0]: row[1] for row in rows}


def duties_from(
    session: Session, district_code: str, areas: Collection[str], today: date
) -> Sequence[Duty]:
    """Return the duties for some areas of a local day and those to come, by area and begin."""
    query = select(Duty).where(
        Duty.district_code == district_code,
        Duty.area_code.in_(sorted(areas)),
        or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
    )
    return session.scalars(query.order_by(Duty.area_code, Duty.starts_on, Duty.id)).all()


def people_in(
    session: Session, district_code: str, areas: Collection[str], today: date
) -> Sequence[UUID]:
    """Return who has a duty for some areas on a local day, or will have one."""
    return session.scalars(
        select(Duty.person_id)
        .where(
            Duty.district_code == district_code,
            Duty.area_code.in_(sorted(areas)),
            or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
        )
        .distinct()
    ).all()


def people_of_units(
    session: Session, district_code: str, unit_codes: Collection[str]
) -> Sequence[UUID]:
    """Return the active people who work for some units."""
    return session.scalars(
        select(GrantRow.person_id)
        .join(Person, Person.id == GrantRow.person_id)
        .where(
            Person.district_code == district_code,
            Person.active,
            GrantRow.unit_code.in_(sorted(unit_codes)),
        )
        .distinct()
    ).all()


def areas_of(session: Session, person_id: UUID, today: date) -> Sequence[str]:
    """Return the areas somebody has a duty for on a local day, or will have one."""
    return session.scalars(
        select(Duty.area_code).where(
            Duty.person_id == person_id, or_(Duty.ends_on.is_(None), Duty.ends_on >= today)
        )
    ).all()


def _cover(person_id: UUID, first: date) -> Any:
    return select(Duty).where(
        Duty.person_id == person_id,
        Duty.kind == str(DutyKind.COVER),
        Duty.starts_on == first,
    )


def add_cover(
    session: Session,
    district_code: str,
    areas: Collection[str],
    person_id: UUID,
    first: date,
    last: date,
) -> None:
    """Let somebody stand in for some areas from a local day to another, both included."""
    known = {duty.area_code: duty for duty in session.scalars(_cover(person_id, first))}
    for code in sorted(areas):
        if code in known:  # a leave of the same days was taken back before
            known[code].ends_on = last
            continue
        session.add(
            Duty(
                id=new_id(),
                district_code=district_code,
                area_code=code,
                person_id=person_id,
                kind=str(DutyKind.COVER),
                starts_on=first,
                ends_on=last,
            )
        )


def end_cover(
    session: Session,
    areas: Collection[str],
    person_id: UUID,
    first: date,
    last: date,
    ends_on: date,
) -> None:
    """End the cover somebody gave for some areas on the days of a leave, after a local day."""
    given = _cover(person_id, first).where(Duty.ends_on == last, Duty.area_code.in_(sorted(areas)))
    for duty in session.scalars(given):
        duty.ends_on = ends_on


def _on_leave(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Leave.person_id == Person.id,
        Leave.starts_at <= now,
        Leave.ends_at > now,
        Leave.granted.is_(True),
        Leave.ended_at.is_(None),
    )


def _is_gone(today: date) -> ColumnElement[bool]:
    """Keep who left: not active any more, or with neither a duty today nor a role."""
    duty = exists().where(Duty.person_id == Person.id, *works_on(today))
    return or_(~Person.active, ~(duty | exists().where(GrantRow.person_id == Person.id)))


def who_cannot_act(
    session: Session, district_code: str, *, today: date, now: datetime, limit: int
) -> list[tuple[UUID, bool]]:
    """Return who left or is on leave and still has open work, each with whether they left."""
    gone = _is_gone(today)
    query = select(Person.id, gone).where(
        Person.district_code == district_code, or_(gone, _on_leave(now)), _has_work()
    )
    return [
        (row[0], bool(row[1])) for row in session.execute(query.order_by(Person.id).limit(limit))
    ]


def _has_work() -> ColumnElement[bool]:
    held = exists().where(
        Case.assignee_id == Person.id,
        Case.state.in_(sorted(OPEN_STATES)),
    )
    checks = exists().where(Case.checker_id == Person.id, Case.state.in_(CHECKED))
    helps = (
        exists()
        .where(Task.person_id == Person.id, text(IS_HELPING))
        .where(Case.id == Task.case_id, Case.state.in_(sorted(OPEN_STATES)))
    )
    return or_(held, checks, helps)


def units_at_work(
    session: Session, district_code: str, unit_codes: Collection[str]
) -> frozenset[str]:
    """Return those of some units that have an open case, a check or a task to do."""
    if not unit_codes:  # no index says who checks: every closed case would be looked at
        return frozenset()
    of_ours, is_open = Case.district_code == district_code, Case.state.in_(sorted(OPEN_STATES))
    led = select(Case.unit_code).where(of_ours, is_open, Case.unit_code.in_(unit_codes))
    checks = select(Case.checker_unit_code).where(
        of_ours, Case.state.in_(CHECKED), Case.checker_unit_code.in_(unit_codes)
    )
    helps = (
        select(Task.unit_code)
        .join(Case, Case.id == Task.case_id)
        .where(of_ours, is_open, text(IS_HELPING), Task.unit_code.in_(unit_codes))
    )
    found = [code for query in (led, checks, helps) for code in session.scalars(query.distinct())]
    return frozenset(code for code in found if code is not None)


@dataclass(frozen=True, slots=True)
class Held:
    """A part somebody has in an open case: the kind of task, and the task where there is one."""

    case_id: UUID
    part: str
    task_id: UUID | None


def held_by(session: Session, person_id: UUID, limit: int | None) -> list[Held]:
    """Return the parts somebody has in open cases, by case; `limit` of each kind, None: all."""
    led = session.scalars(
        select(Case.id)
        .where(Case.assignee_id == person_id, Case.state.in_(sorted(OPEN_STATES)))
        .order_by(Case.id)
        .limit(limit)
    )
    checked = session.scalars(
        select(Case.id)
        .where(Case.checker_id == person_id, Case.state.in_(CHECKED))
        .order_by(Case.id)
        .limit(limit)
    )
    helping = session.execute(
        select(Task.case_id, Task.kind, Task.id)
        .join(Case, Case.id == Task.case_id)
        .where(Task.person_id == person_id, text(IS_HELPING))
        .where(Case.state.in_(sorted(OPEN_STATES)))
        .order_by(Task.case_id)
        .limit(limit)
    )
    return [
        *(Held(case_id, LEAD, None) for case_id in led),
        *(Held(case_id, CHECK, None) for case_id in checked),
        *(Held(*row) for row in helping),
    ]


def lock_person(session: Session, person_id: UUID) -> Person | None:
    """Return a person, locked: two leaves of one person are asked for one after the other."""
    return session.scalar(select(Person).where(Person.id == person_id).with_for_update())


def lock_duty(session: Session, duty_id: UUID) -> Duty | None:
    """Return a duty, locked and fresh."""
    query = select(Duty).where(Duty.id == duty_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))
