"""Files of areas as other programs write them: by pyogrio, and tables byte by byte."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyogrio.raw import write
from shapely.geometry.base import BaseGeometry

CGCS2000_PRJ = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)
DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".kml": "LIBKML", ".geojson": "GeoJSON"}


def written(
    path: Path,
    geometries: Sequence[BaseGeometry | None],
    columns: Mapping[str, Sequence[Any]],
    *,
    crs: str | None = "EPSG:4490",
    layer: str = "grids",
    **options: Any,
) -> Path:
    """Write a layer by pyogrio alone; the format follows the suffix."""
    wkb = shapely.to_wkb(np.array(geometries, dtype=object))
    values = [
        np.array(cells, dtype=object if isinstance(cells[0], str) else None)
        for cells in columns.values()
    ]
    options.setdefault("geometry_type", "Unknown" if path.suffix == ".gpkg" else "Polygon")
    write(
        path, wkb, values, list(columns),
        driver=DRIVERS[path.suffix], crs=crs, layer=layer, **options,
    )  # fmt: skip
    return path


def survey(
    folder: Path,
    squares: Sequence[BaseGeometry],
    columns: Mapping[str, Sequence[str]],
    encoding: str,
    *,
    cpg: str | None = None,
    code_page: int = 0,
    width: int = 40,
    prj: str | None = CGCS2000_PRJ,
    name: str = "grids",
) -> Path:
    """A zipped Shapefile whose table is made here byte by byte, in any encoding."""
    shp = written(folder / f"{name}.shp", squares, {"n": list(range(len(squares)))}, crs=None)
    shp.with_suffix(".dbf").write_bytes(_table(columns, encoding, code_page, width))
    for suffix, text in ((".cpg", cpg), (".prj", prj)):
        shp.with_suffix(suffix).unlink(missing_ok=True)
        if text is not None:
            shp.with_suffix(suffix).write_text(text, encoding="ascii")
    return zipped(folder / f"{name}.zip", shp.parent.glob(f"{name}.[!z]*"))


def _table(
    columns: Mapping[str, Sequence[str]], encoding: str, code_page: int, width: int
) -> bytes:
    count = len(next(iter(columns.values())))
    head = struct.pack(
        "<B3BIHH17xB2x", 3, 126, 11, 22, count, 33 + 32 * len(columns), 1 + width * len(columns),
        code_page,
    )  # fmt: skip
    for title in columns:
        head += struct.pack("<11sc4xB15x", title.encode(encoding)[:10], b"C", width)
    rows = b"".join(
        b" "
        + b"".join(cells[row].encode(encoding)[:width].ljust(width) for cells in columns.values())
        for row in range(count)
    )
    return head + b"\x0d" + rows + b"\x1a"


def zipped(path: Path, parts: Any) -> Path:
    """Pack files side by side."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(parts):
            archive.write(part, part.name)
    return path
