"""Who has the duty for each grid of a draft, once it is active: carried over and planned.

People follow the ground of a grid whose code ends; a grid that is new gets a lead and a
deputy by plan, who begin with the activation.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain import lineage
from gridgov.domain.areas import AreaKind
from gridgov.domain.assignment import DutyKind, OnDuty
from gridgov.domain.errors import InvalidInput
from gridgov.domain.lineage import Link
from gridgov.domain.roles import Actor, Role
from gridgov.domain.routing import Net
from gridgov.services import grids
from gridgov.storage import people, planned_duties
from gridgov.storage.areas import GridVersion
from gridgov.storage.people import Person

Roster = Mapping[str, Sequence[OnDuty]]

GRIDS = (AreaKind.GRID, AreaKind.PROFESSIONAL)
# Those who administer the system do not work on cases (三员分立).
ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


def carries(edited: Mapping[str, str], net: Net, links: Iterable[Link]) -> dict[str, str]:
    """Return old code → new code for the people of codes that end: as edited, else by ground."""
    return lineage.carries(links) | {
        old: new
        for old, new in edited.items()
        if net.find(old) is None and net.find(new) is not None
    }


def carried_roster(roster: Roster, carry: Mapping[str, str]) -> Roster:
    """Return who would have the duty for each grid after the change, without the plan."""
    staying = {code: duties for code, duties in roster.items() if code not in carry}
    return staying | {new: roster[old] for old, new in carry.items() if old in roster}


def planned(session: Session, draft: GridVersion) -> dict[str, list[OnDuty]]:
    """Return the plan of a draft as it was written: area code → people, leads first."""
    found: dict[str, list[OnDuty]] = {}
    for row in planned_duties.of_version(session, draft.id):
        found.setdefault(row.area_code, []).append(OnDuty(row.person_id, DutyKind(row.kind)))
    return found


def beginning(roster: Roster, plan: Roster, net: Net, edited: Mapping[str, str]) -> Roster:
    """Return what of a plan begins with the activation, by grid of the draft.

    `roster` is who has the duty without it. The plan of a code that a later step ended
    follows the ground as its people would; a grid has one lead, so one that is planned
    where there is one already does not begin.
    """
    found: dict[str, list[OnDuty]] = {}
    for code, duties in plan.items():
        there = code if net.find(code) is not None else edited.get(code)
        if there is None or net.find(there) is None:
            continue
        has = [*roster.get(there, ()), *found.get(there, ())]
        for duty in duties:
            led = duty.kind is DutyKind.LEAD and any(one.kind is DutyKind.LEAD for one in has)
            if not led and duty.person_id not in {one.person_id for one in has}:
                found.setdefault(there, []).append(duty)
                has.append(duty)
    return found


def joined(roster: Roster, begins: Roster) -> Roster:
    """Return a roster with what begins, the leads of each grid first."""
    return {**roster} | {
        code: sorted([*roster.get(code, ()), *duties], key=lambda one: one.kind != DutyKind.LEAD)
        for code, duties in begins.items()
    }


def plan(
    session: Session,
    draft: GridVersion,
    code: str,
    *,
    lead: UUID | None,
    deputies: Sequence[UUID],
    by: Actor,
    now: datetime,
) -> None:
    """Write who begins as lead and as deputies of a grid of a draft; nobody ends the plan.

    Raises: NotADraft; InvalidInput (code: unknown; lead, deputy: nobody, administrator;
    deputy: is_lead).
    """
    draft = grids.open_draft(session, draft)
    area = grids.net_of(session, draft).find(code)
    if area is None or area.kind not in GRIDS:
        raise InvalidInput("code", "unknown", code=code)
    if lead is not None:
        _check_person(session, draft, "lead", lead)
    for person_id in deputies:
        _check_person(session, draft, "deputy", person_id)
        if person_id == lead:
            raise InvalidInput("deputy", "is_lead")
    rows = [(lead, DutyKind.LEAD)] if lead is not None else []
    rows += [(person_id, DutyKind.DEPUTY) for person_id in dict.fromkeys(deputies)]
    planned_duties.replace(session, draft.id, code, rows, by_person_id=by.person_id, now=now)


def find_person(session: Session, district_code: str, text: str, field: str) -> UUID:
    """Return whom somebody typed: a user name, alone or beside the name, or a name only one has.

    Raises: InvalidInput (`field`: nobody, several).
    """
    for word in [text.strip(), *text.split()]:
        person = people.by_username(session, word)
        if person is not None and person.district_code == district_code:
            return person.id
    named = people.by_name(session, district_code, text.strip())
    if len(named) != 1:
        raise InvalidInput(field, "several" if named else "nobody", name=text.strip()[:40])
    return named[0]


def _check_person(session: Session, draft: GridVersion, field: str, person_id: UUID) -> None:
    person = session.get(Person, person_id)
    if person is None or person.district_code != draft.district_code or not person.active:
        raise InvalidInput(field, "nobody", name="" if person is None else person.name)
    if people.has_role(session, person_id, ADMINISTRATORS):
        raise InvalidInput(field, "administrator", name=person.name)


def begin(
    session: Session,
    draft: GridVersion,
    begins: Roster,
    done: dict[str, Any],
    today: date,
) -> dict[str, Any]:
    """Begin what was planned, today; return what was done to the roster, with `done` before it."""
    added = [
        people.add_duty(session, draft.district_code, code, duty, today)
        for code, duties in begins.items()
        for duty in duties
    ]
    session.flush()
    return {**done, "added": [*done.get("added", ()), *map(str, added)]}
