"""The roster where days, nights and two people meet: single days, midnight, one cover for two."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gridgov.domain.assignment import DutyKind, OnDuty
from gridgov.services import arranging, leaves, relief, vacancies
from gridgov.services.arranging import NewDuty, NewShift
from gridgov.services.leaves import Wanted
from gridgov.storage import people
from gridgov.storage import rosters as store
from gridgov.storage.cases import Case, Task
from gridgov.storage.people import Duty, Person
from gridgov.storage.rosters import HandOver
from tests.support.acts import DISTRICT, GRID, NOON, case_of, person, report

VILLAGE, TOWN = "440608004025", "440608004"
TODAY = date(2026, 11, 18)  # a Wednesday in Gaoming
DAY = timedelta(days=1)
TOMORROW = NOON + DAY


@pytest.fixture(autouse=True)
def alone(rolled: Session) -> None:
    """Let the two of the grid begin with empty hands: the sample gave them cases."""
    theirs = [id_of(rolled, "worker"), id_of(rolled, "deputy")]
    other = id_of(rolled, "w1000")
    for column in (Case.assignee_id, Case.checker_id, Task.person_id):
        change = update(column.class_).where(column.in_(theirs)).values({column.key: other})
        rolled.execute(change.execution_options(synchronize_session=False))


def id_of(session: Session, username: str) -> UUID:
    found = person(session, username).person_id
    assert found is not None
    return found


def holder_of(session: Session, now: datetime) -> str:
    case = case_of(session, report(session, now=now))
    if case.assignee_id is None:
        return f"unit {case.unit_code}"
    return session.get_one(Person, case.assignee_id).username


def one_day(session: Session, who: str, day: date, opens: str, closes: str) -> None:
    hours = (time.fromisoformat(opens), time.fromisoformat(closes))
    new = NewShift(id_of(session, who), *hours, on=day)
    arranging.add_shift(session, new, by=person(session, "supervisor"), now=NOON)


def away(session: Session, who: str, begin: datetime, end: datetime, cover: str = "") -> UUID:
    """Let somebody be on leave, granted; return the leave."""
    by = person(session, who)
    wanted = Wanted(begin, end, "leave", id_of(session, cover) if cover else None)
    leave = leaves.ask(session, id_of(session, who), wanted, by=by, now=NOON)
    leaves.decide(session, leave.id, granted=True, by=person(session, "supervisor"), now=NOON)
    return leave.id


def test_hours_of_one_day_say_nothing_of_the_other_days(rolled: Session) -> None:
    one_day(rolled, "worker", TODAY + DAY, "08:00", "12:00")
    assert holder_of(rolled, NOON) == "worker"  # the day before: at any hour
    assert holder_of(rolled, NOON + DAY) == "worker"  # 10:00
    assert holder_of(rolled, NOON + DAY + timedelta(hours=4)) == "deputy"  # 14:00
    assert holder_of(rolled, NOON + 2 * DAY) == "worker"
    assert holder_of(rolled, NOON + 30 * DAY) == "worker"


def test_a_night_of_one_day_ends_on_the_next_morning(rolled: Session) -> None:
    night = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # 23:00
    new = NewDuty(VILLAGE, id_of(rolled, "w1640"), str(DutyKind.NIGHT), TODAY, TODAY)
    arranging.add_duty(rolled, new, by=person(rolled, "supervisor"), now=NOON)
    assert holder_of(rolled, night - DAY + timedelta(hours=4)) == "worker"  # 03:00, not begun
    assert holder_of(rolled, night) == "w1640"
    assert holder_of(rolled, night + timedelta(hours=4)) == "w1640"  # 03:00 of the next day
    assert holder_of(rolled, night + timedelta(hours=10)) == "worker"
    assert holder_of(rolled, night + DAY) == "worker"


def test_who_has_one_night_keeps_the_cases_of_it_over_the_day_after(rolled: Session) -> None:
    night = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # 23:00
    for duty in rolled.scalars(select(Duty).where(Duty.person_id == id_of(rolled, "w1640"))):
        duty.ends_on = TODAY - DAY
    new = NewDuty(VILLAGE, id_of(rolled, "w1640"), str(DutyKind.NIGHT), TODAY, TODAY)
    arranging.add_duty(rolled, new, by=person(rolled, "supervisor"), now=NOON)
    case = case_of(rolled, report(rolled, now=night))
    after_midnight = night + timedelta(hours=2)
    leaves.strays(rolled, DISTRICT, now=after_midnight)
    assert case.assignee_id == id_of(rolled, "w1640")
    assert VILLAGE in {grant.area_code for grant in person(rolled, "w1640", after_midnight).grants}
    evening = night + timedelta(hours=20)  # 19:00: time to end what came in, or to pass it on
    leaves.strays(rolled, DISTRICT, now=evening)
    assert case.assignee_id == id_of(rolled, "w1640")
    leaves.strays(rolled, DISTRICT, now=night + DAY + timedelta(hours=2))
    assert case.assignee_id == id_of(rolled, "worker")


def test_who_covers_two_leaves_of_the_same_days_keeps_the_one_that_goes_on(
    rolled: Session,
) -> None:
    other = rolled.scalars(
        select(Duty)
        .where(Duty.kind == "lead", Duty.area_code.like(f"{VILLAGE}%"))
        .where(Duty.area_code != GRID)
        .order_by(Duty.area_code)
    ).first()
    assert other is not None
    username = rolled.get_one(Person, other.person_id).username
    first = away(rolled, "worker", TOMORROW, NOON + 6 * DAY, cover="w0500")
    away(rolled, username, TOMORROW, NOON + 6 * DAY, cover="w0500")
    rolled.flush()
    assert {GRID, other.area_code} <= covered(rolled, TOMORROW)
    leaves.end(rolled, first, by=person(rolled, "worker"), now=NOON + 2 * DAY)
    later = covered(rolled, NOON + 3 * DAY)
    assert GRID not in later
    assert other.area_code in later


def test_who_covers_both_of_a_grid_stays_until_both_are_back(rolled: Session) -> None:
    away(rolled, "worker", TOMORROW, NOON + 6 * DAY, cover="w0500")
    second = away(rolled, "deputy", TOMORROW, NOON + 6 * DAY, cover="w0500")
    leaves.end(rolled, second, by=person(rolled, "deputy"), now=NOON + 2 * DAY)
    assert GRID in covered(rolled, NOON + 3 * DAY)


@pytest.mark.parametrize(("begin", "end"), [(20, 30), (1, 3)], ids=["later", "before"])
def test_a_cover_ends_with_who_is_back_though_it_is_given_again_on_other_days(
    rolled: Session, begin: int, end: int
) -> None:
    first = away(rolled, "worker", NOON + 5 * DAY, NOON + 10 * DAY, cover="w0500")
    away(rolled, "deputy", NOON + begin * DAY, NOON + end * DAY, cover="w0500")
    now = NOON + (7 if begin > 1 else 2) * DAY
    leaves.end(rolled, first, by=person(rolled, "worker"), now=now)
    assert GRID not in covered(rolled, NOON + 9 * DAY)
    assert GRID in covered(rolled, NOON + (begin + 1) * DAY)


def covered(session: Session, now: datetime) -> set[str | None]:
    return {grant.area_code for grant in person(session, "w0500", now).grants}


def test_what_the_taker_lost_too_comes_back_with_who_returns(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    leave = away(rolled, "worker", TOMORROW, NOON + 6 * DAY)
    leaves.sweep(rolled, DISTRICT, now=TOMORROW)
    deputy = id_of(rolled, "deputy")
    assert case.assignee_id == deputy
    rolled.get_one(Person, deputy).active = False
    rolled.flush()
    leaves.strays(rolled, DISTRICT, now=TOMORROW + timedelta(hours=1))
    assert case.assignee_id not in {None, deputy}
    offered = store.of_leave(rolled, leave)
    assert [one.is_waiting for one in offered] == [False, True]  # the deputy gives no receipt
    leaves.end(rolled, leave, by=person(rolled, "worker"), now=TOMORROW + timedelta(hours=2))
    assert case.assignee_id == id_of(rolled, "worker")


def test_more_than_a_sweep_moves_still_comes_back_with_who_returns(rolled: Session) -> None:
    deputy = id_of(rolled, "deputy")
    own, many = case_of(rolled, report(rolled)), relief.BATCH + 3
    own.assignee_id = deputy  # goes first: what is left lies in both offers
    numbers = [report(rolled).case_number for _ in range(many)]
    leave = away(rolled, "worker", TOMORROW, NOON + 6 * DAY)
    leaves.sweep(rolled, DISTRICT, now=TOMORROW)
    leaves.strays(rolled, DISTRICT, now=TOMORROW)
    rolled.get_one(Person, deputy).active = False
    rolled.flush()
    moved = leaves.strays(rolled, DISTRICT, now=TOMORROW + timedelta(hours=1))
    waits = [len(one.items) for one in store.waiting_for(rolled, deputy)]
    assert sum(waits) == many + 1 - relief.BATCH  # no more than what lies there still
    moved += leaves.strays(rolled, DISTRICT, now=TOMORROW + timedelta(hours=1))
    assert not store.waiting_for(rolled, deputy)
    assert {one.leave_id for one in moved if own.number not in numbers_in(one)} == {leave}
    leaves.end(rolled, leave, by=person(rolled, "worker"), now=TOMORROW + timedelta(hours=2))
    back = select(func.count()).where(Case.assignee_id == id_of(rolled, "worker"))
    assert rolled.scalar(back.where(Case.number.in_(numbers))) == many
    assert own.assignee_id != id_of(rolled, "worker")


def numbers_in(one: HandOver) -> list[str]:
    return [item["number"] for item in one.items]


def test_a_leave_is_rehearsed_with_all_that_is_open_and_moves_all_of_it(rolled: Session) -> None:
    many = relief.BATCH + 3
    for _ in range(many):
        report(rolled)
    worker = person(rolled, "worker")
    wanted = Wanted(TOMORROW, NOON + 6 * DAY, "leave")
    leave = leaves.ask(rolled, id_of(rolled, "worker"), wanted, by=worker, now=NOON)
    assert len(leaves.rehearse(rolled, leave, NOON)) == many
    leaves.decide(rolled, leave.id, granted=True, by=person(rolled, "supervisor"), now=NOON)
    leaves.sweep(rolled, DISTRICT, now=TOMORROW)
    leaves.strays(rolled, DISTRICT, now=TOMORROW)
    leaves.end(rolled, leave.id, by=worker, now=TOMORROW + timedelta(hours=2))
    back = select(func.count()).where(Case.assignee_id == id_of(rolled, "worker"))
    assert rolled.scalar(back.where(Case.state == "dispatched")) == many


def test_a_night_duty_from_above_does_not_hide_that_a_grid_has_nobody(rolled: Session) -> None:
    people.add_duty(rolled, DISTRICT, TOWN, OnDuty(id_of(rolled, "w1640"), DutyKind.NIGHT), TODAY)
    for duty in rolled.scalars(select(Duty).where(Duty.area_code == GRID)):
        duty.ends_on = TODAY - DAY
    assert vacancies.sweep(rolled, DISTRICT, now=NOON) == 1
    midnight = NOON + timedelta(hours=14)
    assert vacancies.sweep(rolled, DISTRICT, now=midnight) == 0  # and it is no news at night
    assert set(store.vacancies(rolled, DISTRICT)) == {GRID}
