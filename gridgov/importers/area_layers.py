"""One layer of areas out of a GeoJSON, GeoPackage, Shapefile or KML file, through GDAL.

Geometries as they are drawn and the columns beside them, nothing judged yet.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
from pyogrio.raw import read

from gridgov.domain.area_imports import MOST_BYTES
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_encoding import decode_cell, encoding_of_table
from gridgov.importers.area_files import AreaFormat, Source, opened
from gridgov.importers.tables import column_named

# GDAL hands a Shapefile's bytes over one to one when told they are this.
_AS_BYTES = "ISO-8859-1"
# GDAL's own additions to what a KML file says.
_KML_OWN = frozenset(
    ("timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility")
    + ("drawOrder", "icon")
)
_GDAL_ERRORS = (DataSourceError, DataLayerError, FeatureError, GeometryError)
# Beyond 2^53 a number has lost digits when it was kept as a floating one.
_EXACT = 2.0**53
_WHOLE_NUMBER = re.compile(r"^(\d+)\.0+$")
_NO_WORDS: frozenset[str] = frozenset()
ROUNDED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it was read; `crs` is what the file itself says (WKT or code), or None.

    `geometries` holds None where a feature has none, `unreadable` the places of those
    that are no geometry at all. Feature numbers count from 1 in the file's order.
    """

    file: str
    crs: str | None
    geometries: NDArray[Any]
    unreadable: frozenset[int]
    columns: Mapping[str, NDArray[Any]]
    cut: Mapping[str, Sequence[int]]

    def __len__(self) -> int:
        """Count the features."""
        return len(self.geometries)

    def texts(self, column: str) -> list[str]:
        """Return a column as text, "" for nothing; whole numbers as their digits.

        A number that lost digits as a floating one comes back as ROUNDED.
        """
        return [_text(value) for value in self.columns[column].tolist()]

    def lists(self, column: str) -> list[frozenset[str]]:
        """Return a column of lists: a JSON list, or words between commas or semicolons."""
        return [_words(value) for value in self.columns[column].tolist()]

    def named(self, wanted: str, option: str) -> str:
        """Return the column with a name, whatever its case. Raises: InvalidInput."""
        return column_named(self.columns, wanted, option, self.file)


def read_layer(
    file: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    most_bytes: int = MOST_BYTES,
) -> Layer:
    """Read the areas of a file: the layer with a name, or the only one.

    Raises: InvalidInput (field areas: as `opened`, and no_features; field layer: missing,
    unknown; field encoding: unknown, looks_like, needed).
    """
    with opened(file, layer=layer, encoding=encoding, most_bytes=most_bytes) as source:
        try:
            return _read(source, layer, encoding)
        except _GDAL_ERRORS as error:
            # GDAL names its own copy of the file; people know theirs.
            reason = str(error).replace(str(source.path), source.file)
            sentence = f"{source.file} cannot be read: {reason}"
            raise InvalidInput("areas", "unreadable", sentence, file=file.name) from error


def _read(source: Source, layer: str | None, encoding: str | None) -> Layer:
    name = _layer_name(source, layer)
    shapefile = source.format is AreaFormat.SHAPEFILE
    options = {"DATE_AS_STRING": "YES"} if source.format is AreaFormat.GEOJSON else {}
    told = _AS_BYTES if shapefile else None
    meta, _, wkb, values = read(
        source.path, layer=name, encoding=told, force_2d=True, datetime_as_string=True, **options
    )
    if not len(wkb):
        sentence = f"{source.file} has no features"
        raise InvalidInput("areas", "no_features", sentence, file=source.file)
    columns = dict(zip(meta["fields"].tolist(), values, strict=True))
    cut: dict[str, list[int]] = {}
    if shapefile:
        columns, cut = _decoded(columns, source, encoding)
    if source.format is AreaFormat.KML:
        columns = {key: kept for key, kept in columns.items() if key not in _KML_OWN}
    geometries = shapely.from_wkb(wkb, on_invalid="fix")
    given = np.array([one is not None for one in wkb])
    return Layer(
        file=source.file,
        crs=meta["crs"] if source.names_crs else None,
        geometries=geometries,
        unreadable=frozenset(np.flatnonzero(given & shapely.is_missing(geometries)).tolist()),
        columns=columns,
        cut=cut,
    )


