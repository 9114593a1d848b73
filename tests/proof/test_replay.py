"""The whole history of the sample on PostGIS; the suite loads it on SQLite."""

from pathlib import Path

import pytest

from gridgov.demo.replay_plan import FULL
from tests.demo.test_replay_full import check_whole
from tests.support import replayed
from tests.support.postgis import Postgis


@pytest.mark.proof
def test_the_whole_history_on_postgis(postgis: Postgis, tmp_path: Path) -> None:
    check_whole(replayed.load(postgis.create_database(), tmp_path, FULL))
