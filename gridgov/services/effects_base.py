"""What effects have in common: what was given, the locked case, its tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.assignment import Assignment
from gridgov.domain.catalogue import Level
from gridgov.domain.datum import LonLat
from gridgov.domain.handover import DutyPlace
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import CaseState, Need
from gridgov.services import grids_places
from gridgov.services.reference import Reference
from gridgov.storage import cases
from gridgov.storage.cases import LEAD, Case, Task
from gridgov.storage.photos import AFTER, BEFORE, PROOF, Photo


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A picture that lies in the photo store already.

    `hint` (WGS-84) is where its camera was, `taken_at` when, by the camera's clock (naive
    unless the file names its offset); `look` is the hash by which copies are found. An
    `illustration` was drawn for the sample: the same one stands for many places.
    """

    sha256: str
    width: int
    height: int
    hint: LonLat | None = None
    taken_at: datetime | None = None
    look: int | None = None
    illustration: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What came with an action.

    `seen_seq` is the history the person was looking at; `told` seals the report that
    joins a case (services/history.seal_report), or marks what a program added. `duty` is
    where the duty goes when the net changes, `stays` that a check remains with whom it
    was asked of; `position` (WGS-84) is where the problem really is. `until` is a moment
    asked for or set, `case_id` another case, `level` one of supervision; `required` tells
    whether an assisting task must be done before the case can be resolved; `step` is the
    number of a step of a staged limit that a note says is done.
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
    until: datetime | None = None
    task_id: UUID | None = None
    case_id: UUID | None = None
    level: str | None = None
    required: bool = True
    step: int | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def values(self) -> dict[Need, object]:
        """Return what was given by the need it answers."""
        return {
            Need.TEXT: self.text,
            Need.REASON: self.reason,
            Need.AFTER_PHOTO: self.photos,
            Need.TARGET: self.target or self.assignment,
            Need.RECEIPT: self.receipt or self.photos,
            Need.SOLVED: self.solved,
            Need.UNTIL: self.until,
            Need.TASK: self.task_id,
            Need.POSITION: self.position,
            Need.CASE: self.case_id,
            Need.LEVEL: self.level,
        }


@dataclass(frozen=True, slots=True)
class Context:
    """The locked case and everything an effect may need."""

    session: Session
    case: Case
    by: Actor
    now: datetime
    reference: Reference


def keep_photos(context: Context, given: Given, entry_seq: int) -> list[Photo]:
    """Write rows for the pictures that came with an action, and return them in their order."""
    purpose = _purpose(context)
    rows = [
        Photo(
            district_code=context.case.district_code,
            case_id=context.case.id,
            report_id=context.by.report_id,
            entry_seq=entry_seq,
            purpose=purpose,
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            added_at=context.now,
        ).with_look(picture.look)
        for picture in given.photos
    ]
    context.session.add_all(rows)
    return rows


def _purpose(context: Context) -> str:
    """Return what pictures of an action show.

    Only those of work that was done show it "after": who looks whether it is so sends
    pictures of how it was found. With a case that was handed over comes the stamped paper.
    """
    worked = (CaseState.HANDLING, CaseState.RESOLVED, CaseState.CLOSED)
    if context.by.report_id is not None:
        return BEFORE
    if context.case.state == CaseState.TRANSFERRED:
        return PROOF
    return AFTER if context.case.state in worked else BEFORE


def move_duty(context: Context, place: DutyPlace, reason: str | None) -> dict[str, Any]:
    """Note whose duty the case is from now on; return it and whose it was, for the history."""
    was = context.case.duty
    context.case.give_duty(place, reason)
    return {"duty_was": was.as_json(), "duty": place.as_json()}


def follow_net(context: Context) -> dict[str, Any]:
    """Let the duty go where the ground went, for a case that was done while the net changed."""
    moved = grids_places.now(context.session, context.case, context.reference)
    return {} if moved is None else move_duty(context, moved, "grid_changed")


def end_tasks(context: Context, kind: str, outcome: str) -> None:
    """End the open tasks of a kind."""
    for task in cases.open_tasks(context.session, context.case.id):
        if task.kind == kind:
            task.ended_at, task.outcome = context.now, outcome


def open_task(context: Context, kind: str, assignment: Assignment) -> None:
    """Give somebody a task on the case."""
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


def give(context: Context, assignment: Assignment, outcome: str) -> dict[str, Any]:
    """Give the lead to somebody; `outcome` is how the lead before ended."""
    case = context.case
    end_tasks(context, LEAD, outcome)
    open_task(context, LEAD, assignment)
    case.assignee_id, case.unit_code = assignment.person_id, assignment.unit_code
    return {
        "person": None if assignment.person_id is None else str(assignment.person_id),
        "unit": assignment.unit_code,
        **assignment.told(),
    }


def give_at_level(context: Context, assignment: Assignment, outcome: str) -> dict[str, Any]:
    """Give the lead to somebody, and note at which level they stand."""
    if assignment.unit_code is not None:
        level = context.reference.units[assignment.unit_code].level
        context.case.level = level if level in set(Level) else str(Level.DISTRICT)
    else:
        context.case.level = str(Level.GRID)
    return give(context, assignment, outcome) | {"level": context.case.level}
