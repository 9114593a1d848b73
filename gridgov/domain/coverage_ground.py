"""Gaps, overlaps, slivers and ground outside the parent, each with whom it should go to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage_borders import (
    borders_m,
    longest_first,
    nearest,
    reaches_beyond,
    share_out,
)
from gridgov.domain.coverage_draft import (
    NOBODY,
    Draft,
    as_array,
    mean_widths_m,
    place_on,
    square_metres,
    union_of,
)
from gridgov.domain.coverage_faces import Level, Piece
from gridgov.domain.coverage_model import (
    Finding,
    FindingKind,
    Move,
    Repair,
    RepairAction,
    Severity,
    Tolerances,
)
from gridgov.domain.repairs import carry_out

# An area of which more than this part is held twice or astray would vanish without it.
_ALL_BUT_GONE = 0.9
# A cell belongs to the parent in which more than this part of it lies.
_MOSTLY = 0.5
# A border of less than this part of the longest one is the end of a strip.
_END_OF_STRIP = 0.1
# Borders that differ by less than this part are equally long, as a strip's two sides are.
_SAME_LENGTH = 0.2


@dataclass(slots=True, eq=False)
class _Lot:
    """A piece of faulty ground, its size, and the moves that would put it right."""

    piece: Piece
    area_m2: float
    width_m: float
    borders: dict[int, float]
    deep: set[int] = field(default_factory=set)
    moves: tuple[Move, ...] | None = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Stray:
    """Connected ground that one cell holds too far outside its parent."""

    cell: int
    geometry: BaseGeometry
    lots: list[_Lot]


def check_level(draft: Draft, kind: AreaKind, tolerances: Tolerances) -> list[Finding]:
    """Find the faulty ground of one kind of area, and carry the proposals out on the draft."""
    level, lots = _examine(draft, kind, tolerances)
    strays = _strays(level, lots, tolerances)
    findings = _adopted(level, strays)
    if findings:
        # The tree has changed: what was astray is at home now.
        level, lots = _examine(draft, kind, tolerances)
        strays = _strays(level, lots, tolerances)
    _settle(level, lots)
    findings += [_outside(level, stray) for stray in strays]
    findings += _gaps_and_overlaps(level, lots, tolerances)
    findings += _unexamined(level)
    carry_out(draft, findings)
    return findings


def _examine(draft: Draft, kind: AreaKind, tolerances: Tolerances) -> tuple[Level, list[_Lot]]:
    """Return the level and its faulty pieces, measured."""
    level = Level(draft, kind)
    pieces = level.faults(min(tolerances.gap_m2, tolerances.overlap_m2))
    geometries = as_array([piece.geometry for piece in pieces])
    areas, widths = square_metres(geometries), mean_widths_m(geometries)
    borders = borders_m(level.tree, level.cells, geometries, among_themselves=False)
    lots = [
        _Lot(piece, float(area), float(width), around)
        for piece, area, width, around in zip(pieces, areas, widths, borders, strict=True)
    ]
    return level, lots


def _strays(level: Level, lots: list[_Lot], tolerances: Tolerances) -> list[_Stray]:
    """Return the ground that cells hold beyond the tolerance outside their parents."""
    parents = level.draft.parents
    astray: dict[int, list[_Lot]] = defaultdict(list)
    for lot in lots:
        for cell in lot.piece.cells:
            if parents[cell] != lot.piece.ground and level.bounded(cell):
                astray[cell].append(lot)
    found = []
    for cell, its in astray.items():
        union = union_of(as_array([lot.piece.geometry for lot in its]))
        reference = level.draft.geometries[parents[cell]]
        parts = shapely.get_parts(union)
        for part, area in zip(parts, square_metres(parts), strict=True):
            if area < tolerances.gap_m2 or not reaches_beyond(part, reference, tolerances.parent_m):
                continue
            inside = [lot for lot in its if part.intersects(lot.piece.geometry.point_on_surface())]
            for lot in inside:
                lot.deep.add(cell)
            found.append(_Stray(cell, part, inside))
    return found


def _adopted(level: Level, strays: list[_Stray]) -> list[Finding]:
    """Find cells that lie for the greater part in another parent, and adopt them there."""
    draft = level.draft
    held: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    where: dict[int, _Stray] = {}
    for stray in strays:
        where.setdefault(stray.cell, stray)
        for lot in stray.lots:
            # Ground that others hold too is no sign of a wrong parent.
            if len(lot.piece.cells) == 1:
                held[stray.cell][lot.piece.ground] += lot.area_m2
    findings = []
    for cell, by_ground in held.items():
        ground, area = max(by_ground.items(), key=lambda item: item[1])
        whole = float(square_metres(draft.geometries[[cell]])[0])
        if ground == NOBODY or area <= _MOSTLY * whole or not draft.repairable(cell, ground):
            continue
        repair = Repair(RepairAction.ADOPT, draft.codes[cell], draft.codes[ground])
        findings.append(_outside(level, where[cell], "wrong_parent", repair))
        draft.parents[cell] = ground
    return findings


def _settle(level: Level, lots: list[_Lot]) -> None:
    """Decide for every lot who gets it; each lot has one outcome, whoever reports it.

    Ground of a parent stays with that parent's children. Where several may keep it, the
    one that goes on beyond it along the longer border does; equal ones leave it to the
    smallest code, as routing does already, so that no case moves. An area that would
    vanish keeps its ground instead (a small grid drawn over a large one), and where one
    vanishes all the same (two grids on the same ground), nothing is proposed.
    """
    contested = _parts(level, [(lot, lot.piece.cells) for lot in lots])
    for lot in lots:
        lot.moves = _moves(level, lot, contested)
    at = {level.draft.codes[cell]: cell for lot in lots for cell in lot.piece.cells}
    lost = _parts(
        level,
        [(lot, {at[code] for move in lot.moves or () for code in move.losers}) for lot in lots],
    )
    gone = {level.draft.codes[cell] for cell, part in lost.items() if part > _ALL_BUT_GONE}
    for lot in lots:
        if lot.moves and any(code in gone for move in lot.moves for code in move.losers):
            lot.moves = None


def _parts(level: Level, held: Iterable[tuple[_Lot, Iterable[int]]]) -> dict[int, float]:
    """Return which part of each cell some lots make up."""
    areas: dict[int, float] = defaultdict(float)
    for lot, cells in held:
        for cell in cells:
            areas[cell] += lot.area_m2
    whole = square_metres(level.draft.geometries[list(areas)])
    return {
        cell: area / own for (cell, area), own in zip(areas.items(), whole.tolist(), strict=True)
    }


def _moves(level: Level, lot: _Lot, contested: dict[int, float]) -> tuple[Move, ...] | None:
    """Return how a lot changes hands; None where only a person can say."""
    draft, piece = level.draft, lot.piece
    if not draft.repairable(*piece.cells, piece.ground):
        return None
    at_home = [cell for cell in piece.cells if draft.parents[cell] == piece.ground]
    staying = at_home or [cell for cell in piece.cells if cell not in lot.deep]
    if staying:
        winner = _keeper(draft, lot, staying, contested)
        losers = tuple(draft.codes[cell] for cell in piece.cells if cell != winner)
        if not losers:
            return ()
        return (Move(level.kind, piece.geometry, losers, draft.codes[winner]),)
    losers = tuple(draft.codes[cell] for cell in piece.cells)
    if piece.ground == NOBODY:
        return (Move(level.kind, piece.geometry, losers, None),)
    heirs = _heirs(level, lot)
    if not heirs or not draft.repairable(*heirs):
        return None
    return tuple(
        Move(level.kind, part, losers, draft.codes[heir])
        for part, heir in share_out(piece.geometry, heirs, draft.geometries)
    )


def _keeper(draft: Draft, lot: _Lot, holders: list[int], contested: dict[int, float]) -> int:
    """Return the holder that needs a lot most, or goes on beyond it most, or the first code."""
    neediest = max(contested[cell] for cell in holders)
    if neediest > _ALL_BUT_GONE:
        holders = [cell for cell in holders if contested[cell] == neediest]
    longest = max(lot.borders.get(cell, 0.0) for cell in holders)
    even = [c for c in holders if lot.borders.get(c, 0.0) >= (1.0 - _SAME_LENGTH) * longest]
    return min(even, key=lambda cell: draft.codes[cell])


def _heirs(level: Level, lot: _Lot) -> list[int]:
    """Return the children of the ground's parent around a lot, the longest border first."""
    draft, ground = level.draft, lot.piece.ground
    around = longest_first(lot.borders, draft.codes)
    own = [c for c in around if draft.parents[c] == ground and c not in lot.piece.cells]
    if own:
        return own
    others = [c for c in level.members.get(ground, []) if c not in lot.piece.cells]
    near = nearest(lot.piece.geometry, others, draft.geometries)
    return [] if near is None else [near]


