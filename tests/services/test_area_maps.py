"""Areas for maps: only what is in view, a level above where that is too much, drawn once."""

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from benchmarks import nets
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import area_maps, grids
from gridgov.services import reference as references
from gridgov.services.area_maps import MOST, Window, look, net_of
from gridgov.storage import areas
from tests.support.acts import DISTRICT, NOON
from tests.support.nets import sample_areas, small_net


@pytest.fixture(scope="module")
def sample() -> Net:
    return Net(1, DISTRICT, sample_areas(), synthetic=True)


@pytest.fixture(scope="module")
def big() -> Net:
    """A net with more grids than may be shown at once."""
    return Net(1, nets.DISTRICT, nets.net(2_500), synthetic=True)


def shapes(found: area_maps.AreaMap) -> Any:
    return shapely.from_geojson(np.array(found.borders, dtype=object))


def test_a_small_district_comes_as_a_whole_by_code(sample: Net) -> None:
    found = look(sample, AreaKind.GRID, 12, None)
    assert (found.kind, found.coarser) == (AreaKind.GRID, False)
    assert [area.code for area in found.areas] == [a.code for a in sample.areas(AreaKind.GRID)]
    assert shapely.coverage_is_valid(shapes(found))
    for area, border in zip(found.areas, shapes(found), strict=True):
        assert area.geometry is not None
        assert border.distance(area.geometry.representative_point()) < 0.001


def test_only_what_is_in_view_comes_and_it_fits_what_came_before(sample: Net) -> None:
    whole = look(sample, AreaKind.GRID, 14, None)
    borders = {a.code: b for a, b in zip(whole.areas, whole.borders, strict=True)}
    west, south, east, north = shapely.total_bounds(shapes(whole))
    window = Window(west, south, (west + east) / 2, (south + north) / 2)
    part = look(sample, AreaKind.GRID, 14, window)
    assert 0 < len(part.areas) < len(whole.areas)
    assert part.borders == tuple(borders[area.code] for area in part.areas)
    seen = {area.code for area in part.areas}
    for area in sample.areas(AreaKind.GRID):
        if area.geometry is not None and area.geometry.intersects(shapely.box(*window)):
            assert area.code in seen
    assert look(sample, AreaKind.GRID, 14, Window(0, 0, 1, 1)).areas == ()


def test_where_too_many_are_in_view_the_level_above_comes(big: Net) -> None:
    far = look(big, AreaKind.GRID, 11, None)
    assert (far.kind, far.coarser) == (AreaKind.VILLAGE, True)
    assert len(far.areas) == len(big.areas(AreaKind.VILLAGE)) < MOST
    grid = big.areas(AreaKind.GRID)[0]
    assert grid.geometry is not None
    near = look(big, AreaKind.GRID, 15, Window(*grid.geometry.buffer(0.01).bounds))
    assert (near.kind, near.coarser) == (AreaKind.GRID, False)
    assert grid.code in {area.code for area in near.areas}
    assert shapely.coverage_is_valid(shapes(near))


def test_levels_that_are_not_drawn_are_passed_over() -> None:
    kinds = (AreaKind.GRID, AreaKind.DISTRICT)
    bare = [area for area in nets.net(2_500) if area.kind in kinds]
    found = look(Net(1, nets.DISTRICT, bare), AreaKind.GRID, 10, None)
    assert (found.kind, len(found.areas)) == (AreaKind.DISTRICT, 1)
    with pytest.raises(InvalidInput) as refused:
        look(Net(1, nets.DISTRICT, bare[1:]), AreaKind.GRID, 10, None)
    assert (refused.value.field, refused.value.reason) == ("bbox", "too_many")


def test_a_kind_the_net_does_not_have_is_empty(sample: Net) -> None:
    net = Net(1, DISTRICT, small_net().values())
    assert look(net, AreaKind.PROFESSIONAL, 12, None).areas == ()
    over = look(sample, AreaKind.PROFESSIONAL, 12, None)
    assert {area.kind for area in over.areas} == {AreaKind.PROFESSIONAL}
    assert look(Net(1, DISTRICT, []), AreaKind.GRID, None, None).areas == ()


def test_a_zoom_is_drawn_once_and_kept_as_long_as_its_net(
    big: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    real = area_maps.generalise

    def count(polygons: Any, level: int, lat: float, *, outer: bool) -> Any:
        drawn.append(level)
        return real(polygons, level, lat, outer=outer)

    monkeypatch.setattr(area_maps, "generalise", count)
    net = Net(2, nets.DISTRICT, big.areas())
    window = Window(112.45, 22.65, 112.50, 22.70)
    threads = [
        threading.Thread(target=look, args=(net, AreaKind.GRID, 15, window)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    once = len(drawn)
    assert 0 < once < 12
    assert look(net, AreaKind.GRID, 15, window) == look(net, AreaKind.GRID, 15, window)
    assert len(drawn) == once
    look(net, AreaKind.GRID, 16, window)
    assert len(drawn) > once
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None, "what was drawn must not keep an old net alive"


def test_a_process_keeps_a_bounded_number_of_blocks(
    big: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(area_maps, "KEPT_BLOCKS", 3)
    net = Net(3, nets.DISTRICT, big.areas())
    window = Window(112.43, 22.63, 112.55, 22.75)
    first = look(net, AreaKind.GRID, 15, window)
    assert look(net, AreaKind.GRID, 15, window) == first
    assert len(area_maps._drawn[net].kept) <= 3


def test_a_version_is_public_once_it_was_active(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    assert net_of(rolled, reference, None) is reference.net
    assert net_of(rolled, reference, reference.net.version) is reference.net
    draft = grids.copy_active(rolled, DISTRICT, by=Actor.system(DISTRICT), now=NOON)
    for number in (draft.number, 999):
        with pytest.raises(NotFound):
            net_of(rolled, reference, number)
    old = areas.version(rolled, DISTRICT, draft.number)
    old.activated_at = NOON
    rolled.flush()
    found = net_of(rolled, reference, draft.number)
    assert (found.version, len(found)) == (draft.number, len(reference.net))


def one(code: str, kind: AreaKind, geometry: Any) -> AreaShape:
    return AreaShape(code, None, kind, code, code, geometry)


def test_an_area_without_a_polygon_is_left_out() -> None:
    net = Net(
        1,
        DISTRICT,
        [one("1", AreaKind.GRID, None), one("2", AreaKind.GRID, shapely.box(112, 22, 113, 23))],
    )
    assert [area.code for area in look(net, AreaKind.GRID, 12, None).areas] == ["2"]
