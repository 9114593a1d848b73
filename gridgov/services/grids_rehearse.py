"""Rehearsing a draft: what it would have done to the last months, and to the open cases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain import rehearsal
from gridgov.domain import replay as replays
from gridgov.domain.assignment import Assignment, OnDuty
from gridgov.domain.errors import Conflict
from gridgov.domain.handover import DutyPlace, NewNet
from gridgov.domain.lineage import Change, Link
from gridgov.domain.rehearsal import Outcome
from gridgov.domain.replay import Past, Replay
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.domain.scope import may_see
from gridgov.domain.workflow import CaseState
from gridgov.services import dispatch, grids, grids_lineage, grids_places, grids_roster
from gridgov.services.dispatch import Duties
from gridgov.services.grids_roster import Roster
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import grid_changes, grid_past, people
from gridgov.storage.areas import DRAFT, GridVersion
from gridgov.storage.cases import Case

MONTH = timedelta(days=365.25 / 12)
NO_PAST = Past.of([], [], [], months=1.0)


@dataclass(frozen=True, slots=True)
class HandChange:
    """An open case whose duty would move: from which grid to which, and from whom to whom.

    `changes_hands` is False where the same person, or a unit that the grids do not
    concern, would go on with it. Persons by id (`Rehearsal.names` has their names),
    units by code. Who checks a resolved case is chosen when it happens: then `to_` is
    empty.
    """

    case_id: UUID
    number: str
    state: str
    category_code: str
    from_grid: str | None
    to_grid: str | None
    changes_hands: bool
    from_person: UUID | None
    from_unit: str | None
    to_person: UUID | None
    to_unit: str | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a draft would change, for the page and for tables to export.

    `outcome` has the rows of the grids, the workers and the flows between grids; `hands`
    the open cases that the actor may see, `hidden_hands` counts the others.
    `roster_before` and `roster_after` say who has the duty for each grid, the lead first.
    `without_position` cases of the time have no place to run through a net.
    """

    version: int
    base: int
    since: datetime
    until: datetime
    outcome: Outcome
    without_position: int
    hands: tuple[HandChange, ...]
    hidden_hands: int
    links: tuple[Link, ...]
    names: Mapping[UUID, str]
    roster_before: Roster
    roster_after: Roster
    replay: Replay = field(compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """Everything a rehearsal needs of the database; `perform` needs no session any more.

    `past` is empty where its `replay` through this draft is known.
    """

    draft: GridVersion
    since: datetime
    until: datetime
    reference: Reference
    net: Net
    edited: Mapping[str, str]
    roster: Roster
    planned: Roster
    staffed: Collection[str]
    past: Past
    replay: Replay | None
    without_position: int
    open_cases: Sequence[Case]
    names: Mapping[UUID, str]


def gather(
    session: Session,
    draft: GridVersion,
    *,
    since: datetime,
    now: datetime,
    until: datetime | None = None,
    replay: Replay | None = None,
) -> Script:
    """Read what a rehearsal of the cases received since a moment needs.

    `until` ends the time before now; with the `replay` of that very time through that very
    draft the past is not read again. Raises: NotADraft, InvalidInput (the areas make no
    net), Conflict (no time has passed).
    """
    if draft.status != DRAFT:
        raise grids.NotADraft(f"grid version {draft.number} is {draft.status}", number=draft.number)
    until = until or now
    if not since < until <= now:
        raise Conflict("a rehearsal needs a time that has passed")
    reference = reference_of(session, draft.district_code)
    roster = people.roster(session, draft.district_code, reference.local_day(now))
    waiting = grid_past.open_cases(session, draft.district_code)
    had = {case.assignee_id for case in waiting} | {case.checker_id for case in waiting}
    planned = grids_roster.planned(session, draft)
    had |= {duty.person_id for duties in (*roster.values(), *planned.values()) for duty in duties}
    return Script(
        draft=draft,
        since=since,
        until=until,
        reference=reference,
        net=grids.net_of(session, draft),
        edited=grid_changes.carried(session, draft.id),
        roster=roster,
        planned=planned,
        staffed=people.staffed(session, draft.district_code),
        past=_past(session, draft.district_code, since, until) if replay is None else NO_PAST,
        replay=replay,
        without_position=grid_past.without_position(session, draft.district_code, since, until),
        open_cases=waiting,
        names=people.names(session, {person for person in had if person is not None}),
    )


def _past(session: Session, district_code: str, since: datetime, until: datetime) -> Past:
    lons, lats, categories, confidential = grid_past.positions(session, district_code, since, until)
    months = (until - since) / MONTH
    return Past.of(lons, lats, categories, months, confidential=confidential)


def perform(script: Script, *, by: Actor | None = None) -> Rehearsal:
    """Run the past and the open cases through the draft: seconds for a million of them.

    To be called without a transaction: PostgreSQL ends one that idles so long. `by` limits
    the list of open cases to those the actor may see; without one it names only cases that
    are not confidential. Raises: InvalidInput (field `areas`).
    """
    active, net = script.reference.net, script.net
    links = grids_lineage.news(script.draft, active, net)
    carry = grids_roster.carries(script.edited, net, links)
    carried = grids_roster.carried_roster(script.roster, carry)
    begins = grids_roster.beginning(carried, script.planned, net, script.edited)
    joined = grids_roster.joined(carried, begins)
    # A duty for a code that ends without an heir ends with it.
    after = {code: duties for code, duties in joined.items() if net.find(code) is not None}
    replay = script.replay or replays.replay(
        script.past, active, net, same=new_codes(links), settings=script.reference.routing
    )
    outcome = rehearsal.compare(replay, active, net, leads(script.roster), leads(after))
    hands, hidden = _hands(script, NewNet(net, links), after, by)
    return Rehearsal(
        version=script.draft.number,
        base=active.version,
        since=script.since,
        until=script.until,
        outcome=outcome,
        without_position=script.without_position,
        hands=hands,
        hidden_hands=hidden,
        links=links,
        names=script.names,
        roster_before=script.roster,
        roster_after=after,
        replay=replay,
    )


def rehearse(
    session: Session, draft: GridVersion, *, since: datetime, now: datetime, by: Actor | None = None
) -> Rehearsal:
    """Gather and perform at once: for districts whose past is small, and for tests."""
    return perform(gather(session, draft, since=since, now=now), by=by)


def leads(roster: Roster) -> dict[str, UUID]:
    """Return grid code → who leads it, or stands in for nobody."""
    return {code: duties[0].person_id for code, duties in roster.items() if duties}


def new_codes(links: Iterable[Link]) -> dict[str, str]:
    """Return old code → new code where only the code of some ground changes."""
    return {
        link.from_code: link.to_code
        for link in links
        if link.change is Change.RENAMED and link.from_code and link.to_code
    }


def _hands(
    script: Script, net: NewNet, after: Roster, by: Actor | None
) -> tuple[tuple[HandChange, ...], int]:
    def on_duty(grid_code: str | None) -> Sequence[OnDuty]:
        return after.get(grid_code or "", ())

    duties = Duties(on_duty, script.staffed)
    found: list[HandChange] = []
    hidden = 0
    for case, place in grids_places.places_in(net, script.open_cases, script.reference):
        seen = not case.confidential if by is None else may_see(by, case.scope())
        if seen:
            found.append(_hand(case, place, script.reference, duties))
        else:
            hidden += 1
    return tuple(found), hidden


def _hand(case: Case, place: DutyPlace, reference: Reference, duties: Duties) -> HandChange:
    checked = case.state == CaseState.RESOLVED
    person = case.checker_id if checked else case.assignee_id
    unit = case.checker_unit_code if checked else case.unit_code
    if not checked:
        changed = dispatch.holder_after_change(case, place, reference, duties)
    elif dispatch.still_checks(case, place, reference, duties):
        changed = None
    else:
        changed = Assignment(None, None, "chosen_then")
    to = changed or Assignment(person, unit, "stays")
    return HandChange(
        case_id=case.id,
        number=case.number,
        state=case.state,
        category_code=case.category_code,
        from_grid=case.duty.anchor,
        to_grid=place.anchor,
        changes_hands=changed is not None,
        from_person=person,
        from_unit=unit,
        to_person=to.person_id,
        to_unit=to.unit_code,
    )
