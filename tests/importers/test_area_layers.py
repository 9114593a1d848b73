"""Files as survey offices send them: formats, encodings, layers; what is wrong is said."""

import gzip
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_layers import ROUNDED, read_layer
from tests.support.area_files import survey, written, zipped

SQUARES = [shapely.box(112.1 + i / 10, 22.1, 112.2 + i / 10, 22.2) for i in range(3)]
CODES = ["004", "440608004025006", "44060800402500612"]
NAMES = ["荷城街道第一网格", "明城镇", "更合镇"]
TABLE = {"code": CODES, "name": NAMES}
COLUMNS = {"编码": CODES, "名称": NAMES}


def refusal(path: Path, **options: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_layer(path, **options)
    return caught.value


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".kml", ".geojson"])
def test_every_format_gives_polygons_codes_as_text_and_chinese_names(
    tmp_path: Path, suffix: str
) -> None:
    crs = "EPSG:4326" if suffix == ".kml" else "EPSG:4490"
    layer = read_layer(written(tmp_path / f"grids{suffix}", SQUARES, TABLE, crs=crs))
    assert layer.texts(layer.named("code", "code")) == CODES
    assert layer.texts(layer.named("name", "name")) == NAMES  # KML writes Name
    found = shapely.normalize(layer.geometries)
    assert all(shapely.equals_exact(found, shapely.normalize(SQUARES), 1e-9))
    assert layer.crs == (None if suffix == ".kml" else "EPSG:4490")


def test_geojson_and_kml_say_nothing_of_their_datum_unless_they_do(tmp_path: Path) -> None:
    """Their standards say WGS-84, and half of China's files are GCJ-02."""
    plain = {"type": "FeatureCollection", "features": [feature(SQUARES[0], code="1", crs={"a": 1})]}
    path = tmp_path / "plain.geojson"
    path.write_text(json.dumps(plain), encoding="utf-8")
    assert read_layer(path).crs is None
    for crs in ("urn:ogc:def:crs:EPSG::4547", "EPSG:4547"):
        said = {"type": "name", "properties": {"name": crs}}
        for document in ({"crs": said, **plain}, {**plain, "crs": said}):
            path.write_text(json.dumps(document), encoding="utf-8")
            assert read_layer(path).crs == "EPSG:4547"


def feature(square: shapely.Polygon, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": json.loads(shapely.to_geojson(square)),
    }


def test_numbers_become_their_digits_and_dates_stay_as_written(tmp_path: Path) -> None:
    codes = [440608004025006, None, 12]
    features = [
        feature(square, code=code, day="2020-01-02", big=440608004025006.0, mixed=mixed)
        for square, code, mixed in zip(SQUARES, codes, [7.0, "P1", "008"], strict=True)
    ]
    path = tmp_path / "numbers.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = read_layer(path)
    assert layer.texts("code") == ["440608004025006", "", "12"]
    assert layer.texts("big") == ["440608004025006"] * 3
    assert layer.texts("day") == ["2020-01-02"] * 3
    assert layer.texts("mixed") == ["7", "P1", "008"]


def test_a_number_that_lost_digits_is_told_from_a_code(tmp_path: Path) -> None:
    features = [feature(SQUARES[0], code=4406080040250061234), feature(SQUARES[1], code=None)]
    path = tmp_path / "rounded.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert read_layer(path).texts("code") == [ROUNDED, ""]


def test_lists_come_as_json_or_with_commas_of_either_kind(tmp_path: Path) -> None:
    for given in (["0103", "0105"], "0103,0105", "0103，0105", "0103、 0105", '["0103","0105"]'):
        path = tmp_path / "lists.geojson"
        document = {"type": "FeatureCollection", "features": [feature(SQUARES[0], takes=given)]}
        path.write_text(json.dumps(document), encoding="utf-8")
        assert read_layer(path).lists("takes") == [{"0103", "0105"}]


@pytest.mark.parametrize(
    ("encoding", "cpg", "code_page"),
    [
        ("gbk", "GBK", 0),
        ("gbk", "936", 0),
        ("gbk", None, 0x4D),
        ("gbk", None, 0x57),  # "the code page of Windows", in Chinese Windows GBK
        ("gbk", None, 0),
        ("gb18030", "GB18030", 0),
        ("utf-8", "UTF-8", 0),
        ("utf-8", "65001", 0),
        ("utf-8", None, 0),
        ("utf-8", "ISO-8859-1", 0x57),  # what programs write that never asked
        ("big5", "Big5", 0),
    ],
)
def test_a_table_is_read_in_the_encoding_it_says_or_else_is_written_in(
    tmp_path: Path, encoding: str, cpg: str | None, code_page: int
) -> None:
    columns = COLUMNS if encoding != "big5" else {"code": CODES, "name": ["台北", "高雄", "新竹"]}
    layer = read_layer(survey(tmp_path, SQUARES, columns, encoding, cpg=cpg, code_page=code_page))
    assert {name: layer.texts(name) for name in layer.columns} == columns
    assert not layer.cut


