"""The timetable's part in what is told regularly: figures of the morning, reports of periods."""

from datetime import UTC, datetime

import structlog

from gridgov.services import mornings, report_schedules
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work

log = structlog.get_logger()


def tell_mornings() -> int:
    """Tell the figures of the morning where it is time; return to how many people."""
    return sum(tell_morning(code, datetime.now(UTC)) for code in _codes())


def tell_morning(district_code: str, now: datetime) -> int:
    """Tell one district's figures of the morning; return to how many people."""
    with unit_of_work() as session:
        told = mornings.tell(session, district_code, now=now)
    if told:
        log.info("told the figures of the morning", district=district_code, people=told)
    return told


def make_reports() -> int:
    """Make the reports whose period has ended in every district; return how many."""
    return sum(make_reports_of(code, datetime.now(UTC)) for code in _codes())


def make_reports_of(district_code: str, now: datetime) -> int:
    """Make the reports of one district whose period has ended, some in each unit of work."""
    total, made = 0, report_schedules.A_ROUND
    while made == report_schedules.A_ROUND:
        with unit_of_work() as session:
            made = report_schedules.run_due(session, district_code, now=now)
        total += made
    if total:
        log.info("made reports of periods", district=district_code, reports=total)
    return total


def _codes() -> list[str]:
    """Return the districts that have a net; the others have no figures yet."""
    with read_only() as session:
        return [one.code for one in districts.every(session) if one.grid_version is not None]
