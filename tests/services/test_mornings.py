"""The figures of the morning and finished reports: told once, to whom they were promised."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select

from gridgov.domain.messages import MessageKind
from gridgov.domain.notices import NoticeKind
from gridgov.domain.roles import Role
from gridgov.jobs import bulletins
from gridgov.services import mornings, notice_settings
from gridgov.storage import messages
from gridgov.storage.messages import ConsumerCursor, Message
from gridgov.storage.notices import Notice
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import instance
from tests.support import notices as desk
from tests.support.acts import DISTRICT, report
from tests.support.notices import FILE
from tests.support.number_checks import fold_all

# A Thursday, 8:00 in Gaoming.
EIGHT = datetime(2026, 11, 19, 0, 0, tzinfo=UTC)
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh(stage: Flask) -> Iterator[None]:
    desk.begin()
    with unit_of_work() as session:
        session.execute(delete(ConsumerCursor).where(ConsumerCursor.consumer == mornings.TELLER))
    yield


def who(role: Role) -> Person:
    with read_only() as session:
        found = session.scalars(
            select(Person)
            .join(GrantRow, GrantRow.person_id == Person.id)
            .where(GrantRow.role == str(role), Person.username.is_not(None))
            .order_by(Person.id)
        ).first()
    assert found is not None
    return found


def wish(person: Person, *, morning: bool) -> None:
    with unit_of_work() as session:
        notice_settings.save_own(
            session,
            person.id,
            ways=["mail"],
            digest=False,
            language=None,
            phone="",
            mail="",
            morning=morning,
            vault=instance().vault,
        )


def told(now: datetime) -> list[Notice]:
    """Tell what is due at a moment, plan it, and return every notice of a morning so far."""
    bulletins.tell_morning(DISTRICT, now)
    desk.plan(FILE, now)
    with read_only() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == str(NoticeKind.MORNING)))
        return list(rows)


def test_who_wants_the_morning_is_told_once_a_day(stage: Flask) -> None:
    supervisor = who(Role.SUPERVISOR)
    wish(supervisor, morning=True)
    assert told(EIGHT - timedelta(minutes=1)) == []
    for again in range(3):
        (notice,) = told(EIGHT + again * timedelta(minutes=5))
        assert notice.recipient == f"person:{supervisor.id}"
        assert notice.due_at == EIGHT  # not at the opening of the office
        assert notice.path.startswith("/board?area=")
    assert len(told(EIGHT + A_DAY)) == 2


def test_the_same_message_read_again_plans_nothing(stage: Flask) -> None:
    wish(who(Role.SUPERVISOR), morning=True)
    start = desk.position()
    assert len(told(EIGHT)) == 1
    desk.rewind(start)
    desk.plan(FILE, EIGHT)
    assert len(told(EIGHT)) == 1


def test_nobody_is_told_on_a_day_off_or_in_the_afternoon(stage: Flask) -> None:
    wish(who(Role.SUPERVISOR), morning=True)
    saturday = EIGHT + 2 * A_DAY
    assert told(saturday) == []
    assert told(EIGHT + 4 * AN_HOUR) == []


def test_who_said_no_or_is_no_supervisor_is_not_told(stage: Flask) -> None:
    supervisor, dispatcher = who(Role.SUPERVISOR), who(Role.DISPATCHER)
    wish(supervisor, morning=True)
    wish(supervisor, morning=False)
    wish(dispatcher, morning=True)
    assert told(EIGHT) == []


def test_the_morning_says_the_figures(stage: Flask) -> None:
    yesterday = EIGHT - 12 * AN_HOUR
    with unit_of_work() as session:
        for _ in range(3):
            report(session, now=yesterday)
    wish(who(Role.SUPERVISOR), morning=True)
    from_log = fold_and_tell()
    assert from_log["received"] >= 3
    (notice,) = told(EIGHT)
    for words in (
        f"昨天受理 {from_log['received']} 件",
        f"办结 {from_log['closed']} 件",
        "办结率 ",
    ):
        assert words in notice.text
    assert f"今天到期 {from_log['due']} 件，已超期 {from_log['overdue']} 件" in notice.text


def fold_and_tell() -> dict[str, int]:
    fold_all()
    bulletins.tell_morning(DISTRICT, EIGHT)
    with read_only() as session:
        message = session.scalars(
            select(Message)
            .where(Message.kind == str(MessageKind.MORNING))
            .order_by(Message.position.desc())
        ).first()
    assert message is not None
    figures: dict[str, int] = message.body["figures"]
    return figures


def test_a_finished_report_is_told_to_who_asked_for_it(stage: Flask) -> None:
    supervisor = who(Role.SUPERVISOR)
    report_id = uuid4()
    body = {
        "report": str(report_id),
        "people": [str(supervisor.id)],
        "kind": "month",
        "name": ["荷城街道", "Hecheng Subdistrict"],
        "period": "2026-10",
        "edition": 2,
    }
    with unit_of_work() as session:
        messages.append(session, DISTRICT, MessageKind.REPORT_MADE, at=EIGHT, body=body)
    desk.plan(FILE, EIGHT)
    (notice,) = desk.planned()
    assert (notice.recipient, notice.path) == (f"person:{supervisor.id}", f"/reports/{report_id}")
    assert notice.text == "荷城街道 2026-10 月报（第 2 版）做好了"
