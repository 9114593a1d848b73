"""Servers that journeys share: one per profile and test process, until the last journey ends."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.app import copy_of
from tests.support.browser import DESK
from tests.support.server import Server, serving

# What depends on how the server runs is walked on both profiles each time; other pages are
# walked on the default one, and by `make proof` on the other.
ON_BOTH = ("test_main_job", "test_catch_up", "test_storm", "test_grids_change", "test_open311")

# As long as the longest journey takes on a busy machine.
OF_ONE_DAY = timedelta(minutes=2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the second profile of journeys about pages alone to the long proofs."""
    for item in items:
        names = item.nodeid.partition("tests/journeys/")[2]
        second = "gevent" in item.name
        if names and second and not names.startswith(ON_BOTH):
            item.add_marker(pytest.mark.proof)


@pytest.fixture(autouse=True)
def of_one_day() -> None:
    """Begin no journey in the last minutes of a day: at midnight a board of today begins anew.

    That one does is seen in test_wall; in the midst of another journey it is only in the way.
    """
    now = datetime.now(ZoneInfo(DESK["timezone_id"]))
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if tomorrow - now < OF_ONE_DAY:
        time.sleep((tomorrow - now).total_seconds() + 1)


# Servers end with the last journey: an idle one still asks its database every second.
@pytest.fixture(scope="package")
def default_server(sqlite_sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`gridgov start` on SQLite."""
    folder = tmp_path_factory.mktemp("server-default")
    installation = copy_of(sqlite_sample, folder, None)
    with serving(installation, folder / "log", profile="default") as server:
        yield server


@pytest.fixture(scope="package")
def gevent_server(
    postgis_sample, postgis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two gevent workers on PostgreSQL + PostGIS."""
    folder = tmp_path_factory.mktemp("server-gevent")
    installation = copy_of(postgis_sample, folder, postgis)
    with serving(installation, folder / "log", profile="gevent") as server:
        yield server


@pytest.fixture(scope="module")  # for one journey: idle servers cost every other test
def two_processes(
    postgis_sample, postgis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Two servers of one process each on the same database: nothing is shared but the log."""
    folder = tmp_path_factory.mktemp("server-pair")
    installation = copy_of(postgis_sample, folder, postgis)
    with (
        serving(installation, folder / "log-a", profile="gevent", workers=1) as one,
        serving(installation, folder / "log-b", profile="gevent", workers=1) as other,
    ):
        yield one, other


@pytest.fixture(params=["default", pytest.param("gevent", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest) -> Server:
    """The server of each profile in turn."""
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found
