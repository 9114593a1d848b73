"""The clocks of a case, computed from its category and the working calendar."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import (
    NO_LIMIT,
    Lamp,
    Limit,
    LimitUnit,
    after_pause,
    due_at,
    lamp,
    remaining,
    since_going_on,
    started_for,
)
from gridgov.domain.stages import STAGE_OF, Stage, limit_of
from gridgov.domain.workflow import PAUSED_STATES, STEPS, Action, CaseState, Clock
from gridgov.services import standing, steps
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry

# Back from a failed check there is always time for one more visit.
LEAST_AFTER_CHECK = Limit(1, LimitUnit.WORKING_HOUR)
# What ends later than this stands where it is when the clocks stop: no calendar reaches so
# far, and looking for its new moment would end in a refusal.
FORESEEABLE = timedelta(days=3_000)


# After these the limit to handle counts anew, as if the case had come then.
TAKEN_UP_AGAIN = frozenset(
    action for (_, action), step in STEPS.items() if step.clock is Clock.RESTART
)


class Running(Protocol):
    """What of a case its lamp follows from: a whole case, or those columns of it."""

    @property
    def state(self) -> str:
        """Return its state."""

    @property
    def severity(self) -> int:
        """Return how urgent it is."""

    @property
    def limit_at(self) -> datetime:
        """Return the limit that runs now."""

    @property
    def stage_due_at(self) -> datetime:
        """Return the limit of its stage."""

    @property
    def handle_since(self) -> datetime:
        """Return from when on the handling clock counts."""


def limit(case: Running, category: Category, stage: Stage, reference: Reference) -> Limit:
    """Return the limit of a stage of a case, by its severity."""
    return limit_of(category, stage, case.severity, reference.natural_from)


def start(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Set both limits of a new case; the handling clock runs from the receipt."""
    _restart(case, category, reference, now)
    start_stage(case, CaseState.SUBMITTED, category, reference, now)
    case.limit_at = case.due_at


def start_stage(
    case: Case, state: CaseState, category: Category, reference: Reference, now: datetime
) -> None:
    """Start the limit of the stage a state begins; of the others nothing is started."""
    stage = Stage.RULING if standing.needs_ruling(case) else STAGE_OF.get(state)
    if stage is not None:
        allowed = limit(case, category, stage, reference)
        case.stage_due_at = due_at(now, allowed, reference.calendar).at


