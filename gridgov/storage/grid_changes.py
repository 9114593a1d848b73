"""What happened to the net: steps of a draft, lineage, duties that moved, corrections."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.areas import AreaKind
from gridgov.domain.lineage import Change, Link
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id

IS_WAITING = "done_at IS NULL"


class GridEdit(Base):
    """One step of editing a draft: the areas it took away and put in (hex WKB).

    `carry` says who takes over the people of a code that ended: old code → new code.
    """

    __tablename__ = "grid_edits"
    __table_args__ = (UniqueConstraint("grid_version_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    grid_version_id: Mapped[UUID] = mapped_column(ForeignKey("grid_versions.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    carry: Mapped[dict[str, str]] = mapped_column(Json)
    before: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    after: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AreaLineage(Base):
    """What became of an area from a version's base to the version; kept ones have no row."""

    __tablename__ = "area_lineage"
    __table_args__ = (Index("ix_area_lineage_grid_version_id", "grid_version_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    grid_version_id: Mapped[UUID] = mapped_column(ForeignKey("grid_versions.id"))
    kind: Mapped[str]
    change: Mapped[str]
    from_code: Mapped[str | None]
    to_code: Mapped[str | None]
    share_from: Mapped[float]
    share_to: Mapped[float]


class GridMove(Base):
    """An open case whose duty moves because a version came (`activated`) or was `undone`.

    Written with the change itself and done right after it, case by case. `was` is where
    the duty was and `to` where it goes; `before` is what the case was when it was done,
    `entry_seq` its line in the history, the receipt. `case_id` is no foreign key: the
    activation must not wait for a worker who has the case in hands.
    """

    __tablename__ = "grid_moves"
    __table_args__ = (
        UniqueConstraint("grid_version_id", "cause", "case_id"),
        Index(
            "ix_grid_moves_waiting",
            "district_code",
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
        Index("ix_grid_moves_case_id", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    grid_version_id: Mapped[UUID] = mapped_column(ForeignKey("grid_versions.id"))
    cause: Mapped[str]
    case_id: Mapped[UUID]
    was: Mapped[dict[str, Any]] = mapped_column(Json)
    to: Mapped[dict[str, Any]] = mapped_column(Json)
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    entry_seq: Mapped[int | None]


class BorderCorrection(Base):
    """A worker handed a case to the grid next door: the border between the two confuses.

    Who did it is in the case's history; here only pairs of grids are counted.
    """

    __tablename__ = "border_corrections"
    __table_args__ = (Index("ix_border_corrections_district_code_at", "district_code", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    grid_version: Mapped[int]
    from_code: Mapped[str]
    to_code: Mapped[str]
    reason: Mapped[str]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def edits(session: Session, grid_version_id: UUID) -> Sequence[GridEdit]:
    """Return the steps of a draft, oldest first, undone ones included."""
    query = select(GridEdit).where(GridEdit.grid_version_id == grid_version_id)
    return session.scalars(query.order_by(GridEdit.seq)).all()


def written(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an area as a step keeps it: its polygon as hex WKB."""
    return {**row, "geometry": shapely.to_wkb(row["geometry"], hex=True)}


def kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an area that a step keeps (`written`) with its polygon."""
    return {**row, "geometry": shapely.from_wkb(row["geometry"])}


def last_seq(session: Session, grid_version_id: UUID) -> int:
    """Return the number of the newest step of a draft, undone or not; 0 for none."""
    newest = select(func.max(GridEdit.seq)).where(GridEdit.grid_version_id == grid_version_id)
    return session.scalar(newest) or 0


def standing(session: Session, grid_version_id: UUID) -> tuple[UUID, ...]:
    """Return the steps of a draft that were not undone, oldest first, by their ids."""
    query = select(GridEdit.id).where(
        GridEdit.grid_version_id == grid_version_id, GridEdit.undone_at.is_(None)
    )
    return tuple(session.scalars(query.order_by(GridEdit.seq)))


def edits_of(session: Session, ids: Collection[UUID]) -> dict[UUID, GridEdit]:
    """Return some steps by their ids, without those that are not there."""
    rows = session.scalars(select(GridEdit).where(GridEdit.id.in_(list(ids))))
    return {step.id: step for step in rows}


def last_edit(session: Session, grid_version_id: UUID) -> GridEdit | None:
    """Return the newest step of a draft that was not undone, None where there is none."""
    query = select(GridEdit).where(
        GridEdit.grid_version_id == grid_version_id, GridEdit.undone_at.is_(None)
    )
    return session.scalar(query.order_by(GridEdit.seq.desc()).limit(1))


def carried(session: Session, grid_version_id: UUID) -> dict[str, str]:
    """Return old code → new code for the people of codes that ended in a draft's steps.

    Chained: a grid that was split, and its part again, leads to the last part.
    """
    found: dict[str, str] = {}
    for step in edits(session, grid_version_id):
        if step.undone_at is not None:
            continue
        for old, new in step.carry.items():
            earlier = [code for code, at in found.items() if at == old]
            found |= dict.fromkeys(earlier, new) | ({} if earlier else {old: new})
    return found


def add_lineage(session: Session, grid_version_id: UUID, links: Sequence[Link]) -> None:
    """Write the news of a version against its base."""
    rows = [
        {
            "id": new_id(),
            "grid_version_id": grid_version_id,
            "kind": str(link.kind),
            "change": str(link.change),
            "from_code": link.from_code,
            "to_code": link.to_code,
            "share_from": link.share_from,
            "share_to": link.share_to,
        }
        for link in links
    ]
    if rows:
        session.execute(insert(AreaLineage), rows)


def lineage(session: Session, grid_version_id: UUID) -> tuple[Link, ...]:
    """Return the news of a version against its base."""
    rows = session.scalars(
        select(AreaLineage)
        .where(AreaLineage.grid_version_id == grid_version_id)
        .order_by(AreaLineage.kind, AreaLineage.from_code, AreaLineage.to_code)
    )
    return tuple(
        Link(
            AreaKind(row.kind),
            Change(row.change),
            row.from_code,
            row.to_code,
            row.share_from,
            row.share_to,
        )
        for row in rows
    )


def add_moves(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write duties that are to move, each with the columns of GridMove but the id."""
    if rows:
        session.execute(insert(GridMove), [{"id": new_id(), **row} for row in rows])


def cancel_waiting(session: Session, district_code: str, now: datetime) -> None:
    """Mark moves that were not done yet as not to be done: the change was undone."""
    session.execute(
        update(GridMove)
        .where(GridMove.district_code == district_code, GridMove.done_at.is_(None))
        .values(done_at=now, outcome="cancelled")
    )


def waiting_moves(session: Session, district_code: str, limit: int) -> Sequence[GridMove]:
    """Lock and return moves that were not done yet, by case; another process' are left to it."""
    return session.scalars(
        select(GridMove)
        .where(GridMove.district_code == district_code, GridMove.done_at.is_(None))
        .order_by(GridMove.case_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def is_waiting(session: Session, district_code: str) -> bool:
    """Tell whether moves of a district were not done yet."""
    query = select(GridMove.id).where(
        GridMove.district_code == district_code, GridMove.done_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def moves(session: Session, grid_version_id: UUID, cause: str) -> Sequence[GridMove]:
    """Return the moves a version caused, by case."""
    query = select(GridMove).where(
        GridMove.grid_version_id == grid_version_id, GridMove.cause == cause
    )
    return session.scalars(query.order_by(GridMove.case_id)).all()


def move_of(session: Session, grid_version_id: UUID, cause: str, case_id: UUID) -> GridMove | None:
    """Return the move a version caused to a case, None where it caused none."""
    return session.scalar(
        select(GridMove).where(
            GridMove.grid_version_id == grid_version_id,
            GridMove.cause == cause,
            GridMove.case_id == case_id,
        )
    )


def corrections(
    session: Session, district_code: str, since: datetime
) -> dict[tuple[str, str, str], int]:
    """Return (from code, to code, reason) → how often a case was handed that way since then."""
    columns = (BorderCorrection.from_code, BorderCorrection.to_code, BorderCorrection.reason)
    rows = session.execute(
        select(*columns, func.count())
        .where(BorderCorrection.district_code == district_code, BorderCorrection.at >= since)
        .group_by(*columns)
    )
    return {(one, other, reason): count for one, other, reason, count in rows}


def corrected_cases(
    session: Session, district_code: str, since: datetime, shown: ColumnElement[bool]
) -> Sequence[tuple[str, str, Case]]:
    """Return (from code, to code, case) of cases handed next door since then, newest first.

    `shown` is the condition on `Case` that keeps what somebody may see.
    """
    rows = session.execute(
        select(BorderCorrection.from_code, BorderCorrection.to_code, Case)
        .join(Case, Case.id == BorderCorrection.case_id)
        .where(BorderCorrection.district_code == district_code, BorderCorrection.at >= since, shown)
        .order_by(BorderCorrection.at.desc(), Case.number.desc())
    )
    return [(one, other, case) for one, other, case in rows]
