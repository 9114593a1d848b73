"""How often each class is reported, by month and hour, and in which tone: a small file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gridgov.importers.rows import Row, read_records

COLUMNS = ("category", "tone", "weight", "months", "hours")
TONES = ("nuisance", "sudden", "urgent", "plain", "secret", "quiet", "danger")
_SPAN = re.compile(r"(\d+)(?:-(\d+))?:(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class ClassRow:
    """How a class is reported: tone, weight, and factors for 12 months and 24 hours."""

    category: str
    tone: str
    weight: float
    months: tuple[float, ...]
    hours: tuple[float, ...]


def read_classes(path: Path) -> Mapping[str, ClassRow]:
    """Return the rows of the file by class code, sorted by code.

    A span is `6-9:3` (three times as often from June to September); `22-5:2` runs past
    midnight. Raises: InvalidInput with line, column and reason of each refused row: blank,
    unknown_tone, not_a_number, bad_span, twice.
    """
    seen: set[str] = set()

    def read(row: Row) -> ClassRow:
        category = row.text("category")
        if category in seen:
            row.refuse("category", "twice")
        seen.add(category)
        if row.text("tone") not in TONES:
            row.refuse("tone", "unknown_tone")
        if not re.fullmatch(r"\d+(\.\d+)?", row.text("weight")):
            row.refuse("weight", "not_a_number")
        months, hours = _factors(row, "months", 1, 12), _factors(row, "hours", 0, 24)
        return ClassRow(category, row.cells["tone"], float(row.cells["weight"]), months, hours)

    rows = read_records(path, COLUMNS, "texts", read)
    return {row.category: row for row in sorted(rows, key=lambda row: row.category)}


def _factors(row: Row, column: str, first: int, count: int) -> tuple[float, ...]:
    """Return a factor for each of `count` months or hours, the lowest being `first`."""
    factors = [1.0] * count
    for written in row.cells[column].split():
        span = _SPAN.fullmatch(written)
        if span is None:
            row.refuse(column, "bad_span")
        start, end = int(span[1]) - first, int(span[2] or span[1]) - first
        if not (0 <= start < count and 0 <= end < count):
            row.refuse(column, "bad_span")
        for place in range(start, end + 1 if end >= start else end + 1 + count):
            factors[place % count] = float(span[3])
    return tuple(factors)
