"""The plan of the replay: who reports what, when and where, and how each case goes.

Everything is drawn from one seed before anything is sent, and the numbers are exact by
construction: so many closed, open, refused, transferred and joined. Shares follow the
issue's domain study, section 9.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

from gridgov.demo.replay_places import Spot
from gridgov.domain.datum import LonLat
from gridgov.domain.workflow import Action


class Fate(StrEnum):
    """How a report ends."""

    CLOSED = "closed"
    OPEN = "open"
    TRANSFERRED = "transferred"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # taken back before anybody began
    VOID = "void"  # opened in error, voided by somebody else than who found that out
    REPEATED = "repeated"  # a duplicate that became a case and is refused as one
    MERGED = "merged"  # a duplicate that became a case and goes on with the first
    JOINED = "joined"  # a duplicate that joined the case of the first report


@dataclass(frozen=True, slots=True)
class Size:
    """How many reports end how."""

    closed: int
    open: int
    transferred: int
    refused: int
    withdrawn: int
    void: int
    repeated: int
    merged: int
    joined: int

    @property
    def valid(self) -> int:
        """Return the cases the board counts as received."""
        return self.closed + self.open

    @property
    def total(self) -> int:
        """Return all reports."""
        return sum(getattr(self, item.name) for item in fields(self))

    @property
    def duplicates(self) -> int:
        """Return the reports that repeat another."""
        return self.repeated + self.merged + self.joined

    @property
    def splits(self) -> int:
        """Return the reports that were split off another."""
        return round(SPLIT * self.total)

    def scaled(self, share: float) -> "Size":
        """Return a smaller replay with the same shares; every kind stays."""
        counts = {item.name: getattr(self, item.name) for item in fields(self)}
        return replace(self, **{name: max(2, round(n * share)) for name, n in counts.items()})


# 3,977 valid cases, 3,872 of them closed: 97.36 %. 562 of the 4,680 reports are duplicates.
FULL = Size(
    closed=3872,
    open=105,
    transferred=61,
    refused=52,
    withdrawn=18,
    void=10,
    repeated=12,
    merged=48,
    joined=502,
)

# Shares of all reports (domain study, section 9: 15 % by 12345, 20 % by workers).
HOTLINE, WORKERS = 0.15, 0.20
PHONE, WALK_IN, PROGRAM = 0.05, 0.03, 0.03  # out of what residents bring
PATROL = 0.35  # of what workers bring: found on a patrol
WORDS_ONLY, WRONG_DATUM = 0.04, 0.03
OFF_HOURS = 0.08
EMERGENCIES = 0.02
# Returned as another's area or too little known; those with a wrong pin, which is then moved.
WRONG_CATEGORY, OTHER_RETURNS, MOVED, REWORK = 0.06, 0.024, 0.006, 0.06
REOPENED, UNSOLVED_AGAIN = 0.01, 0.003
# Reports that tell of two things, and become two cases.
SPLIT = 0.008


class Channel(StrEnum):
    """How a report comes in."""

    SNAP = "snap"
    HOTLINE = "12345"
    WORKER = "worker"
    PATROL = "patrol"
    PHONE = "phone"
    WALK_IN = "walk_in"
    PROGRAM = "program"  # Open311


OF_STAFF = frozenset({Channel.WORKER, Channel.PATROL})


class Turn(StrEnum):
    """What happens on the way of a case, besides the usual."""

    BOUNCED = "bounced"  # returned twice, then ruled
    ASKED = "asked"
    SILENT = "silent"  # asked, and nobody answered: it goes on by itself
    JOINT = "joint"
    WAIVED = "waived"  # joint, and one who was called in was let off
    EXTENDED = "extended"
    NOT_EXTENDED = "not_extended"
    SUSPENDED = "suspended"
    RESUMED = "resumed"  # suspended, and taken up again before the day of review
    NOT_SUSPENDED = "not_suspended"
    NOT_VOID = "not_void"
    WATCHED = "watched"  # under ordinary supervision for a while
    UNMERGED = "unmerged"  # merged by mistake and taken out again
    SPLIT = "split"  # it told of two things: the other one became a case of its own
    NEXT_DOOR = "next_door"  # handed to the grid next door: another spot, or another's duty
    MOVED = "moved"  # returned, its pin put where it belongs, and given to whose it is then
    APPEALED = "appealed"
    DENIED = "denied"  # … in vain
    AT_ONCE = "at_once"  # found and done by the worker
    SPOT_PASSED = "spot_passed"  # … and drawn for a spot check
    SPOT_FAILED = "spot_failed"
    URGED = "urged"
    ADDED = "added"  # the reporter had more to say
    REPLIED = "replied"
    INSTRUCTED = "instructed"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act on a case: when, what, its words, and what else it needs.

    `note` is the reason of a return or refusal, the target of a dispatch or transfer, the
    answer of a rating. Dispatches marked `if_waiting` happen only while nobody has the case.
    `until` is a day of review, `other` the report whose case is meant, `spot` where the
    pin belongs.
    """

    at: datetime
    action: Action
    text: str = ""
    note: str = ""
    receipt: str = ""
    if_waiting: bool = False
    until: datetime | None = None
    other: "Life | None" = field(default=None, compare=False)
    spot: LonLat | None = None


