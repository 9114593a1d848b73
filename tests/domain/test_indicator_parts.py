"""Numerators and denominators: whatever a case came through, it stands in both or only below."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from gridgov.domain.case_weights import weight
from gridgov.domain.counters import FactTable
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicator_book import BOOK, indicator
from gridgov.domain.indicator_model import Indicator, Kind
from gridgov.domain.workflow import INVALID_STATES, OPEN_STATES, CaseState

TODAY = date(2026, 11, 20)
# As far as a case came: each stage lies on the way to the next.
STAGES: tuple[dict[str, Any], ...] = (
    {},
    {"accepted": True},
    {"accepted": True, "registered": False},
    {"accepted": True, "registered": True, "dispatched": True},
    {"accepted": True, "registered": True, "dispatched": False, "handled": False},
)
MORE: tuple[dict[str, Any], ...] = (
    {},
    {"recorded": True},
    {"responded": 5, "response": True},
    {"responded": 5, "response": False, "self_handled": True},
)
ONCE: tuple[dict[str, Any], ...] = (
    {},
    *({name: True} for name in ("returned", "reworked", "extended", "suspended", "reopened")),
    {"solved": False, "satisfaction": "satisfied", "spot": "failed"},
)
BEFORE_DISPATCH = {"submitted", "need_info", "verifying", "registered", *INVALID_STATES}
# What happened in a period by what came in it, and who answered by who is closed now: two sets.
OF_TWO_SETS = {"closure_flow", "answered_share"}
SHARES = [one for one in BOOK.values() if one.denominator and one.code not in OF_TWO_SETS]


def possible(state: CaseState, passed: dict[str, Any]) -> bool:
    """Tell whether a case in a state can have come through that."""
    went = "dispatched" in passed
    if "handled" in passed and state not in (CaseState.RESOLVED, CaseState.CLOSED):
        return False
    if not went and {"returned", "reworked", "extended", "suspended", "reopened"} & set(passed):
        return False
    return went or str(state) in BEFORE_DISPATCH or "recorded" in passed


def views() -> list[FactView]:
    """Every kind of case the counters may see, each overdue and not."""
    found = []
    for state, stage, more, once, late in product(CaseState, STAGES, MORE, ONCE, (False, True)):
        passed = {**stage, **more, **once}
        if not possible(state, passed):
            continue
        found.append(
            FactView(
                valid=state not in INVALID_STATES,
                closed=state is CaseState.CLOSED,
                on_time=not late,
                confidential=False,
                areas=("440608",),
                received_on=date(2026, 11, 10),
                due_on=TODAY,
                state=str(state),
                level="grid",
                overdue=late and state in OPEN_STATES,
                repeats=1,
                passed=passed,
            )
        )
    return found


@pytest.mark.parametrize("one", SHARES, ids=str)
def test_who_counts_above_the_line_counts_below_it(one: Indicator) -> None:
    most = 2 if one.kind is Kind.INDEX else 1
    for view in views():
        above, below = (weight(view, terms, TODAY) for terms in (one.numerator, one.denominator))
        assert (above or 0) <= most * (below or 0), (one.code, view)


def test_the_denominators_count_a_case_once() -> None:
    tables = {FactTable.RECEIVED, FactTable.DUE}
    for one in SHARES:
        assert {term.table for term in one.denominator} <= tables
        assert {weight(view, one.denominator, TODAY) for view in views()} <= {None, 1}, one.code


@pytest.mark.parametrize("state", [CaseState.NEED_INFO, CaseState.SUSPENDED])
def test_a_case_whose_clocks_stand_is_not_overdue(state: CaseState) -> None:
    # Its lamp is grey, and the list behind the figure is that of the red ones.
    view = next(view for view in views() if view.overdue and view.state == "handling")
    paused = next(v for v in views() if v.overdue and v.state == state)
    terms = indicator("overdue").numerator
    assert weight(view, terms, TODAY) == 1
    assert weight(paused, terms, TODAY) is None
