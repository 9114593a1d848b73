"""The faulty ground of one level: bare, held twice, or held by a stranger.

The edges left over (coverage_edges) are noded and closed into faces. One point in each
face tells whether its ground is held as it should be; the faces that are not are cut
along every border that crosses them, so that each piece has one set of holders.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage_draft import (
    LEVELS,
    NOBODY,
    RANK,
    Draft,
    Geometries,
    Numbers,
    as_array,
    square_metres,
    union_of,
)
from gridgov.domain.coverage_edges import Segments, distinct, left_over, segments_of

# Faces below this are rounding: a kilometre of border that misses its vertices by a micrometre.
_DUST_M2 = 1e-3
# Edges left over are closed into faces in portions of about this many: 2 to 5 s each.
_PORTION = 60_000
# Where so many pieces of a telling size are bare or double, no border fits and nobody reads
# them all: the parents that are left wait until these are put right.
_MOST_PIECES = 20_000
# Faulty ground is drawn on this lattice (0.1 mm), so that a corner near a border lies on it:
# two borders whose corners differ would otherwise leave cracks and spikes of no width.
_LATTICE_DEGREES = 1e-9


# Positions of the cells that hold a ground, and of the parent it belongs to.
Holders = tuple[tuple[int, ...], int]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Ground with one set of holders: positions of cells, and of the parent it belongs to."""

    geometry: BaseGeometry
    cells: tuple[int, ...]
    ground: int


