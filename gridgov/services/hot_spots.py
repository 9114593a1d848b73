"""Where it comes again and again: squares with most cases, and the same problem repeated."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.services import area_kinds
from gridgov.services.board import View
from gridgov.storage import case_facts
from gridgov.storage.case_facts import CaseFact

# So many of the newest cases are looked at, however many the period has.
MOST = 20_000
REPEATED = 3  # so many cases of one class in one square make a repeat point


@dataclass(frozen=True, slots=True)
class Spot:
    """A square of about 110 m; `lon` and `lat` are its middle (WGS-84).

    `category` is the class of problem of a repeat point, None for a hot spot.
    """

    cell: str
    lon: float
    lat: float
    cases: int
    open: int
    newest_on: date
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Spots:
    """Spots, most cases first; `since` is the first local day that was looked at."""

    spots: tuple[Spot, ...]
    since: date


def hot_spots(session: Session, view: View, *, most: int = 20) -> Spots:
    """Return the squares with most valid cases among the newest 20,000 of the period."""
    return _spots(session, view, most, by_category=False)


def repeat_points(session: Session, view: View, *, most: int = 20) -> Spots:
    """Return squares where the same class of problem came three times or more."""
    return _spots(session, view, most, by_category=True)


def _spots(session: Session, view: View, most: int, *, by_category: bool) -> Spots:
    newest = _newest(session, view).subquery()
    groups = [newest.c.cell, newest.c.category] if by_category else [newest.c.cell]
    number = func.count()
    query = (
        select(
            newest.c.cell,
            number.label("cases"),
            func.sum(newest.c.open).label("open"),
            func.max(newest.c.received_on).label("newest_on"),
            *([newest.c.category] if by_category else []),
        )
        .where(newest.c.cell != "")
        .group_by(*groups)
        .having(number >= (REPEATED if by_category else 1))
        .order_by(number.desc(), newest.c.cell)
        .limit(most)
    )
    spots = tuple(
        _spot(row.cell, row.cases, row.open, row.newest_on, row.category if by_category else None)
        for row in session.execute(query)
    )
    since = session.scalar(select(func.min(newest.c.received_on)))
    return Spots(spots, since or view.first)


def _newest(session: Session, view: View) -> Select[tuple[str, str, date, int]]:
    kind = area_kinds.letter(session, view.district_code, view.area_code)
    is_open = case((case_facts.counts_in(FactTable.RECEIVED, ["open"]), 1), else_=0)
    return (
        select(CaseFact.cell, CaseFact.category, CaseFact.received_on, is_open.label("open"))
        .where(
            case_facts.in_area(kind, view.area_code),
            CaseFact.district_code == view.district_code,
            case_facts.in_classes(view.classes),
            CaseFact.received_on.between(view.first, view.last),
            case_facts.counts_in(FactTable.RECEIVED, ["received"]),
        )
        .order_by(CaseFact.received_on.desc())
        .limit(MOST)
    )


def _spot(cell: str, cases: int, still_open: int, newest_on: date, category: str | None) -> Spot:
    lat, lon = map(float, cell.split(","))
    return Spot(cell, lon, lat, cases, int(still_open), newest_on, category)
