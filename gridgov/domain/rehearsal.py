"""A boundary change before it happens: what the last months would look like after it.

The positions of past cases run through the net that is active and through the draft;
what differs would move. The load of the grids and of those who lead them is compared
before and after, and its spread is a figure for how evenly the AREAS are cut: rows
stand in the order of their codes, and nobody is ranked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.lineage import unmoved
from gridgov.domain.placing import Places
from gridgov.domain.routing import DEFAULT_SETTINGS, Net, RoutingSettings


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Cases of some months as parallel arrays: WGS-84 positions and their categories."""

    lons: NDArray[np.float64]
    lats: NDArray[np.float64]
    categories: NDArray[np.str_]
    months: float

    @classmethod
    def of(cls, lons: ArrayLike, lats: ArrayLike, categories: ArrayLike, months: float) -> "Past":
        """Make it from any sequences of one length."""
        return cls(
            np.asarray(lons, np.float64),
            np.asarray(lats, np.float64),
            np.asarray(categories, np.str_),
            months,
        )

    def __len__(self) -> int:
        """Count the cases."""
        return len(self.lons)


@dataclass(frozen=True, slots=True)
class Spread:
    """How evenly a monthly load lies: `variation` is deviation / mean, `gini` 0 (even) to 1."""

    count: int
    mean: float
    least: float
    most: float
    variation: float | None
    gini: float | None


