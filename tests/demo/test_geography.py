"""The sample district's net: complete, seamless, nested, and made anew just the same."""

import csv
import gzip
import json
import math
import re
import statistics
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import MultiPoint, Point, Polygon, STRtree
from shapely.geometry import shape

from gridgov.demo.geography import AREAS_FILE, GAOMING, AreaRecord, load_areas, write_areas
from gridgov.demo.net_builder import build_areas

# A degree at Gaoming on the WGS-84 ellipsoid, in metres.
EAST_M, NORTH_M = 102_650.0, 110_742.0
AREAS = load_areas()
GRIDS = [area for area in AREAS if area.kind == "grid"]
VILLAGES = [area for area in AREAS if area.kind == "village"]
TOWNS = [area for area in AREAS if area.kind == "town"]
DISTRICT = AREAS[0]
PROFESSIONAL = [area for area in AREAS if area.kind == "professional"]
TREE = STRtree([grid.geometry for grid in GRIDS])
REAL_TOWNS = {
    "440608004": ("荷城街道", 31),
    "440608106": ("杨和镇", 10),
    "440608107": ("明城镇", 14),
    "440608108": ("更合镇", 22),
}
REAL_VILLAGES = {
    "440608004001": ("河江社区", "Hejiang Community"),
    "440608004025": ("泰华社区", "Taihua Community"),
    "440608004215": ("阮埇村", "Ruanyong Village"),
    "440608106204": ("豸岗村", "Zhigang Village"),
    "440608107203": ("明西村", "Mingxi Village"),
    "440608108219": ("高村村", "Gaocun Village"),
}


def in_metres(geometry: Any) -> Any:
    """The geometry with a metre as its unit."""
    return shapely.transform(geometry, lambda lonlat: lonlat * (EAST_M, NORTH_M))


def children(parent: AreaRecord) -> list[AreaRecord]:
    """The areas of the seamless tree right below one."""
    below = [area for area in AREAS if area.kind != "professional"]
    return [area for area in below if area.parent_code == parent.code]


def covering(lon: float, lat: float) -> list[AreaRecord]:
    """The unit grids that cover a point, those of a border included."""
    found = TREE.query(Point(lon, lat), predicate="intersects")
    return [GRIDS[index] for index in found]


def edges(grid: AreaRecord) -> list[tuple[Any, Any]]:
    """The edges of a grid, each with its ends in the same order from both sides."""
    ring = pairwise(grid.geometry.exterior.coords)
    return [(min(start, end), max(start, end)) for start, end in ring]


def test_the_district_has_all_its_parts() -> None:
    assert Counter(area.kind for area in AREAS) == {
        "district": 1,
        "town": 4,
        "village": 77,
        "grid": 683,
        "professional": 17,
    }
    assert (DISTRICT.code, DISTRICT.name) == ("440608", "高明区")


def test_codes_are_unique_and_say_where_an_area_belongs() -> None:
    assert len({area.code for area in AREAS}) == len(AREAS)
    form = {
        "district": r"\d{6}",
        "town": r"\d{9}",
        "village": r"\d{12}",
        "grid": r"\d{15}",
        "professional": r"\d{12}Z\d{2}",
    }
    kind_above = {
        "town": "district",
        "village": "town",
        "grid": "village",
        "professional": "village",
    }
    by_code = {area.code: area for area in AREAS}
    for area in AREAS:
        assert re.fullmatch(form[area.kind], area.code), area.code
        if area.kind != "district":
            assert area.code.startswith(area.parent_code)
            assert by_code[area.parent_code].kind == kind_above[area.kind]


def test_parents_come_before_children() -> None:
    seen = {""}
    for area in AREAS:
        assert area.parent_code in seen
        seen.add(area.code)


def test_towns_and_villages_are_the_real_ones() -> None:
    assert {t.code: (t.name, len(children(t))) for t in TOWNS} == REAL_TOWNS
    named = {village.code: (village.name, village.name_en) for village in VILLAGES}
    assert REAL_VILLAGES.items() <= named.items()
    with (GAOMING / "villages.csv").open(encoding="utf-8", newline="") as lines:
        assert named == {
            row["code"]: (row["name"], row["name_en"]) for row in csv.DictReader(lines)
        }
    virtual = re.compile("监狱|林场|茶场|虚拟")
    assert not [area.name for area in AREAS if virtual.search(area.name)]


def test_grids_are_named_and_numbered_in_their_village() -> None:
    sixth = next(grid for grid in GRIDS if grid.code == "440608004025006")
    assert (sixth.name, sixth.name_en) == ("泰华社区 06 网格", "Taihua Community grid 06")
    for village in VILLAGES:
        serials = [int(grid.code[-3:]) for grid in children(village)]
        assert serials == list(range(1, len(serials) + 1)), village.name


