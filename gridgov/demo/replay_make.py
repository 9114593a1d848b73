"""Drawing the whole plan of the replay from one seed."""

import random

from gridgov.demo.replay_clocks import Arrivals
from gridgov.demo.replay_fates import Fates
from gridgov.demo.replay_places import Places
from gridgov.demo.replay_plan import Life, Size, in_order
from gridgov.demo.replay_repeats import Repeats
from gridgov.demo.replay_reports import Reports
from gridgov.demo.texts import Texts
from gridgov.services.reference import Reference

SEED = 440608


def plan(reference: Reference, size: Size, *, home: str, seed: int = SEED) -> list[Life]:
    """Return the lives of the replay in the order in which they begin.

    The same district, size, home grid and seed give the same plan. The last limits of
    every life are those of `size`: how many are closed, open, refused, transferred, joined.
    """
    rng = random.Random(seed)
    texts = Texts.load()
    places = Places(rng, reference, home)
    arrivals = Arrivals(rng, reference.calendar)
    fates = Fates(rng, reference, texts, home)
    lives = Reports(rng, reference, texts, places, arrivals).draw(size)
    fates.settle(lives, size)
    lives += Repeats(rng, reference, places, fates, texts, arrivals).draw(lives, size)
    return in_order(lives)
