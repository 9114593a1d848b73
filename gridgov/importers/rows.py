"""Rows of a CSV file that a person fills in: every refusal names the line."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from gridgov.domain.errors import InvalidInput
from gridgov.importers.tables import open_text


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


def read_rows(path: Path, columns: Sequence[str], field: str) -> Iterator[Row]:
    """Yield the rows of a UTF-8 CSV file with exactly these columns, cells stripped.

    Blank lines are passed over. Raises: InvalidInput (`field`, reason unreadable,
    wrong_columns or wrong_width, with `line`).
    """
    with open_text(path, field) as text:
        reader = csv.reader(text, strict=True)
        header = [name.strip() for name in next(reader, [])]
        if header != list(columns):
            sentence = f"{path.name}, line 1: the columns must be {','.join(columns)}"
            raise InvalidInput(field, "wrong_columns", sentence, line=1, columns=list(columns))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                sentence = f"{path.name}, line {reader.line_num}: {len(cells)} cells"
                raise InvalidInput(field, "wrong_width", sentence, line=reader.line_num)
            values = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
            yield Row(reader.line_num, values)
