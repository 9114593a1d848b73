"""Closed history written in bulk: the same rows, chain and log as cases of our own."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.datum import Datum
from gridgov.domain.errors import InvalidInput
from gridgov.domain.messages import IMPORTED
from gridgov.domain.roles import Grant, Role
from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import Action, CaseState, allowed
from gridgov.services import (
    board,
    casework,
    feedback,
    history,
    imports,
    indicators,
    standing,
    sweep,
)
from gridgov.services import reference as references
from gridgov.services.imports import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.storage import facts
from gridgov.storage import history as entries
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import AFTER, DISTRICT, GRID, NOON, do, holder, inside, person, report
from tests.support.walk import fold_once, is_behind

OPENED = datetime(2019, 3, 4, 16, 30, tzinfo=UTC)  # half past midnight of the 5th in Gaoming
DAY = timedelta(days=1)
_numbers = count(1)


@pytest.fixture
def take(stage: Flask) -> Callable[..., Case]:
    """Take one request in and return its case."""

    def run(outcome: Outcome = Outcome.CLOSED, **more: Any) -> Case:
        number = more.pop("external_id", f"N{next(_numbers)}")
        with read_only() as session:
            reference = references.of(session, DISTRICT)
            spot = inside(session)
        placement = locate(reference, spot, "0101", None)
        ended = None if outcome is Outcome.OPEN else OPENED + DAY
        values = {
            "external_id": number,
            "opened_at": OPENED,
            "outcome": outcome,
            "category_code": "0101",
            "placement": placement,
            "ended_at": ended,
            "position": spot,
            "sent": (spot.lon, spot.lat),
            "datum": Datum.WGS84,
            "text": "一袋垃圾",
            "resolution": "已清",
        }
        batch = imports.prepare(
            [PastRequest(**{**values, **more})], reference, source="old", now=NOON
        )
        with unit_of_work() as session:
            imports.write(session, batch)
        with read_only() as session:
            told = select(Report.case_id).where(Report.external_id == number)
            return session.scalars(select(Case).where(Case.id.in_(told))).one()

    return run


def lines(session: Session, case: Case) -> list[CaseEntry]:
    """The history of a case."""
    return list(entries.of_case(session, case.id))


def told(session: Session, case: Case) -> list[Message]:
    """What the log says of a case."""
    where = Message.case_id == case.id
    return list(session.scalars(select(Message).where(where).order_by(Message.position)))


@pytest.mark.parametrize(
    ("outcome", "state", "action"),
    [
        (Outcome.CLOSED, "closed", "record_closed"),
        (Outcome.REJECTED, "rejected", "record_rejected"),
        (Outcome.TRANSFERRED, "transferred", "record_transferred"),
    ],
)
def test_an_ended_request_has_two_lines_and_two_messages(
    take: Callable[..., Case], outcome: Outcome, state: str, action: str
) -> None:
    case = take(outcome)
    assert case.state == state
    assert case.closed_at == (OPENED + DAY if state == "closed" else None)
    with read_only() as session:
        first, second = lines(session, case)
        assert (first.action, first.at, first.to_state) == ("submit", OPENED, "submitted")
        assert (second.action, second.at, second.to_state) == (action, OPENED + DAY, state)
        assert [message.entry_seq for message in told(session, case)] == [1, 2]
        _, damage = history.verify(session, DISTRICT)
    assert damage is None


def test_an_open_request_waits_with_one_line_and_its_words(take: Callable[..., Case]) -> None:
    case = take(Outcome.OPEN, resolution="等配件")
    assert (case.state, case.assignee_id, case.unit_code) == ("submitted", None, None)
    with read_only() as session:
        [only] = lines(session, case)
    assert only.text == "等配件"


def test_what_is_written_is_what_a_case_of_our_own_writes(
    take: Callable[..., Case], stage: Flask
) -> None:
    with unit_of_work() as session:
        own = report(session).case
    case = take()
    with read_only() as session:
        own_bodies = [message.body for message in told(session, own)]
        bodies = [message.body for message in told(session, case)]
    assert {frozenset(body) for body in bodies} == {frozenset(own_bodies[0]) | {"origin"}}
    assert frozenset(bodies[0]["after"]) == frozenset(own_bodies[0]["after"])


def test_no_column_that_needs_a_value_is_forgotten(stage: Flask) -> None:
    """Core writes what it is given: a default of the model would not be asked."""
    with read_only() as session:
        reference = references.of(session, DISTRICT)
        placement = locate(reference, inside(session), "0101", None)
    request = PastRequest(
        external_id="row",
        opened_at=OPENED,
        outcome=Outcome.OPEN,
        category_code="0101",
        placement=placement,
    )
    batch = imports.prepare([request], reference, source="old", now=NOON)
    given_later = {"number"}
    for model, row in (
        (Case, batch.cases[0]),
        (Report, batch.reports[0]),
        (CaseEntry, batch.lines[0][0]),
    ):
        columns = model.__table__.columns
        assert {column.name for column in columns if not column.nullable} <= set(row) | given_later
        assert set(row) <= {column.name for column in columns}


def test_the_path_of_the_case_is_that_of_its_figures(take: Callable[..., Case]) -> None:
    case = take()
    assert case.path()[-1] == GRID
    with read_only() as session:
        [opened, closed] = told(session, case)
        reference = references.of(session, DISTRICT)
        assert closed.body["after"] == casework.fact_view(case, reference).as_json()
    assert opened.body["after"] == closed.body["before"]
    assert case.received_on == datetime(2019, 3, 5, tzinfo=UTC).date()


def test_figures_count_it_where_and_when_it_was_received(take: Callable[..., Case]) -> None:
    day = OPENED + 300 * DAY
    closed = take(opened_at=day, ended_at=day + DAY, target_at=day + 2 * DAY)
    take(Outcome.REJECTED, opened_at=day, ended_at=day + DAY)
    while True:
        with unit_of_work() as session:
            if not indicators.fold_pending(session, DISTRICT):
                break
    with read_only() as session:
        kept = facts.everything(session, DISTRICT)
        local = closed.received_on.isoformat()
        counted = {"received": 1, "closed": 1, "invalid": 1, "rejected": 1, "closed_on_time": 1}
        found = kept["received", GRID, local, "open"]
        assert {name: found[name] for name in counted} == counted
        # What happened on the way there is not known, and not counted.
        assert not any(found[name] for name in ("accepted", "handled", "to_respond", "one_go"))
        due = references.of(session, DISTRICT).local_day(day + 2 * DAY).isoformat()
        assert kept["due", GRID, due, "open"]["closed_on_time"] == 1
        assert kept == indicators.recounted(session, DISTRICT)


def row_of_the_day(moment: datetime) -> dict[str, int]:
    """What the folded facts say of the grid on the local day of a moment."""
    while is_behind():
        fold_once()
    with read_only() as session:
        local = references.of(session, DISTRICT).local_day(moment).isoformat()
        return facts.everything(session, DISTRICT).get(("received", GRID, local, "open"), {})


def test_taken_up_again_it_counts_for_the_work_done_here_and_not_for_the_answer(
    take: Callable[..., Case],
) -> None:
    before = Counter(row_of_the_day(NOON - 2 * DAY))
    case = take(opened_at=NOON - 2 * DAY, ended_at=NOON - DAY, target_at=NOON + DAY)
    with unit_of_work() as session:
        told_by = session.scalars(select(Report.id).where(Report.case_id == case.id)).one()
        feedback.rate(session, told_by, solved=False, satisfaction=None, now=NOON)
        now = session.get_one(Case, case.id)
        by = holder(session, now.assignee_id, now.unit_code, NOON)
        done = {"text": "再清", "photos": (AFTER,)}
        do(session, now, Action.RESOLVE, by, NOON + timedelta(hours=1), **done)
    more = Counter(row_of_the_day(case.received_at))
    more.subtract(before)
    # Who answered first, and when, was elsewhere: there is nothing to respond to in time.
    right = {"received": 1, "dispatched": 1, "handled": 1, "handled_on_time": 1, "reopened": 1}
    right |= {"to_respond": 0, "responded": 0, "responded_on_time": 0}
    assert {name: more[name] for name in right} == right


def test_without_a_limit_it_is_due_on_no_day_anybody_asks_for(take: Callable[..., Case]) -> None:
    case = take(Outcome.OPEN)
    assert case.due_at.year == 9999
    assert case.overdue_at is None
    with unit_of_work() as session:
        sweep.mark_overdue(session, DISTRICT, now=NOON)
    with read_only() as session:
        assert len(lines(session, case)) == 1


def test_a_limit_passed_before_the_import_is_on_record_and_not_told(
    take: Callable[..., Case],
) -> None:
    case = take(Outcome.OPEN, target_at=OPENED + DAY)
    assert case.overdue_at == NOON
    with unit_of_work() as session:
        sweep.mark_overdue(session, DISTRICT, now=NOON + DAY)
    with read_only() as session:
        [only] = lines(session, case)
        assert only.data["overdue_at_import"] is True
        assert [message.kind for message in told(session, case)] == ["case.opened"]


def test_it_is_news_on_no_board(take: Callable[..., Case], stage: Flask) -> None:
    with unit_of_work() as session:
        own = report(session).case
    case = take()
    with read_only() as session:
        actor = person(session, "supervisor")
        view = board.open_view(session, actor, DISTRICT, case.received_on, own.received_on)
        news = {message.case_id for message in board.news(session, view, after=0)}
        assert CaseClass.OPEN in view.classes
    assert own.id in news
    assert case.id not in news


def test_the_same_request_again_changes_nothing(take: Callable[..., Case]) -> None:
    first = take(external_id="again")
    again = take(external_id="again", text="anders")
    assert (again.id, again.history_hash) == (first.id, first.history_hash)


def test_numbers_go_on_where_the_day_stands(take: Callable[..., Case], stage: Flask) -> None:
    with unit_of_work() as session:
        own = report(session, now=OPENED).case
    numbers = {own.number, take().number, take().number}
    assert len(numbers) == 3
    assert {number[:13] for number in numbers} == {f"{DISTRICT}-190305"[:13]}


def test_an_imported_open_case_can_be_dispatched(take: Callable[..., Case]) -> None:
    case = take(Outcome.OPEN, target_at=OPENED + DAY)
    with unit_of_work() as session:
        current = session.get_one(Case, case.id)
        do(session, current, Action.DISPATCH, person(session, "dispatcher"), NOON, target="unit:CG")
    with read_only() as session:
        assert session.get_one(Case, case.id).state == "dispatched"
        _, damage = history.verify(session, DISTRICT)
    assert damage is None


def test_nobody_but_the_import_may_record_an_end(take: Callable[..., Case]) -> None:
    case = take(Outcome.OPEN)
    with read_only() as session:
        actor = person(session, "dispatcher")
        assert Grant(Role.DISPATCHER, area_code=DISTRICT) in actor.grants
        relations = standing.relations(session, case, actor)
    assert Action.DISPATCH in allowed(CaseState(case.state), relations)
    assert Action.RECORD_CLOSED not in allowed(CaseState(case.state), relations)


def test_a_class_the_catalogue_lacks_is_refused_before_anything_is_written(
    take: Callable[..., Case],
) -> None:
    with pytest.raises(InvalidInput) as caught:
        take(category_code="9999")
    assert caught.value.field == "category"


def test_messages_say_where_they_come_from(take: Callable[..., Case]) -> None:
    case = take()
    with read_only() as session:
        assert {message.body["origin"] for message in told(session, case)} == {IMPORTED}
