"""The log: numbered, gapless, in commit order, per district.

Ids from a sequence commit out of order, and a reader that asks "id > last" loses
rows (measured: about 440 of 600 messages missed with 20 concurrent writers). So
each district has one counter row, and taking the next position is the last thing
a unit of work does before it commits: whoever holds the row commits before the
next one gets it. This file is the only one that knows.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    Table,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.messages import IMPORTED, MessageKind
from gridgov.storage import many
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.districts import District

PENDING = "messages"
CHANNEL = "gridgov_messages"  # the NOTIFY channel on PostgreSQL

# Counter, messages and NOTIFY in one round trip. Whoever holds the counter row makes the
# whole district wait, and under gevent every answer of the database waits for its turn
# among the other requests: 16 clients on a loaded machine got 22 submissions/s this way
# and 9 with three statements.
AT_ONCE = text("""
    WITH told AS (SELECT pg_notify(:channel, :district)),
    taken AS (
        UPDATE message_positions SET position = position + :count
        WHERE district_code = :district
        RETURNING position - :count AS before
    )
    INSERT INTO messages (district_code, position, kind, case_id, entry_seq, at, body)
    SELECT :district, taken.before + news.number,
        news.kind, news.case_id, news.entry_seq, news.at, news.body
    FROM told, taken, ROWS FROM (
        jsonb_to_recordset(:rows)
        AS (kind text, case_id uuid, entry_seq integer, at timestamptz, body jsonb)
    ) WITH ORDINALITY AS news (kind, case_id, entry_seq, at, body, number)
    RETURNING position
""").bindparams(bindparam("rows", type_=JSONB))


class MessagePosition(Base):
    """The counter row of a district's log."""

    __tablename__ = "message_positions"

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class Message(Base):
    """A committed fact. (district, position) is the key: gapless and in commit order."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_case_id", "case_id", "entry_seq"),
        Index("ix_messages_district_code_at", "district_code", "at"),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    case_id: Mapped[UUID | None]
    entry_seq: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(Json)


_TABLE = cast(Table, Message.__table__)


class ConsumerCursor(Base):
    """How far a durable consumer of the log has come in a district."""

    __tablename__ = "consumer_cursors"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


def append(
    session: Session,
    district_code: str,
    kind: MessageKind,
    *,
    at: datetime,
    body: dict[str, Any],
    case_id: UUID | None = None,
    entry_seq: int | None = None,
) -> None:
    """Keep a message for the end of the unit of work, where it gets its position."""
    session.info.setdefault(PENDING, []).append(
        {
            "district_code": district_code,
            "kind": str(kind),
            "case_id": case_id,
            "entry_seq": entry_seq,
            "at": at,
            "body": body,
        }
    )


def write_pending(session: Session) -> int:
    """Write what `append` kept, numbered; return how many. `unit_of_work` calls it last."""
    pending: list[dict[str, Any]] = session.info.pop(PENDING, [])
    if not pending:
        return 0
    by_district: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in pending:
        by_district[row["district_code"]].append(row)
    at_once = session.get_bind().dialect.name == "postgresql"
    # A fixed order of districts, so that two units cannot wait for each other.
    for district_code, rows in sorted(by_district.items()):
        if at_once:
            _write_at_once(session, district_code, rows)
        else:
            _write_in_steps(session, district_code, rows)
    return len(pending)


def _write_in_steps(session: Session, district_code: str, rows: list[dict[str, Any]]) -> None:
    last = session.scalars(
        update(MessagePosition)
        .where(MessagePosition.district_code == district_code)
        .values(position=MessagePosition.position + len(rows))
        .returning(MessagePosition.position)
    ).one()
    first = last - len(rows) + 1
    numbered = [{**row, "position": first + offset} for offset, row in enumerate(rows)]
    many.insert(session, _TABLE, numbered)


def _write_at_once(session: Session, district_code: str, rows: list[dict[str, Any]]) -> None:
    plain = [
        {
            **row,
            "at": row["at"].isoformat(),
            "case_id": None if row["case_id"] is None else str(row["case_id"]),
        }
        for row in rows
    ]
    values = {"channel": CHANNEL, "district": district_code, "count": len(rows), "rows": plain}
    if len(session.scalars(AT_ONCE, values).all()) != len(rows):
        raise NoResultFound(f"district {district_code} has no log")


def notify(session: Session, district_code: str) -> None:
    """Wake the tails of other processes when this transaction commits (PostgreSQL only)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_notify(:channel, :district)"),
            {"channel": CHANNEL, "district": district_code},
        )


