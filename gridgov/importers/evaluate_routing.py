"""Score the product's own router against requests whose area an authority has named.

Every point goes through `Net.locate`, on a flat net made of the areas' polygons
joined by label. The nearest-grid tolerance is off: here a point outside every
polygon counts as a miss, so that the score measures the polygons and nothing else.

What the figures count:

- `points`: rows with usable coordinates; `labelled`: those whose label is not blank.
- `agreed`: labelled points whose area is the label. Labels are compared without
  case, spaces and punctuation ("C-11" is C11), and by the number they hold where
  all area labels are numbers ("Ward 3" and "03" are 3).
- `default_geocode`: labelled points on a default geocode, right or wrong
  (`default_geocodes.py` has the rule).
- `edge_10m`, `far`: the misses elsewhere, within 10 m of the right polygon or not.
- `agreement` = agreed / labelled. `agreement_without_default_geocode` leaves the
  points on a default geocode out of numerator and denominator, and
  `…_and_edge` leaves the edge misses out of the denominator too.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput, OutsideJurisdiction
from gridgov.domain.geometry import distance_to_border_m
from gridgov.domain.routing import AreaKind, AreaShape, Net, RoutingSettings
from gridgov.importers.default_geocodes import Coordinate, address_column, convicted, suspects
from gridgov.importers.labels import way_to_compare
from gridgov.importers.tables import (
    column_named,
    coordinate,
    coordinate_columns,
    polygon_of,
    read_columns,
    read_features,
    read_header,
)

EDGE_M = 10.0

_SETTINGS = RoutingSettings(nearest_tolerance_m=0.0)
# Rows repeat coordinates (three times on average in Boston); bounded, to stay modest.
_REMEMBERED_PLACES = 100_000


@dataclass(slots=True)
class _Tally:
    """Labelled points counted by what became of them."""

    labelled: int = 0
    agreed: int = 0
    edge: int = 0

    def add(self, other: "_Tally") -> None:
        """Take another tally in."""
        self.labelled += other.labelled
        self.agreed += other.agreed
        self.edge += other.edge


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingEvaluation:
    """The score; shares are 0 to 1, or None where nothing could be counted."""

    rows: int
    points: int
    labelled: int
    agreed: int
    default_geocode: int
    default_geocode_agreed: int
    edge_10m: int
    far: int
    default_geocodes: tuple[Coordinate, ...]

    @property
    def agreement(self) -> float | None:
        """Return agreed / labelled."""
        return _ratio(self.agreed, self.labelled)

    @property
    def agreement_without_default_geocode(self) -> float | None:
        """Return the agreement among the points that lie on no default geocode."""
        elsewhere = self.labelled - self.default_geocode
        return _ratio(self.agreed - self.default_geocode_agreed, elsewhere)

    @property
    def agreement_without_default_geocode_and_edge(self) -> float | None:
        """Return the same with the misses within 10 m of the right polygon left out."""
        elsewhere = self.labelled - self.default_geocode - self.edge_10m
        return _ratio(self.agreed - self.default_geocode_agreed, elsewhere)

    def as_json(self) -> dict[str, Any]:
        """Return counts, shares and the default geocodes found (lon, lat), ready for JSON."""
        return {
            "rows": self.rows,
            "points": self.points,
            "labelled": self.labelled,
            "agreed": self.agreed,
            "default_geocode": self.default_geocode,
            "default_geocode_agreed": self.default_geocode_agreed,
            "edge_10m": self.edge_10m,
            "far": self.far,
            "agreement": self.agreement,
            "agreement_without_default_geocode": self.agreement_without_default_geocode,
            "agreement_without_default_geocode_and_edge": (
                self.agreement_without_default_geocode_and_edge
            ),
            "default_geocodes": [list(place) for place in self.default_geocodes],
        }


@dataclass(slots=True)
class _Evidence:
    """What the second reading gathers; suspects are kept apart until they are judged."""

    elsewhere: _Tally = field(default_factory=_Tally)
    on_suspect: dict[Coordinate, _Tally] = field(default_factory=dict)
    addresses: dict[Coordinate, set[str]] = field(default_factory=dict)

    def tally_for(self, suspect: Coordinate, address: str) -> _Tally:
        """Return a suspect's own tally, and note the address written beside it."""
        if address:
            self.addresses.setdefault(suspect, set()).add(address)
        return self.on_suspect.setdefault(suspect, _Tally())


@dataclass(frozen=True, slots=True)
class _Source:
    """One file of requests and the columns that matter in it."""

    path: Path
    lon: str
    lat: str
    label: str
    address: str | None

    def rows(self) -> Iterator[tuple[Coordinate | None, str, str]]:
        """Yield (coordinate or None, label, address) of each row."""
        columns = [self.lon, self.lat, self.label]
        if self.address is not None:
            columns.append(self.address)
        for lon, lat, label, *address in read_columns(self.path, columns, "requests"):
            yield coordinate(lon, lat), label.strip(), " ".join(address).strip().casefold()


