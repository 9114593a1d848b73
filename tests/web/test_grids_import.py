"""A file of areas becomes a draft: every format, what is wrong with it in words, nothing lost."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridgov.config import ROOT
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.datum_arrays import geometry_between
from gridgov.services import grids
from gridgov.storage.areas import GridVersion
from tests.support.area_files import survey, written
from tests.support.nets import sample_areas
from tests.web.area_imports import GRID, admin, drafts, kept, net_file, renamed, send, upload
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import fields_of, words_of

OUTLINE_FILE = ROOT / "geodata" / "gaoming" / "outline.geojson"
SHARED = ROOT.parent / "shared" / "data" / "gaoming" / "foshan_districts_gcj02_datav2019.geojson"


def areas_of(edge: Edge, version: GridVersion) -> dict[str, AreaShape]:
    with edge.rows() as session:
        return {one.code: one for one in grids.net_of(session, version).areas()}


@pytest.mark.parametrize("name", ["net.gpkg", "net.zip", "net.geojson", "net.kml"])
def test_each_format_becomes_a_draft_and_a_notice(
    edge_on_both: Edge, tmp_path: Path, name: str
) -> None:
    edge = edge_on_both
    page = upload(edge, net_file(tmp_path, name))
    assert page.status_code == 200
    fields = fields_of(page.text)
    assert fields["code"] == ["code"] and fields["kind"] == ["in:kind"]
    assert fields["parent"] == ["parent" if name == "net.zip" else "parent_code"]
    assert "440608、440608004、440608004001" in page.text, "some values of each column"
    assert f"{len(sample_areas())} 个区域" in words_of(page.text)
    says = name in ("net.gpkg", "net.zip", "net.geojson")
    assert fields.get("datum") == (["said"] if says else None), "a datum is never guessed"
    if not says:
        unsaid = send(edge, page)
        assert unsaid.status_code == 400 and "请选定坐标系" in words_of(unsaid.text)
    answer = send(edge, page, note="2027 年调整", **({} if says else {"datum": "wgs84"}))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/grids/2")
    words = words_of(admin(edge).get("/admin/grids/2").text)
    assert f"已用 {name} 的 {len(sample_areas())} 个区域（按 WGS-84 读取）生成第 2 版草案" in words
    assert [one.number for one in drafts(edge)] == [2]
    made = drafts(edge)[0]
    assert made.note == f"2027 年调整; {name}; WGS-84; 与本区范围吻合 100.0 %"
    assert made.made_by_id is not None
    assert areas_of(edge, made)[GRID].name == "新名网格"
    assert edge.reference().net.version == 1, "nothing is live"
    assert kept(edge) == [], "a file that was imported is not kept any longer"


def test_the_same_net_changes_nothing_and_says_so(edge: Edge, tmp_path: Path) -> None:
    page = upload(edge, net_file(tmp_path, "same.gpkg", "epsg:4547", sample_areas()))
    assert "按文件所写：EPSG:4547" in words_of(page.text)
    answer = send(edge, page)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/grids")
    words = words_of(admin(edge).get("/admin/grids").text)
    assert "same.gpkg 与现行网格逐点相同，没有改动任何内容。" in words
    assert drafts(edge) == [] and kept(edge) == []


@pytest.mark.parametrize(("real", "name"), [("gcj02", "GCJ-02"), ("bd09", "BD-09")])
def test_a_wrong_datum_stops_and_the_other_is_taken_in_one_press(
    edge_on_both: Edge, tmp_path: Path, real: str, name: str
) -> None:
    edge = edge_on_both
    page = upload(edge, net_file(tmp_path, "net.kml", real))
    stopped = send(edge, page, datum="cgcs2000", note="改编号")
    assert stopped.status_code == 400
    words = words_of(stopped.text)
    assert "已停下：这些坐标不像是 CGCS2000" in words
    assert f"按 {name} 读，吻合 100.0 %，落在区外 0.0 %。所以它很可能是 {name}。" in words
    assert drafts(edge) == []
    fields = fields_of(stopped.text)
    assert (fields["note"], fields["datum"]) == (["改编号"], ["cgcs2000"])
    taken = send(edge, stopped, take=real)
    assert taken.headers["Location"] == "/admin/grids/2"
    made = drafts(edge)[0]
    assert made.note == f"改编号; net.kml; {name}; 与本区范围吻合 100.0 %"
    here = edge.area(GRID).geometry
    there = areas_of(edge, made)[GRID].geometry
    assert here is not None and there is not None
    assert here.normalize().equals_exact(there.normalize(), 1e-8)


def test_who_knows_better_says_so_and_the_note_keeps_it(edge: Edge, tmp_path: Path) -> None:
    page = upload(edge, net_file(tmp_path, "net.kml", "gcj02"))
    stopped = send(edge, page, datum="wgs84")
    assert "我能确定" in words_of(stopped.text)
    trusted = send(edge, stopped, trust="1")
    assert trusted.status_code == 303
    made = drafts(edge)[0]
    assert made.note is not None and "坐标系由人工确认，与本区范围只吻合 90.9 %" in made.note
    assert "although" not in made.note, "the note is in the language of who made it"


def shifted_outline(folder: Path) -> Path:
    """The committed outline as a house that works in GCJ-02 would draw it."""
    told = json.loads(OUTLINE_FILE.read_text(encoding="utf-8"))
    ground = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in told["features"]])
    moved = geometry_between(ground, Datum.GCJ02, Datum.WGS84)
    columns = {"code": [DISTRICT], "name": ["高明区"], "kind": ["区"]}
    return written(folder / "outline.geojson", [moved], columns, crs=None, layer="outline")


def of_a_house(folder: Path) -> Path:
    """Gaoming of the other house's file, with a code of ours."""
    told = json.loads(SHARED.read_text(encoding="utf-8"))
    found = next(f for f in told["features"] if f["properties"]["code"] == DISTRICT)
    ground = shapely.geometry.shape(found["geometry"])
    columns = {"code": [DISTRICT], "name": ["高明区"], "kind": ["区"]}
    return written(folder / "house.geojson", [ground], columns, crs=None, layer="house")


