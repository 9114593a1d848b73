"""People and their roles, as a file or an administrator says: new, changed, or ended."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor, Role
from gridgov.domain.setup import GrantRecord, PersonRow
from gridgov.domain.table_imports import (
    Change,
    ChangeKind,
    Difference,
    Located,
    Place,
    Plan,
    ReadTable,
    Refusal,
    change_of,
)
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Prepared
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.setup import drop_links

Grants = frozenset[GrantRecord]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person as the file has it, from all rows about the person."""

    username: str
    name: str
    email: str | None
    active: bool
    grants: Grants
    place: Place

    def fields(self) -> dict[str, str]:
        """Return what differences are told of."""
        return _fields(self.name, self.email, self.active, self.grants)


def _fields(
    name: str, email: str | None, active: bool, grants: Iterable[GrantRecord]
) -> dict[str, str]:
    return {
        "name": name,
        "email": email or "",
        "roles": ", ".join(sorted(map(str, grants))),
        "active": "01"[active],
    }


def prepare(
    session: Session, district_code: str, read: ReadTable[PersonRow], *, whole: bool, by: Actor
) -> Prepared:
    """Return what a file of people would do; `whole`: who is not in it is ended.

    A person is known by the user name, whatever the case of its letters. Raises: NotFound.
    """
    reference = references.of(session, district_code)
    known = _known(session, district_code)
    grants = _grants(session, district_code)
    refusals = [*read.refusals, *_refused(session, read.rows, reference, known)]
    wanted = _together(read.rows, reference)
    changes = [_change(one, known, grants) for one in wanted]
    changes += _gone(wanted, known, by) if whole else []
    if not refusals:
        refusals += _without_admin(wanted, known, grants, changes)
    plan = Plan(str(read.table), tuple(changes), tuple(refusals), tuple(read.ignored))

    def write() -> None:
        _write(session, district_code, wanted, known, plan.changes)

    return Prepared(plan, write)


def _known(session: Session, district_code: str) -> dict[str, Person]:
    rows = session.scalars(select(Person).where(Person.district_code == district_code))
    return {person.username.casefold(): person for person in rows}


def _grants(session: Session, district_code: str) -> dict[UUID, set[GrantRecord]]:
    found: dict[UUID, set[GrantRecord]] = defaultdict(set)
    rows = session.scalars(
        select(GrantRow)
        .join(Person, Person.id == GrantRow.person_id)
        .where(Person.district_code == district_code)
    )
    for row in rows:
        found[row.person_id].add(GrantRecord(row.role, row.area_code, row.unit_code))
    return found


def _refused(
    session: Session,
    rows: Sequence[Located[PersonRow]],
    reference: Reference,
    known: Mapping[str, Person],
) -> list[Refusal]:
    others = _elsewhere(session, reference.district_code, [row.value for row in rows])
    emails = {one.email.casefold(): key for key, one in known.items() if one.email}
    found: list[Refusal] = []
    for row in rows:
        one, grant = row.value, row.value.grant
        wrong: list[tuple[str, str, str]] = []
        if one.username.casefold() in others:
            wrong.append(("username", "taken", one.username))
        if one.email:
            owner = emails.setdefault(one.email.casefold(), one.username.casefold())
            if owner != one.username.casefold() or one.email.casefold() in others:
                wrong.append(("email", "taken", one.email))
        if grant and grant.area_code and reference.net.find(grant.area_code) is None:
            wrong.append(("area_code", "unknown_area", grant.area_code))
        unit = reference.units.get(grant.unit_code or "") if grant else None
        if grant and grant.unit_code and (unit is None or unit.ended):
            wrong.append(("unit_code", "unknown_unit", grant.unit_code))
        found += [
            Refusal(row.place, column, reason, value, row.cells.get(column, ""))
            for column, reason, value in wrong
        ]
    return found


def _elsewhere(session: Session, district_code: str, rows: Iterable[PersonRow]) -> set[str]:
    """Return the user names and emails of other districts among those asked for."""
    names = sorted({one.username.casefold() for one in rows})
    emails = sorted({one.email.casefold() for one in rows if one.email})
    found: set[str] = set()
    for column, wanted in ((Person.username, names), (Person.email, emails)):
        for start in range(0, len(wanted), 500):
            query = select(func.lower(column)).where(
                Person.district_code != district_code,
                func.lower(column).in_(wanted[start : start + 500]),
            )
            found.update(session.scalars(query))
    return found


