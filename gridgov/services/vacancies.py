"""Grids and units that have nobody now: noted once, told once, and what could be done.

A vacancy is noted of a grid by its code, of a unit by `noted_as`: UNIT and its code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.messages import MessageKind
from gridgov.domain.next_door import GRIDS, neighbours
from gridgov.domain.rosters import Standing, away, is_manned
from gridgov.services import rosters, timers
from gridgov.services.reference import Reference, UnitName
from gridgov.services.reference import of as reference_of
from gridgov.storage import districts, messages, people, roster_posts
from gridgov.storage import rosters as store
from gridgov.storage.roster_posts import Post


def grids(reference: Reference) -> tuple[AreaShape, ...]:
    """Return every grid of the net that people have the duty for, by code."""
    return tuple(area for kind in GRIDS for area in reference.net.areas(kind))


def by_grid(
    session: Session,
    reference: Reference,
    areas: Sequence[AreaShape],
    now: datetime,
) -> dict[str, list[Standing]]:
    """Return grid code → who may be asked for it and how they stand now."""
    posts = roster_posts.posts(
        session,
        reference.district_code,
        None,
        today=reference.local_day(now),
        now=now,
    )
    there: dict[str, list[Post]] = {}
    for post in posts:
        there.setdefault(post.area_code, []).append(post)
    found = {}
    for area in areas:
        path = [one.code for one in reference.net.path(area.code)]
        found[area.code] = rosters.of_grid(
            [post for code in path for post in there.get(code, ())], area.code
        )
    return found


def now_vacant(session: Session, reference: Reference, now: datetime) -> list[str]:
    """Return the codes of the grids that have nobody now, and nobody who comes on a shift."""
    at = rosters.clock(reference, now)
    standings = by_grid(session, reference, grids(reference), now)
    return [code for code, found in standings.items() if not is_manned(found, at)]


UNIT = "unit:"


def noted_as(unit_code: str) -> str:
    """Return under what a vacancy of a unit is noted."""
    return UNIT + unit_code


def empty_units(session: Session, reference: Reference) -> list[UnitName]:
    """Return the units for which nobody works, by code: no case may go there."""
    staffed = people.staffed(session, reference.district_code)
    return [
        unit
        for code, unit in sorted(reference.units.items())
        if not unit.ended and code not in staffed
    ]


def sweep(session: Session, district_code: str, *, now: datetime) -> int:
    """Note grids and units that have nobody since now, and those that have somebody again.

    The new ones are told, grids in one message and units in one. Return how many are new;
    another process that notes the same at this moment wins, and tells it.
    """
    districts.hold(session, district_code)
    reference = reference_of(session, district_code)
    units = {noted_as(unit.code): unit for unit in empty_units(session, reference)}
    vacant = {*now_vacant(session, reference, now), *units}
    known = store.vacancies(session, district_code)
    again = [row for code, row in known.items() if code not in vacant]
    for row in again:
        row.ended_at = now
    new = sorted(vacant - set(known))
    if any(code.startswith(UNIT) for code in (*new, *(row.area_code for row in again))):
        timers.fill_again(session, district_code)  # cases climb past them, or no longer
    if not new:
        return 0
    try:
        with session.begin_nested():
            store.note_vacancies(session, district_code, new, now)
    except IntegrityError:
        return 0
    _tell_grids(session, reference, [code for code in new if code not in units], now)
    _tell_units(session, reference, [units[code] for code in new if code in units], now)
    return len(new)


def _tell_grids(
    session: Session, reference: Reference, codes: Sequence[str], now: datetime
) -> None:
    if codes:
        _tell(session, reference, codes, {"grids": list(codes)}, now)


def _tell_units(
    session: Session, reference: Reference, units: Sequence[UnitName], now: datetime
) -> None:
    if units:
        names = [[unit.name, unit.name_en] for unit in units]
        where = [unit.area_code for unit in units]
        _tell(session, reference, where, {"grids": [], "units_vacant": names}, now)


def _tell(
    session: Session,
    reference: Reference,
    areas: Sequence[str],
    what: Mapping[str, Any],
    now: datetime,
) -> None:
    """Tell the desks and the units above some areas what is vacant there."""
    net = reference.net
    above = {
        area.code
        for code in areas
        if net.find(code) is not None
        for area in net.path(code)
        if area.kind not in GRIDS
    }
    units = {reference.inboxes[code] for code in above if code in reference.inboxes}
    body = {
        **what,
        "areas": [],  # no board counts it
        "desks": sorted({*above, reference.district_code}),
        "units": sorted(units),
        "people": [],
    }
    code = reference.district_code
    messages.append(session, code, MessageKind.GRIDS_VACANT, at=now, body=body)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who could stand in for a grid that has nobody: from where, with how much."""

    person_id: UUID
    grid: AreaShape
    load: int


def proposals(
    session: Session,
    reference: Reference,
    code: str,
    standings: Mapping[str, Sequence[Standing]],
    now: datetime,
) -> list[Proposal]:
    """Return who next door is there now, who has the least in hand first; at most three."""
    at = rosters.clock(reference, now)
    free = [
        (one.person_id, area)
        for area in neighbours(reference.net, code)
        for one in standings.get(area.code, ())
        if one.post == DutyKind.LEAD and away(one, at) is None
    ]
    loads = roster_posts.loads(session, {person_id for person_id, _area in free})
    found = [Proposal(person, area, loads.get(person, 0)) for person, area in free]
    return sorted(found, key=lambda one: (one.load, one.grid.code))[:3]
