"""What puts a case under supervision by itself: one table, each cause once, never less close."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.escalation import TimerKind
from gridgov.domain.notices import PERSON, Recipient
from gridgov.domain.supervision import RULES
from gridgov.domain.workflow import Action
from gridgov.domain.workflow_reasons import SUPERVISE_REASONS
from gridgov.services import feedback, merging, reporters, sweep
from gridgov.services import reference as references
from gridgov.services.effects import Given
from gridgov.services.intake import Receipt
from gridgov.services.notice_audience import News, staff_told
from gridgov.services.notice_staff import Staff
from gridgov.storage import history, messages
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from tests.support.acts import (
    AFTER,
    DISTRICT,
    GRID,
    NOON,
    case_of,
    do,
    inside,
    person,
    pin,
    report,
    set_ladder,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PHONE = "19900005501"
Lines = list[tuple[str | None, str, str | None]]


@pytest.fixture(autouse=True)
def laddered(rolled: Session) -> Iterator[None]:
    set_ladder(rolled, on=True)
    rolled.flush()
    yield


def watched(session: Session, case: Case) -> Lines:
    """The lines of supervision: why, how closely, as what before."""
    return [
        (line.reason, line.data["supervision"], line.data["was"])
        for line in history.of_case(session, case.id)
        if line.action == "supervise"
    ]


def returned(session: Session, case: Case, times: int) -> None:
    for n in range(times):
        at = NOON + (2 * n + 1) * MINUTE
        given: dict[str, Any] = {"reason": "wrong_duty", "text": "不归我管"}
        do(session, case, Action.RETURN, person(session, "worker"), at, **given)
        if n + 1 < times:
            do(session, case, Action.DISPATCH, person(session, "dispatcher"), at, target="lead")


def closed(session: Session, receipt: Receipt, at_minute: int = 10) -> Case:
    case, at = case_of(session, receipt), NOON + at_minute * MINUTE
    worker, deputy = person(session, "worker"), person(session, "deputy")
    if case.state == "dispatched":
        do(session, case, Action.SIGN, worker, at)
    do(session, case, Action.RESOLVE, worker, at + 20 * MINUTE, text="已清走", photos=(AFTER,))
    return do(session, case, Action.CHECK_PASS, deputy, at + 30 * MINUTE)


def told(session: Session, case: Case) -> dict[str, set[Recipient]]:
    """Who is told what by the last line of a case."""
    messages.write_pending(session)
    query = select(Message).where(Message.case_id == case.id).order_by(Message.position.desc())
    message = session.scalars(query).first()
    assert message is not None
    line = session.get_one(CaseEntry, (case.id, message.entry_seq))
    found: dict[str, set[Recipient]] = {}
    staff = Staff(session, references.of(session, DISTRICT))
    for one in staff_told(News(staff, message.body, case, line)):
        found.setdefault(str(one.kind), set()).add(one.recipient)
    return found


def test_every_reason_but_a_leaders_own_has_its_rule() -> None:
    assert [one.reason for one in RULES] == [one for one in SUPERVISE_REASONS if one != "by_hand"]
    assert {one.clock for one in RULES} == {TimerKind.YELLOW, TimerKind.RED, None}


def test_the_second_return_is_red_at_once_and_the_first_is_nothing(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    returned(rolled, case, 1)
    assert watched(rolled, case) == []
    do(rolled, case, Action.DISPATCH, person(rolled, "dispatcher"), NOON + MINUTE, target="lead")
    again = {"reason": "wrong_duty", "text": "还是不归我管"}
    do(rolled, case, Action.RETURN, person(rolled, "worker"), NOON + 2 * MINUTE, **again)
    assert watched(rolled, case) == [("returned_twice", "red", None)]
    lines = history.of_case(rolled, case.id)
    assert [line.action for line in lines[-2:]] == ["return", "supervise"]
    assert (lines[-1].by_role, lines[-1].at) == ("system", NOON + 2 * MINUTE)
    assert lines[-1].data["watched_at"] == "town"
    staff, unit = Staff(rolled, references.of(rolled, DISTRICT)), lines[-1].data["tell"]
    assert told(rolled, case) == {"supervised": set(staff.unit(unit))}
    rolled.flush()
    assert sweep.fire(rolled, DISTRICT, now=NOON + 3 * MINUTE).fired >= 0
    assert len(watched(rolled, case)) == 1


def test_what_the_resident_says_is_not_solved_is_red(rolled: Session) -> None:
    receipt = report(rolled)
    case = closed(rolled, receipt)
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=NOON + DAY)
    assert case.state == "handling"
    assert watched(rolled, case) == [("repeated_complaint", "red", None)]
    assert Recipient(PERSON, str(case.assignee_id)) in told(rolled, case)["supervised"]


def test_an_appeal_against_a_closing_is_a_complaint_and_one_against_a_refusal_is_not(
    rolled: Session,
) -> None:
    receipt, other = report(rolled), report(rolled)
    case, refused = closed(rolled, receipt), case_of(rolled, other)
    refused.state = "rejected"
    rolled.flush()
    desk = person(rolled, "dispatcher")
    for one, by in ((case, receipt), (refused, other)):
        given = Given(text="没有办")
        reporters.act(rolled, by.report_id, Action.APPEAL, now=NOON + DAY, given=given)
        do(rolled, one, Action.GRANT_APPEAL, desk, NOON + DAY, text="重新办理")
    assert watched(rolled, case) == [("repeated_complaint", "red", None)]
    assert watched(rolled, refused) == []


def test_a_closer_watch_is_kept_and_a_looser_one_is_raised_once(rolled: Session) -> None:
    leader = person(rolled, "supervisor")
    for before, lines in (
        ("red", []),
        ("yellow", [("returned_twice", "red", "yellow")]),
        ("ordinary", [("returned_twice", "red", "ordinary")]),
    ):
        case = case_of(rolled, report(rolled))
        do(rolled, case, Action.SUPERVISE, leader, NOON, level=before, reason="by_hand")
        returned(rolled, case, 2)
        assert watched(rolled, case)[1:] == lines
        assert case.supervision == "red"


def test_one_that_a_leader_ended_is_not_set_again_by_the_same_cause(rolled: Session) -> None:
    case = case_of(rolled, report(rolled))
    returned(rolled, case, 2)
    leader, desk = person(rolled, "supervisor"), person(rolled, "dispatcher")
    do(rolled, case, Action.END_SUPERVISION, leader, NOON + 5 * MINUTE, text="已协调")
    do(rolled, case, Action.RULE, desk, NOON + 6 * MINUTE, target="lead", text="由你办")
    do(rolled, case, Action.SIGN, person(rolled, "worker"), NOON + 7 * MINUTE)
    assert case.supervision is None
    assert len(watched(rolled, case)) == 1


def test_without_the_ladder_no_rule_fires(rolled: Session) -> None:
    set_ladder(rolled, on=False)
    rolled.flush()
    receipt = report(rolled, phone=PHONE)
    case = closed(rolled, receipt)
    feedback.rate(rolled, receipt.report_id, solved=False, satisfaction=None, now=NOON + DAY)
    assert watched(rolled, case) == []


def north(session: Session, metres: float) -> LonLat:
    spot = inside(session)
    return LonLat(lon=spot.lon, lat=spot.lat + metres / 110_740)


def reported_again(session: Session, days: float = 3, metres: float = 20, **more: Any) -> Receipt:
    told = {"phone": PHONE, "text": "又堆起来了", "position": pin(north(session, metres))}
    return report(session, now=NOON + days * DAY, **{**told, **more})


def test_who_reports_the_same_again_after_it_was_closed_complains_again(rolled: Session) -> None:
    earlier = closed(rolled, report(rolled, phone=PHONE))
    case = case_of(rolled, reported_again(rolled))
    assert case.id != earlier.id
    assert watched(rolled, case) == [("repeated_complaint", "red", None)]
    assert UUID(history.of_case(rolled, case.id)[-1].data["earlier"]) == earlier.id
    assert watched(rolled, earlier) == [], "what is closed stays as it was"


@pytest.mark.parametrize(
    "more",
    [
        {"phone": "19900005502"},  # somebody else
        {"phone": ""},  # nobody knows who
        {"category_code": "0202"},
        {"metres": 250},
        {"days": 16},  # an appeal would be too late as well
    ],
    ids=str,
)
def test_another_matter_is_no_repeated_complaint(rolled: Session, more: dict[str, Any]) -> None:
    closed(rolled, report(rolled, phone=PHONE))
    assert watched(rolled, case_of(rolled, reported_again(rolled, **more))) == []


def test_what_is_still_open_is_no_repeated_complaint_and_a_joiner_neither(
    rolled: Session,
) -> None:
    case = case_of(rolled, report(rolled, phone=PHONE))
    assert watched(rolled, case_of(rolled, reported_again(rolled))) == []
    joined = reported_again(rolled, join_case_id=case.id)
    assert joined.joined and watched(rolled, case) == []


def test_the_same_report_sent_twice_is_watched_once(rolled: Session) -> None:
    closed(rolled, report(rolled, phone=PHONE))
    first = reported_again(rolled, client_token="twice-the-same")
    again = reported_again(rolled, client_token="twice-the-same")
    assert again.repeated and again.report_id == first.report_id
    assert len(watched(rolled, case_of(rolled, first))) == 1


def test_who_joined_what_was_closed_and_reports_it_anew_complains_again(rolled: Session) -> None:
    opened = report(rolled)
    joined = reported_again(rolled, days=0.001, join_case_id=case_of(rolled, opened).id)
    assert joined.joined
    closed(rolled, opened)
    case = case_of(rolled, reported_again(rolled))
    assert [reason for reason, _, _ in watched(rolled, case)] == ["repeated_complaint"]


def test_who_followed_what_was_merged_and_reports_it_anew_complains_again(
    rolled: Session,
) -> None:
    opened, other = report(rolled), report(rolled, phone=PHONE)
    case, merged = case_of(rolled, opened), case_of(rolled, other)
    merging.merge(rolled, merged.id, case.id, by=person(rolled, "dispatcher"), now=NOON)
    rolled.flush()
    closed(rolled, opened)
    again = case_of(rolled, reported_again(rolled))
    assert [reason for reason, _, _ in watched(rolled, again)] == ["repeated_complaint"]
    assert UUID(history.of_case(rolled, again.id)[-1].data["earlier"]) == case.id


@pytest.mark.parametrize(("words", "lines"), [("老街口榕树下", 1), ("新街口牌坊旁", 0)])
def test_without_a_pin_the_same_place_is_the_same_words(
    rolled: Session, words: str, lines: int
) -> None:
    where = {"position": None, "area_code": GRID, "place_words": "老街口榕树下"}
    closed(rolled, report(rolled, phone=PHONE, **where))
    again = reported_again(rolled, **where | {"place_words": words})
    assert len(watched(rolled, case_of(rolled, again))) == lines
