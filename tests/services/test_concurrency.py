"""Two people, one case, the same moment: one wins, the other is told what happened."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict, InvalidTransition
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, feedback, history, sweep
from gridgov.services.casework import ChangedMeanwhile
from gridgov.services.effects import Given
from gridgov.storage import messages, reports
from gridgov.storage.base import db
from gridgov.storage.cases import CHECK, Case, Task
from gridgov.storage.history import CaseEntry
from gridgov.storage.photos import AFTER as AFTER_PHOTO
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import (
    AFTER,
    DISTRICT,
    NOON,
    WORDS,
    case_of,
    do,
    inside,
    person,
    report,
)
from tests.support.threads import at_once, lost, won

LATER = NOON + timedelta(hours=1)
# How long a winner keeps the case before the commit, so that the other one comes to wait.
HELD_S = 0.05


@dataclass(frozen=True)
class Made:
    """A case with one report, brought to a state."""

    case_id: UUID
    report_id: UUID
    seq: int


def made(state: str) -> Made:
    """Bring a new case to a state and commit it."""
    with unit_of_work() as session:
        receipt = report(session)
        case = case_of(session, receipt)
        worker, deputy = person(session, "worker"), person(session, "deputy")
        if state != "dispatched":
            do(session, case, Action.SIGN, worker, NOON)
        if state in ("resolved", "closed"):
            do(session, case, Action.RESOLVE, worker, NOON, text="已清走", photos=(AFTER,))
        if state == "closed":
            do(session, case, Action.CHECK_PASS, deputy, NOON)
        assert case.state == state
        return Made(case.id, receipt.report_id, case.history_seq)


def act(to: Made, action: Action, who: str, **given: Any) -> Callable[[], CaseState]:
    """One person's act in a session of its own, decided on the look that both had."""

    def run() -> CaseState:
        with unit_of_work() as session:
            by = person(session, who)
            held = Given(seen_seq=to.seq, **given)
            done = casework.perform(session, to.case_id, action, by=by, now=LATER, given=held)
            session.flush()
            time.sleep(HELD_S)
            return CaseState(done.state)

    return run


def assert_sound(case_id: UUID) -> Case:
    """The case, after a look that its history and the log agree."""
    with read_only() as session:
        _, damage = history.verify(session, DISTRICT)
        assert damage is None
        case = session.get_one(Case, case_id)
        entries = history_of(session, case_id)
        assert [entry.seq for entry in entries] == list(range(1, case.history_seq + 1))
        return case


def history_of(session: Session, case_id: UUID) -> list[CaseEntry]:
    query = select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.seq)
    return list(session.scalars(query))


def test_two_workers_resolve_one_case_at_once(stage: Flask) -> None:
    case = made("handling")
    resolve = act(case, Action.RESOLVE, "worker", text="已清走", photos=(AFTER,))
    results = at_once(stage, [resolve, resolve])
    assert won(results) == [CaseState.RESOLVED]
    (error,) = lost(results)
    assert isinstance(error, ChangedMeanwhile), repr(error)
    assert error.last is not None
    assert (error.state, error.last.action, error.last.seq) == ("resolved", "resolve", 4)
    assert_sound(case.case_id)
    with read_only() as session:
        actions = [entry.action for entry in history_of(session, case.case_id)]
        assert actions == ["submit", "dispatch", "sign", "resolve"]
        after = select(Photo).where(Photo.case_id == case.case_id, Photo.purpose == AFTER_PHOTO)
        assert len(session.scalars(after).all()) == 1
        checks = select(Task).where(Task.case_id == case.case_id, Task.kind == CHECK)
        assert len(session.scalars(checks).all()) == 1


RETURN = {"reason": "wrong_duty", "text": "属城管"}
TWO_AT_ONCE = [
    ("dispatched", (Action.SIGN, "worker", {}), (Action.SIGN, "worker", {})),
    (
        "dispatched",
        (Action.SIGN, "worker", {}),
        (Action.TRANSFER, "dispatcher", {"target": "法院", "receipt": "1", "text": "已移交"}),
    ),
    ("handling", (Action.RETURN, "worker", RETURN), (Action.PASS_UP, "worker", {"text": "做不了"})),
    ("resolved", (Action.CHECK_PASS, "deputy", {}), (Action.SEND_BACK, "deputy", {"text": "还有"})),
    ("resolved", (Action.CHECK_PASS, "deputy", {}), (Action.CHECK_PASS, "deputy", {})),
]


@pytest.mark.parametrize(("state", "one", "other"), TWO_AT_ONCE)
def test_acts_that_exclude_each_other(stage: Flask, state: str, one: Any, other: Any) -> None:
    case = made(state)
    works = [act(case, action, who, **given) for action, who, given in (one, other)]
    results = at_once(stage, works)
    (state_now,) = won(results)
    (error,) = lost(results)
    assert isinstance(error, ChangedMeanwhile), repr(error)
    assert error.state == state_now == assert_sound(case.case_id).state


def test_acts_that_do_not_exclude_each_other_both_happen(stage: Flask) -> None:
    case = made("handling")

    def add() -> CaseState:
        with unit_of_work() as session:
            by = Actor.resident(DISTRICT, case.report_id)
            given = Given(text="又多了一袋")
            done = casework.perform(
                session, case.case_id, Action.ADD, by=by, now=LATER, given=given
            )
            session.flush()
            time.sleep(HELD_S)
            return CaseState(done.state)

    resolve = act(case, Action.RESOLVE, "worker", text="已清走", photos=(AFTER,))
    results = at_once(stage, [resolve, add, add])
    assert not lost(results), results
    now = assert_sound(case.case_id)
    assert (now.state, now.history_seq) == ("resolved", case.seq + 3)


