"""Short ways for tests to plan notices in the sample district and to read what came of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gridgov.domain.notices import PERSON, Outcome, Recipient, Result, Way
from gridgov.services import notice_sending, notices, recovery
from gridgov.services.notice_sending import Claimed, Claims
from gridgov.storage import messages
from gridgov.storage.messages import ConsumerCursor
from gridgov.storage.notice_people import NoticeHook, NoticeWish, PushSubscription
from gridgov.storage.notices import Delivery, Notice
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from gridgov.web.notice_words import Words
from tests.support.acts import DISTRICT, NOON, person

ALL_WAYS = frozenset({Way.PUSH, Way.HOOK, Way.MAIL, Way.SMS})
FILE = frozenset({Way.FILE})


def begin() -> int:
    """Forget every notice, and let planning begin at the end of the log; return where."""
    with unit_of_work() as session:
        for table in (Notice, Delivery, NoticeHook, NoticeWish, PushSubscription):
            session.execute(delete(table))
        session.execute(delete(ConsumerCursor).where(ConsumerCursor.consumer == notices.NOTIFIER))
    plan(FILE, NOON)
    return position()


def plan(ways: frozenset[Way], now: datetime) -> int:
    """Plan everything the log holds; return how many notices are new."""
    planned, more = 0, True
    while more:
        with unit_of_work() as session:
            read = notices.plan_pending(session, DISTRICT, now=now, say=Words(), ways=ways)
        planned, more = planned + read.planned, read.messages == notices.BATCH
    return planned


def lose_code(phone: str) -> None:
    """Somebody with this number, who has lost a code, asks for it."""
    vault = instance().vault
    with unit_of_work() as session:
        recovery.ask(
            session, DISTRICT, phone, reported_on=None, category_code=None, now=NOON, vault=vault
        )


def plan_lost_codes() -> None:
    """Plan the answers to those who have lost a code."""
    with unit_of_work() as session:
        notices.plan_lost_codes(session, DISTRICT, now=NOON, say=Words(), ways=ALL_WAYS)


def bundle(ways: frozenset[Way], now: datetime) -> int:
    """Make deliveries of what may go out now."""
    with unit_of_work() as session:
        return notice_sending.bundle(session, DISTRICT, now=now, say=Words(), ways=ways)


def claim(now: datetime, *, keyed: bool = False, limit: int = 100) -> list[Claimed]:
    """Claim what is due, as a process does that can send by every way: the next that can go."""
    claims = claim_page(now, keyed=keyed, limit=limit)
    while claims.more and not claims.messages:
        claims = claim_page(now, keyed=keyed, limit=limit)
    return claims.messages


def claim_page(now: datetime, *, keyed: bool = False, limit: int = 100) -> Claims:
    """Claim one page of what is due."""
    with unit_of_work() as session:
        return notice_sending.claim(
            session,
            DISTRICT,
            now=now,
            vault=instance().vault,
            keyed=lambda _way: keyed,
            limit=limit,
        )


def answer(sent: Claimed, result: Result, now: datetime, reason: str = "") -> bool:
    """Record what a channel answered."""
    with unit_of_work() as session:
        return notice_sending.record(session, sent, Outcome(result, reason), now=now)


def rewind(to: int) -> None:
    """Let planning begin anew after an earlier message of the log."""
    with unit_of_work() as session:
        session.execute(
            update(ConsumerCursor)
            .where(ConsumerCursor.consumer == notices.NOTIFIER)
            .values(position=to)
        )


def planned(session: Session | None = None) -> Sequence[Notice]:
    """Every notice, oldest first."""
    query = select(Notice).order_by(Notice.id)
    if session is not None:
        return session.scalars(query).all()
    with read_only() as reading:
        return reading.scalars(query).all()


def deliveries() -> Sequence[Delivery]:
    """Every delivery, oldest first."""
    with read_only() as session:
        return session.scalars(select(Delivery).order_by(Delivery.id)).all()


def told(case_id: UUID | None = None) -> set[tuple[str, str]]:
    """Who was told what: (recipient, kind), of one case or of all."""
    return {
        (one.recipient, one.kind) for one in planned() if case_id is None or one.case_id == case_id
    }


def recipient(username: str) -> str:
    """A person of the sample, as notices name them."""
    with read_only() as session:
        return str(Recipient(PERSON, str(person(session, username).person_id)))


def position() -> int:
    """How far planning has come."""
    with read_only() as session:
        return messages.cursor_position(session, notices.NOTIFIER, DISTRICT)


def count_notices() -> int:
    """How many notices there are."""
    with read_only() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0
