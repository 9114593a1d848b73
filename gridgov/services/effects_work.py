"""What is applied for and decided on the way: more time, a suspension, a void; assistance."""

from datetime import datetime
from typing import Any

from gridgov.domain.approvals import Applied, desk_level, extension_level, suspension_level
from gridgov.domain.catalogue import Level
from gridgov.domain.deadlines import (
    NO_LIMIT,
    Limit,
    LimitUnit,
    after_pause,
    due_at,
)
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.stages import URGENT, Stage
from gridgov.domain.workflow import STEPS, Action, CaseState
from gridgov.services import deadlines, dispatch, steps
from gridgov.services.effects_base import Context, Given, end_tasks, follow_net, open_task
from gridgov.services.reference import Reference
from gridgov.storage import applications, cases
from gridgov.storage.applications import Application
from gridgov.storage.cases import ASSIST, CHECK, LEAD, Case, Task

# The longest assistance where the case's own limit is over or there is none.
LATE_ASSISTANCE = Limit(60, LimitUnit.WORKING_DAY)
REPORT, URGENT_REPORT = Limit(1, LimitUnit.WORKING_DAY), Limit(2, LimitUnit.NATURAL_HOUR)


class AlreadyApplied(Conflict):
    """Something else was applied for and is not decided yet."""

    code = "already_applied"


class NothingApplied(Conflict):
    """Nothing of this kind waits for a decision."""

    code = "nothing_applied"


class AssistanceOpen(Conflict):
    """Somebody who was called in has not finished, and was not let off."""

    code = "assistance_open"


def apply_for(context: Context, kind: Applied, level: Level, given: Given) -> dict[str, Any]:
    """Write an application; a case has one open at a time. Raises: AlreadyApplied."""
    case = context.case
    if case.applied_for is not None:
        raise AlreadyApplied(f"{case.applied_for} was applied for", kind=case.applied_for)
    case.applied_for = str(kind)
    context.session.add(
        Application(
            district_code=case.district_code,
            case_id=case.id,
            kind=str(kind),
            reason=given.reason,
            until=given.until,
            level=str(level),
            applicant_id=context.by.person_id,
            report_id=context.by.report_id,
            asked_at=context.now,
            entry_seq=case.history_seq + 1,
        )
    )
    until = None if given.until is None else given.until.isoformat()
    return {"until": until, "decides": str(level)}


def decide(context: Context, kind: Applied, *, granted: bool) -> Application:
    """Write the decision on what was applied for and return it. Raises: NothingApplied."""
    case = context.case
    asked = applications.pending(context.session, case)
    if asked is None or asked.kind != kind:
        raise NothingApplied(f"no {kind} was applied for")
    asked.granted, asked.decided_at = granted, context.now
    asked.decided_by_id = context.by.person_id
    case.applied_for = None
    return asked


GRANTED_BY = {
    Applied.EXTENSION: Action.GRANT_EXTENSION,
    Applied.SUSPENSION: Action.GRANT_SUSPENSION,
    Applied.VOID: Action.GRANT_VOID,
    Applied.APPEAL: Action.GRANT_APPEAL,
}


def lapse(context: Context) -> dict[str, Any]:
    """End what was applied for where the case went on to a state in which nobody decides it.

    Else it would wait for ever and keep everything else from being applied for: a resident
    could not appeal against a case that was closed while an extension was asked for. While
    the reporter is asked back it waits: the case returns to where it was. `decides` names the
    level that decides from now on, where it is another one.
    """
    case, told = context.case, dict[str, Any]()
    if case.applied_for is None:
        return {}
    state = CaseState(case.state)
    if state is CaseState.NEED_INFO and case.back_to is not None:
        state = CaseState(case.back_to)
    kind = Applied(case.applied_for)
    asked = applications.pending(context.session, case)
    if asked is not None and kind is Applied.EXTENSION:
        # It went up meanwhile: the desk below decides no more on what is above it.
        levels = Level(asked.level), desk_level(Level(case.level))
        level = str(max(levels, key=list(Level).index))
        if level != asked.level:
            asked.level = told["decides"] = level
    # A pause, or a year that was published, may have moved the limit beyond what was asked for:
    # to grant it would give nothing and use up one of two extensions.
    has_it = kind is Applied.EXTENSION and asked is not None and _has_it(case, asked)
    if asked is None or ((state, GRANTED_BY[kind]) in STEPS and not has_it):
        return told
    asked.decided_at = context.now  # by nobody: neither granted nor refused
    case.applied_for = None
    return {"lapsed": str(kind)}


