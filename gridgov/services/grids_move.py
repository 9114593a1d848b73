"""Handing open cases over after the net changed, case by case, each with a receipt.

The list was made with the change (`grids_activate`); here it is worked off in units of
their own, by whoever comes first: the timetable does what is left. The receipt is the
line in the case's history and the outcome of the move.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment
from gridgov.domain.errors import GridgovError
from gridgov.domain.handover import DutyPlace
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, dispatch
from gridgov.services.effects import Given
from gridgov.services.grids_activate import ACTIVATED, UNDONE
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, districts, grid_changes, history
from gridgov.storage.cases import Case
from gridgov.storage.grid_changes import GridMove

BATCH = 50  # half a second of the one writer that SQLite has
REASON = {ACTIVATED: "grid_changed", UNDONE: "grid_change_undone"}
# How a move can end; the first three left a line in the case's history.
HANDED_OVER, CHANGED, GIVEN_BACK = "handed_over", "changed", "given_back"
ENDED, MOVED_ON = "ended", "moved_on"


def hand_over_waiting(
    session: Session, district_code: str, *, now: datetime, limit: int = BATCH
) -> int:
    """Hand over the next open cases after a change of the net; return how many were seen.

    0 means that nothing is left, or that another process is at it.
    """
    districts.hold(session, district_code)
    moves = grid_changes.waiting_moves(session, district_code, limit)
    for move in moves:
        _done(session, move, now)
    session.flush()
    return len(moves)


def _done(session: Session, move: GridMove, now: datetime) -> None:
    """Do one move; what cannot be done is noted and does not hold up the others."""
    try:
        with session.begin_nested():
            move.outcome = _move(session, move, now)
    except GridgovError as error:
        move.outcome, move.before, move.entry_seq = f"failed: {error.code}", None, None
    move.done_at = now


def _move(session: Session, move: GridMove, now: datetime) -> str:
    case = cases.lock(session, move.case_id)
    if not case.is_open:
        return ENDED
    if case.duty.codes() != DutyPlace.from_json(move.was).codes():
        return MOVED_ON  # somebody handed it on meanwhile, in the net of today
    action, given, outcome = _act(session, case, move, now)
    before = _standing(case)
    by = Actor.system(case.district_code)
    casework.perform(session, case.id, action, by=by, now=now, given=given)
    move.before, move.entry_seq = before, case.history_seq
    return outcome


def _standing(case: Case) -> dict[str, Any]:
    """Return who has the case now, for the way back."""
    return {
        "state": case.state,
        "person": _text(case.assignee_id),
        "unit": case.unit_code,
        "checker": _text(case.checker_id),
        "checker_unit": case.checker_unit_code,
    }


def _text(person_id: UUID | None) -> str | None:
    return None if person_id is None else str(person_id)


def _act(session: Session, case: Case, move: GridMove, now: datetime) -> tuple[Action, Given, str]:
    """Choose what is done to a case: another holder, or the same one in another grid."""
    place, reason = DutyPlace.from_json(move.to), REASON[move.cause]
    back = _back(session, case, move, reason) if move.cause == UNDONE else None
    if back is not None:
        return back
    holder = None
    if case.state in (CaseState.DISPATCHED, CaseState.HANDLING):
        reference = reference_of(session, case.district_code)
        duties = dispatch.duties_of(session, reference, now)
        holder = dispatch.holder_after_change(case, place, reference, duties)
    if holder is None:
        return Action.CHANGE_GRID, Given(reason=reason, duty=place), CHANGED
    return Action.HAND_OVER, Given(reason=reason, duty=place, assignment=holder), HANDED_OVER


def _back(
    session: Session, case: Case, move: GridMove, reason: str
) -> tuple[Action, Given, str] | None:
    """Choose the way back for a case that the undone change moved; None for the others."""
    there = grid_changes.move_of(session, move.grid_version_id, ACTIVATED, case.id)
    if there is None or there.before is None or there.entry_seq is None:
        return None
    place = DutyPlace.from_json(move.to)
    if _acted_on(session, case, there.entry_seq):
        # Whoever acted goes on; also a check stays with whom it was asked of.
        return Action.CHANGE_GRID, Given(reason=reason, duty=place, stays=True), CHANGED
    if there.outcome == HANDED_OVER:
        holder = _assignment(there.before, "person", "unit")
        signed = there.before["state"] == CaseState.HANDLING
        action = Action.TAKE_BACK if signed else Action.HAND_OVER
        return action, Given(reason=reason, duty=place, assignment=holder), GIVEN_BACK
    checker = _assignment(there.before, "checker", "checker_unit")
    given = Given(reason=reason, duty=place, assignment=checker, stays=checker is None)
    return Action.CHANGE_GRID, given, GIVEN_BACK


def _assignment(before: Mapping[str, Any], person: str, unit: str) -> Assignment | None:
    if before[person] is None and before[unit] is None:
        return None
    person_id = None if before[person] is None else UUID(before[person])
    return Assignment(person_id, before[unit], "given_back")


def _acted_on(session: Session, case: Case, entry_seq: int) -> bool:
    since = history.of_case(session, case.id)[entry_seq:]
    return any(Action(entry.action) not in casework.HARMLESS for entry in since)
