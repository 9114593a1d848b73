"""`gridgov import areas` and `gridgov export areas` on both databases, from the command on."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from gridgov import cli_areas
from gridgov.cli import cli
from gridgov.domain.area_imports import Told, UnusableFeatures
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.errors import Conflict, GridgovError, InvalidInput
from gridgov.importers import areas
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_projection import target_frame
from gridgov.services import grids
from gridgov.services import reference as references
from gridgov.storage import areas as area_rows
from gridgov.storage.areas import Area, GridVersion
from gridgov.storage.session import read_only
from tests.support.app import Installation
from tests.support.area_files import survey
from tests.support.nets import sample_areas, square, with_geometry

DISTRICT = "440608"
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the installation under test."""
    monkeypatch.setattr(cli_areas, "create_app", lambda: app)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return invoke


def versions() -> list[tuple[int, str, str | None]]:
    """Number, state and note of every version, oldest first."""
    with read_only() as session:
        found = grids.versions(session, DISTRICT)
        return [(one.number, one.status, one.note) for one in reversed(found)]


def net_of(number: int) -> dict[str, AreaShape]:
    with read_only() as session:
        version = grids.version(session, DISTRICT, number)
        return {area.code: area for area in grids.net_of(session, version).areas()}


def changed_net() -> list[AreaShape]:
    """The sample net with one name changed."""
    first, *others = sample_areas()
    grid = next(area for area in others if area.kind is AreaKind.GRID)
    return [first, *(replace(a, name="新名") if a is grid else a for a in others)]


def test_a_net_that_went_out_and_came_back_changes_nothing(run: Run, tmp_path: Path) -> None:
    before = versions()
    for name in ("net.gpkg", "net.zip", "net.geojson", "net.kml"):
        out = run("export", "areas", tmp_path / name, "--district", DISTRICT)
        assert out.exit_code == 0, out.output
        assert f"{name}: {len(sample_areas())} areas of version 1 in WGS-84" in out.output
        back = run("import", "areas", tmp_path / name, "--district", DISTRICT, "--datum", "WGS-84")
        assert back.exit_code == 0, back.output
        assert "there already, nothing changed" in back.output
    assert versions() == before


def test_a_changed_net_becomes_a_draft_and_is_not_live(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.zip"
    write_areas(file, changed_net(), target_frame(None, "EPSG:4547"))
    done = run("import", "areas", file, "--district", DISTRICT, "--note", "2027 年调整")
    assert done.exit_code == 0, done.output
    assert "draft version 2 made; it is live once somebody activates it" in done.output
    assert "read as EPSG:4547" in done.output
    number, status, note = versions()[-1]
    assert (number, status) == (2, "draft")
    assert note is not None
    assert note.startswith("2027 年调整; net.zip; EPSG:4547")
    renamed = [area.code for area in net_of(2).values() if area.name == "新名"]
    assert len(renamed) == 1
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        assert reference.net.version == 1
        assert reference.net.area(renamed[0]).name != "新名"
    shown = run("export", "areas", tmp_path / "draft.gpkg", "--district", DISTRICT, "--version", 2)
    assert "areas of version 2" in shown.output


def test_the_draft_holds_the_corners_and_the_landmarks_of_the_active_net(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "net.gpkg"
    write_areas(file, changed_net(), target_frame(Datum.BD09, None))
    assert run("import", "areas", file, "--district", DISTRICT).exit_code == 0
    active, draft = net_of(1), net_of(2)
    assert active.keys() == draft.keys()
    for code, area in active.items():
        assert shapely.normalize(draft[code].geometry).equals_exact(
            shapely.normalize(area.geometry), 1e-9
        )
        assert draft[code].landmarks == area.landmarks
        assert draft[code].categories == area.categories
    assert any(area.landmarks for area in draft.values())


def test_a_wrong_datum_is_stopped_unless_it_is_trusted_in_writing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.geojson"
    write_areas(file, sample_areas(), target_frame(Datum.GCJ02, None))
    command = ("import", "areas", file, "--district", DISTRICT)
    undeclared = run(*command)
    assert isinstance(undeclared.exception, InvalidInput)
    assert "--datum" in str(undeclared.exception)
    wrong = run(*command, "--datum", "wgs84")
    assert isinstance(wrong.exception, InvalidInput)
    assert (wrong.exception.field, wrong.exception.reason) == ("datum", "looks_like")
    assert len(versions()) == 1
    trusted = run(*command, "--datum", "wgs84", "--trust-datum")
    assert trusted.exit_code == 0, trusted.output
    assert "datum trusted although: declared WGS-84" in str(versions()[-1][2])
    right = run(*command, "--datum", "gcj-02")
    assert "nothing changed" in right.output


def test_features_that_cannot_be_used_leave_nothing_behind(run: Run, tmp_path: Path) -> None:
    net = {area.code: area for area in changed_net()}
    grid = next(code for code, area in net.items() if area.kind is AreaKind.GRID)
    file, report = tmp_path / "net.gpkg", tmp_path / "report.csv"
    write_areas(file, with_geometry(net, **{f"g{grid}": None}), target_frame(None, None))
    done = run("import", "areas", file, "--district", DISTRICT, "--report", report)
    assert isinstance(done.exception, UnusableFeatures)
    assert f"({grid}): has no polygon" in done.output
    assert len(versions()) == 1
    with report.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["code"], row["reason"]) for row in rows] == [(grid, "empty")]
    assert int(rows[0]["feature"]) == list(net).index(grid) + 1


