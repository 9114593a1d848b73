"""The long form of "every point has one grid": many walks, PostGIS and new processes asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.test_one_grid_versions import (
    assert_postgis_agrees,
    assert_same_everywhere,
    running,
)
from tests.support.app import Installation, copy_of
from tests.support.postgis import Postgis

MOVES = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0, 6.3), st.booleans()), min_size=5, max_size=60
)


@pytest.fixture(scope="module")
def postgis_stage(
    postgis_sample: Installation, postgis: Postgis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application on PostGIS; its tests roll back what they do."""
    folder = tmp_path_factory.mktemp("walks")
    with running(copy_of(postgis_sample, folder, postgis)) as app:
        yield app


@pytest.mark.proof
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(MOVES)
def test_after_long_walks_postgis_and_a_new_reading_say_the_same(
    postgis_stage: Flask, moves: list[tuple[int, float, bool]]
) -> None:
    assert_postgis_agrees(moves)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(6))
def test_both_databases_and_new_processes_say_the_same_of_every_version(
    sqlite_sample: Installation,
    postgis_sample: Installation,
    postgis: Postgis,
    tmp_path: Path,
    seed: int,
) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    assert_same_everywhere(
        copy_of(sqlite_sample, folders[0], None),
        copy_of(postgis_sample, folders[1], postgis),
        seed,
    )
