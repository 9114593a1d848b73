"""The receipts of a change of the net: which case went from whom to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.handover import DutyPlace
from gridgov.services.grids_activate import ACTIVATED
from gridgov.storage import grid_receipts, people
from gridgov.storage.areas import GridVersion
from gridgov.storage.cases import Case
from gridgov.storage.grid_changes import GridMove

Holder = tuple[UUID | None, str | None]
NOBODY: Holder = (None, None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one case: areas by code, holders as (person, unit).

    `to_` equals `from_` where the same person goes on; both are (None, None) where the
    move left no line (`outcome` says why).
    """

    case: Case
    outcome: str
    at: datetime
    from_code: str | None
    to_code: str | None
    from_whom: Holder
    to_whom: Holder


@dataclass(frozen=True, slots=True)
class Handover:
    """How far a change has handed its cases over; `receipts` of those that may be listed."""

    total: int
    waiting: int
    confidential: int
    receipts: tuple[Receipt, ...]
    names: Mapping[UUID, str]


def of_change(
    session: Session, version: GridVersion, *, cause: str = ACTIVATED, limit: int
) -> Handover:
    """Return the hand-over a version caused, or its undo, with at most `limit` receipts."""
    total, waiting, confidential = grid_receipts.counts(session, version.id, cause)
    found = [_receipt(*row) for row in grid_receipts.listed(session, version.id, cause, limit)]
    persons = {whom[0] for one in found for whom in (one.from_whom, one.to_whom)}
    return Handover(
        total=total,
        waiting=waiting,
        confidential=confidential,
        receipts=tuple(found),
        names=people.names(session, {person for person in persons if person is not None}),
    )


def _receipt(move: GridMove, case: Case, line: Mapping[str, Any] | None) -> Receipt:
    before = _before(move.before)
    return Receipt(
        case=case,
        outcome=move.outcome or "",
        at=move.done_at or move.planned_at,
        from_code=DutyPlace.from_json(move.was).anchor,
        to_code=DutyPlace.from_json(move.to).anchor,
        from_whom=before,
        to_whom=_after(line, before),
    )


def _before(standing: Mapping[str, Any] | None) -> Holder:
    """Return who had the case: who checked it, where it was being checked."""
    if standing is None:
        return NOBODY
    asked = _holder(standing["checker"], standing["checker_unit"])
    had = _holder(standing["person"], standing["unit"])
    return asked if standing["state"] == "resolved" and asked != NOBODY else had


def _after(line: Mapping[str, Any] | None, before: Holder) -> Holder:
    if line is None:
        return before
    for person, unit in (("checker", "checker_unit"), ("person", "unit")):
        if person in line:
            return _holder(line[person], line[unit])
    return before


def _holder(person: str | None, unit: str | None) -> Holder:
    return (None if person is None else UUID(person)), unit
