"""Keys of programs: made and revoked by people, shown once, kept as a hash."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import NotFound
from gridgov.domain.keys import check_channel, check_name, check_scopes
from gridgov.storage.access import PREFIX, ApiKey, hash_key
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key right after it was made: the only moment at which its secret is known."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key as administrators see it; `made_by` is None for one no person made."""

    key: ApiKey
    made_by: str | None


def make(
    session: Session,
    district_code: str,
    name: str,
    scopes: Iterable[str],
    channel: str,
    *,
    by: UUID | None,
    now: datetime,
) -> NewKey:
    """Make a key for a program of a district.

    `channel` marks the reports the program sends; `by` is the person who makes it.
    Raises: InvalidInput (field name, scopes or channel).
    """
    secret = f"gg_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=new_id(),
        district_code=district_code,
        name=check_name(name),
        prefix=secret[:PREFIX],
        key_hash=hash_key(secret),
        scopes=check_scopes(scopes),
        channel=check_channel(channel),
        made_by_id=by,
        made_at=now,
    )
    session.add(key)
    session.flush()
    return NewKey(key, secret)


def listed(session: Session, district_code: str) -> Sequence[ListedKey]:
    """Return the keys of a district, those in use first, then newest first."""
    rows = session.execute(
        select(ApiKey, Person.name)
        .outerjoin(Person, Person.id == ApiKey.made_by_id)
        .where(ApiKey.district_code == district_code)
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())
    )
    return [ListedKey(key, name) for key, name in rows]


def revoke(session: Session, district_code: str, key_id: UUID, *, now: datetime) -> ApiKey:
    """End a key at once; a second time changes nothing.

    Raises: NotFound for a key that is none of the district's.
    """
    key = session.get(ApiKey, key_id)
    if key is None or key.district_code != district_code:
        raise NotFound(f"no key {key_id}")
    key.revoked_at = key.revoked_at or now
    return key
