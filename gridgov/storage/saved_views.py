"""Views of the board that people saved under a name of their own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Json, UtcDateTime
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person


class SavedView(Base):
    """A view one person saved: a page of the board and what its address asks for.

    `asked` holds area, period (a name) or from and to (ISO days), and what the page was set to.
    """

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    page: Mapped[str]
    asked: Mapped[dict[str, str]] = mapped_column(Json)
    is_default: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def of_person(session: Session, person_id: UUID) -> Sequence[SavedView]:
    """Return a person's views in the order in which they were saved."""
    return session.scalars(
        select(SavedView)
        .where(SavedView.person_id == person_id)
        .order_by(SavedView.made_at, SavedView.id)
    ).all()


def lock_owner(session: Session, person_id: UUID) -> None:
    """Let one change of a person's views go at a time: twenty and one default stay true."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
