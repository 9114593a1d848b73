"""Datums for many pairs at once: a district's borders are millions of vertices.

The same formulas and the same fixed-point iteration as `datum`, on arrays. Equal pairs
are converted once and get equal results to the last bit, so that a border two areas
share stays shared: an array's vectorised sine need not round its last members like its
first ones, and a seam of 10 micrometres is a hole in the net.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridgov.domain.datum import CLOSE_ENOUGH_DEGREES, LEAST_STEPS, MOST_STEPS, Datum
from gridgov.domain.datum_formulas import GCJ_LAT, GCJ_LON, gcj_to_bd, wgs_to_gcj

Pairs = NDArray[np.float64]


def pairs_to_wgs84(pairs: Pairs, datum: Datum) -> Pairs:
    """Convert pairs (n × 2, lon before lat, degrees in a datum) to WGS-84.

    Agrees with `datum.to_wgs84` to 0.1 micrometre; CGCS2000 is taken as equal.
    """
    forward = _FORWARD.get(datum)
    if forward is None:
        return pairs
    found = pairs.copy()
    with np.errstate(invalid="ignore"):  # what is no place (inf, nan) stays none
        for step in range(1, MOST_STEPS + 1):
            error = pairs - forward(found)
            found += error
            if step >= LEAST_STEPS and not (np.abs(error) >= CLOSE_ENOUGH_DEGREES).any():
                break
    return found


def pairs_from_wgs84(pairs: Pairs, datum: Datum) -> Pairs:
    """Return the pairs (n × 2, lon before lat, degrees) that stand for WGS-84 ones in a datum."""
    forward = _FORWARD.get(datum)
    return pairs if forward is None else forward(pairs)


def geometries_to_wgs84(geometries: NDArray[Any], datum: Datum) -> NDArray[Any]:
    """Return geometries (None among them stays None) converted from a datum to WGS-84."""
    return converted(geometries, lambda pairs: pairs_to_wgs84(pairs, datum))


def geometries_from_wgs84(geometries: NDArray[Any], datum: Datum) -> NDArray[Any]:
    """Return WGS-84 geometries (None among them stays None) as they are drawn in a datum."""
    return converted(geometries, lambda pairs: pairs_from_wgs84(pairs, datum))


def converted(geometries: NDArray[Any], change: Callable[[Pairs], Pairs]) -> NDArray[Any]:
    """Return geometries with every vertex changed; equal vertices stay equal to the last bit."""
    made: NDArray[Any] = shapely.transform(geometries, lambda pairs: _once_each(pairs, change))
    return made


def geometry_between(geometry: BaseGeometry, source: Datum, target: Datum) -> BaseGeometry:
    """Return what a WGS-84 geometry would be had its numbers been of another datum.

    It was read as `source`; the result is what reading the same numbers as `target` gives.
    """
    return shapely.transform(
        geometry, lambda pairs: pairs_to_wgs84(pairs_from_wgs84(pairs, source), target)
    )


def _once_each(pairs: Pairs, change: Callable[[Pairs], Pairs]) -> Pairs:
    """Change every different pair once; a net's vertices belong to three areas on average."""
    # As one complex number a pair is sorted as a whole, ten times faster than by rows.
    whole = np.ascontiguousarray(pairs).view(np.complex128).ravel()
    different, place = np.unique(whole, return_inverse=True)
    return change(different.view(np.float64).reshape(-1, 2))[place]


def _many_wgs_to_gcj(pairs: Pairs) -> Pairs:
    lon, lat = pairs[:, 0], pairs[:, 1]
    inside = (lon >= GCJ_LON[0]) & (lon <= GCJ_LON[1]) & (lat >= GCJ_LAT[0]) & (lat <= GCJ_LAT[1])
    shifted = np.column_stack(wgs_to_gcj(lon, lat, np))
    return np.where(inside[:, None], shifted, pairs)


def _many_wgs_to_bd(pairs: Pairs) -> Pairs:
    shifted = _many_wgs_to_gcj(pairs)
    moved = (shifted != pairs).any(axis=1)
    turned = np.column_stack(gcj_to_bd(shifted[:, 0], shifted[:, 1], np))
    return np.where(moved[:, None], turned, pairs)


_FORWARD: dict[Datum, Callable[[Pairs], Pairs]] = {
    Datum.GCJ02: _many_wgs_to_gcj,
    Datum.BD09: _many_wgs_to_bd,
}
