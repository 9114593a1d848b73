"""The shipped catalogue and units keep the district's rules; bad files name their line."""

from pathlib import Path

import pytest

from gridgov.domain.catalogue import Category, Level, UnitLevel, UnitRecord
from gridgov.domain.deadlines import LimitUnit, parse_limit
from gridgov.domain.errors import InvalidInput
from gridgov.importers.catalogue import (
    CATEGORY_COLUMNS,
    UNIT_COLUMNS,
    read_catalogue,
    read_units,
)

ROOT = Path(__file__).parents[2]
GAOMING = ROOT / "geodata" / "gaoming"
CATALOGUE = read_catalogue(GAOMING / "catalogue.csv")
BY_CODE = {category.code: category for category in CATALOGUE}
MINORS = [category for category in CATALOGUE if category.parent_code is not None]
UNITS = read_units(GAOMING / "units.csv")

MAJOR_ROW = dict.fromkeys(CATEGORY_COLUMNS, "") | {
    "code": "02",
    "name": "市政设施",
    "name_en": "Public facilities",
    "severity": "1",
    "default_level": "village",
    "self_close": "0",
    "accept_limit": "4WH",
    "handle_limit": "5WD",
    "confidential": "0",
    "public": "1",
    "after_photo": "0",
    "direct_unit": "0",
    "icon": "road",
}
MINOR_ROW = MAJOR_ROW | {
    "code": "0202",
    "parent_code": "02",
    "name": "路灯不亮",
    "name_en": "Street light out",
    "unit_code": "ZJSL",
    "icon": "lamp",
    "keywords": "路灯 街灯 路灯",
    "tile": "5",
}
UNIT_ROW = {
    "code": "CG",
    "name": "城管局",
    "name_en": "City management",
    "level": "district",
    "area_code": "440608",
    "inbox": "1",
}


