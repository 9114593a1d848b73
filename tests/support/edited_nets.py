"""The sample's net edited at random, and the check that every point has one owner."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.net_edits import cut, fresh_codes, joined, noded
from gridgov.domain.routing import Net
from tests.support.nets import sample_records

Move = tuple[float, float, bool]
SEAMLESS = (AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.DISTRICT)


def sample_shapes() -> list[AreaShape]:
    """The areas of the sample district, as the rules know them."""
    return [area.shape() for area in sample_records().values()]


def a_line(ground: BaseGeometry, turn: float) -> list[tuple[float, float]]:
    """A straight line through the middle of some ground, turned by an angle, border to border."""
    centre = ground.representative_point()
    reach = np.array([np.cos(turn), np.sin(turn)])
    ends = [np.array([centre.x, centre.y]) + sign * reach for sign in (-1, 1)]
    return [(float(x), float(y)) for x, y in ends]


def split_and_merge(shapes: Sequence[AreaShape], moves: Sequence[Move]) -> list[AreaShape]:
    """Do random moves on the unit grids: (which 0 to 1, angle, merge instead of split)."""
    known = {shape.code: shape for shape in shapes}
    used = set(known)
    for which, turn, merge in moves:
        units = [shape for shape in known.values() if shape.kind is AreaKind.GRID]
        one = units[min(int(which * len(units)), len(units) - 1)]
        if merge:
            _merge(known, one)
        else:
            _split(known, one, turn, used)
        used |= set(known)
    return list(known.values())


def _split(known: dict[str, AreaShape], one: AreaShape, turn: float, used: set[str]) -> None:
    try:
        west, east, corners = cut(one.geometry, a_line(one.geometry, turn))
    except InvalidInput:
        return
    del known[one.code]
    for code, shape in known.items():
        if shape.kind in SEAMLESS:
            known[code] = replace(shape, geometry=noded(shape.geometry, corners))
    for code, half in zip(fresh_codes(one.code, used, 2), (west, east), strict=True):
        known[code] = replace(one, code=code, geometry=half)


def _merge(known: dict[str, AreaShape], one: AreaShape) -> None:
    for other in list(known.values()):
        if other.kind is not AreaKind.GRID or other.parent_code != one.parent_code:
            continue
        if other.code == one.code or not other.geometry.intersects(one.geometry):
            continue
        try:
            ground = joined([one.geometry, other.geometry])
        except InvalidInput:
            continue
        del known[other.code]
        known[one.code] = replace(one, geometry=ground)
        return


def tricky_points(shapes: Sequence[AreaShape], seed: int) -> np.ndarray:
    """Every corner and the middle of every edge of the unit grids, and random points."""
    units = [s.geometry for s in shapes if s.kind is AreaKind.GRID]
    corners, middles = [], []
    for ring in shapely.get_rings(units):
        ends = shapely.get_coordinates(ring)
        corners.append(ends)
        middles.append((ends[:-1] + ends[1:]) / 2)
    west, south, east, north = shapely.total_bounds(units)
    drawn = np.random.default_rng(seed).uniform((west, south), (east, north), (4_000, 2))
    return np.vstack((*corners, *middles, drawn))


def assert_exactly_one_owner(
    shapes: Sequence[AreaShape], *, seed: int, outline: BaseGeometry | None = None
) -> None:
    """Check that every point of the district has one unit grid, borders and corners included.

    Two grids that cover one point share it on their border only: their grounds do not
    overlap, so that choosing the smaller code chooses one of the two neighbours.
    """
    net = Net(1, "440608", shapes)
    units = [s for s in shapes if s.kind is AreaKind.GRID]
    drawings = [s.geometry for s in units]
    assert shapely.is_valid(drawings).all()
    assert shapely.coverage_is_valid(drawings), "edges do not match"
    pairs = tricky_points(shapes, seed)
    whole = outline or next(s.geometry for s in shapes if s.kind is AreaKind.DISTRICT)
    pairs = pairs[shapely.intersects_xy(whole, pairs)]
    owners = net.layer(AreaKind.GRID).owners(shapely.points(pairs))
    lost = pairs[owners < 0]
    assert not len(lost), f"{len(lost)} points of the district have no grid, such as {lost[0]}"
    total = sum(shape.area for shape in drawings)
    assert abs(total / whole.area - 1) < 1e-9
    for lon, lat in pairs[:: max(1, len(pairs) // 50)]:
        spot = LonLat(lon=float(lon), lat=float(lat))
        assert net.locate(spot).grid_code == net.covering(spot)[0]
