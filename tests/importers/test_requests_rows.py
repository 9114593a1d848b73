"""Rows of a request file, one by one: what is refused, what is odd, what becomes of the words."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.importers import requests
from gridgov.importers.requests import Imported
from gridgov.services import history
from gridgov.services import reference as references
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from tests.support.boston import BOSTON, MAPPING, NOW, Boston, by_number, found_in, request_files

Take = Callable[..., tuple[Imported, list[dict[str, str]]]]

HEADER = (
    "CASE_ENQUIRY_ID,OPEN_DT,TARGET_DT,CLOSED_DT,CASE_STATUS,CLOSURE_REASON,CASE_TITLE,REASON,"
    "TYPE,Department,Location,police_district,LATITUDE,LONGITUDE,Source"
)
GOOD = {
    "id": "X1",
    "opened": "07/01/2015 10:00:00 AM",
    "target": "07/03/2015 08:30:00 AM",
    "closed": "07/02/2015 09:00:00 AM",
    "status": "Closed",
    "reason": "Case Closed Case Resolved",
    "title": "A lamp",
    "group": "Street Lights",
    "type": "Street Light Outages",
    "unit": "PWDx",
    "address": "1 Main St",
    "area": "C11",
    "lat": "42.3000",
    "lon": "-71.0600",
    "source": "Twitter",
}


def line(**cells: str) -> str:
    """A row of a file: the good one with some cells changed."""
    return ",".join({**GOOD, **cells}.values())


@pytest.fixture
def take(boston: Boston, tmp_path: Path) -> Take:
    """Take rows in from a small file of their own."""
    made = iter(range(10_000))

    def run(*rows: str, header: str = HEADER) -> tuple[Imported, list[dict[str, str]]]:
        path = tmp_path / f"rows{next(made)}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        report = tmp_path / "report.csv"
        done = requests.load([path], MAPPING, district_code=None, report_file=report, now=NOW)
        assert done.read == done.kept + done.refused == len(rows)
        return done, found_in(report)

    return run


REFUSED = {
    "no_id": {"id": " "},
    "no_opening_time": {"opened": ""},
    "unreadable_opening_time": {"opened": "2015-07-01"},
    "unknown_status": {"status": "Pending"},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_line(take: Take, reason: str) -> None:
    done, found = take(line(id=f"ok-{reason}"), line(**{"id": f"no-{reason}", **REFUSED[reason]}))
    assert (done.kept, done.refused) == (1, 1)
    refused = [row for row in found if row["kind"] == "refused"]
    assert [(row["line"], row["reason"]) for row in refused] == [("3", reason)]


def test_a_row_that_comes_twice_is_refused_the_second_time(take: Take) -> None:
    done, found = take(line(id="T1"), line(id="T1", title="Another"))
    assert (done.new, done.refused) == (1, 1)
    assert (found[-1]["reason"], found[-1]["value"]) == ("repeated_id", "T1")


def test_a_row_with_too_many_cells_is_refused(take: Take) -> None:
    done, found = take(line(id="W1", address="1 Main St, Boston") + ",spilt")
    assert done.refused == 1
    assert found[-1]["reason"] == "too_many_cells"


SUSPICIOUS = {
    "closed_before_opened": {"closed": "06/30/2015 09:00:00 AM"},
    "closed_without_closing_time": {"closed": ""},
    "unreadable_closed_time": {"closed": "soon"},
    "open_with_closing_time": {"status": "Open"},
    "due_before_opened": {"target": "06/30/2015 08:30:00 AM"},
    "missing_coordinates": {"lat": "", "lon": ""},
    "unreadable_coordinates": {"lat": "north", "lon": "west"},
    "unknown_label": {"area": "Z99"},
    "odd_label": {"area": "c-11"},
    "label_and_position_disagree": {"area": "A1"},
    "closed_as_duplicate": {"reason": "Case Closed Duplicate of Existing Case"},
    "opening_time_never": {"opened": "03/08/2015 02:30:00 AM"},
    "opening_time_twice": {"opened": "11/01/2015 01:30:00 AM", "closed": "11/02/2015 01:30:00 AM",
                           "target": ""},
    "blank_category": {"type": "", "group": ""},
}  # fmt: skip


@pytest.mark.parametrize("reason", SUSPICIOUS)
def test_what_is_odd_is_kept_and_reported(take: Take, reason: str) -> None:
    number = f"odd-{reason}"
    done, found = take(line(**{"id": number, **SUSPICIOUS[reason]}))
    assert (done.new, done.refused) == (1, 0)
    assert [(row["kind"], row["reason"]) for row in found] == [("suspicious", reason)]
    assert number in by_number()


def test_odd_moments_are_kept_as_they_are(take: Take) -> None:
    take(
        line(id="O1", closed="06/30/2015 09:00:00 AM"),
        line(id="O2", closed=""),
        line(id="O3", opened="11/01/2015 01:30:00 AM", target="", closed="11/02/2015 01:30:00 AM"),
    )
    kept = by_number()
    assert kept["O1"].closed_at == datetime(2015, 6, 30, 13, 0, tzinfo=UTC)
    assert kept["O1"].closed_at < kept["O1"].received_at
    assert kept["O2"].state == "closed"
    assert kept["O2"].closed_at is None, "nobody wrote down when"
    # The first of the two: still summer time.
    assert kept["O3"].received_at == datetime(2015, 11, 1, 5, 30, tzinfo=UTC)


def test_the_words_of_the_file_are_kept_apart_and_sealed(take: Take) -> None:
    take(line(id="V1"), line(id="V2", status="Open", closed="", reason="Waiting for parts"))
    kept = by_number()
    with read_only() as session:
        report = session.scalar(select(Report).where(Report.external_id == "V1"))
        assert report is not None
        assert (report.text, report.channel, report.place_words) == (
            "A lamp",
            "social",
            "1 Main St",
        )
        ended = session.get_one(CaseEntry, (kept["V1"].id, 2))
        assert (ended.action, ended.text) == ("record_closed", "Case Closed Case Resolved")
        assert session.get_one(CaseEntry, (kept["V2"].id, 1)).text == "Waiting for parts"
        _, damage = history.verify(session, BOSTON)
    assert damage is None
    assert kept["V1"].unit_code == "PWDx"


def test_a_class_the_catalogue_lacks_is_added_once(take: Take) -> None:
    done, _ = take(line(id="C1", group="Street Lights", type="Lantern"), line(id="C2"))
    assert done.classes_added == 1
    again, _ = take(line(id="C3", group="Street Lights", type="lantern"))
    assert again.classes_added == 0
    kept = by_number()
    assert kept["C1"].category_code == kept["C3"].category_code
    with read_only() as session:
        reference = references.of(session, BOSTON)
        added = reference.category(kept["C1"].category_code)
        lights = reference.category(kept["C2"].category_code)
    assert (added.name, added.parent_code) == ("Lantern", lights.parent_code)


def test_a_mapping_for_another_file_names_the_missing_column(
    boston: Boston, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("id,status\n1,open\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        requests.load([path], MAPPING, district_code=None, report_file=tmp_path / "r", now=NOW)
    assert caught.value.field == "columns.id"
    assert "CASE_ENQUIRY_ID" in str(caught.value)
    assert "id, status" in str(caught.value)


def test_a_district_that_is_not_there_is_named(boston: Boston, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="atlantis"):
        requests.load(
            request_files(), MAPPING, district_code="atlantis", report_file=tmp_path / "r", now=NOW
        )


def test_a_row_without_label_keeps_its_position_in_the_tray(take: Take) -> None:
    _, found = take(line(id="B1", area=""))
    assert [row["reason"] for row in found] == ["blank_label"]
    case = by_number()["B1"]
    assert (case.lat, case.lon, case.grid_code) == (42.3, -71.06, None)
    assert case.path() == (BOSTON,)
    assert case.routing["notes"] == ["blank_label"]
