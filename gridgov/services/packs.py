"""Configuration packs: what of a district goes into one, and what one would change here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.catalogue import Category, UnitLevel
from gridgov.domain.errors import InvalidInput
from gridgov.domain.packs import RULES, USUAL_LIMITS, Pack, UnitKind, kind_of, shared
from gridgov.domain.published_days import PublishedDay
from gridgov.domain.replies import ReplyText
from gridgov.domain.setup import UnitRow
from gridgov.domain.stage_limits import read_limits, written
from gridgov.domain.table_imports import (
    Change,
    ChangeKind,
    Located,
    Place,
    Plan,
    ReadTable,
    Refusal,
    Table,
    change_of,
)
from gridgov.services import calendars, district_limits, setup_catalogue, setup_units
from gridgov.services import reference as references
from gridgov.services.setup_base import Prepared, revise
from gridgov.storage import catalogue as stored
from gridgov.storage import districts
from gridgov.storage.calendar import CalendarDay

PACK = "pack"
# What is the same in every district; towns and villages have theirs by kind.
_PORTABLE = (UnitLevel.DISTRICT, UnitLevel.UTILITY)
_AREAS = {UnitLevel.TOWN: AreaKind.TOWN, UnitLevel.VILLAGE: AreaKind.VILLAGE}


@dataclass(frozen=True, slots=True)
class Content:
    """What a district gives to others."""

    name: str
    classes: tuple[Category, ...]
    units: tuple[UnitRow, ...]
    kinds: tuple[UnitKind, ...]
    replies: tuple[ReplyText, ...]
    settings: Mapping[str, Any]
    days: tuple[PublishedDay, ...]


def gather(session: Session, district_code: str) -> Content:
    """Return what of a district goes into a pack: no person, no key, no area. Raises: NotFound."""
    reference = references.of(session, district_code)
    district = districts.get(session, district_code)
    units = [one for one in stored.units(session, district_code) if one.ended_on is None]
    rows = {
        one.code: UnitRow(one.code, one.name, one.name_en, one.level, one.area_code, one.inbox)
        for one in units
    }
    portable = [one for one in rows.values() if one.level in _PORTABLE]
    kinds = [
        _kind(one, reference.net.find(one.area_code))
        for one in rows.values()
        if one.level not in _PORTABLE
    ]
    days = session.scalars(
        select(CalendarDay)
        .where(CalendarDay.district_code == district_code)
        .order_by(CalendarDay.day)
    )
    classes = setup_catalogue.classes(session, district_code)
    return Content(
        name=district.name,
        classes=tuple(classes[code] for code in sorted(classes)),
        units=tuple(portable),
        kinds=shared(kinds),
        replies=reference.replies,
        settings=_rules(session, district_code),
        days=tuple(
            PublishedDay(one.day, one.workday, one.name, one.name_en, one.source) for one in days
        ),
    )


def _rules(session: Session, district_code: str) -> dict[str, Any]:
    """Return the settings of a district that are rules of work, those it has."""
    settings = districts.get(session, district_code).settings
    found = {key: settings[key] for key in RULES if key in settings}
    usual = district_limits.of(session, district_code)
    return found | ({USUAL_LIMITS: written(usual)} if usual else {})


def _kind(unit: UnitRow, area: AreaShape | None) -> UnitKind | None:
    return None if area is None else kind_of(unit, area.code, area.name, area.name_en)


def prepare(
    session: Session, district_code: str, pack: Pack, *, whole: bool, today: date
) -> Prepared:
    """Return what a pack would do here; `whole`: classes it does not have are ended.

    Raises: NotFound.
    """
    units = setup_units.prepare(
        session, district_code, _units(session, district_code, pack), whole=False, today=today
    )
    here = {change.key for change in units.plan.changes}
    classes = setup_catalogue.plan_of(
        session, district_code, pack.classes.rows, pack.classes, whole=whole, more_units=here
    )
    district = districts.get(session, district_code)
    kept = {**district.settings, **_rules(session, district_code)}
    settings = _settings(pack, kept)
    days, moved, refused = _days(session, district_code, pack)
    changes = (
        *_named(units.plan.changes, Table.UNITS),
        *_named(classes.plan.changes, Table.CATALOGUE),
        *settings,
        *moved,
    )
    refusals = (*units.plan.refusals, *classes.plan.refusals, *refused)
    plan = Plan(PACK, changes, refusals)

    def write() -> int | None:
        return _write(session, district_code, pack, (units, classes), days)

    return Prepared(plan, write)


def _units(session: Session, district_code: str, pack: Pack) -> ReadTable[UnitRow]:
    """Return the units of the pack, and those of its kinds that areas here lack."""
    reference = references.of(session, district_code)
    known = {unit.code: unit for unit in stored.units(session, district_code)}
    inboxes = {one.area_code for one in known.values() if one.inbox and one.ended_on is None}
    rows = [_like(row, known) for row in pack.units.rows]
    taken = {row.value.code for row in rows}
    for kind in pack.kinds:
        level = _AREAS.get(UnitLevel(kind.level))
        for area in reference.net.areas(level) if level is not None else ():
            one = kind.unit(area.code, area.name, area.name_en)
            fits = area.name.endswith(kind.ends) and one.code not in known and one.code not in taken
            if fits and not (one.inbox and area.code in inboxes):
                taken.add(one.code)
                rows.append(Located(Place("unit_kinds"), one))
    return ReadTable(Table.UNITS, rows, list(pack.units.refusals))


def _like(row: Located[UnitRow], known: Mapping[str, Any]) -> Located[UnitRow]:
    """Return a unit of the pack with the contact it has here: a pack knows none."""
    one, unit = row.value, known.get(row.value.code)
    contact = "" if unit is None else unit.contact
    here = UnitRow(one.code, one.name, one.name_en, one.level, None, one.inbox, contact)
    return Located(row.place, here, row.cells)


def _named(changes: Sequence[Change], table: Table) -> list[Change]:
    """Return changes with their part of the pack before the key."""
    return [
        Change(one.kind, f"{table}: {one.key}", one.name, one.place, one.fields) for one in changes
    ]


def _settings(pack: Pack, settings: Mapping[str, Any]) -> list[Change]:
    found = [
        change_of(
            f"settings: {key}",
            key,
            None if key not in settings else {key: str(settings[key])},
            {key: str(value)},
            Place("settings"),
        )
        for key, value in pack.settings.items()
    ]
    before = {_reply_key(one): _reply_texts(one) for one in settings.get("replies", ())}
    for reply in pack.replies:
        told = reply.as_json()
        key = _reply_key(told)
        texts = _reply_texts(told)
        found.append(change_of(f"replies: {key}", reply.title, before.get(key), texts))
    return found


def _reply_texts(one: Mapping[str, str]) -> dict[str, str]:
    """Return what of a response text can differ: its words in both languages."""
    return {name: one.get(name, "") for name in ("text", "title_en", "text_en")}


def _reply_key(one: Mapping[str, str]) -> str:
    return f"{one['category']} {one['title']}"


def _days(
    session: Session, district_code: str, pack: Pack
) -> tuple[list[CalendarDay], list[Change], list[Refusal]]:
    """Return the days to publish, what changes by year, and a gap if there is one."""
    if not pack.days:
        return [], [], []
    known: dict[int, dict[str, str]] = {}
    for row in session.scalars(
        select(CalendarDay).where(CalendarDay.district_code == district_code)
    ):
        known.setdefault(row.day.year, {})[row.day.isoformat()] = "01"[row.workday]
    told: dict[int, dict[str, str]] = {}
    for one in pack.days:
        told.setdefault(one.day.year, {})[one.day.isoformat()] = "01"[one.workday]
    changes = [
        change_of(f"calendar: {year}", str(year), known.get(year), days, Place("calendar"))
        for year, days in sorted(told.items())
    ]
    moved = {int(one.name) for one in changes if one.kind is not ChangeKind.UNCHANGED}
    days = [
        CalendarDay.of(district_code, one)
        for one in pack.days
        # Whole years, and none between them left out: calendars.publish wants that.
        if moved and min(moved) <= one.day.year <= max(moved)
    ]
    if not days:
        return [], changes, []
    try:
        calendars.check_years(session, district_code, {one.day.year for one in days})
    except InvalidInput as error:
        return [], changes, [Refusal(Place("calendar"), "calendar", error.reason)]
    return days, changes, []


def _write(
    session: Session,
    district_code: str,
    pack: Pack,
    parts: tuple[Prepared, Prepared],
    days: Sequence[CalendarDay],
) -> int | None:
    version = None
    for part in parts:
        if part.plan.done():
            write: Callable[[], int | None] = part.write
            version = write() or version
    district = districts.get(session, district_code)
    kept = {_reply_key(one): one for one in district.settings.get("replies", ())}
    kept |= {_reply_key(one.as_json()): one.as_json() for one in pack.replies}
    told: dict[str, Any] = {**pack.settings, "replies": list(kept.values())}
    usual = told.pop(USUAL_LIMITS, None)
    if usual is not None and read_limits(usual) != district_limits.of(session, district_code):
        version = district_limits.put(session, district_code, read_limits(usual))
    if told.get("ladder") != district.settings.get("ladder"):
        told["timers_filled"] = False  # what comes due is planned anew by the next sweep
    revise(session, district_code, **told)
    if days:
        calendars.publish(session, district_code, days)
    return version
