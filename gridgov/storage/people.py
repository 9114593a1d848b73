"""Staff: persons, what they were granted, and who has the duty for a grid."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    event,
    exists,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from gridgov.domain.assignment import HOME_KINDS, DutyKind, OnDuty
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.storage.base import Base
from gridgov.storage.ids import new_id


class Person(Base, UserMixin):
    """A staff user (人员). Without a password nobody can sign in as the person."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)  # type: ignore[assignment]
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), index=True)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)  # type: ignore[assignment]
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    # Somebody else knows the password: the first sign-in asks for another one.
    one_time: Mapped[bool] = mapped_column(default=False)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True, default=lambda: new_id().hex)

    # Flask-Security asks for roles; gridgov's are grants over areas and units.
    roles: list[Any] = []


class NamedRole(Base, RoleMixin):
    """The role names, only because Flask-Security's datastore wants a table of them."""

    __tablename__ = "named_roles"

    name: Mapped[str] = mapped_column(primary_key=True)


class GrantRow(Base):
    """One role of a person, over an area or for a unit."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_unit_code", "unit_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str]
    area_code: Mapped[str | None]
    unit_code: Mapped[str | None]


class Duty(Base):
    """Who is lead (A) or deputy (B) of an area, from a day to a day (值守)."""

    __tablename__ = "duties"
    __table_args__ = (
        UniqueConstraint("area_code", "person_id", "kind", "starts_on"),
        Index("ix_duties_district_code_area_code", "district_code", "area_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


def _valid_on(today: ColumnElement[date]) -> tuple[ColumnElement[bool], ...]:
    return Duty.starts_on <= today, or_(Duty.ends_on.is_(None), Duty.ends_on >= today)


def works_on(day: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that somebody acts by a duty on a local day.

    A night ends in the morning after the last day of its duty; whoever had it keeps the
    rights until that day is over, to end or to pass on what came in at night.
    """
    night = and_(Duty.kind == str(DutyKind.NIGHT), Duty.ends_on == day - timedelta(days=1))
    return Duty.starts_on <= day, or_(Duty.ends_on.is_(None), Duty.ends_on >= day, night)


_TODAY = bindparam("today", type_=Date)
_ON_DUTY = (
    select(Duty.person_id, Duty.kind)
    .join(Person, Person.id == Duty.person_id)
    .where(
        Duty.district_code == bindparam("district_code"),
        Duty.area_code == bindparam("area_code"),
        *_valid_on(_TODAY),
        Person.active,
        Duty.kind.in_([str(kind) for kind in HOME_KINDS]),
    )
    .order_by(Duty.kind.desc(), Duty.person_id)
)


def on_duty(session: Session, district_code: str, area_code: str, today: date) -> Sequence[OnDuty]:
    """Return whose an area is on a local day: leads first, then deputies, also who is away."""
    values = {"district_code": district_code, "area_code": area_code, "today": today}
    rows = session.execute(_ON_DUTY, values)
    return [OnDuty(person_id, DutyKind(kind)) for person_id, kind in rows]


def roster(session: Session, district_code: str, today: date) -> dict[str, list[OnDuty]]:
    """Return area code → who has the duty for it on a local day: leads first, then deputies."""
    found: dict[str, list[OnDuty]] = defaultdict(list)
    rows = session.execute(
        select(Duty.area_code, Duty.person_id, Duty.kind)
        .join(Person, Person.id == Duty.person_id)
        .where(Duty.district_code == district_code, *_valid_on(literal(today)), Person.active)
        .where(Duty.kind.in_([str(kind) for kind in HOME_KINDS]))
        .order_by(Duty.area_code, Duty.kind.desc(), Duty.person_id)
    )
    for area_code, person_id, kind in rows:
        found[area_code].append(OnDuty(person_id, DutyKind(kind)))
    return dict(found)


