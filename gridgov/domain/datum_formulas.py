"""The published forward formulas of GCJ-02 and BD-09, for one pair or for arrays of them.

`maths` is the module that computes: `math` for single numbers (ten times as fast there)
or `numpy` for arrays. One text of the formulas serves both, so that a border converted
in bulk and a position converted alone agree.
"""

from typing import Any

# Krasovsky 1940, on which the GCJ-02 offset is defined.
_GCJ_AXIS_M = 6378245.0
_GCJ_ECCENTRICITY_SQUARED = 0.00669342162296594323

# The box in which GCJ-02 shifts coordinates at all; outside it equals WGS-84.
GCJ_LON = (72.004, 137.8347)
GCJ_LAT = (0.8293, 55.8271)


def wgs_to_gcj(lon: Any, lat: Any, maths: Any) -> tuple[Any, Any]:
    """Apply the GCJ-02 offset to degrees inside its box."""
    x, y = lon - 105.0, lat - 35.0
    radians = lat / 180.0 * maths.pi
    magic = 1.0 - _GCJ_ECCENTRICITY_SQUARED * maths.sin(radians) ** 2
    root = maths.sqrt(magic)
    metres_per_lat = (_GCJ_AXIS_M * (1.0 - _GCJ_ECCENTRICITY_SQUARED)) / (magic * root)
    metres_per_lon = _GCJ_AXIS_M / root * maths.cos(radians)
    return (
        lon + maths.degrees(_offset_east(x, y, maths) / metres_per_lon),
        lat + maths.degrees(_offset_north(x, y, maths) / metres_per_lat),
    )


def gcj_to_bd(lon: Any, lat: Any, maths: Any) -> tuple[Any, Any]:
    """Apply Baidu's own turn and shift to GCJ-02 degrees."""
    turn = maths.pi * 3000.0 / 180.0
    radius = maths.hypot(lon, lat) + 0.00002 * maths.sin(lat * turn)
    angle = maths.atan2(lat, lon) + 0.000003 * maths.cos(lon * turn)
    return radius * maths.cos(angle) + 0.0065, radius * maths.sin(angle) + 0.006


def _wave(value: Any, maths: Any, *terms: tuple[float, float]) -> Any:
    """Sum amplitude * sin(pi * value * frequency) over the terms."""
    return sum(size * maths.sin(value * maths.pi * rate) for size, rate in terms)


def _offset_north(x: Any, y: Any, maths: Any) -> Any:
    """Return the GCJ-02 offset to the north in metres."""
    metres = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * maths.sqrt(abs(x))
    metres = metres + _wave(x, maths, (20.0, 6.0), (20.0, 2.0)) * 2.0 / 3.0
    metres = metres + _wave(y, maths, (20.0, 1.0), (40.0, 1 / 3)) * 2.0 / 3.0
    return metres + _wave(y, maths, (160.0, 1 / 12), (320.0, 1 / 30)) * 2.0 / 3.0


def _offset_east(x: Any, y: Any, maths: Any) -> Any:
    """Return the GCJ-02 offset to the east in metres."""
    metres = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * maths.sqrt(abs(x))
    metres = metres + _wave(x, maths, (20.0, 6.0), (20.0, 2.0)) * 2.0 / 3.0
    metres = metres + _wave(x, maths, (20.0, 1.0), (40.0, 1 / 3)) * 2.0 / 3.0
    return metres + _wave(x, maths, (150.0, 1 / 12), (300.0, 1 / 30)) * 2.0 / 3.0