def test_serials_run_in_rows_from_north_to_south_and_eastward_in_each() -> None:
    for village in VILLAGES:
        middles = [grid.geometry.centroid for grid in children(village)]
        for index, (here, there) in enumerate(pairwise(middles), start=1):
            if there.x < here.x:
                north = min(middle.y for middle in middles[:index])
                assert all(middle.y <= north for middle in middles[index:]), village.name


@pytest.mark.parametrize("parent", [DISTRICT, *TOWNS, *VILLAGES], ids=lambda area: area.code)
def test_an_area_is_exactly_the_union_of_its_parts(parent: AreaRecord) -> None:
    parts = [child.geometry for child in children(parent)]
    union = shapely.union_all(parts)
    assert union.equals(parent.geometry)
    assert union.symmetric_difference(parent.geometry).area == 0
    assert abs(union.area - sum(part.area for part in parts)) < 1e-12
    corners = {corner for part in parts for corner in part.exterior.coords}
    assert set(parent.geometry.exterior.coords) <= corners


def test_every_area_is_one_valid_polygon_without_holes() -> None:
    for area in AREAS:
        assert isinstance(area.geometry, Polygon), area.code
        assert area.geometry.is_valid and not area.geometry.interiors, area.code


def test_grids_leave_no_gap_and_do_not_overlap() -> None:
    assert shapely.coverage_is_valid([grid.geometry for grid in GRIDS])
    flat = [in_metres(grid.geometry) for grid in GRIDS]
    union = shapely.union_all(flat)
    assert isinstance(union, Polygon) and not union.interiors
    assert abs(union.area - sum(grid.area for grid in flat)) < 0.01
    firsts, seconds = STRtree(flat).query(flat, predicate="intersects")
    pairs = [(a, b) for a, b in zip(firsts, seconds, strict=True) if a < b]
    assert len(pairs) > len(GRIDS)
    assert max(flat[a].intersection(flat[b]).area for a, b in pairs) < 0.001


def test_the_net_fills_the_real_outline() -> None:
    document = json.loads((GAOMING / "outline.geojson").read_text(encoding="utf-8"))
    outline = in_metres(shape(document["features"][0]["geometry"]))
    net = in_metres(DISTRICT.geometry)
    assert 900e6 < net.area < 970e6
    assert outline.hausdorff_distance(net) < 0.02
    assert outline.symmetric_difference(net).area < 0.002 * outline.length


def test_coordinates_have_seven_decimals() -> None:
    for area in AREAS:
        for lon, lat in area.geometry.exterior.coords:
            assert (lon, lat) == (round(lon, 7), round(lat, 7))


def test_every_corner_and_every_middle_of_an_edge_is_covered() -> None:
    count = Counter(edge for grid in GRIDS for edge in edges(grid))
    assert set(count.values()) == {1, 2}
    corners = {corner for edge in count for corner in edge}
    assert all(covering(*corner) for corner in corners)
    for edge, sides in count.items():
        middle = ((edge[0][0] + edge[1][0]) / 2, (edge[0][1] + edge[1][1]) / 2)
        if sides == 2:
            assert 1 <= len(covering(*middle)) <= 2
        else:
            # On the rim rounding may put the middle outside, by less than a nanometre.
            assert DISTRICT.geometry.distance(Point(middle)) < 1e-13


WEST, SOUTH, EAST, NORTH = DISTRICT.geometry.bounds


