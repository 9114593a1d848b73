"""Open cases near a spot: what the resident may join instead of reporting it again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.duplicates import LIMIT, REACH, REACH_M, likeness
from gridgov.domain.geometry import metres_between, metric_scale
from gridgov.domain.storms import Storm
from gridgov.domain.workflow import OPEN_STATES
from gridgov.services import storms
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case


@dataclass(frozen=True, slots=True)
class Nearby:
    """An open case that may be the same problem; likeness 0 to 1, distance in metres.

    `storm` is how many reported it within minutes, where so many did, else 0.
    """

    case: Case
    distance_m: float
    score: float
    storm: int = 0


def nearby(
    session: Session,
    reference: Reference,
    position: LonLat,
    category_code: str | None,
    *,
    now: datetime,
    limit: int = LIMIT,
) -> list[Nearby]:
    """Return the open cases around a position that a report may join, the likeliest first.

    In a storm its parent comes before all others, from as far as the storm reaches, and the
    other cases of the storm are left out. Only what the public may know of: a case of a
    public class that is not confidential.
    """
    storm = storms.around(session, reference, position, category_code, now=now)
    hidden = frozenset() if storm is None else frozenset(storm.cases)
    found = []
    for case in _around(session, reference, position, now):
        if case.id in hidden or not joinable(case, reference):
            continue
        if case.lon is None or case.lat is None:
            continue
        alike = likeness(
            distance_m=metres_between(position, LonLat(lon=case.lon, lat=case.lat)),
            age=now - case.received_at,
            category=category_code,
            other=case.category_code,
        )
        if alike is not None:
            found.append(Nearby(case, alike.distance_m, alike.score))
    found.sort(key=lambda one: (-one.score, one.case.number))
    first = None if storm is None else _parent(session, storm, position)
    return ([] if first is None else [first]) + found[: limit - (first is not None)]


def _parent(session: Session, storm: Storm[UUID], position: LonLat) -> Nearby | None:
    case = session.get(Case, storm.parent)
    if case is None or case.lon is None or case.lat is None:
        return None
    metres = metres_between(position, LonLat(lon=case.lon, lat=case.lat))
    return Nearby(case, metres, 1.0, storm.count)


def close_enough(
    session: Session, reference: Reference, case: Case, position: LonLat | None, now: datetime
) -> bool:
    """Tell whether a position is so near a case that a report may join it.

    The parent of a storm is joined from farther away. Without a position the reporter's
    word is all there is, and is taken.
    """
    if position is None or case.lon is None or case.lat is None:
        return True
    if metres_between(position, LonLat(lon=case.lon, lat=case.lat)) <= REACH_M:
        return True
    storm = storms.around(session, reference, position, case.category_code, now=now)
    return storm is not None and storm.parent == case.id


def joinable(case: Case, reference: Reference) -> bool:
    """Tell whether anybody may hear of a case and add a report to it."""
    category = reference.catalogue.get(case.category_code)
    return case.is_open and not case.confidential and category is not None and category.public


def _around(session: Session, reference: Reference, position: LonLat, now: datetime) -> list[Case]:
    """Return open cases in the square around a position, by the index over open cases."""
    per_lon, per_lat = metric_scale(position.lat)
    east, north = REACH_M / per_lon, REACH_M / per_lat
    return list(
        session.scalars(
            select(Case).where(
                Case.district_code == reference.district_code,
                Case.state.in_(sorted(OPEN_STATES)),
                Case.lon.between(position.lon - east, position.lon + east),
                Case.lat.between(position.lat - north, position.lat + north),
                Case.received_at >= now - REACH,
            )
        )
    )
