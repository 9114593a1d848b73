"""Requests of another system: what becomes of each row, and that nothing is lost on the way."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from gridgov.domain.deadlines import NO_LIMIT
from gridgov.importers import requests
from gridgov.importers.requests_report import COLUMNS
from gridgov.services import history, indicators
from gridgov.services import reference as references
from gridgov.storage import facts, messages
from gridgov.storage.cases import Case
from gridgov.storage.districts import District
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from tests.support.acts import DISTRICT
from tests.support.boston import (
    BOSTON,
    MAPPING,
    NOW,
    SNAPSHOT,
    Boston,
    by_district,
    by_number,
    found_in,
    moment,
    request_files,
)


def test_every_row_is_kept_and_counted(boston: Boston) -> None:
    done = boston.imported
    assert (done.read, done.kept, done.refused) == (len(boston.rows), len(boston.rows), 0)
    assert done.new == done.kept
    kept = by_number()
    assert set(kept) == {row["CASE_ENQUIRY_ID"] for row in boston.rows}
    states = Counter(case.state for case in kept.values())
    closed = sum(row["CASE_STATUS"] == "Closed" for row in boston.rows)
    assert states == {"closed": closed, "submitted": len(boston.rows) - closed}


def test_moments_are_those_of_the_file_in_local_time(boston: Boston) -> None:
    kept = by_number()
    for row in boston.rows:
        case = kept[row["CASE_ENQUIRY_ID"]]
        opened = moment(row["OPEN_DT"])
        assert opened is not None
        assert case.received_at == opened
        assert case.received_on == opened.date()
        assert case.closed_at == moment(row["CLOSED_DT"])
        assert case.due_at == (moment(row["TARGET_DT"]) or NO_LIMIT)


def test_on_time_recomputed_from_what_is_stored_agrees_with_the_city(boston: Boston) -> None:
    kept = by_number()
    judged = [row for row in boston.rows if row["TARGET_DT"] and row["OnTime_Status"]]
    agreed = 0
    for row in judged:
        case = kept[row["CASE_ENQUIRY_ID"]]
        on_time = (case.closed_at or SNAPSHOT) <= case.due_at
        agreed += on_time == (row["OnTime_Status"] == "ONTIME")
    assert len(judged) > 1_000
    assert agreed >= len(judged) - 1
    without = [row for row in boston.rows if not row["TARGET_DT"]]
    assert {row["OnTime_Status"] for row in without} == {"ONTIME"}
    assert all(kept[row["CASE_ENQUIRY_ID"]].due_at == NO_LIMIT for row in without)


def test_the_board_says_what_a_plain_count_of_the_file_says(boston: Boston) -> None:
    expected = by_district(boston.rows)
    with read_only() as session:
        reference = references.of(session, BOSTON)
        codes = [area.code for area in reference.net.children(BOSTON)]
        view = (reference.local_day(moment("01/01/2015 12:00:00 AM")), reference.local_day(NOW))  # type: ignore[arg-type]
        found = facts.received_and_closed(
            session,
            BOSTON,
            [BOSTON, *codes],
            *view,
            frozenset({"open"}),  # type: ignore[arg-type]
        )
    assert found.pop(BOSTON)[0] == len(boston.rows)
    assert {code: (closed, received) for code, (received, closed) in found.items()} == expected


def test_open_requests_wait_for_a_dispatcher_with_nobody_named(boston: Boston) -> None:
    waiting = [case for case in by_number().values() if case.state == "submitted"]
    assert all(case.assignee_id is None and case.unit_code is None for case in waiting)
    assert all((case.overdue_at is not None) == (case.due_at < NOW) for case in waiting)
    assert any(case.overdue_at is None for case in waiting), "some never had a limit"


def test_nothing_is_invented_on_the_way(boston: Boston) -> None:
    with read_only() as session:
        lines = session.execute(
            select(CaseEntry.action, CaseEntry.by_role, func.count())
            .where(CaseEntry.district_code == BOSTON)
            .group_by(CaseEntry.action, CaseEntry.by_role)
        ).all()
    closed = sum(row["CASE_STATUS"] == "Closed" for row in boston.rows)
    assert {tuple(line) for line in lines} == {
        ("submit", "system", len(boston.rows)),
        ("record_closed", "system", closed),
    }


def test_both_districts_verify_and_their_facts_are_those_of_the_log(boston: Boston) -> None:
    with read_only() as session:
        for code in (BOSTON, DISTRICT):
            count, damage = history.verify(session, code)
            assert damage is None
            assert count > 0
        last = messages.last_position(session, BOSTON)
        assert messages.cursor_position(session, indicators.PROJECTOR, BOSTON) == last
        assert facts.everything(session, BOSTON) == indicators.recounted(session, BOSTON)


def test_a_tampered_import_is_found(boston: Boston) -> None:
    with read_only() as session:
        line = session.scalars(
            select(CaseEntry).where(CaseEntry.district_code == BOSTON, CaseEntry.seq == 2)
        ).first()
        assert line is not None
        line.at = NOW
        with session.no_autoflush:
            _, damage = history.verify(session, BOSTON)
    assert damage is not None
    assert (damage.case_id, damage.seq, damage.what) == (line.case_id, 2, "changed")


def test_a_default_coordinate_is_no_place(boston: Boston) -> None:
    kept = by_number()
    at_city_hall = [
        kept[row["CASE_ENQUIRY_ID"]]
        for row in boston.rows
        if (row["LATITUDE"], row["LONGITUDE"]) == ("42.3594", "-71.0587")
    ]
    assert len(at_city_hall) > 100
    assert all(case.lon is None and case.lat is None for case in at_city_hall)
    assert all("default_coordinate" in case.routing["notes"] for case in at_city_hall)
    others = [case for case in kept.values() if "default_coordinate" not in case.routing["notes"]]
    assert all(case.lon is not None for case in others)
    assert boston.imported.findings["suspicious", "default_coordinate"] == len(at_city_hall)


def test_the_label_of_the_city_decides_and_a_blank_one_goes_to_the_tray(boston: Boston) -> None:
    kept = by_number()
    for row in boston.rows:
        case = kept[row["CASE_ENQUIRY_ID"]]
        assert case.grid_code == (row["police_district"].replace("-", "") or None)
    tray = [case for case in kept.values() if case.grid_code is None]
    assert all(case.routing["rule"] == "district_tray" for case in tray)
    assert all("blank_label" in case.routing["notes"] for case in tray)


def test_the_report_names_file_line_and_reason(boston: Boston) -> None:
    rows = found_in(boston.imported.report)
    assert tuple(rows[0]) == COLUMNS
    counts = Counter((row["kind"], row["reason"]) for row in rows)
    assert counts == boston.imported.findings
    blank = [row for row in rows if row["reason"] == "blank_label"]
    assert len(blank) == sum(not row["police_district"] for row in boston.rows)
    first = blank[0]
    # Line 1 is the header; no cell of the extract holds a line break.
    told = boston.rows[int(first["line"]) - 2]
    assert (told["CASE_ENQUIRY_ID"], told["police_district"]) == (first["id"], "")


def test_the_same_files_again_change_nothing(boston: Boston, tmp_path: Path) -> None:
    def counts() -> list[int]:
        with read_only() as session:
            return [
                session.scalar(select(func.count()).select_from(model)) or 0
                for model in (Case, Report, CaseEntry, Message)
            ]

    before = counts()
    again = requests.load(
        request_files(), MAPPING, district_code=None, report_file=tmp_path / "r.csv", now=NOW
    )
    assert (again.read, again.kept, again.new) == (len(boston.rows), len(boston.rows), 0)
    assert counts() == before


def test_the_districts_keep_to_themselves(boston: Boston) -> None:
    with read_only() as session:
        district = session.get_one(District, BOSTON)
        assert (district.timezone, district.languages) == ("America/New_York", ["en"])
        reference = references.of(session, BOSTON)
        assert not reference.net.synthetic
        assert not reference.calendar.is_workday(datetime(2015, 4, 20, tzinfo=UTC).date())
        assert {case.district_code for case in by_number().values()} == {BOSTON}
