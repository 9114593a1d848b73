"""The catalogue: major and minor classes with their limits, and the units."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Json
from gridgov.storage.ids import new_id


class CategoryRow(Base):
    """One catalogue entry from one version on (大类/小类); `rules` holds the domain value.

    A version writes what it changes: an entry holds until a newer version has one of the
    same code, and an `ended` one says that the class is no longer offered.
    """

    __tablename__ = "categories"
    __table_args__ = (UniqueConstraint("district_code", "version", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    version: Mapped[int]
    code: Mapped[str]
    parent_code: Mapped[str | None]
    name: Mapped[str]
    name_en: Mapped[str]
    rules: Mapped[dict[str, Any]] = mapped_column(Json)
    ended: Mapped[bool] = mapped_column(default=False)


class Unit(Base):
    """A department, town office, village committee or utility (处置单位).

    `inbox` marks the one unit of its area that receives what is passed up to it; `contact`
    is how the office is reached. One that `ended_on` a day keeps its name in old cases.
    """

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("district_code", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    level: Mapped[str]
    area_code: Mapped[str]
    inbox: Mapped[bool] = mapped_column(default=False)
    contact: Mapped[str] = mapped_column(default="")
    ended_on: Mapped[date | None]


def categories(session: Session, district_code: str, version: int) -> Sequence[CategoryRow]:
    """Return the entries that hold in a catalogue version, by code."""
    newest: dict[str, CategoryRow] = {}
    for row in entries(session, district_code, version):
        newest[row.code] = row
    return [row for row in newest.values() if not row.ended]


def entries(session: Session, district_code: str, version: int) -> Sequence[CategoryRow]:
    """Return every entry written up to a catalogue version, by code, the oldest first."""
    return session.scalars(
        select(CategoryRow)
        .where(CategoryRow.district_code == district_code, CategoryRow.version <= version)
        .order_by(CategoryRow.code, CategoryRow.version)
    ).all()


def classes_below(district_code: str, code: str) -> Select[str]:
    """Return the codes of a class and of those below it, also of classes that ended."""
    return select(CategoryRow.code).where(
        CategoryRow.district_code == district_code,
        or_(CategoryRow.code == code, CategoryRow.parent_code == code),
    )


def units(session: Session, district_code: str) -> Sequence[Unit]:
    """Return the units of a district, by code."""
    return session.scalars(
        select(Unit).where(Unit.district_code == district_code).order_by(Unit.code)
    ).all()
