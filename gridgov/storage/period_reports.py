"""Reports of periods as they were made: frozen, edition by edition; and who gets them when."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id


class PeriodReport(Base):
    """One edition of the report of an area (or unit) for a period. Never changed.

    `book` is the whole report as `domain.books.as_json` writes it, so that its files can be
    drawn again just the same; `changes` are the lines that say what differs from the edition
    before; it `corrects` that one if a case came into the counts or was taken out since, and
    else follows the work that went on. `definitions` are the versions of the indicators in it
    by code, `definition` is their short name; `position` is the place in the log. `unit_code`
    is "" for all units.
    """

    __tablename__ = "period_reports"
    __table_args__ = (
        UniqueConstraint(
            "unit_code",
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
    unit_code: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str]
    kind: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    edition: Mapped[int]
    definition: Mapped[str]
    definitions: Mapped[dict[str, int]] = mapped_column(Json, default=dict, server_default="{}")
    position: Mapped[int]
    book: Mapped[dict[str, Any]] = mapped_column(Json)
    changes: Mapped[list[str]] = mapped_column(Json)
    corrects: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class ReportSchedule(Base):
    """A report that is made by itself after each period, and the people it is told to.

    `done_until` is the last day of the newest period that was made, `told_edition` the edition
    of it that was told, 0 for none; `checked_on` is the local day on which that was last looked
    at again. `unit_code` is "" for all units.
    """

    __tablename__ = "report_schedules"
    __table_args__ = (
        UniqueConstraint(
            "unit_code",
            "district_code",
            "area_code",
            "kind",
            "person_id",
            name="uq_report_schedules_wish",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    unit_code: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[str]
    language: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    done_until: Mapped[date]
    told_edition: Mapped[int] = mapped_column(default=0, server_default="0")
    checked_on: Mapped[date | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def editions(
    session: Session,
    district_code: str,
    area_code: str,
    unit_code: str,
    kind: str,
    first_day: date,
    language: str,
) -> Sequence[PeriodReport]:
    """Return the editions of one report, the newest first; `unit_code` is "" for all units."""
    return session.scalars(
        select(PeriodReport)
        .where(
            PeriodReport.district_code == district_code,
            PeriodReport.area_code == area_code,
            PeriodReport.unit_code == unit_code,
            PeriodReport.kind == kind,
            PeriodReport.first_day == first_day,
            PeriodReport.language == language,
        )
        .order_by(PeriodReport.edition.desc())
    ).all()


def editions_like(session: Session, one: PeriodReport) -> Sequence[PeriodReport]:
    """Return the editions of the report that one belongs to, the newest first."""
    about = (one.district_code, one.area_code, one.unit_code, one.kind)
    return editions(session, *about, one.first_day, one.language)


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
