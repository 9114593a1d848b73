"""Reports: what somebody told us, kept as it was told; and the reporter vault."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    bindparam,
    distinct,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id


class Reporter(Base):
    """Contact data, encrypted, apart from the case (上报人). Erasing empties the row."""

    __tablename__ = "reporters"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_lookup: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Report(Base):
    """What somebody told us (上报): immutable words, raw position, channel, token.

    `raw_lon`/`raw_lat` with `datum` are what was sent; `lon`/`lat` are WGS-84.
    `accuracy_m` is in metres. The client token makes sending twice harmless. A joined
    report ("me too") belongs to a case that another one opened. `external_id` is the
    number it has elsewhere (12345, an imported file), `api_key_id` the program that
    brought it, `answers` what the questions of its class were answered. `withdrawn_at` is
    when its reporter took it back while others went on with the case.
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("district_code", "client_token"),
        Index("ix_reports_case_id", "case_id"),
        Index("ix_reports_district_code_external_id", "district_code", "external_id"),
        Index("ix_reports_api_key_id", "api_key_id"),
        Index("ix_reports_district_code_raw_lon_raw_lat", "district_code", "raw_lon", "raw_lat"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    client_token: Mapped[str]
    receipt_code: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    category_code: Mapped[str]
    text: Mapped[str | None]
    text_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    place_words: Mapped[str | None]
    raw_lon: Mapped[float | None]
    raw_lat: Mapped[float | None]
    datum: Mapped[str | None]
    position_source: Mapped[str | None]
    accuracy_m: Mapped[float | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    language: Mapped[str]
    emergency_words: Mapped[str | None]
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("reporters.id"))
    joined: Mapped[bool] = mapped_column(default=False)
    external_id: Mapped[str | None]
    api_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # Never read: they tell in which order new rows are written.
    case: Mapped[Case] = relationship(lazy="raise")
    reporter: Mapped[Reporter | None] = relationship(lazy="raise")


_BY_TOKEN = select(Report).where(
    Report.district_code == bindparam("district_code"),
    Report.client_token == bindparam("client_token"),
)


def by_token(session: Session, district_code: str, client_token: str) -> Report | None:
    """Return the report that came with a client token before, None for a new one."""
    values = {"district_code": district_code, "client_token": client_token}
    return session.scalar(_BY_TOKEN, values)


def by_tokens(
    session: Session, district_code: str, client_tokens: Sequence[str]
) -> Sequence[Report]:
    """Return the reports that came with any of some tokens, oldest first."""
    return session.scalars(
        select(Report)
        .where(Report.district_code == district_code, Report.client_token.in_(client_tokens))
        .order_by(Report.id)
    ).all()


def by_receipt(session: Session, receipt_code: str) -> Report | None:
    """Return the report behind a receipt code (as `read_receipt_code` gives it)."""
    return session.scalar(select(Report).where(Report.receipt_code == receipt_code))


def of_case(session: Session, case_id: UUID) -> Sequence[Report]:
    """Return the reports of a case, oldest first."""
    return session.scalars(
        select(Report).where(Report.case_id == case_id).order_by(Report.id)
    ).all()


def number_of(session: Session, report: Report) -> bytes | None:
    """Return the lookup value of the number a report was made with, None without one."""
    own = None if report.reporter_id is None else session.get(Reporter, report.reporter_id)
    return None if own is None else own.phone_lookup


def told_before(session: Session, report: Report, phone_lookup: bytes) -> bool:
    """Tell whether somebody had reported with a number before this report."""
    other = exists().where(Reporter.phone_lookup == phone_lookup, Reporter.id != report.reporter_id)
    return bool(session.scalar(select(other)))


def have_number(session: Session, found: Sequence[Report], phone_lookup: bytes) -> bool:
    """Tell whether one of some reports was made with a number."""
    ids = [one.reporter_id for one in found if one.reporter_id is not None]
    query = select(exists().where(Reporter.id.in_(ids), Reporter.phone_lookup == phone_lookup))
    return bool(session.scalar(query))


def moments(session: Session, case_ids: Sequence[UUID]) -> list[tuple[UUID, datetime]]:
    """Return (case, when) of every report of some cases that was not taken back."""
    rows = session.execute(
        select(Report.case_id, Report.received_at).where(
            Report.case_id.in_(case_ids), Report.withdrawn_at.is_(None)
        )
    )
    return [(case_id, at) for case_id, at in rows]


def of_key(
    session: Session,
    api_key_id: UUID,
    *,
    limit: int,
    external_id: str | None = None,
    before: UUID | None = None,
) -> Sequence[Report]:
    """Return a page of the reports a program brought in, newest first, older than `before`."""
    query = select(Report).where(Report.api_key_id == api_key_id).order_by(Report.id.desc())
    if external_id is not None:
        query = query.where(Report.external_id == external_id)
    if before is not None:
        query = query.where(Report.id < before)
    return session.scalars(query.limit(limit)).all()


def crowd_at(session: Session, district_code: str, lon: float, lat: float) -> tuple[int, int]:
    """Return how many reports came with one coordinate as sent, and of how many addresses."""
    found = session.execute(
        select(func.count(), func.count(distinct(Report.place_words))).where(
            Report.district_code == district_code, Report.raw_lon == lon, Report.raw_lat == lat
        )
    ).one()
    return found[0], found[1]