def carry_duties(
    session: Session, district_code: str, heirs: Mapping[str, str | None], today: date
) -> dict[str, Any]:
    """End the duties for codes that end today and give them to their heirs (None: nobody).

    Return what was done, in JSON, for `restore_duties`.
    """
    current = select(Duty).where(
        Duty.district_code == district_code,
        Duty.area_code.in_(sorted(heirs)),
        or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
    )
    ended: list[dict[str, str | None]] = []
    added: list[str] = []
    for duty in session.scalars(current.order_by(Duty.area_code, Duty.id)).all():
        was = None if duty.ends_on is None else duty.ends_on.isoformat()
        ended.append({"id": str(duty.id), "ends_on": was})
        heir = heirs[duty.area_code]
        if heir is not None:
            carried = Duty(
                id=new_id(),
                district_code=district_code,
                area_code=heir,
                person_id=duty.person_id,
                kind=duty.kind,
                starts_on=max(duty.starts_on, today),
                ends_on=duty.ends_on,
            )
            session.add(carried)
            added.append(str(carried.id))
        duty.ends_on = today - timedelta(days=1)
    session.flush()
    return {"ended": ended, "added": added}


def add_duty(
    session: Session,
    district_code: str,
    area_code: str,
    duty: OnDuty,
    today: date,
    ends_on: date | None = None,
) -> UUID:
    """Let somebody begin a duty for an area on a local day; return its id.

    `ends_on` is the last day, None for as long as nobody ends it.
    """
    row = Duty(
        id=new_id(),
        district_code=district_code,
        area_code=area_code,
        person_id=duty.person_id,
        kind=str(duty.kind),
        starts_on=today,
        ends_on=ends_on,
    )
    session.add(row)
    return row.id


def restore_duties(session: Session, done: Mapping[str, Any]) -> None:
    """Take back what `carry_duties` did."""
    for duty_id in done.get("added", ()):
        carried = session.get(Duty, UUID(duty_id))
        if carried is not None:
            session.delete(carried)
    for kept in done.get("ended", ()):
        duty = session.get(Duty, UUID(kept["id"]))
        if duty is not None:
            duty.ends_on = date.fromisoformat(kept["ends_on"]) if kept["ends_on"] else None
    session.flush()


def has_role(session: Session, person_id: UUID, roles: Collection[Role]) -> bool:
    """Tell whether a person was granted one of some roles."""
    query = select(GrantRow.id).where(
        GrantRow.person_id == person_id, GrantRow.role.in_([str(role) for role in roles])
    )
    return session.scalar(query.limit(1)) is not None


def with_role(session: Session, district_code: str, roles: Collection[Role]) -> frozenset[UUID]:
    """Return the people of a district who were granted one of some roles."""
    query = select(GrantRow.person_id).join(Person, Person.id == GrantRow.person_id)
    return frozenset(
        session.scalars(
            query.where(
                Person.district_code == district_code,
                GrantRow.role.in_([str(role) for role in roles]),
            )
        )
    )


def by_username(session: Session, username: str) -> Person | None:
    """Return the person with a user name, None where it is free."""
    return session.scalar(select(Person).where(Person.username == username))


def by_name(session: Session, district_code: str, name: str) -> Sequence[UUID]:
    """Return the ids of the active people of a district with a name."""
    query = select(Person.id).where(Person.district_code == district_code, Person.active)
    return session.scalars(query.where(Person.name == name).order_by(Person.id)).all()


def without_duty(session: Session, district_code: str, today: date, limit: int) -> Sequence[UUID]:
    """Return the ids of active people who have neither a duty on a local day nor a role."""
    query = (
        select(Person.id)
        .where(
            Person.district_code == district_code,
            Person.active,
            ~exists().where(Duty.person_id == Person.id, *_valid_on(literal(today))),
            ~exists().where(GrantRow.person_id == Person.id),
        )
        .order_by(Person.username)
    )
    return session.scalars(query.limit(limit)).all()


