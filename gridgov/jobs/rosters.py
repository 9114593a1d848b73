"""What the timetable does for the roster: leaves begin and end, nobody's work lies about."""

from datetime import UTC, datetime

import structlog

from gridgov.services import leaves, vacancies
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work

log = structlog.get_logger()


def turn_leaves() -> int:
    """Begin and end the leaves whose moment has come; return how many."""
    total = 0
    for code in _codes():
        seen = 1
        while seen:
            with unit_of_work() as session:
                seen = leaves.sweep(session, code, now=datetime.now(UTC))
            total += seen
    if total:
        log.info("leaves began or ended", leaves=total)
    return total


def see_to_it() -> int:
    """Move what lies with somebody who cannot act, and note grids that have nobody.

    Return how many hand-overs and new vacancies there were.
    """
    moved = vacant = 0
    for code in _codes():
        with unit_of_work() as session:
            moved += len(leaves.strays(session, code, now=datetime.now(UTC)))
        with unit_of_work() as session:
            vacant += vacancies.sweep(session, code, now=datetime.now(UTC))
    if moved or vacant:
        log.info("the roster was seen to", hand_overs=moved, vacant=vacant)
    return moved + vacant


def _codes() -> list[str]:
    """Return the districts that have a net; the others have no duties yet."""
    with read_only() as session:
        return [one.code for one in districts.every(session) if one.grid_version is not None]
