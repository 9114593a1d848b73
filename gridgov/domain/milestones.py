"""Staged limits of a class (停工4WH·处罚7WD·拆除20WD): the steps on the way, with their dates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from gridgov.domain.deadlines import (
    YELLOW_FROM,
    Limit,
    LimitUnit,
    WorkingCalendar,
    after_pause,
    due_at,
    minutes_between,
    parse_limit,
    started_for,
)
from gridgov.domain.errors import InvalidInput
from gridgov.domain.stages import in_force

BETWEEN = "·"
# A name, a limit, and perhaps a remark in brackets: 整改3D(可延).
_STEP = re.compile(
    r"(?P<name>.*?)\s*(?P<limit>\d+(?:\.\d+)?\s*(?:WH|WD|H|D|min))?"
    r"\s*(?P<remark>[(（].*[)）])?",
    re.DOTALL,
)
# Steps of the default catalogue that pages can say in other languages as well.
STEP_CODES: Mapping[str, str] = {
    "": "handle",
    "停工": "stop_work",
    "处罚": "penalty",
    "拆除": "pull_down",
    "控制": "make_safe",
    "处理": "deal",
    "处置": "handle",
    "到场": "arrive",
    "到场围护": "fence_off",
    "整改": "put_right",
    "受理": "accept",
    "法定": "by_law",
    "移交": "hand_over",
    "立即移交": "hand_over_at_once",
    "回访": "call_back",
    "首报": "first_report",
    "现场受限": "hard_spot",
}
_AT_ONCE = Limit(0, LimitUnit.NATURAL_HOUR)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is to be done (in the catalogue's words) and how long after the start."""

    name: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of a case, dated.

    `limit` is its length as it counts for the case; `left` what was left of it in hours of
    its unit's kind while the clocks stand; `done_at` when it was said to be done.
    """

    name: str
    due_at: datetime
    provisional: bool
    limit: Limit
    left: float | None = None
    done_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it waits to be done by its moment; what is due at once has no moment."""
        return self.done_at is None and self.limit.amount > 0

    def soon_at(self, calendar: WorkingCalendar) -> datetime:
        """Return when 80 % of its time are used on its own clock: a warning is due."""
        rest = Limit(self.limit.amount * (1 - YELLOW_FROM), self.limit.unit)
        return started_for(self.due_at, rest, calendar)

    def in_time(self, now: datetime) -> bool:
        """Tell whether it is in time to be done at a moment; what is due at once always is."""
        if self.limit.amount == 0:
            return True
        return now <= self.due_at if self.left is None else self.left > 0

    def as_json(self) -> dict[str, Any]:
        """Return the step as a case keeps it."""
        return {
            "name": self.name,
            "due": self.due_at.isoformat(),
            "provisional": self.provisional,
            "limit": str(self.limit),
            "left": self.left,
            "done": None if self.done_at is None else self.done_at.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the step a case keeps."""
        done = kept["done"]
        return cls(
            kept["name"],
            datetime.fromisoformat(kept["due"]),
            kept["provisional"],
            parse_limit(kept["limit"]),
            kept["left"],
            None if done is None else datetime.fromisoformat(done),
        )


def parse(stages: str) -> tuple[Step, ...]:
    """Read the steps of a class; one without a limit is to be done at once.

    Raises: InvalidInput (field stages) for a step without a name and a limit.
    """
    return tuple(_step(part.strip()) for part in stages.split(BETWEEN) if stages.strip())


def _step(text: str) -> Step:
    found = _STEP.fullmatch(text)
    if found is None or not text:
        raise InvalidInput("stages", "unknown", text=text)
    limit = _AT_ONCE if found["limit"] is None else parse_limit(found["limit"])
    return Step(found["name"].strip() + (found["remark"] or ""), limit)


def dated(
    steps: Sequence[Step],
    since: datetime,
    calendar: WorkingCalendar,
    *,
    severity: int,
    natural_from: int | None,
) -> tuple[Milestone, ...]:
    """Return the steps with the moments they are due, for a case whose limit runs since then."""
    found = []
    for step in steps:
        limit = in_force(step.limit, severity, natural_from)
        due = due_at(since, limit, calendar)
        found.append(Milestone(step.name, due.at, due.provisional, limit))
    return tuple(found)


def stopped(
    milestones: Sequence[Milestone], now: datetime, calendar: WorkingCalendar
) -> tuple[Milestone, ...]:
    """Return the steps as they stand while the clocks do: with what is left of each."""
    return tuple(
        replace(one, left=minutes_between(now, one.due_at, one.limit.unit, calendar) / 60)
        for one in milestones
    )


def going_on(
    milestones: Sequence[Milestone], now: datetime, calendar: WorkingCalendar
) -> tuple[Milestone, ...]:
    """Return the steps when the clocks go on: what was left counts from now, each by its clock.

    What was over or done stays at its old moment.
    """
    found = []
    for one in milestones:
        left = None if one.done_at is not None else one.left
        again = after_pause(left, one.limit.unit, now, calendar)
        moved = one if again is None else _at(one, again.at, provisional=again.provisional)
        found.append(replace(moved, left=None))
    return tuple(found)


def done(one: Milestone, now: datetime) -> Milestone:
    """Return a step that is done."""
    return replace(one, done_at=now)


def extended(
    milestones: Sequence[Milestone],
    was: datetime,
    due: datetime,
    now: datetime,
    calendar: WorkingCalendar,
) -> tuple[Milestone, ...]:
    """Return the steps when the whole limit moved: those to come move by the same time.

    The time is that of each step's own clock; a step that ends with the whole still does.
    """
    found = []
    for one in milestones:
        if one.done_at is not None or one.due_at <= now:
            found.append(one)
        elif one.due_at == was:
            found.append(_at(one, due, provisional=False))
        else:
            more = minutes_between(was, due, one.limit.unit, calendar) / 60
            moved = after_pause(more, one.limit.unit, one.due_at, calendar)
            later = one if moved is None else _at(one, moved.at, provisional=moved.provisional)
            found.append(later)
    return tuple(found)


def _at(one: Milestone, at: datetime, *, provisional: bool) -> Milestone:
    return replace(one, due_at=at, provisional=provisional)


def next_due(milestones: Sequence[Milestone], now: datetime) -> Milestone | None:
    """Return the step that is due next, None when all are past or done."""
    return min(
        (one for one in milestones if one.due_at >= now and one.done_at is None),
        key=lambda one: one.due_at,
        default=None,
    )
