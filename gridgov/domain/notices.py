"""Notices: what is told to whom, when it may go out, and when a failed one is tried again.

A notice (通知) says that something is to be done or has changed, in one line without
personal data; a delivery is one message that carries one notice or, as a digest, many.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from gridgov.domain.deadlines import DAY, MAX_SEARCH_DAYS, WorkingCalendar
from gridgov.domain.workflow import CaseState, PublicState


class NoticeKind(StrEnum):
    """What a notice tells."""

    # To staff
    TO_ACCEPT = "to_accept"  # nobody was found for it: the desk must look
    EMERGENCY = "emergency"  # a number was called first; the desk registers the facts
    ASSIGNED = "assigned"
    RULED = "ruled"
    RETURNED = "returned"
    TO_RULE = "to_rule"
    TO_VERIFY = "to_verify"
    TO_ASSIST = "to_assist"
    TO_CHECK = "to_check"
    AGAIN = "again"  # sent back, reopened, an appeal was granted
    TO_DECIDE = "to_decide"  # something was applied for
    DECIDED = "decided"
    ANSWERED = "answered"  # the reporter answered or added something
    URGED = "urged"
    INSTRUCTED = "instructed"
    ASSISTED = "assisted"  # who was called in has done their part
    DUE_SOON = "due_soon"
    STEP_SOON = "step_soon"  # a step of a staged limit is near
    TIME_UP = "time_up"  # a stage is over its time
    OVERDUE = "overdue"
    SUPERVISED = "supervised"
    OFF = "off"  # taken back, merged, void: nothing more to do
    VACANT = "vacant"  # grids that have nobody now
    LEAVE = "leave"  # something about a leave
    MORNING = "morning"  # the figures of the morning
    REPORT_MADE = "report_made"  # the report of a period is there
    # To residents
    PUBLIC = "public"  # the public word changed
    QUESTION = "question"
    REPLIED = "replied"
    MERGED = "merged"
    LOST_CODE = "lost_code"
    TEST = "test"


# After these somebody must act; whoever cannot be reached by one is shown on the case.
ASSIGNING = frozenset(
    {
        NoticeKind.ASSIGNED,
        NoticeKind.RULED,
        NoticeKind.TO_VERIFY,
        NoticeKind.TO_ASSIST,
        NoticeKind.TO_CHECK,
        NoticeKind.AGAIN,
    }
)
RESIDENTS = frozenset(
    {
        NoticeKind.PUBLIC,
        NoticeKind.QUESTION,
        NoticeKind.REPLIED,
        NoticeKind.MERGED,
        NoticeKind.LOST_CODE,
    }
)
# An SMS costs money and nerves: a resident gets one for what must be known, push for the rest.
BY_SMS = frozenset({NoticeKind.QUESTION, NoticeKind.MERGED, NoticeKind.LOST_CODE})
STATES_BY_SMS = frozenset({PublicState.CLOSED, PublicState.REJECTED})


class Way(StrEnum):
    """How a message goes out."""

    PUSH = "push"
    HOOK = "hook"  # a group's robot: WeCom, DingTalk, Feishu
    MAIL = "mail"
    SMS = "sms"
    FILE = "file"  # into a file of the installation: nothing leaves


# The cheapest and quickest first.
ORDER = (Way.PUSH, Way.HOOK, Way.MAIL, Way.SMS, Way.FILE)


class Fate(StrEnum):
    """What became of a delivery."""

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # refused, or tried too often
    UNSURE = "unsure"  # broken off between sending and noting it; not sent again by itself
    NO_WAY = "no_way"  # no address, no browser: there was nothing to try


ENDED_BADLY = frozenset({Fate.FAILED, Fate.UNSURE, Fate.NO_WAY})

STALE = timedelta(hours=24)  # what happened longer ago is no news any more
LEASE = timedelta(seconds=90)  # a send takes at most a third of it
MAX_ATTEMPTS = 6
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
AT_ONCE = 3  # so many go singly within a window, more become a digest
WINDOW = timedelta(minutes=15)
SOON = timedelta(days=3)  # of a long limit nobody is warned earlier than that
JUST_NOW = timedelta(minutes=10)  # who has just got the receipt knows what it says
DAY_OPENS, DAY_ENDS = time(8, 0), time(21, 0)  # between them a resident may be rung


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told: a person, the group of a unit, or whoever holds the receipt of a report."""

    kind: str
    id: str

    def __str__(self) -> str:
        """Return the recipient as rows keep it."""
        return f"{self.kind}:{self.id}"

    @property
    def uuid(self) -> UUID:
        """Return the id of a person or a report."""
        return UUID(self.id)

    @classmethod
    def read(cls, text: str) -> "Recipient":
        """Return the recipient behind the text of a row."""
        kind, _, of = text.partition(":")
        return cls(kind, of)


PERSON, UNIT, REPORT = "person", "unit", "report"


