"""The areas of one grid version and the index that finds them.

`AreaIndex` is built once per version and never changes, so that every thread of
a process may read it and a new version replaces it as a whole (architecture.md,
decision 5). It holds one STRtree per kind of area and asks `intersects`, which
for a point means *covers*: a point on a border is found by both neighbours,
where `within` would find none. Ties are broken by the smallest code.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, NotFound


class AreaKind(StrEnum):
    """The levels of a district's tree; professional grids overlay the unit grids."""

    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    GRID = "grid"
    PROFESSIONAL = "professional"


# From the top down: a parent always stands before its child, so no path can circle.
_RANK = {kind: rank for rank, kind in enumerate(AreaKind)}


@dataclass(frozen=True, slots=True, eq=False)
class AreaShape:
    """One area of one version: its place in the tree, its names, its polygon.

    `geometry` is a WGS-84 polygon or multipolygon in degrees, or None where only
    the name is known. `categories` are the category codes a professional grid
    takes; `landmarks` are names people know (a market, a bridge).
    """

    code: str
    parent_code: str | None
    kind: AreaKind
    name: str
    name_en: str
    geometry: BaseGeometry | None
    categories: frozenset[str] = frozenset()
    landmarks: tuple[str, ...] = ()


class Layer:
    """The polygons of one kind with their tree, in the order of their codes."""

    __slots__ = ("_geometries", "_tree", "codes")

    def __init__(self, areas: Sequence[AreaShape]) -> None:
        """Index areas that are sorted by code; those without a polygon are left out."""
        drawn = [area for area in areas if area.geometry is not None]
        self.codes = tuple(area.code for area in drawn)
        self._geometries = np.array([area.geometry for area in drawn], dtype=object)
        self._tree = shapely.STRtree(self._geometries)

    def touching(self, geometry: BaseGeometry) -> list[str]:
        """Return the codes whose polygon covers or touches a geometry, sorted."""
        found = self._tree.query(geometry, "intersects")
        # Positions follow the order of the codes: sorting numbers sorts codes.
        return [self.codes[i] for i in (sorted(found) if len(found) > 1 else found)]

    def within(self, point: BaseGeometry, degrees: float) -> list[str]:
        """Return the codes whose polygon lies within a number of degrees of a point, sorted."""
        found = self._tree.query(point, "dwithin", distance=degrees)
        return [self.codes[i] for i in sorted(found)]

    @property
    def polygons(self) -> NDArray[Any]:
        """Return the polygons, in the order of `codes`."""
        return self._geometries

    def seen_in(self, window: BaseGeometry) -> NDArray[np.int64]:
        """Return the places in `codes` of the polygons whose box meets that of a window, sorted."""
        found: NDArray[np.int64] = np.sort(self._tree.query(window))
        return found

    def owners(self, points: NDArray[Any]) -> NDArray[np.int64]:
        """Return for each of many points its owner: a place in `codes`, -1 where none covers it.

        The owner is the polygon of the smallest code that covers the point, as in
        `touching`, for an array of shapely points.
        """
        nobody = len(self.codes)
        owner = np.full(len(points), nobody, dtype=np.int64)
        point, polygon = self._tree.query(points, "intersects")
        np.minimum.at(owner, point, polygon)  # positions follow the order of the codes
        owner[owner == nobody] = -1
        return owner

    def near(self, points: NDArray[Any], degrees: float) -> NDArray[np.bool_]:
        """Tell for each of many points whether a polygon lies within a number of degrees."""
        near = np.zeros(len(points), dtype=np.bool_)
        if len(points) and self.codes:
            near[self._tree.query(points, "dwithin", distance=degrees)[0]] = True
        return near