def _outside(
    level: Level, stray: _Stray, detail: str = "", repair: Repair | None = None
) -> Finding:
    """Say that a cell reaches out of its parent."""
    draft = level.draft
    if repair is None:
        repair = _repair(RepairAction.CLIP, stray.lots)
    geometries = as_array([stray.geometry])
    return Finding(
        FindingKind.OUTSIDE,
        Severity.BLOCKS,
        (draft.codes[stray.cell],),
        place_on(stray.geometry),
        stray.geometry,
        float(square_metres(geometries)[0]),
        width_m=float(mean_widths_m(geometries)[0]),
        parent_code=_code(draft, int(draft.parents[stray.cell])),
        detail=detail,
        repair=repair,
    )


def _gaps_and_overlaps(level: Level, lots: list[_Lot], tolerances: Tolerances) -> list[Finding]:
    """Report the lots nobody or several hold; thin ones together for each pair of areas."""
    findings = []
    slivers: dict[tuple[str, ...], list[_Lot]] = defaultdict(list)
    for lot in lots:
        if len(lot.piece.cells) == 1:
            continue
        least = tolerances.overlap_m2 if lot.piece.cells else tolerances.gap_m2
        if lot.width_m < tolerances.sliver_width_m:
            slivers[tuple(sorted(_concerned(level, lot)))].append(lot)
        elif lot.area_m2 >= least:
            findings.append(_gap_or_overlap(level, lot))
    for codes, its in slivers.items():
        total = sum(lot.area_m2 for lot in its)
        widest = max(lot.area_m2 for lot in its)
        if total > tolerances.sliver_m2:
            findings.append(_sliver(level, codes, its, Severity.BLOCKS))
        elif widest >= min(tolerances.gap_m2, tolerances.overlap_m2):
            findings.append(_sliver(level, codes, its, Severity.WARNS))
    return findings


