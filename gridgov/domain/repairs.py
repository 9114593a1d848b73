"""Carrying out the repairs a check proposes, on a copy of the net.

Ground changes hands by difference and union in degrees. Before that, every area around
gets the corners of the moved ground on its own border (within 0.1 mm), because two
borders that are the same line with different corners are no longer the same line once
their numbers are rounded, and a union would leave a crack between them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage_corners import TOUCH_DEGREES, with_corners
from gridgov.domain.coverage_draft import (
    LEVELS,
    NOBODY,
    Draft,
    Geometries,
    Numbers,
    as_array,
    polygons_of,
    square_metres,
)
from gridgov.domain.coverage_model import Finding, Move, Repair, RepairAction

# Parts and holes below this are what rounding leaves behind.
_CRUMB_M2 = 0.01

# Ground of at most this size, or in strips of at most this mean width, is a slip of a pen:
# no house stands on it, and it is within what a village may reach beyond its border (5 m).
SAFE_M2 = 1_000.0
SAFE_WIDTH_M = 5.0

_MENDING = {RepairAction.MAKE_VALID, RepairAction.KEEP_POLYGONS}
# Who belongs where, and pieces apart from the rest, are for a person to say.
_JUDGED = {RepairAction.ADOPT, RepairAction.MERGE}
_KINDS = list(AreaKind)


def is_safe(finding: Finding) -> bool:
    """Tell whether what is proposed for a finding may be carried out without a look at each."""
    if finding.repair is None or finding.repair.action in _JUDGED:
        return False
    if finding.repair.action in _MENDING:
        return True
    strip = finding.width_m is not None and finding.width_m <= SAFE_WIDTH_M
    return strip or (finding.measure is not None and finding.measure <= SAFE_M2)


def apply(shapes: Sequence[AreaShape], repairs: Iterable[Repair]) -> list[AreaShape]:
    """Return the net with repairs carried out; areas nobody touched are the same objects.

    The order of the repairs does not matter: polygons are mended first, then areas are
    adopted, then ground moves, from the towns down. A repair of a code the net lacks
    changes nothing.
    """
    asked = sorted(repairs, key=_stage)
    net = list(shapes)
    at: dict[str, int] = {}
    for i, shape in enumerate(net):
        at.setdefault(shape.code, i)
    for repair in asked:
        i = at.get(repair.code or "", -1)
        if i < 0:
            continue
        if repair.action is RepairAction.ADOPT:
            net[i] = replace(net[i], parent_code=repair.parent_code)
        elif repair.action in _MENDING:
            net[i] = replace(net[i], geometry=mended(net[i].geometry))
    ground = Ground([a.code for a in net], [a.kind for a in net], [a.geometry for a in net])
    for _, together in groupby(asked, key=_stage):
        for i in ground.carry_out(move for repair in together for move in repair.moves):
            net[i] = replace(net[i], geometry=ground.geometries[i])
    return net


def mended(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return the valid polygons a geometry means, or None where it means none.

    Source: GEOS MakeValid, method "structure": rings are kept as shells and holes.
    """
    if geometry is None:
        return None
    polygons = polygons_of(geometry)
    if polygons is None or shapely.is_valid(polygons):
        return polygons
    return polygons_of(shapely.make_valid(polygons, method="structure", keep_collapsed=False))


def _stage(repair: Repair) -> tuple[int, int, bool]:
    """Return when a repair's turn is."""
    if repair.action in _MENDING:
        return 0, 0, False
    if repair.action is RepairAction.ADOPT:
        return 1, 0, False
    level = min((_KINDS.index(move.kind) for move in repair.moves), default=0)
    return 2, level, repair.action is RepairAction.MERGE


