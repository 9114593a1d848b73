"""The report of an import: every refused or suspicious row with its line and reason."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from gridgov.importers.requests_file import RequestRow

REFUSED, SUSPICIOUS = "refused", "suspicious"
COLUMNS = ("file", "line", "id", "kind", "reason", "value")
# A spreadsheet would run what starts with one of these.
_FORMULA = ("=", "@", "\t", "\r")


@dataclass
class Report:
    """Writes findings as they come and counts them by kind and reason."""

    path: Path
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Open the file and write its header."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def refuse(self, row: RequestRow, reason: str, value: str = "") -> None:
        """Note a row that is not taken in."""
        self._note(row, REFUSED, reason, value)

    def suspect(self, row: RequestRow, reason: str, value: str = "") -> None:
        """Note something odd about a row that is taken in all the same."""
        self._note(row, SUSPICIOUS, reason, value)

    def refused(self) -> int:
        """Return how many rows were refused; each is refused once."""
        return sum(count for (kind, _), count in self.counts.items() if kind == REFUSED)

    def _note(self, row: RequestRow, kind: str, reason: str, value: str) -> None:
        self.counts[kind, reason] += 1
        told = f"'{value}" if value.startswith(_FORMULA) else value
        self._writer.writerow((row.file, row.line, row.get("id"), kind, reason, told))
