"""What an act must know of its district: calendar, catalogue, units, net.

Reading a net of 700 polygons for each report would cost more than the report, so
each process keeps what it read per district, version and settings revision; a
cheap look at the district's row notices a new one. That cache is the one
module-level state of the services (architecture, decision 5).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import WorkingCalendar
from gridgov.domain.errors import InvalidInput, Unavailable
from gridgov.domain.routing import Net, RoutingSettings
from gridgov.storage import areas, calendar, catalogue, districts
from gridgov.storage.districts import District

Landmarks = Mapping[str, tuple[Mapping[str, object], ...]]


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as pages name it."""

    code: str
    name: str
    name_en: str
    level: str
    area_code: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A district's reference data, as of one grid, catalogue and settings version."""

    district_code: str
    name: str
    name_en: str
    zone: ZoneInfo
    calendar: WorkingCalendar
    catalogue_version: int
    catalogue: Mapping[str, Category]
    majors: Mapping[str, Category]
    units: Mapping[str, UnitName]
    net: Net
    routing: RoutingSettings
    landmarks: Landmarks

    def category(self, code: str | None) -> Category:
        """Return a minor class. Raises: InvalidInput (field category)."""
        if not code:
            raise InvalidInput("category", "missing")
        found = self.catalogue.get(code)
        if found is None:
            raise InvalidInput("category", "unknown", code=code)
        return found

    def local_day(self, moment: datetime) -> date:
        """Return the district's day at a moment."""
        return moment.astimezone(self.zone).date()


_lock = threading.Lock()
_kept: dict[tuple[str, str], tuple[tuple[object, ...], Reference]] = {}


def of(session: Session, district_code: str) -> Reference:
    """Return the reference data of a district, read once per process and version.

    Raises: NotFound for an unknown district, Unavailable before the first grid version.
    """
    district = districts.get(session, district_code)
    key = (str(session.get_bind().engine.url), district_code)
    stamp = (
        district.grid_version,
        district.catalogue_version,
        district.settings.get("revision", 0),
        district.opened_at,
    )
    kept = _kept.get(key)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    with _lock:
        kept = _kept.get(key)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _read(session, district))
            _kept[key] = kept
    return kept[1]


def _read(session: Session, district: District) -> Reference:
    version = areas.active_version(session, district.code)
    if version is None:
        raise Unavailable(f"district {district.code} has no active grid version")
    rows = areas.of_version(session, version.id)
    categories = [
        Category.from_json(row.rules)
        for row in catalogue.categories(session, district.code, district.catalogue_version)
    ]
    settings = district.settings
    return Reference(
        district_code=district.code,
        name=district.name,
        name_en=district.name_en,
        zone=ZoneInfo(district.timezone),
        calendar=_calendar(session, district),
        catalogue_version=district.catalogue_version,
        catalogue={item.code: item for item in categories if item.parent_code is not None},
        majors={item.code: item for item in categories if item.parent_code is None},
        units={
            unit.code: UnitName(unit.code, unit.name, unit.name_en, unit.level, unit.area_code)
            for unit in catalogue.units(session, district.code)
        },
        net=Net(version.number, district.code, map(_shape, rows), synthetic=version.synthetic),
        routing=RoutingSettings(**settings.get("routing", {})),
        landmarks={row.code: tuple(row.landmarks) for row in rows if row.landmarks},
    )


def _shape(row: areas.Area) -> AreaShape:
    return AreaShape(
        code=row.code,
        parent_code=row.parent_code,
        kind=AreaKind(row.kind),
        name=row.name,
        name_en=row.name_en,
        geometry=row.geometry,
        categories=frozenset(row.categories),
        landmarks=tuple(str(mark["name"]) for mark in row.landmarks),
    )


def _calendar(session: Session, district: District) -> WorkingCalendar:
    settings = district.settings
    hours = tuple(
        (time.fromisoformat(opens), time.fromisoformat(closes))
        for opens, closes in settings["working_hours"]
    )
    first, last = (date.fromisoformat(day) for day in settings["calendar_span"])
    return WorkingCalendar(
        timezone=district.timezone,
        hours=hours,
        days=calendar.exceptions(session, district.code),
        first=first,
        last=last,
    )