@dataclass(slots=True, eq=False)
class Life:
    """One report of the replay and everything that happens to its case."""

    received_at: datetime
    channel: Channel
    fate: Fate = Fate.CLOSED
    category: str = ""  # as it is filed
    true_category: str = ""  # what it is about
    text: str = ""
    done: str = ""
    place_words: str = ""
    spot: Spot | None = None
    sent_at: LonLat | None = None  # the position that is sent; None: only words
    misread: bool = False
    vague: bool = False  # only words, and they name no village
    emergency: bool = False
    off_hours: bool = False
    hard: int = 0  # number of the hard report it is
    refusal: str = "no_request"
    phone: str = ""
    name: str = ""
    returned: bool = False
    rework: bool = False
    reopened: bool = False
    photo: bool = False
    turns: set[Turn] = field(default_factory=set)
    deeds: list[Deed] = field(default_factory=list)
    first: "Life | None" = None  # the report that this one repeats
    part_of: "Life | None" = None  # the report it was told in, from which the desk split it
    index: int = 0

    @property
    def closed_at(self) -> datetime | None:
        """Return when the case is closed for good."""
        return self._closings[-1] if self._closings else None

    @property
    def first_closed_at(self) -> datetime | None:
        """Return when the case is closed for the first time; it may be taken up again."""
        return self._closings[0] if self._closings else None

    @property
    def _closings(self) -> list[datetime]:
        at_once = [self.received_at] if self.at_once else []
        return at_once + [deed.at for deed in self.deeds if deed.action is Action.CHECK_PASS]

    @property
    def joins(self) -> bool:
        """Tell whether it joins the case of the report it repeats."""
        return self.fate is Fate.JOINED

    @property
    def at_once(self) -> bool:
        """Tell whether the worker who found it did it at once."""
        return Turn.AT_ONCE in self.turns

    @property
    def by_staff(self) -> bool:
        """Tell whether the grid's worker reports it."""
        return self.channel in OF_STAFF

    @property
    def wrong_category(self) -> bool:
        """Tell whether it was filed under a class it does not belong to."""
        return self.category != self.true_category


def share_of(rng: random.Random, lives: Sequence[Life], count: int) -> list[Life]:
    """Return `count` of the lives, or all when there are fewer, in their order."""
    chosen = set(rng.sample(range(len(lives)), min(count, len(lives))))
    return [life for place, life in enumerate(lives) if place in chosen]


def in_order(lives: Sequence[Life]) -> list[Life]:
    """Return the lives in the order in which they begin, numbered from 0."""
    ordered = sorted(lives, key=lambda life: life.received_at)
    for index, life in enumerate(ordered):
        life.index = index
    return ordered
