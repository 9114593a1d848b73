"""Reports of the replay that repeat another: the same problem, told again within three days."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from gridgov.demo import replay_words as words
from gridgov.demo.replay_clocks import Arrivals
from gridgov.demo.replay_fates import Fates
from gridgov.demo.replay_places import Places
from gridgov.demo.replay_plan import HOTLINE, WORKERS, Channel, Deed, Fate, Life, Size, Turn
from gridgov.demo.replay_reports import leave_contact, voice_of
from gridgov.demo.replay_words import one
from gridgov.demo.texts import Texts
from gridgov.domain.workflow import Action
from gridgov.services.reference import Reference

WITHIN = timedelta(days=3)
LEAST_OPEN = timedelta(minutes=30)
MOST_REPEATS = 4
TRIES = 20
# Of those who join, how many take their report back, if the case is still open then.
LEAVE = 0.08
# Who writes in the same way writes the very same words so often (sent twice, passed on).
EXACT = 0.5
OPENINGS: Sequence[str] = (
    "还没人处理：",
    "再报一次，",
    "我也见到了，",
    "同楼上反映的一样，",
    "今日又经过，仲系咁：",
    "报过了，到现在还是这样。",
    "邻居说已经报了，我再补充一下，",
    "",
)
ENDINGS: Sequence[str] = ("请尽快处理。", "唔该快啲。", "等了一天了。", "麻烦跟进。", "", "")


class Repeats:
    """Draws duplicates of cases that are open when they come in."""

    def __init__(
        self,
        rng: random.Random,
        reference: Reference,
        places: Places,
        fates: Fates,
        texts: Texts,
        arrivals: Arrivals,
    ) -> None:
        """Keep the dice and what the others drew."""
        self._rng = rng
        self._reference = reference
        self._places = places
        self._fates = fates
        self._texts = texts
        self._arrivals = arrivals

    def draw(self, lives: Sequence[Life], size: Size) -> list[Life]:
        """Return the reports that join a case, and those refused as duplicates."""
        firsts = [life for life in lives if self._may_repeat(life)]
        slots = [life for life in firsts for _ in range(MOST_REPEATS)]
        chosen = self._rng.sample(slots, size.duplicates)
        channels = self._channels(len(chosen))
        repeats = [
            self._repeat(first, channel) for first, channel in zip(chosen, channels, strict=True)
        ]
        for place, life in enumerate(repeats):
            if place < size.joined:
                life.fate = Fate.JOINED
                if life.channel is Channel.SNAP and self._rng.random() < LEAVE:
                    life.deeds = [self._leave(life)]
            elif place < size.joined + size.merged:
                life.fate = Fate.MERGED
                life.deeds = [self._merge(life)]
            else:
                life.fate = Fate.REPEATED
                self._fates.refused_as_duplicate(life)
        return repeats

    def _channels(self, count: int) -> list[Channel]:
        hotline, workers = round(HOTLINE * count), round(WORKERS * count)
        channels = [Channel.HOTLINE] * hotline + [Channel.WORKER] * workers
        channels += [Channel.SNAP] * (count - len(channels))
        self._rng.shuffle(channels)
        return channels

    def _may_repeat(self, life: Life) -> bool:
        """Tell whether others can see the problem and the case is open for long enough."""
        category = self._reference.category(life.category)
        return (
            life.fate in (Fate.CLOSED, Fate.OPEN)
            and life.sent_at is not None
            and not (life.misread or life.hard or life.emergency)
            and not life.turns & {Turn.AT_ONCE, Turn.UNMERGED}
            and category.public
            and not category.confidential
            and self._open_for(life) >= LEAST_OPEN
        )

    def _merge(self, life: Life) -> Deed:
        """Return how the desk merges it into the first, while that one is open."""
        if life.first is None:
            raise ValueError("what repeats nothing cannot be merged")
        left = life.first.received_at + self._open_for(life.first, whole=True) - life.received_at
        at = min(self._fates.dispatched(life.received_at), life.received_at + left * 0.9)
        return Deed(at, Action.MERGE, other=life.first)

    def _leave(self, life: Life) -> Deed:
        """Return how who joined takes the own report back; the others go on."""
        at = life.received_at + timedelta(hours=self._rng.triangular(0.2, 30, 2))
        return Deed(at, Action.LEAVE, one(self._rng, words.LEFT))

    def _open_for(self, life: Life, *, whole: bool = False) -> timedelta:
        """Return how long others may join: until the case is closed for the first time.

        `whole`: also longer than others speak of it.
        """
        ends = [deed.at for deed in life.deeds if deed.action is Action.CHECK_PASS]
        until = min([*ends, self._fates.end])
        until = until if whole else min(until, life.received_at + WITHIN)
        return until - life.received_at

    def _repeat(self, first: Life, channel: Channel) -> Life:
        if first.spot is None:
            raise ValueError("a report without a place cannot be repeated at the same place")
        life = Life(self._moment(first), channel)
        life.category = life.true_category = first.category
        life.first, life.spot = first, self._places.beside(first.spot)
        life.sent_at = life.spot.at
        if channel is first.channel and self._rng.random() < EXACT:
            life.text, life.place_words = first.text, first.place_words
        else:
            self._tell(life, first.true_category)
        leave_contact(self._rng, life)
        return life

    def _moment(self, first: Life) -> datetime:
        """Return when it is told again: while people are awake, if that can be."""
        for _ in range(TRIES):
            share = self._rng.triangular(0.02, 0.95, 0.25)
            moment = first.received_at + self._open_for(first) * share
            if not self._arrivals.is_off(moment):
                break
        return moment

    def _tell(self, life: Life, category: str) -> None:
        """Let somebody else tell it in other words, residents often as the second ones."""
        if life.spot is None:
            raise ValueError("a report without a place")
        local = life.received_at.astimezone(self._reference.zone)
        told = self._texts.pick(
            self._rng,
            category=category,
            place=life.spot.name,
            month=local.month,
            hour=local.hour,
            channel=voice_of(life.channel),
        )
        life.text, life.place_words = told.text, told.place_words
        if life.channel is Channel.SNAP:
            life.text = self._rng.choice(OPENINGS) + told.text + self._rng.choice(ENDINGS)
