"""What an act must know of its district: calendar, catalogue, units, net.

Reading a net of 700 polygons for each report would cost more than the report, so
each process keeps what it read per district, version and settings revision; a
cheap look at the district's row notices a new one. That cache is the one
module-level state of the services (architecture, decision 5).
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.catalogue import Category
from gridgov.domain.closing import ClosingRule
from gridgov.domain.deadlines import WorkingCalendar
from gridgov.domain.errors import InvalidInput, Unavailable
from gridgov.domain.replies import ReplyText
from gridgov.domain.routing import Net, Outside, RoutingSettings
from gridgov.domain.stage_limits import Allowed, over, read_limits
from gridgov.domain.stages import URGENT, as_it_counts
from gridgov.domain.storms import StormRule
from gridgov.services import nets
from gridgov.services.nets import Landmarks
from gridgov.storage import areas, calendar, catalogue, districts
from gridgov.storage.areas import GridVersion
from gridgov.storage.catalogue import Unit
from gridgov.storage.districts import District


class Classed(Protocol):
    """What of a case tells its class: a whole case, or those columns of it."""

    @property
    def category_code(self) -> str:
        """Return its minor class."""

    @property
    def catalogue_version(self) -> int:
        """Return the version of the catalogue it came under."""


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as pages name it."""

    code: str
    name: str
    name_en: str
    level: str
    area_code: str
    ended: bool = False  # keeps its name, and is given nothing any more


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """Local days, both included, that a district's board offers by a name."""

    name: str
    name_en: str
    first: date
    last: date

    def as_json(self) -> dict[str, str]:
        """Return the period for the district's settings."""
        return {
            "name": self.name,
            "name_en": self.name_en,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Reference:
    """A district's reference data, as of one grid, catalogue and settings version."""

    district_code: str
    name: str
    name_en: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    calendar: WorkingCalendar
    catalogue_version: int
    catalogue: Mapping[str, Category]
    majors: Mapping[str, Category]
    units: Mapping[str, UnitName]
    inboxes: Mapping[str | None, str]  # area → the unit that receives what is passed up to it
    net: Net
    routing: RoutingSettings
    storm: StormRule
    closing: ClosingRule
    landmarks: Landmarks
    usual_limits: Mapping[str, Allowed]  # stage → what holds where a class says nothing
    ladder: bool = False  # what nobody signs climbs, what is late is put under supervision
    natural_from: int | None = None  # severity from which limits run at night and on holidays
    periods: tuple[NamedPeriod, ...] = ()
    replies: tuple[ReplyText, ...] = ()
    former: Mapping[str, AreaShape] = field(default_factory=dict)  # of older versions only
    # Code → what held from which catalogue version on, oldest first; None where it ended.
    past_classes: Mapping[str, tuple[tuple[int, Category | None], ...]] = field(
        default_factory=dict
    )

    def area(self, code: str | None) -> AreaShape | None:
        """Return an area of the active net, or as it was called last when it was in one."""
        return self.net.find(code) or self.former.get(code or "")

    def category(self, code: str | None) -> Category:
        """Return a minor class. Raises: InvalidInput (field category)."""
        if not code:
            raise InvalidInput("category", "missing")
        found = self.catalogue.get(code)
        if found is None:
            raise InvalidInput("category", "unknown", code=code)
        return found

    def category_of(self, case: Classed) -> Category:
        """Return the class of a case as its own catalogue version has it: it keeps its rules.

        Raises: InvalidInput (field category) for a class that version never had.
        """
        lines = self.past_classes.get(case.category_code, ())
        found = [line for since, line in lines if since <= case.catalogue_version and line]
        return found[-1] if found else self.category(case.category_code)

    def ever_held(self) -> Iterator[Category]:
        """Yield each minor class as it held last, those that ended as well."""
        for lines in self.past_classes.values():
            last = [line for _since, line in lines if line is not None][-1:]
            yield from (line for line in last if line.parent_code is not None)

    def local_day(self, moment: datetime) -> date:
        """Return the district's day at a moment."""
        return moment.astimezone(self.zone).date()


USUAL_LIMITS = "stage_limits"  # the district's setting: [{since: version, limits}]
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
    if district.grid_version is None:
        raise Unavailable(f"district {district.code} has no active grid version")
    # By its number, not by "active": the row that made the stamp is what counts.
    version = areas.version(session, district.code, district.grid_version)
    ground = nets.of_version(session, version)
    settings = district.settings
    ladder = bool(settings.get("ladder", False))
    natural_from: int | None = settings.get("natural_from", URGENT if ladder else None)
    usual = _usual_limits(district)
    past = _classes(session, district, usual, natural_from)
    categories = [lines[-1][1] for lines in past.values() if lines[-1][1] is not None]
    units = catalogue.units(session, district.code)
    return Reference(
        district_code=district.code,
        name=district.name,
        name_en=district.name_en,
        zone=ZoneInfo(district.timezone),
        languages=tuple(district.languages),
        calendar=_calendar(session, district),
        catalogue_version=district.catalogue_version,
        catalogue={item.code: item for item in categories if item.parent_code is not None},
        majors={item.code: item for item in categories if item.parent_code is None},
        units={unit.code: _named(unit) for unit in units},
        inboxes={
            unit.area_code: unit.code for unit in units if unit.inbox and unit.ended_on is None
        },
        net=ground.net,
        routing=routing_settings(settings),
        storm=StormRule.from_settings(settings.get("storm", {})),
        closing=ClosingRule.from_settings(settings.get("closing", {})),
        landmarks=ground.landmarks,
        usual_limits=usual[-1][1],
        ladder=ladder,
        natural_from=natural_from,
        former=_former(session, version),
        past_classes=past,
        periods=tuple(map(_period, settings.get("periods", ()))),
        replies=tuple(map(ReplyText.from_json, settings.get("replies", ()))),
    )


_Usual = Sequence[tuple[int, Mapping[str, Allowed]]]  # from which catalogue version on


def _usual_limits(district: District) -> _Usual:
    """Return what the district allowed for all classes, version by version; none at first."""
    kept = [
        (one["since"], read_limits(one["limits"]))
        for one in district.settings.get(USUAL_LIMITS, ())
        if one["since"] <= district.catalogue_version
    ]
    return [(0, {}), *kept]


def _classes(
    session: Session, district: District, usual: _Usual, natural_from: int | None
) -> dict[str, tuple[tuple[int, Category | None], ...]]:
    told: dict[str, list[tuple[int, Category | None]]] = {}
    for row in catalogue.entries(session, district.code, district.catalogue_version):
        own = None if row.ended else Category.from_json(row.rules)
        told.setdefault(row.code, []).append((row.version, own))
    return {code: tuple(_lines(own, usual, natural_from)) for code, own in told.items()}


def _lines(
    own: Sequence[tuple[int, Category | None]], usual: _Usual, natural_from: int | None
) -> Iterator[tuple[int, Category | None]]:
    """Yield how a class holds from each version on in which it or what is usual changed."""
    first = own[0][0]
    for version in sorted({at for at, _any in (*own, *usual) if at > first} | {first}):
        held = [one for since, one in own if since <= version][-1]
        wider = [limits for since, limits in usual if since <= version][-1]
        if held is not None:
            merged = replace(held, stage_limits=over(held.stage_limits, wider))
            held = as_it_counts(merged, natural_from)
        yield version, held


def _named(unit: Unit) -> UnitName:
    return UnitName(
        unit.code,
        unit.name,
        unit.name_en,
        unit.level,
        unit.area_code,
        unit.ended_on is not None,
    )


def routing_settings(settings: Mapping[str, Any]) -> RoutingSettings:
    """Return the limits of routing as a district keeps them."""
    kept = dict(settings.get("routing", {}))
    return RoutingSettings(**kept | {"outside": Outside(kept.get("outside", Outside.REFUSE))})


def _former(session: Session, version: GridVersion) -> dict[str, AreaShape]:
    rows = areas.former(session, version.district_code, version.id)
    return {
        row.code: AreaShape(
            row.code, row.parent_code, AreaKind(row.kind), row.name, row.name_en, None
        )
        for row in rows
    }


def _period(kept: Mapping[str, str]) -> NamedPeriod:
    first, last = date.fromisoformat(kept["from"]), date.fromisoformat(kept["to"])
    return NamedPeriod(kept["name"], kept["name_en"], first, last)


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
