"""Reports as data: kept and given back unchanged, and compared edition by edition."""

import json
from datetime import date

from gridgov.domain.book_changes import changes
from gridgov.domain.books import (
    Book,
    Cell,
    Chart,
    ChartKind,
    Column,
    Kind,
    Section,
    Table,
    as_json,
    from_json,
    written,
)

COLUMNS = [Column("镇街", width=2), Column("办结", Kind.COUNT), Column("办结率", Kind.SHARE)]


def book(*rows: list[Cell], total: list[Cell] | None = None, title: str = "各镇街") -> Book:
    chart = Chart("图", ChartKind.BAR, ["甲"], [("办结", [1.0, None])], "一句话", share=True)
    table = Table(title, COLUMNS, list(rows), total, "注", "表一")
    return Book(
        "局", "月报", "1", "九月", "十月", [Section("一", ["一句。", table, chart])], ["末"]
    )


def test_a_book_that_was_kept_is_the_same_book() -> None:
    made = book(["明城镇", 57, 0.95], ["合计", None, None], total=["全区", 1, date(2020, 9, 1)])
    kept = json.loads(json.dumps(as_json(made), ensure_ascii=False))
    again = from_json(kept)
    assert as_json(again) == as_json(made)
    assert again.tables()[0].total == ["全区", 1, date(2020, 9, 1)]


def test_what_is_not_there_is_a_dash_and_never_zero() -> None:
    assert [written(None, kind) for kind in Kind] == ["—"] * len(Kind)
    assert written(0, Kind.COUNT) == "0"
    assert written(0.0, Kind.SHARE) == "0.00%"
    assert written(-0.012, Kind.POINTS) == "−1.20"  # a hyphen would break


def test_an_edition_says_which_figures_read_differently() -> None:
    before = book(["明城镇", 57, 0.95], ["更合镇", 3, None], total=["全区", 60, 0.9])
    after = book(["明城镇", 58, 0.95], ["杨和镇", 1, None], total=["全区", 60, 0.91])
    assert [change.words(chinese=True) for change in changes(before, after)] == [
        "各镇街：明城镇，办结 57 → 58",
        "各镇街：杨和镇，办结，本版新增 1",
        "各镇街：杨和镇，办结率，本版新增 —",
        "各镇街：全区，办结率 90.00% → 91.00%",
        "各镇街：更合镇，办结，原 3，本版已无",
        "各镇街：更合镇，办结率，原 —，本版已无",
    ]


def test_the_same_figures_are_no_change_even_in_another_order() -> None:
    first, second = ["明城镇", 57, 0.95], ["更合镇", 3, None]
    assert changes(book(first, second), book(second, first)) == []


def test_two_rows_of_one_name_are_told_apart() -> None:
    before = book(["其他", 1, None], ["其他", 2, None])
    after = book(["其他", 1, None], ["其他", 3, None])
    found = changes(before, after)
    assert [change.words(chinese=True) for change in found] == ["各镇街：其他 (2)，办结 2 → 3"]
    assert [change.words(chinese=False) for change in found] == ["各镇街: 其他 (2), 办结 2 → 3"]


def test_a_table_that_is_new_or_gone_is_told() -> None:
    told = changes(book(["甲", 1, None], title="旧"), book(["甲", 1, None], title="新"))
    assert {(one.table, one.before, one.after) for one in told} == {
        ("新", None, "1"),
        ("新", None, "—"),
        ("旧", "1", None),
        ("旧", "—", None),
    }
