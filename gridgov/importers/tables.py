"""Reading other people's files: plain or gzip CSV and GeoJSON, streamed, with clear refusals."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.errors import InvalidInput

_GZIP_MARK = b"\x1f\x8b"

POLYGONS = ("Polygon", "MultiPolygon")
_LON_NAMES = ("longitude", "lon", "lng", "long", "x")
_LAT_NAMES = ("latitude", "lat", "y")


@contextmanager
def open_text(path: Path, field: str, encoding: str = "utf-8-sig") -> Iterator[IO[str]]:
    """Open a plain or gzip text file (told by its content, not its name), by default UTF-8.

    Raises:
        InvalidInput: `field`, reason `unreadable`, also while the file is being read.

    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MARK
        opener = gzip.open if packed else open
        with opener(path, "rt", encoding=encoding, newline="") as text:
            yield text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        name = encoding.removesuffix("-sig").upper()
        reason = f"{path.name} cannot be read as {name} text, plain or gzip: {error}"
        raise InvalidInput(field, "unreadable", reason, file=path.name) from error


def read_columns(path: Path, columns: Sequence[str], field: str) -> Iterator[tuple[str, ...]]:
    """Yield the named columns of each row of a CSV file; a short row gives empty text.

    Raises:
        InvalidInput: `field`, reason `unreadable`.

    """
    with open_text(path, field) as text:
        rows = csv.reader(text)
        header = next(rows, [])
        places = [header.index(column) for column in columns]
        for row in rows:
            yield tuple(row[place] if place < len(row) else "" for place in places)


def read_header(path: Path, field: str) -> list[str]:
    """Return the column names of a CSV file.

    Raises:
        InvalidInput: `field`, reason `unreadable` or `empty`.

    """
    with open_text(path, field) as text:
        header = next(csv.reader(text), None)
    if not header:
        raise InvalidInput(field, "empty", f"{path.name} has no header row", file=path.name)
    return header


def column_named(header: Iterable[str], wanted: str, field: str, file: str) -> str:
    """Return the column with a name, exactly or else without regard to case.

    Raises:
        InvalidInput: `field`, reason `missing_column`.

    """
    names = list(header)
    if wanted in names:
        return wanted
    alike = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
    if alike:
        return alike[0]
    raise InvalidInput(
        field,
        "missing_column",
        f"{file} has no column {wanted}; it has: {', '.join(names)}",
        file=file,
        column=wanted,
        columns=names,
    )


def coordinate_columns(
    header: Sequence[str], lon: str | None, lat: str | None, file: str
) -> tuple[str, str]:
    """Return the columns of longitude and latitude: as told, or by their usual names.

    Raises:
        InvalidInput: field `lon` or `lat`, reason `missing_column`.

    """
    return (
        _usual(header, lon, _LON_NAMES, "lon", file),
        _usual(header, lat, _LAT_NAMES, "lat", file),
    )


def _usual(
    header: Sequence[str], told: str | None, usual: Sequence[str], field: str, file: str
) -> str:
    """Return the column told, or the first usual one there is."""
    if told is not None:
        return column_named(header, told, field, file)
    plain = {name.strip().casefold(): name for name in reversed(header)}
    for name in usual:
        if name in plain:
            return plain[name]
    raise InvalidInput(
        field,
        "missing_column",
        f"{file} has no coordinate column named {', '.join(usual)}; name it with --{field}",
        file=file,
    )


def read_features(path: Path, field: str) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON file.

    Raises:
        InvalidInput: `field`, reason `unreadable` or `no_features`.

    """
    with open_text(path, field) as text:
        try:
            document = json.load(text)
        except ValueError as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            reason = f"{path.name} is no JSON: {error}"
            raise InvalidInput(field, "unreadable", reason, file=path.name) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        reason = f"{path.name} is no GeoJSON feature collection, or an empty one"
        raise InvalidInput(field, "no_features", reason, file=path.name)
    return features


def polygon_of(feature: dict[str, Any], areas: Path) -> BaseGeometry:
    """Return a feature's polygon in degrees, made valid if it is not.

    Raises:
        InvalidInput: field `areas`, reason `unreadable`, `not_polygons` or `not_degrees`.

    """
    try:
        geometry = shapely.geometry.shape(feature["geometry"])
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        reason = f"{areas.name} has a feature whose geometry cannot be read: {error}"
        raise InvalidInput("areas", "unreadable", reason, file=areas.name) from error
    if geometry.geom_type not in POLYGONS or geometry.is_empty:
        reason = f"{areas.name} has an empty polygon or a {geometry.geom_type}; it needs polygons"
        raise InvalidInput("areas", "not_polygons", reason, file=areas.name)
    west, south, east, north = geometry.bounds
    if west < -180.0 or east > 180.0 or south < -90.0 or north > 90.0:
        reason = f"{areas.name} is not in degrees (a coordinate is {west:.0f}, {south:.0f})"
        raise InvalidInput("areas", "not_degrees", reason, file=areas.name)
    if geometry.is_valid:
        return geometry
    return shapely.make_valid(geometry, method="structure", keep_collapsed=False)


def coordinate(lon: str, lat: str) -> tuple[float, float] | None:
    """Return a pair of degrees (lon, lat); None for blank, unreadable or impossible numbers."""
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        return None
    return (x, y) if abs(x) <= 180.0 and abs(y) <= 90.0 else None
