"""How long things take: bins of durations, and their quantiles by Kaplan and Meier.

A bin is at most 1/16 of an octave wide: its upper end is 4.4 % above its lower one. So a
quantile read from bins is at most 4.4 % (or one minute, below a quarter of an hour) off
the one of the durations themselves; cases that are still open count up to their age.
Source: Kaplan, Meier (1958), Nonparametric estimation from incomplete observations.
"""

import math
from collections.abc import Mapping

PER_OCTAVE = 16
# Below this many minutes each minute has its own bin: the bins would be narrower.
FINE = 23
_OFFSET = FINE - math.floor(PER_OCTAVE * math.log2(FINE))


def bin_of(minutes: int) -> int:
    """Return the bin of a duration in whole minutes; a negative one stands in the first."""
    if minutes < FINE:
        return max(0, minutes)
    return math.floor(PER_OCTAVE * math.log2(minutes)) + _OFFSET


def bounds(number: int) -> tuple[float, float]:
    """Return the lower and the upper end of a bin, in minutes."""
    if number < FINE:
        return float(number), float(number + 1)
    at = number - _OFFSET
    return max(FINE, 2 ** (at / PER_OCTAVE)), 2 ** ((at + 1) / PER_OCTAVE)


def quantile(ended: Mapping[int, int], still_open: Mapping[int, int], share: float) -> float | None:
    """Return after how many minutes a share (0 to 1) has ended, by Kaplan and Meier.

    `ended` and `still_open` count cases by bin: of how long it took, and of their age. Within
    a bin the end is put where the curve crosses the share. None while fewer have ended.
    """
    at_risk = sum(ended.values()) + sum(still_open.values())
    surviving = 1.0
    for number in sorted({*ended, *still_open}):
        ending, leaving = ended.get(number, 0), still_open.get(number, 0)
        # Those that leave in a bin were at risk for half of it.
        exposed = at_risk - leaving / 2
        if ending and exposed > 0:
            after = surviving * (1 - min(1.0, ending / exposed))
            if 1 - after >= share - 1e-12:
                low, high = bounds(number)
                part = (surviving - (1 - share)) / (surviving - after)
                return low + (high - low) * part
            surviving = after
        at_risk -= ending + leaving
    return None
