"""A storm: many similar reports within minutes, close together (集中上报).

A burst main, a blackout, a smell over a quarter: dozens report it before anybody has
looked. The first case becomes the parent; who reports next is offered it first, from
farther away than usual, with the words how many reported it. Nobody is joined by a rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from gridgov.domain.errors import InvalidInput

Key = TypeVar("Key")
# The least and the most a district may set; beyond them nothing is a storm, or everything.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "reports": (2, 1000),
    "minutes": (1, 24 * 60),
    "radius_m": (1, 20_000),
    "lasts_hours": (1, 240),
}


@dataclass(frozen=True, slots=True)
class StormRule:
    """When reports are a storm; a district may set its own (settings["storm"]).

    `reports` or more within `minutes`, each not farther than `radius_m` metres from the
    spot that is asked for, of the same or a related class. It is offered while the parent
    is open and not older than `lasts_hours`.
    """

    reports: int = 8
    minutes: float = 10
    radius_m: float = 300.0
    lasts_hours: float = 12

    @property
    def window(self) -> timedelta:
        """Return the time within which so many must come."""
        return timedelta(minutes=self.minutes)

    @property
    def lasts(self) -> timedelta:
        """Return how long the parent is offered."""
        return timedelta(hours=self.lasts_hours)

    @classmethod
    def from_settings(cls, kept: Mapping[str, Any]) -> "StormRule":
        """Return the rule as a district keeps it; what it does not name is as usual."""
        return cls(**kept)


def in_bounds(name: str, value: object) -> bool:
    """Tell whether a district may set a number of the rule to this; whole for `reports`."""
    least, most = BOUNDS[name]
    wanted = int if name == "reports" else int | float
    is_number = isinstance(value, wanted) and not isinstance(value, bool)
    return is_number and least <= value <= most  # type: ignore[operator]


def check_rule(rule: StormRule) -> dict[str, Any]:
    """Return a rule as a district keeps it.

    Raises: InvalidInput (reports, minutes, radius_m, lasts_hours; least, most).
    """
    kept = asdict(rule)
    for name, value in kept.items():
        if not in_bounds(name, value):
            least, most = BOUNDS[name]
            raise InvalidInput(name, "out_of_range", least=least, most=most)
    return kept


@dataclass(frozen=True, slots=True)
class Told(Generic[Key]):
    """One report: the case it belongs to, and when it came."""

    case: Key
    at: datetime


@dataclass(frozen=True, slots=True)
class Storm(Generic[Key]):
    """A storm: its parent, the cases in it, and how many reported."""

    parent: Key
    cases: tuple[Key, ...]
    count: int


def related(one: str, other: str) -> bool:
    """Tell whether two classes are the same or of the same major class (its two first digits)."""
    return one[:2] == other[:2]


def find(told: Iterable[Told[Key]], rule: StormRule) -> Storm[Key] | None:
    """Return the storm among reports that are close together and alike, None without one.

    The parent is the case of the first report of the first window that is full; counted is
    everybody who reported from then on.
    """
    ordered = sorted(told, key=lambda one: one.at)
    start = _first_full(ordered, rule)
    if start is None:
        return None
    since = ordered[start:]
    return Storm(since[0].case, tuple(dict.fromkeys(one.case for one in since)), len(since))


def _first_full(ordered: Sequence[Told[Key]], rule: StormRule) -> int | None:
    for start in range(len(ordered) - rule.reports + 1):
        if ordered[start + rule.reports - 1].at - ordered[start].at <= rule.window:
            return start
    return None
