"""Notices and the messages that carry them: what is planned, claimed, sent, given up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.notices import ASSIGNING, ENDED_BADLY, LEASE, Fate, NoticeKind
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id

IS_WAITING = "delivery_id IS NULL"
IS_UNDER_WAY = "fate IN ('ready', 'sending')"
A_PAGE = 400
OPEN_FATES = (str(Fate.READY), str(Fate.SENDING))
BAD_FATES = tuple(sorted(map(str, ENDED_BADLY)))


class Delivery(Base):
    """One message to one recipient: a notice, or a digest of many.

    Its id is the key by which a channel knows it again. `way` is the one being tried,
    `ways` those left after it; `attempt` counts the tries by this way. A process that sends
    holds it until `claimed_until`; whoever finds it later knows that the sending was broken
    off. `text` and `path` (of the page behind it) name nobody; the address is looked up when
    it is sent.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_under_way",
            "district_code",
            "due_at",
            sqlite_where=text(IS_UNDER_WAY),
            postgresql_where=text(IS_UNDER_WAY),
        ),
        Index("ix_deliveries_recipient_made_at", "recipient", "made_at"),
        Index("ix_deliveries_district_code_made_at", "district_code", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    recipient: Mapped[str]
    way: Mapped[str | None]
    ways: Mapped[list[str]] = mapped_column(Json)
    title: Mapped[str]
    text: Mapped[str]
    path: Mapped[str]
    count: Mapped[int] = mapped_column(default=1)
    urgent: Mapped[bool] = mapped_column(default=False)
    fate: Mapped[str]
    reason: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Notice(Base):
    """Something told to somebody (通知).

    `key` is what it follows from (a position of the log, a limit, a request), so that the
    same is planned once for a recipient and a kind. `wishes` of the recipient decide when
    it is bundled into a delivery.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("district_code", "key", "recipient", "kind"),
        Index(
            "ix_notices_waiting",
            "district_code",
            "due_at",
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
        Index("ix_notices_case_id", "case_id"),
        Index("ix_notices_delivery_id", "delivery_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    key: Mapped[str]
    recipient: Mapped[str]
    kind: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    urgent: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str]
    text: Mapped[str]
    path: Mapped[str]
    by_sms: Mapped[bool] = mapped_column(default=True)
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivery_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliveries.id"))


def add(session: Session, district_code: str, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write notices that are not planned yet; return how many were new.

    Whoever calls holds the planner's cursor, so nobody else plans; the unique key is the net.
    """
    wanted = {(row["key"], row["recipient"], row["kind"]): row for row in rows}
    keys = sorted({key for key, _, _ in wanted})
    for start in range(0, len(keys), A_PAGE):
        query = select(Notice.key, Notice.recipient, Notice.kind).where(
            Notice.district_code == district_code, Notice.key.in_(keys[start : start + A_PAGE])
        )
        for known in session.execute(query):
            wanted.pop((known.key, known.recipient, known.kind), None)
    if wanted:
        new = [{"id": new_id(), "district_code": district_code, **row} for row in wanted.values()]
        session.execute(insert(Notice), new)
    return len(wanted)


def waiting(session: Session, district_code: str, now: datetime, limit: int) -> Sequence[Notice]:
    """Return what may go out now and is in no delivery, the oldest first."""
    return session.scalars(
        select(Notice)
        .where(
            Notice.district_code == district_code,
            Notice.delivery_id.is_(None),
            Notice.due_at <= now,
        )
        .order_by(Notice.due_at, Notice.id)
        .limit(limit)
    ).all()


def has_waiting(session: Session, district_code: str, now: datetime) -> bool:
    """Tell whether something may go out now and is in no delivery."""
    query = select(Notice.id).where(
        Notice.district_code == district_code,
        Notice.delivery_id.is_(None),
        Notice.due_at <= now,
    )
    return session.scalar(query.limit(1)) is not None


def has_due(session: Session, district_code: str, now: datetime) -> bool:
    """Tell whether a delivery is due, or the process that was sending it is gone."""
    query = select(Delivery.id).where(
        Delivery.district_code == district_code, text(IS_UNDER_WAY), _is_due(now)
    )
    return session.scalar(query.limit(1)) is not None


def _is_due(now: datetime) -> ColumnElement[bool]:
    lost = (Delivery.fate == str(Fate.SENDING)) & (Delivery.claimed_until < now)
    ready = (Delivery.fate == str(Fate.READY)) & (Delivery.due_at <= now)
    return or_(ready, lost)


def carried_lately(
    session: Session, district_code: str, recipients: Collection[str], since: datetime
) -> dict[str, int]:
    """Return recipient → how many notices that could wait were carried to it since a moment."""
    found: dict[str, int] = {}
    names = sorted(recipients)
    for start in range(0, len(names), A_PAGE):
        rows = session.execute(
            select(Delivery.recipient, func.sum(Delivery.count))
            .where(
                Delivery.recipient.in_(names[start : start + A_PAGE]),
                Delivery.district_code == district_code,
                Delivery.made_at > since,
                ~Delivery.urgent,
            )
            .group_by(Delivery.recipient)
        )
        found |= {recipient: int(count) for recipient, count in rows}
    return found


def carry(session: Session, made: Delivery, notice_ids: Sequence[UUID]) -> None:
    """Write a delivery and note which notices it carries."""
    session.add(made)
    session.flush()
    session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(delivery_id=made.id))


