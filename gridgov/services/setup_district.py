"""A real district's beginning: its row, outline, calendar, ladder and first administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import Conflict
from gridgov.domain.roles import Role
from gridgov.services import district_rules
from gridgov.services import districts as setup
from gridgov.services.districts import NewDistrict, NewPerson
from gridgov.storage import areas, districts
from gridgov.storage import catalogue as stored
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.districts import District
from gridgov.storage.people import Duty, Person


class DistrictExists(Conflict):
    """The database holds this district already; nothing was changed."""

    code = "district_exists"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Who administrates the district first; the password is to be changed at first sign-in."""

    username: str
    name: str
    password_hash: str
    one_time: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the setting-up of a district is: what it has, and what is waiting."""

    grids: int
    drafts: int
    units: int
    classes: int
    people: int
    duties: int

    @property
    def is_complete(self) -> bool:
        """Tell whether a report can be routed, handled and checked; the first person is there."""
        return self.people > 1 and all((self.grids, self.units, self.classes, self.duties))


def create(
    session: Session,
    new: NewDistrict,
    outline: BaseGeometry,
    days: Sequence[CalendarDay],
    admin: FirstAdmin,
    *,
    now: datetime,
) -> District:
    """Create a district with its outline as the first net. Raises: DistrictExists."""
    if session.get(District, new.code) is not None:
        raise DistrictExists(f"district {new.code} is there already")
    district = setup.create(session, new, now=now)
    whole = AreaShape(
        code=new.code,
        parent_code=None,
        kind=AreaKind.DISTRICT,
        name=new.name,
        name_en=new.name_en,
        geometry=outline,
        categories=frozenset(),
        landmarks=(),
    )
    setup.activate_net(session, district, [whole], {}, synthetic=False, now=now)
    setup.add_calendar(session, district, days)
    today = now.astimezone(ZoneInfo(new.timezone)).date()
    person = NewPerson(
        username=admin.username,
        name=admin.name,
        password_hash=admin.password_hash,
        grants=((str(Role.SYSTEM_ADMIN), new.code, None),),
    )
    ids = setup.add_people(session, district, [person], since=today)
    session.get_one(Person, ids[admin.username]).one_time = admin.one_time
    session.flush()
    district_rules.set_rules(session, new.code, district_rules.usual(ladder=True))
    return district


def progress(session: Session, district_code: str) -> Progress:
    """Return how far the setting-up of a district is. Raises: NotFound."""
    district = districts.get(session, district_code)
    version = areas.active_version(session, district_code)

    def count(*what: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(*what)) or 0

    # Each start page of an administrator asks: the net is counted, never read.
    return Progress(
        grids=0
        if version is None
        else count(areas.Area.grid_version_id == version.id, areas.Area.kind == AreaKind.GRID),
        drafts=count(
            areas.GridVersion.district_code == district_code, areas.GridVersion.status == "draft"
        ),
        units=count(stored.Unit.district_code == district_code),
        classes=len(stored.categories(session, district_code, district.catalogue_version)),
        people=count(Person.district_code == district_code),
        duties=count(Duty.district_code == district_code),
    )
