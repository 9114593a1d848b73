"""From planned notices to messages, and from claimed messages to what became of them.

Three short transactions and one send between them: `bundle` makes deliveries, `claim` takes
some for this process, the edge sends each outside of any transaction, `record` notes what
the channel answered. A process that dies while it sends leaves a claim that runs out: where
the channel knows a message again by its key it is sent again under the same key, elsewhere
it is not sent again by itself and is shown (docs/decisions: at most once per claim).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gridgov.domain.notices import (
    PERSON,
    REPORT,
    UNIT,
    WINDOW,
    Fate,
    Next,
    NoticeKind,
    Outcome,
    Recipient,
    Result,
    Waiting,
    Way,
    Wish,
    after_attempt,
    bundles,
    resident_from,
    staff_from,
    ways_to,
)
from gridgov.gateways.push import Browser
from gridgov.gateways.senders import Address
from gridgov.services.notices import NOTIFIER, Say
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import messages, notice_people, recoveries
from gridgov.storage import notices as store
from gridgov.storage.notice_people import NoticeWish
from gridgov.storage.notices import Delivery, Notice
from gridgov.storage.reports import Report, Reporter

log = structlog.get_logger()

BATCH = 500
# A sender sends these in two waves: well within the lease.
CLAIMED = 10
STAFF_PAGE = "/staff"


class Opener(Protocol):
    """The vault: opens addresses that were sealed."""

    def open(self, blob: bytes, *, context: str) -> str:
        """Return the text that was sealed for a context."""


@dataclass
class Book:
    """By which ways recipients can be reached, looked up once for a batch."""

    session: Session
    district_code: str
    _wishes: dict[UUID, NoticeWish] = field(default_factory=dict)
    _browsers: dict[str, list[notice_people.PushSubscription]] = field(default_factory=dict)
    _mails: dict[UUID, str] = field(default_factory=dict)
    _hooks: dict[str, notice_people.NoticeHook] = field(default_factory=dict)

    def open(self, recipients: Sequence[Recipient]) -> None:
        """Look up the entries of some recipients."""
        persons = [UUID(one.id) for one in recipients if one.kind == PERSON]
        self._wishes = notice_people.wishes(self.session, persons)
        self._mails = notice_people.mail_addresses(self.session, persons)
        self._browsers = notice_people.subscriptions(self.session, list(map(str, recipients)))
        rows = notice_people.hooks(self.session, self.district_code)
        self._hooks = {row.unit_code: row for row in rows}

    def wish(self, one: Recipient) -> Wish:
        """Return what a recipient wants; who said nothing wants everything."""
        kept = self._wishes.get(UUID(one.id)) if one.kind == PERSON else None
        return Wish() if kept is None else Wish(kept.by(), kept.digest)

    def has(self, one: Recipient, *, by_sms: bool = True) -> dict[Way, bool]:
        """Return for which ways there is an address."""
        found = {Way.PUSH: str(one) in self._browsers}
        if one.kind == UNIT:
            found[Way.HOOK] = one.id in self._hooks
        elif one.kind == PERSON:
            kept = self._wishes.get(UUID(one.id))
            own = kept is not None and kept.mail_sealed is not None
            found[Way.MAIL] = own or UUID(one.id) in self._mails
            found[Way.SMS] = kept is not None and kept.phone_sealed is not None
        else:
            found[Way.SMS] = by_sms and self._phone(one) is not None
        return found

    def _phone(self, one: Recipient) -> Reporter | None:
        report = self.session.get(Report, UUID(one.id))
        if report is None or report.reporter_id is None:
            return None
        reporter = self.session.get(Reporter, report.reporter_id)
        left = reporter is not None and reporter.erased_at is None
        return reporter if left and reporter and reporter.phone_sealed else None

    def address(self, one: Recipient, way: Way, vault: Opener) -> Address | None:
        """Return where a recipient is by one way, opened; None where it is no more."""
        if way is Way.FILE:
            return Address(way, str(one))
        if way is Way.PUSH:
            rows = self._browsers.get(str(one), ())
            return Address(way, browsers=tuple(Browser(**row.keys) for row in rows))
        text = self._sealed(one, way, vault)
        return None if text is None else Address(way, text)

    def _sealed(self, one: Recipient, way: Way, vault: Opener) -> str | None:
        if one.kind == UNIT:
            hook = self._hooks.get(one.id)
            context = "" if hook is None else f"hook.address:{hook.id}"
            return None if hook is None else vault.open(hook.address_sealed, context=context)
        if one.kind == REPORT:
            reporter = self._phone(one)
            if reporter is None or reporter.phone_sealed is None:
                return None
            return vault.open(reporter.phone_sealed, context=f"reporter.phone:{reporter.id}")
        kept = self._wishes.get(UUID(one.id))
        name = "phone" if way is Way.SMS else "mail"
        blob = None if kept is None else getattr(kept, f"{name}_sealed")
        if blob is not None:
            opened: str = vault.open(blob, context=f"person.{name}:{one.id}")
            return opened
        return self._mails.get(UUID(one.id)) if way is Way.MAIL else None


def bundle(
    session: Session, district_code: str, *, now: datetime, say: Say, ways: frozenset[Way]
) -> int:
    """Make deliveries of the notices that may go out now; return how many.

    A flood to one recipient becomes a digest. Only the process that holds the planner's
    cursor bundles, so that two cannot share out one flood.
    """
    if messages.lock_cursor(session, NOTIFIER, district_code) is None:
        return 0
    found = store.waiting(session, district_code, now, BATCH)
    if not found:
        return 0
    reference = reference_of(session, district_code)
    found = _in_hours(session, found, reference, now)
    groups: dict[tuple[str, bool], list[Notice]] = {}
    for one in found:
        lost = one.kind == NoticeKind.LOST_CODE
        groups.setdefault((one.recipient, lost), []).append(one)
    book = Book(session, district_code)
    book.open([Recipient.read(name) for name, _ in groups])
    names = {name for name, _ in groups}
    lately = store.carried_lately(session, district_code, names, now - WINDOW)
    made = 0
    for (name, lost), rows in groups.items():
        group = _Group(Recipient.read(name), rows, 0 if lost else lately.get(name, 0), lost)
        made += _bundle(book, group, reference, now, say, ways)
    return made


def _in_hours(
    session: Session, found: Sequence[Notice], reference: Reference, now: datetime
) -> list[Notice]:
    """Return what may go out at this hour; the rest is held until it may.

    When it was planned the hour was right; it may have waited since, for the end of a flood
    or for a process that stood still.
    """
    ready: list[Notice] = []
    later: dict[datetime, list[UUID]] = {}
    for one in found:
        opens = _opens(one, reference, now)
        if opens <= now:
            ready.append(one)
        else:
            later.setdefault(opens, []).append(one.id)
    for opens, ids in later.items():
        store.hold(session, ids, opens)
    return ready


def _opens(one: Notice, reference: Reference, now: datetime) -> datetime:
    """Return from when on a notice may go out: what is urgent or was asked for at any hour."""
    if one.urgent or one.kind == NoticeKind.LOST_CODE:
        return now
    if Recipient.read(one.recipient).kind == REPORT:
        return resident_from(now, reference.calendar)
    return now if one.case_id is None else staff_from(now, reference.calendar, digest=False)


@dataclass(frozen=True, slots=True)
class _Group:
    """What waits for one recipient; a lost code goes by SMS alone."""

    recipient: Recipient
    rows: Sequence[Notice]
    lately: int
    lost: bool


def _bundle(
    book: Book,
    group: _Group,
    reference: Reference,
    now: datetime,
    say: Say,
    ways: frozenset[Way],
) -> int:
    by_id = {str(one.id): one for one in group.rows}
    waiting = [Waiting(str(one.id), NoticeKind(one.kind), one.urgent) for one in group.rows]
    wish = book.wish(group.recipient)
    ready, held = bundles(waiting, group.lately, digest=wish.digest)
    store.hold(book.session, [by_id[one].id for one in held], now + WINDOW)
    for one in ready:
        rows = [by_id[notice_id] for notice_id in one.ids]
        has = book.has(group.recipient, by_sms=any(row.by_sms for row in rows))
        if group.lost:
            has = {Way.SMS: has.get(Way.SMS, False)}
        found = ways_to(has, ways, wish, urgent=one.urgent)
        delivery = _delivery(group.recipient, rows, found, reference, now, say)
        delivery.urgent = one.urgent
        store.carry(book.session, delivery, [row.id for row in rows])
    return len(ready)


def _delivery(
    recipient: Recipient,
    rows: Sequence[Notice],
    ways: Sequence[Way],
    reference: Reference,
    now: datetime,
    say: Say,
) -> Delivery:
    last = rows[-1]
    text, path = last.text, last.path
    # A resident follows one report: the newest line says it all.
    if len(rows) > 1 and recipient.kind != REPORT:
        text = say.digest(Counter(NoticeKind(row.kind) for row in rows), last.language)
        path = STAFF_PAGE
    return Delivery(
        district_code=reference.district_code,
        recipient=str(recipient),
        way=str(ways[0]) if ways else None,
        ways=[str(way) for way in ways[1:]],
        title=say.title(reference, last.language),
        text=text,
        path=path,
        count=len(rows),
        fate=str(Fate.READY if ways else Fate.NO_WAY),
        reason=None if ways else "no_way",
        made_at=now,
        due_at=now,
        ended_at=None if ways else now,
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this process sends now, and where to."""

    delivery_id: UUID
    way: Way
    attempt: int
    to: Address
    title: str
    text: str
    path: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """The messages of one page that this process sends now.

    `more` says that anything was due, so that the caller comes again: a page may hold only
    what is not sent now, such as messages that wait for the morning.
    """

    messages: list[Claimed]
    more: bool