def _together(rows: Sequence[Located[PersonRow]], reference: Reference) -> list[Wanted]:
    """Return one person for all rows with a user name, in the order of their first rows."""
    found: dict[str, list[Located[PersonRow]]] = {}
    for row in rows:
        found.setdefault(row.value.username.casefold(), []).append(row)
    return [
        Wanted(
            lines[0].value.username,
            lines[0].value.name,
            lines[0].value.email,
            lines[0].value.active,
            frozenset(
                placed(row.value.grant, reference.district_code) for row in lines if row.value.grant
            ),
            lines[0].place,
        )
        for lines in found.values()
    ]


def placed(grant: GrantRecord, district_code: str) -> GrantRecord:
    """Return a grant over the whole district where it names neither area nor unit."""
    if grant.unit_code or grant.area_code:
        return grant
    return GrantRecord(grant.role, district_code)


def _change(
    one: Wanted, known: Mapping[str, Person], grants: Mapping[UUID, set[GrantRecord]]
) -> Change:
    person = known.get(one.username.casefold())
    if person is None:
        return change_of(one.username, one.name, None, one.fields(), one.place)
    before = _fields(person.name, person.email, person.active, grants.get(person.id, ()))
    change = change_of(person.username, one.name, before, one.fields(), one.place)
    if person.active and not one.active:
        return Change(ChangeKind.ENDED, change.key, change.name, one.place, change.fields)
    return change


def _gone(wanted: Sequence[Wanted], known: Mapping[str, Person], by: Actor) -> list[Change]:
    here = {one.username.casefold() for one in wanted}
    return [
        ended(person)
        for key, person in sorted(known.items())
        if key not in here and person.active and person.id != by.person_id
    ]


def ended(person: Person) -> Change:
    """Return the change that ends a person."""
    fields = (Difference("active", "1", "0"),)
    return Change(ChangeKind.ENDED, person.username, person.name, fields=fields)


def _without_admin(
    wanted: Sequence[Wanted],
    known: Mapping[str, Person],
    grants: Mapping[UUID, set[GrantRecord]],
    changes: Sequence[Change],
) -> list[Refusal]:
    """Refuse a file after which nobody could administrate the district any more."""

    def admin(held: Iterable[GrantRecord]) -> bool:
        return any(grant.role == Role.SYSTEM_ADMIN for grant in held)

    before = {k for k, one in known.items() if one.active and admin(grants.get(one.id, ()))}
    told = {one.username.casefold(): one.active and admin(one.grants) for one in wanted}
    gone = {one.key.casefold() for one in changes if one.kind is ChangeKind.ENDED}
    after = (before - gone - told.keys()) | {key for key, is_one in told.items() if is_one}
    if not before or after:
        return []
    place = next((one.place for one in wanted if one.username.casefold() in before), Place())
    return [Refusal(place, "role", "last_admin", ", ".join(sorted(before)))]


def _write(
    session: Session,
    district_code: str,
    wanted: Sequence[Wanted],
    known: Mapping[str, Person],
    changes: Sequence[Change],
) -> None:
    moved = {one.key.casefold() for one in changes if one.kind is not ChangeKind.UNCHANGED}
    touched = [one for one in wanted if one.username.casefold() in moved]
    told = {one.username.casefold() for one in touched}
    for key in moved - told:
        end(session, known[key])
    people: list[dict[str, object]] = []
    grants: list[dict[str, object]] = []
    kept: list[UUID] = []
    for one in touched:
        person = known.get(one.username.casefold())
        if person is None:
            person_id = new_id()
            people.append(_row(district_code, person_id, one))
        else:
            person_id = person.id
            kept.append(person_id)
            _update(session, person, one)
        grants += [
            {
                "id": new_id(),
                "person_id": person_id,
                "role": grant.role,
                "area_code": grant.area_code,
                "unit_code": grant.unit_code,
            }
            for grant in sorted(one.grants, key=str)
        ]
    for start in range(0, len(kept), 500):
        session.execute(delete(GrantRow).where(GrantRow.person_id.in_(kept[start : start + 500])))
    for model, rows in ((Person, people), (GrantRow, grants)):
        if rows:
            session.execute(insert(model), rows)


def _row(district_code: str, person_id: UUID, one: Wanted) -> dict[str, object]:
    return {
        "id": person_id,
        "district_code": district_code,
        "username": one.username,
        "email": one.email,
        "name": one.name,
        "password": None,
        "active": one.active,
        "one_time": False,
        "fs_uniquifier": person_id.hex,
    }


def _update(session: Session, person: Person, one: Wanted) -> None:
    person.name, person.email = one.name, one.email
    if person.active and not one.active:
        end(session, person)
    person.active = one.active
    session.flush()


def end(session: Session, person: Person) -> None:
    """Let a person sign in no more, from this moment on; what the person did stays."""
    person.active = False
    person.fs_uniquifier = new_id().hex  # whoever is signed in as the person is signed out
    drop_links(session, person.id)
    session.flush()
