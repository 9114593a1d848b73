"""Facts: whatever happens to the cases, the folded log says what a slow count says."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.domain.messages import MessageKind
from gridgov.domain.scope import CaseClass
from gridgov.domain.workflow import Action
from gridgov.services import indicators
from gridgov.storage import messages
from gridgov.storage.facts import everything
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import AFTER, DISTRICT, GRID, NOON, case_of, do, person, report
from tests.support.walk import (
    Cut,
    assert_facts_equal_a_slow_count,
    fold_once,
    folded,
    is_behind,
    slow_count,
)

BOTH = frozenset(CaseClass)


def test_the_facts_equal_a_slow_count_whatever_happens(
    stage: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_facts_equal_a_slow_count(stage, monkeypatch, walks=12)


def test_the_facts_of_the_sample_equal_a_slow_count(stage: Flask) -> None:
    while is_behind():
        fold_once()
    with read_only() as session:
        counted = slow_count(session)
    assert len(counted) > 100
    assert folded() == counted


def headline(session: Session, area: str, classes: frozenset[CaseClass]) -> tuple[int, int]:
    found = indicators.figures(
        session, DISTRICT, [area], NOON.date(), NOON.date(), classes, now=NOON
    )[area]
    return found.received, found.closed


def test_a_case_is_received_then_closed_then_reopened_in_its_own_day_and_class(
    stage: Flask,
) -> None:
    later = NOON + timedelta(days=3)
    day = frozenset({CaseClass.OPEN})
    with read_only() as session:
        before = headline(session, GRID, day)
        secret = headline(session, GRID, frozenset({CaseClass.CONFIDENTIAL}))
    with unit_of_work() as session:
        worker, deputy = person(session, "worker"), person(session, "deputy")
        receipt = report(session)
        case = case_of(session, receipt)
        do(session, case, Action.SIGN, worker, later)
        do(session, case, Action.RESOLVE, worker, later, text="已清走", photos=(AFTER,))
        do(session, case, Action.CHECK_PASS, deputy, later)
        report(session, category_code="0704", emergency_seen=True)
    while is_behind():
        fold_once()
    with read_only() as session:
        # Closed three days later, but in the cohort of the day it was received.
        assert headline(session, GRID, day) == (before[0] + 1, before[1] + 1)
        hidden = headline(session, GRID, frozenset({CaseClass.CONFIDENTIAL}))
        assert hidden == (secret[0] + 1, secret[1])
        both = headline(session, GRID, BOTH)
        assert both == (before[0] + secret[0] + 2, before[1] + secret[1] + 1)
        assert headline(session, DISTRICT, day)[0] >= before[0] + 1


def test_a_batch_that_was_cut_off_counts_once(stage: Flask) -> None:
    while is_behind():
        fold_once()
    facts = folded()
    with unit_of_work() as session:
        report(session)
    with pytest.raises(Cut):
        fold_once(cut=True)
    assert folded() == facts, "nothing of it was kept"
    assert fold_once() == 2
    assert fold_once() == 0
    with read_only() as session:
        assert folded() == slow_count(session)


def test_a_message_without_a_case_changes_no_counter(stage: Flask) -> None:
    while is_behind():
        fold_once()
    facts = folded()
    with unit_of_work() as session:
        body = {"version": 2, "areas": [DISTRICT]}
        messages.append(session, DISTRICT, MessageKind.GRIDS_ACTIVATED, at=NOON, body=body)
    assert fold_once() == 1
    assert folded() == facts


def test_an_area_without_cases_has_figures_of_nothing(stage: Flask) -> None:
    with read_only() as session:
        figures = indicators.figures(
            session, DISTRICT, ["nowhere"], date(2020, 1, 1), date(2030, 1, 1), BOTH, now=NOON
        )["nowhere"]
        assert (figures.received, figures.closed, figures.overdue) == (0, 0, 0)
        assert figures.closure_rate is None
        assert everything(session, "999999") == {}