def claim(
    session: Session,
    district_code: str,
    *,
    now: datetime,
    vault: Opener,
    keyed: Callable[[Way], bool],
    limit: int = CLAIMED,
) -> Claims:
    """Take a page of messages that are due for this process; nobody else takes them meanwhile.

    What another process was sending when it ended is taken again only where the channel
    knows it by its key (`keyed`). Nothing of the page is due any more afterwards but what
    goes on by its next way.
    """
    rows = store.take_due(session, district_code, now, limit)
    book = Book(session, district_code)
    book.open([Recipient.read(one.recipient) for one in rows])
    by_day = resident_from(now, reference_of(session, district_code).calendar)
    held = _ringing_residents(session, rows) if by_day > now else set()
    found: list[Claimed] = []
    for one in rows:
        if one.id in held:
            one.due_at = by_day  # it was tried before, or lay there: nobody is rung at night
            continue
        message = _claimed(one, book, now=now, vault=vault, keyed=keyed)
        if message is not None:
            found.append(message)
    return Claims(found, bool(rows))


def _ringing_residents(session: Session, rows: Sequence[Delivery]) -> set[UUID]:
    """Return the messages of a page for residents who did not ask for them just now."""
    found = {
        one.id
        for one in rows
        if one.fate == Fate.READY and Recipient.read(one.recipient).kind == REPORT
    }
    return found - store.lost_codes(session, found) if found else found