def signs(session: Session, person_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return person id → (name, user name) for those asked for."""
    if not person_ids:
        return {}
    query = select(Person.id, Person.name, Person.username)
    rows = session.execute(query.where(Person.id.in_(list(person_ids))))
    return {row[0]: (row[1], row[2]) for row in rows}


def duties_of(session: Session, person_id: UUID, today: date) -> Sequence[Duty]:
    """Return a person's duties on a local day, by area."""
    return session.scalars(
        select(Duty)
        .where(Duty.person_id == person_id, *_valid_on(literal(today)))
        .order_by(Duty.area_code)
    ).all()


def load_actor(session: Session, person: Person, today: date) -> Actor:
    """Return the person as an actor: explicit grants, and WORKER for each grid on duty."""
    rows = session.scalars(select(GrantRow).where(GrantRow.person_id == person.id)).all()
    mine = select(Duty).where(Duty.person_id == person.id, *works_on(today))
    return _actor(person, rows, session.scalars(mine.order_by(Duty.area_code)).all())


def load_actors(session: Session, district_code: str, today: date) -> dict[UUID, Actor]:
    """Return all persons of a district as actors of a local day, in three statements."""
    grants: dict[UUID, list[GrantRow]] = defaultdict(list)
    duties: dict[UUID, list[Duty]] = defaultdict(list)
    persons = session.scalars(
        select(Person).where(Person.district_code == district_code).order_by(Person.id)
    ).all()
    of_district = select(Person.id).where(Person.district_code == district_code)
    for row in session.scalars(
        select(GrantRow).where(GrantRow.person_id.in_(of_district)).order_by(GrantRow.id)
    ):
        grants[row.person_id].append(row)
    for duty in session.scalars(
        select(Duty)
        .where(Duty.person_id.in_(of_district), *works_on(today))
        .order_by(Duty.area_code)
    ):
        duties[duty.person_id].append(duty)
    return {person.id: _actor(person, grants[person.id], duties[person.id]) for person in persons}


def _actor(person: Person, rows: Sequence[GrantRow], duties: Sequence[Duty]) -> Actor:
    grants = [Grant(Role(row.role), row.area_code, row.unit_code) for row in rows]
    grants += [Grant(Role.WORKER, area_code=_sees(duty)) for duty in duties]
    unique = tuple(dict.fromkeys(grants))
    return Actor(
        district_code=person.district_code,
        role=unique[0].role if unique else Role.WORKER,
        person_id=person.id,
        name=person.name,
        grants=unique,
    )


def _sees(duty: Duty) -> str | None:
    """Return the area whose cases a duty shows; a volunteer sees only what was given to them."""
    return None if duty.kind == DutyKind.VOLUNTEER else duty.area_code


# Built once: every case that is resolved asks for the people of two units.
_OF_UNIT = (
    select(Person.id, Person.name)
    .join(GrantRow, GrantRow.person_id == Person.id)
    .where(
        Person.district_code == bindparam("district_code"),
        GrantRow.unit_code == bindparam("unit_code"),
        GrantRow.role == str(Role.HANDLER),
        Person.active,
    )
    .order_by(Person.name, Person.id)
)


def of_unit(session: Session, district_code: str, unit_code: str | None) -> dict[UUID, str]:
    """Return person id → name of who works for a unit and is active, by name."""
    if unit_code is None:
        return {}
    rows = session.execute(_OF_UNIT, {"district_code": district_code, "unit_code": unit_code})
    return {row[0]: row[1] for row in rows}


_STAFFED = "units with people"


def staffed(session: Session, district_code: str) -> frozenset[str]:
    """Return the units somebody active works for; read once in a transaction.

    Every case on which something may come due asks: by a query each, a sweep took a tenth
    longer.
    """
    kept: dict[str, frozenset[str]] = session.info.setdefault(_STAFFED, {})
    if district_code not in kept:
        found = session.scalars(
            select(GrantRow.unit_code)
            .distinct()
            .join(Person, Person.id == GrantRow.person_id)
            .where(
                Person.district_code == district_code,
                Person.active,
                GrantRow.role == str(Role.HANDLER),
                GrantRow.unit_code.is_not(None),
            )
        )
        kept[district_code] = frozenset(code for code in found if code is not None)
    return kept[district_code]


@event.listens_for(Person, "after_update")
@event.listens_for(GrantRow, "after_insert")
@event.listens_for(GrantRow, "after_update")
@event.listens_for(GrantRow, "after_delete")
def _read_anew(_mapper: object, _connection: object, changed: object) -> None:
    """Forget which units are staffed where the same transaction changes who works."""
    session = object_session(changed)
    if session is not None:
        session.info.pop(_STAFFED, None)


def works_anybody(session: Session, district_code: str, unit_code: str) -> bool:
    """Tell whether somebody active works for a unit."""
    return bool(of_unit(session, district_code, unit_code))


def names(session: Session, person_ids: set[UUID]) -> dict[UUID, str]:
    """Return person id → name for those asked for."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row[0]: row[1] for row in rows}
