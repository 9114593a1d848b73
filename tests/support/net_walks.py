"""A draft edited at random through the services, and what PostGIS says of points in it."""

import contextlib
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import grids, grids_edit
from gridgov.services.grids_borders import neighbours
from gridgov.storage.areas import GridVersion
from gridgov.storage.grid_changes import GridEdit
from tests.support.acts import DISTRICT, NOON
from tests.support.edited_nets import a_line

BY = Actor.system(DISTRICT)
Pairs = NDArray[np.float64]
Moves = Sequence[tuple[int, float, bool]]  # which grid, angle of the cut, merge instead

COVERED_BY = text(
    'SELECT p.n, min(a.code COLLATE "C")'
    " FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]))"
    " WITH ORDINALITY AS p(lon, lat, n)"
    " LEFT JOIN areas a ON a.grid_version_id = :version AND a.kind = 'grid'"
    " AND ST_Covers(a.geometry, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326))"
    " GROUP BY p.n ORDER BY p.n"
)


def walk(session: Session, draft: GridVersion, moves: Moves) -> list[str]:
    """Do the moves on a draft; return the grids that were touched and are still there."""
    touched: set[str] = set()
    for which, turn, merging in moves:
        net = grids.net_of(session, draft)
        units = net.areas(AreaKind.GRID)
        one = units[which % len(units)]
        # Some cuts leave next to nothing, some grids have no neighbour: refused, as for people.
        with contextlib.suppress(InvalidInput):
            step = (
                _merge(session, draft, net, one) if merging else _split(session, draft, one, turn)
            )
            touched |= {row["code"] for row in step.after}
    net = grids.net_of(session, draft)
    return sorted(code for code in touched if _is_grid(net, code))


def _is_grid(net: Net, code: str) -> bool:
    area = net.find(code)
    return area is not None and area.kind is AreaKind.GRID


def _split(
    session: Session, draft: GridVersion, one: AreaShape, turn: float
) -> grids_edit.GridEdit:
    assert one.geometry is not None
    line = a_line(one.geometry, turn)
    return grids_edit.split(session, draft, one.code, line, by=BY, now=NOON)


def _merge(session: Session, draft: GridVersion, net: Net, one: AreaShape) -> GridEdit:
    near = [a.code for a in neighbours(net, one.code) if a.kind is AreaKind.GRID]
    same = [code for code in near if net.area(code).parent_code == one.parent_code][:1]
    return grids_edit.merge(session, draft, [one.code, *same], one.code, by=BY, now=NOON)


def places_around(net: Net, codes: Sequence[str], seed: int) -> Pairs:
    """All corners and middles of the edges of some grids, and random points in and around them."""
    shapes = [net.area(code).geometry for code in codes]
    rings = shapely.get_rings(np.array(shapes, dtype=object))
    ends, ring = shapely.get_coordinates(rings, return_index=True)
    middles = ((ends[1:] + ends[:-1]) / 2)[ring[1:] == ring[:-1]]
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    drawn = np.random.default_rng(seed).uniform((west, south), (east, north), (1_000, 2))
    pairs = np.unique(np.vstack((ends, middles, drawn)), axis=0)
    ours: Pairs = pairs[shapely.intersects_xy(net.area(DISTRICT).geometry, pairs)]
    return ours


def covered_by(session: Session, version: GridVersion, pairs: Pairs) -> list[str | None]:
    """Return for each pair the smallest code of the unit grids PostGIS says cover it."""
    asked = {"lons": pairs[:, 0].tolist(), "lats": pairs[:, 1].tolist(), "version": version.id}
    return [code for _n, code in session.execute(COVERED_BY, asked)]
