"""What must hold of every case after every step, looked up in the rows and counted anew.

The clocks are counted by a table of open minutes of its own (is this minute one in which
people work?), not by the functions that set the limits.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import NO_LIMIT, WorkingCalendar
from gridgov.domain.escalation import plan
from gridgov.domain.history import GENESIS, entry_hash
from gridgov.domain.roles import Actor
from gridgov.domain.scope import may_see
from gridgov.domain.stages import Stage
from gridgov.domain.workflow import (
    OPEN_STATES,
    PAUSED_STATES,
    STEPS,
    TERMINAL_STATES,
    Action,
    CaseState,
    Clock,
    Relation,
)
from gridgov.services import deadlines, standing, timers
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import applications, history
from gridgov.storage import cases as case_store
from gridgov.storage import timers as timer_store
from gridgov.storage.applications import Application
from gridgov.storage.cases import ASSIST, CHECK, LEAD, VERIFY, Case, Task
from gridgov.storage.history import CaseEntry
from gridgov.storage.messages import Message, last_position
from gridgov.storage.timers import Timer
from tests.support.acts import DISTRICT
from tests.support.case_walks import CaseWalk

ZONE = ZoneInfo("Asia/Shanghai")
# Off in a year nobody has published, too.
FIXED_DAYS = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]
FIRST, DAYS = date(2026, 10, 1), 3300
HANDLED = ("sign", "resolve", "self_resolve", "finish_task")
# Who has a task, and the state in which it is theirs to act, must be able to do this.
OWED = {
    (LEAD, "dispatched"): Action.SIGN,
    (LEAD, "handling"): Action.RESOLVE,
    (LEAD, "suspended"): Action.RESUME,
    (CHECK, "resolved"): Action.CHECK_PASS,
    (CHECK, "closed"): Action.SPOT_CHECK,
    (VERIFY, "verifying"): Action.CONFIRM,
    (ASSIST, "registered"): Action.FINISH_TASK,
    (ASSIST, "dispatched"): Action.FINISH_TASK,
    (ASSIST, "handling"): Action.FINISH_TASK,
}
LEVELS = ["grid", "village", "town", "district"]
WITH_A_LEAD = frozenset({"dispatched", "handling", "suspended", "resolved"})
GRANTS = {
    "extension": Action.GRANT_EXTENSION,
    "suspension": Action.GRANT_SUSPENSION,
    "void": Action.GRANT_VOID,
    "appeal": Action.GRANT_APPEAL,
}
DECISIONS = frozenset(
    {
        *(Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION, Action.GRANT_SUSPENSION),
        *(Action.REFUSE_SUSPENSION, Action.GRANT_VOID, Action.REFUSE_VOID),
        *(Action.GRANT_APPEAL, Action.DENY_APPEAL),
    }
)
DECIDED_BEFORE = frozenset({"reject", "check_pass", "self_resolve"})
# Only these move the limit to handle; a return, a new owner, a climb never do.
MOVES_LIMIT = frozenset({Clock.EXTEND, Clock.RESTART, Clock.RESUME, Clock.CONTINUE})


Table = np.ndarray[tuple[int], np.dtype[np.int64]]
_counted: list[tuple[WorkingCalendar, Table]] = []


def _open_minutes(calendar: WorkingCalendar) -> Table:
    """How many minutes people had worked since the first day, at each minute."""
    if not _counted or _counted[0][0] != calendar:
        _counted[:] = [(calendar, _count_open(calendar))]
    return _counted[0][1]


def _count_open(calendar: WorkingCalendar) -> Table:
    is_open = np.zeros(DAYS * 1440, np.int64)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        by_law = day.year > calendar.last.year and f"{day:%m-%d}" in FIXED_DAYS
        if calendar.days.get(day, day.weekday() < 5 and not by_law):
            for opens, closes in calendar.hours:
                start = number * 1440
                first, end = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
                is_open[start + first : start + end] = 1
    return np.concatenate([[0], np.cumsum(is_open)])


def minutes(a: datetime, b: datetime, working: bool, calendar: WorkingCalendar) -> float:
    """The minutes from a to b (negative when b is earlier): working ones, or all of them."""
    first = datetime.combine(FIRST, datetime.min.time(), ZONE).astimezone(UTC)
    if not working:
        return (b - a) / timedelta(minutes=1)
    table = _open_minutes(calendar)
    return float(np.diff([table[round((one - first) / timedelta(minutes=1))] for one in (a, b)])[0])


@dataclass
class Clocks:
    """What one case has used of its limit, counted by hand."""

    due: datetime
    total: float | None  # None where there is no limit, or it is over: nothing left to add up
    spent: float
    at: datetime
    runs: bool
    used: float | None = None  # what it had used when it stopped


class Checks:
    """The judge of a walk: `look` after each step."""

    def __init__(self, walk: CaseWalk) -> None:
        """Begin with nothing known."""
        self.walk = walk
        self.seen: dict[UUID, int] = {}
        self.clocks: dict[UUID, Clocks] = {}
        self.actions: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self.published = walk.published

    def look(self, session: Session, *, accepted: bool) -> None:
        """Judge every case of the walk on which something was written since the last look."""
        reference = references.of(session, DISTRICT)
        heads = dict(
            session.execute(
                select(Case.id, Case.history_seq).where(Case.id.in_(self.walk.cases))
            ).all()
        )
        changed = [case_id for case_id, seq in heads.items() if self.seen.get(case_id) != seq]
        assert accepted or not changed, "a refused act left a trace"
        if self.published != self.walk.published:  # minutes are counted by another table now
            self.published = self.walk.published
            self.clocks.clear()
        for case_id in changed:
            self._judge(session, session.get_one(Case, case_id), reference)
            self.seen[case_id] = heads[case_id]

    def _judge(self, session: Session, case: Case, reference: Reference) -> None:
        lines = history.of_case(session, case.id)
        new = lines[self.seen.get(case.id, 0) :]
        self.actions.update(line.action for line in new)
        self.states[case.state] += 1
        _chain(session, case, lines)
        _by_the_table(lines)
        _separate_people(session, case, lines)
        _found_alone(lines)
        _tasks(session, case)
        _application(session, case)
        _supervision(lines, reference)
        _timers(session, case, reference)
        self._everybody_can_act(session, case)
        self._add_up(case, new, reference)

    def _everybody_can_act(self, session: Session, case: Case) -> None:
        around = self.walk.around(session, case)
        for task in case_store.open_tasks(session, case.id):
            owed = OWED.get((task.kind, case.state))
            if owed is None:
                continue
            assert (CaseState(case.state), owed) in STEPS
            able = [one for one in around if _can(session, case, task, one, owed)]
            assert able, f"{case.number} {case.state}: nobody can {owed} ({task.reason})"

    def _add_up(self, case: Case, new: list[CaseEntry], reference: Reference) -> None:
        """Used + left = limit, over all pauses and whoever had the case."""
        category, calendar = reference.category_of(case), reference.calendar
        working = deadlines.limit(case, category, Stage.HANDLE, reference).unit.working
        clocks = self.clocks.get(case.id)
        if clocks is None or len(new) != 1 or case.due_at >= NO_LIMIT:
            # Several acts in one unit: the limits between them are not to be seen.
            self.clocks[case.id] = _fresh(case, working, reference)
            return
        line = new[0]
        was, clock = replace(clocks), _clock_of(line)
        if clocks.runs:
            clocks.spent += minutes(clocks.at, line.at, working, calendar)
        clocks.at, clocks.due = line.at, case.due_at
        clocks.runs = case.state not in PAUSED_STATES | {CaseState.MERGED}
        _limit_moved(case, was, line, clock)
        left = minutes(line.at, case.due_at, working, calendar)
        if clock is Clock.CONTINUE and clocks.total is not None:
            assert abs(clocks.spent + left - clocks.total) < 1.5, (line.action, clocks, left)
        used = minutes(case.handle_since, line.at, working, calendar)
        if clock is Clock.CONTINUE and clocks.used is not None:
            assert abs(used - clocks.used) < 1.5, (line.action, used, clocks.used)
            clocks.used = None
        stops = was.runs and not clocks.runs
        if stops:
            clocks.used = used
        if stops and case.paused_left is not None and line.at < case.due_at:
            assert abs(case.paused_left * 60 - left) < 0.5, (line.action, left, case.paused_left)
        moved = case.due_at != was.due and clock is not Clock.CONTINUE
        # Over, or between two days with not a working minute left: it ends where it ended.
        over = left <= 0 and (clocks.runs or was.runs)
        if moved or over or (clocks.total is None and clocks.runs):
            self.clocks[case.id] = _fresh(case, working, reference)


def _limit_moved(case: Case, was: Clocks, line: CaseEntry, clock: Clock) -> None:
    """The limit to handle moves by what may move it, and only as it may."""
    if line.action == "take_in":
        assert case.due_at <= was.due, "one more reporter gave more time"
    elif clock not in MOVES_LIMIT and line.action != "recompute":
        assert case.due_at == was.due, f"{line.action} moved the limit to handle"
    if clock in (Clock.EXTEND, Clock.RESUME):
        assert case.due_at >= was.due, f"{line.action} left less time"
    if clock is Clock.RESTART:
        assert case.handle_since == line.at


def _fresh(case: Case, working: bool, reference: Reference) -> Clocks:
    runs = case.state not in PAUSED_STATES | {CaseState.MERGED}
    total = None
    if case.updated_at < case.due_at < NO_LIMIT and runs:
        total = minutes(case.updated_at, case.due_at, working, reference.calendar)
    return Clocks(case.due_at, total, 0.0, case.updated_at, runs)


def _clock_of(line: CaseEntry) -> Clock:
    if line.from_state is None:
        return Clock.RESTART
    return STEPS[CaseState(line.from_state), Action(line.action)].clock


def _chain(session: Session, case: Case, lines: list[CaseEntry]) -> None:
    """Each line is sealed to the one before, and told once in the log."""
    previous = GENESIS
    for number, line in enumerate(lines, 1):
        assert (line.seq, line.previous_hash) == (number, previous)
        assert line.hash == entry_hash(previous, line.sealed_fields(), line.algorithm)
        previous = line.hash
    assert (case.history_seq, case.history_hash) == (len(lines), previous)
    told = session.execute(
        select(Message.entry_seq, Message.body["hash"].as_string())
        .where(Message.case_id == case.id, Message.entry_seq.is_not(None))
        .order_by(Message.entry_seq)
    )
    assert [tuple(row) for row in told] == [(line.seq, line.hash) for line in lines]


def _by_the_table(lines: list[CaseEntry]) -> None:
    """Every line goes where the table says, from where the last one came to."""
    state: str | None = None
    for line in lines:
        assert line.from_state == state
        if state is not None:
            assert CaseState(state) not in TERMINAL_STATES, f"{line.action} out of {state}"
            ends = STEPS[CaseState(state), Action(line.action)].ends(CaseState(state))
            assert line.to_state in ends, (state, line.action, line.to_state)
        state = line.to_state


def _found_alone(lines: list[CaseEntry]) -> None:
    """Nobody closes alone what a check, a spot check or a resident found undone."""
    undone = {"send_back", "reopen", "spot_fail"}
    seen: set[str] = set()
    for line in lines:
        again = line.action == "grant_appeal" and line.from_state == "closed"
        seen |= {line.action} & undone | ({"grant_appeal"} if again else set())
        assert line.action != "self_resolve" or not seen, f"closed alone after {seen}"


def _separate_people(session: Session, case: Case, lines: list[CaseEntry]) -> None:
    """Whoever checks never handled it; whoever decides did not apply, nor decide before."""
    handled: set[UUID | None] = set()
    judged: set[UUID | None] = set()
    for line in lines:
        if line.action in ("check_pass", "send_back", "spot_check", "spot_fail"):
            assert line.by_person_id not in handled, f"{line.action} by who handled it"
        if line.action in ("grant_appeal", "deny_appeal"):
            assert line.by_person_id not in judged, "an appeal decided by who decided before"
        if line.action in HANDLED:
            handled.add(line.by_person_id)
        if line.action in DECIDED_BEFORE:
            judged.add(line.by_person_id)
    for one in applications.of_case(session, case.id):
        if one.decided_by_id is not None:
            assert one.decided_by_id != one.applicant_id, "approver and applicant are one"


def _tasks(session: Session, case: Case) -> None:
    """One lead where somebody must have it, none where nobody may; the case says the same."""
    tasks = case_store.open_tasks(session, case.id)
    kinds = Counter(task.kind for task in tasks)
    where = case.back_to if case.state in ("need_info", "merged") else case.state
    assert kinds[LEAD] == (1 if where in WITH_A_LEAD else 0), (case.state, where, kinds)
    assert kinds[CHECK] <= 1 and kinds[VERIFY] <= 1, kinds
    assert kinds[CHECK] == 0 or case.state in ("resolved", "closed"), (case.state, kinds)
    if not case.is_open and case.state != CaseState.MERGED:
        assert not kinds.keys() - {CHECK}, (case.state, kinds)
    for task in tasks:
        held = task.person_id, task.unit_code
        if task.kind == LEAD:
            assert held == (case.assignee_id, case.unit_code)
        elif task.kind == CHECK:
            assert held == (case.checker_id, case.checker_unit_code)
    if not kinds[CHECK]:
        assert (case.checker_id, case.checker_unit_code) == (None, None)


def _application(session: Session, case: Case) -> None:
    """What was applied for waits where somebody can decide it, or where the case comes back."""
    waiting = session.scalars(
        select(Application).where(Application.case_id == case.id, Application.decided_at.is_(None))
    ).all()
    assert [one.kind for one in waiting] == ([] if case.applied_for is None else [case.applied_for])
    if case.applied_for is not None:
        paused = case.state == "need_info" and case.back_to is not None
        state = CaseState(case.back_to if paused else case.state)
        assert (state, GRANTS[case.applied_for]) in STEPS, (case.state, case.applied_for)
    if case.applied_for == "extension" and case.paused_at is None:
        asked = waiting[0]
        assert asked.until is not None and asked.until > case.due_at, "a grant would give nothing"
        assert LEVELS.index(asked.level) >= LEVELS.index(case.level), "decided from below"


def _supervision(lines: list[CaseEntry], reference: Reference) -> None:
    """It only rises until it is ended; the second return and a reopening are red at once."""
    colour, returns = None, 0
    rising = (None, "ordinary", "yellow", "red")
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        if line.action == "supervise":
            assert line.data["was"] == colour
            assert rising.index(line.data["supervision"]) > rising.index(colour)
            colour = line.data["supervision"]
        elif line.action == "end_supervision":
            colour = None
        returns += line.action == "return"
        second = line.action == "return" and returns == 2
        if reference.ladder and (second or line.action == "reopen") and colour != "red":
            assert after is not None and after.action == "supervise"
            assert (after.data["supervision"], after.at) == ("red", line.at)


def _timers(session: Session, case: Case, reference: Reference) -> None:
    """The rows are what the plan says of the case as it stands, and nothing else."""
    view = timers.view_of(session, case, reference)
    wanted = plan(view, timers.limits_of(case, reference), reference.calendar)
    came = timer_store.came(session, case.id)
    expected = sorted(one.key for one in wanted if one.key not in came)
    rows = session.scalars(
        select(Timer).where(Timer.case_id == case.id, Timer.ended_at.is_(None))
    ).all()
    there = sorted(
        (row.kind, row.due_at, str(row.data.get("task") or row.data.get("step") or ""))
        for row in rows
    )
    assert there == expected, (case.state, there, expected)
    kinds = {row.kind for row in rows}
    if CaseState(case.state) not in OPEN_STATES:
        assert kinds <= {"appeal_due"}
    if case.state in PAUSED_STATES:
        assert len(kinds - {"record_due"}) == 1 and kinds <= {"info_ends", "resume", "record_due"}
    elif case.is_open and case.overdue_at is None and case.due_at < NO_LIMIT:
        assert "overdue" in kinds, (case.state, case.due_at, kinds, came)


def _can(session: Session, case: Case, task: Task, actor: Actor, action: Action) -> bool:
    """Tell whether somebody has a task and can do what it asks, and see the case."""
    if actor.person_id is None or not standing.holds(task, actor):
        return False
    relations = standing.relations(session, case, actor) - {Relation.REPORTER}
    seen = may_see(actor, case_store.scope_of(session, case))
    return seen and bool(STEPS[CaseState(case.state), action].who & relations)


def log_is_gapless(session: Session) -> None:
    """Every position of the log is there once."""
    count, least, most = session.execute(
        select(func.count(), func.min(Message.position), func.max(Message.position)).where(
            Message.district_code == DISTRICT
        )
    ).one()
    assert (least, most) == (1, count) and last_position(session, DISTRICT) == count
