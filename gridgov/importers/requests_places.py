"""Where a request of a file belongs: by its own label, else by its position, else the tray."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, LonLat, to_wgs84
from gridgov.domain.errors import OutsideJurisdiction
from gridgov.domain.routing import Net, Placement, Rule
from gridgov.importers.default_geocodes import Coordinate
from gridgov.importers.labels import by_letters, way_to_compare
from gridgov.importers.requests_file import RequestRow
from gridgov.importers.requests_report import Report
from gridgov.importers.tables import coordinate
from gridgov.services.reference import Reference

_REMEMBERED_PLACES = 100_000
NOWHERE = (0.0, 0.0)  # the Gulf of Guinea: what an empty pair of numbers becomes


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row belongs. `sent` is the pair as written, `position` None for no real place."""

    placement: Placement
    sent: tuple[float, float] | None
    position: LonLat | None
    notes: tuple[str, ...]


class Places:
    """Places rows in a district's net; what is odd goes into the report."""

    def __init__(
        self,
        reference: Reference,
        columns: Mapping[str, str],
        datum: Datum | None,
        defaults: frozenset[Coordinate],
        report: Report,
    ) -> None:
        """Prepare the labels of the net."""
        self._net: Net = reference.net
        self._settings = reference.routing
        self._labelled = "area" in columns
        self._located = "lon" in columns
        self._datum = datum or Datum.WGS84
        self._defaults = defaults
        self._report = report
        areas = [a for a in self._net.areas() if a.kind is not AreaKind.DISTRICT]
        self._plain = way_to_compare([a.code for a in areas if a.kind is AreaKind.GRID])
        # Coarse areas first, so that a grid of the same name takes the label.
        self._codes: dict[str, str] = {}
        for area in sorted(areas, key=lambda a: list(AreaKind).index(a.kind)):
            self._codes |= {
                word: area.code
                for word in map(self._plain, (area.name, area.name_en, area.code))
                if word
            }
        self._named = lru_cache(maxsize=None)(self._placed_by_label)
        self._covering = lru_cache(maxsize=_REMEMBERED_PLACES)(self._covers)
        self._at = lru_cache(maxsize=_REMEMBERED_PLACES)(self._placed_by_position)

    def of(self, row: RequestRow, category_code: str) -> Placed:
        """Return where a row belongs."""
        notes: list[str] = []
        sent, position = self._position(row, notes)
        if self._labelled:
            placement = self._by_label(row, position, notes)
        else:
            placement = self._by_position(row, position, category_code, notes)
        return Placed(placement, sent, position, tuple(notes))

    def _position(
        self, row: RequestRow, notes: list[str]
    ) -> tuple[Coordinate | None, LonLat | None]:
        if not self._located:
            return None, None
        lon, lat = row.get("lon"), row.get("lat")
        told = f"{lon} {lat}".strip()
        sent = coordinate(lon, lat)
        if sent is None or sent == NOWHERE:
            reason = "missing_coordinates" if not told or sent else "unreadable_coordinates"
            self._report.suspect(row, reason, told)
            notes.append(reason)
            return None, None
        if sent in self._defaults:
            self._report.suspect(row, "default_coordinate", told)
            notes.append("default_coordinate")
            return sent, None
        return sent, to_wgs84(lon=sent[0], lat=sent[1], datum=self._datum)

    def _by_label(self, row: RequestRow, position: LonLat | None, notes: list[str]) -> Placement:
        label = row.get("area")
        code = self._codes.get(self._plain(label)) if label else None
        if code is None:
            reason = "unknown_label" if label else "blank_label"
            self._report.suspect(row, reason, label)
            notes.append(reason)
            return self._named(self._net.district_code)
        if self._plain is by_letters and by_letters(label) != label.casefold():
            self._report.suspect(row, "odd_label", label)
        if position is not None and not self._agrees(code, position):
            self._report.suspect(row, "label_and_position_disagree", label)
            notes.append("label_and_position_disagree")
        return self._named(code)

    def _agrees(self, code: str, position: LonLat) -> bool:
        return code in self._covering(self._net.area(code).kind, position.lon, position.lat)

    def _covers(self, kind: AreaKind, lon: float, lat: float) -> frozenset[str]:
        return frozenset(self._net.covering(LonLat(lon=lon, lat=lat), kind))

    def _by_position(
        self, row: RequestRow, position: LonLat | None, category_code: str, notes: list[str]
    ) -> Placement:
        if position is None:
            return self._named(self._net.district_code)
        found = self._at(position.lon, position.lat, category_code)
        if found is None or found.rule is Rule.OUTSIDE:
            self._report.suspect(row, "outside_every_area", f"{position.lon} {position.lat}")
            notes.append("outside_every_area")
        return found or self._named(self._net.district_code)

    def _placed_by_position(self, lon: float, lat: float, category_code: str) -> Placement | None:
        try:
            return self._net.locate(
                LonLat(lon=lon, lat=lat), category=category_code, settings=self._settings
            )
        except OutsideJurisdiction:
            return None

    def _placed_by_label(self, code: str) -> Placement:
        """Return the placement for an area the file itself named, or the district's tray."""
        area = self._net.area(code)
        rule = Rule.DISTRICT_TRAY if area.kind is AreaKind.DISTRICT else Rule.LABEL
        return Placement(
            area_code=code,
            path=tuple(step.code for step in self._net.path(code)),
            grid_code=code if area.kind is AreaKind.GRID else None,
            rule=rule,
            version=self._net.version,
            border_m=0.0,
            neighbour_code=None,
            accuracy_m=None,
            near_boundary=False,
            candidates=(),
            too_vague=False,
        )
