"""What another edition of a report says differently: cell by cell, for people to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridgov.domain.books import Book, Cell, Column, Kind, Table, written


@dataclass(frozen=True, slots=True)
class Change:
    """One figure that reads differently; `before` or `after` is None for a row of one edition."""

    table: str
    row: str
    column: str
    before: str | None
    after: str | None

    def words(self, *, chinese: bool) -> str:
        """Return the change as a line: "各镇街：明城镇，办结 57 → 58"; says what came or went."""
        colon, comma = ("：", "，") if chinese else (": ", ", ")
        cell = f"{self.table}{colon}{self.row}{comma}{self.column}"
        if self.before is None:
            return (
                f"{cell}{comma}本版新增 {self.after}" if chinese else f"{cell}, new: {self.after}"
            )
        if self.after is None:
            return (
                f"{cell}{comma}原 {self.before}，本版已无"
                if chinese
                else f"{cell}, was {self.before}, gone"
            )
        return f"{cell} {self.before} → {self.after}"


def changes(before: Book, after: Book) -> list[Change]:
    """Return what tables of two editions say differently, in the order of the newer one.

    Rows are compared by their first cell, columns by their names; a row that came or went is
    told by its numbers. What only stands aside to compare with is not told: it moves as time
    goes on. Sentences and charts are made of the same figures.
    """
    old = {table.title: table for table in before.tables()}
    found: list[Change] = []
    for table in after.tables():
        found += _in_table(old.pop(table.title, None), table)
    for gone in old.values():
        found += _in_table(gone, None)
    return found


def _in_table(before: Table | None, after: Table | None) -> Iterator[Change]:
    known = after or before
    if known is None:
        return
    aside = _aside(before) | _aside(after)
    old, new = _cells(before), _cells(after)
    for key in dict.fromkeys([*new, *old]):
        was, now = old.get(key), new.get(key)
        row, column = key
        if was != now and column not in aside:
            yield Change(known.title, row, column, was, now)


def _cells(table: Table | None) -> dict[tuple[str, str], str]:
    """Return (row, column) → what stands there; of rows of one name the later are numbered."""
    if table is None:
        return {}
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    seen: dict[str, int] = {}
    found: dict[tuple[str, str], str] = {}
    for cells in rows:
        name = str(cells[0])
        seen[name] = seen.get(name, 0) + 1
        row = name if seen[name] == 1 else f"{name} ({seen[name]})"
        found |= _row(row, table.columns[1:], cells[1:])
    return found


def _row(row: str, columns: Sequence[Column], cells: Sequence[Cell]) -> dict[tuple[str, str], str]:
    named = zip(_names(columns), columns, cells, strict=True)
    return {(row, name): written(cell, column.kind) for name, column, cell in named}


def _names(columns: Sequence[Column]) -> list[str]:
    """Return the names of columns; of those of one name the later are numbered."""
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        again = seen[column.name]
        found.append(column.name if again == 1 else f"{column.name} {again}")
    return found


def _aside(table: Table | None) -> set[str]:
    if table is None:
        return set()
    columns = table.columns[1:]
    named = zip(_names(columns), columns, strict=True)
    return {name for name, column in named if column.aside or column.kind is Kind.POINTS}
