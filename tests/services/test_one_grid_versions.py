"""Every point has one grid in every version: for a new process, on both databases, for PostGIS."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.routing import Net
from gridgov.jobs import timetable
from gridgov.services import grids, grids_activate, nets
from gridgov.services import reference as references
from gridgov.storage import areas
from gridgov.storage.base import db
from gridgov.storage.session import WRITE, read_only, unit_of_work
from tests.services.test_one_grid import answers, assert_one_owner, hard_places
from tests.support.acts import DISTRICT, NOON, man
from tests.support.app import Installation, copy_of
from tests.support.edited_nets import assert_exactly_one_owner
from tests.support.net_walks import BY, covered_by, places_around, walk
from tests.support.postgis import Postgis

ALL_VERSIONS = 3  # the sample's own, and two made by walks
MOVES = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0, 6.3), st.booleans()), min_size=1, max_size=12
)
# What a freshly started process says: it reads every version itself.
ELSEWHERE = """
import sys
from gridgov.config import Settings
from tests.services.test_one_grid_versions import digests_of
settings = Settings(database_url=sys.argv[1], instance=sys.argv[2], testing=True)
print(" ".join(digests_of(settings)))
"""


@contextmanager
def running(installation: Installation) -> Iterator[Flask]:
    """The application of an installation, inside its context."""
    app = create_app(installation.settings())
    with app.app_context():
        yield app
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


@pytest.fixture(scope="module")
def postgis_stage(
    postgis_sample: Installation, postgis: Postgis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application on PostGIS; its tests roll back what they do."""
    folder = tmp_path_factory.mktemp("walks")
    with running(copy_of(postgis_sample, folder, postgis)) as app:
        yield app


def assert_postgis_agrees(moves: list[tuple[int, float, bool]]) -> None:
    """Walk in a draft; compare its net with one read anew, and with ST_Covers, then roll back."""
    engine = db.engine.execution_options(**{WRITE: True})
    with Session(engine, expire_on_commit=False) as session:
        draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        touched = walk(session, draft, moves)
        session.flush()
        stepped = grids.net_of(session, draft)
        session.expire_all()
        read = [nets.shape_of(row) for row in areas.rows_of(session, draft)]
        assert_exactly_one_owner(read, seed=len(moves))
        again = Net(draft.number, DISTRICT, read)
        places = places_around(again, touched or [again.areas(AreaKind.GRID)[0].code], len(moves))
        said = [again.locate(LonLat(lon=lon, lat=lat)).grid_code for lon, lat in places.tolist()]
        assert None not in said
        assert answers(stepped, places) == answers(again, places)
        assert covered_by(session, draft, places) == said
        session.rollback()


@settings(max_examples=3)
@given(MOVES)
def test_after_any_edits_postgis_and_a_new_reading_say_the_same(
    postgis_stage: Flask, moves: list[tuple[int, float, bool]]
) -> None:
    assert_postgis_agrees(moves)


def digest(net: Net) -> str:
    return hashlib.sha256(repr(answers(net, hard_places(net)[::5])).encode()).hexdigest()


def digests_of(told: Any) -> list[str]:
    """Read every version of a database as a starting process does, and ask each everything."""
    app: Flask = create_app(told)
    with app.app_context():
        found = [digest(net) for net in versions()]
        with read_only() as session:
            assert references.of(session, DISTRICT).net.version == ALL_VERSIONS
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()
    return found


def two_more_versions(installation: Installation, seed: int) -> list[str]:
    """Walk, activate, and again; return what this process, which lived through it, says of each."""
    random = np.random.default_rng(seed)
    with running(installation):
        for turn in range(1, ALL_VERSIONS):
            moves = [
                (int(random.integers(10**6)), float(random.uniform(0, 6.3)), merging)
                for merging in random.integers(0, 2, 8).astype(bool).tolist()
            ]
            with unit_of_work() as session:
                draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
                before = references.of(session, DISTRICT).net
                for code in walk(session, draft, moves):
                    if before.find(code) is None:
                        man(session, draft, code)
            with unit_of_work() as session:
                grids_activate.activate(session, draft, by=BY, now=NOON + timedelta(hours=turn))
            timetable.hand_over()
        found = versions()
        places = hard_places(found[-1])
        ours = places[shapely.intersects_xy(found[-1].area(DISTRICT).geometry, places)]
        assert_one_owner(found[-1], ours[:: max(1, len(ours) // 6_000)])
    return [digest(net) for net in found]


def versions() -> list[Net]:
    """The net of every version, as this process has it."""
    with read_only() as session:
        return [
            grids.net_of(session, areas.version(session, DISTRICT, number))
            for number in range(1, ALL_VERSIONS + 1)
        ]


def in_a_new_process(installation: Installation) -> list[str]:
    command = [sys.executable, "-c", ELSEWHERE, installation.url, str(installation.instance)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def assert_same_everywhere(sqlite: Installation, postgresql: Installation, seed: int) -> list[str]:
    """Check that both databases, before and after a restart, give the same answers; return them."""
    here = two_more_versions(sqlite, seed)
    assert two_more_versions(postgresql, seed) == here
    assert in_a_new_process(sqlite) == here
    assert in_a_new_process(postgresql) == here
    return here


def test_both_databases_and_new_processes_say_the_same_in_every_version(
    sqlite_sample: Installation,
    postgis_sample: Installation,
    postgis: Postgis,
    tmp_path: Path,
) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    found = assert_same_everywhere(
        copy_of(sqlite_sample, folders[0], None), copy_of(postgis_sample, folders[1], postgis), 7
    )
    assert len(set(found)) == ALL_VERSIONS  # the versions are different nets
