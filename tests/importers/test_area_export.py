"""Round trips: every format in every frame gives the same net back, corner by corner."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.datum_arrays import geometries_to_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_export import SUFFIXES, write_areas
from gridgov.importers.area_fields import fields_of
from gridgov.importers.area_projection import target_frame
from gridgov.importers.area_read import Ground, ReadNet, read_net
from tests.support.nets import sample_areas, small_net

DISTRICT = "440608"
FRAMES = [(datum, None) for datum in Datum]
FRAMES += [(None, crs) for crs in ("EPSG:4547", "EPSG:4526", "EPSG:32649")]
DEGREES_ONLY = (".kml",)
# The formats that have no place for a datum, or no custom: there it must be told.
SAYS_NOTHING = (".kml",)
BENT_UNSAID = (".geojson", ".json")
CASES = [
    pytest.param(suffix, datum, crs, id=f"{suffix[1:]}-{datum or crs}")
    for suffix in SUFFIXES
    for datum, crs in FRAMES
    if not (crs and suffix in DEGREES_ONLY)
]


def again(file: Path, datum: Datum | None = None) -> ReadNet:
    """The net of a file, for a district of which nothing is known but its name."""
    district = next(area for area in sample_areas() if area.kind is AreaKind.DISTRICT)
    ground = Ground(DISTRICT, "高明区", "Gaoming", outline=district.geometry)
    return read_net(file, replace(fields_of({}), datum=datum), ground)


def corners_apart(one: AreaShape, other: AreaShape) -> float:
    """The greatest difference of two polygons' corners in degrees, in the same order."""
    first = shapely.get_coordinates(shapely.normalize(one.geometry))
    second = shapely.get_coordinates(shapely.normalize(other.geometry))
    assert first.shape == second.shape
    return float(np.abs(first - second).max())


@pytest.mark.parametrize(("suffix", "datum", "crs"), CASES)
def test_the_sample_net_comes_back_the_same(
    tmp_path: Path, suffix: str, datum: Datum | None, crs: str | None
) -> None:
    areas = sample_areas()
    file = tmp_path / f"net{suffix}"
    assert write_areas(file, areas, target_frame(datum, crs)) == len(areas)
    told = suffix in SAYS_NOTHING or (suffix in BENT_UNSAID and datum in (Datum.GCJ02, Datum.BD09))
    if told:
        with pytest.raises(InvalidInput, match="--datum"):
            again(file)
    net = again(file, datum if told else None)
    found = {area.code: area for area in net.areas}
    assert len(found) == len(net.areas) == len(areas)
    for area in areas:
        back = found[area.code]
        assert corners_apart(area, back) < 1e-9
        assert (back.kind, back.parent_code) == (area.kind, area.parent_code)
        assert (back.name, back.name_en) == (area.name, area.name_en)
        assert back.categories == area.categories
    assert net.fits[0].overlap == pytest.approx(1.0, abs=1e-9)
    assert not net.remarks
    assert sorted(tmp_path.iterdir()) == [file], "nothing is left beside the file"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_codes_stay_text_and_odd_names_stay_themselves(tmp_path: Path, suffix: str) -> None:
    net = small_net()
    grids = [area for area in net.values() if area.kind is AreaKind.GRID]
    codes = ["007", "440608004001001", "00440608004001001", "1e5", "0x1F", "2020-01-02"]
    names = ["荷城“一”格", "A & B <c>", "逗号,分号;", '引号"', "𠮷野家", " 空格 "]
    odd = [
        replace(grid, code=code, name=name, name_en=f"{name} grid", parent_code=DISTRICT)
        for grid, code, name in zip(grids, codes, names, strict=False)
    ]
    file = tmp_path / f"odd{suffix}"
    write_areas(file, odd, target_frame(None, None))
    ground = Ground(DISTRICT, "高明区", "Gaoming")
    back = read_net(file, replace(fields_of({}), datum=Datum.WGS84), ground).areas
    found = {area.code: area.name for area in back if area.kind is AreaKind.GRID}
    assert found == {code: name.strip() for code, name in zip(codes, names, strict=True)}


