"""The figures everybody may see: of the whole district from the facts, by community as told.

The cost does not depend on how many cases there ever were: facts hold one row a day, open
data a few rows a community and month.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from gridgov.domain.counters import FactTable
from gridgov.domain.scope import CaseClass
from gridgov.services.reference import Reference
from gridgov.storage import editions, facts
from gridgov.storage.editions import PublishedCell, PublishedReceived

OPEN_CLASSES = frozenset({CaseClass.OPEN})
RECENT_DAYS, MONTHS = 30, 12


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over local days: received and closed of them; due and closed in time of them."""

    first: date
    last: date
    received: int
    closed: int
    due: int
    on_time: int


@dataclass(frozen=True, slots=True)
class Month:
    """What the district received since a day, in a month or in all; closed of it by now."""

    first: date
    received: int
    closed: int


@dataclass(frozen=True, slots=True)
class District:
    """What the first page shows; `lately` None before the first report."""

    lately: Figures | None
    ever: Month | None
    months: tuple[Month, ...]


@dataclass(slots=True)
class Community:
    """What is told of a community: by month and by class, newest month first."""

    received: list[PublishedReceived] = field(default_factory=list)
    cells: list[PublishedCell] = field(default_factory=list)
    closed: int = 0


def of_district(session: Session, reference: Reference, *, now: datetime) -> District:
    """Return the figures of a district up to yesterday, the last day that is over.

    Confidential cases are not in them. Where nothing happened lately, the last days are the
    last ones on which anything was received.
    """
    code = reference.district_code
    first = facts.first_day(session, code)
    yesterday = reference.local_day(now) - timedelta(days=1)
    if first is None or first > yesterday:
        return District(None, None, ())
    ever = facts.received_and_closed(session, code, [code], first, yesterday, OPEN_CLASSES)
    last = _last_day(session, code, yesterday)
    start = max(first, _months_back(last, MONTHS))
    received = _days(session, code, FactTable.RECEIVED, start, last)
    begin = max(first, last - timedelta(days=RECENT_DAYS - 1))
    due = _days(session, code, FactTable.DUE, begin, last)
    months: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for day, counts in received.items():
        months[day.replace(day=1)][0] += counts["received"]
        months[day.replace(day=1)][1] += counts["closed"]
    return District(
        _sums(received, due, begin, last),
        Month(first, *ever.get(code, (0, 0))),
        tuple(Month(month, *sums) for month, sums in sorted(months.items(), reverse=True)),
    )


def _last_day(session: Session, code: str, yesterday: date) -> date:
    """Return the last day that is over and on which anything was received."""
    found = editions.last_received_on(session, code, yesterday)
    return yesterday if found is None else found


def _months_back(day: date, months: int) -> date:
    """Return the first day of the month so many months before, its own among them."""
    number = day.year * 12 + day.month - months
    return date(number // 12, number % 12 + 1, 1)


def _days(
    session: Session, code: str, table: FactTable, first: date, last: date
) -> dict[date, dict[str, int]]:
    rows = facts.by_day(session, code, table, [code], first, last, OPEN_CLASSES)
    return {day: counts for _area, day, counts in rows}


def _sums(
    received: dict[date, dict[str, int]], due: dict[date, dict[str, int]], first: date, last: date
) -> Figures:
    def total(days: dict[date, dict[str, int]], counter: str) -> int:
        return sum(counts[counter] for day, counts in days.items() if first <= day <= last)

    return Figures(
        first,
        last,
        total(received, "received"),
        total(received, "closed"),
        total(due, "due"),
        total(due, "closed_on_time"),
    )


def since(session: Session, district_code: str) -> date | None:
    """Return the first of the last twelve published months; None before the first."""
    told = [one.month for one in editions.editions(session, district_code) if one.cases]
    return told[:MONTHS][-1] if told else None


def of_communities(session: Session, district_code: str) -> dict[str, int]:
    """Return area code → closed cases told under its own name in the last published months."""
    first = since(session, district_code)
    return {} if first is None else editions.closed_by_area(session, district_code, first)


def of_community(session: Session, district_code: str, area_code: str) -> Community:
    """Return what is told of one community in the last published months."""
    found = Community()
    first = since(session, district_code)
    if first is not None:
        found.cells = list(editions.by_area(session, district_code, [area_code], first))
        found.received = list(editions.received_by_area(session, district_code, [area_code], first))
        found.closed = sum(cell.closed for cell in found.cells)
    return found


def classes(cells: Sequence[PublishedCell]) -> list[tuple[str, str, int]]:
    """Return (class, its kind, closed cases), the most frequent first."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for cell in cells:
        sums[cell.category, cell.category_kind] += cell.closed
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return [(category, kind, closed) for (category, kind), closed in ordered]
