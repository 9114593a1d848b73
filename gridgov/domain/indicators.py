"""Figures: how a message of the log changes the counters.

A message about a case carries the case as the counters saw it before and as they
must see it now (`FactView`). What the case adds to a counter is a pure function
of its view, so a message changes the counters by (after - before): merges,
reopenings and late corrections need no rule of their own, and the tables can be
rebuilt from the log at any time.

Each change is written under several spans (`domain/spans.py`): by day and by month, so
that a long period is read from few rows; and once more with the day of the change, so
that a figure of any past day is a sum as well.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from gridgov.domain.counters import (
    COUNTERS,
    HAPPENED,
    SCHEDULED,
    Cell,
    Cells,
    FactTable,
    cells,
    change,
    happening,
)
from gridgov.domain.fact_view import FactView
from gridgov.domain.scope import CaseClass
from gridgov.domain.spans import PAST, WAITING_FOR, Span, spans_of
from gridgov.domain.workflow import Action

__all__ = [
    "COUNTERS",
    "DEFINITION",
    "FEW",
    "HAPPENED",
    "RATE_CLASSES",
    "FactKey",
    "FactTable",
    "FactView",
    "Figures",
    "Rows",
    "contribution",
    "fold",
    "rate_class",
]

DEFINITION = "closure_rate_cohort_v1"


class FactKey(NamedTuple):
    """The row a counter stands in (a tuple: folding hashes ten million of them).

    `day` and `changed_on` are the first of the month where the span says so; where it
    does not look at the day of the change, `changed_on` is `day` again.
    """

    table: FactTable
    area_code: str
    span: Span
    day: date
    changed_on: date
    case_class: CaseClass
    dim: str
    value: str


Rows = dict[FactKey, Counter[str]]


def contribution(view: FactView, on: date) -> Rows:
    """Return the rows of a case alone, as if a message of a local day had told of it."""
    rows: Rows = {}
    _spread(rows, cells(view), view, on)
    return rows


def fold(
    before: FactView | None,
    after: FactView,
    action: Action | None,
    happened_on: date,
    rows: Rows | None = None,
) -> Rows:
    """Return by how much a message changes each counter, added to `rows` if given."""
    rows = {} if rows is None else rows
    if before is None or _place(before) == _place(after):
        _spread(rows, change(before, after), after, happened_on)
    else:  # it stands under other areas now, or in the other class
        _spread(rows, change(None, after), after, happened_on)
        taken = change(None, before)
        _spread(rows, {cell: _minus(n) for cell, n in taken.items()}, before, happened_on)
    name = happening(before, action)
    if name is not None:
        cell = Cell(FactTable.HAPPENED, happened_on, None, "", "")
        _spread(rows, {cell: Counter({name: 1})}, after, happened_on)
    return rows


def _place(view: FactView) -> tuple[object, ...]:
    return view.areas, view.area_kinds, view.confidential


def _minus(counts: Counter[str]) -> Counter[str]:
    return Counter({name: -n for name, n in counts.items()})


def _spread(rows: Rows, changes: Cells, view: FactView, happened_on: date) -> None:
    """Add changes under each area of a case and each span kept for areas of its kind."""
    case_class = view.case_class
    month = happened_on.replace(day=1)
    for cell, counts in changes.items():
        table, day, from_on, dim, value = cell
        day_month = day.replace(day=1)
        on, on_month = happened_on, month
        if from_on is not None and from_on > happened_on:
            on, on_month = from_on, from_on.replace(day=1)
        plain = {name: n for name, n in counts.items() if name not in SCHEDULED}
        is_late = on - day >= WAITING_FOR
        for area, kind in zip(view.areas, view.area_kinds, strict=True):
            for span in spans_of(table, kind, dim, is_late=is_late):
                first = day if span in _BY_DAY else day_month
                if span in PAST:
                    changed = on_month if span is Span.MONTH_MONTH else on
                    added: Mapping[str, int] = counts
                else:
                    changed, added = first, plain
                if added:
                    key = FactKey(table, area, span, first, changed, case_class, dim, value)
                    _add(rows, key, added)


_BY_DAY = frozenset({Span.DAY, Span.DAY_DAY})


def _add(rows: Rows, key: FactKey, counts: Mapping[str, int]) -> None:
    row = rows.get(key)
    if row is None:
        rows[key] = Counter(counts)
        return
    for name, number in counts.items():
        row[name] = row.get(name, 0) + number  # `row[name]` of a new name is a call in Python


def without_zeros(rows: Rows) -> Rows:
    """Return the rows in which something changes, with what changes in them."""
    found = {key: Counter({n: c for n, c in row.items() if c}) for key, row in rows.items()}
    return {key: row for key, row in found.items() if row}


@dataclass(frozen=True, slots=True)
class Figures:
    """The headline figures of an area and a period of days, both included.

    received: valid cases received in the period; closed: those of them closed by
    now; open: the rest; overdue: open ones of them whose running limit has passed, to
    sign or to handle: the red lamps.
    """

    received: int
    closed: int
    overdue: int
    cursor: int

    @property
    def open(self) -> int:
        """Return how many of the received cases are not closed."""
        return self.received - self.closed

    @property
    def closure_rate(self) -> float | None:
        """Return closed / received (the cohort rate, 0 to 1), None for 0 received."""
        return self.closed / self.received if self.received else None


# Fixed classes of the choropleth, worst last; they belong to the definition.
RATE_CLASSES = (0.98, 0.95, 0.90, 0.85)
FEW = 20  # fewer cases than this get no colour and no rank


def rate_class(closed: int, received: int) -> int | None:
    """Return the colour class 1 (≥ 98 %) to 5 (< 85 %), None for fewer than 20 cases."""
    if received < FEW:
        return None
    rate = closed / received
    return next((n for n, least in enumerate(RATE_CLASSES, 1) if rate >= least), 5)
