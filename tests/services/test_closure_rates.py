"""The worked example of closure rates: one month of cases, four meanings of "closed".

June: 40 open at its beginning; 200 received, of which 10 become void, 15 are merged and 5
transferred; of the 170 valid ones 140 are closed by its end, and 28 older ones. 150 of the
170 fall due in June; 136 of those are closed, 120 in time.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from gridgov.domain.workflow import CaseState
from gridgov.services import figures, imports, merging, reporters, stocks
from gridgov.services import reference as references
from gridgov.services.imported import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT, GRID, inside, person
from tests.support.number_checks import assert_everything_agrees, fold_all, view_of

ZONE = ZoneInfo("Asia/Shanghai")
JUNE, LAST = date(2020, 6, 1), date(2020, 6, 30)
END = datetime(2020, 6, 30, 20, tzinfo=ZONE)
IN_TIME, LATE = datetime(2020, 6, 12, 9, tzinfo=ZONE), datetime(2020, 6, 28, 9, tzinfo=ZONE)
DUE, DUE_LATER = datetime(2020, 6, 20, 17, tzinfo=ZONE), datetime(2020, 7, 10, 17, tzinfo=ZONE)
NO_END = None


def the_month() -> None:
    """Import what is closed or open, and let people void and merge the rest."""
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        where = locate(reference, inside(session, GRID), "0101", None)
    prepared = list(requests())
    past = [
        PastRequest(
            external_id=uuid4().hex,
            opened_at=opened + timedelta(minutes=number),
            outcome=outcome,
            category_code="0101",
            placement=where,
            ended_at=ended,
            target_at=target,
            text=name,
        )
        for number, (name, opened, outcome, ended, target) in enumerate(prepared)
    ]
    with unit_of_work() as session:
        batch = imports.prepare(past, reference, source="june", now=END)
        imports.write(session, batch)
    end_some()
    fold_all()


Request = tuple[str, datetime, Outcome, datetime | None, datetime]


def requests() -> Iterator[Request]:
    """Yield (what it is for, opened, how it ended, when, its limit)."""
    may, june = datetime(2020, 5, 11, 9, tzinfo=ZONE), datetime(2020, 6, 3, 9, tzinfo=ZONE)
    shut, still = Outcome.CLOSED, Outcome.OPEN
    plan = (
        (28, "old", may, shut, IN_TIME, datetime(2020, 5, 20, 17, tzinfo=ZONE)),
        (12, "old", may, still, NO_END, datetime(2020, 5, 20, 17, tzinfo=ZONE)),
        (120, "in time", june, shut, IN_TIME, DUE),
        (16, "late", june, shut, LATE, DUE),
        (4, "before it is due", june, shut, LATE, DUE_LATER),
        (14, "overdue", june, still, NO_END, DUE),
        (16, "young", june, still, NO_END, DUE_LATER),
        (5, "elsewhere", june, Outcome.TRANSFERRED, IN_TIME, DUE),
        (10, "void", june, still, NO_END, DUE),
        (15, "merged", june, still, NO_END, DUE),
    )
    for number, name, opened, outcome, ended, target in plan:
        yield from ((name, opened, outcome, ended, target) for _ in range(number))


def end_some() -> None:
    """Let reporters take ten back, and the dispatcher merge fifteen into an open one."""
    with unit_of_work() as session:
        told = {
            name: list(session.execute(ids.where(Report.text == name)))
            for name in ("void", "merged", "young")
            for ids in [select(Report.id, Report.case_id)]
        }
        desk = person(session, "dispatcher")
        for report_id, _case in told["void"]:
            reporters.withdraw(session, report_id, now=IN_TIME)
        into = told["young"][0].case_id
        for _report, case_id in told["merged"]:
            merging.merge(session, case_id, into, by=desk, now=IN_TIME)
        session.flush()
        assert session.get_one(Case, into).state == CaseState.SUBMITTED


def test_four_closure_rates_of_one_month(stage: Flask) -> None:
    the_month()
    codes = ["closure_flow", "closure_rate", "closure_due", "closure_due_on_time"]
    codes += ["closure_should", "closure_should_on_time"]
    with read_only() as session:
        view = view_of(GRID, JUNE, LAST)
        found = figures.values(session, view, codes, now=END)[GRID]
        parts = [(found[code].numerator, found[code].denominator) for code in codes]
        assert parts == [(168, 170), (140, 170), (136, 150), (120, 150), (140, 154), (124, 154)]
        shown = [f"{100 * (found[code].value or 0):.1f}" for code in codes[:4]]
        assert shown == ["98.8", "82.4", "90.7", "80.0"]
        assert f"{100 * (found['closure_rate'].maturity or 0):.1f}" == "88.2"
        stock = stocks.stock(session, view, now=END)
        assert (stock.opening, stock.closing, stock.difference) == (40, 42, 0)
        assert stock.came == {"received": 200, "reopened": 0, "taken_back": 0}
        ends = {"closed": 168, "rejected": 0, "void": 10, "merged": 15, "transferred": 5}
        assert stock.went == ends
    assert_everything_agrees(END, [(JUNE, LAST)])

    assert_told_the_same_a_year_later()


def assert_told_the_same_a_year_later() -> None:
    """What was printed at the end of June is still to be had; meanwhile everything is due."""
    later = END + timedelta(days=365)
    codes = ["closure_rate", "closure_should", "maturity", "overdue"]
    with read_only() as session:
        view = view_of(GRID, JUNE, LAST)
        then = figures.values(session, view, codes, now=later, as_of=END)[GRID]
        at_once = figures.values(session, view, codes, now=END)[GRID]
        now = figures.values(session, view, codes, now=later)[GRID]
    assert then == at_once
    assert now["maturity"].value == 1
    assert now["closure_should"].denominator == 170


def test_nothing_divided_by_nothing_is_none(stage: Flask) -> None:
    with read_only() as session:
        view = view_of(GRID, date(2001, 1, 1), date(2001, 1, 31))
        found = figures.values(session, view, ["closure_rate", "close_median"], now=END)[GRID]
    assert [one.value for one in found.values()] == [None, None]
    assert not found["closure_rate"].rankable