def _claimed(
    one: Delivery,
    book: Book,
    *,
    now: datetime,
    vault: Opener,
    keyed: Callable[[Way], bool],
) -> Claimed | None:
    """Claim a due delivery; None for one that is over instead of sent."""
    way = Way(str(one.way))
    if one.fate == Fate.SENDING and not keyed(way):
        _apply(one, after_attempt_of(one, Outcome(Result.UNSURE, "broken_off"), now), now)
        return None
    store.claim(one, now)
    to = book.address(Recipient.read(one.recipient), way, vault)
    if to is None or (way is Way.PUSH and not to.browsers):
        _apply(one, after_attempt_of(one, Outcome(Result.REFUSED, "no_address"), now), now)
        return None
    return Claimed(one.id, way, one.attempt, to, one.title, one.text, one.path, one.urgent)


def after_attempt_of(one: Delivery, outcome: Outcome, now: datetime) -> Next:
    """Return what becomes of a delivery after an attempt."""
    return after_attempt(
        outcome,
        way=Way(str(one.way)),
        left=[Way(way) for way in one.ways],
        attempt=one.attempt,
        now=now,
        urgent=one.urgent,
    )


def _apply(one: Delivery, then: Next, now: datetime) -> None:
    one.fate, one.reason, one.claimed_until = str(then.fate), then.reason or None, None
    if then.fate is not Fate.READY:
        one.ended_at = now
        return
    one.due_at = then.due_at or now
    if then.way is not None and str(then.way) != one.way:
        one.way, one.ways = str(then.way), [way for way in one.ways if way != then.way]
        one.attempt = 0


def record(session: Session, sent: Claimed, outcome: Outcome, *, now: datetime) -> bool:
    """Note what a channel answered; False where the claim had run out and was taken over."""
    one = store.claimed(session, sent.delivery_id, str(sent.way), sent.attempt)
    if one is None:
        log.warning("an answer came after its claim", delivery=str(sent.delivery_id))
        return False
    _apply(one, after_attempt_of(one, outcome, now), now)
    if outcome.gone:
        notice_people.drop_browsers(session, outcome.gone)
    if one.fate == Fate.SENT:
        for notice in store.of_delivery(session, one.id):
            if notice.kind == NoticeKind.LOST_CODE:
                recoveries.answer(session, UUID(notice.key.partition(":")[2]), at=now)
    return True
