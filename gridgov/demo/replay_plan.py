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
    REPEATED = "repeated"  # a duplicate that became a case and is refused as one
    JOINED = "joined"  # a duplicate that joined the case of the first report


@dataclass(frozen=True, slots=True)
class Size:
    """How many reports end how."""

    closed: int
    open: int
    transferred: int
    refused: int
    repeated: int
    joined: int

    @property
    def valid(self) -> int:
        """Return the cases the board counts as received."""
        return self.closed + self.open

    @property
    def total(self) -> int:
        """Return all reports."""
        return self.valid + self.transferred + self.refused + self.repeated + self.joined

    def scaled(self, share: float) -> "Size":
        """Return a smaller replay with the same shares; every kind stays."""
        counts = {item.name: getattr(self, item.name) for item in fields(self)}
        return replace(self, **{name: max(2, round(n * share)) for name, n in counts.items()})


# 3,977 valid cases, 3,872 of them closed: 97.36 %. 562 of the 4,680 reports are duplicates.
FULL = Size(closed=3872, open=105, transferred=61, refused=80, repeated=60, joined=502)

# Shares of all reports.
HOTLINE, WORKERS = 0.15, 0.20
WORDS_ONLY, WRONG_DATUM = 0.04, 0.03
OFF_HOURS = 0.08
EMERGENCIES = 0.02
WRONG_CATEGORY, OTHER_RETURNS, REWORK = 0.06, 0.03, 0.06
REOPENED, UNSOLVED_AGAIN = 0.01, 0.003


class Channel(StrEnum):
    """How a report comes in."""

    SNAP = "snap"
    HOTLINE = "12345"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act on a case: when, what, its words, and what else it needs.

    `note` is the reason of a return or refusal, the target of a dispatch or transfer, the
    answer of a rating. Dispatches marked `if_waiting` happen only while nobody has the case.
    """

    at: datetime
    action: Action
    text: str = ""
    note: str = ""
    receipt: str = ""
    if_waiting: bool = False


@dataclass(slots=True)
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
    deeds: list[Deed] = field(default_factory=list)
    first: "Life | None" = None  # the report that this one repeats
    index: int = 0

    @property
    def closed_at(self) -> datetime | None:
        """Return when the case is closed for good."""
        passes = [deed.at for deed in self.deeds if deed.action is Action.CHECK_PASS]
        return passes[-1] if passes else None

    @property
    def joins(self) -> bool:
        """Tell whether it joins the case of the report it repeats."""
        return self.fate is Fate.JOINED

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