def test_a_category_the_district_lacks_is_told(app: Flask, tmp_path: Path) -> None:
    odd = [
        replace(area, categories=frozenset({"9999"}))
        if area.kind is AreaKind.PROFESSIONAL
        else area
        for area in sample_areas()
    ]
    file = tmp_path / "net.gpkg"
    write_areas(file, odd, target_frame(None, None))
    with pytest.raises(UnusableFeatures, match="the catalogue has no category 9999"):
        areas.load(file, None, now=NOW, told=Told(district_code=DISTRICT))


def test_only_one_kind_of_a_file_of_a_net_that_is_there(app: Flask, tmp_path: Path) -> None:
    """A survey office sends grids; towns, villages and the district stay."""
    grids_only = [area for area in changed_net() if area.kind is AreaKind.GRID]
    file = tmp_path / "grids.kml"
    write_areas(file, grids_only, target_frame(Datum.GCJ02, None))
    told = Told(district_code=DISTRICT, datum=Datum.GCJ02, kind=AreaKind.GRID)
    found = areas.load(file, None, now=NOW, told=told)
    assert (found.made, found.draft, found.areas) == (False, 2, len(grids_only))
    assert net_of(2).keys() == net_of(1).keys()


def test_a_net_that_was_replaced_while_the_file_was_read_is_not_drafted(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "net.gpkg"
    write_areas(file, changed_net(), target_frame(None, None))
    read = areas.read_net

    def slowly(*args: object, **more: object) -> object:
        found = read(*args, **more)  # type: ignore[arg-type]
        with areas.unit_of_work() as session:
            row = session.scalars(select(areas.District)).one()
            version = area_rows.active_version(session, DISTRICT)
            assert version is not None
            version.number = row.grid_version = 7
        return found

    monkeypatch.setattr(areas, "read_net", slowly)
    with pytest.raises(Conflict, match="version 7 became active meanwhile"):
        areas.load(file, None, now=NOW, told=Told(district_code=DISTRICT))
    with read_only() as session:
        assert session.scalar(select(func.count()).select_from(GridVersion)) == 1


MAPPING = """
source = "test"
[district]
code = "990100"
name = "测试区"
timezone = "Asia/Shanghai"
languages = ["zh-Hans", "en"]
working_hours = [["08:30", "12:00"]]
calendar_span = [2026-01-01, 2026-12-31]
catalogue = "catalogue.csv"
[areas]
code = "WGBM"
name = "MC"
parent = "SJ"
kind_property = "JB"
datum = "gcj02"
layer = "grids"
[areas.kinds]
"网格" = "grid"
"社区" = "village"
"""


def test_a_mapping_makes_a_new_district_of_any_format(app: Flask, tmp_path: Path) -> None:
    from_sample = Path(areas.__file__).parents[2] / "geodata" / "gaoming" / "catalogue.csv"
    (tmp_path / "catalogue.csv").write_bytes(from_sample.read_bytes())
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    file = written_survey(tmp_path)
    found = areas.load(file, mapping, now=NOW)
    assert (found.district_code, found.made, found.draft, found.areas) == ("990100", True, None, 3)
    again = areas.load(file, mapping, now=NOW)
    assert (again.made, again.draft) == (False, None)
    with read_only() as session:
        net = references.of(session, "990100").net
        assert [area.code for area in net.path("0101")] == ["990100", "01", "0101"]
        assert net.area("0101").name == "第一网格"
        assert (
            session.scalar(
                select(func.count()).select_from(Area).where(Area.district_code == "990100")
            )
            == 4
        )


def written_survey(folder: Path) -> Path:
    """A village of two grids, in GCJ-02 and GBK, as a Shapefile."""
    squares = [square(0, 0, 2, 1), square(0, 0), square(1, 0)]
    columns = {
        "WGBM": ["01", "0101", "0102"],
        "MC": ["江湾社区", "第一网格", "第二网格"],
        "JB": ["社区", "网格", "网格"],
        "SJ": ["", "01", "01"],
    }
    return survey(folder, squares, columns, "gbk", code_page=0x4D)


@pytest.mark.parametrize(
    ("file", "told", "field"),
    [
        ("net.gpkg", Told(), "district"),
        ("net.gpkg", Told(district_code="999999"), "district"),
        ("nowhere.gpkg", Told(district_code=DISTRICT), "areas"),
        ("net.gpkg", Told(district_code=DISTRICT, layer="x"), "layer"),
        ("net.gpkg", Told(district_code=DISTRICT, crs="EPSG:2435"), "crs"),
        ("net.gpkg", Told(district_code=DISTRICT, columns={"code": "WGBM"}), "code"),
        ("net.gpkg", Told(district_code=DISTRICT, outline=Path("nowhere.geojson")), "areas"),
    ],
)
def test_what_is_told_wrong_is_refused_by_its_field(
    app: Flask, tmp_path: Path, file: str, told: Told, field: str
) -> None:
    write_areas(tmp_path / "net.gpkg", sample_areas(), target_frame(None, None))
    with pytest.raises(GridgovError) as caught:
        areas.load(tmp_path / file, None, now=NOW, told=told)
    assert isinstance(caught.value, InvalidInput)
    assert caught.value.field == field
    assert len(versions()) == 1


@pytest.mark.parametrize("field", ["code", "=x", "code=", "colour=x"])
def test_a_field_that_is_told_in_another_shape_is_refused(
    run: Run, tmp_path: Path, field: str
) -> None:
    write_areas(tmp_path / "net.gpkg", sample_areas(), target_frame(None, None))
    done = run("import", "areas", tmp_path / "net.gpkg", "--district", DISTRICT, "--field", field)
    assert isinstance(done.exception, InvalidInput)
    assert done.exception.field == "fields"
