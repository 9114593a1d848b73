"""Write docs/indicators.md from the book: `python -m tests.support.indicator_page`."""

from pathlib import Path

from gridgov.domain.counters import FactTable
from gridgov.domain.indicator_book import FAMILIES
from gridgov.domain.indicator_model import Indicator, Terms
from gridgov.domain.spells import bin_of

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "indicators.md"
# Of four cases two ended, after 600 and 1,200 minutes; two are open, 300 and 2,000 old.
EXAMPLE_SPELLS = ({bin_of(600): 1, bin_of(1200): 1}, {bin_of(300): 1, bin_of(2000): 1})
_DAY = {FactTable.RECEIVED: "", FactTable.HAPPENED: "happened:", FactTable.DUE: "due:"}
HEAD = """# Indicators

Written from the definitions in `gridgov/domain/indicator_book*.py` by `python -m tests.support.indicator_page`; the numbers of each example run through the evaluator that computes the figures ([tests](../tests/domain/test_indicator_book.py)).

Every figure is a sum of counters, or one sum divided by another. A counter stands on the local day a case was received; `due:` on the day it is due, `happened:` on the day something happened to it. *Valid* is every case that is not rejected, void, merged or transferred. What is divided by nothing prints "—"; fewer than 20 cases are not ranked. A definition that changes its meaning gets a new version.

**Four closure rates.** In June 200 cases come in: 10 become void, 15 are merged, 5 transferred; of the 170 valid ones 140 are closed by the end of the month, and 28 older ones. 150 of the 170 fall due in June, 136 of them are closed, 120 in time. Then the clearance (A) is 168 / 170 = 98.8 %, the closure rate (B) 140 / 170 = 82.4 % at a maturity of 88.2 %, the closure of what was due (C) 136 / 150 = 90.7 %, on time 120 / 150 = 80.0 %, and of what should be closed (D) 140 / 154 = 90.9 %. The stock goes from 40 to 42: 40 + 200 − 168 − 10 − 15 − 5.

**Times** are Kaplan–Meier quantiles of natural hours: cases that are open count up to their age, so a quarter in which only the easy cases are closed does not look fast. Durations are kept in bins of 1/16 of an octave; a quantile is at most 4.4 % (or one minute) off the one of the durations. Of open cases the day is known, not the hour.

**Surges** compare today with the same weekday of eight weeks before: the chance of so many or more under a Gamma-Poisson predictive distribution, widened where the past scatters more; a warning is what would come once in a hundred days on a board of steady counts, and at least five cases.
"""  # noqa: E501 - a paragraph is one line


def terms(found: Terms) -> str:
    """A sum of counters."""
    return " + ".join(
        f"{'' if term.weight == 1 else f'{term.weight} × '}`{_DAY[term.table]}{term.counter}`"
        for term in found
    )


def example(one: Indicator) -> str:
    """A worked example in numbers."""
    shown = one.example
    if one.spell is not None:
        return f"two of four ended, after 10 h and 20 h; open for 5 h and 33 h: {shown.shown}"
    if shown.denominator is None:
        return shown.shown
    return f"{shown.numerator:,} / {shown.denominator:,} = {shown.shown}"


def row(one: Indicator) -> str:
    """One definition as a line of the table."""
    counted = terms(one.numerator)
    if one.denominator:
        counted += f" ÷ {terms(one.denominator)}"
    cells = [
        f"`{one.code}`",
        f"{one.name.zh}<br>{one.name.en}",
        f"{one.formula.zh}<br>{one.formula.en}",
        counted,
        str(one.better),
        f"v{one.version}",
        one.source,
        example(one),
    ]
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """The whole page."""
    head = "| code | name | formula | counters | better | version | source | example |"
    parts = [HEAD]
    for name, family in FAMILIES:
        lines = [f"## {name.zh} · {name.en}", "", head, "|---|---|---|---|---|---|---|---|"]
        parts.append("\n".join([*lines, *map(row, family)]) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
