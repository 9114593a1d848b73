"""Photos: rows about files that lie in the photo store under their content hash."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from gridgov.domain import closing
from gridgov.storage.base import Base, UtcDateTime
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.reports import Report

BEFORE = "before"
AFTER = "after"
PROOF = "proof"  # paper that shows a case was handed over; for staff only
LOOKS = tuple(f"look_{place}" for place in range(closing.BANDS))


class Photo(Base):
    """A picture of a case, before or after, or a proof; `report_id` when a resident sent it.

    `look_0` to `look_3` are the parts of its look (domain/closing.py). Of a picture of
    finished work `distance_m` says how far from the spot it was taken in metres, `minutes`
    how long after the report (of what was found and done at once, after the picture from
    before), None where the file did not say; `repeats_id` names the
    picture shown before that it repeats.
    """

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_case_id", "case_id"),
        # Where was this picture, or one that looks the same, shown before?
        Index("ix_photos_sha256", "sha256"),
        *(
            Index(
                f"ix_photos_{name}",
                name,
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in LOOKS
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    entry_seq: Mapped[int | None]
    purpose: Mapped[str]
    sha256: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    look_0: Mapped[int | None]
    look_1: Mapped[int | None]
    look_2: Mapped[int | None]
    look_3: Mapped[int | None]
    distance_m: Mapped[int | None]
    minutes: Mapped[int | None]
    repeats_id: Mapped[UUID | None] = mapped_column(ForeignKey("photos.id"))

    # Never read: they tell in which order new rows are written.
    case: Mapped[Case] = relationship(lazy="raise")
    report: Mapped[Report | None] = relationship(lazy="raise")

    def with_look(self, look: int | None) -> "Photo":
        """Keep the look of the picture, None for one that looks like any other; return it."""
        parts = (None,) * len(LOOKS) if look is None else closing.bands(look)
        for name, part in zip(LOOKS, parts, strict=True):
            setattr(self, name, part)
        return self

    @property
    def look(self) -> int | None:
        """Return the look of the picture, None for one that looks like any other."""
        parts = [part for part in map(self.__getattribute__, LOOKS) if part is not None]
        return closing.look_of(parts) if len(parts) == len(LOOKS) else None


def has(session: Session, case_id: UUID, purpose: str) -> bool:
    """Tell whether a case has a picture of a purpose."""
    query = select(Photo.id).where(Photo.case_id == case_id, Photo.purpose == purpose)
    return session.scalar(query.limit(1)) is not None


def of_case(session: Session, case_id: UUID) -> Sequence[Photo]:
    """Return the photos of a case, oldest first."""
    return session.scalars(select(Photo).where(Photo.case_id == case_id).order_by(Photo.id)).all()


def of_cases(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, list[Photo]]:
    """Return case id → photos, oldest first, for a page of cases."""
    found: dict[UUID, list[Photo]] = {case_id: [] for case_id in case_ids}
    for photo in session.scalars(
        select(Photo).where(Photo.case_id.in_(case_ids)).order_by(Photo.id)
    ):
        found[photo.case_id].append(photo)
    return found


def shown_before(session: Session, photo: Photo) -> Photo | None:
    """Return the oldest picture of another case, or from before in the same, that it repeats.

    The same file comes first, then one that looks the same: smaller, or encoded anew. Looks
    are found by their parts, of which two that are alike share one.
    """
    look = photo.look
    same = [Photo.sha256 == photo.sha256]
    if look is not None:
        same += [
            getattr(Photo, name) == part
            for name, part in zip(LOOKS, closing.bands(look), strict=True)
        ]
    found = session.scalars(
        select(Photo)
        .where(
            Photo.district_code == photo.district_code,
            Photo.id != photo.id,
            or_(Photo.case_id != photo.case_id, Photo.purpose != photo.purpose),
            or_(*same),
        )
        .order_by(Photo.id)
    ).all()
    exact = next((one for one in found if one.sha256 == photo.sha256), None)
    if exact is not None or look is None:
        return exact
    alike = (one for one in found if one.look is not None and closing.alike(one.look, look))
    return next(alike, None)
