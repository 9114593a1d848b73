"""A complaint that comes again: what was closed for a resident, and is reported once more.

Whoever has the receipt says so there (not solved, an appeal); who makes a new report instead
is known by the number they left. Others who report the same spot are no complaint of that
kind: what lies there every week would be red every week.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.duplicates import REACH_M
from gridgov.domain.geometry import metres_between, metric_scale
from gridgov.domain.supervision import Happened
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework
from gridgov.services.effects_intake import APPEAL_DAYS
from gridgov.services.reference import Reference
from gridgov.storage import merges, reports
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report

# As long as a closing can be appealed, a new report of the same is as good as an appeal.
WITHIN = timedelta(days=APPEAL_DAYS)


def watch(
    session: Session, case: Case, report: Report, *, reference: Reference, now: datetime
) -> None:
    """Put the new case of a report under supervision where its reporter complains again."""
    if not reference.ladder or report.reporter_id is None:
        return
    before = told_before(session, case, report, now)
    if before is not None:
        happened = Happened(Action.SUBMIT, told_before=True)
        casework.watch(session, case, happened, reference, now, told={"earlier": str(before.id)})


def told_before(session: Session, case: Case, report: Report, now: datetime) -> Case | None:
    """Return what was closed of the same class and spot that the same resident reported.

    The same number, at most 100 m away (without a spot: the same place by name), closed in
    the last 15 days; None where there is nothing.
    """
    number = reports.number_of(session, report)
    if number is None or not reports.told_before(session, report, number):
        return None
    for earlier in _closed_there(session, case, now):
        if reports.have_number(session, merges.reports_following(session, earlier), number):
            return earlier
    return None


def _closed_there(session: Session, case: Case, now: datetime) -> list[Case]:
    """Return the cases of the class and spot of a case that were closed lately, newest first."""
    query = select(Case).where(
        Case.district_code == case.district_code,
        Case.closed_at > now - WITHIN,
        Case.state == str(CaseState.CLOSED),
        Case.category_code == case.category_code,
    )
    if case.lon is None or case.lat is None:
        query = query.where(Case.lon.is_(None), Case.place == case.place)
        return list(session.scalars(query.order_by(Case.closed_at.desc())))
    spot = LonLat(lon=case.lon, lat=case.lat)
    per_lon, per_lat = metric_scale(spot.lat)
    query = query.where(
        Case.lon.between(spot.lon - REACH_M / per_lon, spot.lon + REACH_M / per_lon),
        Case.lat.between(spot.lat - REACH_M / per_lat, spot.lat + REACH_M / per_lat),
    )
    return [
        one
        for one in session.scalars(query.order_by(Case.closed_at.desc()))
        if one.lon is not None
        and one.lat is not None
        and metres_between(spot, LonLat(lon=one.lon, lat=one.lat)) <= REACH_M
    ]
