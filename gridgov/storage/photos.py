"""Photos: rows about files that lie in the photo store under their content hash."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.reports import Report

BEFORE = "before"
AFTER = "after"


class Photo(Base):
    """A picture of a case, before or after; `report_id` when a resident sent it."""

    __tablename__ = "photos"
    __table_args__ = (Index("ix_photos_case_id", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    entry_seq: Mapped[int | None]
    purpose: Mapped[str]
    sha256: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # Never read: they tell in which order new rows are written.
    case: Mapped[Case] = relationship(lazy="raise")
    report: Mapped[Report | None] = relationship(lazy="raise")


def has(session: Session, case_id: UUID, purpose: str) -> bool:
    """Tell whether a case has a picture of a purpose."""
    query = select(Photo.id).where(Photo.case_id == case_id, Photo.purpose == purpose)
    return session.scalar(query.limit(1)) is not None


def of_case(session: Session, case_id: UUID) -> Sequence[Photo]:
    """Return the photos of a case, oldest first."""
    return session.scalars(select(Photo).where(Photo.case_id == case_id).order_by(Photo.id)).all()


def of_cases(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, list[Photo]]:
    """Return case id → photos, oldest first, for a page of cases."""
    found: dict[UUID, list[Photo]] = {case_id: [] for case_id in case_ids}
    for photo in session.scalars(
        select(Photo).where(Photo.case_id.in_(case_ids)).order_by(Photo.id)
    ):
        found[photo.case_id].append(photo)
    return found
