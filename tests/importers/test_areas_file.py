"""Areas from GeoJSON: recognised by a shipped mapping, joined by code, put under the district."""

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping

from gridgov.domain.area_imports import UnusableFeatures
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_read import Ground, read_net
from gridgov.importers.areas_file import mapping_for
from gridgov.importers.mapping import FileMapping, read_mapping
from tests.support.boston import EXTRACT, WHOLE

POLICE = [EXTRACT / "police_districts.geojson.gz"]
POLICE += [WHOLE / "police_districts.geojson"] if WHOLE.is_dir() else []

MAPPING = """
source = "springfield"
[district]
code = "springfield"
name = "Springfield"
timezone = "America/Chicago"
working_hours = [["08:00", "17:00"]]
calendar_span = [2015-01-01, 2015-12-31]
[areas]
datum = "wgs84"
join_parts = true
code = "id"
name = "label"
kind_property = "level"
parent = "above"
[areas.kinds]
beat = "grid"
precinct = "town"
"""


def feature(code: object, west: float, **more: Any) -> dict[str, Any]:
    """A square of one degree."""
    properties = {"id": code, "label": f"Area {code}", "level": "beat", "above": None, **more}
    square = mapping(box(west, 0.0, west + 1.0, 1.0))
    return {"type": "Feature", "properties": properties, "geometry": square}


def files(tmp_path: Path, *features: dict[str, Any]) -> tuple[Path, Path]:
    areas, told = tmp_path / "areas.geojson", tmp_path / "mapping.toml"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    told.write_text(MAPPING, encoding="utf-8")
    return areas, told


def read_areas(file: Path, told: FileMapping) -> list[AreaShape]:
    """The net of a mapping's new district."""
    assert told.areas is not None and told.district is not None
    ground = Ground(told.district.code, told.district.name, told.district.name_en)
    return read_net(file, told.areas, ground).areas


@pytest.mark.parametrize("file", POLICE, ids=lambda path: path.parent.name)
def test_boston_is_recognised_and_read(file: Path) -> None:
    found = mapping_for(file)
    shapes = read_areas(file, found)
    assert found.district is not None
    assert found.district.code == "boston"
    by_code = {shape.code: shape for shape in shapes}
    top = by_code.pop("boston")
    grids = list(by_code.values())
    assert (top.code, top.kind, top.parent_code) == ("boston", AreaKind.DISTRICT, None)
    assert len(grids) == 12
    assert {(grid.kind, grid.parent_code) for grid in grids} == {(AreaKind.GRID, "boston")}
    assert {grid.code: grid.name for grid in grids}["C11"] == "C-11 Dorchester"
    assert top.geometry is not None
    assert all(top.geometry.buffer(1e-6).covers(grid.geometry) for grid in grids)


@pytest.mark.parametrize(
    "features",
    [
        [feature("C11", 0.0)],
        [{**feature(1, 0.0), "properties": {"DISTRICT": "C11"}}],  # the name, but elsewhere
    ],
)
def test_a_file_no_shipped_mapping_fits_is_refused_with_its_properties(
    tmp_path: Path, features: list[dict[str, Any]]
) -> None:
    areas, _ = files(tmp_path, *features)
    with pytest.raises(InvalidInput, match="--mapping") as caught:
        mapping_for(areas)
    assert caught.value.field == "mapping"
    assert sorted(features[0]["properties"])[0] in str(caught.value)


def test_features_of_one_code_are_one_area_and_levels_make_a_tree(tmp_path: Path) -> None:
    areas, told = files(
        tmp_path,
        feature("P1", 0.0, level="Precinct"),
        feature(7.0, 0.0, above="P1"),
        feature(7, 1.0, above="P1"),
    )
    shapes = {shape.code: shape for shape in read_areas(areas, read_mapping(told))}
    assert set(shapes) == {"springfield", "P1", "7"}
    assert shapes["7"].parent_code == "P1"
    assert shapes["7"].geometry is not None
    assert shapes["7"].geometry.area == pytest.approx(2.0)
    assert (shapes["P1"].kind, shapes["P1"].parent_code) == (AreaKind.TOWN, "springfield")


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ([feature("", 0.0)], "no_code"),
        ([feature("springfield", 0.0)], "district_code"),
        ([feature("B1", 0.0, above="P9")], "no_parent"),
        ([feature("B1", 0.0, level="moon")], "unknown_kind"),
        ([feature("B1", 0.0, above="B2"), feature("B2", 1.0)], "parent_kind"),
    ],
)
def test_areas_that_make_no_tree_are_refused(
    tmp_path: Path, features: list[dict[str, Any]], reason: str
) -> None:
    areas, told = files(tmp_path, *features)
    with pytest.raises(UnusableFeatures) as caught:
        read_areas(areas, read_mapping(told))
    assert (1, reason) in [(one.number, one.reason) for one in caught.value.problems]
