"""A report as data: sections of sentences, tables and charts. How it looks is the writers' affair.

The same book becomes a Word file and an Excel file (`gateways/book_word.py`,
`gateways/book_excel.py`), so that both say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

Cell = str | int | float | date | None


class Kind(StrEnum):
    """What the numbers of a column are, and so how they are written and added up."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"  # 0 to 1, written as a percentage
    POINTS = "points"  # difference of two shares, written in percentage points
    HOURS = "hours"
    DAY = "day"


class ChartKind(StrEnum):
    """How a chart is drawn."""

    LINE = "line"
    COLUMN = "column"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` is its share of the page, in relation to the others."""

    name: str
    kind: Kind = Kind.TEXT
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `total` is written as the last row, apart from the others.

    A cell is None where there is no value: it is written "—", never 0.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: str = ""
    # Name of the sheet in the Excel file; Excel takes 31 signs at most.
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over categories, with the sentence that says what it shows (also for screen readers).

    values of a series: one for each category, None where there is none.
    """

    title: str
    kind: ChartKind
    categories: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None]]]
    words: str
    share: bool = False


Block = str | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of a report."""

    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Book:
    """A whole report.

    `rows` of the head are what a reader has to know to find it again: edition, definition,
    position of the log; they stand small at the end.
    """

    office: str
    title: str
    number: str
    period: str
    day: str
    sections: Sequence[Section]
    colophon: Sequence[str] = field(default_factory=tuple)

    def tables(self) -> list[Table]:
        """Return every table, in order."""
        return [b for section in self.sections for b in section.blocks if isinstance(b, Table)]


NOTHING = "—"


def written(cell: Cell, kind: Kind) -> str:
    """Return a cell as people read it."""
    if cell is None:
        return NOTHING
    if kind is Kind.TEXT or isinstance(cell, str):
        return str(cell)
    if kind is Kind.DAY or isinstance(cell, date):
        return cell.isoformat() if isinstance(cell, date) else str(cell)
    return {
        Kind.COUNT: f"{cell:,.0f}",
        Kind.SHARE: f"{100 * cell:.2f}%",
        Kind.POINTS: f"{100 * cell:+.2f}",
        Kind.HOURS: f"{cell:,.1f}",
    }[kind]
