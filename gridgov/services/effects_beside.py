"""What happens beside the way of a case: supervision, instructions, urging, spot checks."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Role
from gridgov.domain.supervision import Supervision, rises
from gridgov.services import dispatch, effects_work, emergencies, ladder, standing, steps
from gridgov.services.effects_base import Context, Given, end_tasks, open_task
from gridgov.storage import history
from gridgov.storage.cases import ASSIST, CHECK, LEAD

URGE_ONCE_IN = timedelta(days=1)
SPOT_CHECK_ONE_IN = 10
# In what a program tells of what was found and done: whether the lot fell on it (the sample).
DRAWN = "drawn"


class UrgedToday(Conflict):
    """The same resident urged within a day."""

    code = "urged_today"


class AlreadySupervised(Conflict):
    """The case is watched as closely already."""

    code = "already_supervised"


def note(context: Context, given: Given) -> dict[str, Any]:
    """Note something among staff; a dispatcher's first note on an emergency registers it.

    An emergency is dispatched at once and its facts are recorded afterwards (立案补录). A
    note of who has the case can say that a step of a staged limit is done.
    Raises: InvalidInput (step), StepDone.
    """
    case, told = context.case, dict[str, Any]()
    if given.step is not None:
        was = steps.end(case, given.step, context.by, context.now)
        in_time = was.in_time(context.now)
        told |= {"step": given.step, "name": was.name, "on_time": in_time}
    if emergencies.recorded_from(case) is None or not context.by.has(Role.DISPATCHER):
        return told
    case.routing = {**case.routing, emergencies.RECORDED: context.now.isoformat()}
    return told | {"recorded": True}


def supervise(context: Context, given: Given) -> dict[str, Any]:
    """Watch a case more closely than before; the line says which level may end it.

    Of what a rule does the level above is told. Raises: InvalidInput (level),
    AlreadySupervised.
    """
    case = context.case
    if given.level not in set(Supervision):
        raise InvalidInput("level", "unknown")
    wanted = Supervision(str(given.level))
    if not rises(case.supervision, wanted):
        raise AlreadySupervised(f"supervision is {case.supervision}", level=case.supervision)
    was, case.supervision = case.supervision, str(wanted)
    told: dict[str, Any] = {"supervision": case.supervision, "was": was, **given.told}
    if context.by.role is Role.SYSTEM:
        above = ladder.rungs(context.session, case, context.reference)
        told |= {"tell": above[0].unit} if above else {}
    return told | {standing.WATCHED_AT: str(standing.level_of(case, context.by))}


def end_supervision(context: Context, _given: Given) -> dict[str, Any]:
    """Stop watching. Raises: InvalidInput where nobody watched."""
    if context.case.supervision is None:
        raise InvalidInput("level", "not_supervised")
    was, context.case.supervision = context.case.supervision, None
    return {"was": was}


def recompute(context: Context, given: Given) -> dict[str, Any]:
    """Move the limits of a case to where the calendar has them now (services/calendars)."""
    case, calendar = context.case, context.reference.calendar
    was, due = case.due_at, given.until or case.due_at
    case.due_at = due
    case.due_provisional = calendar.is_provisional(calendar.local(due).date())
    stage_was, stage = case.stage_due_at, given.told.get("stage_due")
    if stage is not None:
        case.stage_due_at = datetime.fromisoformat(stage)
    case.steps = given.told.get("steps", case.steps)
    return {
        "due_was": was.isoformat(),
        "due": due.isoformat(),
        "stage_due_was": stage_was.isoformat(),
        "stage_due": case.stage_due_at.isoformat(),
    }


def instruct(context: Context, given: Given) -> dict[str, Any]:
    """Note a leader's words, perhaps with an earlier target; the limit stays what it is."""
    case = context.case
    if given.until is None:
        return {}
    if not context.now < given.until <= case.due_at:
        raise InvalidInput("until", "beyond_the_case", latest=case.due_at.isoformat())
    case.target_at = given.until
    return {"target": given.until.isoformat()}


def urge(context: Context, _given: Given) -> dict[str, Any]:
    """Urge; a resident once a day. Raises: UrgedToday."""
    if context.by.report_id is None:
        return {}
    report = str(context.by.report_id)
    for entry in reversed(history.of_case(context.session, context.case.id)):
        if context.now - entry.at >= URGE_ONCE_IN:
            break
        if entry.action == "urge" and entry.data.get("report") == report:
            raise UrgedToday("urged within a day")
    return {"report": report}


def self_resolve(context: Context, given: Given) -> dict[str, Any]:
    """Close what a worker found and did in the own grid; every tenth is checked by another."""
    case = context.case
    if not context.reference.category_of(case).self_close:
        raise InvalidInput("category", "not_self_close", code=case.category_code)
    effects_work.no_assistance_open(context)
    end_tasks(context, ASSIST, "resolved")
    end_tasks(context, LEAD, "done")
    case.assignee_id, case.unit_code = context.by.person_id, None
    case.resolved_at = case.closed_at = context.now
    case.first_closed_at = case.first_closed_at or context.now
    case.self_handled = True
    told: dict[str, Any] = {
        "on_time": context.now <= case.due_at,
        "photos": [picture.sha256 for picture in given.photos],
    }
    # Nothing about the case tells beforehand; who counts again reads it in the history.
    drawn = given.told.get(DRAWN)
    if drawn is None:
        drawn = secrets.randbelow(SPOT_CHECK_ONE_IN) == 0
    if not drawn:
        return told
    asked = dispatch.checker(
        context.session, case, context.reference, context.now, resolver=context.by.person_id
    )
    case.checker_id, case.checker_unit_code = asked.person_id, asked.unit_code
    open_task(context, CHECK, asked)
    return told | {
        "spot_check": True,
        "checker": None if asked.person_id is None else str(asked.person_id),
        "checker_unit": asked.unit_code,
        **asked.told(),
    }


def spot_check(context: Context, _given: Given) -> dict[str, Any]:
    """Note that what was closed without a check is done."""
    return _spot(context, "spot_passed")


def spot_fail(context: Context, _given: Given) -> dict[str, Any]:
    """Take up again what was closed and is not done."""
    case = context.case
    told = _spot(context, "spot_failed")
    case.closed_at, case.solved, case.satisfaction = None, None, None
    case.reopen_count += 1
    case.rework_count += 1
    return told | effects_work.take_up_again(context)


def _spot(context: Context, outcome: str) -> dict[str, Any]:
    end_tasks(context, CHECK, outcome)
    context.case.checker_id, context.case.checker_unit_code = None, None
    return {"spot": outcome}
