"""How long it took, while a day is running: open cases count up to the age they have."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.fact_view import FactView
from gridgov.domain.indicators import contribution
from gridgov.domain.scope import CaseClass
from gridgov.domain.spells import bin_of
from gridgov.services import figures, spells
from gridgov.services.board import View
from gridgov.storage import facts
from tests.support.acts import DISTRICT, GRID

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2031, 3, 5)  # a Wednesday of which the sample knows nothing
AT_THREE = datetime.combine(DAY, time(15), ZONE)
TOWN = GRID[:9]
DURATIONS = ("close_median", "close_p90", "response_median", "response_p90")


def came_at(hour: int, *, closed_after: int | None = None, answered: bool = True) -> FactView:
    """A case of the day: of an hour, closed after so many minutes or open."""
    passed = {"responded": 30, "response": True} if answered else {}
    return FactView(
        valid=True,
        closed=closed_after is not None,
        on_time=closed_after is not None,
        confidential=False,
        areas=(DISTRICT, TOWN),
        received_on=DAY,
        due_on=DAY + timedelta(days=1),
        state="handling" if closed_after is None else "closed",
        kinds="dt",
        hour=24 * DAY.weekday() + hour,
        closed_after=closed_after,
        passed=passed,
    )


def hours_at(session: Session, now: datetime, as_of: datetime | None = None) -> dict[str, object]:
    view = View(DISTRICT, TOWN, DAY, DAY, frozenset(CaseClass))
    found = figures.values(session, view, DURATIONS, now=now, as_of=as_of)[TOWN]
    return {code: found[code].value for code in DURATIONS}


def tell(session: Session, *cases: FactView) -> None:
    for case in cases:
        facts.add(session, DISTRICT, contribution(case, DAY))


def test_who_waits_since_the_morning_was_at_risk_all_the_time(rolled: Session) -> None:
    # Two of six are closed: nobody can say after how long half of them are, nor nine in ten.
    tell(rolled, came_at(8, closed_after=210), came_at(8, closed_after=212))
    tell(rolled, *(came_at(hour) for hour in (8, 8, 9, 9)))
    found = hours_at(rolled, AT_THREE)
    assert found["close_median"] is None
    assert found["close_p90"] is None
    assert found["response_p90"] == pytest.approx(0.5, rel=0.05)


def test_who_came_an_hour_ago_was_not_at_risk_for_three(rolled: Session) -> None:
    # Both that could be closed after two and a half hours were: the others came at two.
    tell(rolled, came_at(8, closed_after=150), came_at(9, closed_after=150))
    tell(rolled, *(came_at(14, answered=False) for _ in range(4)))
    found = hours_at(rolled, AT_THREE)
    assert found["close_median"] == pytest.approx(2.5, rel=0.05)
    assert found["close_p90"] == pytest.approx(2.5, rel=0.05)


def test_a_figure_of_now_is_the_one_that_is_told_of_it_afterwards(rolled: Session) -> None:
    tell(rolled, came_at(8, closed_after=100), came_at(9, closed_after=300))
    tell(rolled, *(came_at(hour, answered=hour % 2 == 0) for hour in (7, 8, 10, 11, 13)))
    assert hours_at(rolled, AT_THREE) == hours_at(
        rolled, AT_THREE + timedelta(minutes=1), as_of=AT_THREE
    )


@pytest.mark.parametrize(
    ("hour", "at", "minutes"),
    [(8, time(15), 390), (14, time(15), 30), (15, time(15, 20), 10), (16, time(15), 0)],
)
def test_a_case_came_in_the_middle_of_its_hour_as_far_as_it_is_over(
    hour: int, at: time, minutes: int
) -> None:
    moment = datetime.combine(DAY, at, ZONE)
    assert spells.age(DAY, ZONE, moment, hour) == bin_of(minutes)
