"""The whole history of the sample on PostGIS; the suite loads it on SQLite."""

from pathlib import Path

import pytest

from gridgov.demo.replay_plan import FULL
from tests.demo.test_replay_full import assert_whole_history
from tests.support import replayed
from tests.support.postgis import Postgis


@pytest.mark.proof
def test_the_whole_history_on_postgis(postgis: Postgis, tmp_path: Path) -> None:
    assert_whole_history(replayed.load(postgis.create_database(), tmp_path, FULL))
