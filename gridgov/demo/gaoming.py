"""`gridgov demo gaoming`: the sample district, set up by the same services as a real one."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from gridgov.config import ROOT
from gridgov.demo import cases, people, pictures
from gridgov.demo.geography import AreaRecord, load_areas
from gridgov.demo.people import Login
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.gateways.photos import PhotoStore
from gridgov.importers.calendar import read_calendar
from gridgov.importers.catalogue import read_catalogue, read_units
from gridgov.services import districts, indicators
from gridgov.services.districts import NewDistrict, NewPerson, NewUnit
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import Sealer
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.districts import District
from gridgov.storage.session import unit_of_work

DATA = ROOT / "geodata" / "gaoming"
CALENDAR = ROOT / "geodata" / "calendars" / "cn.csv"
DISTRICT = "440608"
# 泰华社区 06 网格: where the sample's own worker and deputy have the duty.
HOME_VILLAGE = "440608004025"
HOME_GRID = "440608004025006"
SINCE = date(2019, 6, 1)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the sample needs from the outside."""

    hash_password: Callable[[str], str]
    vault: Sealer
    photos: PhotoStore
    say: Say


def load(tools: Tools, *, now: datetime) -> list[Login]:
    """Set the sample district up in an empty database; return the logins made for it."""
    tools.say("areas, catalogue, calendar, units")
    records = load_areas()
    shapes = [_shape(record) for record in records]
    with unit_of_work() as session:
        units = _set_up(session, records, shapes, now)
    tools.say("people: 1,646 grid workers and the sample logins")
    with unit_of_work() as session:
        logins = _add_people(session, shapes, units, tools)
    tools.say("cases: a few dozen, in all states")
    cases.play(
        DISTRICT,
        now=now - timedelta(minutes=5),
        vault=tools.vault,
        pictures=_Pictures(tools.photos),
        home=HOME_GRID,
        progress=lambda _done: None,
    )
    while True:
        with unit_of_work() as session:
            if not indicators.fold_pending(session, DISTRICT):
                break
    return logins


def _set_up(
    session: Session, records: list[AreaRecord], shapes: list[AreaShape], now: datetime
) -> list[NewUnit]:
    days = read_calendar(CALENDAR)
    district = districts.create(
        session,
        NewDistrict(
            code=DISTRICT,
            name="高明区",
            name_en="Gaoming District",
            timezone="Asia/Shanghai",
            languages=("zh-Hans", "en"),
            working_hours=(("08:30", "12:00"), ("14:00", "17:30")),
            calendar_span=(date(2019, 1, 1), date(2026, 12, 31)),
            sample=True,
        ),
        now=now,
    )
    marks = {record.code: _marks(record) for record in records if record.landmarks}
    districts.activate_net(session, district, shapes, marks, synthetic=True, now=now)
    districts.add_catalogue(session, district, read_catalogue(DATA / "catalogue.csv"))
    units = _units(shapes)
    districts.add_units(session, district, units)
    rows = (
        CalendarDay(
            district_code=DISTRICT,
            day=day.date,
            workday=day.workday,
            name=day.name,
            name_en=day.name_en,
            source=day.source,
        )
        for day in days
    )
    districts.add_calendar(session, district, rows)
    return units


def _shape(record: AreaRecord) -> AreaShape:
    return AreaShape(
        code=record.code,
        parent_code=record.parent_code or None,
        kind=AreaKind(record.kind),
        name=record.name,
        name_en=record.name_en,
        geometry=record.geometry,
        categories=frozenset(record.categories),
        landmarks=tuple(mark.name for mark in record.landmarks),
    )


def _marks(record: AreaRecord) -> list[dict[str, object]]:
    return [
        {"name": mark.name, "name_en": mark.name_en, "lon": mark.lon, "lat": mark.lat}
        for mark in record.landmarks
    ]


def _units(shapes: list[AreaShape]) -> list[NewUnit]:
    """Return the units of the file, and a committee for each village."""
    units = [
        NewUnit(unit.code, unit.name, unit.name_en, unit.level, unit.area_code, unit.inbox)
        for unit in read_units(DATA / "units.csv")
    ]
    for shape in shapes:
        if shape.kind is AreaKind.VILLAGE:
            name, name_en = f"{shape.name}委员会", f"{shape.name_en} Committee"
            units.append(NewUnit(f"V{shape.code}", name, name_en, "village", shape.code, True))
    return units


def _add_people(
    session: Session, shapes: list[AreaShape], units: list[NewUnit], tools: Tools
) -> list[Login]:
    rng = random.Random(1646)
    district = session.get_one(District, DISTRICT)
    town = HOME_VILLAGE[:9]
    staff, logins = people.staff(DISTRICT, HOME_GRID, HOME_VILLAGE, town, tools.hash_password)
    everybody: list[NewPerson] = [
        *staff,
        *people.workers(shapes, rng, taken=HOME_GRID, already=2),
        *people.unit_people([unit.code for unit in units], rng),
    ]
    districts.add_people(session, district, everybody, since=SINCE)
    return logins


class _Pictures:
    """Draws each kind of picture once and keeps it in the photo store."""

    def __init__(self, store: PhotoStore) -> None:
        self.store = store
        self.kept: dict[tuple[str, bool], StoredPhoto] = {}

    def __call__(self, category: str, after: bool) -> StoredPhoto | None:
        group = pictures.group_of(category)
        key = (group, after)
        if key not in self.kept:
            draw = pictures.after_picture if after else pictures.before_picture
            prepared = self.store.prepare(draw(category, 7))
            self.store.save(prepared)
            self.kept[key] = StoredPhoto(prepared.sha256, prepared.width, prepared.height)
        return self.kept[key]
