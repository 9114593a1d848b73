"""Keys of programs, and counted attempts at secrets."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id


class ApiKey(Base):
    """A program's key; only its hash is kept. Scopes name what it may call."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    name: Mapped[str]
    prefix: Mapped[str]  # the first signs, by which people tell keys apart
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    channel: Mapped[str] = mapped_column(default="api")  # the source mark of its reports
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    """A failed guess at a secret, by whom (a salted hash of the address) and when."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_kind_source_at", "kind", "source", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


PREFIX = 8


def hash_key(key: str) -> str:
    """Return the hash under which a key is kept; keys are long and random, so one pass does."""
    return hashlib.sha256(key.encode()).hexdigest()


def find_key(session: Session, key: str) -> ApiKey | None:
    """Return a program's key that has not been revoked."""
    return session.scalar(
        select(ApiKey).where(ApiKey.key_hash == hash_key(key), ApiKey.revoked_at.is_(None))
    )


def attempts(
    session: Session, kind: str, source: str | None, *, now: datetime, within: timedelta
) -> int:
    """Return how often a source (None: any) guessed wrong lately."""
    query = (
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.kind == kind, Attempt.at > now - within)
    )
    if source is not None:
        query = query.where(Attempt.source == source)
    return session.scalar(query) or 0


def forget_attempts(session: Session, before: datetime) -> None:
    """Delete attempts that no limit asks for any more."""
    session.execute(delete(Attempt).where(Attempt.at < before))
