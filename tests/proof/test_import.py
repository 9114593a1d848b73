"""The long form of tests/importers/test_requests.py: the whole year, where it lies beside."""

from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.scope import CaseClass
from gridgov.services import history, indicators
from gridgov.services import reference as references
from gridgov.storage import facts
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from tests.support.boston import (
    BOSTON,
    EXTRACT,
    NOW,
    SNAPSHOT,
    WHOLE,
    by_district,
    cells,
    load,
    request_files,
)

FOLDERS = {EXTRACT: "police_districts.geojson.gz"}
if WHOLE.is_dir():
    FOLDERS[WHOLE] = "police_districts.geojson"
# What is known of the whole year (shared/data/README.md): rows, closed, with a target, findings.
KNOWN = {
    WHOLE: (121_145, 101_272, 94_001, {
        "closed_before_opened": 197, "default_coordinate": 17_070, "odd_label": 49,
        "blank_label": 11_061, "label_and_position_disagree": 672,
    }),
}  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_whole_year_is_kept_counted_and_verified(
    app: Flask, tmp_path: Path, folder: Path
) -> None:
    rows = cells(request_files(folder))
    done = load(request_files(folder), tmp_path / "report.csv", areas_file=folder / FOLDERS[folder])
    assert (done.read, done.kept, done.new, done.refused) == (len(rows), len(rows), len(rows), 0)

    moments = (Case.closed_at, Case.due_at, Case.state)
    with read_only() as session:
        told = select(Report.external_id, *moments).join(Case, Case.id == Report.case_id)
        kept = {
            number: values
            for number, *values in session.execute(told.where(Case.district_code == BOSTON))
        }
    judged = [row for row in rows if row["TARGET_DT"] and row["OnTime_Status"]]
    agreed = 0
    for row in judged:
        closed_at, due_at, _ = kept[row["CASE_ENQUIRY_ID"]]
        agreed += ((closed_at or SNAPSHOT) <= due_at) == (row["OnTime_Status"] == "ONTIME")
    assert agreed >= len(judged) - 1
    without = {row["CASE_ENQUIRY_ID"] for row in rows if not row["TARGET_DT"]}
    assert {number for number, (_, due_at, _) in kept.items() if due_at == NO_LIMIT} == without

    with read_only(patient=True) as session:
        reference = references.of(session, BOSTON)
        codes = [BOSTON, *(area.code for area in reference.net.children(BOSTON))]
        first, last = rows[0]["OPEN_DT"][6:10], NOW.date()
        found = facts.received_and_closed(
            session, BOSTON, codes, last.replace(int(first), 1, 1), last, frozenset(CaseClass)
        )
        count, damage = history.verify(session, BOSTON)
        assert facts.everything(session, BOSTON) == indicators.recounted(session, BOSTON)
    received, closed = found.pop(BOSTON)
    assert (received, closed) == (len(rows), sum(row["CASE_STATUS"] == "Closed" for row in rows))
    assert {code: (closed, received) for code, (received, closed) in found.items()} == (
        by_district(rows)
    )
    assert (count, damage) == (received + closed, None)

    if folder in KNOWN:
        known_rows, known_closed, with_target, findings = KNOWN[folder]
        assert (received, closed, len(judged)) == (known_rows, known_closed, with_target)
        assert agreed >= 94_000
        counts = Counter({reason: number for (_, reason), number in done.findings.items()})
        assert {reason: counts[reason] for reason in findings} == findings
