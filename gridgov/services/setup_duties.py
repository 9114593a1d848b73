"""Who has which grid, as a file says: duties that begin, change their last day, or end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.assignment import HOME_KINDS, DutyKind
from gridgov.domain.next_door import GRIDS
from gridgov.domain.setup import DutyRecord
from gridgov.domain.table_imports import (
    Change,
    ChangeKind,
    Difference,
    Located,
    Plan,
    ReadTable,
    Refusal,
    change_of,
)
from gridgov.services import reference as references
from gridgov.services.grids_roster import ADMINISTRATORS
from gridgov.services.setup_base import Prepared
from gridgov.storage import people as stored
from gridgov.storage.ids import new_id
from gridgov.storage.people import Duty, Person

Key = tuple[str, str, str]  # user name, area, kind
DAY = timedelta(days=1)
# Of a village or town people only stand in.
ABOVE = (DutyKind.NIGHT, DutyKind.COVER)
Rows = Sequence[tuple[Located[DutyRecord], Key]]


@dataclass(frozen=True, slots=True)
class _Post:
    """A duty as it will be: local days, both included; `row` is None where no row says it."""

    key: Key
    first: date
    last: date | None
    row: Located[DutyRecord] | None = None

    def overlaps(self, other: "_Post") -> bool:
        """Tell whether some day belongs to both."""
        starts_in_time = self.last is None or other.first <= self.last
        return starts_in_time and (other.last is None or self.first <= other.last)


def prepare(
    session: Session, district_code: str, read: ReadTable[DutyRecord], *, whole: bool, today: date
) -> Prepared:
    """Return what a file of duties would do; `whole`: what is not in it ends.

    A duty is known by person, area and kind, as long as it has not ended. One that began
    keeps its first day. Raises: NotFound.
    """
    reference = references.of(session, district_code)
    people = {
        person.username.casefold(): person
        for person in session.scalars(select(Person).where(Person.district_code == district_code))
    }
    going = _going(session, district_code, today, people)
    # The one that began first stands, where a later one follows it.
    known = dict(reversed(going))
    refusals = list(read.refusals)
    changes: list[Change] = []
    rows = [(row, _key(row.value)) for row in read.rows]
    kinds = {area.code: area.kind for kind in AreaKind for area in reference.net.areas(kind)}
    admins = stored.with_role(session, district_code, ADMINISTRATORS)
    for row, key in rows:
        wrong = _wrong(row, people, kinds.get(row.value.area_code), admins)
        wrong = wrong or _begun(row, known.get(key), today)
        if wrong is not None:
            refusals.append(wrong)
            continue
        changes.append(_change(row, known.get(key), people[key[0]].name, today))
    refusals += _clashes(rows, [] if whole else going, known, people, today)
    if whole:
        told = {key for _, key in rows}
        changes += [
            _ended(key, duty, people[key[0]].name, today)
            for key, duty in sorted(known.items())
            if key not in told
        ]
    plan = Plan(str(read.table), tuple(changes), tuple(refusals), tuple(read.ignored))

    def write() -> None:
        _write(session, district_code, plan, rows, known, people, today)

    return Prepared(plan, write)


def _key(one: DutyRecord) -> Key:
    return one.username.casefold(), one.area_code, one.kind


def _going(
    session: Session, district_code: str, today: date, people: Mapping[str, Person]
) -> list[tuple[Key, Duty]]:
    """Return the duties that have not ended, by begin."""
    names = {person.id: key for key, person in people.items()}
    rows = session.scalars(
        select(Duty)
        .where(
            Duty.district_code == district_code, or_(Duty.ends_on.is_(None), Duty.ends_on >= today)
        )
        .order_by(Duty.starts_on, Duty.id)
    )
    return [
        ((names[duty.person_id], duty.area_code, duty.kind), duty)
        for duty in rows
        if duty.person_id in names
    ]


def _clashes(
    rows: Rows,
    going: Iterable[tuple[Key, Duty]],
    known: Mapping[Key, Duty],
    people: Mapping[str, Person],
    today: date,
) -> list[Refusal]:
    """Refuse rows after which a grid has two leads at once, or one person as both of its two."""
    told = {key for _, key in rows}
    there: dict[str, list[_Post]] = defaultdict(list)
    for key, duty in going:
        if key not in told:
            there[key[1]].append(_Post(key, duty.starts_on, duty.ends_on))
    found: list[Refusal] = []
    for row, key in rows:
        one, kept = row.value, known.get(key)
        begun = today if kept is None else kept.starts_on
        post = _Post(key, one.starts_on or begun, one.ends_on, row)
        others = [other for other in there[key[1]] if post.overlaps(other)]
        clash = next((other for other in others if _clash(post, other)), None)
        there[key[1]].append(post)
        if clash is not None:
            reason = "two_posts" if clash.key[0] == key[0] else "has_lead"
            person = people.get(clash.key[0])
            more = {"who": clash.key[0] if person is None else person.name}
            if clash.row is not None:
                more["first"] = str(clash.row.place.line)
            cell = row.cells.get("kind", "")
            found.append(Refusal(row.place, "kind", reason, one.kind, cell, more))
    return found


def _clash(one: _Post, other: _Post) -> bool:
    kinds = {one.key[2], other.key[2]}
    if one.key[0] == other.key[0]:
        return len(kinds) > 1 and kinds <= set(HOME_KINDS)
    return kinds == {DutyKind.LEAD}


def _wrong(
    row: Located[DutyRecord],
    people: Mapping[str, Person],
    area: AreaKind | None,
    admins: Iterable[UUID],
) -> Refusal | None:
    one = row.value
    person = people.get(one.username.casefold())
    found: tuple[str, str, str] | None = None
    if person is None:
        found = ("username", "unknown_person", one.username)
    elif not person.active:
        found = ("username", "not_active", one.username)
    elif person.id in admins:
        found = ("username", "administrator", one.username)
    elif area is None:
        found = ("area_code", "unknown_area", one.area_code)
    elif area not in GRIDS and one.kind not in ABOVE:
        found = ("kind", "not_above", one.kind)
    if found is None:
        return None
    return Refusal(row.place, found[0], found[1], found[2], row.cells.get(found[0], ""))


def _begun(row: Located[DutyRecord], duty: Duty | None, today: date) -> Refusal | None:
    one = row.value
    starts = one.starts_on
    if duty is not None and duty.starts_on <= today and starts not in (None, duty.starts_on):
        more = {"since": duty.starts_on.isoformat()}
        cell = row.cells.get("starts_on", "")
        return Refusal(row.place, "starts_on", "begun", str(starts), cell, more)
    first = starts or (duty.starts_on if duty is not None else today)
    if one.ends_on is not None and one.ends_on < first:
        cell = row.cells.get("ends_on", "")
        return Refusal(row.place, "ends_on", "before_start", str(one.ends_on), cell)
    return None


def _days(starts: date, ends: date | None) -> dict[str, str]:
    return {"starts_on": starts.isoformat(), "ends_on": "" if ends is None else ends.isoformat()}


def _change(row: Located[DutyRecord], duty: Duty | None, name: str, today: date) -> Change:
    one = row.value
    key = f"{one.username} {one.area_code} {one.kind}"
    if duty is None:
        after = _days(one.starts_on or today, one.ends_on)
        return change_of(key, name, None, after, row.place)
    before = _days(duty.starts_on, duty.ends_on)
    after = _days(one.starts_on or duty.starts_on, one.ends_on)
    change = change_of(key, name, before, after, row.place)
    if one.ends_on is not None and one.ends_on < today:
        return Change(ChangeKind.ENDED, key, name, row.place, change.fields)
    return change


def _ended(key: Key, duty: Duty, name: str, today: date) -> Change:
    was = "" if duty.ends_on is None else duty.ends_on.isoformat()
    fields = (Difference("ends_on", was, (today - DAY).isoformat()),)
    return Change(ChangeKind.ENDED, " ".join(key), name, fields=fields)


def _write(
    session: Session,
    district_code: str,
    plan: Plan,
    rows: Rows,
    known: Mapping[Key, Duty],
    people: Mapping[str, Person],
    today: date,
) -> None:
    told = {key for _, key in rows}
    for row, key in rows:
        one, duty = row.value, known.get(key)
        if duty is not None:
            duty.starts_on = one.starts_on or duty.starts_on
            duty.ends_on = one.ends_on
            continue
        session.add(
            Duty(
                id=new_id(),
                district_code=district_code,
                area_code=one.area_code,
                person_id=people[key[0]].id,
                kind=one.kind,
                starts_on=one.starts_on or today,
                ends_on=one.ends_on,
            )
        )
    gone = {change.key for change in plan.changes if change.kind is ChangeKind.ENDED}
    for key, duty in known.items():
        if key not in told and " ".join(key) in gone:
            _end(session, duty, today)
    session.flush()


def _end(session: Session, duty: Duty, today: date) -> None:
    """End a duty yesterday; one that never began is taken out."""
    if duty.starts_on >= today:
        session.delete(duty)
    else:
        duty.ends_on = today - DAY
