"""Versions of a district's net: drafts are made, looked at, and thrown away.

Nothing here is live. A draft is edited by `grids_edit`, rehearsed by `grids_rehearse`
and becomes the net of the day by `grids_activate`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import nets
from gridgov.storage import areas, districts, planned_duties
from gridgov.storage.areas import DISCARDED, DRAFT, GridVersion, Landmarks
from gridgov.storage.ids import new_id

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


class NotADraft(Conflict):
    """The version was activated or thrown away meanwhile."""

    code = "not_a_draft"


class DraftChanged(Conflict):
    """The draft was edited since somebody looked: what was agreed to is another net."""

    code = "draft_changed"


def new_draft(
    session: Session,
    district_code: str,
    shapes: Iterable[AreaShape],
    landmarks: Landmarks,
    *,
    by: Actor,
    now: datetime,
    note: str = "",
    synthetic: bool = False,
) -> GridVersion:
    """Write a whole net as a draft of a district, for instance one that was imported.

    `landmarks` are by code, each with name, name_en, lon and lat. Raises: NotFound;
    InvalidInput (field `areas`: duplicate_code, parent_kind, unknown_parent, no_polygon,
    invalid_polygon, no_grid), with the code.
    """
    shapes = list(shapes)
    draft = _version(session, district_code, by, now, note, synthetic)
    check(Net(draft.number, district_code, shapes))
    areas.add_areas(session, draft, [areas.row_of(shape, landmarks) for shape in shapes])
    return draft


def copy_active(
    session: Session, district_code: str, *, by: Actor, now: datetime, note: str = ""
) -> GridVersion:
    """Copy the active net to a new draft, to be edited.

    Raises: NotFound; Conflict before the first version.
    """
    active = areas.active_version(session, district_code)
    if active is None:
        raise Conflict(f"district {district_code} has no active grid version to copy")
    return copy_version(session, active, by=by, now=now, note=note)


def copy_version(
    session: Session, source: GridVersion, *, by: Actor, now: datetime, note: str = ""
) -> GridVersion:
    """Copy any version to a new draft, such as one whose activation was undone.

    The duties that began with an undone one are planned again.
    """
    draft = _version(session, source.district_code, by, now, note, source.synthetic)
    areas.copy_areas(session, source, draft)
    if source.undone_at is not None:
        planned_duties.copy(session, source.id, draft.id)
    return draft


def _version(
    session: Session, district_code: str, by: Actor, now: datetime, note: str, synthetic: bool
) -> GridVersion:
    district = districts.get(session, district_code)
    draft = GridVersion(
        id=new_id(),
        district_code=district_code,
        number=areas.last_number(session, district_code) + 1,
        status=DRAFT,
        synthetic=synthetic,
        made_at=now,
        base_number=district.grid_version,
        note=note or None,
        made_by_id=by.person_id,
        revision=new_id(),
    )
    session.add(draft)
    session.flush()
    return draft


def versions(session: Session, district_code: str) -> Sequence[GridVersion]:
    """Return all versions of a district, newest number first."""
    return areas.versions(session, district_code)


def version(session: Session, district_code: str, number: int) -> GridVersion:
    """Return one version of a district. Raises: NotFound."""
    return areas.version(session, district_code, number)


def net_of(session: Session, version: GridVersion) -> Net:
    """Return the net of a version, also of a draft as it is now."""
    return nets.of_version(session, version).net


def open_draft(session: Session, draft: GridVersion) -> GridVersion:
    """Lock a draft for changing it and return it fresh. Raises: NotADraft."""
    fresh = areas.lock_version(session, draft.id)
    if fresh.status != DRAFT:
        raise NotADraft(f"grid version {fresh.number} is {fresh.status}", number=fresh.number)
    return fresh


def discard(session: Session, draft: GridVersion, *, now: datetime) -> None:
    """Throw a draft away: its areas go, its number is never given out again.

    Raises: NotADraft.
    """
    fresh = open_draft(session, draft)
    areas.remove_areas(session, fresh, None)
    fresh.status, fresh.retired_at, fresh.revision = DISCARDED, now, new_id()


def check(net: Net) -> None:
    """Refuse a net that could not be worked with at all; `new_draft` says the reasons.

    Gaps, overlaps and the like are for the checks before an activation to show.
    """
    shapes = net.areas()
    drawn = np.array([area.geometry for area in shapes], dtype=object)
    for place in np.flatnonzero(shapely.is_missing(drawn) | shapely.is_empty(drawn)):
        raise InvalidInput("areas", "no_polygon", code=shapes[place].code)
    kinds = shapely.get_type_id(drawn)
    for place in np.flatnonzero(~np.isin(kinds, POLYGONS) | ~shapely.is_valid(drawn)):
        raise InvalidInput("areas", "invalid_polygon", code=shapes[place].code)
    for area in shapes:
        if area.kind is not AreaKind.DISTRICT and net.find(area.parent_code) is None:
            raise InvalidInput("areas", "unknown_parent", code=area.code)
    if not net.areas(AreaKind.GRID):
        raise InvalidInput("areas", "no_grid", code=net.district_code)
    if [area.code for area in net.areas(AreaKind.DISTRICT)] != [net.district_code]:
        raise InvalidInput("areas", "no_district", code=net.district_code)
