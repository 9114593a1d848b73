"""Files that are no areas, too large or harmful are refused in words; how long a file is kept."""

import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from gridgov.gateways import area_uploads
from gridgov.importers import area_look
from gridgov.web import grids_import
from gridgov.web.instance import utc_now
from tests.support.app import token_in
from tests.support.area_files import zipped
from tests.web.area_imports import IMPORT, admin, kept, net_file, upload
from tests.web.edge import Edge
from tests.web.reading import words_of

BOMB = b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
NO_AREAS = b'{"type":"FeatureCollection","features":[]}'
WRONG_FILES: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "empty": ("net.geojson", lambda _: b"", "这个文件是空的"),
    "text": ("net.geojson", lambda _: b"code,name\n1,2\n", "这不是 GeoJSON、GeoPackage"),
    "picture": ("net.gpkg", lambda _: b"\xff\xd8\xff\xe0" + bytes(99), "这不是 GeoJSON"),
    "entities": ("net.kml", lambda _: BOMB, "这不是 GeoJSON"),
    "shp alone": ("net.shp", lambda _: b"\0\0\x27\x0a" + bytes(96), "这里缺 .shx、.dbf"),
    "no areas": (
        "net.geojson",
        lambda _: NO_AREAS,
        "没有任何",
    ),
    "half": ("net.gpkg", lambda _: b"SQLite format 3\0" + bytes(50), "文件读不出来"),
    "zip of text": ("net.zip", lambda f: packed(f, "a.txt", b"x"), "zip 里没有 Shapefile"),
    "zip in zip": ("net.zip", lambda f: packed(f, "a.gpkg", packed(f, "b", b"x")), "套着 zip"),
    "names that climb": (
        "net.zip",
        lambda f: packed(f, "../../a.txt", b"x"),
        "zip 里没有 Shapefile",
    ),
}


def packed(folder: Path, name: str, content: bytes) -> bytes:
    """A zip with one member."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("case", WRONG_FILES)
def test_what_is_no_file_of_areas_is_refused_in_words(
    edge: Edge, tmp_path: Path, case: str
) -> None:
    name, content, sentence = WRONG_FILES[case]
    file = tmp_path / name
    file.write_bytes(content(tmp_path))
    answer = upload(edge, file)
    assert answer.status_code == 400
    assert sentence in words_of(answer.text)


def test_a_zip_that_unpacks_to_more_than_a_machine_holds_is_refused(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(area_look, "MOST_BYTES", 2**20)
    file = tmp_path / "bomb.zip"
    file.write_bytes(packed(tmp_path, "a.geojson", b"{" + bytes(3 * 2**20)))
    assert len(file.read_bytes()) < 10_000
    assert "文件解压后超过 1 MB" in words_of(upload(edge, file).text)


def test_a_zip_with_a_password_says_so(edge: Edge, tmp_path: Path) -> None:
    file = zipped(tmp_path / "net.zip", [net_file(tmp_path, "net.gpkg")])
    data = bytearray(file.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + place] |= 1
    file.write_bytes(data)
    assert "zip 设了密码" in words_of(upload(edge, file).text)


def test_a_file_that_is_too_large_is_refused_and_nothing_is_kept(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(edge)
    store = edge.app.extensions["gridgov"].area_uploads
    monkeypatch.setattr(store, "most_bytes", 2**20)
    file = tmp_path / "net.geojson"
    file.write_bytes(b"{" + bytes(2**20))
    refused = upload(edge, file)
    assert refused.status_code == 400 and "文件不能超过 1 MB" in words_of(refused.text)
    assert kept(edge) == before
    nothing = admin(edge).post(IMPORT, data={"csrf_token": token_in(refused.text)})
    assert "请选择文件" in words_of(nothing.text)
    # Beyond what any form may carry it is refused before it is read.
    file.write_bytes(bytes(41 * 2**20))
    huge = upload(edge, file)
    assert huge.status_code == 413 and "压缩成 zip" in words_of(huge.text)


def test_a_kept_file_is_its_owners_alone_and_goes_after_an_hour(
    edge_on_both: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = edge_on_both
    page = upload(edge, net_file(tmp_path, "../../网格 2027.gpkg"[6:]))
    address, token = page.request.path, page.request.path.rpartition("/")[2]
    assert len(token) == 32
    assert [file.name for file in kept(edge)] == ["网格 2027.gpkg"]
    assert kept(edge)[0].parent.parent.stat().st_mode & 0o077 == 0
    store = edge.app.extensions["gridgov"].area_uploads
    with edge.app.app_context(), pytest.raises(Exception, match="no such file"):
        store.find(token, owner="somebody else", now=utc_now())
    for other in ("t" * 32, "../" * 8 + "12345678", "x"):
        assert admin(edge).get(f"{IMPORT}/{other}").status_code == 404
    later = utc_now() + area_uploads.KEPT_FOR + timedelta(seconds=1)
    monkeypatch.setattr(grids_import, "utc_now", lambda: later)
    assert admin(edge).get(address).status_code == 404
    assert store.tidy(later) == 1 and kept(edge) == []


def test_a_file_is_forgotten_when_asked_and_the_oldest_when_there_are_many(
    edge_on_both: Edge, tmp_path: Path
) -> None:
    edge = edge_on_both
    pages = [upload(edge, net_file(tmp_path, f"{n}.kml")) for n in range(4)]
    assert len(kept(edge)) == area_uploads.KEPT_EACH
    assert admin(edge).get(pages[0].request.path).status_code == 404
    token = token_in(pages[3].text)
    gone = admin(edge).post(f"{pages[3].request.path}/drop", data={"csrf_token": token})
    assert gone.headers["Location"] == IMPORT
    assert sorted(file.name for file in kept(edge)) == ["1.kml", "2.kml"]
