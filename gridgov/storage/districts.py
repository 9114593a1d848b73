"""Districts: one installation holds many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
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


def hold(session: Session, code: str) -> District:
    """Return the district for an act that relies on its net: it stays until the act ends.

    Many acts hold it at once; `freeze` waits for all of them, and those that come later
    wait for it and then read the new net. SQLite has one writer anyway. Raises: NotFound.
    """
    if not session.info.get(f"district {code} held"):
        _gate(session, code, "pg_advisory_xact_lock_shared")
    return get(session, code)


def freeze(session: Session, code: str) -> District:
    """Return the district for changing its net, when no act relies on it any more.

    An advisory lock, because its queue is fair: a row lock shared by overlapping acts
    would never be free on a busy day. Raises: NotFound.
    """
    _gate(session, code, "pg_advisory_xact_lock")
    return get(session, code)


def _gate(session: Session, code: str, take: str) -> None:
    key = f"district {code}"
    session.info[f"{key} held"] = True
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT {take}(hashtextextended(:key, 0))"), {"key": key})
        # What was read before the wait may be old now.
        known = session.info.pop(key, None)
        if known is not None:
            session.refresh(known)


def every(session: Session) -> Sequence[District]:
    """Return all districts, by code."""
    return session.scalars(select(District).order_by(District.code)).all()
