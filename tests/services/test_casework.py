"""The life of a case through the one door, on both databases."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.datum import Datum, PositionSource
from gridgov.domain.errors import (
    Conflict,
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
)
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, feedback, intake
from gridgov.services import reference as references
from gridgov.services.casework import ChangedMeanwhile
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Receipt, Submission
from gridgov.services.routing import Position
from gridgov.storage import history, people
from gridgov.storage.cases import Case
from gridgov.storage.people import Person
from gridgov.web.instance import instance

DISTRICT, GRID = "440608", "440608004025006"
NOON = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # Wednesday 10:00 in Gaoming
AFTER = StoredPhoto("a" * 64, 800, 600)


def spot(session: Session, grid: str = GRID) -> Position:
    mark = references.of(session, DISTRICT).landmarks[grid][0]
    return Position(mark["lon"], mark["lat"], Datum.WGS84, PositionSource.MAP_PIN, 8)


def report(session: Session, *, category: str = "0101", token: str = "", **more) -> Receipt:
    submission = Submission(
        district_code=DISTRICT,
        client_token=token or uuid4().hex,
        channel="snap",
        category_code=category,
        text="楼下垃圾堆了几天",
        position=more.pop("position", None) or spot(session),
        **more,
    )
    by = Actor.resident(DISTRICT)
    return intake.submit(session, submission, by=by, now=NOON, vault=instance().vault)


def case_of(session: Session, receipt: Receipt) -> Case:
    return session.scalars(select(Case).where(Case.number == receipt.case_number)).one()


def person(session: Session, username: str) -> Actor:
    row = session.scalars(select(Person).where(Person.username == username)).one()
    return people.load_actor(session, row, NOON.date())


def do(session: Session, case: Case, action: Action, by: Actor, minutes: int, **given) -> Case:
    moment = NOON + timedelta(minutes=minutes)
    done = casework.perform(session, case.id, action, by=by, now=moment, given=Given(**given))
    session.flush()
    return done


def resolved(session: Session) -> tuple[Case, Actor, Actor, Receipt]:
    worker, deputy = person(session, "worker"), person(session, "deputy")
    receipt = report(session)
    case = case_of(session, receipt)
    do(session, case, Action.SIGN, worker, 10)
    do(session, case, Action.RESOLVE, worker, 60, text="已清走", photos=(AFTER,))
    return case, worker, deputy, receipt


def test_a_report_reaches_the_lead_of_its_grid_at_once(session: Session) -> None:
    case = case_of(session, report(session))
    assert (case.grid_code, case.state) == (GRID, CaseState.DISPATCHED)
    assert case.assignee_id == person(session, "worker").person_id
    assert case.routing["rule"] == "covers"
    # 0101: to be signed in 2 working hours, handled in 4; the noon break does not count.
    assert case.stage_due_at == datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
    assert case.due_at == datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def test_a_district_matter_goes_straight_to_its_unit(session: Session) -> None:
    case = case_of(session, report(session, category="0402"))
    assert (case.assignee_id, case.unit_code) == (None, "ZJSL")
    handler = person(session, "handler")
    assert do(session, case, Action.SIGN, handler, 5).state == CaseState.HANDLING
    with pytest.raises(NotAllowed):
        do(
            session,
            case,
            Action.RETURN,
            person(session, "worker"),
            6,
            reason="wrong_duty",
            text="x",
        )


def test_signed_resolved_checked_by_another_closed(session: Session) -> None:
    case, worker, deputy, _ = resolved(session)
    assert (case.state, case.checker_id) == (CaseState.RESOLVED, deputy.person_id)
    with pytest.raises(NotAllowed):
        do(session, case, Action.CHECK_PASS, worker, 61)
    closed = do(session, case, Action.CHECK_PASS, deputy, 70)
    assert (closed.state, closed.closed_at) == (CaseState.CLOSED, NOON + timedelta(minutes=70))
    actions = [entry.action for entry in history.of_case(session, case.id)]
    assert actions == ["submit", "dispatch", "sign", "resolve", "check_pass"]


def test_what_is_missing_is_named_and_nothing_changes(session: Session) -> None:
    worker = person(session, "worker")
    case = case_of(session, report(session))
    do(session, case, Action.SIGN, worker, 1)
    for given, field in (({"text": "x"}, "photo"), ({"photos": (AFTER,)}, "text")):
        with pytest.raises(InvalidInput) as caught:
            do(session, case, Action.RESOLVE, worker, 2, **given)
        assert caught.value.field == field
    with pytest.raises(InvalidInput) as caught:
        do(session, case, Action.RETURN, worker, 2, text="x", reason="because")
    assert (caught.value.field, caught.value.reason) == ("reason", "unknown")
    assert case.state == CaseState.HANDLING


def test_sent_back_case_returns_to_its_handler_with_time_left(session: Session) -> None:
    case, worker, deputy, _ = resolved(session)
    moment = NOON + timedelta(hours=5, minutes=55)  # five minutes before the limit
    casework.perform(
        session, case.id, Action.SEND_BACK, by=deputy, now=moment, given=Given(text="还有")
    )
    assert (case.state, case.assignee_id) == (CaseState.HANDLING, worker.person_id)
    assert case.rework_count == 1
    # At least one working hour is left: 15:55 local + 1 WH.
    assert case.due_at == datetime(2026, 11, 18, 8, 55, tzinfo=UTC)


def test_not_solved_reopens_once_and_only_once(session: Session) -> None:
    case, worker, deputy, receipt = resolved(session)
    do(session, case, Action.CHECK_PASS, deputy, 70)
    answer = {"solved": False, "satisfaction": "dissatisfied"}
    feedback.rate(session, receipt.report_id, now=NOON + timedelta(minutes=80), **answer)
    assert (case.state, case.reopen_count, case.closed_at) == (CaseState.HANDLING, 1, None)
    assert case.first_closed_at == NOON + timedelta(minutes=70)
    do(session, case, Action.RESOLVE, worker, 90, text="再清", photos=(AFTER,))
    do(session, case, Action.CHECK_PASS, deputy, 95)
    feedback.rate(session, receipt.report_id, now=NOON + timedelta(minutes=99), **answer)
    assert (case.state, case.solved) == (CaseState.CLOSED, False)
    with pytest.raises(Conflict):
        feedback.rate(session, receipt.report_id, now=NOON + timedelta(minutes=100), **answer)


def test_returned_case_waits_for_the_dispatcher(session: Session) -> None:
    worker, dispatcher = person(session, "worker"), person(session, "dispatcher")
    case = case_of(session, report(session))
    do(session, case, Action.RETURN, worker, 5, reason="wrong_duty", text="属城管")
    assert (case.state, case.assignee_id, case.return_count) == (CaseState.REGISTERED, None, 1)
    do(session, case, Action.DISPATCH, dispatcher, 9, target="unit:CG")
    assert (case.state, case.unit_code, case.level) == (CaseState.DISPATCHED, "CG", "district")
    with pytest.raises(InvalidInput):
        do(session, case, Action.DISPATCH, dispatcher, 10, target="unit:NOBODY")


def test_passing_up_climbs_village_town_district(session: Session) -> None:
    worker = person(session, "worker")
    case = case_of(session, report(session))
    do(session, case, Action.PASS_UP, worker, 5, text="做不了")
    assert (case.level, case.unit_code) == ("village", f"V{case.village_code}")
    village = person(session, "village")
    do(session, case, Action.PASS_UP, village, 6, text="做不了")
    assert case.level == "town"
    limit = case.due_at
    do(session, case, Action.PASS_UP, _someone(session, case.unit_code), 7, text="做不了")
    assert case.level == "district"
    assert case.due_at == limit, "the handling clock is never reset by passing up"
    with pytest.raises(InvalidTransition):
        do(session, case, Action.PASS_UP, _someone(session, case.unit_code), 8, text="做不了")


def _someone(session: Session, unit: str | None) -> Actor:
    row = session.scalars(
        select(people.GrantRow.person_id).where(people.GrantRow.unit_code == unit)
    ).first()
    return people.load_actor(session, session.get_one(Person, row), NOON.date())


def test_strangers_do_not_learn_that_a_case_exists(session: Session) -> None:
    case = case_of(session, report(session))
    other = person(session, "w0100")
    with pytest.raises(NotFound):
        do(session, case, Action.SIGN, other, 1)
    with pytest.raises(NotFound):
        casework.perform(session, UUID(int=7), Action.SIGN, by=other, now=NOON)


def test_the_slower_of_two_is_told_what_happened(session: Session) -> None:
    worker = person(session, "worker")
    case = case_of(session, report(session))
    seen = case.history_seq
    do(session, case, Action.SIGN, worker, 1, seen_seq=seen)
    with pytest.raises(ChangedMeanwhile) as caught:
        do(session, case, Action.SIGN, worker, 2, seen_seq=seen)
    assert caught.value.last is not None
    assert (caught.value.state, caught.value.last.action) == ("handling", "sign")


def test_the_same_token_gives_the_same_receipt_and_no_second_case(session: Session) -> None:
    first = report(session, token="token-12345")
    again = report(session, token="token-12345")
    assert (again.receipt_code, again.repeated) == (first.receipt_code, True)
    assert again.case_number == first.case_number


def test_a_confidential_case_skips_its_own_grid(session: Session) -> None:
    case = case_of(session, report(session, category="0704"))
    assert (case.confidential, case.assignee_id) == (True, None)
    assert case.unit_code == "GA"
    with pytest.raises(NotFound):
        do(session, case, Action.SIGN, person(session, "worker"), 1)
    with pytest.raises(NotFound):
        do(session, case, Action.SIGN, person(session, "towndispatcher"), 1)
