"""The working calendar as data: every day that differs from Monday to Friday."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Self
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.published_days import PublishedDay
from gridgov.storage.base import Base
from gridgov.storage.ids import new_id


class CalendarDay(Base):
    """A statutory holiday or a make-up workday (调休) with the notice it comes from."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("district_code", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    day: Mapped[date]
    workday: Mapped[bool]
    name: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]

    @classmethod
    def of(cls, district_code: str, published: PublishedDay) -> Self:
        """Return the row of a day for a district."""
        return cls(district_code=district_code, **asdict(published))


def exceptions(session: Session, district_code: str) -> dict[date, bool]:
    """Return day → is it a workday, for every day that is published."""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.workday).where(
            CalendarDay.district_code == district_code
        )
    )
    return {row[0]: row[1] for row in rows}


def replace_years(
    session: Session, district_code: str, years: Collection[int], days: Sequence[CalendarDay]
) -> None:
    """Write the days of whole years in the place of what was known of those years."""
    for year in years:
        session.execute(
            delete(CalendarDay).where(
                CalendarDay.district_code == district_code,
                CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)),
            )
        )
    session.add_all(days)
    session.flush()
