"""The long form of the versions: hundreds of edits, and change and undo under traffic."""

from collections import Counter

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.domain.areas import AreaKind
from gridgov.services import grids, grids_activate
from gridgov.services import reference as references
from gridgov.storage import grid_changes
from gridgov.storage.areas import GridVersion
from gridgov.storage.session import read_only, unit_of_work
from tests.services import test_grids_races as races
from tests.support.acts import DISTRICT
from tests.support.edited_nets import assert_exactly_one_owner, sample_shapes, split_and_merge

ROUNDS = 6
MOVES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 6.3), st.booleans()), min_size=20, max_size=120
)


@pytest.mark.proof
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(MOVES)
def test_no_hole_opens_over_hundreds_of_splits_and_merges(
    moves: list[tuple[float, float, bool]],
) -> None:
    assert_exactly_one_owner(split_and_merge(sample_shapes(), moves), seed=len(moves))


@pytest.mark.proof
def test_one_corner_of_the_net_is_cut_up_and_put_together_again() -> None:
    """All edits in one village: corners come upon corners, a few metres apart."""
    shapes = sample_shapes()
    village = next(s.code for s in shapes if s.kind is AreaKind.VILLAGE)
    kept = [s for s in shapes if s.kind is not AreaKind.GRID or s.parent_code == village]
    others = [s for s in shapes if s.kind is AreaKind.GRID and s.parent_code != village]
    for turn in range(120):
        kept = split_and_merge(kept, [((turn * 0.618) % 1, turn * 2.4, turn % 3 == 2)])
    assert len(kept) > 40
    # The others share corners with the village: they must not have to know of its inside.
    units = [s for s in kept if s.kind is AreaKind.GRID]
    assert {s.parent_code for s in units} == {village}
    ground = next(s.geometry for s in kept if s.code == village)
    assert_exactly_one_owner(kept, seed=5, outline=ground)
    assert others


@pytest.mark.proof
def test_change_and_undo_over_and_over_while_reports_come_in(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(races, "EACH", 25)
    draft = races.split_in_a_draft()
    made, outcomes = [], Counter[str]()
    for turn in range(ROUNDS):
        made += races.under_traffic(app, races.activate(draft), seed=1000 + 100 * turn)
        races.assert_sound(made)
        made += races.under_traffic(app, races.undo(draft), seed=5000 + 100 * turn)
        races.assert_sound(made)
        with read_only() as session:
            assert references.of(session, DISTRICT).net.version == 1
            moves = grid_changes.moves(session, draft.id, grids_activate.UNDONE)
            outcomes.update(str(move.outcome) for move in moves)
        with unit_of_work() as session:
            undone = session.get_one(GridVersion, draft.id)
            draft = grids.copy_version(session, undone, by=races.BY, now=races.LATER)
    assert outcomes["given_back"] > 0  # by chance one round may have none
