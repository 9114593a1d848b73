"""Setting up a district: its row, log, net, catalogue, calendar, units, people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaShape
from gridgov.domain.catalogue import Category
from gridgov.domain.messages import MessageKind
from gridgov.domain.replies import ReplyText
from gridgov.domain.routing import Outside
from gridgov.services.indicators import PROJECTOR
from gridgov.services.notices import NOTIFIER
from gridgov.services.reference import NamedPeriod
from gridgov.storage import areas, districts, messages
from gridgov.storage.areas import GridVersion, Landmarks
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.catalogue import CategoryRow, Unit
from gridgov.storage.districts import District
from gridgov.storage.ids import new_id
from gridgov.storage.people import Duty, GrantRow, Person


@dataclass(frozen=True, slots=True)
class NewDistrict:
    """What a district is called and how it counts time."""

    code: str
    name: str
    name_en: str
    timezone: str
    languages: tuple[str, ...]
    working_hours: tuple[tuple[str, str], ...]
    calendar_span: tuple[date, date]
    sample: bool = False
    periods: tuple[NamedPeriod, ...] = ()
    replies: tuple[ReplyText, ...] = ()


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit as it is set up; `inbox` receives what is passed up to its area."""

    code: str
    name: str
    name_en: str
    level: str
    area_code: str
    inbox: bool


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person with grants (role, area, unit) and duties (area, lead or deputy)."""

    username: str
    name: str
    password_hash: str | None = None
    grants: tuple[tuple[str, str | None, str | None], ...] = ()
    duties: tuple[tuple[str, str], ...] = ()


def create(session: Session, new: NewDistrict, *, now: datetime) -> District:
    """Create a district with an empty log and its consumers' cursors."""
    district = District(
        code=new.code,
        name=new.name,
        name_en=new.name_en,
        timezone=new.timezone,
        languages=list(new.languages),
        settings={
            "revision": 1,
            "working_hours": [list(pair) for pair in new.working_hours],
            "calendar_span": [day.isoformat() for day in new.calendar_span],
            "routing": {},
            "periods": [period.as_json() for period in new.periods],
            "replies": [text.as_json() for text in new.replies],
        },
        catalogue_version=1,
        sample=new.sample,
        opened_at=now,
    )
    session.add(district)
    session.flush()
    messages.open_log(session, new.code)
    messages.open_cursor(session, PROJECTOR, new.code)
    if not new.sample:  # what a sample plays is news to nobody: its reader begins at the end
        messages.open_cursor(session, NOTIFIER, new.code)
    return district


def set_outside(session: Session, district_code: str, outside: Outside) -> None:
    """Say what becomes of reports from outside a district. Raises: NotFound."""
    district = districts.freeze(session, district_code)
    settings = district.settings
    district.settings = {
        **settings,
        "routing": {**settings.get("routing", {}), "outside": str(outside)},
        "revision": settings.get("revision", 0) + 1,
    }


def activate_net(
    session: Session,
    district: District,
    shapes: Iterable[AreaShape],
    landmarks: Landmarks,
    *,
    synthetic: bool,
    now: datetime,
) -> GridVersion:
    """Write a net as the district's next active version."""
    version = GridVersion(
        id=new_id(),
        district_code=district.code,
        number=(district.grid_version or 0) + 1,
        status="active",
        synthetic=synthetic,
        made_at=now,
        activated_at=now,
    )
    session.add(version)
    session.flush()
    areas.add_areas(session, version, [areas.row_of(shape, landmarks) for shape in shapes])
    district.grid_version = version.number
    body = {"version": version.number, "areas": [district.code]}
    messages.append(session, district.code, MessageKind.GRIDS_ACTIVATED, at=now, body=body)
    return version


def add_catalogue(session: Session, district: District, entries: Iterable[Category]) -> None:
    """Write the catalogue as the district's current version."""
    rows = [
        {
            "id": new_id(),
            "district_code": district.code,
            "version": district.catalogue_version,
            "code": entry.code,
            "parent_code": entry.parent_code,
            "name": entry.name,
            "name_en": entry.name_en,
            "rules": entry.as_json(),
            "ended": False,
        }
        for entry in entries
    ]
    session.execute(insert(CategoryRow), rows)


def add_units(session: Session, district: District, units: Iterable[NewUnit]) -> None:
    """Write the units of a district."""
    rows = [
        {
            "id": new_id(),
            "district_code": district.code,
            "code": unit.code,
            "name": unit.name,
            "name_en": unit.name_en,
            "level": unit.level,
            "area_code": unit.area_code,
            "inbox": unit.inbox,
            "contact": "",
        }
        for unit in units
    ]
    session.execute(insert(Unit), rows)


def add_calendar(session: Session, district: District, days: Iterable[CalendarDay]) -> None:
    """Write the days that differ from Monday to Friday."""
    session.add_all(days)


def add_people(
    session: Session, district: District, people: Iterable[NewPerson], *, since: date
) -> dict[str, UUID]:
    """Write persons with grants and duties; return username → id."""
    persons: list[dict[str, Any]] = []
    grants: list[dict[str, Any]] = []
    duties: list[dict[str, Any]] = []
    for new in people:
        person_id = new_id()
        persons.append(
            {
                "id": person_id,
                "district_code": district.code,
                "username": new.username,
                "name": new.name,
                "password": new.password_hash,
                "active": True,
                "one_time": False,
                "fs_uniquifier": person_id.hex,
            }
        )
        grants += [
            {"id": new_id(), "person_id": person_id, "role": r, "area_code": a, "unit_code": u}
            for r, a, u in new.grants
        ]
        duties += [
            {
                "id": new_id(),
                "district_code": district.code,
                "area_code": area_code,
                "person_id": person_id,
                "kind": kind,
                "starts_on": since,
            }
            for area_code, kind in new.duties
        ]
    session.execute(insert(Person), persons)
    for model, rows in ((GrantRow, grants), (Duty, duties)):
        if rows:
            session.execute(insert(model), rows)
    return {row["username"]: row["id"] for row in persons}
