"""The sample district's areas as the demo reads them: one committed, synthetic net.

`geodata/gaoming/areas.geojson.gz` holds them; `python -m gridgov.demo.build_net` makes it
anew. Outline, names and codes are real (see geodata/SOURCES.md), every line inside the
outline is made up.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry import mapping

from gridgov.domain.areas import AreaKind, AreaShape

GAOMING = Path(__file__).resolve().parents[2] / "geodata" / "gaoming"
AREAS_FILE = GAOMING / "areas.geojson.gz"


@dataclass(frozen=True, slots=True)
class Landmark:
    """A synthetic place people would name (a school, a market), WGS-84 degrees."""

    name: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """One area of the sample district; `geometry` is WGS-84 in degrees, lon before lat.

    `kind` is district, town, village, grid or professional. The parent of a professional
    grid is the village its code begins with. `categories` are the minor category codes a
    professional grid takes over, empty for all others. Only grids have landmarks.
    """

    code: str
    parent_code: str
    kind: str
    name: str
    name_en: str
    geometry: Polygon | MultiPolygon
    categories: tuple[str, ...] = ()
    landmarks: tuple[Landmark, ...] = ()

    def shape(self) -> AreaShape:
        """Return the area as the rules know it."""
        return AreaShape(
            code=self.code,
            parent_code=self.parent_code or None,
            kind=AreaKind(self.kind),
            name=self.name,
            name_en=self.name_en,
            geometry=self.geometry,
            categories=frozenset(self.categories),
            landmarks=tuple(mark.name for mark in self.landmarks),
        )


def load_areas(path: Path = AREAS_FILE) -> list[AreaRecord]:
    """Return all areas of the sample district, parents before children.

    District, towns, villages, unit grids, professional grids; each kind sorted by code.
    """
    with gzip.open(path, mode="rt", encoding="utf-8") as lines:
        document = json.load(lines)
    return [_record(feature) for feature in document["features"]]


def write_areas(areas: Sequence[AreaRecord], path: Path) -> None:
    """Write the areas as gzipped GeoJSON; the same areas give the same bytes."""
    features = [_feature(area) for area in areas]
    lines = ",\n".join(
        json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features
    )
    text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
    ):
        packed.write(text.encode("utf-8"))


def _record(feature: Mapping[str, Any]) -> AreaRecord:
    properties = feature["properties"]
    return AreaRecord(
        code=properties["code"],
        parent_code=properties["parent_code"],
        kind=properties["kind"],
        name=properties["name"],
        name_en=properties["name_en"],
        geometry=_geometry(feature["geometry"]),
        categories=tuple(properties["categories"]),
        landmarks=tuple(Landmark(**landmark) for landmark in properties["landmarks"]),
    )


def _geometry(geometry: Mapping[str, Any]) -> Polygon | MultiPolygon:
    if geometry["type"] == "Polygon":
        shell, *holes = geometry["coordinates"]
        return Polygon(shell, holes)
    return MultiPolygon([(shell, holes) for shell, *holes in geometry["coordinates"]])


def _feature(area: AreaRecord) -> dict[str, Any]:
    # One start and one turn for each ring, as RFC 7946 wants it: outer rings counter-clockwise.
    geometry = shapely.orient_polygons(shapely.normalize(area.geometry))
    return {
        "type": "Feature",
        "properties": {
            "code": area.code,
            "parent_code": area.parent_code,
            "kind": area.kind,
            "name": area.name,
            "name_en": area.name_en,
            "categories": list(area.categories),
            "landmarks": [
                {"name": mark.name, "name_en": mark.name_en, "lon": mark.lon, "lat": mark.lat}
                for mark in area.landmarks
            ],
            "synthetic": True,
        },
        "geometry": mapping(geometry),
    }
