"""Storms among the open cases around a spot, by the district's own rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import metres_between, metric_scale
from gridgov.domain.storms import Storm, Told, find, related
from gridgov.domain.workflow import OPEN_STATES
from gridgov.services.reference import Reference
from gridgov.storage import merges, reports
from gridgov.storage.cases import Case

Near = Row[UUID, str, float | None, float | None, int]


def around(
    session: Session,
    reference: Reference,
    position: LonLat,
    category_code: str | None,
    *,
    now: datetime,
) -> Storm[UUID] | None:
    """Return the storm around a position, None where there is none: cases by their id.

    Of the class that is asked for and those related to it; before one is chosen, of the
    major class most people reported. Only open cases of public classes.
    """
    by_major: dict[str, list[Near]] = defaultdict(list)
    for one in _near(session, reference, position, now):
        if category_code is None or related(one.category_code, category_code):
            by_major[one.category_code[:2]].append(one)
    found = [
        storm
        for cases in by_major.values()
        if (storm := _storm(session, reference, cases)) is not None
    ]
    return max(found, key=lambda storm: storm.count, default=None)


def _near(
    session: Session, reference: Reference, position: LonLat, now: datetime
) -> Iterable[Near]:
    rule = reference.storm
    public = [code for code, item in reference.catalogue.items() if item.public]
    per_lon, per_lat = metric_scale(position.lat)
    east, north = rule.radius_m / per_lon, rule.radius_m / per_lat
    rows = session.execute(
        select(Case.id, Case.category_code, Case.lon, Case.lat, Case.report_count).where(
            Case.district_code == reference.district_code,
            Case.state.in_(sorted(OPEN_STATES)),
            Case.lon.between(position.lon - east, position.lon + east),
            Case.lat.between(position.lat - north, position.lat + north),
            Case.received_at.between(now - rule.lasts, now),
            ~Case.confidential,
            Case.category_code.in_(public),
        )
    )
    for one in rows:
        spot = LonLat(lon=one.lon, lat=one.lat)
        if metres_between(position, spot) <= rule.radius_m:
            yield one


def _storm(session: Session, reference: Reference, cases: list[Near]) -> Storm[UUID] | None:
    rule = reference.storm
    # Most of the time there are a few cases and nothing more to read.
    if sum(one.report_count for one in cases) < rule.reports:
        return None
    own = {one.id: one.id for one in cases}
    of: Mapping[UUID, UUID] = own | merges.merged_in(session, own)
    told = reports.moments(session, list(of))
    return find((Told(of[case_id], at) for case_id, at in told), rule)
