"""Catching a wrongly declared datum by what was drawn and where it lies.

A file never says that its WGS-84 is really GCJ-02, but its ground does: the areas of a
district fill the district's outline, and 612 m further south-east they do not. So the
same numbers are read in each datum and laid over the outline that is known; where
another reading fits clearly better than the declared one, somebody must look.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.datum import Datum
from gridgov.domain.datum_arrays import geometry_between
from gridgov.domain.errors import InvalidInput

# Another reading is better only where it leaves little of what the declared one misses.
# Over Foshan's five districts, drawn by another house (1.7 to 4.0 % of the ground differs),
# a wrong reading misses 2.7 to 8 times as much as the right one.
_LEFT_OF_MISFIT = 0.6
_LEFT_OUTSIDE = 0.5
# Below half a percent of the ground it is drawing, not datum: 612 m over a county of
# 100 x 100 km are still 1.7 %.
_LEAST_GAIN = 0.005
# Most of it elsewhere: another district, a wrong zone, latitude before longitude.
_MOST_OUTSIDE = 0.5

NAMES = {
    Datum.WGS84: "WGS-84",
    Datum.CGCS2000: "CGCS2000",
    Datum.GCJ02: "GCJ-02",
    Datum.BD09: "BD-09",
}
# One reading for each way to understand the numbers; CGCS2000 reads as WGS-84.
_READINGS = (Datum.WGS84, Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True, slots=True)
class Fit:
    """How ground read in a datum lies on an outline.

    `overlap` is the ground both share over the ground either covers (1: the same),
    `outside` the share of what was drawn that lies outside of the outline.
    """

    datum: Datum
    overlap: float
    outside: float


def fit(drawn: BaseGeometry, outline: BaseGeometry, datum: Datum) -> Fit:
    """Lay ground (WGS-84 degrees, read as `datum`) on an outline; neither may be empty."""
    # Shares of one place: degrees serve as well as metres.
    both = shapely.intersection(drawn, outline).area
    either = drawn.area + outline.area - both
    # Rounding may find a hair more in common than was drawn.
    outside = max(0.0, 1.0 - both / drawn.area)
    return Fit(datum, both / either, outside)


def fits(drawn: BaseGeometry, outline: BaseGeometry, declared: Datum) -> list[Fit]:
    """Return how each reading of the same numbers lies on the outline, the declared one first.

    `drawn` is the ground in WGS-84 degrees as converted from the declared datum.
    """
    found = [fit(drawn, outline, declared)]
    for datum in _READINGS:
        if not _same(datum, declared):
            read = shapely.make_valid(geometry_between(drawn, declared, datum))
            found.append(fit(read, outline, datum))
    return found


def better(found: Iterable[Fit]) -> Fit | None:
    """Return the reading that fits clearly better than the declared (first) one, if one does."""
    declared, *others = found
    best = max(others, key=lambda one: one.overlap)
    if best.overlap - declared.overlap < _LEAST_GAIN:
        return None
    misfit = (1.0 - best.overlap) / (1.0 - declared.overlap)
    # A net with a piece missing never fits the whole outline; what sticks out tells more.
    sticks_out = declared.outside >= _LEAST_GAIN
    if misfit <= _LEFT_OF_MISFIT or (
        sticks_out and best.outside <= _LEFT_OUTSIDE * declared.outside
    ):
        return best
    return None


def check(drawn: BaseGeometry, outline: BaseGeometry, declared: Datum) -> list[Fit]:
    """Return how the readings fit, the declared one first, if the declaration may be true.

    Raises:
        InvalidInput: field `datum`, reason `looks_like` (values `declared`, `looks_like`,
            and the shares `fit_declared`, `fit_other`, `outside_declared`,
            `outside_other`), or `elsewhere` (most lies outside, however it is read).

    """
    found = fits(drawn, outline, declared)
    as_declared = found[0]
    other = better(found)
    if other is not None and other.outside <= _MOST_OUTSIDE:
        raise InvalidInput(
            "datum",
            "looks_like",
            f"declared {NAMES[declared]}, but fits the district's outline better as "
            f"{NAMES[other.datum]} ({_percent(other.overlap)} against "
            f"{_percent(as_declared.overlap)} of the ground)",
            declared=str(declared),
            looks_like=str(other.datum),
            fit_declared=as_declared.overlap,
            fit_other=other.overlap,
            outside_declared=as_declared.outside,
            outside_other=other.outside,
        )
    if as_declared.outside > _MOST_OUTSIDE:
        raise InvalidInput(
            "datum",
            "elsewhere",
            f"{_percent(as_declared.outside)} of the ground lies outside of the district, "
            "however its coordinates are read",
            declared=str(declared),
            outside_declared=as_declared.outside,
        )
    return found


def _same(one: Datum, other: Datum) -> bool:
    """Tell whether two datums give the same numbers, within a metre."""
    plain = (Datum.WGS84, Datum.CGCS2000)
    return one is other or (one in plain and other in plain)


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"
