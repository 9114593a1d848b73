"""The moment a draft becomes the net of the day, and the way back within that day.

The change itself is one short transaction: versions, roster, lineage, the list of open
cases whose duty moves, one message. Acts that rely on the net hold the district
(`districts.hold`), the change waits for them and they for it, so every report is routed
in exactly one version and none is left behind. The cases are handed over right after,
in units of their own (`grids_move`), so that nobody waits for thousands of them.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain import lineage
from gridgov.domain.errors import Conflict
from gridgov.domain.handover import DutyPlace, NewNet
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_checks, grids_lineage, grids_places, grids_roster
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import areas, districts, grid_changes, grid_past, messages, people
from gridgov.storage.areas import ACTIVE, RETIRED, GridVersion
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.grid_changes import GridMove

ACTIVATED, UNDONE = "activated", "undone"


class NetChanged(Conflict):
    """Another version became active since the draft was made: it must be made anew from it."""

    code = "net_changed"


class StillHandingOver(Conflict):
    """The cases of the change before are being handed over; in a moment it can be done."""

    code = "still_handing_over"


class TooLateToUndo(Conflict):
    """Only the version that is active can be undone, on the local day it became so."""

    code = "too_late_to_undo"


def activate(session: Session, draft: GridVersion, *, by: Actor, now: datetime) -> GridVersion:
    """Make a draft the active net of its district, effective now.

    Open cases whose ground changed are listed for the hand-over; closed ones stay where
    they were. Raises: NotADraft, NetChanged, NetNotSound, StillHandingOver, InvalidInput
    (areas).
    """
    draft = grids.open_draft(session, draft)
    net = grids.net_of(session, draft)
    before = reference_of(session, draft.district_code)
    _refuse_stale(draft, before, before.net.version)
    checked = grids_checks.examine(session, draft, now=now)
    grids_checks.refuse_unsound(checked)
    links = grids_lineage.news(draft, before.net, net)
    # All that takes long is done; from here on every report waits.
    district = districts.freeze(session, draft.district_code)
    _refuse_stale(draft, before, district.grid_version)
    if grid_changes.is_waiting(session, district.code):
        raise StillHandingOver("cases are still being handed over", number=draft.number)
    old = areas.version(session, district.code, before.net.version)
    today = before.local_day(now)
    grid_changes.add_lineage(session, draft.id, links)
    edited = grid_changes.carried(session, draft.id)
    carry = grids_roster.carries(edited, net, links)
    ended = {link.from_code for link in links if net.find(link.from_code) is None}
    carried = people.carry_duties(
        session, district.code, {code: carry.get(code) for code in ended if code}, today
    )
    draft.duties = grids_roster.begin(session, draft, checked.begins, carried, today)
    waiting = grid_past.open_cases(session, district.code)
    moves = grids_places.places_in(NewNet(net, links), waiting, before)
    _plan(session, draft, ACTIVATED, moves, now)
    _swap(session, district, old, draft, now)
    draft.effective_on, draft.activated_by_id = today, by.person_id
    _announce(session, district, now, version=draft.number, previous=old.number)
    return draft


def _refuse_stale(draft: GridVersion, before: Reference, active: int | None) -> None:
    if draft.base_number != active or before.net.version != active:
        raise NetChanged(f"version {active} is active", number=draft.number)


def undo_activation(
    session: Session, version: GridVersion, *, by: Actor, now: datetime
) -> GridVersion:
    """Make the version before the active one active again; return it.

    Only on the local day of the activation. Open cases that nobody acted on go back to
    whom they were with; the others stay with whom they are, and their duty goes back.
    Reports that came meanwhile keep the version they were routed with, and are handed
    over by the same rule. Raises: TooLateToUndo.
    """
    district = districts.freeze(session, version.district_code)
    version = areas.lock_version(session, version.id)
    undone = reference_of(session, version.district_code)
    if not may_undo(district, version, undone.local_day(now)):
        raise TooLateToUndo(f"version {version.number} cannot be undone", number=version.number)
    base = areas.version(session, district.code, version.base_number or 0)
    grid_changes.cancel_waiting(session, district.code, now)
    people.restore_duties(session, version.duties or {})
    links = lineage.backwards(grid_changes.lineage(session, version.id))
    moves = _way_back(session, version, NewNet(grids.net_of(session, base), links), undone)
    _plan(session, version, UNDONE, moves, now)
    _swap(session, district, version, base, now)
    version.undone_at, version.undone_by_id = now, by.person_id
    _announce(session, district, now, version=base.number, undone=version.number)
    return base


def may_undo(district: District, version: GridVersion, today: date) -> bool:
    """Tell whether an activation can be undone on a local day."""
    return (
        version.status == ACTIVE
        and version.number == district.grid_version
        and version.base_number is not None
        and version.effective_on == today
    )


def _way_back(
    session: Session, version: GridVersion, net: NewNet, reference: Reference
) -> list[tuple[Case, DutyPlace]]:
    """Return where the duty of each open case goes: back to where it was, else by the rule."""
    moved = {move.case_id: move for move in done_moves(session, version)}
    found: list[tuple[Case, DutyPlace]] = []
    others: list[Case] = []
    for case in grid_past.open_cases(session, version.district_code):
        move = moved.get(case.id)
        if move is not None and case.duty.codes() == DutyPlace.from_json(move.to).codes():
            found.append((case, DutyPlace.from_json(move.was)))
        else:
            others.append(case)
    return found + grids_places.places_in(net, others, reference)


def done_moves(session: Session, version: GridVersion) -> list[GridMove]:
    """Return the moves of an activation that changed a case."""
    moves = grid_changes.moves(session, version.id, ACTIVATED)
    return [move for move in moves if move.entry_seq is not None]


def _plan(
    session: Session,
    version: GridVersion,
    cause: str,
    moves: Iterable[tuple[Case, DutyPlace]],
    now: datetime,
) -> None:
    rows: list[Mapping[str, Any]] = [
        {
            "district_code": version.district_code,
            "grid_version_id": version.id,
            "cause": cause,
            "case_id": case.id,
            "was": case.duty.as_json(),
            "to": place.as_json(),
            "planned_at": now,
        }
        for case, place in moves
    ]
    grid_changes.add_moves(session, rows)


def _swap(
    session: Session, district: District, old: GridVersion, new: GridVersion, now: datetime
) -> None:
    old.status, old.retired_at = RETIRED, now
    session.flush()  # one version is active at any time, also between two statements
    new.status, new.retired_at = ACTIVE, None
    new.activated_at = new.activated_at or now
    district.grid_version = new.number
    session.flush()


def _announce(session: Session, district: District, now: datetime, **versions: int) -> None:
    body = {**versions, "areas": [district.code]}
    messages.append(session, district.code, MessageKind.GRIDS_ACTIVATED, at=now, body=body)


def waiting_count(session: Session, version_id: UUID, cause: str = ACTIVATED) -> int:
    """Count the cases a change still has to hand over."""
    return sum(move.done_at is None for move in grid_changes.moves(session, version_id, cause))
