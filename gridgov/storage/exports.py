"""Which lists were taken out of gridgov, by whom and when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.ids import new_id


class Export(Base):
    """One list taken out as a file: which one (`asked`, its address), and how many rows."""

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_district_code_at", "district_code", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    list_name: Mapped[str]
    asked: Mapped[str]
    row_count: Mapped[int]
