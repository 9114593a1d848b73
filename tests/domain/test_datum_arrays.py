"""Many pairs at once: the same numbers as one by one, and shared corners stay shared."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.datum import Datum, LonLat, from_wgs84, to_wgs84
from gridgov.domain.datum_arrays import (
    geometries_from_wgs84,
    geometries_to_wgs84,
    pairs_from_wgs84,
    pairs_to_wgs84,
)
from tests.support.nets import sample_areas

# 1e-12 degrees are a tenth of a micrometre.
CLOSE = 1e-12
PAIRS = st.lists(
    st.tuples(st.floats(-180.0, 180.0), st.floats(-89.0, 89.0)), min_size=1, max_size=30
)
CHINA = st.lists(st.tuples(st.floats(74.0, 135.0), st.floats(4.0, 53.0)), min_size=1, max_size=30)


@pytest.mark.parametrize("datum", Datum)
@given(pairs=PAIRS)
def test_forward_agrees_with_the_single_pair_all_over_the_earth(
    datum: Datum, pairs: list[tuple[float, float]]
) -> None:
    single = [from_wgs84(LonLat(lon=lon, lat=lat), datum) for lon, lat in pairs]
    assert np.allclose(pairs_from_wgs84(np.array(pairs), datum), single, rtol=0.0, atol=CLOSE)


@pytest.mark.parametrize("datum", Datum)
@given(pairs=CHINA)
def test_backward_agrees_with_the_single_pair_and_undoes_forward(
    datum: Datum, pairs: list[tuple[float, float]]
) -> None:
    given_pairs = np.array(pairs)
    many = pairs_to_wgs84(given_pairs, datum)
    single = [to_wgs84(lon=lon, lat=lat, datum=datum) for lon, lat in pairs]
    assert np.allclose(many, [(one.lon, one.lat) for one in single], rtol=0.0, atol=CLOSE)
    assert np.allclose(pairs_from_wgs84(many, datum), given_pairs, rtol=0.0, atol=1e-11)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_seamless_net_stays_seamless_to_the_last_bit(datum: Datum) -> None:
    """A corner of three grids is one corner afterwards, however the arrays were cut."""
    net = np.array([area.geometry for area in sample_areas()], dtype=object)
    before, after = shapely.get_coordinates(net), geometries_from_wgs84(net, datum)
    moved = shapely.get_coordinates(after)
    assert len(np.unique(moved, axis=0)) == len(np.unique(before, axis=0))
    back = shapely.get_coordinates(geometries_to_wgs84(after, datum))
    assert np.abs(back - before).max() < 1e-11


def test_what_is_no_geometry_and_no_place_stays_so() -> None:
    given_ones = np.array([None, shapely.Point(np.inf, 22.0), shapely.Polygon()], dtype=object)
    found = geometries_to_wgs84(given_ones, Datum.GCJ02)
    assert found[0] is None
    assert not np.isfinite(shapely.get_coordinates(found[1])).all()
    assert found[2].is_empty
