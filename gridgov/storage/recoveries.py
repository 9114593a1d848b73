"""Requests of residents who lost their receipt code and left a phone number."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.ids import new_id
from gridgov.storage.reports import Report, Reporter


class Recovery(Base):
    """Somebody asks for a lost code by phone (找回回执码).

    Only the keyed hash of the number is kept: it finds the reports made with it, and
    tells nobody the number. Kept for unknown numbers as well, so that nothing shows
    which numbers are known.
    """

    __tablename__ = "recoveries"
    __table_args__ = (Index("ix_recoveries_phone_lookup_asked_at", "phone_lookup", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    phone_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    reported_on: Mapped[date | None]
    category_code: Mapped[str | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


def asked_lately(
    session: Session, district_code: str, phone_lookup: bytes, *, now: datetime, within: timedelta
) -> int:
    """Return how often a number was asked for within a time."""
    query = select(func.count()).where(
        Recovery.district_code == district_code,
        Recovery.phone_lookup == phone_lookup,
        Recovery.asked_at > now - within,
    )
    return session.scalar(query) or 0


def waiting(session: Session, district_code: str, since: datetime) -> Sequence[Recovery]:
    """Return the requests nobody answered yet and that match a report, oldest first."""
    known = select(Reporter.id).where(
        Reporter.district_code == district_code, Reporter.phone_lookup == Recovery.phone_lookup
    )
    return session.scalars(
        select(Recovery)
        .where(
            Recovery.district_code == district_code,
            Recovery.answered_at.is_(None),
            Recovery.asked_at > since,
            known.exists(),
        )
        .order_by(Recovery.asked_at, Recovery.id)
    ).all()


def open_for(session: Session, district_code: str, phone_lookup: bytes) -> Sequence[Recovery]:
    """Return the requests for a number that nobody answered yet."""
    return session.scalars(
        select(Recovery).where(
            Recovery.district_code == district_code,
            Recovery.phone_lookup == phone_lookup,
            Recovery.answered_at.is_(None),
        )
    ).all()


def reports_by_phone(
    session: Session, district_code: str, phone_lookup: bytes, *, limit: int
) -> Sequence[Report]:
    """Return the reports made with a number, the newest first."""
    return session.scalars(
        select(Report)
        .join(Reporter, Reporter.id == Report.reporter_id)
        .where(
            Report.district_code == district_code,
            Reporter.phone_lookup == phone_lookup,
            Reporter.erased_at.is_(None),
        )
        .order_by(Report.id.desc())
        .limit(limit)
    ).all()


def answer(session: Session, recovery_id: UUID, *, at: datetime) -> None:
    """Note that a request was answered by a message, not by a person."""
    session.execute(
        update(Recovery)
        .where(Recovery.id == recovery_id, Recovery.answered_at.is_(None))
        .values(answered_at=at)
    )
