"""What happens to a case when somebody who had a part in it cannot act: another takes it."""

from enum import StrEnum
from typing import Any

from gridgov.domain.errors import InvalidInput
from gridgov.services.effects_base import Context, Given, give_at_level
from gridgov.storage import cases
from gridgov.storage.cases import ASSIST, CHECK, LEAD, VERIFY, Task


class Part(StrEnum):
    """What somebody has to do with a case; the kinds of task."""

    LEAD = LEAD
    CHECK = CHECK
    ASSIST = ASSIST
    VERIFY = VERIFY


def relieve(context: Context, given: Given) -> dict[str, Any]:
    """Give the case to another person or unit, who signs it anew."""
    if given.assignment is None:
        raise InvalidInput("target", "missing")
    return _from(given) | give_at_level(context, given.assignment, str(given.reason))


def _from(given: Given) -> dict[str, Any]:
    """Return from whom it went, as the history keeps it."""
    return {"part": given.told.get("part", str(Part.LEAD)), "from": given.told.get("from")}


def stand_in(context: Context, given: Given) -> dict[str, Any]:
    """Give one part of the case to another: the lead while the clock stands, a check, a task.

    `told["part"]` names the part, `task_id` the task where there are several of a kind.
    Raises: InvalidInput (target: missing; task: unknown).
    """
    asked, case = given.assignment, context.case
    if asked is None:
        raise InvalidInput("target", "missing")
    part = Part(given.told["part"])
    for task in _tasks(context, part, given):
        task.ended_at, task.outcome = context.now, given.reason
        context.session.add(
            Task(
                district_code=case.district_code,
                case_id=case.id,
                kind=task.kind,
                person_id=asked.person_id,
                unit_code=asked.unit_code,
                reason=asked.reason,
                opened_at=context.now,
                required=task.required,
                due_at=task.due_at,
            )
        )
    if part is Part.LEAD:
        case.assignee_id, case.unit_code = asked.person_id, asked.unit_code
    elif part is Part.CHECK:
        case.checker_id, case.checker_unit_code = asked.person_id, asked.unit_code
    context.session.flush()
    return {
        **_from(given),
        "person": None if asked.person_id is None else str(asked.person_id),
        "unit": asked.unit_code,
        **asked.told(),
    }


def _tasks(context: Context, part: Part, given: Given) -> list[Task]:
    """Return the open tasks of the part. Raises: InvalidInput for a task that is not there."""
    found = [
        task
        for task in cases.open_tasks(context.session, context.case.id)
        if task.kind == part and given.task_id in (None, task.id)
    ]
    if given.task_id is not None and not found:
        raise InvalidInput("task", "unknown")
    return found