def open_log(session: Session, district_code: str) -> None:
    """Start the log of a new district at position 0."""
    session.add(MessagePosition(district_code=district_code, position=0))


def last_position(session: Session, district_code: str) -> int:
    """Return the position of the newest message of a district; 0 when there is none."""
    return (
        session.scalar(
            select(MessagePosition.position).where(MessagePosition.district_code == district_code)
        )
        or 0
    )


# History from elsewhere is counted, and is news to nobody.
IS_NEWS = Message.body["origin"].as_string().is_distinct_from(IMPORTED)


def after(
    session: Session, district_code: str, position: int, limit: int = 500
) -> Sequence[Message]:
    """Return the messages after a position, in order, at most `limit`."""
    return session.scalars(_after(district_code, position).limit(limit)).all()


def news_after(
    session: Session, district_code: str, position: int, limit: int = 500
) -> Sequence[Message]:
    """Return what is news after a position: the messages that no import wrote."""
    return session.scalars(_after(district_code, position).where(IS_NEWS).limit(limit)).all()


def _after(district_code: str, position: int) -> Select[Message]:
    return (
        select(Message)
        .where(Message.district_code == district_code, Message.position > position)
        .order_by(Message.position)
    )


def last_of_cases(
    session: Session,
    district_code: str,
    case_ids: Sequence[UUID],
    *,
    until: datetime,
    position: int,
    without: Collection[MessageKind],
) -> dict[UUID, dict[str, Any]]:
    """Return case → the body of its last message up to a moment and a position of the log.

    `without` are kinds that do not count. A case without such a message is left out.
    """
    last = (
        select(func.max(Message.position))
        .where(
            Message.case_id.in_(case_ids),
            Message.district_code == district_code,
            Message.at <= until,
            Message.position <= position,
            Message.kind.not_in([str(kind) for kind in sorted(without)]),
        )
        .group_by(Message.case_id)
    )
    rows = session.execute(
        select(Message.case_id, Message.body).where(
            Message.district_code == district_code, Message.position.in_(last)
        )
    )
    return {case_id: body for case_id, body in rows if case_id is not None}


@dataclass(frozen=True, slots=True)
class Place:
    """How far a district's log goes, and how far a consumer has come in it."""

    district_code: str
    timezone: str
    last: int
    done: int


def places(session: Session, consumer: str) -> list[Place]:
    """Return where every district's log and a consumer stand: one statement."""
    query = (
        select(
            District.code,
            District.timezone,
            func.coalesce(MessagePosition.position, 0),
            func.coalesce(ConsumerCursor.position, 0),
        )
        .outerjoin(MessagePosition, MessagePosition.district_code == District.code)
        .outerjoin(
            ConsumerCursor,
            and_(
                ConsumerCursor.district_code == District.code, ConsumerCursor.consumer == consumer
            ),
        )
        .order_by(District.code)
    )
    return [Place(*row) for row in session.execute(query)]


def lock_cursor(session: Session, consumer: str, district_code: str) -> ConsumerCursor | None:
    """Lock a consumer's cursor; None when another process holds it just now."""
    query = (
        select(ConsumerCursor)
        .where(ConsumerCursor.consumer == consumer, ConsumerCursor.district_code == district_code)
        .with_for_update(skip_locked=True)
    )
    return session.scalar(query)


def cursor_position(session: Session, consumer: str, district_code: str) -> int:
    """Return how far a consumer has come; 0 when it never ran."""
    row = session.get(ConsumerCursor, (consumer, district_code))
    return row.position if row is not None else 0


def open_cursor(session: Session, consumer: str, district_code: str) -> None:
    """Make the cursor row of a consumer in a new district."""
    session.add(ConsumerCursor(consumer=consumer, district_code=district_code, position=0))
