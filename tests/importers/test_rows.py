"""Files that people fill in: every bad row is named, in one error."""

from pathlib import Path

import pytest

from gridgov.domain.errors import InvalidInput
from gridgov.importers.rows import MOST_REFUSALS, Row, read_records

COLUMNS = ("code", "open")


def _read(folder: Path, *lines: str) -> list[tuple[str, bool]]:
    path = folder / "list.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_records(path, COLUMNS, "list", _pair)


def _pair(row: Row) -> tuple[str, bool]:
    return row.text("code"), row.flag("open")


def _refusal(folder: Path, *lines: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        _read(folder, *lines)
    return refused.value


def test_good_rows_come_in_order_without_blank_lines_and_outer_space(tmp_path: Path) -> None:
    assert _read(tmp_path, "code, open", "b, 1", "", " , ", '"a, or so",0') == [
        ("b", True),
        ("a, or so", False),
    ]


def test_a_file_of_only_a_header_has_no_rows(tmp_path: Path) -> None:
    assert _read(tmp_path, "code,open") == []


def test_every_bad_row_is_named_and_the_first_speaks_for_them(tmp_path: Path) -> None:
    error = _refusal(tmp_path, "code,open", "a,1", ",1", "b,yes", "c", "d,0,0")
    assert (error.field, error.reason, error.values["line"]) == ("code", "blank", 3)
    assert [(row["line"], row["column"], row["reason"]) for row in error.values["rows"]] == [
        (3, "code", "blank"),
        (4, "open", "not_0_or_1"),
        (5, "list", "wrong_width"),
        (6, "list", "wrong_width"),
    ]
    assert [row["value"] for row in error.values["rows"]] == ["", "yes", "c", "d,0,0"]
    for part in ("list.csv", "line 3, code: blank", "line 4, open: not_0_or_1 ('yes')"):
        assert part in str(error)


def test_a_file_of_another_kind_does_not_list_every_row(tmp_path: Path) -> None:
    error = _refusal(tmp_path, "code,open", *["x,x"] * 400)
    assert len(error.values["rows"]) == MOST_REFUSALS


@pytest.mark.parametrize("header", ["", "code", "open,code", "code,open,more"])
def test_other_columns_are_refused_with_those_expected(tmp_path: Path, header: str) -> None:
    error = _refusal(tmp_path, header, "a,1")
    assert (error.field, error.reason, error.values["line"]) == ("list", "wrong_columns", 1)
    assert error.values["columns"] == ["code", "open"]


def test_what_is_no_csv_is_refused(tmp_path: Path) -> None:
    assert _refusal(tmp_path, "code,open", '"a" b,1').reason == "unreadable"
