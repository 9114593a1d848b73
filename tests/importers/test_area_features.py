"""From features to areas: every fault by its number and code, and nothing half imported."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridgov.domain.area_imports import UnusableFeatures
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_features import Drawn, areas_of
from gridgov.importers.area_fields import FIELDS, completed, fields_of, overridden
from gridgov.importers.area_layers import ROUNDED, Layer, read_layer
from gridgov.importers.area_mapping import AreasMapping
from tests.support.area_files import survey

DISTRICT = "440608"
BOX = shapely.box(112.8, 22.8, 112.81, 22.81)
BOWTIE = shapely.Polygon([(112.8, 22.8), (112.81, 22.81), (112.81, 22.8), (112.8, 22.81)])
FIELDS_OF_GRIDS = AreasMapping(code="code", name="name", parent="parent", kind=AreaKind.GRID)
VILLAGE = AreaShape("440608004001", DISTRICT, AreaKind.VILLAGE, "江湾", "Jiangwan", BOX)
OLD_GRID = AreaShape(
    "440608004001001", VILLAGE.code, AreaKind.GRID, "旧名", "Old", BOX, frozenset({"0103"})
)
KNOWN = {area.code: area for area in (VILLAGE, OLD_GRID)}


def layer(
    geometries: list[Any], *, unreadable: frozenset[int] = frozenset(), **columns: Any
) -> Layer:
    return Layer(
        file="grids.gpkg",
        crs=None,
        geometries=np.array(geometries, dtype=object),
        unreadable=unreadable,
        columns={name: np.array(cells, dtype=object) for name, cells in columns.items()},
        cut={},
    )


def drawn(given: Layer, fields: AreasMapping = FIELDS_OF_GRIDS, **more: Any) -> Drawn:
    return areas_of(given, given.geometries, fields, district_code=DISTRICT, known=KNOWN, **more)


def problems(given: Layer, fields: AreasMapping = FIELDS_OF_GRIDS, **more: Any) -> list[Any]:
    with pytest.raises(UnusableFeatures) as caught:
        drawn(given, fields, **more)
    return [(one.number, one.code, one.reason) for one in caught.value.problems]


def grid(code: str, geometry: Any = BOX, parent: str = VILLAGE.code) -> tuple[Any, str, str]:
    return geometry, code, parent


def of(*rows: tuple[Any, str, str], **more: Any) -> Layer:
    geometries, codes, parents = zip(*rows, strict=True)
    return layer(list(geometries), code=codes, name=codes, parent=parents, **more)


def test_every_fault_of_every_feature_is_told_by_number_and_code() -> None:
    given = of(
        grid("1"),
        grid("2", None),
        grid("3", shapely.Polygon()),
        grid("4", shapely.LineString([(112.8, 22.8), (112.9, 22.8)])),
        grid("5", shapely.Point(112.8, 22.8)),
        grid(""),
        grid("1"),
        grid("8", parent="4406089"),
        grid("9", parent=OLD_GRID.code),
        grid(DISTRICT),
        grid(ROUNDED),
        grid("12", shapely.Polygon([(112.8, 22.8), (112.9, 22.8), (112.8, np.inf)])),
        grid("13", shapely.Polygon([(112.8, 22.8), (112.9, 22.8), (112.8, 22.8)])),
        grid("14", None),
        grid(VILLAGE.code),
        unreadable=frozenset({13}),
    )
    assert problems(given) == [
        (2, "2", "empty"),
        (3, "3", "empty"),
        (4, "4", "not_polygon"),
        (5, "5", "not_polygon"),
        (6, "", "no_code"),
        (7, "1", "duplicate_code"),
        (8, "8", "no_parent"),
        # The grid of the active net is not in the file: grids come from the file alone.
        (9, "9", "no_parent"),
        (10, DISTRICT, "district_code"),
        (11, "", "rounded_code"),
        (12, "12", "not_a_place"),
        (13, "13", "empty"),
        (14, "14", "unreadable"),
        (15, VILLAGE.code, "other_kind"),
    ]


def test_the_sentence_names_the_file_and_the_first_faults() -> None:
    with pytest.raises(UnusableFeatures) as caught:
        drawn(of(grid("440608004001001", None), *(grid("") for _ in range(9))))
    said = str(caught.value)
    assert said.startswith("grids.gpkg: 10 features cannot be used, so nothing was: ")
    assert "feature 1 (440608004001001): has no polygon; feature 2: has no code" in said
    assert said.endswith("and 5 more")
    assert isinstance(caught.value, InvalidInput)


def test_kinds_that_no_word_explains_and_a_child_above_its_parent() -> None:
    fields = replace(FIELDS_OF_GRIDS, kind_property="level", kinds={"社区": AreaKind.VILLAGE})
    given = layer(
        [BOX, BOX, BOX],
        code=["1", "2", "3"],
        name=["", "", ""],
        parent=["", "", "1"],
        level=["社区", "大队", "社区"],
    )
    assert problems(given, fields) == [(2, "2", "unknown_kind"), (3, "3", "parent_kind")]


def test_categories_the_catalogue_lacks_are_told() -> None:
    fields = replace(FIELDS_OF_GRIDS, categories="takes", kind=AreaKind.PROFESSIONAL)
    given = layer(
        [BOX, BOX], code=["1", "2"], name="ab", parent=["", ""], takes=["0103", "0103;77"]
    )
    assert problems(given, fields, categories={"0103"}) == [(2, "2", "unknown_category")]
    assert [area.categories for area in drawn(given, fields).areas] == [{"0103"}, {"0103", "77"}]


def test_a_polygon_that_crosses_itself_is_mended_and_told() -> None:
    found = drawn(of(grid("1"), grid("2", BOWTIE)))
    mended = found.areas[1].geometry
    assert mended is not None
    assert mended.is_valid
    assert mended.area == pytest.approx(0.01 * 0.01 / 2)
    assert found.areas[0].geometry.equals(BOX)
    assert len(found.remarks) == 1
    assert "2 (2, +" in found.remarks[0]  # the bow of two equal halves had no area of its own


def test_a_collection_of_polygons_is_one_area_and_a_single_part_no_multipolygon() -> None:
    east = shapely.box(112.82, 22.8, 112.83, 22.81)
    found = drawn(
        of(
            grid("1", shapely.GeometryCollection([BOX, east])),
            grid("2", shapely.MultiPolygon([BOX])),
        )
    )
    assert [area.geometry.geom_type for area in found.areas] == ["MultiPolygon", "Polygon"]
    mixed = of(grid("1", shapely.GeometryCollection([BOX, shapely.Point(0, 0)])))
    assert problems(mixed) == [(1, "1", "not_polygon")]


def test_parts_of_one_code_are_joined_only_where_the_mapping_says_so() -> None:
    east = shapely.box(112.81, 22.8, 112.82, 22.81)
    given = of(grid("1"), grid("1", east))
    assert problems(given) == [(2, "1", "duplicate_code")]
    joined = drawn(given, replace(FIELDS_OF_GRIDS, join_parts=True)).areas
    assert [area.code for area in joined] == ["1"]
    assert joined[0].geometry.equals(shapely.box(112.8, 22.8, 112.82, 22.81))


def test_what_the_file_has_no_column_for_is_kept_from_the_active_net() -> None:
    given = layer([BOX, BOX], code=[OLD_GRID.code, "new"])
    old, new = drawn(given, AreasMapping(code="code")).areas
    assert (old.name, old.name_en, old.parent_code) == ("旧名", "Old", VILLAGE.code)
    assert old.categories == {"0103"}
    assert (new.name, new.name_en, new.parent_code) == ("new", "new", DISTRICT)
    named = layer([BOX], code=[OLD_GRID.code], name=["新名"], parent=[""])
    (renamed,) = drawn(named).areas
    assert (renamed.name, renamed.name_en, renamed.parent_code) == ("新名", "Old", DISTRICT)


def test_columns_of_usual_names_are_found_in_either_language(tmp_path: Path) -> None:
    columns = {"网格编码": ["1"], "名称": ["甲"], "类型": ["网格"], "上级编码": [VILLAGE.code]}
    read = read_layer(survey(tmp_path, [BOX], columns, "gbk"))
    (area,) = drawn(read, completed(fields_of({}), read)).areas
    assert (area.code, area.name, area.kind) == ("1", "甲", AreaKind.GRID)
    assert area.parent_code == VILLAGE.code


def test_columns_can_be_told_one_by_one_and_stand_before_a_mapping() -> None:
    given = layer([BOX], dm=["1"], mc=["甲"], lx=["社区"], sj=[""])
    told = {"code": "DM", "name": "mc", "kind": "lx", "parent": "sj"}
    (area,) = drawn(given, completed(fields_of(told), given)).areas
    assert (area.code, area.name, area.kind) == ("1", "甲", AreaKind.VILLAGE)
    mapping = AreasMapping(code="other", name="mc", kind=AreaKind.TOWN)
    changed = completed(overridden(mapping, {"code": "dm"}, AreaKind.PROFESSIONAL), given)
    (area,) = drawn(given, changed).areas
    assert (area.code, area.name, area.kind) == ("1", "甲", AreaKind.PROFESSIONAL)


def test_a_column_nobody_finds_is_refused_with_those_there_are() -> None:
    given = layer([BOX], dm=["1"], mc=["甲"])
    with pytest.raises(InvalidInput, match=r"dm, mc.*--field code=") as caught:
        completed(fields_of({}), given)
    assert (caught.value.field, caught.value.reason) == ("code", "missing_column")
    with pytest.raises(InvalidInput, match="dm, mc") as caught:
        drawn(given, completed(fields_of({"code": "dm", "name": "nm"}), given))
    assert (caught.value.field, caught.value.reason) == ("name", "missing_column")
    with pytest.raises(InvalidInput, match=", ".join(FIELDS)):
        fields_of({"colour": "dm"})


def test_names_that_were_cut_in_the_file_are_told(tmp_path: Path) -> None:
    columns = {
        "code": ["1"],
        "name": ["荷城街道江湾社区第一网格"],
        "note": ["也截断了也截断了也截断了"],
    }
    read = read_layer(survey(tmp_path, [BOX], columns, "gbk", width=15))
    found = drawn(read, AreasMapping(code="code", name="name"))
    assert found.areas[0].name == "荷城街道江湾社"
    assert len(found.remarks) == 1
    assert "name" in found.remarks[0]
    assert "feature 1" in found.remarks[0]


def test_properties_of_a_geojson_list_categories(tmp_path: Path) -> None:
    square = json.loads(shapely.to_geojson(BOX))
    properties = {"code": "1", "kind": "professional", "categories": ["0103", "0105"]}
    feature = {"type": "Feature", "properties": properties, "geometry": square}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    read = read_layer(path)
    (area,) = drawn(read, completed(fields_of({}), read)).areas
    assert (area.kind, area.categories) == (AreaKind.PROFESSIONAL, {"0103", "0105"})
