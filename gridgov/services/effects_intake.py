"""What happens at the door: asking back, going to look, merging, appealing, withdrawing."""

from typing import Any
from uuid import UUID

from gridgov.domain.approvals import Applied, desk_level
from gridgov.domain.catalogue import Level
from gridgov.domain.errors import Conflict, InvalidInput, NotAllowed
from gridgov.domain.handover import place_at
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import dispatch, effects_work, emergencies
from gridgov.services.effects_base import Context, Given, end_tasks, follow_net, open_task
from gridgov.storage import cases, history, search
from gridgov.storage.cases import VERIFY, Case
from gridgov.storage.reports import Report

MAX_QUESTIONS = 2
APPEAL_DAYS = 15
WRONG_SPOT = "wrong_spot"
DECIDE_APPEALS = (Action.GRANT_APPEAL, Action.DENY_APPEAL)


class AskedTooOften(Conflict):
    """A resident is asked back at most twice."""

    code = "asked_too_often"


class AppealedBefore(Conflict):
    """A decision is appealed once."""

    code = "appealed_before"


class AppealTooLate(Conflict):
    """The days in which a decision can be appealed are over."""

    code = "appeal_too_late"


class OthersReported(Conflict):
    """Other residents reported the same; one alone cannot take the case back."""

    code = "others_reported"


class WorkBegan(Conflict):
    """Somebody has the case in hand; it cannot be taken back any more."""

    code = "work_began"


def ask_info(context: Context, _given: Given) -> dict[str, Any]:
    """Ask the reporter back; the clocks stand meanwhile."""
    case = context.case
    if case.info_count >= MAX_QUESTIONS:
        raise AskedTooOften("the reporter was asked twice already", limit=MAX_QUESTIONS)
    case.info_count += 1
    return {"question": case.info_count}


def answer(context: Context, given: Given) -> dict[str, Any]:
    """Take the reporter's answer. Raises: InvalidInput (text) for an empty one."""
    if not given.text and not given.photos:
        raise InvalidInput("text", "missing")
    effects_work.go_on(context, given)
    return {
        "photos": [picture.sha256 for picture in given.photos],
        "report": str(context.by.report_id),
    }


def ask_verify(context: Context, given: Given) -> dict[str, Any]:
    """Send somebody to look whether it is so: the grid's worker, or a unit."""
    asked = dispatch.named_target(
        context.session, context.case, given.target or "", context.reference, context.now
    )
    open_task(context, VERIFY, asked)
    return {
        "person": None if asked.person_id is None else str(asked.person_id),
        "unit": asked.unit_code,
    }


def confirm(context: Context, given: Given) -> dict[str, Any]:
    """Note that it is so."""
    end_tasks(context, VERIFY, "confirmed")
    return {"photos": [picture.sha256 for picture in given.photos]}


def refute(context: Context, given: Given) -> dict[str, Any]:
    """Note that it is not so, or that nothing was found; the desk decides."""
    end_tasks(context, VERIFY, str(given.reason))
    return {"photos": [picture.sha256 for picture in given.photos]}


def merge(context: Context, given: Given) -> dict[str, Any]:
    """Let another case go on with it; its reporters follow that one."""
    case = context.case
    master = _other(context, given.case_id)
    if not master.is_open:
        raise InvalidInput("case", "not_open", number=master.number)
    case.merged_into_id = master.id
    if case.applied_for is not None:
        raise effects_work.AlreadyApplied(
            "decide first what was applied for", kind=case.applied_for
        )
    return {"into": str(master.id)}


def take_in(context: Context, given: Given) -> dict[str, Any]:
    """Note that another case was merged into this one, and take over the danger it told of."""
    other = _other(context, given.case_id)
    context.case.report_count += other.report_count
    danger = emergencies.taken_in(context, other)
    return {"case": str(other.id), "count": context.case.report_count, **danger}


def unmerge(context: Context, given: Given) -> dict[str, Any]:
    """Take a merged case out again; it goes on where it stood, in the net of today."""
    effects_work.go_on(context, given)
    was, context.case.merged_into_id = context.case.merged_into_id, None
    return {"from": None if was is None else str(was)} | follow_net(context)


def let_go(context: Context, given: Given) -> dict[str, Any]:
    """Note that a case that was merged into this one was taken out again."""
    other = _other(context, given.case_id)
    context.case.report_count = max(0, context.case.report_count - other.report_count)
    return {"case": str(other.id), "count": context.case.report_count}


