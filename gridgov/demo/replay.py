"""Playing planned lives in the order in which they happened, clocks included.

Everything goes through the services in one global order of time, in units of work of up
to 200 acts (architecture, 8.1). A limit that passes while it runs is marked by the same
sweep that the timetable runs, at the moment at which its next tick would have come.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.demo.replay_plan import Life
from gridgov.demo.stage import Stage
from gridgov.domain.workflow import Action
from gridgov.services import sweep
from gridgov.storage import cases
from gridgov.storage.cases import Case
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
    limit_at: datetime | None = None  # while its clock runs


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
        district_code: str,
        *,
        until: datetime,
        clocks_until: datetime | None,
    ) -> None:
        """Put all events in order; limits are marked that pass before `clocks_until`, if given."""
        self._stage = stage
        self._lives = lives
        self._district = district_code
        self._clocks_until = clocks_until
        self._events = sorted(_events(lives, until))
        self._next = 0
        self._known: dict[int, _Known] = {}
        self._timers: list[tuple[datetime, int]] = []
        self._touched: set[UUID] = set()

    def run(self, progress: Progress) -> int:
        """Play everything; return how many acts there were, without the clocks' marks."""
        while self._next < len(self._events) or self._due() is not None:
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
            due = self._due()
            if due is not None and (event is None or due <= event.at):
                self._sweep(session, due)
            elif event is not None:
                self._next += 1
                self._play(session, event)
            else:
                return

    def _play(self, session: Session, event: _Event) -> None:
        life = self._lives[event.index]
        if event.deed == 0:
            self._report(session, life)
            return
        known = self._known[event.index]
        deed = life.deeds[event.deed - 1]
        if deed.action is not Action.SIGN:  # which reads nothing but the case itself
            self._touch(session, known.case_id)
        case = cases.lock(session, known.case_id)
        if self._stage.act(session, case, known.report_id, life, deed):
            self._wind(event.index, case)

    def _report(self, session: Session, life: Life) -> None:
        first = None if life.first is None else self._known[life.first.index]
        join = first.case_id if first is not None and life.joins else None
        if join is not None:
            self._touch(session, join)
        receipt = self._stage.report(session, life, join)
        self._known[life.index] = _Known(receipt.report_id, receipt.case.id)
        self._touched.add(receipt.case.id)
        if join is None:
            self._wind(life.index, receipt.case)

    def _touch(self, session: Session, case_id: UUID) -> None:
        if case_id in self._touched:
            session.flush()
            self._touched.clear()
        self._touched.add(case_id)

    def _wind(self, index: int, case: Case) -> None:
        """Note when the clock of a case will ring."""
        known = self._known[index]
        runs = case.is_open and case.overdue_at is None
        limit = case.limit_at if runs else None
        if limit != known.limit_at:
            known.limit_at = limit
            if limit is not None and self._clocks_until is not None:
                heapq.heappush(self._timers, (limit + TICK, index))

    def _due(self) -> datetime | None:
        """Return when the next clock rings, None when none is to ring any more."""
        while self._timers:
            at, index = self._timers[0]
            if self._known[index].limit_at != at - TICK:
                heapq.heappop(self._timers)  # signed, passed on or closed in time
            elif self._clocks_until is not None and at < self._clocks_until:
                return at
            else:
                break
        return None

    def _sweep(self, session: Session, now: datetime) -> None:
        """Let the timetable's sweep mark what is overdue at a moment."""
        session.flush()
        self._touched.clear()
        sweep.mark_overdue(session, self._district, now=now)
        while self._timers and self._timers[0][0] <= now:
            _, index = heapq.heappop(self._timers)
            self._known[index].limit_at = None


def _events(lives: Sequence[Life], until: datetime) -> list[_Event]:
    events = []
    for life in lives:
        moments = [life.received_at, *(deed.at for deed in life.deeds)]
        events += [
            _Event(at, life.index, number) for number, at in enumerate(moments) if at < until
        ]
    return events
