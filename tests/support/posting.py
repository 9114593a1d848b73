"""A process of its own that sends what is due, as a worker does, until nothing is due.

    python -m tests.support.posting URL INSTANCE SMS_URL KEYED

It tells by a line when it is ready, sends when it is told to by one, and can be killed at any time.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from gridgov.app import create_app, post_of
from gridgov.config import Settings
from gridgov.jobs import notices
from gridgov.storage.base import db
from gridgov.web.instance import EXTENSION

ROOT = Path(__file__).resolve().parents[2]


def start(
    url: str, instance: Path, sms_url: str, *, keyed: bool, count: int
) -> list[subprocess.Popen[str]]:
    """Start processes, wait until each is about to send, and let them go at the same time."""
    command = [sys.executable, "-m", "tests.support.posting", url, str(instance), sms_url]
    processes = [
        subprocess.Popen(
            [*command, str(int(keyed))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process as a power cut does: it can do nothing about it."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def main(url: str, instance: str, sms_url: str, keyed: str) -> None:
    """Send."""
    settings = Settings(
        database_url=url,
        instance=Path(instance),
        testing=True,
        sms_url=sms_url,
        sms_keyed=keyed == "1",
    )
    app = create_app(settings)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with app.app_context():
        notices.send_due(post_of(app.extensions[EXTENSION]))
        db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
