"""Every point of the district has one unit grid: the same one, wherever the net was read."""

import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import shapely
from flask import Flask
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net, Rule
from gridgov.services import grids, grids_edit
from gridgov.services import reference as references
from gridgov.storage.base import db
from gridgov.storage.session import read_only
from tests.support.acts import DISTRICT, GRID, NOON
from tests.support.app import Installation
from tests.support.edited_nets import a_line
from tests.support.nets import sample_areas

RANDOM = 4_000
Pairs = NDArray[np.float64]
# What a freshly started process answers: it reads the net itself and hashes its words otherwise.
ELSEWHERE = """
import sys
from gridgov.config import Settings
from tests.services.test_one_grid import digest_of
print(digest_of(Settings(database_url=sys.argv[1], instance=sys.argv[2], testing=True)))
"""


def hard_places(net: Net) -> Pairs:
    """All vertices, the middle of every edge, and random points of the district."""
    shapes = [area.geometry for area in net.areas(AreaKind.GRID)]
    rings = shapely.get_rings(np.array([shape for shape in shapes if shape], dtype=object))
    ends, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    middles = ((ends[1:] + ends[:-1]) / 2)[same]
    return np.unique(np.vstack((ends, middles, random_places(net))), axis=0)


def random_places(net: Net) -> Pairs:
    outline: Any = net.area(DISTRICT).geometry
    shapely.prepare(outline)
    west, south, east, north = outline.bounds
    drawn = np.random.default_rng(20201020).uniform((west, south), (east, north), (RANDOM * 3, 2))
    return drawn[shapely.intersects_xy(outline, drawn)][:RANDOM]


def answers(net: Net, places: Pairs) -> list[tuple[str, str | None, str]]:
    """What `locate` says of each place: area, unit grid, rule."""
    found = [net.locate(LonLat(lon=lon, lat=lat)) for lon, lat in places.tolist()]
    return [(one.area_code, one.grid_code, one.rule.value) for one in found]


def digest(net: Net) -> str:
    return hashlib.sha256(repr(answers(net, hard_places(net)[::3])).encode()).hexdigest()


def digest_of(settings: Any) -> str:
    """Read the net of a database as a starting process does, and ask it everything."""
    app: Flask = create_app(settings)
    with app.app_context():
        with read_only() as session:
            found = digest(references.of(session, DISTRICT).net)
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()
    return found


def assert_one_owner(net: Net, places: Pairs) -> None:
    """Each place is covered, inside of one grid at most, and owned by the smallest code."""
    layer = net.layer(AreaKind.GRID)
    points = shapely.points(places)
    tree = shapely.STRtree(layer.polygons)
    covering = np.bincount(tree.query(points, "intersects")[0], minlength=len(points))
    assert covering.min() >= 1, "a hole in the net"
    inside = np.bincount(tree.query(points, "within")[0], minlength=len(points))
    assert inside.max() == 1, "two grids hold the same ground"
    said = answers(net, places)
    for (lon, lat), (area, grid, rule) in zip(places.tolist(), said, strict=True):
        owners = net.covering(LonLat(lon=lon, lat=lat))
        assert (area, grid, rule) == (owners[0], owners[0], Rule.COVERS.value)
        assert owners == tuple(sorted(owners))
    many = net.place_many(places[:, 0], places[:, 1])
    assert many.area_codes() == [area for area, _grid, _rule in said]


def test_every_vertex_every_middle_and_any_point_has_one_grid() -> None:
    net = Net(1, DISTRICT, sample_areas())
    places = hard_places(net)
    ours = shapely.intersects_xy(net.area(DISTRICT).geometry, places)
    assert ours.sum() > 25_000
    assert_one_owner(net, places[ours])
    # The middle of an outer edge, rounded to 64 bits, may lie a nanometre outside.
    beside = answers(net, places[~ours])
    assert len(beside) < 500
    assert {rule for _area, _grid, rule in beside} == {Rule.NEAREST.value}


def test_the_same_holds_in_a_version_somebody_drew(rolled: Session) -> None:
    by = Actor.system(DISTRICT)
    draft = grids.copy_active(rolled, DISTRICT, by=by, now=NOON)
    shape = references.of(rolled, DISTRICT).net.area(GRID).geometry
    assert shape is not None
    step = grids_edit.split(rolled, draft, GRID, a_line(shape, 1.1), by=by, now=NOON)
    net = grids.net_of(rolled, draft)
    halves = [row["code"] for row in step.after[:2]]
    around = net.layer(AreaKind.GRID).touching(shape)
    near = Net(2, DISTRICT, [net.area(code) for code in around])
    assert {*halves} <= {*around}
    ends = shapely.get_coordinates([area.geometry for area in near.areas()])
    middles = shapely.get_coordinates(shapely.segmentize(shape.boundary, 1e-5))
    inside = ends[shapely.intersects_xy(shape, ends)]
    assert_one_owner(net, np.unique(np.vstack((inside, middles)), axis=0))


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)])
def test_a_new_process_and_the_other_database_say_the_same(
    request: pytest.FixtureRequest, kind: str
) -> None:
    """What comes back from each database is, to the last bit, what was drawn."""
    sample: Installation = request.getfixturevalue(f"{kind}_sample")
    here = digest(Net(1, DISTRICT, sample_areas()))
    command = [sys.executable, "-c", ELSEWHERE, sample.url, str(sample.instance)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == here
