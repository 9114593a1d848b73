"""The leaves of the sample: asked for, granted, begun and ended, the receipts of who stands in.

The same services as in a real district; what the timetable does once a second is done at the
moment at which its next tick would have come.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.demo.replay_leaves import Away
from gridgov.demo.stage import Cast
from gridgov.domain.assignment import DutyKind
from gridgov.domain.roles import Actor
from gridgov.services import leaves, relief
from gridgov.services.effects_roster import Part
from gridgov.services.leaves import Wanted
from gridgov.storage import rosters

TICK = timedelta(seconds=1)
POSTS = (DutyKind.LEAD, DutyKind.DEPUTY)  # as the cast has the people of a grid

Step = Callable[[Session, datetime], None]


@dataclass(frozen=True, slots=True)
class _Absent:
    """A leave that was asked for, and by whom."""

    away: Away
    person: Actor
    leave_id: UUID


class StageLeaves:
    """Plays leaves, one step after the other."""

    def __init__(self, cast: Cast, district_code: str, plan: Sequence[Away]) -> None:
        """Put the first step of every leave in order."""
        self._cast = cast
        self._district = district_code
        self._number = count()  # steps of one moment keep their order
        self._due: list[tuple[datetime, int, Step]] = []
        for away in plan:
            self._later(away.asked_at, partial(self._ask, away))

    @property
    def next_at(self) -> datetime | None:
        """Return when the next step comes, None after the last."""
        return self._due[0][0] if self._due else None

    def play(self, session: Session) -> None:
        """Play the next step."""
        at, _, step = heapq.heappop(self._due)
        step(session, at)

    def _later(self, at: datetime, step: Step) -> None:
        heapq.heappush(self._due, (at, next(self._number), step))

    def _ask(self, away: Away, session: Session, at: datetime) -> None:
        person = self._cast.of_grid(away.grid)[POSTS.index(away.post)]
        if person.person_id is None:
            raise ValueError("a grid without people")
        wanted = Wanted(away.starts_at, away.ends_at, str(away.kind))
        leave = leaves.ask(session, person.person_id, wanted, by=person, now=at)
        self._later(away.granted_at, partial(self._grant, _Absent(away, person, leave.id)))

    def _grant(self, one: _Absent, session: Session, at: datetime) -> None:
        village = self._cast.village(one.away.grid)
        leaves.decide(session, one.leave_id, granted=True, by=village, now=at)
        self._later(one.away.starts_at + TICK, partial(self._begin, one))

    def _begin(self, one: _Absent, session: Session, at: datetime) -> None:
        self._sweep(session, at)
        self._cast.note_leave(one.person, over=False)
        if one.away.back_at is not None:
            self._later(one.away.back_at, partial(self._come_back, one))
            return
        for offered in rosters.of_leave(session, one.leave_id):
            self._later(one.away.answered_at, partial(self._answer, one.away, offered.id))
        self._later(one.away.ends_at + TICK, partial(self._end, one))

    def _answer(self, away: Away, hand_over_id: UUID, session: Session, at: datetime) -> None:
        """Let who got the work answer: a person may decline once, a unit takes it."""
        offered = rosters.lock_hand_over(session, hand_over_id)
        if offered is None or not offered.is_waiting:
            return
        by = self._cast.taker(offered.to_person_id, offered.to_unit_code)
        if away.declined and offered.to_person_id is not None and at < away.again_at:
            for passed_on in relief.decline(session, hand_over_id, away.declined, by=by, now=at):
                self._later(away.again_at, partial(self._answer, away, passed_on.id))
            return
        relief.take(session, hand_over_id, by=by, now=at)
        for item in offered.items:
            if item["part"] == Part.LEAD:  # signed with the receipt
                self._cast.note_handled(UUID(item["case"]), by)

    def _come_back(self, one: _Absent, session: Session, at: datetime) -> None:
        leaves.end(session, one.leave_id, by=one.person, now=at)
        self._cast.note_leave(one.person, over=True)

    def _end(self, one: _Absent, session: Session, at: datetime) -> None:
        self._sweep(session, at)
        self._cast.note_leave(one.person, over=True)

    def _sweep(self, session: Session, at: datetime) -> None:
        while leaves.sweep(session, self._district, now=at):
            pass
