"""How a case of the replay finds whose it is: the desk, returns, levels, the grid next door."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gridgov.demo import replay_words as words
from gridgov.demo.replay_clocks import Clocks
from gridgov.demo.replay_plan import Deed, Life, Turn
from gridgov.demo.replay_turns import Turns
from gridgov.demo.replay_words import one
from gridgov.demo.texts import Texts
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.workflow import RETURN_REASONS, Action
from gridgov.services.reference import Reference

# How often a case is passed up once, twice, three times, by the level its class belongs to.
PASS_UPS: Mapping[Level, Sequence[float]] = {
    Level.VILLAGE: (0.04, 0.01, 0.0),
    Level.TOWN: (0.06, 0.07, 0.015),
    Level.DISTRICT: (0.06, 0.05, 0.05),
}
# Of what waits for the desk: how much is looked at first, how much only registered, how much
# the desk rings back about and then finds on the map.
LOOKED_AT, REGISTERED, FOUND = 0.15, 0.3, 0.35
# Of what reaches a unit: how often it says who of its people has it, if it has several.
NAMED = 0.5
# After these a unit has the case.
TO_A_UNIT = frozenset({Action.DISPATCH, Action.PASS_UP, Action.RULE})
A_MOMENT = timedelta(minutes=2)


class Ways:
    """Draws the deeds of a case until somebody has signed for good."""

    def __init__(
        self,
        rng: random.Random,
        reference: Reference,
        texts: Texts,
        clocks: Clocks,
        turns: Turns,
    ) -> None:
        """Keep the dice, the rules and the words."""
        self._rng = rng
        self._reference = reference
        self._texts = texts
        self._clocks = clocks
        self._turns = turns

    def to_handler(self, life: Life) -> tuple[list[Deed], datetime]:
        """Return the deeds until somebody has signed for good, and when that is."""
        category, at = self._category(life), life.received_at
        deeds = self._at_the_desk(life, at) if self.waits(life) else []
        at = deeds[-1].at if deeds else at
        if Turn.BOUNCED in life.turns:
            at = self._bounced(deeds, life, at)
        elif Turn.NEXT_DOOR in life.turns:
            at = self._next_door(deeds, life, at)
        elif Turn.MOVED in life.turns:
            at = self._moved(deeds, life, at)
        elif life.wrong_category or life.returned:
            at = self._returned(deeds, life, at)
        elif not self.waits(life):
            at = self._passed_up(deeds, life, at)
        signed = self._clocks.signed(at, category)
        if deeds and deeds[-1].action in TO_A_UNIT and self._rng.random() < NAMED:
            named = at + (signed - at) * self._rng.uniform(0.2, 0.8)
            deeds.append(Deed(named, Action.NAME_PERSON))
        deeds.append(Deed(signed, Action.SIGN))
        return deeds, signed

    def waits(self, life: Life) -> bool:
        """Tell whether nobody has the case at first: the dispatcher must act."""
        category = self._category(life)
        return not category.direct_unit and (category.confidential or life.vague)

    def dispatch(self, life: Life, at: datetime) -> Deed:
        """Return the dispatcher's act for a case that nobody got by the rules."""
        unit = self._category(life).unit_code
        at = self._clocks.dispatched(at)
        return Deed(at, Action.DISPATCH, note=f"unit:{unit}", if_waiting=True)

    def _category(self, life: Life) -> Category:
        return self._reference.category(life.category)

    def _at_the_desk(self, life: Life, at: datetime) -> list[Deed]:
        """Return what the desk does with a case nobody got by the rules, before it has an owner."""
        deeds = []
        dice = self._rng.random()
        secret = self._category(life).confidential
        if dice < LOOKED_AT and not secret:
            unit = f"unit:{self._category(life).unit_code}"
            at = self._clocks.dispatched(at)
            deeds.append(Deed(at, Action.ASK_VERIFY, note=unit))
            at = self._clocks.dispatched(at)
            deeds.append(Deed(at, Action.CONFIRM, one(self._rng, words.CONFIRMED)))
        elif dice < LOOKED_AT + REGISTERED:
            at = self._clocks.dispatched(at)
            deeds.append(Deed(at, Action.REGISTER))
        elif dice < LOOKED_AT + REGISTERED + FOUND and not secret and life.spot is not None:
            # With a pin the case goes to who has that grid, at once and by itself.
            found = self._clocks.dispatched(at)
            return [Deed(found, Action.CORRECT_SPOT, spot=life.spot.at, if_waiting=True)]
        return [*deeds, self.dispatch(life, at)]

    def _bounced(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        """Add how two gave it back and the level above ruled; return when that was."""
        category = self._category(life)
        right = category.unit_code or self._turns.other_unit(None)
        for unit in (self._turns.other_unit(right), None):
            at = self._return(deeds, life, at, "wrong_duty")
            at = self._clocks.dispatched(at)
            if unit is not None:
                deeds.append(Deed(at, Action.DISPATCH, note=f"unit:{unit}"))
        deeds.append(Deed(at, Action.RULE, one(self._rng, words.RULING), note=f"unit:{right}"))
        return at

    def _next_door(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        """Add how who got it hands it next door; who was there knows where a wrong pin belongs."""
        grid, said = self._turns.next_door(life), words.OTHER_DUTY
        if grid is None or life.spot is None:
            return at
        at = self._clocks.signed(at, self._category(life))
        spot = None
        if life.misread:
            said, spot = words.OTHER_SPOT, life.spot.at
        deeds.append(Deed(at, Action.HAND_NEIGHBOUR, one(self._rng, said), note=grid, spot=spot))
        return at

    def _moved(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        """Add how nothing was found at a wrong pin, and the desk put it right."""
        if life.spot is None:
            return at
        at = self._clocks.dispatched(self._return(deeds, life, at, "wrong_area"))
        deeds.append(Deed(at, Action.CORRECT_SPOT, spot=life.spot.at))
        at += A_MOMENT
        deeds.append(Deed(at, Action.DISPATCH, note="lead"))
        return at

    def _returned(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        """Add how it came back, and to whom the desk gave it then; return when that was."""
        reason = "wrong_duty"
        if not life.wrong_category:
            reason = self._rng.choice(RETURN_REASONS[1:])
        at = self._return(deeds, life, at, reason)
        right = self._reference.category(life.true_category).unit_code
        category = self._category(life)
        by_unit = life.wrong_category or category.direct_unit or life.sent_at is None
        at = self._clocks.dispatched(at)
        deeds.append(Deed(at, Action.DISPATCH, note=f"unit:{right}" if by_unit else "lead"))
        return at

    def _return(self, deeds: list[Deed], life: Life, at: datetime, reason: str) -> datetime:
        at = self._clocks.signed(at, self._category(life))
        said = self._texts.returned(self._rng, reason, life.category)
        deeds.append(Deed(at, Action.RETURN, said, note=reason))
        return at

    def _passed_up(self, deeds: list[Deed], life: Life, at: datetime) -> datetime:
        for _ in range(self._pass_ups(life)):
            at = self._clocks.signed(at, self._category(life))
            deeds.append(Deed(at, Action.PASS_UP, self._texts.passed_up(self._rng, life.category)))
        return at

    def _pass_ups(self, life: Life) -> int:
        category = self._category(life)
        shares = PASS_UPS.get(category.default_level, ())
        if category.direct_unit:
            return 0
        # What is known in words only starts at the village, one level higher.
        most = 3 if life.sent_at is not None else 2
        dice = self._rng.random()
        for times in range(min(most, len(shares)), 0, -1):
            if dice < shares[times - 1]:
                return times
            dice -= shares[times - 1]
        return 0
