"""Which of the shipped mappings a GeoJSON file of areas is for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_mapping import AreasMapping
from gridgov.importers.mapping import FileMapping, read_mapping, shipped
from gridgov.importers.tables import polygon_of, read_features


def mapping_for(file: Path) -> FileMapping:
    """Return the one shipped mapping whose properties and box a file of areas fits.

    Raises: InvalidInput (field mapping, reason unknown or ambiguous).
    """
    features = read_features(file, "areas")
    known = [read_mapping(path) for path in shipped()]
    fitting = [one for one in known if one.areas is not None and _fits(one.areas, features, file)]
    names = ", ".join(str(one.path.parent.name) for one in fitting)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        sentence = f"{file.name} fits several mappings ({names}); name one with --mapping"
        raise InvalidInput("mapping", "ambiguous", sentence, file=file.name)
    properties = ", ".join(sorted(features[0].get("properties") or {}))
    sentence = (
        f"no shipped mapping fits {file.name} (its properties are: {properties or 'none'}); "
        "write one and name it with --mapping (docs/import.md)"
    )
    raise InvalidInput("mapping", "unknown", sentence, file=file.name)


def _fits(areas: AreasMapping, features: Sequence[dict[str, Any]], file: Path) -> bool:
    wanted = [name for name in (areas.code, areas.name, areas.parent) if name is not None]
    if any(name not in (one.get("properties") or {}) for one in features for name in wanted):
        return False
    if areas.box is None:
        return True
    inside = shapely.box(*areas.box)
    return all(inside.covers(polygon_of(feature, file)) for feature in features)
