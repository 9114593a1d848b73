"""The open cases near a spot as the form shows them: "me too" instead of a new report."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from gridgov.domain.datum import LonLat
from gridgov.services import duplicates
from gridgov.services.duplicates import Nearby
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only
from gridgov.web import receipts, words
from gridgov.web.instance import utc_now

STEP_M = 5  # nobody measures closer with a phone


def around(reference: Reference, spot: LonLat, category: str | None) -> list[dict[str, Any]]:
    """Return class, distance, age and number of reporters of the cases a report may join.

    The parent of a storm comes first and says how many reported it within minutes.
    """
    now = utc_now()
    with read_only() as session:
        found = duplicates.nearby(session, reference, spot, category or None, now=now)
        return [_shown(one, reference, now) for one in found]


def _shown(one: Nearby, reference: Reference, now: datetime) -> dict[str, Any]:
    parts = (
        _("%(m)s m away", m=max(STEP_M, round(one.distance_m / STEP_M) * STEP_M)),
        words.clock(one.case.received_at, now, reference.zone),
        _many(one.storm)
        if one.storm
        else ngettext("%(num)s person", "%(num)s people", one.case.report_count),
    )
    return {
        "code": one.case.number,
        "title": receipts.title_of(one.case, reference),
        "note": " · ".join(parts),
        "photo_url": None,
    }


def _many(count: int) -> str:
    return ngettext(
        "%(num)s person reported it within minutes",
        "%(num)s people reported it within minutes",
        count,
    )
