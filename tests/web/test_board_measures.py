"""Colours of the map: what needs attention is strong, what is too little to tell has none."""

import pytest
from flask import Flask

from gridgov.domain.indicator_book import BOOK
from gridgov.services.figures import Value
from gridgov.web import board_measures


def value(code: str, number: float | None, *, of: int = 100) -> Value:
    """A value of an indicator of one area, made of so many cases."""
    return Value(code, "A", 0, of, number, None, None, None, of >= 20, 1)


@pytest.mark.parametrize(
    ("code", "best", "worst"),
    [
        ("closure_rate", 1.0, 0.2),  # a share, the more the better
        ("return_share", 0.0, 0.9),  # a share, the less the better
        ("overdue", 0, 40),  # numbers
        ("received", 0, 40),  # neither good nor bad: most is strongest
        ("closed_flow", 0, 40),  # nobody fails by having had nothing to close
        ("rejected_share", 0.01, 0.04),  # nor by turning little down: it is no closure rate
        ("level_index", 2.0, 0.4),
        ("close_median", 3.0, 90.0),
    ],
)
def test_the_worst_is_the_strongest(code: str, best: float, worst: float) -> None:
    found = board_measures.classed(
        BOOK[code],
        {"good": value(code, best), "bad": value(code, worst), "none": value(code, None)},
    )
    assert found == {"good": 1, "bad": 5, "none": "none"}


@pytest.mark.parametrize("code", ["closure_rate", "level_index", "close_median"])
def test_fewer_than_twenty_cases_have_no_colour_and_move_no_border(code: str) -> None:
    areas = {"few": value(code, 0.0, of=19), "low": value(code, 0.5), "high": value(code, 0.9)}
    assert board_measures.classed(BOOK[code], areas)["few"] == "none"
    assert board_measures.compared(BOOK[code], areas) == {"low": 0.5, "high": 0.9}


def test_a_number_of_cases_is_what_it_is_however_small() -> None:
    areas = {"one": value("overdue", 1, of=1), "two": value("overdue", 2, of=2)}
    assert board_measures.classed(BOOK["overdue"], areas) == {"one": 1, "two": 5}


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("closure_rate", "≥ 98%", "< "),
        ("return_share", "≤ 2%", "> "),
        ("level_index", "1.80–2.00", "1.00–1.20"),
        ("close_median", "1.0 小时–1.2 小时", "1.8 小时–2.0 小时"),
        ("overdue", "1–1", "2–2"),
        ("maturity", "100.00%–120.00%", "180.00%–200.00%"),
    ],
)
def test_the_legend_runs_from_the_best_to_the_worst(
    app: Flask, code: str, first: str, last: str
) -> None:
    with app.test_request_context("/"):
        said = board_measures.legend_words(BOOK[code], [1.0, 2.0])
    assert said[0] == first
    assert said[4].startswith(last)
    assert said[5] == ("没有数字" if code == "overdue" else "不足 20 件")
