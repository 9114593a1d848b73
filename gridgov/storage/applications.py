"""What was applied for on a case: more time, a suspension, a void, another look."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id


class Application(Base):
    """One application (申请) and its decision; its words stand in the case's history.

    `level` is the lowest level that may decide; `until` the new limit of an extension or
    the day of review of a suspension. Open while `decided_at` is empty, and a case has at
    most one open.
    """

    __tablename__ = "applications"
    __table_args__ = (Index("ix_applications_case_id_decided_at", "case_id", "decided_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    reason: Mapped[str | None]
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    level: Mapped[str]
    applicant_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entry_seq: Mapped[int]
    granted: Mapped[bool | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


def pending(session: Session, case: Case) -> Application | None:
    """Return what was applied for on a case and is not decided yet."""
    if case.applied_for is None:
        return None
    return session.scalar(
        select(Application).where(Application.case_id == case.id, Application.decided_at.is_(None))
    )


def of_case(session: Session, case_id: UUID) -> list[Application]:
    """Return everything that was applied for on a case, oldest first."""
    query = select(Application).where(Application.case_id == case_id)
    return list(session.scalars(query.order_by(Application.asked_at, Application.id)))
