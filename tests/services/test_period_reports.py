"""Reports of periods: what they say, that they are kept, and that a correction is told."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain import books
from gridgov.domain.books import Book, Cell, Table
from gridgov.domain.counters import Dim
from gridgov.domain.errors import InvalidInput
from gridgov.domain.fact_view import FactView
from gridgov.domain.indicators import contribution
from gridgov.domain.report_periods import PeriodKind, ReportPeriod, containing
from gridgov.domain.scope import CaseClass
from gridgov.services import breakdowns, figures, indicators, period_reports
from gridgov.services.board import View
from gridgov.storage import facts
from gridgov.storage.cases import Case
from gridgov.storage.facts import first_day
from gridgov.storage.period_reports import PeriodReport

DISTRICT = "440608"
NOW = datetime.now(UTC)


def folded(session: Session) -> None:
    while indicators.fold_pending(session, DISTRICT):
        session.flush()


def month(session: Session) -> ReportPeriod:
    folded(session)
    day = first_day(session, DISTRICT)
    assert day is not None
    return containing(PeriodKind.YEAR, day)


def view(period: ReportPeriod, area: str = DISTRICT) -> View:
    return View(DISTRICT, area, period.first, period.last, frozenset({CaseClass.OPEN}))


def make(
    session: Session,
    period: ReportPeriod,
    *,
    language: str = "zh",
    area: str = DISTRICT,
    now: datetime = NOW,
) -> PeriodReport:
    return period_reports.make(session, view(period, area), period, language=language, now=now)


def table(book: Book, start: str) -> Table:
    return next(one for one in book.tables() if one.title.startswith(start))


def number(cell: Cell) -> int:
    """A cell that is a number of cases."""
    assert isinstance(cell, int)
    return cell


def test_the_report_says_what_the_indicators_say(rolled: Session) -> None:
    period = month(rolled)
    made = make(rolled, period)
    book = books.from_json(made.book)
    found = figures.values(rolled, view(period), ["received", "closure_rate"], now=NOW)[DISTRICT]
    rate = found["closure_rate"]
    counts = {row[0]: row[1] for row in table(book, "事件数量").rows}
    assert counts["有效受理数"] == found["received"].numerator == rate.denominator
    assert rate.denominator
    share = next(
        row for row in table(book, "比率").rows if row[1:3] == [rate.numerator, rate.denominator]
    )
    assert share[3] == rate.value
    (said,) = [
        block
        for block in book.sections[0].blocks
        if isinstance(block, str) and "办结率" in block and "受理有效事件" in block
    ]
    assert f"{rate.numerator:,}/{rate.denominator:,}" in said
    assert "到期日已到" in said


def test_parts_add_up_to_the_whole_and_the_stock_balances(rolled: Session) -> None:
    book = books.from_json(make(rolled, month(rolled)).book)
    areas = table(book, "各区域")
    assert areas.total is not None
    for column in (1, 2, 4, 5, 7):
        assert sum(number(row[column]) for row in areas.rows) == areas.total[column]
    stock = table(book, "存量")
    signs = [1, *(1 if str(row[0]).startswith("+") else -1 for row in stock.rows[1:])]
    numbers = [number(row[1]) for row in stock.rows]
    assert stock.total is not None
    assert sum(s * n for s, n in zip(signs, numbers, strict=True)) == stock.total[1]


def test_cases_in_none_of_the_areas_are_a_row_so_that_the_rows_add_up(rolled: Session) -> None:
    period = month(rolled)
    somewhere = FactView(
        valid=True,
        closed=True,
        on_time=True,
        confidential=False,
        areas=(DISTRICT,),
        received_on=period.first,
        due_on=period.first,
        state="closed",
    )
    before = table(books.from_json(make(rolled, period).book), "各区域")
    facts.add(rolled, DISTRICT, contribution(somewhere, period.first))
    areas = table(books.from_json(make(rolled, period).book), "各区域")
    assert areas.rows[:-1] == before.rows
    assert areas.rows[-1] == ["未定到以上区域", 1, 1, None, 1, 1, None, 0]
    assert areas.total is not None
    for column in (1, 2, 4, 5, 7):
        assert sum(number(row[column]) for row in areas.rows) == areas.total[column]


def test_classes_that_are_not_listed_are_one_row_so_that_the_rows_add_up(rolled: Session) -> None:
    period = month(rolled)
    rows = table(books.from_json(make(rolled, period).book), "问题类别").rows
    classes = breakdowns.breakdown(rolled, view(period), "closure_rate", Dim.CATEGORY)
    assert len(classes) > 15
    assert rows[-1][0] == f"其他 {len(classes) - 15} 项"
    assert rows[-1][1] == sum(one.denominator or 0 for one in classes[15:])
    received = figures.values(rolled, view(period), ["received"], now=NOW)[DISTRICT]["received"]
    assert sum(number(row[1]) for row in rows) == received.numerator


def test_shares_of_fewer_than_twenty_cases_are_not_written_beside_others(rolled: Session) -> None:
    book = books.from_json(make(rolled, month(rolled)).book)
    compared = [(number(row[1]), row[3]) for row in table(book, "各区域").rows]
    compared += [(number(row[4]), row[6]) for row in table(book, "各区域").rows]
    for title in ("各处置单位", "问题类别", "来源渠道"):
        compared += [(number(row[1]), row[3]) for row in table(book, title).rows]
    few = {of for of, share in compared if share is None}
    enough = {of for of, share in compared if share is not None}
    assert few and max(few) < 20 <= min(enough)


def test_asked_for_twice_it_is_the_same_edition(rolled: Session) -> None:
    period = month(rolled)
    first = make(rolled, period)
    again = make(rolled, period)
    assert again.id == first.id
    assert rolled.scalars(select(PeriodReport)).all() == [first]


def test_english_is_english_throughout(rolled: Session) -> None:
    book = books.from_json(make(rolled, month(rolled), language="en").book)
    words = [book.title, book.period, *book.colophon]
    words += [section.heading for section in book.sections]
    words += [column.name for one in book.tables() for column in one.columns]
    chinese = [word for word in words if any("一" <= sign <= "鿿" for sign in word)]
    assert chinese == []


def test_no_phone_number_and_no_confidential_case_is_in_a_report(rolled: Session) -> None:
    book = books.from_json(make(rolled, month(rolled)).book)
    told = [str(row[1]) for one in book.tables() if one.title == "典型案例" for row in one.rows]
    assert told
    confidential = rolled.scalars(select(Case.number).where(Case.confidential.is_(True))).all()
    assert not set(told) & set(confidential)


def test_a_period_before_the_launch_is_told_as_no_data(rolled: Session) -> None:
    book = books.from_json(make(rolled, month(rolled)).book)
    compared = [row[2:] for row in table(book, "事件数量").rows]
    assert compared and all(row == [None, None] for row in compared)


def test_a_year_is_compared_with_the_year_before_once(rolled: Session) -> None:
    year = month(rolled)
    quarter = containing(PeriodKind.QUARTER, year.first)
    for period, names in ((year, ["上年"]), (quarter, ["上季", "上年同期"])):
        book = books.from_json(make(rolled, period).book)
        for start in ("事件数量", "比率", "时长"):
            found = table(book, start)
            aside = [column.name for column in found.columns if column.aside]
            assert [name for name in aside if name != "变化"] == names
            assert {len(row) for row in found.rows} == {len(found.columns)}


def test_a_period_that_lies_ahead_is_refused(rolled: Session) -> None:
    period = containing(PeriodKind.MONTH, (NOW + timedelta(days=70)).date())
    with pytest.raises(InvalidInput) as refused:
        make(rolled, period)
    assert refused.value.reason == "not_begun"


def test_a_grid_has_a_report_of_its_own_without_a_table_of_areas(rolled: Session) -> None:
    period = month(rolled)
    grid = rolled.scalars(select(Case.grid_code).where(Case.grid_code.is_not(None))).first()
    assert grid is not None
    book = books.from_json(make(rolled, period, area=grid).book)
    assert not [one for one in book.tables() if one.title.startswith("各区域")]
    assert book.title.endswith("网格事件年报")
