"""Staff: persons, what they were granted, and who has the duty for a grid."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.assignment import DutyKind, OnDuty
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


def on_duty(session: Session, district_code: str, area_code: str, today: date) -> Sequence[OnDuty]:
    """Return who has the duty for an area on a local day: leads first, then deputies."""
    rows = session.execute(
        select(Duty.person_id, Duty.kind)
        .join(Person, Person.id == Duty.person_id)
        .where(
            Duty.district_code == district_code,
            Duty.area_code == area_code,
            Duty.starts_on <= today,
            or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
            Person.active,
        )
        .order_by(Duty.kind.desc(), Duty.person_id)
    )
    return [OnDuty(person_id, DutyKind(kind)) for person_id, kind in rows]


def duties_of(session: Session, person_id: UUID, today: date) -> Sequence[Duty]:
    """Return a person's duties on a local day, by area."""
    return session.scalars(
        select(Duty)
        .where(
            Duty.person_id == person_id,
            Duty.starts_on <= today,
            or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
        )
        .order_by(Duty.area_code)
    ).all()


def load_actor(session: Session, person: Person, today: date) -> Actor:
    """Return the person as an actor: explicit grants, and WORKER for each grid on duty."""
    rows = session.scalars(select(GrantRow).where(GrantRow.person_id == person.id)).all()
    grants = [Grant(Role(row.role), row.area_code, row.unit_code) for row in rows]
    grants += [
        Grant(Role.WORKER, area_code=duty.area_code)
        for duty in duties_of(session, person.id, today)
    ]
    unique = tuple(dict.fromkeys(grants))
    role = unique[0].role if unique else Role.WORKER
    return Actor(
        district_code=person.district_code,
        role=role,
        person_id=person.id,
        name=person.name,
        grants=unique,
    )


def names(session: Session, person_ids: set[UUID]) -> dict[UUID, str]:
    """Return person id → name for those asked for."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row[0]: row[1] for row in rows}
