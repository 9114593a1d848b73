"""The steps of a staged limit (停工·处罚·拆除) on a case: begun, stopped, moved, done."""

from collections.abc import Sequence
from datetime import datetime

from gridgov.domain import milestones
from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.milestones import Milestone
from gridgov.domain.roles import Actor
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case


class StepDone(Conflict):
    """The step was said to be done before."""

    code = "step_done"


def of(case: Case) -> tuple[Milestone, ...]:
    """Return the steps of a case, () where its class has none."""
    return tuple(map(Milestone.from_json, case.steps or ()))


def keep(case: Case, found: Sequence[Milestone]) -> None:
    """Write the steps of a case."""
    case.steps = [one.as_json() for one in found]


def begin(case: Case, category: Category, reference: Reference, since: datetime) -> None:
    """Let the steps of a case run from a moment on, all of them to be done."""
    keep(
        case,
        milestones.dated(
            milestones.parse(category.stages),
            since,
            reference.calendar,
            severity=case.severity,
            natural_from=reference.natural_from,
        ),
    )


def stop(case: Case, reference: Reference, now: datetime) -> None:
    """Keep what is left of each step: the clocks stand."""
    if case.steps:
        keep(case, milestones.stopped(of(case), now, reference.calendar))


def go_on(case: Case, reference: Reference, now: datetime) -> None:
    """Let what was left of each step count from now."""
    if case.steps:
        keep(case, milestones.going_on(of(case), now, reference.calendar))


def extend(case: Case, was: datetime, reference: Reference, now: datetime) -> None:
    """Move the steps to come as the limit moved, which ended at `was` before."""
    if case.steps:
        keep(case, milestones.extended(of(case), was, case.due_at, now, reference.calendar))


def fill(case: Case, category: Category, reference: Reference) -> None:
    """Give a case of an older database, or from elsewhere, the steps of its class."""
    if case.steps or not category.stages or case.due_at >= NO_LIMIT:
        return
    begin(case, category, reference, case.handle_since)
    if case.paused_at is not None:
        stop(case, reference, case.paused_at)


def open_of(case: Case) -> dict[int, Milestone]:
    """Return the steps that nobody said are done, by their number from 1 on."""
    return {n: one for n, one in enumerate(of(case), 1) if one.done_at is None}


def may_end(case: Case, by: Actor) -> bool:
    """Tell whether a step is somebody's to end: who has the case in hand."""
    mine = by.person_id is not None and case.assignee_id == by.person_id
    return mine or (case.unit_code is not None and case.unit_code in by.units())


def end(case: Case, number: int, by: Actor, now: datetime) -> Milestone:
    """Note that a step is done and return it as it was.

    Raises: InvalidInput (field step: not_yours, unknown), StepDone.
    """
    found = list(of(case))
    if not may_end(case, by):
        raise InvalidInput("step", "not_yours")
    if not 1 <= number <= len(found):
        raise InvalidInput("step", "unknown")
    was = found[number - 1]
    if was.done_at is not None:
        raise StepDone("the step was done before", step=was.name)
    found[number - 1] = milestones.done(was, now)
    keep(case, found)
    return was
