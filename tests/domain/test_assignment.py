"""Who gets a case and who checks it, where everybody is there: the order of the posts."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from gridgov.domain.assignment import Assignment, Because, DutyKind, PassedOver, Why
from gridgov.domain.rosters import Ask, Clock, Standing, choose

LEAD, DEPUTY, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
A, B = Standing(LEAD, DutyKind.LEAD), Standing(DEPUTY, DutyKind.DEPUTY)
C = Standing(OTHER, DutyKind.DEPUTY)
NOON = Clock(datetime(2026, 11, 18, 4, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
VILLAGE = (("V1", "village_cover"),)


@pytest.mark.parametrize(
    ("standings", "person", "unit", "reason"),
    [
        ([A, B], LEAD, None, "grid_lead"),
        ([B, A], LEAD, None, "grid_lead"),
        ([C, B], DEPUTY, None, "grid_deputy"),
        ([], None, "V1", "village_cover"),
    ],
)
def test_lead_then_deputy_then_village(
    standings: list[Standing], person: UUID | None, unit: str | None, reason: str
) -> None:
    assert choose(standings, Ask({}, VILLAGE), NOON) == Assignment(person, unit, reason)


def test_a_place_without_anybody_waits_for_the_dispatcher() -> None:
    assert choose([], Ask({}), NOON) is None


@pytest.mark.parametrize(
    ("handlers", "units", "person", "unit", "reason"),
    [
        ({LEAD}, ("V1", "T1"), DEPUTY, None, "check_deputy"),
        ({DEPUTY}, ("V1", "T1"), LEAD, None, "check_lead"),
        (set(), ("V1", "T1"), DEPUTY, None, "check_deputy"),
        ({LEAD, DEPUTY}, ("V1", "T1"), None, "V1", "check_V1"),
        ({LEAD, DEPUTY}, ("T1",), None, "T1", "check_T1"),
    ],
)
def test_deputy_then_lead_then_the_units_check(
    handlers: set[UUID], units: tuple[str, ...], person: UUID | None, unit: str | None, reason: str
) -> None:
    barred = dict.fromkeys(handlers, Why.HANDLED)
    ask = Ask(barred, tuple((code, f"check_{code}") for code in units), check=True)
    assert choose([A, B], ask, NOON) == Assignment(person, unit, reason)


def test_a_reason_comes_back_from_the_history_as_it_was() -> None:
    passed = (
        PassedOver(LEAD, "lead", Why.ON_LEAVE, NOON.at),
        PassedOver(OTHER, "cover", Why.BUSIER),
    )
    because = Because("deputy", passed, 3, 400)
    assert Because.from_json(because.as_json()) == because
    told = Assignment(DEPUTY, None, "grid_deputy", because).told()
    assert told == {"why": "grid_deputy", "because": because.as_json()}
    assert Assignment(LEAD, None, "grid_lead").told() == {"why": "grid_lead"}
