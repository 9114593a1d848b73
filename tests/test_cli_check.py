"""`gridgov check areas`, as an operator runs it before a draft is activated."""

from pathlib import Path

import pytest
import shapely
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.services import grids, grids_edit
from tests.support.acts import DISTRICT, GRID, NOON
from tests.support.app import Installation, copy_of
from tests.support.command import gridgov

BY = Actor.system(DISTRICT)


@pytest.fixture
def sample(sqlite_sample: Installation, tmp_path: Path) -> Installation:
    return copy_of(sqlite_sample, tmp_path, None)


def leaky_draft(installation: Installation) -> int:
    """A draft with a hole of 40 m in the worker's grid."""
    engine = create_engine(installation.url)
    with Session(engine) as session, session.begin():
        draft = grids.copy_active(session, DISTRICT, by=BY, now=NOON)
        ground = grids.net_of(session, draft).area(GRID).geometry
        hole = ground.representative_point().buffer(0.0002)
        shape = shapely.difference(ground, hole)
        grids_edit.replace_shape(session, draft, GRID, shape, by=BY, now=NOON)
        number = draft.number
    engine.dispose()
    return number


def test_a_draft_that_must_be_mended_ends_with_1(sample: Installation) -> None:
    number = leaky_draft(sample)
    run = gridgov(sample, "check", "areas", "--district", DISTRICT, "--draft", number)
    assert run.returncode == 1, run.stderr
    first, *others = run.stdout.splitlines()
    assert first.startswith(f"blocks | gap | {GRID} | Taihua Community · 112.88")
    assert "A gap of 1,4" in first
    assert first.endswith("Proposed: Give the gap to Taihua Community grid 06.")
    assert others[-1] == f"version {number} (draft): 1 block, 1 to note"


def test_the_active_net_is_sound(sample: Installation) -> None:
    run = gridgov(sample, "check", "areas", "--district", DISTRICT)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "version 1 (active): 0 block, 1 to note"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--district", "999999"), "no district 999999"),
        (("--district", DISTRICT, "--draft", 9), "9"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    sample: Installation, more: tuple[object, ...], said: str
) -> None:
    run = gridgov(sample, "check", "areas", *more)
    assert run.returncode == 2
    assert said in run.stderr and "Traceback" not in run.stderr
