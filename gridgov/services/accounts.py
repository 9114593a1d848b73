"""How people get and change their passwords: by a link used once, or by the old one."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotFound
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person
from gridgov.storage.setup import PasswordLink, drop_links, hash_token, link

# Long enough for somebody who comes in once a week.
LINK_LIVES = timedelta(days=7)


def person_of(session: Session, district_code: str, person_id: UUID) -> Person:
    """Return a person of a district. Raises: NotFound."""
    person = session.get(Person, person_id)
    if person is None or person.district_code != district_code:
        raise NotFound("no such person here")
    return person


def make_link(session: Session, person: Person, *, now: datetime) -> str:
    """Return the token of a new link for a person; older links open nothing any more.

    Raises: NotFound for somebody who is not active.
    """
    if not person.active:
        raise NotFound(f"{person.username} is not active")
    drop_links(session, person.id)
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordLink(
            person_id=person.id,
            token_hash=hash_token(token),
            made_at=now,
            expires_at=now + LINK_LIVES,
        )
    )
    session.flush()
    return token


def without_password(session: Session, district_code: str) -> list[Person]:
    """Return the active people of a district who cannot sign in yet, by user name."""
    query = select(Person).where(
        Person.district_code == district_code, Person.active, Person.password.is_(None)
    )
    return list(session.scalars(query.order_by(Person.username)))


def make_links(
    session: Session, people: Iterable[Person], *, now: datetime
) -> list[tuple[Person, str]]:
    """Return each person with the token of a new link."""
    return [(person, make_link(session, person, now=now)) for person in people]


def opened_by(session: Session, token: str, *, now: datetime) -> Person:
    """Return whose link this is. Raises: NotFound for one that is used, old or invented."""
    found = link(session, token, now)
    person = None if found is None else session.get(Person, found.person_id)
    if person is None or not person.active:
        raise NotFound("this link opens nothing")
    return person


def set_password(session: Session, person: Person, hashed: str, *, one_time: bool = False) -> None:
    """Give a person a password; links and whoever is signed in with the old one end."""
    person.password, person.one_time = hashed, one_time
    person.fs_uniquifier = new_id().hex
    drop_links(session, person.id)
    session.flush()