def _has_it(case: Case, asked: Application) -> bool:
    """Tell whether a case has the time that was asked for already."""
    return case.paused_at is None and asked.until is not None and asked.until <= case.due_at


def ask_extension(context: Context, given: Given) -> dict[str, Any]:
    """Ask for more time before the limit ends."""
    case = context.case
    if given.until is None:
        raise InvalidInput("until", "missing")
    level = extension_level(
        Level(case.level),
        case.extension_count,
        due=case.due_at,
        until=given.until,
        since=case.handle_since,
        limit=deadlines.limit(
            case, context.reference.category_of(case), Stage.HANDLE, context.reference
        ),
        calendar=context.reference.calendar,
        now=context.now,
    )
    return apply_for(context, Applied.EXTENSION, level, given)


def grant_extension(context: Context, _given: Given) -> dict[str, Any]:
    """Move the limit; the first one stays on record."""
    case = context.case
    asked = decide(context, Applied.EXTENSION, granted=True)
    was = case.due_at
    case.first_due_at = case.first_due_at or was
    case.due_at = max(was, asked.until or was)
    case.due_provisional = False  # a day somebody named rests on no calendar
    steps.extend(case, was, context.reference, context.now)
    case.extension_count += 1
    return {"due_was": was.isoformat(), "due": case.due_at.isoformat()}


def refuse_extension(context: Context, _given: Given) -> dict[str, Any]:
    """Leave the limit as it is."""
    decide(context, Applied.EXTENSION, granted=False)
    return {}


def ask_suspension(context: Context, given: Given) -> dict[str, Any]:
    """Ask to put the case aside until a day of review."""
    if given.until is None:
        raise InvalidInput("until", "missing")
    level = suspension_level(given.until, context.now)
    return apply_for(context, Applied.SUSPENSION, level, given)


def grant_suspension(context: Context, _given: Given) -> dict[str, Any]:
    """Put the case aside; the clocks stand until the day of review.

    Raises: InvalidInput (until: past) where that day has come before anybody decided.
    """
    asked = decide(context, Applied.SUSPENSION, granted=True)
    if asked.until is not None and asked.until <= context.now:
        raise InvalidInput("until", "past")
    context.case.review_at = asked.until
    return {"review": None if asked.until is None else asked.until.isoformat()}


def refuse_suspension(context: Context, _given: Given) -> dict[str, Any]:
    """Let the case go on."""
    decide(context, Applied.SUSPENSION, granted=False)
    return {}


def resume(context: Context, given: Given) -> dict[str, Any]:
    """Take a suspended case up again."""
    go_on(context, given)
    was, context.case.review_at = context.case.review_at, None
    return {"review_was": None if was is None else was.isoformat()}


def go_on(context: Context, _given: Given) -> dict[str, Any]:
    """Let the limits of those who assist go on with the clock of the case: they stood with it.

    What was left of each counts from now; what was over stays over, and what is so far off
    that no calendar reaches it stays where it is.
    """
    case, calendar = context.case, context.reference.calendar
    if case.paused_at is None:
        return {}
    category = context.reference.category_of(case)
    unit = deadlines.limit(case, category, Stage.HANDLE, context.reference).unit
    for task in cases.open_tasks(context.session, case.id):
        if task.kind == ASSIST and task.due_at is not None:
            left = deadlines.hours_left(task.due_at, unit, context.reference, case.paused_at)
            again = after_pause(left, unit, context.now, calendar)
            task.due_at = task.due_at if again is None else again.at
    return {}


def ask_void(context: Context, given: Given) -> dict[str, Any]:
    """Ask to void a case that should not be one."""
    return apply_for(context, Applied.VOID, Level.TOWN, given)


def grant_void(context: Context, _given: Given) -> dict[str, Any]:
    """Void the case: it is kept, and counts no more."""
    decide(context, Applied.VOID, granted=True)
    end(context, "void")
    return {}


