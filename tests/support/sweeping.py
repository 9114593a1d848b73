"""A process of its own that sweeps a database over and over, as a worker does.

It sweeps at each of the moments in turn (they may go back and forth), and ends when nothing
is due any more. It can be killed at any time.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.services import sweep
from gridgov.storage.base import db
from gridgov.storage.session import unit_of_work
from tests.support.acts import DISTRICT
from tests.support.processes import Worker, ready

A_FEW = 7  # rows of a unit: many units, so that a kill falls between and into them


def start(url: str, instance: Path, moments: Sequence[datetime]) -> Worker:
    """Start a process and wait until it is about to sweep."""
    worker = Worker(_sweep, url, instance, moments)
    worker.is_ready()
    worker.go()
    return worker


def _sweep(line: Any, url: str, instance: Path, moments: Sequence[datetime]) -> None:
    app = create_app(Settings(database_url=url, instance=instance, testing=True))
    ready(line)
    with app.app_context():
        for moment in moments:
            more = True
            while more:
                with unit_of_work() as session:
                    more = sweep.fire(session, DISTRICT, now=moment, limit=A_FEW).more
                time.sleep(0)  # let the other process have its turn
        db.engine.dispose()
