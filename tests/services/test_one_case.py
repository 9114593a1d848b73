"""Eight people at one case at once: no entry of its history is lost, none is doubled."""

from datetime import UTC, datetime

from flask import Flask

from gridgov.storage import messages
from gridgov.storage.session import read_only
from tests.support import rivals
from tests.support.acts import DISTRICT
from tests.support.case_checks import log_is_gapless

START = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
SECONDS = 3.0


def fought(app: Flask, seconds: float) -> list[rivals.Rival]:
    """Let them fight, judge, and return what each did."""
    with read_only() as session:
        before = messages.last_position(session, DISTRICT)
    case_id, found = rivals.fight(app, seconds, START)
    rivals.check(case_id, found, before)
    with read_only() as session:
        log_is_gapless(session)
    return found


def test_what_eight_people_do_at_once_is_written_once(stage: Flask) -> None:
    found = fought(stage, SECONDS)
    assert sum(len(rival.accepted) for rival in found) >= rivals.LEAST_ACCEPTED
    assert sum(rival.refused.total() for rival in found) >= rivals.LEAST_REFUSED
