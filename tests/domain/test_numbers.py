"""Case numbers as people read them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.numbers import case_number


@pytest.mark.parametrize(
    ("day", "count", "number"),
    [
        (date(2026, 11, 22), 42, "440608-261122-00042"),
        (date(2026, 1, 2), 1, "440608-260102-00001"),
        (date(2026, 11, 22), 99_999, "440608-261122-99999"),
        # A day with more than 99,999 cases gets a longer number, never a repeated one.
        (date(2026, 11, 22), 100_000, "440608-261122-100000"),
    ],
)
def test_district_local_day_and_at_least_five_digits(day: date, count: int, number: str) -> None:
    assert case_number("440608", day, count) == number


KEYS = st.tuples(
    st.sampled_from(["440608", "440607"]),
    st.dates(date(2019, 1, 1), date(2098, 12, 31)),
    st.integers(1, 3_000_000),
)


@given(KEYS, KEYS)
def test_two_cases_never_share_a_number(
    one: tuple[str, date, int], other: tuple[str, date, int]
) -> None:
    assert (case_number(*one) == case_number(*other)) == (one == other)
