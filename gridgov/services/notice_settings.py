"""How people want to be told, their browsers, the robots of groups; test and retry by hand."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict, InvalidInput, NotFound
from gridgov.domain.intake import check_phone
from gridgov.domain.notices import (
    ENDED_BADLY,
    PERSON,
    UNIT,
    Content,
    Fate,
    NoticeKind,
    Recipient,
    Way,
    ways_to,
)
from gridgov.gateways.push import Browser
from gridgov.services.notice_sending import Book
from gridgov.services.notices import Say
from gridgov.services.reference import of as reference_of
from gridgov.storage import notice_people
from gridgov.storage.ids import new_id
from gridgov.storage.notice_people import MORNING, NoticeHook, NoticeWish, PushSubscription
from gridgov.storage.notices import Delivery

# What a person can be told by; a group's robot is nobody's own.
OWN_WAYS = (Way.PUSH, Way.MAIL, Way.SMS)
MOST_BROWSERS = 10
_MAIL = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,190}\.[^@\s<>,;:\".]{2,}")


class SafeBox(Protocol):
    """The vault: seals and opens addresses."""

    def seal(self, text: str, *, context: str) -> bytes:
        """Return the sealed text."""

    def open(self, blob: bytes, *, context: str) -> str:
        """Return the text that was sealed for a context."""


class NothingToRetry(Conflict):
    """The message was sent, or is on its way."""

    code = "nothing_to_retry"


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What a person said about notices; phone and mail as they were typed."""

    ways: frozenset[Way]
    digest: bool
    language: str | None
    phone: str
    mail: str
    browsers: int
    morning: bool = False


def own(session: Session, person_id: UUID, *, vault: SafeBox) -> OwnSettings:
    """Return what a person said, or what holds for who said nothing."""
    kept = session.get(NoticeWish, person_id)
    name = str(Recipient(PERSON, str(person_id)))
    browsers = len(notice_people.subscriptions(session, [name]).get(name, ()))
    account = notice_people.mail_addresses(session, [person_id]).get(person_id, "")
    if kept is None:
        return OwnSettings(frozenset(OWN_WAYS), False, None, "", account, browsers)
    return OwnSettings(
        kept.by(),
        kept.digest,
        kept.language,
        _opened(kept.phone_sealed, f"person.phone:{person_id}", vault),
        _opened(kept.mail_sealed, f"person.mail:{person_id}", vault) or account,
        browsers,
        kept.morning,
    )


def _opened(blob: bytes | None, context: str, vault: SafeBox) -> str:
    return "" if blob is None else vault.open(blob, context=context)


def save_own(
    session: Session,
    person_id: UUID,
    *,
    ways: Collection[str],
    digest: bool,
    language: str | None,
    phone: str,
    mail: str,
    vault: SafeBox,
    morning: bool = False,
) -> None:
    """Keep how a person wants to be told, and whether of the figures of each morning.

    Raises: InvalidInput (phone as `check_phone`; mail: not_a_mail; ways, language: unknown).
    """
    if not set(ways) <= set(OWN_WAYS):
        raise InvalidInput("ways", "unknown")
    if language not in (None, "zh-Hans", "en"):
        raise InvalidInput("language", "unknown")
    number, address = check_phone(phone), check_mail(mail)
    row = session.get(NoticeWish, person_id)
    if row is None:
        row = NoticeWish(person_id=person_id, ways=[])
        session.add(row)
    row.ways = [str(way) for way in OWN_WAYS if way in set(ways)]
    if morning:
        row.ways = [*row.ways, MORNING]
    row.digest, row.language = digest, language
    row.phone_sealed = number and vault.seal(number, context=f"person.phone:{person_id}") or None
    row.mail_sealed = address and vault.seal(address, context=f"person.mail:{person_id}") or None


def check_mail(text: str) -> str | None:
    """Return a mail address, None for a blank field. Raises: InvalidInput (mail)."""
    plain = text.strip()
    if plain and not _MAIL.fullmatch(plain):
        raise InvalidInput("mail", "not_a_mail")
    return plain or None


