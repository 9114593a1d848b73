"""`gridgov import catalogue`: a first catalogue, drafted from the requests themselves.

It gives every class of the files a code, its usual limit and its usual unit; somebody
who knows the place goes over it before it is used.
"""

import csv
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import IO
from zoneinfo import ZoneInfo

from gridgov.domain.errors import InvalidInput
from gridgov.importers.catalogue import CATEGORY_COLUMNS, read_units
from gridgov.importers.mapping import FileMapping, RequestsMapping, read_mapping
from gridgov.importers.mapping_table import plain
from gridgov.importers.moments import Reader
from gridgov.importers.requests_categories import UNNAMED
from gridgov.importers.requests_file import RequestFile, RequestRow

TILES = 8  # what residents see first
UTC_NAME = "UTC"
USUAL = {
    **dict.fromkeys(CATEGORY_COLUMNS, ""),
    "severity": "1",
    "default_level": "district",
    "self_close": "0",
    "accept_limit": "1WD",
    "confidential": "0",
    "public": "1",
    "after_photo": "0",
    "direct_unit": "0",
    "icon": "other",
}


@dataclass(slots=True)
class _Kind:
    """What the rows of one class tell about it."""

    count: int = 0
    days: list[float] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)


def draft(files: Sequence[Path], mapping_file: Path) -> list[dict[str, str]]:
    """Return the rows of a catalogue file for the classes of some request files.

    The limit to handle is the median of what the files gave themselves, rounded up to
    whole days. Raises: InvalidInput.
    """
    mapping = read_mapping(mapping_file)
    if mapping.requests is None:
        raise InvalidInput("mapping", "no_requests", f"{mapping_file.name} has no [columns]")
    kinds = _gather([RequestFile.open(path, mapping.requests) for path in files], mapping)
    groups = sorted({group for group, _ in kinds})
    if len(groups) > 99:
        raise InvalidInput("categories", "too_many", f"{len(groups)} major classes, 99 fit")
    tiles = {key: str(n) for n, key in enumerate(_largest(kinds), 1)}
    usual = str(mapping.requests.categories.handle_limit)
    rows: list[dict[str, str]] = []
    for number, group in enumerate(groups, 1):
        major = f"{number:02d}"
        rows.append({**USUAL, "code": major, **_named(group), "handle_limit": usual})
        below = sorted(key for key in kinds if key[0] == group)
        if len(below) > 99:
            raise InvalidInput("categories", "too_many", f"{group}: {len(below)} classes, 99 fit")
        for count, key in enumerate(below, 1):
            told = {"code": f"{major}{count:02d}", "parent_code": major, **_named(key[1])}
            rows.append({**USUAL, **told, **_learnt(kinds[key], usual), "tile": tiles.get(key, "")})
    return rows


def write(rows: Sequence[dict[str, str]], out: IO[str]) -> None:
    """Write the rows as `read_catalogue` reads them."""
    writer = csv.DictWriter(out, CATEGORY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _gather(files: Sequence[RequestFile], mapping: FileMapping) -> dict[tuple[str, str], _Kind]:
    requests, units = mapping.requests, _units(mapping)
    assert requests is not None  # the caller looked
    moments = Reader(requests.formats.dates, _zone(mapping, requests))
    kinds: dict[tuple[str, str], _Kind] = {}
    for file in files:
        for row in file.rows():
            key = row.get("group") or UNNAMED, row.get("category") or UNNAMED
            kind = kinds.setdefault(key, _Kind())
            kind.count += 1
            kind.days += _days(row, moments)
            unit = units.get(plain(row.get("unit")))
            if unit is not None:
                kind.units[unit] += 1
    return kinds


def _zone(mapping: FileMapping, requests: RequestsMapping) -> ZoneInfo:
    if requests.formats.zone is not None:
        return requests.formats.zone
    return ZoneInfo(mapping.district.timezone if mapping.district is not None else UTC_NAME)


def _units(mapping: FileMapping) -> dict[str, str]:
    if mapping.district is None or mapping.district.units is None:
        return {}
    return {
        plain(word): unit.code
        for unit in read_units(mapping.district.units)
        for word in (unit.code, unit.name, unit.name_en)
    }


def _days(row: RequestRow, moments: Reader) -> list[float]:
    opened, target = moments.read(row.get("opened")), moments.read(row.get("target"))
    if opened is None or target is None or target.at <= opened.at:
        return []
    return [(target.at - opened.at) / timedelta(days=1)]


def _largest(kinds: dict[tuple[str, str], _Kind]) -> list[tuple[str, str]]:
    return sorted(kinds, key=lambda key: (-kinds[key].count, key))[:TILES]


def _named(name: str) -> dict[str, str]:
    return {"name": name, "name_en": name}


def _learnt(kind: _Kind, usual: str) -> dict[str, str]:
    limit = f"{min(math.ceil(median(kind.days)), 2000)}D" if kind.days else usual
    unit = kind.units.most_common(1)[0][0] if kind.units else ""
    return {"handle_limit": limit, "unit_code": unit, "direct_unit": "1" if unit else "0"}
