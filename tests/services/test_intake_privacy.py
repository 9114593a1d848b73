"""Intake: a phone and the words of a resident lie where they belong and nowhere else."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaShape
from gridgov.domain.scope import may_see
from gridgov.storage import reports, search, tables
from gridgov.storage.base import db
from gridgov.storage.messages import PENDING
from gridgov.storage.reports import Report, Reporter
from gridgov.storage.session import unit_of_work
from gridgov.web.instance import instance
from tests.services.intakes import PHONE, of
from tests.support.acts import case_of, person, report


def test_a_confidential_class_is_hidden_from_its_own_grid(rolled: Session) -> None:
    case = of(rolled, category_code="0704", emergency_seen=True)
    assert (case.confidential, case.assignee_id, case.unit_code) == (True, None, "GA")
    for name in ("worker", "deputy", "village", "towndispatcher"):
        assert not may_see(person(rolled, name), case.scope()), name
    for name in ("dispatcher", "supervisor", "u-ga"):
        assert may_see(person(rolled, name), case.scope()), name


def values(session: Session) -> Iterator[tuple[str, object]]:
    """Every value of every table, with the name of its column."""
    for table in tables.metadata.sorted_tables:
        for row in session.execute(select(table)).mappings():
            for column, value in row.items():
                yield f"{table.name}.{column}", value


def holds(value: object, words: str) -> bool:
    """Tell whether a value of a column contains words, whatever its type."""
    if isinstance(value, AreaShape | shapely.Geometry):
        return False
    if isinstance(value, bytes | memoryview):
        return words.encode() in bytes(value)
    if isinstance(value, dict | list):
        return words in json.dumps(value, ensure_ascii=False)
    return words in str(value)


@pytest.mark.parametrize("typed", [PHONE, "+86 139-8765-4329", "１３９８７６５４３２９"])
def test_a_phone_lies_sealed_in_the_vault_and_nowhere_else(rolled: Session, typed: str) -> None:
    receipt = report(rolled, phone=typed)
    rolled.flush()
    kept = rolled.get_one(Report, receipt.report_id)
    contact = rolled.get_one(Reporter, kept.reporter_id)
    vault = instance().vault
    assert contact.phone_sealed is not None
    assert vault.open(contact.phone_sealed, context=f"reporter.phone:{contact.id}") == PHONE
    assert contact.phone_lookup == vault.lookup(PHONE)
    found = [
        name
        for name, value in values(rolled)
        for form in (PHONE, typed, PHONE[3:])
        if holds(value, form)
    ]
    assert found == []


def test_the_scan_for_a_phone_would_find_one(rolled: Session) -> None:
    case = of(rolled, text=f"电话 {PHONE}", place_words=PHONE)
    case.routing = {**case.routing, "phone": [PHONE]}
    rolled.flush()
    found = {name for name, value in values(rolled) if holds(value, PHONE)}
    assert found >= {"reports.text", "reports.place_words", "cases.routing"}
    # What the staff reads of the place is masked; the report itself stays as it was told.
    assert case.place == "139****4329"


def test_two_reports_of_one_phone_are_sealed_apart_and_found_together(rolled: Session) -> None:
    receipts = [report(rolled, phone=PHONE), report(rolled, phone="139 8765 4329")]
    rolled.flush()
    ids = [rolled.get_one(Report, receipt.report_id).reporter_id for receipt in receipts]
    one, other = (rolled.get_one(Reporter, reporter) for reporter in ids)
    assert one.phone_sealed != other.phone_sealed
    assert one.phone_lookup == other.phone_lookup


def test_without_a_phone_there_is_no_reporter(rolled: Session) -> None:
    before = rolled.scalar(select(func.count()).select_from(Reporter))
    receipt = report(rolled, phone=" ")
    assert rolled.get_one(Report, receipt.report_id).reporter_id is None
    assert rolled.scalar(select(func.count()).select_from(Reporter)) == before


def test_the_words_of_a_resident_enter_neither_history_nor_log(rolled: Session) -> None:
    words = f"只有我说过的话 {uuid4().hex}"
    receipt = report(rolled, text=words)
    rolled.flush()
    told = json.dumps(rolled.info[PENDING], default=str, ensure_ascii=False)
    assert words not in told
    # Beside the report itself only what it is found by, which goes with it (decision 0028).
    kept = {name for name, value in values(rolled) if holds(value, words)}
    assert kept == {"reports.text", "search_texts.form"}
    case = case_of(rolled, receipt)
    search.forget(rolled, reports.of_case(rolled, case.id)[0].id)
    assert {name for name, value in values(rolled) if holds(value, words)} == {"reports.text"}


def test_the_file_of_the_database_does_not_hold_a_phone_either(stage: Flask) -> None:
    with unit_of_work() as session:
        receipt = report(session, phone=PHONE)
    if db.engine.dialect.name == "sqlite":
        path = Path(str(db.engine.url.database))
        contents = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
        assert receipt.receipt_code.encode() in contents, "the scan was meant to see the report"
        assert PHONE.encode() not in contents
    else:
        with db.engine.connect() as connection:
            raw = connection.exec_driver_sql("SELECT reporters::text FROM reporters").all()
        assert raw
        assert not any(PHONE in row[0] or PHONE.encode().hex() in row[0] for row in raw)
