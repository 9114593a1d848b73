"""A report as data: sections of sentences, tables and charts. How it looks is the writers' affair.

The same book becomes a Word file and an Excel file (`gateways/book_word.py`,
`gateways/book_excel.py`), so that both say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

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
    """A column of a table; `width` is its share of the page, in relation to the others.

    `aside` says that it stands there to compare with: another period's figure, a difference.
    That it reads differently is no change of the report.
    """

    name: str
    kind: Kind = Kind.TEXT
    width: float = 1.0
    aside: bool = False


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
    shown = {
        Kind.COUNT: f"{cell:,.0f}",
        Kind.SHARE: f"{100 * cell:.2f}%",
        Kind.POINTS: f"{100 * cell:+.2f}",
        Kind.HOURS: f"{cell:,.1f}",
    }[kind]
    return shown.replace("-", "−")  # a hyphen lets a line break after it


def as_json(book: Book) -> dict[str, Any]:
    """Return a book as plain values, to be kept for ever: `from_json` gives it back."""
    return {
        "office": book.office,
        "title": book.title,
        "number": book.number,
        "period": book.period,
        "day": book.day,
        "sections": [
            {"heading": section.heading, "blocks": [_block_json(one) for one in section.blocks]}
            for section in book.sections
        ],
        "colophon": list(book.colophon),
    }


def _block_json(block: Block) -> dict[str, Any]:
    if isinstance(block, str):
        return {"text": block}
    if isinstance(block, Chart):
        return {
            "chart": block.title,
            "kind": str(block.kind),
            "categories": list(block.categories),
            "series": [[name, list(values)] for name, values in block.series],
            "words": block.words,
            "share": block.share,
        }
    return {
        "table": block.title,
        "columns": [[c.name, str(c.kind), c.width, c.aside] for c in block.columns],
        "rows": [[_cell_json(cell) for cell in row] for row in block.rows],
        "total": None if block.total is None else [_cell_json(cell) for cell in block.total],
        "note": block.note,
        "sheet": block.sheet,
    }


def _cell_json(cell: Cell) -> Any:
    return {"day": cell.isoformat()} if isinstance(cell, date) else cell


def from_json(kept: dict[str, Any]) -> Book:
    """Return the book that was kept by `as_json`."""
    sections = [
        Section(one["heading"], [_block(block) for block in one["blocks"]])
        for one in kept["sections"]
    ]
    head = {name: kept[name] for name in ("office", "title", "number", "period", "day")}
    return Book(**head, sections=sections, colophon=kept["colophon"])


def _block(kept: dict[str, Any]) -> Block:
    if "text" in kept:
        return str(kept["text"])
    if "chart" in kept:
        return Chart(
            kept["chart"],
            ChartKind(kept["kind"]),
            kept["categories"],
            [(name, values) for name, values in kept["series"]],
            kept["words"],
            kept["share"],
        )
    return Table(
        kept["table"],
        # Editions that were kept first do not say of a column whether it stands aside.
        [Column(name, Kind(kind), *rest) for name, kind, *rest in kept["columns"]],
        [[_cell(cell) for cell in row] for row in kept["rows"]],
        None if kept["total"] is None else [_cell(cell) for cell in kept["total"]],
        kept["note"],
        kept["sheet"],
    )


def _cell(kept: Any) -> Cell:
    if isinstance(kept, dict):
        return date.fromisoformat(kept["day"])
    cell: Cell = kept
    return cell
