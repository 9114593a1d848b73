"""Who is there for a place now, and who of them gets a case: the look behind every choice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import shapely
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaShape
from gridgov.domain.assignment import (
    HOME_KINDS,
    NEIGHBOUR,
    Assignment,
    DutyKind,
    OnDuty,
    Why,
)
from gridgov.domain.datum import LonLat
from gridgov.domain.handover import DutyPlace
from gridgov.domain.next_door import neighbours, seen_from
from gridgov.domain.rosters import (
    Ask,
    Clock,
    Standing,
    away,
    choose,
    is_enforcement,
    needs_loads,
    weighed,
)
from gridgov.services.reference import Reference
from gridgov.storage import roster_posts
from gridgov.storage.cases import Case
from gridgov.storage.roster_posts import Post

# Of a higher area only those who stand in have its grids as well.
FROM_ABOVE = frozenset({DutyKind.NIGHT, DutyKind.COVER})
NOBODY: Mapping[UUID, Why] = {}


def clock(reference: Reference, now: datetime) -> Clock:
    """Return a moment in the district's zone."""
    return Clock(now, reference.zone)


def standings(
    session: Session, reference: Reference, place: DutyPlace, now: datetime
) -> list[Standing]:
    """Return who may be asked for what lies in a place, and how they stand now.

    Its grid's people, and the night duty and cover of the village and town above it.
    """
    codes = {place.home, place.village_code, place.town_code} - {None}
    if place.home is None:
        return []
    found = roster_posts.posts(
        session,
        reference.district_code,
        {code for code in codes if code is not None},
        today=reference.local_day(now),
        now=now,
    )
    return of_grid(found, place.home)


def of_grid(posts: Iterable[Post], grid_code: str) -> list[Standing]:
    """Return those of some posts who have a grid: its own, and who stands in from above."""
    return [
        post.standing
        for post in posts
        if post.area_code == grid_code or post.standing.post in FROM_ABOVE
    ]


def on_duty(
    session: Session, reference: Reference, grid_code: str, now: datetime
) -> Sequence[OnDuty]:
    """Return the people of a grid who are not on leave, leads first.

    Who is outside the own shift comes last: the work waits for them there.
    """
    posts = roster_posts.posts(
        session,
        reference.district_code,
        {grid_code},
        today=reference.local_day(now),
        now=now,
    )
    at = clock(reference, now)
    found: list[tuple[bool, int, OnDuty]] = []
    for one in posts:
        why = away(one.standing, at)
        if one.standing.post in HOME_KINDS and (why is None or why[0] is Why.OFF_SHIFT):
            duty = OnDuty(one.standing.person_id, DutyKind(one.standing.post))
            found.append((why is not None, HOME_KINDS.index(duty.kind), duty))
    return [duty for _off, _kind, duty in sorted(found, key=lambda each: each[:2])]


def holder(
    session: Session,
    case: Case,
    reference: Reference,
    now: datetime,
    *,
    units: tuple[tuple[str, str], ...],
    barred: Mapping[UUID, Why] = NOBODY,
) -> Assignment | None:
    """Return who handles a case of a grid: its people, those next door, else a unit."""
    found = standings(session, reference, case.duty, now)
    helpers = any(one.post == DutyKind.VOLUNTEER for one in found)
    enforcement = helpers and is_enforcement(reference.category_of(case))
    return _chosen(session, case, reference, now, found, Ask(barred, units, enforcement))


def checker(
    session: Session,
    case: Case,
    reference: Reference,
    now: datetime,
    *,
    units: tuple[tuple[str, str], ...],
    barred: Mapping[UUID, Why],
) -> Assignment | None:
    """Return who checks a case: who handled it is barred."""
    found = standings(session, reference, case.duty, now)
    return _chosen(session, case, reference, now, found, Ask(barred, units, check=True))


def _chosen(
    session: Session,
    case: Case,
    reference: Reference,
    now: datetime,
    found: list[Standing],
    ask: Ask,
) -> Assignment | None:
    at = clock(reference, now)
    if not needs_loads(found, ask, at):
        return choose(found, ask, at)
    chosen = choose(_weighed(session, case, reference, found, now), ask, at)
    if ask.check or (chosen is not None and chosen.person_id is not None):
        return chosen
    # Whom the grid has is away for all to see: those next door come before the village.
    around = next_door(session, case, reference, now)
    if not around:
        return chosen
    return choose(_weighed(session, case, reference, [*found, *around], now), ask, at)


def next_door(session: Session, case: Case, reference: Reference, now: datetime) -> list[Standing]:
    """Return the leads of the grids next door, as who may stand in."""
    home = reference.net.find(case.home_grid)
    if home is None:
        return []
    codes = [area.code for area in neighbours(reference.net, home.code)]
    posts = roster_posts.posts(
        session, reference.district_code, codes, today=reference.local_day(now), now=now
    )
    return [
        replace(one.standing, post=NEIGHBOUR) for one in posts if one.standing.post == DutyKind.LEAD
    ]


def _weighed(
    session: Session,
    case: Case,
    reference: Reference,
    found: Sequence[Standing],
    now: datetime,
) -> list[Standing]:
    ids = {one.person_id for one in found}
    counts = roster_posts.loads(session, ids)
    return weighed(found, counts, distances(session, case, reference, ids, now))


def distances(
    session: Session,
    case: Case,
    reference: Reference,
    person_ids: Collection[UUID],
    now: datetime,
) -> dict[UUID, float]:
    """Return person id → metres from the spot of a case to the grid the person leads.

    Nobody's whereabouts are known or asked for; who leads the grid of the case itself, or
    none, is left out.
    """
    if case.lon is None or case.lat is None:
        return {}
    spot = LonLat(lon=case.lon, lat=case.lat)
    led = roster_posts.grids_led(session, person_ids, reference.local_day(now))
    areas: dict[str, AreaShape] = {}
    for code in set(led.values()) - {case.home_grid}:
        area = reference.net.find(code)
        if area is not None and area.geometry is not None:
            shapely.prepare(area.geometry)
            areas[code] = area
    away_m = {one.area.code: one.away_m for one in seen_from(spot, areas.values())}
    return {
        person_id: metres
        for person_id, code in led.items()
        if (metres := away_m.get(code)) is not None
    }
