"""Open work of somebody who cannot act goes to somebody who can, with a receipt of the taker.

Each part of each case moves by an act of its own, so the history says why; the hand-over
keeps together what one person got at once, and whether it was taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment, Why
from gridgov.domain.errors import Conflict, GridgovError, InvalidInput, NotFound
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, dispatch, rosters
from gridgov.services.effects import Given
from gridgov.services.effects_roster import Part
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, districts, roster_posts
from gridgov.storage import rosters as store
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.roster_posts import Held
from gridgov.storage.rosters import HandOver

log = structlog.get_logger()

BATCH = 50  # parts of a kind in one unit of work; the next sweep goes on
FORETOLD = 400  # parts of a kind a rehearsal looks at: more than anybody has in hand
ON_LEAVE, BACK, LEFT, DECLINED = "on_leave", "back_from_leave", "left_service", "declined_over"
AWAY_TOO = "away_too"
DECLINE_REASONS = ("too_much", "too_far", AWAY_TOO, "took_part")
_IN_HAND = (CaseState.DISPATCHED, CaseState.HANDLING)


class NotWaiting(Conflict):
    """What was handed over was taken, declined or taken back already."""

    code = "hand_over_decided"


@dataclass(frozen=True, slots=True)
class Move:
    """One part of one case, and to whom it goes; None where nobody can have it."""

    case: Case
    part: Part
    task_id: UUID | None
    to: Assignment | None


def plan(session: Session, person_id: UUID, reference: Reference, at: datetime) -> list[Move]:
    """Return where the open work of somebody would go at a moment; nothing is written."""
    found = []
    for one in roster_posts.held_by(session, person_id, FORETOLD):
        case = cases.get(session, one.case_id)
        to = _next(session, case, one, reference, at, {person_id: Why.ON_LEAVE})
        found.append(Move(case, Part(one.part), one.task_id, to))
    return found


def relieve(
    session: Session,
    person_id: UUID,
    cause: str,
    *,
    district_code: str,
    now: datetime,
    leave_id: UUID | None = None,
) -> list[HandOver]:
    """Move the open work of somebody who cannot act, and return what was handed over.

    At most `BATCH` parts of a kind; what is left is found by the next sweep. What lies there
    for a receipt because somebody else is on leave stays theirs until it is taken: it comes
    back with them, wherever it lies by then.
    """
    districts.hold(session, district_code)
    reference = reference_of(session, district_code)
    offered = store.lock_waiting_for(session, person_id)
    came = {
        (UUID(item["case"]), item["part"]): (one.leave_id, [*map(UUID, item["gave_up"])])
        for one in offered
        for item in one.items
    }
    found: list[HandOver] = []
    groups: dict[UUID | None, list[tuple[Held, Sequence[UUID]]]] = {}
    for held in roster_posts.held_by(session, person_id, BATCH):
        of, gave_up = came.get((held.case_id, held.part), (None, []))
        groups.setdefault(of or leave_id, []).append((held, [*gave_up, person_id]))
    for of, items in groups.items():
        moved = _move_all(session, items, person_id, cause, reference, now)
        found += _noted(session, moved, person_id, cause, reference, now, of)
    _keep_what_is_left(session, offered, person_id, now)
    return found


def _keep_what_is_left(
    session: Session, offered: Sequence[HandOver], person_id: UUID, now: datetime
) -> None:
    """Decline, for who is not there to say so, what was offered and has all gone on.

    What still lies there stays offered: the next sweep reads from it whose it is and who
    gave it up.
    """
    session.flush()
    if not offered:
        return
    has = {(str(one.case_id), one.part) for one in roster_posts.held_by(session, person_id, None)}
    for one in offered:
        left = [item for item in one.items if (item["case"], item["part"]) in has]
        if left:
            one.items = left
        else:
            one.declined_at, one.decline_reason = now, AWAY_TOO
    session.flush()


Moved = list[tuple[Assignment, dict[str, Any]]]


def _move_all(
    session: Session,
    items: Iterable[tuple[Held, Sequence[UUID]]],
    person_id: UUID,
    cause: str,
    reference: Reference,
    now: datetime,
) -> Moved:
    """Move parts one by one; what cannot move is logged and holds up no other."""
    moved: Moved = []
    for one, gave_up in items:
        case = cases.lock(session, one.case_id)
        if not _still(session, case, one, person_id):
            continue
        barred = dict.fromkeys(gave_up, Why.GAVE_UP)
        to = _next(session, case, one, reference, now, barred)
        if to is None:
            log.warning("nobody can take over", case=case.number, part=one.part)
            continue
        try:
            with session.begin_nested():
                _perform(session, case, one, to, person_id, cause, now)
        except GridgovError as error:
            log.warning("could not be handed over", case=case.number, part=one.part, why=error)
            continue
        item = {
            "case": str(case.id),
            "number": case.number,
            "part": one.part,
            "gave_up": [str(person) for person in gave_up],
        }
        moved.append((to, item))
    return moved


def _still(session: Session, case: Case, one: Held, person_id: UUID) -> bool:
    """Tell whether somebody still has the part, now that the case is locked."""
    if one.part == Part.LEAD:
        return case.is_open and case.assignee_id == person_id
    if one.part == Part.CHECK:
        return case.checker_id == person_id
    tasks = cases.open_tasks(session, case.id)
    return case.is_open and any(
        task.kind == one.part and task.person_id == person_id for task in tasks
    )


def _next(
    session: Session,
    case: Case,
    one: Held,
    reference: Reference,
    at: datetime,
    barred: Mapping[UUID, Why],
) -> Assignment | None:
    """Return who takes a part over."""
    if one.part == Part.LEAD and case.unit_code is not None:
        return Assignment(None, case.unit_code, "unit_keeps")
    if one.part == Part.CHECK:
        return dispatch.checker(
            session, case, reference, at, resolver=case.assignee_id, barred=barred
        )
    if one.part != Part.ASSIST:
        return dispatch.next_holder(session, case, reference, at, barred=barred)
    part = [task for task in cases.open_tasks(session, case.id) if task.kind != Part.VERIFY]
    people = {task.person_id: Why.TAKES_PART for task in part if task.person_id is not None}
    units = {case.unit_code, *(task.unit_code for task in part)}
    return dispatch.next_holder(
        session, case, reference, at, barred={**people, **barred}, without=units
    )


def _perform(
    session: Session,
    case: Case,
    one: Held,
    to: Assignment,
    person_id: UUID,
    cause: str,
    now: datetime,
) -> None:
    anew = one.part == Part.LEAD and case.unit_code is None and case.state in _IN_HAND
    given = Given(
        reason=cause,
        assignment=to,
        task_id=one.task_id,
        told={"part": one.part, "from": str(person_id)},
    )
    action = Action.RELIEVE if anew else Action.STAND_IN
    by = Actor.system(case.district_code)
    casework.perform(session, case.id, action, by=by, now=now, given=given)


def _noted(
    session: Session,
    moved: Moved,
    person_id: UUID,
    cause: str,
    reference: Reference,
    now: datetime,
    leave_id: UUID | None,
) -> list[HandOver]:
    """Write one hand-over for each who got something."""
    takers: dict[tuple[UUID | None, str | None], list[dict[str, Any]]] = {}
    for to, item in moved:
        takers.setdefault((to.person_id, to.unit_code), []).append(item)
    found = [
        HandOver(
            id=new_id(),
            district_code=reference.district_code,
            cause=cause,
            leave_id=leave_id,
            from_person_id=person_id,
            to_person_id=to_person,
            to_unit_code=to_unit,
            items=items,
            offered_at=now,
        )
        for (to_person, to_unit), items in takers.items()
    ]
    session.add_all(found)
    session.flush()
    return found


# The taker's receipt ---------------------------------------------------------------------


def take(session: Session, hand_over_id: UUID, *, by: Actor, now: datetime) -> HandOver:
    """Confirm that what was handed over is taken: the taker signs what waits for it.

    Raises: NotFound, NotWaiting.
    """
    districts.hold(session, by.district_code)
    found = _offered(session, hand_over_id, by)
    found.taken_at, found.taken_by_id = now, by.person_id
    for item in found.items:
        case = cases.lock(session, UUID(item["case"]))
        mine = case.assignee_id == by.person_id
        if item["part"] == Part.LEAD and mine and case.state == CaseState.DISPATCHED:
            casework.perform(session, case.id, Action.SIGN, by=by, now=now)
    return found


def decline(
    session: Session, hand_over_id: UUID, reason: str, *, by: Actor, now: datetime
) -> list[HandOver]:
    """Decline what was handed over: it goes to the next one, and to no one who gave it up.

    Raises: NotFound, NotWaiting, InvalidInput (reason).
    """
    if reason not in DECLINE_REASONS:
        raise InvalidInput("reason", "unknown" if reason else "missing")
    districts.hold(session, by.district_code)
    found = _offered(session, hand_over_id, by)
    if by.person_id is None or found.to_person_id != by.person_id:
        raise NotFound(f"no hand-over {hand_over_id}")
    found.declined_at, found.decline_reason = now, reason
    reference = reference_of(session, by.district_code)
    tasks = {one.case_id: one for one in roster_posts.held_by(session, by.person_id, 10 * BATCH)}
    items = [
        (_again(item, tasks), [*map(UUID, item["gave_up"]), by.person_id]) for item in found.items
    ]
    moved = _move_all(session, items, by.person_id, DECLINED, reference, now)
    return _noted(session, moved, by.person_id, DECLINED, reference, now, found.leave_id)


def _again(item: Mapping[str, Any], held: Mapping[UUID, Held]) -> Held:
    """Return a part of a hand-over; its task is another one since it was handed over."""
    case_id = UUID(item["case"])
    now = held.get(case_id)
    same = now is not None and now.part == item["part"]
    return Held(case_id, item["part"], now.task_id if same and now is not None else None)


def _offered(session: Session, hand_over_id: UUID, by: Actor) -> HandOver:
    found = store.lock_hand_over(session, hand_over_id)
    if found is None or found.district_code != by.district_code:
        raise NotFound(f"no hand-over {hand_over_id}")
    if found.to_person_id != by.person_id and found.to_unit_code not in by.units():
        raise NotFound(f"no hand-over {hand_over_id}")
    if not found.is_waiting:
        raise NotWaiting("the hand-over was decided already")
    return found


def give_back(session: Session, leave_id: UUID, person_id: UUID, *, now: datetime) -> int:
    """Give what nobody has taken yet back to who returned; return how many cases.

    What was taken stays: whoever began a case ends it.
    """
    count = 0
    for found in store.lock_waiting_of(session, leave_id):
        found.lapsed_at = now
        for item in found.items:
            count += _back(session, found, item, person_id, now)
    session.flush()
    return count


def _back(
    session: Session, found: HandOver, item: Mapping[str, Any], person_id: UUID, now: datetime
) -> int:
    case = cases.lock(session, UUID(item["case"]))
    has = (case.assignee_id, case.unit_code) == (found.to_person_id, found.to_unit_code)
    if item["part"] != Part.LEAD or case.state != CaseState.DISPATCHED or not has:
        return 0
    reference = reference_of(session, case.district_code)
    grid = case.home_grid
    duties = rosters.on_duty(session, reference, grid, now) if grid is not None else ()
    mine = next((duty for duty in duties if duty.person_id == person_id), None)
    if mine is None:
        return 0
    to = Assignment(person_id, None, f"grid_{mine.kind}")
    was = None if found.to_person_id is None else str(found.to_person_id)
    given = Given(reason=BACK, assignment=to, told={"part": item["part"], "from": was})
    by = Actor.system(case.district_code)
    casework.perform(session, case.id, Action.RELIEVE, by=by, now=now, given=given)
    return 1
