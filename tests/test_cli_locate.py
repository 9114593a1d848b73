"""`gridgov locate` and `gridgov outside`, as an operator runs them."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.acts import GRID
from tests.support.app import Installation, copy_of
from tests.support.command import gridgov

SPOT = "112.888972,22.892133"
GUANGZHOU = "113.2644,23.1291"


@pytest.fixture(scope="module")
def sample(sqlite_sample: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the sample that a command may change."""
    return copy_of(sqlite_sample, tmp_path_factory.mktemp("locate"), None)


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(f"name,lon,lat,rule\nA,{SPOT},mine\nB,{GUANGZHOU},\nC,,,\n", "utf-8")
    return path


def test_without_a_datum_it_says_what_to_add(sample: Installation, points: Path) -> None:
    for more, said in (((), "--datum"), (("--datum", "mars"), "mars")):
        run = gridgov(sample, "locate", points, *more)
        assert run.returncode != 0
        assert run.stdout == ""
        assert said in run.stderr and "gcj02" in run.stderr
        assert "Traceback" not in run.stderr


def test_as_csv_the_rows_keep_their_columns(sample: Installation, points: Path) -> None:
    run = gridgov(sample, "locate", points, "--datum", "WGS-84")
    assert run.returncode == 0, run.stderr
    first, second, third = csv.DictReader(run.stdout.splitlines())
    assert (first["name"], first["rule"], first["gridgov_rule"]) == ("A", "mine", "covers")
    assert first["grid_code"] == GRID
    assert first["path"].split("/")[-1] == GRID
    assert first["reason"].startswith("落在泰华社区 06 网格内")
    assert (first["version"], first["near_boundary"], first["refused"]) == ("1", "no", "")
    assert (second["refused"], third["refused"]) == ("outside", "no_position")
    assert second["grid_code"] == second["reason"] == ""
    assert "line 3: outside the district ('113.2644 23.1291')" in run.stderr
    assert "line 4: no position" in run.stderr
    assert "3 read = 1 located + 2 refused" in run.stderr


def test_as_json_lines_it_says_what_the_machine_door_says(
    sample: Installation, points: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    asked = ("--datum", "wgs84", "--language", "en", "--format", "jsonl", "--out", out)
    run = gridgov(sample, "locate", points, *asked)
    assert (run.returncode, run.stdout) == (0, "")
    first, second, _third = map(json.loads, out.read_text("utf-8").splitlines())
    assert {"grid", "path", "rule", "reason", "near_boundary", "candidates", "version"} <= set(
        first
    )
    assert first["grid"]["code"] == GRID
    assert first["reason"].startswith("Lies in Taihua Community grid 06; ")
    assert second["refused"] == {"reason": "outside", "value": "113.2644 23.1291"}
    assert second["line"] == 3


def test_where_nothing_was_located_the_exit_says_so(sample: Installation, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("lon,lat\n" + f"{GUANGZHOU}\n" * 30, "utf-8")
    run = gridgov(sample, "locate", path, "--datum", "wgs84")
    assert run.returncode == 2
    assert "… and 10 more" in run.stderr
    gone = gridgov(sample, "locate", tmp_path / "gone.csv", "--datum", "wgs84")
    assert gone.returncode == 2 and "gone.csv" in gone.stderr


def test_a_district_may_take_in_what_lies_outside(sample: Installation, points: Path) -> None:
    told = gridgov(sample, "outside", "tray")
    assert (told.returncode, "taken into" in told.stdout) == (0, True), told.stderr
    run = gridgov(sample, "locate", points, "--datum", "wgs84")
    second = list(csv.DictReader(run.stdout.splitlines()))[1]
    assert (second["grid_code"], second["gridgov_rule"]) == ("440608", "outside")
    assert "先收下，再转交" in second["reason"]
    assert gridgov(sample, "outside", "refuse").returncode == 0
    again = gridgov(sample, "locate", points, "--datum", "wgs84")
    assert list(csv.DictReader(again.stdout.splitlines()))[1]["refused"] == "outside"
    assert gridgov(sample, "outside", "tray", "--district", "000000").returncode == 2
