"""What each action does to a case besides its state: one small function per action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment
from gridgov.domain.catalogue import Level
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.handover import DutyPlace
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import SATISFACTION, Action, CaseState, Need
from gridgov.services import dispatch
from gridgov.services import grids_borders as borders
from gridgov.services import grids_places as duty_places
from gridgov.services.reference import Reference
from gridgov.storage import cases
from gridgov.storage.cases import CHECK, LEAD, Case, Task
from gridgov.storage.photos import AFTER, BEFORE, Photo


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A picture that lies in the photo store already; `hint` is where its camera was."""

    sha256: str
    width: int
    height: int
    hint: LonLat | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What came with an action.

    `seen_seq` is the history the person was looking at; `told` seals the report that
    joins a case (services/history.seal_report), or marks what a program added. `duty` is
    where the duty goes when the net changes, `stays` that a check remains with whom it
    was asked of; `position` (WGS-84) is where the problem really is.
    """

    text: str | None = None
    reason: str | None = None
    photos: tuple[StoredPhoto, ...] = ()
    target: str | None = None
    assignment: Assignment | None = None
    receipt: str | None = None
    solved: bool | None = None
    satisfaction: str | None = None
    report_id: UUID | None = None
    seen_seq: int | None = None
    duty: DutyPlace | None = None
    stays: bool = False
    position: LonLat | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def values(self) -> dict[Need, object]:
        """Return what was given by the need it answers."""
        return {
            Need.TEXT: self.text,
            Need.REASON: self.reason,
            Need.AFTER_PHOTO: self.photos,
            Need.TARGET: self.target or self.assignment,
            Need.RECEIPT: self.receipt,
            Need.SOLVED: self.solved,
        }


@dataclass(frozen=True, slots=True)
class Context:
    """The locked case and everything an effect may need."""

    session: Session
    case: Case
    by: Actor
    now: datetime
    reference: Reference


def words(action: Action, given: Given) -> str | None:
    """Return the free text of an action; where it went and under which number is text too."""
    if action is not Action.TRANSFER:
        return given.text
    return f"{given.target} · {given.receipt}: {given.text}"


Effect = Callable[[Context, Given], dict[str, Any]]


def apply(action: Action, context: Context, given: Given) -> dict[str, Any]:
    """Do what an action does and return what the history keeps of it (codes, no words)."""
    effect = EFFECTS.get(action)
    return effect(context, given) if effect is not None else {}


def keep_photos(context: Context, given: Given, entry_seq: int) -> None:
    """Write rows for the pictures that came with an action."""
    resident = context.by.report_id is not None
    for picture in given.photos:
        context.session.add(
            Photo(
                district_code=context.case.district_code,
                case_id=context.case.id,
                report_id=context.by.report_id,
                entry_seq=entry_seq,
                purpose=BEFORE if resident else AFTER,
                sha256=picture.sha256,
                width=picture.width,
                height=picture.height,
                added_at=context.now,
            )
        )


def _end_tasks(context: Context, kind: str, outcome: str) -> None:
    for task in cases.open_tasks(context.session, context.case.id):
        if task.kind == kind:
            task.ended_at, task.outcome = context.now, outcome


def _open_task(context: Context, kind: str, assignment: Assignment) -> None:
    context.session.add(
        Task(
            district_code=context.case.district_code,
            case_id=context.case.id,
            kind=kind,
            person_id=assignment.person_id,
            unit_code=assignment.unit_code,
            reason=assignment.reason,
            opened_at=context.now,
        )
    )


def _give(context: Context, assignment: Assignment, outcome: str) -> dict[str, Any]:
    case = context.case
    _end_tasks(context, LEAD, outcome)
    _open_task(context, LEAD, assignment)
    case.assignee_id, case.unit_code = assignment.person_id, assignment.unit_code
    return {
        "person": None if assignment.person_id is None else str(assignment.person_id),
        "unit": assignment.unit_code,
        "why": assignment.reason,
    }


def _give_at_level(context: Context, assignment: Assignment, outcome: str) -> dict[str, Any]:
    if assignment.unit_code is not None:
        level = context.reference.units[assignment.unit_code].level
        context.case.level = level if level in set(Level) else str(Level.DISTRICT)
    else:
        context.case.level = str(Level.GRID)
    return _give(context, assignment, outcome) | {"level": context.case.level}


def _dispatch(context: Context, given: Given) -> dict[str, Any]:
    assignment = given.assignment
    if assignment is None:
        assignment = dispatch.named_target(
            context.session, context.case, given.target or "", context.reference, context.now
        )
    return _give_at_level(context, assignment, "dispatched_again")


def _move_duty(context: Context, place: DutyPlace, reason: str | None) -> dict[str, Any]:
    was = context.case.duty
    context.case.give_duty(place, reason)
    return {"duty_was": was.as_json(), "duty": place.as_json()}


def _change_grid(context: Context, given: Given) -> dict[str, Any]:
    """Note another place of duty; who has the case keeps it, a check may be another's."""
    case = context.case
    told = _move_duty(context, given.duty or case.duty, given.reason)
    if case.state != CaseState.RESOLVED or given.stays:
        return told
    asked = given.assignment
    if asked is not None and (asked.person_id, asked.unit_code) == (
        case.checker_id,
        case.checker_unit_code,
    ):
        return told
    if asked is None:
        duties = dispatch.duties_of(context.session, context.reference, context.now)
        if dispatch.still_checks(case, case.duty, context.reference, duties):
            return told
        asked = dispatch.checker(
            context.session, case, context.reference, context.now, resolver=None
        )
    _end_tasks(context, CHECK, str(given.reason))
    case.checker_id, case.checker_unit_code = asked.person_id, asked.unit_code
    _open_task(context, CHECK, asked)
    checker = None if asked.person_id is None else str(asked.person_id)
    return told | {"checker": checker, "checker_unit": asked.unit_code, "why": asked.reason}


