"""Supervision (督办): how closely a case is watched, what puts it there, and who may end it.

The table `RULES` says which cause puts a case under which colour by itself (domain.md 2.3,
22). Two of them come with the clock (domain/escalation says when), the others with the act
that causes them. Supervision only rises until somebody ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gridgov.domain.approvals import RULING_AFTER, ruling_level
from gridgov.domain.catalogue import Level
from gridgov.domain.escalation import TimerKind
from gridgov.domain.workflow import Action, CaseState


class Supervision(StrEnum):
    """How closely a case is watched; it only rises until it is ended."""

    ORDINARY = "ordinary"
    YELLOW = "yellow"
    RED = "red"


_RISING = list(Supervision)


@dataclass(frozen=True, slots=True)
class Happened:
    """An act and what it left of the case; `told_before` of a report that says it once more.

    `returns` is how often the case was returned by now.
    """

    action: Action
    from_state: CaseState | None = None
    returns: int = 0
    told_before: bool = False


When = Callable[[Happened], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause that puts a case under supervision: what comes due, or an act."""

    reason: str
    level: Supervision
    clock: TimerKind | None = None
    act: When | None = None


def _returned_twice(it: Happened) -> bool:
    return it.action is Action.RETURN and it.returns == RULING_AFTER


def _complained_again(it: Happened) -> bool:
    """Tell whether what was closed is complained of again, by whoever had reported it."""
    if it.action is Action.GRANT_APPEAL:
        return it.from_state is CaseState.CLOSED
    return it.action is Action.REOPEN or it.told_before


RULES = (
    Rule("overdue", Supervision.YELLOW, clock=TimerKind.YELLOW),  # 100 % of the limit
    Rule("far_overdue", Supervision.RED, clock=TimerKind.RED),  # 150 %
    Rule("returned_twice", Supervision.RED, act=_returned_twice),
    Rule("repeated_complaint", Supervision.RED, act=_complained_again),
)


def rises(now: str | None, wanted: Supervision) -> bool:
    """Tell whether a supervision is closer than the one a case is under."""
    return now is None or _RISING.index(wanted) > _RISING.index(Supervision(now))


def by_clock(kind: TimerKind) -> Rule:
    """Return the rule that fires when something comes due. Raises: StopIteration for others."""
    return next(one for one in RULES if one.clock is kind)


def by_act(happened: Happened, now: str | None) -> Rule | None:
    """Return the rule that an act fires on a case under a supervision, None where none does."""
    fired = (one for one in RULES if one.act is not None and one.act(happened))
    closer = [one for one in fired if rises(now, one.level)]
    return max(closer, key=lambda one: _RISING.index(one.level), default=None)


def watching_level(case_level: Level) -> Level:
    """Return who watches what a rule put under supervision: the level above, a town at least."""
    return ruling_level(case_level)
