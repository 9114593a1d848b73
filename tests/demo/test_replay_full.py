"""The whole history of the sample: 3,977 cases received, 3,872 of them closed, 97.36 %."""

from pathlib import Path

from gridgov.app import create_app
from gridgov.demo.replay_plan import FULL
from gridgov.storage.base import db
from tests.conftest import sqlite_address
from tests.demo.test_replay import board
from tests.support import replayed
from tests.support.app import Installation
from tests.support.replayed import DISTRICT, PERIOD, statement_of


def check_whole(installation: Installation) -> None:
    """The board's API, the board itself and the statement say the promised numbers."""
    said = statement_of(installation)
    app = create_app(installation.settings())
    with app.app_context():
        figures = board(app, installation, area=DISTRICT)
        db.engine.dispose()
    assert (figures["received"], figures["closed"], figures["open"]) == (3977, 3872, 105)
    assert round(figures["closure_rate"], 4) == 0.9736
    assert (said["received"], said["closed"], said["open"]) == (3977, 3872, 105)
    assert said["period"] == PERIOD
    assert said["reports"] == FULL.total == 4680
    assert said["hard_reports"] == 25


def test_the_whole_history_ends_at_97_36_percent(tmp_path: Path) -> None:
    check_whole(replayed.load(sqlite_address(tmp_path), tmp_path, FULL))
