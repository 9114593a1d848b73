"""Spans: under which days a change is written, and which rows make up a period.

Each change stands under its day and under its month, so that five years are read from 60
rows. `changed_on` rows (PAST) say besides on which local day the change came: what a
figure was at the end of any day is a sum over changes up to then.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gridgov.domain.counters import SPELL_DIMS, WAITING_DIMS, FactTable


class Span(StrEnum):
    """How a row's day, and the day of its change, are kept."""

    DAY = "d"
    MONTH = "m"
    DAY_DAY = "dd"  # of a day, changed on a day
    MONTH_DAY = "md"  # of a month, changed on a day
    MONTH_MONTH = "mm"  # of a month, changed in a month


PAST = frozenset({Span.DAY_DAY, Span.MONTH_DAY, Span.MONTH_MONTH})
_ALL = tuple(Span)
# A grid has so few cases that a row for each day of change is read as fast as a month's.
_OF_A_GRID = (Span.DAY, Span.MONTH, Span.DAY_DAY)
_PLAIN = (Span.DAY, Span.MONTH)
_MONTHS = (Span.MONTH,)
_EACH_DAY = (Span.DAY, Span.DAY_DAY)
# By kind of area (see FactView.kinds): a cut of a grid is counted from its cases, they are
# few; by day it would have a row for nearly every case.
_CUTS: Mapping[str, tuple[Span, ...]] = {"d": _PLAIN, "t": _PLAIN, "v": _MONTHS}
_NONE: tuple[Span, ...] = ()
GRIDS = frozenset("gp")
# So many days of receipt, as of any day, are asked for the hour in which what waits came in.
WAITING_FOR = timedelta(days=12)
SPELLS_OF = frozenset("dt")


@functools.cache
def spans_of(table: FactTable, kind: str, dim: str, *, is_late: bool = False) -> tuple[Span, ...]:
    """Return the spans in which a table keeps an area of a kind, and a cut of it.

    `is_late`: of a change WAITING_FOR or more after the day it counts for.
    """
    if table is FactTable.HAPPENED:
        return _PLAIN
    if table in (FactTable.RECEIVED, FactTable.DUE):
        return _OF_A_GRID if kind in GRIDS else _ALL
    if kind in SPELLS_OF and dim in SPELL_DIMS:
        return _ALL  # how long it took is told as of a past day as well
    if dim in WAITING_DIMS:  # asked of the last days alone
        each = _PLAIN[:1] if is_late else _EACH_DAY  # as of so late a day nobody asks
        return each if kind in SPELLS_OF else _NONE
    return _CUTS.get(kind, _NONE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one span: of days first..last, changed on days changed_first..changed_last."""

    span: Span
    first: date
    last: date
    changed_first: date | None = None
    changed_last: date | None = None


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (month_of(day) + timedelta(days=31)).replace(day=1)


def _parts(first: date, last: date) -> tuple[tuple[date, date] | None, list[tuple[date, date]]]:
    """Return the whole months within first..last (as first days), and what is left of days."""
    one = first if first.day == 1 else next_month(first)
    after = next_month(last) if (last + timedelta(days=1)).day == 1 else month_of(last)
    if one >= after:
        return None, [(first, last)] if first <= last else []
    edges = [(first, one - timedelta(days=1)), (after, last)]
    return (one, month_of(after - timedelta(days=1))), [e for e in edges if e[0] <= e[1]]


def cover(first: date, last: date) -> Sequence[Piece]:
    """Return the pieces that make up the days first..last as they stand now."""
    months, edges = _parts(first, last)
    found = [Piece(Span.DAY, *edge) for edge in edges]
    return found if months is None else [Piece(Span.MONTH, *months), *found]


def by_days(first: date, last: date) -> Sequence[Piece]:
    """Return the one piece that gives each of the days first..last a row."""
    return [Piece(Span.DAY, first, last)]


def cover_as_of(first: date, last: date, on: date) -> Sequence[Piece]:
    """Return the pieces that make up first..last as they stood at the end of a day."""
    months, edges = _parts(first, last)
    found = [Piece(Span.DAY_DAY, *edge, None, on) for edge in edges]
    if months is None:
        return found
    before = month_of(on) - timedelta(days=1)
    return [
        Piece(Span.MONTH_MONTH, *months, None, month_of(before)),
        Piece(Span.MONTH_DAY, *months, month_of(on), on),
        *found,
    ]


def by_days_as_of(first: date, last: date, on: date) -> Sequence[Piece]:
    """Return the one piece that gives each day a row, as it stood at the end of a day."""
    return [Piece(Span.DAY_DAY, first, last, None, on)]
