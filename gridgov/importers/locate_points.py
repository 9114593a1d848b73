"""A file of points, row by row: which grid each belongs to, or why that cannot be said."""

import codecs
import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gridgov.domain.datum import Datum, to_wgs84
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.routing import Placement
from gridgov.importers.tables import column_named, coordinate_columns, open_text
from gridgov.services import routing
from gridgov.services.reference import Reference

FIELD = "points"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a file are called; None for one that is not there.

    Longitude and latitude are found by their usual names where nothing is said.
    """

    lon: str | None = None
    lat: str | None = None
    accuracy: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row has no place: a stable reason, and what stood there."""

    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: the line it ends on, its cells by column, and where it belongs."""

    line: int
    cells: Mapping[str, str]
    found: Placement | Refusal


class PointsFile:
    """A CSV file of points, plain or gzip, whose header was checked."""

    def __init__(self, path: Path, columns: Columns, encoding: str = "utf-8") -> None:
        """Check the header.

        Raises: InvalidInput (fields points, encoding, lon, lat, accuracy, category).
        """
        self._path = path
        try:
            plain = codecs.lookup(encoding).name
        except LookupError as error:
            sentence = f"there is no encoding {encoding}; usual ones are utf-8 and gbk"
            raise InvalidInput("encoding", "unknown", sentence) from error
        self._encoding = "utf-8-sig" if plain == "utf-8" else plain
        with open_text(path, FIELD, self._encoding) as text:
            header = next(csv.reader(text), [])
        if not any(header):
            raise InvalidInput(FIELD, "empty", f"{path.name} has no header row")
        self.header = tuple(name.strip() for name in header)
        if len(set(self.header)) < len(self.header):
            twice = sorted({name for name in self.header if self.header.count(name) > 1})
            sentence = f"{path.name} has a column twice: {', '.join(twice)}"
            raise InvalidInput(FIELD, "column_twice", sentence)
        self._lon, self._lat = coordinate_columns(self.header, columns.lon, columns.lat, path.name)
        self._accuracy = self._named(columns.accuracy, "accuracy")
        self._category = self._named(columns.category, "category")

    def _named(self, wanted: str | None, field: str) -> str | None:
        if wanted is None:
            return None
        return column_named(self.header, wanted, field, self._path.name)

    def located(self, reference: Reference, datum: Datum) -> Iterator[Row]:
        """Yield the rows with where each belongs in the district's net; blank lines are left out.

        Raises: InvalidInput (field points, reason unreadable), also half-way.
        """
        with open_text(self._path, FIELD, self._encoding) as text:
            reader = csv.reader(text)
            next(reader, None)
            for cells in reader:
                if any(cells):
                    row = dict(zip(self.header, cells, strict=False))
                    # A cell too many shifts what every column means.
                    wide = len(cells) > len(self.header) and any(cells[len(self.header) :])
                    long = Refusal("too_many_cells", cells[-1])
                    found = long if wide else self._place(row, reference, datum)
                    yield Row(reader.line_num, row, found)

    def _place(
        self, row: Mapping[str, str], reference: Reference, datum: Datum
    ) -> Placement | Refusal:
        told = f"{row.get(self._lon, '')} {row.get(self._lat, '')}".strip()
        pair = _number(row.get(self._lon)), _number(row.get(self._lat))
        if pair[0] is None or pair[1] is None:
            return Refusal("unreadable_position" if told else "no_position", told)
        accuracy = row.get(self._accuracy or "", "").strip()
        metres = _number(accuracy)
        if accuracy and (metres is None or metres < 0):
            return Refusal("unreadable_accuracy", accuracy)
        category = row.get(self._category or "", "").strip()
        if category and category not in reference.catalogue:
            return Refusal("unknown_category", category)
        try:
            position = to_wgs84(lon=pair[0], lat=pair[1], datum=datum)
            return routing.locate(reference, position, category, metres)
        except InvalidInput:
            return Refusal("not_on_earth", told)
        except OutsideJurisdiction:
            return Refusal("outside", told)


def _number(text: str | None) -> float | None:
    """Return a finite number, None for anything else."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if math.isfinite(found) else None