def hold(session: Session, notice_ids: Sequence[UUID], until: datetime) -> None:
    """Let notices wait longer."""
    if notice_ids:
        session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(due_at=until))


def take_due(session: Session, district_code: str, now: datetime, limit: int) -> Sequence[Delivery]:
    """Return deliveries that are due, or whose sender is gone, locked; the urgent ones first.

    Those that another process has just locked are left out.
    """
    return session.scalars(
        select(Delivery)
        .where(Delivery.district_code == district_code, text(IS_UNDER_WAY), _is_due(now))
        .order_by(Delivery.urgent.desc(), Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def claim(one: Delivery, now: datetime) -> None:
    """Note on a locked delivery that this process sends it now, as one more attempt."""
    one.fate, one.attempt = str(Fate.SENDING), one.attempt + 1
    one.claimed_until = now + LEASE


def claimed(session: Session, delivery_id: UUID, way: str, attempt: int) -> Delivery | None:
    """Return a delivery, locked, if this attempt still holds it; None where it was taken over."""
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.way == way,
            Delivery.attempt == attempt,
            Delivery.fate == str(Fate.SENDING),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def of_delivery(session: Session, delivery_id: UUID) -> Sequence[Notice]:
    """Return the notices a delivery carries, oldest first."""
    return session.scalars(
        select(Notice).where(Notice.delivery_id == delivery_id).order_by(Notice.id)
    ).all()


def lost_codes(session: Session, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Return those of a page of deliveries that carry the answer to a lost code."""
    found = session.scalars(
        select(Notice.delivery_id).where(
            Notice.delivery_id.in_(list(delivery_ids)), Notice.kind == str(NoticeKind.LOST_CODE)
        )
    )
    return {delivery_id for delivery_id in found if delivery_id is not None}


def cases_of(session: Session, delivery_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return delivery → the case of its only notice, for a page of deliveries."""
    rows = session.execute(
        select(Notice.delivery_id, Notice.case_id).where(
            Notice.delivery_id.in_(list(delivery_ids)), Notice.case_id.is_not(None)
        )
    )
    return {delivery: case for delivery, case in rows if delivery is not None and case is not None}


def counts(session: Session, district_code: str, since: datetime) -> dict[str, int]:
    """Return fate → deliveries made since a moment, and `waiting` notices in none yet."""
    rows = session.execute(
        select(Delivery.fate, func.count())
        .where(Delivery.district_code == district_code, Delivery.made_at > since)
        .group_by(Delivery.fate)
    )
    held = select(func.count()).where(
        Notice.district_code == district_code, Notice.delivery_id.is_(None)
    )
    return {fate: number for fate, number in rows} | {"waiting": session.scalar(held) or 0}


def listed(
    session: Session, district_code: str, fates: Collection[str], *, offset: int, limit: int
) -> Sequence[Delivery]:
    """Return deliveries with one of some fates, the newest first."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.district_code == district_code, Delivery.fate.in_(sorted(fates)))
        .order_by(Delivery.made_at.desc(), Delivery.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody who could not be reached: how often lately, why the last time, and when."""

    recipient: str
    times: int
    last: Delivery


def unreached(
    session: Session, district_code: str, since: datetime, limit: int
) -> Sequence[Unreached]:
    """Return who could not be reached since a moment and was not reached after that."""
    bad = (
        select(
            Delivery.recipient, func.count().label("times"), func.max(Delivery.made_at).label("at")
        )
        .where(
            Delivery.district_code == district_code,
            Delivery.made_at > since,
            Delivery.fate.in_(BAD_FATES),
        )
        .group_by(Delivery.recipient)
        .subquery()
    )
    later = _reached_after(Delivery.recipient, bad.c.at)
    rows = session.execute(
        select(bad.c.recipient, bad.c.times, Delivery)
        .join(Delivery, (Delivery.recipient == bad.c.recipient) & (Delivery.made_at == bad.c.at))
        .where(Delivery.fate.in_(BAD_FATES), ~later)
        .order_by(bad.c.at.desc(), Delivery.id.desc())
        .limit(limit)
    )
    found = {recipient: Unreached(recipient, times, last) for recipient, times, last in rows}
    return list(found.values())


def _reached_after(recipient: Any, at: Any) -> ColumnElement[bool]:
    other = Delivery.__table__.alias("reached")
    return exists().where(
        other.c.recipient == recipient,
        other.c.made_at > at,
        other.c.fate == str(Fate.SENT),
    )


def assignment_lost(session: Session, case_id: UUID) -> Sequence[Delivery]:
    """Return the deliveries of a case's newest assignment if nobody was reached by any.

    Empty while one was sent, or is still on its way.
    """
    kinds = sorted(map(str, ASSIGNING))
    of_case = select(Notice).where(Notice.case_id == case_id, Notice.kind.in_(kinds))
    newest = session.scalar(of_case.order_by(Notice.planned_at.desc(), Notice.id.desc()).limit(1))
    if newest is None:
        return ()
    rows = session.execute(
        select(Notice.delivery_id, Delivery)
        .outerjoin(Delivery, Delivery.id == Notice.delivery_id)
        .where(Notice.case_id == case_id, Notice.key == newest.key, Notice.kind.in_(kinds))
    ).all()
    found = [one for _, one in rows if one is not None]
    lost = len(found) == len(rows) and all(one.fate in BAD_FATES for one in found)
    return found if lost else ()


def forget(session: Session, before: datetime) -> None:
    """Delete what was planned before a moment and is over."""
    old = select(Delivery.id).where(Delivery.made_at < before, Delivery.fate.not_in(OPEN_FATES))
    session.execute(delete(Notice).where(Notice.delivery_id.in_(old)))
    session.execute(delete(Delivery).where(Delivery.id.in_(old)))


KEEP = timedelta(days=90)


def assignments_lost(session: Session, case_ids: Collection[UUID]) -> set[UUID]:
    """Return those of many cases of whose newest assignment nobody was reached; as above."""
    kinds = sorted(map(str, ASSIGNING))
    newest: dict[UUID, tuple[str, bool]] = {}
    ids = sorted(case_ids)
    for start in range(0, len(ids), A_PAGE):
        rows = session.execute(
            select(Notice.case_id, Notice.key, Delivery.fate)
            .outerjoin(Delivery, Delivery.id == Notice.delivery_id)
            .where(Notice.case_id.in_(ids[start : start + A_PAGE]), Notice.kind.in_(kinds))
            .order_by(Notice.planned_at.desc(), Notice.id.desc())
        )
        for case_id, key, fate in rows:
            if case_id is None:  # none of those that were asked for
                continue
            first, lost = newest.get(case_id, (key, True))
            if key == first:  # what an earlier assignment came to is over
                newest[case_id] = (first, lost and fate in BAD_FATES)
    return {case_id for case_id, (_key, lost) in newest.items() if lost}
