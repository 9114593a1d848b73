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

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.replay import Flow, Past, Replay, replay
from gridgov.domain.routing import DEFAULT_SETTINGS, Net, RoutingSettings


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

    `cases_…` and `moved_…` count cases of all the months. `lead_before` and `lead_after`
    say whether somebody has the duty.
    """

    code: str
    name: str
    name_en: str
    kind: str
    cases_before: int
    cases_after: int
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
    """Run past cases through two nets and compare them: `replay` and `compare` at once."""
    found = replay(past, active, draft, same=same, settings=settings)
    return compare(found, active, draft, leads_before, leads_after)


def compare(
    past: Replay,
    active: Net,
    draft: Net,
    leads_before: Mapping[str, UUID],
    leads_after: Mapping[str, UUID],
) -> Outcome:
    """Say what a replayed past means for the grids and for those who lead them.

    `leads_before` and `leads_after` are grid code → who leads it.
    """
    rows = _rows(past, active, draft, leads_before, leads_after)
    workers = _workers(rows, leads_before, leads_after)
    return Outcome(
        cases=len(past),
        months=past.months,
        moved=int(past.is_moved.sum()),
        without_grid=past.without_grid,
        outside=past.outside,
        grids=rows,
        workers=workers,
        flows=past.flows(),
        grid_spread_before=_of_units(rows, active, after=False),
        grid_spread_after=_of_units(rows, draft, after=True),
        worker_spread_before=spread([row.before for row in workers if row.grids_before]),
        worker_spread_after=spread([row.after for row in workers if row.grids_after]),
        vacant=tuple(row.code for row in rows if draft.find(row.code) and not row.lead_after),
    )


def _rows(
    past: Replay,
    active: Net,
    draft: Net,
    leads_before: Mapping[str, object],
    leads_after: Mapping[str, object],
) -> tuple[AreaLoad, ...]:
    """Return the load of every unit and professional grid of either net, by code."""
    found = []
    for code, before, after, moved_in, moved_out in zip(past.codes, *past.counts(), strict=True):
        area = draft.find(code) or active.area(code)
        if not _is_grid(area):
            continue
        found.append(
            AreaLoad(
                code=code,
                name=area.name,
                name_en=area.name_en,
                kind=str(area.kind),
                cases_before=before,
                cases_after=after,
                before=before / past.months,
                after=after / past.months,
                moved_in=moved_in,
                moved_out=moved_out,
                lead_before=code in leads_before,
                lead_after=code in leads_after,
            )
        )
    return tuple(found)


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