def subscribe(
    session: Session,
    district_code: str,
    recipient: Recipient,
    browser: Browser,
    *,
    name: str,
    language: str,
    now: datetime,
) -> None:
    """Tell a browser from now on; the oldest gives way when there are too many."""
    known = notice_people.subscription(session, str(recipient), browser.hash)
    if known is not None:
        known.keys, known.language = browser.as_json(), language
        return
    rows = notice_people.subscriptions(session, [str(recipient)]).get(str(recipient), [])
    for old in rows[: max(0, len(rows) - MOST_BROWSERS + 1)]:
        session.delete(old)
    session.add(
        PushSubscription(
            district_code=district_code,
            recipient=str(recipient),
            endpoint_hash=browser.hash,
            keys=browser.as_json(),
            browser=name[:80],
            language=language,
            made_at=now,
        )
    )


def add_hook(
    session: Session,
    district_code: str,
    unit_code: str,
    address: str,
    kind: str,
    *,
    vault: SafeBox,
    now: datetime,
) -> None:
    """Let the group of a unit be told by its robot; another address takes the old one's place.

    Raises: InvalidInput (unit).
    """
    if unit_code not in reference_of(session, district_code).units:
        raise InvalidInput("unit", "unknown")
    for row in notice_people.hooks(session, district_code):
        if row.unit_code == unit_code:
            session.delete(row)
    hook_id = new_id()
    session.add(
        NoticeHook(
            id=hook_id,
            district_code=district_code,
            unit_code=unit_code,
            kind=kind,
            address_sealed=vault.seal(address.strip(), context=f"hook.address:{hook_id}"),
            made_at=now,
        )
    )


def remove_hook(session: Session, district_code: str, hook_id: UUID) -> None:
    """Tell the group of a unit no more. Raises: NotFound."""
    row = session.get(NoticeHook, hook_id)
    if row is None or row.district_code != district_code:
        raise NotFound(f"no robot {hook_id}")
    session.delete(row)


def retry(
    session: Session,
    district_code: str,
    delivery_id: UUID,
    *,
    now: datetime,
    ways: frozenset[Way],
) -> Delivery:
    """Try a message again by every way there is now. Raises: NotFound, NothingToRetry."""
    one = session.get(Delivery, delivery_id, with_for_update=True)
    if one is None or one.district_code != district_code:
        raise NotFound(f"no message {delivery_id}")
    if one.fate not in ENDED_BADLY:
        raise NothingToRetry("only what was not sent is tried again", fate=one.fate)
    recipient = Recipient.read(one.recipient)
    book = Book(session, district_code)
    book.open([recipient])
    found = ways_to(book.has(recipient), ways, book.wish(recipient), urgent=one.urgent)
    _go(one, found, now)
    return one


def _go(one: Delivery, ways: Sequence[Way], now: datetime) -> None:
    one.way = str(ways[0]) if ways else None
    one.ways = [str(way) for way in ways[1:]]
    one.fate = str(Fate.READY if ways else Fate.NO_WAY)
    one.reason = None if ways else "no_way"
    one.attempt, one.due_at, one.claimed_until = 0, now, None
    one.ended_at = None if ways else now


def send_test(
    session: Session,
    district_code: str,
    recipient: Recipient,
    way: Way,
    *,
    language: str,
    now: datetime,
    say: Say,
    ways: frozenset[Way],
) -> Delivery:
    """Send a test to somebody by one way, past all wishes. Raises: InvalidInput (way)."""
    reference = reference_of(session, district_code)
    if way not in ways:
        raise InvalidInput("way", "not_set_up")
    book = Book(session, district_code)
    book.open([recipient])
    there = way is Way.FILE or book.has(recipient).get(way, False)
    content = Content(NoticeKind.TEST)
    made = Delivery(
        district_code=district_code,
        recipient=str(recipient),
        title=say.title(reference, language),
        text=say.notice(content, language, reference),
        path="/account/notices" if recipient.kind != UNIT else "/staff",
        count=1,
        urgent=True,
        made_at=now,
        ways=[],
    )
    _go(made, (way,) if there else (), now)
    session.add(made)
    return made
