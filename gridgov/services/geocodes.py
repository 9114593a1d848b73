"""Setting default geocodes aside, as reports come in from programs."""

from dataclasses import replace

from sqlalchemy.orm import Session

from gridgov.domain.geocodes import GEOCODED, is_default
from gridgov.services.routing import Place
from gridgov.storage import reports

DEFAULT_COORDINATE = "default_coordinate"


def believed(session: Session, district_code: str, told: Place) -> tuple[Place, tuple[str, ...]]:
    """Return what to place a report by, and the remarks on it.

    Where the coordinate is one that a geocoder gives for every address it does not find,
    the words count instead, and a person looks at it.
    """
    sent = told.position
    if sent is None or sent.source not in GEOCODED:
        return told, ()
    if not is_default(*reports.crowd_at(session, district_code, sent.lon, sent.lat)):
        return told, ()
    return replace(told, position=None, near_choice="", by_words=True), (DEFAULT_COORDINATE,)
