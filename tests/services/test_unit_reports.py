"""Reports of one unit: its cases alone, counted as those of an area are."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gridgov.domain import books
from gridgov.domain.counters import Dim
from gridgov.domain.errors import InvalidInput
from gridgov.services import breakdowns, figures, period_reports, unit_figures
from gridgov.services import reference as references
from gridgov.services.breakdowns import Share
from gridgov.services.report_sections import CODES
from gridgov.storage.case_facts import CaseFact
from gridgov.storage.period_reports import PeriodReport
from tests.services.test_period_reports import DISTRICT, make, month, number, table, view

NOW = datetime.now(UTC)


def busiest(session: Session) -> Share:
    """The unit that was given most."""
    shares = breakdowns.breakdown(session, view(month(session)), "closure_rate", Dim.UNIT)
    return next(one for one in shares if one.key)


def of_unit(session: Session, unit: str) -> PeriodReport:
    period = month(session)
    return period_reports.make(session, view(period), period, language="zh", now=NOW, unit=unit)


def test_a_unit_that_has_every_case_has_every_figure_of_the_district(rolled: Session) -> None:
    whole = view(month(rolled))
    rolled.execute(update(CaseFact).values(unit="ONE"))
    expected = figures.values(rolled, whole, CODES, now=NOW)[DISTRICT]
    assert unit_figures.values(rolled, whole, "ONE", CODES, now=NOW) == expected
    days = unit_figures.by_day(rolled, whole, "ONE").values()
    assert sum(came for came, _closed in days) == expected["received"].numerator > 0
    assert sum(closed for _came, closed in days) == expected["closed"].numerator > 0


def test_the_report_of_a_unit_says_what_the_cut_by_unit_says(rolled: Session) -> None:
    unit = busiest(rolled)
    book = books.from_json(of_unit(rolled, unit.key).book)
    counts = {row[0]: row[1] for row in table(book, "事件数量").rows}
    assert (counts["有效受理数"], counts["结案数"]) == (unit.denominator, unit.numerator)
    areas = table(book, "各区域")
    assert areas.total is not None
    assert areas.total[1:3] == [unit.denominator, unit.numerator]
    for part in (areas, table(book, "问题类别"), table(book, "来源渠道")):
        assert sum(number(row[1]) for row in part.rows) == unit.denominator


def test_the_report_of_a_unit_names_it_and_is_apart_from_the_districts(rolled: Session) -> None:
    period = month(rolled)
    whole = make(rolled, period)
    unit = busiest(rolled)
    name = references.of(rolled, DISTRICT).units[unit.key].name
    made = of_unit(rolled, unit.key)
    book = books.from_json(made.book)
    assert (made.edition, made.unit_code) == (1, unit.key)
    assert book.title == f"{name} 网格事件年报"
    assert not [one for one in book.tables() if one.title.startswith(("各处置单位", "存量"))]
    assert "单位报告不列存量平衡表" in book.colophon[-1]
    assert of_unit(rolled, unit.key).id == made.id
    assert make(rolled, period).id == whole.id


def test_a_unit_that_is_none_is_refused(rolled: Session) -> None:
    with pytest.raises(InvalidInput) as refused:
        of_unit(rolled, "nobody")
    assert refused.value.field == "unit"
