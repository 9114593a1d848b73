"""Is today more than usual? A count against its own past.

The past are the same days of the weeks before. Their counts are taken for Poisson with an
unknown rate; what the next one may be is then negative binomial (the Gamma-Poisson
predictive distribution), which is wider than Poisson where the past is short. Counts that
scatter more than Poisson (rain, holidays) widen it further by their dispersion. A surge is
a count that would be seen once in `ONCE_IN` looks if nothing had changed; the looks of a
day (areas times classes) share that.

Source: Noufaily et al. (2013), An improved algorithm for outbreak detection; Jeffreys' prior.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WEEKS = 8
# Fewer than this in a day is no surge, however unusual.
LEAST = 5
# One false alarm in so many days on a board whose counts are steady.
ONCE_IN = 100
_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A count against its past: what was expected, and how likely so many or more are."""

    count: int
    expected: float
    chance: float
    surge: bool


def judge(count: int, past: Sequence[int], looks: int = 1) -> Judged:
    """Judge a count against the counts of comparable days before; `looks` share the alarms."""
    if not past:
        return Judged(count, 0.0, 1.0, surge=False)
    expected = sum(past) / len(past)
    spread = _dispersion(past, expected)
    # Counts that come in bundles: as many bundles of the size `spread`, Poisson.
    chance = at_least(count / spread, sum(past) / spread + 0.5, len(past))
    unusual = chance < 1 / (ONCE_IN * max(1, looks))
    return Judged(count, expected, chance, unusual and count >= LEAST and count > expected)


def _dispersion(past: Sequence[int], mean: float) -> float:
    """Return variance / mean, at least 1, and 1 where the past is too short to tell."""
    if len(past) < 3 or mean <= 0:
        return 1.0
    variance = sum((one - mean) ** 2 for one in past) / (len(past) - 1)
    return max(1.0, variance / mean)


def at_least(count: float, shape: float, days: int) -> float:
    """Return how likely `count` or more are: Poisson, its rate Gamma(shape) over `days` days."""
    whole = math.ceil(count - 1e-9)
    if whole <= 0:
        return 1.0
    stay, go = math.log(days / (days + 1)), math.log(1 / (days + 1))
    below = 0.0
    for n in range(min(whole, _STEPS)):
        log = math.lgamma(n + shape) - math.lgamma(shape) - math.lgamma(n + 1)
        below += math.exp(log + shape * stay + n * go)
    return max(0.0, 1.0 - below)
