"""The product's two profiles as real server processes, each with a sample district."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import postgis

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SQLITE = "default profile: 1 process of threads, SQLite"
POSTGIS = "production profile: 2 gevent processes, PostgreSQL + PostGIS"
READY_WITHIN_S = 60.0
GONE_WITHIN_S = 20.0
Prepared = Callable[[dict[str, str]], None]


@dataclass
class Server:
    """A running installation; `spare_url` is a copy of its database from before the start."""

    base_url: str
    database_url: str
    spare_url: str
    instance: Path
    process: subprocess.Popen[bytes]
    log: Path
    _stopped: bool = field(default=False, init=False)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self.base_url.rsplit(":", 1)[1])

    def login(self, role: str) -> dict[str, str]:
        """Return the sample's login of a role."""
        access = json.loads((self.instance / "sample-access.json").read_text("utf-8"))
        found: dict[str, str] = next(one for one in access["logins"] if one["role"] == role)
        return found

    def stop(self) -> None:
        """End the server and wait until it has gone; twice does nothing more."""
        if not self._stopped:
            self._stopped = True
            self.process.terminate()
            try:
                self.process.wait(GONE_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_port() -> int:
    """Return a port of the loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return this environment without the settings of another installation, and `more`."""
    foreign = ("GRIDGOV_", "WEB_CONCURRENCY", "HOST", "PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | more


def answers(port: int, path: str) -> bool:
    """Tell whether a server on the loopback answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def sqlite_profile(*, history: bool = False, prepared: Prepared | None = None) -> Iterator[Server]:
    """Run the default profile (`gridgov start`) for the length of the block.

    `history` replays the sample's sixteen months; `prepared` gets the settings before the
    server starts.
    """
    with tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder:
        instance = Path(folder) / "instance"
        url = f"sqlite:///{instance / 'gridgov.sqlite'}"
        settings = _load_sample(instance, url, history)
        if prepared is not None:
            prepared(settings)
        spare = Path(folder) / "spare.sqlite"
        shutil.copy(instance / "gridgov.sqlite", spare)
        with _serving([BIN / "gridgov", "start"], settings, instance, url) as server:
            server.spare_url = f"sqlite:///{spare}"
            yield server


@contextlib.contextmanager
def postgis_profile(*, history: bool = False, prepared: Prepared | None = None) -> Iterator[Server]:
    """Run the production profile (deploy/gunicorn.conf.py) on a durable throw-away database.

    `history` and `prepared` as for `sqlite_profile`.
    """
    with (
        postgis.start(durable=True) as database,
        tempfile.TemporaryDirectory(prefix="gridgov-bench-") as folder,
    ):
        instance = Path(folder) / "instance"
        url = database.create_database()
        settings = _load_sample(instance, url, history) | {"WEB_CONCURRENCY": "2"}
        if prepared is not None:
            prepared(settings)
        spare_url = database.create_database(template=url)
        command = [BIN / "gunicorn", "-c", ROOT / "deploy" / "gunicorn.conf.py"]
        with _serving(command, settings, instance, url) as server:
            server.spare_url = spare_url
            yield server


PROFILES = {SQLITE: sqlite_profile, POSTGIS: postgis_profile}


def _load_sample(instance: Path, url: str, history: bool) -> dict[str, str]:
    """Make the installation; return its environment. Limits per address are off in it."""
    settings = environment(
        GRIDGOV_INSTANCE=str(instance), GRIDGOV_DATABASE_URL=url, GRIDGOV_RATE_LIMITS="0"
    )
    command = [str(BIN / "gridgov"), "demo", "gaoming", *(["--history"] if history else [])]
    subprocess.run(command, cwd=ROOT, env=settings, check=True, stdout=subprocess.DEVNULL)
    return settings


@contextlib.contextmanager
def _serving(
    command: list[Any], settings: dict[str, str], instance: Path, url: str
) -> Iterator[Server]:
    port = free_port()
    log = instance.parent / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=settings | {"HOST": "127.0.0.1", "PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    server = Server(f"http://127.0.0.1:{port}", url, "", instance, process, log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        server.stop()


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not answers(server.port, "/readyz"):
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{server.log.read_text()[-3000:]}")
        time.sleep(0.1)
