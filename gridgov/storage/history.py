"""The history of a case: lines are added, never changed, each sealing the one before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, bindparam, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from gridgov.domain.history import SEALED
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.cases import Case

PAGE = 500


class CaseEntry(Base):
    """One line of a case's history (办理记录).

    `text` with `text_salt` may be erased; `text_digest` stays in the chain. `data`
    holds codes and numbers only, never words of a person.
    """

    __tablename__ = "case_history"
    __table_args__ = (Index("ix_case_history_district_code_at", "district_code", "at"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    by_role: Mapped[str]
    by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None]
    text: Mapped[str | None]
    text_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    text_digest: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    algorithm: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]

    # Never read: it tells in which order new rows are written.
    case: Mapped[Case] = relationship(lazy="raise")

    def sealed_fields(self) -> dict[str, Any]:
        """Return the fields the hash covers, in the form `domain.history` hashes."""
        return {name: getattr(self, name) for name in SEALED}


def of_case(session: Session, case_id: UUID) -> Sequence[CaseEntry]:
    """Return the lines of a case, oldest first."""
    return session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.seq)
    ).all()


_PEOPLE_WHO = select(CaseEntry.by_person_id).where(
    CaseEntry.case_id == bindparam("case_id"),
    CaseEntry.action.in_(bindparam("actions", expanding=True)),
)


def people_who(session: Session, case_id: UUID, actions: Sequence[str]) -> frozenset[UUID]:
    """Return the persons who did any of these actions on a case."""
    return frozenset(
        person
        for person in session.scalars(_PEOPLE_WHO, {"case_id": case_id, "actions": actions})
        if person is not None
    )


def lines_with(session: Session, case_id: UUID, actions: Sequence[str]) -> Sequence[CaseEntry]:
    """Return the lines of a case that tell of some actions, oldest first."""
    found = select(CaseEntry).where(CaseEntry.case_id == case_id, CaseEntry.action.in_(actions))
    return session.scalars(found.order_by(CaseEntry.seq)).all()


def did(session: Session, case_id: UUID, action: str) -> bool:
    """Tell whether an action was ever done on a case."""
    found = exists().where(CaseEntry.case_id == case_id, CaseEntry.action == action)
    return bool(session.scalar(select(found)))


def questions(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, CaseEntry]:
    """Return case → the last line in which its reporter was asked something."""
    rows = session.scalars(
        select(CaseEntry)
        .where(CaseEntry.case_id.in_(case_ids), CaseEntry.action == "ask_info")
        .order_by(CaseEntry.case_id, CaseEntry.seq)
    )
    return {entry.case_id: entry for entry in rows}


@dataclass(frozen=True, slots=True)
class Head:
    """What a case itself says of its history."""

    id: UUID
    number: str
    state: str
    history_seq: int
    history_hash: str


Page = list[tuple[Head, list[CaseEntry]]]


def pages(session: Session, district_code: str) -> Iterator[Page]:
    """Yield every case of a district with its lines, in the order of the cases, page by page.

    Nothing but one page is held: a district of 121,000 cases took a gigabyte at once.
    """
    head = (Case.id, Case.number, Case.state, Case.history_seq, Case.history_hash)
    # An expression, not the column: SQLite would look every case of the district up by an
    # index of other things and sort them for each page (90 ms instead of 0.5).
    of_district = Case.district_code + "" == district_code
    query = select(*head).where(of_district).order_by(Case.id)
    rows = session.execute(query.limit(PAGE)).all()
    while rows:
        lines: dict[UUID, list[CaseEntry]] = {row.id: [] for row in rows}
        for entry in _readable(session, list(lines)):
            lines[entry.case_id].append(entry)
        yield [(Head(*row), lines[row.id]) for row in rows]
        rows = session.execute(query.where(Case.id > rows[-1].id).limit(PAGE)).all()


def _readable(session: Session, case_ids: Sequence[UUID]) -> Sequence[CaseEntry]:
    """Return the lines of cases in order; one that cannot be read as an empty line of its place.

    SQLite takes any text in any column; whoever writes nonsense there shall be named
    like everybody else who changes a line, not stop the look.
    """
    where, order = CaseEntry.case_id.in_(case_ids), (CaseEntry.case_id, CaseEntry.seq)
    try:
        return session.scalars(select(CaseEntry).where(where).order_by(*order)).all()
    except (ValueError, TypeError):
        keys = session.execute(select(*order).where(where).order_by(*order)).all()
        return [_line(session, case_id, seq) for case_id, seq in keys]


def _line(session: Session, case_id: UUID, seq: int) -> CaseEntry:
    try:
        return session.get_one(CaseEntry, (case_id, seq))
    except (ValueError, TypeError):
        return CaseEntry(case_id=case_id, seq=seq, algorithm="", hash="", previous_hash="", data={})