def _other(context: Context, case_id: UUID | None) -> Case:
    case = context.case
    found = None if case_id is None else context.session.get(Case, case_id)
    if (
        found is None
        or found.id == case.id
        or found.district_code != case.district_code
        or found.confidential != case.confidential
    ):
        raise InvalidInput("case", "unknown")
    return found


def leave(context: Context, _given: Given) -> dict[str, Any]:
    """Note that one of several reporters took the own report back; the case goes on."""
    context.case.report_count = max(0, context.case.report_count - 1)
    return {"report": str(context.by.report_id), "count": context.case.report_count}


def split(_context: Context, given: Given) -> dict[str, Any]:
    """Note which cases were opened from parts of what was told."""
    return dict(given.told)


def correct_spot(context: Context, given: Given) -> dict[str, Any]:
    """Move the pin to where it really is, and the duty with it; the first spot stays on record.

    Where it was routed stays what statistics count. Raises: OutsideJurisdiction; NotAllowed
    for who only joined, or follows it from another case: their spot is not the case's.
    """
    case, net, spot = context.case, context.reference.net, given.position
    if spot is None:
        raise InvalidInput("position", "missing")
    if context.by.report_id is not None:
        report = context.session.get_one(Report, context.by.report_id)
        if not opened(case, report):
            raise NotAllowed("the spot is corrected by who told of it first, or by the desk")
    placed = net.locate(spot, category=case.category_code, settings=context.reference.routing)
    spot_was = None if case.lon is None else [case.lon, case.lat]
    duty_was, named = case.duty, net.find(case.duty.anchor)
    case.lon, case.lat = spot.lon, spot.lat
    case.give_duty(place_at(net, placed.area_code, placed.grid_code), WRONG_SPOT)
    if case.place == (net.area(case.district_code) if named is None else named).name:
        case.place = net.area(placed.area_code).name
        search.refresh(context.session, case)
    return {
        "position_was": spot_was,
        "position": [spot.lon, spot.lat],
        "routing": placed.as_record(),
        "duty_was": duty_was.as_json(),
        "duty": case.duty.as_json(),
    }


def opened(case: Case, report: Report) -> bool:
    """Tell whether a case was opened by a report: its reporter told where it is."""
    return report.case_id == case.id and not report.joined


def appeal(context: Context, given: Given) -> dict[str, Any]:
    """Take an appeal; somebody who took no part decides, one level up at least."""
    case, now = context.case, context.now
    # One that lapsed, for the case was taken up again before anybody decided, is not used up.
    decided = any(history.did(context.session, case.id, one) for one in DECIDE_APPEALS)
    if decided or case.applied_for == Applied.APPEAL:
        raise AppealedBefore("an appeal was decided or is being decided")
    if (now - case.stage_since).days >= APPEAL_DAYS:
        raise AppealTooLate("the days to appeal are over", days=APPEAL_DAYS)
    level = desk_level(Level(case.level))
    told = effects_work.apply_for(context, Applied.APPEAL, level, given)
    return told | {"report": str(context.by.report_id)}


def grant_appeal(context: Context, _given: Given) -> dict[str, Any]:
    """Take the case up again."""
    case = context.case
    effects_work.decide(context, Applied.APPEAL, granted=True)
    if case.closed_at is None:
        return follow_net(context)
    case.closed_at, case.solved, case.satisfaction = None, None, None
    case.reopen_count += 1
    return {"reopen": case.reopen_count} | effects_work.take_up_again(context)


def deny_appeal(context: Context, _given: Given) -> dict[str, Any]:
    """Leave it as it was decided."""
    effects_work.decide(context, Applied.APPEAL, granted=False)
    return {}


def withdraw(context: Context, _given: Given) -> dict[str, Any]:
    """Take the report back, while nobody else reported the same and nobody began."""
    if in_hand(context.case):
        raise WorkBegan("somebody is working on it", number=context.case.number)
    if context.case.report_count > 1:
        raise OthersReported("others reported it too", count=context.case.report_count)
    for task in cases.open_tasks(context.session, context.case.id):
        task.ended_at, task.outcome = context.now, "withdrawn"
    context.case.assignee_id, context.case.unit_code = None, None
    return {"report": str(context.by.report_id)}


def in_hand(case: Case) -> bool:
    """Tell whether somebody works on a case, also while its reporter is asked back from there."""
    asked = case.state == CaseState.NEED_INFO
    return (case.back_to if asked else case.state) == CaseState.HANDLING
