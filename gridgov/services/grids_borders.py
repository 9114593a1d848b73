"""Borders between grids: handing a case next door, and where that happens often."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import Assignment
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.handover import DutyPlace, place_at
from gridgov.domain.next_door import GRIDS, neighbours
from gridgov.domain.roles import Actor, Role
from gridgov.domain.routing import Net
from gridgov.services import dispatch
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import grid_changes
from gridgov.storage.cases import Case
from gridgov.storage.grid_changes import BorderCorrection
from gridgov.storage.scope import visible

WRONG_SPOT = "wrong_spot"


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Where a case goes next door, to whom, and what the history keeps of it."""

    place: DutyPlace
    holder: Assignment
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConfusingBorder:
    """Two grids between which cases were handed on; `codes` sorted, `border` may be gone.

    `forth` counts from the first to the second, `back` the other way, `reasons` by
    reason; `border` is a line in WGS-84 degrees, None where one of the grids is not in
    the active net any more or they do not touch.
    """

    codes: tuple[str, str]
    names: tuple[AreaShape | None, AreaShape | None]
    forth: int
    back: int
    reasons: dict[str, int] = field(default_factory=dict)
    border: BaseGeometry | None = None

    @property
    def count(self) -> int:
        """Return how often a case was handed over it, whichever way."""
        return self.forth + self.back


def hand_on(
    session: Session,
    case: Case,
    reference: Reference,
    target: str,
    reason: str,
    position: LonLat | None,
    *,
    by: Actor,
    now: datetime,
) -> HandedOn:
    """Work out handing a case to the grid next door, and count it at their border.

    A wrong spot may come with the right one: the case's pin moves there, what was told
    stays in the report and in the first line of the history. A dispatcher may name any
    grid, everybody else a neighbour. Raises: InvalidInput (target, position).
    """
    net, home = reference.net, case.home_grid
    area = net.find(target)
    if area is None or area.kind not in GRIDS or case.confidential:
        raise InvalidInput("target", "unknown")
    if target == home:
        raise InvalidInput("target", "same")
    if net.find(home) is None:
        home = None
    is_neighbour = home is not None and area in neighbours(net, home)
    told, ground = _corrected(case, reference, target, reason, position)
    dispatches = by.areas(Role.DISPATCHER) & set(case.duty_path())
    if not (is_neighbour or dispatches or home is None or "position" in told):
        raise InvalidInput("target", "no_neighbour")
    place = place_at(net, target, ground)
    holder = dispatch.holder_at(reference, place, dispatch.duties_of(session, reference, now))
    if holder is None:
        raise InvalidInput("target", "nobody")
    if is_neighbour and home is not None:
        _count(session, case, home, target, reason, net.version, now)
    return HandedOn(place, holder, told)


def _corrected(
    case: Case, reference: Reference, target: str, reason: str, position: LonLat | None
) -> tuple[dict[str, Any], str | None]:
    """Move the pin of a case that was in the wrong spot; return what to tell, and its ground."""
    if reason != WRONG_SPOT or position is None:
        return {}, None
    try:
        placed = reference.net.locate(
            position, category=case.category_code, settings=reference.routing
        )
    except GridgovError as error:
        raise InvalidInput("position", "elsewhere") from error
    if target not in (placed.area_code, placed.grid_code):
        raise InvalidInput("position", "elsewhere", found=placed.area_code)
    was = None if case.lon is None else [case.lon, case.lat]
    case.lon, case.lat = position.lon, position.lat
    told = {"position_was": was, "position": [position.lon, position.lat]}
    return told | {"routing": placed.as_record()}, placed.grid_code


def _count(
    session: Session, case: Case, home: str, target: str, reason: str, version: int, now: datetime
) -> None:
    session.add(
        BorderCorrection(
            district_code=case.district_code,
            grid_version=version,
            from_code=home,
            to_code=target,
            reason=reason,
            case_id=case.id,
            at=now,
        )
    )


def confusing_borders(
    session: Session, district_code: str, since: datetime, within: Collection[str] | None = None
) -> Sequence[ConfusingBorder]:
    """Return the borders over which cases were handed since a moment, most often first.

    Counted per pair of grids, and each way: a border confuses from both sides. `within`
    keeps those with a grid in one of these areas, whoever watches no more than them.
    """
    reference = reference_of(session, district_code)
    counts: dict[tuple[str, str], list[Counter[str]]] = defaultdict(lambda: [Counter(), Counter()])
    for (one, other, reason), count in grid_changes.corrections(
        session, district_code, since
    ).items():
        counts[min(one, other), max(one, other)][one > other][reason] += count
    found = [
        ConfusingBorder(
            codes=codes,
            names=(reference.area(codes[0]), reference.area(codes[1])),
            forth=forth.total(),
            back=back.total(),
            reasons=dict(forth + back),
            border=border_between(reference.net, *codes),
        )
        for codes, (forth, back) in counts.items()
        if within is None or any(_lies_in(reference, code, within) for code in codes)
    ]
    return sorted(found, key=lambda border: (-border.count, border.codes))


def _lies_in(reference: Reference, code: str, areas: Collection[str]) -> bool:
    """Tell whether an area, perhaps of an older version, lies in one of some areas."""
    step: str | None = code
    while step is not None:
        if step in areas:
            return True
        area = reference.area(step)
        step = None if area is None else area.parent_code
    return False


def handed_cases(
    session: Session, actor: Actor, since: datetime
) -> dict[tuple[str, str], list[Case]]:
    """Return the cases handed over each border since a moment that the actor may see, by codes."""
    found: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for one, other, case in grid_changes.corrected_cases(
        session, actor.district_code, since, visible(actor)
    ):
        cases = found[min(one, other), max(one, other)]
        if case not in cases:
            cases.append(case)
    return dict(found)


def border_between(net: Net, one: str, other: str) -> BaseGeometry | None:
    """Return the line two areas share, None where they have none; of an overlay, its outline."""
    shapes = [net.find(one), net.find(other)]
    drawn = [shape.geometry for shape in shapes if shape is not None and shape.geometry is not None]
    if len(drawn) < 2:
        return None
    lines = shapely.intersection(drawn[0].boundary, drawn[1].boundary)
    if lines.length == 0.0:
        overlay = next((s for s in shapes if s and s.kind is AreaKind.PROFESSIONAL), None)
        return None if overlay is None or overlay.geometry is None else overlay.geometry.boundary
    parts = [part for part in shapely.get_parts(lines) if part.length > 0.0]
    return shapely.line_merge(shapely.union_all(parts))
