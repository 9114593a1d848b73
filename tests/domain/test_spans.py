"""Which rows make up a period: every day once, as few rows as can be."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.spans import Piece, Span, cover, cover_as_of, next_month

DAYS = st.dates(date(2019, 12, 1), date(2022, 3, 31))


def days_in(piece: Piece) -> list[date]:
    """The days of a piece; of a piece of months, those of all its months."""
    last = piece.last
    if piece.span in (Span.MONTH, Span.MONTH_DAY, Span.MONTH_MONTH):
        last = next_month(piece.last) - timedelta(days=1)
    return [piece.first + timedelta(days=n) for n in range((last - piece.first).days + 1)]


@given(DAYS, DAYS)
def test_a_period_is_covered_without_a_gap_and_without_overlap(first: date, last: date) -> None:
    days = [day for piece in cover(first, last) for day in days_in(piece)]
    wanted = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert sorted(days) == wanted
    assert sum(len(days_in(p)) for p in cover(first, last) if p.span is Span.DAY) <= 60


@given(DAYS, DAYS, DAYS, DAYS)
def test_as_of_a_day_each_change_up_to_it_is_read_once(
    first: date, last: date, on: date, changed: date
) -> None:
    """A change of a day within the period, made on another day."""
    day = first
    found = 0
    for piece in cover_as_of(first, last, on):
        by_month = piece.span is not Span.DAY_DAY
        at = day.replace(day=1) if by_month else day
        moved = changed.replace(day=1) if piece.span is Span.MONTH_MONTH else changed
        starts = piece.changed_first is None or piece.changed_first <= moved
        ends = piece.changed_last is None or moved <= piece.changed_last
        found += piece.first <= at <= piece.last and starts and ends
    assert found == (1 if first <= last and changed <= on else 0)


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), ["m"]),
        (date(2026, 3, 1), date(2026, 5, 1), ["m", "d"]),
        (date(2026, 3, 2), date(2026, 5, 31), ["m", "d"]),
        (date(2026, 3, 2), date(2026, 3, 31), ["d"]),
        (date(2026, 3, 2), date(2026, 4, 29), ["d"]),
    ],
)
def test_whole_months_are_read_as_months(first: date, last: date, spans: list[str]) -> None:
    assert [str(piece.span) for piece in cover(first, last)] == spans
