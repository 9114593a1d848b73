"""Duties for grids of a draft: written while it is one, begun on the day it is activated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.assignment import DutyKind
from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person


class PlannedDuty(Base):
    """Who is to be lead or deputy of a grid of a draft, from its activation on."""

    __tablename__ = "planned_duties"
    __table_args__ = (UniqueConstraint("grid_version_id", "area_code", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    grid_version_id: Mapped[UUID] = mapped_column(ForeignKey("grid_versions.id"))
    area_code: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def of_version(session: Session, grid_version_id: UUID) -> Sequence[PlannedDuty]:
    """Return the planned duties of a draft by area, leads first; of active people only."""
    return session.scalars(
        select(PlannedDuty)
        .join(Person, Person.id == PlannedDuty.person_id)
        .where(PlannedDuty.grid_version_id == grid_version_id, Person.active)
        .order_by(PlannedDuty.area_code, PlannedDuty.kind.desc(), PlannedDuty.person_id)
    ).all()


def replace(
    session: Session,
    grid_version_id: UUID,
    area_code: str,
    people: Iterable[tuple[UUID, DutyKind]],
    *,
    by_person_id: UUID | None,
    now: datetime,
) -> None:
    """Put other people into the plan of one area, or nobody."""
    session.execute(
        delete(PlannedDuty).where(
            PlannedDuty.grid_version_id == grid_version_id, PlannedDuty.area_code == area_code
        )
    )
    session.add_all(
        PlannedDuty(
            id=new_id(),
            grid_version_id=grid_version_id,
            area_code=area_code,
            person_id=person_id,
            kind=str(kind),
            by_person_id=by_person_id,
            at=now,
        )
        for person_id, kind in people
    )
    session.flush()


def copy(session: Session, source_id: UUID, target_id: UUID) -> None:
    """Copy the plan of one version to another."""
    for planned in of_version(session, source_id):
        session.add(
            PlannedDuty(
                id=new_id(),
                grid_version_id=target_id,
                area_code=planned.area_code,
                person_id=planned.person_id,
                kind=planned.kind,
                by_person_id=planned.by_person_id,
                at=planned.at,
            )
        )
    session.flush()
