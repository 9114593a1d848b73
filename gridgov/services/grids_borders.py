"""Borders between grids: handing a case next door, and where that happens often."""

from collections import defaultdict
from collections.abc import Sequence
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
from gridgov.domain.geometry import degrees_reaching
from gridgov.domain.handover import DutyPlace, place_at
from gridgov.domain.roles import Actor, Role
from gridgov.domain.routing import Net
from gridgov.services import dispatch
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import grid_changes
from gridgov.storage.cases import Case
from gridgov.storage.grid_changes import BorderCorrection

GRIDS = (AreaKind.GRID, AreaKind.PROFESSIONAL)
WRONG_SPOT = "wrong_spot"
# Two grids are neighbours where they come this close: wider than any sliver.
_TOUCH_M = 0.5


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Where a case goes next door, to whom, and what the history keeps of it."""

    place: DutyPlace
    holder: Assignment
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConfusingBorder:
    """Two grids between which cases were handed on; `codes` sorted, `border` may be gone.

    `reasons` counts by reason; `border` is a line in WGS-84 degrees, None where one of
    the grids is not in the active net any more or they do not touch.
    """

    codes: tuple[str, str]
    names: tuple[AreaShape | None, AreaShape | None]
    count: int
    reasons: dict[str, int] = field(default_factory=dict)
    border: BaseGeometry | None = None


def neighbours(net: Net, code: str) -> tuple[AreaShape, ...]:
    """Return the grids that touch or overlay one, unit grids first, each by code.

    Raises: NotFound.
    """
    own = net.area(code).geometry
    if own is None:
        return ()
    reach = own.buffer(degrees_reaching(own.centroid.y, _TOUCH_M))
    return tuple(
        net.area(other)
        for kind in GRIDS
        for other in net.layer(kind).touching(reach)
        if other != code
    )


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
    session: Session, district_code: str, since: datetime
) -> Sequence[ConfusingBorder]:
    """Return the borders over which cases were handed since a moment, most often first.

    Counted per pair of grids, whichever way: a border confuses from both sides.
    """
    net = reference_of(session, district_code).net
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (one, other, reason), count in grid_changes.corrections(
        session, district_code, since
    ).items():
        reasons = counts[min(one, other), max(one, other)]
        reasons[reason] = reasons.get(reason, 0) + count
    found = [
        ConfusingBorder(
            codes=codes,
            names=(net.find(codes[0]), net.find(codes[1])),
            count=sum(reasons.values()),
            reasons=reasons,
            border=border_between(net, *codes),
        )
        for codes, reasons in counts.items()
    ]
    return sorted(found, key=lambda border: (-border.count, border.codes))


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
