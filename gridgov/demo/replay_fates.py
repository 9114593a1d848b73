"""How the cases of the replay go: the deeds of each, and which ones are still open at the end."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gridgov.demo.replay_clocks import LAST_DAY, Clocks
from gridgov.demo.replay_late import LateTurns
from gridgov.demo.replay_plan import UNSOLVED_AGAIN, Deed, Fate, Life, Size, Turn, share_of
from gridgov.demo.replay_turns import Turns
from gridgov.demo.replay_ways import Ways
from gridgov.demo.texts import Texts
from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import WorkingCalendar
from gridgov.domain.workflow import Action
from gridgov.services.reference import Reference

RATED = 0.46
GOOD: Mapping[str, float] = {"very_satisfied": 0.4, "satisfied": 0.45, "fair": 0.15}
HANDED_TO: Mapping[str, str] = {
    "110": "高明公安分局110指挥中心",
    "119": "高明区消防救援大队119指挥中心",
    "120": "高明区120急救指挥中心",
    "96110": "高明公安分局反诈中心",
}
OTHERS: Sequence[str] = ("高明区人民法院", "高明区劳动人事争议仲裁院", "高明区信访局")
# Of the cases that drag on, those that nobody could resolve yet.
NEVER_RESOLVED = 0.8
LATELY = 50
# What came in at the very end, half of which nobody has signed yet.
LAST_HOURS = timedelta(hours=30)
LEAST_LEFT = timedelta(minutes=10)
AFTER_CLOSING = frozenset({Turn.APPEALED, Turn.DENIED})


def end_of(calendar: WorkingCalendar) -> datetime:
    """Return the end of the sample: the last moment of its last local day."""
    midnight = datetime.min.time()
    return calendar.moment(LAST_DAY + timedelta(days=1), midnight)


class Fates:
    """Draws the deeds of each case."""

    def __init__(self, rng: random.Random, reference: Reference, texts: Texts, home: str) -> None:
        """Keep the dice, the catalogue and the words; `end` is when the sample ends."""
        self._rng = rng
        self._reference = reference
        self._texts = texts
        self._home = home
        self._clocks = Clocks(rng, reference.calendar)
        self.end = end_of(reference.calendar)
        self._turns = Turns(rng, reference, self._clocks, self.end)
        self._ways = Ways(rng, reference, texts, self._clocks, self._turns)
        self._late = LateTurns(rng, reference, self._clocks, self.end)

    def settle(self, lives: Sequence[Life], size: Size) -> None:
        """Give every report its deeds; exactly `size.open` valid cases are open at the end."""
        self._turns.deal(lives, size)
        for life in lives:
            life.deeds = self._way(life)
        valid = [life for life in lives if life.fate is Fate.CLOSED]
        self._late.unmerge(valid)
        self._leave_open(valid, size.open)
        self._late.dress([life for life in valid if life.fate is Fate.OPEN])
        for life in lives:
            if life.fate is not Fate.OPEN:
                self._finish_in_time(life)
        self._rate(lives)

    def dispatched(self, at: datetime) -> datetime:
        """Return when the desk acts on what reached it at a moment."""
        return self._clocks.dispatched(at)

    def refused_as_duplicate(self, life: Life) -> None:
        """Give a duplicate that became a case of its own its two deeds."""
        life.deeds = self._refuse(life, "duplicate")
        self._finish_in_time(life)

    def _category(self, life: Life) -> Category:
        return self._reference.category(life.category)

    def _way(self, life: Life) -> list[Deed]:
        """Return everything that is done to a case, as long as it takes."""
        if life.fate is Fate.TRANSFERRED:
            deeds = self._transfer(life)
        elif life.fate is Fate.REFUSED:
            deeds = self._refuse(life, life.refusal)
        elif life.fate is Fate.WITHDRAWN:
            deeds = [self._late.take_back(life)]
        elif life.fate is Fate.VOID:
            deeds, at = self._ways.to_handler(life)
            deeds += self._late.void(self._turns.ask_void(self._clocks.dispatched(at)))
        elif life.at_once:
            deeds = self._late.spot_check(life)
        else:
            deeds = self._close(life)
        return self._late.recorded(life, deeds)

    def _close(self, life: Life) -> list[Deed]:
        """Return the whole way of a case to its end, as long as it takes."""
        deeds, at = self._ways.to_handler(life)
        category = self._category(life)
        at = self._turns.at_work(deeds, life, at)
        at = self._clocks.handled(at, category)
        self._turns.before_done(deeds, life, at)
        deeds.append(Deed(at, Action.RESOLVE, life.done))
        at = self._clocks.checked(at, category)
        if life.rework:
            again = self._texts.back(self._rng, life.category)
            deeds.append(Deed(at, Action.SEND_BACK, again))
            at = self._second_try(deeds, life, at)
        deeds.append(Deed(at, Action.CHECK_PASS))
        if self._late.appeal(deeds, life, at):
            at = self._second_try(deeds, life, deeds[-1].at)
            deeds.append(Deed(at, Action.CHECK_PASS))
        if life.reopened:
            at = self._clocks.answered(at)
            said = self._texts.comment(self._rng, solved=False)
            deeds.append(Deed(at, Action.RATE, said, note="dissatisfied"))
            at = self._second_try(deeds, life, at)
            deeds.append(Deed(at, Action.CHECK_PASS))
        return deeds

    def _second_try(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        category = self._category(life)
        at = self._clocks.handled(at, category, share=0.5)
        deeds.append(Deed(at, Action.RESOLVE, life.done))
        return self._clocks.checked(at, category)

    def _transfer(self, life: Life) -> list[Deed]:
        category, at = self._category(life), life.received_at
        deeds = [self._ways.dispatch(life, at)] if self._ways.waits(life) else []
        at = deeds[0].at if deeds else at
        target = HANDED_TO.get(category.hand_over or "", self._rng.choice(OTHERS))
        if category.hand_over is None:
            at = self._clocks.signed(at, category)
            deeds.append(Deed(at, Action.SIGN))
        at = self._clocks.signed(at, category)
        local = self._reference.calendar.local(at)
        receipt = f"{local:%Y}-{self._rng.randrange(1, 9999):04d}"
        said = self._texts.transferred(self._rng)
        return [*deeds, Deed(at, Action.TRANSFER, said, note=target, receipt=receipt)]

    def _refuse(self, life: Life, reason: str) -> list[Deed]:
        """Return how a case is given back and then refused; the first only if somebody has it."""
        category = self._category(life)
        why = "too_little_known" if reason in ("cannot_verify", "no_request") else "wrong_area"
        why = "wrong_duty" if reason in ("duplicate", "legal_proceedings") else why
        back = self._clocks.signed(life.received_at, category)
        said = self._texts.returned(self._rng, why, life.category)
        refused = self._clocks.dispatched(back)
        reply = self._texts.rejected(self._rng, reason)
        if reason == "cannot_verify" and self._ways.waits(life) and not category.confidential:
            looked = self._late.looked_for(life)
        else:
            looked = []
        return [
            *looked,
            Deed(back, Action.RETURN, said, note=why),
            Deed(refused, Action.REJECT, reply, note=reason),
        ]

    def _leave_open(self, valid: Sequence[Life], wanted: int) -> None:
        """Choose the cases that are open at the end, the latest to be closed first.

        Whoever would be closed after the end is cut off there; when these are too few,
        the ones that took longest lately stay unfinished, when too many, the first of
        them are finished faster. In the home grid all is done: its worker, who signs in
        today, finds today's work.
        """
        elsewhere = [
            life
            for life in valid
            if life.spot and life.spot.grid != self._home and not life.at_once
        ]
        by_end = sorted(elsewhere, key=lambda life: life.closed_at or self.end, reverse=True)
        late = [life for life in by_end if (life.closed_at or self.end) >= self.end]
        stay = late[:wanted]
        recent = self.end - timedelta(days=LATELY)
        slow = [
            life
            for life in by_end[len(late) :]
            if life.received_at > recent and not life.hard and not life.emergency
        ]
        slow.sort(key=lambda life: (life.closed_at or self.end) - life.received_at, reverse=True)
        pool = slow[: 2 * (wanted - len(stay))]
        stay += share_of(self._rng, pool, wanted - len(stay))
        stay += [life for life in by_end if life not in stay][: wanted - len(stay)]
        for life in stay:
            life.fate = Fate.OPEN
            life.deeds = self._unfinished(life)

    def _unfinished(self, life: Life) -> list[Deed]:
        """Return the deeds of a case up to the end, without those that would close it."""
        deeds = [deed for deed in life.deeds if deed.at < self.end]
        life.turns &= {turn for turn in life.turns if turn not in AFTER_CLOSING}
        closed = any(deed.action is Action.CHECK_PASS for deed in deeds)
        while any(deed.action is Action.CHECK_PASS for deed in deeds):
            deeds.pop()
        if closed and deeds[-1].action is Action.RESOLVE and self._rng.random() < NEVER_RESOLVED:
            deeds.pop()
        fresh = life.received_at > self.end - LAST_HOURS
        if fresh and [deed.action for deed in deeds] == [Action.SIGN] and self._rng.random() < 0.5:
            deeds.pop()
        return deeds

    def _finish_in_time(self, life: Life) -> None:
        """Draw the deeds of a case together so that the last one lies before the end."""
        if not life.deeds:
            return  # found and done at once
        last = life.deeds[-1].at
        latest = self.end - LEAST_LEFT * self._rng.uniform(0.2, 1)
        if last < latest:
            return
        whole, left = last - life.received_at, latest - life.received_at
        life.deeds = [
            replace(deed, at=life.received_at + (deed.at - life.received_at) / whole * left)
            for deed in life.deeds
        ]

    def _rate(self, lives: Sequence[Life]) -> None:
        """Let residents say how it was, some of them that it is still not solved."""
        heard = [life for life in lives if life.fate is Fate.CLOSED and not life.by_staff]
        reopened = [life for life in heard if life.reopened]
        again = share_of(self._rng, reopened, round(UNSOLVED_AGAIN * len(lives)))
        for life in heard:
            if not life.reopened and self._rng.random() >= RATED:
                continue
            at = self._clocks.answered(life.deeds[-1].at)
            if at >= self.end:
                continue
            solved = life not in again
            note = "very_dissatisfied"
            if solved:
                note = self._rng.choices(list(GOOD), list(GOOD.values()))[0]
            said = self._texts.comment(self._rng, solved=solved)
            life.deeds.append(Deed(at, Action.RATE, said, note=note))
