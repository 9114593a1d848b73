"""What the tests of the services share: an application for a whole file."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.storage.base import db
from gridgov.storage.session import WRITE
from tests.support import notices
from tests.support.app import copy_of


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)]
)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application on a copy of the sample, on each kind in turn, for a whole file.

    Its tests either roll back what they do or do not mind what others did.
    """
    kind: str = request.param
    postgis = request.getfixturevalue("postgis") if kind == "postgis" else None
    sample = request.getfixturevalue(f"{kind}_sample")
    copied = copy_of(sample, tmp_path_factory.mktemp("stage"), postgis)
    app = create_app(copied.settings())
    with app.app_context():
        yield app
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


@pytest.fixture
def rolled(stage: Flask) -> Iterator[Session]:
    """A writing session on the stage of the file; everything is rolled back at the end."""
    session = Session(db.engine.execution_options(**{WRITE: True}), expire_on_commit=False)
    yield session
    session.rollback()
    session.close()


@pytest.fixture
def nothing_told(stage: Flask) -> None:
    """No notice was planned yet; planning begins at the end of the log."""
    notices.begin()