@pytest.mark.parametrize("solved", [True, False])
def test_a_resident_who_answers_twice_at_once_is_heard_once(stage: Flask, solved: bool) -> None:
    case = made("closed")

    def rate() -> bool:
        with unit_of_work() as session:
            feedback.rate(
                session, case.report_id, solved=solved, satisfaction="satisfied", now=LATER
            )
            session.flush()
            time.sleep(HELD_S)
        return True

    results = at_once(stage, [rate, rate])
    assert won(results) == [True]
    (error,) = lost(results)
    assert isinstance(error, Conflict | InvalidTransition), repr(error)
    now = assert_sound(case.case_id)
    assert now.reopen_count == (0 if solved else 1)
    assert now.state == ("closed" if solved else "handling")


def test_two_sweeps_at_once_mark_each_case_once(stage: Flask) -> None:
    cases = [made("handling") for _ in range(4)]
    late = NOON + timedelta(days=3)

    def marked() -> int:
        with unit_of_work() as session:
            count = sweep.mark_overdue(session, DISTRICT, now=late)
            session.flush()
            time.sleep(HELD_S)
            return count

    results = at_once(stage, [marked, marked, marked])
    assert not lost(results), results
    for case in cases:
        assert assert_sound(case.case_id).overdue_at == late
        with read_only() as session:
            actions = [entry.action for entry in history_of(session, case.case_id)]
        assert actions.count("mark_overdue") == 1


def test_many_residents_at_once_each_get_a_number_of_their_own(stage: Flask) -> None:
    """Numbers are given out in blocks per process: no two cases may share one."""
    with read_only() as session:
        before = messages.last_position(session, DISTRICT)
    day = datetime(2026, 12, 2, 3, 0, tzinfo=NOON.tzinfo)  # its block is not taken yet

    def some() -> list[str]:
        numbers = []
        for _ in range(8):
            with unit_of_work() as session:
                numbers.append(report(session, now=day).case_number)
        return numbers

    results = at_once(stage, [some] * 7)
    assert not lost(results), results
    numbers = [number for result in won(results) for number in result]
    assert len(set(numbers)) == 56
    assert all(number.startswith("440608-261202-") for number in numbers)
    with read_only() as session:
        news = messages.after(session, DISTRICT, before)
        assert [m.position for m in news] == list(range(before + 1, before + len(news) + 1))
        opened = [m.body["number"] for m in news if m.kind == "case.opened"]
        assert sorted(opened) == sorted(numbers)


def sent_twice(app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, **request: Any) -> list[Any]:
    """Post one form from two browsers at once; both look for the token before either writes.

    On SQLite writers queue before they look, so there the second one waits in vain
    for the first, which must go on without it.
    """
    both = threading.Barrier(2)
    looked = threading.local()
    real = reports.by_token
    patience_s = 60.0 if db.engine.dialect.name == "postgresql" else 0.2

    def slow(session: Session, district_code: str, client_token: str) -> Report | None:
        found = real(session, district_code, client_token)
        if not getattr(looked, "once", False):
            looked.once = True
            try:
                both.wait(patience_s)
            except threading.BrokenBarrierError:
                assert db.engine.dialect.name == "sqlite"
        return found

    monkeypatch.setattr(reports, "by_token", slow)
    return at_once(app, [lambda: app.test_client().post(path, **request)] * 2)


def form(session: Session, token: str) -> dict[str, str]:
    spot = inside(session)
    return {
        "client_token": token,
        "category": "0101",
        "text": WORDS,
        "lon": str(spot.lon),
        "lat": str(spot.lat),
        "datum": "wgs84",
        "accuracy_m": "8",
        "phone": "138 0013 8000",
    }


def one_case_of(token: str) -> Report:
    with read_only() as session:
        (kept,) = session.scalars(select(Report).where(Report.client_token == token)).all()
        assert session.get(Case, kept.case_id) is not None
        return kept


def counted() -> tuple[int, int]:
    with read_only() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(select(func.count()).select_from(model)) for model in (Case, Report)
        )


def test_the_same_report_twice_at_once_by_program_is_one_case_and_one_receipt(
    stage: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = uuid4().hex
    with read_only() as session:
        values = form(session, token)
    before = counted()
    results = sent_twice(stage, monkeypatch, "/api/v1/reports", json=values)
    assert not lost(results), results
    assert sorted(answer.status_code for answer in results) == [200, 201], [
        answer.text for answer in results
    ]
    codes = {answer.json["receipt_code"] for answer in results}
    assert len(codes) == 1
    assert {answer.json["repeated"] for answer in results} == {True, False}
    assert one_case_of(token).receipt_code == codes.pop().replace("-", "")
    assert counted() == (before[0] + 1, before[1] + 1)


def test_the_plain_form_sent_twice_at_once_leads_to_one_receipt(
    stage: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = uuid4().hex
    with read_only() as session:
        values = form(session, token)
    before = counted()
    results = sent_twice(stage, monkeypatch, "/report", data=values)
    assert not lost(results), results
    assert [answer.status_code for answer in results] == [303, 303], [
        answer.text for answer in results
    ]
    assert len({answer.headers["Location"] for answer in results}) == 1
    assert one_case_of(token)
    assert counted() == (before[0] + 1, before[1] + 1)
