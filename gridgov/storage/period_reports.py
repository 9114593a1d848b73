"""Reports of periods as they were made: frozen, edition by edition; and who gets them when."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id


class PeriodReport(Base):
    """One edition of the report of an area (or unit) for a period. Never changed.

    `book` is the whole report as `domain.books.as_json` writes it, so that its files can be
    drawn again just the same; `changes` are the lines that say what differs from the edition
    before. `definition` names the versions of the indicators, `position` the place in the log.
    """

    __tablename__ = "period_reports"
    __table_args__ = (
        UniqueConstraint(
            "district_code",
            "area_code",
            "language",
            "kind",
            "first_day",
            "edition",
            name="uq_period_reports_edition",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    language: Mapped[str]
    kind: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    edition: Mapped[int]
    definition: Mapped[str]
    position: Mapped[int]
    book: Mapped[dict[str, Any]] = mapped_column(Json)
    changes: Mapped[list[str]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class ReportSchedule(Base):
    """A report that is made by itself after each period, and the people it is told to.

    `done_until` is the last day of the newest period that was made.
    """

    __tablename__ = "report_schedules"
    __table_args__ = (UniqueConstraint("district_code", "area_code", "kind", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    done_until: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def editions(
    session: Session, district_code: str, area_code: str, kind: str, first_day: date, language: str
) -> Sequence[PeriodReport]:
    """Return the editions of one report, the newest first."""
    return session.scalars(
        select(PeriodReport)
        .where(
            PeriodReport.district_code == district_code,
            PeriodReport.area_code == area_code,
            PeriodReport.kind == kind,
            PeriodReport.first_day == first_day,
            PeriodReport.language == language,
        )
        .order_by(PeriodReport.edition.desc())
    ).all()


def latest(
    session: Session, district_code: str, area_codes: Sequence[str], limit: int
) -> Sequence[PeriodReport]:
    """Return the reports of some areas that were made last, the newest first."""
    return session.scalars(
        select(PeriodReport)
        .where(PeriodReport.district_code == district_code, PeriodReport.area_code.in_(area_codes))
        .order_by(PeriodReport.made_at.desc(), PeriodReport.edition.desc())
        .limit(limit)
    ).all()


def lock_schedules(session: Session, district_code: str) -> Sequence[ReportSchedule]:
    """Return the schedules of a district that run and nobody else holds, oldest first."""
    return session.scalars(
        select(ReportSchedule)
        .where(ReportSchedule.district_code == district_code, ReportSchedule.ended_at.is_(None))
        .order_by(ReportSchedule.made_at)
        .with_for_update(skip_locked=True)
    ).all()


def schedules_of(
    session: Session, person_id: UUID, *, ended: bool = False
) -> Sequence[ReportSchedule]:
    """Return a person's schedules in the order in which they were made."""
    query = select(ReportSchedule).where(ReportSchedule.person_id == person_id)
    if not ended:
        query = query.where(ReportSchedule.ended_at.is_(None))
    return session.scalars(query.order_by(ReportSchedule.made_at)).all()
