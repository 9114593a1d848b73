"""The datum guard: a net that fits the outline better in another datum is not let in."""

import json
from pathlib import Path

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.config import ROOT
from gridgov.domain.datum import Datum
from gridgov.domain.datum_arrays import geometry_between
from gridgov.domain.datum_guess import better, check, fit, fits
from gridgov.domain.errors import InvalidInput

WGS84, CGCS2000, GCJ02, BD09 = Datum.WGS84, Datum.CGCS2000, Datum.GCJ02, Datum.BD09
# Drawn by another house in GCJ-02; not ours to commit, so it is tested where it is.
FOREIGN = ROOT.parent / "shared" / "data" / "gaoming"
GCJ02_FILE = FOREIGN / "foshan_districts_gcj02_datav2019.geojson"
WGS84_FILE = FOREIGN / "foshan_districts_wgs84_tianditu.geojson"
READINGS = (WGS84, GCJ02, BD09)


def grounds(path: Path) -> dict[str, BaseGeometry]:
    """The polygons of a file by name, numbers as they stand there."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {
        one["properties"]["name"]: shapely.make_valid(shapely.geometry.shape(one["geometry"]))
        for one in document["features"]
    }


OUTLINE = grounds(ROOT / "geodata" / "gaoming" / "outline.geojson")["高明区"]


def read_as(truth: BaseGeometry, *, real: Datum, declared: Datum) -> BaseGeometry:
    """What an import makes of ground whose numbers are in one datum and said to be in another."""
    return geometry_between(truth, real, declared)


@pytest.mark.parametrize("declared", Datum)
@pytest.mark.parametrize("real", READINGS)
def test_the_committed_outline_in_each_datum_declared_as_each(real: Datum, declared: Datum) -> None:
    drawn = read_as(OUTLINE, real=real, declared=declared)
    if declared is real or (declared is CGCS2000 and real is WGS84):
        as_declared = check(drawn, OUTLINE, declared)[0]
        assert as_declared.overlap == pytest.approx(1.0, abs=1e-6)
        assert as_declared.outside == pytest.approx(0.0, abs=1e-6)
        return
    with pytest.raises(InvalidInput) as caught:
        check(drawn, OUTLINE, declared)
    assert (caught.value.field, caught.value.reason) == ("datum", "looks_like")
    values = caught.value.values
    assert (values["declared"], values["looks_like"]) == (declared, real)
    assert values["fit_other"] == pytest.approx(1.0, abs=1e-6)
    assert values["fit_declared"] < 0.93
    assert values["outside_declared"] > 0.03 > values["outside_other"]


def test_the_refusal_names_both_fits_as_figures() -> None:
    drawn = read_as(OUTLINE, real=GCJ02, declared=WGS84)
    with pytest.raises(
        InvalidInput,
        match=r"declared WGS-84, but fits the district's outline better as GCJ-02 "
        r"\(100\.0 % against 90\.\d % of the ground\)",
    ):
        check(drawn, OUTLINE, WGS84)


def of_two_houses() -> dict[str, tuple[BaseGeometry, BaseGeometry]]:
    """Districts as two houses drew them (both in WGS-84), by name."""
    found = {"高明区, drawn more roughly": (OUTLINE.simplify(0.002), OUTLINE)}
    if GCJ02_FILE.exists():
        outlines = grounds(WGS84_FILE)
        for name, drawn in grounds(GCJ02_FILE).items():
            found[name] = geometry_between(drawn, WGS84, GCJ02), outlines[name]
    return found


@pytest.mark.parametrize(("truth", "outline"), of_two_houses().values(), ids=of_two_houses())
@pytest.mark.parametrize("declared", READINGS)
@pytest.mark.parametrize("real", READINGS)
def test_districts_drawn_by_another_house(
    truth: BaseGeometry, outline: BaseGeometry, real: Datum, declared: Datum
) -> None:
    """Their lines differ on 2 to 4 % of the ground, and the guard must not mind."""
    found = fits(read_as(truth, real=real, declared=declared), outline, declared)
    other = better(found)
    assert (other.datum if other else None) == (None if real is declared else real)


def test_a_net_with_a_quarter_missing_is_judged_by_what_sticks_out() -> None:
    west, south, east, north = OUTLINE.bounds
    part = OUTLINE.intersection(shapely.box(west, south, west + 0.75 * (east - west), north))
    assert better(fits(part, OUTLINE, WGS84)) is None
    shifted = read_as(part, real=GCJ02, declared=WGS84)
    other = better(fits(shifted, OUTLINE, WGS84))
    assert other is not None
    assert other.datum is GCJ02


def test_a_few_areas_in_the_middle_tell_nothing_and_are_let_in() -> None:
    middle = OUTLINE.representative_point().buffer(0.02)
    assert OUTLINE.covers(middle.buffer(0.02))
    for real in READINGS:
        check(read_as(middle, real=real, declared=WGS84), OUTLINE, WGS84)


def test_lines_drawn_more_roughly_are_no_other_datum() -> None:
    rough = OUTLINE.simplify(0.004)
    assert 0.9 < fit(rough, OUTLINE, WGS84).overlap < 0.99
    check(rough, OUTLINE, WGS84)


@pytest.mark.parametrize("declared", Datum)
def test_ground_of_another_district_is_refused(declared: Datum) -> None:
    elsewhere = shapely.transform(OUTLINE, lambda ends: ends + (1.0, 0.5))
    with pytest.raises(InvalidInput, match="lies outside") as caught:
        check(elsewhere, OUTLINE, declared)
    assert (caught.value.field, caught.value.reason) == ("datum", "elsewhere")
