"""What each action does to a case besides its state: one small function per action."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from gridgov.domain.approvals import ruling_level
from gridgov.domain.catalogue import Level
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.workflow import SATISFACTION, Action, CaseState
from gridgov.services import (
    dispatch,
    effects_beside,
    effects_intake,
    effects_roster,
    effects_work,
    emergencies,
    ladder,
    standing,
)
from gridgov.services import grids_borders as borders
from gridgov.services.effects_base import (
    Context,
    Given,
    StoredPhoto,
    end_tasks,
    give,
    give_at_level,
    keep_photos,
    move_duty,
    open_task,
)
from gridgov.services.effects_work import lapse
from gridgov.storage import cases, history, people
from gridgov.storage.cases import ASSIST, CHECK, LEAD, VERIFY

__all__ = ["Context", "Given", "StoredPhoto", "apply", "keep_photos", "lapse", "words"]


class NeedsRuling(Conflict):
    """Returned twice: the level above decides whose it is."""

    code = "needs_ruling"


class Ruled(Conflict):
    """The level above decided whose it is; only that level gives it to another."""

    code = "ruled"


def words(action: Action, given: Given) -> str | None:
    """Return the free text of an action; where it went and under which number is text too."""
    if action is not Action.TRANSFER:
        return given.text
    to = given.target if given.receipt is None else f"{given.target} · {given.receipt}"
    return f"{to}: {given.text}"


Effect = Callable[[Context, Given], dict[str, Any]]


def apply(action: Action, context: Context, given: Given) -> dict[str, Any]:
    """Do what an action does and return what the history keeps of it (codes, no words)."""
    effect = EFFECTS.get(action)
    return effect(context, given) if effect is not None else {}


def _dispatch(context: Context, given: Given) -> dict[str, Any]:
    if standing.needs_ruling(context.case):
        raise NeedsRuling("returned twice: the level above decides", number=context.case.number)
    _keep_ruling(context)
    return _to_named(context, given)


def _keep_ruling(context: Context) -> None:
    """Let only the level that ruled whose a case is, or one above, give it to another."""
    case = context.case
    if case.ruled and not standing.may_overrule(context.session, case, context.by):
        raise Ruled("the ruling is final", number=case.number)


def _rule(context: Context, given: Given) -> dict[str, Any]:
    """Decide for good whose a case is that nobody would have."""
    level = ruling_level(Level(context.case.level))
    told = _to_named(context, given)
    context.case.ruled = True
    return told | {"ruled": True, "ruled_at": str(level)}


def _to_named(context: Context, given: Given) -> dict[str, Any]:
    end_tasks(context, VERIFY, "dispatched")
    assignment = given.assignment
    if assignment is None:
        assignment = dispatch.named_target(
            context.session, context.case, given.target or "", context.reference, context.now
        )
    return give_at_level(context, assignment, "dispatched_again")


def _change_grid(context: Context, given: Given) -> dict[str, Any]:
    """Note another place of duty; who has the case keeps it, a check may be another's."""
    case = context.case
    told = move_duty(context, given.duty or case.duty, given.reason)
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
    end_tasks(context, CHECK, str(given.reason))
    case.checker_id, case.checker_unit_code = asked.person_id, asked.unit_code
    open_task(context, CHECK, asked)
    checker = None if asked.person_id is None else str(asked.person_id)
    return told | {"checker": checker, "checker_unit": asked.unit_code, **asked.told()}


def _hand_over(context: Context, given: Given) -> dict[str, Any]:
    """Give the duty to another place, and the case to whom it falls there."""
    if given.assignment is None:
        raise InvalidInput("target", "missing")
    told = move_duty(context, given.duty or context.case.duty, given.reason)
    return told | give_at_level(context, given.assignment, str(given.reason))


def _hand_neighbour(context: Context, given: Given) -> dict[str, Any]:
    if standing.needs_ruling(context.case):
        raise NeedsRuling("returned twice: the level above decides", number=context.case.number)
    _keep_ruling(context)
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
    told = move_duty(context, handed.place, given.reason)
    return told | handed.told | give_at_level(context, handed.holder, "handed_on")


def _name_person(context: Context, given: Given) -> dict[str, Any]:
    """Name who of the unit has the case in hand; the unit keeps it."""
    case = context.case
    kind, _, code = (given.target or "").partition(":")
    colleagues = people.of_unit(context.session, case.district_code, case.unit_code)
    known = set(map(str, colleagues))
    if kind != "person" or code not in known:
        raise InvalidInput("target", "unknown")
    case.assignee_id = UUID(code)
    for task in cases.open_tasks(context.session, case.id):
        if task.kind == LEAD:
            task.person_id = case.assignee_id
    return {"person": code}


def _pass_up(context: Context, _given: Given) -> dict[str, Any]:
    if context.case.ruled:
        raise Ruled("the ruling is final", number=context.case.number)
    level, assignment = dispatch.level_above(context.session, context.case, context.reference)
    was = context.case.level
    context.case.level = str(level)
    return give(context, assignment, "passed_up") | {"level": str(level), "level_was": was}


def _return(context: Context, given: Given) -> dict[str, Any]:
    case = context.case
    if case.ruled:
        raise Ruled("the ruling is final", number=case.number)
    if given.target is not None:
        dispatch.named_target(context.session, case, given.target, context.reference, context.now)
    end_tasks(context, LEAD, "returned")
    was = {"person": str(case.assignee_id) if case.assignee_id else None, "unit": case.unit_code}
    case.assignee_id, case.unit_code = None, None
    case.return_count += 1
    return {"from": was, "proposed": given.target}