class AreaIndex:
    """All areas of one version of one district, by code, by tree, by name and by place."""

    def __init__(
        self, version: int, district_code: str, areas: Iterable[AreaShape], synthetic: bool = False
    ) -> None:
        """Build the index; the areas may come in any order.

        Raises:
            InvalidInput: field `areas`, reason `duplicate_code` or `parent_kind`
                (a parent that stands below its child).

        """
        self.version = version
        self.district_code = district_code
        self.synthetic = synthetic
        self._areas = _by_code(areas)
        self._children = _children_of(self._areas)
        ordered = list(self._areas.values())
        self._layers = {
            kind: Layer([area for area in ordered if area.kind is kind]) for kind in AreaKind
        }
        self._words: dict[str, tuple[str, ...]] | None = None

    def __len__(self) -> int:
        """Count the areas of all kinds."""
        return len(self._areas)

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all areas, sorted."""
        return tuple(self._areas)

    def find(self, code: str | None) -> AreaShape | None:
        """Return the area with a code, or None."""
        return None if code is None else self._areas.get(code)

    def area(self, code: str) -> AreaShape:
        """Return the area with a code.

        Raises:
            NotFound: this version has no such area.

        """
        area = self._areas.get(code)
        if area is None:
            raise NotFound(f"no area {code} in version {self.version}", code=code)
        return area

    def areas(self, kind: AreaKind | None = None) -> tuple[AreaShape, ...]:
        """Return the areas of one kind, or all, sorted by code."""
        return tuple(a for a in self._areas.values() if kind is None or a.kind is kind)

    def path(self, code: str) -> tuple[AreaShape, ...]:
        """Return the areas from the district down to the one with a code.

        A net without a tree gives the area alone.

        Raises:
            NotFound: this version has no such area.

        """
        step: AreaShape | None = self.area(code)
        upwards: list[AreaShape] = []
        while step is not None:
            upwards.append(step)
            step = self.find(step.parent_code)
        return tuple(reversed(upwards))

    def children(self, code: str) -> tuple[AreaShape, ...]:
        """Return the areas directly below one, sorted by code."""
        return tuple(self._areas[child] for child in self._children.get(code, ()))

    def layer(self, kind: AreaKind) -> Layer:
        """Return the polygons of one kind."""
        return self._layers[kind]

    def covering(self, position: LonLat, kind: AreaKind = AreaKind.GRID) -> tuple[str, ...]:
        """Return the codes of the areas of a kind that cover a position, sorted.

        A position on a border is covered by every neighbour; the first one is
        the one that owns it.
        """
        return tuple(self._layers[kind].touching(shapely.Point(position.lon, position.lat)))

    def search(
        self, words: str, limit: int, kinds: frozenset[AreaKind] | None = None
    ) -> tuple[AreaShape, ...]:
        """Find areas by name or landmark, best first, for people without a position.

        Every word must occur in the area's own names or landmarks or in the names
        of the areas above it, at least one in its own; a known name inside a longer
        word counts too ("中山社区文昌路口" finds the landmark 文昌路).
        """
        asked = [_plain(word) for word in words.split()]
        if not asked or limit <= 0:
            return ()
        found: list[tuple[int, int, str]] = []
        for code, own in self._searchable().items():
            area = self._areas[code]
            if kinds is not None and area.kind not in kinds:
                continue
            score = self._score(asked, own, area)
            if score is not None:
                found.append((score, -_RANK[area.kind], code))
        return tuple(self._areas[code] for _, _, code in sorted(found)[:limit])

    def _searchable(self) -> dict[str, tuple[str, ...]]:
        """Return the plain names of every area, made at the first search."""
        if self._words is None:
            # Two threads may both build it; they build the same, so no lock is needed.
            self._words = {
                area.code: tuple(
                    _plain(name) for name in (area.name, area.name_en, *area.landmarks) if name
                )
                for area in self._areas.values()
            }
        return self._words

    def _score(self, asked: list[str], own: tuple[str, ...], area: AreaShape) -> int | None:
        """Return how badly an area fits the words (0 = exactly), or None if it does not."""
        fits = [_fit(word, own) for word in asked]
        best = [fit for fit in fits if fit is not None]
        if not best:
            return None
        if len(best) == len(fits):
            return sum(best)
        names = self._searchable()
        above = tuple(name for a in self.path(area.code)[:-1] for name in names[a.code])
        missing = [word for word, fit in zip(asked, fits, strict=True) if fit is None]
        if all(_fit(word, above) is not None for word in missing):
            return sum(best) + len(missing)
        return None


def _by_code(areas: Iterable[AreaShape]) -> dict[str, AreaShape]:
    """Return the areas by code, in the order of the codes."""
    known: dict[str, AreaShape] = {}
    for area in sorted(areas, key=lambda a: a.code):
        if area.code in known:
            raise InvalidInput("areas", "duplicate_code", code=area.code)
        known[area.code] = area
    return known


def _children_of(areas: dict[str, AreaShape]) -> dict[str, list[str]]:
    """Return the codes below each code; a parent must stand above its child."""
    children: dict[str, list[str]] = {}
    for area in areas.values():
        parent = areas.get(area.parent_code) if area.parent_code is not None else None
        if parent is None:
            continue
        if _RANK[parent.kind] >= _RANK[area.kind]:
            raise InvalidInput("areas", "parent_kind", code=area.code, parent=parent.code)
        children.setdefault(parent.code, []).append(area.code)
    return children


def _plain(text: str) -> str:
    """Return text without differences of width, case or spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _fit(word: str, names: Sequence[str]) -> int | None:
    """Return 0 for the same name, 1 for its beginning, 2 for a part, 3 for the reverse."""
    fits = [fit for name in names if (fit := _fit_one(word, name)) is not None]
    return min(fits, default=None)


def _fit_one(word: str, name: str) -> int | None:
    """Compare one plain word with one plain name."""
    if word == name:
        return 0
    if name.startswith(word):
        return 1
    if word in name:
        return 2
    return 3 if len(name) >= 2 and name in word else None
