"""Periods of reports, and what they are compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.errors import InvalidInput
from gridgov.domain.report_periods import PeriodKind, containing, read

KINDS = st.sampled_from(list(PeriodKind))
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("kind", "code", "first", "last"),
    [
        ("day", "2020-02-29", "2020-02-29", "2020-02-29"),
        ("week", "2020-W53", "2020-12-28", "2021-01-03"),
        ("week", "2020W1", "2019-12-30", "2020-01-05"),
        ("month", "2020-02", "2020-02-01", "2020-02-29"),
        ("month", " 2020-9 ", "2020-09-01", "2020-09-30"),
        ("quarter", "2020-q4", "2020-10-01", "2020-12-31"),
        ("year", "2020", "2020-01-01", "2020-12-31"),
    ],
)
def test_what_people_write(kind: str, code: str, first: str, last: str) -> None:
    found = read(PeriodKind(kind), code)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("day", "2020-02-30"),
        ("week", "2021-W53"),
        ("month", "2020-13"),
        ("month", "2020"),
        ("quarter", "2020-Q5"),
        ("year", "20"),
        ("year", ""),
    ],
)
def test_what_is_no_period_is_refused_with_what_was_written(kind: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(PeriodKind(kind), code)
    assert refused.value.values["text"] == code


@pytest.mark.parametrize(
    ("kind", "code", "before", "year_before"),
    [
        ("day", "2020-02-29", "2020-02-28", "2019-02-28"),
        ("week", "2020-W53", "2020-W52", "2019-W52"),
        ("week", "2021-W01", "2020-W53", "2020-W01"),
        ("month", "2020-01", "2019-12", "2019-01"),
        ("quarter", "2020-Q1", "2019-Q4", "2019-Q1"),
        ("year", "2020", "2019", "2019"),
    ],
)
def test_what_it_is_compared_with(kind: str, code: str, before: str, year_before: str) -> None:
    period = read(PeriodKind(kind), code)
    assert (period.before().code, period.year_before().code) == (before, year_before)


@given(KINDS, DAYS)
def test_periods_of_a_kind_lie_side_by_side_and_are_found_by_their_code(
    kind: PeriodKind, day: date
) -> None:
    period = containing(kind, day)
    assert period.first <= day <= period.last
    assert read(kind, period.code) == period
    assert period.after().first == period.last + timedelta(days=1)
    assert period.after().before() == period
    assert period.days == (period.last - period.first).days + 1
    assert period.year_before().last < period.first