@dataclass(frozen=True, slots=True)
class AreaLoad:
    """A grid's cases a month before and after; a code only one version has is 0 in the other.

    `moved_in` and `moved_out` count cases of all the months. `lead_before` and
    `lead_after` say whether somebody has the duty.
    """

    code: str
    name: str
    name_en: str
    kind: str
    before: float
    after: float
    moved_in: int
    moved_out: int
    lead_before: bool
    lead_after: bool


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """What the grids somebody leads bring a month, before and after, with their codes."""

    person: UUID
    grids_before: tuple[str, ...]
    grids_after: tuple[str, ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Flow:
    """How many cases would move from one area to another (None: outside the net)."""

    from_code: str | None
    to_code: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a draft would have done to the past."""

    cases: int
    months: float
    moved: int
    without_grid: int  # in the district, but in no unit grid of the draft
    outside: int  # in no area of the draft, and in one of the active net
    grids: tuple[AreaLoad, ...]
    workers: tuple[WorkerLoad, ...]
    flows: tuple[Flow, ...]
    grid_spread_before: Spread
    grid_spread_after: Spread
    worker_spread_before: Spread
    worker_spread_after: Spread
    vacant: tuple[str, ...]


def rehearse(
    past: Past,
    active: Net,
    draft: Net,
    leads_before: Mapping[str, UUID],
    leads_after: Mapping[str, UUID],
    *,
    same: Mapping[str, str] | None = None,
    settings: RoutingSettings = DEFAULT_SETTINGS,
) -> Outcome:
    """Run past cases through two nets and compare them.

    `leads_before` and `leads_after` are grid code → who leads it. `same` maps a code
    of the active net to the code that the same ground has in the draft, where only the
    code changes: such cases do not move.
    """
    was = active.place_many(past.lons, past.lats, categories=past.categories, settings=settings)
    will = _placed_again(past, was, active, draft, settings)
    table = _Table(was, will, same or {})
    rows = table.rows(active, draft, leads_before, leads_after, past.months)
    workers = _workers(rows, leads_before, leads_after)
    return Outcome(
        cases=len(past),
        months=past.months,
        moved=int(table.is_moved.sum()),
        without_grid=int(will.without_grid().sum()),
        outside=int((will.is_outside() & ~was.is_outside()).sum()),
        grids=rows,
        workers=workers,
        flows=table.flows(),
        grid_spread_before=_of_units(rows, active, after=False),
        grid_spread_after=_of_units(rows, draft, after=True),
        worker_spread_before=spread([row.before for row in workers if row.grids_before]),
        worker_spread_after=spread([row.after for row in workers if row.grids_after]),
        vacant=tuple(row.code for row in rows if draft.find(row.code) and not row.lead_after),
    )


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


class _Table:
    """Where each case was and would be, as places in one list of codes, -1 outside."""

    def __init__(self, was: Places, will: Places, same: Mapping[str, str]) -> None:
        self.codes = tuple(sorted({*was.codes, *will.codes}))
        self.was, self.will = self._renumbered(was, {}), self._renumbered(will, {})
        self.is_moved = self._renumbered(was, same) != self.will

    def _renumbered(self, places: Places, same: Mapping[str, str]) -> NDArray[np.int64]:
        place_of = {code: place for place, code in enumerate(self.codes)}
        numbers = [place_of[same.get(code, code)] for code in places.codes]
        found: NDArray[np.int64] = np.array([*numbers, -1], np.int64)[places.area]
        return found

    def flows(self) -> tuple[Flow, ...]:
        """Count the cases that move by where they come from and go to."""
        pairs = np.stack((self.was[self.is_moved], self.will[self.is_moved]), axis=1)
        found, counts = np.unique(pairs, axis=0, return_counts=True)
        codes = (*self.codes, None)
        return tuple(
            Flow(codes[was], codes[will], count)
            for (was, will), count in zip(found.tolist(), counts.tolist(), strict=True)
        )

    def rows(
        self,
        active: Net,
        draft: Net,
        leads_before: Mapping[str, object],
        leads_after: Mapping[str, object],
        months: float,
    ) -> tuple[AreaLoad, ...]:
        """Return the load of every unit and professional grid of either net, by code."""
        counts = (
            self._counted(self.was),
            self._counted(self.will),
            self._counted(self.will[self.is_moved]),
            self._counted(self.was[self.is_moved]),
        )
        found = []
        for code, before, after, moved_in, moved_out in zip(self.codes, *counts, strict=True):
            area = draft.find(code) or active.area(code)
            if not _is_grid(area):
                continue
            found.append(
                AreaLoad(
                    code=code,
                    name=area.name,
                    name_en=area.name_en,
                    kind=str(area.kind),
                    before=before / months,
                    after=after / months,
                    moved_in=moved_in,
                    moved_out=moved_out,
                    lead_before=code in leads_before,
                    lead_after=code in leads_after,
                )
            )
        return tuple(found)

    def _counted(self, places: NDArray[np.int64]) -> list[int]:
        counts: list[int] = np.bincount(places[places >= 0], minlength=len(self.codes)).tolist()
        return counts


def _is_grid(area: AreaShape) -> bool:
    return area.kind in (AreaKind.GRID, AreaKind.PROFESSIONAL)


def _workers(
    rows: Sequence[AreaLoad], leads_before: Mapping[str, UUID], leads_after: Mapping[str, UUID]
) -> tuple[WorkerLoad, ...]:
    """Return what each lead's grids bring, in the order of their first grid's code."""
    before: dict[UUID, list[AreaLoad]] = defaultdict(list)
    after: dict[UUID, list[AreaLoad]] = defaultdict(list)
    in_order: dict[UUID, None] = {}
    for row in rows:
        for leads, found in ((leads_before, before), (leads_after, after)):
            if (person := leads.get(row.code)) is not None:
                in_order.setdefault(person)
                found[person].append(row)
    return tuple(
        WorkerLoad(
            person=person,
            grids_before=tuple(row.code for row in before[person]),
            grids_after=tuple(row.code for row in after[person]),
            before=sum(row.before for row in before[person]),
            after=sum(row.after for row in after[person]),
        )
        for person in in_order
    )


def _of_units(rows: Sequence[AreaLoad], net: Net, *, after: bool) -> Spread:
    """Return the spread over the unit grids of a net: a professional one is no part of it."""
    units = {area.code for area in net.areas(AreaKind.GRID)}
    return spread([row.after if after else row.before for row in rows if row.code in units])


def spread(loads: Sequence[float]) -> Spread:
    """Return how evenly loads lie; without any load there is no figure for it.

    Source: coefficient of variation of a whole population; Gini coefficient from the
    sorted values, (2 Σ i·x_i) / (n Σ x_i) - (n + 1) / n.
    """
    if not loads:
        return Spread(0, 0.0, 0.0, 0.0, None, None)
    values = np.sort(np.asarray(loads, np.float64))
    count, total = len(values), float(values.sum())
    mean = total / count
    if total <= 0.0:
        return Spread(count, mean, float(values[0]), float(values[-1]), None, None)
    weighted = float((np.arange(1, count + 1) * values).sum())
    gini = 2.0 * weighted / (count * total) - (count + 1) / count
    return Spread(
        count=count,
        mean=mean,
        least=float(values[0]),
        most=float(values[-1]),
        variation=float(values.std()) / mean,
        gini=max(0.0, gini),
    )
