"""What a district tells everybody: announcements, released pictures and replies, who did it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, or_, select, text, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.errors import NotFound
from gridgov.domain.workflow import CaseState
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id

IN_FORCE = "withdrawn_at IS NULL"


class PublishingRules(Base):
    """A district's rules of publishing (`domain.publishing.Rules`); no row: the usual ones."""

    __tablename__ = "publishing_rules"

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), primary_key=True)
    rules: Mapped[dict[str, Any]] = mapped_column(Json)


class Announcement(Base):
    """Words for everybody about an area (公告), shown on local days `first_on`..`last_on`.

    Not a `Notice`: that is sent to a person. Withdrawn ones stay as they were.
    """

    __tablename__ = "announcements"
    __table_args__ = (
        Index("ix_announcements_district_code_area_code", "district_code", "area_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str]
    text: Mapped[str]
    text_en: Mapped[str]
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class Release(Base):
    """A picture, or the reply, of a closed case that a person looked at and let out.

    `photo_id` or `reply` is set. `village_code` and `town_code` are those of the case.
    """

    __tablename__ = "releases"
    __table_args__ = (
        Index(
            "uq_releases_photo_id",
            "photo_id",
            unique=True,
            sqlite_where=text(IN_FORCE),
            postgresql_where=text(IN_FORCE),
        ),
        Index("ix_releases_case_id", "case_id"),
        Index(
            "ix_releases_district_code_closed_at",
            "district_code",
            "closed_at",
            sqlite_where=text(IN_FORCE),
            postgresql_where=text(IN_FORCE),
        ),
        Index(
            "ix_releases_village_code_closed_at",
            "village_code",
            "closed_at",
            sqlite_where=text(IN_FORCE),
            postgresql_where=text(IN_FORCE),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    town_code: Mapped[str | None]
    village_code: Mapped[str | None]
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    photo_id: Mapped[UUID | None] = mapped_column(ForeignKey("photos.id"))
    reply: Mapped[str | None]
    checks: Mapped[list[str]] = mapped_column(Json)
    released_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class PublishingAct(Base):
    """One line of who published what, and who took it back: added to, never changed."""

    __tablename__ = "publishing_acts"
    __table_args__ = (Index("ix_publishing_acts_district_code_id", "district_code", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    area_code: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def announcements(
    session: Session, district_code: str, area_codes: Collection[str] | None = None
) -> Sequence[Announcement]:
    """Return the announcements of areas (None: of all), withdrawn ones too, newest first."""
    query = select(Announcement).where(Announcement.district_code == district_code)
    if area_codes is not None:
        query = query.where(Announcement.area_code.in_(sorted(area_codes)))
    return session.scalars(query.order_by(Announcement.id.desc()).limit(200)).all()


def shown_on(
    session: Session, district_code: str, area_codes: Collection[str], today: date
) -> list[Announcement]:
    """Return what is announced for any of some areas on a local day, newest first."""
    query = (
        select(Announcement)
        .where(
            Announcement.district_code == district_code,
            Announcement.area_code.in_(sorted(area_codes)),
            text(IN_FORCE),
            Announcement.first_on <= today,
        )
        .order_by(Announcement.first_on.desc(), Announcement.id.desc())
    )
    return [row for row in session.scalars(query) if row.last_on is None or row.last_on >= today]


def announcement(session: Session, district_code: str, wanted: UUID) -> Announcement:
    """Lock an announcement and return it. Raises: NotFound."""
    found = session.get(Announcement, wanted, with_for_update=True)
    if found is None or found.district_code != district_code:
        raise NotFound("no such announcement")
    return found


def releases_of(session: Session, case_ids: Collection[UUID]) -> dict[UUID, list[Release]]:
    """Return case id → what of it is released now, oldest first."""
    found: dict[UUID, list[Release]] = {case_id: [] for case_id in case_ids}
    query = select(Release).where(Release.case_id.in_(sorted(case_ids)), text(IN_FORCE))
    for row in session.scalars(query.order_by(Release.id)):
        found[row.case_id].append(row)
    return found


def released_lately(
    session: Session,
    district_code: str,
    village_code: str | None,
    classes: Collection[str],
    limit: int,
) -> Sequence[Case]:
    """Return the cases with anything released, last closed first.

    Only those that are still closed, of these classes and not confidential: a case that was
    reopened after its release is told no more.
    """
    newest = (
        select(Release.case_id, Release.closed_at)
        .where(Release.district_code == district_code, text(f"releases.{IN_FORCE}"))
        .order_by(Release.closed_at.desc())
        .limit(limit * 12)  # several pictures of one case, and those not told
    )
    if village_code is not None:
        newest = newest.where(Release.village_code == village_code)
    found = newest.subquery()
    return session.scalars(
        select(Case)
        .where(
            tuple_(Case.id, Case.closed_at).in_(select(found.c.case_id, found.c.closed_at)),
            Case.state == str(CaseState.CLOSED),
            ~Case.confidential,
            Case.category_code.in_(sorted(classes)),
        )
        .order_by(Case.closed_at.desc())
        .limit(limit)
    ).all()


def closed_lately(
    session: Session,
    district_code: str,
    area_codes: Collection[str],
    classes: Collection[str],
    limit: int,
) -> Sequence[Case]:
    """Return the cases of areas among the last 2,000 closed in the district, last closed first."""
    last = (
        select(Case.id)
        .where(Case.district_code == district_code, Case.closed_at.is_not(None))
        .order_by(Case.closed_at.desc())
        .limit(2_000)
        .subquery()
    )
    codes = sorted(area_codes)
    path = (Case.district_code, Case.town_code, Case.village_code)
    return session.scalars(
        select(Case)
        .where(
            Case.id.in_(select(last.c.id)),
            or_(*(column.in_(codes) for column in path)),
            Case.state == str(CaseState.CLOSED),
            ~Case.confidential,
            Case.category_code.in_(sorted(classes)),
        )
        .order_by(Case.closed_at.desc())
        .limit(limit)
    ).all()


def release(session: Session, district_code: str, wanted: UUID) -> Release:
    """Lock a release and return it. Raises: NotFound."""
    found = session.get(Release, wanted, with_for_update=True)
    if found is None or found.district_code != district_code:
        raise NotFound("no such release")
    return found


def acts(session: Session, district_code: str, limit: int) -> Sequence[PublishingAct]:
    """Return the last lines of a district, newest first."""
    return session.scalars(
        select(PublishingAct)
        .where(PublishingAct.district_code == district_code)
        .order_by(PublishingAct.id.desc())
        .limit(limit)
    ).all()
