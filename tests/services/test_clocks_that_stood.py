"""A case whose clock stood shows what it has used: the lamp, and what is told before the end."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import Lamp
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action
from gridgov.services import casework, deadlines
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.storage import applications
from gridgov.storage.cases import Case
from tests.support.acts import (
    DISTRICT,
    case_of,
    do,
    person,
    report,
    set_ladder,
)

MINUTE = timedelta(minutes=1)
FRIDAY = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 14:00 in Gaoming
EVENING = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)  # 21:00
MONDAY = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 08:30


def lamp(session: Session, case: Case, now: datetime) -> Lamp:
    reference = references.of(session, DISTRICT)
    return deadlines.lamp_of(case, reference.category_of(case), reference, now)


@pytest.mark.parametrize(("asked", "minutes_used"), [(90, 90), (210, 210)])
def test_a_case_answered_in_the_evening_has_used_what_it_had_used(
    rolled: Session, asked: int, minutes_used: int
) -> None:
    receipt = report(rolled, now=FRIDAY)  # to be handled within 4 working hours
    case, worker = case_of(rolled, receipt), person(rolled, "worker")
    do(rolled, case, Action.SIGN, worker, FRIDAY + MINUTE)
    do(rolled, case, Action.ASK_INFO, worker, FRIDAY + asked * MINUTE, text="是哪一栋？")
    assert lamp(rolled, case, EVENING) is Lamp.GREY
    resident = Actor.resident(DISTRICT, report_id=receipt.report_id)
    given = Given(text="三栋")
    casework.perform(rolled, case.id, Action.ANSWER, by=resident, now=EVENING, given=given)
    left = (240 - minutes_used) * MINUTE
    due = MONDAY + left if left <= 210 * MINUTE else MONDAY + left + 120 * MINUTE
    assert case.due_at == due
    yellow = due - 48 * MINUTE  # a fifth of four hours before the end
    assert lamp(rolled, case, max(MONDAY, yellow)) is Lamp.YELLOW
    assert lamp(rolled, case, due - MINUTE) is Lamp.YELLOW
    if yellow > MONDAY:
        assert lamp(rolled, case, yellow - MINUTE) is Lamp.GREEN


def test_a_case_merged_before_it_was_signed_keeps_the_time_it_had_to_be_signed(
    rolled: Session,
) -> None:
    case = case_of(rolled, report(rolled, now=FRIDAY))  # to be signed within 2 working hours
    other = case_of(rolled, report(rolled, now=FRIDAY, text="另一处垃圾"))
    desk = person(rolled, "dispatcher")
    do(rolled, case, Action.MERGE, desk, FRIDAY + 90 * MINUTE, case_id=other.id)
    do(rolled, case, Action.UNMERGE, desk, EVENING, text="不是同一处")
    assert case.stage_due_at == MONDAY + 30 * MINUTE
    assert lamp(rolled, case, MONDAY) is Lamp.GREEN  # three quarters are used
    assert lamp(rolled, case, MONDAY + 7 * MINUTE) is Lamp.YELLOW


def test_more_time_for_a_dangerous_case_of_a_mild_class_is_reckoned_by_its_own_clock(
    rolled: Session,
) -> None:
    """From severity 3 on four working hours are four hours: at most eight with more time."""
    set_ladder(rolled, on=True)
    case, worker = case_of(rolled, report(rolled, now=FRIDAY)), person(rolled, "worker")
    reference = references.of(rolled, DISTRICT)
    case.severity = 3
    deadlines.start(case, reference.category_of(case), reference, FRIDAY)
    do(rolled, case, Action.SIGN, worker, FRIDAY + MINUTE)
    assert case.due_at == FRIDAY + 240 * MINUTE
    soon = FRIDAY + 2 * MINUTE
    with pytest.raises(InvalidInput) as refused:
        far = FRIDAY + 481 * MINUTE
        do(rolled, case, Action.ASK_EXTENSION, worker, soon, text="缺料", until=far)
    assert (refused.value.field, refused.value.reason) == ("until", "too_long")
    assert refused.value.values["latest"] == (FRIDAY + 480 * MINUTE).isoformat()
    until = FRIDAY + 361 * MINUTE  # more than half of four hours: the level above decides
    do(rolled, case, Action.ASK_EXTENSION, worker, soon, text="缺料", until=until)
    (asked,) = applications.of_case(rolled, case.id)
    assert asked.level == "town"
