"""A PostgreSQL server with PostGIS for tests: made for the run, thrown away after it.

`missing()` says in one sentence what this machine lacks, `start()` gives a server.
`GRIDGOV_TEST_POSTGIS_URL` (a role that may create databases and the postgis
extension) uses that server instead and leaves nothing of ours on it.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.support.ports import free_port

EXTERNAL = "GRIDGOV_TEST_POSTGIS_URL"
TEMPLATE = "gridgov_template"
DEBIAN_BINARIES = Path("/usr/lib/postgresql")
# Connections one run may hold: several application processes with their pools.
SETTINGS = {"max_connections": "120", "shared_buffers": "64MB", "jit": "off", "timezone": "UTC"}
# Data thrown away after the run need not survive a power cut; commits stay commits.
THROW_AWAY = {"fsync": "off", "full_page_writes": "off"}
# Three processes share it; nobody tidies up hundreds of databases that live for a minute.
OF_A_RUN = {"max_connections": "300", "shared_buffers": "128MB", "autovacuum": "off"}
# Known systems of coordinates: a copy takes a third of the time without the 8,500 nobody uses.
SRIDS = (4326, 3857)
# Benchmarks ask when exactly something was committed: the server writes it down for them.
MEASURED = {"track_commit_timestamp": "on"}
# Ends the server and removes its files when its input closes, so also when the test
# process is killed and no fixture of it runs any more.
GUARD = 'read -r _; "$0" stop --silent -m immediate -D "$1/data" >/dev/null; rm -rf "$1"'


@dataclass
class Postgis:
    """A running server; `url` is its maintenance database."""

    url: URL
    version: str
    created: list[str] = field(default_factory=list)
    shared: bool = False  # with the other processes of the run

    def create_database(self, template: str | None = None) -> str:
        """Create a database with PostGIS and return its address (postgresql+psycopg://…).

        `template` is the address of a database of this server to copy (a migrated
        one, say) to which nobody is connected; by default an empty one is copied.
        """
        name = f"gridgov_test_{secrets.token_hex(6)}"
        source = make_url(template).database if template else self._template()
        assert source is not None
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, source)
        self.created.append(name)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, address: str) -> None:
        """Drop a database, ending whatever is still connected to it."""
        name = make_url(address).database
        assert name in self.created, f"{name} was not made here"
        self._execute("DROP DATABASE {} WITH (FORCE)", name)
        self.created.remove(name)

    def drop_all(self) -> None:
        """Drop every database made here: a borrowed server is left as it was."""
        for name in reversed(self.created):
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self.created.clear()

    def _template(self) -> str:
        # One per process: on a borrowed server two runs must not share it.
        name = f"{TEMPLATE}_{os.getpid()}"
        if name not in self.created:
            self._execute("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0", name)
            self.created.append(name)
            with connect(self.url.set(database=name)) as connection:
                connection.execute("CREATE EXTENSION postgis")
                connection.execute("DELETE FROM spatial_ref_sys WHERE srid != ALL(%s)", [[*SRIDS]])
                connection.execute("VACUUM FULL spatial_ref_sys")
        return name

    def _execute(self, statement: str, *names: str) -> None:
        with connect(self.url) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def connect(url: URL) -> psycopg.Connection[Any]:
    """Open a plain connection outside any transaction."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, connect_timeout=10)


def missing() -> str | None:
    """Return what to do to get PostGIS here, or None when it is there."""
    if os.environ.get(EXTERNAL):
        return None
    binaries = find_binaries()
    if binaries is None:
        return f"apt install postgresql postgis, or set {EXTERNAL}"
    if not has_postgis(binaries):
        major = subprocess.check_output([binaries / "postgres", "--version"], text=True)
        return f"apt install postgresql-{major.split()[2].split('.')[0]}-postgis-3"
    if _unprivileged() is None:
        return f"run the tests as another user than root, or set {EXTERNAL}"
    return None


def find_binaries() -> Path | None:
    """Return the folder with initdb and pg_ctl: from PATH, else Debian's newest."""
    found = shutil.which("initdb")
    candidates = [Path(found).resolve().parent] if found else []
    if DEBIAN_BINARIES.is_dir():
        majors = [folder for folder in DEBIAN_BINARIES.iterdir() if folder.name.isdigit()]
        candidates += [folder / "bin" for folder in sorted(majors, key=lambda f: -int(f.name))]
    complete = [folder for folder in candidates if (folder / "pg_ctl").exists()]
    return next(filter(has_postgis, complete), complete[0] if complete else None)


def has_postgis(binaries: Path) -> bool:
    """Tell whether the PostGIS extension is installed for these binaries."""
    shares = [Path("/usr/share/postgresql") / binaries.parent.name]
    if (binaries / "pg_config").exists():
        answer = subprocess.check_output([binaries / "pg_config", "--sharedir"], text=True)
        shares.append(Path(answer.strip()))
    return any((share / "extension" / "postgis.control").exists() for share in shares)


@contextlib.contextmanager
def start(*, durable: bool = False) -> Iterator[Postgis]:
    """Run a server for the length of the block; `durable` keeps fsync on (benchmarks)."""
    borrowed = os.environ.get(EXTERNAL)
    cluster = _cluster(MEASURED if durable else THROW_AWAY)
    with contextlib.nullcontext(make_url(borrowed)) if borrowed else cluster as url:
        server = Postgis(url=url, version=_version(url))
        try:
            yield server
        finally:
            if borrowed:
                server.drop_all()


def is_borrowed() -> bool:
    """Tell whether a server was named that is not ours."""
    return bool(os.environ.get(EXTERNAL))


@contextlib.contextmanager
def start_for_all() -> Iterator[str]:
    """Run a server for all processes of a run; its address is what each joins it by."""
    with _cluster(THROW_AWAY | OF_A_RUN) as url:
        yield url.render_as_string(hide_password=False)


@contextlib.contextmanager
def join(address: str) -> Iterator[Postgis]:
    """Use a server that runs for all processes of a run and ends with it."""
    url = make_url(address)
    yield Postgis(url=url, version=_version(url), shared=True)


def _version(url: URL) -> str:
    with connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return row[0] if row else ""


@contextlib.contextmanager
def _cluster(more: dict[str, str]) -> Iterator[URL]:
    binaries = find_binaries()
    assert binaries is not None, missing()
    # The system's temporary folder, because pytest's own is closed to other users.
    home = Path(tempfile.mkdtemp(prefix="gridgov-pg-", dir="/tmp"))
    as_user = _unprivileged() or {}
    if as_user:
        shutil.chown(home, as_user["user"], as_user["group"])
    password = secrets.token_hex(16)
    (home / "password").write_text(password)
    # C.UTF-8 sorts by code point everywhere, so both databases order text alike.
    options = ["-U", "gridgov", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
    _run(
        [binaries / "initdb", "-D", home / "data", "--no-sync", "--no-instructions"]
        + [*options, f"--pwfile={home / 'password'}"],
        home,
        as_user,
    )
    with _guarded(binaries, home, as_user):
        port = _start(binaries, home, as_user, SETTINGS | more)
        yield URL.create("postgresql+psycopg", "gridgov", password, "127.0.0.1", port, "postgres")


@contextlib.contextmanager
def _guarded(binaries: Path, home: Path, as_user: dict[str, Any]) -> Iterator[None]:
    guard = subprocess.Popen(
        ["sh", "-c", GUARD, binaries / "pg_ctl", home],
        stdin=subprocess.PIPE,
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests; the guard follows them
        **as_user,
    )
    try:
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(timeout=180)  # an overloaded machine takes its time to write down
        shutil.rmtree(home, ignore_errors=True)


def _start(binaries: Path, home: Path, as_user: dict[str, Any], settings: dict[str, str]) -> int:
    flags = f"-k {home} -h 127.0.0.1 " + " ".join(f"-c {k}={v}" for k, v in settings.items())
    command = [binaries / "pg_ctl", "start", "-w", "-D", home / "data", "-l", home / "log", "-o"]

    def start_on(port: int) -> int:
        _run([*command, f"-p {port} {flags}"], home, as_user)
        return port

    try:
        return start_on(free_port())
    except RuntimeError:
        # Somebody else may have taken the port between the look and the start.
        return start_on(free_port())


def _run(command: list[Any], home: Path, as_user: dict[str, Any]) -> None:
    # The server keeps inherited outputs open, so they go to a file and not to a pipe.
    with (home / "output").open("w") as output:
        code = subprocess.call(command, stdout=output, stderr=output, cwd="/", **as_user)
    if code:
        words = (home / "output").read_text()
        with contextlib.suppress(FileNotFoundError):
            words += (home / "log").read_text()
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{words}")


def _unprivileged() -> dict[str, Any] | None:
    """Return the account for the server ({}: this one); PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return None
