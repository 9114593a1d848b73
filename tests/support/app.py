"""The application for tests: a sample district loaded once, copied for each test.

* `sample` (once per database kind): an installation of its own with the sample district.
* `app`: its application, inside an application context; `client`: its test client.
* `as_role(role)`: a client that is signed in with the sample's login of that role.
* `session`: a session whose changes are rolled back at the end of the test.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.cli_demo import load_sample
from gridgov.config import Settings
from gridgov.storage.base import db
from gridgov.storage.session import WRITE
from gridgov.web.security import limiter
from tests.support import cheap
from tests.support.postgis import Postgis

cheap.begin()

ACCESS = "sample-access.json"


@dataclass(frozen=True)
class Installation:
    """A database and an instance folder."""

    url: str
    instance: Path

    def settings(self, **more: Any) -> Settings:
        """Return its settings for an application under test."""
        values = {"database_url": self.url, "instance": self.instance, "testing": True}
        return Settings(**{**values, **more})

    def access(self) -> dict[str, Any]:
        """Return the sample's logins and key."""
        content: dict[str, Any] = json.loads((self.instance / ACCESS).read_text(encoding="utf-8"))
        return content

    def login(self, role: str) -> dict[str, str]:
        """Return the sample's login of a role."""
        found: dict[str, str] = next(
            login for login in self.access()["logins"] if login["role"] == role
        )
        return found


def _load(url: str, folder: Path) -> Installation:
    """Make an installation with the sample district, by the code of `gridgov demo gaoming`."""
    made = Installation(url, folder / "instance")
    app = create_app(made.settings())
    with app.app_context():
        upgrade()
        load_sample(app)  # the command itself would read the environment
        db.engine.dispose()
    return made


@pytest.fixture(scope="session")
def sqlite_sample(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample district on SQLite, loaded once in a run; tests get copies."""
    mine = tmp_path_factory.mktemp("sample-sqlite")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return _load(f"sqlite:///{mine / 'gridgov.sqlite'}", mine)
    shared, at = tmp_path_factory.getbasetemp().parent / "sample-sqlite", "gridgov.sqlite"
    made = _loaded_once(shared, lambda: f"sqlite:///{shared / at}")
    return copy_of(made, mine, None)


@pytest.fixture(scope="session")
def postgis_sample(postgis: Postgis, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample district on PostGIS, loaded once in a run; tests get copies."""
    if not postgis.shared:
        return _load(postgis.create_database(), tmp_path_factory.mktemp("sample-postgis"))
    shared = tmp_path_factory.getbasetemp().parent / "sample-postgis"
    return _loaded_once(shared, postgis.create_database)


def _loaded_once(shared: Path, new_database: Callable[[], str]) -> Installation:
    """Return the sample of all processes of a run: the first that asks loads it, others wait."""
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        loaded = shared / "loaded"
        if not loaded.exists():
            shutil.rmtree(shared, ignore_errors=True)
            made = _load(new_database(), shared)
            loaded.write_text(made.url)
        return Installation(loaded.read_text(), shared / "instance")


def copy_of(sample: Installation, folder: Path, postgis: Postgis | None) -> Installation:
    """Return a copy of an installation that a test may change."""
    shutil.copytree(sample.instance, folder / "instance")
    if postgis is None:
        source = Path(sample.url.removeprefix("sqlite:///"))
        for path in source.parent.glob("gridgov.sqlite*"):
            shutil.copy(path, folder / path.name)
        return Installation(f"sqlite:///{folder / 'gridgov.sqlite'}", folder / "instance")
    return Installation(postgis.create_database(template=sample.url), folder / "instance")


def _copy_for(request: pytest.FixtureRequest, folder: Path) -> Installation:
    """Return a copy on the kind of database that a fixture is parametrised with."""
    if request.param == "sqlite":
        return copy_of(request.getfixturevalue("sqlite_sample"), folder, None)
    sample = request.getfixturevalue("postgis_sample")
    return copy_of(sample, folder, request.getfixturevalue("postgis"))


KINDS = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """A copy of the sample district, on each kind of database in turn."""
    return _copy_for(request, tmp_path)


@pytest.fixture(scope="module", params=KINDS)
def installation_of_file(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The same for a whole file, whose tests only read it or do not mind what others did."""
    return _copy_for(request, tmp_path_factory.mktemp("of-file"))


class Browser(FlaskClient):
    """A client whose requests keep `g`, and who signed in, apart from the test's own context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request with a fresh application context, as a server does."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def app(installation: Installation) -> Iterator[Flask]:
    """The application of the copy, inside its context; nothing runs in the background."""
    made = create_app(installation.settings())
    made.test_client_class = Browser
    limiter.enabled = False  # tests of the limits switch it on for themselves
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
    made.extensions["gridgov"].photos.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts, nobody signed in."""
    return app.test_client()


def token_in(html: str) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found is not None, "the page has no form token"
    return found[1]


@pytest.fixture
def as_role(app: Flask, installation: Installation) -> Callable[[str], FlaskClient]:
    """Sign in with the sample's login of a role."""

    def sign_in(role: str) -> FlaskClient:
        client = app.test_client()
        login = installation.login(role)
        token = token_in(client.get("/login").text)
        form = {"username": login["username"], "password": login["password"], "csrf_token": token}
        answer = client.post("/login", data=form)
        assert answer.status_code == 302, answer.text
        return client

    return sign_in


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A writing session over one connection; everything is rolled back at the end."""
    engine = db.engine.execution_options(**{WRITE: True})
    with engine.connect() as connection:
        transaction = connection.begin()
        made = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        yield made
        made.close()
        transaction.rollback()
