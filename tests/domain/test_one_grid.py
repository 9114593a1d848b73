"""Every point of a district has exactly one unit grid, on borders and corners too."""

import random

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.routing import Net, Rule
from tests.support.edited_nets import assert_exactly_one_owner, sample_shapes, split_and_merge

MOVES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 6.3), st.booleans()), max_size=10)
FRACTIONS = st.lists(st.floats(0, 1), min_size=1, max_size=4)


def along_edges(shapes: list[AreaShape], fractions: list[float], seed: int) -> np.ndarray:
    """Points at parts of the way along edges of the unit grids, 600 edges drawn by lot."""
    units = [shape.geometry for shape in shapes if shape.kind is AreaKind.GRID]
    ends, ring = shapely.get_coordinates(shapely.get_rings(units), return_index=True)
    edges = np.flatnonzero(ring[1:] == ring[:-1])
    drawn = np.random.default_rng(seed).choice(edges, 600)
    start, end = ends[drawn], ends[drawn + 1]
    pairs = np.vstack([start + part * (end - start) for part in fractions])
    whole = next(shape.geometry for shape in shapes if shape.kind is AreaKind.DISTRICT)
    inside: np.ndarray = pairs[shapely.intersects_xy(whole, pairs)]
    return inside


@settings(max_examples=4)
@given(MOVES, FRACTIONS, st.integers(0, 10**6))
def test_a_point_anywhere_on_an_edge_has_one_grid_whatever_order_the_net_was_read_in(
    moves: list[tuple[float, float, bool]], fractions: list[float], seed: int
) -> None:
    shapes = split_and_merge(sample_shapes(), moves)
    assert_exactly_one_owner(shapes, seed=seed)
    shuffled = list(shapes)
    random.Random(seed).shuffle(shuffled)
    net, other = Net(1, "440608", shapes), Net(1, "440608", shuffled)
    for lon, lat in along_edges(shapes, fractions, seed).tolist():
        spot = LonLat(lon=lon, lat=lat)
        found = net.locate(spot)
        owners = net.covering(spot)
        assert owners
        assert (found.grid_code, found.rule) == (min(owners), Rule.COVERS)
        assert found == other.locate(spot)
