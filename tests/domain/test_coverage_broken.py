"""Break the sample's own net at random: every fault is found where it is, and healed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridgov.domain import coverage
from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.coverage import Finding
from gridgov.domain.repairs import apply
from tests.support.nets import LAT_M, LON_M, area_m2, moved, sample_areas, uncovered_and_double_m2

TOWN = "440608106"
# Below this a fault may hide under the tolerances.
TELLING_M2 = 100.0
NEAR_DEGREES = 1e-5  # a metre

Fault = Callable[[Random, BaseGeometry], BaseGeometry]


@cache
def one_town() -> tuple[AreaShape, ...]:
    """A town of the sample as a district of its own."""
    areas = [a for a in sample_areas() if a.code.startswith(TOWN)]
    town = next(a for a in areas if a.code == TOWN)
    district = replace(town, code="440608", parent_code=None, kind=AreaKind.DISTRICT)
    return (district, *(replace(a, parent_code="440608") if a is town else a for a in areas))


def corner(rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.Point(rng.choice(shapely.get_coordinates(geometry).tolist()))


def disc(rng: Random, centre: BaseGeometry) -> BaseGeometry:
    return shapely.buffer(centre, rng.choice([8.0, 60.0, 300.0]) / LON_M)


def moved_vertex(rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    ends = shapely.get_coordinates(geometry)[:-1].copy()
    reach = rng.choice([2.0, 15.0, 60.0])
    ends[rng.randrange(len(ends))] += np.array(
        [rng.uniform(-reach, reach) / LON_M, rng.uniform(-reach, reach) / LAT_M]
    )
    return shapely.Polygon(ends)


def shifted(rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    turn = rng.uniform(0.0, math.tau)
    return moved(geometry, math.cos(turn), math.sin(turn))


def hole(rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.difference(geometry, disc(rng, geometry.representative_point()))


def bitten(rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.difference(geometry, disc(rng, corner(rng, geometry)))


def swollen(rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.union(geometry, disc(rng, corner(rng, geometry)))


def thinned(_rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.buffer(geometry, -0.5 / LON_M)


def thickened(_rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.buffer(geometry, 0.5 / LON_M)


def coarse(_rng: Random, geometry: BaseGeometry) -> BaseGeometry:
    rounded = shapely.transform(geometry, lambda ends: np.round(ends, 5))
    return shapely.make_valid(rounded, method="structure")


FAULTS: tuple[Fault, ...] = (
    moved_vertex, shifted, hole, bitten, swollen, thinned, thickened, coarse,
)  # fmt: skip


def broken(
    net: Sequence[AreaShape], rng: Random, times: int, kinds: set[AreaKind]
) -> tuple[list[AreaShape], list[BaseGeometry]]:
    """The net with some areas spoilt, and the ground that is wrong by each."""
    after, wrong = list(net), []
    places = [i for i, area in enumerate(net) if area.kind in kinds]
    for i in rng.sample(places, times):
        geometry = after[i].geometry
        spoilt = rng.choice(FAULTS)(rng, geometry)
        if spoilt.is_empty:
            continue
        after[i] = replace(after[i], geometry=spoilt)
        if spoilt.is_valid:
            wrong.append(shapely.symmetric_difference(geometry, spoilt))
    return after, wrong


def inside(grounds: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The faulty ground in the district; beyond its border five metres are allowed."""
    district = one_town()[0].geometry
    return [shapely.intersection(ground, district) for ground in grounds]


def told_on(ground: BaseGeometry, findings: Sequence[Finding]) -> bool:
    places = [shapely.Point(f.place.lon, f.place.lat) for f in findings if f.place is not None]
    return bool(shapely.dwithin(places, ground, NEAR_DEGREES).any())


def assert_healed_by_repairs(
    net: Sequence[AreaShape], findings: Sequence[Finding]
) -> list[AreaShape]:
    """What is proposed heals it, by the checks and by plain overlay; return the net."""
    after = apply(net, [finding.repair for finding in findings if finding.repair])
    assert [f for f in coverage.check(after) if f.blocks] == []
    bare, double = uncovered_and_double_m2(after)
    # What lies under the tolerances may stay.
    assert abs(bare) < 10.0
    assert abs(double) < 10.0
    assert shapely.is_valid([area.geometry for area in after]).all()
    return after


@given(seed=st.integers(0, 1_000_000), kind=st.sampled_from([AreaKind.GRID, AreaKind.VILLAGE]))
@settings(max_examples=60, deadline=None)
def test_one_fault_is_found_where_it_is_and_healed(seed: int, kind: AreaKind) -> None:
    net, wrong = broken(one_town(), Random(seed), 1, {kind})
    findings = coverage.check(net)
    for ground in inside(wrong):
        if area_m2(ground) > TELLING_M2:
            assert told_on(ground, findings)
    assert_healed_by_repairs(net, findings)


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=8, deadline=None)
def test_many_faults_are_found_and_healed_at_once(seed: int) -> None:
    net, wrong = broken(one_town(), Random(seed), 15, {AreaKind.GRID, AreaKind.VILLAGE})
    findings = coverage.check(net)
    telling = [ground for ground in inside(wrong) if area_m2(ground) > TELLING_M2]
    # A place is one point; where two faults meet, one finding may tell of both.
    drawn = [finding.geometry for finding in findings if finding.geometry is not None]
    for ground in telling:
        assert shapely.dwithin(drawn, ground, NEAR_DEGREES).any()
    assert_healed_by_repairs(net, findings)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_whole_sample_heals_and_what_is_far_from_a_fault_is_untouched(seed: int) -> None:
    net, wrong = broken(sample_areas(), Random(seed), 20, {AreaKind.GRID})
    after = assert_healed_by_repairs(net, coverage.check(net))
    spoilt = shapely.union_all(wrong)
    for old, new in zip(net, after, strict=True):
        if not shapely.dwithin(old.geometry, spoilt, 0.02):
            assert new is old


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=3, deadline=None)
def test_a_town_where_no_border_fits_is_healed(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def jittered(geometry: BaseGeometry) -> BaseGeometry:
        ends = shapely.get_coordinates(geometry)[:-1]
        return shapely.Polygon(ends + rng.uniform(-3e-6, 3e-6, ends.shape))

    net = [
        replace(a, geometry=jittered(a.geometry)) if a.kind is AreaKind.GRID else a
        for a in one_town()
    ]
    assert_healed_by_repairs(net, coverage.check(net))