@given(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
def test_a_point_of_the_district_has_one_grid(lon: float, lat: float) -> None:
    assume(DISTRICT.geometry.covers(Point(lon, lat)))
    found = covering(lon, lat)
    owner = min(found, key=lambda grid: grid.code)
    assert owner.geometry.covers(Point(lon, lat))
    # More than one only on a border, and then in the interior of none.
    assert len(found) == 1 or not any(g.geometry.contains(Point(lon, lat)) for g in found)
    for above in [*VILLAGES, *TOWNS]:
        if owner.code.startswith(above.code):
            assert above.geometry.covers(Point(lon, lat))


@given(
    st.integers(0, len(GRIDS) - 1), st.integers(0, 10_000), st.integers(-3, 3), st.integers(-3, 3)
)
def test_a_point_beside_a_corner_has_one_grid(
    which: int, corner: int, east: int, north: int
) -> None:
    ring = GRIDS[which].geometry.exterior.coords
    lon, lat = ring[corner % len(ring)]
    lon, lat = lon + east * 1e-8, lat + north * 1e-8
    assume(DISTRICT.geometry.covers(Point(lon, lat)))
    assert covering(lon, lat)


def test_grids_are_small_in_the_city_and_large_in_the_hills() -> None:
    median_m2 = {
        town.code: statistics.median(
            in_metres(grid.geometry).area for grid in GRIDS if grid.code.startswith(town.code)
        )
        for town in TOWNS
    }
    assert median_m2["440608004"] < median_m2["440608108"] / 3
    urban = [in_metres(g.geometry).area for g in GRIDS if g.code.startswith("440608004025")]
    assert 200 < math.sqrt(statistics.median(urban)) < 600
    assert 1_000 < math.sqrt(median_m2["440608108"]) < 3_000


def test_towns_lie_where_the_real_ones_do() -> None:
    hecheng, yanghe, mingcheng, genghe = (town.geometry.centroid for town in TOWNS)
    assert genghe.x < mingcheng.x < hecheng.x
    assert hecheng.y > yanghe.y and mingcheng.y > yanghe.y
    assert yanghe.x > mingcheng.x
    assert genghe.y < mingcheng.y


def test_grids_look_drawn_by_nature_and_not_by_accident() -> None:
    corners = [len(grid.geometry.exterior.coords) - 1 for grid in GRIDS]
    assert 15 <= statistics.median(corners) <= 40
    for grid in GRIDS:
        flat = in_metres(grid.geometry)
        assert 4 * math.pi * flat.area / flat.length**2 > 0.3, f"{grid.name} is a sliver"
        inner_m = shapely.maximum_inscribed_circle(flat, tolerance=5).length
        assert inner_m > 0.25 * math.sqrt(flat.area), f"{grid.name} is thin"


def test_each_grid_has_landmarks_of_its_village_inside_it() -> None:
    village_of = {village.code: village for village in VILLAGES}
    for grid in GRIDS:
        village = village_of[grid.parent_code]
        assert 1 <= len(grid.landmarks) <= 3
        for mark in grid.landmarks:
            assert grid.geometry.contains(Point(mark.lon, mark.lat)), mark.name
            assert mark.name.startswith(re.sub("(社区|村)$", "", village.name))
            assert mark.name_en.startswith(village.name_en.split(" ")[0])
    names = [mark.name for area in AREAS for mark in area.landmarks]
    assert len(set(names)) == len(names)
    assert not any(area.landmarks for area in [DISTRICT, *TOWNS, *VILLAGES])


def test_professional_grids_take_over_the_categories_of_their_site() -> None:
    sites = Counter(area.categories for area in PROFESSIONAL)
    assert sorted(sites.values()) == [1, 1, 1, 2, 2, 3, 3, 4]
    assert sites[("0607",)] == 4
    assert sites[("0604", "0501", "0502", "0403")] == 3
    assert sites[("0104", "0608", "0502")] == 2
    assert sites[("0301", "0606", "0106")] == 3
    assert not any(area.categories for area in AREAS if area.kind != "professional")


def test_professional_grids_are_small_sites_inside_their_village() -> None:
    villages = {village.code: village.geometry for village in VILLAGES}
    middles = MultiPoint([grid.geometry.centroid for grid in GRIDS])
    for site in PROFESSIONAL:
        assert villages[site.parent_code].contains(site.geometry), site.name
        (gate,) = site.landmarks
        assert site.geometry.contains(Point(gate.lon, gate.lat))
        assert len(shapely.get_parts(middles.intersection(site.geometry))) <= 3, site.name
        nature = "水库" in site.name or "公园" in site.name
        across_m = 2 * shapely.minimum_bounding_radius(in_metres(site.geometry))
        assert 150 < across_m < (1_800 if nature else 900), site.name
    firsts, _ = STRtree([s.geometry for s in PROFESSIONAL]).query(
        [s.geometry for s in PROFESSIONAL], predicate="intersects"
    )
    assert len(firsts) == len(PROFESSIONAL), "two sites meet"


def test_the_file_says_that_it_is_synthetic_and_stays_small() -> None:
    assert AREAS_FILE.stat().st_size <= 700_000
    with gzip.open(AREAS_FILE, mode="rt", encoding="utf-8") as lines:
        features = json.load(lines)["features"]
    assert all(feature["properties"]["synthetic"] is True for feature in features)


def test_the_generator_makes_the_committed_net_again(tmp_path: Path) -> None:
    anew = build_areas(GAOMING)
    once, twice = tmp_path / "once.gz", tmp_path / "twice.gz"
    write_areas(anew, once)
    write_areas(anew, twice)
    # The text is compared, not the packed bytes: another zlib may pack it differently.
    assert gzip.decompress(once.read_bytes()) == gzip.decompress(AREAS_FILE.read_bytes())
    assert once.read_bytes() == twice.read_bytes()
    assert once.read_bytes()[4:8] == bytes(4), "the gzip header holds a time"
    assert load_areas(once) == AREAS
