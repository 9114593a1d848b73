"""How a district was set up and changed since, and links with which a password is chosen."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id


class SetupChange(Base):
    """One change of people, duties, units, catalogue, calendar or a whole pack.

    `what` is the table that changed, `source` where it came from (a file's name, "page",
    "command"), `version` the catalogue version it made; `changes` lists what it did, at most
    as much as somebody would read.
    """

    __tablename__ = "setup_changes"
    __table_args__ = (
        Index("ix_setup_changes_district_code_what_at", "district_code", "what", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    what: Mapped[str]
    source: Mapped[str]
    reason: Mapped[str]
    version: Mapped[int | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(Json)


class PasswordLink(Base):
    """A link with which one person chooses a password, once; only its hash is kept."""

    __tablename__ = "password_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


def changes(
    session: Session, district_code: str, what: Sequence[str], limit: int
) -> Sequence[SetupChange]:
    """Return the newest changes of some tables."""
    return session.scalars(
        select(SetupChange)
        .where(SetupChange.district_code == district_code, SetupChange.what.in_(list(what)))
        .order_by(SetupChange.at.desc(), SetupChange.id.desc())
        .limit(limit)
    ).all()


def hash_token(token: str) -> str:
    """Return what is kept of a link: it holds 256 random bits, so that no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def link(session: Session, token: str, now: datetime) -> PasswordLink | None:
    """Return the link of a token that may still be used."""
    return session.scalar(
        select(PasswordLink).where(
            PasswordLink.token_hash == hash_token(token), PasswordLink.expires_at > now
        )
    )


def drop_links(session: Session, person_id: UUID) -> None:
    """Let no link of a person open anything any more."""
    session.execute(delete(PasswordLink).where(PasswordLink.person_id == person_id))
