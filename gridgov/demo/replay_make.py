"""Drawing the whole plan of the replay from one seed."""

import random
from collections.abc import Sequence

from gridgov.demo.replay_clocks import Arrivals
from gridgov.demo.replay_fates import Fates, end_of
from gridgov.demo.replay_leaves import Away, Leaves
from gridgov.demo.replay_places import Places
from gridgov.demo.replay_plan import Life, Size, in_order
from gridgov.demo.replay_repeats import Repeats
from gridgov.demo.replay_reports import Reports
from gridgov.demo.replay_splits import Splits
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
    lives += Splits(rng, reference, texts).draw(lives, size)
    fates.settle(lives, size)
    lives += Repeats(rng, reference, places, fates, texts, arrivals).draw(lives, size)
    return in_order(lives)


def leaves(
    reference: Reference, lives: Sequence[Life], size: Size, *, home: str, seed: int = SEED
) -> list[Away]:
    """Return the leaves of the grids' people, drawn to fit a plan; `home` has none."""
    rng = random.Random(f"leaves-{seed}")
    return Leaves(rng, reference, end_of(reference.calendar)).draw(lives, size, home=home)
