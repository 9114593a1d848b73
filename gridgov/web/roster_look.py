"""What the page of a roster shows of an area: its people now and next, leaves, vacancies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.rosters import Clock, Standing, is_manned
from gridgov.services import leaves, rosters, vacancies
from gridgov.services.reference import Reference
from gridgov.storage import people, roster_posts
from gridgov.storage import rosters as store
from gridgov.storage.people import Duty
from gridgov.storage.rosters import HandOver, Leave, ShiftRow
from gridgov.web import leave as leave_page
from gridgov.web import roster_words, words
from gridgov.web.i18n import pick
from gridgov.web.places import name_of

MOST = 40  # grids on one page
VACANT_SHOWN = 12
NEWEST = 100
HANDED_SHOWN = 8
ORDER = [str(kind) for kind in DutyKind]


@dataclass(frozen=True, slots=True)
class Look:
    """The roster of an area as it stands now, with everybody's name.

    `duties` by area; `here`: where somebody stands in a post, by person and kind of duty.
    """

    session: Session
    reference: Reference
    area: AreaShape
    clock: Clock
    grids: Sequence[AreaShape]
    standings: Mapping[str, Sequence[Standing]]
    duties: Mapping[str, Sequence[Duty]]
    shifts: Mapping[UUID, list[ShiftRow]]
    leaves: Sequence[Leave]
    handed: Sequence[HandOver]
    signs: Mapping[UUID, tuple[str, str]]
    here: Mapping[tuple[UUID, str], Standing]

    def name(self, person_id: UUID | None) -> str:
        """Return the name of somebody."""
        return "" if person_id is None else self.signs.get(person_id, ("", ""))[0]


def look(
    session: Session,
    reference: Reference,
    grids: Sequence[AreaShape],
    area: AreaShape,
    now: datetime,
) -> Look:
    """Read what the page of an area shows."""
    today = reference.local_day(now)
    everybody = vacancies.by_grid(session, reference, vacancies.grids(reference), now)
    codes = {one.code for one in grids} | {area.code}
    duties = roster_posts.duties_from(session, reference.district_code, codes, today)
    ids = {duty.person_id for duty in duties}
    hours: dict[UUID, list[ShiftRow]] = {}
    for row in roster_posts.shift_rows(session, ids, today):
        hours.setdefault(row.person_id, []).append(row)
    ids |= set(_unit_people(session, reference, area))
    absences = store.leaves_of(session, ids, reference.district_code, now) if ids else []
    recent = store.recent(session, reference.district_code, NEWEST)
    handed = [one for one in recent if one.from_person_id in ids or one.to_person_id in ids]
    around = {one.person_id for found in everybody.values() for one in found}
    ids |= around | {one.from_person_id for one in handed}
    ids |= {one.covered_by_id for one in absences if one.covered_by_id is not None}
    ids |= {one.to_person_id for one in handed if one.to_person_id is not None}
    return Look(
        session,
        reference,
        area,
        rosters.clock(reference, now),
        grids,
        everybody,
        _by_area(duties),
        hours,
        absences,
        handed[:HANDED_SHOWN],
        people.signs(session, ids),
        _by_post(everybody),
    )


def _by_area(duties: Sequence[Duty]) -> dict[str, list[Duty]]:
    found: dict[str, list[Duty]] = {}
    for one in duties:
        found.setdefault(one.area_code, []).append(one)
    return found


def _by_post(everybody: Mapping[str, Sequence[Standing]]) -> dict[tuple[UUID, str], Standing]:
    """Return the first standing of each person in each post."""
    found: dict[tuple[UUID, str], Standing] = {}
    for standings in everybody.values():
        for one in standings:
            found.setdefault((one.person_id, one.post), one)
    return found


def _unit_people(session: Session, reference: Reference, area: AreaShape) -> Sequence[UUID]:
    """Return who works for the units of an area and below; the district's are the district's."""
    net = reference.net
    codes = [
        unit.code
        for unit in reference.units.values()
        if net.find(unit.area_code) is not None
        and area.code in {up.code for up in net.path(unit.area_code)}
    ]
    return roster_posts.people_of_units(session, reference.district_code, codes)


def _is_vacant(seen: Look, code: str) -> bool:
    return not is_manned(seen.standings.get(code, ()), seen.clock)


def children(seen: Look, area: AreaShape) -> list[dict[str, Any]]:
    """Return the areas below, with how many of their grids have nobody."""
    net = seen.reference.net
    counted: dict[str, list[int]] = {}
    for grid in seen.grids:
        for up in net.path(grid.code):
            found = counted.setdefault(up.code, [0, 0])
            found[0] += 1
            found[1] += _is_vacant(seen, grid.code)
    return [
        {
            "name": name_of(one),
            "url": url_for("roster.show", area=one.code),
            "grids": counted.get(one.code, [0, 0])[0],
            "vacant": counted.get(one.code, [0, 0])[1],
        }
        for one in net.children(area.code)
        if one.kind in (AreaKind.TOWN, AreaKind.VILLAGE)
    ]


def grids(seen: Look, shown: Sequence[AreaShape]) -> list[dict[str, Any]]:
    """Return grids with who has them now and next."""
    return [
        {
            "code": grid.code,
            "name": name_of(grid),
            "vacant": _is_vacant(seen, grid.code),
            "people": [_person(seen, duty) for duty in _of(seen, grid.code, now=True)],
            "next": [_person(seen, duty) for duty in _of(seen, grid.code, now=False)],
        }
        for grid in shown
    ]


def above(seen: Look) -> list[dict[str, Any]]:
    """Return who stands in for all grids of a village or town: night duty and cover."""
    if seen.area.kind not in (AreaKind.TOWN, AreaKind.VILLAGE):
        return []
    return [_person(seen, duty) for duty in _of(seen, seen.area.code, now=None)]


def _of(seen: Look, code: str, *, now: bool | None) -> list[Duty]:
    today = seen.clock.local.date()
    found = [duty for duty in seen.duties.get(code, ()) if now in (None, duty.starts_on <= today)]
    return sorted(found, key=lambda duty: (ORDER.index(duty.kind), duty.starts_on))


def _person(seen: Look, duty: Duty) -> dict[str, Any]:
    """Return one duty: who, as what, whether there now, from and until when, in which hours."""
    here = seen.here.get((duty.person_id, duty.kind))
    sign, said = ("off", "")
    if here is not None:
        sign, said = roster_words.standing(here, seen.clock, seen.reference)
    name, username = seen.signs.get(duty.person_id, ("", ""))
    ends = _("until %(until)s", until=duty.ends_on.isoformat()) if duty.ends_on else ""
    begins = ""
    if duty.starts_on > seen.clock.local.date():
        sign, said = "off", ""
        begins = _("from %(day)s", day=duty.starts_on.isoformat())
    return {
        "post": roster_words.post(duty.kind),
        "name": name,
        "username": username,
        "sign": sign,
        "state": said,
        "span": words.joined(begins, ends),
        "hours": [
            {"words": roster_words.shift(row), "url": url_for("roster.end_shift", shift_id=row.id)}
            for row in seen.shifts.get(duty.person_id, ())
        ],
        "end_url": url_for("roster.end_duty", duty_id=duty.id),
    }


def vacant(seen: Look) -> dict[str, Any]:
    """Return the grids that have nobody, each with who could stand in."""
    codes = [grid.code for grid in seen.grids if _is_vacant(seen, grid.code)]
    since = store.vacancies(seen.session, seen.reference.district_code)
    units = _empty_units(seen, since)
    return {
        "units": units[:VACANT_SHOWN],
        "units_count": len(units),
        "units_more": max(0, len(units) - VACANT_SHOWN),
        "count": len(codes),
        "more": max(0, len(codes) - VACANT_SHOWN),
        "grids": [_vacancy(seen, code, since) for code in codes[:VACANT_SHOWN]],
    }


def _empty_units(seen: Look, since: Mapping[str, store.Vacancy]) -> list[dict[str, str]]:
    """Return the units of the area and below for which nobody works."""
    net, at = seen.reference.net, seen.clock.at
    found = []
    for unit in vacancies.empty_units(seen.session, seen.reference):
        above = [] if net.find(unit.area_code) is None else net.path(unit.area_code)
        if seen.area.code in {one.code for one in above}:
            noted = since.get(vacancies.noted_as(unit.code))
            begun = "" if noted is None else words.clock(noted.since, at, seen.reference.zone)
            found.append({"name": pick(unit.name, unit.name_en), "since": begun})
    return found


def _vacancy(seen: Look, code: str, since: Mapping[str, store.Vacancy]) -> dict[str, Any]:
    found = vacancies.proposals(seen.session, seen.reference, code, seen.standings, seen.clock.at)
    noted = since.get(code)
    return {
        "code": code,
        "name": name_of(seen.reference.net.area(code)),
        "since": ""
        if noted is None
        else words.clock(noted.since, seen.clock.at, seen.reference.zone),
        "proposals": [
            {
                "name": seen.name(one.person_id),
                "username": seen.signs.get(one.person_id, ("", ""))[1],
                "grid": name_of(one.grid),
                "load": one.load,
            }
            for one in found
        ],
    }


def asked(seen: Look) -> list[dict[str, Any]]:
    """Return the leaves that wait for a decision, with where the work would go."""
    return [
        {
            **_absence(seen, one),
            "moves": leave_page.told(
                seen.session, leaves.rehearse(seen.session, one, seen.clock.at), seen.reference
            ),
            "url": url_for("roster.decide", leave_id=one.id),
        }
        for one in seen.leaves
        if one.granted is None
    ]


def absent(seen: Look) -> list[dict[str, Any]]:
    """Return the leaves of the page, granted and those that wait for it, with how they stand."""
    shown = (one for one in seen.leaves if one.granted is not False)
    return [{**_absence(seen, one), "state": leave_page.state(one)} for one in shown]


def away(seen: Look) -> list[dict[str, Any]]:
    """Return the leaves that were granted and are not over, by begin."""
    granted = (one for one in seen.leaves if one.granted)
    return [{**_absence(seen, one), "state": leave_page.state(one)} for one in granted]


def _absence(seen: Look, one: Leave) -> dict[str, Any]:
    said = leave_page.span(one, seen.reference)
    return {**said, "name": seen.name(one.person_id), "cover": seen.name(one.covered_by_id)}


def handed(seen: Look) -> list[dict[str, Any]]:
    """Return the newest hand-overs of these people, with their receipts."""
    return [
        {
            "at": words.clock(one.offered_at, seen.clock.at, seen.reference.zone),
            "from": seen.name(one.from_person_id),
            "to": _taker(seen, one),
            "count": len(one.items),
            "state": _receipt(seen, one),
            "sign": "wait" if one.is_waiting and one.to_person_id is not None else "done",
        }
        for one in seen.handed
    ]


def _taker(seen: Look, one: HandOver) -> str:
    unit = seen.reference.units.get(one.to_unit_code or "")
    return seen.name(one.to_person_id) or ("" if unit is None else pick(unit.name, unit.name_en))


def _receipt(seen: Look, one: HandOver) -> str:
    def at(moment: datetime) -> str:
        return words.clock(moment, seen.clock.at, seen.reference.zone)

    if one.taken_at is not None:
        return _("taken over %(at)s", at=at(one.taken_at))
    if one.declined_at is not None:
        reason = roster_words.DECLINE_WORDS.get(one.decline_reason or "", "")
        return _("declined: %(reason)s", reason=reason)
    if one.lapsed_at is not None:
        return _("given back, nobody had taken it")
    return _("not confirmed yet") if one.to_person_id is not None else _("in the unit's inbox")
