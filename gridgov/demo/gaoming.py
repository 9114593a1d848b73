"""`gridgov demo gaoming`: the sample district, set up by the same services as a real one."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gridgov.config import ROOT
from gridgov.demo import cases, people, pictures, replay_make, replay_statement
from gridgov.demo.geography import AreaRecord, load_areas
from gridgov.demo.people import Login
from gridgov.demo.replay import Play, Progress, quiet
from gridgov.demo.replay_clocks import FIRST_DAY, LAST_DAY, Arrivals
from gridgov.demo.replay_fates import end_of
from gridgov.demo.replay_plan import Size
from gridgov.demo.stage import Cast, Stage
from gridgov.demo.stage_leaves import StageLeaves
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.replies import ReplyText
from gridgov.gateways.photos import PhotoStore
from gridgov.importers.calendar import read_calendar
from gridgov.importers.catalogue import read_catalogue, read_units
from gridgov.importers.questions import read_questions
from gridgov.services import district_rules, districts, indicators, timers
from gridgov.services import reference as references
from gridgov.services.districts import NewDistrict, NewPerson, NewUnit
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import Sealer
from gridgov.services.reference import NamedPeriod, Reference
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.districts import District
from gridgov.storage.session import read_only, unit_of_work

DATA = ROOT / "geodata" / "gaoming"
CALENDAR = ROOT / "geodata" / "calendars" / "cn.csv"
DISTRICT = "440608"
# 泰华社区 06 网格: where the sample's own worker and deputy have the duty.
HOME_VILLAGE = "440608004025"
HOME_GRID = "440608004025006"
SINCE = FIRST_DAY
# What the board offers beside "this month": the sixteen months the reference is known for.
HISTORY = (NamedPeriod("16 个月回放", "Replayed 16 months", FIRST_DAY, LAST_DAY),)
CAST = 77  # the dice of who of a unit acts

Say = Callable[[str], None]
Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the sample needs from the outside."""

    hash_password: Callable[[str], str]
    vault: Sealer
    photos: PhotoStore
    say: Say
    progress: Progress = quiet


@dataclass(frozen=True, slots=True)
class Loaded:
    """The logins of the sample, and the statement of its history if that was played."""

    logins: list[Login]
    statement: Statement | None


def load(tools: Tools, *, now: datetime, history: Size | None = None) -> Loaded:
    """Set the sample district up in an empty database, with or without its history.

    Raises: ReplayFailed when the history did not end as planned.
    """
    tools.say("areas, catalogue, calendar, units")
    records = load_areas()
    shapes = [record.shape() for record in records]
    with unit_of_work() as session:
        units = _set_up(session, records, shapes, now, HISTORY if history is not None else ())
        # The full machine where there is a history; without one nothing moves by itself.
        rules = district_rules.usual(ladder=history is not None)
        district_rules.set_rules(session, DISTRICT, rules)
    tools.say("people: 1,646 grid workers and the sample logins")
    with unit_of_work() as session:
        logins = _add_people(session, shapes, units, tools)
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        cast = Cast(session, reference, random.Random(CAST))
    drawn = _Pictures(tools.photos)
    present = now - timedelta(minutes=5)
    statement = None
    if history is not None:
        tools.say(f"history: {history.total:,} reports from {SINCE} to {LAST_DAY}")
        stage = Stage(reference, cast, tools.vault, drawn, "replay")
        statement = play_history(stage, cast, reference, history, tools.progress, now=present)
    tools.say("cases: a few dozen of the last days, in all states")
    lives = cases.plan(reference, home=HOME_GRID, now=present)
    stage = Stage(reference, cast, tools.vault, drawn, "sample")
    clocks = None if history is None else now  # a first sweep finds nothing left
    nobody_away = StageLeaves(cast, DISTRICT, ())
    Play(stage, lives, nobody_away, DISTRICT, until=present, clocks_until=clocks).run(quiet)
    fill_timers(now=present)
    fold(DISTRICT)
    return Loaded(logins, statement)


def play_history(
    stage: Stage,
    cast: Cast,
    reference: Reference,
    size: Size,
    progress: Progress,
    *,
    now: datetime,
) -> Statement:
    """Play the sixteen months, fold them, and return the statement, checked.

    What is open at their end climbs and becomes overdue at its own moments, up to `now`.

    Raises: ReplayFailed.
    """
    lives = replay_make.plan(reference, size, home=HOME_GRID)
    away = replay_make.leaves(reference, lives, size, home=HOME_GRID)
    end = end_of(reference.calendar)
    leaves = StageLeaves(cast, DISTRICT, away)
    Play(stage, lives, leaves, DISTRICT, until=end, clocks_until=now).run(progress)
    fold(DISTRICT)
    arrivals = Arrivals(random.Random(0), reference.calendar)
    with read_only() as session:
        statement = replay_statement.take(session, reference, lives, arrivals)
    replay_statement.check(statement, size)
    return statement


def fill_timers(*, now: datetime) -> None:
    """Note that the rows of what comes due are whole, so that no sweep looks for gaps."""
    after, more = None, True
    while more:
        with unit_of_work() as session:
            after = timers.fill(session, DISTRICT, after, now=now)
        more = after is not None


def fold(district_code: str) -> None:
    """Fold the whole log into the facts, batch by batch."""
    folded = 1
    while folded:
        with unit_of_work() as session:
            folded = indicators.fold_pending(session, district_code)


def _set_up(
    session: Session,
    records: list[AreaRecord],
    shapes: list[AreaShape],
    now: datetime,
    periods: tuple[NamedPeriod, ...],
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
            periods=periods,
            replies=_replies(),
        ),
        now=now,
    )
    marks = {record.code: _marks(record) for record in records if record.landmarks}
    districts.activate_net(session, district, shapes, marks, synthetic=True, now=now)
    catalogue = read_questions(DATA / "questions.csv", read_catalogue(DATA / "catalogue.csv"))
    districts.add_catalogue(session, district, catalogue)
    units = _units(shapes)
    districts.add_units(session, district, units)
    districts.add_calendar(session, district, (CalendarDay.of(DISTRICT, day) for day in days))
    return units


def _replies() -> tuple[ReplyText, ...]:
    kept = json.loads((DATA / "replies.json").read_text(encoding="utf-8"))
    return tuple(map(ReplyText.from_json, kept))


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
            self.kept[key] = StoredPhoto(
                prepared.sha256, prepared.width, prepared.height, illustration=True
            )
        return self.kept[key]