@pytest.mark.parametrize(
    ("encoding", "cpg", "reads_as"),
    [("gbk", "UTF-8", "GBK"), ("utf-8", "GBK", "UTF-8"), ("utf-8", "Big5", "UTF-8")],
)
def test_a_table_that_lies_about_its_encoding_is_stopped_and_can_be_told(
    tmp_path: Path, encoding: str, cpg: str, reads_as: str
) -> None:
    path = survey(tmp_path, SQUARES, TABLE, encoding, cpg=cpg)
    error = refusal(path)
    assert (error.field, error.reason) == ("encoding", "looks_like")
    assert f"reads as {reads_as}" in str(error)
    assert "--encoding" in str(error)
    assert read_layer(path, encoding=encoding).texts("name") == NAMES


def test_bytes_that_read_in_nothing_need_to_be_told(tmp_path: Path) -> None:
    path = survey(tmp_path, SQUARES, {**TABLE, "name": ["Café", "Straße", "Zoë"]}, "latin-1")
    error = refusal(path)
    assert (error.field, error.reason) == ("encoding", "needed")
    assert read_layer(path, encoding="latin-1").texts("name") == ["Café", "Straße", "Zoë"]
    assert refusal(path, encoding="klingon").reason == "unknown"


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 20), ("gbk", 15)])
def test_a_name_that_was_cut_in_the_middle_of_a_sign_keeps_its_whole_signs(
    tmp_path: Path, encoding: str, width: int
) -> None:
    layer = read_layer(survey(tmp_path, SQUARES, TABLE, encoding, width=width))
    whole = NAMES[0].encode(encoding)[:width].decode(encoding, "ignore")
    assert layer.texts("name") == [whole, *NAMES[1:]]
    assert dict(layer.cut) == {"name": [0]}


def test_texts_may_be_gzip_marked_or_in_gbk(tmp_path: Path) -> None:
    document = json.dumps(
        {"type": "FeatureCollection", "features": [feature(SQUARES[0], name=NAMES[0])]},
        ensure_ascii=False,
    )
    contents = {
        "gzip": gzip.compress(document.encode()),
        "mark": document.encode("utf-8-sig"),
        "gbk": document.encode("gbk"),
        "utf16": document.encode("utf-16"),
    }
    for name, content in contents.items():
        path = tmp_path / f"{name}.geojson"
        path.write_bytes(content)
        assert read_layer(path).texts("name") == [NAMES[0]], name


def test_a_kml_in_gbk_with_multigeometry_and_kmz(tmp_path: Path) -> None:
    ring = "<Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing>"
    ring += "</outerBoundaryIs></Polygon>"
    parts = "".join(
        ring.format(" ".join(f"{x},{y},0" for x, y in square.exterior.coords))
        for square in (SQUARES[0], SQUARES[2])
    )
    text = (
        "<?xml version='1.0' encoding='GB2312'?>"
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>网格</name>'
        f"<Placemark><name>{NAMES[0]}</name><ExtendedData>"
        '<Data name="code"><value>004</value></Data></ExtendedData>'
        f"<MultiGeometry>{parts}</MultiGeometry></Placemark></Folder></Document></kml>"
    )
    path = tmp_path / "doc.kml"
    path.write_bytes(text.encode("gb2312"))
    for given in (path, zipped(tmp_path / "areas.kmz", [path])):
        layer = read_layer(given)
        assert (layer.texts("Name"), layer.texts("code")) == ([NAMES[0]], ["004"])
        assert layer.geometries[0].area == pytest.approx(0.02)
        assert not layer.geometries[0].has_z


def test_several_layers_are_asked_for_by_name(tmp_path: Path) -> None:
    path = written(tmp_path / "town.gpkg", SQUARES[:1], {"code": ["1"]}, layer="towns")
    written(path, SQUARES, TABLE, layer="网格", append=True)
    error = refusal(path)
    assert (error.field, error.reason) == ("layer", "missing")
    assert "towns, 网格" in str(error)
    assert len(read_layer(path, layer="网格")) == 3
    assert refusal(path, layer="villages").reason == "unknown"


