import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.datum import LonLat
from gridgov.domain.geometry import (
    area_m2,
    circle,
    degrees_reaching,
    distance_to_border_m,
    metres_between,
    metric_scale,
    nearest_border,
    shares,
)

LAT = 22.9
PER_LON, PER_LAT = metric_scale(LAT)


def at(east_m: float, north_m: float) -> LonLat:
    return LonLat(lon=112.8 + east_m / PER_LON, lat=LAT + north_m / PER_LAT)


def block(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    low, high = at(west, south), at(east, north)
    return shapely.box(low.lon, low.lat, high.lon, high.lat)


# One degree of longitude and latitude in metres; Source: WGS-84 tables (NGA TR8350.2).
@pytest.mark.parametrize(
    ("lat", "per_lon", "per_lat"),
    [(0.0, 111_319.49, 110_574.28), (45.0, 78_846.81, 111_131.78), (60.0, 55_800.0, 111_412.3)],
)
def test_scale_follows_the_ellipsoid(lat: float, per_lon: float, per_lat: float) -> None:
    assert metric_scale(lat) == pytest.approx((per_lon, per_lat), rel=1e-5)


def test_a_long_distance_agrees_with_a_geodesic() -> None:
    # 49,825.03 m by PostGIS 3.3: ST_Distance of two geographies.
    tower, gaoming = LonLat(lon=113.3245, lat=23.1065), LonLat(lon=112.8926, lat=22.9002)
    assert metres_between(tower, gaoming) == pytest.approx(49_825.03, abs=0.5)
    assert metres_between(tower, gaoming) == metres_between(gaoming, tower)


def test_distance_crosses_the_date_line_the_short_way() -> None:
    assert metres_between(LonLat(lon=179.9, lat=0), LonLat(lon=-179.9, lat=0)) < 23_000


@given(st.floats(1.0, 5_000.0), st.floats(-60.0, 60.0))
def test_a_circle_is_round_in_metres(radius_m: float, lat: float) -> None:
    centre = LonLat(lon=10.0, lat=lat)
    round_one = circle(centre, radius_m)
    per_lon, per_lat = metric_scale(lat)
    for lon, corner_lat in round_one.exterior.coords:
        east, north = (lon - centre.lon) * per_lon, (corner_lat - lat) * per_lat
        assert (east**2 + north**2) ** 0.5 == pytest.approx(radius_m, rel=1e-6)


@given(st.floats(-80.0, 80.0), st.floats(0.1, 1_000.0))
def test_degrees_reach_far_enough_in_every_direction(lat: float, metres: float) -> None:
    per_lon, per_lat = metric_scale(lat)
    assert degrees_reaching(lat, metres) * min(per_lon, per_lat) >= metres * (1 - 1e-12)


def test_distance_to_the_border_from_inside_and_outside() -> None:
    square = block(0, 0, 100, 100)
    assert distance_to_border_m(square, at(30, 50)) == pytest.approx(30, abs=0.01)
    assert distance_to_border_m(square, at(-7, 50)) == pytest.approx(7, abs=0.01)
    assert distance_to_border_m(square, at(103, 104)) == pytest.approx(5, abs=0.01)
    assert distance_to_border_m(square, at(100, 40)) == pytest.approx(0, abs=1e-6)


def test_the_nearest_border_is_nearest_in_metres_not_in_degrees() -> None:
    # At 60° N a degree of longitude is half as long: the west side is nearer here.
    tall = shapely.box(10.0, 60.0, 10.004, 60.004)
    border = nearest_border(tall, LonLat(lon=10.0015, lat=60.0012))
    assert border.lon == pytest.approx(10.0)
    assert border.lat == pytest.approx(60.0012)


def test_holes_and_parts_have_borders_but_no_line_joins_them() -> None:
    ring = block(0, 0, 1000, 1000).difference(block(400, 400, 600, 600))
    assert distance_to_border_m(ring, at(390, 500)) == pytest.approx(10, abs=0.01)
    # Between the outer ring's last vertex and the hole's first there is no border.
    assert distance_to_border_m(ring, at(200, 200)) == pytest.approx(200, rel=0.001)
    parts = shapely.MultiPolygon([block(0, 0, 100, 100), block(900, 0, 1000, 100)])
    assert distance_to_border_m(parts, at(500, 50)) == pytest.approx(400, rel=0.001)


def test_a_repeated_vertex_does_no_harm() -> None:
    corners = [at(0, 0), at(100, 0), at(100, 0), at(100, 100), at(0, 100)]
    doubled = shapely.Polygon([(p.lon, p.lat) for p in corners])
    assert distance_to_border_m(doubled, at(90, 50)) == pytest.approx(10, abs=0.01)


def test_shares_of_a_disc() -> None:
    left, right = block(-500, -500, 0, 500), block(0, -500, 500, 500)
    disc = circle(at(0, 0), 40.0)
    assert shares(disc, [left, right]) == pytest.approx([0.5, 0.5], abs=1e-6)
    assert shares(disc, []) == []


def test_overlapping_ground_belongs_to_the_first_named() -> None:
    disc = circle(at(0, 0), 40.0)
    west, whole = block(-500, -500, 0, 500), block(-500, -500, 500, 500)
    assert shares(disc, [west, whole]) == pytest.approx([0.5, 0.5], abs=1e-6)
    assert shares(disc, [whole, west]) == pytest.approx([1.0, 0.0], abs=1e-6)


def test_ground_outside_every_geometry_has_no_share() -> None:
    disc = circle(at(0, 0), 40.0)
    assert sum(shares(disc, [block(0, -500, 500, 500)])) == pytest.approx(0.5, abs=1e-6)


def test_area_is_true_to_the_ellipsoid() -> None:
    # The whole ellipsoid is 510,065,621.7 km²; the box is by PostGIS 3.3, ST_Area of a
    # geography, whose northern and southern edges bend a little.
    assert area_m2(shapely.box(-180, -90, 180, 90)) == pytest.approx(510_065_621.7e6, rel=1e-9)
    assert area_m2(shapely.box(112.5, 22.7, 113, 23)) == pytest.approx(1_704_911_353, rel=1e-5)
    assert area_m2(block(0, 0, 100, 100)) == pytest.approx(10_000, rel=1e-4)
