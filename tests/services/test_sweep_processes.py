"""Several processes sweep one database: each thing that is due comes once, whoever is killed."""

import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from gridgov.domain.workflow import Action
from gridgov.services import history, timers
from gridgov.storage import timers as store
from gridgov.storage.base import db
from gridgov.storage.history import CaseEntry
from gridgov.storage.session import read_only, unit_of_work
from gridgov.storage.timers import Timer
from gridgov.web.instance import instance
from tests.support import sweeping
from tests.support.acts import (
    DISTRICT,
    NOON,
    case_of,
    do,
    person,
    report,
    set_ladder,
)

MINUTE = timedelta(minutes=1)
LATE = NOON + timedelta(days=40)
CASES = 24
KILLS = 2


def prepare(cases: int) -> list[UUID]:
    """Make cases of which half are signed, with the ladder on; return their ids."""
    with unit_of_work() as session:
        set_ladder(session, on=True)
    after, first = None, True
    while first or after is not None:
        first = False
        with unit_of_work() as session:
            after = timers.fill(session, DISTRICT, after, now=NOON)
    made = []
    for number in range(cases):
        with unit_of_work() as session:
            case = case_of(session, report(session))
            if number % 2:
                do(session, case, Action.SIGN, person(session, "worker"), NOON + MINUTE)
        made.append(case.id)
    return made


def assert_each_once(made: list[UUID]) -> None:
    """Every thing came once: as the rows say, and as the histories say."""
    with read_only() as session:
        running = select(func.count()).where(Timer.ended_at.is_(None), Timer.due_at < LATE)
        assert session.scalar(running) == 0
        fired = select(Timer.case_id, Timer.kind, Timer.due_at).where(Timer.outcome == store.FIRED)
        twice = [
            key for key, count in Counter(map(tuple, session.execute(fired))).items() if count > 1
        ]
        assert twice == []
        for number, case_id in enumerate(made):
            said = select(CaseEntry.action).where(CaseEntry.case_id == case_id)
            counts = Counter(session.scalars(said))
            # Not signed, it climbed at the first moment and again at the last one.
            assert counts["climb"] == (0 if number % 2 else 2)
            assert counts["mark_overdue"] == 1
            assert counts["supervise"] == 2, "yellow, then red"
        assert history.verify(session, DISTRICT)[1] is None


@pytest.fixture
def many(stage: Flask) -> list[UUID]:
    """Cases of which everything comes due before LATE."""
    return prepare(CASES)


def run(stage: Flask, kills: int) -> None:
    """Sweep with two processes, kill one after the other and start it anew."""
    url, folder = db.engine.url.render_as_string(hide_password=False), instance().settings.instance
    # Clocks that were set back and forth while it ran.
    moments = [NOON + timedelta(hours=7), NOON, LATE]
    processes = [sweeping.start(url, folder, moments) for _ in range(2)]
    for round_ in range(kills):
        time.sleep(0.05 * (round_ + 1))
        victim = processes.pop(0)
        victim.kill()
        processes.append(sweeping.start(url, folder, moments))
    assert [process.wait(120) for process in processes] == [0, 0]


def test_two_processes_do_each_thing_once_though_some_are_killed(
    stage: Flask, many: list[UUID]
) -> None:
    run(stage, KILLS)
    assert_each_once(many)
