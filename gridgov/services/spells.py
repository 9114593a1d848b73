"""How long it took, by Kaplan and Meier: from counters, not from the cases.

What ended is kept in bins of durations. What is still open counts up to its age. Of the last
days the counters know the hour it came in, so its age is at most half an hour off; of older
ones the day alone, and they are taken to have come at noon: twelve hours of twelve days are
not more than a bin is wide.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from gridgov.domain.counters import Dim, FactTable
from gridgov.domain.indicator_model import Indicator, Spell
from gridgov.domain.spans import GRIDS, SPELLS_OF, WAITING_FOR, Span, cover, month_of, next_month
from gridgov.domain.spells import bin_of, quantile
from gridgov.services import area_kinds
from gridgov.services.readings import Reading
from gridgov.services.reference import of as reference_of
from gridgov.storage import case_facts
from gridgov.storage.case_facts import CaseFact

_NOON, _HOUR = time(12), timedelta(hours=1)
WAITING = {Dim.CLOSED_AFTER: Dim.OPEN_FROM, Dim.RESPONDED_AFTER: Dim.UNANSWERED_FROM}
COLUMNS = {
    Dim.CLOSED_AFTER: CaseFact.closed_after,
    Dim.RESPONDED_AFTER: CaseFact.responded_after,
}


def hours(
    read: Reading, area: str, first: date, last: date, one: Indicator, moment: datetime
) -> float | None:
    """Return after how many natural hours an indicator's share of the cases has ended.

    None while fewer have. Of a village or grid, as of a past moment, it is not known: None.
    """
    assert one.spell is not None  # noqa: S101 - asked of nothing else
    kind = area_kinds.letter(read.session, read.district_code, area)
    if read.late is not None and kind not in SPELLS_OF:
        return None
    if kind in GRIDS or not _is_whole(kind, first, last):
        ended = _from_cases(read, kind, area, first, last, one.spell)
    else:
        found = read.tally(area, one.spell.dim, first, last)
        ended = {int(number): cases for number, cases in found.items() if cases > 0}
    waiting = _ages(read, kind, area, first, last, one, moment)
    minutes = quantile(ended, waiting, one.spell.share)
    return None if minutes is None else minutes / 60


def _is_whole(kind: str, first: date, last: date) -> bool:
    """Tell whether the counters know it: of a village they keep whole months."""
    return kind in SPELLS_OF or all(piece.span is Span.MONTH for piece in cover(first, last))


def _from_cases(
    read: Reading, kind: str, area: str, first: date, last: date, spell: Spell
) -> dict[int, int]:
    """Count what ended in the few cases of a grid."""
    column = COLUMNS[spell.dim]
    rows = read.session.execute(
        select(column, func.count())
        .where(
            case_facts.in_area(kind, area),
            CaseFact.district_code == read.district_code,
            case_facts.in_classes(read.classes),
            CaseFact.received_on.between(first, last),
            case_facts.counts_in(FactTable.RECEIVED, ["received", spell.ended]),
            column.is_not(None),
        )
        .group_by(column)
    )
    found: Counter[int] = Counter()
    for minutes, number in rows:
        found[bin_of(minutes or 0)] += number
    return found


def age(day: date, zone: ZoneInfo, moment: datetime, hour: int | None = None) -> int:
    """Return the bin of how old a case of a local day is at a moment.

    It came in the middle of an hour of that day, of what is over of it; at noon without one.
    """
    if hour is None:
        came = datetime.combine(day, _NOON, zone)
    else:
        start = datetime.combine(day, time(hour), zone).astimezone(UTC)
        came = start + max(timedelta(0), min(_HOUR, moment - start)) / 2
    return bin_of(max(0, int((moment - came).total_seconds() // 60)))


def _ages(
    read: Reading,
    kind: str,
    area: str,
    first: date,
    last: date,
    one: Indicator,
    moment: datetime,
) -> Counter[int]:
    """Return by bin how old the cases are for which it has not ended."""
    days = _waiting_by_day(read, area, first, min(last, read.today), one)
    zone = reference_of(read.session, read.district_code).zone
    found: Counter[int] = Counter()
    for (day, hour), number in _hours_of(read, kind, area, days, one).items():
        known = min(number, days[day])
        if known > 0:
            found[age(day, zone, moment, hour)] += known
            days[day] -= known
    for day, number in days.items():
        if number:
            found[age(day, zone, moment)] += number
    return found


def _waiting_by_day(
    read: Reading, area: str, first: date, last: date, one: Indicator
) -> dict[date, int]:
    """Return local day → cases received on it for which it has not ended."""
    (all_of,), (ended,) = one.denominator, one.numerator
    names = (all_of.counter, ended.counter)
    months = read.sums_by_day(FactTable.RECEIVED, [area], first, last, names, each_day=False)
    waiting = {month_of(day) for (_, day), n in months.items() if n[names[0]] != n[names[1]]}
    found: dict[date, int] = {}
    for month in sorted(waiting):
        start, end = max(first, month), min(last, next_month(month) - timedelta(days=1))
        days = read.sums_by_day(FactTable.RECEIVED, [area], start, end, names)
        for (_, day), numbers in days.items():
            left = numbers[names[0]] - numbers[names[1]]
            if left > 0:
                found[day] = left
    return found


def _hours_of(
    read: Reading, kind: str, area: str, days: Mapping[date, int], one: Indicator
) -> dict[tuple[date, int], int]:
    """Return (day, hour) → cases of the last days for which it has not ended."""
    assert one.spell is not None  # noqa: S101 - asked of nothing else
    recent = [day for day in days if day > read.today - WAITING_FOR]
    if not recent:
        return {}
    first, last = min(recent), max(recent)
    if kind in SPELLS_OF:
        kept = read.tally_by_day(area, WAITING[one.spell.dim], first, last)
        found = {(day, int(hour)): number for (day, hour), number in kept.items()}
    else:
        found = _hours_from_cases(read, kind, area, first, last, one)
    return {key: number for key, number in found.items() if key[0] in days}


def _hours_from_cases(
    read: Reading, kind: str, area: str, first: date, last: date, one: Indicator
) -> dict[tuple[date, int], int]:
    """Return (day, hour) → cases for which it has not ended: a village or grid has few."""
    rows = read.session.execute(
        select(CaseFact.received_on, CaseFact.hour, func.count())
        .where(
            case_facts.in_area(kind, area),
            CaseFact.district_code == read.district_code,
            case_facts.in_classes(read.classes),
            CaseFact.received_on.between(first, last),
            case_facts.counts_in(FactTable.RECEIVED, [one.denominator[0].counter]),
            ~case_facts.counts_in(FactTable.RECEIVED, [one.numerator[0].counter]),
        )
        .group_by(CaseFact.received_on, CaseFact.hour)
    )
    return {(day, hour % 24): number for day, hour, number in rows if hour is not None}
