"""Playing planned lives in the order in which they happened, clocks included.

Everything goes through the services in one global order of time, in units of work of up
to 200 acts (architecture, 8.1). What comes due is done by the same sweep that the timetable
runs, at the moment at which its next tick would have come: cases nobody signs climb, late
ones are marked and watched, questions nobody answers and suspensions end by themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.demo.replay_plan import Life
from gridgov.demo.stage import Stage
from gridgov.demo.stage_leaves import StageLeaves
from gridgov.domain.escalation import TELLS
from gridgov.domain.workflow import Action
from gridgov.services import sweep
from gridgov.storage import cases, timers
from gridgov.storage.session import unit_of_work

UNIT_OF_ACTS = 200
TICK = timedelta(seconds=3)  # of the timetable (jobs/timetable)

# Called with the acts done and the acts in all.
Progress = Callable[[int, int], None]


def quiet(_done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(slots=True)
class _Known:
    """What the play remembers of a report that was sent."""

    report_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """The next thing in the order of time: a report (deed 0) or a deed (from 1)."""

    at: datetime
    index: int
    deed: int


class Play:
    """Plays lives up to a moment."""

    def __init__(
        self,
        stage: Stage,
        lives: Sequence[Life],
        leaves: StageLeaves,
        district_code: str,
        *,
        until: datetime,
        clocks_until: datetime | None,
    ) -> None:
        """Put all events in order; what comes due before `clocks_until` is done, if given.

        After `until` nobody acts and nobody is told: what is due to be told of goes on record.
        """
        self._stage = stage
        self._lives = lives
        self._district = district_code
        self._until = until
        self._clocks_until = clocks_until
        self._events = sorted(_events(lives, until))
        self._leaves = leaves
        self._next = 0
        self._known: dict[int, _Known] = {}
        # When the next thing comes due: of the rows, and of what this unit has not written.
        self._row_due: datetime | None = None
        self._unwritten_due: datetime | None = None
        self._touched: set[UUID] = set()

    def run(self, progress: Progress) -> int:
        """Play everything; return how many acts there were, without the clocks' marks."""
        while self._next < len(self._events) or self._leaves.next_at or self._due():
            with unit_of_work() as session:
                self._unit(session)
            progress(self._next, len(self._events))
        return len(self._events)

    def _unit(self, session: Session) -> None:
        """Play the next acts in one transaction.

        One flush takes the acts of many cases together: each act looks only at its own
        case, so rows are written before a case comes up again, not before every look.
        """
        session.autoflush = False
        self._touched = set()
        upcoming = self._events[self._next : self._next + UNIT_OF_ACTS]
        known = {self._known[e.index].case_id for e in upcoming if e.index in self._known}
        cases.hold(session, known)
        for _ in range(UNIT_OF_ACTS):
            event = self._events[self._next] if self._next < len(self._events) else None
            leave_at, acts_at = self._leaves.next_at, None if event is None else event.at
            before = min(filter(None, (leave_at, acts_at)), default=None)
            if self._ring(session, before):
                continue
            if before is None:
                break
            if event is None or before == leave_at:
                with self._freely(session):
                    self._leaves.play(session)
            else:
                self._next += 1
                self._play(session, event)
        self._write(session)

    def _play(self, session: Session, event: _Event) -> None:
        life = self._lives[event.index]
        if event.deed == 0:
            self._report(session, life)
            return
        known = self._known[event.index]
        deed = life.deeds[event.deed - 1]
        if deed.action is Action.SIGN:  # reads nothing but the case itself
            self._touched.add(known.case_id)
        else:
            self._touch(session, known.case_id)
        case = cases.lock(session, known.case_id)
        if deed.other is not None or deed.action is Action.UNMERGE:
            session.flush()
            self._touched.clear()
            into = known if deed.other is None else self._known[deed.other.index]
            self._stage.merge(session, case, into.case_id, deed)
            self._touched.update({case.id, into.case_id})
        elif not self._stage.act(session, case, known.report_id, life, deed):
            return
        self._notice(session, case.id)

    @contextmanager
    def _freely(self, session: Session) -> Iterator[None]:
        """Do what looks at many rows at once: all is written before each look, and after."""
        session.flush()
        session.autoflush = True
        yield
        self._write(session)
        session.autoflush = False

    def _report(self, session: Session, life: Life) -> None:
        if life.part_of is not None:
            told_in = self._known[life.part_of.index].case_id
            with self._freely(session):
                case = cases.lock(session, told_in)
                self._known[life.index] = _Known(*self._stage.split(session, case, life))
            return
        first = None if life.first is None else self._known[life.first.index]
        join = first.case_id if first is not None and life.joins else None
        if join is not None:
            self._touch(session, join)
        receipt = self._stage.report(session, life, join)
        self._known[life.index] = _Known(receipt.report_id, receipt.case.id)
        self._touched.add(receipt.case.id)
        self._notice(session, receipt.case.id)

    def _touch(self, session: Session, case_id: UUID) -> None:
        if case_id in self._touched:
            session.flush()
            self._touched.clear()
        self._touched.add(case_id)

    def _notice(self, session: Session, case_id: UUID) -> None:
        """Note when the next thing comes due on a case that was just changed."""
        due = timers.soonest_wanted(session, case_id)
        if due is not None and (self._unwritten_due is None or due < self._unwritten_due):
            self._unwritten_due = due

    def _write(self, session: Session) -> None:
        """Bring the rows of what comes due in line, and look when that is."""
        session.flush()
        self._touched.clear()
        timers.write_pending(session)
        self._unwritten_due = None
        self._row_due = timers.next_due(session, self._district)

    def _due(self) -> datetime | None:
        """Return when the next thing may come due, None when nothing is to come any more."""
        due = min(filter(None, (self._row_due, self._unwritten_due)), default=None)
        if due is None or self._clocks_until is None or due + TICK >= self._clocks_until:
            return None
        return due

    def _ring(self, session: Session, before: datetime | None) -> bool:
        """Do what has come due before the next act, at its own moment; tell whether it was any."""
        due = self._due()
        if due is None or (before is not None and due + TICK > before):
            return False
        # What was to come may have been overtaken by what was done since.
        self._write(session)
        due = self._due()
        if due is None or (before is not None and due + TICK > before):
            return False
        now = due + TICK
        if now >= self._until:
            timers.pass_over(session, self._district, TELLS, now=now)
        while sweep.fire(session, self._district, now=now).more:
            pass
        # The last look, which found nothing, has written what the others brought about.
        self._row_due = timers.next_due(session, self._district)
        return True


def _events(lives: Sequence[Life], until: datetime) -> list[_Event]:
    events = []
    for life in lives:
        moments = [life.received_at, *(deed.at for deed in life.deeds)]
        events += [
            _Event(at, life.index, number) for number, at in enumerate(moments) if at < until
        ]
    return events
