"""How the book of indicators is written: short ways to say a definition."""

from typing import Any

from gridgov.domain.counters import FactTable
from gridgov.domain.indicator_model import Better, Example, Indicator, Kind, Term, Terms, Words

GB = "GB/T 30428.4"
CJ = "CJ/T 292"
JSJB = "接诉即办"
HOUSE = "gridgov"
UP, DOWN, NEITHER = Better.UP, Better.DOWN, Better.NEITHER
_TABLES = {"": FactTable.RECEIVED, "h": FactTable.HAPPENED, "d": FactTable.DUE}

# What was counted, the numerator and denominator that follow, and how the value prints.
Worked = tuple[str, int, int | None, str]


def terms(text: str) -> Terms:
    """Read terms: `closed` by the day received, `h:closed` by the day it happened, `d:closed`
    by the day due, `2*closed_grid` counted twice.
    """  # noqa: D205, D415
    found = []
    for word in text.split():
        weight, _, name = word.rpartition("*")
        table, _, counter = name.rpartition(":")
        found.append(Term(_TABLES[table], counter, int(weight or 1)))
    return tuple(found)


def worked(line: Worked) -> Example:
    """Read a worked example: `closed=140 received=170`."""
    text, numerator, denominator, shown = line
    counts = {}
    for word in text.split():
        name, _, number = word.partition("=")
        (term,) = terms(name)
        counts[term.table, term.counter] = int(number)
    return Example(counts, numerator, denominator, shown)


def count(
    code: str,
    name: tuple[str, str],
    formula: tuple[str, str],
    numerator: str,
    example: Worked,
    better: Better = NEITHER,
    source: str = GB,
    **more: Any,
) -> Indicator:
    """Return the definition of a number of cases or acts."""
    return Indicator(
        code=code,
        name=Words(*name),
        formula=Words(*formula),
        kind=Kind.COUNT,
        better=better,
        numerator=terms(numerator),
        denominator=(),
        source=source,
        example=worked(example),
        **more,
    )


def share(
    code: str,
    name: tuple[str, str],
    formula: tuple[str, str],
    of: str,
    example: Worked,
    better: Better = UP,
    source: str = GB,
    **more: Any,
) -> Indicator:
    """Return the definition of a share; `of` says "numerator / denominator" in terms."""
    numerator, _, denominator = of.partition("/")
    return Indicator(
        code=code,
        name=Words(*name),
        formula=Words(*formula),
        kind=more.pop("kind", Kind.SHARE),
        better=better,
        numerator=terms(numerator),
        denominator=terms(denominator),
        source=source,
        example=worked(example),
        **more,
    )
