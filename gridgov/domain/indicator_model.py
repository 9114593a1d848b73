"""What an indicator is: names, a formula over counters, and how it is read.

One evaluator computes all of them from sums of counters, so the cases behind a figure are
those that count in its numerator or denominator: nothing has to be said twice.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gridgov.domain.counters import SCHEDULED, Dim, FactTable

FEW = 20  # fewer cases than this are not ranked
Z_95 = 1.959963984540054  # of the normal distribution: 95 % on both sides


class Kind(StrEnum):
    """What a value is."""

    COUNT = "count"
    SHARE = "share"  # 0 to 1, a flow may exceed it
    INDEX = "index"
    HOURS = "hours"  # natural hours


class Better(StrEnum):
    """In which direction it is better."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Part(StrEnum):
    """Which cases of a figure are asked for."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """Return the words in a language: Chinese for everything but English."""
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Term:
    """A counter of a table, so many times."""

    table: FactTable
    counter: str
    weight: int = 1


Terms = tuple[Term, ...]
Counts = Mapping[tuple[FactTable, str], int]


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: what was counted, and what comes out (numerator, denominator)."""

    counts: Counts
    numerator: int
    denominator: int | None
    shown: str


@dataclass(frozen=True, slots=True)
class Spell:
    """A quantile of how long something took, of the cases received in the period."""

    dim: Dim
    share: float
    ended: str  # the counter of those it ended for


@dataclass(frozen=True, slots=True)
class Indicator:
    """The definition of a figure. Whatever changes its meaning gets another version."""

    code: str
    name: Words
    formula: Words
    kind: Kind
    better: Better
    numerator: Terms
    denominator: Terms
    source: str
    example: Example
    version: int = 1
    spell: Spell | None = None
    sampled: bool = False  # a sample of what it speaks of: never without its interval

    @property
    def definition(self) -> str:
        """Return the name under which reports and programs keep the definition."""
        return f"{self.code}_v{self.version}"

    @property
    def terms(self) -> Terms:
        """Return all terms."""
        return self.numerator + self.denominator

    @property
    def by_received(self) -> bool:
        """Tell whether it speaks of the cases received in the period."""
        return all(term.table is FactTable.RECEIVED for term in self.terms)

    @property
    def ripens(self) -> bool:
        """Tell whether it is low while the cases are young: then its maturity belongs to it."""
        return [term.counter for term in self.denominator] == ["received"] and self.by_received

    @property
    def moves_by_itself(self) -> bool:
        """Tell whether it changes by the passing of days, without an act."""
        return any(term.counter in SCHEDULED for term in self.terms)

    def of_part(self, part: Part) -> Terms:
        """Return the terms of a part."""
        return self.numerator if part is Part.NUMERATOR else self.denominator


@dataclass(frozen=True, slots=True)
class Parts:
    """What an indicator comes to: `denominator` is None for a count."""

    numerator: int
    denominator: int | None

    @property
    def value(self) -> float | None:
        """Return numerator / denominator, the number itself for a count, None for n / 0."""
        if self.denominator is None:
            return float(self.numerator)
        return self.numerator / self.denominator if self.denominator else None


def total(terms: Sequence[Term], counts: Counts) -> int:
    """Return the sum of some terms."""
    return sum(term.weight * counts.get((term.table, term.counter), 0) for term in terms)


def evaluate(indicator: Indicator, counts: Counts) -> Parts:
    """Return what an indicator comes to, given the sums of its counters."""
    numerator = total(indicator.numerator, counts)
    if not indicator.denominator:
        return Parts(numerator, None)
    return Parts(numerator, total(indicator.denominator, counts))


def counters_needed(indicators: Sequence[Indicator]) -> dict[FactTable, tuple[str, ...]]:
    """Return the counters some indicators are made of, by table."""
    found: dict[FactTable, dict[str, None]] = {}
    for indicator in indicators:
        for term in indicator.terms:
            found.setdefault(term.table, {})[term.counter] = None
    return {table: tuple(names) for table, names in found.items()}


def wilson(numerator: int, denominator: int, z: float = Z_95) -> tuple[float, float] | None:
    """Return the interval in which a share lies, 95 % sure; None for n / 0.

    Source: Wilson (1927). Unlike p ± z·s it holds for few cases and for 0 and 100 %.
    """
    if denominator <= 0 or not 0 <= numerator <= denominator:
        return None
    share, n = numerator / denominator, denominator
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)
