"""Files of people, duties, units and classes: any order, blanks, duplicates, odd digits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.table_imports import ChangeKind, Plan, Table, TableRefused
from gridgov.importers import setup_files
from gridgov.importers.setup_tables import read_classes, read_duties, read_people, read_units
from gridgov.services import setup_catalogue
from gridgov.services.setup_base import Options, Source
from gridgov.storage.people import Duty, GrantRow, Person
from gridgov.storage.session import read_only
from tests.support.nets import sample_areas

DISTRICT, GRID = "440608", "440608004025006"
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BY = Actor.system(DISTRICT)
ROOT = Path(__file__).resolve().parents[2]
HEAD = ("用户名", "姓名", "角色", "区域编码")
Row = Sequence[Any]


def book(path: Path, rows: Sequence[Row], sheet: str = "人员", above: int = 0) -> Path:
    """Write rows as an Excel file; a dict is a formula with the value it had."""
    made = xlsxwriter.Workbook(str(path))
    page = made.add_worksheet(sheet)
    days = made.add_format({"num_format": "yyyy-mm-dd"})
    for line, row in enumerate(rows, above):
        for column, cell in enumerate(row):
            if isinstance(cell, dict):
                page.write_formula(line, column, cell["formula"], None, cell["value"])
            elif isinstance(cell, date):
                page.write_datetime(line, column, datetime(*cell.timetuple()[:3]), days)  # noqa: DTZ001
            elif isinstance(cell, str):
                page.write_string(line, column, cell)
            elif cell is not None:
                page.write(line, column, cell)
    made.close()
    return path


def dry(path: Path, table: Table = Table.PEOPLE, **options: bool) -> Plan:
    return setup_files.dry_run(path, table, DISTRICT, Options(**options), by=BY, now=NOW)


def run(path: Path, table: Table = Table.PEOPLE, **options: bool) -> Plan:
    return setup_files.run(
        path, table, DISTRICT, Options(**options), source=Source(BY, path.name), now=NOW
    )


def counted(plan: Plan) -> list[int]:
    return list(plan.counts().values())


def count(model: Any) -> int:
    with read_only() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- reading -----------------------------------------------------------------------------


def test_cells_are_read_as_people_see_them(tmp_path: Path) -> None:
    rows = [
        ("2026 年人员",),
        (),
        ("姓名", "用 户 名 *", "角色", "备注"),
        ("李 华", "ｌｉｈｕａ１", {"formula": '="派"&"遣员"', "value": "派遣员"}, "x"),
        ("# 示例", "nobody1", "", ""),
        (None, "", "  ", None),
        ("周\n洁", 20260101, "", ""),
    ]
    found = read_people(book(tmp_path / "p.xlsx", rows))
    assert found.ignored == ["备注"]
    assert not found.refusals
    assert [(row.value.username, row.value.name, row.place.line) for row in found.rows] == [
        ("lihua1", "李 华", 4),
        ("20260101", "周 洁", 7),
    ]
    assert str(found.rows[0].value.grant) == "dispatcher"
    assert found.rows[0].cells["username"] == "B4"


def test_days_come_as_dates_numbers_and_words(tmp_path: Path) -> None:
    told = [
        date(2026, 12, 1),
        46357,
        "2026/12/1",
        "2026年12月1日",
        "２０２６－１２－０１",
        "2026-12-01",
    ]
    rows = [("username", "area_code", "kind", "starts_on")]
    rows += [(f"user{at}", GRID, "A岗", one) for at, one in enumerate(told)]
    found = read_duties(book(tmp_path / "d.xlsx", rows))
    assert {row.value.starts_on for row in found.rows} == {date(2026, 12, 1)}
    assert {row.value.kind for row in found.rows} == {"lead"}
    wrong = book(tmp_path / "e.xlsx", [*rows[:1], ("user1", GRID, "lead", "2026-02-30")])
    assert [one.reason for one in read_duties(wrong).refusals] == ["not_a_date"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_csv_comes_in_the_encodings_of_offices(tmp_path: Path, encoding: str, between: str) -> None:
    lines = [("用户名", "姓名"), ("lihua", "李华"), ("", ""), ("zhoujie", "“周洁”")]
    path = tmp_path / "p.csv"
    path.write_text("\r\n".join(map(between.join, lines)), encoding=encoding)
    found = read_people(path)
    assert [(row.value.name, row.place.line) for row in found.rows] == [("李华", 2), ("“周洁”", 4)]


def test_each_refused_row_names_its_cell_and_nothing_hides_another(tmp_path: Path) -> None:
    rows = [
        HEAD,
        ("lihua", "李华", "派遣员", ""),
        ("ab", "短", "", ""),
        ("wang1", "", "", ""),
        ("wang2", "王", "皇帝", ""),
        ("LIHUA", "李华", "派遣员", ""),
        ("lihua", "李花", "督导员", ""),
        ("wang3", "王", "网格员", GRID),
    ]
    found = read_people(book(tmp_path / "p.xlsx", rows))
    assert sorted((one.cell, one.reason) for one in found.refusals) == [
        ("A3", "wrong_shape"),
        ("A6", "twice"),
        ("B4", "blank"),
        ("B7", "differs"),
        ("C5", "unknown"),
        ("D8", "by_duties"),
    ]
    assert all(one.place.sheet == "人员" for one in found.refusals)


def test_a_file_of_another_kind_says_what_is_missing(tmp_path: Path) -> None:
    other = book(tmp_path / "o.xlsx", [("甲", "乙"), (1, 2)], "表一")
    with pytest.raises(InvalidInput) as refused:
        read_people(other)
    assert refused.value.values["columns"] == ["username", "name"]
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(other.read_bytes()[:400])
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_people(torn)
    noise = tmp_path / "noise.csv"
    noise.write_bytes(bytes(range(128, 256)) * 3)
    with pytest.raises(InvalidInput):
        read_people(noise)


def test_the_catalogue_and_units_of_the_sample_are_read_whole() -> None:
    data = ROOT / "geodata" / "gaoming"
    classes, units = read_classes(data / "catalogue.csv"), read_units(data / "units.csv")
    assert not classes.refusals and not units.refusals
    assert len(classes.rows) == 80 and len(units.rows) > 30


CLASS_HEAD = ("编码", "名称", "严重程度", "办理层级", "受理时限", "处置时限", "核查时限")


def class_row(code: str, accept: str, handle: str, check: str = "") -> Row:
    return (code, "暴露垃圾", 1, "村居", accept, handle, check)


def test_limits_of_severities_stand_in_the_cell_of_their_stage(tmp_path: Path) -> None:
    rows = [CLASS_HEAD, class_row("0101", "2wh；４＝30分钟", "2WD； 3 ＝ ６h; 4=2H", "4=1h")]
    wrong = read_classes(book(tmp_path / "w.xlsx", rows))
    assert [(one.column, one.cell, one.reason) for one in wrong.refusals] == [
        ("accept_limit", "E2", "not_a_limit")
    ]
    rows[1] = class_row("0101", "2wh", "2WD； 3 ＝ ６h; 4=2H", "4=1h")
    found = read_classes(book(tmp_path / "c.xlsx", rows)).rows[0].value
    assert found.limit_cells() == {
        "accept_limit": "2WH",
        "handle_limit": "2WD; 3=6H; 4=2H",
        "check_limit": "4=1H",
    }


def test_each_wrong_limit_is_named_with_its_line_and_cell(tmp_path: Path) -> None:
    rows = [
        CLASS_HEAD,
        class_row("0101", "2WH", "2WD; 5=6H"),
        class_row("0103", "2WH", "3=6H"),
        class_row("0104", "2WH", "2WD", "soon"),
        class_row("0105", "2WH", "2WD", "1WD; 4=1H; 4=2H"),
        class_row("0106", "2WH", "2WD; 4=1H", "1WD"),
    ]
    found = read_classes(book(tmp_path / "c.xlsx", rows))
    assert [(one.place.line, one.cell, one.reason) for one in found.refusals] == [
        (2, "F2", "not_a_severity"),
        (3, "F3", "no_usual_limit"),
        (4, "G4", "not_a_limit"),
        (5, "G5", "not_a_severity"),
    ]
    assert [row.value.code for row in found.rows] == ["0106"]


def test_limits_of_severities_come_with_a_file_and_are_seen_in_the_dry_run(
    app: Flask, tmp_path: Path
) -> None:
    rows = [CLASS_HEAD[:6], class_row("0101", "2WH", "4WH; 3=6H")[:6]]
    file = book(tmp_path / "c.xlsx", rows)
    plan = dry(file, Table.CATALOGUE)
    assert ("handle_limit", "4WH", "4WH; 3=6H") in [
        (one.field, one.before, one.after) for one in plan.changes[0].fields
    ]
    run(file, Table.CATALOGUE)
    assert not dry(file, Table.CATALOGUE).done(), "twice changes nothing"
    with read_only() as session:
        held = setup_catalogue.classes(session, DISTRICT)["0101"]
    assert str(held.allowed("handle")) == "4WH; 3=6H"
    rows[1] = class_row("0101", "2WH", "4WH")[:6]
    run(book(tmp_path / "c.xlsx", rows), Table.CATALOGUE)
    with read_only() as session:
        held = setup_catalogue.classes(session, DISTRICT)["0101"]
    assert str(held.allowed("handle")) == "4WH", "the cell says all of it"


# --- looking and doing ---------------------------------------------------------------------

NAMES = st.text(st.sampled_from("李华周洁陈明 ·（）A"), min_size=1, max_size=8).filter(str.strip)
ROLES = st.sampled_from(["", "网格员", "派遣员", "督导员", "supervisor", "office"])


@st.composite
def people_rows(draw: st.DrawFn) -> list[tuple[str, str, str]]:
    codes = draw(st.lists(st.integers(1000, 9999), min_size=1, max_size=12, unique=True))
    rows = [(f"probe{code}", draw(NAMES), draw(ROLES)) for code in codes]
    return draw(st.permutations(rows))


def wide(text: str) -> str:
    """Return letters and digits as Chinese input methods type them."""
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() else sign for sign in text)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=people_rows(), blanks=st.lists(st.integers(0, 12), max_size=4), data=st.data())
def test_order_blanks_and_width_change_nothing(
    app: Flask, rows: list[tuple[str, str, str]], blanks: list[int], data: st.DataObject
) -> None:
    plain = [("username", "name", "role"), *rows]
    odd: list[Row] = [
        (data.draw(st.sampled_from([name, wide(name)])), f" {said} ", role)
        for name, said, role in data.draw(st.permutations(rows))
    ]
    for at in sorted(blanks, reverse=True):
        odd.insert(min(at, len(odd)), ("", None, " "))
    doubled = [*rows, data.draw(st.sampled_from(rows))]
    with TemporaryDirectory() as folder:
        one = dry(book(Path(folder, "a.xlsx"), plain))
        other = dry(book(Path(folder, "b.xlsx"), [("用户名", "姓名", "角色"), *odd], above=3))
        double = dry(book(Path(folder, "c.xlsx"), [plain[0], *doubled]))
    assert not one.refusals
    assert one.fingerprint() == other.fingerprint()
    assert counted(one) == [len(rows), 0, 0, 0]
    assert [(one.reason, one.place.line) for one in double.refusals] == [
        ("twice", len(doubled) + 1)
    ]


def everybody(count_of: int) -> list[Row]:
    roles = ["网格员", "派遣员", "督导员", ""]
    return [(f"mass{at:04}", f"员{at}", roles[at % 4], "") for at in range(count_of)]


def test_seventeen_hundred_people_come_in_all_or_none(app: Flask, tmp_path: Path) -> None:
    rows = everybody(1_700)
    people, grants = count(Person), count(GrantRow)
    bad = [list(row) for row in rows]
    bad[99][1], bad[1_500][2:] = "", ["督导员", "999999999"]
    wrong = book(tmp_path / "bad.xlsx", [HEAD, *bad])
    with pytest.raises(TableRefused) as refused:
        run(wrong)
    found = [(one.place.line, one.column, one.reason) for one in refused.value.plan.refusals]
    assert found == [(101, "name", "blank"), (1_502, "area_code", "unknown_area")]
    assert (count(Person), count(GrantRow)) == (people, grants), "nothing was written"

    good = book(tmp_path / "good.xlsx", [HEAD, *rows])
    looked = dry(good)
    assert count(Person) == people, "a dry run writes nothing"
    done = run(good)
    assert looked.fingerprint() == done.fingerprint()
    assert counted(done) == [1_700, 0, 0, 0]
    assert count(Person) == people + 1_700
    assert count(GrantRow) == grants + 850
    assert counted(run(good)) == [0, 0, 0, 1_700], "twice changes nothing"


def test_the_dry_run_says_what_the_real_one_does(app: Flask, tmp_path: Path) -> None:
    run(book(tmp_path / "1.xlsx", [HEAD, *everybody(8)]))
    head = (*HEAD, "在岗")
    rows = [(*row, "1") for row in everybody(8)]
    rows[0] = ("mass0000", "员改名", "网格员", "", "是")
    rows[1] = ("mass0001", "员1", "派遣员", "", "否")
    changed = book(tmp_path / "2.xlsx", [head, *rows, ("fresh01", "新", "", "", "")])
    looked = dry(changed)
    assert counted(looked) == [1, 1, 1, 7 - 1]
    assert run(changed).fingerprint() == looked.fingerprint()
    with read_only() as session:
        found = {
            one.username: one
            for one in session.scalars(select(Person).where(Person.username.like("mass%")))
        }
    assert found["mass0000"].name == "员改名"
    assert not found["mass0001"].active


def test_a_whole_list_ends_who_is_not_in_it_but_never_the_last_administrator(
    app: Flask, tmp_path: Path
) -> None:
    only = book(tmp_path / "1.xlsx", [HEAD, ("boss1234", "管", "督导员", "")])
    refused = dry(only, whole=True)
    assert [one.reason for one in refused.refusals] == ["last_admin"]
    two = [HEAD, ("boss1234", "管", "系统管理员", "")]
    plan = dry(book(tmp_path / "2.xlsx", two), whole=True)
    assert not plan.refusals
    assert plan.counts()[ChangeKind.ENDED] > 1_600


def test_duties_begin_change_and_end(app: Flask, tmp_path: Path) -> None:
    run(book(tmp_path / "p.xlsx", [HEAD, ("duty01", "值", "", ""), ("duty02", "守", "", "")]))
    head = ("用户名", "网格编码", "岗位", "开始日期", "结束日期")
    other = next(a.code for a in sample_areas() if a.kind == "grid" and a.code != GRID)
    rows: list[Row] = [("duty01", GRID, "协助", None, None), ("duty02", other, "协助", None, None)]
    began = run(book(tmp_path / "d.xlsx", [head, *rows]), Table.DUTIES)
    assert counted(began) == [2, 0, 0, 0]
    rows = [
        ("duty01", GRID, "协助", None, date(2026, 12, 31)),
        ("duty02", other, "协助", date(2026, 1, 1), None),
    ]
    refused = dry(book(tmp_path / "e.xlsx", [head, *rows]), Table.DUTIES)
    assert [(one.cell, one.reason) for one in refused.refusals] == [("D3", "begun")]
    rows[1] = ("duty02", other, "协助", None, date(2026, 11, 23))
    refused = dry(book(tmp_path / "f.xlsx", [head, *rows]), Table.DUTIES)
    assert [one.reason for one in refused.refusals] == ["before_start"]
    done = run(book(tmp_path / "g.xlsx", [head, rows[0]]), Table.DUTIES)
    assert counted(done) == [0, 1, 0, 0]
    with read_only() as session:
        query = select(Duty).join(Person).where(Person.username == "duty01")
        assert session.scalars(query).one().ends_on == date(2026, 12, 31)
    later = NOW + timedelta(days=400)
    again = setup_files.dry_run(
        tmp_path / "d.xlsx", Table.DUTIES, DISTRICT, Options(), by=BY, now=later
    )
    assert again.counts()[ChangeKind.NEW] == 1, "what ended long ago begins anew"


def test_units_may_not_end_while_they_are_needed(app: Flask, tmp_path: Path) -> None:
    head = ("单位编码", "单位名称", "层级", "区域编码", "接收上报", "已撤销")
    rows: list[Row] = [
        ("CG", "城管局", "区级", "", "", "1"),
        ("NEW1", "新局", "区级", "999", "", ""),
        ("NEW2", "二局", "区级", "", "1", ""),
    ]
    plan = dry(book(tmp_path / "u.xlsx", [head, *rows]), Table.UNITS)
    assert sorted((one.cell, one.reason) for one in plan.refusals) == [
        ("D3", "unknown_area"),
        ("E4", "second_inbox"),
        ("F2", "named_by_catalogue"),
    ]
    fine = run(book(tmp_path / "v.xlsx", [head, ("NEW1", "新局", "区级", "", "", "")]), Table.UNITS)
    assert counted(fine) == [1, 0, 0, 0]
    ended = run(
        book(tmp_path / "w.xlsx", [head, ("NEW1", "新局", "区级", "", "", "是")]), Table.UNITS
    )
    assert counted(ended) == [0, 0, 1, 0]
