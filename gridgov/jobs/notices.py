"""The timetable's part in notices: plan what the log means for whom, and send it.

Planning and sending are ticks of their own: a gateway that does not answer holds up no
planning. Any number of processes may run both.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from gridgov.domain.notices import LEASE, Outcome, Outgoing, Result
from gridgov.gateways.senders import Senders
from gridgov.services import notice_sending, notices
from gridgov.services.notice_sending import Claimed, Opener
from gridgov.services.notices import Say
from gridgov.storage import districts
from gridgov.storage import notices as store
from gridgov.storage.districts import District
from gridgov.storage.session import read_only, unit_of_work

log = structlog.get_logger()

PLAN_EVERY_S, SLOW_EVERY_S, SEND_EVERY_S, A_DAY_S = 3, 60, 2, 86_400
AT_A_TIME = 5
# A message that waited so long for its turn is left to a later attempt.
TOO_LATE_S = LEASE.total_seconds() / 2


@dataclass
class Post:
    """What the timetable needs to plan and to send.

    `links` is the address of the first page, put before the paths of notices.
    """

    senders: Senders
    vault: Opener
    say: Say
    links: str


def plan_all(post: Post, now: datetime) -> int:
    """Plan what the log has brought in every district; return how many notices are new."""
    return sum(_plan(post, district, now) for district in _ready())


def _ready() -> Sequence[District]:
    with read_only() as session:
        found = districts.every(session)
    return [one for one in found if one.grid_version is not None]


def _plan(post: Post, district: District, now: datetime) -> int:
    ways = post.senders.ways(sample=district.sample)
    planned, more = 0, _asks(notices.is_behind, district)
    while more:
        with unit_of_work() as session:
            read = notices.plan_pending(session, district.code, now=now, say=post.say, ways=ways)
        planned, more = planned + read.planned, read.messages == notices.BATCH
    more = bool(ways) and _asks(partial(store.has_waiting, now=now), district)
    while more:
        with unit_of_work() as session:
            made = notice_sending.bundle(session, district.code, now=now, say=post.say, ways=ways)
        more = made > 0
    return planned


def _asks(question: Callable[[Session, str], bool], district: District) -> bool:
    """Look before a transaction to write is opened: SQLite has room for one at a time."""
    with read_only() as session:
        return question(session, district.code)


def plan_slow(post: Post, now: datetime) -> int:
    """Plan what follows from the clock and from requests; return how many notices are new."""
    planned = 0
    for district in _ready():
        ways = post.senders.ways(sample=district.sample)
        for plan in (notices.plan_near, notices.plan_lost_codes):
            with unit_of_work() as session:
                planned += plan(session, district.code, now=now, say=post.say, ways=ways)
    return planned


def send_due(post: Post) -> int:
    """Send what is due, in small claims; return how many messages were sent."""
    sent = 0
    for district in _ready():
        more = _asks(partial(store.has_due, now=datetime.now(UTC)), district)
        while more:
            with unit_of_work() as session:
                claims = notice_sending.claim(
                    session,
                    district.code,
                    now=datetime.now(UTC),
                    vault=post.vault,
                    keyed=post.senders.keyed,
                )
            outcomes = _send(post, claims.messages)
            sent += _record(claims.messages, outcomes)
            more = claims.more
    return sent


def _send(post: Post, claimed: Sequence[Claimed]) -> list[Outcome]:
    began = time.monotonic()

    def one(message: Claimed) -> Outcome:
        if time.monotonic() - began > TOO_LATE_S:
            return Outcome(Result.LATER, "no_turn")  # the claim may run out while it is sent
        outgoing = Outgoing(
            str(message.delivery_id),
            message.title,
            message.text,
            post.links + message.path,
            message.urgent,
            message.attempt,
        )
        return post.senders.send(message.to, outgoing)

    if len(claimed) <= 1:
        return [one(message) for message in claimed]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(one, claimed))


def _record(claimed: Sequence[Claimed], outcomes: Sequence[Outcome]) -> int:
    for message, outcome in zip(claimed, outcomes, strict=True):
        with unit_of_work() as session:
            notice_sending.record(session, message, outcome, now=datetime.now(UTC))
    return sum(outcome.result is Result.SENT for outcome in outcomes)


def tidy(now: datetime) -> None:
    """Forget what was sent long ago."""
    with unit_of_work() as session:
        store.forget(session, now - store.KEEP)


Context = Callable[[], AbstractContextManager[object]]


def add_ticks(scheduler: BackgroundScheduler, context: Context, post: Post) -> None:
    """Let a running timetable plan and send; `context` opens the application's context."""

    def plan() -> None:
        with context():
            _tell("planned notices", plan_all(post, datetime.now(UTC)))

    def plan_slowly() -> None:
        with context():
            _tell("planned notices by the clock", plan_slow(post, datetime.now(UTC)))

    def send() -> None:
        with context():
            _tell("sent notices", send_due(post))

    def forget() -> None:
        with context():
            tidy(datetime.now(UTC))

    for work, seconds in (
        (plan, PLAN_EVERY_S),
        (plan_slowly, SLOW_EVERY_S),
        (send, SEND_EVERY_S),
        (forget, A_DAY_S),
    ):
        scheduler.add_job(
            work,
            "interval",
            seconds=seconds,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # late is better than left out, and no news
            id=f"notices {work.__name__}",
        )


def _tell(what: str, count: int) -> None:
    if count:
        log.info(what, count=count)
