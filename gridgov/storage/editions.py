"""Open data: a month of closed cases, published once and never reckoned again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    Table,
    case,
    exists,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.workflow import CaseState
from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.cases import Case

PAGE = 2_000


class Edition(Base):
    """A published month; `month` is its first local day. Withdrawn ones are told no more."""

    __tablename__ = "editions"

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    k: Mapped[int]
    cell_m: Mapped[int]
    grid_version: Mapped[int]
    catalogue_version: Mapped[int]
    cases: Mapped[int]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class _Where:
    """Where and what a row of an edition is about; "" is the whole district or every class.

    District and month stand first in the key: an edition is read as a whole.
    """

    district_code: Mapped[str] = mapped_column(
        ForeignKey("districts.code"), primary_key=True, sort_order=-2
    )
    month: Mapped[date] = mapped_column(primary_key=True, sort_order=-1)


class PublishedCell(_Where, Base):
    """How many cases were closed in an area and class in a month."""

    __tablename__ = "published_cells"
    __table_args__ = (Index("ix_published_cells_area_code", "district_code", "area_code"),)

    area_code: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    area_kind: Mapped[str]
    category_kind: Mapped[str]
    closed: Mapped[int]


class PublishedReceived(_Where, Base):
    """How many cases were received in an area in a month, and closed when it was published."""

    __tablename__ = "published_received"
    __table_args__ = (Index("ix_published_received_area_code", "district_code", "area_code"),)

    area_code: Mapped[str] = mapped_column(primary_key=True)
    area_kind: Mapped[str]
    received: Mapped[int]
    closed: Mapped[int | None]
    more_than: Mapped[int | None]


class PublishedCase(_Where, Base):
    """One closed case without anything about a person; `case_id` is never published.

    It is kept so that a case that is reopened and closed again is not told twice.
    """

    __tablename__ = "published_cases"
    __table_args__ = (Index("uq_published_cases_case_id", "case_id", unique=True),)

    seq: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    area_code: Mapped[str]
    area_kind: Mapped[str]
    category: Mapped[str]
    category_kind: Mapped[str]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    square_m: Mapped[int | None]
    days: Mapped[int]


Model = type[PublishedCell] | type[PublishedReceived] | type[PublishedCase]


def editions(session: Session, district_code: str, *, all_: bool = False) -> Sequence[Edition]:
    """Return the published months, newest first; `all_`: withdrawn ones too."""
    query = select(Edition).where(Edition.district_code == district_code)
    if not all_:
        query = query.where(Edition.withdrawn_at.is_(None))
    return session.scalars(query.order_by(Edition.month.desc())).all()


def find(session: Session, district_code: str, month: date) -> Edition | None:
    """Return the edition of a month, withdrawn or not, None before it is made."""
    return session.get(Edition, (district_code, month))


def closed_between(
    session: Session, district_code: str, classes: Sequence[str], start: datetime, end: datetime
) -> Sequence[Any]:
    """Return the closed cases of public classes in a span of time that no edition has told.

    Rows: id, category_code, catalogue_version, town_code, village_code, lon, lat, received_at,
    closed_at.
    """
    return session.execute(
        select(
            Case.id,
            Case.category_code,
            Case.catalogue_version,
            Case.town_code,
            Case.village_code,
            Case.lon,
            Case.lat,
            Case.received_at,
            Case.closed_at,
        ).where(
            Case.district_code == district_code,
            Case.closed_at >= start,
            Case.closed_at < end,
            Case.state == str(CaseState.CLOSED),
            ~Case.confidential,
            Case.category_code.in_(sorted(classes)),
            ~exists().where(PublishedCase.case_id == Case.id),
        )
    ).all()


def received_on_days(
    session: Session,
    district_code: str,
    classes: Sequence[str],
    states: Sequence[str],
    first: date,
    last: date,
) -> Sequence[Any]:
    """Return (town, village, received, closed) of the cases of public classes received on days.

    `states`: those in which a case counts.
    """
    closed = func.sum(case((Case.state == str(CaseState.CLOSED), 1), else_=0))
    return session.execute(
        select(Case.town_code, Case.village_code, func.count(), closed)
        .where(
            Case.district_code == district_code,
            Case.received_on.between(first, last),
            Case.state.in_(sorted(states)),
            ~Case.confidential,
            Case.category_code.in_(sorted(classes)),
        )
        .group_by(Case.town_code, Case.village_code)
    ).all()


def write(session: Session, model: Model, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of an edition."""
    if rows:
        session.connection().execute(insert(cast(Table, model.__table__)), list(rows))


def withdraw(session: Session, edition: Edition, *, by: UUID | None, now: datetime) -> None:
    """Tell an edition no more. It stays, so that nobody publishes the month once again."""
    session.execute(
        update(Edition)
        .where(Edition.district_code == edition.district_code, Edition.month == edition.month)
        .values(withdrawn_at=now, withdrawn_by_id=by)
    )


def page(
    session: Session, model: Model, district_code: str, month: date, after: tuple[Any, ...] | None
) -> Sequence[Any]:
    """Return the next rows of an edition in the order of its key; fewer than PAGE: the last."""
    keys = list(cast(Table, model.__table__).primary_key)[2:]
    query = select(model).where(model.district_code == district_code, model.month == month)
    if after is not None:
        query = query.where(tuple_(*keys) > after)
    return session.scalars(query.order_by(*keys).limit(PAGE)).all()


def by_area(
    session: Session, district_code: str, area_codes: Sequence[str], first: date
) -> Sequence[PublishedCell]:
    """Return the cells of areas since a month, of editions that are not withdrawn."""
    return session.scalars(_told(PublishedCell, district_code, first, area_codes)).all()


def received_by_area(
    session: Session, district_code: str, area_codes: Sequence[str], first: date
) -> Sequence[PublishedReceived]:
    """Return what was received in areas since a month, of editions that are not withdrawn."""
    return session.scalars(_told(PublishedReceived, district_code, first, area_codes)).all()


def _told(model: Any, district_code: str, first: date, area_codes: Sequence[str]) -> Select[Any]:
    told = exists().where(
        Edition.district_code == model.district_code,
        Edition.month == model.month,
        Edition.withdrawn_at.is_(None),
    )
    return (
        select(model)
        .where(
            model.district_code == district_code,
            model.area_code.in_(sorted(area_codes)),
            model.month >= first,
            told,
        )
        .order_by(model.month.desc(), model.area_code)
    )


def closed_by_area(session: Session, district_code: str, first: date) -> dict[str, int]:
    """Return area code → closed cases since a month that are told under its own name."""
    rows = session.execute(
        select(PublishedCell.area_code, func.sum(PublishedCell.closed))
        .join(
            Edition,
            (Edition.district_code == PublishedCell.district_code)
            & (Edition.month == PublishedCell.month),
        )
        .where(
            PublishedCell.district_code == district_code,
            PublishedCell.month >= first,
            Edition.withdrawn_at.is_(None),
        )
        .group_by(PublishedCell.area_code)
    )
    return {code: int(closed) for code, closed in rows}


def last_received_on(session: Session, district_code: str, last: date) -> date | None:
    """Return the last local day up to `last` on which a case was received."""
    return session.scalar(
        select(func.max(Case.received_on)).where(
            Case.district_code == district_code, Case.received_on <= last
        )
    )


def first_received_on(session: Session, district_code: str) -> date | None:
    """Return the first local day on which a case was received."""
    return session.scalar(
        select(func.min(Case.received_on)).where(Case.district_code == district_code)
    )
