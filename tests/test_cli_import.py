"""The commands that take a district in and let somebody look at it, as an operator runs them."""

import json
import re
from pathlib import Path

import pytest

from gridgov.app import create_app
from tests.support.app import Browser, Installation, token_in
from tests.support.boston import EXTRACT, MAPPING
from tests.support.command import gridgov

AREAS = EXTRACT / "police_districts.geojson.gz"


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Installation:
    """A new database without tables, and an instance folder."""
    return Installation(database_url, tmp_path / "instance")


def test_a_district_from_files_to_its_board(empty: Installation) -> None:
    made = gridgov(empty, "import", "areas", AREAS)
    assert made.returncode == 0, made.stderr
    assert made.stdout.endswith("district boston: made; 12 areas\n")
    again = gridgov(empty, "import", "areas", AREAS)
    assert again.stdout.endswith("district boston: there already, nothing changed; 12 areas\n")

    taken = gridgov(empty, "import", "requests", EXTRACT / "requests.csv.gz", "--mapping", MAPPING)
    assert taken.returncode == 0, taken.stderr
    assert "2000 read = 2000 kept + 0 refused\n" in taken.stdout
    report = re.search(r"report: (.+)$", taken.stdout, re.MULTILINE)
    assert report is not None
    assert Path(report[1]).parent == empty.instance / "imports"
    assert Path(report[1]).read_text("utf-8").startswith("file,line,id,kind,reason,value\n")

    assert gridgov(empty, "verify", "history").stdout == "boston: 3670 lines verified\n"
    assert gridgov(empty, "facts", "rebuild", "--check").stdout.startswith("boston: identical")

    added = gridgov(
        empty, "staff", "add", "--district", "boston", "--role", "supervisor", "--username", "kathy"
    )
    password = re.search(r"password: (\S+)", added.stdout)
    assert password is not None, added.stderr
    app = create_app(empty.settings())
    app.test_client_class = Browser
    client = app.test_client()
    form = {"username": "kathy", "password": password[1]}
    form["csrf_token"] = token_in(client.get("/login").text)
    assert client.post("/login", data=form).status_code == 302
    assert "83.50%" in client.get("/board").text


WRONG_STAFF = {
    "a user name too short": (["--username", "bob"], "4 to 32 letters"),
    "a strange user name": (["--username", "bob smith"], "4 to 32 letters"),
    "a handler without unit": (["--username", "bobby", "--role", "handler"], "--unit CODE"),
    "no such unit": (["--username", "bobby", "--unit", "XX"], "no unit XX"),
    "no such area": (["--username", "bobby", "--area", "XX"], "no area XX"),
    "no such district": (["--username", "bobby", "--district", "troy"], "no district troy"),
}


def test_what_cannot_be_done_is_one_sentence(empty: Installation) -> None:
    assert gridgov(empty, "import", "areas", AREAS).returncode == 0
    for name, (arguments, sentence) in WRONG_STAFF.items():
        usual = ["staff", "add", "--district", "boston", "--role", "supervisor"]
        ran = gridgov(empty, *usual, *arguments)
        assert ran.returncode != 0, name
        assert sentence in ran.stderr, name
        assert "Traceback" not in ran.stderr

    missing = gridgov(empty, "import", "requests", "nowhere.csv", "--mapping", MAPPING)
    assert missing.returncode == 2
    assert "nowhere.csv cannot be read" in missing.stderr

    other = json.loads('{"type": "FeatureCollection", "features": []}')
    path = empty.instance / "none.geojson"
    path.write_text(json.dumps(other), encoding="utf-8")
    refused = gridgov(empty, "import", "areas", path)
    assert refused.returncode == 2
    assert "no GeoJSON feature collection, or an empty one" in refused.stderr


def test_an_import_of_which_nothing_can_be_kept_fails(empty: Installation, tmp_path: Path) -> None:
    assert gridgov(empty, "import", "areas", AREAS).returncode == 0
    path = tmp_path / "bad.csv"
    path.write_text(
        "service_request_id,status,status_notes,service_name,service_code,description,"
        "agency_responsible,requested_datetime,updated_datetime,expected_datetime,address,lat,long\n"
        ",open,,x,,,,2015-01-01,,,,,\n",
        encoding="utf-8",
    )
    mapping = MAPPING.parents[1] / "mappings" / "open311_bulk.toml"
    ran = gridgov(empty, "import", "requests", path, "--mapping", mapping, "--district", "boston")
    assert ran.returncode == 2
    assert "1 read = 0 kept + 1 refused" in ran.stdout
    assert "nothing was taken in" in ran.stderr