def evaluate(
    areas: Path,
    label_field: str,
    requests: Sequence[Path],
    label_column: str,
    lon_column: str | None = None,
    lat_column: str | None = None,
) -> RoutingEvaluation:
    """Send every request through the router and compare with the label it carries.

    `areas` is GeoJSON in WGS-84 (plain or gzip), `requests` are CSV files (plain or
    gzip) that are read twice, in a stream: what is kept grows with the number of
    different coordinates, not of rows.

    Raises:
        InvalidInput: field `areas`, `label_field`, `requests`, `label_column`, `lon`
            or `lat`; the message says what is wrong with which file.

    """
    net, plain = _net_of(areas, label_field)
    sources = [_source(path, label_column, lon_column, lat_column) for path in requests]
    if not sources:
        raise InvalidInput("requests", "missing", "no file of requests was named")
    rows, counts = _count(sources)
    crowded = suspects(counts)
    evidence = _compare(net, plain, sources, crowded)
    addressed = any(source.address is not None for source in sources)
    defaults = convicted(counts, evidence.addresses if addressed else None)
    return _score(rows, counts, evidence, defaults)


def _count(sources: Sequence[_Source]) -> tuple[int, Counter[Coordinate]]:
    """Count the rows, and the requests on each coordinate."""
    rows = 0
    counts: Counter[Coordinate] = Counter()
    for source in sources:
        for place, _, _ in source.rows():
            rows += 1
            if place is not None:
                counts[place] += 1
    return rows, counts


def _compare(
    net: Net,
    plain: Callable[[str], str],
    sources: Sequence[_Source],
    crowded: frozenset[Coordinate],
) -> _Evidence:
    """Route every point and tally it, with the addresses written beside the suspects."""
    evidence = _Evidence()
    routed = lru_cache(maxsize=_REMEMBERED_PLACES)(partial(_routed, net))
    for place, label, address in chain.from_iterable(source.rows() for source in sources):
        if place is None:
            continue
        found = routed(place)
        tally = evidence.tally_for(place, address) if place in crowded else evidence.elsewhere
        if label:
            _judge(tally, found, plain(label), place, net)
    return evidence


def _routed(net: Net, place: Coordinate) -> str | None:
    """Return the area the product's router gives a point, None outside every polygon."""
    try:
        return net.locate(LonLat(lon=place[0], lat=place[1]), settings=_SETTINGS).area_code
    except OutsideJurisdiction:
        return None


def _judge(tally: _Tally, found: str | None, expected: str, place: Coordinate, net: Net) -> None:
    """Count one labelled point."""
    tally.labelled += 1
    if found == expected:
        tally.agreed += 1
        return
    right = net.find(expected)
    if right is None or right.geometry is None:
        return
    position = LonLat(lon=place[0], lat=place[1])
    on_it = shapely.intersects_xy(right.geometry, *place)
    tally.edge += bool(on_it or distance_to_border_m(right.geometry, position) <= EDGE_M)


def _score(
    rows: int,
    counts: Counter[Coordinate],
    evidence: _Evidence,
    defaults: frozenset[Coordinate],
) -> RoutingEvaluation:
    """Add the tallies up, now that the default geocodes are known."""
    elsewhere, on_default = evidence.elsewhere, _Tally()
    for place, tally in evidence.on_suspect.items():
        (on_default if place in defaults else elsewhere).add(tally)
    return RoutingEvaluation(
        rows=rows,
        points=counts.total(),
        labelled=elsewhere.labelled + on_default.labelled,
        agreed=elsewhere.agreed + on_default.agreed,
        default_geocode=on_default.labelled,
        default_geocode_agreed=on_default.agreed,
        edge_10m=elsewhere.edge,
        far=elsewhere.labelled - elsewhere.agreed - elsewhere.edge,
        default_geocodes=tuple(sorted(defaults)),
    )


def _source(path: Path, label: str, lon: str | None, lat: str | None) -> _Source:
    """Find the columns of one file."""
    header = read_header(path, "requests")
    lon, lat = coordinate_columns(header, lon, lat, path.name)
    label = column_named(header, label, "label_column", path.name)
    return _Source(path, lon, lat, label, address_column(header))


def _net_of(areas: Path, label_field: str) -> tuple[Net, Callable[[str], str]]:
    """Make a flat net of the features joined by label, and the way labels compare."""
    labelled: list[tuple[str, BaseGeometry]] = []
    for feature in read_features(areas, "areas"):
        label = (feature.get("properties") or {}).get(label_field)
        if label is not None and str(label).strip():
            labelled.append((str(label), polygon_of(feature, areas)))
    if not labelled:
        raise InvalidInput(
            "label_field", "missing_field", f"no feature of {areas.name} has a {label_field}"
        )
    plain = way_to_compare(label for label, _ in labelled)
    parts: dict[str, list[BaseGeometry]] = {}
    for label, polygon in labelled:
        parts.setdefault(plain(label), []).append(polygon)
    shapes = (
        AreaShape(code, None, AreaKind.GRID, code, code, shapely.union_all(polygons))
        for code, polygons in parts.items()
    )
    return Net(1, "", shapes), plain


def _ratio(numerator: int, denominator: int) -> float | None:
    """Return a share, or None of nothing."""
    return numerator / denominator if denominator else None
