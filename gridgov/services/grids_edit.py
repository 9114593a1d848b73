"""Editing a draft step by step: split, merge, draw, rename; and taking a step back.

Each step is kept with what it took away and what it put in, so that it can be undone
exactly, corner by corner. Codes that any version ever had are not given out again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain import net_edits
from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.services import grids, nets
from gridgov.services.reference import of as reference_of
from gridgov.storage import areas, grid_changes
from gridgov.storage.areas import GridVersion
from gridgov.storage.grid_changes import GridEdit
from gridgov.storage.ids import new_id

# What shares its borders with the unit grids, corner by corner.
SEAMLESS = (AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.DISTRICT)
MAY_HOLD_OVERLAY = (AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.DISTRICT)
MAX_NAME = 80

Row = dict[str, Any]
Names = tuple[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Halves:
    """A grid cut in two: western (or northern) first. `corners` are new on its border."""

    old: Row
    rows: tuple[Row, Row]
    corners: tuple[net_edits.Pair, ...]
    larger: int


def split(
    session: Session,
    draft: GridVersion,
    grid_code: str,
    line: Sequence[tuple[float, float]],
    *,
    by: Actor,
    now: datetime,
    names: Names | None = None,
    heir: int | None = None,
) -> GridEdit:
    """Split a grid along a line of WGS-84 (lon, lat) into two with new codes.

    The western half (or northern) comes first and gets the lower code. `names` are
    (name, English name) of both; by default the number in the name counts on. The
    people of the grid go to half `heir` (0 or 1), by default the larger; the other is
    vacant. Raises: NotADraft; InvalidInput (code, line, names).
    """
    draft = grids.open_draft(session, draft)
    found = halves(session, draft, grid_code, line, names=names)
    old, before, after = found.old, [found.old], list(found.rows)
    if found.corners and old["kind"] == AreaKind.GRID:
        neighbours = _noded(session, draft, grid_code, old["geometry"], found.corners)
        before, after = before + neighbours[0], after + neighbours[1]
    carry = {grid_code: found.rows[found.larger if heir is None else heir]["code"]}
    return take_step(session, draft, "split", before, after, by, now, carry)


def halves(
    session: Session,
    draft: GridVersion,
    grid_code: str,
    line: Sequence[tuple[float, float]],
    *,
    names: Names | None = None,
) -> Halves:
    """Return what `split` would make of a grid, to be looked at first; nothing is written.

    Raises: InvalidInput (code, line, names).
    """
    old = _area(session, draft, grid_code, (AreaKind.GRID, AreaKind.PROFESSIONAL))
    west, east, corners = net_edits.cut(old["geometry"], line)
    codes = _fresh(session, draft, grid_code, 2)
    named = names or _names(old, codes)
    first, second = (
        {
            **old,
            "code": code,
            "geometry": half,
            "name": _name(name[0]),
            "name_en": _name(name[1]),
            "landmarks": marks,
        }
        for code, half, name, marks in zip(
            codes, (west, east), named, _shared_out(old["landmarks"], west, east), strict=True
        )
    )
    return Halves(old, (first, second), corners, 0 if west.area >= east.area else 1)


def merge(
    session: Session,
    draft: GridVersion,
    codes: Collection[str],
    keep: str,
    *,
    by: Actor,
    now: datetime,
) -> GridEdit:
    """Merge unit grids of one village into the one whose code, name and people are kept.

    Raises: NotADraft; InvalidInput (codes: too_few, other_parent, apart; keep; code).
    """
    draft = grids.open_draft(session, draft)
    rows = [_area(session, draft, code, (AreaKind.GRID,)) for code in sorted(set(codes))]
    if len(rows) < 2:
        raise InvalidInput("codes", "too_few")
    kept = next((row for row in rows if row["code"] == keep), None)
    if kept is None:
        raise InvalidInput("keep", "unknown", code=keep)
    if len({row["parent_code"] for row in rows}) > 1:
        raise InvalidInput("codes", "other_parent")
    ground = net_edits.joined([row["geometry"] for row in rows])
    marks = [mark for row in rows for mark in row["landmarks"]]
    after = [{**kept, "geometry": ground, "landmarks": marks}]
    return take_step(session, draft, "merge", rows, after, by, now)


def add_professional(
    session: Session,
    draft: GridVersion,
    polygon: BaseGeometry,
    name: str,
    categories: Collection[str],
    parent: str,
    *,
    by: Actor,
    now: datetime,
    name_en: str = "",
) -> GridEdit:
    """Draw a professional grid that takes some categories, below a village, town or district.

    Raises: NotADraft; InvalidInput (polygon, names, categories, parent).
    """
    draft = grids.open_draft(session, draft)
    above = _area(session, draft, parent, MAY_HOLD_OVERLAY, field="parent")
    ground = _ground(polygon)
    if not shapely.intersects(above["geometry"], ground):
        raise InvalidInput("polygon", "outside_parent", code=parent)
    reference = reference_of(session, draft.district_code)
    if not categories:
        raise InvalidInput("categories", "missing")
    for category in categories:
        if category not in reference.catalogue:
            raise InvalidInput("categories", "unknown", code=category)
    (code,) = _fresh(session, draft, f"{parent}Z00", 1)
    drawn = {
        "code": code,
        "parent_code": parent,
        "kind": str(AreaKind.PROFESSIONAL),
        "name": _name(name),
        "name_en": _name(name_en or name),
        "geometry": ground,
        "categories": sorted(categories),
        "landmarks": [],
    }
    return take_step(session, draft, "add_professional", [], [drawn], by, now)


def replace_shape(
    session: Session,
    draft: GridVersion,
    code: str,
    polygon: BaseGeometry,
    *,
    by: Actor,
    now: datetime,
) -> GridEdit:
    """Give an area another polygon. A gap or an overlap it leaves is for the checks to show.

    Raises: NotADraft; InvalidInput (code, polygon).
    """
    return _change(session, draft, code, "replace_shape", by, now, {"geometry": _ground(polygon)})


def rename(
    session: Session,
    draft: GridVersion,
    code: str,
    name: str,
    name_en: str,
    *,
    by: Actor,
    now: datetime,
) -> GridEdit:
    """Give an area other names. Raises: NotADraft; InvalidInput (code, names)."""
    names = {"name": _name(name), "name_en": _name(name_en)}
    return _change(session, draft, code, "rename", by, now, names)


def remove(
    session: Session, draft: GridVersion, code: str, *, by: Actor, now: datetime
) -> GridEdit:
    """Take a professional grid away; a unit grid would leave a hole and is merged instead.

    Raises: NotADraft; InvalidInput (code).
    """
    draft = grids.open_draft(session, draft)
    old = _area(session, draft, code, (AreaKind.PROFESSIONAL,))
    return take_step(session, draft, "remove", [old], [], by, now)


def undo_edit(session: Session, draft: GridVersion, *, by: Actor, now: datetime) -> GridEdit:
    """Take the last step of a draft back and return it. Raises: NotADraft; Conflict if none."""
    draft = grids.open_draft(session, draft)
    step = grid_changes.last_edit(session, draft.id)
    if step is None:
        raise Conflict("there is no step to take back")
    after, before = (list(map(grid_changes.kept, rows)) for rows in (step.after, step.before))
    _put(session, draft, after, before)
    step.undone_at = now
    return step


def steps(session: Session, draft: GridVersion) -> Sequence[GridEdit]:
    """Return the steps of a version, oldest first, undone ones included."""
    return grid_changes.edits(session, draft.id)


def _change(
    session: Session,
    draft: GridVersion,
    code: str,
    kind: str,
    by: Actor,
    now: datetime,
    values: Mapping[str, Any],
) -> GridEdit:
    draft = grids.open_draft(session, draft)
    old = _area(session, draft, code, tuple(AreaKind))
    return take_step(session, draft, kind, [old], [{**old, **values}], by, now)


def take_step(
    session: Session,
    draft: GridVersion,
    kind: str,
    before: list[Row],
    after: list[Row],
    by: Actor,
    now: datetime,
    carry: dict[str, str] | None = None,
) -> GridEdit:
    """Put areas into the place of others and keep the step."""
    _put(session, draft, before, after)
    step = GridEdit(
        id=new_id(),
        grid_version_id=draft.id,
        seq=grid_changes.last_seq(session, draft.id) + 1,
        kind=kind,
        by_person_id=by.person_id,
        at=now,
        carry=carry or {},
        before=list(map(grid_changes.written, before)),
        after=list(map(grid_changes.written, after)),
    )
    session.add(step)
    session.flush()
    return step


def _put(session: Session, draft: GridVersion, before: list[Row], after: list[Row]) -> None:
    session.flush()
    if before:
        areas.remove_areas(session, draft, [row["code"] for row in before])
    areas.add_areas(session, draft, after)
    draft.revision = new_id()
    session.flush()


def _area(
    session: Session,
    draft: GridVersion,
    code: str,
    kinds: Collection[AreaKind],
    field: str = "code",
) -> Row:
    found = areas.find_areas(session, draft, [code])
    if not found or AreaKind(found[0]["kind"]) not in kinds:
        raise InvalidInput(field, "unknown", code=code)
    return dict(found[0])


def _noded(
    session: Session,
    draft: GridVersion,
    grid_code: str,
    ground: BaseGeometry,
    corners: Sequence[net_edits.Pair],
) -> tuple[list[Row], list[Row]]:
    """Return the areas that share an edge on which a new corner lies, before and after."""
    before: list[Row] = []
    after: list[Row] = []
    for row in _near(session, draft, ground):
        noded = net_edits.noded(row["geometry"], corners)
        if row["code"] != grid_code and noded is not row["geometry"]:
            before.append(dict(row))
            after.append({**row, "geometry": noded})
    return before, after


def _near(session: Session, draft: GridVersion, ground: BaseGeometry) -> Sequence[areas.Row]:
    """Return the areas around some ground: by the net where this process knows it."""
    known = nets.known(session, draft)
    if known is None:
        kinds = [str(kind) for kind in SEAMLESS]
        return areas.areas_near(session, draft, kinds, ground)
    box = shapely.box(*ground.bounds)
    layers = [known.net.layer(kind) for kind in SEAMLESS]
    codes = [layer.codes[place] for layer in layers for place in layer.seen_in(box)]
    return areas.find_areas(session, draft, codes)


def _fresh(session: Session, draft: GridVersion, like: str, count: int) -> tuple[str, ...]:
    stem = like.rstrip("0123456789") or like[:-3]
    used = areas.used_codes(session, draft.district_code, stem)
    return net_edits.fresh_codes(like, used, count)


def _names(old: Row, codes: Sequence[str]) -> Names:
    first, second = (
        (
            net_edits.name_after(old["name"], old["code"], code),
            net_edits.name_after(old["name_en"], old["code"], code),
        )
        for code in codes
    )
    return first, second


def _name(name: str) -> str:
    name = name.strip()
    if not name:
        raise InvalidInput("names", "missing")
    if len(name) > MAX_NAME:
        raise InvalidInput("names", "too_long", limit=MAX_NAME)
    return name


def _shared_out(
    landmarks: Sequence[dict[str, Any]], west: BaseGeometry, east: BaseGeometry
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give each landmark to the half it stands in; one without a place belongs to both."""
    shared: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for mark in landmarks:
        if mark.get("lon") is None or mark.get("lat") is None:
            shared[0].append(mark)
            shared[1].append(mark)
            continue
        spot = shapely.Point(mark["lon"], mark["lat"])
        nearer = 0 if shapely.distance(west, spot) <= shapely.distance(east, spot) else 1
        shared[nearer].append(mark)
    return shared


def _ground(polygon: BaseGeometry) -> BaseGeometry:
    if polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty:
        raise InvalidInput("polygon", "not_a_polygon")
    if not shapely.is_valid(polygon):
        raise InvalidInput("polygon", "invalid", shapely.is_valid_reason(polygon))
    return shapely.force_2d(polygon)
