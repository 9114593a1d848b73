"""What must hold of the number engine whatever happened to the cases."""

import dataclasses
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.counters import Dim
from gridgov.domain.indicator_book import BOOK
from gridgov.domain.indicator_model import Kind, Part
from gridgov.domain.scope import CaseClass
from gridgov.services import behind, breakdowns, figures, indicators, stocks, trends
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.storage.session import read_only
from tests.support.acts import DISTRICT, GRID
from tests.support.case_walks import CaseWalk
from tests.support.walk import fold_once, is_behind

BOTH = frozenset(CaseClass)
TOWN, VILLAGE = GRID[:9], GRID[:12]
AREAS = (DISTRICT, TOWN, VILLAGE, GRID)
Seen = dict[str, dict[str, dict[str, Any]]]


class Steady(CaseWalk):
    """A walk in which nothing is told afterwards: what is imported happened earlier."""

    def _record(self, session: Session) -> None:
        self._report(session)


def view_of(area: str, first: date, last: date) -> View:
    return View(DISTRICT, area, first, last, BOTH)


def fold_all() -> None:
    while is_behind():
        fold_once()


def look(now: datetime, first: date, last: date, as_of: datetime | None = None) -> Seen:
    """Every indicator of some areas; of villages and grids no hours of a past moment are known."""
    view = view_of(DISTRICT, first, last)
    with read_only() as session:
        found = figures.values(session, view, list(BOOK), now=now, areas=AREAS, as_of=as_of)
    return {
        area: {
            code: _plain(value)
            for code, value in by_code.items()
            if area in (DISTRICT, TOWN) or BOOK[code].kind is not Kind.HOURS
        }
        for area, by_code in found.items()
    }


def _plain(value: figures.Value) -> dict[str, Any]:
    found = dataclasses.asdict(value)
    del found["cursor"]
    return found


def assert_figures_stay(seed: int, steps: int, start: datetime, first: date, last: date) -> None:
    """Note every figure after each step; asked afterwards as of then, it is the same."""
    walk = Steady(random.Random(seed), start, published=start.year)
    seen: list[tuple[datetime, Seen]] = []
    for _ in range(steps):
        walk.step()
        fold_all()
        seen.append((walk.now, look(walk.now, first, last)))
    later = walk.now + timedelta(days=3)
    for moment, noted in seen:
        again = look(later, first, last, as_of=moment)
        assert again == noted, (moment, unlike(again, noted))


def unlike(one: Seen, other: Seen) -> list[object]:
    """The figures in which two looks differ."""
    return [
        (area, code, one[area][code], other[area][code])
        for area in one
        for code in one[area]
        if one[area][code] != other[area][code]
    ]


def assert_everything_agrees(now: datetime, periods: Sequence[tuple[date, date]]) -> None:
    """The facts follow from the log; every figure is the number of its cases and of its cuts."""
    with read_only() as session:
        assert indicators.differences(session, DISTRICT) == 0
        for first, last in periods:
            found = figures.values(
                session, view_of(DISTRICT, first, last), list(BOOK), now=now, areas=AREAS
            )
            for area in AREAS:
                view = view_of(area, first, last)
                for code, value in found[area].items():
                    _cases_are_the_figure(session, view, code, value, now)
                    _cuts_are_the_figure(session, view, code, value)
                _steps_are_the_figure(session, view, found[area], now)
                stock = stocks.stock(session, view, now=now)
                assert stock.difference == 0, (view, stock)


def _cases_are_the_figure(
    session: Session, view: View, code: str, value: figures.Value, now: datetime
) -> None:
    one = BOOK[code]
    for part, number in ((Part.NUMERATOR, value.numerator), (Part.DENOMINATOR, value.denominator)):
        if one.of_part(part):
            counted = _counted(session, behind.Question(view, code, part), now)
            assert counted == number, (view, code, part)


def _counted(session: Session, asked: behind.Question, now: datetime) -> int:
    """The weights of all cases behind a figure, page by page."""
    total, after = 0, None
    while page := behind.cases_of(session, asked, now=now, after=after):
        total += sum(one.weight for one in page)
        after = page[-1].mark
    return total


def _cuts_are_the_figure(session: Session, view: View, code: str, value: figures.Value) -> None:
    if BOOK[code].spell is None and breakdowns.can_be_cut(BOOK[code]):
        for dim in (Dim.CATEGORY, Dim.UNIT, Dim.CHANNEL):
            cut = breakdowns.breakdown(session, view, code, dim)
            assert sum(one.numerator for one in cut) == value.numerator, (view, code, dim)
            denominator = sum(one.denominator or 0 for one in cut)
            assert denominator == (value.denominator or 0), (view, code, dim)
    if code == "received":
        assert sum(breakdowns.heat(session, view)) == value.numerator, view


def _steps_are_the_figure(
    session: Session, view: View, found: dict[str, figures.Value], now: datetime
) -> None:
    today = references.of(session, DISTRICT).local_day(now)
    if view.last > today:  # a trend ends today; what is due later is in the figure
        return
    for code in ("received", "closed_flow", "closure_due", "closure_should"):
        for step in trends.Step:
            points = trends.trend(session, view, code, step, now=now).points
            assert sum(point.numerator for point in points) == found[code].numerator, (code, step)
