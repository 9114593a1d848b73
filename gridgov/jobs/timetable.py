"""The timetable: APScheduler only ticks; what is due is decided by rows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from gridgov.services import grids_move, sweep
from gridgov.storage import access, districts, grid_changes
from gridgov.storage.session import read_only, unit_of_work

log = structlog.get_logger()

SWEEP_EVERY_S = 3

Context = Callable[[], AbstractContextManager[object]]
Tidy = Callable[[datetime], int]


def sweep_overdue() -> int:
    """Mark everything that became overdue, in units of at most 200 cases; return how many."""
    total = 0
    with read_only() as session:
        codes = [district.code for district in districts.every(session)]
    for code in codes:
        while True:
            with unit_of_work() as session:
                marked = sweep.mark_overdue(session, code, now=datetime.now(UTC))
            total += marked
            if marked < sweep.BATCH:
                break
    return total


def hand_over() -> int:
    """Hand over the open cases that a change of a net moved and nobody did yet."""
    total = 0
    with read_only() as session:
        codes = [
            district.code
            for district in districts.every(session)
            if grid_changes.is_waiting(session, district.code)
        ]
    for code in codes:
        seen = grids_move.BATCH
        while seen == grids_move.BATCH:
            with unit_of_work() as session:
                seen = grids_move.hand_over_waiting(session, code, now=datetime.now(UTC))
            total += seen
    return total


def start(context: Context, tidy_files: Tidy) -> BackgroundScheduler:
    """Start the ticks in the background.

    `context` opens the application's context, `tidy_files` removes files that were kept
    for a short time.
    """

    def tidy() -> None:
        with context(), unit_of_work() as session:
            access.forget_attempts(session, datetime.now(UTC) - timedelta(days=1))
        tidy_files(datetime.now(UTC))

    def tick() -> None:
        with context():
            marked = sweep_overdue()
        if marked:
            log.info("marked as overdue", cases=marked)

    def hand_on() -> None:
        with context():
            moved = hand_over()
        if moved:
            log.info("handed over after a change of the net", cases=moved)

    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        hand_on, "interval", seconds=SWEEP_EVERY_S, coalesce=True, max_instances=1, id="grids"
    )
    scheduler.add_job(
        tick, "interval", seconds=SWEEP_EVERY_S, coalesce=True, max_instances=1, id="overdue"
    )
    scheduler.add_job(tidy, "interval", hours=1, coalesce=True, max_instances=1, id="tidy")
    scheduler.start()
    return scheduler
