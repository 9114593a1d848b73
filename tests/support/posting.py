"""A process of its own that sends what is due, as a worker does, until nothing is due.

It can be killed at any time.
"""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from gridgov.app import create_app, post_of
from gridgov.config import Settings
from gridgov.jobs import notices
from gridgov.storage.base import db
from gridgov.web.instance import EXTENSION
from tests.support.processes import Worker, ready


def start(url: str, instance: Path, sms_url: str, *, keyed: bool, count: int) -> list[Worker]:
    """Start processes, wait until each is about to send, and let them go at the same time."""
    workers = [Worker(_send, url, instance, sms_url, keyed) for _ in range(count)]
    for worker in workers:
        worker.is_ready()
    for worker in workers:
        worker.go()
    return workers


def _send(line: Any, url: str, instance: Path, sms_url: str, keyed: bool) -> None:
    settings = Settings(
        database_url=url,
        instance=instance,
        testing=True,
        sms_url=SecretStr(sms_url),
        sms_keyed=keyed,
    )
    app = create_app(settings)
    ready(line)
    with app.app_context():
        notices.send_due(post_of(app.extensions[EXTENSION]))
        db.engine.dispose()
