"""Staged limits of a class (停工4WH·处罚7WD·拆除20WD): the steps on the way, with their dates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gridgov.domain.deadlines import Limit, LimitUnit, WorkingCalendar, due_at, parse_limit
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
    """A step of a case, dated."""

    name: str
    due_at: datetime
    provisional: bool


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
        due = due_at(since, in_force(step.limit, severity, natural_from), calendar)
        found.append(Milestone(step.name, due.at, due.provisional))
    return tuple(found)


def next_due(milestones: Sequence[Milestone], now: datetime) -> Milestone | None:
    """Return the step that is due next, None when all are past."""
    return min(
        (one for one in milestones if one.due_at >= now), key=lambda one: one.due_at, default=None
    )