def test_numbers_in_gcj02_are_those_of_gcj02_and_no_program_takes_them_for_wgs84(
    tmp_path: Path,
) -> None:
    grids = [area for area in sample_areas() if area.kind is AreaKind.GRID][:20]
    for suffix in (".gpkg", ".zip", ".geojson", ".kml"):
        file = tmp_path / f"net{suffix}"
        write_areas(file, grids, target_frame(Datum.GCJ02, None))
        path = f"/vsizip/{file}" if suffix == ".zip" else file
        meta, _, wkb, _ = pyogrio.raw.read(path)
        there = shapely.from_wkb(wkb)
        moved = shapely.force_2d(geometries_to_wgs84(there, Datum.GCJ02))
        assert all(
            shapely.hausdorff_distance(a, area.geometry) < 1e-9
            for a, area in zip(moved, grids, strict=True)
        )
        if suffix in (".gpkg", ".zip"):
            assert "GCJ-02" in meta["crs"]
        else:
            assert pyogrio.list_layers(path)[0][0] == "areas-gcj02"


def test_a_shapefile_says_that_it_is_utf8_and_what_it_is_in(tmp_path: Path) -> None:
    file = tmp_path / "net.zip"
    write_areas(file, sample_areas()[:3], target_frame(None, "EPSG:4547"))
    info = pyogrio.read_info(f"/vsizip/{file}", layer="areas")
    assert (info["encoding"], info["crs"]) == ("UTF-8", "EPSG:4547")
    assert list(info["fields"]) == ["code", "name", "name_en", "kind", "parent", "categories"]
    assert set(info["dtypes"]) == {"object"}


def test_only_the_kinds_that_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "towns.gpkg"
    count = write_areas(file, sample_areas(), target_frame(None, None), [AreaKind.TOWN])
    assert count == len(again(file).areas) - 1  # the district is made from them
    assert {area.kind for area in again(file).areas} == {AreaKind.TOWN, AreaKind.DISTRICT}


def test_areas_without_a_polygon_are_written_without_one(tmp_path: Path) -> None:
    net = list(small_net().values())
    bare = [replace(net[0], geometry=None), *net[1:]]
    for suffix in SUFFIXES:
        file = tmp_path / f"bare{suffix}"
        write_areas(file, bare, target_frame(None, None))
        path = f"/vsizip/{file}" if suffix == ".zip" else file
        geometries = shapely.from_wkb(pyogrio.raw.read(path)[2])
        drawn = ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)
        assert drawn.tolist() == [False] + [True] * (len(net) - 1)


@pytest.mark.parametrize(
    ("name", "datum", "crs", "reason"),
    [
        ("net.dxf", None, None, "unknown_format"),
        ("net", None, None, "unknown_format"),
        ("net.kml", None, "EPSG:4547", "degrees_only"),
        ("nowhere/net.gpkg", None, None, "unwritable"),
        ("net.gpkg", None, "EPSG:2435", "inaccurate"),
        ("net.gpkg", Datum.GCJ02, "EPSG:4547", "contradicts"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(
    tmp_path: Path, name: str, datum: Datum | None, crs: str | None, reason: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        write_areas(tmp_path / name, sample_areas()[:3], target_frame(datum, crs))
    assert caught.value.reason == reason
    assert not list(tmp_path.iterdir())


def test_what_a_shapefile_would_cut_is_refused_and_an_old_file_stays(tmp_path: Path) -> None:
    area = replace(sample_areas()[5], categories=frozenset(f"{number:04}" for number in range(60)))
    file = tmp_path / "net.zip"
    file.write_bytes(b"the file of before")
    with pytest.raises(InvalidInput, match=f"categories of {area.code} is longer") as caught:
        write_areas(file, [area], target_frame(None, None))
    assert caught.value.reason == "too_long"
    with pytest.raises(InvalidInput) as caught:
        write_areas(file, [area], target_frame(None, None), [AreaKind.PROFESSIONAL])
    assert caught.value.reason == "none"
    assert file.read_bytes() == b"the file of before"
    geopackage = tmp_path / "net.gpkg"
    write_areas(geopackage, [area], target_frame(None, None))
    assert pyogrio.raw.read(geopackage)[3][5][0].count(",") == 59
