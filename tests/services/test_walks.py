"""Random walks of many people over every action: what must always hold, always holds."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask

from gridgov.domain.workflow import Action
from gridgov.services import feedback, history, merging, reporters, timers
from gridgov.services.effects import Given
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import (
    AFTER,
    DISTRICT,
    GRID,
    NOON,
    case_of,
    do,
    person,
    report,
    set_ladder,
)
from tests.support.case_checks import Checks, log_is_gapless
from tests.support.case_walks import CaseWalk
from tests.support.walk import fold_once, folded, is_behind, slow_count

STEPS = 200
# Before New Year: limits run into a year that nobody has published yet.
START = datetime(2026, 12, 22, 2, 0, tzinfo=UTC)


def watched() -> None:
    """Switch the ladder on, and let the sample's own cases have their rows."""
    with unit_of_work() as session:
        set_ladder(session, on=True)
    after: UUID | None = None
    more = True
    while more:
        with unit_of_work() as session:
            after = timers.fill(session, DISTRICT, after, now=START)
        more = after is not None


def walked(seed: int, steps: int, *, count_each: int, start: datetime = START) -> Checks:
    """Walk, judging after each step; return the judge."""
    walk = CaseWalk(random.Random(seed), start, published=start.year)
    checks = Checks(walk)
    for number in range(steps):
        accepted = walk.step()
        with read_only() as session:
            checks.look(session, accepted=accepted)
        if not (number + 1) % count_each or number + 1 == steps:
            counted()
    return checks


def counted() -> None:
    """The facts equal a slow count over rows and history; chain and log are whole."""
    while is_behind():
        fold_once()
    with read_only() as session:
        assert folded() == slow_count(session)
        assert history.verify(session, DISTRICT)[1] is None
        log_is_gapless(session)


def report_of(checks: Checks) -> str:
    """What happened how often, for the reader of a long run."""

    def told(counts: Counter[str]) -> str:
        return ", ".join(f"{name} {count}" for name, count in counts.most_common())

    walk = checks.walk
    return (
        f"until {walk.now:%Y-%m-%d}, {len(walk.cases)} cases\nlines: {told(checks.actions)}\n"
        f"states: {told(checks.states)}\nrefused: {told(walk.refused)}"
    )


def test_whatever_people_do_the_rules_hold(stage: Flask) -> None:
    watched()
    checks = walked(1, STEPS, count_each=STEPS)
    assert len(checks.actions) >= 30, report_of(checks)
    assert len(checks.states) >= 9, report_of(checks)


def test_the_facts_hold_after_a_merge_taken_apart_a_reopening_and_a_late_appeal(
    stage: Flask,
) -> None:
    days = [NOON + timedelta(days=n) for n in range(12)]
    key = ("received", GRID, NOON.date().isoformat(), "open")
    counted()
    with read_only() as session:
        before = Counter(folded().get(key, {}))
    with unit_of_work() as session:
        worker, deputy = person(session, "worker"), person(session, "deputy")
        dispatcher, head = person(session, "dispatcher"), person(session, "towndispatcher")
        receipt, other = report(session), report(session)
        case, twin = case_of(session, receipt), case_of(session, other)
        merging.merge(session, twin.id, case.id, by=dispatcher, now=NOON)
        do(session, twin, Action.UNMERGE, dispatcher, days[1], text="不是同一处")
        for turn in (2, 4):
            if case.state == "dispatched":
                do(session, case, Action.SIGN, worker, days[turn])
            do(session, case, Action.RESOLVE, worker, days[turn], text="好", photos=(AFTER,))
            do(session, case, Action.CHECK_PASS, deputy, days[turn])
            if turn == 2:
                told = receipt.report_id
                feedback.rate(session, told, solved=False, satisfaction=None, now=days[3])
        # In the last days in which one may: it is a month of another day by then.
        late = Given(text="又堆起来了")
        reporters.act(session, receipt.report_id, Action.APPEAL, now=days[9], given=late)
        do(session, case, Action.GRANT_APPEAL, head, days[10], text="属实，重新办理")
        assert (case.state, twin.state) == ("handling", "dispatched")
    counted()
    with read_only() as session:
        more = Counter(folded()[key])
    more.subtract(before)
    right = {"received": 2, "reopened": 1, "closed": 0, "merged": 0}
    assert {name: more[name] for name in right} == right
