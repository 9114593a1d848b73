"""Real servers for journeys: the default profile, and two gevent workers on PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import requests
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from gridgov.services.indicators import PROJECTOR
from gridgov.storage import messages
from gridgov.storage.cases import Case
from tests.support.acts import DISTRICT
from tests.support.app import Installation
from tests.support.command import begin, settings_of
from tests.support.ports import free_port

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120


@dataclass(frozen=True)
class Server:
    """A running gridgov: its address and the installation it serves."""

    url: str
    installation: Installation
    log: Path

    def login(self, role: str) -> dict[str, str]:
        """Return the sample's login of a role."""
        return self.installation.login(role)

    def counted(self) -> None:
        """Wait until the figures hold all that is in the log: what others reported comes late."""
        ends = time.monotonic() + PATIENCE_S
        while not self._read(_is_counted):
            assert time.monotonic() < ends, "the figures never came to the end of the log"
            time.sleep(0.05)

    def case_id(self, number: str) -> str:
        """Return the id of the case of a number, by which lists and addresses name it."""
        return self._read(
            lambda session: str(session.scalars(select(Case.id).where(Case.number == number)).one())
        )

    def _read(self, look: Callable[[Session], T]) -> T:
        engine = create_engine(self.installation.url)
        try:
            with Session(engine) as session:
                return look(session)
        finally:
            engine.dispose()


def _is_counted(session: Session) -> bool:
    counted = messages.cursor_position(session, PROJECTOR, DISTRICT)
    return counted == messages.last_position(session, DISTRICT)


@contextmanager
def serving(
    installation: Installation,
    log: Path,
    *,
    profile: str,
    workers: int = 2,
    port: int | None = None,
    rate_limits: bool = True,
) -> Iterator[Server]:
    """Serve an installation: profile `default` (one process) or `gevent` (with workers).

    At a free port, or at one that a server had before. Without `rate_limits` one machine may
    play many residents.
    """
    port = port or free_port()
    settings = {
        **settings_of(installation),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
        "WEB_CONCURRENCY": str(workers),
    }
    if not rate_limits:
        settings["GRIDGOV_RATE_LIMITS"] = "false"
    start = _gunicorn if profile == "gevent" else _command
    url = f"http://127.0.0.1:{port}"
    with start(settings, log) as is_alive:
        _wait(url, is_alive, log)
        yield Server(url, installation, log)


@contextmanager
def _command(settings: dict[str, str], log: Path) -> Iterator[Callable[[], bool]]:
    """Run `gridgov start` for the length of the block, in a process that was forked."""
    process = begin(["gridgov", "start"], settings, log, log)
    try:
        yield process.is_alive
    finally:
        process.terminate()
        process.join(10)
        if process.is_alive():
            process.kill()
        process.join()


@contextmanager
def _gunicorn(settings: dict[str, str], log: Path) -> Iterator[Callable[[], bool]]:
    """Run gunicorn for the length of the block, as production does."""
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy/gunicorn.conf.py")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield lambda: process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(url: str, is_alive: Callable[[], bool], log: Path) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if not is_alive():
            break
        try:
            if requests.get(f"{url}/readyz", timeout=20).status_code == 200:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.2)  # not listening yet, or still busy starting
            continue
        time.sleep(0.2)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()[-3000:]}")
