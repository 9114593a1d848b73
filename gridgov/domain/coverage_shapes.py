"""Checks of single areas: is it a polygon, is it one piece, is it of a likely size."""

import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage_borders import borders_m, longest_first, reaches_beyond
from gridgov.domain.coverage_draft import (
    NOBODY,
    Draft,
    Geometries,
    as_array,
    mean_widths_m,
    place_on,
    polygons_of,
    square_metres,
)
from gridgov.domain.coverage_model import (
    Finding,
    FindingKind,
    Move,
    Repair,
    RepairAction,
    Severity,
    Tolerances,
)
from gridgov.domain.datum import LonLat
from gridgov.domain.repairs import carry_out, mended

# Without a polygon these are names only, which routing can live with.
_NAMES_ONLY = {AreaKind.DISTRICT, AreaKind.TOWN, AreaKind.VILLAGE, AreaKind.PROFESSIONAL}
_REASON = re.compile(r"^(?P<words>[^\[]*)(\[(?P<x>\S+) (?P<y>[^\s\]]+).*\])?$")
# A neighbour surrounds a part if it has this much of the part's border.
_SURROUNDS = 0.5
# Standard deviations a median absolute deviation stands for, on a normal distribution.
_MAD_TO_SIGMA = 1.4826


def check_polygons(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find what is no polygon or no valid one; the draft keeps valid polygons only."""
    del tolerances  # there is no degree of validity
    findings = []
    valid = shapely.is_valid(draft.geometries)
    plain = shapely.get_type_id(draft.geometries)
    solid = (plain == shapely.GeometryType.POLYGON) | (plain == shapely.GeometryType.MULTIPOLYGON)
    sound = valid & solid & ~shapely.is_empty(draft.geometries) & _on_earth(draft.geometries)
    for i in np.flatnonzero(~sound).tolist():
        geometry = draft.geometries[i]
        if geometry is None and draft.kinds[i] in _NAMES_ONLY:
            findings.append(_no_polygon(draft, i, Severity.WARNS, "none"))
        else:
            findings.append(_unsound(draft, i, geometry))
    return findings


def _on_earth(geometries: Geometries) -> NDArray[np.bool_]:
    """Tell which geometries have only finite coordinates within the degrees of the earth."""
    ends, owner = shapely.get_coordinates(geometries, return_index=True)
    # A comparison with NaN is false.
    fine = (np.abs(ends[:, 0]) <= 180.0) & (np.abs(ends[:, 1]) <= 90.0)
    on_earth = np.ones(len(geometries), dtype=bool)
    on_earth[owner[~fine]] = False
    return on_earth


def _unsound(draft: Draft, i: int, geometry: BaseGeometry | None) -> Finding:
    """Describe a geometry that cannot be used as it is, and use its mended form instead."""
    if geometry is None:
        return _no_polygon(draft, i, Severity.BLOCKS, "none")
    if geometry.is_empty:
        return _no_polygon(draft, i, Severity.BLOCKS, "empty")
    if not _on_earth(as_array([geometry]))[0]:
        return _no_polygon(draft, i, Severity.BLOCKS, "out_of_range")
    solid = polygons_of(geometry)
    if solid is None:
        word = "line" if geometry.length else "point"
        return replace(_no_polygon(draft, i, Severity.BLOCKS, word), geometry=geometry)
    draft.geometries[i] = mended(geometry)
    action = RepairAction.MAKE_VALID
    words, place = _reason(solid)
    if geometry.geom_type == "GeometryCollection":
        action, words = RepairAction.KEEP_POLYGONS, "collection"
    repairable = draft.geometries[i] is not None and draft.repairable(i)
    return Finding(
        FindingKind.INVALID,
        Severity.BLOCKS,
        (draft.codes[i],),
        place or _first_corner(solid),
        geometry,
        parent_code=draft.shapes[i].parent_code,
        detail=words,
        repair=Repair(action, draft.codes[i]) if repairable else None,
    )


def _no_polygon(draft: Draft, i: int, severity: Severity, detail: str) -> Finding:
    """Say that an area has no ground, and forget what it has instead."""
    draft.geometries[i] = None
    parent = draft.shapes[i].parent_code
    kind = FindingKind.NO_POLYGON
    return Finding(kind, severity, (draft.codes[i],), parent_code=parent, detail=detail)


def _reason(geometry: BaseGeometry) -> tuple[str, LonLat | None]:
    """Return why a polygon is invalid, as a word, and where."""
    told = _REASON.match(shapely.is_valid_reason(geometry))
    if told is None:
        return "invalid", None
    word = re.sub(r"\W+", "_", told["words"].strip().lower()).strip("_")
    place = None if told["x"] is None else LonLat(lon=float(told["x"]), lat=float(told["y"]))
    return word, place


def _first_corner(geometry: BaseGeometry) -> LonLat:
    lon, lat = shapely.get_coordinates(geometry)[0].tolist()
    return LonLat(lon=lon, lat=lat)


def check_exclaves(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find unit grids of several parts; a part that one neighbour surrounds may go to it."""
    cells = draft.of_kind(AreaKind.GRID)
    several = cells[shapely.get_num_geometries(draft.geometries[cells]) > 1]
    if len(several) == 0:
        return []
    parts, owners = _lesser_parts(draft, several, tolerances.gap_m2)
    tree = shapely.STRtree(draft.geometries[cells])
    around = borders_m(tree, cells, parts)
    areas, widths = square_metres(parts), mean_widths_m(parts)
    findings = []
    for number, (part, cell) in enumerate(zip(parts, owners, strict=True)):
        host = _host(draft, cell, part, around[number])
        findings.append(
            Finding(
                FindingKind.EXCLAVE,
                Severity.WARNS,
                (draft.codes[cell],) if host is None else (draft.codes[cell], draft.codes[host]),
                place_on(part),
                part,
                float(areas[number]),
                width_m=float(widths[number]),
                parent_code=_parent_code(draft, cell),
                repair=_merger(draft, cell, part, host),
            )
        )
    carry_out(draft, findings)
    return findings


def _lesser_parts(draft: Draft, cells: Any, least_m2: float) -> tuple[Geometries, list[int]]:
    """Return the parts of some cells apart from each one's largest, and whose they are."""
    found: list[BaseGeometry] = []
    owners: list[int] = []
    for cell in cells.tolist():
        parts = shapely.get_parts(draft.geometries[cell])
        areas = square_metres(parts)
        main = int(np.argmax(areas))
        for number, (part, area) in enumerate(zip(parts, areas, strict=True)):
            if number != main and area >= least_m2:
                found.append(part)
                owners.append(cell)
    return as_array(found), owners


def _host(draft: Draft, cell: int, part: BaseGeometry, around: dict[int, float]) -> int | None:
    """Return the neighbour of the same parent that surrounds a part of a cell."""
    others = {other: metres for other, metres in around.items() if other != cell}
    ranked = longest_first(others, draft.codes)
    if not ranked or draft.parents[ranked[0]] != draft.parents[cell]:
        return None
    whole = 2.0 * float(square_metres(as_array([part]))[0])
    whole /= float(mean_widths_m(as_array([part]))[0])
    return ranked[0] if others[ranked[0]] >= _SURROUNDS * whole else None


def _merger(draft: Draft, cell: int, part: BaseGeometry, host: int | None) -> Repair | None:
    if host is None or not draft.repairable(cell, host):
        return None
    move = Move(AreaKind.GRID, part, (draft.codes[cell],), draft.codes[host])
    return Repair(RepairAction.MERGE, moves=(move,))


def check_overlays(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find professional grids that leave the district; they may lie over anything in it."""
    districts = draft.of_kind(AreaKind.DISTRICT).tolist()
    overlays = draft.of_kind(AreaKind.PROFESSIONAL)
    if not districts or len(overlays) == 0:
        return []
    district = shapely.union_all(draft.geometries[districts])
    shapely.prepare(district)
    leaving = overlays[~shapely.covers(district, draft.geometries[overlays])]
    findings = []
    for i in leaving.tolist():
        outside = polygons_of(shapely.difference(draft.geometries[i], district))
        if outside is None:
            continue
        measured = as_array([outside])
        area = float(square_metres(measured)[0])
        if area < tolerances.gap_m2 or not reaches_beyond(outside, district, tolerances.parent_m):
            continue
        move = Move(AreaKind.PROFESSIONAL, outside, (draft.codes[i],), None)
        # A grid wholly outside would vanish: that is no repair.
        kept = shapely.intersects(district, draft.geometries[i]) and draft.repairable(i)
        findings.append(
            Finding(
                FindingKind.OUTSIDE,
                Severity.BLOCKS,
                (draft.codes[i],),
                place_on(outside),
                outside,
                area,
                width_m=float(mean_widths_m(measured)[0]),
                parent_code=draft.codes[districts[0]],
                repair=Repair(RepairAction.CLIP, moves=(move,)) if kept else None,
            )
        )
    return findings


def check_sizes(draft: Draft, tolerances: Tolerances) -> list[Finding]:
    """Find unit grids of a size that is out of proportion within their town.

    Robust: the distance of the logarithm of the area from the town's median, in median
    absolute deviations. Source: Iglewicz and Hoaglin (see Tolerances).
    """
    cells = draft.of_kind(AreaKind.GRID)
    if len(cells) == 0:
        return []
    areas = square_metres(draft.geometries[cells])
    by_town: dict[int, list[int]] = defaultdict(list)
    for place, cell in enumerate(cells.tolist()):
        by_town[_town(draft, cell)].append(place)
    findings = []
    for places in by_town.values():
        if len(places) < tolerances.outlier_grids:
            continue
        logs = np.log(areas[places])
        apart = logs - np.median(logs)
        sigma = _MAD_TO_SIGMA * float(np.median(np.abs(apart)))
        limit = max(tolerances.outlier_score * sigma, float(np.log(tolerances.outlier_factor)))
        for place, distance in zip(np.array(places), apart.tolist(), strict=True):
            if abs(distance) > limit:
                findings.append(_size(draft, int(cells[place]), float(np.exp(distance))))
    return findings


def _size(draft: Draft, cell: int, ratio: float) -> Finding:
    geometry = draft.geometries[cell]
    return Finding(
        FindingKind.SIZE,
        Severity.WARNS,
        (draft.codes[cell],),
        place_on(geometry),
        geometry,
        ratio,
        unit="ratio",
        parent_code=_parent_code(draft, cell),
        detail="large" if ratio > 1.0 else "small",
    )


def _town(draft: Draft, cell: int) -> int:
    """Return the town above a cell, or whatever stands highest above it below the district."""
    above = int(draft.parents[cell])
    while above != NOBODY and draft.kinds[above] is not AreaKind.TOWN:
        if draft.parents[above] == NOBODY:
            break
        above = int(draft.parents[above])
    return above


def _parent_code(draft: Draft, i: int) -> str | None:
    parent = int(draft.parents[i])
    return None if parent == NOBODY else draft.codes[parent]
