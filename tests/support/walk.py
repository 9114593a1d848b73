"""Random walks of casework over several cases, and a slow count of what they came to.

A walk is a list of steps; each names a case of the walk (or a new one), a choice among
what can happen to it, and the minutes that pass. The count reads the rows of the cases
and their history one by one and shares no code with the folding of the log.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import feedback, indicators, standing, sweep
from gridgov.services import reference as references
from gridgov.storage import facts, messages
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only, unit_of_work
from tests.support.acts import AFTER, DISTRICT, case_of, do, holder, inside, person, pin, report
from tests.support.slow_figures import Table, slow_count

# Ten minutes before midnight in Gaoming, so that local and UTC days differ all the time.
START = datetime(2026, 11, 9, 15, 50, tzinfo=ZoneInfo("UTC"))
CATEGORIES = ("0101", "0301", "0402", "0704", "0201", "0607")
ANSWERS = ("satisfied", "dissatisfied")

Step = tuple[int, int, int]
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 99), st.integers(1, 40 * 60)),
    min_size=10,
    max_size=32,
)

# One walk through everything that can happen: the numbers choose from MOVES by the state.
REPORT, SWEEP = (3, 6, 1), (0, 95, 40 * 60)
FIRST = [(0, choice, 5) for choice in (0, 0, 2, 0, 0, 0, 0, 0, 1)]  # sent back, reopened, solved
REJECTED = [(1, 2, 5), (1, 2, 5)]
TRANSFERRED = [(2, 3, 5), (2, 4, 5)]
WAITING = [(3, 2, 5), (3, 0, 5)]  # returned and dispatched again
EVERYTHING: list[Step] = [REPORT] * 4 + FIRST + REJECTED + TRANSFERRED + WAITING + [SWEEP]
SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=3)


@dataclass
class Walker:
    """One case of a walk and the resident who reported it."""

    case_id: UUID
    report_id: UUID
    at: datetime


@dataclass
class Walk:
    """The cases of one walk; `play` takes the next step, each in its own unit of work."""

    start: datetime
    walkers: list[Walker] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def play(self, step: Step) -> None:
        """Take one step: a new report, the timetable, or something with one of the cases."""
        who, choice, minutes = step
        with unit_of_work() as session:
            if who >= len(self.walkers):
                self._report(session, choice, minutes)
            elif choice >= 90:
                self._sweep(session, minutes)
            else:
                self._act(session, self.walkers[who], choice, minutes)

    def _report(self, session: Session, choice: int, minutes: int) -> None:
        net = references.of(session, DISTRICT).net
        grids = net.areas(AreaKind.PROFESSIONAL if choice % 4 == 0 else AreaKind.GRID)
        area = grids[(choice * 37 + minutes) % len(grids)]
        taken = sorted(area.categories) or CATEGORIES
        at = self.start + timedelta(minutes=minutes)
        receipt = report(
            session,
            now=at,
            position=pin(inside(session, area.code)),
            category_code=taken[choice % len(taken)],
            emergency_seen=True,
        )
        case = case_of(session, receipt)
        self.walkers.append(Walker(case.id, receipt.report_id, at))
        self.done["submit"] += 1

    def _sweep(self, session: Session, minutes: int) -> None:
        at = max((walker.at for walker in self.walkers), default=self.start)
        self.done["mark_overdue"] += sweep.mark_overdue(
            session, DISTRICT, now=at + timedelta(minutes=minutes)
        )

    def _act(self, session: Session, walker: Walker, choice: int, minutes: int) -> None:
        case = session.get_one(Case, walker.case_id)
        moves = MOVES.get(CaseState(case.state), ())
        if not moves:
            return
        walker.at += timedelta(minutes=minutes)
        name = moves[choice % len(moves)]
        if DO[name](session, case, walker):
            self.done[name] += 1


def _by(session: Session, case: Case, walker: Walker) -> Any:
    return holder(session, case.assignee_id, case.unit_code, walker.at)


def _act(action: Action, **given: Any) -> Callable[[Session, Case, Walker], bool]:
    """The holder does something."""

    def run(session: Session, case: Case, walker: Walker) -> bool:
        do(session, case, action, _by(session, case, walker), walker.at, **given)
        return True

    return run


def _desk(action: Action, **given: Any) -> Callable[[Session, Case, Walker], bool]:
    """The dispatcher of the district does something."""

    def run(session: Session, case: Case, walker: Walker) -> bool:
        do(session, case, action, person(session, "dispatcher"), walker.at, **given)
        return True

    return run


def _check(action: Action, **given: Any) -> Callable[[Session, Case, Walker], bool]:
    """The one who was asked to check does something."""

    def run(session: Session, case: Case, walker: Walker) -> bool:
        by = holder(session, case.checker_id, case.checker_unit_code, walker.at)
        do(session, case, action, by, walker.at, **given)
        return True

    return run


def _pass_up(session: Session, case: Case, walker: Walker) -> bool:
    if case.level == "district" or case.ruled:
        return False
    return _act(Action.PASS_UP, text="做不了")(session, case, walker)


def _answer(solved: bool) -> Callable[[Session, Case, Walker], bool]:
    """The resident answers, once; "no" reopens the case the first time."""

    def run(session: Session, case: Case, walker: Walker) -> bool:
        if case.solved is not None:
            return False
        feedback.rate(
            session,
            walker.report_id,
            solved=solved,
            satisfaction=ANSWERS[not solved],
            now=walker.at,
        )
        return True

    return run


def _owner(session: Session, case: Case, walker: Walker) -> bool:
    """The dispatcher finds an owner; after two returns that is a ruling."""
    action = Action.RULE if standing.needs_ruling(case) else Action.DISPATCH
    return _desk(action, target="unit:CG", text="裁定")(session, case, walker)


def _return(session: Session, case: Case, walker: Walker) -> bool:
    if case.ruled:
        return False
    return _act(Action.RETURN, reason="wrong_duty", text="属城管")(session, case, walker)


DO: dict[str, Callable[[Session, Case, Walker], bool]] = {
    "dispatch": _desk(Action.DISPATCH, target="unit:CG"),
    "reject": _desk(Action.REJECT, reason="duplicate", text="已有一件"),
    "transfer": _desk(Action.TRANSFER, target="区法院", receipt="2026-1", text="移交"),
    "sign": _act(Action.SIGN),
    "owner": _owner,
    "return": _return,
    "pass_up": _pass_up,
    "resolve": _act(Action.RESOLVE, text="已清走", photos=(AFTER,)),
    "check_pass": _check(Action.CHECK_PASS),
    "send_back": _check(Action.SEND_BACK, text="还有"),
    "solved": _answer(True),
    "not_solved": _answer(False),
}
# What is drawn in each state; the way on stands twice, so that many cases come to an end.
MOVES: dict[CaseState, tuple[str, ...]] = {
    CaseState.SUBMITTED: ("dispatch", "dispatch", "reject", "transfer"),
    CaseState.REGISTERED: ("owner", "owner", "reject", "transfer"),
    CaseState.DISPATCHED: ("sign", "sign", "return", "pass_up", "transfer", "dispatch"),
    CaseState.HANDLING: ("resolve", "resolve", "resolve", "return", "pass_up", "transfer"),
    CaseState.RESOLVED: ("check_pass", "check_pass", "send_back"),
    CaseState.CLOSED: ("not_solved", "solved", "not_solved"),
}


# Folding, with everything that can come between


class Cut(Exception):
    """The power goes: the unit of work is not committed."""


def fold_once(*, cut: bool = False) -> int:
    """Fold one batch; `cut` lets everything be done but the commit."""
    with unit_of_work() as session:
        folded = indicators.fold_pending(session, DISTRICT)
        if cut:
            session.flush()
            raise Cut
    return folded


def fold_interrupted(sizes: Sequence[int], set_batch: Callable[[int], None]) -> None:
    """Fold some batches of odd sizes, each after one that was cut off before its commit."""
    for size in sizes:
        set_batch(size)
        with contextlib.suppress(Cut):
            fold_once(cut=True)
        assert fold_once() <= size


def is_behind() -> bool:
    """Tell whether the log holds messages that are not folded yet."""
    with read_only() as session:
        folded = messages.cursor_position(session, indicators.PROJECTOR, DISTRICT)
        return folded < messages.last_position(session, DISTRICT)


def fold_by_two(app: Flask) -> None:
    """Let two folders race to the end of the log."""
    errors: list[BaseException] = []
    both = threading.Barrier(2)

    def run() -> None:
        try:
            with app.app_context():
                both.wait(30)
                while is_behind() and not errors:
                    fold_once()
        except BaseException as error:  # judged below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not errors, errors
    assert not is_behind()


# The facts as they stand


def folded() -> Table:
    """The facts as they stand."""
    with read_only() as session:
        return facts.everything(session, DISTRICT)


def rebuilt() -> int:
    """Fold the whole log again; return the messages folded."""
    with unit_of_work() as session:
        return indicators.rebuild(session, DISTRICT)


def assert_facts_equal_a_slow_count(
    app: Flask, patch: pytest.MonkeyPatch, *, walks: int, rebuild_each: bool = False
) -> Counter[str]:
    """Let random walks happen one after another; after each, the facts equal a slow count.

    The log is folded in batches of odd sizes, cut off in between, then by two folders at
    once. At the end (or after each walk) folding it all again must change nothing.
    Returns how often each thing was done.
    """
    done: Counter[str] = Counter()

    def set_batch(size: int) -> None:
        patch.setattr(indicators, "BATCH", size)

    def fold_again() -> None:
        set_batch(500)
        before = folded()
        with read_only() as session:
            last = messages.last_position(session, DISTRICT)
        assert rebuilt() == last
        assert folded() == before

    @settings(max_examples=walks, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS, SIZES, st.integers(0, 20))
    @example(EVERYTHING, [3], 7)
    def check(steps: list[Step], sizes: list[int], days: int) -> None:
        walk = Walk(START + timedelta(days=days))
        for step in steps:
            walk.play(step)
        fold_interrupted(sizes, set_batch)
        set_batch(17)
        fold_by_two(app)
        with read_only() as session:
            assert folded() == slow_count(session)
        if rebuild_each:
            fold_again()
        done.update(walk.done)

    check()
    fold_again()
    assert set(done) >= {*DO, "submit", "mark_overdue"}, done
    return done
