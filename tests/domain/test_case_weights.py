"""How much one case makes up of a figure, as the counters saw it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gridgov.domain.case_weights import day_of, weight
from gridgov.domain.counters import FactTable
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicator_model import Term

DUE = date(2026, 11, 20)
OPEN = FactView(
    valid=True,
    closed=False,
    on_time=False,
    confidential=False,
    areas=("440608",),
    received_on=date(2026, 11, 10),
    due_on=DUE,
    state="handling",
)
CLOSED = replace(OPEN, closed=True, on_time=True, state="closed")
REJECTED = replace(OPEN, valid=False, state="rejected")


def received(*names: str) -> tuple[Term, ...]:
    return tuple(Term(FactTable.RECEIVED, name) for name in names)


@pytest.mark.parametrize(
    ("view", "names", "counted"),
    [
        (OPEN, ("open",), 1),
        (OPEN, ("closed",), None),
        (CLOSED, ("closed",), 1),
        (CLOSED, ("closed", "closed_on_time"), 2),
        (REJECTED, ("received",), None),
        (REJECTED, ("rejected",), 1),
        (replace(OPEN, repeats=3), ("repeats",), 3),
        (OPEN, ("repeats",), None),
    ],
)
def test_a_case_makes_up_what_its_counters_say(
    view: FactView, names: tuple[str, ...], counted: int | None
) -> None:
    assert weight(view, received(*names), DUE) == counted


def test_what_comes_by_the_passing_of_days_counts_from_the_day_due_on() -> None:
    before = DUE - timedelta(days=1)
    for name in ("matured", "should_close"):
        assert weight(OPEN, received(name), before) is None
        assert weight(OPEN, received(name), DUE) == 1
    assert weight(CLOSED, received("should_close"), before) == 1
    assert weight(CLOSED, received("matured"), before) is None
    assert weight(REJECTED, received("matured"), DUE) is None


def test_a_case_stands_on_the_day_received_or_due_or_first_due() -> None:
    moved = replace(OPEN, first_due_on=date(2026, 11, 15))
    assert day_of(moved, Term(FactTable.RECEIVED, "open")) == OPEN.received_on
    assert day_of(moved, Term(FactTable.DUE, "due")) == DUE
    assert day_of(moved, Term(FactTable.DUE, "first_due")) == date(2026, 11, 15)
    assert day_of(OPEN, Term(FactTable.DUE, "first_due")) == DUE
    assert weight(moved, (Term(FactTable.DUE, "first_due"),), DUE) == 1
