"""The book of indicators: each definition with its worked example, through the evaluator."""

import pytest

from gridgov.domain.counters import COUNTERS, FactTable
from gridgov.domain.errors import NotFound
from gridgov.domain.indicator_book import BOOK, FAMILIES, indicator
from gridgov.domain.indicator_model import Indicator, Kind, Parts, evaluate, wilson
from gridgov.domain.spells import quantile
from tests.support import indicator_page

ALL = list(BOOK.values())
CODES = [one.code for one in ALL]


def shown(one: Indicator, parts: Parts) -> str:
    """A value as the book prints it."""
    value = parts.value
    if value is None:
        return "—"
    if one.kind is Kind.COUNT:
        return f"{value:,.0f}"
    return f"{value:.2f}" if one.kind is Kind.INDEX else f"{100 * value:.1f} %"


@pytest.mark.parametrize("one", [one for one in ALL if one.spell is None], ids=str)
def test_the_worked_example_comes_out(one: Indicator) -> None:
    parts = evaluate(one, one.example.counts)
    assert (parts.numerator, parts.denominator) == (one.example.numerator, one.example.denominator)
    assert shown(one, parts) == one.example.shown


@pytest.mark.parametrize("one", [one for one in ALL if one.spell is not None], ids=str)
def test_the_worked_example_of_durations_comes_out(one: Indicator) -> None:
    assert one.spell is not None
    parts = evaluate(one, one.example.counts)
    assert (parts.numerator, parts.denominator) == (one.example.numerator, one.example.denominator)
    minutes = quantile(*indicator_page.EXAMPLE_SPELLS, one.spell.share)
    words = "—" if minutes is None else f"{round(minutes / 60)} h"
    assert words == one.example.shown


@pytest.mark.parametrize("one", ALL, ids=str)
def test_a_definition_is_complete(one: Indicator) -> None:
    for term in one.terms:
        assert term.counter in COUNTERS[term.table], term
    assert bool(one.denominator) is (one.kind is not Kind.COUNT)
    assert {term.table for term in one.numerator} == {one.numerator[0].table}
    for words in (one.name, one.formula):
        assert words.zh and words.en and words.zh != words.en
        assert words.en.isascii() or "÷" in words.en or "%" in words.en or "–" in words.en
    assert one.definition == f"{one.code}_v{one.version}"


def test_codes_and_names_are_said_once() -> None:
    assert len(BOOK) == sum(len(part) for _, part in FAMILIES)
    for names in ([one.name.zh for one in ALL], [one.name.en for one in ALL]):
        assert len(set(names)) == len(names)


def test_the_headline_of_the_sample() -> None:
    counts = {(FactTable.RECEIVED, "closed"): 3872, (FactTable.RECEIVED, "received"): 3977}
    parts = evaluate(indicator("closure_rate"), counts)
    assert f"{100 * (parts.value or 0):.2f}" == "97.36"


def test_nothing_divided_by_nothing_is_none() -> None:
    assert evaluate(indicator("closure_rate"), {}).value is None
    assert evaluate(indicator("received"), {}).value == 0


def test_an_unknown_code_is_not_found() -> None:
    with pytest.raises(NotFound):
        indicator("no_such")


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    # Brown, Cai, DasGupta (2001): Wilson's interval at 95 %.
    [
        (19, 20, 0.7639, 0.9911),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_the_interval_of_a_share(numerator: int, denominator: int, low: float, high: float) -> None:
    found = wilson(numerator, denominator)
    assert found is not None
    assert [round(end, 4) for end in found] == [low, high]


def test_a_flow_that_exceeds_the_whole_and_an_empty_share_have_no_interval() -> None:
    assert wilson(11, 10) is None
    assert wilson(0, 0) is None


def test_the_page_of_indicators_is_up_to_date() -> None:
    assert indicator_page.PAGE.read_text("utf-8") == indicator_page.page()