def _resolve(context: Context, given: Given) -> dict[str, Any]:
    case = context.case
    effects_work.no_assistance_open(context)
    end_tasks(context, ASSIST, "resolved")
    case.resolved_at = context.now
    assignment = dispatch.checker(
        context.session, case, context.reference, context.now, resolver=context.by.person_id
    )
    case.checker_id, case.checker_unit_code = assignment.person_id, assignment.unit_code
    open_task(context, CHECK, assignment)
    return {
        "photos": [picture.sha256 for picture in given.photos],
        "checker": None if assignment.person_id is None else str(assignment.person_id),
        "checker_unit": assignment.unit_code,
        **assignment.told(),
    }


def _check_pass(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    end_tasks(context, CHECK, "passed")
    end_tasks(context, LEAD, "done")
    case.closed_at = context.now
    case.first_closed_at = case.first_closed_at or context.now
    case.checker_id, case.checker_unit_code = None, None
    return {"on_time": context.now <= case.due_at}


def _send_back(context: Context, _given: Given) -> dict[str, Any]:
    case = context.case
    end_tasks(context, CHECK, "sent_back")
    case.rework_count += 1
    case.checker_id, case.checker_unit_code = None, None
    return {"rework": case.rework_count}


def _finish(context: Context, _given: Given) -> dict[str, Any]:
    for kind in (LEAD, VERIFY, ASSIST):
        end_tasks(context, kind, "ended")
    context.case.assignee_id, context.case.unit_code = None, None
    return {}


def _transfer(context: Context, given: Given) -> dict[str, Any]:
    """Hand a case over to somebody outside; the picture of their receipt is sealed with it."""
    return _finish(context, given) | {"photos": [picture.sha256 for picture in given.photos]}


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
    if history.did(context.session, case.id, Action.REOPEN):
        raise Conflict("a case is reopened once")
    case.reopen_count += 1
    case.rework_count += 1
    case.closed_at = None
    case.solved, case.satisfaction = None, None
    told = effects_work.take_up_again(context)
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
    emergencies.joined(context, given.told)
    return {"count": case.report_count, **given.told}


def _reporter(context: Context) -> dict[str, Any]:
    """Return which report acted: another reporter of the same case must not read it."""
    return {"report": str(context.by.report_id)}


EFFECTS: Mapping[Action, Effect] = {
    Action.ASK_INFO: effects_intake.ask_info,
    Action.ANSWER: effects_intake.answer,
    Action.GO_ON: effects_work.go_on,
    Action.ASK_VERIFY: effects_intake.ask_verify,
    Action.CONFIRM: effects_intake.confirm,
    Action.REFUTE: effects_intake.refute,
    Action.REJECT: _finish,
    Action.APPEAL: effects_intake.appeal,
    Action.GRANT_APPEAL: effects_intake.grant_appeal,
    Action.DENY_APPEAL: effects_intake.deny_appeal,
    Action.MERGE: effects_intake.merge,
    Action.UNMERGE: effects_intake.unmerge,
    Action.TAKE_IN: effects_intake.take_in,
    Action.LET_GO: effects_intake.let_go,
    Action.SPLIT: effects_intake.split,
    Action.TRANSFER: _transfer,
    Action.WITHDRAW: effects_intake.withdraw,
    Action.DISPATCH: _dispatch,
    Action.RULE: _rule,
    Action.RETURN: _return,
    Action.PASS_UP: _pass_up,
    Action.CLIMB: ladder.climb,
    Action.HAND_NEIGHBOUR: _hand_neighbour,
    Action.NAME_PERSON: _name_person,
    Action.RELIEVE: effects_roster.relieve,
    Action.STAND_IN: effects_roster.stand_in,
    Action.CHANGE_GRID: _change_grid,
    Action.HAND_OVER: _hand_over,
    Action.TAKE_BACK: _hand_over,
    Action.CALL_IN: effects_work.call_in,
    Action.FINISH_TASK: effects_work.finish_task,
    Action.WAIVE_TASK: effects_work.waive_task,
    Action.ASK_EXTENSION: effects_work.ask_extension,
    Action.GRANT_EXTENSION: effects_work.grant_extension,
    Action.REFUSE_EXTENSION: effects_work.refuse_extension,
    Action.ASK_SUSPENSION: effects_work.ask_suspension,
    Action.GRANT_SUSPENSION: effects_work.grant_suspension,
    Action.REFUSE_SUSPENSION: effects_work.refuse_suspension,
    Action.RESUME: effects_work.resume,
    Action.ASK_VOID: effects_work.ask_void,
    Action.GRANT_VOID: effects_work.grant_void,
    Action.REFUSE_VOID: effects_work.refuse_void,
    Action.RESOLVE: _resolve,
    Action.SELF_RESOLVE: effects_beside.self_resolve,
    Action.CHECK_PASS: _check_pass,
    Action.SEND_BACK: _send_back,
    Action.RATE: _rate,
    Action.REOPEN: _reopen,
    Action.SPOT_CHECK: effects_beside.spot_check,
    Action.SPOT_FAIL: effects_beside.spot_fail,
    Action.ADD: _add,
    Action.JOIN: _join,
    Action.LEAVE: effects_intake.leave,
    Action.CORRECT_SPOT: effects_intake.correct_spot,
    Action.NOTE: effects_beside.note,
    Action.URGE: effects_beside.urge,
    Action.INSTRUCT: effects_beside.instruct,
    Action.SUPERVISE: effects_beside.supervise,
    Action.END_SUPERVISION: effects_beside.end_supervision,
    Action.MARK_OVERDUE: _overdue,
    Action.RECOMPUTE: effects_beside.recompute,
    Action.RECORD_CLOSED: _record_closed,
    Action.RECORD_REJECTED: _finish,
    Action.RECORD_TRANSFERRED: _finish,
}
