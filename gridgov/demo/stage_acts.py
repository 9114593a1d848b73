"""How a planned act is fitted to the case as it stands: what it needs, and whether it can be.

The usual acts (sign, resolve, check) must succeed, or the replay fails. A turn that no longer
makes sense, because the clock was faster, is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.demo.replay_plan import Deed
from gridgov.domain.approvals import Applied, extension_reach
from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.errors import InvalidTransition
from gridgov.domain.stages import Stage
from gridgov.domain.supervision import Supervision
from gridgov.domain.workflow import STEPS, Action, CaseState
from gridgov.services import deadlines, dispatch, emergencies, standing
from gridgov.services.effects import Given
from gridgov.services.reference import Reference
from gridgov.storage import cases
from gridgov.storage.cases import ASSIST, Case, Task

WAITING = (CaseState.SUBMITTED, CaseState.REGISTERED)
IN_HAND = (CaseState.DISPATCHED, CaseState.HANDLING)
DECIDES: Mapping[Action, Applied] = {
    Action.GRANT_EXTENSION: Applied.EXTENSION,
    Action.REFUSE_EXTENSION: Applied.EXTENSION,
    Action.GRANT_SUSPENSION: Applied.SUSPENSION,
    Action.REFUSE_SUSPENSION: Applied.SUSPENSION,
    Action.REFUSE_VOID: Applied.VOID,
    Action.GRANT_APPEAL: Applied.APPEAL,
    Action.DENY_APPEAL: Applied.APPEAL,
}
APPLIES = frozenset({Action.ASK_EXTENSION, Action.ASK_SUSPENSION})


@dataclass(frozen=True, slots=True)
class Scene:
    """A planned act and the case it is for."""

    session: Session
    reference: Reference
    case: Case
    deed: Deed

    @property
    def waiting(self) -> bool:
        """Tell whether nobody has the case."""
        return self.case.state in WAITING


def makes_sense(scene: Scene) -> bool:
    """Tell whether a planned act can still be done."""
    action, case = scene.deed.action, scene.case
    if scene.deed.if_waiting and not scene.waiting:
        return False
    if action in TURNS and not (_exists(scene) or is_handed_over(scene)):
        return False
    if action in DECIDES and case.applied_for != DECIDES[action]:
        return False
    if action in APPLIES and case.applied_for is not None:
        return False
    asks = ASKS.get(action)
    return asks is None or asks(scene)


# What may be overtaken; all the rest is on the way to a planned end.
TURNS = frozenset(DECIDES) | {
    *(Action.ASK_INFO, Action.ANSWER, Action.ASK_VERIFY, Action.CONFIRM, Action.REFUTE),
    *(Action.CALL_IN, Action.FINISH_TASK, Action.WAIVE_TASK, Action.REGISTER, Action.PASS_UP),
    *(Action.ASK_EXTENSION, Action.ASK_SUSPENSION, Action.RESUME, Action.SUPERVISE),
    *(Action.END_SUPERVISION, Action.INSTRUCT, Action.URGE, Action.REPLY, Action.NOTE),
    *(Action.APPEAL, Action.ADD, Action.LEAVE, Action.CORRECT_SPOT, Action.NAME_PERSON),
    Action.HAND_NEIGHBOUR,
}


def _exists(scene: Scene) -> bool:
    return (CaseState(scene.case.state), scene.deed.action) in STEPS


def _unit_known(scene: Scene) -> bool:
    """Tell whether the unit named is there, and takes no part in the case already."""
    kind, _, code = scene.deed.note.partition(":")
    known = kind == "unit" and code in scene.reference.units
    return known and code != scene.case.unit_code


def _above(scene: Scene) -> bool:
    try:
        dispatch.level_above(scene.session, scene.case, scene.reference)
    except InvalidTransition:
        return False
    return True


def _extends(scene: Scene) -> bool:
    return extended_to(scene) is not None


def _watches(scene: Scene) -> bool:
    return scene.case.supervision is None


ASKS: Mapping[Action, Callable[[Scene], bool]] = {
    Action.RETURN: lambda scene: scene.case.state in IN_HAND,  # else nobody has it who could
    Action.SIGN: lambda scene: scene.case.state != CaseState.HANDLING,  # not passed up after all
    Action.PASS_UP: _above,
    Action.ASK_VERIFY: _unit_known,
    Action.CALL_IN: _unit_known,
    Action.FINISH_TASK: lambda scene: assist_of(scene.session, scene.case) is not None,
    Action.WAIVE_TASK: lambda scene: assist_of(scene.session, scene.case) is not None,
    Action.ASK_EXTENSION: _extends,
    Action.SUPERVISE: _watches,
    Action.END_SUPERVISION: lambda scene: scene.case.supervision is not None,
    Action.NOTE: lambda scene: emergencies.recorded_from(scene.case) is not None,
    Action.HAND_NEIGHBOUR: lambda scene: scene.deed.note != scene.case.home_grid,
    Action.LEAVE: lambda scene: scene.case.report_count > 1,
    Action.RULE: lambda scene: standing.needs_ruling(scene.case),
}


def is_handed_over(scene: Scene) -> bool:
    """Tell whether a case that was in hand is to be signed anew: who had it went on leave.

    Whoever goes on with it signs first.
    """
    action = scene.deed.action
    return (
        scene.case.state == CaseState.DISPATCHED
        and (CaseState.DISPATCHED, action) not in STEPS
        and (CaseState.HANDLING, action) in STEPS
    )


def was_asked(scene: Scene) -> bool:
    """Tell whether the reporter, who was asked back, puts the pin where it belongs."""
    asked = scene.case.state == CaseState.NEED_INFO
    return asked and scene.deed.action is Action.CORRECT_SPOT


def assist_of(session: Session, case: Case) -> Task | None:
    """Return the assisting task of a case that is not done."""
    for task in cases.open_tasks(session, case.id):
        if task.kind == ASSIST and task.ended_at is None:
            return task
    return None


def extended_to(scene: Scene) -> datetime | None:
    """Return until when more time is asked for, None where it can no longer be."""
    case, reference = scene.case, scene.reference
    if case.due_at >= NO_LIMIT or scene.deed.at > case.due_at or case.extension_count:
        return None
    category = reference.category(case.category_code)
    limit = deadlines.limit(case, category, Stage.HANDLE, reference)
    _, half = extension_reach(case.handle_since, limit, reference.calendar)
    return half if half > case.due_at else None


def given(scene: Scene) -> Given:
    """Return what comes with an act; pictures are added where it is done."""
    deed, text = scene.deed, scene.deed.text or None
    task = None
    if deed.action in (Action.FINISH_TASK, Action.WAIVE_TASK):
        task = assist_of(scene.session, scene.case)
    if deed.action is Action.TRANSFER:
        return Given(text=text, target=deed.note, receipt=deed.receipt)
    if deed.action is Action.ASK_EXTENSION:
        return Given(text=text, until=extended_to(scene))
    if deed.action is Action.HAND_NEIGHBOUR:
        why = "wrong_spot" if deed.spot is not None else "other_duty"
        return Given(text=text, target=deed.note, reason=why, position=deed.spot)
    if deed.action in TARGETS:
        return Given(text=text, target=deed.note)
    level = str(Supervision.ORDINARY) if deed.action is Action.SUPERVISE else None
    return Given(
        text=text,
        reason=deed.note or None,
        until=deed.until,
        position=deed.spot,
        level=level,
        task_id=_id(task),
    )


TARGETS = frozenset({Action.DISPATCH, Action.RULE, Action.CALL_IN, Action.ASK_VERIFY})


def _id(task: Task | None) -> UUID | None:
    return None if task is None else task.id
