"""Leaves, shifts, hand-overs and vacancies: when somebody is there for an area.

Rows are never deleted: a leave that was taken back, a shift that ended and a hand-over that
was declined say so themselves.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Time,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.rosters import Shift
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id

IS_DUE = "next_at IS NOT NULL"
IS_WAITING = "taken_at IS NULL AND declined_at IS NULL AND lapsed_at IS NULL"
IS_VACANT = "ended_at IS NULL"


class Leave(Base):
    """Days on which somebody is not there (请假): asked for, decided, begun, over.

    `next_at` is the next moment something is due, its begin or its end: the row itself is
    the timer, and whoever does what is due moves it in the same transaction. `ended_at` is
    when it was over, or taken back before. Why somebody is away is kept no closer than `kind`.
    """

    __tablename__ = "leaves"
    __table_args__ = (
        Index("ix_leaves_person_id_ends_at", "person_id", "ends_at"),
        Index(
            "ix_leaves_due",
            "district_code",
            "next_at",
            sqlite_where=text(IS_DUE),
            postgresql_where=text(IS_DUE),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    covered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    granted: Mapped[bool | None]
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ShiftRow(Base):
    """Hours in which somebody is there (排班), each week or on one day, valid for some days."""

    __tablename__ = "shifts"
    __table_args__ = (Index("ix_shifts_person_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    weekday: Mapped[int | None]
    on_day: Mapped[date | None] = mapped_column(Date)
    opens: Mapped[time] = mapped_column(Time)
    closes: Mapped[time] = mapped_column(Time)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))

    def as_shift(self) -> Shift:
        """Return the hours as the rules know them."""
        return Shift(
            self.opens, self.closes, self.weekday, self.on_day, self.starts_on, self.ends_on
        )


class HandOver(Base):
    """Open work that went from one person to another at once, with the taker's receipt (交接).

    `items` lists `{"case", "number", "part", "task"}`. It is taken, declined with a reason,
    or lapses when the first person is back before anybody took it.
    """

    __tablename__ = "hand_overs"
    __table_args__ = (
        Index(
            "ix_hand_overs_waiting",
            "to_person_id",
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
        Index("ix_hand_overs_leave_id", "leave_id"),
        Index("ix_hand_overs_district_code_offered_at", "district_code", "offered_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    cause: Mapped[str]
    leave_id: Mapped[UUID | None] = mapped_column(ForeignKey("leaves.id"))
    from_person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    to_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    to_unit_code: Mapped[str | None]
    items: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decline_reason: Mapped[str | None]
    lapsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_waiting(self) -> bool:
        """Tell whether the taker has not said anything yet."""
        return self.taken_at is None and self.declined_at is None and self.lapsed_at is None


class Vacancy(Base):
    """A grid or a unit that had nobody, from when to when: the alarm is given once for each.

    `area_code` is the grid's; of a unit it is `unit:` and its code (services/vacancies).
    """

    __tablename__ = "vacancies"
    __table_args__ = (
        Index(
            "ix_vacancies_now",
            "district_code",
            "area_code",
            unique=True,
            sqlite_where=text(IS_VACANT),
            postgresql_where=text(IS_VACANT),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# Leaves ----------------------------------------------------------------------------------


def take_due_leaves(
    session: Session, district_code: str, now: datetime, limit: int
) -> Sequence[Leave]:
    """Return leaves whose begin or end has come, locked; those another process has are left."""
    query = (
        select(Leave)
        .where(Leave.district_code == district_code, Leave.next_at <= now)
        .order_by(Leave.next_at, Leave.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def lock_leave(session: Session, leave_id: UUID) -> Leave | None:
    """Return a leave, locked and fresh."""
    query = select(Leave).where(Leave.id == leave_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def leaves_of(
    session: Session, person_ids: Collection[UUID] | None, district_code: str, since: datetime
) -> Sequence[Leave]:
    """Return leaves that are not over at a moment, of some people (None: all), by begin."""
    query = select(Leave).where(
        Leave.district_code == district_code, Leave.ends_at > since, Leave.ended_at.is_(None)
    )
    if person_ids is not None:
        query = query.where(Leave.person_id.in_(list(person_ids)))
    return session.scalars(query.order_by(Leave.starts_at, Leave.id)).all()


def running_leave(session: Session, person_id: UUID, now: datetime) -> Leave | None:
    """Return the leave somebody is on at a moment, None for nobody who is there."""
    query = select(Leave).where(
        Leave.person_id == person_id,
        Leave.starts_at <= now,
        Leave.ends_at > now,
        Leave.granted.is_(True),
        Leave.ended_at.is_(None),
    )
    return session.scalars(query.order_by(Leave.starts_at, Leave.id)).first()


def also_covered_by(session: Session, leave: Leave, now: datetime) -> Sequence[Leave]:
    """Return the granted leaves of others with the same cover in what is left of a leave."""
    return session.scalars(
        select(Leave).where(
            Leave.covered_by_id == leave.covered_by_id,
            Leave.person_id != leave.person_id,
            Leave.granted.is_(True),
            Leave.ended_at.is_(None),
            Leave.starts_at < leave.ends_at,
            Leave.ends_at > max(now, leave.starts_at),
        )
    ).all()


# Hand-overs ------------------------------------------------------------------------------


def waiting_for(session: Session, person_id: UUID) -> Sequence[HandOver]:
    """Return what a person was given and has said nothing about yet, oldest first."""
    query = select(HandOver).where(HandOver.to_person_id == person_id, text(IS_WAITING))
    return session.scalars(query.order_by(HandOver.offered_at, HandOver.id)).all()


def lock_waiting_for(session: Session, person_id: UUID) -> Sequence[HandOver]:
    """Return what waits for a receipt of a person, locked and fresh; to be asked before cases.

    A receipt locks its hand-over and then the cases of it: so must whoever else decides on one.
    """
    return _locked(session, HandOver.to_person_id == person_id)


def lock_waiting_of(session: Session, leave_id: UUID) -> Sequence[HandOver]:
    """Return what waits for a receipt because of a leave, locked as above."""
    return _locked(session, HandOver.leave_id == leave_id)


def _locked(session: Session, of: ColumnElement[bool]) -> Sequence[HandOver]:
    query = select(HandOver).where(of, text(IS_WAITING)).order_by(HandOver.id).with_for_update()
    rows = session.scalars(query.execution_options(populate_existing=True))
    return [row for row in rows if row.is_waiting]


def of_leave(session: Session, leave_id: UUID) -> Sequence[HandOver]:
    """Return what was handed over because of a leave, oldest first."""
    query = select(HandOver).where(HandOver.leave_id == leave_id)
    return session.scalars(query.order_by(HandOver.offered_at, HandOver.id)).all()


def recent(session: Session, district_code: str, limit: int) -> Sequence[HandOver]:
    """Return the newest hand-overs of a district."""
    query = select(HandOver).where(HandOver.district_code == district_code)
    return session.scalars(query.order_by(HandOver.offered_at.desc()).limit(limit)).all()


def lock_hand_over(session: Session, hand_over_id: UUID) -> HandOver | None:
    """Return a hand-over, locked and fresh."""
    query = select(HandOver).where(HandOver.id == hand_over_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


# Vacancies -------------------------------------------------------------------------------


def vacancies(session: Session, district_code: str) -> Mapping[str, Vacancy]:
    """Return area code → the vacancy that is noted for it now."""
    query = select(Vacancy).where(Vacancy.district_code == district_code, text(IS_VACANT))
    return {row.area_code: row for row in session.scalars(query)}


def note_vacancies(
    session: Session, district_code: str, areas: Iterable[str], now: datetime
) -> None:
    """Note grids that have nobody from now on. Raises IntegrityError where one is noted."""
    session.add_all(
        Vacancy(id=new_id(), district_code=district_code, area_code=code, since=now)
        for code in areas
    )
    session.flush()
