"""A bulk CSV as Open311 cities publish it: placed by position, classes made from the rows."""

from pathlib import Path

import pytest

from gridgov.config import ROOT
from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.errors import InvalidInput
from gridgov.domain.routing import Outside
from gridgov.importers import requests
from gridgov.services import districts, history
from gridgov.services import reference as references
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.session import read_only, unit_of_work
from tests.support.boston import BOSTON, NOW, Boston, by_number, found_in, moment

MAPPING = ROOT / "geodata" / "mappings" / "open311_bulk.toml"
# From GeoReport v2 bulk: https://wiki.open311.org/GeoReport_v2#Bulk
BULK = """\
service_request_id,status,status_notes,service_name,service_code,description,agency_responsible,\
service_notice,requested_datetime,updated_datetime,expected_datetime,address,address_id,zipcode,\
lat,long,media_url
638344,closed,Duplicate request.,Sidewalk and Curb Issues,006,"Broken, badly",PWDx,,\
2015-06-08T14:57:00-04:00,2015-06-09T10:00:00-04:00,2015-06-15T14:57:00-04:00,8TH AVE,,,\
42.3000,-71.0600,http://example.org/1.jpg
638345,open,Waiting for parts,Street lights,007,,,,2015-06-08 10:00:00,2015-06-08 11:00:00,,\
Main St,,,42.3515,-71.0640,
638346,open,,Street lights,007,,,,2015-06-08T10:00:00Z,,,Paris,,,48.8566,2.3522,
638347,open,,Street lights,007,,,,2015-06-08T10:00:00Z,,,Nowhere,,,,,
638348,mystery,,Street lights,007,,,,2015-06-08T10:00:00Z,,,Nowhere,,,,,
"""


@pytest.fixture(scope="module")
def taken(
    boston: Boston, tmp_path_factory: pytest.TempPathFactory
) -> tuple[requests.Imported, dict[str, Case]]:
    """What became of the five rows."""
    folder = tmp_path_factory.mktemp("bulk")
    path = folder / "bulk.csv"
    path.write_text(BULK, encoding="utf-8")
    done = requests.load(
        [path], MAPPING, district_code=BOSTON, report_file=folder / "report.csv", now=NOW
    )
    return done, by_number()


def test_the_rows_are_kept_by_their_own_words(
    taken: tuple[requests.Imported, dict[str, Case]],
) -> None:
    done, kept = taken
    assert (done.read, done.kept, done.refused) == (5, 4, 1)
    closed = kept["638344"]
    assert closed.state == "closed"
    assert closed.received_at == moment("06/08/2015 02:57:00 PM")
    assert closed.closed_at == moment("06/09/2015 10:00:00 AM"), "what changed last"
    assert closed.due_at == moment("06/15/2015 02:57:00 PM")
    assert closed.unit_code == "PWDx"
    waiting = kept["638345"]
    assert (waiting.state, waiting.due_at) == ("submitted", NO_LIMIT)
    assert waiting.received_at == moment("06/08/2015 10:00:00 AM"), "of the district's zone"
    with read_only() as session:
        ended = session.get_one(CaseEntry, (closed.id, 2))
        assert (ended.reason, ended.text) == ("duplicate", "Duplicate request.")
        assert session.get_one(CaseEntry, (waiting.id, 1)).text == "Waiting for parts"
        assert history.verify(session, BOSTON)[1] is None


def test_without_a_label_the_position_decides_and_elsewhere_is_the_tray(
    taken: tuple[requests.Imported, dict[str, Case]],
) -> None:
    _, kept = taken
    assert (kept["638344"].grid_code, kept["638344"].routing["rule"]) == ("C11", "covers")
    assert (kept["638345"].grid_code, kept["638345"].routing["rule"]) == ("A1", "covers")
    assert kept["638346"].path() == (BOSTON,)
    assert kept["638346"].routing["notes"] == ["outside_every_area"]
    assert kept["638347"].routing["notes"] == ["missing_coordinates"]


def test_what_was_odd_is_reported(taken: tuple[requests.Imported, dict[str, Case]]) -> None:
    done, _ = taken
    found = {(row["id"], row["kind"], row["reason"]) for row in found_in(done.report)}
    assert found == {
        ("638344", "suspicious", "closed_as_duplicate"),
        ("638346", "suspicious", "outside_every_area"),
        ("638347", "suspicious", "missing_coordinates"),
        ("638348", "refused", "unknown_status"),
    }


def test_classes_without_groups_are_added_under_one(
    taken: tuple[requests.Imported, dict[str, Case]],
) -> None:
    done, kept = taken
    with read_only() as session:
        reference = references.of(session, BOSTON)
    added = [reference.category(kept[number].category_code) for number in ("638344", "638345")]
    assert [one.name for one in added] == ["Sidewalk and Curb Issues", "Street lights"]
    majors = {reference.majors[one.parent_code or ""].name for one in added}
    assert majors == {"Other"}
    assert done.classes_added == 3


def test_a_mapping_without_district_asks_for_one(boston: Boston, tmp_path: Path) -> None:
    path = tmp_path / "bulk.csv"
    path.write_text(BULK, encoding="utf-8")
    with pytest.raises(InvalidInput, match="--district"):
        requests.load([path], MAPPING, district_code=None, report_file=tmp_path / "r", now=NOW)


def test_a_district_that_takes_in_what_lies_outside_is_told_of_it_all_the_same(
    boston: Boston, tmp_path: Path
) -> None:
    header, *_, paris, _nowhere, _mystery = BULK.strip().split("\n")
    path = tmp_path / "paris.csv"
    path.write_text(f"{header}\n{paris.replace('638346', '738346')}\n", encoding="utf-8")
    with unit_of_work() as session:
        districts.set_outside(session, BOSTON, Outside.TRAY)
    report = tmp_path / "report.csv"
    done = requests.load([path], MAPPING, district_code=BOSTON, report_file=report, now=NOW)
    with unit_of_work() as session:
        districts.set_outside(session, BOSTON, Outside.REFUSE)
    assert (done.read, done.kept) == (1, 1)
    case = by_number()["738346"]
    assert (case.path(), case.routing["rule"]) == ((BOSTON,), "outside")
    assert case.routing["border_m"] > 5_000_000
    assert case.routing["notes"] == ["outside_every_area"]
    assert [row["reason"] for row in found_in(done.report)] == ["outside_every_area"]
