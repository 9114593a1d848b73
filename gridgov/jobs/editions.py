"""Publishes the months that are due, one unit of work each."""

from datetime import UTC, datetime

from gridgov.services import editions
from gridgov.services import reference as references
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work


def publish_due() -> int:
    """Publish every month that has settled, in every district; return how many."""
    with read_only() as session:
        codes = [one.code for one in districts.every(session) if one.grid_version is not None]
    return sum(publish_district(code, now=datetime.now(UTC)) for code in codes)


def publish_district(district_code: str, *, now: datetime) -> int:
    """Publish the settled months of a district, oldest first; return how many."""
    published = 0
    with read_only() as session:
        reference = references.of(session, district_code)
        months = editions.due(session, reference, now=now)
    for month in months:
        with read_only() as session:
            made = editions.draft(session, reference, month)
        with unit_of_work() as session:
            published += editions.keep(session, reference, made, by=None, now=now)
    return published