class Ground:
    """The polygons of a net while ground changes hands; `geometries` holds the outcome."""

    def __init__(
        self,
        codes: Sequence[str],
        kinds: Sequence[AreaKind],
        geometries: Sequence[BaseGeometry | None] | Geometries,
    ) -> None:
        """Take the net; all three in one order."""
        self.geometries: Geometries = np.empty(len(codes), dtype=object)
        self.geometries[:] = list(geometries)
        self._kinds = kinds
        self._at: dict[tuple[AreaKind, str], int] = {}
        for i, key in enumerate(zip(kinds, codes, strict=True)):
            self._at.setdefault(key, i)

    def carry_out(self, moves: Iterable[Move]) -> set[int]:
        """Move ground that does not overlap, all at once; return what changed, by position."""
        losses: dict[int, list[BaseGeometry]] = defaultdict(list)
        gains: dict[int, list[BaseGeometry]] = defaultdict(list)
        # The same move may be part of two findings.
        each = list({id(move): move for move in moves}.values())
        for move in each:
            for code in move.losers:
                losses[self._at.get((move.kind, code), NOBODY)].append(move.geometry)
            winner = NOBODY if move.winner is None else self._at.get((move.kind, move.winner))
            gains[NOBODY if winner is None else winner].append(move.geometry)
        losses.pop(NOBODY, None)
        gains.pop(NOBODY, None)
        if not losses and not gains:
            return set()
        changed = self._give_corners([move.geometry for move in each], {*losses, *gains})
        for taken, change in ((losses, shapely.difference), (gains, shapely.union)):
            for i, pieces in taken.items():
                own = self.geometries[i]
                own = shapely.Polygon() if own is None else own
                self.geometries[i] = without_crumbs(change(own, shapely.union_all(pieces)))
        return changed | losses.keys() | gains.keys()

    def _give_corners(self, pieces: list[BaseGeometry], concerned: set[int]) -> set[int]:
        """Put the corners of moved ground on the border of every area that touches it."""
        drawn = self._drawn()
        tree = shapely.STRtree(self.geometries[drawn])
        hits = tree.query(pieces, "dwithin", distance=TOUCH_DEGREES)[1]
        near = {i for i in concerned if self.geometries[i] is not None}
        targets = np.array(sorted(near | set(drawn[hits].tolist())), dtype=np.int64)
        before = self.geometries[targets]
        after = with_corners(before, np.unique(shapely.get_coordinates(pieces), axis=0))
        self.geometries[targets] = after
        return {
            i for i, was, now in zip(targets.tolist(), before, after, strict=True) if was is not now
        }

    def _drawn(self) -> Numbers:
        """Return the positions of the areas that divide the ground, where they have any."""
        dividing = (AreaKind.DISTRICT, *LEVELS)
        found = [
            i
            for i, kind in enumerate(self._kinds)
            if kind in dividing and self.geometries[i] is not None
        ]
        return np.array(found, dtype=np.int64)


def carry_out(draft: Draft, findings: Iterable[Finding]) -> None:
    """Carry out on a draft all moves that some findings propose."""
    moves = [move for finding in findings if finding.repair for move in finding.repair.moves]
    if moves:
        ground = Ground(draft.codes, draft.kinds, draft.geometries)
        ground.carry_out(moves)
        draft.geometries = ground.geometries


def without_crumbs(geometry: BaseGeometry) -> BaseGeometry:
    """Return a polygon or multipolygon without parts and holes of less than 0.01 m²."""
    parts = shapely.get_parts(geometry)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    kept = parts[square_metres(parts) >= _CRUMB_M2] if len(parts) else parts
    if len(kept) == 0:
        return shapely.Polygon()
    whole = [_without_pinholes(part) for part in kept]
    return whole[0] if len(whole) == 1 else shapely.MultiPolygon(whole)


def _without_pinholes(polygon: BaseGeometry) -> BaseGeometry:
    holes = [
        ring
        for ring in polygon.interiors
        if square_metres(as_array([shapely.Polygon(ring)]))[0] >= _CRUMB_M2
    ]
    if len(holes) == len(polygon.interiors):
        return polygon
    return shapely.Polygon(polygon.exterior, holes)
