"""Quiet hours hold for what is late as well: nobody is rung at night for what was due by day."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from gridgov.domain.notices import PERSON, REPORT, Fate, Recipient, Result, Way
from gridgov.domain.workflow import Action
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.notices import Delivery
from gridgov.storage.session import unit_of_work
from tests.support import notices as desk
from tests.support.acts import DISTRICT, NOON, case_of, do, person, report
from tests.support.notices import ALL_WAYS, FILE

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVENING, NIGHT = NOON + 10.9 * HOUR, NOON + 13 * HOUR  # 20:54 and 23:00 there
MORNING = NOON + 22 * HOUR  # 08:00
PHONE = "13800138000"
SMS = frozenset({Way.SMS})

pytestmark = pytest.mark.usefixtures("nothing_told")


def turned_down() -> None:
    """A report that was not taken up: its reporter is rung, the worker asked to sign it."""
    with unit_of_work() as session:
        case_id = case_of(session, report(session, phone=PHONE)).id
    with unit_of_work() as session:
        case = session.get_one(Case, case_id)
        given = {"reason": "wrong_duty", "text": "不归我们管"}
        do(session, case, Action.RETURN, person(session, "worker"), NOON, **given)
        given = {"reason": "outside", "text": "不在本区"}
        do(session, case, Action.REJECT, person(session, "dispatcher"), NOON, **given)


def to_residents(made: list[str]) -> list[str]:
    return [one for one in made if one.startswith(f"{REPORT}:")]


def recipients() -> list[str]:
    return [one.recipient for one in desk.deliveries()]


def test_what_was_planned_by_day_and_lay_until_night_waits_for_the_morning() -> None:
    turned_down()
    desk.plan(FILE, NOON)
    desk.bundle(FILE, NIGHT)
    assert recipients() == []
    desk.bundle(FILE, MORNING - MINUTE)
    assert recipients() == []
    desk.bundle(FILE, MORNING)
    assert len(to_residents(recipients())) == 1


def test_what_a_silent_service_did_not_take_is_not_tried_again_at_night() -> None:
    turned_down()
    desk.plan(SMS, NOON)
    desk.bundle(SMS, EVENING)
    [first] = [one for one in desk.claim(EVENING) if one.way is Way.SMS]
    desk.answer(first, Result.LATER, EVENING)
    assert desk.claim(NIGHT) == []
    [again] = desk.claim(MORNING)
    assert (again.delivery_id, again.attempt) == (first.delivery_id, 2)


def test_who_asks_for_a_lost_code_at_night_gets_it() -> None:
    with unit_of_work() as session:
        report(session, phone=PHONE)
    desk.lose_code(PHONE)
    desk.plan_lost_codes()
    desk.bundle(ALL_WAYS, NIGHT)
    assert {one.way for one in desk.claim(NIGHT)} == {Way.SMS}


def test_what_waits_for_the_morning_takes_a_page_at_a_time_and_holds_up_nobody(
    asked: list[str],
) -> None:
    with unit_of_work() as session:
        made = [report(session, phone=PHONE).report_id for _ in range(7)]
        who = [str(Recipient(REPORT, str(one))) for one in made]
        session.add_all(message(one, NOON) for one in who)
        session.flush()
        session.add(message(f"{PERSON}:{person(session, 'worker').person_id}", NIGHT))
    asked.clear()
    page = desk.claim_page(NIGHT, limit=3)
    assert (page.messages, page.more) == ([], True)
    assert sum("FROM notices" in one for one in asked) == 1
    assert sum(one.due_at == MORNING for one in desk.deliveries()) == 3
    assert [one.path for one in desk.claim(NIGHT, limit=3)] == ["/staff"]


def message(recipient: str, due_at: datetime) -> Delivery:
    """A message that was tried before and is due again."""
    return Delivery(
        district_code=DISTRICT,
        recipient=recipient,
        way=str(Way.FILE),
        ways=[],
        title="高明区网格服务",
        text="已受理",
        path="/staff" if recipient.startswith(PERSON) else "/r/x",
        fate=str(Fate.READY),
        made_at=NOON,
        due_at=due_at,
    )


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The statements the database is asked."""
    told: list[str] = []

    def note(_c: object, _k: object, statement: str, *_more: object) -> None:
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield told
    event.remove(db.engine, "before_cursor_execute", note)
