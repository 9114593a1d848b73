"""Notes on figures of the board. A row is never changed but for its withdrawal, nor deleted."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person


class BoardNote(Base):
    """What somebody wrote on an indicator of an area for a period (local days, both included).

    A withdrawn note keeps its text, writer and both moments: whoever audits finds it here.
    """

    __tablename__ = "board_notes"
    __table_args__ = (Index("ix_board_notes_area", "district_code", "area_code", "last_day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    code: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    text: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def standing(
    district_code: str, area_code: str, first: date, last: date
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the notes that stand on an area and touch a period."""
    return (
        BoardNote.district_code == district_code,
        BoardNote.area_code == area_code,
        BoardNote.withdrawn_at.is_(None),
        BoardNote.first_day <= last,
        BoardNote.last_day >= first,
    )


def of_area(
    session: Session, district_code: str, area_code: str, first: date, last: date, limit: int
) -> Sequence[tuple[BoardNote, str]]:
    """Return the notes that stand with the names of their writers, the newest first."""
    rows = session.execute(
        select(BoardNote, Person.name)
        .join(Person, Person.id == BoardNote.written_by_id)
        .where(*standing(district_code, area_code, first, last))
        .order_by(BoardNote.written_at.desc(), BoardNote.id.desc())
        .limit(limit)
    )
    return [(note, name) for note, name in rows]


def codes_of_area(
    session: Session, district_code: str, area_code: str, first: date, last: date
) -> Sequence[str]:
    """Return the indicator of each note that stands, one entry a note."""
    return session.scalars(
        select(BoardNote.code).where(*standing(district_code, area_code, first, last))
    ).all()
