"""Files of points: each row has its place or its reason, and one bad row spoils no other."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gridgov.app import create_app
from gridgov.domain.datum import Datum, LonLat, from_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.domain.routing import Placement, Rule
from gridgov.importers.locate_points import Columns, PointsFile, Refusal, Row
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.base import db
from gridgov.storage.session import read_only
from tests.support.acts import DISTRICT, GRID
from tests.support.app import Installation

MARKET, VENDING = "440608004010Z01", "0301"


@pytest.fixture(scope="module")
def reference(sqlite_sample: Installation) -> Iterator[Reference]:
    app: Flask = create_app(sqlite_sample.settings())
    with app.app_context():
        with read_only() as session:
            found = references.of(session, DISTRICT)
        yield found
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


def file(folder: Path, *lines: str, name: str = "points.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows(path: Path, reference: Reference, datum: Datum = Datum.WGS84, **columns: str) -> list[Row]:
    return list(PointsFile(path, Columns(**columns)).located(reference, datum))


def inside(reference: Reference, code: str = GRID) -> LonLat:
    shape = reference.net.area(code).geometry
    assert shape is not None
    spot = shape.representative_point()
    return LonLat(lon=spot.x, lat=spot.y)


def test_each_row_gets_what_routing_says(reference: Reference, tmp_path: Path) -> None:
    market = inside(reference, MARKET)
    at = inside(reference)
    path = file(
        tmp_path,
        "no,Lon,LAT,good to,kind",
        f"1,{at.lon},{at.lat},25,",
        "",
        f"2,{market.lon},{market.lat},,{VENDING}",
        f"3,{market.lon},{market.lat}",
    )
    first, second, third = rows(path, reference, accuracy="good to", category="kind")
    net, settings = reference.net, reference.routing
    assert first.found == net.locate(at, accuracy_m=25, settings=settings)
    assert second.found == net.locate(market, category=VENDING, settings=settings)
    assert isinstance(second.found, Placement) and second.found.rule is Rule.PROFESSIONAL
    assert third.found == net.locate(market, settings=settings), "short rows have empty cells"
    assert [row.line for row in (first, second, third)] == [2, 4, 5]
    assert first.cells["no"] == "1"


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09, Datum.CGCS2000])
def test_every_datum_leads_to_the_same_grid(
    reference: Reference, tmp_path: Path, datum: Datum
) -> None:
    lon, lat = from_wgs84(inside(reference), datum)
    [row] = rows(file(tmp_path, "x,y", f"{lon:.9f},{lat:.9f}"), reference, datum)
    assert isinstance(row.found, Placement)
    assert row.found.area_code == GRID


def test_a_row_that_cannot_be_placed_says_why_and_spoils_no_other(
    reference: Reference, tmp_path: Path
) -> None:
    at = inside(reference)
    good = f"{at.lon},{at.lat}"
    refused: dict[str, tuple[str, str]] = {
        ",,,": ("", ""),
        " , ,5,": ("no_position", ""),
        f"{at.lon},,5,": ("unreadable_position", str(at.lon)),
        "east,north,5,": ("unreadable_position", "east north"),
        "nan,22.9,5,": ("unreadable_position", "nan 22.9"),
        f"{at.lat},{at.lon},5,": ("not_on_earth", f"{at.lat} {at.lon}"),
        "113.2644,23.1291,5,": ("outside", "113.2644 23.1291"),
        f"{good},near,": ("unreadable_accuracy", "near"),
        f"{good},-3,": ("unreadable_accuracy", "-3"),
        f"{good},5,4711": ("unknown_category", "4711"),
        f"{good},5,0101,too much": ("too_many_cells", "too much"),
    }
    path = file(tmp_path, "lon,lat,accuracy,category", *refused, f"{good},5,0101,")
    *bad, last = rows(path, reference, accuracy="accuracy", category="category")
    wanted = [Refusal(*told) for told in refused.values() if told[0]]
    assert [row.found for row in bad] == wanted
    assert isinstance(last.found, Placement)
    assert last.found.area_code == GRID


@pytest.mark.parametrize(
    ("header", "columns", "field", "reason"),
    [
        ("east,north", {}, "lon", "missing_column"),
        ("lon,north", {}, "lat", "missing_column"),
        ("lon,lat", {"accuracy": "metres"}, "accuracy", "missing_column"),
        ("lon,lat", {"category": "kind"}, "category", "missing_column"),
        ("lon,lat,lon", {}, "points", "column_twice"),
        ("", {}, "points", "empty"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_before_any_row(
    tmp_path: Path, header: str, columns: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        PointsFile(file(tmp_path, header, "112.9,22.9"), Columns(**columns))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_files_may_be_packed_or_in_gbk(reference: Reference, tmp_path: Path) -> None:
    at = inside(reference)
    text = f"地点,经度,纬度\n榕树下,{at.lon},{at.lat}\n"
    (tmp_path / "gbk.csv").write_bytes(text.encode("gbk"))
    points = PointsFile(tmp_path / "gbk.csv", Columns("经度", "纬度"), "gbk")
    [row] = points.located(reference, Datum.WGS84)
    assert row.cells["地点"] == "榕树下"
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text.encode()))
    [same] = rows(tmp_path / "packed.csv.gz", reference, lon="经度", lat="纬度")
    assert same == row
    with pytest.raises(InvalidInput) as refused:
        PointsFile(tmp_path / "gbk.csv", Columns("经度", "纬度"))
    assert refused.value.reason == "unreadable"
    with pytest.raises(InvalidInput) as unknown:
        PointsFile(tmp_path / "gbk.csv", Columns("经度", "纬度"), "gbk 2.0")
    assert unknown.value.field == "encoding"


def test_rows_come_while_the_file_is_read(reference: Reference, tmp_path: Path) -> None:
    """A file of any size takes no more memory than a row."""
    at = inside(reference)
    body = (f"{at.lon},{at.lat}\n" * 200).encode()
    (tmp_path / "torn.csv").write_bytes(b"lon,lat\n" + body * 100 + b"\xff\xfe")
    stream = PointsFile(tmp_path / "torn.csv", Columns()).located(reference, Datum.WGS84)
    assert isinstance(next(stream).found, Placement), "the damage at the end is not met yet"
    stream.close()
