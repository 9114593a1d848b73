"""The rows of a service-request CSV, by what their columns mean."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gridgov.domain.errors import InvalidInput
from gridgov.importers.mapping import RequestsMapping
from gridgov.importers.tables import column_named, open_text


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One row: its file, the line it ends on, and its cells by meaning.

    Cells are stripped; a column the file lacks is "". `width` says `short` or `long`
    where the row has fewer cells than the header, or more that are not blank.
    """

    file: str
    line: int
    cells: Mapping[str, str]
    width: str | None = None

    def get(self, meaning: str) -> str:
        """Return a cell by its meaning, "" where there is none."""
        return self.cells.get(meaning, "")


@dataclass(frozen=True, slots=True)
class RequestFile:
    """One file whose header was checked against the mapping."""

    path: Path
    mapping: RequestsMapping
    places: Mapping[str, int]
    width: int

    @classmethod
    def open(cls, path: Path, mapping: RequestsMapping) -> "RequestFile":
        """Check the header. Raises: InvalidInput (field is columns.… of the mapping)."""
        formats = mapping.formats
        with open_text(path, "requests", formats.encoding) as text:
            header = next(csv.reader(text, delimiter=formats.delimiter), [])
        if not header:
            raise InvalidInput("requests", "empty", f"{path.name} has no header row")
        places = {
            meaning: header.index(column_named(header, name, f"columns.{meaning}", path.name))
            for meaning, name in mapping.columns.items()
        }
        return cls(path, mapping, places, len(header))

    def rows(self) -> Iterator[RequestRow]:
        """Yield the rows, blank lines passed over. Raises: InvalidInput (unreadable)."""
        formats = self.mapping.formats
        places = list(self.places.items())
        with open_text(self.path, "requests", formats.encoding) as text:
            reader = csv.reader(text, delimiter=formats.delimiter)
            next(reader, None)
            for cells in reader:
                if not any(cells):
                    continue
                width = None
                if len(cells) != self.width:
                    width = _width(cells, self.width)
                    cells = cells + [""] * (self.width - len(cells))
                # No database keeps NUL in a text.
                found = {
                    meaning: cells[place].replace("\0", "").strip() for meaning, place in places
                }
                yield RequestRow(self.path.name, reader.line_num, found, width)


def _width(cells: list[str], wanted: int) -> str | None:
    if len(cells) < wanted:
        return "short"
    return "long" if any(cell.strip() for cell in cells[wanted:]) else None