def _restart(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    fresh = due_at(now, limit(case, category, Stage.HANDLE, reference), reference.calendar)
    case.due_at, case.due_provisional = fresh.at, fresh.provisional
    case.handle_since = now
    case.target_at = None  # a leader's was for the round before
    steps.begin(case, category, reference, now)


def apply(
    case: Case, clock: Clock, category: Category, reference: Reference, now: datetime
) -> None:
    """Do to the clocks of a case what a step of the workflow says; its state is set already."""
    if clock is Clock.START_SIGN:
        start_stage(case, CaseState.DISPATCHED, category, reference, now)
    elif clock is Clock.RESTART:
        _restart(case, category, reference, now)
    elif clock is Clock.PAUSE:
        _pause(case, category, reference, now)
    elif clock is Clock.CONTINUE:
        _continue(case, category, reference, now)
    elif clock is Clock.RESUME and case.overdue_at is None:
        least = due_at(now, LEAST_AFTER_CHECK, reference.calendar)
        if case.due_at < least.at:
            case.due_at, case.due_provisional = least.at, least.provisional


def _pause(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Keep what is left of both limits, in hours of their unit; below zero they are over."""
    if case.paused_at is not None:
        return
    case.paused_at = now
    handle = limit(case, category, Stage.HANDLE, reference).unit
    case.paused_left = hours_left(case.due_at, handle, reference, now)
    unit = stage_unit(case, category, reference)
    case.paused_stage_left = hours_left(case.stage_due_at, unit, reference, now)
    steps.stop(case, reference, now)


def hours_left(due: datetime, unit: LimitUnit, reference: Reference, now: datetime) -> float | None:
    """Return what is left of a limit, in hours of its unit's kind; below zero it is over.

    None where there is no limit, or one so far off that it stays where it is.
    """
    if due >= NO_LIMIT or due - now > FORESEEABLE:
        return None
    left = remaining(due, now, unit, reference.calendar)
    return -left.minutes / 60 if left.overdue else left.minutes / 60


def _continue(case: Case, category: Category, reference: Reference, now: datetime) -> None:
    """Let what was left count from now. What was over stays over, at its old moment."""
    if case.paused_at is None:
        return
    handle = limit(case, category, Stage.HANDLE, reference).unit
    again = after_pause(case.paused_left, handle, now, reference.calendar)
    if again is not None:
        case.due_at, case.due_provisional = again.at, again.provisional
        case.handle_since = since_going_on(
            case.handle_since, case.paused_at, now, handle, reference.calendar
        )
    unit = stage_unit(case, category, reference)
    stage = after_pause(case.paused_stage_left, unit, now, reference.calendar)
    if stage is not None:
        case.stage_due_at = stage.at
    steps.go_on(case, reference, now)
    case.paused_at = case.paused_left = case.paused_stage_left = None


def first_promised(entries: Sequence[CaseEntry]) -> datetime | None:
    """Return what the limit was before more time was granted; None where it was not.

    `entries` is the history, oldest first; a case that was taken up again begins anew.
    """
    first: datetime | None = None
    for entry in entries:
        if entry.action in TAKEN_UP_AGAIN:
            first = None
        elif entry.action == Action.GRANT_EXTENSION and first is None:
            first = datetime.fromisoformat(entry.data["due_was"])
    return first


def stage_of(case: Case) -> Stage:
    """Return the stage whose limit a case has, or had before it was paused."""
    state = CaseState(case.back_to or case.state)
    if standing.waits_for_ruling(case, state):
        return Stage.RULING
    return STAGE_OF.get(state, Stage.SIGN)


def stage_unit(case: Case, category: Category, reference: Reference) -> LimitUnit:
    """Return the unit of the limit of the stage a case is in, or was in before it was paused."""
    return limit(case, category, stage_of(case), reference).unit


def choose_limit(case: Case) -> None:
    """Set the limit that runs now: to sign while nobody has signed, else to handle.

    A case that was late to be signed is no longer overdue once it is signed in time
    to be handled: the mark goes when a limit starts to run that had not passed when it was
    set. While the clocks stand no limit runs, and the mark of one that was over stays: it
    is over still when they go on, and comes due only once.
    """
    if CaseState(case.state) in PAUSED_STATES:
        runs_to = NO_LIMIT
    elif case.state == CaseState.DISPATCHED:
        runs_to = min(case.stage_due_at, case.due_at)
    else:
        runs_to = case.due_at
    case.limit_at = runs_to
    stands = case.paused_at is not None  # merged cases stand as well
    if not stands and case.overdue_at is not None and runs_to > case.overdue_at:
        case.overdue_at = None


def is_paused(case: Running) -> bool:
    """Tell whether the clocks of a case stand."""
    return CaseState(case.state) in PAUSED_STATES


def to_sign(case: Running) -> bool:
    """Tell whether the limit that runs now is the one to sign."""
    return case.state == CaseState.DISPATCHED and case.limit_at == case.stage_due_at


def running_since(case: Running, category: Category, reference: Reference) -> datetime:
    """Return from when on the clock of the running limit counts: pauses are left out of it.

    Each level a case climbs to, and each new owner, has the whole limit to sign.
    """
    if not to_sign(case) or case.stage_due_at >= NO_LIMIT:
        return case.handle_since
    sign = limit(case, category, Stage.SIGN, reference)
    return started_for(case.stage_due_at, sign, reference.calendar)


def running_unit(case: Running, category: Category, reference: Reference) -> LimitUnit:
    """Return the unit of the limit that runs now."""
    stage = Stage.SIGN if to_sign(case) else Stage.HANDLE
    return limit(case, category, stage, reference).unit


def lamp_of(case: Running, category: Category, reference: Reference, now: datetime) -> Lamp:
    """Return the lamp of an open case; it follows from the clock and nothing else."""
    return lamp(
        started_at=running_since(case, category, reference),
        due_at=case.limit_at,
        now=now,
        unit=running_unit(case, category, reference),
        calendar=reference.calendar,
        paused=is_paused(case),
    )