def _layer_name(source: Source, layer: str | None) -> str:
    names = [str(name) for name, kind in pyogrio.list_layers(source.path) if kind is not None]
    if not names:
        sentence = f"{source.file} has no layer with geometries"
        raise InvalidInput("areas", "no_features", sentence, file=source.file)
    if len(names) == 1 and (layer is None or source.format is not AreaFormat.GEOPACKAGE):
        return names[0]
    if layer is None:
        sentence = f"{source.file} has the layers {', '.join(names)}; choose one with --layer"
        raise InvalidInput("layer", "missing", sentence, layers=names)
    if layer not in names:
        sentence = f"{source.file} has no layer {layer}; it has: {', '.join(names)}"
        raise InvalidInput("layer", "unknown", sentence, layers=names)
    return layer


def _decoded(
    columns: Mapping[str, NDArray[Any]], source: Source, encoding: str | None
) -> tuple[dict[str, NDArray[Any]], dict[str, list[int]]]:
    """Return a Shapefile's columns with their texts decoded, and where a text was cut."""
    raw = {name: _raw_cells(values) for name, values in columns.items()}
    cells = [name.encode(_AS_BYTES) for name in columns]
    cells += [cell for column in raw.values() if column for cell in column if cell is not None]
    code = encoding_of_table(
        cells, told=encoding, cpg=source.cpg, code_page=_code_page(source.path), file=source.file
    )
    decoded: dict[str, NDArray[Any]] = {}
    cut: dict[str, list[int]] = {}
    try:
        for name, values in columns.items():
            title, _ = decode_cell(name.encode(_AS_BYTES), code)
            column = raw[name]
            decoded[title] = values if column is None else _texts_of(column, code, title, cut)
    except UnicodeDecodeError as error:
        sentence = (
            f"{source.file} holds text that is not {code} ({error.object[:30]!r}); "
            "name its encoding with --encoding"
        )
        raise InvalidInput(
            "encoding", "looks_like", sentence, file=source.file, said=code
        ) from error
    return decoded, cut


def _raw_cells(values: NDArray[Any]) -> list[bytes | None] | None:
    """Return the bytes of a column of texts, None for a column of another kind."""
    if values.dtype != object:
        return None
    return [None if cell is None else str(cell).encode(_AS_BYTES) for cell in values]


def _texts_of(
    cells: Sequence[bytes | None], code: str, title: str, cut: dict[str, list[int]]
) -> NDArray[Any]:
    texts = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        texts[place], lost = decode_cell(cell, code)
        if lost:
            cut.setdefault(title, []).append(place)
    return texts


def _code_page(path: Path) -> int:
    """Return the byte of a .dbf that may name its encoding."""
    with path.with_suffix(".dbf").open("rb") as table:
        head = table.read(30)
    return head[29] if len(head) == 30 else 0


def _words(value: object) -> frozenset[str]:
    if isinstance(value, np.ndarray):
        return frozenset(map(_text, value.tolist())) - {""}
    if value is None or value == "":
        return _NO_WORDS
    return frozenset(re.split(r"[\s,;，；、\[\]\"]+", _text(value))) - {""}


def _text(value: object) -> str:
    if isinstance(value, str):
        text = value.strip()
        # Numbers among texts come as text already.
        return _WHOLE_NUMBER.sub(r"\1", text) if text.endswith("0") else text
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if abs(value) > _EXACT:
            return ROUNDED
        if value.is_integer():
            value = int(value)
    return str(value)
