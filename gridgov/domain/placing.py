"""Many positions at once: which area of a net each of them belongs to.

The same answers as `Net.locate` gives one by one (a property test compares them), without
the written reason: for a rehearsal, which asks where a year of cases would go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaIndex, AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import degrees_reaching

OUTSIDE = -1
TRAYS = (AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.DISTRICT)
# A million points as objects take 200 MB; in pages of this size the memory stays flat.
PAGE = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where many positions belong: parallel arrays, in the order the positions were given.

    `area` is the place in `codes` (all codes of the net, sorted) of the area that would
    take the position: a professional grid, a unit grid, or a tray; -1 is outside.
    `grid` is the unit grid on whose ground it lies or that is nearest, -1 in a tray and
    outside.
    """

    codes: tuple[str, ...]
    area: NDArray[np.int64]
    grid: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the positions."""
        return len(self.area)

    def area_codes(self) -> list[str | None]:
        """Return the code of the area for each position, None outside."""
        return [None if place == OUTSIDE else self.codes[place] for place in self.area.tolist()]

    def is_outside(self) -> NDArray[np.bool_]:
        """Tell for each position whether nothing of the net is there."""
        return np.equal(self.area, OUTSIDE)

    def without_grid(self) -> NDArray[np.bool_]:
        """Tell for each position whether it is in the district, but in no unit grid."""
        found: NDArray[np.bool_] = (self.grid == OUTSIDE) & (self.area != OUTSIDE)
        return found


Nearest = Callable[[LonLat, BaseGeometry], str | None]


def place_all(
    net: AreaIndex,
    lons: ArrayLike,
    lats: ArrayLike,
    categories: ArrayLike | None,
    reach_m: float,
    nearest: Nearest,
    tray: str | None = None,
) -> Places:
    """Return which area takes each position; `Net.place_many` is the way in.

    `nearest` names the unit grid nearest to a position that none covers, if one lies
    within `reach_m` metres; `tray` the area that takes what lies outside of everything,
    None where it is refused.
    """
    pairs = np.column_stack((np.asarray(lons, np.float64), np.asarray(lats, np.float64)))
    named = None if categories is None else np.asarray(categories, dtype=np.str_)
    asked = _Question(net, reach_m, nearest)
    pages = [
        asked.page(
            pairs[start : start + PAGE], None if named is None else named[start : start + PAGE]
        )
        for start in range(0, max(1, len(pairs)), PAGE)
    ]
    area, grid = (np.concatenate(parts) for parts in zip(*pages, strict=True))
    if tray in asked.place_of:
        area[area == OUTSIDE] = asked.place_of[tray]
    return Places(net.codes, area, grid)


class _Question:
    """A net that is asked for pages of positions."""

    def __init__(self, net: AreaIndex, reach_m: float, nearest: Nearest) -> None:
        self.net = net
        self.reach_m = reach_m
        self.nearest = nearest
        self.place_of = {code: place for place, code in enumerate(net.codes)}

    def page(
        self, pairs: NDArray[np.float64], named: NDArray[np.str_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        points = shapely.points(pairs)
        grid = self._owners(AreaKind.GRID, points)
        self._fill_gaps(pairs, points, grid)
        area = grid.copy()
        for kind in TRAYS:
            lost = np.flatnonzero(area == OUTSIDE)
            area[lost] = self._owners(kind, points[lost])
        if named is not None:
            self._overlay(points, named, area)
        return area, grid

    def _owners(self, kind: AreaKind, points: NDArray[Any]) -> NDArray[np.int64]:
        """Return the owners in one layer as places among all codes of the net."""
        layer = self.net.layer(kind)
        # The -1 that a layer gives for "nobody" takes the last one, and stays -1.
        number = np.array([*(self.place_of[code] for code in layer.codes), OUTSIDE], np.int64)
        return number[layer.owners(points)]

    def _fill_gaps(
        self, pairs: NDArray[np.float64], points: NDArray[Any], grid: NDArray[np.int64]
    ) -> None:
        """Give what no grid covers to the nearest one within reach, one by one: they are few."""
        lost = np.flatnonzero(grid == OUTSIDE)
        if not len(lost) or self.reach_m <= 0.0:
            return
        # A degree of longitude is shortest at the latitude nearest to a pole: enough for all.
        reach = degrees_reaching(float(np.abs(pairs[lost, 1]).max()), self.reach_m)
        close = self.net.layer(AreaKind.GRID).near(points[lost], reach)
        for place in lost[close]:
            position = LonLat(lon=float(pairs[place, 0]), lat=float(pairs[place, 1]))
            code = self.nearest(position, points[place])
            if code is not None:
                grid[place] = self.place_of[code]

    def _overlay(
        self, points: NDArray[Any], named: NDArray[np.str_], area: NDArray[np.int64]
    ) -> None:
        """Give the positions that a professional grid takes for their category to it."""
        classes, class_of = np.unique(named, return_inverse=True)  # words compare slowly
        for shape in reversed(self.net.areas(AreaKind.PROFESSIONAL)):  # smallest code last: stays
            taken = np.isin(classes, sorted(shape.categories))
            if shape.geometry is not None and taken.any():
                of_class = np.flatnonzero(taken[class_of])
                inside = shapely.intersects(shape.geometry, points[of_class])
                area[of_class[inside]] = self.place_of[shape.code]
