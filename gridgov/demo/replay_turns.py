"""Which cases of the replay take a turn, and what is done then: the full workflow in shares.

Shares are of all reports. Returns 3 % and suspensions 2 % are those of the domain study
(section 9), spot checks one in ten of what was found and done (its section 2.3, line 2); the
study gives formulas but no figures for the rest (its section 3.1), which is of a usual size.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta

from gridgov.demo import replay_words as words
from gridgov.demo.replay_clocks import Clocks
from gridgov.demo.replay_plan import MOVED, Channel, Deed, Fate, Life, Size, Turn, share_of
from gridgov.demo.replay_words import one
from gridgov.domain.datum import LonLat
from gridgov.domain.deadlines import Limit, LimitUnit, due_at
from gridgov.domain.next_door import GRIDS, neighbours, seen_from
from gridgov.domain.routing import Placement
from gridgov.domain.stages import Stage, limit_of
from gridgov.domain.workflow import Action
from gridgov.services.effects_beside import SPOT_CHECK_ONE_IN
from gridgov.services.reference import Reference

# One of these at most happens to a case; in this order they are drawn.
MAIN: Mapping[Turn, float] = {
    Turn.BOUNCED: 0.004,
    Turn.ASKED: 0.02,
    Turn.SILENT: 0.008,
    Turn.JOINT: 0.018,
    Turn.WAIVED: 0.004,
    Turn.EXTENDED: 0.034,
    Turn.NOT_EXTENDED: 0.008,
    Turn.SUSPENDED: 0.014,
    Turn.RESUMED: 0.004,
    Turn.NOT_SUSPENDED: 0.003,
    Turn.NOT_VOID: 0.001,
    Turn.WATCHED: 0.008,
    Turn.UNMERGED: 0.004,
    Turn.NEXT_DOOR: 0.006,
    Turn.APPEALED: 0.002,
    Turn.DENIED: 0.003,
}
# Of these at most one happens to what came with a wrong pin.
LOST: Mapping[Turn, float] = {Turn.NEXT_DOOR: 0.008, Turn.MOVED: MOVED, Turn.ASKED: 0.004}
# Beside the way, and beside one another.
BESIDE: Mapping[Turn, float] = {
    Turn.URGED: 0.02,
    Turn.ADDED: 0.03,
    Turn.REPLIED: 0.06,
    Turn.INSTRUCTED: 0.003,
}
# Of what workers may close at once, how much they do; of the checks, how many fail.
AT_ONCE, SPOT_FAILS = 0.55, 0.25
# Turns that take weeks are over when the sample ends.
TAKES_WEEKS = frozenset({Turn.SUSPENDED, Turn.RESUMED, Turn.SILENT, Turn.EXTENDED, Turn.UNMERGED})
WEEKS = timedelta(days=100)
# Asked back or told again are those who can be asked.
OF_RESIDENTS = frozenset(
    {
        *(Turn.ASKED, Turn.SILENT, Turn.APPEALED, Turn.DENIED),
        *(Turn.URGED, Turn.ADDED, Turn.UNMERGED),
    }
)
REACHED = frozenset({Channel.SNAP, Channel.PHONE, Channel.WALK_IN})
WAITED_FOR = Limit(3, LimitUnit.WORKING_DAY)
REVIEW = time(9, 0)
MINUTE = timedelta(minutes=1)


class Turns:
    """Draws the turns, and the deeds of those that lie between signing and resolving."""

    def __init__(
        self, rng: random.Random, reference: Reference, clocks: Clocks, end: datetime
    ) -> None:
        """Keep the dice, the rules and when the sample ends."""
        self._rng = rng
        self._reference = reference
        self._clocks = clocks
        self._end = end
        codes = {item.unit_code for item in reference.catalogue.values()}
        self._units = sorted(code for code in codes if code is not None)
        self._work: Mapping[Turn, Callable[[list[Deed], Life, datetime], datetime]] = {
            Turn.ASKED: self._asked,
            Turn.SILENT: self._asked,
            Turn.JOINT: self._joint,
            Turn.WAIVED: self._joint,
            Turn.EXTENDED: self._extended,
            Turn.NOT_EXTENDED: self._extended,
            Turn.SUSPENDED: self._suspended,
            Turn.RESUMED: self._suspended,
            Turn.NOT_SUSPENDED: self._suspended,
            Turn.NOT_VOID: self._not_void,
            Turn.WATCHED: self._watched,
            Turn.INSTRUCTED: self._instructed,
        }

    def deal(self, lives: Sequence[Life], size: Size) -> None:
        """Say which reports take which turn."""
        usual = [life for life in lives if self._is_usual(life)]
        free = [life for life in usual if not life.misread]
        lost = [life for life in usual if life.misread]
        self._do_at_once([life for life in free if self._closes(life)])
        for some, shares in ((free, MAIN), (lost, LOST)):
            for turn, share in shares.items():
                fit = [life for life in some if not life.turns and self._fits(life, turn)]
                for life in share_of(self._rng, fit, round(share * size.total)):
                    life.turns.add(turn)
        for turn, share in BESIDE.items():
            fit = [life for life in free if not life.at_once and self._fits(life, turn)]
            for life in share_of(self._rng, fit, round(share * size.total)):
                life.turns.add(turn)

    def other_unit(self, but: str | None) -> str:
        """Return a department's unit other than one."""
        return self._rng.choice([code for code in self._units if code != but])

    def at_work(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        """Add what happens once somebody has signed; return when the work goes on."""
        for turn, add in self._work.items():
            if turn in life.turns:
                at = add(deeds, life, at)
        return at

    def before_done(self, deeds: list[Deed], life: Life, at: datetime) -> None:
        """Add what is said while it is being done, before a moment."""
        since = deeds[-1].at
        for turn, action, said in (
            (Turn.URGED, Action.URGE, words.URGE),
            (Turn.ADDED, Action.ADD, words.ADDED),
            (Turn.REPLIED, Action.REPLY, words.REPLY),
        ):
            if turn in life.turns:
                since += (at - since) * self._rng.uniform(0.2, 0.8)
                deeds.append(Deed(since, action, one(self._rng, said)))

    def _is_usual(self, life: Life) -> bool:
        category = self._reference.category(life.category)
        return (
            life.fate is Fate.CLOSED
            and not (life.hard or life.emergency or life.vague)
            and not (life.wrong_category or life.returned or life.rework or life.reopened)
            and not category.confidential
        )

    def _fits(self, life: Life, turn: Turn) -> bool:
        if turn in TAKES_WEEKS and life.received_at > self._end - WEEKS:
            return False
        if turn in OF_RESIDENTS and life.channel not in REACHED:
            return False
        if turn is Turn.BOUNCED and life.sent_at is None:
            return False
        if turn is Turn.NEXT_DOOR and life.misread and self.next_door(life) is None:
            return False
        # Somebody who signs within minutes and is done within the hour asks for nothing.
        slow = self._reference.category(life.category).handle_limit
        return turn in BESIDE or slow.unit is not LimitUnit.NATURAL_HOUR

    def _closes(self, life: Life) -> bool:
        """Tell whether the worker may close it at once: the class allows it, the grid is theirs."""
        category = self._reference.category(life.category)
        if not (life.by_staff and category.self_close and life.spot and life.sent_at):
            return False
        placed = self._placed(life.sent_at, life)
        return placed.area_code == placed.grid_code == life.spot.grid

    def next_door(self, life: Life) -> str | None:
        """Return the grid a case is handed to: where a wrong pin belongs, else the nearest one.

        None where it is in no grid, or in the right one.
        """
        if life.spot is None or life.sent_at is None:
            return None
        net, at = self._reference.net, self._placed(life.sent_at, life).area_code
        if life.misread:
            right = self._placed(life.spot.at, life).area_code
            return right if right != at and net.area(right).kind in GRIDS else None
        if net.area(at).kind not in GRIDS:
            return None
        around = seen_from(life.sent_at, neighbours(net, at))
        return around[0].area.code if around else None

    def _placed(self, at: LonLat, life: Life) -> Placement:
        settings = self._reference.routing
        return self._reference.net.locate(at, category=life.category, settings=settings)

    def _do_at_once(self, fit: Sequence[Life]) -> None:
        """Say which of those that could be are done at once, and on which the lot falls."""
        done = share_of(self._rng, fit, round(AT_ONCE * len(fit)))
        for life in done:
            life.turns.add(Turn.AT_ONCE)
            life.photo = True
        drawn = share_of(self._rng, done, round(len(done) / SPOT_CHECK_ONE_IN))
        failed = share_of(self._rng, drawn, int(SPOT_FAILS * len(drawn)))
        for life in drawn:
            life.turns.add(Turn.SPOT_FAILED if life in failed else Turn.SPOT_PASSED)

    def _say(self, at: datetime, action: Action, said: Sequence[str], note: str = "") -> Deed:
        return Deed(at, action, one(self._rng, said), note=note)

    def _soon(self, at: datetime) -> datetime:
        """Return when somebody acts who has it before them."""
        return self._clocks.dispatched(at)

    def _asked(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        at = self._soon(at)
        deeds.append(self._say(at, Action.ASK_INFO, words.QUESTION))
        if Turn.SILENT in life.turns:
            return due_at(at, WAITED_FOR, self._reference.calendar).at + MINUTE
        latest = at + timedelta(days=2)  # the reporter is waited for three working days
        at = min(self._clocks.answered(at), latest)
        if life.misread and life.spot is not None:
            deeds.append(Deed(at, Action.CORRECT_SPOT, spot=life.spot.at))
            at += MINUTE
        deeds.append(self._say(at, Action.ANSWER, words.ANSWER))
        return at

    def _joint(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        own = self._reference.category(life.category).unit_code
        at = self._soon(at)
        unit = f"unit:{self.other_unit(own)}"
        deeds.append(self._say(at, Action.CALL_IN, words.WHY_JOINT, unit))
        at = self._clocks.handled(at, self._reference.category(life.category), share=0.4)
        done, said = Action.FINISH_TASK, words.JOINT_DONE
        if Turn.WAIVED in life.turns:
            done, said = Action.WAIVE_TASK, words.WAIVED
        deeds.append(self._say(at, done, said))
        return at

    def _extended(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        category = self._reference.category(life.category)
        granted = Turn.EXTENDED in life.turns
        limit = limit_of(category, Stage.HANDLE, category.severity, self._reference.natural_from)
        due = due_at(life.received_at, limit, self._reference.calendar).at
        if at >= due:
            return at
        at += (due - at) * self._rng.uniform(0.2, 0.6)
        deeds.append(self._say(at, Action.ASK_EXTENSION, words.MORE_TIME))
        decided = at + (due - at) * self._rng.uniform(0.05, 0.3)
        if not granted:
            deeds.append(self._say(decided, Action.REFUSE_EXTENSION, words.NO_MORE_TIME))
            return decided
        deeds.append(Deed(decided, Action.GRANT_EXTENSION))
        return max(decided, due - (due - life.received_at) * self._rng.uniform(0, 0.2))

    def _suspended(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        at = self._soon(at)
        reason = self._rng.choice(list(words.SUSPEND))
        said = one(self._rng, words.SUSPEND[reason])
        local = self._reference.calendar.local(at)
        day = local.date() + timedelta(days=self._rng.randrange(6, 46))
        review = self._reference.calendar.moment(day, REVIEW)
        deeds.append(Deed(at, Action.ASK_SUSPENSION, said, note=reason, until=review))
        decided = self._soon(at)
        if Turn.NOT_SUSPENDED in life.turns:
            deeds.append(self._say(decided, Action.REFUSE_SUSPENSION, words.NO_SUSPENSION))
            return decided
        deeds.append(Deed(decided, Action.GRANT_SUSPENSION))
        if Turn.RESUMED not in life.turns:
            return review + MINUTE
        early = self._soon(decided + (review - decided) * self._rng.uniform(0.3, 0.7))
        deeds.append(self._say(early, Action.RESUME, words.RESUMED))
        return early

    def _not_void(self, deeds: list[Deed], _life: Life, at: datetime) -> datetime:
        at = self._soon(at)
        deeds.append(self.ask_void(at))
        at = self._soon(at)
        deeds.append(self._say(at, Action.REFUSE_VOID, words.NOT_VOID))
        return at

    def ask_void(self, at: datetime) -> Deed:
        """Return how somebody asks to void a case."""
        reason = self._rng.choice(list(words.VOID))
        return Deed(at, Action.ASK_VOID, one(self._rng, words.VOID[reason]), note=reason)

    def _watched(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        at = self._soon(at)
        deeds.append(self._say(at, Action.SUPERVISE, words.WATCH, "by_hand"))
        at = self._clocks.handled(at, self._reference.category(life.category), share=0.5)
        deeds.append(self._say(at, Action.END_SUPERVISION, words.WATCHED))
        return at

    def _instructed(self, deeds: list[Deed], _life: Life, at: datetime) -> datetime:
        at = self._soon(at)
        deeds.append(self._say(at, Action.INSTRUCT, words.INSTRUCT))
        return at
