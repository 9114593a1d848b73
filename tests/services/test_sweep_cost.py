"""A sweep reads and writes many rows at a time: what it asks does not grow with the cases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from gridgov.domain.escalation import TimerKind
from gridgov.services import sweep
from gridgov.storage import timers as store
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.timers import Timer
from tests.support.acts import (
    DISTRICT,
    NOON,
    case_of,
    report,
    set_ladder,
)


@contextmanager
def statements() -> Iterator[list[str]]:
    told: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_more: Any) -> None:
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield told
    event.remove(db.engine, "before_cursor_execute", note)


def marked(session: Session, cases: list[Any]) -> tuple[int, int]:
    """Let the limits of some cases pass; return how many were marked, and what it asked."""
    late = NOON - timedelta(days=1)
    session.execute(update(Case).where(Case.id.in_(cases)).values(limit_at=late, due_at=late))
    session.execute(
        update(Timer)
        .where(Timer.case_id.in_(cases), Timer.kind == str(TimerKind.OVERDUE))
        .values(due_at=late)
    )
    session.expire_all()
    with statements() as told:
        done = sweep.fire(session, DISTRICT, now=NOON)
    return done.marked, len(told)


@pytest.mark.parametrize("ladder", [False, True], ids=["no ladder", "ladder"])
def test_three_times_the_cases_take_as_many_statements(
    stage: Flask, rolled: Session, ladder: bool
) -> None:
    set_ladder(rolled, on=ladder)
    ids = [case_of(rolled, report(rolled)).id for _ in range(20)]
    rolled.flush()
    store.write_pending(rolled)
    marked(rolled, ids[:4])  # what a process reads once
    few, asked_few = marked(rolled, ids[4:8])
    many, asked_many = marked(rolled, ids[8:])
    assert (few, many) == (4, 12)
    # One case more asks nothing more: a column that is not read with the page is found here.
    assert asked_many <= asked_few + 1
