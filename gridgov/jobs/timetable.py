"""The timetable: APScheduler only ticks; what is due is decided by rows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from gridgov.jobs import bulletins, editions, rosters
from gridgov.services import grids_move, sweep, timers
from gridgov.services.sweep import Swept
from gridgov.storage import access, districts, grid_changes
from gridgov.storage.session import read_only, unit_of_work

log = structlog.get_logger()

SWEEP_EVERY_S = 3

Context = Callable[[], AbstractContextManager[object]]
Tidy = Callable[[datetime], int]


def sweep_due() -> Swept:
    """Do everything that has come due, in units of work; return what was done in all."""
    marked = fired = 0
    with read_only() as session:
        codes = [district.code for district in districts.every(session)]
    for code in codes:
        _fill(code)
        more = True
        while more:
            with unit_of_work() as session:
                done = sweep.fire(session, code, now=datetime.now(UTC))
            marked, fired, more = marked + done.marked, fired + done.fired, done.more
    return Swept(marked, fired)


def _fill(code: str) -> None:
    """Give every open case its rows, once for a district: of an older database, or imported."""
    with read_only() as session:
        lacking = timers.needs_filling(session, code)
    after, first = None, True
    while lacking and (first or after is not None):
        first = False
        with unit_of_work() as session:
            after = timers.fill(session, code, after, now=datetime.now(UTC))


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


def _inside(context: Context, job: Callable[[], object]) -> Callable[[], None]:
    """Return a job that runs inside the application's context."""

    def run() -> None:
        with context():
            job()

    return run


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
            done = sweep_due()
            rosters.turn_leaves()
        if done.fired:
            log.info("came due", things=done.fired, overdue=done.marked)

    def hand_on() -> None:
        with context():
            moved = hand_over()
        if moved:
            log.info("handed over after a change of the net", cases=moved)

    def publish() -> None:
        with context():
            months = editions.publish_due()
        if months:
            log.info("published open data", months=months)

    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        hand_on, "interval", seconds=SWEEP_EVERY_S, coalesce=True, max_instances=1, id="grids"
    )
    scheduler.add_job(
        tick, "interval", seconds=SWEEP_EVERY_S, coalesce=True, max_instances=1, id="due"
    )
    see = _inside(context, rosters.see_to_it)
    scheduler.add_job(see, "interval", minutes=1, coalesce=True, max_instances=1, id="roster")
    tell, make = _inside(context, bulletins.tell_mornings), _inside(context, bulletins.make_reports)
    scheduler.add_job(tell, "interval", minutes=1, coalesce=True, max_instances=1, id="mornings")
    scheduler.add_job(make, "interval", hours=1, coalesce=True, max_instances=1, id="reports")
    scheduler.add_job(tidy, "interval", hours=1, coalesce=True, max_instances=1, id="tidy")
    scheduler.add_job(publish, "interval", hours=1, coalesce=True, max_instances=1, id="editions")
    scheduler.add_job(publish, id="editions at the start")
    scheduler.start()
    return scheduler
