"""Surge warnings: what comes in today, against the same weekdays of the weeks before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.counters import Dim, FactTable
from gridgov.domain.spans import Piece, Span
from gridgov.domain.surges import WEEKS, Judged, judge
from gridgov.services.board import View
from gridgov.services.reference import of as reference_of
from gridgov.storage import facts


@dataclass(frozen=True, slots=True)
class Surge:
    """More reports than usual on a local day: in an area, or of a class of problem in it."""

    area: str
    category: str | None
    day: date
    count: int
    expected: float
    chance: float


def surges(session: Session, view: View, *, now: datetime) -> list[Surge]:
    """Return what is more than usual today in a view's area and the areas right below it, and
    by class of problem where that is kept by day (districts and towns); the rarest first.

    The period of the view does not matter. Today is compared as far as it went with whole
    days, so an alarm is never too early.
    """  # noqa: D205
    reference = reference_of(session, view.district_code)
    today = reference.local_day(now)
    days = [today - timedelta(days=7 * week) for week in range(WEEKS, 0, -1)]
    below = reference.net.children(view.area_code)
    areas = [view.area_code, *(a.code for a in below if a.kind is not AreaKind.PROFESSIONAL)]
    series = _by_area(session, view, areas, [*days, today])
    series |= _by_category(session, view, [*days, today])
    start = facts.first_day(session, view.district_code)
    known = [day for day in days if start is not None and day >= start]
    looks = len(series)
    found = []
    for (area, category), counts in series.items():
        judged = judge(counts.get(today, 0), [counts.get(day, 0) for day in known], looks)
        if judged.surge:
            found.append(_surge(area, category, today, judged))
    return sorted(found, key=lambda surge: (surge.chance, surge.area, surge.category or ""))


Series = dict[tuple[str, str | None], dict[date, int]]


def _by_area(session: Session, view: View, areas: Sequence[str], days: Iterable[date]) -> Series:
    found: Series = {(area, None): {} for area in areas}
    rows = facts.sums_by_day(
        session,
        FactTable.RECEIVED,
        view.district_code,
        areas,
        view.classes,
        [Piece(Span.DAY, day, day) for day in days],
        ("received",),
    )
    for (area, day), numbers in rows.items():
        found[area, None][day] = numbers["received"]
    return found


def _by_category(session: Session, view: View, days: Iterable[date]) -> Series:
    found: Series = defaultdict(dict)
    for day in days:
        cut = facts.sums_by_value(
            session,
            FactTable.SPLIT_RECEIVED,
            view.district_code,
            view.area_code,
            view.classes,
            Dim.CATEGORY,
            [Piece(Span.DAY, day, day)],
            ("received",),
        )
        for category, numbers in cut.items():
            found[view.area_code, category][day] = numbers["received"]
    return found


def _surge(area: str, category: str | None, day: date, judged: Judged) -> Surge:
    return Surge(area, category, day, judged.count, judged.expected, judged.chance)
