"""Short ways for tests to let people act in the sample district.

Everything goes through the services with a given moment; nothing commits.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.datum import Datum, LonLat, PositionSource
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, district_rules, grids_roster, intake, reporters
from gridgov.services import reference as references
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Receipt, Submission
from gridgov.services.routing import Position
from gridgov.storage import people
from gridgov.storage.areas import GridVersion
from gridgov.storage.cases import Case
from gridgov.storage.people import GrantRow, Person
from gridgov.web.instance import instance

DISTRICT = "440608"
GRID = "440608004025006"  # where the sample's worker is lead and its deputy is deputy
NOON = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Gaoming
AFTER = StoredPhoto("a" * 64, 800, 600)
WORDS = "楼下垃圾堆了几天"


def inside(session: Session, area: str = GRID) -> LonLat:
    """A position well inside an area."""
    geometry = references.of(session, DISTRICT).net.area(area).geometry
    assert geometry is not None
    point = geometry.representative_point()
    return LonLat(lon=point.x, lat=point.y)


def pin(spot: LonLat, accuracy_m: float | None = 8) -> Position:
    """A position as a pin on the map sends it."""
    return Position(spot.lon, spot.lat, Datum.WGS84, PositionSource.MAP_PIN, accuracy_m)


def submission(session: Session, **more: Any) -> Submission:
    """The smallest valid report, in the grid of the sample's worker."""
    named = "area_code" in more or "position" in more
    values: dict[str, Any] = {
        "district_code": DISTRICT,
        "client_token": uuid4().hex,
        "channel": "snap",
        "category_code": "0101",
        "text": WORDS,
        "position": None if named else pin(inside(session)),
    }
    return Submission(**{**values, **more})


def report(session: Session, *, now: datetime = NOON, **more: Any) -> Receipt:
    """Let a resident report."""
    return intake.submit(
        session,
        submission(session, **more),
        by=Actor.resident(DISTRICT),
        now=now,
        vault=instance().vault,
    )


def case_of(session: Session, receipt: Receipt) -> Case:
    """The case behind a receipt."""
    return session.scalars(select(Case).where(Case.number == receipt.case_number)).one()


def set_ladder(session: Session, *, on: bool) -> None:
    """Switch the ladder of the sample district on or off, with the night rule of it."""
    district_rules.set_rules(session, DISTRICT, district_rules.usual(ladder=on))


def person(session: Session, username: str, now: datetime = NOON) -> Actor:
    """Somebody of the sample by user name, as an actor of that day."""
    row = session.scalars(select(Person).where(Person.username == username)).one()
    return people.load_actor(session, row, now.date())


def man(
    session: Session, draft: GridVersion, code: str, lead: str = "w0500", deputy: str = "w0502"
) -> None:
    """Plan who begins in a grid of a draft: without a lead and a deputy it is not activated."""
    grids_roster.plan(
        session,
        draft,
        code,
        lead=person(session, lead).person_id,
        deputies=[person(session, deputy).person_id],
        by=Actor.system(DISTRICT),
        now=NOON,
    )


def holder(session: Session, person_id: UUID | None, unit_code: str | None, now: datetime) -> Actor:
    """The person something was given to, or somebody of the unit it was given to."""
    if person_id is None:
        of_unit = select(GrantRow.person_id).where(GrantRow.unit_code == unit_code)
        person_id = session.scalars(of_unit.order_by(GrantRow.person_id)).first()
    return people.load_actor(session, session.get_one(Person, person_id), now.date())


def appealed(session: Session, receipt: Receipt, now: datetime) -> None:
    """Let the reporter appeal, and the district's desk grant it."""
    asked = Given(text="没有清走")
    case = reporters.act(session, receipt.report_id, Action.APPEAL, now=now, given=asked)
    session.flush()
    do(session, case, Action.GRANT_APPEAL, person(session, "dispatcher"), now, text="再去")


def do(
    session: Session, case: Case, action: Action, by: Actor, now: datetime, **given: Any
) -> Case:
    """Do one action to a case."""
    done = casework.perform(session, case.id, action, by=by, now=now, given=Given(**given))
    session.flush()
    return done
