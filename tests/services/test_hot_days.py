"""What a board warns of: a surge, a spot where it comes again and again, what is due today."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.domain.counters import Dim
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.indicator_model import Part
from gridgov.services import behind, breakdowns, due_today, hot_spots, imports, surges, trends
from gridgov.services import reference as references
from gridgov.services.behind import Narrowed, Question
from gridgov.services.imported import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT, GRID, inside
from tests.support.number_checks import VILLAGE, fold_all, view_of

# A Wednesday long after the sample's days, which end when it is loaded.
TODAY = datetime.now(UTC).date() + timedelta(days=100)
TODAY += timedelta(days=(2 - TODAY.weekday()) % 7)
NOON = datetime.combine(TODAY, time(4), UTC)


def come(session: Session, number: int, spot: LonLat, *, at: datetime, due: datetime) -> None:
    """Let cases of one class come in at one spot."""
    reference = references.of(session, DISTRICT)
    past = [
        PastRequest(
            external_id=uuid4().hex,
            opened_at=at - timedelta(minutes=one),
            outcome=Outcome.OPEN,
            category_code="0402",
            placement=locate(reference, spot, "0402", None),
            target_at=due,
            position=spot,
        )
        for one in range(number)
    ]
    imports.write(session, imports.prepare(past, reference, source="day", now=at))


def test_a_day_with_a_burst_of_one_class_at_one_spot(stage: Flask) -> None:
    with read_only() as session:
        before = surges.surges(session, view_of(GRID, TODAY, TODAY), now=NOON)
        spot = inside(session, GRID)
    assert before == []
    with unit_of_work() as session:
        come(session, 12, spot, at=NOON, due=NOON + timedelta(hours=3))
    fold_all()
    with read_only() as session:
        view = view_of(VILLAGE, TODAY, TODAY)
        told = surges.surges(session, view_of(DISTRICT, TODAY, TODAY), now=NOON)
        assert [(one.area, one.category) for one in told if one.category] == [(DISTRICT, "0402")]
        assert (DISTRICT, None) in [(one.area, one.category) for one in told]
        assert {one.count for one in told} == {12}
        # A week later it is the past, and no surge.
        later = NOON + timedelta(days=7)
        assert surges.surges(session, view, now=later) == []

        (point,) = hot_spots.repeat_points(session, view).spots
        assert (point.cases, point.open, point.category, point.newest_on) == (12, 12, "0402", TODAY)
        assert (round(spot.lon - point.lon, 3), round(spot.lat - point.lat, 3)) == (0, 0)
        (hot,) = hot_spots.hot_spots(session, view).spots
        assert (hot.cell, hot.cases, hot.category) == (point.cell, 12, None)
        asked = Question(view, "received", narrowed=Narrowed(cell=point.cell, category="0402"))
        cases = behind.cases_of(session, asked, now=NOON)
        assert len(cases) == 12

        due = due_today.due_today(session, view, now=NOON)
        assert (due.due, due.closed, len(due.cases)) == (12, 0, 12)
        assert {one.case_id for one in due.cases} == {one.case_id for one in cases}
        assert due_today.due_today(session, view, now=later).cases == ()


def test_pages_of_cases_follow_on_and_a_wrong_mark_is_refused(stage: Flask) -> None:
    fold_all()
    with read_only() as session:
        around = timedelta(days=400)
        view = view_of(DISTRICT, TODAY - around, TODAY + around)
        asked = Question(view, "reported")
        whole = behind.cases_of(session, asked, now=NOON)
        found: list[behind.Behind] = []
        after = None
        while page := behind.cases_of(session, asked, now=NOON, after=after, limit=7):
            found += page
            after = page[-1].mark
        assert found[: len(whole)] == whole
        assert len({one.case_id for one in found}) == len(found) > 20
        for mark in ("", "x", "2026-11-18/nobody", "1/2/3"):
            with pytest.raises(InvalidInput):
                behind.cases_of(session, asked, now=NOON, after=mark)
        with pytest.raises(InvalidInput):
            behind.cases_of(session, Question(view, "received", Part.DENOMINATOR), now=NOON)


@pytest.mark.parametrize("code", ["close_median", "closed_flow", "maturity", "closure_should"])
def test_what_cannot_be_cut_is_refused(stage: Flask, code: str) -> None:
    with read_only() as session:
        view = view_of(DISTRICT, TODAY, TODAY)
        with pytest.raises(InvalidInput):
            breakdowns.breakdown(session, view, code, Dim.UNIT)


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 1, 1), date(2026, 3, 31), (date(2025, 10, 1), date(2025, 12, 31))),
        (date(2026, 3, 2), date(2026, 3, 8), (date(2026, 2, 23), date(2026, 3, 1))),
    ],
    ids=["month", "quarter", "week"],
)
def test_the_period_before(first: date, last: date, before: tuple[date, date]) -> None:
    assert trends.period_before(first, last) == before


def test_a_year_before_a_leap_day() -> None:
    assert trends.year_back(date(2028, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        (date(2029, 2, 1), date(2029, 2, 28), (date(2028, 2, 1), date(2028, 2, 29))),
        (date(2028, 2, 1), date(2028, 2, 29), (date(2027, 2, 1), date(2027, 2, 28))),
        (date(2028, 2, 26), date(2028, 2, 28), (date(2027, 2, 26), date(2027, 2, 28))),
        (date(2028, 1, 1), date(2028, 12, 31), (date(2027, 1, 1), date(2027, 12, 31))),
    ],
    ids=["february after a leap year", "leap february", "days before the leap day", "year"],
)
def test_the_same_days_of_the_year_before(
    first: date, last: date, before: tuple[date, date]
) -> None:
    assert trends.year_before(first, last) == before