@dataclass(frozen=True, slots=True)
class Morning:
    """The figures of a morning: of the day before, and how it stands. `rate` is 0 to 1."""

    received: int
    closed: int
    rate: float | None
    due: int
    overdue: int
    surges: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice is about: codes and names of classes, nothing a person wrote.

    `title` holds the class in Chinese and English, empty for a confidential case; of a
    morning and of a report it is the area, of units without anybody their names. `due_at` is
    the limit that is near, `step` the step of a staged limit it is about (the catalogue's
    word, empty for a confidential case), `state` where a case went. Of a report `period` is
    the kind, `number` the period, `count` the edition.
    """

    kind: NoticeKind
    number: str = ""
    title: tuple[str, str] = ("", "")
    due_at: datetime | None = None
    state: CaseState | None = None
    count: int = 1
    morning: Morning | None = None
    period: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: by which ways, and all that can wait in one digest."""

    ways: frozenset[Way] = frozenset(Way)
    digest: bool = False


def retry_at(attempt: int, now: datetime, chance: Callable[[], float] = random.random) -> datetime:
    """Return when to try again after the n-th attempt: doubled each time, spread by a quarter.

    `chance` gives a number from 0 to 1: many that failed together do not come back together.
    """
    wait: timedelta = min(FIRST_WAIT * int(2 ** (attempt - 1)), LONGEST_WAIT)
    return now + wait * (0.75 + 0.5 * chance())


def staff_from(now: datetime, calendar: WorkingCalendar, *, digest: bool) -> datetime:
    """Return when what can wait may reach staff: in working hours, or at the next opening.

    With `digest` at the next opening in any case: in the morning and after noon.
    """
    for opens, closes in _openings(now, calendar):
        if opens > now:
            return opens
        if not digest and now < closes:
            return now
    return now


def _openings(now: datetime, calendar: WorkingCalendar) -> list[tuple[datetime, datetime]]:
    day = calendar.local(now).date()
    found: list[tuple[datetime, datetime]] = []
    for offset in range(MAX_SEARCH_DAYS):
        found += calendar.openings(day + offset * DAY)
        if any(opens > now for opens, _ in found):
            break
    return found


def resident_from(now: datetime, calendar: WorkingCalendar) -> datetime:
    """Return when a resident may be rung: by day, or the next morning."""
    local = calendar.local(now)
    if DAY_OPENS <= local.time() < DAY_ENDS:
        return now
    day = local.date() + (DAY if local.time() >= DAY_ENDS else timedelta(0))
    return calendar.moment(day, DAY_OPENS)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that waits to go out."""

    id: str
    kind: NoticeKind
    urgent: bool


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes out as one message, and from when on."""

    ids: tuple[str, ...]
    urgent: bool


def bundles(
    waiting: Sequence[Waiting], lately: int, *, digest: bool = False
) -> tuple[list[Bundle], list[str]]:
    """Return what goes to one recipient now, and the ids of what is held for the next window.

    What is urgent goes singly, always. Of the rest each goes singly while at most AT_ONCE
    come within a window; more at once are one digest; and after AT_ONCE notices of the
    last window (`lately`) what comes is held until it is over.
    """
    now = [Bundle((one.id,), urgent=True) for one in waiting if one.urgent]
    rest = [one.id for one in waiting if not one.urgent]
    if not rest:
        return now, []
    if lately >= AT_ONCE:
        return now, rest
    if digest or lately + len(rest) > AT_ONCE:
        return [*now, Bundle(tuple(rest), urgent=False)], []
    return now + [Bundle((one,), urgent=False) for one in rest], []


def ways_to(
    has: Mapping[Way, bool], senders: frozenset[Way], wish: Wish, *, urgent: bool
) -> tuple[Way, ...]:
    """Return by which ways somebody can be reached, the one to try first at the front.

    `has` tells for which ways there is an address, `senders` what the installation can
    send. What is urgent goes by every way there is, whatever was switched off.
    """
    if Way.FILE in senders:
        return (Way.FILE,)
    return tuple(
        way
        for way in ORDER
        if has.get(way, False) and way in senders and (urgent or way in wish.ways)
    )


class Result(StrEnum):
    """What a channel answered to one attempt."""

    SENT = "sent"
    LATER = "later"  # nothing went out: it may be tried again
    REFUSED = "refused"  # nothing went out, and it would be refused again
    UNSURE = "unsure"  # it may have gone out


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a channel; `reason` is a short code for people, never an address.

    `gone` names browsers (by the hash of their address) that are no more.
    """

    result: Result
    reason: str = ""
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it leaves; `key` is the same at each attempt, by which it is known again."""

    key: str
    title: str
    text: str
    url: str
    urgent: bool
    attempt: int


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery after an attempt; `way` is the one to go on with."""

    fate: Fate
    way: Way | None = None
    due_at: datetime | None = None
    reason: str = ""


def after_attempt(
    outcome: Outcome,
    *,
    way: Way,
    left: Sequence[Way],
    attempt: int,
    now: datetime,
    urgent: bool,
    chance: Callable[[], float] = random.random,
) -> Next:
    """Return what becomes of a delivery: sent, tried again, by another way, or given up.

    What may have gone out is not sent again by itself; only what is urgent goes by another
    way then, where hearing it twice is better than not at all.
    """
    if outcome.result is Result.SENT:
        return Next(Fate.SENT)
    if outcome.result is Result.LATER and attempt < MAX_ATTEMPTS:
        return Next(Fate.READY, way, retry_at(attempt, now, chance), outcome.reason)
    unsure = outcome.result is Result.UNSURE
    if left and (urgent or not unsure):
        return Next(Fate.READY, left[0], now, outcome.reason)
    return Next(Fate.UNSURE if unsure else Fate.FAILED, reason=outcome.reason)
