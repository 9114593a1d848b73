"""A unit does not end while anything is left for it to do: nobody would see that any more."""

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import event, select

from gridgov.domain.roles import Actor
from gridgov.domain.table_imports import Plan, Table
from gridgov.importers import setup_files
from gridgov.services.setup_base import Options, Source
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.session import unit_of_work

DISTRICT = "440608"
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BY = Actor.system(DISTRICT)
HEAD = "单位编码,单位名称,层级,区域编码,接收上报,已撤销"


def file(folder: Path, ended: str) -> Path:
    found = folder / "units.csv"
    found.write_text(f"{HEAD}\nNEW1,新局,区级,,,{ended}\n", encoding="utf-8")
    return found


def dry(path: Path) -> Plan:
    return setup_files.dry_run(path, Table.UNITS, DISTRICT, Options(), by=BY, now=NOW)


def test_a_unit_with_an_open_case_does_not_end(app: Flask, tmp_path: Path) -> None:
    source = Source(BY, "units.csv")
    setup_files.run(file(tmp_path, ""), Table.UNITS, DISTRICT, Options(), source=source, now=NOW)
    ending = file(tmp_path, "是")
    assert not dry(ending).refusals
    with unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.state == "handling")).first()
        assert case is not None
        was, case.unit_code = case.unit_code, "NEW1"
        case_id = case.id
    assert [(one.cell, one.reason) for one in dry(ending).refusals] == [("F2", "has_cases")]
    with unit_of_work() as session:
        session.get_one(Case, case_id).unit_code = was
        session.get_one(Case, case_id).checker_unit_code = "NEW1"
    assert not dry(ending).refusals, "a case that is not checked yet"
    with unit_of_work() as session:
        session.get_one(Case, case_id).state = "resolved"
    assert [one.reason for one in dry(ending).refusals] == ["has_cases"]


def test_a_table_that_ends_no_unit_does_not_look_through_the_cases(
    app: Flask, tmp_path: Path
) -> None:
    told: list[str] = []

    def note(_c: object, _k: object, statement: str, *_more: object) -> None:
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert not dry(file(tmp_path, "")).refusals
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert told and not [one for one in told if "FROM cases" in one]
