"""A process of its own that sweeps a database over and over, as a worker does.

    python -m tests.support.sweeping URL INSTANCE MOMENT…

It sweeps at each of the moments in turn (ISO, UTC; they may go back and forth), tells by a
line when it begins, and ends when nothing is due any more. It can be killed at any time.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.services import sweep
from gridgov.storage.base import db
from gridgov.storage.session import unit_of_work
from tests.support.acts import DISTRICT

ROOT = Path(__file__).resolve().parents[2]
A_FEW = 7  # rows of a unit: many units, so that a kill falls between and into them


def start(url: str, instance: Path, moments: Sequence[datetime]) -> subprocess.Popen[str]:
    """Start a process and wait until it is about to sweep."""
    command = [sys.executable, "-m", "tests.support.sweeping", url, str(instance)]
    process = subprocess.Popen(
        [*command, *(moment.isoformat() for moment in moments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process as a power cut does: it can do nothing about it."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def main(url: str, instance: str, moments: Sequence[str]) -> None:
    """Sweep."""
    app = create_app(Settings(database_url=url, instance=Path(instance), testing=True))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with app.app_context():
        for moment in moments:
            more = True
            while more:
                with unit_of_work() as session:
                    now = datetime.fromisoformat(moment)
                    more = sweep.fire(session, DISTRICT, now=now, limit=A_FEW).more
                time.sleep(0)  # let the other process have its turn
        db.engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
