"""What every test may ask for: databases, browsers, and the rule about what is missing.

A test says what it needs by the fixtures it names; nothing has to be marked.

* `sqlite_url`, `postgis_url`: a new, empty database (a function's own).
* `database_url`: the same, once on each kind; `both_databases` (session) makes them.
* `phone`, `desk`: a page on that device; `new_phone`, `new_desk` open more people.

Where PostGIS or Chromium cannot be had, the tests that need it are left out and one
line at the end says so; with CI=true leaving anything out fails the run.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import browser as chromium
from tests.support import postgis as postgresql

# The fixtures of the application (migrated databases, a running server, people) live in
# tests/support/app.py, added here as a plugin when it exists: "tests.support.app".
pytest_plugins = ["tests.support.cheap", "tests.support.app"]

# fixture that needs the part -> the part's marker
NEEDS = {
    "postgis": "postgres",
    "postgis_url": "postgres",
    "postgis_sample": "postgres",
    "browser": "browser",
}
PARTS: dict[str, tuple[str, Callable[[], str | None]]] = {
    "postgres": ("PostgreSQL + PostGIS", postgresql.missing),
    "browser": ("Chromium", chromium.missing),
}
LONGEST = ("tests/journeys", "tests/demo")
LACKING = pytest.StashKey[dict[str, str]]()
# What the first process of a run holds for those that test: one PostgreSQL server for all.
HELD = pytest.StashKey[ExitStack]()
SHARED = pytest.StashKey[str]()
SERVER = "postgis"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
# A loaded machine is slow, not wrong: no test is judged by its time.
settings.register_profile("gridgov", deadline=None, derandomize=IN_CI)
settings.load_profile("gridgov")


def pytest_configure(config: pytest.Config) -> None:
    """Look once which parts this machine lacks; in CI that ends the run."""
    lacking = {part: cure for part, (_, look) in PARTS.items() if (cure := look())}
    config.stash[LACKING] = lacking
    if IN_CI and lacking and not hasattr(config, "workerinput"):
        raise pytest.UsageError(f"CI=true, and this would be left out: {left_out(lacking)}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a process that is about to test the server of the run, started for the first one."""
    config: pytest.Config = node.config
    if "postgres" in config.stash[LACKING] or postgresql.is_borrowed():
        return
    if HELD not in config.stash:
        config.stash[HELD] = ExitStack()
        config.stash[SHARED] = config.stash[HELD].enter_context(postgresql.start_for_all())
    node.workerinput[SERVER] = config.stash[SHARED]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server of the run: whoever used it has ended."""
    if HELD in config.stash:
        config.stash[HELD].close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a part by its fixtures, and leave out what cannot run here."""
    lacking = config.stash[LACKING]
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEEDS:
                item.add_marker(NEEDS[fixture])
        cannot = any(item.get_closest_marker(part) for part in lacking)
        (dropped if cannot else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    # The files that take longest first, so that no worker sits over one of them at the end.
    items[:] = sorted(kept, key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say in one line what was left out and how to get it."""
    if lacking := config.stash[LACKING]:
        terminalreporter.write_line(f"Left out: {left_out(lacking)}", yellow=True)
    skipped = terminalreporter.stats.get("skipped", []) if IN_CI else []
    if skipped:
        terminalreporter.write_line("CI=true, and tests were skipped: that fails.", red=True)
    for report in skipped:
        terminalreporter.write_line(f"  {report.nodeid}: {report.longrepr}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run that skipped a test: a skip leaves something out as well."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def left_out(lacking: dict[str, str]) -> str:
    """Return the sentence about the parts this machine lacks."""
    return "; ".join(
        f"every test that needs {PARTS[part][0]} ({cure})" for part, cure in lacking.items()
    )


@pytest.fixture(scope="session")
def postgis(request: pytest.FixtureRequest) -> Iterator[postgresql.Postgis]:
    """The PostgreSQL server of the run; of a single process, started when the first test asks."""
    address = getattr(request.config, "workerinput", {}).get(SERVER)
    with postgresql.join(address) if address else postgresql.start() as server:
        yield server


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)]
)
def both_databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """A maker of new, empty databases; a test that uses it runs once on each kind."""
    if request.param == "sqlite":
        return lambda: sqlite_address(tmp_path_factory.mktemp("sqlite"))
    server: postgresql.Postgis = request.getfixturevalue("postgis")
    return server.create_database


@pytest.fixture
def database_url(both_databases: Callable[[], str]) -> str:
    """The address of a new, empty database, on each kind in turn."""
    return both_databases()


@pytest.fixture
def postgis_url(postgis: postgresql.Postgis) -> str:
    """The address of a new, empty PostgreSQL database with PostGIS."""
    return postgis.create_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a new SQLite database."""
    return sqlite_address(tmp_path)


def sqlite_address(folder: Path) -> str:
    """Return the address of a SQLite file in a folder."""
    return f"sqlite:///{folder / 'gridgov.sqlite'}"


@pytest.fixture(scope="session")
def base_url() -> None:
    """No page has a fixed address: a test's own server says its own (`new_phone(base_url=…)`)."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Tell pytest-playwright to start this machine's own Chromium."""
    return browser_type_launch_args | chromium.launch_args()


@pytest.fixture
def new_phone(new_context: Any) -> chromium.NewPage:
    """Open another phone: 390 × 844, touch, Chinese, position allowed."""
    return chromium.opener(new_context, chromium.PHONE)


@pytest.fixture
def new_desk(new_context: Any) -> chromium.NewPage:
    """Open another desk browser: 1440 × 900."""
    return chromium.opener(new_context, chromium.DESK)


@pytest.fixture
def phone(new_phone: chromium.NewPage) -> Any:
    """One page on a phone."""
    return new_phone()


@pytest.fixture
def desk(new_desk: chromium.NewPage) -> Any:
    """One page on a desk."""
    return new_desk()
