"""What happens to a case if nobody acts: the ladder, the marks, the reviews, and when.

`plan` says what comes due on a case as it stands, `after` how it stands once that has come.
The timetable fires what `plan` says, and a forecast is `plan` and `after` in turn: what is
foretold is what will be done.

What acts: a case nobody signs climbs to the level above, with a new limit to sign; a case
over its limit is marked, whoever signed it keeps it, and it is put under supervision, of
which the level above is told; clocks that stood go on. All the rest only tells those whose
turn it is that their time is up.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from gridgov.domain.catalogue import Level
from gridgov.domain.deadlines import NO_LIMIT, Due, Limit, WorkingCalendar, after_pause, due_at
from gridgov.domain.milestones import Milestone, going_on
from gridgov.domain.stages import STAGE_OF, Stage
from gridgov.domain.workflow import OPEN_STATES, PAUSED_STATES, Action, CaseState

YELLOW, RED = "yellow", "red"
# Over by half of the limit again (150 %) it is red.
RED_AFTER = 0.5
# Life is in danger: a case nobody signs goes past the village.
SKIPS_VILLAGE = 4
# A forecast says what comes, not everything that ever could.
FORESEEN = 8


class TimerKind(StrEnum):
    """What can come due on a case; in this order when it does so at one moment."""

    INFO_ENDS = "info_ends"  # the reporter did not answer: it goes on without
    RESUME = "resume"  # the day of review of a suspension
    CLIMB = "climb"  # nobody signed: the level above has it
    OVERDUE = "overdue"
    YELLOW = "yellow"
    RED = "red"
    RECORD_DUE = "record_due"
    ACCEPT_DUE = "accept_due"
    VERIFY_DUE = "verify_due"
    DISPATCH_DUE = "dispatch_due"
    RULING_DUE = "ruling_due"
    STEP_SOON = "step_soon"  # a step of a staged limit is near
    STEP_DUE = "step_due"  # … has passed
    ASSIST_DUE = "assist_due"
    CHECK_DUE = "check_due"
    APPEAL_DUE = "appeal_due"


_ORDER = {kind: place for place, kind in enumerate(TimerKind)}
# What the timetable does when it comes due; the others only tell.
ACTION_OF: Mapping[TimerKind, Action] = {
    TimerKind.INFO_ENDS: Action.GO_ON,
    TimerKind.RESUME: Action.RESUME,
    TimerKind.CLIMB: Action.CLIMB,
    TimerKind.OVERDUE: Action.MARK_OVERDUE,
    TimerKind.YELLOW: Action.SUPERVISE,
    TimerKind.RED: Action.SUPERVISE,
}
TELLS = frozenset(TimerKind) - frozenset(ACTION_OF)
# Reminders of something that comes as a row of its own: a forecast names that, and no list.
REMINDS = frozenset({TimerKind.STEP_SOON})
# Acts that change no more than a mark on the case.
MARKS = frozenset({TimerKind.OVERDUE, TimerKind.YELLOW, TimerKind.RED})
_TOLD_IN = {
    CaseState.SUBMITTED: TimerKind.ACCEPT_DUE,
    CaseState.VERIFYING: TimerKind.VERIFY_DUE,
    CaseState.REGISTERED: TimerKind.DISPATCH_DUE,
    CaseState.RESOLVED: TimerKind.CHECK_DUE,
}

Limits = Callable[[Stage], Limit]


@dataclass(frozen=True, slots=True)
class Rung:
    """A level above, and the unit that takes the case there."""

    level: Level
    unit: str


@dataclass(frozen=True, slots=True)
class Assist:
    """An assisting task that is not done."""

    task: str
    due_at: datetime
    left: float | None = None  # hours that were left when the clocks stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What of a case decides about what comes due.

    `rungs` are the levels above it that would take it, the next one first; `left` and
    `stage_left` what was left of its limits in hours when its clocks stopped;
    `unrecorded_since` when an emergency came whose facts nobody has registered; `steps` are
    those of a staged limit; `ladder` is off where a district marks and nothing else.
    """

    state: CaseState
    stage_since: datetime
    stage_due_at: datetime
    due_at: datetime
    limit_at: datetime
    due_provisional: bool = False
    overdue: bool = False
    supervision: str | None = None
    needs_ruling: bool = False
    unrecorded_since: datetime | None = None
    back_to: CaseState | None = None
    review_at: datetime | None = None
    left: float | None = None
    stage_left: float | None = None
    appealed_at: datetime | None = None
    rungs: tuple[Rung, ...] = ()
    assists: tuple[Assist, ...] = ()
    steps: tuple[Milestone, ...] = ()
    ladder: bool = True


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing that comes due; `data` says with what (codes)."""

    kind: TimerKind
    due_at: datetime
    provisional: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, datetime, str]:
        """Return what makes it the same thing again: it comes once."""
        return str(self.kind), self.due_at, about(self.data)

    @property
    def turn(self) -> tuple[datetime, int]:
        """Return its place in the order in which things happen."""
        return self.due_at, _ORDER[self.kind]


def about(data: Mapping[str, Any] | None) -> str:
    """Return the task or the step something is about, empty for the case itself."""
    return str((data or {}).get("task") or (data or {}).get("step") or "")


def plan(view: CaseView, limits: Limits, calendar: WorkingCalendar) -> list[Planned]:
    """Return what comes due on a case if nobody acts, the first one first."""
    if view.state not in OPEN_STATES:
        found = []
    elif view.state in PAUSED_STATES:
        # Danger does not wait for an answer: its facts are registered in time all the same.
        found = _paused(view, limits, calendar) + _record(view, limits, calendar)
    else:
        found = _running(view, limits, calendar)
    if view.appealed_at is not None and view.ladder:
        due = due_at(view.appealed_at, limits(Stage.APPEAL), calendar)
        found.append(_of(TimerKind.APPEAL_DUE, due))
    found = [one for one in found if one.due_at < NO_LIMIT]
    found.sort(key=lambda one: one.turn)
    return found


def _of(kind: TimerKind, due: Due, **data: Any) -> Planned:
    return Planned(kind, due.at, due.provisional, data)


def _paused(view: CaseView, limits: Limits, calendar: WorkingCalendar) -> list[Planned]:
    if view.state is CaseState.NEED_INFO:
        due = due_at(view.stage_since, limits(Stage.INFO), calendar)
        return [_of(TimerKind.INFO_ENDS, due)]
    return [] if view.review_at is None else [Planned(TimerKind.RESUME, view.review_at)]


def _running(view: CaseView, limits: Limits, calendar: WorkingCalendar) -> list[Planned]:
    climbs = view.ladder and view.state is CaseState.DISPATCHED and bool(view.rungs)
    found: list[Planned] = []
    if climbs:
        rung = view.rungs[0]
        due = _stage_due(view, limits(Stage.SIGN), calendar)
        found.append(_of(TimerKind.CLIMB, due, level=str(rung.level), unit=rung.unit))
    if not view.overdue:
        # Nobody signed is answered by the climb; what is late is the whole.
        at = view.due_at if climbs else view.limit_at
        found.append(Planned(TimerKind.OVERDUE, at, view.due_provisional))
    return found + _beside(view, limits, calendar) if view.ladder else found


def _beside(view: CaseView, limits: Limits, calendar: WorkingCalendar) -> list[Planned]:
    """Return what only the ladder does: supervision, and telling that time is up."""
    found = []
    tell = {"tell": view.rungs[0].unit} if view.rungs else {}
    if view.overdue and view.supervision not in (YELLOW, RED):
        found.append(Planned(TimerKind.YELLOW, view.due_at, view.due_provisional, tell))
    if view.supervision == YELLOW and view.due_at < NO_LIMIT:
        limit = limits(Stage.HANDLE)
        half = due_at(view.due_at, Limit(limit.amount * RED_AFTER, limit.unit), calendar)
        found.append(_of(TimerKind.RED, half, **tell))
    told = TimerKind.RULING_DUE if view.needs_ruling else _TOLD_IN.get(view.state)
    if told is not None:
        stage = Stage.RULING if view.needs_ruling else STAGE_OF[view.state]
        found.append(_of(told, _stage_due(view, limits(stage), calendar)))
    found += _record(view, limits, calendar)
    found += [
        Planned(TimerKind.ASSIST_DUE, one.due_at, data={"task": one.task}) for one in view.assists
    ]
    return found + _steps(view, calendar)


def _record(view: CaseView, limits: Limits, calendar: WorkingCalendar) -> list[Planned]:
    """Return by when the facts of an emergency are to be registered, while they are not."""
    if view.unrecorded_since is None or not view.ladder:
        return []
    due = due_at(view.unrecorded_since, limits(Stage.RECORD), calendar)
    return [_of(TimerKind.RECORD_DUE, due)]


def _steps(view: CaseView, calendar: WorkingCalendar) -> list[Planned]:
    """Return the steps that are to be done; work that is said to be done has done them.

    Each is warned of at 80 % of its time, with the moment it is due (`until`).
    """
    if view.state is CaseState.RESOLVED:
        return []
    found = []
    for n, one in enumerate(view.steps, 1):
        if one.is_open:
            step = {"step": n, "name": one.name}
            soon = {**step, "until": one.due_at.isoformat()}
            at = one.soon_at(calendar)
            found += [
                Planned(TimerKind.STEP_SOON, at, one.provisional, soon),
                Planned(TimerKind.STEP_DUE, one.due_at, one.provisional, step),
            ]
    return found


def _stage_due(view: CaseView, limit: Limit, calendar: WorkingCalendar) -> Due:
    at = view.stage_due_at
    if at >= NO_LIMIT or not limit.unit.working:
        return Due(at, provisional=False)
    return Due(at, calendar.is_provisional(calendar.local(at).date()))


def after(view: CaseView, fired: Planned, limits: Limits, calendar: WorkingCalendar) -> CaseView:
    """Return how a case stands when something came due and nobody acted."""
    at = fired.due_at
    if fired.kind is TimerKind.OVERDUE:
        return replace(view, overdue=True)
    if fired.kind in (TimerKind.YELLOW, TimerKind.RED):
        return replace(view, supervision=str(fired.kind))
    if fired.kind is TimerKind.CLIMB:
        sign = due_at(at, limits(Stage.SIGN), calendar).at
        limit = min(sign, view.due_at)
        return replace(
            view,
            stage_due_at=sign,
            limit_at=limit,
            overdue=view.overdue and limit == view.limit_at,
            rungs=view.rungs[1:],
        )
    if fired.kind in (TimerKind.INFO_ENDS, TimerKind.RESUME):
        return _continued(view, at, limits, calendar)
    return view


def _continued(view: CaseView, at: datetime, limits: Limits, calendar: WorkingCalendar) -> CaseView:
    state = CaseState.HANDLING
    if view.state is CaseState.NEED_INFO:
        state = view.back_to or CaseState.SUBMITTED
    handle = after_pause(view.left, limits(Stage.HANDLE).unit, at, calendar)
    due = handle or Due(view.due_at, view.due_provisional)
    stage = Stage.RULING if view.needs_ruling else STAGE_OF.get(state, Stage.SIGN)
    stage_due = after_pause(view.stage_left, limits(stage).unit, at, calendar)
    return replace(
        view,
        state=state,
        due_at=due.at,
        due_provisional=due.provisional,
        stage_due_at=view.stage_due_at if stage_due is None else stage_due.at,
        limit_at=due.at,
        overdue=view.overdue and handle is None,  # what was over stays over
        back_to=None,
        left=None,
        stage_left=None,
        assists=tuple(_assist_goes_on(one, at, limits, calendar) for one in view.assists),
        steps=going_on(view.steps, at, calendar),
    )


def _assist_goes_on(one: Assist, at: datetime, limits: Limits, calendar: WorkingCalendar) -> Assist:
    again = after_pause(one.left, limits(Stage.HANDLE).unit, at, calendar)
    return Assist(one.task, one.due_at if again is None else again.at)


def forecast(
    view: CaseView,
    limits: Limits,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    done: Collection[tuple[str, datetime, str]] = (),
) -> list[Planned]:
    """Return what will happen from now on if nobody acts, in its order, at most FORESEEN things.

    `done` are the keys of what came already. What is late to come comes now. What only
    reminds of something to come is left out.
    """
    known, found = set(done), list[Planned]()
    while len(found) < FORESEEN:
        coming = [
            one
            for one in plan(view, limits, calendar)
            if one.key not in known and one.kind not in REMINDS
        ]
        if not coming:
            break
        first = coming[0]
        known.add(first.key)
        late = replace(first, due_at=max(first.due_at, now))
        now = late.due_at
        found.append(late)
        view = after(view, late, limits, calendar)
    return found
