"""The units of a district, as a file or an administrator says: new, changed, ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.catalogue import UnitLevel
from gridgov.domain.roles import Role
from gridgov.domain.setup import UnitRow
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
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Prepared, revise
from gridgov.storage import catalogue as stored
from gridgov.storage import roster_posts
from gridgov.storage.catalogue import Unit
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person

Rows = Sequence[Located[UnitRow]]


def prepare(
    session: Session,
    district_code: str,
    read: ReadTable[UnitRow],
    *,
    whole: bool,
    committees: bool = False,
    today: date,
) -> Prepared:
    """Return what a file of units would do; `whole`: what is not in it ends.

    `committees` adds a committee for each village of the net that has no unit. Raises:
    NotFound.
    """
    reference = references.of(session, district_code)
    known = {unit.code: unit for unit in stored.units(session, district_code)}
    rows = list(read.rows)
    if committees:
        rows += _committees(reference, known.values(), rows)
    told = {row.value.code for row in rows}
    gone = [one for code, one in known.items() if code not in told and one.ended_on is None]
    changes = [_change(row, known.get(row.value.code), district_code) for row in rows]
    changes += [ended(unit, today) for unit in gone] if whole else []
    refusals = [*read.refusals, *_refused(rows, reference, {} if whole else known, told)]
    ending = {one.key for one in changes if one.kind is ChangeKind.ENDED}
    refusals += _in_use(session, reference, rows, ending)
    plan = Plan(str(Table.UNITS), tuple(changes), tuple(refusals), tuple(read.ignored))

    def write() -> None:
        _write(session, district_code, rows, known, ending, today)

    return Prepared(plan, write)


def _fields(unit: Unit) -> dict[str, str]:
    return {
        "name": unit.name,
        "name_en": unit.name_en,
        "level": unit.level,
        "area_code": unit.area_code,
        "inbox": "01"[unit.inbox],
        "contact": unit.contact,
        "ended": "01"[unit.ended_on is not None],
    }


def _told(one: UnitRow, district_code: str) -> dict[str, str]:
    return {
        "name": one.name,
        "name_en": one.name_en,
        "level": one.level,
        "area_code": one.area_code or district_code,
        "inbox": "01"[one.inbox],
        "contact": one.contact,
        "ended": "01"[one.ended],
    }


def _change(row: Located[UnitRow], unit: Unit | None, district_code: str) -> Change:
    one = row.value
    before = None if unit is None else _fields(unit)
    change = change_of(one.code, one.name, before, _told(one, district_code), row.place)
    if one.ended and unit is not None and unit.ended_on is None:
        return Change(ChangeKind.ENDED, one.code, one.name, row.place, change.fields)
    return change


def ended(unit: Unit, today: date) -> Change:
    """Return the change that ends a unit."""
    before = _fields(unit)
    change = change_of(unit.code, unit.name, before, before | {"ended": "1"})
    return Change(ChangeKind.ENDED, unit.code, unit.name, fields=change.fields)


def _refused(
    rows: Rows, reference: Reference, others: Mapping[str, Unit], told: Iterable[str]
) -> list[Refusal]:
    """Refuse areas nobody knows, and a second inbox for one area."""
    here = set(told)
    inboxes = {
        unit.area_code: unit.code
        for unit in others.values()
        if unit.inbox and unit.ended_on is None and unit.code not in here
    }
    found: list[Refusal] = []
    for row in rows:
        one = row.value
        area = one.area_code or reference.district_code
        if reference.net.find(area) is None:
            cell = row.cells.get("area_code", "")
            found.append(Refusal(row.place, "area_code", "unknown_area", area, cell))
        if one.inbox and not one.ended:
            owner = inboxes.setdefault(area, one.code)
            if owner != one.code:
                cell = row.cells.get("inbox", "")
                more = {"unit": owner}
                found.append(Refusal(row.place, "inbox", "second_inbox", area, cell, more))
    return found


def _in_use(
    session: Session, reference: Reference, rows: Rows, ending: Iterable[str]
) -> list[Refusal]:
    """Refuse to end a unit that the catalogue still names, that has people, or work to do."""
    places = {row.value.code: row for row in rows}
    classes = {
        item.unit_code: item
        for item in (*reference.catalogue.values(), *reference.majors.values())
        if item.unit_code
    }
    staffed = set(
        session.scalars(
            select(GrantRow.unit_code)
            .join(Person, Person.id == GrantRow.person_id)
            .where(
                Person.district_code == reference.district_code,
                Person.active,
                GrantRow.role == str(Role.HANDLER),
            )
        )
    )
    at_work = roster_posts.units_at_work(session, reference.district_code, sorted(ending))
    found: list[Refusal] = []
    for code in sorted(ending):
        row = places.get(code)
        where = (row.place, row.cells.get("ended", "")) if row is not None else None
        place, cell = where or (Place(), "")
        if code in classes:
            more = {"category": classes[code].code}
            found.append(Refusal(place, "ended", "named_by_catalogue", code, cell, more))
        elif code in staffed:
            found.append(Refusal(place, "ended", "has_people", code, cell))
        elif code in at_work:
            found.append(Refusal(place, "ended", "has_cases", code, cell))
    return found


def _committees(reference: Reference, units: Iterable[Unit], rows: Rows) -> list[Located[UnitRow]]:
    """Return a committee for each village without a unit, taking what is passed up to it."""
    has = {unit.area_code for unit in units if unit.ended_on is None}
    has |= {row.value.area_code or "" for row in rows}
    found = []
    for village in reference.net.areas(AreaKind.VILLAGE):
        if village.code not in has:
            one = UnitRow(
                code=f"V{village.code}",
                name=f"{village.name}委员会",
                name_en=f"{village.name_en} Committee",
                level=str(UnitLevel.VILLAGE),
                area_code=village.code,
                inbox=True,
            )
            found.append(Located(Place(), one))
    return found


def _write(
    session: Session,
    district_code: str,
    rows: Rows,
    known: Mapping[str, Unit],
    ending: Iterable[str],
    today: date,
) -> None:
    for row in rows:
        one = row.value
        unit = known.get(one.code)
        if unit is None:
            unit = Unit(id=new_id(), district_code=district_code, code=one.code)
            session.add(unit)
        unit.name, unit.name_en, unit.level = one.name, one.name_en, one.level
        unit.area_code, unit.contact = one.area_code or district_code, one.contact
        unit.inbox = one.inbox and not one.ended
        unit.ended_on = (unit.ended_on or today) if one.ended else None
    for code in ending:
        unit = known[code]
        unit.inbox, unit.ended_on = False, unit.ended_on or today
    revise(session, district_code)
