"""What the coordinates of a file of areas are, and the way from there to WGS-84 and back.

A file may say its reference system itself (a .prj, a GeoPackage, a "crs" member) or be
told by options. GCJ-02 and BD-09 have no EPSG code and are degrees with a bend: our own
formulas unbend them. Projected systems are unprojected by PROJ. What PROJ knows only
roughly, as Beijing 1954 and Xi'an 1980, is refused: a net that is 15 m off sends people
to the wrong grid without anybody knowing.
"""

import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from gridgov.domain.datum import Datum
from gridgov.domain.datum_arrays import Pairs, converted, pairs_from_wgs84, pairs_to_wgs84
from gridgov.domain.datum_guess import NAMES
from gridgov.domain.errors import InvalidInput

WORST_ACCURACY_M = 5.0  # NAD83 is taken (4 m, in truth 1 m), Beijing 1954 (15 m) is not
_WGS84 = CRS.from_epsg(4326)
Box = tuple[float, float, float, float]  # west, south, east, north
_EPSG = {Datum.WGS84: 4326, Datum.CGCS2000: 4490}
_BENT = (Datum.GCJ02, Datum.BD09)
# A made-up reference system that says what it is, so that no other program takes the
# numbers for WGS-84 and this one knows its own exports again.
_BENT_WKT = (
    'GEOGCS["{0}",DATUM["{0}",SPHEROID["Krassovsky 1940",6378245,298.3]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
# Datums that are WGS-84 within a metre, by the beginning of their names.
_EQUAL = ("worldgeodeticsystem1984", "wgs1984", "wgs84", "internationalterrestrial")
_CGCS2000 = ("china2000", "cgcs2000", "chinageodeticcoordinatesystem2000")


@dataclass(frozen=True, slots=True)
class Frame:
    """A system of coordinates: what the degrees mean, and how they were projected.

    `crs` is None for plain degrees; `datum` is that of the degrees beneath. A `foreign`
    system stands on another datum, from which PROJ knows a way to WGS-84.
    """

    datum: Datum
    crs: CRS | None = None
    foreign: bool = False

    @property
    def name(self) -> str:
        """Return how people call it."""
        return NAMES[self.datum] if self.crs is None else name_of(self.crs)

    @property
    def in_degrees(self) -> bool:
        """Tell whether its coordinates are degrees."""
        return self.crs is None or self.crs.is_geographic


def name_of(crs: CRS) -> str:
    """Return code and name of a reference system."""
    code = crs.to_epsg()
    return crs.name if code is None else f"EPSG:{code} ({crs.name})"


def read_crs(text: str) -> CRS:
    """Return the reference system of an EPSG code, such as "EPSG:4547" or "4547".

    Raises: InvalidInput (field crs, reason unknown).
    """
    code = re.fullmatch(r"(?i)\s*(?:epsg:{1,2})?\s*(\d{4,6})\s*", text)
    try:
        return CRS.from_epsg(int(code[1])) if code else _refuse_crs(text)
    except CRSError:
        return _refuse_crs(text)


def _refuse_crs(text: str) -> CRS:
    sentence = f"{text[:40]!r} is no EPSG code that is known, such as EPSG:4547"
    raise InvalidInput("crs", "unknown", sentence, given=text[:40])


def frame_of(
    said: str | None, *, datum: Datum | None = None, crs: str | None = None, file: str = "the file"
) -> Frame:
    """Return the frame of a file from what it says itself and what was told.

    `said` is the file's own system (WKT or authority code), None where it says nothing;
    `crs`, an EPSG code, stands before it; `datum` says what degrees mean.
    Raises: InvalidInput (field datum: missing, contradicts; field crs: unknown, unusable).
    """
    system = read_crs(crs) if crs is not None else _understood(said, file)
    if system is None:
        if datum is None:
            sentence = (
                f"{file} does not say what its coordinates are: name the datum with --datum "
                f"({', '.join(Datum)}), or a projection with --crs, such as EPSG:4547"
            )
            raise InvalidInput("datum", "missing", sentence, file=file)
        return Frame(datum)
    own = _datum_of(system)
    if datum is None or own is datum:
        return _frame(system, own)
    if own not in _EPSG or (datum in _BENT and not system.is_geographic):
        sentence = f"{file} is in {name_of(system)}, which is not {NAMES[datum]}: leave out --datum"
        raise InvalidInput("datum", "contradicts", sentence, file=file, crs=name_of(system))
    # GCJ-02 and BD-09 have no code of their own: such files call themselves WGS-84.
    return Frame(datum, None if datum in _BENT or system.is_geographic else system)


def target_frame(datum: Datum | None, crs: str | None) -> Frame:
    """Return the frame to write in: an EPSG code, or else degrees of a datum (WGS-84).

    Raises: InvalidInput (field datum: contradicts; field crs: unknown, unusable).
    """
    if crs is None:
        return Frame(datum or Datum.WGS84)
    return frame_of(None, datum=datum, crs=crs, file="the export")


def _understood(said: str | None, file: str) -> CRS | None:
    if said is None:
        return None
    try:
        return CRS.from_user_input(said)
    except CRSError as error:
        sentence = f"{file} has a reference system nobody can read; name it with --crs"
        raise InvalidInput("crs", "unusable", sentence, file=file) from error


def _datum_of(crs: CRS) -> Datum | None:
    """Return the datum beneath a system; None for one that is foreign to us.

    Raises: InvalidInput for what has none: local grids of a town, heights, centres.
    """
    geodetic = crs.geodetic_crs
    if geodetic is None or geodetic.datum is None or not (crs.is_geographic or crs.is_projected):
        sentence = (
            f"{crs.name} is a local system without a known place on the earth: "
            "ask for the file in CGCS2000"
        )
        raise InvalidInput("crs", "unusable", sentence, crs=crs.name)
    name = re.sub(r"[^a-z0-9]", "", geodetic.datum.name.casefold())
    for bent in _BENT:
        if name == f"d{bent}" or name == bent:
            return bent
    if name.startswith(_CGCS2000):
        return Datum.CGCS2000
    return Datum.WGS84 if name.startswith(_EQUAL) else None


def _frame(crs: CRS, own: Datum | None) -> Frame:
    if own is None:
        return Frame(Datum.WGS84, crs, foreign=True)
    return Frame(own, crs if crs.is_projected else None)


def to_wgs84(geometries: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Return geometries (None stays None) of a frame in WGS-84 degrees.

    What lies beyond a projection comes back with infinite coordinates.
    Raises: InvalidInput (field datum: not_degrees; field crs: degrees, zone, inaccurate).
    """
    way = _way(geometries, frame)
    if way is None and frame.datum not in _BENT:
        return geometries
    return converted(geometries, lambda pairs: pairs_to_wgs84(_walk(way, pairs), frame.datum))


def from_wgs84(geometries: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Return WGS-84 geometries (None stays None) in a frame.

    Raises: InvalidInput (field crs, reason inaccurate).
    """
    west, south, east, north = (float(side) for side in shapely.total_bounds(geometries))
    way = _way_from(frame, (west, south, east, north))
    back = TransformDirection.INVERSE
    return converted(
        geometries, lambda pairs: _walk(way, pairs_from_wgs84(pairs, frame.datum), back)
    )


def system_of(frame: Frame) -> str:
    """Return what a file says of its coordinates: an EPSG code, or the name of a bent datum."""
    if frame.crs is not None:
        code = frame.crs.to_epsg()
        return f"EPSG:{code}" if code is not None else frame.crs.to_wkt()
    if frame.datum in _EPSG:
        return f"EPSG:{_EPSG[frame.datum]}"
    return _BENT_WKT.format(NAMES[frame.datum])


def _way(geometries: NDArray[Any], frame: Frame) -> Transformer | None:
    """Return the way from a frame's numbers to its degrees, after a look at the numbers."""
    boxes = shapely.bounds(geometries)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None  # nothing is drawn
    # Of most: a single area that lies elsewhere is reported by its number.
    west, south, east, north = (float(side) for side in np.median(boxes, axis=0))
    box = (west, south, east, north)
    if frame.in_degrees:
        _refuse_metres(box, frame)
        return _way_from(frame, box)
    if max(map(abs, box)) <= 180.0:
        sentence = f"coordinates such as {west:.3f}, {south:.3f} are degrees, not {frame.name}"
        raise InvalidInput("crs", "degrees", sentence, crs=frame.name, x=west, y=south)
    _refuse_other_zone(box, frame)
    assert frame.crs is not None
    plain = Transformer.from_crs(frame.crs, frame.crs.geodetic_crs, always_xy=True)
    return _way_from(frame, plain.transform_bounds(west, south, east, north))


def _way_from(frame: Frame, degrees: Box) -> Transformer | None:
    crs = frame.crs
    if crs is None:
        return None
    if not frame.foreign:
        # Only unprojected: PROJ has no shift from CGCS2000 to WGS-84, and none is wanted.
        return Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    area = AreaOfInterest(*degrees) if np.isfinite(degrees).all() else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of grids that would be better and are not here
        ways = TransformerGroup(
            crs,
            _WGS84,
            always_xy=True,
            allow_ballpark=False,
            area_of_interest=area,  # type: ignore[arg-type]  # the stub names a copy
        ).transformers
    exact = [way for way in ways if 0.0 <= way.accuracy <= WORST_ACCURACY_M]
    if exact:
        return exact[0]
    known = f"only to {ways[0].accuracy:.0f} m" if ways and ways[0].accuracy > 0.0 else "not at all"
    sentence = (
        f"{name_of(crs)} can be converted to WGS-84 {known} here: "
        "ask for the file in CGCS2000 (EPSG:4490 or a projection of it)"
    )
    raise InvalidInput("crs", "inaccurate", sentence, crs=name_of(crs))


def _walk(
    way: Transformer | None,
    pairs: Pairs,
    direction: TransformDirection = TransformDirection.FORWARD,
) -> Pairs:
    if way is None:
        return pairs
    return np.column_stack(way.transform(pairs[:, 0], pairs[:, 1], direction=direction))


def _refuse_metres(bounds: Box, frame: Frame) -> None:
    """Refuse numbers that cannot be degrees, and say what they look like."""
    west, south, east, north = bounds
    if west >= -180.0 and east <= 180.0 and south >= -90.0 and north <= 90.0:
        return
    looks_like = ""
    if max(abs(west), abs(east)) <= 90.0 and max(abs(south), abs(north)) <= 180.0:
        looks_like = "swapped"
        advice = "latitude seems to stand before longitude: write longitude first"
    elif codes := _prefixed_codes(west):
        looks_like = _epsg_in(codes)
        advice = f"they look like {codes}: name the projection with --crs"
    else:
        advice = "they look projected: name the projection with --crs"
    sentence = f"a coordinate is {west:.0f}, {south:.0f}, which are no degrees of {frame.name}"
    values = {"lon": west, "lat": south, "datum": frame.name, "looks_like": looks_like}
    raise InvalidInput("datum", "not_degrees", f"{sentence}; {advice}", **values)


def _epsg_in(codes: str) -> str:
    found = re.search(r"EPSG:\d+", codes)
    return "" if found is None else found[0]


def _prefixed_codes(easting: float) -> str | None:
    """Return the CGCS2000 projections whose eastings begin with the zone number of this one."""
    zone = int(easting // 1_000_000)
    if 25 <= zone <= 45:
        return f"Gauss-Kruger zone {zone} of 3 degrees (CGCS2000: EPSG:{4513 + zone - 25})"
    if 13 <= zone <= 23:
        return f"Gauss-Kruger zone {zone} of 6 degrees (CGCS2000: EPSG:{4491 + zone - 13})"
    return None


def _refuse_other_zone(bounds: Box, frame: Frame) -> None:
    """Refuse eastings with a zone number where the system has none, and the reverse."""
    assert frame.crs is not None
    operation = frame.crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return
    offset = next((float(p.value) for p in operation.params if p.name == "False easting"), 0.0)
    middle = (bounds[0] + bounds[2]) / 2.0
    # A zone is 670 km wide at most: a million off is another zone, or a number in front.
    if abs(middle - offset) < 1_000_000.0:
        return
    codes = _prefixed_codes(middle)
    advice = f"they look like {codes}" if codes else "they carry no zone number, this system does"
    sentence = f"eastings such as {bounds[0]:.0f} do not belong to {frame.name}; {advice}"
    values = {"crs": frame.name, "x": bounds[0], "looks_like": _epsg_in(codes or "")}
    raise InvalidInput("crs", "zone", sentence, **values)