def _hand_over(context: Context, given: Given) -> dict[str, Any]:
    """Give the duty to another place, and the case to whom it falls there."""
    if given.assignment is None:
        raise InvalidInput("target", "missing")
    told = _move_duty(context, given.duty or context.case.duty, given.reason)
    return told | _give_at_level(context, given.assignment, str(given.reason))


def _hand_neighbour(context: Context, given: Given) -> dict[str, Any]:
    handed = borders.hand_on(
        context.session,
        context.case,
        context.reference,
        given.target or "",
        str(given.reason),
        given.position,
        by=context.by,
        now=context.now,
    )
    told = _move_duty(context, handed.place, given.reason)
    return told | handed.told | _give_at_level(context, handed.holder, "handed_on")


def _pass_up(context: Context, _given: Given) -> dict[str, Any]:
    category = context.reference.category(context.case.category_code)
    level, assignment = dispatch.level_above(context.case, category, context.reference)
    was = context.case.level
    context.case.level = str(level)
    return _give(context, assignment, "passed_up") | {"level": str(level), "level_was": was}


def _return(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    _end_tasks(context, LEAD, "returned")
    was = {"person": str(case.assignee_id) if case.assignee_id else None, "unit": case.unit_code}
    case.assignee_id, case.unit_code = None, None
    case.return_count += 1
    return {"from": was}


def _resolve(context: Context, given: Given) -> dict[str, Any]:
    case = context.case
    case.resolved_at = context.now
    assignment = dispatch.checker(
        context.session, case, context.reference, context.now, resolver=context.by.person_id
    )
    case.checker_id, case.checker_unit_code = assignment.person_id, assignment.unit_code
    _open_task(context, CHECK, assignment)
    return {
        "photos": [picture.sha256 for picture in given.photos],
        "checker": None if assignment.person_id is None else str(assignment.person_id),
        "checker_unit": assignment.unit_code,
        "why": assignment.reason,
    }


def _check_pass(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    _end_tasks(context, CHECK, "passed")
    _end_tasks(context, LEAD, "done")
    case.closed_at = context.now
    case.first_closed_at = case.first_closed_at or context.now
    case.checker_id, case.checker_unit_code = None, None
    return {"on_time": context.now <= case.due_at}


def _send_back(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    _end_tasks(context, CHECK, "sent_back")
    case.rework_count += 1
    case.checker_id, case.checker_unit_code = None, None
    return {"rework": case.rework_count}


def _finish(context: Context, _given: Given) -> dict[str, Any]:
    _end_tasks(context, LEAD, "ended")
    context.case.assignee_id, context.case.unit_code = None, None
    return {}


def _record_closed(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    case.closed_at = case.first_closed_at = context.now
    return {"on_time": context.now <= case.due_at}


def _rate(context: Context, given: Given) -> dict[str, Any]:
    case = context.case
    if case.solved is not None:
        raise Conflict("the case was rated already")
    if given.satisfaction is not None and given.satisfaction not in SATISFACTION:
        raise InvalidInput("satisfaction", "unknown")
    case.solved, case.satisfaction = given.solved, given.satisfaction
    return {"solved": given.solved, "satisfaction": given.satisfaction} | _reporter(context)


def _reopen(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    if case.reopen_count:
        raise Conflict("a case is reopened once")
    case.reopen_count += 1
    case.rework_count += 1
    case.closed_at = None
    case.solved, case.satisfaction = None, None
    moved = duty_places.now(context.session, case, context.reference)
    told = {} if moved is None else _move_duty(context, moved, "grid_changed")
    again = dispatch.after_reopening(context.session, case, context.reference, context.now)
    case.assignee_id, case.unit_code = again.person_id, again.unit_code
    _open_task(context, LEAD, again)
    return {"reopen": case.reopen_count} | told | _reporter(context)


def _overdue(context: Context, _given: Given) -> dict[str, Any]:
    context.case.overdue_at = context.now
    return {"limit_at": context.case.limit_at.isoformat()}


def _add(context: Context, given: Given) -> dict[str, Any]:
    if not given.text and not given.photos:
        raise InvalidInput("text", "missing")
    sent = {"photos": [picture.sha256 for picture in given.photos], **given.told}
    return sent | _reporter(context)


def _join(context: Context, given: Given) -> dict[str, Any]:
    case = context.case
    case.report_count += 1
    return {"count": case.report_count, **given.told}


def _reporter(context: Context) -> dict[str, Any]:
    """Return which report acted: another reporter of the same case must not read it."""
    return {"report": str(context.by.report_id)}


EFFECTS: Mapping[Action, Effect] = {
    Action.DISPATCH: _dispatch,
    Action.PASS_UP: _pass_up,
    Action.RETURN: _return,
    Action.RESOLVE: _resolve,
    Action.CHECK_PASS: _check_pass,
    Action.SEND_BACK: _send_back,
    Action.REJECT: _finish,
    Action.TRANSFER: _finish,
    Action.RECORD_CLOSED: _record_closed,
    Action.RECORD_REJECTED: _finish,
    Action.RECORD_TRANSFERRED: _finish,
    Action.RATE: _rate,
    Action.REOPEN: _reopen,
    Action.MARK_OVERDUE: _overdue,
    Action.HAND_NEIGHBOUR: _hand_neighbour,
    Action.CHANGE_GRID: _change_grid,
    Action.HAND_OVER: _hand_over,
    Action.TAKE_BACK: _hand_over,
    Action.ADD: _add,
    Action.JOIN: _join,
}
