"""The shipped calendar against an independent package, and what a bad file is told."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from flask import Flask

from gridgov.domain.errors import InvalidInput
from gridgov.domain.published_days import PublishedDay
from gridgov.importers.calendar import load, read_calendar
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from tests.support.acts import DISTRICT, NOON

SHIPPED = Path(__file__).parents[2] / "geodata" / "calendars" / "cn.csv"
HEADER = "date,workday,name_zh,name_en,source"
GOOD = "2026-02-14,1,春节调休上班,Make-up workday for Spring Festival,notice"


def _written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "calendar.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_every_day_of_2019_to_2026_agrees_with_the_independent_package() -> None:
    exceptions = {day.day: day.workday for day in read_calendar(SHIPPED)}
    day, compared = date(2019, 1, 1), 0
    while day <= date(2026, 12, 31):
        ours = exceptions.get(day, day.weekday() < 5)
        assert ours == chinese_calendar.is_workday(day), day
        day, compared = day + timedelta(days=1), compared + 1
    assert compared == 2922


def test_only_days_that_differ_from_monday_to_friday_are_listed() -> None:
    days = read_calendar(SHIPPED)
    assert all(day.workday != (day.day.weekday() < 5) for day in days)
    assert all(date(2019, 1, 1) <= day.day <= date(2026, 12, 31) for day in days)


def test_each_day_names_the_notice_it_comes_from() -> None:
    sources = {day.day: day.source for day in read_calendar(SHIPPED)}
    assert sources[date(2026, 2, 14)] == "国办发明电〔2025〕7号"
    # Two notices changed a year after it had been published.
    assert sources[date(2019, 5, 2)] == "国办发明电〔2019〕3号"
    assert sources[date(2020, 1, 31)] == "国办发明电〔2020〕1号"
    assert len(Counter(sources.values())) == 10


def test_make_up_days_are_told_from_holidays() -> None:
    days = {day.day: day for day in read_calendar(SHIPPED)}
    assert days[date(2026, 2, 28)] == PublishedDay(
        date(2026, 2, 28),
        True,
        "春节调休上班",
        "Make-up workday for Spring Festival",
        "国办发明电〔2025〕7号",
    )
    assert (days[date(2026, 9, 25)].workday, days[date(2026, 9, 25)].name) == (False, "中秋节")


def test_a_file_from_a_spreadsheet_is_read_in_order_of_days(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        f"\ufeff{HEADER}",
        "2027-01-02, 0 ,元旦,New Year's Day,notice",
        "",
        "2027-01-01,0,元旦,New Year's Day,notice",
    )
    assert [day.day.day for day in read_calendar(path)] == [1, 2]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("2026-02-30,0,x,x,x", "date", "not_a_date"),
        ("20260214,1,x,x,x", "date", "not_a_date"),
        ("14.02.2026,1,x,x,x", "date", "not_a_date"),
        (",1,x,x,x", "date", "blank"),
        ("2026-02-28,yes,x,x,x", "workday", "not_0_or_1"),
        ("2026-02-28,,x,x,x", "workday", "not_0_or_1"),
        # Friday the 13th instead of Saturday the 14th: the make-up day would be lost in silence.
        ("2026-02-13,1,x,x,x", "workday", "usual_workday"),
        ("2026-02-28,1,,x,x", "name_zh", "blank"),
        ("2026-02-28,1,x,x,", "source", "blank"),
        ("2026-02-14,1,x,x,x", "date", "twice"),
        ("2026-02-28,1,x,x", "calendar", "wrong_width"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(
    tmp_path: Path, row: str, field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_calendar(_written(tmp_path, HEADER, GOOD, "", row))
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert refused.value.values["line"] == 4


def test_wrong_columns_and_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_calendar(_written(tmp_path, "day,workday", GOOD))
    assert (refused.value.reason, refused.value.values["line"]) == ("wrong_columns", 1)
    with pytest.raises(InvalidInput) as refused:
        read_calendar(_written(tmp_path, HEADER, GOOD, encoding="gb18030"))
    assert refused.value.reason == "unreadable"
    with pytest.raises(InvalidInput) as refused:
        read_calendar(tmp_path / "missing.csv")
    assert refused.value.reason == "unreadable"


def test_the_next_year_is_published_from_a_file_and_a_bad_file_changes_nothing(
    app: Flask, tmp_path: Path
) -> None:
    new_year = "2027-01-01,0,元旦,New Year's Day,notice"
    make_up = "2027-01-03,1,元旦调休上班,Make-up workday for New Year's Day,notice"
    told: list[int] = []
    with pytest.raises(InvalidInput):
        load(
            _written(tmp_path, HEADER, new_year, new_year),
            DISTRICT,
            now=NOON,
            progress=told.append,
        )
    with read_only() as session:
        assert references.of(session, DISTRICT).calendar.last == date(2026, 12, 31)
    published, moved = load(
        _written(tmp_path, HEADER, new_year, make_up), DISTRICT, now=NOON, progress=told.append
    )
    assert (published.years, published.days, told[-1]) == ((2027,), 2, moved)
    with read_only() as session:
        known = references.of(session, DISTRICT).calendar
    assert (known.last, known.first) == (date(2027, 12, 31), date(2019, 1, 1))
    assert not known.is_workday(date(2027, 1, 1)) and known.is_workday(date(2027, 1, 3))