def _file(folder: Path, columns: tuple[str, ...], *rows: dict[str, str]) -> Path:
    path = folder / "rows.csv"
    lines = [",".join(columns), *(",".join(row[column] for column in columns) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


# --- what Gaoming's files say ---


def test_twelve_major_and_sixty_eight_minor_classes() -> None:
    assert len(MINORS) == 68
    assert len(CATALOGUE) - len(MINORS) == 12
    sizes = [
        sum(c.parent_code == major for c in MINORS) for major in sorted(BY_CODE) if major[2:] == ""
    ]
    assert sizes == [7, 8, 7, 5, 5, 8, 5, 7, 5, 4, 5, 2]


def test_limits_come_in_all_four_units() -> None:
    assert {category.handle_limit.unit for category in MINORS} == set(LimitUnit)


@pytest.mark.parametrize(
    ("code", "accept", "handle", "level", "severity"),
    [
        ("0101", "2WH", "4WH", Level.VILLAGE, 1),
        ("0201", "30min H", "6H", Level.TOWN, 3),  # a missing cover: natural hours, by law
        ("0202", "4WH", "3WD", Level.TOWN, 1),
        ("0205", "1H", "24H", Level.DISTRICT, 2),
        ("0401", "4WH", "20WD", Level.TOWN, 2),  # until demolished, not until work stops
        ("0505", "15min H", "10WD", Level.DISTRICT, 4),
        ("0603", "15min H", "24H", Level.DISTRICT, 4),
        ("0801", "1WD", "15D", Level.VILLAGE, 1),
        ("0807", "15min H", "1H", Level.DISTRICT, 4),
        ("1104", "30min H", "4H", Level.TOWN, 3),
        ("9901", "4WH", "5WD", Level.DISTRICT, 1),
    ],
)
def test_limits_levels_and_severity_of_known_classes(
    code: str, accept: str, handle: str, level: Level, severity: int
) -> None:
    category = BY_CODE[code]
    assert (category.accept_limit, category.handle_limit) == (
        parse_limit(accept),
        parse_limit(handle),
    )
    assert (category.default_level, category.severity) == (level, severity)


def test_the_grid_closes_only_small_visible_matters_itself() -> None:
    own = {category.code for category in MINORS if category.self_close}
    assert own == {"0101", "0103", "0105", "0303", "0503", "0602", "0801"}
    assert all(BY_CODE[code].default_level is Level.VILLAGE for code in own)


def test_district_matters_and_confidential_ones_go_straight_to_a_unit() -> None:
    for category in MINORS:
        by_office = category.code in {"0903", "9902"}  # questions and praise: nobody walks there
        district = category.default_level is Level.DISTRICT
        expected = category.confidential or district or by_office
        assert category.direct_unit is expected, category.code


def test_confidential_classes_are_never_public() -> None:
    confidential = {category.code for category in MINORS if category.confidential}
    assert confidential == {"0505", "0703", "0704", "0803", "0807"}
    assert not any(BY_CODE[code].public for code in confidential)


def test_nothing_about_people_in_trouble_is_public() -> None:
    for category in MINORS:
        if category.parent_code == "08" or category.code in {
            "0307",
            "0607",
            "0901",
            "1103",
            "1105",
        }:
            assert not category.public, category.code


def test_after_photos_are_asked_for_things_and_not_for_people() -> None:
    assert all(BY_CODE[code].after_photo for code in ("0101", "0201", "0301", "0403", "0601"))
    for category in MINORS:
        if category.parent_code in {"07", "08", "09", "99"}:
            assert not category.after_photo, category.code


def test_danger_to_life_names_the_number_to_call() -> None:
    numbers = {code: BY_CODE[code].hand_over for code in ("0603", "0702", "0703", "1101", "1103")}
    assert numbers == {
        "0603": "119",
        "0702": "110",
        "0703": "96110",
        "1101": "119",
        "1103": "120",
    }
    assert all(c.hand_over is None for c in MINORS if c.severity < 3)


def test_a_confidential_tip_goes_to_its_unit_and_names_no_number_first() -> None:
    tip = BY_CODE["0704"]
    assert (tip.confidential, tip.unit_code, tip.direct_unit) == (True, "GA", True)
    assert tip.hand_over is None


def test_eight_tiles_in_a_row_without_gap() -> None:
    assert sorted(c.tile for c in MINORS if c.tile is not None) == list(range(1, 9))


def test_every_unit_named_exists_and_every_icon_is_drawn() -> None:
    codes = {unit.code for unit in UNITS}
    assert {c.unit_code for c in MINORS} <= codes
    drawn = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")
    assert all(f'id="{category.icon}"' in drawn for category in CATALOGUE)


def test_each_town_has_its_office_and_three_units() -> None:
    for town in ("440608004", "440608106", "440608107", "440608108"):
        units = [unit for unit in UNITS if unit.area_code == town]
        assert [unit.level for unit in units] == [UnitLevel.TOWN] * 4
        assert sum(unit.inbox for unit in units) == 1
    assert sum(unit.inbox for unit in UNITS if unit.area_code == "440608") == 1


def test_an_entry_survives_storing() -> None:
    assert [Category.from_json(category.as_json()) for category in CATALOGUE] == CATALOGUE


# --- files somebody else wrote ---


def test_a_small_catalogue_is_read(tmp_path: Path) -> None:
    major, minor = read_catalogue(_file(tmp_path, CATEGORY_COLUMNS, MAJOR_ROW, MINOR_ROW))
    assert (major.parent_code, major.unit_code, major.tile, major.hand_over) == (None,) * 4
    assert (minor.code, minor.keywords, minor.tile) == ("0202", ("路灯", "街灯"), 5)
    assert minor.handle_limit == parse_limit("5WD")


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"code": "202"}, "code", "wrong_shape"),
        ({"code": "٠٢٠٢"}, "code", "wrong_shape"),
        ({"code": ""}, "code", "blank"),
        ({"code": "0302"}, "parent_code", "not_the_start_of_code"),
        ({"code": "0302", "parent_code": "03"}, "parent_code", "no_major_class_above"),
        ({"parent_code": "0202"}, "parent_code", "no_major_class_above"),
        ({"name_en": ""}, "name_en", "blank"),
        ({"severity": "5"}, "severity", "unknown"),
        ({"default_level": "city"}, "default_level", "unknown"),
        ({"accept_limit": "soon"}, "accept_limit", "not_a_limit"),
        ({"handle_limit": ""}, "handle_limit", "blank"),
        ({"self_close": "yes"}, "self_close", "not_0_or_1"),
        ({"hand_over": "112"}, "hand_over", "unknown"),
        ({"icon": "unicorn"}, "icon", "unknown"),
        ({"tile": "9"}, "tile", "unknown"),
        ({"confidential": "1"}, "public", "confidential"),
        ({"confidential": "1", "public": "0"}, "direct_unit", "confidential"),
        ({"direct_unit": "1", "unit_code": ""}, "unit_code", "blank"),
    ],
)
def test_a_bad_class_is_refused_with_its_line(
    tmp_path: Path, change: dict[str, str], field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_catalogue(_file(tmp_path, CATEGORY_COLUMNS, MAJOR_ROW, MINOR_ROW | change))
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert refused.value.values["line"] == 3


def test_all_bad_rows_are_refused_at_once_and_no_child_for_its_parents_fault(
    tmp_path: Path,
) -> None:
    rows = (
        MAJOR_ROW | {"icon": "unicorn"},
        MINOR_ROW,
        MINOR_ROW | {"code": "0203", "tile": "", "severity": "9"},
        MINOR_ROW | {"code": "0204", "tile": "", "accept_limit": "soon"},
    )
    with pytest.raises(InvalidInput) as refused:
        read_catalogue(_file(tmp_path, CATEGORY_COLUMNS, *rows))
    assert [
        (row["line"], row["column"], row["reason"], row["value"])
        for row in refused.value.values["rows"]
    ] == [
        (2, "icon", "unknown", "unicorn"),
        (4, "severity", "unknown", "9"),
        (5, "accept_limit", "not_a_limit", "soon"),
    ]


@pytest.mark.parametrize(("change", "field"), [({}, "code"), ({"code": "0203"}, "tile")])
def test_codes_and_tiles_are_given_once(tmp_path: Path, change: dict[str, str], field: str) -> None:
    rows = (MAJOR_ROW, MINOR_ROW, MINOR_ROW | change)
    with pytest.raises(InvalidInput) as refused:
        read_catalogue(_file(tmp_path, CATEGORY_COLUMNS, *rows))
    assert (refused.value.field, refused.value.reason) == (field, "twice")
    assert refused.value.values["line"] == 4


def test_a_small_file_of_units_is_read(tmp_path: Path) -> None:
    assert read_units(_file(tmp_path, UNIT_COLUMNS, UNIT_ROW)) == [
        UnitRecord("CG", "城管局", "City management", UnitLevel.DISTRICT, "440608", inbox=True)
    ]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"inbox": "0"}, "code", "twice"),
        ({"code": "ZX"}, "inbox", "twice"),
        ({"code": "Z X"}, "code", "wrong_shape"),
        ({"code": "ZX", "level": "city"}, "level", "unknown"),
        ({"code": "ZX", "area_code": "Gaoming"}, "area_code", "wrong_shape"),
        ({"code": "ZX", "name": ""}, "name", "blank"),
    ],
)
def test_a_bad_unit_is_refused_with_its_line(
    tmp_path: Path, change: dict[str, str], field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_units(_file(tmp_path, UNIT_COLUMNS, UNIT_ROW, UNIT_ROW | change))
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert refused.value.values["line"] == 3
