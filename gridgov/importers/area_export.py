"""A version's areas as a file other programs read, in the datum they want.

Codes are text in every format, names are UTF-8, corners keep all their digits: what is
written here and read again by `gridgov import areas` is the same net.
"""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyogrio.raw import write

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_files import AreaFormat
from gridgov.importers.area_projection import Frame, from_wgs84, system_of

SUFFIXES: Mapping[str, AreaFormat] = {
    ".geojson": AreaFormat.GEOJSON,
    ".json": AreaFormat.GEOJSON,
    ".gpkg": AreaFormat.GEOPACKAGE,
    ".zip": AreaFormat.SHAPEFILE,
    ".kml": AreaFormat.KML,
}
LAYER = "areas"
_DRIVERS = {
    AreaFormat.GEOJSON: "GeoJSON",
    AreaFormat.GEOPACKAGE: "GPKG",
    AreaFormat.SHAPEFILE: "ESRI Shapefile",
    AreaFormat.KML: "LIBKML",
}
_WRITTEN_AS = {
    AreaFormat.GEOJSON: ".geojson",
    AreaFormat.GEOPACKAGE: ".gpkg",
    AreaFormat.SHAPEFILE: ".shp",
    AreaFormat.KML: ".kml",
}
# 15 digits behind the point are more than a double has: nothing is rounded.
_OPTIONS: Mapping[AreaFormat, Mapping[str, str]] = {
    AreaFormat.GEOJSON: {"COORDINATE_PRECISION": "15"},
    AreaFormat.SHAPEFILE: {"ENCODING": "UTF-8"},
}
_COLUMNS = ("code", "name", "name_en", "kind", "parent_code", "categories")
# A Shapefile's columns have ten letters, its texts 254 bytes; longer ones are cut unseen.
_SHORT = {"parent_code": "parent"}
_DBF_BYTES = 254


def format_of(file: Path) -> AreaFormat:
    """Return the format a file's name asks for. Raises: InvalidInput (file, unknown_format)."""
    found = SUFFIXES.get(file.suffix.casefold())
    if found is None:
        sentence = f"{file.name}: the name must end in one of {', '.join(SUFFIXES)}"
        raise InvalidInput("file", "unknown_format", sentence, file=file.name)
    return found


def write_areas(
    file: Path, areas: Sequence[AreaShape], frame: Frame, kinds: Sequence[AreaKind] = ()
) -> int:
    """Write areas (all, or those of some kinds) in a frame, and return how many.

    The format follows the file's name; the file appears when it is whole. Raises:
    InvalidInput (field file: unknown_format, unwritable; field areas: none, too_long;
    field datum: degrees_only; field crs: inaccurate).
    """
    chosen = [area for area in areas if not kinds or area.kind in kinds]
    kind = format_of(file)
    _check(file.name, kind, chosen, frame)
    geometries = from_wgs84(np.array([area.geometry for area in chosen], dtype=object), frame)
    try:
        with TemporaryDirectory(prefix="gridgov-areas-", dir=file.parent) as folder:
            written = _write(Path(folder), kind, chosen, geometries, frame)
            os.replace(written, file)
    except OSError as error:
        sentence = f"{file.name} cannot be written: {error.strerror or error}"
        raise InvalidInput("file", "unwritable", sentence, file=file.name) from error
    return len(chosen)


def _check(file: str, kind: AreaFormat, areas: Sequence[AreaShape], frame: Frame) -> None:
    if not areas:
        raise InvalidInput("areas", "none", f"{file}: there is no area of these kinds", file=file)
    if kind is AreaFormat.KML and not frame.in_degrees:
        sentence = f"KML holds degrees only, not {frame.name}; choose .gpkg or .zip"
        raise InvalidInput("datum", "degrees_only", sentence, file=file)
    if kind is not AreaFormat.SHAPEFILE:
        return
    for area in areas:
        for name, value in _values(area).items():
            if len(value.encode()) > _DBF_BYTES:
                sentence = (
                    f"the {name} of {area.code} is longer than the {_DBF_BYTES} bytes a "
                    "Shapefile holds; choose .gpkg or .geojson"
                )
                raise InvalidInput("areas", "too_long", sentence, code=area.code)


def _write(
    folder: Path,
    kind: AreaFormat,
    areas: Sequence[AreaShape],
    geometries: NDArray[Any],
    frame: Frame,
) -> Path:
    path = folder / f"{LAYER}{_WRITTEN_AS[kind]}"
    rows = [_values(area) for area in areas]
    columns = [np.array([row[name] for row in rows], dtype=object) for name in _COLUMNS]
    short = _SHORT if kind is AreaFormat.SHAPEFILE else {}
    write(
        path,
        shapely.to_wkb(geometries),
        columns,
        [short.get(name, name) for name in _COLUMNS],
        layer=_layer(frame),
        driver=_DRIVERS[kind],
        geometry_type="MultiPolygon" if kind is AreaFormat.GEOPACKAGE else "Polygon",
        promote_to_multi=kind is AreaFormat.GEOPACKAGE,
        crs=system_of(frame),
        **_OPTIONS.get(kind, {}),
    )
    return _zipped(folder, path) if kind is AreaFormat.SHAPEFILE else path


def _layer(frame: Frame) -> str:
    """Name the layer; formats without a place for GCJ-02 and BD-09 say it there."""
    return LAYER if frame.datum not in (Datum.GCJ02, Datum.BD09) else f"{LAYER}-{frame.datum}"


def _values(area: AreaShape) -> dict[str, str]:
    texts = (area.code, area.name, area.name_en, str(area.kind), area.parent_code or "")
    return dict(zip(_COLUMNS, (*texts, ",".join(sorted(area.categories))), strict=True))


def _zipped(folder: Path, path: Path) -> Path:
    """Pack a Shapefile's parts into one zip."""
    parts = sorted(path.parent.glob(f"{path.stem}.*"))
    packed = folder / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, part.name)
    return packed
