import csv
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gridgov.domain.errors import InvalidInput
from gridgov.importers.evaluate_routing import evaluate

TESTS = Path(__file__).parents[1]
EXTRACT = TESTS / "fixtures" / "boston311"
WHOLE = TESTS.parents[1] / "shared" / "data" / "boston311"


@dataclass(frozen=True)
class Known:
    """A data set whose score was computed by other code (plain covers, PostGIS)."""

    folder: Path
    areas: str
    label_field: str
    label_column: str
    counts: dict[str, int]
    percent: tuple[float, float, float]

    def __str__(self) -> str:
        return f"{self.folder.parent.name}-{self.label_column}"


def counts(
    rows: int, labelled: int, agreed: int, default: int, default_agreed: int, edge: int, far: int
) -> dict[str, int]:
    return {
        "rows": rows,
        "points": rows,
        "labelled": labelled,
        "agreed": agreed,
        "default_geocode": default,
        "default_geocode_agreed": default_agreed,
        "edge_10m": edge,
        "far": far,
    }


POLICE, WARD = ("DISTRICT", "police_district"), ("WARD", "ward")
KNOWN = [
    Known(
        EXTRACT, "police_districts.geojson.gz", *POLICE,
        counts(2_000, 1_822, 1_727, 105, 18, 7, 1), (94.79, 99.53, 99.94),
    ),
    Known(
        EXTRACT, "wards.geojson.gz", *WARD,
        counts(2_000, 1_825, 1_708, 108, 14, 19, 4), (93.59, 98.66, 99.76),
    ),
]  # fmt: skip
KNOWN_WHOLE = [
    Known(
        WHOLE, "police_districts.geojson", *POLICE,
        counts(121_145, 110_084, 104_242, 6_047, 877, 483, 189), (94.69, 99.35, 99.82),
    ),
    Known(
        WHOLE, "wards.geojson", *WARD,
        counts(121_145, 110_277, 103_734, 6_232, 781, 849, 243), (94.07, 98.95, 99.76),
    ),
]  # fmt: skip


# The whole year is not part of the repository; where it lies beside it, it is run too.
@pytest.mark.parametrize("known", KNOWN + (KNOWN_WHOLE if WHOLE.is_dir() else []), ids=str)
def test_boston_scores_what_is_known(known: Known) -> None:
    score = evaluate(
        known.folder / known.areas,
        known.label_field,
        sorted(known.folder.glob("requests*.csv.gz")),
        known.label_column,
    ).as_json()
    assert {name: score[name] for name in known.counts} == known.counts
    shares = (
        score["agreement"],
        score["agreement_without_default_geocode"],
        score["agreement_without_default_geocode_and_edge"],
    )
    assert tuple(round(100 * share, 2) for share in shares) == known.percent
    assert score["default_geocodes"] == [[-71.0587, 42.3594]]


def square(label: object, west: float, field: str = "name") -> dict[str, Any]:
    east = west + 0.01
    ring = [[west, 22.9], [east, 22.9], [east, 22.91], [west, 22.91], [west, 22.9]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {field: label}, "geometry": geometry}


def areas_file(folder: Path, features: Sequence[dict[str, Any]]) -> Path:
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def csv_file(
    folder: Path, rows: Sequence[Sequence[object]], header: Sequence[str] = ("lon", "lat", "area")
) -> Path:
    path = folder / "requests.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([header, *rows])
    return path


@pytest.fixture
def two_squares(tmp_path: Path) -> Path:
    return areas_file(tmp_path, [square("A-1", 112.80), square("B-2", 112.81)])


def test_every_kind_of_row_is_counted_where_it_belongs(two_squares: Path, tmp_path: Path) -> None:
    rows = [
        (112.805, 22.905, "A1"),  # agreed, though spelt otherwise
        (112.81, 22.905, "a-1"),  # on the border: the smaller code
        (112.80995, 22.905, "B-2"),  # 5 m on the wrong side: edge
        (112.8095, 22.905, "B-2"),  # 51 m: far
        (112.79996, 22.905, "A-1"),  # outside every polygon, 4 m: no agreement, but edge
        (112.5, 22.905, "A-1"),  # outside, far
        (112.805, 22.905, "C-3"),  # a label no area has: far
        (112.805, 22.905, " "),  # not labelled
        ("", "", "A-1"),  # no coordinates
        ("x", 22.905, "A-1"),
        (22.905, 112.805, "A-1"),  # swapped: no latitude
        ("nan", 22.905, "A-1"),
    ]
    score = evaluate(two_squares, "name", [csv_file(tmp_path, rows)], "area")
    assert (score.rows, score.points, score.labelled, score.agreed) == (12, 8, 7, 2)
    assert (score.edge_10m, score.far, score.default_geocode) == (2, 3, 0)
    assert score.agreement == pytest.approx(2 / 7)
    assert score.agreement_without_default_geocode_and_edge == pytest.approx(2 / 5)


def test_labels_compare_by_number_where_areas_are_numbers(tmp_path: Path) -> None:
    areas = areas_file(tmp_path, [square(3, 112.80), square("04", 112.81)])
    here = (112.805, 22.905)
    labels = ["Ward 3", "03", "3", "3.0", "ward-3", "4", "Ward 3 of 5", "three"]
    score = evaluate(areas, "name", [csv_file(tmp_path, [(*here, x) for x in labels])], "area")
    assert (score.labelled, score.agreed) == (8, 5)


