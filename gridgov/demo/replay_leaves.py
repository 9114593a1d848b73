"""The leaves of the replay: who of the grids is away when, and how the others answer.

Leaves are drawn where they matter: a lead goes while something is in hand, a deputy while a
check waits. So the roster has something to move; a leave without open work would show nothing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from gridgov.demo.replay_clocks import FIRST_DAY, Clocks
from gridgov.demo.replay_plan import Fate, Life, Size
from gridgov.domain.assignment import DutyKind
from gridgov.domain.workflow import Action
from gridgov.services.leaves import LeaveKind
from gridgov.services.reference import Reference

# Of those who are asked to stand in, how many cannot; of those who go, who is back at once.
DECLINE, BACK_AT_ONCE = 0.12, 0.15
WHY_NOT = ("too_much", "too_far")
OFFICIAL = 0.3  # of the leaves that are planned
MIDNIGHT = time(0, 0)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# All are back when the sample ends.
WEEKS = timedelta(days=30)
# Who goes, as a share of all reports; between which acts, if so much time lies between them.
GOES = (
    (DutyKind.LEAD, 0.014, Action.SIGN, Action.RESOLVE, timedelta(hours=20)),
    (DutyKind.DEPUTY, 0.004, Action.RESOLVE, Action.CHECK_PASS, timedelta(minutes=20)),
)


@dataclass(frozen=True, slots=True)
class Away:
    """A leave of the lead or deputy of a grid: asked for, granted, from when until when.

    `answered_at` is when who got the work answers; with `declined` it goes to the next one,
    who answers at `again_at`. `back_at` is set for somebody who comes back before anybody
    answered.
    """

    grid: str
    post: DutyKind
    kind: LeaveKind
    asked_at: datetime
    granted_at: datetime
    starts_at: datetime
    ends_at: datetime
    answered_at: datetime
    again_at: datetime
    declined: str = ""
    back_at: datetime | None = None


class Leaves:
    """Draws the leaves once the lives are settled."""

    def __init__(self, rng: random.Random, reference: Reference, end: datetime) -> None:
        """Keep the dice, the rules and when the sample ends."""
        self._rng = rng
        self._reference = reference
        self._clocks = Clocks(rng, reference.calendar)
        self._end = end

    def draw(self, lives: Sequence[Life], size: Size, *, home: str) -> list[Away]:
        """Return the leaves, at most one for each grid; the people of `home` stay."""
        found: dict[str, Away] = {}
        for post, share, since, until, least in GOES:
            spans = self._spans(lives, since, until, least)
            grids = sorted(spans.keys() - {home, *found})
            wanted = min(round(share * size.total), len(grids))
            for grid in self._rng.sample(grids, wanted):
                found[grid] = self._away(grid, post, *spans[grid])
        return list(found.values())

    def _spans(
        self, lives: Sequence[Life], since: Action, until: Action, least: timedelta
    ) -> dict[str, tuple[datetime, datetime]]:
        """Return grid → from when until when its people had the last case that took so long."""
        found = {}
        for life in lives:
            moments = {deed.action: deed.at for deed in reversed(life.deeds)}
            if life.spot is None or not _is_usual(life) or not {since, until} <= moments.keys():
                continue
            first, last = moments[since], moments[until]
            if last - first >= least and last < self._end - WEEKS:
                found[life.spot.grid] = (first, last)
        return found

    def _away(self, grid: str, post: DutyKind, since: datetime, until: datetime) -> Away:
        """Return a leave that begins between two moments: at a midnight, else at short notice."""
        starts, kind = self._first_midnight(since, until), LeaveKind.SHORT_NOTICE
        if starts is None:
            starts = since + (until - since) * self._rng.uniform(0.1, 0.7)
            asked, granted = starts - 15 * MINUTE, starts - 4 * MINUTE
        else:
            kind = LeaveKind.OFFICIAL if self._rng.random() < OFFICIAL else LeaveKind.LEAVE
            begin = self._reference.calendar.moment(FIRST_DAY, time(8, 30))
            asked = max(begin, starts - self._rng.uniform(1.4, 9) * DAY)
            granted = min(self._clocks.dispatched(asked), starts - HOUR)
        answered = self._clocks.dispatched(starts)
        ends = self._midnight(answered + self._rng.randrange(1, 13) * DAY)
        back_at = None
        if self._rng.random() < BACK_AT_ONCE:
            back_at = starts + (answered - starts) * self._rng.uniform(0.3, 0.9)
        return Away(
            grid=grid,
            post=post,
            kind=kind,
            asked_at=asked,
            granted_at=granted,
            starts_at=starts,
            ends_at=ends,
            answered_at=answered,
            again_at=self._clocks.dispatched(answered),
            declined=self._rng.choice(WHY_NOT) if self._rng.random() < DECLINE else "",
            back_at=back_at,
        )

    def _first_midnight(self, since: datetime, until: datetime) -> datetime | None:
        first = self._midnight(since + DAY)
        return first if first < until else None

    def _midnight(self, moment: datetime) -> datetime:
        """Return when the local day of a moment began."""
        return self._reference.calendar.moment(self._reference.local_day(moment), MIDNIGHT)


def _is_usual(life: Life) -> bool:
    """Tell whether the people of the grid had a case from the beginning, and nobody else."""
    return (
        life.fate is Fate.CLOSED
        and life.sent_at is not None
        and not (life.misread or life.emergency or life.hard or life.at_once)
        and life.deeds[0].action is Action.SIGN
    )
