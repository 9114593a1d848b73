"""Duties from a file keep the rules of the roster: one lead a grid, two people, own areas."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from gridgov.domain.roles import Actor
from gridgov.domain.table_imports import Plan, Table, TableRefused
from gridgov.importers import setup_files
from gridgov.services.setup_base import Options, Source
from gridgov.storage.people import Duty
from gridgov.storage.session import read_only
from gridgov.web import table_words

DISTRICT, GRID, VILLAGE = "440608", "440608004025006", "440608004025"
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BY = Actor.system(DISTRICT)
HEAD = "用户名,网格编码,岗位,开始日期,结束日期"


@pytest.fixture
def listed(app: Flask) -> Iterator[Flask]:
    with app.test_request_context():
        yield app


def file(folder: Path, *rows: str) -> Path:
    found = folder / "duties.csv"
    found.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return found


def dry(path: Path, **options: bool) -> Plan:
    return setup_files.dry_run(path, Table.DUTIES, DISTRICT, Options(**options), by=BY, now=NOW)


def refused(path: Path, **options: bool) -> list[tuple[str, str]]:
    return [(one.cell, one.reason) for one in dry(path, **options).refusals]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # The sample's worker leads the grid, its deputy is deputy.
        ([f"w1000,{GRID},主责,,"], [("C2", "has_lead")]),
        ([f"worker,{GRID},主责,,2026-11-30", f"w1000,{GRID},主责,2026-12-01,"], []),
        (
            [f"worker,{GRID},主责,,2026-11-30", f"w1000,{GRID},主责,2026-11-30,"],
            [("C3", "has_lead")],
        ),
        ([f"worker,{GRID},协助,,"], [("C2", "two_posts")]),
        ([f"w1000,{GRID},协助,,", f"w1001,{GRID},b岗,,"], []),
        ([f"w1000,{GRID},代岗,,", f"w1001,{VILLAGE},夜班,,"], []),
        ([f"w1000,{GRID},志愿者,,"], []),
        (
            [f"w1000,{VILLAGE},主责,,", f"w1000,{DISTRICT},volunteer,,"],
            [("C2", "not_above"), ("C3", "not_above")],
        ),
        ([f"systemadmin,{GRID},代岗,,"], [("A2", "administrator")]),
    ],
)
def test_what_the_roster_refuses_a_file_is_refused(
    listed: Flask, tmp_path: Path, rows: list[str], expected: list[tuple[str, str]]
) -> None:
    assert refused(file(tmp_path, *rows)) == expected


def test_two_leads_in_one_file_are_named_with_the_line_of_the_first(
    listed: Flask, tmp_path: Path
) -> None:
    both = file(tmp_path, f"w1000,{GRID},主责,,", f"w1001,{GRID},主责,,")
    plan = dry(both, whole=True)  # the whole list: who leads it now ends
    [clash] = plan.refusals
    assert (clash.place.line, clash.cell) == (3, "C3")
    said = table_words.line_of(plan, clash)
    assert "第 2 行" in said
    assert "已有主责" in said
    with pytest.raises(TableRefused):
        setup_files.run(
            both, Table.DUTIES, DISTRICT, Options(), source=Source(BY, both.name), now=NOW
        )
    with read_only() as session:
        query = select(Duty).where(Duty.area_code == GRID, Duty.kind == "lead")
        assert [one.ends_on for one in session.scalars(query)] == [None]


def test_a_lead_is_followed_by_another_from_a_day_on(listed: Flask, tmp_path: Path) -> None:
    rows = file(tmp_path, f"worker,{GRID},主责,,2026-11-30", f"w1000,{GRID},主责,2026-12-01,")
    setup_files.run(rows, Table.DUTIES, DISTRICT, Options(), source=Source(BY, "f"), now=NOW)
    with read_only() as session:
        query = select(Duty).where(Duty.area_code == GRID, Duty.kind == "lead")
        days = sorted((one.starts_on, one.ends_on) for one in session.scalars(query))
    assert [days[0][1], *days[1]] == [date(2026, 11, 30), date(2026, 12, 1), None]
    assert refused(rows) == []  # the same file again


def test_a_row_that_stands_twice_is_named_by_its_cell(listed: Flask, tmp_path: Path) -> None:
    plan = dry(file(tmp_path, f"w1000,{GRID},代岗,,", f"w1000,{GRID},代岗,,"))
    assert [(one.reason, one.value) for one in plan.refusals] == [("twice", "w1000")]
