"""Leaves: asked for, decided by another, begun and ended by the clock, each exactly once.

A leave routes work and nothing else: no hours are counted, and why somebody is away is kept
no closer than its kind.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Level
from gridgov.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from gridgov.domain.messages import MessageKind
from gridgov.domain.roles import Actor, Role
from gridgov.services import relief
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.services.relief import Move
from gridgov.storage import districts, messages, people, roster_posts
from gridgov.storage import rosters as store
from gridgov.storage.ids import new_id
from gridgov.storage.people import Person
from gridgov.storage.rosters import HandOver, Leave

MAX_LEAVE = timedelta(days=366)
A_PAGE = 20
# Who arranges duties in an area of theirs; administrators do not decide on leave (三员分立).
DECIDES = (Role.DISPATCHER, Role.SUPERVISOR, Role.OFFICE)
ARRANGES = (*DECIDES, Role.SYSTEM_ADMIN)


class LeaveKind(StrEnum):
    """Why somebody is away, no closer than routing needs it."""

    LEAVE = "leave"
    OFFICIAL = "official"  # training, a meeting, sent elsewhere
    SHORT_NOTICE = "short_notice"


class Overlaps(Conflict):
    """The person has another leave in these days."""

    code = "leave_overlaps"


class LeaveDecided(Conflict):
    """The leave was decided, or taken back, already."""

    code = "leave_decided"


def arranged_areas(
    actor: Actor, reference: Reference, roles: Collection[Role] = ARRANGES
) -> frozenset[str]:
    """Return the areas for which somebody arranges duties: by office, or as a village or town."""
    found = set(actor.areas(*roles))
    for code in actor.units():
        unit = reference.units.get(code)
        if unit is not None and unit.level in (Level.VILLAGE, Level.TOWN):
            found.add(unit.area_code)
    return frozenset(found)


def may_arrange(
    session: Session,
    actor: Actor,
    person_id: UUID,
    reference: Reference,
    now: datetime,
    roles: Collection[Role] = ARRANGES,
) -> bool:
    """Tell whether somebody arranges the duties of a person: of an area or a unit of theirs."""
    mine = arranged_areas(actor, reference, roles)
    return bool(mine & _places(session, person_id, reference, now))


def _places(session: Session, person_id: UUID, reference: Reference, now: datetime) -> set[str]:
    """Return the areas over a person: of the duties, or of the units the person works for."""
    person = session.get(Person, person_id)
    if person is None or person.district_code != reference.district_code:
        return set()
    actor = people.load_actor(session, person, reference.local_day(now))
    codes: set[str | None] = {grant.area_code for grant in actor.grants}
    codes |= set(roster_posts.areas_of(session, person_id, reference.local_day(now)))
    codes |= {reference.units[code].area_code for code in actor.units() if code in reference.units}
    found = {reference.district_code}
    for code in codes:
        if reference.net.find(code) is not None:
            found |= {area.code for area in reference.net.path(str(code))}
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A leave as it is asked for: from, until (aware UTC), why, and who may stand in."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    covered_by_id: UUID | None = None


def ask(session: Session, person_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> Leave:
    """Ask for a leave; nothing moves before somebody else has granted it.

    Raises: InvalidInput (until: before_start, in_the_past, too_long_leave; kind; cover: unknown),
    Overlaps, NotFound.
    """
    _check(session, person_id, wanted, now)
    person = roster_posts.lock_person(session, person_id)
    if person is None or person.district_code != by.district_code:
        raise NotFound(f"no person {person_id}")
    known = store.leaves_of(session, [person_id], by.district_code, wanted.starts_at)
    if any(one.starts_at < wanted.ends_at and one.granted is not False for one in known):
        raise Overlaps("another leave lies in these days")
    leave = Leave(
        id=new_id(),
        district_code=by.district_code,
        person_id=person_id,
        kind=wanted.kind,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        covered_by_id=wanted.covered_by_id,
        asked_at=now,
        asked_by_id=by.person_id,
    )
    session.add(leave)
    session.flush()
    _tell(session, leave, "asked", now)
    return leave


def ask_for(
    session: Session, person_id: UUID, wanted: Wanted, *, by: Actor, now: datetime
) -> Leave:
    """Ask for a leave in the place of somebody whose duties one arranges, as `ask` does.

    Raises: as ask, and NotAllowed for who is of other areas.
    """
    reference = reference_of(session, by.district_code)
    if not may_arrange(session, by, person_id, reference, now):
        raise NotAllowed("the duties of another area")
    return ask(session, person_id, wanted, by=by, now=now)


def _check(session: Session, person_id: UUID, wanted: Wanted, now: datetime) -> None:
    if wanted.kind not in set(LeaveKind):
        raise InvalidInput("kind", "unknown")
    if wanted.ends_at <= wanted.starts_at:
        raise InvalidInput("until", "before_start")
    if wanted.ends_at <= now:
        raise InvalidInput("until", "in_the_past")
    if wanted.ends_at - wanted.starts_at > MAX_LEAVE:
        raise InvalidInput("until", "too_long_leave")
    if wanted.covered_by_id is not None:
        cover = session.get(Person, wanted.covered_by_id)
        if cover is None or not cover.active or cover.id == person_id:
            raise InvalidInput("cover", "unknown")


def rehearse(session: Session, leave: Leave, now: datetime) -> list[Move]:
    """Return where the open work of today would go when the leave begins, and why."""
    reference = reference_of(session, leave.district_code)
    return relief.plan(session, leave.person_id, reference, max(now, leave.starts_at))


def decide(session: Session, leave_id: UUID, *, granted: bool, by: Actor, now: datetime) -> Leave:
    """Grant or refuse a leave; one that has begun begins at once.

    Raises: NotFound, NotAllowed (the own leave, or of other areas), LeaveDecided.
    """
    districts.hold(session, by.district_code)
    reference = reference_of(session, by.district_code)
    leave = _locked(session, leave_id, by)
    if leave.granted is not None or leave.ended_at is not None:
        raise LeaveDecided("the leave was decided already")
    if leave.person_id == by.person_id:
        raise NotAllowed("nobody grants the own leave")
    if not may_arrange(session, by, leave.person_id, reference, now, DECIDES):
        raise NotAllowed("a leave in another area")
    leave.granted, leave.decided_at, leave.decided_by_id = granted, now, by.person_id
    if granted:
        leave.next_at = leave.starts_at
        _add_cover(session, leave, reference)
    _tell(session, leave, "granted" if granted else "refused", now)
    session.flush()
    if granted and leave.starts_at <= now:
        _due(session, leave, now)
    return leave


def _add_cover(session: Session, leave: Leave, reference: Reference) -> None:
    """Let who was named stand in for the areas of the person, on the days of the leave."""
    if leave.covered_by_id is None:
        return
    first, last = reference.local_day(leave.starts_at), reference.local_day(leave.ends_at)
    has = {duty.area_code for duty in people.duties_of(session, leave.covered_by_id, first)}
    areas = {duty.area_code for duty in people.duties_of(session, leave.person_id, first)}
    roster_posts.add_cover(
        session, leave.district_code, areas - has, leave.covered_by_id, first, last
    )


def end(session: Session, leave_id: UUID, *, by: Actor, now: datetime) -> Leave:
    """Take a leave back before it begins, or come back before it ends.

    The person may, and who arranges the duties. Raises: NotFound, NotAllowed, LeaveDecided.
    """
    districts.hold(session, by.district_code)
    leave = _locked(session, leave_id, by)
    reference = reference_of(session, by.district_code)
    mine = leave.person_id == by.person_id
    if not mine and not may_arrange(session, by, leave.person_id, reference, now, DECIDES):
        raise NotAllowed("a leave in another area")
    if leave.ended_at is not None or leave.granted is False or leave.ends_at <= now:
        raise LeaveDecided("the leave is over already")
    _over(session, leave, now)
    return leave


def _locked(session: Session, leave_id: UUID, by: Actor) -> Leave:
    leave = store.lock_leave(session, leave_id)
    if leave is None or leave.district_code != by.district_code:
        raise NotFound(f"no leave {leave_id}")
    return leave


def sweep(session: Session, district_code: str, *, now: datetime) -> int:
    """Begin and end the leaves whose moment has come; return how many, 0 for nothing left.

    The row is the timer: what is done and its next moment are one transaction, and rows
    another process has are left to it.
    """
    districts.hold(session, district_code)
    due = store.take_due_leaves(session, district_code, now, A_PAGE)
    for leave in due:
        _due(session, leave, now)
    session.flush()
    return len(due)


def _due(session: Session, leave: Leave, now: datetime) -> None:
    if leave.ends_at <= now:
        _over(session, leave, now)
        return
    leave.begun_at, leave.next_at = now, leave.ends_at
    session.flush()
    _tell(session, leave, "begun", now)
    relief.relieve(
        session,
        leave.person_id,
        relief.ON_LEAVE,
        district_code=leave.district_code,
        now=now,
        leave_id=leave.id,
    )


def _over(session: Session, leave: Leave, now: datetime) -> None:
    """End a leave: from now on the person is there again, and gets back what nobody took."""
    leave.ended_at, leave.next_at = now, None
    _end_cover(session, leave, now)
    session.flush()
    _tell(session, leave, "over", now)
    if leave.begun_at is not None:
        relief.give_back(session, leave.id, leave.person_id, now=now)


def _end_cover(session: Session, leave: Leave, now: datetime) -> None:
    if leave.covered_by_id is None or leave.granted is not True:
        return
    reference = reference_of(session, leave.district_code)
    first, last = reference.local_day(leave.starts_at), reference.local_day(leave.ends_at)
    # Over before it began, it ends on the day before.
    yesterday = reference.local_day(now) - timedelta(days=1)
    areas = {duty.area_code for duty in people.duties_of(session, leave.person_id, first)}
    # Who covers may stand in for others in what is left of the days, also in the same grid.
    for other in store.also_covered_by(session, leave, now):
        areas -= {duty.area_code for duty in people.duties_of(session, other.person_id, first)}
    roster_posts.end_cover(
        session,
        areas,
        leave.covered_by_id,
        first,
        last,
        min(last, max(yesterday, first - timedelta(days=1))),
    )


def strays(session: Session, district_code: str, *, now: datetime) -> list[HandOver]:
    """Move what still lies with somebody who left or is on leave, whatever made it so."""
    found: list[HandOver] = []
    today = reference_of(session, district_code).local_day(now)
    for person_id, gone in roster_posts.who_cannot_act(
        session, district_code, today=today, now=now, limit=A_PAGE
    ):
        cause = relief.LEFT if gone else relief.ON_LEAVE
        leave = None if gone else store.running_leave(session, person_id, now)
        found += relief.relieve(
            session,
            person_id,
            cause,
            district_code=district_code,
            now=now,
            leave_id=None if leave is None else leave.id,
        )
    return found


def _tell(session: Session, leave: Leave, what: str, now: datetime) -> None:
    """Put it into the log, for the person and for who arranges the duties."""
    reference = reference_of(session, leave.district_code)
    body = {
        "what": what,
        "leave": str(leave.id),
        "people": [str(leave.person_id)],
        "desks": sorted(_places(session, leave.person_id, reference, now)),
        "from": leave.starts_at.isoformat(),
        "until": leave.ends_at.isoformat(),
    }
    messages.append(session, leave.district_code, MessageKind.LEAVE_NOTED, at=now, body=body)
