"""What pictures and the clock say about a closing: hints for whoever checks, never a verdict.

Nothing is refused and nobody is scored by these. Two numbers are kept of a picture, how far
from the spot and how long after the report it was taken; where it was taken is not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Two pictures whose looks (difference hashes of 64 bits) differ in at most so many bits are
# taken for the same one. Of 336 smaller or re-encoded copies 329 are found so; of 3,444 pairs
# of other places none is taken for the same, of 42 of one place before and after one is
# (drawn scenes, in which nothing but the trouble changes: decision 0029).
SAME_LOOK_BITS = 3
BANDS = 4
_BAND_BITS = 16
_BAND = (1 << _BAND_BITS) - 1


class ClosingHint(StrEnum):
    """Why a closing deserves a second look."""

    FAR = "far"  # the picture was taken elsewhere
    EARLY = "early"  # … or before anybody reported the problem
    REUSED = "reused"  # the picture was shown before, for this case or for another
    QUICK = "quick"  # done within minutes of the report


@dataclass(frozen=True, slots=True)
class ClosingRule:
    """From when on a closing is hinted at; a district may set its own (settings["closing"]).

    `far_m`: metres between picture and spot; `quick_min`: minutes from the report, or from
    when it was taken up again, to the end of the work; `early_min`: how many minutes a
    camera's clock may be slow.
    """

    far_m: float = 200.0
    quick_min: float = 10.0
    early_min: float = 5.0

    @classmethod
    def from_settings(cls, kept: Mapping[str, Any]) -> "ClosingRule":
        """Return the rule as a district keeps it; what it does not name is as usual."""
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What is known of one picture of finished work; None where the file did not say.

    `distance_m` from the spot in metres, `minutes` after the report (negative: before it), or
    after the picture from before where somebody found it and did it at once.
    """

    distance_m: int | None = None
    minutes: int | None = None
    reused: bool = False


def hints(
    pictures: Iterable[PictureFacts], worked_min: float | None, rule: ClosingRule
) -> tuple[ClosingHint, ...]:
    """Return why a closing deserves a second look; `worked_min`: from report to done, if known."""
    found: set[ClosingHint] = set()
    for one in pictures:
        if one.distance_m is not None and one.distance_m > rule.far_m:
            found.add(ClosingHint.FAR)
        if one.minutes is not None and one.minutes < -rule.early_min:
            found.add(ClosingHint.EARLY)
        if one.reused:
            found.add(ClosingHint.REUSED)
    if worked_min is not None and worked_min < rule.quick_min:
        found.add(ClosingHint.QUICK)
    return tuple(one for one in ClosingHint if one in found)


def bands(look: int) -> tuple[int, ...]:
    """Return the four parts of a look. Of two that are alike at least one part is the same."""
    return tuple(look >> _BAND_BITS * place & _BAND for place in range(BANDS))


def look_of(parts: Iterable[int]) -> int:
    """Return the look that was taken apart by `bands`."""
    return sum(part << _BAND_BITS * place for place, part in enumerate(parts))


def alike(a: int, b: int) -> bool:
    """Tell whether two looks are those of one picture, be it smaller or encoded anew."""
    return (a ^ b).bit_count() <= SAME_LOOK_BITS
