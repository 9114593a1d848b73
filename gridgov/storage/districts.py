"""Districts: one installation holds many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.errors import NotFound
from gridgov.storage.base import Base, Json, UtcDateTime


class District(Base):
    """A district with its time zone, languages and settings (区县).

    `settings` holds what an office may change: working hours, limits of routing,
    the number to call instead. Read it through `services/settings.py`.
    """

    __tablename__ = "districts"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    timezone: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(Json)
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    grid_version: Mapped[int | None]  # number of the active one
    catalogue_version: Mapped[int] = mapped_column(default=1)
    sample: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


def get(session: Session, code: str) -> District:
    """Return the district with a code, read once per session. Raises: NotFound."""
    district = session.get(District, code)
    if district is None:
        raise NotFound(f"no district {code}")
    # A session holds its rows weakly: let go, one act would read the same row again
    # for each question (measured: 3 of the 16 statements of a submission).
    session.info[f"district {code}"] = district
    return district


def every(session: Session) -> Sequence[District]:
    """Return all districts, by code."""
    return session.scalars(select(District).order_by(District.code)).all()
