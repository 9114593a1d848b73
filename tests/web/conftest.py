"""What the tests of the HTTP edge share: one copied district per module, or one per test."""

from collections.abc import Iterator

import pytest

from tests.support.app import Installation, copy_of
from tests.support.boston import boston
from tests.web.edge import Edge, opened

__all__ = ["boston"]


@pytest.fixture(scope="module")
def edge(sqlite_sample: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The sample district on SQLite; each test of a module makes its own cases in it."""
    installation = copy_of(sqlite_sample, tmp_path_factory.mktemp("edge"), None)
    with opened(installation) as made:
        yield made


@pytest.fixture(scope="module")
def edge_of_file(installation_of_file: Installation) -> Iterator[Edge]:
    """One copy of the district for a whole file, on each kind of database in turn."""
    with opened(installation_of_file) as made:
        yield made


@pytest.fixture
def edge_on_both(installation: Installation) -> Iterator[Edge]:
    """A copy of the district of one's own, on each kind of database in turn."""
    with opened(installation) as made:
        yield made
