"""A receipt and a sweep at the same moment: one of them decides on a hand-over, never both."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgov.services import leaves, relief
from gridgov.services.leaves import Wanted
from gridgov.storage import rosters as store
from gridgov.storage.base import db
from gridgov.storage.people import Person
from gridgov.storage.rosters import HandOver
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import DISTRICT, NOON, person, report

TOMORROW = NOON + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=1)
PATIENCE_S = 60
Rival = Callable[[Session, UUID], object]


def deputy_left(session: Session, _leave: UUID) -> object:
    deputy = person(session, "deputy").person_id
    assert deputy is not None
    cause = relief.LEFT
    return relief.relieve(session, deputy, cause, district_code=DISTRICT, now=LATER)


def lead_returns(session: Session, leave: UUID) -> object:
    return leaves.end(session, leave, by=person(session, "worker"), now=LATER)


def offer() -> tuple[UUID, UUID]:
    """A case of the lead that waits for a receipt of the deputy; the leave and the hand-over."""
    with unit_of_work() as session:
        report(session)
        worker = person(session, "worker")
        assert worker.person_id is not None
        wanted = Wanted(TOMORROW, NOON + timedelta(days=6), "leave")
        leave = leaves.ask(session, worker.person_id, wanted, by=worker, now=NOON)
        supervisor = person(session, "supervisor")
        leaves.decide(session, leave.id, granted=True, by=supervisor, now=NOON)
    with unit_of_work() as session:
        leaves.sweep(session, DISTRICT, now=TOMORROW)
        deputy = person(session, "deputy").person_id
        offered = store.of_leave(session, leave.id)
        return leave.id, next(one.id for one in offered if one.to_person_id == deputy)


def is_held_up(session: Session, ended: threading.Event) -> bool:
    """Wait until the other one waits for this one; SQLite lets it begin only afterwards."""
    if db.engine.dialect.name != "postgresql":
        return True
    waits = text(
        "SELECT count(*) FROM pg_locks"
        " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    for _ in range(PATIENCE_S * 20):
        if session.scalar(waits) or ended.wait(0.05):
            return not ended.is_set()
    return False


@pytest.mark.parametrize("rival", [deputy_left, lead_returns])
def test_who_takes_it_while_a_sweep_moves_it_has_taken_it(stage: Flask, rival: Rival) -> None:
    leave, hand_over = offer()
    failed: list[BaseException] = []
    ended = threading.Event()

    def sweep() -> None:
        with stage.app_context():
            try:
                with unit_of_work() as session:
                    rival(session, leave)
            except BaseException as error:  # judged below
                failed.append(error)
            ended.set()

    thread = threading.Thread(target=sweep)
    with unit_of_work() as session:
        relief.take(session, hand_over, by=person(session, "deputy"), now=LATER)
        session.flush()
        thread.start()
        assert is_held_up(session, ended), failed
    thread.join(PATIENCE_S)
    assert not failed and ended.is_set()
    with read_only() as session:
        found = session.get_one(HandOver, hand_over)
        assert found.taken_at == LATER
        assert (found.declined_at, found.lapsed_at) == (None, None)
    with unit_of_work() as session:  # the next one finds the two as they were
        if rival is deputy_left:
            lead_returns(session, leave)
        assert session.get_one(Person, found.to_person_id).active
