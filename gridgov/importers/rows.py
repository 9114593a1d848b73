"""Rows of a CSV file that a person fills in: every refusal names the line and the column.

All refused rows come back in one error, so that one look at the file puts it right.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from gridgov.domain.errors import InvalidInput
from gridgov.importers.tables import open_text

# A file of another kind has a refusal in every row; nobody reads more than these.
MOST_REFUSALS = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file (counted from 1, the header included) and its cells."""

    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """Return a cell that must be filled. Raises: InvalidInput (reason blank)."""
        if not self.cells[column]:
            self.refuse(column, "blank")
        return self.cells[column]

    def flag(self, column: str) -> bool:
        """Return a cell that holds 0 or 1. Raises: InvalidInput (reason not_0_or_1)."""
        if self.cells[column] not in ("0", "1"):
            self.refuse(column, "not_0_or_1")
        return self.cells[column] == "1"

    def refuse(self, column: str, reason: str) -> NoReturn:
        """Refuse the row because of one cell. Raises: InvalidInput (field is the column)."""
        value = self.cells.get(column, "")
        sentence = f"line {self.line}, {column}: {reason} ({value!r})"
        raise InvalidInput(column, reason, sentence, line=self.line, value=value)


def read_records(
    path: Path, columns: Sequence[str], field: str, read: Callable[[Row], T]
) -> list[T]:
    """Return what `read` makes of each row of a UTF-8 CSV file with exactly these columns.

    Cells are stripped, blank lines passed over. Raises: InvalidInput, for the file (`field`,
    reason unreadable or wrong_columns) or for its rows: field, reason, line and value of
    the first refusal, and as `rows` all of them (line, column, reason, value), at most 50.
    """
    records: list[T] = []
    refused: list[InvalidInput] = []
    for line, cells in _lines(path, columns, field):
        try:
            records.append(read(_row(line, cells, columns, field)))
        except InvalidInput as error:
            refused.append(error)
            if len(refused) == MOST_REFUSALS:
                break
    if refused:
        raise _together(path, refused)
    return records


def _lines(path: Path, columns: Sequence[str], field: str) -> Iterator[tuple[int, list[str]]]:
    with open_text(path, field) as text:
        reader = csv.reader(text, strict=True)
        header = [name.strip() for name in next(reader, [])]
        if header != list(columns):
            sentence = f"{path.name}, line 1: the columns must be {','.join(columns)}"
            raise InvalidInput(field, "wrong_columns", sentence, line=1, columns=list(columns))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]


def _row(line: int, cells: Sequence[str], columns: Sequence[str], field: str) -> Row:
    if len(cells) != len(columns):
        sentence = f"line {line}: {len(cells)} cells instead of {len(columns)}"
        raise InvalidInput(field, "wrong_width", sentence, line=line, value=",".join(cells))
    return Row(line, dict(zip(columns, cells, strict=True)))


def _together(path: Path, refused: Sequence[InvalidInput]) -> InvalidInput:
    """Return one error for all refused rows; the first speaks for them."""
    first = refused[0]
    rows = [{"column": error.field, "reason": error.reason, **error.values} for error in refused]
    sentence = f"{path.name}, {'; '.join(map(str, refused))}"
    return InvalidInput(first.field, first.reason, sentence, **first.values, rows=rows)
