"""Which system coordinates are in, and the way to WGS-84: exact, or refused with a sentence."""

from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod

from gridgov.domain.datum import Datum, to_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.importers import area_projection as projection
from gridgov.importers.area_projection import Frame, frame_of, from_wgs84, target_frame

GEOD = Geod(ellps="WGS84")
GK_114 = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
# The same system under a name of the office's own: no EPSG code fits it any more.
NAMELESS = GK_114.replace("CGCS2000_3_Degree_GK_CM_114E", "Gaoming").replace("114.0", "112.75")
LON, LAT = 112.85, 22.9


def refusal(*args: Any, **told: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        frame_of(*args, **told)
    return caught.value


def points(*pairs: tuple[float, float]) -> Any:
    return np.array([shapely.Point(pair) for pair in pairs], dtype=object)


def metres_off(found: Any, lon: float = LON, lat: float = LAT) -> float:
    return float(GEOD.inv(found.x, found.y, lon, lat)[2])


@pytest.mark.parametrize(
    ("said", "told", "datum", "projected"),
    [
        (None, {"datum": Datum.GCJ02}, Datum.GCJ02, False),
        (None, {"crs": "EPSG:4547"}, Datum.CGCS2000, True),
        (None, {"crs": "4490"}, Datum.CGCS2000, False),
        (None, {"crs": "epsg:32649"}, Datum.WGS84, True),
        ("EPSG:4326", {}, Datum.WGS84, False),
        ("EPSG:4490", {}, Datum.CGCS2000, False),
        (GK_114, {}, Datum.CGCS2000, True),
        (NAMELESS, {}, Datum.CGCS2000, True),
        # GCJ-02 has no code: such files call themselves WGS-84.
        ("EPSG:4326", {"datum": Datum.GCJ02}, Datum.GCJ02, False),
        ("EPSG:4490", {"datum": Datum.BD09}, Datum.BD09, False),
        ("EPSG:4547", {"datum": Datum.CGCS2000}, Datum.CGCS2000, True),
        # What is told stands before what the file says.
        ("EPSG:4526", {"crs": "EPSG:4547"}, Datum.CGCS2000, True),
        ("EPSG:4547", {"crs": "EPSG:4326", "datum": Datum.BD09}, Datum.BD09, False),
    ],
)
def test_the_frame_is_what_was_told_or_what_the_file_says(
    said: str | None, told: dict[str, Any], datum: Datum, projected: bool
) -> None:
    frame = frame_of(said, **told)
    assert (frame.datum, frame.crs is not None, frame.foreign) == (datum, projected, False)


def test_a_file_that_says_nothing_is_refused_naming_both_options() -> None:
    error = refusal(None, file="grids.geojson")
    assert (error.field, error.reason) == ("datum", "missing")
    assert "--datum" in str(error)
    assert "--crs" in str(error)
    assert "grids.geojson" in str(error)


@pytest.mark.parametrize("crs", ["", "EPSG:", "EPSG:99999", "CGCS2000", "4547; rm", "EPSG:5773"])
def test_what_is_no_code_of_a_place_on_the_earth_is_refused(crs: str) -> None:
    assert refusal(None, crs=crs).field == "crs"


@pytest.mark.parametrize(
    ("said", "datum"),
    [("EPSG:4547", Datum.GCJ02), ("EPSG:4214", Datum.GCJ02), ("EPSG:4610", Datum.WGS84)],
)
def test_a_datum_that_cannot_be_what_the_file_says_is_refused(said: str, datum: Datum) -> None:
    assert refusal(said, datum=datum).reason == "contradicts"


def test_a_local_grid_of_a_town_is_refused() -> None:
    assert refusal('LOCAL_CS["Foshan 2000"]').reason == "unusable"
    assert refusal("a prj that somebody typed").reason == "unusable"


@pytest.mark.parametrize(
    "crs", ["EPSG:4547", "EPSG:4526", "EPSG:4508", "EPSG:4497", "EPSG:32649", "EPSG:3857"]
)
def test_projected_there_and_back_is_the_same_place(crs: str) -> None:
    frame = target_frame(None, crs)
    there = from_wgs84(points((LON, LAT)), frame)
    assert abs(there[0].x) > 1000.0
    assert metres_off(projection.to_wgs84(there, frame)[0]) < 1e-4


def test_gauss_kruger_agrees_with_the_meridian_and_the_equator() -> None:
    """On its central meridian the projection is true: the arc of the meridian north."""
    frame = target_frame(None, "EPSG:4547")
    origin, north = from_wgs84(points((114.0, 0.0), (114.0, 22.9)), frame)
    assert (origin.x, origin.y) == pytest.approx((500_000.0, 0.0), abs=1e-6)
    arc = GEOD.inv(114.0, 0.0, 114.0, 22.9)[2]
    assert (north.x, north.y) == pytest.approx((500_000.0, arc), abs=1e-3)
    zoned = from_wgs84(points((114.0, 22.9)), target_frame(None, "EPSG:4526"))[0]
    assert (zoned.x, zoned.y) == pytest.approx((38_500_000.0, arc), abs=1e-3)


def test_an_unnamed_system_is_taken_by_its_own_description() -> None:
    there = points((500_000.0, GEOD.inv(112.75, 0.0, 112.75, LAT)[2]))
    found = projection.to_wgs84(there, frame_of(NAMELESS))[0]
    assert metres_off(found, 112.75, LAT) < 1e-3


@pytest.mark.parametrize("datum", Datum)
def test_degrees_of_a_datum_are_converted_as_single_positions_are(datum: Datum) -> None:
    found = projection.to_wgs84(points((LON, LAT)), Frame(datum))[0]
    single = to_wgs84(lon=LON, lat=LAT, datum=datum)
    assert (found.x, found.y) == pytest.approx((single.lon, single.lat), abs=1e-12)


@pytest.mark.parametrize("crs", ["EPSG:4214", "EPSG:2435", "EPSG:4610", "EPSG:2382", "EPSG:2362"])
def test_beijing_1954_and_xian_1980_are_refused_with_a_sentence(crs: str) -> None:
    frame = frame_of(crs)
    assert frame.foreign
    projected = not frame.in_degrees
    # Within the zone of each, near Gaoming.
    place = (38_400_000.0 if crs == "EPSG:2362" else 400_000.0, 2_530_000.0)
    with pytest.raises(InvalidInput, match="CGCS2000") as caught:
        projection.to_wgs84(points(place if projected else (LON, LAT)), frame)
    assert (caught.value.field, caught.value.reason) == ("crs", "inaccurate")


def test_a_foreign_datum_with_a_known_way_is_converted() -> None:
    """Hong Kong 1980 to WGS-84 is published to a metre; its old trig point is known in both."""
    frame = frame_of("EPSG:2326")
    found = projection.to_wgs84(points((836_694.05, 819_069.80)), frame)[0]
    # The origin of the grid, 22°18'43.68" N 114°10'42.80" E, is 5.5" S and 8.8" W in WGS-84.
    assert (
        metres_off(found, 114 + (10 * 60 + 42.80 + 8.8) / 3600, 22 + (18 * 60 + 43.68 - 5.5) / 3600)
        < 5.0
    )
    back = from_wgs84(np.array([found]), frame)[0]
    assert (back.x, back.y) == pytest.approx((836_694.05, 819_069.80), abs=0.01)


@pytest.mark.parametrize(
    ("place", "told", "reason", "advice"),
    [
        ((38_400_000.0, 2_530_000.0), {"datum": Datum.CGCS2000}, "not_degrees", "EPSG:4526"),
        ((19_700_000.0, 2_530_000.0), {"datum": Datum.CGCS2000}, "not_degrees", "EPSG:4497"),
        ((400_000.0, 2_530_000.0), {"datum": Datum.WGS84}, "not_degrees", "--crs"),
        ((22.9, 112.85), {"datum": Datum.WGS84}, "not_degrees", "latitude"),
        ((38_400_000.0, 2_530_000.0), {"crs": "EPSG:4547"}, "zone", "EPSG:4526"),
        ((400_000.0, 2_530_000.0), {"crs": "EPSG:4526"}, "zone", "no zone number"),
        ((112.85, 22.9), {"crs": "EPSG:4547"}, "degrees", "are degrees"),
    ],
)
def test_numbers_that_cannot_be_what_they_are_said_to_be(
    place: tuple[float, float], told: dict[str, Any], reason: str, advice: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        projection.to_wgs84(points(place, place), frame_of(None, **told))
    assert caught.value.reason == reason
    assert advice in str(caught.value)


def test_one_area_on_the_moon_does_not_refuse_the_file() -> None:
    """It is reported by its number later."""
    given = points((LON, LAT), (LON, LAT), (5e6, 5e6))
    assert projection.to_wgs84(given, Frame(Datum.GCJ02))[2].x == 5e6
    gk = from_wgs84(points((LON, LAT), (LON, LAT)), target_frame(None, "EPSG:4547"))
    far = projection.to_wgs84(np.append(gk, points((9e9, 9e9))), target_frame(None, "EPSG:4547"))
    assert metres_off(far[0]) < 1e-4
    assert not np.isfinite([far[2].x, far[2].y]).all()


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_an_export_in_a_bent_datum_says_so_in_a_way_that_is_read_again(datum: Datum) -> None:
    assert frame_of(projection.system_of(Frame(datum))) == Frame(datum)
