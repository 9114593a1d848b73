"""Turns of the replay outside the usual work: at the desk, after the closing, at the very end."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gridgov.demo import replay_words as words
from gridgov.demo.replay_clocks import Clocks
from gridgov.demo.replay_plan import Deed, Life, Turn
from gridgov.demo.replay_words import one
from gridgov.domain.geometry import metres_between
from gridgov.domain.workflow import Action
from gridgov.services.reference import Reference

# Those that are merged by mistake lie at most so far apart.
MISTAKEN_WITHIN_M = 3000.0
# What the open cases of the last day wait for, in turn among those somebody works on.
WAITS_FOR = (
    Action.GRANT_SUSPENSION,
    Action.ASK_EXTENSION,
    Action.ASK_INFO,
    Action.CALL_IN,
    Action.SUPERVISE,
)
EVERY = 4


class LateTurns:
    """Draws deeds that do not lie between signing and resolving."""

    def __init__(
        self, rng: random.Random, reference: Reference, clocks: Clocks, end: datetime
    ) -> None:
        """Keep the dice, the rules and when the sample ends."""
        self._rng = rng
        self._reference = reference
        self._clocks = clocks
        self._end = end

    def take_back(self, life: Life) -> Deed:
        """Return how a resident takes a report back before anybody began."""
        at = life.received_at + timedelta(minutes=self._rng.uniform(2, 20))
        return Deed(at, Action.WITHDRAW, one(self._rng, words.TAKEN_BACK))

    def void(self, asked: Deed) -> list[Deed]:
        """Return how it is asked for and granted that a case is none."""
        return [asked, Deed(self._clocks.dispatched(asked.at), Action.GRANT_VOID)]

    def looked_for(self, life: Life) -> list[Deed]:
        """Return how somebody went to look and found nothing."""
        unit = self._reference.category(life.category).unit_code
        asked = life.received_at + timedelta(minutes=self._rng.uniform(3, 12))
        looked = asked + timedelta(minutes=self._rng.uniform(2, 8))
        return [
            Deed(asked, Action.ASK_VERIFY, note=f"unit:{unit}"),
            Deed(looked, Action.REFUTE, one(self._rng, words.REFUTED), note="not_found"),
        ]

    def recorded(self, life: Life, deeds: list[Deed]) -> list[Deed]:
        """Add that the desk registers the facts of an emergency, mostly within two hours."""
        if not life.emergency:
            return deeds
        at = life.received_at + timedelta(minutes=self._rng.triangular(10, 140, 40))
        note = Deed(at, Action.NOTE, one(self._rng, words.RECORDED))
        return sorted([*deeds, note], key=lambda deed: deed.at)

    def spot_check(self, life: Life) -> list[Deed]:
        """Return what comes after a worker found it and did it: for most, nothing."""
        category = self._reference.category(life.category)
        at = self._clocks.checked(life.received_at, category)
        if Turn.SPOT_PASSED in life.turns:
            return [Deed(at, Action.SPOT_CHECK)]
        if Turn.SPOT_FAILED not in life.turns:
            return []
        again = self._clocks.handled(at, category, share=0.5)
        return [
            Deed(at, Action.SPOT_FAIL, one(self._rng, words.SPOT_FAILED)),
            Deed(again, Action.RESOLVE, life.done),
            Deed(self._clocks.checked(again, category), Action.CHECK_PASS),
        ]

    def appeal(self, deeds: list[Deed], life: Life, at: datetime) -> bool:
        """Add an appeal against the closing; tell whether it is taken up again."""
        if not life.turns & {Turn.APPEALED, Turn.DENIED}:
            return False
        at = self._clocks.answered(at)
        deeds.append(Deed(at, Action.APPEAL, one(self._rng, words.APPEAL)))
        at = self._clocks.dispatched(self._clocks.answered(at))
        if Turn.DENIED in life.turns:
            deeds.append(Deed(at, Action.DENY_APPEAL, one(self._rng, words.DENIED)))
            return False
        deeds.append(Deed(at, Action.GRANT_APPEAL, one(self._rng, words.GRANTED)))
        return True

    def unmerge(self, lives: Sequence[Life]) -> None:
        """Merge some cases into another near by that is open, and take them out again."""
        for life in lives:
            if Turn.UNMERGED not in life.turns:
                continue
            at = life.received_at + timedelta(minutes=self._rng.uniform(2, 6))
            other = self._mistaken_for(life, lives, at)
            if other is None or life.deeds[0].at <= at:
                life.turns.discard(Turn.UNMERGED)
                continue
            out = self._clocks.dispatched(at)
            shift = out - life.received_at
            life.deeds = [
                Deed(at, Action.MERGE, other=other),
                Deed(out, Action.UNMERGE, one(self._rng, words.NOT_SAME)),
                *(replace(deed, at=deed.at + shift) for deed in life.deeds),
            ]

    def _mistaken_for(self, life: Life, lives: Sequence[Life], at: datetime) -> Life | None:
        """Return the nearest case that is open at a moment and of the same secrecy."""
        fit = []
        for other in lives:
            closed = other.first_closed_at
            if (
                other is life
                or other.received_at >= life.received_at
                or closed is None
                or closed <= at
                or other.turns
                or other.emergency
                or self._reference.category(other.category).confidential
                or other.sent_at is None
                or life.sent_at is None
            ):
                continue
            metres = metres_between(life.sent_at, other.sent_at)
            if metres <= MISTAKEN_WITHIN_M:
                fit.append((metres, other.received_at, other))
        return min(fit, key=lambda one: one[:2])[2] if fit else None

    def dress(self, lives: Sequence[Life]) -> None:
        """Let some of the cases that are open on the last day wait for something."""
        signed = [
            life
            for life in lives
            if life.deeds
            and life.deeds[-1].action is Action.SIGN
            and not life.turns
            and not life.emergency
            and not self._reference.category(life.category).confidential
        ]
        for number, life in enumerate(signed[::EVERY]):
            self._wait(life, WAITS_FOR[number % len(WAITS_FOR)])

    def _wait(self, life: Life, wanted: Action) -> None:
        since = life.deeds[-1].at
        left = self._end - since
        at = since + left * self._rng.uniform(0.02, 0.3)
        if wanted is Action.GRANT_SUSPENSION:
            reason = self._rng.choice(list(words.SUSPEND))
            said = one(self._rng, words.SUSPEND[reason])
            review = self._end + timedelta(days=self._rng.randrange(3, 20))
            if review - at < timedelta(days=60):
                life.deeds += [
                    Deed(at, Action.ASK_SUSPENSION, said, note=reason, until=review),
                    Deed(at + left * 0.1, wanted),
                ]
            return
        sentences, note = {
            Action.ASK_EXTENSION: (words.MORE_TIME, ""),
            Action.ASK_INFO: (words.QUESTION, ""),
            Action.CALL_IN: (words.WHY_JOINT, "unit:CG"),
            Action.SUPERVISE: (words.WATCH, "by_hand"),
        }[wanted]
        if wanted is Action.ASK_INFO:  # lately, or nobody would be waited for any more
            at = self._end - min(left, timedelta(hours=self._rng.uniform(2, 20)))
        life.deeds.append(Deed(at, wanted, one(self._rng, sentences), note=note))