class Level:
    """The areas of one kind and the ground they have to divide.

    `waiting` are the parents (positions) whose faults are known but were not examined.
    """

    def __init__(self, draft: Draft, kind: AreaKind) -> None:
        """Gather the cells, their parents, and a reference polygon for each parent."""
        self.draft = draft
        self.kind = kind
        self.cells = draft.of_kind(kind)
        self.geometries = draft.geometries[self.cells]
        self.tree = shapely.STRtree(self.geometries)
        self.parents = draft.parents[self.cells]
        self.members: dict[int, list[int]] = defaultdict(list)
        for cell, parent in zip(self.cells.tolist(), self.parents.tolist(), strict=True):
            self.members[parent].append(cell)
        self.grounds = self._grounds()
        self.references = np.empty(len(self.grounds), dtype=object)
        self.references[:] = [self._reference(int(ground)) for ground in self.grounds]
        self.ground_tree = shapely.STRtree(self.references)
        self.waiting: list[int] = []

    def _grounds(self) -> Numbers:
        """Return the parents of this level: those with children, and those that lack them."""
        own = {parent for parent in self.members if parent != NOBODY}
        usual = _usual_children(self.draft)
        with_children = set(self.draft.parents.tolist())
        bare = {
            i
            for i, kind in enumerate(self.draft.kinds)
            if usual.get(kind) is self.kind
            and i not in with_children
            and self.draft.geometries[i] is not None
        }
        return np.array(sorted(own | bare), dtype=np.int64)

    def _reference(self, ground: int) -> BaseGeometry:
        """Return the polygon the children have to cover; where it is unknown, their outline."""
        known = self.draft.geometries[ground]
        if known is not None:
            return known
        union = shapely.union_all(self.draft.geometries[self.members[ground]])
        shells = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union)))
        return shapely.union_all(shells)

    def bounded(self, cell: int) -> bool:
        """Tell whether a cell's parent has a polygon of its own to lie in."""
        parent = int(self.draft.parents[cell])
        return parent != NOBODY and self.draft.geometries[parent] is not None

    def faults(self, telling_m2: float) -> list[Piece]:
        """Return the ground that is not held once, by a child of its own parent.

        Pieces below `telling_m2` are returned too, but do not count as too much to read.
        """
        rest, groups = left_over(self.geometries, self.parents, self.references, self.grounds)
        found: dict[Holders, list[BaseGeometry]] = defaultdict(list)
        portions = _portions(groups)
        telling = 0
        for number, portion in enumerate(portions):
            edges = distinct(rest[np.isin(groups, portion)])
            faces = self._faces_of(edges, portion)
            for face, holders in faces:
                found[holders].append(face)
            amiss = [face for face, (cells, _) in faces if len(cells) != 1]
            telling += int((square_metres(as_array(amiss)) >= telling_m2).sum())
            if telling > _MOST_PIECES:
                self.waiting = [g for later in portions[number + 1 :] for g in later.tolist()]
                break
        return [
            Piece(part, *holders)
            for holders, faces in found.items()
            if not self._held_by_other_kind(faces[0], holders)
            # The same ground may have been found in two portions.
            for part in _joined(faces, alike=len(portions) > 1)
        ]

    def _faces_of(self, rest: Segments, groups: Numbers) -> list[tuple[BaseGeometry, Holders]]:
        """Return the faulty ground that the edges of some groups enclose, with who holds it."""
        faces = _faces(rest)
        faces = faces[self._unsound(faces, groups)]
        if len(faces) == 0:
            return []
        # Within one face the number of holders is one, but not who they are.
        cells = np.unique(self.tree.query(faces, "intersects")[1])
        grounds = np.unique(self.ground_tree.query(faces, "intersects")[1])
        borders = [rest, segments_of(self.geometries[cells]), segments_of(self.references[grounds])]
        parts = _faces(_near(faces, distinct(np.concatenate(borders))))
        points = shapely.point_on_surface(parts)
        inside = np.unique(shapely.STRtree(faces).query(points, "intersects")[0])
        parts = parts[inside]
        parts = parts[self._faulty(parts)]
        return list(zip(parts, self._holders(parts), strict=True))

    def _unsound(self, faces: Geometries, groups: Numbers) -> NDArray[np.bool_]:
        """Tell for each face whether some of the groups do not hold it as they should.

        Only of these groups is the number of holders one and the same within a face.
        """
        face, cell, held, ground = self._look(faces)
        parent = self.parents[cell]
        at_home = np.bincount(face[parent == ground[face]], minlength=len(faces))
        # An orphan has no home to hold: it matters where it lies over another.
        stray = (parent != ground[face]) & ((parent != NOBODY) | (held[face] > 1))
        unsound: NDArray[np.bool_] = np.isin(ground, groups) & (ground != NOBODY) & (at_home != 1)
        unsound[face[stray & np.isin(parent, groups)]] = True
        return unsound

    def _faulty(self, faces: Geometries) -> NDArray[np.bool_]:
        """Tell for each face, with one set of holders, whether it is not held as it should be."""
        face, cell, held, ground = self._look(faces)
        parent = np.full(len(faces), NOBODY)
        parent[face] = self.parents[cell]
        bare = (held == 0) & (ground != NOBODY)
        astray = (held == 1) & (parent != NOBODY) & (parent != ground)
        faulty: NDArray[np.bool_] = (held > 1) | bare | astray
        return faulty

    def _look(self, faces: Geometries) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return pairs of a face and a cell that holds it, how many do, and whose ground it is."""
        points = shapely.point_on_surface(faces)
        face, cell = self.tree.query(points, "intersects")
        return face, cell, np.bincount(face, minlength=len(faces)), self._ground(points)

    def _holders(self, faces: Geometries) -> list[Holders]:
        """Return for each face the cells that hold it and the parent whose ground it is."""
        points = shapely.point_on_surface(faces)
        held: list[list[int]] = [[] for _ in faces]
        for face, cell in self.tree.query(points, "intersects").T.tolist():
            held[face].append(int(self.cells[cell]))
        ground = self._ground(points).tolist()
        return [(tuple(sorted(cells)), g) for cells, g in zip(held, ground, strict=True)]

    def _ground(self, points: Geometries) -> Numbers:
        """Return the position of the parent that owns each point, or NOBODY.

        Where parents overlap and nobody settled it: a real polygon before an outline made
        of children, the lower kind before the higher, then the smallest code.
        """
        found = np.full(len(points), NOBODY)
        point, reference = self.ground_tree.query(points)
        shapely.prepare(self.references[np.unique(reference)])
        covers = shapely.intersects_xy(
            self.references[reference], shapely.get_x(points[point]), shapely.get_y(points[point])
        )
        point, reference = point[covers], reference[covers]
        # The best is written last, over the others.
        rank = self._preference()[reference]
        order = np.argsort(-rank, kind="stable")
        found[point[order]] = self.grounds[reference[order]]
        return found

    def _preference(self) -> Numbers:
        """Return a number for each reference; the smallest wins."""
        draft = self.draft
        ranked = sorted(
            range(len(self.grounds)),
            key=lambda i: (
                draft.geometries[self.grounds[i]] is None,
                -RANK[draft.kinds[self.grounds[i]]],
                draft.codes[self.grounds[i]],
            ),
        )
        preference = np.empty(len(ranked), dtype=np.int64)
        preference[ranked] = np.arange(len(ranked))
        return preference

    def _held_by_other_kind(self, face: BaseGeometry, holders: Holders) -> bool:
        """Tell whether bare ground is held by a child of another kind (a town's own grid)."""
        cells, ground = holders
        if cells:
            return False
        kinds = self.draft.kinds
        others = [
            i
            for i in np.flatnonzero(self.draft.parents == ground).tolist()
            if kinds[i] in LEVELS
            and kinds[i] is not self.kind
            and self.draft.geometries[i] is not None
        ]
        point = face.point_on_surface()
        return bool(others) and bool(shapely.intersects(self.draft.geometries[others], point).any())


def _usual_children(draft: Draft) -> dict[AreaKind, AreaKind]:
    """Return for each kind the kind most of its children have, overlays left aside."""
    seen: dict[AreaKind, Counter[AreaKind]] = defaultdict(Counter)
    for kind, parent in zip(draft.kinds, draft.parents.tolist(), strict=True):
        if parent != NOBODY and kind in LEVELS:
            seen[draft.kinds[parent]][kind] += 1
    return {kind: counts.most_common(1)[0][0] for kind, counts in seen.items()}


def _faces(segments: Segments) -> Geometries:
    """Return the faces that segments enclose, without dust."""
    lines = shapely.linestrings(segments.reshape(-1, 2, 2))
    noded = shapely.union_all(lines, grid_size=_LATTICE_DEGREES)
    faces: Geometries = shapely.get_parts(shapely.polygonize([noded]))
    return faces[square_metres(faces) >= _DUST_M2]


def _near(faces: Geometries, segments: Segments) -> Segments:
    """Return the segments whose box meets the box of a face, the lattice's rounding allowed."""
    margin = np.array([-1.0, -1.0, 1.0, 1.0]) * _LATTICE_DEGREES
    boxes = shapely.box(*(shapely.bounds(faces) + margin).T)
    lines = shapely.linestrings(segments.reshape(-1, 2, 2))
    near: Numbers = np.unique(shapely.STRtree(boxes).query(lines)[0])
    kept: Segments = segments[near]
    return kept


def _joined(faces: list[BaseGeometry], *, alike: bool) -> Geometries:
    """Return neighbouring faces as one polygon each; `alike` where some may be the same."""
    if len(faces) == 1:
        return as_array(faces)
    union = shapely.union_all(faces) if alike else union_of(as_array(faces))
    parts: Geometries = shapely.get_parts(union)
    return parts


def _portions(groups: Numbers) -> list[Numbers]:
    """Return the groups in portions of a bounded number of edges, one group at least."""
    each, counts = np.unique(groups, return_counts=True)
    portion = np.cumsum(counts) // _PORTION
    return [each[portion == number] for number in np.unique(portion).tolist()]