def refuse_void(context: Context, _given: Given) -> dict[str, Any]:
    """Keep the case."""
    decide(context, Applied.VOID, granted=False)
    return {}


def end(context: Context, outcome: str) -> None:
    """End all work on a case."""
    for kind in (LEAD, ASSIST):
        end_tasks(context, kind, outcome)
    context.case.assignee_id, context.case.unit_code = None, None


def take_up_again(context: Context) -> dict[str, Any]:
    """Give a case that was done to who handles it now; a spot check that waits is over.

    Where the net changed meanwhile its duty goes with the ground first.
    """
    case, told = context.case, follow_net(context)
    end_tasks(context, CHECK, "taken_up_again")
    case.checker_id, case.checker_unit_code = None, None
    again = dispatch.after_reopening(context.session, case, context.reference, context.now)
    case.assignee_id, case.unit_code = again.person_id, again.unit_code
    open_task(context, LEAD, again)
    return told


def call_in(context: Context, given: Given) -> dict[str, Any]:
    """Call a unit or the grid's worker in to assist, with a limit within the case's own."""
    case = context.case
    asked = dispatch.named_target(
        context.session, case, given.target or "", context.reference, context.now
    )
    latest = latest_assistance(case, context.reference, context.now)
    if given.until is not None and not context.now < given.until <= latest:
        raise InvalidInput("until", "beyond_the_case", latest=latest.isoformat())
    for task in cases.open_tasks(context.session, case.id):
        if (task.person_id, task.unit_code) == (asked.person_id, asked.unit_code):
            raise InvalidInput("target", "already_part")
    task = Task(
        district_code=case.district_code,
        case_id=case.id,
        kind=ASSIST,
        person_id=asked.person_id,
        unit_code=asked.unit_code,
        reason="called_in",
        opened_at=context.now,
        required=given.required,
        due_at=given.until or usual_assistance(case, context.reference, context.now),
    )
    context.session.add(task)
    context.session.flush()
    return {
        "task": str(task.id),
        "person": None if asked.person_id is None else str(asked.person_id),
        "unit": asked.unit_code,
        "required": given.required,
        "until": task.due_at.isoformat() if task.due_at else None,
    }


def latest_assistance(case: Case, reference: Reference, now: datetime) -> datetime:
    """Return the latest limit of an assisting task: the case's own.

    Where that is over or there is none, sixty working days from now.
    """
    if now < case.due_at < NO_LIMIT:
        return case.due_at
    return due_at(now, LATE_ASSISTANCE, reference.calendar).at


def usual_assistance(case: Case, reference: Reference, now: datetime) -> datetime:
    """Return by when assistance is to be there where nobody says: with the case itself.

    Where that is over or has no limit, one working day from now (报到), in danger two hours:
    who is called in late is not late by that.
    """
    if now < case.due_at < NO_LIMIT:
        return case.due_at
    report = URGENT_REPORT if case.severity >= URGENT else REPORT
    return due_at(now, report, reference.calendar).at


def finish_task(context: Context, given: Given) -> dict[str, Any]:
    """Report an assisting task as done; only who has it may."""
    task = _open_assist(context, given)
    mine = task.person_id == context.by.person_id or task.unit_code in context.by.units()
    if not mine:
        raise InvalidInput("task", "not_yours")
    task.ended_at, task.outcome = context.now, "done"
    return {"task": str(task.id), "photos": [picture.sha256 for picture in given.photos]}


def waive_task(context: Context, given: Given) -> dict[str, Any]:
    """Let somebody who was called in off, with a reason."""
    task = _open_assist(context, given)
    task.ended_at, task.outcome = context.now, "waived"
    return {"task": str(task.id)}


def _open_assist(context: Context, given: Given) -> Task:
    for task in cases.open_tasks(context.session, context.case.id):
        if task.kind == ASSIST and task.id == given.task_id:
            return task
    raise InvalidInput("task", "unknown")


def no_assistance_open(context: Context) -> None:
    """Refuse to go on while a required assisting task is open. Raises: AssistanceOpen."""
    waited = [
        task
        for task in cases.open_tasks(context.session, context.case.id)
        if task.kind == ASSIST and task.required
    ]
    if waited:
        raise AssistanceOpen("assistance that was called in is not done", count=len(waited))
