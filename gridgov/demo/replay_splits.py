"""Reports of the replay that tell of two things: the desk makes a case of its own of the second."""

import random
from collections.abc import Sequence
from datetime import timedelta

from gridgov.demo.replay_clocks import LAST_DAY
from gridgov.demo.replay_plan import Channel, Fate, Life, Size, Turn, share_of
from gridgov.demo.replay_reports import voice_of
from gridgov.demo.texts import Texts
from gridgov.domain.deadlines import LimitUnit
from gridgov.services.reference import Reference

# Who tells the desk about more than one thing at once.
TELL_ON = frozenset({Channel.SNAP, Channel.HOTLINE, Channel.PHONE, Channel.WALK_IN})
# Not in the last weeks: both cases have time to go their way.
WEEKS = timedelta(days=30)
IN_DAYS = frozenset({LimitUnit.WORKING_DAY, LimitUnit.NATURAL_DAY})
JOINERS: Sequence[str] = ("另外，", "还有，", "顺便反映：", "仲有，")


class Splits:
    """Draws the second things."""

    def __init__(self, rng: random.Random, reference: Reference, texts: Texts) -> None:
        """Keep the dice, the classes and the words."""
        self._rng = rng
        self._reference = reference
        self._texts = texts

    def draw(self, lives: Sequence[Life], size: Size) -> list[Life]:
        """Return the parts that are split off, each told in the text of another life as well."""
        fit = [life for life in lives if self._may_tell_on(life)]
        return [self._second(first) for first in share_of(self._rng, fit, size.splits)]

    def _may_tell_on(self, life: Life) -> bool:
        """Tell whether a report is an ordinary one, and its case open when the desk reads it."""
        category = self._reference.category(life.category)
        day = life.received_at.astimezone(self._reference.zone).date()
        return (
            life.fate is Fate.CLOSED
            and life.channel in TELL_ON
            and life.sent_at is not None
            and not (life.hard or life.emergency or life.misread or life.off_hours)
            and not (life.wrong_category or life.returned or life.rework or life.reopened)
            and not category.confidential
            and category.handle_limit.unit in IN_DAYS
            and day < LAST_DAY - WEEKS
        )

    def _second(self, first: Life) -> Life:
        if first.spot is None:
            raise ValueError("a report without a place")
        read = first.received_at + timedelta(minutes=self._rng.uniform(3, 25))
        part = Life(read, first.channel, part_of=first, spot=first.spot, sent_at=first.sent_at)
        local = read.astimezone(self._reference.zone)
        part.category = part.true_category = self._another(first, local.month, local.hour)
        told = self._texts.pick(
            self._rng,
            category=part.category,
            place=first.spot.name,
            month=local.month,
            hour=local.hour,
            channel=voice_of(first.channel),
        )
        part.text, part.done, part.place_words = told.text, told.done, first.place_words
        first.text += self._rng.choice(JOINERS) + told.text
        first.turns.add(Turn.SPLIT)
        return part

    def _another(self, first: Life, month: int, hour: int) -> str:
        """Return a class that another unit answers for: for one unit it would stay one case."""
        unit = self._reference.category(first.category).unit_code
        weights = {}
        for code, weight in self._texts.weights(month, hour).items():
            category = self._reference.category(code)
            secret = category.confidential or category.hand_over is not None
            if category.public and not secret and category.unit_code != unit:
                weights[code] = weight
        return self._rng.choices(list(weights), list(weights.values()))[0]
