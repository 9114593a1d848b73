"""A few dozen present-day cases for the sample district, so that there is work today.

They are planned here and played like the history: residents report, workers sign,
return, pass up, resolve, others check, residents answer, each at its own past `now`.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from gridgov.demo.replay_places import Places
from gridgov.demo.replay_plan import Channel, Deed, Life, in_order
from gridgov.demo.texts import Texts
from gridgov.domain.workflow import Action
from gridgov.services.reference import Reference

SEED = 440608
AT_HOME = 0.2
FOR_UNITS = 0.12
# Most are in time: what is late climbs, and is marked.
SIGNED_WITHIN_H, DONE_WITHIN_H = 1.4, 4.0
SIGN, RESOLVE, PASS, BACK = Action.SIGN, Action.RESOLVE, Action.CHECK_PASS, Action.SEND_BACK
UP, RETURN, RATE = Action.PASS_UP, Action.RETURN, Action.RATE

# What happens after the report, and how often in the sample. The last answer of a resident
# is "solved", an earlier one that it is not.
FATES: tuple[tuple[tuple[Action, ...], int], ...] = (
    ((SIGN, RESOLVE, PASS), 9),
    ((SIGN, RESOLVE, PASS, RATE), 14),
    ((SIGN, RESOLVE, BACK, RESOLVE, PASS, RATE), 3),
    ((SIGN, RESOLVE, PASS, RATE, RESOLVE, PASS), 2),
    ((), 5),
    ((SIGN,), 6),
    ((SIGN, RESOLVE), 4),
    ((RETURN,), 2),
    ((UP,), 2),
    ((SIGN, UP, SIGN, RESOLVE, PASS), 3),
    ((RETURN, Action.REJECT), 2),
    ((RETURN, Action.TRANSFER), 1),
)
ANSWERS = ("very_satisfied", "satisfied", "satisfied", "fair")


def plan(reference: Reference, *, home: str, now: datetime) -> list[Life]:
    """Return a few dozen lives in the twelve days before `now`; a fifth in the grid `home`."""
    rng = random.Random(SEED)
    draft = _Draft(rng, reference, Places(rng, reference, home, AT_HOME), Texts.load())
    return in_order([draft.life(steps, now) for steps, count in FATES for _ in range(count)])


class _Draft:
    """Draws one life after the other."""

    def __init__(
        self, rng: random.Random, reference: Reference, places: Places, texts: Texts
    ) -> None:
        self.rng = rng
        self.reference = reference
        self.places = places
        self.texts = texts

    def life(self, steps: Sequence[Action], now: datetime) -> Life:
        """Return a report and its deeds; what has ended is older than what is open."""
        ended = PASS in steps or Action.REJECT in steps
        age = self.rng.uniform(70, 288) if ended else self.rng.uniform(3, 40)
        if not steps:  # what nobody has signed for longer climbs to the village
            age = self.rng.uniform(0.2, 1.8)
        life = Life(now - timedelta(hours=age), Channel.SNAP)
        local = life.received_at.astimezone(self.reference.zone)
        life.spot = self.places.draw()
        life.sent_at = life.spot.at
        life.category = life.true_category = self._category(local, steps)
        told = self.texts.pick(
            self.rng,
            category=life.category,
            place=life.spot.name,
            month=local.month,
            hour=local.hour,
            channel=str(life.channel),
        )
        life.text, life.done, life.place_words = told.text, told.done, told.place_words
        life.photo = True
        self._deeds(life, steps)
        return life

    def _category(self, local: datetime, steps: Sequence[Action]) -> str:
        """Return a usual class: nothing secret, nothing that calls 110 first."""
        for_unit = UP not in steps and self.rng.random() < FOR_UNITS
        weights = {
            code: weight
            for code, weight in self.texts.weights(local.month, local.hour).items()
            if self._usual(code, for_unit)
        }
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _usual(self, code: str, for_unit: bool) -> bool:
        category = self.reference.category(code)
        secret = category.confidential or category.hand_over is not None
        return not secret and category.public and category.direct_unit is for_unit

    def _deeds(self, life: Life, steps: Sequence[Action]) -> None:
        at = life.received_at
        for number, action in enumerate(steps):
            longest = SIGNED_WITHIN_H if action is SIGN else DONE_WITHIN_H
            at += timedelta(hours=self.rng.uniform(0.1, longest))
            life.deeds.append(self._deed(life, at, action, last=number == len(steps) - 1))

    def _deed(self, life: Life, at: datetime, action: Action, *, last: bool) -> Deed:
        rng, texts, code = self.rng, self.texts, life.category
        if action is RESOLVE:
            return Deed(at, action, life.done)
        if action is BACK:
            return Deed(at, action, texts.back(rng, code))
        if action is UP:
            return Deed(at, action, texts.passed_up(rng, code))
        if action is RETURN:
            words = texts.returned(rng, "wrong_duty", code)
            return Deed(at, action, words, note="wrong_duty")
        if action is Action.REJECT:
            return Deed(at, action, texts.rejected(rng, "duplicate"), note="duplicate")
        if action is Action.TRANSFER:
            words = texts.transferred(rng)
            return Deed(at, action, words, note="高明区人民法院", receipt="2026-0117")
        if action is RATE:
            return Deed(at, action, note=rng.choice(ANSWERS) if last else "dissatisfied")
        return Deed(at, action)