def _concerned(level: Level, lot: _Lot) -> list[str]:
    """Return the codes of the areas that hold a lot, or stand around it, or own its ground."""
    codes = level.draft.codes
    if lot.piece.cells:
        return sorted(codes[cell] for cell in lot.piece.cells)
    around = longest_first(lot.borders, codes)
    if not around:
        return [codes[lot.piece.ground]]
    # Who only closes the end of a strip is not concerned.
    least = _END_OF_STRIP * lot.borders[around[0]]
    return [codes[cell] for cell in around if lot.borders[cell] >= least]


def _gap_or_overlap(level: Level, lot: _Lot) -> Finding:
    overlap = bool(lot.piece.cells)
    return Finding(
        FindingKind.OVERLAP if overlap else FindingKind.GAP,
        Severity.BLOCKS,
        tuple(_concerned(level, lot)),
        place_on(lot.piece.geometry),
        lot.piece.geometry,
        lot.area_m2,
        width_m=lot.width_m,
        parent_code=_code(level.draft, lot.piece.ground),
        repair=_repair(RepairAction.DIVIDE if overlap else RepairAction.FILL, [lot]),
    )


def _sliver(level: Level, codes: tuple[str, ...], lots: list[_Lot], severity: Severity) -> Finding:
    """Say that two borders do not quite meet: all thin gaps and overlaps between them."""
    lots = sorted(lots, key=lambda lot: -lot.area_m2)
    total = sum(lot.area_m2 for lot in lots)
    parts = [part for lot in lots for part in shapely.get_parts(lot.piece.geometry)]
    kinds = {"overlap" if lot.piece.cells else "gap" for lot in lots}
    return Finding(
        FindingKind.SLIVER,
        severity,
        codes,
        place_on(lots[0].piece.geometry),
        parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts),
        total,
        width_m=sum(lot.width_m * lot.area_m2 for lot in lots) / total,
        parent_code=_code(level.draft, lots[0].piece.ground),
        detail=kinds.pop() if len(kinds) == 1 else "both",
        repair=_repair(RepairAction.SNAP, lots),
    )


def _unexamined(level: Level) -> list[Finding]:
    """Say that the borders in some parents do not meet, beyond what was looked at."""
    codes, waiting = level.draft.codes, level.waiting
    if not waiting:
        return []
    ground = next((i for i in waiting if i != NOBODY), NOBODY)
    geometry = None if ground == NOBODY else level.draft.geometries[ground]
    return [
        Finding(
            FindingKind.UNEXAMINED,
            Severity.BLOCKS,
            tuple(codes[i] for i in waiting if i != NOBODY),
            None if geometry is None else place_on(geometry),
            geometry,
            float(len(waiting)),
            unit="areas",
        )
    ]


def _repair(action: RepairAction, lots: list[_Lot]) -> Repair | None:
    """Return the moves of some lots as one proposal, or None where one of them has none."""
    moves: list[Move] = []
    for lot in lots:
        if lot.moves is None:
            return None
        moves += lot.moves
    return Repair(action, moves=tuple(moves)) if moves else None


def _code(draft: Draft, position: int) -> str | None:
    return None if position == NOBODY else draft.codes[position]