def test_a_zip_of_two_shapefiles_is_asked_for_by_name_also_in_gbk(tmp_path: Path) -> None:
    """Windows in China writes the names inside a zip in GBK and says nothing of it."""
    path = tmp_path / "two.zip"
    stand_ins = {"town": "镇街", "grid": "网格", "data": "数据"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, squares in (("town", SQUARES[:1]), ("grid", SQUARES)):
            inner = survey(tmp_path, squares, {"code": CODES[: len(squares)]}, "gbk", name="one")
            with zipfile.ZipFile(inner) as parts:
                for part in parts.namelist():
                    archive.writestr(f"data/{name}{Path(part).suffix}", parts.read(part))
        archive.writestr("__MACOSX/._grid.shp", b"rubbish")
    content = path.read_bytes()
    for name, chinese in stand_ins.items():
        content = content.replace(name.encode(), chinese.encode("gbk"))
    path.write_bytes(content)
    error = refusal(path)
    assert (error.field, error.reason) == ("layer", "missing")
    assert "网格, 镇街" in str(error)
    assert len(read_layer(path, layer="网格")) == 3
    assert len(read_layer(path, layer="镇街")) == 1


def test_geometries_that_cannot_be_read_are_counted_not_dropped(tmp_path: Path) -> None:
    features = [feature(square, code=str(i)) for i, square in enumerate(SQUARES)]
    features[1]["geometry"] = None
    path = tmp_path / "holes.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = read_layer(path)
    assert len(layer) == 3
    assert [geometry is None for geometry in layer.geometries] == [False, True, False]
    assert layer.texts("code") == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("areas.geojson", b"", "unknown_format"),
        ("areas.geojson", b"code,name\n1,2\n", "unknown_format"),
        ("areas.geojson", b'{"type": "FeatureCollection", "features": []}', "no_features"),
        ("areas.geojson", b'{"type": "FeatureCollection", "features": [', "unreadable"),
        ("areas.gpkg", b"SQLite format 3\0" + b"\0" * 200, "unreadable"),
        ("areas.zip", b"PK\x03\x04rubbish", "unreadable"),
        ("areas.kml", b"<kml><Document>", "unreadable"),
        ("areas.shp", b"\0\0\x27\x0a" + b"\0" * 96, "incomplete"),
        # GDAL would follow this one anywhere.
        (
            "areas.kml",
            b'<OGRVRTDataSource><OGRVRTLayer name="kml"><SrcDataSource>x</SrcDataSource>'
            b"</OGRVRTLayer></OGRVRTDataSource>",
            "unknown_format",
        ),
    ],
)
def test_what_is_no_file_of_areas_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = refusal(path)
    assert (error.field, error.reason) == ("areas", reason)
    assert name in str(error)
    assert "/" not in str(error).replace(name, "")


def packed(method: int, name: str = "areas.geojson") -> bytes:
    """Return a zip of one file of areas, packed in a way."""
    document = {"type": "FeatureCollection", "features": [feature(one) for one in SQUARES]}
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", method) as parts:
        parts.writestr(name, json.dumps(document).encode())
    return archive.getvalue()


@pytest.mark.parametrize(
    ("whole", "broken_at", "value"),
    [
        pytest.param(packed(zipfile.ZIP_DEFLATED), 46, 0xFF, id="deflated"),
        pytest.param(packed(zipfile.ZIP_BZIP2), 60, 0xFF, id="bzip2"),
        pytest.param(packed(zipfile.ZIP_LZMA), 60, 0xFF, id="lzma"),
        pytest.param(packed(zipfile.ZIP_STORED), 50, 0xFF, id="stored"),
        pytest.param(packed(zipfile.ZIP_STORED, "网格.geojson"), -36, 0xFF, id="name"),
        pytest.param(packed(zipfile.ZIP_STORED), -71, 99, id="unknown way"),
        pytest.param(gzip.compress(b'{"type": "FeatureCollection"}' * 9), 20, 0, id="gzip"),
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(
    tmp_path: Path, whole: bytes, broken_at: int, value: int
) -> None:
    content = bytearray(whole)
    content[broken_at] = value
    path = tmp_path / "areas.bin"
    for bad in (bytes(content), whole[: len(whole) // 2]):
        path.write_bytes(bad)
        error = refusal(path)
        assert (error.field, error.reason) == ("areas", "unreadable")
        assert str(error).startswith("areas.bin cannot be read: ")
        assert str(tmp_path) not in str(error)


def test_a_member_without_a_name_is_no_areas(tmp_path: Path) -> None:
    for name in ("", ".", "/"):
        info = zipfile.ZipInfo("x")
        info.filename = name
        path = tmp_path / "areas.zip"
        with zipfile.ZipFile(path, "w") as parts:
            parts.writestr(info, b"")
        assert refusal(path).reason == "nothing_inside"


def test_a_file_that_is_not_there_and_a_zip_without_areas(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.gpkg").reason == "unreadable"
    readme = tmp_path / "readme.txt"
    readme.write_text("hello")
    assert refusal(zipped(tmp_path / "a.zip", [readme])).reason == "nothing_inside"
    survey(tmp_path, SQUARES, TABLE, "gbk")
    lonely = zipped(tmp_path / "b.zip", [tmp_path / "grids.shp", tmp_path / "grids.shx"])
    error = refusal(lonely)
    assert error.reason == "incomplete"
    assert ".dbf" in str(error)


def test_no_name_inside_a_zip_leads_out_of_it(tmp_path: Path) -> None:
    inner = survey(tmp_path, SQUARES, TABLE, "gbk")
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(inner) as parts, zipfile.ZipFile(path, "w") as archive:
        for part in parts.namelist():
            archive.writestr(f"../../../{part}", parts.read(part))
    before = sorted(tmp_path.parent.parent.glob("*"))
    assert len(read_layer(path)) == 3
    assert sorted(tmp_path.parent.parent.glob("*")) == before