OUTLINES = [shifted_outline, *([of_a_house] if SHARED.is_file() else [])]


@pytest.mark.parametrize("make", OUTLINES)
def test_an_outline_in_gcj02_is_not_taken_for_wgs84(
    edge: Edge, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    before = len(drafts(edge))
    stopped = send(edge, upload(edge, make(tmp_path)), datum="wgs84")
    assert "所以它很可能是 GCJ-02" in words_of(stopped.text)
    assert len(drafts(edge)) == before


def test_an_english_page_says_it_in_english(edge: Edge, tmp_path: Path) -> None:
    client = admin(edge)
    client.set_cookie("language", "en")
    try:
        stopped = send(edge, upload(edge, net_file(tmp_path, "net.kml", "gcj02")), datum="wgs84")
        assert "So it is most likely GCJ-02. Nothing was imported." in words_of(stopped.text)
    finally:
        client.delete_cookie("language")


def test_another_district_is_stopped_whatever_the_datum(edge: Edge, tmp_path: Path) -> None:
    away = [
        replace(a, geometry=shapely.transform(a.geometry, lambda xy: xy + [1.0, 0.0]))
        for a in sample_areas()
    ]
    stopped = send(edge, upload(edge, net_file(tmp_path, "net.gpkg", areas=away)))
    assert "已停下：这些区域不在本区" in words_of(stopped.text)
    assert 'name="take"' not in stopped.text and "我能确定" in words_of(stopped.text)


def survey_of(areas: Sequence[AreaShape], folder: Path, encoding: str, **more: Any) -> Path:
    """A survey office's Shapefile: its own column names, GBK or UTF-8."""
    columns = {
        "WGBM": [a.code for a in areas],
        "MC": [a.name for a in areas],
        "SJBM": [a.parent_code or "" for a in areas],
    }
    return survey(folder, [a.geometry for a in areas], columns, encoding, **more)


def test_columns_of_unusual_names_are_mapped_in_the_form(edge: Edge, tmp_path: Path) -> None:
    only = [a for a in renamed() if a.kind is AreaKind.GRID]
    page = upload(edge, survey_of(only, tmp_path, "gbk"))
    assert "code" not in fields_of(page.text), "nothing usual was found"
    assert f"MC：{only[0].name}" in page.text, "Chinese names, though the file says no encoding"
    without = send(edge, page, kind="is:grid")
    assert without.status_code == 400 and "请选哪一列是编码" in words_of(without.text)
    made = send(edge, page, code="WGBM", name="MC", parent="SJBM", kind="is:grid")
    assert made.status_code == 303, words_of(made.text)
    words = words_of(admin(edge).get(made.headers["Location"]).text)
    assert "文件里没有、沿用现行网格的：1 区县、4 镇街、77 村居、17 专业网格。" in words
    net = areas_of(edge, drafts(edge)[0])
    assert net[GRID].name == "新名网格"
    assert net[GRID].name_en == edge.area(GRID).name_en, "what the file has not, stays"


def test_a_column_that_is_there_can_be_left_out(edge: Edge, tmp_path: Path) -> None:
    page = upload(edge, net_file(tmp_path, "net.gpkg"))
    assert fields_of(page.text)["name"] == ["name"]
    answer = send(edge, page, name="")
    assert answer.headers["Location"] == "/admin/grids", "the one change was a name"


MAPPING = """
[areas]
code = "WGBM"
name = "MC"
parent = "SJBM"
kind = "grid"
encoding = "gbk"
datum = "cgcs2000"
"""


def test_a_mapping_file_fills_the_form(edge: Edge, tmp_path: Path) -> None:
    only = [a for a in renamed() if a.kind is AreaKind.GRID]
    page = upload(edge, survey_of(only, tmp_path, "gbk", prj=None), MAPPING)
    fields = fields_of(page.text)
    assert (fields["code"], fields["name"], fields["parent"]) == (["WGBM"], ["MC"], ["SJBM"])
    assert (fields["kind"], fields["datum"]) == (["is:grid"], ["cgcs2000"])
    assert send(edge, page).status_code == 303
    for wrong, words in (
        ("[areas]\nname = 'x'", "对应关系文件里的“areas.code”不能用"),
        ("code =", "对应关系文件不是有效的 TOML"),
    ):
        refused = upload(edge, net_file(tmp_path, "net.gpkg"), wrong)
        assert refused.status_code == 400
        assert words in words_of(refused.text)


def test_what_is_wrong_is_listed_by_number_and_goes_out_as_a_table(
    edge: Edge, tmp_path: Path
) -> None:
    before = len(drafts(edge))
    areas = [
        replace(a, parent_code="=1+1")
        if a.code == GRID
        else replace(a, geometry=None)
        if a.code == "440608004025007"
        else a
        for a in renamed()
    ]
    page = upload(edge, net_file(tmp_path, "网格.gpkg", areas=areas))
    refused = send(edge, page, note="留着")
    words = words_of(refused.text)
    numbers = {a.code: place for place, a in enumerate(areas, 1)}
    assert "文件里有 2 个区域不能用，所以什么都没有导入" in words
    assert f"{numbers[GRID]} {GRID} 上级 =1+1 不在文件里" in words
    assert f"{numbers['440608004025007']} 440608004025007 没有图形" in words
    assert fields_of(refused.text)["note"] == ["留着"]
    table = send(edge, refused, report="csv")
    assert table.mimetype == "text/csv"
    lines = table.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "序号,编码,是什么问题"
    assert lines[1].startswith(f"{numbers[GRID]},{GRID},")
    assert len(lines) == 3 and len(drafts(edge)) == before


def test_a_file_with_several_layers_asks_which(edge: Edge, tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    towns = [a for a in sample_areas() if a.kind is AreaKind.TOWN]
    columns = {"code": [a.code for a in towns], "name": ["镇名" for a in towns]}
    geometries = [a.geometry for a in towns]
    written(path, geometries, columns, layer="镇街")
    written(path, geometries, columns, layer="旧镇街", append=True)
    asked = upload(edge, path)
    assert asked.status_code == 400
    assert "文件里有几个图层：镇街、旧镇街" in words_of(asked.text)
    assert "<option>旧镇街</option>" in asked.text
    page = admin(edge).get(f"{asked.request.path}?layer=镇街")
    assert page.status_code == 200
    made = send(edge, page, kind="is:town")
    assert made.status_code == 303
    assert areas_of(edge, drafts(edge)[0])["440608004"].name == "镇名"


def test_a_wrong_encoding_is_told_and_looked_at_again(edge: Edge, tmp_path: Path) -> None:
    only = [a for a in renamed() if a.kind is AreaKind.GRID]
    refused = upload(edge, survey_of(only, tmp_path, "gbk", cpg="UTF-8"))
    assert refused.status_code == 400
    assert "文件自称文字编码是 UTF-8，但看起来是 GBK" in words_of(refused.text)
    page = admin(edge).get(f"{refused.request.path}?encoding=gbk")
    assert page.status_code == 200 and only[0].name in page.text
    assert fields_of(page.text)["encoding"][0] == "gbk", "the import reads it the same way"
