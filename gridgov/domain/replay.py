"""Past cases run through two nets: where each of them was, and where it would be.

This is the part of a rehearsal that takes long (5 s for a million positions on two cores),
and it depends on the two nets alone, not on who has the duty where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgov.domain.areas import AreaKind
from gridgov.domain.lineage import unmoved
from gridgov.domain.placing import Places
from gridgov.domain.routing import DEFAULT_SETTINGS, Net, RoutingSettings


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Cases of some months as parallel arrays: WGS-84 positions and their categories.

    Confidential ones are counted like the others, and shown on no map.
    """

    lons: NDArray[np.float64]
    lats: NDArray[np.float64]
    categories: NDArray[np.str_]
    months: float
    confidential: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        lons: ArrayLike,
        lats: ArrayLike,
        categories: ArrayLike,
        months: float,
        *,
        confidential: ArrayLike | None = None,
    ) -> "Past":
        """Make it from any sequences of one length."""
        east = np.asarray(lons, np.float64)
        hidden = np.zeros(len(east)) if confidential is None else confidential
        return cls(
            east,
            np.asarray(lats, np.float64),
            np.asarray(categories, np.str_),
            months,
            np.asarray(hidden, np.bool_),
        )

    def __len__(self) -> int:
        """Count the cases."""
        return len(self.lons)


@dataclass(frozen=True, slots=True)
class Flow:
    """How many cases would move from one area to another (None: outside the net)."""

    from_code: str | None
    to_code: str | None
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Where each case of a past was and would be: the part of a rehearsal that takes long.

    Parallel arrays in the order of the past. `was` and `will` are places in `codes`, -1
    outside; positions in single precision, which is within a metre. It holds for two nets
    whoever has the duty there: `compare` says that part, as often as it is asked.
    """

    codes: tuple[str, ...]
    lons: NDArray[np.float32]
    lats: NDArray[np.float32]
    confidential: NDArray[np.bool_]
    was: NDArray[np.int32]
    will: NDArray[np.int32]
    is_moved: NDArray[np.bool_]
    without_grid: int
    outside: int
    months: float

    def __len__(self) -> int:
        """Count the cases."""
        return len(self.was)

    def flows(self) -> tuple[Flow, ...]:
        """Count the cases that move by where they come from and go to."""
        pairs = np.stack((self.was[self.is_moved], self.will[self.is_moved]), axis=1)
        found, counts = np.unique(pairs, axis=0, return_counts=True)
        codes = (*self.codes, None)
        return tuple(
            Flow(codes[was], codes[will], count)
            for (was, will), count in zip(found.tolist(), counts.tolist(), strict=True)
        )

    def counts(self) -> tuple[list[int], list[int], list[int], list[int]]:
        """Count by code, in their order: cases before, after, moved in and moved out."""
        return (
            self._counted(self.was),
            self._counted(self.will),
            self._counted(self.will[self.is_moved]),
            self._counted(self.was[self.is_moved]),
        )

    def _counted(self, places: NDArray[np.int32]) -> list[int]:
        found: list[int] = np.bincount(places[places >= 0], minlength=len(self.codes)).tolist()
        return found


def replay(
    past: Past,
    active: Net,
    draft: Net,
    *,
    same: Mapping[str, str] | None = None,
    settings: RoutingSettings = DEFAULT_SETTINGS,
) -> Replay:
    """Run past cases through two nets.

    `same` maps a code of the active net to the code that the same ground has in the draft,
    where only the code changes: such cases do not move.
    """
    was = active.place_many(past.lons, past.lats, categories=past.categories, settings=settings)
    will = _placed_again(past, was, active, draft, settings)
    codes = tuple(sorted({*was.codes, *will.codes}))
    before, after = _renumbered(was, codes, {}), _renumbered(will, codes, {})
    return Replay(
        codes=codes,
        lons=past.lons.astype(np.float32),
        lats=past.lats.astype(np.float32),
        confidential=past.confidential,
        was=before,
        will=after,
        is_moved=_renumbered(was, codes, same or {}) != after,
        without_grid=int(will.without_grid().sum()),
        outside=int((will.is_outside() & ~was.is_outside()).sum()),
        months=past.months,
    )


def _renumbered(places: Places, codes: Sequence[str], same: Mapping[str, str]) -> NDArray[np.int32]:
    place_of = {code: place for place, code in enumerate(codes)}
    numbers = [place_of[same.get(code, code)] for code in places.codes]
    found: NDArray[np.int32] = np.array([*numbers, -1], np.int32)[places.area]
    return found


def _placed_again(
    past: Past, was: Places, active: Net, draft: Net, settings: RoutingSettings
) -> Places:
    """Return where the draft places the cases, asking it only where ground changed.

    A grid that kept its drawing and meets no changed one keeps its positions; a draft of
    some splits asks for a few in a hundred of a million positions.
    """
    calm = _calm(active, draft)
    place_of = {code: place for place, code in enumerate(draft.codes)}
    number = np.array([*(place_of.get(code, -1) for code in was.codes), -1], np.int64)
    stays = np.array([*(code in calm for code in was.codes), False])
    # A professional grid holds its positions only while the unit grid below stays as well.
    safe = stays[was.area] & stays[was.grid]
    taken = _changed_categories(active, draft)
    if taken:
        safe &= ~np.isin(past.categories, sorted(taken))
    area, grid = number[was.area], number[was.grid]
    asked = np.flatnonzero(~safe)
    again = draft.place_many(
        past.lons[asked],
        past.lats[asked],
        categories=past.categories[asked],
        settings=settings,
    )
    area[asked], grid[asked] = again.area, again.grid
    return Places(draft.codes, area, grid)


def _calm(active: Net, draft: Net) -> set[str]:
    """Return the codes of grids that are drawn the same in both nets, far from any change."""
    kept = unmoved(active, draft, AreaKind.GRID)
    stirred = [
        area.geometry
        for net in (active, draft)
        for area in net.areas(AreaKind.GRID)
        if area.code not in kept
    ]
    # From the changed ones: they are few, and each finds its neighbours in the active net.
    for ground in stirred:
        if ground is not None:
            kept -= set(active.layer(AreaKind.GRID).touching(ground))
    return kept | unmoved(active, draft, AreaKind.PROFESSIONAL)


def _changed_categories(active: Net, draft: Net) -> set[str]:
    """Return the categories whose professional grids are not the same in both nets."""
    kind = AreaKind.PROFESSIONAL
    kept = {
        code
        for code in unmoved(active, draft, kind)
        if active.area(code).categories == draft.area(code).categories
    }
    changed = [a for net in (active, draft) for a in net.areas(kind) if a.code not in kept]
    return {category for area in changed for category in area.categories}
