"""By which ways somebody can be reached: wishes, addresses, browsers, robots of groups."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.notices import Way
from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person

MORNING = "morning"


class NoticeWish(Base):
    """How a person wants to be told; addresses are sealed like those of residents.

    `ways` holds the codes of the ways, and MORNING for who wants the figures of the morning.
    Without a row a person gets everything singly, in the district's language, at the mail
    address of the account.
    """

    __tablename__ = "notice_wishes"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    ways: Mapped[list[str]] = mapped_column(Json)
    digest: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    mail_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    def by(self) -> frozenset[Way]:
        """Return by which ways the person wants to be told."""
        return frozenset(map(Way, set(self.ways) - {MORNING}))

    @property
    def morning(self) -> bool:
        """Tell whether the person wants the figures of the morning."""
        return MORNING in self.ways


class PushSubscription(Base):
    """A browser that asked to be told: of a person, or of whoever follows a report."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        UniqueConstraint("endpoint_hash", "recipient"),
        Index("ix_push_subscriptions_recipient", "recipient"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    recipient: Mapped[str]
    endpoint_hash: Mapped[str]
    keys: Mapped[dict[str, Any]] = mapped_column(Json)  # {endpoint, p256dh, auth}
    browser: Mapped[str]
    language: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeHook(Base):
    """The robot of a unit's group; its address is a secret and sealed."""

    __tablename__ = "notice_hooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"), index=True)
    unit_code: Mapped[str]
    kind: Mapped[str]  # the part of the address before ://, for people
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def wishes(session: Session, person_ids: Collection[UUID]) -> dict[UUID, NoticeWish]:
    """Return person → what the person wants, for those who said anything."""
    rows = session.scalars(select(NoticeWish).where(NoticeWish.person_id.in_(list(person_ids))))
    return {row.person_id: row for row in rows}


def wanting_mornings(session: Session, district_code: str) -> Sequence[Person]:
    """Return the active people of a district who want the figures of the morning."""
    rows = session.execute(
        select(NoticeWish, Person)
        .join(Person, Person.id == NoticeWish.person_id)
        .where(Person.district_code == district_code, Person.active)
        .order_by(Person.id)
    )
    return [person for wish, person in rows if wish.morning]


def subscriptions(
    session: Session, recipients: Collection[str]
) -> dict[str, list[PushSubscription]]:
    """Return recipient → its browsers, oldest first."""
    found: dict[str, list[PushSubscription]] = {}
    for row in session.scalars(
        select(PushSubscription)
        .where(PushSubscription.recipient.in_(sorted(recipients)))
        .order_by(PushSubscription.id)
    ):
        found.setdefault(row.recipient, []).append(row)
    return found


def subscription(session: Session, recipient: str, endpoint_hash: str) -> PushSubscription | None:
    """Return one browser of a recipient."""
    return session.scalar(
        select(PushSubscription).where(
            PushSubscription.recipient == recipient,
            PushSubscription.endpoint_hash == endpoint_hash,
        )
    )


def drop_browsers(session: Session, endpoint_hashes: Collection[str]) -> None:
    """Forget browsers that are gone, whomever they told."""
    session.execute(
        delete(PushSubscription).where(PushSubscription.endpoint_hash.in_(sorted(endpoint_hashes)))
    )


def drop_browser(session: Session, recipient: str, endpoint_hash: str) -> None:
    """Let one browser of a recipient be told no more."""
    session.execute(
        delete(PushSubscription).where(
            PushSubscription.recipient == recipient,
            PushSubscription.endpoint_hash == endpoint_hash,
        )
    )


def hooks(session: Session, district_code: str) -> Sequence[NoticeHook]:
    """Return the robots of a district's groups, by unit."""
    return session.scalars(
        select(NoticeHook)
        .where(NoticeHook.district_code == district_code)
        .order_by(NoticeHook.unit_code, NoticeHook.id)
    ).all()


def officers(session: Session, district_code: str, role: str) -> dict[str, list[UUID]]:
    """Return area → the active people who were granted a role over it."""
    found: dict[str, list[UUID]] = {}
    rows = session.execute(
        select(GrantRow.area_code, GrantRow.person_id)
        .join(Person, Person.id == GrantRow.person_id)
        .where(Person.district_code == district_code, Person.active, GrantRow.role == role)
        .order_by(GrantRow.area_code, GrantRow.person_id)
    )
    for area, person_id in rows:
        if area is not None:
            found.setdefault(area, []).append(person_id)
    return found


def mail_addresses(session: Session, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return person → the mail address of the account, for those who have one."""
    rows = session.execute(
        select(Person.id, Person.email).where(
            Person.id.in_(list(person_ids)), Person.email.is_not(None)
        )
    )
    return {person_id: mail for person_id, mail in rows if mail}
