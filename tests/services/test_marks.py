"""What a sweep does to one case at once: each mark its own line and message, one write."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gridgov.domain.workflow import Action
from gridgov.services import fact_views, history, sweep
from gridgov.services import reference as references
from gridgov.storage.cases import Case
from gridgov.storage.messages import Message
from gridgov.storage.session import read_only, unit_of_work
from tests.services.test_sweep_cost import statements
from tests.services.test_timers import DAY, act, fresh, lines_of, new_case, outcomes, swept, switch
from tests.support.acts import DISTRICT, NOON


@pytest.fixture(autouse=True)
def laddered(stage: Flask) -> Iterator[None]:
    """The ladder is on, and all that was late is done."""
    switch(on=True)
    swept(NOON)
    yield
    switch(on=False)


def told_of(case: Case) -> list[Any]:
    with read_only() as session:
        query = select(Message).where(Message.case_id == case.id).order_by(Message.position)
        return list(session.scalars(query))


def test_what_came_due_while_nobody_swept_is_one_unit_and_each_thing_a_line(stage: Flask) -> None:
    case = new_case()
    act(case, Action.SIGN, "worker")
    late = NOON + 60 * DAY
    with unit_of_work() as session, statements() as asked:
        sweep.fire(session, DISTRICT, now=late, limit=10_000)
    lines = [line for line in lines_of(case) if line.by_role == "system"][-3:]
    assert [(line.action, line.data.get("supervision")) for line in lines] == [
        ("mark_overdue", None),
        ("supervise", "yellow"),
        ("supervise", "red"),
    ]
    assert [line.data.get("was") for line in lines] == [None, None, "yellow"]
    assert sum(one.startswith("UPDATE cases SET overdue_at") for one in asked) == 1
    now = fresh(case)
    assert (now.supervision, now.overdue_at, now.updated_at) == ("red", late, late)
    assert now.history_seq == lines[-1].seq
    assert [one for one in outcomes(case) if one[1] == "fired"] == [
        ("overdue", "fired"),
        ("yellow", "fired"),
        ("red", "fired"),
    ]
    with read_only() as session:
        assert history.verify(session, DISTRICT)[1] is None


def test_each_message_says_what_the_counters_saw_before_and_see_after(stage: Flask) -> None:
    case = new_case()
    act(case, Action.SIGN, "worker")
    swept(NOON + 60 * DAY)
    overdue, yellow, red = told_of(case)[-3:]
    assert [one.kind for one in (overdue, yellow, red)] == [
        "case.overdue",
        "case.moved",
        "case.moved",
    ]
    assert [one.body["hash"] for one in (overdue, yellow, red)] == [
        line.hash for line in lines_of(case)[-3:]
    ]
    with read_only() as session:
        found = session.get_one(Case, case.id)
        seen = fact_views.fact_view(found, references.of(session, DISTRICT)).as_json()
    assert "overdue" not in overdue.body["before"]
    assert overdue.body["before"] | {"overdue": True} == seen
    for before, after in ((overdue, yellow), (yellow, red)):
        assert before.body["after"] == after.body["before"] == seen
    assert red.body["after"] == seen


def test_a_case_that_is_late_and_not_signed_climbs_once_in_a_unit(stage: Flask) -> None:
    case = new_case()
    late = fresh(case).stage_due_at + timedelta(minutes=1)
    with unit_of_work() as session:
        sweep.fire(session, DISTRICT, now=late, limit=10_000)
    assert [line.action for line in lines_of(case)][-1] == "climb"
    assert fresh(case).level == "village"