def test_features_of_one_label_are_one_area(tmp_path: Path) -> None:
    areas = areas_file(tmp_path, [square("A", 112.80), square("A", 112.81), square("B", 112.82)])
    rows = [(112.805, 22.905, "A"), (112.815, 22.905, "A"), (112.81, 22.905, "A")]
    assert evaluate(areas, "name", [csv_file(tmp_path, rows)], "area").agreed == 3


def test_a_default_geocode_is_found_and_set_aside(two_squares: Path, tmp_path: Path) -> None:
    lost = [(112.805, 22.905, "B2" if i % 2 else "A1", f"{i} 江湾路") for i in range(60)]
    # A tower block: as many requests, but all of one address.
    tower = [(112.806, 22.905, "A1", "江湾路 1 号") for _ in range(60)]
    usual = [(112.8051 + i / 1e5, 22.9051, "A1", f"{i} 文昌路") for i in range(100)]
    header = ("Lng", "Y", "area", "详细地址")
    requests = csv_file(tmp_path, lost + tower + usual, header)
    score = evaluate(two_squares, "name", [requests], "area")
    assert score.default_geocodes == ((112.805, 22.905),)
    assert (score.default_geocode, score.default_geocode_agreed) == (60, 30)
    assert score.agreement == pytest.approx(190 / 220)
    assert score.agreement_without_default_geocode == 1.0
    assert score.far == 0


def test_several_files_plain_and_packed_are_one_set(two_squares: Path, tmp_path: Path) -> None:
    plain = csv_file(tmp_path, [(112.805, 22.905, "A1")])
    packed = tmp_path / "named_like_a_plain_file.csv"
    packed.write_bytes(gzip.compress("\ufeffLATITUDE,LONGITUDE,area\n22.905,112.815,B2\n".encode()))
    score = evaluate(two_squares, "name", [plain, packed], "area")
    assert (score.points, score.agreed, score.agreement) == (2, 2, 1.0)


def test_coordinate_columns_may_be_named(two_squares: Path, tmp_path: Path) -> None:
    requests = csv_file(tmp_path, [(112.805, 22.905, "A1")], ("east", "north", "area"))
    score = evaluate(two_squares, "name", [requests], "area", lon_column="east", lat_column="north")
    assert score.agreed == 1
    with pytest.raises(InvalidInput, match="coordinate column"):
        evaluate(two_squares, "name", [requests], "area")


def test_nothing_to_score_gives_no_share(two_squares: Path, tmp_path: Path) -> None:
    score = evaluate(two_squares, "name", [csv_file(tmp_path, [])], "area").as_json()
    assert (score["points"], score["agreement"]) == (0, None)
    assert score["agreement_without_default_geocode_and_edge"] is None


def refusal(areas: Path, requests: Path, label_field: str = "name", column: str = "area") -> str:
    with pytest.raises(InvalidInput) as refused:
        evaluate(areas, label_field, [requests], column)
    assert str(refused.value)
    return f"{refused.value.field} {refused.value.reason}"


def test_what_cannot_be_read_is_told(two_squares: Path, tmp_path: Path) -> None:
    good = csv_file(tmp_path, [(112.805, 22.905, "A1")])
    assert refusal(two_squares, good, column="ward") == "label_column missing_column"
    assert refusal(two_squares, good, label_field="WARD") == "label_field missing_field"
    assert refusal(two_squares, tmp_path / "none.csv") == "requests unreadable"
    assert refusal(tmp_path / "none.geojson", good) == "areas unreadable"
    assert refusal(good, good) == "areas unreadable"
    with pytest.raises(InvalidInput, match="no file"):
        evaluate(two_squares, "name", [], "area")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "requests empty"),
        (gzip.compress(b"lon,lat,area\n112.8,22.9,A1\n" * 5000)[:-40], "requests unreadable"),
        ("lon,lat,area\n112.8,22.9,荷城\n".encode("gb18030"), "requests unreadable"),
        (b"\x1f\x8bnot gzip at all", "requests unreadable"),
    ],
)
def test_broken_request_files_are_told(
    two_squares: Path, tmp_path: Path, content: bytes, reason: str
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(content)
    assert refusal(two_squares, broken) == reason


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        ({"properties": {"name": "A"}, "geometry": None}, "areas unreadable"),
        (
            {"properties": {"name": "A"}, "geometry": {"type": "Point", "coordinates": [1, 2]}},
            "areas not_polygons",
        ),
        (square("A", 38_500_000.0), "areas not_degrees"),
    ],
)
def test_areas_that_are_no_polygons_in_degrees_are_told(
    tmp_path: Path, feature: dict[str, Any], reason: str
) -> None:
    requests = csv_file(tmp_path, [(112.805, 22.905, "A1")])
    assert refusal(areas_file(tmp_path, [feature]), requests) == reason
    assert refusal(areas_file(tmp_path, []), requests) == "areas no_features"


def test_an_invalid_polygon_is_repaired(tmp_path: Path) -> None:
    bow_tie = square("A", 112.80)
    ring = [[112.80, 22.90], [112.81, 22.91], [112.81, 22.90], [112.80, 22.91], [112.80, 22.90]]
    bow_tie["geometry"]["coordinates"] = [ring]
    requests = csv_file(tmp_path, [(112.8011, 22.905, "A"), (112.805, 22.9089, "A")])
    score = evaluate(areas_file(tmp_path, [bow_tie]), "name", [requests], "area")
    assert (score.agreed, score.far) == (1, 1)
