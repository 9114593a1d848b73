"""Random walks of many people over every action of the workflow table, by the real services.

A walk is one clock that only goes forward and a handful of cases. Each step is a unit of
work: a report, something the table has for a case where it stands, done by somebody who
stands so to it (or tried by somebody who does not), or the timetable. What was done seldom
is drawn more often. `tests/support/case_checks.py` judges after every step.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.approvals import RULING_AFTER
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import GridgovError
from gridgov.domain.handover import DutyPlace, place_at
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import STEPS, TERMINAL_STATES, Action, CaseState, Relation, allowed
from gridgov.services import (
    calendars,
    casework,
    dispatch,
    feedback,
    grids_borders,
    imports,
    intake,
    merging,
    relief,
    reporters,
    splitting_cases,
    standing,
    sweep,
)
from gridgov.services import reference as references
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.imported import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.services.splitting_cases import Part
from gridgov.storage import cases as case_store
from gridgov.storage import history, people
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.cases import Case
from gridgov.storage.merges import reports_following
from gridgov.storage.people import Person
from gridgov.storage.session import unit_of_work
from gridgov.web.instance import instance
from tests.support.acts import DISTRICT, GRID, inside, pin, submission
from tests.support.case_given import Look, given

MINUTE = timedelta(minutes=1)
STAFF = ("worker", "deputy", "village", "handler", "dispatcher", "towndispatcher", "supervisor")
# 0704 is confidential and waits at the desk; 0202 has days.
CATEGORIES = ("0101", "0202", "0202", "0202", "0704", "0704", "0704", "0301", "0201")
TOLD = "楼下垃圾堆了几天，旁边的路灯也坏了"
PART = "旁边的路灯也坏了"
NEXT_YEAR = ("01-01", "02-05", "02-08", "10-01")
# Done by doors of their own below, or by the timetable, and not drawn from the table.
BY_ITSELF = frozenset(
    {
        *(Action.SUBMIT, Action.JOIN, Action.TAKE_IN, Action.LET_GO, Action.CLIMB),
        *(Action.MARK_OVERDUE, Action.RECOMPUTE, Action.REOPEN, Action.LEAVE),
        *(Action.RELIEVE, Action.STAND_IN),
        *(Action.RECORD_CLOSED, Action.RECORD_REJECTED, Action.RECORD_TRANSFERRED),
    }
)
BY_NET = frozenset({Action.CHANGE_GRID, Action.HAND_OVER, Action.TAKE_BACK})
NOT_DRAWN = BY_ITSELF | BY_NET
# Most cases are to go a long way first.
ENDS = {
    Action.TRANSFER: 0.1,
    Action.DISPATCH: 0.1,
    Action.WITHDRAW: 0.3,
    Action.GRANT_VOID: 0.3,
    Action.ASK_VOID: 0.5,
    Action.SIGN: 4.0,
    Action.RESOLVE: 4.0,
    Action.CHECK_PASS: 2.0,
    Action.ASK_VERIFY: 20.0,
    Action.REGISTER: 5.0,
    **dict.fromkeys((Action.SELF_RESOLVE, Action.SPOT_CHECK, Action.SPOT_FAIL), 8.0),
}
DECIDES = {
    Action.GRANT_EXTENSION: "extension",
    Action.REFUSE_EXTENSION: "extension",
    Action.GRANT_SUSPENSION: "suspension",
    Action.REFUSE_SUSPENSION: "suspension",
    Action.GRANT_VOID: "void",
    Action.REFUSE_VOID: "void",
}
Door = Callable[["CaseWalk", Session, Case, Actor, Given], None]


@dataclass
class CaseWalk:
    """The cases of one walk, its clock and what came of it."""

    rng: random.Random
    now: datetime
    published: int  # the last year whose holidays are known
    most: int = 8
    never: frozenset[Action] = frozenset()  # left out of what is drawn
    cases: list[UUID] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    stood: Counter[str] = field(default_factory=Counter)
    # case → who had it, where, in which state before the net changed, and the line of that
    handed: dict[UUID, tuple[dispatch.Assignment, DutyPlace, str, int]] = field(
        default_factory=dict
    )
    last: str = ""
    actors: dict[tuple[UUID, date], Actor] = field(default_factory=dict)

    def step(self) -> bool:
        """Take one step; False when it was refused, and must have left no trace."""
        self.now += self.rng.randint(1, 40) * MINUTE
        draw = self.rng.random()
        if not self.cases or draw < 0.06 or (len(self.cases) < self.most and draw < 0.25):
            return self._try("report", self._report)
        doors = ((0.11, self._timetable), (0.14, self._net), (0.155, self._away))
        for below, door in (*doors, (0.175, self._record)):
            if draw < below:
                return self._try(door.__name__.removeprefix("_"), door)
        return self._try("act", self._act)

    def _open(self) -> list[UUID]:
        # Old cases stay in the walk for what can still be done to them, newer ones more often.
        return self.cases[-self.most :]

    def _try(self, name: str, work: Callable[[Session], None]) -> bool:
        self.last, known = name, list(self.cases)
        try:
            with unit_of_work() as session:
                work(session)
        except GridgovError as error:
            self.refused[f"{self.last}: {error.code}"] += 1
            self.cases = known
            return False
        self.done[self.last] += 1
        return True

    def actor(self, session: Session, person_id: UUID) -> Actor:
        """Somebody of the staff as they are today."""
        key = person_id, self.now.date()
        if key not in self.actors:
            row = session.get_one(Person, person_id)
            self.actors[key] = people.load_actor(session, row, self.now.date())
        return self.actors[key]

    # Reports

    def _report(self, session: Session) -> None:
        by = Actor.resident(DISTRICT)
        area = self._grid(session)
        more: dict[str, Any] = {"position": pin(inside(session, area)), "text": TOLD}
        if self.rng.random() < 0.3:  # a worker tells of what lies in the own grid
            worker = session.scalars(select(Person).where(Person.username == "worker")).one()
            by, more["position"] = self.actor(session, worker.id), pin(inside(session))
            photo = StoredPhoto(self.rng.randbytes(32).hex(), 800, 600)
            more |= {"photos": (photo,), "channel": "patrol"}
        elif self.rng.random() < 0.3 and self.cases:  # "me too"
            case = session.get_one(Case, self.rng.choice(self._open()))
            if case.lon is not None:
                more |= {"join_case_id": case.id, "position": pin(_spot(case))}
        category = self.rng.choice(CATEGORIES)
        told = submission(session, category_code=category, emergency_seen=True, **more)
        receipt = intake.submit(session, told, by=by, now=self.now, vault=instance().vault)
        if not receipt.joined:
            self.cases.append(receipt.case.id)

    def _grid(self, session: Session) -> str:
        net = references.of(session, DISTRICT).net
        return self.rng.choice([GRID, GRID, *(n.code for n in grids_borders.neighbours(net, GRID))])

    def _record(self, session: Session) -> None:
        """How it ended where it came from: what an import writes."""
        reference = references.of(session, DISTRICT)
        spot = inside(session)
        outcome = self.rng.choice([Outcome.CLOSED, Outcome.REJECTED, Outcome.TRANSFERRED])
        past = PastRequest(
            external_id=uuid4().hex,
            opened_at=self.now - timedelta(days=2),
            outcome=outcome,
            category_code="0101",
            placement=locate(reference, spot, "0101", None),
            ended_at=self.now - timedelta(days=1),
            position=spot,
        )
        batch = imports.prepare([past], reference, source="walk", now=self.now)
        assert imports.write(session, batch) == 1
        self.cases.insert(0, batch.cases[0]["id"])

    # The timetable

    def _timetable(self, session: Session) -> None:
        """Let time pass, and everything that has come due be done."""
        self.now += self.rng.choice((10, 30, 120, 700, 3000)) * MINUTE
        if (self.now + timedelta(days=2)).year > self.published:
            self._publish(session)
        for _ in range(60):
            if not sweep.fire(session, DISTRICT, now=self.now).more:
                return
        raise AssertionError("the sweep found no end")

    def _publish(self, session: Session) -> None:
        """The State Council publishes the next year: limits that rested on a guess move."""
        self.published += 1
        days = [
            CalendarDay(
                district_code=DISTRICT,
                day=date.fromisoformat(f"{self.published}-{text}"),
                workday=False,
                name="元旦",
                name_en="New Year",
                source="国办发明电",
            )
            for text in NEXT_YEAR
        ]
        calendars.publish(session, DISTRICT, days)
        session.flush()
        after: UUID | None = None
        more = True
        while more:
            after, _ = calendars.recount(session, DISTRICT, after, now=self.now)
            more = after is not None
        self.last = "publish"

    # The net

    def _net(self, session: Session) -> None:
        """What a change of the net does to a case; and the way back."""
        few = list(self.handed) if self.handed and self.rng.random() < 0.6 else self._open()
        drawn = [session.get_one(Case, self.rng.choice(few)) for _ in range(3)]
        case = max(drawn, key=lambda one: one.state == "handling")
        system, reference = Actor.system(DISTRICT), references.of(session, DISTRICT)
        was = self.handed.pop(case.id, None)
        if was is not None and (was[3], case.state) == (case.history_seq, "dispatched"):
            holder, place, state, _ = was
            action = Action.TAKE_BACK if state == "handling" else Action.HAND_OVER
            back = Given(reason="grid_change_undone", duty=place, assignment=holder)
            self.last = str(action)
            casework.perform(session, case.id, action, by=system, now=self.now, given=back)
            return
        place = place_at(reference.net, self._grid(session), None)
        given = Given(reason="grid_changed", duty=place)
        holder_now = None
        if case.state in ("dispatched", "handling"):
            duties = dispatch.duties_of(session, reference, self.now)
            holder_now = dispatch.holder_after_change(case, place, reference, duties)
        action = Action.CHANGE_GRID
        if holder_now is not None:
            action, given = (
                Action.HAND_OVER,
                Given(reason="grid_changed", duty=place, assignment=holder_now),
            )
        had = dispatch.Assignment(case.assignee_id, case.unit_code, "given_back")
        before = had, case.duty, case.state
        self.last = str(action)
        casework.perform(session, case.id, action, by=system, now=self.now, given=given)
        if holder_now is not None:
            self.handed[case.id] = (*before, case.history_seq)

    def _away(self, session: Session) -> None:
        """Somebody who has a part of a case is away: all of theirs goes to others."""
        tasks = case_store.open_tasks(session, self.rng.choice(self._open()))
        away = [task.person_id for task in tasks if task.person_id is not None]
        for who in away[:1]:
            relief.relieve(session, who, relief.ON_LEAVE, district_code=DISTRICT, now=self.now)

    # What the table has

    def _act(self, session: Session) -> None:
        case = self._some_case(session)
        by, action = self.somebody(session, case)
        given = self.given(session, case, action, by)
        self.last = str(action)
        step = STEPS.get((CaseState(case.state), action))
        may = step is not None and step.who & standing.relations(session, case, by)
        DOORS.get(action, CaseWalk._perform)(self, session, case, by, given)
        assert may, f"{action} in {case.state} by {by.role} {by.name}"

    def _some_case(self, session: Session) -> Case:
        """Some case of the newer ones, rather where few have stood so far.

        One that waits for a ruling before all: two returns of one case are rare by themselves.
        """
        few = self._open() if self.rng.random() < 0.9 else self.cases
        drawn = (session.get_one(Case, self.rng.choice(few)) for _ in range(3))
        case = min(drawn, key=lambda one: (not standing.needs_ruling(one), self.stood[one.state]))
        self.stood[case.state] += 1 if case.state not in TERMINAL_STATES else 20
        return case

    def somebody(self, session: Session, case: Case) -> tuple[Actor, Action]:
        """One who may, and what, by the table; now and then anybody, anything."""
        everybody = self.around(session, case)
        state = CaseState(case.state)
        can: dict[Action, list[Actor]] = {}
        for actor in everybody:
            relations = standing.relations(session, case, actor) - {Relation.SYSTEM}
            for action in allowed(state, relations):
                if action not in NOT_DRAWN | self.never and _makes_sense(session, case, action):
                    can.setdefault(action, []).append(actor)
        if not can or self.rng.random() < 0.08:
            return self.rng.choice(everybody), self.rng.choice(list(Action))
        weights = [ENDS.get(one, 1.0) / (1 + self.done[f"{state} {one}"]) for one in can]
        if case.return_count == RULING_AFTER - 1 and Action.RETURN in can:
            weights[list(can).index(Action.RETURN)] = max(weights)
        action = self.rng.choices(list(can), weights)[0]
        self.done[f"{state} {action}"] += 1
        return self.rng.choice(can[action]), action

    def around(self, session: Session, case: Case) -> list[Actor]:
        """Everybody who may have to do with a case: its people, units, offices and reporters."""
        names = select(Person.id).where(Person.username.in_(STAFF))
        ids = set(session.scalars(names))
        units = {case.unit_code, case.checker_unit_code}
        ids |= {one for one in (case.assignee_id, case.checker_id) if one is not None}
        for task in case_store.open_tasks(session, case.id):
            units.add(task.unit_code)
            ids |= {task.person_id} if task.person_id is not None else set()
        for unit in units - {None}:
            ids |= set(people.of_unit(session, DISTRICT, unit))
        told = [Actor.resident(DISTRICT, report.id) for report in reports_following(session, case)]
        return [*sorted((self.actor(session, one) for one in ids), key=lambda one: one.name), *told]

    def given(self, session: Session, case: Case, action: Action, by: Actor) -> Given:
        """What comes with an act of somebody."""
        return given(Look(self.rng, self.now, session, case, by, self._open()), action)

    # The doors that are more than one act

    def _perform(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        action = Action(self.last)
        casework.perform(session, case.id, action, by=by, now=self.now, given=given)

    def _merge(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        into = given.case_id or case.id
        merging.merge(session, case.id, into, by=by, now=self.now, given=given)

    def _unmerge(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        merging.unmerge(session, case.id, by=by, now=self.now, given=given)

    def _split(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        parts = [Part(PART, "0301")]
        made = splitting_cases.split_case(
            session, case.id, parts, by=by, now=self.now, given=Given(text=given.text)
        )
        self.cases += [one.id for one in made]

    def _withdraw(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        if by.report_id is None:  # no door of a page: straight to the table
            return self._perform(session, case, by, given)
        reporters.withdraw(session, by.report_id, now=self.now, text=given.text)
        self.last = history.of_case(session, case.id)[-1].action
        return None

    def _add(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        if by.report_id is None:
            return self._perform(session, case, by, given)
        reporters.add(session, by.report_id, given, now=self.now)
        return None

    def _correct_spot(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        reporters.correct_spot(session, case.id, given, by=by, now=self.now)

    def _rate(self, session: Session, case: Case, by: Actor, given: Given) -> None:
        if by.report_id is None:
            return self._perform(session, case, by, given)
        solved, how = self.rng.choice(((True, "satisfied"), (False, "dissatisfied")))
        feedback.rate(session, by.report_id, solved=solved, satisfaction=how, now=self.now)
        return None


DOORS: dict[Action, Door] = {
    Action.MERGE: CaseWalk._merge,
    Action.UNMERGE: CaseWalk._unmerge,
    Action.SPLIT: CaseWalk._split,
    Action.WITHDRAW: CaseWalk._withdraw,
    Action.ADD: CaseWalk._add,
    Action.CORRECT_SPOT: CaseWalk._correct_spot,
    Action.RATE: CaseWalk._rate,
}


def _makes_sense(session: Session, case: Case, action: Action) -> bool:
    if action is Action.SELF_RESOLVE:
        return references.of(session, DISTRICT).category_of(case).self_close
    return action not in DECIDES or case.applied_for == DECIDES[action]


def _spot(case: Case) -> LonLat:
    return LonLat(lon=case.lon or 0.0, lat=case.lat or 0.0)
